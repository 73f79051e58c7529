//! Personal names: folding, comparison by levels, masking. Characters, never bytes.

use unicode_normalization::char::is_combining_mark;

mod plain;

pub use plain::PlainName;

use super::characters::{fold_width, homophones, is_han, look_alike, readings, simplify, syllable};

/// A name ready to compare.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonName {
    /// Width folded, spaces gone, interpunct unified to `·`, simplified, upper case, bracketed suffixes removed.
    pub folded: String,
    /// What stood in brackets as another name (曾用名).
    pub aliases: Vec<String>,
}

/// How two names stand to each other, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameLevel {
    /// The same characters as written.
    Same,
    /// The same after folding (traditional, width, spaces, interpunct).
    Folded,
    /// A wildcard (□ ? * 某, pinyin in place of a rare character) stands for a character, the rest is the same.
    Wildcard,
    /// One character replaced by a look-alike, the rest the same.
    LookAlike,
    /// One or more characters replaced by homophones, the rest the same.
    Homophone,
    /// The same characters in another order.
    Transposed,
    /// One contains the other (a character dropped or added, a truncated long name, an alias).
    Contained,
    /// One character differs in a name of three or more, the surname the same.
    OneCharacter,
    /// Nothing can be said: one is missing.
    Unknown,
    Other,
}

/// Folds a name. Idempotent on its own result.
#[must_use]
pub fn normalise(text: &str) -> PersonName {
    let text = text.trim();
    if PlainName::of(text).is_some() {
        return PersonName { folded: text.to_owned(), aliases: Vec::new() };
    }
    let folded = fold_width(text);
    let (outside, inside) = split_brackets(&folded);
    let folded = fold_letters(&drop_romanised(&outside));
    let mut aliases: Vec<String> = inside.iter().filter_map(|t| alias(t)).filter(|a| *a != folded).collect();
    aliases.sort_unstable();
    aliases.dedup();
    if says_missing(&folded) {
        return PersonName { folded: String::new(), aliases };
    }
    PersonName { folded, aliases }
}

/// Han characters no folding step touches, apart from the script.
fn is_common_han(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}')
}

fn says_missing(folded: &str) -> bool {
    folded.chars().all(|c| matches!(c, '-' | '/' | '\\' | '·' | '—' | '_' | '.'))
        || ["无", "空", "暂无", "不详", "未知", "无名", "无名氏", "空缺", "NULL", "NONE", "N/A", "NAN", "NA"]
            .contains(&folded)
}

/// The text outside brackets, and what stood inside each pair. A bracket never closed reaches to the end.
fn split_brackets(text: &str) -> (String, Vec<String>) {
    let mut outside = String::with_capacity(text.len());
    let mut inside: Vec<String> = Vec::new();
    let mut depth = 0_usize;
    for c in text.chars() {
        match c {
            '(' | '[' | '{' | '【' | '〔' | '〈' | '<' | '《' | '「' => {
                if depth == 0 {
                    inside.push(String::new());
                }
                depth += 1;
            }
            ')' | ']' | '}' | '】' | '〕' | '〉' | '>' | '》' | '」' => depth = depth.saturating_sub(1),
            _ if depth == 0 => outside.push(c),
            _ => {
                if let Some(last) = inside.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    (outside, inside)
}

/// Simplified, upper case, without blanks, interpuncts as `·` and only between other characters.
fn fold_letters(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before: Option<char> = None;
    let mut pending = None;
    let silent = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || is_combining_mark(c)
            || matches!(c, '\'' | '"' | '`' | ',' | '、' | ':' | ';')
    };
    for c in text.chars().filter(|c| !silent(*c)) {
        if is_interpunct(c) {
            pending = Some(c);
            continue;
        }
        if let Some(mark) = pending.take()
            && let Some(b) = before
        {
            // A hyphen or full stop joins names only where Han characters stand on both sides.
            if !matches!(mark, '-' | '.') || (is_han(b) && is_han(c)) {
                out.push('·');
            }
        }
        before = Some(c);
        out.push(simplify(c).to_ascii_uppercase());
    }
    out
}

fn is_interpunct(c: char) -> bool {
    matches!(
        c,
        '·' | '•'
            | '‧'
            | '・'
            | '･'
            | '．'
            | '.'
            | '∙'
            | '⋅'
            | '●'
            | '⸱'
            | '᛫'
            | '。'
            | '˙'
            | '▪'
            | '-'
            | '–'
            | '‐'
            | '‑'
            | '\u{387}'
    )
}

/// Drops Latin letters after a Han name when they are that name in pinyin: 王芳 WANG FANG, 王芳wangfang.
fn drop_romanised(text: &str) -> String {
    let text = text.trim();
    let Some(start) = text.char_indices().find(|(_, c)| c.is_ascii_alphabetic()).map(|(at, _)| at) else {
        return text.to_owned();
    };
    let (head, tail) = text.split_at(start);
    let letters: String = tail.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect();
    let only_latin = tail.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, ' ' | '-' | '\'' | ',' | '.' | '/'));
    let han: Vec<char> = head.chars().filter(|c| is_han(*c)).collect();
    let plain_head = head.chars().all(|c| is_han(c) || c.is_whitespace() || matches!(c, '·' | '/'));
    if only_latin && plain_head && han.len() >= 2 && spelled(&han, &letters) {
        return head.trim_end_matches(['/', ' ', '·']).to_owned();
    }
    text.to_owned()
}

