//! Who unmasks names, now: for the log of the restricted zone.

use std::path::Path;

use super::RunReport;
use crate::error::Result;
use crate::publish::restricted::{self, Access};
use crate::table::Frame;

/// As whom this process acts.
fn who() -> String {
    let named = ["HEDUI_BY", "SUDO_USER", "LOGNAME", "USER"].into_iter().filter_map(|name| std::env::var(name).ok());
    named.map(|name| name.trim().to_owned()).find(|name| !name.is_empty()).unwrap_or_default()
}

fn now() -> String {
    chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// Notes that a run is about to publish its tables of unmasked names.
///
/// # Errors
/// When it cannot be noted.
pub(super) fn published(report: &RunReport, frames: &[Frame]) -> Result<()> {
    let (who, at) = (who(), now());
    let tables = frames.iter().filter(|f| restricted::holds(&f.path));
    let entries: Vec<Access<'_>> =
        tables.map(|f| entry(&at, &who, "published", &report.run_id, &f.path, f.len() as u64)).collect();
    restricted::log(&report.out, &entries)
}

/// Notes that somebody reads them.
///
/// # Errors
/// When it cannot be noted.
pub fn read(out: &Path, runs: &[String], query: &str, rows: usize, reason: &str) -> Result<()> {
    let (who, at, runs) = (who(), now(), runs.join(" "));
    let access = Access { reason, query, ..entry(&at, &who, "read", &runs, "", rows as u64) };
    restricted::log(out, &[access])
}

fn entry<'a>(at: &'a str, who: &'a str, what: &'a str, run_id: &'a str, table: &'a str, rows: u64) -> Access<'a> {
    let uid = rustix::process::getuid().as_raw();
    Access { at, who, uid, what, run_id, table, rows, reason: "", query: "" }
}
