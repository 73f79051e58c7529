//! More problems of the data itself: old numbers, codes in no list, impossible dates, contradictions, unknown units, late entries.

use super::registry::{Registry, settled};
use super::{Planter, ordinary};
use crate::synthetic::days::{day, first_day, last_day};
use crate::synthetic::model::{Channel, PayClass, QuotaType, Sex, Spell, World};
use crate::synthetic::people::spell;
use crate::synthetic::rng::{Purpose, stream};

/// A word for funding that no list has.
pub const ODD_FUNDING: &str = "财政专项";

pub fn plant(r: &mut Registry<'_, '_, '_>, units: usize) {
    r.p.rng = stream(r.p.world.seed, Purpose::DataQuality, 0);
    for n in 0..units {
        old_numbers(r, n);
        codes(r, n);
        dates(r.p, n);
        contradiction(r.p, n);
        unknown_unit(r.p, n);
        late(r, n);
    }
}

/// A unit with at least so many ordinary employees whom nobody has a part for.
fn staffed(r: &mut Registry<'_, '_, '_>, count: usize) -> Option<u32> {
    r.pick_by(|p, u| {
        let w = &*p.world;
        let free = |i: &&u32| {
            let s = &w.spells[**i as usize];
            ordinary(w, s) && !p.person_used[s.person as usize] && w.persons[s.person as usize].id_text()[6..8] == *"19"
        };
        w.units[u as usize].listed && p.spells_of[u as usize].iter().filter(free).count() > count + 1
    })
}

/// D04: numbers of fifteen digits in the register.
fn old_numbers(r: &mut Registry<'_, '_, '_>, n: usize) {
    let Some(u) = staffed(r, 4) else { return };
    let span = r.p.span(n);
    let mut left = 3 + n % 2;
    for i in r.p.employees_of(u, 8) {
        let person = r.p.world.spells[i as usize].person;
        let id = r.p.world.persons[person as usize].id_text().to_owned();
        if left > 0 && &id[6..8] == "19" {
            r.p.world.spells[i as usize].twist().staff_id = Some((span, format!("{}{}", &id[..6], &id[8..17])));
            left -= 1;
        }
    }
    r.p.planted("D04", Some(u), None, span, "numbers of fifteen digits");
}

/// D06: a way of entry, or funding, in words of no list.
fn codes(r: &mut Registry<'_, '_, '_>, n: usize) {
    let span = r.p.span(n);
    if n.is_multiple_of(2) {
        let Some(u) = staffed(r, 2) else { return };
        for i in r.p.employees_of(u, 1 + n % 3) {
            r.p.world.spells[i as usize].twist().odd_channel = Some(span);
        }
        r.p.planted("D06", Some(u), None, span, "a way of entry of no list");
        return;
    }
    let Some(u) = r.pick(settled) else { return };
    r.office(u).funding_words = Some((span, ODD_FUNDING));
    r.p.planted("D06", Some(u), None, span, "funding of no list");
}

/// D07: the first day of work lies ahead, or is a spreadsheet's day nought.
fn dates(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|_, _| true) else { return };
    let span = p.span(n);
    let wrong = if n.is_multiple_of(2) { day(1900, 1, 1) } else { last_day(p.world.last) + 300 };
    let s = &mut p.world.spells[i as usize];
    s.twist().work_start = Some((span, wrong));
    let unit = s.unit;
    p.planted("D07", Some(unit), None, span, "a first day of work that cannot be");
}

/// D08: HR has the other sex.
fn contradiction(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|_, _| true) else { return };
    let span = p.span(n);
    let s = p.world.spells[i as usize].clone();
    let other = if p.world.persons[s.person as usize].sex == Sex::Male { Sex::Female } else { Sex::Male };
    p.world.spells[i as usize].twist().hr_sex = Some((span, other));
    p.planted("D08", Some(s.unit), Some(s.person), span, "HR has the other sex");
}

