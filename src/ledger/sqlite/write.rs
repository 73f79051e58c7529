//! Writing: one transaction under the write lock, all of it or nothing.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

use super::super::case::Case;
use super::super::refusals::ledger_exists;
use super::super::row::{Batch, CASE_COLUMNS, CaseRow, EVENT_COLUMNS, Written};
use super::super::sql;
use super::super::store::{Head, Missing};
use super::super::writing::{Taking, Writing};
use super::read::{head_of, load, push};
use super::{SqliteStore, fault};
use crate::error::Result;

struct Pen<'t> {
    tx: &'t Transaction<'t>,
    path: &'t Path,
    identity: &'t str,
}

impl Pen<'_> {
    fn sql<T>(&self, result: rusqlite::Result<T>) -> Result<T> {
        result.map_err(|e| fault(self.path, &e))
    }
}

/// `?1, ?2, …`.
fn places(n: usize) -> String {
    (1..=n).map(|i| format!("?{i}")).collect::<Vec<_>>().join(", ")
}

impl Writing for Pen<'_> {
    fn head(&mut self) -> Result<Head> {
        self.sql(head_of(self.tx, self.identity))
    }

    fn load(&mut self, ids: &[&str]) -> Result<BTreeMap<String, Case>> {
        self.sql(load(self.tx, ids))?
    }

    fn last_of(&mut self, id: &str) -> Result<Option<String>> {
        let words = |r: &rusqlite::Row<'_>| -> rusqlite::Result<String> {
            Ok(format!("{} {} {}", r.get::<_, String>(0)?, r.get::<_, String>(1)?, r.get::<_, String>(2)?))
        };
        self.sql(self.tx.query_row(sql::LAST_OF_CASE, [id], words).optional())
    }

    fn insert(&mut self, events: &[Written]) -> Result<()> {
        let text = format!("INSERT INTO events ({EVENT_COLUMNS}) VALUES ({})", places(15));
        let mut statement = self.sql(self.tx.prepare(&text))?;
        for written in events {
            let t = written.texts();
            let e = &written.event;
            let hash = &written.hash[..];
            self.sql(statement.execute(params![
                e.seq, e.n, t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7], t[8], t[9], t[10], t[11], hash
            ]))?;
        }
        Ok(())
    }

    fn put(&mut self, cases: &[CaseRow]) -> Result<()> {
        let text = format!("INSERT OR REPLACE INTO cases ({CASE_COLUMNS}) VALUES ({})", places(13));
        let mut statement = self.sql(self.tx.prepare(&text))?;
        for r in cases {
            self.sql(statement.execute(params![
                r.id,
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
            ]))?;
        }
        Ok(())
    }

    fn forget_cases(&mut self) -> Result<()> {
        self.sql(self.tx.execute("DELETE FROM cases", [])).map(|_| ())
    }

    fn page(&mut self, after: (&str, u32), size: usize) -> Result<Batch> {
        let text = format!(
            "SELECT {EVENT_COLUMNS} FROM events WHERE (case_id, n) > (?1, ?2) ORDER BY case_id, n LIMIT {size}"
        );
        let mut statement = self.sql(self.tx.prepare(&text))?;
        let mut rows = self.sql(statement.query(params![after.0, after.1]))?;
        let mut batch = Batch::default();
        while let Some(row) = self.sql(rows.next())? {
            self.sql(push(&mut batch, row))?;
        }
        Ok(batch)
    }
}

impl SqliteStore {
    /// Does something under the write lock and commits it; when it fails nothing of it stays.
    pub(super) fn writing<T>(&mut self, act: &mut dyn FnMut(&mut dyn Writing) -> Result<T>) -> Result<T> {
        let Self { connection, path, identity, .. } = self;
        let sql = |e: rusqlite::Error| fault(path, &e);
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
        let done = act(&mut Pen { tx: &tx, path, identity })?;
        tx.commit().map_err(sql)?;
        Ok(done)
    }

    /// A new ledger in a new file, with another's name and events.
    ///
    /// # Errors
    /// [`crate::error::Fault::Refused`] when the file exists; whatever `fill` says, and then nothing is left at `path`.
    pub(in super::super) fn make(
        path: &Path,
        identity: &str,
        fill: &mut dyn FnMut(Taking<'_>) -> Result<Head>,
    ) -> Result<Head> {
        if path.exists() {
            return Err(ledger_exists(&path.display().to_string()));
        }
        let made = (|| {
            let mut store = Self::open(path, Missing::Make)?;
            let sql = |e: rusqlite::Error| fault(path, &e);
            let tx = store.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
            tx.execute("UPDATE about SET value = ?1 WHERE name = 'identity'", [identity]).map_err(sql)?;
            let head = fill(Taking::new(&mut Pen { tx: &tx, path, identity }, identity))?;
            tx.commit().map_err(sql)?;
            Ok(head)
        })();
        if made.is_err() {
            for ending in ["", "-wal", "-shm"] {
                let mut name = path.as_os_str().to_owned();
                name.push(ending);
                let _ = std::fs::remove_file(name);
            }
        }
        made
    }
}
