//! R rules on the office's own lists.

use std::collections::{BTreeMap, BTreeSet};

use super::registrations::folded;
use super::{Facts, Finding};
use crate::synthetic::days::{civil, day, first_day, month_of};
use crate::synthetic::model::{Bucket, Nature};

pub fn judge(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let alive: BTreeSet<u32> = f.s.units.iter().filter(|u| u.abolished.is_none()).map(|u| u.unit).collect();
    let abolished: BTreeSet<u32> = f.s.units.iter().filter(|u| u.abolished.is_some()).map(|u| u.unit).collect();
    annual_reports(f, &alive, &abolished, out);
    plaques(f, &alive, out);
    domains(f, &alive, out);
    reports(f, &alive, out);
    checks(f, out);
}

/// The year whose report is the latest due, for reports due at the end of a month of the year after.
fn due_year(f: &Facts<'_>, month: u32) -> i32 {
    let (year, now, _) = civil(f.as_of());
    if now > month { year - 1 } else { year - 2 }
}

/// R09, R11 and R12.
fn annual_reports(f: &Facts<'_>, alive: &BTreeSet<u32>, abolished: &BTreeSet<u32>, out: &mut Vec<Finding>) {
    let year = due_year(f, 3);
    let december = day(year, 12, 31);
    let due: BTreeMap<u32, &crate::synthetic::office::AnnualRow> =
        f.s.office.annual.iter().filter(|r| r.year == year).map(|r| (r.unit, r)).collect();
    for row in due.values().filter(|r| alive.contains(&r.unit)) {
        let in_force = |l: &crate::synthetic::model::QuotaLot| l.from <= december && l.to.is_none_or(|t| t > december);
        // The ledger stands unit by unit.
        let from = f.s.quotas.partition_point(|q| q.unit < row.unit);
        let ledger = f.s.quotas[from..].iter().take_while(|q| q.unit == row.unit);
        let own = ledger.filter(|q| q.lot.bucket == Bucket::Own && in_force(&q.lot));
        if own.map(|q| q.lot.approved).sum::<i64>() != row.quota {
            out.push(Finding::of_unit("R09", row.unit, "quota"));
        }
        let there =
            |s: &&super::StaffRow| s.entry.is_none_or(|e| e <= december) && s.exit.is_none_or(|(e, _)| e > december);
        let staff: BTreeSet<u32> = f.staff_in(row.unit).iter().filter(there).map(|s| s.person).collect();
        if i64::try_from(staff.len()) != Ok(row.staff) {
            out.push(Finding::of_unit("R09", row.unit, "staff"));
        }
    }
    let mut latest: BTreeMap<u32, &crate::synthetic::office::AnnualRow> = BTreeMap::new();
    for row in &f.s.office.annual {
        let entry = latest.entry(row.unit).or_insert(row);
        if row.year > entry.year {
            *entry = row;
        }
    }
    for r in f.s.registrations.iter().filter(|r| r.deregistered.is_none()) {
        let owes = r.registered <= december && !abolished.contains(&r.unit);
        let fine = due.get(&r.unit).is_some_and(|a| a.exempt || a.filed <= day(year + 1, 3, 31));
        if owes && !fine {
            out.push(Finding::of_unit("R11", r.unit, ""));
        }
        if let Some(a) = latest.get(&r.unit) {
            let since = r.more.changed.is_some_and(|d| d > day(a.year, 12, 31));
            if !since && (a.assets - r.more.capital).abs() * 100 > r.more.capital * 20 {
                out.push(Finding::of_unit("R12", r.unit, ""));
            }
        }
    }
}

