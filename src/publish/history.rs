//! What earlier periods found, read back from the published tables.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, BooleanArray, Float64Array, RecordBatch};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::{DataType, Int32Type, Int64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rayon::prelude::*;
use serde_json::{Value, json};

use super::layout::{Store, data_file};
use super::parquet::unsound;
use crate::detect::PastFinding;
use crate::detect::history::{PastRow, PublishedRows};
use crate::error::Result;
use crate::kernel::dates::Month;
use crate::table::EvidenceCell;

/// The last word on every problem in the periods before `before`, sorted by period and id.
///
/// # Errors
/// [`crate::error::Fault::Machine`] or [`crate::error::Fault::Reconciliation`].
pub fn past_findings(store: &Store, before: Month) -> Result<Vec<PastFinding>> {
    let mut runs: Vec<(Month, PathBuf)> = store.published_runs()?;
    runs.retain(|(period, _)| *period < before);
    runs.reverse();
    let mut findings: Vec<PastFinding> = Vec::new();
    let mut seen: HashSet<String> = HashSet::new();
    // A few months at a time: most of what an older month says a newer one says again.
    for some in runs.chunks(rayon::current_num_threads()) {
        let read: Vec<Vec<PastFinding>> =
            some.par_iter().map(|(period, run)| of_month(run, *period)).collect::<Result<_>>()?;
        for finding in read.into_iter().flatten() {
            if !seen.contains(&finding.anomaly_id) {
                seen.insert(finding.anomaly_id.clone());
                findings.push(finding);
            }
        }
    }
    findings.sort_by(|a, b| (a.period, &a.anomaly_id).cmp(&(b.period, &b.anomaly_id)));
    Ok(findings)
}

fn of_month(run: &Path, period: Month) -> Result<Vec<PastFinding>> {
    let path = data_file(run, "anomalies");
    let mut findings = Vec::new();
    if path.exists() {
        let columns = ["anomaly_id", "rule", "status", "first_period", "periods_open", "measure"];
        for batch in read(&path, Some(&columns))? {
            findings.extend(of_batch(&path, &batch, period)?);
        }
    }
    Ok(findings)
}

fn of_batch(path: &Path, batch: &RecordBatch, period: Month) -> Result<Vec<PastFinding>> {
    let [ids, rules, statuses, firsts, opens] =
        ["anomaly_id", "rule", "status", "first_period", "periods_open"].map(|name| texts(path, batch, name));
    let (ids, rules, statuses, firsts, opens) = (ids?, rules?, statuses?, firsts?, opens?);
    let measures = batch.column_by_name("measure").and_then(|c| cast(c, &DataType::Float64).ok());
    let measures = measures.as_ref().and_then(|c| c.as_any().downcast_ref::<Float64Array>());
    let missing = |name: &str| unsound(path, &format!("a finding without {name}"));
    let one = |row: usize| {
        Ok(PastFinding {
            anomaly_id: ids[row].clone().ok_or_else(|| missing("anomaly_id"))?,
            period,
            rule: rules[row].clone().ok_or_else(|| missing("rule"))?,
            status: statuses[row].clone().ok_or_else(|| missing("status"))?,
            first_period: firsts[row].as_deref().and_then(Month::parse).ok_or_else(|| missing("first_period"))?,
            periods_open: opens[row].as_deref().and_then(|n| n.parse().ok()).ok_or_else(|| missing("periods_open"))?,
            measure: measures.filter(|m| m.is_valid(row)).map(|m| m.value(row)),
        })
    };
    (0..batch.num_rows()).map(one).collect()
}

/// The rows of earlier findings as they stand in a store: the common columns and, from its category's table, the rule's own. Lists are
/// JSON text.
#[derive(Debug)]
pub struct Rows {
    store: Store,
}

impl Rows {
    #[must_use]
    pub fn of(store: Store) -> Self {
        Self { store }
    }
}

impl PublishedRows for Rows {
    fn rows(&self, period: Month, ids: &BTreeSet<&str>) -> Result<BTreeMap<String, PastRow>> {
        let mut rows: BTreeMap<String, PastRow> = BTreeMap::new();
        let Some(run) = self.store.published(period)? else { return Ok(rows) };
        add_rows(&data_file(&run, "anomalies"), ids, &mut rows)?;
        // The rules' own columns stand in the category tables only.
        let categories: BTreeSet<String> =
            rows.values().filter_map(|row| row.get("category").cloned().flatten()).collect();
        categories.iter().try_for_each(|category| add_rows(&data_file(&run, category), ids, &mut rows))?;
        Ok(rows)
    }
}

