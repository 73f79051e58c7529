//! Problems between the registry of institutions and the establishment register.

use rand::Rng as _;

use super::Planter;
use super::quotas::new_person;
use crate::synthetic::codes;
use crate::synthetic::days::first_day;
use crate::synthetic::model::{Nature, Registration, Span, Unit, World};

pub fn plant(p: &mut Planter<'_, '_>, units: usize) {
    for n in 0..units {
        not_registered(p, n);
        registered_only(p, n);
        credit_code(p, n);
        name(p, n);
        legal_representative(p, n);
    }
}

/// A registered institution with a head.
pub fn registered(p: &mut Planter<'_, '_>) -> Option<u32> {
    p.unit(|w, u, spells| {
        let unit = &w.units[u as usize];
        let head = |s: &crate::synthetic::model::Spell| {
            s.leader.is_some_and(|l| {
                l.class == crate::synthetic::model::Class::Chief
                    && l.removed.is_none()
                    && l.appointed < first_day(w.first) - 100
            })
        };
        unit.registration.is_some()
            && unit.names.len() == 1
            && unit.size >= 4
            && spells.iter().any(|i| head(&w.spells[*i as usize]))
            && unit.registration.as_ref().is_some_and(|r| r.legal_representative.len() == 1)
    })
}

/// R01: an institution nobody registered.
fn not_registered(p: &mut Planter<'_, '_>, n: usize) {
    let Some(u) = registered(p) else { return };
    let span = p.span(n);
    if let Some(r) = &mut p.world.units[u as usize].registration {
        r.hidden = Some(span);
    }
    p.planted("R01", Some(u), None, span, "institution not registered");
}

/// A unit only the registry knows.
pub fn stranger(p: &mut Planter<'_, '_>, n: usize, shown: Span) -> u32 {
    let index = p.world.units.len();
    let county = p.rng.random_range(0..p.world.region.counties.len());
    let prefix = p.world.region.prefix(Some(county));
    let kinds = ["青少年活动中心", "老年大学", "地方志编纂中心", "价格认证中心", "招商服务中心", "林业工作总站"];
    let mut name = format!("{prefix}{}", kinds[n % kinds.len()]);
    let mut number = 1;
    while !p.names.insert(name.clone()) {
        number += 1;
        name = format!("{prefix}第{}{}", crate::synthetic::numerals::chinese(number), kinds[n % kinds.len()]);
    }
    let region_code = p.world.region.code_of(Some(county));
    let credit = codes::credit_code("12", region_code, u32::try_from(index).unwrap_or_default() + 1);
    let first = first_day(p.world.first);
    let head = new_person(p, first - 4000);
    p.person_used.resize(p.world.persons.len(), true);
    let unit = blank(p.world, county, name.clone(), credit.clone());
    p.world.units.push(Unit {
        registration: Some(Registration {
            names: vec![(i32::MIN, name)],
            credit: vec![(i32::MIN, credit)],
            legal_representative: vec![(i32::MIN, head)],
            other_names: String::new(),
            registered: first - 3000,
            deregistered: None,
            shown,
            hidden: None,
        }),
        ..unit
    });
    p.spells_of.push(vec![]);
    p.unit_used.push(true);
    u32::try_from(index).unwrap_or_default()
}

/// A unit outside the establishment register.
pub fn blank(world: &World, county: usize, name: String, credit: String) -> Unit {
    use crate::synthetic::model::{Funding, Rank};
    let index = world.units.len();
    Unit {
        code: String::new(),
        budget_code: format!("{:06}", 900_001 + index),
        hr_code: format!("RS{:05}", 70_001 + index),
        names: vec![(i32::MIN, name)],
        short_name: None,
        plaque: None,
        credit,
        county: Some(county),
        region_code: world.region.code_of(Some(county)),
        superior: None,
        rank: Rank::Staff,
        nature: Nature::Institution,
        funding: Funding::Full,
        police: false,
        size: 0,
        established: first_day(world.first) - 3030,
        abolished: None,
        quotas: vec![],
        total_shift: None,
        posts: vec![],
        registration: None,
        aliases: vec![],
        listed: false,
        payer: None,
        payroll_name: None,
        paid_as: None,
        branches: vec![],
        hr_name: None,
        keeps_attendance: false,
    }
}