/// Whether the letters spell the characters one after another in any of their readings.
fn spelled(han: &[char], letters: &str) -> bool {
    let Some((first, rest)) = han.split_first() else { return letters.is_empty() };
    spellings(*first).any(|s| letters.strip_prefix(s.as_str()).is_some_and(|tail| spelled(rest, tail)))
}

/// How a character may be written in letters: its readings, `ü` also as `u`, `yu` (passports).
fn spellings(c: char) -> impl Iterator<Item = String> {
    readings(simplify(c)).iter().map(|id| syllable(*id)).flat_map(|s| {
        let umlaut = s.contains('v').then(|| [s.replace('v', "u"), s.replace('v', "yu")]);
        std::iter::once(s.to_owned()).chain(umlaut.into_iter().flatten())
    })
}

/// Another name in brackets, folded; `None` for remarks such as 女, 回族, 退休.
fn alias(inside: &str) -> Option<String> {
    const LABELS: [&str; 12] =
        ["曾用名", "原名", "又名", "别名", "现名", "化名", "本名", "曾名", "改名", "小名", "身份证名", "户口名"];
    const REMARKS: [&str; 37] = [
        "男", "女", "大", "小", "老", "新", "甲", "乙", "丙", "丁", "女士", "先生", "同志", "退休", "离休", "离岗",
        "内退", "借调", "借用", "借入", "借出", "聘用", "聘任", "临时", "已故", "死亡", "去世", "兼", "兼职", "挂职",
        "遗属", "病休", "病假", "产假", "停薪", "在编", "编外",
    ];
    let inside = fold_letters(inside);
    let (labelled, name) = match LABELS.iter().find_map(|l| inside.strip_prefix(l)) {
        Some(name) => (true, name.trim_start_matches(['为', '叫', '是', '·'])),
        None => (false, inside.as_str()),
    };
    let han = name.chars().filter(|c| is_han(*c)).count();
    let others = name.chars().any(|c| !is_han(c) && c != '·' && !c.is_ascii_alphabetic());
    let remark = !labelled
        && (REMARKS.contains(&name)
            || name.ends_with('族')
            || ["退休", "调", "聘", "离岗", "病"].iter().any(|r| name.contains(r)));
    let plausible = (2..=4).contains(&han) || (name.contains('·') && han >= 2) || (labelled && han >= 2);
    (plausible && !others && !remark).then(|| name.to_owned())
}

