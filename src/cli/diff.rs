//! `hedui diff`: what changed between two months, or what changed rules would have changed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::language::Language;
use super::quiet::{Verdicts, words};
use super::run::parse_period;
use super::text_table::lay_out;
use super::{Session, diff_rules};
use crate::error::{Fault, Place, Result};
use crate::kernel::dates::Month;
use crate::ledger::QuietVerdict;
use crate::publish::{self, query};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples / 示例:
  hedui diff 2026-09 2026-10
  hedui diff 2026-09 2026-10 --format csv > changes.csv
  hedui diff --rules pipelines/rules new/rules --months 3     what new thresholds would have done
  hedui diff --rules pipelines/monthly.toml draft.toml        the same, of two pipeline files' parameters")]
pub struct Arguments {
    /// The earlier month, YYYY-MM / 前一期
    #[arg(required_unless_present = "rules", requires = "to")]
    from: Option<String>,
    /// The later month, YYYY-MM / 后一期
    to: Option<String>,
    /// Two folders of rules, or two pipeline files: runs both over the last published months / 比较两套规则或参数
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"], conflicts_with_all = ["from", "to"])]
    rules: Option<Vec<PathBuf>>,
    /// How many of the last published months / 比较最近几期
    #[arg(long, default_value_t = 3, requires = "rules")]
    months: usize,
    /// Pipeline whose ledger says which findings are quiet, where neither side is one / 任务配置文件
    #[arg(long, default_value = "pipelines/monthly.toml", requires = "rules")]
    pipeline: PathBuf,
    /// Published folder / 发布目录
    #[arg(long, default_value = "out")]
    out: PathBuf,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Folder of schemas [default: schemas, else the built-in ones]
    #[arg(long, requires = "rules")]
    schemas: Option<PathBuf>,
}

/// One difference, whatever was compared.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Change {
    /// new, closed, worsened, not checked (between months); added, removed, other severity (between rules).
    pub change: &'static str,
    pub period: String,
    pub rule: String,
    pub severity: String,
    pub unit_key: String,
    pub unit_name: String,
    pub person_key: String,
    pub person_name: String,
    pub anomaly_id: String,
    pub message_zh: String,
    pub message_en: String,
    /// Between rules: the verdict in the ledger that keeps the finding quiet, so that no run publishes it.
    pub quiet: Option<QuietVerdict>,
}

/// The kinds of change between months: as data, in Chinese, in English.
const MONTHS: [(&str, &str, &str); 5] = [
    ("new", "新增", "new"),
    ("closed", "消除", "closed"),
    ("worsened", "加重", "worsened"),
    ("not checked", "未再核查", "not checked"),
    ("newly checked", "此前未核查", "newly checked"),
];

/// # Errors
/// [`Fault::Configuration`] when a month is not published or a rule is wrong.
pub fn execute(session: &Session, arguments: &Arguments) -> Result<u8> {
    let (changes, kinds): (Vec<Change>, &[_]) = match (&arguments.rules, &arguments.from, &arguments.to) {
        (Some(rules), _, _) => {
            let months = published(arguments)?;
            let months = &months[months.len().saturating_sub(arguments.months)..];
            let schemas = arguments.schemas.as_deref();
            let sides = [rules[0].as_path(), rules[1].as_path()];
            let pipelines = [sides[1], sides[0], arguments.pipeline.as_path()];
            let verdicts = Verdicts::open(pipelines, &arguments.out)?;
            (diff_rules::changes(sides, &arguments.out, months, schemas, &verdicts)?, &diff_rules::KINDS)
        }
        (None, Some(from), Some(to)) => (between(arguments, parse_period(from)?, parse_period(to)?)?, &MONTHS),
        _ => return Err(Fault::Internal("two months or two sets of rules".to_owned())),
    };
    super::put(
        match arguments.format {
            Format::Table => table(session.language, &changes, kinds),
            Format::Json => serde_json::to_string_pretty(&changes).map_err(|e| Fault::Internal(e.to_string()))?,
            Format::Csv => csv(&changes),
        }
        .trim_end(),
    );
    Ok(0)
}

