//! Typed columns. Text is dictionary-encoded: work on a text is done once per distinct value.

use std::collections::HashMap;

use super::numbers::Numbers;
use super::texts::Texts;
use crate::kernel::dates::{Month, PartialDate};

/// Text by dictionary. Codes index `dictionary`, which may hold a text twice; [`TextColumn::NULL`] stands for no value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextColumn {
    pub dictionary: Texts,
    pub codes: Vec<u32>,
}

impl TextColumn {
    pub const NULL: u32 = u32::MAX;

    #[must_use]
    pub fn len(&self) -> usize {
        self.codes.len()
    }
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&str> {
        self.dictionary.get(self.codes[row] as usize)
    }
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        self.codes.iter().map(|&code| self.dictionary.get(code as usize))
    }
    /// A column whose dictionary is mapped value by value; `None` makes the value null. Only `rows` are kept, in their order.
    #[must_use]
    pub fn map_rows(&self, rows: &[usize], f: impl Fn(&str) -> Option<String> + Sync) -> Self {
        let (dictionary, index) = self.dictionary.map(f);
        let code = |&row: &usize| index.get(self.codes[row] as usize).copied().flatten().unwrap_or(Self::NULL);
        Self { dictionary, codes: rows.iter().map(code).collect() }
    }
}

impl<'a> FromIterator<Option<&'a str>> for TextColumn {
    fn from_iter<T: IntoIterator<Item = Option<&'a str>>>(values: T) -> Self {
        let mut builder = TextBuilder::default();
        for value in values {
            builder.push(value);
        }
        builder.finish()
    }
}

/// Collects text into a [`TextColumn`].
#[derive(Debug, Default)]
pub struct TextBuilder {
    seen: HashMap<Box<str>, u32>,
    column: TextColumn,
}

impl TextBuilder {
    /// The code of a value, entering it into the dictionary when it is new.
    ///
    /// # Panics
    /// When a column holds more than 2³² − 1 distinct values.
    pub fn code(&mut self, value: Option<&str>) -> u32 {
        let Some(value) = value else { return TextColumn::NULL };
        if let Some(&code) = self.seen.get(value) {
            return code;
        }
        let code = u32::try_from(self.column.dictionary.len()).expect("fewer than 2^32 distinct values");
        self.column.dictionary.push(value);
        self.seen.insert(value.into(), code);
        code
    }
    pub fn push(&mut self, value: Option<&str>) {
        let code = self.code(value);
        self.column.codes.push(code);
    }
    #[must_use]
    pub fn finish(mut self) -> TextColumn {
        self.column.dictionary.shrink_to_fit();
        self.column.codes.shrink_to_fit();
        self.column
    }
}

/// A source column of a canonical table.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Text, codes, names, numbers of persons and units: anything that is never arithmetic.
    Text(TextColumn),
    Integer(Numbers<i64>),
    /// Money in fen (1/100 yuan).
    Money(Numbers<i64>),
    Date(Vec<Option<PartialDate>>),
    Month(Vec<Option<Month>>),
}

impl Column {
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(c) => c.len(),
            Self::Integer(c) | Self::Money(c) => c.len(),
            Self::Date(c) => c.len(),
            Self::Month(c) => c.len(),
        }
    }
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
