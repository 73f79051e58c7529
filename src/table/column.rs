//! Typed columns. Text is dictionary-encoded: work on a text is done once per distinct value.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::kernel::dates::{Month, PartialDate};

/// Text by dictionary. Codes index `dictionary`; [`TextColumn::NULL`] stands for no value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextColumn {
    pub dictionary: Vec<Box<str>>,
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
        self.dictionary.get(self.codes[row] as usize).map(AsRef::as_ref)
    }
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        self.codes.iter().map(|&code| self.dictionary.get(code as usize).map(AsRef::as_ref))
    }
    /// A column of the same shape whose dictionary is mapped value by value; `None` makes the value null.
    #[must_use]
    pub fn map(&self, f: impl Fn(&str) -> Option<String> + Sync) -> Self {
        let mapped: Vec<Option<String>> = self.dictionary.par_iter().map(|v| f(v)).collect();
        let mut builder = TextBuilder::default();
        let codes: Vec<u32> = mapped.iter().map(|v| builder.code(v.as_deref())).collect();
        let map_code = |&c: &u32| codes.get(c as usize).copied().unwrap_or(Self::NULL);
        Self { dictionary: builder.column.dictionary, codes: self.codes.iter().map(map_code).collect() }
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
        self.column.dictionary.push(value.into());
        self.seen.insert(value.into(), code);
        code
    }
    pub fn push(&mut self, value: Option<&str>) {
        let code = self.code(value);
        self.column.codes.push(code);
    }
    #[must_use]
    pub fn finish(self) -> TextColumn {
        self.column
    }
}

/// A source column of a canonical table.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Text, codes, names, numbers of persons and units: anything that is never arithmetic.
    Text(TextColumn),
    Integer(Vec<Option<i64>>),
    /// Money in fen (1/100 yuan).
    Money(Vec<Option<i64>>),
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
