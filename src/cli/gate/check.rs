//! One matter at the gate, from the command line to the pre-check sheet.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::{CLASSES, LEVELS, QUOTA_TYPES, SCOPES, from, ledger};
use crate::cli::acting::by;
use crate::cli::run::parse_period;
use crate::cli::sheet::{templates, text_of, tongue, write_whole};
use crate::cli::{Session, put};
use crate::desk::gate::{self, Checked, Decision, Matter, Request, Waiver, record, sheet};
use crate::desk::page;
use crate::desk::units::refused;
use crate::error::{Fault, Result};
use crate::ledger::{AnyStore, By, Store};
use crate::pipeline::config::PipelineConfig;
use crate::table::Schemas;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MatterWord {
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
pub enum Format {
    Text,
    Json,
    Docx,
    /// A line for each decision of --from
    Csv,
    /// The same as a workbook
    Xlsx,
}

#[derive(Debug, Args)]
pub struct Check {
    /// The unit: key, code, credit code or whole name / 单位
    #[arg(required_unless_present = "from")]
    unit: Option<String>,
    /// What is applied for / 事项
    #[arg(long, value_enum, required_unless_present = "from")]
    matter: Option<MatterWord>,
    /// CSV or workbook with a matter a line, in place of UNIT and --matter / 批量预审文件
    #[arg(long, value_name = "FILE", conflicts_with_all = ["unit", "matter", "people", "quota_type", "scope", "level", "class", "name",
        "application", "waive"])]
    pub from: Option<PathBuf>,
    /// How many people / 人数
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(i64).range(1..=100_000))]
    people: i64,
    /// Type of posts / 编制类型
    #[arg(long = "type", value_parser = QUOTA_TYPES, required_if_eq("matter", "entry"))]
    quota_type: Option<String>,
    /// Leader posts of the unit or of its sections / 职数类别
    #[arg(long, value_parser = SCOPES, default_value = "leadership")]
    scope: String,
    /// Level of the leader post, or the new rank / 职务层次、新规格
    #[arg(long, value_parser = LEVELS,
        required_if_eq_any([("matter", "leader"), ("matter", "rank")]))]
    level: Option<String>,
    /// Chief or deputy / 正副职
    #[arg(long, value_parser = CLASSES, required_if_eq("matter", "leader"))]
    class: Option<String>,
    /// Name of the new unit / 新设机构名称
    #[arg(long, required_if_eq("matter", "new-unit"))]
    name: Option<String>,
    /// The application's number / 申请文号
    #[arg(long, value_name = "NUMBER", default_value = "")]
    application: String,
    /// Levels of subordinate units whose problems count, where a line says nothing else / 计入下属单位的层数
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..=9))]
    pub depth: u32,
    /// Period of the figures [default: the newest published] / 数据期间
    #[arg(long)]
    pub period: Option<String>,
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
    pub dry_run: bool,
    /// Exit code 8 when the decision is SUSPEND / 暂停受理时退出码为 8
    #[arg(long)]
    pub fail_on_suspend: bool,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// File to write; needed for DOCX and XLSX; with --from, a folder for the sheets as DOCX [default: standard output] / 输出文件、目录
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,
    /// Folder of templates [default: pipelines/templates, else the built-in ones] / 模板目录
    #[arg(long)]
    pub templates: Option<PathBuf>,
}

fn matter(a: &Check) -> Matter {
    let word = |text: &Option<String>| text.clone().unwrap_or_default().trim().to_owned();
    match a.matter {
        None | Some(MatterWord::Entry) => Matter::Entry { quota_type: word(&a.quota_type), people: a.people },
        Some(MatterWord::Leader) => {
            Matter::Leader { scope: a.scope.clone(), level: word(&a.level), class: word(&a.class), people: a.people }
        }
        Some(MatterWord::NewUnit) => Matter::NewUnit { name: word(&a.name) },
        Some(MatterWord::Rank) => Matter::Rank { to: word(&a.level) },
    }
}

/// # Errors
/// Any [`Fault`] of the verb.
pub fn execute(session: &Session, config: &PipelineConfig, schemas: &Schemas, a: &Check) -> Result<u8> {
    let by = by(a.by.as_ref(), a.on.as_ref())?;
    if matches!(a.format, Format::Docx | Format::Xlsx) && a.to.is_none() {
        let hint = ("加 --to", "add --to");
        return Err(refused("no-file", "DOCX、XLSX 须写入文件", "DOCX and XLSX go into files", hint.0, hint.1));
    }
    if a.from.is_none() && matches!(a.format, Format::Csv | Format::Xlsx) {
        let (zh, en) = ("CSV、XLSX 是批量预审的一览表", "CSV and XLSX are lists of many matters");
        return Err(refused(
            "no-list",
            zh,
            en,
            "加 --from 文件,或用 --format docx",
            "add --from FILE, or use --format docx",
        ));
    }
    let opened = ledger(config)?;
    if opened.is_some() && by.who.is_empty() && !a.dry_run {
        let hint = ("加 --by 姓名,或用 --dry-run 只看不记", "add --by NAME, or --dry-run to print only");
        return Err(refused("no-name", "未写明经办人", "nobody is named as checking", hint.0, hint.1));
    }
    match &a.from {
        Some(file) => from::execute(session, config, schemas, a, file, opened, &by),
        None => one(session, config, a, opened, &by),
    }
}

fn one(session: &Session, config: &PipelineConfig, a: &Check, opened: Option<AnyStore>, by: &By) -> Result<u8> {
    let waiver = a.waive.as_ref().map(|ground| Waiver {
        ground: ground.clone(),
        approver: a.approver.trim().to_owned(),
        document: a.document.trim().to_owned(),
        until: a.until.clone(),
        why: a.why.trim().to_owned(),
    });
    let request = Request {
        unit: a.unit.clone().unwrap_or_default(),
        matter: matter(a),
        application: a.application.trim().to_owned(),
        period: a.period.as_deref().map(parse_period).transpose()?,
        depth: a.depth,
        waiver,
        day: by.day,
    };
    let checked = gate::check(&config.out, opened.as_ref().map(|s| s as &dyn Store), &request)?;
    let out = rendered(session, a, &checked)?;
    let logged = match opened {
        Some(mut store) if !a.dry_run => Some(record::log(&mut store, &[(&checked, a.depth)], by)?.contains(&true)),
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
        Format::Text | Format::Csv | Format::Xlsx => Rendered::Text(text_of(&page)),
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
