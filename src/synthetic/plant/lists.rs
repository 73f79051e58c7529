//! Problems in the office's own lists: annual reports, plaques, Chinese domains, establishment reports, spot checks.

use super::Planter;
use super::registry::{Registry, listed, settled};
use crate::synthetic::days::{civil, day, first_day, last_day, month_of};
use crate::synthetic::model::{Span, World};
use crate::synthetic::office::{Check, DomainTwist, Filing, Plaque};
use crate::synthetic::rng::{Purpose, stream};

pub fn plant(r: &mut Registry<'_, '_, '_>, units: usize) {
    r.p.rng = stream(r.p.world.seed, Purpose::Lists, 0);
    for n in 0..units {
        annual_reports(r, n);
        plaques(r, n);
        domain(r, n);
        report(r, n);
        check(r, n);
    }
}

/// R09, R11, R12.
fn annual_reports(r: &mut Registry<'_, '_, '_>, n: usize) {
    let span = r.p.span(n);
    if let Some(u) = r.pick(|w, u| settled(w, u) && w.units[u as usize].size >= 5) {
        let (posts, people) = [(2, 0), (0, 1), (-1, 0), (3, -2)][n % 4];
        r.office(u).figures = Some((span, posts, people));
        r.p.planted("R09", Some(u), None, span, "figures of the report are not the register's");
    }
    if let Some(u) = r.pick(settled) {
        r.office(u).annual = Some((span, if n % 3 == 2 { Filing::Late } else { Filing::Missing }));
        r.p.planted("R11", Some(u), None, span, "annual report missing or late");
    }
    if let Some(u) = r.pick(settled) {
        r.office(u).assets_percent = Some((span, [150, 60, 122][n % 3]));
        r.p.planted("R12", Some(u), None, span, "net assets far from the capital");
    }
}

/// R15.
fn plaques(r: &mut Registry<'_, '_, '_>, n: usize) {
    let span = r.p.span(n);
    let Some(u) = r.pick(listed) else { return };
    let visit = first_day(r.p.world.first.plus(-2)) + 5;
    let name = r.p.world.units[u as usize].last_name().to_owned();
    let long_ago = visit - 700;
    let plaque = match n % 3 {
        0 => Plaque { name: format!("{name}产业促进中心"), approved: None, seen: Some(visit), ..blank(span) },
        1 => Plaque { name: format!("{name}技术推广站"), approved: Some(long_ago), ..blank(span) },
        _ => Plaque {
            name: format!("{name}信息中心"),
            approved: Some(long_ago),
            seen: Some(visit),
            own_quota: Some(3),
            ..blank(span)
        },
    };
    r.office(u).plaques.push(plaque);
    r.p.planted("R15", Some(u), None, span, "plaque not approved, not up, or with posts");
}

fn blank(shown: Span) -> Plaque {
    Plaque { name: String::new(), class: "机构牌子", approved: None, seen: None, own_quota: None, shown }
}

/// R16.
fn domain(r: &mut Registry<'_, '_, '_>, n: usize) {
    let span = r.p.span(n);
    let Some(u) = r.pick(listed) else { return };
    let twist = match n % 3 {
        0 => DomainTwist::Missing,
        1 => DomainTwist::Expired,
        _ => DomainTwist::Named(format!("{}门户网站", r.p.world.region.name)),
    };
    r.office(u).domain = Some((span, twist));
    r.p.planted("R16", Some(u), None, span, "domain missing, expired or of another name");
}

/// R19.
fn report(r: &mut Registry<'_, '_, '_>, n: usize) {
    let span = r.p.span(n);
    let Some(u) = r.pick(listed) else { return };
    r.office(u).report = Some((span, if n % 2 == 1 { Filing::Late } else { Filing::Missing }));
    r.p.planted("R19", Some(u), None, span, "establishment report missing or late");
}

