//! Runs and the ledger: what is told once, told again, told otherwise, and what comes back.

use std::collections::BTreeSet;

use super::balance::{balance, precision};
use super::feed::{Feed, Observed, RunFacts, plan};
use super::tests::{by, day, full, on_every_store, settings, step, step_with};
use super::*;
use crate::kernel::dates::Month;

fn month(text: &str) -> Month {
    Month::parse(text).expect("a month")
}

fn finding(id: &str, rule: &str, fingerprint: &str, measure: f64) -> Observed {
    Observed {
        id: id.to_owned(),
        rule: rule.to_owned(),
        severity: "S2".to_owned(),
        unit_key: Some("U1".to_owned()),
        fact_zh: format!("{measure}"),
        fingerprint: fingerprint.to_owned(),
        measure: Some(measure),
        ..Observed::default()
    }
}

fn facts(period: &str, observed: Vec<Observed>) -> RunFacts {
    RunFacts {
        period: month(period),
        run: format!("{period}-r"),
        ran: BTreeSet::from(["P02".to_owned(), "Q01".to_owned()]),
        observed,
        quiet: BTreeSet::new(),
    }
}

fn told(s: &mut dyn Store, facts: &RunFacts) -> Feed {
    let on = format!("{}-05", facts.period.plus(1));
    let feed = plan(s, facts, &settings(), &by(feed::BY_RUN, &on)).expect("planned");
    s.append(&feed.events, &feed.expected).expect("told");
    s.verify(None).expect("sound");
    balance(s, facts.period, &[]).expect("balances");
    feed
}

fn state(s: &dyn Store, id: &str) -> State {
    s.case(id).expect("read").expect("there").state
}

/// Everything a person does up to a state, on days in November 2026.
fn advance(s: &mut dyn Store, id: &str, moves: &[(Move, &str)]) {
    for (what, who) in moves {
        step(s, id, *what, who, "2026-11-10").unwrap_or_else(|e| panic!("{}: {e}", what.name()));
    }
}

const TO_CLOSE: [(Move, &str); 6] = [
    (Move::Check, "甲"),
    (Move::Confirm, "甲"),
    (Move::Assign, "甲"),
    (Move::Progress, "乙"),
    (Move::RequestClose, "乙"),
    (Move::Accept, "丙"),
];

#[test]
fn a_run_tells_what_is_new_seen_again_worse_and_gone_and_tells_it_once() {
    on_every_store(|home| {
        let mut s = home.store();
        let first = facts("2026-09", vec![finding("A-1", "P02", "f", 1.0), finding("A-2", "Q01", "f", 2.0)]);
        assert_eq!(told(&mut s, &first).counts.opened, 2);
        assert_eq!(told(&mut s, &first).events, [], "the same run again");
        let other_run = RunFacts { run: "other".to_owned(), ..first };
        assert_eq!(told(&mut s, &other_run).events, [], "the same findings under another run's name");
        let counts = told(&mut s, &facts("2026-10", vec![finding("A-1", "P02", "f", 1.5)])).counts;
        assert_eq!((counts.seen, counts.worsened, counts.gone, counts.opened), (1, 1, 1, 0));
        let case = s.case("A-1").expect("read").expect("there");
        assert_eq!((case.opening.fact_zh.as_str(), case.looks.len(), case.present()), ("1.5", 2, true));
        assert_eq!(
            case.due.as_deref(),
            Some("2026-10-20"),
            "ten working days after 5 October: the holiday ends on the 7th, the 10th is worked"
        );
        assert!(!s.case("A-2").expect("read").expect("there").present());
        assert_eq!(
            told(&mut s, &facts("2026-11", vec![finding("A-1", "P02", "f", 1.5)])).counts.gone,
            0,
            "gone is said once"
        );
        assert_eq!(state(&s, "A-2"), State::Suspicion, "nobody looked why it is gone");
    });
}

#[test]
fn findings_below_the_severity_open_no_case_but_keep_an_open_one() {
    on_every_store(|home| {
        let mut s = home.store();
        let mild = Observed { severity: "S4".to_owned(), ..finding("A-1", "P02", "f", 1.0) };
        assert_eq!(told(&mut s, &facts("2026-09", vec![mild.clone()])).counts.opened, 0);
        told(&mut s, &facts("2026-10", vec![finding("A-1", "P02", "f", 1.0)]));
        assert_eq!(told(&mut s, &facts("2026-11", vec![mild])).counts.seen, 1);
        assert!(s.case("A-1").expect("read").expect("there").present());
    });
}

