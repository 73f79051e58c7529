//! Levels to bits: a pair's evidence added up, and what it means among its rivals.

use rayon::prelude::*;

use super::compare;
use super::hash::FastMap;
use super::model::{Bits, LevelId, NAME_BITS_MAX, Weights, rounded};
use super::records::{Record, Records};
use super::values::{NONE, PersonValues};

/// Comparisons of persons, in the order they are shown.
pub(super) const COMPARISONS: usize = 7;

/// A weighed pair: level and bits of each comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Weighed {
    pub levels: [LevelId; COMPARISONS],
    pub bits: [f64; COMPARISONS],
}

impl Weighed {
    pub(super) fn total(&self) -> f64 {
        self.bits.iter().sum()
    }
    pub(super) fn id(&self) -> LevelId {
        self.levels[0]
    }
    pub(super) fn name(&self) -> LevelId {
        self.levels[1]
    }
}

/// How often each name stands in the register.
#[derive(Debug)]
pub(super) struct NameFrequencies {
    by_name: Vec<u32>,
    by_syllables: FastMap<u64, u32>,
    register: f64,
    /// Bits of a name that stands so often in the register; of rarer and of the most names.
    by_count: Vec<f64>,
}

/// Names more frequent than this are worked out each time.
const COUNTS_KEPT: u32 = 4096;

impl NameFrequencies {
    pub(super) fn count(values: &PersonValues<'_>, records: &Records) -> Self {
        let mut by_name = vec![0; values.names.folded.len()];
        let mut by_syllables: FastMap<u64, u32> = FastMap::default();
        let mut register = 0.0;
        for (table, range) in values.tables.iter().zip(&records.ranges) {
            if !table.register {
                continue;
            }
            for record in records.list[range.clone()].iter().filter(|r| r.folded != NONE) {
                by_name[record.folded as usize] += 1;
                register += 1.0;
            }
        }
        for (name, &count) in values.names.folded.iter().zip(&by_name).filter(|(_, count)| **count > 0) {
            *by_syllables.entry(name.syllables).or_default() += count;
        }
        let by_count = (0..COUNTS_KEPT).map(|count| frequency_bits(count, register)).collect();
        Self { by_name, by_syllables, register, by_count }
    }

    pub(super) fn of(&self, folded: u32) -> u32 {
        self.by_name.get(folded as usize).copied().unwrap_or(0)
    }

    /// Bits of the frequency of the register's name, as far as a name level lets it count; 0 for other levels.
    pub(super) fn bits(&self, values: &PersonValues<'_>, level: LevelId, folded: u32) -> f64 {
        let Bits::Name(_) = level.level().bits else { return 0.0 };
        let count = match level {
            LevelId::NameHomophone => values
                .names
                .folded
                .get(folded as usize)
                .and_then(|n| self.by_syllables.get(&n.syllables).copied())
                .unwrap_or(0),
            _ => self.of(folded),
        };
        self.by_count.get(count as usize).copied().unwrap_or_else(|| frequency_bits(count, self.register))
    }
}

fn frequency_bits(count: u32, register: f64) -> f64 {
    let frequency = (f64::from(count) + 0.5) / (register + 1.0);
    (-frequency.log2()).min(NAME_BITS_MAX)
}

/// What the certain links of a table say of its units: how often staff of source unit p belong to register unit v.
#[derive(Debug, Default)]
pub(super) struct Crosswalk {
    pairs: FastMap<(u32, u32), u32>,
    totals: FastMap<u32, u32>,
    /// Source unit → register units that hold at least one in fifty of its staff, most first.
    expected: FastMap<u32, Vec<u32>>,
}

impl Crosswalk {
    /// From (source unit, register unit) of certain links.
    pub(super) fn learn(pairs: impl Iterator<Item = (u32, u32)>) -> Self {
        let mut crosswalk = Self::default();
        let mut all: Vec<(u32, u32)> = pairs.filter(|(p, v)| *p != NONE && *v != NONE).collect();
        all.par_sort_unstable();
        for same in all.chunk_by(|a, b| a == b) {
            let count = u32::try_from(same.len()).unwrap_or(u32::MAX);
            crosswalk.pairs.insert(same[0], count);
            *crosswalk.totals.entry(same[0].0).or_default() += count;
        }
        let mut sorted: Vec<(u32, std::cmp::Reverse<u32>, u32)> =
            crosswalk.pairs.iter().map(|(&(p, v), &n)| (p, std::cmp::Reverse(n), v)).collect();
        sorted.sort_unstable();
        for (p, n, v) in sorted {
            let list: &mut Vec<u32> = crosswalk.expected.entry(p).or_default();
            if n.0 * 50 >= crosswalk.totals[&p] && list.len() < 12 {
                list.push(v);
            }
        }
        crosswalk
    }

    /// Units in whose register staff a record of source unit p is to be sought: itself, and where its colleagues are.
    pub(super) fn expected(&self, p: u32) -> impl Iterator<Item = u32> {
        let others = self.expected.get(&p).map_or(&[][..], Vec::as_slice);
        std::iter::once(p).chain(others.iter().copied().filter(move |&v| v != p))
    }

    /// Certain links by source unit.
    pub(super) fn totals(&self) -> &FastMap<u32, u32> {
        &self.totals
    }

    /// log2 of how much likelier v is for staff of p than for anybody; `share` is v's share of the register.
    fn bits(&self, p: u32, v: u32, share: f64) -> f64 {
        let seen = f64::from(self.pairs.get(&(p, v)).copied().unwrap_or(0));
        let total = f64::from(self.totals.get(&p).copied().unwrap_or(0));
        let share = share.max(1e-9);
        let own = if p == v { 1.8 } else { 0.0 };
        let chance = (seen + own + 0.2 * share) / (total + 2.0);
        (chance / share).log2().clamp(-7.0, 18.0)
    }
}

