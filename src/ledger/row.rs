//! Rows of the two tables, as every database has them: events in batches that are read without copying field by field, and cases.

use super::case::Case;
use super::event::{Event, Fields, FileRef, day_of};
use super::state::{Move, State};
use crate::error::{Fault, Result};

/// Columns of an event, in the order in which stores read and write them.
pub(super) const EVENT_COLUMNS: &str =
    "seq, n, at, day, month, who, case_id, what, from_state, to_state, why, file_name, file_sha256, body, hash";

/// Columns of a case.
pub(super) const CASE_COLUMNS: &str =
    "case_id, events, state, source, rule, class, severity, unit_key, unit_name, due, turned, watched, doc";

/// Texts of an event: the columns from `at` to `body`.
pub(super) const TEXTS: usize = 12;
const FILE_NAME: usize = 9;
const FILE_SHA256: usize = 10;

/// What stands for a text that is none: no event was ever written with it, so its hash cannot fit.
pub(super) const SPOILT: &str = "\u{FFFD}";

struct Row {
    seq: i64,
    n: u32,
    has_file: bool,
    start: usize,
    ends: [usize; TEXTS],
    hash: [u8; 32],
}

/// Events as they stand in a database, their texts in one piece of memory.
#[derive(Default)]
pub(super) struct Batch {
    text: String,
    rows: Vec<Row>,
}

impl Batch {
    /// Adds a row. Texts that are absent are `None`; only the two of the file may be.
    pub fn push(&mut self, seq: i64, n: i64, texts: [Option<&str>; TEXTS], hash: &[u8]) {
        let start = self.text.len();
        let mut ends = [0; TEXTS];
        let file = (texts[FILE_NAME], texts[FILE_SHA256]);
        let has_file = file != (None, None);
        for (i, (end, text)) in ends.iter_mut().zip(texts).enumerate() {
            let of_no_file = !has_file && (i == FILE_NAME || i == FILE_SHA256);
            self.text.push_str(text.unwrap_or(if of_no_file { "" } else { SPOILT }));
            *end = self.text.len();
        }
        // A number or a hash of another size was never written by us; what stands for it cannot fit either.
        let n = u32::try_from(n).unwrap_or(u32::MAX);
        let hash = hash.try_into().unwrap_or([0; 32]);
        self.rows.push(Row { seq, n, has_file, start, ends, hash });
    }
    pub fn len(&self) -> usize {
        self.rows.len()
    }
    /// Whether it is time to hand it on.
    pub fn is_full(&self) -> bool {
        self.rows.len() >= 16_384 || self.text.len() >= 16 << 20
    }
    pub fn seq(&self, i: usize) -> i64 {
        self.rows[i].seq
    }
    pub fn hash(&self, i: usize) -> &[u8; 32] {
        &self.rows[i].hash
    }
    pub fn case(&self, i: usize) -> &str {
        self.text_of(i, 4)
    }
    fn text_of(&self, i: usize, column: usize) -> &str {
        let row = &self.rows[i];
        let start = if column == 0 { row.start } else { row.ends[column - 1] };
        &self.text[start..row.ends[column]]
    }
    pub fn fields(&self, i: usize) -> Fields<'_> {
        let (row, text) = (&self.rows[i], |column| self.text_of(i, column));
        Fields {
            seq: row.seq,
            n: row.n,
            at: text(0),
            day: text(1),
            month: text(2),
            who: text(3),
            case: text(4),
            what: text(5),
            from: text(6),
            to: text(7),
            why: text(8),
            file: row.has_file.then(|| (text(FILE_NAME), text(FILE_SHA256))),
            body: text(11),
        }
    }
    /// The event of a row.
    ///
    /// # Errors
    /// In words, when its move or a state is none that is known.
    pub fn event(&self, i: usize) -> std::result::Result<Event, String> {
        let f = self.fields(i);
        let (Some(what), Some(from), Some(to)) = (Move::parse(f.what), State::parse(f.from), State::parse(f.to)) else {
            return Err(format!("event {}: {} from {} to {} is no known move", f.seq, f.what, f.from, f.to));
        };
        Ok(Event {
            seq: f.seq,
            at: f.at.to_owned(),
            day: f.day.to_owned(),
            month: f.month.to_owned(),
            who: f.who.to_owned(),
            case: f.case.to_owned(),
            n: f.n,
            what,
            from,
            to,
            why: f.why.to_owned(),
            file: f.file.map(|(name, sha256)| FileRef { name: name.to_owned(), sha256: sha256.to_owned() }),
            body: f.body.to_owned(),
            hash: crate::kernel::secret::hex(self.hash(i)),
        })
    }
    /// All of its events, in their order.
    pub fn events(&self) -> impl Iterator<Item = std::result::Result<Event, String>> + '_ {
        (0..self.len()).map(|i| self.event(i))
    }
}

/// An event with its hash as it is stored.
pub(super) struct Written {
    pub event: Event,
    pub hash: [u8; 32],
}

impl Written {
    /// The texts in the order of [`EVENT_COLUMNS`].
    pub fn texts(&self) -> [Option<&str>; TEXTS] {
        let e = &self.event;
        let file = e.file.as_ref();
        [
            Some(&e.at),
            Some(&e.day),
            Some(&e.month),
            Some(&e.who),
            Some(&e.case),
            Some(e.what.name()),
            Some(e.from.name()),
            Some(e.to.name()),
            Some(&e.why),
            file.map(|f| f.name.as_str()),
            file.map(|f| f.sha256.as_str()),
            Some(&e.body),
        ]
    }
}

/// The row of the table of cases. Its columns repeat what `doc` says, for searching.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CaseRow {
    pub id: String,
    pub events: i64,
    pub state: String,
    pub source: String,
    pub rule: Option<String>,
    pub class: String,
    pub severity: String,
    pub unit_key: Option<String>,
    pub unit_name: Option<String>,
    pub due: Option<i32>,
    pub turned: Option<String>,
    pub watched: bool,
    pub doc: String,
}

impl CaseRow {
    pub fn of(case: &Case) -> Result<Self> {
        let o = &case.opening;
        Ok(Self {
            id: case.id.clone(),
            events: i64::from(case.events),
            state: case.state.name().to_owned(),
            source: o.source.clone(),
            rule: o.rule.clone(),
            class: o.class.clone(),
            severity: o.severity.clone(),
            unit_key: o.unit_key.clone(),
            unit_name: o.unit_name.clone(),
            // Only deadlines that somebody can miss.
            due: case.due.as_deref().filter(|_| case.state.is_open() && !case.state.awaits_data()).and_then(day_of),
            turned: case.turns.last().map(|t| t.0.clone()),
            watched: case.is_watched(),
            doc: serde_json::to_string(case).map_err(|e| Fault::Internal(format!("case {}: {e}", case.id)))?,
        })
    }
}

/// A case from its stored form.
pub(super) fn parse_case(id: &str, doc: &str) -> Result<Case> {
    serde_json::from_str(doc).map_err(|e| {
        Fault::Reconciliation(format!(
            "the ledger's table of cases is damaged at {id} ({e}); hedui ledger rebuild makes it anew from the events"
        ))
    })
}
