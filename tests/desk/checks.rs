//! Random checks.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Desk;
use crate::office::{error_of, hedui};

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
    // Whatever it was drawn by is in its number: even what draws the same cannot be changed.
    for (from, to) in [("\"percent\": 30", "\"percent\": 31"), ("福彩网", "体彩网")] {
        std::fs::write(&spoiled, text.replacen(from, to, 1)).expect("written");
        assert_eq!(verify(&spoiled).status.code(), Some(4), "{to}");
    }

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

    let year = drawn["list"]["year"].as_i64().expect("a year").to_string();
    let covered = desk.json(&["ledger", "inspection", "coverage", "--year", &year, "--json"]);
    let total = &covered["total"];
    let count = |key: &str| total[key].as_u64().expect("n");
    assert_eq!([count("units"), count("drawn"), count("checked"), count("problems")], [listed, n, 2, 1]);
    assert_eq!(count("missing"), (listed * 30).div_ceil(100) - 2);
    let waiting = covered["waiting"].as_array().expect("drawn, without a result");
    assert_eq!(waiting.len() as u64, n - 2);
    assert!(waiting.iter().all(|w| w["key"] != key && w["key"] != clean));
    let low = desk.command(&["ledger", "inspection", "coverage", "--year", &year, "--fail-on-low"]);
    let low = { low }.output().expect("started");
    assert_eq!(low.status.code(), Some(8));

    // What was drawn this year is not drawn again, and a list that was changed is not drawn from.
    desk.ledger(&["freeze-list", "--to", &list, "--by", "甲"]);
    let frozen = std::fs::read_to_string(&list).expect("read");
    assert_eq!(frozen.matches("\"drawn_before\": true").count() as u64, n);
    std::fs::write(&list, frozen.replacen("\"tickets\": 1", "\"tickets\": 1000", 1)).expect("written");
    let changed = draw("2026140");
    desk.refused(&changed.iter().map(String::as_str).collect::<Vec<_>>(), 2, "list-not-frozen");
    desk.ledger(&["verify"]);
}
