//! Statutory retirement by the decision of 13 September 2024, in force from 1 January 2025. Ages and delays are months.
//!
//! Rules say the same in SQL (E08, E09, T09, W03); this form serves the generator and the tests.

use super::dates::Month;

/// The three tracks. A woman's comes from her post: workers had 50, cadres and specialists 55; women in leading posts of
/// division rank and above and those with senior titles stand on the men's track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Track {
    /// Men: 60 to 63.
    Sixty,
    /// Women: 55 to 58.
    FiftyFive,
    /// Women: 50 to 55.
    Fifty,
}

/// Months by which retirement may be brought forward or put off by choice.
pub const FLEXIBLE_MONTHS: i32 = 36;

impl Track {
    /// The age before the reform, in months.
    #[must_use]
    pub fn original_age(self) -> i32 {
        match self {
            Self::Sixty => 60 * 12,
            Self::FiftyFive => 55 * 12,
            Self::Fifty => 50 * 12,
        }
    }

    /// Months by which the reform puts retirement off for a month of birth.
    #[must_use]
    pub fn delay(self, birth: Month) -> i32 {
        let (start, every, most) = match self {
            Self::Sixty => (1965 * 12, 4, 36),
            Self::FiftyFive => (1970 * 12, 4, 36),
            Self::Fifty => (1975 * 12, 2, 60),
        };
        let months = birth.0 - start;
        if months < 0 { 0 } else { (months / every + 1).min(most) }
    }

    /// The month through which pay in service is due; the pension begins with the next.
    #[must_use]
    pub fn statutory_month(self, birth: Month) -> Month {
        birth.plus(self.original_age() + self.delay(birth))
    }

    /// The earliest and the latest month that the person may choose.
    #[must_use]
    pub fn window(self, birth: Month) -> (Month, Month) {
        let statutory = self.statutory_month(birth);
        (birth.plus(self.original_age()).max(statutory.plus(-FLEXIBLE_MONTHS)), statutory.plus(FLEXIBLE_MONTHS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        Month::parse(text).expect("a month")
    }

    /// Birth, delay, statutory month, as computed from the published tables.
    #[test]
    fn the_vectors_of_the_decision_hold() {
        let vectors = [
            (Track::Sixty, "1964-12", 0, "2024-12"),
            (Track::Sixty, "1965-01", 1, "2025-02"),
            (Track::Sixty, "1965-05", 2, "2025-07"),
            (Track::Sixty, "1970-07", 17, "2031-12"),
            (Track::Sixty, "1976-08", 35, "2039-07"),
            (Track::Sixty, "1976-09", 36, "2039-09"),
            (Track::FiftyFive, "1971-04", 4, "2026-08"),
            (Track::FiftyFive, "1981-09", 36, "2039-09"),
            (Track::Fifty, "1975-03", 2, "2025-05"),
            (Track::Fifty, "1980-11", 36, "2033-11"),
            (Track::Fifty, "1984-10", 59, "2039-09"),
            (Track::Fifty, "1984-11", 60, "2039-11"),
        ];
        for (track, birth, delay, statutory) in vectors {
            assert_eq!(track.delay(month(birth)), delay, "{track:?} {birth}");
            assert_eq!(track.statutory_month(month(birth)), month(statutory), "{track:?} {birth}");
        }
    }

    /// The published tables, block by block: four months a step for men and women of 55, two for women of 50.
    #[test]
    fn the_closed_form_is_the_published_table() {
        for year in 1960..1990 {
            for m in 0..12 {
                let birth = Month(year * 12 + m);
                let by_table = |first: i32| match year {
                    y if y < first => 0,
                    y if y > first + 11 => 36,
                    y => (3 * (y - first) + m / 4 + 1).min(36),
                };
                assert_eq!(Track::Sixty.delay(birth), by_table(1965), "{birth}");
                assert_eq!(Track::FiftyFive.delay(birth), by_table(1970), "{birth}");
                let fifty = if year < 1975 { 0 } else { (6 * (year - 1975) + m / 2 + 1).min(60) };
                assert_eq!(Track::Fifty.delay(birth), fifty, "{birth}");
            }
        }
    }

    #[test]
    fn nobody_retires_by_choice_before_the_original_age() {
        for birth in (1955 * 12..2005 * 12).map(Month) {
            for track in [Track::Sixty, Track::FiftyFive, Track::Fifty] {
                let (first, last) = track.window(birth);
                assert!(first >= birth.plus(track.original_age()), "{track:?} {birth}");
                assert!(first <= track.statutory_month(birth) && last == track.statutory_month(birth).plus(36));
            }
            // The later track is never the earlier month: who is taken for it is never accused too soon.
            assert!(Track::Sixty.statutory_month(birth) > Track::FiftyFive.statutory_month(birth));
            assert!(Track::FiftyFive.statutory_month(birth) > Track::Fifty.statutory_month(birth));
        }
    }
}
