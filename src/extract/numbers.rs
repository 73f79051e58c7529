//! Amounts and whole numbers from texts and from number cells.

use unicode_normalization::UnicodeNormalization;

use super::cells::{Flaw, reject};
use crate::kernel::money::{from_number, read_money};

/// Fen of a plain amount such as `1234.50`, the shape of almost every cell; `None` for every other shape.
pub(super) fn plain_fen(text: &str, factor: i64) -> Option<i64> {
    let bytes = text.as_bytes();
    if factor != 1 || bytes.is_empty() || bytes.len() > 13 {
        return None;
    }
    let (negative, digits) = if bytes[0] == b'-' { (true, &bytes[1..]) } else { (false, bytes) };
    let mut fen = 0_i64;
    let mut decimals = None;
    for &b in digits {
        match b {
            b'0'..=b'9' => {
                fen = fen * 10 + i64::from(b - b'0');
                decimals = decimals.map(|d: u32| d + 1);
            }
            b'.' if decimals.is_none() => decimals = Some(0),
            _ => return None,
        }
    }
    let scale = match decimals {
        None => 100,
        Some(1) => 10,
        Some(2) => 1,
        Some(_) => return None,
    };
    (!digits.is_empty()).then(|| if negative { -fen * scale } else { fen * scale })
}

/// Fen of an amount as people write it.
pub(super) fn money(text: &str, factor: i64) -> Result<Option<i64>, Flaw> {
    read_money(text, factor).map_err(|e| Flaw { code: e.code, rejects: true, words: Some(e.message) })
}

/// Fen of a number cell, in units of `factor` yuan; the dust of binary fractions is rounded away, a real third decimal is not.
pub(super) fn money_from_float(value: f64, factor: i64) -> Result<i64, Flaw> {
    from_number(value, factor).map_err(|e| Flaw { code: e.code, rejects: true, words: Some(e.message) })
}

/// A whole number as people write it: full-width digits, thousands commas, 人 or 名 behind it.
pub(super) fn whole(text: &str) -> Result<i64, Flaw> {
    if let Ok(value) = text.parse() {
        return Ok(value);
    }
    let folded: String = text.nfkc().filter(|c| !c.is_whitespace() && *c != ',').collect();
    let folded = folded.replace(['−', '－'], "-");
    let mut digits = folded.trim_end_matches(['人', '名', '个', '天', '日', '年', '编']);
    if let Some((before, zeros)) = digits.split_once('.')
        && zeros.bytes().all(|b| b == b'0')
    {
        digits = before;
    }
    digits.parse().map_err(|_| reject("integer-unreadable"))
}

/// A whole number from a number cell.
pub(super) fn whole_from_float(value: f64) -> Result<i64, Flaw> {
    let near = value.round();
    if !value.is_finite() || near.abs() > 1e15 || (value - near).abs() > 1e-9 {
        return Err(reject("integer-unreadable"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked above")]
    let whole = near as i64;
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_amounts_take_the_short_way() {
        assert_eq!(plain_fen("1234.5", 1), Some(123_450));
        assert_eq!(plain_fen("-0.07", 1), Some(-7));
        assert_eq!(plain_fen("1,234.50", 1), None);
        assert_eq!(plain_fen("1.234", 1), None);
        assert_eq!(plain_fen("-", 1), None);
    }

    #[test]
    fn floats_round_on_their_decimal_text() {
        assert_eq!(money_from_float(0.1 + 0.2, 1), Ok(30));
        assert_eq!(money_from_float(1234.56, 1), Ok(123_456));
        assert_eq!(money_from_float(2.675, 1).map_err(|f| f.code), Err("amount-precision"));
        assert_eq!(money_from_float(1_234.559_999_999_999, 1), Ok(123_456));
        assert_eq!(money_from_float(12.345_678, 10_000), Ok(12_345_678));
        assert_eq!(money_from_float(1e308, 1).map_err(|f| f.code), Err("amount-out-of-range"));
        assert_eq!(money_from_float(-3.5, 1), Ok(-350));
    }

    #[test]
    fn whole_numbers_come_in_many_shapes() {
        assert_eq!(whole("１２名"), Ok(12));
        assert_eq!(whole("1,200.00"), Ok(1200));
        assert!(whole("十二").is_err());
    }
}
