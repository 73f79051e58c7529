//! Files as offices export them.

use std::path::Path;

use super::model::World;
use super::tables::View;
use super::truth::{self, Rows};
use crate::error::Result;

mod biff;
mod csv;
mod dbf;
mod html;
mod mixed;
pub mod parquet;
mod xlsx;

/// What has been written, and where its truth goes.
pub struct Written<'a> {
    /// The generated folder; file names in the truth are relative to it.
    pub root: &'a Path,
    /// `YYYY-MM`.
    pub period: &'a str,
    pub truth: &'a mut Rows,
    pub files: u64,
    pub rows: u64,
    /// Tables written so far, with their rows.
    pub tables: Vec<(&'static str, usize)>,
}

impl Written<'_> {
    /// A path as the truth names it.
    fn name_of(&self, path: &Path) -> String {
        path.strip_prefix(self.root).unwrap_or(path).to_string_lossy().replace('\\', "/")
    }
    /// Notes whose row stands at `line` of a file; `sheet` only where a workbook has several.
    fn truth_row(&mut self, path: &Path, view: &View<'_>, row: usize, sheet: &str, line: usize) -> Result<()> {
        let mut buffer = Vec::with_capacity(96);
        truth::push_row(&mut buffer, self.period, view.table, &self.name_of(path), sheet, line, &(view.truth)(row));
        self.truth.write(&buffer)
    }
}

/// Writes one table of a month: in the mix of formats that offices export, or as one CSV.
///
/// # Errors
/// When a file cannot be written.
pub fn write(folder: &Path, world: &World, view: &View<'_>, mixed: bool, to: &mut Written<'_>) -> Result<()> {
    if mixed {
        return mixed::write(folder, world, view, to);
    }
    let all: Vec<usize> = (0..view.len).collect();
    let gbk = matches!(view.table, "establishment_staff" | "quotas" | "deaths");
    let encoding = if gbk { csv::Encoding::Gb18030 } else { csv::Encoding::Utf8 };
    csv::write(&folder.join(format!("{}.csv", view.table)), view, &all, encoding, ',', to)
}
