//! Cells to typed values, a column of a chunk at a time. Each distinct text is judged once per chunk.
//!
//! IDs, codes and accounts stay text as written; their damage is noted on a row that is taken, because a damaged number is a
//! finding about the row, not a reason to lose it. What cannot be a value of its kind sets the row aside.

use std::collections::HashMap;

use super::dates::{Memory, default_date, default_month};
use super::dictionary::{Dictionary, TextChunk};
use super::grid::{Cell, number_text};
use super::headers::fold;
use super::numbers;
use super::rows::Rows;
use crate::kernel::dates::{Month, PartialDate, from_excel_serial};
use crate::kernel::{credit_code, resident_id};
use crate::table::{Field, Kind, TextColumn};

/// What is wrong with a cell, and whether its row can still be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flaw {
    pub code: &'static str,
    pub rejects: bool,
    /// The kernel's own words, where it gave any.
    pub words: Option<&'static str>,
}

pub(super) const fn reject(code: &'static str) -> Flaw {
    Flaw { code, rejects: true, words: None }
}

pub(super) const fn note(code: &'static str) -> Flaw {
    Flaw { code, rejects: false, words: None }
}

/// A flaw in a row of a chunk (by its index among the kept rows) and the offending text.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub row: u32,
    /// Source field, or `None` for the row as a whole.
    pub field: Option<usize>,
    pub flaw: Flaw,
    pub value: Option<String>,
}

/// A column of one chunk.
#[derive(Debug)]
pub(super) enum ColumnChunk {
    Text(TextChunk),
    Integer(Vec<Option<i64>>),
    Money(Vec<Option<i64>>),
    Date(Vec<Option<PartialDate>>),
    Month(Vec<Option<Month>>),
}

impl ColumnChunk {
    pub fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Text(c) => c.codes[row] == TextColumn::NULL,
            Self::Integer(c) | Self::Money(c) => c[row].is_none(),
            Self::Date(c) => c[row].is_none(),
            Self::Month(c) => c[row].is_none(),
        }
    }
}

/// How one field is read in one file.
pub(super) struct Reading<'a> {
    pub field: &'a Field,
    pub index: usize,
    pub column: usize,
    pub factor: i64,
    /// The file's month: two-digit years and defaults go by it.
    pub month: Month,
    pub date_1904: bool,
    /// Label as folded → code.
    pub codes: &'a HashMap<String, String>,
}

/// Labels of every code of a field, folded.
pub(super) fn code_labels(field: &Field) -> HashMap<String, String> {
    let mut labels = HashMap::new();
    for (code, names) in &field.codes {
        labels.insert(fold(code), code.clone());
        for name in names {
            labels.entry(fold(name)).or_insert_with(|| code.clone());
        }
    }
    labels
}

/// Characters a cell of a kind may have; more is a spilled document, not a value.
fn longest(kind: Kind) -> usize {
    match kind {
        Kind::PersonName => 100,
        Kind::OrgName => 300,
        Kind::Text => 32_767,
        _ => 200,
    }
}

const SPREADSHEET_ERRORS: [&str; 9] =
    ["#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#DATA!", "#GETTING_DATA"];

/// What is wrong with a text of any kind.
pub(super) fn general(kind: Kind, text: &str) -> Option<Flaw> {
    if text.starts_with('#') && SPREADSHEET_ERRORS.contains(&text) {
        return Some(reject("cell-error"));
    }
    let bytes = text.as_bytes();
    if bytes.iter().any(|&b| b < 0x20 || b == 0x7F) {
        if bytes.iter().any(|&b| (b < 0x20 && !matches!(b, b'\n' | b'\r' | b'\t')) || b == 0x7F) {
            return Some(reject("control-character"));
        }
        if kind != Kind::Text && bytes.iter().any(|&b| matches!(b, b'\n' | b'\r')) {
            return Some(reject("cell-newline"));
        }
    }
    if text.len() > longest(kind) && text.chars().count() > longest(kind) {
        return Some(reject("cell-too-long"));
    }
    // What is left of text that was decoded wrongly upstream.
    (text.contains('\u{FFFD}') || text.contains("锟斤拷")).then(|| reject("mojibake"))
}

/// What is wrong with a text of an identifying kind.
fn special(kind: Kind, text: &str) -> Option<Flaw> {
    match kind {
        Kind::ResidentId if !sound_id(text) => match resident_id::read(text).state() {
            "precision_lost" => Some(note("id-precision-lost")),
            "bad_check_digit" => Some(note("id-check-digit")),
            "bad_date" | "bad_region" | "malformed" => Some(note("id-malformed")),
            _ => None,
        },
        Kind::CreditCode => match credit_code::read(text).state() {
            "bad_check_digit" => Some(note("credit-code-check-digit")),
            "malformed" => Some(note("credit-code-malformed")),
            _ => None,
        },
        Kind::PersonName if text.chars().any(|c| ('\u{E000}'..='\u{F8FF}').contains(&c)) => {
            Some(note("private-use-character"))
        }
        _ => None,
    }
}

