//! R rules on what registrations show besides names, codes and heads.

use std::collections::{BTreeMap, BTreeSet};

use super::registrations::folded;
use super::{Facts, Finding, active};
use crate::synthetic::days::Day;
use crate::synthetic::model::{Bucket, HrStatus, Nature, QuotaType, StaffStatus};
use crate::synthetic::plant::ODD_FUNDING;
use crate::synthetic::records::RegistrationRow;

pub fn judge(f: &Facts<'_>, out: &mut Vec<Finding>) {
    // Unit → whether it is abolished on the register.
    let listed: BTreeMap<u32, Option<Day>> = f.s.units.iter().map(|u| (u.unit, u.abolished)).collect();
    let mut represented: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for r in f.s.registrations.iter().filter(|r| r.deregistered.is_none()) {
        if let Some(person) = r.legal_representative {
            represented.entry(person).or_default().insert(r.unit);
        }
        certificate(f, r, listed.get(&r.unit).copied().flatten(), out);
        match listed.get(&r.unit) {
            Some(Some(abolished)) => late(f, r, *abolished, out),
            Some(None) => alive(f, r, out),
            None => {}
        }
    }
    for (person, _) in represented.iter().filter(|(_, units)| units.len() >= 3) {
        out.push(Finding::of_person("R17", None, *person));
    }
    for u in f.s.units.iter().filter(|u| u.abolished.is_none()) {
        posts(f, u.unit, out);
    }
}

/// R10: out, or within thirty days of it, unless a renewal was accepted in the last sixty.
fn certificate(f: &Facts<'_>, r: &RegistrationRow, abolished: Option<Day>, out: &mut Vec<Finding>) {
    let under_way = r.more.renewal_accepted.is_some_and(|d| d + 60 >= f.as_of());
    if abolished.is_none() && !under_way && r.more.certificate.1 - f.as_of() <= 30 {
        out.push(Finding::of_unit("R10", r.unit, ""));
    }
}

/// R13: fifteen days after the liquidation, or a year after the abolition.
fn late(f: &Facts<'_>, r: &RegistrationRow, abolished: Day, out: &mut Vec<Finding>) {
    let term = r.more.liquidated.map_or(abolished + 365, |d| d + 15);
    if f.as_of() > term {
        out.push(Finding::of_unit("R13", r.unit, ""));
    }
}

fn alive(f: &Facts<'_>, r: &RegistrationRow, out: &mut Vec<Finding>) {
    let unit = &f.world.units[r.unit as usize];
    if let (Some(superior), Some(sponsor)) = (unit.superior, &r.more.sponsor)
        && !is_body(f, superior, sponsor)
    {
        out.push(Finding::of_unit("R06", r.unit, ""));
    }
    if r.more.funding_words != ODD_FUNDING && r.more.funding != unit.funding {
        out.push(Finding::of_unit("R07", r.unit, ""));
    }
    // R08: other matters than the duties', or a document of duties that the registration has not followed for 45 days.
    let other = f.world.office.get(&r.unit).and_then(|o| o.purpose_of).is_some_and(|s| s.holds(f.month()));
    let duties = crate::synthetic::duties::duties_on(f.world, r.unit, f.as_of());
    if other || (duties > r.more.changed.unwrap_or(r.registered) && duties + 45 < f.as_of()) {
        out.push(Finding::of_unit("R08", r.unit, ""));
    }
    gone(f, r, out);
    let own_name = folded(&r.name) == folded(unit.name(f.as_of()));
    let alias = unit.aliases.iter().any(|a| folded(&a.alias) == folded(&r.name));
    let plaque = unit.plaque.as_deref().is_some_and(|p| folded(p) == folded(&r.name));
    if matches!(unit.nature, Nature::Organ | Nature::Mass) && (own_name || !(alias || plaque)) {
        out.push(Finding::of_unit("R18", r.unit, "organ_registered"));
    }
}

