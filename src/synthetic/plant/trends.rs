//! What only months side by side can show: T01 to T07, and what only looks so.

use std::collections::BTreeSet;

use rand::Rng as _;

use super::quota_more::step;
use super::quotas::new_person;
use super::{Planter, fill, main_type, one_lot, quiet};
use crate::synthetic::days::{Day, first_day, last_day, month_of};
use crate::synthetic::model::{Absence, Bucket, Channel, Class, ExitReason, Reason, Scope, Span, Spell, World};
use crate::synthetic::people::spell;
use crate::synthetic::posts::raise_quota;
use crate::synthetic::quota_feeds::LotMore;

/// Months of extracts that a year's comparison needs.
const YEAR: i32 = 12;

pub fn plant(p: &mut Planter<'_, '_>, people: usize, units: usize) {
    let months = p.world.last.0 - p.world.first.0 + 1;
    let parted = with_parts(p.world);
    for n in 0..units {
        if months >= 2 {
            moved_document(p, true);
        }
        if months >= 3 {
            unregistered_again(p, true, &parted);
            unregistered_again(p, false, &parted);
        }
        if months > YEAR {
            raised(p);
            fewer_posts(p, n, 1);
        }
    }
    for n in 0..people {
        to_and_fro(p, n, Channel::Transfer);
        if months >= 2 {
            roll(p, n);
            moved_entry(p, true);
        }
        if months >= 3 {
            unpaid(p, n, months);
            twice_again(p);
        }
    }
}

/// T02.
pub fn bursts(p: &mut Planter<'_, '_>, units: usize) {
    for _ in 0..units {
        burst(p, Channel::Talent);
    }
}

pub fn look_alikes(p: &mut Planter<'_, '_>, count: usize) {
    let months = p.world.last.0 - p.world.first.0 + 1;
    for n in 0..count {
        burst(p, Channel::Veteran);
        to_and_fro(p, 0, Channel::Appointment);
        recorded_exit(p);
        if months >= 2 {
            moved_entry(p, false);
            moved_document(p, false);
        }
        if months >= 3 {
            on_leave(p, n);
        }
        if months > YEAR {
            fewer_posts(p, n, 0);
        }
    }
}

/// The last month.
fn now(p: &Planter<'_, '_>) -> Span {
    Span { from: p.world.last, to: None }
}

/// T01: a row entered years late, or gone as if it had never been.
fn roll(p: &mut Planter<'_, '_>, n: usize) {
    let last = p.world.last;
    let Some(i) = p.employee(|_, _| true) else { return };
    let s = &mut p.world.spells[i as usize];
    let unit = s.unit;
    let twist = s.twist();
    let note = if n.is_multiple_of(2) {
        twist.listed_from = Some(last);
        "an entry of old that appears only now"
    } else {
        twist.erased_from = Some(last);
        twist.unpaid = Some(Span { from: last, to: None });
        s.exit = Some((first_day(last) + 4, ExitReason::Resignation));
        "a row that is gone without an exit"
    };
    let span = now(p);
    p.planted("T01", Some(unit), None, span, note);
}

/// T01: somebody leaves, and the register says so.
fn recorded_exit(p: &mut Planter<'_, '_>) {
    let on = first_day(p.world.last) + 7;
    let Some(i) = p.employee(|_, s| s.level < 8) else { return };
    let s = &mut p.world.spells[i as usize];
    s.exit = Some((on, ExitReason::Resignation));
    let unit = s.unit;
    let span = now(p);
    p.look_alike("T01", Some(unit), None, span, "an exit that is recorded");
}

