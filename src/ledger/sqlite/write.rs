//! Appending: all events or none, each case where its writer believed it to be.

use std::collections::BTreeMap;

use rusqlite::{Connection, Statement, Transaction, TransactionBehavior, params};

use super::super::case::Case;
use super::super::event::{Event, NewEvent, day_of, genesis};
use super::super::state::{Move, State, ways_out};
use super::super::store::{Expected, Head};
use super::{SqliteStore, fault};
use crate::error::{Fault, Result, refused};
use crate::kernel::secret::hex;

pub(super) const INSERT: &str = "INSERT INTO events (seq, at, day, month, who, case_id, n, what, from_state, to_state, why, \
     file_name, file_sha256, body, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";

const UPSERT: &str = "INSERT OR REPLACE INTO cases (case_id, events, state, source, rule, class, severity, unit_key, unit_name, \
     due, turned, watched, doc) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";

/// The row of the table of cases. Its columns repeat what `doc` says, for searching.
pub(super) struct CaseRow {
    pub events: u32,
    pub state: &'static str,
    pub source: String,
    pub rule: Option<String>,
    pub class: String,
    pub severity: String,
    pub unit_key: Option<String>,
    pub unit_name: Option<String>,
    pub due: Option<i32>,
    pub turned: Option<String>,
    pub watched: bool,
    pub doc: String,
}

impl CaseRow {
    pub fn of(case: &Case) -> Result<Self> {
        let o = &case.opening;
        Ok(Self {
            events: case.events,
            state: case.state.name(),
            source: o.source.clone(),
            rule: o.rule.clone(),
            class: o.class.clone(),
            severity: o.severity.clone(),
            unit_key: o.unit_key.clone(),
            unit_name: o.unit_name.clone(),
            // Only deadlines that somebody can miss.
            due: case.due.as_deref().filter(|_| case.state.is_open() && !case.state.awaits_data()).and_then(day_of),
            turned: case.turns.last().map(|t| t.0.clone()),
            watched: case.is_watched(),
            doc: serde_json::to_string(case).map_err(|e| Fault::Internal(format!("case {}: {e}", case.id)))?,
        })
    }
}

/// Writes the rows of cases.
pub(super) struct CaseWriter<'c>(Statement<'c>);

impl<'c> CaseWriter<'c> {
    pub fn new(db: &'c Connection) -> rusqlite::Result<Self> {
        db.prepare(UPSERT).map(Self)
    }
    pub fn put(&mut self, id: &str, row: &CaseRow) -> rusqlite::Result<()> {
        let r = row;
        self.0.execute(params![
            id,
            r.events,
            r.state,
            r.source,
            r.rule,
            r.class,
            r.severity,
            r.unit_key,
            r.unit_name,
            r.due,
            r.turned,
            r.watched,
            r.doc
        ])?;
        Ok(())
    }
}

/// Writes an event's row.
pub(super) fn insert(statement: &mut Statement<'_>, event: &Event, hash: &[u8; 32]) -> rusqlite::Result<()> {
    let file = event.file.as_ref();
    statement.execute(params![
        event.seq,
        event.at,
        event.day,
        event.month,
        event.who,
        event.case,
        event.n,
        event.what.name(),
        event.from.name(),
        event.to.name(),
        event.why,
        file.map(|f| &f.name),
        file.map(|f| &f.sha256),
        event.body,
        &hash[..]
    ])?;
    Ok(())
}

