//! Who answered, who did not, and which answers the data contradicts.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Answer, Return, Round, days_late, returns};
use crate::desk::Words;
use crate::error::Result;
use crate::ledger::classes::parent;
use crate::ledger::event::day_of;
use crate::ledger::{Case, Filter, Settings, Store};

/// An open finding of a run at a unit that reported nothing of its class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contradiction {
    pub case: String,
    pub rule: String,
    pub class: String,
    pub severity: String,
    pub fact: Words,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    pub unit_key: String,
    pub unit_name: String,
    pub department: String,
    /// Nothing when the unit has not answered.
    pub answer: Option<Answer>,
    pub filled_on: Option<String>,
    pub filled_by: Option<String>,
    pub head: Option<String>,
    /// Days after the deadline: of the return, or of today where there is none.
    pub days_late: Option<i32>,
    pub cases: Vec<String>,
    pub disputed: Option<String>,
    pub contradictions: Vec<Contradiction>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    pub asked: usize,
    pub with_problems: usize,
    pub nil: usize,
    pub missing: usize,
    /// Missing, and the deadline is past.
    pub overdue: usize,
    /// Returned after the deadline.
    pub late: usize,
    /// Nil returns that an open finding contradicts.
    pub nil_contradicted: usize,
    /// Returns with problems that are silent on a class of which there is an open finding.
    pub silent: usize,
    /// Units that hold the numbers shown to be wrong.
    pub disputed: usize,
    /// Tenths of a per cent of those asked that answered.
    pub answered_tenths: usize,
    pub cases: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    pub round: String,
    pub name: String,
    pub due: String,
    pub on: String,
    pub totals: Totals,
    pub lines: Vec<Line>,
}

/// The coverage of a round on a day.
///
/// # Errors
/// What reading the ledger may give.
pub fn coverage(store: &dyn Store, settings: &Settings, round: &Round, day: i32) -> Result<Coverage> {
    let returned = returns(store, &round.id)?;
    let mut lines = Vec::new();
    for (key, asked) in &round.units {
        let answer = returned.get(key);
        let contradictions = match answer {
            Some(answer) => contradictions(store, settings, round, answer)?,
            None => Vec::new(),
        };
        let on = answer.map_or(Some(day), |a| day_of(&a.filled_on));
        lines.push(Line {
            unit_key: key.clone(),
            unit_name: asked.name.clone(),
            department: asked.department.clone(),
            answer: answer.map(|a| a.answer),
            filled_on: answer.map(|a| a.filled_on.clone()),
            filled_by: answer.map(|a| a.filled_by.clone()),
            head: answer.map(|a| a.head.clone()),
            days_late: on.and_then(|on| days_late(&round.due, on)),
            cases: answer.map(|a| a.cases.clone()).unwrap_or_default(),
            disputed: answer.and_then(|a| a.disputed.clone()),
            contradictions,
        });
    }
    // What needs somebody first: missing, contradicted, the rest.
    lines.sort_by_key(|l| (l.answer.is_some(), l.contradictions.is_empty(), l.department.clone(), l.unit_key.clone()));
    let count = |f: &dyn Fn(&Line) -> bool| lines.iter().filter(|l| f(l)).count();
    let answered = count(&|l| l.answer.is_some());
    let totals = Totals {
        asked: lines.len(),
        with_problems: count(&|l| l.answer == Some(Answer::Problems)),
        nil: count(&|l| l.answer == Some(Answer::Nil)),
        missing: lines.len() - answered,
        overdue: count(&|l| l.answer.is_none() && l.days_late.is_some()),
        late: count(&|l| l.answer.is_some() && l.days_late.is_some()),
        nil_contradicted: count(&|l| l.answer == Some(Answer::Nil) && !l.contradictions.is_empty()),
        silent: count(&|l| l.answer == Some(Answer::Problems) && !l.contradictions.is_empty()),
        disputed: count(&|l| l.disputed.is_some()),
        answered_tenths: (answered * 1000).checked_div(lines.len()).unwrap_or(0),
        cases: lines.iter().map(|l| l.cases.len()).sum(),
    };
    let (name, due) = (round.name.clone(), round.due.clone());
    Ok(Coverage { round: round.id.clone(), name, due, on: crate::ledger::event::day_text(day), totals, lines })
}

/// Open findings of the unit in classes that were asked about and of which it reports nothing. A finding that somebody held to be
/// no problem does not count, and one that is gone from the data neither.
fn contradictions(
    store: &dyn Store,
    settings: &Settings,
    round: &Round,
    answer: &Return,
) -> Result<Vec<Contradiction>> {
    let asked: BTreeMap<&str, bool> = {
        let mut asked = BTreeMap::new();
        for item in &round.items {
            let reported = answer.items.iter().any(|i| parent(i) == parent(item));
            asked.insert(parent(item), reported);
        }
        asked
    };
    let mut found = Vec::new();
    let filter =
        Filter { unit: Some(answer.unit_key.clone()), source: Some("comparison".to_owned()), ..Filter::default() };
    store.cases(&filter, &mut |case: Case| {
        // Somebody may have given the case a class or an item of their own.
        let class =
            settings.classes.get(&case.opening.class).map_or(case.opening.class.as_str(), |c| c.parent()).to_owned();
        let silent = asked.get(class.as_str()) == Some(&false);
        if silent && case.state.is_open() && case.present() {
            found.push(Contradiction {
                rule: case.opening.rule.clone().unwrap_or_default(),
                class,
                severity: case.opening.severity.clone(),
                fact: Words::new(case.opening.fact_zh.clone(), case.opening.fact_en.clone()),
                case: case.id,
            });
        }
        Ok(())
    })?;
    found.sort_by(|a, b| (&a.severity, &a.case).cmp(&(&b.severity, &b.case)));
    Ok(found)
}
