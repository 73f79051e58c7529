//! The gate (机构编制事项预审): before posts are filled or a body is set up, what the registers and the ledger say of the unit.
//!
//! `published` asks the published tables once for all units that are looked at (`numbers` for their posts, `found` for open findings
//! where there is no ledger) and gives each unit's `facts`; `problems` asks the ledger; `decide` holds both against the matter; `sheet`
//! prints the pre-check sheet, `batch` the list of many; `record` logs decisions; `recheck` looks at suspended ones again when a case
//! closes, and logs that.

pub mod batch;
pub mod decide;
pub mod facts;
pub mod found;
pub mod numbers;
pub mod problems;
pub mod published;
pub mod recheck;
pub mod record;
pub mod sheet;

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::ask::Asking;
use super::units::Units;
use crate::error::Result;
use crate::kernel::dates::Month;
use crate::ledger::Store;

pub use decide::{Decision, Reason, Waiver};
use published::{Published, Subject};

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
pub fn check(out: &Path, store: Option<&dyn Store>, request: &Request) -> Result<Checked> {
    let mut asking = Asking::open(out, request.period)?;
    let units = Units::read(&mut asking)?;
    Gate::open(&mut asking, &units, store, [request])?.check(request)
}

/// A period's published tables and the ledger, open for many matters.
pub struct Gate<'a> {
    units: &'a Units,
    published: Published,
    store: Option<&'a dyn Store>,
}

impl<'a> Gate<'a> {
    /// Asks the published tables, once, for everything that these requests need. Requests that name no unit are left to be refused.
    ///
    /// # Errors
    /// What reading may give.
    pub fn open<'r>(
        asking: &mut Asking,
        units: &'a Units,
        store: Option<&'a dyn Store>,
        requests: impl IntoIterator<Item = &'r Request>,
    ) -> Result<Self> {
        let subjects: Vec<Subject> = requests.into_iter().filter_map(|r| subject(units, r).ok()).collect();
        let published = Published::read(asking, units.list.len(), &subjects, store.is_none())?;
        Ok(Self { units, published, store })
    }

    /// Looks at one of the requests that it was opened for.
    ///
    /// # Errors
    /// [`crate::error::Fault::Refused`] for an unknown unit or a waiver that is not whole; what reading the ledger may give.
    pub fn check(&self, request: &Request) -> Result<Checked> {
        if let Some(waiver) = &request.waiver {
            waiver.check(request.day)?;
        }
        let mut facts = self.published.facts(subject(self.units, request)?)?;
        let problems = match self.store {
            Some(store) => {
                let cases = problems::cases_of(store, &facts.family())?;
                facts.add_cases(store, &cases)?;
                problems::of_cases(&cases, request.day)
            }
            None => self.published.problems(&facts.family(), request.day)?,
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
}

fn subject(units: &Units, request: &Request) -> Result<Subject> {
    let unit = units.find(&request.unit)?.clone();
    let children = units.below(&unit, request.depth);
    Ok(Subject { unit, children })
}
