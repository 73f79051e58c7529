//! A column's distinct values, read by its kind once each, with how common they are.

use rayon::prelude::*;

use super::spec::Kind;
use crate::kernel::characters::{fold_width, is_han};
use crate::kernel::dates::{DateReading, Precision, civil, read_date};
use crate::kernel::org_name::{self, OrgName};
use crate::kernel::person_name;
use crate::kernel::resident_id::{self, IdReading};
use crate::kernel::text_similarity::{edits_within, fold_text, may_be_within, signature};
use crate::resolve::hash::{FastMap, FastSet};
use crate::table::TextColumn;

/// No value.
pub const NONE: u32 = u32::MAX;

/// A text in words.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// Index of the value.
    pub code: u32,
    pub chars: Box<[char]>,
    /// Indices into the field's words, sorted by the text's own order.
    pub words: Box<[u32]>,
    /// Written in Han characters.
    pub han: bool,
    /// Which letters there are.
    pub signature: u64,
}

impl Words {
    /// Edits between two texts, when at most `limit`.
    #[must_use]
    pub fn edits(&self, other: &Self, limit: usize) -> Option<usize> {
        may_be_within(self.signature, other.signature, limit).then(|| edits_within(&self.chars, &other.chars, limit))?
    }
}

/// A date as far as it is known: 0 stands for an unknown month or day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DateValue {
    pub year: u16,
    pub month: u8,
    pub day: u8,
    /// The eight digits as written, 0 filled; what slips of the hand are counted in.
    pub digits: [u8; 8],
}

/// A number that names somebody.
#[derive(Debug, Clone)]
pub struct IdValue {
    pub reading: IdReading,
    pub chars: Box<[char]>,
    pub valid: bool,
}

/// Distinct values by kind.
#[derive(Debug)]
pub enum Values {
    Text(Vec<Words>),
    Name(Vec<Words>, Vec<Box<str>>),
    Organisation(Vec<OrgName>, Vec<Words>),
    Date(Vec<DateValue>),
    Id(Vec<IdValue>),
    Number(Vec<f64>),
    Exact,
}

/// The words of a field, and in what share of the rows each stands.
#[derive(Debug, Default)]
pub struct Vocabulary {
    pub words: Vec<Box<[char]>>,
    pub signatures: Vec<u64>,
    pub shares: Vec<f32>,
    /// Share of rows with a word that begins with the letter.
    pub initials: FastMap<char, f32>,
}

/// One comparison's column over all records: those of the left table, then those of the right one.
#[derive(Debug)]
pub struct Field {
    pub name: String,
    pub kind: Kind,
    /// Index of each record's value, or [`NONE`].
    pub codes: Vec<u32>,
    /// Share of each value among the records that have one.
    pub shares: Vec<f32>,
    pub values: Values,
    pub vocabulary: Vocabulary,
    /// The text of each value, folded; equal texts are one value.
    pub texts: Vec<Box<str>>,
    /// For dates: shares of years. For texts and names: shares of beginnings.
    pub parts: FastMap<u64, f32>,
    /// Month and day that stand for "unknown" (01-01), when they are far too common.
    pub placeholder: Option<(u8, u8)>,
    /// Pairs of values (of words, for Latin names) that certain links show to go together, smaller index first.
    pub associations: FastSet<(u32, u32)>,
}

impl Field {
    /// Reads the columns of both sides (`right` is `None` for one table).
    #[must_use]
    pub fn new(name: &str, kind: Kind, left: &TextColumn, right: Option<&TextColumn>) -> Self {
        let (texts, codes) = merge(kind, left, right);
        let known = codes.iter().filter(|&&c| c != NONE).count().max(1) as f64;
        let mut counts = vec![0_u32; texts.len()];
        codes.iter().filter(|&&c| c != NONE).for_each(|&c| counts[c as usize] += 1);
        #[expect(clippy::cast_possible_truncation, reason = "shares need few digits")]
        let shares: Vec<f32> = counts.iter().map(|&n| (f64::from(n) / known) as f32).collect();
        let mut field = Self {
            name: name.to_owned(),
            kind,
            codes,
            values: Values::Exact,
            vocabulary: Vocabulary::default(),
            parts: FastMap::default(),
            placeholder: None,
            associations: FastSet::default(),
            shares,
            texts,
        };
        field.values = field.read();
        field.count_parts();
        field
    }

