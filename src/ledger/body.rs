//! What each move carries, as JSON in its event's body. Days are `2026-11-05`, periods `2026-10`, money is fen.

use serde::{Deserialize, Serialize};

/// What a run saw of a problem.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Observation {
    pub period: String,
    pub run: String,
    /// Digest of the facts the finding rests on: while it stays the same, the facts are the same.
    pub fingerprint: String,
    pub severity: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// Only where the run found more, or graver, than the run before.
    #[serde(skip_serializing_if = "is_false")]
    pub worsened: bool,
    /// The finding's words, only where they say something new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact_zh: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact_en: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// [`super::Move::Open`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Opening {
    /// A code of [`super::classes::SOURCES`].
    pub source: String,
    /// The sender's own number, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    pub class: String,
    pub severity: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_key: Option<String>,
    /// Masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_name: Option<String>,
    pub fact_zh: String,
    pub fact_en: String,
    pub legal_basis: String,
    /// Last day for checking it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// 存量 or 新增, where whoever told of it said so: stock or new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// What the unit itself promised when it reported the problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promise: Option<Promise>,
    /// Of what another authority passed on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passed_on: Option<PassedOn>,
    /// Units and persons that it may be about, until somebody says which.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub proposed: Vec<Proposal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<Observation>,
}

/// A unit or person that a case may be about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Proposal {
    /// unit or person.
    pub kind: String,
    pub key: String,
    /// A unit's name, or a person's masked.
    pub name: String,
    /// What speaks for it: same-name, parts, bracket, similar, masked-name-and-unit.
    pub how: String,
}

/// What a unit says it will do about a problem of its own: nobody's assignment yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Promise {
    pub measure: String,
    pub owner: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
}

/// Who passed a matter on, by which document, and by when an answer is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PassedOn {
    pub from: String,
    pub document: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_by: Option<String>,
}

/// [`super::Move::Gone`], [`super::Move::Unchecked`], [`super::Move::Withdraw`], [`super::Move::Prove`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OfRun {
    pub period: String,
    pub run: String,
}

/// The five verdicts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Verdict {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// Last day on which the document excuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// The facts that were judged.
    pub fingerprint: String,
}

/// [`super::Move::Assign`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Assignment {
    pub document: String,
    pub due: String,
    pub owner: String,
    pub measure: String,
}

/// [`super::Move::Transfer`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Transfer {
    pub to: String,
    pub document: String,
    pub reply_by: String,
}

/// [`super::Move::RequestClose`], [`super::Move::CloseAtOnce`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Request {
    /// The last period that runs had told the ledger of; only later ones prove anything. Empty when there was none.
    pub after: String,
    /// Who put it right: unit, supervisor or office.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
}

/// A step of a long-term plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    pub by: String,
    pub target: String,
}

/// [`super::Move::Plan`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    pub document: String,
    /// By day.
    pub targets: Vec<Target>,
}

/// [`super::Move::Extend`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Extension {
    pub document: String,
    pub due: String,
}

/// [`super::Move::Reopen`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reopening {
    /// seen (a run found it again), facts_changed, exemption_expired, by_hand.
    pub cause: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
}

/// [`super::Move::Remind`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reminder {
    /// A step of the ladder.
    pub step: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
}

/// [`super::Move::Progress`], [`super::Move::Note`], [`super::Move::Accept`], [`super::Move::Close`], [`super::Move::Return`]:
/// what may be added to a case's file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Addition {
    /// Money got back with this step, fen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovered: Option<i64>,
    /// What was done to those responsible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sanction: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// Which step of a long-term plan was met: the day it was due by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub met: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// The unit or the person that somebody holds it to be about; without a key, that none of the proposed is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linked: Option<Proposal>,
    /// The document by which a transfer was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
}
