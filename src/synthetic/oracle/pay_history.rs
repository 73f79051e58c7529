//! P rules that look at months side by side: accounts that move, pay that does not fall, steps and spikes.

use std::collections::{BTreeMap, BTreeSet};

use super::{Facts, Finding, regular};
use crate::kernel::dates::Month;
use crate::synthetic::days::month_of;
use crate::synthetic::model::{Reason, Sanction};
use crate::synthetic::pay::work_start;
use crate::synthetic::pay_twist::Scheme;
use crate::synthetic::records::PayRow;

/// What a person was paid in a month by whomever.
#[derive(Debug, Clone, Copy, Default)]
struct Paid {
    gross: i64,
    base: i64,
}

/// Regular in-service rows by month, oldest first, the month itself included.
struct Months<'a>(Vec<(Month, &'a [PayRow])>);

impl<'a> Months<'a> {
    fn of(f: &'a Facts<'_>, back: i32) -> Self {
        let mut all: Vec<(Month, &[PayRow])> =
            f.past.iter().filter(|p| p.month >= f.month().plus(-back)).map(|p| (p.month, p.rows.as_slice())).collect();
        all.push((f.month(), f.s.pay.as_slice()));
        Self(all)
    }
    fn of_person(&self, persons: &BTreeSet<u32>) -> BTreeMap<u32, BTreeMap<Month, Paid>> {
        let mut out: BTreeMap<u32, BTreeMap<Month, Paid>> = BTreeMap::new();
        for (month, rows) in &self.0 {
            for r in rows.iter().filter(|r| regular(r) && persons.contains(&r.person)) {
                let paid = out.entry(r.person).or_default().entry(*month).or_default();
                paid.gross += r.items.gross() - r.items.back_pay;
                paid.base += r.items.post + r.items.grade;
            }
        }
        out
    }
}

pub fn judge(f: &Facts<'_>, out: &mut Vec<Finding>) {
    round_sums(f, out);
    // Rules that look back say nothing when no earlier month was published.
    if f.past.is_empty() {
        return;
    }
    not_cut(f, out);
    sick_pay(f, out);
    step_up(f, out);
    accounts(f, out);
    spikes(f, out);
}

/// P26, roundness: among payers of twenty amounts or more, more than half round, and within the highest twentieth.
fn round_sums(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let mut amounts: BTreeMap<u32, (usize, usize)> = BTreeMap::new();
    for r in f.s.pay.iter().filter(|r| regular(r)) {
        for fen in [r.items.performance, r.items.back_pay].into_iter().filter(|x| *x > 0) {
            let n = amounts.entry(r.unit).or_default();
            *n = (n.0 + 1, n.1 + usize::from(fen % 10_000 == 0));
        }
    }
    let mut seen: Vec<(u32, usize, usize)> =
        amounts.iter().filter(|(_, n)| n.0 >= 20).map(|(u, n)| (*u, n.0, n.1)).collect();
    // By share, the highest first.
    seen.sort_by(|a, b| (b.2 * a.1).cmp(&(a.2 * b.1)));
    let highest = seen.len().div_ceil(20);
    for (unit, all, round) in seen.into_iter().take(highest) {
        if round * 2 > all {
            out.push(Finding { object: "round".to_owned(), ..Finding::of_unit("P26", unit, "") });
        }
    }
}

/// P09.
fn not_cut(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let wanted = |m| matches!(m, Sanction::Detention | Sanction::Sentence | Sanction::Demotion);
    let events: Vec<_> = f
        .world
        .feeds
        .disciplines
        .iter()
        .filter(|d| wanted(d.measure) && month_of(d.on).plus(1) < f.month() && d.ends.is_none_or(|e| e > f.as_of()))
        .collect();
    let persons = events.iter().map(|d| d.person).collect();
    let pay = Months::of(f, 12).of_person(&persons);
    for d in events {
        let Some(months) = pay.get(&d.person) else { continue };
        let Some(now) = months.get(&f.month()) else { continue };
        let Some((_, before)) = months.range(..=month_of(d.on)).next_back() else { continue };
        let kept = if d.measure == Sanction::Demotion {
            before.base > 0 && now.base >= before.base
        } else {
            now.gross > 0 && now.gross * 100 >= before.gross * 95
        };
        if kept {
            let object = crate::synthetic::model::Code::slug(d.measure).to_owned();
            out.push(Finding { object, ..Finding::of_person("P09", None, d.person) });
        }
    }
}

