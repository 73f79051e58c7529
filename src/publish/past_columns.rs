//! Columns of earlier months while they are read back.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type};

use crate::detect::past::{PAST_ROW_ID, PERIOD, PERIOD_NO, ROWS_A_PERIOD};
use crate::error::{Fault, Result};
use crate::kernel::dates::Month;
use crate::table::column::{TextBuilder, TextColumn};
use crate::table::{Numbers, Values};

/// Takes one column of a batch over.
pub(super) fn take(
    name: &str,
    builder: &mut Builder,
    batch: &RecordBatch,
    period: Month,
    month: &str,
) -> std::result::Result<(), String> {
    let rows = batch.num_rows();
    match (name, batch.column_by_name(name)) {
        (PERIOD, _) => builder.constant_text(month, rows),
        (PERIOD_NO, _) => builder.constant_int(period.0, rows),
        (PAST_ROW_ID, _) => {
            let ids = batch.column_by_name("row_id").ok_or("there is no row_id")?;
            builder.row_ids(period, ids)?;
        }
        (_, Some(array)) => builder.take(array)?,
        (_, None) => builder.nulls(rows),
    }
    Ok(())
}

/// A column being filled.
pub(super) enum Builder {
    Text(TextBuilder, Vec<u32>),
    Int32(Numbers<i32>),
    Int64(Numbers<i64>),
    Float(Numbers<f64>),
    Decimal(Numbers<i64>),
    Date(Numbers<i32>),
    Bool(Vec<Option<bool>>),
}

impl Builder {
    /// With room for about so many rows: columns that grow file by file would be moved each time.
    pub(super) fn of(values: &Values, rows: usize) -> Result<Self> {
        Ok(match values {
            Values::Text(_) => Self::Text(TextBuilder::default(), Vec::with_capacity(rows)),
            Values::Int32(_) => Self::Int32(Numbers::with_capacity(rows)),
            Values::Int64(_) => Self::Int64(Numbers::with_capacity(rows)),
            Values::Float(_) => Self::Float(Numbers::with_capacity(rows)),
            Values::Decimal(_) => Self::Decimal(Numbers::with_capacity(rows)),
            Values::Date(_) => Self::Date(Numbers::with_capacity(rows)),
            Values::Bool(_) => Self::Bool(Vec::with_capacity(rows)),
            Values::Evidence(_) | Values::AtRest(_) => {
                return Err(Fault::Internal("evidence and what is at rest are not read back".to_owned()));
            }
        })
    }

    pub(super) fn finish(self) -> Values {
        match self {
            Self::Text(builder, codes) => Values::Text(TextColumn { dictionary: builder.finish().dictionary, codes }),
            Self::Int32(v) => Values::Int32(v),
            Self::Int64(v) => Values::Int64(v),
            Self::Float(v) => Values::Float(v),
            Self::Decimal(v) => Values::Decimal(v),
            Self::Date(v) => Values::Date(v),
            Self::Bool(v) => Values::Bool(v),
        }
    }

    /// What another one of the same kind holds, after what stands here.
    pub(super) fn append(&mut self, other: Self) {
        match (self, other) {
            (Self::Text(builder, codes), Self::Text(theirs, their_codes)) => {
                let dictionary = theirs.finish().dictionary;
                let ours: Vec<u32> = dictionary.iter().map(|value| builder.code(Some(value))).collect();
                let code = |code: u32| ours.get(code as usize).copied().unwrap_or(TextColumn::NULL);
                codes.extend(their_codes.into_iter().map(code));
            }
            (Self::Int32(v), Self::Int32(o)) | (Self::Date(v), Self::Date(o)) => v.extend(o.iter()),
            (Self::Int64(v), Self::Int64(o)) | (Self::Decimal(v), Self::Decimal(o)) => v.extend(o.iter()),
            (Self::Float(v), Self::Float(o)) => v.extend(o.iter()),
            (Self::Bool(v), Self::Bool(o)) => v.extend(o),
            _ => unreachable!("builders of one column are of one kind"),
        }
    }

    fn constant_text(&mut self, value: &str, rows: usize) {
        if let Self::Text(builder, codes) = self {
            let code = builder.code(Some(value));
            codes.resize(codes.len() + rows, code);
        }
    }

    fn constant_int(&mut self, value: i32, rows: usize) {
        if let Self::Int32(v) = self {
            v.extend(std::iter::repeat_n(Some(value), rows));
        }
    }

    fn row_ids(&mut self, period: Month, ids: &ArrayRef) -> std::result::Result<(), String> {
        let ids = ids.as_primitive_opt::<Int64Type>().ok_or("row_id is no integer")?;
        if let Self::Int64(v) = self {
            v.extend(ids.iter().map(|id| id.map(|id| i64::from(period.0) * ROWS_A_PERIOD + id)));
        }
        Ok(())
    }

    fn nulls(&mut self, rows: usize) {
        match self {
            Self::Text(_, codes) => codes.resize(codes.len() + rows, TextColumn::NULL),
            Self::Int32(v) | Self::Date(v) => v.extend(std::iter::repeat_n(None, rows)),
            Self::Int64(v) | Self::Decimal(v) => v.extend(std::iter::repeat_n(None, rows)),
            Self::Float(v) => v.extend(std::iter::repeat_n(None, rows)),
            Self::Bool(v) => v.resize(v.len() + rows, None),
        }
    }

    fn take(&mut self, array: &ArrayRef) -> std::result::Result<(), String> {
        match self {
            Self::Text(builder, codes) => return text(builder, codes, array),
            Self::Int32(v) => v.extend(cast(array, &DataType::Int32)?.as_primitive::<Int32Type>()),
            Self::Int64(v) => v.extend(cast(array, &DataType::Int64)?.as_primitive::<Int64Type>()),
            Self::Float(v) => v.extend(cast(array, &DataType::Float64)?.as_primitive::<Float64Type>()),
            Self::Date(v) => v.extend(cast(array, &DataType::Date32)?.as_primitive::<Date32Type>()),
            Self::Bool(v) => v.extend(cast(array, &DataType::Boolean)?.as_boolean()),
            Self::Decimal(v) => {
                let array = cast(array, &DataType::Decimal128(18, 2))?;
                for fen in array.as_primitive::<Decimal128Type>() {
                    v.push(fen.map(|f| i64::try_from(f).map_err(|e| e.to_string())).transpose()?);
                }
            }
        }
        Ok(())
    }
}

fn cast(array: &ArrayRef, wanted: &DataType) -> std::result::Result<ArrayRef, String> {
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    cast_with_options(array, wanted, &strict).map_err(|e| e.to_string())
}

/// Text by its dictionary; each value of the batch is entered when it is first met.
fn text(builder: &mut TextBuilder, codes: &mut Vec<u32>, array: &ArrayRef) -> std::result::Result<(), String> {
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let array = cast(array, &dictionary)?;
    let array = array.as_dictionary::<Int32Type>();
    let values = array.values().as_string_opt::<i32>().ok_or("no text")?;
    let mut entered: Vec<Option<u32>> = vec![None; values.len()];
    codes.reserve(array.len());
    for key in array.keys() {
        let at = key.and_then(|k| usize::try_from(k).ok()).filter(|&at| values.is_valid(at));
        codes.push(match at {
            None => TextColumn::NULL,
            Some(at) => *entered[at].get_or_insert_with(|| builder.code(Some(values.value(at)))),
        });
    }
    Ok(())
}
