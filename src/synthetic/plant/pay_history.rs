//! Problems of pay that only months side by side can show: accounts that move, pay that does not fall, steps and spikes.

use std::collections::BTreeSet;

use rand::Rng as _;

use super::Planter;
use super::pay_more::any_unit;
use super::search::Spells;
use crate::synthetic::codes;
use crate::synthetic::days::{first_day, last_day, month_of};
use crate::synthetic::feeds::Discipline;
use crate::synthetic::model::{Absence, ExitReason, Reason, Sanction, Span, World};

pub fn plant(p: &mut Planter<'_, '_>, people: usize, units: usize) {
    for n in 0..units.div_ceil(2) {
        round_sums(p, n);
    }
    for n in 0..people {
        accounts_move(p, n);
        pay_runs_on(p, n);
        full_when_sick(p, n);
        step_up(p, n);
        spike(p, n);
    }
}

/// A further account of the person of a spell, which nobody else has.
fn fresh_account(spell: u32, nth: u64) -> [u8; 19] {
    codes::account(900_000_000 + u64::from(spell) * 4 + nth)
}

/// P06: a new account in each of the last three months, or one just before the exit.
fn accounts_move(p: &mut Planter<'_, '_>, n: usize) {
    let (first, last) = (p.world.first, p.world.last);
    if n % 2 == 1 {
        let leaving = |w: &World, s: &crate::synthetic::model::Spell| {
            s.register
                && s.hr
                && s.pay
                && s.twist.is_none()
                && s.leader.is_none()
                && s.entry < first_day(w.first.plus(-18))
                && s.exit.is_some_and(|(e, r)| {
                    matches!(r, ExitReason::Resignation | ExitReason::Retirement | ExitReason::Transfer)
                        && month_of(e) > w.first
                        && month_of(e) > w.last.plus(-3)
                        && month_of(e) <= w.last
                })
        };
        if let Some(i) = p.spell_among(Spells::Leavers, leaving) {
            let account = fresh_account(i, 0);
            let s = &mut p.world.spells[i as usize];
            let exit = s.exit.map_or(last, |(e, _)| month_of(e));
            s.twist().pay.accounts.push((exit, account));
            let person = s.person;
            p.planted("P06", None, Some(person), Span { from: exit, to: None }, "a new account at the exit");
            return;
        }
    }
    if last.0 - first.0 < 3 {
        return;
    }
    let Some(i) = p.employee(|w, s| w.units[s.unit as usize].size >= 8) else { return };
    let accounts = [fresh_account(i, 0), fresh_account(i, 1), fresh_account(i, 2)];
    let s = &mut p.world.spells[i as usize];
    let pay = &mut s.twist().pay;
    for (ago, account) in (0..3).rev().zip(accounts) {
        pay.accounts.push((last.plus(-ago), account));
    }
    let person = s.person;
    p.planted("P06", None, Some(person), Span { from: last, to: None }, "three accounts in three months");
}

/// P09: a measure two months before the last one, and pay goes on.
fn pay_runs_on(p: &mut Planter<'_, '_>, n: usize) {
    let last = p.world.last;
    let event = last.plus(-2);
    if event < p.world.first {
        return;
    }
    let Some(i) = p.employee(|_, _| true) else { return };
    let measure = [Sanction::Detention, Sanction::Demotion, Sanction::Sentence][n % 3];
    let on = first_day(event) + p.rng.random_range(0..27);
    let s = &mut p.world.spells[i as usize];
    s.twist();
    let (person, unit) = (s.person, s.unit);
    p.world.feeds.disciplines.push(Discipline { person, unit, measure, on, ends: None });
    p.planted("P09", None, Some(person), Span { from: last, to: None }, "pay goes on as before");
}

/// P10: on sick leave since just before the first extract, and paid in full.
fn full_when_sick(p: &mut Planter<'_, '_>, n: usize) {
    let (first, last) = (p.world.first, p.world.last);
    if last.0 - first.0 < 2 {
        return;
    }
    // Short service: under ten years of work.
    let young = |w: &World, s: &crate::synthetic::model::Spell| {
        let start = crate::synthetic::pay::work_start(&w.persons[s.person as usize], Some(s.entry));
        last.0 - month_of(start).0 < 110
    };
    let Some(i) = p.employee(young) else { return };
    let from = first_day(last.plus(-2).plus(-i32::try_from(n % 2).unwrap_or(0))) + 4;
    let s = &mut p.world.spells[i as usize];
    s.twist().pay.full_when_sick = true;
    let (person, unit) = (s.person, s.unit);
    p.world.absences.push(Absence { person, unit, reason: Reason::SickLeave, from, to: Some(last_day(last) + 200) });
    p.planted("P10", None, Some(person), Span { from: last, to: None }, "paid in full on sick leave");
}

/// P25.
fn step_up(p: &mut Planter<'_, '_>, n: usize) {
    let (first, last) = (p.world.first, p.world.last);
    if first == last {
        return;
    }
    let Some(i) = p.employee(|w, s| w.units[s.unit as usize].size >= 6) else { return };
    let measure = if n % 3 == 2 { Sanction::Demotion } else { Sanction::Demerit };
    let on = first_day(first.plus(-3)) + 8;
    let s = &mut p.world.spells[i as usize];
    s.twist().pay.steps = Some((last, 1));
    let (person, unit) = (s.person, s.unit);
    let ends = (n % 2 == 0).then_some(on + 730);
    p.world.feeds.disciplines.push(Discipline { person, unit, measure, on, ends });
    p.planted("P25", None, Some(person), Span { from: last, to: None }, "a step up while the sanction stands");
}

