//! `hedui explain`: a rule in words and SQL, a finding with the cells behind it, a link weight by weight.

use std::path::{Path, PathBuf};

use clap::Args;

use super::language::Language;
use super::quiet::Verdicts;
use super::run::period_or_newest;
use super::text_table::lay_out;
use super::{Session, rules};
use crate::detect::{self, Catalogue, Rule, docs};
use crate::error::{Fault, Place, Problem, Result, nearest};
use crate::kernel::dates::Month;
use crate::publish::script::Scripts;
use crate::publish::{self, query};

#[derive(Debug, Args)]
#[command(after_help = "Examples / 示例:
  hedui explain P02
  hedui explain P02 --script --out /srv/hedui --period 2026-10 > P02.sql    then: duckdb -init P02.sql
  hedui explain --script --to scripts              every rule of the newest month, a file each
  hedui explain A-0123456789abcdef
  hedui explain L-0123456789abcdef --out /srv/hedui
  hedui explain P02 --not --person PERSON_KEY      why the rule does not report that person
  hedui explain --not payroll:2026-10/payroll.csv:12 establishment_staff:2026-10/establishment_staff.csv:7")]
pub struct Arguments {
    /// A rule's code or slug, an anomaly id, or a link id / 规则代码、问题编号或匹配编号
    #[arg(required_unless_present_any = ["rule", "not", "to"], default_value = "")]
    what: String,
    /// Why not: two rows of persons that were not linked, as table:file:row, are weighed again from the extracts; alone, with
    /// --person or --unit, the first condition of a rule that does not hold / 两行为何未关联,或规则为何未报告
    #[arg(long, num_args = 0..=2, value_names = ["A", "B"], conflicts_with = "script")]
    not: Option<Vec<String>>,
    /// Pipeline whose extracts hold the two rows, and whose ledger says which findings are quiet / 任务配置文件
    #[arg(long, default_value = "pipelines/monthly.toml", requires = "not")]
    pipeline: PathBuf,
    /// Published folder / 发布目录
    #[arg(long, default_value = "out")]
    out: PathBuf,
    /// Print the rule as a DuckDB script over the published tables, with the parameters it ran with / 输出可在 DuckDB 中复核的脚本
    #[arg(long)]
    script: bool,
    /// With --script: write the script of every rule into this folder, CODE.sql / 将全部规则的脚本写入该目录
    #[arg(long, requires = "script", conflicts_with = "what")]
    to: Option<PathBuf>,
    /// Month of the script, of the two rows or of the rule, YYYY-MM [default: the newest published] / 所用月份
    #[arg(long)]
    period: Option<String>,
    /// With --not: the person, by person_key / 人员主键
    #[arg(long, requires = "not", conflicts_with = "unit")]
    person: Option<String>,
    /// With --not: the unit, by unit_key / 单位主键
    #[arg(long, requires = "not")]
    unit: Option<String>,
    /// With --not: the rule, where it is not the first argument / 规则代码
    #[arg(long, requires = "not")]
    rule: Option<String>,
    /// Folder of rule files
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Folder of schemas
    #[arg(long)]
    schemas: Option<PathBuf>,
}

/// # Errors
/// [`Fault::Configuration`] when nothing of that name is known.
pub fn execute(session: &Session, arguments: &Arguments) -> Result<u8> {
    let what = arguments.what.trim();
    let text = if arguments.not.as_ref().is_some_and(Vec::is_empty) {
        why_not(session.language, arguments)?
    } else if let Some(rows) = &arguments.not {
        let out = Some(arguments.out.as_path()).filter(|out| out.exists());
        super::explain_pair::text(session, rows, &arguments.pipeline, out, arguments.period.as_deref())?
    } else if let Some(folder) = &arguments.to {
        scripts(session.language, arguments, folder)?
    } else if arguments.script {
        script(arguments, what)?
    } else if arguments.period.is_some() {
        return Err(unknown(what, "--period goes with --script or --not", None));
    } else if what.starts_with("A-") {
        finding(session.language, arguments, what)?
    } else if what.starts_with("L-") {
        link(session.language, arguments, what)?
    } else {
        rule(session.language, arguments, what)?
    };
    super::put(text.trim_end());
    Ok(0)
}

fn words(language: Language) -> detect::Language {
    match language {
        Language::Zh => detect::Language::Zh,
        Language::En => detect::Language::En,
    }
}

fn unknown(what: &str, message: &str, hint: Option<String>) -> Fault {
    let mut problem = Problem::new(Place::file("hedui explain"), "unknown", format!("{what}: {message}"));
    problem.hint = hint;
    Fault::Configuration(vec![problem])
}

fn rule(language: Language, arguments: &Arguments, what: &str) -> Result<String> {
    let catalogue = rules::load(arguments.dir.clone(), arguments.schemas.clone())?;
    let found = find(&catalogue, what, "no rule, anomaly id (A-…) or link id (L-…)")?;
    Ok(docs::explain(&catalogue, found, words(language)))
}

fn find<'a>(catalogue: &'a Catalogue, what: &str, otherwise: &str) -> Result<&'a Rule> {
    let found = catalogue.rules.iter().find(|r| r.code.eq_ignore_ascii_case(what) || r.slug == what);
    found.ok_or_else(|| {
        let names = catalogue.rules.iter().flat_map(|r| [r.code.as_str(), r.slug.as_str()]);
        unknown(what, otherwise, nearest(what, names).map(|n| format!("did you mean {n}?")))
    })
}

