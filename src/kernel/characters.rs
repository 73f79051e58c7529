//! Character tables: traditional to simplified, readings, look-alikes, private-use repairs, width. Built once, looked up per character.
//! The data files and their licences are in `src/kernel/data`.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

/// Code points below this have a dense table.
const BMP: usize = 0x1_0000;

static SIMPLIFIED: LazyLock<Dense<char>> = LazyLock::new(|| {
    let pairs = rows(include_str!("data/simplify.tsv")).flat_map(|(to, from)| {
        let to = to.chars().next().unwrap_or_default();
        from.chars().map(move |c| (c, to))
    });
    Dense::new(pairs.collect())
});

static REPAIRS: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let code = |text: &str| u32::from_str_radix(text, 16).ok().and_then(char::from_u32);
    let pair = |(from, rest): (&str, &str)| Some((code(from)?, code(rest.split('\t').next()?)?));
    rows(include_str!("data/repairs.tsv")).filter_map(pair).collect()
});

/// The syllables, sorted, so that an id is a place in this list.
static SYLLABLES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut all: Vec<&str> = rows(include_str!("data/readings.tsv")).map(|(syllable, _)| syllable).collect();
    all.sort_unstable();
    all
});

static READINGS: LazyLock<Dense<Box<[u16]>>> = LazyLock::new(|| {
    let mut sets: HashMap<char, Vec<u16>> = HashMap::new();
    for (syllable, characters) in rows(include_str!("data/readings.tsv")) {
        let Some(id) = syllable_id(syllable) else { continue };
        characters.chars().for_each(|c| sets.entry(c).or_default().push(id));
    }
    Dense::new(sets.into_iter().map(|(c, ids)| (c, sorted(ids))).collect())
});

static LOOK_ALIKES: LazyLock<Dense<Box<[char]>>> = LazyLock::new(|| {
    let mut sets: HashMap<char, Vec<char>> = HashMap::new();
    for (a, others) in rows(include_str!("data/look_alikes.tsv")) {
        for (a, b) in a.chars().flat_map(|a| others.chars().map(move |b| (a, b))) {
            sets.entry(a).or_default().push(b);
            sets.entry(b).or_default().push(a);
        }
    }
    Dense::new(sets.into_iter().map(|(c, others)| (c, sorted(others))).collect())
});

/// A table by character: dense in the basic plane, a map above it. Index 0 means absent.
struct Dense<T> {
    index: Vec<u16>,
    above: HashMap<char, u16>,
    values: Vec<T>,
}

impl<T> Dense<T> {
    fn new(entries: Vec<(char, T)>) -> Self {
        let mut table = Self { index: vec![0; BMP], above: HashMap::new(), values: Vec::with_capacity(entries.len()) };
        for (c, value) in entries {
            let Ok(at) = u16::try_from(table.values.len() + 1) else { break };
            table.values.push(value);
            match table.index.get_mut(c as usize) {
                Some(slot) => *slot = at,
                None => drop(table.above.insert(c, at)),
            }
        }
        table
    }

    fn get(&self, c: char) -> Option<&T> {
        let at = match self.index.get(c as usize) {
            Some(at) => *at,
            None => self.above.get(&c).copied().unwrap_or(0),
        };
        self.values.get(usize::from(at).checked_sub(1)?)
    }
}

/// Lines of a data file split at the first tab; lines without one are remarks.
fn rows(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'))
}

fn sorted<T: Ord>(mut items: Vec<T>) -> Box<[T]> {
    items.sort_unstable();
    items.dedup();
    items.into_boxed_slice()
}

/// Width, compatibility and radical forms folded to the plain character; zero-width and variation selectors removed;
/// GB18030 private-use characters mapped to their standard code points. Not `simplify`: the script stays. Idempotent.
#[must_use]
pub fn fold_width(text: &str) -> String {
    if text.chars().all(is_plain) {
        return text.to_owned();
    }
    let mut folded = fold_once(text);
    // Composition may join what stood apart; a second pass then settles it.
    for _ in 0..4 {
        if folded.chars().all(is_plain) {
            break;
        }
        let again = fold_once(&folded);
        if again == folded {
            break;
        }
        folded = again;
    }
    folded
}

fn fold_once(text: &str) -> String {
    let repaired = text
        .chars()
        .filter(|c| !is_invisible(*c))
        .map(|c| if c >= '\u{2E80}' { REPAIRS.get(&c).copied().unwrap_or(c) } else { c });
    repaired.nfkc().filter(|c| !is_invisible(*c)).collect()
}

/// Characters that no folding touches, so that the common cell is only looked through.
fn is_plain(c: char) -> bool {
    matches!(c, '\u{20}'..='\u{7E}' | '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}' | '·' | '•' | '、' | '。' | '《' | '》' | '〇' | '□' | '■' | '○')
}

/// Zero-width signs, direction marks, soft hyphens, fillers and variation selectors.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// Traditional or variant character to the simplified one. Characters of the standard table (通用规范汉字表) stay as they are,
/// for names may mean them: 乾, 於, 昇, 喆 are not 干, 于, 升, 哲.
#[must_use]
pub fn simplify(c: char) -> char {
    SIMPLIFIED.get(c).copied().unwrap_or(c)
}

