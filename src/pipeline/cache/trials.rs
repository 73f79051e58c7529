//! Which rules' queries have been tried on empty tables by this build of the program: trying all of them takes longer than
//! finding out that nothing else has changed.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::Cache;
use crate::detect::kept::Trials;

const KIND: &str = "trials";
const NAME: &str = "rules";

/// Trials that were passed, and those that are passed now.
pub struct Tried<'a> {
    cache: &'a Cache,
    before: BTreeSet<String>,
    now: Mutex<BTreeSet<String>>,
}

impl<'a> Tried<'a> {
    /// Those of earlier runs; none when everything is to be done again.
    #[must_use]
    pub fn load(cache: &'a Cache, full: bool) -> Self {
        let bytes = if full { None } else { cache.get(KIND, NAME) };
        let text = String::from_utf8(bytes.unwrap_or_default()).unwrap_or_default();
        Self { cache, before: text.lines().map(str::to_owned).collect(), now: Mutex::default() }
    }

    /// Keeps the trials of the rules there are now, when there was one that was not known.
    pub fn save(self) {
        let now = self.now.into_inner().unwrap_or_else(PoisonError::into_inner);
        if !now.is_subset(&self.before) {
            let lines: Vec<&str> = now.iter().map(String::as_str).collect();
            self.cache.put(KIND, NAME, lines.join("\n").as_bytes());
        }
    }
}

impl Trials for Tried<'_> {
    fn passed(&self, trial: &str) -> bool {
        let passed = self.before.contains(trial);
        if passed {
            self.note(trial);
        }
        passed
    }

    fn note(&self, trial: &str) {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).insert(trial.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::secret::Secret;

    #[test]
    fn a_trial_is_known_to_the_next_run_until_its_rule_is_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::open(folder.path(), &Secret::new(b"one"), 1 << 20);
        let run = |trials: &[&str], full: bool| -> Vec<bool> {
            let tried = Tried::load(&cache, full);
            let passed = trials.iter().map(|t| tried.passed(t)).collect();
            trials.iter().for_each(|t| tried.note(t));
            tried.save();
            passed
        };
        assert_eq!(run(&["a", "b"], false), [false, false]);
        assert_eq!(run(&["a", "b"], false), [true, true]);
        assert_eq!(run(&["a"], true), [false], "asked for again");
        assert_eq!(run(&["a", "c"], false), [true, false]);
        assert_eq!(run(&["b"], false), [false], "gone in between");
    }
}
