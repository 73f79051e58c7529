//! What follows the places in a name: core, ordinal and kind, short forms resolved.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

/// The parts of a name after its places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parts {
    pub core: String,
    pub ordinal: Option<u32>,
    pub kind: String,
}

/// A name of a body and whether it may stand after 委, must, or neither.
#[derive(Debug, Clone, Copy)]
struct Body {
    canonical: &'static str,
    after_committee: bool,
    alone: bool,
}

static BODIES: LazyLock<HashMap<&'static str, Body>> = LazyLock::new(|| {
    let mut bodies = HashMap::new();
    let lines = || {
        include_str!("../data/bodies.tsv").lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('\t'))
    };
    for (canonical, others) in lines() {
        let party = others.contains(['*', '+']);
        bodies.insert(canonical, Body { canonical, after_committee: party, alone: true });
    }
    for (canonical, others) in lines() {
        for other in others.split(' ').filter(|o| *o != "-") {
            let name = other.trim_start_matches(['*', '+']);
            let body =
                Body { canonical, after_committee: other.starts_with(['*', '+']), alone: !other.starts_with('+') };
            bodies.entry(name).or_insert(body);
        }
    }
    bodies
});

static CANONICAL: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| BODIES.values().map(|b| b.canonical).collect());

/// Endings that name a kind, and the kind; the longest that fits counts.
const KINDS: [(&str, &str); 110] = [
    ("高级中学", "高级中学"),
    ("高中", "高级中学"),
    ("初级中学", "初级中学"),
    ("初中", "初级中学"),
    ("完全中学", "完全中学"),
    ("附属中学", "附属中学"),
    ("附中", "附属中学"),
    ("中学", "中学"),
    ("中心小学", "中心小学"),
    ("中心学校", "中心学校"),
    ("中心校", "中心学校"),
    ("完全小学", "完全小学"),
    ("完小", "完全小学"),
    ("附属小学", "附属小学"),
    ("附小", "附属小学"),
    ("小学校", "小学"),
    ("小学", "小学"),
    ("职业中等专业学校", "职业中等专业学校"),
    ("中等职业技术学校", "中等职业学校"),
    ("中等职业学校", "中等职业学校"),
    ("中等专业学校", "中等专业学校"),
    ("职业技术学校", "职业技术学校"),
    ("职业高级中学", "职业高级中学"),
    ("职业中学", "职业中学"),
    ("职业高中", "职业高级中学"),
    ("职业中专", "职业中等专业学校"),
    ("职业技术学院", "职业技术学院"),
    ("职业学院", "职业学院"),
    ("职教中心", "职业教育中心"),
    ("职业教育中心", "职业教育中心"),
    ("职高", "职业高级中学"),
    ("职专", "职业中等专业学校"),
    ("职中", "职业中学"),
    ("中专", "中等专业学校"),
    ("特殊教育学校", "特殊教育学校"),
    ("特校", "特殊教育学校"),
    ("教师进修学校", "教师进修学校"),
    ("技工学校", "技工学校"),
    ("技师学院", "技师学院"),
    ("学校", "学校"),
    ("附属幼儿园", "附属幼儿园"),
    ("幼儿园", "幼儿园"),
    ("大学", "大学"),
    ("学院", "学院"),
    ("党校", "党校"),
    ("人民医院", "人民医院"),
    ("附属医院", "附属医院"),
    ("附院", "附属医院"),
    ("中医医院", "中医医院"),
    ("中医院", "中医医院"),
    ("中西医结合医院", "中西医结合医院"),
    ("妇幼保健院", "妇幼保健院"),
    ("妇幼保健所", "妇幼保健院"),
    ("妇幼保健站", "妇幼保健院"),
    ("妇保院", "妇幼保健院"),
    ("妇幼院", "妇幼保健院"),
    ("医院", "医院"),
    ("中心卫生院", "中心卫生院"),
    ("卫生院", "卫生院"),
    ("卫生室", "卫生室"),
    ("社区卫生服务中心", "社区卫生服务中心"),
    ("社区卫生服务站", "社区卫生服务站"),
    ("疾病预防控制中心", "疾病预防控制中心"),
    ("疾控中心", "疾病预防控制中心"),
    ("保健院", "保健院"),
    ("血站", "血站"),
    ("人民政府", "人民政府"),
    ("街道办事处", "街道办事处"),
    ("街道办", "街道办事处"),
    ("办事处", "办事处"),
    ("管理委员会", "管理委员会"),
    ("管委会", "管理委员会"),
    ("委员会办公室", "委员会办公室"),
    ("委员会", "委员会"),
    ("办公室", "办公室"),
    ("人民检察院", "人民检察院"),
    ("人民法院", "人民法院"),
    ("检察院", "人民检察院"),
    ("法院", "人民法院"),
    ("管理局", "管理局"),
    ("局", "局"),
    ("厅", "厅"),
    ("总队", "总队"),
    ("支队", "支队"),
    ("大队", "大队"),
    ("中队", "中队"),
    ("队", "队"),
    ("服务中心", "服务中心"),
    ("中心", "中心"),
    ("管理站", "管理站"),
    ("站", "站"),
    ("管理所", "管理所"),
    ("研究所", "研究所"),
    ("研究院", "研究院"),
    ("所", "所"),
    ("图书馆", "图书馆"),
    ("博物馆", "博物馆"),
    ("文化馆", "文化馆"),
    ("馆", "馆"),
    ("公司", "公司"),
    ("联合会", "联合会"),
    ("协会", "协会"),
    ("部", "部"),
    ("处", "处"),
    ("科", "科"),
    ("院", "院"),
    ("场", "场"),
    ("台", "台"),
    ("社", "社"),
    ("会", "会"),
];

