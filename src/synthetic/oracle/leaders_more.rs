//! L rules on rank, invented and vacant posts, several posts, ledgers, records, sections and dates.

use std::collections::{BTreeMap, BTreeSet};

use super::quota_more::employed;
use super::{Facts, Finding, active};
use crate::kernel::dates::Month;
use crate::synthetic::days::{Day, last_day, month_of};
use crate::synthetic::model::{Bucket, Channel, Class, Code as _, Leader, PostLot, QuotaType, Rank, Scope};
use crate::synthetic::quota_feeds::Updated;
use crate::synthetic::records::StaffRow;

pub fn judge(f: &Facts<'_>, out: &mut Vec<Finding>) {
    several(f, out);
    sections(f, out);
    for row in &f.s.units {
        let ledger = row.abolished.is_none();
        ranks(f, row.unit, ledger, out);
        dates(f, row.unit, ledger, out);
        records(f, row.unit, out);
        if ledger {
            invented(f, row.unit, out);
            vacant(f, row.unit, out);
            stale(f, row.unit, out);
        }
    }
}

/// Greater is higher.
fn height(rank: Rank) -> u8 {
    match rank {
        Rank::Division => 5,
        Rank::DeputyDivision => 4,
        Rank::Section => 3,
        Rank::DeputySection => 2,
        Rank::Staff => 1,
    }
}

/// Leaders of a unit in office on the last day.
fn in_office<'a>(f: &'a Facts<'_>, u: u32) -> impl Iterator<Item = (&'a StaffRow, Leader)> {
    f.staff_in(u).iter().filter(|r| active(r, f.as_of())).filter_map(|r| {
        let l = r.leader.filter(|l| l.removed.is_none_or(|d| d > f.as_of()))?;
        Some((r, l))
    })
}

/// Leader posts the ledger shows.
fn posts<'a>(f: &'a Facts<'_>, u: u32) -> impl Iterator<Item = &'a PostLot> {
    f.world.units[u as usize].posts.iter().filter(|p| p.from <= f.as_of())
}

/// L02: above the highest post of the kind, or a head above the unit where the ledger has no such post.
fn ranks(f: &Facts<'_>, u: u32, ledger: bool, out: &mut Vec<Finding>) {
    for (r, l) in in_office(f, u).filter(|(_, l)| !l.concurrent) {
        if f.world.quota_feeds.rank_retained.contains(&r.spell) {
            continue;
        }
        let of_kind = posts(f, u).filter(|p| ledger && p.approved > 0 && (p.scope, p.class) == (l.scope, l.class));
        let highest = of_kind.map(|p| height(p.level)).max();
        let head = l.scope == Scope::Leadership && l.class == Class::Chief;
        let allowed = highest.or_else(|| head.then(|| height(f.world.units[u as usize].rank)));
        if allowed.is_some_and(|a| height(l.level) > a) {
            out.push(Finding::of_person("L02", Some(u), r.person));
        }
    }
}

const STYLED: [&str; 8] =
    ["长助理", "主任助理", "书记助理", "总工程师", "总会计师", "总经济师", "总规划师", "专职副主席"];

/// L04: a leader of a kind the ledger has no post of, or somebody styled as one whom the register does not count.
fn invented(f: &Facts<'_>, u: u32, out: &mut Vec<Finding>) {
    if posts(f, u).next().is_none() {
        return;
    }
    for (r, l) in in_office(f, u).filter(|(_, l)| !l.concurrent) {
        if !posts(f, u).any(|p| (p.scope, p.class) == (l.scope, l.class)) {
            out.push(Finding::of_person("L04", Some(u), r.person));
        }
    }
    let counted: BTreeSet<u32> = in_office(f, u).map(|(r, _)| r.person).collect();
    for r in f.staff_in(u).iter().filter(|r| active(r, f.as_of()) && !counted.contains(&r.person)) {
        let styled = f
            .hr_of(r.person)
            .any(|h| h.unit == u && employed(h) && h.position.is_some_and(|p| STYLED.iter().any(|s| p.ends_with(s))));
        if styled {
            out.push(Finding::of_person("L04", Some(u), r.person));
        }
    }
}

/// L05: short of holders on every day of half a year (chiefs) or a year (deputies), whatever their level.
fn vacant(f: &Facts<'_>, u: u32, out: &mut Vec<Finding>) {
    let kinds: BTreeSet<(Scope, Class)> = posts(f, u).map(|p| (p.scope, p.class)).collect();
    for (scope, class) in kinds {
        let days = if class == Class::Chief { 182 } else { 365 };
        let short = |day: Day| {
            let all = f.world.units[u as usize].posts.iter();
            let approved: i64 =
                all.filter(|p| (p.scope, p.class) == (scope, class) && p.from <= day).map(|p| p.approved).sum();
            let holders: BTreeSet<u32> = f
                .staff_in(u)
                .iter()
                .filter(|r| r.exit.is_none_or(|(e, _)| e > day))
                .filter(|r| {
                    r.leader.is_some_and(|l| {
                        (l.scope, l.class) == (scope, class) && l.appointed <= day && l.removed.is_none_or(|d| d > day)
                    })
                })
                .map(|r| r.person)
                .collect();
            approved > i64::try_from(holders.len()).unwrap_or(0)
        };
        if (f.as_of() - days..=f.as_of()).all(short) {
            out.push(Finding::of_unit("L05", u, format!("{}:{}", scope.slug(), class.slug())));
        }
    }
}

