//! What stands above and between the rows of a table: the unit it is of, its month, the unit of its amounts.

use std::sync::LazyLock;

use regex::Regex;

use super::headers::{Names, factor_in, fold};
use crate::kernel::dates::Month;

/// What a title area says.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Titles {
    /// Values for banner fields: (source field, value).
    pub banners: Vec<(usize, String)>,
    pub months: Vec<Month>,
    pub factor: Option<i64>,
}

/// Labels of a unit banner that are no field's own name.
const UNIT_LABELS: [&str; 7] = ["单位", "填报单位", "填表单位", "报送单位", "上报单位", "呈报单位", "制表单位"];

/// What 单位： is followed by when it means a unit of measure.
const MEASURES: [&str; 16] = [
    "元",
    "万元",
    "千元",
    "百元",
    "人民币元",
    "人",
    "名",
    "个",
    "人次",
    "元/月",
    "元、人",
    "人、元",
    "人民币",
    "天",
    "元、个",
    "角",
];

fn is_measure(value: &str) -> bool {
    let value = fold(value);
    MEASURES.contains(&value.as_str()) || value.starts_with("元,") || value.starts_with("人,")
}

/// Reads labels of one row: `单位：濮阳市第一中学`, or label and value in neighbouring cells.
pub(super) fn banners(cells: &[&str], names: &Names, banner_fields: &[usize]) -> Vec<(usize, String)> {
    let mut out: Vec<(usize, String)> = Vec::new();
    for (i, cell) in cells.iter().enumerate() {
        // Wide gaps separate one label from the next inside a cell.
        for piece in pieces(cell) {
            let Some((label, value)) = piece.split_once([':', '：']) else { continue };
            let next = cells[i + 1..].iter().find(|c| !c.is_empty() && !c.contains([':', '：']));
            let value = if value.trim().is_empty() { next.copied().unwrap_or("") } else { value };
            let value = value.trim();
            if value.is_empty() || is_measure(value) {
                continue;
            }
            let named = names.field_of(label).filter(|f| banner_fields.contains(f));
            let unit = UNIT_LABELS.contains(&fold(label).as_str()).then(|| banner_fields.first().copied()).flatten();
            if let Some(field) = named.or(unit)
                && !out.iter().any(|b| b.0 == field)
            {
                out.push((field, value.to_owned()));
            }
        }
    }
    out
}

fn pieces(cell: &str) -> impl Iterator<Item = &str> {
    static GAP: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"[\s\u{3000}]{2,}|\t|\n|；|;").expect("a literal pattern, compiled by a test"));
    GAP.split(cell).map(str::trim).filter(|p| !p.is_empty())
}

static MONTH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"((?:19|20)[0-9]{2})年([0-9]{1,2})月份?(日|[0-9])?").expect("a literal pattern, compiled by a test")
});

/// Months that a title speaks of; a full date is when the table was made, not what it is about.
fn months(text: &str) -> Vec<Month> {
    let text = fold(text);
    if ["制表", "填报", "打印", "填表", "报送", "导出"].iter().any(|w| text.contains(w)) {
        return Vec::new();
    }
    let month = |c: regex::Captures<'_>| {
        if c.get(3).is_some() { None } else { Month::new(c[1].parse().ok()?, c[2].parse().ok()?) }
    };
    MONTH.captures_iter(&text).filter_map(month).collect()
}

/// The unit in a title such as 濮阳市第一中学2026年10月工资发放表.
fn unit_in_title(text: &str) -> Option<String> {
    static TABLE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            "(?:在职|在编|离退休|退休|实名制|机关|事业|编制|人员|职工|教职工|干部|工作人员|基本|情况|信息|工资|绩效|考勤|发放|明细|汇总|统计|登记|花名|名|台账?|领导|职数|核定|统发|月)*(?:表|册|清单|台账)$",
        )
        .expect("a literal pattern, compiled by a test")
    });
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let text = MONTH.replace_all(&text, "");
    let text = text.trim_start_matches(|c: char| c.is_ascii_digit() || "年度".contains(c));
    let found = TABLE.find(text)?;
    let name = text[..found.start()].trim_end_matches(|c: char| c.is_ascii_digit() || "年度".contains(c));
    let ends = "局委办校学院心站所处会厅队馆社园府司署库场团";
    let whole = name.chars().count() >= 4 && name.chars().last().is_some_and(|c| ends.contains(c));
    whole.then(|| name.to_owned())
}

/// Reads the rows above the header. A banner beats a title that merely holds the unit's name.
pub(super) fn read(rows: &[Vec<&str>], names: &Names, banner_fields: &[usize]) -> Titles {
    let mut titles = Titles::default();
    for row in rows {
        for banner in banners(row, names, banner_fields) {
            if !titles.banners.iter().any(|b| b.0 == banner.0) {
                titles.banners.push(banner);
            }
        }
        for cell in row {
            titles.months.extend(months(cell));
            titles.factor = titles.factor.or_else(|| factor_in(&fold(cell)));
        }
    }
    if titles.banners.is_empty()
        && let Some(&field) = banner_fields.first()
        && let Some(name) = rows.iter().flatten().find_map(|c| unit_in_title(c))
    {
        titles.banners.push((field, name));
    }
    titles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_of_measure_is_no_unit() {
        assert!(is_measure("元") && is_measure(" 万元 ") && !is_measure("濮阳市第一中学"));
        assert_eq!(pieces("单位：教育局   2026年10月\t单位：元").count(), 3);
    }

    #[test]
    fn a_title_may_hold_the_unit() {
        assert_eq!(unit_in_title("濮阳市第一中学2026年10月份工资发放明细表").as_deref(), Some("濮阳市第一中学"));
        assert_eq!(unit_in_title("2026年10月工资表"), None);
        assert_eq!(unit_in_title("全县在编人员花名册"), None);
    }
}
