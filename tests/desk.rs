//! `hedui gate`, workbooks, random checks and letters, as officers use them.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

use crate::office::{Office, error_of, hedui, said};

/// An office with one published month and its ledger, never changed.
fn model() -> &'static Path {
    static MODEL: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = MODEL.get_or_init(|| {
        let office = Office::new();
        let pipeline = office.pipeline();
        let text = std::fs::read_to_string(&pipeline).expect("read");
        std::fs::write(&pipeline, format!("{text}\n[ledger]\nurl = \"sqlite:ledger/hedui.sqlite\"\n"))
            .expect("written");
        office.publish(&["--period", "2026-10"]);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("office");
        copy(&office.root, &path);
        (folder, path)
    });
    path
}

/// A published tree has links, which `cp -a` keeps.
fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp");
    assert!(done.success());
}

/// A copy of it, to work in.
struct Desk {
    _folder: tempfile::TempDir,
    root: PathBuf,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("office");
        copy(model(), &root);
        Self { _folder: folder, root }
    }
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = hedui();
        command.current_dir(&self.root).env_remove("HEDUI_BY").args(arguments);
        command
    }
    fn done(&self, arguments: &[&str]) -> String {
        said(&mut self.command(arguments))
    }
    fn ledger(&self, arguments: &[&str]) -> String {
        self.done(&[&["ledger"], arguments].concat())
    }
    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.done(arguments)).expect("JSON")
    }
    fn log(&self) -> String {
        self.ledger(&["export"])
    }
    /// A refusal with its exit code and slug, in both languages, that wrote nothing.
    fn refused(&self, arguments: &[&str], code: i32, slug: &str) -> Output {
        let before = self.log();
        let output = self.command(arguments).output().expect("started");
        let error = error_of(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
        assert!(error.contains(slug), "{slug} in {error}");
        assert_eq!(self.log(), before, "{arguments:?} wrote something");
        output
    }
    fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }
}

/// Every part of a DOCX, each of them well-formed XML; gives the text of the document.
fn docx_text(path: &Path) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(std::fs::read(path).expect("read"))).expect("a package");
    let mut text = String::new();
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).expect("a part");
        let name = part.name().to_owned();
        let mut xml = String::new();
        part.read_to_string(&mut xml).expect("UTF-8");
        let content = well_formed(&name, &xml);
        if name == "word/document.xml" {
            text = content;
        }
    }
    assert!(!text.is_empty());
    text
}

/// Holds a part to what every XML reader asks: one root, tags that close one another, quoted attributes, known entities, no
/// character that XML forbids. Gives its texts.
fn well_formed(name: &str, xml: &str) -> String {
    let mut open: Vec<&str> = Vec::new();
    let (mut text, mut roots, mut rest) = (String::new(), 0, xml);
    let entities = |s: &str| {
        for (at, _) in s.match_indices('&') {
            let known = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;", "&apos;"].iter().any(|e| s[at..].starts_with(e));
            assert!(known, "{name}: {}", &s[at..].chars().take(20).collect::<String>());
        }
        assert!(!s.chars().any(|c| c < ' ' && !"\t\n\r".contains(c)), "{name}: a control character");
    };
    while let Some(begin) = rest.find('<') {
        entities(&rest[..begin]);
        assert!(!open.is_empty() || rest[..begin].trim().is_empty(), "{name}: text outside the root");
        text.push_str(&rest[..begin]);
        let end = begin + rest[begin..].find('>').unwrap_or_else(|| panic!("{name}: a tag without end"));
        let tag = &rest[begin + 1..end];
        rest = &rest[end + 1..];
        if tag.starts_with('?') {
            continue;
        }
        if let Some(closing) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closing.trim()), "{name}");
            continue;
        }
        let (tag, single) = tag.strip_suffix('/').map_or((tag, false), |t| (t, true));
        let (word, attributes) = tag.split_once([' ', '\n']).unwrap_or((tag, ""));
        assert_eq!(attributes.matches('"').count() % 2, 0, "{name}: {tag}");
        assert!(!attributes.contains('<'), "{name}: {tag}");
        entities(attributes);
        roots += usize::from(open.is_empty());
        if !single {
            open.push(word);
        }
    }
    assert!(open.is_empty() && roots == 1 && rest.trim().is_empty(), "{name}: {open:?}");
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// A unit of the ledger's own findings, with one open S1 or S2 case.
fn troubled(desk: &Desk) -> (String, String) {
    let list = desk.json(&["ledger", "list", "--format", "json", "--state", "open"]);
    let grave = list.as_array().expect("cases").iter().find(|c| c["severity"] != "S3" && !c["unit_key"].is_null());
    let case = grave.expect("a grave case");
    (case["unit_key"].as_str().expect("a key").to_owned(), case["case"].as_str().expect("an id").to_owned())
}

