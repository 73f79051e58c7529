//! `hedui gate`: decisions, waivers, posts.

use serde_json::Value;

use super::{Desk, docx_text, troubled};

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

/// A tip-off on a unit, confirmed and given to somebody: cases without a rule need no proof by the data.
fn tip(desk: &Desk, unit: &str, severity: &str) -> String {
    let text = format!("编号,事实,单位,级别,收到日期\nGT-1,反映擅自加挂牌子,{unit},{severity},2020-01-02\n");
    std::fs::write(desk.path("tips.csv"), text).expect("written");
    desk.ledger(&["import", "tips.csv", "--source", "tip_off", "--by", "甲"]);
    let case = "tip_off-GT-1".to_owned();
    desk.ledger(&["check", &case, "--by", "甲", "--on", "2020-01-03"]);
    desk.ledger(&["verdict", &case, "--is", "confirmed", "--why", "属实", "--by", "甲", "--on", "2020-01-04"]);
    case
}

/// An active unit that nothing grave is open at.
fn quiet_unit(desk: &Desk) -> String {
    let sql = "SELECT unit_key FROM units WHERE unit_status = 'active' AND unit_key NOT IN \
        (SELECT unit_key FROM anomalies WHERE unit_key IS NOT NULL) ORDER BY unit_key LIMIT 1";
    desk.json(&["query", "--format", "json", sql])[0]["unit_key"].as_str().expect("a unit").to_owned()
}

#[test]
fn closing_a_case_has_the_suspended_matters_of_its_unit_looked_at_again_and_logged() {
    let desk = Desk::new();
    let unit = quiet_unit(&desk);
    let case = tip(&desk, &unit, "S2");
    assert_eq!(desk.json(&gate(&unit, &["--depth", "0", "--format", "json"]))["decision"], "suspend");
    let assign = ["assign", &case, "--document", "函1号", "--owner", "李四", "--measure", "摘牌", "--by", "甲"];
    desk.ledger(&[&assign[..], &["--on", "2020-01-06"]].concat());
    std::fs::write(desk.path("proof.jpg"), "photo").expect("written");
    let close =
        ["close", &case, "--at-once", "--evidence", "proof.jpg", "--by", "乙", "--on", "2020-01-08", "--lang", "en"];
    let told = desk.ledger(&close);
    assert!(told.contains("suspended G-") && told.contains("would now be PASS, check it anew"), "{told}");
    let log = desk.log();
    let look = log.lines().map(|l| serde_json::from_str::<Value>(l).expect("JSON"));
    let look: Vec<Value> = look.filter(|e| e["case"].as_str().is_some_and(|c| c.starts_with("recheck:G-"))).collect();
    assert_eq!((look.len(), look[0]["body"]["now"].as_str()), (1, Some("pass")), "{look:?}");
    assert_eq!(look[0]["body"]["closed"], serde_json::json!([case]));
    // The first decision stands until somebody checks the matter anew.
    assert_eq!(desk.json(&["gate", "suspended", "--json"])[0]["now"], "pass");
    desk.ledger(&["verify"]);
}

#[test]
fn the_last_step_of_the_ladder_suspends_whatever_the_severity_until_the_deadline_is_extended() {
    let desk = Desk::new();
    let unit = quiet_unit(&desk);
    let case = tip(&desk, &unit, "S3");
    let assign = ["assign", &case, "--document", "函1号", "--owner", "李四", "--measure", "摘牌", "--by", "甲"];
    desk.ledger(&[&assign[..], &["--on", "2020-01-06", "--due", "2020-02-01"]].concat());
    let check = || desk.json(&gate(&unit, &["--depth", "0", "--format", "json", "--dry-run"]));
    assert_eq!(check()["decision"], "pass", "S3 alone holds nothing up");
    for (on, step) in [
        ("2020-02-01", None),
        ("2020-02-02", Some("phone")),
        ("2020-02-08", Some("written")),
        ("2020-02-16", Some("letter")),
        ("2020-03-02", Some("second_letter")),
        ("2020-03-17", Some("circular")),
        ("2020-04-01", Some("suspend")),
    ] {
        let due = desk.json(&["ledger", "overdue", "--on", on, "--unit", &unit, "--format", "json"]);
        let due = due.as_array().expect("cases").iter().find(|c| c["case"] == case.as_str()).cloned();
        assert_eq!(due.and_then(|c| c["step_due"].as_str().map(str::to_owned)).as_deref(), step, "{on}");
        if let Some(step) = step {
            desk.ledger(&["update", &case, "--step", step, "--document", "督1号", "--by", "甲", "--on", on]);
        }
    }
    let checked = check();
    assert_eq!(
        (checked["decision"].as_str(), checked["reasons"][0]["code"].as_str()),
        (Some("suspend"), Some("suspended-by-ladder"))
    );
    let extend = ["extend", &case, "--due", "2099-01-31", "--document", "批1号", "--why", "经批准", "--by", "甲"];
    desk.ledger(&extend);
    assert_eq!(check()["decision"], "pass", "an approved extension begins the ladder anew");
}
