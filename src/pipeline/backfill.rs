//! Which months of a range are to be run, by what became of them so far.

use std::path::Path;

use super::attempts::{Attempt, Attempts, Unfinished, change};
use crate::error::{Fault, Place, Result};
use crate::kernel::dates::Month;
use crate::publish;

/// Which months are run besides those that were never run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reprocess {
    None,
    /// Those whose last run failed.
    Failed,
    /// Those and the published ones: all.
    Completed,
}

impl Reprocess {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Failed => "failed",
            Self::Completed => "completed",
        }
    }
}

/// What became of a month so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Its run's name.
    Published(String),
    Failed {
        exit_code: u8,
        reason: String,
    },
    /// A run of it died.
    Interrupted,
    Waiting,
}

/// A month of the range, and whether it is to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub period: Month,
    pub state: State,
    pub run: bool,
}

/// A range of months, oldest first.
///
/// # Errors
/// [`Fault::Configuration`] when it ends before it begins or is longer than fifty years.
pub fn range(from: Month, to: Month) -> Result<Vec<Month>> {
    const MOST: i32 = 600;
    if to < from || to.0 - from.0 >= MOST {
        let message = format!("{from} to {to} is no range of months; write the older month first");
        return Err(Fault::configuration(Place::file("--from"), "bad-range", message));
    }
    Ok((0..=to.0 - from.0).map(|n| from.plus(n)).collect())
}

/// What is to be done with every month. A backfill asked for in the same words as one that died leaves out what that one did.
///
/// # Errors
/// [`Fault::Machine`] or [`Fault::Reconciliation`] when the published tree cannot be read.
pub fn plan(out: &Path, months: &[Month], reprocess: Reprocess, order: &str) -> Result<Vec<Entry>> {
    let attempts = Attempts::load(out);
    let done = attempts.backfill.as_ref().filter(|b| b.order == order).map(|b| b.done.as_slice()).unwrap_or_default();
    let entry = |&period: &Month| {
        let month = period.to_string();
        let published = publish::manifest(out, period)?.map(|m| m["run_id"].as_str().unwrap_or_default().to_owned());
        let state = match (attempts.months.get(&month), published) {
            // A run over a published month that failed or died: the month stands as it was, and is to be tried again.
            (Some(Attempt::Failed { exit_code, reason, .. }), _) => {
                State::Failed { exit_code: *exit_code, reason: reason.clone() }
            }
            (Some(Attempt::Begun { .. }), _) => State::Interrupted,
            (None, Some(run)) => State::Published(run),
            (None, None) => State::Waiting,
        };
        let run = match state {
            State::Waiting | State::Interrupted => true,
            State::Failed { .. } => reprocess != Reprocess::None,
            State::Published(_) => reprocess == Reprocess::Completed && !done.contains(&month),
        };
        Ok(Entry { period, state, run })
    };
    months.iter().map(entry).collect()
}

/// Notes that a month of a backfill is done, so that one asked for in the same words goes on after it.
///
/// # Errors
/// [`Fault::Machine`].
pub fn done(out: &Path, order: &str, period: Month) -> Result<()> {
    change(out, |attempts| {
        let fresh = || Unfinished { order: order.to_owned(), done: Vec::new() };
        let backfill = attempts.backfill.take().filter(|b| b.order == order);
        let mut backfill = backfill.unwrap_or_else(fresh);
        backfill.done.push(period.to_string());
        attempts.backfill = Some(backfill);
    })
}

/// Forgets the backfill: it came to its end.
///
/// # Errors
/// [`Fault::Machine`].
pub fn ended(out: &Path) -> Result<()> {
    change(out, |attempts| attempts.backfill = None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::attempts;

    #[test]
    fn a_range_runs_over_the_turn_of_a_year_and_not_backwards() {
        let month = |y, m| Month::new(y, m).expect("a month");
        let range = |a, b| super::range(a, b).map(|r| r.len());
        assert_eq!(range(month(2025, 11), month(2026, 2)).expect("a range"), 4);
        assert_eq!(range(month(2026, 2), month(2026, 2)).expect("a range"), 1);
        assert_eq!(range(month(2026, 2), month(2026, 1)).expect_err("none").exit_code(), 2);
    }

    #[test]
    fn a_failed_month_is_left_unless_asked_for_and_a_dead_one_is_run() {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path();
        let months = range(Month(24_320), Month(24_322)).expect("a range");
        attempts::begin(out, months[0]).expect("written");
        attempts::end(out, months[0], Some(&Fault::Reconciliation("no".to_owned())));
        attempts::begin(out, months[1]).expect("written");
        let runs = |reprocess| -> Vec<bool> {
            plan(out, &months, reprocess, "").expect("planned").iter().map(|e| e.run).collect()
        };
        assert_eq!(runs(Reprocess::None), [false, true, true]);
        assert_eq!(runs(Reprocess::Failed), [true, true, true]);
    }
}
