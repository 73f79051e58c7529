//! Where a ledger is: a file or a server, written as one URL.

use std::collections::BTreeMap;
use std::fmt;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use super::case::Case;
use super::event::{Event, NewEvent};
use super::log::Header;
use super::postgres::{Address, PostgresStore};
use super::sqlite::SqliteStore;
use super::store::{Expected, Filter, Head, Missing, Standing, Step, Store, Verified};
use super::writing::Taking;
use crate::error::{Fault, Result};

/// Where a ledger is.
#[derive(Debug, Clone)]
pub enum Place {
    Sqlite(PathBuf),
    Postgres(Box<Address>),
}

impl Place {
    /// `sqlite:FILE`, relative to `workspace`, or `postgres://USER@HOST/DATABASE?schema=…`.
    ///
    /// # Errors
    /// What is wrong with the URL and what to write instead. A password in it is refused and not repeated.
    pub fn parse(url: &str, workspace: &Path) -> std::result::Result<Self, (String, String)> {
        match url.split_once(':') {
            Some(("sqlite", file)) if !file.is_empty() => Ok(Self::Sqlite(workspace.join(file))),
            Some(("postgres" | "postgresql", _)) => Address::parse(url).map(|a| Self::Postgres(Box::new(a))),
            // Only how it begins: there may be a password further on.
            other => Err((
                format!("{}: is neither sqlite: nor postgres:", other.map_or(url, |(scheme, _)| scheme)),
                "write it as sqlite:ledger/hedui.sqlite, relative to the workspace, or as postgres://user@host/database"
                    .to_owned(),
            )),
        }
    }

    /// Takes the password from a file, where one is needed. Files have none.
    #[must_use]
    pub fn with_password_file(self, file: Option<PathBuf>) -> Self {
        match self {
            Self::Postgres(mut address) => {
                address.password_file = file;
                Self::Postgres(address)
            }
            other @ Self::Sqlite(_) => other,
        }
    }

    /// # Errors
    /// As [`SqliteStore::open`] and [`PostgresStore::open`].
    pub fn open(&self, missing: Missing) -> Result<AnyStore> {
        Ok(match self {
            Self::Sqlite(path) => AnyStore::Sqlite(SqliteStore::open(path, missing)?),
            Self::Postgres(address) => AnyStore::Postgres(Box::new(PostgresStore::open(address, missing)?)),
        })
    }

    /// Opens it if it is there.
    ///
    /// # Errors
    /// As [`Place::open`], but for a ledger that is not there.
    pub fn open_existing(&self) -> Result<Option<AnyStore>> {
        match self.open(Missing::Refuse) {
            Err(Fault::Refused(refusal)) if refusal.code == "no-ledger" => Ok(None),
            other => other.map(Some),
        }
    }

    /// A new ledger from an event log, event by event under the hashes that the log has.
    ///
    /// # Errors
    /// [`Fault::Refused`] when there is a ledger; [`Fault::Reconciliation`] naming the first line that does not fit, and then
    /// nothing is left behind.
    pub fn make_from_log(&self, log: &mut dyn BufRead) -> Result<Head> {
        let mut lines = log.lines();
        let first = lines.next().transpose()?.unwrap_or_default();
        let header: Header =
            serde_json::from_str(&first).map_err(|e| at_line(1, &format!("no event log of a ledger: {e}")))?;
        let promised = Head { seq: header.events, hash: header.head };
        self.make(&header.identity, &mut |mut taking| {
            for (number, line) in (2_u64..).zip(&mut lines) {
                let event = Event::from_line(&line?).map_err(|why| at_line(number, &why))?;
                taking.take(event)?.map_err(|why| at_line(number, &why))?;
            }
            taking.finish(&promised)
        })
    }

    /// A new ledger with another's name, events and hashes, verified when it is whole.
    ///
    /// # Errors
    /// [`Fault::Refused`] when there is a ledger; [`Fault::Reconciliation`] when the other is not as it was written. Nothing is
    /// left behind then.
    pub fn make_copy(&self, from: &dyn Store) -> Result<Head> {
        let head = from.head()?;
        let head = self.make(from.identity(), &mut |mut taking| {
            from.events(0, &mut |event| {
                // What others add while this is copied stays where it is.
                if event.seq > head.seq {
                    return Ok(());
                }
                let seq = event.seq;
                taking.take(event)?.map_err(|why| {
                    Fault::Reconciliation(format!("{}: event {seq}: {why}; nothing was made", from.name()))
                })
            })?;
            taking.finish(&head)
        })?;
        self.open(Missing::Refuse)?.verify(Some(&head.hash))?;
        Ok(head)
    }

    fn make(&self, identity: &str, fill: &mut dyn FnMut(Taking<'_>) -> Result<Head>) -> Result<Head> {
        match self {
            Self::Sqlite(path) => SqliteStore::make(path, identity, fill),
            Self::Postgres(address) => PostgresStore::make(address, identity, fill),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(address) => write!(f, "{address}"),
        }
    }
}

fn at_line(number: u64, why: &str) -> Fault {
    Fault::Reconciliation(format!("event log, line {number}: {why}; nothing was made"))
}

/// An open ledger, wherever it is.
#[derive(Debug)]
pub enum AnyStore {
    Sqlite(SqliteStore),
    Postgres(Box<PostgresStore>),
}

/// Asks whichever store it is.
macro_rules! ask {
    ($store:ident, $($question:tt)+) => {
        match $store {
            Self::Sqlite(store) => store.$($question)+,
            Self::Postgres(store) => store.$($question)+,
        }
    };
}

impl Store for AnyStore {
    fn name(&self) -> &str {
        ask!(self, name())
    }
    fn identity(&self) -> &str {
        ask!(self, identity())
    }
    fn head(&self) -> Result<Head> {
        ask!(self, head())
    }
    fn last_decision(&self) -> Result<Option<Head>> {
        ask!(self, last_decision())
    }
    fn case(&self, id: &str) -> Result<Option<Case>> {
        ask!(self, case(id))
    }
    fn find(&self, ids: &[&str]) -> Result<BTreeMap<String, Case>> {
        ask!(self, find(ids))
    }
    fn cases(&self, filter: &Filter, each: &mut dyn FnMut(Case) -> Result<()>) -> Result<()> {
        ask!(self, cases(filter, each))
    }
    fn records(&self, kind: &str, each: &mut dyn FnMut(Case) -> Result<()>) -> Result<()> {
        ask!(self, records(kind, each))
    }
    fn events_of(&self, id: &str) -> Result<Vec<Event>> {
        ask!(self, events_of(id))
    }
    fn events(&self, after: i64, each: &mut dyn FnMut(Event) -> Result<()>) -> Result<()> {
        ask!(self, events(after, each))
    }
    fn append(&mut self, events: &[NewEvent], expected: &[Expected]) -> Result<Head> {
        ask!(self, append(events, expected))
    }
    fn steps(&self, month: &str) -> Result<Vec<Step>> {
        ask!(self, steps(month))
    }
    fn standing(&self, month: &str) -> Result<Vec<Standing>> {
        ask!(self, standing(month))
    }
    fn verify(&self, anchor: Option<&str>) -> Result<Verified> {
        ask!(self, verify(anchor))
    }
    fn rebuild_cases(&mut self) -> Result<u64> {
        ask!(self, rebuild_cases())
    }
}

#[cfg(test)]
impl AnyStore {
    /// Verifies with so many cases folded at once.
    pub(super) fn verify_in_lots_of(&self, cases: u64) -> Result<Verified> {
        ask!(self, verify_in_lots_of(None, cases))
    }
}
