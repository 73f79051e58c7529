//! Extracts in, canonical rows out: every row is taken, or it is set aside with its reason. Nothing is lost.
//!
//! `plan_files` finds a source's files for a period; `read_source` reads them into one canonical table.

mod assemble;
mod cells;
mod child;
mod chunk;
mod dates;
mod dbf;
mod dictionary;
mod encoding;
mod file;
mod files;
mod grid;
mod guards;
mod headers;
mod html;
mod layout;
mod numbers;
mod parquet_file;
pub mod plain;
mod protocol;
mod rejects;
mod rows;
mod sniff;
mod text;
mod titles;
mod totals;
mod whole;
mod xls;
mod xlsx;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;

use crate::error::{Place, Problem};
use crate::kernel::dates::Month;
use crate::table::{Table, TableSchema};

/// How one source is to be read: one `[[sources]]` block of the pipeline file.
#[derive(Debug, Clone)]
pub struct SourceSpec {
    /// Canonical table the rows become.
    pub schema: Arc<TableSchema>,
    /// Glob below the workspace, `{period}` standing for YYYY-MM and `{yyyymm}` for YYYYMM.
    pub path: String,
    /// How many months back extracts are read as well (0: the period alone); each month by its own `{period}`.
    pub history_months: u32,
    /// `auto`, `utf-8`, `gb18030`, `utf-16le`.
    pub encoding: String,
    /// `auto`, or one character.
    pub delimiter: String,
    /// Sheets to read; empty for all.
    pub sheets: Vec<String>,
    /// Header aliases of this source alone: header as written → field name.
    pub headers: IndexMap<String, String>,
    pub allow_empty: bool,
    /// Whether the run can do without it: no file is then "no feed", not a fault.
    pub optional: bool,
    /// Largest fall of the row count against the month before, in per cent, that is accepted without a word; the guard needs `previous_rows`.
    pub max_fall_percent: u32,
    /// Declared control totals: field name → total in its unit (money in fen), `rows` → number of rows.
    pub control_totals: IndexMap<String, i64>,
    /// Leading digits that every region code in the file must have; empty for no check (matrix row 69).
    pub region_prefix: String,
}

/// Limits that keep a hostile file from exhausting the machine.
#[derive(Debug, Clone)]
pub struct Limits {
    pub max_file_bytes: u64,
    pub max_cell_bytes: usize,
    pub max_columns: usize,
    pub max_rows: usize,
    /// Address space and seconds of the child process that opens workbooks, DBF and Parquet.
    pub child_memory_bytes: u64,
    pub child_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_file_bytes: 8 << 30,
            max_cell_bytes: 1 << 20,
            max_columns: 2_000,
            max_rows: 200_000_000,
            child_memory_bytes: 4 << 30,
            child_seconds: 600,
        }
    }
}

/// Everything reading needs besides the spec.
#[derive(Debug, Clone)]
pub struct ReadContext {
    pub workspace: PathBuf,
    pub period: Month,
    pub limits: Limits,
    /// The program to start as the parser child (`hedui internal-read …`); tests pass the built binary.
    pub program: PathBuf,
    /// Whether the next file may come from the disk while one is read.
    pub ahead: bool,
    /// Rows of this table in the month before, for the volume guard.
    pub previous_rows: Option<u64>,
    /// A reason given for accepting an unusual volume.
    pub accept_volume: Option<String>,
}

/// A row, or a part of the file, that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reject {
    pub place: Place,
    /// Stable slug: footer-row, missing-cell, extra-cell, required-missing, date-impossible, amount-precision, control-character, …
    pub code: &'static str,
    /// The offending value, masked when the field is personal, cut to 64 characters.
    pub value: Option<String>,
    pub message_zh: String,
    pub message_en: String,
    /// Whether this is a row of data (counts against the file's rows) or a note on a row that was taken.
    pub row_rejected: bool,
}

