//! The ledger's databases from outside: a month on a server from its run to a verified copy, and writers that are killed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use hedui::ledger::{Missing, Move, Place, Store};

use crate::ledger::table;
use crate::office::{Office, error_of, hedui, said};

#[path = "../src/ledger/tests/server.rs"]
mod server;

/// An office whose pipeline has its ledger at a url.
fn office_with(url: &str, more: &str) -> Office {
    let office = Office::new();
    let text = std::fs::read_to_string(office.pipeline()).expect("read");
    let section = format!("{text}\n[ledger]\nurl = \"{url}\"\n{more}");
    std::fs::write(office.pipeline(), section).expect("written");
    office
}

#[test]
fn a_run_feeds_a_ledger_on_a_server_and_people_work_in_it() {
    let Some(server) = server::server() else { return };
    let url = server.url();
    let office = office_with(&url, "");
    let ledger = |arguments: &[&str]| {
        let mut command = hedui();
        command.current_dir(&office.root).arg("ledger").args(arguments);
        command
    };
    let output = ledger(&["list"]).output().expect("started");
    assert!(output.status.code() == Some(2) && error_of(&output).contains("no-ledger"), "{}", error_of(&output));
    office.publish(&["--quiet", "--period", "2026-09"]);
    office.publish(&["--quiet", "--period", "2026-10"]);
    let log = said(&mut ledger(&["export"]));
    office.publish(&["--quiet", "--period", "2026-10"]);
    assert_eq!(said(&mut ledger(&["export"])), log, "told twice, written once");

    let cases = table(&said(&mut ledger(&["list", "--state", "suspicion", "--format", "csv"])));
    let case = cases[0]["case"].as_str();
    said(&mut ledger(&["check", case, "--by", "甲"]));
    let refused = ledger(&["close", case, "--by", "甲", "--lang", "en"]).output().expect("started");
    assert!(
        refused.status.code() == Some(2) && error_of(&refused).contains("forbidden-move"),
        "{}",
        error_of(&refused)
    );
    let left = table(&said(&mut ledger(&["list", "--state", "suspicion", "--format", "csv"])));
    assert_eq!(left.len() + 1, cases.len());
    let events = log.lines().count();
    assert!(
        said(&mut ledger(&["verify", "--lang", "en"])).contains(&format!("{events} events")),
        "one more than the log had"
    );

    // The same ledger in a file, to the byte, and what the file says back on the server.
    said(&mut ledger(&["copy", "--to", "copy.sqlite"]));
    let of_server = said(&mut ledger(&["export"]));
    let in_file = office_with("sqlite:copy.sqlite", "");
    std::fs::copy(office.root.join("copy.sqlite"), in_file.root.join("copy.sqlite")).expect("copied");
    let of_file = |arguments: &[&str]| said(hedui().current_dir(&in_file.root).arg("ledger").args(arguments));
    assert_eq!(of_file(&["export"]), of_server);
    assert_eq!(of_file(&["list", "--format", "csv"]), said(&mut ledger(&["list", "--format", "csv"])));
    assert_eq!(of_file(&["balance", "--format", "csv"]), said(&mut ledger(&["balance", "--format", "csv"])));
    let again = server.url();
    assert!(of_file(&["copy", "--to", &again, "--lang", "en"]).contains("verified there"));
    let there = hedui().current_dir(&in_file.root).args(["ledger", "copy", "--to", &again]).output().expect("started");
    assert!(there.status.code() == Some(2) && error_of(&there).contains("ledger-exists"), "{}", error_of(&there));
    drop_schemas(&[&url, &again]);
}