#[test]
fn a_rerun_with_other_findings_replaces_what_was_said_and_edits_nothing() {
    on_every_store(|home| {
        let mut s = home.store();
        told(&mut s, &facts("2026-09", vec![finding("A-1", "P02", "f", 1.0)]));
        told(
            &mut s,
            &facts(
                "2026-10",
                vec![finding("A-1", "P02", "f", 1.0), finding("A-2", "Q01", "f", 1.0), finding("A-3", "Q01", "f", 1.0)],
            ),
        );
        advance(&mut s, "A-3", &[(Move::Check, "甲")]);
        let before = s.head().expect("read").seq;
        let counts =
            told(&mut s, &facts("2026-10", vec![finding("A-1", "P02", "f", 1.0), finding("A-4", "Q01", "f", 1.0)]))
                .counts;
        assert_eq!((counts.opened, counts.withdrawn, counts.gone, counts.seen), (1, 1, 1, 0));
        assert_eq!(state(&s, "A-2"), State::NotConfirmed, "only the first version of the month had it");
        assert_eq!(state(&s, "A-3"), State::Checking, "somebody is at work on it");
        assert_eq!(s.head().expect("read").seq, before + 4);
        let total = balance(&s, month("2026-10"), &[]).expect("balances").total;
        assert_eq!((total.opening, total.new, total.unfounded, total.closing), (1, 3, 1, 3));
        assert_eq!(precision(&s, &settings()).expect("read"), [], "a rerun is no verdict");

        // The first version once more: what was withdrawn is back.
        let counts = told(
            &mut s,
            &facts(
                "2026-10",
                vec![finding("A-1", "P02", "f", 1.0), finding("A-2", "Q01", "f", 1.0), finding("A-3", "Q01", "f", 1.0)],
            ),
        )
        .counts;
        assert_eq!((counts.reopened, counts.withdrawn), (1, 1));
        assert_eq!((state(&s, "A-2"), state(&s, "A-4")), (State::Reopened, State::NotConfirmed));

        // The rule does not run any more: nothing can be said of the month.
        let mut idle = facts("2026-10", vec![finding("A-1", "P02", "f", 1.0)]);
        idle.ran.remove("Q01");
        assert_eq!(told(&mut s, &idle).counts.unchecked, 3);
        assert!(!s.case("A-3").expect("read").expect("there").present());
        assert_eq!(state(&s, "A-2"), State::Reopened, "unchecked is not gone");
    });
}

#[test]
fn a_problem_that_comes_back_opens_its_case_by_itself() {
    on_every_store(|home| {
        let mut s = home.store();
        told(&mut s, &facts("2026-10", vec![finding("A-1", "P02", "f", 1.0)]));
        advance(&mut s, "A-1", &TO_CLOSE);
        told(&mut s, &facts("2026-11", vec![finding("A-1", "P02", "f", 1.0)]));
        assert_eq!((state(&s, "A-1"), s.case("A-1").expect("read").expect("there").clean_runs()), (State::Accepted, 0));
        told(&mut s, &facts("2026-12", vec![]));
        step(&mut s, "A-1", Move::Close, "甲", "2027-01-08").expect_err("one silent run");
        told(&mut s, &facts("2027-01", vec![]));
        step(&mut s, "A-1", Move::Close, "甲", "2027-02-08").expect("two");
        told(&mut s, &facts("2027-02", vec![]));
        assert_eq!(
            told(&mut s, &facts("2026-11", vec![finding("A-1", "P02", "f2", 9.0)])).counts.reopened,
            0,
            "an old month told anew"
        );
        assert_eq!(told(&mut s, &facts("2027-03", vec![finding("A-1", "P02", "f", 1.0)])).counts.reopened, 1);
        let case = s.case("A-1").expect("read").expect("there");
        assert_eq!(
            (case.state, case.reopened, case.request, case.due.as_deref()),
            (State::Reopened, 1, None, Some("2027-04-19"))
        );
        let total = balance(&s, month("2027-03"), &[]).expect("balances").total;
        assert_eq!((total.opening, total.reopened, total.closing), (0, 1, 1));
    });
}

#[test]
fn what_is_closed_at_once_becomes_final_by_the_data_alone() {
    on_every_store(|home| {
        let mut s = home.store();
        told(&mut s, &facts("2026-10", vec![finding("A-1", "P02", "f", 1.0), finding("A-2", "P02", "f", 1.0)]));
        for id in ["A-1", "A-2"] {
            advance(&mut s, id, &TO_CLOSE[..3]);
            let form = Form { latest_period: "2026-10".to_owned(), ..full(day("2026-11-12")) };
            step_with(&mut s, id, Move::CloseAtOnce, "乙", "2026-11-12", &form).expect("at once");
        }
        told(&mut s, &facts("2026-11", vec![]));
        assert_eq!(state(&s, "A-1"), State::ClosedProvisional);
        let counts = told(&mut s, &facts("2026-12", vec![finding("A-2", "P02", "f", 1.0)])).counts;
        assert_eq!((counts.proved, counts.reopened), (1, 1));
        assert_eq!((state(&s, "A-1"), state(&s, "A-2")), (State::Closed, State::Reopened));
    });
}

