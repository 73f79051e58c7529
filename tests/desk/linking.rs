//! Tip-offs and transfers: linked where it is certain, proposed where it is likely, kept as written where nothing fits.

use serde_json::Value;

use super::Desk;

#[test]
fn tip_offs_from_a_workbook_are_linked_proposed_or_kept_and_a_person_confirms() {
    let desk = Desk::new();
    let sql = "SELECT unit_key, unit_name, unit_code FROM units WHERE unit_status = 'active' AND unit_code IS NOT NULL ORDER BY unit_key";
    let units = desk.json(&["query", "--format", "json", sql]);
    let unit = |n: usize, column: &str| units[n][column].as_str().expect("a unit").to_owned();
    let sql = "SELECT person_key, person_name, register_unit_key FROM persons WHERE register_unit_key IS NOT NULL ORDER BY person_key";
    let person = desk.json(&["query", "--format", "json", sql])[0].clone();
    let text = |column: &str| person[column].as_str().expect("a person").to_owned();
    // The published name is masked: a name of the same surname and length is only likely.
    let name: String = text("person_name").chars().map(|c| if c == '*' { '某' } else { c }).collect();
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "12310举报登记簿").expect("written");
    let code = unit(0, "unit_code");
    let rows = [
        vec!["编号", "事实", "单位", "姓名", "收到日期"],
        vec!["T-1", "反映空挂", code.as_str(), "", "2026-11-02"],
        vec!["T-2", "反映人员长期不在岗", "", "", "2026-11-02"],
        vec!["T-3", "反映超编", "某市不存在的单位", "", "2026-11-03"],
    ];
    for (r, row) in (1..).zip(&rows) {
        for (c, cell) in (0..).zip(row).filter(|(_, t)| !t.is_empty()) {
            sheet.write_string(r, c, *cell).expect("written");
        }
    }
    let key = text("register_unit_key");
    let fact = format!("{name}(身份证11010519491231002X)长期不在岗");
    for (column, cell) in [(1, fact.as_str()), (2, key.as_str()), (3, name.as_str())] {
        sheet.write_string(3, column, cell).expect("written");
    }
    book.save(desk.path("tips.xlsx")).expect("saved");
    let told = desk.ledger(&["import", "tips.xlsx", "--source", "tip_off", "--by", "甲", "--lang", "en"]);
    assert!(told.contains("3 cases opened") && told.contains("[Sheet1] row 5 某市不存在的单位"), "{told}");
    assert!(told.contains("1 with a unit or person to be confirmed by hedui ledger link: tip_off-T-2"), "{told}");
    let log = desk.log();
    assert!(
        !log.contains(&name) && !log.contains("11010519491231002X") && log.contains("110105********002X"),
        "no raw name or number is kept"
    );

    let case = |id: &str| desk.json(&["ledger", "show", id, "--format", "json"])["case"].clone();
    assert_eq!(case("tip_off-T-1")["unit_key"], unit(0, "unit_key").as_str());
    let waiting = desk.json(&["ledger", "link", "--format", "json"]);
    let waiting: Vec<&Value> = waiting.as_array().expect("cases").iter().collect();
    assert_eq!(
        waiting.iter().map(|w| w["case"].as_str().expect("an id")).collect::<Vec<_>>(),
        ["tip_off-T-2", "tip_off-T-3"]
    );
    let proposed = waiting[0]["proposed"].as_array().expect("proposals");
    assert!(proposed.iter().any(|p| p["key"] == text("person_key").as_str() && p["kind"] == "person"), "{proposed:?}");
    assert_eq!(case("tip_off-T-2")["person_key"], Value::Null, "likely is not certain");

    desk.refused(&["ledger", "link", "tip_off-T-2", "--by", "甲"], 2, "nothing-to-link");
    desk.refused(&["ledger", "link", "tip_off-T-2", "--person", "P-none", "--by", "甲"], 2, "unknown-person");
    desk.refused(&["ledger", "link", "tip_off-T-3", "--unit", "没有这个", "--by", "甲"], 2, "unknown-unit");
    desk.ledger(&["link", "tip_off-T-2", "--person", &text("person_key"), "--by", "甲"]);
    desk.ledger(&["link", "tip_off-T-3", "--unit", &unit(1, "unit_key"), "--by", "甲"]);
    assert_eq!(case("tip_off-T-2")["person_key"], text("person_key").as_str());
    assert_eq!(
        (case("tip_off-T-3")["unit_key"].as_str(), case("tip_off-T-3")["unit_name"].as_str()),
        (Some(unit(1, "unit_key").as_str()), Some(unit(1, "unit_name").as_str()))
    );
    let listed =
        desk.json(&["ledger", "list", "--unit", &unit(1, "unit_key"), "--source", "tip_off", "--format", "json"]);
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "it stands with the unit's cases now");
    assert_eq!(desk.json(&["ledger", "link", "--format", "json"]), serde_json::json!([]));
    desk.ledger(&["rebuild"]);
    desk.ledger(&["verify"]);
}

