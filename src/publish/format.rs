//! An answer as a table for the terminal, as CSV that a spreadsheet cannot be made to execute, as JSON, as Parquet.

use polars::prelude as pl;
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use crate::error::{Fault, Result, printable};
use crate::kernel::dates::civil;

/// One value of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Null,
    Text(String),
    /// A number as it is written, so that money keeps its two places.
    Number(String),
    Bool(bool),
    /// Lists and structs.
    Nested(Value),
}

impl Cell {
    fn of(value: pl::AnyValue<'_>) -> Self {
        use pl::AnyValue as A;
        match value {
            A::Null => Self::Null,
            A::Boolean(b) => Self::Bool(b),
            A::String(s) => Self::Text(s.to_owned()),
            A::StringOwned(s) => Self::Text(s.to_string()),
            A::Date(day) => {
                let (year, month, day) = civil(day);
                Self::Text(format!("{year:04}-{month:02}-{day:02}"))
            }
            A::Decimal(units, _, scale) => Self::Number(decimal(units, scale)),
            A::Float64(x) => float(x),
            A::Float32(x) => float(f64::from(x)),
            A::List(items) => Self::Nested(Value::Array(items.iter().map(|v| Self::of(v).json()).collect())),
            nested @ (A::Struct(..) | A::StructOwned(_)) => match nested.into_static() {
                A::StructOwned(inner) => {
                    let (values, fields) = *inner;
                    let member = |(v, f): (A<'static>, pl::Field)| (f.name().to_string(), Self::of(v).json());
                    Self::Nested(Value::Object(values.into_iter().zip(fields).map(member).collect()))
                }
                other => Self::Text(other.to_string()),
            },
            number if number.is_primitive_numeric() => Self::Number(number.to_string()),
            other => Self::Text(other.to_string()),
        }
    }

    /// The value as text; `None` for no value.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Text(s) | Self::Number(s) => Some(s.clone()),
            Self::Bool(b) => Some(b.to_string()),
            Self::Nested(v) => Some(v.to_string()),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Text(s) => Value::String(s.clone()),
            Self::Number(s) => serde_json::from_str(s).unwrap_or_else(|_| Value::String(s.clone())),
            Self::Bool(b) => Value::Bool(*b),
            Self::Nested(v) => v.clone(),
        }
    }

    /// JSON text. A number is written digit for digit, never by way of a float.
    fn json_text(&self) -> String {
        match self {
            Self::Number(s) => s.clone(),
            other => other.json().to_string(),
        }
    }
}

fn float(x: f64) -> Cell {
    if x.is_finite() { Cell::Number(x.to_string()) } else { Cell::Null }
}

fn decimal(units: i128, scale: usize) -> String {
    if scale == 0 {
        return units.to_string();
    }
    let digits = format!("{:0width$}", units.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    format!("{}{whole}.{fraction}", if units < 0 { "-" } else { "" })
}

fn internal(error: impl std::fmt::Display) -> Fault {
    Fault::Internal(error.to_string())
}

/// Column names of an answer.
#[must_use]
pub fn header(answer: &pl::DataFrame) -> Vec<String> {
    answer.get_column_names().into_iter().map(ToString::to_string).collect()
}

/// An answer row by row.
///
/// # Errors
/// [`Fault::Internal`].
pub fn cells(answer: &pl::DataFrame) -> Result<Vec<Vec<Cell>>> {
    let cell = |row: usize, column: &pl::Column| column.get(row).map(Cell::of).map_err(internal);
    let row = |row: usize| answer.columns().iter().map(|column| cell(row, column)).collect();
    (0..answer.height()).map(row).collect()
}

/// Columns that line up where Chinese characters are two cells wide; numbers stand flush right, no value is empty.
///
/// # Errors
/// [`Fault::Internal`].
pub fn to_table(answer: &pl::DataFrame) -> Result<String> {
    let rows = cells(answer)?;
    let show = |cell: &Cell| printable(&cell.text().unwrap_or_default());
    let texts: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(show).collect()).collect();
    let header: Vec<String> = header(answer).iter().map(|h| printable(h)).collect();
    let width = |i: usize| texts.iter().map(|row| row[i].width()).chain([header[i].width()]).max().unwrap_or(0);
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let right: Vec<bool> =
        (0..header.len()).map(|i| rows.iter().any(|row| matches!(row[i], Cell::Number(_)))).collect();
    let line = |cells: &[String]| {
        let pad = |(i, cell): (usize, &String)| {
            let space = " ".repeat(widths[i].saturating_sub(cell.width()));
            if right[i] { format!("{space}{cell}") } else { format!("{cell}{space}") }
        };
        format!("{}\n", cells.iter().enumerate().map(pad).collect::<Vec<_>>().join("  ").trim_end())
    };
    let rule: Vec<String> = widths.iter().map(|&w| "─".repeat(w)).collect();
    let mut out = line(&header) + &line(&rule);
    out.extend(texts.iter().map(|row| line(row)));
    Ok(out)
}