fn published(arguments: &Arguments) -> Result<Vec<Month>> {
    let months = publish::published_periods(&arguments.out)?;
    if months.is_empty() {
        let place = Place::file(arguments.out.display().to_string());
        return Err(Fault::configuration(place, "nothing-published", "nothing is published here"));
    }
    Ok(months)
}

/// The open findings of a month by id, and which rules ran.
struct Side {
    findings: BTreeMap<String, query::Row>,
    ran: BTreeMap<String, bool>,
}

fn side(arguments: &Arguments, month: Month) -> Result<Side> {
    if !published(arguments)?.contains(&month) {
        let place = Place::file(arguments.out.display().to_string());
        return Err(Fault::configuration(place, "nothing-published", format!("{month} is not published here")));
    }
    let sql = format!(
        "SELECT anomaly_id, rule, severity, unit_key, unit_name, person_key, person_name, measure, message_zh, message_en \
         FROM anomalies WHERE period = '{month}' AND status <> 'closed'"
    );
    let rows = query::rows(&arguments.out, &sql)?;
    let findings = rows.into_iter().filter_map(|r| Some((r.get("anomaly_id").cloned().flatten()?, r))).collect();
    let runs = query::rows(&arguments.out, &format!("SELECT rule, ran FROM rule_runs WHERE period = '{month}'"))?;
    let ran = runs.iter().map(|r| (text(r, "rule"), text(r, "ran") == "true")).collect();
    Ok(Side { findings, ran })
}

fn text(row: &query::Row, name: &str) -> String {
    row.get(name).cloned().flatten().unwrap_or_default()
}

fn between(arguments: &Arguments, from: Month, to: Month) -> Result<Vec<Change>> {
    let (before, after) = (side(arguments, from)?, side(arguments, to)?);
    let ran = |side: &Side, rule: &str| side.ran.get(rule).copied().unwrap_or(false);
    let mut changes = Vec::new();
    for (id, row) in &before.findings {
        let rule = text(row, "rule");
        match after.findings.get(id) {
            None if ran(&after, &rule) => changes.push(change("closed", to, row)),
            // A rule that did not run says nothing of its problems.
            None => changes.push(change("not checked", to, row)),
            Some(now) => {
                let measure = |row: &query::Row| text(row, "measure").parse::<f64>().ok();
                if matches!((measure(row), measure(now)), (Some(a), Some(b)) if b - a > 0.005) {
                    changes.push(change("worsened", to, now));
                }
            }
        }
    }
    for (_, row) in after.findings.iter().filter(|(id, _)| !before.findings.contains_key(*id)) {
        let kind = if ran(&before, &text(row, "rule")) { "new" } else { "newly checked" };
        changes.push(change(kind, to, row));
    }
    sort(&mut changes);
    Ok(changes)
}

fn change(kind: &'static str, period: Month, row: &query::Row) -> Change {
    Change {
        change: kind,
        period: period.to_string(),
        rule: text(row, "rule"),
        severity: text(row, "severity"),
        unit_key: text(row, "unit_key"),
        unit_name: text(row, "unit_name"),
        person_key: text(row, "person_key"),
        person_name: text(row, "person_name"),
        anomaly_id: text(row, "anomaly_id"),
        message_zh: text(row, "message_zh"),
        message_en: text(row, "message_en"),
        quiet: None,
    }
}

pub fn sort(changes: &mut [Change]) {
    changes.sort_by(|a, b| {
        let key = |c: &Change| (c.period.clone(), c.rule.clone(), c.unit_key.clone(), c.person_key.clone());
        (key(a), a.change, &a.anomaly_id).cmp(&(key(b), b.change, &b.anomaly_id))
    });
}

/// Quiet findings that a table lists.
const QUIET_SHOWN: usize = 50;

