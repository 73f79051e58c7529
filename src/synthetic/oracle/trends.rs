//! T01 to T07: what only months side by side can show.

use std::collections::{BTreeMap, BTreeSet};

use super::staff_more::all_reasons;
use super::{Facts, Finding, PastMonth, PastStaff, StaffRow, regular};
use crate::kernel::dates::Month;
use crate::synthetic::days::month_of;
use crate::synthetic::model::{Batch, Bucket, Channel, Class, Code as _, HrStatus, QuotaType, Scope, StaffStatus};

pub fn judge(f: &Facts<'_>, out: &mut Vec<Finding>) {
    bursts(f, out);
    ping_pong(f, out);
    if let Some(before) = f.past.iter().rev().find(|p| p.month >= f.month().plus(-3)) {
        roll_forward(f, before, out);
        edited_entries(f, before, out);
        edited_ledger(f, before, out);
    }
    if let Some(then) = f.past.iter().find(|p| p.month == f.month().plus(-12)) {
        divergence(f, then, out);
    }
    if !f.past.is_empty() {
        gaps(f, out);
        recurrences(f, out);
    }
}

fn on_books(r: &StaffRow) -> bool {
    matches!(r.status, StaffStatus::OnPost | StaffStatus::OffPost)
}

type Place = (u32, QuotaType, u32);

/// T01: who is new without an entry since, and who is gone without an exit since, do not make up for one another.
fn roll_forward(f: &Facts<'_>, before: &PastMonth, out: &mut Vec<Finding>) {
    let then: BTreeSet<Place> = before
        .staff
        .iter()
        .filter(|r| r.bucket == Bucket::Own && r.on_books)
        .map(|r| (r.unit, r.quota_type, r.person))
        .collect();
    let mut now: BTreeMap<Place, bool> = BTreeMap::new();
    let mut left: BTreeSet<Place> = BTreeSet::new();
    for r in &f.s.staff {
        let place = (r.unit, r.quota_type, r.person);
        if on_books(r) && r.bucket == Bucket::Own {
            *now.entry(place).or_default() |= r.entry.is_some_and(|e| month_of(e) > before.month);
        }
        if !on_books(r) && r.exit.is_some_and(|(e, _)| month_of(e) > before.month) {
            left.insert(place);
        }
    }
    let mut off: BTreeMap<(u32, QuotaType), i64> = BTreeMap::new();
    for ((u, t, _), _) in now.iter().filter(|(place, entered)| !then.contains(place) && !**entered) {
        *off.entry((*u, *t)).or_default() += 1;
    }
    for (u, t, _) in then.iter().filter(|place| !now.contains_key(place) && !left.contains(place)) {
        *off.entry((*u, *t)).or_default() -= 1;
    }
    out.extend(off.iter().filter(|(_, n)| **n != 0).map(|((u, t), _)| Finding::of_unit("T01", *u, t.slug())));
}

/// T02: a chief left, and in the three months before more entered than the unit's three years before would have it.
fn bursts(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let known = |r: &&StaffRow| {
        let month = r.entry.map(month_of);
        month.is_some_and(|m| m <= f.month() && m > f.month().plus(-45))
            && !matches!(r.channel, Channel::Reorganisation | Channel::Veteran)
    };
    let recruits = |r: &StaffRow| r.channel == Channel::Recruitment && !r.odd_channel;
    let mut joint: BTreeMap<Month, BTreeSet<u32>> = BTreeMap::new();
    for r in f.s.staff.iter().filter(known).filter(|r| recruits(r)) {
        joint.entry(r.entry.map_or(f.month(), month_of)).or_default().insert(r.unit);
    }
    for group in f.s.staff.chunk_by(|a, b| a.unit == b.unit) {
        let removed = group.iter().filter_map(|r| {
            let l = r.leader.filter(|l| l.scope == Scope::Leadership && l.class == Class::Chief)?;
            l.removed.map(month_of).filter(|m| *m <= f.month() && *m > f.month().plus(-3))
        });
        let Some(last) = removed.max() else { continue };
        let unit = group[0].unit;
        let name = f.world.units[unit as usize].name(f.as_of());
        let school = ["学校", "中学", "小学", "幼儿园", "学院"].iter().any(|w| name.contains(w));
        let mut by_month: BTreeMap<Month, BTreeSet<u32>> = BTreeMap::new();
        for r in group.iter().filter(known) {
            let month = r.entry.map_or(f.month(), month_of);
            let in_term = school && matches!(month.month(), 8 | 9);
            let jointly = recruits(r) && joint.get(&month).is_some_and(|units| units.len() >= 5);
            if !in_term && !jointly {
                by_month.entry(month).or_default().insert(r.person);
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "counts of entries")]
        let n = |people: &BTreeSet<u32>| people.len() as f64;
        let entries: f64 = by_month.range(last.plus(-2)..=last).map(|(_, p)| n(p)).sum();
        let usual = || by_month.range(last.plus(-38)..=last.plus(-3)).map(|(_, p)| n(p));
        let (total, squares) = (usual().sum::<f64>(), usual().map(|x| x * x).sum::<f64>());
        let variance = 3.0 * (squares / 36.0 - total * total / 1296.0);
        let over = entries - total / 12.0;
        if entries >= 5.0 && over > 0.0 && over * over > 9.0 * variance {
            out.push(Finding::of_unit("T02", unit, "chief"));
        }
    }
}

