//! Working days: weekends, the holidays that the State Council announces each year, and the weekend days worked in exchange.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use toml_edit::{Item, TableLike};

use super::event::{day_of, day_text};
use crate::error::{Fault, Place, Problem, Result};
use crate::kernel::dates::civil;
use crate::table::toml::{Reader, join};

/// A year of the calendar.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Year {
    /// Whether the year's arrangement was announced; until then exchanged days are unknown.
    pub announced: bool,
    /// The announcement.
    pub source: String,
    pub holidays: BTreeSet<i32>,
    /// Weekend days worked in exchange.
    pub workdays: BTreeSet<i32>,
}

/// Years that are known. A year that is not has weekends only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    pub years: BTreeMap<i32, Year>,
}

/// The calendar that comes with the program.
const BUILT_IN: &str = include_str!("../../pipelines/calendar/china.toml");

impl Calendar {
    /// Reads a calendar file.
    ///
    /// # Errors
    /// [`Fault::Configuration`] with every mistake in it.
    pub fn load(path: &Path) -> Result<Self> {
        let label = path.display().to_string();
        let text = fs_err::read_to_string(path).map_err(|e| {
            Fault::configuration(Place::file(&label), "calendar-unreadable", format!("cannot read the calendar: {e}"))
        })?;
        Self::parse(&label, &text)
    }

    /// The calendar that comes with the program.
    ///
    /// # Errors
    /// None in a program that was tested.
    pub fn built_in() -> Result<Self> {
        Self::parse("pipelines/calendar/china.toml", BUILT_IN)
    }

    /// # Errors
    /// [`Fault::Configuration`] with every mistake in the text.
    pub fn parse(label: &str, text: &str) -> Result<Self> {
        let (mut reader, document) = Reader::parse(label, text).map_err(Fault::Configuration)?;
        let mut calendar = Self::default();
        for (name, item) in document.as_table() {
            let number = name.parse::<i32>().ok().filter(|y| (1990..2200).contains(y));
            match (number, item.as_table_like()) {
                (Some(number), Some(table)) => {
                    let year = year(&mut reader, name, table, number);
                    calendar.years.insert(number, year);
                }
                _ => reader.problem(item.span(), "bad-value", format!("{name} is no year with a table")),
            }
        }
        if reader.problems.is_empty() { Ok(calendar) } else { Err(Fault::Configuration(reader.problems)) }
    }

    #[must_use]
    pub fn is_workday(&self, day: i32) -> bool {
        let year = self.years.get(&civil(day).0);
        let listed = |days: fn(&Year) -> &BTreeSet<i32>| year.is_some_and(|y| days(y).contains(&day));
        if listed(|y| &y.workdays) {
            return true;
        }
        // 1970-01-01 was a Thursday, so Saturday and Sunday are 2 and 3.
        !matches!(day.rem_euclid(7), 2 | 3) && !listed(|y| &y.holidays)
    }

    /// The `n`th working day after a day.
    #[must_use]
    pub fn after_workdays(&self, day: i32, n: u32) -> i32 {
        let mut day = day;
        for _ in 0..n {
            day += 1;
            while !self.is_workday(day) {
                day += 1;
            }
        }
        day
    }

    /// Whether the arrangement of a day's year was announced.
    #[must_use]
    pub fn knows(&self, day: i32) -> bool {
        self.years.get(&civil(day).0).is_some_and(|y| y.announced)
    }
}

fn year(reader: &mut Reader<'_>, path: &str, table: &dyn TableLike, number: i32) -> Year {
    reader.only(path, table, &["announced", "source", "holidays", "workdays"]);
    let days = |reader: &mut Reader<'_>, name: &str| -> BTreeSet<i32> {
        let texts = reader.texts(path, table, name);
        let mut found = BTreeSet::new();
        for text in texts {
            match day_of(&text).filter(|&d| civil(d).0 == number && day_text(d) == text) {
                Some(day) if found.insert(day) => {}
                _ => {
                    let place = reader.place(table.get(name).and_then(Item::span));
                    let message = format!("{}: {text} is no day of {number}, or stands twice", join(path, name));
                    reader.problems.push(Problem::new(place, "bad-value", message).hint("write it as 2026-10-01"));
                }
            }
        }
        found
    };
    let (holidays, workdays) = (days(reader, "holidays"), days(reader, "workdays"));
    if let Some(both) = holidays.intersection(&workdays).next() {
        let message = format!("{path}: {} is both a holiday and a working day", day_text(*both));
        reader.problem(table.get("workdays").and_then(Item::span), "bad-value", message);
    }
    Year {
        announced: reader.boolean(path, table, "announced").unwrap_or(false),
        source: reader.text(path, table, "source").unwrap_or_default(),
        holidays,
        workdays,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> i32 {
        day_of(text).expect("a day")
    }

    #[test]
    fn exchanged_days_and_holidays_are_the_announced_ones() {
        let calendar = Calendar::built_in().expect("sound");
        for (text, works) in [
            ("2026-02-13", true),
            ("2026-02-14", true),
            ("2026-02-15", false),
            ("2026-02-23", false),
            ("2026-02-28", true),
            ("2026-10-07", false),
            ("2026-10-08", true),
            ("2026-10-10", true),
            ("2026-10-11", false),
            ("2025-01-26", true),
            ("2025-10-08", false),
        ] {
            assert_eq!(calendar.is_workday(day(text)), works, "{text}");
        }
    }

    #[test]
    fn ten_working_days_run_over_the_national_holiday() {
        let calendar = Calendar::built_in().expect("sound");
        // 28, 29, 30 September, 8, 9, 10 (Saturday, worked), 12, 13, 14, 15 October.
        assert_eq!(calendar.after_workdays(day("2026-09-27"), 10), day("2026-10-15"));
        assert_eq!(Calendar::default().after_workdays(day("2026-11-20"), 1), day("2026-11-23"), "over a weekend");
    }

    #[test]
    fn a_year_says_whether_it_was_announced_and_whole_years_have_the_statutory_number_of_days() {
        let calendar = Calendar::built_in().expect("sound");
        assert!(
            calendar.knows(day("2026-05-01"))
                && !calendar.knows(day("2027-05-01"))
                && !calendar.knows(day("2031-05-01"))
        );
        for (year, days) in [(2025, 248), (2026, 248)] {
            let first = day(&format!("{year}-01-01"));
            assert_eq!((first..first + 365).filter(|&d| calendar.is_workday(d)).count(), days, "{year}");
        }
    }

    #[test]
    fn mistakes_are_told_all_at_once() {
        let fault =
            Calendar::parse("c.toml", "[2026]\nholidays = [\"2026-13-01\", \"2025-01-01\"]\nworkday = []\n[abc]\n")
                .expect_err("wrong");
        let said = fault.to_string();
        for word in ["2026-13-01", "2025-01-01", "workday", "abc"] {
            assert!(said.contains(word), "{word} in {said}");
        }
    }
}
