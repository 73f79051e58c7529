//! Frames to Parquet, staged, verified and committed by one rename; the manifest, the dictionary and the catalogue beside them.
//!
//! `layout` says where everything stands and why. A publication goes: `disk` looks whether it can work at all, `stage`
//! writes and verifies a whole run where no reader looks, `commit` switches the period to it by one rename, `root`
//! brings the root's files into line. `failpoint` names the steps between which a test kills the process.
//! `restricted` is the zone of unmasked names. `history`, `past` and `query` read what is published; `script` writes out a rule as it ran, for DuckDB.
//!
//! Who writes holds the tree's lock (`pipeline::lock`); readers need none.

mod beside;
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
mod past_columns;
pub mod query;
pub mod readers;
pub mod restricted;
pub mod root;
pub mod script;
pub mod sort;
pub mod stage;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::failpoint::Failpoint;
use self::layout::Store;
use self::stage::Staging;
use crate::detect::PastFinding;
use crate::detect::history::PublishedRows;
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
    /// Tables of the period's published run that are this run's too: their files are taken over as they are.
    pub carried: &'a [String],
    /// Entries of the data dictionary for tables that were written before and whose frames are no longer at hand.
    pub put_down: &'a [dictionary::TableEntry],
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
    /// Digest of all that is published of the table, and of the program's build: equal exactly when the bytes are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Whether this run took the file from the one before.
    #[serde(skip)]
    pub relinked: bool,
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
    /// Says what tables hold, by path, as a digest of it and of the program's build; it is recorded beside the file. With `relink`, a
    /// table that holds what it held in the published run of the period is not written again: its file gets a second name.
    pub fn know(&mut self, contents: BTreeMap<String, String>, relink: bool) {
        let old = self.before.as_ref().filter(|_| relink).map(stage::old_files).unwrap_or_default();
        self.staging.know(contents, old);
    }

    /// Writes a table of the publication before the others are known; what it answers is to be handed to [`complete`].
    ///
    /// # Errors
    /// [`Fault::Machine`] when a write fails, [`Fault::Reconciliation`] when rows are missing.
    pub fn write(&self, frame: &Frame) -> Result<PublishedFile> {
        self.staging.write(frame)
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
    let staged = staging.finish(publication, before.as_ref(), written).inspect_err(|_| {
        let _ = commit::sweep(store);
    })?;
    let same = |m: &serde_json::Value| m["run_id"] == publication.run_id && m["digest"] == staged.digest.as_str();
    let standing = match before.filter(same) {
        // What stands is left standing only while it is what it was.
        Some(manifest) => {
            let tables: Vec<String> = staged.files.iter().map(|f| f.table.clone()).collect();
            damaged(publication.out, &manifest, &tables)?.is_none().then_some(manifest)
        }
        None => None,
    };
    let files = if let Some(manifest) = standing {
        files_of(&manifest).map_err(|e| Fault::Reconciliation(format!("manifest of {period}: {e}")))?
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
    let files = files_of(manifest).unwrap_or_default();
    files.iter().map(|f| f.bytes).sum()
}

/// All files of a manifest, those of the zone of unmasked names too.
///
/// # Errors
/// When the manifest is of another make.
pub(crate) fn files_of(manifest: &serde_json::Value) -> std::result::Result<Vec<PublishedFile>, serde_json::Error> {
    let lists = [&manifest["files"], &manifest[restricted::FOLDER]];
    let all = lists.into_iter().filter_map(|list| list.as_array()).flatten().cloned();
    serde_json::from_value(all.collect())
}

/// The last word on every problem in the periods before `before`, from the published tables, sorted by period and id.
///
/// # Errors
/// [`Fault::Machine`] or [`Fault::Reconciliation`] when a published table cannot be read.
pub fn past_findings(out: &Path, before: Month) -> Result<Vec<PastFinding>> {
    history::past_findings(&Store::new(out), before)
}

/// The rows of those findings.
#[must_use]
pub fn published_rows(out: &Path) -> Arc<dyn PublishedRows> {
    Arc::new(history::Rows::of(Store::new(out)))
}

/// Periods that are published, oldest first.
///
/// # Errors
/// [`Fault::Machine`].
pub fn published_periods(out: &Path) -> Result<Vec<Month>> {
    Ok(Store::new(out).published_runs()?.into_iter().map(|(period, _)| period).collect())
}

/// Digest over all tables of each published period before `before`, oldest first.
///
/// # Errors
/// [`Fault::Machine`] or [`Fault::Reconciliation`].
pub fn earlier(out: &Path, before: Month) -> Result<Vec<(Month, String)>> {
    let store = Store::new(out);
    let mut earlier = Vec::new();
    for (period, _) in store.published_runs()?.into_iter().filter(|(period, _)| *period < before) {
        let manifest = root::manifest(&store, period)?.unwrap_or_default();
        earlier.push((period, manifest["digest"].as_str().unwrap_or_default().to_owned()));
    }
    Ok(earlier)
}

/// The first of some tables of a published run whose file is not what the manifest says.
///
/// # Errors
/// [`Fault::Machine`].
pub fn damaged(out: &Path, manifest: &serde_json::Value, tables: &[String]) -> Result<Option<String>> {
    use rayon::prelude::*;
    let files = files_of(manifest).unwrap_or_default();
    let sound = |table: &String| -> Result<bool> {
        let Some(file) = files.iter().find(|f| f.table == *table) else { return Ok(false) };
        let path = out.join(&file.stored);
        Ok(path.is_file() && parquet::sha256_of(&path)? == file.sha256)
    };
    let sound: Vec<bool> = tables.par_iter().with_max_len(1).map(sound).collect::<Result<_>>()?;
    Ok(tables.iter().zip(sound).find(|(_, sound)| !sound).map(|(table, _)| table.clone()))
}

/// Brings the files at the root into line with what is published and removes what dead runs left; changes nothing where all
/// is in order. The caller holds the tree's lock.
///
/// # Errors
/// [`Fault::Machine`] or [`Fault::Reconciliation`].
pub fn mend(out: &Path) -> Result<()> {
    let store = Store::new(out);
    root::refresh(&store, Failpoint::NONE)?;
    commit::sweep(&store)
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
