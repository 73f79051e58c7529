//! Self-inspection: workbooks out, returns in, who answered, and what the data says of nil returns.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Desk;
use super::workbook::{Filled, save, sheets};
use crate::office::error_of;

const ROUND: [&str; 9] =
    ["self-inspection", "export", "--name", "专项自查", "--item", "staffing", "--due", "2099-12-15", "--by"];

/// A round on three units: two that a run's finding of class staffing stands open at, one without any.
fn begun(desk: &Desk) -> (Vec<(String, String)>, Vec<PathBuf>) {
    let list = desk.json(&["ledger", "list", "--format", "json", "--class", "staffing"]);
    let mut keys: Vec<(String, String)> = Vec::new();
    for case in list.as_array().expect("cases") {
        let unit = (case["unit_key"].as_str(), case["unit_name"].as_str());
        if let (Some(key), Some(name)) = unit
            && !keys.iter().any(|(k, _)| k == key)
            && keys.len() < 2
        {
            keys.push((key.to_owned(), name.to_owned()));
        }
    }
    let sql = "SELECT unit_key, unit_name FROM units WHERE unit_status = 'active' AND unit_key NOT IN \
        (SELECT unit_key FROM anomalies WHERE unit_key IS NOT NULL) ORDER BY unit_key LIMIT 1";
    let quiet = desk.json(&["query", "--format", "json", sql]);
    let text = |column: &str| quiet[0][column].as_str().expect("a unit").to_owned();
    keys.push((text("unit_key"), text("unit_name")));
    let mut arguments: Vec<&str> = [&ROUND[..], &["甲", "--to", "out_books"]].concat();
    for (key, _) in &keys {
        arguments.extend(["--unit", key]);
    }
    desk.ledger(&arguments);
    let log = desk.log();
    desk.ledger(&arguments);
    assert_eq!(desk.log(), log, "the same round again adds nothing");
    let book = |(key, _): &(String, String)| {
        let found = std::fs::read_dir(desk.path("out_books")).expect("a folder").flatten().map(|e| e.path());
        found.into_iter().find(|p| p.to_string_lossy().contains(key.as_str())).expect("a workbook")
    };
    let books = keys.iter().map(book).collect();
    (keys, books)
}

struct Book(Filled, PathBuf);

impl Book {
    fn open(path: &Path) -> Self {
        Self(Filled { sheets: sheets(path) }, path.to_owned())
    }
    fn set(&mut self, sheet: &str, row: usize, title: &str, text: &str) {
        let rows = &mut self.0.sheets.iter_mut().find(|(name, _)| name == sheet).expect("a sheet").1;
        let at = rows[0].iter().position(|t| t == title).unwrap_or_else(|| panic!("{title} in {:?}", rows[0]));
        if rows.len() <= row {
            rows.resize(row + 1, Vec::new());
        }
        if rows[row].len() <= at {
            rows[row].resize(at + 1, String::new());
        }
        text.clone_into(&mut rows[row][at]);
    }
    fn conclude(&mut self, answer: &str) -> &mut Self {
        for (title, text) in [
            ("自查结论", answer),
            ("数字核对", "相符"),
            ("填报人", "丙"),
            ("单位负责人", "丁"),
            ("填报日期", "2026-11-20"),
        ] {
            self.set("单位自查结论", 1, title, text);
        }
        self
    }
    fn report(&mut self, row: usize, item: &str, fact: &str) -> &mut Self {
        for (title, text) in [
            ("事项编码", item),
            ("事实", fact),
            ("存量或新增", "存量"),
            ("整改措施", "清理"),
            ("整改时限", "2027-03-31"),
        ] {
            self.set("问题清单", row, title, text);
        }
        self
    }
    fn saved(&self) -> &str {
        save(&self.1, &self.0.sheets);
        self.1.to_str().expect("a path")
    }
}

fn coverage(desk: &Desk) -> Value {
    desk.json(&["ledger", "self-inspection", "coverage", "--format", "json"])
}

