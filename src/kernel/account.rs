//! Bank account numbers: told apart from fillers, and masked.

/// The digits of an account, without spaces and hyphens; `None` for what is no account (all one digit, under 10 digits).
#[must_use]
pub fn normalise_account(text: &str) -> Option<String> {
    let digits: String = super::characters::fold_width(text).chars().filter(char::is_ascii_digit).collect();
    let first = digits.chars().next()?;
    (digits.len() >= 10 && digits.chars().any(|c| c != first)).then_some(digits)
}

/// An account with its last four digits kept.
#[must_use]
pub fn mask_account(text: &str) -> String {
    let count = text.chars().count();
    text.chars().enumerate().map(|(i, c)| if i + 4 >= count && count > 8 { c } else { '*' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fillers_are_no_accounts() {
        assert_eq!(normalise_account("6222 0212-3456 7890128").as_deref(), Some("6222021234567890128"));
        assert_eq!(normalise_account("0000000000000000"), None);
        assert_eq!(normalise_account("123456789"), None);
    }

    #[test]
    fn only_the_last_four_digits_show() {
        assert_eq!(mask_account("6222021234567890128"), "***************0128");
        assert_eq!(mask_account("12345678"), "********");
    }
}
