//! Keys of persons and units as numbers within the engine.
//!
//! Most rules do nothing with a key but join, group and sort by it. As an `Enum` of all keys in their own order it takes four bytes
//! where a text takes thirty, is hashed as a number, sorts as the text does, and comes out as the text.

use std::collections::BTreeMap;

use hashbrown::HashTable;
use polars::prelude as pl;
use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use crate::error::{Fault, Result};
use crate::table::texts::Texts;
use crate::table::{Frame, TextColumn, Values};

/// Columns whose names end so hold keys of one kind, comparable with one another.
const KINDS: [&str; 2] = ["person_key", "unit_key"];

/// Fewer cells than this are as fast as texts.
const LEAST_CELLS: usize = 10_000;

/// The engine is built for numbers of 32 bits; it would give a smaller set fewer. The set is filled up with texts after all keys.
const LEAST_KEYS: usize = (1 << 16) + 1;

/// Whether a column holds keys, so that its dictionary is to stay in memory when the column rests.
#[must_use]
pub fn holds_keys(column: &str) -> bool {
    kind(column).is_some()
}

fn kind(column: &str) -> Option<usize> {
    KINDS.iter().position(|kind| column.ends_with(kind))
}

/// All keys of one kind, sorted.
#[derive(Debug)]
struct Kind {
    data_type: pl::DataType,
    /// Dictionary → place of each of its texts among all keys.
    places: BTreeMap<usize, Vec<u32>>,
}

/// The keys that a set of frames holds.
#[derive(Debug)]
pub struct Keys([Option<Kind>; KINDS.len()]);

fn internal(error: impl std::fmt::Display) -> Fault {
    Fault::Internal(error.to_string())
}

impl Kind {
    fn of(dictionaries: &BTreeMap<usize, &Texts>) -> Result<Self> {
        let none = Texts::default();
        // The month's own keys stand sorted in one dictionary; those of earlier months are nearly all among them, and looking a key up
        // is cheaper than sorting it in.
        let base = dictionaries.values().copied().filter(|d| d.iter().is_sorted_by(|a, b| a < b));
        let base = base.max_by_key(|d| d.len());
        let base_id = base.map(Texts::id);
        let base = base.unwrap_or(&none);
        let known = Lookup::of(base);
        let found: BTreeMap<usize, Vec<u32>> = dictionaries
            .iter()
            .filter(|(id, _)| Some(**id) != base_id)
            .map(|(id, d)| (*id, d.par_iter().map(|text| known.get(text)).collect()))
            .collect();
        let unknown = |(id, found): (&usize, &Vec<u32>)| {
            let texts = dictionaries[id].iter().zip(found.iter());
            texts.filter(|(_, place)| **place == TextColumn::NULL).map(|(text, _)| text).collect::<Vec<&str>>()
        };
        let mut others: Vec<&str> = found.iter().flat_map(unknown).collect();
        others.par_sort_unstable();
        others.dedup();
        let (all, base_places, other_places) = merge(base, &others);
        let place = |(text, found): (&str, &u32)| match base_places.get(*found as usize) {
            Some(place) => *place,
            None => others.binary_search(&text).map_or(TextColumn::NULL, |at| other_places[at]),
        };
        let mut places: BTreeMap<usize, Vec<u32>> =
            found.iter().map(|(id, found)| (*id, dictionaries[id].iter().zip(found).map(place).collect())).collect();
        places.extend(base_id.map(|id| (id, base_places.clone())));
        let rest: Vec<String> = (all.len()..LEAST_KEYS).map(|n| format!("\u{10ffff}{n:05}")).collect();
        let categories = pl::FrozenCategories::new(all.iter().copied().chain(rest.iter().map(String::as_str)));
        let categories = categories.map_err(internal)?;
        Ok(Self { data_type: pl::DataType::from_frozen_categories(categories), places })
    }
}

/// Two sorted lists without a common text as one, and where the texts of each are there.
fn merge<'a>(base: &'a Texts, others: &[&'a str]) -> (Vec<&'a str>, Vec<u32>, Vec<u32>) {
    let mut all = Vec::with_capacity(base.len() + others.len());
    let (mut base_places, mut other_places) = (Vec::with_capacity(base.len()), Vec::with_capacity(others.len()));
    let mut waiting = others.iter().copied().peekable();
    for text in base.iter() {
        while let Some(other) = waiting.next_if(|other| *other < text) {
            other_places.push(code(all.len()));
            all.push(other);
        }
        base_places.push(code(all.len()));
        all.push(text);
    }
    for other in waiting {
        other_places.push(code(all.len()));
        all.push(other);
    }
    (all, base_places, other_places)
}

/// Texts of a dictionary by what they are.
struct Lookup<'a> {
    texts: &'a Texts,
    table: HashTable<u32>,
}

impl<'a> Lookup<'a> {
    fn of(texts: &'a Texts) -> Self {
        let mut table = HashTable::with_capacity(texts.len());
        for (at, text) in texts.iter().enumerate() {
            table.insert_unique(xxh3_64(text.as_bytes()), code(at), |&at| xxh3_64(texts[at as usize].as_bytes()));
        }
        Self { texts, table }
    }

    fn get(&self, text: &str) -> u32 {
        let same = |&at: &u32| &self.texts[at as usize] == text;
        self.table.find(xxh3_64(text.as_bytes()), same).copied().unwrap_or(TextColumn::NULL)
    }
}

fn code(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(TextColumn::NULL)
}

