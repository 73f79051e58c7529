//! Which rows are the same person: exact IDs, then the residual against the register, then what the register does not know.

use indexmap::IndexMap;

use super::block::Search;
use super::block_notes::Ledger;
use super::candidates::Candidate;
use super::compare;
use super::entities;
use super::estimate::{self, LevelCounts};
use super::exact::Settling;
use super::hash::FastMap;
use super::model::{self, EXACT_MAX, LevelId, Weights};
use super::pair::{Watch, Watched};
use super::records::{self, Record, Records, Scope};
use super::register::{self, RegisterPersons};
use super::residual::{Residual, Settled};
use super::unit_staff::Enrolments;
use super::units::UnitsFound;
use super::values::{NONE, PersonValues};
use super::weigh::{Circumstances, Crosswalk, NameFrequencies, Scale, UnitSizes, Weighed};
use super::{Decision, Link, Person, PersonOf, ResolveContext, Rows, outside, swaps};
use crate::table::Texts;

/// Persons and where every row of every person table belongs.
#[derive(Debug, Default)]
pub(super) struct PersonsFound {
    pub persons: Vec<Person>,
    pub person_keys: Texts,
    pub masked_names: Texts,
    pub person_of: IndexMap<String, Rows<PersonOf>>,
    pub links: Vec<Link>,
    /// What was found of the pair that somebody asked about.
    pub pair: Option<super::pair::PairReport>,
}

/// Where a record belongs so far. `person` counts register persons first, then those outside.
#[derive(Debug, Clone, Copy)]
pub(super) struct Belongs {
    pub person: u32,
    pub grade: char,
    pub probability: f64,
    pub rival: f64,
}

impl Belongs {
    pub(super) const NOBODY: Self = Self { person: NONE, grade: 'N', probability: 0.0, rival: 0.0 };
}

/// A pair to publish: the kept record and the one linked to it, and why.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub left: u32,
    pub right: u32,
    pub method: &'static str,
    pub decision: Decision,
    pub prior: f64,
    pub weighed: Weighed,
    pub probability: f64,
    /// Probability of the best other candidate of the right record.
    pub rival: f64,
}

pub(super) struct Linker<'a> {
    pub values: &'a PersonValues<'a>,
    pub context: &'a ResolveContext,
    pub units: &'a UnitsFound,
    pub records: Records,
    pub belongs: Vec<Belongs>,
    pub found: Vec<Found>,
    /// A pair to be reported on, and the report.
    pub watch: Option<Watch>,
    pub watched: Option<Watched>,
}

/// Every row linked; keys, evidence and what is published are still to be written.
pub(super) struct Linked<'a> {
    pub scope: Scope,
    linker: Linker<'a>,
    names: NameFrequencies,
    register: RegisterPersons,
    sizes: UnitSizes,
    persons: usize,
}

impl Linked<'_> {
    /// The person of a row, where it has one.
    pub(super) fn person_of(&self, table: usize, row: usize) -> Option<u32> {
        let record = *self.linker.records.of_row.get(table)?.get(row)?;
        let belongs = self.linker.belongs.get(record as usize)?;
        (belongs.person != NONE && belongs.grade != 'N').then_some(belongs.person)
    }

    /// The register units in which a person is enrolled, as the register of units numbers them.
    pub(super) fn enrolled(&self, person: u32) -> Enrolments {
        let register = &self.register;
        let members = if (person as usize) < register.len() { register.members(person) } else { &[] };
        Enrolments::of(members.iter().filter_map(|&r| self.linker.units.spine_at(self.linker.record(r).unit)))
    }

    /// What the next round can use of this one.
    pub(super) fn keep(self) -> Kept {
        let mut records = self.linker.records;
        records.forget_sources();
        Kept { records, names: self.names, register: (self.register, self.sizes) }
    }

    pub(super) fn finish(self) -> PersonsFound {
        let Self { linker, mut register, persons, .. } = self;
        // Who is sought is found: what only the search needs goes, before the results take its room.
        register.forget_keys();
        entities::finish(linker, &register, persons)
    }
}

/// How often units and persons may vouch for each other before it is enough.
const ROUNDS: usize = 4;
/// Source units with fewer certain links than this learn where their people stand from likely ones.
const THIN: u32 = 5;

