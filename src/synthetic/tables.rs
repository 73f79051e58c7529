//! The extracts as tables of cells: headers as offices write them, one view a table.

use super::cells::{Cell, typed_date, typed_money};
use super::days::{Day, day, month_of};
use super::model::{Bucket, Channel, Code as _, Nature, World};
use super::records::{HrRow, PayRow, Shown, Snapshot, StaffRow};

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
}

/// Every table of a month, in the order of pipelines/monthly.toml.
#[must_use]
pub fn views<'a>(world: &'a World, snapshot: &'a Snapshot) -> Vec<View<'a>> {
    vec![
        units(world, snapshot),
        quotas(world, snapshot),
        leader_posts(world, snapshot),
        staff(world, snapshot),
        approvals(world, snapshot),
        registrations(world, snapshot),
        payroll(world, snapshot),
        hr(world, snapshot),
        absences(world, snapshot),
        exemptions(world, snapshot),
        aliases(world, snapshot),
        deaths(world, snapshot),
        attendance(world, snapshot),
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
        headers: &[
            "机构编码", "机构名称", "统一社会信用代码", "其他名称", "行政区划代码", "主管部门", "机构规格", "机构性质", "经费形式",
            "编制总数", "机构状态", "设立时间", "设立文件", "撤销时间",
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
                Cell::Label(u.nature.label()),
                Cell::Label(u.funding.label()),
                Cell::Int(row.quota_total),
                Cell::Label(if row.abolished.is_some() { "撤销" } else { "正常" }),
                Cell::Date(u.established),
                Cell::text(format!("{}编〔{}〕{}号", world.region.initial(u.county), month_of(u.established).year(), 1 + row.unit % 90)),
                Cell::date(row.abolished),
            ]
        }),
        truth: Box::new(move |i| of_unit(s.units[i].unit)),
    }
}

fn quotas<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    View {
        table: "quotas",
        headers: &[
            "机构编码", "单位名称", "编制类型", "台账类型", "期初数", "核增", "核减", "划入", "划出", "编制数量", "批准文号", "批准机关",
            "生效时间", "失效时间",
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
                Cell::Label(if lot.bucket == Bucket::Own { "本单位" } else { "周转池" }),
                Cell::Int(lot.opening),
                Cell::Int(lot.added),
                Cell::Int(lot.cut),
                Cell::Int(0),
                Cell::Int(0),
                Cell::Int(lot.approved),
                Cell::text(&*lot.document),
                Cell::text(format!("{}委编委", world.region.name)),
                Cell::Date(lot.from),
                Cell::date(lot.to),
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
        headers: &["机构编码", "单位名称", "职数类别", "职务层次", "正副职", "核定职数", "批准文号", "生效时间", "更新时间"],
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
                Cell::text(format!("{}编〔{}〕{}号", world.region.name.chars().next().unwrap_or('市'), month_of(post.from).year(), 1 + unit % 80)),
                Cell::Date(post.from),
                Cell::Date(s.as_of - 12),
            ]
        }),
        truth: Box::new(move |i| of_unit(owner[i])),
    }
}

fn name_of(world: &World, person: u32, shown: Option<&Shown>) -> Cell {
    Cell::text(shown.and_then(|s| s.name.as_deref()).unwrap_or(&world.persons[person as usize].name))
}

fn id_of(world: &World, person: u32, shown: Option<&Shown>) -> Cell {
    match shown.and_then(|s| s.id.as_deref()) {
        Some("") => Cell::Empty,
        Some(id) => Cell::text(id),
        None => Cell::text(world.persons[person as usize].id_text()),
    }
}

fn shape(shown: Option<&Shown>) -> u8 {
    shown.map_or(0, |s| s.date_shape)
}

fn truth_of(person: u32, unit: u32, shown: Option<&Shown>) -> RowTruth {
    RowTruth { person: Some(person), unit: Some(unit), kinds: shown.map(|s| s.kinds.clone()).unwrap_or_default() }
}

fn staff<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    View {
        table: "establishment_staff",
        headers: &[
            "机构编码", "机构名称", "姓名", "身份证号", "性别", "出生日期", "编制类型", "编制情况", "人员状态", "入编时间", "进入形式",
            "用编核准号", "出编时间", "出编原因", "参加工作时间", "职务", "职数类别", "职务层次", "正副职", "任职时间", "免职时间", "是否兼任",
        ],
        len: s.staff.len(),
        render: Box::new(move |i| staff_cells(world, s, &s.staff[i])),
        truth: Box::new(move |i| truth_of(s.staff[i].person, s.staff[i].unit, s.staff[i].shown.as_deref())),
    }
}