fn gate<'a>(unit: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["gate", "check", unit, "--by", "甲"][..], &RANK, more].concat()
}

const RANK: [&str; 4] = ["--matter", "rank", "--level", "division"];

#[test]
fn a_gate_suspends_on_a_problem_without_plan_asks_for_a_statement_and_passes_when_it_is_closed() {
    let desk = Desk::new();
    let (unit, case) = troubled(&desk);
    let check = |more: &[&str]| desk.json(&gate(&unit, &[&["--depth", "0", "--format", "json"], more].concat()));
    assert_eq!(check(&["--dry-run"])["decision"], "pass", "a suspicion holds nothing up");
    desk.ledger(&["check", &case, "--by", "甲"]);
    desk.ledger(&["verdict", &case, "--is", "confirmed", "--why", "属实", "--by", "甲"]);
    let checked = check(&[]);
    assert_eq!(
        (checked["decision"].as_str(), checked["reasons"][0]["code"].as_str()),
        (Some("suspend"), Some("unplanned-problems"))
    );
    let coded =
        desk.command(&gate(&unit, &["--depth", "0", "--fail-on-suspend", "--dry-run"])).output().expect("started");
    assert_eq!(coded.status.code(), Some(8));
    // The same decision again adds nothing; a decision of another day does.
    let logged = desk.log();
    check(&[]);
    assert_eq!(desk.log(), logged);
    assert!(desk.done(&["gate", "suspended", "--passing", "--json"]).trim() == "[]");

    let assign = ["assign", &case, "--document", "函1号", "--owner", "李四", "--measure", "清理", "--by", "甲"];
    desk.ledger(&[&assign[..], &["--due", "2099-01-31"]].concat());
    let checked = check(&["--dry-run"]);
    assert_eq!(
        (checked["decision"].as_str(), checked["reasons"][0]["code"].as_str()),
        (Some("pass_with_statement"), Some("problems-on-plan"))
    );
    let late = check(&["--dry-run", "--on", "2026-11-01"]);
    assert_eq!(late["decision"], "pass_with_statement", "the day of the decision is the one it is asked for");
    let now = desk.json(&["gate", "suspended", "--passing", "--json"]);
    assert_eq!(now[0]["now"], "pass_with_statement");
    assert_eq!(now[0]["closed_since"], serde_json::json!([]));
    desk.ledger(&["verify"]);
}

