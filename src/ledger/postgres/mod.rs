//! The ledger in a schema of a PostgreSQL server, for offices with several users: the same tables and guards as in the file, one
//! writer at a time by a lock on the row that has the ledger's name.

mod address;
mod fault;
mod read;
mod snapshot;
mod write;

pub use address::Address;

use std::cell::{Cell, RefCell};
use std::fmt;

use postgres::{Client, GenericClient};

use super::refusals;
use super::store::Missing;
use crate::error::{Fault, Result, refused};

/// What each version adds. A ledger of version n has had the first n of these.
const MIGRATIONS: &[&str] = &[include_str!("schema_1.sql")];

/// What tells our tables from another program's that has an `about` too.
const APPLICATION: &str = "hedui ledger";

/// Taken while a schema is made or brought up to date: "Hedu", and a number of ours.
const MIGRATING: i64 = 0x4865_6475_0000_0001;

/// PostgreSQL 13 is the first that names a ledger by itself.
const OLDEST_SERVER: i32 = 130_000;

/// The version this program writes.
#[must_use]
pub fn schema_version() -> i32 {
    i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX)
}

/// A ledger on a server.
pub struct PostgresStore {
    client: RefCell<Client>,
    /// How many readings are going on, one within the other: all see the moment of the first.
    readings: Cell<u32>,
    address: Address,
    name: String,
    identity: String,
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresStore({})", self.name)
    }
}

/// What stands in the schema.
enum Found {
    Nothing,
    Ledger { version: i32 },
}

impl PostgresStore {
    /// Opens the ledger, bringing an older one up to date.
    ///
    /// # Errors
    /// [`Fault::Refused`] when there is none, it is no ledger, a newer program made it, or the server does not let us in;
    /// [`Fault::Machine`] when the server cannot be reached.
    pub fn open(address: &Address, missing: Missing) -> Result<Self> {
        let mut client = session(address)?;
        match look(&mut client, address)? {
            Found::Nothing if missing == Missing::Refuse => return Err(refusals::no_ledger(&address.to_string())),
            Found::Ledger { version } if version == schema_version() => {}
            _ => {
                let mut tx = client.transaction().map_err(|e| fault::fault(address, &e))?;
                migrate(&mut tx, address, None)?;
                tx.commit().map_err(|e| fault::fault(address, &e))?;
            }
        }
        let identity = identity(&mut client, address)?;
        Ok(Self {
            client: RefCell::new(client),
            readings: Cell::new(0),
            address: address.clone(),
            name: address.to_string(),
            identity,
        })
    }

    fn sql<T>(&self, result: std::result::Result<T, postgres::Error>) -> Result<T> {
        result.map_err(|e| fault::fault(&self.address, &e))
    }
}

/// A connection that is set as the ledger needs it.
fn session(address: &Address) -> Result<Client> {
    let mut client = address.connect()?;
    let mut set = || -> std::result::Result<(i32, String), postgres::Error> {
        // Cursors here are read to their end. What was committed is on disk, unless the server is told to lie about it.
        client.batch_execute(&format!(
            "SET search_path TO {}, pg_temp; SET cursor_tuple_fraction = 1; \
             SET standard_conforming_strings = on; \
             SELECT set_config('lock_timeout', '10s', false) WHERE current_setting('lock_timeout') = '0'; \
             SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
            address.schema
        ))?;
        let row = client
            .query_one("SELECT current_setting('server_version_num')::int, current_setting('server_encoding')", &[])?;
        Ok((row.try_get(0)?, row.try_get(1)?))
    };
    let (version, encoding) = set().map_err(|e| fault::fault(address, &e))?;
    if version < OLDEST_SERVER {
        let number = version / 10_000;
        return Err(refused(
            "old-server",
            format!("{address} 的 PostgreSQL 版本为 {number},需要 13 或更高"),
            format!("{address} is PostgreSQL {number}; 13 or newer is needed"),
        )
        .hint("请升级服务器", "have the server upgraded")
        .into());
    }
    if encoding != "UTF8" {
        let database = address.database();
        return Err(refused(
            "not-utf8",
            format!("数据库 {database} 的编码为 {encoding},需要 UTF8"),
            format!("{address}: the database is in {encoding}; the ledger needs UTF8"),
        )
        .hint(
            format!("另建一库:createdb --encoding=UTF8 --template=template0 {database}_utf8"),
            format!("make another: createdb --encoding=UTF8 --template=template0 {database}_utf8"),
        )
        .into());
    }
    Ok(client)
}