/// T02: the chief leaves this month, and six entered in the weeks before; entries by orders from above do not count.
fn burst(p: &mut Planter<'_, '_>, channel: Channel) {
    let chief = |w: &World, i: u32| {
        w.spells[i as usize].leader.is_some_and(|l| {
            l.scope == Scope::Leadership && l.class == Class::Chief && l.removed.is_none() && !l.concurrent
        })
    };
    let since = first_day(p.world.first.plus(-14));
    let found = p.unit(|w, u, spells| {
        let leads = |i: &&u32| {
            w.spells[**i as usize]
                .leader
                .is_some_and(|l| l.class == Class::Chief && l.scope == Scope::Leadership && l.appointed < since)
        };
        let held = spells.iter().filter(|i| w.spells[**i as usize].leader.is_some_and(|l| l.class == Class::Chief));
        let of_unit = held.filter(|i| w.spells[**i as usize].leader.is_some_and(|l| l.scope == Scope::Leadership));
        w.units[u as usize].payer.is_none()
            && spells.len() >= 5
            && quiet(w, spells)
            && of_unit.count() == 1
            && spells.iter().filter(leads).count() == 1
    });
    let Some(u) = found else { return };
    let Some(head) = p.spells_of[u as usize].iter().copied().find(|i| chief(p.world, *i)) else { return };
    p.person_used[p.world.spells[head as usize].person as usize] = true;
    let removed = last_day(p.world.last) - p.rng.random_range(2..9);
    if let Some(l) = &mut p.world.spells[head as usize].leader {
        l.removed = Some(removed);
    }
    let t = main_type(p.world, u);
    let established = p.world.units[u as usize].established;
    raise_quota(&mut p.world.units[u as usize], t, 7, established);
    for k in 0..6 {
        let entry = first_day(p.world.last.plus(-1)) + 3 + 4 * k;
        let person = new_person(p, entry);
        p.push_spell(spell(person, u, t, entry, channel));
    }
    let span = now(p);
    if channel == Channel::Veteran {
        p.look_alike("T02", Some(u), None, span, "veterans whom the unit was sent");
    } else {
        p.planted("T02", Some(u), None, span, "six entries in the weeks before the chief left");
    }
}

/// T03: an entry that was so much later until last month; one that becomes later is no finding.
fn moved_entry(p: &mut Planter<'_, '_>, back: bool) {
    let last = p.world.last;
    let old = first_day(p.world.first.plus(-48));
    let Some(i) = p.employee(|_, s| s.entry < old) else { return };
    let s = &mut p.world.spells[i as usize];
    let (person, unit, entry) = (s.person, s.unit, s.entry);
    let until = Span { from: crate::kernel::dates::Month(i32::MIN / 2), to: Some(last) };
    s.twist().entry_shown = Some((until, if back { entry + 500 } else { entry - 500 }));
    let span = now(p);
    if back {
        p.planted("T03", Some(unit), Some(person), span, "an entry moved back by sixteen months");
    } else {
        p.look_alike("T03", Some(unit), Some(person), span, "an entry corrected to a later day");
    }
}

/// T03: the same of a document of the ledger.
fn moved_document(p: &mut Planter<'_, '_>, back: bool) {
    let last = p.world.last;
    let old = first_day(p.world.first.plus(-48));
    let found = p.unit(|w, u, spells| {
        let t = main_type(w, u);
        let lot = |l: &crate::synthetic::model::QuotaLot| {
            l.quota_type == t && l.from < old && l.from > old - 5000 && !l.document.is_empty()
        };
        spells.len() > 3 && quiet(w, spells) && one_lot(w, u, t) && w.units[u as usize].quotas.iter().any(lot)
    });
    let Some(u) = found else { return };
    let t = main_type(p.world, u);
    let until = Span { from: crate::kernel::dates::Month(i32::MIN / 2), to: Some(last) };
    for lot in p.world.units[u as usize].quotas.iter_mut().filter(|l| l.quota_type == t && l.bucket == Bucket::Own) {
        lot.more.from_shown = Some((until, if back { lot.from + 300 } else { lot.from - 300 }));
    }
    let span = now(p);
    if back {
        p.planted("T03", Some(u), None, span, "a document that took effect earlier than it did");
    } else {
        p.look_alike("T03", Some(u), None, span, "a document corrected to a later day");
    }
}

/// Persons with a part in the registries.
pub fn with_parts(w: &World) -> BTreeSet<u32> {
    w.planted.iter().chain(&w.look_alikes).filter(|m| m.rule.starts_with('R')).filter_map(|m| m.person).collect()
}

