//! Problems with quotas, entries and leader posts.

use rand::Rng as _;

use super::{Planter, fill, main_type, one_lot, quiet};
use crate::kernel::dates::Month;
use crate::synthetic::changes;
use crate::synthetic::days::{Day, first_day, last_day, month_of};
use crate::synthetic::model::{Channel, Class, Leader, Nature, QuotaType, Scope, Span};
use crate::synthetic::people::{recruit, spell};
use crate::synthetic::posts::{cut_quota, raise_quota};
use crate::synthetic::tables::needs_approval;

pub fn plant(p: &mut Planter<'_, '_>, units: usize, people: usize) {
    for n in 0..units {
        over_quota(p, n);
        entry_when_full(p, n);
        ledger(p, n);
        abolished_with_quota(p, n);
        unpaid_crowd(p, n);
        too_many_leaders(p, n);
        appointment_when_full(p, n);
    }
    for n in 0..people {
        wrong_type(p);
        without_approval(p, n);
    }
}

/// Q01: posts are cut, the people stay.
fn over_quota(p: &mut Planter<'_, '_>, n: usize) {
    let found = p.unit(|w, u, spells| {
        let (heads, quota) = fill(w, spells, u, main_type(w, u));
        heads >= 6 && quiet(w, spells) && one_lot(w, u, main_type(w, u)) && quota - heads < 6
    });
    let Some(u) = found else { return };
    let t = main_type(p.world, u);
    let (heads, quota) = fill(p.world, &p.spells_of[u as usize], u, t);
    let excess = 1 + i64::try_from(n % 4).unwrap_or(0);
    let span = p.span(n);
    cut_quota(&mut p.world.units[u as usize], t, quota - heads + excess, span, "编发〔2026〕3号");
    p.planted("Q01", Some(u), None, span, "posts cut below the heads");
}

/// Sets the quota to exactly the heads, as if there had never been room.
pub fn fill_up(p: &mut Planter<'_, '_>, u: u32, t: QuotaType) {
    let (heads, quota) = fill(p.world, &p.spells_of[u as usize], u, t);
    let room = quota - heads;
    for lot in p.world.units[u as usize].quotas.iter_mut().filter(|l| l.quota_type == t) {
        lot.approved -= room;
        // The opening balance gives way first, then what was added.
        let from_opening = room.min(lot.opening);
        lot.opening -= from_opening;
        lot.added -= room - from_opening;
    }
}

/// A day of entry the n-th plant of a kind uses, never the first of a month.
fn entry_day(p: &mut Planter<'_, '_>, n: usize) -> Day {
    let (first, last) = (p.world.first, p.world.last);
    let month = match n % 4 {
        0 => last.plus(-1).max(first),
        1 => last,
        2 => first.plus(-3),
        _ => first.plus(-7),
    };
    first_day(month) + p.rng.random_range(3..25)
}

/// Q02: somebody enters although every post is taken.
fn entry_when_full(p: &mut Planter<'_, '_>, n: usize) {
    let found = p.unit(|w, u, spells| {
        let t = main_type(w, u);
        fill(w, spells, u, t).0 >= 5 && quiet(w, spells) && one_lot(w, u, t)
    });
    let Some(u) = found else { return };
    let t = main_type(p.world, u);
    fill_up(p, u, t);
    let entry = entry_day(p, n);
    let person = new_person(p, entry);
    let mut s = spell(person, u, t, entry, Channel::Recruitment);
    s.level = 1;
    p.push_spell(s);
    let span = Span { from: month_of(entry), to: None };
    p.planted("Q02", Some(u), Some(person), span, "entry into a full unit");
    p.planted("Q01", Some(u), None, span, "entry into a full unit");
}

/// Somebody new, old enough to enter on a day.
pub fn new_person(p: &mut Planter<'_, '_>, entry: Day) -> u32 {
    let mut rng = p.rng.clone();
    let person = recruit(p.makers, p.world, &mut rng, entry);
    p.rng = rng;
    person
}

/// Q03: a type of quota the unit cannot have.
fn wrong_type(p: &mut Planter<'_, '_>) {
    let found = p.employee(|w, s| matches!(w.units[s.unit as usize].nature, Nature::Organ | Nature::Institution));
    let Some(i) = found else { return };
    let s = &mut p.world.spells[i as usize];
    let organ = p.world.units[s.unit as usize].nature == Nature::Organ;
    s.quota_type = if organ { QuotaType::Institution } else { QuotaType::Administrative };
    let (unit, person) = (s.unit, s.person);
    let span = p.always();
    p.planted("Q03", Some(unit), Some(person), span, "type of quota the unit cannot have");
}

