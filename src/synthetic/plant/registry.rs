//! More problems between the registry of institutions and the establishment register, and their look-alikes. They draw on
//! units of their own choice: what is planted here touches neither staff nor pay.

use super::Planter;
pub use super::parts::Registry;
use super::quotas::{abolish, close_quotas, dissolvable};
use crate::synthetic::days::{Day, first_day, last_day};
use crate::synthetic::model::{
    Bucket, Class, Exemption, Funding, Nature, QuotaLot, QuotaType, Registration, Scope, Span, Spell, World, at,
};
use crate::synthetic::rng::{Purpose, stream};

/// Listed, alive and registered under one name all along.
pub fn settled(w: &World, u: u32) -> bool {
    let unit = &w.units[u as usize];
    let orderly = |r: &Registration| r.deregistered.is_none() && r.hidden.is_none() && r.names.len() == 1;
    listed(w, u) && unit.registration.as_ref().is_some_and(orderly)
}

/// On the establishment register, of old, and not abolished.
pub fn listed(w: &World, u: u32) -> bool {
    let unit = &w.units[u as usize];
    unit.listed && unit.abolished.is_none() && unit.names.len() == 1 && unit.established < first_day(w.first.plus(-24))
}

pub fn plant(r: &mut Registry<'_, '_, '_>, units: usize) {
    r.p.rng = stream(r.p.world.seed, Purpose::Registry, 0);
    let organs = organs(r.p.world);
    for n in 0..units {
        sponsor(r, n, &organs);
        funding(r, n);
        certificate(r, n);
        deregistration(r, n);
        gone(r, n);
        nature(r, n, &organs);
        purpose(r, n);
    }
    for n in 0..units.div_ceil(2) {
        serial(r, n);
    }
}

/// Organs: they stand as sponsors, and some as institutions.
fn organs(w: &World) -> Vec<u32> {
    (0_u32..).zip(&w.units).filter(|(_, u)| u.nature == Nature::Organ).map(|(i, _)| i).collect()
}

/// R06: another body of the place stands as sponsor.
fn sponsor(r: &mut Registry<'_, '_, '_>, n: usize, organs: &[u32]) {
    let Some(u) = r.pick(|w, u| settled(w, u) && w.units[u as usize].superior.is_some()) else { return };
    let span = r.p.span(n);
    let unit = &r.p.world.units[u as usize];
    // The next one after the unit, and from the beginning again.
    let (before, after) = organs.split_at(organs.partition_point(|o| *o <= u));
    let other = after.iter().chain(before).filter(|i| **i != u).find(|i| {
        let o = &r.p.world.units[**i as usize];
        unit.superior != Some(**i) && o.county == unit.county && o.names.len() == 1 && o.listed
    });
    let Some(name) = other.map(|i| r.p.world.units[*i as usize].last_name().to_owned()) else { return };
    r.office(u).sponsor = Some((span, name));
    r.p.planted("R06", Some(u), None, span, "another sponsor");
}

/// R07: funding of another class.
fn funding(r: &mut Registry<'_, '_, '_>, n: usize) {
    let Some(u) = r.pick(settled) else { return };
    let span = r.p.span(n);
    let other = match r.p.world.units[u as usize].funding {
        Funding::Full => [Funding::Partial, Funding::SelfFunded][n % 2],
        Funding::Partial | Funding::SelfFunded => Funding::Full,
    };
    r.office(u).funding = Some((span, other));
    r.p.planted("R07", Some(u), None, span, "funding of another class");
}

/// R10: a certificate that ran out, or is about to.
fn certificate(r: &mut Registry<'_, '_, '_>, n: usize) {
    let Some(u) = r.pick(settled) else { return };
    let span = r.p.span(n);
    let from = first_day(span.from);
    let end = if n % 4 == 3 { last_day(r.p.world.last) + 12 } else { from - 3 - i32::try_from(n % 7).unwrap_or(0) };
    let mut ends = vec![(from - 40, end)];
    if let Some(to) = span.to {
        ends.push((first_day(to), i32::MAX));
    }
    r.office(u).certificate_end = ends;
    r.p.planted("R10", Some(u), None, span, "certificate out, or about to be");
}

