//! Parquet: text as text, counts as 64-bit integers.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::Written;
use crate::error::{Fault, Result};
use crate::synthetic::cells::Cell;
use crate::synthetic::tables::View;

fn fault(error: impl std::fmt::Display) -> Fault {
    Fault::Internal(format!("writing parquet: {error}"))
}

/// All rows in one row group.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, view: &View<'_>, rows: &[usize], to: &mut Written<'_>) -> Result<()> {
    let cells: Vec<Vec<Cell>> = rows.iter().map(|r| (view.render)(*r)).collect();
    let mut fields = Vec::new();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for (c, header) in view.headers.iter().enumerate() {
        let whole = cells.first().is_some_and(|row| matches!(row[c], Cell::Int(_)));
        let array: ArrayRef = if whole {
            let value = |row: &Vec<Cell>| if let Cell::Int(n) = row[c] { Some(n) } else { None };
            Arc::new(cells.iter().map(value).collect::<Int64Array>())
        } else {
            Arc::new(cells.iter().map(|row| Some(row[c].plain())).collect::<StringArray>())
        };
        fields.push(Field::new(*header, if whole { DataType::Int64 } else { DataType::Utf8 }, true));
        arrays.push(array);
    }
    let bytes = encode(fields, arrays)?;
    fs_err::write(path, bytes)?;
    for (n, row) in rows.iter().enumerate() {
        to.truth_row(path, view, *row, "", n + 1)?;
    }
    to.files += 1;
    to.rows += rows.len() as u64;
    Ok(())
}

fn encode(fields: Vec<Field>, arrays: Vec<ArrayRef>) -> Result<Vec<u8>> {
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(schema.clone(), arrays).map_err(fault)?;
    let level = ZstdLevel::try_new(3).map_err(fault)?;
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, schema, Some(properties)).map_err(fault)?;
    writer.write(&batch).map_err(fault)?;
    writer.close().map_err(fault)?;
    Ok(bytes)
}

/// Columns of text as the bytes of a Parquet file.
///
/// # Errors
/// When the columns are of different lengths.
pub fn texts(names: &[&str], columns: &[Vec<&str>]) -> Result<Vec<u8>> {
    let fields = names.iter().map(|n| Field::new(*n, DataType::Utf8, false)).collect();
    let arrays = columns.iter().map(|c| Arc::new(StringArray::from(c.clone())) as ArrayRef).collect();
    encode(fields, arrays)
}
