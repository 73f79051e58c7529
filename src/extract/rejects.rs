//! What is said of a row or a part of a file that was not taken, in both languages, with personal values masked.

use super::Reject;
use super::cells::Flaw;
use crate::error::{Place, printable};
use crate::kernel::{person_name, resident_id};
use crate::table::{Field, Kind};

/// Code, Chinese, English.
const WORDS: [(&str, &str, &str); 38] = [
    ("footer-row", "合计、签字等表尾行,不是数据", "a totals or signature row, not data"),
    ("missing-cell", "单元格数少于表头列数", "fewer cells than the header has"),
    ("extra-cell", "单元格数多于表头列数", "more cells than the header has"),
    ("bad-quote", "引号之后还有文字", "text after a closing quote"),
    ("required-missing", "必填项为空", "a required value is missing"),
    ("control-character", "含有控制字符", "contains control characters"),
    ("cell-newline", "单元格内有换行", "contains a line break"),
    ("cell-too-long", "内容过长", "is too long for its kind"),
    ("mojibake", "乱码:上游系统转码错误", "was decoded wrongly before it came here"),
    ("cell-error", "电子表格错误值", "a spreadsheet error value"),
    ("formula-without-value", "公式没有计算结果", "a formula that was never computed"),
    ("date-impossible", "日期不存在", "no such date"),
    (
        "date-ambiguous",
        "日期有歧义(如1985.1可能是1月或10月),只取年份",
        "ambiguous (1985.1 may be January or October); only the year is used",
    ),
    ("date-serial", "日期列中的序列号", "a bare serial number in a date column"),
    ("month-unreadable", "无法识别的月份", "not a month"),
    ("end-before-start", "结束日期早于开始日期", "ends before it starts"),
    ("birth-in-future", "出生日期晚于本期", "a birth after the period"),
    ("amount-not-a-number", "金额不是数字", "not an amount"),
    ("amount-in-words", "金额为大写汉字", "an amount in words"),
    ("amount-precision", "金额超过两位小数", "more than two decimals"),
    ("amount-out-of-range", "金额过大", "an amount out of range"),
    ("amount-negative", "金额小于允许的最小值", "an amount below its lawful minimum"),
    ("integer-unreadable", "不是整数", "not a whole number"),
    ("below-minimum", "数值小于允许的最小值", "a number below its lawful minimum"),
    ("code-unrecognised", "无法识别的代码或名称", "an unknown code or label"),
    (
        "id-precision-lost",
        "身份证号末几位已被电子表格改为0,原号码不可恢复",
        "the last digits were lost in a spreadsheet",
    ),
    ("id-check-digit", "身份证号校验位不符", "the ID's check digit is wrong"),
    ("id-malformed", "身份证号格式不符", "not of the shape of an ID"),
    ("credit-code-check-digit", "统一社会信用代码校验位不符", "the credit code's check character is wrong"),
    ("credit-code-malformed", "统一社会信用代码格式不符", "not of the shape of a credit code"),
    ("private-use-character", "含有自造字", "contains private-use characters"),
    ("duplicate-row", "与前面某行完全相同", "identical with an earlier row"),
    ("date-unreadable", "无法识别的日期", "not a date"),
    ("date-not-a-date", "无法识别的日期", "not a date"),
    ("date-invalid", "无法识别的日期", "not a date"),
    ("date-out-of-range", "日期超出范围", "a date out of range"),
    ("amount-too-large", "金额过大", "an amount out of range"),
    ("amount-unreadable", "金额不是数字", "not an amount"),
];

fn words(code: &str) -> (&'static str, &'static str) {
    WORDS.iter().find(|w| w.0 == code).map_or(("无法识别的内容", "not readable"), |w| (w.1, w.2))
}

/// A value that may be shown: personal ones masked, control characters escaped, at most 64 characters.
fn shown(field: Option<&Field>, value: &str) -> String {
    let masked = match field {
        Some(f) if f.personal || matches!(f.kind, Some(Kind::ResidentId | Kind::Account | Kind::PersonName)) => {
            match f.kind {
                Some(Kind::PersonName) => person_name::mask(value),
                Some(Kind::Account) => {
                    let chars: Vec<char> = value.chars().collect();
                    let keep = chars.len().saturating_sub(4).max(chars.len() / 2);
                    chars.iter().enumerate().map(|(i, &c)| if i < keep { '*' } else { c }).collect()
                }
                _ => resident_id::mask(value),
            }
        }
        // Where columns have slipped, somebody's name or number stands in a column of money or days.
        Some(f) if matches!(f.kind, Some(Kind::Money | Kind::Integer | Kind::Date | Kind::Month)) => slipped(value),
        _ => without_long_numbers(value),
    };
    printable(&masked).chars().take(64).collect()
}

/// A value of a column that holds no texts: one that reads as a name is masked as one.
fn slipped(value: &str) -> String {
    let name = (2..=6).contains(&value.chars().count())
        && value.chars().all(|c| c.is_alphabetic() && !c.is_ascii() || c == '·');
    if name { person_name::mask(value) } else { without_long_numbers(value) }
}

/// A text with every run of digits that is as long as an ID or an account masked.
fn without_long_numbers(value: &str) -> String {
    const LONG: usize = 12;
    let mut out = String::with_capacity(value.len());
    let mut run = String::new();
    for c in value.chars().map(Some).chain([None]) {
        match c.filter(|c| c.is_ascii_digit() || *c == 'X' || *c == 'x') {
            Some(digit) => run.push(digit),
            None => {
                out.push_str(&if run.len() >= LONG { resident_id::mask(&run) } else { std::mem::take(&mut run) });
                run.clear();
                out.extend(c);
            }
        }
    }
    out
}

/// A reject or note for one cell or row.
pub(super) fn reject(
    place: Place,
    field: Option<&Field>,
    flaw: Flaw,
    value: Option<&str>,
    row_rejected: bool,
) -> Reject {
    let (zh, en) = words(flaw.code);
    let en = if en == "not readable" { flaw.words.unwrap_or(en) } else { en };
    let (message_zh, message_en) = match field {
        Some(f) => (format!("{}:{zh}", f.title), format!("{}: {en}", f.title_en)),
        None => (zh.to_owned(), en.to_owned()),
    };
    Reject { place, code: flaw.code, value: value.map(|v| shown(field, v)), message_zh, message_en, row_rejected }
}
