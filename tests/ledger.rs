//! `hedui ledger` and the loop that it closes, as people and runs use it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::{Command, Output};

use crate::office::{Office, error_of, hedui, published, repository, said};

/// A workspace with a pipeline file whose ledger is on, and no extracts: cases come by import.
struct Desk {
    _folder: tempfile::TempDir,
    root: PathBuf,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("desk");
        std::fs::create_dir_all(root.join("pipelines")).expect("a folder");
        crate::office::copy_tree(&repository().join("schemas"), &root.join("schemas"));
        let text = std::fs::read_to_string(repository().join("pipelines/monthly.toml")).expect("read");
        std::fs::write(root.join("pipelines/monthly.toml"), with_ledger(&text)).expect("written");
        Self { _folder: folder, root }
    }
    fn ledger(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("started")
    }
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = hedui();
        command.current_dir(&self.root).env_remove("HEDUI_BY").arg("ledger").args(arguments);
        command
    }
    fn done(&self, arguments: &[&str]) -> String {
        said(&mut self.command(arguments))
    }
    /// A refusal: exit code, what was said, and that the ledger is as it was.
    fn refused(&self, arguments: &[&str], code: i32, slug: &str) {
        let before = self.log();
        let output = self.ledger(arguments);
        let error = error_of(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
        assert!(error.contains(slug), "{slug} in {error}");
        assert_eq!(self.log(), before, "{arguments:?} wrote something");
        let zh = self.command(arguments).args(["--lang", "zh"]).output().expect("started");
        assert!(error_of(&zh).contains("未") || code != 2, "{}", error_of(&zh));
    }
    fn log(&self) -> String {
        let output = self.ledger(&["export"]);
        String::from_utf8(output.stdout).expect("UTF-8")
    }
    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.root.join(name), text).expect("written");
    }
    fn state(&self, case: &str) -> String {
        let json: serde_json::Value =
            serde_json::from_str(&self.done(&["show", case, "--format", "json"])).expect("JSON");
        json["case"]["state"].as_str().expect("a state").to_owned()
    }
}

/// The sample's pipeline file with its `[ledger]` section switched on.
fn with_ledger(text: &str) -> String {
    format!("{text}\n[ledger]\nurl = \"sqlite:ledger/hedui.sqlite\"\n")
}

const TIPS: &str = "编号,事实,单位,姓名,身份证号,级别,收到日期\n\
    JB-1,反映某局长期空挂人员,某市某局,张三,,S2,2026-11-02\n\
    JB-2,\"反映,某校超编\",某市某校,,,,2026-11-03\n";

