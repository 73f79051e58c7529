//! Person tables as records: rows with the same values become one record.

use std::borrow::Cow;
use std::sync::Arc;

use indexmap::IndexMap;
use rayon::prelude::*;

use super::hash::{FastMap, text_hash};
use super::values::{Days, NONE, Names, PersonTable, PersonValues, birth_of, unpack};
use super::{Rows, UnitOf};
use crate::kernel::dates::Month;
use crate::kernel::resident_id::IdReading;
use crate::table::{Kind, Table, TextColumn};

/// What makes rows one record: ID, name, unit, account, birth date (codes), the row itself where it stays alone, sex.
type RecordKey = (u32, u32, u32, u32, u32, u32, u8);

/// Records of one sound ID that are looked through one by one; a table in which one has more is odd, and hashes the rest.
const CHAIN: usize = 8;

/// A span that stands for no date.
const NO_DAYS: Days = (i32::MAX, i32::MIN);

/// Table, file, sheet, row.
pub(super) type RowPlace = (u16, u32, u32, u32);

/// Rows of one table that say the same of the same person. Millions of these stand in memory at once.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub table: u16,
    /// 1 male, 2 female, 0 unknown.
    pub sex: u8,
    /// The first of the rows.
    pub row: u32,
    pub raw_name: u32,
    pub folded: u32,
    pub unit: u32,
    pub account: u32,
    stated_birth: Days,
    /// The sound ID as written, and as it is used once swaps are undone; 0 for none.
    pub written_id: u64,
    pub id: u64,
    /// Where in the source it stands: months and batches of pay, or simply 1.
    pub slots: u64,
}

impl Record {
    /// The birth date that the rows state.
    pub(super) fn stated_birth(&self) -> Option<Days> {
        (self.stated_birth != NO_DAYS).then_some(self.stated_birth)
    }
    /// The birth date in the sound ID.
    pub(super) fn id_birth(&self) -> Option<i32> {
        birth_of(self.id)
    }
}

/// Whichever of two rows stands first in the files.
pub(super) fn earlier(table: &Table, kept: u32, other: usize) -> u32 {
    let origin = &table.origin;
    let place = |row: usize| (origin.file[row], origin.sheet[row], origin.row[row]);
    if place(other) < place(kept as usize) { u32::try_from(other).unwrap_or(kept) } else { kept }
}

/// A number cut by a spreadsheet ends in 000, and one in eleven then passes its check by chance. Where another record
/// has a sound number that agrees up to the cut, and no other table has the number itself, it is taken for cut.
pub(super) fn distrust_cut_numbers(records: &mut Records) {
    let cut = |id: u64| id != 0 && id.is_multiple_of(100) && unpack(id).is_some_and(|n| n.reveal().ends_with("000"));
    let mut suspects: FastMap<u64, (u16, bool, bool)> = FastMap::default();
    for record in records.list.iter().filter(|r| cut(r.written_id)) {
        let entry = suspects.entry(record.written_id).or_insert((record.table, false, false));
        entry.1 |= entry.0 != record.table;
    }
    for record in &records.list {
        let up_to_cut = record.written_id / 100 * 100;
        if record.written_id != 0
            && record.written_id != up_to_cut
            && let Some(entry) = suspects.get_mut(&up_to_cut)
        {
            entry.2 = true;
        }
    }
    for record in &mut records.list {
        if let Some((_, false, true)) = suspects.get(&record.written_id) {
            record.id = 0;
        }
    }
}

impl PersonTable<'_> {
    /// A bit for each (month, batch) modulo 16 months and 4 batches; 1 for sources without months.
    fn slot(&self, months: Option<&[Option<Month>]>, batches: Option<&TextColumn>, row: usize) -> u64 {
        let Some(month) = months.and_then(|m| m[row]) else { return 1 };
        let batch = match batches.and_then(|b| b.get(row)) {
            None | Some("regular") => 0,
            Some(other) => 1 + text_hash(other) % 3,
        };
        1 << (u64::from(month.0.rem_euclid(16).unsigned_abs()) * 4 + batch)
    }

    /// Which rows are one record.
    fn group(&self, units: Option<&Rows<UnitOf>>, scope: Scope) -> Grouped {
        let months = self
            .table
            .schema
            .fields
            .iter()
            .find(|f| f.kind == Some(Kind::Month))
            .and_then(|f| self.table.months(&f.name));
        let batches = self.table.text("batch");
        let rows = self.table.len();
        let mut grouped = Grouped { of_row: Vec::with_capacity(rows), first: Vec::new(), slots: Vec::new() };
        let mut seen = Seen::new(self);
        if scope == Scope::All || self.register {
            grouped.first.reserve(rows);
            grouped.slots.reserve(rows);
            seen.next.reserve(rows);
        }
        for row in 0..rows {
            let of = units.map(|u| &u[row]);
            if scope == Scope::OpenUnits && !self.register && of.is_none_or(UnitOf::is_registered) {
                grouped.of_row.push(NONE);
                continue;
            }
            let index = seen.record(self, units, row, &grouped.first);
            grouped.of_row.push(index);
            let slot = self.slot(months, batches, row);
            match (grouped.first.get_mut(index as usize), grouped.slots.get_mut(index as usize)) {
                (Some(first), Some(slots)) => {
                    *slots |= slot;
                    *first = earlier(self.table, *first, row);
                }
                _ => {
                    grouped.first.push(u32::try_from(row).unwrap_or(NONE));
                    grouped.slots.push(slot);
                }
            }
        }
        grouped
    }

    fn unit_at(units: Option<&Rows<UnitOf>>, row: usize) -> u32 {
        units.and_then(|u| u[row].unit).unwrap_or(NONE)
    }

    fn key(&self, units: Option<&Rows<UnitOf>>, row: usize) -> RecordKey {
        let (id_code, birth_code) = (self.id_code(row), self.stated_birth(row).0);
        // Two register rows with neither ID nor birth date may be two people: each stays alone.
        let alone = self.register && id_code == NONE && birth_code == NONE;
        let own = if alone { u32::try_from(row).unwrap_or(NONE) } else { NONE };
        let unit = Self::unit_at(units, row);
        (id_code, self.raw_name(row), unit, self.account(row), birth_code, own, self.sex(row))
    }

    fn record(&self, number: u16, names: &Names<'_>, units: Option<&Rows<UnitOf>>, row: u32, slots: u64) -> Record {
        let at = row as usize;
        let (id, raw_name) = (self.packed_id(at), self.raw_name(at));
        Record {
            table: number,
            // The seventeenth digit is odd for men.
            sex: match id {
                0 => self.sex(at),
                odd if odd % 2 == 1 => 1,
                _ => 2,
            },
            row,
            raw_name,
            folded: names.folded_of.get(raw_name as usize).copied().unwrap_or(NONE),
            unit: Self::unit_at(units, at),
            account: self.account(at),
            stated_birth: self.stated_birth(at).1.unwrap_or(NO_DAYS),
            written_id: id,
            id,
            slots,
        }
    }
}

