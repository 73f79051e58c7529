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

/// A workbook's sheets as texts.
fn sheets(path: &Path) -> Vec<(String, Vec<Vec<String>>)> {
    use calamine::{Reader, open_workbook_auto};
    let mut book = open_workbook_auto(path).expect("a workbook");
    let names = book.sheet_names();
    let rows = |range: calamine::Range<calamine::Data>| -> Vec<Vec<String>> {
        range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
    };
    names.into_iter().map(|name| (name.clone(), rows(book.worksheet_range(&name).expect("a sheet")))).collect()
}

/// A workbook as an officer saves it again: the same texts, without any format.
fn save(path: &Path, sheets: &[(String, Vec<Vec<String>>)]) {
    let mut book = rust_xlsxwriter::Workbook::new();
    for (name, rows) in sheets {
        let sheet = book.add_worksheet();
        sheet.set_name(name).expect("a name");
        for (r, row) in (0..).zip(rows) {
            for (c, text) in (0..).zip(row).filter(|(_, t)| !t.is_empty()) {
                sheet.write_string(r, c, text).expect("written");
            }
        }
    }
    book.save(path).expect("saved");
}

struct Filled {
    sheets: Vec<(String, Vec<Vec<String>>)>,
}

impl Filled {
    fn rows(&mut self) -> &mut Vec<Vec<String>> {
        &mut self.sheets.iter_mut().find(|(name, _)| name == "问题清单").expect("the cases").1
    }
    fn at(&mut self, title: &str) -> usize {
        self.rows()[0].iter().position(|t| t == title).expect("a column")
    }
    fn set(&mut self, row: usize, title: &str, text: &str) {
        let at = self.at(title);
        let row = &mut self.rows()[row];
        if row.len() <= at {
            row.resize(at + 1, String::new());
        }
        text.clone_into(&mut row[at]);
    }
    fn get(&mut self, row: usize, title: &str) -> String {
        let at = self.at(title);
        self.rows()[row][at].clone()
    }
}

fn exported(desk: &Desk, name: &str) -> Filled {
    let path = desk.path(name);
    desk.ledger(&["export-workbook", "--to", path.to_str().expect("a path")]);
    Filled { sheets: sheets(&path) }
}

fn state(desk: &Desk, case: &str) -> String {
    let shown = desk.json(&["ledger", "show", case, "--format", "json"]);
    shown["case"]["state"].as_str().expect("a state").to_owned()
}

#[test]
fn a_workbook_says_what_it_is_and_locks_what_is_not_to_be_filled_in() {
    let desk = Desk::new();
    let mut book = exported(&desk, "cases.xlsx");
    assert_eq!(book.sheets[0].0, "说明");
    assert!(book.rows().len() > 3);
    let mut archive =
        zip::ZipArchive::new(std::fs::File::open(desk.path("cases.xlsx")).expect("open")).expect("a package");
    let mut parts = std::collections::BTreeMap::new();
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).expect("a part");
        let mut xml = String::new();
        part.read_to_string(&mut xml).expect("UTF-8");
        well_formed(part.name(), &xml);
        parts.insert(part.name().to_owned(), xml);
    }
    let cases = &parts["xl/worksheets/sheet2.xml"];
    for word in ["<sheetProtection ", "<dataValidation ", "属实,部分属实,不属实,数据错误,移送", "hidden=\"1\""]
    {
        assert!(cases.contains(word), "{word}");
    }
    assert!(parts["xl/styles.xml"].contains("<protection locked=\"0\"/>"), "the cells to fill in are open");
    let unit = desk.json(&["ledger", "list", "--format", "json", "--state", "open"])[0]["unit_key"].clone();
    let to = desk.path("one.xlsx");
    let arguments = [
        "export-workbook",
        "--depth",
        "0",
        "--unit",
        unit.as_str().expect("a key"),
        "--to",
        to.to_str().expect("a path"),
    ];
    desk.ledger(&arguments);
    let mut one = Filled { sheets: sheets(&to) };
    let at = one.at("单位");
    let names: std::collections::BTreeSet<String> = one.rows()[1..].iter().map(|r| r[at].clone()).collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

