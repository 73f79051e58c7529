//! Digests of columns and frames by what they hold: the same values give the same digest, whatever order a dictionary is in.
//!
//! Columns by XXH3 (128 bits), which reads memory as fast as it comes and tells any change that is not made against it; who
//! could make one could as well write the extract. What seals entries and names files is SHA-256.

use std::collections::BTreeMap;

use rayon::prelude::*;
use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::{Xxh3Default, xxh3_128};

use super::column::packed;
use super::{Column, EvidenceCell, Frame, FrameColumn, Table, TextColumn, Values};
use crate::kernel::dates::Month;
use crate::kernel::secret::hex;

/// Digests of a frame's columns, by name, and of all that is published of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameDigest {
    pub rows: usize,
    /// 32 hexadecimal characters each.
    pub columns: BTreeMap<String, String>,
    /// Over columns, titles, codes and order.
    pub whole: String,
}

impl FrameDigest {
    #[must_use]
    pub fn of(frame: &Frame) -> Self {
        let columns: Vec<(String, String)> =
            frame.columns.par_iter().map(|c| (c.name.clone(), of_values(&c.values))).collect();
        let mut digest = Sha256::new();
        let mut add = |text: &str| {
            digest.update((text.len() as u64).to_le_bytes());
            digest.update(text.as_bytes());
        };
        [&frame.path, &frame.title_zh, &frame.title_en].into_iter().chain(&frame.sort_by).for_each(|t| add(t));
        for (column, (_, values)) in frame.columns.iter().zip(&columns) {
            let FrameColumn { name, title_zh, title_en, unit, personal, codes, values: _ } = column;
            [name, title_zh, title_en, values].into_iter().for_each(|t| add(t));
            add(&format!("{unit:?} {personal} {codes:?}"));
        }
        let whole = hex(&digest.finalize());
        Self { rows: frame.len(), columns: columns.into_iter().collect(), whole }
    }

    /// Of an empty frame that is to be filled from files, by what is known of their bytes: as good as reading what they hold.
    #[must_use]
    pub fn of_files(empty: &Frame, rows: usize, files: &str) -> Self {
        let of = |column: &FrameColumn| {
            let mut digest = Xxh3Default::new();
            // An empty column tells its type.
            digest.update(format!("files {} {:?} {files}", column.name, column.values).as_bytes());
            (column.name.clone(), short(&digest))
        };
        let columns = empty.columns.iter().map(of).collect();
        Self { rows, whole: hex(&Sha256::digest(format!("{columns:?}").as_bytes())), columns }
    }
}

/// The digest of a column's values and their type.
#[must_use]
pub fn of_values(values: &Values) -> String {
    let mut digest = Xxh3Default::new();
    match values {
        Values::Text(column) => text(&mut digest, column),
        Values::Int32(v) => numbers(&mut digest, b"int32", v.iter(), i32::to_le_bytes),
        Values::Date(v) => numbers(&mut digest, b"date", v.iter(), i32::to_le_bytes),
        Values::Int64(v) => numbers(&mut digest, b"int64", v.iter(), i64::to_le_bytes),
        Values::Decimal(v) => numbers(&mut digest, b"decimal", v.iter(), i64::to_le_bytes),
        Values::Float(v) => numbers(&mut digest, b"float", v.iter(), |x: f64| x.to_bits().to_le_bytes()),
        Values::Bool(v) => numbers(&mut digest, b"bool", v.iter().copied(), |b| [u8::from(b)]),
        Values::AtRest(resting) => return resting.digest().to_owned(),
        Values::Evidence(rows) => {
            digest.update(b"evidence");
            for row in rows {
                digest.update(&(row.len() as u64).to_le_bytes());
                row.iter().for_each(|cell| evidence(&mut digest, cell));
            }
        }
    }
    short(&digest)
}

/// The digest of everything in a canonical table but amounts and counts: texts, dates, months, where rows stand, which are taken.
#[must_use]
pub fn of_linking(table: &Table) -> String {
    let column = |(name, column): (&String, &Column)| {
        let mut digest = Xxh3Default::new();
        match column {
            Column::Text(v) => text(&mut digest, v),
            // As a shelf holds them, so that a column at rest has the same digest.
            Column::Date(v) => numbers(&mut digest, b"int64", v.iter().map(|d| d.map(packed)), i64::to_le_bytes),
            Column::Month(v) => numbers(&mut digest, b"int32", v.iter().copied(), |m: Month| m.0.to_le_bytes()),
            Column::AtRest(v) => return Some((name.clone(), v.digest()?.to_owned())),
            Column::Integer(_) | Column::Money(_) => return None,
        }
        Some((name.clone(), short(&digest)))
    };
    let columns: Vec<(&String, &Column)> = table.columns.iter().collect();
    let columns: Vec<(String, String)> = columns.into_par_iter().filter_map(column).collect();
    let mut digest = Xxh3Default::new();
    digest.update(format!("{columns:?} {:?} {:?}", table.origin.files, table.origin.sheets).as_bytes());
    for list in [&table.origin.file, &table.origin.sheet] {
        numbers(&mut digest, b"place", list.iter().map(Some), u32::to_le_bytes);
    }
    numbers(&mut digest, b"place", table.origin.row.iter().map(|n| Some(*n)), u32::to_le_bytes);
    numbers(&mut digest, b"taken", table.taken.iter().map(|t| Some(*t)), |t| [u8::from(t)]);
    short(&digest)
}

