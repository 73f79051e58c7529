//! Findings that a verdict keeps quiet are told as such by the verbs that run rules again.

use serde_json::Value;

use super::{Desk, copy};

#[test]
fn rules_run_again_say_which_of_their_findings_a_verdict_keeps_quiet() {
    let desk = Desk::new();
    let cases = desk.json(&["ledger", "list", "--state", "open", "--rule", "P02", "--format", "json"]);
    let case = &cases[0];
    let id = case["case"].as_str().expect("a death paid for is planted");
    let person = case["person_key"].as_str().expect("a person");
    // Folders with that rule alone, with another alone, and with the rule saying another severity.
    let rules = desk.path("pipelines/rules");
    let (p02, p03) = ("paid_but_absent/P02_pay_after_death.sql", "paid_but_absent/P03_pay_after_leaving.sql");
    for (folder, rule) in [("alone", p02), ("without", p03), ("milder", p02)] {
        let to = desk.path(folder);
        std::fs::create_dir_all(to.join("paid_but_absent")).expect("a folder");
        for file in ["laws.toml", rule] {
            std::fs::copy(rules.join(file), to.join(file)).expect("copied");
        }
    }
    let milder = desk.path("milder").join(p02);
    let text = std::fs::read_to_string(&milder).expect("read");
    std::fs::write(&milder, text.replace("severity = \"S1\"", "severity = \"S3\"")).expect("written");
    let changes = |new: &str| -> Vec<Value> {
        let all = desk.json(&["diff", "--rules", "alone", new, "--months", "1", "--format", "json"]);
        all.as_array().expect("changes").clone()
    };
    let ask = || desk.done(&["explain", "P02", "--dir", "alone", "--not", "--person", person, "--lang", "en"]);

    let before = changes("without");
    assert!(before.iter().any(|c| c["anomaly_id"] == id) && before.iter().all(|c| c["quiet"].is_null()), "{before:?}");
    let told = ask();
    assert!(told.contains("does report it") && !told.contains("quiet"), "{told}");

    desk.ledger(&["check", id, "--by", "甲"]);
    desk.ledger(&["verdict", id, "--is", "not", "--reason", "timing", "--by", "甲", "--why", "已核对"]);
    let log = desk.log();
    let events = log.lines().map(|l| serde_json::from_str::<Value>(l).expect("JSON"));
    let event = events.into_iter().find(|e| e["case"] == id && e["what"] == "reject").expect("the verdict");
    let (seq, day) = (event["seq"].as_i64().expect("a number"), event["day"].as_str().expect("a day").to_owned());
    for change in changes("without") {
        let quiet = &change["quiet"];
        if change["anomaly_id"] == id {
            assert_eq!(quiet, &serde_json::json!({"since": day, "reason": "timing", "event": seq}));
        } else {
            assert!(quiet.is_null(), "{change}");
        }
    }
    let words =
        format!("quiet since {day}: verdict \"not confirmed\" (the registers were of different days) by event {seq}");
    let told = ask();
    assert!(told.contains(id) && told.contains(&words), "{words} in {told}");
    let chinese = desk.done(&["explain", "P02", "--dir", "alone", "--not", "--person", person, "--lang", "zh"]);
    assert!(chinese.contains(&format!("自 {day} 起静默:台账第 {seq} 号事件认定不属实")), "{chinese}");
    let table = |more: &[&str]| {
        desk.done(&[&["diff", "--rules", "alone", "without", "--months", "1", "--lang", "en"], more].concat())
    };
    let told = table(&[]);
    assert!(told.contains("1 of them are quiet; no run publishes them:") && told.contains(&words), "{told}");
    let csv = table(&["--format", "csv"]);
    let lines: Vec<&str> = csv.lines().filter(|l| l.contains("quiet since")).collect();
    assert!(lines.len() == 1 && lines[0].contains(id), "{csv}");

    // Other facts were never judged: a finding of another severity is not quiet.
    let other = changes("milder");
    let now = other.iter().find(|c| c["anomaly_id"] == id).expect("another severity");
    assert_eq!((now["change"].as_str(), &now["quiet"]), (Some("other severity"), &Value::Null));

    // A ledger of another folder says nothing of this one.
    copy(&desk.path("out"), &desk.path("elsewhere"));
    let elsewhere = desk.done(&[
        "explain",
        "P02",
        "--dir",
        "alone",
        "--not",
        "--person",
        person,
        "--lang",
        "en",
        "--out",
        "elsewhere",
    ]);
    assert!(elsewhere.contains("does report it") && !elsewhere.contains("quiet"), "{elsewhere}");
}
