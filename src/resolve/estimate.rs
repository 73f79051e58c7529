//! The weights of one source: Fellegi–Sunter by expectation and maximisation on agreement patterns.
//!
//! u stays as the table and the frequencies of names have it. m starts from the table, moves by what the certain links of the
//! source show (who has the same valid ID and yet another name?), then by EM on the patterns of the candidates whose ID
//! settles nothing. Both moves are held back by pseudo-pairs of the table, so that a small office keeps the table's weights,
//! and weights never rise from a stronger level to a weaker one. What is known of a pair besides (how likely somebody of this
//! source is enrolled at all, the unit, the place, the name's frequency) enters as an offset and is not estimated here.

use std::collections::BTreeMap;

use super::em::{Parameters, Patterns, SILENT, Settings, estimate};
use super::model::{Bits, LevelId, PERSON_LEVELS, Weights, rounded};
use super::weigh::Weighed;

use LevelId as L;

/// Comparisons that are estimated, each with its levels, strongest first. `NameFolded` counts as `NameSame`.
const ESTIMATED: [(usize, &[L]); 5] = [
    (
        0,
        &[
            L::IdTypoOne,
            L::IdTypoSwap,
            L::IdSameInvalid,
            L::IdPrecisionLost,
            L::IdMasked,
            L::IdNearInvalid,
            L::IdDiffer,
        ],
    ),
    (
        1,
        &[
            L::NameSame,
            L::NameWildcard,
            L::NameHomophone,
            L::NameLookAlike,
            L::NameContained,
            L::NameTransposed,
            L::NameOneCharacter,
            L::NameOther,
        ],
    ),
    (2, &[L::BirthSame, L::BirthSameMonth, L::BirthSameYear, L::BirthNear, L::BirthDiffers]),
    (3, &[L::SexSame, L::SexDiffers]),
    (5, &[L::AccountSame, L::AccountDiffers]),
];

/// Pseudo-pairs of the table in each comparison against the certain links, and against the candidates.
const TABLE_AGAINST_CERTAIN: f64 = 200.0;
const TABLE_AGAINST_CANDIDATES: f64 = 400.0;
/// The certain links are worth at most this many pairs: an ID that agrees was copied with its row, and whoever copies rows
/// also copies names, so they are too kind a sample of the rest.
const CERTAIN_MAX: f64 = 1000.0;
/// Bits a typical name earns by its rarity: only differences from it go into the offset, so that levels can be compared.
const TYPICAL_NAME: f64 = 11.0;
/// A weight moves by at most this many bits from the table's.
const MOVE_MAX: f64 = 3.0;

fn level_of(comparison: usize, level: L) -> u8 {
    let level = if level == L::NameFolded { L::NameSame } else { level };
    let place = ESTIMATED[comparison].1.iter().position(|&l| l == level);
    place.and_then(|p| u8::try_from(p).ok()).unwrap_or(SILENT)
}

/// m and u of a level by the table.
fn chances(level: L) -> (f64, f64) {
    match level.level().bits {
        Bits::Rated(bits, m) => (m, m / bits.exp2()),
        Bits::Name(loss) => ((-loss).exp2(), (-TYPICAL_NAME).exp2()),
        Bits::Fixed(_) | Bits::Spine(_) | Bits::Learned => (1.0, 1.0),
    }
}

/// How often each level shows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LevelCounts([u32; PERSON_LEVELS]);

impl Default for LevelCounts {
    fn default() -> Self {
        Self([0; PERSON_LEVELS])
    }
}

impl LevelCounts {
    /// Counts name, birth and sex of a certain link.
    pub(super) fn add(&mut self, levels: [L; 3]) {
        for level in levels {
            self.0[if level == L::NameFolded { L::NameSame } else { level } as usize] += 1;
        }
    }
    pub(super) fn merge(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a += b);
        self
    }
    fn of(&self, level: L) -> f64 {
        f64::from(self.0[level as usize])
    }
}

/// Patterns of candidates, counted.
#[derive(Debug, Clone, Default)]
pub(super) struct PatternCounts(BTreeMap<([u8; ESTIMATED.len()], i32), u32>);

impl PatternCounts {
    /// Counts one weighed pair; `name_bits` are those of its name's frequency.
    pub(super) fn add(&mut self, weighed: &Weighed, prior: f64, name_bits: f64) {
        let mut pattern = [SILENT; ESTIMATED.len()];
        for (i, (comparison, _)) in ESTIMATED.iter().enumerate() {
            pattern[i] = level_of(i, weighed.levels[*comparison]);
        }
        let rarity = if name_bits == 0.0 { 0.0 } else { name_bits - TYPICAL_NAME };
        let offset = prior + weighed.bits[4] + weighed.bits[6] + rarity;
        #[expect(clippy::cast_possible_truncation, reason = "a small number of bits")]
        let half_bits = (offset * 2.0).round() as i32;
        *self.0.entry((pattern, half_bits)).or_default() += 1;
    }
    pub(super) fn merge(mut self, other: Self) -> Self {
        for (pattern, n) in other.0 {
            *self.0.entry(pattern).or_default() += n;
        }
        self
    }
    fn patterns(&self) -> Patterns {
        let mut patterns = Patterns::new(ESTIMATED.len());
        for ((levels, half_bits), &n) in &self.0 {
            patterns.push(levels, f64::from(n), f64::from(*half_bits) / 2.0);
        }
        patterns
    }
}

