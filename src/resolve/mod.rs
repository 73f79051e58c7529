//! Which rows are the same unit, and which the same person.
//!
//! `units` then `persons`, each through the same five steps: block, compare, weigh, assign, explain. Nothing here knows
//! files or frames: tables in, keys and evidence out. The same inputs give the same result for any thread count and row order.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::kernel::dates::Month;
use crate::kernel::secret::Secret;
use crate::table::Table;

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

/// A link or a near miss between a source row (right) and a row of the register or of another source (left).
#[derive(Debug, Clone)]
pub struct Link {
    pub left_table: String,
    pub left_row: u32,
    pub right_table: String,
    pub right_row: u32,
    /// How it was found: exact-id, repaired-id, name-unit-birth, fuzzy, credit-code, unit-code, name, alias, parsed-name, common-staff.
    pub method: &'static str,
    pub decision: Decision,
    pub prior: f64,
    pub evidence: Vec<EvidenceLine>,
    /// Prior plus weights, in bits.
    pub weight: f64,
    pub probability: f64,
}

/// One real unit.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Stable from month to month: `U` and a hash of its register code, credit code or name, whichever it has first.
    pub key: String,
    pub name: String,
    pub code: Option<String>,
    pub credit_code: Option<String>,
    /// Rows that are this unit's own: (table, row).
    pub members: Vec<(String, u32)>,
}

/// One real person. The key is a keyed hash.
#[derive(Debug, Clone)]
pub struct Person {
    pub key: String,
    pub members: Vec<(String, u32)>,
}

/// For one row: which unit, how, how surely.
#[derive(Debug, Clone, Copy)]
pub struct UnitOf {
    /// Index into [`Resolution::units`].
    pub unit: Option<u32>,
    pub method: &'static str,
    pub probability: f64,
}

/// For one row: which person, how surely, and how near the best rival came.
#[derive(Debug, Clone, Copy)]
pub struct PersonOf {
    /// Index into [`Resolution::persons`]; `None` only for rows with neither name nor ID.
    pub person: Option<u32>,
    /// 'A' exact valid ID, 'B' repaired ID, 'C' name and circumstances, 'N' not linked to the establishment register.
    pub grade: char,
    pub probability: f64,
    /// Probability of the best candidate in the establishment register that was not chosen; 0 when there is none.
    pub rival: f64,
}

/// Everything the linker found.
#[derive(Debug, Default)]
pub struct Resolution {
    pub units: Vec<Unit>,
    pub persons: Vec<Person>,
    /// Table → one entry a row (rows set aside included), for tables with a unit role.
    pub unit_of: IndexMap<String, Vec<UnitOf>>,
    /// Table → one entry a row, for tables with a person role.
    pub person_of: IndexMap<String, Vec<PersonOf>>,
    pub unit_links: Vec<Link>,
    pub person_links: Vec<Link>,
}

/// What resolving needs besides the tables.
#[derive(Debug, Clone)]
pub struct ResolveContext {
    pub period: Month,
    pub secret: Secret,
    pub thresholds: Thresholds,
    pub judgements: Judgements,
}

/// Links units, then persons, across all tables.
#[must_use]
pub fn resolve(tables: &IndexMap<String, Table>, context: &ResolveContext) -> Resolution {
    todo!("{tables:?}{context:?}")
}
