//! Further problems of pay: whose account, by which items, with what papers, from whose funds, beside a pension.

use super::quotas::new_person;
use super::search::Spells;
use super::{Planter, pay::other_payer};
use crate::kernel::dates::Month;
use crate::synthetic::days::{first_day, last_day, month_of};
use crate::synthetic::feeds::{Employer, Insured, Padding, Pension, bank_answers, insurance_known};
use crate::synthetic::model::{Channel, ExitReason, Funding, PayClass, PensionKind, QuotaType, Span, Spell, World};
use crate::synthetic::people::spell;

pub fn plant(p: &mut Planter<'_, '_>, people: usize, units: usize) {
    for n in 0..people {
        salary_and_pension(p, n);
        strange_holder(p);
        wrong_items(p, n);
        added(p, n);
        off_quota(p, n);
        insured(p, n);
        unpaid(p, n);
        other_unit_pays(p, n);
        bad_sums(p, n);
        nothing_kept_back(p);
        before_entry(p);
        back_pay(p, n);
    }
    for n in 0..units {
        padded_budget(p, n);
        treasury_pays(p, n);
    }
}

/// Months long before the first extract.
pub fn of_old() -> Month {
    Month(i32::MIN / 2)
}

/// A span that is true in the last month whatever else: of old, or for some months only.
fn lasting(p: &Planter<'_, '_>, n: usize) -> Span {
    let from = if n % 3 == 1 { p.world.last.plus(-1) } else { p.world.first.plus(-4) };
    Span { from, to: None }
}

/// P23.
fn salary_and_pension(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|_, _| true) else { return };
    let span = lasting(p, n);
    let s = &mut p.world.spells[i as usize];
    s.twist();
    let person = s.person;
    p.world.feeds.pensions.push(Pension { person, first: span.from, kind: PensionKind::Own, amount: 412_300 });
    p.planted("P23", None, Some(person), span, "draws a pension besides");
}

/// P07: the account is that of somebody on no payroll.
fn strange_holder(p: &mut Planter<'_, '_>) {
    let Some(i) = p.employee(|_, s| bank_answers(s.unit)) else { return };
    let entry = first_day(p.world.first);
    let holder = new_person(p, entry);
    let account = p.world.persons[holder as usize].account;
    let s = &mut p.world.spells[i as usize];
    s.twist().pay.accounts.push((of_old(), account));
    let person = s.person;
    let span = p.always();
    p.planted("P07", None, Some(person), span, "another's account");
}

/// P12.
fn wrong_items(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|_, _| true) else { return };
    let span = p.span(n);
    let s = &mut p.world.spells[i as usize];
    s.twist().pay.other_scheme = Some(span);
    let person = s.person;
    p.planted("P12", None, Some(person), span, "paid by the items of the other system");
}

/// Whether nobody entered the unit in the year before the last month.
fn no_entries(w: &World, spells: &[u32]) -> bool {
    let since = first_day(w.last.plus(-8));
    spells.iter().all(|i| w.spells[*i as usize].entry < since)
}

/// P19: on the register of old and paid for the first time, or on no register and without an approval.
fn added(p: &mut Planter<'_, '_>, n: usize) {
    let last = p.world.last;
    let span = Span { from: last, to: Some(last.plus(1)) };
    if n % 3 != 2 {
        let Some(i) = p.employee(|w, s| w.units[s.unit as usize].size >= 6) else { return };
        let s = &mut p.world.spells[i as usize];
        s.twist().pay_from = Some(last);
        let person = s.person;
        p.planted("P19", None, Some(person), span, "enrolled of old and paid for the first time");
        return;
    }
    let start = n * 7;
    let units = p.world.units.len();
    let found = (0..units).map(|d| (start + d) % units).find(|u| {
        let unit = &p.world.units[*u];
        unit.size >= 8
            && unit.abolished.is_none()
            && unit.listed
            && unit.payer.is_none()
            && no_entries(p.world, &p.spells_of[*u])
    });
    let Some(unit) = found.and_then(|u| u32::try_from(u).ok()) else { return };
    let entry = first_day(last) + 3;
    let person = new_person(p, entry);
    let mut s = spell(person, unit, super::main_type(p.world, unit), entry, Channel::Recruitment);
    (s.register, s.hr, s.level) = (false, false, 2);
    p.push_spell(s);
    p.planted("P19", Some(unit), Some(person), span, "on no register and no approval");
}

