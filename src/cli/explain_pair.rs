//! `hedui explain --not A B`: two rows that were not linked, weighed again from the extracts, and why.

use std::path::Path;

use super::language::Language;
use super::text_table::lay_out;
use super::{Session, run};
use crate::error::{Fault, Place, Result};
use crate::pipeline::{self, config, period};
use crate::publish;
use crate::resolve::explain;
use crate::resolve::pair::{PairReport, RowName, Why};

/// Reads the month's extracts again, links them, and says what became of the pair.
///
/// # Errors
/// [`Fault::Configuration`] when a row's name fits no row or several; any fault of reading the extracts.
pub fn text(
    session: &Session,
    rows: &[String],
    file: &Path,
    out: Option<&Path>,
    month: Option<&str>,
) -> Result<String> {
    let wrong = |text: &str| {
        let message = format!("{text} names no row; write table:file:row, as in payroll:2026-10/payroll.csv:12");
        Fault::configuration(Place::file("hedui explain --not"), "row-name", message)
    };
    let [a, b] = rows else { return Err(wrong("one row")) };
    let names = [RowName::parse(a).ok_or_else(|| wrong(a))?, RowName::parse(b).ok_or_else(|| wrong(b))?];
    let (config, schemas) = config::load(file)?;
    let options = run::options(out.map(Path::to_path_buf), None, true)?;
    let published = || publish::published_periods(options.out.as_ref().unwrap_or(&config.out));
    let now = chrono::Local::now().naive_local();
    let month = match run::period_or_newest(month, published)? {
        Some(month) => month,
        None => period::default_period(&config, now)?,
    };
    let report = pipeline::inspect::explain_pair(&config, &schemas, month, &options, &names)?;
    Ok(words(session.language, &report))
}

fn reason(why: Why) -> (&'static str, &'static str) {
    match why {
        Why::Same => ("两行已认定为同一人。", "The two rows are held to be one person."),
        Why::TwoIds => (
            "两个有效号码不同:按规则为两个人,其他依据再重也不关联。",
            "Two valid IDs differ: two people by rule, whatever else agrees.",
        ),
        Why::IdOfAnother => (
            "右行的有效号码在编制库中属于另一人,已按号码归属。",
            "The right row's valid ID is another person's in the register, and went there.",
        ),
        Why::NoKey => (
            "没有任何候选键使两行相遇,因此未曾比较;下面按同一模型补算。",
            "No key brought the two together, so they were never compared; weighed below by the same model.",
        ),
        Why::Crowded => (
            "两行只在多人共有的键上相遇,且无第二项相符,因此未比较;下面按同一模型补算。",
            "They met only in a key shared by very many, and no second field agreed; weighed below by the same model.",
        ),
        Why::Light => ("已比较,证据不足。", "Compared, and the evidence is too light."),
        Why::NoGrounds => (
            "证据虽重,但除姓名外没有证件号、出生日期、账号或单位相符:仅凭姓名不关联。",
            "Heavy enough, but neither ID, birth date, account nor unit speaks: a name alone links nobody.",
        ),
        Why::Rival => {
            ("证据足够,但另有同样或更相符的候选。", "Heavy enough, but another candidate is as good or better.")
        }
    }
}

fn words(language: Language, report: &PairReport) -> String {
    let chinese = language == Language::Zh;
    let (zh, en) = reason(report.why);
    let end = |e: &crate::resolve::RowEnd| {
        format!("{}  {} {} {}", e.table, e.source_file, language.pick("行", "row"), e.source_row)
    };
    let mut lines = vec![
        format!("  {}: {}", language.pick("左", "left "), end(&report.link.left)),
        format!("  {}: {}", language.pick("右", "right"), end(&report.link.right)),
        String::new(),
        language.pick(zh, en),
        String::new(),
    ];
    lines.extend(explain::lines(&report.link, chinese));
    lines.push(String::new());
    let evidence = explain::weighed(&report.link);
    lines.extend(explain::what_would_change(
        &evidence,
        report.link.weight,
        report.link.threshold,
        report.link.rival,
        chinese,
    ));
    lines.push(String::new());
    let yes = |b: bool| language.pick(if b { "有" } else { "无" }, if b { "yes" } else { "no" });
    let keys: Vec<Vec<String>> = report
        .keys
        .iter()
        .map(|(_, zh, en, left, right, shared)| {
            let shared = language.pick(if *shared { "相同" } else { "—" }, if *shared { "shared" } else { "—" });
            vec![language.pick(zh, en), yes(*left), yes(*right), shared]
        })
        .collect();
    let header = [("候选键", "blocking key"), ("左行", "left has"), ("右行", "right has"), ("是否相同", "shared")]
        .map(|(zh, en)| language.pick(zh, en));
    lines.push(lay_out(&header, &keys, &[]));
    if !report.others.is_empty() {
        lines.push(String::new());
        lines.push(language.pick("右行的其他候选:", "What the right row was paired with besides:"));
    }
    for other in &report.others {
        let (zh, en) = explain::decision(other.decision);
        lines.push(format!(
            "  {}  {:+.1}  p = {:.4}  {}",
            end(&other.left),
            other.weight,
            other.probability,
            language.pick(zh, en)
        ));
    }
    lines.join("\n")
}