    fn read(&mut self) -> Values {
        match self.kind {
            Kind::Text => Values::Text(self.split_words()),
            Kind::Name => Values::Name(self.split_words(), self.texts.clone()),
            Kind::Organisation => {
                let parsed = self.texts.par_iter().map(|t| org_name::parse(t)).collect();
                Values::Organisation(parsed, self.split_words())
            }
            Kind::Date => Values::Date(self.texts.iter().map(|t| date_value(t)).collect()),
            Kind::Id => Values::Id(self.texts.par_iter().map(|t| id_value(t)).collect()),
            Kind::Number => Values::Number(self.texts.iter().map(|t| t.parse().unwrap_or(f64::NAN)).collect()),
            Kind::Exact => Values::Exact,
        }
    }

    /// Splits every value into words; a run of Han characters is one word.
    fn split_words(&mut self) -> Vec<Words> {
        let mut index: FastMap<&str, u32> = FastMap::default();
        let vocabulary = &mut self.vocabulary;
        let mut split = Vec::with_capacity(self.texts.len());
        for (text, &share) in self.texts.iter().zip(&self.shares) {
            let mut words: Vec<u32> = Vec::new();
            let mut initials: Vec<char> = Vec::new();
            for word in text.split([' ', '·']).filter(|w| !w.is_empty()) {
                let code = *index.entry(word).or_insert_with(|| {
                    let letters: Box<[char]> = word.chars().collect();
                    vocabulary.signatures.push(signature(&letters));
                    vocabulary.words.push(letters);
                    vocabulary.shares.push(0.0);
                    u32::try_from(vocabulary.words.len() - 1).unwrap_or(NONE)
                });
                if !words.contains(&code) {
                    vocabulary.shares[code as usize] += share;
                    words.push(code);
                }
                if let Some(first) = word.chars().next()
                    && !initials.contains(&first)
                {
                    *vocabulary.initials.entry(first).or_default() += share;
                    initials.push(first);
                }
            }
            let chars: Box<[char]> = text.chars().collect();
            split.push(Words {
                code: u32::try_from(split.len()).unwrap_or(NONE),
                signature: signature(&chars),
                han: chars.iter().any(|c| is_han(*c)),
                chars,
                words: words.into(),
            });
        }
        split
    }

    fn count_parts(&mut self) {
        let mut parts: FastMap<u64, f32> = FastMap::default();
        let mut days: FastMap<(u8, u8), f32> = FastMap::default();
        match &self.values {
            Values::Date(dates) => {
                for (date, share) in dates.iter().zip(&self.shares) {
                    *parts.entry(u64::from(date.year)).or_default() += share;
                    *days.entry((date.month, date.day)).or_default() += share;
                }
            }
            Values::Text(words) | Values::Name(words, _) | Values::Organisation(_, words) => {
                for (word, share) in words.iter().zip(&self.shares) {
                    for length in [2, 3] {
                        *parts.entry(head_key(&word.chars, length)).or_default() += share;
                    }
                }
            }
            _ => {}
        }
        // One day in 365 is expected; twenty times that stands for "unknown".
        self.placeholder = [(1, 1), (12, 31)].into_iter().find(|d| days.get(d).is_some_and(|&s| s > 0.055));
        self.parts = parts;
    }

    /// Whether certain links show the two values to go together.
    #[must_use]
    pub fn associates(&self, a: &Words, b: &Words) -> bool {
        self.associated_words(a.code, b.code)
    }

    /// Whether certain links show the two words, or values, to go together.
    #[must_use]
    pub fn associated_words(&self, a: u32, b: u32) -> bool {
        !self.associations.is_empty() && self.associations.contains(&(a.min(b), a.max(b)))
    }

    /// Whether a learned association may stand between two values.
    #[must_use]
    pub fn may_associate(&self, x: u32, y: u32) -> bool {
        if self.associations.is_empty() || x == NONE || y == NONE {
            return false;
        }
        match &self.values {
            // Parts of Latin names, not whole values, are associated.
            Values::Name(words, _) if !words[x as usize].han && !words[y as usize].han => true,
            _ => self.associated_words(x, y),
        }
    }

    /// Whether the value of a record is known.
    #[must_use]
    pub fn has(&self, record: usize) -> bool {
        self.codes[record] != NONE
    }
}

/// The first characters of a text as a key.
#[must_use]
pub fn head_key(chars: &[char], length: usize) -> u64 {
    let head = chars.iter().take(length).fold(0_u64, |key, &c| (key << 21) | u64::from(u32::from(c)));
    (head << 2) | length as u64 & 3
}

