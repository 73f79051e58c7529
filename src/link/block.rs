//! Candidate pairs: the union of many keys. A key too common to compare all its rows is refined by a second and a third
//! one, never dropped; what is still too large is compared with its nearest rows only, and said so.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::atoms::{Atom, Atoms, Part};
use super::values::{Field, NONE};
use crate::resolve::hash::{FastMap, mix};

/// Rows on either side that a row of a too large block is compared with.
const WINDOW: usize = 5;
/// Fields whose keys are combined at most.
const DEPTH: usize = 3;
/// Keys of one record that are combined at most, the rarest first.
const COMBINED_MAX: usize = 24;

/// Which records there are: 0..left of the left table, the rest of the right one; one table has no right.
#[derive(Debug, Clone, Copy)]
pub struct Sides {
    pub left: usize,
    pub all: usize,
}

impl Sides {
    #[must_use]
    pub fn two(self) -> bool {
        self.all > self.left
    }
    /// Pairs there are.
    #[must_use]
    pub fn pairs(self) -> f64 {
        let (left, all) = (self.left as f64, self.all as f64);
        if self.two() { left * (all - left) } else { left * (left - 1.0) / 2.0 }
    }
}

/// What became of the keys of one description.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub blocks: u64,
    pub rows: u64,
    pub largest: u64,
    /// Pairs all rows of the blocks would make.
    pub pairs: u64,
    /// Pairs compared under these very keys; what a finer key brings is counted there.
    pub compared: u64,
}

/// A line of the table of blocks: by the fields and parts keyed on, and what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    Whole,
    /// Too large: a further field was added.
    Refined,
    /// Too large, and nothing left to refine by: nearest rows only.
    Capped,
}

/// The candidates, found record by record.
#[derive(Debug, Default)]
pub struct Blocks {
    /// Rows of each block, those of the left table first.
    rows: Vec<u32>,
    ends: Vec<u32>,
    /// Blocks of each record.
    of: Vec<u32>,
    of_ends: Vec<u32>,
    /// Neighbours within blocks too large, (smaller, larger), sorted.
    neighbours: Vec<(u32, u32)>,
    pub tallies: BTreeMap<(Label, Outcome), Tally>,
}

/// A record's place under a key.
type Entry = (u64, u32);

/// A key's description: the field and part of each atom in it, a byte each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Label([u8; DEPTH]);

impl Label {
    fn of(atoms: &[&Atom]) -> Self {
        let mut label = [0; DEPTH];
        for (byte, atom) in label.iter_mut().zip(atoms) {
            *byte = 1 + (atom.field << 3 | atom.part as u8);
        }
        Self(label)
    }
    /// In words, such as `surname (word) + birth (whole)`.
    #[must_use]
    pub fn words(self, fields: &[Field]) -> String {
        let atom = |byte: u8| {
            let field = fields.get(usize::from((byte - 1) >> 3)).map_or("", |f| f.name.as_str());
            let part = Part::ALL.iter().find(|p| **p as u8 == (byte - 1) & 7).map_or("", |p| p.name());
            format!("{field} ({part})")
        };
        self.0.iter().filter(|b| **b != 0).map(|b| atom(*b)).collect::<Vec<_>>().join(" + ")
    }
}

struct Builder<'a> {
    sides: Sides,
    fields: &'a [Field],
    cap: u64,
    rows: Vec<u32>,
    ends: Vec<u32>,
    neighbours: Vec<(u32, u32)>,
    tallies: BTreeMap<(Label, Outcome), Tally>,
}

