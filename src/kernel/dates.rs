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
        ((1..=12).contains(&month) && (FIRST_YEAR..=LAST_YEAR).contains(&year))
            .then(|| Self(year * 12 + month.cast_signed() - 1))
    }
    /// The month of a day, counted from 1970-01-01.
    #[must_use]
    pub fn of_day(day: i32) -> Self {
        let (year, month, _) = civil(day);
        Self(year * 12 + month.cast_signed() - 1)
    }
    /// From `YYYY-MM`, `YYYYMM`, `2026年10月`, `2026.10`, `2026/10` and their full-width forms; a whole date names its month.
    /// `2026.1` is refused: a number cell may have lost the zero of October.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match read_date(text, 0) {
            Ok(DateReading::Date(date))
                if date.precision != Precision::Year && date.day_min() >= days_from_civil(FIRST_YEAR, 1, 1) =>
            {
                Some(date.month())
            }
            _ => None,
        }
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
        days_from_civil(self.year(), self.month(), 1)
    }
    /// Last day of the month (the as-of day of a period).
    #[must_use]
    pub fn last_day(self) -> i32 {
        self.plus(1).first_day() - 1
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
        let good = (FIRST_YEAR..=LAST_YEAR).contains(&year)
            && (1..=12).contains(&month)
            && day >= 1
            && day <= days_in(year, month);
        good.then(|| Self { first_day: days_from_civil(year, month, day), precision: Precision::Day })
    }
    #[must_use]
    pub fn day_min(self) -> i32 {
        self.first_day
    }
    #[must_use]
    pub fn day_max(self) -> i32 {
        match self.precision {
            Precision::Day => self.first_day,
            Precision::Month => self.month().last_day(),
            Precision::Year => days_from_civil(civil(self.first_day).0 + 1, 1, 1) - 1,
        }
    }
    #[must_use]
    pub fn month(self) -> Month {
        Month::of_day(self.first_day)
    }
    /// `1985-07-01`, `1985-07` or `1985` by precision.
    #[must_use]
    pub fn iso(self) -> String {
        let (year, month, day) = civil(self.first_day);
        match self.precision {
            Precision::Day => format!("{year:04}-{month:02}-{day:02}"),
            Precision::Month => format!("{year:04}-{month:02}"),
            Precision::Year => format!("{year:04}"),
        }
    }
}

/// Year, month 1–12 and day 1–31 of a day counted from 1970-01-01.
#[must_use]
pub fn civil(day: i32) -> (i32, u32, u32) {
    // Counting from 0000-03-01 puts the leap day last, so months have a closed form.
    let z = i64::from(day) + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    (narrow(year), narrow(month).unsigned_abs(), narrow(day).unsigned_abs())
}

fn narrow(n: i64) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// Days from 1970-01-01 of a day of the proleptic Gregorian calendar.
fn days_from_civil(year: i32, month: u32, day: u32) -> i32 {
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let yoe = year.rem_euclid(400);
    let mp = (i64::from(month) + 9) % 12;
    let doy = (153 * mp + 2) / 5 + i64::from(day) - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    narrow(era * 146_097 + doe - 719_468)
}

