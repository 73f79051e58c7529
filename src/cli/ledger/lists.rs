//! What people look at: lists, one case, what is overdue, the balance.

use std::fmt::Write;

use clap::Args;
use serde_json::json;

use super::{Format, Ledger, date, json, today};
use crate::cli::language::Language;
use crate::cli::text_table::lay_out;
use crate::cli::{Session, put};
use crate::error::{Fault, Result, printable};
use crate::kernel::money::format_yuan;
use crate::ledger::classes::source_words;
use crate::ledger::event::day_of;
use crate::ledger::settings::rung_of;
use crate::ledger::{Case, Filter, Settings, State, Store};

#[derive(Debug, Args)]
pub struct List {
    /// State, such as suspicion or ST1a; again for several; `open` for all that are not closed / 状态
    #[arg(long = "state", value_name = "STATE")]
    states: Vec<String>,
    /// A unit's key or name / 单位
    #[arg(long)]
    unit: Option<String>,
    /// Class of problem / 类别
    #[arg(long)]
    class: Option<String>,
    /// Rule code / 规则编号
    #[arg(long)]
    rule: Option<String>,
    /// Where it came from / 来源
    #[arg(long)]
    source: Option<String>,
    /// Only those past their deadline / 只列逾期
    #[arg(long)]
    overdue: bool,
    /// Most to list / 最多列出
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Args)]
pub struct Show {
    /// Number of the case / 问题编号
    case: String,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Args)]
pub struct Overdue {
    /// As of this day [default: today] / 截至日期
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    #[arg(long)]
    unit: Option<String>,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

fn states(names: &[String]) -> Result<Vec<State>> {
    let mut found = Vec::new();
    for name in names {
        match State::parse(name) {
            Some(state) if !matches!(state, State::None | State::Record) => found.push(state),
            _ if name == "open" => found.extend(State::all().filter(|s| s.is_open())),
            _ => {
                let known: Vec<&str> =
                    State::all().filter(|s| !matches!(s, State::None | State::Record)).map(State::name).collect();
                return Err(super::refuse(
                    "unknown-state",
                    format!("没有“{name}”这一状态;可用:open, {}", known.join(", ")),
                    format!("no state is called {name}; known: open, {}", known.join(", ")),
                ));
            }
        }
    }
    Ok(found)
}

/// A unit's key is `U` and letters and digits; anything else is a name.
fn unit_filter(unit: Option<&String>) -> (Option<String>, Option<String>) {
    let key = unit.filter(|u| u.starts_with('U') && u.len() > 8 && u.chars().all(|c| c.is_ascii_alphanumeric()));
    (key.cloned(), unit.filter(|_| key.is_none()).cloned())
}

pub fn list(session: &Session, ledger: &Ledger, a: &List) -> Result<u8> {
    let (unit, unit_name) = unit_filter(a.unit.as_ref());
    let filter = Filter {
        states: states(&a.states)?,
        unit,
        unit_name,
        class: a.class.clone(),
        rule: a.rule.clone(),
        source: a.source.clone(),
        due_before: a.overdue.then(today),
        watched: false,
        open_around: None,
        limit: a.limit,
    };
    print(session, ledger.settings(), &collect(ledger, &filter)?, a.format, today())
}

fn collect(ledger: &Ledger, filter: &Filter) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    ledger.open()?.cases(filter, &mut |case| {
        cases.push(case);
        Ok(())
    })?;
    Ok(cases)
}

pub fn overdue(session: &Session, ledger: &Ledger, a: &Overdue) -> Result<u8> {
    let day = a.on.as_deref().map_or(Ok(today()), |t| date("--on", t))?;
    let (unit, unit_name) = unit_filter(a.unit.as_ref());
    let filter = Filter { unit, unit_name, due_before: Some(day), ..Filter::default() };
    let mut cases = collect(ledger, &filter)?;
    // The longest overdue first.
    cases.sort_by(|a, b| a.due.cmp(&b.due).then_with(|| a.id.cmp(&b.id)));
    print(session, ledger.settings(), &cases, a.format, day)
}

