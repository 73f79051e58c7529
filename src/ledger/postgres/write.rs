//! Writing: one transaction at a time, all of it or nothing, and what became of it when the connection is lost.

use std::collections::BTreeMap;

use postgres::Transaction;

use super::super::case::Case;
use super::super::event::genesis;
use super::super::row::{Batch, CASE_COLUMNS, CaseRow, EVENT_COLUMNS, Written, parse_case};
use super::super::sql;
use super::super::store::Head;
use super::super::writing::{Taking, Writing};
use super::read::{IDS, OF_IDS, head_from, numbered, push};
use super::{Address, PostgresStore, fault, migrate, session};
use crate::error::Result;
use crate::kernel::secret::hex;

struct Pen<'t> {
    tx: Transaction<'t>,
    address: &'t Address,
    identity: &'t str,
    /// The last event written.
    last: Option<Head>,
}

impl Pen<'_> {
    fn sql<T>(&self, result: std::result::Result<T, postgres::Error>) -> Result<T> {
        result.map_err(|e| fault::fault(self.address, &e))
    }
}

impl Writing for Pen<'_> {
    fn head(&mut self) -> Result<Head> {
        let row = self.tx.query_opt(sql::HEAD, &[]);
        match self.sql(row)? {
            Some(row) => self.sql(head_from(&row)),
            None => Ok(Head { seq: 0, hash: genesis(self.identity) }),
        }
    }

    fn load(&mut self, ids: &[&str]) -> Result<BTreeMap<String, Case>> {
        let mut cases = BTreeMap::new();
        for ids in ids.chunks(IDS) {
            let rows = self.tx.query(OF_IDS, &[&ids]);
            for row in self.sql(rows)? {
                let id: String = self.sql(row.try_get(0))?;
                let case = parse_case(&id, self.sql(row.try_get(1))?)?;
                cases.insert(id, case);
            }
        }
        Ok(cases)
    }

    fn last_of(&mut self, id: &str) -> Result<Option<String>> {
        let row = self.tx.query_opt(&numbered(sql::LAST_OF_CASE), &[&id]);
        let Some(row) = self.sql(row)? else { return Ok(None) };
        let word = |i: usize| self.sql(row.try_get::<_, String>(i));
        Ok(Some(format!("{} {} {}", word(0)?, word(1)?, word(2)?)))
    }

    fn insert(&mut self, events: &[Written]) -> Result<()> {
        let Some(last) = events.last() else { return Ok(()) };
        self.last = Some(Head { seq: last.event.seq, hash: hex(&last.hash) });
        let seq: Vec<i64> = events.iter().map(|w| w.event.seq).collect();
        let n: Vec<i32> = events.iter().map(|w| w.event.n.cast_signed()).collect();
        let rows: Vec<_> = events.iter().map(Written::texts).collect();
        let column = |i: usize| -> Vec<Option<&str>> { rows.iter().map(|texts| texts[i]).collect() };
        let [at, day, month, who, case, what] = [0, 1, 2, 3, 4, 5].map(column);
        let [from, to, why, file, sha256, body] = [6, 7, 8, 9, 10, 11].map(column);
        let hash: Vec<&[u8]> = events.iter().map(|w| &w.hash[..]).collect();
        let text = format!(
            "INSERT INTO events ({EVENT_COLUMNS}) SELECT * FROM unnest($1::bigint[], $2::integer[], $3::text[], $4::text[], \
             $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], \
             $14::text[], $15::bytea[])"
        );
        let written = self.tx.execute(
            &text,
            &[&seq, &n, &at, &day, &month, &who, &case, &what, &from, &to, &why, &file, &sha256, &body, &hash],
        );
        self.sql(written).map(|_| ())
    }

    fn put(&mut self, cases: &[CaseRow]) -> Result<()> {
        if cases.is_empty() {
            return Ok(());
        }
        let text = |of: fn(&CaseRow) -> &str| -> Vec<&str> { cases.iter().map(of).collect() };
        let maybe = |of: fn(&CaseRow) -> Option<&str>| -> Vec<Option<&str>> { cases.iter().map(of).collect() };
        let events: Vec<i64> = cases.iter().map(|c| c.events).collect();
        let due: Vec<Option<i32>> = cases.iter().map(|c| c.due).collect();
        let watched: Vec<bool> = cases.iter().map(|c| c.watched).collect();
        let columns = CASE_COLUMNS.split(", ").skip(1).map(|c| format!("{c} = EXCLUDED.{c}")).collect::<Vec<_>>();
        let statement = format!(
            "INSERT INTO cases ({CASE_COLUMNS}) SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], \
             $6::text[], $7::text[], $8::text[], $9::text[], $10::integer[], $11::text[], $12::boolean[], $13::text[]) \
             ON CONFLICT (case_id) DO UPDATE SET {}",
            columns.join(", ")
        );
        let written = self.tx.execute(
            &statement,
            &[
                &text(|c| &c.id),
                &events,
                &text(|c| &c.state),
                &text(|c| &c.source),
                &maybe(|c| c.rule.as_deref()),
                &text(|c| &c.class),
                &text(|c| &c.severity),
                &maybe(|c| c.unit_key.as_deref()),
                &maybe(|c| c.unit_name.as_deref()),
                &due,
                &maybe(|c| c.turned.as_deref()),
                &watched,
                &text(|c| &c.doc),
            ],
        );
        self.sql(written).map(|_| ())
    }

    fn forget_cases(&mut self) -> Result<()> {
        let done = self.tx.batch_execute("DELETE FROM cases");
        self.sql(done)
    }

    fn page(&mut self, after: (&str, u32), size: usize) -> Result<Batch> {
        let text = format!(
            "SELECT {EVENT_COLUMNS} FROM events WHERE (case_id, n) > ($1, $2) ORDER BY case_id, n LIMIT {size}"
        );
        let rows = self.tx.query(&text, &[&after.0, &after.1.cast_signed()]);
        let mut batch = Batch::default();
        for row in self.sql(rows)? {
            self.sql(push(&mut batch, &row))?;
        }
        Ok(batch)
    }
}

