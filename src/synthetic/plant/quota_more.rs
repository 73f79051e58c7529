//! Problems with pools, loans, earmarks, frozen units, transfers, authorities, and where people really work.

use rand::Rng as _;

use super::quotas::new_person;
use super::search::{Units, any_unit};
use super::{Planter, fill, main_type, one_lot};
use crate::synthetic::changes;
use crate::synthetic::days::{Day, day, first_day, last_day, month_of};
use crate::synthetic::feeds::OffQuota;
use crate::synthetic::model::{
    Absence, Bucket, Channel, Code as _, Nature, OffQuotaKind, QuotaLot, QuotaType, Reason, Span, World,
};
use crate::synthetic::people::spell;
use crate::synthetic::posts::raise_quota;
use crate::synthetic::quota_feeds::{Control, Evaluation, HrTwist, LotMore};

pub fn plant(p: &mut Planter<'_, '_>, units: usize, people: usize) {
    for n in 0..units {
        pool(p, n);
        loan(p, n);
        earmark(p, n);
        frozen(p, n);
        authority(p, n);
        transfer(p, n);
        control(p, n);
        off_quota(p, n);
        vacancy(p);
    }
    if units > 0 {
        let counties = p.world.region.counties.len();
        for n in 0..=(units / 8) {
            let code = p.world.region.counties[(n * 3 + 1) % counties].code;
            p.world.quota_feeds.lowered.insert(code, 2 + i64::try_from(n).unwrap_or(0));
        }
        p.world.quota_feeds.account_short = 1;
        let span = p.always();
        p.planted("Q05", None, None, span, "posts beyond the region's ceiling");
        p.planted("Q10", None, None, span, "a pool account over its size");
    }
    for n in 0..people {
        elsewhere(p, n);
    }
}

/// A unit without a part yet, with staff of its main type on own posts that are still in force, taken.
pub fn settled_unit(
    p: &mut Planter<'_, '_>,
    least: i64,
    fits: impl Fn(&World, u32) -> bool,
) -> Option<(u32, QuotaType)> {
    settled_among(p, None, least, fits)
}

/// The same of a rare kind.
pub fn settled_among(
    p: &mut Planter<'_, '_>,
    kind: Option<Units>,
    least: i64,
    fits: impl Fn(&World, u32) -> bool,
) -> Option<(u32, QuotaType)> {
    let u = p.unit_among(kind, |w, u, spells| {
        let t = main_type(w, u);
        let plain = spells.iter().filter(|i| super::ordinary(w, &w.spells[**i as usize])).count();
        let open = w.units[u as usize].quotas.iter().any(|l| {
            l.quota_type == t && l.bucket == Bucket::Own && l.to.is_none() && l.from < first_day(w.first.plus(-12))
        });
        plain >= 3 && open && fill(w, spells, u, t).0 >= least && fits(w, u)
    })?;
    Some((u, main_type(p.world, u)))
}

/// The same, full, and without coming or going since before the first extract's last two months.
pub fn full_unit(p: &mut Planter<'_, '_>, least: i64) -> Option<(u32, QuotaType)> {
    let since = first_day(p.world.first.plus(-4));
    let u = p.unit(|w, u, spells| {
        let t = main_type(w, u);
        let (heads, quota) = fill(w, spells, u, t);
        let plain = spells.iter().filter(|i| super::ordinary(w, &w.spells[**i as usize])).count();
        let calm = spells
            .iter()
            .map(|i| &w.spells[*i as usize])
            .all(|s| !s.register || (s.entry < since && s.exit.is_none_or(|(e, _)| e < since)));
        plain >= 3 && calm && heads >= least && heads == quota && one_lot(w, u, t)
    })?;
    Some((u, main_type(p.world, u)))
}

/// Posts of a bucket of their own, lent for a term.
pub fn lend(p: &mut Planter<'_, '_>, u: u32, lot: (QuotaType, Bucket, i64), (from, to): (Day, Day), more: LotMore) {
    let (quota_type, bucket, approved) = lot;
    let unit = &mut p.world.units[u as usize];
    let document = format!("编{}〔2024〕{}号", bucket.label(), 1 + unit.quotas.len());
    unit.quotas.push(QuotaLot {
        quota_type,
        bucket,
        opening: approved,
        added: 0,
        cut: 0,
        approved,
        from,
        to: Some(to),
        document,
        more,
    });
}