/// Short kinds that follow a number: 一中, 三小, 二院.
const SHORT: [(&str, &str); 22] = [
    ("职业高中", "职业高级中学"),
    ("高级中学", "高级中学"),
    ("初级中学", "初级中学"),
    ("人民医院", "人民医院"),
    ("幼儿园", "幼儿园"),
    ("中学", "中学"),
    ("小学", "小学"),
    ("医院", "人民医院"),
    ("附院", "附属医院"),
    ("附小", "附属小学"),
    ("附中", "附属中学"),
    ("完小", "完全小学"),
    ("高中", "高级中学"),
    ("初中", "初级中学"),
    ("职高", "职业高级中学"),
    ("职专", "职业中等专业学校"),
    ("中", "中学"),
    ("小", "小学"),
    ("高", "高级中学"),
    ("初", "初级中学"),
    ("幼", "幼儿园"),
    ("院", "人民医院"),
];

/// Whether the text is the name of a body, in full or short.
pub(super) fn is_body(text: &str) -> bool {
    BODIES.get(text).is_some_and(|b| b.alone)
}

/// Whether every government of a level has a body of this kind, so that another level means another body.
pub(super) fn is_government(kind: &str) -> bool {
    CANONICAL.contains(kind) || matches!(kind, "局" | "厅" | "委员会" | "办公室" | "管理局")
}

/// Whether the text is a number and a short kind, or a kind alone: 一中, 医院.
pub(super) fn is_short(text: &str) -> bool {
    short_ordinal(text).is_some_and(|(head, ..)| head.is_empty())
        || KINDS.iter().any(|(k, _)| *k == text && k.chars().count() >= 2)
}

/// Whether the text ends with a kind of at least two characters.
pub(super) fn has_kind(text: &str) -> bool {
    kind_of(text).1.chars().count() >= 2
}

/// Splits what follows the places. `place` is the lowest of them; `party` tells that 中共 stood before.
pub(super) fn split(rest: &str, place: Option<&str>, party: bool) -> Parts {
    if let Some(kind) = body(rest, place.is_some() || party) {
        return Parts { kind: kind.to_owned(), ..Parts::default() };
    }
    let rest = expand(rest, place.is_some() || party);
    if let Some((head, ordinal, tail)) = written_ordinal(&rest) {
        let (core, kind) = kind_of(&format!("{head}\u{0}{tail}"));
        let kind = if kind.is_empty() { short_kind(&tail) } else { kind };
        let core = if kind.is_empty() || !core.ends_with(&tail) || tail.is_empty() { core } else { head };
        return Parts { core: plain(&core), ordinal: Some(ordinal), kind };
    }
    if let Some((head, ordinal, kind)) = short_ordinal(&rest) {
        return Parts { core: plain(&head), ordinal: Some(ordinal), kind: kind.to_owned() };
    }
    let (core, mut kind) = kind_of(&rest);
    // The one general hospital of a county is its people's hospital.
    if kind == "医院" && core.is_empty() && place.is_some_and(|p| p.ends_with(['县', '市', '区', '旗'])) {
        "人民医院".clone_into(&mut kind);
    }
    Parts { core: plain(&core), ordinal: None, kind }
}

/// The canonical body a text names, after 委 where that may be.
fn body(rest: &str, place: bool) -> Option<&'static str> {
    if let Some(body) = BODIES.get(rest).filter(|b| b.alone) {
        return Some(body.canonical);
    }
    let after = place.then(|| ["委员会", "委"].iter().find_map(|c| rest.strip_prefix(c))).flatten()?;
    if after.is_empty() {
        return Some("委员会");
    }
    BODIES.get(after).filter(|b| b.after_committee).map(|b| b.canonical)
}