/// T03: an entry moved back in time, of persons with one row at the unit in both months.
fn edited_entries(f: &Facts<'_>, before: &PastMonth, out: &mut Vec<Finding>) {
    let single = |rows: Vec<PastStaff>| {
        let mut of: BTreeMap<(u32, u32), Vec<PastStaff>> = BTreeMap::new();
        for r in rows.into_iter().filter(|r| r.sound) {
            of.entry((r.unit, r.person)).or_default().push(r);
        }
        of.retain(|_, rows| rows.len() == 1);
        of
    };
    let then = single(before.staff.clone());
    let now = single(f.s.staff.iter().map(|r| PastStaff::of(f.world, r)).collect());
    for ((unit, person), rows) in &now {
        let Some(old) = then.get(&(*unit, *person)).and_then(|r| r[0].entry) else { continue };
        if rows[0].entry.is_some_and(|e| e < old) {
            out.push(Finding { object: "entry_date".to_owned(), ..Finding::of_person("T03", Some(*unit), *person) });
        }
    }
}

/// T03: a document of the ledger that took effect earlier than it did, or that appeared long after it took effect.
fn edited_ledger(f: &Facts<'_>, before: &PastMonth, out: &mut Vec<Finding>) {
    type Key = (u32, QuotaType, Bucket, String);
    let mut then: BTreeMap<Key, Vec<i32>> = BTreeMap::new();
    for (u, t, b, document, from) in before.quotas.iter().filter(|q| !q.3.is_empty()) {
        then.entry((*u, *t, *b, document.clone())).or_default().push(*from);
    }
    let known: BTreeSet<u32> = then.keys().map(|k| k.0).collect();
    let mut now: BTreeMap<Key, Vec<i32>> = BTreeMap::new();
    for r in f.s.quotas.iter().filter(|r| !r.lot.document.is_empty()) {
        let key = (r.unit, r.lot.quota_type, r.lot.bucket, r.lot.document.clone());
        now.entry(key).or_default().push(r.lot.from);
    }
    for (key, days) in now {
        let late = || days.iter().max().is_some_and(|d| month_of(*d) < before.month);
        let moved = match then.get(&key) {
            Some(old) => old.len() == 1 && days.len() == 1 && days[0] < old[0],
            None => known.contains(&key.0) && late(),
        };
        if moved {
            let object = format!("{}/{}/{}", key.1.slug(), key.2.slug(), key.3);
            out.push(Finding::of_unit("T03", key.0, object));
        }
    }
}

/// Rules whose findings are all S1 or S2, so that one that was closed and is back is serious whatever it is.
const SERIOUS: [&str; 55] = [
    "D11", "D12", "D14", "E01", "E02", "E04", "E05", "E06", "E07", "E10", "E11", "E14", "E16", "L01", "L02", "L03",
    "L04", "P01", "P02", "P03", "P05", "P07", "P09", "P10", "P12", "P15", "P19", "P20", "P21", "P22", "P23", "P25",
    "P27", "P28", "Q01", "Q02", "Q03", "Q05", "Q06", "Q09", "Q10", "Q11", "Q12", "Q14", "Q17", "Q18", "Q19", "R01",
    "R02", "R03", "R05", "R13", "R14", "T02", "T03",
];

