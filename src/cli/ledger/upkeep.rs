//! The event log, verification, rebuilding.

use std::io::{BufReader, BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Ledger, lists, refuse, today};
use crate::cli::{Session, put};
use crate::error::{self, Fault, Result};
use crate::ledger::{Filter, Place, Store, log};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Every event, one a line, with its hash: what `rebuild` takes
    Log,
    /// The cases as a table
    Csv,
}

#[derive(Debug, Args)]
pub struct Export {
    #[arg(long, value_enum, default_value_t = What::Log)]
    format: What,
    /// File to write [default: standard output] / 输出文件
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Verify {
    /// The hash of an event that must be in the ledger, as an earlier verify printed it / 锚定值
    #[arg(long, value_name = "HASH")]
    anchor: Option<String>,
}

#[derive(Debug, Args)]
pub struct Rebuild {
    /// An event log: builds a whole ledger at --to / 事件日志
    #[arg(long, value_name = "FILE", requires = "to")]
    log: Option<PathBuf>,
    /// The new ledger, a file or a postgres: url; it must not exist / 新台账
    #[arg(long, value_name = "FILE|URL", requires = "log")]
    to: Option<String>,
}

#[derive(Debug, Args)]
pub struct Copy {
    /// The new ledger, a file or a postgres: url; it must not exist / 新台账
    #[arg(long, value_name = "FILE|URL")]
    to: String,
}

pub fn export(session: &Session, ledger: &Ledger, a: &Export) -> Result<u8> {
    let store = ledger.open()?;
    let write = |out: &mut dyn Write| -> Result<String> {
        match a.format {
            What::Log => log::export(&store, out).map(|h| format!("{} events, {}", h.events, h.head)),
            What::Csv => {
                let mut cases = Vec::new();
                store.cases(&Filter::default(), &mut |case| {
                    cases.push(case);
                    Ok(())
                })?;
                out.write_all(lists::csv_of(&cases, ledger.settings(), today())?.as_bytes())?;
                Ok(format!("{} cases", cases.len()))
            }
        }
    };
    let Some(path) = &a.to else {
        let mut out = BufWriter::new(std::io::stdout().lock());
        return match write(&mut out).and_then(|_| Ok(out.flush()?)) {
            // A reader that has gone away is no fault.
            Err(Fault::Machine { source, .. }) if source.kind() == std::io::ErrorKind::BrokenPipe => Ok(0),
            Err(fault) => Err(fault),
            Ok(()) => Ok(0),
        };
    };
    // Whole or not at all: a log that was cut off would be refused by `rebuild`, but only then.
    let mut staged = path.as_os_str().to_owned();
    staged.push(".part");
    let staged = PathBuf::from(staged);
    let written = (|| {
        let mut out = BufWriter::new(fs_err::File::create(&staged)?);
        let said = write(&mut out)?;
        let file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.sync_all()?;
        fs_err::rename(&staged, path)?;
        Ok::<String, Fault>(said)
    })();
    let said = written.inspect_err(|_| drop(std::fs::remove_file(&staged)))?;
    let path = path.display();
    put(&session.language.pick(&format!("已写入 {path}:{said}"), &format!("written to {path}: {said}")));
    Ok(0)
}

pub fn verify(session: &Session, ledger: &Ledger, a: &Verify) -> Result<u8> {
    let found = ledger.open()?.verify(a.anchor.as_deref())?;
    let (events, cases, hash) = (found.events, found.cases, &found.head.hash);
    let anchor = found.anchor_at.map_or((String::new(), String::new()), |n| {
        (format!("\n锚定值即第 {n} 条事件"), format!("\nthe anchor is event {n}"))
    });
    put(&session.language.pick(
        &format!(
            "台账完整:{events} 条事件,{cases} 件。末条哈希(请另处保存,作为下次的 --anchor):\n{hash}{}",
            anchor.0
        ),
        &format!(
            "the ledger is as it was written: {events} events, {cases} cases and records. Its last hash, to be kept elsewhere as \
             the next --anchor:\n{hash}{}",
            anchor.1
        ),
    ));
    Ok(0)
}

pub fn rebuild(session: &Session, ledger: &Ledger, a: &Rebuild) -> Result<u8> {
    let (Some(log), Some(to)) = (&a.log, &a.to) else {
        let n = ledger.open()?.rebuild_cases()?;
        put(&session.language.pick(&format!("已由事件重建 {n} 件"), &format!("{n} cases and records folded anew")));
        return Ok(0);
    };
    let unreadable = |e: std::io::Error| {
        refuse("file-unreadable", format!("读不了日志:{e}"), format!("the log cannot be read: {e}"))
    };
    let mut reader = BufReader::new(fs_err::File::open(log).map_err(unreadable)?);
    let to = place(ledger, to)?;
    let head = to.make_from_log(&mut reader)?;
    let (n, hash) = (head.seq, head.hash);
    put(&session.language.pick(
        &format!("已由日志重建 {to}:{n} 条事件,末条哈希 {hash}"),
        &format!("{to} was built from the log: {n} events, last hash {hash}"),
    ));
    Ok(0)
}

pub fn copy(session: &Session, ledger: &Ledger, a: &Copy) -> Result<u8> {
    let from = ledger.open()?;
    let to = place(ledger, &a.to)?;
    let head = to.make_copy(&from)?;
    let (n, hash, name) = (head.seq, head.hash, from.name());
    put(&session.language.pick(
        &format!("已将 {name} 复制到 {to} 并校验:{n} 条事件,末条哈希 {hash}\n把任务配置 [ledger] 的 url 改为新台账后即使用它;原台账未动"),
        &format!(
            "{name} was copied to {to} and verified there: {n} events, last hash {hash}\nIt is used once the url of [ledger] names \
             it; the old one was left as it is"
        ),
    ));
    Ok(0)
}

/// A new ledger's place: a url as in the pipeline file, or a file here.
fn place(ledger: &Ledger, to: &str) -> Result<Place> {
    if !["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| to.starts_with(scheme)) {
        return Ok(Place::Sqlite(PathBuf::from(to)));
    }
    let here = std::env::current_dir()?;
    let place = Place::parse(to, &here).map_err(|(message, hint)| {
        Fault::from(
            error::refused("bad-url", format!("--to 不正确:{message}"), format!("--to: {message}"))
                .hint(hint.clone(), hint),
        )
    })?;
    Ok(place.with_password_file(ledger.config.password_file.clone()))
}
