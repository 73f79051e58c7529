//! The office's own lists as tables of cells.

use super::super::cells::Cell;
use super::super::model::World;
use super::super::records::Snapshot;
use super::{View, of_unit, place};

pub(super) fn annual_reports<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    View {
        table: "annual_reports",
        total: None,
        headers: &[
            "统一社会信用代码",
            "事业单位名称",
            "年度",
            "报送日期",
            "编制数",
            "在编人数",
            "开办资金",
            "净资产合计",
            "是否免于公示",
        ],
        len: s.office.annual.len(),
        render: Box::new(move |i| {
            let row = &s.office.annual[i];
            let u = &world.units[row.unit as usize];
            vec![
                Cell::text(&*u.credit),
                Cell::text(u.name(s.as_of)),
                Cell::Int(i64::from(row.year)),
                Cell::Date(row.filed),
                Cell::Int(row.quota),
                Cell::Int(row.staff),
                Cell::Money(row.capital),
                Cell::Money(row.assets),
                Cell::Label(if row.exempt { "是" } else { "否" }),
            ]
        }),
        truth: Box::new(move |i| of_unit(s.office.annual[i].unit)),
    }
}

pub(super) fn plaques<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    View {
        table: "plaques",
        total: None,
        headers: &[
            "机构编码",
            "单位名称",
            "牌子名称",
            "清单来源",
            "牌子类别",
            "批准文号",
            "批准时间",
            "核查时间",
            "单独核定编制数",
        ],
        len: s.office.plaques.len(),
        render: Box::new(move |i| {
            let row = &s.office.plaques[i];
            let [code, name] = place(world, row.unit, s.as_of);
            let p = &row.plaque;
            let only = |seen: bool, cell: Cell| if row.seen == seen { cell } else { Cell::Empty };
            let document = format!("编办发〔{}〕{}号", 2015 + row.unit % 9, 1 + row.unit % 50);
            vec![
                code,
                name,
                Cell::text(&*p.name),
                Cell::Label(if row.seen { "现场核查" } else { "批准清单" }),
                if p.class.is_empty() { Cell::Empty } else { Cell::Label(p.class) },
                only(false, Cell::text(document)),
                only(false, Cell::date(p.approved)),
                only(true, Cell::date(p.seen)),
                only(false, p.own_quota.map_or(Cell::Empty, Cell::Int)),
            ]
        }),
        truth: Box::new(move |i| of_unit(s.office.plaques[i].unit)),
    }
}

pub(super) fn domains<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    View {
        table: "domains",
        total: None,
        headers: &["机构编码", "单位名称", "中文域名", "注册日期", "到期日期"],
        len: s.office.domains.len(),
        render: Box::new(move |i| {
            let row = &s.office.domains[i];
            let [code, name] = place(world, row.unit, s.as_of);
            vec![code, name, Cell::text(&*row.name), Cell::Date(row.expires - 1060), Cell::Date(row.expires)]
        }),
        truth: Box::new(move |i| of_unit(s.office.domains[i].unit)),
    }
}

pub(super) fn establishment_reports<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    View {
        table: "establishment_reports",
        total: None,
        headers: &["机构编码", "单位名称", "报告年度", "报告时间"],
        len: s.office.reports.len(),
        render: Box::new(move |i| {
            let row = &s.office.reports[i];
            let [code, name] = place(world, row.unit, s.as_of);
            vec![code, name, Cell::Int(i64::from(row.year)), Cell::Date(row.on)]
        }),
        truth: Box::new(move |i| of_unit(s.office.reports[i].unit)),
    }
}

pub(super) fn spot_checks<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    View {
        table: "spot_checks",
        total: None,
        headers: &[
            "机构编码",
            "单位名称",
            "抽查编号",
            "抽查日期",
            "抽查结果",
            "公示日期",
            "是否涉密",
            "整改期限",
            "整改完成日期",
        ],
        len: s.office.checks.len(),
        render: Box::new(move |i| {
            let row = &s.office.checks[i];
            let [code, name] = place(world, row.unit, s.as_of);
            let c = &row.check;
            vec![
                code,
                name,
                Cell::text(&*c.no),
                Cell::Date(c.on),
                Cell::Label(if c.problem { "发现问题" } else { "未发现问题" }),
                Cell::date(c.published),
                Cell::Label(if c.secret { "是" } else { "否" }),
                Cell::date(c.rectify_by),
                Cell::date(c.rectified),
            ]
        }),
        truth: Box::new(move |i| of_unit(s.office.checks[i].unit)),
    }
}