/// Toneless readings of a character as sorted syllable ids (a set: polyphones have several); empty when unknown.
#[must_use]
pub fn readings(c: char) -> &'static [u16] {
    READINGS.get(c).map_or(&[], |ids| ids)
}

/// The toneless pinyin of a syllable id, such as `zhang`; `ü` is written `v`. Empty for an id that is none.
#[must_use]
pub fn syllable(id: u16) -> &'static str {
    SYLLABLES.get(usize::from(id)).copied().unwrap_or_default()
}

/// The id of a toneless syllable in lower case.
#[must_use]
pub fn syllable_id(text: &str) -> Option<u16> {
    SYLLABLES.binary_search(&text).ok().and_then(|at| u16::try_from(at).ok())
}

/// Whether two characters share a toneless reading. A character of unknown reading is a homophone of nothing, not even itself.
#[must_use]
pub fn homophones(a: char, b: char) -> bool {
    let (a, b) = (readings(a), readings(b));
    a.iter().any(|id| b.contains(id))
}

/// Whether two different characters look alike (shape tables, symmetric).
#[must_use]
pub fn look_alike(a: char, b: char) -> bool {
    LOOK_ALIKES.get(a).is_some_and(|others| others.binary_search(&b).is_ok())
}

/// Whether a character is a Han ideograph.
#[must_use]
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3134F}' | '\u{3007}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn width_radicals_and_private_use_are_folded() {
        assert_eq!(fold_width("ＡＢ１２（甲）\u{3000}乙"), "AB12(甲) 乙");
        assert_eq!(fold_width("⽅⽂⻢"), "方文马");
        assert_eq!(fold_width("葛\u{E0100}\u{200B}明"), "葛明");
        assert_eq!(fold_width("李\u{E863}"), "李䶮");
        assert_eq!(fold_width("\u{E816}"), "\u{20087}");
        assert_eq!(fold_width("\u{F9D1}"), "六");
        assert_eq!(fold_width("張"), "張");
        assert_eq!(fold_width("阿·乙"), "阿·乙");
    }

    #[test]
    fn every_repair_leads_out_of_the_private_use_area() {
        assert!(REPAIRS.len() > 130);
        assert!(
            ('\u{E815}'..='\u{E864}')
                .all(|c| REPAIRS.get(&c).is_some_and(|to| !('\u{E000}'..='\u{F8FF}').contains(to)))
        );
    }

    #[test]
    fn traditional_becomes_simplified_but_names_keep_standard_characters() {
        let simple = |t: &str| t.chars().map(simplify).collect::<String>();
        assert_eq!(simple("張國強鐘鍾黃呂"), "张国强钟钟黄吕");
        assert_eq!(simple("喆堃昇於乾甯"), "喆堃昇於乾甯");
        assert_eq!(simple("戶眞淸"), "户真清");
    }

    #[test]
    fn readings_are_sets() {
        let of = |c| readings(c).iter().map(|id| syllable(*id)).collect::<Vec<_>>();
        assert_eq!(of('张'), ["zhang"]);
        assert_eq!(of('单'), ["chan", "dan", "shan"]);
        assert!(of('曾').contains(&"zeng") && of('仇').contains(&"qiu") && of('䶮').contains(&"yan"));
        assert_eq!(of('吕'), ["lv"]);
        assert!(of('A').is_empty());
        assert!(homophones('伟', '玮') && homophones('张', '章') && !homophones('张', '王'));
        assert_eq!(syllable(u16::MAX), "");
        assert_eq!(syllable_id("zhang").map(syllable), Some("zhang"));
    }

    #[test]
    fn shapes() {
        assert!(look_alike('己', '已') && look_alike('未', '末') && look_alike('戍', '戌') && look_alike('拨', '拔'));
        assert!(!look_alike('张', '王') && !look_alike('张', '张'));
    }

    proptest! {
        #[test]
        fn folding_is_idempotent(text in "\\PC{0,30}") {
            let once = fold_width(&text);
            prop_assert_eq!(fold_width(&once), once.clone());
        }
        #[test]
        fn simplifying_is_idempotent(c in any::<char>()) {
            prop_assert_eq!(simplify(simplify(c)), simplify(c));
        }
        #[test]
        fn relations_are_symmetric(a in proptest::char::range('\u{4E00}', '\u{9FFF}'), b in proptest::char::range('\u{4E00}', '\u{9FFF}')) {
            prop_assert_eq!(homophones(a, b), homophones(b, a));
            prop_assert_eq!(look_alike(a, b), look_alike(b, a));
        }
    }

    #[test]
    fn tables_are_whole() {
        for c in ('\u{4E00}'..'\u{9FFF}').chain('\u{20000}'..'\u{20100}') {
            assert!(LOOK_ALIKES.get(c).is_none_or(|others| others.iter().all(|o| look_alike(*o, c) && *o != c)));
            assert!(readings(c).windows(2).all(|w| w[0] < w[1]));
        }
    }
}
