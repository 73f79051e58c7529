//! `hedui ledger freeze-list`, `draw` and `inspection`: random checks.

mod coverage;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use self::coverage::CoverageOf;
use super::{Actor, Office};
use crate::bulletin::write::Outbox;
use crate::cli::sheet::{tongue, write_whole};
use crate::cli::text_table::lay_out;
use crate::cli::{Session, put};
use crate::desk::ask::Asking;
use crate::desk::checks::list::{Kind, List, of_closed_cases, of_units};
use crate::desk::checks::publication::{self, Publication};
use crate::desk::checks::{draws, inspectors, results};
use crate::desk::units::{Units, refused};
use crate::error::{Fault, Place, Problem, Result};
use crate::extract::plain::read_text;
use crate::kernel::dates::civil;
use crate::ledger::{Missing, Store};

#[derive(Debug, Args)]
pub struct Freeze {
    /// Cases closed long enough ago, for another look, in place of units / 已销号问题(回头看)
    #[arg(long)]
    closed: bool,
    /// Months since a case was closed / 销号满几个月
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(i32).range(1..=120))]
    months: i32,
    /// The list, as JSON / 名单文件
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    acting: Actor,
}

#[derive(Debug, Args)]
#[command(
    after_help = "The list is frozen first; then the seed is made in public (a lottery's numbers of a day announced before, say); then comes the draw.

Examples / 示例:
  hedui ledger freeze-list --to 名单.json --by 张三
  hedui ledger draw --list 名单.json --seed 2026130-03-09-14-22-28-31-07 --seed-source 中国福彩网双色球2026130期 \\
      --inspectors 检查人员.csv --to 公示 --by 张三
  hedui ledger draw --verify 公示/D-2026-0123abcd.json          (needs nothing but the file)"
)]
pub struct Draw {
    /// A published draw: draw again from its list and seed, and compare / 重抽核验
    #[arg(long, value_name = "FILE", conflicts_with_all = ["list", "seed", "to"], required_unless_present = "list")]
    verify: Option<PathBuf>,
    /// The frozen list / 冻结的名单
    #[arg(long, value_name = "FILE", requires_all = ["seed", "seed_source", "to"])]
    list: Option<PathBuf>,
    /// The public seed / 公开种子
    #[arg(long, value_name = "TEXT")]
    seed: Option<String>,
    /// Where everybody can look the seed up / 种子出处
    #[arg(long, value_name = "TEXT")]
    seed_source: Option<String>,
    /// Per cent of every stratum [default: 30 of units, 20 of closed cases] / 抽取比例
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100))]
    percent: Option<u32>,
    /// Inspectors as CSV: 编号, 姓名, 所在单位, 回避单位 / 检查人员名录
    #[arg(long, value_name = "FILE")]
    inspectors: Option<PathBuf>,
    /// Inspectors sent to each unit / 每单位检查人数
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=20))]
    per_unit: u32,
    /// Folder of the publication, JSON and CSV / 公示文件目录
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    #[command(flatten)]
    acting: Actor,
}

#[derive(Debug, Args)]
pub struct Inspection {
    #[command(subcommand)]
    verb: InspectionVerb,
}

#[derive(Debug, Subcommand)]
enum InspectionVerb {
    /// What the checks found, from a CSV file: all rows or none / 录入检查结果
    Record(Record),
    /// How often each half found something / 两种抽取方式的问题发现率
    Rates(Rates),
    /// How much of the year's share of units was drawn and checked / 年度抽查覆盖率
    Coverage(CoverageOf),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Columns / 列: 单位 unit, 结果 result (未发现问题 clean, 发现问题 problem), 检查日期 checked_on, 事实 fact, 级别 severity (S3),
依据 legal_basis, 类别 class; a row a problem. A problem opens a case from the source random_check; of another look at closed cases (单位 is
then the case's number) it opens the case again. The same file again adds nothing."
)]
struct Record {
    /// CSV file / 结果文件
    file: PathBuf,
    /// Number of the draw / 抽查编号
    #[arg(long)]
    draw: String,
    #[command(flatten)]
    acting: Actor,
}

