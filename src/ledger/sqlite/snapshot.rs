//! A second look at the file, which never writes and sees one moment of it.

use rusqlite::{Connection, OpenFlags, Row};

use super::super::row::{Batch, CASE_COLUMNS, CaseRow, EVENT_COLUMNS, SPOILT};
use super::super::verify::{ROWS_AT_ONCE, Range, Snapshot};
use super::read::push;
use super::{SqliteStore, fault};
use crate::error::Result;

/// The triggers without which a slip of the hand could change an event.
const TRIGGERS: [&str; 3] = ["events_no_update", "events_no_delete", "events_in_order"];

pub(super) struct Look<'s> {
    db: Connection,
    store: &'s SqliteStore,
}

impl SqliteStore {
    pub(super) fn snapshot(&self) -> Result<Look<'_>> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || -> rusqlite::Result<Connection> {
            let db = Connection::open_with_flags(&self.path, flags)?;
            db.execute_batch("PRAGMA cache_size = -65536; PRAGMA mmap_size = 17179869184; BEGIN")?;
            Ok(db)
        };
        Ok(Look { db: self.sql(open())?, store: self })
    }
}

/// A condition on a range of cases, and its values.
fn within(of: &Range) -> (String, Vec<&str>) {
    let mut parts = Vec::new();
    let mut values = Vec::new();
    for (sign, bound) in [(">=", &of.from), ("<", &of.to)] {
        if let Some(bound) = bound {
            values.push(bound.as_str());
            parts.push(format!("case_id {sign} ?{}", values.len()));
        }
    }
    if parts.is_empty() { ("TRUE".to_owned(), values) } else { (parts.join(" AND "), values) }
}

fn row_of(row: &Row<'_>) -> rusqlite::Result<CaseRow> {
    let maybe = |i: usize| -> rusqlite::Result<Option<String>> {
        Ok(row.get_ref(i)?.as_str_or_null().unwrap_or(Some(SPOILT)).map(str::to_owned))
    };
    let text = |i: usize| -> rusqlite::Result<String> { Ok(maybe(i)?.unwrap_or_else(|| SPOILT.to_owned())) };
    Ok(CaseRow {
        id: text(0)?,
        events: row.get(1)?,
        state: text(2)?,
        source: text(3)?,
        rule: maybe(4)?,
        class: text(5)?,
        severity: text(6)?,
        unit_key: maybe(7)?,
        unit_name: maybe(8)?,
        due: row.get(9)?,
        turned: maybe(10)?,
        watched: row.get(11)?,
        doc: text(12)?,
    })
}

impl Snapshot for Look<'_> {
    fn name(&self) -> &str {
        &self.store.name
    }

    fn missing_trigger(&self) -> Result<Option<&'static str>> {
        for name in TRIGGERS {
            let text = "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'trigger' AND name = ?1";
            if self.store.sql(self.db.query_row(text, [name], |r| r.get::<_, i64>(0)))? != 1 {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    fn every(&self, size: u64) -> Result<Vec<String>> {
        let sql = |e: rusqlite::Error| fault(&self.store.path, &e);
        let mut next = self
            .db
            .prepare("SELECT case_id FROM cases WHERE case_id >= ?1 ORDER BY case_id LIMIT 1 OFFSET ?2")
            .map_err(sql)?;
        let mut bounds: Vec<String> = Vec::new();
        loop {
            let from = bounds.last().map_or("", String::as_str);
            let offset = i64::try_from(size).unwrap_or(i64::MAX);
            match next.query_row(rusqlite::params![from, offset], |r| r.get::<_, String>(0)) {
                Ok(id) => bounds.push(id),
                Err(rusqlite::Error::QueryReturnedNoRows) => return Ok(bounds),
                Err(other) => return Err(sql(other)),
            }
        }
    }

    fn events(&self, of: &Range, each: &mut dyn FnMut(Batch) -> Result<()>) -> Result<()> {
        let sql = |e: rusqlite::Error| fault(&self.store.path, &e);
        let (condition, values) = within(of);
        // In the order in which they lie on the disk, also where an index would find a few of them sooner.
        let text = format!("SELECT {EVENT_COLUMNS} FROM events NOT INDEXED WHERE {condition} ORDER BY seq");
        let mut statement = self.db.prepare(&text).map_err(sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(values)).map_err(sql)?;
        let mut batch = Batch::default();
        while let Some(row) = rows.next().map_err(sql)? {
            push(&mut batch, row).map_err(sql)?;
            if batch.is_full() {
                each(std::mem::take(&mut batch))?;
            }
        }
        each(batch)
    }

    fn rows(&self, of: &Range, each: &mut dyn FnMut(Vec<CaseRow>) -> Result<()>) -> Result<()> {
        let sql = |e: rusqlite::Error| fault(&self.store.path, &e);
        let (condition, values) = within(of);
        let text = format!("SELECT {CASE_COLUMNS} FROM cases WHERE {condition} ORDER BY case_id");
        let mut statement = self.db.prepare(&text).map_err(sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(values)).map_err(sql)?;
        let mut found = Vec::with_capacity(ROWS_AT_ONCE);
        while let Some(row) = rows.next().map_err(sql)? {
            found.push(row_of(row).map_err(sql)?);
            if found.len() == ROWS_AT_ONCE {
                each(std::mem::replace(&mut found, Vec::with_capacity(ROWS_AT_ONCE)))?;
            }
        }
        each(found)
    }
}
