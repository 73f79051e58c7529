//! Tables of other offices: pensions, discipline, insurance, the bank's answers, off-quota staff, budget headcounts.

use std::collections::BTreeMap;

use super::super::cells::Cell;
use super::super::days::{last_day, month_of};
use super::super::deliveries::roster_month;
use super::super::feeds::{self, Employer};
use super::super::model::{Code as _, World};
use super::super::pay_table;
use super::super::records::Snapshot;
use super::people::{id_of, name_of};
use super::{RowTruth, View, of_unit, place};

fn of_person(person: u32, unit: Option<u32>) -> RowTruth {
    RowTruth { person: Some(person), unit, kinds: vec![] }
}

pub(super) fn pensions<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    let mut rows: Vec<&feeds::Pension> = world.feeds.pensions.iter().filter(|p| p.first <= s.month).collect();
    rows.sort_by_key(|p| (p.person, p.first));
    let who: Vec<u32> = rows.iter().map(|p| p.person).collect();
    View {
        table: "pensions",
        total: None,
        headers: &["姓名", "身份证号", "待遇首发月份", "待遇金额", "待遇类别"],
        len: rows.len(),
        render: Box::new(move |i| {
            let p = rows[i];
            vec![
                name_of(world, p.person, None),
                id_of(world, p.person, None),
                Cell::text(p.first.to_string()),
                Cell::Money(p.amount),
                Cell::Label(p.kind.label()),
            ]
        }),
        truth: Box::new(move |i| of_person(who[i], None)),
    }
}

pub(super) fn discipline<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    let mut rows: Vec<&feeds::Discipline> = world.feeds.disciplines.iter().filter(|d| d.on <= s.as_of).collect();
    rows.sort_by_key(|d| (d.person, d.on));
    let who: Vec<(u32, u32)> = rows.iter().map(|d| (d.person, d.unit)).collect();
    View {
        table: "discipline",
        total: None,
        headers: &["姓名", "身份证号", "单位名称", "处分种类", "生效日期", "期满日期", "文号"],
        len: rows.len(),
        render: Box::new(move |i| {
            let d = rows[i];
            vec![
                name_of(world, d.person, None),
                id_of(world, d.person, None),
                Cell::text(world.units[d.unit as usize].name(s.as_of)),
                Cell::Label(d.measure.label()),
                Cell::Date(d.on),
                Cell::date(d.ends),
                Cell::text(format!("处字〔{}〕{}号", super::month_of(d.on).year(), 1 + d.person % 300)),
            ]
        }),
        truth: Box::new(move |i| of_person(who[i].0, Some(who[i].1))),
    }
}

pub(super) fn insurance<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    let rows = feeds::insured(world, s.month);
    let who: Vec<(u32, Option<u32>)> =
        rows.iter().map(|(p, e)| (*p, if let Employer::Unit(u) = e { Some(*u) } else { None })).collect();
    View {
        table: "social_insurance",
        total: None,
        headers: &["姓名", "身份证号", "参保单位", "统一社会信用代码", "缴费月份", "缴费基数"],
        len: rows.len(),
        render: Box::new(move |i| {
            let (person, employer) = &rows[i];
            let (name, code) = match employer {
                Employer::Unit(u) => {
                    let unit = &world.units[*u as usize];
                    (unit.name(s.as_of), unit.credit.as_str())
                }
                Employer::Company(name, code) => (name.as_str(), code.as_str()),
            };
            vec![
                name_of(world, *person, None),
                id_of(world, *person, None),
                Cell::text(name),
                Cell::text(code),
                Cell::text(s.month.to_string()),
                Cell::Money(450_000 + i64::from(person % 90) * 5_000),
            ]
        }),
        truth: Box::new(move |i| of_person(who[i].0, who[i].1)),
    }
}

/// The bank's form of a name: another dot, or cut after six characters.
fn at_the_bank(name: &str, person: u32) -> String {
    if !name.contains('·') {
        return name.to_owned();
    }
    match person % 3 {
        0 => name.replace('·', "."),
        1 => name.replace('·', "•"),
        _ => name.chars().take(6).collect(),
    }
}