/// R15.
fn plaques(f: &Facts<'_>, alive: &BTreeSet<u32>, out: &mut Vec<Finding>) {
    let mut by_unit: BTreeMap<u32, Vec<&crate::synthetic::office::PlaqueRow>> = BTreeMap::new();
    for row in f.s.office.plaques.iter().filter(|r| alive.contains(&r.unit)) {
        by_unit.entry(row.unit).or_default().push(row);
    }
    for (unit, rows) in by_unit {
        let u = &f.world.units[unit as usize];
        let of_body = |r: &&crate::synthetic::office::PlaqueRow| !matches!(r.plaque.class, "项目" | "党建" | "荣誉");
        let seen: Vec<_> =
            rows.iter().copied().filter(|r| r.seen && r.plaque.seen.is_some_and(|d| d + 365 >= f.as_of())).collect();
        let approved: Vec<_> = rows.iter().copied().filter(|r| !r.seen).collect();
        let named = |list: &[&crate::synthetic::office::PlaqueRow], name: &str| {
            list.iter().any(|r| folded(&r.plaque.name) == folded(name))
        };
        let own = |name: &str| {
            folded(name) == folded(u.name(f.as_of())) || u.aliases.iter().any(|a| folded(&a.alias) == folded(name))
        };
        for r in seen.iter().filter(|r| of_body(r)) {
            if !named(&approved, &r.plaque.name) && !own(&r.plaque.name) {
                out.push(Finding::of_unit("R15", unit, format!("unapproved:{}", r.plaque.name)));
            }
        }
        for r in &approved {
            let settled = r.plaque.approved.is_none_or(|d| d + 60 < f.as_of());
            if of_body(r) && settled && !seen.is_empty() && !named(&seen, &r.plaque.name) {
                out.push(Finding::of_unit("R15", unit, format!("missing:{}", r.plaque.name)));
            }
            if r.plaque.own_quota.is_some_and(|n| n > 0) {
                out.push(Finding::of_unit("R15", unit, format!("own_quota:{}", r.plaque.name)));
            }
        }
    }
}

/// R16.
fn domains(f: &Facts<'_>, alive: &BTreeSet<u32>, out: &mut Vec<Finding>) {
    let rows: BTreeMap<u32, &crate::synthetic::office::DomainRow> =
        f.s.office.domains.iter().map(|d| (d.unit, d)).collect();
    for unit in alive {
        let u = &f.world.units[*unit as usize];
        let suffix = if matches!(u.nature, Nature::Organ | Nature::Mass) { ".政务" } else { ".公益" };
        let fine = match rows.get(unit) {
            None => u.established + 180 >= f.as_of(),
            Some(d) => d.name.strip_suffix(suffix).is_some_and(|stem| {
                let known = u.aliases.iter().any(|a| a.kind != "曾用名" && a.alias == stem);
                (stem == u.name(f.as_of()) || known) && d.expires >= f.as_of()
            }),
        };
        if !fine {
            out.push(Finding::of_unit("R16", *unit, ""));
        }
    }
}

/// R19: units by the end of January, commissions by the end of February.
fn reports(f: &Facts<'_>, alive: &BTreeSet<u32>, out: &mut Vec<Finding>) {
    let mut filed: BTreeMap<(u32, i32), Vec<i32>> = BTreeMap::new();
    for r in &f.s.office.reports {
        filed.entry((r.unit, r.year)).or_default().push(r.on);
    }
    for unit in alive {
        let u = &f.world.units[*unit as usize];
        let month = if u.name(f.as_of()).contains("机构编制委员会") { 2 } else { 1 };
        let year = due_year(f, month);
        let term = first_day(month_of(day(year + 1, month + 1, 1)));
        let sent = filed.get(&(*unit, year)).is_some_and(|days| days.iter().any(|on| *on < term));
        if u.established <= day(year, 12, 31) && !sent {
            out.push(Finding::of_unit("R19", *unit, ""));
        }
    }
}

/// R20.
fn checks(f: &Facts<'_>, out: &mut Vec<Finding>) {
    for row in &f.s.office.checks {
        let c = &row.check;
        let term = c.on + 28;
        let kind = match c.published {
            _ if c.secret || term >= f.as_of() => None,
            None => Some("unpublished"),
            Some(d) if d > term && d >= first_day(f.month()) => Some("late"),
            Some(_) => None,
        };
        out.extend(kind.map(|k| Finding::of_unit("R20", row.unit, format!("{k}:{}", c.no))));
        if c.problem && c.rectified.is_none() && c.rectify_by.is_some_and(|d| d < f.as_of()) {
            out.push(Finding::of_unit("R20", row.unit, format!("overdue:{}", c.no)));
        }
    }
}