/// Moves ordinary employees of a unit to another bucket, by a kind of entry, and their own posts with them: neither an
/// excess nor a vacancy follows from it.
pub fn rebucket(p: &mut Planter<'_, '_>, u: u32, count: usize, bucket: Bucket, channel: Channel) -> Vec<u32> {
    let t = main_type(p.world, u);
    let mut chosen = p.employees_of(u, count);
    chosen.retain(|i| p.world.spells[*i as usize].quota_type == t);
    for i in &chosen {
        let s = &mut p.world.spells[*i as usize];
        (s.bucket, s.channel) = (bucket, channel);
    }
    let moved = i64::try_from(chosen.len()).unwrap_or(0);
    for lot in p.world.units[u as usize].quotas.iter_mut().filter(|l| l.quota_type == t && l.bucket == Bucket::Own) {
        let from_opening = moved.min(lot.opening);
        lot.approved -= moved;
        lot.opening -= from_opening;
        lot.added -= moved - from_opening;
    }
    chosen
}

/// The term of posts lent out: from long ago to well after the last extract.
pub fn term(p: &Planter<'_, '_>) -> (Day, Day) {
    (first_day(p.world.first.plus(-40)), last_day(p.world.last) + 400)
}

/// The number of own posts changes on a day: the open row is closed and another opened.
pub fn step(p: &mut Planter<'_, '_>, u: u32, t: QuotaType, day: Day, delta: i64, change: (LotMore, Option<String>)) {
    let unit = &mut p.world.units[u as usize];
    let open = |l: &&mut QuotaLot| l.quota_type == t && l.bucket == Bucket::Own && l.to.is_none();
    let Some(lot) = unit.quotas.iter_mut().find(open) else { return };
    let (more, document) = change;
    lot.to = Some(day);
    let moved = more.moved_in + more.moved_out > 0;
    let next = QuotaLot {
        opening: lot.approved,
        added: if moved { 0 } else { delta.max(0) },
        cut: if moved { 0 } else { (-delta).max(0) },
        approved: lot.approved + delta,
        from: day,
        to: None,
        document: document.unwrap_or_else(|| format!("编发〔2026〕{}号", 100 + u % 800)),
        more,
        ..lot.clone()
    };
    unit.quotas.push(next);
}

/// Q10: a pool used beyond its number or term, despite a vacancy, for the wrong people, for too long.
fn pool(p: &mut Planter<'_, '_>, n: usize) {
    let Some((u, t)) = settled_unit(p, 6, |_, _| true) else { return };
    let (from, to) = term(p);
    let ended = first_day(p.world.first) - 20;
    let always = p.always();
    let own = |p: &mut Planter<'_, '_>, channel| rebucket(p, u, 1, Bucket::Pooled, channel);
    match n % 5 {
        0 => {
            if rebucket(p, u, 2, Bucket::Pooled, Channel::Talent).len() < 2 {
                return;
            }
            lend(p, u, (t, Bucket::Pooled, 1), (from, to), LotMore::default());
        }
        1 => {
            let channel = Channel::Recruitment;
            for i in own(p, channel) {
                let person = p.world.spells[i as usize].person;
                p.planted("Q10", Some(u), Some(person), always, "a kind of entry the pool is not for");
            }
            lend(p, u, (t, Bucket::Pooled, 1), (from, to), LotMore::default());
            return;
        }
        2 => {
            let entry = first_day(p.world.last.plus(-3)) + p.rng.random_range(3..25);
            let person = new_person(p, entry);
            let mut s = spell(person, u, t, entry, Channel::Talent);
            (s.bucket, s.level) = (Bucket::Pooled, 1);
            let established = p.world.units[u as usize].established;
            raise_quota(&mut p.world.units[u as usize], t, 1, established);
            lend(p, u, (t, Bucket::Pooled, 2), (from, to), LotMore::default());
            p.push_spell(s);
            let span = Span { from: month_of(entry), to: None };
            p.planted("Q10", Some(u), Some(person), span, "entered despite a vacancy");
        }
        3 => {
            own(p, Channel::Talent);
            lend(p, u, (t, Bucket::Pooled, 1), (from, ended), LotMore::default());
        }
        _ => {
            own(p, Channel::Veteran);
            let established = p.world.units[u as usize].established;
            raise_quota(&mut p.world.units[u as usize], t, 1, established);
            lend(p, u, (t, Bucket::Pooled, 1), (from, to), LotMore::default());
        }
    }
    p.planted("Q10", Some(u), None, always, "pool breach");
}

/// Q11: a loan past its term, past its task, or kept despite a vacancy.
fn loan(p: &mut Planter<'_, '_>, n: usize) {
    let Some((u, t)) = settled_unit(p, 6, |_, _| true) else { return };
    let (from, to) = term(p);
    let early = first_day(p.world.first) - 30;
    if rebucket(p, u, 1, Bucket::Loaned, Channel::Transfer).is_empty() {
        return;
    }
    let (term, more) = match n % 3 {
        0 => ((from, early), LotMore::default()),
        1 => ((from, to), LotMore { closed: Some(early), ..LotMore::default() }),
        _ => ((from, to), LotMore::default()),
    };
    if n % 3 == 2 {
        let established = p.world.units[u as usize].established;
        raise_quota(&mut p.world.units[u as usize], t, 1, established);
    }
    lend(p, u, (t, Bucket::Loaned, 1), term, more);
    let span = p.always();
    p.planted("Q11", Some(u), None, span, "loan not returned");
}

