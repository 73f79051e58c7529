//! What a row's stated birth and its own sound ID together say of the birth: published as months of the older, and as ages.
//!
//! The two may differ lawfully (a birth settled by the personal file), so both ends of what is possible are kept, and a rule
//! takes the end that favours the person. Months of those far from any retirement stay out: with the masked ID they would
//! come close to the number itself.

use rayon::prelude::*;

use crate::kernel::dates::{self, Month, PartialDate, civil};
use crate::kernel::resident_id::{self, ResidentId};
use crate::table::{Table, TextColumn};

/// No rule asks for the birth month of anybody younger: the earliest retirement is at 50.
const YOUNGEST_MONTHS: i32 = 45 * 12;

/// First and last possible day of birth of each published row.
#[derive(Debug)]
pub(super) struct Births {
    days: Vec<Option<(i32, i32)>>,
    period: Month,
}

/// Whole years of life of somebody born on a day, on another day.
fn whole_years(born: i32, on: i32) -> i32 {
    let ((by, bm, bd), (y, m, d)) = (civil(born), civil(on));
    y - by - i32::from((m, d) < (bm, bd))
}

/// The days that both sources allow; where they contradict each other, all that either allows.
fn possible(stated: Option<PartialDate>, by_id: Option<i32>) -> Option<(i32, i32)> {
    match (stated.map(|s| (s.day_min(), s.day_max())), by_id) {
        (Some((first, last)), Some(born)) if first <= born && born <= last => Some((born, born)),
        (Some((first, last)), Some(born)) => Some((first.min(born), last.max(born))),
        (Some(stated), None) => Some(stated),
        (None, born) => born.map(|b| (b, b)),
    }
}

impl Births {
    /// Of a table whose schema says which columns hold ID and birth; each distinct text is read once.
    pub fn read(table: &Table, rows: &[usize], period: Month) -> Self {
        let role = table.schema.person.as_ref();
        let ids = role.and_then(|p| table.text(&p.resident_id));
        let births = role.and_then(|p| p.birth.as_ref()).and_then(|b| table.text(b));
        let by_id: Vec<Option<i32>> = ids.map_or_else(Vec::new, |c| {
            c.dictionary.par_iter().map(|v| resident_id::read(v).valid().map(ResidentId::birth_day)).collect()
        });
        let year = period.year();
        let stated: Vec<Option<PartialDate>> = births.map_or_else(Vec::new, |c| {
            let read = |v: &str| match dates::read_date(v, year) {
                Ok(dates::DateReading::Date(date)) => Some(date),
                _ => None,
            };
            c.dictionary.par_iter().map(read).collect()
        });
        let code = |column: Option<&TextColumn>, row: usize| column.map(|c| c.codes[row] as usize);
        let of = |&row: &usize| {
            let born = code(ids, row).and_then(|i| by_id.get(i).copied().flatten());
            let said = code(births, row).and_then(|i| stated.get(i).copied().flatten());
            possible(said, born)
        };
        Self { days: rows.iter().map(of).collect(), period }
    }

    /// Month numbers of one end, of rows that may be old enough.
    pub fn months(&self, end: impl Fn((i32, i32)) -> i32) -> Vec<Option<i32>> {
        let near = |b: &(i32, i32)| self.period.0 - Month::of_day(b.0).0 >= YOUNGEST_MONTHS;
        self.days.iter().map(|b| b.filter(near).map(|b| Month::of_day(end(b)).0)).collect()
    }

    /// Ages on the dates of a column: the most that is possible, or the least.
    pub fn ages(&self, table: &Table, rows: &[usize], field: &str, most: bool) -> Vec<Option<i32>> {
        let dates = table.dates(field).unwrap_or_default();
        let age = |(&row, born): (&usize, &Option<(i32, i32)>)| {
            let (date, (first, last)) = (dates.get(row).copied().flatten()?, (*born)?);
            Some(if most { whole_years(first, date.day_max()) } else { whole_years(last, date.day_min()) })
        };
        rows.iter().zip(&self.days).map(age).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> PartialDate {
        match dates::read_date(text, 2026) {
            Ok(dates::DateReading::Date(date)) => date,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn stated_birth_and_id_narrow_each_other_or_both_stand() {
        let born = date("1971-04-18").day_min();
        assert_eq!(possible(Some(date("1971-04")), Some(born)), Some((born, born)));
        let earlier = date("1970-12-01").day_min();
        assert_eq!(possible(Some(date("1970-12-01")), Some(born)), Some((earlier, born)), "the two differ");
        assert_eq!(
            possible(Some(date("1970")), None).map(|d| (Month::of_day(d.0).0, Month::of_day(d.1).0)),
            Some((23640, 23651))
        );
        assert_eq!(possible(None, None), None);
    }

    #[test]
    fn years_of_life_turn_on_the_birthday() {
        let born = date("1990-03-01").day_min();
        assert_eq!(whole_years(born, date("2006-02-28").day_min()), 15);
        assert_eq!(whole_years(born, date("2006-03-01").day_min()), 16);
        let leap = date("2000-02-29").day_min();
        assert_eq!(whole_years(leap, date("2016-02-28").day_min()), 15);
        assert_eq!(whole_years(leap, date("2018-03-01").day_min()), 18);
    }

    #[test]
    fn months_of_the_young_stay_out() {
        let day = |t: &str| date(t).day_min();
        let births = Births {
            days: vec![
                Some((day("1981-10-31"), day("1981-10-31"))),
                Some((day("1981-11-01"), day("1981-11-01"))),
                None,
            ],
            period: Month(2026 * 12 + 9),
        };
        assert_eq!(births.months(|b| b.0), [Some(1981 * 12 + 9), None, None]);
    }
}