/// L06: two posts of one person, neither held besides the other.
fn several(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let mut held: BTreeMap<u32, BTreeSet<(u32, Scope, Rank, Class)>> = BTreeMap::new();
    for r in f.s.staff.iter().filter(|r| active(r, f.as_of())) {
        if let Some(l) = r.leader.filter(|l| !l.concurrent && l.removed.is_none_or(|d| d > f.as_of())) {
            held.entry(r.person).or_default().insert((r.unit, l.scope, l.level, l.class));
        }
    }
    for (person, posts) in held {
        if posts.len() > 1 {
            out.push(Finding::of_person("L06", None, person));
        }
    }
}

/// L07: not gone through since the last quarter whose fifteen days have passed began.
fn stale(f: &Facts<'_>, u: u32, out: &mut Vec<Finding>) {
    if posts(f, u).next().is_none() {
        return;
    }
    let updated = match f.world.quota_feeds.updated.get(&u) {
        Some(Updated::On(day)) => *day,
        Some(Updated::Ago(days)) => f.as_of() - days,
        None => f.as_of() - 12,
    };
    // Back month by month to one that ends a quarter and lies fifteen days behind.
    let mut end = f.month();
    while (end.0 + 1) % 3 != 0 || last_day(end) + 15 > f.as_of() {
        end = end.plus(-1);
    }
    if month_of(updated) < Month(end.0 - 2) {
        out.push(Finding::of_unit("L07", u, ""));
    }
}

/// L08: who heads the unit, since when, and at which level, in the register and in HR.
fn records(f: &Facts<'_>, u: u32, out: &mut Vec<Finding>) {
    let push = |out: &mut Vec<Finding>, person: u32, kind: &'static str| {
        out.push(Finding { object: kind.to_owned(), ..Finding::of_person("L08", Some(u), person) });
    };
    let late = f.as_of() - 30;
    for r in f.staff_in(u).iter().filter(|r| active(r, f.as_of())) {
        let mut hr = f.hr_of(r.person).filter(|h| h.unit == u && employed(h));
        let Some(h) = hr.next() else { continue };
        let now = r.leader.filter(|l| l.removed.is_none_or(|d| d > f.as_of()));
        let is_chief = |l: &Leader| l.scope == Scope::Leadership && l.class == Class::Chief;
        match (now.filter(is_chief), h.head_since) {
            (Some(l), None) if !l.concurrent && l.appointed < late => push(out, r.person, "not_in_hr"),
            (Some(l), Some(since)) if !l.concurrent && (l.appointed - since).abs() > 62 => push(out, r.person, "date"),
            (None, Some(since)) if since < late => {
                let lately = r.leader.is_some_and(|l| is_chief(&l) && l.removed.is_some_and(|d| d > late));
                if !lately {
                    push(out, r.person, "not_in_register");
                }
            }
            _ => {}
        }
        if let (Some(l), Some(level)) = (now, h.level)
            && l.level != level
        {
            push(out, r.person, "level");
        }
    }
}

/// L09: one head for up to three posts, two for up to seven, three beyond; not the police.
fn sections(f: &Facts<'_>, out: &mut Vec<Finding>) {
    for c in f.world.quota_feeds.sections.iter().filter(|c| c.from <= f.as_of()) {
        let unit = &f.world.units[c.unit as usize];
        let police = unit.police || unit.quotas.iter().any(|l| l.quota_type == QuotaType::Police);
        let allowed = match c.quota {
            ..=3 => 1,
            4..=7 => 2,
            _ => 3,
        };
        if !police && c.heads > allowed {
            out.push(Finding::of_unit("L09", c.unit, c.name));
        }
    }
    debug_assert!(f.s.staff.iter().all(|r| r.bucket <= Bucket::Loaned));
}

/// L10: appointed more than ninety days before the unit or the first posts of the kind were.
fn dates(f: &Facts<'_>, u: u32, ledger: bool, out: &mut Vec<Finding>) {
    for (r, l) in in_office(f, u).filter(|(r, l)| !l.concurrent && r.channel != Channel::Reorganisation) {
        let unit = f.world.units[u as usize].established;
        let of_kind = posts(f, u).filter(|p| ledger && (p.scope, p.class) == (l.scope, l.class)).map(|p| p.from);
        let before = |from: Day| l.appointed < from - 90;
        if before(unit) || of_kind.min().is_some_and(before) {
            out.push(Finding::of_person("L10", Some(u), r.person));
        }
    }
}
