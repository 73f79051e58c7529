//! What a person is paid in a month, to the fen.

use rand::Rng as _;

use super::days::{civil, month_of};
use super::model::{Batch, Channel, PayClass, Reason, Spell, World};
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

/// The regular items of a spell: by level, with a personal part that does not change from month to month.
fn items(world: &World, i: u32, s: &Spell) -> Items {
    let mut rng = stream(world.seed, Purpose::Pay, u64::from(i));
    let level = i64::from(s.level);
    if s.class == PayClass::Retired {
        return Items { allowances: 280_000 + rng.random_range(0..350_000), ..Items::default() };
    }
    let mut items = Items {
        post: 151_000 + level * 26_500 + rng.random_range(0..12) * 500,
        grade: 48_000 + level * 31_700 + rng.random_range(0..60) * 130,
        performance: 120_000 + level * 9_100 + rng.random_range(0..90_000),
        allowances: 60_000 + rng.random_range(0..40) * 1_500,
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
    let mut row = PayRow {
        spell: i,
        person: s.person,
        unit: twist.and_then(|t| t.payer).or(world.units[s.unit as usize].payer).unwrap_or(s.unit),
        class: s.class,
        batch: Batch::Regular,
        items: items(world, i, s),
        account: twist.and_then(|t| t.account).unwrap_or(person.account),
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
    if twist.and_then(|t| t.pay_twice).is_some_and(|span| span.holds(month)) {
        out.push(row.clone());
    }
    out.push(row);
}
