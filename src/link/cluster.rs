//! One table: which records are one thing. Clusters are merged strongest first while the evidence between them is for it:
//! mostly the best evidence of each record of the smaller one, partly the mean over all pairs across, so that a record
//! that says little joins by its best witness and a single chance edge does not chain two things together.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::resolve::hash::{DisjointSets, FastMap};

/// Bits taken for two records that were never compared or too unlike to keep.
const UNSEEN: f64 = -6.0;
/// Bits at which one pair's word for or against is cut off.
const MOST: f64 = 12.0;
const LEAST: f64 = -12.0;
/// How much of the evidence is the mean over all pairs; the rest is the mean of each record's best.
const ALL_PAIRS: f64 = 0.3;

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

/// The cluster of every record, named by its smallest record. `edges` are (a, b, bits with prior); `least` is the
/// evidence above which clusters are merged.
#[must_use]
pub fn clusters(records: usize, edges: &[(u32, u32, f64)], least: f64) -> Vec<u32> {
    let mut state = State {
        edges,
        size: vec![1.0; records],
        version: vec![0; records],
        links: vec![FastMap::default(); records],
        sets: DisjointSets::new(records),
        best: vec![f64::NAN; records],
    };
    let mut heap = BinaryHeap::new();
    for (i, &(a, b, bits)) in (0_u32..).zip(edges) {
        state.links[a as usize].insert(b, vec![i]);
        state.links[b as usize].insert(a, vec![i]);
        let word = bits.clamp(LEAST, MOST);
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
        let links = std::mem::take(&mut state.links[a]);
        for (&other, across) in &links {
            let mean = state.evidence(merge.a, other, across);
            if mean > least {
                let (x, y) = (merge.a.min(other), merge.a.max(other));
                heap.push(Merge { mean, a: x, b: y, versions: (state.version[x as usize], state.version[y as usize]) });
            }
        }
        state.links[a] = links;
    }
    let count = u32::try_from(records).unwrap_or(u32::MAX);
    (0..count).map(|r| state.sets.root(r)).collect()
}

struct State<'a> {
    edges: &'a [(u32, u32, f64)],
    size: Vec<f64>,
    /// Raised whenever the cluster changes; `u32::MAX` for one merged into another.
    version: Vec<u32>,
    /// Cluster → neighbour → edges across.
    links: Vec<FastMap<u32, Vec<u32>>>,
    sets: DisjointSets,
    /// Each record's best word while clusters are weighed; not a number otherwise.
    best: Vec<f64>,
}

impl State<'_> {
    /// Bits for two clusters being one.
    fn evidence(&mut self, a: u32, b: u32, across: &[u32]) -> f64 {
        let (mut sum, mut touched) = (0.0, Vec::with_capacity(2 * across.len()));
        for &edge in across {
            let (x, y, bits) = self.edges[edge as usize];
            let word = bits.clamp(LEAST, MOST);
            sum += word;
            for record in [x, y] {
                let best = &mut self.best[record as usize];
                if best.is_nan() {
                    touched.push(record);
                    *best = word;
                } else {
                    *best = best.max(word);
                }
            }
        }
        let (size_a, size_b) = (self.size[a as usize], self.size[b as usize]);
        let (mut best_a, mut best_b) = ((0.0, 0.0), (0.0, 0.0));
        for &record in &touched {
            let best = if self.sets.root(record) == a { &mut best_a } else { &mut best_b };
            best.0 += self.best[record as usize].max(UNSEEN);
            best.1 += 1.0;
        }
        touched.iter().for_each(|&record| self.best[record as usize] = f64::NAN);
        let mean = |(sum, seen): (f64, f64), size: f64| (sum + (size - seen) * UNSEEN) / size;
        let best = match size_a.total_cmp(&size_b) {
            Ordering::Less => mean(best_a, size_a),
            Ordering::Greater => mean(best_b, size_b),
            Ordering::Equal => mean(best_a, size_a).min(mean(best_b, size_b)),
        };
        let pairs = size_a * size_b;
        let all = (sum + (pairs - across.len() as f64) * UNSEEN) / pairs;
        (1.0 - ALL_PAIRS) * best + ALL_PAIRS * all
    }

    /// Merges b into a (a < b, so that a cluster is named by its smallest record).
    fn merge(&mut self, a: u32, b: u32) {
        let (i, j) = (a as usize, b as usize);
        let theirs = std::mem::take(&mut self.links[j]);
        self.links[i].remove(&b);
        for (other, edges) in theirs {
            if other == a {
                continue;
            }
            let mine = self.links[i].entry(other).or_default();
            mine.extend(edges);
            let both = mine.clone();
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

    #[test]
    fn a_record_that_says_little_joins_by_its_best_witness() {
        let mut edges: Vec<(u32, u32, f64)> = Vec::new();
        for a in 0..4 {
            edges.extend((a + 1..4).map(|b| (a, b, 9.0)));
        }
        edges.push((0, 4, 6.0));
        assert_eq!(clusters(5, &edges, 0.0), [0; 5]);
        // Unless the others speak against it.
        edges.extend((1..4).map(|a| (a, 4, -12.0)));
        edges[6].2 = 2.0;
        assert_eq!(clusters(5, &edges, 0.0), [0, 0, 0, 0, 4]);
    }
}
