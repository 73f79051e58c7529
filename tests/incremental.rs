//! What a second run takes from the first, and that it comes to the same as doing everything again.

use hedui::pipeline::stages::{Expected, Stage};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

use crate::office::{Office, error_of, hedui, published, said};

/// An office with a dozen rules of all kinds: with all of them a run takes ten times as long and shows nothing more.
fn small() -> Office {
    const KEPT: [&str; 13] =
        ["Q01", "L01", "E01", "E04", "E10", "P02", "P04", "P05", "R01", "D01", "D03", "T01", "T08"];
    let office = Office::new();
    for category in std::fs::read_dir(office.root.join("pipelines/rules")).expect("rules").flatten() {
        for rule in std::fs::read_dir(category.path()).into_iter().flatten().flatten() {
            let name = rule.file_name().to_string_lossy().into_owned();
            if !KEPT.iter().any(|code| name.starts_with(code)) {
                std::fs::remove_file(rule.path()).expect("removed");
            }
        }
    }
    office
}

/// Every file below the published folder with the moment it was last written.
fn times(folder: &Path) -> BTreeMap<String, SystemTime> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() && !path.is_symlink() {
                open.push(path);
            } else if !path.ends_with(".store/lock") {
                let time = std::fs::symlink_metadata(&path).and_then(|m| m.modified()).expect("a time");
                found.insert(path.display().to_string(), time);
            }
        }
    }
    found
}

#[test]
fn a_rerun_with_nothing_changed_says_which_run_stands_and_writes_nothing() {
    let office = small();
    office.publish(&["--quiet"]);
    let before = times(&office.out());
    let told = office.publish(&["--lang", "en"]);
    let run = office.query("SELECT DISTINCT run_id FROM rule_runs");
    let run = run.lines().nth(1).expect("a run");
    assert!(told.contains("nothing has changed") && told.contains(run), "{told}");
    assert_eq!(before, times(&office.out()));
    assert!(office.publish(&["--lang", "zh"]).contains("均无变化"));
    assert_eq!(office.run(&["--fail-on", "s1", "--quiet"]).status.code(), Some(8), "findings stand too");
    let again = office.publish(&["--lang", "en", "--full"]);
    assert!(!again.contains("nothing has changed") && again.contains(run), "{again}");
}

#[test]
fn whatever_a_run_rests_on_makes_it_run_again() {
    let office = small();
    office.publish(&["--quiet"]);
    let ran = |what: &str| {
        let told = office.publish(&["--lang", "en"]);
        assert!(!told.contains("nothing has changed"), "{what}: {told}");
    };
    let edit = |path: &str, from: &[u8], to: &[u8]| {
        let path = office.root.join(path);
        let bytes = std::fs::read(&path).expect("read");
        let at = bytes.windows(from.len()).position(|w| w == from).expect("found");
        std::fs::write(&path, [&bytes[..at], to, &bytes[at + from.len()..]].concat()).expect("written");
    };
    edit("pipelines/monthly.toml", b"link = 0.9", b"link = 0.91");
    ran("a threshold");
    edit("schemas/payroll.json", b"\"title\"", b"\"title\" ");
    ran("a schema");
    edit("sample_data/2026-10/establishment_staff.csv", b",", b", ");
    ran("one character of an extract");
    let gone = office.root.join("sample_data/2026-10/absence_reasons.csv");
    let bytes = std::fs::read(&gone).expect("read");
    std::fs::remove_file(&gone).expect("removed");
    ran("a file that is gone");
    std::fs::write(&gone, bytes).expect("written");
    office.publish(&["--period", "2026-09", "--quiet"]);
    ran("an earlier month");
    let lost = office.out().join(".store/2026-10/current/canonical/payroll.data");
    std::fs::remove_file(&lost).expect("removed");
    ran("a published file that is gone");
    assert!(lost.exists());
    assert!(office.publish(&["--lang", "en"]).contains("nothing has changed"));
}

