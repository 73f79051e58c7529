//! What a rule would have reported but for the tables that excuse: lawful reasons, exemptions, rows set aside.
//!
//! Counted by asking again without the table, so it needs nothing of the rule and means the same in every engine: a finding
//! that stands only when the table is empty was suppressed by it. A table that only lessens a figure suppresses nothing.

use std::collections::BTreeSet;

use super::engine::{Answer, Rows};
use super::world::World;
use super::{Rule, portability};

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
    /// Counts what something else than a table kept silent.
    pub fn add(&mut self, what: &str, n: u64) {
        if n > 0 {
            self.total += n;
            self.by_table.push((what.to_owned(), n));
        }
    }
    /// `absence_reasons=12; rejected_rows=1`.
    #[must_use]
    pub fn words(&self) -> String {
        self.by_table.iter().map(|(table, n)| format!("{table}={n}")).collect::<Vec<_>>().join("; ")
    }
}

/// The sets of excusing tables that a rule is to be asked again without: each table that it reads and that has rows, and all
/// of them when there are several.
#[must_use]
pub fn excusing<'r>(rule: &'r Rule, world: &World<'_>) -> Vec<Vec<&'r str>> {
    let words = portability::words(&rule.sql);
    let named = rule.suppressed_by.iter().map(String::as_str);
    let mut tables: Vec<&str> = EXCUSING.into_iter().chain(named).filter(|t| words.contains(*t)).collect();
    tables.retain(|t| world.height(t) > 0);
    tables.sort_unstable();
    tables.dedup();
    let mut sets: Vec<Vec<&str>> = tables.iter().map(|t| vec![*t]).collect();
    if tables.len() > 1 {
        sets.push(tables);
    }
    sets
}

type Key<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>);

fn keys(rows: &Rows) -> BTreeSet<Key<'_>> {
    let text = |name: &str, row: usize| rows.column(name).and_then(|c| c.text(row));
    (0..rows.len()).map(|row| (text("unit_key", row), text("person_key", row), text("object_key", row))).collect()
}

/// From the answers to a question that was asked without each of these sets. One that could not be answered counts nothing.
#[must_use]
pub fn count(sets: &[Vec<&str>], answer: &Answer) -> Suppressed {
    let found = keys(&answer.rows);
    let more = |rows: &Option<Rows>| rows.as_ref().map_or(0, |r| keys(r).difference(&found).count() as u64);
    let counts: Vec<u64> = answer.without.iter().map(more).collect();
    let single = sets.iter().zip(&counts).filter(|(set, _)| set.len() == 1);
    let by_table = single.map(|(set, n)| (set[0].to_owned(), *n)).collect();
    Suppressed { total: counts.last().copied().unwrap_or(0), by_table }
}
