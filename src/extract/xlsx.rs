//! XLSX in the parser child: the archive is measured before it is parsed, then its sheets are read cell by cell.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx};

use super::Limits;
use super::child::Unreadable;
use super::grid::{Cell, Merge};
use super::protocol::Writer;

const MOST_PARTS: usize = 20_000;
/// What a workbook may unpack to: a hundred times its size, but 64 MiB in any case and never above the child's memory.
const RATIO: u64 = 100;
const ALWAYS_FINE: u64 = 64 << 20;
/// Merges beyond this many say nothing about a header or a column of names.
const MOST_MERGES: usize = 100_000;

fn bomb(message: impl Into<String>) -> Unreadable {
    Unreadable::new("file-unreadable", message, "the workbook unpacks to far more than it holds; export it again")
}

pub(super) fn read<W: Write>(bytes: &[u8], limits: &Limits, writer: &mut Writer<W>) -> Result<(), Unreadable> {
    let seen = measure(bytes, limits)?;
    if seen.macros {
        writer.warning("the workbook carries macros; only its values were read")?;
    }
    if seen.hidden_rows {
        writer.warning("the workbook has hidden rows; they were read like all others")?;
    }
    if seen.filter {
        writer.warning("the workbook has an active filter; the rows it hides were read like all others")?;
    }
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(Unreadable::damaged)?;
    let date_1904 = book.has_1904_epoch();
    let sheets: Vec<_> = book.sheets_metadata().to_vec();
    for (id, sheet) in sheets.iter().enumerate() {
        if sheet.typ != SheetType::WorkSheet {
            continue;
        }
        writer.sheet(Some(&sheet.name), sheet.visible != SheetVisible::Visible, date_1904)?;
        for merge in book.merge_cells_by_sheet_id(id).unwrap_or_default().into_iter().take(MOST_MERGES) {
            writer.merge(Merge {
                first_row: merge.start.0 + 1,
                last_row: merge.end.0 + 1,
                first_column: merge.start.1,
                last_column: merge.end.1,
            })?;
        }
        cells(&mut book, &sheet.name, limits, writer)?;
    }
    Ok(())
}