/// CSV for spreadsheets as well: a text that a spreadsheet would take for a formula gets a leading apostrophe.
///
/// # Errors
/// [`Fault::Internal`].
pub fn to_csv(answer: &pl::DataFrame) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header(answer).iter().map(|h| guarded(h))).map_err(internal)?;
    for row in cells(answer)? {
        let text = |cell: &Cell| match cell {
            Cell::Text(s) => guarded(s),
            other => other.text().unwrap_or_default(),
        };
        writer.write_record(row.iter().map(text)).map_err(internal)?;
    }
    String::from_utf8(writer.into_inner().map_err(internal)?).map_err(internal)
}

/// Whether a spreadsheet would take the text for a formula, also after spaces and in full width.
#[must_use]
pub fn reads_as_formula(text: &str) -> bool {
    let first = text.chars().find(|c| !c.is_whitespace() && *c != '\u{FEFF}');
    first.is_some_and(|c| "=+-@\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}".contains(c)) || text.starts_with(['\t', '\r', '\n'])
}

fn guarded(text: &str) -> String {
    if reads_as_formula(text) { format!("'{text}") } else { text.to_owned() }
}

/// An array of objects, one a line.
///
/// # Errors
/// [`Fault::Internal`].
pub fn to_json(answer: &pl::DataFrame) -> Result<String> {
    let names: Vec<String> = header(answer).into_iter().map(|h| Value::String(h).to_string()).collect();
    let object = |row: &Vec<Cell>| {
        let members: Vec<String> =
            names.iter().zip(row).map(|(name, cell)| format!("{name}:{}", cell.json_text())).collect();
        format!("{{{}}}", members.join(","))
    };
    let lines: Vec<String> = cells(answer)?.iter().map(object).collect();
    Ok(if lines.is_empty() { "[]\n".to_owned() } else { format!("[\n{}\n]\n", lines.join(",\n")) })
}

/// One Parquet file.
///
/// # Errors
/// [`Fault::Internal`].
pub fn to_parquet(answer: &mut pl::DataFrame) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    pl::ParquetWriter::new(&mut bytes).finish(answer).map_err(internal)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::df;

    fn answer() -> pl::DataFrame {
        df!["单位" => ["=cmd()", "a\tb", "-1"], "n" => [-5_i64, 10, 200], "x" => [Some(0.5), None, Some(-1.0)]]
            .expect("a frame")
    }

    #[test]
    fn a_spreadsheet_gets_no_formula_and_numbers_stay_numbers() {
        let csv = to_csv(&answer()).expect("text");
        assert_eq!(csv, "单位,n,x\n'=cmd(),-5,0.5\na\tb,10,\n'-1,200,-1\n");
        for text in [" =cmd()", "\u{A0}=cmd()", "\n=cmd()", "＝cmd()", "\u{FEFF}@x", "\t=x"] {
            assert!(guarded(text).starts_with('\''), "{text:?}");
        }
        assert_eq!(guarded("南京=苏"), "南京=苏");
    }

    #[test]
    fn json_is_json() {
        let json: Value = serde_json::from_str(&to_json(&answer()).expect("text")).expect("json");
        assert_eq!(json[0]["单位"], "=cmd()");
        assert_eq!(json[1]["x"], Value::Null);
        assert_eq!(json[2]["n"], 200);
    }

    #[test]
    fn a_table_lines_up_and_shows_control_characters() {
        let table = to_table(&answer()).expect("text");
        assert_eq!(table.lines().nth(2), Some("=cmd()    -5  0.5"));
        assert!(table.contains("a\\u{9}b"), "{table}");
    }

    #[test]
    fn money_keeps_its_places() {
        assert_eq!(decimal(-5, 2), "-0.05");
        assert_eq!(decimal(123_456, 2), "1234.56");
        assert_eq!(decimal(7, 0), "7");
    }
}
