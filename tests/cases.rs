//! Rule cases: tests/cases/<CODE>.md says in prose and tiny tables what a rule finds and what it must leave alone.
//!
//! `HEDUI_CASE=Q01` runs one rule's cases only.

#[path = "cases/document.rs"]
mod document;
#[path = "cases/world.rs"]
mod world;

use std::path::{Path, PathBuf};

use document::{Case, Expected, Table};
use hedui::detect::{self, Catalogue, Finding, OwnValue, Rule, RuleRun};
use hedui::kernel::money::format_yuan;
use hedui::table::Schemas;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub fn catalogue(folder: &Path) -> Catalogue {
    let schemas = Schemas::load(&root().join("schemas")).expect("the shipped schemas are sound");
    Catalogue::load(folder, &schemas).unwrap_or_else(|fault| panic!("the catalogue is not sound:\n{fault}"))
}

/// The value of a finding under a column's name, as a case writes it.
fn value(finding: &Finding, name: &str) -> Option<String> {
    match name {
        "unit_key" => finding.unit_key.clone(),
        "unit_name" => finding.unit_name.clone(),
        "person_key" => finding.person_key.clone(),
        "person_name" => finding.person_name.clone(),
        "object_key" => finding.object_key.clone(),
        "severity" => Some(finding.severity.clone()),
        "status" => Some(finding.status.clone()),
        "confidence" => Some(finding.confidence.to_string()),
        "amount" | "amount_yuan" => finding.amount.map(format_yuan),
        "measure" => finding.measure.map(|m| m.to_string()),
        "message_zh" => Some(finding.message_zh.clone()),
        "message_en" => Some(finding.message_en.clone()),
        _ => match &finding.own.iter().find(|(own, _)| own == name)?.1 {
            OwnValue::Text(text) => text.clone(),
            OwnValue::Integer(n) => n.map(|n| n.to_string()),
            OwnValue::Float(x) => x.map(|x| x.to_string()),
            OwnValue::Money(fen) => fen.map(format_yuan),
            OwnValue::Date(day) => day.map(hedui::detect::evidence::iso_day),
        },
    }
}

const COMMON: [&str; 13] = [
    "unit_key",
    "unit_name",
    "person_key",
    "person_name",
    "object_key",
    "severity",
    "status",
    "confidence",
    "amount",
    "amount_yuan",
    "measure",
    "message_zh",
    "message_en",
];

/// Whether a finding's value is what the case says; numbers compare as numbers.
fn same(found: Option<&str>, expected: Option<&str>) -> bool {
    match (found, expected) {
        (Some(found), Some(expected)) if found != expected => {
            let numbers = (found.parse::<f64>(), expected.parse::<f64>());
            matches!(numbers, (Ok(a), Ok(b)) if (a - b).abs() < 1e-9)
        }
        (found, expected) => found == expected,
    }
}

/// Whether the finding shows the row that the case names, `row__<table>` = row number within the case's table; an empty cell says nothing.
fn shows(finding: &Finding, column: &str, expected: Option<&str>, schemas: &Schemas) -> bool {
    let Some(row) = expected else { return true };
    let table = detect::evidence::table_of(column, schemas).unwrap_or_default();
    let table = detect::past::table_of(&table).unwrap_or(&table);
    finding.evidence.iter().any(|cell| *cell.table == *table && cell.source_row.to_string() == row)
}

fn matches_row(finding: &Finding, table: &Table, row: &[Option<String>], schemas: &Schemas) -> bool {
    table.header.iter().zip(row).all(|(name, expected)| {
        if name.starts_with("row__") {
            shows(finding, name, expected.as_deref(), schemas)
        } else {
            same(value(finding, name).as_deref(), expected.as_deref())
        }
    })
}