/// A table's rows put together: the record of each row, `NONE` for rows that are left out; of each record its first row and its slots.
struct Grouped {
    of_row: Vec<u32>,
    first: Vec<u32>,
    slots: Vec<u64>,
}

/// Finds the record of a row among those met before. Rows of one sound ID are few and are looked through; the rest is hashed.
struct Seen {
    /// Code of the ID column → its latest record; record → the one of that ID before it.
    latest: Vec<u32>,
    next: Vec<u32>,
    others: FastMap<RecordKey, u32>,
}

impl Seen {
    fn new(table: &PersonTable<'_>) -> Self {
        Self { latest: vec![NONE; table.id_codes()], next: Vec::new(), others: FastMap::default() }
    }

    /// The record of a row; the number after the last one for a new record, which is noted here.
    fn record(&mut self, table: &PersonTable<'_>, units: Option<&Rows<UnitOf>>, row: usize, first: &[u32]) -> u32 {
        let key = table.key(units, row);
        let new = u32::try_from(first.len()).unwrap_or(NONE);
        let mut chained = 0;
        if table.packed_id(row) != 0 {
            let mut at = self.latest[key.0 as usize];
            while at != NONE {
                if table.key(units, first[at as usize] as usize) == key {
                    return at;
                }
                (at, chained) = (self.next[at as usize], chained + 1);
            }
            if chained < CHAIN {
                self.next.push(self.latest[key.0 as usize]);
                self.latest[key.0 as usize] = new;
                return new;
            }
        }
        let found = *self.others.entry(key).or_insert(new);
        if found == new {
            self.next.push(NONE);
        }
        found
    }
}

/// All records, table after table.
#[derive(Debug)]
pub(super) struct Records {
    pub list: Vec<Record>,
    /// Table → row → record.
    pub of_row: Vec<Arc<Vec<u32>>>,
    /// Table → its records, as a range of `list`.
    pub ranges: Vec<std::ops::Range<usize>>,
}

impl PersonValues<'_> {
    /// What a record's ID cell says.
    pub(super) fn written_reading(&self, record: &Record) -> Cow<'_, IdReading> {
        let table = &self.tables[record.table as usize];
        table.reading(table.id_code(record.row as usize))
    }
    /// Whether a record has a name or an ID at all.
    pub(super) fn says_something(&self, record: &Record) -> bool {
        record.raw_name != NONE || self.tables[record.table as usize].id_code(record.row as usize) != NONE
    }
    /// Where a record stands: table, file, sheet, row. Ties are broken by it, so that the order of rows in memory is nothing.
    pub(super) fn place(&self, record: &Record) -> RowPlace {
        let origin = &self.tables[record.table as usize].table.origin;
        let row = record.row as usize;
        (record.table, origin.file[row], origin.sheet[row], origin.row[row])
    }
}

/// Which rows of the sources are linked; those of the register always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    All,
    /// Rows of units that the register has not been found to have: whom they list may tell which units they are.
    OpenUnits,
}

/// Collapses rows into records, given the unit of every row.
pub(super) fn collapse(values: &PersonValues<'_>, unit_of: &IndexMap<String, Rows<UnitOf>>, scope: Scope) -> Records {
    let units_of = |table: &PersonTable<'_>| unit_of.get(table.name);
    let mut grouped: Vec<Grouped> = values.tables.par_iter().map(|t| t.group(units_of(t), scope)).collect();
    let (mut all, mut start) = (Records { list: Vec::new(), of_row: Vec::new(), ranges: Vec::new() }, 0);
    for table in &mut grouped {
        let mut of_row = std::mem::take(&mut table.of_row);
        let offset = u32::try_from(start).unwrap_or(NONE);
        of_row.par_iter_mut().filter(|r| **r != NONE).for_each(|r| *r += offset);
        all.of_row.push(Arc::new(of_row));
        all.ranges.push(start..start + table.first.len());
        start += table.first.len();
    }
    let record = |i: usize| {
        let number = all.ranges.partition_point(|range| range.end <= i);
        let (table, at) = (&values.tables[number], i - all.ranges[number].start);
        let (row, slots) = (grouped[number].first[at], grouped[number].slots[at]);
        table.record(u16::try_from(number).unwrap_or(u16::MAX), &values.names, units_of(table), row, slots)
    };
    all.list = (0..start).into_par_iter().map(record).collect();
    all
}
