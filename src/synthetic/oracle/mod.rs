//! What is true of the data as it stands, rule by rule, from rows whose true persons and units are known.
//!
//! Written from the words of the rules and not from their SQL: where the two disagree, one of them is wrong.

use super::days::{Day, first_day, month_of};
use super::model::{Approval, Batch, Bucket, PayClass, QuotaType, StaffStatus, World};
use super::records::{AbsenceRow, HrRow, PayRow, Snapshot, StaffRow, UnitRow};
use crate::kernel::dates::Month;

mod by;
mod deliveries;
mod forecasts;
mod identity;
mod lists;
mod pay;
mod pay_history;
mod pay_more;
mod pay_sums;
mod persons;
mod peers;
mod quality;
mod quality_more;
mod leaders_more;
mod quota_accounts;
mod quota_more;
mod quotas;
mod registrations;
mod staff_more;
mod standards;
mod trends;
mod warnings;
mod registry;

/// Months that entries and appointments are looked back for, the month itself included.
const LOOKBACK_MONTHS: i32 = 12;

/// A true finding. One person mostly; several where the finding is about them together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub rule: &'static str,
    pub unit: Option<u32>,
    pub persons: Vec<u32>,
    pub object: String,
    pub note: &'static str,
    /// Right where it is told as information (S4), and not missed where it is not: whether it is told hangs on what the
    /// linker makes of a name.
    pub open: bool,
}

impl Finding {
    fn of_unit(rule: &'static str, unit: u32, object: impl Into<String>) -> Self {
        Self { rule, unit: Some(unit), persons: vec![], object: object.into(), note: "", open: false }
    }
    fn of_person(rule: &'static str, unit: Option<u32>, person: u32) -> Self {
        Self { rule, unit, persons: vec![person], object: String::new(), note: "", open: false }
    }
}

/// What of an earlier month is still looked at.
#[derive(Debug)]
pub struct PastMonth {
    pub month: Month,
    pub rows: Vec<PayRow>,
    /// Rows of the register, where they are recent enough.
    pub staff: Vec<PastStaff>,
    /// Rows of the ledger: unit, type, bucket, document, first day.
    pub quotas: Vec<(u32, QuotaType, Bucket, String, Day)>,
    /// Own posts, and own staff on post, by unit.
    pub posts: std::collections::BTreeMap<u32, i64>,
    pub heads: std::collections::BTreeMap<u32, i64>,
    /// Rule, unit and first person of what was true.
    pub findings: std::collections::BTreeSet<(&'static str, Option<u32>, Option<u32>)>,
}

/// A row of the register as an earlier month showed it.
#[derive(Debug, Clone, Copy)]
pub struct PastStaff {
    pub unit: u32,
    pub person: u32,
    pub quota_type: QuotaType,
    pub bucket: Bucket,
    pub on_books: bool,
    pub entry: Option<Day>,
    /// Whether the number could be read.
    pub sound: bool,
}

impl PastStaff {
    fn of(world: &World, row: &StaffRow) -> Self {
        Self {
            unit: row.unit,
            person: row.person,
            quota_type: row.quota_type,
            bucket: row.bucket,
            on_books: matches!(row.status, StaffStatus::OnPost | StaffStatus::OffPost),
            entry: row.entry,
            sound: matches!(identity::number_of(world, row.person, row.shown.as_deref()), identity::Number::Sound(_)),
        }
    }
}

impl PastMonth {
    /// Keeps of a month what later ones are compared with.
    #[must_use]
    pub fn of(world: &World, s: Snapshot, found: Vec<Finding>) -> Self {
        let mut posts = std::collections::BTreeMap::new();
        // Past ledgers are read to the month.
        let in_force = |l: &super::model::QuotaLot| {
            l.bucket == Bucket::Own && month_of(l.from) <= s.month && l.to.is_none_or(|t| month_of(t) > s.month)
        };
        for row in s.quotas.iter().filter(|r| in_force(&r.lot)) {
            *posts.entry(row.unit).or_default() += row.lot.approved;
        }
        let staff: Vec<PastStaff> = s.staff.iter().map(|r| PastStaff::of(world, r)).collect();
        let own = |r: &&PastStaff| r.bucket == Bucket::Own && r.on_books;
        let people: std::collections::BTreeSet<(u32, u32)> =
            staff.iter().filter(own).map(|r| (r.unit, r.person)).collect();
        let mut heads = std::collections::BTreeMap::new();
        for (unit, _) in people {
            *heads.entry(unit).or_default() += 1;
        }
        let quotas =
            s.quotas.iter().map(|r| (r.unit, r.lot.quota_type, r.lot.bucket, r.lot.document.clone(), r.lot.from));
        let findings = found.iter().map(|f| (f.rule, f.unit, f.persons.first().copied())).collect();
        Self { month: s.month, quotas: quotas.collect(), rows: s.pay, staff, posts, heads, findings }
    }
}

/// Everything the rules look at, with the indexes they share.
pub struct Facts<'a> {
    world: &'a World,
    s: &'a Snapshot,
    past: &'a [PastMonth],
    /// Row numbers of the staff table, sorted by person.
    staff_of: Vec<u32>,
    hr_of: Vec<u32>,
    /// Ranges of staff rows by unit.
    staff_in: Vec<(usize, usize)>,
    absences: Vec<AbsenceRow>,
    /// Regular in-service rows of the month, sorted by person.
    paid: Vec<&'a PayRow>,
    /// Persons so paid in the two months before, sorted.
    paid_before: Vec<u32>,
    /// Approvals known by now, by number.
    approvals: std::collections::BTreeMap<&'a str, &'a Approval>,
    lists: by::Lists<'a>,
}

