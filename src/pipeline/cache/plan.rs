//! What a run does anew and what it takes from an earlier one, with the reason, for people.

use std::sync::{Mutex, PoisonError};

/// What a line of the plan is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    Extract,
    Links,
    Rule,
    Table,
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Step {
    pub subject: Subject,
    pub name: String,
    pub reused: bool,
    /// Why it is done anew; empty when it is not.
    pub why: String,
}

/// All decisions so far.
#[derive(Debug, Default)]
pub struct Plan(Mutex<Vec<Step>>);

impl Plan {
    pub fn note(&self, subject: Subject, name: &str, reused: bool, why: &str) {
        let step = Step { subject, name: name.to_owned(), reused, why: why.to_owned() };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(step);
    }

    /// Whether everything so far was done anew.
    #[must_use]
    pub fn nothing_reused(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().all(|s| !s.reused)
    }

    /// Sorted by subject and name.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        let mut steps = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        steps.sort();
        steps
    }
}
