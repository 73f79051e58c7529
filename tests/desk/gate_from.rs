//! `hedui gate check --from`: a file of matters is decided as each of its lines by itself.

use hedui::desk::ask::Asking;
use hedui::desk::gate::{Gate, Matter, Request};
use hedui::desk::units::Units;
use hedui::ledger::{Missing, Place, Store};
use serde_json::Value;

use super::{Desk, docx_text, troubled};

/// Every matter that the gate knows, so that every figure is asked for.
fn matters() -> Vec<Matter> {
    let entry = |kind: &str, people| Matter::Entry { quota_type: kind.to_owned(), people };
    let leader = |scope: &str, level: &str, class: &str| Matter::Leader {
        scope: scope.to_owned(),
        level: level.to_owned(),
        class: class.to_owned(),
        people: 1,
    };
    let mut all: Vec<Matter> = ["administrative", "police", "institution", "civil_service_like", "worker"]
        .into_iter()
        .flat_map(|kind| [entry(kind, 1), entry(kind, 9)])
        .collect();
    all.extend([leader("leadership", "section", "deputy"), leader("section", "staff", "chief")]);
    all.extend([Matter::NewUnit { name: "某中心".to_owned() }, Matter::Rank { to: "division".to_owned() }]);
    all
}

fn requests(unit: &str, depth: u32) -> Vec<Request> {
    let request = |matter| Request {
        unit: unit.to_owned(),
        matter,
        application: String::new(),
        period: None,
        depth,
        waiver: None,
        day: 20_780,
    };
    matters().into_iter().map(request).collect()
}

#[test]
fn all_units_at_once_are_answered_as_each_by_itself() {
    let desk = Desk::new();
    let (unit, case) = troubled(&desk);
    desk.ledger(&["check", &case, "--by", "甲"]);
    desk.ledger(&["verdict", &case, "--is", "confirmed", "--why", "属实", "--by", "甲"]);
    let mut asking = Asking::open(&desk.path("out"), None).expect("published");
    let units = Units::read(&mut asking).expect("read");
    let ledger = Place::Sqlite(desk.path("ledger/hedui.sqlite")).open(Missing::Refuse).expect("a ledger");
    let mut decisions = std::collections::BTreeMap::new();
    for store in [Some(&ledger as &dyn Store), None] {
        let all: Vec<Request> = units.list.iter().flat_map(|u| requests(&u.key, 1)).collect();
        let many = Gate::open(&mut asking, &units, store, &all).expect("opened");
        // What the ledger adds is asked unit by unit either way: a few of them will do.
        let alone = all.chunks(matters().len()).enumerate();
        for (_, of) in alone.filter(|(at, of)| store.is_none() || at % 6 == 0 || of[0].unit == unit) {
            let one = Gate::open(&mut asking, &units, store, of).expect("opened");
            for request in of {
                let json =
                    |gate: &Gate<'_>| serde_json::to_string(&gate.check(request).expect("decided")).expect("JSON");
                let (together, alone) = (json(&many), json(&one));
                assert_eq!(together, alone, "{request:?}");
                let told: Value = serde_json::from_str(&alone).expect("JSON");
                *decisions.entry(told["decision"].to_string()).or_insert(0) += 1;
                assert!(request.unit != unit || store.is_none() || told["decision"] == "suspend");
            }
        }
    }
    assert!(decisions.len() > 1, "units of all kinds: {decisions:?}");
}

/// A unit by key, its name, and a type of own posts that it has.
fn units_with_posts(desk: &Desk, n: usize) -> Vec<(String, String, String)> {
    let sql = format!(
        "SELECT q.unit_key, MIN(u.unit_name) AS unit_name, MIN(q.quota_type) AS quota_type FROM canonical_quotas q \
         JOIN units u ON u.unit_key = q.unit_key WHERE q.bucket = 'own' AND q.valid_to_day_min IS NULL \
         GROUP BY q.unit_key ORDER BY q.unit_key LIMIT {n}"
    );
    let rows = desk.json(&["query", "--format", "json", &sql]);
    let text = |row: &Value, column: &str| row[column].as_str().expect("a text").to_owned();
    let rows = rows.as_array().expect("rows").iter();
    rows.map(|r| (text(r, "unit_key"), text(r, "unit_name"), text(r, "quota_type"))).collect()
}

fn zh(kind: &str) -> &str {
    match kind {
        "administrative" => "行政编制",
        "police" => "政法",
        "institution" => "事业",
        "civil_service_like" => "参公",
        other => other,
    }
}

