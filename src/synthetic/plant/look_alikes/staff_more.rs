//! Look-alikes of the rules on who should have left: papers under way, grounds on file, terms renewed.

use super::super::staff_more::{died_lately, fail, leaver};
use super::super::{Planter, ordinary};
use crate::synthetic::days::{first_day, last_day, month_of};
use crate::synthetic::feeds::Discipline;
use crate::synthetic::model::{Absence, ExitReason, HrStatus, Nature, Reason, Sanction, Sex, Span};
use crate::synthetic::staff_feeds::{CompanyRole, EARLY_GROUNDS, Retirement, birth_for, company, rebirth, track};

pub fn plant(p: &mut Planter<'_, '_>, n: usize) {
    under_way(p, n);
    delayed(p);
    early_with_ground(p, n);
    renewed(p);
    came_back(p);
    settled_class(p);
    lawful_business(p, n);
    lesser_sanction(p, n);
    failed_once(p);
    absent_within_limits(p, n);
}

/// E05, E06, E07: the register follows within sixty days.
fn under_way(p: &mut Planter<'_, '_>, n: usize) {
    let last = p.world.last;
    let kinds: [(&'static str, &'static [ExitReason]); 2] =
        [("E05", &[ExitReason::Retirement]), ("E07", &[ExitReason::Resignation, ExitReason::Dismissal])];
    for (rule, reasons) in kinds {
        let Some(i) = leaver(p, reasons, last_day(last), last_day(last) - 55) else { continue };
        let s = p.world.spells[i as usize].clone();
        let established = p.world.units[s.unit as usize].established;
        crate::synthetic::posts::raise_quota(&mut p.world.units[s.unit as usize], s.quota_type, 1, established);
        p.world.spells[i as usize].twist().exit_unrecorded = true;
        let span = Span { from: last, to: None };
        p.look_alike(rule, Some(s.unit), Some(s.person), span, "papers under way");
    }
    if n.is_multiple_of(3)
        && let Some(i) = p.employee(|_, _| true)
    {
        let (s, on) = died_lately(p, i);
        p.world.spells[i as usize].twist().exit_unrecorded = true;
        p.look_alike("E06", Some(s.unit), Some(s.person), Span { from: month_of(on), to: None }, "died weeks ago");
    }
}

/// E08: past the age, with a delay in force.
fn delayed(p: &mut Planter<'_, '_>) {
    let found =
        p.employee(|w, s| w.persons[s.person as usize].sex == Sex::Male && s.entry < first_day(w.first.plus(-40)));
    let Some(i) = found else { return };
    let s = p.world.spells[i as usize].clone();
    let statutory = p.world.first.plus(-6);
    let birth = birth_for(track(p.world, &s), statutory);
    let mut rng = p.rng.clone();
    rebirth(p.makers, p.world, &mut rng, s.person, birth);
    p.rng = rng;
    p.world.spells[i as usize].twist();
    let retires = last_day(p.world.last.plus(10));
    let approved = first_day(statutory) - 60;
    let (person, unit) = (s.person, s.unit);
    p.world.staff.retirements.push(Retirement { person, unit, kind: "弹性延迟", retires, approved });
    let span = Span { from: p.world.first, to: None };
    p.look_alike("E08", Some(unit), Some(person), span, "delay approved and in force");
}

/// E09: retired early on a ground of the law.
fn early_with_ground(p: &mut Planter<'_, '_>, n: usize) {
    let since = first_day(p.world.last.plus(-20));
    let Some(i) = leaver(p, &[ExitReason::Retirement], last_day(p.world.last.plus(-1)), since) else { return };
    let s = p.world.spells[i as usize].clone();
    let birth = p.world.persons[s.person as usize].birth;
    let mut rng = p.rng.clone();
    rebirth(p.makers, p.world, &mut rng, s.person, first_day(month_of(birth).plus(50)) + 11);
    p.rng = rng;
    p.world.spells[i as usize].twist();
    let retires = s.exit.map_or(since, |(e, _)| e);
    let (person, unit, kind) = (s.person, s.unit, EARLY_GROUNDS[n % 3]);
    p.world.staff.retirements.push(Retirement { person, unit, kind, retires, approved: retires - 30 });
    p.look_alike(
        "E09",
        Some(unit),
        Some(person),
        Span { from: month_of(retires), to: None },
        "early on a ground on file",
    );
}

