//! The extracts as tables of cells: headers as offices write them, one view a table.

use super::cells::Cell;
use super::days::{Day, month_of};
use super::model::{Bucket, Channel, Code as _, World};
use super::records::Snapshot;
use crate::synthetic::quota_feeds::Updated;

mod office;
mod feeds;
mod people;
mod staff_feeds;
mod quota_feeds;

use people::{absences, attendance, deaths, hr, id_of, name_of, payroll, staff};

/// Whose row it is, for the truth.
#[derive(Debug, Clone, Default)]
pub struct RowTruth {
    pub person: Option<u32>,
    pub unit: Option<u32>,
    pub kinds: Vec<&'static str>,
}

type Render<'a> = Box<dyn Fn(usize) -> Vec<Cell> + Sync + 'a>;
type Truth<'a> = Box<dyn Fn(usize) -> RowTruth + Sync + 'a>;

/// A table to be written: its rows rendered on demand, so that a million of them never stand in memory as text.
pub struct View<'a> {
    pub table: &'static str,
    pub headers: &'static [&'static str],
    pub len: usize,
    pub render: Render<'a>,
    pub truth: Truth<'a>,
    /// A row of totals below the others, in delimited files.
    pub total: Option<Vec<Cell>>,
}

/// Every table of a month, in the order of pipelines/monthly.toml.
#[must_use]
pub fn views<'a>(world: &'a World, snapshot: &'a Snapshot) -> Vec<View<'a>> {
    super::deliveries::hand_over(world, snapshot, every(world, snapshot))
}

fn every<'a>(world: &'a World, snapshot: &'a Snapshot) -> Vec<View<'a>> {
    vec![
        units(world, snapshot),
        quotas(world, snapshot),
        leader_posts(world, snapshot),
        staff(world, snapshot),
        approvals(world, snapshot),
        registrations(world, snapshot),
        office::annual_reports(world, snapshot),
        office::plaques(world, snapshot),
        office::domains(world, snapshot),
        office::establishment_reports(world, snapshot),
        office::spot_checks(world, snapshot),
        payroll(world, snapshot),
        hr(world, snapshot),
        absences(world, snapshot),
        exemptions(world, snapshot),
        aliases(world, snapshot),
        deaths(world, snapshot),
        attendance(world, snapshot),
        feeds::pensions(world, snapshot),
        feeds::discipline(world, snapshot),
        staff_feeds::retirements(world, snapshot),
        staff_feeds::appraisals(world, snapshot),
        staff_feeds::company_roles(world, snapshot),
        staff_feeds::rectifications(world, snapshot),
        staff_feeds::post_plans(world, snapshot),
        feeds::insurance(world, snapshot),
        feeds::bank_returns(world, snapshot),
        feeds::off_quota(world, snapshot),
        feeds::budgets(world, snapshot),
        feeds::standards(world),
        quota_feeds::ceilings(world, snapshot),
        quota_feeds::pools(world, snapshot),
        quota_feeds::approvers(world),
        quota_feeds::controls(world, snapshot),
        quota_feeds::evaluations(world, snapshot),
        quota_feeds::sections(world, snapshot),
    ]
}

fn of_unit(unit: u32) -> RowTruth {
    RowTruth { person: None, unit: Some(unit), kinds: vec![] }
}

fn place(world: &World, unit: u32, as_of: Day) -> [Cell; 2] {
    let u = &world.units[unit as usize];
    [Cell::text(&*u.code), Cell::text(u.name(as_of))]
}

fn units<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    View {
        table: "establishment_units",
        total: None,
        headers: &[
            "机构编码",
            "机构名称",
            "统一社会信用代码",
            "其他名称",
            "行政区划代码",
            "主管部门",
            "机构规格",
            "机构性质",
            "经费形式",
            "编制总数",
            "机构状态",
            "设立时间",
            "设立文件",
            "撤销时间",
            "编外用工控制数",
            "主要职责",
            "三定规定印发日期",
        ],
        len: s.units.len(),
        render: Box::new(move |i| {
            let row = &s.units[i];
            let u = &world.units[row.unit as usize];
            vec![
                Cell::text(&*u.code),
                Cell::text(&*row.name),
                Cell::text(&*u.credit),
                u.plaque.as_deref().map_or(Cell::Empty, Cell::text),
                Cell::text(u.region_code.to_string()),
                u.superior.map_or(Cell::Empty, |p| Cell::text(world.units[p as usize].name(s.as_of))),
                Cell::Label(u.rank.label()),
                Cell::Label(if world.quota_feeds.coordination.contains(&row.unit) {
                    "议事协调机构"
                } else {
                    u.nature.label()
                }),
                Cell::Label(u.funding.label()),
                Cell::Int(row.quota_total),
                Cell::Label(if row.abolished.is_some() { "撤销" } else { "正常" }),
                Cell::Date(u.established),
                Cell::text(format!(
                    "{}编〔{}〕{}号",
                    world.region.initial(u.county),
                    month_of(u.established).year(),
                    1 + row.unit % 90
                )),
                Cell::date(row.abolished),
                world.quota_feeds.off_quota_limits.get(&row.unit).map_or(Cell::Empty, |n| Cell::Int(*n)),
                Cell::text(super::duties::duties(world, row.unit)),
                Cell::Date(super::duties::duties_on(world, row.unit, s.as_of)),
            ]
        }),
        truth: Box::new(move |i| of_unit(s.units[i].unit)),
    }
}

