//! Neighbouring rows whose IDs changed places: a column sorted on its own, a paste one row off.
//!
//! Proof must go both ways: the one row's ID is, by the register, the person the other row names, and the other way about.
//! A single row with somebody else's ID is no swap; it stays an ID link and becomes a finding.

use rayon::prelude::*;

use super::compare;
use super::hash::FastMap;
use super::records::{Record, Records};
use super::values::{NONE, PersonValues, unpack};
use crate::kernel::resident_id::Sex;

/// Two records of one table that cross.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Crossing {
    /// The two IDs, the smaller first.
    ids: (u64, u64),
    table: u16,
    records: (u32, u32),
}

/// Who holds a sound ID in the register, and how it may be told apart.
struct Holders {
    /// Where the records of each ID begin in `records`, and the end of all.
    starts: Vec<u32>,
    records: Vec<u32>,
}

impl Holders {
    fn read(values: &PersonValues<'_>, records: &Records) -> Self {
        let sound = || (0..).zip(records.of_register()).filter(|(_, r)| r.number != NONE);
        let mut starts = vec![0_u32; values.register_ids + 1];
        sound().for_each(|(_, record)| starts[record.number as usize + 1] += 1);
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let (mut next, mut list) = (starts.clone(), vec![NONE; starts.last().copied().unwrap_or(0) as usize]);
        for (i, record) in sound() {
            let next = &mut next[record.number as usize];
            list[*next as usize] = i;
            *next += 1;
        }
        Self { starts, records: list }
    }
    /// The records of an ID, by its number.
    fn of(&self, number: u32) -> &[u32] {
        let Some(&[start, end]) = self.starts.get(number as usize..).and_then(<[u32]>::first_chunk) else { return &[] };
        &self.records[start as usize..end as usize]
    }
    /// Whether the register knows the ID, and under no name like this record's.
    fn object(&self, values: &PersonValues<'_>, records: &Records, record: &Record) -> bool {
        let holders = self.of(record.number);
        let other = |&r: &u32| compare::clearly_other(compare::name_level(values, record, &records.list[r as usize]));
        !holders.is_empty() && holders.iter().all(other)
    }
}

/// Puts swapped IDs back: sets `id` of the records concerned, leaving `written_id` as it stands in the file.
pub(super) fn undo(values: &PersonValues<'_>, records: &mut Records) {
    let holders = Holders::read(values, records);
    let mut crossings: Vec<Crossing> = Vec::new();
    for (number, (table, range)) in (0..).zip(values.tables.iter().zip(&records.ranges)) {
        if !table.register {
            crossings.extend(crossings_of(values, records, &holders, number, range.clone()));
        }
    }
    crossings.sort_unstable();
    // Whose ID becomes another's.
    let mut changes: Vec<(u32, Id)> = Vec::new();
    let id = |i: u32| Id { id: records.list[i as usize].written_id, number: records.list[i as usize].number };
    for same in crossings.chunk_by(|a, b| a.ids == b.ids) {
        let (a, b) = same[0].records;
        let (first, second) = if id(a).id == same[0].ids.0 { (id(a), id(b)) } else { (id(b), id(a)) };
        let (one, two) = (holders.of(first.number)[0], holders.of(second.number)[0]);
        let mut tables: Vec<u16> = same.iter().map(|c| c.table).collect();
        tables.dedup();
        // Two sources that agree with each other against the register outvote it.
        if tables.len() >= 2 {
            if ids_moved(values, records, one, two, &[]) {
                changes.extend([(one, second), (two, first)]);
            }
            continue;
        }
        for crossing in same {
            let (a, b) = crossing.records;
            let range = &records.ranges[crossing.table as usize];
            let witnesses = by_account(records, range.clone(), a, b);
            if ids_moved(values, records, a, b, &witnesses) {
                changes.extend([(a, id(b)), (b, id(a))]);
            }
        }
    }
    for (record, id) in changes {
        give(&mut records.list[record as usize], id);
    }
}

