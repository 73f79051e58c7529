//! What people decided, for the next run: judgements on links, findings excused by a document, findings that are to stay quiet.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::case::Judged;
use super::event::day_of;
use super::reasons::{WITHDRAWN, reason_of};
use super::state::{Move, State};
use super::store::{Filter, Store};
use crate::error::Result;
use crate::kernel::secret::hex;

/// A judgement on a pair: the body of a record `link:…`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LinkJudgement {
    /// person or unit.
    pub kind: String,
    pub left: String,
    pub right: String,
    /// Whether they are the same; nothing takes an earlier judgement back.
    pub same: Option<bool>,
    /// The published link it was made on.
    pub link: String,
}

impl LinkJudgement {
    /// The id of its record: the same for the pair whichever way round it is written.
    #[must_use]
    pub fn record_id(&self) -> String {
        let mut ends = [&self.left, &self.right];
        ends.sort();
        let digest = Sha256::digest(format!("{}\n{}\n{}", self.kind, ends[0], ends[1]));
        format!("link:{}", &hex(&digest)[..16])
    }
}

/// Everything that the next run takes from the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadBack {
    pub persons: BTreeMap<(String, String), bool>,
    pub units: BTreeMap<(String, String), bool>,
    /// Anomaly id → the last day on which a document excuses it.
    pub explained: BTreeMap<String, i32>,
    /// Anomaly id → the facts that were judged.
    pub quiet: BTreeMap<String, String>,
}

impl ReadBack {
    /// A text that differs whenever the decisions do, for the run's name.
    #[must_use]
    pub fn digest(&self) -> String {
        if *self == Self::default() {
            return String::new();
        }
        hex(&Sha256::digest(format!("{self:?}")))
    }
}

/// A verdict "not confirmed" that keeps a finding quiet as long as its facts are those that were judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuietVerdict {
    #[serde(skip)]
    pub facts: String,
    /// The day of the verdict.
    pub since: String,
    /// Code of the reason.
    pub reason: String,
    /// The ledger's event that it is.
    pub event: i64,
}

/// The facts that a verdict keeps quiet, and the code of its reason: it stands, excuses by no document, and is a person's.
fn quiet(judged: &Judged) -> Option<(&str, &str)> {
    let (verdict, code) = (&judged.verdict, judged.verdict.reason_code.as_deref().unwrap_or_default());
    let excuses = reason_of(code).is_some_and(|r| r.exempts);
    (!excuses && code != WITHDRAWN && !verdict.fingerprint.is_empty()).then_some((&verdict.fingerprint, code))
}

/// The verdicts that keep findings with these ids quiet.
///
/// # Errors
/// As [`Store::find`].
pub fn quiet_verdicts(store: &dyn Store, ids: &[&str]) -> Result<BTreeMap<String, QuietVerdict>> {
    let mut found = BTreeMap::new();
    for (id, case) in store.find(ids)? {
        let stands = case.state == State::NotConfirmed && case.opening.rule.is_some();
        let Some(judged) = case.judged.as_ref().filter(|_| stands) else { continue };
        let Some((facts, reason)) = quiet(judged) else { continue };
        let events = store.events_of(&id)?;
        let event = events.iter().rev().find(|e| e.what == Move::Reject).map_or(0, |e| e.seq);
        let (facts, reason, since) = (facts.to_owned(), reason.to_owned(), judged.by.day.clone());
        found.insert(id, QuietVerdict { facts, since, reason, event });
    }
    Ok(found)
}

/// Reads the decisions that stand.
///
/// # Errors
/// As [`Store::cases`].
pub fn read_back(store: &dyn Store) -> Result<ReadBack> {
    let mut back = ReadBack::default();
    store.records("link", &mut |record| {
        let judgement: Option<LinkJudgement> = record.record.and_then(|r| serde_json::from_value(r).ok());
        if let Some(LinkJudgement { kind, left, right, same: Some(same), .. }) = judgement {
            let pairs = if kind == "unit" { &mut back.units } else { &mut back.persons };
            pairs.insert((left, right), same);
        }
        Ok(())
    })?;
    let filter = Filter { states: vec![State::NotConfirmed], ..Filter::default() };
    store.cases(&filter, &mut |case| {
        let Some(judged) = case.judged.filter(|_| case.opening.rule.is_some()) else { return Ok(()) };
        if let Some((facts, _)) = quiet(&judged) {
            back.quiet.insert(case.id, facts.to_owned());
        } else if judged.verdict.reason_code.as_deref().and_then(reason_of).is_some_and(|r| r.exempts)
            && let Some(until) = judged.verdict.until.as_deref().and_then(day_of)
        {
            back.explained.insert(case.id, until);
        }
        Ok(())
    })?;
    Ok(back)
}
