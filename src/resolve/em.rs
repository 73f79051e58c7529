//! Estimating a Fellegi–Sunter model from agreement patterns, without labels.
//!
//! Pairs are counted by pattern (the level of each comparison), so a round costs the number of patterns, not of pairs.
//! `m` is the chance of a level among pairs that are the same, `u` among pairs that are not; levels stand strongest
//! first. The result may be held monotone (a weaker level never earns more than a stronger one) and is shrunk towards
//! the start by pseudo-pairs, so that few pairs cannot move it far. Sums run in the order of the patterns: push them
//! sorted and the result is the same for any thread count and row order.

use super::model::rounded;

/// The level of a comparison that says nothing about a pair: a value is missing.
pub const SILENT: u8 = u8::MAX;

/// Least chance of a level, so that no weight is infinite.
const FLOOR: f64 = 1e-9;

/// Agreement patterns with the number of pairs that show each.
#[derive(Debug, Clone, Default)]
pub struct Patterns {
    comparisons: usize,
    levels: Vec<u8>,
    counts: Vec<f64>,
    offsets: Vec<f64>,
}

impl Patterns {
    #[must_use]
    pub fn new(comparisons: usize) -> Self {
        Self { comparisons, ..Self::default() }
    }
    /// Counts `count` pairs of a pattern; `offset` is what is known of them besides, in bits (frequencies of values, a
    /// prior of their own), and 0 when nothing is.
    pub fn push(&mut self, levels: &[u8], count: f64, offset: f64) {
        debug_assert_eq!(levels.len(), self.comparisons);
        self.levels.extend_from_slice(levels);
        self.counts.push(count);
        self.offsets.push(offset);
    }
    #[must_use]
    pub fn len(&self) -> usize {
        self.counts.len()
    }
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
    /// All pairs counted.
    #[must_use]
    pub fn pairs(&self) -> f64 {
        self.counts.iter().sum()
    }
    fn row(&self, i: usize) -> &[u8] {
        &self.levels[i * self.comparisons..(i + 1) * self.comparisons]
    }
}

/// A model: `m[comparison][level]`, `u[comparison][level]`, and the share of pairs that are the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    pub lambda: f64,
    pub m: Vec<Vec<f64>>,
    pub u: Vec<Vec<f64>>,
}

impl Parameters {
    /// Bits of a level: log2(m/u), rounded; 0 for a level that says nothing.
    #[must_use]
    pub fn bits(&self, comparison: usize, level: u8) -> f64 {
        let at = usize::from(level);
        match (self.m[comparison].get(at), self.u[comparison].get(at)) {
            (Some(m), Some(u)) => rounded((m.max(FLOOR) / u.max(FLOOR)).log2()),
            _ => 0.0,
        }
    }
    /// log2 of the odds of a pair about which nothing is known.
    #[must_use]
    pub fn prior(&self) -> f64 {
        let lambda = self.lambda.clamp(1e-15, 1.0 - 1e-9);
        rounded((lambda / (1.0 - lambda)).log2())
    }
}

/// How to estimate.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    pub rounds: u32,
    /// Stop when no chance moves by more than this.
    pub tolerance: f64,
    /// All pairs there are, when the patterns count only the candidates among them; the rest counts as not the same.
    pub population: Option<f64>,
    pub learn_lambda: bool,
    /// Estimate u as well. Otherwise it stays as it came, from frequencies or random pairs, which is usually better.
    pub learn_u: bool,
    /// Pseudo-pairs of the starting m and u in each comparison.
    pub shrink: f64,
    pub monotone: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rounds: 200,
            tolerance: 1e-5,
            population: None,
            learn_lambda: true,
            learn_u: false,
            shrink: 10.0,
            monotone: true,
        }
    }
}

/// What was estimated, and how far it went.
#[derive(Debug, Clone)]
pub struct Estimate {
    pub parameters: Parameters,
    pub rounds: u32,
    /// Pairs expected to be the same.
    pub matches: f64,
}

/// Expected counts of one round.
struct Expected {
    same: Vec<Vec<f64>>,
    other: Vec<Vec<f64>>,
    matches: f64,
}

/// Estimates m (and u, and lambda, as the settings say) from the start.
#[must_use]
pub fn estimate(patterns: &Patterns, start: &Parameters, settings: Settings) -> Estimate {
    let mut now = start.clone();
    let mut rounds = 0;
    let mut matches = 0.0;
    while rounds < settings.rounds && !patterns.is_empty() {
        rounds += 1;
        let expected = expect(patterns, &now);
        matches = expected.matches;
        let next = maximise(&expected, start, &now, patterns.pairs(), settings);
        let moved = distance(&now, &next);
        now = next;
        if moved < settings.tolerance {
            break;
        }
    }
    Estimate { parameters: now, rounds, matches }
}

