//! The ledger from outside: what may happen to a case, what may not, and what nobody can do to the events unseen.

use std::path::Path;

use serde_json::json;

use super::body::{Observation, OfRun, Opening};
use super::event::{body, day_of};
use super::*;
use crate::error::Fault;
use crate::kernel::dates::Month;

const AT: &str = "2026-11-05T02:31:07Z";

pub(super) fn day(text: &str) -> i32 {
    day_of(text).expect("a day")
}

pub(super) fn store(folder: &Path) -> SqliteStore {
    SqliteStore::open(&folder.join("ledger.sqlite"), Missing::Make).expect("opened")
}

pub(super) fn settings() -> Settings {
    Settings {
        calendar: calendar::Calendar::built_in().expect("sound"),
        classes: classes::Classes::built_in().expect("sound"),
        ..Settings::default()
    }
}

fn event(case: &str, what: Move, on: &str, content: serde_json::Value) -> NewEvent {
    let month = Month::parse(&on[..7]).expect("a month");
    NewEvent {
        case: case.to_owned(),
        what,
        at: AT.to_owned(),
        day: day(on),
        month,
        who: "程序".to_owned(),
        why: "月度核对".to_owned(),
        file: None,
        body: content,
    }
}

fn observation(period: &str) -> Observation {
    Observation {
        period: period.to_owned(),
        run: format!("{period}-run"),
        fingerprint: "f1".to_owned(),
        severity: "S1".to_owned(),
        measure: Some(3.0),
        amount: Some(120_000),
        ..Observation::default()
    }
}

fn opening(rule: Option<&str>) -> Opening {
    Opening {
        source: "comparison".to_owned(),
        rule: rule.map(str::to_owned),
        class: "pay".to_owned(),
        severity: "S1".to_owned(),
        unit_key: Some("U1".to_owned()),
        unit_name: Some("某市\"某\"局\n".to_owned()),
        fact_zh: "已死亡仍发工资".to_owned(),
        due: Some("2026-11-19".to_owned()),
        seen: rule.map(|_| observation("2026-10")),
        ..Opening::default()
    }
}

fn open(store: &mut SqliteStore, case: &str, rule: Option<&str>) {
    let event = event(case, Move::Open, "2026-11-05", body(&opening(rule)).expect("JSON"));
    store.append(&[event], &[]).expect("opened");
}

pub(super) fn by(who: &str, on: &str) -> By {
    By { who: who.to_owned(), at: AT.to_owned(), day: day(on) }
}

fn file() -> Option<FileRef> {
    Some(FileRef { name: "停发通知.pdf".to_owned(), sha256: "ab".repeat(32) })
}

/// A form in which every guard finds what it asks for.
pub(super) fn full(on: i32) -> Form {
    let text = |t: &str| Some(t.to_owned());
    Form {
        why: "理由".to_owned(),
        file: file(),
        reason_code: text("timing"),
        document: text("某编办函〔2026〕1号"),
        due: Some(on + 300),
        owner: text("张某"),
        measure: text("停发并追回"),
        to: text("纪委"),
        reply_by: Some(on + 30),
        targets: vec![(on + 200, "减2名".to_owned())],
        step: text("phone"),
        latest_period: "2026-10".to_owned(),
        ..Form::default()
    }
}

pub(super) fn step(store: &mut SqliteStore, id: &str, what: Move, who: &str, on: &str) -> crate::error::Result<Head> {
    step_with(store, id, what, who, on, &full(day(on)))
}

pub(super) fn step_with(
    store: &mut SqliteStore,
    id: &str,
    what: Move,
    who: &str,
    on: &str,
    form: &Form,
) -> crate::error::Result<Head> {
    let case = store.case(id)?.unwrap_or_else(|| Case::new(id));
    let event = act(&case, what, form, &by(who, on), &settings())?;
    store.append(&[event], &[Expected { case: id.to_owned(), events: case.events }])
}

fn gone(store: &mut SqliteStore, id: &str, period: &str) {
    let run = OfRun { period: period.to_owned(), run: format!("{period}-run") };
    store.append(&[event(id, Move::Gone, &format!("{period}-28"), body(&run).expect("JSON"))], &[]).expect("told");
}

