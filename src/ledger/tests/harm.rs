//! What nobody can do to the events, or to the table of cases, unseen.

use super::*;

/// Two cases and some events.
fn filled(home: &Home) -> AnyStore {
    let mut s = home.store();
    open(&mut s, "A-1", Some("P02"));
    open(&mut s, "A-2", None);
    step(&mut s, "A-1", Move::Check, "甲", "2026-11-06").expect("begun");
    step(&mut s, "A-2", Move::Check, "甲", "2026-11-06").expect("begun");
    s
}

/// Does harm to the events, with the triggers off meanwhile.
fn harmed(home: &Home, harm: &str) -> AnyStore {
    let s = filled(home);
    let (off, on) = if home.is_file() {
        (
            "DROP TRIGGER events_no_update; DROP TRIGGER events_no_delete;".to_owned(),
            "CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'no'); END; \
             CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'no'); END;"
                .to_owned(),
        )
    } else {
        let names = ["events_no_update", "events_no_delete", "events_no_truncate", "events_in_order"];
        let on = names.map(|name| format!("ALTER TABLE events ENABLE ALWAYS TRIGGER {name};")).concat();
        ("ALTER TABLE events DISABLE TRIGGER USER;".to_owned(), on)
    };
    home.raw(&format!("{off} {harm}; {on}")).expect(harm);
    s
}

#[test]
fn triggers_keep_events_from_being_changed() {
    on_every_store(|home| {
        let s = filled(home);
        let row = "SELECT 2, n, at, day, month, who, case_id, what, from_state, to_state, why, file_name, file_sha256, body, hash \
                   FROM events WHERE seq = 1";
        let columns =
            "seq, n, at, day, month, who, case_id, what, from_state, to_state, why, file_name, file_sha256, body, hash";
        let replace = if home.is_file() {
            format!("INSERT OR REPLACE INTO events ({columns}) {row}")
        } else {
            "SET session_replication_role = replica; TRUNCATE events".to_owned()
        };
        for harm in [
            "UPDATE events SET why = 'x' WHERE seq = 1",
            "DELETE FROM events WHERE seq = 4",
            &format!("INSERT INTO events ({columns}) {}", row.replacen('2', "9", 1)),
            &replace,
        ] {
            let said = home.raw(harm).expect_err(harm);
            assert!(said.contains("events of the ledger are"), "{harm}: {said}");
        }
        assert_eq!(s.verify(None).expect("sound").events, 4);
    });
}

#[test]
fn every_edit_cut_and_reordering_is_found() {
    on_every_store(|home| {
        let zeros = if home.is_file() { "zeroblob(32)".to_owned() } else { format!("'\\x{}'", "00".repeat(32)) };
        for (harm, said) in [
            ("UPDATE events SET who = '乙' WHERE seq = 3", "event 3"),
            ("UPDATE events SET body = replace(body, '120000', '0') WHERE seq = 1", "event 1"),
            ("UPDATE events SET file_name = 'x', file_sha256 = 'y' WHERE seq = 2", "event 2"),
            ("UPDATE events SET file_name = 'x' WHERE seq = 2", "event 2"),
            (&format!("UPDATE events SET hash = {zeros} WHERE seq = 2"), "event 2"),
            ("UPDATE events SET n = 7 WHERE seq = 4", "event 4"),
            ("DELETE FROM events WHERE seq = 2", "event 1 is followed by event 3"),
            (
                "UPDATE events SET seq = 9 WHERE seq = 3; UPDATE events SET seq = 3 WHERE seq = 4; UPDATE events SET seq = 4 WHERE seq = 9",
                "event 3",
            ),
            ("UPDATE cases SET state = 'closed' WHERE case_id = 'A-2'", "A-2"),
            ("UPDATE cases SET unit_name = NULL WHERE case_id = 'A-2'", "A-2"),
            ("UPDATE cases SET doc = replace(doc, 'checking', 'closed') WHERE case_id = 'A-1'", "A-1"),
            ("DELETE FROM cases WHERE case_id = 'A-1'", "A-1"),
            (
                "INSERT INTO cases SELECT 'A-3', events, state, source, rule, class, severity, unit_key, unit_name, due, turned, watched, doc FROM cases WHERE case_id = 'A-1'",
                "A-3",
            ),
        ] {
            let home = home.another();
            let s = harmed(&home, harm);
            let fault = s.verify(None).expect_err(harm);
            assert_eq!(fault.exit_code(), 4, "{harm}: {fault}");
            assert!(fault.to_string().contains(said), "{harm}: {fault}");
        }
    });
}

#[test]
fn a_trigger_that_is_missing_or_off_is_found() {
    on_every_store(|home| {
        let s = filled(home);
        let off = if home.is_file() {
            "DROP TRIGGER events_no_update"
        } else {
            "ALTER TABLE events DISABLE TRIGGER events_no_update"
        };
        home.raw(off).expect("off");
        assert!(s.verify(None).expect_err("triggers").to_string().contains("events_no_update"));
        if !home.is_file() {
            home.raw("ALTER TABLE events ENABLE TRIGGER events_no_update").expect("on again, but not in every session");
            assert!(s.verify(None).expect_err("triggers").to_string().contains("events_no_update"));
        }
    });
}

#[test]
fn a_tail_that_was_cut_off_is_found_by_the_anchor() {
    on_every_store(|home| {
        let s = filled(home);
        let anchor = s.head().expect("read").hash;
        assert_eq!(s.verify(Some(&anchor)).expect("there").anchor_at, Some(4));
        let second = s.events_of("A-2").expect("read")[0].hash.to_uppercase();
        assert_eq!(s.verify(Some(&second)).expect("there").anchor_at, Some(2));
        let home = home.another();
        let mut cut = harmed(&home, "DELETE FROM events WHERE seq = 4");
        cut.rebuild_cases().expect("folded");
        assert_eq!(cut.verify(None).expect("a shorter ledger is sound by itself").events, 3);
        let fault = cut.verify(Some(&anchor)).expect_err("cut");
        assert!(fault.to_string().contains("cut off"), "{fault}");
    });
}

#[test]
fn the_table_of_cases_is_made_anew_from_the_events() {
    on_every_store(|home| {
        let mut s = filled(home);
        home.raw("UPDATE cases SET state = 'closed', doc = '{'; DELETE FROM cases WHERE case_id = 'A-2'")
            .expect("harmed");
        assert_eq!(s.case("A-1").expect_err("damaged").exit_code(), 4);
        assert_eq!(s.rebuild_cases().expect("folded"), 2);
        s.verify(None).expect("sound");
        assert_eq!(s.case("A-2").expect("read").expect("there").state, State::Checking);
    });
}

#[test]
fn cases_are_verified_in_as_many_readings_as_it_takes() {
    on_every_store(|home| {
        let s = filled(home);
        for at_once in [1, 2, 3] {
            assert_eq!(s.verify_in_lots_of(at_once).expect("sound").cases, 2, "{at_once}");
        }
        home.raw("UPDATE cases SET severity = 'S4' WHERE case_id = 'A-2'").expect("harmed");
        assert!(s.verify_in_lots_of(1).expect_err("the second lot").to_string().contains("A-2"));
    });
}