#[derive(Debug, Args)]
struct Rates {
    /// Number of the draw [default: all] / 抽查编号
    #[arg(long)]
    draw: Option<String>,
    #[arg(long)]
    json: bool,
}

fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string_pretty(value).map(|t| t + "\n").map_err(|e| Fault::Internal(e.to_string()))
}

pub fn freeze(session: &Session, office: &Office<'_>, a: &Freeze) -> Result<u8> {
    let by = a.acting.who()?;
    let (year, _, _) = civil(by.day);
    let list = if a.closed {
        let mut store = office.open()?;
        let before = draws::drawn_before(&store, Kind::ClosedCases, year)?;
        let list = of_closed_cases(&store, by.day, a.months, &before)?;
        draws::log_list(&mut store, &list, &by)?;
        list
    } else {
        let mut asking = Asking::open(office.out, None)?;
        let mut store = office.ledger.open(Missing::Make)?;
        let before = draws::drawn_before(&store, Kind::Units, year)?;
        let list = of_units(&mut asking, year, by.day, &before)?;
        draws::log_list(&mut store, &list, &by)?;
        list
    };
    write_whole(&a.to, json(&list)?.as_bytes())?;
    let (path, n, hash) = (a.to.display(), list.items.len(), &list.sha256);
    put(&session.language.pick(
        &format!("已冻结名单 {n} 项,写入 {path}\n名单SHA-256(请先公布):{hash}"),
        &format!("a list of {n} is frozen in {path}\nits SHA-256, to be made public before the seed: {hash}"),
    ));
    Ok(0)
}

/// Draws a publication again; needs no workspace.
pub fn verify(session: &Session, file: &Path) -> Result<u8> {
    let said = publication::read(&file.display().to_string(), &read_text(file)?)?;
    publication::verify(&said)?;
    let (id, n, hash) = (&said.id, said.drawn.len(), &said.list.sha256);
    put(&session.language.pick(
        &format!("{id}:按名单({hash})和种子重抽,{n} 项全部一致"),
        &format!("{id}: drawn again from its list ({hash}) and seed, all {n} are the same"),
    ));
    Ok(0)
}

impl Draw {
    /// The file to verify, when that is what is asked.
    #[must_use]
    pub fn file_to_verify(&self) -> Option<&Path> {
        self.verify.as_deref()
    }
}

pub fn draw(session: &Session, office: &Office<'_>, a: &Draw) -> Result<u8> {
    let (Some(list), Some(seed), Some(to)) = (&a.list, &a.seed, &a.to) else {
        return Err(Fault::Internal("draw without list, seed or folder".to_owned()));
    };
    let by = a.acting.who()?;
    let seed = seed.trim();
    if seed.is_empty() {
        return Err(refused("no-seed", "种子为空", "the seed is empty", "", ""));
    }
    let label = list.display().to_string();
    let list: List = serde_json::from_str(&read_text(list)?).map_err(|e| {
        let message = format!("不是冻结的名单:{e} / this is no frozen list: {e}");
        Fault::Inputs(vec![Problem::new(Place::file(label), "not-a-list", message)])
    })?;
    let staff = match &a.inspectors {
        Some(file) => {
            let mut asking = Asking::open(office.out, None)?;
            let units = Units::read(&mut asking)?;
            inspectors::read(&file.display().to_string(), &read_text(file)?, &units)?
        }
        None => Vec::new(),
    };
    let usual = if list.kind == Kind::Units { 30 } else { 20 };
    let source = a.seed_source.clone().unwrap_or_default();
    let made = publication::make(list, seed, &source, a.percent.unwrap_or(usual), staff, a.per_unit as usize)?;
    let mut outbox = Outbox::open(to)?;
    outbox.put(&format!("{}.json", made.id), json(&made)?.as_bytes())?;
    outbox.put(&format!("{}.csv", made.id), publication::csv_of(&made)?.as_bytes())?;
    let mut store = office.open()?;
    let new = draws::log_draw(&mut store, &made, &by)?;
    let files = outbox.finish()?;
    told(session, &made, new, &files);
    Ok(0)
}

