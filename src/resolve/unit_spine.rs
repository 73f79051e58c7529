//! The establishment register of units as the spine: what a unit may be found by.

use std::cell::RefCell;

use indexmap::IndexMap;
use rayon::prelude::*;

use super::hash::{FastMap, content_hash};
use super::unit_records::{Role, UnitRecords};
use super::values::NONE;
use crate::kernel::dates::Month;
use crate::kernel::org_name;
use crate::table::Table;

/// One unit of the register.
#[derive(Debug, Clone)]
pub(super) struct SpineUnit {
    /// Its first record and all of them.
    pub record: u32,
    pub records: Vec<u32>,
    pub code: Option<String>,
    pub credit: Option<String>,
    pub credit_text: String,
    pub name: u32,
    /// Other names: (name, in force).
    pub aliases: Vec<(u32, bool)>,
    pub key: String,
}

/// The register's units and the ways to find them.
#[derive(Debug, Default)]
pub(super) struct Spine {
    pub units: Vec<SpineUnit>,
    pub by_code: FastMap<String, u32>,
    /// Codes with leading zeros gone, as spreadsheets leave them; `NONE` where two units would share one.
    by_short_code: FastMap<String, u32>,
    pub by_credit: FastMap<String, Vec<u32>>,
    /// Folded names and aliases.
    pub by_name: FastMap<String, Vec<u32>>,
    /// Parsed keys of names and aliases.
    by_key: FastMap<String, Vec<u32>>,
    bigrams: Bigrams,
}

/// The key of a unit: a hash of whichever it has first of register code, credit code, folded name.
pub(super) fn unit_key(code: Option<&str>, credit: Option<&str>, folded: &str) -> String {
    let (kind, value) = match (code, credit) {
        (Some(code), _) => ("code", code),
        (None, Some(credit)) => ("credit", credit),
        (None, None) => ("name", folded),
    };
    format!("U{}", content_hash(&["unit", kind, value], 6))
}

/// The records of all unit tables, and the spine that the register among them makes.
pub(super) fn read(tables: &IndexMap<String, Table>, period: Month) -> (UnitRecords<'_>, Spine) {
    let records = super::unit_records::read(tables, period);
    let spine = Spine::build(&records);
    (records, spine)
}

impl Spine {
    /// From the records of the register tables and of the alias tables.
    fn build(records: &UnitRecords<'_>) -> Self {
        let mut spine = Self::default();
        let mut by_identity: FastMap<String, u32> = FastMap::default();
        let numbered = (0..).zip(&records.list);
        let mut sorted: Vec<(u32, _)> =
            numbered.filter(|(_, r)| r.role == Role::Register && r.says_something()).collect();
        sorted.sort_by_key(|(_, r)| (r.code.as_deref(), records.names.folded(r.name), r.credit.text(), r.table, r.row));
        for (number, record) in sorted {
            let folded = records.names.folded(record.name);
            let key = unit_key(record.code.as_deref(), record.credit.valid(), folded);
            let next = u32::try_from(spine.units.len()).unwrap_or(NONE);
            let unit = *by_identity.entry(key.clone()).or_insert(next);
            if unit == next {
                spine.units.push(SpineUnit {
                    record: number,
                    records: Vec::new(),
                    code: record.code.clone(),
                    credit: record.credit.valid().map(str::to_owned),
                    credit_text: record.credit.text().to_owned(),
                    name: record.name,
                    aliases: Vec::new(),
                    key,
                });
            }
            let entry = &mut spine.units[unit as usize];
            entry.records.push(number);
            // A second row of the same code under another name keeps that name as another way to find the unit.
            let others = record.others.iter().copied().chain((record.name != entry.name).then_some(record.name));
            let new: Vec<u32> = others.filter(|&n| n != NONE).collect();
            entry.aliases.extend(new.into_iter().map(|n| (n, true)));
        }
        spine.index_codes();
        spine.add_aliases(records);
        spine.index_names(records);
        spine
    }