/// Quick way past the kernel for what almost every ID is: 17 digits and the right check character.
fn sound_id(text: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let bytes = text.as_bytes();
    if bytes.len() != 18 || !bytes[..17].iter().all(u8::is_ascii_digit) || bytes[15..].iter().all(|&b| b == b'0') {
        return false;
    }
    let sum: u32 = WEIGHTS.iter().zip(bytes).map(|(w, b)| w * u32::from(b - b'0')).sum();
    let (month, day) = ((bytes[10] - b'0') * 10 + bytes[11] - b'0', (bytes[12] - b'0') * 10 + bytes[13] - b'0');
    let century = &bytes[6..8] == b"19" || &bytes[6..8] == b"20";
    // The 29th and later days need the calendar: the kernel looks at those.
    century && (1..=12).contains(&month) && (1..=28).contains(&day) && b"10X98765432"[(sum % 11) as usize] == bytes[17]
}

/// The text a cell of any kind shows, written into `buffer` when it is not text already.
fn shown<'a>(cell: Cell<'a>, date_1904: bool, buffer: &'a mut String) -> Option<&'a str> {
    *buffer = match cell {
        Cell::Text(text) | Cell::Error(text) => return Some(text),
        Cell::Empty | Cell::NoValue => return None,
        Cell::Number(v) => number_text(v),
        Cell::Whole(v) => v.to_string(),
        Cell::Serial(v) => from_excel_serial(v, date_1904).map_or_else(|| number_text(v), PartialDate::iso),
    };
    Some(buffer)
}

/// The apostrophe that makes a spreadsheet keep digits as text is no part of a code.
fn without_apostrophe(kind: Kind, text: &str) -> &str {
    if matches!(kind, Kind::OrgCode | Kind::Account) {
        text.trim_start_matches(['\'', '’', '‘', '`'])
    } else {
        text
    }
}

/// Dashes and 无 stand for no value wherever a value would be a code, a date or a number.
pub(super) fn is_dash(text: &str) -> bool {
    matches!(text, "-" | "—" | "－" | "--" | "——" | "/" | "无" | "–")
}

struct Faults<'a> {
    found: &'a mut Vec<Fault>,
    field: usize,
}

impl Faults<'_> {
    fn add(&mut self, row: usize, flaw: Flaw, value: Option<&str>) {
        let value = value.map(|v| v.chars().take(64).collect());
        self.found.push(Fault { row: u32::try_from(row).unwrap_or(u32::MAX), field: Some(self.field), flaw, value });
    }
}

/// Reads one field over the kept rows of a chunk.
pub(super) fn column<R: Rows>(
    rows: &R,
    kept: &[u32],
    broken: &[bool],
    how: &Reading<'_>,
    out: &mut Vec<Fault>,
) -> ColumnChunk {
    let mut faults = Faults { found: out, field: how.index };
    let kind = how.field.kind.unwrap_or(Kind::Text);
    match kind {
        Kind::Money | Kind::Integer => {
            let values = each(rows, kept, broken, how, &mut faults, |cell| amount(cell, kind, how));
            if kind == Kind::Money { ColumnChunk::Money(values) } else { ColumnChunk::Integer(values) }
        }
        Kind::Date | Kind::Birth => {
            let default = default_date(how.field, how.month);
            let mut memory = Memory::default();
            let values = each(rows, kept, broken, how, &mut faults, |cell| memory.date(cell, how));
            ColumnChunk::Date(values.into_iter().map(|v| v.or(default)).collect())
        }
        Kind::Month => {
            let default = default_month(how.field, how.month);
            let mut memory = Memory::default();
            let values = each(rows, kept, broken, how, &mut faults, |cell| memory.month(cell, how));
            ColumnChunk::Month(values.into_iter().map(|v| v.or(default)).collect())
        }
        _ => ColumnChunk::Text(texts(rows, kept, broken, how, kind, &mut faults)),
    }
}

/// Rows whose shape is broken hold nothing; a merged cell is not repeated for amounts.
fn cell_of<'a, R: Rows>(rows: &'a R, row: u32, broken: bool, how: &Reading<'_>, merges: bool) -> Cell<'a> {
    if broken {
        Cell::Empty
    } else if merges {
        rows.shown(row as usize, how.column)
    } else {
        rows.cell(row as usize, how.column)
    }
}

/// A value, no value, or both and a flaw.
pub(super) type Got<T> = (Option<T>, Option<Flaw>);

