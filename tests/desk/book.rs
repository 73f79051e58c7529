//! The three ledgers and filing upward, and levels that sign before closing.

use serde_json::Value;

use super::Desk;
use super::workbook::sheets;

#[test]
#[expect(clippy::too_many_lines, reason = "a quarter from the month to the third filing")]
fn leader_posts_stand_in_a_quarterly_book_that_is_filed_upward_once_a_stage() {
    let desk = Desk::new();
    let book = desk.json(&[
        "ledger",
        "book",
        "leader-posts",
        "--quarter",
        "2026Q4",
        "--from-level",
        "staff",
        "--format",
        "json",
    ]);
    assert_eq!((book["period"].as_str(), book["before"].as_str()), (Some("2026-10"), None));
    let rows = book["rows"].as_array().expect("rows");
    let n = |row: &Value, key: &str| row[key].as_i64().expect("a number");
    let approved: i64 = rows.iter().map(|r| n(r, "approved")).sum();
    // The same sum by another way: every post in force of a unit that is published.
    let sql = "SELECT SUM(approved) AS n FROM canonical_leader_posts WHERE unit_key IN (SELECT unit_key FROM units) \
        AND (valid_from_day_min IS NULL OR valid_from_day_min <= 20757) AND (valid_to_day_min IS NULL OR valid_to_day_min > 20757)";
    let sum = desk.json(&["query", "--format", "json", sql]);
    let sum = sum[0]["n"].as_i64().or_else(|| sum[0]["n"].as_str().and_then(|t| t.parse().ok()));
    assert_eq!(Some(approved), sum);
    for row in rows {
        assert_eq!(n(row, "vacant") - n(row, "over"), n(row, "approved") - n(row, "actual"), "{row}");
        let names = row["incumbents"].as_array().expect("names");
        assert!(i64::try_from(names.len()).expect("few") >= n(row, "actual"), "{row}");
        assert!(names.iter().all(|name| name.as_str().is_some_and(|t| t.contains('*'))), "masked: {row}");
    }
    // A row leads to the open cases about its unit's leader posts.
    let cases = desk.json(&["ledger", "list", "--format", "json", "--state", "open"]);
    let about: Vec<&Value> = cases
        .as_array()
        .expect("cases")
        .iter()
        .filter(|c| c["rule"].as_str().is_some_and(|r| r.starts_with('L')))
        .collect();
    let linked: usize = rows.iter().map(|r| r["cases"].as_array().expect("cases").len()).sum();
    let units: std::collections::BTreeSet<&str> = rows.iter().filter_map(|r| r["unit_key"].as_str()).collect();
    let expected = about.iter().filter(|c| c["unit_key"].as_str().is_some_and(|u| units.contains(u))).count();
    assert_eq!(linked, expected);
    let city = desk.json(&["ledger", "book", "leader-posts", "--from-level", "deputy_division", "--format", "json"]);
    let levels: std::collections::BTreeSet<&str> =
        city["rows"].as_array().expect("rows").iter().filter_map(|r| r["level_code"].as_str()).collect();
    assert!(!levels.contains("section") && !levels.contains("deputy_section"), "{levels:?}");
    desk.refused(&["ledger", "book", "leader-posts", "--quarter", "2020Q1"], 2, "quarter-not-published");
    desk.refused(&["ledger", "book", "leader-posts", "--quarter", "2026-10"], 2, "bad-quarter");

    let to = desk.path("posts.xlsx");
    let path = to.to_str().expect("a path");
    desk.ledger(&["book", "leader-posts", "--format", "xlsx", "--to", path, "--lang", "zh"]);
    assert!(sheets(&to)[0].1.iter().any(|row| row.iter().any(|c| c == "核定文号")));
    let file = |stage: &'static str, document: &'static str| {
        [
            "ledger",
            "book",
            "file",
            "--quarter",
            "2026Q3",
            "--from",
            "某县委编办",
            "--to",
            "某市委编办",
            "--document",
            document,
            "--stage",
            stage,
            "--by",
            "甲",
        ]
    };
    desk.refused(&file("filed", "市备1号"), 2, "forbidden-filing");
    desk.refused(&file("submitted", "县编1号"), 2, "no-book");
    let submit = [&file("submitted", "县编1号")[..], &["--book", path, "--on", "2026-10-20"]].concat();
    desk.done(&submit);
    let log = desk.log();
    desk.done(&submit);
    assert_eq!(desk.log(), log, "the same filing again adds nothing");
    desk.done(&file("returned", "市退1号"));
    desk.refused(&file("filed", "市备1号"), 2, "forbidden-filing");
    desk.done(&[&file("submitted", "县编2号")[..], &["--book", path]].concat());
    desk.done(&file("filed", "市备1号"));
    let lines = desk.json(&["ledger", "book", "filings", "--quarter", "2026Q3", "--json"]);
    let line = &lines["offices"][0];
    assert_eq!(
        (
            line["from"].as_str(),
            line["filing"]["stage"].as_str(),
            line["filing"]["document"].as_str(),
            line["days_late"].as_i64()
        ),
        (Some("某县委编办"), Some("filed"), Some("市备1号"), Some(5)),
        "late is counted to the first submission"
    );
    let next = desk.json(&["ledger", "book", "filings", "--quarter", "2026Q4", "--on", "2027-02-01", "--json"]);
    assert_eq!(
        (next["offices"][0]["filing"].clone(), next["offices"][0]["days_late"].as_i64()),
        (Value::Null, Some(17))
    );
    desk.ledger(&["verify"]);
}

