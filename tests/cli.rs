//! The command line as users meet it: help, typos, missing files, explanations.

use crate::office::{Office, error_of, hedui, said};

#[test]
fn every_verb_has_help_with_what_it_does() {
    let help = said(hedui().arg("--help"));
    for verb in [
        "run",
        "check",
        "rules",
        "explain",
        "link",
        "query",
        "bulletin",
        "generate",
        "score",
        "schedule",
        "init",
        "completions",
        "man",
    ] {
        assert!(help.contains(&format!("\n  {verb} ")), "{verb} in\n{help}");
        assert!(said(hedui().args([verb, "--help"])).contains("Usage"), "{verb}");
    }
}

#[test]
fn a_missing_pipeline_is_a_configuration_fault_that_says_what_to_do() {
    let output = hedui().args(["run", "nowhere.toml"]).output().expect("started");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        error_of(&output).contains("nowhere.toml") && error_of(&output).contains("hedui init"),
        "{}",
        error_of(&output)
    );
}

#[test]
fn every_mistake_of_a_pipeline_is_told_at_once_with_its_line() {
    let office = Office::new();
    let text = std::fs::read_to_string(office.pipeline()).expect("text");
    let spoiled = text
        .replace("[linking]\nlink = 0.9", "[linking]\nlnk = 0.9")
        .replace("table = \"payroll\"", "table = \"payrol\"")
        .replace("day = 5", "day = 50")
        .replace("[rules.Q01]", "[rules.Q01]\ns1_form = 3\n[rules.Z99]\nx = 1\n[rules.Q02]");
    std::fs::write(office.pipeline(), &spoiled).expect("written");
    let output = office.run(&[]);
    let error = error_of(&output);
    assert_eq!(output.status.code(), Some(2), "{error}");
    for word in
        ["linking.lnk", "did you mean link?", "did you mean payroll?", "schedule.day is 50", "monthly.toml row "]
    {
        assert!(error.contains(word), "{word} in\n{error}");
    }
    std::fs::write(
        office.pipeline(),
        spoiled.replace("lnk", "link").replace("payrol\"", "payroll\"").replace("day = 50", "day = 5"),
    )
    .expect("written");
    let error = error_of(&office.run(&[]));
    for word in ["rules.Q01.s1_form", "rules.Z99"] {
        assert!(error.contains(word), "{word} in\n{error}");
    }
}