/// Waits until nobody else writes, and lets nobody else write until the transaction ends.
const ALONE: &str = "SELECT 1 FROM about WHERE name = 'identity' FOR UPDATE";

impl PostgresStore {
    /// Does something while nobody else writes, and commits it; when it fails nothing of it stays.
    pub(super) fn writing<T>(&mut self, act: &mut dyn FnMut(&mut dyn Writing) -> Result<T>) -> Result<T> {
        self.reconnect_if_lost()?;
        let (done, last, committed) = {
            let Self { client, address, identity, .. } = self;
            let mut tx = client.get_mut().transaction().map_err(|e| fault::fault(address, &e))?;
            tx.execute(ALONE, &[]).map_err(|e| fault::fault(address, &e))?;
            let mut pen = Pen { tx, address, identity, last: None };
            let done = act(&mut pen)?;
            let Pen { tx, last, .. } = pen;
            (done, last, tx.commit())
        };
        match (committed, last) {
            (Ok(()), _) => Ok(done),
            (Err(e), Some(last)) if fault::is_lost(&e) => match self.was_written(&last) {
                Ok(true) => Ok(done),
                Ok(false) => self.sql(Err(e)),
                Err(_) => Err(fault::unknown_outcome(&self.address, &e)),
            },
            (Err(e), _) => self.sql(Err(e)),
        }
    }

    /// Whether an event stands in the ledger, asked by a new connection once the old one's transaction has ended.
    fn was_written(&mut self, event: &Head) -> Result<bool> {
        *self.client.get_mut() = session(&self.address)?;
        let Self { client, address, .. } = self;
        let sql = |e: postgres::Error| fault::fault(address, &e);
        let mut tx = client.get_mut().transaction().map_err(sql)?;
        tx.execute(ALONE, &[]).map_err(sql)?;
        let row = tx.query_opt("SELECT seq, hash FROM events WHERE seq = $1", &[&event.seq]).map_err(sql)?;
        let found = row.map(|row| head_from(&row)).transpose().map_err(sql)?;
        Ok(found.as_ref() == Some(event))
    }

    /// A new ledger in an empty schema, with another's name and events.
    ///
    /// # Errors
    /// [`crate::error::Fault::Refused`] when there is a ledger; whatever `fill` says, and then nothing is left.
    pub(in super::super) fn make(
        address: &Address,
        identity: &str,
        fill: &mut dyn FnMut(Taking<'_>) -> Result<Head>,
    ) -> Result<Head> {
        let mut client = session(address)?;
        let sql = |e: postgres::Error| fault::fault(address, &e);
        let mut tx = client.transaction().map_err(sql)?;
        migrate(&mut tx, address, Some(identity))?;
        let mut pen = Pen { tx, address, identity, last: None };
        let head = fill(Taking::new(&mut pen, identity))?;
        pen.tx.commit().map_err(sql)?;
        Ok(head)
    }
}