/// P22: paid in service though on the off-quota list, or coded off-quota and paid by the treasury.
fn off_quota(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.spell_among(Spells::OffQuota, |_, s| s.class == PayClass::OffQuota && s.twist.is_none()) else {
        return;
    };
    let span = p.always();
    let s = &mut p.world.spells[i as usize];
    let (unit, person) = (s.unit, s.person);
    if n.is_multiple_of(2) {
        s.class = PayClass::InService;
        s.twist();
    } else {
        s.twist().pay.unified = Some((span, true));
    }
    p.planted("P22", Some(unit), Some(person), span, "off-quota on the payroll of the establishment");
}

/// P27: somebody who never was there, or who left long ago, is insured by the unit.
fn insured(p: &mut Planter<'_, '_>, n: usize) {
    let span = Span { from: p.world.first.plus(-6), to: None };
    let long_gone = |w: &World, s: &Spell| {
        s.register
            && s.pay
            && s.twist.is_none()
            && insurance_known(s.unit)
            && s.exit.is_some_and(|(on, r)| r == ExitReason::Resignation && month_of(on) < w.last.plus(-4))
    };
    let gone = if n % 3 == 1 { p.spell_where(long_gone) } else { None };
    let (person, unit) = match gone {
        Some(i) => {
            let s = &mut p.world.spells[i as usize];
            s.twist();
            (s.person, s.unit)
        }
        None => {
            let units = p.world.units.len();
            let fits = |u: &usize| {
                let unit = &p.world.units[*u];
                insurance_known(u32::try_from(*u).unwrap_or(0))
                    && unit.listed
                    && unit.abolished.is_none()
                    && unit.payer.is_none()
            };
            let Some(unit) = (0..units).map(|d| (n * 11 + d) % units).find(fits) else { return };
            let entry = first_day(p.world.first.plus(-30));
            (new_person(p, entry), u32::try_from(unit).unwrap_or(0))
        }
    };
    p.world.feeds.insured.push(Insured { person, employer: Employer::Unit(unit), span });
    p.planted("P27", Some(unit), Some(person), span, "insured and never seen");
}

/// P08.
fn unpaid(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|w, s| w.units[s.unit as usize].size >= 5) else { return };
    let from = if n % 3 == 1 { p.world.last.plus(-1) } else { p.world.first.plus(-4) };
    let span = Span { from, to: None };
    let s = &mut p.world.spells[i as usize];
    s.twist().unpaid = Some(span);
    let person = s.person;
    p.planted("P08", None, Some(person), span, "on the register and paid by nobody");
}

/// P11.
fn other_unit_pays(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|w, s| w.units[s.unit as usize].size >= 6) else { return };
    let (unit, person) = (p.world.spells[i as usize].unit, p.world.spells[i as usize].person);
    let Some(payer) = other_payer(p, unit) else { return };
    p.world.spells[i as usize].twist().payer = Some(payer);
    debug_assert!(n < usize::MAX);
    let span = p.always();
    p.planted("P11", None, Some(person), span, "paid by another unit");
}

/// P16: sums that do not hold, nothing net for two months, far above everybody.
fn bad_sums(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|_, _| true) else { return };
    let last = p.world.last;
    let (span, short) = (p.span(n), Span { from: last.plus(-1), to: None });
    let pay = &mut p.world.spells[i as usize].twist().pay;
    let span = match n % 4 {
        0 => {
            pay.net_off = Some((span, 10_000));
            span
        }
        1 => {
            pay.zero_net = Some(short);
            short
        }
        2 => {
            pay.spike = Some((last, 2_500));
            Span { from: last, to: None }
        }
        _ => {
            pay.net_off = Some((span, -6));
            span
        }
    };
    let person = p.world.spells[i as usize].person;
    p.planted("P16", None, Some(person), span, "pay does not add up");
}

