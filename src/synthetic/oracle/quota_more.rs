//! Q rules on pools, loans, earmarks, control, frozen, new and coordinating units; and Q04.

use std::collections::{BTreeMap, BTreeSet};

use super::quotas::{exempt_for, in_force, own, quota};
use super::{Facts, Finding, active};
use crate::synthetic::days::{Day, first_day, month_of};
use crate::synthetic::model::{
    Bucket, Channel, Class, Code as _, HrStatus, Nature, QuotaLot, QuotaType, Reason, Scope,
};
use crate::synthetic::posts::QUOTA_TYPES;
use crate::synthetic::records::{HrRow, StaffRow};

pub fn judge(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let heads: BTreeSet<u32> =
        f.s.hr.iter().filter(|h| employed(h) && h.head_since.is_some()).map(|h| h.unit).collect();
    elsewhere(f, out);
    control(f, out);
    frozen(f, out);
    for row in &f.s.units {
        let u = row.unit;
        for t in QUOTA_TYPES {
            pool(f, u, t, out);
            loan(f, u, t, out);
            vacancy(f, u, t, out);
        }
        earmarks(f, u, out);
        if row.abolished.is_none() {
            set_up(f, u, heads.contains(&u), out);
            coordination(f, u, out);
        }
    }
}

/// Whether HR counts the person as one of the unit's.
pub fn employed(h: &HrRow) -> bool {
    use HrStatus as S;
    matches!(h.status, S::OnPost | S::Absent | S::UnpaidLeave | S::Seconded | S::Leave | S::Suspended)
}

pub(super) fn count<'a>(rows: impl Iterator<Item = &'a StaffRow>) -> i64 {
    let persons: BTreeSet<u32> = rows.map(|r| r.person).collect();
    i64::try_from(persons.len()).unwrap_or(0)
}

/// Own posts of a type less the staff on them, on a day.
fn vacant(f: &Facts<'_>, u: u32, t: QuotaType, day: Day) -> i64 {
    let there = f
        .staff_in(u)
        .iter()
        .filter(|r| own(r, t) && r.entry.is_none_or(|e| e <= day) && r.exit.is_none_or(|(e, _)| e > day));
    quota(f, u, t, day).unwrap_or(0) - count(there)
}

/// Q04: the post here, the work there, for the whole month, without a reason on its last day.
fn elsewhere(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let first = first_day(f.month());
    for h in &f.s.hr {
        let Some((to, since)) = h.work else { continue };
        if !matches!(h.status, HrStatus::OnPost | HrStatus::Seconded) || since.is_some_and(|d| d > first) {
            continue;
        }
        let rows: Vec<&StaffRow> = f.staff_of(h.person).filter(|r| active(r, f.as_of())).collect();
        let excused =
            f.reasons(h.person).any(|a| a.reason != Reason::CollectivePayment && a.to.is_none_or(|t| t > f.as_of()));
        if excused || rows.iter().any(|r| r.unit == to) {
            continue;
        }
        for r in rows {
            if exempt_for(f, r.unit, r.quota_type, f.as_of(), "统一管理").is_none() {
                out.push(Finding::of_person("Q04", Some(r.unit), r.person));
            }
        }
    }
}

/// Q07: a fifth and three at least, every single day of two years, approvals still open deducted.
fn vacancy(f: &Facts<'_>, u: u32, t: QuotaType, out: &mut Vec<Finding>) {
    let Some(q) = quota(f, u, t, f.as_of()) else { return };
    let open: i64 = f
        .lists
        .approvals
        .of(u)
        .filter(|a| a.quota_type == t && a.valid_to > f.as_of())
        .map(|a| {
            let used = f.staff_in(u).iter().filter(|r| r.approval_no.as_deref() == Some(&a.no)).count();
            (i64::from(a.count) - i64::try_from(used).unwrap_or(0)).max(0)
        })
        .sum();
    let enough = |vacant: i64, posts: i64| vacant >= 3 && vacant * 100 >= posts * 20;
    if !enough(vacant(f, u, t, f.as_of()) - open, q) {
        return;
    }
    let since = f.as_of() - 730;
    if (since..=f.as_of()).all(|day| enough(vacant(f, u, t, day), quota(f, u, t, day).unwrap_or(0))) {
        out.push(Finding::of_unit("Q07", u, t.slug()));
    }
}

