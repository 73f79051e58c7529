//! Two tables, one counterpart a row at most: the best assignment with its margin; ties are left unresolved.

use super::model::Pair;
use super::spec::Spec;
use super::{Line, Status};
use crate::resolve::assign::{Award, Claim, assign};
use crate::resolve::hash::{DisjointSets, FastMap};

/// Candidates of a row that compete at most, and how far behind the best one they may lie.
const RIVALS_MAX: usize = 8;
const BEHIND: f64 = 14.0;
/// Rows of a component in which every way is weighed; larger ones take the strongest pairs first.
const COMPONENT_MAX: usize = 48;

/// The lines of all rows of the right table that get a counterpart, or are torn between two.
pub(super) fn one_to_one(spec: &Spec, pairs: &[Pair], weights: &[f64]) -> Vec<Line> {
    let mut order: Vec<usize> = (0..pairs.len()).filter(|&i| weights[i] > -BEHIND).collect();
    order.sort_by(|&i, &j| {
        pairs[i].b.cmp(&pairs[j].b).then(weights[j].total_cmp(&weights[i])).then(pairs[i].a.cmp(&pairs[j].a))
    });
    let claims: Vec<&[usize]> = order
        .chunk_by(|&i, &j| pairs[i].b == pairs[j].b)
        .map(|own| {
            let near = own.iter().take(RIVALS_MAX).take_while(|&&i| weights[i] > weights[own[0]] - BEHIND).count();
            &own[..near]
        })
        .collect();
    // A row with one candidate that nobody else wants needs no weighing of ways.
    let mut wanted: FastMap<u32, u32> = FastMap::default();
    claims.iter().flat_map(|c| c.iter()).for_each(|&p| *wanted.entry(pairs[p].a).or_default() += 1);
    let (alone, claims): (Vec<&[usize]>, Vec<&[usize]>) =
        claims.into_iter().partition(|c| c.len() == 1 && wanted[&pairs[c[0]].a] == 1);
    let mut lines: Vec<Line> = alone
        .iter()
        .map(|c| Line { pair: c[0], probability: 1.0 / (1.0 + (-weights[c[0]]).exp2()), status: Status::Linked })
        .filter(|l| l.probability >= spec.threshold)
        .collect();
    let mut sets = DisjointSets::new(claims.len());
    let mut first: FastMap<u32, u32> = FastMap::default();
    for (i, claim) in (0_u32..).zip(&claims) {
        for &pair in *claim {
            let other = *first.entry(pairs[pair].a).or_insert(i);
            sets.union(other, i);
        }
    }
    let mut members: FastMap<u32, Vec<usize>> = FastMap::default();
    for i in 0..claims.len() {
        members.entry(sets.root(u32::try_from(i).unwrap_or(0))).or_default().push(i);
    }
    let mut roots: Vec<u32> = members.keys().copied().collect();
    roots.sort_unstable();
    let mut small = Vec::new();
    for root in roots {
        let component = &members[&root];
        if component.len() <= COMPONENT_MAX {
            small.extend_from_slice(component);
        } else {
            strongest_first(spec, component, &claims, pairs, weights, &mut lines);
        }
    }
    small.sort_unstable();
    let of = |i: &usize| Claim {
        slots: 1,
        candidates: claims[*i].iter().map(|&pair| (pairs[pair].a, weights[pair])).collect(),
    };
    let asked: Vec<Claim> = small.iter().map(of).collect();
    for (i, award) in small.iter().zip(assign(&asked)) {
        if let Some(award) = award {
            settle(spec, claims[*i], award, &mut lines);
        }
    }
    lines.sort_by_key(|l| (pairs[l.pair].a, pairs[l.pair].b));
    lines
}

/// A row's award as lines of the table.
fn settle(spec: &Spec, claim: &[usize], award: Award, lines: &mut Vec<Line>) {
    let torn = award.probability - award.runner_up_probability < spec.margin;
    if !torn {
        if award.probability >= spec.threshold {
            lines.push(Line { pair: claim[award.best], probability: award.probability, status: Status::Linked });
        }
        return;
    }
    if award.probability + award.runner_up_probability < spec.threshold {
        return;
    }
    let status = Status::Unresolved;
    lines.push(Line { pair: claim[award.best], probability: award.probability, status });
    if let Some(second) = award.runner_up {
        lines.push(Line { pair: claim[second], probability: award.runner_up_probability, status });
    }
}

/// A component too large to weigh every way: pairs by strength, each row once; what is as strong as its rival is a tie.
fn strongest_first(
    spec: &Spec,
    component: &[usize],
    claims: &[&[usize]],
    pairs: &[Pair],
    weights: &[f64],
    lines: &mut Vec<Line>,
) {
    let mut edges: Vec<usize> = component.iter().flat_map(|&i| claims[i].iter().copied()).collect();
    edges.sort_by(|&i, &j| {
        weights[j].total_cmp(&weights[i]).then((pairs[i].a, pairs[i].b).cmp(&(pairs[j].a, pairs[j].b)))
    });
    let (mut taken_left, mut taken_right) = (FastMap::default(), FastMap::default());
    for &edge in &edges {
        let (a, b) = (pairs[edge].a, pairs[edge].b);
        if !taken_left.contains_key(&a) && !taken_right.contains_key(&b) {
            taken_left.insert(a, edge);
            taken_right.insert(b, edge);
        }
    }
    let mut by_left: FastMap<u32, Vec<usize>> = FastMap::default();
    edges.iter().for_each(|&e| by_left.entry(pairs[e].a).or_default().push(e));
    for &i in component {
        let Some(&best) = claims[i].first().and_then(|&e| taken_right.get(&pairs[e].b)) else { continue };
        // Rivals: this row's other candidates still free, and other rows that want the same counterpart and have none.
        let mine = claims[i].iter().filter(|&&e| taken_left.get(&pairs[e].a).is_none_or(|&t| weights[t] <= weights[e]));
        let theirs = by_left[&pairs[best].a]
            .iter()
            .filter(|&&e| taken_right.get(&pairs[e].b).is_none_or(|&t| weights[t] <= weights[e]));
        let rival = mine.chain(theirs).filter(|&&e| e != best).copied().max_by(|&x, &y| {
            weights[x].total_cmp(&weights[y]).then((pairs[y].a, pairs[y].b).cmp(&(pairs[x].a, pairs[x].b)))
        });
        let odds = |e: usize| weights[e].exp2();
        let total = 1.0 + odds(best) + rival.map_or(0.0, odds);
        let probability = odds(best) / total;
        let second = rival.map_or(0.0, |r| odds(r) / total);
        if probability - second < spec.margin && probability + second >= spec.threshold {
            lines.push(Line { pair: best, probability, status: Status::Unresolved });
        } else if probability >= spec.threshold {
            lines.push(Line { pair: best, probability, status: Status::Linked });
        }
    }
}
