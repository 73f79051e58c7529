//! Money in fen. Never a float.

/// Why a cell is no amount; `code` is the reject slug: `amount-not-a-number`, `amount-in-words`, `amount-precision`, `amount-out-of-range`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoneyError {
    pub code: &'static str,
    pub message: &'static str,
}

/// Reads an amount in yuan (times `factor`, 10 000 for 万元 columns) as fen: "1,234.50元", "－100", "(100)", full-width
/// digits, ¥. `Ok(None)` for an empty cell or a dash.
///
/// # Errors
/// [`MoneyError`] for words (壹仟), NaN, infinities, more than two decimals after the factor, or more than 10¹³ yuan.
pub fn read_money(text: &str, factor: i64) -> Result<Option<i64>, MoneyError> {
    todo!("{text} {factor}")
}

/// `1234.50` from 123450 fen.
#[must_use]
pub fn format_yuan(fen: i64) -> String {
    todo!("{fen}")
}
