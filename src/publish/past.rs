//! Earlier published periods of the tables that rules look back at: which files they are, and their rows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
    RowSelector,
};
use rayon::prelude::*;
use serde_json::Value;

use super::layout::{MANIFEST, Store, data_file};
use super::parquet::unsound;
use super::past_columns::{Builder, take};
use crate::detect::past::{PAST_ROW_ID, Past, Wanted};
use crate::error::{Fault, Result};
use crate::kernel::dates::Month;
use crate::table::Frame;
use crate::table::digest::FrameDigest;

/// The column that names the extract a row came from.
const SOURCE_FILE: &str = "source_file";

/// Rows decoded at a time.
const BATCH_ROWS: usize = 64 * 1024;

/// One table of one earlier period.
#[derive(Debug, Clone)]
pub struct PastFile {
    pub table: String,
    pub period: Month,
    /// What its manifest says of its bytes.
    pub sha256: String,
    /// Extracts of months before its own that those months published already. A run reads the last months of pay once more; what
    /// they say is theirs, and stands among the earlier rows once.
    pub repeated: BTreeSet<String>,
    /// About how many rows are left, to make room for.
    rows: usize,
    file: PathBuf,
}

/// What the manifests of the published months say, each read once.
struct Manifests {
    runs: BTreeMap<Month, PathBuf>,
    read: BTreeMap<Month, Value>,
}

impl Manifests {
    fn of(&mut self, period: Month) -> Result<Option<&Value>> {
        if !self.read.contains_key(&period) {
            let Some(run) = self.runs.get(&period) else { return Ok(None) };
            let path = run.join(MANIFEST);
            let manifest = serde_json::from_slice(&fs_err::read(&path)?).map_err(|e| unsound(&path, &e))?;
            self.read.insert(period, manifest);
        }
        Ok(self.read.get(&period))
    }

    /// The extracts of earlier months that `period` read again: same name, same bytes.
    fn repeated(&mut self, period: Month, table: &str) -> Result<BTreeSet<String>> {
        let again: Vec<(Month, Value)> = inputs(self.of(period)?, table)
            .filter_map(|input| Some((Month::parse(input["period"].as_str()?)?, input.clone())))
            .filter(|(month, _)| *month < period)
            .collect();
        let mut repeated = BTreeSet::new();
        for (month, input) in again {
            let same = |first: &Value| ["file", "sha256", "period"].iter().all(|key| first[key] == input[key]);
            if inputs(self.of(month)?, table).any(same) {
                repeated.extend(input["file"].as_str().map(str::to_owned));
            }
        }
        Ok(repeated)
    }
}

fn inputs<'m>(manifest: Option<&'m Value>, table: &str) -> impl Iterator<Item = &'m Value> {
    let all = manifest.and_then(|m| m["inputs"].as_array()).into_iter().flatten();
    all.filter(move |input| input["table"] == table)
}