/// Q08: the control list, rates of 30 where it says none.
fn control(f: &Facts<'_>, out: &mut Vec<Finding>) {
    for c in f.world.quota_feeds.controls.iter().filter(|c| c.from <= f.as_of()) {
        let name = f.world.units[c.unit as usize].name(f.as_of());
        if crate::synthetic::plant::spared_from_control(name) {
            continue;
        }
        let types: Vec<QuotaType> = c.quota_type.map_or_else(|| QUOTA_TYPES.to_vec(), |t| vec![t]);
        let rate = c.rate.unwrap_or(30);
        let usable = |day: Day| -> i64 {
            types.iter().filter_map(|t| quota(f, c.unit, *t, day)).sum::<i64>() * (100 - rate) / 100
        };
        let mine = |r: &&StaffRow| r.bucket == Bucket::Own && types.contains(&r.quota_type);
        let rows: Vec<&StaffRow> = f.staff_in(c.unit).iter().filter(mine).collect();
        let now = count(rows.iter().copied().filter(|r| active(r, f.as_of())));
        let late = rows.iter().enumerate().any(|(n, r)| {
            let Some(day) = r.entry.filter(|e| *e >= c.from && f.recent(*e)) else { return false };
            let lawful = matches!(r.channel, Channel::Veteran | Channel::Reorganisation);
            let before = rows.iter().enumerate().filter(|(m, o)| {
                o.entry.is_none_or(|e| e < day || (e == day && *m < n)) && o.exit.is_none_or(|(e, _)| e > day)
            });
            !lawful && active(r, f.as_of()) && count(before.map(|(_, o)| *o)) >= usable(day)
        });
        if now > usable(f.as_of()) || late {
            out.push(Finding::of_unit("Q08", c.unit, c.quota_type.map_or("all", |t| t.slug())));
        }
    }
}

fn lots<'a>(f: &'a Facts<'_>, u: u32, t: QuotaType, bucket: Bucket) -> impl Iterator<Item = &'a QuotaLot> {
    let all = f.world.units[u as usize].quotas.iter();
    all.filter(move |l| l.bucket == bucket && l.quota_type == t && l.from <= f.as_of())
}

fn holders<'a>(f: &Facts<'a>, u: u32, t: QuotaType, bucket: Bucket) -> Vec<&'a StaffRow> {
    let held = |r: &&StaffRow| r.bucket == bucket && r.quota_type == t && active(r, f.as_of());
    f.staff_in(u).iter().filter(held).collect()
}

/// A vacancy of the unit's own that has lasted more than sixty days.
fn long_vacant(f: &Facts<'_>, u: u32, t: QuotaType) -> bool {
    (f.as_of() - 60..=f.as_of()).all(|day| vacant(f, u, t, day) >= 1)
}

/// Q10, unit and type at a time.
fn pool(f: &Facts<'_>, u: u32, t: QuotaType, out: &mut Vec<Finding>) {
    let held = holders(f, u, t, Bucket::Pooled);
    if held.is_empty() {
        return;
    }
    let used = count(held.iter().copied());
    let (mut granted, mut known, mut ended) = (0, false, false);
    for l in lots(f, u, t, Bucket::Pooled) {
        known = true;
        if l.to.is_none_or(|to| to > f.as_of()) {
            granted += l.approved;
        } else {
            ended = true;
        }
    }
    if known && used > granted {
        let reason = if ended { "expired" } else { "capacity" };
        out.push(Finding::of_unit("Q10", u, format!("{reason}:{}", t.slug())));
    }
    if long_vacant(f, u, t) {
        out.push(Finding::of_unit("Q10", u, format!("not_converted:{}", t.slug())));
    }
    for r in held {
        if !matches!(r.channel, Channel::Talent | Channel::Veteran) {
            let object = format!("wrong_channel:{}", t.slug());
            out.push(Finding { object, ..Finding::of_person("Q10", Some(u), r.person) });
        }
        let Some(day) = r.entry.filter(|e| f.recent(*e)) else { continue };
        let unit = &f.world.units[u as usize];
        let posts: i64 = unit
            .quotas
            .iter()
            .filter(|l| l.bucket == Bucket::Own && l.quota_type == t && l.from < day && l.to.is_none_or(|x| x > day))
            .map(|l| l.approved)
            .sum();
        let there = f
            .staff_in(u)
            .iter()
            .filter(|o| own(o, t) && o.entry.is_none_or(|e| e <= day) && o.exit.is_none_or(|(e, _)| e >= day));
        if posts > count(there) {
            let object = format!("entry_despite_vacancy:{}", t.slug());
            out.push(Finding { object, ..Finding::of_person("Q10", Some(u), r.person) });
        }
    }
}

/// Q11: loans end with their term or their task.
fn loan(f: &Facts<'_>, u: u32, t: QuotaType, out: &mut Vec<Finding>) {
    let used = count(holders(f, u, t, Bucket::Loaned).into_iter());
    if used == 0 {
        return;
    }
    let ends = |l: &QuotaLot| {
        let closed = l.more.closed.filter(|c| *c <= f.as_of()).unwrap_or(Day::MAX);
        closed.min(l.to.unwrap_or(Day::MAX))
    };
    let all: Vec<&QuotaLot> = lots(f, u, t, Bucket::Loaned).collect();
    let granted: i64 = all.iter().filter(|l| ends(l) > f.as_of()).map(|l| l.approved).sum();
    let over = all.iter().any(|l| l.approved > 0 && ends(l) <= f.as_of());
    if used > granted && over {
        out.push(Finding::of_unit("Q11", u, format!("overdue:{}", t.slug())));
    }
    if !all.is_empty() && long_vacant(f, u, t) {
        out.push(Finding::of_unit("Q11", u, format!("vacancy:{}", t.slug())));
    }
}

