//! Persons whom the establishment register does not know: records of the other sources linked with one another.

use rayon::prelude::*;

use super::block::{self, Search};
use super::block_notes::{Ledger, Tally};
use super::compare;
use super::hash::{DisjointSets, FastMap};
use super::model::{LevelId, RECURS, probability};
use super::persons::{Belongs, Found, Linker};
use super::records::Record;
use super::values::NONE;
use super::weigh::{Circumstances, Scale, UnitSizes, Weighed, prior};
use super::{Decision, entities};

/// Groups the records that belong to nobody yet; new persons are numbered from `first`. Answers how many there are.
pub(super) fn cluster(
    linker: &mut Linker<'_>,
    scale: &Scale<'_>,
    sizes: &UnitSizes,
    first: usize,
    ledger: &Ledger<'_>,
) -> usize {
    let list = &linker.records.list;
    let says = |r: &Record| linker.values.says_something(r);
    let open: Vec<u32> = (0..u32::try_from(list.len()).unwrap_or(NONE))
        .into_par_iter()
        .filter(|&i| linker.belongs[i as usize].person == NONE && says(&list[i as usize]))
        .collect();
    let place = |i: u32| u32::try_from(open.binary_search(&i).unwrap_or_default()).unwrap_or(NONE);
    let mut sets = DisjointSets::new(open.len());
    let mut id_of: Vec<u64> = open.iter().map(|&i| list[i as usize].id).collect();
    let mut sure: Vec<f64> = id_of.iter().map(|&id| if id == 0 { 0.95 } else { 0.9999 }).collect();
    let mut holder: FastMap<u64, u32> = FastMap::default();
    for (position, &id) in (0..).zip(&id_of) {
        if id != 0 {
            let first = *holder.entry(id).or_insert(position);
            sets.union(first, position);
        }
    }
    let mut found = Vec::new();
    for (weighed, base, a, b) in joins(linker, scale, sizes, &open, ledger) {
        let (ra, rb) = (sets.root(place(a)), sets.root(place(b)));
        let (ia, ib) = (id_of[ra as usize], id_of[rb as usize]);
        if ra == rb || (ia != 0 && ib != 0 && ia != ib) {
            continue;
        }
        sets.union(ra, rb);
        id_of[ra.min(rb) as usize] = ia.max(ib);
        let p = probability(base + weighed.total()).min(0.9999);
        sure[place(a) as usize] = p;
        let method = if weighed.id() < LevelId::IdNearInvalid { "repaired-id" } else { "fuzzy" };
        found.push(Found {
            left: b,
            right: a,
            method,
            decision: Decision::Linked,
            prior: base,
            weighed,
            probability: p,
            rival: 0.0,
        });
    }
    let mut numbers: FastMap<u32, u32> = FastMap::default();
    for (position, &number) in (0..).zip(&open) {
        let next = u32::try_from(first + numbers.len()).unwrap_or(NONE);
        let person = *numbers.entry(sets.root(position)).or_insert(next);
        let rival = linker.belongs[number as usize].rival;
        linker.belongs[number as usize] = Belongs { person, grade: 'N', probability: sure[position as usize], rival };
    }
    linker.found.extend(found);
    numbers.len()
}

/// Pairs sure enough to be one person, the surest first.
fn joins(
    linker: &Linker<'_>,
    scale: &Scale<'_>,
    sizes: &UnitSizes,
    open: &[u32],
    ledger: &Ledger<'_>,
) -> Vec<(Weighed, f64, u32, u32)> {
    let list = &linker.records.list;
    let probes: Vec<u32> = open.iter().copied().filter(|&i| list[i as usize].id == 0).collect();
    let search = Search { name: "outside", ledger };
    let targets = block::Targets::new(linker.values, list, open);
    let mut pairs = block::candidates(linker.values, list, &probes, &targets, |r| std::iter::once(r.unit), search);
    pairs.extend(by_account(linker, &probes, open, ledger));
    pairs.par_sort_unstable();
    pairs.dedup();
    #[expect(clippy::cast_precision_loss, reason = "counts of records are far below 2^52")]
    let base = prior(RECURS, open.len() as f64);
    let mut joins: Vec<(Weighed, f64, u32, u32)> = pairs
        .par_iter()
        .filter_map(|&(a, b)| {
            let (left, right) = (&list[a as usize], &list[b as usize]);
            let weighed = scale.weigh(left, right, circumstances(left, right, sizes));
            let p = probability(base + weighed.total());
            (p >= linker.context.thresholds.link && has_grounds(&weighed, left)).then_some((weighed, base, a, b))
        })
        .collect();
    joins.sort_by_cached_key(|(weighed, _, a, b)| {
        let content = |i: u32| entities::content(linker.values, &list[i as usize]);
        #[expect(clippy::cast_possible_truncation, reason = "weights are multiples of 1/1024 below 200 bits")]
        let order = -((weighed.total() * 1024.0) as i64);
        (order, content(*a), content(*b))
    });
    joins
}

