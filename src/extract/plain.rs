//! A workbook's cells as texts, for sheets that are no extracts: opened by the same child, under the same limits.

use std::collections::BTreeMap;
use std::path::Path;

use super::grid::{Cell, number_text};
use super::protocol::Outcome;
use super::{ReadContext, child};
use crate::error::{Place, Problem};
use crate::kernel::dates::from_excel_serial;

/// A sheet: row number from 1 → column from 0 → text. Cells without text are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlainSheet {
    pub name: String,
    pub rows: BTreeMap<u32, BTreeMap<u32, String>>,
}

/// Reads a workbook whole. Numbers are written as a spreadsheet shows them, dates as `2026-11-05`.
///
/// # Errors
/// What is wrong with the file.
pub fn read_workbook(path: &Path, context: &ReadContext) -> Result<Vec<PlainSheet>, Box<Problem>> {
    let place = || Place::file(path.display().to_string());
    let unreadable = |message: String, hint: String| {
        let problem = Problem::new(place(), "file-unreadable", message);
        Box::new(if hint.is_empty() { problem } else { problem.hint(hint) })
    };
    let book = match child::read(path, context) {
        Ok(Outcome::Book(book)) => book,
        Ok(Outcome::Refused(_, message, hint)) => return Err(unreadable(message, hint)),
        Err(e) => return Err(unreadable(e.message, e.hint)),
    };
    let mut sheets = Vec::new();
    for sheet in book.sheets {
        let mut plain = PlainSheet { name: sheet.name.clone().unwrap_or_default(), ..PlainSheet::default() };
        for row in 0..sheet.row_count() {
            let cells = sheet.row(row).filter_map(|(column, cell)| Some((column, text(cell, sheet.date_1904)?)));
            let cells: BTreeMap<u32, String> = cells.collect();
            if !cells.is_empty() {
                plain.rows.insert(sheet.row_number(row), cells);
            }
        }
        sheets.push(plain);
    }
    Ok(sheets)
}

fn text(cell: Cell<'_>, date_1904: bool) -> Option<String> {
    let text = match cell {
        Cell::Empty | Cell::NoValue => return None,
        Cell::Text(text) | Cell::Error(text) => text.trim().to_owned(),
        Cell::Number(n) => number_text(n),
        Cell::Whole(n) => n.to_string(),
        Cell::Serial(n) => {
            from_excel_serial(n, date_1904).map_or_else(|| number_text(n), crate::kernel::dates::PartialDate::iso)
        }
    };
    (!text.is_empty()).then_some(text)
}
