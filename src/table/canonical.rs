//! A canonical table in memory: typed source columns, and where each row came from.

use std::sync::Arc;

use indexmap::IndexMap;

use super::column::{Column, TextColumn};
use super::runs::Runs;
use super::schema::{Field, TableSchema};
use super::shelf::Shelf;
use crate::error::{Place, Result};
use crate::kernel::dates::{Month, PartialDate};

/// Where rows came from. `file` and `sheet` index the label lists; `row` counts from 1 as the spreadsheet shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    pub files: Vec<String>,
    pub sheets: Vec<String>,
    pub file: Runs,
    /// Index into `sheets`, or `u32::MAX` for formats without sheets.
    pub sheet: Runs,
    pub row: Vec<u32>,
}

/// One source table of one period. Rows are sorted by file (in plan order), sheet and row.
///
/// Rows that were set aside are here too, with what could be read of them and `taken[row] == false`: they are not
/// published as canonical rows, but the linker must know whose they are, so that a rejected row never makes its person look absent.
#[derive(Debug, Clone)]
pub struct Table {
    pub schema: Arc<TableSchema>,
    /// Source columns only, in schema order; a field the extract lacks is a column of nulls.
    pub columns: IndexMap<String, Column>,
    pub origin: Origin,
    pub taken: Vec<bool>,
}

impl Table {
    #[must_use]
    pub fn len(&self) -> usize {
        self.taken.len()
    }
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }
    /// Puts the columns of the fields that may rest on a shelf. Nobody may ask for them before [`Self::wake`] or within [`Self::awake_for`].
    ///
    /// # Errors
    /// [`crate::error::Fault::Machine`] when the disk refuses.
    pub fn rest(&mut self, shelf: &Arc<Shelf>, may_rest: impl Fn(&Field) -> bool) -> Result<()> {
        let schema = Arc::clone(&self.schema);
        for field in schema.fields.iter().filter(|f| may_rest(f)) {
            if let Some(column) = self.columns.get_mut(&field.name) {
                *column = std::mem::replace(column, Column::Month(Vec::new())).rest(shelf)?;
            }
        }
        Ok(())
    }
    /// Whether any of its columns is at rest.
    #[must_use]
    pub fn rests(&self) -> bool {
        self.columns.values().any(|c| matches!(c, Column::AtRest(_)))
    }
    /// Brings the columns of some fields back.
    ///
    /// # Errors
    /// [`crate::error::Fault::Machine`] when one cannot be read from the disk.
    pub fn wake(&mut self, wanted: impl Fn(&Field) -> bool) -> Result<()> {
        let schema = Arc::clone(&self.schema);
        for field in schema.fields.iter().filter(|f| wanted(f)) {
            if let Some(column) = self.columns.get_mut(&field.name) {
                *column = std::mem::replace(column, Column::Month(Vec::new())).wake()?;
            }
        }
        Ok(())
    }
    /// Does some work with those columns in memory, which go back to rest afterwards if they rested.
    ///
    /// # Errors
    /// [`crate::error::Fault::Machine`] when one cannot be read from the disk.
    pub fn awake_for<T>(&mut self, names: &[&str], work: impl FnOnce(&Self) -> T) -> Result<T> {
        let mut resting = Vec::new();
        for &name in names {
            if let Some(column) = self.columns.get_mut(name).filter(|c| matches!(c, Column::AtRest(_))) {
                let woken = column.clone().wake()?;
                resting.push((name, std::mem::replace(column, woken)));
            }
        }
        let made = work(self);
        for (name, column) in resting {
            self.columns.insert(name.to_owned(), column);
        }
        Ok(made)
    }
    fn awake(&self, name: &str) -> Option<&Column> {
        let column = self.columns.get(name);
        debug_assert!(!matches!(column, Some(Column::AtRest(_))), "{}.{name} is at rest", self.schema.name);
        column
    }
    /// The text column of that name, if the schema has one.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&TextColumn> {
        match self.awake(name) {
            Some(Column::Text(column)) => Some(column),
            _ => None,
        }
    }
    #[must_use]
    pub fn dates(&self, name: &str) -> Option<&[Option<PartialDate>]> {
        match self.awake(name) {
            Some(Column::Date(column)) => Some(column),
            _ => None,
        }
    }
    #[must_use]
    pub fn months(&self, name: &str) -> Option<&[Option<Month>]> {
        match self.awake(name) {
            Some(Column::Month(column)) => Some(column),
            _ => None,
        }
    }
    #[must_use]
    pub fn place(&self, row: usize) -> Place {
        let sheet = self.origin.sheets.get(self.origin.sheet[row] as usize).map(String::as_str);
        Place::file(self.origin.files[self.origin.file[row] as usize].clone()).sheet(sheet).row(self.origin.row[row])
    }
}