#[test]
fn a_tip_off_is_followed_from_the_register_to_its_closing() {
    let desk = Desk::new();
    let output = desk.ledger(&["list"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(error_of(&output).contains("no-ledger"), "{}", error_of(&output));
    desk.write("tips.csv", TIPS);
    let told = desk.done(&["import", "tips.csv", "--source", "tip_off", "--by", "甲", "--rows", "2", "--lang", "en"]);
    assert!(told.contains("2 cases opened") && told.contains("unit not found: tips.csv row 2 某市某局"), "{told}");
    let again = desk.done(&["import", "tips.csv", "--source", "tip_off", "--by", "甲", "--lang", "en"]);
    assert!(again.contains("0 cases opened, 2 were"), "{again}");
    let case = "tip_off-JB-1";
    desk.write("proof.pdf", "signed");
    for (arguments, state) in [
        (vec!["check", case, "--on", "2026-11-04"], "checking"),
        (
            vec![
                "extend",
                case,
                "--due",
                "2026-12-01",
                "--document",
                "某函1号",
                "--why",
                "人在外地",
                "--on",
                "2026-11-05",
            ],
            "checking",
        ),
        (vec!["verdict", case, "--is", "confirmed", "--why", "属实", "--on", "2026-11-06"], "confirmed"),
        (
            vec!["assign", case, "--document", "某函2号", "--owner", "李四", "--measure", "清理", "--on", "2026-11-07"],
            "assigned",
        ),
        (vec!["update", case, "--why", "已停发", "--recovered", "1200.50", "--on", "2026-11-08"], "rectifying"),
        (vec!["update", case, "--step", "phone", "--on", "2026-11-08"], "rectifying"),
        (vec!["request-close", case, "--evidence", "proof.pdf", "--on", "2026-11-09"], "close_requested"),
        (vec!["return", case, "--why", "材料不全", "--on", "2026-11-10"], "returned"),
        (vec!["request-close", case, "--evidence", "proof.pdf", "--on", "2026-11-11"], "close_requested"),
    ] {
        desk.done(&[arguments.as_slice(), &["--by", "甲"]].concat());
        assert_eq!(desk.state(case), state, "{arguments:?}");
    }
    desk.refused(&["accept", case, "--by", "甲"], 2, "same-person");
    desk.done(&["accept", case, "--by", "乙", "--on", "2026-11-12"]);
    desk.refused(&["close", case, "--by", "乙"], 2, "same-person");
    desk.done(&["close", case, "--by", "甲", "--on", "2026-11-13"]);
    let shown = desk.done(&["show", case, "--lang", "en"]);
    for word in ["ST6 closed", "1200.50", "proof.pdf sha256:", "李四", "returned"] {
        assert!(shown.contains(word), "{word} in {shown}");
    }
    assert!(!desk.log().contains("张三"), "a name is kept masked");
    desk.done(&["reopen", case, "--why", "回头看未整改到位", "--by", "丙", "--on", "2026-11-14"]);
    assert_eq!(desk.state(case), "reopened");

    let balance: serde_json::Value =
        serde_json::from_str(&desk.done(&["balance", "--month", "2026-11", "--format", "json"])).expect("JSON");
    let total = &balance["total"];
    let n = |key: &str| total[key].as_i64().expect("a number");
    assert_eq!([n("opening"), n("new"), n("reopened"), n("closed"), n("unfounded"), n("closing")], [0, 2, 1, 1, 0, 2]);
    assert!(desk.done(&["verify", "--lang", "en"]).contains("14 events, 2 cases"));
}

#[test]
fn what_may_not_be_done_is_said_with_what_to_do_and_writes_nothing() {
    let desk = Desk::new();
    desk.write("tips.csv", TIPS);
    desk.done(&["import", "tips.csv", "--source", "tip_off", "--by", "甲"]);
    let case = "tip_off-JB-1";
    desk.refused(&["check", "A-0000000000000000", "--by", "甲"], 2, "unknown-case");
    desk.refused(&["close", case, "--by", "甲"], 2, "forbidden-move");
    desk.refused(&["check", case], 2, "no-name");
    desk.refused(&["check", case, "--by", "甲", "--on", "2199-01-01"], 2, "date-in-future");
    desk.refused(&["check", case, "--by", "甲", "--on", "11/5"], 2, "bad-date");
    desk.refused(&["check", case, "A-1", "--by", "甲"], 2, "unknown-case");
    desk.refused(&["list", "--state", "bogus"], 2, "unknown-state");
    desk.done(&["check", case, "--by", "甲"]);
    desk.refused(&["verdict", case, "--is", "not", "--by", "甲"], 2, "reason-code");
    desk.refused(&["verdict", "L-none", "--same", "--by", "甲"], 2, "");
    desk.done(&["verdict", case, "--is", "confirmed", "--why", "属实", "--by", "甲"]);
    desk.refused(&["assign", case, "--owner", "李四", "--by", "甲"], 2, "assignment-incomplete");
    desk.refused(
        &["plan", case, "--document", "某号", "--target", "2099-12-31=清零", "--by", "甲"],
        2,
        "plan-too-long",
    );
    desk.refused(&["plan", case, "--document", "某号", "--target", "清零", "--by", "甲"], 2, "bad-target");
    desk.done(&["assign", case, "--document", "某函", "--owner", "李四", "--measure", "清理", "--by", "甲"]);
    desk.done(&["update", case, "--why", "进展", "--by", "甲"]);
    desk.refused(&["request-close", case, "--by", "甲"], 2, "evidence-missing");
    desk.refused(&["request-close", case, "--evidence", "none.pdf", "--by", "甲"], 2, "evidence-unreadable");
    desk.write("empty.pdf", "");
    desk.refused(&["request-close", case, "--evidence", "empty.pdf", "--by", "甲"], 2, "evidence-empty");
    desk.refused(&["update", case, "--class", "nonsense", "--by", "甲"], 2, "unknown-code");
    desk.refused(&["update", case, "--recovered", "many", "--by", "甲"], 2, "bad-amount");
    desk.refused(&["verify", "--anchor", "00"], 4, "cut off");
    for (text, slug) in [
        ("编号\nJB-9\n", "missing-column"),
        ("编号,事实,甲\nJB-9,x,y\n", "unknown-column"),
        ("编号,事实\nJB-9,x\nJB-9,y\n", "duplicate"),
        ("编号,事实\nJB-9\n", "cells"),
        ("编号,事实\nJB-9,\n", "empty"),
        ("编号,事实,级别\nJB-9,x,S7\n", "severity"),
        ("编号,事实,收到日期\nJB-9,x,2199-01-01\n", "date"),
        ("编号,事实,身份证号\nJB-9,x,123\n", "resident-id"),
    ] {
        desk.write("bad.csv", text);
        desk.refused(&["import", "bad.csv", "--source", "tip_off", "--by", "甲"], 3, slug);
    }
    desk.write("bad.csv", "编号,事实\nJB-9,x\n");
    desk.refused(&["import", "bad.csv", "--source", "tip_off", "--rows", "2", "--by", "甲"], 3, "control-total");
    desk.refused(&["import", "bad.csv", "--source", "gossip", "--by", "甲"], 2, "unknown-code");
}

#[test]
fn mistakes_of_the_ledger_section_are_told_all_at_once() {
    let desk = Desk::new();
    let text = std::fs::read_to_string(repository().join("pipelines/monthly.toml")).expect("read");
    let bad = "\n[ledger]\nurl = \"mysql://yuan:secret@db/x\"\nfrom_severity = \"S9\"\nclean_runs = 0\ncheck_day = 3\ncalendar = \"no.toml\"\n[ledger.ladder]\nphone = 9\nwritten = 3\n";
    desk.write("pipelines/monthly.toml", &(text.clone() + bad));
    let output = desk.ledger(&["list"]);
    assert_eq!(output.status.code(), Some(2));
    let error = error_of(&output);
    for word in [
        "mysql: is neither sqlite: nor postgres:",
        "S9",
        "clean_runs",
        "did you mean check_workdays?",
        "calendar",
        "must not fall",
    ] {
        assert!(error.contains(word), "{word} in {error}");
    }
    assert!(!error.contains("secret"), "{error}");
    for (url, word) in [
        ("postgres://yuan:secret@db/x", "password in it"),
        ("postgres://yuan@db/x?sslmode=require", "tunnel"),
        ("postgres://yuan@db/x?schema=A", "schema"),
        ("sqlite:l.sqlite\"\npassword_file = \"secret", "a file has no password"),
    ] {
        desk.write("pipelines/monthly.toml", &format!("{text}\n[ledger]\nurl = \"{url}\"\n"));
        let output = desk.ledger(&["list"]);
        let error = error_of(&output);
        assert!(output.status.code() == Some(2) && error.contains(word) && !error.contains("secret"), "{url}: {error}");
    }
    desk.write("pipelines/monthly.toml", &(text.clone() + "\n[ledger]\nurl = \"sqlite:out/x.sqlite\"\n"));
    assert!(error_of(&desk.ledger(&["list"])).contains("may not stand in the published folder"));
    desk.write("pipelines/monthly.toml", &text);
    assert!(error_of(&desk.ledger(&["list"])).contains("no-ledger-section"));
}

#[test]
fn a_ledger_is_exported_and_built_again() {
    let desk = Desk::new();
    desk.write("tips.csv", TIPS);
    desk.done(&["import", "tips.csv", "--source", "audit", "--by", "甲"]);
    desk.done(&["check", "audit-JB-1", "audit-JB-2", "--by", "甲"]);
    desk.done(&["export", "--to", "log.jsonl"]);
    assert_eq!(std::fs::read_to_string(desk.root.join("log.jsonl")).expect("read"), desk.log());
    desk.done(&["rebuild", "--log", "log.jsonl", "--to", "again.sqlite"]);
    desk.refused(&["rebuild", "--log", "log.jsonl", "--to", "again.sqlite"], 2, "ledger-exists");
    let before = desk.log();
    std::fs::rename(desk.root.join("again.sqlite"), desk.root.join("ledger/hedui.sqlite")).expect("moved");
    for ending in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(desk.root.join(format!("ledger/hedui.sqlite{ending}")));
    }
    assert_eq!(desk.log(), before);
    assert!(desk.done(&["rebuild", "--lang", "en"]).contains("2 cases"));
    let csv = desk.done(&["list", "--state", "checking", "--format", "csv"]);
    assert_eq!(csv.lines().count(), 3, "{csv}");
    assert_eq!(desk.done(&["list", "--unit", "某市某校", "--format", "csv"]).lines().count(), 2);
    assert_eq!(desk.done(&["list", "--source", "tip_off", "--format", "csv"]).lines().count(), 1);
    desk.write("log.jsonl", &before.replacen("JB-1", "JB-7", 1));
    desk.refused(&["rebuild", "--log", "log.jsonl", "--to", "third.sqlite"], 4, "line 2");
}

/// CSV with a header as rows of name → value.
pub fn table(csv: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let row = |r: csv::StringRecord| header.iter().map(str::to_owned).zip(r.iter().map(str::to_owned)).collect();
    reader.records().map(|r| row(r.expect("a row"))).collect()
}

/// The manifest of a published month.
fn manifest(office: &Office, period: &str) -> serde_json::Value {
    let runs = std::fs::read_dir(office.out().join("runs")).expect("runs").flatten().map(|e| e.path());
    let of_month = |p: &PathBuf| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with(period));
    let path = runs.into_iter().find(of_month).expect("published");
    serde_json::from_slice(&std::fs::read(path).expect("read")).expect("JSON")
}

