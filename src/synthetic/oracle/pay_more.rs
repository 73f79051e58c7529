//! Further P rules: whose account, by which items, with what papers, from whose funds, beside a pension.

use std::collections::{BTreeMap, BTreeSet};

use super::staff_more::all_reasons;
use super::{Facts, Finding, active, regular};
use crate::kernel::dates::Month;
use crate::synthetic::days::{first_day, month_of};
use crate::synthetic::feeds::{self, Employer, OffQuota};
use crate::synthetic::model::{
    Batch, Channel, ExitReason, Funding, HrStatus, OffQuotaKind, PayClass, PensionKind, QuotaType, Reason, StaffStatus,
};
use crate::synthetic::pay_twist::Scheme;
use crate::synthetic::records::{PayRow, Shown};

pub fn judge(f: &Facts<'_>, out: &mut Vec<Finding>) {
    pensioners(f, out);
    holders(f, out);
    items(f, out);
    added(f, out);
    treasury(f, out);
    off_quota(f, out);
    insured(f, out);
    budgets(f, out);
    unpaid(f, out);
    other_payers(f, out);
    before_entry(f, out);
}

/// Rows of a month of the window: 0 is the month itself.
pub fn rows_of<'a>(f: &'a Facts<'_>, ago: i32) -> &'a [PayRow] {
    if ago == 0 {
        return &f.s.pay;
    }
    let month = f.month().plus(-ago);
    f.past.iter().find(|p| p.month == month).map_or(&[], |p| p.rows.as_slice())
}

/// Who is so paid by whom in a month, sorted.
fn payees(rows: &[PayRow], fits: impl Fn(&PayRow) -> bool) -> BTreeSet<(u32, u32)> {
    rows.iter().filter(|r| fits(r)).map(|r| (r.person, r.unit)).collect()
}

/// P23: a pension of one's own, and regular pay in two of its months, this one included.
fn pensioners(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let mut since: BTreeMap<u32, Month> = BTreeMap::new();
    for p in f.world.feeds.pensions.iter().filter(|p| p.kind == PensionKind::Own && p.first <= f.month()) {
        let first = since.entry(p.person).or_insert(p.first);
        *first = (*first).min(p.first);
    }
    let mut months: BTreeMap<u32, BTreeSet<i32>> = BTreeMap::new();
    for ago in 0..3 {
        for r in rows_of(f, ago).iter().filter(|r| regular(r) && r.items.gross() > 0) {
            if since.get(&r.person).is_some_and(|first| f.month().plus(-ago) >= *first) {
                months.entry(r.person).or_default().insert(ago);
            }
        }
    }
    let both = months.iter().filter(|(_, m)| m.contains(&0) && m.len() >= 2);
    out.extend(both.map(|(person, _)| Finding::of_person("P23", None, *person)));
}

/// A name as comparing sees it; noise that only changes its form is folded away.
fn read_name<'a>(f: &'a Facts<'_>, person: u32, shown: Option<&'a Shown>) -> &'a str {
    let changed =
        |s: &&Shown| s.kinds.is_empty() || s.kinds.iter().any(|k| matches!(*k, "homophone" | "look_alike_character"));
    let own = f.world.persons[person as usize].name.as_str();
    shown.filter(changed).and_then(|s| s.name.as_deref()).unwrap_or(own)
}

/// P07.
fn holders(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let persons = f.world.persons.iter().enumerate();
    let owner: BTreeMap<[u8; 19], u32> =
        persons.map(|(i, p)| (p.account, u32::try_from(i).unwrap_or(u32::MAX))).collect();
    // The bank speaks of accounts: who else is paid into one, is judged too, whoever pays.
    let answers = f.s.pay.iter().filter(|r| feeds::bank_answers(r.unit) && !r.more.returned);
    let answered: BTreeSet<[u8; 19]> = answers.map(|r| r.account).collect();
    for r in f.s.pay.iter().filter(|r| answered.contains(&r.account)) {
        let Some(holder) = owner.get(&r.account) else { continue };
        let holder_name = f.world.persons[*holder as usize].name.as_str();
        let payee = read_name(f, r.person, r.shown.as_deref());
        let cut = payee.contains('·') && payee.chars().next() == holder_name.chars().next();
        if r.class == PayClass::OffQuota || payee == holder_name || cut {
            continue;
        }
        let known = f.staff_of(r.person).any(|s| read_name(f, s.person, s.shown.as_deref()) == holder_name)
            || f.hr_of(r.person).any(|h| read_name(f, h.person, h.shown.as_deref()) == holder_name);
        let collective = f.reasons(r.person).any(|a| a.reason == Reason::CollectivePayment);
        if !known && !collective {
            out.push(Finding::of_person("P07", Some(r.unit), r.person));
        }
    }
}

