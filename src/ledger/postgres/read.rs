//! Reading: cases, records, events, and the sums of the monthly balance.

use std::collections::BTreeMap;

use postgres::Row;
use postgres::types::ToSql;

use super::super::case::Case;
use super::super::event::{Event, NewEvent, genesis};
use super::super::feed::BY_RUN;
use super::super::row::{Batch, EVENT_COLUMNS, TEXTS, parse_case};
use super::super::sql::{self, Condition, Value};
use super::super::store::{Expected, Filter, Head, Standing, Step, Store, Verified};
use super::super::{verify, writing};
use super::snapshot::Look;
use super::{PostgresStore, session};
use crate::error::{Fault, Result};
use crate::kernel::secret::hex;

/// A value on its way to the server.
pub(super) type Parameter<'a> = &'a (dyn ToSql + Sync);

/// Ids that are asked for at once.
pub(super) const IDS: usize = 5000;
pub(super) const OF_IDS: &str = "SELECT case_id, doc FROM cases WHERE case_id = ANY($1)";

/// Rows that come at once.
const AT_ONCE: usize = 2000;

/// Adds a row of [`EVENT_COLUMNS`] to a batch.
pub(super) fn push(batch: &mut Batch, row: &Row) -> std::result::Result<(), postgres::Error> {
    let mut texts = [None; TEXTS];
    for (i, text) in texts.iter_mut().enumerate() {
        *text = row.try_get(i + 2)?;
    }
    batch.push(row.try_get(0)?, i64::from(row.try_get::<_, i32>(1)?), texts, row.try_get(14)?);
    Ok(())
}

/// Places for values as the server writes them.
pub(super) fn numbered(text: &str) -> String {
    text.replace('?', "$")
}

fn parameters(values: &[Value]) -> Vec<Parameter<'_>> {
    fn parameter(value: &Value) -> Parameter<'_> {
        match value {
            Value::Text(text) => text,
            Value::Number(n) => n,
        }
    }
    values.iter().map(parameter).collect()
}

pub(super) fn head_from(row: &Row) -> std::result::Result<Head, postgres::Error> {
    Ok(Head { seq: row.try_get(0)?, hash: hex(row.try_get(1)?) })
}

impl PostgresStore {
    /// Reads at one moment, whatever others write; a reading within a reading sees the same moment.
    pub(super) fn reading<T>(&self, read: &mut dyn FnMut() -> Result<T>) -> Result<T> {
        let outermost = self.readings.get() == 0;
        if outermost {
            self.reconnect_if_lost()?;
            self.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        }
        self.readings.set(self.readings.get() + 1);
        let found = read();
        self.readings.set(self.readings.get() - 1);
        if outermost {
            // What was read is read; a connection that is lost now is made anew by the next who asks.
            let _ = self.run("ROLLBACK");
        }
        found
    }

    /// A session that the server ended while nothing was asked of it is nobody's loss.
    pub(super) fn reconnect_if_lost(&self) -> Result<()> {
        let mut client = self.client.borrow_mut();
        if client.is_closed() {
            *client = session(&self.address)?;
        }
        Ok(())
    }

    pub(in super::super) fn verify_in_lots_of(&self, anchor: Option<&str>, cases: u64) -> Result<Verified> {
        self.reading(&mut || verify::verify(&Look(self), &self.identity, anchor, cases))
    }

    /// The server's process that serves us.
    #[cfg(test)]
    pub(in super::super) fn backend(&self) -> i32 {
        self.client.borrow_mut().query_one("SELECT pg_backend_pid()", &[]).expect("asked").get(0)
    }

    fn run(&self, text: &str) -> Result<()> {
        self.sql(self.client.borrow_mut().batch_execute(text))
    }

