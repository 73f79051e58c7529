//! Amounts and whole numbers from texts and from number cells. Floats are never multiplied: they are rounded on the
//! shortest decimal text that stands for them.

use unicode_normalization::UnicodeNormalization;

use super::cells::Flaw;
use crate::kernel::money::read_money;

/// 10¹³ yuan: no lawful amount is larger.
const MOST: f64 = 1e13;

const fn reject(code: &'static str) -> Flaw {
    Flaw { code, rejects: true, words: None }
}

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

/// Fen of a number cell, in units of `factor` yuan. A difference of less than a millionth of a yuan from whole fen is what
/// binary fractions do to sums; more is a real third decimal.
pub(super) fn money_from_float(value: f64, factor: i64) -> Result<i64, Flaw> {
    if !value.is_finite() {
        return Err(reject("amount-not-a-number"));
    }
    let shift = match factor {
        10_000 => 4,
        1_000 => 3,
        _ => 0,
    };
    if value.abs() > MOST {
        return Err(reject("amount-out-of-range"));
    }
    // The shortest text that reads back as this float; Rust never prints an exponent here.
    let text = format!("{}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits: String = format!("{whole}{fraction}");
    // Fen are two places right of the point, moved further right by 万元.
    let point = whole.len() + shift + 2;
    let mut digits = digits.into_bytes();
    while digits.len() < point {
        digits.push(b'0');
    }
    let (fen, rest) = digits.split_at(point);
    let parse = |d: &[u8]| std::str::from_utf8(d).ok().and_then(|t| t.parse::<i64>().ok());
    let mut fen = parse(fen).filter(|&f| f <= 1_000_000_000_000_000).ok_or(reject("amount-out-of-range"))?;
    // What is left of a fen, in units of 10⁻⁴ fen: a millionth of a yuan is one of them.
    let left = |n: usize| rest.get(n).map_or(0, |b| u32::from(b - b'0'));
    let first_four = left(0) * 1000 + left(1) * 100 + left(2) * 10 + left(3);
    if first_four == 9999 {
        fen += 1;
    } else if first_four != 0 {
        return Err(reject("amount-precision"));
    }
    Ok(if value < 0.0 { -fen } else { fen })
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
        assert_eq!(money_from_float(1_234.559_999_999_999_9, 1), Ok(123_456));
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