/// P12.
fn items(f: &Facts<'_>, out: &mut Vec<Finding>) {
    for r in &f.paid {
        let mut types: Vec<QuotaType> = Vec::new();
        let mut moved = false;
        for s in f.staff_of(r.person).filter(|s| active(s, f.as_of())) {
            types.push(s.quota_type);
            moved |= s.entry.is_some_and(|e| month_of(e) >= f.month().plus(-1));
        }
        types.dedup();
        let [held] = types[..] else { continue };
        let wrong = match Scheme::of(held) {
            Scheme::Civil => r.more.scheme == Scheme::Institution,
            Scheme::Institution | Scheme::Worker => r.more.scheme == Scheme::Civil,
        };
        if wrong && !moved && r.items.grade > 0 {
            out.push(Finding::of_person("P12", Some(r.unit), r.person));
        }
    }
}

/// Whether somebody's papers of the last months explain why pay began.
fn has_papers(f: &Facts<'_>, person: u32, unit: u32) -> bool {
    let recent = |m: Month| m >= f.month().plus(-3) && m <= f.month();
    let mut enrolled = false;
    for s in f.staff_of(person) {
        enrolled = true;
        let left = s.exit.is_some_and(|(e, r)| r == ExitReason::Transfer && month_of(e) >= f.month().plus(-3));
        if left || s.entry.is_none_or(|e| recent(month_of(e))) {
            return true;
        }
    }
    let reported = f.hr_of(person).any(|h| recent(month_of(h.entered)));
    let back = all_reasons(f, person).any(|a| {
        let open = a.to.is_none_or(|t| month_of(t) >= f.month());
        a.to.is_some_and(|t| recent(month_of(t))) || (a.reason == Reason::CollectivePayment && open)
    });
    let listed = f.lists.off_quota.of(person).any(|o| o.from <= f.roster_day());
    let approved = !enrolled && f.lists.approvals.of(unit).any(|a| recent(month_of(a.on)));
    reported || back || listed || approved
}

/// P19.
fn added(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let now = payees(&f.s.pay, |r| regular(r) && r.items.gross() > 0);
    let mut seen = BTreeSet::new();
    let mut names: BTreeSet<(u32, &str)> = BTreeSet::new();
    for ago in 1..3 {
        for r in rows_of(f, ago) {
            seen.insert((r.person, r.unit));
            names.insert((r.unit, read_name(f, r.person, r.shown.as_deref())));
        }
    }
    let payers: BTreeSet<u32> = rows_of(f, 1).iter().map(|r| r.unit).collect();
    let mut shown: BTreeMap<(u32, u32), &str> = BTreeMap::new();
    for r in &f.paid {
        shown.insert((r.person, r.unit), read_name(f, r.person, r.shown.as_deref()));
    }
    let new = |key: &&(u32, u32)| {
        let name = shown.get(*key).copied().unwrap_or_default();
        payers.contains(&key.1) && !seen.contains(*key) && !names.contains(&(key.1, name))
    };
    let newcomers: Vec<(u32, u32)> = now.iter().filter(new).copied().collect();
    // Payees of each unit, and newcomers among them.
    let mut counts: BTreeMap<u32, (usize, usize)> = BTreeMap::new();
    now.iter().for_each(|k| counts.entry(k.1).or_default().0 += 1);
    newcomers.iter().for_each(|k| counts.entry(k.1).or_default().1 += 1);
    for &(person, unit) in &newcomers {
        let (everybody, fresh) = counts.get(&unit).copied().unwrap_or_default();
        if fresh * 2 <= everybody && !has_papers(f, person, unit) {
            out.push(Finding::of_person("P19", Some(unit), person));
        }
    }
}