/// What a round leaves to the next one, should the register's records be the same again.
pub(super) struct Kept {
    records: Records,
    names: NameFrequencies,
    register: (RegisterPersons, UnitSizes),
}

/// Links all person records of all tables.
pub(super) fn link<'a>(
    values: &'a PersonValues<'a>,
    units: &'a UnitsFound,
    context: &'a ResolveContext,
    scope: Scope,
    ledger: &Ledger<'_>,
    watch: Option<[(usize, usize); 2]>,
    before: Option<Kept>,
) -> Linked<'a> {
    let (mut linker, names, kept) = Linker::of(values, units, context, scope, before);
    let table = Weights::table();
    let scale = Scale { values, names: &names, weights: &table };
    linker.watch = watch.map(|rows| Watch::of(values, &linker.records, rows));
    let (register, sizes) = linker.register(&scale, ledger, kept);
    for table in 0..values.tables.len() {
        if !values.tables[table].register {
            linker.link_table(table, &register, &scale, &sizes, ledger);
        }
    }
    if scope == Scope::OpenUnits {
        let persons = register.len();
        return Linked { scope, linker, names, register, sizes, persons };
    }
    linker.adopt_ids(&register, &scale);
    let all = register.len() + outside::cluster(&mut linker, &scale, &sizes, register.len(), ledger);
    linker.watch_the_rest(&scale, &sizes);
    Linked { scope, linker, names, register, sizes, persons: all }
}

impl<'a> Linker<'a> {
    /// All records, none of them linked yet; how frequent their names are; and the register's persons where they are known from an
    /// earlier round.
    pub(super) fn of(
        values: &'a PersonValues<'a>,
        units: &'a UnitsFound,
        context: &'a ResolveContext,
        scope: Scope,
        mut before: Option<Kept>,
    ) -> (Self, NameFrequencies, Option<(RegisterPersons, UnitSizes)>) {
        let mended = before.as_ref().map(|b| b.records.mended_in_register());
        let earlier = before.as_mut().map(|b| &mut b.records);
        let mut records = records::collapse(values, units, scope, earlier);
        records::distrust_cut_numbers(&mut records);
        swaps::undo(values, &mut records);
        let before = before.filter(|_| records.taken_over);
        // Other sources may tell that the register's IDs are cut or swapped: only the same records have the same persons.
        let same = mended.is_some_and(|before| before == records.mended_in_register());
        let (names, kept) = before.map_or((None, None), |b| (Some(b.names), Some(b.register).filter(|_| same)));
        let names = names.unwrap_or_else(|| NameFrequencies::count(values, &records));
        let belongs = vec![Belongs::NOBODY; records.list.len()];
        let linker = Linker { values, context, units, records, belongs, found: Vec::new(), watch: None, watched: None };
        (linker, names, kept)
    }

    /// Finds the register's persons, who are sought by everybody else.
    pub(super) fn register(
        &mut self,
        scale: &Scale<'_>,
        ledger: &Ledger<'_>,
        kept: Option<(RegisterPersons, UnitSizes)>,
    ) -> (RegisterPersons, UnitSizes) {
        let (mut register, sizes) = kept.unwrap_or_else(|| {
            let register = register::persons(self.values, &self.records, scale, self.context.thresholds.link, ledger);
            let sizes = UnitSizes::count(self.units.places.len(), register.records.iter().map(|&r| self.record(r)));
            (register, sizes)
        });
        register.of_record.resize(self.records.list.len(), NONE);
        self.enter_register(&register);
        (register, sizes)
    }
}

