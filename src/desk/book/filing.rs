//! 审核备案: who filed a quarter's book to whom, by which document, and where that stands.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Quarter;
use crate::desk::units::refused;
use crate::error::{Fault, Result};
use crate::ledger::event::day_text;
use crate::ledger::{By, Expected, FileRef, NewEvent, Store};

/// Days after the end of a quarter within which its book is filed (rule L07).
pub const DUE_DAYS: i32 = 15;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// 报送.
    Submitted,
    /// 退回.
    Returned,
    /// 备案.
    Filed,
}

impl Stage {
    #[must_use]
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Submitted => ("已报送", "submitted"),
            Self::Returned => ("已退回", "returned"),
            Self::Filed => ("已备案", "filed"),
        }
    }
    /// Whether it may follow another stage, or begin.
    #[must_use]
    pub fn may_follow(self, before: Option<Self>) -> bool {
        match self {
            Self::Submitted => matches!(before, None | Some(Self::Returned)),
            Self::Returned | Self::Filed => before == Some(Self::Submitted),
        }
    }
}

/// A filing as it stands: the record `filing:leader_posts-2026Q3/…`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filing {
    pub quarter: String,
    /// Who files, and to whom.
    pub from: String,
    pub to: String,
    pub stage: Stage,
    /// The document of this stage.
    pub document: String,
    pub on: String,
    pub by: String,
    /// The book that was filed, by its digest.
    pub book: Option<FileRef>,
}

/// The line of an office and quarter in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    pub quarter: String,
    pub from: String,
    /// Nothing when it has not filed this quarter.
    pub filing: Option<Filing>,
    pub due: String,
    /// Days after the day on which it was due: until it was submitted, or until today.
    pub days_late: Option<i32>,
}

fn id(quarter: &str, from: &str) -> String {
    format!("filing:leader_posts-{quarter}/{}", from.trim())
}

/// Writes a stage down; `false` when this very one is there already.
///
/// # Errors
/// [`Fault::Refused`] for a stage that may not follow, or when something is missing; as [`Store::append`].
pub fn log(store: &mut dyn Store, filing: &Filing, by: &By) -> Result<bool> {
    for (text, zh, en, option) in [
        (&filing.from, "未写明报送单位", "who files is missing", "--from"),
        (&filing.to, "未写明报送对象", "to whom is missing", "--to"),
        (&filing.document, "未写明文号", "the document is missing", "--document"),
    ] {
        if text.trim().is_empty() {
            return Err(refused("filing-incomplete", zh, en, option, option));
        }
    }
    if filing.stage == Stage::Submitted && filing.book.is_none() {
        return Err(refused(
            "no-book",
            "报送须附台账文件",
            "what is filed is missing",
            "加 --book 文件",
            "add --book FILE",
        ));
    }
    let id = id(&filing.quarter, &filing.from);
    let before = store.case(&id)?;
    let old = before.as_ref().and_then(|c| c.record.clone()).map(serde_json::from_value::<Filing>);
    let old =
        old.transpose().map_err(|e| Fault::Reconciliation(format!("the ledger's record {id} is no filing: {e}")))?;
    if old.as_ref().is_some_and(|o| Filing { on: filing.on.clone(), by: filing.by.clone(), ..o.clone() } == *filing) {
        return Ok(false);
    }
    let stage = old.as_ref().map(|o| o.stage);
    if !filing.stage.may_follow(stage) {
        let now = stage.map_or(("未报送", "not submitted"), Stage::words);
        let next = filing.stage.words();
        return Err(refused(
            "forbidden-filing",
            &format!("{} {} 现为“{}”,不能记为“{}”", filing.from, filing.quarter, now.0, next.0),
            &format!("{} {} is {}; it cannot become {}", filing.from, filing.quarter, now.1, next.1),
            "报送 submitted → 退回 returned 或 备案 filed;退回后可再报送",
            "submitted → returned or filed; what was returned may be submitted again",
        ));
    }
    let event = NewEvent { file: filing.book.clone(), ..by.record(&id, &filing.document, filing)? };
    store.append(&[event], &[Expected { case: id, events: before.map_or(0, |c| c.events) }])?;
    Ok(true)
}

/// The filings of a quarter: every office that filed it or any quarter before, with what is missing.
///
/// # Errors
/// As [`Store::records`].
pub fn lines(store: &dyn Store, quarter: Quarter, day: i32) -> Result<Vec<Line>> {
    let mut found: BTreeMap<String, Filing> = BTreeMap::new();
    let mut offices = BTreeSet::new();
    let wanted = quarter.to_string();
    let mut ids = Vec::new();
    store.records("filing", &mut |record| {
        let id = record.id.clone();
        match record.record.map(serde_json::from_value::<Filing>) {
            Some(Ok(filing)) => {
                if Quarter::parse(&filing.quarter).is_ok_and(|q| q <= quarter) {
                    offices.insert(filing.from.clone());
                }
                if filing.quarter == wanted {
                    ids.push((filing.from.clone(), id));
                    found.insert(filing.from.clone(), filing);
                }
            }
            _ => return Err(Fault::Reconciliation(format!("the ledger's record {id} is no filing"))),
        }
        Ok(())
    })?;
    let due = quarter.last_month().last_day() + DUE_DAYS;
    // Late is counted to the first submission, not to the acceptance of it.
    let mut submitted: BTreeMap<String, i32> = BTreeMap::new();
    for (from, id) in ids {
        if let Some(first) = store.events_of(&id)?.first() {
            submitted.insert(from, first.day_number());
        }
    }
    let line = |from: String| {
        let on = submitted.get(&from).copied().unwrap_or(day);
        Line {
            quarter: wanted.clone(),
            filing: found.get(&from).cloned(),
            due: day_text(due),
            days_late: (on > due).then_some(on - due),
            from,
        }
    };
    Ok(offices.into_iter().map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::Stage::{self, Filed, Returned, Submitted};

    #[test]
    fn every_stage_follows_only_what_it_may() {
        let allowed =
            [(None, Submitted), (Some(Returned), Submitted), (Some(Submitted), Returned), (Some(Submitted), Filed)];
        for before in [None, Some(Submitted), Some(Returned), Some(Filed)] {
            for next in [Submitted, Returned, Filed] {
                assert_eq!(Stage::may_follow(next, before), allowed.contains(&(before, next)), "{before:?} {next:?}");
            }
        }
    }
}
