//! What earlier periods said: new, open, worsened, explained, closed, reopened.

use std::collections::{BTreeMap, BTreeSet};

use super::rule::{ColumnType, Rule};
use super::{Catalogue, Finding, OwnValue, PastFinding};
use crate::error::Result;
use crate::kernel::dates::{Month, PartialDate};
use crate::kernel::money::read_money;

/// A finding's row as it was published, its rule's own columns too: column → value as text.
pub type PastRow = BTreeMap<String, Option<String>>;

/// Reads rows of earlier findings. Only those of problems that are gone are asked for: one in ten, and a row is fifty times a finding.
pub trait PublishedRows: std::fmt::Debug + Send + Sync {
    /// The rows of some findings of one earlier month, by anomaly id.
    ///
    /// # Errors
    /// [`crate::error::Fault::Machine`] or [`crate::error::Fault::Reconciliation`] when what is published cannot be read.
    fn rows(&self, period: Month, ids: &BTreeSet<&str>) -> Result<BTreeMap<String, PastRow>>;
}

/// Of periods without a past.
#[derive(Debug)]
pub struct NoRows;

impl PublishedRows for NoRows {
    fn rows(&self, _: Month, _: &BTreeSet<&str>) -> Result<BTreeMap<String, PastRow>> {
        Ok(BTreeMap::new())
    }
}

/// The latest word on every problem before this period.
#[derive(Debug)]
pub struct History<'a> {
    latest: BTreeMap<&'a str, &'a PastFinding>,
}

/// Where a problem stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub status: &'static str,
    /// When it was first found; a problem that comes back keeps the month of its first time.
    pub first_period: Month,
    /// Periods running in which it was found, this one included.
    pub periods_open: i32,
}

impl<'a> History<'a> {
    /// From past findings; those of `period` and later do not count.
    #[must_use]
    pub fn new(past: &'a [PastFinding], period: Month) -> Self {
        let mut latest: BTreeMap<&str, &PastFinding> = BTreeMap::new();
        for finding in past.iter().filter(|f| f.period < period) {
            let known = latest.entry(&finding.anomaly_id).or_insert(finding);
            if known.period < finding.period {
                *known = finding;
            }
        }
        Self { latest }
    }

    /// Where a problem found now stands.
    #[must_use]
    pub fn standing(&self, anomaly_id: &str, measure: Option<f64>, period: Month) -> Standing {
        let Some(past) = self.latest.get(anomaly_id) else {
            return Standing { status: "new", first_period: period, periods_open: 1 };
        };
        let first_period = past.first_period;
        if past.status == "closed" {
            return Standing { status: "reopened", first_period, periods_open: 1 };
        }
        // A fen is the smallest step of any measure.
        let worse = matches!((past.measure, measure), (Some(then), Some(now)) if now - then > 0.005);
        // Whether a document still excuses it is for `known` to say.
        let status = if worse { "worsened" } else { "open" };
        Standing { status, first_period, periods_open: past.periods_open.saturating_add(1) }
    }

    /// Closing rows: problems of rules that ran and did not find them any more. Each is closed once.
    ///
    /// # Errors
    /// Those of [`PublishedRows::rows`].
    pub fn closed(
        &self,
        found: &BTreeSet<&str>,
        ran: &BTreeSet<&str>,
        catalogue: &Catalogue,
        published: &dyn PublishedRows,
    ) -> Result<Vec<Finding>> {
        let gone = |past: &&&PastFinding| {
            past.status != "closed" && !found.contains(past.anomaly_id.as_str()) && ran.contains(past.rule.as_str())
        };
        let mut months: BTreeMap<Month, Vec<&PastFinding>> = BTreeMap::new();
        for past in self.latest.values().filter(gone) {
            months.entry(past.period).or_default().push(past);
        }
        let mut closed = Vec::new();
        for (period, gone) in months {
            let ids: BTreeSet<&str> = gone.iter().map(|past| past.anomaly_id.as_str()).collect();
            let rows = published.rows(period, &ids)?;
            closed.extend(gone.into_iter().filter_map(|past| {
                let rule = catalogue.rules.iter().find(|r| r.code == past.rule)?;
                Some(closing_row(past, rows.get(&past.anomaly_id)?, rule))
            }));
        }
        Ok(closed)
    }
}

/// The last published row of a problem, closed: no money is at stake any more, and the rows it rested on are gone.
fn closing_row(past: &PastFinding, row: &PastRow, rule: &Rule) -> Finding {
    let text = |name: &str| row.get(name).cloned().flatten();
    let own = |(name, kind): (&String, ColumnType)| (name.clone(), own_value(kind, text(name).as_deref()));
    Finding {
        anomaly_id: past.anomaly_id.clone(),
        rule: rule.code.clone(),
        slug: rule.slug.clone(),
        category: rule.category.clone(),
        severity: text("severity").unwrap_or_else(|| rule.severity.clone()),
        status: "closed".to_owned(),
        confidence: text("confidence").and_then(|t| t.parse().ok()).unwrap_or(1.0),
        unit_key: text("unit_key"),
        unit_name: text("unit_name"),
        person_key: text("person_key"),
        person_name: text("person_name"),
        resident_id: text("resident_id"),
        object_key: text("object_key"),
        message_zh: text("message_zh").unwrap_or_default(),
        message_en: text("message_en").unwrap_or_default(),
        amount: None,
        measure: None,
        evidence: [].into(),
        facts: String::new(),
        legal_basis: text("legal_basis").unwrap_or_default(),
        first_period: past.first_period,
        periods_open: past.periods_open,
        own: rule.columns.iter().map(|(n, c)| own((n, c.kind))).collect(),
    }
}

fn own_value(kind: ColumnType, text: Option<&str>) -> OwnValue {
    match kind {
        ColumnType::Text => OwnValue::Text(text.map(str::to_owned)),
        ColumnType::Integer => OwnValue::Integer(text.and_then(|t| t.parse().ok())),
        ColumnType::Float => OwnValue::Float(text.and_then(|t| t.parse().ok())),
        ColumnType::Money => OwnValue::Money(text.and_then(|t| read_money(t, 1).ok().flatten())),
        ColumnType::Date => OwnValue::Date(text.and_then(day_of)),
    }
}

/// Days since 1970-01-01 of `2026-10-31`.
fn day_of(text: &str) -> Option<i32> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    Some(PartialDate::day(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?.day_min())
}
