use super::*;
use proptest::prelude::*;

fn of(a: &str, b: &str) -> OrgLevel {
    let (x, y) = (parse(a), parse(b));
    let level = compare(&x, &y);
    assert_eq!(compare(&y, &x), level, "{a} {b}");
    level
}

#[test]
fn names_in_parts() {
    for (name, regions, core, ordinal, kind) in [
        ("濮阳市第一中学", "濮阳市", "", Some(1), "中学"),
        ("濮阳一中", "濮阳", "", Some(1), "中学"),
        ("河南省濮阳市第十二中学", "河南省 濮阳市", "", Some(12), "中学"),
        ("濮阳市油田二小", "濮阳市", "油田", Some(2), "小学"),
        ("濮阳市一高", "濮阳市", "", Some(1), "高级中学"),
        ("濮阳市华龙区实验小学", "濮阳市 华龙区", "实验", None, "小学"),
        ("八一小学", "", "八一", None, "小学"),
        ("濮阳市人社局", "濮阳市", "", None, "人力资源和社会保障局"),
        ("濮阳市人力资源和社会保障局", "濮阳市", "", None, "人力资源和社会保障局"),
        ("濮阳市市场监督管理局", "濮阳市", "", None, "市场监督管理局"),
        ("市场监督管理局", "", "", None, "市场监督管理局"),
        ("中共濮阳市委机构编制委员会办公室", "濮阳市", "", None, "机构编制委员会办公室"),
        ("市委编办", "市", "", None, "机构编制委员会办公室"),
        ("县医院", "县", "", None, "人民医院"),
        ("濮阳县庆祖镇中心小学", "濮阳县 庆祖镇", "", None, "中心小学"),
        ("中原路街道办事处", "中原路街道", "", None, "办事处"),
        ("濮阳经济技术开发区管委会", "濮阳 经济技术开发区", "", None, "管理委员会"),
        ("濮阳市经开区管委会", "濮阳市 经济技术开发区", "", None, "管理委员会"),
        ("山东省立医院", "山东", "省立", None, "医院"),
        ("山东第一医科大学附属省立医院", "山东", "第1医科大学附属省立", None, "医院"),
        ("濮阳市人社局劳动保障监察支队", "濮阳市", "人力资源和社会保障局劳动保障监察", None, "支队"),
        ("濮阳市城市管理局", "濮阳市", "", None, "城市管理局"),
        ("濮阳市委办公室", "濮阳市", "", None, "委员会办公室"),
        ("濮阳市政府办", "濮阳市", "", None, "人民政府办公室"),
        ("长春路小学", "", "长春路", None, "小学"),
        ("莆田市荔城区镇海小学", "莆田市 荔城区", "镇海", None, "小学"),
        ("青岛市市立医院", "青岛市", "市立", None, "医院"),
        ("中部战区总医院", "", "中部战区总", None, "医院"),
        ("北京市仁和医院", "北京市", "仁和", None, "医院"),
    ] {
        let parsed = parse(name);
        assert_eq!(
            (parsed.regions.join(" ").as_str(), parsed.core.as_str(), parsed.ordinal, parsed.kind.as_str()),
            (regions, core, ordinal, kind),
            "{name}"
        );
    }
}

#[test]
fn lookalikes_that_are_different_are_vetoed() {
    for (a, b) in [
        ("山东第二医科大学附属第一医院", "山东第一医科大学附属第二医院"),
        ("山东第二医科大学附属第一医院", "山东第一医科大学附属第一医院"),
        ("濮阳市第一中学", "濮阳市第二中学"),
        ("濮阳市第一中学", "濮阳县第一中学"),
        ("濮阳市一中", "濮阳县一中"),
        ("市人民医院", "市第五人民医院"),
        ("市一中", "县一中"),
        ("市一中", "濮阳县第一中学"),
        ("濮阳市教育局", "聊城市教育局"),
        ("濮阳市教育局", "濮阳市华龙区教育局"),
        ("清丰县实验小学", "南乐县实验小学"),
        ("濮阳县庆祖镇卫生院", "濮阳县文留镇卫生院"),
    ] {
        assert_eq!(of(a, b), OrgLevel::Veto, "{a} {b}");
    }
}

#[test]
fn a_short_city_name_that_ends_like_a_prefecture_contradicts_nothing() {
    for (a, b) in [("滦州一中", "滦州市第一中学"), ("青州一中", "青州市第一中学"), ("广州二中", "广州市第二中学")]
    {
        assert!(!matches!(of(a, b), OrgLevel::Veto | OrgLevel::Other), "{a} {b}: {:?}", of(a, b));
    }
    assert_eq!(of("滦州一中", "滦州市第二中学"), OrgLevel::Veto);
    // As with 濮阳: another place is no match.
    assert_eq!(of("青州一中", "滦州市第一中学"), of("濮阳一中", "聊城市第一中学"));
    assert!(of("青州一中", "滦州市第一中学") > OrgLevel::Parts);
}

