//! What findings look up: the frames of a run by name, the very rows of evidence, and units and persons by key.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::iter::ParallelIterator;
use rayon::slice::ParallelSliceMut;

use super::engine::Rows;
use super::evidence::{Source, table_of};
use super::past::{PAST_ROW_ID, SHOWN};
use super::rule::Rule;
use crate::error::Result;
use crate::table::{Frame, FrameColumn, Schemas, Values};

/// The frames, ready for looking things up.
#[derive(Debug)]
pub struct World<'a> {
    frames: BTreeMap<&'a str, &'a Frame>,
    heights: BTreeMap<&'a str, u64>,
    /// Of frames in memory; those at rest are looked up in what a rule needs of them.
    sources: BTreeMap<&'a str, Source<'a>>,
    units: Entities<'a>,
    persons: Entities<'a>,
}

/// Names of the frames of entities, with their keys and what findings show of them.
const UNITS: (&str, &str, &[&str]) = ("units", "unit_key", &["unit_name"]);
const PERSONS: (&str, &str, &[&str]) = ("persons", "person_key", &["person_name", "resident_id"]);

/// A frame of entities by key.
#[derive(Debug, Clone)]
pub struct Entities<'a> {
    source: Option<Source<'a>>,
    /// Key and row, sorted.
    rows: Vec<(&'a str, usize)>,
}

impl<'a> Entities<'a> {
    fn new(frame: Option<&'a Frame>, key: &str) -> Self {
        let mut rows: Vec<(&str, usize)> = match frame.and_then(|f| f.column(key)) {
            Some(Values::Text(keys)) => keys.iter().enumerate().filter_map(|(i, k)| Some((k?, i))).collect(),
            _ => Vec::new(),
        };
        if !rows.is_sorted() {
            rows.par_sort_unstable();
        }
        Self { source: frame.map(Source::new), rows }
    }

    /// What a column says of the entity with that key.
    #[must_use]
    pub fn text(&self, key: Option<&str>, column: &str) -> Option<String> {
        let key = key?;
        let row = self.rows[self.rows.binary_search_by(|(k, _)| (*k).cmp(key)).ok()?].1;
        self.source.as_ref()?.text(column, row).map(str::to_owned)
    }
}

/// Frames woken for one rule.
pub type Woken<'a> = BTreeMap<&'a str, Cow<'a, Frame>>;

/// Where a rule's evidence and names are looked up.
#[derive(Debug)]
pub struct Lookup<'a> {
    pub sources: BTreeMap<&'a str, Cow<'a, Source<'a>>>,
    pub units: Cow<'a, Entities<'a>>,
    pub persons: Cow<'a, Entities<'a>>,
    /// Names that many cells share.
    names: RefCell<BTreeSet<Arc<str>>>,
}

impl Lookup<'_> {
    /// A name that is the same in many cells.
    pub fn shared(&self, name: &str) -> Arc<str> {
        let known = self.names.borrow().get(name).cloned();
        known.unwrap_or_else(|| {
            let name: Arc<str> = name.into();
            self.names.borrow_mut().insert(Arc::clone(&name));
            name
        })
    }
}

fn source_of(frame: &Frame) -> Option<Source<'_>> {
    let held = |column: &str| frame.column(column).is_some();
    if held(PAST_ROW_ID) {
        return Some(Source::by(frame, PAST_ROW_ID));
    }
    held("row_id").then(|| Source::new(frame))
}

/// A column of a frame, in memory.
fn awake<'f>(frame: &'f Frame, column: &str) -> Result<Option<Cow<'f, FrameColumn>>> {
    frame.columns.iter().find(|c| c.name == column).map(FrameColumn::awake).transpose()
}

/// Rows whose id is one of these, in their order.
fn rows_with_ids(frame: &Frame, column: &str, ids: &BTreeSet<i64>) -> Result<Vec<usize>> {
    let column = awake(frame, column)?;
    let Some(Values::Int64(all)) = column.as_deref().map(|c| &c.values) else { return Ok(Vec::new()) };
    // Most tables number their rows from 1 on.
    let place = |id: &i64| usize::try_from(*id).ok()?.checked_sub(1).filter(|&i| i < all.len());
    let dense: Option<Vec<usize>> = ids.iter().map(|id| place(id).filter(|&i| all.get(i) == Some(*id))).collect();
    let sought = || all.iter().enumerate().filter(|(_, id)| id.is_some_and(|id| ids.contains(&id))).map(|(i, _)| i);
    Ok(dense.unwrap_or_else(|| sought().collect()))
}