#[test]
fn a_filled_workbook_is_joined_by_its_keys_and_comes_twice_without_harm() {
    let desk = Desk::new();
    let mut book = exported(&desk, "cases.xlsx");
    let ids: Vec<String> = (1..5).map(|n| book.get(n, "问题编号")).collect();
    book.set(1, "核实结论", "属实");
    book.set(1, "核实说明", "已核对工资表");
    book.set(1, "核实人", "乙");
    book.set(2, "核实结论", "不属实");
    book.set(2, "不属实理由", "not_the_same_person");
    book.set(3, "核实结论", "移送");
    book.set(3, "移送机关", "市纪委");
    book.set(3, "文号", "移字1号");
    book.set(3, "日期(有效期至、回复期限)", "2099-01-31");
    // Sorted another way, with a row dropped: what is gone is undecided.
    let mut rows = book.rows().split_off(1);
    let all = rows.len();
    rows.remove(3);
    rows.reverse();
    book.rows().append(&mut rows);
    let path = desk.path("filled.xlsx");
    save(&path, &book.sheets);
    let file = path.to_str().expect("a path");
    let before = desk.log();
    let dry = desk.ledger(&["import-workbook", file, "--by", "甲", "--dry-run", "--lang", "en"]);
    assert!(dry.contains("3 verdicts taken") && desk.log() == before, "{dry}");
    let told = desk.ledger(&["import-workbook", file, "--by", "甲", "--lang", "en"]);
    assert!(told.contains(&format!("3 verdicts taken, 0 in the ledger already, {} undecided", all - 3)), "{told}");
    let now: Vec<String> = ids.iter().map(|id| state(&desk, id)).collect();
    assert_eq!(now, ["confirmed", "not_confirmed", "transferred", "suspicion"]);
    let log = desk.log();
    assert!(log.contains("\"who\":\"乙\"") && log.contains("filled.xlsx"), "who checked, and the file");
    let again = desk.ledger(&["import-workbook", file, "--by", "丙", "--lang", "en"]);
    assert!(again.contains("0 verdicts taken, 3 in the ledger already"), "{again}");
    assert_eq!(desk.log(), log, "the same file twice adds nothing");
}

