//! The three ledgers of the documents (三个台账) as views over one store: leader posts, establishment problems, self-inspection.
//!
//! Every row leads back to the case and its events. `leader_posts` is made of the published tables, quarter by quarter, with the cases
//! that stand against them; `problems` and `self_inspection` are made of cases; `filing` is what was filed upward, and where it stands.

pub mod cases;
pub mod filing;
pub mod leader_posts;

use crate::desk::units::refused;
use crate::error::Result;
use crate::kernel::dates::Month;

/// A quarter of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quarter {
    year: i32,
    /// 1 to 4.
    n: i32,
}

impl std::fmt::Display for Quarter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}Q{}", self.year, self.n)
    }
}

impl Quarter {
    /// # Errors
    /// A refusal of what is not written as 2026Q3.
    pub fn parse(text: &str) -> Result<Self> {
        let parts =
            text.split_once(['Q', 'q']).and_then(|(year, n)| Some((year.parse::<i32>().ok()?, n.parse().ok()?)));
        match parts {
            Some((year, n)) if (1900..3000).contains(&year) && (1..=4).contains(&n) => Ok(Self { year, n }),
            _ => Err(refused(
                "bad-quarter",
                &format!("季度“{text}”应写成 2026Q3"),
                &format!("{text} is no quarter; write it as 2026Q3"),
                "",
                "",
            )),
        }
    }
    /// The quarter of a month.
    #[must_use]
    pub fn of(month: Month) -> Self {
        Self { year: month.year(), n: (month.0.rem_euclid(12)) / 3 + 1 }
    }
    #[must_use]
    pub fn last_month(self) -> Month {
        Month(self.year * 12 + self.n * 3 - 1)
    }
    #[must_use]
    pub fn first_month(self) -> Month {
        self.last_month().plus(-2)
    }
    /// The last of these months that lies in it.
    #[must_use]
    pub fn newest(self, published: &[Month]) -> Option<Month> {
        let inside = published.iter().filter(|m| (self.first_month()..=self.last_month()).contains(*m));
        inside.max().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_has_three_months() {
        let q = Quarter::parse("2026Q4").expect("one");
        let month = |t| Month::parse(t).expect("a month");
        assert_eq!((q.first_month(), q.last_month()), (month("2026-10"), month("2026-12")));
        assert_eq!(
            (Quarter::of(month("2026-03")).to_string(), Quarter::of(month("2026-04")).to_string()),
            ("2026Q1".into(), "2026Q2".into())
        );
        assert_eq!(q.newest(&[month("2026-09"), month("2026-10"), month("2026-11")]), Some(month("2026-11")));
        assert!(Quarter::parse("2026Q5").is_err() && Quarter::parse("2026-10").is_err());
    }
}
