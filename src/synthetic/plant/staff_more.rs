//! Problems of persons who should have left the register, and of those whose standing is not what it seems: E02 to E17.

use std::collections::BTreeSet;

use rand::Rng as _;

use super::quotas::new_person;
use super::search::Spells;
use super::{Planter, main_type, ordinary};
use crate::synthetic::days::{Day, first_day, last_day, month_of};
use crate::synthetic::feeds::{Discipline, Employer, Insured};
use crate::synthetic::model::{
    Absence, Channel, Death, ExitReason, HrStatus, Nature, PayClass, QuotaType, Reason, Sanction, Sex, Span, Spell,
    World,
};
use crate::synthetic::people::spell;
use crate::synthetic::posts::raise_quota;
use crate::synthetic::staff_feeds::{
    Appraisal, CompanyRole, Retirement, appraised, birth_for, company, company_code, from_month, rebirth, track,
};

pub fn plant(p: &mut Planter<'_, '_>, people: usize) {
    for n in 0..people {
        still_enrolled(p, n);
        sanctioned(p, n);
        awol(p, n);
        past_age(p, n);
        early(p, n);
        secondment(p, n);
        startup(p, n);
        age_logic(p, n);
        class(p, n);
        business(p, n);
        failed(p, n);
    }
}

/// Somebody who left for one of the reasons, on one unit's list only.
pub(super) fn leaver(p: &mut Planter<'_, '_>, reasons: &'static [ExitReason], by: Day, since: Day) -> Option<u32> {
    p.spell_where(|_, s| {
        let gone = s.exit.is_some_and(|(e, r)| reasons.contains(&r) && e <= by && e >= since);
        gone && s.register && s.hr && s.pay && s.twist.is_none() && s.leader.is_none() && s.class == PayClass::InService
    })
}

/// The register never learns of an exit; a seat more, so that nobody stands over quota for it.
fn keep_enrolled(p: &mut Planter<'_, '_>, i: u32) -> Spell {
    let s = p.world.spells[i as usize].clone();
    let established = p.world.units[s.unit as usize].established;
    raise_quota(&mut p.world.units[s.unit as usize], s.quota_type, 1, established);
    p.world.spells[i as usize].twist().exit_unrecorded = true;
    s
}

/// E05, E06, E07: HR and others know that the person is gone.
fn still_enrolled(p: &mut Planter<'_, '_>, n: usize) {
    let old = first_day(p.world.first.plus(-30));
    let by = if n % 3 == 1 { last_day(p.world.last.plus(-3)) } else { last_day(p.world.first.plus(-3)) };
    let kinds: [(&'static str, &'static [ExitReason], &'static str); 3] = [
        ("E05", &[ExitReason::Retirement], "retired and still enrolled"),
        ("E06", &[ExitReason::Death], "dead and still enrolled"),
        ("E07", &[ExitReason::Resignation, ExitReason::Dismissal], "left and still enrolled"),
    ];
    for (rule, reasons, note) in kinds {
        let Some(i) = leaver(p, reasons, by, old) else { continue };
        let s = keep_enrolled(p, i);
        if rule == "E05" && n % 4 == 3 {
            // Only the pension tells.
            p.world.spells[i as usize].hr = false;
        }
        let on = s.exit.map_or(by, |(e, _)| e);
        p.planted(rule, Some(s.unit), Some(s.person), from_month(on), note);
    }
}

/// E11: dismissed or sentenced, and nothing followed.
fn sanctioned(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|_, _| true) else { return };
    let s = p.world.spells[i as usize].clone();
    let month = if n % 3 == 1 { p.world.last.plus(-2) } else { p.world.first.plus(-4) };
    let on = first_day(month) + p.rng.random_range(0..27);
    let measure = if n.is_multiple_of(2) { Sanction::Dismissal } else { Sanction::Sentence };
    let ends = (measure == Sanction::Sentence).then_some(on + 730);
    p.world.spells[i as usize].twist();
    p.world.feeds.disciplines.push(Discipline { person: s.person, unit: s.unit, measure, on, ends });
    p.planted("E11", Some(s.unit), Some(s.person), from_month(on), "sanction not executed");
}

/// E02: twenty days running, or eleven in each of three months.
fn awol(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|w, s| w.units[s.unit as usize].keeps_attendance) else { return };
    let s = p.world.spells[i as usize].clone();
    let (span, days, run) = if n.is_multiple_of(2) { (p.span(n), 20, 20) } else { (p.always(), 11, 6) };
    p.world.spells[i as usize].twist().staff.awol = Some((span, days, run));
    p.planted("E02", Some(s.unit), Some(s.person), span, "absent without leave over the limit");
}

