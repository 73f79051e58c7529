//! Earlier published periods of the tables that rules look back at: which files they are, and their rows.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Field, Float64Type, Int32Type, Int64Type, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

use super::layout::{MANIFEST, Store, data_file};
use super::parquet::unsound;
use crate::detect::past::{PAST_ROW_ID, PERIOD, PERIOD_NO, Past, ROWS_A_PERIOD, Wanted};
use crate::error::{Fault, Result};
use crate::kernel::dates::Month;
use crate::table::column::{TextBuilder, TextColumn};
use crate::table::{Frame, Numbers, Values};

/// Rows decoded at a time.
const BATCH_ROWS: usize = 64 * 1024;

/// One table of one earlier period.
#[derive(Debug, Clone)]
pub struct PastFile {
    pub table: String,
    pub period: Month,
    /// What its manifest says of its bytes.
    pub sha256: String,
    file: PathBuf,
}

/// The files of earlier periods that the wanted tables' windows reach, oldest first for each table. A canonical table that
/// had no feed in a period is not among them.
///
/// # Errors
/// [`Fault::Machine`] or [`Fault::Reconciliation`].
pub fn files(out: &Path, before: Month, wanted: &[Wanted]) -> Result<Vec<PastFile>> {
    let Some(longest) = wanted.iter().map(|w| w.months).max() else { return Ok(Vec::new()) };
    let reach = |months: u32| before.plus(-i32::try_from(months).unwrap_or(i32::MAX));
    let mut files = Vec::new();
    for (period, run) in Store::new(out).published_runs()? {
        if period >= before || period < reach(longest) {
            continue;
        }
        let path = run.join(MANIFEST);
        let manifest: serde_json::Value =
            serde_json::from_slice(&fs_err::read(&path)?).map_err(|e| unsound(&path, &e))?;
        let listed = |list: &serde_json::Value, key: &str, name: &str| {
            list.as_array().and_then(|all| all.iter().find(|f| f[key] == name)).cloned()
        };
        for table in wanted.iter().filter(|w| period >= reach(w.months)) {
            let present = manifest["feeds"]["present"].as_array();
            let fed = present.is_none_or(|all| all.iter().any(|t| t == table.table.as_str()));
            if table.path.starts_with("canonical/") && !fed {
                continue;
            }
            // A table that the period did not know yet is no history of it.
            let Some(entry) = listed(&manifest["files"], "table", &table.path) else { continue };
            files.push(PastFile {
                table: table.table.clone(),
                period,
                sha256: entry["sha256"].as_str().unwrap_or_default().to_owned(),
                file: data_file(&run, &table.path),
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
    read_resting(files, wanted, |_| Ok(()))
}

/// The same; each table is given to `rest` before the next is read.
///
/// # Errors
/// As [`read`], and those of `rest`.
pub fn read_resting(files: &[PastFile], wanted: Vec<Wanted>, rest: impl Fn(&mut Frame) -> Result<()>) -> Result<Past> {
    let mut past = Past::default();
    let mut periods: BTreeMap<String, Vec<Month>> = BTreeMap::new();
    for table in wanted {
        let mut frame = table.frame;
        let mut columns: Vec<(String, Builder)> =
            frame.columns.iter().map(|c| Ok((c.name.clone(), Builder::of(&c.values)?))).collect::<Result<_>>()?;
        for file in files.iter().filter(|f| f.table == table.table) {
            append(&mut columns, file)?;
            periods.entry(table.table.clone()).or_default().push(file.period);
        }
        for (column, (_, builder)) in frame.columns.iter_mut().zip(columns) {
            column.values = builder.finish();
        }
        rest(&mut frame)?;
        past.frames.push(frame);
    }
    past.periods = periods;
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
            let mut columns: Vec<(String, Builder)> =
                frame.columns.iter().map(|c| Ok((c.name.clone(), Builder::of(&c.values)?))).collect::<Result<_>>()?;
            let table = frame.name().to_owned();
            append(&mut columns, &PastFile { table, period, sha256: String::new(), file })?;
            for (column, (_, builder)) in frame.columns.iter_mut().zip(columns) {
                column.values = builder.finish();
            }
        }
        filled.push(frame);
    }
    Ok(filled)
}

fn append(columns: &mut [(String, Builder)], file: &PastFile) -> Result<()> {
    let path = &file.file;
    let input = fs_err::File::open(path)?.into_parts().0;
    let plain = ArrowReaderMetadata::load(&input, ArrowReaderOptions::new()).map_err(|e| unsound(path, &e))?;
    // Text comes by its dictionary, so that each distinct value is looked up once a batch.
    let options = ArrowReaderOptions::new().with_schema(Arc::new(by_dictionary(plain.schema())));
    let metadata = ArrowReaderMetadata::load(&input, options).map_err(|e| unsound(path, &e))?;
    let known = |name: &str| plain.schema().index_of(name).is_ok();
    let mut needed: Vec<&str> = columns.iter().map(|(n, _)| n.as_str()).filter(|n| known(n)).collect();
    if columns.iter().any(|(n, _)| n == PAST_ROW_ID) && known("row_id") {
        needed.push("row_id");
    }
    if needed.is_empty() {
        // Only the months are asked for: any one column tells how many rows there are.
        needed.extend(plain.schema().fields().first().map(|f| f.name().as_str()));
    }
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(input, metadata);
    let mask = ProjectionMask::columns(builder.parquet_schema(), needed.iter().copied());
    let reader = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build().map_err(|e| unsound(path, &e))?;
    let month = file.period.to_string();
    for batch in reader {
        let batch = batch.map_err(|e| unsound(path, &e))?;
        for (name, builder) in columns.iter_mut() {
            take(name, builder, &batch, file.period, &month)
                .map_err(|why| unsound(path, &format!("column {name}: {why}")))?;
        }
    }
    Ok(())
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

/// Takes one column of a batch over.
fn take(
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
enum Builder {
    Text(TextBuilder, Vec<u32>),
    Int32(Numbers<i32>),
    Int64(Numbers<i64>),
    Float(Numbers<f64>),
    Decimal(Numbers<i64>),
    Date(Numbers<i32>),
    Bool(Vec<Option<bool>>),
}

impl Builder {
    fn of(values: &Values) -> Result<Self> {
        Ok(match values {
            Values::Text(_) => Self::Text(TextBuilder::default(), Vec::new()),
            Values::Int32(_) => Self::Int32(Numbers::default()),
            Values::Int64(_) => Self::Int64(Numbers::default()),
            Values::Float(_) => Self::Float(Numbers::default()),
            Values::Decimal(_) => Self::Decimal(Numbers::default()),
            Values::Date(_) => Self::Date(Numbers::default()),
            Values::Bool(_) => Self::Bool(Vec::new()),
            Values::Evidence(_) | Values::AtRest(_) => {
                return Err(Fault::Internal("evidence and what is at rest are not read back".to_owned()));
            }
        })
    }

    fn finish(self) -> Values {
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
