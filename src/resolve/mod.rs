//! Which rows are the same unit, and which the same person.
//!
//! `units` then `persons`, each through the same five steps: block, compare, weigh, assign, explain; then units again by what
//! the persons say, until nothing changes. Nothing here knows files or frames: tables in, keys and evidence out. The same inputs give the same result for any thread count and row order.

use std::collections::BTreeMap;

pub(crate) mod assign;
mod block;
pub mod block_notes;
mod candidates;
mod compare;
mod conflicts;
pub mod em;
mod entities;
mod exact;
mod intern;
mod estimate;
pub mod explain;
pub mod frames;
pub(crate) mod hash;
pub mod model;
mod outside;
pub mod pair;
mod persons;
pub mod probe;
mod records;
mod register;
mod residual;
mod rows;
mod swaps;
mod unit_levels;
mod unit_names;
mod unit_outside;
mod unit_places;
mod unit_records;
mod unit_spine;
mod unit_staff;
mod units;
mod values;
mod weigh;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_crowds;
#[cfg(test)]
mod tests_of_structures;

use indexmap::IndexMap;
use rayon::prelude::*;

pub use rows::Rows;
pub use values::looks_at;

use crate::kernel::dates::Month;
use crate::kernel::resident_id::MaskedId;
use crate::kernel::secret::Secret;
use crate::table::{Table, Texts};
use records::Scope;

/// What people have decided about pairs of rows or entities before this run.
#[derive(Debug, Clone, Default)]
pub struct Judgements {
    /// (left key, right key) → same?
    pub persons: BTreeMap<(String, String), bool>,
    pub units: BTreeMap<(String, String), bool>,
}

/// Thresholds of the `[linking]` block.
#[derive(Debug, Clone, Copy)]
pub struct Thresholds {
    /// At or above: linked.
    pub link: f64,
    /// At or above, below `link`: kept as a near miss for review.
    pub review: f64,
    /// Least lead over the runner-up; under it the row stays UNRESOLVED.
    pub margin: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { link: 0.9, review: 0.05, margin: 0.05 }
    }
}

/// One line of a link's evidence: the comparison, both values masked, the level in words, its weight in bits.
#[derive(Debug, Clone, PartialEq)]
pub struct EvidenceLine {
    pub comparison: &'static str,
    pub left: Option<String>,
    pub right: Option<String>,
    /// Slug of the level, such as `id-same`, `name-homophone`.
    pub level: &'static str,
    pub weight: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    Linked,
    NearMiss,
    /// Two candidates too close to choose: nobody is accused on it.
    Unresolved,
}

/// One end of a link: a row of a table, and where the row stands in its file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowEnd {
    pub table: String,
    pub row: u32,
    pub source_file: String,
    /// As the spreadsheet shows it, from 1.
    pub source_row: u32,
}

/// A link or a near miss between a source row (right) and a row of the register or of another source (left).
#[derive(Debug, Clone)]
pub struct Link {
    pub left: RowEnd,
    pub right: RowEnd,
    /// What a judgement on this pair names: (left key, right key), as [`Judgements`] has them.
    pub keys: (String, String),
    /// How it was found: exact-id, repaired-id, name-unit-birth, fuzzy, credit-code, unit-code, name, alias, parsed-name, common-staff.
    pub method: &'static str,
    pub decision: Decision,
    pub prior: f64,
    pub evidence: Vec<EvidenceLine>,
    /// Prior plus weights, in bits.
    pub weight: f64,
    pub probability: f64,
    /// Probability of the best other candidate of the right row; 0 when there is none.
    pub rival: f64,
    /// Probability from which on a pair is linked, in this run.
    pub threshold: f64,
}

/// One real unit.
#[derive(Debug, Clone, Default)]
pub struct Unit {
    /// Stable from month to month: `U` and a hash of its register code, credit code or name, whichever it has first.
    pub key: String,
    pub name: String,
    pub name_folded: String,
    pub code: Option<String>,
    pub credit_code: Option<String>,
    /// As the register of units says; `None` for a unit outside it.
    pub nature: Option<String>,
    pub funding: Option<String>,
    pub status: Option<String>,
    pub in_establishment: bool,
    pub in_registration: bool,
    pub in_payroll: bool,
    pub in_hr: bool,
}

/// One real person, whose key is in [`Resolution::person_keys`]. Name and ID are masked.
#[derive(Debug, Clone, Default)]
pub struct Person {
    /// Number of the name in [`Resolution::masked_names`].
    pub name: Option<u32>,
    pub id_masked: Option<MaskedId>,
    /// Index into [`Resolution::units`] of the unit whose register lists the person.
    pub register_unit: Option<u32>,
    pub in_establishment: bool,
    pub in_payroll: bool,
    pub in_hr: bool,
    /// One sound ID of this person stands with clearly different names.
    pub name_conflict: bool,
    /// Index into [`Resolution::persons`] of somebody with the same name, birth date and unit but another sound ID.
    pub id_conflict: Option<u32>,
}

/// For one row: which unit, how, how surely.
#[derive(Debug, Clone, Copy)]
pub struct UnitOf {
    /// Index into [`Resolution::units`].
    pub unit: Option<u32>,
    pub method: &'static str,
    pub probability: f64,
}

impl UnitOf {
    /// Whether this is a unit of the register.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        self.unit.is_some() && self.method != "outside"
    }
}