/// Q12: earmarked posts held by somebody they are not for.
fn earmark(p: &mut Planter<'_, '_>, n: usize) {
    let teaching = n % 3 == 2;
    let kind = teaching.then_some(Units::Bodies);
    let organ = |w: &World, u: u32| w.units[u as usize].nature == Nature::Organ;
    let Some((u, t)) = settled_among(p, kind, 6, |w, u| !teaching || organ(w, u)) else { return };
    let (earmark, channel) =
        [("人才", Channel::Recruitment), ("军转", Channel::Transfer), ("教师", Channel::Transfer)][n % 3];
    let term = term(p);
    let span = p.always();
    for i in rebucket(p, u, 1, Bucket::Loaned, channel) {
        let person = p.world.spells[i as usize].person;
        p.planted("Q12", Some(u), Some(person), span, "outside the purpose of the posts");
    }
    lend(p, u, (t, Bucket::Loaned, 1), term, LotMore { earmark: Some(earmark), ..LotMore::default() });
}

/// Q14: a frozen unit gets posts, or takes somebody in.
fn frozen(p: &mut Planter<'_, '_>, n: usize) {
    let Some((u, t)) = settled_unit(p, 5, |_, _| true) else { return };
    let from = first_day(p.world.first.plus(-6));
    p.world.quota_feeds.evaluations.push(Evaluation { unit: u, tier: 'D', replacement: false, from });
    let span = p.always();
    if n.is_multiple_of(2) {
        let day = first_day(p.world.first.plus(-3)) + 9;
        step(p, u, t, day, 2, (LotMore::default(), None));
    } else {
        let entry = first_day(p.world.last.plus(-2)) + p.rng.random_range(3..25);
        let person = new_person(p, entry);
        let established = p.world.units[u as usize].established;
        raise_quota(&mut p.world.units[u as usize], t, 1, established);
        let mut s = spell(person, u, t, entry, Channel::Recruitment);
        s.level = 1;
        p.push_spell(s);
    }
    p.planted("Q14", Some(u), None, span, "a frozen unit grew");
}

/// Q06: no document, an issuer nobody authorised, one document for two numbers.
fn authority(p: &mut Planter<'_, '_>, n: usize) {
    let found = if n % 3 == 2 {
        settled_unit(p, 4, |_, _| true).map(|(u, _)| u)
    } else {
        any_unit(p, |w, u| {
            let t = main_type(w, u);
            let whole = |l: &QuotaLot| !l.document.is_empty() && l.more.issuer.is_none() && l.from > day(1996, 1, 1);
            let lots = &w.units[u as usize].quotas;
            lots.iter().any(|l| l.quota_type == t) && lots.iter().all(whole)
        })
    };
    let Some(u) = found else { return };
    let t = main_type(p.world, u);
    let county = p.world.units[u as usize].county;
    let issuer = format!("{}教育局", p.world.region.prefix(county));
    if n % 3 == 2 {
        let of = |l: &&QuotaLot| l.quota_type == t && l.bucket == Bucket::Own;
        let document = p.world.units[u as usize].quotas.iter().find(of).map(|l| l.document.clone());
        let day = first_day(p.world.first.plus(-9)) + 4;
        step(p, u, t, day, 1, (LotMore::default(), document));
    } else {
        for lot in p.world.units[u as usize].quotas.iter_mut().filter(|l| l.quota_type == t) {
            if n % 3 == 0 {
                lot.document = String::new();
            } else {
                lot.more.issuer = Some(issuer.clone());
            }
        }
    }
    let span = p.always();
    p.planted("Q06", Some(u), None, span, "posts without authority");
}

/// Two units between which posts move, with the type.
pub fn pair(p: &mut Planter<'_, '_>) -> Option<(u32, u32, QuotaType)> {
    let (out, t) = settled_unit(p, 5, |_, _| true)?;
    let (to, _) = settled_unit(p, 4, |w, u| main_type(w, u) == t)?;
    Some((out, to, t))
}