/// A case as data.
fn data(case: &Case, settings: &Settings, today: i32) -> serde_json::Value {
    let overdue = case.days_overdue(today);
    let o = &case.opening;
    json!({
        "case": case.id, "state": case.state.name(), "source": o.source, "class": o.class, "rule": o.rule,
        "severity": o.severity, "unit_key": o.unit_key, "unit_name": o.unit_name, "person_key": o.person_key,
        "person_name": o.person_name, "fact_zh": o.fact_zh, "fact_en": o.fact_en, "opened_on": case.opened.day, "due": case.due,
        "days_overdue": overdue, "step_due": overdue.and_then(|d| settings.rung(d)).map(|r| r.step),
        "step_taken": case.reminders.last().map(|r| &r.step), "owner": case.assignment.as_ref().map(|a| &a.owner),
        "extensions": case.extensions.len(), "reopened": case.reopened, "in_the_data": case.present(),
        "clean_runs": case.clean_runs(), "events": case.events,
    })
}

const COLUMNS: [&str; 20] = [
    "case",
    "state",
    "source",
    "class",
    "rule",
    "severity",
    "unit_key",
    "unit_name",
    "person_name",
    "fact_zh",
    "opened_on",
    "due",
    "days_overdue",
    "step_due",
    "step_taken",
    "owner",
    "extensions",
    "reopened",
    "in_the_data",
    "events",
];

pub(super) fn csv_of(cases: &[Case], settings: &Settings, today: i32) -> Result<String> {
    let rows: Vec<serde_json::Value> = cases.iter().map(|c| data(c, settings, today)).collect();
    csv(&COLUMNS, &rows)
}

