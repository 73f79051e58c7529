//! The resolution as published tables: `units`, `persons`, `unit_links`, `person_links`.

use std::borrow::Cow;

use super::block_notes::{BlockNote, KINDS};
use super::hash::content_hash;
use super::{Link, Person, Resolution, Unit, explain};
use crate::kernel::dates::Month;
use crate::table::column::TextBuilder;
use crate::table::{Frame, FrameColumn, TextColumn, Texts, Values};

/// The real units and persons, one row each, in the order of their keys.
#[must_use]
pub fn entities(resolution: &Resolution, period: Month) -> Vec<Frame> {
    vec![units(resolution, period), persons(resolution, period)]
}

/// Every link not settled by an equal ID and name or a plain register code, and every near miss, with its evidence.
#[must_use]
pub fn links(resolution: &Resolution, period: Month) -> Vec<Frame> {
    let units = LinkTable {
        path: "unit_links",
        title_zh: "单位关联",
        title_en: "links between rows of units",
        comparisons: &["credit-code", "unit-code", "unit-name", "staff"],
    };
    let persons = LinkTable {
        path: "person_links",
        title_zh: "人员关联",
        title_en: "links between rows of persons",
        comparisons: &["id", "name", "birth", "sex", "unit", "account", "place"],
    };
    let (units, persons) =
        rayon::join(|| units.frame(&resolution.unit_links, period), || persons.frame(&resolution.person_links, period));
    vec![units, persons]
}

/// What blocking did: keys by kind, how many were crowded, and the pairs before and after.
#[must_use]
pub fn blocks(resolution: &Resolution, period: Month) -> Frame {
    let list = &resolution.blocks;
    let column = FrameColumn::new;
    let number = |n: fn(&BlockNote) -> u64| {
        Values::Int64(list.iter().map(|b| Some(i64::try_from(n(b)).unwrap_or(i64::MAX))).collect())
    };
    let pairs =
        |zh: &str, name: &str, en: &str, n: fn(&BlockNote) -> u64| column(name, zh, en, number(n)).unit("pairs");
    let keys = |zh: &str, name: &str, en: &str, n: fn(&BlockNote) -> u64| column(name, zh, en, number(n)).unit("keys");
    let codes = KINDS.iter().filter(|k| !k.0.is_empty()).map(|k| (k.0.to_owned(), k.1.to_owned())).collect();
    let kind = FrameColumn { codes, ..column("key_kind", "键的种类", "kind of key", text(list, |b| Some(b.key))) };
    let columns = vec![
        column("search", "检索对象", "table whose rows were sought in the register", text(list, |b| Some(&b.search))),
        kind,
        keys("键数", "keys", "keys that both sides have", |b| b.keys),
        keys("拥挤的键数", "crowded_keys", "keys with more records than the cap", |b| b.crowded),
        keys("细分的键数", "refined_keys", "crowded keys sought by a second field", |b| b.refined),
        pairs("细分前候选对", "pairs_before", "pairs the keys would make by themselves", |b| b.pairs_before),
        pairs("细分后候选对", "pairs_after", "pairs kept", |b| b.pairs_after),
        periods(list, period),
    ];
    Frame {
        path: "blocks".to_owned(),
        title_zh: "候选分块".to_owned(),
        title_en: "blocking keys: how many, which were crowded, pairs before and after".to_owned(),
        sort_by: vec!["search".to_owned(), "key_kind".to_owned()],
        columns,
    }
}

fn text<T>(items: &[T], value: impl Fn(&T) -> Option<&str>) -> Values {
    Values::Text(items.iter().map(value).collect())
}

/// A text for each item, all of them different or nearly so: a dictionary that looked for repeats would only cost time.
fn distinct<'a, T>(items: &'a [T], value: impl Fn(&'a T) -> Option<Cow<'a, str>>) -> Values {
    let mut column = TextColumn { dictionary: Texts::default(), codes: Vec::with_capacity(items.len()) };
    for item in items {
        let next = u32::try_from(column.dictionary.len()).unwrap_or(TextColumn::NULL);
        let text = value(item);
        column.codes.push(text.as_ref().map_or(TextColumn::NULL, |_| next));
        text.iter().for_each(|text| column.dictionary.push(text));
    }
    Values::Text(column)
}

fn flag<T>(items: &[T], value: impl Fn(&T) -> bool) -> Values {
    Values::Int32(items.iter().map(|i| Some(i32::from(value(i)))).collect())
}

fn periods<T>(items: &[T], period: Month) -> FrameColumn {
    let period = period.to_string();
    let values = TextColumn { dictionary: std::iter::once(&period).collect(), codes: vec![0; items.len()] };
    FrameColumn::new("period", "期间", "the month checked", Values::Text(values))
}

