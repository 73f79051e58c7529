//! Workbooks as people make them: titles above, merged headers, a sheet a unit, totals and signatures below.

use std::path::Path;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::Written;
use crate::error::{Fault, Result};
use crate::synthetic::cells::Cell;
use crate::synthetic::days::civil;
use crate::synthetic::tables::View;

fn fault(error: XlsxError) -> Fault {
    match error {
        XlsxError::IoError(e) => e.into(),
        other => Fault::Internal(format!("writing a workbook: {other}")),
    }
}

/// A workbook whose bytes do not hang on the clock.
fn workbook() -> Result<Workbook> {
    let mut book = Workbook::new();
    let day = ExcelDateTime::from_ymd(2020, 1, 1).map_err(fault)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&day));
    Ok(book)
}

struct Formats {
    date: Format,
    title: Format,
    money: Format,
}

impl Formats {
    fn new() -> Self {
        Self {
            date: Format::new().set_num_format("yyyy-mm-dd"),
            title: Format::new().set_bold().set_align(FormatAlign::Center),
            money: Format::new().set_num_format("#,##0.00"),
        }
    }
}

fn put(
    sheet: &mut Worksheet,
    formats: &Formats,
    row: u32,
    column: u16,
    cell: &Cell,
) -> std::result::Result<(), XlsxError> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a worksheet holds numbers as doubles; cents of a wage are exact enough to read back"
    )]
    match cell {
        Cell::Empty => Ok(()),
        Cell::Text(t) => sheet.write_string(row, column, t).map(|_| ()),
        Cell::Label("") => Ok(()),
        Cell::Label(t) => sheet.write_string(row, column, *t).map(|_| ()),
        Cell::Int(n) => sheet.write_number(row, column, *n as f64).map(|_| ()),
        Cell::Money(fen) => {
            sheet.write_number_with_format(row, column, *fen as f64 / 100.0, &formats.money).map(|_| ())
        }
        Cell::Date(day) => {
            let (y, m, d) = civil(*day);
            // Excel's calendar begins in 1900; nothing here is older.
            let date = ExcelDateTime::from_ymd(
                u16::try_from(y).unwrap_or(1900),
                u8::try_from(m).unwrap_or(1),
                u8::try_from(d).unwrap_or(1),
            )?;
            sheet.write_datetime_with_format(row, column, &date, &formats.date).map(|_| ())
        }
    }
}

fn width(view: &View<'_>) -> u16 {
    u16::try_from(view.headers.len()).unwrap_or(u16::MAX)
}

fn save(mut book: Workbook, path: &Path, rows: usize, to: &mut Written<'_>) -> Result<()> {
    book.save(path).map_err(fault)?;
    to.files += 1;
    to.rows += rows as u64;
    Ok(())
}

/// A merged title, a line on who filled it in, the header, the rows, a signature.
///
/// # Errors
/// When the file cannot be written.
pub fn titled(path: &Path, title: &str, view: &View<'_>, rows: &[usize], to: &mut Written<'_>) -> Result<()> {
    let mut book = workbook()?;
    let formats = Formats::new();
    let sheet = book.add_worksheet();
    let last = width(view) - 1;
    sheet.merge_range(0, 0, 0, last, title, &formats.title).map_err(fault)?;
    sheet.write_string(1, 0, "填报说明:以实名制系统为准").map_err(fault)?;
    for (c, header) in (0..).zip(view.headers) {
        sheet.write_string(2, c, *header).map_err(fault)?;
    }
    let next = body(sheet, &formats, view, rows, 3, path, to)?;
    sheet.write_string(next + 1, 0, "制表人:").map_err(fault)?;
    save(book, path, rows.len(), to)
}

/// The rows from `first` on, with their truth; returns the row after them.
fn body(
    sheet: &mut Worksheet,
    formats: &Formats,
    view: &View<'_>,
    rows: &[usize],
    first: u32,
    path: &Path,
    to: &mut Written<'_>,
) -> Result<u32> {
    let mut at = first;
    for row in rows {
        for (c, cell) in (0..).zip(&(view.render)(*row)) {
            put(sheet, formats, at, c, cell).map_err(fault)?;
        }
        to.truth_row(path, view, *row, "", at as usize + 1)?;
        at += 1;
    }
    Ok(at)
}