fn each<R: Rows, T>(
    rows: &R,
    kept: &[u32],
    broken: &[bool],
    how: &Reading<'_>,
    faults: &mut Faults<'_>,
    mut read: impl FnMut(Cell<'_>) -> Got<T>,
) -> Vec<Option<T>> {
    let merges = !matches!(how.field.kind, Some(Kind::Money | Kind::Integer));
    let mut values = Vec::with_capacity(kept.len());
    for (i, &row) in kept.iter().enumerate() {
        let cell = cell_of(rows, row, broken[i], how, merges);
        let (value, flaw) = match cell {
            Cell::Empty => (None, None),
            Cell::NoValue => (None, Some(reject("formula-without-value"))),
            Cell::Error(_) => (None, Some(reject("cell-error"))),
            cell => read(cell),
        };
        if let Some(flaw) = flaw {
            let mut buffer = String::new();
            faults.add(i, flaw, shown(cell, how.date_1904, &mut buffer));
        }
        values.push(value);
    }
    values
}

/// Money in fen, or a whole number.
fn amount(cell: Cell<'_>, kind: Kind, how: &Reading<'_>) -> Got<i64> {
    let read = match (cell, kind) {
        (Cell::Text(text), _) if is_dash(text) => Ok(None),
        (Cell::Text(text), Kind::Money) => match numbers::plain_fen(text, how.factor) {
            Some(fen) => Ok(Some(fen)),
            None => match general(Kind::Money, text) {
                Some(flaw) => Err(flaw),
                None => numbers::money(text, how.factor),
            },
        },
        (Cell::Text(text), _) => match general(Kind::Integer, text) {
            Some(flaw) => Err(flaw),
            None => numbers::whole(text).map(Some),
        },
        (Cell::Number(v) | Cell::Serial(v), Kind::Money) => numbers::money_from_float(v, how.factor).map(Some),
        (Cell::Whole(v), Kind::Money) => v.checked_mul(how.factor * 100).map(Some).ok_or(reject("amount-out-of-range")),
        (Cell::Whole(v), _) => Ok(Some(v)),
        (Cell::Number(v) | Cell::Serial(v), _) => numbers::whole_from_float(v).map(Some),
        _ => Ok(None),
    };
    let scale = if kind == Kind::Money { 100.0 } else { 1.0 };
    match read {
        #[expect(clippy::cast_precision_loss, reason = "only compared with a small minimum")]
        Ok(Some(v)) if how.field.minimum.is_some_and(|least| (v as f64) < least * scale) => {
            (Some(v), Some(reject(if kind == Kind::Money { "amount-negative" } else { "below-minimum" })))
        }
        Ok(v) => (v, None),
        Err(flaw) => (None, Some(flaw)),
    }
}

fn texts<R: Rows>(
    rows: &R,
    kept: &[u32],
    broken: &[bool],
    how: &Reading<'_>,
    kind: Kind,
    faults: &mut Faults<'_>,
) -> TextChunk {
    let mut chunk = TextChunk { codes: Vec::with_capacity(kept.len()), ..TextChunk::default() };
    // What was written, its code in the column and its flaw: for codes the column holds the code, not the label.
    let mut written = Dictionary::default();
    let mut judged: Vec<(u32, Option<Flaw>)> = Vec::new();
    let default = how.field.default.as_deref();
    let mut buffer = String::new();
    for (i, &row) in kept.iter().enumerate() {
        let cell = cell_of(rows, row, broken[i], how, true);
        let (code, flaw) = match cell {
            Cell::Empty => (empty(&mut chunk, default, broken[i]), None),
            Cell::NoValue => (TextColumn::NULL, Some(reject("formula-without-value"))),
            Cell::Error(_) => (TextColumn::NULL, Some(reject("cell-error"))),
            cell => {
                let text = shown(cell, how.date_1904, &mut buffer).unwrap_or_default();
                let text = without_apostrophe(kind, text);
                let (known, target) = if kind == Kind::Code {
                    (written.code(text), None)
                } else {
                    let code = chunk.dictionary.code(text);
                    (code, Some(code))
                };
                if known as usize >= judged.len() {
                    judged.resize(known as usize + 1, (TextColumn::NULL, None));
                    judged[known as usize] = judge(&mut chunk, kind, text, target, how);
                }
                judged[known as usize]
            }
        };
        if let Some(flaw) = flaw {
            let mut buffer = String::new();
            faults.add(i, flaw, shown(cell, how.date_1904, &mut buffer));
        }
        chunk.codes.push(code);
    }
    chunk
}

fn empty(chunk: &mut TextChunk, default: Option<&str>, broken: bool) -> u32 {
    match default {
        Some(default) if !broken => chunk.dictionary.code(default),
        _ => TextColumn::NULL,
    }
}

/// The column's code and the flaw of a text seen for the first time in the chunk.
fn judge(chunk: &mut TextChunk, kind: Kind, text: &str, target: Option<u32>, how: &Reading<'_>) -> (u32, Option<Flaw>) {
    if let Some(flaw) = general(kind, text) {
        return (TextColumn::NULL, Some(flaw));
    }
    if let Some(code) = target {
        return (code, special(kind, text));
    }
    if let Some(code) = how.codes.get(&fold(text)) {
        return (chunk.dictionary.code(code), None);
    }
    if is_dash(text) {
        return (empty(chunk, how.field.default.as_deref(), false), None);
    }
    (chunk.dictionary.code("unrecognised"), Some(note("code-unrecognised")))
}
