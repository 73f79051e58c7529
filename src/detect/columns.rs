//! Columns as Polars wants them, made when a query first names them and let go when no query is left that does.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use polars::prelude as pl;
use rayon::prelude::*;

use super::keys::Keys;
use crate::error::{Fault, Result};
use crate::table::{Frame, FrameColumn, Values, view};

/// Bytes of made columns that are kept for later queries; a column that is let go is made again when it is wanted. Where frames rest
/// memory is short, and half of it must do.
const KEPT_BYTES: usize = 256 << 20;

struct Made {
    /// (frame, column) → the column.
    columns: BTreeMap<(String, usize), pl::Column>,
    /// (frame, column) → queries still to come that name it; columns of no forecast are made each time.
    wanted: BTreeMap<(String, usize), usize>,
    bytes: usize,
    /// How many of them there may be.
    most: usize,
}

impl Default for Made {
    fn default() -> Self {
        Self { columns: BTreeMap::new(), wanted: BTreeMap::new(), bytes: 0, most: KEPT_BYTES }
    }
}

/// All frames, their columns made on demand. A text takes sixteen bytes there for the four it takes here, so at no time do
/// more columns stand twice than the queries at work need.
#[derive(Default)]
pub struct Columns<'a> {
    frames: BTreeMap<String, Cow<'a, Frame>>,
    keys: OnceLock<Option<Keys>>,
    made: Mutex<Made>,
}

/// How a query sees keys of persons and units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeysAs {
    /// Numbers that show as texts: for joining, grouping and sorting.
    Numbers,
    /// Texts, for a query that does more with them.
    Texts,
}

impl<'a> Columns<'a> {
    pub fn hold(&mut self, frame: Cow<'a, Frame>) {
        if frame.rests() {
            self.made.get_mut().unwrap_or_else(PoisonError::into_inner).most = KEPT_BYTES / 2;
        }
        self.frames.insert(frame.name().to_owned(), frame);
        // A further frame may hold further keys.
        if self.keys.take().is_some() {
            let made = self.made.get_mut().unwrap_or_else(PoisonError::into_inner);
            (made.columns, made.bytes) = (BTreeMap::new(), 0);
        }
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.frames.keys().map(String::as_str)
    }

    /// Says which words a query to come has, so that the columns it names are kept for it.
    pub fn forecast(&mut self, words: &BTreeSet<String>) {
        let wanted = &mut self.made.get_mut().unwrap_or_else(PoisonError::into_inner).wanted;
        for (name, frame) in self.frames.iter().filter(|(name, _)| words.contains(*name)) {
            for column in named(frame, words) {
                *wanted.entry((name.clone(), column)).or_default() += 1;
            }
        }
    }

    /// Every frame that the words name, with the columns that they name. One with none of them has its first, so that its
    /// rows can be counted.
    ///
    /// # Errors
    /// [`Fault::Internal`] when a frame is not sound.
    pub fn of(&self, words: &BTreeSet<String>, keys: KeysAs) -> Result<Vec<(&str, pl::DataFrame)>> {
        let asked = self.frames.iter().filter(|(name, _)| words.contains(*name));
        asked.map(|(name, frame)| Ok((name.as_str(), self.frame(name, frame, words, keys)?))).collect()
    }

    fn frame(&self, name: &str, frame: &Frame, words: &BTreeSet<String>, keys: KeysAs) -> Result<pl::DataFrame> {
        // Before the columns are shared out: a thread that waits for the numbers must not be one that makes them.
        if keys == KeysAs::Numbers {
            self.keys();
        }
        let made = named(frame, words).into_par_iter().map(|index| match keys {
            KeysAs::Numbers => self.column(name, frame, index),
            KeysAs::Texts => view::to_polars_column(&frame.columns[index]),
        });
        let columns = made.collect::<Vec<_>>().into_iter().collect::<Result<Vec<_>>>()?;
        pl::DataFrame::new(frame.len(), columns).map_err(|e| Fault::Internal(e.to_string()))
    }

