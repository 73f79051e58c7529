//! Tables of a page as a workbook for printing and filing, and as CSV.

use rust_xlsxwriter::{DocProperties, FormatAlign, Workbook, XlsxError};
use unicode_width::UnicodeWidthStr;

use super::page::{Column, Grid, Page};
use super::workbook::formats::{Formats, fault, height, made_on};
use super::workbook::plain;
use crate::bulletin::xlsx::reads_as_formula;
use crate::error::{Fault, Result};

/// The widest a column gets, in half-width characters.
const WIDEST: usize = 46;

fn width(column: &Column) -> f64 {
    let least = column.title.width().min(12);
    f64::from(u32::try_from(column.width.clamp(least, WIDEST) + 2).unwrap_or(10))
}

/// A page's tables as XLSX, a sheet each, its lines above the first; the same page on the same day gives the same bytes.
///
/// # Errors
/// [`Fault::Internal`] when it cannot be made.
pub fn xlsx(page: &Page, author: &str, day: i32) -> Result<Vec<u8>> {
    let make = || -> std::result::Result<Vec<u8>, XlsxError> {
        let formats = Formats::new();
        let mut book = Workbook::new();
        let made = made_on(day)?;
        book.set_properties(
            &DocProperties::new().set_title(&page.title).set_author(author).set_creation_datetime(&made),
        );
        for (n, grid) in page.tables.iter().enumerate() {
            sheet(book.add_worksheet(), &formats, page, grid, n == 0)?;
        }
        book.save_to_buffer()
    };
    make().map_err(|e| fault(&e))
}

fn sheet(
    sheet: &mut rust_xlsxwriter::Worksheet,
    formats: &Formats,
    page: &Page,
    grid: &Grid,
    first: bool,
) -> std::result::Result<(), XlsxError> {
    let name: String = grid.title.chars().filter(|c| !"[]:*?/\\'".contains(*c)).take(31).collect();
    sheet.set_name(name)?;
    sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0).set_footer("&C&P / &N");
    let mut row = 0;
    let title = if first { &page.title } else { &grid.title };
    sheet.write_string_with_format(row, 0, plain(title), &formats.title)?;
    row += 1;
    if first {
        for line in &page.lines {
            sheet.write_string(row, 0, plain(&format!("{}:{}", line.label, line.text)))?;
            row += 1;
        }
    }
    let number = formats.locked.clone().set_align(FormatAlign::Right).set_num_format("0");
    for (column, spec) in (0..).zip(&grid.columns) {
        sheet.write_string_with_format(row, column, &spec.title, &formats.header)?;
        sheet.set_column_width(column, width(spec))?;
    }
    sheet.set_repeat_rows(row, row)?;
    let header = row;
    for cells in &grid.rows {
        row += 1;
        let shown = cells.iter().zip(&grid.columns).map(|(c, spec)| (c.text.as_str(), width(spec)));
        sheet.set_row_height(row, height(shown))?;
        for (column, (cell, spec)) in (0..).zip(cells.iter().zip(&grid.columns)) {
            let text = plain(&cell.text);
            match text.parse::<f64>() {
                Ok(n) if spec.number => sheet.write_number_with_format(row, column, n, &number)?,
                _ => sheet.write_string_with_format(row, column, &text, formats.of(&text))?,
            };
        }
    }
    if grid.rows.is_empty() {
        sheet.write_string(row + 1, 0, &page.none)?;
    }
    if !grid.note.is_empty() {
        sheet.write_string(row + 2, 0, plain(&grid.note))?;
    }
    sheet.set_freeze_panes(header + 1, 0)?;
    let last = u16::try_from(grid.columns.len().saturating_sub(1)).unwrap_or(0);
    sheet.autofilter(header, 0, row.max(header + 1), last)?;
    Ok(())
}

/// A table as CSV with the mark by which Excel knows UTF-8; nothing in it is taken for a formula.
///
/// # Errors
/// [`Fault::Internal`] when it cannot be made.
pub fn csv(grid: &Grid) -> Result<String> {
    let internal = |e: csv::Error| Fault::Internal(e.to_string());
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(grid.columns.iter().map(|c| &c.title)).map_err(internal)?;
    let guarded = |text: &str| if reads_as_formula(text) { format!("'{text}") } else { text.to_owned() };
    for row in &grid.rows {
        writer.write_record(row.iter().map(|c| guarded(&c.text))).map_err(internal)?;
    }
    let bytes = writer.into_inner().map_err(|e| Fault::Internal(e.to_string()))?;
    String::from_utf8(bytes).map(|text| format!("\u{FEFF}{text}")).map_err(|e| Fault::Internal(e.to_string()))
}