#[test]
fn false_positives_are_quiet_until_their_facts_change_and_exemptions_until_they_expire() {
    on_every_store(|home| {
        let mut s = home.store();
        told(&mut s, &facts("2026-10", vec![finding("A-1", "P02", "f", 1.0), finding("A-2", "P02", "g", 1.0)]));
        for (id, code) in [("A-1", "timing"), ("A-2", "lawful_absence")] {
            step(&mut s, id, Move::Check, "甲", "2026-11-10").expect("begun");
            let form =
                Form { reason_code: Some(code.to_owned()), until: Some(day("2026-12-31")), ..full(day("2026-11-11")) };
            step_with(&mut s, id, Move::Reject, "甲", "2026-11-11", &form).expect("not confirmed");
        }
        let back = read_back(&s).expect("read");
        assert_eq!(back.quiet.get("A-1").map(String::as_str), Some("f"));
        assert_eq!(back.explained.get("A-2"), Some(&day("2026-12-31")));
        let mut quiet = facts("2026-11", vec![finding("A-2", "P02", "h", 1.0)]);
        quiet.quiet.insert("A-1".to_owned());
        let counts = told(&mut s, &quiet).counts;
        assert_eq!(
            (counts.seen, counts.reopened, counts.gone),
            (1, 0, 0),
            "excused while the document holds; quiet is not gone"
        );
        let counts =
            told(&mut s, &facts("2026-12", vec![finding("A-1", "P02", "f", 1.0), finding("A-2", "P02", "g", 1.0)]))
                .counts;
        assert_eq!(counts.reopened, 0, "a verdict that came while the run was at work");
        let counts = told(
            &mut s,
            &facts("2027-01", vec![finding("A-1", "P02", "new facts", 1.0), finding("A-2", "P02", "g", 1.0)]),
        )
        .counts;
        assert_eq!(counts.reopened, 2);
        let causes: Vec<String> =
            ["A-1", "A-2"].iter().map(|id| s.events_of(id).expect("read").last().expect("one").body.clone()).collect();
        assert!(causes[0].contains("facts_changed") && causes[1].contains("exemption_expired"), "{causes:?}");
        assert_eq!(read_back(&s).expect("read"), ReadBack::default());
        let rules = precision(&s, &settings()).expect("read");
        assert_eq!((rules[0].checked, rules[0].not_confirmed, rules[0].review), (2, 2, false));
    });
}

#[test]
fn a_rule_that_is_seldom_right_is_to_be_looked_at() {
    on_every_store(|home| {
        let mut s = home.store();
        let ids: Vec<String> = (10..40).map(|i| format!("A-{i}")).collect();
        told(&mut s, &facts("2026-10", ids.iter().map(|id| finding(id, "P02", "f", 1.0)).collect()));
        for (i, id) in ids.iter().enumerate() {
            let verdict = if i < 5 { Move::Confirm } else { Move::Reject };
            advance(&mut s, id, &[(Move::Check, "甲"), (verdict, "甲")]);
            let rule = &precision(&s, &settings()).expect("read")[0];
            assert_eq!((rule.checked, rule.review), (i as u64 + 1, i == 29), "thirty checked, five right");
        }
    });
}

#[test]
fn judgements_on_links_are_the_last_word_on_their_pair() {
    on_every_store(|home| {
        let mut s = home.store();
        let judge = |s: &mut dyn Store, left: &str, right: &str, same: Option<bool>| {
            let j = LinkJudgement {
                kind: "person".to_owned(),
                left: left.to_owned(),
                right: right.to_owned(),
                same,
                link: "L-1".to_owned(),
            };
            let event = NewEvent {
                case: j.record_id(),
                what: Move::Record,
                at: "2026-11-05T00:00:00Z".to_owned(),
                day: day("2026-11-05"),
                month: month("2026-11"),
                who: "甲".to_owned(),
                why: String::new(),
                file: None,
                body: event::body(&j).expect("JSON"),
            };
            s.append(&[event], &[]).expect("judged");
            read_back(s).expect("read")
        };
        let first = judge(&mut s, "P1", "P2", Some(true));
        assert_eq!(first.persons.values().collect::<Vec<_>>(), [&true]);
        let second = judge(&mut s, "P2", "P1", Some(false));
        assert_eq!(second.persons.values().collect::<Vec<_>>(), [&false], "either way round it is one pair");
        assert_ne!(first.digest(), second.digest());
        assert_eq!(judge(&mut s, "P1", "P2", None), ReadBack::default(), "taken back");
        assert_eq!(ReadBack::default().digest(), "");
        let mut listed = 0;
        s.cases(&Filter::default(), &mut |_| {
            listed += 1;
            Ok(())
        })
        .expect("read");
        assert_eq!(listed, 0, "a record is no case");
    });
}