/// A sound ID and its number.
#[derive(Debug, Clone, Copy)]
struct Id {
    id: u64,
    number: u32,
}

fn give(record: &mut Record, Id { id, number }: Id) {
    (record.id, record.number) = (id, number);
    let Some(number) = unpack(id) else { return };
    record.sex = match number.sex() {
        Sex::Male => 1,
        Sex::Female => 2,
    };
}

fn crossings_of(
    values: &PersonValues<'_>,
    records: &Records,
    holders: &Holders,
    table: u16,
    range: std::ops::Range<usize>,
) -> Vec<Crossing> {
    let crossed: Vec<usize> =
        range.into_par_iter().filter(|&i| holders.object(values, records, &records.list[i])).collect();
    let mut expecting: FastMap<u32, Vec<usize>> = FastMap::default();
    for &i in &crossed {
        for &holder in holders.of(records.list[i].number) {
            expecting.entry(records.list[holder as usize].folded).or_default().push(i);
        }
    }
    let mut found = Vec::new();
    for &a in &crossed {
        let one = &records.list[a];
        let partners = expecting.get(&one.folded).into_iter().flatten().filter(|&&b| {
            let two = &records.list[b];
            let back = holders
                .of(one.number)
                .iter()
                .any(|&r| compare::agrees(compare::name_level(values, two, &records.list[r as usize])));
            b != a && back && neighbours(values, one, two)
        });
        let partners: Vec<&usize> = partners.collect();
        if let [&b] = partners[..] {
            let ids = (one.written_id.min(records.list[b].written_id), one.written_id.max(records.list[b].written_id));
            let number = |i: usize| u32::try_from(i).unwrap_or(NONE);
            found.push(Crossing { ids, table, records: (number(a.min(b)), number(a.max(b))) });
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The same unit, or rows next to each other in one file.
fn neighbours(values: &PersonValues<'_>, a: &Record, b: &Record) -> bool {
    if a.unit != NONE && a.unit == b.unit {
        return true;
    }
    let origin = &values.tables[a.table as usize].table.origin;
    let (i, j) = (a.row as usize, b.row as usize);
    origin.file[i] == origin.file[j] && origin.row[i].abs_diff(origin.row[j]) <= 2
}

/// Other records of the table with the account of either.
fn by_account(records: &Records, range: std::ops::Range<usize>, a: u32, b: u32) -> Vec<u32> {
    let accounts = [records.list[a as usize].account, records.list[b as usize].account];
    range
        .map(|i| u32::try_from(i).unwrap_or(NONE))
        .filter(|&i| i != a && i != b)
        .filter(|&i| records.list[i as usize].account != NONE && accounts.contains(&records.list[i as usize].account))
        .collect()
}

/// Whether it was the IDs that moved (and not the names): birth dates stated in the rows tell, then accounts; failing
/// both the IDs, since name, account and amounts are what a row's owner sees.
fn ids_moved(values: &PersonValues<'_>, records: &Records, a: u32, b: u32, witnesses: &[u32]) -> bool {
    let (one, two) = (&records.list[a as usize], &records.list[b as usize]);
    let meets =
        |r: &Record, id: Option<i32>| matches!((r.stated_birth(), id), (Some(s), Some(d)) if s.0 <= d && d <= s.1);
    let crosswise = meets(one, two.id_birth()) || meets(two, one.id_birth());
    let straight = meets(one, one.id_birth()) || meets(two, two.id_birth());
    if crosswise != straight {
        return crosswise;
    }
    let mut by_name = 0_i32;
    for &w in witnesses {
        let witness = &records.list[w as usize];
        let own = if witness.account == one.account { one } else { two };
        by_name += i32::from(compare::agrees(compare::name_level(values, witness, own)));
        by_name -= i32::from(witness.written_id != 0 && witness.written_id == own.written_id);
    }
    by_name >= 0
}
