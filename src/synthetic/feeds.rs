//! Optional feeds of other offices: pensions, discipline, insurance, the bank, off-quota staff, budget headcounts. Here stands
//! what is true of a clean world; plants add to it.

use std::collections::BTreeMap;

use rand::Rng as _;

use super::days::{Day, first_day, last_day, month_of};
use super::model::{ExitReason, OffQuotaKind, PayClass, PensionKind, Sanction, Span, Spell, World};
use super::rng::{Purpose, stream};
use crate::kernel::dates::Month;

/// A pension paid from a month on.
#[derive(Debug, Clone)]
pub struct Pension {
    pub person: u32,
    pub first: Month,
    pub kind: PensionKind,
    /// Fen a month.
    pub amount: i64,
}

/// A sanction, sentence or detention.
#[derive(Debug, Clone)]
pub struct Discipline {
    pub person: u32,
    pub unit: u32,
    pub measure: Sanction,
    pub on: Day,
    pub ends: Option<Day>,
}

/// Who pays a person's insurance.
#[derive(Debug, Clone)]
pub enum Employer {
    Unit(u32),
    /// A company, by name and credit code.
    Company(String, String),
}

/// Insurance paid beyond what follows from the spells.
#[derive(Debug, Clone)]
pub struct Insured {
    pub person: u32,
    pub employer: Employer,
    pub span: Span,
}

/// Somebody a unit employs off the establishment.
#[derive(Debug, Clone)]
pub struct OffQuota {
    pub person: u32,
    pub unit: u32,
    pub kind: OffQuotaKind,
    pub from: Day,
    pub to: Option<Day>,
}

/// What a unit adds to the heads it has when it hands in its budget.
#[derive(Debug, Clone, Copy, Default)]
pub struct Padding {
    pub in_service: i64,
    pub operating: i64,
    pub planned: i64,
}

/// Everything the feeds hold that spells do not say.
#[derive(Debug, Default)]
pub struct Feeds {
    pub pensions: Vec<Pension>,
    pub disciplines: Vec<Discipline>,
    pub insured: Vec<Insured>,
    pub off_quota: Vec<OffQuota>,
    /// By unit.
    pub paddings: BTreeMap<u32, Padding>,
    /// Payers whose staff the treasury pays in full, whatever their funding.
    pub treasury_pays: BTreeMap<u32, Span>,
    /// Payers whose performance pay is made up in whole hundreds of yuan.
    pub round_sums: BTreeMap<u32, Span>,
    /// Payers whose performance pay is from a month on so many per cent of what it was.
    pub raised: BTreeMap<u32, (Month, i64)>,
}

/// The feeds of a clean world.
pub fn grant(world: &mut World) {
    let (first, last) = (world.first, world.last);
    let mut feeds = std::mem::take(&mut world.feeds);
    for (i, s) in world.spells.iter().enumerate() {
        let mut rng = stream(world.seed, Purpose::Feeds, i as u64);
        let amount = 280_000 + rng.random_range(0..400_000);
        let pension = |first, kind| Pension { person: s.person, first, kind, amount };
        match s.exit {
            // Pay runs through the month of the exit, the pension from the next one.
            Some((on, ExitReason::Retirement)) if s.register => {
                feeds.pensions.push(pension(month_of(on).plus(1), PensionKind::Own));
            }
            Some((on, ExitReason::Dismissal)) if s.register => {
                let (person, unit) = (s.person, s.unit);
                feeds.disciplines.push(Discipline { person, unit, measure: Sanction::Dismissal, on, ends: None });
            }
            None if s.register && s.class == PayClass::InService => {
                let lived = first.plus(-rng.random_range(1..40));
                match rng.random_range(0..1200) {
                    0..3 => feeds.pensions.push(pension(lived, PensionKind::Survivor)),
                    3..5 => feeds.pensions.push(pension(lived, PensionKind::Resident)),
                    5..9 => feeds.disciplines.push(warned(&mut rng, s, first)),
                    _ => {}
                }
            }
            _ => {}
        }
        if s.class == PayClass::OffQuota {
            let kinds = [OffQuotaKind::Contract, OffQuotaKind::Dispatch, OffQuotaKind::PublicWelfare];
            let kind = kinds[rng.random_range(0..3)];
            feeds.off_quota.push(OffQuota { person: s.person, unit: s.unit, kind, from: s.entry, to: None });
        }
    }
    for u in 0..u32::try_from(world.units.len()).unwrap_or(0) {
        let mut rng = stream(world.seed, Purpose::Feeds, 1 << 40 | u64::from(u));
        if rng.random_range(0..6) == 0 {
            let planned = rng.random_range(1..4);
            feeds.paddings.insert(u, Padding { in_service: planned, operating: 0, planned });
        }
    }
    debug_assert!(first <= last);
    world.feeds = feeds;
}

