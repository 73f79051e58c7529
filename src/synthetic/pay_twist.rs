//! What is out of the ordinary with somebody's pay, and what follows from it for the rows of a month.

use super::model::{Funding, PayClass, QuotaType, Span, Spell, World};
use crate::kernel::dates::Month;

/// Of a spell. Most have none.
#[derive(Debug, Clone, Default)]
pub struct PayTwist {
    /// Shown as paid, or as not paid, through the treasury's unified payroll.
    pub unified: Option<(Span, bool)>,
    /// Paid by the items of the other pay system.
    pub other_scheme: Option<Span>,
    /// Nothing is kept back.
    pub no_deductions: Option<Span>,
    /// Net pay that is not gross less what is kept back, by so many fen.
    pub net_off: Option<(Span, i64)>,
    /// All of the gross is kept back.
    pub zero_net: Option<Span>,
    /// The bank sends the money back.
    pub returned: Option<Span>,
    /// Accounts that pay goes to from a month on, by month.
    pub accounts: Vec<(Month, [u8; 19])>,
    /// Back pay in these months, in fen.
    pub back_pay: Option<(Span, i64)>,
    /// Performance pay of a month, in per cent of the usual.
    pub spike: Option<(Month, i64)>,
    /// Salary-grade or rank pay raised from a month on, by steps.
    pub steps: Option<(Month, i64)>,
    /// Base pay from a month on, in per cent of the usual.
    pub base: Option<(Month, i64)>,
    /// Sick pay is not reduced.
    pub full_when_sick: bool,
    /// Post pay off the table in these months, by fen.
    pub off_table: Option<(Span, i64)>,
    /// Post pay by the edition of the pay table so many before the one in force.
    pub edition: Option<usize>,
    /// HR has the person one level up from this month on, which pay has not followed.
    pub hr_raised: Option<Month>,
    /// Paid before the register knows the entry.
    pub before_entry: bool,
}

/// The pay system whose items a row shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scheme {
    #[default]
    Institution,
    Civil,
    Worker,
}

impl Scheme {
    #[must_use]
    pub fn of(quota_type: QuotaType) -> Self {
        match quota_type {
            QuotaType::Institution => Self::Institution,
            QuotaType::Worker => Self::Worker,
            QuotaType::Administrative | QuotaType::Police | QuotaType::CivilServiceLike => Self::Civil,
        }
    }
}

/// Of a row of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PayMore {
    pub scheme: Scheme,
    pub unified: bool,
    /// Per cent of the gross that the treasury bears.
    pub borne: i64,
    pub no_deductions: bool,
    pub zero_net: bool,
    pub net_off: i64,
    pub returned: bool,
}

/// What the row of a spell shows in a month, paid by `payer`.
#[must_use]
pub fn more(world: &World, s: &Spell, payer: u32, month: Month) -> PayMore {
    let funding = world.units[payer as usize].funding;
    let own = s.class != PayClass::OffQuota;
    let forced = world.feeds.treasury_pays.get(&payer).is_some_and(|span| span.holds(month));
    let borne = match funding {
        _ if !own => 0,
        _ if forced => 100,
        Funding::Full => 100,
        Funding::Partial => 60,
        Funding::SelfFunded => 0,
    };
    let plain = PayMore {
        scheme: Scheme::of(s.quota_type),
        unified: own && (forced || funding != Funding::SelfFunded),
        borne,
        ..PayMore::default()
    };
    let Some(t) = s.twist.as_deref().map(|t| &t.pay) else { return plain };
    let holds = |span: Option<Span>| span.is_some_and(|x| x.holds(month));
    let scheme = match plain.scheme {
        scheme if !holds(t.other_scheme) => scheme,
        Scheme::Institution => Scheme::Civil,
        Scheme::Civil | Scheme::Worker => Scheme::Institution,
    };
    PayMore {
        scheme,
        unified: t.unified.filter(|(span, _)| span.holds(month)).map_or(plain.unified, |(_, yes)| yes),
        no_deductions: holds(t.no_deductions),
        zero_net: holds(t.zero_net),
        net_off: t.net_off.filter(|(span, _)| span.holds(month)).map_or(0, |(_, fen)| fen),
        returned: holds(t.returned),
        ..plain
    }
}
