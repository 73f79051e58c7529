//! One-to-one assignment inside small connected components, with the margin to the runner-up.
//!
//! Within a component every way of giving each source record at most one register person is weighed; a record's
//! probability for a person is the share of the ways in which it gets that person. Too large a component falls back to
//! the best total (Hungarian method) with each record's own odds.

use rayon::prelude::*;

use super::hash::{DisjointSets, FastMap};
use super::model::round_probability;

/// A source record's candidates: register persons and total bits (prior included), the best first.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    /// Places in the source; two claims compete only where they share a place.
    pub slots: u64,
    pub candidates: Vec<(u32, f64)>,
}

/// What a source record gets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Award {
    /// Index of the best candidate in the claim.
    pub best: usize,
    pub probability: f64,
    pub runner_up: Option<usize>,
    pub runner_up_probability: f64,
}

/// Component sizes up to which all ways are counted: persons, and records.
const PERSONS_MAX: usize = 10;
const RECORDS_MAX: usize = 32;

/// Awards for every claim, in order; `None` for a claim without candidates.
pub(crate) fn assign(claims: &[Claim]) -> Vec<Option<Award>> {
    let mut sets = DisjointSets::new(claims.len());
    let mut first_of: FastMap<u32, u32> = FastMap::default();
    for (i, claim) in (0..).zip(claims) {
        for (person, _) in &claim.candidates {
            let first = *first_of.entry(*person).or_insert(i);
            sets.union(first, i);
        }
    }
    let mut components: FastMap<u32, Vec<usize>> = FastMap::default();
    let roots: Vec<u32> = (0..claims.len()).map(|i| sets.root(u32::try_from(i).unwrap_or(u32::MAX))).collect();
    for (i, root) in roots.iter().enumerate() {
        components.entry(*root).or_default().push(i);
    }
    // Claims of one component and the same places have the same rivals: what is to be known of those is found once.
    let mut contests: Vec<(u32, u64)> = roots.iter().zip(claims).map(|(root, claim)| (*root, claim.slots)).collect();
    contests.par_sort_unstable();
    contests.dedup();
    let fields: Vec<Field> = contests
        .par_iter()
        .map(|(root, slots)| {
            let rivals = components[root].iter().copied().filter(|&j| claims[j].slots & slots != 0);
            Field::survey(claims, rivals.collect())
        })
        .collect();
    (0..claims.len())
        .into_par_iter()
        .map(|i| award(claims, i, &fields[contests.binary_search(&(roots[i], claims[i].slots)).unwrap_or_default()]))
        .collect()
}

/// Claims that compete with one another, the persons they claim, and for a large field who gets whom in the best total.
struct Field {
    rivals: Vec<usize>,
    persons: Vec<u32>,
    /// By person: the claim that gets it in the best total, and how much that is worth.
    best: Option<Vec<(usize, f64)>>,
}

impl Field {
    fn survey(claims: &[Claim], mut rivals: Vec<usize>) -> Self {
        rivals.sort_unstable();
        if rivals.len() <= 1 {
            return Self { rivals, persons: Vec::new(), best: None };
        }
        let mut persons: Vec<u32> = rivals.iter().flat_map(|&j| claims[j].candidates.iter().map(|c| c.0)).collect();
        persons.sort_unstable();
        persons.dedup();
        let small = persons.len() <= PERSONS_MAX && rivals.len() <= RECORDS_MAX;
        let best = (!small).then(|| best_way(claims, &rivals, &persons));
        Self { rivals, persons, best }
    }
}

fn award(claims: &[Claim], me: usize, field: &Field) -> Option<Award> {
    let own = &claims[me].candidates;
    if own.is_empty() {
        return None;
    }
    let shares = match &field.best {
        _ if field.rivals.len() <= 1 => alone(own),
        None => all_ways(claims, me, &field.rivals, &field.persons),
        Some(best) => left_over(claims, me, field, best),
    };
    let mut order: Vec<usize> = (0..own.len()).collect();
    order.sort_by(|&a, &b| shares[b].total_cmp(&shares[a]).then(own[b].1.total_cmp(&own[a].1)).then(a.cmp(&b)));
    let runner_up = order.get(1).copied();
    Some(Award {
        best: order[0],
        probability: round_probability(shares[order[0]]),
        runner_up,
        runner_up_probability: runner_up.map_or(0.0, |j| round_probability(shares[j])),
    })
}