#[test]
fn a_waiver_names_ground_approver_and_expiry_and_is_printed_and_logged() {
    let desk = Desk::new();
    let (unit, case) = troubled(&desk);
    desk.ledger(&["check", &case, "--by", "甲"]);
    desk.ledger(&["verdict", &case, "--is", "confirmed", "--why", "属实", "--by", "甲"]);
    let refused = |more: &[&str], slug: &str| {
        desk.refused(&gate(&unit, more), 2, slug);
    };
    refused(&["--waive", "because", "--approver", "王主任", "--until", "2030-01-01"], "waiver-ground");
    refused(&["--waive", "emergency", "--until", "2030-01-01"], "waiver-approver");
    refused(&["--waive", "emergency", "--approver", "王主任"], "waiver-until");
    refused(&["--waive", "emergency", "--approver", "王主任", "--until", "2020-01-01"], "waiver-expired");
    desk.refused(&["gate", "check", &unit, "--matter", "rank", "--level", "division"], 2, "no-name");
    desk.refused(
        &["gate", "check", "没有这个单位", "--matter", "rank", "--level", "division", "--by", "甲"],
        2,
        "unknown-unit",
    );
    desk.refused(
        &["gate", "check", &unit, "--matter", "rank", "--level", "division", "--by", "甲", "--period", "2020-01"],
        2,
        "not-published",
    );

    let sheet = desk.path("sheet.docx");
    let waiver =
        ["--waive", "emergency", "--approver", "王主任", "--until", "2030-01-01", "--document", "某办〔2026〕3号"];
    let to = ["--format", "docx", "--to", sheet.to_str().expect("a path"), "--lang", "zh"];
    let told = desk.done(&gate(&unit, &[&waiver[..], &to].concat()));
    assert!(told.contains("附说明通过预审") && told.contains("已记入台账"), "{told}");
    let text = docx_text(&sheet);
    for word in ["机构编制事项预审表", "王主任", "某办〔2026〕3号", "已豁免", "应急、安全需要", &case]
    {
        assert!(text.contains(word), "{word} in {text}");
    }
    let log = desk.log();
    assert!(log.contains("\"case\":\"gate:G-") && log.contains("\"approver\":\"王主任\""), "{log}");
}

#[test]
fn posts_are_those_of_the_published_tables_and_no_ledger_is_said_so() {
    let desk = Desk::new();
    let sql = "SELECT unit_key, quota_type, approved FROM canonical_quotas WHERE bucket = 'own' AND valid_to_day_min IS NULL \
         AND unit_key IS NOT NULL ORDER BY row_id LIMIT 1";
    let row = desk.json(&["query", "--format", "json", sql]);
    let (unit, kind) = (row[0]["unit_key"].as_str().expect("a key"), row[0]["quota_type"].as_str().expect("a type"));
    let check = |people: &str, more: &[&str]| {
        let all = [
            "gate",
            "check",
            unit,
            "--matter",
            "entry",
            "--type",
            kind,
            "--people",
            people,
            "--dry-run",
            "--format",
            "json",
        ];
        desk.json(&[&all[..], more].concat())
    };
    let codes = |checked: &Value| -> Vec<String> {
        let all = checked["reasons"].as_array().expect("reasons").iter();
        all.map(|r| r["code"].as_str().expect("a code").to_owned()).collect()
    };
    let checked = check("1", &[]);
    let line =
        checked["quota"].as_array().expect("lines").iter().find(|q| q["bucket"] == "own" && q["quota_type"] == kind);
    let line = line.expect("the line").clone();
    let n = |key: &str| line[key].as_i64().expect("a number");
    // Counted again by hand: every person once, those who left or are not there yet left out.
    let staff = format!(
        "SELECT COUNT(DISTINCT person_key) AS n FROM canonical_establishment_staff WHERE unit_key = '{unit}' AND bucket = 'own' \
         AND quota_type = '{kind}' AND staff_status IN ('on_post', 'off_post') AND (exit_date_month IS NULL OR exit_date_month > 24321) \
         AND (entry_date_month IS NULL OR entry_date_month <= 24321)"
    );
    let staff = desk.json(&["query", "--format", "json", &staff]);
    assert_eq!(n("actual"), staff[0]["n"].as_i64().expect("a number"));
    assert_eq!(n("vacant"), n("approved") + n("exempt") - n("actual") - n("pending"));
    let vacant = n("vacant").max(0);
    if vacant > 0 {
        assert!(!codes(&check(&vacant.to_string(), &[])).contains(&"no-vacancy".to_owned()));
    }
    assert!(codes(&check(&(vacant + 1).to_string(), &[])).contains(&"no-vacancy".to_owned()));

    std::fs::remove_dir_all(desk.path("ledger")).expect("removed");
    let all = ["gate", "check", unit, "--matter", "entry", "--type", kind, "--lang", "en"];
    let told = desk.done(&all);
    assert!(
        told.contains("the published findings (no ledger") && told.contains("not logged: there is no ledger"),
        "{told}"
    );
    let zh = desk.done(&[&all[..all.len() - 1], &["zh"]].concat());
    assert!(zh.contains("机构编制事项预审表") && zh.contains("未启用台账"), "{zh}");
}
