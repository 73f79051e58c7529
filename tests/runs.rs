//! Whole runs: what stands after them, and what never changes from one to the next.

use std::collections::BTreeMap;

use crate::office::{Office, error_of, hedui, published, repository, said};

/// CSV with a header as rows of name → value; good enough for what `query` prints here.
fn table(csv: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let row = |r: csv::StringRecord| header.iter().map(str::to_owned).zip(r.iter().map(str::to_owned)).collect();
    reader.records().map(|r| row(r.expect("a row"))).collect()
}

#[test]
fn a_run_publishes_every_table_and_accounts_for_every_row() {
    let office = Office::new();
    let summary = office.publish(&["--lang", "en"]);
    for word in ["2026-10", "Rows", "read =", "over-staffing", "paid but absent", "Tables", "Next"] {
        assert!(summary.contains(word), "{word} in\n{summary}");
    }
    let files = published(&office.out());
    for name in [
        "over_staffing",
        "paid_but_absent",
        "mismatched_registrations",
        "data_quality",
        "early_warning",
        "anomalies",
        "units",
        "persons",
        "unit_links",
        "person_links",
        "rejects",
        "rule_runs",
        "canonical/payroll",
        "canonical/establishment_staff",
    ] {
        assert!(files.iter().any(|(p, _)| p.starts_with(&format!("{name}/period=2026-10/"))), "{name} in {files:?}");
    }
    assert!(office.out().join("catalog.sql").is_file() && office.out().join("data_dictionary.md").is_file());
    let manifest = std::fs::read_dir(office.out().join("runs")).expect("runs").flatten().next().expect("one").path();
    let manifest: serde_json::Value = serde_json::from_slice(&std::fs::read(manifest).expect("read")).expect("JSON");
    for file in manifest["inputs"].as_array().expect("inputs") {
        let n = |key: &str| file[key].as_u64().expect("a number");
        assert_eq!(n("rows_read"), n("rows_taken") + n("rows_rejected"), "{file}");
    }
}

#[test]
fn the_same_inputs_give_the_same_bytes_whatever_the_threads() {
    let office = Office::new();
    office.publish(&["--quiet"]);
    let first = published(&office.out());
    for threads in ["1", "3"] {
        std::fs::remove_dir_all(office.out()).expect("gone");
        let output = hedui()
            .arg("run")
            .arg(office.pipeline())
            .args(["--quiet", "--full"])
            .env("RAYON_NUM_THREADS", threads)
            .env("POLARS_MAX_THREADS", threads)
            .output()
            .expect("started");
        assert!(output.status.success(), "{}", error_of(&output));
        assert_eq!(first, published(&office.out()), "with {threads} threads");
    }
    office.publish(&["--quiet", "--full"]);
    assert_eq!(first, published(&office.out()), "run again over what stands");
}

#[test]
fn the_order_of_rows_does_not_change_who_is_accused() {
    let office = Office::new();
    let ids = "SELECT anomaly_id, severity FROM anomalies ORDER BY anomaly_id";
    office.publish(&["--quiet"]);
    let before = office.query(ids);
    for name in ["establishment_staff.csv", "absence_reasons.csv", "quota_approvals.csv"] {
        let path = office.root.join("sample_data/2026-10").join(name);
        let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let mut lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
        let header = lines.remove(0);
        lines.reverse();
        let turned: Vec<u8> = std::iter::once(header).chain(lines).flatten().copied().collect();
        std::fs::write(&path, turned).expect("written");
    }
    office.publish(&["--quiet"]);
    assert_eq!(before, office.query(ids));
}

#[test]
fn clean_data_accuses_nobody() {
    let office = Office::new();
    let sample = office.root.join("sample_data");
    std::fs::remove_dir_all(&sample).expect("gone");
    said(
        hedui()
            .args(["generate", "--persons", "600", "--seed", "5", "--noise", "0", "--plant", "0", "--out"])
            .arg(&sample),
    );
    for period in ["2026-08", "2026-09", "2026-10"] {
        office.publish(&["--quiet", "--period", period]);
    }
    // Posts fall vacant and certificates near their end in a world in order too: S4 says so and accuses nobody. Each must be true.
    let found = office.query("SELECT period, rule, severity, message_en FROM anomalies WHERE severity <> 'S4'");
    assert_eq!(table(&found), Vec::new(), "{found}");
    let scores =
        said(hedui().args(["score", "--json", "--out"]).arg(office.out()).arg("--truth").arg(sample.join("truth")));
    let scores: Vec<serde_json::Value> = serde_json::from_str(&scores).expect("JSON");
    for s in scores.iter().filter(|s| s["of"] == "rule") {
        assert_eq!((&s["found"], &s["right"]), (&s["expected"], &s["expected"]), "{s}");
    }
}

