//! Look-alikes: what resembles a problem and is lawful. No rule may fire on them. They stand in clean worlds too.

use rand::Rng as _;

use super::pay::other_payer;
use super::quotas::{fill_up, new_person, unit_with_deputies};
use super::registrations::{blank, registered, stranger};
use super::{Planter, fill, main_type, one_lot, quiet};
use crate::synthetic::changes::neighbour;
use crate::synthetic::codes;
use crate::synthetic::days::{first_day, last_day, month_of};
use crate::synthetic::model::{
    Absence, Alias, Bucket, Channel, Class, Death, ExitReason, Exemption, Leader, Nature, PayClass, QuotaLot, QuotaType, Reason, Scope, Span,
};
use crate::synthetic::people::spell;
use crate::synthetic::posts::raise_quota;
use crate::synthetic::tables::needs_approval;

pub fn plant(p: &mut Planter<'_, '_>, count: usize) {
    natural(p);
    for n in 0..count {
        units(p, n);
        registrations(p, n);
        persons(p, n);
        pay(p);
    }
}

/// What the history brings by itself: marked so that the score counts it.
fn natural(p: &mut Planter<'_, '_>) {
    let (first, last) = (p.world.first, p.world.last);
    let recent = first_day(last.plus(-10));
    let mut found: Vec<(&'static str, u32, Option<u32>, Span, &'static str)> = Vec::new();
    let mut left = [6_usize; 4];
    let mut once = |kind: usize| {
        left[kind] = left[kind].saturating_sub(1);
        left[kind] > 0
    };
    for s in &p.world.spells {
        let open = |month| Span { from: month, to: None };
        if s.register && s.channel == Channel::Veteran && s.entry >= recent && s.exit.is_none() && once(0) {
            found.push(("Q09", s.unit, Some(s.person), open(month_of(s.entry)), "veteran placed by policy needs no approval"));
        }
        if s.class == PayClass::Retired && once(1) {
            found.push(("P01", s.unit, Some(s.person), open(month_of(s.entry)), "pension paid on the payroll"));
        }
        if let Some((exit, reason)) = s.exit
            && s.register
        {
            let month = month_of(exit);
            let only = Span { from: month, to: Some(month.plus(1)) };
            if reason == ExitReason::Death && (first..=last).contains(&month) && once(2) {
                found.push(("P02", s.unit, Some(s.person), only, "paid in the month of death"));
            }
            if reason == ExitReason::Transfer && (first..=last).contains(&month) && once(3) {
                found.push(("P04", s.unit, Some(s.person), Span { from: month, to: Some(month.plus(2)) }, "old unit pays the month of transfer, new unit the next"));
            }
        }
    }
    for (u, unit) in p.world.units.iter().enumerate().filter(|(_, u)| u.quotas.len() > 1).take(400) {
        let raised = unit.quotas.iter().find(|l| l.from > first_day(last.plus(-24)) && l.added > 0);
        if let Some(lot) = raised {
            let span = Span { from: month_of(lot.from), to: None };
            found.push(("Q13", u32::try_from(u).unwrap_or_default(), None, span, "raised in mid-year, ledger closed and opened"));
            break;
        }
    }
    for (rule, unit, person, span, note) in found {
        p.look_alike(rule, Some(unit), person, span, note);
    }
}

fn units(p: &mut Planter<'_, '_>, n: usize) {
    pooled_or_exempt(p, n);
    same_day(p);
    exempt_type(p);
    paid_by_another(p, n);
    concurrent(p);
    abolished_lately(p);
    one_cell_empty(p);
}

fn full_unit(p: &mut Planter<'_, '_>) -> Option<(u32, QuotaType)> {
    let u = p.unit(|w, u, spells| {
        let t = main_type(w, u);
        fill(w, spells, u, t).0 >= 5 && quiet(w, spells) && one_lot(w, u, t)
    })?;
    let t = main_type(p.world, u);
    fill_up(p, u, t);
    Some((u, t))
}

