//! Look-alikes of pay that only looks wrong: planned hires, approved transitions, collective payment, returns from leave.

use super::super::Planter;
use super::super::pay_more::{any_unit, civil, of_old};
use super::super::quotas::new_person;
use super::super::search::Spells;
use crate::synthetic::days::{first_day, last_day, month_of};
use crate::synthetic::feeds::{Employer, Insured, OffQuota, Pension, bank_answers, insurance_known};
use crate::synthetic::model::{
    Absence, Channel, Exemption, Funding, OffQuotaKind, PayClass, PensionKind, QuotaType, Reason, Span, Spell, World,
};

pub fn plant(p: &mut Planter<'_, '_>, count: usize) {
    for n in 0..count {
        pension_begins(p);
        banks(p, n);
        items(p);
        back_from_leave(p);
        controlled(p);
        insured_off_quota(p, n);
        unpaid_with_reason(p);
        superior_pays(p);
        sums(p);
        short_of_three_months(p);
        paid_in_the_month_of_entry(p);
        one_back_pay(p);
        planned_hires(p, n);
        transition(p, n);
    }
}

/// P23: pay and pension meet in one month only.
fn pension_begins(p: &mut Planter<'_, '_>) {
    let Some(i) = p.employee(|_, _| true) else { return };
    let last = p.world.last;
    let s = &mut p.world.spells[i as usize];
    s.twist();
    let person = s.person;
    p.world.feeds.pensions.push(Pension { person, first: last, kind: PensionKind::Own, amount: 401_000 });
    p.look_alike("P23", None, Some(person), Span { from: last, to: None }, "pay and pension meet in one month");
}

/// P07: the bank sent the money back, or collective payment is on file.
fn banks(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|_, s| bank_answers(s.unit)) else { return };
    let (first, span) = (p.world.first, p.always());
    let holder = new_person(p, first_day(first));
    let account = p.world.persons[holder as usize].account;
    let s = p.world.spells[i as usize].clone();
    let pay = &mut p.world.spells[i as usize].twist().pay;
    pay.accounts.push((of_old(), account));
    if n.is_multiple_of(2) {
        pay.returned = Some(span);
        p.look_alike("P07", None, Some(s.person), span, "the bank sent it back");
        return;
    }
    p.world.absences.push(Absence {
        person: s.person,
        unit: s.unit,
        reason: Reason::CollectivePayment,
        from: first_day(first.plus(-15)),
        to: None,
    });
    p.look_alike("P07", None, Some(s.person), span, "collective payment on file");
}

/// P12: an institution that is run like the civil service.
fn items(p: &mut Planter<'_, '_>) {
    let like = |_: &World, s: &Spell| s.quota_type == QuotaType::CivilServiceLike;
    let found = p.employee_among(Spells::CivilServiceLike, like);
    let found = found.or_else(|| p.employee_among(Spells::Officials, |_, s| civil(s)));
    let Some(i) = found else { return };
    let person = p.world.spells[i as usize].person;
    let span = p.always();
    p.look_alike("P12", None, Some(person), span, "rightly paid by rank");
}

/// P19: back from unpaid leave.
fn back_from_leave(p: &mut Planter<'_, '_>) {
    let Some(i) = p.employee(|w, s| w.units[s.unit as usize].size >= 6) else { return };
    let (first, last) = (p.world.first, p.world.last);
    let s = &mut p.world.spells[i as usize];
    s.twist();
    let (person, unit) = (s.person, s.unit);
    p.world.absences.push(Absence {
        person,
        unit,
        reason: Reason::UnpaidLeave,
        from: first_day(first.plus(-12)),
        to: Some(last_day(last.plus(-1))),
    });
    p.look_alike("P19", None, Some(person), Span { from: last, to: None }, "back from unpaid leave");
}

/// P22: a controlled number is no casual employee.
fn controlled(p: &mut Planter<'_, '_>) {
    let Some(i) = p.spell_among(Spells::OffQuota, |_, s| s.class == PayClass::OffQuota && s.twist.is_none()) else {
        return;
    };
    let s = &mut p.world.spells[i as usize];
    s.class = PayClass::InService;
    s.twist();
    let (person, unit) = (s.person, s.unit);
    for o in p.world.feeds.off_quota.iter_mut().filter(|o| o.person == person) {
        o.kind = OffQuotaKind::QuotaLike;
    }
    let span = p.always();
    p.look_alike("P22", Some(unit), Some(person), span, "a controlled number");
}

/// P27: on the off-quota list, paid outside the payroll.
fn insured_off_quota(p: &mut Planter<'_, '_>, n: usize) {
    let Some(unit) = any_unit(p, n, |_, u| insurance_known(u)) else { return };
    let first = p.world.first;
    let from = first_day(first.plus(-20));
    let person = new_person(p, from);
    let span = Span { from: first.plus(-6), to: None };
    p.world.feeds.off_quota.push(OffQuota { person, unit, kind: OffQuotaKind::Outsourced, from, to: None });
    p.world.feeds.insured.push(Insured { person, employer: Employer::Unit(unit), span });
    p.look_alike("P27", Some(unit), Some(person), span, "on the off-quota list");
}

