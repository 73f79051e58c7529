//! D11 to D14: what is wrong with the files of the month, and D09's names that no list has.

use std::collections::{BTreeMap, BTreeSet};

use super::{Facts, Finding};
use crate::synthetic::deliveries::{self, GARBLED, LOST_FIELD, OTHER_HEADER, WRONG_TOTAL};

pub fn judge(f: &Facts<'_>, stale: &[&'static str], out: &mut Vec<Finding>) {
    let of_file = |rule, object: String| Finding { rule, unit: None, persons: vec![], object, note: "", open: false };
    out.extend(stale.iter().map(|t| of_file("D11", format!("stale:{t}"))));
    names(f, out);
    let Some(wrong) = deliveries::of(f.world, f.month()) else { return };
    out.retain(|x| !deliveries::unfed(f.world, f.month(), x.rule));
    let month = f.month();
    if wrong.missing && !f.s.office.checks.is_empty() {
        out.push(of_file("D11", format!("missing:{}", deliveries::MISSING.0)));
    }
    let line = deliveries::total_line(f.world, month);
    out.push(of_file("D12", format!("{month}/{WRONG_TOTAL}.csv||{line}")));
    out.push(of_file("D13", format!("{month}/{LOST_FIELD}.csv")));
    out.push(of_file("D13", format!("{month}/{OTHER_HEADER}.csv")));
    let sections = f.world.quota_feeds.sections.iter().filter(|c| c.from <= f.as_of()).count();
    if GARBLED.1 * 1000 > sections {
        out.push(of_file("D13", format!("{month}/{}.csv", GARBLED.0)));
    }
    // D14: of the whole table, and of each unit with rows enough.
    let mut rows: BTreeMap<u32, usize> = BTreeMap::new();
    for a in &f.s.attendance {
        *rows.entry(a.unit).or_default() += 1;
    }
    let (all, without): (usize, usize) =
        (rows.values().sum(), rows.iter().filter(|(u, _)| wrong.no_ids.contains(u)).map(|(_, n)| n).sum());
    if all >= 200 && without * 100 > all * 3 {
        out.push(of_file("D14", "attendance:fuzzy".to_owned()));
    }
    for (u, _) in rows.iter().filter(|(u, n)| **n >= 200 && wrong.no_ids.contains(u)) {
        out.push(Finding::of_unit("D14", *u, "attendance:fuzzy"));
    }
}

/// D09: a unit of the register under a name that no list has. Whether the linker knows it by its people is its own affair;
/// where it does not, saying whose people they are is right.
fn names(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let paid: BTreeSet<u32> = f.s.pay.iter().map(|r| r.unit).collect();
    let employed: BTreeSet<u32> = f.s.hr.iter().map(|r| r.unit).collect();
    let mut tell = |unit: u32, table: &str| out.push(Finding { open: true, ..Finding::of_unit("D09", unit, table) });
    let units = &f.world.units;
    let listed = |u: &&u32| units[**u as usize].listed;
    let by_payroll = |u: &u32| units[*u as usize].payroll_name.is_some() || !units[*u as usize].branches.is_empty();
    paid.iter().filter(listed).filter(|u| by_payroll(u)).for_each(|u| tell(*u, "payroll"));
    employed.iter().filter(listed).filter(|u| units[**u as usize].hr_name.is_some()).for_each(|u| tell(*u, "hr_staff"));
}