fn units(resolution: &Resolution, period: Month) -> Frame {
    let list: &[Unit] = &resolution.units;
    let column = FrameColumn::new;
    let columns = vec![
        column("unit_key", "单位标识", "key of the unit, stable from month to month", text(list, |u| Some(&u.key))),
        column("unit_name", "单位名称", "name, as the register of units writes it", text(list, |u| Some(&u.name))),
        column("unit_name_folded", "规范化名称", "name in one script and width", text(list, |u| Some(&u.name_folded))),
        column("unit_code", "机构编码", "code in the register of units", text(list, |u| u.code.as_deref())),
        column(
            "credit_code",
            "统一社会信用代码",
            "unified social credit code",
            text(list, |u| u.credit_code.as_deref()),
        ),
        column("nature", "机构性质", "nature in the register", text(list, |u| u.nature.as_deref())),
        column("funding", "经费形式", "funding in the register", text(list, |u| u.funding.as_deref())),
        column("unit_status", "机构状态", "status in the register", text(list, |u| u.status.as_deref())),
        column(
            "in_establishment",
            "在编制库",
            "1 when the register of units has it",
            flag(list, |u| u.in_establishment),
        ),
        column("in_registration", "在登记库", "1 when the registrations have it", flag(list, |u| u.in_registration)),
        column("in_payroll", "在工资库", "1 when the payroll has it", flag(list, |u| u.in_payroll)),
        column("in_hr", "在人事库", "1 when HR has it", flag(list, |u| u.in_hr)),
        periods(list, period),
    ];
    Frame {
        path: "units".to_owned(),
        title_zh: "单位".to_owned(),
        title_en: "one row per real unit".to_owned(),
        sort_by: vec!["unit_key".to_owned()],
        columns,
    }
}

fn persons(resolution: &Resolution, period: Month) -> Frame {
    let list: &[Person] = &resolution.persons;
    let keys = |code: &dyn Fn(usize) -> u32| {
        let dictionary = resolution.person_keys.clone();
        Values::Text(TextColumn { dictionary, codes: (0..list.len()).map(code).collect() })
    };
    let others = keys(&|person| list[person].id_conflict.unwrap_or(TextColumn::NULL));
    let register_units = Values::Text(TextColumn {
        dictionary: resolution.units.iter().map(|u| &u.key).collect(),
        codes: list.iter().map(|p| p.register_unit.unwrap_or(TextColumn::NULL)).collect(),
    });
    let names = Values::Text(TextColumn {
        dictionary: resolution.masked_names.clone(),
        codes: list.iter().map(|p| p.name.unwrap_or(TextColumn::NULL)).collect(),
    });
    let column = FrameColumn::new;
    let columns = vec![
        column(
            "person_key",
            "人员标识",
            "keyed hash, stable from month to month",
            keys(&|person| u32::try_from(person).unwrap_or(TextColumn::NULL)),
        )
        .personal(),
        column("person_name", "姓名", "name, masked", names).personal(),
        column(
            "resident_id",
            "身份证件号",
            "resident ID, masked",
            distinct(list, |p| p.id_masked.as_ref().map(|id| Cow::Owned(id.to_string()))),
        )
        .personal(),
        column("register_unit_key", "编制所在单位", "unit whose register lists the person", register_units),
        column(
            "in_establishment",
            "在编制库",
            "1 when the establishment register has the person",
            flag(list, |p| p.in_establishment),
        ),
        column("in_payroll", "在工资库", "1 when the payroll has the person", flag(list, |p| p.in_payroll)),
        column("in_hr", "在人事库", "1 when HR has the person", flag(list, |p| p.in_hr)),
        column(
            "name_conflict",
            "一号多名",
            "1 when one sound ID stands with clearly different names",
            flag(list, |p| p.name_conflict),
        ),
        column(
            "id_conflict_person_key",
            "一人多号对方",
            "another person of the same name, birth date and unit with another sound ID",
            others,
        )
        .personal(),
        periods(list, period),
    ];
    Frame {
        path: "persons".to_owned(),
        title_zh: "人员".to_owned(),
        title_en: "one row per real person".to_owned(),
        sort_by: vec!["person_key".to_owned()],
        columns,
    }
}

struct LinkTable {
    path: &'static str,
    title_zh: &'static str,
    title_en: &'static str,
    comparisons: &'static [&'static str],
}

/// Stable over runs and row orders as long as both rows stand in the same places of the same files.
fn link_id(link: &Link) -> String {
    let rows = [link.left.source_row.to_string(), link.right.source_row.to_string()];
    let parts =
        [&link.left.table, &link.left.source_file, &rows[0], &link.right.table, &link.right.source_file, &rows[1]];
    format!("L-{}", content_hash(&parts.map(String::as_str), 10))
}

