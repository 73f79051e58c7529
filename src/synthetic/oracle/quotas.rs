//! Q and L rules.

use super::{Facts, Finding, active};
use crate::synthetic::days::{Day, month_of};
use crate::synthetic::model::{Bucket, Channel, Code as _, Funding, Nature, QuotaType, Reason, Unit};
use crate::synthetic::posts::QUOTA_TYPES;
use crate::synthetic::records::StaffRow;

pub fn judge(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let paid_by = paid_by_unit(f);
    for row in &f.s.units {
        let u = row.unit;
        for t in QUOTA_TYPES {
            over_quota(f, u, t, out);
            entries_when_full(f, u, t, out);
        }
        for staff in f.staff_in(u).iter().filter(|r| active(r, f.as_of())) {
            if !allowed(f.world.units[u as usize].nature, staff.quota_type)
                && exempt(f, u, staff.quota_type, f.as_of()) == 0
            {
                out.push(Finding::of_person("Q03", Some(u), staff.person));
            }
        }
        approvals(f, u, out);
        ledger(f, u, row.quota_total, out);
        if row.abolished.is_some_and(|a| f.as_of() > a + 90) {
            let quota: i64 = in_force(&f.world.units[u as usize], f.as_of()).map(|l| l.approved).sum();
            if quota > 0 || f.staff_in(u).iter().any(|r| active(r, f.as_of())) {
                out.push(Finding::of_unit("Q17", u, ""));
            }
        }
        if row.abolished.is_none() {
            three_numbers(f, u, paid_by[u as usize], out);
        }
        leaders(f, u, out);
    }
}

pub(super) fn in_force(unit: &Unit, day: Day) -> impl Iterator<Item = &crate::synthetic::model::QuotaLot> {
    unit.quotas.iter().filter(move |l| l.from <= day && l.to.is_none_or(|t| t > day))
}

/// Own posts of a type on a day; `None` without a row in force.
pub(super) fn quota(f: &Facts<'_>, unit: u32, t: QuotaType, day: Day) -> Option<i64> {
    let mut lots = in_force(&f.world.units[unit as usize], day)
        .filter(|l| l.bucket == Bucket::Own && l.quota_type == t)
        .peekable();
    lots.peek()?;
    Some(lots.map(|l| l.approved).sum())
}

/// Whether an exemption for a reason is in force; its number.
pub(super) fn exempt_for(f: &Facts<'_>, unit: u32, t: QuotaType, day: Day, reason: &str) -> Option<i64> {
    let of = f.lists.exemptions.of(unit).filter(|e| e.quota_type == t && e.reason == reason);
    of.filter(|e| e.from <= day && e.to.is_none_or(|to| to > day)).map(|e| e.count).reduce(|a, b| a + b)
}

fn exempt(f: &Facts<'_>, unit: u32, t: QuotaType, day: Day) -> i64 {
    let of = f.lists.exemptions.of(unit).filter(|e| e.quota_type == t);
    of.filter(|e| e.from <= day && e.to.is_none_or(|to| to > day)).map(|e| e.count).sum()
}

pub(super) fn own(row: &StaffRow, t: QuotaType) -> bool {
    row.bucket == Bucket::Own && row.quota_type == t
}

fn over_quota(f: &Facts<'_>, u: u32, t: QuotaType, out: &mut Vec<Finding>) {
    let Some(q) = quota(f, u, t, f.as_of()) else { return };
    let heads = f.staff_in(u).iter().filter(|r| own(r, t) && active(r, f.as_of())).count();
    if i64::try_from(heads).unwrap_or(0) > q + exempt(f, u, t, f.as_of()) {
        out.push(Finding::of_unit("Q01", u, t.slug()));
    }
}