pub(super) fn code_of(fault: &Fault) -> &'static str {
    match fault {
        Fault::Refused(refusal) => refusal.code,
        other => panic!("no refusal: {other}"),
    }
}

/// DOMAIN J once more, by hand: from, move, to.
const DOMAIN_J: &str = "
none open suspicion
suspicion check checking
checking confirm confirmed
checking confirm_partly partly_confirmed
checking reject not_confirmed
checking data_error data_error
checking transfer transferred
confirmed transfer transferred
partly_confirmed transfer transferred
transferred check checking
transferred request_close close_requested
confirmed assign assigned
partly_confirmed assign assigned
data_error assign assigned
long_term assign assigned
assigned progress rectifying
assigned close_at_once closed_provisional
rectifying progress rectifying
returned progress rectifying
long_term progress long_term
rectifying request_close close_requested
returned request_close close_requested
long_term request_close close_requested
close_requested accept accepted
close_requested endorse close_requested
accepted endorse accepted
close_requested return returned
accepted return returned
accepted close closed
closed reopen reopened
closed_provisional reopen reopened
not_confirmed reopen reopened
reopened check checking
confirmed plan long_term
partly_confirmed plan long_term
assigned plan long_term
rectifying plan long_term
returned plan long_term
suspicion extend suspicion
reopened extend reopened
checking extend checking
assigned extend assigned
rectifying extend rectifying
returned extend returned
transferred extend transferred
suspicion withdraw not_confirmed
closed_provisional prove closed
none record record
record record record
";

#[test]
fn every_move_from_every_state_is_permitted_or_refused_as_domain_j_says() {
    let legal: Vec<(&str, &str, &str)> = DOMAIN_J
        .lines()
        .filter(|l| !l.is_empty())
        .map(|l| {
            let mut words = l.split(' ');
            (words.next().expect("from"), words.next().expect("move"), words.next().expect("to"))
        })
        .collect();
    let (mut permitted, mut refused) = (0, 0);
    for from in State::all() {
        for what in Move::all() {
            let everywhere = matches!(what.name(), "seen" | "gone" | "unchecked" | "remind" | "note");
            let to = if everywhere && !matches!(from, State::None | State::Record) {
                Some(from.name())
            } else {
                legal.iter().find(|l| l.0 == from.name() && l.1 == what.name()).map(|l| l.2)
            };
            let said = state::permitted(from, what).map(|(to, _)| to.name());
            assert_eq!(said, to, "{} {}", from.name(), what.name());
            match to {
                Some(_) => permitted += 1,
                None => {
                    refused += 1;
                    let case = Case { state: from, opened: case::Signature::default(), ..Case::new("A-1") };
                    let fault = act(&case, what, &full(day("2026-11-06")), &by("甲", "2026-11-06"), &settings());
                    let code = code_of(&fault.expect_err("forbidden"));
                    assert_eq!(code, if from == State::None { "unknown-case" } else { "forbidden-move" });
                }
            }
        }
    }
    assert_eq!((permitted, permitted + refused), (legal.len() + 5 * 16, 18 * 26));
}

#[test]
fn a_case_is_closed_by_evidence_two_people_and_two_silent_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut s = store(folder.path());
    open(&mut s, "A-1", Some("P02"));
    for (what, who, on) in [
        (Move::Check, "甲", "2026-11-06"),
        (Move::Confirm, "甲", "2026-11-10"),
        (Move::Assign, "甲", "2026-11-11"),
        (Move::Progress, "乙", "2026-11-20"),
    ] {
        step(&mut s, "A-1", what, who, on).unwrap_or_else(|e| panic!("{}: {e}", what.name()));
    }
    let bare = Form { file: None, ..full(day("2026-11-25")) };
    let fault = step_with(&mut s, "A-1", Move::RequestClose, "乙", "2026-11-25", &bare).expect_err("no evidence");
    assert_eq!((code_of(&fault), fault.exit_code()), ("evidence-missing", 2));
    step(&mut s, "A-1", Move::RequestClose, "乙", "2026-11-25").expect("asked");
    assert_eq!(code_of(&step(&mut s, "A-1", Move::Accept, " 乙 ", "2026-11-26").expect_err("himself")), "same-person");
    step(&mut s, "A-1", Move::Accept, "丙", "2026-11-26").expect("accepted");
    gone(&mut s, "A-1", "2026-10");
    gone(&mut s, "A-1", "2026-11");
    let fault = step(&mut s, "A-1", Move::Close, "甲", "2026-12-06").expect_err("one clean run after the request");
    assert_eq!(code_of(&fault), "data-proof");
    gone(&mut s, "A-1", "2026-12");
    assert_eq!(code_of(&step(&mut s, "A-1", Move::Close, "丙", "2027-01-06").expect_err("both")), "same-person");
    step(&mut s, "A-1", Move::Close, "甲", "2027-01-06").expect("closed");
    let case = s.case("A-1").expect("read").expect("there");
    assert_eq!((case.state, &case.evidence, case.clean_runs()), (State::Closed, &file(), 2));
    assert_eq!(
        Case::fold("A-1", &s.events_of("A-1").expect("read")).expect("folds"),
        s.case("A-1").expect("read").expect("there")
    );
    assert_eq!(s.verify(None).expect("sound").events, 11);
}

