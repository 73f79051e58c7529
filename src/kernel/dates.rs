//! Dates with their precision, and months. Months are half-open; nobody else writes `+ 1` on a date.

use std::fmt;

/// A calendar month as 12 × year + month − 1, so that months are plain arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(pub i32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    Day,
    Month,
    Year,
}

/// A date known to the day, the month or the year: `first_day` is its earliest day, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartialDate {
    pub first_day: i32,
    pub precision: Precision,
}

/// What a date cell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateReading {
    Date(PartialDate),
    /// 长期, 至今, —, 9999-12-31: no end.
    Open,
    Empty,
}

/// Why a cell is no date. `code` is the reject slug, such as `date-impossible` or `date-ambiguous`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateError {
    pub code: &'static str,
    pub message: &'static str,
}

impl Precision {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

impl Month {
    /// From a year and a month 1–12.
    #[must_use]
    pub fn new(year: i32, month: u32) -> Option<Self> {
        todo!("{year} {month}")
    }
    /// From `YYYY-MM`, `YYYYMM`, `2026年10月`, `2026.10`, `2026/10` and their full-width forms.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        todo!("{text}")
    }
    #[must_use]
    pub fn year(self) -> i32 {
        self.0.div_euclid(12)
    }
    /// 1–12.
    #[must_use]
    pub fn month(self) -> u32 {
        self.0.rem_euclid(12).unsigned_abs() + 1
    }
    /// First day of the month.
    #[must_use]
    pub fn first_day(self) -> i32 {
        todo!()
    }
    /// Last day of the month (the as-of day of a period).
    #[must_use]
    pub fn last_day(self) -> i32 {
        todo!()
    }
    #[must_use]
    pub fn plus(self, months: i32) -> Self {
        Self(self.0 + months)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.month())
    }
}

impl PartialDate {
    /// A day, if it exists in the calendar.
    #[must_use]
    pub fn day(year: i32, month: u32, day: u32) -> Option<Self> {
        todo!("{year} {month} {day}")
    }
    #[must_use]
    pub fn day_min(self) -> i32 {
        self.first_day
    }
    #[must_use]
    pub fn day_max(self) -> i32 {
        todo!()
    }
    #[must_use]
    pub fn month(self) -> Month {
        todo!()
    }
    /// `1985-07-01`, `1985-07` or `1985` by precision.
    #[must_use]
    pub fn iso(self) -> String {
        todo!()
    }
}

/// Year, month 1–12 and day 1–31 of a day counted from 1970-01-01.
#[must_use]
pub fn civil(day: i32) -> (i32, u32, u32) {
    todo!("{day}")
}

/// Reads a date cell in every shape of DOMAIN H: 1985.07, 1985-7-1, 1985年7月, 85.7, 198507, 19850701, 1985.07.00,
/// 二〇二四年一月, full-width digits, ISO date-times. `pivot_year` decides two-digit years (the period's year).
///
/// # Errors
/// A [`DateError`] when the text is no date, an impossible one (2024/13/01, 1900-02-29) or a bare Excel serial.
pub fn read_date(text: &str, pivot_year: i32) -> Result<DateReading, DateError> {
    todo!("{text} {pivot_year}")
}

/// A day from an Excel serial number; `None` outside 1900–2199 and for the day that never was (1900-02-29).
#[must_use]
pub fn from_excel_serial(serial: f64, date_1904: bool) -> Option<PartialDate> {
    todo!("{serial} {date_1904}")
}
