//! The monthly balance: opening + new + reopened − closed − unfounded = closing, by class and unit; and how often rules are right.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::settings::Settings;
use super::state::State;
use super::store::{Filter, Standing, Step, Store};
use crate::error::{Fault, Result};
use crate::kernel::dates::Month;

/// A class and unit in a month.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Line {
    pub class: String,
    pub unit_key: Option<String>,
    pub unit_name: Option<String>,
    pub opening: i64,
    pub new: i64,
    pub reopened: i64,
    pub closed: i64,
    pub unfounded: i64,
    pub closing: i64,
}

impl Line {
    fn add(&mut self, step: &Step, of_month: bool) {
        if of_month {
            self.new += step.opened;
            self.reopened += step.reopened;
            self.closed += step.closed;
            self.unfounded += step.unfounded;
        } else {
            self.opening += step.opened + step.reopened - step.closed - step.unfounded;
        }
        self.closing += step.opened + step.reopened - step.closed - step.unfounded;
        if self.unit_name.is_none() {
            self.unit_name.clone_from(&step.unit_name);
        }
    }
    fn is_empty(&self) -> bool {
        [self.opening, self.new, self.reopened, self.closed, self.unfounded, self.closing].iter().all(|n| *n == 0)
    }
}

/// The balance of a month.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Balance {
    pub month: String,
    /// By class, then unit.
    pub lines: Vec<Line>,
    pub total: Line,
}

/// The balance of a month, with steps that are about to be taken, held against the cases that are open.
///
/// # Errors
/// [`Fault::Reconciliation`] when the steps do not add up to the cases that stand open at the end of the month.
pub fn balance(store: &dyn Store, month: Month, coming: &[Step]) -> Result<Balance> {
    let month = month.to_string();
    let steps = store.steps(&month)?;
    let mut standing: BTreeMap<(String, Option<String>), i64> = BTreeMap::new();
    for Standing { class, unit_key, open } in store.standing(&month)? {
        standing.insert((class, unit_key), open);
    }
    let coming = coming.iter().filter(|s| s.month <= month);
    for step in coming.clone() {
        *standing.entry((step.class.clone(), step.unit_key.clone())).or_default() +=
            step.opened + step.reopened - step.closed - step.unfounded;
    }
    let mut lines: BTreeMap<(String, Option<String>), Line> = BTreeMap::new();
    for step in steps.iter().chain(coming) {
        let key = (step.class.clone(), step.unit_key.clone());
        let line = lines.entry(key).or_insert_with(|| Line {
            class: step.class.clone(),
            unit_key: step.unit_key.clone(),
            ..Line::default()
        });
        line.add(step, step.month == month);
    }
    let keys: BTreeSet<&(String, Option<String>)> = lines.keys().chain(standing.keys()).collect();
    for key in keys {
        let (added, found) = (lines.get(key).map_or(0, |l| l.closing), standing.get(key).copied().unwrap_or_default());
        if added != found {
            let unit = key.1.as_deref().unwrap_or("—");
            return Err(Fault::Reconciliation(format!(
                "ledger, {month}: class {}, unit {unit}: the steps add up to {added} open cases, {found} are open; \
                 run hedui ledger verify",
                key.0
            )));
        }
    }
    let lines: Vec<Line> = lines.into_values().filter(|l| !l.is_empty()).collect();
    let mut total = Line::default();
    for l in &lines {
        total.opening += l.opening;
        total.new += l.new;
        total.reopened += l.reopened;
        total.closed += l.closed;
        total.unfounded += l.unfounded;
        total.closing += l.closing;
    }
    Ok(Balance { month, lines, total })
}

/// How often a rule was right, among what was checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Precision {
    pub rule: String,
    /// Cases with a verdict.
    pub checked: u64,
    /// Confirmed, wholly or partly.
    pub confirmed: u64,
    pub data_error: u64,
    pub not_confirmed: u64,
    /// Whether the rule is to be looked at.
    pub review: bool,
}

/// Verdicts by rule. A case that was judged more than once counts with its last verdict; what a rerun withdrew was judged by nobody and does not count.
///
/// # Errors
/// As [`Store::cases`].
pub fn precision(store: &dyn Store, settings: &Settings) -> Result<Vec<Precision>> {
    let mut rules: BTreeMap<String, Precision> = BTreeMap::new();
    store.cases(&Filter::default(), &mut |case| {
        let (Some(rule), Some(verdict)) = (case.opening.rule, case.last_verdict) else { return Ok(()) };
        let p = rules.entry(rule.clone()).or_insert_with(|| Precision { rule, ..Precision::default() });
        p.checked += 1;
        match verdict {
            State::Confirmed | State::PartlyConfirmed => p.confirmed += 1,
            State::DataError => p.data_error += 1,
            _ => p.not_confirmed += 1,
        }
        Ok(())
    })?;
    let mut rules: Vec<Precision> = rules.into_values().collect();
    for p in &mut rules {
        let floor = u64::from(settings.precision_floor_percent);
        p.review = p.checked >= settings.precision_checked && p.confirmed * 100 < p.checked * floor;
    }
    Ok(rules)
}