/// Register staff by unit.
#[derive(Debug)]
pub(super) struct UnitSizes {
    by_unit: FastMap<u32, u32>,
    register: f64,
}

impl UnitSizes {
    pub(super) fn count<'r>(register: impl Iterator<Item = &'r Record>) -> Self {
        let mut sizes = Self { by_unit: FastMap::default(), register: 0.0 };
        for record in register {
            *sizes.by_unit.entry(record.unit).or_default() += 1;
            sizes.register += 1.0;
        }
        sizes
    }
    /// Bits of two records of nobody standing in the same unit.
    pub(super) fn bits_of(&self, unit: u32) -> f64 {
        (-self.share(unit).log2()).clamp(1.0, 8.0)
    }
    fn share(&self, unit: u32) -> f64 {
        f64::from(self.by_unit.get(&unit).copied().unwrap_or(0).max(1)) / self.register.max(1.0)
    }
}

/// What is known of a person's other rows in the same source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Vacant,
    Taken,
}

/// Bits of a vacant and of a taken place in one source, from its certain links.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlaceBits {
    pub vacant: f64,
    pub taken: f64,
}

impl PlaceBits {
    /// `persons` of the register, `seen` of them with certain rows in the source, `twice` with more than one record there.
    pub(super) fn learn(persons: usize, seen: usize, twice: usize) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "counts of persons are far below 2^52")]
        let (persons, seen, twice) = (persons as f64, seen as f64, twice as f64);
        let taken_share = ((seen + 1.0) / (persons + 2.0)).clamp(0.001, 0.999);
        let again = ((twice + 0.2) / (seen + 20.0)).clamp(0.004, 0.9);
        Self {
            vacant: rounded(((1.0 - again) / (1.0 - taken_share)).log2().clamp(-1.0, 4.5)),
            taken: rounded((again / taken_share).log2().clamp(-8.0, 0.0)),
        }
    }
}

/// Everything a pair is weighed against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale<'a> {
    pub values: &'a PersonValues<'a>,
    pub names: &'a NameFrequencies,
    /// What levels are worth in the source at hand.
    pub weights: &'a Weights,
}

/// The facts about a pair that do not follow from its two records.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances {
    pub unit: (LevelId, f64),
    pub account: LevelId,
    pub place: (LevelId, f64),
}

impl Scale<'_> {
    /// Weighs a pair; `register` is the record whose name's frequency counts.
    pub(super) fn weigh(&self, source: &Record, register: &Record, facts: Circumstances) -> Weighed {
        let id = compare::id_level(self.values, source, register);
        let name = compare::name_level(self.values, source, register);
        let silent = compare::id_is_silent(id);
        let hidden_birth = silent || id == LevelId::IdMasked;
        let birth = if hidden_birth { compare::birth_level(source, register) } else { LevelId::BirthUnknown };
        let sex = if silent { compare::sex_level(source, register) } else { LevelId::SexUnknown };
        let name_bits = self.names.bits(self.values, name, register.folded) + self.weights.of(name);
        let own = |level| self.weights.of(level);
        let levels = [id, name, birth, sex, facts.unit.0, facts.account, facts.place.0];
        let bits = [own(id), name_bits, own(birth), own(sex), facts.unit.1, own(facts.account), facts.place.1];
        Weighed { levels, bits: bits.map(rounded) }
    }
}

/// The unit comparison of a source record against a register record.
pub(super) fn unit_level(
    crosswalk: &Crosswalk,
    sizes: &UnitSizes,
    source: &Record,
    register: &Record,
) -> (LevelId, f64) {
    if source.unit == NONE || register.unit == NONE {
        return (LevelId::UnitUnknown, 0.0);
    }
    let bits = crosswalk.bits(source.unit, register.unit, sizes.share(register.unit));
    (if bits > 0.0 { LevelId::UnitExpected } else { LevelId::UnitOther }, bits)
}

pub(super) fn place_level(place: Place, bits: PlaceBits) -> (LevelId, f64) {
    match place {
        Place::Vacant => (LevelId::PlaceVacant, bits.vacant),
        Place::Taken => (LevelId::PlaceTaken, bits.taken),
    }
}

/// log2 of the odds that a given one of `candidates` is the match, when one exists with chance `exists`.
pub(super) fn prior(exists: f64, candidates: f64) -> f64 {
    let exists = exists.clamp(0.001, 0.999);
    rounded((exists / (1.0 - exists)).log2() - candidates.max(1.0).log2())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payer_of_several_units_expects_the_staff_of_each() {
        let links =
            std::iter::repeat_n((9, 1), 60).chain(std::iter::repeat_n((9, 2), 39)).chain(std::iter::once((9, 3)));
        let crosswalk = Crosswalk::learn(links);
        assert_eq!(crosswalk.expected(9).collect::<Vec<_>>(), [9, 1, 2]);
        assert!(crosswalk.bits(9, 1, 0.01) > 5.0);
        assert!(crosswalk.bits(9, 7, 0.01) < -5.0);
    }

    #[test]
    fn a_vacant_place_earns_and_a_taken_one_costs() {
        let bits = PlaceBits::learn(1000, 970, 3);
        assert!(bits.vacant > 4.0 && bits.taken < -6.0, "{bits:?}");
        let rare = PlaceBits::learn(1000, 10, 0);
        assert!(rare.vacant.abs() < 0.1, "a source that holds few people says nothing by silence: {rare:?}");
    }
}
