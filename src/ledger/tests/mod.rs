//! The ledger from outside, on every store: `moves` what may happen to a case, `harm` what nobody can do to the events unseen,
//! `writers` several at once, `places` ledgers that cannot be opened, `copies` from one to another, `servers` what only a server can do.

mod copies;
mod harm;
mod moves;
mod places;
mod server;
mod servers;
mod writers;

use std::path::Path;

use super::body::{Observation, OfRun, Opening};
use super::event::{body, day_of};
use super::postgres::Address;
use super::*;
use crate::error::Fault;
use crate::kernel::dates::Month;

const AT: &str = "2026-11-05T02:31:07Z";

/// Where a test's ledger is.
pub(super) struct Home {
    folder: tempfile::TempDir,
    pub place: Place,
}

impl Home {
    pub fn file() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place::Sqlite(folder.path().join("ledger.sqlite"));
        Self { folder, place }
    }
    /// A schema of its own, where there is a server.
    pub fn server() -> Option<Self> {
        let url = server::server()?.url();
        let place = Place::parse(&url, Path::new("")).unwrap_or_else(|(why, _)| panic!("{url}: {why}"));
        Some(Self { folder: tempfile::tempdir().expect("a folder"), place })
    }
    pub fn store(&self) -> AnyStore {
        self.place.open(Missing::Make).expect("opened")
    }
    /// Does something behind the ledger's back.
    pub fn raw(&self, sql: &str) -> Result<(), String> {
        match &self.place {
            Place::Sqlite(path) => {
                rusqlite::Connection::open(path).and_then(|db| db.execute_batch(sql)).map_err(|e| e.to_string())
            }
            Place::Postgres(address) => {
                let mut client = address.connect().expect("connected");
                let sql = format!("SET search_path TO {}; {sql}", address.schema);
                client.batch_execute(&sql).map_err(|e| format!("{:?}", e.as_db_error().map(|d| d.message().to_owned())))
            }
        }
    }
    /// Another of the same kind.
    fn another(&self) -> Self {
        if self.is_file() { Self::file() } else { Self::server().expect("there is one") }
    }
    fn is_file(&self) -> bool {
        matches!(self.place, Place::Sqlite(_))
    }
    fn address(&self) -> &Address {
        match &self.place {
            Place::Postgres(address) => address,
            Place::Sqlite(_) => panic!("a file"),
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // A server that is not the tests' own is left as it was.
        if let Place::Postgres(address) = &self.place
            && let Ok(mut client) = address.connect()
        {
            let _ = client.batch_execute(&format!("DROP SCHEMA IF EXISTS {} CASCADE", address.schema));
        }
    }
}

/// The same test on SQLite and, where there is a server, on PostgreSQL.
pub(super) fn on_every_store(test: impl Fn(&Home)) {
    for home in [Some(Home::file()), Home::server()].into_iter().flatten() {
        println!("on {}", home.place);
        test(&home);
    }
}

pub(super) fn day(text: &str) -> i32 {
    day_of(text).expect("a day")
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

fn open(store: &mut dyn Store, case: &str, rule: Option<&str>) {
    let event = event(case, Move::Open, "2026-11-05", body(&opening(rule)).expect("JSON"));
    store.append(&[event], &[]).expect("opened");
}

pub(super) fn by(who: &str, on: &str) -> By {
    By { who: who.to_owned(), at: AT.to_owned(), day: day(on) }
}

fn file() -> Option<FileRef> {
    Some(FileRef { name: "停发通知.pdf".to_owned(), sha256: "ab".repeat(32) })
}

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

pub(super) fn step(store: &mut dyn Store, id: &str, what: Move, who: &str, on: &str) -> crate::error::Result<Head> {
    step_with(store, id, what, who, on, &full(day(on)))
}

pub(super) fn step_with(
    store: &mut dyn Store,
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

fn gone(store: &mut dyn Store, id: &str, period: &str) {
    let run = OfRun { period: period.to_owned(), run: format!("{period}-run") };
    store.append(&[event(id, Move::Gone, &format!("{period}-28"), body(&run).expect("JSON"))], &[]).expect("told");
}

pub(super) fn code_of(fault: &Fault) -> &'static str {
    match fault {
        Fault::Refused(refusal) => refusal.code,
        other => panic!("no refusal: {other}"),
    }
}