    fn index_codes(&mut self) {
        for (number, unit) in (0..).zip(&self.units) {
            if let Some(code) = &unit.code {
                self.by_code.insert(code.clone(), number);
                let short = code.trim_start_matches('0').to_owned();
                self.by_short_code.entry(short).and_modify(|n| *n = NONE).or_insert(number);
            }
            if let Some(credit) = &unit.credit {
                self.by_credit.entry(credit.clone()).or_default().push(number);
            }
        }
    }

    fn add_aliases(&mut self, records: &UnitRecords<'_>) {
        let mut by_name: FastMap<&str, Vec<u32>> = FastMap::default();
        for (number, unit) in (0..).zip(&self.units) {
            by_name.entry(records.names.folded(unit.name)).or_default().push(number);
        }
        let mut found = Vec::new();
        for row in &records.aliases {
            let record = &records.list[row.record as usize];
            let by_code = record.code.as_deref().and_then(|c| self.by_code.get(c).copied());
            let alone = |units: &Vec<u32>| (units.len() == 1).then(|| units[0]);
            let unit = by_code.or_else(|| by_name.get(records.names.folded(record.name)).and_then(alone));
            found.extend(unit.filter(|_| row.alias != NONE).map(|u| (u, row.alias, row.in_force)));
        }
        for (unit, alias, in_force) in found {
            self.units[unit as usize].aliases.push((alias, in_force));
        }
        for unit in &mut self.units {
            unit.aliases.sort_unstable_by_key(|&(name, in_force)| (name, !in_force));
            unit.aliases.dedup_by_key(|a| a.0);
        }
    }

    fn index_names(&mut self, records: &UnitRecords<'_>) {
        let numbered = self.units.par_iter().enumerate().map(|(number, unit)| {
            let names = std::iter::once(unit.name).chain(unit.aliases.iter().map(|a| a.0));
            let parsed = names.filter_map(|name| records.names.get(name));
            let number = u32::try_from(number).unwrap_or(NONE);
            parsed.map(|p| (number, p.folded.clone(), org_name::keys(p), bigrams(&p.folded))).collect::<Vec<_>>()
        });
        let read: Vec<Vec<(u32, String, Vec<String>, Vec<u64>)>> = numbered.collect();
        for (number, folded, keys, pairs) in read.into_iter().flatten() {
            push_once(self.by_name.entry(folded).or_default(), number);
            for key in keys {
                push_once(self.by_key.entry(key).or_default(), number);
            }
            self.bigrams.add(number, &pairs);
        }
    }

    pub(super) fn of_code(&self, code: &str) -> Option<u32> {
        let short = || self.by_short_code.get(code.trim_start_matches('0')).copied().filter(|&n| n != NONE);
        self.by_code.get(code).copied().or_else(short)
    }

    /// Units with a name or alias that folds to this.
    pub(super) fn of_name(&self, folded: &str) -> &[u32] {
        if folded.is_empty() { &[] } else { self.by_name.get(folded).map_or(&[], Vec::as_slice) }
    }