fn cells<W: Write>(
    book: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
    limits: &Limits,
    writer: &mut Writer<W>,
) -> Result<(), Unreadable> {
    let mut reader = book.worksheet_cells_reader(name).map_err(Unreadable::damaged)?;
    let mut current: Option<u32> = None;
    let mut row: Vec<(u32, DataRef<'_>, bool)> = Vec::new();
    let mut far = 0_u64;
    while let Some(cell) = reader.next_cell_with_formula_metadata().map_err(Unreadable::damaged)? {
        if cell.pos.1 as usize >= limits.max_columns {
            far += u64::from(!matches!(cell.value, DataRef::Empty));
            continue;
        }
        if current != Some(cell.pos.0) {
            if let Some(number) = current {
                if cell.pos.0 < number {
                    return Err(Unreadable::damaged(format!("the rows of sheet {name} are not in order")));
                }
                send(writer, number, &mut row)?;
            }
            current = Some(cell.pos.0);
        }
        row.push((cell.pos.1, cell.value, cell.formula.is_some()));
    }
    if let Some(number) = current {
        send(writer, number, &mut row)?;
    }
    if far > 0 {
        let most = limits.max_columns;
        writer.warning(&format!("sheet {name}: {far} cells beyond column {most} were not read"))?;
    }
    Ok(())
}

fn send<W: Write>(
    writer: &mut Writer<W>,
    number: u32,
    row: &mut Vec<(u32, DataRef<'_>, bool)>,
) -> Result<(), Unreadable> {
    row.sort_by_key(|c| c.0);
    let errors: BTreeMap<u32, String> = row
        .iter()
        .filter_map(|(c, v, _)| if let DataRef::Error(e) = v { Some((*c, e.to_string())) } else { None })
        .collect();
    let cells: Vec<(u32, Cell<'_>)> = row
        .iter()
        .filter_map(|(column, value, formula)| {
            let cell = match value {
                DataRef::Empty if *formula => Cell::NoValue,
                DataRef::Empty => return None,
                DataRef::Int(v) => Cell::Whole(*v),
                DataRef::Float(v) => Cell::Number(*v),
                DataRef::String(v) | DataRef::DateTimeIso(v) | DataRef::DurationIso(v) => Cell::Text(v),
                DataRef::SharedString(v) => Cell::Text(v),
                DataRef::Bool(v) => Cell::Text(if *v { "TRUE" } else { "FALSE" }),
                DataRef::DateTime(v) => Cell::Serial(v.as_f64()),
                DataRef::Error(_) => Cell::Error(errors.get(column).map_or("#VALUE!", String::as_str)),
            };
            Some((*column, cell))
        })
        .collect();
    if !cells.is_empty() {
        writer.row(number + 1, &cells)?;
    }
    row.clear();
    Ok(())
}

#[derive(Default)]
struct Seen {
    macros: bool,
    hidden_rows: bool,
    filter: bool,
}

/// Unpacks every part into nothing, counting what really comes out: headers may lie.
fn measure(bytes: &[u8], limits: &Limits) -> Result<Seen, Unreadable> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(Unreadable::damaged)?;
    if archive.len() > MOST_PARTS {
        return Err(bomb(format!("{} parts in the archive", archive.len())));
    }
    let most = (bytes.len() as u64).saturating_mul(RATIO).max(ALWAYS_FINE).min(limits.child_memory_bytes / 2);
    let mut seen = Seen::default();
    let mut total = 0_u64;
    let mut buffer = vec![0; 1 << 16];
    for i in 0..archive.len() {
        let mut part = archive.by_index(i).map_err(Unreadable::damaged)?;
        let name = part.name().to_owned();
        let declared = part.size();
        if name.ends_with("vbaProject.bin") {
            seen.macros = true;
        }
        let xml = name.ends_with(".xml") || name.ends_with(".rels");
        let mut scan = Scan::default();
        let before = total;
        loop {
            let n = part.read(&mut buffer).map_err(Unreadable::damaged)?;
            if n == 0 {
                break;
            }
            total += n as u64;
            if total > most {
                return Err(bomb(format!("more than {most} bytes when unpacked, {} when packed", bytes.len())));
            }
            if xml {
                scan.feed(&buffer[..n]);
            }
        }
        if total - before != declared {
            return Err(bomb(format!("part {name} declares {declared} bytes and holds {}", total - before)));
        }
        if scan.doctype {
            return Err(bomb(format!("part {name} declares entities (DOCTYPE)")));
        }
        // The shortest string element takes five bytes.
        if scan.unique_count.is_some_and(|n| n > declared / 5 + 1) {
            return Err(bomb(format!("part {name} declares more strings than it can hold")));
        }
        seen.hidden_rows |= scan.hidden_rows;
        seen.filter |= scan.filter;
    }
    Ok(seen)
}

/// Looks for a few words in a part as it streams by.
#[derive(Default)]
struct Scan {
    tail: Vec<u8>,
    doctype: bool,
    hidden_rows: bool,
    filter: bool,
    unique_count: Option<u64>,
}

impl Scan {
    fn feed(&mut self, piece: &[u8]) {
        let mut window = std::mem::take(&mut self.tail);
        window.extend_from_slice(piece);
        let has = |what: &[u8]| memchr::memmem::find(&window, what);
        self.doctype |= has(b"<!DOCTYPE").is_some() || has(b"<!ENTITY").is_some();
        self.filter |= has(b"<filterColumn").is_some();
        if !self.hidden_rows {
            self.hidden_rows = memchr::memmem::find_iter(&window, b"<row ").any(|at| {
                let tag = window[at..].split(|&b| b == b'>').next().unwrap_or_default();
                memchr::memmem::find(tag, b"hidden=\"1\"").is_some()
            });
        }
        if let Some(at) = has(b"uniqueCount=\"") {
            let digits: String =
                window[at + 13..].iter().take_while(|b| b.is_ascii_digit()).map(|&b| char::from(b)).collect();
            self.unique_count = digits.parse().ok().or(self.unique_count);
        }
        // A word may lie across two pieces.
        let keep = window.len().saturating_sub(512);
        self.tail = window.split_off(keep);
    }
}
