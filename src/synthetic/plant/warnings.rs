//! What the early warnings are to see coming: W02 to W07, and what only looks so.

use rand::Rng as _;

use super::search::Spells;
use super::{Planter, main_type, ordinary, quiet};
use crate::synthetic::days::{first_day, last_day};
use crate::synthetic::model::{Absence, Bucket, Class, QuotaLot, QuotaType, Reason, Scope, Sex, Span, Spell, World};
use crate::synthetic::staff_feeds::{Item, PostPlan, Retirement, birth_for, rebirth, track};

pub fn plant(p: &mut Planter<'_, '_>, people: usize, units: usize) {
    for n in 0..people {
        retirement_due(p, n);
        leave_ending(p, n);
    }
    for n in 0..units {
        plan(p, n);
        pool_ending(p, n);
        item_due(p, n);
        certificate(p, n);
    }
}

pub fn look_alikes(p: &mut Planter<'_, '_>, count: usize) {
    for n in 0..count {
        renewed_leave(p);
        retirement_put_off(p);
        item_closed(p, n);
        plan_that_fits(p);
        certificate_in_time(p);
    }
}

/// W03: the month of retirement lies a few months ahead.
fn retirement_due(p: &mut Planter<'_, '_>, n: usize) {
    let worker = n % 3 == 2;
    let fits = |w: &World, s: &Spell| {
        let plain = ordinary(w, s)
            || (worker && s.register && s.hr && s.pay && s.exit.is_none() && s.leader.is_none() && s.twist.is_none());
        let woman = w.persons[s.person as usize].sex == Sex::Female;
        plain
            && woman == (n % 3 != 0)
            && (s.quota_type == QuotaType::Worker) == worker
            && s.entry < first_day(w.first.plus(-40))
    };
    let found = if worker { p.spell_among(Spells::Workers, fits) } else { p.spell_where(fits) };
    let Some(i) = found else { return };
    let s = p.world.spells[i as usize].clone();
    let ahead = [1, 4, 9, 11][n % 4];
    let statutory = p.world.last.plus(ahead);
    let birth = birth_for(track(p.world, &s), statutory);
    let mut rng = p.rng.clone();
    rebirth(p.makers, p.world, &mut rng, s.person, birth);
    p.rng = rng;
    p.world.spells[i as usize].twist();
    let span = Span { from: statutory.plus(-12), to: Some(statutory.plus(1)) };
    p.planted("W03", Some(s.unit), Some(s.person), span, "retirement due");
}

/// W03: due within the year, but put off by an approval beyond it.
fn retirement_put_off(p: &mut Planter<'_, '_>) {
    let found =
        p.employee(|w, s| w.persons[s.person as usize].sex == Sex::Male && s.entry < first_day(w.first.plus(-40)));
    let Some(i) = found else { return };
    let s = p.world.spells[i as usize].clone();
    let statutory = p.world.last.plus(3);
    let birth = birth_for(track(p.world, &s), statutory);
    let mut rng = p.rng.clone();
    rebirth(p.makers, p.world, &mut rng, s.person, birth);
    p.rng = rng;
    p.world.spells[i as usize].twist();
    let retires = first_day(statutory.plus(20));
    let approved = first_day(p.world.first) - 5;
    let (person, unit) = (s.person, s.unit);
    p.world.staff.retirements.push(Retirement { person, unit, kind: "弹性延迟", retires, approved });
    p.look_alike("W03", Some(unit), Some(person), Span { from: p.world.first, to: None }, "put off beyond the horizon");
}

/// W05: a secondment that ends in some days.
fn leave_ending(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|w, s| !w.units[s.unit as usize].keeps_attendance) else { return };
    let s = p.world.spells[i as usize].clone();
    p.world.spells[i as usize].twist();
    let end = last_day(p.world.last);
    let to = end + [3, 12, 25, 30][n % 4];
    let reason = [Reason::Secondment, Reason::TemporaryPost, Reason::VillagePost][n % 3];
    p.world.absences.push(Absence { person: s.person, unit: s.unit, reason, from: to - 160, to: Some(to) });
    p.planted("W05", Some(s.unit), Some(s.person), Span { from: p.world.last, to: None }, "secondment about to end");
}

/// W05: ends in some days, and the next term is granted.
fn renewed_leave(p: &mut Planter<'_, '_>) {
    let Some(i) = p.employee(|w, s| !w.units[s.unit as usize].keeps_attendance) else { return };
    let s = p.world.spells[i as usize].clone();
    p.world.spells[i as usize].twist();
    let end = last_day(p.world.last);
    let turn = end + 10;
    // The next term was granted early and is on file already: it begins before this one ends.
    for (from, to) in [(turn - 150, turn), (end - 3, turn + 120)] {
        let reason = Reason::Secondment;
        p.world.absences.push(Absence { person: s.person, unit: s.unit, reason, from, to: Some(to) });
    }
    p.look_alike(
        "W05",
        Some(s.unit),
        Some(s.person),
        Span { from: p.world.last, to: None },
        "the next term is granted",
    );
}