fn shown(finding: &Finding, header: &[String]) -> String {
    let cell = |name: &String| {
        if name.starts_with("row__") {
            let mut rows: Vec<String> =
                finding.evidence.iter().map(|c| format!("{}:{}", c.table, c.source_row)).collect();
            rows.dedup();
            return format!("evidence={}", rows.join("+"));
        }
        format!("{name}={}", value(finding, name).unwrap_or_else(|| "(null)".to_owned()))
    };
    header.iter().map(cell).collect::<Vec<_>>().join(", ")
}

/// What differs between what a case expects and what was found; nothing when it holds.
fn differences(case: &Case, rule: &Rule, run: &RuleRun, findings: &[Finding], schemas: &Schemas) -> Vec<String> {
    let table = match &case.expected {
        Expected::NotRun(outcome) => {
            return if &run.outcome == outcome {
                vec![]
            } else {
                vec![format!("outcome {:?}, expected {outcome:?}", run.outcome)]
            };
        }
        Expected::Findings(table) => table,
    };
    if run.outcome != "ran" {
        return vec![format!("outcome {:?}", run.outcome)];
    }
    let known = |name: &&String| {
        COMMON.contains(&name.as_str()) || rule.columns.contains_key(*name) || name.starts_with("row__")
    };
    if let Some(unknown) = table.header.iter().find(|name| !known(name)) {
        return vec![format!("the expected column {unknown} is none of the rule's")];
    }
    let mut left: Vec<&Finding> = findings.iter().filter(|f| f.rule == rule.code).collect();
    let mut wrong = Vec::new();
    for row in &table.rows {
        match left.iter().position(|f| matches_row(f, table, row, schemas)) {
            Some(at) => {
                left.remove(at);
            }
            None => wrong.push(format!("expected, not found: {row:?}")),
        }
    }
    wrong.extend(left.iter().map(|f| format!("found, not expected: {} [{}]", shown(f, &table.header), f.message_en)));
    wrong
}

/// Runs every case of a file; each failure as `file:line title: what`.
pub fn run_file(catalogue: &Catalogue, path: &Path) -> Vec<String> {
    let label = path.strip_prefix(root()).unwrap_or(path).display().to_string();
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{label}: {e}"));
    let code = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
    let Some(rule) = catalogue.rules.iter().find(|r| r.code == code) else {
        return vec![format!("{label}: there is no rule {code}")];
    };
    let cases = match document::parse(&text) {
        Ok(cases) => cases,
        Err(wrong) => return wrong.iter().map(|w| format!("{label}:{w}")).collect(),
    };
    // A case shows what a rule finds, on trial or not.
    let tried = Rule { preview: false, ..rule.clone() };
    let one = Catalogue { rules: vec![tried], laws: catalogue.laws.clone(), schemas: catalogue.schemas.clone() };
    let mut failures = Vec::new();
    for case in &cases {
        let outcome = world::build(case, rule, &catalogue.schemas)
            .and_then(|(frames, context)| detect::detect(&one, &frames, &context).map_err(|fault| fault.to_string()))
            .map(|found| differences(case, rule, &found.rule_runs[0], &found.findings, &catalogue.schemas));
        let wrong = outcome.unwrap_or_else(|fault| vec![fault]);
        failures.extend(wrong.iter().map(|w| format!("{label}:{} {}: {w}", case.line, case.title)));
    }
    failures
}

fn case_files(folder: &Path) -> Vec<PathBuf> {
    let only = std::env::var("HEDUI_CASE").ok();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|p| p.extension().is_some_and(|e| e == "md"))
        .filter(|p| only.as_deref().is_none_or(|only| p.file_stem().is_some_and(|s| s == only)))
        .collect();
    files.sort();
    files
}