#[test]
fn problems_stand_in_the_book_of_their_source_and_class_and_lead_back_to_their_events() {
    let desk = Desk::new();
    let text = "编号,事实,类别,存量或新增\nZC-1,擅自加挂牌子,violation.02,存量\n";
    std::fs::write(desk.path("self.csv"), text).expect("written");
    desk.ledger(&["import", "self.csv", "--source", "self_inspection", "--by", "甲"]);
    let month = desk.json(&["ledger", "show", "self_inspection-ZC-1", "--format", "json"]);
    let month = month["case"]["month"].as_str().expect("a month").to_owned();
    let own = desk.json(&["ledger", "book", "self-inspection", "--period", &month, "--format", "json"]);
    let row = &own["rows"][0];
    assert_eq!((own["rows"].as_array().map(Vec::len), row["case"].as_str()), (Some(1), Some("self_inspection-ZC-1")));
    assert_eq!(
        (row["item"]["zh"].as_str(), row["class"]["zh"].as_str()),
        (Some("擅自设立内设机构、加挂牌子"), Some("机构编制违规违纪"))
    );
    assert_eq!(row["is_new"], false, "as the unit said, though it is new in the ledger");

    let book = desk.json(&["ledger", "book", "problems", "--period", "2026-10", "--format", "json"]);
    let rows = book["rows"].as_array().expect("rows");
    let cases = desk.json(&["ledger", "list", "--format", "json", "--state", "open", "--source", "comparison"]);
    let cases = cases.as_array().expect("cases");
    let data = cases.iter().filter(|c| c["class"] == "data").count();
    assert!(data > 0 && rows.len() + data == cases.len(), "{} + {data} of {}", rows.len(), cases.len());
    assert_eq!(book["left_out"].as_u64(), Some(data as u64));
    let row = &rows[0];
    let shown = desk.json(&["ledger", "show", row["case"].as_str().expect("an id"), "--format", "json"]);
    assert_eq!(shown["case"]["events"], row["events"]);
    assert_eq!(
        row["event_numbers"].as_array().map(Vec::len),
        row["events"].as_u64().and_then(|n| usize::try_from(n).ok())
    );
    let to = desk.path("book.xlsx");
    desk.ledger(&[
        "book",
        "problems",
        "--period",
        "2026-10",
        "--format",
        "xlsx",
        "--to",
        to.to_str().expect("a path"),
        "--lang",
        "zh",
    ]);
    let sheet = &sheets(&to)[0].1;
    let header = sheet.iter().find(|r| r[0] == "序号").expect("a header");
    for title in ["编号", "类别", "来源", "存量/新增", "措施", "责任链", "时限", "证据", "追回", "回头看", "事件数"]
    {
        assert!(header.iter().any(|h| h == title), "{title} in {header:?}");
    }
    let csv = desk.ledger(&["book", "problems", "--period", "2026-10", "--format", "csv"]);
    assert_eq!(csv.lines().filter(|l| l.contains(",A-")).count(), rows.len());
    desk.refused(&["ledger", "book", "problems", "--format", "xlsx"], 2, "no-file");
}

#[test]
fn the_levels_of_the_pipeline_file_sign_before_acceptance_and_before_closing() {
    let desk = Desk::new();
    let pipeline = desk.path("pipelines/monthly.toml");
    let text = std::fs::read_to_string(&pipeline).expect("read");
    let section = "[ledger]\naccept_after = [\"supervisor\"]\nclose_after = [\"city\"]";
    std::fs::write(&pipeline, text.replacen("[ledger]\nurl", &format!("{section}\nurl"), 1)).expect("written");
    std::fs::write(desk.path("tips.csv"), "编号,事实,收到日期\nJB-9,反映某事,2020-01-02\n").expect("written");
    std::fs::write(desk.path("proof.pdf"), "signed").expect("written");
    desk.ledger(&["import", "tips.csv", "--source", "tip_off", "--by", "甲"]);
    let case = "tip_off-JB-9";
    for arguments in [
        vec!["check", case],
        vec!["verdict", case, "--is", "confirmed", "--why", "属实"],
        vec!["assign", case, "--document", "函1号", "--owner", "李四", "--measure", "清理"],
        vec!["update", case, "--why", "已清理"],
        vec!["request-close", case, "--evidence", "proof.pdf", "--level", "unit"],
    ] {
        desk.ledger(&[&arguments[..], &["--by", "甲"]].concat());
    }
    desk.refused(&["ledger", "accept", case, "--by", "丙"], 2, "levels-missing");
    desk.refused(&["ledger", "endorse", case, "--level", "city", "--by", "乙"], 2, "wrong-level");
    desk.ledger(&["endorse", case, "--level", "supervisor", "--document", "某教函3号", "--by", "乙"]);
    desk.ledger(&["accept", case, "--by", "丙"]);
    desk.refused(&["ledger", "close", case, "--by", "丁"], 2, "levels-missing");
    desk.ledger(&["endorse", case, "--level", "city", "--by", "戊"]);
    desk.ledger(&["close", case, "--by", "丁"]);
    let shown = desk.ledger(&["show", case, "--lang", "en"]);
    for word in ["ST6 closed", "supervisor 乙", "某教函3号", "city 戊"] {
        assert!(shown.contains(word), "{word} in {shown}");
    }
    std::fs::write(
        &pipeline,
        text.replacen("[ledger]", "[ledger]\naccept_after = [\"a\", \"a\"]\nclose_after = [\"a\"]", 1),
    )
    .expect("written");
    let output = desk.command(&["ledger", "list"]).output().expect("started");
    let error = crate::office::error_of(&output);
    assert_eq!(output.status.code(), Some(2));
    assert!(error.contains("accept_after") && error.contains("close_after"), "{error}");
}
