//! What random checks found, taken in from a file, and the hit rates of both halves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::digest;
use super::draw::Half;
use super::draws::{DrawRecord, draws};
use super::list::Kind;
use crate::desk::units::Units;
use crate::error::{Fault, Place, Problem, Result};
use crate::ledger::body::Opening;
use crate::ledger::classes::UNCLASSED;
use crate::ledger::event::{body, day_of, day_text};
use crate::ledger::{By, Case, Expected, Move, NewEvent, Settings, Store};

/// What the check of one unit found: the record `inspection:D-…/U…`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    pub draw: String,
    pub key: String,
    pub half: Half,
    pub problem: bool,
    pub checked_on: String,
    /// Cases opened for what was found.
    pub cases: Vec<String>,
}

/// Headers of a file of results.
const HEADERS: [(&str, &[&str]); 7] = [
    ("单位", &["单位", "unit", "主键", "单位主键", "问题编号", "key"]),
    ("结果", &["结果", "检查结果", "result"]),
    ("检查日期", &["检查日期", "checked_on", "日期"]),
    ("事实", &["事实", "问题", "fact"]),
    ("级别", &["级别", "severity"]),
    ("依据", &["依据", "legal_basis"]),
    ("类别", &["类别", "class"]),
];

/// What a file of results adds.
#[derive(Debug, Default)]
pub struct Plan {
    pub events: Vec<NewEvent>,
    pub expected: Vec<Expected>,
    pub checked: usize,
    pub cases: usize,
    pub known: usize,
}

struct Row {
    row: u32,
    key: String,
    name: String,
    problem: bool,
    day: i32,
    fact: String,
    severity: String,
    basis: String,
    class: String,
}

/// Plans the events of a file of results: a row a check, or a row a problem found.
///
/// # Errors
/// [`Fault::Inputs`] with every row that is wrong; what reading the ledger may give.
pub fn plan(
    store: &dyn Store,
    settings: &Settings,
    draw: &DrawRecord,
    units: Option<&Units>,
    (label, text): (&str, &str),
    by: &By,
) -> Result<Plan> {
    let rows = rows(settings, draw, units, label, text, by)?;
    let mut by_key: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in &rows {
        by_key.entry(&row.key).or_default().push(row);
    }
    let mut problems = Vec::new();
    let mut plan = Plan::default();
    for (key, rows) in by_key {
        if rows.iter().any(|r| r.problem != rows[0].problem) {
            let place = Place::file(label).row(rows[0].row);
            let message = format!("{key}:既有“未发现问题”又有“发现问题” / both clean and with a problem");
            problems.push(Problem::new(place, "contradiction", message));
            continue;
        }
        one(store, settings, draw, &rows, by, &mut plan)?;
    }
    if problems.is_empty() { Ok(plan) } else { Err(Fault::Inputs(problems)) }
}

fn one(
    store: &dyn Store,
    settings: &Settings,
    draw: &DrawRecord,
    rows: &[&Row],
    by: &By,
    plan: &mut Plan,
) -> Result<()> {
    let Some(first) = rows.first() else { return Ok(()) };
    let Some(sent) = draw.drawn.get(&first.key) else { return Ok(()) };
    let mut cases = Vec::new();
    for row in rows.iter().filter(|r| r.problem) {
        let id = format!("random_check-{}-{}", draw.id, &digest(&[&row.key, &row.fact])[..8]);
        // What another look at a closed case found wrong belongs to that case.
        let id = if draw.kind == Kind::ClosedCases { row.key.clone() } else { id };
        if cases.contains(&id) {
            continue;
        }
        cases.push(id.clone());
        let before = store.case(&id)?;
        if draw.kind == Kind::ClosedCases {
            reopen(before, row, by, settings, plan)?;
        } else if before.is_none() {
            plan.events.push(by.event(&id, Move::Open, &draw.id, body(&opening(row, settings, by))?));
            plan.expected.push(Expected { case: id, events: 0 });
            plan.cases += 1;
        }
    }
    let outcome = Outcome {
        draw: draw.id.clone(),
        key: first.key.clone(),
        half: sent.half,
        problem: first.problem,
        checked_on: day_text(rows.iter().map(|r| r.day).max().unwrap_or(by.day)),
        cases,
    };
    let id = format!("inspection:{}/{}", draw.id, first.key);
    let before = store.case(&id)?;
    let same = before
        .as_ref()
        .and_then(|c| c.record.clone())
        .is_some_and(|r| serde_json::from_value::<Outcome>(r).is_ok_and(|o| o == outcome));
    if same {
        plan.known += 1;
        return Ok(());
    }
    plan.checked += 1;
    plan.events.push(by.record(&id, if outcome.problem { "发现问题" } else { "未发现问题" }, &outcome)?);
    plan.expected.push(Expected { case: id, events: before.map_or(0, |c| c.events) });
    Ok(())
}

/// 回头看: a closed case that was not put right after all is open again.
fn reopen(case: Option<Case>, row: &Row, by: &By, settings: &Settings, plan: &mut Plan) -> Result<()> {
    let Some(case) = case.filter(|c| c.state.is_closed()) else { return Ok(()) };
    let form = crate::ledger::Form { why: format!("回头看:{}", row.fact), ..crate::ledger::Form::default() };
    plan.events.push(crate::ledger::act(&case, Move::Reopen, &form, by, settings)?);
    plan.expected.push(Expected { case: case.id.clone(), events: case.events });
    plan.cases += 1;
    Ok(())
}