fn told(session: &Session, made: &Publication, new: bool, files: &[PathBuf]) {
    let c = &made.counts;
    let files: Vec<String> = files.iter().map(|f| f.display().to_string()).collect();
    let year = format!("{}.{}%", c.year_tenths / 10, c.year_tenths % 10);
    let low = made.list.kind == Kind::Units && c.year_tenths < 300;
    put(&session.language.pick(
        &format!(
            "{}:名单 {} 项,抽中 {} 项(纯随机 {},按风险 {}),本年累计 {year}{}{}\n{}",
            made.id,
            c.listed,
            c.drawn,
            c.random,
            c.by_risk,
            if low { ",不足 30%,须追加抽取" } else { "" },
            if new { "" } else { "(台账中已有)" },
            files.join("\n")
        ),
        &format!(
            "{}: {} listed, {} drawn ({} purely random, {} by risk), {year} in the year{}{}\n{}",
            made.id,
            c.listed,
            c.drawn,
            c.random,
            c.by_risk,
            if low { ", less than 30 %: more has to be drawn" } else { "" },
            if new { "" } else { " (in the ledger already)" },
            files.join("\n")
        ),
    ));
}

pub fn inspection(session: &Session, office: &Office<'_>, a: &Inspection) -> Result<u8> {
    match &a.verb {
        InspectionVerb::Record(a) => record(session, office, a),
        InspectionVerb::Rates(a) => rates(session, office, a),
        InspectionVerb::Coverage(a) => coverage::show(session, office, a),
    }
}

fn record(session: &Session, office: &Office<'_>, a: &Record) -> Result<u8> {
    let by = a.acting.who()?;
    let mut store = office.open()?;
    let draw = draws::draw_of(&store, &a.draw)?;
    let units = match draw.kind {
        Kind::Units => Some(Units::read(&mut Asking::open(office.out, None)?)?),
        Kind::ClosedCases => None,
    };
    let (label, text) = (a.file.display().to_string(), read_text(&a.file)?);
    let plan = results::plan(&store, office.settings(), &draw, units.as_ref(), (&label, &text), &by)?;
    if !plan.events.is_empty() {
        store.append(&plan.events, &plan.expected)?;
    }
    let (n, cases, known) = (plan.checked, plan.cases, plan.known);
    put(&session.language.pick(
        &format!("录入检查结果 {n} 项,立案 {cases} 件,已有 {known} 项"),
        &format!("{n} checks recorded, {cases} cases opened, {known} were there already"),
    ));
    Ok(0)
}

fn rates(session: &Session, office: &Office<'_>, a: &Rates) -> Result<u8> {
    let store = office.open()?;
    if let Some(id) = &a.draw {
        draws::draw_of(&store, id)?;
    }
    let rates = results::rates(&store, a.draw.as_deref())?;
    if a.json {
        put(json(&rates)?.trim_end());
        return Ok(0);
    }
    let tongue = tongue(session.language);
    let header = [
        ("抽查", "draw"),
        ("方式", "half"),
        ("抽中", "drawn"),
        ("已查", "checked"),
        ("发现问题", "problems"),
        ("发现率", "rate"),
    ];
    let header: Vec<String> = header.iter().map(|(zh, en)| tongue.pick(zh, en).to_owned()).collect();
    let row = |r: &results::Rate| {
        let words = r.half.words();
        vec![
            r.draw.clone(),
            tongue.pick(words.0, words.1).to_owned(),
            r.drawn.to_string(),
            r.checked.to_string(),
            r.problems.to_string(),
            r.rate_tenths.map_or_else(|| "—".to_owned(), |t| format!("{}.{}%", t / 10, t % 10)),
        ]
    };
    put(&lay_out(&header, &rates.iter().map(row).collect::<Vec<_>>(), &[2, 3, 4, 5]));
    Ok(0)
}