/// Whether a unit has been registered since before a day, under a head of its own, and has no part in the registries.
pub fn registered_alone(w: &World, u: u32, since: Day, parted: &BTreeSet<u32>) -> bool {
    let orderly = w.units[u as usize].registration.as_ref().is_some_and(|r| {
        r.deregistered.is_none()
            && r.hidden.is_none()
            && r.shown.to.is_none()
            && r.registered < since
            && r.legal_representative.len() == 1
            && !parted.contains(&r.legal_representative[0].1)
    });
    orderly && !w.office.contains_key(&u)
}

/// T04: out of the registry of institutions in the first month, in it again, and out again in the last; or in it for good.
fn unregistered_again(p: &mut Planter<'_, '_>, again: bool, parted: &BTreeSet<u32>) {
    let (first, last) = (p.world.first, p.world.last);
    let old = first_day(first.plus(-24));
    let found = p.unit(|w, u, _| registered_alone(w, u, old, parted) && w.units[u as usize].established < old);
    let Some(u) = found else { return };
    let Some(r) = &mut p.world.units[u as usize].registration else { return };
    r.hidden = Some(Span { from: first, to: Some(first.plus(1)) });
    if again {
        r.shown.to = Some(last);
        let span = now(p);
        p.planted("T04", Some(u), None, span, "registered after a finding, and gone again");
        p.planted("R01", Some(u), None, span, "not registered, for the second time");
    } else {
        let span = now(p);
        p.look_alike("T04", Some(u), None, span, "registered after a finding, and still so");
    }
}

/// T04: paid twice in the first month, and again in the last.
fn twice_again(p: &mut Planter<'_, '_>) {
    let (first, last) = (p.world.first, p.world.last);
    let Some(i) = p.employee(|_, _| true) else { return };
    let s = &mut p.world.spells[i as usize];
    let (person, unit) = (s.person, s.unit);
    let twist = s.twist();
    twist.pay_twice = Some(Span { from: first, to: Some(first.plus(1)) });
    twist.pay_twice_again = Some(last);
    let span = now(p);
    p.planted("T04", Some(unit), Some(person), span, "paid twice again");
    p.planted("P15", Some(unit), Some(person), span, "the same payment twice, for the second time");
}

/// A unit where the person of a spell could go, with a post to spare for it.
fn host(p: &mut Planter<'_, '_>, s: &Spell) -> Option<u32> {
    let nature = p.world.units[s.unit as usize].nature;
    let t = s.quota_type;
    let from = s.unit;
    let u = p.unit(|w, u, spells| {
        let unit = &w.units[u as usize];
        let fits = unit.nature == nature && u != from && unit.payer.is_none() && !unit.police && main_type(w, u) == t;
        fits && spells.len() >= 4 && one_lot(w, u, t) && {
            let (heads, quota) = fill(w, spells, u, t);
            heads <= quota
        }
    })?;
    let established = p.world.units[u as usize].established;
    raise_quota(&mut p.world.units[u as usize], t, 1, established);
    Some(u)
}

/// Where a person moves, one unit after the other.
fn wander(p: &mut Planter<'_, '_>, i: u32, way: &[(u32, Day)], channel: Channel) {
    let mut at = i;
    for (unit, on) in way {
        let s = &mut p.world.spells[at as usize];
        s.exit = Some((*on, ExitReason::Transfer));
        let mut next = spell(s.person, *unit, s.quota_type, *on, channel);
        next.level = s.level;
        // The month of the move is paid by the unit left.
        next.twist().pay_from = Some(month_of(*on).plus(1));
        at = p.push_spell(next);
    }
}