#[test]
fn a_problem_keeps_its_id_from_month_to_month_and_is_closed_when_it_is_gone() {
    let office = Office::new();
    for period in ["2026-08", "2026-09", "2026-10"] {
        office.publish(&["--quiet", "--period", period]);
    }
    let rows = table(&office.query(
        "SELECT anomaly_id, period, status, first_period, periods_open FROM anomalies ORDER BY anomaly_id, period",
    ));
    let mut by_id: BTreeMap<&str, Vec<&BTreeMap<String, String>>> = BTreeMap::new();
    for row in &rows {
        by_id.entry(&row["anomaly_id"]).or_default().push(row);
    }
    assert!(
        rows.iter().filter(|r| r["period"] == "2026-08").all(|r| r["status"] == "new"),
        "the first month has no past"
    );
    let lasting = by_id.values().find(|rows| rows.len() == 3 && rows[2]["status"] == "open").expect("one that lasts");
    assert_eq!((lasting[2]["first_period"].as_str(), lasting[2]["periods_open"].as_str()), ("2026-08", "3"));
    for rows in by_id.values().filter(|r| r.len() < 3 && r[0]["period"] == "2026-08") {
        assert_eq!(rows.last().expect("one")["status"], "closed", "{rows:?}");
    }
}

#[test]
fn the_problems_planted_in_sample_data_are_found_and_the_look_alikes_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let pipeline = repository().join("pipelines/monthly.toml");
    said(hedui().arg("run").arg(&pipeline).arg("--quiet").arg("--out").arg(&out));
    let truth = repository().join("sample_data/truth");
    let scores = said(hedui().args(["score", "--json", "--out"]).arg(&out).arg("--truth").arg(&truth));
    let scores: Vec<serde_json::Value> = serde_json::from_str(&scores).expect("JSON");
    let rules: Vec<_> = scores.iter().filter(|s| s["of"] == "rule").collect();
    let planted = rules.iter().filter(|s| s["expected"].as_u64().is_some_and(|n| n > 0));
    assert!(planted.count() >= 80, "most rules are planted in the last month");
    // T08 counts findings of rules that look back, which one month alone has not.
    for s in rules.into_iter().filter(|s| s["name"] != "T08") {
        assert_eq!(
            (&s["found"], &s["right"], &s["look_alikes_fired"]),
            (&s["expected"], &s["expected"], &0.into()),
            "{s}"
        );
    }
}

#[test]
fn a_refused_extract_leaves_the_published_month_as_it_was() {
    let office = Office::new();
    office.publish(&["--quiet"]);
    let before = published(&office.out());
    let staff = office.root.join("sample_data/2026-10/establishment_staff.csv");
    std::fs::write(&staff, b"\xe5\xa7\x93\xe5\x90\x8d,\xff\xff\n").expect("written");
    let output = office.run(&[]);
    assert_eq!(output.status.code(), Some(3), "{}", error_of(&output));
    assert!(error_of(&output).contains("establishment_staff.csv"), "{}", error_of(&output));
    assert_eq!(before, published(&office.out()));
}

#[test]
fn a_dry_run_publishes_nothing() {
    let office = Office::new();
    office.publish(&["--dry-run"]);
    assert!(published(&office.out()).is_empty());
}

#[test]
fn due_runs_catch_up_oldest_first_and_then_say_nothing() {
    let office = Office::new();
    assert_eq!(office.publish(&["--due"]), "", "silence under cron");
    assert_eq!(
        office.query("SELECT DISTINCT period FROM anomalies ORDER BY period"),
        "period\n2026-08\n2026-09\n2026-10\n"
    );
    assert_eq!(office.publish(&["--due"]), "");
}

#[test]
fn fail_on_tells_cron_by_the_exit_code() {
    let office = Office::new();
    assert_eq!(office.run(&["--fail-on", "s1", "--quiet"]).status.code(), Some(8));
}
