//! Problems of the data itself.

use super::Planter;
use crate::synthetic::days::{civil, day};
use crate::synthetic::model::Sex;
use crate::synthetic::posts::raise_quota;

/// D01: units with many empty cells.
pub fn plant_units(p: &mut Planter<'_, '_>, units: usize) {
    for n in 0..units {
        let found = p.unit(|w, _, spells| {
            (8..60).contains(&spells.len())
                && spells.iter().filter(|i| super::ordinary(w, &w.spells[**i as usize])).count() * 2 > spells.len()
        });
        let Some(u) = found else { return };
        let span = p.span(n);
        let rows = p.spells_of[u as usize].len();
        match n % 3 {
            0 => {
                for i in p.employees_of(u, rows / 4 + 1) {
                    p.world.spells[i as usize].twist().staff_id_missing = Some(span);
                }
            }
            1 => {
                for i in p.employees_of(u, rows / 5 + 1) {
                    p.world.spells[i as usize].twist().hr_id_missing = Some(span);
                }
            }
            _ => {
                for i in p.employees_of(u, rows * 2 / 5 + 1) {
                    p.world.spells[i as usize].twist().entry_missing = Some(span);
                }
            }
        }
        p.planted("D01", Some(u), None, span, "empty cells");
    }
}

/// D02, D03, D05 on single rows.
pub fn plant_persons(p: &mut Planter<'_, '_>, people: usize) {
    for n in 0..people {
        mistyped(p, n);
        attributes(p, n);
        twice(p, n);
    }
}

fn mistyped(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|_, _| true) else { return };
    let s = p.world.spells[i as usize].clone();
    let id = p.world.persons[s.person as usize].id_text().to_owned();
    let text = match n % 3 {
        0 => format!("{}{}{}", &id[..16], if id.as_bytes()[16] == b'7' { '8' } else { '7' }, &id[17..]),
        1 => format!("{}13{}", &id[..10], &id[12..]),
        _ => id[..17].to_owned(),
    };
    let span = p.span(n);
    p.world.spells[i as usize].twist().staff_id = Some((span, text));
    p.planted("D02", Some(s.unit), Some(s.person), span, "number mistyped in the register");
}

fn attributes(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|_, _| true) else { return };
    let s = p.world.spells[i as usize].clone();
    let person = &p.world.persons[s.person as usize];
    let span = p.span(n);
    let (year, month, date) = civil(person.birth);
    let other_sex = if person.sex == Sex::Male { Sex::Female } else { Sex::Male };
    if n.is_multiple_of(2) {
        p.world.spells[i as usize].twist().staff_birth = Some((span, day(year + 3, month, date)));
    } else {
        p.world.spells[i as usize].twist().hr_sex = Some((span, other_sex));
    }
    p.planted("D03", Some(s.unit), Some(s.person), span, "birth date or sex contradicts the number");
}

fn twice(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|_, _| true) else { return };
    let s = p.world.spells[i as usize].clone();
    let span = p.span(n);
    if n.is_multiple_of(2) {
        // Room for the copy, so that whoever counts rows and whoever counts persons agree on the quota.
        let established = p.world.units[s.unit as usize].established;
        raise_quota(&mut p.world.units[s.unit as usize], s.quota_type, 1, established);
        p.world.spells[i as usize].twist().staff_twice = Some(span);
    } else {
        p.world.spells[i as usize].twist().hr_twice = Some(span);
    }
    p.planted("D05", Some(s.unit), Some(s.person), span, "row stands twice");
}
