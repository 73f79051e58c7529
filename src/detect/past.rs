//! Earlier published periods as rules see them: frames `<table>_past`, which a rule asks for by `past = { payroll = 12 }`.
//!
//! `publish` reads them and `pipeline` hands them over; nothing here knows where they came from. A frame holds the columns
//! that any rule names and the longest window that any rule asks for, so each rule says by `period_no` how far it looks.

use std::collections::{BTreeMap, BTreeSet};

use super::{Catalogue, DetectContext, Detected, Rule, output, portability, resolved};
use crate::kernel::dates::Month;
use crate::table::digest::FrameDigest;
use crate::table::{Frame, FrameColumn, Numbers, Schemas, Values};

/// What stands after a table's name when its earlier periods are meant.
pub const SUFFIX: &str = "_past";

/// Furthest that a rule may look back, months.
pub const MOST_MONTHS: u32 = 120;

/// Columns that every earlier frame can give besides its table's own: which month a row was published in, and a number
/// that no other row of the frame has, which `row__<table>_past` points with.
pub const PERIOD: &str = "period";
pub const PERIOD_NO: &str = "period_no";
pub const PAST_ROW_ID: &str = "past_row_id";

/// `past_row_id` is `period_no` times this, plus `row_id`.
pub const ROWS_A_PERIOD: i64 = 1_000_000_000;

/// What evidence shows and weighs besides the columns that a rule declares.
pub const SHOWN: [&str; 10] = [
    PAST_ROW_ID,
    "source_file",
    "source_row",
    "unit_key",
    "unit_match",
    "unit_probability",
    "person_key",
    "person_match",
    "person_probability",
    "person_rival",
];

/// Which earlier months of a table a rule looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Months {
    /// So many before the month checked.
    Within(u32),
    /// Those so many months before, and none between.
    At(Vec<u32>),
}

impl Months {
    #[must_use]
    pub fn furthest(&self) -> u32 {
        match self {
            Self::Within(n) => *n,
            Self::At(list) => list.iter().copied().max().unwrap_or_default(),
        }
    }

    fn each(&self) -> Vec<u32> {
        match self {
            Self::Within(n) => (1..=*n).collect(),
            Self::At(list) => list.clone(),
        }
    }
}

/// Earlier periods, as `publish` read them.
#[derive(Debug, Clone, Default)]
pub struct Past {
    /// `payroll_past` and so on.
    pub frames: Vec<Frame>,
    /// Of those frames, by their order.
    pub digests: Vec<FrameDigest>,
    /// Table → the earlier periods it was published in with a feed, oldest first.
    pub periods: BTreeMap<String, Vec<Month>>,
}

/// A table whose earlier periods some rule asks for.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub table: String,
    /// Where the table is published, such as `canonical/payroll`.
    pub path: String,
    /// Which months back, the month checked not counted.
    pub months: BTreeSet<u32>,
    /// The frame to be filled, with the columns that are needed and no rows.
    pub frame: Frame,
}

/// Every table whose earlier periods can be asked for, without rows and under its own path.
fn tables(schemas: &Schemas) -> Vec<Frame> {
    let mut tables = resolved::empty_frames(schemas);
    let context = DetectContext::empty(Month(0));
    let published = output::frames(&Detected::default(), &Catalogue::default(), &context);
    tables.extend(published.into_iter().filter(|f| f.path == "rule_runs"));
    tables
}

/// The names of those tables.
#[must_use]
pub fn names(schemas: &Schemas) -> Vec<String> {
    tables(schemas).iter().map(|f| f.name().to_owned()).collect()
}

/// The table whose earlier periods a name means: `payroll` for `payroll_past`.
#[must_use]
pub fn table_of(name: &str) -> Option<&str> {
    name.strip_suffix(SUFFIX).filter(|table| !table.is_empty())
}

/// Every `<table>_past` without rows.
#[must_use]
pub fn empty_frames(schemas: &Schemas) -> Vec<Frame> {
    tables(schemas).into_iter().map(past_of).collect()
}

