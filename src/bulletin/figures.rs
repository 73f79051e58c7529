//! Every figure of the bulletin: answers of named queries over the published tables, and sums of their columns.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

use super::chart::{Chart, Form};
use super::named::{self, Blanks, Named};
use super::office::Limits;
use super::reconcile::{self, Balance};
use super::small;
use super::table::{Labels, Table, grouped, grouped_hundredths};
use crate::error::{Fault, Result};
use crate::kernel::dates::Month;
use crate::publish::dictionary::{Dictionary, RUN_TABLES, TableEntry};
use crate::publish::query::Reading;

/// Sums of columns that stand in a row of totals below a table.
const TOTALS: &[(&str, &[&str])] = &[
    ("categories", &["n", "s1", "s2", "s3", "s4", "fresh", "amount"]),
    ("rules", &["n", "s1", "s2", "s3", "s4", "fresh", "worse", "amount"]),
    ("flow", &["opening", "fresh", "reopened", "resumed", "closed", "unchecked", "closing"]),
    ("overdue", &["n", "s1", "amount"]),
    ("ledger_balance", &["opening", "new_cases", "reopened", "closed", "unfounded", "closing"]),
    ("ledger_states", &["n", "s1", "overdue", "reopened"]),
    ("ledger_overdue", &["n", "s1"]),
    ("ledger_precision", &["checked", "confirmed", "data_error", "not_confirmed"]),
    ("three_numbers", &["units", "quota", "enrolled", "paid", "paid_gap"]),
    ("money", &["n", "amount", "fresh", "stopped"]),
    ("sources", &["files", "read", "taken", "rejected", "unsound"]),
];

/// All that templates and workbooks are filled from.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    pub period: String,
    /// The month in Chinese, 2026年10月.
    pub month: String,
    /// The month published before, empty when there is none.
    pub previous: String,
    pub run_id: String,
    /// Digest of everything that was published for the month.
    pub digest: String,
    pub program: String,
    pub tables: IndexMap<String, Table>,
    pub charts: IndexMap<String, Chart>,
    /// Sums and counts as they are shown.
    pub facts: BTreeMap<&'static str, String>,
    /// The same as whole numbers, for templates that ask whether there are any.
    pub numbers: BTreeMap<&'static str, i64>,
    pub balances: Vec<Balance>,
    #[serde(skip)]
    pub labels: Labels,
    #[serde(skip)]
    pub blanks: Blanks,
}

/// What a bulletin is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    pub period: Month,
    pub previous: Option<Month>,
    pub manifest: &'a Value,
    pub limits: Limits,
}

/// Gathers everything and holds it against itself.
///
/// # Errors
/// [`Fault::Reconciliation`] when figures do not balance, and whatever reading may give.
pub fn gather(reading: &mut Reading, scope: &Scope<'_>) -> Result<Figures> {
    let labels = labels(&reading.dictionary, scope.manifest);
    let blanks = blanks(scope);
    let mut tables = IndexMap::new();
    let mut questions = named::of_bulletin()?;
    questions.extend(of_sources(&reading.dictionary)?);
    if reading.dictionary.tables.iter().any(|t| t.path == "ledger_balance") {
        questions.extend(named::of_ledger()?);
    }
    for question in questions {
        let table = ask(reading, &question, &blanks, &labels)?;
        tables.insert(table.id.clone(), table);
    }
    let balances = reconcile::balances(reading, &tables, scope)?;
    reconcile::check(&balances)?;
    let numbers = numbers(&tables, scope.manifest);
    let facts = facts(&tables, &numbers);
    for table in tables.values_mut() {
        small::suppress(table, scope.limits.small_below);
    }
    let charts = charts(&tables);
    for (id, columns) in TOTALS {
        if let Some(table) = tables.get_mut(*id) {
            *table = table.clone().with_total(columns);
        }
    }
    let text = |key: &str| scope.manifest[key].as_str().unwrap_or_default().to_owned();
    Ok(Figures {
        period: scope.period.to_string(),
        month: format!("{}年{}月", scope.period.year(), scope.period.month()),
        previous: scope.previous.map(|p| p.to_string()).unwrap_or_default(),
        run_id: text("run_id"),
        digest: text("digest"),
        program: format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")),
        tables,
        charts,
        facts,
        numbers,
        balances,
        labels,
        blanks,
    })
}

