//! T09 and W09: how many retire in the years ahead, and ledgers that are to be brought up to date.

use std::collections::{BTreeMap, BTreeSet};

use super::staff_more::{gone_everywhere, latest_birth, track_of};
use super::{Facts, Finding, StaffRow, active};
use crate::kernel::dates::Month;
use crate::synthetic::days::month_of;
use crate::synthetic::model::{Bucket, Code as _};
use crate::synthetic::quota_feeds::Updated;
use crate::synthetic::staff_feeds::DELAYS;

pub fn judge(f: &Facts<'_>, out: &mut Vec<Finding>) {
    waves(f, out);
    ledgers(f, out);
}

/// The month of retirement that is due: by statute, or by an approval that puts it off.
pub(super) fn due_month(f: &Facts<'_>, row: &StaffRow) -> Month {
    let statutory = track_of(f, row).statutory_month(latest_birth(f, row));
    let approvals = f.lists.retirements.of(row.person).filter(|r| r.approved <= f.as_of());
    let delays = approvals.filter(|r| DELAYS.contains(&r.kind)).map(|r| month_of(r.retires));
    delays.max().map_or(statutory, |d| d.max(statutory))
}

/// T09: of ten or more a fifth and three at least, within a year or three.
fn waves(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let mut groups: BTreeMap<(u32, &'static str), BTreeMap<u32, Option<i32>>> = BTreeMap::new();
    for row in f.s.staff.iter().filter(|r| r.bucket == Bucket::Own && active(r, f.as_of())) {
        let left = (!gone_everywhere(f, row.person)).then(|| due_month(f, row).0 - f.month().0);
        let mut scopes = vec!["all", row.quota_type.slug()];
        scopes.extend(row.leader.filter(|l| l.removed.is_none()).map(|_| "leaders"));
        for scope in scopes {
            groups.entry((row.unit, scope)).or_default().insert(row.person, left);
        }
    }
    let whole: BTreeMap<u32, usize> =
        groups.iter().filter(|((_, scope), _)| *scope == "all").map(|((u, _), g)| (*u, g.len())).collect();
    for ((unit, scope), people) in &groups {
        let within = |months: i32| people.values().flatten().filter(|l| (0..=months).contains(*l)).count();
        let wave = |n: usize| n >= 3 && n * 100 >= people.len() * 20;
        let told = *scope == "all" || Some(&people.len()) < whole.get(unit);
        if told && people.len() >= 10 && (wave(within(12)) || wave(within(36))) {
            out.push(Finding::of_unit("T09", *unit, *scope));
        }
    }
}

/// W09: in the last month of a quarter, not gone through within it.
fn ledgers(f: &Facts<'_>, out: &mut Vec<Finding>) {
    if f.month().month() % 3 != 0 {
        return;
    }
    let units: BTreeSet<u32> = f.s.units.iter().filter(|r| r.abolished.is_none()).map(|r| r.unit).collect();
    for u in units {
        if !f.world.units[u as usize].posts.iter().any(|p| p.from <= f.as_of()) {
            continue;
        }
        let on = match f.world.quota_feeds.updated.get(&u) {
            Some(Updated::On(day)) => *day,
            Some(Updated::Ago(days)) => f.as_of() - days,
            None => f.as_of() - 12,
        };
        if month_of(on) < f.month().plus(-2) {
            out.push(Finding::of_unit("W09", u, ""));
        }
    }
}