/// Q12: lots of one purpose, held by somebody outside it.
fn earmarks(f: &Facts<'_>, u: u32, out: &mut Vec<Finding>) {
    for r in f.staff_in(u).iter().filter(|r| r.bucket != Bucket::Own && active(r, f.as_of())) {
        let now: BTreeSet<Option<&str>> = lots(f, u, r.quota_type, r.bucket)
            .filter(|l| l.approved > 0 && l.to.is_none_or(|t| t > f.as_of()))
            .map(|l| l.more.earmark)
            .collect();
        let [Some(purpose)] = now.into_iter().collect::<Vec<_>>()[..] else { continue };
        let spell = &f.world.spells[r.spell as usize];
        let technical = f.world.units[u as usize].nature == Nature::Institution
            && spell.leader.is_none()
            && spell.quota_type != QuotaType::Worker;
        let in_hr = f.hr_of(r.person).any(employed);
        let outside = match purpose {
            "人才" => r.channel != Channel::Talent,
            "军转" => r.channel != Channel::Veteran,
            _ => in_hr && !technical,
        };
        if outside {
            out.push(Finding::of_person("Q12", Some(u), r.person));
        }
    }
}

/// Q14: the latest evaluation freezes the unit; posts or people came since.
fn frozen(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let mut latest = BTreeMap::new();
    for e in f.world.quota_feeds.evaluations.iter().filter(|e| e.from <= f.as_of()) {
        let now = latest.entry(e.unit).or_insert(e);
        if e.from > now.from {
            *now = e;
        }
    }
    for (u, e) in latest.into_iter().filter(|(_, e)| e.tier == 'D') {
        for t in QUOTA_TYPES {
            let since = |l: &&QuotaLot| l.bucket == Bucket::Own && l.quota_type == t && l.from > e.from;
            let unit = &f.world.units[u as usize];
            let moved: i64 =
                unit.quotas.iter().filter(since).filter(|l| l.from <= f.as_of()).map(|l| l.more.moved_in).sum();
            let posts = |day| quota(f, u, t, day).unwrap_or(0);
            if posts(f.as_of()) - posts(e.from) > moved {
                out.push(Finding::of_unit("Q14", u, format!("posts:{}", t.slug())));
            }
            let rows = || f.staff_in(u).iter().filter(|r| own(r, t));
            let came = rows()
                .filter(|r| r.entry.is_some_and(|d| d > e.from))
                .filter(|r| !matches!(r.channel, Channel::Veteran | Channel::Reorganisation))
                .count();
            let went = rows().filter(|r| r.exit.is_some_and(|(d, _)| d > e.from)).count();
            if came > 0 && (!e.replacement || came > went) {
                out.push(Finding::of_unit("Q14", u, format!("entries:{}", t.slug())));
            }
        }
    }
}

/// Q15: a head within 90 days, half of the staff and leader posts within half a year.
fn set_up(f: &Facts<'_>, u: u32, hr_head: bool, out: &mut Vec<Finding>) {
    let unit = &f.world.units[u as usize];
    let new = month_of(unit.established) > f.month().plus(-24);
    if !new || f.world.quota_feeds.coordination.contains(&u) {
        return;
    }
    if QUOTA_TYPES.iter().any(|t| exempt_for(f, u, *t, f.as_of(), "分步组建").is_some()) {
        return;
    }
    let age = f.as_of() - unit.established;
    let rows = || f.staff_in(u).iter().filter(|r| active(r, f.as_of()));
    let chief = rows().any(|r| {
        r.leader.is_some_and(|l| {
            l.scope == Scope::Leadership && l.class == Class::Chief && l.removed.is_none_or(|d| d > f.as_of())
        })
    });
    if age > 90 && !hr_head && !chief {
        out.push(Finding::of_unit("Q15", u, "head"));
    }
    let posts: i64 = in_force(unit, f.as_of()).filter(|l| l.bucket == Bucket::Own).map(|l| l.approved).sum();
    let staff = count(rows().filter(|r| r.bucket == Bucket::Own));
    if age > 183 && posts > 0 && staff * 2 < posts {
        out.push(Finding::of_unit("Q15", u, "staffing"));
    }
    let leader_posts = unit.posts.iter().any(|p| p.from <= f.as_of() && p.approved > 0);
    if age > 183 && posts > 0 && !leader_posts {
        out.push(Finding::of_unit("Q15", u, "posts"));
    }
}

/// Q19: a coordinating body with anything of its own.
fn coordination(f: &Facts<'_>, u: u32, out: &mut Vec<Finding>) {
    let unit = &f.world.units[u as usize];
    let has = in_force(unit, f.as_of()).any(|l| l.approved > 0)
        || f.staff_in(u).iter().any(|r| active(r, f.as_of()))
        || unit.posts.iter().any(|p| p.approved > 0 && p.from <= f.as_of());
    if f.world.quota_feeds.coordination.contains(&u) && has {
        out.push(Finding::of_unit("Q19", u, ""));
    }
}