/// For one row: which person, how surely, and how near the best rival came.
#[derive(Debug, Clone, Copy)]
pub struct PersonOf {
    /// Index into [`Resolution::persons`]; [`Self::NOBODY`] only for rows with neither name nor ID. Millions of these stand in memory
    /// at once, so it is no `Option`.
    person: u32,
    /// 'A' exact valid ID, 'B' repaired ID, 'C' name and circumstances, 'N' not linked to the establishment register.
    pub grade: char,
    pub probability: f64,
    /// Probability of the best candidate in the establishment register that was not chosen; 0 when there is none.
    pub rival: f64,
}

impl PersonOf {
    const NOBODY: u32 = u32::MAX;

    #[must_use]
    pub fn new(person: Option<u32>, grade: char, probability: f64, rival: f64) -> Self {
        Self { person: person.unwrap_or(Self::NOBODY), grade, probability, rival }
    }
    /// Index into [`Resolution::persons`]; `None` only for rows with neither name nor ID.
    #[must_use]
    pub fn person(&self) -> Option<u32> {
        (self.person != Self::NOBODY).then_some(self.person)
    }
}

/// Everything the linker found.
#[derive(Debug, Default)]
pub struct Resolution {
    pub units: Vec<Unit>,
    pub persons: Vec<Person>,
    /// Their keys, in order: keyed hashes, the same from month to month.
    pub person_keys: Texts,
    /// Names of persons, masked; many are alike.
    pub masked_names: Texts,
    /// Table → one entry a row (rows set aside included), for tables with a unit role.
    pub unit_of: IndexMap<String, Rows<UnitOf>>,
    /// Table → one entry a row, for tables with a person role.
    pub person_of: IndexMap<String, Rows<PersonOf>>,
    pub unit_links: Vec<Link>,
    pub person_links: Vec<Link>,
    /// What blocking did, search by search.
    pub blocks: Vec<block_notes::BlockNote>,
}

/// What resolving needs besides the tables.
#[derive(Debug, Clone)]
pub struct ResolveContext {
    pub period: Month,
    pub secret: Secret,
    pub thresholds: Thresholds,
    pub judgements: Judgements,
}

/// How often persons may send the linker back to the units.
const ROUNDS: usize = 3;

/// Links units, then persons, across all tables.
#[must_use]
pub fn resolve(tables: &IndexMap<String, Table>, context: &ResolveContext) -> Resolution {
    resolve_telling(tables, context, &|_| ())
}

/// The same, telling how many pairs there will be before they are weighed: `payroll: 5123 × ≤41000 (3 crowded)`.
#[must_use]
pub fn resolve_telling(
    tables: &IndexMap<String, Table>,
    context: &ResolveContext,
    tell: &(dyn Fn(&str) + Sync),
) -> Resolution {
    let (units, persons, blocks) = link(tables, context, tell, None);
    let mut resolution = Resolution {
        units: units.units,
        persons: persons.persons,
        person_keys: persons.person_keys,
        masked_names: persons.masked_names,
        unit_of: units.unit_of,
        person_of: persons.person_of,
        unit_links: units.links,
        person_links: persons.links,
        blocks,
    };
    for links in [&mut resolution.unit_links, &mut resolution.person_links] {
        links.par_sort_by(|a, b| (&a.right, &a.left, a.method).cmp(&(&b.right, &b.left, b.method)));
    }
    resolution
}

/// Weighs one pair of rows of person tables as the run would, and says why they are, or are not, one person.
/// `None` when one of the tables has no persons.
#[must_use]
pub fn explain_pair(
    tables: &IndexMap<String, Table>,
    context: &ResolveContext,
    rows: [(&str, usize); 2],
) -> Option<pair::PairReport> {
    link(tables, context, &|_| (), Some(rows)).1.pair
}

type Blocks = Vec<block_notes::BlockNote>;

fn link(
    tables: &IndexMap<String, Table>,
    context: &ResolveContext,
    tell: &(dyn Fn(&str) + Sync),
    watch: Option<[(&str, usize); 2]>,
) -> (units::UnitsFound, persons::PersonsFound, Blocks) {
    let (values, (unit_records, spine)) =
        rayon::join(|| values::read_values(tables, context.period), || unit_spine::read(tables, context.period));
    let table = |name: &str| values.tables.iter().position(|t| t.name == name);
    let watch = watch.and_then(|[a, b]| Some([(table(a.0)?, a.1), (table(b.0)?, b.1)]));
    let ledger = block_notes::Ledger::new(tell);
    let mut matching = units::Matching::first((&unit_records, spine), &values, context);
    let mut units = matching.found();
    let mut linked = persons::link(&values, &units, context, Scope::OpenUnits, &ledger, None, None);
    for _ in 1..ROUNDS {
        let changed = matching.again(&values, &linked);
        if !changed && linked.scope == Scope::All {
            break;
        }
        let kept = linked.keep();
        if changed {
            units = matching.found();
        }
        linked = persons::link(&values, &units, context, Scope::All, &ledger, watch, Some(kept));
    }
    matching.forget();
    let persons = linked.finish();
    units.links = matching.links();
    (units, persons, ledger.notes())
}

/// The key of a person with that sound ID, as every table has it.
#[must_use]
pub fn person_key(secret: &Secret, id: &crate::kernel::resident_id::ResidentId) -> String {
    format!("P{}", secret.key("person", id.reveal()))
}

/// The end of a link at a row of a table.
fn end(name: &str, table: &Table, row: u32) -> RowEnd {
    let origin = &table.origin;
    let file = origin.file.get(row as usize).and_then(|f| origin.files.get(f as usize)).cloned().unwrap_or_default();
    let source_row = origin.row.get(row as usize).copied().unwrap_or(0);
    RowEnd { table: name.to_owned(), row, source_file: file, source_row }
}
