//! Look-alikes of pools, loans, earmarks, frozen and new units, transfers, control, and of leaders' records.

use std::collections::{BTreeMap, BTreeSet};

use rand::Rng as _;

use super::super::leaders_more::{deputies, higher, holder, leader, leader_among};
use super::super::new_units::{body, give_chief, give_posts, leading_group};
use super::super::quota_more::{
    employ, full_unit, lend, pair, rebucket, school_or_hospital, settled_among, settled_unit, step, term,
    transfer_posts,
};
use super::super::quotas::new_person;
use super::super::search::{Units, any_unit};
use super::super::{Planter, fill};
use crate::synthetic::changes;
use crate::synthetic::days::{day, first_day, last_day, month_of};
use crate::synthetic::model::{
    Bucket, Channel, Class, Exemption, ExitReason, Leader, Nature, OffQuotaKind, PostLot, QuotaType, Reason, Scope,
    Span, Spell, World,
};
use crate::synthetic::people::spell;
use crate::synthetic::posts::{peak, raise_quota};
use crate::synthetic::quota_feeds::{Control, Evaluation, HrTwist, LotMore, Section, Updated};

pub fn plant(p: &mut Planter<'_, '_>, count: usize) {
    seconded(p, count);
    let mut employers: BTreeSet<u32> = p.world.feeds.off_quota.iter().map(|o| o.unit).collect();
    for n in 0..count {
        managed(p);
        pooled(p, n);
        loaned(p);
        earmarked(p);
        replaced(p);
        before_numbers(p);
        moved(p);
        young(p, n);
        bodiless(p, n);
        controlled(p, n);
        outsourced(p, &mut employers);
        vacated(p);
        ranks(p, n);
        statutory(p, n);
        successor(p);
        ledgers(p, n);
    }
}

/// Q04: lawfully posted elsewhere, as HR shows.
fn seconded(p: &mut Planter<'_, '_>, count: usize) {
    let end = last_day(p.world.last);
    let away = p.world.absences.iter().filter(|a| {
        a.reason == Reason::Secondment && a.from < first_day(p.world.first) - 60 && a.to.is_none_or(|t| t > end + 1)
    });
    let persons: Vec<u32> = away.map(|a| a.person).take(count).collect();
    let span = p.always();
    let wanted: BTreeSet<u32> = persons.iter().copied().collect();
    let mut posts: BTreeMap<u32, usize> = BTreeMap::new();
    for (i, s) in p.world.spells.iter().enumerate().filter(|(_, s)| wanted.contains(&s.person)) {
        if s.register && s.exit.is_none() {
            posts.entry(s.person).or_insert(i);
        }
    }
    for person in persons {
        let Some(&i) = posts.get(&person) else { continue };
        let (unit, since) = (p.world.spells[i].unit, first_day(p.world.first) - 40);
        let Some(to) = changes::neighbour(p.world, unit).filter(|u| *u != unit) else { continue };
        let twist = HrTwist { work: Some((to, Some(since))), ..HrTwist::default() };
        p.world.quota_feeds.hr.insert(u32::try_from(i).unwrap_or_default(), twist);
        p.look_alike("Q04", Some(unit), Some(person), span, "seconded by a document in force");
    }
}

/// Q04: units under one management.
fn managed(p: &mut Planter<'_, '_>) {
    let Some((u, quota_type)) = settled_unit(p, 4, |w, u| changes::neighbour(w, u).is_some_and(|x| x != u)) else {
        return;
    };
    let Some(to) = changes::neighbour(p.world, u) else { return };
    let from = first_day(p.world.first.plus(-20));
    p.world.exemptions.push(Exemption { unit: u, quota_type, count: 0, reason: "统一管理", from, to: None });
    let span = p.always();
    for i in p.employees_of(u, 1) {
        let person = p.world.spells[i as usize].person;
        let twist = HrTwist { work: Some((to, Some(from))), ..HrTwist::default() };
        p.world.quota_feeds.hr.insert(i, twist);
        p.look_alike("Q04", Some(u), Some(person), span, "units under one management");
    }
}

/// Q10: a full unit within its pooled posts. Q05: they do not count against the region's ceiling.
fn pooled(p: &mut Planter<'_, '_>, n: usize) {
    let Some((u, t)) = full_unit(p, 5) else { return };
    let channel = if n.is_multiple_of(2) { Channel::Talent } else { Channel::Veteran };
    rebucket(p, u, 1, Bucket::Pooled, channel);
    let term = term(p);
    lend(p, u, (t, Bucket::Pooled, 1), term, LotMore::default());
    let span = p.always();
    p.look_alike("Q10", Some(u), None, span, "a full unit within its pooled posts");
    p.look_alike("Q05", Some(u), None, span, "pooled posts do not count against the ceiling");
}

