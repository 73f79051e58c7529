//! Frames to Parquet, staged, verified and committed by one rename; the manifest, the dictionary and the catalogue beside them.

use std::path::{Path, PathBuf};

use crate::detect::PastFinding;
use crate::error::Result;
use crate::kernel::dates::Month;
use crate::table::Frame;

/// What a run wants published.
#[derive(Debug)]
pub struct Publication<'a> {
    pub out: &'a Path,
    pub period: Month,
    pub run_id: &'a str,
    pub frames: &'a [Frame],
    /// The run's own part of the manifest: inputs, parameters, versions, counts, timings.
    pub manifest: serde_json::Value,
    /// Row groups and threads do not change bytes; this is only for tests that kill the process at a named step.
    pub failpoint: Option<&'a str>,
}

/// What was written.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Published {
    pub files: Vec<PublishedFile>,
    pub manifest_path: PathBuf,
}

#[derive(Debug, Clone, serde::Serialize)]
pub struct PublishedFile {
    /// Relative to the published root.
    pub path: String,
    pub table: String,
    pub rows: u64,
    pub bytes: u64,
    pub sha256: String,
}

/// Publishes a period whole, or not at all.
///
/// # Errors
/// [`crate::error::Fault::Machine`] when a write fails, [`crate::error::Fault::Reconciliation`] when what was written is not what was meant; the published tree is then as it was.
pub fn publish(publication: &Publication<'_>) -> Result<Published> {
    todo!("{publication:?}")
}

/// Findings of periods before `before`, from the published tables, sorted by period and id.
///
/// # Errors
/// [`crate::error::Fault::Machine`] or [`crate::error::Fault::Reconciliation`] when a published table cannot be read.
pub fn past_findings(out: &Path, before: Month) -> Result<Vec<PastFinding>> {
    todo!("{out:?}{before}")
}

/// Periods that are published, oldest first.
///
/// # Errors
/// [`crate::error::Fault::Machine`].
pub fn published_periods(out: &Path) -> Result<Vec<Month>> {
    todo!("{out:?}")
}

/// The manifest of the published run of a period.
///
/// # Errors
/// [`crate::error::Fault::Machine`] or [`crate::error::Fault::Reconciliation`].
pub fn manifest(out: &Path, period: Month) -> Result<Option<serde_json::Value>> {
    todo!("{out:?}{period}")
}
