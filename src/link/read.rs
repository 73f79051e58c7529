//! The two tables as columns of text: CSV in UTF-8 or GB18030 with any usual delimiter, or Parquet.

use std::borrow::Cow;
use std::fs::File;
use std::path::Path;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::spec::{Compare, Side};
use crate::error::{Fault, Place, Problem, Result, nearest};
use crate::resolve::hash::{FastMap, text_hash};
use crate::table::{TextColumn, Texts};

/// One table: its row names and the columns asked for, in that order.
#[derive(Debug, Default)]
pub struct Rows {
    pub ids: Texts,
    pub columns: Vec<TextColumn>,
}

impl Rows {
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }
}

/// Collects a column: each distinct text once.
#[derive(Default)]
struct Collector {
    /// Hash of a text → its code; texts that share a hash stand under the next free number.
    seen: FastMap<u64, u32>,
    column: TextColumn,
}

impl Collector {
    fn push(&mut self, text: &str) {
        let text = text.trim();
        if says_nothing(text) {
            self.column.codes.push(TextColumn::NULL);
            return;
        }
        let dictionary = &mut self.column.dictionary;
        let mut hash = text_hash(text);
        loop {
            match self.seen.get(&hash) {
                Some(&code) if dictionary.get(code as usize) == Some(text) => {
                    self.column.codes.push(code);
                    return;
                }
                Some(_) => hash = hash.wrapping_add(1),
                None => break,
            }
        }
        let code = u32::try_from(dictionary.len()).unwrap_or(TextColumn::NULL);
        dictionary.push(text);
        self.seen.insert(hash, code);
        self.column.codes.push(code);
    }
}

/// Cells that stand for no value.
fn says_nothing(text: &str) -> bool {
    text.is_empty() || ["null", "nan", "n/a", "\\n", "<na>"].iter().any(|w| text.eq_ignore_ascii_case(w))
}

/// Reads the side's row names and, of every comparison, the column that `column` picks.
///
/// # Errors
/// [`Fault::Configuration`] for a column that is not there, [`Fault::Inputs`] for a file that cannot be read, a row without
/// a name and a name that two rows share.
pub fn read(side: &Side, compare: &[Compare], column: impl Fn(&Compare) -> &str) -> Result<Rows> {
    let wanted: Vec<(&str, &Place)> =
        std::iter::once((side.id.as_str(), &side.place)).chain(compare.iter().map(|c| (column(c), &c.place))).collect();
    let parquet = side.path.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet"));
    let mut columns = if parquet { read_parquet(&side.path, &wanted)? } else { read_csv(&side.path, &wanted)? };
    let ids = columns.remove(0);
    check_ids(side, &ids)?;
    let rows = ids.codes.iter().map(|&c| ids.dictionary.get(c as usize).unwrap_or_default());
    let mut list = Texts::default();
    rows.for_each(|id| list.push(id));
    Ok(Rows { ids: list, columns })
}

fn unreadable(path: &Path, message: impl std::fmt::Display) -> Fault {
    Fault::Inputs(vec![Problem::new(Place::file(path.display().to_string()), "unreadable", message.to_string())])
}

