//! Names of bodies and institutions: parsed, not measured. Ordinal and region mismatch are vetoes, not distances.

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
    let folded: String = super::characters::fold_width(text).chars().filter(|c| !c.is_whitespace()).map(super::characters::simplify).collect();
    OrgName { core: folded.clone(), folded, ..OrgName::default() }
}

#[must_use]
pub fn compare(a: &OrgName, b: &OrgName) -> OrgLevel {
    match (a.folded.is_empty() || b.folded.is_empty(), a.folded == b.folded) {
        (true, _) => OrgLevel::Unknown,
        (false, true) => OrgLevel::Folded,
        (false, false) => OrgLevel::Other,
    }
}

/// Keys under which the name may be found: folded text, parts key, abbreviation keys. Sorted, without repeats.
#[must_use]
pub fn keys(name: &OrgName) -> Vec<String> {
    vec![name.folded.clone()]
}