/// The table's m moved by the certain links.
fn start(certain: &LevelCounts) -> Parameters {
    let mut m = Vec::new();
    let mut u = Vec::new();
    for (_, levels) in ESTIMATED {
        let table: Vec<(f64, f64)> = levels.iter().map(|&l| chances(l)).collect();
        let seen: Vec<f64> = levels.iter().map(|&l| certain.of(l)).collect();
        let all: f64 = seen.iter().sum();
        let scale = if all > CERTAIN_MAX { CERTAIN_MAX / all } else { 1.0 };
        let whole = all * scale + TABLE_AGAINST_CERTAIN * table.iter().map(|t| t.0).sum::<f64>();
        m.push(seen.iter().zip(&table).map(|(n, t)| (n * scale + TABLE_AGAINST_CERTAIN * t.0) / whole).collect());
        u.push(table.iter().map(|t| t.1).collect());
    }
    Parameters { lambda: 0.5, m, u }
}

/// Keeps the table's weights, so that the `measure` tool of the tests can set the two side by side.
#[cfg(test)]
pub(super) static AS_THE_TABLE: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Weights for a source from its certain links and the patterns of its candidates.
pub(super) fn weights(certain: &LevelCounts, candidates: &PatternCounts) -> Weights {
    #[cfg(test)]
    if AS_THE_TABLE.load(std::sync::atomic::Ordering::Relaxed) {
        return Weights::table();
    }
    let settings = Settings {
        learn_lambda: false,
        shrink: TABLE_AGAINST_CANDIDATES,
        rounds: 60,
        tolerance: 1e-4,
        ..Settings::default()
    };
    let found = estimate(&candidates.patterns(), &start(certain), settings).parameters;
    let mut weights = Weights::table();
    for (i, (_, levels)) in ESTIMATED.iter().enumerate() {
        for (place, &level) in levels.iter().enumerate() {
            let table = weights.of(level);
            let typical = if matches!(level.level().bits, Bits::Name(_)) { TYPICAL_NAME } else { 0.0 };
            let bits = found.bits(i, u8::try_from(place).unwrap_or(SILENT)) - typical;
            weights.set(level, rounded(bits.clamp(table - MOVE_MAX, table + MOVE_MAX)));
        }
    }
    weights.set(L::NameFolded, weights.of(L::NameSame));
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::weigh::COMPARISONS;

    fn weighed(levels: [L; COMPARISONS]) -> Weighed {
        Weighed { levels, bits: [0.0; COMPARISONS] }
    }

    #[test]
    fn without_evidence_the_table_stands() {
        let found = weights(&LevelCounts::default(), &PatternCounts::default());
        for level in LevelId::PERSONS {
            let (table, now) = (Weights::table().of(*level), found.of(*level));
            assert!((table - now).abs() < 0.8, "{level:?}: {table} became {now}");
        }
    }

    #[test]
    fn a_source_full_of_homophones_forgives_them_more() {
        let mut certain = LevelCounts::default();
        for i in 0..900 {
            let name = if i % 3 == 0 { L::NameHomophone } else { L::NameSame };
            certain.add([name, L::BirthSame, L::SexSame]);
        }
        let found = weights(&certain, &PatternCounts::default());
        let (table, now) = (Weights::table().of(L::NameHomophone), found.of(L::NameHomophone));
        assert!(now > table + 2.0, "{table} became {now}");
        assert!(found.of(L::NameSame) >= now, "weights stay monotone");
    }

    #[test]
    fn candidates_move_weights_and_their_order_does_not() {
        let pair = |id, name| {
            weighed([id, name, L::BirthUnknown, L::SexUnknown, L::UnitUnknown, L::AccountDiffers, L::PlaceUnknown])
        };
        let mut forth = PatternCounts::default();
        let mut back = PatternCounts::default();
        let pairs: Vec<Weighed> = (0..3000)
            .map(|i| if i % 2 == 0 { pair(L::IdTypoSwap, L::NameSame) } else { pair(L::IdDiffer, L::NameOther) })
            .collect();
        pairs.iter().for_each(|p| forth.add(p, -10.0, 12.0));
        pairs.iter().rev().for_each(|p| back.add(p, -10.0, 12.0));
        let found = weights(&LevelCounts::default(), &forth);
        assert_eq!(found, weights(&LevelCounts::default(), &back));
        assert!(found.of(L::IdTypoSwap) > Weights::table().of(L::IdTypoSwap));
        assert!(found.of(L::AccountDiffers) > Weights::table().of(L::AccountDiffers), "here accounts change often");
    }
}
