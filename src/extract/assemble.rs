//! Chunks of all files to one table, with the reports and rejects that account for every row.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use indexmap::IndexMap;
use rayon::prelude::*;

use super::cells::{ColumnChunk, Flaw};
use super::chunk::{ChunkTable, Source};
use super::dates::{default_date, default_month};
use super::dictionary::Merger;
use super::file::FileRead;
use super::rejects::reject;
use super::{FileReport, Reject, totals};
use crate::error::Place;
use crate::kernel::dates::{Month, PartialDate};
use crate::table::column::TextBuilder;
use crate::table::{Column, Kind, Numbers, Origin, Table, TableSchema, TextColumn};

/// Notes of one kind listed for one file; the rest is counted in a warning.
const MOST_NOTES: usize = 1_000;

/// Everything read of a source, in one piece.
pub(super) struct Assembled {
    pub table: Table,
    pub rejects: Vec<Reject>,
    pub reports: Vec<FileReport>,
    /// File (by index) of every run of rows, in row order: (file, rows).
    pub runs: Vec<(usize, usize)>,
}

/// Joins what was read, in plan order.
pub(super) fn assemble(
    schema: &std::sync::Arc<TableSchema>,
    source: &Source<'_>,
    mut files: Vec<FileRead>,
) -> Assembled {
    let mut rejects = Vec::new();
    let mut reports = Vec::new();
    for file in &files {
        reports.push(report(source, file, &mut rejects));
    }
    let (origin, taken, runs) = origins(&files);
    // Each field's chunks are let go as soon as they are merged: the data is never held twice.
    let pieces = by_field(source, &mut files);
    let merged: Vec<Column> =
        pieces.into_par_iter().enumerate().map(|(field, pieces)| merge(source, field, &files, pieces)).collect();
    drop(files);
    let columns: IndexMap<String, Column> = source.fields.iter().map(|f| f.name.clone()).zip(merged).collect();
    let table = Table { schema: schema.clone(), columns, origin, taken };
    let mut out = Assembled { table, rejects, reports, runs };
    duplicates(&mut out);
    out
}

fn origins(files: &[FileRead]) -> (Origin, Vec<bool>, Vec<(usize, usize)>) {
    let mut origin = Origin::default();
    let mut taken = Vec::new();
    let mut runs = Vec::new();
    for (index, file) in files.iter().enumerate() {
        origin.files.push(file.label.clone());
        let before = taken.len();
        for part in &file.parts {
            let sheet = part.sheet.as_ref().map_or(u32::MAX, |name| {
                let known = origin.sheets.iter().position(|s| s == name);
                let at = known.unwrap_or_else(|| {
                    origin.sheets.push(name.clone());
                    origin.sheets.len() - 1
                });
                u32::try_from(at).unwrap_or(u32::MAX)
            });
            for chunk in &part.chunks {
                origin.file.add(u32::try_from(index).unwrap_or(u32::MAX), chunk.len());
                origin.sheet.add(sheet, chunk.len());
                origin.row.extend_from_slice(&chunk.numbers);
                taken.extend_from_slice(&chunk.taken);
            }
        }
        runs.push((index, taken.len() - before));
    }
    (origin, taken, runs)
}

/// Takes the columns out of their chunks: field by field, in row order.
fn by_field(source: &Source<'_>, files: &mut [FileRead]) -> Vec<Vec<Option<ColumnChunk>>> {
    let mut fields: Vec<Vec<Option<ColumnChunk>>> = (0..source.fields.len()).map(|_| Vec::new()).collect();
    for chunk in files.iter_mut().flat_map(|f| &mut f.parts).flat_map(|p| &mut p.chunks) {
        for (field, column) in fields.iter_mut().zip(std::mem::take(&mut chunk.columns)) {
            field.push(column);
        }
    }
    fields
}

/// Chunks of one field over all files, each with what stands for it when the sheet has no such column.
fn merge(source: &Source<'_>, field: usize, files: &[FileRead], pieces: Vec<Option<ColumnChunk>>) -> Column {
    let definition = source.fields[field];
    let lengths = || {
        files.iter().flat_map(|f| f.parts.iter().flat_map(move |p| p.chunks.iter().map(move |c| (f.month, c.len()))))
    };
    macro_rules! plain {
        ($kind:ident, $fallback:expr) => {{
            let mut values = Vec::with_capacity(lengths().map(|l| l.1).sum());
            for ((month, rows), piece) in lengths().zip(pieces) {
                match piece {
                    Some(ColumnChunk::$kind(column)) => values.extend_from_slice(&column),
                    _ => values.resize(values.len() + rows, $fallback(month)),
                }
            }
            Column::$kind(values)
        }};
    }
    match source.kind(field) {
        Kind::Money => Column::Money(numbers(lengths(), pieces)),
        Kind::Integer => Column::Integer(numbers(lengths(), pieces)),
        Kind::Month => plain!(Month, |month| default_month(definition, month)),
        Kind::Date => plain!(Date, |month| default_date(definition, month)),
        Kind::Birth => birth_text(plain!(Date, |month| default_date(definition, month))),
        _ => Column::Text(merge_text(definition.default.as_deref(), field, files, pieces)),
    }
}

