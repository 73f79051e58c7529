//! Person tables as records: rows with the same values become one record.

use std::borrow::Cow;
use std::sync::Arc;

use rayon::prelude::*;

use super::hash::{FastMap, text_hash};
use super::unit_places::RowUnits;
use super::units::UnitsFound;
use super::values::{Days, NONE, Names, PersonTable, PersonValues, birth_of, unpack};
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
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// The number of `id`; `NONE` for none.
    pub number: u32,
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

/// Numbers of the records for which something holds, in order.
pub(super) fn numbers_of(list: &[Record], holds: impl Fn(&Record) -> bool + Sync) -> Vec<u32> {
    let number = |(i, record): (usize, &Record)| holds(record).then(|| u32::try_from(i).unwrap_or(NONE));
    list.par_iter().enumerate().filter_map(number).collect()
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
    let list = &records.list;
    let found: Vec<u32> = numbers_of(list, |r| r.written_id.is_multiple_of(100) && cut(r.written_id));
    for record in found.iter().map(|&i| &list[i as usize]) {
        let entry = suspects.entry(record.written_id).or_insert((record.table, false, false));
        entry.1 |= entry.0 != record.table;
    }
    let up_to_cut = |r: &Record| r.written_id / 100 * 100;
    let agrees = |r: &Record| r.written_id != up_to_cut(r) && suspects.contains_key(&up_to_cut(r));
    for i in numbers_of(list, agrees) {
        if let Some(entry) = suspects.get_mut(&up_to_cut(&list[i as usize])) {
            entry.2 = true;
        }
    }
    for i in found {
        let record = &mut records.list[i as usize];
        if let Some((_, false, true)) = suspects.get(&record.written_id) {
            (record.id, record.number) = (0, NONE);
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
    fn group(&self, units: Option<&RowUnits>, scope: Scope) -> Grouped {
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
            if scope == Scope::OpenUnits && !self.register && units.is_none_or(|u| u.is_registered(row)) {
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

    /// The sex in a sound ID, else that of the row.
    fn sex_by(&self, id: u64, row: usize) -> u8 {
        match id {
            0 => self.sex(row),
            // The seventeenth digit is odd for men.
            odd if odd % 2 == 1 => 1,
            _ => 2,
        }
    }

    fn unit_at(units: Option<&RowUnits>, row: usize) -> u32 {
        units.map_or(NONE, |u| u.at(row))
    }

    fn key(&self, units: Option<&RowUnits>, row: usize) -> RecordKey {
        let (id_code, birth_code) = (self.id_code(row), self.stated_birth(row).0);
        // Two register rows with neither ID nor birth date may be two people: each stays alone.
        let alone = self.register && id_code == NONE && birth_code == NONE;
        let own = if alone { u32::try_from(row).unwrap_or(NONE) } else { NONE };
        let unit = Self::unit_at(units, row);
        (id_code, self.raw_name(row), unit, self.account(row), birth_code, own, self.sex(row))
    }

    fn record(&self, number: u16, names: &Names<'_>, units: Option<&RowUnits>, row: u32, slots: u64) -> Record {
        let at = row as usize;
        let (id, raw_name) = (self.packed_id(at), self.raw_name(at));
        Record {
            table: number,
            sex: self.sex_by(id, at),
            row,
            raw_name,
            folded: names.folded_of.get(raw_name as usize).copied().unwrap_or(NONE),
            unit: Self::unit_at(units, at),
            account: self.account(at),
            stated_birth: self.stated_birth(at).1.unwrap_or(NO_DAYS),
            written_id: id,
            id,
            number: self.id_number(at),
            slots,
        }
    }
}

/// A table's rows put together: the record of each row, `NONE` for rows that are left out; of each record its first row and its slots.
#[derive(Debug)]
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
    fn record(&mut self, table: &PersonTable<'_>, units: Option<&RowUnits>, row: usize, first: &[u32]) -> u32 {
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

/// All records: those of the register first, then those of the other tables in their order.
#[derive(Debug)]
pub(super) struct Records {
    pub list: Vec<Record>,
    /// Table → row → record.
    pub of_row: Vec<Arc<Vec<u32>>>,
    /// Table → its records, as a range of `list`.
    pub ranges: Vec<std::ops::Range<usize>>,
    /// How many are the register's.
    register_count: usize,
    /// The register's tables as they were put together, and with which units.
    register: Vec<(usize, Grouped, Option<RowUnits>)>,
    /// Whether the register's records are those of an earlier round.
    pub taken_over: bool,
}

impl Records {
    /// The register's records, which come first.
    pub(super) fn of_register(&self) -> &[Record] {
        &self.list[..self.register_count]
    }
    /// Those of them whose ID is used otherwise than it is written, and how.
    pub(super) fn mended_in_register(&self) -> Vec<(u32, u64)> {
        let mended = numbers_of(self.of_register(), |r| r.id != r.written_id);
        mended.into_iter().map(|i| (i, self.list[i as usize].id)).collect()
    }
}

impl PersonValues<'_> {
    /// What a record's ID cell says.
    pub(super) fn written_reading(&self, record: &Record) -> Cow<'_, IdReading> {
        let table = &self.tables[record.table as usize];
        table.reading(table.id_code(record.row as usize))
    }
    /// The number of the sound ID as written; `NONE` for none.
    pub(super) fn written_number(&self, record: &Record) -> u32 {
        if record.id == record.written_id {
            return record.number;
        }
        self.tables[record.table as usize].id_number(record.row as usize)
    }
    /// Lets a record have the ID again that its row has.
    fn as_written(&self, record: &mut Record) {
        let (table, row) = (&self.tables[record.table as usize], record.row as usize);
        (record.id, record.number) = (record.written_id, table.id_number(row));
        record.sex = table.sex_by(record.written_id, row);
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

/// Collapses rows into records, given the unit of every row. `before`: the records of an earlier round, whose register need not
/// be put together again where its units are still the same.
pub(super) fn collapse(
    values: &PersonValues<'_>,
    units: &UnitsFound,
    scope: Scope,
    before: Option<&mut Records>,
) -> Records {
    // There is room for all from the start: what is never written takes none.
    let mut list = Vec::new();
    let row_units: Vec<Option<RowUnits>> = values.tables.iter().map(|t| units.of_rows(t.name)).collect();
    let units_of = |table: usize| row_units[table].as_ref();
    let kept = before.map_or(Vec::new(), |before| {
        let kept = before.take_register(&units_of);
        if !kept.is_empty() {
            list = std::mem::take(&mut before.list);
            list.par_iter_mut().filter(|r| r.id != r.written_id).for_each(|r| values.as_written(r));
        }
        kept
    });
    if list.is_empty() {
        list.reserve(values.tables.iter().map(|t| t.table.len()).sum());
    }
    let known = list.len();
    let is_kept = |table: &usize| kept.iter().any(|k| k.0.0 == *table);
    let tables: Vec<usize> = (0..values.tables.len()).filter(|t| !is_kept(t)).collect();
    let grouped: Vec<Grouped> = tables.par_iter().map(|&t| values.tables[t].group(units_of(t), scope)).collect();
    let mut parts: Vec<(usize, Grouped, Option<Arc<Vec<u32>>>)> =
        tables.into_iter().zip(grouped).map(|(table, grouped)| (table, grouped, None)).collect();
    parts.extend(kept.into_iter().map(|((table, grouped), of_row)| (table, grouped, Some(of_row))));
    parts.sort_by_key(|part| (!values.tables[part.0].register, part.0));
    let count = values.tables.len();
    let mut all = Records {
        list: Vec::new(),
        of_row: vec![Arc::default(); count],
        ranges: vec![0..0; count],
        register_count: 0,
        register: Vec::new(),
        taken_over: false,
    };
    let mut start = 0;
    for (table, grouped, of_row) in &mut parts {
        let offset = u32::try_from(start).unwrap_or(NONE);
        all.of_row[*table] = of_row.take().unwrap_or_else(|| {
            let mut of_row = std::mem::take(&mut grouped.of_row);
            of_row.par_iter_mut().filter(|r| **r != NONE).for_each(|r| *r += offset);
            Arc::new(of_row)
        });
        all.ranges[*table] = start..start + grouped.first.len();
        start += grouped.first.len();
        if values.tables[*table].register {
            all.register_count = start;
        }
    }
    let ends: Vec<usize> = parts.iter().map(|part| all.ranges[part.0].end).collect();
    let record = |i: usize| {
        let (table, grouped, _) = &parts[ends.partition_point(|&end| end <= i)];
        let at = i - all.ranges[*table].start;
        let number = u16::try_from(*table).unwrap_or(u16::MAX);
        let (row, slots) = (grouped.first[at], grouped.slots[at]);
        values.tables[*table].record(number, &values.names, units_of(*table), row, slots)
    };
    list.par_extend((known..start).into_par_iter().map(record));
    (all.list, all.taken_over) = (list, known > 0);
    let register = parts.into_iter().filter(|part| values.tables[part.0].register);
    all.register = register.map(|(table, grouped, _)| (table, grouped, units_of(table).cloned())).collect();
    all
}

impl Records {
    /// Leaves only what the register has.
    pub(super) fn forget_sources(&mut self) {
        self.list.truncate(self.register_count);
        for (table, of_row) in self.of_row.iter_mut().enumerate() {
            if !self.register.iter().any(|r| r.0 == table) {
                *of_row = Arc::default();
            }
        }
    }

    /// Hands over how the register was put together, when no row of it has another unit by now.
    fn take_register<'u>(
        &mut self,
        units_of: &impl Fn(usize) -> Option<&'u RowUnits>,
    ) -> Vec<((usize, Grouped), Arc<Vec<u32>>)> {
        let same = |(table, _, units): &(usize, Grouped, Option<RowUnits>)| match (units, units_of(*table)) {
            (Some(before), Some(now)) => before.same(now),
            (before, now) => before.is_none() && now.is_none(),
        };
        if !self.register.iter().all(same) {
            return Vec::new();
        }
        let kept = std::mem::take(&mut self.register).into_iter();
        kept.map(|(table, grouped, _)| ((table, grouped), Arc::clone(&self.of_row[table]))).collect()
    }
}
