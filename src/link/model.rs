//! From patterns to a model and from a model to weights: u counted on random pairs, m by EM, frequencies at every level,
//! dependence between comparisons taken out once.

use rayon::prelude::*;

use super::block::Sides;
use super::compare::Found;
use super::levels::levels;
use super::score::{Contained, Kernel, Pattern, level_of, unpack};
use super::spec::Kind;
use super::values::{Field, NONE};
use crate::resolve::em::{Estimate, Parameters, Patterns, SILENT, Settings, estimate};
use crate::resolve::hash::mix;
use crate::resolve::model::rounded;

/// Random pairs drawn at most; with fewer pairs in all, every pair is looked at.
const SAMPLE: usize = 1_000_000;
/// One random pair in so many has its organisation names compared, which takes longest.
const ORGANISATIONS: usize = 4;
/// Least part of what is counted at a level that is held to be chance and not people met twice.
const CHANCE_LEAST: f64 = 0.02;
/// Bits by which a rare value may raise a weight.
const RARITY_MAX: f64 = 10.0;
/// Pseudo-pairs with which a dependence is shrunk towards none.
const DEPENDENCE_SHRINK: f64 = 10.0;

/// Patterns of random pairs.
#[derive(Debug, Default)]
pub struct Sample {
    pairs: Vec<(u32, u32, Pattern)>,
    patterns: Vec<(Pattern, f64)>,
}

impl Sample {
    /// Draws pairs evenly; the same pairs for the same rows and seed.
    #[must_use]
    pub fn draw(fields: &[Field], contained: &Contained, sides: Sides, seed: u64) -> Self {
        let every = sides.pairs() <= SAMPLE as f64;
        let right = if sides.two() { sides.all - sides.left } else { sides.left };
        let count = if every { sides.left } else { SAMPLE };
        let index = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        #[expect(clippy::cast_possible_truncation, reason = "scaled below a count of rows")]
        let scaled = |random: u64, n: usize| ((u128::from(random) * n as u128) >> 64) as usize;
        let draw = |i: usize| -> Vec<(u32, u32)> {
            if every {
                let others = if sides.two() { sides.left..sides.all } else { i + 1..sides.left };
                return others.map(|b| (index(i), index(b))).collect();
            }
            let a = scaled(mix(seed, i as u64, 1), sides.left);
            let b = scaled(mix(seed, i as u64, 2), right) + if sides.two() { sides.left } else { 0 };
            if a == b { Vec::new() } else { vec![(index(a), index(b))] }
        };
        let pairs = (0..count)
            .into_par_iter()
            .map_init(
                || Kernel::new(fields, contained),
                |kernel, i| {
                    kernel.without_organisations = !every && i % ORGANISATIONS != 0;
                    draw(i).into_iter().map(|(a, b)| (a, b, kernel.pattern(a, b))).collect::<Vec<_>>()
                },
            )
            .flatten_iter()
            .collect();
        let mut sample = Self { pairs, patterns: Vec::new() };
        sample.count();
        sample
    }

    fn count(&mut self) {
        let mut patterns: Vec<Pattern> = self.pairs.par_iter().map(|p| p.2).collect();
        patterns.par_sort_unstable();
        self.patterns = patterns.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as f64)).collect();
    }

    /// Compares the same pairs again where learned associations may change a level.
    pub fn look_again(&mut self, fields: &[Field], contained: &Contained) {
        let organisations: Vec<usize> = (0..fields.len()).filter(|&c| fields[c].kind == Kind::Organisation).collect();
        self.pairs.par_iter_mut().for_each_init(
            || Kernel::new(fields, contained),
            |kernel, (a, b, pattern)| {
                if fields.iter().any(|f| f.may_associate(f.codes[*a as usize], f.codes[*b as usize])) {
                    kernel.without_organisations = organisations.iter().all(|&c| level_of(*pattern, c) == SILENT);
                    *pattern = kernel.pattern(*a, *b);
                }
            },
        );
        self.count();
    }

    /// Shares of the levels of each comparison among random pairs.
    fn shares(&self, fields: &[Field], sides: Sides) -> Vec<Vec<f64>> {
        (0..fields.len())
            .map(|c| {
                let table = levels(fields[c].kind);
                let mut counts = vec![0.0; table.len()];
                for (pattern, n) in &self.patterns {
                    if let Some(cell) = counts.get_mut(usize::from(level_of(*pattern, c))) {
                        *cell += n;
                    }
                }
                // Half a pair of every level: none is impossible for not having been drawn.
                let total = counts.iter().sum::<f64>() + 0.5 * counts.len() as f64;
                let mut shares: Vec<f64> = counts.iter().map(|n| (n + 0.5) / total).collect();
                if total > 1.0 + 0.5 * counts.len() as f64 {
                    equal_by_count(&fields[c], sides, &mut shares);
                }
                shares
            })
            .collect()
    }
}