/// Amounts or whole numbers of all chunks; a sheet without the column has none.
fn numbers(lengths: impl Iterator<Item = (Month, usize)>, pieces: Vec<Option<ColumnChunk>>) -> Numbers<i64> {
    let mut values = Numbers::default();
    for ((_, rows), piece) in lengths.zip(pieces) {
        match piece {
            Some(ColumnChunk::Money(column) | ColumnChunk::Integer(column)) => values.extend(column),
            _ => values.extend(std::iter::repeat_n(None, rows)),
        }
    }
    values
}

/// Birth dates as text: they identify a person, so they take the way of names and numbers, masked before anything is published.
fn birth_text(dates: Column) -> Column {
    let Column::Date(dates) = dates else { return dates };
    let mut builder = TextBuilder::default();
    let mut known: HashMap<PartialDate, u32> = HashMap::new();
    let mut code = |date: PartialDate| *known.entry(date).or_insert_with(|| builder.code(Some(&date.iso())));
    let codes = dates.into_iter().map(|date| date.map_or(TextColumn::NULL, &mut code)).collect();
    Column::Text(TextColumn { codes, ..builder.finish() })
}

fn merge_text(default: Option<&str>, field: usize, files: &[FileRead], pieces: Vec<Option<ColumnChunk>>) -> TextColumn {
    let parts = || files.iter().flat_map(|f| &f.parts);
    let mut merger = Merger::default();
    merger.reserve(parts().flat_map(|p| &p.chunks).map(ChunkTable::len).sum());
    let mut pieces = pieces.into_iter();
    for part in parts() {
        let named = |list: &[(usize, String)]| list.iter().find(|b| b.0 == field).map(|b| b.1.clone());
        // The banner in force runs on from chunk to chunk until the next one.
        let mut banner = named(&part.layout.banners);
        for chunk in &part.chunks {
            if let Some(Some(ColumnChunk::Text(column))) = pieces.next() {
                merger.chunk(&column);
                continue;
            }
            let mut from = 0;
            for (at, values) in &chunk.banners {
                let Some(value) = named(values) else { continue };
                merger.constant(banner.as_deref().or(default), at - from);
                from = *at;
                banner = Some(value);
            }
            merger.constant(banner.as_deref().or(default), chunk.len() - from);
        }
    }
    merger.finish()
}

