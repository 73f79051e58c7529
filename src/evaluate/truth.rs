//! The truth folder: rows.csv or rows.parquet, and findings.csv.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::missing;
use super::published::{TextColumns, read_texts};
use crate::error::{Fault, Result};
use crate::kernel::dates::Month;

/// Whose row it is. Ids are numbers of [`Names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RowTruth {
    pub sheet: u32,
    pub person: Option<u32>,
    pub unit: Option<u32>,
}

/// Texts as numbers, so that millions of rows stay small.
#[derive(Debug, Default)]
pub(super) struct Names {
    of: HashMap<String, u32>,
}

impl Names {
    fn put(&mut self, text: &str) -> u32 {
        let next = u32::try_from(self.of.len()).unwrap_or(u32::MAX);
        *self.of.entry(text.to_owned()).or_insert(next)
    }
    pub fn get(&self, text: &str) -> Option<u32> {
        self.of.get(text).copied()
    }
}

/// A line of findings.csv.
#[derive(Debug, Clone)]
pub(super) struct TrueFinding {
    pub rule: String,
    pub unit: Option<u32>,
    pub persons: Vec<u32>,
    pub object: String,
    pub look_alike: bool,
    /// Right where it is told as information, and not missed where it is not.
    pub open: bool,
}

/// Truth of every row of the period and the months before it, and of the period's findings.
#[derive(Debug, Default)]
pub(super) struct Truth {
    files: Names,
    sheets: Names,
    persons: Names,
    units: Names,
    // Asked row by row; never iterated.
    rows: HashMap<(u32, u32), Vec<RowTruth>>,
    /// Files of the period itself.
    current: Vec<bool>,
    pub findings: Vec<TrueFinding>,
}

/// Folder and name of a path: `2026-10/payroll.csv`, however deep the workspace lies.
fn tail(path: &str) -> &str {
    let mut cuts = path.rmatch_indices('/');
    let second = cuts.nth(1);
    second.map_or(path, |(i, _)| &path[i + 1..])
}

impl Truth {
    /// # Errors
    /// A configuration fault when the folder has no truth.
    pub fn read(folder: &Path, period: Month) -> Result<Self> {
        let mut truth = Self::default();
        let columns = rows_of(folder)?;
        let (periods, files, sheets) = (columns.column(0), columns.column(2), columns.column(3));
        let (lines, persons, units) = (columns.column(4), columns.column(5), columns.column(6));
        let now = period.to_string();
        for i in 0..columns.rows() {
            let file = truth.files.put(&files[i]) as usize;
            truth.current.resize(truth.current.len().max(file + 1), false);
            truth.current[file] |= periods[i] == now;
            let id = |names: &mut Names, text: &str| (!text.is_empty()).then(|| names.put(text));
            let row = RowTruth {
                sheet: truth.sheets.put(&sheets[i]),
                person: id(&mut truth.persons, &persons[i]),
                unit: id(&mut truth.units, &units[i]),
            };
            let line = lines[i].parse().unwrap_or(0);
            truth.rows.entry((u32::try_from(file).unwrap_or(u32::MAX), line)).or_default().push(row);
        }
        truth.read_findings(&folder.join("findings.csv"), &now)?;
        Ok(truth)
    }

    fn read_findings(&mut self, path: &Path, now: &str) -> Result<()> {
        let columns = csv_columns(path, 7)?;
        for i in (0..columns.rows()).filter(|i| columns.column(0)[*i] == now) {
            let cell = |c: usize| columns.column(c)[i].as_str();
            let persons = cell(3).split(';').filter(|p| !p.is_empty()).map(|p| self.persons.put(p)).collect();
            self.findings.push(TrueFinding {
                rule: cell(1).to_owned(),
                unit: (!cell(2).is_empty()).then(|| self.units.put(cell(2))),
                persons,
                object: cell(4).to_owned(),
                look_alike: cell(5) == "look_alike",
                open: cell(5) == "open",
            });
        }
        Ok(())
    }

    /// The rows a published file and row may be; several only where a workbook has several sheets and none is named.
    pub fn at(&self, file: &str, sheet: Option<&str>, row: i64) -> Vec<RowTruth> {
        let found = self.files.get(tail(file)).zip(u32::try_from(row).ok()).and_then(|key| self.rows.get(&key));
        let Some(rows) = found else { return vec![] };
        let sheet = sheet.and_then(|s| self.sheets.get(s));
        let named: Vec<RowTruth> = rows.iter().filter(|r| Some(r.sheet) == sheet).copied().collect();
        if named.is_empty() { rows.clone() } else { named }
    }

    /// Whether a published file is one of the period itself and not of a month before.
    pub fn is_current(&self, file: &str) -> bool {
        self.files.get(tail(file)).is_some_and(|f| self.current[f as usize])
    }
}

fn rows_of(folder: &Path) -> Result<TextColumns> {
    let parquet: PathBuf = folder.join("rows.parquet");
    if parquet.is_file() {
        let names = ["period", "table", "source_file", "source_sheet", "source_row", "person_id", "unit_id"];
        return read_texts(&parquet, &names);
    }
    csv_columns(&folder.join("rows.csv"), 7)
}

fn csv_columns(path: &Path, columns: usize) -> Result<TextColumns> {
    if !path.is_file() {
        return Err(missing(path, "such truth file"));
    }
    let wrong = |e: csv::Error| {
        Fault::configuration(crate::error::Place::file(path.display().to_string()), "truth", e.to_string())
    };
    let mut reader = csv::Reader::from_path(path).map_err(wrong)?;
    let mut out = TextColumns::new(columns);
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(wrong)? {
        out.push((0..columns).map(|c| record.get(c).unwrap_or_default().to_owned()));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_known_by_its_folder_and_name() {
        assert_eq!(tail("/a/b/2026-10/payroll.csv"), "2026-10/payroll.csv");
        assert_eq!(tail("2026-10/payroll.csv"), "2026-10/payroll.csv");
    }
}
