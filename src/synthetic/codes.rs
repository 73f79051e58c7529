//! Check digits, written a second time on purpose: the generator judges the kernel and must not share its slips.

/// The 18th character of a resident ID for its first 17 digits (GB 11643).
#[must_use]
pub fn id_check(digits: &[u8]) -> u8 {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(d, w)| u32::from(d - b'0') * w).sum();
    b"10X98765432"[(sum % 11) as usize]
}

/// A resident ID from region, birth date and sequence number.
#[must_use]
pub fn resident_id(region: u32, (year, month, date): (i32, u32, u32), sequence: u32) -> [u8; 18] {
    let text = format!("{region:06}{year:04}{month:02}{date:02}{sequence:03}");
    let mut id = [b'0'; 18];
    id[..17].copy_from_slice(&text.as_bytes()[..17]);
    id[17] = id_check(&id[..17]);
    id
}

/// Whether 18 characters carry their own check character. Knows nothing of dates or regions.
#[must_use]
pub fn id_holds(text: &str) -> bool {
    let b = text.as_bytes();
    b.len() == 18 && b[..17].iter().all(u8::is_ascii_digit) && id_check(&b[..17]) == b[17]
}

const CREDIT: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const ORG: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

fn org_check(first8: &str) -> char {
    const WEIGHTS: [usize; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let sum: usize = first8.bytes().zip(WEIGHTS).map(|(c, w)| ORG.iter().position(|x| *x == c).unwrap_or(0) * w).sum();
    match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        n => char::from(ORG[n]),
    }
}

fn credit_check(first17: &str) -> char {
    let (mut weight, mut sum) = (1usize, 0usize);
    for c in first17.bytes() {
        sum += weight * CREDIT.iter().position(|x| *x == c).unwrap_or(0);
        weight = weight * 3 % 31;
    }
    char::from(CREDIT[(31 - sum % 31) % 31])
}

/// A unified social credit code: `kind` is `11` for organs, `12` for institutions; the organisation code grows from `serial`.
#[must_use]
pub fn credit_code(kind: &str, region: u32, serial: u32) -> String {
    // A fixed odd multiplier spreads neighbouring serials without repeating any of them.
    let spread = u64::from(serial) * 48_271 % 100_000_007 % 100_000_000;
    let eight = format!("{spread:08}");
    let first17 = format!("{kind}{region:06}{eight}{}", org_check(&eight));
    let check = credit_check(&first17);
    format!("{first17}{check}")
}

/// Whether a credit code carries its own check character.
#[must_use]
pub fn credit_holds(code: &str) -> bool {
    let known = code.bytes().all(|c| CREDIT.contains(&c));
    known && code.len() == 18 && code.ends_with(credit_check(&code[..17]))
}

/// A 19-digit bank card number with its Luhn digit.
#[must_use]
pub fn account(serial: u64) -> [u8; 19] {
    let text = format!("621700{:012}", serial.wrapping_mul(7_368_787) % 1_000_000_000_000);
    let mut out = [b'0'; 19];
    out[..18].copy_from_slice(text.as_bytes());
    let sum: u32 = out[..18]
        .iter()
        .rev()
        .enumerate()
        .map(|(i, d)| {
            let d = u32::from(d - b'0') * if i % 2 == 0 { 2 } else { 1 };
            d / 10 + d % 10
        })
        .sum();
    out[18] = b'0' + u8::try_from((10 - sum % 10) % 10).unwrap_or_default();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples_hold() {
        // GB 11643's own example, and a code printed on the National Government Affairs platform.
        assert!(id_holds("11010519491231002X"));
        assert!(!id_holds("110105194912310021"));
        assert_eq!(credit_check("91350100M000100Y4"), '3');
        assert_eq!(org_check("D2143569"), 'X');
    }

    #[test]
    fn cards_pass_luhn_and_differ() {
        let cards: std::collections::BTreeSet<_> = (0..5000).map(account).collect();
        assert_eq!(cards.len(), 5000);
        let codes: std::collections::BTreeSet<_> = (0..5000).map(|n| credit_code("12", 410_900, n)).collect();
        assert_eq!(codes.len(), 5000);
    }
}