/// One file's account, its rejects and notes in row order.
fn report(source: &Source<'_>, file: &FileRead, rejects: &mut Vec<Reject>) -> FileReport {
    let mut warnings = file.warnings.clone();
    let mut notes: BTreeMap<(&'static str, Option<usize>), usize> = BTreeMap::new();
    let (mut rows, mut taken) = (0_u64, 0_u64);
    for part in &file.parts {
        let place = |row: u32| Place::file(file.label.as_str()).sheet(part.sheet.as_deref()).row(row);
        for chunk in &part.chunks {
            rows += chunk.len() as u64;
            taken += chunk.taken.iter().filter(|&&t| t).count() as u64;
            for (row, word) in &chunk.footers {
                let flaw = Flaw { code: "footer-row", rejects: false, words: None };
                rejects.push(reject(place(*row), None, flaw, word.as_deref(), false));
            }
            let mut last_rejected = None;
            for fault in &chunk.faults {
                // A row is set aside once, by its first reason; further ones are notes on it.
                let rejected = fault.flaw.rejects && last_rejected != Some(fault.row);
                if rejected {
                    last_rejected = Some(fault.row);
                } else {
                    let count = notes.entry((fault.flaw.code, fault.field)).or_default();
                    *count += 1;
                    if *count > MOST_NOTES {
                        continue;
                    }
                }
                let mut at = place(chunk.numbers[fault.row as usize]);
                if let Some(bound) = fault.field.and_then(|f| part.layout.mapping.bound[f].as_ref()) {
                    at = at.column(bound.header.as_str(), bound.column);
                }
                let field = fault.field.map(|f| source.fields[f]);
                rejects.push(reject(at, field, fault.flaw, fault.value.as_deref(), rejected));
            }
        }
    }
    for ((code, field), count) in notes.into_iter().filter(|n| n.1 > MOST_NOTES) {
        let name = field.map_or("", |f| source.fields[f].title.as_str());
        warnings.push(format!("{name}: {count} notes {code}, the first {MOST_NOTES} listed"));
    }
    let (headers, fields) = headers(source, file);
    let (names, names_garbled, names_private_use) = totals::names(source, file);
    FileReport {
        file: file.label.clone(),
        table: source.schema.name.clone(),
        period: file.month.to_string(),
        sha256: file.sha256.clone(),
        bytes: file.bytes,
        format: file.format.to_owned(),
        encoding: file.encoding.clone(),
        rows_read: rows,
        rows_taken: taken,
        rows_rejected: rows - taken,
        skipped: file.skipped.clone(),
        unmapped_headers: file.unmapped.clone(),
        headers,
        fields,
        names,
        names_garbled,
        names_private_use,
        totals: totals::of_file(source, file),
        warnings,
    }
}

/// The headers of a file, sorted, and the fields that they claim.
fn headers(source: &Source<'_>, file: &FileRead) -> (Vec<String>, Vec<String>) {
    let bound = |f: usize| file.parts.iter().filter_map(move |p| p.layout.mapping.bound[f].as_ref());
    let mut headers = file.unmapped.clone();
    headers.extend((0..source.fields.len()).flat_map(bound).map(|b| b.header.clone()));
    headers.sort_unstable();
    headers.dedup();
    let claimed = (0..source.fields.len()).filter(|&f| bound(f).next().is_some());
    (headers, claimed.map(|f| source.fields[f].name.clone()).collect())
}

/// Hashes that are hashes already.
#[derive(Default)]
struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(b);
        }
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// What a row holds in one column, as a number: equal numbers are equal values within the column.
fn mark(column: &Column, row: usize) -> u64 {
    let some = |v: i64| v.cast_unsigned() ^ 0x8000_0000_0000_0001;
    match column {
        Column::Text(c) => u64::from(c.codes[row]),
        Column::Integer(c) | Column::Money(c) => c.get(row).map_or(0, some),
        Column::Date(c) => c[row].map_or(0, |d| some(i64::from(d.first_day) * 4 + d.precision as i64)),
        Column::Month(c) => c[row].map_or(0, |m| some(i64::from(m.0))),
        Column::AtRest(_) => unreachable!("nothing rests while it is read"),
    }
}

/// Notes rows that repeat an earlier one in every column. They are taken: whether a payment was made twice is a rule's
/// question. Rows that agree on the person and differ elsewhere are not even noted, for several lines a person are lawful in
/// payroll; what conflicts is for the rules to find.
fn duplicates(out: &mut Assembled) {
    let columns: Vec<&Column> = out.table.columns.values().collect();
    let rows = out.table.taken.len();
    let hash = |row: usize| {
        let step = |h: u64, c: &&Column| (h.rotate_left(23) ^ mark(c, row)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let h = columns.iter().fold(0x51_7C_C1_B7_27_22_0A_95, step);
        h ^ (h >> 29)
    };
    let hashes: Vec<u64> = (0..rows).into_par_iter().map(hash).collect();
    let mut seen: HashSet<u64, BuildHasherDefault<Identity>> =
        HashSet::with_capacity_and_hasher(rows, BuildHasherDefault::default());
    let repeated: HashSet<u64> = hashes.iter().copied().filter(|&h| !seen.insert(h)).collect();
    drop(seen);
    if repeated.is_empty() {
        return;
    }
    // Hashes may collide by chance, so rows that share one are compared value by value.
    let mut firsts: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    let mut counts = vec![0_usize; out.reports.len()];
    let mut notes = Vec::new();
    for row in (0..rows).filter(|&r| out.table.taken[r] && repeated.contains(&hashes[r])) {
        let known = firsts.entry(hashes[row]).or_default();
        let same = |&first: &usize| columns.iter().all(|c| mark(c, first) == mark(c, row));
        match known.iter().copied().find(same) {
            Some(first) => {
                let file = out.table.origin.file[row] as usize;
                counts[file] += 1;
                if counts[file] <= MOST_NOTES {
                    let flaw = Flaw { code: "duplicate-row", rejects: false, words: None };
                    let mut note = reject(out.table.place(row), None, flaw, None, false);
                    let earlier = out.table.place(first);
                    note.message_zh = format!("与前面的行完全相同:{earlier}");
                    note.message_en = format!("identical with {earlier}");
                    notes.push(note);
                }
            }
            None => known.push(row),
        }
    }
    for (report, count) in out.reports.iter_mut().zip(counts).filter(|(_, c)| *c > 0) {
        report.warnings.push(format!("{count} rows repeat an earlier row in every column; they were taken"));
    }
    out.rejects.extend(notes);
}
