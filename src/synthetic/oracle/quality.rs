//! D rules, on what the rows show.

use super::identity::{Number, birth, number_of, sex};
use super::{Facts, Finding, active};
use crate::synthetic::cells::DAY_SHAPES;
use crate::synthetic::days::{Day, month_of};
use crate::synthetic::model::Sex;
use crate::synthetic::records::Shown;

pub fn judge(f: &Facts<'_>, out: &mut Vec<Finding>) {
    completeness(f, out);
    numbers(f, out);
    attributes(f, out);
    duplicates(f, out);
}

fn completeness(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let missing = |s: &Option<Box<Shown>>| u32::from(s.as_ref().is_some_and(|s| s.id.as_deref() == Some("")));
    for group in f.s.staff.chunk_by(|a, b| a.unit == b.unit) {
        let lost: u32 = group.iter().map(|r| 30 * missing(&r.shown) + 15 * u32::from(r.entry.is_none())).sum();
        judge_fill("establishment_staff", group[0].unit, lost, group.len(), out);
    }
    for group in f.s.hr.chunk_by(|a, b| a.unit == b.unit) {
        let lost: u32 = group.iter().map(|r| 40 * missing(&r.shown)).sum();
        judge_fill("hr_staff", group[0].unit, lost, group.len(), out);
    }
}

/// Under 95 points of 100 on average.
fn judge_fill(table: &str, unit: u32, lost: u32, rows: usize, out: &mut Vec<Finding>) {
    if lost as usize > 5 * rows {
        out.push(Finding::of_unit("D01", unit, table));
    }
}

fn numbers(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let mut look = |table: &str, unit: u32, person: u32, shown: Option<&Shown>| {
        if number_of(f.world, person, shown) == Number::Damaged {
            let finding = Finding::of_person("D02", Some(unit), person);
            out.push(Finding { object: table.to_owned(), ..finding });
        }
    };
    // A row that shows the truth cannot be damaged.
    f.s.staff
        .iter()
        .filter(|r| r.shown.is_some())
        .for_each(|r| look("establishment_staff", r.unit, r.person, r.shown.as_deref()));
    f.s.hr.iter().filter(|r| r.shown.is_some()).for_each(|r| look("hr_staff", r.unit, r.person, r.shown.as_deref()));
    f.s.pay.iter().filter(|r| r.shown.is_some()).for_each(|r| look("payroll", r.unit, r.person, r.shown.as_deref()));
}

fn attributes(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let mut look = |table: &str, unit: u32, person: u32, shown: Option<&Shown>, shown_birth: Day, shown_sex: Sex| {
        let Number::Sound(id) = number_of(f.world, person, shown) else { return };
        let month_only = shown.is_some_and(|s| s.date_shape >= DAY_SHAPES);
        let same_birth = birth(&id)
            .is_some_and(|b| if month_only { month_of(b) == month_of(shown_birth) } else { b == shown_birth });
        if !same_birth || sex(&id) != shown_sex {
            let finding = Finding::of_person("D03", Some(unit), person);
            out.push(Finding { object: table.to_owned(), ..finding });
        }
    };
    for r in &f.s.staff {
        look("establishment_staff", r.unit, r.person, r.shown.as_deref(), r.birth, r.sex);
    }
    for r in &f.s.hr {
        look("hr_staff", r.unit, r.person, r.shown.as_deref(), r.birth, r.sex);
    }
}

fn duplicates(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let mut staff: Vec<(u32, u32)> =
        f.s.staff.iter().filter(|r| active(r, f.as_of())).map(|r| (r.person, r.unit)).collect();
    // A row of leaving beside one of being there tells of a return.
    let (here, left): (Vec<_>, Vec<_>) = f.s.hr.iter().partition(|r| !super::staff_more::gone(r.status));
    let pairs = |rows: Vec<&super::HrRow>| rows.into_iter().map(|r| (r.person, r.unit)).collect::<Vec<_>>();
    let (mut hr, mut gone) = (pairs(here), pairs(left));
    for (table, rows) in [("establishment_staff", &mut staff), ("hr_staff", &mut hr), ("hr_staff", &mut gone)] {
        rows.sort_unstable();
        for group in rows.chunk_by(|a, b| a == b).filter(|g| g.len() > 1) {
            let finding = Finding::of_person("D05", Some(group[0].1), group[0].0);
            out.push(Finding { object: table.to_owned(), ..finding });
        }
    }
}
