//! W01 to W08: what is about to happen, by the extracts as they stand.

use super::quotas::{in_force, quota};
use super::staff_more::{all_reasons, gone_everywhere, holders, latest_birth, track_of};
use super::{Facts, Finding, active};
use crate::synthetic::days::{Day, day, month_of};
use crate::synthetic::model::{Bucket, Code as _, QuotaLot, Reason};
use crate::synthetic::posts::QUOTA_TYPES;
use crate::synthetic::staff_feeds::DELAYS;

pub fn judge(f: &Facts<'_>, out: &mut Vec<Finding>) {
    for row in f.s.units.iter().filter(|r| r.abolished.is_none()) {
        near_full(f, row.unit, out);
    }
    for row in &f.s.units {
        pools(f, row.unit, out);
    }
    plans(f, out);
    retirements(f, out);
    terms(f, out);
    items(f, out);
    certificates(f, out);
    reports(f, out);
}

/// W01.
fn near_full(f: &Facts<'_>, u: u32, out: &mut Vec<Finding>) {
    for t in QUOTA_TYPES {
        let Some(q) = quota(f, u, t, f.as_of()) else { continue };
        let own = f.staff_in(u).iter().filter(|r| r.bucket == Bucket::Own && r.quota_type == t);
        let mut who: Vec<u32> = own.filter(|r| active(r, f.as_of())).map(|r| r.person).collect();
        who.sort_unstable();
        who.dedup();
        let heads = i64::try_from(who.len()).unwrap_or(0);
        let open = f.lists.approvals.of(u).filter(|a| a.quota_type == t && a.valid_to > f.as_of());
        let pending: i64 = open
            .map(|a| {
                let spent = f.staff_in(u).iter().filter(|r| r.approval_no.as_deref() == Some(a.no.as_str())).count();
                (i64::from(a.count) - i64::try_from(spent).unwrap_or(0)).max(0)
            })
            .sum();
        let full = q >= 3 && heads * 100 >= q * 95;
        if heads <= q && (full || pending > q - heads) {
            out.push(Finding::of_unit("W01", u, t.slug()));
        }
    }
}

/// Whether the register has a unit, and has it alive.
fn listed(f: &Facts<'_>, unit: u32) -> Option<bool> {
    f.listed(unit).map(|r| r.abolished.is_none())
}

/// W02.
fn plans(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let mut planned: Vec<_> = f.world.staff.plans.iter().filter(|p| p.span.holds(f.month())).collect();
    let group = |p: &crate::synthetic::staff_feeds::PostPlan| (p.unit, p.scope, p.level, p.class);
    planned.sort_by_key(|p| group(p));
    for mine in planned.chunk_by(|a, b| group(a) == group(b)) {
        let plan = mine[0];
        let (leaving, joining) = mine.iter().fold((0, 0), |(l, j), p| (l + p.leaving, j + p.joining));
        let alive = listed(f, plan.unit) == Some(true);
        let posts = f.world.units[plan.unit as usize].posts.iter();
        let fits = posts.filter(|p| (p.scope, p.level, p.class) == (plan.scope, plan.level, plan.class));
        let approved: i64 = fits.filter(|p| alive && p.from <= f.as_of()).map(|p| p.approved).sum();
        let held = holders(f, plan.unit, plan.scope, plan.level, plan.class);
        if joining > 0 && approved - (held - leaving + joining) < 0 {
            let object = format!("{}:{}:{}", plan.scope.slug(), plan.level.slug(), plan.class.slug());
            out.push(Finding::of_unit("W02", plan.unit, object));
        }
    }
}

/// W03: within a year, by the approval where it is later.
fn retirements(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let horizon = f.month().plus(12);
    for row in f.s.staff.iter().filter(|r| active(r, f.as_of())) {
        let birth = latest_birth(f, row);
        // Nobody's month lies before fifty.
        if f.month().0 - birth.0 < 600 - 12 || gone_everywhere(f, row.person) {
            continue;
        }
        let statutory = track_of(f, row).statutory_month(birth);
        let approvals = f.lists.retirements.of(row.person).filter(|r| r.approved <= f.as_of());
        let delays = approvals.filter(|r| DELAYS.contains(&r.kind)).map(|r| month_of(r.retires));
        let month = delays.max().map_or(statutory, |d| d.max(statutory));
        if month >= f.month() && month <= horizon {
            out.push(Finding::of_person("W03", None, row.person));
        }
    }
}

/// W05: the last of a person's terms ends within thirty days.
fn terms(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let outside = |r: Reason| {
        matches!(r, Reason::Secondment | Reason::TemporaryPost | Reason::VillagePost | Reason::StartupLeave)
    };
    for a in f.s.absences.iter().filter(|a| outside(a.reason)) {
        let ends = |day: Option<Day>| day.unwrap_or(Day::MAX);
        let last = all_reasons(f, a.person).filter(|b| outside(b.reason)).map(|b| ends(b.to)).max().unwrap_or(Day::MAX);
        let soon = ends(a.to) == last && last > f.as_of() && last - f.as_of() <= 30;
        let mut rows = f.staff_of(a.person).peekable();
        let enrolled = rows.peek().is_none() || rows.any(|r| active(r, f.as_of()));
        if soon && enrolled {
            out.push(Finding::of_person("W05", None, a.person));
        }
    }
}

/// W06.
fn pools(f: &Facts<'_>, u: u32, out: &mut Vec<Finding>) {
    let unit = &f.world.units[u as usize];
    for lot in in_force(unit, f.as_of()).filter(|l| l.bucket != Bucket::Own && l.approved > 0) {
        let Some(to) = lot.to.filter(|t| *t - f.as_of() <= 90) else { continue };
        let takes_over = |l: &&QuotaLot| {
            l.bucket == lot.bucket
                && l.quota_type == lot.quota_type
                && l.from > lot.from
                && l.from <= to.min(f.as_of())
                && l.to.is_none_or(|t| t > to)
        };
        if !unit.quotas.iter().any(|l| takes_over(&l)) {
            out.push(Finding::of_unit("W06", u, format!("{}:{}", lot.bucket.slug(), lot.quota_type.slug())));
        }
    }
}

/// W07.
fn items(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let open = f.world.staff.items.iter().filter(|i| i.assigned <= f.as_of() && i.closed.is_none_or(|c| c > f.as_of()));
    for item in open.filter(|i| i.due - f.as_of() <= 31) {
        out.push(Finding::of_unit("W07", item.unit, item.no.clone()));
    }
}

/// W04: of live registrations.
fn certificates(f: &Facts<'_>, out: &mut Vec<Finding>) {
    for r in f.s.registrations.iter().filter(|r| r.deregistered.is_none()) {
        if (0..=90).contains(&(r.more.certificate.1 - f.as_of())) {
            out.push(Finding::of_unit("W04", r.unit, ""));
        }
    }
}

/// W08: from January to March, of institutions that were registered in the year before.
fn reports(f: &Facts<'_>, out: &mut Vec<Finding>) {
    if f.month().month() > 3 {
        return;
    }
    let year = f.month().year() - 1;
    let filed: std::collections::BTreeSet<u32> =
        f.s.office.annual.iter().filter(|a| a.year == year).map(|a| a.unit).collect();
    for r in f.s.registrations.iter().filter(|r| r.deregistered.is_none() && r.registered <= day(year, 12, 31)) {
        if listed(f, r.unit) != Some(false) && !filed.contains(&r.unit) {
            out.push(Finding::of_unit("W08", r.unit, ""));
        }
    }
}