/// Q02: the register replayed; within a day exits come first, then entries in the order of the register.
fn entries_when_full(f: &Facts<'_>, u: u32, t: QuotaType, out: &mut Vec<Finding>) {
    let rows: Vec<&StaffRow> = f.staff_in(u).iter().filter(|r| own(r, t)).collect();
    for (n, row) in rows.iter().enumerate() {
        let Some(day) = row.entry.filter(|e| f.recent(*e)) else { continue };
        if !active(row, f.as_of()) || matches!(row.channel, Channel::Veteran | Channel::Reorganisation) {
            continue;
        }
        let Some(q) = quota(f, u, t, day) else { continue };
        let before = rows.iter().enumerate().filter(|(m, other)| {
            let entered = other.entry.is_none_or(|e| e < day || (e == day && *m < n));
            entered && other.exit.is_none_or(|(e, _)| e > day)
        });
        if i64::try_from(before.count()).unwrap_or(0) >= q + exempt(f, u, t, day) {
            out.push(Finding::of_person("Q02", Some(u), row.person));
        }
    }
}

fn allowed(nature: Nature, t: QuotaType) -> bool {
    use QuotaType as Q;
    match nature {
        Nature::Organ => matches!(t, Q::Administrative | Q::Police | Q::Worker),
        Nature::Institution => matches!(t, Q::Institution | Q::Worker),
        Nature::CivilServiceLike => matches!(t, Q::CivilServiceLike | Q::Institution | Q::Worker),
        Nature::Mass => matches!(t, Q::Administrative | Q::Institution | Q::Worker),
    }
}

/// Q09: each entry that needs an approval against the approvals of its unit.
fn approvals(f: &Facts<'_>, u: u32, out: &mut Vec<Finding>) {
    let rows = f.staff_in(u);
    for (n, row) in rows.iter().enumerate() {
        let Some(entry) = row.entry.filter(|e| f.recent(*e)) else { continue };
        let needs = matches!(row.channel, Channel::Recruitment | Channel::Transfer | Channel::Talent);
        if !needs || row.bucket != Bucket::Own || !active(row, f.as_of()) {
            continue;
        }
        let approval = row.approval_no.as_ref().and_then(|no| f.approvals.get(no.as_str())).filter(|a| a.unit == u);
        let wrong = match (approval, &row.approval_no) {
            (None, None) => Some("none"),
            (None, Some(_)) => Some("unknown"),
            (Some(a), _) if a.on > entry => Some("late"),
            (Some(a), _) if a.valid_to <= entry => Some("expired"),
            (Some(a), _) => {
                let earlier = rows.iter().enumerate().filter(|(m, o)| {
                    o.approval_no == row.approval_no && o.bucket == Bucket::Own && (o.entry, *m) < (row.entry, n)
                });
                (earlier.count() >= a.count as usize).then_some("overused")
            }
        };
        if let Some(kind) = wrong {
            out.push(Finding { note: kind, ..Finding::of_person("Q09", Some(u), row.person) });
        }
    }
}

fn ledger(f: &Facts<'_>, u: u32, total: i64, out: &mut Vec<Finding>) {
    let mut own_total = 0;
    for lot in in_force(&f.world.units[u as usize], f.as_of()) {
        if lot.opening + lot.added - lot.cut + lot.more.moved_in - lot.more.moved_out != lot.approved {
            out.push(Finding::of_unit("Q13", u, format!("arithmetic:{}:{}", lot.quota_type.slug(), lot.bucket.slug())));
        }
        if lot.bucket == Bucket::Own {
            own_total += lot.approved;
        }
    }
    if own_total != total {
        out.push(Finding::of_unit("Q13", u, "total"));
    }
}

/// Distinct persons in service that each unit pays regularly, without those it pays for another unit.
fn paid_by_unit(f: &Facts<'_>) -> Vec<usize> {
    let mut out = vec![0; f.world.units.len()];
    let mut last = None;
    for row in &f.paid {
        let for_another = f.world.units[f.world.spells[row.spell as usize].unit as usize].payer == Some(row.unit);
        if !for_another && last != Some((row.person, row.unit)) {
            out[row.unit as usize] += 1;
        }
        last = Some((row.person, row.unit));
    }
    out
}

