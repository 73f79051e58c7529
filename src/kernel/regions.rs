//! Names of administrative divisions: which are known, at which level, still in use or not, and what is left without the level word.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Levels a name may stand for, as a set of bits: 市 may be a prefecture or a county-level city.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Levels(u8);

impl Levels {
    pub const PROVINCE: Self = Self(1);
    pub const CITY: Self = Self(2);
    pub const COUNTY: Self = Self(4);
    pub const TOWN: Self = Self(8);

    const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
    /// Whether some level is possible for both. An unknown level meets everything.
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        self.0 == 0 || other.0 == 0 || self.0 & other.0 != 0
    }
    /// Whether only one level is possible.
    #[must_use]
    pub fn is_certain(self) -> bool {
        self.0.count_ones() == 1
    }
    /// Whether the level is certain and the same.
    #[must_use]
    pub fn is_exactly(self, other: Self) -> bool {
        self.0 == other.0 && self.is_certain()
    }
    /// The highest level possible, 1 for a province to 4 for a town; 0 when unknown.
    #[must_use]
    pub fn rank(self) -> u32 {
        if self.0 == 0 { 0 } else { self.0.trailing_zeros() + 1 }
    }
}

#[derive(Debug, Clone, Copy)]
struct Known {
    levels: Levels,
    in_use: bool,
}

static FULL: LazyLock<HashMap<&'static str, Known>> = LazyLock::new(|| {
    let rows = include_str!("data/regions.tsv").lines().filter_map(|line| line.split_once('\t'));
    rows.map(|(levels, rest)| {
        let (name, mark) = rest.split_once('\t').unwrap_or((rest, ""));
        let bit = |c| if levels.contains(c) { 1 } else { 0 };
        (name, Known { levels: Levels(bit('p') | bit('c') << 1 | bit('d') << 2), in_use: mark.is_empty() })
    })
    .collect()
});

/// Names without their level word, such as 濮阳.
static ROOTS: LazyLock<HashMap<&'static str, Levels>> = LazyLock::new(|| {
    let mut roots: HashMap<&str, Levels> = HashMap::new();
    for (name, known) in FULL.iter() {
        let levels = roots.entry(root(name)).or_default();
        *levels = levels.or(known.levels);
    }
    roots
});

const LEVEL_WORDS: [(&str, Levels); 17] = [
    ("特别行政区", Levels::PROVINCE),
    ("自治区", Levels::PROVINCE),
    ("自治州", Levels::CITY),
    ("自治县", Levels::COUNTY),
    ("自治旗", Levels::COUNTY),
    ("地区", Levels::CITY),
    ("林区", Levels::COUNTY),
    ("特区", Levels::COUNTY),
    ("街道", Levels::TOWN),
    ("省", Levels::PROVINCE),
    ("市", Levels::CITY.or(Levels::COUNTY)),
    ("盟", Levels::CITY),
    ("州", Levels::CITY),
    ("县", Levels::COUNTY),
    ("区", Levels::COUNTY),
    ("旗", Levels::COUNTY),
    ("镇", Levels::TOWN),
];

const PEOPLES: &str = "蒙古族 回族 藏族 维吾尔族 维吾尔 苗族 彝族 壮族 布依族 朝鲜族 满族 侗族 瑶族 白族 土家族 哈尼族 哈萨克族 哈萨克 傣族 黎族 傈僳族 佤族 畲族 拉祜族 水族 东乡族 纳西族 景颇族 柯尔克孜 土族 达斡尔族 仫佬族 羌族 布朗族 撒拉族 毛南族 仡佬族 锡伯 塔吉克 怒族 独龙族 鄂温克族 裕固族 保安族 鄂伦春 各族 蒙古 回";

