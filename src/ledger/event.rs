//! One event: one fact, as it is stored, exported and hashed.
//!
//! An event's text is JSON with its keys in a fixed order and its body's keys sorted. Its hash is SHA-256 over the hash before
//! it, a line break and that text, so no event can be changed, dropped, added or moved without every later hash being wrong.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::state::{Move, State};
use crate::error::{Fault, Result};
use crate::kernel::dates::{DateReading, Month, PartialDate, Precision, civil, read_date};
use crate::kernel::secret::hex;

/// A file named by an event: only its digest is kept, so that the file can be held against it later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    pub name: String,
    /// SHA-256, 64 lower-case hexadecimal characters.
    pub sha256: String,
}

/// An event that is to be appended. The store adds its number, the state it finds, and its hash.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    pub case: String,
    pub what: Move,
    /// The moment it is written down, UTC, `2026-11-05T02:31:07Z`.
    pub at: String,
    /// The day it counts for, days since 1970-01-01; deadlines are counted from it.
    pub day: i32,
    /// The month whose balance it belongs to; the store never lets a case go back in months.
    pub month: Month,
    pub who: String,
    pub why: String,
    pub file: Option<FileRef>,
    /// What the move carries; see [`super::case`] for the shape of each move's body.
    pub body: Value,
}

/// An event as it stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// From 1, without gaps, over the whole ledger.
    pub seq: i64,
    pub at: String,
    /// `2026-11-05`.
    pub day: String,
    /// `2026-10`.
    pub month: String,
    pub who: String,
    pub case: String,
    /// From 1, without gaps, over the case.
    pub n: u32,
    pub what: Move,
    pub from: State,
    pub to: State,
    pub why: String,
    pub file: Option<FileRef>,
    /// Canonical JSON.
    pub body: String,
    /// 64 lower-case hexadecimal characters.
    pub hash: String,
}

/// What stands before the first event: the ledger's own name is in it, so no event of another ledger fits.
#[must_use]
pub fn genesis(identity: &str) -> String {
    hex(&Sha256::digest(format!("hedui ledger 1 {identity}")))
}

/// The fields of an event in the order of its text, borrowed from wherever they stand.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    pub seq: i64,
    pub at: &'a str,
    pub day: &'a str,
    pub month: &'a str,
    pub who: &'a str,
    pub case: &'a str,
    pub n: u32,
    pub what: &'a str,
    pub from: &'a str,
    pub to: &'a str,
    pub why: &'a str,
    /// Name and digest.
    pub file: Option<(&'a str, &'a str)>,
    pub body: &'a str,
}

impl Fields<'_> {
    /// Appends the event's text, without its closing brace.
    fn open_text(&self, out: &mut Vec<u8>) {
        let number = |out: &mut Vec<u8>, key: &str, n: i64| {
            out.extend_from_slice(key.as_bytes());
            out.extend_from_slice(n.to_string().as_bytes());
        };
        number(out, "{\"seq\":", self.seq);
        pair(out, ",\"at\":", self.at);
        pair(out, ",\"day\":", self.day);
        pair(out, ",\"month\":", self.month);
        pair(out, ",\"who\":", self.who);
        pair(out, ",\"case\":", self.case);
        number(out, ",\"n\":", i64::from(self.n));
        pair(out, ",\"what\":", self.what);
        pair(out, ",\"from\":", self.from);
        pair(out, ",\"to\":", self.to);
        pair(out, ",\"why\":", self.why);
        match self.file {
            Some((name, sha256)) => {
                pair(out, ",\"file\":{\"name\":", name);
                pair(out, ",\"sha256\":", sha256);
                out.push(b'}');
            }
            None => out.extend_from_slice(b",\"file\":null"),
        }
        out.extend_from_slice(b",\"body\":");
        out.extend_from_slice(self.body.as_bytes());
    }

    /// The hash of this event after `previous`. `buffer` is scratch space.
    #[must_use]
    pub fn hash(&self, previous: &str, buffer: &mut Vec<u8>) -> [u8; 32] {
        buffer.clear();
        buffer.extend_from_slice(previous.as_bytes());
        buffer.push(b'\n');
        self.open_text(buffer);
        buffer.push(b'}');
        Sha256::digest(&buffer[..]).into()
    }

    /// The event as a line of the event log: its text with its hash as the last key.
    #[must_use]
    pub fn line(&self, hash: &str) -> String {
        let mut out = Vec::with_capacity(512);
        self.open_text(&mut out);
        pair(&mut out, ",\"hash\":", hash);
        out.push(b'}');
        String::from_utf8(out).unwrap_or_default()
    }
}

