//! pipelines/*.toml to a plan to one run. The only clock, lock and manifest.
//!
//! `config` reads the file, `period` chooses the month, `run` walks the rooms in order, `set_aside` makes tables of what was
//! not taken, `manifest` writes down what happened, `accounts` tells rules what was read and linked, `access` writes down who unmasks names, `lock` keeps a second run out, `secret` keeps the workspace's key;
//! `ledger` carries people's decisions into the run and the run's findings into the ledger.

pub mod access;
pub mod accounts;
pub mod config;
pub mod ledger;
pub mod ledger_config;
mod ledger_frames;
pub mod lock;
pub mod manifest;
pub mod parameters;
pub mod period;
pub mod replay;
pub mod run;
pub mod secret_file;
pub mod set_aside;

pub use config::PipelineConfig;
pub use run::{RunOptions, RunReport, check, run};
