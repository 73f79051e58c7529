//! Files that are no extracts: texts decoded, and workbooks' cells as texts, by the same decoder and child under the same limits.

use std::collections::BTreeMap;
use std::path::Path;

use super::grid::{Cell, number_text};
use super::protocol::Outcome;
use super::{ReadContext, child, encoding};
use crate::error::{Place, Problem, Refusal, refused};
use crate::kernel::dates::from_excel_serial;

/// A sheet: row number from 1 → column from 0 → text. Cells without text are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlainSheet {
    pub name: String,
    pub rows: BTreeMap<u32, BTreeMap<u32, String>>,
}

/// A file that somebody named on the command line.
///
/// # Errors
/// A refusal when it is not there or cannot be read: it is the name that is wrong, not the machine.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, Refusal> {
    fs_err::read(path).map_err(|e| {
        let path = path.display();
        refused("file-unreadable", format!("读不了文件 {path}:{e}"), format!("cannot read {path}: {e}"))
            .hint("请检查路径", "look at the path")
    })
}

/// The same as text, in any encoding that an extract may have.
///
/// # Errors
/// As [`read_bytes`], and for bytes that are no text.
pub fn read_text(path: &Path) -> Result<String, Refusal> {
    let bytes = read_bytes(path)?;
    encoding::decode(&bytes, "auto").map(|decoded| decoded.text.into_owned()).map_err(|e| {
        let (path, offset, message) = (path.display(), e.offset, e.message);
        let zh = format!("{path} 不是文本,第 {offset} 字节起无法识别");
        refused(e.code, zh, format!("{path} is no text: {message}, at byte {offset}"))
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Fault;

    #[test]
    fn a_name_that_is_wrong_is_no_fault_of_the_machine() {
        let refusal = read_text(Path::new("/no/such/file.csv")).expect_err("not there");
        assert!(refusal.to_string().contains("/no/such/file.csv"), "{refusal}");
        assert_eq!(Fault::from(refusal).exit_code(), 2);
    }

    #[test]
    fn texts_come_in_the_encodings_that_extracts_have() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.csv");
        for bytes in ["\u{FEFF}单位".as_bytes().to_vec(), encoding_rs::GB18030.encode("单位").0.into_owned()] {
            std::fs::write(&path, bytes).expect("written");
            assert_eq!(read_text(&path).expect("text"), "单位");
        }
        std::fs::write(&path, [0xFF, 0x00, 0x81, 0xFF]).expect("written");
        assert_eq!(Fault::from(read_text(&path).expect_err("no text")).exit_code(), 2);
    }
}
