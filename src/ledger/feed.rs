//! What a run tells the ledger: new problems, problems seen again or worse, problems gone.
//!
//! A period is told once. Told again with the same findings it adds nothing; with other findings it adds events that replace
//! what was said of that period, and edits none. Everything here follows from the ledger and the run's facts alone.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::act::By;
use super::body::{Observation, OfRun, Opening, Reopening};
use super::case::{Case, Look};
use super::event::{NewEvent, body, day_text};
use super::reasons::{WITHDRAWN, reason_of};
use super::settings::Settings;
use super::state::{Move, State};
use super::store::{Expected, Filter, Step, Store};
use crate::error::Result;
use crate::kernel::dates::Month;
use crate::kernel::secret::hex;

/// The name that events of runs carry.
pub const BY_RUN: &str = "hedui run";

/// A finding as the ledger takes it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observed {
    pub id: String,
    pub rule: String,
    pub slug: String,
    pub category: String,
    pub severity: String,
    pub unit_key: Option<String>,
    pub unit_name: Option<String>,
    pub person_key: Option<String>,
    /// Masked.
    pub person_name: Option<String>,
    pub fact_zh: String,
    pub fact_en: String,
    pub legal_basis: String,
    pub fingerprint: String,
    pub measure: Option<f64>,
    /// Fen.
    pub amount: Option<i64>,
}

/// What one run found.
#[derive(Debug, Clone)]
pub struct RunFacts {
    pub period: Month,
    pub run: String,
    /// Rules that ran. Of the others nothing is said.
    pub ran: BTreeSet<String>,
    pub observed: Vec<Observed>,
    /// Findings that stand and were kept quiet by a verdict.
    pub quiet: BTreeSet<String>,
}

/// How many cases went which way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    pub opened: u64,
    pub seen: u64,
    pub worsened: u64,
    pub gone: u64,
    pub unchecked: u64,
    pub reopened: u64,
    pub proved: u64,
    pub withdrawn: u64,
}

/// The record of a period's run: `run:2026-10`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunRecord {
    pub period: String,
    pub run: String,
    /// Digest of what was told; the same digest adds nothing.
    pub digest: String,
    pub observed: u64,
    pub counts: Counts,
}

/// Events ready to append.
#[derive(Debug, Clone, Default)]
pub struct Feed {
    pub events: Vec<NewEvent>,
    pub expected: Vec<Expected>,
    pub counts: Counts,
    /// What the events do to the monthly balance, one entry a case that is opened, reopened, closed or dropped.
    pub steps: Vec<Step>,
    /// The cases that the events touch, as they will stand.
    pub cases: BTreeMap<String, Case>,
}

impl RunFacts {
    fn digest(&self, settings: &Settings) -> String {
        let mut digest = Sha256::new();
        let mut add = |text: &str| {
            digest.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
            digest.update(text.as_bytes());
        };
        add(&settings.from_severity);
        self.ran.iter().for_each(|rule| add(rule));
        add("observed");
        for o in &self.observed {
            for text in [&o.id, &o.severity, &o.fingerprint] {
                add(text);
            }
            add(&format!("{:?} {:?}", o.measure, o.amount));
        }
        add("quiet");
        self.quiet.iter().for_each(|id| add(id));
        hex(&digest.finalize()[..16])
    }
}

/// The id of a period's record.
#[must_use]
pub fn record_id(period: Month) -> String {
    format!("run:{period}")
}

/// The records of all runs, by period.
///
/// # Errors
/// As [`Store::records`].
pub fn runs(store: &dyn Store) -> Result<BTreeMap<String, RunRecord>> {
    let mut runs = BTreeMap::new();
    store.records("run", &mut |record| {
        if let Some(run) = record.record.and_then(|r| serde_json::from_value::<RunRecord>(r).ok()) {
            runs.insert(run.period.clone(), run);
        }
        Ok(())
    })?;
    Ok(runs)
}

/// The newest period that runs told the ledger of; empty when none did.
///
/// # Errors
/// As [`runs`].
pub fn latest_period(store: &dyn Store) -> Result<String> {
    Ok(runs(store)?.into_keys().next_back().unwrap_or_default())
}

/// Cases that are looked up together.
const AT_ONCE: usize = 2000;