#[test]
fn levels_sign_in_their_order_each_by_another_person_before_acceptance_and_before_closing() {
    let chain = Settings {
        accept_after: vec!["supervisor".to_owned()],
        close_after: vec!["city".to_owned(), "province".to_owned()],
        ..settings()
    };
    let mut case = Case {
        state: State::CloseRequested,
        evidence: file(),
        requested: Some(case::Signature { who: "乙".to_owned(), day: "2026-11-06".to_owned() }),
        ..Case::new("tip_off-1")
    };
    let try_it = |case: &Case, what: Move, who: &str, level: Option<&str>, settings: &Settings| {
        let form = Form { level: level.map(str::to_owned), ..full(day("2026-11-10")) };
        act(case, what, &form, &by(who, "2026-11-10"), settings)
    };
    let refused = |case: &Case, what: Move, who: &str, level: Option<&str>, settings: &Settings| {
        code_of(&try_it(case, what, who, level, settings).expect_err("refused"))
    };
    let take = |case: &mut Case, what: Move, who: &str, level: Option<&str>| {
        let new = try_it(case, what, who, level, &chain).unwrap_or_else(|e| panic!("{who} {level:?}: {e}"));
        let event = case.event_of(&new, 1).expect("permitted");
        case.apply(&event).expect("applied");
    };
    assert_eq!(refused(&case, Move::Endorse, "丙", Some("supervisor"), &settings()), "no-level-left");
    assert_eq!(refused(&case, Move::Accept, "丙", None, &chain), "levels-missing");
    assert_eq!(refused(&case, Move::Endorse, "丙", None, &chain), "no-level");
    assert_eq!(refused(&case, Move::Endorse, "丙", Some("city"), &chain), "wrong-level");
    assert_eq!(refused(&case, Move::Endorse, "乙", Some("supervisor"), &chain), "same-person");
    take(&mut case, Move::Endorse, "丙", Some("supervisor"));
    assert_eq!(refused(&case, Move::Endorse, "丁", Some("supervisor"), &chain), "no-level-left");
    assert_eq!(refused(&case, Move::Accept, "丙", None, &chain), "same-person");
    take(&mut case, Move::Accept, "丁", None);
    assert_eq!(refused(&case, Move::Close, "戊", None, &chain), "levels-missing");
    assert_eq!(refused(&case, Move::Endorse, "戊", Some("province"), &chain), "wrong-level");
    assert_eq!(refused(&case, Move::Endorse, "丙", Some("city"), &chain), "same-person");
    take(&mut case, Move::Endorse, "戊", Some("city"));
    // Sent back, every level signs anew.
    let mut returned = case.clone();
    take(&mut returned, Move::Return, "戊", None);
    assert!(returned.endorsed.is_empty());
    take(&mut case, Move::Endorse, "己", Some("province"));
    take(&mut case, Move::Close, "庚", None);
    let levels: Vec<&str> = case.endorsed.iter().map(|e| e.level.as_str()).collect();
    assert_eq!((case.state, levels), (State::Closed, vec!["supervisor", "city", "province"]));
    let assigned = Case { state: State::Assigned, ..Case::new("tip_off-2") };
    assert_eq!(refused(&assigned, Move::CloseAtOnce, "丙", None, &chain), "levels-missing", "no way around the levels");
}

