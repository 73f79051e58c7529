//! What became of the months that were tried: those that failed, and those whose run died. `.store/attempts.json`, written
//! under the tree's lock; of a month that is published it says nothing, for the published tree does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Fault, Result};
use crate::kernel::dates::Month;
use crate::publish::disk::replace_file;

/// A month's last attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Attempt {
    /// Begun and never ended: the process died.
    Begun {
        at: String,
    },
    Failed {
        at: String,
        exit_code: u8,
        reason: String,
    },
}

/// A backfill that has not come to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfinished {
    /// What was asked for, in words; the same words go on where it stopped.
    pub order: String,
    /// Months done, as YYYY-MM.
    pub done: Vec<String>,
}

/// The file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attempts {
    pub months: BTreeMap<String, Attempt>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backfill: Option<Unfinished>,
}

fn path(out: &Path) -> PathBuf {
    out.join(".store").join("attempts.json")
}

impl Attempts {
    /// Nothing where there is no file, or one that cannot be read: it only says what to try again.
    #[must_use]
    pub fn load(out: &Path) -> Self {
        let bytes = std::fs::read(path(out)).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    fn save(&self, out: &Path) -> Result<()> {
        let path = path(out);
        if *self == Self::default() {
            return Ok(crate::publish::disk::remove_if_there(&path)?);
        }
        if let Some(folder) = path.parent() {
            fs_err::create_dir_all(folder)?;
        }
        let text = serde_json::to_vec_pretty(self).map_err(|e| Fault::Internal(e.to_string()))?;
        Ok(replace_file(&path, &text)?)
    }
}

/// Changes the record by one step.
///
/// # Errors
/// [`Fault::Machine`].
pub fn change(out: &Path, step: impl FnOnce(&mut Attempts)) -> Result<()> {
    let mut attempts = Attempts::load(out);
    let before = attempts.clone();
    step(&mut attempts);
    if attempts == before { Ok(()) } else { attempts.save(out) }
}

fn now() -> String {
    chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// A run of the month begins.
///
/// # Errors
/// [`Fault::Machine`].
pub fn begin(out: &Path, period: Month) -> Result<()> {
    change(out, |a| drop(a.months.insert(period.to_string(), Attempt::Begun { at: now() })))
}

/// It ended, well or not. What cannot be written is let go: the outcome of the run counts.
pub fn end(out: &Path, period: Month, fault: Option<&Fault>) {
    let _ = change(out, |attempts| {
        let month = period.to_string();
        match fault {
            None => drop(attempts.months.remove(&month)),
            // Nothing was tried: the configuration is wrong, or somebody else is at work.
            Some(fault) if matches!(fault.exit_code(), 2 | 5) => drop(attempts.months.remove(&month)),
            Some(fault) => {
                let failed = Attempt::Failed { at: now(), exit_code: fault.exit_code(), reason: first_line(fault) };
                attempts.months.insert(month, failed);
            }
        }
    });
}

/// The first line of a fault, shortened.
#[must_use]
pub fn first_line(fault: &Fault) -> String {
    let text = fault.to_string();
    let line = text.lines().next().unwrap_or_default();
    let short: String = line.chars().take(200).collect();
    if short.len() < line.len() { format!("{short}…") } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_that_ends_well_leaves_no_record() {
        let folder = tempfile::tempdir().expect("a folder");
        let (out, month) = (folder.path(), Month(2026 * 12 + 9));
        begin(out, month).expect("written");
        assert!(matches!(Attempts::load(out).months["2026-10"], Attempt::Begun { .. }));
        end(out, month, Some(&Fault::Reconciliation("one\ntwo".to_owned())));
        let attempts = Attempts::load(out);
        assert!(
            matches!(&attempts.months["2026-10"], Attempt::Failed { exit_code: 4, reason, .. } if reason == "one"),
            "{attempts:?}"
        );
        end(out, month, None);
        assert!(!path(out).exists());
        std::fs::write(path(out), b"{ half").expect("written");
        assert_eq!(Attempts::load(out), Attempts::default());
    }
}
