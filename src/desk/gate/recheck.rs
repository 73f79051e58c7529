//! Suspended matters, looked at again: by hand, and by themselves whenever people close a case of the unit or of one below it.
//!
//! A second look decides nothing: it is logged as the record `recheck:G-…`, and the office checks the matter anew when it would pass.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::record::{Logged, closed_since, decisions};
use super::{Checked, Decision, Gate, Request};
use crate::desk::ask::Asking;
use crate::desk::units::Units;
use crate::error::{Fault, Result};
use crate::ledger::event::{day_of, day_text};
use crate::ledger::{By, Expected, Store};

/// A suspended matter as it stands now.
#[derive(Debug)]
pub struct Again {
    pub logged: Logged,
    /// Nothing when the unit is not published any more: it stays suspended.
    pub now: Option<Checked>,
    /// Cases closed, or found to be unfounded, since it was suspended.
    pub closed: Vec<String>,
}

/// What is kept of a second look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rechecked {
    pub number: String,
    pub unit_key: String,
    pub unit_name: String,
    /// The day of the decision that is looked at again.
    pub suspended_on: String,
    pub day: String,
    pub now: Decision,
    /// Codes of the reasons that stand now.
    pub reasons: Vec<String>,
    /// Cases closed, or found to be unfounded, since then.
    pub closed: Vec<String>,
}

/// Looks at suspended matters again; with `only`, at those whose unit, or a unit below it that counts, is among these keys.
///
/// # Errors
/// What reading may give.
pub fn again(asking: &mut Asking, store: &dyn Store, day: i32, only: Option<&BTreeSet<String>>) -> Result<Vec<Again>> {
    let suspended = decisions(store)?.into_iter().filter(|l| l.decision == Decision::Suspend);
    let mut suspended: Vec<Logged> = suspended.collect();
    if suspended.is_empty() {
        return Ok(Vec::new());
    }
    let units = Units::read(asking)?;
    if let Some(only) = only {
        suspended.retain(|l| {
            let below = units.find(&l.unit_key).map(|u| units.below(u, l.depth)).unwrap_or_default();
            only.contains(&l.unit_key) || below.iter().any(|u| only.contains(&u.key))
        });
    }
    let request = |logged: &Logged| Request {
        unit: logged.unit_key.clone(),
        matter: logged.matter.clone(),
        application: logged.application.clone(),
        period: None,
        depth: logged.depth,
        // A waiver that did not lift it then, or has ended, does not now.
        waiver: logged.waiver.clone().filter(|w| day_of(&w.until).is_some_and(|until| until >= day)),
        day,
    };
    let requests: Vec<Request> = suspended.iter().map(request).collect();
    let gate = Gate::open(asking, &units, Some(store), &requests)?;
    let mut found = Vec::new();
    for (logged, request) in suspended.into_iter().zip(&requests) {
        let (now, closed) = match gate.check(request) {
            Ok(now) => {
                let closed = closed_since(store, &now.facts.family(), logged.after)?;
                (Some(now), closed)
            }
            Err(Fault::Refused(_)) => (None, Vec::new()),
            Err(other) => return Err(other),
        };
        found.push(Again { logged, now, closed });
    }
    Ok(found)
}

/// Logs second looks, all or none. One that says what the last one said adds nothing.
///
/// # Errors
/// As [`Store::append`].
pub fn log(store: &mut dyn Store, looks: &[Again], by: &By) -> Result<usize> {
    let (mut events, mut expected) = (Vec::new(), Vec::new());
    for look in looks {
        let Some(now) = &look.now else { continue };
        let id = format!("recheck:{}", look.logged.number);
        let kept = Rechecked {
            number: look.logged.number.clone(),
            unit_key: look.logged.unit_key.clone(),
            unit_name: look.logged.unit_name.clone(),
            suspended_on: look.logged.day.clone(),
            day: day_text(by.day),
            now: now.decision,
            reasons: now.reasons.iter().map(|r| r.code.to_owned()).collect(),
            closed: look.closed.clone(),
        };
        let before = store.case(&id)?;
        let last = before.as_ref().and_then(|c| c.record.clone());
        let last: Option<Rechecked> = last.and_then(|r| serde_json::from_value(r).ok());
        if last.is_some_and(|l| Rechecked { day: kept.day.clone(), ..l } == kept) {
            continue;
        }
        events.push(by.record(&id, "销号后复看", &kept)?);
        expected.push(Expected { case: id, events: before.map_or(0, |c| c.events) });
    }
    if !events.is_empty() {
        store.append(&events, &expected)?;
    }
    Ok(events.len())
}
