//! Problems of persons: absent, enrolled twice, unknown to the register, of two identities.

use super::Planter;
use super::quotas::new_person;
use crate::synthetic::days::{civil, first_day, last_day};
use crate::synthetic::model::{Absence, Channel, ExitReason, Reason, Span};
use crate::synthetic::people::spell;
use crate::synthetic::posts::raise_quota;

pub fn plant(p: &mut Planter<'_, '_>, people: usize) {
    for n in 0..people {
        absent(p, n);
        enrolled_twice(p, n);
        ghost(p, n);
        two_identities(p, n);
    }
}

/// E01: away without a reason, with an expired one, or simply never seen.
fn absent(p: &mut Planter<'_, '_>, n: usize) {
    let span = p.span(n);
    let attendance = n % 3 == 2;
    let found = p.employee(|w, s| !attendance || w.units[s.unit as usize].keeps_attendance);
    let Some(i) = found else { return };
    let s = p.world.spells[i as usize].clone();
    match n % 3 {
        2 => p.world.spells[i as usize].twist().never_present = Some(span),
        kind => {
            p.world.spells[i as usize].twist().absent = Some(span);
            if kind == 1 {
                // The secondment ran out when the absence began.
                let to = first_day(span.from);
                p.world.absences.push(Absence {
                    person: s.person,
                    unit: s.unit,
                    reason: Reason::Secondment,
                    from: to - 400,
                    to: Some(to),
                });
            }
        }
    }
    p.planted("E01", Some(s.unit), Some(s.person), span, "absent without a reason in force");
}

/// Another unit of the same nature that has no part yet.
fn elsewhere(p: &mut Planter<'_, '_>, unit: u32) -> Option<u32> {
    let nature = p.world.units[unit as usize].nature;
    p.free_unit(|p, i| {
        let u = &p.world.units[i as usize];
        u.nature == nature && !u.police && u.size >= 6 && u.payer.is_none() && i != unit
    })
}

/// E04: on the register of two units; every second one is paid by both (P04).
fn enrolled_twice(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|w, s| !w.units[s.unit as usize].police) else { return };
    let s = p.world.spells[i as usize].clone();
    let Some(to) = elsewhere(p, s.unit) else { return };
    let entry = if n % 3 == 1 { last_day(p.world.last) - 70 } else { first_day(p.world.first) - 150 };
    let established = p.world.units[to as usize].established;
    raise_quota(&mut p.world.units[to as usize], s.quota_type, 1, established);
    let mut second = spell(s.person, to, s.quota_type, entry, Channel::Appointment);
    second.hr = false;
    second.pay = n % 2 == 1;
    second.level = s.level;
    let paid = second.pay;
    p.push_spell(second);
    let span = Span { from: crate::synthetic::days::month_of(entry), to: None };
    p.planted("E04", None, Some(s.person), span, "enrolled by two units");
    if paid {
        p.planted("P04", None, Some(s.person), span, "enrolled and paid by two units");
    }
}

/// E10: paid, and on nobody's register.
fn ghost(p: &mut Planter<'_, '_>, n: usize) {
    let found = p.free_unit(|p, i| {
        let u = &p.world.units[i as usize];
        u.size >= 10 && u.payer.is_none()
    });
    let Some(unit) = found else { return };
    let span = if n % 5 == 1 { Span { from: p.world.last.plus(-1), to: None } } else { p.span(n) };
    let entry = first_day(span.from);
    let person = new_person(p, entry);
    let mut s = spell(person, unit, super::main_type(p.world, unit), entry, Channel::Recruitment);
    (s.register, s.hr, s.level) = (false, false, 4);
    s.exit = span.to.map(|t| (first_day(t) - 1, ExitReason::Resignation));
    p.push_spell(s);
    p.planted("E10", Some(unit), Some(person), span, "paid, on no register");
}

/// E15: one number under two names, or one person under two numbers.
fn two_identities(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|_, _| true) else { return };
    let s = p.world.spells[i as usize].clone();
    let span = p.span(n);
    let person = p.world.persons[s.person as usize].clone();
    let mut rng = p.rng.clone();
    if n.is_multiple_of(2) {
        let other = loop {
            let name = p.makers.names.draw(&mut rng, person.sex);
            if !name.contains('·') && !name.chars().any(|c| person.name.contains(c)) && !person.name.contains('·') {
                break name;
            }
            if person.name.contains('·') {
                break "赵德胜".to_owned();
            }
        };
        p.world.spells[i as usize].twist().pay_name = Some((span, other));
        p.planted("E15", None, Some(s.person), span, "one number, two names");
    } else {
        let region = person.id_text()[..6].parse().unwrap_or(p.world.region.code);
        let id = p.makers.id(&mut rng, region, person.sex, person.birth);
        p.world.spells[i as usize].twist().pay_id = Some((span, id));
        p.planted("E15", None, Some(s.person), span, "one person, two numbers");
    }
    p.rng = rng;
    debug_assert!(civil(person.birth).0 > 1900);
}