#[test]
fn returns_become_cases_nil_returns_are_answers_and_the_data_contradicts_them() {
    let desk = Desk::new();
    let (keys, paths) = begun(&desk);
    let mut books: Vec<Book> = paths.iter().map(|path| Book::open(path)).collect();
    let front = &books[0].0.sheets[0];
    assert_eq!(front.0, "说明");
    let facts = &books[0].0.sheets.iter().find(|(name, _)| name == "单位自查结论").expect("a sheet").1[1];
    assert_eq!(facts[1], keys[0].1);
    assert!(facts[4].contains('/'), "the posts of the published month: {facts:?}");
    let before = coverage(&desk);
    assert_eq!((before["totals"]["asked"].as_u64(), before["totals"]["missing"].as_u64()), (Some(3), Some(3)));

    // One finds something in another item of its class, one makes a nil return that the data contradicts, one does not answer.
    books[0].conclude("发现问题").report(1, "staffing.03", "借调两人超过一年").report(2, "staffing.03", "另有一人");
    books[0].set("自查事项", 3, "有无问题", "有");
    books[1].conclude("零报告");
    let (first, second) = (books[0].saved().to_owned(), books[1].saved().to_owned());
    let import = ["self-inspection", "import", &first, &second, "--by", "甲", "--lang", "en"];
    let log = desk.log();
    let dry = desk.ledger(&[&import[..], &["--dry-run"]].concat());
    assert!(dry.contains("1 returns with problems, 1 nil") && desk.log() == log, "{dry}");
    let told = desk.ledger(&import);
    assert!(told.contains("1 returns with problems, 1 nil, 0 there already; 2 cases opened"), "{told}");
    let log = desk.log();
    let again = desk.ledger(&import);
    assert!(again.contains("0 returns with problems, 0 nil, 2 there already; 0 cases"), "{again}");
    assert_eq!(desk.log(), log, "the same workbooks twice add nothing");

    let cases = desk.json(&["ledger", "list", "--format", "json", "--source", "self_inspection"]);
    let cases = cases.as_array().expect("cases");
    assert_eq!(cases.len(), 2);
    assert!(cases.iter().all(|c| c["class"] == "staffing.03" && c["unit_key"] == keys[0].0.as_str()), "{cases:?}");
    let shown = desk.json(&["ledger", "show", cases[0]["case"].as_str().expect("an id"), "--format", "json"]);
    assert_eq!(
        (shown["case"]["origin"].as_str(), shown["case"]["promise"]["measure"].as_str()),
        (Some("stock"), Some("清理"))
    );

    let now = coverage(&desk);
    let n = |key: &str| now["totals"][key].as_u64().expect("a number");
    assert_eq!(
        [
            n("asked"),
            n("with_problems"),
            n("nil"),
            n("missing"),
            n("overdue"),
            n("nil_contradicted"),
            n("silent"),
            n("cases")
        ],
        [3, 1, 1, 1, 0, 1, 0, 2]
    );
    assert_eq!(n("answered_tenths"), 666);
    let line = |key: &str| now["lines"].as_array().expect("lines").iter().find(|l| l["unit_key"] == key).cloned();
    let nil = line(&keys[1].0).expect("asked");
    let case = nil["contradictions"][0]["case"].as_str().expect("a case of the run").to_owned();
    assert!(case.starts_with("A-"), "{nil}");
    assert_eq!(line(&keys[2].0).expect("asked")["answer"], Value::Null);
    let late = desk.json(&["ledger", "self-inspection", "coverage", "--format", "json", "--on", "2100-01-01"]);
    assert_eq!(late["totals"]["overdue"].as_u64(), Some(1), "by date");
    let low = desk.command(&["ledger", "self-inspection", "coverage", "--fail-on-missing"]).output().expect("started");
    assert_eq!(low.status.code(), Some(8));

    // A finding that somebody holds to be no problem contradicts nobody.
    for c in nil["contradictions"].as_array().expect("findings") {
        let id = c["case"].as_str().expect("an id");
        desk.ledger(&["check", id, "--by", "甲"]);
        desk.ledger(&["verdict", id, "--is", "not", "--reason", "timing", "--by", "甲"]);
    }
    assert_eq!(coverage(&desk)["totals"]["nil_contradicted"].as_u64(), Some(0));
    let to = desk.path("coverage.xlsx");
    desk.ledger(&[
        "self-inspection",
        "coverage",
        "--format",
        "xlsx",
        "--to",
        to.to_str().expect("a path"),
        "--lang",
        "zh",
    ]);
    let written = sheets(&to);
    assert_eq!(written.iter().map(|s| s.0.as_str()).collect::<Vec<_>>(), ["各单位", "与数据比对矛盾"]);
    assert!(written[0].1.iter().any(|row| row.iter().any(|c| c == "零报告")));
    desk.ledger(&["verify"]);
}