/// Q09: entries whose approval is missing, unknown, late, expired or used up.
fn without_approval(p: &mut Planter<'_, '_>, n: usize) {
    let from = first_day(p.world.last.plus(-9));
    let found = p.spell_where(|w, s| {
        s.register
            && s.exit.is_none()
            && s.entry >= from
            && needs_approval(s.channel)
            && s.twist.is_none()
            && s.approval.is_some_and(|a| w.approvals[a as usize].count == 1)
    });
    let Some(i) = found else { return };
    let s = p.world.spells[i as usize].clone();
    let Some(a) = s.approval else { return };
    let span = Span { from: month_of(s.entry), to: None };
    match n % 5 {
        0 => p.world.spells[i as usize].twist().approval_no = Some(String::new()),
        1 => p.world.spells[i as usize].twist().approval_no = Some("用编〔2023〕90001号".to_owned()),
        2 => {
            let approval = &mut p.world.approvals[a as usize];
            approval.on = s.entry + 20;
            approval.valid_to = s.entry + 385;
        }
        3 => {
            let approval = &mut p.world.approvals[a as usize];
            approval.on = s.entry - 380;
            approval.valid_to = s.entry - 15;
        }
        _ => {
            let second = s.entry + 1;
            let person = new_person(p, second);
            let mut other = spell(person, s.unit, s.quota_type, second, s.channel);
            other.approval = Some(a);
            let established = p.world.units[s.unit as usize].established;
            raise_quota(&mut p.world.units[s.unit as usize], s.quota_type, 1, established);
            p.push_spell(other);
            let span = Span { from: month_of(second), to: None };
            p.planted("Q09", Some(s.unit), Some(person), span, "approval used twice");
            return;
        }
    }
    p.planted("Q09", Some(s.unit), Some(s.person), span, "approval missing, unknown, late or expired");
}

/// Q13: a ledger that does not add up.
fn ledger(p: &mut Planter<'_, '_>, n: usize) {
    let Some(u) = p.unit(|w, u, _| one_lot(w, u, main_type(w, u))) else { return };
    let span = if n.is_multiple_of(2) {
        if let Some(lot) = p.world.units[u as usize].quotas.first_mut() {
            lot.opening += 1 + i64::try_from(n % 3).unwrap_or(0);
        }
        p.always()
    } else {
        let span = p.span(n);
        p.world.units[u as usize].total_shift = Some((span, 2));
        span
    };
    p.planted("Q13", Some(u), None, span, "ledger does not add up");
}

/// Abolishes a unit; its staff go to a neighbour, whose quota grows for them.
pub fn abolish(p: &mut Planter<'_, '_>, u: u32, on: Day, to: u32) {
    let moved: Vec<QuotaType> = p.spells_of[u as usize]
        .iter()
        .map(|i| &p.world.spells[*i as usize])
        .filter(|s| s.register && s.exit.is_none_or(|(e, _)| e > on))
        .map(|s| s.quota_type)
        .collect();
    let established = p.world.units[to as usize].established;
    for t in moved {
        raise_quota(&mut p.world.units[to as usize], t, 1, established);
    }
    changes::move_staff(p.world, &mut p.spells_of, u, to, on);
    close(p, u, on);
    p.person_used.resize(p.world.persons.len(), true);
}

/// The unit is struck off; quotas stay as they are.
fn close(p: &mut Planter<'_, '_>, u: u32, on: Day) {
    let unit = &mut p.world.units[u as usize];
    unit.abolished = Some(on);
    if let Some(r) = &mut unit.registration {
        r.deregistered = Some(on + 10);
    }
}

pub fn close_quotas(p: &mut Planter<'_, '_>, u: u32, on: Day) {
    let lots = &mut p.world.units[u as usize].quotas;
    // A lot that would begin later was never granted.
    lots.retain(|l| l.from < on);
    for lot in lots {
        lot.to = Some(lot.to.map_or(on, |t| t.min(on)));
    }
}

/// A small institution nobody stands under, with a neighbour to take its staff; both get a part.
pub fn dissolvable(p: &mut Planter<'_, '_>) -> Option<(u32, u32)> {
    let u = p.unit_by(|p, u| {
        let (w, unit) = (&*p.world, &p.world.units[u as usize]);
        let fits = unit.is_institution() && unit.size <= 14 && unit.posts.len() <= 3;
        let below = p.stands_above.get(u as usize).is_some_and(|above| *above);
        fits && !below && quiet(w, &p.spells_of[u as usize]) && changes::neighbour(w, u).is_some()
    })?;
    let to = changes::neighbour(p.world, u)?;
    p.unit_used[to as usize] = true;
    Some((u, to))
}

