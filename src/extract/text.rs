//! Delimited text: one pass finds where records begin (quotes and line ends of every kind), then chunks of records are
//! cut into fields side by side. No cell is copied unless it holds a doubled quote.

use memchr::{memchr, memchr3};

/// Caps that keep a hostile text from exhausting the machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextCaps {
    pub cell_bytes: usize,
    pub columns: usize,
    pub rows: usize,
}

/// Why a text is no table; the line counts from 1.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TextFault {
    pub code: &'static str,
    pub line: u32,
    pub message: String,
}

/// A run of whole records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunk {
    pub start: usize,
    pub end: usize,
    /// The physical line its first record begins on.
    pub line: u32,
}

const CHUNK_BYTES: usize = 2 << 20;

/// Where a quoted cell ends: the byte after its closing quote.
fn closing(bytes: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    loop {
        let quote = at + memchr(b'"', &bytes[at..])?;
        if bytes.get(quote + 1) == Some(&b'"') {
            at = quote + 2;
        } else {
            return Some(quote + 1);
        }
    }
}

/// Number of line ends in a piece, and whether it ends in a bare CR.
fn lines(bytes: &[u8]) -> u32 {
    let mut count = 0;
    let mut at = 0;
    while let Some(i) = memchr::memchr2(b'\n', b'\r', &bytes[at..]) {
        let here = at + i;
        at = here + if bytes[here] == b'\r' && bytes.get(here + 1) == Some(&b'\n') { 2 } else { 1 };
        count += 1;
    }
    count
}

/// Cuts the text into chunks of whole records; at most `most` records when given.
pub(super) fn split(text: &str, delimiter: &str, caps: TextCaps, most: Option<usize>) -> Result<Vec<Chunk>, TextFault> {
    let bytes = text.as_bytes();
    let delimiter = delimiter.as_bytes();
    let mut chunks = Vec::new();
    let mut chunk = Chunk { start: 0, end: 0, line: 1 };
    let (mut at, mut record, mut line, mut record_line) = (0, 0, 1_u32, 1_u32);
    let mut records = 0_usize;
    // A record may be as long as a few full cells, not as long as the file.
    let longest = caps.cell_bytes.saturating_mul(16);
    while at < bytes.len() {
        let Some(i) = memchr3(b'"', b'\n', b'\r', &bytes[at..]) else { break };
        let here = at + i;
        if bytes[here] == b'"' {
            let opens = here == record || bytes[record..here].ends_with(delimiter);
            at = here + 1;
            if opens {
                let end = closing(bytes, here).filter(|end| end - here <= caps.cell_bytes);
                let Some(end) = end else {
                    let message = "a quote opens here and is not closed within the limit of a cell".to_owned();
                    return Err(TextFault { code: "unclosed-quote", line, message });
                };
                line += lines(&bytes[here..end]);
                at = end;
            }
            continue;
        }
        at = here + if bytes[here] == b'\r' && bytes.get(here + 1) == Some(&b'\n') { 2 } else { 1 };
        check_length(here - record, longest, record_line)?;
        line += 1;
        records += 1;
        record = at;
        record_line = line;
        if at - chunk.start >= CHUNK_BYTES || most == Some(records) {
            chunks.push(Chunk { end: at, ..chunk });
            chunk = Chunk { start: at, end: at, line };
        }
        if most == Some(records) {
            return Ok(chunks);
        }
        if records > caps.rows {
            let message = format!("more than {} lines", caps.rows);
            return Err(TextFault { code: "too-many-rows", line, message });
        }
    }
    check_length(bytes.len() - record, longest, record_line)?;
    if chunk.start < bytes.len() {
        chunks.push(Chunk { end: bytes.len(), ..chunk });
    }
    Ok(chunks)
}

fn check_length(length: usize, longest: usize, line: u32) -> Result<(), TextFault> {
    if length <= longest {
        return Ok(());
    }
    let message = format!("a line of {length} bytes; the limit is {longest}");
    Err(TextFault { code: "line-too-long", line, message })
}

/// Where a field lies: in the chunk's text, or (top bit) among the unescaped ones.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: u32,
    len: u32,
}

const UNESCAPED: u32 = 1 << 31;

#[derive(Debug)]
struct Record {
    line: u32,
    first: u32,
    /// Fields in all, those not kept included.
    fields: u32,
    /// Whether a field that was not kept holds something.
    more: bool,
    quoted: bool,
    bad_quote: bool,
}

/// The records of one chunk, cut into fields.
#[derive(Debug)]
pub(super) struct Records<'a> {
    text: &'a str,
    unescaped: String,
    spans: Vec<Span>,
    records: Vec<Record>,
}

fn small(value: usize) -> u32 {
    // A chunk is a few megabytes and one record; caps hold both below 2³¹.
    u32::try_from(value).unwrap_or(u32::MAX >> 1)
}