/// R02: registered, unknown to the establishment register.
fn registered_only(p: &mut Planter<'_, '_>, n: usize) {
    let span = p.span(n);
    let u = stranger(p, n, span);
    p.planted("R02", Some(u), None, span, "registered, not established");
}

/// R03: a code that differs, fails its check, stands on two registrations or is of an organ.
fn credit_code(p: &mut Planter<'_, '_>, n: usize) {
    let organ_code = n % 4 == 3;
    let found = (0..10).find_map(|_| {
        registered(p).filter(|u| !organ_code || p.world.units[*u as usize].nature == Nature::Institution)
    });
    let Some(u) = found else { return };
    let unit = p.world.units[u as usize].clone();
    let span = p.span(n);
    let day = first_day(span.from);
    let serial = 800_000 + u;
    let wrong = match n % 4 {
        0 => codes::credit_code("12", unit.region_code, serial),
        1 => {
            let last = if unit.credit.ends_with('1') { '2' } else { '1' };
            format!("{}{last}", &unit.credit[..17])
        }
        2 => match registered(p) {
            Some(other) => p.world.units[other as usize].credit.clone(),
            None => return,
        },
        _ => {
            // Both registers carry the organ's code: they agree, and are wrong together.
            let code = codes::credit_code("11", unit.region_code, serial);
            p.world.units[u as usize].credit = code.clone();
            if let Some(r) = &mut p.world.units[u as usize].registration {
                r.credit = vec![(i32::MIN, code)];
            }
            let span = p.always();
            p.planted("R03", Some(u), None, span, "organ's prefix");
            return;
        }
    };
    if let Some(r) = &mut p.world.units[u as usize].registration {
        r.credit.push((day, wrong));
        if let Some(to) = span.to {
            r.credit.push((first_day(to), unit.credit));
        }
    }
    p.planted("R03", Some(u), None, span, "credit code wrong");
}

/// R04: registered under a name that no alias explains.
fn name(p: &mut Planter<'_, '_>, n: usize) {
    let Some(u) = registered(p) else { return };
    let span = p.span(n);
    let old = p.world.units[u as usize].last_name().to_owned();
    let ends = [
        ("中心", "服务所"),
        ("学校", "实验学校"),
        ("小学", "希望小学"),
        ("中学", "实验中学"),
        ("医院", "人民康复医院"),
        ("卫生院", "社区卫生服务中心"),
        ("站", "推广中心"),
    ];
    let new = ends
        .iter()
        .rev()
        .find_map(|(end, with)| old.strip_suffix(end).map(|stem| format!("{stem}{with}")))
        .unwrap_or_else(|| format!("{old}服务中心"));
    if let Some(r) = &mut p.world.units[u as usize].registration {
        r.names.push((first_day(span.from), new));
        if let Some(to) = span.to {
            r.names.push((first_day(to), old));
        }
    }
    p.planted("R04", Some(u), None, span, "name differs, no alias");
}

/// R05: the registry still, or already, names somebody else.
fn legal_representative(p: &mut Planter<'_, '_>, n: usize) {
    let Some(u) = registered(p) else { return };
    let span = p.span(n);
    let Some(i) = p.employees_of(u, 1).first().copied() else { return };
    let other = p.world.spells[i as usize].person;
    if let Some(r) = &mut p.world.units[u as usize].registration {
        let head = r.legal_representative.last().map(|x| x.1);
        r.legal_representative.push((first_day(span.from), other));
        if let (Some(to), Some(head)) = (span.to, head) {
            r.legal_representative.push((first_day(to), head));
        }
    }
    p.planted("R05", Some(u), None, span, "legal representative is not the head");
}
