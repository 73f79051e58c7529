//! Records that no exact ID settled: candidates from the register, weighed, assigned one to one, decided.

use rayon::prelude::*;

use super::assign::{self, Award, Claim};
use super::block::{self, Search};
use super::compare;
use super::estimate::PatternCounts;
use super::hash::FastMap;
use super::model::{LevelId, Weights, probability};
use super::persons::Linker;
use super::records::{Record, Records};
use super::register::RegisterPersons;
use super::values::{NONE, PersonValues};
use super::weigh::{self, Circumstances, Crosswalk, Place, PlaceBits, Scale, UnitSizes, Weighed};
use super::{Decision, Judgements, Thresholds};

/// What the certain links of one source table teach about it.
#[derive(Debug)]
pub(super) struct SourceFacts {
    pub crosswalk: Crosswalk,
    /// Register person → places of this source that certain rows hold.
    pub held: Vec<u64>,
    pub place: Option<PlaceBits>,
    /// (account, register person) of certain rows, sorted, and persons with any account.
    pub accounts: Vec<(u32, u32)>,
    pub has_account: Vec<bool>,
    /// Chance that a record of this source is of somebody in the register, with and without a sound ID of its own.
    pub enrolled: f64,
    pub enrolled_despite_id: f64,
}

impl SourceFacts {
    /// The register person of an account's certain rows; `None` when several share it.
    fn account_holder(&self, account: u32) -> Option<u32> {
        let first = self.accounts.partition_point(|a| a.0 < account);
        let own = |at: usize| self.accounts.get(at).filter(|a| a.0 == account && account != NONE);
        own(first).filter(|_| own(first + 1).is_none()).map(|a| a.1)
    }
}

/// A candidate: register person, the record of it that agreed best, the evidence, bits with prior.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub person: u32,
    pub record: u32,
    pub weighed: Weighed,
    pub total: f64,
    pub prior: f64,
}

/// What became of one residual record.
#[derive(Debug, Clone)]
pub(super) struct Settled {
    pub record: u32,
    pub candidates: Vec<Candidate>,
    pub award: Award,
    pub decision: Option<Decision>,
}

/// All that settling one table's residual needs.
pub(super) struct Residual<'a> {
    pub values: &'a PersonValues<'a>,
    pub records: &'a Records,
    pub register: &'a RegisterPersons,
    pub scale: Scale<'a>,
    pub sizes: &'a UnitSizes,
    pub facts: SourceFacts,
    pub thresholds: Thresholds,
    pub judgements: &'a Judgements,
    /// Key of a register person, and the key a source record would have alone; asked only when there are judgements.
    pub keys: &'a (dyn Fn(u32, &Record) -> (String, String) + Sync),
}

/// Candidates lighter than this are forgotten.
const LEAST_BITS: f64 = -9.0;
/// Weights are estimated from about so many pairs at most.
const PATTERN_PAIRS: usize = 400_000;
/// No record carries more candidates than this into the assignment.
const CANDIDATES_MAX: usize = 12;

impl<'a> Residual<'a> {
    /// A table's residual: the linker's values and records, what its sound IDs taught, and how keys are asked for.
    pub(super) fn of(
        linker: &'a Linker<'_>,
        register: &'a RegisterPersons,
        scale: Scale<'a>,
        sizes: &'a UnitSizes,
        facts: SourceFacts,
        keys: &'a (dyn Fn(u32, &Record) -> (String, String) + Sync),
    ) -> Self {
        let (thresholds, judgements) = (linker.context.thresholds, &linker.context.judgements);
        Self {
            values: linker.values,
            records: &linker.records,
            register,
            scale,
            sizes,
            facts,
            thresholds,
            judgements,
            keys,
        }
    }
}

