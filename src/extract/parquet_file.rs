//! Parquet in the parser child: batches become rows of cells; dates and decimals become exact text.

use std::fs::File;
use std::io::Write;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float32Type, Float64Type, Int64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::Limits;
use super::child::Unreadable;
use super::grid::Cell;
use super::protocol::Writer;

pub(super) fn read<W: Write>(file: File, limits: &Limits, writer: &mut Writer<W>) -> Result<(), Unreadable> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(damaged)?;
    let names: Vec<String> = builder.schema().fields().iter().map(|f| f.name().clone()).collect();
    if names.len() > limits.max_columns {
        return Err(Unreadable::damaged(format!("{} columns", names.len())));
    }
    let declared = builder.metadata().file_metadata().num_rows();
    let reader = builder.with_batch_size(8192).build().map_err(damaged)?;
    writer.sheet(None, false, false)?;
    // The names stand above the first row, which is row 1.
    let header: Vec<(u32, Cell<'_>)> = (0..).zip(&names).map(|(i, n)| (i, Cell::Text(n))).collect();
    writer.row(0, &header)?;
    let mut number = 0_u32;
    for batch in reader {
        let batch = batch.map_err(damaged)?;
        let columns = batch.columns().iter().map(exact).collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            number = number.checked_add(1).ok_or_else(|| Unreadable::damaged("too many rows"))?;
            let cells: Vec<(u32, Cell<'_>)> =
                (0..).zip(&columns).map(|(i, c)| (i, cell(c, row))).filter(|(_, c)| *c != Cell::Empty).collect();
            writer.row(number, &cells)?;
        }
    }
    if i64::from(number) == declared {
        Ok(())
    } else {
        Err(Unreadable::damaged(format!("{declared} rows declared, {number} found")))
    }
}

fn damaged(error: impl std::fmt::Display) -> Unreadable {
    Unreadable::damaged(error)
}

/// Whole numbers to 64 bits, floats as they are, everything else to its exact text.
fn exact(column: &ArrayRef) -> Result<ArrayRef, Unreadable> {
    let to = match column.data_type() {
        DataType::Utf8 | DataType::Float64 | DataType::Float32 | DataType::Int64 | DataType::Null => {
            return Ok(column.clone());
        }
        t if t.is_signed_integer() || matches!(t, DataType::UInt8 | DataType::UInt16 | DataType::UInt32) => {
            DataType::Int64
        }
        DataType::Timestamp(_, _) | DataType::Date64 => {
            let days = cast(column, &DataType::Date32).map_err(damaged)?;
            return cast(&days, &DataType::Utf8).map_err(damaged);
        }
        DataType::List(_) | DataType::LargeList(_) | DataType::Struct(_) | DataType::Map(_, _) => {
            // Nested columns are never a field of ours; their presence alone is no fault.
            return Ok(arrow::array::new_null_array(&DataType::Utf8, column.len()));
        }
        _ => DataType::Utf8,
    };
    cast(column, &to).map_err(damaged)
}

fn cell(column: &ArrayRef, row: usize) -> Cell<'_> {
    if column.is_null(row) {
        return Cell::Empty;
    }
    match column.data_type() {
        DataType::Utf8 => Cell::Text(column.as_string::<i32>().value(row)),
        DataType::Int64 => Cell::Whole(column.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => Cell::Number(column.as_primitive::<Float64Type>().value(row)),
        DataType::Float32 => Cell::Number(f64::from(column.as_primitive::<Float32Type>().value(row))),
        _ => Cell::Empty,
    }
}
