//! `hedui gate`: the pre-check before posts are filled, and the suspended ones that would pass now.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::acting::{by, date, today};
use super::run::parse_period;
use super::sheet::{templates, text_of, tongue, write_whole};
use super::text_table::lay_out;
use super::{Session, put};
use crate::desk::ask::Asking;
use crate::desk::gate::recheck::{self, Again};
use crate::desk::gate::{self, Checked, Decision, Matter, Request, Waiver, record, sheet};
use crate::desk::page::{self};
use crate::desk::units::refused;
use crate::error::{Fault, Result, printable};
use crate::ledger::{AnyStore, Settings, Store};
use crate::pipeline::config::{self, PipelineConfig};

#[derive(Debug, Args)]
#[command(
    after_help = "Decisions / 预审意见: PASS; PASS WITH STATEMENT (open problems are on plan, or a waiver lifts what suspends); SUSPEND
(S1 or S2 problems of the unit or those below it are overdue or without a plan, no vacancy, data that cannot be relied on).

Exit codes / 退出码: 0 a decision was made; 8 with --fail-on-suspend, when it is SUSPEND; 2 refused or configuration; 4, 5, 6 as
for every verb.

Examples / 示例:
  hedui gate check 某市教育局 --matter entry --type institution --people 2 --by 张三
  hedui gate check 某市教育局 --matter leader --scope leadership --level division --class deputy --by 张三 --format docx --to 预审表.docx
  hedui gate check 某市教育局 --matter new-unit --name 某市教师发展中心 --dry-run
  hedui gate check 某市教育局 --matter entry --type institution --waive policy_placement --approver 王主任 --until 2026-12-31 --by 张三
  hedui gate suspended --passing"
)]
pub struct Arguments {
    /// Pipeline file / 任务配置文件
    #[arg(long, global = true, default_value = "pipelines/monthly.toml")]
    pipeline: PathBuf,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Look at a unit and a matter, decide, print the pre-check sheet, log it / 预审
    Check(Box<Check>),
    /// Suspended matters, looked at again / 复看暂停受理事项
    Suspended(Suspended),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MatterWord {
    /// So many people enter on posts of a type
    Entry,
    /// Leaders are appointed
    Leader,
    /// A new unit below this one
    NewUnit,
    /// The unit's rank changes
    Rank,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Docx,
}

#[derive(Debug, Args)]
struct Check {
    /// The unit: key, code, credit code or whole name / 单位
    unit: String,
    /// What is applied for / 事项
    #[arg(long, value_enum)]
    matter: MatterWord,
    /// How many people / 人数
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(i64).range(1..=100_000))]
    people: i64,
    /// Type of posts / 编制类型
    #[arg(long = "type", value_parser = ["administrative", "police", "institution", "civil_service_like", "worker"], required_if_eq("matter", "entry"))]
    quota_type: Option<String>,
    /// Leader posts of the unit or of its sections / 职数类别
    #[arg(long, value_parser = ["leadership", "section"], default_value = "leadership")]
    scope: String,
    /// Level of the leader post, or the new rank / 职务层次、新规格
    #[arg(long, value_parser = ["bureau", "division", "deputy_division", "section", "deputy_section", "staff"],
        required_if_eq_any([("matter", "leader"), ("matter", "rank")]))]
    level: Option<String>,
    /// Chief or deputy / 正副职
    #[arg(long, value_parser = ["chief", "deputy"], required_if_eq("matter", "leader"))]
    class: Option<String>,
    /// Name of the new unit / 新设机构名称
    #[arg(long, required_if_eq("matter", "new-unit"))]
    name: Option<String>,
    /// The application's number / 申请文号
    #[arg(long, value_name = "NUMBER", default_value = "")]
    application: String,
    /// Levels of subordinate units whose problems count / 计入下属单位的层数
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..=9))]
    depth: u32,
    /// Period of the figures [default: the newest published] / 数据期间
    #[arg(long)]
    period: Option<String>,
    /// Ground of a waiver: central_reform, cures_problem, policy_placement, emergency / 豁免情形
    #[arg(long, value_name = "GROUND")]
    waive: Option<String>,
    /// Who approved the waiver / 豁免批准人
    #[arg(long, value_name = "NAME", default_value = "", requires = "waive")]
    approver: String,
    /// Document of the waiver / 豁免文号
    #[arg(long, value_name = "NUMBER", default_value = "", requires = "waive")]
    document: String,
    /// Last day of the waiver / 豁免有效期至
    #[arg(long, value_name = "DATE", default_value = "", requires = "waive")]
    until: String,
    /// Why it is waived / 豁免说明
    #[arg(long, value_name = "TEXT", default_value = "", requires = "waive")]
    why: String,
    /// Who checks [default: the environment variable HEDUI_BY] / 经办人
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Day of the decision [default: today] / 日期
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// Print only, log nothing / 只看不记
    #[arg(long)]
    dry_run: bool,
    /// Exit code 8 when the decision is SUSPEND / 暂停受理时退出码为 8
    #[arg(long)]
    fail_on_suspend: bool,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// File to write; needed for DOCX [default: standard output] / 输出文件
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// Folder of templates [default: pipelines/templates, else the built-in ones] / 模板目录
    #[arg(long)]
    templates: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Suspended {
    /// Only those that would not be suspended now / 只列现在可以受理的
    #[arg(long)]
    passing: bool,
    /// As of this day [default: today] / 日期
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    #[arg(long)]
    json: bool,
}