/// How often two records have the same value needs no drawing: it follows from the frequencies.
///
/// A number that names somebody is hardly ever another's by chance: what two tables share is the same people, so chance is
/// what rows of one and the same table share. In one table it starts as a small part of what is counted.
fn equal_by_count(field: &Field, sides: Sides, shares: &mut [f64]) {
    let counted: f64 = field.shares.iter().map(|s| f64::from(*s) * f64::from(*s)).sum();
    let exact = match field.kind {
        Kind::Id if sides.two() => {
            let within = repeats(&field.codes[..sides.left]).max(repeats(&field.codes[sides.left..]));
            within.max(counted * CHANCE_LEAST)
        }
        Kind::Id => counted * CHANCE_LEAST,
        _ => counted,
    };
    let others: f64 = shares[1..].iter().sum();
    if exact < 1.0 && others > 0.0 {
        let scale = (1.0 - exact) / others;
        shares[0] = exact;
        shares[1..].iter_mut().for_each(|s| *s *= scale);
    }
}

/// Share of the pairs of different rows that have the same value.
fn repeats(codes: &[u32]) -> f64 {
    let mut known: Vec<u32> = codes.iter().copied().filter(|&c| c != NONE).collect();
    known.par_sort_unstable();
    let same: f64 = known.chunk_by(|a, b| a == b).map(|run| run.len() as f64 * (run.len() as f64 - 1.0)).sum();
    let n = known.len() as f64;
    if n > 1.0 { same / (n * (n - 1.0)) } else { 0.0 }
}

/// Two comparisons that agree together more often by chance than apart: log2 of how much more, by both levels.
#[derive(Debug, Clone)]
struct Dependence {
    first: usize,
    second: usize,
    bits: Vec<Vec<f64>>,
}

/// The estimated model.
#[derive(Debug, Clone)]
pub struct Model {
    pub parameters: Parameters,
    /// Mean share of what pairs of the same have in common, by comparison and level.
    usual: Vec<Vec<f64>>,
    dependences: Vec<Dependence>,
    pub matches: f64,
    pub rounds: u32,
}

/// A candidate pair with what its comparisons found.
#[derive(Debug, Clone)]
pub struct Pair {
    pub a: u32,
    pub b: u32,
    pub pattern: Pattern,
    /// log2 of the share of what is in common, comparison by comparison.
    pub rarity: Box<[f32]>,
}

impl Model {
    /// Before any estimation: believed m, counted u, one counterpart a row.
    #[must_use]
    pub fn start(fields: &[Field], sides: Sides, sample: &Sample) -> Self {
        let m: Vec<Vec<f64>> = fields.iter().map(|f| levels(f.kind).iter().map(|l| l.m).collect()).collect();
        let rows = if sides.two() { sides.left.min(sides.all - sides.left) } else { sides.left };
        let lambda = (rows as f64 * 0.5 / sides.pairs().max(1.0)).clamp(1e-12, 0.5);
        let usual = m.iter().map(|m| vec![1.0; m.len()]).collect();
        let parameters = Parameters { lambda, m, u: sample.shares(fields, sides) };
        Self { parameters, usual, dependences: Vec::new(), matches: 0.0, rounds: 0 }
    }

    /// Bits of a pattern by levels alone, prior included.
    #[must_use]
    pub fn plain(&self, pattern: Pattern) -> f64 {
        let levels = (0..self.usual.len()).map(|c| self.parameters.bits(c, level_of(pattern, c)));
        self.parameters.prior() + levels.sum::<f64>() - self.dependence(pattern)
    }

    fn dependence(&self, pattern: Pattern) -> f64 {
        let bits = |d: &Dependence| {
            let row = d.bits.get(usize::from(level_of(pattern, d.first)))?;
            row.get(usize::from(level_of(pattern, d.second))).copied()
        };
        self.dependences.iter().filter_map(bits).sum()
    }