/// A question asked and its answer as a table.
///
/// # Errors
/// [`Fault::Reconciliation`] when what is published does not hold the question's tables or columns.
pub fn ask(reading: &mut Reading, question: &Named, blanks: &Blanks, labels: &Labels) -> Result<Table> {
    let sql = named::fill(&question.sql, blanks);
    let (header, rows) = reading.answer(&sql).map_err(|fault| match fault {
        Fault::Configuration(problems) => {
            let said: Vec<String> = problems.iter().map(|p| p.message.clone()).collect();
            Fault::Reconciliation(format!(
                "the published tables cannot answer “{}”: {}",
                question.title,
                said.join("; ")
            ))
        }
        other => other,
    })?;
    let mut question = question.clone();
    question.note = named::fill(&question.note, blanks);
    Table::new(&question, &header, rows, sql, labels)
}

fn blanks(scope: &Scope<'_>) -> Blanks {
    let (period, limits) = (scope.period, scope.limits);
    let born = |age: i32| (period.year() - age).to_string();
    Blanks::from([
        ("period", period.to_string()),
        // No period is called so: nothing was open before the first one.
        ("previous", scope.previous.map_or_else(|| "none".to_owned(), |p| p.to_string())),
        ("since", period.plus(-11).to_string()),
        ("period_no", period.0.to_string()),
        ("as_of_day", period.last_day().to_string()),
        ("born_30", born(30)),
        ("born_40", born(40)),
        ("born_50", born(50)),
        ("born_55", born(55)),
        ("born_60", born(60)),
        ("overdue", limits.overdue_months.to_string()),
        ("ranked_from", limits.ranked_from.to_string()),
        ("top", limits.top.to_string()),
        ("cases", limits.cases.to_string()),
        ("warnings", limits.warnings.to_string()),
        ("small", limits.small_below.to_string()),
        ("unit", String::new()),
    ])
}

/// What codes, tables and rules are called, from the dictionary and the month's manifest.
#[must_use]
pub fn labels(dictionary: &Dictionary, manifest: &Value) -> Labels {
    let mut labels = Labels::default();
    for table in &dictionary.tables {
        labels.tables.entry(table.name().to_owned()).or_insert_with(|| table.title.clone());
        for column in &table.columns {
            for code in &column.codes {
                let key = (column.name.clone(), code.code.clone());
                labels.codes.entry(key).or_insert_with(|| code.label.clone());
            }
        }
    }
    for rule in manifest["rules"].as_array().into_iter().flatten() {
        if let (Some(code), Some(name)) = (rule["rule"].as_str(), rule["name_zh"].as_str()) {
            labels.rules.insert(code.to_owned(), name.to_owned());
        }
    }
    labels
}

