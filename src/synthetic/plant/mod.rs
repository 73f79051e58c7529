//! Planted problems, and look-alikes that must stay silent. Both only change the world; what is then true of the extracts is
//! for the oracle to say.

use std::collections::BTreeSet;

use super::days::{first_day, last_day};
use super::model::{Bucket, Mark, PayClass, QuotaType, Span, Spell, World};
use super::people::Makers;
use super::posts;
use super::quota_feeds;
use super::rng::{Purpose, Rng, stream};
use super::staff_feeds::Appraisal;
use crate::kernel::dates::Month;

pub use quality_more::ODD_FUNDING;

mod leaders_more;
mod look_alikes;
mod new_units;
mod pay;
mod pay_history;
mod pay_more;
mod persons;
mod lists;
mod parts;
mod quality;
mod quality_more;
mod quota_more;
mod quotas;
mod search;
mod deliveries;
mod forecasts;
mod free;
mod registrations;
mod staff_more;
mod warnings;
mod structures;
mod trends;
mod registry;

pub use quota_more::school_or_hospital as spared_from_control;

/// What plants work with: the world, and which units and persons already play a part.
pub struct Planter<'a, 'm> {
    pub world: &'a mut World,
    pub makers: &'a mut Makers<'m>,
    pub rng: Rng,
    spells_of: Vec<Vec<u32>>,
    unit_used: Vec<bool>,
    person_used: Vec<bool>,
    /// Whether others stand under a unit; of those that came later nobody does.
    stands_above: Vec<bool>,
    /// What units are called; of those that came later, what strangers are called.
    names: BTreeSet<String>,
    /// Results of failed appraisals, for the feed.
    failed: Vec<Appraisal>,
    units_passed: search::Passed,
    spells_passed: search::Passed,
    kinds: search::Kinds,
}