/// # Errors
/// Any [`Fault`] of the verb.
pub fn execute(session: &Session, arguments: &Arguments) -> Result<u8> {
    let (config, _) = config::load(&arguments.pipeline)?;
    match &arguments.verb {
        Verb::Check(a) => check(session, &config, a),
        Verb::Suspended(a) => suspended(session, &config, a),
    }
}

/// The pipeline's ledger: none when it has no section, or when nothing has begun it yet.
fn ledger(config: &PipelineConfig) -> Result<Option<(AnyStore, Settings)>> {
    let Some(ledger) = &config.ledger else { return Ok(None) };
    Ok(ledger.open_existing()?.map(|store| (store, ledger.settings.clone())))
}

fn matter(a: &Check) -> Matter {
    let word = |text: &Option<String>| text.clone().unwrap_or_default().trim().to_owned();
    match a.matter {
        MatterWord::Entry => Matter::Entry { quota_type: word(&a.quota_type), people: a.people },
        MatterWord::Leader => {
            Matter::Leader { scope: a.scope.clone(), level: word(&a.level), class: word(&a.class), people: a.people }
        }
        MatterWord::NewUnit => Matter::NewUnit { name: word(&a.name) },
        MatterWord::Rank => Matter::Rank { to: word(&a.level) },
    }
}

fn check(session: &Session, config: &PipelineConfig, a: &Check) -> Result<u8> {
    let by = by(a.by.as_ref(), a.on.as_ref())?;
    let opened = ledger(config)?;
    if a.format == Format::Docx && a.to.is_none() {
        return Err(refused("no-file", "DOCX 须写入文件", "a DOCX goes into a file", "加 --to 文件", "add --to FILE"));
    }
    if opened.is_some() && by.who.is_empty() && !a.dry_run {
        let hint = ("加 --by 姓名,或用 --dry-run 只看不记", "add --by NAME, or --dry-run to print only");
        return Err(refused("no-name", "未写明经办人", "nobody is named as checking", hint.0, hint.1));
    }
    let waiver = a.waive.as_ref().map(|ground| Waiver {
        ground: ground.clone(),
        approver: a.approver.trim().to_owned(),
        document: a.document.trim().to_owned(),
        until: a.until.clone(),
        why: a.why.trim().to_owned(),
    });
    let request = Request {
        unit: a.unit.clone(),
        matter: matter(a),
        application: a.application.trim().to_owned(),
        period: a.period.as_deref().map(parse_period).transpose()?,
        depth: a.depth,
        waiver,
        day: by.day,
    };
    let checked = gate::check(&config.out, opened.as_ref().map(|(s, settings)| (s as &dyn Store, settings)), &request)?;
    let out = rendered(session, a, &checked)?;
    let logged = match opened {
        Some((mut store, _)) if !a.dry_run => Some(record::log(&mut store, &checked, a.depth, &by)?),
        _ => None,
    };
    deliver(session, a.to.as_deref(), &out)?;
    let words = checked.decision.words();
    let number = &checked.number;
    if a.format == Format::Text || a.to.is_some() {
        put(&session.language.pick(
            &format!(
                "{number}  {}  {}",
                words.0,
                match logged {
                    Some(true) => "已记入台账",
                    Some(false) => "与上次相同,台账中已有",
                    None if a.dry_run => "未记入台账(--dry-run)",
                    None => "未启用台账,未记录",
                }
            ),
            &format!(
                "{number}  {}  {}",
                words.1,
                match logged {
                    Some(true) => "logged in the ledger",
                    Some(false) => "the same as before, in the ledger already",
                    None if a.dry_run => "not logged (--dry-run)",
                    None => "not logged: there is no ledger",
                }
            ),
        ));
    }
    Ok(if a.fail_on_suspend && checked.decision == Decision::Suspend { 8 } else { 0 })
}

