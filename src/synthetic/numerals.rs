//! Chinese numerals up to 999, as institutions and typed dates carry them.

const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];

/// 1 → 一, 12 → 十二, 20 → 二十, 105 → 一百零五.
#[must_use]
pub fn chinese(n: usize) -> String {
    let (h, t, u) = (n / 100 % 10, n / 10 % 10, n % 10);
    let mut out = String::new();
    if h > 0 {
        out += DIGITS[h];
        out += "百";
        if t == 0 && u > 0 {
            out += "零";
        }
    }
    if t > 0 {
        if t > 1 || h > 0 {
            out += DIGITS[t];
        }
        out += "十";
    }
    out + DIGITS[u]
}