#[test]
fn a_password_is_in_nothing_that_a_run_leaves_behind() {
    let Some(server) = server::server() else { return };
    // Only on a server of our own may roles be made.
    if server.own.is_none() {
        return;
    }
    let url = server.url();
    let mut admin = client(&url);
    let made = "DO $$ BEGIN CREATE ROLE guarded LOGIN PASSWORD 'open-sesame'; EXCEPTION WHEN duplicate_object THEN NULL; END $$; \
         GRANT CREATE ON DATABASE postgres TO guarded";
    admin.batch_execute(made).expect("made");
    let office = office_with(&url.replace("hedui@", "guarded@"), "password_file = \".hedui/ledger.password\"\n");
    let file = office.root.join(".hedui/ledger.password");
    let with = |password: &str| {
        use std::os::unix::fs::PermissionsExt;
        std::fs::write(&file, password).expect("written");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("set");
        office.run(&["--period", "2026-09"])
    };
    let refused = with("shut-sesame");
    let error = error_of(&refused);
    assert!(
        refused.status.code() == Some(2) && error.contains("ledger-login") && !error.contains("shut-sesame"),
        "{error}"
    );
    assert!(!office.out().join("manifest.json").exists(), "nothing is published without its ledger");
    let done = with("open-sesame");
    assert!(done.status.success(), "{}", error_of(&done));
    assert!(!error_of(&done).contains("open-sesame"));
    std::fs::remove_file(&file).expect("removed");
    let found =
        std::process::Command::new("grep").args(["-rl", "open-sesame"]).arg(&office.root).output().expect("grep");
    assert_eq!(String::from_utf8_lossy(&found.stdout), "", "the password was written down");
    drop_schemas(&[&url]);
}

fn client(url: &str) -> postgres::Client {
    let (base, _) = url.split_once("schema=").expect("a schema");
    postgres::Client::connect(base.trim_end_matches(['?', '&']), postgres::NoTls).expect("connected")
}

fn drop_schemas(urls: &[&str]) {
    for url in urls {
        let (_, schema) = url.split_once("schema=").expect("a schema");
        client(url).batch_execute(&format!("DROP SCHEMA {schema} CASCADE")).expect("dropped");
    }
}

/// Kills a writer at random moments; what it said was written is there once, and nothing is there twice.
fn kill_writers(db: &str) {
    let bench = |arguments: &[&str]| {
        let mut command = hedui();
        command.args(["ledger", "bench"]).args(arguments).args(["--db", db, "--cases", "40"]);
        command
    };
    said(&mut bench(&["fill", "--events", "40"]));
    let mut acknowledged: BTreeSet<String> = BTreeSet::new();
    for seed in 1..=12_usize {
        let number = seed.to_string();
        let mut writer =
            bench(&["write", "--events", "1000", "--seed", &number]).stdout(Stdio::piped()).spawn().expect("started");
        let mut lines = BufReader::new(writer.stdout.take().expect("piped")).lines();
        // The moment differs from round to round, by what the writer has done and a little more.
        for line in lines.by_ref().take(seed * 3) {
            acknowledged.extend(line.expect("read").strip_prefix("ack ").map(str::to_owned));
        }
        std::thread::sleep(std::time::Duration::from_micros(seed as u64 * 137));
        writer.kill().expect("killed");
        writer.wait().expect("ended");
        for line in lines.map_while(Result::ok) {
            acknowledged.extend(line.strip_prefix("ack ").map(str::to_owned));
        }
    }
    // A server may still be at the last one's commit; whoever writes next waits for it.
    place(db).open(Missing::Refuse).expect("opened").append(&[], &[]).expect("nothing");
    let counted: serde_json::Value = serde_json::from_str(&said(&mut bench(&["verify"]))).expect("JSON");
    let found = notes(db);
    assert_eq!(counted["events"].as_u64(), Some(40 + found.values().sum::<u64>()));
    assert!(acknowledged.len() >= 12 * 3, "{}", acknowledged.len());
    for note in &acknowledged {
        assert_eq!(found.get(note), Some(&1), "{note}");
    }
    assert!(found.values().all(|n| *n == 1), "{found:?}");
}

fn place(db: &str) -> Place {
    let url = if db.contains("://") { db.to_owned() } else { format!("sqlite:{db}") };
    Place::parse(&url, Path::new("/")).unwrap_or_else(|(why, _)| panic!("{why}"))
}

/// Reasons of all notes of a ledger, and how often each stands there.
fn notes(db: &str) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    place(db)
        .open(Missing::Refuse)
        .expect("opened")
        .events(0, &mut |event| {
            if event.what == Move::Note {
                *found.entry(event.why).or_default() += 1;
            }
            Ok(())
        })
        .expect("read");
    found
}

#[test]
fn killed_writers_lose_nothing_and_double_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    kill_writers(&folder.path().join("l.sqlite").display().to_string());
}

#[test]
fn killed_writers_lose_nothing_and_double_nothing_on_a_server() {
    let Some(server) = server::server() else { return };
    let url = server.url();
    kill_writers(&url);
    drop_schemas(&[&url]);
}