fn staff_cells(world: &World, s: &Snapshot, row: &StaffRow) -> Vec<Cell> {
    let shown = row.shown.as_deref();
    let shape = shape(shown);
    let [code, name] = place(world, row.unit, s.as_of);
    // Rules replay the last months day by day; only what lies further back may lose its day.
    let recent = super::days::first_day(world.first.plus(-20));
    let typed = |d: Option<Day>| d.map_or(Cell::Empty, |d| typed_date(d, shape, d < recent));
    let leader = row.leader;
    vec![
        code,
        name,
        name_of(world, row.person, shown),
        id_of(world, row.person, shown),
        Cell::Label(row.sex.label()),
        typed_date(row.birth, shape, true),
        Cell::Label(row.quota_type.label()),
        Cell::Label(row.bucket.label()),
        Cell::Label(row.status.label()),
        typed(row.entry),
        Cell::Label(row.channel.label()),
        row.approval_no.as_deref().map_or(Cell::Empty, Cell::text),
        typed(row.exit.map(|e| e.0)),
        row.exit.map_or(Cell::Empty, |e| Cell::Label(e.1.label())),
        typed_date(work_start(world, row), shape, true),
        Cell::Label(leader.map_or("", title)),
        leader.map_or(Cell::Empty, |l| Cell::Label(l.scope.label())),
        leader.map_or(Cell::Empty, |l| Cell::Label(l.level.label())),
        leader.map_or(Cell::Empty, |l| Cell::Label(l.class.label())),
        typed(leader.map(|l| l.appointed)),
        typed(leader.and_then(|l| l.removed)),
        leader.map_or(Cell::Empty, |l| Cell::Label(if l.concurrent { "是" } else { "否" })),
    ]
}

/// First day of work: at 22, or the first entry when that was earlier.
fn work_start(world: &World, row: &StaffRow) -> Day {
    let (year, month, _) = super::days::civil(world.persons[row.person as usize].birth);
    let at_22 = day(year + 22, month, 1);
    row.entry.map_or(at_22, |e| e.min(at_22))
}

fn title(leader: super::model::Leader) -> &'static str {
    use super::model::{Class, Scope};
    match (leader.scope, leader.class) {
        (Scope::Leadership, Class::Chief) => "主要负责人",
        (Scope::Leadership, Class::Deputy) => "副职领导",
        (Scope::Section, _) => "内设机构负责人",
    }
}