/// What the schema has, and whether we know it.
fn look<C: GenericClient>(client: &mut C, address: &Address) -> Result<Found> {
    let sql = |e: postgres::Error| fault::fault(address, &e);
    let tables = "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')";
    let tables = client.query(tables, &[&address.schema]).map_err(sql)?;
    let tables: Vec<String> =
        tables.iter().map(|r| r.try_get(0)).collect::<std::result::Result<_, _>>().map_err(sql)?;
    if tables.is_empty() {
        return Ok(Found::Nothing);
    }
    let not_ours = || refusals::not_a_ledger(&address.to_string());
    if !["about", "events", "cases"].iter().all(|ours| tables.iter().any(|t| t == ours)) {
        return Err(not_ours());
    }
    let about = |client: &mut C, name: &str| -> Result<Option<String>> {
        match client.query_opt("SELECT value FROM about WHERE name = $1", &[&name]) {
            Ok(row) => row.map(|r| r.try_get(0)).transpose().map_err(sql),
            // Another program's table of that name.
            Err(e) if e.code() == Some(&postgres::error::SqlState::UNDEFINED_COLUMN) => Ok(None),
            Err(e) => Err(sql(e)),
        }
    };
    if about(client, "application")?.as_deref() != Some(APPLICATION) {
        return Err(not_ours());
    }
    let version = about(client, "schema_version")?.and_then(|v| v.parse().ok()).ok_or_else(not_ours)?;
    if version > schema_version() {
        return Err(refusals::newer_schema(&address.to_string(), version, schema_version()));
    }
    Ok(Found::Ledger { version })
}

/// Makes the schema or brings it up to date, alone; another program may be doing the same. `identity` is a new ledger's name,
/// where it is to have another's.
fn migrate<C: GenericClient>(client: &mut C, address: &Address, identity: Option<&str>) -> Result<()> {
    let sql = |e: postgres::Error| fault::fault(address, &e);
    client.execute("SELECT pg_advisory_xact_lock($1)", &[&MIGRATING]).map_err(sql)?;
    let done = match look(client, address)? {
        Found::Nothing => 0,
        Found::Ledger { .. } if identity.is_some() => return Err(refusals::ledger_exists(&address.to_string())),
        Found::Ledger { version } => usize::try_from(version).unwrap_or(0),
    };
    let there = client.query_opt("SELECT 1 FROM pg_namespace WHERE nspname = $1", &[&address.schema]).map_err(sql)?;
    if there.is_none() {
        client.batch_execute(&format!("CREATE SCHEMA {}", address.schema)).map_err(sql)?;
    }
    for text in &MIGRATIONS[done.min(MIGRATIONS.len())..] {
        client.batch_execute(text).map_err(sql)?;
    }
    let values = "INSERT INTO about (name, value) VALUES ('application', $1), ('schema_version', $2), \
         ('identity', COALESCE($3, replace(gen_random_uuid()::text, '-', ''))) \
         ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value WHERE about.name = 'schema_version'";
    client.execute(values, &[&APPLICATION, &schema_version().to_string(), &identity]).map_err(sql)?;
    Ok(())
}

fn identity<C: GenericClient>(client: &mut C, address: &Address) -> Result<String> {
    let sql = |e: postgres::Error| fault::fault(address, &e);
    let row = client.query_opt("SELECT value FROM about WHERE name = 'identity'", &[]).map_err(sql)?;
    let row =
        row.ok_or_else(|| Fault::Reconciliation(format!("{address}: the ledger has lost its name; restore a backup")))?;
    row.try_get(0).map_err(sql)
}
