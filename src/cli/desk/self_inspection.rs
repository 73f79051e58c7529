//! `hedui ledger self-inspection`: workbooks out, returns in, coverage.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use sha2::{Digest, Sha256};

use super::output::{Output, deliver};
use super::{Actor, Office};
use crate::bulletin::write::Outbox;
use crate::cli::acting::{date, today};
use crate::cli::sheet::{templates, tongue};
use crate::cli::table_file::reading;
use crate::cli::{Session, put};
use crate::desk::Tongue;
use crate::desk::ask::Asking;
use crate::desk::page::{Grid, Page};
use crate::desk::self_inspection::coverage::{Coverage, coverage};
use crate::desk::self_inspection::export::{Figures, Sender, workbook};
use crate::desk::self_inspection::import::{Source, plan};
use crate::desk::self_inspection::{Answer, groups, items, log_round, round, round_of, rounds};
use crate::desk::units::{Unit, Units, refused};
use crate::error::{Fault, Result};
use crate::extract::plain::{read_bytes, read_workbook};
use crate::kernel::secret::hex;
use crate::ledger::{Expected, FileRef, Missing, NewEvent, Store};
use crate::pipeline::secret_file;

#[derive(Debug, Args)]
pub struct SelfInspection {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Begin a round: a workbook for every unit, or every department / 发起自查,导出自查表
    Export(Export),
    /// Filled workbooks, all or none: problems become cases, nil returns are recorded / 导入填好的自查表
    Import(Import),
    /// Who answered with problems, who nil, who not at all, and which nil returns the data contradicts / 自查覆盖情况
    Coverage(CoverageOf),
    /// Rounds / 历次自查
    List(List),
}

#[derive(Debug, Args)]
#[command(
    after_help = "The workbook shows a unit's posts and leader posts of the published month; the items are ticked on their own sheet, problems listed
on another, and a unit without problems makes a nil return (零报告), signed like any other. The same name in the same year is the same
round: more units may be added, the deadline moved; the items stay.

Examples / 示例:
  hedui ledger self-inspection export --name 超审批权限设置机构专项自查 --item violation --due 2026-12-15 --to 自查表 --by 张三
  hedui ledger self-inspection export --name 年度自查 --due 2026-12-31 --by-department --to 自查表 --by 张三"
)]
struct Export {
    /// Name of the round / 自查名称
    #[arg(long)]
    name: String,
    /// Items to be ticked: codes of classes (all their items) or of items; again for several [default: all items] / 自查事项
    #[arg(long = "item", value_name = "CODE")]
    items: Vec<String>,
    /// Last day for returns / 填报期限
    #[arg(long, value_name = "DATE")]
    due: String,
    /// Units asked, by key, code, credit code or whole name; again for several [default: all active units] / 单位
    #[arg(long = "unit", value_name = "UNIT")]
    units: Vec<String>,
    /// With the units below them / 含下属单位
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=9))]
    depth: u32,
    /// One workbook a department, with the units below it / 按主管部门合并
    #[arg(long)]
    by_department: bool,
    /// Folder of the workbooks / 存放目录
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    #[command(flatten)]
    actor: Actor,
}