/// P10.
fn sick_pay(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let in_force = |a: &&crate::synthetic::records::AbsenceRow| {
        a.reason == Reason::SickLeave && a.from <= f.as_of() && a.to.is_none_or(|t| t > f.as_of())
    };
    let mut since: BTreeMap<u32, Month> = BTreeMap::new();
    for a in f.s.absences.iter().filter(in_force) {
        let m = since.entry(a.person).or_insert_with(|| month_of(a.from));
        *m = (*m).max(month_of(a.from));
    }
    let persons = since.keys().copied().collect();
    let pay = Months::of(f, 12).of_person(&persons);
    for (person, since) in since {
        let started = f
            .staff_of(person)
            .map(|s| {
                let start = s.work_start.unwrap_or_else(|| work_start(&f.world.persons[person as usize], s.entry));
                month_of(start)
            })
            .min();
        let long = started.is_none_or(|m| f.month().0 - m.0 >= 120);
        let limit = match (f.month().0 - since.0 + 1, long) {
            (..=2, _) | (3..=6, true) => continue,
            (3..=6, false) => 90,
            (_, true) => 80,
            (_, false) => 70,
        };
        let Some(months) = pay.get(&person) else { continue };
        let Some(now) = months.get(&f.month()) else { continue };
        let before = months.range(..=since.plus(1)).rev().find(|(_, p)| p.base > 0);
        if before.is_some_and(|(_, b)| now.base * 100 > b.base * (limit + 2)) {
            out.push(Finding::of_person("P10", None, person));
        }
    }
}

/// Rank or salary-grade pay; a worker's technical grade is neither.
fn grade(r: &PayRow) -> i64 {
    if r.more.scheme == Scheme::Worker { 0 } else { r.items.grade }
}

/// P25.
fn step_up(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let mut since: BTreeMap<u32, Month> = BTreeMap::new();
    for d in f.world.feeds.disciplines.iter().filter(|d| d.on <= f.as_of()) {
        let months = match d.measure {
            Sanction::Demerit => 12,
            Sanction::Demotion => 24,
            _ => continue,
        };
        let stands = d.ends.map_or(month_of(d.on).plus(months) > f.month(), |e| e >= f.as_of());
        if stands {
            let m = since.entry(d.person).or_insert_with(|| month_of(d.on));
            *m = (*m).max(month_of(d.on));
        }
    }
    let months = Months::of(f, 12);
    // By payer and person, month by month.
    let mut all: BTreeMap<(u32, u32), BTreeMap<Month, i64>> = BTreeMap::new();
    let payers: BTreeSet<u32> =
        f.s.pay.iter().filter(|r| regular(r) && since.contains_key(&r.person)).map(|r| r.unit).collect();
    for (month, rows) in &months.0 {
        for r in rows.iter().filter(|r| regular(r) && payers.contains(&r.unit)) {
            *all.entry((r.unit, r.person)).or_default().entry(*month).or_default() += grade(r);
        }
    }
    for ((unit, person), by_month) in &all {
        let Some(since) = since.get(person) else { continue };
        let Some(now) = by_month.get(&f.month()) else { continue };
        let Some((start, before)) = by_month.range(*since..).find(|(_, g)| **g > 0) else { continue };
        if now <= before {
            continue;
        }
        let (mut everybody, mut rose) = (0, 0);
        for ((_, _), other) in all.range((*unit, 0)..=(*unit, u32::MAX)) {
            if let (Some(then), Some(now)) = (other.get(start), other.get(&f.month())) {
                everybody += 1;
                rose += i32::from(now > then);
            }
        }
        if !(rose * 2 > everybody && everybody > 1) {
            out.push(Finding::of_person("P25", Some(*unit), *person));
        }
    }
}