/// Whether a spell may be given another age: on a post of long standing, of the kind wanted.
fn of_age(w: &World, s: &Spell, woman: bool, worker: bool) -> bool {
    let plain = ordinary(w, s)
        || (worker && s.register && s.hr && s.pay && s.exit.is_none() && s.leader.is_none() && s.twist.is_none());
    plain
        && s.entry < first_day(w.first.plus(-40))
        && (w.persons[s.person as usize].sex == Sex::Female) == woman
        && (s.quota_type == QuotaType::Worker) == worker
}

/// E08: two months past, eight, or more than three years; men, women, women workers.
fn past_age(p: &mut Planter<'_, '_>, n: usize) {
    let found = if n % 3 == 2 {
        p.spell_among(Spells::Workers, |w, s| of_age(w, s, true, true))
    } else {
        p.spell_where(|w, s| of_age(w, s, n % 3 != 0, false))
    };
    let Some(i) = found else { return };
    let s = p.world.spells[i as usize].clone();
    let past = [2, 8, 40, 5][n % 4];
    let statutory = p.world.last.plus(-past);
    let birth = birth_for(track(p.world, &s), statutory);
    let mut rng = p.rng.clone();
    rebirth(p.makers, p.world, &mut rng, s.person, birth);
    p.rng = rng;
    p.world.spells[i as usize].twist();
    if n % 5 == 4 {
        // A delay was approved, and has run out.
        let retires = first_day(p.world.last.plus(-1));
        let approved = retires - 400;
        let (person, unit) = (s.person, s.unit);
        p.world.staff.retirements.push(Retirement { person, unit, kind: "弹性延迟", retires, approved });
    }
    p.planted("E08", Some(s.unit), Some(s.person), Span { from: statutory.plus(1), to: None }, "past retirement age");
}

/// E09: somebody who retired within two years is made too young for it.
fn early(p: &mut Planter<'_, '_>, n: usize) {
    let since = first_day(p.world.last.plus(-20));
    let Some(i) = leaver(p, &[ExitReason::Retirement], last_day(p.world.last.plus(-1)), since) else { return };
    let s = p.world.spells[i as usize].clone();
    younger(p, i, if n.is_multiple_of(2) { 40 } else { 90 });
    let on = s.exit.map_or(since, |(e, _)| e);
    p.planted("E09", Some(s.unit), Some(s.person), from_month(on), "retired early without a ground");
}

/// Puts a birth off by months; a worker's by enough to be under fifty.
fn younger(p: &mut Planter<'_, '_>, i: u32, months: i32) {
    let s = p.world.spells[i as usize].clone();
    let birth = p.world.persons[s.person as usize].birth;
    let birth = first_day(month_of(birth).plus(months)) + 11;
    let mut rng = p.rng.clone();
    rebirth(p.makers, p.world, &mut rng, s.person, birth);
    p.rng = rng;
    p.world.spells[i as usize].twist();
}

/// E03: the secondment ran out, or was never given an end.
fn secondment(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|w, s| !w.units[s.unit as usize].keeps_attendance) else { return };
    let s = p.world.spells[i as usize].clone();
    let (from, to) = if n.is_multiple_of(2) {
        let to = first_day(p.world.first.plus(-1)) + 9;
        (to - 170, Some(to))
    } else {
        (first_day(p.world.first.plus(-9)) + 4, None)
    };
    p.world.absences.push(Absence { person: s.person, unit: s.unit, reason: Reason::Secondment, from, to });
    let span = Span { from: month_of(from), to: None };
    p.world.spells[i as usize].twist().staff.hr_status = Some((span, HrStatus::Seconded));
    let since = Span { from: p.world.first, to: None };
    p.planted("E03", Some(s.unit), Some(s.person), since, "secondment overdue");
}

/// E14: leave to start up ran out, or runs without an end.
fn startup(p: &mut Planter<'_, '_>, n: usize) {
    let from = first_day(p.world.first.plus(-45)) + 9;
    let Some(i) = p.employee(|w, s| s.entry < from - 400 && !w.units[s.unit as usize].keeps_attendance) else { return };
    let s = p.world.spells[i as usize].clone();
    let to = n.is_multiple_of(2).then(|| first_day(p.world.first.plus(-3)) + 9);
    p.world.absences.push(Absence { person: s.person, unit: s.unit, reason: Reason::StartupLeave, from, to });
    let span = Span { from: month_of(from), to: None };
    p.world.spells[i as usize].twist().staff.hr_status = Some((span, HrStatus::UnpaidLeave));
    let since = Span { from: p.world.first, to: None };
    p.planted("E14", Some(s.unit), Some(s.person), since, "leave to start up has run out");
}