/// A table's earlier form: the same columns, and whose month a row is.
fn past_of(mut frame: Frame) -> Frame {
    frame.path = format!("past/{}{SUFFIX}", frame.name());
    frame.columns.retain(|c| !matches!(c.values, Values::Evidence(_)) && c.name != PERIOD);
    let whole = || Values::Int32(Numbers::default());
    frame.columns.push(FrameColumn::new(
        PERIOD,
        "期间",
        "the month the row was published in",
        Values::Text(crate::table::column::TextColumn::default()),
    ));
    frame.columns.push(FrameColumn::new(PERIOD_NO, "期间月序", "that month, 12 × year + month − 1", whole()));
    if frame.column("row_id").is_some() {
        let id =
            FrameColumn::new(PAST_ROW_ID, "往期行号", "the row among all periods", Values::Int64(Numbers::default()));
        frame.columns.push(id);
    }
    frame.sort_by = vec![PERIOD_NO.to_owned()];
    frame
}

/// The earlier tables that the rules ask for, with the columns that they name. Rules switched off ask for nothing.
#[must_use]
pub fn wanted(catalogue: &Catalogue, disabled: &BTreeSet<String>) -> Vec<Wanted> {
    let asking: Vec<&Rule> =
        catalogue.rules.iter().filter(|r| !r.past.is_empty() && !disabled.contains(&r.code)).collect();
    if asking.is_empty() {
        return Vec::new();
    }
    let one = |table: Frame| {
        let name = table.name().to_owned();
        let months: BTreeSet<u32> = asking.iter().filter_map(|r| r.past.get(&name)).flat_map(Months::each).collect();
        if months.is_empty() {
            return None;
        }
        let path = table.path.clone();
        let mut columns: BTreeSet<String> = BTreeSet::new();
        for rule in asking.iter().filter(|r| r.past.contains_key(&name)) {
            columns.extend(portability::words(&rule.sql));
            if let Some(shown) = rule.evidence.get(&format!("{name}{SUFFIX}")) {
                columns.extend(SHOWN.map(str::to_owned));
                columns.extend(shown.iter().flat_map(|c| [c.clone(), format!("{c}_precision")]));
            }
        }
        let mut frame = past_of(table);
        // The month stays, so that a table of which only rows are counted has a column.
        frame.columns.retain(|c| c.name == PERIOD_NO || columns.contains(&c.name));
        Some(Wanted { table: name, path, months, frame })
    };
    tables(&catalogue.schemas).into_iter().filter_map(one).collect()
}

/// The month's own tables that the rules name, without rows, with the columns that they name and that evidence shows.
#[must_use]
pub fn current(catalogue: &Catalogue) -> Vec<Frame> {
    let words = catalogue.words();
    let entities = ["units", "persons"];
    let mut tables = resolved::empty_frames(&catalogue.schemas);
    let counted =
        |name: &str| catalogue.rules.iter().any(|r| r.inputs.iter().chain(&r.optional_inputs).any(|t| t == name));
    tables.retain(|t| words.contains(t.name()) || entities.contains(&t.name()) || counted(t.name()));
    for table in &mut tables {
        let evidence = catalogue.rules.iter().filter_map(|r| r.evidence.get(table.name())).flatten();
        let shown: BTreeSet<String> = evidence.flat_map(|c| [c.clone(), format!("{c}_precision")]).collect();
        let whole = entities.contains(&table.name());
        let named =
            |name: &str| words.contains(name) || shown.contains(name) || SHOWN.contains(&name) || name == "row_id";
        table.columns.retain(|c| whole || named(&c.name));
    }
    tables
}

/// Tables of whose earlier periods none that the rule looks at is published.
#[must_use]
pub fn lacking<'r>(rule: &'r Rule, past: &Past, period: Month) -> Vec<&'r str> {
    let there = |table: &str, months: u32| {
        let first = period.plus(-i32::try_from(months).unwrap_or(i32::MAX));
        past.periods.get(table).is_some_and(|periods| periods.iter().any(|p| *p >= first && *p < period))
    };
    rule.past
        .iter()
        .filter(|(table, months)| !there(table, months.furthest()))
        .map(|(table, _)| table.as_str())
        .collect()
}

/// Rows of a table's earlier periods.
#[must_use]
pub fn rows(past: &Past, table: &str) -> u64 {
    past.frames.iter().filter(|f| table_of(f.name()) == Some(table)).map(|f| f.len() as u64).sum()
}