/// Adds what a table says of some findings and is not known yet.
fn add_rows(path: &Path, ids: &BTreeSet<&str>, rows: &mut BTreeMap<String, PastRow>) -> Result<()> {
    if !path.exists() {
        return Ok(());
    }
    for batch in read(path, None)? {
        let found = texts(path, &batch, "anomaly_id")?;
        let wanted: Vec<bool> = found.iter().map(|id| id.as_deref().is_some_and(|id| ids.contains(id))).collect();
        let found = found.into_iter().zip(&wanted).filter(|(_, wanted)| **wanted).filter_map(|(id, _)| id);
        for (id, row) in found.zip(rows_of(path, &batch, &wanted)?) {
            let known = rows.entry(id).or_default();
            for (name, value) in row {
                known.entry(name).or_insert(value);
            }
        }
    }
    Ok(())
}

/// The evidence of one finding in one file; `None` when the finding is not there.
///
/// # Errors
/// [`crate::error::Fault::Machine`] or [`crate::error::Fault::Reconciliation`].
pub fn evidence(path: &Path, anomaly_id: &str) -> Result<Option<Vec<EvidenceCell>>> {
    if !path.exists() {
        return Ok(None);
    }
    for batch in read(path, Some(&["anomaly_id", "evidence"]))? {
        let ids = texts(path, &batch, "anomaly_id")?;
        if let Some(row) = ids.iter().position(|id| id.as_deref() == Some(anomaly_id)) {
            return Ok(Some(
                batch.column_by_name("evidence").map(|e| evidence_cells(e.as_ref(), row)).unwrap_or_default(),
            ));
        }
    }
    Ok(None)
}

fn read(path: &Path, columns: Option<&[&str]>) -> Result<Vec<RecordBatch>> {
    let file = fs_err::File::open(path)?.into_parts().0;
    let mut builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| unsound(path, &e))?;
    if let Some(columns) = columns {
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
        builder = builder.with_projection(mask);
    }
    let reader = builder.with_batch_size(8192).build().map_err(|e| unsound(path, &e))?;
    reader.map(|batch| batch.map_err(|e| unsound(path, &e))).collect()
}

/// A column as text.
fn texts(path: &Path, batch: &RecordBatch, name: &str) -> Result<Vec<Option<String>>> {
    let column = batch.column_by_name(name).ok_or_else(|| unsound(path, &format!("no column {name}")))?;
    column_texts(path, column.as_ref())
}

fn column_texts(path: &Path, column: &dyn Array) -> Result<Vec<Option<String>>> {
    if matches!(column.data_type(), DataType::List(_)) {
        return Ok((0..column.len()).map(|row| column.is_valid(row).then(|| evidence_json(column, row))).collect());
    }
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(column, &options).map_err(|e| unsound(path, &e))?;
    let text = |row: usize| column.is_valid(row).then(|| formatter.value(row).try_to_string()).transpose();
    (0..column.len()).map(text).collect::<std::result::Result<_, _>>().map_err(|e| unsound(path, &e))
}

/// The wanted rows, as text.
fn rows_of(path: &Path, batch: &RecordBatch, wanted: &[bool]) -> Result<Vec<BTreeMap<String, Option<String>>>> {
    let wanted = BooleanArray::from(wanted.to_vec());
    let batch = filter_record_batch(batch, &wanted).map_err(|e| unsound(path, &e))?;
    let mut rows = vec![BTreeMap::new(); batch.num_rows()];
    let schema = batch.schema();
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        for (row, text) in rows.iter_mut().zip(column_texts(path, column.as_ref())?) {
            row.insert(field.name().clone(), text);
        }
    }
    Ok(rows)
}

fn evidence_cells(column: &dyn Array, row: usize) -> Vec<EvidenceCell> {
    let Some(list) = column.as_list_opt::<i32>() else { return Vec::new() };
    let items = list.value(row);
    let Some(items) = items.as_struct_opt() else { return Vec::new() };
    let text = |name: &str, i: usize| -> Option<String> {
        let column = items.column_by_name(name)?.as_string_opt::<i32>()?;
        column.is_valid(i).then(|| column.value(i).to_owned())
    };
    let number = |name: &str, i: usize| -> i64 {
        let column = items.column_by_name(name);
        let wide = column.and_then(|c| c.as_primitive_opt::<Int64Type>()).map(|c| c.value(i));
        let narrow = || column.and_then(|c| c.as_primitive_opt::<Int32Type>()).map(|c| i64::from(c.value(i)));
        wide.or_else(narrow).unwrap_or_default()
    };
    let cell = |i: usize| EvidenceCell {
        table: text("table", i).unwrap_or_default().into(),
        source_file: text("source_file", i).unwrap_or_default().into(),
        source_row: number("source_row", i),
        column: text("column", i).unwrap_or_default().into(),
        value: text("value", i),
    };
    (0..items.len()).map(cell).collect()
}

fn evidence_json(column: &dyn Array, row: usize) -> String {
    let object = |c: EvidenceCell| {
        let EvidenceCell { table, source_file, source_row, column, value } = c;
        json!({"table": &*table, "source_file": &*source_file, "source_row": source_row, "column": &*column, "value": value})
    };
    Value::Array(evidence_cells(column, row).into_iter().map(object).collect()).to_string()
}
