//! The ledger in one SQLite file: write-ahead log, every commit on disk before it returns, events that triggers keep from being
//! edited, and a table of cases that can be thrown away and folded again.

mod read;
mod snapshot;
mod write;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::refusals;
use super::store::Missing;
use crate::error::{Fault, Result, refused};

/// The ledger's mark in the file's header: "Hedu".
const APPLICATION_ID: i32 = 0x4865_6475;

/// What each version adds. A file of version n has had the first n of these.
const MIGRATIONS: &[&str] = &[include_str!("schema_1.sql")];

/// The version this program writes.
#[must_use]
pub fn schema_version() -> i32 {
    i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX)
}

/// How long a writer waits for another.
const PATIENCE: Duration = Duration::from_secs(10);

/// A ledger in an SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Connection,
    path: PathBuf,
    /// The same for messages.
    name: String,
    identity: String,
}

impl SqliteStore {
    /// Opens the file, bringing an older one up to date.
    ///
    /// # Errors
    /// [`Fault::Refused`] when there is none, it is no ledger, or a newer program made it; [`Fault::Machine`].
    pub fn open(path: &Path, missing: Missing) -> Result<Self> {
        if !path.exists() {
            if missing == Missing::Refuse {
                return Err(refusals::no_ledger(&path.display().to_string()));
            }
            if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
                fs_err::create_dir_all(folder)?;
            }
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(|e| fault(path, &e))?;
        let mut store =
            Self { connection, path: path.to_owned(), name: path.display().to_string(), identity: String::new() };
        store.prepare().map_err(|e| match e {
            Opening::Sql(e) => fault(path, &e),
            Opening::Fault(f) => f,
        })?;
        Ok(store)
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves the database no room to grow, as a full disk does.
    #[cfg(test)]
    pub(super) fn fill_the_disk(&self) {
        let pages = "SELECT page_count FROM pragma_page_count";
        let now: i64 = self.connection.query_row(pages, [], |r| r.get(0)).expect("counted");
        self.connection.query_row(&format!("PRAGMA max_page_count = {now}"), [], |_| Ok(())).expect("set");
    }

    fn prepare(&mut self) -> std::result::Result<(), Opening> {
        let db = &self.connection;
        db.busy_timeout(PATIENCE)?;
        let number = |name: &str| db.query_row(&format!("PRAGMA {name}"), [], |r| r.get::<_, i32>(0));
        let (application, version) = (number("application_id")?, number("user_version")?);
        let tables: i64 = db.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |r| r.get(0))?;
        if application != APPLICATION_ID && tables > 0 {
            return Err(refusals::not_a_ledger(&self.name).into());
        }
        if version > schema_version() {
            return Err(refusals::newer_schema(&self.name, version, schema_version()).into());
        }
        let _: String = db.query_row("PRAGMA journal_mode = WAL", [], |r| r.get(0))?;
        db.execute_batch("PRAGMA synchronous = FULL; PRAGMA recursive_triggers = ON; PRAGMA cache_size = -65536;")?;
        if version < schema_version() {
            self.migrate()?;
        }
        self.identity =
            self.connection.query_row("SELECT value FROM about WHERE name = 'identity'", [], |r| r.get(0))?;
        Ok(())
    }

    /// Brings the file up to date, under the write lock, for another program may be doing the same.
    fn migrate(&mut self) -> std::result::Result<(), Opening> {
        let tx = self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let version: i32 = tx.query_row("PRAGMA user_version", [], |r| r.get(0))?;
        let done = usize::try_from(version).unwrap_or(0);
        for sql in &MIGRATIONS[done.min(MIGRATIONS.len())..] {
            tx.execute_batch(sql)?;
        }
        tx.execute("INSERT OR IGNORE INTO about (name, value) VALUES ('identity', lower(hex(randomblob(16))))", [])?;
        tx.execute_batch(&format!(
            "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {};",
            schema_version()
        ))?;
        tx.commit()?;
        Ok(())
    }

    fn sql<T>(&self, result: rusqlite::Result<T>) -> Result<T> {
        result.map_err(|e| fault(&self.path, &e))
    }
}

/// What can go wrong while opening.
enum Opening {
    Sql(rusqlite::Error),
    Fault(Fault),
}

impl From<rusqlite::Error> for Opening {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Fault> for Opening {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// A database error as a fault that says what to do.
fn fault(path: &Path, error: &rusqlite::Error) -> Fault {
    let path = path.display();
    let Some(code) = error.sqlite_error_code() else {
        return Fault::Internal(format!("ledger {path}: {error}"));
    };
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => refusals::busy(&path.to_string()),
        ErrorCode::DiskFull => refusals::disk_full(&path.to_string(), error.to_string()),
        ErrorCode::SystemIoFailure => Fault::Machine {
            context: format!("{path}: the ledger cannot be read or written"),
            source: std::io::Error::other(error.to_string()),
        },
        ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => refused(
            "ledger-closed",
            format!("{path} 打不开或不可写:{error}"),
            format!("{path} cannot be opened, or not for writing: {error}"),
        )
        .hint(
            "检查文件和所在文件夹的权限;台账文件夹须可写(同目录还有 -wal 文件)",
            "look at the permissions of the file and its folder; the folder must be writable too (-wal beside it)",
        )
        .into(),
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Fault::Reconciliation(format!(
            "{path} is damaged or no SQLite database ({error}); restore a backup, or build it anew from an event log: \
             hedui ledger rebuild --log FILE"
        )),
        _ => Fault::Internal(format!("ledger {path}: {error}")),
    }
}
