//! Levels to bits: a pair's evidence added up, and what it means among its rivals.

use rayon::prelude::*;

use super::compare;
use super::hash::FastMap;
use super::model::{Bits, LevelId, NAME_BITS_MAX, Weights, rounded};
use super::records::{Record, Records};
use super::values::{NONE, PersonValues};

/// Comparisons of persons, in the order they are shown.
pub(super) const COMPARISONS: usize = 7;

/// A weighed pair: level and bits of each comparison, all of them rounded.
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
    rounded((-frequency.log2()).min(NAME_BITS_MAX))
}

/// What the certain links of a table say of its units: how often staff of source unit p belong to register unit v.
#[derive(Debug, Default)]
pub(super) struct Crosswalk {
    /// (register unit, certain links) of each source unit, sorted; the source units one after another.
    pairs: Vec<(u32, u32)>,
    sources: FastMap<u32, SourceUnit>,
    /// Source unit → register units that hold at least one in fifty of its staff, most first.
    expected: FastMap<u32, Vec<u32>>,
}

impl Crosswalk {
    /// From (source unit, register unit) of certain links.
    pub(super) fn learn(pairs: impl Iterator<Item = (u32, u32)>) -> Self {
        let mut crosswalk = Self::default();
        let mut all: Vec<(u32, u32)> = pairs.filter(|(p, v)| *p != NONE && *v != NONE).collect();
        all.par_sort_unstable();
        for of_unit in all.chunk_by(|a, b| a.0 == b.0) {
            let start = crosswalk.pairs.len();
            let count = |same: &[(u32, u32)]| (same[0].1, u32::try_from(same.len()).unwrap_or(u32::MAX));
            crosswalk.pairs.extend(of_unit.chunk_by(|a, b| a == b).map(count));
            let seen = start..crosswalk.pairs.len();
            let total = u32::try_from(of_unit.len()).unwrap_or(u32::MAX);
            let mut most: Vec<(u32, u32)> = crosswalk.pairs[seen.clone()].to_vec();
            most.retain(|&(_, n)| n * 50 >= total);
            most.sort_unstable_by_key(|&(v, n)| (std::cmp::Reverse(n), v));
            most.truncate(12);
            let stranger = stranger_bits(f64::from(total));
            crosswalk.expected.insert(of_unit[0].0, most.into_iter().map(|(v, _)| v).collect());
            crosswalk.sources.insert(of_unit[0].0, SourceUnit { seen, total, stranger });
        }
        crosswalk
    }

    /// Units in whose register staff a record of source unit p is to be sought: itself, and where its colleagues are.
    pub(super) fn expected(&self, p: u32) -> impl Iterator<Item = u32> {
        let others = self.expected.get(&p).map_or(&[][..], Vec::as_slice);
        std::iter::once(p).chain(others.iter().copied().filter(move |&v| v != p))
    }

    /// How many certain links each source unit has.
    pub(super) fn totals(&self) -> FastMap<u32, u32> {
        self.sources.iter().map(|(&unit, source)| (unit, source.total)).collect()
    }

    /// The register's units as a source unit sees them.
    pub(super) fn seen_from<'a>(&'a self, sizes: &'a UnitSizes, unit: u32) -> UnitView<'a> {
        let source = self.sources.get(&unit);
        UnitView {
            unit,
            seen: source.map_or(&[], |s| &self.pairs[s.seen.clone()]),
            total: source.map_or(0.0, |s| f64::from(s.total)),
            stranger: source.map_or_else(|| stranger_bits(0.0), |s| s.stranger),
            sizes,
        }
    }
}

/// A source unit: where its register units stand, its certain links, bits of a unit that none of its staff belongs to.
#[derive(Debug)]
struct SourceUnit {
    seen: std::ops::Range<usize>,
    total: u32,
    stranger: f64,
}

/// Pseudo-links of a source unit: to its namesake in the register, and to all units by their size.
const NAMESAKE: f64 = 1.8;
const STRANGERS: f64 = 0.2;

/// Bits of a register unit that none of a source unit's `total` certain links leads to: the same for all, whatever their size.
fn stranger_bits(total: f64) -> f64 {
    (STRANGERS / (total + 2.0)).log2()
}

/// The register's units as one source unit sees them, looked up once for all candidates of its staff.
#[derive(Debug, Clone, Copy)]
pub(super) struct UnitView<'a> {
    unit: u32,
    seen: &'a [(u32, u32)],
    total: f64,
    stranger: f64,
    sizes: &'a UnitSizes,
}

