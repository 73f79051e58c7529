//! Aliases learned from the data: values that stand side by side in pairs which everything else holds to be the same.
//! Harry and Henry, a village and its county, a payer and the unit whose staff it pays.

use std::collections::BTreeMap;

use super::levels::{name, organisation, text};
use super::model::{Model, Pair};
use super::score::level_of;
use super::spec::Kind;
use super::values::{Field, Values};
use crate::resolve::em::SILENT;
use crate::resolve::hash::{DisjointSets, FastSet};

/// Bits that the other comparisons must give, prior included.
const CERTAIN: f64 = 6.0;
/// Persons or things, each counted once, that must show the two side by side.
const SUPPORT_LEAST: usize = 3;
/// Of those that show the rarer of the two values, the share that show both.
const SHARE_LEAST: f64 = 0.1;

/// Learns associations for the fields whose kind has a level for them; tells how many.
pub fn learn(fields: &mut [Field], model: &Model, pairs: &[Pair], records: usize) -> usize {
    let certain: Vec<(usize, f64)> =
        pairs.iter().map(|p| model.weight(p)).enumerate().filter(|(_, w)| *w > CERTAIN / 2.0).collect();
    let mut sets = DisjointSets::new(records);
    for (i, weight) in &certain {
        if *weight > CERTAIN {
            sets.union(pairs[*i].a, pairs[*i].b);
        }
    }
    let mut learned = 0;
    for (c, field) in fields.iter_mut().enumerate() {
        // (value or word, value or word, which thing), each once.
        let mut seen: Vec<(u32, u32, u32)> = Vec::new();
        let mut whole: Vec<(u32, u32)> = Vec::new();
        for (i, weight) in &certain {
            let pair = &pairs[*i];
            let level = level_of(pair.pattern, c);
            if level == SILENT || weight - model.part(pair, c) < CERTAIN {
                continue;
            }
            let thing = sets.root(pair.a);
            let (x, y) = (field.codes[pair.a as usize], field.codes[pair.b as usize]);
            let side = sides(field, x, y);
            whole.extend(side.all.iter().map(|v| (*v, thing)));
            if unlike(field.kind, level)
                && let Some((x, y)) = side.differing
            {
                seen.push((x.min(y), x.max(y), thing));
            }
        }
        let things = |list: &mut Vec<(u32, u32)>| {
            list.sort_unstable();
            list.dedup();
            let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
            list.iter().for_each(|(v, _)| *counts.entry(*v).or_default() += 1);
            counts
        };
        let with = things(&mut whole);
        seen.sort_unstable();
        seen.dedup();
        let mut found: FastSet<(u32, u32)> = FastSet::default();
        for run in seen.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (x, y) = (run[0].0, run[0].1);
            let rarer = [x, y].iter().filter_map(|v| with.get(v)).min().copied().unwrap_or(0);
            if run.len() >= SUPPORT_LEAST && run.len() as f64 >= SHARE_LEAST * rarer as f64 {
                found.insert((x, y));
            }
        }
        learned += found.len();
        field.associations = found;
    }
    learned
}

/// Levels at which an association would say more.
fn unlike(kind: Kind, level: u8) -> bool {
    match kind {
        Kind::Text => level > text::ASSOCIATED,
        Kind::Name => level >= name::ASSOCIATED,
        Kind::Organisation => level > organisation::ASSOCIATED,
        _ => false,
    }
}

/// What two values show: everything in them, and the two that stand in each other's place.
struct Sides {
    all: Vec<u32>,
    differing: Option<(u32, u32)>,
}

fn sides(field: &Field, x: u32, y: u32) -> Sides {
    let whole = || Sides { all: vec![x, y], differing: (x != y).then_some((x, y)) };
    let Values::Name(words, _) = &field.values else { return whole() };
    let (a, b) = (&words[x as usize], &words[y as usize]);
    if a.han || b.han {
        return whole();
    }
    let only = |p: &[u32], q: &[u32]| p.iter().copied().filter(|w| !q.contains(w)).collect::<Vec<_>>();
    let (left, right) = (only(&a.words, &b.words), only(&b.words, &a.words));
    let all = a.words.iter().chain(&*b.words).copied().collect();
    let differing = match (&left[..], &right[..]) {
        ([p], [q]) => Some((*p, *q)),
        // More than one part differs: the ones in the same place from the front.
        ([p, ..], [q, ..]) if a.words.first() == Some(p) && b.words.first() == Some(q) => Some((*p, *q)),
        _ => None,
    };
    Sides { all, differing }
}
