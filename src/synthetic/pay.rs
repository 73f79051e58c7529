//! What a person is paid in a month, to the fen.

use rand::Rng as _;

use super::days::{Day, civil, day, last_day, month_of};
use super::model::{Batch, Channel, PayClass, Person, Reason, Spell, World};
use super::pay_table;
use super::pay_twist::more;
use super::records::{AbsenceRow, PayRow, Shown};
use super::rng::{Purpose, stream};
use crate::kernel::dates::Month;

/// Pay items in fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Items {
    pub post: i64,
    pub grade: i64,
    pub performance: i64,
    pub allowances: i64,
    pub back_pay: i64,
}

/// What is kept back, in fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Deductions {
    pub pension: i64,
    pub annuity: i64,
    pub medical: i64,
    pub housing: i64,
    pub tax: i64,
}

impl Items {
    #[must_use]
    pub fn gross(&self) -> i64 {
        self.post + self.grade + self.performance + self.allowances + self.back_pay
    }
    /// Contributions on the regular items, tax at 3 % of what is over 5 000 yuan.
    #[must_use]
    pub fn deductions(&self, class: PayClass) -> Deductions {
        if class != PayClass::InService {
            return Deductions::default();
        }
        let base = self.post + self.grade + self.performance + self.allowances;
        let d = Deductions {
            pension: base * 8 / 100,
            annuity: base * 4 / 100,
            medical: base * 2 / 100,
            housing: base * 12 / 100,
            tax: 0,
        };
        let taxable = self.gross() - d.pension - d.annuity - d.medical - d.housing - 500_000;
        Deductions { tax: taxable.max(0) * 3 / 100, ..d }
    }
}

impl Deductions {
    #[must_use]
    pub fn total(&self) -> i64 {
        self.pension + self.annuity + self.medical + self.housing + self.tax
    }
}

/// The first month of pay: the month of entry when that is early in the month; after a transfer always the next one,
/// because the unit left pays the month of the move.
#[must_use]
pub fn first_month(s: &Spell) -> Month {
    let (_, _, date) = civil(s.entry);
    let moved = matches!(s.channel, Channel::Transfer | Channel::Reorganisation) || s.class == PayClass::Retired;
    month_of(s.entry).plus(i32::from(moved || date > 15))
}

fn paid(s: &Spell, month: Month, away: &[AbsenceRow]) -> bool {
    let twist = s.twist.as_deref();
    let from = twist.and_then(|t| t.pay_from).unwrap_or_else(|| first_month(s));
    let until = s.exit.map(|(e, _)| month_of(e)).max(twist.and_then(|t| t.pay_until));
    let on_unpaid_leave = away.iter().any(|a| {
        a.reason == Reason::UnpaidLeave && month_of(a.from) <= month && a.to.is_none_or(|t| month_of(t) >= month)
    });
    // No exit means no end, whatever `pay_until` says of the months after one.
    let ended = s.exit.is_some() && until.is_some_and(|u| month > u);
    month >= from && !ended && !on_unpaid_leave && !twist.and_then(|t| t.unpaid).is_some_and(|u| u.holds(month))
}

/// What is left of base pay on sick leave, in per cent: full for two months, then by years of work.
fn sick_pay(world: &World, s: &Spell, month: Month, away: &[AbsenceRow]) -> i64 {
    let in_force = |a: &&AbsenceRow| {
        a.reason == Reason::SickLeave && month_of(a.from) <= month && a.to.is_none_or(|t| t > last_day(month))
    };
    let Some(leave) = away.iter().find(in_force) else { return 100 };
    let nth = month.0 - month_of(leave.from).0 + 1;
    let long = month.0 - month_of(work_start(&world.persons[s.person as usize], Some(s.entry))).0 >= 120;
    match (nth, long) {
        (..=2, _) | (3..=6, true) => 100,
        (3..=6, false) => 90,
        (_, true) => 80,
        (_, false) => 70,
    }
}

/// First day of work: at 22, or the first entry when that was earlier.
#[must_use]
pub fn work_start(person: &Person, entry: Option<Day>) -> Day {
    let (year, month, _) = civil(person.birth);
    let at_22 = day(year + 22, month, 1);
    entry.map_or(at_22, |e| e.min(at_22))
}