#[derive(Debug, Args)]
#[command(after_help = "Example / 示例:
  hedui ledger self-inspection import 报回/*.xlsx --by 张三")]
struct Import {
    /// Filled workbooks / 填好的自查表
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Say what would be added, add nothing / 只校验
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    actor: Actor,
}

#[derive(Debug, Args)]
#[command(
    after_help = "A nil return is contradicted when a run's finding of a class that was asked about is open at the unit, found in the newest month
and not held to be unfounded by anybody.

Exit codes / 退出码: 0 done; 8 with --fail-on-missing when a unit has not answered or a nil return is contradicted.

Examples / 示例:
  hedui ledger self-inspection coverage
  hedui ledger self-inspection coverage --round S-2026-0123abcd --format xlsx --to 覆盖情况.xlsx"
)]
struct CoverageOf {
    /// Number or name of the round [default: the one due last] / 自查编号或名称
    #[arg(long)]
    round: Option<String>,
    /// As of this day [default: today] / 截至日期
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// Only units that have not answered / 只列未报
    #[arg(long)]
    missing: bool,
    /// Exit code 8 when somebody is missing or contradicted / 有未报或矛盾时退出码为 8
    #[arg(long)]
    fail_on_missing: bool,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
struct List {
    #[arg(long)]
    json: bool,
}

pub fn execute(session: &Session, office: &Office<'_>, a: &SelfInspection) -> Result<u8> {
    match &a.verb {
        Verb::Export(a) => export(session, office, a),
        Verb::Import(a) => import(session, office, a),
        Verb::Coverage(a) => show(session, office, a),
        Verb::List(a) => list(session, office, a),
    }
}

fn export(session: &Session, office: &Office<'_>, a: &Export) -> Result<u8> {
    let by = a.actor.who()?;
    let due = date("--due", &a.due)?;
    if a.name.trim().is_empty() {
        return Err(refused("no-name", "自查没有名称", "the round has no name", "加 --name 名称", "add --name NAME"));
    }
    if due < by.day {
        let (zh, en) = (format!("填报期限 {} 已过", a.due), format!("--due {} is past", a.due));
        return Err(refused("date-past", &zh, &en, "", ""));
    }
    let mut asking = Asking::open(office.out, None)?;
    let units = Units::read(&mut asking)?;
    let wanted = chosen(&units, &a.units, a.depth)?;
    let items = items(office.settings(), &a.items)?;
    let mut store = office.ledger.open(Missing::Make)?;
    let mut round = round(&a.name, &items, due, asking.period, &by, &wanted, &units);
    let figures = Figures::read(&mut asking)?;
    let secret = secret_file::load_or_make(office.key_file)?;
    let (_, words) = templates(None)?;
    let name = words.words.get("name").cloned().unwrap_or_default();
    let new = log_round(&mut store, &mut round, &by)?;
    let sender =
        Sender { office: &name, ledger: store.identity(), secret: &secret, settings: office.settings(), day: by.day };
    let mut outbox = Outbox::open(&a.to)?;
    for (head, group) in groups(&units, &wanted, a.by_department) {
        let file = format!("{}-{}-自查表.xlsx", super::letters::plain(&head.name), head.key);
        outbox.put(&file, &workbook(&round, &group, &figures, sender)?)?;
    }
    let files = outbox.finish()?.len();
    let (id, n, items, to) = (&round.id, wanted.len(), round.items.len(), a.to.display());
    put(&session.language.pick(
        &format!(
            "{id} {}:{n} 个单位,{items} 个事项,{files} 本自查表写入 {to}{}",
            round.name,
            if new { "" } else { "(台账中已有)" }
        ),
        &format!(
            "{id} {}: {n} units, {items} items, {files} workbooks in {to}{}",
            round.name,
            if new { "" } else { " (in the ledger already)" }
        ),
    ));
    Ok(0)
}

/// The units named, with those below them; all active ones when none is named.
fn chosen<'a>(units: &'a Units, names: &[String], depth: u32) -> Result<Vec<&'a Unit>> {
    if names.is_empty() {
        return Ok(units.list.iter().filter(|u| u.active).collect());
    }
    let mut keys = std::collections::BTreeSet::new();
    for name in names {
        let unit = units.find(name)?;
        keys.insert(unit.key.clone());
        keys.extend(units.below(unit, depth).into_iter().filter(|u| u.active).map(|u| u.key));
    }
    Ok(units.list.iter().filter(|u| keys.contains(&u.key)).collect())
}

fn import(session: &Session, office: &Office<'_>, a: &Import) -> Result<u8> {
    let by = a.actor.who()?;
    let secret = secret_file::load_or_make(office.key_file)?;
    let mut store = office.open()?;
    let context = reading()?;
    let mut problems = Vec::new();
    let mut found = Vec::new();
    for path in &a.files {
        let bytes = read_bytes(path)?;
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let file = FileRef { name, sha256: hex(&Sha256::digest(&bytes)) };
        let label = path.display().to_string();
        let planned = match read_workbook(path, &context) {
            Err(problem) => Err(Fault::Inputs(vec![*problem])),
            Ok(sheets) => {
                let source = Source { file: &file, label: &label, by: &by, secret: &secret };
                plan(&store, office.settings(), &sheets, source)
            }
        };
        match planned {
            Ok(import) => found.push(import),
            Err(Fault::Inputs(more)) => problems.extend(more),
            Err(other) => return Err(other),
        }
    }
    // One unit may not answer twice in one go: which of the two would hold?
    let mut events: Vec<NewEvent> = Vec::new();
    let mut expected: BTreeMap<String, Expected> = BTreeMap::new();
    for (path, import) in a.files.iter().zip(&mut found) {
        for claim in std::mem::take(&mut import.expected) {
            if let Some(twice) = expected.insert(claim.case.clone(), claim) {
                let message = format!("{} 在另一文件中也有 / is in another of the files too", twice.case);
                let place = crate::error::Place::file(path.display().to_string());
                problems.push(crate::error::Problem::new(place, "answered-twice", message));
            }
        }
        events.append(&mut import.events);
    }
    if !problems.is_empty() {
        return Err(Fault::Inputs(problems));
    }
    if !events.is_empty() && !a.dry_run {
        store.append(&events, &expected.into_values().collect::<Vec<_>>())?;
    }
    let sum = |f: fn(&crate::desk::self_inspection::import::Import) -> usize| found.iter().map(f).sum::<usize>();
    let (with, nil, known, cases) = (sum(|i| i.with_problems), sum(|i| i.nil), sum(|i| i.known), sum(|i| i.cases));
    let dry = if a.dry_run { ("(只校验,未写入)", " (nothing written)") } else { ("", "") };
    put(&session.language.pick(
        &format!("收到:发现问题 {with} 家,零报告 {nil} 家,已有 {known} 家;新立案 {cases} 件{}", dry.0),
        &format!("{with} returns with problems, {nil} nil, {known} there already; {cases} cases opened{}", dry.1),
    ));
    for import in &found {
        for unit in &import.unanswered {
            put(&session.language.pick(&format!("未填结论:{unit}"), &format!("no conclusion: {unit}")));
        }
        for case in &import.dropped {
            let (zh, en) = (
                format!("先前填报、这次没有的问题仍在台账:{case}"),
                format!("reported before, not this time, still in the ledger: {case}"),
            );
            put(&session.language.pick(&zh, &en));
        }
    }
    Ok(0)
}

fn show(session: &Session, office: &Office<'_>, a: &CoverageOf) -> Result<u8> {
    let store = office.open()?;
    let day = a.on.as_deref().map_or(Ok(today()), |t| date("--on", t))?;
    let round = round_of(&store, a.round.as_deref())?;
    let mut found = coverage(&store, office.settings(), &round, day)?;
    let t = &found.totals;
    let code = if a.fail_on_missing && t.missing + t.nil_contradicted > 0 { 8 } else { 0 };
    if a.missing {
        found.lines.retain(|l| l.answer.is_none());
    }
    let page = page(&found, office, tongue(session.language));
    deliver(session, &a.output, &page, &found, day)?;
    Ok(code)
}

fn page(found: &Coverage, office: &Office<'_>, tongue: Tongue) -> Page {
    let t = |zh: &'static str, en: &'static str| tongue.pick(zh, en);
    let mut page = Page {
        title: format!("{}{}", found.name, t("覆盖情况", ": coverage")),
        number: found.round.clone(),
        none: t("无", "none").to_owned(),
        ..Page::default()
    };
    let n = &found.totals;
    page.line(t("填报期限", "due"), format!("{}({} {})", found.due, t("截至", "as of"), found.on));
    let rate = format!("{}.{}%", n.answered_tenths / 10, n.answered_tenths % 10);
    page.line(t("已报", "answered"), format!("{}/{} {rate}", n.asked - n.missing, n.asked));
    page.line(
        t("发现问题", "with problems"),
        format!("{} {} {}", n.with_problems, t("家,问题件数", "units, cases"), n.cases),
    );
    page.line(
        t("零报告", "nil"),
        format!("{} {} {}", n.nil, t("家,其中与数据矛盾", "units, contradicted by the data"), n.nil_contradicted),
    );
    page.line(t("未报", "missing"), format!("{} {} {}", n.missing, t("家,其中逾期", "units, overdue"), n.overdue));
    page.line(t("迟报", "late"), n.late.to_string());
    page.line(t("认为数字不符", "numbers disputed"), n.disputed.to_string());
    let answer = |a: Option<Answer>| match a {
        Some(Answer::Problems) => t("发现问题", "problems"),
        Some(Answer::Nil) => t("零报告", "nil"),
        None => t("未报", "missing"),
    };
    let row = |l: &crate::desk::self_inspection::coverage::Line| {
        vec![
            l.unit_name.clone(),
            l.department.clone(),
            answer(l.answer).to_owned(),
            l.filled_on.clone().unwrap_or_default(),
            l.days_late.map(|d| d.to_string()).unwrap_or_default(),
            l.cases.len().to_string(),
            l.contradictions.len().to_string(),
            l.disputed.clone().unwrap_or_default(),
        ]
    };
    let columns = [
        t("单位", "unit"),
        t("主管部门", "department"),
        t("结论", "answer"),
        t("填报日期", "filled on"),
        t("逾期天数:number", "days late:number"),
        t("问题件数:number", "cases:number"),
        t("矛盾件数:number", "contradicted:number"),
        t("数字不符", "disputed"),
    ];
    page.tables.push(Grid::new(t("各单位", "units"), &columns, found.lines.iter().map(row).collect()));
    let contradicted = found.lines.iter().flat_map(|l| {
        l.contradictions.iter().map(move |c| {
            let class = office.settings().classes.get(&c.class);
            vec![
                l.unit_name.clone(),
                answer(l.answer).to_owned(),
                c.case.clone(),
                c.severity.clone(),
                class.map_or(c.class.clone(), |k| tongue.pick(&k.zh, &k.en).to_owned()),
                c.fact.pick(tongue).to_owned(),
            ]
        })
    });
    let columns = [
        t("单位", "unit"),
        t("自查结论", "its answer"),
        t("台账编号", "case"),
        t("级别", "severity"),
        t("类别", "class"),
        t("数据比对核出", "what the data says"),
    ];
    let note = t(
        "零报告或未提及该类问题,而数据比对核出且无人认定不属实;核实前不作结论。",
        "nil, or silent on the class, while a run finds it and nobody has held it to be unfounded; no conclusion before it is checked.",
    );
    let title = t("与数据比对矛盾", "contradicted by the data");
    page.tables.push(Grid::new(title, &columns, contradicted.collect()).note(note));
    page
}

fn list(session: &Session, office: &Office<'_>, a: &List) -> Result<u8> {
    let rounds = rounds(&office.open()?)?;
    if a.json {
        put(&serde_json::to_string_pretty(&rounds).map_err(|e| Fault::Internal(e.to_string()))?);
        return Ok(0);
    }
    for r in &rounds {
        let (id, name, due, n) = (&r.id, &r.name, &r.due, r.units.len());
        put(&session
            .language
            .pick(&format!("{id}  {name}  期限 {due}  {n} 个单位"), &format!("{id}  {name}  due {due}  {n} units")));
    }
    Ok(0)
}