#[test]
fn guards_say_what_is_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut s = store(folder.path());
    open(&mut s, "A-1", Some("P02"));
    step(&mut s, "A-1", Move::Check, "甲", "2026-11-06").expect("begun");
    let d = day("2026-11-07");
    let text = |t: &str| Some(t.to_owned());
    let before = s.head().expect("read");
    let wrong: [(Move, Form, &str); 9] = [
        (Move::Confirm, Form::default(), "no-reason"),
        (Move::Reject, Form { reason_code: text("bogus"), ..full(d) }, "reason-code"),
        (Move::Reject, Form { reason_code: text("other"), ..Form::default() }, "no-reason"),
        (
            Move::Reject,
            Form { reason_code: text("lawful_absence"), until: Some(d + 9), ..Form::default() },
            "no-document",
        ),
        (Move::Reject, Form { reason_code: text("lawful_absence"), ..full(d) }, "no-date"),
        (Move::Reject, Form { reason_code: text("lawful_absence"), until: Some(d), ..full(d) }, "date-past"),
        (Move::Transfer, Form { to: text(" "), ..full(d) }, "no-receiver"),
        (Move::Extend, Form { due: Some(day("2026-11-19")), ..full(d) }, "not-later"),
        (Move::Remind, Form { step: text("shout"), ..full(d) }, "unknown-code"),
    ];
    for (what, form, code) in wrong {
        let fault = step_with(&mut s, "A-1", what, "甲", "2026-11-07", &form).expect_err(code);
        assert_eq!(code_of(&fault), code, "{fault}");
    }
    assert_eq!(code_of(&step(&mut s, "A-1", Move::Confirm, "甲", "2026-11-01").expect_err("early")), "before-opening");
    assert_eq!(code_of(&step(&mut s, "A-1", Move::Confirm, " ", "2026-11-07").expect_err("nobody")), "no-name");
    assert_eq!(code_of(&step(&mut s, "A-9", Move::Check, "甲", "2026-11-07").expect_err("none")), "unknown-case");
    assert_eq!(s.head().expect("read"), before, "nothing was written");
    for on in ["2026-11-08", "2026-11-09"] {
        step_with(&mut s, "A-1", Move::Extend, "甲", on, &full(day(on))).expect("extended");
    }
    assert_eq!(
        code_of(&step(&mut s, "A-1", Move::Extend, "甲", "2026-11-10").expect_err("twice is all")),
        "no-extension-left"
    );
    step(&mut s, "A-1", Move::Confirm, "甲", "2026-11-10").expect("confirmed");
    let far = Form { targets: vec![(day("2029-11-12"), "清零".to_owned())], ..full(day("2026-11-11")) };
    assert_eq!(
        code_of(&step_with(&mut s, "A-1", Move::Plan, "甲", "2026-11-11", &far).expect_err("far")),
        "plan-too-long"
    );
    let assigned = step(&mut s, "A-1", Move::Assign, "甲", "2026-11-11");
    assigned.expect("assigned");
    assert_eq!(code_of(&step(&mut s, "A-1", Move::CloseAtOnce, "乙", "2026-11-27").expect_err("late")), "not-at-once");
    assert_eq!(
        code_of(&step(&mut s, "A-1", Move::CloseAtOnce, "甲", "2026-11-20").expect_err("himself")),
        "same-person"
    );
    step(&mut s, "A-1", Move::CloseAtOnce, "乙", "2026-11-26").expect("at once");
}

#[test]
fn two_writers_never_lose_an_update() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut one = store(folder.path());
    open(&mut one, "A-1", Some("P02"));
    let mut two = store(folder.path());
    let (a, b) = (one.case("A-1").expect("read").expect("there"), two.case("A-1").expect("read").expect("there"));
    let event =
        |case: &Case, who: &str| act(case, Move::Check, &full(0), &by(who, "2026-11-06"), &settings()).expect("may");
    let claim = |case: &Case| [Expected { case: case.id.clone(), events: case.events }];
    two.append(&[event(&b, "乙")], &claim(&b)).expect("first");
    let fault = one.append(&[event(&a, "甲")], &claim(&a)).expect_err("second");
    assert_eq!(fault.exit_code(), 5);
    assert!(fault.to_string().contains("you saw 1 events, there are 2 (last: 乙"), "{fault}");
    assert_eq!(one.events_of("A-1").expect("read").len(), 2);
}

