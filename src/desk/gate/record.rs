//! Decisions in the ledger: every one is an event of the record `gate:G-…`; suspended ones are looked at again when cases close.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::decide::{Decision, Waiver};
use super::{Checked, Matter};
use crate::error::{Fault, Result};
use crate::kernel::secret::hex;
use crate::ledger::event::canonical;
use crate::ledger::{By, Expected, Filter, Move, Store};

/// What is kept of a decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Logged {
    pub number: String,
    pub unit_key: String,
    pub unit_name: String,
    pub matter: Matter,
    pub application: String,
    pub decision: Decision,
    /// Codes of the reasons.
    pub reasons: Vec<String>,
    pub reasons_zh: Vec<String>,
    /// Numbers of the open problems that counted.
    pub open: Vec<String>,
    pub waiver: Option<Waiver>,
    pub period: String,
    pub run_id: String,
    /// The day of the decision.
    pub day: String,
    /// Levels of subordinate units that counted.
    pub depth: u32,
    /// The ledger's last event when it was made.
    pub after: i64,
}

/// The number of a unit's matter: the same each time it is looked at.
#[must_use]
pub fn number(unit_key: &str, matter: &Matter, application: &str) -> String {
    let matter = serde_json::to_value(matter).map(|v| canonical(&v)).unwrap_or_default();
    let digest = hex(&Sha256::digest(format!("{unit_key}\n{matter}\n{application}")));
    format!("G-{}", &digest[..16])
}

/// A decision to be kept, and how many levels of subordinate units it counted.
pub type Made<'a> = (&'a Checked, u32);

/// Appends decisions, all or none; says of each whether it was. The same one again on the same day, with nothing changed between,
/// adds nothing.
///
/// # Errors
/// As [`Store::append`]. No number may stand among them twice: the second would be written over the first.
pub fn log(store: &mut dyn Store, decisions: &[Made<'_>], by: &By) -> Result<Vec<bool>> {
    let after = store.head()?.seq;
    let ids: Vec<String> = decisions.iter().map(|(checked, _)| format!("gate:{}", checked.number)).collect();
    let before = store.find(&ids.iter().map(String::as_str).collect::<Vec<_>>())?;
    let (mut events, mut expected, mut added) = (Vec::new(), Vec::new(), Vec::new());
    for ((checked, depth), id) in decisions.iter().zip(ids) {
        let logged = logged(checked, *depth, after);
        let record = before.get(&id);
        let last = record.and_then(|c| c.record.clone());
        let last: Option<Logged> = last.and_then(|r| serde_json::from_value(r).ok());
        let new = last.is_none_or(|l| Logged { after, ..l } != logged);
        added.push(new);
        if new {
            events.push(by.record(&id, checked.decision.words().0, &logged)?);
            expected.push(Expected { events: record.map_or(0, |c| c.events), case: id });
        }
    }
    if !events.is_empty() {
        store.append(&events, &expected)?;
    }
    Ok(added)
}

fn logged(checked: &Checked, depth: u32, after: i64) -> Logged {
    Logged {
        number: checked.number.clone(),
        unit_key: checked.facts.unit.key.clone(),
        unit_name: checked.facts.unit.name.clone(),
        matter: checked.matter.clone(),
        application: checked.application.clone(),
        decision: checked.decision,
        reasons: checked.reasons.iter().map(|r| r.code.to_owned()).collect(),
        reasons_zh: checked.reasons.iter().map(|r| r.words.zh.clone()).collect(),
        open: checked.problems.open.iter().map(|o| o.id.clone()).collect(),
        waiver: checked.waiver.clone(),
        period: checked.facts.period.clone(),
        run_id: checked.facts.run_id.clone(),
        day: checked.day.clone(),
        depth,
        after,
    }
}

/// The last decision on every matter, by number.
///
/// # Errors
/// As [`Store::records`].
pub fn decisions(store: &dyn Store) -> Result<Vec<Logged>> {
    let mut all = Vec::new();
    store.records("gate", &mut |record| {
        let id = record.id.clone();
        let logged = record.record.map(serde_json::from_value::<Logged>);
        match logged {
            Some(Ok(logged)) => all.push(logged),
            _ => return Err(Fault::Reconciliation(format!("the ledger's record {id} is no gate decision"))),
        }
        Ok(())
    })?;
    Ok(all)
}

/// Cases of units that were closed, or found to be unfounded, after an event: what makes a suspended matter worth another look.
///
/// # Errors
/// As [`Store::events`].
pub fn closed_since(store: &dyn Store, units: &[String], after: i64) -> Result<Vec<String>> {
    let mut closed = Vec::new();
    for unit in units {
        let mut ids = Vec::new();
        store.cases(&Filter { unit: Some(unit.clone()), ..Filter::default() }, &mut |case| {
            // An unfounded problem is gone as well.
            if !case.state.is_open() {
                ids.push(case.id);
            }
            Ok(())
        })?;
        for id in ids {
            let ends = [Move::Close, Move::CloseAtOnce, Move::Reject, Move::Withdraw];
            if store.events_of(&id)?.iter().any(|e| e.seq > after && ends.contains(&e.what)) {
                closed.push(id);
            }
        }
    }
    closed.sort();
    Ok(closed)
}