/// The chance that a pair of each pattern is the same, in the order of the patterns.
#[must_use]
pub fn posteriors(patterns: &Patterns, model: &Parameters) -> Vec<f64> {
    let bits: Vec<Vec<f64>> = (model.m.iter().zip(&model.u))
        .map(|(m, u)| m.iter().zip(u).map(|(m, u)| (m.max(FLOOR) / u.max(FLOOR)).log2()).collect())
        .collect();
    let lambda = model.lambda.clamp(1e-15, 1.0 - 1e-9);
    let prior = (lambda / (1.0 - lambda)).log2();
    let chance = |i: usize| {
        let weights = patterns.row(i).iter().zip(&bits).filter_map(|(&l, b)| b.get(usize::from(l)));
        let total = prior + patterns.offsets[i] + weights.sum::<f64>();
        1.0 / (1.0 + (-total).exp2())
    };
    (0..patterns.len()).map(chance).collect()
}

fn expect(patterns: &Patterns, model: &Parameters) -> Expected {
    let zero = |table: &[Vec<f64>]| table.iter().map(|levels| vec![0.0; levels.len()]).collect::<Vec<_>>();
    let mut expected = Expected { same: zero(&model.m), other: zero(&model.u), matches: 0.0 };
    for (i, chance) in posteriors(patterns, model).into_iter().enumerate() {
        let (same, other) = (chance * patterns.counts[i], (1.0 - chance) * patterns.counts[i]);
        expected.matches += same;
        for (comparison, &level) in patterns.row(i).iter().enumerate() {
            if let Some(cell) = expected.same[comparison].get_mut(usize::from(level)) {
                *cell += same;
                expected.other[comparison][usize::from(level)] += other;
            }
        }
    }
    expected
}

fn maximise(expected: &Expected, start: &Parameters, now: &Parameters, pairs: f64, settings: Settings) -> Parameters {
    let mut next = now.clone();
    if settings.learn_lambda {
        let population = settings.population.unwrap_or(pairs).max(1.0);
        next.lambda = (expected.matches / population).clamp(1e-15, 1.0 - 1e-9);
    }
    for comparison in 0..next.m.len() {
        if settings.learn_u {
            next.u[comparison] = shares(&expected.other[comparison], &start.u[comparison], settings.shrink);
        }
        let m = shares(&expected.same[comparison], &start.m[comparison], settings.shrink);
        next.m[comparison] = if settings.monotone { monotone(&m, &next.u[comparison]) } else { m };
    }
    next
}

/// Counts as shares, with `shrink` pseudo-counts spread as `start`.
fn shares(counts: &[f64], start: &[f64], shrink: f64) -> Vec<f64> {
    let total = counts.iter().sum::<f64>() + shrink * start.iter().sum::<f64>();
    if total <= 0.0 {
        return start.to_vec();
    }
    counts.iter().zip(start).map(|(c, s)| ((c + shrink * s) / total).max(FLOOR)).collect()
}

fn distance(a: &Parameters, b: &Parameters) -> f64 {
    let tables = a.m.iter().zip(&b.m).chain(a.u.iter().zip(&b.u));
    let cells = tables.flat_map(|(x, y)| x.iter().zip(y)).map(|(x, y)| (x - y).abs());
    cells.fold((a.lambda - b.lambda).abs(), f64::max)
}