fn approvals<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    let rows: Vec<usize> = (0..world.approvals.len()).filter(|i| world.approvals[*i].on <= s.as_of).collect();
    let owner: Vec<u32> = rows.iter().map(|i| world.approvals[*i].unit).collect();
    View {
        table: "quota_approvals",
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
        headers: &[
            "统一社会信用代码", "事业单位名称", "其他名称", "法定代表人", "法定代表人证件号", "经费来源", "举办单位", "登记管理机关", "住所",
            "登记状态", "设立登记日期", "注销登记日期", "证书有效期自", "证书有效期至",
        ],
        len: s.registrations.len(),
        render: Box::new(move |i| {
            let row = &s.registrations[i];
            let u = &world.units[row.unit as usize];
            let shown = row.shown.as_deref();
            let from = s.as_of - 200 - i32::try_from(row.unit % 900).unwrap_or(0);
            vec![
                Cell::text(&*row.credit),
                Cell::text(&*row.name),
                if row.other_names.is_empty() { Cell::Empty } else { Cell::text(&*row.other_names) },
                row.legal_representative.map_or(Cell::Empty, |p| name_of(world, p, shown)),
                row.legal_representative.map_or(Cell::Empty, |p| id_of(world, p, shown)),
                Cell::Label(u.funding.label()),
                u.superior.map_or(Cell::Empty, |p| Cell::text(world.units[p as usize].name(s.as_of))),
                Cell::text(format!("{}事业单位登记管理局", world.region.prefix(u.county))),
                Cell::text(format!("{}{}人民路{}号", world.region.province, world.region.prefix(u.county), 1 + row.unit % 300)),
                Cell::Label(if row.deregistered.is_some() { "注销" } else { "正常" }),
                Cell::Date(row.registered),
                Cell::date(row.deregistered),
                Cell::Date(from),
                Cell::Date(from + 1826),
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

/// A unit as payroll or HR writes it.
fn written<'a>(world: &'a World, unit: u32, variant: Option<&'a (String, &'static str)>, as_of: Day) -> (&'a str, Option<&'static str>) {
    match variant {
        Some((name, kind)) => (name, Some(kind)),
        None => (world.units[unit as usize].name(as_of), None),
    }
}

fn with_kind(mut truth: RowTruth, kind: Option<&'static str>) -> RowTruth {
    truth.kinds.extend(kind);
    truth
}

fn payroll<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    View {
        table: "payroll",
        headers: &[
            "发放月份", "单位代码", "单位名称", "人员编号", "姓名", "身份证号", "人员身份", "发放批次", "岗位工资", "薪级工资", "绩效工资", "津贴补贴",
            "补发", "应发合计", "养老保险", "职业年金", "医疗保险", "住房公积金", "个人所得税", "扣发合计", "实发合计", "开户行", "银行账号",
        ],
        len: s.pay.len(),
        render: Box::new(move |i| pay_cells(world, s, &s.pay[i])),
        truth: Box::new(move |i| {
            let row = &s.pay[i];
            let variant = world.units[row.unit as usize].payroll_name.as_ref();
            with_kind(truth_of(row.person, row.unit, row.shown.as_deref()), variant.map(|v| v.1))
        }),
    }
}

fn pay_cells(world: &World, s: &Snapshot, row: &PayRow) -> Vec<Cell> {
    let shown = row.shown.as_deref();
    let u = &world.units[row.unit as usize];
    let (name, _) = written(world, row.unit, u.payroll_name.as_ref(), s.as_of);
    let name = shown.and_then(|s| s.unit_name.as_deref()).unwrap_or(name);
    let shape = shown.map_or(0, |s| s.money_shape);
    let money = |fen: i64| typed_money(fen, shape);
    let d = row.items.deductions(row.class);
    let gross = row.items.gross();
    let account = String::from_utf8_lossy(&row.account).into_owned();
    vec![
        Cell::text(s.month.to_string()),
        Cell::text(&*u.budget_code),
        Cell::text(name),
        Cell::text(format!("{}{:04}", u.budget_code, row.person % 10_000)),
        name_of(world, row.person, shown),
        id_of(world, row.person, shown),
        Cell::Label(row.class.label()),
        Cell::Label(row.batch.label()),
        money(row.items.post),
        money(row.items.grade),
        money(row.items.performance),
        money(row.items.allowances),
        money(row.items.back_pay),
        money(gross),
        money(d.pension),
        money(d.annuity),
        money(d.medical),
        money(d.housing),
        money(d.tax),
        money(d.total()),
        money(gross - d.total()),
        Cell::Label("中国建设银行"),
        Cell::text(account),
    ]
}

fn hr<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    View {
        table: "hr_staff",
        headers: &[
            "单位代码", "人事所在单位", "姓名", "身份证号码", "性别", "出生年月", "人员状态", "岗位类别", "职务", "是否主要负责人", "任职时间",
            "进入单位时间", "离开单位时间", "退休时间", "死亡时间", "学历",
        ],
        len: s.hr.len(),
        render: Box::new(move |i| hr_cells(world, s, &s.hr[i])),
        truth: Box::new(move |i| {
            let row = &s.hr[i];
            let variant = world.units[row.unit as usize].hr_name.as_ref();
            with_kind(truth_of(row.person, row.unit, row.shown.as_deref()), variant.map(|v| v.1))
        }),
    }
}

