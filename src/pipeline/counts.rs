//! What the linker did, counted for the summary and the manifest.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::resolve::{self, Resolution};
use crate::table::Table;

pub(super) type LinkCounts = (Vec<(String, u64)>, Vec<(String, BTreeMap<char, u64>)>, u64);

/// Rows by how their unit was found, by table and grade of their person, and rows left unresolved.
pub(super) fn link_counts(tables: &IndexMap<String, Table>, resolution: &Resolution) -> LinkCounts {
    let mut methods: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, rows) in &resolution.unit_of {
        // The register is the spine: its own rows are not links.
        if tables.get(name).and_then(|t| t.schema.unit.as_ref()).is_some_and(|u| u.role == "source") {
            for row in rows.iter() {
                *methods.entry(if row.unit.is_some() { row.method } else { "none" }).or_default() += 1;
            }
        }
    }
    let mut methods: Vec<(String, u64)> = methods.into_iter().map(|(m, n)| (m.to_owned(), n)).collect();
    methods.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut grades = Vec::new();
    for (name, rows) in &resolution.person_of {
        let mut by_grade: BTreeMap<char, u64> = BTreeMap::new();
        for row in rows.iter() {
            *by_grade.entry(row.grade).or_default() += 1;
        }
        grades.push((name.clone(), by_grade));
    }
    let unresolved =
        resolution.person_links.iter().filter(|l| l.decision == resolve::Decision::Unresolved).count() as u64;
    (methods, grades, unresolved)
}