/// Compares two names as written. Symmetric.
#[must_use]
pub fn compare(a: &str, b: &str) -> NameLevel {
    if let (Some(x), Some(y)) = (PlainName::of(a), PlainName::of(b)) {
        return x.compare(y);
    }
    let (x, y) = (normalise(a), normalise(b));
    if x.folded.is_empty() || y.folded.is_empty() {
        return if shares_alias(&x, &y) { NameLevel::Contained } else { NameLevel::Unknown };
    }
    let level = compare_folded(&x.folded, &y.folded);
    let level = if level == NameLevel::Folded && a.trim() == b.trim() { NameLevel::Same } else { level };
    if level > NameLevel::Contained && shares_alias(&x, &y) { NameLevel::Contained } else { level }
}

fn shares_alias(a: &PersonName, b: &PersonName) -> bool {
    a.aliases.contains(&b.folded) || b.aliases.contains(&a.folded) || a.aliases.iter().any(|x| b.aliases.contains(x))
}

/// Compares two folded names, never giving [`NameLevel::Same`]: two equal texts are `Folded`.
#[must_use]
pub fn compare_folded(a: &str, b: &str) -> NameLevel {
    if a.is_empty() || b.is_empty() {
        return NameLevel::Unknown;
    }
    let (x, y) = (signs(a), signs(b));
    if x.iter().chain(&y).any(Sign::is_open) {
        return compare_open(&x, &y);
    }
    if x == y {
        return NameLevel::Folded;
    }
    let part = (a.contains('·') && a.split('·').any(|p| p == b)) || (b.contains('·') && b.split('·').any(|p| p == a));
    compare_places(&x, &y, part, |p, q, test| matches!((p, q), (Sign::Plain(p), Sign::Plain(q)) if test(*p, *q)))
}

/// Compares names without wildcards place by place. `part`: one is a part of the other between interpuncts.
fn compare_places<T: Ord + Clone>(
    x: &[T],
    y: &[T],
    part: bool,
    pair: impl Fn(&T, &T, fn(char, char) -> bool) -> bool,
) -> NameLevel {
    if x.len() != y.len() {
        return if contains(x, y, part) { NameLevel::Contained } else { NameLevel::Other };
    }
    let mut differing = x.iter().zip(y).filter(|(p, q)| p != q);
    let Some(first) = differing.next() else { return NameLevel::Folded };
    let one = differing.next().is_none();
    if one && x.len() >= 2 && pair(first.0, first.1, look_alike) {
        return NameLevel::LookAlike;
    }
    if x.iter().zip(y).all(|(p, q)| p == q || pair(p, q, homophones)) {
        return NameLevel::Homophone;
    }
    let (mut p, mut q) = (x.to_vec(), y.to_vec());
    p.sort_unstable();
    q.sort_unstable();
    if p == q {
        return NameLevel::Transposed;
    }
    if one && x.len() >= 3 && x.first() == y.first() { NameLevel::OneCharacter } else { NameLevel::Other }
}

/// One place of a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    Plain(char),
    /// Stands for any character.
    Any,
    /// Latin letters, upper case: a syllable for a character that could not be typed, or a foreign name.
    Letters(String),
}

impl Sign {
    /// Whether it may stand for another character than itself.
    fn is_open(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Any => true,
            Self::Letters(letters) => letters.len() >= 2 && letters.len() <= 6,
        }
    }

    /// Whether the two may be the same character, and whether a wildcard was needed.
    fn meets(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Any, _) | (_, Self::Any) => Some(true),
            (Self::Letters(letters), Self::Plain(c)) | (Self::Plain(c), Self::Letters(letters)) => {
                let letters = letters.to_ascii_lowercase();
                spellings(*c).any(|s| s == letters).then_some(true)
            }
            (p, q) => (p == q).then_some(false),
        }
    }
}