fn quotas<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    View {
        table: "quotas",
        total: None,
        headers: &[
            "机构编码",
            "单位名称",
            "编制类型",
            "台账类型",
            "期初数",
            "核增",
            "核减",
            "划入",
            "划出",
            "编制数量",
            "批准文号",
            "批准机关",
            "生效时间",
            "失效时间",
            "专编类别",
            "任务结束时间",
        ],
        len: s.quotas.len(),
        render: Box::new(move |i| {
            let row = &s.quotas[i];
            let [code, name] = place(world, row.unit, s.as_of);
            let lot = &row.lot;
            vec![
                code,
                name,
                Cell::Label(lot.quota_type.label()),
                Cell::Label(if lot.bucket == Bucket::Own { "本单位" } else { lot.bucket.label() }),
                Cell::Int(lot.opening),
                Cell::Int(lot.added),
                Cell::Int(lot.cut),
                Cell::Int(lot.more.moved_in),
                Cell::Int(lot.more.moved_out),
                Cell::Int(lot.approved),
                if lot.document.is_empty() { Cell::Empty } else { Cell::text(&*lot.document) },
                Cell::text(lot.more.issuer.clone().unwrap_or_else(|| format!("{}委编委", world.region.name))),
                Cell::Date(lot.from),
                Cell::date(lot.to),
                lot.more.earmark.map_or(Cell::Empty, Cell::Label),
                Cell::date(lot.more.closed.filter(|c| *c <= s.as_of)),
            ]
        }),
        truth: Box::new(move |i| of_unit(s.quotas[i].unit)),
    }
}

fn leader_posts<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    let mut rows: Vec<(u32, usize)> = Vec::new();
    for row in s.units.iter().filter(|r| r.abolished.is_none()) {
        let posts = &world.units[row.unit as usize].posts;
        rows.extend((0..posts.len()).filter(|n| posts[*n].from <= s.as_of).map(|n| (row.unit, n)));
    }
    let owner: Vec<u32> = rows.iter().map(|r| r.0).collect();
    View {
        table: "leader_posts",
        total: None,
        headers: &[
            "机构编码",
            "单位名称",
            "职数类别",
            "职务层次",
            "正副职",
            "核定职数",
            "批准文号",
            "生效时间",
            "更新时间",
        ],
        len: rows.len(),
        render: Box::new(move |i| {
            let (unit, n) = rows[i];
            let [code, name] = place(world, unit, s.as_of);
            let post = &world.units[unit as usize].posts[n];
            vec![
                code,
                name,
                Cell::Label(post.scope.label()),
                Cell::Label(post.level.label()),
                Cell::Label(post.class.label()),
                Cell::Int(post.approved),
                Cell::text(format!(
                    "{}编〔{}〕{}号",
                    world.region.name.chars().next().unwrap_or('市'),
                    month_of(post.from).year(),
                    1 + unit % 80
                )),
                Cell::Date(post.from),
                Cell::Date(match world.quota_feeds.updated.get(&unit) {
                    Some(Updated::On(day)) => *day,
                    Some(Updated::Ago(days)) => s.as_of - days,
                    None => s.as_of - 12,
                }),
            ]
        }),
        truth: Box::new(move |i| of_unit(owner[i])),
    }
}

fn approvals<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    let rows: Vec<usize> = (0..world.approvals.len()).filter(|i| world.approvals[*i].on <= s.as_of).collect();
    let owner: Vec<u32> = rows.iter().map(|i| world.approvals[*i].unit).collect();
    View {
        table: "quota_approvals",
        total: None,
        headers: &["用编核准号", "机构编码", "单位名称", "编制类型", "核准人数", "核准时间", "有效期至"],
        len: rows.len(),
        render: Box::new(move |i| {
            let a = &world.approvals[rows[i]];
            let [code, name] = place(world, a.unit, s.as_of);
            vec![
                Cell::text(&*a.no),
                code,
                name,
                Cell::Label(a.quota_type.label()),
                Cell::Int(i64::from(a.count)),
                Cell::Date(a.on),
                Cell::Date(a.valid_to),
            ]
        }),
        truth: Box::new(move |i| of_unit(owner[i])),
    }
}