fn hr_cells(world: &World, s: &Snapshot, row: &HrRow) -> Vec<Cell> {
    let shown = row.shown.as_deref();
    let u = &world.units[row.unit as usize];
    let (name, _) = written(world, row.unit, u.hr_name.as_ref(), s.as_of);
    let shape = shape(shown);
    let spell = &world.spells[row.spell as usize];
    let typed = |d: Option<Day>| d.map_or(Cell::Empty, |d| typed_date(d, shape, true));
    let class = match (u.nature, spell.quota_type, spell.leader.is_some()) {
        (_, super::model::QuotaType::Worker, _) => "工勤",
        (Nature::Institution, _, true) => "管理",
        (Nature::Institution, _, false) => "专业技术",
        _ => "公务员",
    };
    vec![
        Cell::text(&*u.hr_code),
        Cell::text(name),
        name_of(world, row.person, shown),
        id_of(world, row.person, shown),
        Cell::Label(row.sex.label()),
        typed_date(row.birth, shape, true),
        Cell::Label(row.status.label()),
        Cell::Label(class),
        Cell::Label(spell.leader.map_or("", title)),
        Cell::Label(if row.head_since.is_some() { "是" } else { "否" }),
        typed(row.head_since),
        typed(Some(row.entered)),
        typed(row.left),
        typed(row.retired),
        typed(row.died),
        Cell::Label(["本科", "专科", "研究生", "中专"][row.person as usize % 4]),
    ]
}

fn absences<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    View {
        table: "absence_reasons",
        headers: &["机构编码", "单位名称", "姓名", "身份证号", "事由", "起始时间", "截止时间", "批准文号"],
        len: s.absences.len(),
        render: Box::new(move |i| {
            let a = &s.absences[i];
            let [code, name] = place(world, a.unit, s.as_of);
            vec![
                code,
                name,
                name_of(world, a.person, None),
                id_of(world, a.person, None),
                Cell::Label(a.reason.label()),
                Cell::Date(a.from),
                Cell::date(a.to),
                Cell::text(format!("人字〔{}〕{}号", month_of(a.from).year(), 1 + a.person % 200)),
            ]
        }),
        truth: Box::new(move |i| truth_of(s.absences[i].person, s.absences[i].unit, None)),
    }
}

fn exemptions<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    let rows: Vec<usize> = (0..world.exemptions.len()).filter(|i| world.exemptions[*i].from <= s.as_of).collect();
    let owner: Vec<u32> = rows.iter().map(|i| world.exemptions[*i].unit).collect();
    View {
        table: "quota_exemptions",
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
        headers: &["机构编码", "机构名称", "别名", "别名类别", "启用时间", "停用时间", "更名文号"],
        len: rows.len(),
        render: Box::new(move |i| {
            let (unit, n) = rows[i];
            let [code, name] = place(world, unit, s.as_of);
            let a = &world.units[unit as usize].aliases[n];
            let document = a.to.map_or(Cell::Empty, |t| Cell::text(format!("编字〔{}〕{}号", month_of(t).year(), 1 + unit % 70)));
            vec![code, name, Cell::text(&*a.alias), Cell::Label(a.kind), Cell::date(a.from), Cell::date(a.to), document]
        }),
        truth: Box::new(move |i| of_unit(owner[i])),
    }
}

fn deaths<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    let mut rows: Vec<(Day, u32)> = world.deaths.iter().filter(|d| d.on <= s.as_of).map(|d| (d.on, d.person)).collect();
    rows.sort_unstable();
    let who: Vec<u32> = rows.iter().map(|r| r.1).collect();
    View {
        table: "deaths",
        headers: &["姓名", "身份证号", "死亡日期", "数据来源"],
        len: rows.len(),
        render: Box::new(move |i| {
            let (on, person) = rows[i];
            let informant = ["卫健", "公安", "民政"][person as usize % 3];
            vec![name_of(world, person, None), id_of(world, person, None), Cell::Date(on), Cell::Label(informant)]
        }),
        truth: Box::new(move |i| RowTruth { person: Some(who[i]), unit: None, kinds: vec![] }),
    }
}

fn attendance<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    View {
        table: "attendance",
        headers: &["机构编码", "单位名称", "姓名", "身份证号", "考勤月份", "应出勤天数", "实际出勤天数"],
        len: s.attendance.len(),
        render: Box::new(move |i| {
            let a = &s.attendance[i];
            let [code, name] = place(world, a.unit, s.as_of);
            vec![
                code,
                name,
                name_of(world, a.person, None),
                id_of(world, a.person, None),
                Cell::text(s.month.to_string()),
                Cell::Int(a.due),
                Cell::Int(a.present),
            ]
        }),
        truth: Box::new(move |i| truth_of(s.attendance[i].person, s.attendance[i].unit, None)),
    }
}

/// Whether an entry of this channel needs an approval.
#[must_use]
pub fn needs_approval(channel: Channel) -> bool {
    matches!(channel, Channel::Recruitment | Channel::Transfer | Channel::Talent)
}