/// P21: only of the unit's own staff on its own payroll.
fn treasury(f: &Facts<'_>, out: &mut Vec<Finding>) {
    for u in f.s.units.iter().filter(|u| u.abolished.is_none()) {
        let funding = f.world.units[u.unit as usize].funding;
        let transition =
            f.lists.exemptions.of(u.unit).any(|e| {
                e.reason == "机构改革" && e.from <= f.as_of() && e.to.is_none_or(|t| t > first_day(f.month()))
            });
        let from = f.s.pay.partition_point(|r| r.unit < u.unit);
        let own = f.s.pay[from..]
            .iter()
            .take_while(|r| r.unit == u.unit)
            .filter(|r| regular(r) && r.items.gross() > 0 && f.staff_of(r.person).any(|s| s.unit == u.unit));
        let (mut paid, mut borne, mut gross) = (0, 0, 0);
        for r in own {
            paid += i64::from(r.more.unified || r.more.borne > 0);
            borne += r.items.gross() * r.more.borne / 100;
            gross += r.items.gross();
        }
        let wrong = match funding {
            Funding::Full => false,
            Funding::SelfFunded => paid > 0,
            Funding::Partial => gross > 0 && borne * 100 >= gross * 99,
        };
        if wrong && !transition {
            out.push(Finding::of_unit("P21", u.unit, ""));
        }
    }
}

/// On the off-quota list on some day of the month.
pub fn listed<'a>(f: &'a Facts<'_>, person: u32) -> impl Iterator<Item = &'a OffQuota> {
    let first = first_day(f.month());
    let as_of = f.roster_day();
    f.lists.off_quota.of(person).filter(move |o| o.from <= as_of && o.to.is_none_or(|t| t >= first))
}

/// P22.
fn off_quota(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let casual: BTreeSet<u32> = f.world.feeds.off_quota.iter().map(|o| o.person).collect();
    let worth = |r: &&PayRow| r.class == PayClass::OffQuota || casual.contains(&r.person);
    for r in f.s.pay.iter().filter(|r| r.batch == Batch::Regular && r.items.gross() > 0).filter(worth) {
        let candidate = match r.class {
            PayClass::InService => listed(f, r.person).next().is_some(),
            PayClass::OffQuota => r.more.unified,
            PayClass::Retired => false,
        };
        if !candidate || listed(f, r.person).any(|o| o.kind == OffQuotaKind::QuotaLike) {
            continue;
        }
        if !f.staff_of(r.person).any(|s| matches!(s.status, StaffStatus::OnPost | StaffStatus::OffPost)) {
            out.push(Finding::of_person("P22", None, r.person));
        }
    }
}

/// P27.
fn insured(f: &Facts<'_>, out: &mut Vec<Finding>) {
    if f.past.iter().filter(|p| p.month >= f.month().plus(-2)).count() < 2 {
        return;
    }
    let units = |month: Month| -> BTreeSet<(u32, u32)> {
        let rows = feeds::insured(f.world, month).into_iter();
        rows.filter_map(|(p, e)| if let Employer::Unit(u) = e { Some((p, u)) } else { None }).collect()
    };
    let (now, before, earlier) = (units(f.month()), units(f.month().plus(-1)), units(f.month().plus(-2)));
    let paid: BTreeSet<u32> = (0..3).flat_map(|ago| rows_of(f, ago)).map(|r| r.person).collect();
    let payers: BTreeSet<u32> = (0..3).flat_map(|ago| rows_of(f, ago)).map(|r| r.unit).collect();
    for (person, unit) in now {
        let always = before.contains(&(person, unit)) && earlier.contains(&(person, unit));
        let enrolled = f.staff_of(person).any(|s| s.exit.is_none_or(|(e, _)| month_of(e) > f.month().plus(-3)));
        let casual = listed(f, person).next().is_some();
        if always && payers.contains(&unit) && !enrolled && !casual && !paid.contains(&person) {
            out.push(Finding::of_person("P27", Some(unit), person));
        }
    }
}

/// P28.
fn budgets(f: &Facts<'_>, out: &mut Vec<Finding>) {
    for b in feeds::budgets(f.world, f.month()) {
        let heads: BTreeSet<u32> = f
            .staff_in(b.unit)
            .iter()
            .filter(|s| s.entry.is_none_or(|e| e <= b.as_of) && s.exit.is_none_or(|(e, _)| e >= b.as_of))
            .map(|s| s.person)
            .collect();
        let claimed = b.in_service.max(b.operating) - b.planned;
        if claimed - i64::try_from(heads.len()).unwrap_or(0) >= 2 {
            out.push(Finding::of_unit("P28", b.unit, ""));
        }
    }
}

