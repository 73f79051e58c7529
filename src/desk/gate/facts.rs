//! What is known of a unit: posts by type and bucket, leader posts, data quality, the last twelve months.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::desk::Words;
use crate::desk::units::Unit;
use crate::error::Result;
use crate::ledger::{Case, Move, State, Store};

/// Posts of one type in one bucket; buckets never make up for one another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct QuotaLine {
    pub bucket: String,
    pub quota_type: String,
    pub bucket_words: Words,
    pub type_words: Words,
    pub approved: i64,
    /// Exempt by a document in force; only for own posts.
    pub exempt: i64,
    pub actual: i64,
    /// Approved to be filled and not filled yet; only for own posts.
    pub pending: i64,
    /// approved + exempt - actual - pending.
    pub vacant: i64,
}

/// Leader posts of one scope, level and class.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PostLine {
    pub scope: String,
    pub level: String,
    pub class: String,
    pub words: Words,
    pub approved: i64,
    pub incumbents: i64,
    pub vacant: i64,
}

/// A month of the last twelve.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MonthLine {
    pub period: String,
    /// Findings not closed, of the unit and those below it.
    pub findings: i64,
    pub s1: i64,
    pub s2: i64,
    /// Cases of the ledger opened or reopened, and closed; nothing without a ledger.
    pub opened: Option<i64>,
    pub closed: Option<i64>,
}

/// How sound the unit's rows are in the extracts of the period.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Quality {
    pub taken: i64,
    /// Rows set aside.
    pub aside: i64,
    /// Rows taken whose resident ID is not sound.
    pub unsound: i64,
    /// Findings of data quality, not closed.
    pub findings: i64,
    /// Tenths of a per cent: sound rows of those read; nothing when the unit has no row.
    pub score_tenths: Option<i64>,
    /// Tables with rows of the unit set aside.
    pub tables_aside: Vec<String>,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Facts {
    pub period: String,
    pub run_id: String,
    pub unit: Unit,
    pub unit_rank: Words,
    pub children: Vec<Unit>,
    pub quota: Vec<QuotaLine>,
    pub posts: Vec<PostLine>,
    /// Tier of the last evaluation in force.
    pub tier: Option<String>,
    pub quality: Quality,
    pub history: Vec<MonthLine>,
}

impl Facts {
    /// The keys of the unit and those below it.
    #[must_use]
    pub fn family(&self) -> Vec<String> {
        std::iter::once(&self.unit).chain(&self.children).map(|u| u.key.clone()).collect()
    }

    /// Adds how many of these cases were opened and closed in each month of the history.
    ///
    /// # Errors
    /// What reading the ledger may give.
    pub fn add_cases(&mut self, store: &dyn Store, cases: &[Case]) -> Result<()> {
        let mut opened: BTreeMap<String, i64> = BTreeMap::new();
        let mut closed: BTreeMap<String, i64> = BTreeMap::new();
        for case in cases {
            for (month, _) in case.turns.iter().filter(|(_, open)| *open) {
                *opened.entry(month.clone()).or_default() += 1;
            }
            for month in closings(store, case)? {
                *closed.entry(month).or_default() += 1;
            }
        }
        for line in &mut self.history {
            line.opened = Some(opened.get(&line.period).copied().unwrap_or_default());
            line.closed = Some(closed.get(&line.period).copied().unwrap_or_default());
        }
        Ok(())
    }
}

/// Months in which people closed a case. What a case is now says how it ceased to be open the last time; whether it was closed or
/// unfounded before it came back, only its events know.
fn closings(store: &dyn Store, case: &Case) -> Result<Vec<String>> {
    let ends: Vec<&String> = case.turns.iter().filter(|(_, open)| !open).map(|(month, _)| month).collect();
    match (&ends[..], case.state) {
        ([], _) | ([_], State::NotConfirmed) => Ok(Vec::new()),
        ([month], state) if state.is_closed() => Ok(vec![(*month).clone()]),
        _ => {
            let closes = |what| matches!(what, Move::Close | Move::CloseAtOnce);
            Ok(store.events_of(&case.id)?.into_iter().filter(|e| closes(e.what)).map(|e| e.month).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::desk::gate::problems::cases_of;
    use crate::ledger::event::day_of;
    use crate::ledger::{By, Missing, Place};

    #[test]
    fn the_history_counts_openings_and_closings_also_of_cases_that_came_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Place::Sqlite(folder.path().join("ledger.sqlite")).open(Missing::Make).expect("made");
        let opening = json!({"source": "tip_off", "severity": "S2", "unit_key": "U1"});
        let done = |case: &str, moves: &[(Move, &str)]| {
            let event = |(what, month): &(Move, &str)| {
                let day = day_of(&format!("{month}-15")).expect("a day");
                let by = By { who: "甲".into(), at: "2026-11-28T00:00:00Z".into(), day };
                by.event(case, *what, "", if *what == Move::Open { opening.clone() } else { json!({}) })
            };
            moves.iter().map(event).collect::<Vec<_>>()
        };
        let (check, confirm, assign) = (Move::Check, Move::Confirm, Move::Assign);
        let cases = [
            // Closed once; unfounded; unfounded and back; closed, back, and closed again; open.
            done(
                "a",
                &[
                    (Move::Open, "2026-01"),
                    (check, "2026-01"),
                    (confirm, "2026-01"),
                    (assign, "2026-01"),
                    (Move::CloseAtOnce, "2026-02"),
                ],
            ),
            done("b", &[(Move::Open, "2026-01"), (check, "2026-01"), (Move::Reject, "2026-03")]),
            done(
                "c",
                &[(Move::Open, "2026-02"), (check, "2026-02"), (Move::Reject, "2026-02"), (Move::Reopen, "2026-03")],
            ),
            done(
                "d",
                &[
                    (Move::Open, "2026-01"),
                    (check, "2026-01"),
                    (Move::Reject, "2026-01"),
                    (Move::Reopen, "2026-02"),
                    (check, "2026-02"),
                    (confirm, "2026-02"),
                    (assign, "2026-02"),
                    (Move::CloseAtOnce, "2026-02"),
                    (Move::Reopen, "2026-03"),
                ],
            ),
            done("e", &[(Move::Open, "2026-03")]),
        ];
        for events in &cases {
            store.append(events, &[]).expect("written");
        }
        let month = |period: &str| MonthLine { period: period.into(), ..MonthLine::default() };
        let mut facts = Facts { history: ["2026-01", "2026-02", "2026-03"].map(month).to_vec(), ..Facts::default() };
        let cases = cases_of(&store, &["U1".to_owned()]).expect("read");
        facts.add_cases(&store, &cases).expect("read");
        let counted: Vec<_> = facts.history.iter().map(|m| (m.opened, m.closed)).collect();
        assert_eq!(counted, [(Some(3), Some(0)), (Some(2), Some(2)), (Some(3), Some(0))]);
    }
}