enum Rendered {
    Text(String),
    Bytes(Vec<u8>),
}

fn rendered(session: &Session, a: &Check, checked: &Checked) -> Result<Rendered> {
    let page = sheet::page(checked, tongue(session.language));
    Ok(match a.format {
        Format::Text => Rendered::Text(text_of(&page)),
        Format::Json => {
            Rendered::Text(serde_json::to_string_pretty(checked).map_err(|e| Fault::Internal(e.to_string()))?)
        }
        Format::Docx => {
            let (templates, office) = templates(a.templates.as_deref())?;
            Rendered::Bytes(page::docx(&page, &checked.facts.period, &templates, &office)?)
        }
    })
}

fn deliver(session: &Session, to: Option<&Path>, out: &Rendered) -> Result<()> {
    let bytes = match out {
        Rendered::Text(text) => text.as_bytes(),
        Rendered::Bytes(bytes) => bytes,
    };
    match (to, out) {
        (Some(path), _) => {
            write_whole(path, bytes)?;
            let path = path.display();
            put(&session.language.pick(&format!("已写入 {path}"), &format!("written to {path}")));
        }
        (None, Rendered::Text(text)) => put(text),
        (None, Rendered::Bytes(_)) => {}
    }
    Ok(())
}

fn suspended(session: &Session, config: &PipelineConfig, a: &Suspended) -> Result<u8> {
    let Some((store, settings)) = ledger(config)? else {
        return Err(refused(
            "no-ledger",
            "没有台账,也就没有预审记录",
            "there is no ledger, so no decision was logged",
            "在任务配置文件中加 [ledger]",
            "add a [ledger] section to the pipeline file",
        ));
    };
    let day = match &a.on {
        Some(text) => date("--on", text)?,
        None => today(),
    };
    let mut asking = Asking::open(&config.out, None)?;
    let passes = |look: &Again| look.now.as_ref().is_some_and(|n| n.decision != Decision::Suspend);
    let mut rows = recheck::again(&mut asking, &store, &settings, day, None)?;
    rows.retain(|look| !a.passing || passes(look));
    print_suspended(session, a.json, &rows)
}

fn print_suspended(session: &Session, json: bool, rows: &[Again]) -> Result<u8> {
    if json {
        let list: Vec<serde_json::Value> = rows
            .iter()
            .map(|Again { logged, now, closed }| {
                json!({"suspended": logged, "now": now.as_ref().map(|n| n.decision),
                    "reasons_now": now.as_ref().map(|n| n.reasons.clone()), "closed_since": closed})
            })
            .collect();
        put(&serde_json::to_string_pretty(&list).map_err(|e| Fault::Internal(e.to_string()))?);
        return Ok(0);
    }
    let tongue = tongue(session.language);
    let header = [
        ("编号", "number"),
        ("日期", "day"),
        ("单位", "unit"),
        ("事项", "matter"),
        ("其后销号", "closed since"),
        ("现在", "now"),
    ];
    let header: Vec<String> = header.iter().map(|(zh, en)| tongue.pick(zh, en).to_owned()).collect();
    let row = |Again { logged, now, closed }: &Again| {
        let words = now.as_ref().map_or(("单位已不在库", "the unit is not published"), |n| n.decision.words());
        vec![
            logged.number.clone(),
            logged.day.clone(),
            printable(&logged.unit_name),
            printable(&sheet::matter_words(&logged.matter, now.as_ref(), tongue)),
            closed.len().to_string(),
            tongue.pick(words.0, words.1).to_owned(),
        ]
    };
    let rows: Vec<Vec<String>> = rows.iter().map(row).collect();
    put(&lay_out(&header, &rows, &[4]));
    Ok(0)
}
