//! A verdict of a row, held against what the ledger has learned since the workbook went out.

use crate::error::{Fault, Result};
use crate::ledger::{By, Case, Event, Form, Move, NewEvent, Settings, State, act};

pub(super) fn by_run(what: Move) -> bool {
    matches!(what, Move::Seen | Move::Gone | Move::Unchecked)
}

/// The events of a verdict: checking is begun first where nobody has.
pub(super) fn steps(case: &Case, what: Move, form: &Form, by: &By, settings: &Settings) -> Result<Vec<NewEvent>> {
    let mut events = Vec::new();
    let mut case = case.clone();
    if matches!(case.state, State::Suspicion | State::Reopened) {
        let begin = act(&case, Move::Check, &Form::default(), by, settings)?;
        if let Some(event) = case.event_of(&begin, 0) {
            case.apply(&event).map_err(Fault::Internal)?;
        }
        events.push(begin);
    }
    events.push(act(&case, what, form, by, settings)?);
    Ok(events)
}

/// Whether the events that came first after the export are these very ones, whoever brought them.
pub(super) fn is_known(planned: &[NewEvent], since: &[Event]) -> bool {
    let facts = |mut body: serde_json::Value| {
        // Which facts were judged is the run's matter, not the officer's answer.
        if let Some(map) = body.as_object_mut() {
            map.remove("fingerprint");
        }
        body
    };
    let mut decided = since.iter().filter(|e| !by_run(e.what) && !matches!(e.what, Move::Note | Move::Remind));
    planned.iter().all(|new| {
        decided.next().is_some_and(|old| {
            let body = serde_json::from_str(&old.body).unwrap_or_default();
            old.what == new.what && old.why == new.why && facts(body) == facts(new.body.clone())
        })
    })
}

/// Whether a case is another than the one that the officer saw: its state, or the facts it rests on.
pub(super) fn moved_on(then: &Case, now: &Case) -> bool {
    let facts = |case: &Case| {
        let look = case.last_seen().map(|(_, look)| (look.fingerprint.clone(), look.severity.clone()));
        (case.state, look, case.present(), case.reopened, case.returned)
    };
    facts(then) != facts(now)
}
