//! Records that no exact ID settled: candidates from the register, weighed, assigned one to one, decided.

use rayon::prelude::*;

use super::assign::{self, Award, Claim};
use super::block::{self, Search};
use super::candidates::Candidate;
use super::compare;
use super::estimate::PatternCounts;
use super::hash::FastMap;
use super::model::{LevelId, Weights, probability};
use super::persons::Linker;
use super::records::{Record, Records};
use super::register::RegisterPersons;
use super::values::{NONE, PersonValues};
use super::weigh::{self, Crosswalk, PlaceBits, Scale, UnitSizes};
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
    /// The certain rows of an account.
    pub(super) fn of_account(&self, account: u32) -> &[(u32, u32)] {
        if account == NONE {
            return &[];
        }
        let own = &self.accounts[self.accounts.partition_point(|a| a.0 < account)..];
        &own[..own.partition_point(|a| a.0 == account)]
    }
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

/// Weights are estimated from about so many pairs at most.
const PATTERN_PAIRS: usize = 400_000;
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
            let sought = self.sought(group[0].0);
            for &(_, r) in group.iter().filter(|(_, r)| !self.holds_other_id(sought.record, *r)) {
                let candidate = self.candidate(&self.scale, &sought, r);
                let register = &self.records.list[r as usize];
                let rarity = self.scale.names.bits(self.values, candidate.weighed.name(), register.folded);
                counts.add(&candidate.weighed, sought.base, rarity);
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
        let birth = |r: &Record| r.id_birth().map(|d| u64::from(d.cast_unsigned()) | 1 << 32);
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
        let mut candidate = self.candidate(&self.scale, &self.sought_with(source, base), register);
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
        // An account that several share names nobody.
        let &[(_, person)] = self.facts.of_account(record.account) else { return Vec::new() };
        let possible = |&r: &u32| {
            let id = self.records.list[r as usize].id;
            record.id == 0 || id == 0 || id == record.id
        };
        self.register.members(person).iter().copied().filter(possible).map(|r| (source, r)).collect()
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
