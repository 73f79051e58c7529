//! Money in fen. Never a float.

/// Why a cell is no amount; `code` is the reject slug: `amount-not-a-number`, `amount-in-words`, `amount-precision`, `amount-out-of-range`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoneyError {
    pub code: &'static str,
    pub message: &'static str,
}

const NOT_A_NUMBER: MoneyError = MoneyError { code: "amount-not-a-number", message: "not an amount" };
const IN_WORDS: MoneyError = MoneyError { code: "amount-in-words", message: "an amount in words, which is not read" };
const PRECISION: MoneyError = MoneyError { code: "amount-precision", message: "parts of a fen" };
const OUT_OF_RANGE: MoneyError = MoneyError { code: "amount-out-of-range", message: "more than 10^13 yuan" };

/// 10¹³ yuan in fen.
const LIMIT_FEN: i128 = 1_000_000_000_000_000;
/// Decimals after the fen that must be alike (all 0 or all 9) before the rest is taken for the dust of binary fractions.
const DUST_FROM: usize = 6;

/// Reads an amount in yuan (times `factor`, 10 000 for 万元 columns) as fen: "1,234.50元", "－100", "(100)", full-width
/// digits, ¥. `Ok(None)` for an empty cell or a dash. A unit 万元 in the cell itself counts instead of the column's factor.
///
/// # Errors
/// [`MoneyError`] for words (壹仟), NaN, infinities, more than two decimals after the factor, or more than 10¹³ yuan.
pub fn read_money(text: &str, factor: i64) -> Result<Option<i64>, MoneyError> {
    let mut cell = [0_u8; 48];
    let Some(cell) = narrow(text, &mut cell)? else { return Ok(None) };
    let (negative, body, own_factor) = strip(cell)?;
    let Some(number) = Decimal::scan(body)? else { return Ok(None) };
    let fen = number.times(own_factor.unwrap_or(factor))?;
    Ok(Some(if negative { -fen } else { fen }))
}

/// An amount from a spreadsheet's number cell, in yuan times `factor`. The shortest decimal that names the number is what counts.
///
/// # Errors
/// As [`read_money`].
pub fn from_number(value: f64, factor: i64) -> Result<i64, MoneyError> {
    if !value.is_finite() {
        return Err(NOT_A_NUMBER);
    }
    if value.abs() > 1e15 {
        return Err(OUT_OF_RANGE);
    }
    read_money(&format!("{value}"), factor).and_then(|fen| fen.ok_or(NOT_A_NUMBER))
}

/// The cell in ASCII, without blanks: `w` stands for 万, `y` for a yuan sign before or after. `None` when nothing is there.
fn narrow<'a>(text: &str, cell: &'a mut [u8; 48]) -> Result<Option<&'a [u8]>, MoneyError> {
    let mut n = 0;
    for c in text.chars() {
        let b = match c {
            '0'..='9' | '.' | ',' | '(' | ')' | '+' | '-' | '/' => c as u8,
            'e' | 'E' => b'e',
            '０'..='９' | '．' | '，' | '（' | '）' | '＋' | '／' => {
                u8::try_from(c as u32 - 0xFEE0).unwrap_or(b'?')
            }
            '－' | '−' | '–' | '—' | '―' | '─' | '‐' | '‑' => b'-',
            '￥' | '¥' | '元' | '圆' | '圓' => b'y',
            '万' | '萬' => b'w',
            _ if c.is_whitespace() || matches!(c, '\'' | '‘' | '’' | '\u{200B}'..='\u{200F}' | '\u{FEFF}') => {
                continue;
            }
            _ if "壹贰貳叁肆伍陆陸柒捌玖拾佰仟亿零〇一二三四五六七八九十百千整角分".contains(c) =>
            {
                return Err(IN_WORDS);
            }
            _ => return Err(NOT_A_NUMBER),
        };
        *cell.get_mut(n).ok_or(NOT_A_NUMBER)? = b;
        n += 1;
    }
    Ok((n > 0).then_some(&cell[..n]))
}

