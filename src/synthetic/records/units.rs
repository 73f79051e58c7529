//! Rows of units, of their quotas and of their registrations.

use super::{QuotaRow, RegistrationRow, UnitRow};
use crate::kernel::dates::Month;
use crate::synthetic::days::{Day, month_of};
use crate::synthetic::model::{Bucket, World, at};
use crate::synthetic::office;

pub(super) fn unit_rows(world: &World, month: Month, as_of: Day) -> Vec<UnitRow> {
    let mut out = Vec::new();
    for (u, unit) in world.units.iter().enumerate() {
        if !unit.listed || unit.established > as_of {
            continue;
        }
        let own: i64 = unit
            .quotas
            .iter()
            .filter(|l| l.bucket == Bucket::Own && l.from <= as_of && l.to.is_none_or(|t| t > as_of))
            .map(|l| l.approved)
            .sum();
        let shift = unit.total_shift.filter(|(span, _)| span.holds(month)).map_or(0, |(_, n)| n);
        out.push(UnitRow {
            unit: u32::try_from(u).unwrap_or_default(),
            name: unit.name(as_of).to_owned(),
            quota_total: own + shift,
            abolished: unit.abolished.filter(|a| *a <= as_of),
        });
    }
    out
}

pub(super) fn quota_rows(world: &World, as_of: Day) -> Vec<QuotaRow> {
    let mut out = Vec::new();
    for (u, unit) in world.units.iter().enumerate() {
        for lot in unit.quotas.iter().filter(|l| l.from <= as_of) {
            let mut lot = lot.clone();
            if let Some((_, day)) = lot.more.from_shown.filter(|(span, _)| span.holds(month_of(as_of))) {
                lot.from = day;
            }
            // Nobody writes down an end that has not come, but for pooled posts, which are lent for a term.
            if lot.bucket == Bucket::Own {
                lot.to = lot.to.filter(|t| *t <= as_of);
            }
            out.push(QuotaRow { unit: u32::try_from(u).unwrap_or_default(), lot });
        }
    }
    out
}

pub(super) fn registration_rows(world: &World, month: Month, as_of: Day) -> Vec<RegistrationRow> {
    let mut out = Vec::new();
    for (u, unit) in world.units.iter().enumerate() {
        let Some(r) = &unit.registration else { continue };
        if r.registered > as_of || !r.shown.holds(month) || r.hidden.is_some_and(|s| s.holds(month)) {
            continue;
        }
        out.push(RegistrationRow {
            unit: u32::try_from(u).unwrap_or_default(),
            name: at(&r.names, as_of).cloned().unwrap_or_default(),
            credit: at(&r.credit, as_of).cloned().unwrap_or_default(),
            other_names: r.other_names.clone(),
            legal_representative: at(&r.legal_representative, as_of).copied(),
            registered: r.registered,
            deregistered: r.deregistered.filter(|d| *d <= as_of),
            more: office::more(world, u32::try_from(u).unwrap_or_default(), as_of, r.registered),
            shown: None,
        });
    }
    out
}