/// Q11: a loan that ran out and was renewed.
fn loaned(p: &mut Planter<'_, '_>) {
    let Some((u, t)) = full_unit(p, 5) else { return };
    rebucket(p, u, 1, Bucket::Loaned, Channel::Transfer);
    let (from, to) = term(p);
    let renewed = first_day(p.world.first) - 90;
    lend(p, u, (t, Bucket::Loaned, 1), (from, renewed), LotMore::default());
    lend(p, u, (t, Bucket::Loaned, 1), (renewed, to), LotMore::default());
    let span = p.always();
    p.look_alike("Q11", Some(u), None, span, "a loan that was renewed");
}

/// Q12: earmarked posts held by whom they are for.
fn earmarked(p: &mut Planter<'_, '_>) {
    let Some((u, t)) = full_unit(p, 5) else { return };
    let span = p.always();
    for i in rebucket(p, u, 1, Bucket::Loaned, Channel::Talent) {
        let person = p.world.spells[i as usize].person;
        p.look_alike("Q12", Some(u), Some(person), span, "talent on posts for talent");
    }
    let term = term(p);
    lend(p, u, (t, Bucket::Loaned, 1), term, LotMore { earmark: Some("人才"), ..LotMore::default() });
}

/// Q14: a frozen unit in which a leaver was replaced, as it may.
fn replaced(p: &mut Planter<'_, '_>) {
    let Some((u, _)) = settled_unit(p, 5, |_, _| true) else { return };
    let from = first_day(p.world.first.plus(-8));
    p.world.quota_feeds.evaluations.push(Evaluation { unit: u, tier: 'D', replacement: true, from });
    let Some(i) = p.employees_of(u, 1).first().copied() else { return };
    let on = first_day(p.world.first.plus(-4)) + p.rng.random_range(5..25);
    p.world.spells[i as usize].exit = Some((on, ExitReason::Resignation));
    let t = p.world.spells[i as usize].quota_type;
    let entry = on + 20;
    let person = new_person(p, entry);
    p.push_spell(spell(person, u, t, entry, Channel::Recruitment));
    let span = p.always();
    p.look_alike("Q14", Some(u), None, span, "a leaver replaced as the evaluation allows");
}

/// Q06: posts from before documents were numbered.
fn before_numbers(p: &mut Planter<'_, '_>) {
    let old = day(1995, 12, 1);
    let Some((u, t)) = settled_unit(p, 4, |w, u| w.units[u as usize].established < old) else { return };
    let from = p.world.units[u as usize].established;
    for lot in p.world.units[u as usize].quotas.iter_mut().filter(|l| l.quota_type == t) {
        (lot.from, lot.document) = (from, String::new());
    }
    let span = p.always();
    p.look_alike("Q06", Some(u), None, span, "posts from before documents were numbered");
}

/// Q16: posts that left and arrived three weeks later.
fn moved(p: &mut Planter<'_, '_>) {
    let Some(units) = pair(p) else { return };
    let day = first_day(p.world.first.plus(-5)) + 8;
    transfer_posts(p, units, (2, day), (2, day + 21));
    let span = p.always();
    p.look_alike("Q16", Some(units.0), None, span, "posts that arrived three weeks later");
}

/// Q15: established lately, or set up in steps by its document.
fn young(p: &mut Planter<'_, '_>, n: usize) {
    let lately = n.is_multiple_of(2);
    let established = if lately { first_day(p.world.last) - 20 } else { first_day(p.world.first) - 300 };
    let round = n / p.world.region.counties.len();
    let name = ["信息中心管理局", "数字经济局", "营商环境局", "口岸办公室"][round % 4];
    let u = body(p, name, n, established);
    give_posts(p, u, 4);
    if !lately {
        let exemption = Exemption {
            unit: u,
            quota_type: QuotaType::Administrative,
            count: 0,
            reason: "分步组建",
            from: established,
            to: None,
        };
        p.world.exemptions.push(exemption);
    }
    give_chief(p, u);
    let span = p.always();
    p.look_alike("Q15", Some(u), None, span, "established lately or set up in steps");
}