/// Whether a written name is the body's: as it is called, was called, is called too, or without its region.
fn is_body(f: &Facts<'_>, body: u32, written: &str) -> bool {
    let unit = &f.world.units[body as usize];
    let name = folded(unit.name(f.as_of()));
    let written = folded(written);
    let known = unit.aliases.iter().any(|a| folded(&a.alias) == written);
    let plaque = unit.plaque.as_deref().is_some_and(|p| folded(p) == written);
    let shorter = |long: &str, short: &str| {
        long.strip_suffix(short).is_some_and(|region| {
            region.chars().count() > 1 && region.ends_with(['省', '市', '县', '区', '旗', '州', '盟'])
        })
    };
    name == written || known || plaque || shorter(&name, &written) || shorter(&written, &name)
}

/// R14: the representative died, retired, or left this unit more than 45 days ago.
fn gone(f: &Facts<'_>, r: &RegistrationRow, out: &mut Vec<Finding>) {
    let Some(person) = r.legal_representative else { return };
    let long_ago = |d: Option<Day>| d.is_some_and(|d| d + 45 < f.as_of());
    let died = f.lists.deaths.of(person).any(|d| long_ago(Some(d.on)))
        || f.hr_of(person).any(|h| h.status == HrStatus::Dead && long_ago(h.died))
        || f.staff_of(person).any(|s| s.status == StaffStatus::Dead && long_ago(s.exit.map(|e| e.0)));
    let retired = f.hr_of(person).any(|h| h.status == HrStatus::Retired && long_ago(h.retired))
        || f.staff_of(person).any(|s| s.status == StaffStatus::Retired && long_ago(s.exit.map(|e| e.0)));
    let away = |s: HrStatus| matches!(s, HrStatus::Transferred | HrStatus::Resigned | HrStatus::Dismissed);
    let left = f.hr_of(person).any(|h| h.unit == r.unit && away(h.status) && long_ago(h.left))
        || f.staff_of(person)
            .any(|s| s.unit == r.unit && s.status == StaffStatus::Left && long_ago(s.exit.map(|e| e.0)));
    let on_books = |s: &super::StaffRow| {
        matches!(s.status, StaffStatus::OnPost | StaffStatus::OffPost) && s.exit.is_none_or(|(e, _)| e > f.as_of())
    };
    let gone_hr = |s: HrStatus| away(s) || matches!(s, HrStatus::Retired | HrStatus::Dead);
    let here = f.staff_of(person).any(|s| s.unit == r.unit && on_books(s))
        || f.hr_of(person).any(|h| h.unit == r.unit && !gone_hr(h.status));
    let anywhere = f.staff_of(person).any(on_books);
    if died || (retired && !here && !anywhere) || (left && !here) {
        out.push(Finding::of_unit("R14", r.unit, ""));
    }
}

/// R18: an organ's code with institution posts only; an institution's code with an organ's posts.
fn posts(f: &Facts<'_>, unit: u32, out: &mut Vec<Finding>) {
    let u = &f.world.units[unit as usize];
    let exempt = |t: QuotaType| {
        let in_force =
            |e: &&crate::synthetic::model::Exemption| e.from <= f.as_of() && e.to.is_none_or(|to| to > f.as_of());
        f.lists.exemptions.of(unit).filter(in_force).any(|e| e.quota_type == t)
    };
    let held = |types: &[QuotaType], all: bool| {
        u.quotas.iter().any(|l| {
            let in_force = l.from <= f.as_of() && l.to.is_none_or(|t| t > f.as_of());
            l.bucket == Bucket::Own
                && l.approved > 0
                && in_force
                && types.contains(&l.quota_type)
                && (all || !exempt(l.quota_type))
        })
    };
    let (organ, institution) =
        ([QuotaType::Administrative, QuotaType::Police], [QuotaType::Institution, QuotaType::CivilServiceLike]);
    if u.credit.starts_with("11") && !held(&organ, true) && held(&institution, false) {
        out.push(Finding::of_unit("R18", unit, "organ_code"));
    }
    if u.credit.starts_with("12") && u.nature != Nature::CivilServiceLike && held(&organ, false) {
        out.push(Finding::of_unit("R18", unit, "institution_code"));
    }
    debug_assert!(f.staff_in(unit).iter().all(|s| s.unit == unit || !active(s, f.as_of())));
}