impl<'a> Records<'a> {
    /// Cuts a chunk; of every record the first `keep` fields are kept.
    pub fn cut(text: &'a str, chunk: Chunk, delimiter: &str, keep: usize) -> Self {
        let text = &text[chunk.start..chunk.end];
        let mut cut = Self { text, unescaped: String::new(), spans: Vec::new(), records: Vec::new() };
        let mut at = 0;
        let mut line = chunk.line;
        while at < text.len() {
            let begin = at;
            at = cut.record(at, line, delimiter.as_bytes(), keep);
            // Only a quoted cell holds line ends of its own.
            let quoted = cut.records.last().is_some_and(|r| r.quoted);
            line += if quoted { lines(&text.as_bytes()[begin..at]).max(1) } else { 1 };
        }
        cut
    }
    /// One record from `at`; gives where the next begins.
    fn record(&mut self, mut at: usize, line: u32, delimiter: &[u8], keep: usize) -> usize {
        let text = self.text;
        let bytes = text.as_bytes();
        let first = small(self.spans.len());
        let mut record = Record { line, first, fields: 0, more: false, quoted: false, bad_quote: false };
        loop {
            let mut plain = at;
            let mut quoted = None;
            if bytes.get(at) == Some(&b'"') {
                let end = closing(bytes, at).unwrap_or(bytes.len());
                quoted = Some((at + 1, end.saturating_sub(1).max(at + 1)));
                plain = end;
                record.quoted = true;
            }
            let (end, next) = self.field_end(plain, delimiter);
            let span = match quoted {
                None => Span { start: small(at), len: small(end - at) },
                Some((from, to)) => {
                    let inner = text.get(from..to).unwrap_or_default();
                    record.bad_quote |= !bytes[plain..end].iter().all(u8::is_ascii_whitespace);
                    if inner.contains('"') {
                        let start = small(self.unescaped.len()) | UNESCAPED;
                        let before = self.unescaped.len();
                        self.unescaped.push_str(&inner.replace("\"\"", "\""));
                        Span { start, len: small(self.unescaped.len() - before) }
                    } else {
                        Span { start: small(from), len: small(inner.len()) }
                    }
                }
            };
            if (record.fields as usize) < keep {
                self.spans.push(span);
            } else {
                record.more |= span.len > 0;
            }
            record.fields += 1;
            match next {
                Next::Field(from) => at = from,
                Next::Record(from) => {
                    self.records.push(record);
                    return from;
                }
            }
        }
    }
    /// The end of an unquoted stretch and what follows it.
    fn field_end(&self, from: usize, delimiter: &[u8]) -> (usize, Next) {
        let bytes = self.text.as_bytes();
        let mut at = from;
        loop {
            let Some(i) = memchr3(delimiter[0], b'\n', b'\r', &bytes[at..]) else {
                return (bytes.len(), Next::Record(bytes.len()));
            };
            let here = at + i;
            match bytes[here] {
                b'\r' if bytes.get(here + 1) == Some(&b'\n') => return (here, Next::Record(here + 2)),
                b'\n' | b'\r' => return (here, Next::Record(here + 1)),
                _ if bytes[here..].starts_with(delimiter) => return (here, Next::Field(here + delimiter.len())),
                _ => at = here + 1,
            }
        }
    }
    pub fn len(&self) -> usize {
        self.records.len()
    }
    pub fn line(&self, record: usize) -> u32 {
        self.records[record].line
    }
    pub fn fields(&self, record: usize) -> usize {
        self.records[record].fields as usize
    }
    pub fn has_more(&self, record: usize) -> bool {
        self.records[record].more
    }
    pub fn bad_quote(&self, record: usize) -> bool {
        self.records[record].bad_quote
    }
    /// The field's text as it stands, or empty when the record has no such field.
    pub fn field(&self, record: usize, field: usize) -> &str {
        let r = &self.records[record];
        if field >= r.fields as usize {
            return "";
        }
        let Some(span) = self.spans.get(r.first as usize + field) else { return "" };
        let next = self.records.get(record + 1).map_or(self.spans.len(), |n| n.first as usize);
        if r.first as usize + field >= next {
            return "";
        }
        if span.start & UNESCAPED == 0 {
            &self.text[span.start as usize..(span.start + span.len) as usize]
        } else {
            let start = (span.start & !UNESCAPED) as usize;
            &self.unescaped[start..start + span.len as usize]
        }
    }
}

enum Next {
    Field(usize),
    Record(usize),
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPS: TextCaps = TextCaps { cell_bytes: 100, columns: 10, rows: 1000 };

    fn all(text: &str, delimiter: &str) -> Vec<(u32, Vec<String>)> {
        let mut out = Vec::new();
        for chunk in split(text, delimiter, CAPS, None).expect("a table") {
            let records = Records::cut(text, chunk, delimiter, 10);
            for r in 0..records.len() {
                out.push((records.line(r), (0..records.fields(r)).map(|f| records.field(r, f).to_owned()).collect()));
            }
        }
        out
    }

    #[test]
    fn quotes_hold_delimiters_line_ends_and_quotes() {
        let rows = all("a,b\n\"x,\"\"y\"\"\r\nz\",2\r3,4", ",");
        assert_eq!(rows[1], (2, vec!["x,\"y\"\r\nz".to_owned(), "2".to_owned()]));
        assert_eq!(rows[2], (4, vec!["3".to_owned(), "4".to_owned()]));
    }

    #[test]
    fn a_delimiter_may_be_a_wide_character() {
        assert_eq!(all("甲、乙\n丙、丁\n", "、")[1].1, ["丙", "丁"]);
    }

    #[test]
    fn an_unclosed_quote_is_told_where_it_begins() {
        let fault = split("a,b\n1,\"2\n3,4\n", ",", CAPS, None).expect_err("unclosed");
        assert_eq!((fault.code, fault.line), ("unclosed-quote", 2));
    }
}
