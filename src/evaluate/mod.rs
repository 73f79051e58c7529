//! Precision and recall of published links and findings against a truth folder.
//!
//! `truth` reads what the generator wrote, `published` reads a period's Parquet, `findings` and `links` hold the one against
//! the other by the very rows they rest on: file and row, not names or keys.

use std::path::Path;

use crate::error::{Fault, Place, Result};
use crate::kernel::dates::Month;

mod findings;
mod links;
mod published;
#[cfg(test)]
mod tests;
mod truth;

/// One row of the score: a rule or a kind of link.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Score {
    /// `rule` or `link`.
    pub of: &'static str,
    /// Rule code, or `payroll`, `hr_staff`, … and `units:payroll` ….
    pub name: String,
    pub severity: Option<String>,
    pub expected: u64,
    pub found: u64,
    pub right: u64,
    /// Look-alikes that wrongly fired.
    pub look_alikes_fired: u64,
    pub precision: Option<f64>,
    pub recall: Option<f64>,
}

/// Rows whose link was given about the same probability, and how many of those links were right.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct CalibrationBin {
    /// Least and greatest probability of the bin: `from <= p < to`, the last one closed.
    pub from: f64,
    pub to: f64,
    pub rows: u64,
    pub mean_probability: f64,
    pub right_share: f64,
}

impl Score {
    fn new(of: &'static str, name: impl Into<String>, expected: u64, found: u64, right: u64) -> Self {
        let share = |part: u64, whole: u64| {
            #[expect(clippy::cast_precision_loss, reason = "counts of rows, far below 2^53")]
            (whole > 0).then(|| part as f64 / whole as f64)
        };
        Self {
            of,
            name: name.into(),
            severity: None,
            expected,
            found,
            right,
            look_alikes_fired: 0,
            precision: share(right, found),
            recall: share(right, expected),
        }
    }
}

fn missing(path: &Path, what: &str) -> Fault {
    Fault::configuration(Place::file(path.display().to_string()), "missing", format!("no {what}"))
}

/// Scores one published period: every rule that is expected or found, then every kind of link.
///
/// # Errors
/// [`crate::error::Fault::Configuration`] when the truth folder or the period is missing.
pub fn score(out: &Path, truth: &Path, period: Month) -> Result<Vec<Score>> {
    let truth = truth::Truth::read(truth, period)?;
    let published = published::Published::read(out, period, &truth)?;
    let mut scores = findings::score(&published, &truth);
    scores.extend(links::score(&published, &truth));
    Ok(scores)
}

/// How far the probabilities of person links can be believed, in bins of growing probability; empty bins are left out.
///
/// # Errors
/// [`crate::error::Fault::Configuration`] when the truth folder or the period is missing.
pub fn calibration(out: &Path, truth: &Path, period: Month) -> Result<Vec<CalibrationBin>> {
    let truth = truth::Truth::read(truth, period)?;
    let published = published::Published::read(out, period, &truth)?;
    Ok(links::calibration(&published, &truth))
}
