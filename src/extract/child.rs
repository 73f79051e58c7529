//! Workbooks, DBF and Parquet are opened by a child of this very program: what a hostile file exhausts or crashes is the
//! child's, under a cap on its address space, its processor time and the wall clock, never the run's.

use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, setrlimit};

use super::protocol::{self, Caps, Outcome, Writer};
use super::sniff::{Format, sniff};
use super::{Limits, ReadContext, dbf, files, parquet_file, xls, xlsx};

/// Why a file could not be read: code, message, hint.
#[derive(Debug)]
pub(super) struct Unreadable {
    pub code: String,
    pub message: String,
    pub hint: String,
}

impl Unreadable {
    pub fn new(code: &str, message: impl Into<String>, hint: &str) -> Self {
        Self { code: code.to_owned(), message: message.into(), hint: hint.to_owned() }
    }
    /// Damaged or cut short: the commonest reason, with the commonest remedy.
    pub fn damaged(message: impl std::fmt::Display) -> Self {
        Self::new("file-unreadable", message.to_string(), "export or copy the file again; it is damaged or incomplete")
    }
}

impl From<std::io::Error> for Unreadable {
    fn from(error: std::io::Error) -> Self {
        Self::damaged(error)
    }
}

/// The child's side: limits itself, then reads and writes.
pub(super) fn serve(path: &Path, limits: &Limits) -> Result<(), String> {
    limit(Resource::As, limits.child_memory_bytes)?;
    limit(Resource::Cpu, limits.child_seconds.saturating_add(1))?;
    // A core file would hold people's data.
    limit(Resource::Core, 0)?;
    let out = BufWriter::with_capacity(1 << 18, std::io::stdout().lock());
    let mut writer = Writer::new(out).map_err(|e| e.to_string())?;
    let done = match parse(path, limits, &mut writer) {
        Ok(()) => writer.end(),
        Err(e) => writer.failure(&e.code, &e.message, &e.hint),
    };
    done.map_err(|e| e.to_string())
}

fn parse<W: Write>(path: &Path, limits: &Limits, writer: &mut Writer<W>) -> Result<(), Unreadable> {
    let mut bytes = Vec::new();
    files::open(path)?.take(limits.max_file_bytes).read_to_end(&mut bytes)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    match sniff(&name, &bytes).map_err(|r| Unreadable::new(r.code, r.message, r.hint))? {
        Format::Xlsx => xlsx::read(&bytes, limits, writer),
        Format::Xls => xls::read(bytes, limits, writer),
        Format::Dbf => dbf::read(&bytes, writer),
        Format::Parquet => parquet_file::read(files::open(path)?, limits, writer),
        Format::Text | Format::TextAsXls | Format::Html => Err(Unreadable::damaged("text is not read in a child")),
    }
}

fn limit(resource: Resource, most: u64) -> Result<(), String> {
    let wanted = Rlimit { current: Some(most), maximum: Some(most) };
    setrlimit(resource, wanted).map_err(|e| format!("cannot set a limit: {e}"))
}

/// The parent's side: starts a child, watches its time, and checks all it says.
pub(super) fn read(path: &Path, context: &ReadContext) -> Result<protocol::Outcome, Unreadable> {
    let limits = &context.limits;
    let mut child = Command::new(&context.program)
        .arg("internal-read")
        .arg(path)
        .args(["--memory", &limits.child_memory_bytes.to_string()])
        .args(["--seconds", &limits.child_seconds.to_string()])
        // Address space that the allocator reserves before the cap is set would not count against it.
        .env("MIMALLOC_ARENA_RESERVE", "0")
        .env("MIMALLOC_ALLOW_LARGE_OS_PAGES", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| Unreadable::new("file-unreadable", format!("cannot start the reader: {e}"), ""))?;
    let caps = Caps { text_bytes: limits.max_cell_bytes, columns: 1 << 14, rows: limits.max_rows };
    let Some(stdout) = child.stdout.take() else {
        return Err(Unreadable::damaged("the reader has no output"));
    };
    let (send, receive) = mpsc::channel();
    // The thread ends with the pipe: when the child ends or is killed.
    let reader = std::thread::spawn(move || {
        let _ = send.send(protocol::read(BufReader::with_capacity(1 << 18, stdout), caps));
    });
    let answer = receive.recv_timeout(Duration::from_secs(limits.child_seconds));
    let outcome = match answer {
        Ok(outcome) => finish(&mut child, outcome),
        Err(_) => {
            let _ = child.kill();
            let _ = child.wait();
            let message = format!("not read within {} seconds", limits.child_seconds);
            Err(Unreadable::new("file-unreadable", message, "the file is far larger inside than it looks, or hostile"))
        }
    };
    let _ = reader.join();
    outcome
}

fn finish(child: &mut Child, outcome: std::io::Result<Outcome>) -> Result<Outcome, Unreadable> {
    if outcome.is_err() {
        // It may still be writing to nobody.
        let _ = child.kill();
    }
    let status = child.wait()?;
    match outcome {
        Ok(outcome) => Ok(outcome),
        Err(e) => {
            let why = if status.success() || e.kind() != std::io::ErrorKind::UnexpectedEof {
                e.to_string()
            } else {
                format!("the reader gave up ({status}): out of its memory, or the file is damaged")
            };
            Err(Unreadable::damaged(why))
        }
    }
}