/// The questions about the sources: one a source and one a file.
fn of_sources(dictionary: &Dictionary) -> Result<Vec<Named>> {
    let with = source_rows(dictionary, "period = '{period}'");
    let files = format!(
        "-- title: 各文件数据行\n-- columns: source:source=来源; source_file:text=文件; read:count=读取行; taken:count=采纳行; rejected:count=退回行; unsound:count=证件号有误; score:rate=得分\n{with}SELECT source, source_file, taken + rejected AS read, taken, rejected, unsound,\n       ROUND(100.0 * (taken - unsound) / (taken + rejected), 1) AS score\nFROM file\nORDER BY source, source_file"
    );
    let sources = format!(
        "-- title: 数据质量排行\n-- note: 得分=（采纳行-证件号有误行）÷读取行×100,不计“缺项”等由规则核出的问题。\n-- columns: source:source=来源; files:count=文件; read:count=读取行; taken:count=采纳行; rejected:count=退回行; unsound:count=证件号有误; score:rate=得分\n{with}SELECT source, CAST(COUNT(*) AS BIGINT) AS files, CAST(SUM(taken + rejected) AS BIGINT) AS read,\n       CAST(SUM(taken) AS BIGINT) AS taken, CAST(SUM(rejected) AS BIGINT) AS rejected, CAST(SUM(unsound) AS BIGINT) AS unsound,\n       ROUND(100.0 * (SUM(taken) - SUM(unsound)) / SUM(taken + rejected), 1) AS score\nFROM file\nGROUP BY source\nORDER BY score DESC, source"
    );
    Ok(vec![named::parse("sources", &sources)?, named::parse("files", &files)?])
}

/// The head of a query about sources: `file` has each file's rows taken, set aside and with an unsound resident ID, by period. Which
/// sources there are is read from the dictionary.
#[must_use]
pub fn source_rows(dictionary: &Dictionary, months: &str) -> String {
    let mut parts = Vec::new();
    let of_extracts = |t: &&TableEntry| t.path.starts_with("canonical/") && !RUN_TABLES.contains(&t.name());
    for table in dictionary.tables.iter().filter(of_extracts) {
        let has = |name: &str| table.columns.iter().any(|c| c.name == name);
        let unsound = if has("resident_id_state") {
            "SUM(CASE WHEN resident_id_state NOT IN ('valid', 'upgraded_15') THEN 1 ELSE 0 END)"
        } else {
            "0"
        };
        parts.push(format!(
            "  SELECT '{}' AS source, period, source_file, CAST(COUNT(*) AS BIGINT) AS taken, CAST(0 AS BIGINT) AS rejected,\n         CAST({unsound} AS BIGINT) AS unsound\n  FROM {} WHERE {months} GROUP BY period, source_file",
            table.name(),
            table.view
        ));
    }
    parts.push(
        "  SELECT source, period, source_file, CAST(0 AS BIGINT) AS taken, CAST(COUNT(*) AS BIGINT) AS rejected, CAST(0 AS BIGINT) AS unsound\n  FROM aside GROUP BY source, period, source_file"
            .to_owned(),
    );
    format!(
        "WITH aside AS (\n  SELECT table_name AS source, period, source_file, source_sheet, source_row\n  FROM rejects WHERE {months} AND row_rejected\n  GROUP BY table_name, period, source_file, source_sheet, source_row\n),\npart AS (\n{}\n),\nfile AS (\n  SELECT source, period, source_file, CAST(SUM(taken) AS BIGINT) AS taken, CAST(SUM(rejected) AS BIGINT) AS rejected,\n         CAST(SUM(unsound) AS BIGINT) AS unsound\n  FROM part GROUP BY source, period, source_file\n)\n",
        parts.join("\n  UNION ALL\n")
    )
}

