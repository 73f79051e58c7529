//! One chunk of rows to typed columns: which rows are data, what each cell holds, and which rows must be set aside.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::cells::{self, ColumnChunk, Fault, Flaw, Reading};
use super::grid::Cell;
use super::headers::{Mapping, Names, fold};
use super::rows::{Rows, is_signature, is_total};
use super::titles;
use crate::kernel::dates::{Month, PartialDate, Precision};
use crate::kernel::resident_id;
use crate::table::{Field, Kind, TableSchema, TextColumn};

/// What is the same for every file of a source.
pub(super) struct Source<'a> {
    pub schema: &'a TableSchema,
    /// Source fields in schema order; fields are named by their index here.
    pub fields: Vec<&'a Field>,
    pub names: Names,
    pub codes: Vec<HashMap<String, String>>,
    pub banner_fields: Vec<usize>,
    pub unit_field: Option<usize>,
    pub name_field: Option<usize>,
    pub id_field: Option<usize>,
    /// (start, end) fields that must not be the wrong way round.
    intervals: Vec<(usize, usize)>,
}

/// Pairs of dates of which the second may not lie before the first.
const INTERVALS: [(&str, &str); 7] = [
    ("entry_date", "exit_date"),
    ("entered_on", "left_on"),
    ("valid_from", "valid_to"),
    ("established_on", "abolished_on"),
    ("registered_on", "deregistered_on"),
    ("certificate_from", "certificate_to"),
    ("effective_on", "ends_on"),
];

impl<'a> Source<'a> {
    pub fn new(schema: &'a TableSchema, names: Names) -> Self {
        let fields: Vec<&Field> = schema.source_fields().collect();
        let find = |name: &str| fields.iter().position(|f| f.name == name);
        let unit_field = schema.unit.as_ref().and_then(|u| u.name.as_deref()).and_then(find);
        let name_field = schema.person.as_ref().and_then(|p| find(&p.name));
        let id_field = schema.person.as_ref().and_then(|p| find(&p.resident_id));
        let intervals = INTERVALS.iter().filter_map(|(a, b)| Some((find(a)?, find(b)?))).collect();
        let codes = fields.iter().map(|f| cells::code_labels(f)).collect();
        let banner_fields = (0..fields.len()).filter(|&i| fields[i].banner).collect();
        Self { schema, names, codes, banner_fields, unit_field, name_field, id_field, intervals, fields }
    }
    pub fn kind(&self, field: usize) -> Kind {
        self.fields[field].kind.unwrap_or(Kind::Text)
    }
}

/// How one sheet (or text file) is laid out.
pub(super) struct Layout {
    pub mapping: Mapping,
    /// Title texts above the header, folded, to know them again on later pages.
    pub titles: BTreeSet<String>,
    /// Values for banner fields without a column.
    pub banners: Vec<(usize, String)>,
    /// What amounts count in when their header does not say.
    pub factor: i64,
    pub month: Month,
    pub date_1904: bool,
}

/// What became of one chunk.
#[derive(Default)]
pub(super) struct ChunkTable {
    /// One a source field; `None` where the sheet has no such column.
    pub columns: Vec<Option<ColumnChunk>>,
    pub numbers: Vec<u32>,
    pub taken: Vec<bool>,
    pub faults: Vec<Fault>,
    pub skipped: BTreeMap<&'static str, u64>,
    /// Footer rows: number and, for totals, the word.
    pub footers: Vec<(u32, Option<String>)>,
    /// Total rows by number, and what they hold in the fields of amounts: field → a value a row.
    pub total_rows: Vec<u32>,
    pub totals: Vec<(usize, Vec<Option<i64>>)>,
    /// Banners between rows: from which kept row on, and the values.
    pub banners: Vec<(usize, Vec<(usize, String)>)>,
    /// Columns without a header that hold something: column → first row number.
    pub headless: BTreeMap<usize, u32>,
    /// Cells right of the last header.
    pub beyond: u64,
}

impl ChunkTable {
    pub fn len(&self) -> usize {
        self.numbers.len()
    }
}

