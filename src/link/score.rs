//! The kernel: a pair of records to its pattern of levels. What costly comparisons found is kept in a small table.

use super::compare::{Found, is_costly};
use super::levels::id;
use super::spec::Kind;
use super::values::{Field, NONE, Values};
use crate::kernel::dates::PartialDate;
use crate::kernel::resident_id::Sex;
use crate::resolve::em::SILENT;
use crate::resolve::hash::FastMap;

/// A pattern: four bits a comparison, all ones where it is silent.
pub type Pattern = u64;

/// Slots of a comparison's table of known results.
const SLOTS: usize = 1 << 13;

/// The level of a comparison in a pattern.
#[must_use]
pub fn level_of(pattern: Pattern, comparison: usize) -> u8 {
    let bits = (pattern >> (4 * comparison) & 15) as u8;
    if bits == 15 { SILENT } else { bits }
}

/// The levels of a pattern.
#[must_use]
pub fn unpack(pattern: Pattern, comparisons: usize) -> Vec<u8> {
    (0..comparisons).map(|c| level_of(pattern, c)).collect()
}

#[derive(Clone, Copy)]
struct Slot {
    key: u64,
    found: Found,
}

/// Compares records; one a thread.
pub struct Kernel<'a> {
    fields: &'a [Field],
    /// The resident ID, and the fields that only repeat what it contains.
    contained: &'a Contained,
    tables: Vec<Vec<Slot>>,
    /// Whether organisations are passed over, which take longest to compare.
    pub without_organisations: bool,
    pub found: Vec<Found>,
}

impl<'a> Kernel<'a> {
    #[must_use]
    pub fn new(fields: &'a [Field], contained: &'a Contained) -> Self {
        let empty = Slot { key: u64::MAX, found: Found::SILENT };
        let table = |f: &Field| if is_costly(f.kind) { vec![empty; SLOTS] } else { Vec::new() };
        Self {
            fields,
            contained,
            tables: fields.iter().map(table).collect(),
            without_organisations: false,
            found: vec![Found::SILENT; fields.len()],
        }
    }

    /// Compares two records; what each comparison found stands in `found` afterwards.
    pub fn pattern(&mut self, a: u32, b: u32) -> Pattern {
        let mut pattern = 0;
        for (i, field) in self.fields.iter().enumerate() {
            let (x, y) = (field.codes[a as usize], field.codes[b as usize]);
            let found = if self.without_organisations && field.kind == Kind::Organisation {
                Found::SILENT
            } else {
                known(field, &mut self.tables[i], x.min(y), x.max(y))
            };
            self.found[i] = found;
            pattern |= u64::from(found.level & 15) << (4 * i);
        }
        if self.contained.silences(pattern) {
            for &i in &self.contained.fields {
                self.found[i] = Found::SILENT;
                pattern |= 15 << (4 * i);
            }
        }
        pattern
    }
}

fn known(field: &Field, table: &mut [Slot], x: u32, y: u32) -> Found {
    if y == NONE {
        return Found::SILENT;
    }
    if x == y || table.is_empty() {
        return field.compare(x, y);
    }
    let key = u64::from(x) << 32 | u64::from(y);
    let at = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 51) as usize;
    if table[at].key != key {
        table[at] = Slot { key, found: field.compare(x, y) };
    }
    table[at].found
}

/// What a resident ID contains is not counted a second time: the birth date and the sex, when columns repeat them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contained {
    id: Option<usize>,
    fields: Vec<usize>,
}

impl Contained {
    /// Finds the first column of resident IDs and the columns that repeat what it says.
    #[must_use]
    pub fn learn(fields: &[Field]) -> Self {
        let valid = |field: &Field, record: usize| match (&field.values, field.codes[record]) {
            (Values::Id(values), code) if code != NONE => values[code as usize].reading.valid().copied(),
            _ => None,
        };
        let records = fields.first().map_or(0, |f| f.codes.len());
        let known = |f: &Field| (0..records).filter(|&r| f.has(r)).count();
        let sound = |f: &Field| (0..records).filter(|&r| valid(f, r).is_some()).count();
        let id = (0..fields.len()).find(|&i| fields[i].kind == Kind::Id && sound(&fields[i]) * 2 > known(&fields[i]));
        let Some(id) = id else { return Self::default() };
        let repeats = |field: &Field| match &field.values {
            Values::Date(dates) => {
                let pairs: Vec<bool> = (0..records)
                    .filter(|&r| field.has(r))
                    .filter_map(|r| {
                        let birth = valid(&fields[id], r)?;
                        let date = dates[field.codes[r] as usize];
                        let day = PartialDate::day(date.year.into(), date.month.into(), date.day.into())?;
                        Some(birth.birth_day() == day.first_day)
                    })
                    .collect();
                pairs.iter().filter(|same| **same).count() * 5 > pairs.len() * 4
            }
            Values::Exact | Values::Text(_) if field.texts.len() <= 6 => {
                let mut counts: FastMap<(u32, bool), usize> = FastMap::default();
                for r in (0..records).filter(|&r| field.has(r)) {
                    if let Some(id) = valid(&fields[id], r) {
                        *counts.entry((field.codes[r], id.sex() == Sex::Male)).or_default() += 1;
                    }
                }
                let codes = 0..u32::try_from(field.texts.len()).unwrap_or(0);
                let count = |code: u32, male: bool| counts.get(&(code, male)).copied().unwrap_or(0);
                let fitting: usize = codes.clone().map(|c| count(c, true).max(count(c, false))).sum();
                let both = [true, false].map(|male| codes.clone().max_by_key(|&c| (count(c, male), c)));
                fitting * 10 > counts.values().sum::<usize>() * 9 && both[0] != both[1]
            }
            _ => false,
        };
        Self { id: Some(id), fields: (0..fields.len()).filter(|&i| i != id && repeats(&fields[i])).collect() }
    }

    fn silences(&self, pattern: Pattern) -> bool {
        let Some(id) = self.id else { return false };
        !self.fields.is_empty() && matches!(level_of(pattern, id), 0 | id::SLIP | id::DAMAGED | id::TWO_VALID)
    }
}
