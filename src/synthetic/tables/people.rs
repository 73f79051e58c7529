//! Tables of persons: staff, payroll, HR, absences, deaths, attendance.

use super::super::cells::{Cell, typed_date, typed_money};
use super::super::days::{Day, first_day, month_of};
use super::super::deliveries;
use super::super::model::{Class, Code as _, Leader, Scope, World};
use super::super::pay_table::hr_grades;
use super::super::pay_twist::Scheme;
use super::super::records::{HrRow, PayRow, Shown, Snapshot, StaffRow};
use super::super::staff_feeds::{staff_class, work_start};
use super::{RowTruth, View, place};

pub(super) fn name_of(world: &World, person: u32, shown: Option<&Shown>) -> Cell {
    Cell::text(shown.and_then(|s| s.name.as_deref()).unwrap_or(&world.persons[person as usize].name))
}

pub(super) fn id_of(world: &World, person: u32, shown: Option<&Shown>) -> Cell {
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

pub(super) fn staff<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    View {
        table: "establishment_staff",
        total: None,
        headers: &[
            "机构编码",
            "机构名称",
            "姓名",
            "身份证号",
            "性别",
            "出生日期",
            "编制类型",
            "编制情况",
            "人员状态",
            "入编时间",
            "进入形式",
            "用编核准号",
            "录入时间",
            "出编时间",
            "出编原因",
            "参加工作时间",
            "职务",
            "职数类别",
            "职务层次",
            "正副职",
            "任职时间",
            "免职时间",
            "是否兼任",
            "保留原级别",
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
    let recent = first_day(world.first.plus(-20));
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
        Cell::Label(if row.odd_channel { "特招入编" } else { row.channel.label() }),
        row.approval_no.as_deref().map_or(Cell::Empty, Cell::text),
        Cell::date(row.recorded),
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
        if world.quota_feeds.rank_retained.contains(&row.spell) { Cell::Label("是") } else { Cell::Empty },
    ]
}

fn title(leader: Leader) -> &'static str {
    match (leader.scope, leader.class) {
        (Scope::Leadership, Class::Chief) => "主要负责人",
        (Scope::Leadership, Class::Deputy) => "副职领导",
        (Scope::Section, _) => "内设机构负责人",
    }
}

/// A unit as payroll or HR writes it.
fn written<'a>(
    world: &'a World,
    unit: u32,
    variant: Option<&'a (String, &'static str)>,
    as_of: Day,
) -> (&'a str, Option<&'static str>) {
    match variant {
        Some((name, kind)) => (name, Some(kind)),
        None => (world.units[unit as usize].name(as_of), None),
    }
}

fn with_kind(mut truth: RowTruth, kind: Option<&'static str>) -> RowTruth {
    truth.kinds.extend(kind);
    truth
}

