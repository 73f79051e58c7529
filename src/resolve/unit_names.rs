//! What two units' names say of each other: the kernel's verdict, and finer distinctions below it.

use super::model::LevelId;
use crate::kernel::org_name::{self, OrgLevel, OrgName};
use crate::kernel::regions;

/// The kernel's verdict on two names, with one more distinction below `Other`: names that share their parts.
pub(super) fn compare(a: &OrgName, b: &OrgName) -> LevelId {
    match org_name::compare(a, b) {
        OrgLevel::Same | OrgLevel::Folded => LevelId::OrgFolded,
        OrgLevel::Parts => LevelId::OrgParts,
        OrgLevel::Bracket => LevelId::OrgBracket,
        OrgLevel::Similar | OrgLevel::Other if cut_in_place(a, b) => LevelId::OrgCut,
        OrgLevel::Similar => LevelId::OrgSimilar,
        OrgLevel::Unknown => LevelId::OrgNear,
        OrgLevel::Veto => LevelId::OrgVeto,
        OrgLevel::Other if shortened(&a.folded, &b.folded) => LevelId::OrgNear,
        OrgLevel::Other if kindred(a, b) => LevelId::OrgKindred,
        OrgLevel::Other => LevelId::OrgOther,
    }
}

/// Names of hospitals, schools and institutes differ by the very words that an abbreviation drops: 县医院 is not 县中医院,
/// 省科学院 not 省医学科学院.
const TOLD_APART_BY_A_WORD: [&str; 11] =
    ["医院", "学校", "中学", "小学", "幼儿园", "大学", "学院", "科学院", "研究院", "研究所", "公司"];

/// Whether one name is an abbreviation of the other in the same place, as 便民中心 is of 便民服务中心.
fn cut_in_place(a: &OrgName, b: &OrgName) -> bool {
    let told_apart = |n: &OrgName| TOLD_APART_BY_A_WORD.iter().any(|w| n.folded.ends_with(w));
    let kinds_meet = a.kind.ends_with(&b.kind) || b.kind.ends_with(&a.kind);
    let same_place = !a.regions.is_empty() && a.regions == b.regions && a.ordinal == b.ordinal && kinds_meet;
    // What is left of the place must be a word of its own: 二中 is found in 第二会计核算中心, too.
    let place: usize = a.regions.iter().map(|r| r.chars().count()).sum();
    let own = |n: &OrgName| n.folded.chars().count().saturating_sub(place) >= 3;
    same_place
        && (own(a) && own(b))
        && a.brackets == b.brackets
        && !told_apart(a)
        && !told_apart(b)
        && shortened(&a.folded, &b.folded)
}

/// Words that units of every kind have in their names.
const EVERYWHERE: [&str; 22] = [
    "管理", "服务", "中心", "事务", "工作", "办公", "公共", "综合", "委员", "员会", "监督", "发展", "建设", "人民",
    "社会", "技术", "行政", "保障", "执法", "所属", "单位", "机关",
];

/// Whether names of one place share a word that says what they do (园林管理处, 园林绿化中心), or stand in one town: what
/// renamed and reorganised units keep. Alone it says little; it tells two units apart that list the same staff.
fn kindred(a: &OrgName, b: &OrgName) -> bool {
    if a.regions.is_empty() || a.regions != b.regions || a.ordinal != b.ordinal {
        return false;
    }
    let town = a.regions.last().is_some_and(|r| regions::levels(r).is_exactly(regions::Levels::TOWN));
    let own = |n: &OrgName| -> Vec<char> {
        let place: usize = n.regions.iter().map(|r| r.chars().count()).sum();
        n.folded.chars().skip(place).collect()
    };
    let (x, y) = (own(a), own(b));
    let everywhere = |word: &[char]| EVERYWHERE.iter().any(|w| w.chars().eq(word.iter().copied()));
    town || x.windows(2).any(|word| !everywhere(word) && y.windows(2).any(|other| other == word))
}

/// Whether one name could be cut from the other by leaving characters out.
fn shortened(a: &str, b: &str) -> bool {
    let (short, long) = if a.chars().count() <= b.chars().count() { (a, b) } else { (b, a) };
    let mut rest = long.chars();
    short.chars().count() >= 4 && short.chars().all(|c| rest.any(|d| c == d))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abbreviation_in_the_same_place_is_told_from_another_unit() {
        let level = |a: &str, b: &str| compare(&org_name::parse(a), &org_name::parse(b));
        assert_eq!(level("宁乡市福利院", "宁乡市社会福利院"), LevelId::OrgCut);
        assert_eq!(level("余姚市梁弄镇便民中心", "余姚市梁弄镇便民服务中心"), LevelId::OrgCut);
        assert_ne!(level("余姚市梁弄镇便民中心", "余姚市大岚镇便民服务中心"), LevelId::OrgCut);
        assert_ne!(level("象山县医院", "象山县中医院"), LevelId::OrgCut);
        assert_ne!(level("鸡西市恒山区二中", "鸡西市恒山区第二会计核算中心"), LevelId::OrgCut);
        assert_eq!(level("濮阳市关工委办公室", "濮阳市关心下一代工作委员会办公室"), LevelId::OrgCut);
    }

    #[test]
    fn names_of_one_place_that_share_what_they_do_are_kindred() {
        let level = |a: &str, b: &str| compare(&org_name::parse(a), &org_name::parse(b));
        let kin = LevelId::OrgKindred;
        assert_eq!(level("三江侗族自治县园林管理处", "三江侗族自治县园林绿化中心"), kin);
        assert_eq!(level("三江侗族自治县园林管理处", "三江侗族自治县食品药品检验所"), LevelId::OrgOther);
        assert_eq!(level("长春市九台区纪家街道政务服务大厅", "长春市九台区纪家街道便民服务中心"), kin);
        assert_ne!(level("三江侗族自治县园林管理处", "融安县园林绿化中心"), kin);
    }
}
