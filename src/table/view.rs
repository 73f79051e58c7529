//! The one bridge between our columns and the engines': a frame becomes a Polars frame for rules, or an Arrow batch for Parquet.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayBuilder, Int64Builder};
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array, ListBuilder,
    StringArray, StringBuilder, StructBuilder,
};
use arrow::datatypes::{DataType, Field as ArrowField, Fields, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use polars::prelude as pl;

use super::column::TextColumn;
use super::frame::{EvidenceCell, Frame, FrameColumn, Values};
use crate::error::{Fault, Result};

fn internal(error: impl std::fmt::Display) -> Fault {
    Fault::Internal(error.to_string())
}

/// A Polars frame of the columns an engine can see; evidence lists stay behind.
///
/// # Errors
/// [`Fault::Internal`] when columns are of different lengths.
pub fn to_polars(frame: &Frame) -> Result<pl::DataFrame> {
    let seen = frame.columns.iter().filter(|c| !matches!(c.values, Values::Evidence(_)));
    let columns = seen.map(to_polars_column).collect::<Result<Vec<_>>>()?;
    pl::DataFrame::new(frame.len(), columns).map_err(internal)
}

/// Text by its dictionary: each distinct value is stored once, rows only point at it.
fn text_series(name: pl::PlSmallStr, column: &TextColumn) -> Result<pl::Series> {
    use pl::{IntoSeries, NewChunkedArray};
    let dictionary = pl::StringChunked::from_iter_values(name, column.dictionary.iter()).into_series();
    let code = |&c: &u32| (c != TextColumn::NULL).then_some(c);
    let codes = pl::IdxCa::from_iter_options(pl::PlSmallStr::EMPTY, column.codes.iter().map(code));
    dictionary.take(&codes).map_err(internal)
}

/// One column for Polars.
///
/// # Errors
/// [`Fault::Internal`] for a column of evidence, which no engine sees.
pub fn to_polars_column(c: &FrameColumn) -> Result<pl::Column> {
    use pl::{IntoSeries, NamedFrom, NewChunkedArray};
    let name: pl::PlSmallStr = c.name.as_str().into();
    let series = match &c.values {
        Values::Text(v) => text_series(name, v)?,
        Values::Int32(v) => pl::Int32Chunked::from_iter_options(name, v.iter()).into_series(),
        Values::Int64(v) => pl::Int64Chunked::from_iter_options(name, v.iter()).into_series(),
        Values::Float(v) => pl::Float64Chunked::from_iter_options(name, v.iter()).into_series(),
        Values::Bool(v) => pl::Series::new(name, v),
        Values::Date(v) => {
            let days = pl::Int32Chunked::from_iter_options(name, v.iter()).into_series();
            days.cast(&pl::DataType::Date).map_err(internal)?
        }
        Values::Decimal(v) => {
            let wide = v.iter().map(|x| x.map(i128::from));
            let chunked: pl::ChunkedArray<pl::Int128Type> = pl::ChunkedArray::from_iter_options(name, wide);
            chunked.into_decimal_unchecked(18, 2).into_series()
        }
        Values::Evidence(_) => return Err(internal(format!("{}: engines see no evidence lists", c.name))),
        Values::AtRest(_) => return to_polars_column(&*c.awake()?),
    };
    Ok(series.into())
}

fn evidence_fields() -> Fields {
    Fields::from(vec![
        ArrowField::new("table", DataType::Utf8, false),
        ArrowField::new("source_file", DataType::Utf8, false),
        ArrowField::new("source_row", DataType::Int64, false),
        ArrowField::new("column", DataType::Utf8, false),
        ArrowField::new("value", DataType::Utf8, true),
    ])
}

fn evidence_array<'a>(rows: impl Iterator<Item = &'a [EvidenceCell]>) -> ArrayRef {
    let fields = evidence_fields();
    let builders: Vec<Box<dyn ArrayBuilder>> = vec![
        Box::new(StringBuilder::new()),
        Box::new(StringBuilder::new()),
        Box::new(Int64Builder::new()),
        Box::new(StringBuilder::new()),
        Box::new(StringBuilder::new()),
    ];
    let item = ArrowField::new("item", DataType::Struct(fields.clone()), false);
    let mut list = ListBuilder::new(StructBuilder::new(fields, builders)).with_field(item);
    for cells in rows {
        let values = list.values();
        for cell in cells {
            let texts = [
                (0, Some(cell.table.as_ref())),
                (1, Some(cell.source_file.as_ref())),
                (3, Some(cell.column.as_ref())),
                (4, cell.value.as_deref()),
            ];
            for (i, text) in texts {
                if let Some(b) = values.field_builder::<StringBuilder>(i) {
                    b.append_option(text);
                }
            }
            if let Some(b) = values.field_builder::<Int64Builder>(2) {
                b.append_value(cell.source_row);
            }
            values.append(true);
        }
        list.append(true);
    }
    Arc::new(list.finish())
}

