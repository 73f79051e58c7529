//! Open problems of a unit and those below it: from the ledger, or from the published findings where there is no ledger.

use serde::Serialize;

use crate::desk::Words;
use crate::desk::ask::{Asking, list};
use crate::error::Result;
use crate::ledger::event::{day_of, day_text};
use crate::ledger::{Case, Filter, Settings, State, Store};

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

/// # Errors
/// What reading the ledger may give.
pub fn of_ledger(store: &dyn Store, _settings: &Settings, family: &[String], day: i32) -> Result<Problems> {
    let mut problems = Problems { basis: Basis::Ledger, ..Problems::default() };
    let mut confirmed = 0;
    for unit in family {
        let filter = Filter { unit: Some(unit.clone()), ..Filter::default() };
        store.cases(&filter, &mut |case| {
            if case.state.is_closed() {
                problems.closed += 1;
                return Ok(());
            }
            if !case.state.is_open() {
                return Ok(());
            }
            let stands = standing(&case, day);
            confirmed += i64::from(stands != Standing::Suspected);
            let grave = case.opening.severity.as_str() <= "S2";
            match (grave, stands) {
                // The office has said that this unit's applications wait, whatever the problem's severity.
                (_, Standing::Stopped) => problems.open.push(open_of(&case, stands, day)),
                (false, _) => problems.minor += 1,
                (true, Standing::Suspected) => problems.suspected += 1,
                (true, _) => problems.open.push(open_of(&case, stands, day)),
            }
            Ok(())
        })?;
    }
    let founded = problems.closed + confirmed;
    problems.closed_rate_tenths = (founded > 0).then(|| problems.closed * 1000 / founded);
    sort(&mut problems.open);
    Ok(problems)
}

fn sort(open: &mut [Open]) {
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

/// Without a ledger nobody has said which findings are right or by when they are put right: every grave one that is not explained
/// counts as unplanned, and the office's own register of rectifications says what is overdue.
///
/// # Errors
/// What reading may give.
pub fn of_findings(asking: &mut Asking, family: &[String], day: i32) -> Result<Problems> {
    let mut problems = Problems { basis: Basis::PublishedFindings, ..Problems::default() };
    let keys = list(family);
    let findings = format!(
        "SELECT anomaly_id, unit_key, unit_name, rule, severity, message_zh, message_en FROM anomalies \
         WHERE period = '{{period}}' AND status NOT IN ('closed', 'explained') AND unit_key IN ({keys}) ORDER BY anomaly_id"
    );
    for row in asking.rows(&findings)? {
        if row.word("severity").as_str() > "S2" {
            problems.minor += 1;
            continue;
        }
        problems.open.push(Open {
            id: row.word("anomaly_id"),
            unit_key: row.word("unit_key"),
            unit_name: row.word("unit_name"),
            rule: row.word("rule"),
            severity: row.word("severity"),
            state: Words::new("已核出,未核实", "found, not checked by anybody"),
            standing: Standing::Unplanned,
            fact: Words::new(row.word("message_zh"), row.word("message_en")),
            due: None,
            days_overdue: None,
        });
    }
    let register = format!(
        "SELECT item_no, unit_key, unit_name, problem, due_on FROM canonical_rectifications WHERE period = '{{period}}' \
         AND unit_key IN ({keys}) AND rectification_status IN ('open', 'requested', 'long_term') ORDER BY item_no, row_id"
    );
    for row in asking.rows(&register)? {
        let due = row.text("due_on").and_then(|t| day_of(&t));
        let overdue = due.filter(|due| day > *due).map(|due| day - due);
        let standing = match (due, overdue) {
            (_, Some(_)) => Standing::Overdue,
            (Some(_), None) => Standing::OnPlan,
            (None, _) => Standing::Unplanned,
        };
        problems.open.push(Open {
            id: row.word("item_no"),
            unit_key: row.word("unit_key"),
            unit_name: row.word("unit_name"),
            rule: String::new(),
            severity: "S2".to_owned(),
            state: Words::new("整改台账在册", "in the register of rectifications"),
            standing,
            fact: Words::new(row.word("problem"), row.word("problem")),
            due: due.map(day_text),
            days_overdue: overdue,
        });
    }
    sort(&mut problems.open);
    Ok(problems)
}
