//! A cell of an extract, before a writer gives it its file's form.

use super::days::{Day, civil};
use super::numerals;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Empty,
    Text(String),
    Label(&'static str),
    Int(i64),
    /// Fen.
    Money(i64),
    Date(Day),
}

impl Cell {
    #[must_use]
    pub fn date(day: Option<Day>) -> Self {
        day.map_or(Self::Empty, Self::Date)
    }
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
    /// What the cell amounts to in fen, in whichever shape it is typed.
    #[must_use]
    pub fn fen(&self) -> Option<i64> {
        let narrow =
            |c: char| char::from_u32(u32::from(c).wrapping_sub(0xFEE0)).filter(char::is_ascii_graphic).unwrap_or(c);
        match self {
            Self::Money(fen) => Some(*fen),
            Self::Text(t) => {
                t.chars().map(narrow).filter(|c| !matches!(c, ',' | '.' | '元')).collect::<String>().parse().ok()
            }
            _ => None,
        }
    }
    /// As plain text.
    pub fn write(&self, out: &mut String) {
        use std::fmt::Write as _;
        match self {
            Self::Empty => {}
            Self::Text(t) => out.push_str(t),
            Self::Label(t) => out.push_str(t),
            Self::Int(n) => {
                let _ = write!(out, "{n}");
            }
            Self::Money(fen) => {
                let sign = if *fen < 0 { "-" } else { "" };
                let _ = write!(out, "{sign}{}.{:02}", fen.abs() / 100, fen.abs() % 100);
            }
            Self::Date(day) => {
                let (y, m, d) = civil(*day);
                let _ = write!(out, "{y:04}-{m:02}-{d:02}");
            }
        }
    }
    #[must_use]
    pub fn plain(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }
}

/// Shapes in which people type dates; 0 is ISO, up to [`DAY_SHAPES`] keep the day, the rest only the month.
pub const DAY_SHAPES: u8 = 6;
pub const DATE_SHAPES: u8 = 10;

/// A date as typed. Shapes that lose the day are used only where `month_will_do`.
#[must_use]
pub fn typed_date(day: Day, shape: u8, month_will_do: bool) -> Cell {
    let (y, m, d) = civil(day);
    let shape = if shape >= DAY_SHAPES && !month_will_do { shape - DAY_SHAPES + 1 } else { shape };
    let text = match shape {
        1 => format!("{y}.{m}.{d}"),
        2 => format!("{y}/{m:02}/{d:02}"),
        3 => format!("{y}年{m}月{d}日"),
        4 => format!("{y}{m:02}{d:02}"),
        5 => wide(&format!("{y}-{m:02}-{d:02}")),
        6 => format!("{y}.{m:02}"),
        7 => format!("{y}年{m}月"),
        8 => format!("{y}{m:02}"),
        9 => format!("{}年{}月", in_words(y), numerals::chinese(m as usize)),
        _ => return Cell::Date(day),
    };
    Cell::Text(text)
}

fn in_words(year: i32) -> String {
    const DIGITS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    year.to_string().bytes().map(|b| DIGITS[usize::from(b - b'0') % 10]).collect()
}

/// ASCII digits, letters and dashes in full width.
#[must_use]
pub fn wide(text: &str) -> String {
    text.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).filter(|_| c.is_ascii_graphic()).unwrap_or(c)).collect()
}

/// An amount as typed: 0 plain, 1 with thousands separators, 2 with 元, 3 in full width.
#[must_use]
pub fn typed_money(fen: i64, shape: u8) -> Cell {
    let plain = Cell::Money(fen).plain();
    match shape {
        1 => {
            let (whole, rest) = plain.split_once('.').unwrap_or((&plain, "00"));
            let mut out = String::new();
            for (i, c) in whole.chars().enumerate() {
                if i > 0 && (whole.len() - i) % 3 == 0 {
                    out.push(',');
                }
                out.push(c);
            }
            Cell::Text(format!("{out}.{rest}"))
        }
        2 => Cell::Text(format!("{plain}元")),
        3 => Cell::Text(wide(&plain)),
        _ => Cell::Money(fen),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::days::day;

    #[test]
    fn dates_are_typed_as_people_type_them() {
        let d = day(2024, 1, 5);
        assert_eq!(typed_date(d, 0, true).plain(), "2024-01-05");
        assert_eq!(typed_date(d, 3, true).plain(), "2024年1月5日");
        assert_eq!(typed_date(d, 9, true).plain(), "二〇二四年一月");
        assert_eq!(typed_date(d, 6, false).plain(), "2024.1.5", "the day must not be lost where it matters");
    }

    #[test]
    fn amounts_keep_their_value() {
        assert_eq!(typed_money(123_456_789, 1).plain(), "1,234,567.89");
        assert_eq!(typed_money(123_450, 2).plain(), "1234.50元");
        assert_eq!(Cell::Money(-5).plain(), "-0.05");
    }
}
