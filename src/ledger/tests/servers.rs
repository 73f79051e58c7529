//! What only a server can do: be away, refuse, be read-only, be held by others, or vanish in the middle of a commit.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// A ledger with one case on a server of the tests' own, and its url.
fn own() -> Option<(Home, String)> {
    let own = server::server()?.own.as_ref()?;
    let home = Home::server()?;
    open(&mut home.store(), "A-1", Some("P02"));
    let schema = &home.address().schema;
    let url = format!("postgres://hedui@/postgres?host={}&schema={schema}", own.display());
    Some((home, url))
}

fn place(url: &str) -> Place {
    Place::parse(url, Path::new("")).unwrap_or_else(|(why, _)| panic!("{url}: {why}"))
}

fn note(store: &mut dyn Store) -> crate::error::Result<Head> {
    step(store, "A-1", Move::Note, "甲", "2026-11-06")
}

#[test]
fn a_server_that_is_away_and_a_database_that_is_none_say_so() {
    let fault = place("postgres://hedui@/office?host=/nowhere/at/all").open(Missing::Make).expect_err("away");
    assert_eq!(fault.exit_code(), 6, "{fault}");
    assert!(fault.to_string().contains("cannot be reached; nothing was written"), "{fault}");
    let Some((_home, url)) = own() else { return };
    let fault = place(&url.replace("/postgres?", "/office?")).open(Missing::Make).expect_err("no database");
    assert_eq!(code_of(&fault), "ledger-closed");
    assert!(fault.to_string().contains("createdb"), "{fault}");
}

#[test]
fn a_password_is_read_from_a_private_file_and_is_never_said() {
    let Some((home, url)) = own() else { return };
    let schema = &home.address().schema;
    home.raw(&format!(
        "DO $$ BEGIN CREATE ROLE guarded LOGIN PASSWORD 'open-sesame'; EXCEPTION WHEN duplicate_object THEN NULL; END $$; \
         GRANT USAGE ON SCHEMA {schema} TO guarded; GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO guarded"
    ))
    .expect("made");
    let url = url.replace("hedui@", "guarded@");
    let file = home.folder.path().join("password");
    let with = |text: &str, mode: u32| {
        use std::os::unix::fs::PermissionsExt;
        std::fs::write(&file, text).expect("written");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("set");
        place(&url).with_password_file(Some(file.clone())).open(Missing::Refuse)
    };
    note(&mut with("open-sesame\n", 0o600).expect("let in")).expect("written");
    for (text, mode, code) in [
        ("wrong-word\n", 0o600, "ledger-login"),
        ("", 0o600, "ledger-login"),
        ("open-sesame\n", 0o644, "password-file"),
    ] {
        let fault = with(text, mode).expect_err(code);
        assert_eq!(code_of(&fault), code, "{fault}");
        let said = format!("{fault} {fault:?}");
        assert!(!said.contains("open-sesame") && !said.contains("wrong-word"), "{said}");
        assert!(said.contains("password_file") || code == "password-file" && said.contains("chmod 600"), "{said}");
    }
    let gone = place(&url).with_password_file(Some(PathBuf::from("/no/such/file"))).open(Missing::Refuse);
    assert_eq!(code_of(&gone.expect_err("no file")), "password-file");
}

#[test]
fn who_may_not_write_and_what_cannot_be_written_to_say_so_and_write_nothing() {
    let Some((home, url)) = own() else { return };
    let before = home.store().head().expect("read");
    let mut standby =
        place(&format!("{url}&options=-c%20default_transaction_read_only%3Don")).open(Missing::Refuse).expect("read");
    let fault = note(&mut standby).expect_err("read-only");
    assert_eq!(code_of(&fault), "ledger-closed");
    assert!(fault.to_string().contains("read-only; nothing was written"), "{fault}");
    let schema = &home.address().schema;
    home.raw(&format!(
        "DO $$ BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$; \
         GRANT USAGE ON SCHEMA {schema} TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO reader"
    ))
    .expect("made");
    let reader = url.replace("hedui@", "reader@");
    let fault = note(&mut place(&reader).open(Missing::Refuse).expect("read")).expect_err("no right");
    assert_eq!(code_of(&fault), "ledger-closed");
    let fault = place(&reader.replace(schema.as_str(), "elsewhere")).open(Missing::Make).expect_err("no right");
    assert!(fault.to_string().contains("CREATE SCHEMA elsewhere AUTHORIZATION reader"), "{fault}");
    assert_eq!(home.store().head().expect("read"), before);
}

#[test]
fn a_writer_that_waits_too_long_is_told_and_may_try_again() {
    let Some((home, url)) = own() else { return };
    let mut s = place(&format!("{url}&options=-c%20lock_timeout%3D50ms")).open(Missing::Refuse).expect("opened");
    let mut other = home.address().connect().expect("connected");
    let mut tx = other.transaction().expect("begun");
    tx.batch_execute(&format!("SELECT 1 FROM {}.about FOR UPDATE", home.address().schema)).expect("held");
    let fault = note(&mut s).expect_err("held");
    assert_eq!(fault.exit_code(), 5, "{fault}");
    assert!(fault.to_string().contains("another program is writing"), "{fault}");
    assert_eq!(s.events_of("A-1").expect("readers do not wait").len(), 1);
    tx.rollback().expect("let go");
    note(&mut s).expect("written");
}

