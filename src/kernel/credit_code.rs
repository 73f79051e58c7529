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

/// Reads a credit-code cell. Valid means: 18 characters of the alphabet, a numeric region, and a check character that holds.
#[must_use]
pub fn read(text: &str) -> CreditCodeReading {
    let cleaned = clean(text);
    if cleaned.chars().all(|c| matches!(c, '/' | '.' | '—' | '0'))
        || ["无", "空", "暂无", "NULL", "N/A", "NA"].contains(&cleaned.as_str())
    {
        return CreditCodeReading::Missing;
    }
    if well_formed(&cleaned) {
        return judge(cleaned);
    }
    let repaired: String = cleaned
        .chars()
        .map(|c| match c {
            'I' => '1',
            'O' => '0',
            other => other,
        })
        .collect();
    if well_formed(&repaired) && holds(&repaired) {
        return CreditCodeReading::Valid(repaired);
    }
    CreditCodeReading::Malformed(cleaned)
}

fn judge(code: String) -> CreditCodeReading {
    if code.bytes().all(|b| b == code.as_bytes()[0]) {
        CreditCodeReading::Malformed(code)
    } else if holds(&code) {
        CreditCodeReading::Valid(code)
    } else {
        CreditCodeReading::BadCheckDigit(code)
    }
}

fn clean(text: &str) -> String {
    let mut out = String::with_capacity(18);
    for c in text.chars().map(half_width) {
        match c {
            '-' | '–' | '‐' | '\'' | '‘' | '’' | '`' | '"' => {}
            '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' => {}
            c if c.is_whitespace() || c.is_control() => {}
            c => out.push(c.to_ascii_uppercase()),
        }
    }
    out
}

/// Full-width signs as ASCII.
fn half_width(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        other => other,
    }
}

/// 18 characters of the alphabet, the region (3–8) digits.
fn well_formed(code: &str) -> bool {
    let bytes = code.as_bytes();
    bytes.len() == 18 && bytes.iter().all(|b| value(*b).is_some()) && bytes[2..8].iter().all(u8::is_ascii_digit)
}

fn holds(code: &str) -> bool {
    code.get(..17).and_then(check_character) == code.chars().last()
}

/// Place in the alphabet of GB 32100, which leaves out I, O, S, V and Z.
fn value(b: u8) -> Option<u32> {
    ALPHABET.iter().position(|a| *a == b).and_then(|at| u32::try_from(at).ok())
}

const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// The 18th character for the first 17.
#[must_use]
pub fn check_character(first17: &str) -> Option<char> {
    const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    if first17.len() != 17 {
        return None;
    }
    let sum = first17.bytes().zip(WEIGHTS).try_fold(0, |sum, (b, weight)| Some(sum + value(b)? * weight))?;
    ALPHABET.get(((31 - sum % 31) % 31) as usize).map(|b| char::from(*b))
}

/// The check character of an 8-character organisation code (GB 11714).
#[must_use]
pub fn org_check_character(first8: &str) -> Option<char> {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    if first8.len() != 8 {
        return None;
    }
    let sum = first8.chars().zip(WEIGHTS).try_fold(0, |sum, (c, weight)| {
        let value = c.to_digit(36).filter(|_| c.is_ascii_digit() || c.is_ascii_uppercase())?;
        Some(sum + value * weight)
    })?;
    match 11 - sum % 11 {
        10 => Some('X'),
        11 => Some('0'),
        n => char::from_digit(n, 10),
    }
}

/// Characters 9–17: the organisation code inside a valid credit code.
#[must_use]
pub fn org_code(credit_code: &str) -> Option<&str> {
    credit_code.get(8..17)
}

/// Whether the organisation code inside a credit code has a check character that holds. Codes given out in the pilot years may not.
#[must_use]
pub fn org_code_holds(credit_code: &str) -> bool {
    org_code(credit_code)
        .and_then(|code| Some((code.get(..8)?, code.chars().last())))
        .is_some_and(|(first, last)| org_check_character(first) == last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VECTORS: [&str; 4] = ["91350100M000100Y43", "12410900400000018D", "114109000000000196", "12350700400000018W"];

    #[test]
    fn published_vectors() {
        for v in VECTORS {
            assert_eq!(read(v).valid(), Some(v));
        }
        assert_eq!(org_check_character("D2143569"), Some('X'));
        assert_eq!(org_code(VECTORS[1]), Some("400000018"));
    }

    #[test]
    fn cells_as_they_come() {
        assert_eq!(read(" 1241-0900 4000 0001 8d\u{200b}").valid(), Some(VECTORS[1]));
        assert_eq!(read("１２４１０９００４０００００１８Ｄ").text(), "1241090040000018D");
        assert_eq!(read("I24109OO400000018D").valid(), Some(VECTORS[1]));
        assert_eq!(read("12410900400000018E").state(), "bad_check_digit");
        assert_eq!(read("12410900400000018").state(), "malformed");
        assert_eq!(read("1241A900400000018D").state(), "malformed");
        assert_eq!(read("1.24109E+17").state(), "malformed");
        assert_eq!(read("—").state(), "missing");
        assert_eq!(read("000000000000000000").state(), "missing");
    }

    #[test]
    fn every_error_of_one_character_and_every_swap_of_neighbours_is_caught() {
        for v in VECTORS {
            for at in 0..18 {
                for new in ALPHABET {
                    let mut typed = v.as_bytes().to_vec();
                    if typed[at] == *new {
                        continue;
                    }
                    typed[at] = *new;
                    assert_eq!(read(std::str::from_utf8(&typed).unwrap()).valid(), None);
                }
                if at > 0 {
                    let mut typed = v.as_bytes().to_vec();
                    typed.swap(at - 1, at);
                    let typed = String::from_utf8(typed).unwrap();
                    assert!(typed == v || read(&typed).valid().is_none(), "{typed}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn made_codes_are_valid_and_stay_so(region in "[1-6][0-9]{5}", org in "[0-9A-HJ-NP-RTUW-Y]{8}") {
            let Some(check) = org_check_character(&org) else { panic!("eight characters have a check") };
            let body = format!("12{region}{org}{check}");
            let code = format!("{body}{}", check_character(&body).unwrap());
            let reading = read(&code);
            prop_assert_eq!(reading.valid(), Some(code.as_str()));
            prop_assert!(org_code_holds(&code));
            prop_assert_eq!(read(&code.to_lowercase()), reading);
        }
        #[test]
        fn any_text_is_an_answer(text in "\\PC{0,30}") {
            let once = read(&text);
            prop_assert_eq!(read(once.text()), once.clone());
        }
    }
}
