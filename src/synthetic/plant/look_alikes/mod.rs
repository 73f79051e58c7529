//! Look-alikes: what resembles a problem and is lawful. No rule may fire on them. They stand in clean worlds too.

use super::Planter;
use crate::synthetic::days::{first_day, month_of};
use crate::synthetic::model::{Channel, ExitReason, PayClass, Span};

mod pay_more;
mod persons;
mod quota_more;
mod registrations;
pub mod staff_more;
mod units;

/// Look-alikes of the rules on pools, loans, frozen units, transfers and leaders' records.
pub fn plant_quotas(p: &mut Planter<'_, '_>, count: usize) {
    quota_more::plant(p, count);
}

pub fn plant(p: &mut Planter<'_, '_>, count: usize) {
    natural(p);
    let shared = persons::of_shared_approval(p.world);
    for n in 0..count {
        units::plant(p, n);
        registrations::plant(p, n);
        persons::plant(p, n);
        persons::pay(p, shared);
    }
}

/// Of further rules of pay, after everything else.
pub fn pay_more(p: &mut Planter<'_, '_>, count: usize) {
    pay_more::plant(p, count);
}

/// What the history brings by itself: marked so that the score counts it.
fn natural(p: &mut Planter<'_, '_>) {
    let (first, last) = (p.world.first, p.world.last);
    let recent = first_day(last.plus(-10));
    let mut found: Vec<(&'static str, u32, Option<u32>, Span, &'static str)> = Vec::new();
    let mut left = [6_usize; 4];
    let mut once = |kind: usize| {
        left[kind] = left[kind].saturating_sub(1);
        left[kind] > 0
    };
    for s in &p.world.spells {
        let open = |month| Span { from: month, to: None };
        if s.register && s.channel == Channel::Veteran && s.entry >= recent && s.exit.is_none() && once(0) {
            found.push((
                "Q09",
                s.unit,
                Some(s.person),
                open(month_of(s.entry)),
                "veteran placed by policy needs no approval",
            ));
        }
        if s.class == PayClass::Retired && once(1) {
            found.push(("P01", s.unit, Some(s.person), open(month_of(s.entry)), "pension paid on the payroll"));
        }
        if let Some((exit, reason)) = s.exit
            && s.register
        {
            let month = month_of(exit);
            let only = Span { from: month, to: Some(month.plus(1)) };
            if reason == ExitReason::Death && (first..=last).contains(&month) && once(2) {
                found.push(("P02", s.unit, Some(s.person), only, "paid in the month of death"));
            }
            if reason == ExitReason::Transfer && (first..=last).contains(&month) && once(3) {
                found.push((
                    "P04",
                    s.unit,
                    Some(s.person),
                    Span { from: month, to: Some(month.plus(2)) },
                    "old unit pays the month of transfer, new unit the next",
                ));
            }
        }
    }
    for (u, unit) in p.world.units.iter().enumerate().filter(|(_, u)| u.quotas.len() > 1).take(400) {
        let raised = unit.quotas.iter().find(|l| l.from > first_day(last.plus(-24)) && l.added > 0);
        if let Some(lot) = raised {
            let span = Span { from: month_of(lot.from), to: None };
            found.push((
                "Q13",
                u32::try_from(u).unwrap_or_default(),
                None,
                span,
                "raised in mid-year, ledger closed and opened",
            ));
            break;
        }
    }
    for (rule, unit, person, span, note) in found {
        p.look_alike(rule, Some(unit), person, span, note);
    }
}
