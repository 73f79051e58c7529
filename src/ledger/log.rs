//! The event log: the whole ledger as JSON lines, readable by eye and by any tool, from which it can be built again.

use std::io::Write;

use serde::{Deserialize, Serialize};

use super::store::Store;
use crate::error::{Fault, Result};

/// The first line of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Version of the log's shape.
    pub hedui_ledger: u32,
    pub identity: String,
    pub events: i64,
    /// The last event's hash.
    pub head: String,
}

/// Writes the header and every event, one a line.
///
/// # Errors
/// What reading may give, and [`Fault::Machine`] when the log cannot be written.
pub fn export(store: &dyn Store, out: &mut dyn Write) -> Result<Header> {
    let head = store.head()?;
    let header = Header { hedui_ledger: 1, identity: store.identity().to_owned(), events: head.seq, head: head.hash };
    let first = serde_json::to_string(&header).map_err(|e| Fault::Internal(e.to_string()))?;
    writeln!(out, "{first}")?;
    store.events(0, &mut |event| {
        // Events that were added while this was written are not promised by the header.
        if event.seq <= header.events {
            writeln!(out, "{}", event.fields().line(&event.hash))?;
        }
        Ok(())
    })?;
    out.flush()?;
    Ok(header)
}