fn short(digest: &Xxh3Default) -> String {
    hex(&digest.digest128().to_be_bytes())
}

/// Cells by the digests of their texts, so that neither the order of a dictionary nor what nobody uses of it counts.
fn text(digest: &mut Xxh3Default, column: &TextColumn) {
    digest.update(b"text");
    let dictionary = &column.dictionary;
    let mut add = |cells: &mut dyn Iterator<Item = Option<u128>>| {
        let mut bytes = Vec::with_capacity(1 << 14);
        for cell in cells {
            bytes.extend_from_slice(&cell.unwrap_or(u128::MAX).to_le_bytes());
            if bytes.len() == 1 << 14 {
                digest.update(&bytes);
                bytes.clear();
            }
        }
        digest.update(&bytes);
    };
    let codes = column.codes.iter().map(|code| *code as usize);
    if column.codes.len() < dictionary.len() {
        add(&mut codes.map(|code| dictionary.get(code).map(|text| xxh3_128(text.as_bytes()))));
    } else {
        let texts: Vec<u128> = dictionary.iter().map(|text| xxh3_128(text.as_bytes())).collect();
        add(&mut codes.map(|code| texts.get(code).copied()));
    }
}

fn numbers<T, const N: usize>(
    digest: &mut Xxh3Default,
    kind: &[u8],
    values: impl Iterator<Item = Option<T>>,
    bytes_of: impl Fn(T) -> [u8; N],
) {
    digest.update(kind);
    let mut bytes = Vec::with_capacity(1 << 16);
    for value in values {
        bytes.push(u8::from(value.is_some()));
        bytes.extend_from_slice(&value.map_or([0; N], &bytes_of));
        if bytes.len() >= (1 << 16) - 64 {
            digest.update(&bytes);
            bytes.clear();
        }
    }
    digest.update(&bytes);
}

fn evidence(digest: &mut Xxh3Default, cell: &EvidenceCell) {
    let EvidenceCell { table, source_file, source_row, column, value } = cell;
    for text in [Some(table.as_ref()), Some(source_file.as_ref()), Some(column.as_ref()), value.as_deref()] {
        digest.update(&text.map_or(u64::MAX, |t| t.len() as u64).to_le_bytes());
        digest.update(text.unwrap_or_default().as_bytes());
    }
    digest.update(&source_row.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(dictionary: &[&str], codes: &[u32]) -> String {
        of_values(&Values::Text(TextColumn { dictionary: dictionary.iter().collect(), codes: codes.to_vec() }))
    }

    #[test]
    fn the_order_of_a_dictionary_does_not_count_and_every_row_does() {
        let one = texts(&["a", "b"], &[0, 1, 0, TextColumn::NULL]);
        assert_eq!(one, texts(&["b", "unused", "a"], &[2, 0, 2, TextColumn::NULL]));
        assert_eq!(one, texts(&["a", "b", "a"], &[0, 1, 2, TextColumn::NULL]), "held twice");
        for other in [&[0, 1, 1, TextColumn::NULL][..], &[0, 1, 0], &[1, 0, 1, TextColumn::NULL], &[0, 1, 0, 0]] {
            assert_ne!(one, texts(&["a", "b"], other), "{other:?}");
        }
        assert_ne!(texts(&["a", ""], &[0, 1]), texts(&["a", ""], &[0, TextColumn::NULL]), "empty is not null");
    }

    #[test]
    fn types_nulls_and_places_of_numbers_count() {
        let int = |v: Vec<Option<i32>>| of_values(&Values::Int32(v.into()));
        assert_ne!(int(vec![Some(0)]), int(vec![None]));
        assert_ne!(int(vec![Some(1), Some(2)]), int(vec![Some(2), Some(1)]));
        assert_ne!(int(vec![Some(1)]), of_values(&Values::Date(vec![Some(1)].into())));
    }

    #[test]
    fn whatever_is_published_of_a_frame_counts() {
        let frame = |title: &str, unit: Option<&str>| Frame {
            path: "t".to_owned(),
            title_zh: title.to_owned(),
            title_en: "t".to_owned(),
            sort_by: vec!["a".to_owned()],
            columns: vec![FrameColumn {
                unit: unit.map(str::to_owned),
                ..FrameColumn::new("a", "a", "a", Values::Int32(vec![Some(1)].into()))
            }],
        };
        let whole = |f: &Frame| FrameDigest::of(f).whole;
        assert_eq!(whole(&frame("t", None)), whole(&frame("t", None)));
        assert_ne!(whole(&frame("t", None)), whole(&frame("u", None)));
        assert_ne!(whole(&frame("t", None)), whole(&frame("t", Some("yuan"))));
    }
}
