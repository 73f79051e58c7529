//! Q rules on whole accounts: ceilings of regions, pools, authorities, transfers, off-quota staff.

use std::collections::{BTreeMap, BTreeSet};

use super::quota_more::count;
use super::quotas::{in_force, own, quota};
use super::{Facts, Finding, active};
use crate::synthetic::days::{last_day, month_of};
use crate::synthetic::feeds::OffQuota;
use crate::synthetic::model::{Bucket, Code as _, OffQuotaKind, QuotaLot, QuotaType};
use crate::synthetic::quota_feeds::authorities;
use crate::synthetic::records::QuotaRow;

pub fn judge(f: &Facts<'_>, out: &mut Vec<Finding>) {
    ceilings(f, out);
    accounts(f, out);
    authority(f, out);
    transfers(f, out);
    off_quota(f, out);
}

/// Q05: posts and staff of a region against the ceiling; civil-service-like ones count as the institutions' they are.
fn ceilings(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let mut posts: BTreeMap<(u32, QuotaType), i64> = BTreeMap::new();
    let mut staff: BTreeMap<(u32, QuotaType), BTreeSet<u32>> = BTreeMap::new();
    let counted = |t: QuotaType| if t == QuotaType::CivilServiceLike { QuotaType::Institution } else { t };
    for row in &f.s.units {
        let unit = &f.world.units[row.unit as usize];
        for lot in in_force(unit, f.as_of()).filter(|l| l.bucket == Bucket::Own) {
            *posts.entry((unit.region_code, counted(lot.quota_type))).or_default() += lot.approved;
        }
        for r in f.staff_in(row.unit).iter().filter(|r| r.bucket == Bucket::Own && active(r, f.as_of())) {
            staff.entry((unit.region_code, counted(r.quota_type))).or_default().insert(r.person);
        }
    }
    for c in f.world.quota_feeds.ceilings.iter().filter(|c| c.from <= f.as_of()) {
        let city = c.region == f.world.region.code && !c.own_level;
        let held = |region: u32, t: QuotaType| t == c.quota_type && (city || region == c.region);
        let sums = [
            ("quota", posts.iter().filter(|((r, t), _)| held(*r, *t)).map(|(_, n)| *n).sum::<i64>()),
            (
                "staff",
                staff
                    .iter()
                    .filter(|((r, t), _)| held(*r, *t))
                    .map(|(_, p)| i64::try_from(p.len()).unwrap_or(0))
                    .sum::<i64>(),
            ),
        ];
        for (kind, sum) in sums {
            if sum > c.cap {
                let coverage = if c.own_level { "own_level" } else { "whole" };
                let object = format!("{}:{coverage}:{}:{kind}", c.region, c.quota_type.slug());
                out.push(Finding {
                    rule: "Q05",
                    unit: None,
                    persons: vec![],
                    object,
                    note: "over the ceiling",
                    open: false,
                });
            }
        }
    }
}

/// Q06: no document, an issuer nobody authorised for the place, one document with several numbers.
fn authority(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let known = authorities(f.world);
    let mut numbers: BTreeMap<(u32, QuotaType, Bucket, &str), BTreeSet<i64>> = BTreeMap::new();
    for row in &f.s.quotas {
        let (lot, unit) = (&row.lot, &f.world.units[row.unit as usize]);
        if lot.approved <= 0 {
            continue;
        }
        if !lot.document.is_empty() {
            let key = (row.unit, lot.quota_type, lot.bucket, lot.document.as_str());
            numbers.entry(key).or_default().insert(lot.approved);
        }
        if lot.from > f.as_of() || lot.to.is_some_and(|t| t <= f.as_of()) {
            continue;
        }
        let what = format!("{}:{}", lot.quota_type.slug(), lot.bucket.slug());
        if lot.document.is_empty() && month_of(lot.from).year() >= 1996 {
            out.push(Finding::of_unit("Q06", row.unit, format!("no_document:{what}")));
        }
        let city = unit.region_code / 100 * 100;
        let may = |issuer: &str| known.iter().any(|(n, r)| n == issuer && (*r == unit.region_code || *r == city));
        if lot.more.issuer.as_deref().is_some_and(|i| !may(i)) {
            out.push(Finding::of_unit("Q06", row.unit, format!("unknown_issuer:{what}")));
        }
    }
    for ((u, t, bucket, document), n) in numbers {
        if n.len() > 1 {
            let object = format!("reused:{}:{}:{document}", t.slug(), bucket.slug());
            out.push(Finding::of_unit("Q06", u, object));
        }
    }
}

