//! A ledger built again from its log, and taken from one database to another.

use super::*;

fn filled(home: &Home) -> AnyStore {
    let mut s = home.store();
    open(&mut s, "A-1", Some("P02"));
    open(&mut s, "A-2", None);
    step(&mut s, "A-1", Move::Check, "甲", "2026-11-06").expect("begun");
    step(&mut s, "A-2", Move::Check, "甲", "2026-11-06").expect("begun");
    s
}

fn log_of(store: &AnyStore) -> String {
    let mut text = Vec::new();
    log::export(store, &mut text).expect("written");
    String::from_utf8(text).expect("UTF-8")
}

#[test]
fn a_ledger_is_built_again_from_its_log_and_from_no_other() {
    on_every_store(|home| {
        let s = filled(home);
        let text = log_of(&s);
        let again = home.another();
        let head = again.place.make_from_log(&mut text.as_bytes()).expect("built");
        let copy = again.place.open(Missing::Refuse).expect("opened");
        assert_eq!((head, copy.identity()), (s.head().expect("read"), s.identity()));
        copy.verify(None).expect("sound");
        assert_eq!(copy.case("A-2").expect("read"), s.case("A-2").expect("read"));
        assert_eq!(text, log_of(&copy), "to the byte");
        assert_eq!(code_of(&again.place.make_from_log(&mut text.as_bytes()).expect_err("there")), "ledger-exists");

        let spoilt = home.another();
        let lines: Vec<&str> = text.lines().collect();
        let swapped = [lines[0], lines[2], lines[1], lines[3], lines[4]].join("\n");
        for (log, said) in [
            (text.replacen("甲", "乙", 1), "line 4"),
            (lines[..4].join("\n"), "cut off"),
            (swapped, "line 2"),
            (text.replacen("2026-11-19", "2026-12-19", 1), "line 2"),
            ("{}".to_owned(), "line 1"),
        ] {
            let fault = spoilt.place.make_from_log(&mut log.as_bytes()).expect_err(said);
            assert!(fault.exit_code() == 4 && fault.to_string().contains(said), "{said}: {fault}");
            assert!(spoilt.place.open_existing().expect("looked").is_none(), "nothing is left");
        }
    });
}

#[test]
fn a_ledger_is_copied_whole_from_one_database_to_the_other_and_back() {
    let file = Home::file();
    let s = filled(&file);
    let text = log_of(&s);
    let homes = [Home::server(), Some(Home::file())];
    let mut from = s;
    for to in homes.iter().flatten() {
        assert_eq!(to.place.make_copy(&from).expect("copied"), from.head().expect("read"));
        let mut copy = to.place.open(Missing::Refuse).expect("opened");
        assert_eq!(log_of(&copy), text);
        assert_eq!(code_of(&to.place.make_copy(&from).expect_err("there")), "ledger-exists");
        // The copy goes on where the other stopped, and is none of it.
        step(&mut copy, "A-1", Move::Note, "乙", "2026-11-07").expect("written");
        assert_eq!((copy.verify(None).expect("sound").events, from.head().expect("read").seq), (5, 4));
        from = file.store();
    }
}

#[test]
fn a_ledger_that_was_touched_is_not_copied() {
    let file = Home::file();
    let s = filled(&file);
    file.raw("DROP TRIGGER events_no_update; UPDATE events SET who = '乙' WHERE seq = 3").expect("harmed");
    on_every_store(|home| {
        let fault = home.place.make_copy(&s).expect_err("touched");
        assert!(fault.exit_code() == 4 && fault.to_string().contains("event 3"), "{fault}");
        assert!(home.place.open_existing().expect("looked").is_none(), "nothing is left");
    });
}