/// Posts leave one unit and arrive at another under one document, each on a day of its own.
pub fn transfer_posts(p: &mut Planter<'_, '_>, units: (u32, u32, QuotaType), out: (i64, Day), arrive: (i64, Day)) {
    let (from, to, t) = units;
    let document = Some(format!("编划〔2026〕{}号", 1 + from));
    let established = p.world.units[from as usize].established;
    raise_quota(&mut p.world.units[from as usize], t, out.0, established);
    let more = LotMore { moved_out: out.0, ..LotMore::default() };
    step(p, from, t, out.1, -out.0, (more, document.clone()));
    if arrive.0 > 0 {
        let more = LotMore { moved_in: arrive.0, ..LotMore::default() };
        step(p, to, t, arrive.1, arrive.0, (more, document));
    }
}

/// Q16: posts that leave and never arrive, or arrive as others.
fn transfer(p: &mut Planter<'_, '_>, n: usize) {
    let Some(units) = pair(p) else { return };
    let day = first_day(p.world.first.plus(-4)) + 14;
    let arriving = if n.is_multiple_of(2) { 0 } else { 2 };
    transfer_posts(p, units, (3, day), (arriving, day + 5));
    let span = p.always();
    p.planted("Q16", Some(units.0), None, span, "posts moved out that did not arrive");
}

/// Whether the control of quotas leaves a unit alone by its name.
pub fn school_or_hospital(name: &str) -> bool {
    ["学校", "中学", "小学", "幼儿园", "学院", "大学", "医院", "卫生院", "保健院"].iter().any(|e| name.ends_with(e))
}

/// Q08: a full unit on the control list.
fn control(p: &mut Planter<'_, '_>, n: usize) {
    let plain = |w: &World, u: u32| !school_or_hospital(w.units[u as usize].last_name());
    let Some((u, t)) = settled_among(p, Some(Units::Plain), 5, plain) else { return };
    let (quota_type, rate) = if n.is_multiple_of(2) { (Some(t), Some(30)) } else { (None, None) };
    let from = first_day(p.world.first.plus(-14));
    p.world.quota_feeds.controls.push(Control { unit: u, quota_type, rate, from });
    let span = p.always();
    p.planted("Q08", Some(u), None, span, "more staff than usable posts");
}

/// People off the establishment, on no other list.
pub fn employ(p: &mut Planter<'_, '_>, u: u32, count: usize, kind: OffQuotaKind) {
    let from = first_day(p.world.first.plus(-12)) + 3;
    for _ in 0..count {
        let person = new_person(p, from);
        p.person_used.resize(p.world.persons.len(), true);
        p.world.feeds.off_quota.push(OffQuota { person, unit: u, kind, from, to: None });
    }
}

/// Q20: more off-quota staff than the limit, or than the share of a small unit.
fn off_quota(p: &mut Planter<'_, '_>, n: usize) {
    let found = any_unit(p, |w, u| {
        let told = &w.quota_feeds;
        let free = !told.unlimited.contains(&u) && !told.off_quota_limits.contains_key(&u);
        (4..=14).contains(&w.units[u as usize].size) && free
    });
    let Some(u) = found else { return };
    employ(p, u, 6, OffQuotaKind::Contract);
    if n.is_multiple_of(2) {
        p.world.quota_feeds.off_quota_limits.insert(u, 4);
    } else {
        p.world.quota_feeds.unlimited.insert(u);
    }
    let span = p.always();
    p.planted("Q20", Some(u), None, span, "off-quota staff beyond the limit");
}

/// Q07: far more posts than people, for years.
fn vacancy(p: &mut Planter<'_, '_>) {
    let Some((u, t)) = settled_unit(p, 4, |_, _| true) else { return };
    let (heads, _) = fill(p.world, &p.spells_of[u as usize], u, t);
    let established = p.world.units[u as usize].established;
    raise_quota(&mut p.world.units[u as usize], t, heads / 2 + 3, established);
    let span = p.always();
    p.planted("Q07", Some(u), None, span, "vacant for years");
}

/// Q04: a post here, the work there.
fn elsewhere(p: &mut Planter<'_, '_>, n: usize) {
    let found = p.employee(|w, s| changes::neighbour(w, s.unit).is_some_and(|u| u != s.unit));
    let Some(i) = found else { return };
    let s = p.world.spells[i as usize].clone();
    let Some(to) = changes::neighbour(p.world, s.unit) else { return };
    let since = first_day(p.world.first) - 100;
    let span = p.span(n);
    if n % 4 == 3 {
        let (from, to) = (since - 300, Some(first_day(p.world.first) - 60));
        p.world.absences.push(Absence { person: s.person, unit: s.unit, reason: Reason::Secondment, from, to });
    }
    let work = Some((to, Some(since)));
    p.world.quota_feeds.hr.insert(i, HrTwist { span: Some(span), work, ..HrTwist::default() });
    p.planted("Q04", Some(s.unit), Some(s.person), span, "works at another unit");
}