/// E12: work began too young, entry before work, or entry over the age limit.
fn age_logic(p: &mut Planter<'_, '_>, n: usize) {
    let span = p.always();
    if n % 3 == 2 {
        let found = p.unit(|w, u, spells| {
            w.units[u as usize].abolished.is_none() && w.units[u as usize].payer.is_none() && spells.len() >= 8
        });
        let Some(unit) = found else { return };
        let entry = first_day(p.world.first.plus(-3)) + 9;
        let t = main_type(p.world, unit);
        let established = p.world.units[unit as usize].established;
        raise_quota(&mut p.world.units[unit as usize], t, 1, established);
        let person = new_person(p, entry);
        let mut rng = p.rng.clone();
        let birth = entry - 41 * 366 - rng.random_range(0..900);
        rebirth(p.makers, p.world, &mut rng, person, birth);
        p.rng = rng;
        p.push_spell(spell(person, unit, t, entry, Channel::Recruitment));
        p.planted("E12", Some(unit), Some(person), span, "over the age limit on entry");
        return;
    }
    let Some(i) = p.employee(|w, s| s.entry > w.persons[s.person as usize].birth + 20 * 366) else { return };
    let s = p.world.spells[i as usize].clone();
    let birth = p.world.persons[s.person as usize].birth;
    let (start, note) = if n % 3 == 0 {
        (birth + 15 * 365, "work began too young")
    } else {
        (s.entry + 300, "entry before the first day of work")
    };
    p.world.spells[i as usize].twist().staff.work_start = Some(start);
    p.planted("E12", Some(s.unit), Some(s.person), span, note);
}

/// E13: a worker's quota on a cadre's post, or the other way round.
fn class(p: &mut Planter<'_, '_>, n: usize) {
    let found = if n.is_multiple_of(2) {
        p.spell_among(Spells::Workers, |w, s| of_age(w, s, false, true))
    } else {
        p.employee(|w, s| w.units[s.unit as usize].nature == Nature::Institution)
    };
    let Some(i) = found else { return };
    let s = p.world.spells[i as usize].clone();
    let class = if s.quota_type == QuotaType::Worker { "管理" } else { "工勤" };
    p.world.spells[i as usize].twist().staff.class = Some(class);
    let span = p.always();
    p.planted("E13", Some(s.unit), Some(s.person), span, "quota type and staff class disagree");
}

/// E16: a company of one's own, or insurance paid by one.
fn business(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|_, _| true) else { return };
    let s = p.world.spells[i as usize].clone();
    p.world.spells[i as usize].twist();
    let name = company(p.world, s.person);
    let span = Span { from: p.world.first.plus(-5), to: None };
    if n % 3 == 2 {
        let employer = Employer::Company(name, company_code(p.world, s.person));
        p.world.feeds.insured.push(Insured { person: s.person, employer, span });
    } else {
        let role = if n % 3 == 0 { "法定代表人" } else { "高管" };
        let since = first_day(span.from) + 3;
        p.world.staff.roles.push(CompanyRole {
            person: s.person,
            company: name,
            role,
            active: true,
            since,
            ground: "",
        });
    }
    p.planted("E16", Some(s.unit), Some(s.person), span, "outside business");
}

/// E17: failed two years running.
fn failed(p: &mut Planter<'_, '_>, n: usize) {
    let civil = n.is_multiple_of(2);
    let fits = |w: &World, s: &Spell| {
        let institution = w.units[s.unit as usize].nature == Nature::Institution;
        institution != civil && s.entry < first_day(w.first.plus(-40))
    };
    let found = if civil { p.employee_among(Spells::Officials, fits) } else { p.employee(fits) };
    let Some(i) = found else { return };
    let s = p.world.spells[i as usize].clone();
    p.world.spells[i as usize].twist();
    fail(p, &s, 2);
    let span = Span { from: p.world.first, to: None };
    p.planted("E17", Some(s.unit), Some(s.person), span, "failed two years running");
}

/// The last `years` appraisals of a person failed.
pub(super) fn fail(p: &mut Planter<'_, '_>, s: &Spell, years: i32) {
    let year = p.world.last.year();
    let (person, unit) = (s.person, s.unit);
    for back in 1..=years {
        let decided = first_day(crate::kernel::dates::Month(12 * (year - back + 1) + 1)) + 11;
        p.failed.push(Appraisal { person, unit, year: year - back, result: "不称职", decided });
    }
}

/// Failed appraisals stand in place of whatever else the feed has of their persons.
pub(super) fn hand_in_failures(p: &mut Planter<'_, '_>) {
    let failed = std::mem::take(&mut p.failed);
    let persons: BTreeSet<u32> = failed.iter().filter(|a| appraised(a.unit)).map(|a| a.person).collect();
    p.world.staff.appraisals.retain(|a| !persons.contains(&a.person));
    p.world.staff.appraisals.extend(failed);
}

/// A death that the feed has and that is not yet sixty days ago, for look-alikes.
pub(super) fn died_lately(p: &mut Planter<'_, '_>, i: u32) -> (Spell, Day) {
    let s = p.world.spells[i as usize].clone();
    let on = last_day(p.world.last) - 40;
    p.world.spells[i as usize].exit = Some((on, ExitReason::Death));
    p.world.deaths.push(Death { person: s.person, on });
    (s, on)
}
