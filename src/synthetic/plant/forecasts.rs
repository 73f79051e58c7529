//! P13, T08, T09, W08 and W09: pay off the table, units unlike their peers, waves of retirement, reports and ledgers due.

use std::collections::BTreeSet;

use super::search::any_unit_by;
use super::{Planter, main_type, one_lot, ordinary, quiet};
use crate::synthetic::days::first_day;
use crate::synthetic::model::{QuotaType, Span, Spell, World};
use crate::synthetic::office::Filing;
use crate::synthetic::posts::raise_quota;
use crate::synthetic::quota_feeds::Updated;
use crate::synthetic::staff_feeds::{birth_for, rebirth, track};

pub fn plant(p: &mut Planter<'_, '_>, people: usize, units: usize) {
    for n in 0..people {
        off_table(p, n);
    }
    let parted = super::trends::with_parts(p.world);
    for n in 0..units {
        wave(p, n, false);
        unfiled(p, &parted);
        old_ledger(p, false);
    }
}

/// T08.
pub fn outliers(p: &mut Planter<'_, '_>, units: usize) {
    for _ in 0..units {
        vacant(p, false);
    }
}

pub fn look_alikes(p: &mut Planter<'_, '_>, count: usize) {
    let parted = super::trends::with_parts(p.world);
    for n in 0..count {
        near_table(p, n);
        vacant(p, true);
        wave(p, n, true);
        exempt(p, &parted);
        old_ledger(p, true);
    }
}

/// Somebody paid by levels and steps that the table has.
fn tabled(w: &World, s: &Spell) -> bool {
    s.quota_type != QuotaType::Worker && (3..=8).contains(&s.level) && w.units[s.unit as usize].payer.is_none()
}

/// P13: a level above or below HR's, or an edition that was replaced long ago.
fn off_table(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(tabled) else { return };
    let span = p.span(n);
    let s = &mut p.world.spells[i as usize];
    let (person, unit) = (s.person, s.unit);
    let pay = &mut s.twist().pay;
    match n % 3 {
        0 => pay.off_table = Some((span, 26_500)),
        1 => pay.edition = Some(2),
        _ => pay.off_table = Some((span, -53_000)),
    }
    let span = if n % 3 == 1 { p.always() } else { span };
    p.planted("P13", Some(unit), Some(person), span, "paid off the table");
}

/// P13: the edition before, or a promotion that pay has not followed yet.
fn near_table(p: &mut Planter<'_, '_>, n: usize) {
    let last = p.world.last;
    if p.world.first == last {
        return;
    }
    let Some(i) = p.employee(tabled) else { return };
    let s = &mut p.world.spells[i as usize];
    let (person, unit) = (s.person, s.unit);
    let pay = &mut s.twist().pay;
    if n.is_multiple_of(2) {
        pay.edition = Some(1);
    } else {
        pay.hr_raised = Some(last);
    }
    let span = p.always();
    p.look_alike("P13", Some(unit), Some(person), span, "the edition before, or promoted this month");
}

/// T08: half as many posts again, all of them empty; at a small unit nobody compares.
fn vacant(p: &mut Planter<'_, '_>, small: bool) {
    let sizes = if small { 4..8 } else { 12..80 };
    let found = p.unit(|w, u, spells| {
        let here = spells.iter().filter(|i| ordinary(w, &w.spells[**i as usize])).count();
        quiet(w, spells) && sizes.contains(&spells.len()) && here > 2 && one_lot(w, u, main_type(w, u))
    });
    let Some(u) = found else { return };
    let t = main_type(p.world, u);
    let established = p.world.units[u as usize].established;
    let heads = i64::try_from(p.spells_of[u as usize].len()).unwrap_or(0);
    raise_quota(&mut p.world.units[u as usize], t, heads, established);
    let span = p.always();
    if small {
        p.look_alike("T08", Some(u), None, span, "empty posts at a small unit");
    } else {
        p.planted("T08", Some(u), None, span, "far more empty posts than elsewhere");
    }
}

