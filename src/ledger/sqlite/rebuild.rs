//! Making anew: the table of cases from the events, and a whole ledger from an event log.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::Path;

use rusqlite::TransactionBehavior;

use super::super::case::Case;
use super::super::event::{Event, genesis};
use super::super::log::Header;
use super::super::store::Head;
use super::read::{COLUMNS, event_of};
use super::write::{CaseRow, CaseWriter, INSERT, insert};
use super::{Missing, SqliteStore, fault};
use crate::error::{Fault, Result, refused};
use crate::kernel::secret::hex;

impl SqliteStore {
    pub(super) fn fold_again(&mut self) -> Result<u64> {
        let path = self.path.clone();
        let sql = |e: rusqlite::Error| fault(&path, &e);
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
        let mut count = 0;
        {
            tx.execute("DELETE FROM cases", []).map_err(sql)?;
            let mut writer = CaseWriter::new(&tx).map_err(sql)?;
            let mut events = tx.prepare(&format!("SELECT {COLUMNS} FROM events ORDER BY case_id, n")).map_err(sql)?;
            let mut events = events.query([]).map_err(sql)?;
            let mut current: Option<Case> = None;
            let mut put = |case: &Case| -> Result<()> {
                count += 1;
                writer.put(&case.id, &CaseRow::of(case)?).map_err(sql)
            };
            while let Some(row) = events.next().map_err(sql)? {
                let event = event_of(row).map_err(sql)?.map_err(Fault::Reconciliation)?;
                if current.as_ref().is_none_or(|c| c.id != event.case) {
                    if let Some(case) = current.take() {
                        put(&case)?;
                    }
                    current = Some(Case::new(&event.case));
                }
                if let Some(case) = &mut current {
                    case.apply(&event).map_err(Fault::Reconciliation)?;
                }
            }
            if let Some(case) = current {
                put(&case)?;
            }
        }
        tx.commit().map_err(sql)?;
        Ok(count)
    }

    /// A new ledger from an event log, event by event under the hashes that the log has.
    ///
    /// # Errors
    /// [`Fault::Refused`] when the file exists; [`Fault::Reconciliation`] naming the first line that does not fit, and then
    /// nothing is left at `path`.
    pub fn from_log(path: &Path, log: &mut dyn BufRead) -> Result<(Self, Head)> {
        if path.exists() {
            let shown = path.display();
            return Err(refused("ledger-exists", format!("{shown} 已存在"), format!("{shown} exists already"))
                .hint("先将原文件移走再重建", "move the old file away first")
                .into());
        }
        let made = Self::fill(path, log);
        if made.is_err() {
            for ending in ["", "-wal", "-shm"] {
                let mut name = path.as_os_str().to_owned();
                name.push(ending);
                let _ = std::fs::remove_file(name);
            }
        }
        made
    }

    fn fill(path: &Path, log: &mut dyn BufRead) -> Result<(Self, Head)> {
        let mut lines = log.lines();
        let first = lines.next().transpose()?.unwrap_or_default();
        let header: Header =
            serde_json::from_str(&first).map_err(|e| at_line(1, &format!("no event log of a ledger: {e}")))?;
        let mut store = Self::open(path, Missing::Make)?;
        let sql = |e: rusqlite::Error| fault(path, &e);
        let tx = store.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
        tx.execute("UPDATE about SET value = ?1 WHERE name = 'identity'", [&header.identity]).map_err(sql)?;
        let mut head = Head { seq: 0, hash: genesis(&header.identity) };
        {
            let mut statement = tx.prepare(INSERT).map_err(sql)?;
            let mut cases: BTreeMap<String, Case> = BTreeMap::new();
            let mut buffer = Vec::new();
            for (number, line) in (2_u64..).zip(lines) {
                let line = line?;
                let event = Event::from_line(&line).map_err(|why| at_line(number, &why))?;
                let hash = event.fields().hash(&head.hash, &mut buffer);
                if event.seq != head.seq + 1 || hex(&hash) != event.hash {
                    return Err(at_line(
                        number,
                        "the event does not follow the one before it: something was changed, removed or moved",
                    ));
                }
                let case = cases.entry(event.case.clone()).or_insert_with(|| Case::new(&event.case));
                case.apply(&event).map_err(|why| at_line(number, &why))?;
                insert(&mut statement, &event, &hash).map_err(sql)?;
                head = Head { seq: event.seq, hash: event.hash };
            }
            if head.seq != header.events || head.hash != header.head {
                let (seq, events) = (head.seq, header.events);
                return Err(Fault::Reconciliation(format!(
                    "event log: its first line promises {events} events, it ends at {seq}; the file was cut off"
                )));
            }
            let mut writer = CaseWriter::new(&tx).map_err(sql)?;
            for (id, case) in &cases {
                writer.put(id, &CaseRow::of(case)?).map_err(sql)?;
            }
        }
        tx.commit().map_err(sql)?;
        store.identity = header.identity;
        Ok((store, head))
    }
}

fn at_line(number: u64, why: &str) -> Fault {
    Fault::Reconciliation(format!("event log, line {number}: {why}; nothing was made"))
}