/// Rows whose key is one of these, in their order.
fn rows_with_keys(frame: &Frame, column: &str, keys: &BTreeSet<&str>) -> Result<Vec<usize>> {
    let column = awake(frame, column)?;
    let Some(Values::Text(all)) = column.as_deref().map(|c| &c.values) else { return Ok(Vec::new()) };
    let wanted: Vec<bool> = all.dictionary.par_iter().map(|key| keys.contains(key)).collect();
    let is_wanted = |&(_, code): &(usize, &u32)| wanted.get(*code as usize) == Some(&true);
    Ok(all.codes.iter().enumerate().filter(is_wanted).map(|(row, _)| row).collect())
}

impl<'a> World<'a> {
    #[must_use]
    pub fn new(frames: &'a [Frame], past: &'a [Frame]) -> Self {
        let entities = |(name, key, _): (&str, &str, &[&str])| {
            Entities::new(frames.iter().find(|f| f.name() == name && !f.rests()), key)
        };
        let all = || frames.iter().chain(past);
        let awake = all().filter(|f| !f.rests());
        Self {
            sources: awake.filter_map(|f| Some((f.name(), source_of(f)?))).collect(),
            units: entities(UNITS),
            persons: entities(PERSONS),
            frames: all().map(|f| (f.name(), f)).collect(),
            heights: frames.iter().map(|f| (f.name(), f.len() as u64)).collect(),
        }
    }

    /// Rows of any frame of the month.
    #[must_use]
    pub fn height(&self, name: &str) -> u64 {
        self.heights.get(name).copied().unwrap_or_default()
    }

    /// Rows of a table, of this month or of earlier ones.
    #[must_use]
    pub fn rows(&self, table: &str) -> u64 {
        let numbered = |f: &&&Frame| f.column("row_id").is_some() || f.column(PAST_ROW_ID).is_some();
        self.frames.get(table).filter(numbered).map_or(0, |f| f.len() as u64)
    }

    /// What a rule's findings, made from these rows of its answer, look up in frames that rest: those rows of theirs and no others.
    ///
    /// # Errors
    /// [`crate::error::Fault::Machine`] when they cannot be read from the disk.
    pub fn wake(&self, rule: &Rule, answer: &Rows, schemas: &Schemas) -> Result<Woken<'_>> {
        let resting = |name: &str| self.frames.get_key_value(name).filter(|(_, f)| f.rests());
        let mut woken = Woken::new();
        for (table, columns) in &rule.evidence {
            let Some((&name, frame)) = resting(table) else { continue };
            let wanted = |column: &str| {
                let dated = |shown: &String| column.strip_suffix("_precision") == Some(shown);
                ["row_id", PAST_ROW_ID].contains(&column)
                    || SHOWN.contains(&column)
                    || columns.iter().any(|shown| shown == column || dated(shown))
            };
            let id = if frame.column(PAST_ROW_ID).is_some() { PAST_ROW_ID } else { "row_id" };
            let pointing =
                answer.columns.iter().filter(|(column, _)| table_of(column, schemas).is_some_and(|of| of == *table));
            let ids: BTreeSet<i64> =
                pointing.flat_map(|(_, cells)| (0..cells.len()).filter_map(|row| cells.integer(row))).collect();
            woken.insert(name, Cow::Owned(frame.pick(wanted, &rows_with_ids(frame, id, &ids)?)?));
        }
        for (name, key, shown) in [UNITS, PERSONS] {
            let Some((&name, frame)) = resting(name).filter(|_| !woken.contains_key(name)) else { continue };
            let keys: BTreeSet<&str> = match answer.column(key) {
                Some(cells) => (0..cells.len()).filter_map(|row| cells.text(row)).collect(),
                None => BTreeSet::new(),
            };
            let wanted = |column: &str| column == key || shown.contains(&column);
            woken.insert(name, Cow::Owned(frame.pick(wanted, &rows_with_keys(frame, key, &keys)?)?));
        }
        Ok(woken)
    }

    /// Where a rule's findings look things up: frames in memory, and those that were woken.
    #[must_use]
    pub fn lookup<'s>(&'s self, woken: &'s Woken<'_>) -> Lookup<'s> {
        let mut sources: BTreeMap<&str, Cow<'s, Source<'s>>> =
            self.sources.iter().map(|(name, source)| (*name, Cow::Borrowed(source))).collect();
        for (name, frame) in woken {
            if let Some(source) = source_of(frame) {
                sources.insert(name, Cow::Owned(source));
            }
        }
        let entities = |(name, key, _): (&str, &str, &[&str]), here: &'s Entities<'s>| match woken.get(name) {
            Some(frame) => Cow::Owned(Entities::new(Some(frame.as_ref()), key)),
            None => Cow::Borrowed(here),
        };
        Lookup {
            sources,
            units: entities(UNITS, &self.units),
            persons: entities(PERSONS, &self.persons),
            names: RefCell::default(),
        }
    }
}
