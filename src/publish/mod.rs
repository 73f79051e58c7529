//! Frames to Parquet, staged, verified and committed by one rename; the manifest, the dictionary and the catalogue beside them.
//!
//! `layout` says where everything stands and why. A publication goes: `disk` looks whether it can work at all, `stage`
//! writes and verifies a whole run where no reader looks, `commit` switches the period to it by one rename, `root`
//! brings the root's files into line. `failpoint` names the steps between which a test kills the process.
//! `restricted` is the zone of unmasked names. `history`, `past` and `query` read what is published; `script` writes out a rule as it ran, for DuckDB.
//!
//! Who writes holds the tree's lock (`pipeline::lock`); readers need none.

mod birth;
pub mod masked;
pub mod catalog;
pub mod commit;
pub mod dictionary;
pub mod disk;
pub mod failpoint;
pub mod format;
pub mod history;
pub mod layout;
pub mod parquet;
pub mod past;
pub mod query;
pub mod readers;
pub mod restricted;
pub mod root;
pub mod script;
pub mod sort;
pub mod stage;

use std::path::{Path, PathBuf};

use self::failpoint::Failpoint;
use self::layout::Store;
use self::stage::Staging;
use crate::detect::PastFinding;
use crate::error::{Fault, Result};
use crate::kernel::dates::Month;
use crate::table::Frame;

pub use self::failpoint::FAILPOINTS;

/// Version of the published tables' shape. A column may be added under one version; nothing else may change.
pub const SCHEMA_VERSION: u32 = 1;

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
    /// In path order.
    pub files: Vec<PublishedFile>,
    pub manifest_path: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PublishedFile {
    /// Relative to the published root.
    pub path: String,
    /// The same file under a name that no later publication changes, relative to the published root.
    pub stored: String,
    pub table: String,
    pub rows: u64,
    pub bytes: u64,
    pub sha256: String,
}

/// A publication that has begun: some of its tables may be on the disk, none of them where a reader looks.
#[derive(Debug)]
pub struct Begun<'a> {
    store: &'a Store,
    staging: Staging<'a>,
    /// The manifest of the period as it is published now.
    before: Option<serde_json::Value>,
    failpoint: Failpoint<'a>,
}

/// Begins a publication. The caller holds the tree's lock.
///
/// # Errors
/// [`Fault::Configuration`] when the folder cannot be written or there is no such `failpoint` (a step at which a test wants the
/// process to die), [`Fault::Machine`] when the disk is full or fails.
pub fn begin<'a>(store: &'a Store, period: Month, run_id: &'a str, failpoint: Option<&'a str>) -> Result<Begun<'a>> {
    let failpoint = Failpoint::new(failpoint)?;
    let before = root::manifest(store, period)?;
    disk::preflight(&store.out, before.as_ref().map_or(0, bytes_of))?;
    commit::sweep(store)?;
    let staging = Staging::begin(store, period, run_id, failpoint)?;
    Ok(Begun { store, staging, before, failpoint })
}

impl Begun<'_> {
    /// Writes tables of the publication while the rest is being worked out; what it answers is to be handed to [`complete`].
    ///
    /// # Errors
    /// [`Fault::Machine`] when a write fails, [`Fault::Reconciliation`] when rows are missing.
    pub fn write_beside(&self, frames: &[&Frame]) -> Result<Vec<PublishedFile>> {
        self.staging.write_beside(frames)
    }
}

/// Publishes a period whole, or not at all. The caller holds the tree's lock.
///
/// The same run published again with the same contents changes nothing.
///
/// # Errors
/// As [`begin`] and [`complete`].
pub fn publish(publication: &Publication<'_>) -> Result<Published> {
    let store = Store::new(publication.out);
    let begun = begin(&store, publication.period, publication.run_id, publication.failpoint)?;
    complete(begun, publication, Vec::new())
}

/// Publishes what has begun: the tables `written` already and all others of the publication.
///
/// # Errors
/// [`Fault::Machine`] when a write fails,
/// [`Fault::Reconciliation`] when what was written is not what was meant; the published tree is then as it was.
/// When the period is published already and only a file at the root could not be brought into line, the fault says so.
pub fn complete(begun: Begun<'_>, publication: &Publication<'_>, written: Vec<PublishedFile>) -> Result<Published> {
    let Begun { store, staging, before, failpoint } = begun;
    let period = publication.period;
    let manifest_path = publication.out.join("runs").join(format!("{}.json", publication.run_id));
    let staged = staging.finish(publication, written).inspect_err(|_| {
        let _ = commit::sweep(store);
    })?;
    let same = |m: &serde_json::Value| m["run_id"] == publication.run_id && m["digest"] == staged.digest.as_str();
    let files = if let Some(manifest) = before.filter(same) {
        let files = [&manifest["files"], &manifest[restricted::FOLDER]].into_iter().filter_map(|v| v.as_array());
        serde_json::from_value(files.flatten().cloned().collect())
            .map_err(|e| Fault::Reconciliation(format!("manifest of {period}: {e}")))?
    } else {
        commit::commit(store, period, &staged, failpoint).inspect_err(|_| {
            let _ = commit::sweep(store);
        })?;
        staged.files
    };
    root::refresh(store, failpoint).and_then(|()| commit::sweep(store)).map_err(|fault| after_switch(period, fault))?;
    failpoint.pass("swept");
    Ok(Published { files, manifest_path })
}

fn after_switch(period: Month, fault: Fault) -> Fault {
    match fault {
        Fault::Machine { context, source } => Fault::Machine {
            context: format!(
                "{period} is published, but the files at the root are not up to date; run again: {context}"
            ),
            source,
        },
        other => other,
    }
}

fn bytes_of(manifest: &serde_json::Value) -> u64 {
    let files = manifest["files"].as_array().map(Vec::as_slice).unwrap_or_default();
    files.iter().filter_map(|f| f["bytes"].as_u64()).sum()
}

/// Findings of periods before `before`, from the published tables, sorted by period and id.
///
/// # Errors
/// [`Fault::Machine`] or [`Fault::Reconciliation`] when a published table cannot be read.
pub fn past_findings(out: &Path, before: Month) -> Result<Vec<PastFinding>> {
    history::past_findings(&Store::new(out), before)
}

/// Periods that are published, oldest first.
///
/// # Errors
/// [`Fault::Machine`].
pub fn published_periods(out: &Path) -> Result<Vec<Month>> {
    Ok(Store::new(out).published_runs()?.into_iter().map(|(period, _)| period).collect())
}

/// The manifest of the published run of a period.
///
/// # Errors
/// [`Fault::Machine`] or [`Fault::Reconciliation`].
pub fn manifest(out: &Path, period: Month) -> Result<Option<serde_json::Value>> {
    root::manifest(&Store::new(out), period)
}

/// Whether a run could publish here at all; to be asked before any work is done.
///
/// # Errors
/// [`Fault::Configuration`] when the folder cannot be written, [`Fault::Machine`] when the disk is full or fails.
pub fn preflight(out: &Path) -> Result<()> {
    disk::preflight(out, 0)
}