/// Plants problems at a rate and look-alikes at their own, fixed one.
pub fn plant(world: &mut World, makers: &mut Makers<'_>, persons: u32, rate: f64) {
    let spells_of = posts::by_unit(world);
    let mut person_used = vec![false; world.persons.len()];
    for a in &world.absences {
        person_used[a.person as usize] = true;
    }
    // Whoever stands in two places or on no list has a part already: movers, pensioners, casual staff.
    let mut seen = vec![0_u8; world.persons.len()];
    for s in &world.spells {
        let n = &mut seen[s.person as usize];
        *n = n.saturating_add(1);
    }
    for (person, n) in seen.iter().enumerate() {
        person_used[person] |= *n != 1;
    }
    let mut stands_above = vec![false; world.units.len()];
    for above in world.units.iter().filter_map(|u| u.superior) {
        stands_above[above as usize] = true;
    }
    let names = world.units.iter().map(|u| u.last_name().to_owned()).collect();
    let unit_used = world.units.iter().map(|u| u.abolished.is_some() || !u.listed).collect();
    let rng = stream(world.seed, Purpose::Plant, 0);
    let mut p = Planter {
        world,
        makers,
        rng,
        spells_of,
        unit_used,
        person_used,
        stands_above,
        names,
        failed: vec![],
        units_passed: search::Passed::default(),
        spells_passed: search::Passed::default(),
        kinds: search::Kinds::default(),
    };
    let thousands = f64::from(persons) / 1000.0;
    let count = |per_thousand: f64, rate: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive count")]
        let n = (thousands * per_thousand * rate).round() as usize;
        if rate > 0.0 { n.max(1) } else { 0 }
    };
    let (units, people) = (count(0.6, rate), count(1.0, rate));
    quotas::plant(&mut p, units, people);
    registrations::plant(&mut p, units);
    quality::plant_units(&mut p, units);
    // Look-alikes of units come before the persons' plants: those then leave their units alone.
    p.rng = stream(p.world.seed, Purpose::LookAlike, 0);
    look_alikes::plant(&mut p, count(0.4, 1.0));
    p.rng = stream(p.world.seed, Purpose::Plant, 1);
    persons::plant(&mut p, people);
    pay::plant(&mut p, people, units);
    quality::plant_persons(&mut p, people);
    staff(&mut p, people, units, count(0.3, 1.0));
    registries(&mut p, units, count(0.4, 1.0));
    // What came later draws from streams of its own, after all that was there before.
    p.rng = stream(p.world.seed, Purpose::LookAlikePay, 0);
    look_alikes::pay_more(&mut p, count(0.4, 1.0));
    p.rng = stream(p.world.seed, Purpose::PlantPay, 0);
    pay_history::look_alikes(&mut p, count(0.4, 1.0));
    pay_more::plant(&mut p, people, units);
    pay_history::plant(&mut p, people, units);
    p.rng = stream(p.world.seed, Purpose::LookAlikeQuotas, 0);
    look_alikes::plant_quotas(&mut p, count(0.2, 1.0));
    p.rng = stream(p.world.seed, Purpose::PlantQuotas, 0);
    quota_more::plant(&mut p, units, people);
    new_units::plant(&mut p, units);
    leaders_more::plant(&mut p, units, people);
    structures::plant(&mut p, count(0.25, 1.0));
    // Units that are still free are few in a small world, and these need one.
    p.rng = stream(p.world.seed, Purpose::PlantTrends, 1);
    let few = if rate > 0.0 { units / 2 + units % 2 } else { 0 };
    forecasts::outliers(&mut p, few);
    trends::bursts(&mut p, few);
    p.rng = stream(p.world.seed, Purpose::LookAlikeTrends, 0);
    trends::look_alikes(&mut p, count(0.2, 1.0));
    forecasts::look_alikes(&mut p, count(0.2, 1.0));
    deliveries::look_alikes(&mut p);
    if rate > 0.0 {
        p.rng = stream(p.world.seed, Purpose::PlantTrends, 0);
        forecasts::plant(&mut p, people / 2 + people % 2, units / 2 + units % 2);
        trends::plant(&mut p, people / 2 + people % 2, units / 2 + units % 2);
        deliveries::plant(&mut p);
    }
    posts::approve_entries(p.world);
    quota_feeds::settle(p.world);
    deliveries::totals(&mut p);
}

/// Who should have left the register, and what is about to happen; each kind from a stream of its own.
fn staff(p: &mut Planter<'_, '_>, people: usize, units: usize, look_alikes: usize) {
    p.rng = stream(p.world.seed, Purpose::LookAlikeStaff, 0);
    for n in 0..look_alikes {
        look_alikes::staff_more::plant(p, n);
    }
    p.rng = stream(p.world.seed, Purpose::LookAlikeWarnings, 0);
    warnings::look_alikes(p, look_alikes);
    p.rng = stream(p.world.seed, Purpose::PlantStaff, 0);
    staff_more::plant(p, people / 2 + people % 2);
    p.rng = stream(p.world.seed, Purpose::PlantWarnings, 0);
    warnings::plant(p, people / 2 + people % 2, units / 2 + units % 2);
    staff_more::hand_in_failures(p);
}

/// What registries and lists say: look-alikes first, so that they find their units.
fn registries(p: &mut Planter<'_, '_>, units: usize, look_alikes: usize) {
    let mut r = registry::Registry::new(p);
    registry::look_alikes(&mut r, look_alikes);
    lists::look_alikes(&mut r, look_alikes);
    quality_more::look_alikes(&mut r, look_alikes);
    registry::plant(&mut r, units);
    lists::plant(&mut r, units);
    quality_more::plant(&mut r, units);
}

impl Planter<'_, '_> {
    /// When the n-th problem of a kind stands: most from before the first extract, some from the last month, some closed by then.
    pub fn span(&self, n: usize) -> Span {
        let (first, last) = (self.world.first, self.world.last);
        match n % 5 {
            1 => Span { from: last, to: None },
            2 if first < last => Span { from: first.plus(-4), to: Some(last) },
            3 if first < last => Span { from: first.plus(1), to: None },
            _ => Span { from: first.plus(-4), to: None },
        }
    }