impl Blocks {
    /// Blocks over the records for which `open` holds; a block of more rows than `block_rows` is refined.
    #[must_use]
    pub fn new(fields: &[Field], sides: Sides, block_rows: usize, open: &(dyn Fn(usize) -> bool + Sync)) -> Self {
        let needed = |f: &Field| {
            let mut needed = vec![false; f.texts.len()];
            let codes = f.codes.iter().enumerate().filter(|(r, c)| **c != NONE && open(*r));
            codes.for_each(|(_, &c)| needed[c as usize] = true);
            needed
        };
        let atoms: Vec<Atoms> = (0..).zip(fields).map(|(i, f)| Atoms::new(f, i, &needed(f))).collect();
        let of = |record: u32| fields.iter().zip(&atoms).flat_map(move |(f, a)| a.of(f.codes[record as usize]));
        let records: Vec<u32> =
            (0..u32::try_from(sides.all).unwrap_or(u32::MAX)).filter(|&r| open(r as usize)).collect();
        let cap = (block_rows as u64) * (block_rows as u64 - 1) / 2;
        let mut builder = Builder {
            sides,
            fields,
            cap: cap.max(1),
            rows: Vec::new(),
            ends: Vec::new(),
            neighbours: Vec::new(),
            tallies: BTreeMap::new(),
        };
        let mut single: Vec<(Entry, Atom)> =
            records.par_iter().flat_map_iter(|&r| of(r).map(move |a| ((a.key, r), *a))).collect();
        single.par_sort_unstable();
        let mut crowded: FastMap<u64, u32> = FastMap::default();
        for run in single.chunk_by(|a, b| a.0.0 == b.0.0) {
            let rows: Vec<u32> = run.iter().map(|e| e.0.1).collect();
            let label = Label::of(&[&run[0].1]);
            if !builder.take(&rows, label, fields.len() > 1) {
                crowded.insert(run[0].0.0, u32::try_from(rows.len()).unwrap_or(u32::MAX));
            }
        }
        drop(single);
        builder.refine(&records, &of, &crowded);
        builder.finish()
    }

    /// Candidates of `record`, sorted: records of the other table, or later records of the one.
    pub fn candidates(&self, record: u32, sides: Sides, found: &mut Vec<u32>) {
        found.clear();
        let at = record as usize;
        let start = if at == 0 { 0 } else { self.of_ends[at - 1] };
        for &block in &self.of[start as usize..self.of_ends[at] as usize] {
            let from = if block == 0 { 0 } else { self.ends[block as usize - 1] };
            let rows = &self.rows[from as usize..self.ends[block as usize] as usize];
            let after = if sides.two() {
                rows.partition_point(|&r| (r as usize) < sides.left)
            } else {
                rows.partition_point(|&r| r <= record)
            };
            found.extend_from_slice(&rows[after..]);
        }
        let near = self.neighbours.partition_point(|p| p.0 < record);
        found.extend(self.neighbours[near..].iter().take_while(|p| p.0 == record).map(|p| p.1));
        found.sort_unstable();
        found.dedup();
    }

    /// Pairs the blocks hold, those under several keys counted several times.
    #[must_use]
    pub fn estimate(&self) -> u64 {
        self.tallies.values().map(|t| t.compared).sum()
    }
}