#[test]
fn the_same_in_other_words() {
    for (a, b) in [
        ("濮阳市第一中学", "濮阳一中"),
        ("濮阳县第一中学", "濮阳一中"),
        ("河南省濮阳市第一中学", "濮阳市第1中学"),
        ("濮阳市人社局", "濮阳市人力资源和社会保障局"),
        ("濮阳市委编办", "中共濮阳市委机构编制委员会办公室"),
        ("濮阳市编办", "濮阳市委编办"),
        ("濮阳市教体局", "濮阳市教育体育局"),
        ("濮阳县医院", "濮阳县人民医院"),
        ("濮阳市妇保院", "濮阳市妇幼保健院"),
        ("濮阳市疾控中心", "濮阳市疾病预防控制中心"),
        ("濮阳市委党校", "中共濮阳市委党校"),
        ("濮阳市中医院", "濮阳市中医医院"),
        ("璧山县人民医院", "璧山区人民医院"),
        ("华龙区实验小学", "濮阳市华龙区实验小学"),
        ("濮阳县庆祖中心小学", "濮阳县庆祖镇中心小学"),
        ("濮阳县庆祖镇中心小学", "庆祖镇中心小学"),
        ("濮阳市华龙实验小学", "濮阳市华龙区实验小学"),
        ("濮阳市二院", "濮阳市第二人民医院"),
        ("濮阳市纪委监委", "中共濮阳市纪律检查委员会"),
        ("濮阳市人大办", "濮阳市人大常委会办公室"),
        ("濮阳市政协办", "濮阳市政协办公室"),
    ] {
        assert_eq!(of(a, b), OrgLevel::Parts, "{a} {b}");
        assert!(keys(&parse(a)).iter().any(|k| keys(&parse(b)).contains(k)), "{a} {b}");
    }
}

#[test]
fn other_levels() {
    for (a, b, level) in [
        ("濮阳市第一中學", "濮阳市 第一中学", OrgLevel::Same),
        ("濮阳市教育局【本级】", "濮阳市教育局", OrgLevel::Folded),
        ("濮阳市第五人民医院（濮阳市传染病医院）", "濮阳市传染病医院", OrgLevel::Bracket),
        ("濮阳市第五人民医院（加挂市传染病医院牌子）", "濮阳市传染病医院", OrgLevel::Bracket),
        ("濮阳市传染病医院（原濮阳市第五人民医院）", "濮阳市第五人民医院", OrgLevel::Bracket),
        ("中国地质大学(北京)", "中国地质大学(武汉)", OrgLevel::Other),
        ("中国地质大学(北京)", "中国地质大学", OrgLevel::Similar),
        ("中日友好医院", "中日医院", OrgLevel::Similar),
        ("山东第一医科大学附属省立医院", "山东省立医院", OrgLevel::Similar),
        ("实验小学", "华龙区实验小学", OrgLevel::Similar),
        ("县一中", "濮阳县第一中学", OrgLevel::Similar),
        ("濮阳市教育局", "濮阳市财政局", OrgLevel::Other),
        ("新华小学", "濮阳县新华小学", OrgLevel::Similar),
        ("庆祖中心小学", "庆祖镇中心小学", OrgLevel::Similar),
        ("教体局", "教育体育局", OrgLevel::Parts),
        ("濮阳市委办公室", "濮阳市政府办公室", OrgLevel::Other),
        ("", "濮阳市教育局", OrgLevel::Unknown),
    ] {
        assert_eq!(of(a, b), level, "{a} {b}");
    }
}

#[test]
fn a_plaque_is_a_key() {
    let unit = parse("濮阳市第五人民医院（传染病医院）");
    assert!(keys(&unit).iter().any(|k| keys(&parse("濮阳市传染病医院")).contains(k)));
}

fn name() -> impl Strategy<Value = String> {
    let made = (
        prop::sample::select(vec![
            "",
            "濮阳市",
            "濮阳",
            "濮阳县",
            "河南省濮阳市",
            "市",
            "县",
            "华龙区",
            "庆祖镇",
            "濮阳经开区",
            "中共",
        ]),
        prop::sample::select(vec!["", "委", "第一", "一", "第十二", "实验", "人社局", "附属", "第二医科大学附属第三"]),
        prop::sample::select(vec![
            "",
            "中学",
            "中",
            "小",
            "医院",
            "编办",
            "教育局",
            "（原第三中学）",
            "(本级)",
            "(北京)",
            "办",
        ]),
    );
    prop_oneof![3 => made.prop_map(|(a, b, c)| format!("{a}{b}{c}")), 1 => "\\PC{0,12}".boxed()]
}

proptest! {
    #[test]
    fn compare_is_symmetric(a in name(), b in name()) {
        let (x, y) = (parse(&a), parse(&b));
        prop_assert_eq!(compare(&x, &y), compare(&y, &x));
    }
    #[test]
    fn a_name_is_itself(a in name()) {
        let x = parse(&a);
        let level = compare(&x, &x);
        prop_assert_eq!(level, if x.folded.is_empty() { OrgLevel::Unknown } else { OrgLevel::Same });
    }
    #[test]
    fn folding_is_idempotent_and_keys_are_sorted(a in name()) {
        let x = parse(&a);
        prop_assert_eq!(&parse(&x.folded), &x);
        let k = keys(&x);
        prop_assert!(k.windows(2).all(|w| w[0] < w[1]));
        prop_assert!(x.folded.is_empty() || k.contains(&x.folded));
    }
}
