//! What is true of the data as it stands, rule by rule, from rows whose true persons and units are known.
//!
//! Written from the words of the rules and not from their SQL: where the two disagree, one of them is wrong.

use super::days::{Day, first_day, month_of};
use super::model::{Approval, Batch, PayClass, StaffStatus, World};
use super::records::{AbsenceRow, HrRow, PayRow, Snapshot, StaffRow};
use crate::kernel::dates::Month;

mod identity;
mod lists;
mod pay;
mod pay_history;
mod pay_more;
mod persons;
mod quality;
mod quality_more;
mod leaders_more;
mod quota_accounts;
mod quota_more;
mod quotas;
mod registrations;
mod staff_more;
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
}

impl Finding {
    fn of_unit(rule: &'static str, unit: u32, object: impl Into<String>) -> Self {
        Self { rule, unit: Some(unit), persons: vec![], object: object.into(), note: "" }
    }
    fn of_person(rule: &'static str, unit: Option<u32>, person: u32) -> Self {
        Self { rule, unit, persons: vec![person], object: String::new(), note: "" }
    }
}

/// Pay of an earlier month that is still looked at.
#[derive(Debug)]
pub struct PastPay {
    pub month: Month,
    pub rows: Vec<PayRow>,
}

/// Everything the rules look at, with the indexes they share.
pub struct Facts<'a> {
    world: &'a World,
    s: &'a Snapshot,
    past: &'a [PastPay],
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
}

/// Sorted true findings of a month.
#[must_use]
pub fn findings(world: &World, s: &Snapshot, past: &[PastPay]) -> Vec<Finding> {
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
    pay_history::judge(&facts, &mut out);
    registrations::judge(&facts, &mut out);
    quality::judge(&facts, &mut out);
    staff_more::judge(&facts, &mut out);
    warnings::judge(&facts, &mut out);
    registry::judge(&facts, &mut out);
    lists::judge(&facts, &mut out);
    quality_more::judge(&facts, &mut out);
    out.sort();
    out.dedup();
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
    fn new(world: &'a World, s: &'a Snapshot, past: &'a [PastPay]) -> Self {
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
        let approvals = world.approvals.iter().filter(|a| a.on <= s.as_of).map(|a| (a.no.as_str(), a)).collect();
        Self { world, s, past, staff_of, hr_of, staff_in, absences, paid, paid_before, approvals }
    }

    fn month(&self) -> Month {
        self.s.month
    }
    fn as_of(&self) -> Day {
        self.s.as_of
    }
    fn staff_in(&self, unit: u32) -> &'a [StaffRow] {
        let (from, to) = self.staff_in[unit as usize];
        &self.s.staff[from..to]
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