#[test]
fn events_are_all_written_or_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut s = store(folder.path());
    let good = event("A-1", Move::Open, "2026-11-05", body(&opening(Some("P02"))).expect("JSON"));
    let bad = event("A-1", Move::Prove, "2026-11-05", json!({}));
    assert_eq!(code_of(&s.append(&[good, bad], &[]).expect_err("the second is forbidden")), "forbidden-move");
    assert_eq!((s.head().expect("read").seq, s.case("A-1").expect("read")), (0, None));
}

/// Two cases and some events, and a raw connection to do harm with.
fn harmed(harm: &str) -> (tempfile::TempDir, SqliteStore) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut s = store(folder.path());
    open(&mut s, "A-1", Some("P02"));
    open(&mut s, "A-2", None);
    step(&mut s, "A-1", Move::Check, "甲", "2026-11-06").expect("begun");
    step(&mut s, "A-2", Move::Check, "甲", "2026-11-06").expect("begun");
    let raw = rusqlite::Connection::open(s.path()).expect("opened");
    raw.execute_batch(harm).expect(harm);
    (folder, s)
}

#[test]
fn triggers_keep_events_from_being_changed() {
    let (_folder, s) = harmed("SELECT 1");
    let raw = rusqlite::Connection::open(s.path()).expect("opened");
    for harm in [
        "UPDATE events SET why = 'x' WHERE seq = 1",
        "DELETE FROM events WHERE seq = 4",
        "INSERT OR REPLACE INTO events SELECT 2, at, day, month, who, case_id, n, what, from_state, to_state, why, file_name, file_sha256, body, hash FROM events WHERE seq = 1",
    ] {
        assert!(raw.execute_batch(harm).is_err(), "{harm}");
    }
    s.verify(None).expect("sound");
}

#[test]
fn every_edit_cut_and_reordering_is_found() {
    const OFF: &str = "DROP TRIGGER events_no_update; DROP TRIGGER events_no_delete;";
    const ON: &str = "CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'no'); END; \
        CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'no'); END;";
    for (harm, said) in [
        ("UPDATE events SET who = '乙' WHERE seq = 3", "event 3"),
        ("UPDATE events SET body = replace(body, '120000', '0') WHERE seq = 1", "event 1"),
        ("UPDATE events SET file_name = 'x', file_sha256 = 'y' WHERE seq = 2", "event 2"),
        ("UPDATE events SET hash = zeroblob(32) WHERE seq = 2", "event 2"),
        ("DELETE FROM events WHERE seq = 2", "event 1 is followed by event 3"),
        (
            "UPDATE events SET seq = 9 WHERE seq = 3; UPDATE events SET seq = 3 WHERE seq = 4; UPDATE events SET seq = 4 WHERE seq = 9",
            "event 3",
        ),
        ("UPDATE cases SET state = 'closed' WHERE case_id = 'A-2'", "A-2"),
        ("UPDATE cases SET doc = replace(doc, 'checking', 'closed') WHERE case_id = 'A-1'", "A-1"),
        ("DELETE FROM cases WHERE case_id = 'A-1'", "A-1"),
        (
            "INSERT INTO cases SELECT 'A-3', events, state, source, rule, class, severity, unit_key, unit_name, due, turned, watched, doc FROM cases WHERE case_id = 'A-1'",
            "A-3",
        ),
    ] {
        let (_folder, s) = harmed(&format!("{OFF} {harm}; {ON}"));
        let fault = s.verify(None).expect_err(harm);
        assert_eq!(fault.exit_code(), 4, "{harm}: {fault}");
        assert!(fault.to_string().contains(said), "{harm}: {fault}");
    }
    let (_folder, s) = harmed(OFF);
    assert!(s.verify(None).expect_err("triggers").to_string().contains("events_no_update"));
}