#[test]
fn transfers_out_and_in_are_listed_with_what_is_overdue_until_a_reply_is_written_down() {
    let desk = Desk::new();
    std::fs::write(
        desk.path("in.csv"),
        "编号,事实,移送机关,文号,回复期限,收到日期\nYS-1,审计发现超职数,市审计局,审移1号,2026-02-01,2026-01-05\n",
    )
    .expect("written");
    desk.ledger(&["import", "in.csv", "--source", "transfer_in", "--by", "甲"]);
    std::fs::write(desk.path("bad.csv"), "编号,事实\nYS-2,无来函\n").expect("written");
    desk.refused(&["ledger", "import", "bad.csv", "--source", "transfer_in", "--by", "甲"], 3, "passed-on");
    std::fs::write(desk.path("tips.csv"), "编号,事实,收到日期\nYC-1,非机构编制线索,2026-01-05\n").expect("written");
    desk.ledger(&["import", "tips.csv", "--source", "tip_off", "--by", "甲"]);
    desk.ledger(&["check", "tip_off-YC-1", "--by", "甲", "--on", "2026-01-06"]);
    let out = [
        "transfer",
        "tip_off-YC-1",
        "--to",
        "市审计局",
        "--document",
        "移字1号",
        "--reply-by",
        "2026-03-01",
        "--by",
        "甲",
        "--on",
        "2026-01-07",
    ];
    desk.ledger(&out);
    let list = |more: &[&str]| desk.json(&[&["ledger", "transfers", "--format", "json"], more].concat());
    let all = list(&["--on", "2026-02-10"]);
    let row = |all: &Value, case: &str| {
        all.as_array().expect("rows").iter().find(|r| r["case"] == case).cloned().expect("listed")
    };
    let (came, went) = (row(&all, "transfer_in-YS-1"), row(&all, "tip_off-YC-1"));
    assert_eq!(
        (came["way"].as_str(), came["authority"].as_str(), came["days_overdue"].as_i64()),
        (Some("in"), Some("市审计局"), Some(9))
    );
    assert_eq!(
        (went["way"].as_str(), went["document"].as_str(), went["days_overdue"].as_i64()),
        (Some("out"), Some("移字1号"), None)
    );
    assert_eq!(list(&["--overdue", "--on", "2026-02-10"]).as_array().map(Vec::len), Some(1));
    desk.ledger(&["update", "transfer_in-YS-1", "--reply", "复字7号", "--by", "甲"]);
    assert_eq!(
        list(&["--overdue", "--on", "2026-03-11"])[0]["case"],
        "tip_off-YC-1",
        "ours was answered, theirs is ten days late"
    );
    assert_eq!(list(&["--overdue", "--on", "2026-03-11"])[0]["days_overdue"].as_i64(), Some(10));
    desk.ledger(&["update", "tip_off-YC-1", "--reply", "审复2号", "--by", "甲"]);
    assert_eq!(list(&["--overdue", "--on", "2026-03-11"]), serde_json::json!([]));
    assert_eq!(row(&list(&[]), "tip_off-YC-1")["reply"], "审复2号");
}