/// E03 and E14: the term ran out and was renewed the same day.
fn renewed(p: &mut Planter<'_, '_>) {
    let (first, last) = (p.world.first, p.world.last);
    let turn = first_day(last.plus(-2)) + 6;
    let cases =
        [("E03", Reason::Secondment, turn - 170, turn + 170), ("E14", Reason::StartupLeave, turn - 1096, turn + 1000)];
    for (rule, reason, from, to) in cases {
        let Some(i) = p.employee(|w, s| s.entry < from - 400 && !w.units[s.unit as usize].keeps_attendance) else {
            continue;
        };
        let s = p.world.spells[i as usize].clone();
        p.world.spells[i as usize].twist();
        for (from, to) in [(from, turn), (turn, to)] {
            p.world.absences.push(Absence { person: s.person, unit: s.unit, reason, from, to: Some(to) });
        }
        p.look_alike(
            rule,
            Some(s.unit),
            Some(s.person),
            Span { from: first, to: None },
            "renewed the day the term ended",
        );
    }
}

/// E03 and E14: the term ran out and the person is back.
fn came_back(p: &mut Planter<'_, '_>) {
    let to = first_day(p.world.first.plus(-2)) + 4;
    for (rule, reason, from) in [("E03", Reason::Secondment, to - 150), ("E14", Reason::StartupLeave, to - 1000)] {
        let Some(i) = p.employee(|_, s| s.entry < from - 400) else { continue };
        let s = p.world.spells[i as usize].clone();
        p.world.spells[i as usize].twist();
        p.world.absences.push(Absence { person: s.person, unit: s.unit, reason, from, to: Some(to) });
        let span = Span { from: p.world.first, to: None };
        p.look_alike(rule, Some(s.unit), Some(s.person), span, "back on post");
    }
}

/// E13: a worker made a cadre by a document.
fn settled_class(p: &mut Planter<'_, '_>) {
    let Some(i) = p.employee(|w, s| w.units[s.unit as usize].nature == Nature::Institution) else { return };
    let s = p.world.spells[i as usize].clone();
    let twist = p.world.spells[i as usize].twist();
    twist.staff.class = Some("工勤");
    twist.staff.class_document = true;
    let span = p.always();
    p.look_alike("E13", Some(s.unit), Some(s.person), span, "class settled by a document");
}

/// E16: approved, closed, a share, or a role of some weeks.
fn lawful_business(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|_, _| true) else { return };
    let s = p.world.spells[i as usize].clone();
    p.world.spells[i as usize].twist();
    let end = last_day(p.world.last);
    let (role, active, ground, since) = [
        ("高管", true, "批准兼职", end - 700),
        ("法定代表人", false, "", end - 2000),
        ("股东", true, "", end - 900),
        ("法定代表人", true, "", end - 60),
        ("法定代表人", true, "注销中", end - 800),
    ][n % 5];
    let company = company(p.world, s.person);
    p.world.staff.roles.push(CompanyRole { person: s.person, company, role, active, since, ground });
    let span = Span { from: month_of(since).max(p.world.first), to: None };
    p.look_alike("E16", Some(s.unit), Some(s.person), span, "a role that is allowed");
}

/// E11: a demerit, a demotion, or a dismissal that was lifted.
fn lesser_sanction(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|_, _| true) else { return };
    let s = p.world.spells[i as usize].clone();
    p.world.spells[i as usize].twist();
    let on = first_day(p.world.first.plus(-6)) + 9;
    let (measure, ends) = [(Sanction::Warning, on + 183), (Sanction::Dismissal, on + 60)][n % 2];
    p.world.feeds.disciplines.push(Discipline { person: s.person, unit: s.unit, measure, on, ends: Some(ends) });
    let span = Span { from: p.world.first, to: None };
    p.look_alike("E11", Some(s.unit), Some(s.person), span, "a lesser measure; or one that was lifted");
}

/// E17: failed once.
fn failed_once(p: &mut Planter<'_, '_>) {
    let Some(i) = p.employee(|w, s| ordinary(w, s)) else { return };
    let s = p.world.spells[i as usize].clone();
    p.world.spells[i as usize].twist();
    fail(p, &s, 1);
    let span = Span { from: p.world.first, to: None };
    p.look_alike("E17", Some(s.unit), Some(s.person), span, "failed once only");
}

/// E02: fifteen days in one month; or many, covered by sick leave whose papers came late.
fn absent_within_limits(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|w, s| w.units[s.unit as usize].keeps_attendance) else { return };
    let s = p.world.spells[i as usize].clone();
    let last = p.world.last;
    if n.is_multiple_of(2) {
        let span = Span { from: last, to: None };
        p.world.spells[i as usize].twist().staff.awol = Some((span, 15, 15));
        p.look_alike("E02", Some(s.unit), Some(s.person), span, "fifteen days are not over the limit");
    } else {
        let span = Span { from: last, to: None };
        let twist = p.world.spells[i as usize].twist();
        twist.staff.awol = Some((span, 20, 20));
        twist.staff.hr_status = Some((span, HrStatus::Leave));
        let from = first_day(last);
        p.world.absences.push(Absence { person: s.person, unit: s.unit, reason: Reason::Study, from, to: None });
        p.look_alike("E02", Some(s.unit), Some(s.person), span, "leave entered late");
    }
}
