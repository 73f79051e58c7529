//! Days counted from 1970-01-01, for the generator. Built on chrono and not on `kernel::dates` on purpose: the generator
//! judges the pipeline, so a slip in the one must not hide a slip in the other.

use chrono::{Datelike, Duration, NaiveDate};

use crate::kernel::dates::Month;

/// Days since 1970-01-01.
pub type Day = i32;

fn epoch() -> NaiveDate {
    NaiveDate::default()
}

/// The day of a calendar date; days past the end of a month become its last day.
#[must_use]
pub fn day(year: i32, month: u32, mut date: u32) -> Day {
    loop {
        if let Some(d) = NaiveDate::from_ymd_opt(year, month, date) {
            return i32::try_from((d - epoch()).num_days()).unwrap_or_default();
        }
        date -= 1;
    }
}

/// Year, month and day of month.
#[must_use]
pub fn civil(day: Day) -> (i32, u32, u32) {
    let d = epoch() + Duration::days(i64::from(day));
    (d.year(), d.month(), d.day())
}

#[must_use]
pub fn month_of(day: Day) -> Month {
    let (y, m, _) = civil(day);
    Month(12 * y + m.cast_signed() - 1)
}

#[must_use]
pub fn first_day(month: Month) -> Day {
    day(month.year(), month.month(), 1)
}

#[must_use]
pub fn last_day(month: Month) -> Day {
    first_day(month.plus(1)) - 1
}

/// `2026-10-31`.
#[must_use]
pub fn iso(d: Day) -> String {
    let (y, m, d) = civil(d);
    format!("{y:04}-{m:02}-{d:02}")
}