/// Q10: the accounts of all units together.
fn accounts(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let mut used = [BTreeSet::new(), BTreeSet::new()];
    for r in f.s.staff.iter().filter(|r| r.bucket == Bucket::Pooled && active(r, f.as_of())) {
        match r.quota_type {
            QuotaType::Administrative | QuotaType::Police => used[1].insert(r.person),
            QuotaType::Institution | QuotaType::CivilServiceLike => used[0].insert(r.person),
            QuotaType::Worker => false,
        };
    }
    let t = QuotaType::Administrative;
    let (mut room, mut posts, mut staff) = (0, 0, 0);
    for row in &f.s.units {
        if let Some(q) = quota(f, row.unit, t, f.as_of()) {
            let there = count(f.staff_in(row.unit).iter().filter(|r| own(r, t) && active(r, f.as_of())));
            (room, posts, staff) = (room + (q - there).max(0), posts + q, staff + there);
        }
    }
    let mut push = |reason: &str, kind: &str| {
        let object = format!("{reason}:{kind}");
        out.push(Finding { rule: "Q10", unit: None, persons: vec![], object, note: "pool account", open: false });
    };
    for a in f.world.quota_feeds.accounts.iter().filter(|a| a.from <= f.as_of()) {
        let kind = if a.administrative { "administrative" } else { "institution" };
        if i64::try_from(used[usize::from(a.administrative)].len()).unwrap_or(0) > a.capacity {
            push("account", kind);
        }
        if a.administrative && a.capacity * 100 > room * 20 {
            push("account_share", kind);
        }
        if a.administrative && a.capacity > 0 && staff > posts {
            push("account_while_over", kind);
        }
    }
}

/// Q16: every row that moves posts needs one within thirty days that takes them, and the sums must agree.
fn transfers(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let moving: Vec<_> =
        f.s.quotas
            .iter()
            .filter(|r| r.lot.more.moved_in + r.lot.more.moved_out > 0 && !r.lot.document.is_empty())
            .collect();
    let mut by_document: BTreeMap<&str, Vec<&QuotaRow>> = BTreeMap::new();
    for r in &moving {
        by_document.entry(r.lot.document.as_str()).or_default().push(r);
    }
    for r in &moving {
        let lot = &r.lot;
        if !f.recent(lot.from) || lot.from + 30 > f.as_of() {
            continue;
        }
        let same = by_document.get(lot.document.as_str()).map_or(&[][..], Vec::as_slice);
        let sum = |of: &dyn Fn(&QuotaLot) -> i64| same.iter().map(|o| of(&o.lot)).sum::<i64>();
        let differ = sum(&|l| l.more.moved_out) != sum(&|l| l.more.moved_in);
        for (direction, posts) in [("out", lot.more.moved_out), ("in", lot.more.moved_in)] {
            let answers = same.iter().any(|o| {
                let other = if direction == "out" { o.lot.more.moved_in } else { o.lot.more.moved_out };
                let near = (o.lot.from - lot.from).abs() <= 30;
                let fits = (o.unit != r.unit) == (o.lot.quota_type == lot.quota_type);
                other > 0 && near && fits
            });
            if posts > 0 && (!answers || (differ && direction == "out")) {
                let object = format!("{direction}:{}:{}", lot.quota_type.slug(), lot.document);
                out.push(Finding::of_unit("Q16", r.unit, object));
            }
        }
    }
}

/// Q20: against the limit, or without one against three tenths of the staff.
fn off_quota(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let mut employed: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    let counts = |o: &&OffQuota| {
        matches!(o.kind, OffQuotaKind::Contract | OffQuotaKind::Dispatch)
            && o.from <= f.roster_day()
            && o.to.is_none_or(|t| t > f.as_of().min(f.roster_day()))
    };
    for o in f.world.feeds.off_quota.iter().filter(counts) {
        employed.entry(o.unit).or_default().insert(o.person);
    }
    for (u, persons) in employed {
        let listed = f.listed(u).is_some_and(|r| r.abolished.is_none());
        let n = i64::try_from(persons.len()).unwrap_or(0);
        let staff = count(f.staff_in(u).iter().filter(|r| active(r, f.as_of())));
        let over = match f.world.quota_feeds.off_quota_limits.get(&u) {
            Some(limit) => n > *limit,
            None => n >= 5 && staff > 0 && n > staff * 30 / 100,
        };
        if listed && over {
            out.push(Finding::of_unit("Q20", u, ""));
        }
    }
    debug_assert!(last_day(f.month()) == f.as_of());
}