#[test]
fn an_untouched_file_is_known_by_its_stamp_and_a_forged_stamp_by_its_seal() {
    let office = small();
    office.publish(&["--quiet"]);
    let stamps = office.root.join(".hedui/cache/stamps");
    let entry = std::fs::read_dir(&stamps).expect("stamps").flatten().next().expect("one").path();
    let mut bytes = std::fs::read(&entry).expect("read");
    let last = bytes.len() - 2;
    bytes[last] ^= 1;
    std::fs::write(&entry, bytes).expect("written");
    let output = office.run(&["--lang", "en"]);
    assert!(error_of(&output).contains("is damaged"), "{}", error_of(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("nothing has changed"));
    let theirs = small();
    std::fs::write(theirs.root.join(".hedui/secret.key"), "fedcba9876543210fedcba9876543210").expect("a key");
    theirs.publish(&["--quiet"]);
    std::fs::copy(theirs.root.join(".hedui/cache/stamps").join(entry.file_name().expect("a name")), &entry)
        .expect("copied");
    let output = office.run(&["--quiet"]);
    assert!(output.status.success() && error_of(&output).contains("another key"), "{}", error_of(&output));
}

#[test]
fn a_cache_that_cannot_be_written_changes_nothing() {
    let office = small();
    office.publish(&["--quiet"]);
    let with = published(&office.out());
    let other = small();
    std::fs::write(other.root.join(".hedui/cache"), b"a file where a folder should be").expect("written");
    other.publish(&["--quiet"]);
    assert_eq!(with, published(&other.out()));
}

fn backfill(office: &Office, more: &[&str]) -> std::process::Command {
    let mut command = hedui();
    command
        .arg("backfill")
        .arg(office.pipeline())
        .args(["--lang", "en", "--from", "2026-08", "--to", "2026-10"])
        .args(more);
    command
}

#[test]
fn a_backfill_killed_in_the_middle_goes_on_where_it_stopped() {
    let office = small();
    let mut child = backfill(&office, &[]).stdout(std::process::Stdio::null()).spawn().expect("started");
    let attempts = office.out().join(".store/attempts.json");
    // Until the second month is being run, or the whole has ended before anybody looked.
    let second = || std::fs::read_to_string(&attempts).is_ok_and(|t| t.contains("2026-09\": {"));
    while !second() && child.try_wait().expect("asked").is_none() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    child.kill().expect("killed");
    child.wait().expect("gone");
    let told = said(&mut backfill(&office, &["--dry-run"]));
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 3, "{told}");
    assert!(lines[0].contains("left alone") && lines[1].contains("its run died; would be run"), "{told}");
    assert!(lines[2].contains("not run yet; would be run"), "{told}");
    let told = said(&mut backfill(&office, &[]));
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines[0].contains("left alone") && lines[1].contains("published 2026-09"), "{told}");
    assert!(lines[2].contains("published 2026-10") && !attempts.exists(), "{told}");
    let other = small();
    for period in ["2026-08", "2026-09", "2026-10"] {
        other.publish(&["--quiet", "--period", period]);
    }
    assert_eq!(published(&office.out()), published(&other.out()));
}

