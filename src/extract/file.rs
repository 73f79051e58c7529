//! One file to chunks: what it is, where its tables begin, and its rows in parallel.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::chunk::{self, ChunkTable, Layout, Source};
use super::encoding::{DecodeError, decode};
use super::grid::{Book, Cell, Sheet};
use super::headers::{self, HEAD_ROWS, HeadRow, Mapping};
use super::layout::sheet_head;
use super::protocol::Outcome;
use super::rows::{After, SheetRows};
use super::sniff::{Format, sniff};
use super::text::{Records, TextCaps, TextFault, split};
use super::{ReadContext, SourceSpec, child, files, html};
use crate::error::{Place, Problem, nearest};
use crate::kernel::dates::Month;
use crate::kernel::secret::hex;
use crate::table::Kind;

/// The first rows of a sheet and the header found among them.
type Headed = (Vec<HeadRow>, Mapping);

/// Rows of a sheet that go to one worker at a time.
const SHEET_ROWS: usize = 8_192;

/// One sheet of a file, read.
pub(super) struct Part {
    pub sheet: Option<String>,
    pub layout: Layout,
    pub chunks: Vec<ChunkTable>,
}

/// One file, read.
pub(super) struct FileRead {
    pub label: String,
    pub month: Month,
    pub sha256: String,
    pub bytes: u64,
    pub format: &'static str,
    pub encoding: Option<String>,
    pub parts: Vec<Part>,
    pub skipped: BTreeMap<String, u64>,
    pub unmapped: Vec<String>,
    pub warnings: Vec<String>,
}

