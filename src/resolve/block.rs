//! Candidate pairs: a union of keys, each capped. A key over its cap is refined by a second field, never dropped.

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use super::block_notes::{Ledger, Tally};
use super::compare::{births_meet, reading};
use super::hash::{FastMap, mix};
use super::records::Record;
use super::values::{NONE, PersonValues, unpack};
use crate::kernel::dates::civil;
use crate::kernel::resident_id::IdReading;

/// Register records a key may bring before its pairs must agree on a second field.
pub(super) const CAP: u32 = 400;

/// Where a key and a second field agree for more records than this, nobody can tell them apart: so many are enough to show it.
const EXPLODED: usize = 1000;

/// Targets a thread looks through at a time.
const CHUNK: usize = 8192;

/// Bits of a key that tell its kind.
const KIND: u64 = 15;

/// A blocking key that still tells its kind.
fn kept(kind: u64, a: u64, b: u64) -> u64 {
    mix(kind, a, b) & !KIND | kind
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
    let table = &values.tables[record.table as usize];
    if let Some(packed) = table.plain_id(table.id_code(record.row as usize)) {
        return unpack(packed).and_then(|id| ends_of(id.reveal().as_bytes()));
    }
    ends_of(table.reading(table.id_code(record.row as usize)).text().as_bytes())
}

fn ends_of(text: &[u8]) -> Option<u64> {
    let (front, back) = (text.get(..6)?, text.get(text.len().checked_sub(4)?..)?);
    let visible = |s: &[u8]| s.iter().all(u8::is_ascii_alphanumeric);
    let number = |s: &[u8]| s.iter().fold(0, |n, b| n << 8 | u64::from(*b));
    (text.len() >= 15 && visible(front) && visible(back)).then(|| mix(0, number(front), number(back)))
}

fn birth_days(record: &Record) -> impl Iterator<Item = u64> {
    let day = |d: i32| u64::from(d.cast_unsigned());
    let stated = record.stated_birth().filter(|d| d.0 == d.1).map(|d| day(d.0));
    let from_id = record.id_birth().map(day).filter(move |&d| Some(d) != stated);
    stated.into_iter().chain(from_id)
}

