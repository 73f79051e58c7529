//! Look-alikes of persons and their pay.

use rand::Rng as _;

use super::super::pay::other_payer;
use super::super::quotas::new_person;
use super::super::{Planter, main_type, ordinary};
use crate::synthetic::absences;
use crate::synthetic::changes::neighbour;
use crate::synthetic::days::{first_day, last_day, month_of};
use crate::synthetic::model::{Absence, Approval, Channel, Death, ExitReason, Reason, Span, Spell, World};
use crate::synthetic::people::spell;
use crate::synthetic::posts::raise_quota;
use crate::synthetic::tables::needs_approval;

pub fn plant(p: &mut Planter<'_, '_>, n: usize) {
    let (first, last) = (p.world.first, p.world.last);
    let span = Span { from: first.plus(-2), to: None };
    // E01: HR says absent, the register knows the reason.
    if let Some(i) = p.employee(|_, _| true) {
        let s = p.world.spells[i as usize].clone();
        let reason = [Reason::Detention, Reason::Study, Reason::Secondment][n % 3];
        p.world.spells[i as usize].twist().absent = Some(span);
        let (from, to) = (first_day(span.from) - 40, last_day(last) + 90);
        p.world.absences.extend(absences::renewed(s.person, s.unit, reason, from, to));
        p.look_alike("E01", Some(s.unit), Some(s.person), span, "absent with a reason in force");
    }
    // E04: the old unit has not yet closed its row.
    if let Some(i) = p.employee(|w, s| !w.units[s.unit as usize].police) {
        let s = p.world.spells[i as usize].clone();
        if let Some(to) = neighbour(p.world, s.unit).filter(|to| !p.unit_used[*to as usize]) {
            let entry = last_day(last) - 30;
            let established = p.world.units[to as usize].established;
            raise_quota(&mut p.world.units[to as usize], s.quota_type, 1, established);
            let mut second = spell(s.person, to, s.quota_type, entry, Channel::Reorganisation);
            (second.hr, second.pay) = (false, false);
            p.push_spell(second);
            p.look_alike("E04", None, Some(s.person), Span { from: month_of(entry), to: None }, "move under way");
        }
    }
    // E10: paid in the last month alone; the register will follow.
    if let Some(i) = p.employee(|w, s| w.units[s.unit as usize].size >= 10) {
        let unit = p.world.spells[i as usize].unit;
        let entry = first_day(last) + 1;
        let person = new_person(p, entry);
        let mut s = spell(person, unit, main_type(p.world, unit), entry, Channel::Recruitment);
        (s.register, s.hr, s.level) = (false, false, 1);
        p.world.approvals.push(Approval {
            no: format!("用编〔{}〕9{n:04}号", last.year()),
            unit,
            quota_type: s.quota_type,
            count: 1,
            on: entry - 40,
            valid_to: entry + 325,
        });
        p.push_spell(s);
        p.look_alike("E10", Some(unit), Some(person), Span { from: last, to: None }, "paid for one month only");
    }
    twins(p, n);
    shapes_of_numbers(p, n);
    came_back(p);
}

/// E15: twins in one unit (one birth date, neighbouring numbers, one surname), and namesakes in one unit.
fn twins(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|w, s| w.units[s.unit as usize].size >= 8) else { return };
    let s = p.world.spells[i as usize].clone();
    let born = p.world.persons[s.person as usize].birth;
    let grown = |o: &Spell| o.entry > born + 20 * 366;
    let Some(j) = p.spell_in(s.unit, |w, o| ordinary(w, o) && grown(o)) else { return };
    let other = p.world.spells[j as usize].person as usize;
    let one = p.world.persons[s.person as usize].clone();
    let mut rng = p.rng.clone();
    let birth = if n.is_multiple_of(2) { one.birth } else { p.world.persons[other].birth };
    let region = one.id_text()[..6].parse().unwrap_or(p.world.region.code);
    let id = p.makers.id(&mut rng, region, one.sex, birth);
    let name = if n.is_multiple_of(2) {
        let mut chars: Vec<char> = one.name.chars().collect();
        if let Some(last) = chars.last_mut() {
            *last = if *last == '强' { '伟' } else { '强' };
        }
        chars.into_iter().collect()
    } else {
        one.name.clone()
    };
    let note = if n.is_multiple_of(2) { "twins in one unit" } else { "namesakes in one unit" };
    let twin = &mut p.world.persons[other];
    (twin.name, twin.id, twin.birth, twin.sex) = (name, id, birth, one.sex);
    p.rng = rng;
    let span = p.always();
    let second = u32::try_from(other).unwrap_or_default();
    p.look_alike("E15", None, Some(s.person), span, note);
    p.look_alike("E15", None, Some(second), span, note);
}

/// D02 and D03: valid numbers in other shapes.
fn shapes_of_numbers(p: &mut Planter<'_, '_>, n: usize) {
    let fits = |w: &crate::synthetic::model::World, s: &crate::synthetic::model::Spell| {
        let id = w.persons[s.person as usize].id_text().to_owned();
        &id[6..8] == "19" && (!n.is_multiple_of(2) || id.ends_with('X'))
    };
    let Some(i) = p.employee(fits) else { return };
    let s = p.world.spells[i as usize].clone();
    let id = p.world.persons[s.person as usize].id_text().to_owned();
    let text = if n.is_multiple_of(2) { id.to_lowercase() } else { format!("{}{}", &id[..6], &id[8..17]) };
    let span = p.always();
    p.world.spells[i as usize].twist().staff_id = Some((span, text));
    p.look_alike("D02", Some(s.unit), Some(s.person), span, "valid number in another shape");
    p.look_alike("D03", Some(s.unit), Some(s.person), span, "valid number in another shape");
}

