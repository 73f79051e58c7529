//! Names of bodies and institutions: parsed, not measured. Ordinal and region mismatch are vetoes, not distances.

mod parts;

use unicode_normalization::char::is_combining_mark;

use super::characters::{fold_width, simplify};
use super::regions;
use parts::Parts;

/// An organisation's name in its parts.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrgName {
    /// Width and script folded, brackets unified, spaces gone.
    pub folded: String,
    /// Region chain from the front, level words kept: ["濮阳市", "华龙区"]; also town and village names.
    pub regions: Vec<String>,
    /// What is left between the regions and the type: "实验", "人力资源和社会保障".
    pub core: String,
    /// 第一 → 1, 三 in 三中 → 3, 第十二 → 12.
    pub ordinal: Option<u32>,
    /// Canonical type: 中学, 小学, 医院, 局, 委员会, 办公室, 中心, 站 …; abbreviations resolved (一中 → 中学, 人社局 → 人力资源和社会保障局).
    pub kind: String,
    /// Text in brackets, as other names or qualifiers.
    pub brackets: Vec<String>,
}

/// How two organisation names stand to each other, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrgLevel {
    Same,
    /// The same after folding width, script, brackets.
    Folded,
    /// The same parts, regions elided or abbreviated forms resolved (濮阳市第一中学 / 濮阳一中).
    Parts,
    /// One's bracket or plaque is the other's name.
    Bracket,
    /// The same kind, ordinal and compatible regions; core similar.
    Similar,
    Unknown,
    /// Ordinals differ, or regions contradict: different units however alike.
    Veto,
    Other,
}

/// Parses a name.
#[must_use]
pub fn parse(text: &str) -> OrgName {
    let folded = fold(text);
    let (outside, brackets) = split_brackets(&folded);
    let main = if outside.is_empty() { brackets.first().cloned().unwrap_or_default() } else { outside };
    let (main, party) = match ["中国共产党", "中共"].iter().find_map(|p| main.strip_prefix(p)) {
        Some(rest) if !rest.is_empty() => (rest.to_owned(), true),
        _ => (main, false),
    };
    let (regions, rest) = take_regions(&main);
    let place = regions.last().map(String::as_str);
    let Parts { core, ordinal, kind } = parts::split(rest, place, party);
    OrgName { folded, regions, core, ordinal, kind, brackets }
}

/// Width and script folded, capital letters, brackets as `(`…`)`; blanks, quotes and full stops gone.
fn fold(text: &str) -> String {
    let fold = |c: char| match c {
        '[' | '【' | '〔' | '{' | '〖' | '<' | '《' | '〈' => Some('('),
        ']' | '】' | '〕' | '}' | '〗' | '>' | '》' | '〉' => Some(')'),
        '"' | '\'' | '“' | '”' | '‘' | '’' | '「' | '」' | '。' | '.' | '·' | '*' | '_' => None,
        c if c.is_whitespace() || c.is_control() || is_combining_mark(c) => None,
        c => Some(simplify(c).to_ascii_uppercase()),
    };
    fold_width(text).chars().filter_map(fold).collect()
}