#[test]
fn a_tail_that_was_cut_off_is_found_by_the_anchor() {
    let (_folder, s) = harmed("SELECT 1");
    let anchor = s.head().expect("read").hash;
    assert_eq!(s.verify(Some(&anchor)).expect("there").anchor_at, Some(4));
    let (_folder, mut cut) = harmed(
        "DROP TRIGGER events_no_delete; DELETE FROM events WHERE seq = 4; \
         CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'no'); END;",
    );
    cut.rebuild_cases().expect("folded");
    cut.verify(None).expect("a shorter ledger is sound by itself");
    let fault = cut.verify(Some(&cut.head().expect("read").hash.replace(['0', '1'], "2"))).expect_err("cut");
    assert!(fault.to_string().contains("cut off"), "{fault}");
}

#[test]
fn the_table_of_cases_is_made_anew_from_the_events() {
    let (_folder, mut s) =
        harmed("UPDATE cases SET state = 'closed', doc = '{'; DELETE FROM cases WHERE case_id = 'A-2'");
    assert_eq!(s.case("A-1").expect_err("damaged").exit_code(), 4);
    assert_eq!(s.rebuild_cases().expect("folded"), 2);
    s.verify(None).expect("sound");
    assert_eq!(s.case("A-2").expect("read").expect("there").state, State::Checking);
}

#[test]
fn a_ledger_is_built_again_from_its_log_and_from_no_other() {
    let (folder, s) = harmed("SELECT 1");
    let mut text = Vec::new();
    log::export(&s, &mut text).expect("written");
    let text = String::from_utf8(text).expect("UTF-8");
    let again = folder.path().join("again.sqlite");
    let (copy, head) = SqliteStore::from_log(&again, &mut text.as_bytes()).expect("built");
    assert_eq!((head, copy.identity()), (s.head().expect("read"), s.identity()));
    copy.verify(None).expect("sound");
    assert_eq!(copy.case("A-2").expect("read"), s.case("A-2").expect("read"));
    let mut second = Vec::new();
    log::export(&copy, &mut second).expect("written");
    assert_eq!(text.as_bytes(), second, "to the byte");
    assert_eq!(code_of(&SqliteStore::from_log(&again, &mut text.as_bytes()).expect_err("there")), "ledger-exists");

    let spoilt = folder.path().join("spoilt.sqlite");
    let lines: Vec<&str> = text.lines().collect();
    let swapped = [lines[0], lines[2], lines[1], lines[3], lines[4]].join("\n");
    for (log, said) in [
        (text.replacen("甲", "乙", 1), "line 4"),
        (lines[..4].join("\n"), "cut off"),
        (swapped, "line 2"),
        (text.replacen("2026-11-19", "2026-12-19", 1), "line 2"),
        ("{}".to_owned(), "line 1"),
    ] {
        let fault = SqliteStore::from_log(&spoilt, &mut log.as_bytes()).expect_err(said);
        assert!(fault.exit_code() == 4 && fault.to_string().contains(said), "{said}: {fault}");
        assert!(!spoilt.exists(), "nothing is left");
    }
}

#[test]
fn databases_that_are_no_ledger_of_ours_are_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.sqlite");
    assert_eq!(code_of(&SqliteStore::open(&path, Missing::Refuse).expect_err("none")), "no-ledger");
    assert!(!path.exists());
    drop(store(folder.path()));
    let ours = folder.path().join("ledger.sqlite");
    rusqlite::Connection::open(&ours).expect("opened").execute_batch("PRAGMA user_version = 99").expect("set");
    let fault = SqliteStore::open(&ours, Missing::Make).expect_err("newer");
    assert_eq!((code_of(&fault), fault.exit_code()), ("newer-schema", 2));
    assert!(fault.to_string().contains("version 99"), "{fault}");
    rusqlite::Connection::open(&path).expect("opened").execute_batch("CREATE TABLE t (a)").expect("made");
    assert_eq!(code_of(&SqliteStore::open(&path, Missing::Make).expect_err("another's")), "not-a-ledger");
    let text = folder.path().join("text.sqlite");
    std::fs::write(&text, "no database at all, but long enough to be read as one\n".repeat(40)).expect("written");
    let fault = SqliteStore::open(&text, Missing::Make).expect_err("text");
    assert!(fault.exit_code() == 4 && fault.to_string().contains("rebuild"), "{fault}");
}

