//! What earlier periods found, read back from the published tables.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arrow::array::{Array, AsArray, Float64Array, RecordBatch};
use arrow::compute::cast;
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
/// Only the newest of them, which alone can be closed now, carry their whole row: the common columns and, from its
/// category's table, the rule's own. Lists are JSON text there.
///
/// # Errors
/// [`crate::error::Fault::Machine`] or [`crate::error::Fault::Reconciliation`].
pub fn past_findings(store: &Store, before: Month) -> Result<Vec<PastFinding>> {
    let runs: Vec<_> = store.published_runs()?.into_iter().filter(|(period, _)| *period < before).collect();
    let newest = runs.last().map(|(period, _)| *period);
    let mut findings = Vec::new();
    for (period, run) in &runs {
        let path = data_file(run, "anomalies");
        if !path.exists() {
            continue;
        }
        let whole = Some(*period) == newest;
        for batch in read(&path, None)? {
            findings.extend(of_batch(&path, &batch, *period, whole)?);
        }
        if whole {
            add_own_columns(run, findings.iter_mut().filter(|f| f.period == *period))?;
        }
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

fn of_batch(path: &Path, batch: &RecordBatch, period: Month, whole: bool) -> Result<Vec<PastFinding>> {
    let ids = texts(path, batch, "anomaly_id")?;
    let statuses = texts(path, batch, "status")?;
    let firsts = texts(path, batch, "first_period")?;
    let opens = texts(path, batch, "periods_open")?;
    let measures = batch.column_by_name("measure").and_then(|c| cast(c, &DataType::Float64).ok());
    let measures = measures.as_ref().and_then(|c| c.as_any().downcast_ref::<Float64Array>());
    let mut rows = if whole { rows_of(path, batch)? } else { Vec::new() }.into_iter();
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
            row: rows.next().unwrap_or_default(),
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
            for (id, row) in ids.iter().zip(rows_of(&path, &batch)?) {
                let Some(finding) = id.as_ref().and_then(|id| by_id.get_mut(id)) else { continue };
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

fn rows_of(path: &Path, batch: &RecordBatch) -> Result<Vec<BTreeMap<String, Option<String>>>> {
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
        table: text("table", i).unwrap_or_default(),
        source_file: text("source_file", i).unwrap_or_default(),
        source_row: number("source_row", i),
        column: text("column", i).unwrap_or_default(),
        value: text("value", i),
    };
    (0..items.len()).map(cell).collect()
}

fn evidence_json(column: &dyn Array, row: usize) -> String {
    let object = |c: EvidenceCell| {
        let (table, file, row) = (c.table, c.source_file, c.source_row);
        json!({"table": table, "source_file": file, "source_row": row, "column": c.column, "value": c.value})
    };
    Value::Array(evidence_cells(column, row).into_iter().map(object).collect()).to_string()
}
