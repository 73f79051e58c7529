//! Two values of a field to a level, and how rare what they have in common is.

use super::levels::{SAME, date, id, number, organisation, text};
use super::names;
use super::spec::Kind;
use super::values::{DateValue, Field, IdValue, NONE, Values, Vocabulary, Words, head_key};
use crate::kernel::org_name::{self, OrgLevel};
use crate::kernel::resident_id::{self, IdAgreement};
use crate::kernel::text_similarity::{common_head, edits_within, slips};
use crate::resolve::em::SILENT;

/// What a comparison found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    pub level: u8,
    /// Share of records that have what the two have in common; 1 where nothing is.
    pub share: f32,
}

impl Found {
    pub(super) const fn new(level: u8, share: f32) -> Self {
        Self { level, share }
    }
    pub(super) const SILENT: Self = Self::new(SILENT, 1.0);
}

impl Field {
    /// Compares two values given by their index; symmetric.
    #[must_use]
    pub fn compare(&self, a: u32, b: u32) -> Found {
        if a == NONE || b == NONE {
            return Found::SILENT;
        }
        let (i, j) = (a as usize, b as usize);
        if a == b {
            let level = match &self.values {
                Values::Id(values) => return same_id(&values[i], self.shares[i]),
                _ => SAME,
            };
            return Found::new(level, self.shares[i]);
        }
        let commoner = self.shares[i].max(self.shares[j]);
        match &self.values {
            Values::Exact => Found::new(1, 1.0),
            Values::Number(values) => Found::new(numbers(values[i], values[j]), commoner),
            Values::Id(values) => ids(&values[i], &values[j], commoner),
            Values::Date(values) => self.dates(values[i], values[j], commoner),
            Values::Text(values) => self.texts(&values[i], &values[j], commoner),
            Values::Name(values, texts) => {
                if values[i].han && values[j].han {
                    names::chinese(self, (&values[i], &texts[i]), (&values[j], &texts[j]), commoner)
                } else if values[i].han || values[j].han {
                    names::romanised(&texts[i], &texts[j], commoner)
                } else {
                    names::latin(self, &values[i], &values[j], commoner)
                }
            }
            Values::Organisation(names, words) => {
                self.organisations((&names[i], &words[i]), (&names[j], &words[j]), commoner)
            }
        }
    }

    /// Share of values that begin as this one does.
    pub(super) fn head_share(&self, chars: &[char], length: usize) -> f32 {
        self.parts.get(&head_key(chars, length)).copied().unwrap_or(1.0)
    }

    fn dates(&self, a: DateValue, b: DateValue, commoner: f32) -> Found {
        let year_share = |d: DateValue| self.parts.get(&u64::from(d.year)).copied().unwrap_or(1.0);
        if a.year == b.year && a.month == b.day && a.day == b.month && a.day != 0 {
            return Found::new(date::SWAPPED, commoner);
        }
        let vague = |d: DateValue| d.day == 0 || d.month == 0 || Some((d.month, d.day)) == self.placeholder;
        let unknown_month = |d: DateValue| d.month == 0 || Some((d.month, d.day)) == self.placeholder;
        // A day said to be unknown is no slip of the hand.
        if a.year == b.year && (a.month == 0 || b.month == 0 || a.day == 0 || b.day == 0) {
            let months = unknown_month(a) || unknown_month(b) || a.month == b.month;
            return Found::new(if months { date::PARTIAL } else { date::YEAR }, year_share(a));
        }
        match slipped(a, b) {
            1 => return Found::new(date::SLIP, commoner),
            _ if a.year == b.year && (vague(a) || vague(b)) => return Found::new(date::PARTIAL, year_share(a)),
            _ => {}
        }
        match (a.year == b.year, a.month == b.month, a.day == b.day) {
            (true, true, _) => Found::new(date::YEAR_MONTH, year_share(a) / 12.0),
            (false, true, true) if a.month != 0 => Found::new(date::DAY_MONTH, 1.0),
            (true, ..) => Found::new(date::YEAR, year_share(a)),
            _ if slipped(a, b) == 2 => Found::new(date::TWO_SLIPS, 1.0),
            _ if a.year.abs_diff(b.year) <= 2 => Found::new(date::NEAR_YEAR, 1.0),
            _ => Found::new(date::OTHER, 1.0),
        }
    }

    fn texts(&self, a: &Words, b: &Words, commoner: f32) -> Found {
        let length = a.chars.len().min(b.chars.len());
        if let Some(edits) = a.edits(b, slips(length)) {
            let digits = edits == 1 && digits_differ(&a.chars, &b.chars);
            return Found::new(if digits { text::NEAR_NUMBER } else { text::NEAR }, commoner);
        }
        let shared = Shared::of(&self.vocabulary, a, b);
        let shorter = a.words.len().min(b.words.len());
        if shared.words == shorter {
            return Found::new(text::CONTAINED, shared.share);
        }
        if self.associates(a, b) {
            return Found::new(text::ASSOCIATED, 1.0);
        }
        if shared.words * 2 >= shorter && shared.words > 0 || a.words.first() == b.words.first() {
            return Found::new(text::PART, shared.share);
        }
        if a.edits(b, length / 3).is_some() {
            return Found::new(text::ALIKE, commoner);
        }
        match common_head(&a.chars, &b.chars) {
            0 | 1 => Found::new(text::OTHER, 1.0),
            n => Found::new(text::HEAD, self.head_share(&a.chars, n.min(3))),
        }
    }

