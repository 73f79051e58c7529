//! What a run read, with which rules and parameters, and what came of it. Times stand here and in no table.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::config::PipelineConfig;
use super::run::RunReport;
use crate::detect::{Catalogue, Detected, ParameterValue, Rule};
use crate::extract::FileReport;
use crate::kernel::dates::Month;
use crate::kernel::secret::hex;

/// The run's part of `runs/<run_id>.json`.
#[must_use]
pub fn build(
    config: &PipelineConfig,
    catalogue: &Catalogue,
    report: &RunReport,
    timings: &[(&'static str, f64)],
) -> Value {
    let sum = |f: fn(&FileReport) -> u64| report.files.iter().map(f).sum::<u64>();
    let seconds: serde_json::Map<String, Value> =
        timings.iter().map(|(stage, s)| ((*stage).to_owned(), json!((s * 1000.0).round() / 1000.0))).collect();
    let rules: Vec<Value> = catalogue.rules.iter().map(rule_entry).collect();
    let methods: serde_json::Map<String, Value> =
        report.unit_methods.iter().map(|(m, n)| (m.clone(), json!(n))).collect();
    let grades: serde_json::Map<String, Value> = report
        .person_grades
        .iter()
        .map(|(table, grades)| {
            (table.clone(), json!(grades.iter().map(|(g, n)| (g.to_string(), *n)).collect::<BTreeMap<_, _>>()))
        })
        .collect();
    json!({
        "pipeline": {"name": config.name, "sha256": hex(&Sha256::digest(config.text.as_bytes()))},
        "program": {"name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION")},
        "finished_at": chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        "seconds": seconds,
        "inputs": report.files,
        "rows": {"read": sum(|f| f.rows_read), "taken": sum(|f| f.rows_taken), "rejected": sum(|f| f.rows_rejected)},
        "rejects": report.reject_reasons.iter().map(|(code, n)| json!({"code": code, "rows": n})).collect::<Vec<_>>(),
        "linked": {"units": report.units, "persons": report.persons, "unit_rows_by_method": methods, "person_rows_by_grade": grades, "unresolved": report.unresolved},
        "feeds": {"present": report.feeds, "absent": report.tables_without_feed},
        "rules": rules,
        "rule_parameters": rule_parameters(config, catalogue),
        "rule_runs": report.detected.rule_runs,
        "live": live(&report.detected),
    })
}

/// Findings that are neither closed nor explained, by severity.
#[must_use]
pub fn live(detected: &Detected) -> BTreeMap<String, u64> {
    let mut live = BTreeMap::new();
    for finding in detected.findings.iter().filter(|f| !matches!(f.status.as_str(), "closed" | "explained")) {
        *live.entry(finding.severity.clone()).or_default() += 1;
    }
    live
}

/// A rule under the names that it had in this run, so that what is published can be read without the catalogue.
fn rule_entry(rule: &Rule) -> Value {
    json!({
        "rule": rule.code, "sha256": rule.sha256, "slug": rule.slug, "category": rule.category, "severity": rule.severity,
        "name_zh": rule.name.zh, "name_en": rule.name.en, "verify_zh": rule.verify.zh,
    })
}

/// Rule → parameter → the value in force, defaults included, so that anyone can run a rule as this run did.
fn rule_parameters(config: &PipelineConfig, catalogue: &Catalogue) -> Value {
    let settings = super::parameters::values(config);
    let of = |rule: &Rule| -> serde_json::Map<String, Value> {
        let set = settings.get(&rule.code);
        let value = |name: &String| rule.parameter(name, set.and_then(|s| s.get(name)));
        rule.parameters.keys().filter_map(|name| Some((name.clone(), plain(&value(name)?)))).collect()
    };
    Value::Object(catalogue.rules.iter().map(|rule| (rule.code.clone(), Value::Object(of(rule)))).collect())
}

/// A float keeps its point in JSON, so its type comes back too.
fn plain(value: &ParameterValue) -> Value {
    match value {
        ParameterValue::Integer(n) => json!(n),
        ParameterValue::Float(x) => json!(x),
        ParameterValue::Text(t) => json!(t),
        ParameterValue::Bool(b) => json!(b),
    }
}

/// Rows of a table that a published manifest counted for a month.
#[must_use]
pub fn rows_of(manifest: &Value, table: &str, month: Month) -> Option<u64> {
    let month = month.to_string();
    let inputs = manifest.get("inputs")?.as_array()?;
    let mine = inputs.iter().filter(|f| f["table"] == table && f["period"] == month.as_str());
    let rows: Vec<u64> = mine.filter_map(|f| f["rows_read"].as_u64()).collect();
    (!rows.is_empty()).then(|| rows.iter().sum())
}