    /// Bits that a comparison earns by the rarity of what is in common.
    fn rarity(&self, comparison: usize, level: u8, rarity: f32) -> f64 {
        let Some(&usual) = self.usual[comparison].get(usize::from(level)) else { return 0.0 };
        if usual >= 1.0 || rarity >= 0.0 {
            return 0.0;
        }
        let bits = self.parameters.bits(comparison, level);
        (usual.log2() - f64::from(rarity)).clamp(-bits.max(0.0), RARITY_MAX)
    }

    /// What is known of a pair besides its levels.
    fn offset(&self, pair: &Pair) -> f64 {
        let each = pair.rarity.iter().enumerate();
        let rarity: f64 = each.map(|(c, r)| self.rarity(c, level_of(pair.pattern, c), *r)).sum();
        rarity - self.dependence(pair.pattern)
    }

    /// All bits of a pair: prior, levels, rarity, less what is counted twice.
    #[must_use]
    pub fn weight(&self, pair: &Pair) -> f64 {
        rounded(self.plain(pair.pattern) + self.dependence(pair.pattern) + self.offset(pair))
    }

    /// Bits of one comparison of a pair.
    #[must_use]
    pub fn part(&self, pair: &Pair, comparison: usize) -> f64 {
        let level = level_of(pair.pattern, comparison);
        self.parameters.bits(comparison, level) + self.rarity(comparison, level, pair.rarity[comparison])
    }

    /// Estimates everything from the candidates' patterns, the pairs kept, and random pairs.
    #[must_use]
    pub fn fit(mut self, fields: &[Field], sides: Sides, sample: &Sample, pairs: &[Pair]) -> Self {
        let start = self.parameters.clone();
        let raw = sample.shares(fields, sides);
        let settings = Settings { population: Some(sides.pairs()), shrink: 20.0, ..Settings::default() };
        for _ in 0..4 {
            let patterns = self.patterns(fields.len(), pairs);
            let from = Parameters { lambda: self.parameters.lambda, u: self.parameters.u.clone(), m: start.m.clone() };
            let found: Estimate = estimate(&patterns, &from, settings);
            self.parameters = found.parameters;
            self.matches = found.matches;
            self.rounds += found.rounds;
            self.take_matches_out(fields, &raw, sides);
            self.usual = self.usual_shares(fields, pairs);
            self.dependences = dependences(fields, sample, &self.parameters, &raw);
        }
        self
    }

    /// Random pairs hold people met twice; u is what is left without them.
    fn take_matches_out(&mut self, fields: &[Field], raw: &[Vec<f64>], sides: Sides) {
        let Parameters { lambda, m, u } = &mut self.parameters;
        for (((u, m), raw), field) in u.iter_mut().zip(m.iter()).zip(raw).zip(fields) {
            for (level, ((u, m), &raw)) in u.iter_mut().zip(m).zip(raw).enumerate() {
                let counted = match (level, field.kind, sides.two()) {
                    // Counted within the tables, where nobody stands twice.
                    (0, Kind::Id, true) => continue,
                    (0, Kind::Id, false) => raw / CHANCE_LEAST,
                    _ => raw,
                };
                *u = ((counted - *lambda * m) / (1.0 - *lambda)).max(counted * CHANCE_LEAST);
            }
            let total: f64 = u.iter().sum();
            u.iter_mut().for_each(|u| *u /= total);
        }
    }

    /// The pairs as patterns, those alike in pattern and half bits of offset counted together.
    fn patterns(&self, comparisons: usize, pairs: &[Pair]) -> Patterns {
        let mut keys: Vec<(Pattern, i32)> = pairs
            .par_iter()
            .map(|pair| {
                #[expect(clippy::cast_possible_truncation, reason = "a few hundred half bits")]
                let half_bits = (self.offset(pair) * 2.0).round() as i32;
                (pair.pattern, half_bits)
            })
            .collect();
        keys.par_sort_unstable();
        let mut patterns = Patterns::new(comparisons);
        for run in keys.chunk_by(|a, b| a == b) {
            patterns.push(&unpack(run[0].0, comparisons), run.len() as f64, f64::from(run[0].1) / 2.0);
        }
        patterns
    }

