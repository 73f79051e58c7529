//! The very cells a finding rests on, looked up by row id in the published frames.

use std::collections::HashMap;

use crate::kernel::dates::civil;
use crate::kernel::money::format_yuan;
use crate::table::{EvidenceCell, Frame, Schemas, Values};

/// The table that an evidence column of a query points into: `row__payroll` and `row__payroll_2` into `payroll`.
#[must_use]
pub fn table_of(column: &str, schemas: &Schemas) -> Option<String> {
    let table = column.strip_prefix("row__")?;
    if schemas.get(table).is_some() {
        return Some(table.to_owned());
    }
    let numbered = table.rsplit_once('_').filter(|(_, n)| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit()));
    Some(numbered.map_or(table, |(name, _)| name).to_owned())
}

/// A frame whose rows can be found by their id.
#[derive(Debug)]
pub struct Source<'a> {
    pub frame: &'a Frame,
    /// Only for frames whose ids are not simply 1, 2, 3 …
    by_id: Option<HashMap<i64, usize>>,
}

impl<'a> Source<'a> {
    #[must_use]
    pub fn new(frame: &'a Frame) -> Self {
        let ids: &[Option<i64>] = match frame.column("row_id") {
            Some(Values::Int64(ids)) => ids,
            _ => &[],
        };
        let dense = ids.iter().enumerate().all(|(i, id)| *id == i64::try_from(i + 1).ok());
        let by_id = (!dense).then(|| ids.iter().enumerate().filter_map(|(i, id)| Some(((*id)?, i))).collect());
        Self { frame, by_id }
    }

    /// The index of the row with that id.
    #[must_use]
    pub fn index(&self, row_id: i64) -> Option<usize> {
        match &self.by_id {
            Some(by_id) => by_id.get(&row_id).copied(),
            None => usize::try_from(row_id).ok()?.checked_sub(1).filter(|&i| i < self.frame.len()),
        }
    }

    #[must_use]
    pub fn text(&self, column: &str, row: usize) -> Option<&'a str> {
        match self.frame.column(column)? {
            Values::Text(values) => values.get(row),
            _ => None,
        }
    }

    #[must_use]
    pub fn float(&self, column: &str, row: usize) -> Option<f64> {
        match self.frame.column(column)? {
            Values::Float(values) => values.get(row).copied().flatten(),
            _ => None,
        }
    }

    /// The cells of a row, one for each of `columns`.
    #[must_use]
    pub fn cells(&self, row: usize, columns: &[String]) -> Vec<EvidenceCell> {
        let source_row = match self.frame.column("source_row") {
            Some(Values::Int64(rows)) => rows.get(row).copied().flatten().unwrap_or_default(),
            _ => 0,
        };
        let cell = |column: &String| EvidenceCell {
            table: self.frame.name().to_owned(),
            source_file: self.text("source_file", row).unwrap_or_default().to_owned(),
            source_row,
            column: column.clone(),
            value: self.frame.column(column).and_then(|values| as_text(values, row)),
        };
        columns.iter().map(cell).collect()
    }
}

/// A published value as evidence shows it: money with two decimals, dates as YYYY-MM-DD.
#[must_use]
pub fn as_text(values: &Values, row: usize) -> Option<String> {
    match values {
        Values::Text(v) => v.get(row).map(str::to_owned),
        Values::Int32(v) => v.get(row).copied().flatten().map(|n| n.to_string()),
        Values::Int64(v) => v.get(row).copied().flatten().map(|n| n.to_string()),
        Values::Float(v) => v.get(row).copied().flatten().map(|n| n.to_string()),
        Values::Decimal(v) => v.get(row).copied().flatten().map(format_yuan),
        Values::Date(v) => v.get(row).copied().flatten().map(iso_day),
        Values::Bool(v) => v.get(row).copied().flatten().map(|b| b.to_string()),
        Values::Evidence(_) => None,
    }
}

/// `2026-10-31` from days since 1970-01-01.
#[must_use]
pub fn iso_day(day: i32) -> String {
    let (year, month, day) = civil(day);
    format!("{year:04}-{month:02}-{day:02}")
}