enum RowKind {
    Data,
    Skip(&'static str),
    Footer(Option<String>),
    Banner(Vec<(usize, String)>),
}

struct Judge<'a, R: Rows> {
    rows: &'a R,
    source: &'a Source<'a>,
    layout: &'a Layout,
    /// Columns of required fields, which every row of data fills.
    required: Vec<usize>,
}

fn text_of(cell: Cell<'_>) -> &str {
    match cell {
        Cell::Text(text) => text,
        _ => "",
    }
}

/// Whether two texts agree but for spaces; most do not agree in their first letter.
fn same_letters(a: &str, b: &str) -> bool {
    a.chars().filter(|c| !c.is_whitespace()).eq(b.chars().filter(|c| !c.is_whitespace()))
}

impl<'a, R: Rows> Judge<'a, R> {
    fn new(rows: &'a R, source: &'a Source<'a>, layout: &'a Layout) -> Self {
        let needs = |&i: &usize| source.fields[i].required && source.fields[i].default.is_none();
        let column = |i: usize| layout.mapping.bound[i].as_ref().map(|b| b.column);
        let required = (0..source.fields.len()).filter(needs).filter_map(column).collect();
        Self { rows, source, layout, required }
    }
    fn field_text(&self, row: usize, field: Option<usize>) -> &str {
        let bound = field.and_then(|f| self.layout.mapping.bound[f].as_ref());
        bound.map_or("", |b| text_of(self.rows.cell(row, b.column)))
    }
    /// Whether nothing like an ID stands in the row; a table without an ID column has none.
    fn nameless(&self, row: usize) -> bool {
        let bound = self.source.id_field.and_then(|f| self.layout.mapping.bound[f].as_ref());
        bound.is_none_or(|b| match self.rows.cell(row, b.column) {
            Cell::Empty => true,
            // A label or a total's amount is no ID; damaged IDs still have most of their digits.
            Cell::Text(text) => text.chars().filter(|c| c.is_numeric()).count() < 6,
            _ => false,
        })
    }
    fn kind(&self, row: usize) -> RowKind {
        let complete = self.required.iter().all(|&c| self.rows.shown(row, c) != Cell::Empty);
        let nameless = self.nameless(row);
        if complete && (!nameless || !self.says_something(row)) {
            return if self.repeats_header(row) { RowKind::Skip("repeated-header") } else { RowKind::Data };
        }
        let filled: Vec<&str> = (0..self.rows.width(row))
            .map(|c| self.rows.cell(row, c))
            .filter(|c| *c != Cell::Empty)
            .map(text_of)
            .collect();
        if filled.is_empty() {
            return RowKind::Skip("blank");
        }
        if self.repeats_header(row) {
            return RowKind::Skip("repeated-header");
        }
        if filled.iter().all(|t| self.layout.titles.contains(&fold(t))) {
            return RowKind::Skip("title");
        }
        if nameless { self.aside(row, &filled) } else { RowKind::Data }
    }
    /// Banners, totals and signatures among rows that bear no ID.
    fn aside(&self, row: usize, filled: &[&str]) -> RowKind {
        if filled.len() <= 6 {
            let banners = titles::banners(filled, &self.source.names, &self.source.banner_fields);
            if !banners.is_empty() {
                return RowKind::Banner(banners);
            }
        }
        let names = [self.source.name_field, self.source.unit_field].map(|f| self.field_text(row, f));
        if let Some(word) = filled.iter().take(1).chain(&names).find(|t| is_total(t)) {
            return RowKind::Footer(Some((*word).to_owned()));
        }
        // What follows a signature's label is a person's name, and stays out of the account.
        if is_signature(filled[0]) { RowKind::Footer(None) } else { RowKind::Data }
    }
    /// Whether a row that fills every required cell may yet be a total, a banner or a signature: its name says so, or a
    /// label's colon stands in it.
    fn says_something(&self, row: usize) -> bool {
        let names = [self.source.name_field, self.source.unit_field].map(|f| self.field_text(row, f));
        let first = text_of(self.rows.cell(row, 0));
        names.iter().chain([&first]).any(|t| is_total(t) || t.contains([':', '：']))
    }
    fn repeats_header(&self, row: usize) -> bool {
        self.layout.mapping.header_rows.iter().any(|header| {
            let mut same = 0;
            for column in 0..self.rows.width(row).max(1) {
                let text = match self.rows.cell(row, column) {
                    Cell::Empty => continue,
                    Cell::Text(text) => text,
                    _ => return false,
                };
                if header.get(column).is_none_or(|h| !same_letters(h, text)) {
                    return false;
                }
                same += 1;
            }
            same > 0
        })
    }
}

