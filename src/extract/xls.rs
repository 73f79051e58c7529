//! Old Excel workbooks (BIFF in a compound file) in the parser child.

use std::io::{Cursor, Read, Write};

use calamine::{Data, Reader, SheetType, SheetVisible, Xls, XlsError};

use super::Limits;
use super::child::Unreadable;
use super::grid::{Cell, Merge};
use super::protocol::Writer;

pub(super) fn read<W: Write>(bytes: Vec<u8>, limits: &Limits, writer: &mut Writer<W>) -> Result<(), Unreadable> {
    let opened = match Xls::new(Cursor::new(bytes.clone())) {
        Err(XlsError::Cfb(e)) => match rewrapped(bytes) {
            Some(again) => Xls::new(Cursor::new(again)),
            None => Err(XlsError::Cfb(e)),
        },
        opened => opened,
    };
    let mut book: Xls<_> = match opened {
        Ok(book) => book,
        Err(XlsError::Password) => {
            let hint = "remove the password and save it again";
            return Err(Unreadable::new("password-protected", "the workbook is password-protected", hint));
        }
        Err(e) => return Err(Unreadable::damaged(e)),
    };
    let date_1904 = book.has_1904_epoch();
    let sheets: Vec<_> = book.sheets_metadata().to_vec();
    for (id, sheet) in sheets.iter().enumerate() {
        if sheet.typ != SheetType::WorkSheet {
            continue;
        }
        writer.sheet(Some(&sheet.name), sheet.visible != SheetVisible::Visible, date_1904)?;
        for merge in book.merge_cells_by_sheet_id(id).unwrap_or_default() {
            writer.merge(Merge {
                first_row: merge.start.0 + 1,
                last_row: merge.end.0 + 1,
                first_column: merge.start.1,
                last_column: merge.end.1,
            })?;
        }
        let range = book.worksheet_range(&sheet.name).map_err(Unreadable::damaged)?;
        let Some((top, left)) = range.start() else { continue };
        for (number, row) in (top + 1..).zip(range.rows()) {
            send(writer, number, left, row, limits)?;
        }
    }
    Ok(())
}

/// The workbook's stream in a compound file of the old version: the reader knows no newer one without small streams.
fn rewrapped(bytes: Vec<u8>) -> Option<Vec<u8>> {
    let mut from = cfb::CompoundFile::open(Cursor::new(bytes)).ok()?;
    let name = ["/Workbook", "/Book"].into_iter().find(|n| from.is_stream(n))?;
    let mut stream = Vec::new();
    from.open_stream(name).ok()?.read_to_end(&mut stream).ok()?;
    let mut to = cfb::CompoundFile::create_with_version(cfb::Version::V3, Cursor::new(Vec::new())).ok()?;
    to.create_stream(name).ok()?.write_all(&stream).ok()?;
    to.flush().ok()?;
    Some(to.into_inner().into_inner())
}

fn send<W: Write>(
    writer: &mut Writer<W>,
    number: u32,
    left: u32,
    row: &[Data],
    limits: &Limits,
) -> Result<(), Unreadable> {
    let errors: Vec<String> =
        row.iter().map(|d| if let Data::Error(e) = d { e.to_string() } else { String::new() }).collect();
    let mut cells = Vec::new();
    for ((column, value), error) in (left..).zip(row).zip(&errors) {
        if column as usize >= limits.max_columns {
            break;
        }
        let cell = match value {
            Data::Empty => continue,
            Data::Int(v) => Cell::Whole(*v),
            Data::Float(v) => Cell::Number(*v),
            Data::String(v) | Data::DateTimeIso(v) | Data::DurationIso(v) => Cell::Text(v),
            Data::Bool(v) => Cell::Text(if *v { "TRUE" } else { "FALSE" }),
            Data::DateTime(v) => Cell::Serial(v.as_f64()),
            Data::Error(_) => Cell::Error(error),
        };
        cells.push((column, cell));
    }
    if !cells.is_empty() {
        writer.row(number, &cells)?;
    }
    Ok(())
}
