//! The closed loop: one account per problem, followed until the data shows it is put right.
//!
//! A ledger is a list of events that only grows (`event`); a case is what its events add up to (`case`); `state` has every
//! permitted move in one table. A [`Store`] keeps both: it appends events all or none, refuses forbidden moves, and names a
//! conflict when a case was changed since its writer read it. `sqlite` and `postgres` are the stores, `place` says which one;
//! what they share is in `writing`, `verify`, `row`, `sql` and `refusals`. `log` writes and reads the events as JSON lines.
//!
//! To add something that follows cases: read with [`Store::case`] or [`Store::cases`], make a [`NewEvent`] (people's moves
//! through [`act`], which holds the guards), and [`Store::append`] it with the number of events that you saw. What is no case
//! (a run, a judgement on a link, a gate decision, a draw, a letter) is a *record*: a stream `kind:name` of [`Move::Record`]
//! events whose last body is [`Case::record`]; it is hash-chained, exported and verified like everything else.

pub mod act;
pub mod balance;
pub mod body;
pub mod calendar;
pub mod case;
pub mod classes;
pub mod event;
pub mod feed;
mod guards;
pub mod log;
pub mod place;
pub mod postgres;
pub mod read_back;
pub mod reasons;
mod refusals;
mod row;
pub mod settings;
mod sql;
pub mod sqlite;
pub mod state;
pub mod store;
mod verify;
mod writing;

#[cfg(test)]
mod feed_tests;
#[cfg(test)]
mod tests;

pub use act::{By, Form, act, unknown_code};
pub use case::Case;
pub use event::{Event, FileRef, NewEvent};
pub use place::{AnyStore, Place};
pub use read_back::{LinkJudgement, QuietVerdict, ReadBack, quiet_verdicts, read_back};
pub use refusals::unknown_case;
pub use settings::Settings;
pub use sqlite::SqliteStore;
pub use state::{Guard, Move, State};
pub use store::{Expected, Filter, Head, Missing, Standing, Step, Store, Verified};
