//! P rules.

use super::{Facts, Finding, active};
use crate::kernel::dates::Month;
use crate::synthetic::days::month_of;
use crate::synthetic::model::{Batch, ExitReason, HrStatus, PayClass, Reason};
use crate::synthetic::records::PayRow;

pub fn judge(f: &Facts<'_>, out: &mut Vec<Finding>) {
    after_the_end(f, out);
    after_death(f, out);
    two_payers(f, out);
    accounts(f, out);
    twice(f, out);
    dead_units(f, out);
}

fn active_anywhere(f: &Facts<'_>, person: u32, unit: Option<u32>) -> bool {
    f.staff_of(person).any(|r| active(r, f.as_of()) && unit.is_none_or(|u| r.unit == u))
}

/// P01 and P03: the register's exit, else HR's.
fn after_the_end(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let late = |m: Option<Month>| m.is_some_and(|m| f.month() >= m.plus(2));
    for row in &f.paid {
        let person = row.person;
        let retired =
            f.staff_of(person).filter(|r| r.exit.is_some_and(|e| e.1 == ExitReason::Retirement)).filter_map(|r| r.exit);
        let retired = retired
            .map(|(e, _)| month_of(e))
            .min()
            .or_else(|| f.hr_of(person).filter_map(|h| h.retired).map(month_of).min());
        if late(retired) && !active_anywhere(f, person, None) {
            out.push(Finding::of_person("P01", Some(row.unit), person));
        }
        let left = |r: ExitReason| matches!(r, ExitReason::Transfer | ExitReason::Resignation | ExitReason::Dismissal);
        let here = f.staff_of(person).filter(|r| r.unit == row.unit).filter_map(|r| r.exit).filter(|(_, r)| left(*r));
        let gone = |s| matches!(s, HrStatus::Transferred | HrStatus::Resigned | HrStatus::Dismissed);
        let by_hr = f.hr_of(person).filter(|h| h.unit == row.unit && gone(h.status)).filter_map(|h| h.left);
        let left_in = here.map(|(e, _)| month_of(e)).max().or_else(|| by_hr.map(month_of).max());
        if late(left_in) && !active_anywhere(f, person, Some(row.unit)) {
            out.push(Finding::of_person("P03", Some(row.unit), person));
        }
    }
}

/// P02: the earliest of the deaths feed and HR.
fn after_death(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let mut dead: Vec<(u32, Month)> =
        f.world.deaths.iter().filter(|d| d.on <= f.as_of()).map(|d| (d.person, month_of(d.on))).collect();
    dead.extend(f.s.hr.iter().filter_map(|h| h.died.map(|d| (h.person, month_of(d)))));
    dead.sort_unstable();
    dead.dedup_by_key(|d| d.0);
    for row in &f.s.pay {
        let counted = row.batch == Batch::Regular && matches!(row.class, PayClass::InService | PayClass::Retired);
        let Ok(i) = dead.binary_search_by_key(&row.person, |d| d.0) else { continue };
        if counted && f.month() > dead[i].1 {
            out.push(Finding::of_person("P02", None, row.person));
        }
    }
}

fn two_payers(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let mut i = 0;
    while i < f.paid.len() {
        let rows = f.paid(f.paid[i].person);
        i += rows.len();
        let mut payers: Vec<u32> = rows.iter().filter(|r| r.items.post + r.items.grade > 0).map(|r| r.unit).collect();
        payers.sort_unstable();
        payers.dedup();
        if payers.len() >= 2 {
            out.push(Finding::of_person("P04", None, rows[0].person));
        }
    }
}

fn accounts(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let mut rows: Vec<(&[u8; 19], u32)> =
        f.s.pay.iter().filter(|r| r.class == PayClass::InService).map(|r| (&r.account, r.person)).collect();
    rows.sort_unstable();
    rows.dedup();
    for group in rows.chunk_by(|a, b| a.0 == b.0).filter(|g| g.len() > 1) {
        let persons: Vec<u32> = group.iter().map(|g| g.1).collect();
        let on_file = |p: &u32| f.reasons(*p).any(|a| a.reason == Reason::CollectivePayment);
        if !persons.iter().any(on_file) {
            out.push(Finding { rule: "P05", unit: None, persons, object: "account".to_owned(), note: "", open: false });
        }
    }
}

fn twice(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let key = |r: &PayRow| (r.person, r.unit, r.batch, r.items.gross());
    let mut rows: Vec<_> = f.s.pay.iter().map(key).collect();
    rows.sort_unstable();
    for group in rows.chunk_by(|a, b| a == b).filter(|g| g.len() > 1) {
        out.push(Finding::of_person("P15", Some(group[0].1), group[0].0));
    }
}

fn dead_units(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let mut ended: Vec<Option<Month>> = vec![None; f.world.units.len()];
    for u in &f.s.units {
        ended[u.unit as usize] = u.abolished.map(month_of);
    }
    for r in &f.s.registrations {
        let on = r.deregistered.map(month_of);
        let entry = &mut ended[r.unit as usize];
        *entry = match (*entry, on) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    for group in f.s.pay.chunk_by(|a, b| a.unit == b.unit) {
        let late = ended[group[0].unit as usize].is_some_and(|m| f.month() > m.plus(1));
        if late && group.iter().any(super::regular) {
            out.push(Finding::of_unit("P20", group[0].unit, ""));
        }
    }
}