    fn made(&self) -> MutexGuard<'_, Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn column(&self, name: &str, frame: &Frame, index: usize) -> Result<pl::Column> {
        let key = (name.to_owned(), index);
        let kept = self.made().columns.get(&key).cloned();
        let column = match kept {
            Some(column) => column,
            None => self.make(&frame.columns[index])?,
        };
        self.made().settle(key, &column);
        Ok(column)
    }

    /// Frames with too many keys to number are seen as they are.
    fn keys(&self) -> Option<&Keys> {
        self.keys.get_or_init(|| Keys::of(self.frames.values().map(Cow::as_ref)).ok()).as_ref()
    }

    fn make(&self, column: &FrameColumn) -> Result<pl::Column> {
        let column = &*column.awake()?;
        if let (Some(keys), Values::Text(text)) = (self.keys(), &column.values)
            && let Some(made) = keys.column(&column.name, text)?
        {
            return Ok(made);
        }
        view::to_polars_column(column)
    }
}

impl Made {
    /// After a query took a column: keeps it while another one will want it and there is room.
    fn settle(&mut self, key: (String, usize), column: &pl::Column) {
        let left = self.wanted.get_mut(&key).map_or(0, |n| {
            *n = n.saturating_sub(1);
            *n
        });
        let size = column.as_materialized_series().estimated_size();
        if left == 0 {
            if self.columns.remove(&key).is_some() {
                self.bytes -= size.min(self.bytes);
            }
            return;
        }
        if self.columns.contains_key(&key) {
            return;
        }
        while self.bytes + size > self.most {
            // The least wanted goes first, and nothing goes for something that is wanted less.
            let wanted = |key: &(String, usize)| self.wanted.get(key).copied().unwrap_or(0);
            let Some(least) = self.columns.keys().min_by_key(|k| (wanted(k), *k)).cloned() else { return };
            if wanted(&least) >= left {
                return;
            }
            if let Some(gone) = self.columns.remove(&least) {
                self.bytes -= gone.as_materialized_series().estimated_size().min(self.bytes);
            }
        }
        self.bytes += size;
        self.columns.insert(key, column.clone());
    }
}

/// Columns that the words name, by index; evidence lists stay behind.
fn named(frame: &Frame, words: &BTreeSet<String>) -> Vec<usize> {
    let all = || frame.columns.iter().enumerate().filter(|(_, c)| !matches!(c.values, Values::Evidence(_)));
    let named: Vec<usize> = all().filter(|(_, c)| words.contains(&c.name)).map(|(i, _)| i).collect();
    if named.is_empty() { all().take(1).map(|(i, _)| i).collect() } else { named }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(rows: i64) -> Frame {
        let column = |name: &str| FrameColumn::new(name, "", "", Values::Int64((0..rows).map(Some).collect()));
        Frame {
            path: "canonical/pay".to_owned(),
            title_zh: String::new(),
            title_en: String::new(),
            sort_by: vec![],
            columns: vec![column("row_id"), column("gross")],
        }
    }

    fn words(sql: &str) -> BTreeSet<String> {
        sql.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_query_sees_the_columns_it_names() {
        let frame = frame(3);
        let mut columns = Columns::default();
        columns.hold(Cow::Borrowed(&frame));
        let seen = |sql: &str| {
            let made = columns.of(&words(sql), KeysAs::Numbers).expect("sound");
            made.iter()
                .map(|(name, f)| {
                    (*name, f.columns().iter().map(|c| c.name().to_string()).collect::<Vec<_>>().join(" "), f.height())
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(seen("pay gross"), [("pay", "gross".to_owned(), 3)]);
        assert_eq!(seen("pay"), [("pay", "row_id".to_owned(), 3)], "rows can be counted");
        assert!(seen("gross").is_empty(), "a frame that is not named is not made");
    }

    #[test]
    fn a_column_is_kept_until_its_last_query() {
        let frame = frame(3);
        let mut columns = Columns::default();
        columns.hold(Cow::Borrowed(&frame));
        columns.forecast(&words("pay gross"));
        columns.forecast(&words("pay gross row_id"));
        columns.of(&words("pay gross"), KeysAs::Numbers).expect("sound");
        assert_eq!(columns.made().columns.len(), 1);
        columns.of(&words("pay gross row_id"), KeysAs::Numbers).expect("sound");
        let made = columns.made();
        assert_eq!((made.columns.len(), made.bytes), (0, 0));
    }
}