/// Odds of each candidate against the others and against none; weights are sorted, so the sum does not depend on order.
fn alone(candidates: &[(u32, f64)]) -> Vec<f64> {
    let mut weights: Vec<f64> = candidates.iter().map(|c| c.1).collect();
    weights.sort_by(f64::total_cmp);
    let top = weights.last().copied().unwrap_or(0.0).max(0.0);
    let all: f64 = (-top).exp2() + weights.iter().map(|w| (w - top).exp2()).sum::<f64>();
    candidates.iter().map(|c| (c.1 - top).exp2() / all).collect()
}

/// The share of all one-to-one ways in which `me` gets each of its candidates: sums over sets of taken persons.
fn all_ways(claims: &[Claim], me: usize, rivals: &[usize], persons: &[u32]) -> Vec<f64> {
    let position = |p: u32| persons.binary_search(&p).unwrap_or_default();
    let sets = 1_usize << persons.len();
    let mut ways = vec![0.0_f64; sets];
    ways[0] = 1.0;
    for &j in rivals.iter().filter(|&&j| j != me) {
        let odds = scaled(&claims[j].candidates);
        let mut next: Vec<f64> = ways.iter().map(|w| w * odds.0).collect();
        for (k, (person, _)) in claims[j].candidates.iter().enumerate() {
            let bit = 1 << position(*person);
            for taken in (0..sets).filter(|taken| taken & bit == 0) {
                next[taken | bit] += ways[taken] * odds.1[k];
            }
        }
        // Kept near one, so that many records cannot underflow.
        let largest = next.iter().copied().fold(0.0, f64::max).max(f64::MIN_POSITIVE);
        ways = next.iter().map(|w| w / largest).collect();
    }
    let odds = scaled(&claims[me].candidates);
    let none: f64 = ways.iter().sum::<f64>() * odds.0;
    let each: Vec<f64> = claims[me]
        .candidates
        .iter()
        .zip(&odds.1)
        .map(|((person, _), o)| {
            let bit = 1 << position(*person);
            o * (0..sets).filter(|taken| taken & bit == 0).map(|taken| ways[taken]).sum::<f64>()
        })
        .collect();
    let total = none + each.iter().sum::<f64>();
    each.iter().map(|e| if total > 0.0 { e / total } else { 0.0 }).collect()
}

/// Odds of none and of each candidate, scaled so that the largest is one.
fn scaled(candidates: &[(u32, f64)]) -> (f64, Vec<f64>) {
    let top = candidates.iter().map(|c| c.1).fold(0.0, f64::max);
    ((-top).exp2(), candidates.iter().map(|c| (c.1 - top).exp2()).collect())
}

/// The best total: who takes each person, and what that is worth.
fn best_way(claims: &[Claim], rivals: &[usize], persons: &[u32]) -> Vec<(usize, f64)> {
    let columns = persons.len() + rivals.len();
    let taken = if rivals.len() * columns <= 40_000 {
        let mut gains = vec![-1e6; rivals.len() * columns];
        for (row, &j) in rivals.iter().enumerate() {
            gains[row * columns + persons.len()..(row + 1) * columns].fill(0.0);
            for (person, weight) in &claims[j].candidates {
                gains[row * columns + persons.binary_search(person).unwrap_or_default()] = *weight;
            }
        }
        hungarian(rivals.len(), columns, &|row, column| gains[row * columns + column])
    } else {
        greedy(claims, rivals, persons)
    };
    let mut holders = vec![(usize::MAX, f64::NEG_INFINITY); persons.len()];
    for (&j, column) in rivals.iter().zip(taken) {
        if let (Some(holder), Some(&person)) = (holders.get_mut(column), persons.get(column)) {
            *holder = (j, own_weight(&claims[j], person));
        }
    }
    holders
}

/// Persons that others take in the best total are out of reach for `me`, unless they are worth about as much to it.
fn left_over(claims: &[Claim], me: usize, field: &Field, best: &[(usize, f64)]) -> Vec<f64> {
    let reach = |&(person, weight): &(u32, f64)| {
        let (holder, gain) = field.persons.binary_search(&person).map_or((me, 0.0), |column| best[column]);
        (person, if holder != me && gain > 3.0 + weight { weight - 20.0 } else { weight })
    };
    let free: Vec<(u32, f64)> = claims[me].candidates.iter().map(reach).collect();
    alone(&free)
}

fn own_weight(claim: &Claim, person: u32) -> f64 {
    claim.candidates.iter().find(|c| c.0 == person).map_or(f64::NEG_INFINITY, |c| c.1)
}

