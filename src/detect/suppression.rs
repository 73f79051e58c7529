//! What a rule would have reported but for the tables that excuse: lawful reasons, exemptions, rows set aside.
//!
//! Counted by asking again without the table, so it needs nothing of the rule and means the same in every engine: a finding
//! that stands only when the table is empty was suppressed by it. A table that only lessens a figure suppresses nothing.

use std::collections::BTreeSet;

use super::engine::{Engine, Question, Rows};
use super::finding::World;
use super::{Rule, portability};
use crate::table::Frame;

/// Tables that excuse, whatever rule reads them; a rule names further ones as `suppressed_by`.
pub const EXCUSING: [&str; 3] = ["absence_reasons", "quota_exemptions", "rejected_rows"];

/// What tables kept silent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suppressed {
    /// Findings that stand when all excusing tables are empty and do not as it is.
    pub total: u64,
    /// Table → findings that stand when it alone is empty.
    pub by_table: Vec<(String, u64)>,
}

impl Suppressed {
    /// `absence_reasons=12; rejected_rows=1`.
    #[must_use]
    pub fn words(&self) -> String {
        self.by_table.iter().map(|(table, n)| format!("{table}={n}")).collect::<Vec<_>>().join("; ")
    }
}

/// The excusing tables that a rule reads and that have rows.
fn excusing<'r>(rule: &'r Rule, world: &World<'_>) -> Vec<&'r str> {
    let words = portability::words(&rule.sql);
    let named = rule.suppressed_by.iter().map(String::as_str);
    let mut tables: Vec<&str> = EXCUSING.into_iter().chain(named).filter(|t| words.contains(*t)).collect();
    tables.retain(|t| world.height(t) > 0);
    tables.sort_unstable();
    tables.dedup();
    tables
}

/// How often a rule is asked again.
#[must_use]
pub fn questions(rule: &Rule, world: &World<'_>) -> usize {
    match excusing(rule, world).len() {
        n @ (0 | 1) => n,
        n => n + 1,
    }
}

type Key<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>);

fn keys(rows: &Rows) -> BTreeSet<Key<'_>> {
    let text = |name: &str, row: usize| rows.column(name).and_then(|c| c.text(row));
    (0..rows.len()).map(|row| (text("unit_key", row), text("person_key", row), text("object_key", row))).collect()
}

/// Asks the rule again without its excusing tables. A question that cannot be answered counts nothing.
pub fn count(
    rule: &Rule,
    engine: &dyn Engine<'_>,
    params: &Frame,
    limit: usize,
    found: &Rows,
    world: &World<'_>,
) -> Suppressed {
    let tables = excusing(rule, world);
    let found = keys(found);
    let without = |tables: &[&str]| -> u64 {
        let question = Question { sql: &rule.sql, params, limit, without: tables };
        let Ok(rows) = engine.query(&question) else { return 0 };
        keys(&rows).difference(&found).count() as u64
    };
    let by_table: Vec<(String, u64)> = tables.iter().map(|t| ((*t).to_owned(), without(&[*t]))).collect();
    let total = match by_table.as_slice() {
        [] => 0,
        [(_, n)] => *n,
        _ => without(&tables),
    };
    Suppressed { total, by_table }
}