/// The places of a folded name, interpuncts left out; an ideographic description sequence is one unknown character.
fn signs(folded: &str) -> Vec<Sign> {
    let mut out = Vec::with_capacity(4);
    let mut chars = folded.chars().filter(|c| *c != '·').peekable();
    while let Some(c) = chars.next() {
        if c.is_ascii_uppercase() {
            let mut letters = String::from(c);
            while let Some(next) = chars.next_if(char::is_ascii_uppercase) {
                letters.push(next);
            }
            out.push(Sign::Letters(letters));
        } else if matches!(c, '\u{2FF0}'..='\u{2FFB}') {
            skip_description(c, &mut chars);
            out.push(Sign::Any);
        } else if is_wildcard(c) {
            out.push(Sign::Any);
        } else {
            out.push(Sign::Plain(c));
        }
    }
    out
}

/// Consumes the operands of an ideographic description operator.
fn skip_description(operator: char, chars: &mut impl Iterator<Item = char>) {
    let operands = |c: char| if matches!(c, '\u{2FF2}' | '\u{2FF3}') { 3 } else { 2 };
    let mut wanted: usize = operands(operator);
    while wanted > 0 {
        match chars.next() {
            Some(c @ '\u{2FF0}'..='\u{2FFB}') => wanted += operands(c) - 1,
            Some(_) => wanted -= 1,
            None => return,
        }
    }
}

fn is_wildcard(c: char) -> bool {
    matches!(
        c,
        '□' | '?'
            | '*'
            | '某'
            | '■'
            | '▢'
            | '◻'
            | '◼'
            | '○'
            | '◯'
            | '×'
            | '✕'
            | '＿'
            | '_'
            | '\u{FFFD}'
            | '〓'
            | '∗'
            | '\u{E000}'..='\u{F8FF}'
    )
}

/// Names with wildcards. With nothing definite in common nothing can be said.
fn compare_open(x: &[Sign], y: &[Sign]) -> NameLevel {
    let definite = |s: &[Sign]| s.iter().any(|s| !matches!(s, Sign::Any));
    if !definite(x) || !definite(y) {
        return NameLevel::Unknown;
    }
    if x.len() != y.len() {
        // A mask may stand for more than one character, so lengths contradict nothing; what stands before it may.
        let masked = [x.last(), y.last()].contains(&Some(&Sign::Any));
        let head = x.iter().zip(y).take_while(|(p, q)| **p != Sign::Any && **q != Sign::Any);
        let agrees = head.clone().count() > 0 && head.clone().all(|(p, q)| p.meets(q).is_some());
        return if masked && agrees { NameLevel::Unknown } else { NameLevel::Other };
    }
    let mut needed = false;
    let mut shared = 0;
    for (p, q) in x.iter().zip(y) {
        match p.meets(q) {
            Some(wild) => {
                needed |= wild;
                shared += usize::from(!wild || !(*p == Sign::Any || *q == Sign::Any));
            }
            None => return NameLevel::Other,
        }
    }
    match (needed, shared) {
        (false, _) => NameLevel::Folded,
        (true, 0) => NameLevel::Unknown,
        (true, _) => NameLevel::Wildcard,
    }
}

/// A character dropped, a long name cut short, or the given name alone of a name with an interpunct.
fn contains<T: PartialEq>(x: &[T], y: &[T], part: bool) -> bool {
    let (short, long) = if x.len() > y.len() { (y, x) } else { (x, y) };
    if short.len() < 2 {
        return false;
    }
    let cut = short.len() >= 3 && long.starts_with(short);
    cut || part || (long.len() == short.len() + 1 && dropped_one(long, short))
}

fn dropped_one<T: PartialEq>(long: &[T], short: &[T]) -> bool {
    let same = long.iter().zip(short).take_while(|(p, q)| p == q).count();
    long[same + 1..] == short[same..]
}

/// `王*`, `欧***`, `买**·**`: the first character of the surname kept, every other one masked but the interpuncts. One-character names
/// show nothing.
#[must_use]
pub fn mask(text: &str) -> String {
    let folded = normalise(text).folded;
    let single = folded.chars().nth(1).is_none();
    let hide = |(i, c): (usize, char)| if (i == 0 && !single) || c == '·' { c } else { '*' };
    folded.chars().enumerate().map(hide).collect()
}

#[cfg(test)]
mod tests;
