//! Look-alikes between the registry of institutions and the register.

use super::super::registrations::{blank, registered, stranger};
use super::super::{Planter, main_type, ordinary, quiet};
use crate::synthetic::codes;
use crate::synthetic::days::{first_day, last_day, month_of};
use crate::synthetic::model::{Alias, Channel, Class, ExitReason, Leader, Nature, Scope, Span};
use crate::synthetic::people::spell;
use crate::synthetic::posts::raise_quota;

pub fn plant(p: &mut Planter<'_, '_>, n: usize) {
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
        unit.nature == Nature::Institution
            && unit.county.is_some()
            && quiet(w, spells)
            && spells.iter().filter(|i| ordinary(w, &w.spells[**i as usize])).count() >= 6
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
    p.look_alike(
        "R01",
        Some(index),
        None,
        Span { from: month_of(on), to: None },
        "set up within the time for registering",
    );
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
        p.world.spells[*i as usize]
            .leader
            .is_some_and(|l| l.scope == Scope::Leadership && l.class == Class::Chief && l.removed.is_none())
    });
    let Some(old) = old else { return };
    if let Some(l) = p.world.spells[old as usize].leader {
        p.world.spells[old as usize].leader = Some(Leader { removed: Some(on), ..l });
        p.world.spells[i as usize].leader = Some(Leader { appointed: on, ..l });
    }
    p.look_alike("R05", Some(u), None, Span { from: month_of(on), to: None }, "new head since some weeks");
}