impl UnitView<'_> {
    /// The unit comparison of staff of this unit against staff of register unit `v`.
    pub(super) fn level(&self, v: u32) -> (LevelId, f64) {
        if self.unit == NONE || v == NONE {
            return (LevelId::UnitUnknown, 0.0);
        }
        let bits = self.bits(v);
        (if bits > 0.0 { LevelId::UnitExpected } else { LevelId::UnitOther }, bits)
    }

    /// log2 of how much likelier `v` is for staff of this unit than for anybody.
    fn bits(&self, v: u32) -> f64 {
        let seen = self.seen.binary_search_by_key(&v, |pair| pair.0).map(|at| self.seen[at].1);
        let bits = match seen {
            Err(_) if v != self.unit => self.stranger,
            seen => {
                let share = self.sizes.share(v).max(1e-9);
                let own = if v == self.unit { NAMESAKE } else { 0.0 };
                let chance = (f64::from(seen.unwrap_or(0)) + own + STRANGERS * share) / (self.total + 2.0);
                (chance / share).log2()
            }
        };
        rounded(bits.clamp(-7.0, 18.0))
    }
}

/// A unit's view and the unit it was asked for last: staff of one unit follow one another, and most are of the same register unit.
#[derive(Debug)]
pub(super) struct UnitMemory<'a> {
    view: UnitView<'a>,
    last: (u32, (LevelId, f64)),
}

impl<'a> UnitMemory<'a> {
    pub(super) fn of(view: UnitView<'a>) -> Self {
        Self { view, last: (NONE, (LevelId::UnitUnknown, 0.0)) }
    }
    /// The unit that looks.
    pub(super) fn unit(&self) -> u32 {
        self.view.unit
    }
    pub(super) fn level(&mut self, v: u32) -> (LevelId, f64) {
        if self.last.0 != v {
            self.last = (v, self.view.level(v));
        }
        self.last.1
    }
}

/// Register staff by unit.
#[derive(Debug)]
pub(super) struct UnitSizes {
    by_unit: Vec<u32>,
    register: f64,
}

impl UnitSizes {
    /// `units` is how many units there are.
    pub(super) fn count<'r>(units: usize, register: impl Iterator<Item = &'r Record>) -> Self {
        let mut sizes = Self { by_unit: vec![0; units], register: 0.0 };
        for record in register {
            if let Some(count) = sizes.by_unit.get_mut(record.unit as usize) {
                *count += 1;
            }
            sizes.register += 1.0;
        }
        sizes
    }
    /// Bits of two records of nobody standing in the same unit.
    pub(super) fn bits_of(&self, unit: u32) -> f64 {
        rounded((-self.share(unit).log2()).clamp(1.0, 8.0))
    }
    fn share(&self, unit: u32) -> f64 {
        f64::from(self.by_unit.get(unit as usize).copied().unwrap_or(0).max(1)) / self.register.max(1.0)
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
        self.weigh_by_id(compare::id_level(self.values, source, register), source, register, facts)
    }

    /// The same, where it is known how the IDs stand to each other.
    pub(super) fn weigh_by_id(&self, id: LevelId, source: &Record, register: &Record, facts: Circumstances) -> Weighed {
        let name = compare::name_level(self.values, source, register);
        let silent = compare::id_is_silent(id);
        let hidden_birth = silent || id == LevelId::IdMasked;
        let birth = if hidden_birth { compare::birth_level(source, register) } else { LevelId::BirthUnknown };
        let sex = if silent { compare::sex_level(source, register) } else { LevelId::SexUnknown };
        let name_bits = self.names.bits(self.values, name, register.folded) + self.weights.of(name);
        let own = |level| self.weights.of(level);
        let levels = [id, name, birth, sex, facts.unit.0, facts.account, facts.place.0];
        let bits = [own(id), name_bits, own(birth), own(sex), facts.unit.1, own(facts.account), facts.place.1];
        Weighed { levels, bits }
    }
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
        let sizes = UnitSizes { by_unit: vec![1; 10], register: 100.0 };
        let view = crosswalk.seen_from(&sizes, 9);
        assert!(view.level(1).0 == LevelId::UnitExpected && view.level(1).1 > 5.0);
        assert!(view.level(7).0 == LevelId::UnitOther && view.level(7).1 < -5.0);
        assert_eq!(view.level(NONE).0, LevelId::UnitUnknown);
        assert!(crosswalk.seen_from(&sizes, 5).level(5).1 > 5.0, "nothing is known of it but its name");
    }

    #[test]
    fn a_vacant_place_earns_and_a_taken_one_costs() {
        let bits = PlaceBits::learn(1000, 970, 3);
        assert!(bits.vacant > 4.0 && bits.taken < -6.0, "{bits:?}");
        let rare = PlaceBits::learn(1000, 10, 0);
        assert!(rare.vacant.abs() < 0.1, "a source that holds few people says nothing by silence: {rare:?}");
    }
}