/// Counts that the sentences and the headings need.
fn numbers(tables: &IndexMap<String, Table>, manifest: &Value) -> BTreeMap<&'static str, i64> {
    let sum = |table: &str, column: &str| tables.get(table).map_or(0, |t| t.sum(column));
    let rows = |table: &str| tables.get(table).map_or(0, |t| i64::try_from(t.rows.len()).unwrap_or(i64::MAX));
    let ran =
        |ran: &str| tables.get("rule_runs").map_or(0, |t| i64::try_from(t.only("ran", ran).rows.len()).unwrap_or(0));
    let warnings = tables.get("categories").map_or(0, |t| t.only("category", "early_warning").sum("n"));
    let warning_rules = manifest["rules"].as_array().into_iter().flatten().filter(|r| r["category"] == "early_warning");
    BTreeMap::from([
        ("n", sum("headline", "n")),
        ("s1", sum("headline", "s1")),
        ("s2", sum("headline", "s2")),
        ("fresh", sum("headline", "fresh")),
        ("worse", sum("headline", "worse")),
        ("units", sum("headline", "units")),
        ("persons", sum("headline", "persons")),
        ("opening", sum("flow", "opening")),
        ("reopened", sum("flow", "reopened")),
        ("resumed", sum("flow", "resumed")),
        ("closed", sum("flow", "closed")),
        ("unchecked", sum("flow", "unchecked")),
        ("overdue", sum("overdue", "n")),
        ("overdue_s1", sum("overdue", "s1")),
        // Classes of problems in the ledger: 0 where there is no ledger, or nothing in it.
        ("ledger", rows("ledger_balance")),
        ("ledger_opening", sum("ledger_balance", "opening")),
        ("ledger_new", sum("ledger_balance", "new_cases")),
        ("ledger_reopened", sum("ledger_balance", "reopened")),
        ("ledger_closed", sum("ledger_balance", "closed")),
        ("ledger_unfounded", sum("ledger_balance", "unfounded")),
        ("ledger_closing", sum("ledger_balance", "closing")),
        ("ledger_overdue", sum("ledger_overdue", "n")),
        ("ledger_checked", sum("ledger_precision", "checked")),
        ("units_all", sum("coverage", "units")),
        ("persons_all", sum("people", "persons")),
        ("files", sum("sources", "files")),
        ("read", sum("sources", "read")),
        ("taken", sum("sources", "taken")),
        ("rejected", sum("sources", "rejected")),
        ("quota", sum("three_numbers", "quota")),
        ("enrolled", sum("three_numbers", "enrolled")),
        ("paid", sum("three_numbers", "paid")),
        ("warnings", warnings),
        ("warning_rules", i64::try_from(warning_rules.count()).unwrap_or(0)),
        ("rules_ran", ran("true")),
        ("rules_not_run", ran("false")),
    ])
}

fn facts(tables: &IndexMap<String, Table>, numbers: &BTreeMap<&'static str, i64>) -> BTreeMap<&'static str, String> {
    let money = |table: &str, column: &str| grouped_hundredths(tables.get(table).map_or(0, |t| t.hundredths(column)));
    let shown = |n: i64| format!("{}{}", if n < 0 { "-" } else { "" }, grouped(u128::from(n.unsigned_abs())));
    let mut facts: BTreeMap<&'static str, String> = numbers.iter().map(|(name, n)| (*name, shown(*n))).collect();
    facts.insert("amount", money("headline", "amount"));
    facts.insert("fresh_amount", money("headline", "fresh_amount"));
    facts.insert("stopped", money("money", "stopped"));
    let first = |column: &str| {
        tables.get("ranking").and_then(|t| t.column(column).next()).map(|v| v.text.clone()).unwrap_or_default()
    };
    facts.insert("top_unit", first("unit_name"));
    facts.insert("top_rate", first("rate"));
    facts
}

fn charts(tables: &IndexMap<String, Table>) -> IndexMap<String, Chart> {
    let over_time = ["over_staffing", "paid_but_absent", "mismatched_registrations", "data_quality", "early_warning"];
    let wanted: [(&str, Form, &str, &[&str]); 5] = [
        ("trend", Form::Lines, "period", &over_time),
        ("ranking", Form::Bars, "unit_name", &["rate"]),
        ("quota_use", Form::Bars, "quota_type", &["quota", "enrolled"]),
        ("age", Form::Bars, "age", &["female", "male"]),
        ("money", Form::Bars, "rule", &["amount"]),
    ];
    let chart = |(id, form, labels, columns): (&str, Form, &str, &[&str])| {
        let table = tables.get(id)?;
        // The pool and loans are too few to be seen beside the units' own posts; the table has them.
        let table = if id == "quota_use" { table.only("bucket", "own") } else { table.clone() };
        Chart::of(&table, form, labels, columns).map(|chart| (id.to_owned(), chart))
    };
    wanted.into_iter().filter_map(chart).collect()
}