/// The most likely m whose ratio to u never rises from a stronger level to a weaker one: adjacent violators are pooled
/// (their m shared out as their u), which is the constrained maximum when u is given.
#[must_use]
pub fn monotone(m: &[f64], u: &[f64]) -> Vec<f64> {
    // Blocks of (sum of m, sum of u, levels).
    let mut blocks: Vec<(f64, f64, usize)> = Vec::with_capacity(m.len());
    for (&m, &u) in m.iter().zip(u) {
        blocks.push((m, u.max(FLOOR), 1));
        while let [.., above, below] = blocks[..] {
            if above.0 / above.1 >= below.0 / below.1 {
                break;
            }
            blocks.truncate(blocks.len() - 2);
            blocks.push((above.0 + below.0, above.1 + below.1, above.2 + below.2));
        }
    }
    let ratios = blocks.iter().flat_map(|&(m, u, n)| std::iter::repeat_n(m / u, n));
    ratios.zip(u).map(|(ratio, u)| ratio * u.max(FLOOR)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pattern of three comparisons with the pairs a known model makes of it.
    fn expected_patterns(truth: &Parameters, pairs: f64) -> Patterns {
        let mut patterns = Patterns::new(3);
        let chance = |table: &[Vec<f64>], levels: [u8; 3]| -> f64 {
            levels.iter().zip(table).map(|(l, t)| t[usize::from(*l)]).product()
        };
        for i in 0..27_u8 {
            let levels = [i / 9, i / 3 % 3, i % 3];
            let same = truth.lambda * chance(&truth.m, levels);
            let other = (1.0 - truth.lambda) * chance(&truth.u, levels);
            patterns.push(&levels, pairs * (same + other), 0.0);
        }
        patterns
    }

    fn truth() -> Parameters {
        Parameters {
            lambda: 0.05,
            m: vec![vec![0.8, 0.15, 0.05], vec![0.7, 0.2, 0.1], vec![0.9, 0.07, 0.03]],
            u: vec![vec![0.01, 0.04, 0.95], vec![0.02, 0.08, 0.9], vec![0.1, 0.2, 0.7]],
        }
    }

    fn start() -> Parameters {
        Parameters { lambda: 0.2, m: vec![vec![0.6, 0.3, 0.1]; 3], u: truth().u }
    }

    #[test]
    fn a_known_model_is_found_again() {
        let patterns = expected_patterns(&truth(), 1e6);
        let settings = Settings { shrink: 0.0, tolerance: 1e-9, rounds: 2000, ..Settings::default() };
        let found = estimate(&patterns, &start(), settings).parameters;
        assert!((found.lambda - 0.05).abs() < 1e-4, "{found:?}");
        assert!(distance(&found, &truth()) < 1e-3, "{found:?}");
        let both = Settings { learn_u: true, ..settings };
        let rough = Parameters { u: vec![vec![0.1, 0.2, 0.7]; 3], ..start() };
        let found = estimate(&patterns, &rough, both).parameters;
        assert!(distance(&found, &truth()) < 1e-2, "{found:?}");
    }

    #[test]
    fn few_pairs_stay_near_the_start() {
        let few = expected_patterns(&truth(), 20.0);
        let settings = Settings { shrink: 1000.0, ..Settings::default() };
        let found = estimate(&few, &start(), settings).parameters;
        assert!(found.m.iter().zip(&start().m).all(|(a, b)| a.iter().zip(b).all(|(x, y)| (x - y).abs() < 0.01)));
        let none = estimate(&Patterns::new(3), &start(), settings);
        assert_eq!((none.parameters, none.rounds), (start(), 0));
    }

    #[test]
    fn pairs_never_made_candidates_count_as_not_the_same() {
        let patterns = expected_patterns(&truth(), 1e6);
        let settings = Settings { population: Some(1e8), ..Settings::default() };
        let found = estimate(&patterns, &Parameters { lambda: 1e-3, ..start() }, settings);
        assert!(found.parameters.lambda < 0.001, "{}", found.parameters.lambda);
        assert!((found.matches / 1e8 - found.parameters.lambda).abs() < 1e-6);
    }

    #[test]
    fn a_silent_comparison_moves_nothing_and_an_offset_counts() {
        let model = truth();
        let mut patterns = Patterns::new(3);
        patterns.push(&[SILENT, SILENT, SILENT], 1.0, 0.0);
        patterns.push(&[SILENT, SILENT, SILENT], 1.0, 10.0);
        patterns.push(&[0, SILENT, SILENT], 1.0, 0.0);
        let chances = posteriors(&patterns, &model);
        assert!((chances[0] - model.lambda).abs() < 1e-12);
        assert!(chances[1] > 0.98 && chances[2] > 0.8, "{chances:?}");
        assert!((model.bits(0, 0) - (0.8_f64 / 0.01).log2()).abs() < 1e-3);
        assert!(model.bits(0, SILENT).abs() < 1e-12);
    }

    #[test]
    fn violators_are_pooled_and_nothing_else_moves() {
        let pooled = monotone(&[0.2, 0.6, 0.1, 0.1], &[0.1, 0.1, 0.2, 0.6]);
        let ratios: Vec<f64> = pooled.iter().zip([0.1, 0.1, 0.2, 0.6]).map(|(m, u)| m / u).collect();
        assert!(ratios.windows(2).all(|w| w[0] >= w[1] - 1e-12), "{ratios:?}");
        assert!((pooled.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!((pooled[0] - 0.4).abs() < 1e-9 && (pooled[1] - 0.4).abs() < 1e-9 && (pooled[3] - 0.1).abs() < 1e-9);
        let fine = [0.7, 0.2, 0.1];
        assert!(monotone(&fine, &[0.1, 0.2, 0.7]).iter().zip(fine).all(|(a, b)| (a - b).abs() < 1e-12));
    }

    #[test]
    fn weights_are_multiples_of_a_thousandth_bit() {
        let bits = truth().bits(1, 1);
        assert!((bits * 1024.0 - (bits * 1024.0).round()).abs() < f64::EPSILON);
    }
}
