//! Whether what is published of a period is what a run would publish again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::basis::Basis;
use crate::error::Result;
use crate::kernel::dates::Month;
use crate::publish;

/// A published run that stands, for nothing has changed since.
#[derive(Debug, Clone)]
pub struct Standing {
    pub period: Month,
    pub run_id: String,
    pub out: PathBuf,
    /// When it ended, as its manifest says.
    pub finished_at: String,
    /// Findings that are neither closed nor explained, by severity.
    pub live: BTreeMap<String, u64>,
}

/// The published run of the period when it rests on the same things and its files stand where they were put; the files at the
/// root are brought into line, should a run have died over them. Otherwise what changed.
///
/// # Errors
/// What reading or completing the published tree may give.
pub fn look(out: &Path, period: Month, basis: &Basis) -> Result<std::result::Result<Standing, Vec<String>>> {
    let Some(manifest) = publish::manifest(out, period)? else {
        return Ok(Err(vec!["nothing is published".to_owned()]));
    };
    let changed = basis.changed_since(&manifest);
    if !changed.is_empty() {
        return Ok(Err(changed));
    }
    let Some(run_id) = manifest["run_id"].as_str().filter(|id| *id == basis.run_id(period)) else {
        return Ok(Err(vec!["the run's name".to_owned()]));
    };
    if let Some(file) = missing(out, &manifest) {
        return Ok(Err(vec![format!("published file {file}")]));
    }
    publish::mend(out)?;
    let count = |(severity, n): (&String, &Value)| (severity.clone(), n.as_u64().unwrap_or(0));
    Ok(Ok(Standing {
        period,
        run_id: run_id.to_owned(),
        out: out.to_owned(),
        finished_at: manifest["finished_at"].as_str().unwrap_or_default().to_owned(),
        live: manifest["live"].as_object().map(|all| all.iter().map(count).collect()).unwrap_or_default(),
    }))
}

/// A file of the manifest that is not there or not of its size.
fn missing(out: &Path, manifest: &Value) -> Option<String> {
    let zone = manifest[publish::restricted::FOLDER].as_array();
    let files: Vec<&Value> = manifest["files"].as_array()?.iter().chain(zone.into_iter().flatten()).collect();
    let sound = |file: &Value| {
        let size = |key: &str| std::fs::metadata(out.join(file[key].as_str()?)).ok().map(|m| m.len());
        let bytes = file["bytes"].as_u64();
        bytes.is_some() && size("stored") == bytes && size("path") == bytes
    };
    files.into_iter().find(|f| !sound(f)).map(|f| f["path"].as_str().unwrap_or_default().to_owned())
}
