//! R rules.

use std::collections::BTreeMap;

use super::{Facts, Finding, active};
use crate::synthetic::model::{Class, Nature, Scope};

/// A name without what folding takes away: spaces and the width of brackets.
pub fn folded(name: &str) -> String {
    name.chars()
        .map(|c| match c {
            '（' => '(',
            '）' => ')',
            c => c,
        })
        .filter(|c| !c.is_whitespace())
        .collect()
}

pub fn judge(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let listed: BTreeMap<u32, usize> = f.s.units.iter().enumerate().map(|(i, u)| (u.unit, i)).collect();
    let registered: BTreeMap<u32, usize> = f.s.registrations.iter().enumerate().map(|(i, r)| (r.unit, i)).collect();
    let mut codes: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for r in f.s.registrations.iter().filter(|r| r.deregistered.is_none()) {
        codes.entry(r.credit.to_uppercase()).or_default().push(r.unit);
    }
    for row in &f.s.units {
        let unit = &f.world.units[row.unit as usize];
        let due = row.abolished.is_none() && unit.is_institution() && unit.established + 84 < f.as_of();
        if due && !registered.contains_key(&row.unit) {
            out.push(Finding::of_unit("R01", row.unit, ""));
        }
    }
    for r in &f.s.registrations {
        let Some(i) = listed.get(&r.unit) else {
            if r.deregistered.is_none() {
                out.push(Finding::of_unit("R02", r.unit, ""));
            }
            continue;
        };
        if r.deregistered.is_some() || f.s.units[*i].abolished.is_some() {
            continue;
        }
        let unit = &f.world.units[r.unit as usize];
        let code = r.credit.to_uppercase();
        let mut kinds = Vec::new();
        if code != unit.credit {
            kinds.push("differs");
        }
        if !holds(&code) {
            kinds.push("invalid");
        } else if unit.nature == Nature::Institution && !code.starts_with("12") {
            kinds.push("prefix");
        }
        if codes.get(&code).is_some_and(|units| units.len() > 1) {
            kinds.push("duplicate");
        }
        out.extend(kinds.into_iter().map(|k| Finding::of_unit("R03", r.unit, k)));
        name(f, r, &f.s.units[*i].name, out);
        representative(f, r, out);
    }
}

/// Whether the last character is the one that belongs to the first 17.
fn holds(code: &str) -> bool {
    let region = code.get(2..8).and_then(|r| r.parse::<u32>().ok());
    region.is_some() && code.len() == 18 && crate::synthetic::codes::credit_holds(code)
}

fn name(f: &Facts<'_>, r: &crate::synthetic::records::RegistrationRow, name: &str, out: &mut Vec<Finding>) {
    let unit = &f.world.units[r.unit as usize];
    let registered = folded(&r.name);
    if registered == folded(name) {
        return;
    }
    let known = unit.aliases.iter().any(|a| {
        // A former name excuses for 45 days after the change, any other as long as it is in force.
        let listed = if a.kind == "曾用名" {
            a.to.is_none_or(|t| t <= f.as_of())
        } else {
            a.from.is_none_or(|d| d <= f.as_of())
        };
        listed && folded(&a.alias) == registered && a.to.is_none_or(|t| t >= f.as_of() - 45)
    });
    let other = unit.plaque.as_deref().is_some_and(|p| folded(p) == registered);
    if !known && !other {
        out.push(Finding::of_unit("R04", r.unit, ""));
    }
}

fn representative(f: &Facts<'_>, r: &crate::synthetic::records::RegistrationRow, out: &mut Vec<Finding>) {
    let Some(person) = r.legal_representative else { return };
    let heads: Vec<u32> = f
        .staff_in(r.unit)
        .iter()
        .filter(|s| {
            active(s, f.as_of())
                && s.leader.is_some_and(|l| {
                    l.scope == Scope::Leadership
                        && l.class == Class::Chief
                        && l.appointed < f.as_of() - 45
                        && l.removed.is_none()
                })
        })
        .map(|s| s.person)
        .collect();
    let same_name = |h: &u32| f.world.persons[*h as usize].name == f.world.persons[person as usize].name;
    if !heads.is_empty() && !heads.iter().any(|h| *h == person || same_name(h)) {
        out.push(Finding::of_unit("R05", r.unit, ""));
    }
}
