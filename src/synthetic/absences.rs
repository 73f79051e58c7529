//! Lawful reasons for being away: secondment, leave, study, with their documents.

use rand::Rng as _;

use super::days::{Day, first_day, last_day};
use super::model::{Absence, PayClass, Reason, World};
use super::rng::{Purpose, stream};

/// One person in ninety is lawfully away.
pub fn grant(world: &mut World) {
    let end = last_day(world.last);
    for i in 0..world.spells.len() {
        let mut rng = stream(world.seed, Purpose::Absence, i as u64);
        let s = &world.spells[i];
        if !s.register
            || s.exit.is_some()
            || s.leader.is_some()
            || s.class != PayClass::InService
            || !rng.random_bool(1.0 / 90.0)
        {
            continue;
        }
        let reason = match rng.random_range(0..100) {
            0..40 => Reason::Secondment,
            40..52 => Reason::TemporaryPost,
            52..64 => Reason::VillagePost,
            64..76 => Reason::SickLeave,
            76..86 => Reason::Study,
            86..95 => Reason::MaternityLeave,
            _ => Reason::UnpaidLeave,
        };
        let from = (end - rng.random_range(60..600)).max(s.entry + 30);
        let to = if rng.random_bool(0.6) { Some(end + rng.random_range(40..500)) } else { None };
        // A secondment lasts half a year at most; who is away longer has a renewal.
        let (from, to) = if reason == Reason::Secondment {
            let from = (end - 10 - (end - from).rem_euclid(160)).max(s.entry + 30);
            (from, to.map(|_| from + 180))
        } else {
            (from, to)
        };
        // Unpaid leave begins with a month, so that its first month is not half paid.
        let from = if reason == Reason::UnpaidLeave { first_day(super::days::month_of(from)) } else { from };
        world.absences.push(Absence { person: s.person, unit: s.unit, reason, from, to });
    }
}

/// A reason for a long time as offices grant it: terms of half a year, each renewed the day the one before ends.
#[must_use]
pub fn renewed(person: u32, unit: u32, reason: Reason, from: Day, to: Day) -> Vec<Absence> {
    let mut out = Vec::new();
    let mut start = from;
    while start < to {
        let end = (start + 150).min(to);
        out.push(Absence { person, unit, reason, from: start, to: Some(end) });
        start = end;
    }
    out
}
