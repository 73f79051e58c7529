//! The files at the root: copies of manifests, dictionary, catalogue, reader kits and the list of what is published. Each follows from the
//! store alone, so a run that died after its switch is completed by the next one.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::dictionary::{self, Dictionary};
use super::disk::replace_file;
use super::failpoint::Failpoint;
use super::layout::{MANIFEST, Store};
use super::parquet::unsound;
use super::stage::pretty;
use super::{SCHEMA_VERSION, catalog, readers};
use crate::error::Result;
use crate::kernel::dates::Month;

#[derive(Serialize)]
struct RootManifest {
    schema_version: u32,
    /// Oldest first.
    periods: Vec<RootEntry>,
}

#[derive(Serialize)]
struct RootEntry {
    period: String,
    run_id: String,
    /// Where the run's own manifest is, with its list of files.
    manifest: String,
    digest: String,
}

/// What the root needs of a run's manifest.
#[derive(Deserialize)]
struct RunEntry {
    run_id: String,
    digest: String,
}

/// Brings the root's files into line with what is published; the list of periods comes last.
///
/// # Errors
/// [`crate::error::Fault::Machine`] or [`crate::error::Fault::Reconciliation`].
pub fn refresh(store: &Store, failpoint: Failpoint<'_>) -> Result<()> {
    let runs = store.published_runs()?;
    let mut root = RootManifest { schema_version: SCHEMA_VERSION, periods: Vec::new() };
    let folder = store.out.join("runs");
    fs_err::create_dir_all(&folder)?;
    let mut dictionaries: Vec<(Month, Dictionary)> = Vec::new();
    for (period, run) in &runs {
        let path = run.join(MANIFEST);
        let bytes = fs_err::read(&path)?;
        let entry: RunEntry = serde_json::from_slice(&bytes).map_err(|e| unsound(&path, &e))?;
        let name = format!("{}.json", entry.run_id);
        replace_file(&folder.join(&name), &bytes)?;
        root.periods.push(RootEntry {
            period: period.to_string(),
            run_id: entry.run_id,
            manifest: format!("runs/{name}"),
            digest: entry.digest,
        });
        dictionaries.push((*period, dictionary::read(run)?));
    }
    failpoint.pass("run-manifest-copied");
    let merged = dictionary::merged(&dictionaries);
    replace_file(&store.out.join("data_dictionary.json"), &pretty(&merged)?)?;
    replace_file(&store.out.join("data_dictionary.md"), dictionary::markdown(&merged).as_bytes())?;
    failpoint.pass("dictionary-written");
    replace_file(&store.out.join("catalog.sql"), catalog::sql(&merged, &dictionaries).as_bytes())?;
    let kits = store.out.join("readers");
    fs_err::create_dir_all(&kits)?;
    for (name, script) in readers::kits(&merged) {
        replace_file(&kits.join(name), script.as_bytes())?;
    }
    failpoint.pass("catalogue-written");
    replace_file(&store.out.join("manifest.json"), &pretty(&root)?)?;
    failpoint.pass("root-manifest-written");
    Ok(())
}

/// The manifest of a period's published run.
///
/// # Errors
/// [`crate::error::Fault::Machine`] or [`crate::error::Fault::Reconciliation`].
pub fn manifest(store: &Store, period: Month) -> Result<Option<Value>> {
    let Some(run) = store.published(period)? else { return Ok(None) };
    let path = run.join(MANIFEST);
    let manifest = serde_json::from_slice(&fs_err::read(&path)?).map_err(|e| unsound(&path, &e))?;
    Ok(Some(manifest))
}