/// Reads the rows of a chunk.
pub(super) fn read<R: Rows>(rows: &R, source: &Source<'_>, layout: &Layout) -> ChunkTable {
    let mut table = ChunkTable::default();
    let judge = Judge::new(rows, source, layout);
    let mut kept: Vec<u32> = Vec::with_capacity(rows.len());
    let mut broken: Vec<bool> = Vec::with_capacity(rows.len());
    let mut totals: Vec<u32> = Vec::new();
    let width = layout.mapping.width();
    for row in 0..rows.len() {
        match judge.kind(row) {
            RowKind::Skip(kind) => *table.skipped.entry(kind).or_default() += 1,
            RowKind::Footer(word) => {
                if word.is_some() {
                    totals.push(u32::try_from(row).unwrap_or(u32::MAX));
                    table.total_rows.push(rows.number(row));
                }
                *table.skipped.entry("footer").or_default() += 1;
                table.footers.push((rows.number(row), word));
            }
            RowKind::Banner(values) => {
                *table.skipped.entry("title").or_default() += 1;
                table.banners.push((kept.len(), values));
            }
            RowKind::Data => {
                let flaw = rows.flaw(row, width);
                if let Some(code) = flaw {
                    let flaw = Flaw { code, rejects: true, words: None };
                    let at = u32::try_from(kept.len()).unwrap_or(u32::MAX);
                    table.faults.push(Fault { row: at, field: None, flaw, value: None });
                } else {
                    strays(rows, row, layout, &mut table);
                }
                kept.push(u32::try_from(row).unwrap_or(u32::MAX));
                broken.push(flaw.is_some());
                table.numbers.push(rows.number(row));
            }
        }
    }
    columns(rows, source, layout, &kept, &broken, &mut table);
    declared(rows, source, layout, &totals, &mut table);
    required(source, &broken, &mut table);
    ambiguous_births(source, &mut table);
    intervals(source, layout, &mut table);
    settle(&mut table);
    table
}

/// Cells in columns that no header names.
fn strays<R: Rows>(rows: &R, row: usize, layout: &Layout, table: &mut ChunkTable) {
    for &column in &layout.mapping.blank_columns {
        if rows.cell(row, column) != Cell::Empty {
            table.headless.entry(column).or_insert_with(|| rows.number(row));
        }
    }
    let width = layout.mapping.width();
    table.beyond += (width..rows.width(row)).filter(|&c| rows.cell(row, c) != Cell::Empty).count() as u64;
}

fn columns<R: Rows>(
    rows: &R,
    source: &Source<'_>,
    layout: &Layout,
    kept: &[u32],
    broken: &[bool],
    table: &mut ChunkTable,
) {
    for index in 0..source.fields.len() {
        let how = reading(source, layout, index);
        table.columns.push(how.map(|how| cells::column(rows, kept, broken, &how, &mut table.faults)));
    }
}

/// How a field is read in this sheet, where it has a column.
fn reading<'a>(source: &'a Source<'_>, layout: &'a Layout, index: usize) -> Option<Reading<'a>> {
    let bound = layout.mapping.bound[index].as_ref()?;
    Some(Reading {
        field: source.fields[index],
        index,
        column: bound.column,
        factor: bound.factor.unwrap_or(layout.factor),
        month: layout.month,
        date_1904: layout.date_1904,
        codes: &source.codes[index],
    })
}

/// What total rows hold in the fields of amounts. A cell that is no number declares nothing.
fn declared<R: Rows>(rows: &R, source: &Source<'_>, layout: &Layout, totals: &[u32], table: &mut ChunkTable) {
    if totals.is_empty() {
        return;
    }
    let sound = vec![false; totals.len()];
    for index in (0..source.fields.len()).filter(|&i| matches!(source.kind(i), Kind::Money | Kind::Integer)) {
        let Some(how) = reading(source, layout, index) else { continue };
        if let ColumnChunk::Money(values) | ColumnChunk::Integer(values) =
            cells::column(rows, totals, &sound, &how, &mut Vec::new())
        {
            table.totals.push((index, values));
        }
    }
}

