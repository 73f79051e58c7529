//! Rules over canonical and resolved tables: one SQL file each, run by an [`engine::Engine`], turned into findings with
//! their evidence, a stable id, and what earlier periods said of them.
//!
//! `catalogue` loads the rules (`front` and `metadata` read a file, `portability` reads its SQL) and tells every mistake at
//! once; `polars_engine` is the first `engine`, its `columns` made on demand and `keys` numbered; `finding` turns result rows into findings, looked up in `world`, with `evidence`, `message`,
//! `fingerprint` and `history`; `output` makes the published tables, `docs` the catalogue for people. `resolved` holds the
//! columns of the frames that rules see besides the canonical ones, `past` what they see of earlier periods, `known` what people
//! have said of findings, `kept` what an answer rests on. `literals` writes parameters into a query, `suppression`
//! counts what was excused, `why_not` finds the condition that kept somebody out, `explosion` stops what would not end.

pub mod catalogue;
mod columns;
pub mod docs;
pub mod engine;
pub mod evidence;
mod explosion;
pub mod fingerprint;
mod finding;
mod front;
pub mod history;
mod keys;
pub mod kept;
pub mod known;
mod literals;
pub mod message;
mod metadata;
pub mod output;
pub mod past;
pub mod polars_engine;
pub mod portability;
pub mod resolved;
pub mod rule;
mod run;
pub mod suppression;
pub mod why_not;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::error::Result;
use crate::kernel::dates::Month;
use crate::table::{EvidenceCell, Frame};

pub use catalogue::Catalogue;
pub use keys::holds_keys;
pub use rule::{Label, Rule};

/// Which of a text's two languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Zh,
    En,
}

/// A rule parameter's value as the pipeline file sets it.
#[derive(Debug, Clone, PartialEq)]
pub enum ParameterValue {
    Integer(i64),
    Float(f64),
    Text(String),
    Bool(bool),
}

/// A finding of an earlier period, as published.
#[derive(Debug, Clone, PartialEq)]
pub struct PastFinding {
    pub anomaly_id: String,
    pub period: Month,
    pub rule: String,
    pub status: String,
    pub first_period: Month,
    pub periods_open: i32,
    /// The rule's own measure (excess persons, months, yuan), for "worsened".
    pub measure: Option<f64>,
}

/// What detection needs besides frames and rules.
#[derive(Debug, Clone)]
pub struct DetectContext {
    pub period: Month,
    pub run_id: String,
    /// Rule code → parameter → value, from the pipeline file.
    pub parameters: BTreeMap<String, BTreeMap<String, ParameterValue>>,
    /// Rules switched off in the pipeline file.
    pub disabled: BTreeSet<String>,
    /// Tables that have a feed this period. A rule whose feed is absent does not run, and says so.
    pub feeds: BTreeSet<String>,
    pub history: Vec<PastFinding>,
    /// Where the rows of those findings are to be had.
    pub published: Arc<dyn history::PublishedRows>,
    /// What people said of findings before this run.
    pub known: known::Known,
    /// Earlier periods of the tables that rules look back at.
    pub past: past::Past,
    /// No rule may return more rows than this; over it the rule is stopped and reported.
    pub row_cap: usize,
}

/// One finding under the common columns of docs/contract.md section 3, and its rule's own.
#[derive(Debug, Clone)]
pub struct Finding {
    pub anomaly_id: String,
    pub rule: String,
    pub slug: String,
    pub category: String,
    pub severity: String,
    pub status: String,
    pub confidence: f64,
    pub unit_key: Option<String>,
    pub unit_name: Option<String>,
    pub person_key: Option<String>,
    pub person_name: Option<String>,
    pub resident_id: Option<String>,
    /// Tells several findings of one unit or person apart.
    pub object_key: Option<String>,
    pub message_zh: String,
    pub message_en: String,
    /// Fen.
    pub amount: Option<i64>,
    pub measure: Option<f64>,
    pub evidence: Arc<[EvidenceCell]>,
    /// Digest of the facts it rests on; empty in a closing row. Not published.
    pub facts: String,
    pub legal_basis: String,
    pub first_period: Month,
    pub periods_open: i32,
    /// The rule's own columns, in its declared order.
    pub own: Vec<(String, OwnValue)>,
}

/// A value of a rule's own column.
#[derive(Debug, Clone, PartialEq)]
pub enum OwnValue {
    Text(Option<String>),
    Integer(Option<i64>),
    Float(Option<f64>),
    /// Fen.
    Money(Option<i64>),
    /// Days since 1970-01-01.
    Date(Option<i32>),
}

/// What became of one rule in one run.
#[derive(Debug, Clone, serde::Serialize)]
pub struct RuleRun {
    pub rule: String,
    pub ran: bool,
    /// `ran`, `not run: no feed (deaths)`, `not run: no history (payroll)`, `switched off`, `stopped: more than N rows`,
    /// `preview` for a rule that is only counted.
    pub outcome: String,
    /// Rows of the rule's input tables.
    pub rows_examined: u64,
    pub findings: u64,
    /// Findings that tables which excuse kept silent.
    pub suppressed: u64,
    /// Which, by table: `absence_reasons=12; rejected_rows=1`.
    pub suppressed_by: String,
    pub seconds: f64,
}

/// Everything detection found.
#[derive(Debug, Default)]
pub struct Detected {
    /// Sorted by rule, unit key, person key, anomaly id.
    pub findings: Vec<Finding>,
    pub rule_runs: Vec<RuleRun>,
    /// Findings that stand in the data but are quiet, for somebody judged their facts to be no problem.
    pub quiet: Vec<String>,
}

impl DetectContext {
    /// A period without parameters, feeds or history.
    #[must_use]
    pub fn empty(period: Month) -> Self {
        Self {
            period,
            run_id: String::new(),
            parameters: BTreeMap::new(),
            disabled: BTreeSet::new(),
            feeds: BTreeSet::new(),
            history: Vec::new(),
            published: Arc::new(history::NoRows),
            known: known::Known::default(),
            past: past::Past::default(),
            row_cap: 1_000_000,
        }
    }
}

/// Runs every rule of the catalogue over the frames.
///
/// # Errors
/// A [`crate::error::Fault::Configuration`] listing every rule the engine refuses.
pub fn detect(catalogue: &Catalogue, frames: &[Frame], context: &DetectContext) -> Result<Detected> {
    run::detect(catalogue, frames, context)
}

/// The same, asking the engine only what `keeper` has no answer to. `digests` are those of the frames, by their order.
///
/// # Errors
/// As [`detect`].
pub fn detect_keeping(
    catalogue: &Catalogue,
    frames: &[Frame],
    digests: &[crate::table::digest::FrameDigest],
    context: &DetectContext,
    keeper: &dyn kept::Keeper,
) -> Result<Detected> {
    run::detect_keeping(catalogue, frames, digests, context, keeper)
}

/// Follows a person or unit through one rule's query: the first condition that did not hold.
///
/// # Errors
/// [`crate::error::Fault::Configuration`] when the rule does not run on these frames.
pub fn why_not(
    catalogue: &Catalogue,
    rule: &Rule,
    key: &str,
    frames: &[Frame],
    context: &DetectContext,
) -> Result<why_not::WhyNot> {
    run::why_not(catalogue, rule, key, frames, context)
}

/// `anomalies`, one table per category (always all five, empty ones too) and `rule_runs`, ready to publish.
#[must_use]
pub fn frames(detected: &Detected, catalogue: &Catalogue, context: &DetectContext) -> Vec<Frame> {
    output::frames(detected, catalogue, context)
}