/// W02: one more is planned than the posts allow.
fn plan(p: &mut Planter<'_, '_>, n: usize) {
    let found = p.unit(|w, u, spells| {
        let posts = &w.units[u as usize].posts;
        posts.iter().any(|l| l.class == Class::Deputy && l.scope == Scope::Leadership) && quiet(w, spells)
    });
    let Some(u) = found else { return };
    let post =
        p.world.units[u as usize].posts.iter().find(|l| l.class == Class::Deputy && l.scope == Scope::Leadership);
    let Some(post) = post.cloned() else { return };
    let span = Span { from: p.world.last.plus(-i32::try_from(n % 2).unwrap_or(0)), to: None };
    p.world.staff.plans.retain(|l| l.unit != u);
    let (scope, level, class) = (post.scope, post.level, post.class);
    p.world.staff.plans.push(PostPlan { unit: u, scope, level, class, leaving: 0, joining: post.approved + 1, span });
    p.planted("W02", Some(u), None, span, "more planned than the posts allow");
}

/// W02: as many come as go.
fn plan_that_fits(p: &mut Planter<'_, '_>) {
    let found = p.unit(|w, u, spells| {
        let posts = &w.units[u as usize].posts;
        posts.iter().any(|l| l.class == Class::Chief && l.scope == Scope::Leadership) && quiet(w, spells)
    });
    let Some(u) = found else { return };
    let post = p.world.units[u as usize].posts.iter().find(|l| l.class == Class::Chief && l.scope == Scope::Leadership);
    let Some(post) = post.cloned() else { return };
    let span = Span { from: p.world.last.plus(-1), to: None };
    p.world.staff.plans.retain(|l| l.unit != u);
    let (scope, level, class) = (post.scope, post.level, post.class);
    p.world.staff.plans.push(PostPlan { unit: u, scope, level, class, leaving: 1, joining: 1, span });
    p.look_alike("W02", Some(u), None, span, "as many come as go");
}

/// W06: pooled posts whose term is nearly over.
fn pool_ending(p: &mut Planter<'_, '_>, n: usize) {
    let Some(u) = p.unit(|w, _, spells| quiet(w, spells) && spells.len() > 5) else { return };
    let t = main_type(p.world, u);
    let end = last_day(p.world.last);
    let to = end + [20, 50, 88][n % 3];
    p.world.units[u as usize].quotas.push(QuotaLot {
        quota_type: t,
        bucket: Bucket::Pooled,
        opening: 1,
        added: 0,
        cut: 0,
        approved: 1,
        from: end - 700,
        to: Some(to),
        document: "编周转〔2024〕2号".to_owned(),
        more: crate::synthetic::quota_feeds::LotMore::default(),
    });
    p.planted("W06", Some(u), None, Span { from: p.world.first, to: None }, "pooled posts about to end");
}

/// A registered institution without a part yet whose certificate ends on a day.
fn ends(p: &mut Planter<'_, '_>, end: i32) -> Option<u32> {
    let u = p.unit(|w, u, _| {
        let unit = &w.units[u as usize];
        let orderly = unit.registration.as_ref().is_some_and(|r| r.deregistered.is_none() && r.hidden.is_none());
        orderly && !w.office.contains_key(&u)
    })?;
    p.world.office.entry(u).or_default().certificate_end = vec![(i32::MIN, end)];
    Some(u)
}

/// W04: the certificate ends within ninety days.
fn certificate(p: &mut Planter<'_, '_>, n: usize) {
    let end = last_day(p.world.last) + [40, 60, 90][n % 3];
    let Some(u) = ends(p, end) else { return };
    p.planted("W04", Some(u), None, Span { from: p.world.last, to: None }, "certificate about to expire");
}

/// W04: a hundred days are left.
fn certificate_in_time(p: &mut Planter<'_, '_>) {
    let end = last_day(p.world.last) + 100;
    let Some(u) = ends(p, end) else { return };
    p.look_alike("W04", Some(u), None, Span { from: p.world.last, to: None }, "a hundred days are left");
}

/// W07: an item that falls due within the month, or is overdue.
fn item_due(p: &mut Planter<'_, '_>, n: usize) {
    let Some(u) = p.unit(|_, _, spells| spells.len() > 3) else { return };
    let end = last_day(p.world.last);
    let due = end + [-12, 5, 14, 28][n % 4];
    let assigned = due - 90 - p.rng.random_range(0..60);
    let status = ["整改中", "待验收", "长期消化"][n % 3];
    p.world.staff.items.push(Item { unit: u, no: format!("整改-{u:05}"), status, assigned, due, closed: None });
    p.planted("W07", Some(u), None, Span { from: p.world.first, to: None }, "item due or overdue");
}

/// W07: due within the month, and closed.
fn item_closed(p: &mut Planter<'_, '_>, n: usize) {
    let Some(u) = p.unit(|_, _, spells| spells.len() > 3) else { return };
    let end = last_day(p.world.last);
    let due = end + [-20, 10][n % 2];
    let no = format!("整改-{u:05}");
    let (assigned, closed) = (due - 120, Some(due - 30));
    p.world.staff.items.push(Item { unit: u, no, status: "已销号", assigned, due, closed });
    p.look_alike("W07", Some(u), None, Span { from: p.world.last, to: None }, "closed in time");
}