impl Linker<'_> {
    pub(super) fn record(&self, number: u32) -> &Record {
        &self.records.list[number as usize]
    }

    fn enter_register(&mut self, register: &RegisterPersons) {
        for &number in &register.records {
            let sound = self.record(number).id != 0;
            let swapped = self.record(number).id != self.record(number).written_id;
            let grade = if sound && !swapped { 'A' } else { 'B' };
            let person = register.of_record[number as usize];
            self.belongs[number as usize] = Belongs { person, grade, probability: EXACT_MAX, rival: 0.0 };
        }
        for &(joined, kept, weighed, p) in &register.joined {
            self.belongs[joined as usize].probability = p;
            self.found.push(Found {
                left: kept,
                right: joined,
                method: "repaired-id",
                decision: Decision::Linked,
                prior: p_prior(&weighed, p),
                weighed,
                probability: p,
                rival: 0.0,
            });
        }
    }

    fn link_table(
        &mut self,
        table: usize,
        register: &RegisterPersons,
        scale: &Scale<'_>,
        sizes: &UnitSizes,
        ledger: &Ledger<'_>,
    ) {
        let Settling { exact, certain, facts, open } = self.settle_exact(table, register, scale, sizes);
        let keys = |person: u32, source: &Record| entities::judged_keys(self, register, person, source);
        let mut residual = Residual::of(self, register, *scale, sizes, facts, &keys);
        let search = Search { name: self.values.tables[table].name, ledger };
        let exact_units = || self.unit_pairs(table, &exact, register);
        let (settled, pairs, weights) = settle(&mut residual, &open, &certain, exact_units, search);
        let residual = Residual { scale: Scale { weights: &weights, ..*scale }, ..residual };
        let linked = |s: &&Settled| s.decision == Some(Decision::Linked);
        let mut done: Vec<u32> = settled.iter().filter(linked).map(|s| s.record).collect();
        done.sort_unstable();
        let still_open: Vec<u32> = open.into_iter().filter(|i| done.binary_search(i).is_err()).collect();
        let seconds = residual.second_numbers(&still_open);
        let watched = self.watch.and_then(|w| w.in_table(self.values, &self.records, table)).map(|(kept, right)| {
            let candidate = residual.weighed_pair(kept, right);
            let brought = pairs.binary_search(&(right, kept)).is_ok();
            let units = residual.facts.crosswalk.expected(self.record(right).unit).collect();
            let grounds = residual.has_grounds(&candidate, self.record(right));
            Watched { kept, right, candidate, brought, grounds, units }
        });
        drop(residual);
        if watched.is_some() {
            self.watched = watched;
        }
        for one in settled {
            self.accept(&one);
        }
        for (number, candidate, p) in seconds {
            let rival = &mut self.belongs[number as usize].rival;
            *rival = rival.max(p.min(EXACT_MAX));
            self.found.push(Found {
                left: candidate.record,
                right: number,
                method: "fuzzy",
                decision: Decision::NearMiss,
                prior: candidate.prior,
                weighed: candidate.weighed,
                probability: p.min(EXACT_MAX),
                rival: 0.0,
            });
        }
    }

    /// Notes what the residual pass decided for one record.
    fn accept(&mut self, settled: &Settled) {
        let best = &settled.candidates[settled.award.best];
        let p = settled.award.probability.min(EXACT_MAX);
        let number = settled.record as usize;
        if settled.decision == Some(Decision::Linked) {
            self.belongs[number] = Belongs {
                person: best.person,
                grade: grade(best),
                probability: p,
                rival: settled.award.runner_up_probability,
            };
        } else {
            self.belongs[number].rival = p;
        }
        if let Some(decision) = settled.decision {
            let rival = settled.award.runner_up_probability;
            self.found.push(found(best, settled.record, decision, p, rival));
        }
        let second = settled.award.runner_up.map(|j| &settled.candidates[j]);
        if let Some(second) = second.filter(|_| settled.award.runner_up_probability >= self.context.thresholds.review) {
            let tied = settled.decision == Some(Decision::Unresolved);
            let decision = if tied { Decision::Unresolved } else { Decision::NearMiss };
            self.found.push(found(second, settled.record, decision, settled.award.runner_up_probability, p));
        }
    }

    /// A sound ID that came to a person by a repaired or circumstantial link is that person's: records with the very ID follow.
    fn adopt_ids(&mut self, register: &RegisterPersons, scale: &Scale<'_>) {
        let mut adopted: FastMap<u64, (u32, u32, f64)> = FastMap::default();
        // Sound IDs that the register does not know.
        let strange =
            records::numbers_of(&self.records.list, |r| r.number != NONE && register.holder(r.number).is_none());
        let is_somebodys = |number: &&u32| self.belongs[**number as usize].person != NONE;
        for &number in strange.iter().filter(is_somebodys) {
            let (record, belongs) = (self.record(number), self.belongs[number as usize]);
            let new = (belongs.person, number, belongs.probability);
            let entry = adopted.entry(record.id).or_insert(new);
            if entry.0 != belongs.person {
                entry.0 = NONE;
            }
            entry.2 = entry.2.max(belongs.probability);
        }
        for number in strange {
            let record = self.record(number);
            if self.belongs[number as usize].person != NONE {
                continue;
            }
            let Some(&(person, adopter, p)) = adopted.get(&record.id).filter(|a| a.0 != NONE) else { continue };
            let silent = Circumstances {
                unit: (LevelId::UnitUnknown, 0.0),
                account: LevelId::AccountUnknown,
                place: (LevelId::PlaceUnknown, 0.0),
            };
            let mut weighed = scale.weigh(record, self.record(adopter), silent);
            if compare::clearly_other(weighed.name()) {
                continue;
            }
            weighed.levels[0] = LevelId::IdAdopted;
            weighed.bits[0] = LevelId::IdAdopted.fixed();
            let p = model::round_probability(p * 0.999);
            self.belongs[number as usize] = Belongs { person, grade: 'B', probability: p, rival: 0.0 };
            let kept =
                *register.members(person).iter().min_by_key(|&&r| self.values.place(self.record(r))).unwrap_or(&0);
            self.found.push(Found {
                left: kept,
                right: number,
                method: "repaired-id",
                decision: Decision::Linked,
                prior: 0.0,
                weighed,
                probability: p,
                rival: 0.0,
            });
        }
    }
}

