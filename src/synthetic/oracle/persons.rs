//! E01, E04, E10, from the rows of each person.

use super::pay_more::listed;
use super::{Facts, Finding, active};
use crate::synthetic::model::{HrStatus, Reason};

pub fn judge(f: &Facts<'_>, out: &mut Vec<Finding>) {
    absent(f, out);
    enrolled_twice(f, out);
    ghosts(f, out);
}

/// E01.
fn absent(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let mut never_seen: Vec<u32> =
        f.s.attendance.iter().filter(|a| a.due > 0 && a.present == 0).map(|a| a.person).collect();
    never_seen.sort_unstable();
    for row in f.s.staff.iter().filter(|r| active(r, f.as_of())) {
        let by_hr = f.hr_of(row.person).any(|h| h.status == HrStatus::Absent);
        if !by_hr && never_seen.binary_search(&row.person).is_err() {
            continue;
        }
        let lawful = f.reasons(row.person).any(|a| a.reason != Reason::CollectivePayment);
        let away = |s| matches!(s, HrStatus::Seconded | HrStatus::Leave | HrStatus::Suspended);
        if !lawful && !f.hr_of(row.person).any(|h| away(h.status)) {
            out.push(Finding::of_person("E01", Some(row.unit), row.person));
        }
    }
}

/// E04: only on numbers that can be read, or repaired; without a number nobody is said to be in two places.
fn enrolled_twice(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let abolished: Vec<u32> = f.s.units.iter().filter(|u| u.abolished.is_some()).map(|u| u.unit).collect();
    let gone = |unit: u32| abolished.binary_search(&unit).is_ok();
    let mut i = 0;
    while i < f.staff_of.len() {
        let person = f.s.staff[f.staff_of[i] as usize].person;
        let rows: Vec<_> = f
            .staff_of(person)
            .filter(|r| {
                active(r, f.as_of()) && !gone(r.unit) && r.shown.as_ref().is_none_or(|s| s.id.as_deref() != Some(""))
            })
            .collect();
        i += f.staff_of(person).count();
        let mut units: Vec<u32> = rows.iter().map(|r| r.unit).collect();
        units.sort_unstable();
        units.dedup();
        if units.len() < 2 {
            continue;
        }
        // The first entry into each unit; the later of the two oldest decides.
        let mut entries: Vec<i32> =
            units.iter().filter_map(|u| rows.iter().filter(|r| r.unit == *u).filter_map(|r| r.entry).min()).collect();
        entries.sort_unstable();
        if entries.get(1).is_some_and(|later| *later <= f.as_of() - 60) {
            out.push(Finding::of_person("E04", None, person));
        }
    }
}

/// E10: paid in the month and in another of the window, and on nobody's register, ever, nor on an off-quota list.
fn ghosts(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let mut i = 0;
    while i < f.paid.len() {
        let row = f.paid[i];
        i += f.paid(row.person).len().max(1);
        if f.staff_of(row.person).next().is_some() || listed(f, row.person).next().is_some() {
            continue;
        }
        let gone = |s| {
            matches!(
                s,
                HrStatus::Retired | HrStatus::Transferred | HrStatus::Resigned | HrStatus::Dismissed | HrStatus::Dead
            )
        };
        let before = f.paid_before.binary_search(&row.person).is_ok();
        if before && !f.hr_of(row.person).any(|h| gone(h.status)) {
            out.push(Finding::of_person("E10", Some(row.unit), row.person));
        }
    }
}