/// The events of a run. `by` is the clock and the name that the events get.
///
/// # Errors
/// What reading the ledger may give.
pub fn plan(store: &dyn Store, facts: &RunFacts, settings: &Settings, by: &By) -> Result<Feed> {
    let id = record_id(facts.period);
    let record = store.case(&id)?;
    let digest = facts.digest(settings);
    let told: Option<RunRecord> =
        record.as_ref().and_then(|r| r.record.clone()).and_then(|r| serde_json::from_value(r).ok());
    if told.as_ref().is_some_and(|t| t.digest == digest) {
        return Ok(Feed::default());
    }
    let mut planner = Planner { facts, settings, by, period: facts.period.to_string(), feed: Feed::default() };
    let mut found = BTreeSet::new();
    for observed in facts.observed.chunks(AT_ONCE) {
        let ids: Vec<&str> = observed.iter().map(|o| o.id.as_str()).collect();
        let mut known = store.find(&ids)?;
        found.extend(ids);
        for observed in observed {
            match known.remove(&observed.id) {
                Some(case) => planner.again(case, observed)?,
                None => planner.first(observed)?,
            }
        }
    }
    // A period told before may have been said of cases that no run has to watch any more.
    let filter = Filter { watched: told.is_none(), source: Some("comparison".to_owned()), ..Filter::default() };
    store.cases(&filter, &mut |case| {
        let silent = !found.contains(case.id.as_str()) && !facts.quiet.contains(&case.id);
        if silent { planner.silent(case) } else { Ok(()) }
    })?;
    let mut feed = planner.feed;
    let record_body = RunRecord {
        period: facts.period.to_string(),
        run: facts.run.clone(),
        digest,
        observed: facts.observed.len() as u64,
        counts: feed.counts.clone(),
    };
    feed.expected.push(Expected { case: id.clone(), events: record.map_or(0, |r| r.events) });
    feed.events.push(new_event(facts, by, &id, Move::Record, body(&record_body)?));
    Ok(feed)
}

fn new_event(facts: &RunFacts, by: &By, case: &str, what: Move, content: serde_json::Value) -> NewEvent {
    NewEvent {
        case: case.to_owned(),
        what,
        at: by.at.clone(),
        day: by.day,
        month: facts.period,
        who: by.who.clone(),
        why: facts.run.clone(),
        file: None,
        body: content,
    }
}

struct Planner<'a> {
    facts: &'a RunFacts,
    settings: &'a Settings,
    by: &'a By,
    period: String,
    feed: Feed,
}