/// Q01: a full unit with more people on pooled posts, or with a digestion plan in force.
fn pooled_or_exempt(p: &mut Planter<'_, '_>, n: usize) {
    let Some((u, t)) = full_unit(p) else { return };
    let entry = first_day(p.world.first.plus(-20)) + 9;
    let person = new_person(p, entry);
    let mut s = spell(person, u, t, entry, Channel::Veteran);
    let span = p.always();
    if n.is_multiple_of(2) {
        s.bucket = Bucket::Pooled;
        p.world.units[u as usize].quotas.push(QuotaLot {
            quota_type: t,
            bucket: Bucket::Pooled,
            opening: 2,
            added: 0,
            cut: 0,
            approved: 2,
            from: entry - 60,
            to: Some(last_day(p.world.last) + 400),
            document: "编周转〔2024〕1号".to_owned(),
        });
        p.look_alike("Q01", Some(u), None, span, "pooled posts do not count against the unit's own");
    } else {
        let to = Some(last_day(p.world.last) + 500);
        p.world.exemptions.push(Exemption { unit: u, quota_type: t, count: 1, reason: "军转安置", from: entry - 30, to });
        p.look_alike("Q01", Some(u), None, span, "exempt by a document in force");
    }
    p.push_spell(s);
}

/// Q02: in a full unit somebody leaves and somebody enters the same day.
fn same_day(p: &mut Planter<'_, '_>) {
    let Some((u, t)) = full_unit(p) else { return };
    let Some(i) = p.employees_of(u, 1).first().copied() else { return };
    let on = first_day(p.world.first.plus(-2)) + p.rng.random_range(5..25);
    p.world.spells[i as usize].exit = Some((on, ExitReason::Resignation));
    let person = new_person(p, on);
    p.push_spell(spell(person, u, t, on, Channel::Recruitment));
    p.look_alike("Q02", Some(u), Some(person), Span { from: month_of(on), to: None }, "entered the day another left");
}

/// Q03: a type of quota the unit cannot have, allowed by a document.
fn exempt_type(p: &mut Planter<'_, '_>) {
    let Some(u) = p.unit(|w, u, spells| w.units[u as usize].nature == Nature::Institution && quiet(w, spells) && spells.len() > 5) else {
        return;
    };
    let Some(i) = p.employees_of(u, 1).first().copied() else { return };
    p.world.spells[i as usize].quota_type = QuotaType::Administrative;
    let person = p.world.spells[i as usize].person;
    let from = first_day(p.world.first.plus(-30));
    p.world.exemptions.push(Exemption { unit: u, quota_type: QuotaType::Administrative, count: 1, reason: "机构改革", from, to: None });
    let span = p.always();
    p.look_alike("Q03", Some(u), Some(person), span, "exempt by a document of the reform");
}

/// Q18: all staff are paid by a settlement centre that is on no register.
fn paid_by_another(p: &mut Planter<'_, '_>, n: usize) {
    let Some(u) = p.unit(|w, u, spells| (8..30).contains(&spells.len()) && w.units[u as usize].county.is_some() && quiet(w, spells)) else {
        return;
    };
    let county = p.world.units[u as usize].county.unwrap_or(0);
    let number = if n == 0 { String::new() } else { format!("第{}", crate::synthetic::numerals::chinese(n + 1)) };
    let name = format!("{}{number}会计核算中心", p.world.region.prefix(Some(county)));
    let centre = u32::try_from(p.world.units.len()).unwrap_or_default();
    let unit = blank(p.world, county, name, String::new());
    p.world.units.push(unit);
    p.spells_of.push(vec![]);
    p.unit_used.push(true);
    p.world.units[u as usize].payer = Some(centre);
    let span = p.always();
    p.look_alike("Q18", Some(u), None, span, "paid by a settlement centre");
}

/// L01 and L03: a deputy's post is full, one more holds the title besides another post.
fn concurrent(p: &mut Planter<'_, '_>) {
    let Some((u, leader, room)) = unit_with_deputies(p) else { return };
    for post in p.world.units[u as usize].posts.iter_mut().filter(|l| l.class == Class::Deputy) {
        post.approved -= room;
    }
    let appointed = first_day(p.world.first.plus(-4)) + 11;
    let Some(i) = p.employees_of(u, 1).first().copied() else { return };
    p.world.spells[i as usize].leader = Some(Leader { appointed, concurrent: true, ..leader });
    let person = p.world.spells[i as usize].person;
    let span = p.always();
    p.look_alike("L01", Some(u), None, span, "one deputy holds the title besides another post");
    // L03: another takes over on the very day the post falls free.
    let Some((u, _, room)) = unit_with_deputies(p) else { return };
    for post in p.world.units[u as usize].posts.iter_mut().filter(|l| l.class == Class::Deputy) {
        post.approved -= room;
    }
    let holder = p.spells_of[u as usize].iter().copied().find(|i| {
        p.world.spells[*i as usize].leader.is_some_and(|l| l.class == Class::Deputy && l.removed.is_none() && l.appointed < appointed - 400)
    });
    let (Some(old), Some(new)) = (holder, p.employees_of(u, 1).first().copied()) else { return };
    if let Some(l) = p.world.spells[old as usize].leader {
        p.world.spells[old as usize].leader = Some(Leader { removed: Some(appointed), ..l });
        p.world.spells[new as usize].leader = Some(Leader { appointed, scope: Scope::Leadership, ..l });
        let successor = p.world.spells[new as usize].person;
        let span = Span { from: month_of(appointed), to: None };
        p.look_alike("L03", Some(u), Some(successor), span, "appointed the day the post fell free");
    }
    debug_assert!(person < u32::MAX);
}

