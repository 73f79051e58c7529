//! 领导职数管理台账: posts approved and filled at the end of a quarter, what changed since the quarter before, and the cases.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Quarter;
use crate::desk::ask::Asking;
use crate::desk::page::{Grid, Page};
use crate::desk::posts::{ALL_UNITS, LEVELS, LeaderPosts, leaders};
use crate::desk::units::Units;
use crate::desk::{Tongue, Words};
use crate::error::Result;
use crate::ledger::{Filter, State, Store};

/// A case that stands against a unit's leader posts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Against {
    pub case: String,
    pub rule: String,
    pub state: Words,
    pub events: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    pub unit_key: String,
    pub unit_name: String,
    pub unit_code: String,
    pub rank: Words,
    pub scope: Words,
    pub level: Words,
    pub level_code: String,
    pub class: Words,
    pub approved: i64,
    pub actual: i64,
    pub vacant: i64,
    pub over: i64,
    pub document: String,
    /// At the end of the quarter before; nothing when it was not published.
    pub approved_before: Option<i64>,
    pub actual_before: Option<i64>,
    /// Masked names of those in office.
    pub incumbents: Vec<String>,
    pub cases: Vec<Against>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Book {
    pub quarter: String,
    pub period: String,
    pub run_id: String,
    /// Period that it is held against.
    pub before: Option<String>,
    /// The lowest level that it lists.
    pub from_level: String,
    pub rows: Vec<Row>,
}

const INCUMBENTS: &str = "SELECT unit_key, leader_scope, leader_level, leader_class, name FROM canonical_establishment_staff \
    WHERE period = '{period}' AND unit_key IS NOT NULL AND leader_class IS NOT NULL AND staff_status IN ('on_post', 'off_post') \
    AND COALESCE(concurrent, 'no') <> 'yes' \
    AND (entry_date_day_max IS NULL OR entry_date_day_max <= {as_of}) AND (exit_date_day_min IS NULL OR exit_date_day_min > {as_of}) \
    AND (appointed_on_day_max IS NULL OR appointed_on_day_max <= {as_of}) AND (removed_on_day_min IS NULL OR removed_on_day_min > {as_of}) \
    ORDER BY unit_key, name, row_id";

type Place = (String, String, String, String);

fn place(p: &LeaderPosts) -> Place {
    (p.unit_key.clone(), p.scope.clone(), p.level.clone(), p.class.clone())
}

/// The book of a quarter from the period that `asking` is open at; `before` is open at the quarter before.
///
/// # Errors
/// What reading may give.
pub fn book(
    asking: &mut Asking,
    before: Option<&mut Asking>,
    store: Option<&dyn Store>,
    quarter: Quarter,
    from_level: &str,
) -> Result<Book> {
    let units = Units::read(asking)?;
    let mut ranks = BTreeMap::new();
    let sql = "SELECT unit_key, MIN(rank) AS rank FROM canonical_establishment_units WHERE period = '{period}' \
               AND unit_key IS NOT NULL GROUP BY unit_key ORDER BY unit_key";
    for row in asking.rows(sql)? {
        ranks.insert(row.word("unit_key"), asking.label("rank", &row.word("rank")));
    }
    let mut names: BTreeMap<Place, Vec<String>> = BTreeMap::new();
    for row in asking.rows(INCUMBENTS)? {
        let word = |column: &str| {
            let text = row.word(column);
            if text.is_empty() { "unknown".to_owned() } else { text }
        };
        let place = (row.word("unit_key"), word("leader_scope"), word("leader_level"), word("leader_class"));
        names.entry(place).or_default().push(row.word("name"));
    }
    let (before_period, old) = match before {
        Some(asking) => {
            let old: BTreeMap<Place, (i64, i64)> =
                leaders(asking, ALL_UNITS)?.into_iter().map(|p| (place(&p), (p.approved, p.actual))).collect();
            (Some(asking.period.to_string()), old)
        }
        None => (None, BTreeMap::new()),
    };
    let mut against = match store {
        Some(store) => against(store)?,
        None => BTreeMap::new(),
    };
    let mut rows = Vec::new();
    let reach = LEVELS.iter().position(|l| *l == from_level).unwrap_or(LEVELS.len());
    for posts in leaders(asking, ALL_UNITS)? {
        let level = LEVELS.iter().position(|l| *l == posts.level);
        // A level that nobody can tell is shown rather than dropped.
        if level.is_some_and(|l| l > reach) {
            continue;
        }
        let Some(unit) = units.list.iter().find(|u| u.key == posts.unit_key) else { continue };
        let place = place(&posts);
        let was = old.get(&place).copied();
        let known = before_period.is_some();
        rows.push(Row {
            unit_key: unit.key.clone(),
            unit_name: unit.name.clone(),
            unit_code: unit.code.clone().unwrap_or_default(),
            rank: ranks.get(&unit.key).cloned().unwrap_or_default(),
            scope: asking.label("scope", &posts.scope),
            level: asking.label("leader_level", &posts.level),
            class: asking.label("leader_class", &posts.class),
            vacant: (posts.approved - posts.actual).max(0),
            over: (posts.actual - posts.approved).max(0),
            approved: posts.approved,
            actual: posts.actual,
            document: posts.document,
            approved_before: known.then(|| was.map_or(0, |w| w.0)),
            actual_before: known.then(|| was.map_or(0, |w| w.1)),
            incumbents: names.remove(&place).unwrap_or_default(),
            // Once a unit: the case is about its posts, whichever row shows it.
            cases: against.remove(&unit.key).unwrap_or_default(),
            level_code: posts.level,
        });
    }
    Ok(Book {
        quarter: quarter.to_string(),
        period: asking.period.to_string(),
        run_id: asking.run_id.clone(),
        before: before_period,
        from_level: from_level.to_owned(),
        rows,
    })
}