#[test]
fn a_workbook_that_was_tampered_with_or_is_old_or_foreign_is_refused_whole() {
    let desk = Desk::new();
    let mut book = exported(&desk, "cases.xlsx");
    let (first, second) = (book.get(1, "问题编号"), book.get(2, "问题编号"));
    let refused = |book: &Filled, slugs: &[&str]| {
        let path = desk.path("filled.xlsx");
        save(&path, &book.sheets);
        let output =
            desk.refused(&["ledger", "import-workbook", path.to_str().expect("a path"), "--by", "甲"], 3, slugs[0]);
        let error = error_of(&output);
        for slug in slugs {
            assert!(error.contains(slug), "{slug} in {error}");
        }
        error
    };
    // All of it at once, each with its place, though one row is sound.
    let mut wrong = Filled { sheets: book.sheets.clone() };
    wrong.set(1, "核实结论", "属实");
    wrong.set(1, "核实说明", "看过");
    wrong.set(2, "事实", "什么事也没有");
    wrong.set(3, "行键", "A-1|1|00|00");
    wrong.set(4, "核实结论", "可能吧");
    wrong.set(5, "核实说明", "只有说明");
    wrong.set(6, "核实结论", "不属实");
    let double = wrong.rows()[7].clone();
    wrong.rows().push(double);
    let error = refused(
        &wrong,
        &[
            "altered-evidence",
            "edited-key",
            "unknown-verdict",
            "answer-without-verdict",
            "reason-code",
            "duplicate-row",
        ],
    );
    assert!(error.contains("[问题清单] row 3, column 事实 (I)") && error.contains("什么事也没有"), "{error}");
    assert_eq!(state(&desk, &first), "suspicion", "nothing is written");

    // The case moved on after the export: both values are shown.
    desk.ledger(&["check", &second, "--by", "甲"]);
    desk.ledger(&["verdict", &second, "--is", "confirmed", "--why", "属实", "--by", "张三"]);
    let mut old = Filled { sheets: book.sheets.clone() };
    old.set(2, "核实结论", "不属实");
    old.set(2, "不属实理由", "timing");
    let error = refused(&old, &["conflict"]);
    assert!(error.contains("张三") && error.contains("\"confirmed\"") && error.contains("\"不属实\""), "{error}");
    // The row left empty is no conflict.
    old.set(2, "核实结论", "");
    old.set(2, "不属实理由", "");
    old.set(1, "核实结论", "数据错误");
    old.set(1, "核实说明", "录错");
    save(&desk.path("filled.xlsx"), &old.sheets);
    desk.ledger(&["import-workbook", desk.path("filled.xlsx").to_str().expect("a path"), "--by", "甲"]);
    assert_eq!(state(&desk, &first), "data_error");

    // Another office's ledger, an edited first sheet, and no workbook of ours at all.
    let mut foreign = Filled { sheets: book.sheets.clone() };
    let front = &mut foreign.sheets[0].1;
    let row = front.iter_mut().find(|r| r[0] == "台账标识").expect("the ledger's name");
    row[1] = "0".repeat(32);
    refused(&foreign, &["other-office"]);
    let mut edited = Filled { sheets: book.sheets.clone() };
    let row = edited.sheets[0].1.iter_mut().find(|r| r[0] == "问题件数").expect("the count");
    row[1] = "9999".to_owned();
    refused(&edited, &["edited-seal"]);
    let other = Filled { sheets: vec![("Sheet1".to_owned(), vec![vec!["x".to_owned()]])] };
    refused(&other, &["not-a-workbook"]);
    std::fs::write(desk.path("broken.xlsx"), b"PK\x03\x04 cut").expect("written");
    desk.refused(
        &["ledger", "import-workbook", desk.path("broken.xlsx").to_str().expect("a path"), "--by", "甲"],
        3,
        "file-unreadable",
    );
}