pub(super) fn csv(columns: &[&str], rows: &[serde_json::Value]) -> Result<String> {
    let internal = |e: String| Fault::Internal(e);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns).map_err(|e| internal(e.to_string()))?;
    for row in rows {
        let cell = |column: &&str| match &row[*column] {
            serde_json::Value::Null => String::new(),
            serde_json::Value::String(text) => safe(text),
            other => other.to_string(),
        };
        writer.write_record(columns.iter().map(cell)).map_err(|e| internal(e.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|e| internal(e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| internal(e.to_string()))
}

/// A text that no spreadsheet takes for a formula.
fn safe(text: &str) -> String {
    let risky = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n']);
    if risky { format!("'{text}") } else { text.to_owned() }
}

fn print(session: &Session, settings: &Settings, cases: &[Case], format: Format, today: i32) -> Result<u8> {
    match format {
        Format::Json => {
            let rows: Vec<serde_json::Value> = cases.iter().map(|c| data(c, settings, today)).collect();
            put(&json(&rows)?);
        }
        Format::Csv => put(csv_of(cases, settings, today)?.trim_end()),
        Format::Table => put(&table(session.language, settings, cases, today)),
    }
    Ok(0)
}

fn table(language: Language, settings: &Settings, cases: &[Case], today: i32) -> String {
    let header: Vec<String> = [
        ("编号", "case"),
        ("状态", "state"),
        ("规则/来源", "rule or source"),
        ("级别", "severity"),
        ("单位", "unit"),
        ("时限", "due"),
        ("逾期", "overdue"),
        ("应采取", "step due"),
        ("已采取", "taken"),
    ]
    .iter()
    .map(|(zh, en)| language.pick(zh, en))
    .collect();
    let step = |code: &str| rung_of(code).map_or(code.to_owned(), |r| language.pick(r.zh, r.en));
    let row = |c: &Case| {
        let (state, source) = (c.state.words(), source_words(&c.opening.source));
        let overdue = c.days_overdue(today);
        vec![
            c.id.clone(),
            language.pick(state.0, state.1),
            c.opening.rule.clone().unwrap_or_else(|| language.pick(source.0, source.1)),
            c.opening.severity.clone(),
            c.opening.unit_name.clone().or_else(|| c.opening.unit_key.clone()).unwrap_or_else(|| "—".to_owned()),
            c.due.clone().filter(|_| c.state.is_open()).unwrap_or_default(),
            overdue.map(|d| d.to_string()).unwrap_or_default(),
            overdue.and_then(|d| settings.rung(d)).map(|r| step(r.step)).unwrap_or_default(),
            c.reminders.last().map(|r| step(&r.step)).unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = cases.iter().map(|c| row(c).iter().map(|cell| printable(cell)).collect()).collect();
    let mut out = lay_out(&header, &rows, &[6]);
    let n = cases.len();
    let _ = write!(out, "\n{}", language.pick(&format!("共 {n} 件"), &format!("{n} case(s)")));
    let unannounced = |c: &&Case| c.due.as_deref().and_then(day_of).is_some_and(|d| !settings.calendar.knows(d));
    if cases.iter().any(|c| unannounced(&c)) {
        let (zh, en) = (
            "注:有时限落在放假安排尚未公布的年份,按法定节假日计算,公布后请更新日历文件",
            "note: some deadlines fall in a year whose holidays are not announced; they are counted with the statutory days only",
        );
        let _ = write!(out, "\n{}", language.pick(zh, en));
    }
    out
}

pub fn show(session: &Session, ledger: &Ledger, a: &Show) -> Result<u8> {
    let store = ledger.open()?;
    let Some(case) = store.case(&a.case)? else { return Err(crate::ledger::unknown_case(&a.case)) };
    let events = store.events_of(&a.case)?;
    if a.format != Format::Table {
        let lines: Vec<serde_json::Value> =
            events.iter().filter_map(|e| serde_json::from_str(&e.fields().line(&e.hash)).ok()).collect();
        put(&json(&json!({"case": case, "clean_runs": case.clean_runs(), "history": lines}))?);
        return Ok(0);
    }
    let language = session.language;
    let (o, state, source) = (&case.opening, case.state.words(), source_words(&case.opening.source));
    let none = || "—".to_owned();
    let class = ledger.settings().classes.get(&o.class).map_or(o.class.clone(), |c| language.pick(&c.zh, &c.en));
    let mut lines = vec![
        format!("{}  {} {}", case.id, case.state.code(), language.pick(state.0, state.1)),
        language.pick(&o.fact_zh, if o.fact_en.is_empty() { &o.fact_zh } else { &o.fact_en }),
        String::new(),
    ];
    let mut add = |zh: &str, en: &str, value: String| lines.push(format!("{}  {value}", language.pick(zh, en)));
    add("单位", "unit      ", o.unit_name.clone().or_else(|| o.unit_key.clone()).unwrap_or_else(none));
    if let Some(person) = o.person_name.as_ref().or(o.person_key.as_ref()) {
        add("人员", "person    ", person.clone());
    }
    add("来源", "source    ", format!("{} {}", language.pick(source.0, source.1), o.rule.clone().unwrap_or_default()));
    add("类别", "class     ", class);
    add("依据", "law       ", o.legal_basis.clone());
    add("时限", "due       ", case.due.clone().filter(|_| case.state.is_open()).unwrap_or_else(none));
    if let Some(assignment) = &case.assignment {
        add("责任", "in charge ", format!("{} ({}): {}", assignment.owner, assignment.document, assignment.measure));
    }
    if let Some(file) = &case.evidence {
        add("证据", "evidence  ", format!("{} sha256:{}", file.name, file.sha256));
    }
    for e in &case.endorsed {
        let document = e.document.clone().unwrap_or_default();
        add("逐级审核", "signed    ", format!("{} {} {} {document}", e.level, e.who, e.day));
    }
    if case.recovered > 0 {
        add("追回", "recovered ", format_yuan(case.recovered));
    }
    if case.state.awaits_data() {
        let (have, need) = (case.clean_runs(), ledger.settings().clean_runs);
        add(
            "印证",
            "data      ",
            language.pick(
                &format!("申请后 {have}/{need} 次核对不再核出"),
                &format!("silent in {have} of {need} later runs"),
            ),
        );
    }
    add("事件", "events    ", case.events.to_string());
    lines.push(String::new());
    for e in &events {
        let (what, to) = (e.what.words(), e.to.words());
        let file = e.file.as_ref().map(|f| format!(" [{}]", f.name)).unwrap_or_default();
        let moved = if e.from == e.to { String::new() } else { format!(" → {}", language.pick(to.0, to.1)) };
        lines.push(format!(
            "{:>4}  {}  {}{moved}  {}  {}{file}",
            e.n,
            e.day,
            language.pick(what.0, what.1),
            e.who,
            e.why
        ));
    }
    // What a file or a hand brought in cannot forge a line.
    put(&lines.iter().map(|l| printable(l)).collect::<Vec<_>>().join("\n"));
    Ok(0)
}