fn days_in(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Reads a date cell in every shape of DOMAIN H: 1985.07, 1985-7-1, 1985年7月, 85.7, 198507, 19850701, 1985.07.00,
/// 二〇二四年一月, full-width digits, ISO date-times. `pivot_year` decides two-digit years (the period's year).
///
/// # Errors
/// A [`DateError`] when the text is no date, an impossible one (2024/13/01, 1900-02-29) or a bare Excel serial.
pub fn read_date(text: &str, pivot_year: i32) -> Result<DateReading, DateError> {
    let text = text.trim_matches(is_padding);
    if text.is_empty() {
        return Ok(DateReading::Empty);
    }
    if let Some((year, month, day)) = plain_iso(text.as_bytes()) {
        return from_parts(year, month, Some(day));
    }
    if let Some(reading) = word(text) {
        return Ok(reading);
    }
    let shape = Shape::scan(text).ok_or(UNREADABLE)?;
    shape.read(pivot_year)
}

/// A day from an Excel serial number; `None` outside 1900–2199 and for the day that never was (1900-02-29).
#[must_use]
pub fn from_excel_serial(serial: f64, date_1904: bool) -> Option<PartialDate> {
    if !serial.is_finite() || !(0.0..150_000.0).contains(&serial) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
    let whole = serial.floor() as i32;
    let day = match (date_1904, whole) {
        (true, n) => n - 24_107,
        // Serial 60 is 1900-02-29, which Lotus believed in; the serials before it are one day late.
        (false, 60 | 0) => return None,
        (false, n) if n < 60 => n - 25_568,
        (false, n) => n - 25_569,
    };
    let (year, month, day_of_month) = civil(day);
    (year < 2200).then(|| PartialDate::day(year, month, day_of_month)).flatten()
}

const FIRST_YEAR: i32 = 1850;
const LAST_YEAR: i32 = 2200;
const UNREADABLE: DateError = DateError { code: "date-unreadable", message: "not a date in any known shape" };
const IMPOSSIBLE: DateError =
    DateError { code: "date-impossible", message: "no such day in the calendar, or outside 1850-2200" };
const AMBIGUOUS: DateError = DateError {
    code: "date-ambiguous",
    message: "several readings: a number cell may have lost the zero of October, or day and month may be swapped",
};
const SERIAL: DateError =
    DateError { code: "date-serial", message: "a bare spreadsheet serial number, its date system unknown" };

fn is_padding(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\'' | '‘' | '’' | '"' | '`' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{00A0}')
}

/// `YYYY-MM-DD` or `YYYY/MM/DD`, the shape most cells have.
fn plain_iso(b: &[u8]) -> Option<(i32, u32, u32)> {
    let sep = *b.get(4)?;
    if b.len() != 10 || (sep != b'-' && sep != b'/') || b[7] != sep {
        return None;
    }
    let number =
        |part: &[u8]| part.iter().try_fold(0_u32, |n, c| c.is_ascii_digit().then(|| n * 10 + u32::from(c - b'0')));
    Some((number(&b[..4])?.cast_signed(), number(&b[5..7])?, number(&b[8..])?))
}

/// Cells that hold a word instead of a date.
fn word(text: &str) -> Option<DateReading> {
    const OPEN: [&str; 12] =
        ["长期", "長期", "长期有效", "至今", "迄今", "永久", "永久有效", "无期限", "无固定期限", "现在", "今", "不限"];
    const EMPTY: [&str; 10] = ["无", "無", "空", "暂无", "/", "\\", "NULL", "null", "N/A", "无日期"];
    if OPEN.contains(&text) || text.chars().all(|c| matches!(c, '-' | '—' | '–' | '－' | '─' | '―' | '−' | '~' | '～'))
    {
        return Some(DateReading::Open);
    }
    EMPTY.contains(&text).then_some(DateReading::Empty)
}

/// Year, month and day as found; zero for a month or day left open.
fn from_parts(year: i32, month: u32, day: Option<u32>) -> Result<DateReading, DateError> {
    match (year, month, day) {
        (9999, ..) | (2999, 12, Some(31)) => return Ok(DateReading::Open),
        // What an empty cell becomes under a date format, and in databases that know no null.
        (1900, 1, Some(0)) | (0, 0, _) => return Ok(DateReading::Empty),
        _ => {}
    }
    let date = match (month, day) {
        (0, None | Some(0)) => PartialDate::day(year, 1, 1).map(|d| PartialDate { precision: Precision::Year, ..d }),
        (_, None | Some(0)) => {
            PartialDate::day(year, month, 1).map(|d| PartialDate { precision: Precision::Month, ..d })
        }
        (_, Some(day)) => PartialDate::day(year, month, day),
    };
    date.map(DateReading::Date).ok_or(IMPOSSIBLE)
}

/// A run of digits: how many were written, and their value.
#[derive(Clone, Copy, Default)]
struct Number {
    digits: u8,
    value: u64,
}

/// Up to three numbers and what stood after each of them.
#[derive(Default)]
struct Shape {
    numbers: [Number; 3],
    after: [Option<char>; 3],
    count: usize,
}

impl Shape {
    /// Splits the date part of a cell; `None` when it holds anything that no date has.
    fn scan(text: &str) -> Option<Self> {
        let mut shape = Self::default();
        let mut han = HanNumber::default();
        let mut open = false;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if let Some(digit) = decimal(c) {
                if !open {
                    if shape.count == 3 || (shape.count > 0 && shape.after[shape.count - 1].is_none()) {
                        return None;
                    }
                    shape.count += 1;
                    open = true;
                    han = HanNumber::default();
                }
                han.push(digit, &mut shape.numbers[shape.count - 1])?;
                continue;
            }
            let gap = c.is_whitespace() || c == 'T' || c == 't';
            if gap
                && shape.count > 0
                && chars.peek().is_none_or(|next| !is_separator(*next))
                && shape.time_may_follow(text, &chars)
            {
                break;
            }
            if c.is_whitespace() || matches!(c, '\u{200B}'..='\u{200F}' | '\u{FEFF}') {
                continue;
            }
            let sep = separator(c)?;
            if shape.count == 0 || shape.after[shape.count - 1].is_some() {
                return None;
            }
            shape.after[shape.count - 1] = Some(sep);
            open = false;
        }
        (shape.count > 0).then_some(shape)
    }

    /// Whether the rest of the cell is a time of day, which is dropped.
    fn time_may_follow(&self, text: &str, rest: &std::iter::Peekable<std::str::Chars<'_>>) -> bool {
        let rest: String = rest.clone().collect();
        debug_assert!(rest.len() <= text.len());
        let whole = self.count == 3 || (self.count == 1 && self.numbers[0].digits == 8);
        let plausible = |c: char| {
            c.is_ascii_digit()
                || matches!(c, ':' | '：' | '.' | '+' | '-' | 'Z' | 'A' | 'P' | 'M' | '上' | '下' | '午')
                || c.is_whitespace()
        };
        whole && rest.contains([':', '：']) && rest.chars().all(plausible)
    }

    fn read(&self, pivot_year: i32) -> Result<DateReading, DateError> {
        match self.count {
            1 => self.read_one(pivot_year),
            2 => self.read_two(pivot_year),
            _ => self.read_three(pivot_year),
        }
    }

    fn read_one(&self, pivot_year: i32) -> Result<DateReading, DateError> {
        let Number { digits, value } = self.numbers[0];
        match (digits, self.after[0]) {
            (8, None | Some('日')) => {
                from_parts(small(value / 10_000).cast_signed(), small(value / 100 % 100), Some(small(value % 100)))
            }
            (14, None) => from_parts(
                small(value / 10_000_000_000).cast_signed(),
                small(value / 100_000_000 % 100),
                Some(small(value / 1_000_000 % 100)),
            ),
            (6, None | Some('月')) => from_parts(small(value / 100).cast_signed(), small(value % 100), None),
            (5, None) => Err(SERIAL),
            (4, None | Some('年')) => from_parts(small(value).cast_signed(), 0, None),
            (2, Some('年')) => from_parts(century(value, pivot_year), 0, None),
            _ => Err(UNREADABLE),
        }
    }

    fn read_two(&self, pivot_year: i32) -> Result<DateReading, DateError> {
        let [first, second, _] = self.numbers;
        if self.after[0] == Some('月') || !matches!(self.after[1], None | Some('月')) {
            return Err(UNREADABLE);
        }
        if first.digits == 5 && self.after[0] == Some('.') {
            return Err(SERIAL);
        }
        if second.digits > 2 {
            return Err(UNREADABLE);
        }
        if self.after[0] == Some('.')
            && self.after[1].is_none()
            && second.digits == 1
            && second.value == 1
            && matches!(first.digits, 2 | 4)
        {
            return Err(AMBIGUOUS);
        }
        from_parts(year_of(first, pivot_year)?, small(second.value), None)
    }

    fn read_three(&self, pivot_year: i32) -> Result<DateReading, DateError> {
        let [first, second, third] = self.numbers;
        if matches!(self.after[0], Some('月' | '日'))
            || self.after[1] == Some('年')
            || !matches!(self.after[2], None | Some('日' | '.'))
        {
            return Err(UNREADABLE);
        }
        if first.digits <= 2 && third.digits == 4 && self.after[0] != Some('年') {
            return day_and_month(small(third.value).cast_signed(), small(first.value), small(second.value));
        }
        if second.digits > 2 || third.digits > 2 {
            return Err(UNREADABLE);
        }
        from_parts(year_of(first, pivot_year)?, small(second.value), Some(small(third.value)))
    }
}