#[test]
fn a_session_that_the_server_ended_is_made_anew() {
    let Some((home, _)) = own() else { return };
    let mut s = home.store();
    let AnyStore::Postgres(store) = &s else { panic!("a server's") };
    home.raw(&format!("SELECT pg_terminate_backend({})", store.backend())).expect("ended");
    std::thread::sleep(std::time::Duration::from_millis(200));
    // The one that notices may say that the connection was lost; the next has a new one.
    let _ = s.head();
    assert_eq!(s.head().expect("read").seq, 1);
    note(&mut s).expect("written");
}

#[test]
fn readings_within_readings_see_one_moment() {
    let Some((home, _)) = own() else { return };
    let s = home.store();
    let mut writer = home.store();
    let mut seen = Vec::new();
    s.events(0, &mut |event| {
        note(&mut writer)?;
        s.cases(&Filter::default(), &mut |case| {
            seen.push((event.seq, case.events, s.events_of(&case.id)?.len()));
            Ok(())
        })
    })
    .expect("read");
    assert_eq!(seen, [(1, 1, 1)]);
    assert_eq!(s.head().expect("read").seq, 2);
}

/// When the connection between a writer and the server is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// The word to commit never arrives.
    BeforeCommit,
    /// It arrives and is obeyed, but the answer does not come back.
    AfterCommit,
}

/// Stands between a writer and the server, cuts the first connection that commits, and lets later ones pass if it may.
fn cutter(folder: &Path, server: PathBuf, cut: Cut, again: bool) {
    let socket = folder.join(".s.PGSQL.5432");
    let listener = UnixListener::bind(&socket).expect("bound");
    let done = Arc::new(AtomicBool::new(false));
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let Ok(server) = UnixStream::connect(server.join(".s.PGSQL.5432")) else { return };
            let (mut from, mut to) = (client.try_clone().expect("cloned"), server.try_clone().expect("cloned"));
            let (done, socket) = (done.clone(), socket.clone());
            let (mut answers, mut back) = (server, client);
            let cutting = Arc::new(AtomicBool::new(false));
            let cuts = cutting.clone();
            std::thread::spawn(move || {
                let mut buffer = vec![0; 65536];
                while let Ok(n @ 1..) = from.read(&mut buffer) {
                    let commits = buffer[..n].windows(6).any(|w| w == b"COMMIT") && !done.swap(true, Ordering::SeqCst);
                    if commits && !again {
                        std::fs::remove_file(&socket).expect("removed");
                    }
                    if commits && cut == Cut::BeforeCommit {
                        let _ = (to.shutdown(Shutdown::Both), from.shutdown(Shutdown::Both));
                        return;
                    }
                    cuts.store(commits, Ordering::SeqCst);
                    if to.write_all(&buffer[..n]).is_err() {
                        return;
                    }
                }
                let _ = to.shutdown(Shutdown::Both);
            });
            std::thread::spawn(move || {
                let mut buffer = vec![0; 65536];
                while let Ok(n @ 1..) = answers.read(&mut buffer) {
                    // The answer to the commit: it was obeyed.
                    if cutting.load(Ordering::SeqCst) || back.write_all(&buffer[..n]).is_err() {
                        let _ = (back.shutdown(Shutdown::Both), answers.shutdown(Shutdown::Both));
                        return;
                    }
                }
                let _ = back.shutdown(Shutdown::Both);
            });
        }
    });
}

#[test]
fn a_connection_lost_while_committing_neither_loses_nor_doubles_anything() {
    for (cut, again, written, said) in [
        (Cut::BeforeCommit, true, 1, Some("the connection to the server was lost; nothing was written")),
        (Cut::AfterCommit, true, 2, None),
        (Cut::BeforeCommit, false, 1, Some("whether it was written is not known")),
        (Cut::AfterCommit, false, 2, Some("whether it was written is not known")),
    ] {
        let Some((home, url)) = own() else { return };
        let folder = tempfile::tempdir().expect("a folder");
        let server = server::server().and_then(|s| s.own.clone()).expect("our own");
        let through = url.replace(&server.display().to_string(), &folder.path().display().to_string());
        let case = home.store().case("A-1").expect("read").expect("there");
        let event = act(&case, Move::Note, &full(0), &by("甲", "2026-11-06"), &settings()).expect("may");
        let mut s = place(&through).open(Missing::Refuse).err().map_or_else(
            || panic!("not through yet"),
            |_| {
                cutter(folder.path(), server, cut, again);
                place(&through).open(Missing::Refuse).expect("opened")
            },
        );
        let claim = [Expected { case: "A-1".to_owned(), events: 1 }];
        let done = s.append(std::slice::from_ref(&event), &claim);
        match (&done, said) {
            (Ok(head), None) => assert_eq!(head.seq, written),
            (Err(fault), Some(said)) => {
                assert_eq!(fault.exit_code(), 6, "{fault}");
                assert!(fault.to_string().contains(said), "{cut:?} {again}: {fault}");
            }
            other => panic!("{cut:?} {again}: {other:?}"),
        }
        let mut after = home.store();
        assert_eq!(after.verify(None).expect("sound").events, written, "{cut:?} {again}");
        // Doing it again under the same claim never doubles it.
        let twice = after.append(&[event], &claim);
        assert_eq!(twice.is_ok(), written == 1, "{cut:?} {again}");
        assert_eq!(after.head().expect("read").seq, 2);
    }
}