/// The name without level word and names of peoples: 恩施土家族苗族自治州 → 恩施. A root of one character keeps its level word: 密县.
#[must_use]
pub fn root(name: &str) -> &str {
    let ending = LEVEL_WORDS.iter().map(|(word, _)| *word).chain(["乡"]);
    let Some(mut root) = ending.filter_map(|word| name.strip_suffix(word)).min_by_key(|r| r.len()) else { return name };
    if name.ends_with("自治州") || name.ends_with("自治县") || name.ends_with("自治区") || name.ends_with("自治旗")
    {
        while let Some(shorter) = PEOPLES
            .split(' ')
            .filter_map(|p| root.strip_suffix(p))
            .filter(|r| r.chars().count() >= 2)
            .min_by_key(|r| r.len())
        {
            root = shorter;
        }
    }
    if root.chars().count() >= 2 { root } else { name }
}

/// The levels a name stands for: those of the table when it is known there, else those of its level word.
#[must_use]
pub fn levels(name: &str) -> Levels {
    if let Some(known) = FULL.get(name) {
        return known.levels;
    }
    // 滦州 is short for 滦州市: its 州 is no level word, and its level is left out like that of 濮阳.
    if name.ends_with('州') && ROOTS.contains_key(name) {
        return Levels::default();
    }
    if name.ends_with('乡') {
        return Levels::TOWN;
    }
    LEVEL_WORDS.iter().find(|(word, _)| name.ends_with(word)).map_or(Levels::default(), |(_, levels)| *levels)
}

/// Whether two different names of one root may be the same place under two of its names: 璧山县 became 璧山区, but 濮阳市 and
/// 濮阳县 both exist.
#[must_use]
pub fn renamed(a: &str, b: &str) -> bool {
    match (FULL.get(a), FULL.get(b)) {
        (Some(x), Some(y)) => x.levels.meets(y.levels) && !(x.in_use && y.in_use),
        _ => false,
    }
}

/// Longest known name (level word included) at the front, with something after it. Returns its length in bytes.
#[must_use]
pub fn known_at_front(text: &str) -> Option<usize> {
    ends(text, 2, 15).rev().find(|end| FULL.contains_key(&text[..*end]))
}

/// Longest known root (level word left out) at the front, with something after it.
#[must_use]
pub fn root_at_front(text: &str) -> Option<usize> {
    ends(text, 2, 6).rev().find(|end| ROOTS.contains_key(&text[..*end]))
}

/// The levels a root without level word stands for, when it is known: 河南, 濮阳.
#[must_use]
pub fn known_root_levels(root: &str) -> Option<Levels> {
    ROOTS.get(root).copied()
}

/// Byte positions after the first `from` to `to` characters, the end of the text left out.
fn ends(text: &str, from: usize, to: usize) -> impl DoubleEndedIterator<Item = usize> {
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).skip(from).take(to + 1 - from).collect();
    ends.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots() {
        for (name, expected) in [
            ("濮阳市", "濮阳"),
            ("密县", "密县"),
            ("恩施土家族苗族自治州", "恩施"),
            ("内蒙古自治区", "内蒙古"),
            ("新疆维吾尔自治区", "新疆"),
            ("广西壮族自治区", "广西"),
            ("宁夏回族自治区", "宁夏"),
            ("聊城地区", "聊城"),
            ("庆祖镇", "庆祖"),
            ("中原路街道", "中原路"),
            ("双江拉祜族佤族布朗族傣族自治县", "双江"),
        ] {
            assert_eq!(root(name), expected);
        }
    }

    #[test]
    fn levels_and_renamings() {
        assert!(levels("濮阳市").is_exactly(Levels::CITY));
        assert!(levels("濮阳县").is_exactly(Levels::COUNTY));
        assert!(levels("不存在市").meets(Levels::CITY) && levels("不存在市").meets(Levels::COUNTY));
        assert!(renamed("璧山县", "璧山区"));
        assert!(!renamed("濮阳市", "濮阳县"));
        assert!(!renamed("和田市", "和田县"));
        assert_eq!(known_at_front("濮阳市华龙区").map(|n| &"濮阳市华龙区"[..n]), Some("濮阳市"));
        assert_eq!(known_at_front("濮阳市"), None);
        assert_eq!(root_at_front("濮阳一中").map(|n| &"濮阳一中"[..n]), Some("濮阳"));
    }
}