/// Q17: abolished, but the quota was never taken back; every second time the staff are still there and paid (P20).
fn abolished_with_quota(p: &mut Planter<'_, '_>, n: usize) {
    let Some((u, to)) = dissolvable(p) else { return };
    let on = last_day(p.world.last) - 120 - 20 * i32::try_from(n % 5).unwrap_or(0);
    if n % 2 == 1 {
        close(p, u, on);
    } else {
        abolish(p, u, on, to);
    }
    let span = p.always();
    p.planted("Q17", Some(u), None, span, "abolished, quota never taken back");
    if n % 2 == 1 {
        p.planted("P20", Some(u), None, span, "abolished, staff still paid");
    }
}

/// Q18: a crowd on the register that nobody pays.
fn unpaid_crowd(p: &mut Planter<'_, '_>, n: usize) {
    let found = p.unit(|w, u, spells| {
        let unit = &w.units[u as usize];
        unit.size >= 14
            && unit.funding != crate::synthetic::model::Funding::SelfFunded
            && unit.payer.is_none()
            && quiet(w, spells)
    });
    let Some(u) = found else { return };
    let span = p.span(n);
    for i in p.employees_of(u, 7 + n % 3) {
        p.world.spells[i as usize].twist().unpaid = Some(span);
    }
    p.planted("Q18", Some(u), None, span, "enrolled but unpaid");
}

/// The deputies' group of a unit: level, posts, holders.
fn deputies(p: &Planter<'_, '_>, u: u32) -> Option<(Leader, i64)> {
    let unit = &p.world.units[u as usize];
    let post = unit.posts.iter().find(|l| l.class == Class::Deputy)?;
    let holders = p.spells_of[u as usize]
        .iter()
        .filter_map(|i| p.world.spells[*i as usize].leader)
        .filter(|l| (l.scope, l.level, l.class) == (post.scope, post.level, post.class) && l.removed.is_none());
    let leader = Leader {
        scope: Scope::Leadership,
        level: post.level,
        class: Class::Deputy,
        appointed: 0,
        removed: None,
        concurrent: false,
    };
    Some((leader, post.approved - i64::try_from(holders.count()).unwrap_or(0)))
}

/// A unit with deputies and plain staff to promote.
pub fn unit_with_deputies(p: &mut Planter<'_, '_>) -> Option<(u32, Leader, i64)> {
    let u = p.unit(|w, u, spells| {
        let unit = &w.units[u as usize];
        let plain = spells.iter().filter(|i| super::ordinary(w, &w.spells[**i as usize])).count();
        unit.posts.iter().any(|l| l.class == Class::Deputy) && plain >= 5 && quiet(w, spells)
    })?;
    let (leader, room) = deputies(p, u)?;
    Some((u, leader, room))
}

/// L01: more deputies than posts, since years.
fn too_many_leaders(p: &mut Planter<'_, '_>, n: usize) {
    let Some((u, leader, room)) = unit_with_deputies(p) else { return };
    let extra = usize::try_from(room).unwrap_or(0) + 1 + n % 2;
    let appointed = first_day(p.world.first) - 800;
    for i in p.employees_of(u, extra) {
        p.world.spells[i as usize].leader =
            Some(Leader { appointed: appointed.max(p.world.spells[i as usize].entry), ..leader });
    }
    let span = p.always();
    p.planted("L01", Some(u), None, span, "more deputies than posts");
}

/// L03: a deputy is appointed although every post is held.
fn appointment_when_full(p: &mut Planter<'_, '_>, n: usize) {
    let Some((u, leader, room)) = unit_with_deputies(p) else { return };
    for post in p.world.units[u as usize].posts.iter_mut().filter(|l| l.class == Class::Deputy) {
        post.approved -= room;
    }
    let appointed = entry_day(p, n);
    for i in p.employees_of(u, 1) {
        p.world.spells[i as usize].leader = Some(Leader { appointed, ..leader });
        let person = p.world.spells[i as usize].person;
        let span = Span { from: month_of(appointed), to: None };
        p.planted("L03", Some(u), Some(person), span, "appointed to a full group");
        p.planted("L01", Some(u), None, span, "appointed to a full group");
    }
    debug_assert!(month_of(appointed) <= p.world.last && p.world.first > Month(0));
}