impl Planner<'_> {
    /// Adds an event and gives the case after it.
    fn push(&mut self, mut case: Case, what: Move, content: serde_json::Value) -> Result<Case> {
        let new = new_event(self.facts, self.by, &case.id, what, content);
        if let Some(event) = case.event_of(&new, 0) {
            case.apply(&event).map_err(crate::error::Fault::Internal)?;
        }
        self.feed.events.push(new);
        self.count_step(&case, what);
        self.feed.cases.insert(case.id.clone(), case.clone());
        Ok(case)
    }

    fn count_step(&mut self, case: &Case, what: Move) {
        let n = |is: bool| i64::from(is);
        let step = Step {
            month: case.month.clone(),
            class: case.opening.class.clone(),
            unit_key: case.opening.unit_key.clone(),
            unit_name: case.opening.unit_name.clone(),
            opened: n(what == Move::Open),
            reopened: n(what == Move::Reopen),
            closed: 0,
            unfounded: n(what == Move::Withdraw),
        };
        if step.opened + step.reopened + step.unfounded > 0 {
            self.feed.steps.push(step);
        }
    }

    fn expect(&mut self, case: &Case) {
        self.feed.expected.push(Expected { case: case.id.clone(), events: case.events });
    }

    fn observation(&self, o: &Observed) -> Observation {
        Observation {
            period: self.period.clone(),
            run: self.facts.run.clone(),
            fingerprint: o.fingerprint.clone(),
            severity: o.severity.clone(),
            measure: o.measure,
            amount: o.amount,
            worsened: false,
            fact_zh: None,
            fact_en: None,
        }
    }

    /// Something nobody has seen before, if it is grave enough for a case.
    fn first(&mut self, o: &Observed) -> Result<()> {
        if o.severity > self.settings.from_severity {
            return Ok(());
        }
        let opening = Opening {
            source: "comparison".to_owned(),
            reference: None,
            rule: Some(o.rule.clone()),
            slug: Some(o.slug.clone()),
            category: Some(o.category.clone()),
            class: self.settings.classes.of_rule(&o.rule).to_owned(),
            severity: o.severity.clone(),
            unit_key: o.unit_key.clone(),
            unit_name: o.unit_name.clone(),
            person_key: o.person_key.clone(),
            person_name: o.person_name.clone(),
            fact_zh: o.fact_zh.clone(),
            fact_en: o.fact_en.clone(),
            legal_basis: o.legal_basis.clone(),
            due: Some(day_text(self.settings.check_by(self.by.day))),
            origin: None,
            promise: None,
            passed_on: None,
            proposed: Vec::new(),
            seen: Some(self.observation(o)),
        };
        let case = Case::new(&o.id);
        self.expect(&case);
        self.feed.counts.opened += 1;
        self.push(case, Move::Open, body(&opening)?)?;
        Ok(())
    }

    /// A known case, found in this period.
    fn again(&mut self, case: Case, o: &Observed) -> Result<()> {
        let said = case.looks.get(&self.period);
        let same = |l: &Look| {
            l.found == Some(true)
                && l.fingerprint == o.fingerprint
                && l.severity == o.severity
                && l.measure == o.measure
                && l.amount == o.amount
        };
        if said.is_some_and(same) {
            return Ok(());
        }
        self.expect(&case);
        let before = case.looks.range(..self.period.clone()).rev().find(|(_, l)| l.found == Some(true)).map(|(_, l)| l);
        let newer = case.last_seen().is_none_or(|(period, _)| *period < self.period);
        let mut seen = self.observation(o);
        // A fen is the smallest step of any measure.
        let more = |l: &Look| matches!((l.measure, o.measure), (Some(then), Some(now)) if now - then > 0.005);
        seen.worsened = before.is_some_and(|l| more(l) || o.severity < l.severity);
        let news =
            before.is_none_or(|l| l.measure != o.measure || l.severity != o.severity || l.fingerprint != o.fingerprint);
        if news {
            seen.fact_zh = Some(o.fact_zh.clone());
            seen.fact_en = Some(o.fact_en.clone());
        }
        self.feed.counts.seen += 1;
        self.feed.counts.worsened += u64::from(seen.worsened);
        let case = self.push(case, Move::Seen, body(&seen)?)?;
        if newer && let Some(cause) = self.cause(&case, o) {
            self.feed.counts.reopened += 1;
            let due = Some(day_text(self.settings.check_by(self.by.day)));
            let reopening = Reopening { cause: cause.to_owned(), due };
            self.push(case, Move::Reopen, body(&reopening)?)?;
        }
        Ok(())
    }

    /// Why a case that was closed or held to be unfounded is open again, if it is.
    fn cause(&self, case: &Case, o: &Observed) -> Option<&'static str> {
        match case.state {
            State::Closed | State::ClosedProvisional => Some("seen"),
            State::NotConfirmed => {
                let verdict = &case.judged.as_ref()?.verdict;
                let code = verdict.reason_code.as_deref().unwrap_or_default();
                match reason_of(code) {
                    _ if code == WITHDRAWN => Some("seen"),
                    Some(reason) if reason.exempts => {
                        (!case.is_exempt(self.facts.period.last_day())).then_some("exemption_expired")
                    }
                    _ => (verdict.fingerprint != o.fingerprint).then_some("facts_changed"),
                }
            }
            _ => None,
        }
    }

    /// A known case that this period's run does not find.
    fn silent(&mut self, case: Case) -> Result<()> {
        let Some(rule) = case.opening.rule.clone() else { return Ok(()) };
        let said = case.looks.get(&self.period).map(|l| l.found);
        let of_run = || body(&OfRun { period: self.period.clone(), run: self.facts.run.clone() });
        if !self.facts.ran.contains(&rule) {
            // Only what was said of this period before has to be taken back.
            if said.is_some_and(|found| found.is_some()) {
                let content = of_run()?;
                self.expect(&case);
                self.feed.counts.unchecked += 1;
                self.push(case, Move::Unchecked, content)?;
            }
            return Ok(());
        }
        let was_found = said == Some(Some(true));
        if said == Some(Some(false)) || !(was_found || case.is_watched()) {
            return Ok(());
        }
        let content = of_run()?;
        self.expect(&case);
        let elsewhere = case.looks.iter().any(|(period, l)| *period != self.period && l.found == Some(true));
        if case.state == State::Suspicion && was_found && !elsewhere {
            self.feed.counts.withdrawn += 1;
            self.push(case, Move::Withdraw, content)?;
            return Ok(());
        }
        self.feed.counts.gone += 1;
        let case = self.push(case, Move::Gone, content.clone())?;
        if case.state == State::ClosedProvisional && case.clean_runs() >= self.settings.clean_runs {
            self.feed.counts.proved += 1;
            self.push(case, Move::Prove, content)?;
        }
        Ok(())
    }
}