/// T09: a third of the unit retires within a year, or three; at a small unit nobody counts.
fn wave(p: &mut Planter<'_, '_>, n: usize, small: bool) {
    let sizes = if small { 5..9 } else { 11..60 };
    let old = first_day(p.world.first.plus(-40));
    let fits = |w: &World, s: &Spell| ordinary(w, s) && s.entry < old;
    // Births touch nobody else's part, so a unit that has one already will do.
    let found = any_unit_by(p, |p, u| {
        let (w, spells) = (&*p.world, &p.spells_of[u as usize]);
        let free = |s: &&Spell| !p.person_used[s.person as usize] && fits(w, s);
        let able = spells.iter().map(|i| &w.spells[*i as usize]).filter(free);
        sizes.contains(&spells.len()) && {
            let able = able.count();
            able * 3 > spells.len() && able >= 4
        }
    });
    let Some(u) = found else { return };
    let wanted = (p.spells_of[u as usize].len() / 3).max(3);
    let chosen: Vec<u32> = p.spells_of[u as usize]
        .iter()
        .copied()
        .filter(|i| {
            let s = &p.world.spells[*i as usize];
            !p.person_used[s.person as usize] && fits(p.world, s)
        })
        .take(wanted)
        .collect();
    for (k, i) in (0_i32..).zip(chosen) {
        let s = p.world.spells[i as usize].clone();
        p.person_used[s.person as usize] = true;
        let ahead = if n.is_multiple_of(2) { 1 + 3 * (k % 4) } else { 16 + 5 * (k % 4) };
        let birth = birth_for(track(p.world, &s), p.world.last.plus(ahead));
        let mut rng = p.rng.clone();
        rebirth(p.makers, p.world, &mut rng, s.person, birth);
        p.rng = rng;
        p.world.spells[i as usize].twist();
    }
    let span = Span { from: p.world.last, to: None };
    if small {
        p.look_alike("T09", Some(u), None, span, "a third of a small unit");
    } else {
        p.planted("T09", Some(u), None, span, "a third of the unit retires");
    }
}

/// An institution whose reports nobody has a part for.
fn reporting(p: &mut Planter<'_, '_>, parted: &BTreeSet<u32>) -> Option<u32> {
    let old = first_day(p.world.first.plus(-30));
    p.unit(|w, u, _| super::trends::registered_alone(w, u, old, parted))
}

/// W08: from January to March, last year's report is not in.
fn unfiled(p: &mut Planter<'_, '_>, parted: &BTreeSet<u32>) {
    if p.world.last.month() > 3 {
        return;
    }
    let Some(u) = reporting(p, parted) else { return };
    let span = Span { from: p.world.last, to: None };
    p.world.office.entry(u).or_default().annual = Some((span, Filing::Missing));
    p.planted("W08", Some(u), None, span, "the report is due and not in");
}

/// W08: exempt, and on file as such.
fn exempt(p: &mut Planter<'_, '_>, parted: &BTreeSet<u32>) {
    if p.world.last.month() > 3 {
        return;
    }
    let Some(u) = reporting(p, parted) else { return };
    let span = Span { from: p.world.last, to: None };
    p.world.office.entry(u).or_default().annual = Some((span, Filing::Exempt));
    p.look_alike("W08", Some(u), None, span, "exempt from the report");
}

/// W09: in the last month of a quarter, gone through on the last day of the quarter before, or on the first of this one.
fn old_ledger(p: &mut Planter<'_, '_>, within: bool) {
    if p.world.last.month() % 3 != 0 {
        return;
    }
    let begun = first_day(p.world.last.plus(-2));
    let updated = |w: &World, u: u32| w.quota_feeds.updated.contains_key(&u);
    let Some(u) = p.unit(|w, u, _| !w.units[u as usize].posts.is_empty() && !updated(w, u)) else { return };
    p.world.quota_feeds.updated.insert(u, Updated::On(if within { begun } else { begun - 1 }));
    let span = Span { from: p.world.last, to: None };
    if within {
        p.look_alike("W09", Some(u), None, span, "gone through on the first day of the quarter");
    } else {
        p.planted("W09", Some(u), None, span, "not gone through this quarter");
    }
}
