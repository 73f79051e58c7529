//! Typed columns. Text is dictionary-encoded: work on a text is done once per distinct value.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, LazyLock};

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::frame::Values;
use super::numbers::Numbers;
use super::shelf::{Resting, Shelf};
use super::texts::Texts;
use crate::error::{Fault, Result};
use crate::kernel::dates::{Month, PartialDate, Precision};

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
    /// Codes by the hashes of their texts.
    seen: HashTable<u32>,
    column: TextColumn,
}

/// Drawn once per process, so that no file can be made to collide on purpose; the tables are never walked.
static SEED: LazyLock<u64> = LazyLock::new(|| RandomState::new().build_hasher().finish());

fn hash(text: &str) -> u64 {
    xxh3_64_with_seed(text.as_bytes(), *SEED)
}

impl TextBuilder {
    /// The code of a value, entering it into the dictionary when it is new.
    ///
    /// # Panics
    /// When a column holds more than 2³² − 1 distinct values.
    pub fn code(&mut self, value: Option<&str>) -> u32 {
        let Some(value) = value else { return TextColumn::NULL };
        let dictionary = &mut self.column.dictionary;
        let hashed = hash(value);
        if let Some(&code) = self.seen.find(hashed, |&code| dictionary[code as usize] == *value) {
            return code;
        }
        let code = u32::try_from(dictionary.len()).expect("fewer than 2^32 distinct values");
        dictionary.push(value);
        self.seen.insert_unique(hashed, code, |&code| hash(&dictionary[code as usize]));
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
    /// On the disk until its table is [woken](super::Table::wake).
    AtRest(RestingColumn),
}

/// A column on a shelf.
#[derive(Debug, Clone, PartialEq)]
pub struct RestingColumn {
    values: Resting,
    kind: Rested,
}

impl RestingColumn {
    /// The digest that [`super::digest::of_linking`] gives of the column; amounts have none.
    #[must_use]
    pub(super) fn digest(&self) -> Option<&str> {
        let amount = self.kind == Rested::Plain && !matches!(self.values.empty(), Values::Text(_));
        (!amount).then(|| self.values.digest())
    }
}

/// What a column at rest was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rested {
    Plain,
    Date,
    Month,
}

/// A date as one number.
pub(super) fn packed(date: PartialDate) -> i64 {
    i64::from(date.first_day) * 4 + date.precision as i64
}

fn unpacked(number: i64) -> Option<PartialDate> {
    let precision = [Precision::Day, Precision::Month, Precision::Year];
    let precision = *precision.get(usize::try_from(number.rem_euclid(4)).ok()?)?;
    Some(PartialDate { first_day: i32::try_from(number.div_euclid(4)).ok()?, precision })
}

impl Column {
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(c) => c.len(),
            Self::Integer(c) | Self::Money(c) => c.len(),
            Self::Date(c) => c.len(),
            Self::Month(c) => c.len(),
            Self::AtRest(c) => c.values.len(),
        }
    }
    /// The column on a shelf, veiled: it is not masked.
    ///
    /// # Errors
    /// [`crate::error::Fault::Machine`] when the disk refuses.
    pub fn rest(self, shelf: &Arc<Shelf>) -> Result<Self> {
        let (values, kind) = match self {
            Self::Text(v) => (Values::Text(v), Rested::Plain),
            Self::Integer(v) => (Values::Int64(v), Rested::Plain),
            Self::Money(v) => (Values::Decimal(v), Rested::Plain),
            Self::Date(v) => (Values::Int64(v.into_iter().map(|d| d.map(packed)).collect()), Rested::Date),
            Self::Month(v) => (Values::Int32(v.into_iter().map(|m| m.map(|m| m.0)).collect()), Rested::Month),
            Self::AtRest(_) => return Ok(self),
        };
        Ok(Self::AtRest(RestingColumn { values: shelf.rest_veiled(&values)?, kind }))
    }
    /// The column in memory.
    ///
    /// # Errors
    /// [`crate::error::Fault::Machine`] when it cannot be read from the disk.
    pub fn wake(self) -> Result<Self> {
        let Self::AtRest(RestingColumn { values, kind }) = self else { return Ok(self) };
        Ok(match (values.wake()?, kind) {
            (Values::Int64(v), Rested::Date) => Self::Date(v.iter().map(|d| d.and_then(unpacked)).collect()),
            (Values::Int32(v), Rested::Month) => Self::Month(v.iter().map(|m| m.map(Month)).collect()),
            (Values::Text(v), Rested::Plain) => Self::Text(v),
            (Values::Int64(v), Rested::Plain) => Self::Integer(v),
            (Values::Decimal(v), Rested::Plain) => Self::Money(v),
            _ => return Err(Fault::Internal("a column woke as another".to_owned())),
        })
    }
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_column_wakes_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let shelf = Shelf::make(folder.path()).expect("made");
        let date = |first_day, precision| Some(PartialDate { first_day, precision });
        let dates = vec![date(-3, Precision::Day), None, date(0, Precision::Month), date(20_000, Precision::Year)];
        let columns = [
            Column::Text([Some("甲"), None].into_iter().collect()),
            Column::Integer(vec![Some(-1), None].into()),
            Column::Money(vec![Some(1 << 50), None].into()),
            Column::Date(dates),
            Column::Month(vec![Some(Month(24_321)), None]),
        ];
        for column in columns {
            let resting = column.clone().rest(&shelf).expect("put down");
            assert!(matches!(resting, Column::AtRest(_)) && resting.len() == column.len());
            assert_eq!(resting.wake().expect("read"), column);
        }
    }
}
