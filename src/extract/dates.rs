//! Dates and months from texts, serials and number cells, their precision kept.

use super::cells::{Flaw, Got, Reading, general, is_dash, note, reject};
use super::dictionary::Dictionary;
use super::grid::{Cell, number_text};
use crate::kernel::dates::{DateReading, Month, PartialDate, Precision, from_excel_serial, read_date};
use crate::table::{Field, Kind};

/// Fields whose end may lie open: 长期, 至今, 9999-12-31 are then no date rather than a wrong one.
fn may_be_open(field: &str) -> bool {
    const ENDS: [&str; 9] = [
        "exit_date",
        "left_on",
        "ends_on",
        "removed_on",
        "abolished_on",
        "deregistered_on",
        "retired_on",
        "died_on",
        "changed_on",
    ];
    field.ends_with("_to") || ENDS.contains(&field)
}

/// The month an empty cell of the field stands for.
pub(super) fn default_month(field: &Field, file: Month) -> Option<Month> {
    match field.default.as_deref() {
        Some("period") => Some(file),
        Some(text) => Month::parse(text),
        None => None,
    }
}

/// The date an empty cell of the field stands for.
pub(super) fn default_date(field: &Field, file: Month) -> Option<PartialDate> {
    match field.default.as_deref().map(|d| read_date(d, file.year())) {
        Some(Ok(DateReading::Date(date))) => Some(date),
        _ => None,
    }
}

/// Distinct texts of a date or month column and what was read from them.
pub(super) struct Memory<T> {
    texts: Dictionary,
    read: Vec<Got<T>>,
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self { texts: Dictionary::default(), read: Vec::new() }
    }
}

impl<T: Copy> Memory<T> {
    fn text(&mut self, text: &str, read: impl FnOnce(&str) -> Got<T>) -> Got<T> {
        let code = self.texts.code(text) as usize;
        if code == self.read.len() {
            self.read.push(read(text));
        }
        self.read[code]
    }
}

impl Memory<PartialDate> {
    pub fn date(&mut self, cell: Cell<'_>, how: &Reading<'_>) -> Got<PartialDate> {
        match cell {
            Cell::Text(text) => self.text(text, |t| date(t, how)),
            Cell::Serial(v) => serial(v, how),
            #[expect(clippy::cast_precision_loss, reason = "dates are small")]
            Cell::Whole(v) => number_date(v as f64, how),
            Cell::Number(v) => number_date(v, how),
            _ => (None, None),
        }
    }
}

impl Memory<Month> {
    pub fn month(&mut self, cell: Cell<'_>, how: &Reading<'_>) -> Got<Month> {
        match cell {
            Cell::Text(text) => self.text(text, |t| month(t, how)),
            #[expect(clippy::cast_precision_loss, reason = "months are small")]
            Cell::Whole(v) => self.month(Cell::Number(v as f64), how),
            Cell::Serial(v) => {
                let (date, flaw) = serial(v, how);
                (date.map(PartialDate::month), flaw)
            }
            Cell::Number(v) => match Month::parse(&number_text(v)) {
                Some(month) => (Some(month), None),
                None => {
                    let (date, flaw) = number_date(v, how);
                    (date.map(PartialDate::month), flaw)
                }
            },
            _ => (None, None),
        }
    }
}

fn month(text: &str, how: &Reading<'_>) -> Got<Month> {
    if let Some(flaw) = general(Kind::Month, text) {
        return (None, Some(flaw));
    }
    if is_dash(text) {
        return (None, None);
    }
    if let Some(month) = Month::parse(text) {
        return (Some(month), None);
    }
    match read_date(text, how.month.year()) {
        Ok(DateReading::Date(date)) if date.precision != Precision::Year => (Some(date.month()), None),
        Ok(DateReading::Empty) => (None, None),
        Ok(_) => (None, Some(reject("month-unreadable"))),
        Err(e) => (None, Some(Flaw { code: e.code, rejects: true, words: Some(e.message) })),
    }
}

fn date(text: &str, how: &Reading<'_>) -> Got<PartialDate> {
    if let Some(flaw) = general(Kind::Date, text) {
        return (None, Some(flaw));
    }
    if is_dash(text) {
        return (None, None);
    }
    match read_date(text, how.month.year()) {
        Ok(DateReading::Date(date)) => (Some(date), None),
        Ok(DateReading::Empty) => (None, None),
        Ok(DateReading::Open) if may_be_open(&how.field.name) || !text.contains("99") => (None, None),
        Ok(DateReading::Open) => (None, Some(reject("date-impossible"))),
        Err(e) if e.code == "date-ambiguous" && lost_zero(text).is_some() => {
            (lost_zero(text), Some(note("date-ambiguous")))
        }
        Err(e) => (None, Some(Flaw { code: e.code, rejects: true, words: Some(e.message) })),
    }
}

/// 1985.1 is January, or October whose zero a number cell dropped: only the year is known.
fn lost_zero(text: &str) -> Option<PartialDate> {
    let year = text.strip_suffix(".1").filter(|y| y.len() == 4)?.parse().ok()?;
    PartialDate::day(year, 1, 1).map(|d| PartialDate { precision: Precision::Year, ..d })
}

fn serial(value: f64, how: &Reading<'_>) -> Got<PartialDate> {
    match from_excel_serial(value, how.date_1904) {
        Some(date) if date.iso().starts_with("9999") => {
            (None, (!may_be_open(&how.field.name)).then(|| reject("date-impossible")))
        }
        Some(date) => (Some(date), None),
        // 9999-12-31 as Excel counts it, in either system.
        None if matches!(value.trunc(), 2_958_465.0 | 2_957_003.0) && may_be_open(&how.field.name) => (None, None),
        None => (None, Some(reject("date-impossible"))),
    }
}

/// A number cell in a date column: a serial, digits such as 19850701, a year, or 1985.07, which loses its last zero.
fn number_date(value: f64, how: &Reading<'_>) -> Got<PartialDate> {
    let text = number_text(value);
    if value.fract() == 0.0 {
        return match text.len() {
            4 if (1900.0..2200.0).contains(&value) => date(&text, how),
            6 | 8 => date(&text, how),
            _ => serial(value, how),
        };
    }
    match text.split_once('.') {
        Some((year, "1")) if year.len() == 4 => (lost_zero(&text), Some(note("date-ambiguous"))),
        Some((year, month)) if year.len() == 4 && month.len() <= 4 => date(&text, how),
        _ => serial(value, how),
    }
}
