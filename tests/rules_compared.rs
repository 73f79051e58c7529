//! Own rules, and what changed: between months, between sets of rules, and why somebody is not reported.

use crate::cases;
use crate::office::{Office, copy_tree, error_of, hedui, said};

fn count(office: &Office, sql: &str) -> usize {
    office.query(sql).lines().nth(1).and_then(|n| n.trim().parse().ok()).unwrap_or_default()
}

/// Two published months of one office; what follows from them is asked in one test, for they take their time.
#[test]
fn months_and_sets_of_rules_are_compared_and_silence_is_explained() {
    let office = Office::new();
    office.publish(&["--period", "2026-09"]);
    office.publish(&["--period", "2026-10"]);
    let csv = said(hedui().args(["diff", "2026-09", "2026-10", "--format", "csv", "--out"]).arg(office.out()));
    let of = |kinds: &[&str]| csv.lines().filter(|l| kinds.iter().any(|k| l.starts_with(&format!("{k},")))).count();
    let october = "FROM anomalies WHERE period = '2026-10'";
    let new = count(&office, &format!("SELECT count(*) AS n {october} AND status IN ('new', 'reopened')"));
    assert_eq!(of(&["new", "newly checked"]), new, "{csv}");
    assert_eq!(of(&["closed"]), count(&office, &format!("SELECT count(*) AS n {october} AND status = 'closed'")));
    assert!(new + count(&office, &format!("SELECT count(*) AS n {october}")) > 0, "nothing to compare");
    let table = said(hedui().args(["--lang", "en", "diff", "2026-09", "2026-10", "--out"]).arg(office.out()));
    let words: &[&str] = if csv.lines().count() > 1 { &["newly checked", "unit"] } else { &["No difference"] };
    assert!(words.iter().all(|w| table.contains(w)), "{table}");

    // A rule that reports nothing any more.
    let rules = office.pipeline().parent().expect("a folder").join("rules");
    let draft = office.root.join("draft");
    copy_tree(&rules, &draft);
    let p02 = draft.join("paid_but_absent/P02_pay_after_death.sql");
    let text = std::fs::read_to_string(&p02).expect("a rule");
    std::fs::write(&p02, format!("{}\n  AND 1 = 0\n", text.trim_end())).expect("written");
    let compare = |format: &str| {
        let mut command = hedui();
        command.args(["diff", "--months", "1", "--format", format, "--out"]).arg(office.out());
        said(command.arg("--rules").arg(&rules).arg(&draft))
    };
    let found = count(&office, &format!("SELECT count(*) AS n {october} AND rule = 'P02' AND status <> 'closed'"));
    assert!(found > 0, "a death paid for is planted");
    let removed = compare("csv");
    assert_eq!(removed.lines().filter(|l| l.starts_with("removed,2026-10,P02,")).count(), found, "{removed}");
    assert_eq!(removed.lines().count(), found + 1, "other rules are not touched: {removed}");

    // Somebody who is reported, and somebody who is not.
    let ask = |key: &str| {
        let mut command = hedui();
        command.args(["--lang", "en", "explain", "P02", "--not", "--person", key, "--period", "2026-10", "--out"]);
        command.arg(office.out()).arg("--dir").arg(&rules).output().expect("started")
    };
    let key = |sql: &str| office.query(sql).lines().nth(1).unwrap_or_default().trim().to_owned();
    let dead = key(&format!("SELECT person_key {october} AND rule = 'P02' AND status <> 'closed' LIMIT 1"));
    let reported = ask(&dead);
    assert!(String::from_utf8_lossy(&reported.stdout).contains("does report it"), "{}", error_of(&reported));
    let paid = key(
        "SELECT w.person_key FROM payroll w LEFT JOIN (SELECT person_key FROM deaths) d ON d.person_key = w.person_key \
         WHERE w.period = '2026-10' AND d.person_key IS NULL AND w.person_key IS NOT NULL ORDER BY w.person_key LIMIT 1",
    );
    let silent = ask(&paid);
    let words = String::from_utf8_lossy(&silent.stdout).into_owned();
    assert!(words.contains("Not reported"), "{words}{}", error_of(&silent));
    let unknown = ask("P-nobody");
    assert_eq!(unknown.status.code(), Some(2), "{}", error_of(&unknown));
}

#[test]
fn a_rule_of_ones_own_is_made_held_to_its_cases_and_validated_like_ours() {
    let office = Office::new();
    let root = office.root.clone();
    let new = |code: &str| {
        let mut command = hedui();
        command
            .args(["rules", "new", code, "--slug", "long-service", "--workspace"])
            .arg(&root)
            .output()
            .expect("started")
    };
    let made = new("Z91");
    assert!(made.status.success(), "{}", error_of(&made));
    let rules = root.join("pipelines/rules");
    assert!(rules.join("local/Z91_long_service.sql").exists());
    let failures = cases::run_file(&cases::catalogue(&rules), &root.join("tests/cases/Z91.md"));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let again = new("Z91");
    assert_eq!(again.status.code(), Some(2));
    assert!(error_of(&again).contains("is taken by"), "{}", error_of(&again));

    // Every mistake of a rule of one's own is told at once, before any extract is read.
    let text = std::fs::read_to_string(rules.join("local/Z91_long_service.sql")).expect("a rule");
    let broken = text
        .replace("{years}年", "{yeers}年")
        .replace("FROM establishment_staff s", "FROM establishment_staf s")
        .replace("default = 40", "default = \"forty\"");
    std::fs::write(rules.join("local/Z91_long_service.sql"), broken).expect("written");
    let refused = office.run(&["--period", "2026-10"]);
    let told = error_of(&refused);
    assert_eq!(refused.status.code(), Some(2), "{told}");
    for part in ["Z91_long_service.sql row", "did you mean years?", "establishment_staf", "expected an integer"] {
        assert!(told.contains(part), "no {part} in {told}");
    }
}
