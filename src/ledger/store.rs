//! What the ledger asks of a database. SQLite or PostgreSQL is behind it; `place` knows which, and nothing outside this room does.

use std::collections::BTreeMap;

use super::case::Case;
use super::event::{Event, NewEvent};
use super::state::State;
use crate::error::Result;

/// The last event of the whole ledger: the anchor that `verify` can be given later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// 0 for a ledger without events.
    pub seq: i64,
    pub hash: String,
}

/// Which cases to list. Empty lists ask for nothing.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub states: Vec<State>,
    /// The unit's key.
    pub unit: Option<String>,
    pub unit_name: Option<String>,
    pub class: Option<String>,
    pub rule: Option<String>,
    pub source: Option<String>,
    /// Only cases whose deadline is before this day.
    pub due_before: Option<i32>,
    /// Only those that a run which does not find them has something to say to.
    pub watched: bool,
    /// Only those that are open now or became anything after this month: among them all that were open at its end.
    pub open_around: Option<String>,
    pub limit: Option<u64>,
}

/// A writer's claim about a case: how many events it had when the writer read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    pub case: String,
    pub events: u32,
}

/// Whether a ledger that is not there is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    Make,
    Refuse,
}

/// An append-only store of events, with the cases they add up to kept beside them.
pub trait Store {
    /// Where it is, for messages; never with a password.
    fn name(&self) -> &str;

    /// The ledger's own name, made once.
    fn identity(&self) -> &str;

    /// # Errors
    /// [`crate::error::Fault::Machine`] or [`crate::error::Fault::Reconciliation`] when the database cannot be read.
    fn head(&self) -> Result<Head>;

    /// The last event that a person decided; what runs told does not count.
    ///
    /// # Errors
    /// As [`Store::head`].
    fn last_decision(&self) -> Result<Option<Head>>;

    /// A case or record as it stands.
    ///
    /// # Errors
    /// As [`Store::head`].
    fn case(&self, id: &str) -> Result<Option<Case>>;

    /// The cases and records with these ids, of those that there are: one question for all, where a server is far away.
    ///
    /// # Errors
    /// As [`Store::head`].
    fn find(&self, ids: &[&str]) -> Result<BTreeMap<String, Case>>;

    /// Cases in the order of their ids, never records.
    ///
    /// # Errors
    /// As [`Store::head`], and whatever `each` says.
    fn cases(&self, filter: &Filter, each: &mut dyn FnMut(Case) -> Result<()>) -> Result<()>;

    /// Records of a kind (the part of their id before the colon), in the order of their ids.
    ///
    /// # Errors
    /// As [`Store::cases`].
    fn records(&self, kind: &str, each: &mut dyn FnMut(Case) -> Result<()>) -> Result<()>;

    /// A case's events, oldest first.
    ///
    /// # Errors
    /// As [`Store::head`].
    fn events_of(&self, id: &str) -> Result<Vec<Event>>;

    /// All events after a number, oldest first.
    ///
    /// # Errors
    /// As [`Store::cases`].
    fn events(&self, after: i64, each: &mut dyn FnMut(Event) -> Result<()>) -> Result<()>;

    /// Appends events, all or none, and is on disk when it returns.
    ///
    /// Every case that `expected` names must still have that many events; a case it does not name is taken as it is found.
    ///
    /// # Errors
    /// [`crate::error::Fault::Locked`] when a case was changed meanwhile, or another writer holds the database;
    /// [`crate::error::Fault::Refused`] for a forbidden move; [`crate::error::Fault::Machine`] for a full disk.
    fn append(&mut self, events: &[NewEvent], expected: &[Expected]) -> Result<Head>;

    /// Steps between open, closed and unfounded of all months up to `month`, for the monthly balance.
    ///
    /// # Errors
    /// As [`Store::head`].
    fn steps(&self, month: &str) -> Result<Vec<Step>>;

    /// Open cases at the end of a month by class and unit, found case by case and not by adding up steps.
    ///
    /// # Errors
    /// As [`Store::head`].
    fn standing(&self, month: &str) -> Result<Vec<Standing>>;

    /// Reads everything again: the chain of hashes from the first event to the last, every case folded anew and held against
    /// the table of cases, and, when given, the hash of an event that must be in the chain.
    ///
    /// # Errors
    /// [`crate::error::Fault::Reconciliation`] naming the first event or case that is not as it was written.
    fn verify(&self, anchor: Option<&str>) -> Result<Verified>;

    /// Throws the table of cases away and folds it again from the events; the number of cases.
    ///
    /// # Errors
    /// [`crate::error::Fault::Reconciliation`] when the events do not add up.
    fn rebuild_cases(&mut self) -> Result<u64>;
}

/// What `verify` went through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub events: i64,
    /// Cases and records.
    pub cases: u64,
    pub head: Head,
    /// The number of the event that the anchor names.
    pub anchor_at: Option<i64>,
}

/// How often cases of a class and unit went one way in a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub month: String,
    pub class: String,
    pub unit_key: Option<String>,
    pub unit_name: Option<String>,
    pub opened: i64,
    pub reopened: i64,
    pub closed: i64,
    pub unfounded: i64,
}

/// Open cases of a class and unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub class: String,
    pub unit_key: Option<String>,
    pub open: i64,
}
