//! One table: which records are one thing. Clusters are merged strongest first while the evidence between them, averaged
//! over all pairs across, is for it; a single chance edge does not chain two things together.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::resolve::hash::{DisjointSets, FastMap};

/// Bits taken for two records that were never compared or too unlike to keep.
const UNSEEN: f64 = -6.0;
/// Bits at which one pair's word for or against is cut off.
const MOST: f64 = 12.0;
const LEAST: f64 = -12.0;

/// A possible merge; the strongest first, ties by the smaller numbers.
#[derive(PartialEq)]
struct Merge {
    mean: f64,
    a: u32,
    b: u32,
    /// Versions of both clusters when this was worked out.
    versions: (u32, u32),
}

impl Eq for Merge {}
impl Ord for Merge {
    fn cmp(&self, other: &Self) -> Ordering {
        self.mean.total_cmp(&other.mean).then_with(|| (other.a, other.b).cmp(&(self.a, self.b)))
    }
}
impl PartialOrd for Merge {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The cluster of every record, named by its smallest record. `edges` are (a, b, bits with prior); `least` is the mean
/// evidence at which clusters are still merged.
#[must_use]
pub fn clusters(records: usize, edges: &[(u32, u32, f64)], least: f64) -> Vec<u32> {
    let mut state = State {
        size: vec![1.0; records],
        version: vec![0; records],
        links: vec![FastMap::default(); records],
        sets: DisjointSets::new(records),
    };
    let mut heap = BinaryHeap::new();
    for &(a, b, bits) in edges {
        let word = bits.clamp(LEAST, MOST);
        state.links[a as usize].insert(b, (word, 1.0));
        state.links[b as usize].insert(a, (word, 1.0));
        if word > least {
            heap.push(Merge { mean: word, a: a.min(b), b: a.max(b), versions: (0, 0) });
        }
    }
    while let Some(merge) = heap.pop() {
        let (a, b) = (merge.a as usize, merge.b as usize);
        if merge.versions != (state.version[a], state.version[b]) {
            continue;
        }
        state.merge(merge.a, merge.b);
        let version = state.version[a];
        for (&other, &(sum, seen)) in &state.links[a] {
            let mean = state.mean(a, other as usize, sum, seen);
            if mean > least {
                let (x, y) = (merge.a.min(other), merge.a.max(other));
                let versions = (state.version[x as usize], state.version[y as usize]);
                debug_assert!(versions.0 == version || versions.1 == version);
                heap.push(Merge { mean, a: x, b: y, versions });
            }
        }
    }
    let count = u32::try_from(records).unwrap_or(u32::MAX);
    (0..count).map(|r| state.sets.root(r)).collect()
}

struct State {
    size: Vec<f64>,
    /// Raised whenever the cluster changes; `u32::MAX` for one merged into another.
    version: Vec<u32>,
    /// Cluster → neighbour → (sum of bits, pairs compared).
    links: Vec<FastMap<u32, (f64, f64)>>,
    sets: DisjointSets,
}

impl State {
    fn mean(&self, a: usize, b: usize, sum: f64, seen: f64) -> f64 {
        let all = self.size[a] * self.size[b];
        (sum + (all - seen) * UNSEEN) / all
    }

    /// Merges b into a (a < b, so that a cluster is named by its smallest record).
    fn merge(&mut self, a: u32, b: u32) {
        let (i, j) = (a as usize, b as usize);
        let theirs = std::mem::take(&mut self.links[j]);
        self.links[i].remove(&b);
        for (other, (sum, seen)) in theirs {
            if other == a {
                continue;
            }
            let mine = self.links[i].entry(other).or_insert((0.0, 0.0));
            *mine = (mine.0 + sum, mine.1 + seen);
            let both = *mine;
            let back = &mut self.links[other as usize];
            back.remove(&b);
            back.insert(a, both);
        }
        self.size[i] += self.size[j];
        self.version[i] += 1;
        self.version[j] = u32::MAX;
        self.sets.union(a, b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chance_edge_does_not_chain_two_things() {
        let mut edges = Vec::new();
        for group in [[0, 1, 2], [3, 4, 5]] {
            for (i, a) in group.iter().enumerate() {
                edges.extend(group[i + 1..].iter().map(|b| (*a, *b, 9.0)));
            }
        }
        edges.push((2, 3, 4.0));
        assert_eq!(clusters(6, &edges, 0.0), [0, 0, 0, 3, 3, 3]);
        assert_eq!(clusters(3, &[(0, 1, 9.0), (1, 2, 8.0)], 0.0), [0, 0, 0]);
        assert_eq!(clusters(2, &[(0, 1, -1.0)], 0.0), [0, 1]);
    }
}