#[test]
fn a_file_of_matters_gives_the_decisions_of_single_calls_and_logs_them_as_they_do() {
    let desk = Desk::new();
    let units = units_with_posts(&desk, 3);
    let [(a, a_name, kind), (b, ..), (c, ..)] = &units[..] else { panic!("three units") };
    let header = "单位,事项,人数,编制类型,职务层次,正副职,新机构名称,申请文号,豁免情形,豁免批准人,豁免有效期";
    let lines = [
        format!("{a},进人,２人,{},,,,甲〔2026〕1号,,,", zh(kind)),
        format!("{b},leader,1,,正科级,副职,,,政策性安置,王主任,2099/12/31"),
        format!("{c},设立机构,,,,,某服务中心,,,,"),
        format!("{a},rank,,,副处,,,,,,"),
    ];
    std::fs::write(desk.path("matters.csv"), format!("{header}\n{}\n,,,,,,,,,,\n", lines.join("\n"))).expect("written");
    let from = ["gate", "check", "--from", "matters.csv", "--format", "json", "--by", "甲"];
    let told = desk.json(&[&from[..], &["--dry-run"]].concat());
    let single = |unit: &str, more: &[&str]| {
        desk.json(&[&["gate", "check", unit, "--format", "json", "--by", "甲", "--dry-run"], more].concat())
    };
    let alone = [
        single(a_name, &["--matter", "entry", "--type", kind, "--people", "2", "--application", "甲〔2026〕1号"]),
        single(
            b,
            &[
                "--matter",
                "leader",
                "--level",
                "section",
                "--class",
                "deputy",
                "--waive",
                "policy_placement",
                "--approver",
                "王主任",
                "--until",
                "2099-12-31",
            ],
        ),
        single(c, &["--matter", "new-unit", "--name", "某服务中心"]),
        single(a, &["--matter", "rank", "--level", "deputy_division"]),
    ];
    let decisions = told["decisions"].as_array().expect("decisions");
    assert_eq!(decisions.len(), 4, "an empty row is none");
    let mut counted = [0; 3];
    for (at, (line, alone)) in decisions.iter().zip(&alone).enumerate() {
        let mut line = line.as_object().expect("an object").clone();
        assert_eq!((line.remove("row"), line.remove("logged")), (Some((at + 2).into()), Some(Value::Null)));
        assert_eq!(&Value::Object(line), alone, "{at}");
        let kinds = ["pass", "pass_with_statement", "suspend"];
        counted[kinds.iter().position(|k| alone["decision"] == *k).expect("a decision")] += 1;
    }
    let summary = ["pass", "pass_with_statement", "suspend"].map(|k| told["summary"][k].as_i64().expect("a count"));
    assert_eq!(summary, counted);

    // Logged as by single calls: one of them beforehand, so that the file adds three.
    let before = desk.log().lines().count();
    desk.done(&["gate", "check", c, "--matter", "new-unit", "--name", "某服务中心", "--by", "甲"]);
    let logged = desk.json(&from);
    let flags: Vec<bool> =
        logged["decisions"].as_array().expect("lines").iter().map(|l| l["logged"].as_bool().expect("said")).collect();
    assert_eq!(flags, [true, true, false, true]);
    let log = desk.log();
    assert_eq!(log.lines().count(), before + 4);
    for line in &alone {
        assert!(log.contains(&format!("\"case\":\"gate:{}\"", line["number"].as_str().expect("a number"))));
    }
    desk.json(&from);
    assert_eq!(desk.log(), log, "the same file on the same day adds nothing");
    let english = desk.done(&["gate", "check", "--from", "matters.csv", "--by", "甲", "--lang", "en"]);
    assert!(
        english.contains("4 in all") && english.contains("0 logged in the ledger, 4 the same as before"),
        "{english}"
    );
    let chinese = desk.done(&["gate", "check", "--from", "matters.csv", "--dry-run", "--lang", "zh"]);
    assert!(chinese.contains("机构编制事项预审一览表") && chinese.contains("共 4 项"), "{chinese}");
    desk.ledger(&["verify"]);
}