/// Q17 and P20: abolished weeks ago, quota not yet taken back, the last pay just gone out.
fn abolished_lately(p: &mut Planter<'_, '_>) {
    let Some((u, to)) = super::quotas::dissolvable(p) else { return };
    let on = first_day(p.world.last.plus(-1)) + 11;
    super::quotas::abolish(p, u, on, to);
    let span = Span { from: month_of(on), to: None };
    p.look_alike("Q17", Some(u), None, span, "within the grace for taking quotas back");
    p.look_alike("P20", Some(u), None, span, "pays the month in which it ends");
}

/// D01: one cell empty among many.
fn one_cell_empty(p: &mut Planter<'_, '_>) {
    let Some(u) = p.unit(|w, _, spells| (14..80).contains(&spells.len()) && quiet(w, spells)) else { return };
    let span = p.always();
    for i in p.employees_of(u, 1) {
        p.world.spells[i as usize].twist().staff_id_missing = Some(span);
    }
    p.look_alike("D01", Some(u), None, span, "one empty cell among many");
}

fn registrations(p: &mut Planter<'_, '_>, n: usize) {
    let span = p.always();
    new_unit(p, n);
    // R02: struck off both registers.
    let u = stranger(p, n + 3, span);
    if let Some(r) = &mut p.world.units[u as usize].registration {
        r.deregistered = Some(first_day(p.world.first.plus(-9)));
    }
    p.look_alike("R02", Some(u), None, span, "deregistered as well");
    // R03: the same code in small letters.
    let letters = |c: &str| c.bytes().any(|b| b.is_ascii_uppercase());
    if let Some(u) = (0..20).find_map(|_| registered(p).filter(|u| letters(&p.world.units[*u as usize].credit))) {
        if let Some(r) = &mut p.world.units[u as usize].registration {
            r.credit = r.credit.iter().map(|(d, c)| (*d, c.to_lowercase())).collect();
        }
        p.look_alike("R03", Some(u), None, span, "the same code in small letters");
    }
    // R04: registered under a plaque that the alias table knows.
    if let Some(u) = registered(p) {
        let unit = &mut p.world.units[u as usize];
        let alias = format!("{}(技术服务中心)", unit.last_name());
        unit.aliases.push(Alias { alias: alias.clone(), kind: "挂牌", from: None, to: None });
        if let Some(r) = &mut unit.registration {
            r.names = vec![(i32::MIN, alias)];
        }
        p.look_alike("R04", Some(u), None, span, "registered under a known plaque");
    }
    renamed_lately(p);
    head_lately(p);
}

/// R01: an institution set up some weeks ago, with the staff of another.
fn new_unit(p: &mut Planter<'_, '_>, n: usize) {
    let Some(from) = p.unit(|w, u, spells| {
        let unit = &w.units[u as usize];
        unit.nature == Nature::Institution && unit.county.is_some() && quiet(w, spells)
            && spells.iter().filter(|i| super::ordinary(w, &w.spells[**i as usize])).count() >= 6
    }) else {
        return;
    };
    let county = p.world.units[from as usize].county.unwrap_or(0);
    let index = u32::try_from(p.world.units.len()).unwrap_or_default();
    let on = last_day(p.world.last) - 40 - i32::try_from(n % 3).unwrap_or(0) * 5;
    let number = crate::synthetic::numerals::chinese(n + 1);
    let name = format!("{}第{number}大数据服务中心", p.world.region.prefix(Some(county)));
    let code = p.world.region.code_of(Some(county));
    let mut unit = blank(p.world, county, name, codes::credit_code("12", code, index + 1));
    unit.code = format!("{code}30{:05}", index + 1);
    unit.listed = true;
    unit.established = on;
    unit.size = 4;
    unit.superior = p.world.units[from as usize].superior;
    p.world.units.push(unit);
    p.spells_of.push(vec![]);
    p.unit_used.push(true);
    let t = main_type(p.world, from);
    raise_quota(&mut p.world.units[index as usize], t, 4, on);
    for i in p.employees_of(from, 4) {
        let s = &mut p.world.spells[i as usize];
        s.exit = Some((on, ExitReason::Transfer));
        let mut next = spell(s.person, index, t, on, Channel::Reorganisation);
        next.level = s.level;
        p.push_spell(next);
    }
    p.look_alike("R01", Some(index), None, Span { from: month_of(on), to: None }, "set up within the time for registering");
}

