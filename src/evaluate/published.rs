//! A published period, read back from its Parquet.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::missing;
use super::truth::Truth;
use crate::error::{Fault, Place, Result};
use crate::kernel::dates::Month;

/// Columns of text of one length.
#[derive(Debug)]
pub(super) struct TextColumns(Vec<Vec<String>>);

impl TextColumns {
    pub fn new(columns: usize) -> Self {
        Self(vec![Vec::new(); columns])
    }
    pub fn push(&mut self, row: impl Iterator<Item = String>) {
        for (column, cell) in self.0.iter_mut().zip(row) {
            column.push(cell);
        }
    }
    pub fn column(&self, i: usize) -> &[String] {
        &self.0[i]
    }
    pub fn rows(&self) -> usize {
        self.0.first().map_or(0, Vec::len)
    }
}

fn damaged(path: &Path, error: impl std::fmt::Display) -> Fault {
    Fault::configuration(Place::file(path.display().to_string()), "unreadable", error.to_string())
}

fn batches(path: &Path) -> Result<Vec<RecordBatch>> {
    let file = fs_err::File::open(path)?.into_parts().0;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|b| b.with_batch_size(65_536).build());
    reader.map_err(|e| damaged(path, e))?.collect::<std::result::Result<_, _>>().map_err(|e| damaged(path, e))
}

/// A column as text, `None` where it is null; all `None` where the table has no such column.
fn texts(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let column = batch.column_by_name(name).and_then(|c| cast(c, &DataType::Utf8).ok());
    let Some(column) = column else { return vec![None; batch.num_rows()] };
    let column = column.as_string::<i32>();
    column.iter().map(|v| v.map(str::to_owned)).collect()
}

fn integers(batch: &RecordBatch, name: &str) -> Vec<Option<i64>> {
    let column = batch.column_by_name(name).and_then(|c| cast(c, &DataType::Int64).ok());
    column.map_or_else(|| vec![None; batch.num_rows()], |c| c.as_primitive::<Int64Type>().iter().collect())
}

fn floats(batch: &RecordBatch, name: &str) -> Vec<Option<f64>> {
    let column = batch.column_by_name(name).and_then(|c| cast(c, &DataType::Float64).ok());
    column.map_or_else(
        || vec![None; batch.num_rows()],
        |c| c.as_primitive::<arrow::datatypes::Float64Type>().iter().collect(),
    )
}

/// Named columns of a Parquet file as text, nulls empty.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn read_texts(path: &Path, names: &[&str]) -> Result<TextColumns> {
    let mut out = TextColumns::new(names.len());
    for batch in batches(path)? {
        for (column, name) in out.0.iter_mut().zip(names) {
            column.extend(texts(&batch, name).into_iter().map(Option::unwrap_or_default));
        }
    }
    Ok(out)
}

/// Parquet files of a table's period, sorted; none when the table was not published.
fn files(out: &Path, table: &str, period: Month) -> Result<Vec<PathBuf>> {
    let folder = out.join(table).join(format!("period={period}"));
    if !folder.is_dir() {
        return Ok(vec![]);
    }
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "parquet") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// A canonical row: its keys, and whose it truly is.
#[derive(Debug, Clone)]
pub(super) struct KeyedRow {
    pub unit_key: Option<String>,
    pub person_key: Option<String>,
    pub person_match: Option<String>,
    pub probability: Option<f64>,
    pub unit: Option<u32>,
    pub person: Option<u32>,
    /// Whether the row is of an extract of the period itself.
    pub current: bool,
}

/// A published finding with the rows it rests on.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub rule: String,
    pub severity: String,
    pub unit_key: Option<String>,
    pub person_key: Option<String>,
    pub object_key: Option<String>,
    /// Table, file, row of each piece of evidence, without repeats.
    pub evidence: Vec<(String, String, i64)>,
}

#[derive(Debug)]
pub(super) struct Published {
    pub findings: Vec<Found>,
    /// Canonical table → rows.
    pub tables: BTreeMap<String, Vec<KeyedRow>>,
    /// Rules that were to run: those of the catalogue but for the ones without a feed or switched off. `None` when the
    /// period does not say.
    pub rules: Option<BTreeSet<String>>,
}