impl Residual<'_> {
    /// Pairs (open record, register record) that may be one person, sorted.
    pub(super) fn pairs(&self, open: &[u32], search: Search<'_>) -> Vec<(u32, u32)> {
        let units = |r: &Record| self.facts.crosswalk.expected(r.unit);
        let mut pairs = block::candidates(self.values, &self.records.list, open, &self.register.targets, units, search);
        pairs.extend(open.iter().flat_map(|&s| self.by_account(s)));
        pairs.par_sort_unstable();
        pairs.dedup();
        pairs
    }

    /// The patterns of the pairs; of very many only those of some names, chosen by the name itself.
    pub(super) fn patterns(&self, pairs: &[(u32, u32)]) -> PatternCounts {
        let every = (pairs.len() / PATTERN_PAIRS) as u64 + 1;
        let name = |i: u32| self.values.names.folded.get(self.records.list[i as usize].folded as usize);
        let chosen = |i: u32| every == 1 || name(i).is_some_and(|n| (n.first ^ n.rest) % every == 0);
        let groups: Vec<&[(u32, u32)]> = pairs.chunk_by(|a, b| a.0 == b.0).filter(|g| chosen(g[0].0)).collect();
        let count = |mut counts: PatternCounts, group: &&[(u32, u32)]| {
            let source = &self.records.list[group[0].0 as usize];
            let base = self.base(source);
            for &(_, r) in group.iter().filter(|(_, r)| !self.holds_other_id(source, *r)) {
                let candidate = self.candidate(source, r, base);
                let register = &self.records.list[r as usize];
                let rarity = self.scale.names.bits(self.values, candidate.weighed.name(), register.folded);
                counts.add(&candidate.weighed, base, rarity);
            }
            counts
        };
        groups.par_iter().fold(PatternCounts::default, count).reduce(PatternCounts::default, PatternCounts::merge)
    }

    /// Where the likely persons of source units stand that have hardly any certain links; a single one says nothing.
    pub(super) fn vouching(&self, settled: &[Settled], thin: impl Fn(u32) -> bool) -> Vec<(u32, u32)> {
        let list = &self.records.list;
        let mut said: Vec<(u32, u32)> = settled
            .iter()
            .filter(|s| thin(list[s.record as usize].unit) && s.award.probability >= 0.5)
            .map(|s| (s, &s.candidates[s.award.best]))
            .filter(|(_, best)| compare::agrees(best.weighed.name()))
            .map(|(s, best)| (list[s.record as usize].unit, list[best.record as usize].unit))
            .collect();
        said.sort_unstable();
        said.chunk_by(|a, b| a == b).filter(|same| same.len() >= 2).flatten().copied().collect()
    }

    /// The register record against a record of this source, whatever brought them together.
    pub(super) fn weighed_pair(&self, register: u32, source: u32) -> Candidate {
        let source = &self.records.list[source as usize];
        self.candidate(source, register, self.base(source))
    }

    fn base(&self, source: &Record) -> f64 {
        let exists = if source.id == 0 { self.facts.enrolled } else { self.facts.enrolled_despite_id };
        #[expect(clippy::cast_precision_loss, reason = "counts of records are far below 2^52")]
        let base = weigh::prior(exists, self.register.len() as f64);
        base
    }

    /// Settles the records of one table that have candidates.
    pub(super) fn settle(&self, pairs: &[(u32, u32)], weights: &Weights) -> Vec<Settled> {
        let groups: Vec<&[(u32, u32)]> = pairs.chunk_by(|a, b| a.0 == b.0).collect();
        let with_candidates: Vec<(u32, Vec<Candidate>)> = groups
            .par_iter()
            .map(|pairs| (pairs[0].0, self.weigh(pairs, weights)))
            .filter(|(_, c)| !c.is_empty())
            .collect();
        let claims: Vec<Claim> = with_candidates
            .iter()
            .map(|(s, candidates)| Claim {
                slots: self.records.list[*s as usize].slots,
                candidates: candidates.iter().map(|c| (c.person, c.total)).collect(),
            })
            .collect();
        let awards = assign::assign(&claims);
        with_candidates
            .into_iter()
            .zip(awards)
            .filter_map(|((record, candidates), award)| {
                let award = award?;
                let decision = self.decide(&candidates[award.best], &award, record);
                Some(Settled { record, candidates, award, decision })
            })
            .collect()
    }

    /// Somebody with a sound number that the register does not know, under the name and in the unit (or with the birth
    /// date) of one whose number it knows: two people by rule, but never said to be nobody of the register.
    pub(super) fn second_numbers(&self, open: &[u32]) -> Vec<(u32, Candidate, f64)> {
        let list = &self.records.list;
        let mut index: FastMap<(u32, u64), Vec<u32>> = FastMap::default();
        let birth = |r: &Record| r.id_birth.map(|d| u64::from(d.cast_unsigned()) | 1 << 32);
        let asked = |i: &&u32| list[**i as usize].id != 0 && list[**i as usize].folded != NONE;
        for &i in open.iter().filter(asked) {
            let record = &list[i as usize];
            let units = self.facts.crosswalk.expected(record.unit).filter(|&u| u != NONE).map(u64::from);
            for place in units.chain(birth(record)) {
                index.entry((record.folded, place)).or_default().push(i);
            }
        }
        let found = self.register.records.par_iter().flat_map_iter(|&r| {
            let record = &list[r as usize];
            let places =
                [Some(u64::from(record.unit)).filter(|_| record.id != 0), birth(record).filter(|_| record.id != 0)];
            let index = &index;
            places
                .into_iter()
                .flatten()
                .flat_map(move |p| index.get(&(record.folded, p)).into_iter().flatten().map(move |&i| (i, r)))
        });
        let mut pairs: Vec<(u32, u32)> = found.collect();
        pairs.par_sort_unstable();
        pairs.dedup();
        #[expect(clippy::cast_precision_loss, reason = "counts of records are far below 2^52")]
        let base = weigh::prior(self.facts.enrolled_despite_id, self.register.len() as f64);
        let weighed = pairs.par_iter().map(|&(i, r)| (i, self.second(&list[i as usize], r, base)));
        let mut best: Vec<(u32, Candidate)> = weighed.collect();
        let place = |c: &Candidate| self.values.place(&list[c.record as usize]);
        best.sort_by(|a, b| {
            a.0.cmp(&b.0).then(b.1.total.total_cmp(&a.1.total)).then_with(|| place(&a.1).cmp(&place(&b.1)))
        });
        best.dedup_by_key(|b| b.0);
        best.into_iter().map(|(i, c)| (i, c, probability(c.total))).filter(|b| b.2 >= self.thresholds.review).collect()
    }

    fn second(&self, source: &Record, register: u32, base: f64) -> Candidate {
        let mut candidate = self.candidate(source, register, base);
        let record = &self.records.list[register as usize];
        let birth = compare::birth_level(source, record);
        for (i, level) in [(0, LevelId::IdSecond), (2, birth)] {
            candidate.weighed.levels[i] = level;
            candidate.weighed.bits[i] = self.scale.weights.of(level);
        }
        candidate.total = base + candidate.weighed.total();
        candidate
    }

    /// Register records of the person whose certain pay rows use the same account.
    fn by_account(&self, source: u32) -> Vec<(u32, u32)> {
        let record = &self.records.list[source as usize];
        let Some(person) = self.facts.account_holder(record.account) else { return Vec::new() };
        let possible = |&r: &u32| {
            let id = self.records.list[r as usize].id;
            record.id == 0 || id == 0 || id == record.id
        };
        self.register.members(person).iter().copied().filter(possible).map(|r| (source, r)).collect()
    }

    /// The candidates of one record, one for each register person, the heaviest first.
    fn weigh(&self, pairs: &[(u32, u32)], weights: &Weights) -> Vec<Candidate> {
        let source = &self.records.list[pairs[0].0 as usize];
        let base = self.base(source);
        let scale = Scale { weights, ..self.scale };
        let mut found: Vec<Candidate> = pairs
            .iter()
            .filter(|(_, r)| !self.holds_other_id(source, *r))
            .map(|&(_, r)| self.candidate_on(&scale, source, r, base))
            .filter(|c| c.total > LEAST_BITS)
            .collect();
        let place = |c: &Candidate| self.values.place(&self.records.list[c.record as usize]);
        found.sort_by(|a, b| {
            a.person.cmp(&b.person).then(b.total.total_cmp(&a.total)).then_with(|| place(a).cmp(&place(b)))
        });
        found.dedup_by_key(|c| c.person);
        found.sort_by(|a, b| b.total.total_cmp(&a.total).then_with(|| place(a).cmp(&place(b))));
        found.truncate(CANDIDATES_MAX);
        found
    }

    /// A sound ID in another row of the person speaks for all its rows.
    fn holds_other_id(&self, source: &Record, register: u32) -> bool {
        let person = self.register.of_record[register as usize];
        let other = |&r: &u32| {
            let id = self.records.list[r as usize].id;
            id != 0 && id != source.id
        };
        source.id != 0 && self.register.members(person).iter().any(other)
    }

    fn candidate(&self, source: &Record, register: u32, base: f64) -> Candidate {
        self.candidate_on(&self.scale, source, register, base)
    }

    fn candidate_on(&self, scale: &Scale<'_>, source: &Record, register: u32, base: f64) -> Candidate {
        let person = self.register.of_record[register as usize];
        let record = &self.records.list[register as usize];
        let facts = Circumstances {
            unit: weigh::unit_level(&self.facts.crosswalk, self.sizes, source, record),
            account: self.account_level(source, person),
            place: self.place_level(source, person),
        };
        let weighed = scale.weigh(source, record, facts);
        let total = base + weighed.total() + self.judged(person, source);
        Candidate { person, record: register, weighed, total, prior: base }
    }

    fn judged(&self, person: u32, source: &Record) -> f64 {
        if self.judgements.persons.is_empty() {
            return 0.0;
        }
        let (left, right) = (self.keys)(person, source);
        let said = |a: &String, b: &String| self.judgements.persons.get(&(a.clone(), b.clone()));
        match said(&left, &right).or_else(|| said(&right, &left)) {
            Some(true) => 200.0,
            Some(false) => -200.0,
            None => 0.0,
        }
    }

    fn account_level(&self, source: &Record, person: u32) -> LevelId {
        match () {
            () if source.account == NONE => LevelId::AccountUnknown,
            () if self.facts.accounts.binary_search(&(source.account, person)).is_ok() => LevelId::AccountSame,
            () if self.facts.has_account.get(person as usize) == Some(&true) => LevelId::AccountDiffers,
            () => LevelId::AccountUnknown,
        }
    }

    fn place_level(&self, source: &Record, person: u32) -> (LevelId, f64) {
        let Some(bits) = self.facts.place else { return (LevelId::PlaceUnknown, 0.0) };
        let held = self.facts.held.get(person as usize).copied().unwrap_or(0);
        let place = if held & source.slots == 0 { Place::Vacant } else { Place::Taken };
        weigh::place_level(place, bits)
    }

    fn decide(&self, best: &Candidate, award: &Award, source: u32) -> Option<Decision> {
        let (p, second) = (award.probability, award.runner_up_probability);
        let t = self.thresholds;
        let grounds = self.has_grounds(best, &self.records.list[source as usize]);
        match () {
            () if grounds && p >= t.link && p - second >= t.margin => Some(Decision::Linked),
            () if p + second >= t.link && second >= t.review => Some(Decision::Unresolved),
            () if p >= t.review => Some(Decision::NearMiss),
            () => None,
        }
    }

    /// A name alone links nobody: an ID, a birth date, an account or the expected unit must speak too.
    /// In sources without units only an ID may.
    pub(super) fn has_grounds(&self, candidate: &Candidate, source: &Record) -> bool {
        let weighed = &candidate.weighed;
        let id = weighed.id() < LevelId::IdUnknown;
        let name = compare::agrees(weighed.name());
        if !self.values.tables[source.table as usize].has_unit || source.unit == NONE {
            let close = !matches!(weighed.id(), LevelId::IdNearInvalid);
            return id && name && close;
        }
        let birth = matches!(weighed.levels[2], LevelId::BirthSame | LevelId::BirthSameMonth);
        let unit = weighed.levels[4] == LevelId::UnitExpected;
        let account = weighed.levels[5] == LevelId::AccountSame;
        let spoken = u8::from(id) * 2 + u8::from(name) + u8::from(birth) + u8::from(unit) + u8::from(account);
        spoken >= 2 && (name || id)
    }
}
