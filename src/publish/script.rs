//! A rule as it ran in a published month, written out for `DuckDB`: the tables, the parameters in force, the rule's own text.

use std::fmt::Write;
use std::path::Path;

use serde_json::{Map, Value};

use super::catalog::{name, schema, text};
use crate::detect::Rule;
use crate::detect::resolved::PERIOD_PARAMETERS;
use crate::error::{Fault, Place, Result, printable};
use crate::kernel::dates::Month;

/// A published month that rules are written out for.
#[derive(Debug)]
pub struct Scripts {
    /// Published folder, as an absolute path.
    root: String,
    period: Month,
    manifest: Value,
}

impl Scripts {
    /// # Errors
    /// [`Fault::Configuration`] when the month is not published.
    pub fn open(out: &Path, period: Month) -> Result<Self> {
        let Some(manifest) = super::manifest(out, period)? else {
            let message = format!("{period} is not published here");
            return Err(Fault::configuration(Place::file(out.display().to_string()), "nothing-published", message));
        };
        Ok(Self { root: fs_err::canonicalize(out)?.display().to_string(), period, manifest })
    }

    /// Whether the month's run recorded the parameters of a rule.
    #[must_use]
    pub fn knows(&self, rule: &Rule) -> bool {
        self.manifest["rule_parameters"][rule.code.as_str()].is_object()
    }

    /// The script of a rule for `DuckDB`. All it says but the rule's text comes from what was published.
    ///
    /// # Errors
    /// [`Fault::Configuration`] when the run did not record the rule's parameters.
    pub fn duckdb(&self, rule: &Rule) -> Result<String> {
        let Self { root, period, manifest } = self;
        match manifest["rule_parameters"][rule.code.as_str()].as_object() {
            Some(parameters) => Ok(script(rule, *period, root, manifest, parameters)),
            None => {
                let run = manifest["run_id"].as_str().unwrap_or_default();
                let message = format!("run {run} of {period} did not record the parameters of rule {}", rule.code);
                Err(Fault::configuration(Place::file(root.clone()), "no-parameters", message))
            }
        }
    }
}

fn script(rule: &Rule, period: Month, root: &str, manifest: &Value, parameters: &Map<String, Value>) -> String {
    let mut script = head(rule, period, manifest);
    let _ = writeln!(script, "SET file_search_path = {};", text(root));
    let _ = writeln!(script, ".read {}", text(&format!("{root}/catalog.sql")));
    let _ = writeln!(script, "USE {};\n", schema(period));
    let columns: Vec<String> = month(period)
        .into_iter()
        .chain(parameters.iter().map(|(parameter, value)| (value_of(value), parameter.as_str())))
        .map(|(value, column)| format!("  {value} AS {}", name(column)))
        .collect();
    let _ = writeln!(script, "CREATE OR REPLACE TEMP TABLE params AS SELECT\n{};\n", columns.join(",\n"));
    let _ = writeln!(script, "-- {} {}", rule.code, rule.slug);
    script.push_str(rule.sql.trim_end());
    if !rule.sql.trim_end().ends_with(';') {
        // On a line of its own: the text may end in a comment.
        script.push_str("\n;");
    }
    script.push('\n');
    script
}

/// What the script is, and in what its results may differ from what was published.
fn head(rule: &Rule, period: Month, manifest: &Value) -> String {
    let run = manifest["run_id"].as_str().unwrap_or_default();
    let mut head = format!(
        "-- {} {} / {}, {period}, run {run}. In DuckDB's shell / 在 DuckDB 命令行中:  .read FILE\n",
        rule.code,
        rule.slug,
        printable(&rule.name.zh)
    );
    head.push_str("-- A finding is a distinct (unit_key, person_key, object_key); rule_runs counts them.\n");
    let entry =
        |list: &str| manifest[list].as_array().and_then(|all| all.iter().find(|r| r["rule"] == rule.code.as_str()));
    if entry("rules").is_none_or(|r| r["sha256"] != rule.sha256.as_str()) {
        head.push_str("-- CAUTION: the rule has changed since that run; its results may be others. / 注意:该规则在本次运行后已修改。\n");
    }
    if let Some(outcome) = entry("rule_runs").filter(|r| r["ran"] == false).and_then(|r| r["outcome"].as_str()) {
        let _ = writeln!(
            head,
            "-- CAUTION: the rule gave no findings in that run: {}. / 注意:该规则在本次运行中未产生结果。",
            printable(outcome)
        );
    }
    head
}

/// The month's columns of `params`, with the types that rules see.
fn month(period: Month) -> [(String, &'static str); 4] {
    let [label, number, first, last] = PERIOD_PARAMETERS;
    let whole = |value: i32| format!("CAST({value} AS INTEGER)");
    [
        (text(&period.to_string()), label),
        (whole(period.0), number),
        (whole(period.first_day()), first),
        (whole(period.last_day()), last),
    ]
}

/// A parameter's value in the type that rules see it in.
fn value_of(value: &Value) -> String {
    match value {
        Value::Bool(b) => b.to_string(),
        Value::Number(n) if n.is_f64() => format!("CAST({n} AS DOUBLE)"),
        Value::Number(n) => format!("CAST({n} AS BIGINT)"),
        Value::String(t) => text(t),
        other => text(&other.to_string()),
    }
}