/// The items of a month: the regular ones, as leave, sanctions and what is out of the ordinary change them.
fn items_in(world: &World, i: u32, s: &Spell, payer: u32, month: Month, away: &[AbsenceRow]) -> Items {
    let mut items = items(world, i, s);
    if s.class != PayClass::InService {
        return items;
    }
    let twist = s.twist.as_deref().map(|t| &t.pay);
    if let Some(back) = twist.and_then(|t| t.edition) {
        items.post = pay_table::in_edition(items.post, back);
    }
    if let Some((from, steps)) = twist.and_then(|t| t.steps)
        && month >= from
    {
        items.grade = pay_table::grade_pay((pay_table::step_of(world, i) + steps).clamp(1, pay_table::STEPS));
    }
    let mut per_cent = if twist.is_some_and(|t| t.full_when_sick) { 100 } else { sick_pay(world, s, month, away) };
    if let Some((from, base)) = twist.and_then(|t| t.base)
        && month >= from
    {
        per_cent = per_cent * base / 100;
    }
    items.post = items.post * per_cent / 100;
    items.grade = items.grade * per_cent / 100;
    if world.feeds.round_sums.get(&payer).is_some_and(|span| span.holds(month)) {
        items.performance = items.performance / 10_000 * 10_000;
    }
    if let Some((from, percent)) = world.feeds.raised.get(&payer)
        && month >= *from
    {
        items.performance = items.performance * percent / 100;
    }
    let Some(t) = twist else { return items };
    if let Some((at, spike)) = t.spike
        && at == month
    {
        items.performance = items.performance * spike / 100;
    }
    if let Some((span, fen)) = t.off_table
        && span.holds(month)
    {
        items.post += fen;
    }
    if let Some((span, fen)) = t.back_pay
        && span.holds(month)
    {
        items.back_pay = fen;
    }
    items
}

/// The regular items of a spell: by level, with a personal part that does not change from month to month.
fn items(world: &World, i: u32, s: &Spell) -> Items {
    let mut rng = stream(world.seed, Purpose::Pay, u64::from(i));
    let level = i64::from(s.level);
    if s.class == PayClass::Retired {
        return Items { allowances: 280_000 + rng.random_range(0..350_000), ..Items::default() };
    }
    let (own, step) = pay_table::own_and_step(&mut rng, s.level);
    let mut items = Items {
        post: pay_table::post_pay(level),
        grade: pay_table::grade_pay(step),
        performance: 120_000 + level * 9_100 + rng.random_range(0..90_000),
        allowances: 60_000 + rng.random_range(0..40) * 1_500 + own,
        back_pay: 0,
    };
    if s.twist.as_deref().is_some_and(|t| t.allowances_only) {
        items = Items { allowances: 45_000 + rng.random_range(0..30) * 1_000, ..Items::default() };
    }
    items
}

/// The payroll rows of a spell in a month: mostly one, or none.
pub fn push(world: &World, i: u32, month: Month, away: &[AbsenceRow], out: &mut Vec<PayRow>) {
    let s = &world.spells[i as usize];
    if !s.pay {
        return;
    }
    let twist = s.twist.as_deref();
    let late = twist.and_then(|t| t.back_pay_after_exit) == Some(month);
    let regular = paid(s, month, away);
    if !regular && !late {
        return;
    }
    let person = &world.persons[s.person as usize];
    let payer = twist.and_then(|t| t.payer).or(world.units[s.unit as usize].payer).unwrap_or(s.unit);
    let moved = twist.and_then(|t| t.pay.accounts.iter().rev().find(|(from, _)| *from <= month)).map(|a| a.1);
    let mut row = PayRow {
        spell: i,
        person: s.person,
        unit: payer,
        class: s.class,
        batch: Batch::Regular,
        items: items_in(world, i, s, payer, month, away),
        account: moved.or(twist.and_then(|t| t.account)).unwrap_or(person.account),
        more: more(world, s, payer, month),
        shown: None,
    };
    if let Some(t) = twist {
        if let Some((span, name)) = &t.pay_name
            && span.holds(month)
        {
            row.shown.get_or_insert_default().name = Some(name.clone());
        }
        if let Some((span, id)) = &t.pay_id
            && span.holds(month)
        {
            let text = std::str::from_utf8(id).unwrap_or_default().to_owned();
            row.shown.get_or_insert_with(|| Box::new(Shown::default())).id = Some(text);
        }
    }
    if late {
        out.push(PayRow {
            batch: Batch::BackPay,
            items: Items { back_pay: row.items.gross() / 10, ..Items::default() },
            ..row.clone()
        });
    }
    if !regular {
        return;
    }
    let mut rng =
        stream(world.seed, Purpose::Pay, 1 << 48 | u64::from(i) << 16 | u64::from(month.0.unsigned_abs() & 0xFFFF));
    if twist.is_none() && s.class == PayClass::InService && rng.random_range(0..100) == 0 {
        row.items.back_pay = rng.random_range(50..900) * 1_000;
    }
    if twist.and_then(|t| t.back_pay) == Some(month) {
        out.push(PayRow { batch: Batch::BackPay, ..row.clone() });
    }
    let again = twist.and_then(|t| t.pay_twice_again) == Some(month);
    if again || twist.and_then(|t| t.pay_twice).is_some_and(|span| span.holds(month)) {
        out.push(row.clone());
    }
    out.push(row);
}