#[test]
fn every_bad_line_is_told_with_its_place_and_nothing_is_logged() {
    let desk = Desk::new();
    let units = units_with_posts(&desk, 1);
    let (unit, _, kind) = &units[0];
    let rows = [
        format!("没有这个单位,进人,1,{kind},,,,"),
        format!("{unit},进人,,{kind},,,,"),
        format!("{unit},进人,零,事业编,,,,"),
        format!("{unit},出国,1,,,,,"),
        format!("{unit},配备领导,1,,正科级,,,"),
        format!("{unit},调整规格,,,副处,,因为,"),
        format!("{unit},调整规格,,,副处,,emergency,2020-01-01"),
        format!("{unit},设立机构,1"),
        format!("{unit},进人,1,{kind},,,,"),
        format!("{unit},entry,１,{},,,,", zh(kind)),
    ];
    let header = "单位,事项,人数,编制类型,职务层次,正副职,豁免情形,豁免有效期";
    std::fs::write(desk.path("bad.csv"), format!("{header}\n{}\n", rows.join("\n"))).expect("written");
    let output = desk.refused(&["gate", "check", "--from", "bad.csv", "--by", "甲"], 3, "unknown-unit");
    let error = crate::office::error_of(&output);
    for (place, slug) in [
        ("bad.csv row 2, column 单位 (A)", "unknown-unit"),
        ("bad.csv row 3, column 人数 (C)", "missing-value"),
        ("bad.csv row 4, column 编制类型 (D)", "unknown-code"),
        ("bad.csv row 4, column 人数 (C)", "bad-number"),
        ("bad.csv row 5, column 事项 (B)", "unknown-matter"),
        ("bad.csv row 6, column 正副职 (F)", "missing-value"),
        ("bad.csv row 7, column 豁免情形 (G)", "waiver-ground"),
        ("bad.csv row 8:", "waiver-approver"),
        ("bad.csv row 9:", "cells"),
        ("bad.csv row 11:", "duplicate"),
    ] {
        let line = error.lines().find(|l| l.starts_with(place) && l.contains(slug));
        assert!(line.is_some(), "{place} {slug} in {error}");
    }
    for (text, slug) in [
        ("单位,事项\n", "no-rows"),
        ("单位,人数\n甲,1\n", "missing-column"),
        ("单位,事项,事项类型\n", "duplicate-column"),
        ("单位,事项,备注\n", "unknown-column"),
    ] {
        std::fs::write(desk.path("bad.csv"), text).expect("written");
        desk.refused(&["gate", "check", "--from", "bad.csv", "--by", "甲"], 3, slug);
    }
    desk.refused(&["gate", "check", "--from", "none.csv", "--by", "甲"], 2, "file-unreadable");
    desk.refused(&["gate", "check", "--from", "bad.csv"], 2, "no-name");
    desk.refused(&["gate", "check", "--from", "bad.csv", "--by", "甲", "--format", "xlsx"], 2, "no-file");
    desk.refused(
        &["gate", "check", unit, "--matter", "rank", "--level", "staff", "--by", "甲", "--format", "csv"],
        2,
        "no-list",
    );
}

#[test]
fn a_workbook_of_matters_comes_back_as_a_workbook_and_as_sheets_and_the_worst_decision_is_the_exit_code() {
    let desk = Desk::new();
    let (unit, case) = troubled(&desk);
    desk.ledger(&["check", &case, "--by", "甲"]);
    desk.ledger(&["verdict", &case, "--is", "confirmed", "--why", "属实", "--by", "甲"]);
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet().set_name("十一月").expect("named");
    sheet.write_string(0, 0, "某市编办预审申请").expect("written");
    for (column, title) in (0..).zip(["单位", "事项", "新规格", "下属层数"]) {
        sheet.write_string(2, column, title).expect("written");
    }
    for (column, cell) in (0..).zip([unit.as_str(), "调整规格", "正科"]) {
        sheet.write_string(3, column, cell).expect("written");
    }
    sheet.write_number(3, 3, 0).expect("written");
    sheet.write_string(4, 0, "没有这个单位").expect("written");
    sheet.write_string(4, 1, "调整规格").expect("written");
    sheet.write_string(4, 2, "正科").expect("written");
    book.save(desk.path("matters.xlsx")).expect("saved");
    let from = ["gate", "check", "--from", "matters.xlsx", "--by", "甲", "--lang", "zh"];
    let output = desk.refused(&from, 3, "unknown-unit");
    let error = crate::office::error_of(&output);
    assert!(error.contains("matters.xlsx [十一月] row 5, column 单位 (A)"), "{error}");

    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0..).zip([["单位", "事项", "规格"], [unit.as_str(), "调整规格", "正科"]]) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(row, column, cell).expect("written");
        }
    }
    book.save(desk.path("matters.xlsx")).expect("saved");
    let coded = |more: &[&str]| {
        let output = desk.command(&[&from[..], more].concat()).output().expect("started");
        (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"))
    };
    let (code, told) = coded(&["--fail-on-suspend", "--format", "xlsx", "--to", "list.xlsx"]);
    assert_eq!(code, Some(8), "{told}");
    assert!(told.contains("已写入 list.xlsx") && told.contains("1 项已记入台账"), "{told}");
    let mut archive =
        zip::ZipArchive::new(std::fs::File::open(desk.path("list.xlsx")).expect("a file")).expect("a workbook");
    let mut strings = String::new();
    std::io::Read::read_to_string(&mut archive.by_name("xl/sharedStrings.xml").expect("texts"), &mut strings)
        .expect("UTF-8");
    assert!(["机构编制事项预审一览表", "暂停受理", "汇总"].iter().all(|w| strings.contains(w)), "{strings}");

    let (code, told) = coded(&["--format", "docx", "--to", "sheets"]);
    assert_eq!(code, Some(0), "{told}");
    let made: Vec<_> =
        std::fs::read_dir(desk.path("sheets")).expect("a folder").map(|e| e.expect("a file").path()).collect();
    assert_eq!(made.len(), 1);
    assert!(docx_text(&made[0]).contains("机构编制事项预审表"));
    let (_, csv) = coded(&["--format", "csv"]);
    assert!(csv.starts_with("行,编号,单位,事项,申请文号,预审意见,理由\n2,G-"), "{csv}");
}
