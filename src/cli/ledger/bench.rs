//! Figures of the ledger for benches/ledger.py: a ledger of any size, and how fast it is read, folded, verified and written.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, ValueEnum};
use rand::{Rng, SeedableRng};
use serde_json::json;

use crate::cli::put;
use crate::desk::ask::Asking;
use crate::desk::gate::{self, Gate, Matter, Request};
use crate::desk::units::Units;
use crate::error::{Fault, Result};
use crate::kernel::dates::Month;
use crate::ledger::body::{Observation, Opening};
use crate::ledger::event::{body, day_of};
use crate::ledger::{By, Case, Expected, Filter, Form, Missing, Move, NewEvent, Place, Settings, State, Store, act};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Makes a ledger of --cases cases with --events events
    Fill,
    /// Lists a unit's open cases, folds one case, and asks what `gate` asks of the ledger for a unit, again and again
    Read,
    /// Reasons of all notes, one a line
    Notes,
    Verify,
    /// Writes --events notes on random cases, one transaction each, and says so after each
    Write,
}

#[derive(Debug, Args)]
pub struct Bench {
    #[arg(value_enum)]
    what: What,
    /// A file, or a postgres: url
    #[arg(long)]
    db: String,
    #[arg(long, default_value_t = 1000)]
    cases: u32,
    #[arg(long, default_value_t = 10_000)]
    events: u32,
    /// Cases of one unit
    #[arg(long, default_value_t = 50)]
    per_unit: u32,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A published folder: the cases of `fill` are of its units, and `read` checks these at the whole gate too
    #[arg(long)]
    out: Option<PathBuf>,
    /// Seconds to measure
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    #[arg(long, default_value = "writer")]
    who: String,
}

const AT: &str = "2026-11-05T02:31:07Z";

pub fn execute(a: &Bench) -> Result<u8> {
    let missing = if a.what == What::Fill { Missing::Make } else { Missing::Refuse };
    let place = match a.db.split_once("://") {
        None => Place::Sqlite(PathBuf::from(&a.db)),
        Some(_) => Place::parse(&a.db, Path::new("")).map_err(|(message, _)| Fault::Internal(message))?,
    };
    let mut store = place.open(missing)?;
    let started = Instant::now();
    match a.what {
        What::Fill => {
            fill(&mut store, a)?;
            let seconds = started.elapsed().as_secs_f64();
            put(&json!({"cases": a.cases, "events": store.head()?.seq, "seconds": seconds}).to_string());
        }
        What::Verify => {
            let found = store.verify(None)?;
            let seconds = started.elapsed().as_secs_f64();
            put(&json!({"events": found.events, "cases": found.cases, "seconds": seconds, "per_second": found.events as f64 / seconds}).to_string());
        }
        What::Read => put(&read(&store, a)?.to_string()),
        What::Notes => store.events(0, &mut |event| {
            if event.what == Move::Note {
                put(&event.why);
            }
            Ok(())
        })?,
        What::Write => write(&mut store, a)?,
    }
    Ok(0)
}

fn id(n: u32) -> String {
    format!("A-{n:016x}")
}

/// Whose cases they are: units of a published folder, or made up.
struct Owners {
    published: Vec<String>,
    per_unit: u32,
}

impl Owners {
    fn read(a: &Bench) -> Result<Self> {
        let published = match &a.out {
            Some(out) => Units::read(&mut Asking::open(out, None)?)?.list.into_iter().map(|u| u.key).collect(),
            None => Vec::new(),
        };
        Ok(Self { published, per_unit: a.per_unit.max(1) })
    }
    fn of(&self, n: u32) -> String {
        let n = n / self.per_unit;
        match self.published.len() {
            0 => format!("U{n:016}"),
            units => self.published[n as usize % units].clone(),
        }
    }
}

/// Round after round as months go by: every case is opened, then seen again in as many months as make up the events.
fn fill(store: &mut dyn Store, a: &Bench) -> Result<()> {
    const AT_ONCE: u32 = 50_000;
    let day = day_of("2026-11-05").unwrap_or_default();
    let first = Month::new(2020, 1).ok_or_else(|| Fault::Internal("a month".to_owned()))?;
    let rounds = a.events / a.cases.max(1);
    let owners = Owners::read(a)?;
    for round in 0..rounds.max(1) {
        let month = first.plus(round.cast_signed());
        let mut begin = 0;
        while begin < a.cases {
            let end = a.cases.min(begin + AT_ONCE);
            let events: Result<Vec<NewEvent>> = (begin..end).map(|n| event(n, round, month, day, &owners)).collect();
            store.append(&events?, &[])?;
            begin = end;
        }
    }
    Ok(())
}

