//! Ledgers that cannot be opened or written to: what is said, and that nothing was done.

use super::*;

#[test]
fn a_ledger_that_is_not_there_is_made_only_when_it_may_be() {
    on_every_store(|home| {
        assert_eq!(code_of(&home.place.open(Missing::Refuse).expect_err("none")), "no-ledger");
        assert!(home.place.open_existing().expect("looked").is_none());
        let identity = home.store().identity().to_owned();
        assert_eq!(home.place.open(Missing::Refuse).expect("made").identity(), identity);
        assert_eq!((identity.len(), home.store().head().expect("read").seq), (32, 0));
    });
}

#[test]
fn a_newer_programs_ledger_is_left_alone() {
    on_every_store(|home| {
        drop(home.store());
        let newer = if home.is_file() {
            "PRAGMA user_version = 99"
        } else {
            "UPDATE about SET value = '99' WHERE name = 'schema_version'"
        };
        home.raw(newer).expect("set");
        for missing in [Missing::Make, Missing::Refuse] {
            let fault = home.place.open(missing).expect_err("newer");
            assert_eq!((code_of(&fault), fault.exit_code()), ("newer-schema", 2));
            assert!(fault.to_string().contains("version 99") && fault.to_string().contains("newer program"), "{fault}");
        }
    });
}

#[test]
fn another_programs_database_is_left_alone() {
    on_every_store(|home| {
        let make = if home.is_file() {
            "CREATE TABLE about (a)".to_owned()
        } else {
            let schema = &home.address().schema;
            format!(
                "CREATE SCHEMA {schema}; CREATE TABLE about (a int); CREATE TABLE events (a int); CREATE TABLE cases (a int)"
            )
        };
        home.raw(&make).expect("made");
        for missing in [Missing::Make, Missing::Refuse] {
            assert_eq!(code_of(&home.place.open(missing).expect_err("another's")), "not-a-ledger");
        }
        assert_eq!(code_of(&home.place.make_from_log(&mut LOG.as_bytes()).expect_err("there")), not_made(home));
    });
}

const LOG: &str = r#"{"hedui_ledger":1,"identity":"0123456789abcdef0123456789abcdef","events":0,"head":""}"#;

fn not_made(home: &Home) -> &'static str {
    if home.is_file() { "ledger-exists" } else { "not-a-ledger" }
}

#[test]
fn a_file_that_is_no_database_says_how_to_go_on() {
    let home = Home::file();
    let path = home.folder.path().join("ledger.sqlite");
    std::fs::write(&path, "no database at all, but long enough to be read as one\n".repeat(40)).expect("written");
    let fault = home.place.open(Missing::Make).expect_err("text");
    assert!(fault.exit_code() == 4 && fault.to_string().contains("rebuild"), "{fault}");
    let fault = SqliteStore::open(home.folder.path(), Missing::Make).expect_err("a folder is no file");
    assert_eq!((code_of(&fault), fault.exit_code()), ("ledger-closed", 2));
    assert!(fault.to_string().contains("permissions"), "{fault}");
}

#[test]
fn a_full_disk_is_a_fault_of_the_machine_and_nothing_is_written() {
    on_every_store(|home| {
        let mut s = home.store();
        open(&mut s, "A-1", Some("P02"));
        let before = s.head().expect("read");
        match &s {
            AnyStore::Sqlite(s) => s.fill_the_disk(),
            // The server's own error of a full disk, at the second of two events: what a real one says in the middle.
            AnyStore::Postgres(_) => home
                .raw(
                    "CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                     RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$; \
                     CREATE TRIGGER disk_is_full BEFORE INSERT ON events FOR EACH ROW WHEN (NEW.seq = 3) EXECUTE FUNCTION disk_is_full()",
                )
                .expect("set"),
        }
        let note = |why: String| {
            let case = s.case("A-1").expect("read").expect("there");
            let form = Form { why, ..full(day("2026-11-06")) };
            act(&case, Move::Note, &form, &by("甲", "2026-11-06"), &settings()).expect("may")
        };
        let notes = [note("短".to_owned()), note("长".repeat(200_000))];
        let fault = s.append(&notes, &[]).expect_err("full");
        assert_eq!(fault.exit_code(), 6, "{fault}");
        assert!(fault.to_string().contains("disk is full; nothing was written"), "{fault}");
        let again = home.store();
        assert_eq!((again.head().expect("read"), again.verify(None).expect("sound").events), (before, 1));
    });
}