#[test]
fn a_random_check_is_drawn_from_a_frozen_list_and_by_anybody_again() {
    let desk = Desk::new();
    let at = |name: &str| desk.path(name).to_str().expect("a path").to_owned();
    desk.ledger(&["freeze-list", "--to", &at("list.json"), "--by", "甲"]);
    let units = desk.json(&[
        "query",
        "--format",
        "json",
        "SELECT unit_name FROM units WHERE unit_status = 'active' ORDER BY unit_key",
    ]);
    let own = units[0]["unit_name"].as_str().expect("a name");
    std::fs::write(
        desk.path("staff.csv"),
        format!("编号,姓名,所在单位,回避单位\n1,张三,{own},\n2,李四,,{own}\n3,王五,,\n4,赵六,,\n"),
    )
    .expect("written");
    let (list, staff, to) = (at("list.json"), at("staff.csv"), at("public"));
    let draw = |seed: &'static str| {
        let all =
            ["ledger", "draw", "--list", &list, "--seed", seed, "--seed-source", "福彩网", "--inspectors", &staff];
        [&all[..], &["--to", &to, "--by", "甲"]].concat().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let run = |all: &[String]| desk.done(&all.iter().map(String::as_str).collect::<Vec<_>>());
    run(&draw("2026130"));
    let log = desk.log();
    run(&draw("2026130"));
    assert_eq!(desk.log(), log, "the same draw again adds nothing");
    let other = draw("2026131");
    desk.refused(&other.iter().map(String::as_str).collect::<Vec<_>>(), 2, "drawn-already");
    let file = std::fs::read_dir(desk.path("public")).expect("a folder").flatten().map(|e| e.path());
    let mut file: Vec<PathBuf> = file.filter(|p| p.extension().is_some_and(|e| e == "json")).collect();
    let file = file.pop().expect("one");
    let text = std::fs::read_to_string(&file).expect("read");
    let drawn: Value = serde_json::from_str(&text).expect("JSON");
    let (listed, n) = (drawn["counts"]["listed"].as_u64().expect("n"), drawn["counts"]["drawn"].as_u64().expect("n"));
    assert!(n * 100 >= listed * 30 && !text.contains("张三"), "{n} of {listed}, and names are masked");
    let halves = [&drawn["counts"]["random"], &drawn["counts"]["by_risk"]].map(|n| n.as_u64().expect("n"));
    assert!(halves[0].abs_diff(halves[1]) <= 1, "{halves:?}");

    // Anybody, anywhere, with nothing but the file.
    let elsewhere = tempfile::tempdir().expect("a folder");
    let verify = |path: &Path| {
        let mut command = hedui();
        command.current_dir(elsewhere.path()).args(["ledger", "draw", "--verify"]).arg(path);
        command.output().expect("started")
    };
    assert!(verify(&file).status.success(), "{}", error_of(&verify(&file)));
    let key = drawn["drawn"][0]["key"].as_str().expect("a key");
    let spoiled = elsewhere.path().join("spoiled.json");
    std::fs::write(&spoiled, text.replacen("\"percent\": 30", "\"percent\": 10", 1)).expect("written");
    assert_eq!(verify(&spoiled).status.code(), Some(4));

    // Results: every row is looked at before any is taken; a problem is a case; the same file again adds nothing.
    let id = drawn["id"].as_str().expect("an id");
    let record = |name: &str| ["ledger", "inspection", "record", name, "--draw", id, "--by", "甲"].map(str::to_owned);
    let words = |all: &[String; 8]| all.iter().map(String::as_str).collect::<Vec<_>>().join("\n");
    std::fs::write(
        desk.path("bad.csv"),
        format!("单位,结果,事实\n{key},发现问题,\n没抽到的,未发现问题,\n{key},也许,\n"),
    )
    .expect("written");
    let bad = record("bad.csv");
    let output = desk.refused(&words(&bad).split('\n').collect::<Vec<_>>(), 3, "not-drawn");
    for slug in ["no-fact", "unknown-result"] {
        assert!(error_of(&output).contains(slug), "{slug} in {}", error_of(&output));
    }
    let clean = drawn["drawn"][1]["key"].as_str().expect("a key");
    std::fs::write(
        desk.path("good.csv"),
        format!("单位,结果,事实,级别\n{key},发现问题,擅自加挂牌子,S2\n{clean},未发现问题,,\n"),
    )
    .expect("written");
    let good = record("good.csv");
    let told = desk.done(&[&words(&good).split('\n').collect::<Vec<_>>()[..], &["--lang", "en"]].concat());
    assert!(told.contains("2 checks recorded, 1 cases opened"), "{told}");
    let log = desk.log();
    desk.done(&words(&good).split('\n').collect::<Vec<_>>());
    assert_eq!(desk.log(), log);
    let cases = desk.json(&["ledger", "list", "--format", "json", "--source", "random_check"]);
    assert_eq!((cases.as_array().map(Vec::len), cases[0]["fact_zh"].as_str()), (Some(1), Some("擅自加挂牌子")));
    let rates = desk.json(&["ledger", "inspection", "rates", "--json"]);
    let sum = |key: &str| rates.as_array().expect("rates").iter().map(|r| r[key].as_u64().expect("n")).sum::<u64>();
    assert_eq!((sum("drawn"), sum("checked"), sum("problems")), (n, 2, 1));

    // What was drawn this year is not drawn again, and a list that was changed is not drawn from.
    desk.ledger(&["freeze-list", "--to", &list, "--by", "甲"]);
    let frozen = std::fs::read_to_string(&list).expect("read");
    assert_eq!(frozen.matches("\"drawn_before\": true").count() as u64, n);
    std::fs::write(&list, frozen.replacen("\"tickets\": 1", "\"tickets\": 1000", 1)).expect("written");
    let changed = draw("2026140");
    desk.refused(&changed.iter().map(String::as_str).collect::<Vec<_>>(), 2, "list-not-frozen");
    desk.ledger(&["verify"]);
}