pub(super) fn payroll<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    View {
        table: "payroll",
        total: None,
        headers: &[
            "发放月份",
            "单位代码",
            "单位名称",
            "人员编号",
            "姓名",
            "身份证号",
            "人员身份",
            "发放批次",
            "岗位工资",
            "薪级工资",
            "绩效工资",
            "津贴补贴",
            "补发",
            "应发合计",
            "养老保险",
            "职业年金",
            "医疗保险",
            "住房公积金",
            "个人所得税",
            "扣发合计",
            "实发合计",
            "开户行",
            "银行账号",
            "职务工资",
            "级别工资",
            "工资统发",
            "财政负担",
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
    let code = shown.and_then(|s| s.unit_code.as_deref()).unwrap_or(&u.budget_code);
    let shape = shown.map_or(0, |s| s.money_shape);
    let money = |fen: i64| typed_money(fen, shape);
    let d = row.deductions();
    let gross = row.items.gross();
    let (post, grade) = (money(row.items.post), money(row.items.grade));
    // Civil servants have a position and a rank, institutions' staff a post and a salary grade, workers a post and a technical grade.
    let [post, grade, position, rank] = match row.more.scheme {
        Scheme::Institution => [post, grade, Cell::Empty, Cell::Empty],
        Scheme::Civil => [Cell::Empty, Cell::Empty, post, grade],
        Scheme::Worker => [post, Cell::Empty, grade, Cell::Empty],
    };
    let account = String::from_utf8_lossy(&row.account).into_owned();
    vec![
        Cell::text(s.month.to_string()),
        Cell::text(code),
        Cell::text(name),
        Cell::text(format!("{}{:04}", u.budget_code, row.person % 10_000)),
        name_of(world, row.person, shown),
        id_of(world, row.person, shown),
        Cell::Label(row.class.label()),
        Cell::Label(row.batch.label()),
        post,
        grade,
        money(row.items.performance),
        money(row.items.allowances),
        money(row.items.back_pay),
        money(gross),
        money(d.pension),
        money(d.annuity),
        money(d.medical),
        money(d.housing),
        money(d.tax),
        money(row.kept_back()),
        money(row.net()),
        Cell::Label("中国建设银行"),
        Cell::text(account),
        position,
        rank,
        Cell::Label(if row.more.unified { "是" } else { "否" }),
        money(gross * row.more.borne / 100),
    ]
}

pub(super) fn hr<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    View {
        table: "hr_staff",
        total: None,
        headers: &[
            "单位代码",
            "人事所在单位",
            "姓名",
            "身份证号码",
            "性别",
            "出生年月",
            "人员状态",
            "岗位类别",
            "身份认定文号",
            "职务",
            "是否主要负责人",
            "任职时间",
            "进入单位时间",
            "离开单位时间",
            "退休时间",
            "死亡时间",
            "学历",
            "实际工作单位",
            "到实际工作单位时间",
            "职务层次",
            "岗位等级",
            "薪级",
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
    let settled = spell.twist.as_deref().is_some_and(|t| t.staff.class_document);
    let (post, step) = hr_grades(world, row.spell, s.month).map_or((None, None), |(p, s)| (Some(p), s));
    vec![
        Cell::text(&*u.hr_code),
        Cell::text(name),
        name_of(world, row.person, shown),
        id_of(world, row.person, shown),
        Cell::Label(row.sex.label()),
        typed_date(row.birth, shape, true),
        Cell::Label(row.status.label()),
        Cell::Label(staff_class(world, spell)),
        if settled { Cell::text(format!("聘干〔2012〕{}号", 1 + row.person % 90)) } else { Cell::Empty },
        Cell::Label(row.position.unwrap_or(spell.leader.map_or("", title))),
        Cell::Label(if row.head_since.is_some() { "是" } else { "否" }),
        typed(row.head_since),
        typed(Some(row.entered)),
        typed(row.left),
        typed(row.retired),
        typed(row.died),
        Cell::Label(["本科", "专科", "研究生", "中专"][row.person as usize % 4]),
        row.work.map_or(Cell::Empty, |(u, _)| Cell::text(world.units[u as usize].name(s.as_of))),
        typed(row.work.and_then(|w| w.1)),
        row.level.map_or(Cell::Empty, |l| Cell::Label(l.label())),
        post.map_or(Cell::Empty, Cell::text),
        step.map_or(Cell::Empty, Cell::text),
    ]
}

pub(super) fn absences<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    View {
        table: "absence_reasons",
        total: None,
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

pub(super) fn deaths<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    let mut rows: Vec<(Day, u32)> = world.deaths.iter().filter(|d| d.on <= s.as_of).map(|d| (d.on, d.person)).collect();
    rows.sort_unstable();
    let who: Vec<u32> = rows.iter().map(|r| r.1).collect();
    View {
        table: "deaths",
        total: None,
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

pub(super) fn attendance<'a>(world: &'a World, s: &'a Snapshot) -> View<'a> {
    View {
        table: "attendance",
        total: None,
        headers: &[
            "机构编码",
            "单位名称",
            "姓名",
            "身份证号",
            "考勤月份",
            "应出勤天数",
            "实际出勤天数",
            "旷工天数",
            "连续旷工天数",
        ],
        len: s.attendance.len(),
        render: Box::new(move |i| {
            let a = &s.attendance[i];
            let [code, name] = place(world, a.unit, s.as_of);
            let no_id = deliveries::of(world, s.month).is_some_and(|d| d.no_ids.contains(&a.unit));
            vec![
                code,
                name,
                name_of(world, a.person, None),
                if no_id { Cell::Empty } else { id_of(world, a.person, None) },
                Cell::text(s.month.to_string()),
                Cell::Int(a.due),
                Cell::Int(a.present),
                Cell::Int(a.unexcused),
                Cell::Int(a.run),
            ]
        }),
        truth: Box::new(move |i| truth_of(s.attendance[i].person, s.attendance[i].unit, None)),
    }
}
