//! Resident identity numbers (GB 11643-1999): reading, repairing, comparing and masking.

mod compare;
mod masked;

pub use compare::{IdAgreement, compare};
pub use masked::{MaskedId, mask};

use std::fmt;

use crate::kernel::dates::PartialDate;

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

impl ResidentId {
    /// From 18 characters, upper case; `None` unless the check digit holds and the birth date exists.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 18] = text.as_bytes().try_into().ok()?;
        (check_character(&bytes[..17])? == bytes[17] && birth(&bytes).is_some()).then_some(Self(bytes))
    }
    /// The number whose first 17 digits, known to be those of a sound number, are those of `number`.
    #[must_use]
    pub fn of_sound_number(number: u64) -> Self {
        let (head, tail) = (number / 100_000_000, number % 100_000_000);
        let mut bytes = [b'0'; 18];
        bytes[0] += u8::try_from(head / 100_000_000 % 10).unwrap_or_default();
        bytes[1..9].copy_from_slice(&eight_digits(head % 100_000_000));
        bytes[9..17].copy_from_slice(&eight_digits(tail));
        let sum = (0..17).fold(0, |sum, i| sum + u32::from(bytes[i] - b'0') * CHECK_WEIGHTS[i]);
        bytes[17] = CHECK_CHARACTERS[(sum % 11) as usize];
        Self(bytes)
    }
    /// Day of birth, counted from 1970-01-01.
    #[must_use]
    pub fn birth_day(&self) -> i32 {
        birth(&self.0).unwrap_or_default()
    }
    #[must_use]
    pub fn sex(&self) -> Sex {
        if self.0[16] % 2 == 1 { Sex::Male } else { Sex::Female }
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

/// Reads an ID cell: width, blanks, apostrophes, hyphens and `x` are cleaned; O and I (l) are read as 0 and 1 where that alone makes
/// the number sound. A region is judged by its first two digits only: counties come and go.
#[must_use]
pub fn read(text: &str) -> IdReading {
    if let Ok(bytes) = <[u8; 18]>::try_from(text.as_bytes())
        && bytes[..17].iter().all(u8::is_ascii_digit)
        && (bytes[17].is_ascii_digit() || bytes[17] == b'X')
    {
        return read_18(bytes);
    }
    let cleaned = clean(text);
    if says_missing(&cleaned) {
        return IdReading::Missing;
    }
    let (cleaned, point_zero) = match cleaned.trim_end_matches('0').strip_suffix('.') {
        Some(head) if cleaned.contains('.') => (head.to_owned(), true),
        _ => (cleaned, false),
    };
    if point_zero && cleaned.len() > 15 && cleaned.bytes().all(|b| b.is_ascii_digit()) {
        return IdReading::PrecisionLost(cleaned);
    }
    if significand(&cleaned).is_some() {
        return IdReading::PrecisionLost(cleaned);
    }
    shaped(&cleaned).unwrap_or_else(|| by_content(cleaned))
}

/// Numbers of 15 or 18 characters.
fn shaped(cleaned: &str) -> Option<IdReading> {
    let bytes = cleaned.as_bytes();
    if let Ok(bytes) = <[u8; 18]>::try_from(bytes) {
        if bytes[..17].iter().all(u8::is_ascii_digit) && (bytes[17].is_ascii_digit() || bytes[17] == b'X') {
            return Some(read_18(bytes));
        }
        // Letters read for digits by a tired eye or a scanner.
        let repaired = bytes.map(|b| match b {
            b'O' | b'Q' => b'0',
            b'I' | b'L' => b'1',
            other => other,
        });
        return match std::str::from_utf8(&repaired).ok().and_then(ResidentId::parse) {
            Some(id) if known_province(&repaired) => Some(IdReading::Valid(id)),
            _ => None,
        };
    }
    (bytes.len() == 15 && bytes.iter().all(u8::is_ascii_digit)).then(|| read_15(cleaned))
}

fn read_18(bytes: [u8; 18]) -> IdReading {
    let text = || String::from_utf8_lossy(&bytes).into_owned();
    if bytes.iter().all(|b| *b == bytes[0]) {
        return IdReading::Malformed(text());
    }
    let check_holds = check_character(&bytes[..17]) == Some(bytes[17]);
    if !check_holds && bytes.ends_with(b"000") {
        return IdReading::PrecisionLost(text());
    }
    if birth(&bytes).is_none() {
        return IdReading::BadDate(text());
    }
    if !check_holds {
        return IdReading::BadCheckDigit(text());
    }
    if !known_province(&bytes) {
        return IdReading::BadRegion(text());
    }
    IdReading::Valid(ResidentId(bytes))
}

/// 15 digits: year of two digits, no check digit. The sequence numbers 996–999 were kept for people born in the 1800s.
fn read_15(text: &str) -> IdReading {
    let digits = text.as_bytes();
    if digits.iter().all(|b| *b == digits[0]) {
        return IdReading::Malformed(text.to_owned());
    }
    let century = if matches!(&digits[12..], b"996" | b"997" | b"998" | b"999") { b"18" } else { b"19" };
    let mut full = [0_u8; 18];
    full[..6].copy_from_slice(&digits[..6]);
    full[6..8].copy_from_slice(century);
    full[8..17].copy_from_slice(&digits[6..]);
    full[17] = check_character(&full[..17]).unwrap_or(b'0');
    if birth(&full).is_none() {
        IdReading::BadDate(text.to_owned())
    } else if known_province(&full) {
        IdReading::Upgraded(ResidentId(full))
    } else {
        IdReading::BadRegion(text.to_owned())
    }
}

/// What is left once no shape fits: masked, another document, or nonsense.
fn by_content(cleaned: String) -> IdReading {
    let digits = cleaned.bytes().filter(u8::is_ascii_digit).count();
    let length = cleaned.chars().count();
    let stars = cleaned.chars().filter(|c| is_mask(*c)).count();
    let crosses = cleaned.matches("XXXX").count();
    if (stars > 0 || crosses > 0) && digits + stars + cleaned.matches('X').count() == length && length >= 8 {
        return IdReading::Masked(if stars > 0 { cleaned } else { cross_out(&cleaned) });
    }
    let letters = cleaned.chars().any(|c| c.is_ascii_alphabetic() && c != 'X');
    let words = ["军", "武字", "士字", "文字第", "护照", "通行证", "警", "居留"];
    let nearly_resident = digits >= 14 && length >= 16;
    if digits >= 4 && !nearly_resident && (letters || words.iter().any(|w| cleaned.contains(w))) {
        return IdReading::OtherDocument(cleaned);
    }
    IdReading::Malformed(cleaned)
}

/// Crosses inside a number stand for hidden digits; the last one may be the check character.
fn cross_out(cleaned: &str) -> String {
    let last = cleaned.len() - 1;
    let lone = !cleaned[..last].ends_with('X');
    cleaned.char_indices().map(|(at, c)| if c == 'X' && !(at == last && lone) { '*' } else { c }).collect()
}

fn is_mask(c: char) -> bool {
    matches!(c, '*' | '＊' | '•' | '●' | '#' | '?' | '■' | '□' | '✱' | '∗')
}

fn says_missing(cleaned: &str) -> bool {
    const WORDS: [&str; 12] =
        ["无", "空", "暂无", "没有", "未知", "未提供", "NULL", "N/A", "NA", "NONE", "NAN", "不详"];
    cleaned.chars().all(|c| matches!(c, '-' | '/' | '—' | '\\' | '.' | '0')) || WORDS.contains(&cleaned)
}

/// Width folded, upper case, without blanks, quotes, hyphens and signs that do not print; ×, Х and Χ are X.
fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let half_width = |c: char| match c {
        '！'..='～' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        other => other,
    };
    for c in text.chars().map(half_width) {
        match c {
            '×' | '✕' | '╳' | 'Х' | 'х' | 'Χ' | 'χ' => out.push('X'),
            '\'' | '‘' | '’' | '`' | '´' | '"' | '“' | '”' => {}
            '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}' | '\u{FEFF}' | '\u{AD}' => {}
            c if c.is_whitespace() || c.is_control() => {}
            c => out.push(c.to_ascii_uppercase()),
        }
    }
    let lettered = out.contains(|c: char| c.is_ascii_alphabetic() && c != 'X');
    if !lettered && out.bytes().any(|b| b.is_ascii_digit()) {
        out.retain(|c| !matches!(c, '-' | '－' | '–' | '—' | '·' | ','));
    }
    out
}