/// R13: abolished, and still registered as live.
fn deregistration(r: &mut Registry<'_, '_, '_>, n: usize) {
    let last = last_day(r.p.world.last);
    let ended = |w: &World, u: u32| {
        let unit = &w.units[u as usize];
        unit.abolished.is_some_and(|a| a + 60 < last)
            && unit.registration.as_ref().is_some_and(|x| x.deregistered.is_some())
    };
    let span = r.p.always();
    let found = if n % 3 == 2 { None } else { r.pick(ended) };
    let Some(u) = found else {
        // Abolished long ago; nobody wrote down the liquidation.
        let on = last - 400 - 15 * i32::try_from(n % 6).unwrap_or(0);
        let Some((u, to)) = dissolvable(r.p) else { return };
        abolish(r.p, u, on, to);
        close_quotas(r.p, u, on);
        (r.used[u as usize], r.used[to as usize]) = (true, true);
        if let Some(x) = r.registration(u) {
            x.deregistered = None;
        }
        r.p.planted("R13", Some(u), None, span, "abolished over a year ago, still registered");
        return;
    };
    let on = r.p.world.units[u as usize].abolished.unwrap_or(last);
    if let Some(x) = r.registration(u) {
        x.deregistered = None;
    }
    r.office(u).liquidated = Some(on + 20);
    r.p.planted("R13", Some(u), None, span, "liquidated, still registered");
}

/// R14: somebody who retired, died or left stands as legal representative.
fn gone(r: &mut Registry<'_, '_, '_>, n: usize) {
    let span = r.p.span(n);
    let (early, late) = (first_day(r.p.world.first.plus(-26)), first_day(span.from) - 50);
    r.count_stands();
    let stands = std::mem::take(&mut r.stands);
    let fits = |w: &World, s: &Spell| {
        let once = stands[s.person as usize] == 1;
        once && s.register
            && s.hr
            && s.twist.is_none()
            && s.exit.is_some_and(|(e, _)| (early..late).contains(&e))
            && settled(w, s.unit)
    };
    let left = |p: &Planter<'_, '_>, u: u32| {
        let mut spells = p.spells_of[u as usize].iter().map(|i| &p.world.spells[*i as usize]);
        spells.find(|s| fits(p.world, s)).map(|s| s.person)
    };
    let found = r.pick_by(|p, u| left(p, u).is_some()).and_then(|u| Some((u, left(r.p, u)?)));
    r.stands = stands;
    let Some((u, person)) = found else { return };
    if let Some(x) = r.registration(u) {
        let head = x.legal_representative.last().map(|l| l.1);
        x.legal_representative.push((first_day(span.from), person));
        if let (Some(to), Some(head)) = (span.to, head) {
            x.legal_representative.push((first_day(to), head));
        }
    }
    r.p.planted("R14", Some(u), None, span, "the representative has gone");
}

/// R18: an organ's posts in an institution, or an organ registered as one.
fn nature(r: &mut Registry<'_, '_, '_>, n: usize, organs: &[u32]) {
    if n.is_multiple_of(2) {
        let Some(u) = r.pick(|w, u| settled(w, u) && w.units[u as usize].nature == Nature::Institution) else { return };
        let from = r.p.world.units[u as usize].established;
        r.p.world.units[u as usize].quotas.push(organ_lot(from));
        let span = r.p.always();
        r.p.planted("R18", Some(u), None, span, "administrative posts in an institution");
        return;
    }
    let Some(u) = r.pick_among(organs, |p, u| listed(p.world, u) && head(p, u).is_some()) else { return };
    register_organ(r, u, None);
    let span = r.p.always();
    r.p.planted("R18", Some(u), None, span, "an organ registered as an institution");
}

fn organ_lot(from: Day) -> QuotaLot {
    QuotaLot {
        quota_type: QuotaType::Administrative,
        bucket: Bucket::Own,
        opening: 1,
        added: 0,
        cut: 0,
        approved: 1,
        from,
        to: None,
        document: "编〔2016〕7号".to_owned(),
        more: crate::synthetic::quota_feeds::LotMore::default(),
    }
}

