//! `hedui bulletin`: the month's bulletin, and dossiers of units.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Session;
use super::run::parse_period;
use crate::bulletin::dossier::Units;
use crate::bulletin::template::FOLDER;
use crate::bulletin::{self, Format, Request};
use crate::error::{Fault, Place, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatWord {
    Html,
    Docx,
    Xlsx,
    Md,
    Pdf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum UnitsWord {
    /// Every unit
    All,
    /// Units with findings that are not closed
    Open,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Every figure is the answer to a query over the published tables; the queries are printed with it. Figures that do
not balance make no bulletin (exit code 4).

Examples / 示例:
  hedui bulletin                                           the newest month, all formats, into out/bulletin/
  hedui bulletin --period 2026-10 --format html,docx,pdf   pdf: of a program built with --features pdf
  hedui bulletin --units open                              a dossier and a notice for every unit with findings
  hedui bulletin --receipts                                a receipt for the sender of every file
  hedui bulletin --unit 南京市财政局 --to /tmp/dossier
  hedui bulletin --templates office/templates              wording, letterhead and logo of the office's own"
)]
pub struct Arguments {
    /// Month, YYYY-MM [default: the newest published] / 期间
    #[arg(long)]
    period: Option<String>,
    /// Published folder / 发布目录
    #[arg(long, default_value = "out")]
    out: PathBuf,
    /// Folder of the files made [default: OUT/bulletin/PERIOD] / 通报存放目录
    #[arg(long)]
    to: Option<PathBuf>,
    /// Formats / 格式
    #[arg(long, value_enum, value_delimiter = ',', default_value = "html,docx,xlsx,md")]
    format: Vec<FormatWord>,
    /// A unit's dossier and notice, by key, code, credit code or name; may be repeated / 单位档案和通知单
    #[arg(long, conflicts_with = "units")]
    unit: Vec<String>,
    /// Dossiers and notices of many units / 批量生成单位档案
    #[arg(long, value_enum)]
    units: Option<UnitsWord>,
    /// A workbook for the sender of every file: rows not taken, wrong cells, scores / 数据质量回执
    #[arg(long)]
    receipts: bool,
    /// Folder of templates [default: pipelines/templates, else the built-in ones] / 模板目录
    #[arg(long)]
    templates: Option<PathBuf>,
}

/// # Errors
/// Any [`Fault`] of the bulletin.
pub fn execute(session: &Session, arguments: &Arguments) -> Result<u8> {
    let here = PathBuf::from(FOLDER);
    let units = match (arguments.units, arguments.unit.is_empty()) {
        (Some(UnitsWord::All), _) => Some(Units::All),
        (Some(UnitsWord::Open), _) => Some(Units::WithFindings),
        (None, false) => Some(Units::Named(arguments.unit.clone())),
        (None, true) => None,
    };
    let made = bulletin::make(&Request {
        out: arguments.out.clone(),
        period: arguments.period.as_deref().map(parse_period).transpose()?,
        to: arguments.to.clone(),
        formats: formats(&arguments.format)?,
        units,
        receipts: arguments.receipts,
        templates: match &arguments.templates {
            Some(folder) if !folder.is_dir() => {
                let place = Place::file(folder.display().to_string());
                return Err(Fault::configuration(place, "template", "no such folder"));
            }
            Some(folder) => Some(folder.clone()),
            None => here.is_dir().then_some(here),
        },
    })?;
    let mut lines = made.summary.clone();
    lines.push(String::new());
    let checks = made.checks;
    lines.push(session.language.pick(
        &format!("{} 的 {checks} 项核对关系全部相符。已生成:", made.period),
        &format!("{}: all {checks} checks balance. Made:", made.period),
    ));
    let below = |path: &PathBuf, folder: &str| path.parent().and_then(|p| p.file_name()).is_some_and(|n| n == folder);
    let is_unit = |path: &PathBuf| below(path, "units");
    let single = |path: &&PathBuf| !is_unit(path) && !below(path, "receipts");
    lines.extend(made.files.iter().filter(single).map(|path| format!("  {}", path.display())));
    if let Some(first) = made.files.iter().find(|path| is_unit(path)).and_then(|p| p.parent()) {
        let (units, files) = (made.units, made.files.iter().filter(|path| is_unit(path)).count());
        lines.push(session.language.pick(
            &format!("  {}/ 下 {units} 个单位的档案和通知单,共 {files} 个文件", first.display()),
            &format!("  {files} files for {units} units below {}/", first.display()),
        ));
    }
    if let Some(first) = made.files.iter().find(|path| below(path, "receipts")).and_then(|p| p.parent()) {
        let receipts = made.receipts;
        lines.push(session.language.pick(
            &format!("  {}/ 下 {receipts} 份数据质量回执", first.display()),
            &format!("  {receipts} receipts for senders below {}/", first.display()),
        ));
    }
    super::put(&lines.join("\n"));
    if made.not_made.is_empty() {
        return Ok(0);
    }
    let head =
        session.language.pick("未生成 bulletin.pdf,其余格式已生成:", "bulletin.pdf was not made; the others were:");
    let fault = Fault::Configuration(made.not_made);
    eprintln!("hedui: {head}\n{fault}");
    Ok(fault.exit_code())
}

fn formats(words: &[FormatWord]) -> Result<Vec<Format>> {
    let mut formats = Vec::new();
    for word in words {
        formats.push(match word {
            FormatWord::Html => Format::Html,
            FormatWord::Docx => Format::Docx,
            FormatWord::Xlsx => Format::Xlsx,
            FormatWord::Md => Format::Markdown,
            FormatWord::Pdf if cfg!(feature = "pdf") => Format::Pdf,
            FormatWord::Pdf => return Err(bulletin::without_pdf()),
        });
    }
    formats.sort_unstable();
    formats.dedup();
    Ok(formats)
}