fn pair(out: &mut Vec<u8>, key: &str, value: &str) {
    out.extend_from_slice(key.as_bytes());
    let plain = value.bytes().all(|b| b >= 0x20 && b != b'"' && b != b'\\');
    if plain {
        out.push(b'"');
        out.extend_from_slice(value.as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(Value::from(value).to_string().as_bytes());
    }
}

impl Event {
    #[must_use]
    pub fn fields(&self) -> Fields<'_> {
        Fields {
            seq: self.seq,
            at: &self.at,
            day: &self.day,
            month: &self.month,
            who: &self.who,
            case: &self.case,
            n: self.n,
            what: self.what.name(),
            from: self.from.name(),
            to: self.to.name(),
            why: &self.why,
            file: self.file.as_ref().map(|f| (f.name.as_str(), f.sha256.as_str())),
            body: &self.body,
        }
    }

    /// A line of the event log, read. The hash is what the line says; whoever reads holds it against the text.
    ///
    /// # Errors
    /// What is wrong with the line, in words.
    pub fn from_line(line: &str) -> std::result::Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Line {
            seq: i64,
            at: String,
            day: String,
            month: String,
            who: String,
            case: String,
            n: u32,
            what: String,
            from: String,
            to: String,
            why: String,
            file: Option<FileRef>,
            body: Value,
            hash: String,
        }
        let line: Line = serde_json::from_str(line).map_err(|e| e.to_string())?;
        let state = |name: &str| State::parse(name).ok_or_else(|| format!("no such state: {name}"));
        Ok(Self {
            seq: line.seq,
            what: Move::parse(&line.what).ok_or_else(|| format!("no such move: {}", line.what))?,
            from: state(&line.from)?,
            to: state(&line.to)?,
            body: canonical(&line.body),
            at: line.at,
            day: line.day,
            month: line.month,
            who: line.who,
            case: line.case,
            n: line.n,
            why: line.why,
            file: line.file,
            hash: line.hash,
        })
    }

    /// The day it counts for.
    #[must_use]
    pub fn day_number(&self) -> i32 {
        day_of(&self.day).unwrap_or_default()
    }
}

/// JSON with the keys of every object sorted, without spaces.
#[must_use]
pub fn canonical(value: &Value) -> String {
    fn put(value: &Value, out: &mut String) {
        match value {
            Value::Object(map) => {
                let mut keys: Vec<&String> = map.keys().collect();
                keys.sort();
                out.push('{');
                for (i, key) in keys.into_iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    out.push_str(&Value::from(key.as_str()).to_string());
                    out.push(':');
                    put(&map[key], out);
                }
                out.push('}');
            }
            Value::Array(list) => {
                out.push('[');
                for (i, item) in list.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    put(item, out);
                }
                out.push(']');
            }
            other => out.push_str(&other.to_string()),
        }
    }
    let mut out = String::new();
    put(value, &mut out);
    out
}

/// `2026-11-05` of a day counted from 1970-01-01.
#[must_use]
pub fn day_text(day: i32) -> String {
    let (year, month, day) = civil(day);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Days since 1970-01-01 of a whole date in any usual shape.
#[must_use]
pub fn day_of(text: &str) -> Option<i32> {
    match read_date(text, 2000) {
        Ok(DateReading::Date(PartialDate { first_day, precision: Precision::Day })) => Some(first_day),
        _ => None,
    }
}

/// A body as canonical JSON values.
///
/// # Errors
/// [`Fault::Internal`] for a value that is no JSON, such as a float that is no number.
pub fn body<T: Serialize>(value: &T) -> Result<Value> {
    serde_json::to_value(value).map_err(|e| Fault::Internal(format!("an event's body: {e}")))
}