/// The person at the head of a unit since before the extracts.
fn head(p: &Planter<'_, '_>, u: u32) -> Option<u32> {
    let w = &*p.world;
    let of_old = |l: &crate::synthetic::model::Leader| {
        l.scope == Scope::Leadership
            && l.class == Class::Chief
            && l.removed.is_none()
            && l.appointed < first_day(w.first) - 100
    };
    first_of(p, u, |s| s.leader.as_ref().is_some_and(of_old)).map(|s| s.person)
}

/// The oldest spell of a unit that fits.
fn first_of<'a>(p: &'a Planter<'_, '_>, u: u32, fits: impl Fn(&Spell) -> bool) -> Option<&'a Spell> {
    let spells = p.spells_of[u as usize].iter().filter(|i| fits(&p.world.spells[**i as usize]));
    spells.min().map(|i| &p.world.spells[*i as usize])
}

fn register_organ(r: &mut Registry<'_, '_, '_>, u: u32, name: Option<String>) {
    let Some(head) = head(r.p, u) else { return };
    let unit = &mut r.p.world.units[u as usize];
    let name = name.unwrap_or_else(|| unit.last_name().to_owned());
    unit.registration = Some(Registration {
        names: vec![(i32::MIN, name)],
        credit: vec![(i32::MIN, unit.credit.clone())],
        legal_representative: vec![(i32::MIN, head)],
        other_names: String::new(),
        registered: unit.established + 100,
        deregistered: None,
        shown: Span { from: crate::kernel::dates::Month(i32::MIN / 2), to: None },
        hidden: None,
    });
}

/// R08: the purpose of another kind of unit, or duties that are newer than the registration.
fn purpose(r: &mut Registry<'_, '_, '_>, n: usize) {
    let Some(u) = r.pick(settled) else { return };
    let span = r.p.span(n);
    if n.is_multiple_of(2) {
        r.office(u).purpose_of = Some(span);
    } else {
        r.office(u).duties_on = Some(first_day(span.from) - 50);
        r.office(u).changed = span.to.map(first_day);
    }
    r.p.planted("R08", Some(u), None, span, "the purpose is not the duties");
}

/// R17: the head of one unit represents two or three more.
fn serial(r: &mut Registry<'_, '_, '_>, n: usize) {
    let Some(first) = r.pick_by(|p, u| settled(p.world, u) && head(p, u).is_some()) else { return };
    let Some(person) = head(r.p, first) else { return };
    let county = r.p.world.units[first as usize].county;
    let span = r.p.span(n);
    for _ in 0..2 + n % 2 {
        let Some(u) = r.pick(|w, u| settled(w, u) && w.units[u as usize].county == county) else { return };
        if let Some(x) = r.registration(u) {
            let own = x.legal_representative.last().map(|l| l.1);
            x.legal_representative.push((first_day(span.from), person));
            if let (Some(to), Some(own)) = (span.to, own) {
                x.legal_representative.push((first_day(to), own));
            }
        }
    }
    r.p.planted("R17", None, Some(person), span, "one person for several institutions");
}