/// Every row needs a name of its own.
fn check_ids(side: &Side, ids: &TextColumn) -> Result<()> {
    let file = side.path.display().to_string();
    let problem = |row: usize, code, message: String| {
        // The header is row 1.
        let place = Place::file(&file).row(u32::try_from(row + 2).unwrap_or(u32::MAX));
        Problem::new(place, code, message)
    };
    let mut problems = Vec::new();
    let mut first = vec![usize::MAX; ids.dictionary.len()];
    let (mut missing, mut repeated) = (0, 0);
    for (row, &code) in ids.codes.iter().enumerate() {
        match first.get_mut(code as usize) {
            None => {
                missing += 1;
                if missing <= 3 {
                    problems.push(problem(row, "missing-id", format!("no value in {}", side.id)));
                }
            }
            Some(seen) if *seen == usize::MAX => *seen = row,
            Some(seen) => {
                repeated += 1;
                if repeated <= 3 {
                    let id = ids.dictionary.get(code as usize).unwrap_or_default();
                    let message = format!("{} {id} stands already in row {}", side.id, *seen + 2);
                    problems.push(problem(row, "duplicate-id", message));
                }
            }
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    let hint = format!("{missing} row(s) without a name, {repeated} repeated; every row needs a name of its own");
    if let Some(last) = problems.last_mut() {
        last.hint = Some(hint);
    }
    Err(Fault::Inputs(problems))
}

/// Where each wanted column stands; every one that is missing is told, with the nearest name.
fn positions(path: &Path, headers: &[String], wanted: &[(&str, &Place)]) -> Result<Vec<usize>> {
    let mut problems = Vec::new();
    let mut found = Vec::new();
    for (name, place) in wanted {
        if let Some(at) = headers.iter().position(|h| h == name) {
            found.push(at);
            continue;
        }
        let message = format!("{} has no column {name}", path.display());
        let mut problem = Problem::new((*place).clone(), "unknown-column", message);
        problem.hint = Some(match nearest(name, headers.iter().map(String::as_str)) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("its columns: {}", headers.join(", ")),
        });
        problems.push(problem);
    }
    if problems.is_empty() { Ok(found) } else { Err(Fault::Configuration(problems)) }
}

fn read_csv(path: &Path, wanted: &[(&str, &Place)]) -> Result<Vec<TextColumn>> {
    let bytes = fs_err::read(path).map_err(|e| unreadable(path, e))?;
    let text = decode(path, &bytes)?;
    let head = text.lines().next().unwrap_or_default();
    let delimiter = b",\t;|".iter().copied().max_by_key(|&d| (head.bytes().filter(|&b| b == d).count(), d == b','));
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter.unwrap_or(b',')).flexible(true).from_reader(text.as_bytes());
    let headers: Vec<String> =
        reader.headers().map_err(|e| unreadable(path, e))?.iter().map(|h| h.trim().to_owned()).collect();
    let at = positions(path, &headers, wanted)?;
    let mut columns: Vec<Collector> = at.iter().map(|_| Collector::default()).collect();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|e| unreadable(path, e))? {
        if record.len() != headers.len() {
            let line = record.position().map_or(0, csv::Position::line);
            let message = format!("{} cells under {} headers", record.len(), headers.len());
            let place = Place::file(path.display().to_string()).row(u32::try_from(line).unwrap_or(u32::MAX));
            return Err(Fault::Inputs(vec![Problem::new(place, "ragged-row", message)]));
        }
        for (column, &at) in columns.iter_mut().zip(&at) {
            column.push(record.get(at).unwrap_or_default());
        }
    }
    Ok(columns.into_iter().map(|c| c.column).collect())
}

fn decode<'a>(path: &Path, bytes: &'a [u8]) -> Result<Cow<'a, str>> {
    let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(body) {
        return Ok(Cow::Borrowed(text));
    }
    let encoding = if bytes.starts_with(b"\xFF\xFE") { encoding_rs::UTF_16LE } else { encoding_rs::GB18030 };
    let (text, _, wrong) = encoding.decode(bytes);
    if wrong {
        return Err(unreadable(path, "neither UTF-8 nor GB18030"));
    }
    Ok(text)
}

fn read_parquet(path: &Path, wanted: &[(&str, &Place)]) -> Result<Vec<TextColumn>> {
    let file: File = fs_err::File::open(path).map_err(|e| unreadable(path, e))?.into_parts().0;
    let failed = |e: &dyn std::fmt::Display| unreadable(path, e);
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| failed(&e))?;
    let headers: Vec<String> = builder.schema().fields().iter().map(|f| f.name().clone()).collect();
    let at = positions(path, &headers, wanted)?;
    let mut kept = at.clone();
    kept.sort_unstable();
    kept.dedup();
    let mask = ProjectionMask::roots(builder.parquet_schema(), kept.iter().copied());
    let reader = builder.with_projection(mask).build().map_err(|e| failed(&e))?;
    let mut columns: Vec<Collector> = at.iter().map(|_| Collector::default()).collect();
    for batch in reader {
        let batch = batch.map_err(|e| failed(&e))?;
        for (column, at) in columns.iter_mut().zip(&at) {
            let place = kept.binary_search(at).unwrap_or_default();
            push_all(column, batch.column(place)).map_err(|e| failed(&e))?;
        }
    }
    Ok(columns.into_iter().map(|c| c.column).collect())
}

fn push_all(column: &mut Collector, array: &ArrayRef) -> std::result::Result<(), arrow::error::ArrowError> {
    if matches!(array.data_type(), DataType::Float64 | DataType::Float32 | DataType::Float16) {
        let numbers = cast(array, &DataType::Float64)?;
        // A whole number held as a float is that whole number: 4011, not 4011.0.
        for value in numbers.as_primitive::<Float64Type>() {
            column.push(&value.map_or(String::new(), |v| v.to_string()));
        }
        return Ok(());
    }
    let array = match array.data_type() {
        DataType::Timestamp(_, _) | DataType::Date64 => &cast(array, &DataType::Date32)?,
        _ => array,
    };
    let texts = cast(array, &DataType::Utf8)?;
    let texts = texts.as_string::<i32>();
    for row in 0..texts.len() {
        column.push(if texts.is_null(row) { "" } else { texts.value(row) });
    }
    Ok(())
}
