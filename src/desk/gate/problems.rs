//! Open problems of a unit and those below it as the ledger has them; `found` has them where there is no ledger.

use serde::Serialize;

use crate::desk::Words;
use crate::error::Result;
use crate::ledger::{Case, Filter, State, Store};

/// Where the open problems were looked up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    #[default]
    Ledger,
    PublishedFindings,
}

/// How a problem stands towards its plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The ladder of reminders came to suspension, and the office took that step.
    Stopped,
    /// Past its deadline.
    Overdue,
    /// Nobody has a deadline for it.
    Unplanned,
    /// A deadline that is not past, or waiting for acceptance and the data.
    OnPlan,
    /// Not confirmed by anybody: no problem yet.
    Suspected,
}

impl Standing {
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Stopped => Words::new("督办暂停受理", "suspended by the ladder"),
            Self::Overdue => Words::new("逾期", "overdue"),
            Self::Unplanned => Words::new("无计划", "unplanned"),
            Self::OnPlan => Words::new("按计划整改", "on plan"),
            Self::Suspected => Words::new("疑点", "suspected"),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Open {
    pub id: String,
    pub unit_key: String,
    pub unit_name: String,
    pub rule: String,
    pub severity: String,
    pub state: Words,
    pub standing: Standing,
    pub fact: Words,
    pub due: Option<String>,
    pub days_overdue: Option<i32>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Problems {
    pub basis: Basis,
    /// S1 and S2 that count, and what the ladder has stopped; the worst standing first.
    pub open: Vec<Open>,
    /// S1 and S2 that nobody has confirmed yet; only where a ledger tells them apart.
    pub suspected: i64,
    /// Problems of S3 and S4, which hold nothing up.
    pub minor: i64,
    pub closed: i64,
    /// Tenths of a per cent: closed of those closed or open and confirmed; nothing where there were none, or no ledger.
    pub closed_rate_tenths: Option<i64>,
}

impl Problems {
    #[must_use]
    pub fn count(&self, standing: Standing) -> usize {
        self.open.iter().filter(|o| o.standing == standing).count()
    }
}

/// Confirmed, or in the course of being put right: DOMAIN J's ST1a to ST5, ST8, and what came back after it had been confirmed.
fn counts(case: &Case) -> bool {
    match case.state {
        State::Confirmed
        | State::PartlyConfirmed
        | State::DataError
        | State::Transferred
        | State::Assigned
        | State::Rectifying
        | State::CloseRequested
        | State::Accepted
        | State::Returned
        | State::LongTerm => true,
        State::Reopened => matches!(case.last_verdict, Some(State::Confirmed | State::PartlyConfirmed)),
        _ => false,
    }
}

/// How a case that counts stands on a day.
#[must_use]
pub fn standing(case: &Case, day: i32) -> Standing {
    if !counts(case) {
        return Standing::Suspected;
    }
    if case.days_overdue(day).is_some() {
        return if case.has_reminder("suspend") { Standing::Stopped } else { Standing::Overdue };
    }
    match case.state {
        State::CloseRequested | State::Accepted => Standing::OnPlan,
        // A plan whose every step was met is no plan any more.
        _ if case.due.is_some() && case.state != State::Reopened => Standing::OnPlan,
        _ => Standing::Unplanned,
    }
}

/// The cases of a unit and those below it.
///
/// # Errors
/// What reading the ledger may give.
pub fn cases_of(store: &dyn Store, family: &[String]) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for unit in family {
        store.cases(&Filter { unit: Some(unit.clone()), ..Filter::default() }, &mut |case| {
            cases.push(case);
            Ok(())
        })?;
    }
    Ok(cases)
}

/// How cases stand on a day.
#[must_use]
pub fn of_cases(cases: &[Case], day: i32) -> Problems {
    let mut problems = Problems { basis: Basis::Ledger, ..Problems::default() };
    let mut confirmed = 0;
    for case in cases {
        if case.state.is_closed() {
            problems.closed += 1;
            continue;
        }
        if !case.state.is_open() {
            continue;
        }
        let stands = standing(case, day);
        confirmed += i64::from(stands != Standing::Suspected);
        let grave = case.opening.severity.as_str() <= "S2";
        match (grave, stands) {
            // The office has said that this unit's applications wait, whatever the problem's severity.
            (_, Standing::Stopped) => problems.open.push(open_of(case, stands, day)),
            (false, _) => problems.minor += 1,
            (true, Standing::Suspected) => problems.suspected += 1,
            (true, _) => problems.open.push(open_of(case, stands, day)),
        }
    }
    let founded = problems.closed + confirmed;
    problems.closed_rate_tenths = (founded > 0).then(|| problems.closed * 1000 / founded);
    sort(&mut problems.open);
    problems
}

/// The worst standing first.
pub(super) fn sort(open: &mut [Open]) {
    open.sort_by(|a, b| {
        (a.standing, &a.severity, std::cmp::Reverse(a.days_overdue), &a.id).cmp(&(
            b.standing,
            &b.severity,
            std::cmp::Reverse(b.days_overdue),
            &b.id,
        ))
    });
}

fn open_of(case: &Case, standing: Standing, day: i32) -> Open {
    let o = &case.opening;
    let state = case.state.words();
    Open {
        id: case.id.clone(),
        unit_key: o.unit_key.clone().unwrap_or_default(),
        unit_name: o.unit_name.clone().unwrap_or_default(),
        rule: o.rule.clone().unwrap_or_default(),
        severity: o.severity.clone(),
        state: Words::new(state.0, state.1),
        standing,
        fact: Words::new(o.fact_zh.clone(), o.fact_en.clone()),
        due: case.due.clone(),
        days_overdue: case.days_overdue(day),
    }
}