/// P06.
fn accounts(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let months = Months::of(f, 12);
    let mut seen: BTreeMap<(u32, u32), BTreeMap<Month, Vec<[u8; 19]>>> = BTreeMap::new();
    for (month, rows) in &months.0 {
        for r in rows.iter().filter(|r| regular(r)) {
            let of_month = seen.entry((r.person, r.unit)).or_default().entry(*month).or_default();
            if !of_month.contains(&r.account) {
                of_month.push(r.account);
            }
        }
    }
    // (payer, month) → of how many, changed.
    let mut breadth: BTreeMap<(u32, Month), (u32, u32)> = BTreeMap::new();
    let mut changes: BTreeMap<(u32, u32), Vec<Month>> = BTreeMap::new();
    for ((person, unit), by_month) in &seen {
        let single: Vec<(Month, [u8; 19])> =
            by_month.iter().filter(|(_, a)| a.len() == 1).map(|(m, a)| (*m, a[0])).collect();
        for pair in single.windows(2) {
            let changed = pair[0].1 != pair[1].1;
            let n = breadth.entry((*unit, pair[1].0)).or_default();
            *n = (n.0 + 1, n.1 + u32::from(changed));
            if changed {
                changes.entry((*person, *unit)).or_default().push(pair[1].0);
            }
        }
    }
    let mut of_person: BTreeMap<u32, Vec<Month>> = BTreeMap::new();
    for ((person, unit), at) in changes {
        let own = at.into_iter().filter(|m| {
            let (everybody, changed) = breadth.get(&(unit, *m)).copied().unwrap_or_default();
            !(changed * 100 > everybody * 20 && changed > 1)
        });
        of_person.entry(person).or_default().extend(own);
    }
    let deaths: BTreeMap<u32, Month> =
        f.world.deaths.iter().filter(|d| d.on <= f.as_of()).map(|d| (d.person, month_of(d.on))).collect();
    let recent = |m: Month| m > f.month().plus(-3) && m <= f.month();
    let paid_now: BTreeSet<u32> = (0..3)
        .flat_map(|ago| months.0.iter().rev().nth(ago).map_or(&[][..], |m| m.1))
        .filter(|r| regular(r))
        .map(|r| r.person)
        .collect();
    for (person, at) in of_person.iter().filter(|(p, at)| !at.is_empty() && paid_now.contains(*p)) {
        let exits =
            f.staff_of(*person).filter_map(|s| s.exit).map(|(e, _)| month_of(e)).chain(deaths.get(person).copied());
        let before_exit = exits.filter(|m| recent(*m)).any(|e| at.iter().any(|c| *c >= e.plus(-1) && *c <= e));
        if before_exit || at.len() >= 3 {
            out.push(Finding::of_person("P06", None, *person));
        }
    }
}

fn median(sorted: &[f64]) -> f64 {
    let n = sorted.len();
    if n % 2 == 1 { sorted[n / 2] } else { f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]) }
}

/// P14.
fn spikes(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let months = Months::of(f, 6);
    let mut all: BTreeMap<(u32, u32), BTreeMap<Month, i64>> = BTreeMap::new();
    for (month, rows) in &months.0 {
        for r in rows.iter().filter(|r| regular(r)) {
            *all.entry((r.unit, r.person)).or_default().entry(*month).or_default() +=
                r.items.gross() - r.items.back_pay;
        }
    }
    let yuan = |fen: i64| {
        #[expect(clippy::cast_precision_loss, reason = "amounts of pay")]
        let fen = fen as f64;
        fen / 100.0
    };
    let mut moves: BTreeMap<u32, (u32, u32)> = BTreeMap::new();
    for ((unit, _), m) in &all {
        if let (Some(now), Some(was)) = (m.get(&f.month()), m.get(&f.month().plus(-1))) {
            let n = moves.entry(*unit).or_default();
            *n = (n.0 + 1, n.1 + u32::from((now - was).abs() * 20 > *was));
        }
    }
    for ((unit, person), m) in &all {
        let Some(now) = m.get(&f.month()).map(|n| yuan(*n)) else { continue };
        let mut before: Vec<f64> = m.range(..f.month()).filter(|(_, x)| **x > 0).map(|(_, x)| yuan(*x)).collect();
        let general = moves.get(unit).is_some_and(|(n, moved)| moved * 2 > *n && *moved > 1);
        if before.len() < 3 || general {
            continue;
        }
        before.sort_by(f64::total_cmp);
        let middle = median(&before);
        let mut off: Vec<f64> = before.iter().map(|x| (x - middle).abs()).collect();
        off.sort_by(f64::total_cmp);
        let gap = (now - middle).abs();
        if gap * 100.0 > middle * 30.0 && gap > median(&off) * 5.9304 {
            out.push(Finding::of_person("P14", Some(*unit), *person));
        }
    }
}