/// The rule, the person or unit and the month of `--not`.
fn why_not(language: Language, arguments: &Arguments) -> Result<String> {
    let code = arguments.rule.as_deref().unwrap_or(&arguments.what).trim();
    let catalogue = rules::load(arguments.dir.clone(), arguments.schemas.clone())?;
    let rule = find(&catalogue, code, "no rule; --not asks why a rule does not report somebody")?;
    let Some(key) = arguments.person.as_deref().or(arguments.unit.as_deref()) else {
        return Err(unknown(code, "--not needs --person KEY or --unit KEY", None));
    };
    let period = month(arguments, code)?;
    let verdicts = Verdicts::open([arguments.pipeline.as_path()], &arguments.out)?;
    let subject = super::why_not::Subject { rule, key };
    super::why_not::text(language, &catalogue, &subject, &arguments.out, period, &verdicts)
}

/// The month asked for, or the newest one published.
fn month(arguments: &Arguments, what: &str) -> Result<Month> {
    let period = period_or_newest(arguments.period.as_deref(), || publish::published_periods(&arguments.out))?;
    period.ok_or_else(|| unknown(what, &format!("nothing is published below {}", arguments.out.display()), None))
}

fn script(arguments: &Arguments, what: &str) -> Result<String> {
    let catalogue = rules::load(arguments.dir.clone(), arguments.schemas.clone())?;
    let rule = find(&catalogue, what, "no rule; --script is for rules")?;
    Scripts::open(&arguments.out, month(arguments, what)?)?.duckdb(rule)
}

/// Every rule that the month's run knew, a file each.
fn scripts(language: Language, arguments: &Arguments, folder: &Path) -> Result<String> {
    let catalogue = rules::load(arguments.dir.clone(), arguments.schemas.clone())?;
    let period = month(arguments, "--script")?;
    let scripts = Scripts::open(&arguments.out, period)?;
    fs_err::create_dir_all(folder)?;
    let mut written = 0;
    for rule in catalogue.rules.iter().filter(|rule| scripts.knows(rule)) {
        fs_err::write(folder.join(format!("{}.sql", rule.code)), scripts.duckdb(rule)?)?;
        written += 1;
    }
    let place = folder.display();
    Ok(language
        .pick(&format!("{place}: {period} 的 {written} 个脚本"), &format!("{place}: {written} scripts of {period}")))
}

/// Only what an id is made of may reach the query's text.
fn safe(id: &str) -> Result<&str> {
    if id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        Ok(id)
    } else {
        Err(unknown(id, "an id holds letters, digits and hyphens only", None))
    }
}

fn finding(language: Language, arguments: &Arguments, id: &str) -> Result<String> {
    let id = safe(id)?;
    let sql = format!("SELECT * FROM anomalies WHERE anomaly_id = '{id}' ORDER BY period DESC LIMIT 1");
    let rows = query::rows(&arguments.out, &sql)?;
    let Some(row) = rows.first() else {
        return Err(unknown(id, &format!("no such finding below {}", arguments.out.display()), None));
    };
    let get = |name: &str| row.get(name).cloned().flatten().unwrap_or_else(|| "—".to_owned());
    let mut out = vec![format!("{id}  {}  {}  {} ({})", get("period"), get("rule"), get("severity"), get("status"))];
    out.push(get(if language == Language::Zh { "message_zh" } else { "message_en" }));
    let labels = [
        ("unit_name", "单位", "unit"),
        ("person_name", "人员", "person"),
        ("resident_id", "证件号", "resident ID"),
        ("amount_yuan", "涉及金额(元)", "yuan at stake"),
        ("confidence", "置信度", "confidence"),
        ("first_period", "首次发现", "first seen"),
        ("periods_open", "连续月数", "months open"),
        ("legal_basis", "依据", "legal basis"),
        ("run_id", "运行", "run"),
    ];
    for (column, zh, en) in labels {
        out.push(format!("  {}: {}", language.pick(zh, en), get(column)));
    }
    out.push(String::new());
    out.push(
        language
            .pick("所依据的原始单元格(个人信息已脱敏):", "The very input cells it rests on (personal values masked):"),
    );
    let header: Vec<String> = [("文件", "file"), ("行", "row"), ("表", "table"), ("列", "column"), ("值", "value")]
        .iter()
        .map(|(zh, en)| language.pick(zh, en))
        .collect();
    let cells: Vec<Vec<String>> = query::evidence(&arguments.out, id)?
        .into_iter()
        .map(|c| {
            vec![
                c.source_file.to_string(),
                c.source_row.to_string(),
                c.table.to_string(),
                c.column.to_string(),
                c.value.unwrap_or_else(|| "—".to_owned()),
            ]
        })
        .collect();
    out.push(lay_out(&header, &cells, &[1]));
    out.push(String::new());
    if let Ok(catalogue) = rules::load(arguments.dir.clone(), arguments.schemas.clone()) {
        let code = get("rule");
        if let Some(rule) = catalogue.rules.iter().find(|r| r.code == code) {
            out.push(brief(language, rule));
        }
    }
    Ok(out.join("\n"))
}

fn brief(language: Language, rule: &Rule) -> String {
    let zh = language == Language::Zh;
    let text = |t: &crate::detect::Label| if zh { t.zh.clone() } else { t.en.clone() };
    format!(
        "{} {}\n  {}\n  {}: {}\n  {}: {}\n  hedui explain {}",
        rule.code,
        text(&rule.name),
        text(&rule.what),
        language.pick("易混淆情形", "easily mistaken for it"),
        text(&rule.mistaken_for),
        language.pick("人工核实方法", "how to check it by hand"),
        text(&rule.verify),
        rule.code,
    )
}

fn link(language: Language, arguments: &Arguments, id: &str) -> Result<String> {
    let id = safe(id)?;
    if let Some(text) = super::explain_link::text(language, &arguments.out, id)? {
        return Ok(text);
    }
    Err(unknown(id, &format!("no such link below {}", arguments.out.display()), None))
}
