//! The establishment register's own rows: which are one person, entered twice in one unit or in two.

use rayon::prelude::*;

use super::block;
use super::hash::{DisjointSets, FastMap};
use super::model::{DUPLICATE, LevelId, probability};
use super::records::{NONE, PersonValues, Record, Records};
use super::weigh::{Circumstances, Scale, Weighed, prior};

/// Persons of the register: which records each has, and who holds a sound ID.
#[derive(Debug, Default)]
pub(super) struct RegisterPersons {
    /// Record → person, `NONE` for records of other tables.
    pub of_record: Vec<u32>,
    pub members: Vec<Vec<u32>>,
    pub by_id: FastMap<u64, u32>,
    /// All register records.
    pub records: Vec<u32>,
    /// Pairs of register rows found to be one person without an equal ID: (kept, joined, evidence, probability).
    pub joined: Vec<(u32, u32, Weighed, f64)>,
}

fn same_unit_or_not(a: &Record, b: &Record) -> (LevelId, f64) {
    match () {
        () if a.unit == NONE || b.unit == NONE => (LevelId::UnitUnknown, 0.0),
        () if a.unit == b.unit => (LevelId::UnitExpected, 4.0),
        // A person enrolled twice is enrolled in two units: another unit says nothing here.
        () => (LevelId::UnitOther, 0.0),
    }
}

/// Whether a pair agrees on more than a name: an ID, or a birth date.
fn has_grounds(weighed: &Weighed) -> bool {
    let id = weighed.id() < LevelId::IdUnknown;
    id || matches!(weighed.levels[2], LevelId::BirthSame | LevelId::BirthSameMonth)
}

/// Finds the register's persons.
pub(super) fn persons(values: &PersonValues<'_>, records: &Records, scale: &Scale<'_>, link: f64) -> RegisterPersons {
    let ranges = values.tables.iter().zip(&records.ranges).filter(|(t, _)| t.register);
    let all: Vec<u32> = ranges.flat_map(|(_, r)| r.clone()).map(|i| u32::try_from(i).unwrap_or(NONE)).collect();
    let place = |i: u32| all.binary_search(&i).unwrap_or_default();
    let mut sets = DisjointSets::new(all.len());
    let mut holder: FastMap<u64, u32> = FastMap::default();
    let mut id_of: Vec<u64> = all.iter().map(|&i| records.list[i as usize].id).collect();
    for (position, &number) in (0..).zip(&all) {
        let id = records.list[number as usize].id;
        if id != 0 {
            let first = *holder.entry(id).or_insert(position);
            sets.union(first, position);
        }
    }
    let probes: Vec<u32> = all.iter().copied().filter(|&i| records.list[i as usize].id == 0).collect();
    let joins = weighed_joins(values, records, scale, &probes, &all, link);
    let mut joined = Vec::new();
    for (weighed, a, b) in joins {
        let position = |i: u32| u32::try_from(place(i)).unwrap_or(NONE);
        let (ra, rb) = (sets.root(position(a)), sets.root(position(b)));
        let (ia, ib) = (id_of[ra as usize], id_of[rb as usize]);
        if ra == rb || (ia != 0 && ib != 0) {
            continue;
        }
        sets.union(ra, rb);
        id_of[ra.min(rb) as usize] = ia.max(ib);
        let bits = weighed.total() + scale_prior(all.len());
        joined.push((b, a, weighed, probability(bits).min(0.9999)));
    }
    collect(records, all, &mut sets, joined)
}

#[expect(clippy::cast_precision_loss, reason = "counts of records are far below 2^52")]
fn scale_prior(size: usize) -> f64 {
    prior(DUPLICATE, size as f64)
}

/// Pairs sure enough to be one person, the surest first.
fn weighed_joins(
    values: &PersonValues<'_>,
    records: &Records,
    scale: &Scale<'_>,
    probes: &[u32],
    all: &[u32],
    link: f64,
) -> Vec<(Weighed, u32, u32)> {
    let (pairs, _) = block::candidates(values, &records.list, probes, all, |r| std::iter::once(r.unit));
    let base = scale_prior(all.len());
    let mut joins: Vec<(Weighed, u32, u32)> = pairs
        .par_iter()
        .filter_map(|&(a, b)| {
            let (left, right) = (&records.list[a as usize], &records.list[b as usize]);
            let facts = Circumstances {
                unit: same_unit_or_not(left, right),
                account: LevelId::AccountUnknown,
                place: (LevelId::PlaceUnknown, 0.0),
            };
            let weighed = scale.weigh(left, right, facts);
            (has_grounds(&weighed) && probability(weighed.total() + base) >= link).then_some((weighed, a, b))
        })
        .collect();
    joins.sort_by(|x, y| {
        let content = |i: u32| super::entities::content(values, &records.list[i as usize]);
        y.0.total()
            .total_cmp(&x.0.total())
            .then_with(|| (content(x.1), content(x.2)).cmp(&(content(y.1), content(y.2))))
    });
    joins
}

fn collect(
    records: &Records,
    all: Vec<u32>,
    sets: &mut DisjointSets,
    joined: Vec<(u32, u32, Weighed, f64)>,
) -> RegisterPersons {
    let mut found = RegisterPersons { of_record: vec![NONE; records.list.len()], joined, ..RegisterPersons::default() };
    let mut number_of: FastMap<u32, u32> = FastMap::default();
    for (position, &number) in (0..).zip(&all) {
        let next = u32::try_from(found.members.len()).unwrap_or(NONE);
        let person = *number_of.entry(sets.root(position)).or_insert(next);
        if person == next {
            found.members.push(Vec::new());
        }
        found.members[person as usize].push(number);
        found.of_record[number as usize] = person;
        let id = records.list[number as usize].id;
        if id != 0 {
            found.by_id.insert(id, person);
        }
    }
    found.records = all;
    found
}