/// Puts the full name of a body for a short one at the front: 人社局劳动监察支队.
fn expand(rest: &str, place: bool) -> String {
    let text = match place.then(|| rest.strip_prefix("委").filter(|t| !t.starts_with('员'))).flatten() {
        Some(after) if longest_body(after).is_some_and(|(_, b)| b.after_committee) => after,
        _ => rest,
    };
    match longest_body(text) {
        Some((end, body)) if body.alone => format!("{}{}", body.canonical, &text[end..]),
        _ => rest.to_owned(),
    }
}

fn longest_body(text: &str) -> Option<(usize, Body)> {
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).skip(2).take(20).collect();
    ends.into_iter().rev().find_map(|end| BODIES.get(&text[..end]).map(|b| (end, *b)))
}

/// The last 第N that counts this unit, not its parent: text before, number, text after. Numbers of parents become digits.
fn written_ordinal(rest: &str) -> Option<(String, u32, String)> {
    let mut from = rest.len();
    while let Some(at) = rest[..from].rfind('第') {
        let after = &rest[at + '第'.len_utf8()..];
        if let Some((number, length)) = number_at_front(after) {
            let tail = &after[length..];
            let of_parent = tail.find("附属").is_some_and(|i| i > 0);
            if !of_parent && !tail.is_empty() {
                return Some((digits(&rest[..at]), number, tail.to_owned()));
            }
        }
        from = at;
    }
    None
}

/// 第二医科大学 → 第2医科大学.
fn digits(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('第') {
        let after = &rest[at + '第'.len_utf8()..];
        out.push_str(&rest[..at + '第'.len_utf8()]);
        rest = match number_at_front(after) {
            Some((number, length)) => {
                out.push_str(&number.to_string());
                &after[length..]
            }
            None => after,
        };
    }
    out.push_str(rest);
    out
}

/// A number without 第 before a short kind at the end: 油田一中 → 油田, 1, 中学.
fn short_ordinal(rest: &str) -> Option<(String, u32, &'static str)> {
    SHORT.iter().find_map(|(short, kind)| {
        let head = rest.strip_suffix(short)?;
        let start = head.char_indices().rev().take_while(|(_, c)| numeral(*c).is_some()).last()?.0;
        let (number, length) = number_at_front(&head[start..])?;
        (start + length == head.len()).then(|| (head[..start].to_owned(), number, *kind))
    })
}

fn short_kind(tail: &str) -> String {
    SHORT.iter().find(|(short, _)| *short == tail).map(|(_, kind)| (*kind).to_owned()).unwrap_or_default()
}

/// Core and kind of a text; NUL marks where an ordinal was taken out and belongs to neither.
fn kind_of(text: &str) -> (String, String) {
    let best = KINDS.iter().filter(|(ending, _)| text.ends_with(ending)).max_by_key(|(ending, _)| ending.len());
    match best {
        Some((ending, kind)) => (text[..text.len() - ending.len()].replace('\u{0}', ""), (*kind).to_owned()),
        None => (text.replace('\u{0}', ""), String::new()),
    }
}

/// Without punctuation, and parents' numbers as digits.
fn plain(core: &str) -> String {
    digits(core).chars().filter(|c| c.is_alphanumeric()).collect()
}

fn numeral(c: char) -> Option<u32> {
    match c {
        '0'..='9' => c.to_digit(10),
        '一' => Some(1),
        '二' => Some(2),
        '三' => Some(3),
        '四' => Some(4),
        '五' => Some(5),
        '六' => Some(6),
        '七' => Some(7),
        '八' => Some(8),
        '九' => Some(9),
        '十' => Some(10),
        '百' => Some(100),
        _ => None,
    }
}

/// A number up to 999 in digits or with tens, and its length in bytes. 八一 is a date, not a number.
fn number_at_front(text: &str) -> Option<(u32, usize)> {
    let run: Vec<char> = text.chars().take_while(|c| numeral(*c).is_some()).collect();
    let length = run.iter().map(|c| c.len_utf8()).sum();
    if run.is_empty() || run.len() > 5 {
        return None;
    }
    if run.iter().all(char::is_ascii_digit) {
        return run.iter().collect::<String>().parse().ok().filter(|n| (1..1000).contains(n)).map(|n| (n, length));
    }
    let mut total = 0;
    let mut digit: Option<u32> = None;
    let mut unit = 1000;
    for c in &run {
        match numeral(*c)? {
            n @ (10 | 100) if n < unit => {
                total += digit.take().unwrap_or(1) * n;
                unit = n;
            }
            n @ 1..=9 if digit.is_none() && !c.is_ascii_digit() => digit = Some(n),
            _ => return None,
        }
    }
    Some((total + digit.unwrap_or(0), length))
}