#[test]
fn months_of_a_case_never_go_back_so_that_every_month_balances() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut s = store(folder.path());
    open(&mut s, "A-1", None);
    for (what, on) in [(Move::Check, "2027-01-03"), (Move::Note, "2026-12-30"), (Move::Reject, "2026-12-31")] {
        step(&mut s, "A-1", what, "甲", on).unwrap_or_else(|e| panic!("{}: {e}", what.name()));
    }
    let months: Vec<String> = s.events_of("A-1").expect("read").into_iter().map(|e| e.month).collect();
    assert_eq!(months, ["2026-11", "2027-01", "2027-01", "2027-01"]);
    let steps = s.steps("2027-12").expect("read");
    assert_eq!(
        steps.iter().map(|t| (t.month.as_str(), t.opened, t.unfounded)).collect::<Vec<_>>(),
        [("2026-11", 1, 0), ("2027-01", 0, 1)]
    );
    let case = s.case("A-1").expect("read").expect("there");
    assert_eq!(["2026-10", "2026-11", "2026-12", "2027-01"].map(|m| case.is_open_at(m)), [false, true, true, false]);
    assert_eq!(s.standing("2026-12").expect("read")[0].open, 1);
    assert_eq!(s.standing("2027-01").expect("read"), []);
}

#[test]
fn the_rung_of_the_ladder_is_the_last_one_reached() {
    let settings = settings();
    let at = |days: i32| settings.rung(days).map(|r| r.step);
    assert_eq!(
        [0, 1, 6, 7, 15, 30, 45, 60, 999].map(at),
        [
            None,
            Some("phone"),
            Some("phone"),
            Some("written"),
            Some("letter"),
            Some("second_letter"),
            Some("circular"),
            Some("suspend"),
            Some("suspend"),
        ]
    );
    assert_eq!(settings.check_by(day("2026-11-05")), day("2026-11-19"));
}

#[test]
fn a_full_disk_is_a_fault_of_the_machine_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut s = store(folder.path());
    open(&mut s, "A-1", Some("P02"));
    let before = s.head().expect("read");
    s.fill_the_disk();
    let long = Form { why: "长".repeat(200_000), ..full(day("2026-11-06")) };
    let fault = step_with(&mut s, "A-1", Move::Note, "甲", "2026-11-06", &long).expect_err("full");
    assert_eq!(fault.exit_code(), 6, "{fault}");
    assert!(fault.to_string().contains("disk is full; nothing was written"), "{fault}");
    let again = store(folder.path());
    assert_eq!((again.head().expect("read"), again.verify(None).expect("sound").events), (before, 1));
}

#[test]
fn a_database_that_cannot_be_opened_says_what_to_look_at() {
    let folder = tempfile::tempdir().expect("a folder");
    let fault = SqliteStore::open(folder.path(), Missing::Make).expect_err("a folder is no file");
    assert_eq!((code_of(&fault), fault.exit_code()), ("ledger-closed", 2));
    assert!(fault.to_string().contains("permissions"), "{fault}");
}

#[test]
fn two_writers_at_once_write_every_event_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut s = store(folder.path());
    open(&mut s, "A-1", Some("P02"));
    const EACH: usize = 40;
    let conflicts: usize = std::thread::scope(|scope| {
        let writer = |who: &'static str| {
            let path = folder.path();
            move || {
                let (mut s, mut conflicts) = (store(path), 0);
                for i in 0..EACH {
                    let form = Form { why: format!("{who}{i}"), ..Form::default() };
                    while let Err(fault) = step_with(&mut s, "A-1", Move::Note, who, "2026-11-06", &form) {
                        assert_eq!(fault.exit_code(), 5, "{fault}");
                        conflicts += 1;
                    }
                }
                conflicts
            }
        };
        let threads = ["甲", "乙"].map(|who| scope.spawn(writer(who)));
        threads.into_iter().map(|t| t.join().expect("ended")).sum()
    });
    let events = s.events_of("A-1").expect("read");
    let said: std::collections::BTreeSet<&str> = events.iter().map(|e| e.why.as_str()).collect();
    assert_eq!((events.len(), said.len()), (1 + 2 * EACH, 1 + 2 * EACH), "{conflicts} conflicts");
    s.verify(None).expect("sound");
}