    pub fn always(&self) -> Span {
        Span { from: Month(i32::MIN / 2), to: None }
    }

    pub fn push_spell(&mut self, spell: Spell) -> u32 {
        self.person_used.resize(self.world.persons.len(), true);
        let index = u32::try_from(self.world.spells.len()).unwrap_or(u32::MAX);
        self.spells_of[spell.unit as usize].push(index);
        self.world.spells.push(spell);
        index
    }

    pub fn planted(
        &mut self,
        rule: &'static str,
        unit: Option<u32>,
        person: Option<u32>,
        span: Span,
        note: &'static str,
    ) {
        self.world.planted.push(Mark { rule, unit, person, object: String::new(), span, note });
    }

    pub fn look_alike(
        &mut self,
        rule: &'static str,
        unit: Option<u32>,
        person: Option<u32>,
        span: Span,
        note: &'static str,
    ) {
        self.world.look_alikes.push(Mark { rule, unit, person, object: String::new(), span, note });
    }
}

/// Old enough on the post that no rule looks back to the entry, without a leader's post, still there at the end.
fn ordinary(world: &World, s: &Spell) -> bool {
    let settled = first_day(world.first.plus(-18));
    s.register
        && s.hr
        && s.pay
        && s.exit.is_none()
        && s.leader.is_none()
        && s.twist.is_none()
        && s.entry < settled
        && s.class == PayClass::InService
        && s.bucket == Bucket::Own
        && s.quota_type != QuotaType::Worker
        && world.units[s.unit as usize].abolished.is_none()
        && world.units[s.unit as usize].payer.is_none()
}

/// Own-bucket holders of a type on the last day, and the quota then in force.
fn fill(world: &World, spells: &[u32], unit: u32, quota_type: QuotaType) -> (i64, i64) {
    let as_of = last_day(world.last);
    let heads = spells
        .iter()
        .map(|i| &world.spells[*i as usize])
        .filter(|s| s.register && s.bucket == Bucket::Own && s.quota_type == quota_type && s.active(as_of))
        .count();
    let quota = world.units[unit as usize]
        .quotas
        .iter()
        .filter(|l| {
            l.bucket == Bucket::Own && l.quota_type == quota_type && l.from <= as_of && l.to.is_none_or(|t| t > as_of)
        })
        .map(|l| l.approved)
        .sum();
    (i64::try_from(heads).unwrap_or(0), quota)
}

/// The type most of a unit's seats have.
fn main_type(world: &World, unit: u32) -> QuotaType {
    use super::model::Nature;
    let u = &world.units[unit as usize];
    match u.nature {
        Nature::Organ if u.police => QuotaType::Police,
        Nature::Organ | Nature::Mass => QuotaType::Administrative,
        Nature::Institution => QuotaType::Institution,
        Nature::CivilServiceLike => QuotaType::CivilServiceLike,
    }
}

/// Whether nobody entered or left the unit since well before the first month that rules look back to.
fn quiet(world: &World, spells: &[u32]) -> bool {
    let since = first_day(world.first.plus(-15));
    spells
        .iter()
        .map(|i| &world.spells[*i as usize])
        .all(|s| !s.register || (s.entry < since && s.exit.is_none_or(|(e, _)| e < since)))
}

/// One own quota row of the type, in force from of old to the end.
fn one_lot(world: &World, unit: u32, quota_type: QuotaType) -> bool {
    let lots: Vec<_> = world.units[unit as usize]
        .quotas
        .iter()
        .filter(|l| l.quota_type == quota_type && l.bucket == Bucket::Own)
        .collect();
    lots.len() == 1 && lots[0].to.is_none()
}