/// D05: left the unit years ago and came back.
fn came_back(p: &mut Planter<'_, '_>) {
    let grown = |w: &World, s: &Spell| s.entry - 1500 > w.persons[s.person as usize].birth + 17 * 366;
    let Some(i) = p.employee(|w, s| s.entry > first_day(w.first) - 6000 && grown(w, s)) else { return };
    let s = p.world.spells[i as usize].clone();
    let mut before = spell(s.person, s.unit, s.quota_type, s.entry - 1500, Channel::Recruitment);
    before.exit = Some((s.entry - 500, ExitReason::Transfer));
    (before.hr, before.pay) = (false, false);
    if before.entry < p.world.units[s.unit as usize].established {
        return;
    }
    p.push_spell(before);
    let span = p.always();
    p.look_alike("D05", Some(s.unit), Some(s.person), span, "left and came back");
}

/// The first person of an approval for two that is still looked at.
pub fn of_shared_approval(w: &World) -> Option<u32> {
    let recent = first_day(w.last.plus(-11));
    let shared = w.approvals.iter().position(|a| a.count == 2 && a.on >= recent)?;
    let shared = u32::try_from(shared).ok();
    w.spells.iter().find(|s| s.approval == shared && needs_approval(s.channel)).map(|s| s.person)
}

/// `shared` is who shares an approval.
pub fn pay(p: &mut Planter<'_, '_>, shared: Option<u32>) {
    let (first, last) = (p.world.first, p.world.last);
    let span = Span { from: first.plus(-2), to: None };
    // P01 and P03: the last pay goes out a month late. P02: back pay after the death.
    let gone = |p: &mut Planter<'_, '_>, reasons: &'static [ExitReason]| {
        p.spell_where(move |w, s| {
            s.register
                && s.hr
                && s.pay
                && s.twist.is_none()
                && s.leader.is_none()
                && s.exit.is_some_and(|(e, r)| {
                    reasons.contains(&r) && month_of(e) >= w.first && month_of(e) < w.last.max(w.first.plus(1))
                })
        })
    };
    let late: [(&'static str, &'static [ExitReason]); 2] =
        [("P01", &[ExitReason::Retirement]), ("P03", &[ExitReason::Resignation, ExitReason::Dismissal])];
    for (rule, reasons) in late {
        if let Some(i) = gone(p, reasons) {
            let s = &mut p.world.spells[i as usize];
            let month = s.exit.map_or(last, |(e, _)| month_of(e));
            s.twist().pay_until = Some(month.plus(1));
            let person = s.person;
            p.look_alike(rule, None, Some(person), Span { from: month, to: None }, "last pay a month late");
        }
    }
    if let Some(i) = p.employee(|_, _| true) {
        let on = first_day(last.plus(-1).max(first)) + p.rng.random_range(2..26);
        let month = month_of(on);
        let s = &mut p.world.spells[i as usize];
        s.exit = Some((on, ExitReason::Death));
        s.twist().back_pay_after_exit = Some(month.plus(1));
        let person = s.person;
        p.world.deaths.push(Death { person, on });
        p.look_alike(
            "P02",
            None,
            Some(person),
            Span { from: month, to: None },
            "paid in the month of death, back pay after",
        );
    }
    // P04: a second payer adds an allowance only.
    if let Some(i) = p.employee(|_, _| true) {
        let s = p.world.spells[i as usize].clone();
        if let Some(payer) = other_payer(p, s.unit) {
            let mut second = spell(s.person, payer, s.quota_type, first_day(span.from), Channel::Appointment);
            (second.register, second.hr) = (false, false);
            second.twist().allowances_only = true;
            p.push_spell(second);
            p.look_alike("P04", None, Some(s.person), span, "second payer adds an allowance");
        }
    }
    // P05: a couple with one account, allowed by a reason on file.
    if let (Some(i), Some(j)) = (p.employee(|_, _| true), p.employee(|_, _| true)) {
        let (a, b) = (p.world.spells[i as usize].clone(), p.world.spells[j as usize].person);
        let account = p.world.persons[b as usize].account;
        p.world.spells[i as usize].twist().account = Some(account);
        p.world.spells[j as usize].twist();
        let from = first_day(first.plus(-15));
        p.world.absences.push(Absence {
            person: a.person,
            unit: a.unit,
            reason: Reason::CollectivePayment,
            from,
            to: None,
        });
        p.look_alike("P05", None, Some(a.person), span, "collective payment on file");
        p.look_alike("P05", None, Some(b), span, "collective payment on file");
    }
    // P15: regular pay and a back-pay batch of the same amount.
    if let Some(i) = p.employee(|_, _| true) {
        let s = &mut p.world.spells[i as usize];
        s.twist().back_pay = Some(last);
        let person = s.person;
        p.look_alike("P15", None, Some(person), Span { from: last, to: None }, "back pay of the same amount");
    }
    // Q09: one approval for two entries, used exactly.
    if let Some(person) = shared {
        p.look_alike("Q09", None, Some(person), span, "one approval for two entries");
    }
}
