//! Tables of the establishment office beside its register: ceilings, pools, authorities, control list, evaluations, sections.

use super::super::cells::Cell;
use super::super::days::{day, month_of};
use super::super::model::{Code as _, World};
use super::super::quota_feeds::{self, Account, Ceiling, Control, Evaluation, Section};
use super::super::records::Snapshot;
use super::{RowTruth, View, of_unit, place};

pub(super) fn ceilings<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    let rows: Vec<&Ceiling> = world.quota_feeds.ceilings.iter().filter(|c| c.from <= s.as_of).collect();
    View {
        table: "quota_caps",
        total: None,
        headers: &["行政区划代码", "地区名称", "总量范围", "编制类型", "编制总量", "下达文号", "生效时间"],
        len: rows.len(),
        render: Box::new(move |i| {
            let c = rows[i];
            vec![
                Cell::text(c.region.to_string()),
                Cell::text(&*c.name),
                Cell::Label(if c.own_level { "本级" } else { "含下级" }),
                Cell::Label(c.quota_type.label()),
                Cell::Int(c.cap),
                Cell::text(format!("编总〔{}〕{}号", month_of(c.from).year(), 1 + c.region % 50)),
                Cell::Date(c.from),
            ]
        }),
        truth: Box::new(|_| RowTruth::default()),
    }
}

pub(super) fn pools<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    let rows: Vec<&Account> = world.quota_feeds.accounts.iter().filter(|a| a.from <= s.as_of).collect();
    View {
        table: "quota_pools",
        total: None,
        headers: &["周转池名称", "周转池类别", "周转池规模", "批准文号", "生效时间"],
        len: rows.len(),
        render: Box::new(move |i| {
            let a = rows[i];
            let kind = if a.administrative { "行政" } else { "事业" };
            vec![
                Cell::text(format!("{}{kind}编制周转池", world.region.name)),
                Cell::Label(kind),
                Cell::Int(a.capacity),
                Cell::text(format!("编周〔{}〕1号", month_of(a.from).year())),
                Cell::Date(a.from),
            ]
        }),
        truth: Box::new(|_| RowTruth::default()),
    }
}

pub(super) fn approvers(world: &World) -> View<'_> {
    let rows = quota_feeds::authorities(world);
    View {
        table: "quota_approvers",
        total: None,
        headers: &["批准机关", "行政区划代码", "生效时间"],
        len: rows.len(),
        render: Box::new(move |i| {
            vec![Cell::text(&*rows[i].0), Cell::text(rows[i].1.to_string()), Cell::Date(day(1950, 1, 1))]
        }),
        truth: Box::new(|_| RowTruth::default()),
    }
}

pub(super) fn controls<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    let rows: Vec<&Control> = world.quota_feeds.controls.iter().filter(|c| c.from <= s.as_of).collect();
    let owner: Vec<u32> = rows.iter().map(|c| c.unit).collect();
    View {
        table: "controlled_units",
        total: None,
        headers: &["机构编码", "单位名称", "编制类型", "控编比例", "批准文号", "生效时间"],
        len: rows.len(),
        render: Box::new(move |i| {
            let c = rows[i];
            let [code, name] = place(world, c.unit, s.as_of);
            vec![
                code,
                name,
                c.quota_type.map_or(Cell::Empty, |t| Cell::Label(t.label())),
                c.rate.map_or(Cell::Empty, Cell::Int),
                Cell::text(format!("控编〔{}〕1号", month_of(c.from).year())),
                Cell::Date(c.from),
            ]
        }),
        truth: Box::new(move |i| of_unit(owner[i])),
    }
}

pub(super) fn evaluations<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    let rows: Vec<&Evaluation> = world.quota_feeds.evaluations.iter().filter(|e| e.from <= s.as_of).collect();
    let owner: Vec<u32> = rows.iter().map(|e| e.unit).collect();
    View {
        table: "evaluations",
        total: None,
        headers: &["机构编码", "单位名称", "评估等次", "允许出一进一", "批准文号", "生效时间"],
        len: rows.len(),
        render: Box::new(move |i| {
            let e = rows[i];
            let [code, name] = place(world, e.unit, s.as_of);
            vec![
                code,
                name,
                Cell::text(e.tier.to_string()),
                Cell::Label(if e.replacement { "是" } else { "否" }),
                Cell::text(format!("评估〔{}〕1号", month_of(e.from).year())),
                Cell::Date(e.from),
            ]
        }),
        truth: Box::new(move |i| of_unit(owner[i])),
    }
}

pub(super) fn sections<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    let rows: Vec<&Section> = world.quota_feeds.sections.iter().filter(|c| c.from <= s.as_of).collect();
    let owner: Vec<u32> = rows.iter().map(|c| c.unit).collect();
    View {
        table: "unit_sections",
        total: None,
        headers: &["机构编码", "单位名称", "内设机构名称", "科室编制数", "科室职数", "批准文号", "生效时间"],
        len: rows.len(),
        render: Box::new(move |i| {
            let c = rows[i];
            let [code, name] = place(world, c.unit, s.as_of);
            vec![
                code,
                name,
                Cell::Label(c.name),
                Cell::Int(c.quota),
                Cell::Int(c.heads),
                Cell::text(format!("编内〔{}〕{}号", month_of(c.from).year(), 1 + c.unit % 70)),
                Cell::Date(c.from),
            ]
        }),
        truth: Box::new(move |i| of_unit(owner[i])),
    }
}
