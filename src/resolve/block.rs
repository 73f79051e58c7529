//! Candidate pairs: a union of keys, each capped. A key over its cap is refined by a second field, never dropped.

use rayon::prelude::*;

use super::compare::{births_meet, reading};
use super::hash::{FastMap, mix};
use super::records::{NONE, PersonValues, Record};
use crate::kernel::resident_id::IdReading;

/// Register records a key may bring before its pairs must agree on a second field.
pub(super) const CAP: u32 = 400;

/// What blocking did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct BlockReport {
    pub pairs: usize,
    /// Keys over the cap, whose pairs had to agree on a second field.
    pub refined: usize,
}

/// Nine digits from the front and the eight before the check character, where the text has them.
fn id_halves(values: &PersonValues<'_>, record: &Record) -> (Option<u64>, Option<u64>) {
    if record.id != 0 {
        return (Some(record.id / 100_000_000), Some(record.id % 100_000_000));
    }
    let reading = reading(values, record);
    if matches!(&*reading, IdReading::Masked(_) | IdReading::OtherDocument(_) | IdReading::Missing) {
        return (None, None);
    }
    let text = reading.text();
    if !text.is_ascii() || text.len() < 15 {
        return (None, None);
    }
    let number = |s: Option<&str>| s.and_then(|s| s.parse().ok());
    let back = if text.len() >= 17 { number(text.get(text.len() - 9..text.len() - 1)) } else { None };
    (number(text.get(..9)), back)
}

/// The visible ends of an ID, for masked ones: six characters and four.
fn id_ends(values: &PersonValues<'_>, record: &Record) -> Option<u64> {
    let text = values.tables[record.table as usize].reading(record.id_code).text();
    let (front, back) = (text.get(..6)?, text.get(text.len().checked_sub(4)?..)?);
    let visible = |s: &str| s.bytes().all(|b| b.is_ascii_alphanumeric());
    (text.len() >= 15 && visible(front) && visible(back))
        .then(|| super::hash::text_hash(front) ^ super::hash::text_hash(back).rotate_left(1))
}

fn birth_days(record: &Record) -> impl Iterator<Item = u64> {
    let day = |d: i32| u64::from(d.cast_unsigned());
    let stated = record.stated_birth.filter(|d| d.0 == d.1).map(|d| day(d.0));
    let from_id = record.id_birth.map(day).filter(move |&d| Some(d) != stated);
    stated.into_iter().chain(from_id)
}

/// The blocking keys of a record, `units` being those it is to be sought in.
fn keys(values: &PersonValues<'_>, record: &Record, units: impl Iterator<Item = u32>, out: &mut Vec<u64>) {
    out.clear();
    let (front, back) = id_halves(values, record);
    out.extend(front.map(|h| mix(1, h, 0)));
    out.extend(back.map(|h| mix(2, h, 0)));
    out.extend(id_ends(values, record).map(|h| mix(10, h, 0)));
    let name = values.names.folded.get(record.folded as usize).filter(|n| !n.text.is_empty());
    for unit in units.filter(|&u| u != NONE).map(u64::from) {
        if let Some(name) = name {
            out.push(mix(3, unit, name.first));
            out.push(mix(4, unit, name.rest));
            out.push(mix(8, unit, name.syllables));
        }
        out.extend(birth_days(record).map(|d| mix(5, unit, d)));
    }
    if let Some(name) = name {
        out.push(mix(7, u64::from(record.folded), 0));
        for day in birth_days(record) {
            out.push(mix(6, u64::from(record.folded), day));
            out.push(mix(9, name.syllables, day));
            out.push(mix(11, name.rest, day));
        }
    }
}

/// Whether a pair from a crowded key agrees on at least two of name, birth, ID half and unit.
fn agrees_twice(values: &PersonValues<'_>, a: &Record, b: &Record, unit: bool) -> bool {
    let syllables = |r: &Record| values.names.folded.get(r.folded as usize).map(|n| n.syllables);
    let name = syllables(a).is_some() && syllables(a) == syllables(b);
    let ((fa, ba), (fb, bb)) = (id_halves(values, a), id_halves(values, b));
    let id = (fa.is_some() && fa == fb) || (ba.is_some() && ba == bb);
    u8::from(name) + u8::from(births_meet(a, b)) + u8::from(id) + u8::from(unit) >= 2
}

/// Pairs (probe, target) of record indices that share a key and may be one person; sorted, without repeats.
///
/// `units` gives the units a probe is to be sought in. A pair of two different sound IDs is two people and left out.
pub(super) fn candidates<I: Iterator<Item = u32>>(
    values: &PersonValues<'_>,
    records: &[Record],
    probes: &[u32],
    targets: &[u32],
    units: impl Fn(&Record) -> I + Sync,
) -> (Vec<(u32, u32)>, BlockReport) {
    let mut index: FastMap<u64, Vec<u32>> = FastMap::default();
    let mut own = Vec::new();
    for &probe in probes {
        let record = &records[probe as usize];
        keys(values, record, units(record), &mut own);
        own.sort_unstable();
        own.dedup();
        for &key in &own {
            index.entry(key).or_default().push(probe);
        }
    }
    let target_keys = |target: u32, out: &mut Vec<u64>| {
        let record = &records[target as usize];
        keys(values, record, std::iter::once(record.unit), out);
        out.sort_unstable();
        out.dedup();
        out.retain(|key| index.contains_key(key));
    };
    let chunks: Vec<Vec<(u64, u32)>> = targets
        .par_chunks(8192)
        .map(|chunk| {
            let mut out = Vec::new();
            let mut found = Vec::new();
            for &target in chunk {
                target_keys(target, &mut out);
                found.extend(out.iter().map(|&key| (key, target)));
            }
            found
        })
        .collect();
    let mut hits: FastMap<u64, u32> = FastMap::default();
    for (key, _) in chunks.iter().flatten() {
        *hits.entry(*key).or_default() += 1;
    }
    let possible = |probe: u32, target: u32| {
        let (a, b) = (&records[probe as usize], &records[target as usize]);
        probe != target && (a.id == 0 || b.id == 0 || a.id == b.id)
    };
    let mut pairs: Vec<(u32, u32)> = chunks
        .par_iter()
        .flat_map_iter(|chunk| {
            chunk.iter().flat_map(|&(key, target)| {
                let crowded = hits[&key] > CAP;
                let units = &units;
                index[&key].iter().filter_map(move |&probe| {
                    let (a, b) = (&records[probe as usize], &records[target as usize]);
                    let keep = possible(probe, target)
                        && (!crowded || agrees_twice(values, a, b, b.unit != NONE && units(a).any(|u| u == b.unit)));
                    keep.then_some((probe, target))
                })
            })
        })
        .collect();
    pairs.par_sort_unstable();
    pairs.dedup();
    let report = BlockReport { pairs: pairs.len(), refined: hits.values().filter(|&&n| n > CAP).count() };
    (pairs, report)
}