impl Keys {
    /// # Errors
    /// [`Fault::Internal`] when there are more keys than the engine can number.
    pub fn of<'a>(frames: impl Iterator<Item = &'a Frame>) -> Result<Self> {
        Self::from(frames, LEAST_CELLS)
    }

    fn from<'a>(frames: impl Iterator<Item = &'a Frame>, least_cells: usize) -> Result<Self> {
        let mut dictionaries: [BTreeMap<usize, &Texts>; KINDS.len()] = Default::default();
        let mut cells = [0; KINDS.len()];
        for column in frames.flat_map(|f| &f.columns) {
            let dictionary = match &column.values {
                Values::Text(text) => &text.dictionary,
                Values::AtRest(resting) => match resting.dictionary() {
                    Some(dictionary) => dictionary,
                    None => continue,
                },
                _ => continue,
            };
            if let Some(kind) = kind(&column.name) {
                dictionaries[kind].insert(dictionary.id(), dictionary);
                cells[kind] += column.values.len();
            }
        }
        let numbered = |kind: usize| (cells[kind] >= least_cells).then(|| Kind::of(&dictionaries[kind])).transpose();
        Ok(Self([numbered(0)?, numbered(1)?]))
    }

    /// A column of keys, where this is one.
    ///
    /// # Errors
    /// [`Fault::Internal`] when a key is not among those the frames held.
    pub fn column(&self, name: &str, column: &TextColumn) -> Result<Option<pl::Column>> {
        use pl::{IntoSeries, NewChunkedArray};
        let Some(kind) = kind(name).and_then(|k| self.0[k].as_ref()) else { return Ok(None) };
        let Some(places) = kind.places.get(&column.dictionary.id()) else { return Ok(None) };
        let place = |&code: &u32| places.get(code as usize).copied();
        let codes = pl::UInt32Chunked::from_iter_options(name.into(), column.codes.iter().map(place));
        let column: pl::CategoricalChunked<pl::Categorical32Type> =
            pl::CategoricalChunked::from_cats_and_dtype(codes, kind.data_type.clone());
        Ok(Some(column.into_series().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::FrameColumn;

    fn frame(name: &str, columns: &[(&str, &[Option<&str>])]) -> Frame {
        let column = |(name, values): &(&str, &[Option<&str>])| {
            FrameColumn::new(name, "", "", Values::Text(values.iter().copied().collect()))
        };
        Frame {
            path: format!("canonical/{name}"),
            title_zh: String::new(),
            title_en: String::new(),
            sort_by: vec![],
            columns: columns.iter().map(column).collect(),
        }
    }

    #[test]
    fn keys_of_earlier_months_take_their_place_among_the_others() {
        let column = |name: &str, keys: &[Option<&str>]| frame(name, &[("unit_key", keys)]);
        // The second is sorted, and longest; the others know keys before it, within, and after, some of them twice.
        let frames = [
            column("a", &[Some("U9"), Some("U1"), Some("U3")]),
            column("b", &[Some("U2"), Some("U3"), Some("U5"), Some("U7")]),
            column("c", &[None, Some("U9"), Some("U5"), Some("U4")]),
        ];
        let keys = Keys::from(frames.iter(), 0).expect("few");
        let codes = |frame: &Frame| -> Vec<Option<u32>> {
            let Values::Text(text) = &frame.columns[0].values else { panic!("text") };
            let column = keys.column("unit_key", text).expect("known").expect("keys");
            let codes =
                column.as_materialized_series().to_physical_repr().cast(&pl::DataType::UInt32).expect("numbers");
            codes.u32().expect("numbers").iter().collect()
        };
        assert_eq!(codes(&frames[0]), [Some(6), Some(0), Some(2)]);
        assert_eq!(codes(&frames[1]), [Some(1), Some(2), Some(4), Some(5)]);
        assert_eq!(codes(&frames[2]), [None, Some(6), Some(4), Some(3)]);
    }

    #[test]
    fn keys_of_one_kind_are_numbered_together_in_the_order_of_their_texts() {
        let staff = frame("staff", &[("person_key", &[Some("P3"), None, Some("P1"), Some("P3")])]);
        let pay = frame("pay", &[("payee_person_key", &[Some("P1"), Some("P2")]), ("name", &[Some("甲"), None])]);
        let keys = Keys::from([&staff, &pay].into_iter(), 0).expect("few");
        let column = |frame: &Frame, index: usize| {
            let Values::Text(text) = &frame.columns[index].values else { panic!("text") };
            keys.column(&frame.columns[index].name, text).expect("known")
        };
        let codes = |column: pl::Column| -> Vec<Option<u32>> {
            let physical =
                column.as_materialized_series().to_physical_repr().cast(&pl::DataType::UInt32).expect("numbers");
            physical.u32().expect("numbers").iter().collect()
        };
        assert_eq!(codes(column(&staff, 0).expect("keys")), [Some(2), None, Some(0), Some(2)]);
        assert_eq!(codes(column(&pay, 0).expect("keys")), [Some(0), Some(1)]);
        assert!(column(&pay, 1).is_none(), "a name is no key");
        let texts = |column: pl::Column| column.as_materialized_series().cast(&pl::DataType::String).expect("texts");
        assert_eq!(texts(column(&pay, 0).expect("keys")).str().expect("texts").get(1), Some("P2"));
        let few = Keys::of([&staff, &pay].into_iter()).expect("few");
        let Values::Text(text) = &staff.columns[0].values else { panic!("text") };
        assert!(few.column("person_key", text).expect("known").is_none(), "not worth it");
    }
}