/// P14.
fn spike(p: &mut Planter<'_, '_>, n: usize) {
    let (first, last) = (p.world.first, p.world.last);
    if last.0 - first.0 < 3 {
        return;
    }
    let Some(i) = p.employee(|w, s| w.units[s.unit as usize].size >= 6) else { return };
    let per_cent = if n % 2 == 0 { 520 } else { 610 };
    let s = &mut p.world.spells[i as usize];
    s.twist().pay.spike = Some((last, per_cent));
    let person = s.person;
    p.planted("P14", None, Some(person), Span { from: last, to: None }, "performance pay many times the usual");
}

/// P26: performance pay in whole hundreds of yuan.
fn round_sums(p: &mut Planter<'_, '_>, n: usize) {
    let found = any_unit(p, n, |w, u| {
        let unit = &w.units[u as usize];
        unit.size >= 26 && unit.payer.is_none() && !w.feeds.round_sums.contains_key(&u)
    });
    let Some(u) = found else { return };
    let span = p.always();
    p.world.feeds.round_sums.insert(u, span);
    p.planted("P26", Some(u), None, span, "performance pay in whole hundreds");
}

/// What only looks so: one new card, pay cut as it must be, sick pay reduced, a warning, a whole unit adjusted.
pub fn look_alikes(p: &mut Planter<'_, '_>, count: usize) {
    let payers: BTreeSet<u32> = p.world.units.iter().filter_map(|u| u.payer).collect();
    for n in 0..count {
        one_new_card(p);
        cut_in_time(p, n);
        reduced(p);
        warned(p);
        moderate(p);
        few_round_sums(p, n, &payers);
    }
}

fn one_new_card(p: &mut Planter<'_, '_>) {
    let last = p.world.last;
    let Some(i) = p.employee(|w, s| w.units[s.unit as usize].size >= 8) else { return };
    let s = &mut p.world.spells[i as usize];
    s.twist().pay.accounts.push((last, fresh_account(i, 0)));
    let person = s.person;
    p.look_alike("P06", None, Some(person), Span { from: last, to: None }, "one new card");
}

fn cut_in_time(p: &mut Planter<'_, '_>, n: usize) {
    let last = p.world.last;
    let event = last.plus(-2);
    let Some(i) = p.employee(|_, _| true) else { return };
    let (measure, base) = if n.is_multiple_of(2) { (Sanction::Detention, 40) } else { (Sanction::Demotion, 94) };
    let s = &mut p.world.spells[i as usize];
    s.twist().pay.base = Some((event.plus(1), base));
    let (person, unit) = (s.person, s.unit);
    let on = first_day(event) + 10;
    p.world.feeds.disciplines.push(Discipline { person, unit, measure, on, ends: None });
    p.look_alike("P09", None, Some(person), Span { from: event, to: None }, "pay cut in time");
}

fn reduced(p: &mut Planter<'_, '_>) {
    let last = p.world.last;
    let Some(i) = p.employee(|_, _| true) else { return };
    let s = &mut p.world.spells[i as usize];
    s.twist();
    let (person, unit) = (s.person, s.unit);
    let (from, to) = (first_day(last.plus(-2)) + 4, Some(last_day(last) + 90));
    p.world.absences.push(Absence { person, unit, reason: Reason::SickLeave, from, to });
    p.look_alike("P10", None, Some(person), Span { from: last, to: None }, "sick pay reduced by the rules");
}

fn warned(p: &mut Planter<'_, '_>) {
    let (first, last) = (p.world.first, p.world.last);
    let Some(i) = p.employee(|w, s| w.units[s.unit as usize].size >= 6) else { return };
    let on = first_day(first.plus(-2)) + 3;
    let s = &mut p.world.spells[i as usize];
    s.twist().pay.steps = Some((last, 1));
    let (person, unit) = (s.person, s.unit);
    p.world.feeds.disciplines.push(Discipline { person, unit, measure: Sanction::Warning, on, ends: Some(on + 183) });
    p.look_alike("P25", None, Some(person), Span { from: last, to: None }, "a warning does not bar a step");
}

fn moderate(p: &mut Planter<'_, '_>) {
    let last = p.world.last;
    let Some(i) = p.employee(|w, s| w.units[s.unit as usize].size >= 6) else { return };
    let s = &mut p.world.spells[i as usize];
    s.twist().pay.spike = Some((last, 125));
    let person = s.person;
    p.look_alike("P14", None, Some(person), Span { from: last, to: None }, "a moderate rise");
}

/// P26: round sums, but too few of them to say anything.
fn few_round_sums(p: &mut Planter<'_, '_>, n: usize, payers: &BTreeSet<u32>) {
    let found = any_unit(p, n, |w, u| {
        let unit = &w.units[u as usize];
        unit.size <= 9 && unit.payer.is_none() && !payers.contains(&u) && !w.feeds.round_sums.contains_key(&u)
    });
    let Some(u) = found else { return };
    let span = p.always();
    p.world.feeds.round_sums.insert(u, span);
    p.look_alike("P26", Some(u), None, span, "too few amounts");
}
