//! Problems with leaders: rank, invented posts, several posts, stale ledgers, two records, sections, dates, vacancies.

use super::Planter;
use super::search::{Units, any_unit};
use crate::synthetic::days::{Day, first_day};
use crate::synthetic::model::{Channel, Class, Leader, Nature, PostLot, Rank, Scope, World};
use crate::synthetic::people::spell;
use crate::synthetic::posts::raise_quota;
use crate::synthetic::quota_feeds::{HrTwist, Section, Updated};

pub fn plant(p: &mut Planter<'_, '_>, units: usize, people: usize) {
    for n in 0..units {
        above(p, n);
        several(p);
        stale(p, n);
        sections(p, n);
        before(p, n);
        vacant(p);
    }
    for n in 0..people.div_ceil(2) {
        invented(p, n);
        records(p, n);
    }
}

/// The rank above; the highest stays.
pub fn higher(rank: Rank) -> Rank {
    match rank {
        Rank::Division | Rank::DeputyDivision => Rank::Division,
        Rank::Section => Rank::DeputyDivision,
        Rank::DeputySection => Rank::Section,
        Rank::Staff => Rank::DeputySection,
    }
}

/// A leader in office since long of a unit without a part yet; unit and person are taken.
pub fn leader(p: &mut Planter<'_, '_>, fits: impl Fn(&World, u32, &Leader) -> bool) -> Option<(u32, u32)> {
    leader_among(p, None, fits)
}

/// The same at a unit of a rare kind.
pub fn leader_among(
    p: &mut Planter<'_, '_>,
    kind: Option<Units>,
    fits: impl Fn(&World, u32, &Leader) -> bool,
) -> Option<(u32, u32)> {
    let settled = first_day(p.world.first.plus(-14));
    let in_office = |w: &World, u: u32, i: u32| {
        let s = &w.spells[i as usize];
        s.register
            && s.hr
            && s.exit.is_none()
            && s.twist.is_none()
            && s.leader.is_some_and(|l| l.removed.is_none() && !l.concurrent && l.appointed < settled && fits(w, u, &l))
    };
    let u = p.unit_among(kind, |w, u, spells| spells.iter().any(|i| in_office(w, u, *i)))?;
    let i = p.spells_of[u as usize].iter().copied().find(|i| in_office(p.world, u, *i))?;
    p.person_used[p.world.spells[i as usize].person as usize] = true;
    Some((u, i))
}

/// A unit with posts of deputies and without a part yet, taken, with the kind of post.
pub fn deputies(p: &mut Planter<'_, '_>) -> Option<(u32, PostLot)> {
    let of = |w: &World, u: u32| {
        let kind = |l: &&PostLot| l.scope == Scope::Leadership && l.class == Class::Deputy;
        w.units[u as usize].posts.iter().find(kind).cloned()
    };
    let u = p.unit(|w, u, _| of(w, u).is_some())?;
    of(p.world, u).map(|l| (u, l))
}

/// In office on a post since a day.
pub fn holder(post: &PostLot, appointed: Day) -> Leader {
    let (scope, level, class) = (post.scope, post.level, post.class);
    Leader { scope, level, class, appointed, removed: None, concurrent: false }
}

/// L02: a level above the post.
fn above(p: &mut Planter<'_, '_>, n: usize) {
    let class = if n.is_multiple_of(2) { Class::Deputy } else { Class::Chief };
    let found = leader(p, |_, _, l| l.scope == Scope::Leadership && l.class == class && l.level != Rank::Division);
    let Some((u, i)) = found else { return };
    let person = p.world.spells[i as usize].person;
    if let Some(l) = &mut p.world.spells[i as usize].leader {
        l.level = higher(l.level);
    }
    let span = p.always();
    p.planted("L02", Some(u), Some(person), span, "a level above the post");
}

/// L04: a post that the ledger does not have.
fn invented(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|w, s| !w.units[s.unit as usize].posts.is_empty()) else { return };
    let s = p.world.spells[i as usize].clone();
    let span = p.always();
    if n.is_multiple_of(2) {
        let appointed = (first_day(p.world.first) - 700).max(s.entry);
        let level = Rank::Staff;
        p.world.spells[i as usize].leader = Some(Leader {
            scope: Scope::Section,
            level,
            class: Class::Deputy,
            appointed,
            removed: None,
            concurrent: false,
        });
    } else {
        let position = Some(["局长助理", "主任助理", "总工程师", "专职副主席"][n / 2 % 4]);
        p.world.quota_feeds.hr.insert(i, HrTwist { position, ..HrTwist::default() });
    }
    p.planted("L04", Some(s.unit), Some(s.person), span, "a post that the ledger does not have");
}

