//! What people have said of findings before this run: excused by a document until a day, or held to be no problem as long as
//! their facts stay the same.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::Finding;
use super::rule::Rule;
use crate::kernel::secret::hex;
use crate::table::Schemas;
use crate::table::schema::Kind;

/// Decisions on findings, by anomaly id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The last day on which a document excuses the finding, days since 1970-01-01.
    pub explained: BTreeMap<String, i32>,
    /// The facts that were judged to be no problem, as [`facts`] names them.
    pub quiet: BTreeMap<String, String>,
}

/// Units in which a measure grows by itself as time goes by.
const OF_TIME: [&str; 6] = ["days", "weeks", "months", "years", "periods", "yuan"];

/// A digest of what a finding rests on: its severity and the words, codes and dates of its evidence.
///
/// What moves by itself from month to month is left out, or nothing would ever stay quiet: amounts, counts and month columns
/// of the evidence, where its rows stand, and a measure of time or money. A measure of posts or persons counts.
#[must_use]
pub fn facts(rule: &Rule, finding: &Finding, schemas: &Schemas) -> String {
    let moving = |table: &str, column: &str| {
        let kind = schemas.get(table).and_then(|s| s.field(column)).and_then(|f| f.kind);
        matches!(kind, None | Some(Kind::Money | Kind::Integer | Kind::Month))
    };
    let cells = finding.evidence.iter().filter(|c| !moving(&c.table, &c.column));
    let cells: BTreeSet<[&str; 3]> = cells.filter_map(|c| Some([&*c.table, &*c.column, c.value.as_deref()?])).collect();
    let mut digest = Sha256::new();
    let mut add = |text: &str| {
        digest.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
        digest.update(text.as_bytes());
    };
    add(&finding.rule);
    add(&finding.severity);
    cells.iter().flatten().for_each(|text| add(text));
    if let Some(measure) = finding.measure.filter(|_| !is_of_time(rule)) {
        add(&measure.to_string());
    }
    hex(&digest.finalize()[..10])
}

fn is_of_time(rule: &Rule) -> bool {
    let name = rule.measure.as_deref().unwrap_or_default();
    let unit = rule.columns.get(name).and_then(|c| c.unit.as_deref());
    name == "amount" || unit.is_some_and(|u| OF_TIME.contains(&u))
}

impl Known {
    /// Takes away what is to be quiet, marks what is excused on `as_of`; the ids that were taken away.
    pub fn apply(&self, findings: &mut Vec<Finding>, as_of: i32) -> Vec<String> {
        let quiet = |f: &Finding| self.quiet.get(&f.anomaly_id) == Some(&f.facts);
        let silenced = findings.iter().filter(|f| quiet(f)).map(|f| f.anomaly_id.clone()).collect();
        findings.retain(|f| !quiet(f));
        for finding in findings {
            let excused = self.explained.get(&finding.anomaly_id).is_some_and(|until| as_of <= *until);
            // What got worse is more than the document knew of.
            if excused && finding.status != "worsened" {
                finding.status = "explained".to_owned();
            }
        }
        silenced
    }
}