/// A file's bytes and digest.
pub(super) fn load(path: &Path, label: &str, context: &ReadContext) -> Result<(Vec<u8>, String), Box<Problem>> {
    let unreadable = |e: std::io::Error| Box::new(Problem::new(Place::file(label), "file-unreadable", e.to_string()));
    let file = files::open(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    if size > context.limits.max_file_bytes {
        let message = format!("{size} bytes; the limit is {}", context.limits.max_file_bytes);
        return Err(Problem::new(Place::file(label), "file-too-large", message).into());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    file.take(context.limits.max_file_bytes).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.is_empty() {
        let hint = "export it again; an empty month is a file with a header and no rows, and needs allow_empty";
        return Err(Problem::new(Place::file(label), "empty-file", "the file has no bytes").hint(hint).into());
    }
    let digest = hex(&Sha256::digest(&bytes));
    Ok((bytes, digest))
}

/// Reads one file whose bytes are known.
pub(super) struct FileReader<'a> {
    pub path: &'a Path,
    pub label: String,
    pub month: Month,
    pub spec: &'a SourceSpec,
    pub context: &'a ReadContext,
    pub source: &'a Source<'a>,
}

impl FileReader<'_> {
    pub(super) fn problem(&self, code: &'static str, message: impl Into<String>) -> Problem {
        Problem::new(Place::file(self.label.as_str()), code, message)
    }

    pub fn read(&self, bytes: Vec<u8>, sha256: String) -> Result<FileRead, Vec<Problem>> {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.name_month(&name).map_err(|p| vec![*p])?;
        let format = sniff(&name, &bytes).map_err(|r| vec![self.problem(r.code, r.message).hint(r.hint)])?;
        let mut read = FileRead {
            label: self.label.clone(),
            month: self.month,
            sha256,
            bytes: bytes.len() as u64,
            format: format.name(),
            encoding: None,
            parts: Vec::new(),
            skipped: BTreeMap::new(),
            unmapped: Vec::new(),
            warnings: Vec::new(),
        };
        if format.needs_child() {
            drop(bytes);
            let book = self.book().map_err(|p| vec![*p])?;
            self.sheets(book, format, &mut read)?;
        } else {
            let decoded = decode(&bytes, &self.spec.encoding).map_err(|e| vec![self.bad_text(&e, &bytes)])?;
            read.encoding = Some(decoded.encoding.to_owned());
            read.warnings.extend(decoded.warnings);
            match decoded.text {
                Cow::Borrowed(text) => self.decoded(text, format, &mut read)?,
                Cow::Owned(text) => {
                    // What is decoded is needed no more.
                    drop(bytes);
                    self.decoded(&text, format, &mut read)?;
                }
            }
        }
        self.check(&mut read)?;
        Ok(read)
    }

    /// Takes a text that is a page or a list of rows.
    fn decoded(&self, text: &str, format: Format, read: &mut FileRead) -> Result<(), Vec<Problem>> {
        if format != Format::Html {
            return self.text(text, read);
        }
        let book = html::read(text).ok_or_else(|| {
            vec![self.problem("file-unreadable", "an HTML page without a table").hint("save it as xlsx")]
        })?;
        self.sheets(book, format, read)
    }

    /// A month in the file's own name must be the month it is read for.
    fn name_month(&self, name: &str) -> Result<(), Box<Problem>> {
        let months = files::months_in_name(name);
        if months.is_empty() || months.contains(&self.month) {
            return Ok(());
        }
        let message = format!("the file name says {}, it is read for {}", months[0], self.month);
        Err(self.problem("period-mismatch", message).hint("put the file of the right month there, or rename it").into())
    }

    fn bad_text(&self, error: &DecodeError, bytes: &[u8]) -> Problem {
        let before = &bytes[..error.offset.min(bytes.len())];
        let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
        let place = Place::file(self.label.as_str()).row(u32::try_from(line).unwrap_or(u32::MAX));
        let message = format!("{}; first bad byte at offset {}", error.message, error.offset);
        Problem::new(place, error.code, message)
            .hint("save the file again in one encoding (UTF-8 or GB18030), or declare encoding for this source")
    }

    fn book(&self) -> Result<Book, Box<Problem>> {
        let refused = |code: &str, message: String, hint: String| {
            // Codes cross the process border as text; those we know keep their name.
            let known = ["password-protected", "encoding", "format-mismatch", "format-et"];
            let code = known.into_iter().find(|k| *k == code).unwrap_or("file-unreadable");
            let problem = self.problem(code, message);
            Box::new(if hint.is_empty() { problem } else { problem.hint(hint) })
        };
        match child::read(self.path, self.context) {
            Ok(Outcome::Book(book)) => Ok(book),
            Ok(Outcome::Refused(code, message, hint)) => Err(refused(&code, message, hint)),
            Err(e) => Err(refused(&e.code, e.message, e.hint)),
        }
    }

    fn text_fault(&self, fault: &TextFault) -> Problem {
        Problem::new(Place::file(self.label.as_str()).row(fault.line), fault.code, fault.message.clone())
    }

    fn text(&self, text: &str, read: &mut FileRead) -> Result<(), Vec<Problem>> {
        let limits = &self.context.limits;
        let caps = TextCaps { cell_bytes: limits.max_cell_bytes, columns: limits.max_columns, rows: limits.max_rows };
        let candidates: Vec<&str> = match self.spec.delimiter.as_str() {
            "" | "auto" => vec![",", "\t", ";", "|", "、"],
            "\\t" | "tab" => vec!["\t"],
            given => vec![given],
        };
        let mut best: Option<(&str, Vec<HeadRow>, Mapping)> = None;
        let mut first_fault = None;
        for delimiter in candidates {
            match Self::text_head(text, delimiter, caps) {
                Ok(head) => {
                    let found = headers::detect(&head, self.source.schema, &self.source.names);
                    if let Some(mapping) = found
                        && best.as_ref().is_none_or(|b| mapping.score() > b.2.score())
                    {
                        best = Some((delimiter, head, mapping));
                    }
                }
                Err(fault) => {
                    first_fault.get_or_insert(fault);
                }
            }
        }
        let Some((delimiter, head, mapping)) = best else {
            let head = Self::text_head(text, ",", caps).unwrap_or_default();
            return Err(vec![first_fault.map_or_else(|| self.no_header(None, &head), |f| self.text_fault(&f))]);
        };
        if mapping.width() > caps.columns {
            let message = format!("more than {} columns in the header", caps.columns);
            return Err(vec![self.problem("too-many-columns", message)]);
        }
        let layout = self.layout(None, &head, mapping, false, read)?;
        let chunks = split(text, delimiter, caps, None).map_err(|f| vec![self.text_fault(&f)])?;
        // The header lies in the first chunk or a few lines into it: its rows are cut off there.
        let first_line = head.get(layout.mapping.data_from).map(|r| r.number);
        let keep = layout.mapping.width() + 1;
        let tables = chunks
            .par_iter()
            .map(|&chunk| {
                let records = Records::cut(text, chunk, delimiter, keep);
                chunk::read(&After::new(&records, first_line.unwrap_or(u32::MAX)), self.source, &layout)
            })
            .collect();
        read.parts.push(Part { sheet: None, layout, chunks: tables });
        Ok(())
    }

    fn text_head(text: &str, delimiter: &str, caps: TextCaps) -> Result<Vec<HeadRow>, TextFault> {
        let mut head = Vec::new();
        // The first chunk holds all of them, unless rows are monstrous.
        for chunk in split(text, delimiter, caps, Some(HEAD_ROWS))?.into_iter().take(1) {
            let records = Records::cut(text, chunk, delimiter, caps.columns + 1);
            for row in 0..records.len().min(HEAD_ROWS) {
                // One column more than the limit is enough to see that there are too many.
                let fields = records.fields(row).min(caps.columns + 1);
                let cells = (0..fields).map(|c| super::rows::trim(records.field(row, c)).to_owned()).collect();
                head.push(HeadRow { number: records.line(row), cells, deep: 1, wide: Vec::new() });
            }
        }
        Ok(head)
    }

    fn sheets(&self, book: Book, format: Format, read: &mut FileRead) -> Result<(), Vec<Problem>> {
        read.warnings.extend(book.warnings);
        let mut problems = self.wanted_sheets(&book.sheets);
        let mut unread: Vec<(Sheet, Option<Headed>)> = Vec::new();
        let mut read_any = false;
        for mut sheet in book.sheets {
            let named = sheet.name.as_ref().is_some_and(|n| self.spec.sheets.contains(n));
            if sheet.is_blank() || (!self.spec.sheets.is_empty() && !named) {
                continue;
            }
            *read.skipped.entry("deleted".to_owned()).or_default() += sheet.deleted;
            sheet.cover_merges();
            let head = sheet_head(&sheet);
            match headers::detect(&head, self.source.schema, &self.source.names) {
                Some(mapping) if self.complete(&head, &mapping) => {
                    read_any = true;
                    if let Err(mut found) = self.sheet(sheet, &head, mapping, format, read) {
                        problems.append(&mut found);
                    }
                }
                found => unread.push((sheet, found.map(|m| (head, m)))),
            }
        }
        for (sheet, found) in unread {
            let name = sheet.name.clone().unwrap_or_default();
            let named = self.spec.sheets.contains(&name);
            match found {
                // Another table in the same workbook, or a page of notes: said, not silently passed over.
                found if read_any && !named && found.as_ref().is_none_or(|(_, m)| m.score() < 3) => {
                    let rows = sheet.row_count();
                    read.warnings
                        .push(format!("sheet {name} is not this kind of table; its {rows} rows were not read"));
                }
                Some((head, mapping)) => {
                    if let Err(mut found) = self.sheet(sheet, &head, mapping, format, read) {
                        problems.append(&mut found);
                    }
                }
                None => problems.push(self.no_header(sheet.name.as_deref(), &sheet_head(&sheet))),
            }
        }
        if !read_any && problems.is_empty() && read.parts.is_empty() {
            problems.push(self.problem("no-rows", "the workbook has no sheet with anything in it"));
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn wanted_sheets(&self, sheets: &[Sheet]) -> Vec<Problem> {
        let names: Vec<&str> = sheets.iter().filter_map(|s| s.name.as_deref()).collect();
        let absent = self.spec.sheets.iter().filter(|s| !names.contains(&s.as_str()));
        absent
            .map(|sheet| {
                let problem =
                    self.problem("missing-sheet", format!("no sheet {sheet}; there are {}", names.join(", ")));
                match nearest(sheet, names.iter().copied()) {
                    Some(near) => problem.hint(format!("did you mean {near}?")),
                    None => problem,
                }
            })
            .collect()
    }

    /// Whether every required field has a column, a default or a banner.
    fn complete(&self, head: &[HeadRow], mapping: &Mapping) -> bool {
        let titles = self.titles(head, mapping);
        let filled = |f: usize| titles.banners.iter().any(|b| b.0 == f);
        mapping.clashes.is_empty()
            && headers::missing(self.source.schema, &self.source.names, mapping, &filled).is_empty()
    }

    fn sheet(
        &self,
        sheet: Sheet,
        head: &[HeadRow],
        mapping: Mapping,
        format: Format,
        read: &mut FileRead,
    ) -> Result<(), Vec<Problem>> {
        let name = sheet.name.clone();
        if sheet.hidden {
            read.warnings
                .push(format!("sheet {} is hidden; it was read like the others", name.as_deref().unwrap_or("")));
        }
        let layout = self.layout(name.as_deref(), head, mapping, sheet.date_1904, read)?;
        let from = layout.mapping.data_from.min(sheet.row_count());
        if format == Format::Parquet {
            self.parquet_ids(&sheet, from, &layout)?;
        }
        let starts: Vec<usize> = (from..sheet.row_count()).step_by(SHEET_ROWS).collect();
        let chunks = starts
            .par_iter()
            .map(|&start| {
                let rows = SheetRows { sheet: &sheet, from: start, to: (start + SHEET_ROWS).min(sheet.row_count()) };
                chunk::read(&rows, self.source, &layout)
            })
            .collect();
        read.parts.push(Part { sheet: name, layout, chunks });
        Ok(())
    }

    /// Numbers cannot be IDs: a Parquet column typed so has lost zeros and X for good.
    fn parquet_ids(&self, sheet: &Sheet, from: usize, layout: &Layout) -> Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        for (field, bound) in layout.mapping.bound.iter().enumerate() {
            let Some(bound) =
                bound.as_ref().filter(|_| matches!(self.source.kind(field), Kind::ResidentId | Kind::Account))
            else {
                continue;
            };
            let number = |r: usize| matches!(sheet.at(r, bound.column), Cell::Whole(_) | Cell::Number(_));
            if (from..sheet.row_count()).any(number) {
                let place = Place::file(self.label.as_str()).column(bound.header.as_str(), bound.column);
                let message = "an ID or account column of numbers: leading zeros and X are lost";
                problems.push(Problem::new(place, "id-not-text", message).hint("write the column as text (string)"));
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }
}