/// P08.
fn unpaid(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let (now, before) = (rows_of(f, 0), rows_of(f, 1));
    let recently: BTreeSet<u32> = now.iter().chain(before).map(|r| r.person).collect();
    let paid_now: BTreeSet<u32> = now.iter().map(|r| r.person).collect();
    let paid_before: BTreeSet<u32> = before.iter().map(|r| r.person).collect();
    let settled = |s: &&crate::synthetic::records::StaffRow| {
        matches!(s.status, StaffStatus::OnPost | StaffStatus::OffPost)
            && s.exit.is_none()
            && s.entry.is_some_and(|e| month_of(e) <= f.month().plus(-3))
    };
    for u in f.s.units.iter().filter(|u| u.abolished.is_none()) {
        if f.world.units[u.unit as usize].funding == Funding::SelfFunded {
            continue;
        }
        let staff: Vec<_> = f.staff_in(u.unit).iter().filter(settled).collect();
        let covered = |paid: &BTreeSet<u32>| staff.iter().any(|s| paid.contains(&s.person));
        if !covered(&paid_now) || !covered(&paid_before) {
            continue;
        }
        for s in staff.iter().filter(|s| !recently.contains(&s.person)) {
            let away = |h: &crate::synthetic::records::HrRow| !matches!(h.status, HrStatus::OnPost | HrStatus::Absent);
            if f.reasons(s.person).next().is_none() && !f.hr_of(s.person).any(away) {
                out.push(Finding::of_person("P08", None, s.person));
            }
        }
    }
}

/// P11.
fn other_payers(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let pays = |r: &PayRow| regular(r) && r.items.gross() > 0;
    let (now, before) = (payees(&f.s.pay, pays), payees(rows_of(f, 1), pays));
    let home = |person: u32| {
        let mut units: Vec<u32> = f.staff_of(person).filter(|s| active(s, f.as_of())).map(|s| s.unit).collect();
        units.sort_unstable();
        units.dedup();
        if let [one] = units[..] { Some(one) } else { None }
    };
    let mut crowd: BTreeMap<(u32, u32), u32> = BTreeMap::new();
    let mut everybody: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for (person, payer) in &now {
        let Some(home) = home(*person) else { continue };
        *crowd.entry((home, *payer)).or_default() += 1;
        everybody.entry(home).or_default().insert(*person);
    }
    for &(person, payer) in &now {
        let Some(home) = home(person).filter(|h| *h != payer) else { continue };
        let all = everybody.get(&home).map_or(0, BTreeSet::len);
        let arranged = crowd.get(&(home, payer)).is_some_and(|n| *n as usize * 2 > all);
        let superior = f.world.units[home as usize].superior == Some(payer);
        let moved = f
            .staff_of(person)
            .any(|s| active(s, f.as_of()) && s.entry.is_some_and(|e| month_of(e) >= f.month().plus(-1)));
        let lawful = f.reasons(person).any(|a| {
            matches!(
                a.reason,
                Reason::Secondment | Reason::TemporaryPost | Reason::VillagePost | Reason::CollectivePayment
            )
        });
        if before.contains(&(person, payer))
            && !now.contains(&(person, home))
            && !arranged
            && !superior
            && !moved
            && !lawful
        {
            out.push(Finding::of_person("P11", Some(home), person));
        }
    }
}

/// P18.
fn before_entry(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let recent = |e: i32| month_of(e) > f.month().plus(-3);
    let entrants: BTreeSet<u32> = f.s.staff.iter().filter(|s| s.entry.is_some_and(recent)).map(|s| s.person).collect();
    let mut paid = BTreeSet::new();
    for ago in 0..3 {
        let rows = rows_of(f, ago).iter().filter(|r| regular(r) && r.items.gross() > 0 && entrants.contains(&r.person));
        paid.extend(rows.map(|r| (r.person, r.unit, ago)));
    }
    for s in f.s.staff.iter().filter(|s| matches!(s.status, StaffStatus::OnPost | StaffStatus::OffPost)) {
        let Some(entry) = s.entry.filter(|e| recent(*e)).map(month_of) else { continue };
        let earlier = f.staff_of(s.person).any(|o| o.entry.is_none_or(|e| month_of(e) < entry));
        if earlier || matches!(s.channel, Channel::Transfer | Channel::Reorganisation) {
            continue;
        }
        let reported = f.hr_of(s.person).map(|h| month_of(h.entered)).min();
        let early = (0..3).any(|ago| {
            let month = f.month().plus(-ago);
            month < entry && reported.is_none_or(|r| month < r) && paid.contains(&(s.person, s.unit, ago))
        });
        if early {
            out.push(Finding::of_person("P18", Some(s.unit), s.person));
        }
    }
}