/// The files of earlier periods that the wanted tables' windows reach, oldest first for each table. A canonical table that
/// had no feed in a period is not among them.
///
/// # Errors
/// [`Fault::Machine`] or [`Fault::Reconciliation`].
pub fn files(out: &Path, before: Month, wanted: &[Wanted]) -> Result<Vec<PastFile>> {
    let Some(longest) = wanted.iter().filter_map(|w| w.months.last()).max() else { return Ok(Vec::new()) };
    let first = before.plus(-i32::try_from(*longest).unwrap_or(i32::MAX));
    let mut files = Vec::new();
    let runs: BTreeMap<Month, PathBuf> = Store::new(out).published_runs()?.into_iter().collect();
    let mut manifests = Manifests { runs: runs.clone(), read: BTreeMap::new() };
    for (&period, run) in runs.range(first..before) {
        let back = u32::try_from(before.0 - period.0).unwrap_or_default();
        for table in wanted.iter().filter(|w| w.months.contains(&back)) {
            let Some(manifest) = manifests.of(period)? else { continue };
            let present = manifest["feeds"]["present"].as_array();
            let fed = present.is_none_or(|all| all.iter().any(|t| t == table.table.as_str()));
            if table.path.starts_with("canonical/") && !fed {
                continue;
            }
            let listed =
                manifest["files"].as_array().and_then(|all| all.iter().find(|f| f["table"] == table.path.as_str()));
            // A table that the period did not know yet is no history of it.
            let Some(listed) = listed.cloned() else { continue };
            let repeated = manifests.repeated(period, &table.table)?;
            let left_out = inputs(manifests.of(period)?, &table.table)
                .filter(|input| input["file"].as_str().is_some_and(|file| repeated.contains(file)))
                .filter_map(|input| input["rows_taken"].as_u64());
            let rows = listed["rows"].as_u64().unwrap_or_default().saturating_sub(left_out.sum());
            files.push(PastFile {
                table: table.table.clone(),
                period,
                sha256: listed["sha256"].as_str().unwrap_or_default().to_owned(),
                repeated,
                rows: usize::try_from(rows).unwrap_or_default(),
                file: data_file(run, &table.path),
            });
        }
    }
    files.sort_by(|a, b| (&a.table, a.period).cmp(&(&b.table, b.period)));
    Ok(files)
}

/// The rows of those files, as rules see them. A column that an older period lacks is null there.
///
/// # Errors
/// [`Fault::Machine`], [`Fault::Reconciliation`] when a file is damaged or a column's type has changed beyond reading.
pub fn read(files: &[PastFile], wanted: Vec<Wanted>) -> Result<Past> {
    read_resting(files, wanted, rayon::current_num_threads(), |_| Ok(()))
}

/// The same, `at_once` files decoded at a time; each table is given to `rest` before the next is read.
///
/// # Errors
/// As [`read`], and those of `rest`.
pub fn read_resting(
    files: &[PastFile],
    wanted: Vec<Wanted>,
    at_once: usize,
    rest: impl Fn(&mut Frame) -> Result<()>,
) -> Result<Past> {
    let mut past = Past::default();
    for table in wanted {
        let files: Vec<&PastFile> = files.iter().filter(|f| f.table == table.table).collect();
        if !files.is_empty() {
            past.periods.insert(table.table, files.iter().map(|f| f.period).collect());
        }
        let mut frame = table.frame;
        let told: Vec<_> = files.iter().map(|f| (f.period.0, &f.sha256, &f.repeated)).collect();
        let told = format!("{told:?}");
        let empty = frame.clone();
        let mut columns = builders(&frame, files.iter().map(|f| f.rows).sum())?;
        for some in files.chunks(at_once.max(1)) {
            let decoded: Vec<Vec<Builder>> = some.par_iter().map(|file| decode(&frame, file)).collect::<Result<_>>()?;
            for of_file in decoded {
                columns.par_iter_mut().zip(of_file).for_each(|(column, more)| column.append(more));
            }
        }
        fill(&mut frame, columns);
        past.digests.push(FrameDigest::of_files(&empty, frame.len(), &told));
        rest(&mut frame)?;
        past.frames.push(frame);
    }
    Ok(past)
}

/// A published month's own rows of some tables, in frames that say which columns are wanted. A table that the month does not
/// have stays without rows.
///
/// # Errors
/// As [`read`].
pub fn month(out: &Path, period: Month, frames: Vec<Frame>) -> Result<Vec<Frame>> {
    let Some(run) = Store::new(out).published(period)? else { return Ok(frames) };
    let mut filled = Vec::with_capacity(frames.len());
    for mut frame in frames {
        let file = data_file(&run, &frame.path);
        if file.exists() {
            let table = frame.name().to_owned();
            let file = PastFile { table, period, sha256: String::new(), repeated: BTreeSet::new(), rows: 0, file };
            let columns = decode(&frame, &file)?;
            fill(&mut frame, columns);
        }
        filled.push(frame);
    }
    Ok(filled)
}

fn builders(frame: &Frame, rows: usize) -> Result<Vec<Builder>> {
    frame.columns.iter().map(|c| Builder::of(&c.values, rows)).collect()
}

