//! Resident identity numbers (GB 11643-1999): reading, repairing, comparing and masking.

use std::fmt;

/// A number that has passed its check digit and names a possible birth date. It prints masked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResidentId([u8; 18]);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    Male,
    Female,
}

/// What an ID cell says once width, spaces, apostrophes and `x` are cleaned away. Strings hold the cleaned text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdReading {
    Valid(ResidentId),
    /// A sound 15-digit number, upgraded to 18.
    Upgraded(ResidentId),
    /// 18 characters of the right shape whose check digit fails.
    BadCheckDigit(String),
    /// The check digit holds or not, but the birth date does not exist or lies outside 1880–2100.
    BadDate(String),
    /// Sound but for a region code that never existed.
    BadRegion(String),
    /// 4.10922E+17, or 15 digits and 000 with a failing check digit: what a spreadsheet leaves of a number cell.
    PrecisionLost(String),
    /// Contains * or similar in place of digits.
    Masked(String),
    /// A passport, an officer's card: letters that no resident ID has.
    OtherDocument(String),
    Malformed(String),
    Missing,
}

/// How two readings stand to each other, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdAgreement {
    /// Both valid (or upgraded) and equal.
    Same,
    /// One valid, the other invalid and one character off: a typing error, and it is known which is wrong.
    TypoOne,
    /// One valid, the other invalid, two neighbouring characters swapped.
    TypoSwap,
    /// One valid, the other lost its last digits in a spreadsheet, the first 15 agree.
    PrecisionLostAgrees,
    /// One masked, the visible digits agree.
    MaskedAgrees,
    /// Neither valid, but the same text.
    SameInvalid,
    /// One valid and one invalid or both invalid, two characters off.
    NearInvalid,
    /// Nothing can be said: one is missing or of another document.
    Unknown,
    /// Both valid and different: two people, however near the numbers are.
    TwoValidDiffer,
    /// Different, at least one not valid.
    Differ,
}

impl ResidentId {
    /// From 18 characters, upper case; `None` unless the check digit holds and the birth date exists.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        todo!("{text}")
    }
    /// Day of birth, counted from 1970-01-01.
    #[must_use]
    pub fn birth_day(&self) -> i32 {
        todo!()
    }
    #[must_use]
    pub fn sex(&self) -> Sex {
        todo!()
    }
    /// The six digits of the place of first registration.
    #[must_use]
    pub fn region(&self) -> &str {
        std::str::from_utf8(&self.0[..6]).unwrap_or_default()
    }
    /// The number itself. Only linking, keyed hashing and truth files may ask for it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for ResidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask(self.reveal()))
    }
}

impl fmt::Debug for ResidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResidentId({self})")
    }
}

impl IdReading {
    /// The published state: valid, upgraded_15, bad_check_digit, bad_date, bad_region, precision_lost, masked, malformed, other_document, missing.
    #[must_use]
    pub fn state(&self) -> &'static str {
        match self {
            Self::Valid(_) => "valid",
            Self::Upgraded(_) => "upgraded_15",
            Self::BadCheckDigit(_) => "bad_check_digit",
            Self::BadDate(_) => "bad_date",
            Self::BadRegion(_) => "bad_region",
            Self::PrecisionLost(_) => "precision_lost",
            Self::Masked(_) => "masked",
            Self::OtherDocument(_) => "other_document",
            Self::Malformed(_) => "malformed",
            Self::Missing => "missing",
        }
    }
    /// The sound number, if there is one.
    #[must_use]
    pub fn valid(&self) -> Option<&ResidentId> {
        match self {
            Self::Valid(id) | Self::Upgraded(id) => Some(id),
            _ => None,
        }
    }
    /// Cleaned text: the 18 characters of a valid or upgraded number, else what is left; empty when missing.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Valid(id) | Self::Upgraded(id) => id.reveal(),
            Self::BadCheckDigit(t)
            | Self::BadDate(t)
            | Self::BadRegion(t)
            | Self::PrecisionLost(t)
            | Self::Masked(t)
            | Self::OtherDocument(t)
            | Self::Malformed(t) => t,
            Self::Missing => "",
        }
    }
}

/// Reads an ID cell.
#[must_use]
pub fn read(text: &str) -> IdReading {
    todo!("{text}")
}

#[must_use]
pub fn compare(a: &IdReading, b: &IdReading) -> IdAgreement {
    todo!("{a:?} {b:?}")
}

/// First six and last four characters kept, the rest `*`; texts under 12 characters keep the first and last one only.
#[must_use]
pub fn mask(text: &str) -> String {
    todo!("{text}")
}

/// The check character of 17 digits.
#[must_use]
pub fn check_character(digits17: &[u8]) -> Option<u8> {
    todo!("{digits17:?}")
}