/// Counts by rule, then by unit, and what is quiet.
fn table(language: Language, changes: &[Change], kinds: &[(&str, &str, &str)]) -> String {
    if changes.is_empty() {
        return language.pick("没有差别。", "No difference.");
    }
    let by_rule = counted(language, changes, kinds, ("规则", "rule"), |c| (c.rule.clone(), c.rule.clone()));
    let by_unit = counted(language, changes, kinds, ("单位", "unit"), |c| (c.unit_key.clone(), c.unit_name.clone()));
    let mut out = format!("{by_rule}\n\n{by_unit}");
    let quiet: Vec<(&Change, &QuietVerdict)> = changes.iter().filter_map(|c| Some((c, c.quiet.as_ref()?))).collect();
    if !quiet.is_empty() {
        let n = quiet.len();
        let zh = format!("其中 {n} 项已静默,运行不发布:");
        out.push_str(&format!("\n\n{}", language.pick(&zh, &format!("{n} of them are quiet; no run publishes them:"))));
    }
    for (change, verdict) in quiet.iter().take(QUIET_SHOWN) {
        let Change { period, rule, anomaly_id, .. } = change;
        out.push_str(&format!("\n  {period}  {rule}  {anomaly_id}  {}", words(language, verdict)));
    }
    if quiet.len() > QUIET_SHOWN {
        let zh = format!("以上列示前 {QUIET_SHOWN} 项,其余见 --format csv。");
        let en = format!("The first {QUIET_SHOWN} are shown; --format csv has them all.");
        out.push_str(&format!("\n  {}", language.pick(&zh, &en)));
    }
    out
}

fn counted(
    language: Language,
    changes: &[Change],
    kinds: &[(&str, &str, &str)],
    title: (&str, &str),
    of: impl Fn(&Change) -> (String, String),
) -> String {
    let mut counts: BTreeMap<(String, String, String), Vec<u64>> = BTreeMap::new();
    let months: std::collections::BTreeSet<&str> = changes.iter().map(|c| c.period.as_str()).collect();
    for change in changes {
        let (key, name) = of(change);
        let row = counts.entry((key, name, change.period.clone())).or_insert_with(|| vec![0; kinds.len()]);
        if let Some(at) = kinds.iter().position(|k| k.0 == change.change) {
            row[at] += 1;
        }
    }
    let mut header = vec![language.pick(title.0, title.1)];
    if months.len() > 1 {
        header.push(language.pick("月份", "month"));
    }
    header.extend(kinds.iter().map(|k| language.pick(k.1, k.2)));
    let mut rows: Vec<Vec<String>> = Vec::new();
    for ((_, name, month), numbers) in &counts {
        let mut row = vec![if name.is_empty() { "—".to_owned() } else { name.clone() }];
        if months.len() > 1 {
            row.push(month.clone());
        }
        row.extend(numbers.iter().map(ToString::to_string));
        rows.push(row);
    }
    let first = header.len() - kinds.len();
    lay_out(&header, &rows, &(first..header.len()).collect::<Vec<_>>())
}

fn csv(changes: &[Change]) -> String {
    let quoted = |text: &str| {
        if text.contains(['"', ',', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
    };
    let head =
        "change,period,rule,severity,unit_key,unit_name,person_key,person_name,anomaly_id,message_zh,message_en,quiet";
    let line = |c: &Change| {
        let quiet = c.quiet.as_ref().map(|q| words(Language::En, q)).unwrap_or_default();
        [
            c.change,
            &c.period,
            &c.rule,
            &c.severity,
            &c.unit_key,
            &c.unit_name,
            &c.person_key,
            &c.person_name,
            &c.anomaly_id,
            &c.message_zh,
            &c.message_en,
            &quiet,
        ]
        .map(quoted)
        .join(",")
    };
    std::iter::once(head.to_owned()).chain(changes.iter().map(line)).collect::<Vec<_>>().join("\n")
}