pub(super) fn bank_returns<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    let rows: Vec<usize> = (0..s.pay.len()).filter(|i| feeds::bank_answers(s.pay[*i].unit)).collect();
    // Several accounts may be one person's, no account several persons'.
    let owners: BTreeMap<[u8; 19], u32> =
        world.persons.iter().enumerate().map(|(i, p)| (p.account, u32::try_from(i).unwrap_or(u32::MAX))).collect();
    let who: Vec<(Option<u32>, u32)> =
        rows.iter().map(|i| (owners.get(&s.pay[*i].account).copied(), s.pay[*i].unit)).collect();
    let holders: Vec<Option<u32>> = who.iter().map(|w| w.0).collect();
    View {
        table: "bank_returns",
        total: None,
        headers: &["发放月份", "账号", "户名", "金额", "处理结果"],
        len: rows.len(),
        render: Box::new(move |n| {
            let row = &s.pay[rows[n]];
            let holder = holders[n].unwrap_or(row.person);
            let returned = row.more.returned;
            vec![
                Cell::text(s.month.to_string()),
                Cell::text(String::from_utf8_lossy(&row.account).into_owned()),
                Cell::text(at_the_bank(&world.persons[holder as usize].name, holder)),
                Cell::Money(row.net()),
                Cell::Label(if returned { "退汇" } else { "成功" }),
            ]
        }),
        truth: Box::new(move |n| RowTruth { person: who[n].0, unit: Some(who[n].1), kinds: vec![] }),
    }
}

pub(super) fn off_quota<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    let as_of = last_day(roster_month(world, s.month));
    let mut rows: Vec<&feeds::OffQuota> = world.feeds.off_quota.iter().filter(|o| o.from <= as_of).collect();
    rows.sort_by_key(|o| (o.unit, o.person, o.from));
    let who: Vec<(u32, u32)> = rows.iter().map(|o| (o.person, o.unit)).collect();
    View {
        table: "off_quota_staff",
        total: None,
        headers: &["机构编码", "单位名称", "姓名", "身份证号", "用工类别", "合同起始时间", "合同终止时间"],
        len: rows.len(),
        render: Box::new(move |i| {
            let o = rows[i];
            let [code, name] = place(world, o.unit, as_of);
            vec![
                code,
                name,
                name_of(world, o.person, None),
                id_of(world, o.person, None),
                Cell::Label(o.kind.label()),
                Cell::Date(o.from),
                Cell::date(o.to.filter(|t| *t <= as_of)),
            ]
        }),
        truth: Box::new(move |i| of_person(who[i].0, Some(who[i].1))),
    }
}

pub(super) fn budgets<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    let rows = feeds::budgets(world, s.month);
    let who: Vec<u32> = rows.iter().map(|r| r.unit).collect();
    View {
        table: "budget_headcounts",
        total: None,
        headers: &["机构编码", "单位名称", "预算年度", "人数时点", "在职人数", "公用经费人数", "拟增人数"],
        len: rows.len(),
        render: Box::new(move |i| {
            let row = rows[i];
            let [code, name] = place(world, row.unit, s.as_of);
            vec![
                code,
                name,
                Cell::Int(i64::from(super::month_of(row.as_of).year()) + 1),
                Cell::Date(row.as_of),
                Cell::Int(row.in_service),
                Cell::Int(row.operating),
                Cell::Int(row.planned),
            ]
        }),
        truth: Box::new(move |i| of_unit(who[i])),
    }
}

pub(super) fn standards(world: &World) -> View<'_> {
    let rows = pay_table::standards(world);
    View {
        table: "pay_standards",
        total: None,
        headers: &["工资项目", "等级", "月标准", "执行时间", "文号"],
        len: rows.len(),
        render: Box::new(move |i| {
            let r = &rows[i];
            let document = format!("国办发〔{}〕1号", month_of(r.from).year());
            vec![
                Cell::Label(r.item),
                Cell::text(&*r.grade),
                Cell::Money(r.fen),
                Cell::Date(r.from),
                Cell::text(document),
            ]
        }),
        truth: Box::new(|_| RowTruth::default()),
    }
}
