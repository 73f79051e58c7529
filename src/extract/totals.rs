//! What a file says of itself: the sums in its total rows, held against its own rows, and how its names came through.

use super::FileTotal;
use super::cells::ColumnChunk;
use super::chunk::Source;
use super::file::{FileRead, Part};
use crate::table::{Kind, TextColumn};

/// Every amount of every total row of a file that does not agree with the rows above it, and one that does for each field of
/// each sheet, so that the account tells what was compared.
pub(super) fn of_file(source: &Source<'_>, file: &FileRead) -> Vec<FileTotal> {
    let mut out = Vec::new();
    for part in &file.parts {
        for (field, definition) in source.fields.iter().enumerate() {
            let totals = of_field(part, field);
            let agreed = totals.iter().rev().find(|t| t.1 == t.2).copied();
            for (row, declared, counted) in totals.into_iter().filter(|t| t.1 != t.2).chain(agreed) {
                out.push(FileTotal {
                    field: definition.name.clone(),
                    title: definition.title.clone(),
                    sheet: part.sheet.clone(),
                    row,
                    declared,
                    counted,
                    unread: unread(part, field),
                    money: source.kind(field) == Kind::Money,
                });
            }
        }
    }
    out
}

/// Row, what it declares, and the sum it should be: of the rows since the last total, or of all rows so far, whichever is
/// nearer.
fn of_field(part: &Part, field: usize) -> Vec<(u32, i64, i64)> {
    let mut declared: Vec<(u32, i64)> = Vec::new();
    for chunk in &part.chunks {
        let Some((_, values)) = chunk.totals.iter().find(|(f, _)| *f == field) else { continue };
        declared.extend(chunk.total_rows.iter().zip(values).filter_map(|(row, v)| Some((*row, (*v)?))));
    }
    if declared.is_empty() {
        return Vec::new();
    }
    let mut out = Vec::new();
    let (mut since, mut all) = (0_i128, 0_i128);
    let mut next = declared.into_iter().peekable();
    let mut settle = |row: u32, since: &mut i128, all: i128| {
        while let Some((at, value)) = next.next_if(|t| t.0 <= row) {
            let value = i128::from(value);
            let nearer = if (value - *since).abs() < (value - all).abs() { *since } else { all };
            out.push((at, i64::try_from(value).unwrap_or(i64::MAX), i64::try_from(nearer).unwrap_or(i64::MAX)));
            *since = 0;
        }
    };
    for chunk in &part.chunks {
        let Some(Some(ColumnChunk::Money(values) | ColumnChunk::Integer(values))) = chunk.columns.get(field) else {
            continue;
        };
        for (row, value) in chunk.numbers.iter().zip(values) {
            settle(*row, &mut since, all);
            let value = i128::from(value.unwrap_or(0));
            since += value;
            all += value;
        }
    }
    settle(u32::MAX, &mut since, all);
    out
}

/// Cells of the field that hold something no number could be read from: the sum is then not the file's.
fn unread(part: &Part, field: usize) -> u64 {
    let lost = |chunk: &super::chunk::ChunkTable| {
        let null =
            |row: u32| chunk.columns.get(field).is_none_or(|c| c.as_ref().is_none_or(|c| c.is_null(row as usize)));
        let broken = |f: &&super::cells::Fault| f.field == Some(field) || (f.field.is_none() && f.flaw.rejects);
        chunk.faults.iter().filter(broken).filter(|f| null(f.row)).count() as u64
    };
    part.chunks.iter().map(lost).sum()
}

/// Names of persons and units in a file, how many of them came garbled, and how many hold private-use characters.
pub(super) fn names(source: &Source<'_>, file: &FileRead) -> (u64, u64, u64) {
    let (mut names, mut garbled, mut private) = (0, 0, 0);
    for chunk in file.parts.iter().flat_map(|p| &p.chunks) {
        for field in (0..source.fields.len()).filter(|&f| matches!(source.kind(f), Kind::PersonName | Kind::OrgName)) {
            let Some(Some(ColumnChunk::Text(column))) = chunk.columns.get(field) else { continue };
            let marks: Vec<(bool, bool)> =
                column.dictionary.iter().map(|t| (is_garbled(t), has_private_use(t))).collect();
            for &code in column.codes.iter().filter(|&&c| c != TextColumn::NULL) {
                let (bad, own) = marks.get(code as usize).copied().unwrap_or_default();
                names += 1;
                garbled += u64::from(bad);
                private += u64::from(own && !bad);
            }
            let lost =
                chunk.faults.iter().filter(|f| f.field == Some(field) && f.flaw.code == "mojibake").count() as u64;
            names += lost;
            garbled += lost;
        }
    }
    (names, garbled, private)
}

/// A name in which characters were lost on the way.
fn is_garbled(name: &str) -> bool {
    name.contains(['?', '\u{FFFD}']) || name.contains("锟斤拷")
}

fn has_private_use(name: &str) -> bool {
    name.chars().any(|c| ('\u{E000}'..='\u{F8FF}').contains(&c))
}
