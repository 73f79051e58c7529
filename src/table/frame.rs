//! A table as it is published: named, typed, described columns. Nothing in a frame is raw personal data.

use super::column::TextColumn;
use super::numbers::Numbers;

/// One input cell that a finding rests on, its value masked where it is personal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EvidenceCell {
    pub table: String,
    pub source_file: String,
    pub source_row: i64,
    pub column: String,
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
    Evidence(Vec<Vec<EvidenceCell>>),
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
        }
    }
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
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
    /// The name rules know the table by: the last part of its path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}