    /// Units sharing a parsed key, and those whose characters are nearest.
    pub(super) fn alike(&self, name: &org_name::OrgName) -> Vec<u32> {
        let mut found: Vec<u32> = org_name::keys(name)
            .iter()
            .filter_map(|k| self.by_key.get(k))
            .filter(|u| u.len() <= 50)
            .flatten()
            .copied()
            .collect();
        found.extend(SCORES.with_borrow_mut(|scores| self.bigrams.nearest(&name.folded, 8, scores)));
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn push_once(list: &mut Vec<u32>, value: u32) {
    if list.last() != Some(&value) {
        list.push(value);
    }
}

/// Scores by unit, kept by a thread from one name to the next.
#[derive(Debug, Default)]
struct Scores {
    by_unit: Vec<u32>,
    touched: Vec<u32>,
    /// Room for ranking.
    ranked: Vec<u32>,
}

impl Scores {
    fn add(&mut self, unit: u32, weight: u32) {
        let at = unit as usize;
        if at >= self.by_unit.len() {
            self.by_unit.resize(at + 1, 0);
        }
        if self.by_unit[at] == 0 {
            self.touched.push(unit);
        }
        self.by_unit[at] += weight;
    }

    /// The score of that rank among those that scored, 0 where there are not so many.
    fn of_rank(&mut self, rank: usize) -> u32 {
        let Self { by_unit, touched, ranked } = self;
        if touched.len() < rank {
            return 0;
        }
        ranked.clear();
        ranked.extend(touched.iter().map(|&unit| by_unit[unit as usize]));
        *ranked.select_nth_unstable_by(rank - 1, |a, b| b.cmp(a)).1
    }

    /// (score, unit) of all units that scored; the scores are then zero again.
    fn take(&mut self) -> Vec<(u32, u32)> {
        let Self { by_unit, touched, .. } = self;
        touched.drain(..).map(|unit| (std::mem::take(&mut by_unit[unit as usize]), unit)).collect()
    }
}

thread_local! {
    static SCORES: RefCell<Scores> = RefCell::default();
}

/// Character pairs of names, rare ones weighing more.
#[derive(Debug, Default)]
struct Bigrams {
    units: FastMap<u64, Vec<u32>>,
    names: u32,
}

fn bigrams(folded: &str) -> Vec<u64> {
    let pair = |(a, b): (char, char)| u64::from(u32::from(a)) << 32 | u64::from(u32::from(b));
    let mut found: Vec<u64> = folded.chars().zip(folded.chars().skip(1)).map(pair).collect();
    found.sort_unstable();
    found.dedup();
    found
}

impl Bigrams {
    fn add(&mut self, unit: u32, pairs: &[u64]) {
        self.names += 1;
        for &pair in pairs {
            push_once(self.units.entry(pair).or_default(), unit);
        }
    }

    /// Up to `limit` units with the most weight in common, all that tie with the last included.
    ///
    /// The rarest pairs are asked first. As soon as `limit` units have more than all the pairs left over could give, units met only in
    /// those cannot come in any more, and those pairs, which are the long lists, are only looked into for the units met so far.
    fn nearest(&self, folded: &str, limit: usize, scores: &mut Scores) -> Vec<u32> {
        let weighed = |pair: &u64| {
            let units = self.units.get(pair)?;
            let holders = u32::try_from(units.len()).unwrap_or(u32::MAX);
            let everywhere = holders > 200 && holders * 5 > self.names;
            // Whole numbers, so that the sum does not depend on order.
            let weight = (self.names + 1).div_ceil(holders).ilog2() + 1;
            (!everywhere).then_some((weight, units))
        };
        let mut pairs: Vec<(u32, &Vec<u32>)> = bigrams(folded).iter().filter_map(weighed).collect();
        pairs.sort_by_key(|(weight, units)| (std::cmp::Reverse(*weight), units.len()));
        let mut left: u32 = pairs.iter().map(|p| p.0).sum();
        let mut asked = 0;
        let mut least = 0;
        // Looking into a list costs about as much as reading eight units of it.
        while asked < pairs.len() && (least <= left || pairs[asked].1.len() < 8 * scores.touched.len()) {
            let (weight, units) = pairs[asked];
            units.iter().for_each(|&unit| scores.add(unit, weight));
            if least <= left {
                least = scores.of_rank(limit);
            }
            (left, asked) = (left - weight, asked + 1);
        }
        let mut ranked = scores.take();
        ranked.retain_mut(|(score, unit)| {
            let mut left = left;
            for &(weight, units) in &pairs[asked..] {
                if *score + left < least {
                    return false;
                }
                *score += if units.binary_search(unit).is_ok() { weight } else { 0 };
                left -= weight;
            }
            *score >= least
        });
        if ranked.len() > limit {
            let (_, &mut least, _) = ranked.select_nth_unstable_by(limit - 1, |a, b| b.cmp(a));
            ranked.retain(|r| r.0 >= least.0);
        }
        ranked.sort_unstable_by(|a, b| b.cmp(a));
        ranked.into_iter().take(limit * 4).map(|r| r.1).collect()
    }
}
