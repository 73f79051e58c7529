//! What may be drawn, frozen: units with their stratum and risk, or cases closed long enough ago for another look (回头看).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::digest;
use crate::desk::ask::Asking;
use crate::desk::units::Units;
use crate::error::Result;
use crate::kernel::dates::{Month, PartialDate, civil};
use crate::ledger::event::{day_of, day_text};
use crate::ledger::{Filter, State, Store};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Units,
    ClosedCases,
}

/// One line of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Item {
    /// The unit's key, or the case's number.
    pub key: String,
    pub name: String,
    /// The unit's nature, or the case's class.
    pub kind: String,
    /// Division code; empty for cases.
    pub region: String,
    /// Tickets in the half by risk.
    pub tickets: u32,
    /// Drawn earlier in the year: counted, but not drawn again.
    pub drawn_before: bool,
}

impl Item {
    /// The line that is hashed: fields apart by tabs, which no field holds.
    #[must_use]
    pub fn line(&self) -> String {
        let before = if self.drawn_before { "1" } else { "0" };
        let plain = |text: &str| text.replace(['\t', '\n', '\r'], " ");
        let fields = [&self.key, &self.name, &self.kind, &self.region].map(|f| plain(f));
        format!("{}\t{}\t{before}", fields.join("\t"), self.tickets)
    }
    #[must_use]
    pub fn stratum(&self) -> (&str, &str) {
        (&self.kind, &self.region)
    }
}

/// A frozen list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    pub kind: Kind,
    /// Year of the checks.
    pub year: i32,
    /// Period of the published tables, empty for cases.
    pub period: String,
    pub run_id: String,
    /// The day it was frozen.
    pub frozen_on: String,
    /// By key.
    pub items: Vec<Item>,
    /// SHA-256 of the lines.
    pub sha256: String,
}

/// The hash of a list: of its lines in the order of their keys.
#[must_use]
pub fn list_hash(items: &[Item]) -> String {
    let lines: Vec<String> = items.iter().map(Item::line).collect();
    digest(&lines.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Tickets of open findings: one for being there, eight for each S1, four for each S2, one for each S3, no more than a thousand.
#[must_use]
pub fn tickets(s1: i64, s2: i64, s3: i64) -> u32 {
    u32::try_from((1 + 8 * s1 + 4 * s2 + s3).clamp(1, 1000)).unwrap_or(1000)
}

fn frozen(kind: Kind, year: i32, period: String, run_id: String, day: i32, mut items: Vec<Item>) -> List {
    items.sort();
    let sha256 = list_hash(&items);
    List { kind, year, period, run_id, frozen_on: day_text(day), items, sha256 }
}

/// Active units of the register, with the findings of the period as their risk.
///
/// # Errors
/// What reading may give.
pub fn of_units(asking: &mut Asking, year: i32, day: i32, before: &BTreeSet<String>) -> Result<List> {
    let mut risk: BTreeMap<String, u32> = BTreeMap::new();
    let sql = "SELECT unit_key, CAST(SUM(CASE WHEN severity = 'S1' THEN 1 ELSE 0 END) AS BIGINT) AS s1, \
         CAST(SUM(CASE WHEN severity = 'S2' THEN 1 ELSE 0 END) AS BIGINT) AS s2, \
         CAST(SUM(CASE WHEN severity = 'S3' THEN 1 ELSE 0 END) AS BIGINT) AS s3 FROM anomalies \
         WHERE period = '{period}' AND status NOT IN ('closed', 'explained') AND unit_key IS NOT NULL \
         GROUP BY unit_key ORDER BY unit_key";
    for row in asking.rows(sql)? {
        risk.insert(row.word("unit_key"), tickets(row.number("s1"), row.number("s2"), row.number("s3")));
    }
    let units = Units::read(asking)?;
    let items = units.list.iter().filter(|u| u.active).map(|u| Item {
        key: u.key.clone(),
        name: u.name.clone(),
        kind: u.nature.clone(),
        region: u.region.clone(),
        tickets: risk.get(&u.key).copied().unwrap_or(1),
        drawn_before: before.contains(&u.key),
    });
    let items = items.collect();
    Ok(frozen(Kind::Units, year, asking.period.to_string(), asking.run_id.clone(), day, items))
}

/// The day so many months before a day, or the last of that month.
#[must_use]
pub fn months_before(day: i32, months: i32) -> i32 {
    let then = Month::of_day(day).plus(-months);
    PartialDate::day(then.year(), then.month(), civil(day).2).map_or(then.last_day(), PartialDate::day_min)
}

/// Cases closed at least so many months before a day.
///
/// # Errors
/// What reading the ledger may give.
pub fn of_closed_cases(store: &dyn Store, day: i32, months: i32, before: &BTreeSet<String>) -> Result<List> {
    let latest = months_before(day, months);
    let mut items = Vec::new();
    let filter = Filter { states: vec![State::Closed], ..Filter::default() };
    store.cases(&filter, &mut |case| {
        let closed = case.closed.as_ref().and_then(|s| day_of(&s.day));
        if closed.is_some_and(|closed| closed <= latest) {
            items.push(Item {
                drawn_before: before.contains(&case.id),
                key: case.id,
                name: case.opening.unit_name.unwrap_or_default(),
                kind: case.opening.class,
                region: String::new(),
                tickets: 1,
            });
        }
        Ok(())
    })?;
    Ok(frozen(Kind::ClosedCases, civil(day).0, String::new(), String::new(), day, items))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_year_before_is_counted_in_months() {
        let day = |text| day_of(text).expect("a day");
        assert_eq!(months_before(day("2026-08-31"), 6), day("2026-02-28"));
        assert_eq!(months_before(day("2026-11-28"), 6), day("2026-05-28"));
    }

    #[test]
    fn any_change_of_a_line_changes_the_hash() {
        let item = Item { key: "U1".into(), name: "甲".into(), tickets: 1, ..Item::default() };
        let hash = list_hash(std::slice::from_ref(&item));
        for other in [
            Item { name: "乙".into(), ..item.clone() },
            Item { tickets: 2, ..item.clone() },
            Item { drawn_before: true, ..item.clone() },
            Item { region: "41".into(), ..item.clone() },
        ] {
            assert_ne!(list_hash(&[other]), hash);
        }
    }
}