    fn organisations(&self, a: (&org_name::OrgName, &Words), b: (&org_name::OrgName, &Words), commoner: f32) -> Found {
        if a.1.han && b.1.han {
            let level = match org_name::compare(a.0, b.0) {
                OrgLevel::Same => SAME,
                OrgLevel::Folded => organisation::FOLDED,
                OrgLevel::Parts => organisation::PARTS,
                OrgLevel::Bracket => organisation::BRACKET,
                _ if self.associates(a.1, b.1) => organisation::ASSOCIATED,
                OrgLevel::Similar => organisation::SIMILAR,
                OrgLevel::Unknown => SILENT,
                OrgLevel::Veto => organisation::VETO,
                OrgLevel::Other => organisation::OTHER,
            };
            return Found::new(level, if level <= organisation::BRACKET { commoner } else { 1.0 });
        }
        let found = self.texts(a.1, b.1, commoner);
        let level = match found.level {
            text::NEAR => organisation::NEAR,
            text::CONTAINED => organisation::CONTAINED,
            text::ASSOCIATED => organisation::ASSOCIATED,
            text::ALIKE => organisation::SIMILAR,
            text::PART => organisation::PART,
            // 101 School and 102 School are two schools.
            text::NEAR_NUMBER => organisation::VETO,
            _ => organisation::OTHER,
        };
        Found::new(level, found.share)
    }
}

/// Words two texts share, and the share of rows that would have them all by chance.
pub(super) struct Shared {
    pub words: usize,
    pub share: f32,
}

impl Shared {
    pub(super) fn of(vocabulary: &Vocabulary, a: &Words, b: &Words) -> Self {
        let mut shared = Self { words: 0, share: 1.0 };
        for word in a.words.iter().filter(|w| b.words.contains(w)) {
            shared.words += 1;
            shared.share *= vocabulary.shares[*word as usize].min(1.0);
        }
        shared
    }
}

/// Whether texts one edit apart differ in a digit.
fn digits_differ(a: &[char], b: &[char]) -> bool {
    let head = common_head(a, b);
    [a.get(head), b.get(head)].into_iter().flatten().any(char::is_ascii_digit)
}

/// Digits that differ; 1 also for two neighbours swapped.
fn slipped(a: DateValue, b: DateValue) -> usize {
    let mut differing = a.digits.iter().zip(b.digits).enumerate().filter(|(_, (x, y))| **x != *y).map(|(i, _)| i);
    match (differing.next(), differing.next(), differing.next()) {
        (None, ..) => 0,
        (Some(_), None, _) => 1,
        (Some(i), Some(j), None) => {
            let swap = j == i + 1 && a.digits[i] == b.digits[j] && a.digits[j] == b.digits[i];
            if swap { 1 } else { 2 }
        }
        _ => 3 + differing.count(),
    }
}

fn numbers(a: f64, b: f64) -> u8 {
    let scale = a.abs().max(b.abs());
    if (a - b).abs() <= scale * 0.005 {
        return number::CLOSE;
    }
    let digits = |n: f64| n.to_string().chars().collect::<Vec<_>>();
    if a.is_nan() || b.is_nan() {
        return number::OTHER;
    }
    if edits_within(&digits(a), &digits(b), 1).is_some() {
        return number::SLIP;
    }
    if (a - b).abs() <= scale * 0.05 { number::NEAR } else { number::OTHER }
}

fn same_id(value: &IdValue, share: f32) -> Found {
    let text = value.reading.text();
    // Only what has the form of a resident ID can fail to be one.
    let broken = !value.valid && text.len() == 18 && text.bytes().take(17).all(|b| b.is_ascii_digit());
    Found::new(if broken { id::SAME_INVALID } else { SAME }, share)
}

fn ids(a: &IdValue, b: &IdValue, commoner: f32) -> Found {
    if a.valid && b.valid {
        return Found::new(id::TWO_VALID, 1.0);
    }
    if a.valid || b.valid || a.chars.len() >= 15 && b.chars.len() >= 15 {
        let level = match resident_id::compare(&a.reading, &b.reading) {
            IdAgreement::Same => SAME,
            IdAgreement::SameInvalid => id::SAME_INVALID,
            IdAgreement::TypoOne | IdAgreement::TypoSwap => id::SLIP,
            IdAgreement::PrecisionLostAgrees | IdAgreement::MaskedAgrees => id::DAMAGED,
            IdAgreement::NearInvalid => id::NEAR,
            IdAgreement::Unknown => return Found::SILENT,
            IdAgreement::TwoValidDiffer => id::TWO_VALID,
            IdAgreement::Differ => id::DIFFER,
        };
        return Found::new(level, if level <= id::NEAR { commoner } else { 1.0 });
    }
    match edits_within(&a.chars, &b.chars, 2) {
        Some(1) => Found::new(id::SLIP, commoner),
        Some(_) if a.chars.len().min(b.chars.len()) >= 6 => Found::new(id::NEAR, commoner),
        _ => Found::new(id::DIFFER, 1.0),
    }
}

/// Kinds whose values take long to compare, so that what was found is kept.
#[must_use]
pub fn is_costly(kind: Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Name | Kind::Organisation)
}