/// R04: renamed some weeks ago, the registry is about to follow.
fn renamed_lately(p: &mut Planter<'_, '_>) {
    let Some(u) = registered(p) else { return };
    let on = last_day(p.world.last) - 25;
    let unit = &mut p.world.units[u as usize];
    let old = unit.last_name().to_owned();
    let new = format!("{old}(服务总站)");
    unit.names.push((on, new));
    unit.aliases.push(Alias { alias: old, kind: "曾用名", from: None, to: Some(on) });
    p.look_alike("R04", Some(u), None, Span { from: month_of(on), to: None }, "renamed some weeks ago");
}

/// R05: a new head since some weeks, the registry is about to follow.
fn head_lately(p: &mut Planter<'_, '_>) {
    let Some(u) = registered(p) else { return };
    let on = last_day(p.world.last) - 20;
    let Some(i) = p.employees_of(u, 1).first().copied() else { return };
    let old = p.spells_of[u as usize].iter().copied().find(|i| {
        p.world.spells[*i as usize].leader.is_some_and(|l| l.scope == Scope::Leadership && l.class == Class::Chief && l.removed.is_none())
    });
    let Some(old) = old else { return };
    if let Some(l) = p.world.spells[old as usize].leader {
        p.world.spells[old as usize].leader = Some(Leader { removed: Some(on), ..l });
        p.world.spells[i as usize].leader = Some(Leader { appointed: on, ..l });
    }
    p.look_alike("R05", Some(u), None, Span { from: month_of(on), to: None }, "new head since some weeks");
}

fn persons(p: &mut Planter<'_, '_>, n: usize) {
    let (first, last) = (p.world.first, p.world.last);
    let span = Span { from: first.plus(-2), to: None };
    // E01: HR says absent, the register knows the reason.
    if let Some(i) = p.employee(|_, _| true) {
        let s = p.world.spells[i as usize].clone();
        let reason = [Reason::Detention, Reason::Study, Reason::Secondment][n % 3];
        p.world.spells[i as usize].twist().absent = Some(span);
        p.world.absences.push(Absence { person: s.person, unit: s.unit, reason, from: first_day(span.from) - 40, to: Some(last_day(last) + 90) });
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
    let Some(j) = p.spell_where(|w, o| super::ordinary(w, o) && o.unit == s.unit) else { return };
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
    let Some(i) = p.employee(|w, s| s.entry > first_day(w.first) - 6000) else { return };
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

fn pay(p: &mut Planter<'_, '_>) {
    let (first, last) = (p.world.first, p.world.last);
    let span = Span { from: first.plus(-2), to: None };
    // P01 and P03: the last pay goes out a month late. P02: back pay after the death.
    let gone = |p: &mut Planter<'_, '_>, reasons: &'static [ExitReason]| {
        p.spell_where(move |w, s| {
            s.register && s.hr && s.pay && s.twist.is_none() && s.leader.is_none()
                && s.exit.is_some_and(|(e, r)| reasons.contains(&r) && month_of(e) >= w.first && month_of(e) < w.last.max(w.first.plus(1)))
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
        p.look_alike("P02", None, Some(person), Span { from: month, to: None }, "paid in the month of death, back pay after");
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
        p.world.absences.push(Absence { person: a.person, unit: a.unit, reason: Reason::CollectivePayment, from, to: None });
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
    let two = p.world.approvals.iter().position(|a| a.count == 2 && a.on >= first_day(last.plus(-11)));
    let person = two.and_then(|a| {
        p.world.spells.iter().find(|s| s.approval == u32::try_from(a).ok() && needs_approval(s.channel)).map(|s| s.person)
    });
    if let Some(person) = person {
        p.look_alike("Q09", None, Some(person), span, "one approval for two entries");
    }
}