/// Strongest pair first; for components too large for anything better.
fn greedy(claims: &[Claim], ordered: &[usize], persons: &[u32]) -> Vec<usize> {
    let mut edges: Vec<(f64, usize, usize)> = Vec::new();
    for (i, &j) in ordered.iter().enumerate() {
        let columns = claims[j].candidates.iter().filter(|c| c.1 > 0.0);
        edges.extend(columns.map(|c| (c.1, i, persons.binary_search(&c.0).unwrap_or_default())));
    }
    edges.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut taken = vec![usize::MAX; ordered.len()];
    let mut used = vec![false; persons.len()];
    for (_, i, column) in edges {
        if taken[i] == usize::MAX && !used[column] {
            taken[i] = column;
            used[column] = true;
        }
    }
    taken
}

/// Maximum-weight assignment of rows to columns (rows ≤ columns): shortest augmenting paths with potentials.
fn hungarian(rows: usize, columns: usize, gain: &dyn Fn(usize, usize) -> f64) -> Vec<usize> {
    let (mut row_potential, mut column_potential) = (vec![0.0; rows + 1], vec![0.0; columns + 1]);
    let mut row_of = vec![0_usize; columns + 1];
    let mut way = vec![0_usize; columns + 1];
    for row in 1..=rows {
        row_of[0] = row;
        let mut column = 0;
        let mut slack = vec![f64::INFINITY; columns + 1];
        let mut done = vec![false; columns + 1];
        loop {
            done[column] = true;
            let (from, mut step, mut next) = (row_of[column], f64::INFINITY, 0);
            for j in 1..=columns {
                if done[j] {
                    continue;
                }
                let reduced = -gain(from - 1, j - 1) - row_potential[from] - column_potential[j];
                if reduced < slack[j] {
                    slack[j] = reduced;
                    way[j] = column;
                }
                if slack[j] < step {
                    step = slack[j];
                    next = j;
                }
            }
            for j in 0..=columns {
                if done[j] {
                    row_potential[row_of[j]] += step;
                    column_potential[j] -= step;
                } else {
                    slack[j] -= step;
                }
            }
            column = next;
            if row_of[column] == 0 {
                break;
            }
        }
        while column != 0 {
            row_of[column] = row_of[way[column]];
            column = way[column];
        }
    }
    let mut column_of = vec![usize::MAX; rows];
    for (column, &row) in row_of.iter().enumerate().skip(1) {
        if row > 0 {
            column_of[row - 1] = column - 1;
        }
    }
    column_of
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(candidates: &[(u32, f64)]) -> Claim {
        Claim { slots: 1, candidates: candidates.to_vec() }
    }

    #[test]
    fn a_record_gives_way_to_the_one_that_has_nowhere_else_to_go() {
        let awards = assign(&[claim(&[(1, 10.0), (2, 9.0)]), claim(&[(1, 10.0)])]);
        assert_eq!(awards[0].map(|a| a.best), Some(1));
        assert!(awards[0].is_some_and(|a| a.probability > 0.9));
        assert_eq!(awards[1].map(|a| a.best), Some(0));
    }

    #[test]
    fn namesakes_are_a_tie() {
        let awards = assign(&[claim(&[(1, 8.0), (2, 8.0)]), claim(&[(1, 8.0), (2, 8.0)])]);
        for award in awards.into_iter().flatten() {
            assert!((award.probability - award.runner_up_probability).abs() < 1e-9);
        }
    }

    #[test]
    fn rows_of_different_months_do_not_compete() {
        let mut two = [claim(&[(1, 8.0)]), claim(&[(1, 8.0)])];
        two[1].slots = 2;
        assert!(assign(&two).into_iter().flatten().all(|a| a.probability > 0.99));
        two[1].slots = 1;
        assert!(assign(&two).into_iter().flatten().all(|a| a.probability < 0.6));
    }

    #[test]
    fn the_hungarian_method_finds_the_best_total() {
        let gains = [[7.0, 5.0, 11.0], [5.0, 4.0, 1.0], [9.0, 3.0, 2.0]];
        let found = hungarian(3, 3, &|i, j| gains[i][j]);
        assert_eq!(found, [2, 1, 0]);
    }

    #[test]
    fn large_components_are_settled_too() {
        let claims: Vec<Claim> = (0..40).map(|i| claim(&[(i, 12.0), ((i + 1) % 40, 2.0)])).collect();
        for (i, award) in assign(&claims).into_iter().enumerate() {
            let award = award.expect("has candidates");
            assert_eq!(claims[i].candidates[award.best].0 as usize, i);
            assert!(award.probability > 0.9);
        }
    }
}