/// The text outside brackets, and each text inside, split where it lists several names.
fn split_brackets(folded: &str) -> (String, Vec<String>) {
    let mut outside = String::with_capacity(folded.len());
    let mut inside = vec![String::new()];
    let mut depth = 0_usize;
    for c in folded.chars() {
        match c {
            '(' => {
                depth += 1;
                inside.push(String::new());
            }
            ')' => depth = depth.saturating_sub(1),
            '、' | ';' | ',' | '/' if depth > 0 => inside.push(String::new()),
            _ if depth == 0 => outside.push(c),
            _ => {
                if let Some(last) = inside.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    inside.retain(|t| !t.is_empty());
    (outside, inside)
}

/// Zones that stand where a district would: written forms and the canonical one.
const ZONES: [(&str, &str); 12] = [
    ("国家经济技术开发区", "经济技术开发区"),
    ("经济技术开发区", "经济技术开发区"),
    ("经济开发区", "经济技术开发区"),
    ("经开区", "经济技术开发区"),
    ("高新技术产业开发区", "高新技术产业开发区"),
    ("高新技术开发区", "高新技术产业开发区"),
    ("高新区", "高新技术产业开发区"),
    ("城乡一体化示范区", "城乡一体化示范区"),
    ("示范区", "城乡一体化示范区"),
    ("产业集聚区", "产业集聚区"),
    ("工业园区", "工业园区"),
    ("开发区", "开发区"),
];

fn is_zone(region: &str) -> bool {
    ZONES.iter().any(|(_, canonical)| *canonical == region)
}

/// Whether a region is only a level word: the 县 of 县一中.
fn is_bare(region: &str) -> bool {
    region.chars().nth(1).is_none()
}

/// Whether the level word was left out: the 濮阳 of 濮阳一中.
fn is_elided(region: &str) -> bool {
    !is_zone(region) && !is_bare(region) && regions::levels(region).rank() == 0
}

/// Places from the front, and what is left.
fn take_regions(main: &str) -> (Vec<String>, &str) {
    let mut found: Vec<String> = Vec::new();
    let mut rest = main;
    while found.len() < 5 {
        let last = found.last().map(|r| if is_zone(r) { 3 } else { regions::levels(r).rank() });
        if let Some((zone, canonical)) = ZONES.iter().find(|(z, _)| rest.starts_with(z) && rest.len() > z.len()) {
            found.push((*canonical).to_owned());
            rest = &rest[zone.len()..];
        } else if let Some(end) = whole_region(rest, last.unwrap_or(0)) {
            push_region(&mut found, &rest[..end]);
            rest = &rest[end..];
        } else if found.last().is_none_or(|r| is_wide(r))
            && let Some(end) = elided_region(rest)
        {
            found.push(rest[..end].to_owned());
            rest = &rest[end..];
        } else if let (None, Some(end)) = (last, bare_region(rest)) {
            found.push(rest[..end].to_owned());
            rest = &rest[end..];
        } else {
            break;
        }
    }
    (found, rest)
}

/// Whether a place is a province with cities below it, level word or not.
fn is_wide(region: &str) -> bool {
    let levels = regions::known_root_levels(region).unwrap_or_else(|| regions::levels(region));
    levels.is_exactly(regions::Levels::PROVINCE) && !["北京", "天津", "上海", "重庆"].contains(&regions::root(region))
}

/// 濮阳经济技术开发区 is 濮阳 and its zone.
fn push_region(found: &mut Vec<String>, region: &str) {
    let zone = ZONES.iter().find(|(z, _)| region.ends_with(z) && region.len() > z.len());
    match zone {
        Some((zone, canonical)) => {
            found.push(region[..region.len() - zone.len()].to_owned());
            found.push((*canonical).to_owned());
        }
        None => found.push(region.to_owned()),
    }
}

/// A place with its level word, known or of a likely shape, below the last one.
fn whole_region(rest: &str, above: u32) -> Option<usize> {
    let known = regions::known_at_front(rest).filter(|end| {
        let levels = regions::levels(&rest[..*end]);
        let lowest_possible = if levels.meets(regions::Levels::COUNTY) { 3 } else { levels.rank() };
        lowest_possible > above && ends_a_place(&rest[..*end], &rest[*end..])
    });
    known.or_else(|| shaped_region(rest, above))
}

/// Whether what follows a level word does not make another word of it: 市场, 省立, 乡村, 区域.
fn ends_a_place(place: &str, after: &str) -> bool {
    let joined: &[&str] = match place.chars().last() {
        Some('市') => &["场", "立", "域", "容", "政工程", "政设施", "政公用"],
        Some('区' | '县') => &["域", "划", "立"],
        Some('省') => &["立"],
        Some('乡') => &["村", "镇", "企"],
        Some('镇') => &["村", "化", "企"],
        _ => &[],
    };
    !joined.iter().any(|j| after.starts_with(j))
}

/// A place that no table knows, by its level word within the first eight characters.
fn shaped_region(rest: &str, above: u32) -> Option<usize> {
    const OTHER_WORDS: [&str; 31] = [
        "战区", "城市", "社区", "园区", "景区", "山区", "灌区", "库区", "校区", "院区", "厂区", "军区", "牧区", "护区",
        "范区", "发区", "上市", "都市", "超市", "夜市", "街区", "小区", "辖市", "城镇", "村镇", "乡镇", "城乡", "下乡",
        "故乡", "侨乡", "重镇",
    ];
    const NO_PLACE: [&str; 16] = [
        "大学", "学院", "医院", "中心", "公司", "学校", "小学", "中学", "人民", "委员", "管理", "实验", "机关", "中国",
        "全国", "第",
    ];
    for (at, c) in rest.char_indices().take(8) {
        let end = match c {
            '市' | '县' | '区' | '旗' | '镇' | '乡' => at + c.len_utf8(),
            '街' if rest[at..].starts_with("街道") => at + "街道".len(),
            _ => continue,
        };
        let (name, after) = rest.split_at(end);
        let levels = regions::levels(name);
        let lowest = if levels.meets(regions::Levels::COUNTY) { 3 } else { levels.rank() };
        let word = OTHER_WORDS.iter().any(|w| name.ends_with(w)) || NO_PLACE.iter().any(|w| name.contains(w));
        if word {
            return None;
        }
        if name.chars().count() >= 3
            && !after.is_empty()
            && !after.starts_with("路")
            && lowest > above
            && ends_a_place(name, after)
        {
            return Some(end);
        }
    }
    None
}

/// A known place without its level word, where neither a street nor another word can be meant.
fn elided_region(rest: &str) -> Option<usize> {
    const STREETS: &str = "路街道巷桥山河湖江门庄村镇乡新城东西南北里大村园";
    let end = regions::root_at_front(rest)?;
    let next = rest[end..].chars().next()?;
    let university = rest[end..].starts_with("大学");
    (university || !STREETS.contains(next)).then_some(end)
}

/// A level word alone before something only a place can have: 县委, 市第一中学, 区人民医院, 市传染病医院.
fn bare_region(rest: &str) -> Option<usize> {
    const AFTER: [&str; 10] = ["委", "第", "人民", "中医", "妇幼", "直", "实验", "疾", "政府", "政协"];
    const OTHER_WORDS: &str = "场立域化容民区城道内外际政划长花";
    let c = rest.chars().next().filter(|c| "省市县区州旗".contains(*c))?;
    let after = &rest[c.len_utf8()..];
    let word = after.chars().next().is_none_or(|next| OTHER_WORDS.contains(next));
    let fits = AFTER.iter().any(|a| after.starts_with(a))
        || parts::is_body(after)
        || parts::is_short(after)
        || ("省市县".contains(c) && !word && parts::has_kind(after));
    (fits && !after.is_empty()).then(|| c.len_utf8())
}

/// How two names stand to each other. Symmetric. [`OrgLevel::Same`] is equality of the folded texts; [`OrgLevel::Folded`] also
/// leaves out remarks (本级, 盖章). Different ordinals and contradicting places are a veto whatever else agrees; a place that only
/// one of them names is no contradiction, but then the two are `Similar` at best.
#[must_use]
pub fn compare(a: &OrgName, b: &OrgName) -> OrgLevel {
    if a.folded.is_empty() || b.folded.is_empty() {
        return OrgLevel::Unknown;
    }
    if a.folded == b.folded {
        return OrgLevel::Same;
    }
    let plain = compare_plain(a, b);
    if a.brackets.is_empty() && b.brackets.is_empty() {
        return plain;
    }
    if !matches!(plain, OrgLevel::Folded | OrgLevel::Parts) {
        return if bracket_names(a, b) { OrgLevel::Bracket } else { plain };
    }
    let (x, y) = (qualifiers(a), qualifiers(b));
    match (x == y, x.is_empty() || y.is_empty()) {
        (true, _) => plain,
        // 中国地质大学(北京) and 中国地质大学(武汉) differ; but one name may merely be written without its qualifier.
        (false, true) => OrgLevel::Similar,
        (false, false) => OrgLevel::Other,
    }
}

/// Compares what stands outside the brackets.
fn compare_plain(a: &OrgName, b: &OrgName) -> OrgLevel {
    let stance = stance(a, b);
    if stance == Stance::Contradict {
        return OrgLevel::Veto;
    }
    let named = [a, b].iter().all(|n| !n.kind.is_empty() || !n.core.is_empty() || n.ordinal.is_some());
    let alike = named && core_alike(a, b);
    let kind = kinds_meet(&a.kind, &b.kind);
    if numbers_differ(a, b) || (a.ordinal.is_some() && b.ordinal.is_some() && a.ordinal != b.ordinal) {
        return OrgLevel::Veto;
    }
    if a.ordinal != b.ordinal {
        return if kind && alike { OrgLevel::Veto } else { OrgLevel::Other };
    }
    if stance == Stance::OtherDepth && a.kind == b.kind && parts::is_government(&a.kind) {
        return OrgLevel::Veto;
    }
    if named && outside(a) == outside(b) {
        return OrgLevel::Folded;
    }
    if !kind {
        return OrgLevel::Other;
    }
    let keys = parts_keys(b);
    let shared = a.kind == b.kind && parts_keys(a).iter().any(|k| keys.contains(k));
    // A place that only one of them names may be guessed from the core (大溪卫生院, 永定区大溪乡卫生院), but not relied on.
    if named && shared && a.regions.is_empty() == b.regions.is_empty() {
        return OrgLevel::Parts;
    }
    if named && (shared || alike) { OrgLevel::Similar } else { OrgLevel::Other }
}

fn outside(name: &OrgName) -> String {
    split_brackets(&name.folded).0
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stance {
    Compatible,
    /// Both name a place, one of a lower level than the other.
    OtherDepth,
    Contradict,
}

fn stance(a: &OrgName, b: &OrgName) -> Stance {
    let only = |x: &OrgName, y: &OrgName| -> Vec<String> {
        x.regions.iter().filter(|r| !y.regions.contains(r)).cloned().collect()
    };
    for x in &only(a, b) {
        for y in &only(b, a) {
            if contradict(x, y) {
                return Stance::Contradict;
            }
        }
    }
    let (Some(x), Some(y)) = (a.regions.last(), b.regions.last()) else { return Stance::Compatible };
    if (is_bare(x) && !is_bare(y) && !fits_bare(x, y)) || (is_bare(y) && !is_bare(x) && !fits_bare(y, x)) {
        return Stance::Contradict;
    }
    let depth = |r: &str| if is_zone(r) { 3 } else { regions::levels(r).rank() };
    let (p, q) = (depth(x), depth(y));
    let sure = |r: &str| is_zone(r) || regions::levels(r).is_certain();
    if p != q && p > 0 && q > 0 && sure(x) && sure(y) { Stance::OtherDepth } else { Stance::Compatible }
}

/// Whether 市 or 县 alone can mean this place.
fn fits_bare(bare: &str, region: &str) -> bool {
    is_elided(region)
        || is_zone(region)
        || region.ends_with(bare)
        || regions::levels(region).meets(regions::Levels::TOWN)
}

/// Two places each named by one side only: do they exclude each other?
fn contradict(x: &str, y: &str) -> bool {
    if is_bare(x) || is_bare(y) {
        return is_bare(x) && is_bare(y) && x != y;
    }
    if is_elided(x) || is_elided(y) {
        return false;
    }
    if is_zone(x) || is_zone(y) {
        let district =
            |r: &str| is_zone(r) || (regions::levels(r).is_exactly(regions::Levels::COUNTY) && !r.ends_with('县'));
        return district(x) && district(y);
    }
    if regions::root(x) == regions::root(y) {
        return !regions::renamed(x, y);
    }
    regions::levels(x).is_exactly(regions::levels(y))
}

/// Numbers inside the cores (第2医科大学附属) in order; they differ only where both sides have as many.
fn numbers_differ(a: &OrgName, b: &OrgName) -> bool {
    let numbers = |t: &str| -> Vec<String> {
        t.split(|c: char| !c.is_ascii_digit()).filter(|s| !s.is_empty()).map(str::to_owned).collect()
    };
    let (x, y) = (numbers(&a.core), numbers(&b.core));
    !x.is_empty() && x.len() == y.len() && x != y
}

/// Equal kinds, one more general than the other (医院, 人民医院), or one unknown.
fn kinds_meet(a: &str, b: &str) -> bool {
    a == b || a.is_empty() || b.is_empty() || a.ends_with(b) || b.ends_with(a)
}

/// Whether the cores are equal, one within the other, or mostly of the same characters. A place without its level word may
/// belong to the core.
fn core_alike(a: &OrgName, b: &OrgName) -> bool {
    let cores = |n: &OrgName| -> Vec<String> {
        let elided = n.regions.last().filter(|r| is_elided(r));
        elided.map(|r| format!("{r}{}", n.core)).into_iter().chain([n.core.clone()]).collect()
    };
    let others = cores(b);
    cores(a).iter().any(|x| others.iter().any(|y| alike(x, y)))
}

fn alike(x: &str, y: &str) -> bool {
    if x == y {
        return true;
    }
    let (mut p, mut q): (Vec<char>, Vec<char>) = (x.chars().collect(), y.chars().collect());
    if p.len() > q.len() {
        std::mem::swap(&mut p, &mut q);
    }
    if p.is_empty() {
        return false;
    }
    let mut rest = q.iter();
    let within = p.iter().all(|c| rest.any(|d| d == c));
    if within && p.len() >= 2 {
        return true;
    }
    let common = p.iter().filter(|c| q.contains(c)).count();
    common * 10 >= (p.len() + q.len()) * 4 && p.len() >= 3
}

/// Remarks that say nothing about which unit is meant.
fn is_remark(bracket: &str) -> bool {
    const REMARKS: [&str; 16] = [
        "本级",
        "机关",
        "本部",
        "公章",
        "盖章",
        "全额",
        "差额",
        "自收自支",
        "参公",
        "事业",
        "行政",
        "汇总",
        "合计",
        "含下属",
        "试行",
        "筹",
    ];
    REMARKS.contains(&bracket) || bracket.chars().all(|c| c.is_ascii_digit())
}

/// A bracket that is a name of its own, parsed with the places of the name it stands in; labels such as 原, 加挂 … 牌子 are dropped.
fn bracket_name(bracket: &str, name: &OrgName) -> Option<OrgName> {
    const LABELS: [&str; 9] = ["原名", "原", "加挂", "挂", "简称", "又名", "曾用名", "对外称", "同时挂"];
    let text = LABELS.iter().find_map(|l| bracket.strip_prefix(l)).unwrap_or(bracket);
    let text = text.trim_start_matches([':', '为']).trim_end_matches("牌子").trim_end_matches('的');
    let mut parsed = parse(text);
    let long = text.chars().count() >= 4 || (parsed.ordinal.is_some() && !parsed.kind.is_empty());
    if !long || parsed.kind.is_empty() || text.ends_with("校区") || text.ends_with("院区") {
        return None;
    }
    if parsed.regions.iter().all(|r| is_bare(r)) {
        parsed.regions.clone_from(&name.regions);
    }
    Some(parsed)
}

/// Brackets that are neither remarks nor names: 北京, 东校区.
fn qualifiers(name: &OrgName) -> Vec<&String> {
    name.brackets.iter().filter(|b| !is_remark(b) && bracket_name(b, name).is_none()).collect()
}

/// Whether a name in brackets of one is the other's name, or both have the same second name.
fn bracket_names(a: &OrgName, b: &OrgName) -> bool {
    let names = |n: &OrgName| -> Vec<OrgName> { n.brackets.iter().filter_map(|t| bracket_name(t, n)).collect() };
    let (x, y) = (names(a), names(b));
    let same = |p: &OrgName, q: &OrgName| {
        p.folded == q.folded || matches!(compare_plain(p, q), OrgLevel::Folded | OrgLevel::Parts)
    };
    x.iter().any(|n| same(n, b)) || y.iter().any(|n| same(n, a)) || x.iter().any(|p| y.iter().any(|q| same(p, q)))
}

/// The lowest place without its level word, core, ordinal and kind; and the same with the place above it, for level words are left
/// out in the middle too (濮阳市华龙实验小学). Places that exist everywhere (开发区, 城关镇) always take the one above.
fn parts_keys(name: &OrgName) -> Vec<String> {
    let ordinal = name.ordinal.map(|n| n.to_string()).unwrap_or_default();
    let key = |place: &str| format!("{place}{}|{ordinal}|{}", name.core, name.kind);
    let places: Vec<&str> = name.regions.iter().filter(|r| !is_bare(r)).map(|r| regions::root(r)).collect();
    let everywhere = name.regions.last().is_some_and(|r| is_zone(r) || r.starts_with("城关"));
    match places.as_slice() {
        [] => vec![key("")],
        [place] => vec![key(place)],
        [.., above, place] if everywhere => vec![key(&format!("{above}{place}"))],
        [.., above, place] => vec![key(place), key(&format!("{above}{place}"))],
    }
}

/// Keys under which the name may be found: folded text (with and without brackets), parts key, and both of every name in brackets.
/// The parts key resolves abbreviations, so it is the abbreviation key as well. Sorted, without repeats. Equal keys make
/// candidates, not matches: [`compare`] decides (濮阳市第一中学 and 濮阳县第一中学 share one).
#[must_use]
pub fn keys(name: &OrgName) -> Vec<String> {
    if name.folded.is_empty() {
        return Vec::new();
    }
    let mut keys = vec![name.folded.clone()];
    let mut add = |n: &OrgName| {
        keys.push(outside(n));
        if !n.kind.is_empty() || n.ordinal.is_some() {
            keys.extend(parts_keys(n));
        }
    };
    add(name);
    name.brackets.iter().filter_map(|b| bracket_name(b, name)).for_each(|n| add(&n));
    keys.retain(|k| !k.is_empty());
    keys.sort_unstable();
    keys.dedup();
    keys
}

#[cfg(test)]
mod tests;
