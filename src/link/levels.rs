//! The comparison levels of each kind, strongest first, and what is believed of them before the data speak: the model as
//! a table. `m` starts the estimation and is what few pairs are shrunk towards; `u` is counted, never believed.

use super::spec::Kind;

/// One level of a comparison.
#[derive(Debug, Clone, Copy)]
pub struct Level {
    pub slug: &'static str,
    /// Share of pairs of the same thing that show it, as a start.
    pub m: f64,
    pub zh: &'static str,
    pub en: &'static str,
}

const fn level(slug: &'static str, m: f64, zh: &'static str, en: &'static str) -> Level {
    Level { slug, m, zh, en }
}

pub const SAME: u8 = 0;

/// Places in [`TEXT`].
pub mod text {
    pub const NEAR: u8 = 1;
    pub const CONTAINED: u8 = 2;
    pub const NEAR_NUMBER: u8 = 3;
    pub const ASSOCIATED: u8 = 4;
    pub const PART: u8 = 5;
    pub const ALIKE: u8 = 6;
    pub const HEAD: u8 = 7;
    pub const OTHER: u8 = 8;
}

static TEXT: &[Level] = &[
    level("same", 0.70, "一致", "the same words"),
    level("near", 0.08, "笔误", "a slip of one or two characters"),
    level("contained", 0.05, "包含", "the words of one are among those of the other"),
    level("near-number", 0.03, "数字差一位", "one character off, and it is a digit"),
    level("associated", 0.02, "常见对应", "values that certain links show to go together"),
    level("part", 0.04, "部分词相同", "half the words, or the first one, the same"),
    level("alike", 0.02, "字形相近", "two characters in three the same"),
    level("head", 0.02, "开头相同", "the same beginning"),
    level("other", 0.04, "不同", "different"),
];

/// Places in [`NAME`].
pub mod name {
    pub const REORDERED: u8 = 1;
    pub const CONTAINED: u8 = 2;
    pub const WILDCARD: u8 = 3;
    pub const LOOK_ALIKE: u8 = 4;
    pub const HOMOPHONE: u8 = 5;
    pub const NEAR: u8 = 6;
    pub const ONE_WORD: u8 = 7;
    pub const INITIALS: u8 = 8;
    pub const ASSOCIATED: u8 = 9;
    pub const PART: u8 = 10;
    pub const ONE_CHARACTER: u8 = 11;
    pub const PART_NEAR: u8 = 12;
    pub const HEAD: u8 = 13;
    pub const OTHER: u8 = 14;
}

static NAME: &[Level] = &[
    level("same", 0.68, "一致", "the same name"),
    level("reordered", 0.02, "次序不同", "the same parts in another order"),
    level("contained", 0.05, "包含", "two parts or more, all found in the other name"),
    level("wildcard", 0.005, "代字", "a stand-in for a rare character"),
    level("look-alike", 0.01, "形近字", "a look-alike character"),
    level("homophone", 0.01, "同音字", "homophones, or letters that spell the characters"),
    level("near", 0.06, "笔误", "a slip of one or two letters"),
    level("one-word", 0.03, "只有其一部分", "a single part, found in the other name"),
    level("initials", 0.02, "首字母或简称", "an initial or a shortened part, the rest the same"),
    level("associated", 0.02, "常见别名", "a part that certain links show to be an alias"),
    level("part", 0.04, "部分相同", "a part the same, another different"),
    level("one-character", 0.005, "差一字", "one character differs"),
    level("part-near", 0.01, "部分相近", "a part nearly the same, another different"),
    level("head", 0.01, "开头相同", "the same first letters or surname"),
    level("other", 0.03, "不同", "different"),
];

/// Places in [`ORGANISATION`].
pub mod organisation {
    pub const FOLDED: u8 = 1;
    pub const PARTS: u8 = 2;
    pub const BRACKET: u8 = 3;
    pub const NEAR: u8 = 4;
    pub const CONTAINED: u8 = 5;
    pub const ASSOCIATED: u8 = 6;
    pub const SIMILAR: u8 = 7;
    pub const PART: u8 = 8;
    pub const OTHER: u8 = 9;
    pub const VETO: u8 = 10;
}

static ORGANISATION: &[Level] = &[
    level("same", 0.65, "一致", "the same name"),
    level("folded", 0.05, "规范化后一致", "the same but for remarks"),
    level("parts", 0.10, "各部分一致", "the same parts, abbreviations resolved"),
    level("bracket", 0.02, "括号内名称", "one's bracket is the other's name"),
    level("near", 0.03, "笔误", "a slip of one or two characters"),
    level("contained", 0.03, "包含", "the words of one are among those of the other"),
    level("associated", 0.05, "常见对应", "names that certain links show to go together"),
    level("similar", 0.03, "相近", "the same kind and number, a similar core"),
    level("part", 0.01, "部分相同", "half the words the same"),
    level("other", 0.02, "不同", "different"),
    level("veto", 0.01, "序号或地区矛盾", "ordinals or regions contradict"),
];

