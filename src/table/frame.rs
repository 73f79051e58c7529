//! A table as it is published: named, typed, described columns. Nothing in a frame is raw personal data.

use std::borrow::Cow;
use std::sync::Arc;

use super::column::TextColumn;
use super::numbers::Numbers;
use super::shelf::{Resting, Shelf};
use crate::error::Result;

/// One input cell that a finding rests on, its value masked where it is personal. Names are shared: a run has millions of cells and some
/// hundred names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EvidenceCell {
    pub table: Arc<str>,
    pub source_file: Arc<str>,
    pub source_row: i64,
    pub column: Arc<str>,
    pub value: Option<String>,
}

/// The values of a published column. Money is in fen here and decimal(18,2) yuan outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    Text(TextColumn),
    Int32(Numbers<i32>),
    Int64(Numbers<i64>),
    Float(Numbers<f64>),
    Decimal(Numbers<i64>),
    /// Days since 1970-01-01.
    Date(Numbers<i32>),
    Bool(Vec<Option<bool>>),
    Evidence(Vec<Arc<[EvidenceCell]>>),
    /// On the disk until [woken](FrameColumn::awake).
    AtRest(Resting),
}

impl Values {
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(v) => v.len(),
            Self::Int32(v) | Self::Date(v) => v.len(),
            Self::Int64(v) | Self::Decimal(v) => v.len(),
            Self::Float(v) => v.len(),
            Self::Bool(v) => v.len(),
            Self::Evidence(v) => v.len(),
            Self::AtRest(v) => v.len(),
        }
    }
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The values of some rows, in their order, in memory.
    ///
    /// # Errors
    /// [`crate::error::Fault::Machine`] when they cannot be read from the disk.
    pub fn pick(&self, rows: &[usize]) -> Result<Self> {
        let rows_of = || rows.iter().copied();
        Ok(match self {
            Self::Text(v) => Self::Text(rows_of().map(|r| v.get(r)).collect()),
            Self::Int32(v) => Self::Int32(rows_of().map(|r| v.get(r)).collect()),
            Self::Date(v) => Self::Date(rows_of().map(|r| v.get(r)).collect()),
            Self::Int64(v) => Self::Int64(rows_of().map(|r| v.get(r)).collect()),
            Self::Decimal(v) => Self::Decimal(rows_of().map(|r| v.get(r)).collect()),
            Self::Float(v) => Self::Float(rows_of().map(|r| v.get(r)).collect()),
            Self::Bool(v) => Self::Bool(rows_of().map(|r| v[r]).collect()),
            Self::Evidence(v) => Self::Evidence(rows_of().map(|r| v[r].clone()).collect()),
            Self::AtRest(v) => v.pick(rows)?,
        })
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct FrameColumn {
    pub name: String,
    /// Chinese and English titles, written into the Parquet field metadata and the data dictionary.
    pub title_zh: String,
    pub title_en: String,
    /// Unit of measure, where there is one: yuan, days, posts, persons.
    pub unit: Option<String>,
    /// Whether the value was personal and is published masked or hashed.
    pub personal: bool,
    /// Legal values and their labels, for coded columns: (code, label).
    pub codes: Vec<(String, String)>,
    pub values: Values,
}

impl FrameColumn {
    #[must_use]
    pub fn new(name: &str, title_zh: &str, title_en: &str, values: Values) -> Self {
        Self {
            name: name.to_owned(),
            title_zh: title_zh.to_owned(),
            title_en: title_en.to_owned(),
            unit: None,
            personal: false,
            codes: Vec::new(),
            values,
        }
    }
    #[must_use]
    pub fn unit(mut self, unit: &str) -> Self {
        self.unit = Some(unit.to_owned());
        self
    }
    #[must_use]
    pub fn personal(mut self) -> Self {
        self.personal = true;
        self
    }

    /// Puts the values on a shelf, unless they are evidence. Columns whose names `stays` holds for keep their dictionary in memory.
    ///
    /// # Errors
    /// [`crate::error::Fault::Machine`] when the disk refuses.
    pub fn rest(&mut self, shelf: &Arc<Shelf>, stays: impl Fn(&str) -> bool) -> Result<()> {
        if !matches!(self.values, Values::AtRest(_) | Values::Evidence(_)) {
            self.values = Values::AtRest(shelf.rest(&self.values, stays(&self.name))?);
        }
        Ok(())
    }

    /// The same column with other values.
    fn with(&self, values: Values) -> Self {
        Self {
            name: self.name.clone(),
            title_zh: self.title_zh.clone(),
            title_en: self.title_en.clone(),
            unit: self.unit.clone(),
            personal: self.personal,
            codes: self.codes.clone(),
            values,
        }
    }
    /// The column with its values in memory.
    ///
    /// # Errors
    /// [`crate::error::Fault::Machine`] when they cannot be read from the disk.
    pub fn awake(&self) -> Result<Cow<'_, Self>> {
        let Values::AtRest(resting) = &self.values else { return Ok(Cow::Borrowed(self)) };
        Ok(Cow::Owned(self.with(resting.wake()?)))
    }
}

/// A published table of one period; `sort_by` names the columns its rows are sorted by before they are written.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Path below the published root, such as `anomalies` or `canonical/payroll`.
    pub path: String,
    pub title_zh: String,
    pub title_en: String,
    pub sort_by: Vec<String>,
    pub columns: Vec<FrameColumn>,
}

impl Frame {
    #[must_use]
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, |c| c.values.len())
    }
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Values> {
        self.columns.iter().find(|c| c.name == name).map(|c| &c.values)
    }
    /// Puts the columns on a shelf; the dictionaries of those that `stays` names stay in memory.
    ///
    /// # Errors
    /// [`crate::error::Fault::Machine`] when the disk refuses.
    pub fn rest(&mut self, shelf: &Arc<Shelf>, stays: impl Fn(&str) -> bool) -> Result<()> {
        self.columns.iter_mut().try_for_each(|column| column.rest(shelf, &stays))
    }
    /// Whether any of its columns is at rest.
    #[must_use]
    pub fn rests(&self) -> bool {
        self.columns.iter().any(|c| matches!(c.values, Values::AtRest(_)))
    }
    /// The frame with the wanted columns in memory and no others, where any rests; else as it is.
    ///
    /// # Errors
    /// [`crate::error::Fault::Machine`] when they cannot be read from the disk.
    pub fn awake(&self, wanted: impl Fn(&str) -> bool) -> Result<Cow<'_, Self>> {
        if !self.rests() {
            return Ok(Cow::Borrowed(self));
        }
        let columns = self.columns.iter().filter(|c| wanted(&c.name));
        Ok(Cow::Owned(self.of(columns.map(|c| c.awake().map(Cow::into_owned)).collect::<Result<_>>()?)))
    }
    /// Some rows of the wanted columns, in the order of `rows`, in memory.
    ///
    /// # Errors
    /// [`crate::error::Fault::Machine`] when they cannot be read from the disk.
    pub fn pick(&self, wanted: impl Fn(&str) -> bool, rows: &[usize]) -> Result<Self> {
        let columns = self.columns.iter().filter(|c| wanted(&c.name));
        Ok(self.of(columns.map(|c| Ok(c.with(c.values.pick(rows)?))).collect::<Result<_>>()?))
    }
    /// A frame like this one, of other columns.
    fn of(&self, columns: Vec<FrameColumn>) -> Self {
        Self {
            path: self.path.clone(),
            title_zh: self.title_zh.clone(),
            title_en: self.title_en.clone(),
            sort_by: self.sort_by.clone(),
            columns,
        }
    }
    /// The name rules know the table by: the last part of its path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}