/// Sorted true findings of a month.
#[must_use]
pub fn findings(world: &World, s: &Snapshot, past: &[PastMonth], stale: &[&'static str]) -> Vec<Finding> {
    let facts = Facts::new(world, s, past);
    let mut out = Vec::new();
    quotas::judge(&facts, &mut out);
    quota_more::judge(&facts, &mut out);
    quota_accounts::judge(&facts, &mut out);
    leaders_more::judge(&facts, &mut out);
    persons::judge(&facts, &mut out);
    identity::judge(&facts, &mut out);
    pay::judge(&facts, &mut out);
    pay_more::judge(&facts, &mut out);
    pay_sums::judge(&facts, &mut out);
    pay_history::judge(&facts, &mut out);
    registrations::judge(&facts, &mut out);
    quality::judge(&facts, &mut out);
    staff_more::judge(&facts, &mut out);
    warnings::judge(&facts, &mut out);
    registry::judge(&facts, &mut out);
    lists::judge(&facts, &mut out);
    quality_more::judge(&facts, &mut out);
    standards::judge(&facts, &mut out);
    forecasts::judge(&facts, &mut out);
    deliveries::judge(&facts, stale, &mut out);
    trends::judge(&facts, &mut out);
    out.sort();
    out.dedup();
    // What looks at the findings themselves comes last.
    peers::judge(&facts, &mut out);
    out.sort();
    out
}

fn regular(row: &PayRow) -> bool {
    row.class == PayClass::InService && row.batch == Batch::Regular
}

fn active(row: &StaffRow, day: Day) -> bool {
    matches!(row.status, StaffStatus::OnPost | StaffStatus::OffPost)
        && row.entry.is_none_or(|e| e <= day)
        && row.exit.is_none_or(|(e, _)| e > day)
}

impl<'a> Facts<'a> {
    fn new(world: &'a World, s: &'a Snapshot, past: &'a [PastMonth]) -> Self {
        let index = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let mut staff_of: Vec<u32> = (0..index(s.staff.len())).collect();
        staff_of.sort_by_key(|i| (s.staff[*i as usize].person, *i));
        let mut hr_of: Vec<u32> = (0..index(s.hr.len())).collect();
        hr_of.sort_by_key(|i| (s.hr[*i as usize].person, *i));
        let mut staff_in = vec![(0, 0); world.units.len()];
        let mut from = 0;
        while from < s.staff.len() {
            let unit = s.staff[from].unit;
            let to = from + s.staff[from..].iter().take_while(|r| r.unit == unit).count();
            staff_in[unit as usize] = (from, to);
            from = to;
        }
        let mut absences = s.absences.clone();
        absences.sort_by_key(|a| a.person);
        let mut paid: Vec<&PayRow> = s.pay.iter().filter(|r| regular(r)).collect();
        paid.sort_by_key(|r| (r.person, r.unit));
        let window = s.month.plus(-2)..s.month;
        let before = past.iter().filter(|p| window.contains(&p.month)).flat_map(|p| &p.rows);
        let mut paid_before: Vec<u32> = before.filter(|r| regular(r)).map(|r| r.person).collect();
        paid_before.sort_unstable();
        let approvals: std::collections::BTreeMap<&str, &Approval> =
            world.approvals.iter().filter(|a| a.on <= s.as_of).map(|a| (a.no.as_str(), a)).collect();
        let lists = by::Lists::new(world, approvals.values().copied());
        Self { world, s, past, staff_of, hr_of, staff_in, absences, paid, paid_before, approvals, lists }
    }

    fn month(&self) -> Month {
        self.s.month
    }
    fn as_of(&self) -> Day {
        self.s.as_of
    }
    /// The day as of which the off-quota roster stands.
    fn roster_day(&self) -> Day {
        super::days::last_day(super::deliveries::roster_month(self.world, self.s.month))
    }
    fn staff_in(&self, unit: u32) -> &'a [StaffRow] {
        let (from, to) = self.staff_in[unit as usize];
        &self.s.staff[from..to]
    }
    /// The register's row of a unit, if it has one.
    fn listed(&self, unit: u32) -> Option<&'a UnitRow> {
        self.s.units.binary_search_by_key(&unit, |r| r.unit).ok().map(|i| &self.s.units[i])
    }
    fn staff_of(&self, person: u32) -> impl Iterator<Item = &'a StaffRow> + '_ {
        let key = |i: &u32| self.s.staff[*i as usize].person;
        let from = self.staff_of.partition_point(|i| key(i) < person);
        self.staff_of[from..].iter().take_while(move |i| key(i) == person).map(|i| &self.s.staff[*i as usize])
    }
    fn hr_of(&self, person: u32) -> impl Iterator<Item = &'a HrRow> + '_ {
        let key = |i: &u32| self.s.hr[*i as usize].person;
        let from = self.hr_of.partition_point(|i| key(i) < person);
        self.hr_of[from..].iter().take_while(move |i| key(i) == person).map(|i| &self.s.hr[*i as usize])
    }
    /// Reasons in force at any day of the month.
    fn reasons(&self, person: u32) -> impl Iterator<Item = &AbsenceRow> + '_ {
        let from = self.absences.partition_point(|a| a.person < person);
        let first = first_day(self.month());
        self.absences[from..]
            .iter()
            .take_while(move |a| a.person == person)
            .filter(move |a| a.from <= self.as_of() && a.to.is_none_or(|t| t > first))
    }
    /// Whether a day lies in the months looked back to.
    fn recent(&self, day: Day) -> bool {
        let m = month_of(day);
        m <= self.month() && m > self.month().plus(-LOOKBACK_MONTHS)
    }
    /// Regular in-service rows of a person in the month.
    fn paid(&self, person: u32) -> &[&'a PayRow] {
        let from = self.paid.partition_point(|r| r.person < person);
        let to = self.paid.partition_point(|r| r.person <= person);
        &self.paid[from..to]
    }
}
