//! What may happen to a case.

use super::*;

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
    on_every_store(|home| {
        let mut s = home.store();
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
        assert_eq!(
            code_of(&step(&mut s, "A-1", Move::Accept, " 乙 ", "2026-11-26").expect_err("himself")),
            "same-person"
        );
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
    });
}

#[test]
fn guards_say_what_is_missing() {
    on_every_store(|home| {
        let mut s = home.store();
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
        assert_eq!(
            code_of(&step(&mut s, "A-1", Move::Confirm, "甲", "2026-11-01").expect_err("early")),
            "before-opening"
        );
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
        assert_eq!(
            code_of(&step(&mut s, "A-1", Move::CloseAtOnce, "乙", "2026-11-27").expect_err("late")),
            "not-at-once"
        );
        assert_eq!(
            code_of(&step(&mut s, "A-1", Move::CloseAtOnce, "甲", "2026-11-20").expect_err("himself")),
            "same-person"
        );
        step(&mut s, "A-1", Move::CloseAtOnce, "乙", "2026-11-26").expect("at once");
    });
}

#[test]
fn months_of_a_case_never_go_back_so_that_every_month_balances() {
    on_every_store(|home| {
        let mut s = home.store();
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
        assert_eq!(
            ["2026-10", "2026-11", "2026-12", "2027-01"].map(|m| case.is_open_at(m)),
            [false, true, true, false]
        );
        assert_eq!(s.standing("2026-12").expect("read")[0].open, 1);
        assert_eq!(s.standing("2027-01").expect("read"), []);
    });
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
