//! A file that people keep by hand, as rows of texts: CSV in any encoding that an extract may have, or the first sheet of a workbook.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::{Fault, Place, Problem, Result};
use crate::extract::plain::{read_bytes, read_text, read_workbook};
use crate::extract::{Limits, ReadContext};
use crate::kernel::characters::fold_width;
use crate::kernel::dates::Month;

/// The header, and rows with the row of the file where each begins.
pub(super) struct Table {
    pub sheet: Option<String>,
    pub header: Vec<String>,
    /// Where each column stands in the file, from 0.
    pub columns: Vec<usize>,
    pub header_row: u32,
    pub rows: Vec<(u32, Vec<String>)>,
}

/// What stands in a header, and everything else that people call it.
pub(super) type Known = (&'static str, &'static [&'static str]);

impl Table {
    /// The file, and the sheet where there is one.
    pub fn place(&self, path: &Path) -> Place {
        Place::file(path.display().to_string()).sheet(self.sheet.as_deref())
    }

    /// Known columns and where they stand among a row's cells; `problems` gets those that are unknown, doubled or missing.
    pub fn find(&self, known: &[Known], needed: &[&str], place: &Place, problems: &mut Vec<Problem>) -> Columns {
        let mut columns = Columns::new();
        let plain = |text: &str| fold_width(text).split_whitespace().collect::<String>().to_lowercase();
        for (at, name) in self.header.iter().enumerate() {
            let here = || place.clone().row(self.header_row).column(name, self.columns[at]);
            let is = |word: &str| plain(word) == plain(name);
            match known.iter().find(|(word, others)| is(word) || others.iter().any(|o| is(o))) {
                Some((word, _)) if columns.insert(word, at).is_some() => {
                    let message = format!("有两列“{name}”({word}) / two columns say {word}");
                    problems.push(Problem::new(here(), "duplicate-column", message));
                }
                Some(_) => {}
                None => {
                    let message = format!("不认识的列,可用的列见 --help / {name} is no known column; see --help");
                    problems.push(Problem::new(here(), "unknown-column", message));
                }
            }
        }
        for needed in needed.iter().filter(|n| !columns.contains_key(**n)) {
            let zh = known.iter().find(|k| k.0 == *needed).and_then(|k| k.1.first()).unwrap_or(needed);
            let message = format!("没有“{zh}”列 / no column {needed}");
            problems.push(Problem::new(place.clone().row(self.header_row), "missing-column", message));
        }
        columns
    }
}

/// Known column → place among a row's cells.
pub(super) type Columns = BTreeMap<&'static str, usize>;

/// # Errors
/// A refusal of a file that is not there; [`Fault::Inputs`] for one that is no table.
pub(super) fn read(path: &Path) -> Result<Table> {
    let book = path.extension().is_some_and(|e| ["xlsx", "xls", "et"].iter().any(|b| e.eq_ignore_ascii_case(b)));
    if book { workbook(path) } else { csv(path) }
}

fn csv(path: &Path) -> Result<Table> {
    let text = read_text(path)?;
    let place = |row: u32| Place::file(path.display().to_string()).row(row);
    let fail = |row, code, e: &csv::Error| Fault::Inputs(vec![Problem::new(place(row), code, e.to_string())]);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|e| fail(1, "no-header", &e))?;
    let mut table = Table {
        sheet: None,
        header: header.iter().map(|h| h.trim().to_owned()).collect(),
        columns: (0..header.len()).collect(),
        header_row: 1,
        rows: Vec::new(),
    };
    for record in reader.records() {
        let record = record.map_err(|e| fail(1, "unreadable", &e))?;
        let row = record.position().map_or(0, |p| u32::try_from(p.line()).unwrap_or(u32::MAX));
        table.rows.push((row, record.iter().map(|c| c.trim().to_owned()).collect()));
    }
    Ok(table)
}

/// How a workbook that somebody sent is read: in the child, under limits.
pub(super) fn reading() -> Result<ReadContext> {
    Ok(ReadContext {
        ahead: true,
        workspace: PathBuf::new(),
        period: Month(0),
        // A million rows of a workbook fit well below this.
        limits: Limits { child_memory_bytes: 2 << 30, child_seconds: 300, ..Limits::default() },
        program: std::env::current_exe()?,
        previous_rows: None,
        accept_volume: None,
    })
}

fn workbook(path: &Path) -> Result<Table> {
    // A name that is wrong is a refusal, as for CSV.
    read_bytes(path)?;
    let sheets = read_workbook(path, &reading()?).map_err(|p| Fault::Inputs(vec![*p]))?;
    let empty = || {
        let place = Place::file(path.display().to_string());
        Fault::Inputs(vec![Problem::new(place, "no-header", "the workbook has no rows")])
    };
    let sheet = sheets.into_iter().find(|s| !s.rows.is_empty()).ok_or_else(empty)?;
    // Titles stand above the header: it is the first row with the most cells.
    let most = sheet.rows.values().take(10).map(BTreeMap::len).max().unwrap_or(0);
    let (&header_row, header) = sheet.rows.iter().find(|(_, cells)| cells.len() == most).ok_or_else(empty)?;
    let columns: Vec<u32> = header.keys().copied().collect();
    let rows = sheet
        .rows
        .range(header_row + 1..)
        .map(|(row, cells)| (*row, columns.iter().map(|c| cells.get(c).cloned().unwrap_or_default()).collect()));
    Ok(Table {
        header: header.values().cloned().collect(),
        columns: columns.iter().map(|&c| c as usize).collect(),
        header_row,
        rows: rows.collect(),
        sheet: Some(sheet.name.clone()),
    })
}
