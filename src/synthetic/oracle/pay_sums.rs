//! P16, P17 and P24: what the sums of a payslip say.

use std::collections::{BTreeMap, BTreeSet};

use super::pay_more::rows_of;
use super::{Facts, Finding, regular};
use crate::synthetic::model::{Batch, PayClass};
use crate::synthetic::records::PayRow;

pub fn judge(f: &Facts<'_>, out: &mut Vec<Finding>) {
    sums(f, out);
    outliers(f, out);
    nothing_kept_back(f, out);
    back_pay(f, out);
}

/// P16, the sums.
fn sums(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let nothing = |rows: &[PayRow]| -> BTreeSet<u32> {
        let mut net: BTreeMap<u32, (i64, i64)> = BTreeMap::new();
        for r in rows.iter().filter(|r| r.class == PayClass::InService) {
            let sum = net.entry(r.person).or_default();
            *sum = (sum.0 + r.items.gross(), sum.1 + r.net());
        }
        net.iter().filter(|(_, s)| s.0 > 0 && s.1 == 0).map(|(p, _)| *p).collect()
    };
    let before = nothing(rows_of(f, 1));
    for person in nothing(&f.s.pay).intersection(&before) {
        out.push(Finding { object: "zero_net".to_owned(), ..Finding::of_person("P16", None, *person) });
    }
    for r in f.s.pay.iter().filter(|r| r.more.net_off.abs() > 5) {
        out.push(Finding { object: "net_differs".to_owned(), ..Finding::of_person("P16", None, r.person) });
    }
}

/// P16, pay far above the highest thousandth.
fn outliers(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let plain = |r: &PayRow| r.items.gross() - r.items.back_pay;
    let mut all: Vec<i64> = f.paid.iter().map(|r| plain(r)).collect();
    if all.len() < 1000 {
        return;
    }
    all.sort_unstable_by(|a, b| b.cmp(a));
    let bound = all[all.len() / 1000];
    for r in f.paid.iter().filter(|r| plain(r) > 2 * bound) {
        out.push(Finding { object: "outlier".to_owned(), ..Finding::of_person("P16", None, r.person) });
    }
}

/// P17.
fn nothing_kept_back(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let kept = |r: &PayRow| {
        let d = r.deductions();
        d.pension + d.annuity + d.housing + d.tax
    };
    let mut free: BTreeMap<u32, BTreeSet<i32>> = BTreeMap::new();
    let mut taxed = BTreeSet::new();
    let mut deducting: BTreeMap<u32, BTreeSet<i32>> = BTreeMap::new();
    for ago in 0..3 {
        for r in rows_of(f, ago).iter().filter(|r| regular(r)) {
            if kept(r) > 0 {
                taxed.insert(r.person);
                deducting.entry(r.unit).or_default().insert(ago);
            } else if r.items.post + r.items.grade > 0 {
                free.entry(r.person).or_default().insert(ago);
            }
        }
    }
    for r in &f.paid {
        let always = free.get(&r.person).is_some_and(|m| m.len() == 3);
        if always && !taxed.contains(&r.person) && deducting.get(&r.unit).is_some_and(|m| m.len() == 3) {
            out.push(Finding::of_person("P17", Some(r.unit), r.person));
        }
    }
}

/// P24.
fn back_pay(f: &Facts<'_>, out: &mut Vec<Finding>) {
    // Back pay and monthly pay by payee and month.
    let mut sums: BTreeMap<(u32, u32), [(i64, i64); 3]> = BTreeMap::new();
    for ago in 0..3_usize {
        let rows = rows_of(f, i32::try_from(ago).unwrap_or(0));
        for r in rows.iter().filter(|r| r.class == PayClass::InService) {
            let own = r.batch == Batch::BackPay;
            let sum = &mut sums.entry((r.unit, r.person)).or_default()[ago];
            sum.0 += if own { r.items.gross() } else { r.items.back_pay };
            sum.1 += if own { 0 } else { r.items.gross() - r.items.back_pay };
        }
    }
    let mut breadth: BTreeMap<u32, (u32, u32)> = BTreeMap::new();
    for ((unit, _), s) in sums.iter().filter(|(_, s)| s[0].1 > 0) {
        let n = breadth.entry(*unit).or_default();
        *n = (n.0 + 1, n.1 + u32::from(s[0].0 > 0));
    }
    for ((unit, person), s) in &sums {
        let monthly = s.iter().map(|m| m.1).max().unwrap_or(0);
        let general = breadth.get(unit).is_some_and(|(all, given)| given * 2 > *all && *given > 1);
        let odd = s[0].0 > 6 * monthly || s.iter().all(|m| m.0 > 0);
        if s[0].0 > 0 && monthly > 0 && odd && !general {
            out.push(Finding::of_person("P24", Some(*unit), *person));
        }
    }
}