/// T05: gone for four months and back, or three units in a year; those who are sent are not counted.
fn to_and_fro(p: &mut Planter<'_, '_>, n: usize, channel: Channel) {
    let last = p.world.last;
    let old = first_day(p.world.first.plus(-30));
    let found = p.employee(|w, s| {
        let unit = &w.units[s.unit as usize];
        s.entry < old
            && !unit.police
            && s.quota_type == main_type(w, s.unit)
            && unit.funding != crate::synthetic::model::Funding::SelfFunded
    });
    let Some(i) = found else { return };
    let s = p.world.spells[i as usize].clone();
    let day = |ago: i32| first_day(last.plus(-ago)) + 9;
    let Some(b) = host(p, &s) else { return };
    let way = if n.is_multiple_of(2) {
        vec![(b, day(5)), (s.unit, day(1))]
    } else {
        let (Some(c), Some(d)) = (host(p, &s), host(p, &s)) else { return };
        vec![(b, day(9)), (c, day(6)), (d, day(2))]
    };
    wander(p, i, &way, channel);
    let span = p.always();
    if channel == Channel::Appointment {
        p.look_alike("T05", None, Some(s.person), span, "sent there and back");
    } else {
        p.planted("T05", None, Some(s.person), span, "to and fro between units");
    }
}

/// T06: off the payroll and on it again.
fn unpaid(p: &mut Planter<'_, '_>, n: usize, months: i32) {
    let last = p.world.last;
    let Some(i) = p.employee(|w, s| w.units[s.unit as usize].size >= 6) else { return };
    let missed = (1 + i32::try_from(n % 4).unwrap_or(0)).min(months - 2);
    let s = &mut p.world.spells[i as usize];
    let (person, unit) = (s.person, s.unit);
    s.twist().unpaid = Some(Span { from: last.plus(-missed), to: Some(last) });
    let span = now(p);
    p.planted("T06", Some(unit), Some(person), span, "off the payroll and on it again");
}

/// T06: on unpaid leave meanwhile, or paid for it afterwards.
fn on_leave(p: &mut Planter<'_, '_>, n: usize) {
    let last = p.world.last;
    let Some(i) = p.employee(|w, s| w.units[s.unit as usize].size >= 6 && !w.units[s.unit as usize].keeps_attendance)
    else {
        return;
    };
    let s = &mut p.world.spells[i as usize];
    let (person, unit) = (s.person, s.unit);
    let gap = Span { from: last.plus(-1), to: Some(last) };
    if n.is_multiple_of(2) {
        s.twist();
        let (from, to) = (first_day(gap.from), Some(last_day(gap.from)));
        p.world.absences.push(Absence { person, unit, reason: Reason::UnpaidLeave, from, to });
    } else {
        let twist = s.twist();
        (twist.unpaid, twist.back_pay) = (Some(gap), Some(last));
    }
    let span = now(p);
    p.look_alike("T06", Some(unit), Some(person), span, "on unpaid leave meanwhile, or paid for it later");
}

/// T07: performance pay rose by four fifths.
fn raised(p: &mut Planter<'_, '_>) {
    let found = p.unit(|w, u, spells| {
        let unit = &w.units[u as usize];
        unit.payer.is_none() && spells.len() >= 14 && quiet(w, spells) && !w.feeds.round_sums.contains_key(&u)
    });
    let Some(u) = found else { return };
    let from = p.world.last.plus(-5);
    p.world.feeds.raised.insert(u, (from, 180));
    let span = now(p);
    p.planted("T07", Some(u), None, span, "pay rose and staff did not");
}

/// T07: a post less and one more on it; or a post less and nobody more.
fn fewer_posts(p: &mut Planter<'_, '_>, n: usize, more: usize) {
    let found = p.unit(|w, u, spells| quiet(w, spells) && spells.len() >= 6 && one_lot(w, u, main_type(w, u)));
    let Some(u) = found else { return };
    let t = main_type(p.world, u);
    let established = p.world.units[u as usize].established;
    raise_quota(&mut p.world.units[u as usize], t, 2, established);
    let cut = first_day(p.world.last.plus(-4)) + 3 * i32::try_from(n % 5).unwrap_or(0);
    step(p, u, t, cut, -1, (LotMore::default(), None));
    for _ in 0..more {
        let entry = first_day(p.world.last.plus(-2)) + 6;
        let person = new_person(p, entry);
        p.push_spell(spell(person, u, t, entry, Channel::Talent));
    }
    let span = now(p);
    if more > 0 {
        p.planted("T07", Some(u), None, span, "fewer posts and more staff");
    } else {
        p.look_alike("T07", Some(u), None, span, "a post less and nobody more");
    }
}
