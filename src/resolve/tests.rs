//! The room as a whole: every mechanism on small tables by hand, and generated registries against their truth.

use indexmap::IndexMap;

use super::testing::{self, PERIOD, context, tables};
use super::{Resolution, resolve};
use crate::kernel::resident_id;
use crate::table::{Column, Table};

#[test]
#[ignore = "a tool, not a test: HEDUI_GENERATED names a folder made by generate"]
fn measure() {
    let Some(root) = std::env::var_os("HEDUI_GENERATED") else { return };
    let root = std::path::Path::new(&root);
    let tables = testing::generated(root, PERIOD, 2);
    let truth = testing::truth(root);
    let begun = std::time::Instant::now();
    let resolution = resolve(&tables, &context());
    eprintln!("{:?}", begun.elapsed());
    let show = |table: &str, row: usize, field: &str| -> String {
        tables[table].text(field).and_then(|c| c.get(row)).unwrap_or("-").to_owned()
    };
    let mut told = 0;
    let tell = |table: &str, row: usize, truth: &str, linked: &str, noise: &str| {
        told += 1;
        if told < 60 {
            let of = resolution.person_of[table][row];
            let [name, id, unit] = ["name", "resident_id", "unit_name"].map(|f| show(table, row, f));
            eprintln!("{table} {row} {name} {id} {unit}: truth {truth}, linked {linked}, {noise}; {of:?}");
        }
    };
    let (persons, units) = testing::quality(&tables, &resolution, &truth, tell);
    for (name, q) in persons {
        eprintln!("persons {name}: {q:?} errors {}", q.missed_or_wrong());
    }
    for (name, q) in &units {
        eprintln!("units {name}: {q:?} errors {}", q.missed_or_wrong());
    }
    let mut methods = std::collections::BTreeMap::new();
    for (table, rows) in &resolution.unit_of {
        for u in rows {
            *methods.entry((table.clone(), u.method)).or_insert(0) += 1;
        }
    }
    eprintln!("{methods:?}");
    eprintln!("{} unit links, {} person links", resolution.unit_links.len(), resolution.person_links.len());
}