fn fill(frame: &mut Frame, columns: Vec<Builder>) {
    for (column, builder) in frame.columns.iter_mut().zip(columns) {
        column.values = builder.finish();
    }
}

/// The columns that a frame wants of one file, without the rows that are repeated there.
fn decode(frame: &Frame, file: &PastFile) -> Result<Vec<Builder>> {
    let path = &file.file;
    let input = fs_err::File::open(path)?.into_parts().0;
    let plain = ArrowReaderMetadata::load(&input, ArrowReaderOptions::new()).map_err(|e| unsound(path, &e))?;
    // Text comes by its dictionary, so that each distinct value is looked up once a batch.
    let options = ArrowReaderOptions::new().with_schema(Arc::new(by_dictionary(plain.schema())));
    let metadata = ArrowReaderMetadata::load(&input, options).map_err(|e| unsound(path, &e))?;
    let reader = |columns: &[&str]| {
        let input = input.try_clone()?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(input, metadata.clone());
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
        Ok::<_, Fault>(builder.with_projection(mask).with_batch_size(BATCH_ROWS))
    };
    let known = |name: &str| plain.schema().index_of(name).is_ok();
    let names: Vec<&str> = frame.columns.iter().map(|c| c.name.as_str()).collect();
    let mut needed: Vec<&str> = names.iter().copied().filter(|n| known(n)).collect();
    if names.contains(&PAST_ROW_ID) && known("row_id") {
        needed.push("row_id");
    }
    if needed.is_empty() {
        // Only the months are asked for: any one column tells how many rows there are.
        needed.extend(plain.schema().fields().first().map(|f| f.name().as_str()));
    }
    let mut rows = reader(&needed)?;
    if !file.repeated.is_empty() && known(SOURCE_FILE) {
        let of_files = reader(&[SOURCE_FILE])?.build().map_err(|e| unsound(path, &e))?;
        rows = rows.with_row_selection(not_repeated(of_files, file)?);
    }
    let mut columns = builders(frame, file.rows)?;
    let month = file.period.to_string();
    for batch in rows.build().map_err(|e| unsound(path, &e))? {
        let batch = batch.map_err(|e| unsound(path, &e))?;
        for (name, builder) in names.iter().zip(&mut columns) {
            take(name, builder, &batch, file.period, &month)
                .map_err(|why| unsound(path, &format!("column {name}: {why}")))?;
        }
    }
    Ok(columns)
}

/// The rows of all other extracts than the repeated ones.
fn not_repeated(of_files: ParquetRecordBatchReader, file: &PastFile) -> Result<RowSelection> {
    let mut selectors: Vec<RowSelector> = Vec::new();
    for batch in of_files {
        let batch = batch.map_err(|e| unsound(&file.file, &e))?;
        let names = batch.column(0).as_dictionary_opt::<Int32Type>();
        let texts = names.and_then(|n| n.values().as_string_opt::<i32>());
        let (Some(names), Some(texts)) = (names, texts) else {
            return Err(unsound(&file.file, &format!("column {SOURCE_FILE}: no text")));
        };
        let repeated: Vec<bool> = texts.iter().map(|t| t.is_some_and(|t| file.repeated.contains(t))).collect();
        for key in names.keys() {
            let skip = key.and_then(|k| usize::try_from(k).ok()).is_some_and(|k| repeated[k]);
            match selectors.last_mut() {
                Some(last) if last.skip == skip => last.row_count += 1,
                _ => selectors.push(RowSelector { row_count: 1, skip }),
            }
        }
    }
    Ok(selectors.into())
}

/// The schema with every text column read as a dictionary.
fn by_dictionary(schema: &Schema) -> Schema {
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let field = |field: &Arc<Field>| match field.data_type() {
        DataType::Utf8 => Arc::new(field.as_ref().clone().with_data_type(dictionary.clone())),
        _ => Arc::clone(field),
    };
    Schema::new_with_metadata(schema.fields().iter().map(field).collect::<Vec<_>>(), schema.metadata().clone())
}
