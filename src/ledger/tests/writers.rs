//! Several at once, and things that are written whole or not at all.

use serde_json::json;

use super::*;

#[test]
fn two_writers_never_lose_an_update() {
    on_every_store(|home| {
        let mut one = home.store();
        open(&mut one, "A-1", Some("P02"));
        let mut two = home.store();
        let (a, b) = (one.case("A-1").expect("read").expect("there"), two.case("A-1").expect("read").expect("there"));
        let event = |case: &Case, who: &str| {
            act(case, Move::Check, &full(0), &by(who, "2026-11-06"), &settings()).expect("may")
        };
        let claim = |case: &Case| [Expected { case: case.id.clone(), events: case.events }];
        two.append(&[event(&b, "乙")], &claim(&b)).expect("first");
        let fault = one.append(&[event(&a, "甲")], &claim(&a)).expect_err("second");
        assert_eq!(fault.exit_code(), 5);
        assert!(fault.to_string().contains("you saw 1 events, there are 2 (last: 乙"), "{fault}");
        assert_eq!(one.events_of("A-1").expect("read").len(), 2);
    });
}

#[test]
fn events_are_all_written_or_none() {
    on_every_store(|home| {
        let mut s = home.store();
        let good = event("A-1", Move::Open, "2026-11-05", body(&opening(Some("P02"))).expect("JSON"));
        let bad = event("A-1", Move::Prove, "2026-11-05", json!({}));
        assert_eq!(code_of(&s.append(&[good, bad], &[]).expect_err("the second is forbidden")), "forbidden-move");
        assert_eq!((s.head().expect("read").seq, s.case("A-1").expect("read")), (0, None));
    });
}

#[test]
fn two_writers_at_once_write_every_event_once() {
    on_every_store(|home| {
        let mut s = home.store();
        open(&mut s, "A-1", Some("P02"));
        const EACH: usize = 40;
        let conflicts: usize = std::thread::scope(|scope| {
            let writer = |who: &'static str| {
                move || {
                    let (mut s, mut conflicts) = (home.store(), 0);
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
    });
}
