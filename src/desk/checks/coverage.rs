//! How far the year's share of units has been drawn and checked.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::draws::draws;
use super::list::Kind;
use super::results::Outcome;
use crate::desk::units::Units;
use crate::error::Result;
use crate::ledger::Store;

/// One nature of units, or all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// Nature in the register; empty for the sum.
    pub kind: String,
    /// Active units of the register.
    pub units: usize,
    /// Drawn in the year.
    pub drawn: usize,
    /// With a result.
    pub checked: usize,
    /// In which something was found.
    pub problems: usize,
    /// Tenths of a per cent of the units that were checked.
    pub checked_tenths: usize,
    /// Units that have still to be checked for the share asked for.
    pub missing: usize,
}

/// A unit that was drawn and has no result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waiting {
    pub draw: String,
    pub key: String,
    pub name: String,
    pub inspectors: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    pub year: i32,
    /// Per cent asked for.
    pub percent: u32,
    pub total: Share,
    pub kinds: Vec<Share>,
    pub waiting: Vec<Waiting>,
    /// Drawn in the year, but no active unit of the register any more.
    pub gone: usize,
}

/// The year's coverage of the units that are active now.
///
/// # Errors
/// What reading the ledger may give.
pub fn coverage(store: &dyn Store, units: &Units, year: i32, percent: u32) -> Result<Coverage> {
    let mut results: BTreeMap<(String, String), bool> = BTreeMap::new();
    store.records("inspection", &mut |record| {
        if let Some(Ok(o)) = record.record.map(serde_json::from_value::<Outcome>) {
            results.insert((o.draw, o.key), o.problem);
        }
        Ok(())
    })?;
    let active: BTreeSet<&str> = units.list.iter().filter(|u| u.active).map(|u| u.key.as_str()).collect();
    let mut drawn: BTreeMap<String, Option<bool>> = BTreeMap::new();
    let mut found = Coverage { year, percent, ..Coverage::default() };
    for draw in draws(store)?.into_iter().filter(|d| d.kind == Kind::Units && d.year == year) {
        for (key, sent) in draw.drawn {
            if !active.contains(key.as_str()) {
                found.gone += 1;
                continue;
            }
            let result = results.get(&(draw.id.clone(), key.clone())).copied();
            if result.is_none() {
                let inspectors = sent.inspectors;
                found.waiting.push(Waiting { draw: draw.id.clone(), key: key.clone(), name: sent.name, inspectors });
            }
            let known = drawn.entry(key).or_default();
            // Either of two checks of a unit counts; a problem found by one is found.
            *known = (*known).max(result);
        }
    }
    let mut kinds: BTreeMap<String, Share> = BTreeMap::new();
    for unit in units.list.iter().filter(|u| u.active) {
        let share = kinds.entry(unit.nature.clone()).or_default();
        for share in [share, &mut found.total] {
            share.units += 1;
            if let Some(result) = drawn.get(&unit.key) {
                share.drawn += 1;
                share.checked += usize::from(result.is_some());
                share.problems += usize::from(*result == Some(true));
            }
        }
    }
    finish(&mut found.total, percent);
    for (kind, mut share) in kinds {
        finish(&mut share, percent);
        found.kinds.push(Share { kind, ..share });
    }
    Ok(found)
}

fn finish(share: &mut Share, percent: u32) {
    share.checked_tenths = (share.checked * 1000).checked_div(share.units).unwrap_or(0);
    share.missing = (share.units * percent as usize).div_ceil(100).saturating_sub(share.checked);
}
