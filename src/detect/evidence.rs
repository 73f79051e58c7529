//! The very cells a finding rests on, looked up by row id in the published frames.

use std::collections::HashMap;
use std::sync::Arc;

use super::past;
use crate::kernel::dates::civil;
use crate::kernel::money::format_yuan;
use crate::table::{EvidenceCell, Frame, Numbers, Schemas, Values};

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
#[derive(Debug, Clone)]
pub struct Source<'a> {
    pub frame: &'a Frame,
    ids: Ids<'a>,
}

/// How a row is found by its id.
#[derive(Debug, Clone)]
enum Ids<'a> {
    /// The ids are 1, 2, 3 …
    Dense,
    /// They rise, so halving finds one.
    Rising(&'a Numbers<i64>),
    Any(HashMap<i64, usize>),
}

impl<'a> Source<'a> {
    #[must_use]
    pub fn new(frame: &'a Frame) -> Self {
        Self::by(frame, "row_id")
    }

    /// By the ids of another column.
    #[must_use]
    pub fn by(frame: &'a Frame, column: &str) -> Self {
        let Some(Values::Int64(ids)) = frame.column(column) else { return Self { frame, ids: Ids::Dense } };
        let dense = ids.iter().enumerate().all(|(i, id)| id == i64::try_from(i + 1).ok());
        let ids = if dense {
            Ids::Dense
        } else if ids.is_rising() {
            Ids::Rising(ids)
        } else {
            Ids::Any(ids.iter().enumerate().filter_map(|(i, id)| Some((id?, i))).collect())
        };
        Self { frame, ids }
    }

    /// The index of the row with that id.
    #[must_use]
    pub fn index(&self, row_id: i64) -> Option<usize> {
        match &self.ids {
            Ids::Any(by_id) => by_id.get(&row_id).copied(),
            Ids::Rising(ids) => ids.find_rising(row_id),
            Ids::Dense => usize::try_from(row_id).ok()?.checked_sub(1).filter(|&i| i < self.frame.len()),
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
            Values::Float(values) => values.get(row),
            _ => None,
        }
    }

    /// The cells of a row, one for each of `columns`; `shared` gives a name that is the same in many cells.
    #[must_use]
    pub fn cells(&self, row: usize, columns: &[String], shared: impl Fn(&str) -> Arc<str>) -> Vec<EvidenceCell> {
        let source_row = match self.frame.column("source_row") {
            Some(Values::Int64(rows)) => rows.get(row).unwrap_or_default(),
            _ => 0,
        };
        // An earlier month's row is a row of the same table; its file says of which month.
        let table = shared(past::table_of(self.frame.name()).unwrap_or(self.frame.name()));
        let source_file = shared(self.text("source_file", row).unwrap_or_default());
        let cell = |column: &String| EvidenceCell {
            table: Arc::clone(&table),
            source_file: Arc::clone(&source_file),
            source_row,
            column: shared(column),
            value: self.value(column, row),
        };
        columns.iter().map(cell).collect()
    }

    /// A value as text; a date no finer than its source wrote it.
    fn value(&self, column: &str, row: usize) -> Option<String> {
        let values = self.frame.column(column)?;
        let text = as_text(values, row)?;
        if !matches!(values, Values::Date(_)) {
            return Some(text);
        }
        let kept = match self.text(&format!("{column}_precision"), row) {
            Some("month") => 7,
            Some("year") => 4,
            _ => text.len(),
        };
        Some(text.get(..kept).unwrap_or(&text).to_owned())
    }
}

/// A published value as evidence shows it: money with two decimals, dates as YYYY-MM-DD.
#[must_use]
pub fn as_text(values: &Values, row: usize) -> Option<String> {
    match values {
        Values::Text(v) => v.get(row).map(str::to_owned),
        Values::Int32(v) => v.get(row).map(|n| n.to_string()),
        Values::Int64(v) => v.get(row).map(|n| n.to_string()),
        Values::Float(v) => v.get(row).map(|n| n.to_string()),
        Values::Decimal(v) => v.get(row).map(format_yuan),
        Values::Date(v) => v.get(row).map(iso_day),
        Values::Bool(v) => v.get(row).copied().flatten().map(|b| b.to_string()),
        Values::Evidence(_) | Values::AtRest(_) => None,
    }
}

/// `2026-10-31` from days since 1970-01-01.
#[must_use]
pub fn iso_day(day: i32) -> String {
    let (year, month, day) = civil(day);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::FrameColumn;
    use crate::table::column::TextColumn;

    fn frame(ids: Vec<Option<i64>>) -> Frame {
        let precision: TextColumn = [Some("month"), Some("day")].into_iter().collect();
        Frame {
            path: "canonical/payroll".to_owned(),
            title_zh: String::new(),
            title_en: String::new(),
            sort_by: vec![],
            columns: vec![
                FrameColumn::new("row_id", "", "", Values::Int64(ids.into())),
                FrameColumn::new("source_row", "", "", Values::Int64(vec![Some(7), Some(9)].into())),
                FrameColumn::new("gross_pay", "", "", Values::Decimal(vec![Some(123_450), None].into())),
                FrameColumn::new("entered_on", "", "", Values::Date(vec![Some(0), Some(0)].into())),
                FrameColumn::new("entered_on_precision", "", "", Values::Text(precision)),
            ],
        }
    }

    #[test]
    fn rows_are_found_by_id_whether_or_not_ids_are_dense() {
        let dense = frame(vec![Some(1), Some(2)]);
        let sparse = frame(vec![Some(40), Some(7)]);
        assert_eq!(Source::new(&dense).index(2), Some(1));
        assert_eq!(Source::new(&dense).index(3), None);
        assert_eq!(Source::new(&dense).index(0), None);
        assert_eq!(Source::new(&sparse).index(7), Some(1));
        assert_eq!(Source::new(&sparse).index(1), None);
    }

    #[test]
    fn cells_read_as_their_source_wrote_them() {
        let frame = frame(vec![Some(1), Some(2)]);
        let source = Source::new(&frame);
        let columns = ["gross_pay", "entered_on"].map(str::to_owned);
        let said = |row| {
            source
                .cells(row, &columns, |name| name.into())
                .into_iter()
                .map(|c| (c.source_row, c.value))
                .collect::<Vec<_>>()
        };
        assert_eq!(said(0), [(7, Some("1234.50".to_owned())), (7, Some("1970-01".to_owned()))]);
        assert_eq!(said(1), [(9, None), (9, Some("1970-01-01".to_owned()))]);
    }
}