impl Published {
    /// # Errors
    /// A configuration fault when the period is not published.
    pub fn read(out: &Path, period: Month, truth: &Truth) -> Result<Self> {
        let paths = files(out, "anomalies", period)?;
        if paths.is_empty() {
            return Err(missing(&out.join("anomalies").join(format!("period={period}")), "published period"));
        }
        let mut findings = Vec::new();
        for path in paths {
            for batch in batches(&path)? {
                findings.extend(found(&batch));
            }
        }
        let mut tables = BTreeMap::new();
        let canonical = out.join("canonical");
        if canonical.is_dir() {
            for entry in fs_err::read_dir(&canonical)? {
                let name = entry?.file_name().to_string_lossy().into_owned();
                let mut rows = Vec::new();
                for path in files(&canonical, &name, period)? {
                    for batch in batches(&path)? {
                        rows.extend(keyed(&batch, truth));
                    }
                }
                tables.insert(name, rows);
            }
        }
        let mut rules: Option<BTreeSet<String>> = None;
        for path in files(out, "rule_runs", period)? {
            let columns = read_texts(&path, &["rule", "outcome"])?;
            let outcomes = columns.column(0).iter().zip(columns.column(1));
            let meant = outcomes.filter(|(_, o)| !o.starts_with("not run") && !o.starts_with("switched off"));
            rules.get_or_insert_default().extend(meant.map(|(r, _)| r.clone()));
        }
        Ok(Self { findings, tables, rules })
    }
}

fn keyed(batch: &RecordBatch, truth: &Truth) -> Vec<KeyedRow> {
    let (files, sheets) = (texts(batch, "source_file"), texts(batch, "source_sheet"));
    let rows = integers(batch, "source_row");
    let (units, persons) = (texts(batch, "unit_key"), texts(batch, "person_key"));
    let (matches, probabilities) = (texts(batch, "person_match"), floats(batch, "person_probability"));
    (0..batch.num_rows())
        .map(|i| {
            let file = files[i].as_deref().unwrap_or_default();
            let at = truth.at(file, sheets[i].as_deref(), rows[i].unwrap_or(0));
            let one = if at.len() == 1 { Some(at[0]) } else { None };
            KeyedRow {
                unit_key: units[i].clone(),
                person_key: persons[i].clone(),
                person_match: matches[i].clone(),
                probability: probabilities[i],
                unit: one.and_then(|t| t.unit),
                person: one.and_then(|t| t.person),
                current: truth.is_current(file),
            }
        })
        .collect()
}

fn found(batch: &RecordBatch) -> Vec<Found> {
    let (rules, statuses, severities) = (texts(batch, "rule"), texts(batch, "status"), texts(batch, "severity"));
    let (units, persons) = (texts(batch, "unit_key"), texts(batch, "person_key"));
    let objects = texts(batch, "object_key");
    let lists = batch.column_by_name("evidence").and_then(|c| c.as_list_opt::<i32>());
    (0..batch.num_rows())
        .filter(|i| statuses[*i].as_deref() != Some("closed"))
        .map(|i| {
            let mut evidence = lists.filter(|l| !l.is_null(i)).map(|l| cells(&l.value(i))).unwrap_or_default();
            evidence.dedup();
            Found {
                rule: rules[i].clone().unwrap_or_default(),
                severity: severities[i].clone().unwrap_or_default(),
                unit_key: units[i].clone(),
                person_key: persons[i].clone(),
                object_key: objects[i].clone(),
                evidence,
            }
        })
        .collect()
}

/// Table, file and row of every evidence cell.
fn cells(list: &arrow::array::ArrayRef) -> Vec<(String, String, i64)> {
    let Some(cells) = list.as_struct_opt() else { return vec![] };
    let text = |name: &str| cells.column_by_name(name).and_then(|c| cast(c, &DataType::Utf8).ok());
    let (Some(tables), Some(files)) = (text("table"), text("source_file")) else { return vec![] };
    let rows = cells.column_by_name("source_row").and_then(|c| cast(c, &DataType::Int64).ok());
    let Some(rows) = rows else { return vec![] };
    let (tables, files, rows) = (tables.as_string::<i32>(), files.as_string::<i32>(), rows.as_primitive::<Int64Type>());
    (0..cells.len()).map(|i| (tables.value(i).to_owned(), files.value(i).to_owned(), rows.value(i))).collect()
}