#[test]
fn a_month_that_fails_stops_a_backfill_and_is_run_again_when_asked_for() {
    let office = small();
    let staff = office.root.join("sample_data/2026-09/establishment_staff.csv");
    let good = std::fs::read(&staff).expect("read");
    std::fs::write(&staff, b"\xe5\xa7\x93\xe5\x90\x8d,\xff\xff\n").expect("written");
    let ran = |more: &[&str]| {
        let output = backfill(&office, more).output().expect("started");
        (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"))
    };
    let (code, told) = ran(&[]);
    assert_eq!(code, Some(3), "{told}");
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines[0].contains("published 2026-08") && lines[1].contains("failed (exit code 3)"), "{told}");
    assert!(lines[2].contains("waits: a month before it failed"), "{told}");
    let (code, told) = ran(&["--keep-going"]);
    assert_eq!(code, Some(3), "the failed month is not run again, and not forgotten: {told}");
    assert!(told.contains("--reprocess failed") && told.contains("published 2026-10"), "{told}");
    std::fs::write(&staff, good).expect("written");
    let (code, told) = ran(&["--reprocess", "failed"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.lines().nth(1).is_some_and(|l| l.contains("published 2026-09")), "{told}");
    // October was published without a September before it: only a reprocessing of what is published mends that.
    let (code, told) = ran(&["--reprocess", "completed"]);
    let lines: Vec<&str> = told.lines().collect();
    assert!(code == Some(0) && lines[0].contains("nothing has changed"), "{told}");
    assert!(lines[1].contains("nothing has changed") && lines[2].contains("published 2026-10"), "{told}");
    let (_, told) = ran(&["--reprocess", "completed"]);
    assert_eq!(told.matches("nothing has changed").count(), 3, "{told}");
}

/// Replaces the first occurrence in a file of the office.
fn edit(office: &Office, path: &str, from: &[u8], to: &[u8]) {
    let path = office.root.join(path);
    let bytes = std::fs::read(&path).expect("read");
    let at = bytes
        .windows(from.len())
        .position(|w| w == from)
        .unwrap_or_else(|| panic!("{} in {}", String::from_utf8_lossy(from), path.display()));
    std::fs::write(&path, [&bytes[..at], to, &bytes[at + from.len()..]].concat()).expect("written");
}

/// Runs with what is kept, then with nothing kept, over the same published month: every byte must be the same.
fn same_as_full(office: &Office, what: &str) {
    let told = office.publish(&["--lang", "en"]);
    assert!(!told.contains("nothing has changed"), "{what}: {told}");
    assert!(told.contains("Reused"), "{what}: {told}");
    let kept = published(&office.out());
    let told = office.publish(&["--lang", "en", "--full"]);
    assert!(!told.contains("Reused"), "{what}: {told}");
    let full = published(&office.out());
    let differing: Vec<_> = kept.iter().zip(&full).filter(|(a, b)| a != b).map(|(a, _)| &a.0).collect();
    assert!(differing.is_empty() && kept.len() == full.len(), "{what}: {differing:?}");
}

#[test]
fn after_any_change_what_is_kept_comes_to_the_same_bytes_as_everything_anew() {
    let office = small();
    let pipeline = "pipelines/monthly.toml";
    edit(&office, pipeline, b"# [ledger]", b"[ledger]");
    edit(&office, pipeline, b"# url = \"sqlite", b"url = \"sqlite");
    for period in ["2026-09", "2026-10"] {
        office.publish(&["--quiet", "--period", period]);
    }
    let month = "sample_data/2026-10";
    edit(&office, &format!("{month}/payroll_市直.csv"), b".00,", b".01,");
    let plan = office.publish(&["--lang", "en", "--dry-run"]);
    assert!(plan.contains("payroll_市直.csv: changed") && plan.contains("reuse  all sources"), "{plan}");
    assert!(plan.contains("payroll changed (") && plan.contains("reuse  E01"), "{plan}");
    same_as_full(&office, "one cell of pay");

    let rule = |code: &str| {
        let folder = office.root.join("pipelines/rules/paid_but_absent");
        let found =
            std::fs::read_dir(folder).expect("rules").flatten().map(|e| e.file_name().to_string_lossy().into_owned());
        let name = found.into_iter().find(|n| n.starts_with(code)).expect("the rule");
        format!("pipelines/rules/paid_but_absent/{name}")
    };
    edit(&office, &rule("P05"), b"---*/", b"---*/\n-- looked at again\n");
    let plan = office.publish(&["--lang", "en", "--dry-run"]);
    assert!(plan.contains("run    P05: rule text changed") && plan.contains("reuse  Q01"), "{plan}");
    same_as_full(&office, "the text of a rule");

    edit(&office, pipeline, b"# s1_from = 3", b"s1_from = 4");
    let plan = office.publish(&["--lang", "en", "--dry-run"]);
    assert!(plan.contains("run    Q01: parameter s1_from changed") && plan.contains("reuse  P05"), "{plan}");
    same_as_full(&office, "a parameter");

    let pay = office.root.join(month).join("payroll_市直.csv");
    let bytes = std::fs::read(&pay).expect("read");
    let lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').take(4).collect();
    std::fs::write(office.root.join(month).join("payroll_补发.csv"), lines.concat()).expect("written");
    same_as_full(&office, "a new file");

    let reasons = office.root.join(month).join("absence_reasons.csv");
    let bytes = std::fs::read(&reasons).expect("read");
    let lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
    std::fs::write(&reasons, lines[..lines.len() - 1].concat()).expect("written");
    same_as_full(&office, "a deleted row");

    let case =
        office.query("SELECT anomaly_id FROM anomalies WHERE rule = 'E10' AND status <> 'closed' ORDER BY anomaly_id");
    let case = case.lines().nth(1).expect("a case");
    let ledger = || {
        let mut command = hedui();
        command.current_dir(&office.root).arg("ledger");
        command
    };
    said(ledger().args(["check", case, "--by", "甲"]));
    said(hedui().current_dir(&office.root).args([
        "ledger",
        "verdict",
        case,
        "--is",
        "not",
        "--why",
        "核实为借调",
        "--reason",
        "timing",
        "--by",
        "甲",
    ]));
    same_as_full(&office, "a decision in the ledger");
}

#[test]
fn a_limit_too_small_is_refused_with_the_least_that_would_do_and_a_tight_one_changes_no_byte() {
    let office = small();
    let output = office.run(&["--memory-limit", "1M", "--lang", "en"]);
    assert_eq!(output.status.code(), Some(2), "{}", error_of(&output));
    let error = error_of(&output);
    assert!(error.contains("the least that would do is"), "{error}");
    assert!(published(&office.out()).is_empty());
    let planned = || -> (u64, u64) {
        let plan = office.publish(&["--dry-run", "--lang", "en"]);
        let memory = plan.lines().find(|l| l.starts_with("Memory")).unwrap_or_else(|| panic!("{plan}"));
        let mib = |word: &str| -> u64 {
            let before: Vec<&str> = memory.split(word).next().expect("text").split_whitespace().collect();
            before[before.len() - 2].parse().expect("a number")
        };
        (mib("expected"), mib("at least"))
    };
    let (usual, least) = planned();
    assert!(least < usual && error.contains(&format!("{least} MiB")), "{error}");
    // The trial run's answers are kept: only of a run that takes nothing from them can the time left be told.
    // T01 looks back.
    office.publish(&["--quiet", "--period", "2026-09"]);
    office.publish(&["--quiet", "--full"]);
    let manifest = || -> serde_json::Value {
        let mut runs = std::fs::read_dir(office.out().join("runs")).expect("runs").flatten().map(|e| e.path());
        let run = runs.find(|p| p.to_string_lossy().contains("2026-10")).expect("one");
        serde_json::from_slice(&std::fs::read(run).expect("read")).expect("JSON")
    };
    let (usual_run, tables) = (manifest(), published(&office.out()));
    let expected = Expected::of(&usual_run, 1).expect("what the next run's time left is told by");
    assert_eq!(expected.seconds.len(), Stage::ALL.len());
    assert!(usual_run["memory"]["peak_bytes"].as_u64() > Some(10 << 20) && usual_run["memory"]["frugal"] == false);
    std::fs::remove_dir_all(office.out()).expect("gone");
    office.publish(&["--quiet", "--period", "2026-09"]);
    let (_, least) = planned();
    office.publish(&["--quiet", "--full", "--memory-limit", &format!("{least}M")]);
    let shelf = office.root.join(".hedui/cache.shelf");
    assert_eq!(std::fs::read_dir(&shelf).expect("a shelf was made").count(), 0, "what rested there is gone");
    let frugal = manifest();
    assert_eq!((&frugal["memory"]["frugal"], &frugal["run_id"]), (&true.into(), &usual_run["run_id"]));
    let exceeded = frugal["memory"]["peak_bytes"].as_u64() > frugal["memory"]["limit_bytes"].as_u64();
    assert_eq!(frugal["memory"]["exceeded"], exceeded);
    assert_eq!(published(&office.out()), tables);
    assert_eq!(frugal["files"].as_array().map(Vec::len), usual_run["files"].as_array().map(Vec::len));
    assert!(office.publish(&["--lang", "en"]).contains("nothing has changed"));
}

/// Runs under a shell's limit on the size of a file: a write beyond it fails, as on a full disk.
#[test]
fn a_disk_that_refuses_leaves_the_published_month_as_it_was() {
    let office = small();
    office.publish(&["--quiet"]);
    let before = published(&office.out());
    edit(&office, "pipelines/monthly.toml", b"# s1_from = 3", b"s1_from = 4");
    edit(&office, "sample_data/2026-10/payroll_市直.csv", b".00,", b".01,");
    let run = format!(
        "trap '' XFSZ; ulimit -f 24; exec '{}' --lang en run '{}' --quiet",
        env!("CARGO_BIN_EXE_hedui"),
        office.pipeline().display()
    );
    let output = std::process::Command::new("bash").args(["-c", &run]).env("LC_ALL", "C").output().expect("started");
    assert_eq!(output.status.code(), Some(6), "{}", error_of(&output));
    assert_eq!(before, published(&office.out()));
    let staging = std::fs::read_dir(office.out().join(".store/staging")).expect("a folder");
    assert_eq!(staging.count(), 0, "nothing half written is left");
    office.publish(&["--quiet"]);
    assert_ne!(before, published(&office.out()), "run again, it goes through");
}
