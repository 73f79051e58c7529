//! The old binary workbook (BIFF8 in a compound file), as few records of it as readers need.

use std::io::Write as _;
use std::path::Path;

use super::Written;
use crate::error::Result;
use crate::synthetic::cells::Cell;
use crate::synthetic::tables::View;

fn record(out: &mut Vec<u8>, kind: u16, body: &[u8]) {
    out.extend(kind.to_le_bytes());
    out.extend(u16::try_from(body.len()).unwrap_or(u16::MAX).to_le_bytes());
    out.extend(body);
}

fn begin(out: &mut Vec<u8>, kind: u16) {
    let mut body = Vec::new();
    for word in [0x0600_u16, kind, 0x0DBB, 0x07CC] {
        body.extend(word.to_le_bytes());
    }
    body.extend([0; 8]);
    record(out, 0x0809, &body);
}

fn utf16(text: &str) -> (u16, Vec<u8>) {
    let units: Vec<u16> = text.encode_utf16().collect();
    (u16::try_from(units.len()).unwrap_or(u16::MAX), units.iter().flat_map(|u| u.to_le_bytes()).collect())
}

fn place(row: u16, column: u16) -> Vec<u8> {
    let mut body = Vec::new();
    for word in [row, column, 0] {
        body.extend(word.to_le_bytes());
    }
    body
}

fn text(out: &mut Vec<u8>, row: u16, column: u16, value: &str) {
    let (length, bytes) = utf16(value);
    let mut body = place(row, column);
    body.extend(length.to_le_bytes());
    body.push(1);
    body.extend(bytes);
    record(out, 0x0204, &body);
}

fn number(out: &mut Vec<u8>, row: u16, column: u16, value: f64) {
    let mut body = place(row, column);
    body.extend(value.to_le_bytes());
    record(out, 0x0203, &body);
}

/// A merged title, the header, the rows.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, title: &str, view: &View<'_>, rows: &[usize], to: &mut Written<'_>) -> Result<()> {
    let columns = u16::try_from(view.headers.len()).unwrap_or(u16::MAX);
    let mut sheet = Vec::new();
    begin(&mut sheet, 0x0010);
    let mut bounds = Vec::new();
    bounds.extend(0_u32.to_le_bytes());
    bounds.extend(u32::try_from(rows.len() + 2).unwrap_or(u32::MAX).to_le_bytes());
    for word in [0, columns, 0] {
        bounds.extend(word.to_le_bytes());
    }
    record(&mut sheet, 0x0200, &bounds);
    text(&mut sheet, 0, 0, title);
    for (c, header) in (0..).zip(view.headers) {
        text(&mut sheet, 1, c, header);
    }
    for (r, row) in (2_u16..).zip(rows) {
        for (c, cell) in (0..).zip(&(view.render)(*row)) {
            #[expect(clippy::cast_precision_loss, reason = "counts of posts")]
            match cell {
                Cell::Empty => {}
                Cell::Int(n) => number(&mut sheet, r, c, *n as f64),
                other => text(&mut sheet, r, c, &other.plain()),
            }
        }
        to.truth_row(path, view, *row, "", usize::from(r) + 1)?;
    }
    let mut merge = Vec::new();
    for word in [1, 0, 0, 0, columns - 1] {
        merge.extend(word.to_le_bytes());
    }
    record(&mut sheet, 0x00E5, &merge);
    record(&mut sheet, 0x000A, &[]);
    let mut book = Vec::new();
    begin(&mut book, 0x0005);
    record(&mut book, 0x0042, &1200_u16.to_le_bytes());
    let (_, name) = utf16("Sheet1");
    // The sheet begins where the globals end: after this record and the closing one.
    let start = book.len() + 4 + 8 + name.len() + 4;
    let mut bound = u32::try_from(start).unwrap_or(u32::MAX).to_le_bytes().to_vec();
    bound.extend([0, 0, 6, 1]);
    bound.extend(name);
    record(&mut book, 0x0085, &bound);
    record(&mut book, 0x000A, &[]);
    debug_assert_eq!(book.len(), start);
    book.extend(sheet);
    // Version 3 is what Excel of that age wrote; readers of .xls expect nothing newer.
    let mut file = cfb::CompoundFile::create_with_version(cfb::Version::V3, std::io::Cursor::new(Vec::new()))?;
    file.create_stream("/Workbook")?.write_all(&book)?;
    file.flush()?;
    fs_err::write(path, file.into_inner().into_inner())?;
    to.files += 1;
    to.rows += rows.len() as u64;
    Ok(())
}