/// A title and a header of two rows: columns of the group stand under one merged word, all others reach down both rows.
///
/// # Errors
/// When the file cannot be written.
pub fn two_headers(
    path: &Path,
    title: &str,
    view: &View<'_>,
    rows: &[usize],
    (group, columns): (&str, std::ops::Range<usize>),
    to: &mut Written<'_>,
) -> Result<()> {
    let mut book = workbook()?;
    let formats = Formats::new();
    let sheet = book.add_worksheet();
    sheet.merge_range(0, 0, 0, width(view) - 1, title, &formats.title).map_err(fault)?;
    let column = |c: usize| u16::try_from(c).unwrap_or(u16::MAX);
    sheet.merge_range(1, column(columns.start), 1, column(columns.end - 1), group, &formats.title).map_err(fault)?;
    for (c, header) in view.headers.iter().enumerate() {
        if columns.contains(&c) {
            sheet.write_string(2, column(c), *header).map_err(fault)?;
        } else {
            sheet.merge_range(1, column(c), 2, column(c), header, &formats.title).map_err(fault)?;
        }
    }
    let next = body(sheet, &formats, view, rows, 3, path, to)?;
    sheet.write_string(next, 0, "合计").map_err(fault)?;
    save(book, path, rows.len(), to)
}

/// One sheet a unit: the unit in a banner above the header and in no column, totals below.
///
/// # Errors
/// When the file cannot be written.
pub fn sheet_a_unit(path: &Path, month: &str, view: &View<'_>, rows: &[usize], to: &mut Written<'_>) -> Result<()> {
    const CODE: usize = 1;
    const NAME: usize = 2;
    let mut book = workbook()?;
    let formats = Formats::new();
    let kept: Vec<usize> = (0..view.headers.len()).filter(|c| *c != CODE && *c != NAME).collect();
    let unit_of = |row: &usize| (view.truth)(*row).unit;
    for (n, group) in rows.chunk_by(|a, b| unit_of(a) == unit_of(b)).enumerate() {
        let first = (view.render)(group[0]);
        let unit = first[NAME].plain();
        // A sheet's name holds 31 characters at most.
        let name = format!("{:02}{}", n + 1, unit.chars().take(24).collect::<String>());
        let sheet = book.add_worksheet();
        sheet.set_name(&name).map_err(fault)?;
        let last = u16::try_from(kept.len() - 1).unwrap_or(u16::MAX);
        sheet.merge_range(0, 0, 0, last, "工资发放明细表", &formats.title).map_err(fault)?;
        sheet.write_string(1, 0, format!("单位名称:{unit}")).map_err(fault)?;
        sheet.write_string(1, 6, format!("发放月份:{month}")).map_err(fault)?;
        for (c, kept) in (0..).zip(&kept) {
            sheet.write_string(2, c, view.headers[*kept]).map_err(fault)?;
        }
        // Amounts typed as text count as well, in columns where others are numbers.
        let mut sums = vec![0_i64; kept.len()];
        let mut typed = vec![0_i64; kept.len()];
        let mut at = 3;
        for row in group {
            let cells = (view.render)(*row);
            for (c, kept) in kept.iter().enumerate() {
                put(sheet, &formats, at, u16::try_from(c).unwrap_or(u16::MAX), &cells[*kept]).map_err(fault)?;
                match cells[*kept] {
                    Cell::Money(fen) => sums[c] += fen,
                    ref other => typed[c] = typed[c].saturating_add(other.fen().unwrap_or(0)),
                }
            }
            to.truth_row(path, view, *row, &name, at as usize + 1)?;
            at += 1;
        }
        sheet.write_string(at, 0, "合计").map_err(fault)?;
        for (c, (sum, text)) in (0..).zip(sums.iter().zip(&typed)).filter(|(_, (s, _))| **s > 0) {
            put(sheet, &formats, at, c, &Cell::Money(*sum + *text)).map_err(fault)?;
        }
        sheet.write_string(at + 1, 0, "制表人:          审核人:").map_err(fault)?;
    }
    save(book, path, rows.len(), to)
}
