//! Persons whom the sources contradict each other about: one sound ID under two names, one person under two sound IDs.

use rayon::prelude::*;

use super::compare;
use super::hash::{DisjointSets, mix};
use super::persons::Linker;
use super::records::Record;
use super::values::{NONE, PersonValues};

/// Whether any row of a record was taken.
pub(super) fn taken_records(linker: &Linker<'_>) -> Vec<bool> {
    let mut taken = vec![false; linker.records.list.len()];
    for (table, of_row) in linker.values.tables.iter().zip(&linker.records.of_row) {
        for (&record, &row_taken) in of_row.iter().zip(&table.table.taken) {
            taken[record as usize] |= row_taken;
        }
    }
    taken
}

/// One sound ID under more names than this has clearly different ones among them.
const MOST_SPELLINGS: usize = 40;

/// One way a table writes a name under a sound ID: ID, folded name, table, raw name.
type Spelling = (u64, u32, u16, u32);

/// Sound IDs, as written, that stand with clearly different names, by their numbers.
pub(super) fn ids_with_two_names(linker: &Linker<'_>, taken: &[bool]) -> Vec<bool> {
    let said = || {
        let records = linker.records.list.iter().zip(taken);
        let named = records.filter(|(r, taken)| **taken && r.written_id != 0 && r.raw_name != NONE);
        named.map(|(r, _)| (r, linker.values.written_number(r) as usize))
    };
    // Nearly all stand with one name only: those are not looked at again.
    let (mut first, mut several) = (vec![NONE; linker.values.ids], vec![false; linker.values.ids]);
    for (record, id) in said() {
        several[id] |= first[id] != NONE && first[id] != record.folded;
        first[id] = record.folded;
    }
    let spelling = |(r, id): (&Record, usize)| several[id].then_some((r.written_id, r.folded, r.table, r.raw_name, id));
    let mut seen: Vec<(u64, u32, u16, u32, usize)> = said().filter_map(spelling).collect();
    seen.par_sort_unstable();
    seen.dedup_by_key(|s| (s.0, s.1, s.2));
    let mut conflicting = vec![false; linker.values.ids];
    for same in seen.chunk_by(|a, b| a.0 == b.0) {
        let spellings: Vec<Spelling> = same.iter().map(|s| (s.0, s.1, s.2, s.3)).collect();
        conflicting[same[0].4] = are_two_names(linker.values, &spellings);
    }
    conflicting
}

/// Whether no chain of near spellings joins these names. A slip of one character joins the names of two sources, but two
/// names in one source are two entries.
fn are_two_names(values: &PersonValues<'_>, same: &[Spelling]) -> bool {
    if same.len() > MOST_SPELLINGS {
        return true;
    }
    let near =
        |a: &Spelling, b: &Spelling| a.1 == b.1 || !compare::clearly_other(compare::names_level(values, a.3, b.3));
    let (mut alike, mut joined) = (DisjointSets::new(same.len()), DisjointSets::new(same.len()));
    for (i, a) in (0..).zip(same) {
        for (j, b) in (0..i).zip(same) {
            let is_near = near(a, b);
            if is_near {
                alike.union(i, j);
            }
            if is_near || (a.2 != b.2 && compare::one_character_apart(values, a.1, b.1)) {
                joined.union(i, j);
            }
        }
    }
    let all: Vec<(u32, u16)> = (0..).zip(same).map(|(i, s)| (alike.root(i), s.2)).collect();
    let in_one_source = all.iter().any(|a| all.iter().any(|b| a.1 == b.1 && a.0 != b.0));
    in_one_source || (0..).zip(same).any(|(i, _)| joined.root(i) != 0)
}

/// Pairs of persons enrolled or paid in one unit under one name and one birth date, with two sound IDs.
pub(super) fn same_person_two_ids(linker: &Linker<'_>, taken: &[bool]) -> Vec<(u32, u32)> {
    let watched: Vec<bool> = linker.values.tables.iter().map(|t| t.register || t.payroll).collect();
    let list = &linker.records.list;
    let said = |i: usize| {
        let (record, belongs) = (&list[i], &linker.belongs[i]);
        let whole = record.id != 0 && record.folded != NONE && record.unit != NONE;
        taken[i] && watched[record.table as usize] && belongs.person != NONE && whole
    };
    // What another source says again adds nothing, and most of the rest stands alone.
    let mut first = vec![NONE; linker.values.ids];
    let mut told: Vec<(u64, u32)> = Vec::with_capacity(linker.records.of_register().len());
    for (i, record) in (0..).zip(list).filter(|(i, _)| said(*i as usize)) {
        let known = &mut first[record.number as usize];
        let same = list.get(*known as usize).is_some_and(|other| {
            let persons = [i, *known].map(|r| linker.belongs[r as usize].person);
            (other.folded, other.unit) == (record.folded, record.unit) && persons[0] == persons[1]
        });
        if !same {
            let birth = record.id / 1000 % 100_000_000;
            told.push((mix(u64::from(record.folded), u64::from(record.unit), birth), i));
            *known = if *known == NONE { i } else { *known };
        }
    }
    let several = told_twice(&told);
    let entry = |i: u32| {
        let (record, belongs) = (&list[i as usize], &linker.belongs[i as usize]);
        Some((record.folded, record.unit, record.id_birth()?, record.id, belongs.person))
    };
    let mut seen: Vec<(u32, u32, i32, u64, u32)> = several.into_iter().filter_map(entry).collect();
    seen.par_sort_unstable();
    seen.dedup();
    let mut pairs = Vec::new();
    for same in seen.chunk_by(|a, b| (a.0, a.1, a.2) == (b.0, b.1, b.2)).filter(|c| c.len() > 1) {
        for (i, a) in same.iter().enumerate() {
            pairs.extend(same[..i].iter().filter(|b| a.3 != b.3 && a.4 != b.4).map(|b| (a.4, b.4)));
        }
    }
    pairs
}

/// The records whose content (a hash) another one has too, or may have: all of those, and few besides.
fn told_twice(told: &[(u64, u32)]) -> Vec<u32> {
    let places = (told.len() * 8).next_power_of_two().max(64);
    let (mut once, mut twice) = (vec![0_u64; places / 64], vec![0_u64; places / 64]);
    let place = |hash: u64| {
        let place = usize::try_from(hash).unwrap_or_default() & (places - 1);
        (place / 64, 1_u64 << (place % 64))
    };
    for &(hash, _) in told {
        let (word, bit) = place(hash);
        twice[word] |= once[word] & bit;
        once[word] |= bit;
    }
    let again = |told: &&(u64, u32)| {
        let (word, bit) = place(told.0);
        twice[word] & bit != 0
    };
    told.iter().filter(again).map(|told| told.1).collect()
}
