//! `hedui generate`: synthetic registries with their truth.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Session;
use super::text_table::grouped;
use crate::error::{Fault, Place, Result};
use crate::kernel::dates::Month;
use crate::synthetic::{self, GenerateOptions};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The mix of formats that offices export
    Mixed,
    /// One CSV a table and month, for benchmarks
    Csv,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples / 示例:
  hedui generate --persons 3000 --seed 7 --out demo
  hedui generate --persons 1000000 --months 1 --format csv --out /tmp/province")]
pub struct Arguments {
    /// Staff in the establishment register / 在编人数
    #[arg(long, default_value_t = 3_000, value_parser = clap::value_parser!(u32).range(50..=50_000_000))]
    persons: u32,
    /// The same seed gives the same bytes / 随机种子
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder to write to; months and truth/ go below it / 输出目录
    #[arg(long)]
    out: PathBuf,
    /// Last month / 最后一个月
    #[arg(long, default_value = "2026-10")]
    period: String,
    /// How many months / 月数
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=36))]
    months: u32,
    /// Rate of errors: 0 none, 1 default / 噪声强度
    #[arg(long, default_value_t = 1.0)]
    noise: f64,
    /// Rate of planted problems: 0 none, 1 default / 问题强度
    #[arg(long, default_value_t = 1.0)]
    plant: f64,
    #[arg(long, value_enum, default_value_t = Format::Mixed)]
    format: Format,
}

/// # Errors
/// [`Fault::Configuration`] for a bad month or rate, [`Fault::Machine`] when a file cannot be written.
pub fn execute(session: &Session, arguments: &Arguments) -> Result<u8> {
    let place = || Place::file("hedui generate");
    let Some(period) = Month::parse(&arguments.period) else {
        return Err(Fault::configuration(place(), "bad-period", format!("--period {} is no month", arguments.period)));
    };
    if !(0.0..=20.0).contains(&arguments.noise) || !(0.0..=20.0).contains(&arguments.plant) {
        return Err(Fault::configuration(place(), "bad-rate", "--noise and --plant lie between 0 and 20"));
    }
    let options = GenerateOptions {
        persons: arguments.persons,
        seed: arguments.seed,
        out: arguments.out.clone(),
        period,
        months: arguments.months,
        noise: arguments.noise,
        plant: arguments.plant,
        format: match arguments.format {
            Format::Mixed => "mixed",
            Format::Csv => "csv",
        }
        .to_owned(),
    };
    let made = synthetic::generate(&options)?;
    let (persons, units, files, rows) =
        (grouped(made.persons), grouped(made.units), grouped(made.files), grouped(made.rows));
    let (planted, alike) = (grouped(made.planted), grouped(made.look_alikes));
    let out = arguments.out.display();
    super::put(&session.language.pick(
        &format!("{out}: {persons} 人,{units} 个单位,{files} 个文件,{rows} 行;埋设问题 {planted} 项,形似正常情形 {alike} 项。"),
        &format!("{out}: {persons} persons, {units} units, {files} files, {rows} rows; {planted} true findings, {alike} look-alikes."),
    ));
    Ok(0)
}
