//! The ledger's side of random checks: frozen lists, draws, what was found, hit rates.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::digest;
use super::draw::Half;
use super::list::{Kind, List};
use super::publication::Publication;
use crate::desk::units::{Units, refused};
use crate::error::{Fault, Place, Problem, Result};
use crate::kernel::dates::{Month, civil};
use crate::ledger::body::Opening;
use crate::ledger::classes::UNCLASSED;
use crate::ledger::event::{body, day_of, day_text};
use crate::ledger::{By, Case, Expected, Move, NewEvent, Settings, Store};

/// A draw as the ledger keeps it: the record `draw:D-…`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DrawRecord {
    pub id: String,
    pub kind: Kind,
    pub year: i32,
    pub list_sha256: String,
    pub seed: String,
    pub seed_source: String,
    pub percent: u32,
    pub listed: usize,
    /// Key → half and inspectors.
    pub drawn: BTreeMap<String, Sent>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    pub name: String,
    pub half: Half,
    pub inspectors: Vec<String>,
}

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

fn record(id: &str, by: &By, why: &str, content: serde_json::Value) -> NewEvent {
    let (year, month, _) = civil(by.day);
    NewEvent {
        case: id.to_owned(),
        what: Move::Record,
        at: by.at.clone(),
        day: by.day,
        month: Month(year * 12 + month.cast_signed() - 1),
        who: by.who.clone(),
        why: why.to_owned(),
        file: None,
        body: content,
    }
}

/// Writes down that a list was frozen, before its seed is known.
///
/// # Errors
/// As [`Store::append`].
pub fn log_list(store: &mut dyn Store, list: &List, by: &By) -> Result<()> {
    let id = format!("list:{}", &list.sha256[..16]);
    if store.case(&id)?.is_some() {
        return Ok(());
    }
    let content = serde_json::json!({"sha256": list.sha256, "kind": list.kind, "year": list.year, "items": list.items.len(),
        "frozen_on": list.frozen_on, "period": list.period});
    store.append(&[record(&id, by, "冻结名单", content)], &[Expected { case: id, events: 0 }])?;
    Ok(())
}

/// All draws, by id.
///
/// # Errors
/// As [`Store::records`].
pub fn draws(store: &dyn Store) -> Result<Vec<DrawRecord>> {
    let mut all = Vec::new();
    store.records("draw", &mut |record| {
        let id = record.id.clone();
        match record.record.map(serde_json::from_value::<DrawRecord>) {
            Some(Ok(draw)) => all.push(draw),
            _ => return Err(Fault::Reconciliation(format!("the ledger's record {id} is no draw"))),
        }
        Ok(())
    })?;
    Ok(all)
}

/// What earlier draws took: units of the year, cases of any year.
///
/// # Errors
/// As [`draws`].
pub fn drawn_before(store: &dyn Store, kind: Kind, year: i32) -> Result<BTreeSet<String>> {
    let own = |d: &DrawRecord| d.kind == kind && (kind == Kind::ClosedCases || d.year == year);
    Ok(draws(store)?.into_iter().filter(own).flat_map(|d| d.drawn.into_keys()).collect())
}

/// Writes a draw down; `false` when this very draw is there already.
///
/// # Errors
/// [`Fault::Refused`] when the list was not frozen before, is not whole, or was drawn from with another seed.
pub fn log_draw(store: &mut dyn Store, made: &Publication, by: &By) -> Result<bool> {
    let list = format!("list:{}", &made.list.sha256[..16]);
    if super::list::list_hash(&made.list.items) != made.list.sha256 || store.case(&list)?.is_none() {
        return Err(refused(
            "list-not-frozen",
            "名单未在本台账冻结,或冻结后被改动",
            "the list was not frozen in this ledger, or was changed since",
            "先用 hedui ledger freeze-list 冻结,再公布种子、抽取",
            "freeze it with hedui ledger freeze-list first; the seed comes after that",
        ));
    }
    if let Some(other) = draws(store)?.iter().find(|d| d.list_sha256 == made.list.sha256) {
        if other.id == made.id && other.percent == made.percent {
            return Ok(false);
        }
        return Err(refused(
            "drawn-already",
            &format!("此名单已抽取过({},种子“{}”),一份名单只抽一次", other.id, other.seed),
            &format!(
                "this list was drawn from already ({}, seed {:?}); a list is drawn from once",
                other.id, other.seed
            ),
            "要追加抽取,请重新冻结名单,本年已抽的不再抽",
            "to draw more, freeze the list anew; what was drawn this year is not drawn again",
        ));
    }
    let sent = |d: &super::draw::Drawn| {
        (d.key.clone(), Sent { name: d.name.clone(), half: d.half, inspectors: d.inspectors.clone() })
    };
    let kept = DrawRecord {
        id: made.id.clone(),
        kind: made.list.kind,
        year: made.list.year,
        list_sha256: made.list.sha256.clone(),
        seed: made.seed.clone(),
        seed_source: made.seed_source.clone(),
        percent: made.percent,
        listed: made.list.items.len(),
        drawn: made.drawn.iter().map(sent).collect(),
    };
    let id = format!("draw:{}", made.id);
    store.append(&[record(&id, by, "双随机抽取", body(&kept)?)], &[Expected { case: id, events: 0 }])?;
    Ok(true)
}

/// The draw of that number.
///
/// # Errors
/// [`Fault::Refused`] when there is none.
pub fn draw_of(store: &dyn Store, id: &str) -> Result<DrawRecord> {
    let all = draws(store)?;
    if let Some(draw) = all.iter().find(|d| d.id == id) {
        return Ok(draw.clone());
    }
    let known: Vec<&str> = all.iter().map(|d| d.id.as_str()).collect();
    let known = known.join(", ");
    Err(refused(
        "unknown-draw",
        &format!("没有抽查 {id}"),
        &format!("there is no draw {id}"),
        format!("现有:{known}"),
        format!("known: {known}"),
    ))
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
            plan.events
                .push(NewEvent { what: Move::Open, ..record(&id, by, &draw.id, body(&opening(row, settings, by))?) });
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
    plan.events.push(record(&id, by, if outcome.problem { "发现问题" } else { "未发现问题" }, body(&outcome)?));
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
