//! The seam to whatever runs SQL: frames in, plain rows out.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::table::Frame;

/// A column of a query's result.
#[derive(Debug, Clone, PartialEq)]
pub enum Cells {
    /// Nothing but nulls, of no type.
    Null(usize),
    Text(Vec<Option<String>>),
    Integer(Vec<Option<i64>>),
    Float(Vec<Option<f64>>),
    /// Fen.
    Money(Vec<Option<i64>>),
    /// Days since 1970-01-01.
    Date(Vec<Option<i32>>),
    Bool(Vec<Option<bool>>),
}

impl Cells {
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Null(n) => *n,
            Self::Text(v) => v.len(),
            Self::Integer(v) | Self::Money(v) => v.len(),
            Self::Float(v) => v.len(),
            Self::Date(v) => v.len(),
            Self::Bool(v) => v.len(),
        }
    }
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// What the column holds, in words.
    #[must_use]
    pub fn words(&self) -> &'static str {
        match self {
            Self::Null(_) => "untyped null",
            Self::Text(_) => "text",
            Self::Integer(_) => "integer",
            Self::Float(_) => "float",
            Self::Money(_) => "decimal",
            Self::Date(_) => "date",
            Self::Bool(_) => "boolean",
        }
    }
    /// The text of a row of a text column.
    #[must_use]
    pub fn text(&self, row: usize) -> Option<&str> {
        match self {
            Self::Text(v) => v.get(row)?.as_deref(),
            _ => None,
        }
    }
    /// The integer of a row of an integer column.
    #[must_use]
    pub fn integer(&self, row: usize) -> Option<i64> {
        match self {
            Self::Integer(v) => v.get(row).copied().flatten(),
            _ => None,
        }
    }
    /// A float or an integer as a float.
    #[must_use]
    pub fn float(&self, row: usize) -> Option<f64> {
        match self {
            Self::Float(v) => v.get(row).copied().flatten(),
            Self::Integer(v) => v.get(row).copied().flatten().map(|n| n as f64),
            _ => None,
        }
    }
    /// Money in fen from a decimal in yuan, or from whole yuan.
    #[must_use]
    pub fn money(&self, row: usize) -> Option<i64> {
        match self {
            Self::Money(v) => v.get(row).copied().flatten(),
            Self::Integer(v) => v.get(row).copied().flatten().and_then(|n| n.checked_mul(100)),
            _ => None,
        }
    }
    #[must_use]
    pub fn date(&self, row: usize) -> Option<i32> {
        match self {
            Self::Date(v) => v.get(row).copied().flatten(),
            _ => None,
        }
    }
}

/// A query's result, column by column. Rows come in no order that means anything.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    pub columns: Vec<(String, Cells)>,
}

impl Rows {
    #[must_use]
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, |(_, c)| c.len())
    }
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Cells> {
        self.columns.iter().find(|(n, _)| n == name).map(|(_, c)| c)
    }
}

/// What is asked of an engine.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    pub sql: &'a str,
    /// Known to this query alone, as `params`.
    pub params: &'a Frame,
    /// No more rows than this come back.
    pub limit: usize,
    /// Tables to be taken for empty: the query is asked as it is, and once more for each of these sets.
    pub without: &'a [Vec<&'a str>],
}

/// What an engine answers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    pub rows: Rows,
    /// For each set of [`Question::without`]; nothing where that failed.
    pub without: Vec<Option<Rows>>,
}

/// Why a query gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// What the engine says of the query, on one line.
    Wrong(String),
    /// A step of it would make more rows than this machine should hold.
    TooLarge(u64),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Wrong(why) => f.write_str(why),
            Self::TooLarge(most) => write!(f, "a step makes more than {most} rows"),
        }
    }
}

/// Rows that a step within a query may have for each row that a result may have.
pub const STEP_ROWS: u64 = 20;

/// Runs portable SQL over registered frames. Queries do not change what is registered, and may run side by side.
pub trait Engine<'a>: Sync {
    /// Makes a frame known under [`Frame::name`].
    fn register(&mut self, frame: Cow<'a, Frame>);

    /// Says that a query will come, so that what it shares with others is made once. Once all frames are registered.
    fn forecast(&mut self, sql: &str);

    /// Runs one query. A query that would explode is stopped before it does.
    ///
    /// # Errors
    /// What is wrong with the query, or that it is too large.
    fn query(&self, question: &Question<'_>) -> std::result::Result<Answer, Failure>;
}

/// Does something for every item, several at a time, results in the items' order.
///
/// On threads of their own: an engine's workers share the global pool, and a pool whose threads all wait for an engine that
/// waits for the pool would wait for ever.
pub fn for_each_rule<R: Sync, T: Send>(rules: &[R], work: impl Fn(&R) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    // The engine works on all cores by itself; more queries at a time hold more intermediate tables.
    let threads = (rayon::current_num_threads() / 2).clamp(1, 4);
    let done = Mutex::new(Vec::with_capacity(rules.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(rule) = rules.get(index) else { return };
                    let result = work(rule);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
