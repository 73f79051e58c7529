//! A workspace in a temporary folder, and readings of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hedui::error::Problem;
use hedui::extract::{Extracted, Limits, ReadContext, Reject, SourceSpec, read_source};
use hedui::kernel::dates::Month;
use hedui::table::{Column, Schemas, TableSchema};

pub const PERIOD: &str = "2026-10";
/// IDs from the standard's own examples: sound, and nobody's.
pub const ID_A: &str = "11010519491231002X";
pub const ID_B: &str = "440524188001010014";

pub fn schema(table: &str) -> Arc<TableSchema> {
    Schemas::built_in().expect("sound schemas").get(table).expect("a table").clone()
}

pub struct Bench {
    pub folder: tempfile::TempDir,
    pub spec: SourceSpec,
    pub context: ReadContext,
}

impl Bench {
    /// A workspace whose source `table` lies at `in/{period}/*`.
    pub fn new(table: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let spec = SourceSpec {
            schema: schema(table),
            path: "in/{period}/*".to_owned(),
            history_months: 0,
            encoding: "auto".to_owned(),
            delimiter: "auto".to_owned(),
            sheets: Vec::new(),
            headers: indexmap::IndexMap::new(),
            allow_empty: false,
            optional: false,
            max_fall_percent: 40,
            control_totals: indexmap::IndexMap::new(),
            region_prefix: String::new(),
        };
        let context = ReadContext {
            ahead: true,
            workspace: folder.path().to_path_buf(),
            period: Month::parse(PERIOD).expect("a month"),
            limits: Limits { child_seconds: 60, ..Limits::default() },
            program: PathBuf::from(env!("CARGO_BIN_EXE_hedui")),
            previous_rows: None,
            accept_volume: None,
        };
        let bench = Self { folder, spec, context };
        std::fs::create_dir_all(bench.inbox()).expect("a folder");
        bench
    }
    pub fn inbox(&self) -> PathBuf {
        self.folder.path().join("in").join(PERIOD)
    }
    pub fn file(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        std::fs::write(self.inbox().join(name), bytes).expect("written");
        self
    }
    pub fn with(mut self, change: impl FnOnce(&mut SourceSpec)) -> Self {
        change(&mut self.spec);
        self
    }
    pub fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.context.limits);
        self
    }
    pub fn read(&self) -> Result<Extracted, Vec<Problem>> {
        let read = read_source(&self.spec, &self.context);
        if let Ok(extracted) = &read {
            accounted(extracted);
        }
        read
    }
    pub fn ok(&self) -> Extracted {
        match self.read() {
            Ok(extracted) => extracted,
            Err(problems) => panic!("refused: {}", said(&problems)),
        }
    }
    /// The problems that make the source unacceptable, as text.
    pub fn refused(&self) -> String {
        match self.read() {
            Ok(extracted) => panic!("read: {:?}", extracted.files),
            Err(problems) => said(&problems),
        }
    }
}

fn said(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// What holds of every reading: each row is taken or rejected, once, and the files' accounts agree with the table.
fn accounted(extracted: &Extracted) {
    for file in &extracted.files {
        assert_eq!(file.rows_read, file.rows_taken + file.rows_rejected, "{file:?}");
        let rejected = extracted.rejects.iter().filter(|r| r.row_rejected && r.place.file == file.file).count();
        assert_eq!(rejected as u64, file.rows_rejected, "{file:?}");
    }
    let rows: u64 = extracted.files.iter().map(|f| f.rows_read).sum();
    assert_eq!(rows, extracted.table.len() as u64);
    for (name, column) in &extracted.table.columns {
        assert_eq!(column.len(), extracted.table.len(), "{name}");
    }
    let origin = &extracted.table.origin;
    assert!(origin.file.len() == extracted.table.len() && origin.row.len() == extracted.table.len());
}

/// A column's values as text.
pub fn values(extracted: &Extracted, name: &str) -> Vec<String> {
    let show = |v: Option<String>| v.unwrap_or_else(|| "∅".to_owned());
    match &extracted.table.columns[name] {
        Column::Text(c) => c.iter().map(|v| show(v.map(str::to_owned))).collect(),
        Column::Integer(c) | Column::Money(c) => c.iter().map(|v| show(v.map(|v| v.to_string()))).collect(),
        Column::Date(c) => c.iter().map(|v| show(v.map(hedui::kernel::dates::PartialDate::iso))).collect(),
        Column::Month(c) => c.iter().map(|v| show(v.map(|v| v.to_string()))).collect(),
        Column::AtRest(_) => panic!("nothing rests while it is read"),
    }
}

/// Codes of the rejects with their row and whether the row was set aside.
pub fn codes(rejects: &[Reject]) -> Vec<(&'static str, u32, bool)> {
    rejects.iter().map(|r| (r.code, r.place.row.unwrap_or(0), r.row_rejected)).collect()
}

pub fn gb18030(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

pub fn utf16le(text: &str, mark: bool) -> Vec<u8> {
    let mark = if mark { vec![0xFF, 0xFE] } else { Vec::new() };
    mark.into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

/// A payroll text of the shortest sound header and the given rows.
pub fn payroll(rows: &str) -> String {
    format!("发放单位,姓名,身份证号,应发工资,实发工资\n{rows}")
}

pub fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    std::fs::read(path).expect("a fixture")
}