/// Sign, digits and the factor named in the cell.
fn strip(cell: &[u8]) -> Result<(bool, &[u8], Option<i64>), MoneyError> {
    let mut body = cell;
    let mut negative = false;
    let mut own_factor = None;
    if let [b'(', inner @ .., b')'] = body {
        negative = true;
        body = inner;
    }
    let mut signed = false;
    loop {
        match body {
            [b'y', rest @ ..] | [rest @ .., b'y'] if !rest.is_empty() => body = rest,
            [b'-', rest @ ..] if !signed && rest.first() != Some(&b'-') && !rest.is_empty() => {
                negative = !negative;
                signed = true;
                body = rest;
            }
            [b'+', rest @ ..] if !signed => {
                signed = true;
                body = rest;
            }
            [rest @ .., b'w'] if own_factor.is_none() && !rest.is_empty() => {
                own_factor = Some(10_000);
                body = rest;
            }
            _ => break,
        }
    }
    if body.iter().any(|b| matches!(b, b'y' | b'w' | b'(' | b')')) {
        return Err(if body.contains(&b'w') { IN_WORDS } else { NOT_A_NUMBER });
    }
    Ok((negative, body, own_factor))
}

/// Digits × 10^exponent.
struct Decimal {
    digits: i128,
    exponent: i32,
}

impl Decimal {
    /// `None` for a cell of dashes only.
    fn scan(body: &[u8]) -> Result<Option<Self>, MoneyError> {
        if !body.is_empty() && body.iter().all(|b| matches!(b, b'-' | b'/')) {
            return Ok(None);
        }
        let (mantissa, exponent) = match body.iter().position(|b| *b == b'e') {
            Some(at) => (&body[..at], exponent(&body[at + 1..])?),
            None => (body, 0),
        };
        let (whole, fraction) = match mantissa.iter().position(|b| *b == b'.') {
            Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
            None => (mantissa, &[][..]),
        };
        if (whole.is_empty() && fraction.is_empty()) || !grouped(whole) {
            return Err(NOT_A_NUMBER);
        }
        let mut digits = 0_i128;
        for b in whole.iter().filter(|b| **b != b',').chain(fraction) {
            if !b.is_ascii_digit() {
                return Err(NOT_A_NUMBER);
            }
            digits = digits.checked_mul(10).and_then(|d| d.checked_add(i128::from(b - b'0'))).ok_or(OUT_OF_RANGE)?;
        }
        let places = i32::try_from(fraction.len()).map_err(|_| NOT_A_NUMBER)?;
        Ok(Some(Self { digits, exponent: exponent - places }))
    }

    /// The amount in fen.
    fn times(&self, factor: i64) -> Result<i64, MoneyError> {
        let mut fen = self.digits.checked_mul(i128::from(factor)).ok_or(OUT_OF_RANGE)?;
        let mut exponent = self.exponent + 2;
        if fen == 0 {
            return Ok(0);
        }
        while exponent > 0 {
            fen = fen.checked_mul(10).filter(|f| f.abs() <= LIMIT_FEN * 1000).ok_or(OUT_OF_RANGE)?;
            exponent -= 1;
        }
        fen = drop_decimals(fen, exponent.unsigned_abs() as usize)?;
        if fen.abs() > LIMIT_FEN {
            return Err(OUT_OF_RANGE);
        }
        i64::try_from(fen).map_err(|_| OUT_OF_RANGE)
    }
}

/// Divides by 10^places; what falls away must be nothing, or the dust a binary fraction leaves far behind the point.
fn drop_decimals(fen: i128, places: usize) -> Result<i128, MoneyError> {
    let Some(scale) = u32::try_from(places).ok().and_then(|p| 10_i128.checked_pow(p)) else { return Err(PRECISION) };
    let (whole, rest) = (fen / scale, fen % scale);
    if rest == 0 {
        return Ok(whole);
    }
    if places > DUST_FROM {
        let head = (rest / 10_i128.pow(u32::try_from(places - DUST_FROM).unwrap_or(0))).abs();
        if head == 0 {
            return Ok(whole);
        }
        if head == 999_999 {
            return Ok(whole + rest.signum());
        }
    }
    Err(PRECISION)
}