#[test]
fn runs_feed_the_ledger_and_take_peoples_decisions_from_it() {
    let office = Office::new();
    let text = std::fs::read_to_string(office.pipeline()).expect("read");
    std::fs::write(office.pipeline(), with_ledger(&text)).expect("written");
    let ledger = |arguments: &[&str]| {
        let pipeline = office.pipeline();
        said(hedui().arg("ledger").args(arguments).args(["--by", "甲", "--pipeline"]).arg(pipeline))
    };
    let looking =
        |arguments: &[&str]| said(hedui().arg("ledger").args(arguments).arg("--pipeline").arg(office.pipeline()));
    for period in ["2026-09", "2026-10"] {
        office.publish(&["--quiet", "--period", period]);
    }
    let log = looking(&["export"]);
    let before = published(&office.out());
    office.publish(&["--quiet", "--period", "2026-10"]);
    assert_eq!(looking(&["export"]), log, "told twice, written once");
    assert_eq!(published(&office.out()), before, "the same bytes while nobody decides anything");

    let sql = "SELECT anomaly_id, rule, severity FROM anomalies WHERE period = '2026-10' AND status <> 'closed' AND severity <> 'S4' ORDER BY anomaly_id";
    let found = table(&office.query(sql));
    let cases = table(&looking(&["list", "--state", "open", "--format", "csv"]));
    let open: BTreeSet<&str> =
        cases.iter().filter(|c| c["in_the_data"] == "true").map(|c| c["case"].as_str()).collect();
    assert_eq!(
        found.iter().map(|f| f["anomaly_id"].as_str()).collect::<BTreeSet<_>>(),
        open,
        "a case for every finding"
    );
    let published_cases = office.query("SELECT case_id FROM ledger_cases WHERE period = '2026-10'");
    assert_eq!(published_cases.lines().count(), cases.len() + 1);
    let manifest = manifest(&office, "2026-10");
    assert_eq!(manifest["ledger"]["balance"]["closing"].as_u64(), Some(cases.len() as u64), "{}", manifest["ledger"]);

    // One finding is held to be no problem, another is excused by a document.
    let (quiet, excused) = (&found[0]["anomaly_id"], &found[1]["anomaly_id"]);
    ledger(&["check", quiet, excused]);
    ledger(&["verdict", quiet, "--is", "not", "--reason", "timing"]);
    ledger(&[
        "verdict",
        excused,
        "--is",
        "not",
        "--reason",
        "approved_exemption",
        "--document",
        "某号",
        "--until",
        "2027-12-31",
    ]);
    // And a link is judged: two rows that were held to be one person are two.
    let links = table(&office.query(
        "SELECT link_id, left_key, right_key FROM person_links WHERE period = '2026-10' AND method = 'name-unit-birth' AND decision = 'linked' ORDER BY link_id LIMIT 1",
    ));
    let of_pair = || {
        office.query(&format!(
            "SELECT decision FROM person_links WHERE period = '2026-10' AND decision = 'linked' AND left_key = '{}' AND right_key = '{}'",
            links[0]["left_key"], links[0]["right_key"]
        ))
    };
    assert!(of_pair().contains("linked"));
    ledger(&["verdict", &links[0]["link_id"], "--different", "--why", "已核对档案"]);
    office.publish(&["--quiet", "--period", "2026-10"]);
    let status = |id: &str| {
        let rows = table(
            &office.query(&format!("SELECT status FROM anomalies WHERE period = '2026-10' AND anomaly_id = '{id}'")),
        );
        rows.first().map(|r| r["status"].clone())
    };
    assert!(status(quiet).is_none_or(|s| s == "closed"), "{:?}", status(quiet));
    assert_eq!(status(excused).as_deref(), Some("explained"));
    let rule = &found[0]["rule"];
    let runs = table(&office.query(&format!(
        "SELECT suppressed, suppressed_by FROM rule_runs WHERE period = '2026-10' AND rule = '{rule}'"
    )));
    assert!(runs[0]["suppressed_by"].contains("ledger=1"), "{runs:?}");
    assert!(!of_pair().contains("linked"), "{links:?}");
    let case: serde_json::Value = serde_json::from_str(&looking(&["show", quiet, "--format", "json"])).expect("JSON");
    assert_eq!(case["case"]["state"], "not_confirmed", "quiet is not gone");
    assert!(looking(&["verify", "--lang", "en"]).contains("as it was written"));
    said(hedui().args(["bulletin", "--format", "md,html,docx,xlsx", "--out"]).arg(office.out()));
    let bulletin = std::fs::read_to_string(office.out().join("bulletin/2026-10/bulletin.md")).expect("made");
    for word in ["台账月度对账", "期末未销号问题办理情况", "各规则属实率", "期初+新增+回潮-销号-不属实", "台账期初"]
    {
        assert!(bulletin.contains(word), "{word}");
    }
    assert!(!bulletin.contains("超期未消除的问题"), "the ledger's own deadlines stand in its place");
    let balances = table(&office.query(
        "SELECT period, SUM(opening) AS o, SUM(closing) AS c FROM ledger_balance GROUP BY period ORDER BY period",
    ));
    assert_eq!(balances[1]["o"], balances[0]["c"], "what was open at the end of one month opens the next");
}
