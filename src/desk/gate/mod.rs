//! The gate (机构编制事项预审): before posts are filled or a body is set up, what the registers and the ledger say of the unit.
//!
//! `facts` asks the published tables, `problems` the ledger (or the published findings where there is none), `decide` holds both
//! against the matter, `sheet` prints the pre-check sheet, `record` logs the decision; `recheck` looks at suspended ones again when a case closes, and logs that.

pub mod decide;
pub mod facts;
pub mod problems;
pub mod recheck;
pub mod record;
pub mod sheet;

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::ask::Asking;
use super::units::Units;
use crate::error::Result;
use crate::kernel::dates::Month;
use crate::ledger::{Settings, Store};

pub use decide::{Decision, Reason, Waiver};

/// What is applied for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Matter {
    /// So many people are to enter on posts of a type; always the unit's own posts.
    Entry { quota_type: String, people: i64 },
    /// So many leaders are to be appointed.
    Leader { scope: String, level: String, class: String, people: i64 },
    /// A new unit is to be set up below this one.
    NewUnit { name: String },
    /// The unit's rank is to change.
    Rank { to: String },
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Key, code, credit code or whole name.
    pub unit: String,
    pub matter: Matter,
    /// The applicant's own number, where there is one.
    pub application: String,
    pub period: Option<Month>,
    /// How many levels of subordinate units count.
    pub depth: u32,
    pub waiver: Option<Waiver>,
    /// The day of the decision, days since 1970-01-01.
    pub day: i32,
}

/// Everything that the pre-check sheet shows.
#[derive(Debug, Clone, Serialize)]
pub struct Checked {
    /// `G-` and 16 hexadecimal characters: the same for a unit, matter and application.
    pub number: String,
    pub day: String,
    pub application: String,
    pub matter: Matter,
    #[serde(flatten)]
    pub facts: facts::Facts,
    pub problems: problems::Problems,
    pub decision: Decision,
    pub reasons: Vec<Reason>,
    pub waiver: Option<Waiver>,
}

/// Looks at a unit and a matter, and decides.
///
/// # Errors
/// [`crate::error::Fault::Configuration`] when nothing is published, [`crate::error::Fault::Refused`] for an unknown unit or a waiver
/// that is not whole; what reading may give.
pub fn check(out: &Path, ledger: Option<(&dyn Store, &Settings)>, request: &Request) -> Result<Checked> {
    let mut asking = Asking::open(out, request.period)?;
    let units = Units::read(&mut asking)?;
    check_in(&mut asking, &units, ledger, request)
}

/// The same on tables that are open.
///
/// # Errors
/// As [`check`].
pub fn check_in(
    asking: &mut Asking,
    units: &Units,
    ledger: Option<(&dyn Store, &Settings)>,
    request: &Request,
) -> Result<Checked> {
    if let Some(waiver) = &request.waiver {
        waiver.check(request.day)?;
    }
    let unit = units.find(&request.unit)?.clone();
    let children = units.below(&unit, request.depth);
    let mut facts = facts::gather(asking, unit, children)?;
    let problems = match ledger {
        Some((store, settings)) => {
            let problems = problems::of_ledger(store, settings, &facts.family(), request.day)?;
            facts::add_ledger_history(store, &mut facts)?;
            problems
        }
        None => problems::of_findings(asking, &facts.family(), request.day)?,
    };
    let (decision, reasons) = decide::decide(&facts, &problems, &request.matter, request.waiver.as_ref());
    Ok(Checked {
        number: record::number(&facts.unit.key, &request.matter, &request.application),
        day: crate::ledger::event::day_text(request.day),
        application: request.application.clone(),
        matter: request.matter.clone(),
        facts,
        problems,
        decision,
        reasons,
        waiver: request.waiver.clone(),
    })
}