/// Open cases about leader posts, by unit: findings of the rules L, and what others reported as such.
fn against(store: &dyn Store) -> Result<BTreeMap<String, Vec<Against>>> {
    let mut found: BTreeMap<String, Vec<Against>> = BTreeMap::new();
    let states = State::all().filter(|s| s.is_open()).collect();
    store.cases(&Filter { states, ..Filter::default() }, &mut |case| {
        let o = &case.opening;
        let rule = o.rule.clone().unwrap_or_default();
        let about = rule.starts_with('L') || ["violation.05", "violation.06"].contains(&o.class.as_str());
        if let (true, Some(unit)) = (about, &o.unit_key) {
            let (zh, en) = case.state.words();
            let events = case.events;
            found.entry(unit.clone()).or_default().push(Against {
                case: case.id,
                rule,
                state: Words::new(zh, en),
                events,
            });
        }
        Ok(())
    })?;
    Ok(found)
}

/// The book as it is printed and filed.
#[must_use]
pub fn page(book: &Book, tongue: Tongue) -> Page {
    let t = |zh: &'static str, en: &'static str| tongue.pick(zh, en);
    let mut page = Page {
        title: t("机关事业单位领导职数管理台账", "Ledger of leader posts").to_owned(),
        number: book.quarter.clone(),
        none: t("无", "none").to_owned(),
        ..Page::default()
    };
    page.line(t("季度", "quarter"), format!("{}({} {})", book.quarter, t("数据期间", "period"), book.period));
    page.line(t("运行", "run"), book.run_id.clone());
    page.line(
        t("上期", "held against"),
        book.before.clone().unwrap_or_else(|| t("未发布", "not published").to_owned()),
    );
    let sum = |f: fn(&Row) -> i64| book.rows.iter().map(f).sum::<i64>();
    page.line(
        t("合计", "total"),
        format!(
            "{} {},{} {},{} {},{} {}",
            t("核定", "approved"),
            sum(|r| r.approved),
            t("实配", "in office"),
            sum(|r| r.actual),
            t("空缺", "vacant"),
            sum(|r| r.vacant),
            t("超配", "over"),
            sum(|r| r.over)
        ),
    );
    let number = |n: Option<i64>| n.map_or("—".to_owned(), |n| n.to_string());
    let change = |r: &Row| match (r.approved_before, r.actual_before) {
        (Some(a), Some(b)) if (a, b) != (r.approved, r.actual) => format!("{:+}/{:+}", r.approved - a, r.actual - b),
        (Some(_), Some(_)) => String::new(),
        _ => "—".to_owned(),
    };
    let row = |(n, r): (usize, &Row)| {
        let cases = r.cases.iter().map(|c| format!("{}({} {})", c.case, c.state.pick(tongue), c.events));
        vec![
            n.to_string(),
            r.unit_name.clone(),
            r.unit_code.clone(),
            r.rank.pick(tongue).to_owned(),
            r.scope.pick(tongue).to_owned(),
            r.level.pick(tongue).to_owned(),
            r.class.pick(tongue).to_owned(),
            r.approved.to_string(),
            r.actual.to_string(),
            r.vacant.to_string(),
            r.over.to_string(),
            r.document.clone(),
            number(r.approved_before),
            number(r.actual_before),
            change(r),
            r.incumbents.join("、"),
            cases.collect::<Vec<_>>().join(";"),
        ]
    };
    let columns = [
        t("序号:number", "no.:number"),
        t("单位", "unit"),
        t("机构编码", "code"),
        t("规格", "rank"),
        t("职数类别", "scope"),
        t("职务层次", "level"),
        t("正副职", "class"),
        t("核定:number", "approved:number"),
        t("实配:number", "in office:number"),
        t("空缺:number", "vacant:number"),
        t("超配:number", "over:number"),
        t("核定文号", "document"),
        t("上季核定:number", "approved before:number"),
        t("上季实配:number", "in office before:number"),
        t("变动(核定/实配)", "change (approved/in office)"),
        t("任职人员", "in office"),
        t("台账问题(状态 事件数)", "cases (state, events)"),
    ];
    let note = t(
        "兼任只占一处职数;姓名已脱敏;未销号问题列在该单位第一行,以 hedui ledger show 编号 查看全过程。",
        "A post held concurrently counts once; names are masked; a unit's open cases stand in its first row, see hedui ledger show ID.",
    );
    let rows = (1..).zip(&book.rows).map(row).collect();
    page.tables.push(Grid::new(t("领导职数台账", "leader posts"), &columns, rows).note(note));
    page
}
