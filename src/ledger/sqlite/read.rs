//! Reading: cases, records, events, and the sums of the monthly balance.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, ToSql, params_from_iter};

use super::super::case::Case;
use super::super::event::{Event, NewEvent, genesis};
use super::super::row::{Batch, EVENT_COLUMNS, SPOILT, TEXTS, parse_case};
use super::super::sql::{self, Condition, Value};
use super::super::store::{Expected, Filter, Head, Standing, Step, Store, Verified};
use super::super::{verify, writing};
use super::SqliteStore;
use crate::error::{Fault, Result};
use crate::kernel::secret::hex;

/// Adds a row of [`EVENT_COLUMNS`] to a batch. What is of another kind than it was written does not stop the reading: its hash
/// will not fit.
pub(super) fn push(batch: &mut Batch, row: &Row<'_>) -> rusqlite::Result<()> {
    let mut texts = [None; TEXTS];
    for (i, text) in texts.iter_mut().enumerate() {
        *text = row.get_ref(i + 2)?.as_str_or_null().unwrap_or(Some(SPOILT));
    }
    let hash = row.get_ref(14)?;
    batch.push(row.get(0)?, row.get_ref(1)?.as_i64().unwrap_or(-1), texts, hash.as_blob().unwrap_or_default());
    Ok(())
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        match self {
            Self::Text(text) => text.to_sql(),
            Self::Number(n) => n.to_sql(),
        }
    }
}

fn head_from(row: &Row<'_>) -> rusqlite::Result<Head> {
    Ok(Head { seq: row.get(0)?, hash: hex(row.get_ref(1)?.as_blob().unwrap_or_default()) })
}

pub(super) fn head_of(db: &Connection, identity: &str) -> rusqlite::Result<Head> {
    let row = db.query_row(sql::HEAD, [], head_from).optional()?;
    Ok(row.unwrap_or_else(|| Head { seq: 0, hash: genesis(identity) }))
}

/// Cases from the table of cases: those of the ids that are there.
pub(super) fn load(db: &Connection, ids: &[&str]) -> rusqlite::Result<Result<BTreeMap<String, Case>>> {
    let mut statement = db.prepare("SELECT doc FROM cases WHERE case_id = ?1")?;
    let mut cases = BTreeMap::new();
    for id in ids {
        let doc: Option<String> = statement.query_row([id], |r| r.get(0)).optional()?;
        match doc.map(|doc| parse_case(id, &doc)).transpose() {
            Ok(case) => cases.extend(case.map(|case| ((*id).to_owned(), case))),
            Err(fault) => return Ok(Err(fault)),
        }
    }
    Ok(Ok(cases))
}

impl SqliteStore {
    pub(in super::super) fn verify_in_lots_of(&self, anchor: Option<&str>, cases: u64) -> Result<Verified> {
        verify::verify(&self.snapshot()?, &self.identity, anchor, cases)
    }

    fn cases_where(
        &self,
        condition: &Condition,
        limit: Option<u64>,
        each: &mut dyn FnMut(Case) -> Result<()>,
    ) -> Result<()> {
        let mut statement = self.sql(self.connection.prepare(&sql::cases(condition, limit)))?;
        let mut rows = self.sql(statement.query(params_from_iter(&condition.values)))?;
        while let Some(row) = self.sql(rows.next())? {
            let id: String = self.sql(row.get(0))?;
            let doc = self.sql(row.get_ref(1))?;
            each(parse_case(&id, doc.as_str().unwrap_or_default())?)?;
        }
        Ok(())
    }

    fn events_where(
        &self,
        condition: &str,
        value: &dyn ToSql,
        each: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<()> {
        let text = format!("SELECT {EVENT_COLUMNS} FROM events WHERE {condition}");
        let mut statement = self.sql(self.connection.prepare(&text))?;
        let mut rows = self.sql(statement.query([value]))?;
        while let Some(row) = self.sql(rows.next())? {
            let mut batch = Batch::default();
            self.sql(push(&mut batch, row))?;
            each(batch.event(0).map_err(|why| Fault::Reconciliation(format!("{}: {why}", self.name)))?)?;
        }
        Ok(())
    }
}

impl Store for SqliteStore {
    fn name(&self) -> &str {
        &self.name
    }

    fn identity(&self) -> &str {
        &self.identity
    }

    fn head(&self) -> Result<Head> {
        self.sql(head_of(&self.connection, &self.identity))
    }

    fn last_decision(&self) -> Result<Option<Head>> {
        let row = self.connection.query_row(sql::LAST_DECISION, [super::super::feed::BY_RUN], head_from);
        self.sql(row.optional())
    }

    fn case(&self, id: &str) -> Result<Option<Case>> {
        Ok(self.sql(load(&self.connection, &[id]))??.remove(id))
    }

    fn find(&self, ids: &[&str]) -> Result<BTreeMap<String, Case>> {
        self.sql(load(&self.connection, ids))?
    }

    fn cases(&self, filter: &Filter, each: &mut dyn FnMut(Case) -> Result<()>) -> Result<()> {
        self.cases_where(&Condition::of(filter), filter.limit, each)
    }

    fn records(&self, kind: &str, each: &mut dyn FnMut(Case) -> Result<()>) -> Result<()> {
        self.cases_where(&Condition::of_records(kind), None, each)
    }

    fn events_of(&self, id: &str) -> Result<Vec<Event>> {
        let mut events = Vec::new();
        self.events_where("case_id = ?1 ORDER BY n", &id, &mut |event| {
            events.push(event);
            Ok(())
        })?;
        Ok(events)
    }

    fn events(&self, after: i64, each: &mut dyn FnMut(Event) -> Result<()>) -> Result<()> {
        self.events_where("seq > ?1 ORDER BY seq", &after, each)
    }

    fn append(&mut self, events: &[NewEvent], expected: &[Expected]) -> Result<Head> {
        self.writing(&mut |w| writing::append(w, events, expected))
    }

    fn steps(&self, month: &str) -> Result<Vec<Step>> {
        let mut statement = self.sql(self.connection.prepare(&sql::steps()))?;
        let rows = statement.query_map([month], |r| {
            Ok(Step {
                month: r.get(0)?,
                class: r.get(1)?,
                unit_key: r.get(2)?,
                unit_name: r.get(3)?,
                opened: r.get(4)?,
                reopened: r.get(5)?,
                closed: r.get(6)?,
                unfounded: r.get(7)?,
            })
        });
        self.sql(rows.and_then(Iterator::collect))
    }

    fn standing(&self, month: &str) -> Result<Vec<Standing>> {
        let mut statement = self.sql(self.connection.prepare(&sql::standing()))?;
        let rows =
            statement.query_map([month], |r| Ok(Standing { class: r.get(0)?, unit_key: r.get(1)?, open: r.get(2)? }));
        self.sql(rows.and_then(Iterator::collect))
    }

    fn verify(&self, anchor: Option<&str>) -> Result<Verified> {
        self.verify_in_lots_of(anchor, verify::CASES_AT_ONCE)
    }

    fn rebuild_cases(&mut self) -> Result<u64> {
        self.writing(&mut |w| writing::fold_again(w))
    }
}