/// P08: paid where he or she is posted for a time.
fn unpaid_with_reason(p: &mut Planter<'_, '_>) {
    let Some(i) = p.employee(|w, s| w.units[s.unit as usize].size >= 5) else { return };
    let (first, last) = (p.world.first, p.world.last);
    let span = Span { from: first.plus(-6), to: None };
    let s = &mut p.world.spells[i as usize];
    s.twist().unpaid = Some(span);
    let (person, unit) = (s.person, s.unit);
    p.world.absences.push(Absence {
        person,
        unit,
        reason: Reason::TemporaryPost,
        from: first_day(span.from),
        to: Some(last_day(last) + 60),
    });
    p.look_alike("P08", None, Some(person), span, "paid where he or she is posted for a time");
}

/// P11: the superior department pays.
fn superior_pays(p: &mut Planter<'_, '_>) {
    let found = p.employee(|w, s| {
        let superior = w.units[s.unit as usize].superior.map(|u| &w.units[u as usize]);
        superior.is_some_and(|u| u.listed && u.abolished.is_none() && u.payer.is_none() && u.names.len() == 1)
    });
    let Some(i) = found else { return };
    let (unit, person) = (p.world.spells[i as usize].unit, p.world.spells[i as usize].person);
    let payer = p.world.units[unit as usize].superior;
    p.world.spells[i as usize].twist().payer = payer;
    let span = p.always();
    p.look_alike("P11", None, Some(person), span, "the superior department pays");
}

/// P16: nothing net in one month.
fn sums(p: &mut Planter<'_, '_>) {
    let Some(i) = p.employee(|_, _| true) else { return };
    let last = p.world.last;
    let span = Span { from: last, to: None };
    let s = &mut p.world.spells[i as usize];
    s.twist().pay.zero_net = Some(span);
    let person = s.person;
    p.look_alike("P16", None, Some(person), span, "nothing net in one month");
}

/// P17: two months without deductions.
fn short_of_three_months(p: &mut Planter<'_, '_>) {
    let Some(i) = p.employee(|_, _| true) else { return };
    let span = Span { from: p.world.last.plus(-1), to: None };
    let s = &mut p.world.spells[i as usize];
    s.twist().pay.no_deductions = Some(span);
    let person = s.person;
    p.look_alike("P17", None, Some(person), span, "two months without deductions");
}

/// P18: a full month's pay in the month of entry.
fn paid_in_the_month_of_entry(p: &mut Planter<'_, '_>) {
    let found = p.spell_where(|w, s| {
        s.register
            && s.pay
            && s.exit.is_none()
            && s.twist.is_none()
            && s.channel == Channel::Recruitment
            && s.entry >= first_day(w.first.plus(-1))
            && s.entry <= last_day(w.last)
    });
    let Some(i) = found else { return };
    let s = &p.world.spells[i as usize];
    let (person, from) = (s.person, month_of(s.entry));
    p.look_alike("P18", None, Some(person), Span { from, to: None }, "paid in the month of entry");
}

/// P24: once, and within bounds.
fn one_back_pay(p: &mut Planter<'_, '_>) {
    let Some(i) = p.employee(|_, _| true) else { return };
    let last = p.world.last;
    let span = Span { from: last, to: Some(last.plus(1)) };
    let s = &mut p.world.spells[i as usize];
    s.twist().pay.back_pay = Some((span, 900_000));
    let person = s.person;
    p.look_alike("P24", None, Some(person), span, "back pay once");
}

/// P28: planned hires stand in their own column.
fn planned_hires(p: &mut Planter<'_, '_>, n: usize) {
    let found = any_unit(p, n, |w, u| {
        w.feeds.paddings.get(&u).is_some_and(|pad| pad.planned > 1 && pad.in_service == pad.planned)
    });
    let Some(u) = found else { return };
    let span = p.always();
    p.look_alike("P28", Some(u), None, span, "planned hires in their own column");
}

/// P21: self-funded until now, its transition approved.
fn transition(p: &mut Planter<'_, '_>, n: usize) {
    let found = any_unit(p, n, |w, u| {
        let unit = &w.units[u as usize];
        unit.funding != Funding::Full && unit.payer.is_none() && !w.feeds.treasury_pays.contains_key(&u)
    });
    let Some(u) = found else { return };
    let span = p.always();
    p.world.feeds.treasury_pays.insert(u, span);
    let from = first_day(p.world.first.plus(-10));
    let quota_type = super::super::main_type(p.world, u);
    p.world.exemptions.push(Exemption { unit: u, quota_type, count: 0, reason: "机构改革", from, to: None });
    p.look_alike("P21", Some(u), None, span, "transition approved");
}
