use super::*;
use proptest::prelude::*;

#[test]
fn names_are_folded() {
    for (written, folded) in [
        ("张 三", "张三"),
        ("张\u{3000}三", "张三"),
        ("張國強", "张国强"),
        ("买买提•艾力", "买买提·艾力"),
        ("买买提・艾力", "买买提·艾力"),
        ("买买提．艾力", "买买提·艾力"),
        ("买买提-艾力", "买买提·艾力"),
        ("买买提 · 艾力", "买买提·艾力"),
        ("·王芳·", "王芳"),
        ("王芳（女）", "王芳"),
        ("王芳(退休)", "王芳"),
        ("王芳 WANG FANG", "王芳"),
        ("吕丽LyuLi", "吕丽"),
        ("王\u{200b}芳\u{FE00}", "王芳"),
        ("李\u{E863}", "李䶮"),
        ("李yan", "李YAN"),
        ("John  Smith", "JOHNSMITH"),
        ("无", ""),
        ("—", ""),
        ("N/A", ""),
    ] {
        assert_eq!(normalise(written).folded, folded, "{written}");
    }
}

#[test]
fn brackets_give_aliases_but_not_remarks() {
    assert_eq!(normalise("王芳（曾用名：王小芳）").aliases, ["王小芳"]);
    assert_eq!(normalise("王芳(原名王小芳").aliases, ["王小芳"]);
    assert_eq!(normalise("王芳【王小芳】").aliases, ["王小芳"]);
    for remark in ["女", "回族", "已退休", "借调市委办", "2", "病休"] {
        assert!(normalise(&format!("王芳（{remark}）")).aliases.is_empty(), "{remark}");
    }
}

#[test]
fn levels() {
    use NameLevel::{
        Contained, Folded, Homophone, LookAlike, OneCharacter, Other, Same, Transposed, Unknown, Wildcard,
    };
    for (a, b, level) in [
        ("王芳", "王芳", Same),
        ("买买提·艾力", "买买提·艾力", Same),
        ("張三", "张三", Folded),
        ("张 三", "张三", Folded),
        ("买买提•艾力", "买买提艾力", Folded),
        ("李□", "李䶮", Wildcard),
        ("李YAN", "李䶮", Wildcard),
        ("李?明", "李小明", Wildcard),
        ("王*", "王芳", Wildcard),
        ("王*", "王*", Wildcard),
        ("李⿰王舟", "李琳", Wildcard),
        ("李YAN", "李明", Other),
        ("王*", "李芳", Other),
        ("**", "王芳", Unknown),
        ("王**", "王芳", Unknown),
        ("李未", "李末", LookAlike),
        ("张伟", "张玮", LookAlike),
        ("张伟", "章玮", Homophone),
        ("张燕", "张艳", Homophone),
        ("曾一", "增一", LookAlike),
        ("王小明", "王明小", Transposed),
        ("王芳", "王小芳", Contained),
        ("买买提·艾", "买买提·艾力", Contained),
        ("艾力", "买买提江·艾力", Contained),
        ("买买提", "买买提·艾力", Contained),
        ("王芳（曾用名：李小红）", "李小红", Contained),
        ("王建国", "王建军", OneCharacter),
        ("王建国", "李建国", Other),
        ("王芳", "王强", Other),
        ("王", "王芳", Other),
        ("", "王芳", Unknown),
        ("无", "无", Unknown),
    ] {
        assert_eq!(compare(a, b), level, "{a} {b}");
        assert_eq!(compare(b, a), level, "{b} {a}");
    }
}

#[test]
fn masks() {
    for (name, masked) in [
        ("王芳", "王*"),
        ("欧阳娜娜", "欧***"),
        ("买买提·艾力", "买**·**"),
        ("王", "*"),
        ("", ""),
        ("王芳（曾用名：李小红）", "王*"),
    ] {
        assert_eq!(mask(name), masked);
    }
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[王李张章欧][\u{4E00}-\u{4E80}伟玮芳昉小建]{1,3}",
        "[买提艾力]{2,4}[·• ]?[买提艾力江]{1,3}",
        "[王李][□?*小][芳A-Z]{0,4}",
        "\\PC{0,12}",
    ]
}

proptest! {
    #[test]
    fn normalising_is_idempotent(text in name()) {
        let once = normalise(&text).folded;
        prop_assert_eq!(normalise(&once).folded, once.clone());
    }
    #[test]
    fn compare_is_symmetric(a in name(), b in name()) {
        prop_assert_eq!(compare(&a, &b), compare(&b, &a));
    }
    #[test]
    fn a_name_is_itself(a in "[王李张][\u{4E00}-\u{9F00}]{1,3}") {
        prop_assume!(!a.contains('某') && !says_missing(&a));
        prop_assert_eq!(compare(&a, &a), NameLevel::Same);
    }
    #[test]
    fn a_mask_shows_one_character(text in name()) {
        let masked = mask(&text);
        prop_assert!(masked.chars().skip(1).all(|c| c == '*' || c == '·'));
    }
}
