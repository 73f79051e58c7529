//! Precision and recall of published links and findings against a truth folder.

use std::path::Path;

use crate::error::Result;
use crate::kernel::dates::Month;

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

/// Scores one published period.
///
/// # Errors
/// [`crate::error::Fault::Configuration`] when the truth folder or the period is missing.
pub fn score(out: &Path, truth: &Path, period: Month) -> Result<Vec<Score>> {
    todo!("{out:?}{truth:?}{period}")
}