fn fault(row: usize, field: usize, code: &'static str) -> Fault {
    let flaw = Flaw { code, rejects: true, words: None };
    Fault { row: u32::try_from(row).unwrap_or(u32::MAX), field: Some(field), flaw, value: None }
}

/// Required cells that hold nothing and were not already found to hold something wrong.
fn required(source: &Source<'_>, broken: &[bool], table: &mut ChunkTable) {
    let wrong: BTreeSet<(u32, usize)> = table.faults.iter().filter_map(|f| Some((f.row, f.field?))).collect();
    for (index, field) in source.fields.iter().enumerate() {
        let Some(column) = table.columns[index].as_ref().filter(|_| field.required) else { continue };
        for row in (0..broken.len()).filter(|&r| !broken[r] && column.is_null(r)) {
            let at = u32::try_from(row).unwrap_or(u32::MAX);
            if !wrong.contains(&(at, index)) {
                table.faults.push(fault(row, index, "required-missing"));
            }
        }
    }
}

/// A birth month that a number cell blurred (1985.1) is decided by the row's own ID where that is sound.
fn ambiguous_births(source: &Source<'_>, table: &mut ChunkTable) {
    let Some(id_field) = source.id_field else { return };
    let birth = |f: &Fault| f.flaw.code == "date-ambiguous" && f.field.is_some_and(|i| source.kind(i) == Kind::Birth);
    let doubtful: Vec<usize> = (0..table.faults.len()).filter(|&i| birth(&table.faults[i])).collect();
    let mut settled = BTreeSet::new();
    for i in doubtful {
        let (row, Some(field)) = (table.faults[i].row as usize, table.faults[i].field) else { continue };
        let id = match &table.columns[id_field] {
            Some(ColumnChunk::Text(c)) if c.codes[row] != TextColumn::NULL => {
                resident_id::read(c.dictionary.get(c.codes[row]))
            }
            _ => continue,
        };
        let Some(born) = id.valid().map(resident_id::ResidentId::birth_day) else { continue };
        let (year, month, _) = crate::kernel::dates::civil(born);
        if let Some(ColumnChunk::Date(dates)) = &mut table.columns[field]
            && dates[row].is_some_and(|d| d.month().year() == year)
            && matches!(month, 1 | 10)
        {
            dates[row] = PartialDate::day(year, month, 1).map(|d| PartialDate { precision: Precision::Month, ..d });
            settled.insert(i);
        }
    }
    let mut index = 0;
    table.faults.retain(|_| {
        index += 1;
        !settled.contains(&(index - 1))
    });
}

/// Ends before their starts, and births after the file's month.
fn intervals(source: &Source<'_>, layout: &Layout, table: &mut ChunkTable) {
    let dates = |table: &ChunkTable, field: usize| match &table.columns[field] {
        Some(ColumnChunk::Date(values)) => Some(values.clone()),
        _ => None,
    };
    for &(start, end) in &source.intervals {
        let (Some(starts), Some(ends)) = (dates(table, start), dates(table, end)) else { continue };
        for (row, pair) in starts.iter().zip(&ends).enumerate() {
            if let (Some(from), Some(to)) = pair
                && to.day_max() < from.day_min()
            {
                let value = Some(format!("{} < {}", to.iso(), from.iso()));
                table.faults.push(Fault { value, ..fault(row, end, "end-before-start") });
            }
        }
    }
    let last = layout.month.last_day();
    for field in (0..source.fields.len()).filter(|&f| source.kind(f) == Kind::Birth) {
        let Some(births) = dates(table, field) else { continue };
        for (row, birth) in births.iter().enumerate() {
            if birth.is_some_and(|b| b.day_min() > last) {
                table.faults.push(fault(row, field, "birth-in-future"));
            }
        }
    }
}

/// Puts faults in row order and decides which rows are taken.
fn settle(table: &mut ChunkTable) {
    table.faults.sort_by_key(|f| (f.row, f.field));
    table.taken = vec![true; table.numbers.len()];
    for fault in table.faults.iter().filter(|f| f.flaw.rejects) {
        table.taken[fault.row as usize] = false;
    }
}