/// Q18. Pay follows the register by a month or two: who left in the last three months may still be paid, who came may not
/// be yet; who came or left this very month stands on one side only.
fn three_numbers(f: &Facts<'_>, u: u32, paid: usize, out: &mut Vec<Finding>) {
    if f.world.units[u as usize].funding == Funding::SelfFunded || paid == 0 {
        return;
    }
    let before = crate::synthetic::days::first_day(f.month()) - 1;
    let months_ago = |day: Day| f.month().0 - month_of(day).0;
    let on_leave =
        |person: u32| f.reasons(person).any(|a| matches!(a.reason, Reason::UnpaidLeave | Reason::CollectivePayment));
    let (mut enrolled, mut surplus, mut shortfall) = (0_usize, 2, 2);
    for row in f.staff_in(u) {
        let there = row.entry.is_none_or(|e| e <= before) && row.exit.is_none_or(|(e, _)| e > before);
        enrolled += usize::from(there);
        let came = row.entry.map(months_ago);
        let left = row.exit.map(|(e, _)| months_ago(e));
        let lately = |m: Option<i32>| m.is_some_and(|m| (0..3).contains(&m));
        surplus += usize::from(lately(left)) + usize::from(came == Some(0));
        shortfall += usize::from(lately(came)) + usize::from(left == Some(0));
        let unpaid = there && !f.paid(row.person).iter().any(|p| p.unit == u);
        shortfall += usize::from(unpaid && on_leave(row.person));
    }
    if paid > enrolled + surplus || enrolled > paid + shortfall {
        out.push(Finding::of_unit("Q18", u, ""));
    }
}

/// L01 and L03, group by group.
fn leaders(f: &Facts<'_>, u: u32, out: &mut Vec<Finding>) {
    let rows: Vec<&StaffRow> = f.staff_in(u).iter().filter(|r| r.leader.is_some()).collect();
    if f.listed(u).is_some_and(|r| r.abolished.is_some()) {
        return;
    }
    let posts = &f.world.units[u as usize].posts;
    for (n, post) in posts.iter().enumerate().filter(|(_, p)| p.from <= f.as_of()) {
        let group = |p: &crate::synthetic::model::PostLot| (p.scope, p.level, p.class);
        if posts[..n].iter().any(|p| group(p) == group(post)) {
            continue;
        }
        let approved: i64 =
            posts.iter().filter(|p| group(p) == group(post) && p.from <= f.as_of()).map(|p| p.approved).sum();
        let holds = |r: &StaffRow, day: Day| {
            r.leader.is_some_and(|l| {
                (l.scope, l.level, l.class) == group(post)
                    && l.appointed <= day
                    && l.removed.is_none_or(|x| x > day)
                    && !l.concurrent
            })
        };
        let holders = rows.iter().filter(|r| active(r, f.as_of()) && holds(r, f.as_of())).count();
        if i64::try_from(holders).unwrap_or(0) > approved {
            out.push(Finding::of_unit(
                "L01",
                u,
                format!("{}:{}:{}", post.scope.slug(), post.level.slug(), post.class.slug()),
            ));
        }
        for (m, row) in rows.iter().enumerate().filter(|(_, r)| active(r, f.as_of()) && holds(r, f.as_of())) {
            let Some(day) = row.leader.map(|l| l.appointed).filter(|d| f.recent(*d)) else { continue };
            let before = rows.iter().enumerate().filter(|(o, r)| {
                let earlier = r.leader.is_some_and(|l| l.appointed < day || (l.appointed == day && *o < m));
                earlier && holds(r, day) && r.entry.is_none_or(|e| e <= day) && r.exit.is_none_or(|(e, _)| e > day)
            });
            if i64::try_from(before.count()).unwrap_or(0) >= approved {
                out.push(Finding::of_person("L03", Some(u), row.person));
            }
        }
    }
}