/// P17.
fn nothing_kept_back(p: &mut Planter<'_, '_>) {
    let Some(i) = p.employee(|w, s| w.units[s.unit as usize].size >= 5) else { return };
    let span = p.always();
    let s = &mut p.world.spells[i as usize];
    s.twist().pay.no_deductions = Some(span);
    let person = s.person;
    p.planted("P17", None, Some(person), span, "nothing kept back");
}

/// P18: paid from two months before the entry on.
fn before_entry(p: &mut Planter<'_, '_>) {
    let found = p.spell_among(Spells::Newcomers, |w, s| {
        s.register
            && s.hr
            && s.pay
            && s.exit.is_none()
            && s.twist.is_none()
            && s.leader.is_none()
            && !matches!(s.channel, Channel::Transfer | Channel::Reorganisation)
            && month_of(s.entry) > w.last.plus(-2).max(w.first)
            && s.entry <= last_day(w.last)
            && w.units[s.unit as usize].payer.is_none()
    });
    let Some(i) = found else { return };
    let s = &mut p.world.spells[i as usize];
    let entry = month_of(s.entry);
    let person = s.person;
    s.twist().pay_from = Some(entry.plus(-2));
    s.twist().pay.before_entry = true;
    p.planted("P18", None, Some(person), Span { from: entry, to: None }, "paid before the entry");
}

/// P24.
fn back_pay(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|w, s| w.units[s.unit as usize].size >= 4) else { return };
    let last = p.world.last;
    let once = Span { from: last, to: Some(last.plus(1)) };
    let (span, fen) = if n % 2 == 1 { (p.always(), 61_000) } else { (once, 9_000_000) };
    let s = &mut p.world.spells[i as usize];
    s.twist().pay.back_pay = Some((span, fen));
    let person = s.person;
    p.planted("P24", None, Some(person), span, "back pay out of the ordinary");
}

/// The n-th unit that fits, whatever else it plays a part in: what a budget says touches nothing else.
pub fn any_unit(p: &Planter<'_, '_>, n: usize, fits: impl Fn(&World, u32) -> bool) -> Option<u32> {
    let count = p.world.units.len();
    let listed = |u: &u32| {
        let unit = &p.world.units[*u as usize];
        unit.listed && unit.abolished.is_none() && unit.established < first_day(p.world.first.plus(-20))
    };
    (0..count).filter_map(|d| u32::try_from((n * 37 + 5 + d) % count).ok()).filter(listed).find(|u| fits(p.world, *u))
}

/// P28.
fn padded_budget(p: &mut Planter<'_, '_>, n: usize) {
    let found = any_unit(p, n, |w, u| w.units[u as usize].size >= 4 && !w.feeds.paddings.contains_key(&u));
    let Some(u) = found else { return };
    let more = 2 + i64::try_from(n % 4).unwrap_or(0);
    let pad = if n % 2 == 1 {
        Padding { in_service: 1, operating: 1 + more, planned: 1 }
    } else {
        Padding { in_service: more, operating: 0, planned: 0 }
    };
    p.world.feeds.paddings.insert(u, pad);
    let span = p.always();
    p.planted("P28", Some(u), None, span, "more heads in the budget than on the register");
}

/// P21.
fn treasury_pays(p: &mut Planter<'_, '_>, n: usize) {
    let found = any_unit(p, n, |w, u| {
        let unit = &w.units[u as usize];
        unit.funding != Funding::Full
            && unit.size >= 4
            && unit.payer.is_none()
            && !w.feeds.treasury_pays.contains_key(&u)
    });
    let Some(u) = found else { return };
    let span = p.span(n);
    p.world.feeds.treasury_pays.insert(u, span);
    p.planted("P21", Some(u), None, span, "the treasury pays more than the funding allows");
}

/// Whether a spell is of a kind whose items are a civil servant's.
pub fn civil(s: &Spell) -> bool {
    matches!(s.quota_type, QuotaType::Administrative | QuotaType::Police | QuotaType::CivilServiceLike)
}