/// Q19: a coordinating body that has nothing of its own.
fn bodiless(p: &mut Planter<'_, '_>, n: usize) {
    let u = leading_group(p, n + 3 * p.world.region.counties.len());
    let span = p.always();
    p.look_alike("Q19", Some(u), None, span, "a coordinating body without posts");
}

/// Q08: a school on the list, and a unit with room enough.
fn controlled(p: &mut Planter<'_, '_>, n: usize) {
    let school = n.is_multiple_of(2);
    let kind = (!school).then_some(Units::Plain);
    let found = settled_among(p, kind, 4, |w, u| school_or_hospital(w.units[u as usize].last_name()) == school);
    let Some((u, t)) = found else { return };
    let from = first_day(p.world.first.plus(-14));
    if !school {
        // Room for the most it ever had since it was put on the list, by the least quota of that time.
        let spells: Vec<&Spell> = p.spells_of[u as usize].iter().map(|i| &p.world.spells[*i as usize]).collect();
        let heads = peak(&spells, t, from);
        let unit = &p.world.units[u as usize];
        let own = unit.quotas.iter().filter(|l| l.quota_type == t && l.bucket == Bucket::Own);
        let quota = own.filter(|l| l.to.is_none_or(|to| to > from)).map(|l| l.approved).min().unwrap_or(0);
        let established = unit.established;
        raise_quota(&mut p.world.units[u as usize], t, (heads * 10 / 7 + 2 - quota).max(0), established);
    }
    p.world.quota_feeds.controls.push(Control { unit: u, quota_type: Some(t), rate: Some(30), from });
    let span = p.always();
    p.look_alike("Q08", Some(u), None, span, "a school, or within the usable posts");
}

/// Q20: work bought in, and a limit just kept.
fn outsourced(p: &mut Planter<'_, '_>, employers: &mut BTreeSet<u32>) {
    let found = any_unit(p, |w, u| (4..=14).contains(&w.units[u as usize].size) && !employers.contains(&u));
    let Some(u) = found else { return };
    employers.insert(u);
    employ(p, u, 7, OffQuotaKind::Outsourced);
    employ(p, u, 2, OffQuotaKind::Contract);
    let span = p.always();
    p.look_alike("Q20", Some(u), None, span, "outsourced work is not counted");
}

/// Q07: posts added lately. L05: a leader's post approved lately.
fn vacated(p: &mut Planter<'_, '_>) {
    let span = p.always();
    if let Some((u, t)) = full_unit(p, 4) {
        let (heads, _) = fill(p.world, &p.spells_of[u as usize], u, t);
        let on = first_day(p.world.first.plus(-8)) + 5;
        step(p, u, t, on, heads / 2 + 3, (LotMore::default(), None));
        p.look_alike("Q07", Some(u), None, span, "posts added lately");
    }
    if let Some((u, leader)) = deputies_full(p) {
        let from = first_day(p.world.first.plus(-4)) + 2;
        let post = PostLot { scope: leader.scope, level: leader.level, class: leader.class, approved: 1, from };
        p.world.units[u as usize].posts.push(post);
        p.look_alike("L05", Some(u), None, span, "a post approved lately");
    }
}

/// A unit with as many deputies as posts for them.
fn deputies_full(p: &mut Planter<'_, '_>) -> Option<(u32, PostLot)> {
    let (u, post) = deputies(p)?;
    let held = p.spells_of[u as usize].iter().filter_map(|i| p.world.spells[*i as usize].leader);
    let held = held.filter(|l| (l.scope, l.class) == (post.scope, post.class) && l.removed.is_none()).count();
    (i64::try_from(held).unwrap_or(0) == post.approved).then_some((u, post))
}

/// L02: a former rank kept, or a post held besides a higher one.
fn ranks(p: &mut Planter<'_, '_>, n: usize) {
    let found =
        leader(p, |_, _, l| l.scope == Scope::Leadership && l.class == Class::Deputy && higher(l.level) != l.level);
    let Some((u, i)) = found else { return };
    let person = p.world.spells[i as usize].person;
    if let Some(l) = &mut p.world.spells[i as usize].leader {
        l.level = higher(l.level);
        l.concurrent = !n.is_multiple_of(2);
    }
    if n.is_multiple_of(2) {
        p.world.quota_feeds.rank_retained.insert(i);
    }
    let span = p.always();
    p.look_alike("L02", Some(u), Some(person), span, "a former rank kept or a post held besides a higher one");
}