/// The blocking keys of a record, `units` being those it is to be sought in.
fn keys(values: &PersonValues<'_>, record: &Record, units: impl Iterator<Item = u32>, out: &mut Vec<u64>) {
    out.clear();
    let (front, back) = id_halves(values, record);
    out.extend(back.map(|h| kept(2, h, 0)));
    out.extend(id_ends(values, record).map(|h| kept(10, h, 0)));
    let name = values.names.folded.get(record.folded as usize).filter(|n| !n.text.is_empty());
    // Nine digits are a county and a decade: thousands of people. They count with something else that agrees.
    if let Some(front) = front {
        out.extend(name.map(|n| kept(1, front, n.syllables)));
        out.extend(birth_months(record).map(|month| kept(13, front, month)));
    }
    for unit in units.filter(|&u| u != NONE).map(u64::from) {
        out.extend(front.map(|h| kept(14, h, unit)));
        if let Some(name) = name {
            out.push(kept(3, unit, name.first));
            out.push(kept(4, unit, name.rest));
            out.push(kept(8, unit, name.syllables));
        }
        out.extend(birth_days(record).map(|d| kept(5, unit, d)));
    }
    if let Some(name) = name {
        out.push(kept(7, u64::from(record.folded), 0));
        for day in birth_days(record) {
            out.push(kept(6, u64::from(record.folded), day));
            out.push(kept(9, name.syllables, day));
            out.push(kept(11, name.rest, day));
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

/// The month numbers a record's birth dates may fall in: dates that meet share one.
fn birth_months(record: &Record) -> impl Iterator<Item = u64> {
    let month = |day: i32| {
        let (year, month, _) = civil(day);
        12 * i64::from(year) + i64::from(month)
    };
    let dates = record.stated_birth().into_iter().chain(record.id_birth().map(|d| (d, d)));
    dates.flat_map(move |(from, to)| (month(from)..=month(to)).map(i64::cast_unsigned))
}

/// Whether pairs of a crowded key are sought by a second field; the other kinds agree on two fields as they stand.
fn refinable(key: u64) -> bool {
    matches!(key & KIND, 1 | 2 | 3 | 4 | 7 | 10 | 11 | 13 | 14)
}

/// What a pair of the key may agree on besides. A pair that agrees on two of name, birth, ID half and unit shares one of
/// these: only the field that the key itself stands for is left out.
fn refinements(
    values: &PersonValues<'_>,
    record: &Record,
    units: impl Iterator<Item = u32>,
    key: u64,
    out: &mut Vec<u64>,
) {
    out.clear();
    let kind = key & KIND;
    let name = values.names.folded.get(record.folded as usize).filter(|_| !matches!(kind, 1 | 7));
    out.extend(name.map(|n| mix(key, 1, n.syllables)));
    if !matches!(kind, 11 | 13) {
        out.extend(birth_months(record).map(|m| mix(key, 2, m)));
    }
    if !matches!(kind, 1 | 2 | 10 | 13 | 14) {
        let (front, back) = id_halves(values, record);
        out.extend(front.map(|h| mix(key, 3, h)));
        out.extend(back.map(|h| mix(key, 4, h)));
    }
    if !matches!(kind, 3 | 4 | 14) {
        out.extend(units.filter(|&u| u != NONE).map(|u| mix(key, 5, u64::from(u))));
    }
    out.sort_unstable();
    out.dedup();
}

/// Probes by key, flat: a key's probes stand together, and most keys of targets are turned away by one bit.
struct Index {
    keys: Vec<u64>,
    /// Where each key's probes begin, and the end of all.
    starts: Vec<u32>,
    probes: Vec<u32>,
    slot_of: FastMap<u64, u32>,
    bits: Vec<u64>,
}

impl Index {
    fn new(mut entries: Vec<(u64, u32)>) -> Self {
        entries.par_sort_unstable();
        entries.dedup();
        let size = (entries.len() / 4).next_power_of_two().clamp(1 << 10, 1 << 19);
        let mut index = Self {
            keys: Vec::new(),
            starts: Vec::new(),
            probes: entries.iter().map(|e| e.1).collect(),
            slot_of: FastMap::default(),
            bits: vec![0; size],
        };
        for (at, (key, _)) in (0..).zip(&entries) {
            if index.keys.last() != Some(key) {
                index.slot_of.insert(*key, u32::try_from(index.keys.len()).unwrap_or(NONE));
                index.keys.push(*key);
                index.starts.push(at);
                let (word, bit) = index.bit(half(*key));
                index.bits[word] |= bit;
            }
        }
        index.starts.push(u32::try_from(entries.len()).unwrap_or(NONE));
        index
    }

    fn bit(&self, half: u32) -> (usize, u64) {
        let place = half as usize;
        ((place >> 6) & (self.bits.len() - 1), 1 << (place & 63))
    }

    /// Whether there may be a key with that half.
    fn may_have(&self, half: u32) -> bool {
        let (word, bit) = self.bit(half);
        self.bits[word] & bit != 0
    }

    fn slot(&self, key: u64) -> Option<u32> {
        if self.may_have(half(key)) { self.slot_of.get(&key).copied() } else { None }
    }

    fn of_slot(&self, slot: u32) -> &[u32] {
        &self.probes[self.starts[slot as usize] as usize..self.starts[slot as usize + 1] as usize]
    }

    fn of(&self, key: u64) -> &[u32] {
        self.slot(key).map_or(&[], |slot| self.of_slot(slot))
    }
}

/// Kinds of key that two records share, by number, the units of `a` being those it is sought in.
pub(super) fn shared(values: &PersonValues<'_>, a: &Record, b: &Record, units: impl Iterator<Item = u32>) -> Vec<u64> {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    keys(values, a, units, &mut left);
    keys(values, b, std::iter::once(b.unit), &mut right);
    let mut kinds: Vec<u64> = left.iter().filter(|k| right.contains(k)).map(|k| k & KIND).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// Kinds of key that a record has at all.
pub(super) fn kinds_of(values: &PersonValues<'_>, record: &Record) -> Vec<u64> {
    let mut own = Vec::new();
    keys(values, record, std::iter::once(record.unit), &mut own);
    let mut kinds: Vec<u64> = own.into_iter().map(|k| k & KIND).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// Where a search writes down what it did: its name, and the ledger.
#[derive(Clone, Copy)]
pub(super) struct Search<'a> {
    pub name: &'a str,
    pub ledger: &'a Ledger<'a>,
}

/// Counts keys and the pairs they would make, before any is made.
fn survey(index: &Index, hits: &[AtomicU32], refined: impl Fn(u32) -> bool) -> Tally {
    let tally = Tally::default();
    for (slot, (key, hits)) in (0..).zip(index.keys.iter().zip(hits)) {
        let hits = hits.load(Ordering::Relaxed);
        if hits == 0 {
            continue;
        }
        let kind = kind_of(*key);
        Tally::add(&tally.keys, kind, 1);
        Tally::add(&tally.crowded, kind, u64::from(hits > CAP));
        Tally::add(&tally.refined, kind, u64::from(refined(slot)));
        Tally::add(&tally.before, kind, u64::from(hits) * index.of_slot(slot).len() as u64);
    }
    tally
}

fn kind_of(key: u64) -> usize {
    usize::try_from(key & KIND).unwrap_or_default()
}

/// Records that are sought in, with their blocking keys: those of the register serve every source.
#[derive(Debug, Default)]
pub(super) struct Targets {
    records: Vec<u32>,
    chunks: Vec<Keys>,
}

/// The keys of some records in turn, as much of each as [`Index::may_have`] looks at: whose keys are met is worked out again.
#[derive(Debug, Default)]
struct Keys {
    /// Where each record's keys end.
    ends: Vec<u32>,
    halves: Vec<u32>,
}

impl Keys {
    /// The halves of each record's keys.
    fn each(&self) -> impl Iterator<Item = &[u32]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.halves[start as usize..end as usize])
    }
}

/// The half of a key that an index turns it away by.
fn half(key: u64) -> u32 {
    u32::try_from(key >> 32).unwrap_or_default()
}

impl Targets {
    pub(super) fn new(values: &PersonValues<'_>, records: &[Record], targets: &[u32]) -> Self {
        let of = |chunk: &[u32]| {
            let (mut own, mut all) = (Vec::new(), Keys::default());
            all.ends.reserve(chunk.len());
            for &target in chunk {
                let record = &records[target as usize];
                keys(values, record, std::iter::once(record.unit), &mut own);
                all.halves.extend(own.iter().map(|&key| half(key)));
                all.ends.push(u32::try_from(all.halves.len()).unwrap_or(NONE));
            }
            all.halves.shrink_to_fit();
            all
        };
        Self { records: targets.to_vec(), chunks: targets.par_chunks(CHUNK).map(of).collect() }
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }
}

/// Pairs (probe, target) of record indices that share a key and may be one person; sorted, without repeats.
///
/// `units` gives the units a probe is to be sought in. A pair of two different sound IDs is two people and left out.
pub(super) fn candidates<I: Iterator<Item = u32>>(
    values: &PersonValues<'_>,
    records: &[Record],
    probes: &[u32],
    targets: &Targets,
    units: impl Fn(&Record) -> I + Sync,
    search: Search<'_>,
) -> Vec<(u32, u32)> {
    let own_keys = |&probe: &u32| {
        let record = &records[probe as usize];
        let mut own = Vec::new();
        keys(values, record, units(record), &mut own);
        own.into_iter().map(move |key| (key, probe))
    };
    let index = Index::new(probes.par_iter().flat_map_iter(own_keys).collect());
    let hits: Vec<AtomicU32> = index.keys.iter().map(|_| AtomicU32::new(0)).collect();
    let met = |(keys, part): (&Keys, &[u32])| {
        let (mut own, mut slots, mut found) = (Vec::new(), Vec::new(), Vec::new());
        for (halves, &target) in keys.each().zip(part) {
            if !halves.iter().any(|&half| index.may_have(half)) {
                continue;
            }
            let record = &records[target as usize];
            self::keys(values, record, std::iter::once(record.unit), &mut own);
            slots.clear();
            slots.extend(own.iter().filter_map(|&key| index.slot(key)));
            slots.sort_unstable();
            slots.dedup();
            for &slot in &slots {
                hits[slot as usize].fetch_add(1, Ordering::Relaxed);
                found.push((slot, target));
            }
        }
        found
    };
    let chunks: Vec<Vec<(u32, u32)>> =
        targets.chunks.par_iter().zip(targets.records.par_chunks(CHUNK)).map(met).collect();
    let crowded = |slot: u32| hits[slot as usize].load(Ordering::Relaxed) > CAP;
    let refined = |slot: u32| crowded(slot) && index.of_slot(slot).len() > 4 && refinable(index.keys[slot as usize]);
    let slots: Vec<u32> = (0..u32::try_from(index.keys.len()).unwrap_or(NONE)).filter(|&slot| refined(slot)).collect();
    let tally = survey(&index, &hits, refined);
    search.ledger.announce(search.name, probes.len(), &tally);
    let second_keys = |&slot: &u32| {
        let key = index.keys[slot as usize];
        let mut own = Vec::new();
        let mut entries = Vec::new();
        for &probe in index.of_slot(slot) {
            let record = &records[probe as usize];
            refinements(values, record, units(record), key, &mut own);
            entries.extend(own.iter().map(|&second| (second, probe)));
        }
        entries
    };
    let second = Index::new(slots.par_iter().flat_map_iter(second_keys).collect());
    let pair = |probe: u32, target: u32, crowded: bool| {
        let (a, b) = (&records[probe as usize], &records[target as usize]);
        let possible = probe != target && (a.id == 0 || b.id == 0 || a.id == b.id);
        possible && (!crowded || agrees_twice(values, a, b, b.unit != NONE && units(a).any(|u| u == b.unit)))
    };
    let paired = |chunk: &Vec<(u32, u32)>| {
        let (mut own, mut pairs) = (Vec::new(), Vec::new());
        for &(slot, target) in chunk {
            let (crowded, made) = (crowded(slot), pairs.len());
            if refined(slot) {
                let record = &records[target as usize];
                refinements(values, record, std::iter::once(record.unit), index.keys[slot as usize], &mut own);
                let probes = own.iter().flat_map(|&key| second.of(key).iter().take(EXPLODED));
                pairs.extend(probes.filter(|&&p| pair(p, target, true)).map(|&p| (p, target)));
            } else {
                let probes = index.of_slot(slot).iter();
                pairs.extend(probes.filter(|&&p| pair(p, target, crowded)).map(|&p| (p, target)));
            }
            Tally::add(&tally.after, kind_of(index.keys[slot as usize]), (pairs.len() - made) as u64);
        }
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    };
    let mut pairs: Vec<(u32, u32)> = chunks.par_iter().flat_map_iter(paired).collect();
    pairs.par_sort_unstable();
    pairs.dedup();
    search.ledger.enter(search.name, &tally);
    pairs
}