/// D09: a project office that is on no register pays casual staff.
fn unknown_unit(p: &mut Planter<'_, '_>, n: usize) {
    let span = p.span(n);
    let county = n % p.world.region.counties.len().max(1);
    let kinds = ["古城改造项目部", "重点工程指挥部", "园区建设工程处"];
    let number = crate::synthetic::numerals::chinese(n / kinds.len() + 1);
    let name = format!("{}第{number}{}", p.world.region.prefix(Some(county)), kinds[n % kinds.len()]);
    let index = u32::try_from(p.world.units.len()).unwrap_or_default();
    let unit = super::registrations::blank(p.world, county, name, String::new());
    p.world.units.push(unit);
    p.spells_of.push(vec![]);
    p.unit_used.push(true);
    for _ in 0..2 + n % 3 {
        let entry = first_day(span.from.max(p.world.first.plus(-40)));
        let person = super::quotas::new_person(p, entry);
        let mut s: Spell = spell(person, index, QuotaType::Institution, entry, Channel::Recruitment);
        (s.register, s.hr, s.class, s.level) = (false, false, PayClass::OffQuota, 1);
        s.exit = span.to.map(|t| (first_day(t) - 40, crate::synthetic::model::ExitReason::Resignation));
        p.push_spell(s);
    }
    p.planted("D09", Some(index), None, span, "pay from a unit of no register");
}

/// D10: an entry of the last months that took a quarter to be recorded.
fn late(r: &mut Registry<'_, '_, '_>, n: usize) {
    let (from, to) = (first_day(r.p.world.last.plus(-10)), first_day(r.p.world.first.plus(-4)));
    let fits = |w: &World, i: u32| {
        let s = &w.spells[i as usize];
        s.register && s.exit.is_none() && s.twist.is_none() && (from..to).contains(&s.entry)
    };
    let recent = |p: &Planter<'_, '_>, u: u32| {
        let (w, of) = (&*p.world, &p.spells_of[u as usize]);
        let entries =
            of.iter().filter(|i| w.spells[**i as usize].register && w.spells[**i as usize].entry >= from - 40).count();
        w.units[u as usize].listed
            && w.units[u as usize].abolished.is_none()
            && entries < 9
            && of.iter().any(|i| fits(w, *i))
    };
    let Some(u) = r.pick_by(recent) else { return };
    let Some(i) = r.p.spells_of[u as usize].iter().copied().find(|i| fits(r.p.world, *i)) else { return };
    r.p.world.spells[i as usize].twist().recorded_after = Some(50 + i32::try_from(n % 6).unwrap_or(0) * 8);
    let span = r.p.always();
    r.p.planted("D10", Some(u), None, span, "recorded long after the entry");
}

pub fn look_alikes(r: &mut Registry<'_, '_, '_>, count: usize) {
    let always = r.p.always();
    let centres: Vec<u32> = (0_u32..)
        .zip(&r.p.world.units)
        .filter(|(_, u)| u.last_name().ends_with("会计核算中心"))
        .map(|(i, _)| i)
        .collect();
    for u in centres {
        r.p.look_alike("D09", Some(u), None, always, "a settlement centre pays for others");
    }
    let single: Vec<u32> = r.p.world.look_alikes.iter().filter(|m| m.rule == "D02").filter_map(|m| m.unit).collect();
    for u in single {
        r.p.look_alike("D04", Some(u), None, always, "a single number in another shape");
    }
    for _ in 0..count {
        // D06: funding in the words of another list, which is known.
        let worded = r.p.world.office.iter().find(|(_, o)| o.funding_words.is_some()).map(|(u, _)| *u);
        if let Some(u) = worded {
            r.p.look_alike("D06", Some(u), None, always, "a known word of another list");
        }
        // D07: a hundred years old and more, which a unit may be.
        if let Some(u) = r.pick(settled) {
            let old = day(1908, 9, 1);
            let since = r.p.world.units[u as usize].established;
            if r.p.world.units[u as usize].quotas.iter().all(|l| l.from > old) {
                r.p.world.units[u as usize].established = old.min(since);
            }
            r.p.look_alike("D07", Some(u), None, always, "founded over a century ago");
        }
        // D08: HR has no number and the other sex: linked by likeness only, so not compared.
        if let Some(i) = r.p.employee(|w, s| w.units[s.unit as usize].size >= 30) {
            let s = r.p.world.spells[i as usize].clone();
            let other = if r.p.world.persons[s.person as usize].sex == Sex::Male { Sex::Female } else { Sex::Male };
            let twist = r.p.world.spells[i as usize].twist();
            (twist.hr_id_missing, twist.hr_sex) = (Some(always), Some((always, other)));
            r.p.look_alike("D08", Some(s.unit), Some(s.person), always, "linked by likeness only");
        }
        // D10: history entered long after.
        if let Some(i) = r.p.employee(|w, s| s.entry < first_day(w.first.plus(-30))) {
            let to = first_day(r.p.world.first) - 60;
            let s = &mut r.p.world.spells[i as usize];
            let after = to - s.entry;
            s.twist().recorded_after = Some(after);
            let unit = s.unit;
            r.p.look_alike("D10", Some(unit), None, always, "history entered later");
        }
    }
}