/// One list of distinct folded texts for both sides, and each record's index in it.
fn merge(kind: Kind, left: &TextColumn, right: Option<&TextColumn>) -> (Vec<Box<str>>, Vec<u32>) {
    let mut index: FastMap<Box<str>, u32> = FastMap::default();
    let mut texts: Vec<Box<str>> = Vec::new();
    let mut codes = Vec::with_capacity(left.len() + right.map_or(0, TextColumn::len));
    for column in [Some(left), right].into_iter().flatten() {
        let folded: Vec<Option<Box<str>>> = column.dictionary.par_iter().map(|text| fold(kind, text)).collect();
        let mut map = Vec::with_capacity(folded.len());
        for text in folded {
            map.push(text.map_or(NONE, |text| {
                *index.entry(text).or_insert_with_key(|text| {
                    texts.push(text.clone());
                    u32::try_from(texts.len() - 1).unwrap_or(NONE)
                })
            }));
        }
        codes.extend(column.codes.iter().map(|&c| map.get(c as usize).copied().unwrap_or(NONE)));
    }
    // Numbered by their text, so that nothing depends on the order of rows.
    let mut order: Vec<u32> = (0..u32::try_from(texts.len()).unwrap_or(NONE)).collect();
    order.par_sort_unstable_by(|&a, &b| texts[a as usize].cmp(&texts[b as usize]));
    let mut rank = vec![0_u32; texts.len()];
    for (i, &old) in (0..).zip(&order) {
        rank[old as usize] = i;
    }
    let sorted = order.iter().map(|&i| std::mem::take(&mut texts[i as usize])).collect();
    codes.par_iter_mut().filter(|c| **c != NONE).for_each(|c| *c = rank[*c as usize]);
    (sorted, codes)
}

/// What a cell says, in the one form in which equal values are equal texts; `None` when it says nothing.
fn fold(kind: Kind, text: &str) -> Option<Box<str>> {
    let folded = match kind {
        Kind::Text => fold_text(text),
        Kind::Name if text.chars().any(is_han) => person_name::normalise(text).folded,
        Kind::Name => fold_text(text),
        Kind::Organisation if text.chars().any(is_han) => org_name::parse(text).folded,
        Kind::Organisation => fold_text(text),
        Kind::Date => fold_date(text),
        Kind::Id => match resident_id::read(text) {
            IdReading::Missing => String::new(),
            IdReading::OtherDocument(t) | IdReading::Malformed(t) => {
                t.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
            }
            reading => reading.text().to_owned(),
        },
        Kind::Number => {
            let plain: String = fold_width(text).chars().filter(|c| !matches!(c, ',' | ' ' | '¥' | '$')).collect();
            plain.parse::<f64>().map_or(plain, |n| (n + 0.0).to_string())
        }
        Kind::Exact => fold_width(text).trim().to_owned(),
    };
    (!folded.is_empty()).then(|| folded.into())
}

/// A date as `YYYYMMDD`, unknown parts 0; what is no date keeps its digits, so that a slip can still be seen.
fn fold_date(text: &str) -> String {
    match read_date(text, 2030) {
        Ok(DateReading::Date(date)) => {
            let (year, month, day) = civil(date.first_day);
            match date.precision {
                Precision::Day => format!("{year:04}{month:02}{day:02}"),
                Precision::Month => format!("{year:04}{month:02}00"),
                Precision::Year => format!("{year:04}0000"),
            }
        }
        Ok(_) => String::new(),
        Err(_) => {
            let digits: String = fold_width(text).chars().filter(char::is_ascii_digit).take(8).collect();
            if digits.len() >= 4 { format!("{digits:0<8}") } else { String::new() }
        }
    }
}

fn date_value(text: &str) -> DateValue {
    let digits: [u8; 8] = text.as_bytes().try_into().unwrap_or([b'0'; 8]);
    let number = |from: usize, to: usize| digits[from..to].iter().fold(0_u16, |n, d| n * 10 + u16::from(d - b'0'));
    let part = |from: usize| u8::try_from(number(from, from + 2)).unwrap_or(0);
    DateValue { year: number(0, 4), month: part(4), day: part(6), digits }
}

fn id_value(text: &str) -> IdValue {
    let reading = resident_id::read(text);
    IdValue { valid: reading.valid().is_some(), chars: text.chars().collect(), reading }
}