/// R20.
fn check(r: &mut Registry<'_, '_, '_>, n: usize) {
    let span = r.p.span(n);
    let Some(u) = r.pick(listed) else { return };
    let from = first_day(span.from);
    let no = format!("{}-专项{}", civil(from).0, n + 1);
    let done = span.to.map(first_day);
    let check = match n % 3 {
        0 => Check { published: done, ..quiet(no, from - 40) },
        1 => Check {
            problem: true,
            published: Some(from - 80),
            rectify_by: Some(from - 5),
            rectified: done,
            ..quiet(no, from - 95)
        },
        _ => Check { published: Some(first_day(r.p.world.last) + 6), ..quiet(no, first_day(r.p.world.last) - 50) },
    };
    r.office(u).checks.push(check);
    r.p.planted("R20", Some(u), None, span, "spot check not followed up");
}

fn quiet(no: String, on: i32) -> Check {
    Check { no, on, problem: false, secret: false, published: None, rectify_by: None, rectified: None }
}

pub fn look_alikes(r: &mut Registry<'_, '_, '_>, count: usize) {
    let always = r.p.always();
    let (first, last) = (first_day(r.p.world.first), last_day(r.p.world.last));
    let year = civil(last).0;
    let this_year = Span { from: month_of(day(year, 1, 1)), to: None };
    for _ in 0..count {
        // R09: staff came or went since the end of the year.
        let since = day(year, 1, 1);
        let moved = |p: &Planter<'_, '_>, u: u32| {
            let mut spells = p.spells_of[u as usize].iter().map(|i| &p.world.spells[*i as usize]);
            spells.any(|s| s.register && (since..first).contains(&s.entry))
        };
        if let Some(u) = r.pick_by(|p, u| settled(p.world, u) && moved(p, u)) {
            r.p.look_alike("R09", Some(u), None, always, "staff moved since the end of the year");
        }
        if let Some(u) = r.pick(settled) {
            r.office(u).annual = Some((always, Filing::Exempt));
            r.p.look_alike("R11", Some(u), None, always, "exempt from filing in public");
        }
        // R12: the change was registered after the year's end.
        if let Some(u) = r.pick(settled) {
            r.office(u).assets_percent = Some((this_year, 160));
            r.office(u).changed = Some(day(year, 1, 15));
            r.p.look_alike("R12", Some(u), None, this_year, "the change is registered");
        }
        // R15: a project's plaque, and one approved lately that is not up yet.
        if let Some(u) = r.pick(listed) {
            let name = r.p.world.units[u as usize].last_name().to_owned();
            let project =
                Plaque {
                    name: format!("{name}实训基地"), class: "项目", seen: Some(first - 30), ..blank(always)
                };
            let fresh = Plaque { name: format!("{name}服务中心"), approved: Some(last - 20), ..blank(always) };
            r.office(u).plaques.extend([project, fresh]);
            r.p.look_alike("R15", Some(u), None, always, "a project's plaque; one approved lately");
        }
        // R16: the domain bears the short name.
        let short = |w: &World, u: u32| {
            let aliases = w.units[u as usize].aliases.iter();
            aliases.filter(|a| a.kind == "规范简称").map(|a| a.alias.clone()).next()
        };
        if let Some(u) = r.pick(|w, u| listed(w, u) && short(w, u).is_some()) {
            let name = short(r.p.world, u).unwrap_or_default();
            r.office(u).domain = Some((always, DomainTwist::Named(name)));
            r.p.look_alike("R16", Some(u), None, always, "the domain bears the short name");
        }
        // R20: a secret unit's result is not published.
        if let Some(u) = r.pick(listed) {
            r.office(u).checks.push(Check { secret: true, ..quiet(format!("{year}-涉密"), first - 90) });
            r.p.look_alike("R20", Some(u), None, always, "secret, not published");
        }
    }
    // R19: founded this year, or sent in on the last day.
    let young = r.pick(|w, u| {
        let unit = &w.units[u as usize];
        unit.listed && unit.abolished.is_none() && unit.established >= day(year, 1, 1)
    });
    let u = young.or_else(|| r.pick(listed));
    if let Some(u) = u {
        r.p.look_alike("R19", Some(u), None, always, "founded after the year, or in time");
    }
}