fn opening(row: &Row, settings: &Settings, by: &By) -> Opening {
    Opening {
        source: "random_check".to_owned(),
        reference: Some(row.key.clone()),
        class: row.class.clone(),
        severity: row.severity.clone(),
        unit_key: Some(row.key.clone()),
        unit_name: Some(row.name.clone()),
        fact_zh: row.fact.clone(),
        fact_en: row.fact.clone(),
        legal_basis: row.basis.clone(),
        due: Some(day_text(settings.check_by(by.day))),
        ..Opening::default()
    }
}

fn rows(
    settings: &Settings,
    draw: &DrawRecord,
    units: Option<&Units>,
    label: &str,
    text: &str,
    by: &By,
) -> Result<Vec<Row>> {
    let place = |row: u32| Place::file(label).row(row);
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).from_reader(text.trim_start_matches('\u{FEFF}').as_bytes());
    let broken = |row: u32, e: &csv::Error| Fault::Inputs(vec![Problem::new(place(row), "csv", e.to_string())]);
    let header = reader.headers().map_err(|e| broken(1, &e))?.clone();
    let columns = HEADERS.map(|(title, names)| (title, header.iter().position(|h| names.contains(&h.trim()))));
    let mut problems: Vec<Problem> = columns[..2]
        .iter()
        .filter(|(_, at)| at.is_none())
        .map(|(title, _)| Problem::new(place(1), "missing-column", format!("没有“{title}”列 / no column {title}")))
        .collect();
    if !problems.is_empty() {
        return Err(Fault::Inputs(problems));
    }
    let mut found = Vec::new();
    for (row, record) in (2..).zip(reader.records()) {
        let record = record.map_err(|e| broken(row, &e))?;
        let cell = |n: usize| columns[n].1.and_then(|at| record.get(at)).unwrap_or_default().trim().to_owned();
        if record.iter().all(|c| c.trim().is_empty()) {
            continue;
        }
        let mut wrong = |code, message: String| problems.push(Problem::new(place(row), code, message));
        let named = cell(0);
        let key = units.and_then(|u| u.find(&named).ok()).map_or(named.clone(), |u| u.key.clone());
        let Some(sent) = draw.drawn.get(&key) else {
            wrong("not-drawn", format!("“{named}”不在 {} 抽中名单内 / {named} was not drawn in {}", draw.id, draw.id));
            continue;
        };
        let problem = match cell(1).as_str() {
            "发现问题" | "有问题" | "problem" => true,
            "未发现问题" | "无问题" | "clean" => false,
            other => {
                wrong(
                    "unknown-result",
                    format!("结果“{other}”应为 未发现问题 或 发现问题 / {other:?}: clean or problem"),
                );
                continue;
            }
        };
        let day = if cell(2).is_empty() { Some(by.day) } else { day_of(&cell(2)) };
        let Some(day) = day.filter(|d| *d <= by.day) else {
            wrong("bad-date", format!("检查日期“{}”不是日期或在今天之后 / no day, or after today", cell(2)));
            continue;
        };
        let severity = if cell(4).is_empty() { "S3".to_owned() } else { cell(4) };
        if !["S1", "S2", "S3", "S4"].contains(&severity.as_str()) {
            wrong("bad-severity", format!("级别“{severity}”应为 S1 至 S4 / S1 to S4"));
        }
        let class = if cell(6).is_empty() { UNCLASSED.to_owned() } else { cell(6) };
        if class != UNCLASSED && settings.classes.get(&class).is_none() {
            wrong("unknown-class", format!("没有类别“{class}” / no class is called {class}"));
        }
        if problem && cell(3).is_empty() {
            wrong("no-fact", "发现问题须写明事实 / a problem needs its fact".to_owned());
        }
        found.push(Row {
            row,
            key,
            name: sent.name.clone(),
            problem,
            day,
            fact: cell(3),
            severity,
            basis: cell(5),
            class,
        });
    }
    if problems.is_empty() { Ok(found) } else { Err(Fault::Inputs(problems)) }
}

/// How often a half found something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rate {
    pub draw: String,
    pub half: Half,
    pub drawn: usize,
    pub checked: usize,
    pub problems: usize,
    /// Tenths of a per cent of those checked.
    pub rate_tenths: Option<usize>,
}

/// Hit rates of both halves of every draw, or of one.
///
/// # Errors
/// As [`draws`].
pub fn rates(store: &dyn Store, only: Option<&str>) -> Result<Vec<Rate>> {
    let mut outcomes: BTreeMap<(String, Half), (usize, usize)> = BTreeMap::new();
    store.records("inspection", &mut |record| {
        if let Some(Ok(o)) = record.record.map(serde_json::from_value::<Outcome>) {
            let n = outcomes.entry((o.draw, o.half)).or_default();
            n.0 += 1;
            n.1 += usize::from(o.problem);
        }
        Ok(())
    })?;
    let mut rates = Vec::new();
    for draw in draws(store)?.iter().filter(|d| only.is_none_or(|id| d.id == id)) {
        for half in [Half::Random, Half::Risk] {
            let drawn = draw.drawn.values().filter(|s| s.half == half).count();
            let (checked, problems) = outcomes.get(&(draw.id.clone(), half)).copied().unwrap_or_default();
            let rate_tenths = (problems * 1000).checked_div(checked);
            if drawn > 0 {
                rates.push(Rate { draw: draw.id.clone(), half, drawn, checked, problems, rate_tenths });
            }
        }
    }
    Ok(rates)
}