#[test]
fn a_finding_is_explained_down_to_its_cells() {
    let office = Office::new();
    office.publish(&["--quiet"]);
    let ids = office.query("SELECT anomaly_id FROM anomalies WHERE rule = 'P02' LIMIT 1");
    let id = ids.lines().nth(1).expect("a death paid for is planted");
    let explained = said(hedui().args(["explain", id, "--lang", "en", "--out"]).arg(office.out()));
    for word in ["P02", "2026-10/payroll", "2026-10/deaths", "died_on", "gross_pay", "how to check it by hand"] {
        assert!(explained.contains(word), "{word} in\n{explained}");
    }
    let rule = said(hedui().args(["explain", "P02", "--lang", "zh"]));
    assert!(rule.contains("SELECT") && rule.contains("死亡"), "{rule}");
    let output = hedui().args(["explain", "P22x"]).output().expect("started");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_rule_is_written_out_as_a_script_with_the_parameters_it_ran_with() {
    let office = Office::new();
    let text = std::fs::read_to_string(office.pipeline()).expect("text");
    // The parameters of the run count, not the defaults and not what the pipeline says afterwards.
    let text = text.replace("[rules.Q01]", "[rules.Q01]\ns1_percent = 37");
    std::fs::write(office.pipeline(), &text).expect("written");
    std::fs::remove_file(office.root.join("sample_data/2026-10/deaths.xls")).expect("deaths had a feed");
    office.publish(&["--quiet"]);
    std::fs::write(office.pipeline(), text.replace("s1_percent = 37", "s1_percent = 38")).expect("written");

    let script =
        |rule: &str| said(hedui().current_dir(&office.root).args(["explain", rule, "--script", "--out", "out"]));
    let q01 = script("Q01");
    for line in [
        "USE p2026_10;",
        "  '2026-10' AS \"period\",",
        "  CAST(24321 AS INTEGER) AS \"period_no\",",
        "  CAST(20757 AS INTEGER) AS \"as_of_day\",",
        "  CAST(37 AS BIGINT) AS \"s1_percent\"",
    ] {
        assert!(q01.contains(line), "{line} in\n{q01}");
    }
    let root = office.out().canonicalize().expect("published");
    assert!(q01.contains(&format!("\n.read '{}/catalog.sql'\n", root.display())), "{q01}");
    let file =
        std::fs::read_to_string(office.root.join("pipelines/rules/over_staffing/Q01_over_quota.sql")).expect("text");
    let sql = file.split_once("---*/").expect("metadata").1.trim();
    assert!(q01.trim_end().ends_with(&format!("{sql}\n;")), "{q01}");
    assert!(!q01.contains("CAUTION"), "{q01}");
    assert_eq!(q01, script("over-quota"));
    assert!(script("E10").contains(" AS DOUBLE) AS \"max_rival\""), "{}", script("E10"));

    // A rule whose feed was absent runs too, over a table without rows, and says that it gave nothing.
    assert!(
        script("P02").contains("CAUTION: the rule gave no findings in that run: not run: no feed (deaths)"),
        "{}",
        script("P02")
    );
    assert_eq!(office.query("SELECT COUNT(*) AS n FROM canonical_deaths"), "n\n0\n");
    assert_eq!(
        office.query("SELECT COUNT(*) AS n FROM rejected_rows"),
        office.query("SELECT COUNT(*) AS n FROM rejects WHERE row_rejected")
    );

    let folder = office.root.join("scripts");
    said(hedui().current_dir(&office.root).args(["explain", "--script", "--period", "2026-10", "--to"]).arg(&folder));
    let rules = office.query("SELECT COUNT(*) AS n FROM rule_runs WHERE period = '2026-10'");
    let files = std::fs::read_dir(&folder).expect("written").count();
    assert_eq!(rules, format!("n\n{files}\n"));
    assert_eq!(std::fs::read_to_string(folder.join("Q01.sql")).expect("a script"), q01);

    let refused = |arguments: &[&str]| {
        hedui().current_dir(&office.root).args(["explain"]).args(arguments).output().expect("started")
    };
    for arguments in [
        ["P02", "--script", "--period", "2026-09"].as_slice(),
        &["--script", "--to", "elsewhere", "--period", "2026-09"],
        &["--script"],
        &["A-0123456789abcdef", "--script"],
        &["P02", "--period", "2026-10"],
    ] {
        assert_eq!(refused(arguments).status.code(), Some(2), "{arguments:?}");
    }
    assert!(!office.root.join("elsewhere").exists(), "what is refused leaves nothing behind");
}

#[test]
fn a_link_is_explained_by_weights_that_add_up() {
    let office = Office::new();
    office.publish(&["--quiet"]);
    let ids = office.query("SELECT link_id FROM person_links LIMIT 1");
    let id = ids.lines().nth(1).expect("a link");
    let explained = said(hedui().args(["explain", id, "--out"]).arg(office.out()));
    assert!(explained.contains("probability"), "{explained}");
    let bits = |line: &str| line.split_whitespace().last().and_then(|w| w.parse::<f64>().ok());
    let lines: Vec<&str> = explained.lines().collect();
    let first = lines.iter().position(|l| l.starts_with("prior")).expect("a prior");
    let last = lines.iter().position(|l| l.starts_with("total")).expect("a total");
    let sum: f64 = lines[first..last].iter().filter_map(|l| bits(l)).sum();
    let total = bits(lines[last]).expect("a total");
    assert!((sum - total).abs() < 0.05 && last > first + 1, "{explained}");
}

#[test]
fn schedules_are_printed_for_three_schedulers() {
    let office = Office::new();
    let cron = said(hedui().arg("schedule").arg(office.pipeline()));
    let line = cron.lines().find(|l| !l.starts_with('#')).expect("a line");
    assert!(line.starts_with("30 2 5-31 * * ") && line.ends_with("--due --quiet"), "{line}");
    let systemd = said(hedui().args(["schedule", "--format", "systemd"]).arg(office.pipeline()));
    assert!(systemd.contains("OnCalendar=*-*-05..31 02:30:00") && systemd.contains("Persistent=true"), "{systemd}");
    assert!(
        said(hedui().args(["schedule", "--format", "kubernetes"]).arg(office.pipeline()))
            .contains("concurrencyPolicy: Forbid")
    );
}

#[test]
fn a_check_lists_what_would_be_set_aside_and_publishes_nothing() {
    let office = Office::new();
    let told = said(hedui().args(["check", "--lang", "en"]).arg(office.pipeline()));
    assert!(told.contains("establishment_staff") && told.contains("payroll"), "{told}");
    assert!(!office.out().join("anomalies").exists());
}

#[test]
fn init_refuses_a_folder_that_holds_something() {
    let office = Office::new();
    let output = hedui().arg("init").arg(&office.root).output().expect("started");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn completions_and_manual_pages_are_made() {
    assert!(said(hedui().args(["completions", "bash"])).contains("hedui"));
    let folder = tempfile::tempdir().expect("a folder");
    said(hedui().args(["man", "--out"]).arg(folder.path()));
    assert!(folder.path().join("hedui-run.1").is_file());
}
