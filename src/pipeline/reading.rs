//! Sources in: every file of every source, or every problem.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use indexmap::IndexMap;
use rayon::prelude::*;

use super::basis;
use super::cache::stamps::Stamps;
use super::config::PipelineConfig;
use super::run::RunOptions;
use super::stages::{Progress, Stage};
use super::{accounts, manifest, set_aside};
use crate::error::{Fault, Problem, Result};
use crate::extract::{self, Extracted, FileReport, ReadContext, Reject, SourceSpec};
use crate::kernel::dates::Month;
use crate::resolve;
use crate::table::{Field, Shelf, Table};

/// Sources read for one period.
pub(super) struct Inputs {
    pub tables: IndexMap<String, Table>,
    pub rejects: Vec<(String, Reject)>,
    pub files: Vec<FileReport>,
}

pub(super) fn context(
    config: &PipelineConfig,
    source: &SourceSpec,
    period: Month,
    options: &RunOptions,
    previous: Option<&serde_json::Value>,
) -> ReadContext {
    ReadContext {
        workspace: config.workspace.clone(),
        period,
        limits: options.limits.clone(),
        program: options.program.clone(),
        ahead: true,
        previous_rows: previous.and_then(|m| manifest::rows_of(m, &source.schema.name, period.plus(-1))),
        accept_volume: options.accept_volume.clone(),
    }
}

/// Path and digest of every file of every source, in the order of reading, without reading what is known; `None` when
/// anything is amiss, which reading will tell.
pub(super) fn digests(
    config: &PipelineConfig,
    period: Month,
    options: &RunOptions,
    stamps: &mut Stamps<'_>,
) -> Option<basis::Inputs> {
    let mut inputs = Vec::new();
    for source in &config.sources {
        for (_, path) in extract::plan_files(source, &context(config, source, period, options, None)).ok()? {
            let label = extract::label_of(&config.workspace, &path);
            let sha256 = stamps.digest(&label, &path).ok()?;
            inputs.push((label, sha256));
        }
    }
    Some(inputs)
}

/// Reads every source; a source without a file is absent when it is optional, else a problem.
pub(super) fn read(
    config: &PipelineConfig,
    period: Month,
    options: &RunOptions,
    previous: Option<&serde_json::Value>,
    shelf: Option<&Arc<Shelf>>,
    progress: &dyn Progress,
) -> Result<Inputs> {
    let rows = AtomicU64::new(0);
    let one = |source: &SourceSpec| -> Result<std::result::Result<Extracted, Vec<Problem>>> {
        progress.at(Stage::Read, &source.schema.name);
        progress.done(rows.load(Ordering::Relaxed), None);
        let context = ReadContext { ahead: shelf.is_none(), ..context(config, source, period, options, previous) };
        let mut read = extract::read_source(source, &context);
        if let Ok(extracted) = &mut read {
            rows.fetch_add(extracted.files.iter().map(|f| f.rows_read).sum(), Ordering::Relaxed);
            // Everything, so that nothing stands between the pieces of the next file; what is wanted at once is woken below.
            if let Some(shelf) = shelf {
                extracted.table.rest(shelf, |_| true)?;
            }
        }
        Ok(read)
    };
    // Side by side, so that no core waits while one file comes from the disk or is decoded; short of memory, one after another.
    let read: Vec<_> = match shelf {
        None => config.sources.par_iter().with_max_len(1).map(one).collect(),
        Some(_) => config.sources.iter().map(one).collect(),
    };
    let mut inputs = Inputs { tables: IndexMap::new(), rejects: Vec::new(), files: Vec::new() };
    let mut problems: Vec<Problem> = Vec::new();
    for (source, read) in config.sources.iter().zip(read) {
        let name = source.schema.name.clone();
        match read? {
            Ok(extracted) if extracted.files.is_empty() => {}
            Ok(extracted) => {
                inputs.rejects.extend(extracted.rejects.into_iter().map(|r| (name.clone(), r)));
                inputs.files.extend(extracted.files);
                inputs.tables.insert(name, extracted.table);
            }
            Err(mut found) => problems.append(&mut found),
        }
    }
    if !problems.is_empty() {
        return Err(Fault::Inputs(problems));
    }
    for table in inputs.tables.values_mut() {
        let schema = Arc::clone(&table.schema);
        let wanted = |field: &Field| resolve::looks_at(&schema, field) || accounts::looks_at(&schema.name, &field.name);
        table.wake(wanted)?;
    }
    let unaccounted = set_aside::unaccounted(&inputs.files);
    if !unaccounted.is_empty() {
        return Err(Fault::Reconciliation(format!("rows are unaccounted for:\n{}", unaccounted.join("\n"))));
    }
    Ok(inputs)
}