impl SqliteStore {
    pub(super) fn append_all(&mut self, events: &[NewEvent], expected: &[Expected]) -> Result<Head> {
        let path = self.path.clone();
        let sql = |e: rusqlite::Error| fault(&path, &e);
        let identity = self.identity.clone();
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
        let mut cases: BTreeMap<String, Case> = BTreeMap::new();
        for claim in expected {
            let case = load(&tx, &claim.case).map_err(sql)??.unwrap_or_else(|| Case::new(&claim.case));
            if case.events != claim.events {
                return Err(conflict(&tx, claim, case.events).map_err(sql)?);
            }
            cases.insert(claim.case.clone(), case);
        }
        let mut head = head_of(&tx, &identity).map_err(sql)?;
        {
            let mut statement = tx.prepare(INSERT).map_err(sql)?;
            let mut buffer = Vec::new();
            for new in events {
                if !cases.contains_key(&new.case) {
                    let case = load(&tx, &new.case).map_err(sql)??.unwrap_or_else(|| Case::new(&new.case));
                    cases.insert(new.case.clone(), case);
                }
                let Some(case) = cases.get_mut(&new.case) else { continue };
                let event = case.event_of(new, head.seq + 1).ok_or_else(|| forbidden(case, new.what))?;
                case.apply(&event).map_err(Fault::Internal)?;
                let hash = event.fields().hash(&head.hash, &mut buffer);
                insert(&mut statement, &event, &hash).map_err(sql)?;
                head = Head { seq: event.seq, hash: hex(&hash) };
            }
            let mut writer = CaseWriter::new(&tx).map_err(sql)?;
            for (id, case) in cases.iter().filter(|(_, c)| c.events > 0) {
                writer.put(id, &CaseRow::of(case)?).map_err(sql)?;
            }
        }
        tx.commit().map_err(sql)?;
        Ok(head)
    }
}

/// A move that the table of states does not know, with those that it does.
pub(in super::super) fn forbidden(case: &Case, what: Move) -> Fault {
    if case.state == State::None {
        return unknown_case(&case.id);
    }
    let ways = ways_out(case.state);
    let list = |name: fn(&Move) -> &'static str, comma: &str| ways.iter().map(name).collect::<Vec<_>>().join(comma);
    let (zh, en) = (case.state.words(), what.words());
    refused(
        "forbidden-move",
        format!("{} 现为“{}”,不能“{}”", case.id, zh.0, en.0),
        format!("{} is “{}”: “{}” is not possible from there", case.id, zh.1, what.name()),
    )
    .hint(format!("现在可以:{}", list(|m| m.words().0, "、")), format!("possible now: {}", list(|m| m.name(), ", ")))
    .into()
}

/// A case that nobody opened.
#[must_use]
pub fn unknown_case(id: &str) -> Fault {
    refused("unknown-case", format!("台账中没有 {id}"), format!("the ledger has no case {id}"))
        .hint("用 hedui ledger list 查编号", "hedui ledger list shows the numbers")
        .into()
}

fn conflict(tx: &Transaction<'_>, claim: &Expected, found: u32) -> rusqlite::Result<Fault> {
    let last = tx.query_row(
        "SELECT who, at, what FROM events WHERE case_id = ?1 ORDER BY n DESC LIMIT 1",
        [&claim.case],
        |r| Ok(format!("{} {} {}", r.get::<_, String>(0)?, r.get::<_, String>(1)?, r.get::<_, String>(2)?)),
    );
    let last = match last {
        Err(rusqlite::Error::QueryReturnedNoRows) => "no event".to_owned(),
        other => other?,
    };
    Ok(Fault::Locked(format!(
        "{}: changed meanwhile: you saw {} events, there are {found} (last: {last}); nothing was written. \
         Look at it with `hedui ledger show` and decide again",
        claim.case, claim.events
    )))
}

pub(super) fn head_of(db: &Connection, identity: &str) -> rusqlite::Result<Head> {
    let row = db.query_row("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1", [], |r| {
        Ok(Head { seq: r.get(0)?, hash: hex(r.get_ref(1)?.as_blob().unwrap_or_default()) })
    });
    match row {
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(Head { seq: 0, hash: genesis(identity) }),
        other => other,
    }
}

/// A case from the table of cases.
pub(super) fn load(db: &Connection, id: &str) -> rusqlite::Result<Result<Option<Case>>> {
    match db.query_row("SELECT doc FROM cases WHERE case_id = ?1", [id], |r| r.get::<_, String>(0)) {
        Ok(doc) => Ok(parse(id, &doc).map(Some)),
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(Ok(None)),
        Err(other) => Err(other),
    }
}

/// A case from its stored form.
pub(super) fn parse(id: &str, doc: &str) -> Result<Case> {
    serde_json::from_str(doc).map_err(|e| {
        Fault::Reconciliation(format!(
            "the ledger's table of cases is damaged at {id} ({e}); hedui ledger rebuild makes it anew from the events"
        ))
    })
}
