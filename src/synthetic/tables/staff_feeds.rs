//! Tables of retirements, appraisals, company roles, rectifications and planned posts.

use super::super::cells::Cell;
use super::super::days::month_of;
use super::super::model::{Code as _, World};
use super::super::records::Snapshot;
use super::super::staff_feeds::{Appraisal, CompanyRole, Item, PostPlan, Retirement, company_code};
use super::people::{id_of, name_of};
use super::{RowTruth, View, of_unit, place};

fn of_person(person: u32, unit: Option<u32>) -> RowTruth {
    RowTruth { person: Some(person), unit, kinds: vec![] }
}

pub(super) fn retirements<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    let mut rows: Vec<&Retirement> = world.staff.retirements.iter().filter(|r| r.approved <= s.as_of).collect();
    rows.sort_by_key(|r| (r.unit, r.person, r.approved));
    let who: Vec<(u32, u32)> = rows.iter().map(|r| (r.person, r.unit)).collect();
    View {
        table: "retirement_approvals",
        total: None,
        headers: &["机构编码", "单位名称", "姓名", "身份证号", "审批类别", "批准退休时间", "批准时间", "批准文号"],
        len: rows.len(),
        render: Box::new(move |i| {
            let r = rows[i];
            let [code, name] = place(world, r.unit, s.as_of);
            vec![
                code,
                name,
                name_of(world, r.person, None),
                id_of(world, r.person, None),
                Cell::Label(r.kind),
                Cell::Date(r.retires),
                Cell::Date(r.approved),
                Cell::text(format!("人退〔{}〕{}号", month_of(r.approved).year(), 1 + r.person % 400)),
            ]
        }),
        truth: Box::new(move |i| of_person(who[i].0, Some(who[i].1))),
    }
}

pub(super) fn appraisals<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    let mut rows: Vec<&Appraisal> = world.staff.appraisals.iter().filter(|a| a.decided <= s.as_of).collect();
    rows.sort_by_key(|a| (a.unit, a.person, a.year));
    let who: Vec<(u32, u32)> = rows.iter().map(|a| (a.person, a.unit)).collect();
    View {
        table: "appraisals",
        total: None,
        headers: &["机构编码", "单位名称", "姓名", "身份证号", "考核年度", "考核结果", "确定时间"],
        len: rows.len(),
        render: Box::new(move |i| {
            let a = rows[i];
            let [code, name] = place(world, a.unit, s.as_of);
            vec![
                code,
                name,
                name_of(world, a.person, None),
                id_of(world, a.person, None),
                Cell::Int(i64::from(a.year)),
                Cell::Label(a.result),
                Cell::Date(a.decided),
            ]
        }),
        truth: Box::new(move |i| of_person(who[i].0, Some(who[i].1))),
    }
}

pub(super) fn company_roles<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    let mut rows: Vec<&CompanyRole> = world.staff.roles.iter().filter(|r| r.since <= s.as_of).collect();
    rows.sort_by_key(|r| (r.person, r.since));
    let who: Vec<u32> = rows.iter().map(|r| r.person).collect();
    View {
        table: "company_roles",
        total: None,
        headers: &["姓名", "身份证号", "企业名称", "统一社会信用代码", "职务类别", "企业状态", "任职日期", "兼职依据"],
        len: rows.len(),
        render: Box::new(move |i| {
            let r = rows[i];
            vec![
                name_of(world, r.person, None),
                id_of(world, r.person, None),
                Cell::text(&*r.company),
                Cell::text(company_code(world, r.person)),
                Cell::Label(r.role),
                Cell::Label(if r.active { "存续" } else { "注销" }),
                Cell::Date(r.since),
                if r.ground.is_empty() { Cell::Empty } else { Cell::Label(r.ground) },
            ]
        }),
        truth: Box::new(move |i| of_person(who[i], None)),
    }
}

pub(super) fn rectifications<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    let mut rows: Vec<&Item> = world.staff.items.iter().filter(|i| i.assigned <= s.as_of).collect();
    rows.sort_by_key(|i| (i.unit, i.assigned, i.no.clone()));
    let owner: Vec<u32> = rows.iter().map(|i| i.unit).collect();
    View {
        table: "rectifications",
        total: None,
        headers: &["编号", "机构编码", "单位名称", "问题", "整改状态", "交办时间", "整改时限", "销号时间"],
        len: rows.len(),
        render: Box::new(move |i| {
            let item = rows[i];
            let [code, name] = place(world, item.unit, s.as_of);
            let closed = item.closed.filter(|c| *c <= s.as_of);
            let status = if item.closed.is_some() && closed.is_none() { "整改中" } else { item.status };
            vec![
                Cell::text(&*item.no),
                code,
                name,
                Cell::Label(["超编进人", "混编混岗", "超职数配备", "登记不及时"][item.unit as usize % 4]),
                Cell::Label(status),
                Cell::Date(item.assigned),
                Cell::Date(item.due),
                Cell::date(closed),
            ]
        }),
        truth: Box::new(move |i| of_unit(owner[i])),
    }
}

pub(super) fn post_plans<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    let mut rows: Vec<&PostPlan> = world.staff.plans.iter().filter(|p| p.span.holds(s.month)).collect();
    rows.sort_by_key(|p| (p.unit, p.scope, p.level, p.class));
    let owner: Vec<u32> = rows.iter().map(|p| p.unit).collect();
    View {
        table: "post_plans",
        total: None,
        headers: &["机构编码", "单位名称", "职数类别", "职务层次", "正副职", "拟免", "拟配", "拟任时间"],
        len: rows.len(),
        render: Box::new(move |i| {
            let p = rows[i];
            let [code, name] = place(world, p.unit, s.as_of);
            vec![
                code,
                name,
                Cell::Label(p.scope.label()),
                Cell::Label(p.level.label()),
                Cell::Label(p.class.label()),
                Cell::Int(p.leaving),
                Cell::Int(p.joining),
                Cell::Date(s.as_of + 20),
            ]
        }),
        truth: Box::new(move |i| of_unit(owner[i])),
    }
}
