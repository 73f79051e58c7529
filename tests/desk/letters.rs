//! Letters to units.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::workbook::sheets;
use super::{Desk, docx_text, troubled};

#[test]
fn letters_are_numbered_once_name_what_they_must_and_stand_in_the_cases() {
    let desk = Desk::new();
    let (_, case) = troubled(&desk);
    desk.ledger(&["check", &case, "--by", "甲"]);
    desk.ledger(&["verdict", &case, "--is", "confirmed", "--why", "属实", "--by", "甲"]);
    let today = desk.json(&["ledger", "show", &case, "--format", "json"])["case"]["opened"]["day"].clone();
    let today = today.as_str().expect("a day").to_owned();
    let assign = ["assign", &case, "--document", "函1号", "--owner", "李四", "--measure", "停发并追回", "--by", "甲"];
    desk.ledger(&assign);
    let to = desk.path("letters");
    let write = |kind: &'static str, more: &[&str]| {
        let all = [
            "letters",
            "--kind",
            kind,
            "--to",
            to.to_str().expect("a path"),
            "--by",
            "甲",
            "--contact",
            "王五 0378-1234567",
            "--lang",
            "en",
        ];
        desk.ledger(&[&all[..], more].concat())
    };
    assert!(write("supervision", &[]).contains("0 letters due"), "nothing is overdue yet");
    let told = write("notice", &[]);
    assert!(told.contains("1 letters"), "{told}");
    let file = |told: &str, ending: &str| PathBuf::from(told.lines().find(|l| l.ends_with(ending)).expect("a file"));
    let year = &today[..4];
    let text = docx_text(&file(&told, ".docx"));
    let number = format!("编督〔{year}〕1号");
    for word in [number.as_str(), "整改通知书", &case, "停发并追回", "李四", "王五 0378-1234567", "依据条款", "原期限"]
    {
        assert!(text.contains(word), "{word} in {text}");
    }
    assert!(write("notice", &[]).contains("0 letters due"), "once a case");
    // A case's letter to check it brings its workbook, which comes back by import-workbook.
    let told = write("check", &[]);
    assert!(told.contains(&format!("编督〔{year}〕2号")), "{told}");
    let book = file(&told, ".xlsx");
    assert_eq!(sheets(&book)[0].0, "说明");
    desk.ledger(&["import-workbook", book.to_str().expect("a path"), "--by", "甲"]);
    // Every number once, in the order of the ledger.
    let log = desk.log();
    let numbers: Vec<i64> = log
        .lines()
        .map(|l| serde_json::from_str::<Value>(l).expect("JSON"))
        .filter(|e| e["case"].as_str().is_some_and(|c| c.starts_with("letter:")))
        .map(|e| e["body"]["n"].as_i64().expect("a number"))
        .collect();
    assert_eq!(numbers, (1..=i64::try_from(numbers.len()).expect("few")).collect::<Vec<_>>());
    desk.refused(
        &["ledger", "letters", "--kind", "notice", "--again", "--to", "x", "--by", "甲", "--word", "编 督"],
        2,
        "bad-word",
    );
    desk.refused(
        &["ledger", "letters", "--kind", "notice", "--again", "--to", "x", "--by", "甲", "--new-due", "2020-01-01"],
        2,
        "date-past",
    );
    assert!(!desk.path("x").exists());
    desk.ledger(&["verify"]);
}

#[test]
fn a_supervision_letter_is_written_once_a_step_and_the_second_is_copied_to_the_superior() {
    let desk = Desk::new();
    let sql = "SELECT unit_name FROM canonical_establishment_units WHERE superior_name IS NOT NULL AND unit_key IS NOT NULL ORDER BY row_id";
    let unit = desk.json(&["query", "--format", "json", sql])[0]["unit_name"].as_str().expect("a name").to_owned();
    std::fs::write(
        desk.path("tips.csv"),
        format!("编号,事实,单位,姓名,级别,收到日期,依据\nJB-1,反映长期空挂,{unit},张三,S2,2020-01-02,条例第三条\n"),
    )
    .expect("written");
    desk.ledger(&["import", "tips.csv", "--source", "tip_off", "--by", "甲"]);
    let case = "tip_off-JB-1";
    desk.ledger(&["check", case, "--by", "甲", "--on", "2020-01-03"]);
    desk.ledger(&["verdict", case, "--is", "confirmed", "--why", "属实", "--by", "甲", "--on", "2020-01-04"]);
    let assign = [
        "assign",
        case,
        "--document",
        "函1号",
        "--owner",
        "李四",
        "--measure",
        "清理",
        "--by",
        "甲",
        "--on",
        "2020-01-06",
    ];
    desk.ledger(&[&assign[..], &["--due", "2020-02-01"]].concat());
    let to = desk.path("letters");
    let write = |more: &[&str]| {
        let all =
            ["letters", "--kind", "supervision", "--to", to.to_str().expect("a path"), "--by", "甲", "--lang", "en"];
        desk.ledger(&[&all[..], more].concat())
    };
    let before = desk.log();
    assert!(write(&["--dry-run"]).contains("1 letters due, nothing written") && desk.log() == before && !to.exists());
    // Fifteen days after the deadline, and not a day before.
    assert!(write(&["--on", "2020-02-15"]).contains("0 letters due"));
    let text = |told: &str| docx_text(Path::new(told.lines().find(|l| l.ends_with(".docx")).expect("a file")));
    let first = text(&write(&["--on", "2020-02-16", "--new-due", "2020-03-01"]));
    for word in [
        "编督〔2020〕1号",
        "督办函",
        &unit,
        case,
        "反映长期空挂",
        "条例第三条",
        "2020-02-01",
        "15天",
        "2020年3月1日",
        "联系人",
        "附表",
    ] {
        assert!(first.contains(word), "{word} in {first}");
    }
    assert!(!first.contains("张三") && !first.contains("抄送"), "{first}");
    assert!(write(&["--on", "2020-02-17"]).contains("0 letters due"), "once");
    let second = text(&write(&["--on", "2020-03-02", "--new-due", "2020-03-20"]));
    assert!(second.contains("编督〔2020〕2号") && second.contains("抄送") && second.contains("30天"), "{second}");
    assert!(write(&[]).contains("0 letters due"), "there is no third");
    let shown = desk.json(&["ledger", "show", case, "--format", "json"]);
    let steps: Vec<&str> = shown["case"]["reminders"]
        .as_array()
        .expect("reminders")
        .iter()
        .map(|r| r["step"].as_str().expect("a step"))
        .collect();
    assert_eq!(steps, ["letter", "second_letter"]);
}
