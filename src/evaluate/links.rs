//! Links against the truth: does a row have the key of the register's row of the same true person, or unit.

use std::collections::{BTreeMap, BTreeSet};

use super::published::{KeyedRow, Published};
use super::truth::Truth;
use super::{CalibrationBin, Score};

const STAFF: &str = "establishment_staff";
const UNITS: &str = "establishment_units";
/// Edges of the calibration bins: fine where links are accepted.
const EDGES: [f64; 8] = [0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0];

/// Keys of the register's rows of each true entity.
fn keys_of<'a>(
    rows: &'a [KeyedRow],
    key: impl Fn(&'a KeyedRow) -> Option<&'a str>,
    id: impl Fn(&KeyedRow) -> Option<u32>,
) -> (BTreeMap<u32, BTreeSet<&'a str>>, BTreeSet<&'a str>) {
    let mut of: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
    let mut all = BTreeSet::new();
    for row in rows.iter().filter(|r| r.current) {
        let Some(k) = key(row) else { continue };
        all.insert(k);
        if let Some(i) = id(row) {
            of.entry(i).or_default().insert(k);
        }
    }
    (of, all)
}

fn person_key(row: &KeyedRow) -> Option<&str> {
    row.person_key.as_deref()
}

fn unit_key(row: &KeyedRow) -> Option<&str> {
    row.unit_key.as_deref()
}

fn table_score<'a>(
    name: String,
    rows: &'a [KeyedRow],
    (of, all): &(BTreeMap<u32, BTreeSet<&'a str>>, BTreeSet<&'a str>),
    key: impl Fn(&'a KeyedRow) -> Option<&'a str>,
    id: impl Fn(&KeyedRow) -> Option<u32>,
) -> Score {
    let (mut expected, mut found, mut right) = (0, 0, 0);
    for row in rows.iter().filter(|r| r.current) {
        let own = id(row).and_then(|i| of.get(&i));
        expected += u64::from(own.is_some());
        if let Some(k) = key(row).filter(|k| all.contains(k)) {
            found += 1;
            right += u64::from(own.is_some_and(|keys| keys.contains(k)));
        }
    }
    Score::new("link", name, expected, found, right)
}

/// One row a table with persons, then one a table with units.
pub(super) fn score(published: &Published, _truth: &Truth) -> Vec<Score> {
    let empty = Vec::new();
    let staff = published.tables.get(STAFF).unwrap_or(&empty);
    let units = published.tables.get(UNITS).unwrap_or(&empty);
    let persons = keys_of(staff, person_key, |r| r.person);
    let registered = keys_of(units, unit_key, |r| r.unit);
    let mut out = Vec::new();
    let has = |rows: &[KeyedRow], key: fn(&KeyedRow) -> Option<&str>| rows.iter().any(|r| key(r).is_some());
    for (name, rows) in published.tables.iter().filter(|(n, r)| *n != STAFF && has(r, person_key)) {
        out.push(table_score(name.clone(), rows, &persons, person_key, |r| r.person));
    }
    for (name, rows) in published.tables.iter().filter(|(n, r)| *n != UNITS && has(r, unit_key)) {
        out.push(table_score(format!("units:{name}"), rows, &registered, unit_key, |r| r.unit));
    }
    out
}

/// Linked rows by their probability, and how many of them are right.
pub(super) fn calibration(published: &Published, _truth: &Truth) -> Vec<CalibrationBin> {
    let empty = Vec::new();
    let staff = published.tables.get(STAFF).unwrap_or(&empty);
    let (of, all) = keys_of(staff, person_key, |r| r.person);
    let mut bins = vec![(0_u64, 0.0, 0_u64); EDGES.len() - 1];
    let linked = published.tables.iter().filter(|(n, _)| *n != STAFF).flat_map(|(_, rows)| rows);
    for row in linked.filter(|r| r.current && r.person_match.as_deref().is_some_and(|m| m != "N")) {
        let (Some(p), Some(k)) = (row.probability, person_key(row).filter(|k| all.contains(k))) else { continue };
        let bin = EDGES[1..].iter().position(|to| p < *to).unwrap_or(EDGES.len() - 2);
        bins[bin].0 += 1;
        bins[bin].1 += p;
        bins[bin].2 += u64::from(row.person.and_then(|i| of.get(&i)).is_some_and(|keys| keys.contains(k)));
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of rows, far below 2^53")]
    let share = |part: f64, rows: u64| part / rows as f64;
    EDGES
        .windows(2)
        .zip(bins)
        .filter(|(_, b)| b.0 > 0)
        .map(|(edge, (rows, sum, right))| CalibrationBin {
            from: edge[0],
            to: edge[1],
            rows,
            mean_probability: share(sum, rows),
            #[expect(clippy::cast_precision_loss, reason = "counts of rows, far below 2^53")]
            right_share: share(right as f64, rows),
        })
        .collect()
}