#[test]
fn every_case_holds() {
    let catalogue = catalogue(&root().join("pipelines/rules"));
    let files = case_files(&root().join("tests/cases"));
    assert!(!files.is_empty(), "no case files");
    let failures: Vec<String> = files.iter().flat_map(|f| run_file(&catalogue, f)).collect();
    assert!(failures.is_empty(), "{} cases fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_rule_has_its_cases_and_every_case_file_its_rule() {
    let catalogue = catalogue(&root().join("pipelines/rules"));
    let schemas = &catalogue.schemas;
    let mut wrong = Vec::new();
    for rule in &catalogue.rules {
        let path = root().join("tests/cases").join(format!("{}.md", rule.code));
        let Ok(text) = std::fs::read_to_string(&path) else {
            wrong.push(format!("{}: no tests/cases/{}.md", rule.code, rule.code));
            continue;
        };
        let kinds: Vec<String> = document::parse(&text).unwrap_or_default().iter().map(|c| c.kind.clone()).collect();
        let optional = rule.inputs.iter().any(|i| schemas.get(i).is_some_and(|s| s.optional));
        let needed = ["fires", "boundary", "look-alike"].into_iter().chain(optional.then_some("absent"));
        wrong.extend(
            needed.filter(|k| !kinds.iter().any(|kind| kind == k)).map(|k| format!("{}: no case '{k}'", rule.code)),
        );
    }
    for path in case_files(&root().join("tests/cases")) {
        let code = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
        if catalogue.rule(code).is_none() {
            wrong.push(format!("tests/cases/{code}.md: there is no rule {code}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The harness itself: cases that hold pass, and cases that do not are told with their line.
#[test]
fn the_harness_tells_cases_that_do_not_hold() {
    let folder = root().join("tests/fixtures/detect");
    let catalogue = catalogue(&folder.join("rules"));
    let good = run_file(&catalogue, &folder.join("cases/Q91.md"));
    assert!(good.is_empty(), "{}", good.join("\n"));
    let good = run_file(&catalogue, &folder.join("cases/E91.md"));
    assert!(good.is_empty(), "{}", good.join("\n"));
    let good = run_file(&catalogue, &folder.join("cases/T91.md"));
    assert!(good.is_empty(), "{}", good.join("\n"));
    let bad = run_file(&catalogue, &folder.join("cases/wrong/Q91.md"));
    assert_eq!(bad.len(), 4, "{}", bad.join("\n"));
    assert!(bad[0].contains("Q91.md:3 fires: nothing is over: expected, not found"), "{}", bad[0]);
    assert!(bad[1].contains("found, not expected: unit_key=U1, excess=1"), "{}", bad[1]);
    assert!(bad[2].contains("outcome \"ran\", expected \"not run: no feed (deaths)\""), "{}", bad[2]);
    assert!(bad[3].contains("quotas has no column aproved"), "{}", bad[3]);
}

/// docs/rules.md says what the rule files say. `HEDUI_BLESS=1` writes it anew.
#[test]
fn docs_rules_is_generated_from_the_catalogue() {
    let text = detect::docs::markdown(&catalogue(&root().join("pipelines/rules")));
    let path = root().join("docs/rules.md");
    if std::env::var_os("HEDUI_BLESS").is_some() {
        std::fs::create_dir_all(root().join("docs")).expect("docs can be made");
        std::fs::write(&path, &text).expect("docs/rules.md can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = written.lines().zip(text.lines()).position(|(a, b)| a != b);
    assert!(
        written == text,
        "docs/rules.md is out of date from line {:?}; HEDUI_BLESS=1 writes it anew",
        differs.map(|l| l + 1)
    );
}

/// The rules that ship in the program are those of the folder, and they are sound.
#[test]
fn the_built_in_rules_are_those_of_the_folder() {
    let schemas = Schemas::built_in().expect("sound");
    let built_in = Catalogue::built_in(&schemas).unwrap_or_else(|fault| panic!("{fault}"));
    let folder = catalogue(&root().join("pipelines/rules"));
    let digests = |c: &Catalogue| c.rules.iter().map(|r| (r.code.clone(), r.sha256.clone())).collect::<Vec<_>>();
    assert_eq!(digests(&built_in), digests(&folder));
}
