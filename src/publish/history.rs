//! What earlier periods found, read back from the published tables.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arrow::array::{Array, AsArray, BooleanArray, Float64Array, RecordBatch};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::{DataType, Int32Type, Int64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};

use super::layout::{Store, data_file};
use super::parquet::unsound;
use crate::detect::PastFinding;
use crate::error::Result;
use crate::kernel::dates::Month;
use crate::table::EvidenceCell;

/// Findings of periods before `before`, sorted by period and id.
///
/// Only the last word on a problem that is not closed carries its whole row, for only that can be closed now: the common
/// columns and, from its category's table, the rule's own. Lists are JSON text there.
///
/// # Errors
/// [`crate::error::Fault::Machine`] or [`crate::error::Fault::Reconciliation`].
pub fn past_findings(store: &Store, before: Month) -> Result<Vec<PastFinding>> {
    let mut findings = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for (period, run) in store.published_runs()?.into_iter().rev().filter(|(period, _)| *period < before) {
        let path = data_file(&run, "anomalies");
        if !path.exists() {
            continue;
        }
        let mut of_period = Vec::new();
        for batch in read(&path, None)? {
            of_period.extend(of_batch(&path, &batch, period, &seen)?);
        }
        add_own_columns(&run, of_period.iter_mut().filter(|f| !f.row.is_empty()))?;
        seen.extend(of_period.iter().map(|f| f.anomaly_id.clone()));
        findings.extend(of_period);
    }
    findings.sort_by(|a, b| (a.period, &a.anomaly_id).cmp(&(b.period, &b.anomaly_id)));
    Ok(findings)
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

fn of_batch(path: &Path, batch: &RecordBatch, period: Month, seen: &BTreeSet<String>) -> Result<Vec<PastFinding>> {
    let ids = texts(path, batch, "anomaly_id")?;
    let statuses = texts(path, batch, "status")?;
    let firsts = texts(path, batch, "first_period")?;
    let opens = texts(path, batch, "periods_open")?;
    let measures = batch.column_by_name("measure").and_then(|c| cast(c, &DataType::Float64).ok());
    let measures = measures.as_ref().and_then(|c| c.as_any().downcast_ref::<Float64Array>());
    let standing = |row: usize| {
        statuses[row].as_deref() != Some("closed") && ids[row].as_ref().is_some_and(|id| !seen.contains(id))
    };
    let standing: Vec<bool> = (0..batch.num_rows()).map(standing).collect();
    let mut rows = rows_of(path, batch, &standing)?.into_iter();
    let missing = |name: &str| unsound(path, &format!("a finding without {name}"));
    let mut findings = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        findings.push(PastFinding {
            anomaly_id: ids[row].clone().ok_or_else(|| missing("anomaly_id"))?,
            period,
            status: statuses[row].clone().ok_or_else(|| missing("status"))?,
            first_period: firsts[row].as_deref().and_then(Month::parse).ok_or_else(|| missing("first_period"))?,
            periods_open: opens[row].as_deref().and_then(|n| n.parse().ok()).ok_or_else(|| missing("periods_open"))?,
            measure: measures.filter(|m| m.is_valid(row)).map(|m| m.value(row)),
            row: if standing[row] { rows.next().unwrap_or_default() } else { BTreeMap::new() },
        });
    }
    Ok(findings)
}

/// Adds the rules' own columns, which stand in the category tables only.
fn add_own_columns<'a>(run: &Path, findings: impl Iterator<Item = &'a mut PastFinding>) -> Result<()> {
    let mut by_id: BTreeMap<String, &mut PastFinding> = findings.map(|f| (f.anomaly_id.clone(), f)).collect();
    let categories: BTreeSet<String> =
        by_id.values().filter_map(|f| f.row.get("category").cloned().flatten()).collect();
    for category in categories {
        let path = data_file(run, &category);
        if !path.exists() {
            continue;
        }
        for batch in read(&path, None)? {
            let ids = texts(&path, &batch, "anomaly_id")?;
            let wanted: Vec<bool> = ids.iter().map(|id| id.as_ref().is_some_and(|id| by_id.contains_key(id))).collect();
            let ids = ids.iter().zip(&wanted).filter(|(_, wanted)| **wanted).filter_map(|(id, _)| id.as_ref());
            for (id, row) in ids.zip(rows_of(&path, &batch, &wanted)?) {
                let Some(finding) = by_id.get_mut(id) else { continue };
                for (name, value) in row {
                    finding.row.entry(name).or_insert(value);
                }
            }
        }
    }
    Ok(())
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
