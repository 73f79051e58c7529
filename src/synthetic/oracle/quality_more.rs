//! More D rules, on what the rows show.

use std::collections::BTreeMap;

use super::identity::{Number, number_of};
use super::{Facts, Finding};
use crate::synthetic::days::{Day, civil, day, month_of};
use crate::synthetic::model::Sex;
use crate::synthetic::plant::ODD_FUNDING;
use crate::synthetic::records::Shown;

pub fn judge(f: &Facts<'_>, out: &mut Vec<Finding>) {
    old_numbers(f, out);
    codes(f, out);
    dates(f, out);
    contradictions(f, out);
    unknown_units(f, out);
    late_entries(f, out);
}

/// D04: two or more numbers of fifteen digits, or without their tail, in one table of a unit.
fn old_numbers(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let mut counts: BTreeMap<(&str, u32), u32> = BTreeMap::new();
    let mut look = |table: &'static str, unit: u32, person: u32, shown: Option<&Shown>| {
        let Some(text) = shown.and_then(|s| s.id.as_deref()) else { return };
        let digits = text.trim_start_matches('\'');
        let old = digits.len() == 15 && matches!(number_of(f.world, person, shown), Number::Sound(_));
        let cut = digits.contains("E+")
            || (digits.len() == 18 && digits.ends_with("000") && number_of(f.world, person, shown) == Number::Damaged);
        if old || cut {
            *counts.entry((table, unit)).or_default() += 1;
        }
    };
    f.s.staff.iter().for_each(|r| look("establishment_staff", r.unit, r.person, r.shown.as_deref()));
    f.s.hr.iter().for_each(|r| look("hr_staff", r.unit, r.person, r.shown.as_deref()));
    f.s.pay.iter().for_each(|r| look("payroll", r.unit, r.person, r.shown.as_deref()));
    out.extend(
        counts.into_iter().filter(|(_, n)| *n >= 2).map(|((table, unit), _)| Finding::of_unit("D04", unit, table)),
    );
}

fn codes(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let odd = f.s.staff.iter().filter(|r| r.odd_channel);
    out.extend(odd.map(|r| Finding::of_unit("D06", r.unit, "establishment_staff:entry_channel")));
    let odd = f.s.registrations.iter().filter(|r| r.more.funding_words == ODD_FUNDING);
    out.extend(odd.map(|r| Finding::of_unit("D06", r.unit, "registrations:funding_source")));
}

/// D07, for the dates that rows show: nothing past lies ahead, nothing of a person before 1930.
fn dates(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let cannot = |d: Day| d > f.as_of() || civil(d).0 < 1930;
    for r in &f.s.staff {
        let appointed = r.leader.map(|l| l.appointed);
        let reversed = r.leader.is_some_and(|l| l.removed.is_some_and(|x| x < l.appointed));
        if reversed || [r.work_start, r.entry, appointed].into_iter().flatten().any(cannot) {
            out.push(Finding::of_unit("D07", r.unit, "establishment_staff"));
        }
    }
    for r in &f.s.hr {
        if [Some(r.entered), r.head_since, r.died].into_iter().flatten().any(cannot) {
            out.push(Finding::of_unit("D07", r.unit, "hr_staff"));
        }
    }
    let nought = |d: Day| (day(1899, 12, 30)..=day(1900, 1, 1)).contains(&d);
    for u in &f.s.units {
        let on = f.world.units[u.unit as usize].established;
        if on > f.as_of() || nought(on) {
            out.push(Finding::of_unit("D07", u.unit, "establishment_units"));
        }
    }
}

/// D08: sex or year of birth differ between the register and HR, for persons whose number both show.
fn contradictions(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let numbered = |person: u32, shown: Option<&Shown>| matches!(number_of(f.world, person, shown), Number::Sound(_));
    for group in staff_by_person(f) {
        let person = group[0].person;
        let hr: Vec<_> = f.hr_of(person).filter(|h| numbered(person, h.shown.as_deref())).collect();
        let Some(first) = hr.first() else { continue };
        let same = |all: &mut dyn Iterator<Item = (Sex, i32)>| -> (Option<Sex>, Option<i32>) {
            let values: Vec<(Sex, i32)> = all.collect();
            let sex = values.iter().all(|v| v.0 == values[0].0).then(|| values[0].0);
            (sex, values.iter().all(|v| v.1 == values[0].1).then(|| values[0].1))
        };
        let (sex, born) = same(&mut group.iter().map(|s| (s.sex, civil(s.birth).0)));
        let (hr_sex, hr_born) = same(&mut hr.iter().map(|h| (h.sex, civil(h.birth).0)));
        debug_assert_eq!(first.person, person);
        if sex.is_some() && hr_sex.is_some() && sex != hr_sex {
            out.push(Finding { object: "sex".to_owned(), ..Finding::of_person("D08", Some(group[0].unit), person) });
        }
        if born.is_some() && hr_born.is_some() && born != hr_born {
            out.push(Finding {
                object: "birth_year".to_owned(),
                ..Finding::of_person("D08", Some(group[0].unit), person)
            });
        }
    }
}

/// Rows of the register, person by person.
fn staff_by_person<'a>(f: &Facts<'a>) -> Vec<Vec<&'a super::StaffRow>> {
    let mut out: Vec<Vec<&super::StaffRow>> = Vec::new();
    for i in &f.staff_of {
        let row = &f.s.staff[*i as usize];
        match out.last_mut() {
            Some(group) if group[0].person == row.person => group.push(row),
            _ => out.push(vec![row]),
        }
    }
    out
}

/// D09: payers and HR's units that neither register has; a settlement centre pays for others by its name.
fn unknown_units(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let mut known: std::collections::BTreeSet<u32> = f.s.units.iter().map(|u| u.unit).collect();
    known.extend(f.s.registrations.iter().map(|r| r.unit));
    let paying = ["核算", "结算", "代发", "支付中心", "财务中心"];
    let centre = |u: u32| paying.iter().any(|word| f.world.units[u as usize].name(f.as_of()).contains(word));
    for u in f.s.pay.iter().map(|r| r.unit).filter(|u| !known.contains(u) && !centre(*u)) {
        out.push(Finding::of_unit("D09", u, "payroll"));
    }
    for u in f.s.hr.iter().map(|r| r.unit).filter(|u| !known.contains(u)) {
        out.push(Finding::of_unit("D09", u, "hr_staff"));
    }
}

/// D10: of the entries of twelve months the ninth of ten took more than thirty days to be recorded.
fn late_entries(f: &Facts<'_>, out: &mut Vec<Finding>) {
    for group in f.s.staff.chunk_by(|a, b| a.unit == b.unit) {
        let recent = |e: Day| month_of(e) <= f.month() && month_of(e) > f.month().plus(-12);
        let mut delays: Vec<i32> = group
            .iter()
            .filter_map(|r| Some((r.entry?, r.recorded?)))
            .filter(|(e, _)| recent(*e))
            .map(|(e, d)| d - e)
            .collect();
        delays.sort_unstable();
        if delays.is_empty() {
            continue;
        }
        let rank = (delays.len() * 9).div_ceil(10);
        if delays[rank - 1] > 30 {
            out.push(Finding::of_unit("D10", group[0].unit, ""));
        }
    }
}