/// Pairs of one account. An account of many, as a unit's own, is sought by the readings of the name besides.
fn by_account(linker: &Linker<'_>, probes: &[u32], open: &[u32], ledger: &Ledger<'_>) -> Vec<(u32, u32)> {
    let list = &linker.records.list;
    let syllables =
        |i: u32| linker.values.names.folded.get(list[i as usize].folded as usize).map_or(0, |n| n.syllables);
    let mut holders: FastMap<u32, u32> = FastMap::default();
    let mut by_name: FastMap<(u32, u64), Vec<u32>> = FastMap::default();
    for &i in open.iter().filter(|&&i| list[i as usize].account != NONE) {
        *holders.entry(list[i as usize].account).or_default() += 1;
        by_name.entry((list[i as usize].account, syllables(i))).or_default().push(i);
    }
    let crowded = |account: &u32| holders.get(account).is_some_and(|&n| n > ACCOUNT_CAP);
    let mut by_account: FastMap<u32, Vec<u32>> = FastMap::default();
    for &i in open.iter().filter(|&&i| holders.contains_key(&list[i as usize].account)) {
        if !crowded(&list[i as usize].account) {
            by_account.entry(list[i as usize].account).or_default().push(i);
        }
    }
    let tally = Tally::default();
    let accounts = holders.values();
    Tally::add(&tally.keys, 12, holders.len() as u64);
    let many = accounts.filter(|&&n| n > ACCOUNT_CAP).count() as u64;
    Tally::add(&tally.crowded, 12, many);
    Tally::add(&tally.refined, 12, many);
    let mut pairs = Vec::new();
    for &probe in probes {
        let account = list[probe as usize].account;
        let fellows =
            if crowded(&account) { by_name.get(&(account, syllables(probe))) } else { by_account.get(&account) };
        let others = fellows.into_iter().flatten().filter(|&&other| other != probe);
        pairs.extend(others.map(|&other| (probe, other)));
        Tally::add(&tally.before, 12, holders.get(&account).map_or(0, |&n| u64::from(n - 1)));
    }
    Tally::add(&tally.after, 12, pairs.len() as u64);
    ledger.enter("outside-accounts", &tally);
    pairs
}

/// An account of more records than this is sought by name besides.
const ACCOUNT_CAP: u32 = 64;

pub(super) fn circumstances(a: &Record, b: &Record, sizes: &UnitSizes) -> Circumstances {
    let unit = match () {
        () if a.unit == NONE || b.unit == NONE => (LevelId::UnitUnknown, 0.0),
        () if a.unit == b.unit => (LevelId::UnitExpected, sizes.bits_of(a.unit)),
        () => (LevelId::UnitOther, -3.0),
    };
    let account = match () {
        () if a.account == NONE || b.account == NONE => LevelId::AccountUnknown,
        () if a.account == b.account => LevelId::AccountSame,
        () => LevelId::AccountDiffers,
    };
    let crowded = a.table == b.table && a.slots & b.slots != 0;
    let place = if crowded { (LevelId::PlaceTaken, -5.0) } else { (LevelId::PlaceUnknown, 0.0) };
    Circumstances { unit, account, place }
}

/// A name alone joins nobody.
pub(super) fn has_grounds(weighed: &Weighed, source: &Record) -> bool {
    let id = weighed.id() < LevelId::IdNearInvalid;
    let birth = matches!(weighed.levels[2], LevelId::BirthSame | LevelId::BirthSameMonth);
    let unit = source.unit != NONE && weighed.levels[4] == LevelId::UnitExpected;
    let account = weighed.levels[5] == LevelId::AccountSame;
    (id || birth || unit || account) && compare::agrees(weighed.name())
}
