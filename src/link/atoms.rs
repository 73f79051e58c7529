//! Blocking keys: the parts of a value by which rows are brought together, worked out once per distinct value.

use rayon::prelude::*;

use super::values::{Field, NONE, Values, Words, head_key};
use crate::kernel::characters::readings;
use crate::kernel::org_name;
use crate::resolve::hash::{mix, text_hash};

/// What part of a value an atom is. Two parts of one value refine each other only when both are words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Part {
    Whole,
    Word,
    Sound,
    Head,
    Half,
    Year,
}

impl Part {
    pub const ALL: [Self; 6] = [Self::Whole, Self::Word, Self::Sound, Self::Head, Self::Half, Self::Year];
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Word => "word",
            Self::Sound => "sound",
            Self::Head => "beginning",
            Self::Half => "half",
            Self::Year => "year",
        }
    }
}

/// A part of a value, hashed with the field it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Atom {
    pub key: u64,
    pub field: u8,
    pub part: Part,
}

/// The atoms of every value of a field, one after another.
#[derive(Debug)]
pub struct Atoms {
    ends: Vec<u32>,
    list: Vec<Atom>,
}

impl Atoms {
    /// The atoms of the values that are `needed`; the others have none.
    #[must_use]
    pub fn new(field: &Field, number: u8, needed: &[bool]) -> Self {
        let each: Vec<Vec<Atom>> = (0..field.texts.len())
            .into_par_iter()
            .map(|code| {
                if !needed[code] {
                    return Vec::new();
                }
                let mut found: Vec<(Part, u64)> = vec![(Part::Whole, code as u64)];
                parts(field, code, &mut found);
                let atom = |(part, value): (Part, u64)| Atom {
                    key: mix(u64::from(number) << 8 | part as u64, value, 0),
                    field: number,
                    part,
                };
                let mut atoms: Vec<Atom> = found.into_iter().map(atom).collect();
                atoms.sort_unstable();
                atoms.dedup();
                atoms
            })
            .collect();
        let mut atoms = Self { ends: Vec::with_capacity(each.len()), list: Vec::new() };
        for list in each {
            atoms.list.extend(list);
            atoms.ends.push(u32::try_from(atoms.list.len()).unwrap_or(NONE));
        }
        atoms
    }

    /// The atoms of a value; none for [`NONE`].
    #[must_use]
    pub fn of(&self, code: u32) -> &[Atom] {
        let Some(&end) = self.ends.get(code as usize) else { return &[] };
        let start = if code == 0 { 0 } else { self.ends[code as usize - 1] };
        &self.list[start as usize..end as usize]
    }
}

fn parts(field: &Field, code: usize, found: &mut Vec<(Part, u64)>) {
    match &field.values {
        Values::Text(words) => latin(&words[code], found),
        Values::Name(words, _) if words[code].han => chinese(&words[code], found),
        Values::Name(words, _) => {
            latin(&words[code], found);
            for &word in &words[code].words {
                let letters = &field.vocabulary.words[word as usize];
                if letters.len() > 3 {
                    found.push((Part::Head, head_key(letters, 3)));
                }
            }
        }
        Values::Organisation(names, words) => {
            if words[code].han {
                found.extend(org_name::keys(&names[code]).iter().map(|k| (Part::Word, text_hash(k))));
            } else {
                latin(&words[code], found);
            }
        }
        Values::Date(dates) => {
            let date = dates[code];
            found.push((Part::Year, u64::from(date.year)));
            let day = u64::from(date.month) * 100 + u64::from(date.day);
            if date.month != 0 && date.day != 0 && Some((date.month, date.day)) != field.placeholder {
                found.push((Part::Half, day));
            }
        }
        Values::Id(values) => {
            let chars = &values[code].chars;
            if chars.len() >= 6 {
                let (first, second) = chars.split_at(chars.len() / 2);
                for (side, half) in [(0_u64, first), (1, second)] {
                    let text: String = half.iter().collect();
                    found.push((Part::Half, text_hash(&text) ^ side));
                }
            }
        }
        Values::Number(_) | Values::Exact => {}
    }
}

fn latin(words: &Words, found: &mut Vec<(Part, u64)>) {
    if words.words.len() > 1 {
        found.extend(words.words.iter().map(|w| (Part::Word, u64::from(*w))));
    } else if let Some(word) = words.words.first() {
        // A single word meets the same word among others.
        found.push((Part::Word, u64::from(*word)));
    }
    if words.chars.len() > 4 {
        found.push((Part::Head, head_key(&words.chars, 4)));
    }
}

fn chinese(words: &Words, found: &mut Vec<(Part, u64)>) {
    let chars = &words.chars;
    let sound = chars.iter().fold(7_u64, |hash, c| {
        let first = readings(*c).first().map_or(u64::from(u32::from(*c)) << 16, |id| u64::from(*id));
        mix(hash, first, 0)
    });
    found.push((Part::Sound, sound));
    found.push((Part::Head, head_key(chars, 1)));
    if chars.len() >= 3 {
        let given = chars[1..].iter().fold(9_u64, |hash, c| mix(hash, u64::from(u32::from(*c)), 0));
        found.push((Part::Half, given));
    }
}