/// What became of one file.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct FileReport {
    /// Path relative to the workspace.
    pub file: String,
    pub table: String,
    pub period: String,
    pub sha256: String,
    pub bytes: u64,
    pub format: String,
    pub encoding: Option<String>,
    /// Rows of data seen: `rows_taken + rows_rejected`; titles, headers, blank lines and footers are not data but are listed in `skipped`.
    pub rows_read: u64,
    pub rows_taken: u64,
    pub rows_rejected: u64,
    /// What was not data, by kind: title, header, blank, footer, repeated-header, deleted.
    pub skipped: std::collections::BTreeMap<String, u64>,
    /// Headers that no field claims.
    pub unmapped_headers: Vec<String>,
    /// All headers as written, sorted.
    pub headers: Vec<String>,
    /// Fields that a header claims, in schema order.
    pub fields: Vec<String>,
    /// Names of persons and units, how many of them came garbled, and how many hold private-use characters.
    pub names: u64,
    pub names_garbled: u64,
    pub names_private_use: u64,
    /// Sums that the file's own total rows declare.
    pub totals: Vec<FileTotal>,
    pub warnings: Vec<String>,
}

/// One sum that a total row of a file declares, and what the rows above it add up to. Money in fen.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FileTotal {
    pub field: String,
    pub title: String,
    pub sheet: Option<String>,
    pub row: u32,
    pub declared: i64,
    pub counted: i64,
    /// Cells of the field from which no number could be read.
    pub unread: u64,
    pub money: bool,
}

/// One source, read.
#[derive(Debug)]
#[must_use = "rejects must be carried on"]
pub struct Extracted {
    pub table: Table,
    pub rejects: Vec<Reject>,
    pub files: Vec<FileReport>,
}

/// Files of one source, period by period (oldest first), sorted by name; ignores ~$*, .~lock*, Thumbs.db, .DS_Store.
///
/// # Errors
/// Problems such as no file for a required source, a symlink, a FIFO, a name with control characters.
pub fn plan_files(spec: &SourceSpec, context: &ReadContext) -> Result<Vec<(Month, PathBuf)>, Vec<Problem>> {
    files::plan(spec, context)
}

/// A file's path as reports name it: relative to the workspace, parts joined by `/`.
#[must_use]
pub fn label_of(workspace: &Path, path: &Path) -> String {
    files::label(workspace, path)
}

/// The SHA-256 of a file, in hexadecimal; the file is opened as for reading and never held whole.
///
/// # Errors
/// The system's own, and one for what is no regular file.
pub fn digest_of(path: &Path) -> std::io::Result<String> {
    use sha2::{Digest, Sha256};
    let mut file = files::open(path)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match std::io::Read::read(&mut file, &mut buffer)? {
            0 => return Ok(crate::kernel::secret::hex(&digest.finalize())),
            n => digest.update(&buffer[..n]),
        }
    }
}

