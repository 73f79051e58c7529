//! Unified social credit codes (GB 32100-2015) and the organisation codes (GB 11714) inside them.

/// What a credit-code cell says once cleaned (width, spaces, hyphens, case, I→1 and O→0 where that alone makes it valid).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreditCodeReading {
    Valid(String),
    BadCheckDigit(String),
    Malformed(String),
    Missing,
}

impl CreditCodeReading {
    #[must_use]
    pub fn state(&self) -> &'static str {
        match self {
            Self::Valid(_) => "valid",
            Self::BadCheckDigit(_) => "bad_check_digit",
            Self::Malformed(_) => "malformed",
            Self::Missing => "missing",
        }
    }
    #[must_use]
    pub fn valid(&self) -> Option<&str> {
        match self {
            Self::Valid(t) => Some(t),
            _ => None,
        }
    }
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Valid(t) | Self::BadCheckDigit(t) | Self::Malformed(t) => t,
            Self::Missing => "",
        }
    }
}

#[must_use]
pub fn read(text: &str) -> CreditCodeReading {
    todo!("{text}")
}

/// The 18th character for the first 17.
#[must_use]
pub fn check_character(first17: &str) -> Option<char> {
    todo!("{first17}")
}

/// The check character of an 8-character organisation code (GB 11714).
#[must_use]
pub fn org_check_character(first8: &str) -> Option<char> {
    todo!("{first8}")
}

/// Characters 9–17: the organisation code inside a valid credit code.
#[must_use]
pub fn org_code(credit_code: &str) -> Option<&str> {
    credit_code.get(8..17)
}
