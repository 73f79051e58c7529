//! pipelines/*.toml to a plan to one run. The only clock, lock and manifest.
//!
//! `config` reads the file, `period` chooses the month, `run` walks the rooms in order, `set_aside` makes tables of what was
//! not taken, `manifest` writes down what happened, `accounts` tells rules what was read and linked, `access` writes down who unmasks names, `lock` keeps a second run out, `secret` keeps the workspace's key;
//! `basis` says what a run rests on, `standing` whether a published run still stands, `cache` keeps what the next run need not do again;
//! `ledger` carries people's decisions into the run and the run's findings into the ledger.

pub mod access;
pub mod accounts;
pub mod attempts;
pub mod backfill;
pub mod basis;
pub mod cache;
pub mod config;
mod counts;
mod front;
pub mod inspect;
pub mod ledger;
pub mod ledger_config;
mod ledger_frames;
pub mod lock;
pub mod manifest;
pub mod memory;
pub mod parameters;
pub mod period;
mod reading;
pub mod replay;
pub mod run;
pub mod secret_file;
pub mod set_aside;
pub mod stages;
pub mod standing;

pub use config::PipelineConfig;
pub use inspect::check;
pub use run::{Outcome, RunOptions, RunReport, run};
pub use standing::Standing;
