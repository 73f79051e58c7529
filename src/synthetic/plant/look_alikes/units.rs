//! Look-alikes of units: quotas, posts, pay by another, ends.

use rand::Rng as _;

use super::super::quotas::{abolish, dissolvable, fill_up, new_person, unit_with_deputies};
use super::super::registrations::blank;
use super::super::{Planter, fill, main_type, one_lot, quiet};
use crate::synthetic::days::{first_day, last_day, month_of};
use crate::synthetic::model::{
    Bucket, Channel, Class, Exemption, ExitReason, Leader, Nature, QuotaLot, QuotaType, Scope, Span,
};
use crate::synthetic::numerals;
use crate::synthetic::people::spell;

pub fn plant(p: &mut Planter<'_, '_>, n: usize) {
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
            more: crate::synthetic::quota_feeds::LotMore::default(),
        });
        p.look_alike("Q01", Some(u), None, span, "pooled posts do not count against the unit's own");
    } else {
        let to = Some(last_day(p.world.last) + 500);
        p.world.exemptions.push(Exemption {
            unit: u,
            quota_type: t,
            count: 1,
            reason: "军转安置",
            from: entry - 30,
            to,
        });
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
    let Some(u) = p
        .unit(|w, u, spells| w.units[u as usize].nature == Nature::Institution && quiet(w, spells) && spells.len() > 5)
    else {
        return;
    };
    let Some(i) = p.employees_of(u, 1).first().copied() else { return };
    p.world.spells[i as usize].quota_type = QuotaType::Administrative;
    let person = p.world.spells[i as usize].person;
    let from = first_day(p.world.first.plus(-30));
    p.world.exemptions.push(Exemption {
        unit: u,
        quota_type: QuotaType::Administrative,
        count: 1,
        reason: "机构改革",
        from,
        to: None,
    });
    let span = p.always();
    p.look_alike("Q03", Some(u), Some(person), span, "exempt by a document of the reform");
}

/// Q18: all staff are paid by a settlement centre that is on no register.
fn paid_by_another(p: &mut Planter<'_, '_>, n: usize) {
    let Some(u) = p.unit(|w, u, spells| {
        (8..30).contains(&spells.len()) && w.units[u as usize].county.is_some() && quiet(w, spells)
    }) else {
        return;
    };
    let county = p.world.units[u as usize].county.unwrap_or(0);
    let number = if n == 0 { String::new() } else { format!("第{}", numerals::chinese(n + 1)) };
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
        p.world.spells[*i as usize]
            .leader
            .is_some_and(|l| l.class == Class::Deputy && l.removed.is_none() && l.appointed < appointed - 400)
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
    let Some((u, to)) = dissolvable(p) else { return };
    let on = first_day(p.world.last.plus(-1)) + 11;
    abolish(p, u, on, to);
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