/// T04: true now, not true last month, and true in one of the twelve before.
fn recurrences(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let window: Vec<&PastMonth> = f.past.iter().filter(|p| p.month >= f.month().plus(-12)).collect();
    let Some(last) = window.last().filter(|p| p.month == f.month().plus(-1)) else { return };
    let mut seen = BTreeSet::new();
    let now: Vec<(&'static str, Option<u32>, Option<u32>)> = out
        .iter()
        .filter(|x| SERIOUS.contains(&x.rule) && (x.unit.is_some() || !x.persons.is_empty()))
        .map(|x| (x.rule, x.unit, x.persons.first().copied()))
        .collect();
    for key in now {
        let earlier = window.iter().any(|p| p.findings.contains(&key));
        if earlier && !last.findings.contains(&key) && seen.insert(key) {
            let persons = key.2.into_iter().collect();
            out.push(Finding { rule: "T04", unit: key.1, persons, object: key.0.to_owned(), note: "", open: false });
        }
    }
}

/// T05: three changes of unit in twelve months, or back within six.
fn ping_pong(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let mut i = 0;
    while i < f.staff_of.len() {
        let person = f.s.staff[f.staff_of[i] as usize].person;
        let rows: Vec<&StaffRow> = f.staff_of(person).collect();
        i += rows.len();
        let stays: Vec<(u32, Month, Option<Month>, Channel)> = rows
            .iter()
            .filter_map(|r| Some((r.unit, month_of(r.entry?), r.exit.map(|(e, _)| month_of(e)), r.channel)))
            .filter(|s| s.1 <= f.month())
            .collect();
        if stays.len() < 2 {
            continue;
        }
        let mut moves = BTreeSet::new();
        let mut back = false;
        for (n, to) in stays.iter().enumerate() {
            let counts = to.1 > f.month().plus(-12) && !matches!(to.3, Channel::Appointment | Channel::Reorganisation);
            let came = stays.iter().any(|a| a.0 != to.0 && a.1 <= to.1 && a.2.is_some_and(|e| e <= to.1));
            if !counts || !came {
                continue;
            }
            moves.insert((to.0, to.1));
            for (_, a) in stays.iter().enumerate().filter(|(m, a)| *m != n && a.0 == to.0) {
                let Some(left) = a.2.filter(|e| *e <= to.1 && to.1.0 - e.0 <= 6) else { continue };
                back |= stays.iter().any(|b| b.0 != to.0 && b.1 >= left && b.1 <= to.1 && b.2.is_some());
            }
        }
        if moves.len() >= 3 || back {
            out.push(Finding::of_person("T05", None, person));
        }
    }
}

/// T06: paid by a unit, not paid by anybody for one to six months in which the unit did pay others, and paid by it again.
fn gaps(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let mut months: BTreeMap<Month, Vec<(u32, u32)>> = BTreeMap::new();
    let now = f.s.pay.iter().map(|r| (f.month(), r));
    let before = f.past.iter().filter(|p| p.month >= f.month().plus(-8));
    for (month, r) in before.flat_map(|p| p.rows.iter().map(|r| (p.month, r))).chain(now) {
        if regular(r) && r.items.gross() > 0 {
            months.entry(month).or_default().push((r.person, r.unit));
        }
    }
    let mut last_any: BTreeMap<u32, Month> = BTreeMap::new();
    let mut last_here: BTreeMap<(u32, u32), Month> = BTreeMap::new();
    let mut payers: BTreeSet<(u32, Month)> = BTreeSet::new();
    for (month, rows) in &months {
        payers.extend(rows.iter().map(|(_, unit)| (*unit, *month)));
        for (person, unit) in rows.iter().filter(|_| *month < f.month()) {
            last_any.insert(*person, *month);
            last_here.insert((*person, *unit), *month);
        }
    }
    let made_good: BTreeSet<u32> = f.s.pay.iter().filter(|r| r.batch == Batch::BackPay).map(|r| r.person).collect();
    let again: BTreeSet<(u32, u32)> = months.get(&f.month()).into_iter().flatten().copied().collect();
    for (person, unit) in again {
        let Some(last) = last_here.get(&(person, unit)).filter(|m| last_any.get(&person) == Some(m)) else { continue };
        let missed = f.month().0 - last.0 - 1;
        let covered = (1..=missed).all(|n| payers.contains(&(unit, last.plus(n))));
        if !(1..=6).contains(&missed) || !covered || made_good.contains(&person) {
            continue;
        }
        let inside = |m: Month| m >= *last && m <= f.month();
        let excused =
            all_reasons(f, person).any(|a| month_of(a.from) < f.month() && a.to.is_none_or(|t| month_of(t) > *last));
        let moved = f
            .staff_of(person)
            .any(|s| s.entry.is_some_and(|e| inside(month_of(e))) || s.exit.is_some_and(|(e, _)| inside(month_of(e))))
            || f.hr_of(person).any(|h| {
                h.status == HrStatus::UnpaidLeave
                    || inside(month_of(h.entered))
                    || h.left.is_some_and(|d| inside(month_of(d)))
            });
        if !excused && !moved {
            out.push(Finding::of_person("T06", Some(unit), person));
        }
    }
}

/// Regular pay and payees of each payer in yuan.
fn payrolls(rows: &[super::PayRow]) -> BTreeMap<u32, (f64, f64)> {
    let mut people: BTreeMap<u32, (i64, BTreeSet<u32>)> = BTreeMap::new();
    for r in rows.iter().filter(|r| regular(r)) {
        let of = people.entry(r.unit).or_default();
        of.0 += r.items.gross();
        of.1.insert(r.person);
    }
    #[expect(clippy::cast_precision_loss, reason = "sums of pay and counts of people")]
    let floats = |(unit, (fen, who)): (u32, (i64, BTreeSet<u32>))| (unit, (fen as f64 / 100.0, who.len() as f64));
    people.into_iter().map(floats).collect()
}

/// T07: pay outgrew payees by fifteen points more than everywhere, or posts fell while staff grew.
fn divergence(f: &Facts<'_>, then: &PastMonth, out: &mut Vec<Finding>) {
    let (now, before) = (payrolls(&f.s.pay), payrolls(&then.rows));
    let both =
        || now.iter().filter_map(|(u, n)| Some((*u, *n, *before.get(u)?))).filter(|(_, _, b)| b.0 > 0.0 && b.1 > 0.0);
    let sum = |value: &dyn Fn((f64, f64), (f64, f64)) -> f64| both().map(|(_, n, b)| value(n, b)).sum::<f64>();
    let heads_then = sum(&|_, b| b.1);
    if heads_then > 0.0 {
        let general = (sum(&|n, _| n.0) / sum(&|n, _| n.1)) / (sum(&|_, b| b.0) / heads_then);
        for (unit, n, b) in both().filter(|(_, n, b)| n.1 >= 10.0 && b.1 >= 10.0) {
            if 100.0 * (n.0 / b.0 - n.1 / b.1 * general) > 15.0 {
                out.push(Finding::of_unit("T07", unit, "pay"));
            }
        }
    }
    let mut posts: BTreeMap<u32, i64> = BTreeMap::new();
    let lots = f.s.quotas.iter().filter(|r| r.lot.bucket == Bucket::Own);
    for r in lots.filter(|r| r.lot.from <= f.as_of() && r.lot.to.is_none_or(|t| t > f.as_of())) {
        *posts.entry(r.unit).or_default() += r.lot.approved;
    }
    let people: BTreeSet<(u32, u32)> =
        f.s.staff.iter().filter(|r| on_books(r) && r.bucket == Bucket::Own).map(|r| (r.unit, r.person)).collect();
    let mut heads: BTreeMap<u32, i64> = BTreeMap::new();
    for (unit, _) in people {
        *heads.entry(unit).or_default() += 1;
    }
    for (unit, now) in &posts {
        let change = |then: &BTreeMap<u32, i64>, now: i64| then.get(unit).map(|b| now - b);
        let staff = heads.get(unit).and_then(|n| change(&then.heads, *n));
        if change(&then.posts, *now).is_some_and(|c| c < 0) && staff.is_some_and(|c| c > 0) {
            out.push(Finding::of_unit("T07", *unit, "posts"));
        }
    }
}
