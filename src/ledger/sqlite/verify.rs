//! Reading everything again: one thread follows the chain of hashes, another folds every case and compares.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row};

use super::super::case::Case;
use super::super::event::{Fields, genesis};
use super::super::store::{Head, Verified};
use super::read::{COLUMNS, event_of};
use super::write::CaseRow;
use super::{SqliteStore, fault};
use crate::error::{Fault, Result};
use crate::kernel::secret::hex;

/// The triggers without which a slip of the hand could change an event.
const TRIGGERS: [&str; 3] = ["events_no_update", "events_no_delete", "events_in_order"];

impl SqliteStore {
    pub(super) fn verify_all(&self, anchor: Option<&str>) -> Result<Verified> {
        let (path, identity) = (self.path.as_path(), self.identity.as_str());
        for name in TRIGGERS {
            let found = self.connection.query_row(
                "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'trigger' AND name = ?1",
                [name],
                |r| r.get::<_, i64>(0),
            );
            if self.sql(found)? != 1 {
                return Err(wrong(
                    path,
                    &format!("the trigger {name} that keeps events from being changed is missing"),
                ));
            }
        }
        let (chain, cases) = std::thread::scope(|scope| {
            let cases = scope.spawn(|| compare_cases(path));
            let chain = chain(path, identity, anchor);
            (chain, cases.join())
        });
        let (head, anchor_at) = chain?;
        let cases = cases.map_err(|_| Fault::Internal("folding the ledger's cases".to_owned()))??;
        Ok(Verified { events: head.seq, cases, head, anchor_at })
    }
}

/// A second look at the file, which never writes.
fn reader(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || -> rusqlite::Result<Connection> {
        let db = Connection::open_with_flags(path, flags)?;
        db.execute_batch("PRAGMA cache_size = -262144; PRAGMA mmap_size = 17179869184; BEGIN")?;
        Ok(db)
    };
    open().map_err(|e| fault(path, &e))
}

fn wrong(path: &Path, what: &str) -> Fault {
    Fault::Reconciliation(format!(
        "the ledger {} is not as it was written: {what}. Keep the file as it is for whoever looks into it, and restore a \
         backup or rebuild from the last good event log",
        path.display()
    ))
}

/// A row of [`COLUMNS`] without copying it.
fn fields<'r>(row: &'r Row<'_>) -> rusqlite::Result<(Fields<'r>, &'r [u8])> {
    let text = |i: usize| row.get_ref(i).map(|v| v.as_str().unwrap_or("\u{FFFD}"));
    let file = match (row.get_ref(11)?.as_str_or_null(), row.get_ref(12)?.as_str_or_null()) {
        (Ok(Some(name)), Ok(Some(sha256))) => Some((name, sha256)),
        (Ok(None), Ok(None)) => None,
        _ => Some(("\u{FFFD}", "\u{FFFD}")),
    };
    let fields = Fields {
        seq: row.get(0)?,
        at: text(1)?,
        day: text(2)?,
        month: text(3)?,
        who: text(4)?,
        case: text(5)?,
        n: row.get(6)?,
        what: text(7)?,
        from: text(8)?,
        to: text(9)?,
        why: text(10)?,
        file,
        body: text(13)?,
    };
    Ok((fields, row.get_ref(14)?.as_blob().unwrap_or_default()))
}