/// Places in [`DATE`].
pub mod date {
    pub const SWAPPED: u8 = 1;
    pub const SLIP: u8 = 2;
    pub const PARTIAL: u8 = 3;
    pub const YEAR_MONTH: u8 = 4;
    pub const DAY_MONTH: u8 = 5;
    pub const YEAR: u8 = 6;
    pub const TWO_SLIPS: u8 = 7;
    pub const NEAR_YEAR: u8 = 8;
    pub const OTHER: u8 = 9;
}

static DATE: &[Level] = &[
    level("same", 0.80, "一致", "the same date"),
    level("swapped", 0.01, "日月颠倒", "day and month swapped"),
    level("slip", 0.06, "一位之差", "one digit off, or two neighbours swapped"),
    level("partial", 0.03, "精度不同", "one is less precise, the rest agrees"),
    level("year-month", 0.02, "年月一致", "the same month"),
    level("day-month", 0.01, "月日一致", "the same day of another year"),
    level("year", 0.02, "年份一致", "the same year"),
    level("two-slips", 0.01, "两位之差", "two digits off"),
    level("near-year", 0.01, "年份相近", "at most two years apart"),
    level("other", 0.03, "不同", "different"),
];

/// Places in [`ID`].
pub mod id {
    pub const SAME_INVALID: u8 = 1;
    pub const SLIP: u8 = 2;
    pub const DAMAGED: u8 = 3;
    pub const NEAR: u8 = 4;
    pub const DIFFER: u8 = 5;
    pub const TWO_VALID: u8 = 6;
}

static ID: &[Level] = &[
    level("same", 0.90, "一致", "the same number"),
    level("same-invalid", 0.005, "同样的无效号码", "the same text, which fails its check digit"),
    level("slip", 0.04, "一位之差", "one character off; never two sound resident IDs"),
    level("damaged", 0.01, "截断或遮盖、其余一致", "cut short or masked, the rest agrees"),
    level("near", 0.015, "两位之差", "two characters off"),
    level("differ", 0.029, "不同", "different"),
    level("two-valid", 0.001, "两个有效号码", "two sound resident IDs: two people"),
];

/// Places in [`NUMBER`].
pub mod number {
    pub const CLOSE: u8 = 1;
    pub const SLIP: u8 = 2;
    pub const NEAR: u8 = 3;
    pub const OTHER: u8 = 4;
}

static NUMBER: &[Level] = &[
    level("same", 0.85, "一致", "equal"),
    level("close", 0.04, "相差不足0.5%", "within half a percent"),
    level("slip", 0.04, "一位之差", "one digit off"),
    level("near", 0.03, "相差不足5%", "within five percent"),
    level("other", 0.04, "不同", "different"),
];

static EXACT: &[Level] = &[level("same", 0.95, "一致", "equal"), level("other", 0.05, "不同", "different")];

/// The levels of a kind, strongest first.
#[must_use]
pub fn levels(kind: Kind) -> &'static [Level] {
    match kind {
        Kind::Text => TEXT,
        Kind::Name => NAME,
        Kind::Organisation => ORGANISATION,
        Kind::Date => DATE,
        Kind::Id => ID,
        Kind::Number => NUMBER,
        Kind::Exact => EXACT,
    }
}

/// The slug of a level as it is written out; `missing` where nothing could be compared.
#[must_use]
pub fn slug(kind: Kind, level: u8) -> &'static str {
    levels(kind).get(usize::from(level)).map_or("missing", |l| l.slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_method_page_lists_the_levels() {
        let page = include_str!("../../docs/link_spec.md");
        for (name, kind) in Kind::NAMES {
            let slugs: Vec<&str> = levels(kind).iter().map(|l| l.slug).collect();
            let row = format!("| {name} | {} |", slugs.join(", "));
            assert!(page.contains(&row), "{row}");
        }
    }

    #[test]
    fn every_table_is_a_distribution_and_the_places_name_their_levels() {
        for (_, kind) in Kind::NAMES {
            let table = levels(kind);
            assert!((table.iter().map(|l| l.m).sum::<f64>() - 1.0).abs() < 1e-9, "{kind:?}");
            assert!(table.len() < 16 && table[0].slug == "same");
        }
        assert_eq!(slug(Kind::Text, text::OTHER), "other");
        assert_eq!(slug(Kind::Name, name::OTHER), "other");
        assert_eq!(slug(Kind::Name, name::ASSOCIATED), "associated");
        assert_eq!(slug(Kind::Organisation, organisation::VETO), "veto");
        assert_eq!(slug(Kind::Date, date::OTHER), "other");
        assert_eq!(slug(Kind::Id, id::TWO_VALID), "two-valid");
        assert_eq!(slug(Kind::Number, number::OTHER), "other");
        assert_eq!(slug(Kind::Exact, 15), "missing");
    }
}