#[test]
fn a_return_that_does_not_hold_together_or_was_tampered_with_is_refused_whole_with_every_place() {
    let desk = Desk::new();
    let (_, paths) = begun(&desk);
    let refused = |book: &Book, slugs: &[&str]| {
        let path = book.saved().to_owned();
        let output = desk.refused(&["ledger", "self-inspection", "import", &path, "--by", "甲"], 3, slugs[0]);
        let error = error_of(&output);
        for slug in slugs {
            assert!(error.contains(slug), "{slug} in {error}");
        }
        error
    };
    let fresh = || Book::open(&paths[0]);
    let original = fresh();
    let mut book = Book(Filled { sheets: original.0.sheets.clone() }, desk.path("filled.xlsx"));
    book.conclude("零报告").report(1, "staffing.03", "其实有");
    refused(&book, &["nil-with-problems"]);

    let mut book = Book(Filled { sheets: original.0.sheets.clone() }, desk.path("filled.xlsx"));
    book.conclude("发现问题").report(1, "staffing.77", "没有这一项").report(2, "staffing.01", "");
    book.set("单位自查结论", 1, "单位负责人", "");
    book.set("单位自查结论", 1, "数字核对", "不符");
    book.set("自查事项", 1, "有无问题", "也许");
    book.set("自查事项", 2, "事项", "改了");
    book.set("自查事项", 4, "行键", "x|0|y|z");
    book.set("问题清单", 2, "整改时限", "明年");
    let error = refused(
        &book,
        &[
            "unknown-item",
            "no-fact",
            "not-signed",
            "no-dispute",
            "unknown-answer",
            "altered-cell",
            "edited-key",
            "bad-date",
        ],
    );
    assert!(
        error.contains("[自查事项] row 3, column 单位") && error.contains("[问题清单] row 2, column 事项编码"),
        "{error}"
    );

    let mut book = Book(Filled { sheets: original.0.sheets.clone() }, desk.path("filled.xlsx"));
    book.conclude("发现问题").report(1, "staffing.02", "有");
    book.set("自查事项", 1, "有无问题", "有");
    refused(&book, &["item-without-problem", "item-not-ticked"]);

    // Another office's workbook, and a first sheet that was edited.
    let front = |label: &str, text: &str| {
        let mut book = Book(Filled { sheets: original.0.sheets.clone() }, desk.path("filled.xlsx"));
        let row = book.0.sheets[0].1.iter_mut().find(|r| r[0] == label).expect("a label");
        row[1] = text.to_owned();
        book
    };
    refused(&front("台账标识", &"0".repeat(32)), &["other-office"]);
    refused(&front("自查编号", "S-2026-00000000"), &["edited-seal"]);
    refused(
        &Book(Filled { sheets: vec![("Sheet1".into(), vec![vec!["x".into()]])] }, desk.path("filled.xlsx")),
        &["not-a-workbook"],
    );

    // The same unit in two files, and a round of that name with other items.
    let mut book = Book(Filled { sheets: original.0.sheets.clone() }, desk.path("filled.xlsx"));
    book.conclude("零报告");
    let one = book.saved().to_owned();
    let two = desk.path("again.xlsx");
    std::fs::copy(&one, &two).expect("copied");
    let both = ["ledger", "self-inspection", "import", &one, two.to_str().expect("a path"), "--by", "甲"];
    desk.refused(&both, 3, "answered-twice");
    let mut other = ROUND;
    other[5] = "violation";
    let arguments: Vec<&str> = [&["ledger"], &other[..], &["甲", "--to", "more"]].concat();
    desk.refused(&arguments, 2, "other-items");
    assert!(!desk.path("more").exists(), "nothing is written");
    desk.refused(&["ledger", "self-inspection", "coverage", "--round", "S-0"], 2, "unknown-round");
}