/// Reads a source into one canonical table.
///
/// Every row of data is in the table; those set aside have `taken == false`, and each has exactly one reject with
/// `row_rejected`. All other rejects are notes: on rows that were taken, on a second flaw of a row, or on footers.
///
/// # Errors
/// Every problem that makes the source unacceptable (exit 3), not only the first.
pub fn read_source(spec: &SourceSpec, context: &ReadContext) -> Result<Extracted, Vec<Problem>> {
    let plan = files::plan(spec, context)?;
    let names = headers::Names::new(&spec.schema, spec);
    let source = chunk::Source::new(&spec.schema, names);
    let mut taking = Taking {
        spec,
        context,
        source: &source,
        problems: Vec::new(),
        read: Vec::new(),
        copies: Vec::new(),
        known: IndexMap::new(),
    };
    let load = |at: usize| {
        let (month, path) = plan.get(at)?;
        let label = files::label(&context.workspace, path);
        let loaded = file::load(path, &label, context);
        Some((*month, path.as_path(), label, loaded))
    };
    // The next file comes from the disk while this one is read.
    let mut next = load(0);
    for at in 1..=plan.len() {
        let current = next.take();
        let take = |taking: &mut Taking<'_>| current.into_iter().for_each(|file| taking.take(file));
        if context.ahead {
            let ((), ahead) = rayon::join(|| take(&mut taking), || load(at));
            next = ahead;
        } else {
            take(&mut taking);
            next = load(at);
        }
    }
    let Taking { mut problems, read, copies, .. } = taking;
    if !problems.is_empty() {
        return Err(problems);
    }
    let months: Vec<Month> = read.iter().map(|f| f.month).collect();
    let mut whole = assemble::assemble(&spec.schema, &source, read);
    problems.extend(guards::check(spec, context, &months, &whole));
    for (at, report) in copies {
        whole.reports.insert(at, report);
    }
    debug_assert!(
        whole.reports.iter().all(|r| r.rows_read == r.rows_taken + r.rows_rejected),
        "a row is unaccounted for"
    );
    if problems.is_empty() {
        Ok(Extracted { table: whole.table, rejects: whole.rejects, files: whole.reports })
    } else {
        Err(problems)
    }
}

type Loaded<'a> = (Month, &'a Path, String, Result<(Vec<u8>, String), Box<Problem>>);

/// The files of a source, taken one after another.
struct Taking<'a> {
    spec: &'a SourceSpec,
    context: &'a ReadContext,
    source: &'a chunk::Source<'a>,
    problems: Vec<Problem>,
    read: Vec<file::FileRead>,
    copies: Vec<(usize, FileReport)>,
    /// Digest → (month, label) of the files read so far.
    known: IndexMap<String, (Month, String)>,
}

impl Taking<'_> {
    fn take(&mut self, (month, path, label, loaded): Loaded<'_>) {
        let (bytes, digest) = match loaded {
            Ok(loaded) => loaded,
            Err(problem) => return self.problems.push(*problem),
        };
        let twin = self.known.get(&digest).cloned();
        if let Some((_, first)) = twin.as_ref().filter(|t| t.0 == month) {
            let place = self.read.len() + self.copies.len();
            return self.copies.push((place, copy_report(self.spec, month, &label, digest, bytes.len(), first)));
        }
        self.known.insert(digest.clone(), (month, label.clone()));
        let reader =
            file::FileReader { path, label, month, spec: self.spec, context: self.context, source: self.source };
        match reader.read(bytes, digest) {
            Ok(mut file) => {
                if let Some((other, first)) = twin {
                    file.warnings.push(format!("the same content as {first} of {other}"));
                }
                self.read.push(file);
            }
            Err(mut found) => self.problems.append(&mut found),
        }
    }
}

/// The account of a file that was delivered twice: none of its rows are read again.
fn copy_report(spec: &SourceSpec, month: Month, label: &str, sha256: String, bytes: usize, first: &str) -> FileReport {
    FileReport {
        file: label.to_owned(),
        table: spec.schema.name.clone(),
        period: month.to_string(),
        sha256,
        bytes: bytes as u64,
        format: "copy".to_owned(),
        encoding: None,
        rows_read: 0,
        rows_taken: 0,
        rows_rejected: 0,
        skipped: std::collections::BTreeMap::new(),
        unmapped_headers: Vec::new(),
        headers: Vec::new(),
        fields: Vec::new(),
        names: 0,
        names_garbled: 0,
        names_private_use: 0,
        totals: Vec::new(),
        warnings: vec![format!("the same content as {first}; not read again")],
    }
}

/// The parser child: opens one workbook, DBF or Parquet file under its limits and writes its sheets to standard output.
///
/// # Errors
/// A message for standard error; the parent turns it into a problem.
pub fn run_reader_child(path: &Path, limits: &Limits) -> Result<(), String> {
    child::serve(path, limits)
}