fn registrations<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    View {
        table: "registrations",
        total: None,
        headers: &[
            "统一社会信用代码",
            "事业单位名称",
            "其他名称",
            "法定代表人",
            "法定代表人证件号",
            "经费来源",
            "开办资金",
            "举办单位",
            "登记管理机关",
            "住所",
            "登记状态",
            "设立登记日期",
            "注销登记日期",
            "清算结束日期",
            "变更登记日期",
            "证书有效期自",
            "证书有效期至",
            "换证受理日期",
            "宗旨和业务范围",
        ],
        len: s.registrations.len(),
        render: Box::new(move |i| {
            let row = &s.registrations[i];
            let u = &world.units[row.unit as usize];
            let shown = row.shown.as_deref();
            vec![
                Cell::text(&*row.credit),
                Cell::text(&*row.name),
                if row.other_names.is_empty() { Cell::Empty } else { Cell::text(&*row.other_names) },
                row.legal_representative.map_or(Cell::Empty, |p| name_of(world, p, shown)),
                row.legal_representative.map_or(Cell::Empty, |p| id_of(world, p, shown)),
                Cell::Label(row.more.funding_words),
                Cell::Money(row.more.capital),
                row.more.sponsor.as_deref().map_or(Cell::Empty, Cell::text),
                Cell::text(format!("{}事业单位登记管理局", world.region.prefix(u.county))),
                Cell::text(format!(
                    "{}{}人民路{}号",
                    world.region.province,
                    world.region.prefix(u.county),
                    1 + row.unit % 300
                )),
                Cell::Label(if row.deregistered.is_some() { "注销" } else { "正常" }),
                Cell::Date(row.registered),
                Cell::date(row.deregistered),
                Cell::date(row.more.liquidated),
                Cell::date(row.more.changed),
                Cell::Date(row.more.certificate.0),
                Cell::Date(row.more.certificate.1),
                Cell::date(row.more.renewal_accepted),
                Cell::text(super::duties::purpose(world, row.unit, s.month)),
            ]
        }),
        truth: Box::new(move |i| {
            let row = &s.registrations[i];
            RowTruth {
                person: row.legal_representative,
                unit: Some(row.unit),
                kinds: row.shown.as_ref().map(|s| s.kinds.clone()).unwrap_or_default(),
            }
        }),
    }
}

fn exemptions<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    let rows: Vec<usize> = (0..world.exemptions.len()).filter(|i| world.exemptions[*i].from <= s.as_of).collect();
    let owner: Vec<u32> = rows.iter().map(|i| world.exemptions[*i].unit).collect();
    View {
        table: "quota_exemptions",
        total: None,
        headers: &["机构编码", "单位名称", "编制类型", "豁免人数", "豁免事由", "批准文号", "生效时间", "失效时间"],
        len: rows.len(),
        render: Box::new(move |i| {
            let e = &world.exemptions[rows[i]];
            let [code, name] = place(world, e.unit, s.as_of);
            vec![
                code,
                name,
                Cell::Label(e.quota_type.label()),
                Cell::Int(e.count),
                Cell::Label(e.reason),
                Cell::text(format!("编办函〔{}〕{}号", month_of(e.from).year(), 1 + e.unit % 60)),
                Cell::Date(e.from),
                Cell::date(e.to),
            ]
        }),
        truth: Box::new(move |i| of_unit(owner[i])),
    }
}

fn aliases<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    let mut rows: Vec<(u32, usize)> = Vec::new();
    for row in &s.units {
        let unit = &world.units[row.unit as usize];
        // A former name is one only from the day of the new name on; other aliases from their own first day.
        let known = |a: &super::model::Alias| {
            if a.kind == "曾用名" { a.to.is_none_or(|t| t <= s.as_of) } else { a.from.is_none_or(|f| f <= s.as_of) }
        };
        rows.extend((0..unit.aliases.len()).filter(|n| known(&unit.aliases[*n])).map(|n| (row.unit, n)));
    }
    let owner: Vec<u32> = rows.iter().map(|r| r.0).collect();
    View {
        table: "unit_aliases",
        total: None,
        headers: &["机构编码", "机构名称", "别名", "别名类别", "启用时间", "停用时间", "更名文号"],
        len: rows.len(),
        render: Box::new(move |i| {
            let (unit, n) = rows[i];
            let [code, name] = place(world, unit, s.as_of);
            let a = &world.units[unit as usize].aliases[n];
            let document =
                a.to.map_or(Cell::Empty, |t| Cell::text(format!("编字〔{}〕{}号", month_of(t).year(), 1 + unit % 70)));
            vec![code, name, Cell::text(&*a.alias), Cell::Label(a.kind), Cell::date(a.from), Cell::date(a.to), document]
        }),
        truth: Box::new(move |i| of_unit(owner[i])),
    }
}

/// Whether an entry of this channel needs an approval.
#[must_use]
pub fn needs_approval(channel: Channel) -> bool {
    matches!(channel, Channel::Recruitment | Channel::Transfer | Channel::Talent)
}