/// The significant digits of a number in scientific notation, 16 to 19 digits long when written out.
fn significand(cleaned: &str) -> Option<String> {
    let (mantissa, exponent) = cleaned.split_once('E')?;
    let exponent: u32 = exponent.trim_start_matches('+').parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    let sound = whole.len() == 1 && digits(whole) && digits(fraction) && (13..=19).contains(&exponent);
    sound.then(|| format!("{whole}{fraction}"))
}

/// Two-digit province codes ever in force, the residence permits of Hong Kong, Macao and Taiwan people, and 9 for foreigners.
fn known_province(bytes: &[u8; 18]) -> bool {
    matches!(
        (bytes[0], bytes[1]),
        (b'1', b'1'..=b'5')
            | (b'2', b'1'..=b'3')
            | (b'3', b'1'..=b'7')
            | (b'4', b'1'..=b'6')
            | (b'5', b'0'..=b'4')
            | (b'6', b'1'..=b'5')
            | (b'7', b'1')
            | (b'8', b'1'..=b'3')
            | (b'9', _)
    )
}

/// Day of birth of 18 characters, if it exists and lies in 1880–2100.
fn birth(bytes: &[u8; 18]) -> Option<i32> {
    let number =
        |part: &[u8]| part.iter().try_fold(0_u32, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')));
    let year = number(&bytes[6..10])?;
    if !(1880..=2100).contains(&year) {
        return None;
    }
    PartialDate::day(year.cast_signed(), number(&bytes[10..12])?, number(&bytes[12..14])?).map(|d| d.first_day)
}

const CHECK_WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_CHARACTERS: &[u8; 11] = b"10X98765432";

/// The digits of a number below 10⁸, all eight at once: halves, quarters and eighths divided side by side in one word.
fn eight_digits(number: u64) -> [u8; 8] {
    let halves = (number / 10_000) | ((number % 10_000) << 32);
    let hundreds = ((halves * 10_486) >> 20) & 0x7F_0000_007F;
    let quarters = hundreds | ((halves - 100 * hundreds) << 16);
    let tens = ((quarters * 103) >> 10) & 0x000F_000F_000F_000F;
    let eighths = tens | ((quarters - 10 * tens) << 8);
    (eighths + 0x3030_3030_3030_3030).to_le_bytes()
}

/// The check character of 17 digits.
#[must_use]
pub fn check_character(digits17: &[u8]) -> Option<u8> {
    if digits17.len() != 17 {
        return None;
    }
    let mut sum = 0;
    for (b, weight) in digits17.iter().zip(CHECK_WEIGHTS) {
        if !b.is_ascii_digit() {
            return None;
        }
        sum += u32::from(b - b'0') * weight;
    }
    CHECK_CHARACTERS.get((sum % 11) as usize).copied()
}

#[cfg(test)]
mod tests;