fn exponent(text: &[u8]) -> Result<i32, MoneyError> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || digits.len() > 4 || !digits.iter().all(u8::is_ascii_digit) {
        return Err(NOT_A_NUMBER);
    }
    let n = digits.iter().fold(0_i32, |n, b| n * 10 + i32::from(b - b'0'));
    Ok(if negative { -n } else { n })
}

/// Commas stand between groups of three digits, or not at all.
fn grouped(whole: &[u8]) -> bool {
    if !whole.contains(&b',') {
        return true;
    }
    let mut groups = whole.split(|b| *b == b',');
    let first = groups.next().map_or(0, <[u8]>::len);
    (1..=3).contains(&first) && groups.all(|g| g.len() == 3)
}

/// `1234.50` from 123450 fen.
#[must_use]
pub fn format_yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn yuan(text: &str) -> i64 {
        read_money(text, 1).unwrap().unwrap()
    }

    #[test]
    fn amounts_as_offices_write_them() {
        assert_eq!(yuan("1,234.50元"), 123_450);
        assert_eq!(yuan("－100"), -10_000);
        assert_eq!(yuan("(100)"), -10_000);
        assert_eq!(yuan("（1,000.5）"), -100_050);
        assert_eq!(yuan("１２３．４５"), 12_345);
        assert_eq!(yuan("￥ 0.1"), 10);
        assert_eq!(yuan("¥-3"), -300);
        assert_eq!(yuan("-¥3"), -300);
        assert_eq!(yuan("5.00"), 500);
        assert_eq!(yuan("1.2345E+4"), 1_234_500);
        assert_eq!(yuan("1.25万元"), 1_250_000);
        assert_eq!(read_money("1.25", 10_000), Ok(Some(1_250_000)));
        assert_eq!(read_money("0.123456", 10_000), Ok(Some(123_456)));
        assert_eq!(yuan("1234.5600000000001"), 123_456);
        assert_eq!(yuan("0.29999999999999998"), 30);
        for empty in ["", "  ", "-", "—", "--", "／", "\u{3000}"] {
            assert_eq!(read_money(empty, 1), Ok(None), "{empty:?}");
        }
    }

    #[test]
    fn what_is_no_amount_says_why() {
        let code = |t: &str| read_money(t, 1).unwrap_err().code;
        assert_eq!(code("壹仟"), "amount-in-words");
        assert_eq!(code("三千元"), "amount-in-words");
        for bad in ["NaN", "inf", "#REF!", "1,23", "1.2.3", "12-3", "abc", "元", "1e", "()"] {
            assert_eq!(code(bad), "amount-not-a-number", "{bad}");
        }
        assert_eq!(code("1.234"), "amount-precision");
        assert_eq!(code("0.001"), "amount-precision");
        assert_eq!(code("1e308"), "amount-out-of-range");
        assert_eq!(code("10000000000001"), "amount-out-of-range");
        assert_eq!(code("1e-300"), "amount-precision");
    }

    #[test]
    fn number_cells() {
        assert_eq!(from_number(1234.56, 1), Ok(123_456));
        assert_eq!(from_number(0.1 + 0.2, 1), Ok(30));
        assert_eq!(from_number(-0.0, 1), Ok(0));
        assert!(from_number(f64::NAN, 1).is_err());
        assert!(from_number(0.005, 1).is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(fen in -1_000_000_000_000_000_i64..=1_000_000_000_000_000) {
            prop_assert_eq!(read_money(&format_yuan(fen), 1), Ok(Some(fen)));
        }
        #[test]
        fn any_text_and_factor_is_an_answer(text in "\\PC{0,60}", factor in any::<i64>()) {
            let _ = read_money(&text, factor);
        }
        #[test]
        fn any_number_shaped_text_is_an_answer(text in "[-+(]?[0-9,.]{0,45}(e[-+]?[0-9]{1,5})?[)元万]?") {
            let _ = read_money(&text, 10_000);
        }
    }
}