fn event(n: u32, round: u32, month: Month, day: i32, owners: &Owners) -> Result<NewEvent> {
    let seen = Observation {
        period: month.to_string(),
        run: format!("{month}-0123456789ab"),
        fingerprint: format!("{n:020x}"),
        severity: "S2".to_owned(),
        measure: Some(f64::from(round)),
        amount: Some(i64::from(n)),
        ..Observation::default()
    };
    let (what, content) = if round == 0 {
        let opening = Opening {
            source: "comparison".to_owned(),
            rule: Some("P02".to_owned()),
            class: "pay".to_owned(),
            severity: "S2".to_owned(),
            unit_key: Some(owners.of(n)),
            unit_name: Some("某市某局".to_owned()),
            person_key: Some(format!("P{n:020x}")),
            person_name: Some("张*".to_owned()),
            fact_zh: "某市某局张*已于2026-05-01死亡,近三个月仍有3个月发放共18000.00元,请立即停发、核实领取人并追回。"
                .to_owned(),
            fact_en: "died on 2026-05-01; still paid 3 months, 18000.00 yuan; stop at once.".to_owned(),
            legal_basis: "《关于开展吃空饷问题集中治理工作的意见》情形4".to_owned(),
            due: Some("2026-11-19".to_owned()),
            seen: Some(seen),
            ..Opening::default()
        };
        (Move::Open, body(&opening)?)
    } else {
        (Move::Seen, body(&seen)?)
    };
    Ok(NewEvent {
        case: id(n),
        what,
        at: AT.to_owned(),
        day,
        month,
        who: "hedui run".to_owned(),
        why: format!("{month}-0123456789ab"),
        file: None,
        body: content,
    })
}

fn read(store: &dyn Store, a: &Bench) -> Result<serde_json::Value> {
    let owners = Owners::read(a)?;
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(a.seed);
    let mut rate = |each: &mut dyn FnMut(u32) -> Result<()>| -> Result<f64> {
        let (started, mut n) = (Instant::now(), 0_u32);
        while started.elapsed().as_secs_f64() < a.seconds {
            each(random.random_range(0..a.cases.max(1)))?;
            n += 1;
        }
        Ok(f64::from(n) / started.elapsed().as_secs_f64())
    };
    let open: Vec<State> = State::all().filter(|s| s.is_open()).collect();
    let mut listed = 0_u64;
    let lists = rate(&mut |n| {
        let filter = Filter { states: open.clone(), unit: Some(owners.of(n)), ..Filter::default() };
        store.cases(&filter, &mut |_| {
            listed += 1;
            Ok(())
        })
    })?;
    let folds = rate(&mut |n| {
        let events = store.events_of(&id(n))?;
        Case::fold(&id(n), &events).map(|_| ()).map_err(Fault::Reconciliation)
    })?;
    let day = day_of("2026-11-06").unwrap_or_default();
    let mut suspected = 0;
    let gates = rate(&mut |n| {
        let cases = gate::problems::cases_of(store, &[owners.of(n)])?;
        suspected += gate::problems::of_cases(&cases, day).suspected;
        gate::facts::Facts::default().add_cases(store, &cases)
    })?;
    let mut found = json!({"unit_lists_per_second": lists, "cases_listed": listed, "folds_per_second": folds,
        "gate_ledger_per_second": gates, "gate_suspicions": suspected});
    if let Some(out) = &a.out {
        let started = Instant::now();
        let mut asking = Asking::open(out, None)?;
        let units = Units::read(&mut asking)?;
        let request = |unit: String| Request {
            unit,
            day,
            matter: Matter::Entry { quota_type: String::new(), people: 1 },
            application: String::new(),
            depth: 1,
            waiver: None,
            period: None,
        };
        let all: Vec<Request> = units.list.iter().map(|u| request(u.key.clone())).collect();
        let gate = Gate::open(&mut asking, &units, Some(store), &all)?;
        found["gate_opened_seconds"] = json!(started.elapsed().as_secs_f64());
        found["gate_units"] = json!(units.list.len());
        let mut suspected = 0;
        found["gate_per_second"] = json!(rate(&mut |n| {
            suspected += gate.check(&request(owners.of(n)))?.problems.suspected;
            Ok(())
        })?);
        found["gate_suspicions"] = json!(suspected);
    }
    Ok(found)
}

/// Notes on random cases: guards, expected number of events, one commit each. `ack N` on standard output follows the commit.
fn write(store: &mut dyn Store, a: &Bench) -> Result<()> {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(a.seed);
    let by = By { who: a.who.clone(), at: AT.to_owned(), day: day_of("2026-11-06").unwrap_or_default() };
    let settings = Settings::default();
    let mut conflicts = 0_u64;
    for i in 0..a.events {
        let form = Form { why: format!("{}-{}-{i}", a.who, a.seed), ..Form::default() };
        loop {
            let id = id(random.random_range(0..a.cases.max(1)));
            let case = store.case(&id)?.unwrap_or_else(|| Case::new(&id));
            let event = act(&case, Move::Note, &form, &by, &settings)?;
            match store.append(&[event], &[Expected { case: id, events: case.events }]) {
                Ok(_) => break,
                Err(Fault::Locked(_)) => conflicts += 1,
                Err(other) => return Err(other),
            }
        }
        put(&format!("ack {}", form.why));
    }
    put(&format!("done {conflicts}"));
    Ok(())
}