/// A date with its year last: day and month are told apart only where one of them exceeds 12.
fn day_and_month(year: i32, a: u32, b: u32) -> Result<DateReading, DateError> {
    match (PartialDate::day(year, a, b), PartialDate::day(year, b, a)) {
        (Some(x), Some(y)) if x != y => Err(AMBIGUOUS),
        (Some(d), _) | (None, Some(d)) => Ok(DateReading::Date(d)),
        (None, None) => Err(IMPOSSIBLE),
    }
}

fn year_of(n: Number, pivot_year: i32) -> Result<i32, DateError> {
    match n.digits {
        4 => Ok(small(n.value).cast_signed()),
        2 => Ok(century(n.value, pivot_year)),
        _ => Err(UNREADABLE),
    }
}

/// The latest year not after the pivot that ends in these two digits.
fn century(two_digits: u64, pivot_year: i32) -> i32 {
    pivot_year.saturating_sub((pivot_year.saturating_sub(small(two_digits).cast_signed())).rem_euclid(100))
}

fn small(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX >> 1)
}

/// Builds a number from digits and from Chinese tens: 二〇二四, 十二, 三十, 二十一.
#[derive(Default)]
struct HanNumber {
    ten: bool,
}

impl HanNumber {
    /// `digit` 10 stands for 十. `None` when the number grows past any date or is no number.
    fn push(&mut self, digit: u8, n: &mut Number) -> Option<()> {
        if digit == 10 {
            if self.ten || n.digits > 1 {
                return None;
            }
            n.value = if n.digits == 0 { 10 } else { n.value * 10 };
            n.digits = 2;
            self.ten = true;
        } else if self.ten {
            if !n.value.is_multiple_of(10) {
                return None;
            }
            n.value += u64::from(digit);
        } else {
            if n.digits >= 14 {
                return None;
            }
            n.value = n.value * 10 + u64::from(digit);
            n.digits += 1;
        }
        Some(())
    }
}

fn decimal(c: char) -> Option<u8> {
    Some(match c {
        '0'..='9' => c as u8 - b'0',
        '０'..='９' => u8::try_from(c as u32 - '０' as u32).ok()?,
        '〇' | '零' | '○' | 'Ｏ' | '◯' => 0,
        '一' | '壹' | '元' => 1,
        '二' | '贰' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        '十' | '拾' => 10,
        _ => return None,
    })
}

fn separator(c: char) -> Option<char> {
    Some(match c {
        '.' | '．' | '。' | '·' | '、' | ',' | '，' => '.',
        '-' | '－' | '–' | '—' | '−' | '‐' | '‑' => '-',
        '/' | '／' | '\\' => '/',
        '年' => '年',
        '月' => '月',
        '日' | '号' | '號' => '日',
        _ => return None,
    })
}

fn is_separator(c: char) -> bool {
    separator(c).is_some()
}

#[cfg(test)]
mod tests;
