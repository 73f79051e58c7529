//! Problems of pay: after the end, from two payers, into one account, twice, from a dead unit.

use rand::Rng as _;

use super::Planter;
use super::quotas::{abolish, close_quotas, dissolvable, new_person};
use crate::synthetic::days::{first_day, last_day, month_of};
use crate::synthetic::model::{Channel, Death, ExitReason, PayClass, Span};
use crate::synthetic::people::spell;
use crate::synthetic::posts::raise_quota;

pub fn plant(p: &mut Planter<'_, '_>, people: usize, units: usize) {
    for n in 0..people {
        after_retirement(p, n);
        after_death(p, n);
        after_leaving(p, n);
        two_payers(p, n);
        shared_account(p, n);
        twice(p, n);
    }
    for n in 0..units {
        dead_unit(p, n);
    }
}

/// Lets pay run on after an exit: to the end, or until just before the last month.
fn run_on(p: &mut Planter<'_, '_>, i: u32, n: usize) -> Span {
    let last = p.world.last;
    let closed = n % 5 == 2 && p.world.first < last;
    let until = if closed { last.plus(-1) } else { last.plus(600) };
    p.world.spells[i as usize].twist().pay_until = Some(until);
    Span { from: p.world.first, to: closed.then_some(last) }
}

/// Someone who left for a reason some months before the first extract, or in time for the last.
fn leaver(p: &mut Planter<'_, '_>, reasons: &'static [ExitReason], late: bool) -> Option<u32> {
    let before = if late { p.world.last.plus(-2) } else { p.world.first.plus(-2) };
    p.spell_where(|_, s| {
        let gone = s.exit.is_some_and(|(e, r)| reasons.contains(&r) && month_of(e) <= before);
        gone && s.register && s.hr && s.pay && s.twist.is_none() && s.leader.is_none() && s.class == PayClass::InService
    })
}

/// P01.
fn after_retirement(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = leaver(p, &[ExitReason::Retirement], n % 3 == 1) else { return };
    let span = run_on(p, i, n);
    let person = p.world.spells[i as usize].person;
    p.planted("P01", None, Some(person), span, "paid after retirement");
}

/// P02: dead and still paid; sometimes nobody told the register; sometimes it is the pension that runs on.
fn after_death(p: &mut Planter<'_, '_>, n: usize) {
    if n % 4 == 3 {
        let found = p.employee(|_, _| true);
        let Some(i) = found else { return };
        let on = first_day(p.world.first.plus(-2)) + p.rng.random_range(0..27);
        let person = p.world.spells[i as usize].person;
        p.world.deaths.push(Death { person, on });
        p.planted("P02", None, Some(person), Span { from: p.world.first, to: None }, "dead in the feed alone");
        return;
    }
    let Some(i) = leaver(p, &[ExitReason::Death], n % 3 == 1) else { return };
    let s = p.world.spells[i as usize].clone();
    if n % 4 == 1 {
        let established = p.world.units[s.unit as usize].established;
        raise_quota(&mut p.world.units[s.unit as usize], s.quota_type, 1, established);
        p.world.spells[i as usize].twist().exit_unrecorded = true;
    }
    let span = run_on(p, i, n);
    p.planted("P02", None, Some(s.person), span, "paid after death");
}

/// P03.
fn after_leaving(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = leaver(p, &[ExitReason::Resignation, ExitReason::Dismissal, ExitReason::Transfer], n % 3 == 1) else {
        return;
    };
    let span = run_on(p, i, n);
    let person = p.world.spells[i as usize].person;
    p.planted("P03", None, Some(person), span, "paid after leaving");
}

/// A unit with no part yet to pay somebody besides.
pub fn other_payer(p: &mut Planter<'_, '_>, unit: u32) -> Option<u32> {
    p.free_unit(|p, i| {
        let u = &p.world.units[i as usize];
        u.size >= 6 && u.payer.is_none() && i != unit
    })
}

/// P04.
fn two_payers(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|_, _| true) else { return };
    let s = p.world.spells[i as usize].clone();
    let Some(payer) = other_payer(p, s.unit) else { return };
    let span = p.span(n);
    let mut second = spell(s.person, payer, s.quota_type, first_day(span.from), Channel::Appointment);
    (second.register, second.hr, second.level) = (false, false, 3);
    second.exit = span.to.map(|t| (first_day(t) - 1, ExitReason::Resignation));
    p.push_spell(second);
    p.planted("P04", None, Some(s.person), span, "two payers");
}

/// P05: two persons, one account; every third time one of them is on no register.
fn shared_account(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|w, s| w.units[s.unit as usize].size >= 8) else { return };
    let s = p.world.spells[i as usize].clone();
    let account = p.world.persons[s.person as usize].account;
    let span = p.always();
    if n % 3 == 1 {
        let entry = first_day(p.world.first.plus(-3));
        let person = new_person(p, entry);
        let mut ghost = spell(person, s.unit, s.quota_type, entry, Channel::Recruitment);
        (ghost.register, ghost.hr) = (false, false);
        ghost.twist().account = Some(account);
        p.push_spell(ghost);
        p.planted("P05", None, Some(s.person), span, "shares an account with somebody on no register");
        p.planted("E10", None, Some(person), span, "paid, on no register");
    } else {
        let Some(j) = p.employee(|_, _| true) else { return };
        p.world.spells[j as usize].twist().account = Some(account);
        // Taken from other plants, so that nothing else moves this account.
        p.world.spells[i as usize].twist();
        p.planted("P05", None, Some(s.person), span, "two persons, one account");
    }
}

/// P15.
fn twice(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|_, _| true) else { return };
    let span = p.span(n);
    p.world.spells[i as usize].twist().pay_twice = Some(span);
    let person = p.world.spells[i as usize].person;
    p.planted("P15", None, Some(person), span, "paid twice");
}

/// P20: abolished in good order, but two of a neighbour's staff are still paid by it.
fn dead_unit(p: &mut Planter<'_, '_>, n: usize) {
    let Some((u, to)) = dissolvable(p) else { return };
    let on = first_day(p.world.first.plus(-5)) + 9;
    let paid = p.employees_of(to, 1 + n % 2);
    abolish(p, u, on, to);
    close_quotas(p, u, on);
    for i in paid {
        p.world.spells[i as usize].twist().payer = Some(u);
    }
    debug_assert!(on < last_day(p.world.last));
    let span = p.always();
    p.planted("P20", Some(u), None, span, "abolished unit still pays");
}