    /// Mean share of what is in common among pairs that are probably the same.
    fn usual_shares(&self, fields: &[Field], pairs: &[Pair]) -> Vec<Vec<f64>> {
        let none: Vec<Vec<(f64, f64)>> = fields.iter().map(|f| vec![(0.0, 0.0); levels(f.kind).len()]).collect();
        // Chunks of one size, added up in their order: the sum is the same for any number of threads.
        let part = |pairs: &[Pair]| {
            let mut sums = none.clone();
            for pair in pairs {
                let weight = self.weight(pair);
                if weight <= -7.0 {
                    continue;
                }
                let chance = 1.0 / (1.0 + (-weight).exp2());
                for (c, sums) in sums.iter_mut().enumerate() {
                    if let Some(sum) = sums.get_mut(usize::from(level_of(pair.pattern, c))) {
                        sum.0 += chance * f64::from(pair.rarity[c]).exp2();
                        sum.1 += chance;
                    }
                }
            }
            sums
        };
        let parts: Vec<_> = pairs.par_chunks(1 << 14).map(part).collect();
        let mut sums = none.clone();
        for part in &parts {
            for (sum, more) in sums.iter_mut().flatten().zip(part.iter().flatten()) {
                *sum = (sum.0 + more.0, sum.1 + more.1);
            }
        }
        let mean = |(sum, n): &(f64, f64)| if *n > 1.0 { sum / n } else { 1.0 };
        sums.iter().map(|levels| levels.iter().map(mean).collect()).collect()
    }
}

/// Joint counts of two comparisons.
fn joint(fields: &[Field], sample: &Sample, first: usize, second: usize) -> Vec<Vec<f64>> {
    let mut counts = vec![vec![0.0; levels(fields[second].kind).len()]; levels(fields[first].kind).len()];
    for (pattern, n) in &sample.patterns {
        let (x, y) = (level_of(*pattern, first), level_of(*pattern, second));
        if x != SILENT && y != SILENT {
            counts[usize::from(x)][usize::from(y)] += n;
        }
    }
    counts
}

/// The tree of comparisons that depend on one another most, among pairs that are not the same (Chow and Liu).
fn dependences(fields: &[Field], sample: &Sample, model: &Parameters, _raw: &[Vec<f64>]) -> Vec<Dependence> {
    let mut edges: Vec<(f64, Dependence)> = Vec::new();
    for second in 1..fields.len() {
        for first in 0..second {
            let mut counts = joint(fields, sample, first, second);
            let all: f64 = counts.iter().flatten().sum();
            for (x, row) in counts.iter_mut().enumerate() {
                for (y, n) in row.iter_mut().enumerate() {
                    *n = (*n - all * model.lambda * model.m[first][x] * model.m[second][y]).max(0.0);
                }
            }
            let total: f64 = counts.iter().flatten().sum();
            if total < 1000.0 {
                continue;
            }
            let rows: Vec<f64> = counts.iter().map(|row| row.iter().sum()).collect();
            let columns: Vec<f64> = (0..counts[0].len()).map(|y| counts.iter().map(|row| row[y]).sum()).collect();
            let mut information = 0.0;
            let mut bits = counts.clone();
            for (x, row) in bits.iter_mut().enumerate() {
                for (y, cell) in row.iter_mut().enumerate() {
                    let (n, expected) = (*cell, rows[x] * columns[y] / total);
                    if n > 0.0 {
                        information += n * (n / expected).ln();
                    }
                    *cell = ((n + DEPENDENCE_SHRINK) / (expected + DEPENDENCE_SHRINK)).log2().clamp(-3.0, 10.0);
                }
            }
            // Twice this is a chi-square; what chance alone makes is left out.
            let freedom = (rows.len() - 1) as f64 * (columns.len() - 1) as f64;
            if information > freedom * 3.0 {
                edges.push((information, Dependence { first, second, bits }));
            }
        }
    }
    edges.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut sets = crate::resolve::hash::DisjointSets::new(fields.len());
    let index = |n: usize| u32::try_from(n).unwrap_or(0);
    edges.into_iter().filter(|(_, d)| sets.union(index(d.first), index(d.second))).map(|(_, d)| d).collect()
}

/// What a kernel found, as a pair to keep.
#[must_use]
pub fn kept(a: u32, b: u32, pattern: Pattern, found: &[Found]) -> Pair {
    Pair { a, b, pattern, rarity: found.iter().map(|f| f.share.max(1e-9).log2()).collect() }
}