impl Builder<'_> {
    fn pairs(&self, rows: &[u32]) -> u64 {
        let n = rows.len() as u64;
        if !self.sides.two() {
            return n * (n - 1) / 2;
        }
        let left = rows.partition_point(|&r| (r as usize) < self.sides.left) as u64;
        left * (n - left)
    }

    /// Takes a block whole; when it is too large, its nearest rows only, and gives false.
    fn take(&mut self, rows: &[u32], label: Label, refinable: bool) -> bool {
        let pairs = self.pairs(rows);
        if pairs == 0 {
            return true;
        }
        let whole = pairs <= self.cap;
        let outcome = match (whole, refinable) {
            (true, _) => Outcome::Whole,
            (false, true) => Outcome::Refined,
            (false, false) => Outcome::Capped,
        };
        let compared = if whole {
            self.rows.extend_from_slice(rows);
            self.ends.push(u32::try_from(self.rows.len()).unwrap_or(u32::MAX));
            pairs
        } else {
            self.nearest(rows)
        };
        let tally = self.tallies.entry((label, outcome)).or_default();
        tally.blocks += 1;
        tally.rows += rows.len() as u64;
        tally.largest = tally.largest.max(rows.len() as u64);
        tally.pairs += pairs;
        tally.compared += compared;
        whole
    }

    /// Each row with the next ones when the rows stand sorted by all their values.
    fn nearest(&mut self, rows: &[u32]) -> u64 {
        let mut sorted = rows.to_vec();
        let values = |r: u32| self.fields.iter().map(move |f| f.codes[r as usize]);
        sorted.par_sort_by(|&a, &b| values(a).cmp(values(b)).then(a.cmp(&b)));
        let before = self.neighbours.len();
        for (i, &a) in sorted.iter().enumerate() {
            for &b in sorted.iter().skip(i + 1).take(WINDOW) {
                let (low, high) = (a.min(b), a.max(b));
                let apart = (low as usize) < self.sides.left && (high as usize) >= self.sides.left;
                if !self.sides.two() || apart {
                    self.neighbours.push((low, high));
                }
            }
        }
        (self.neighbours.len() - before) as u64
    }

    /// Combines keys that are too common two by two, then three by three.
    fn refine<'f, I>(&mut self, records: &[u32], of: &(impl Fn(u32) -> I + Sync), crowded: &FastMap<u64, u32>)
    where
        I: Iterator<Item = &'f Atom>,
    {
        let mut crowded_sets: FastMap<u64, u32> = FastMap::default();
        for depth in 2..=DEPTH {
            let mut made: Vec<(Entry, Label)> = records
                .par_iter()
                .flat_map_iter(|&record| {
                    let mut atoms: Vec<Atom> = of(record).filter(|a| crowded.contains_key(&a.key)).copied().collect();
                    atoms.sort_unstable_by_key(|a| (crowded[&a.key], *a));
                    atoms.truncate(COMBINED_MAX);
                    combinations(&atoms, depth, &crowded_sets)
                        .into_iter()
                        .map(move |(key, label)| ((key, record), label))
                })
                .collect();
            made.par_sort_unstable();
            let mut next: FastMap<u64, u32> = FastMap::default();
            for run in made.chunk_by(|a, b| a.0.0 == b.0.0) {
                let rows: Vec<u32> = run.iter().map(|e| e.0.1).collect();
                if !self.take(&rows, run[0].1, depth < DEPTH) {
                    next.insert(run[0].0.0, u32::try_from(rows.len()).unwrap_or(u32::MAX));
                }
            }
            crowded_sets = next;
        }
    }

    fn finish(mut self) -> Blocks {
        self.neighbours.par_sort_unstable();
        self.neighbours.dedup();
        let rows = self.rows;
        let mut of_ends = vec![0_u32; self.sides.all];
        rows.iter().for_each(|&r| of_ends[r as usize] += 1);
        let mut sum = 0;
        for end in &mut of_ends {
            sum += *end;
            *end = sum;
        }
        let mut next: Vec<u32> = std::iter::once(0).chain(of_ends.iter().copied()).take(self.sides.all).collect();
        let mut of = vec![0_u32; rows.len()];
        let mut start = 0;
        for (block, &end) in (0_u32..).zip(&self.ends) {
            for &row in &rows[start..end as usize] {
                of[next[row as usize] as usize] = block;
                next[row as usize] += 1;
            }
            start = end as usize;
        }
        Blocks { rows, ends: self.ends, of, of_ends, neighbours: self.neighbours, tallies: self.tallies }
    }
}

/// Keys of `depth` atoms. Of three, every pair among them must itself be too common, or it has brought the rows together.
fn combinations(atoms: &[Atom], depth: usize, crowded: &FastMap<u64, u32>) -> Vec<(u64, Label)> {
    let mut sorted = atoms.to_vec();
    sorted.sort_unstable_by_key(|a| (a.field, a.part, a.key));
    let meets = |a: &Atom, b: &Atom| a.field != b.field || (a.part == Part::Word && b.part == Part::Word);
    let pair = |a: &Atom, b: &Atom| mix(2, a.key, b.key);
    let mut found = Vec::new();
    for (i, a) in sorted.iter().enumerate() {
        for (j, b) in sorted.iter().enumerate().skip(i + 1).filter(|(_, b)| meets(a, b)) {
            if depth == 2 {
                found.push((pair(a, b), Label::of(&[a, b])));
                continue;
            }
            if !crowded.contains_key(&pair(a, b)) {
                continue;
            }
            for c in sorted.iter().skip(j + 1).filter(|c| meets(a, c) && meets(b, c)) {
                if crowded.contains_key(&pair(a, c)) && crowded.contains_key(&pair(b, c)) {
                    let label = Label::of(&[a, b, c]);
                    found.push((mix(3, pair(a, b), c.key), label));
                }
            }
        }
    }
    found
}