impl LinkTable {
    fn frame(&self, links: &[Link], period: Month) -> Frame {
        let ids: Vec<String> = links.iter().map(link_id).collect();
        let mut evidence = TextBuilder::default();
        for link in links {
            evidence.push(Some(&explain::compact(&link.evidence)));
        }
        let row = |r: fn(&Link) -> u32| Values::Int64(links.iter().map(|l| Some(i64::from(r(l)))).collect());
        let number = |n: fn(&Link) -> f64| Values::Float(links.iter().map(|l| Some(n(l))).collect());
        let column = FrameColumn::new;
        let mut columns = vec![
            column("link_id", "关联标识", "hash of the two rows", distinct(&ids, |id| Some(Cow::Borrowed(id)))),
            column("left_table", "左表", "table of the row kept", text(links, |l| Some(&l.left.table))),
            column("left_source_file", "左来源文件", "its file", text(links, |l| Some(&l.left.source_file))),
            column("left_source_row", "左来源行号", "its row as the spreadsheet shows it", row(|l| l.left.source_row)),
            column("right_table", "右表", "table of the row linked to it", text(links, |l| Some(&l.right.table))),
            column("right_source_file", "右来源文件", "its file", text(links, |l| Some(&l.right.source_file))),
            column(
                "right_source_row",
                "右来源行号",
                "its row as the spreadsheet shows it",
                row(|l| l.right.source_row),
            ),
            column(
                "left_key",
                "左侧判定键",
                "what a judgement on the pair names, left",
                text(links, |l| Some(&l.keys.0)),
            )
            .personal(),
            column("right_key", "右侧判定键", "and right", text(links, |l| Some(&l.keys.1))).personal(),
            column("method", "方法", "how the pair was found", text(links, |l| Some(l.method))),
            column(
                "decision",
                "结论",
                "linked, near_miss or unresolved",
                text(links, |l| Some(explain::decision_slug(l.decision))),
            ),
            column("prior", "先验", "before any comparison", number(|l| l.prior)).unit("bits"),
            column("weight", "总权重", "prior and all comparisons", number(|l| l.weight)).unit("bits"),
            column("probability", "概率", "probability that the two are one", number(|l| l.probability)),
            column(
                "rival_probability",
                "次优候选概率",
                "probability of the best other candidate of the right row, 0 when there is none",
                number(|l| l.rival),
            ),
            column("threshold", "关联门槛", "probability from which on a pair is linked", number(|l| l.threshold)),
            column(
                "evidence",
                "依据",
                "comparison:level(weight) for every comparison that weighs",
                Values::Text(evidence.finish()),
            ),
        ];
        for comparison in self.comparisons {
            let line = |l: &Link| l.evidence.iter().find(|e| e.comparison == *comparison).map(|e| e.weight);
            let weights = Values::Float(links.iter().map(line).collect());
            let name = format!("{}_weight", comparison.replace('-', "_"));
            columns.push(column(&name, "分项权重", "weight of this comparison", weights).unit("bits"));
            columns.extend(self.values(links, comparison));
        }
        columns.push(periods(links, period));
        Frame {
            path: self.path.to_owned(),
            title_zh: self.title_zh.to_owned(),
            title_en: self.title_en.to_owned(),
            sort_by: vec![
                "right_table".to_owned(),
                "right_source_file".to_owned(),
                "right_source_row".to_owned(),
                "link_id".to_owned(),
            ],
            columns,
        }
    }

    /// Both values of a comparison, masked where personal; comparisons that show none have no such columns.
    fn values(&self, links: &[Link], comparison: &str) -> Vec<FrameColumn> {
        if matches!(comparison, "staff" | "place") {
            return Vec::new();
        }
        let side = |left: bool| {
            let pick = |l: &'_ Link| -> Option<String> {
                let line = l.evidence.iter().find(|e| e.comparison == comparison)?;
                if left { line.left.clone() } else { line.right.clone() }
            };
            let picked: Vec<Option<String>> = links.iter().map(pick).collect();
            Values::Text(picked.iter().map(Option::as_deref).collect())
        };
        let name = comparison.replace('-', "_");
        let personal = self.path == "person_links" && comparison != "unit";
        let made = [("left", "左值", true), ("right", "右值", false)].map(|(end, zh, left)| {
            let column =
                FrameColumn::new(&format!("{end}_{name}"), zh, "value compared, masked where personal", side(left));
            if personal { column.personal() } else { column }
        });
        made.into()
    }
}