fn arrow_type(values: &Values) -> DataType {
    match values {
        Values::Text(_) => DataType::Utf8,
        Values::Int32(_) => DataType::Int32,
        Values::Int64(_) => DataType::Int64,
        Values::Float(_) => DataType::Float64,
        Values::Bool(_) => DataType::Boolean,
        Values::Date(_) => DataType::Date32,
        Values::Decimal(_) => DataType::Decimal128(18, 2),
        Values::AtRest(v) => arrow_type(&v.empty()),
        Values::Evidence(_) => {
            DataType::List(Arc::new(ArrowField::new("item", DataType::Struct(evidence_fields()), false)))
        }
    }
}

/// Some rows of a column, in the order of `rows`.
fn arrow_array(values: &Values, rows: &[u32]) -> Result<ArrayRef> {
    let rows = rows.iter().map(|&row| row as usize);
    Ok(match values {
        Values::Text(v) => Arc::new(rows.map(|r| v.get(r)).collect::<StringArray>()),
        Values::Int32(v) => Arc::new(rows.map(|r| v.get(r)).collect::<Int32Array>()),
        Values::Int64(v) => Arc::new(rows.map(|r| v.get(r)).collect::<Int64Array>()),
        Values::Float(v) => Arc::new(rows.map(|r| v.get(r)).collect::<Float64Array>()),
        Values::Bool(v) => Arc::new(rows.map(|r| v[r]).collect::<BooleanArray>()),
        Values::Date(v) => Arc::new(rows.map(|r| v.get(r)).collect::<Date32Array>()),
        Values::Decimal(v) => Arc::new(
            rows.map(|r| v.get(r).map(i128::from))
                .collect::<Decimal128Array>()
                .with_precision_and_scale(18, 2)
                .map_err(internal)?,
        ),
        Values::Evidence(v) => evidence_array(rows.map(|r| v[r].as_ref())),
        Values::AtRest(_) => return Err(internal("a column at rest is no array")),
    })
}

fn arrow_field(c: &FrameColumn) -> ArrowField {
    let mut metadata =
        HashMap::from([("title".to_owned(), c.title_zh.clone()), ("title_en".to_owned(), c.title_en.clone())]);
    if let Some(unit) = &c.unit {
        metadata.insert("unit".to_owned(), unit.clone());
    }
    if c.personal {
        metadata.insert("classification".to_owned(), "personal, masked or hashed".to_owned());
    }
    ArrowField::new(&c.name, arrow_type(&c.values), true).with_metadata(metadata)
}

/// The Arrow schema of a frame, with titles, units and classification as field metadata.
#[must_use]
pub fn arrow_schema(frame: &Frame) -> SchemaRef {
    Arc::new(Schema::new(frame.columns.iter().map(arrow_field).collect::<Vec<_>>()))
}

/// Some rows of a frame as an Arrow batch, in the order of `rows`, so that a large frame never stands in memory twice.
///
/// # Errors
/// [`Fault::Internal`] when the schema is not the frame's.
pub fn to_arrow(frame: &Frame, schema: &SchemaRef, rows: &[u32]) -> Result<RecordBatch> {
    let arrays = frame.columns.iter().map(|c| arrow_array(&c.values, rows)).collect::<Result<Vec<_>>>()?;
    RecordBatch::try_new(Arc::clone(schema), arrays).map_err(internal)
}