/// Settles the open records of a table. Where a source unit has hardly any certain links (a payroll without IDs), its likely
/// links say in whose register its people stand, and all is settled again with that, until nothing changes.
fn settle(
    residual: &mut Residual<'_>,
    open: &[u32],
    certain: &LevelCounts,
    exact_units: impl Fn() -> Vec<(u32, u32)>,
    search: Search<'_>,
) -> (Vec<Settled>, Vec<(u32, u32)>, Weights) {
    let known = residual.facts.crosswalk.totals();
    let thin = |unit: u32| unit != NONE && known.get(&unit).is_none_or(|&n| n < THIN);
    let mut vouched: Vec<(u32, u32)> = Vec::new();
    for round in 1.. {
        let pairs = residual.pairs(open, search);
        let weights = estimate::weights(certain, &residual.patterns(&pairs));
        let settled = residual.settle(&pairs, &weights);
        let said = residual.vouching(&settled, thin);
        if round == ROUNDS || said == vouched {
            return (settled, pairs, weights);
        }
        residual.facts.crosswalk = Crosswalk::learn(exact_units().into_iter().chain(said.iter().copied()));
        vouched = said;
    }
    (Vec::new(), Vec::new(), Weights::table())
}

fn found(candidate: &Candidate, right: u32, decision: Decision, probability: f64, rival: f64) -> Found {
    Found {
        left: candidate.record,
        right,
        method: method(candidate),
        decision,
        prior: candidate.prior,
        weighed: candidate.weighed,
        probability,
        rival,
    }
}

/// The prior under which a pair's weight gives this probability, for pairs weighed elsewhere.
fn p_prior(weighed: &Weighed, p: f64) -> f64 {
    model::rounded((p / (1.0 - p)).log2() - weighed.total())
}

fn repaired(weighed: &Weighed) -> bool {
    weighed.id() < LevelId::IdUnknown && weighed.id() != LevelId::IdNearInvalid
}

fn grade(candidate: &Candidate) -> char {
    if repaired(&candidate.weighed) && compare::agrees(candidate.weighed.name()) { 'B' } else { 'C' }
}

fn method(candidate: &Candidate) -> &'static str {
    let weighed = &candidate.weighed;
    let same_name = matches!(weighed.name(), LevelId::NameSame | LevelId::NameFolded);
    match () {
        () if repaired(weighed) => "repaired-id",
        () if same_name && weighed.levels[4] == LevelId::UnitExpected => "name-unit-birth",
        () => "fuzzy",
    }
}
