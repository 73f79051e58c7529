//! T08: units far from their peers, by posts over or vacant and by what is true of them otherwise.

use std::collections::BTreeMap;

use super::quotas::in_force;
use super::{Facts, Finding};
use crate::synthetic::model::{Bucket, Code as _, QuotaType, StaffStatus};

/// Rules that inform only, and those about findings.
const INFORM: [&str; 13] = ["D04", "L05", "P26", "Q07", "R08", "R12", "R16", "R17", "R19", "T04", "T05", "T07", "T09"];

/// Rules about somebody at several units, any of which may stand for the finding.
const AT_SEVERAL: [&str; 4] = ["E04", "L06", "P04", "P05"];

/// Whether a finding only informs.
fn informs(f: &Facts<'_>, x: &Finding) -> bool {
    let soon = || {
        let of = x.unit.and_then(|u| f.s.registrations.binary_search_by_key(&u, |r| r.unit).ok());
        of.is_some_and(|i| f.s.registrations[i].more.certificate.1 >= f.as_of())
    };
    let may_stay = || x.persons.first().is_some_and(|p| f.staff_of(*p).all(|r| r.quota_type == QuotaType::Institution));
    x.open
        || INFORM.contains(&x.rule)
        || x.rule.starts_with('W')
        || (x.rule == "R10" && soon())
        || (x.rule == "E17" && may_stay())
}

struct Member {
    unit: u32,
    /// Share and number of what each metric counts.
    values: [(f64, i64); 3],
    /// The last of them, with the findings that may stand elsewhere.
    most: (f64, i64),
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    match n {
        0 => 0.0,
        _ if n % 2 == 1 => values[n / 2],
        _ => f64::midpoint(values[n / 2 - 1], values[n / 2]),
    }
}

/// The units that a finding may stand under: its own, else where the register has the person, else who pays.
fn units_of(f: &Facts<'_>, x: &Finding) -> Vec<u32> {
    let Some(person) = x.persons.first().filter(|_| x.unit.is_none() || AT_SEVERAL.contains(&x.rule)) else {
        return x.unit.into_iter().collect();
    };
    let mut all: Vec<u32> = if AT_SEVERAL.contains(&x.rule) {
        let paid = x.persons.iter().flat_map(|p| f.paid(*p)).map(|r| r.unit);
        x.persons.iter().flat_map(|p| f.staff_of(*p)).map(|r| r.unit).chain(paid).collect()
    } else {
        let rows = f.staff_of(*person).filter(|r| super::active(r, f.as_of()));
        let last = rows.max_by_key(|r| (r.entry, std::cmp::Reverse(r.unit))).or_else(|| f.staff_of(*person).next());
        last.map(|r| r.unit).or_else(|| f.paid(*person).first().map(|r| r.unit)).into_iter().collect()
    };
    all.sort_unstable();
    all.dedup();
    all
}

#[expect(clippy::cast_precision_loss, reason = "counts of posts and findings")]
pub fn judge(f: &Facts<'_>, out: &mut Vec<Finding>) {
    // Findings that stand under the unit, and those that may.
    let mut counts: BTreeMap<u32, (i64, i64)> = BTreeMap::new();
    for x in out.iter().filter(|x| !informs(f, x)) {
        let units = units_of(f, x);
        for unit in &units {
            let n = counts.entry(*unit).or_default();
            if units.len() == 1 { n.0 += 1 } else { n.1 += 1 }
        }
    }
    let mut classes: BTreeMap<(&str, &str), Vec<Member>> = BTreeMap::new();
    for row in f.s.units.iter().filter(|r| r.abolished.is_none()) {
        let unit = &f.world.units[row.unit as usize];
        let approved: i64 = in_force(unit, f.as_of()).filter(|l| l.bucket == Bucket::Own).map(|l| l.approved).sum();
        let mut people: Vec<u32> = f
            .staff_in(row.unit)
            .iter()
            .filter(|r| r.bucket == Bucket::Own && matches!(r.status, StaffStatus::OnPost | StaffStatus::OffPost))
            .map(|r| r.person)
            .collect();
        people.sort_unstable();
        people.dedup();
        let heads = i64::try_from(people.len()).unwrap_or(0);
        if approved < 10 || heads < 10 {
            continue;
        }
        let (found, perhaps) = counts.get(&row.unit).copied().unwrap_or_default();
        let share = |n: i64, of: i64| 100.0 * n.max(0) as f64 / of as f64;
        let over = heads - approved;
        let nature =
            if f.world.quota_feeds.coordination.contains(&row.unit) { "coordinating" } else { unit.nature.slug() };
        classes.entry((nature, unit.rank.slug())).or_default().push(Member {
            unit: row.unit,
            values: [(share(over, approved), over), (share(-over, approved), -over), (share(found, heads), found)],
            most: (share(found + perhaps, heads), found + perhaps),
        });
    }
    for members in classes.values().filter(|m| m.len() >= 8) {
        for (n, metric) in ["over", "vacant", "findings"].into_iter().enumerate() {
            let sure: Vec<(f64, i64)> = members.iter().map(|x| x.values[n]).collect();
            let perhaps: Vec<(f64, i64)> =
                if metric == "findings" { members.iter().map(|x| x.most).collect() } else { sure.clone() };
            let (low, high) = (Spread::of(&sure), Spread::of(&perhaps));
            for (i, x) in members.iter().enumerate() {
                let verdicts = [&low, &high].map(|s| [sure[i], perhaps[i]].map(|v| s.apart(v)));
                let all = verdicts.iter().flatten().all(|v| *v);
                // A unit at the edge, that findings which may stand elsewhere push over it, may be told or not.
                if verdicts.iter().flatten().any(|v| *v) {
                    out.push(Finding { open: !all, ..Finding::of_unit("T08", x.unit, metric) });
                }
            }
        }
    }
}

/// How the values of a class lie.
struct Spread {
    middle: f64,
    deviation: f64,
    mean: f64,
}

impl Spread {
    #[expect(clippy::cast_precision_loss, reason = "the number of units in a class")]
    fn of(values: &[(f64, i64)]) -> Self {
        let m = middle(values.iter().map(|v| v.0).collect());
        let distances: Vec<f64> = values.iter().map(|v| (v.0 - m).abs()).collect();
        let mean = distances.iter().sum::<f64>() / distances.len() as f64;
        Self { middle: m, deviation: middle(distances), mean }
    }

    fn apart(&self, (value, count): (f64, i64)) -> bool {
        let distance = value - self.middle;
        let z = if self.deviation > 0.0 { 0.6745 * distance / self.deviation } else { 0.7979 * distance / self.mean };
        distance > 0.0 && count >= 3 && z > 3.5
    }
}
