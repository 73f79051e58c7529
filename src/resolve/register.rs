//! The establishment register's own rows: which are one person, entered twice in one unit or in two.

use rayon::prelude::*;

use super::block::{self, Search, Targets};
use super::block_notes::Ledger;
use super::entities::Content;
use super::hash::DisjointSets;
use super::model::{DUPLICATE, LevelId, probability};
use super::records::{Record, Records};
use super::values::{NONE, PersonValues};
use super::weigh::{Circumstances, Scale, Weighed, prior};

/// Persons of the register: which records each has, and who holds a sound ID.
#[derive(Debug, Default)]
pub(super) struct RegisterPersons {
    /// Record → person, `NONE` for records of other tables.
    pub of_record: Vec<u32>,
    /// Where each person's records begin in `grouped`, and the end of all.
    starts: Vec<u32>,
    grouped: Vec<u32>,
    /// Number of a sound ID → who holds it, `NONE` for nobody.
    by_id: Vec<u32>,
    /// All register records.
    pub records: Vec<u32>,
    /// The same, with their blocking keys.
    pub targets: Targets,
    /// Pairs of register rows found to be one person without an equal ID: (kept, joined, evidence, probability).
    pub joined: Vec<(u32, u32, Weighed, f64)>,
}

impl RegisterPersons {
    /// Leaves out what only a search needs.
    pub(super) fn forget_keys(&mut self) {
        (self.by_id, self.targets) = (Vec::new(), Targets::default());
    }
    /// Who holds the sound ID of a number.
    pub(super) fn holder(&self, number: u32) -> Option<u32> {
        self.by_id.get(number as usize).copied().filter(|&person| person != NONE)
    }
    /// How many persons there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }
    /// The records of a person.
    pub(super) fn members(&self, person: u32) -> &[u32] {
        &self.grouped[self.starts[person as usize] as usize..self.starts[person as usize + 1] as usize]
    }
}

pub(super) fn same_unit_or_not(a: &Record, b: &Record) -> (LevelId, f64) {
    match () {
        () if a.unit == NONE || b.unit == NONE => (LevelId::UnitUnknown, 0.0),
        () if a.unit == b.unit => (LevelId::UnitExpected, 4.0),
        // A person enrolled twice is enrolled in two units: another unit says nothing here.
        () => (LevelId::UnitOther, 0.0),
    }
}

/// Whether a pair agrees on more than a name: an ID, or a birth date.
pub(super) fn has_grounds(weighed: &Weighed) -> bool {
    let id = weighed.id() < LevelId::IdUnknown;
    id || matches!(weighed.levels[2], LevelId::BirthSame | LevelId::BirthSameMonth)
}

/// Finds the register's persons.
pub(super) fn persons(
    values: &PersonValues<'_>,
    records: &Records,
    scale: &Scale<'_>,
    link: f64,
    ledger: &Ledger<'_>,
) -> RegisterPersons {
    let ranges = values.tables.iter().zip(&records.ranges).filter(|(t, _)| t.register);
    let all: Vec<u32> = ranges.flat_map(|(_, r)| r.clone()).map(|i| u32::try_from(i).unwrap_or(NONE)).collect();
    let place = |i: u32| all.binary_search(&i).unwrap_or_default();
    let mut sets = DisjointSets::new(all.len());
    let mut holder = vec![NONE; values.register_ids];
    let mut id_of: Vec<u64> = all.iter().map(|&i| records.list[i as usize].id).collect();
    for (position, &number) in (0..).zip(&all) {
        let id = records.list[number as usize].number;
        if let Some(first) = holder.get_mut(id as usize) {
            *first = position.min(*first);
            sets.union(*first, position);
        }
    }
    let probes: Vec<u32> = all.iter().copied().filter(|&i| records.list[i as usize].id == 0).collect();
    let search = Search { name: "register", ledger };
    let targets = Targets::new(values, &records.list, &all);
    let joins = weighed_joins(values, records, scale, (&probes, &targets), link, search);
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
    collect(records, (all, targets), &mut sets, holder, joined)
}

#[expect(clippy::cast_precision_loss, reason = "counts of records are far below 2^52")]
pub(super) fn scale_prior(size: usize) -> f64 {
    prior(DUPLICATE, size as f64)
}

/// Pairs sure enough to be one person, the surest first.
fn weighed_joins(
    values: &PersonValues<'_>,
    records: &Records,
    scale: &Scale<'_>,
    (probes, all): (&[u32], &Targets),
    link: f64,
    search: Search<'_>,
) -> Vec<(Weighed, u32, u32)> {
    let pairs = block::candidates(values, &records.list, probes, all, |r| std::iter::once(r.unit), search);
    let base = scale_prior(all.len());
    let content = |i: u32| super::entities::content(values, &records.list[i as usize]);
    let mut joins: Vec<((Weighed, u32, u32), (Content, Content))> = pairs
        .par_iter()
        .filter_map(|&(a, b)| {
            let (left, right) = (&records.list[a as usize], &records.list[b as usize]);
            let facts = Circumstances {
                unit: same_unit_or_not(left, right),
                account: LevelId::AccountUnknown,
                place: (LevelId::PlaceUnknown, 0.0),
            };
            let weighed = scale.weigh(left, right, facts);
            (has_grounds(&weighed) && probability(weighed.total() + base) >= link)
                .then(|| ((weighed, a, b), (content(a), content(b))))
        })
        .collect();
    joins.par_sort_by(|x, y| y.0.0.total().total_cmp(&x.0.0.total()).then_with(|| x.1.cmp(&y.1)));
    joins.into_iter().map(|(join, _)| join).collect()
}

fn collect(
    records: &Records,
    (all, targets): (Vec<u32>, Targets),
    sets: &mut DisjointSets,
    holder: Vec<u32>,
    joined: Vec<(u32, u32, Weighed, f64)>,
) -> RegisterPersons {
    let mut found = RegisterPersons {
        of_record: vec![NONE; records.of_register().len()],
        joined,
        targets,
        ..RegisterPersons::default()
    };
    let mut person_of = vec![NONE; all.len()];
    let mut sizes: Vec<u32> = Vec::new();
    for (position, &number) in (0..).zip(&all) {
        // The root is the smallest member, so it has its number before the others ask for it.
        let root = sets.root(position) as usize;
        if person_of[root] == NONE {
            person_of[root] = u32::try_from(sizes.len()).unwrap_or(NONE);
            sizes.push(0);
        }
        let person = person_of[root];
        person_of[position as usize] = person;
        sizes[person as usize] += 1;
        found.of_record[number as usize] = person;
    }
    found.starts.push(0);
    for size in sizes {
        found.starts.push(found.starts.last().map_or(size, |last| last + size));
    }
    let mut next = found.starts.clone();
    found.grouped = vec![NONE; all.len()];
    for (&number, &person) in all.iter().zip(&person_of) {
        found.grouped[next[person as usize] as usize] = number;
        next[person as usize] += 1;
    }
    found.by_id = holder;
    for position in found.by_id.iter_mut().filter(|position| **position != NONE) {
        *position = person_of[*position as usize];
    }
    found.records = all;
    found
}