/// L04: statutory posts and professional titles.
fn statutory(p: &mut Planter<'_, '_>, n: usize) {
    let Some(i) = p.employee(|w, s| !w.units[s.unit as usize].posts.is_empty()) else { return };
    let (unit, person) = (p.world.spells[i as usize].unit, p.world.spells[i as usize].person);
    let position = Some(["工会主席", "助理工程师", "团委书记"][n % 3]);
    p.world.quota_feeds.hr.insert(i, HrTwist { position, ..HrTwist::default() });
    let span = p.always();
    p.look_alike("L04", Some(unit), Some(person), span, "a statutory post or a professional title");
}

/// L06: a leader who moved to lead another unit.
fn successor(p: &mut Planter<'_, '_>) {
    let Some((from, i)) = leader(p, |w, u, l| {
        l.scope == Scope::Leadership && l.class == Class::Deputy && w.units[u as usize].nature == Nature::Institution
    }) else {
        return;
    };
    let Some((to, post)) = deputies(p) else { return };
    let on = first_day(p.world.first.plus(-5)) + 12;
    let s = p.world.spells[i as usize].clone();
    p.world.spells[i as usize].exit = Some((on, ExitReason::Transfer));
    let t = super::super::main_type(p.world, to);
    let mut next = spell(s.person, to, t, on, Channel::Appointment);
    (next.level, next.leader) = (s.level, Some(holder(&post, on)));
    let established = p.world.units[to as usize].established;
    raise_quota(&mut p.world.units[to as usize], t, 1, established);
    for lot in p.world.units[to as usize].posts.iter_mut().filter(|l| l.class == Class::Deputy) {
        lot.approved += 1;
    }
    p.push_spell(next);
    let span = Span { from: month_of(on), to: None };
    p.look_alike("L06", None, Some(s.person), span, "moved from one leader's post to another");
    debug_assert!(from < u32::MAX);
}

/// A leader of an organ.
fn organ_led(p: &mut Planter<'_, '_>, fits: impl Fn(&Leader) -> bool) -> Option<(u32, u32)> {
    let organ = |w: &World, u: u32| w.units[u as usize].nature == Nature::Organ;
    leader_among(p, Some(Units::Bodies), |w, u, l| organ(w, u) && fits(l))
}

/// L07: gone through in the quarter before. L08: weeks apart. L09: police. L10: appointed while the unit was prepared.
fn ledgers(p: &mut Planter<'_, '_>, n: usize) {
    let span = p.always();
    let fresh = |w: &World, u: u32| !w.units[u as usize].posts.is_empty() && !w.quota_feeds.updated.contains_key(&u);
    if let Some(u) = any_unit(p, fresh) {
        p.world.quota_feeds.updated.insert(u, Updated::Ago(100));
        p.look_alike("L07", Some(u), None, span, "gone through in the quarter before");
    }
    let chief = |class| move |l: &Leader| l.scope == Scope::Leadership && l.class == class;
    if let Some((u, i)) = organ_led(p, chief(Class::Chief)) {
        let (person, held) = (p.world.spells[i as usize].person, p.world.spells[i as usize].leader);
        let head = Some(held.map(|l| l.appointed - 20));
        p.world.quota_feeds.hr.insert(i, HrTwist { head, ..HrTwist::default() });
        p.look_alike("L08", Some(u), Some(person), span, "three weeks apart");
    }
    let police = p.world.units.iter().position(|u| u.police && u.abolished.is_none() && u.listed);
    if let (0, Some(u)) = (n, police) {
        let (unit, from) = (u32::try_from(u).unwrap_or_default(), p.world.units[u].established);
        p.world.quota_feeds.sections.push(Section { unit, name: "办公室", quota: 3, heads: 3, from });
        p.look_alike("L09", Some(unit), None, span, "the police have rules of their own");
    }
    if let Some((u, i)) = leader(p, |_, _, l| chief(Class::Deputy)(l)) {
        let person = p.world.spells[i as usize].person;
        if let Some(l) = p.world.spells[i as usize].leader {
            let kind = |x: &Leader| (x.scope, x.class) == (l.scope, l.class);
            let held = p.spells_of[u as usize].iter().filter_map(|i| p.world.spells[*i as usize].leader);
            let earliest = held.filter(kind).map(|x| x.appointed).min().unwrap_or(l.appointed);
            let posts = p.world.units[u as usize].posts.iter_mut();
            for lot in posts.filter(|x| (x.scope, x.class) == (l.scope, l.class)) {
                lot.from = earliest + 60;
            }
        }
        p.look_alike("L10", Some(u), Some(person), span, "appointed while the posts were prepared");
    }
}