/// L06: a leader here and, on the register, there too. Such a person is enrolled twice (E04) as well.
fn several(p: &mut Planter<'_, '_>) {
    let Some((_, i)) = leader(p, |_, _, l| l.scope == Scope::Leadership && l.class == Class::Deputy) else { return };
    let Some((other, post)) = deputies(p) else { return };
    let s = p.world.spells[i as usize].clone();
    let appointed = first_day(p.world.first) - 800;
    let t = super::main_type(p.world, other);
    let mut second = spell(s.person, other, t, appointed, Channel::Appointment);
    (second.hr, second.pay) = (false, false);
    second.leader = Some(holder(&post, appointed));
    let established = p.world.units[other as usize].established;
    raise_quota(&mut p.world.units[other as usize], t, 1, established);
    for lot in p.world.units[other as usize].posts.iter_mut().filter(|l| l.class == Class::Deputy) {
        lot.approved += 1;
    }
    p.push_spell(second);
    let span = p.always();
    p.planted("L06", None, Some(s.person), span, "a leader of two units");
    p.planted("E04", None, Some(s.person), span, "a leader of two units");
}

/// L07: nobody went through the posts for long.
fn stale(p: &mut Planter<'_, '_>, n: usize) {
    let found = any_unit(p, |w, u| !w.units[u as usize].posts.is_empty() && !w.quota_feeds.updated.contains_key(&u));
    let Some(u) = found else { return };
    let updated = if n.is_multiple_of(2) { Updated::On(first_day(p.world.first) - 200) } else { Updated::Ago(260) };
    p.world.quota_feeds.updated.insert(u, updated);
    let span = p.always();
    p.planted("L07", Some(u), None, span, "leader posts not gone through");
}

/// L08: HR says otherwise. Organs only, so that no registration hangs on it.
fn records(p: &mut Planter<'_, '_>, n: usize) {
    let chief = n % 3 != 2;
    let found = leader_among(p, Some(Units::Bodies), |w, u, l| {
        let organ = matches!(w.units[u as usize].nature, Nature::Organ | Nature::Mass);
        organ && l.scope == Scope::Leadership && (l.class == Class::Chief) == chief
    });
    let Some((u, i)) = found else { return };
    let s = p.world.spells[i as usize].clone();
    let Some(l) = s.leader else { return };
    let span = p.span(n);
    let twist = match n % 3 {
        0 => HrTwist { head: Some(None), ..HrTwist::default() },
        1 => HrTwist { head: Some(Some(l.appointed - 200)), ..HrTwist::default() },
        _ => HrTwist {
            level: Some(if l.level == Rank::Staff { Rank::Section } else { Rank::Staff }),
            ..HrTwist::default()
        },
    };
    p.world.quota_feeds.hr.insert(i, HrTwist { span: Some(span), ..twist });
    p.planted("L08", Some(u), Some(s.person), span, "HR and the register differ");
}

/// L09: more heads than the section's posts carry.
fn sections(p: &mut Planter<'_, '_>, n: usize) {
    let Some(u) = any_unit(p, |w, u| {
        let unit = &w.units[u as usize];
        let told = w.quota_feeds.sections.iter().any(|s| s.unit == u);
        !told && !unit.police && unit.posts.iter().any(|l| l.scope == Scope::Section && l.approved > 1)
    }) else {
        return;
    };
    let (quota, heads) = [(3, 2), (7, 3), (12, 4)][n % 3];
    let from = p.world.units[u as usize].established;
    p.world.quota_feeds.sections.push(Section { unit: u, name: "办公室", quota, heads, from });
    let span = p.always();
    p.planted("L09", Some(u), None, span, "too many heads for the section");
}

/// L10: in office before the unit or its posts were.
fn before(p: &mut Planter<'_, '_>, n: usize) {
    let of_unit = n.is_multiple_of(2);
    let found = leader_among(p, of_unit.then_some(Units::Bodies), |w, u, l| {
        let organ = w.units[u as usize].nature == Nature::Organ;
        l.scope == Scope::Leadership && l.class == Class::Deputy && (organ || !of_unit)
    });
    let Some((u, i)) = found else { return };
    let s = p.world.spells[i as usize].clone();
    let Some(l) = s.leader else { return };
    let day = l.appointed + 200;
    let unit = &mut p.world.units[u as usize];
    if of_unit {
        unit.established = day;
    } else {
        for lot in unit.posts.iter_mut().filter(|x| (x.scope, x.class) == (l.scope, l.class)) {
            lot.from = day;
        }
    }
    let span = p.always();
    p.planted("L10", Some(u), Some(s.person), span, "appointed before the post existed");
}

/// L05: a post that nobody ever held.
fn vacant(p: &mut Planter<'_, '_>) {
    let Some((u, leader)) = deputies(p) else { return };
    let from = first_day(p.world.first.plus(-60));
    let post = PostLot { scope: leader.scope, level: leader.level, class: leader.class, approved: 1, from };
    p.world.units[u as usize].posts.push(post);
    let span = p.always();
    p.planted("L05", Some(u), None, span, "a post that nobody holds");
}