    fn rows(&self, text: &str, values: &[Parameter<'_>]) -> Result<Vec<Row>> {
        if self.readings.get() == 0 {
            self.reconnect_if_lost()?;
        }
        self.sql(self.client.borrow_mut().query(&numbered(text), values))
    }

    fn row(&self, text: &str, values: &[Parameter<'_>]) -> Result<Option<Row>> {
        Ok(self.rows(text, values)?.into_iter().next())
    }

    /// Rows a few thousand at a time. Nothing is borrowed while `each` goes, so it may read too.
    pub(super) fn cursor(
        &self,
        text: &str,
        values: &[Parameter<'_>],
        each: &mut dyn FnMut(&[Row]) -> Result<()>,
    ) -> Result<()> {
        self.reading(&mut || {
            let name = format!("c{}", self.readings.get());
            self.rows(&format!("DECLARE {name} NO SCROLL CURSOR FOR {text}"), values)?;
            let fetch = self.sql(self.client.borrow_mut().prepare(&format!("FETCH {AT_ONCE} FROM {name}")))?;
            loop {
                let rows = self.sql(self.client.borrow_mut().query(&fetch, &[]))?;
                each(&rows)?;
                if rows.len() < AT_ONCE {
                    return self.run(&format!("CLOSE {name}"));
                }
            }
        })
    }

    fn cases_where(
        &self,
        condition: &Condition,
        limit: Option<u64>,
        each: &mut dyn FnMut(Case) -> Result<()>,
    ) -> Result<()> {
        self.cursor(&sql::cases(condition, limit), &parameters(&condition.values), &mut |rows| {
            for row in rows {
                let (id, doc): (&str, &str) = (self.sql(row.try_get(0))?, self.sql(row.try_get(1))?);
                each(parse_case(id, doc)?)?;
            }
            Ok(())
        })
    }

    fn events_of_rows(&self, rows: &[Row], each: &mut dyn FnMut(Event) -> Result<()>) -> Result<()> {
        let mut batch = Batch::default();
        for row in rows {
            self.sql(push(&mut batch, row))?;
        }
        for event in batch.events() {
            each(event.map_err(|why| Fault::Reconciliation(format!("{}: {why}", self.name)))?)?;
        }
        Ok(())
    }
}

impl Store for PostgresStore {
    fn name(&self) -> &str {
        &self.name
    }

    fn identity(&self) -> &str {
        &self.identity
    }

    fn head(&self) -> Result<Head> {
        match self.row(sql::HEAD, &[])? {
            Some(row) => self.sql(head_from(&row)),
            None => Ok(Head { seq: 0, hash: genesis(&self.identity) }),
        }
    }

    fn last_decision(&self) -> Result<Option<Head>> {
        let row = self.row(sql::LAST_DECISION, &[&BY_RUN])?;
        row.map(|row| self.sql(head_from(&row))).transpose()
    }

    fn case(&self, id: &str) -> Result<Option<Case>> {
        let row = self.row("SELECT doc FROM cases WHERE case_id = ?1", &[&id])?;
        row.map(|row| parse_case(id, self.sql(row.try_get(0))?)).transpose()
    }

    fn find(&self, ids: &[&str]) -> Result<BTreeMap<String, Case>> {
        let mut cases = BTreeMap::new();
        for ids in ids.chunks(IDS) {
            for row in self.rows(OF_IDS, &[&ids])? {
                let (id, doc): (&str, &str) = (self.sql(row.try_get(0))?, self.sql(row.try_get(1))?);
                cases.insert(id.to_owned(), parse_case(id, doc)?);
            }
        }
        Ok(cases)
    }

    fn cases(&self, filter: &Filter, each: &mut dyn FnMut(Case) -> Result<()>) -> Result<()> {
        self.cases_where(&Condition::of(filter), filter.limit, each)
    }

    fn records(&self, kind: &str, each: &mut dyn FnMut(Case) -> Result<()>) -> Result<()> {
        self.cases_where(&Condition::of_records(kind), None, each)
    }

    fn events_of(&self, id: &str) -> Result<Vec<Event>> {
        let rows = self.rows(&format!("SELECT {EVENT_COLUMNS} FROM events WHERE case_id = ?1 ORDER BY n"), &[&id])?;
        let mut events = Vec::with_capacity(rows.len());
        self.events_of_rows(&rows, &mut |event| {
            events.push(event);
            Ok(())
        })?;
        Ok(events)
    }

    fn events(&self, after: i64, each: &mut dyn FnMut(Event) -> Result<()>) -> Result<()> {
        let text = numbered(&format!("SELECT {EVENT_COLUMNS} FROM events WHERE seq > ?1 ORDER BY seq"));
        self.cursor(&text, &[&after], &mut |rows| self.events_of_rows(rows, each))
    }

    fn append(&mut self, events: &[NewEvent], expected: &[Expected]) -> Result<Head> {
        self.writing(&mut |w| writing::append(w, events, expected))
    }

    fn steps(&self, month: &str) -> Result<Vec<Step>> {
        let step = |r: &Row| -> std::result::Result<Step, postgres::Error> {
            Ok(Step {
                month: r.try_get(0)?,
                class: r.try_get(1)?,
                unit_key: r.try_get(2)?,
                unit_name: r.try_get(3)?,
                opened: r.try_get(4)?,
                reopened: r.try_get(5)?,
                closed: r.try_get(6)?,
                unfounded: r.try_get(7)?,
            })
        };
        self.rows(&sql::steps(), &[&month])?.iter().map(|r| self.sql(step(r))).collect()
    }

    fn standing(&self, month: &str) -> Result<Vec<Standing>> {
        let standing = |r: &Row| -> std::result::Result<Standing, postgres::Error> {
            Ok(Standing { class: r.try_get(0)?, unit_key: r.try_get(1)?, open: r.try_get(2)? })
        };
        self.rows(&sql::standing(), &[&month])?.iter().map(|r| self.sql(standing(r))).collect()
    }

    fn verify(&self, anchor: Option<&str>) -> Result<Verified> {
        self.verify_in_lots_of(anchor, verify::CASES_AT_ONCE)
    }

    fn rebuild_cases(&mut self) -> Result<u64> {
        self.writing(&mut |w| writing::fold_again(w))
    }
}
