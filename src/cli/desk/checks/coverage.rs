//! `hedui ledger inspection coverage`.

use clap::Args;

use super::json;
use crate::cli::acting::today;
use crate::cli::desk::Office;
use crate::cli::sheet::tongue;
use crate::cli::text_table::lay_out;
use crate::cli::{Session, put};
use crate::desk::ask::Asking;
use crate::desk::checks::coverage::{Share, coverage};
use crate::desk::units::Units;
use crate::error::{Result, printable};
use crate::kernel::dates::civil;

#[derive(Debug, Args)]
#[command(
    after_help = "Of the active units of the register: drawn in the year, checked (with a result), with problems, and how many are still to be
checked. Units that were drawn and have no result stand below, with who was to go.

Exit codes / 退出码: 0 done; 8 with --fail-on-low when less than the share was checked.

Examples / 示例:
  hedui ledger inspection coverage
  hedui ledger inspection coverage --year 2026 --percent 30 --json"
)]
pub struct CoverageOf {
    /// Year [default: this year] / 年度
    #[arg(long)]
    year: Option<i32>,
    /// Per cent of units to be checked in a year / 年度应查比例
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=100))]
    percent: u32,
    /// Exit code 8 when less was checked / 不足时退出码为 8
    #[arg(long)]
    fail_on_low: bool,
    #[arg(long)]
    json: bool,
}

pub fn show(session: &Session, office: &Office<'_>, a: &CoverageOf) -> Result<u8> {
    let mut asking = Asking::open(office.out, None)?;
    let units = Units::read(&mut asking)?;
    let store = office.open()?;
    let found = coverage(&store, &units, a.year.unwrap_or(civil(today()).0), a.percent)?;
    let code = if a.fail_on_low && found.total.missing > 0 { 8 } else { 0 };
    if a.json {
        put(json(&found)?.trim_end());
        return Ok(code);
    }
    let tongue = tongue(session.language);
    let titles = [
        ("单位性质", "nature"),
        ("单位", "units"),
        ("抽中", "drawn"),
        ("已查", "checked"),
        ("发现问题", "problems"),
        ("覆盖率", "coverage"),
        ("尚缺", "missing"),
    ];
    let header: Vec<String> = titles.iter().map(|(zh, en)| tongue.pick(zh, en).to_owned()).collect();
    let row = |name: String, s: &Share| {
        let rate = format!("{}.{}%", s.checked_tenths / 10, s.checked_tenths % 10);
        let numbers = [s.units, s.drawn, s.checked, s.problems].map(|n| n.to_string());
        [vec![name], numbers.to_vec(), vec![rate, s.missing.to_string()]].concat()
    };
    let mut rows: Vec<Vec<String>> =
        found.kinds.iter().map(|s| row(asking.label("nature", &s.kind).pick(tongue).to_owned(), s)).collect();
    rows.push(row(tongue.pick("合计", "total").to_owned(), &found.total));
    put(&format!("{}\n{}", found.year, lay_out(&header, &rows, &[1, 2, 3, 4, 5, 6])));
    for w in &found.waiting {
        let (id, name, who) = (&w.draw, printable(&w.name), w.inspectors.join("、"));
        put(&session.language.pick(&format!("未录结果:{id} {name} {who}"), &format!("no result: {id} {name} {who}")));
    }
    Ok(code)
}
