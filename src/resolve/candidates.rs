//! One source record against register records: what is the same for all of them is looked up once.

use std::borrow::Cow;
use std::cell::Cell;

use super::compare;
use super::model::{LevelId, Weights};
use super::records::Record;
use super::residual::Residual;
use super::values::NONE;
use super::weigh::{self, Circumstances, Place, Scale, UnitView, Weighed};
use crate::kernel::resident_id::IdReading;

/// Candidates lighter than this are forgotten.
const LEAST_BITS: f64 = -9.0;
/// No record carries more candidates than this into the assignment.
const CANDIDATES_MAX: usize = 12;
/// Bits of a person's word on a pair: more than all evidence together.
const JUDGED: f64 = 200.0;

/// A candidate: register person, the record of it that agreed best, the evidence, bits with prior.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub person: u32,
    pub record: u32,
    pub weighed: Weighed,
    pub total: f64,
    pub prior: f64,
}

/// A source record that is sought in the register.
pub(super) struct Sought<'a> {
    pub record: &'a Record,
    /// What its ID cell says.
    reading: Cow<'a, IdReading>,
    units: UnitView<'a>,
    /// The register unit asked last: candidates of one unit follow one another.
    last_unit: Cell<(u32, (LevelId, f64))>,
    /// Certain rows of its account.
    accounts: &'a [(u32, u32)],
    /// Bits before any comparison.
    pub base: f64,
}

impl Sought<'_> {
    fn unit_level(&self, unit: u32) -> (LevelId, f64) {
        let (last, level) = self.last_unit.get();
        if last == unit {
            return level;
        }
        let level = self.units.level(unit);
        self.last_unit.set((unit, level));
        level
    }
}

impl Residual<'_> {
    pub(super) fn sought(&self, number: u32) -> Sought<'_> {
        let record = &self.records.list[number as usize];
        let exists = if record.id == 0 { self.facts.enrolled } else { self.facts.enrolled_despite_id };
        #[expect(clippy::cast_precision_loss, reason = "counts of records are far below 2^52")]
        let base = weigh::prior(exists, self.register.len() as f64);
        self.sought_with(record, base)
    }

    pub(super) fn sought_with<'a>(&'a self, record: &'a Record, base: f64) -> Sought<'a> {
        Sought {
            record,
            reading: compare::reading(self.values, record),
            last_unit: Cell::new((NONE, (LevelId::UnitUnknown, 0.0))),
            units: self.facts.crosswalk.seen_from(self.sizes, record.unit),
            accounts: self.facts.of_account(record.account),
            base,
        }
    }

    /// The register record against a record of this source, whatever brought them together.
    pub(super) fn weighed_pair(&self, register: u32, source: u32) -> Candidate {
        self.candidate(&self.scale, &self.sought(source), register)
    }

    /// The candidates of one record, one for each register person, the heaviest first.
    pub(super) fn weigh(&self, pairs: &[(u32, u32)], weights: &Weights) -> Vec<Candidate> {
        let sought = self.sought(pairs[0].0);
        let scale = Scale { weights, ..self.scale };
        let mut found: Vec<Candidate> = pairs
            .iter()
            .filter(|(_, r)| !self.holds_other_id(sought.record, *r))
            .map(|&(_, r)| self.candidate(&scale, &sought, r))
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
    pub(super) fn holds_other_id(&self, source: &Record, register: u32) -> bool {
        let person = self.register.of_record[register as usize];
        let other = |&r: &u32| {
            let id = self.records.list[r as usize].id;
            id != 0 && id != source.id
        };
        source.id != 0 && self.register.members(person).iter().any(other)
    }

    pub(super) fn candidate(&self, scale: &Scale<'_>, sought: &Sought<'_>, register: u32) -> Candidate {
        let person = self.register.of_record[register as usize];
        let (source, record) = (sought.record, &self.records.list[register as usize]);
        let facts = Circumstances {
            unit: sought.unit_level(record.unit),
            account: self.account_level(sought, person),
            place: self.place_level(source, person),
        };
        let id = compare::id_level_of(self.values, (source, &sought.reading), record);
        let weighed = scale.weigh_by_id(id, source, record, facts);
        let total = sought.base + weighed.total() + self.judged(person, source);
        Candidate { person, record: register, weighed, total, prior: sought.base }
    }

    fn judged(&self, person: u32, source: &Record) -> f64 {
        if self.judgements.persons.is_empty() {
            return 0.0;
        }
        let (left, right) = (self.keys)(person, source);
        let said = |a: &String, b: &String| self.judgements.persons.get(&(a.clone(), b.clone()));
        match said(&left, &right).or_else(|| said(&right, &left)) {
            Some(true) => JUDGED,
            Some(false) => -JUDGED,
            None => 0.0,
        }
    }

    fn account_level(&self, sought: &Sought<'_>, person: u32) -> LevelId {
        match () {
            () if sought.record.account == NONE => LevelId::AccountUnknown,
            () if sought.accounts.binary_search_by_key(&person, |a| a.1).is_ok() => LevelId::AccountSame,
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
}