/// A warning or demerit of the last years; nothing of pay or post follows from it.
fn warned(rng: &mut super::rng::Rng, s: &Spell, first: Month) -> Discipline {
    let on = (first_day(first.plus(-rng.random_range(1..30))) + rng.random_range(0..27)).max(s.entry + 60);
    let (measure, days) = if rng.random_bool(0.6) { (Sanction::Warning, 183) } else { (Sanction::Demerit, 365) };
    Discipline { person: s.person, unit: s.unit, measure, on, ends: Some(on + days) }
}

/// Which units' contribution lists the insurance office hands over: one in eight.
#[must_use]
pub fn insurance_known(unit: u32) -> bool {
    unit % 8 == 3
}

/// Which payers' banks send their answers: one in four.
#[must_use]
pub fn bank_answers(unit: u32) -> bool {
    unit % 4 == 1
}

/// Who is insured by whom in a month, sorted.
#[must_use]
pub fn insured(world: &World, month: Month) -> Vec<(u32, Employer)> {
    let as_of = last_day(month);
    let mut out: Vec<(u32, Employer)> = world
        .spells
        .iter()
        .filter(|s| s.pay && s.class != PayClass::Retired && insurance_known(s.unit) && s.active(as_of))
        .map(|s| (s.person, Employer::Unit(s.unit)))
        .collect();
    let more = world.feeds.insured.iter().filter(|i| i.span.holds(month));
    out.extend(more.map(|i| (i.person, i.employer.clone())));
    out.sort_by_key(|(person, _)| *person);
    out
}

/// The day whose heads the budget of the month is made of: the last day of August, the newest there is.
#[must_use]
pub fn budget_day(month: Month) -> Day {
    let year = if month.month() >= 9 { month.year() } else { month.year() - 1 };
    last_day(Month(12 * year + 7))
}

/// A unit's line in the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetRow {
    pub unit: u32,
    pub as_of: Day,
    pub in_service: i64,
    pub operating: i64,
    pub planned: i64,
}

/// What units handed in with the budget that stands in a month.
#[must_use]
pub fn budgets(world: &World, month: Month) -> Vec<BudgetRow> {
    let as_of = budget_day(month);
    let mut heads = vec![0_i64; world.units.len()];
    for s in world.spells.iter().filter(|s| s.register && s.active(as_of)) {
        heads[s.unit as usize] += 1;
    }
    let units = world.units.iter().enumerate();
    units
        .filter(|(_, u)| u.listed && u.established <= as_of && u.abolished.is_none_or(|a| a > last_day(month)))
        .filter_map(|(u, _)| {
            let unit = u32::try_from(u).ok()?;
            let pad = world.feeds.paddings.get(&unit).copied().unwrap_or_default();
            let n = heads[u];
            let (in_service, operating) = (n + pad.in_service, n + pad.operating);
            Some(BudgetRow { unit, as_of, in_service, operating, planned: pad.planned })
        })
        .collect()
}