pub fn look_alikes(r: &mut Registry<'_, '_, '_>, count: usize) {
    r.p.rng = stream(r.p.world.seed, Purpose::RegistryLookAlike, 0);
    let always = r.p.always();
    let last = last_day(r.p.world.last);
    for n in 0..count {
        // R06: the sponsor stands without its region.
        let short = |w: &World, u: u32| {
            let superior = w.units[u as usize].superior?;
            let name = w.units[superior as usize].last_name().to_owned();
            let rest = name.strip_prefix(w.region.name.as_str())?.to_owned();
            (w.units[superior as usize].names.len() == 1 && rest.chars().count() >= 3).then_some(rest)
        };
        if let Some(u) = r.pick(|w, u| settled(w, u) && short(w, u).is_some()) {
            let name = short(r.p.world, u).unwrap_or_default();
            r.office(u).sponsor = Some((always, name));
            r.p.look_alike("R06", Some(u), None, always, "the sponsor without its region");
        }
        // R07: the same class in the words of the other list.
        if let Some(u) = r.pick(settled) {
            let words = match r.p.world.units[u as usize].funding {
                Funding::Full => "财政补助一类",
                Funding::Partial => "财政补助二类",
                Funding::SelfFunded => "非财政补助",
            };
            r.office(u).funding_words = Some((always, words));
            r.p.look_alike("R07", Some(u), None, always, "the same funding in other words");
        }
        // R10: out, but the renewal was accepted some weeks ago.
        if let Some(u) = r.pick(settled) {
            let end = last - 15 - i32::try_from(n % 10).unwrap_or(0);
            r.office(u).certificate_end = vec![(i32::MIN, end)];
            r.office(u).renewal_accepted = Some(last - 56);
            r.p.look_alike("R10", Some(u), None, Span { from: r.p.world.last, to: None }, "renewal under way");
        }
        // R18: an exemption in force covers the posts.
        if let Some(u) = r.pick(|w, u| settled(w, u) && w.units[u as usize].nature == Nature::Institution) {
            let from = r.p.world.units[u as usize].established;
            r.p.world.units[u as usize].quotas.push(organ_lot(from));
            r.p.world.exemptions.push(Exemption {
                unit: u,
                quota_type: QuotaType::Administrative,
                count: 1,
                reason: "机构改革",
                from: first_day(r.p.world.first.plus(-30)),
                to: None,
            });
            r.p.look_alike("R18", Some(u), None, always, "organ's posts by a document of the reform");
        }
        // R08: new duties since some weeks.
        if let Some(u) = r.pick(settled) {
            r.office(u).duties_on = Some(last - 20);
            r.p.look_alike(
                "R08",
                Some(u),
                None,
                Span { from: r.p.world.last, to: None },
                "new duties since some weeks",
            );
        }
        // R14: the representative left the unit once, came back and is its head.
        came_back(r);
    }
    ended(r);
}

fn came_back(r: &mut Registry<'_, '_, '_>) {
    use crate::synthetic::model::{Channel, ExitReason};
    let Some(u) = r.pick_by(|p, u| settled(p.world, u) && head(p, u).is_some()) else { return };
    let Some(person) = head(r.p, u) else { return };
    let now = first_of(r.p, u, |s| s.person == person && s.register).map(|s| (s.entry, s.quota_type));
    let Some((entry, quota_type)) = now else { return };
    let from = entry - 1500;
    let mut before = crate::synthetic::people::spell(person, u, quota_type, from, Channel::Recruitment);
    before.exit = Some((entry - 500, ExitReason::Transfer));
    (before.hr, before.pay) = (false, false);
    let registered = r.p.world.units[u as usize].registration.as_ref();
    let same =
        registered.and_then(|x| at(&x.legal_representative, first_day(r.p.world.first))).copied() == Some(person);
    if from < r.p.world.units[u as usize].established || !same {
        return;
    }
    r.p.push_spell(before);
    let span = r.p.always();
    r.p.look_alike("R14", Some(u), None, span, "left once, came back and heads the unit");
}

/// R13: struck off in time after the liquidation; R17: of three registrations two are struck off.
fn ended(r: &mut Registry<'_, '_, '_>) {
    let last = last_day(r.p.world.last);
    let gone = |w: &World, u: u32| {
        let unit = &w.units[u as usize];
        unit.abolished.is_some_and(|a| a < last) && unit.registration.as_ref().is_some_and(|x| x.deregistered.is_some())
    };
    let Some(first) = r.pick(gone) else { return };
    let on = r.p.world.units[first as usize].abolished.unwrap_or(last);
    if on > last - 360 {
        if let Some(x) = r.registration(first) {
            x.deregistered = None;
        }
        r.office(first).liquidated = Some(last - 8);
        r.p.look_alike(
            "R13",
            Some(first),
            None,
            Span { from: r.p.world.first, to: None },
            "liquidation ended days ago",
        );
    }
    let Some(head_unit) = r.pick_by(|p, u| settled(p.world, u) && head(p, u).is_some()) else { return };
    let Some(person) = head(r.p, head_unit) else { return };
    for _ in 0..2 {
        let Some(u) = r.pick(gone) else { break };
        if let Some(x) = r.registration(u) {
            x.legal_representative = vec![(i32::MIN, person)];
        }
    }
    let span = r.p.always();
    r.p.look_alike("R17", None, Some(person), span, "the others are struck off");
}