fn chain(path: &Path, identity: &str, anchor: Option<&str>) -> Result<(Head, Option<i64>)> {
    let db = reader(path)?;
    let sql = |e: rusqlite::Error| fault(path, &e);
    let mut statement = db.prepare(&format!("SELECT {COLUMNS} FROM events ORDER BY seq")).map_err(sql)?;
    let mut rows = statement.query([]).map_err(sql)?;
    let mut head = Head { seq: 0, hash: genesis(identity) };
    let wanted = anchor.map(|a| a.trim().to_lowercase());
    let mut anchor_at = wanted.as_ref().filter(|a| **a == head.hash).map(|_| 0);
    let mut buffer = Vec::new();
    while let Some(row) = rows.next().map_err(sql)? {
        let (fields, stored) = fields(row).map_err(sql)?;
        if fields.seq != head.seq + 1 {
            return Err(wrong(
                path,
                &format!(
                    "event {} is followed by event {}: {} missing",
                    head.seq,
                    fields.seq,
                    fields.seq - head.seq - 1
                ),
            ));
        }
        let hash = fields.hash(&head.hash, &mut buffer);
        if hash[..] != *stored {
            return Err(wrong(
                path,
                &format!(
                    "event {} ({} of {}) does not have the hash it was written with",
                    fields.seq, fields.what, fields.case
                ),
            ));
        }
        head = Head { seq: fields.seq, hash: hex(&hash) };
        if wanted.as_ref() == Some(&head.hash) {
            anchor_at = Some(head.seq);
        }
    }
    match (wanted, anchor_at) {
        (Some(anchor), None) => Err(wrong(
            path,
            &format!(
                "no event has the anchor {anchor}: events were cut off or the whole chain was written anew; it ends at event {} with {}",
                head.seq, head.hash
            ),
        )),
        _ => Ok((head, anchor_at)),
    }
}

/// Folds every case and holds it against its row; the number of cases.
fn compare_cases(path: &Path) -> Result<u64> {
    let db = reader(path)?;
    let sql = |e: rusqlite::Error| fault(path, &e);
    let mut events = db.prepare(&format!("SELECT {COLUMNS} FROM events ORDER BY case_id, n")).map_err(sql)?;
    let mut events = events.query([]).map_err(sql)?;
    let mut stored = db
        .prepare("SELECT case_id, events, state, source, rule, class, severity, unit_key, unit_name, due, turned, watched, doc FROM cases ORDER BY case_id")
        .map_err(sql)?;
    let mut stored = stored.query([]).map_err(sql)?;
    let mut cases = 0;
    let mut current: Option<Case> = None;
    let mut compare = |case: &Case| -> Result<()> {
        let row = stored.next().map_err(sql)?;
        let Some(row) = row else { return Err(stale(path, &case.id)) };
        let expected = CaseRow::of(case)?;
        if !same(row, &case.id, &expected).map_err(sql)? {
            return Err(stale(path, &case.id));
        }
        cases += 1;
        Ok(())
    };
    while let Some(row) = events.next().map_err(sql)? {
        let event = event_of(row).map_err(sql)?.map_err(|why| wrong(path, &why))?;
        if current.as_ref().is_none_or(|c| c.id != event.case) {
            if let Some(case) = current.take() {
                compare(&case)?;
            }
            current = Some(Case::new(&event.case));
        }
        if let Some(case) = &mut current {
            case.apply(&event).map_err(|why| wrong(path, &why))?;
        }
    }
    if let Some(case) = current {
        compare(&case)?;
    }
    if let Some(row) = stored.next().map_err(sql)? {
        return Err(stale(path, &row.get::<_, String>(0).map_err(sql)?));
    }
    Ok(cases)
}

fn stale(path: &Path, id: &str) -> Fault {
    Fault::Reconciliation(format!(
        "{}: the table of cases does not agree with the events at {id}; hedui ledger rebuild makes it anew from the events",
        path.display()
    ))
}

fn same(row: &Row<'_>, id: &str, expected: &CaseRow) -> rusqlite::Result<bool> {
    let text = |i: usize| row.get_ref(i).map(|v| v.as_str_or_null().unwrap_or(Some("\u{FFFD}")));
    let e = expected;
    Ok(text(0)? == Some(id)
        && row.get::<_, u32>(1)? == e.events
        && text(2)? == Some(e.state)
        && text(3)? == Some(&e.source)
        && text(4)? == e.rule.as_deref()
        && text(5)? == Some(&e.class)
        && text(6)? == Some(&e.severity)
        && text(7)? == e.unit_key.as_deref()
        && text(8)? == e.unit_name.as_deref()
        && row.get::<_, Option<i32>>(9)? == e.due
        && text(10)? == e.turned.as_deref()
        && row.get::<_, bool>(11)? == e.watched
        && text(12)? == Some(&e.doc))
}
