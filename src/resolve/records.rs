//! Person tables as records: rows with the same values become one record.

use std::sync::Arc;

use indexmap::IndexMap;
use rayon::prelude::*;

use super::hash::{FastMap, text_hash};
use super::values::{Days, NONE, Names, PersonTable, PersonValues, birth_of, unpack};
use super::{Rows, UnitOf};
use crate::kernel::dates::Month;
use crate::table::{Kind, Table, TextColumn};

/// What makes rows one record: ID, name, unit, account, birth date (codes), the row itself where it stays alone, sex.
type RecordKey = (u32, u32, u32, u32, u32, u32, u8);

/// Table, file, sheet, row.
pub(super) type RowPlace = (u16, u32, u32, u32);

/// Rows of one table that say the same of the same person.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub table: u16,
    /// The first of the rows.
    pub row: u32,
    pub raw_name: u32,
    pub folded: u32,
    /// Code in the table's ID column.
    pub id_code: u32,
    /// The sound ID as written, and as it is used once swaps are undone.
    pub written_id: u64,
    pub id: u64,
    pub unit: u32,
    pub stated_birth: Option<Days>,
    pub id_birth: Option<i32>,
    /// 1 male, 2 female, 0 unknown.
    pub sex: u8,
    pub account: u32,
    /// Where in the source it stands: months and batches of pay, or simply 1.
    pub slots: u64,
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
            record.id_birth = None;
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

    /// The records of this table, and the record of each row; `NONE` for rows that are left out.
    fn records(
        &self,
        number: u16,
        names: &Names<'_>,
        units: Option<&Rows<UnitOf>>,
        scope: Scope,
    ) -> (Vec<Record>, Vec<u32>) {
        let months = self
            .table
            .schema
            .fields
            .iter()
            .find(|f| f.kind == Some(Kind::Month))
            .and_then(|f| self.table.months(&f.name));
        let batches = self.table.text("batch");
        let rows = self.table.len();
        let mut seen: FastMap<RecordKey, u32> = FastMap::default();
        let mut records: Vec<Record> = Vec::new();
        if scope == Scope::All || self.register {
            seen.reserve(rows);
            records.reserve(rows);
        }
        let mut of_row = Vec::with_capacity(rows);
        for row in 0..rows {
            let of = units.map(|u| &u[row]);
            if scope == Scope::OpenUnits && !self.register && of.is_none_or(UnitOf::is_registered) {
                of_row.push(NONE);
                continue;
            }
            let unit = of.and_then(|of| of.unit).unwrap_or(NONE);
            let (id_code, (birth_code, stated_birth)) = (self.id_code(row), self.stated_birth(row));
            let (raw_name, account) = (self.raw_name(row), self.account(row));
            // Two register rows with neither ID nor birth date may be two people: each stays alone.
            let alone = self.register && id_code == NONE && birth_code == NONE;
            let own = if alone { u32::try_from(row).unwrap_or(NONE) } else { NONE };
            let slot = self.slot(months, batches, row);
            let next = u32::try_from(records.len()).unwrap_or(NONE);
            let index = *seen.entry((id_code, raw_name, unit, account, birth_code, own, self.sex(row))).or_insert(next);
            of_row.push(index);
            if index != next {
                let known = &mut records[index as usize];
                known.slots |= slot;
                known.row = earlier(self.table, known.row, row);
                continue;
            }
            let id = self.packed_id(row);
            records.push(Record {
                table: number,
                row: u32::try_from(row).unwrap_or(NONE),
                raw_name,
                folded: names.folded_of.get(raw_name as usize).copied().unwrap_or(NONE),
                id_code,
                written_id: id,
                id,
                unit,
                stated_birth,
                id_birth: birth_of(id),
                // The seventeenth digit is odd for men.
                sex: if id == 0 {
                    self.sex(row)
                } else if id % 2 == 1 {
                    1
                } else {
                    2
                },
                account,
                slots: slot,
            });
        }
        (records, of_row)
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
    let numbered: Vec<(u16, &PersonTable<'_>)> = (0..).zip(&values.tables).collect();
    let parts: Vec<(Vec<Record>, Vec<u32>)> =
        numbered.par_iter().map(|(n, t)| t.records(*n, &values.names, unit_of.get(t.name), scope)).collect();
    let count = parts.iter().map(|p| p.0.len()).sum();
    let mut all = Records { list: Vec::with_capacity(count), of_row: Vec::new(), ranges: Vec::new() };
    for (mut records, mut of_row) in parts {
        let start = all.list.len();
        let offset = u32::try_from(start).unwrap_or(NONE);
        of_row.iter_mut().filter(|r| **r != NONE).for_each(|r| *r += offset);
        all.list.append(&mut records);
        all.of_row.push(Arc::new(of_row));
        all.ranges.push(start..all.list.len());
    }
    all
}
