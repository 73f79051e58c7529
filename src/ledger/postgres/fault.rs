//! The server's errors as faults that say what to do.

use std::io;

use postgres::Error;
use postgres::error::SqlState;

use super::super::refusals::{busy, disk_full};
use super::Address;
use crate::error::{Fault, refused};

/// Whether the connection is gone, so that nobody knows what became of the last thing asked.
pub(super) fn is_lost(error: &Error) -> bool {
    match error.code() {
        // The server ends its sessions, or they are ended for it.
        Some(code) => [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN].contains(code),
        None => error.is_closed() || io_cause(error).is_some(),
    }
}

fn io_cause(error: &Error) -> Option<&io::Error> {
    std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<io::Error>())
}

/// What the server or the driver said, in one line, without the place in its source.
fn said(error: &Error) -> String {
    match error.as_db_error() {
        Some(db) => format!("{} ({})", db.message(), db.code().code()),
        None => match std::error::Error::source(error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        },
    }
}

fn machine(context: String, error: &Error) -> Fault {
    let kind = io_cause(error).map_or(io::ErrorKind::ConnectionAborted, io::Error::kind);
    Fault::Machine { context, source: io::Error::new(kind, said(error)) }
}

/// An error while connecting.
pub(super) fn connecting(address: &Address, error: &Error) -> Fault {
    if error.code().is_some() {
        return fault(address, error);
    }
    let text = said(error);
    // The driver was asked for a password and has none.
    if text.contains("password missing") {
        return login(address, &text);
    }
    let context = format!(
        "{address}: the server cannot be reached; nothing was written. Look whether it runs and whether host and port in the url of \
         [ledger] are right, and run again"
    );
    machine(context, error)
}

fn login(address: &Address, said: &str) -> Fault {
    refused(
        "ledger-login",
        format!("{address} 拒绝登录:{said}"),
        format!("{address} does not let {} in: {said}", address.user()),
    )
    .hint(
        "密码可放在 [ledger] 的 password_file、环境变量 PGPASSWORD 或 ~/.pgpass 中;服务器只接受 TLS 时,请经隧道(ssh -L)连接",
        "the password is taken from password_file of [ledger], PGPASSWORD or ~/.pgpass; where the server wants TLS, go through a \
         tunnel (ssh -L)",
    )
    .into()
}

/// An error of something that was asked; nothing of it stays.
pub(super) fn fault(address: &Address, error: &Error) -> Fault {
    let name = address.to_string();
    let Some(code) = error.code() else {
        if is_lost(error) {
            return machine(
                format!("{name}: the connection to the server was lost; nothing was written, run again"),
                error,
            );
        }
        return Fault::Internal(format!("ledger {name}: {}", said(error)));
    };
    let said = said(error);
    match *code {
        SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => login(address, &said),
        SqlState::INVALID_CATALOG_NAME => refused(
            "ledger-closed",
            format!("服务器上没有数据库 {}:{said}", address.database()),
            format!("{name}: the server has no such database: {said}"),
        )
        .hint(
            format!("请管理员建库:createdb --encoding=UTF8 {}", address.database()),
            format!("have it made: createdb --encoding=UTF8 {}", address.database()),
        )
        .into(),
        SqlState::INSUFFICIENT_PRIVILEGE => refused(
            "ledger-closed",
            format!("{name} 不允许 {} 这样做:{said}", address.user()),
            format!("{name}: {} may not do this: {said}", address.user()),
        )
        .hint(
            format!("请管理员授权:CREATE SCHEMA {} AUTHORIZATION {}", address.schema, address.user()),
            format!(
                "have the schema given to that user: CREATE SCHEMA {} AUTHORIZATION {}",
                address.schema,
                address.user()
            ),
        )
        .into(),
        SqlState::READ_ONLY_SQL_TRANSACTION => refused(
            "ledger-closed",
            format!("{name} 只读,未写入任何内容:{said}"),
            format!("{name} is read-only; nothing was written: {said}"),
        )
        .hint("请连接主库,备库不能写", "use the address of the primary; a standby cannot be written to")
        .into(),
        SqlState::DISK_FULL => disk_full(&name, said),
        SqlState::LOCK_NOT_AVAILABLE | SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => {
            busy(&name)
        }
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => Fault::Reconciliation(format!(
            "{name} is damaged ({said}); restore a backup, or build it anew from an event log: hedui ledger rebuild --log FILE --to URL"
        )),
        SqlState::CHARACTER_NOT_IN_REPERTOIRE | SqlState::PROGRAM_LIMIT_EXCEEDED => refused(
            "not-storable",
            format!("{name} 存不下这段文字,未写入任何内容:{said}"),
            format!("{name} cannot hold this text; nothing was written: {said}"),
        )
        .hint("请去掉空字符或缩短编号", "take out the zero character, or shorten the number")
        .into(),
        // Connections, memory, shutdown and the like pass.
        _ if ["08", "53", "57", "58"].iter().any(|class| code.code().starts_with(class)) => {
            machine(format!("{name}: the server cannot do it now; nothing was written, run again"), error)
        }
        _ => Fault::Internal(format!("ledger {name}: {said}")),
    }
}

/// The connection was lost while committing, and the server cannot be asked what became of it.
pub(super) fn unknown_outcome(address: &Address, error: &Error) -> Fault {
    machine(
        format!(
            "{address}: the connection was lost while writing, and the server cannot be reached again: whether it was written is not \
             known. Look with `hedui ledger show` before doing it again; a run may simply be run again"
        ),
        error,
    )
}
