//! A case: what its events add up to. The fold is a pure function of the events; nothing else changes a case.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::{
    Addition, Assignment, Extension, Observation, OfRun, Opening, Plan, Reminder, Reopening, Request, Transfer, Verdict,
};
use super::event::{Event, FileRef, NewEvent, canonical, day_of, day_text};
use super::state::{Move, State, permitted};

/// Who did something, and on which day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    pub who: String,
    pub day: String,
}

/// What one period's run said of the case.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    /// `true` found, `false` looked for and not found, nothing when the rule did not run.
    pub found: Option<bool>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub fingerprint: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub severity: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
}

/// The verdict on a case, while it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    pub state: State,
    pub by: Signature,
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// A level's signature on the way to closing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endorsed {
    pub level: String,
    pub who: String,
    pub day: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
}

/// A reminder that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminded {
    pub step: String,
    pub day: String,
}

/// A case as it stands after its events. For a [`State::Record`] only `id`, `events`, `state`, `source` and `record` say anything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Case {
    pub id: String,
    /// Events of the case; the number of the last one, which a writer names to show that nothing was missed.
    pub events: u32,
    pub state: State,
    /// The last event's month; the next one's is no earlier.
    pub month: String,
    /// What it was opened with; class, severity and words are those of now.
    #[serde(flatten)]
    pub opening: Opening,
    pub opened: Signature,
    pub opened_month: String,
    /// The day by which the next step is due.
    pub due: Option<String>,
    pub looks: BTreeMap<String, Look>,
    pub judged: Option<Judged>,
    /// The last verdict, kept when the case is reopened: for how often the rule is right.
    pub last_verdict: Option<State>,
    pub assignment: Option<Assignment>,
    pub assigned: Option<Signature>,
    pub extensions: Vec<Extension>,
    pub plan: Option<Plan>,
    /// Steps of the plan that were met, by their day.
    pub met: Vec<String>,
    pub transfer: Option<Transfer>,
    pub evidence: Option<FileRef>,
    pub request: Option<Request>,
    pub requested: Option<Signature>,
    pub accepted: Option<Signature>,
    /// Levels that signed for this request, in their order.
    pub endorsed: Vec<Endorsed>,
    pub closed: Option<Signature>,
    /// Months in which it became open, or ceased to be, in their order: what the monthly balance counts.
    pub turns: Vec<(String, bool)>,
    pub reopened: u32,
    pub returned: u32,
    pub reminders: Vec<Reminded>,
    /// Documents by which transfers, out or in, were answered, with their day.
    pub replies: Vec<(String, String)>,
    /// Fen, over all steps.
    pub recovered: i64,
    pub sanctions: Vec<String>,
    /// Of a record: its last body.
    pub record: Option<Value>,
}

impl Case {
    /// A case without events.
    #[must_use]
    pub fn new(id: &str) -> Self {
        Self { id: id.to_owned(), ..Self::default() }
    }

    /// The case that events add up to, in their order.
    ///
    /// # Errors
    /// As [`Case::apply`].
    pub fn fold<'a>(id: &str, events: impl IntoIterator<Item = &'a Event>) -> Result<Self, String> {
        let mut case = Self::new(id);
        for event in events {
            case.apply(event)?;
        }
        Ok(case)
    }

    /// The event that a new one becomes on this case as it stands; `None` when its move is not permitted.
    #[must_use]
    pub fn event_of(&self, new: &NewEvent, seq: i64) -> Option<Event> {
        let (to, _) = permitted(self.state, new.what)?;
        Some(Event {
            seq,
            at: new.at.clone(),
            day: day_text(new.day),
            month: new.month.to_string().max(self.month.clone()),
            who: new.who.clone(),
            case: new.case.clone(),
            n: self.events + 1,
            what: new.what,
            from: self.state,
            to,
            why: new.why.clone(),
            file: new.file.clone(),
            body: canonical(&new.body),
            hash: String::new(),
        })
    }

    /// Adds one event.
    ///
    /// # Errors
    /// In words, when the event does not belong here: another case, a gap in the numbers, another state than it says, a move
    /// that is not permitted, a month before the last, or a body of another shape.
    pub fn apply(&mut self, event: &Event) -> Result<(), String> {
        if event.case != self.id {
            return Err(format!("an event of {} among those of {}", event.case, self.id));
        }
        if event.n != self.events + 1 {
            return Err(format!("event {} of {} follows event {}", event.n, self.id, self.events));
        }
        if event.from != self.state {
            return Err(format!(
                "event {} of {} starts from {}, the case is {}",
                event.n,
                self.id,
                event.from.name(),
                self.state.name()
            ));
        }
        if event.month < self.month {
            return Err(format!(
                "event {} of {} is of {}, the one before of {}",
                event.n, self.id, event.month, self.month
            ));
        }
        let legal = permitted(event.from, event.what).is_some_and(|(to, _)| to == event.to);
        if !legal {
            return Err(format!(
                "event {} of {}: {} from {} to {} is no permitted move",
                event.n,
                self.id,
                event.what.name(),
                event.from.name(),
                event.to.name()
            ));
        }
        self.take(event).map_err(|e| format!("event {} of {}: {e}", event.n, self.id))?;
        self.events = event.n;
        self.state = event.to;
        self.month = event.month.clone();
        match event.what {
            Move::Open | Move::Reopen => self.turns.push((event.month.clone(), true)),
            Move::Close | Move::CloseAtOnce | Move::Reject | Move::Withdraw => {
                self.turns.push((event.month.clone(), false));
            }
            _ => {}
        }
        Ok(())
    }

    fn take(&mut self, event: &Event) -> Result<(), serde_json::Error> {
        let body = event.body.as_str();
        let signature = || Signature { who: event.who.clone(), day: event.day.clone() };
        match event.what {
            Move::Record => {
                self.opening.source = event.case.split(':').next().unwrap_or_default().to_owned();
                self.record = Some(serde_json::from_str(body)?);
            }
            Move::Open => self.open(event, serde_json::from_str(body)?, signature()),
            Move::Seen => self.see(serde_json::from_str(body)?),
            Move::Gone | Move::Unchecked => {
                let run: OfRun = serde_json::from_str(body)?;
                let found = (event.what == Move::Gone).then_some(false);
                self.looks.insert(run.period, Look { found, ..Look::default() });
            }
            Move::Withdraw => {
                let run: OfRun = serde_json::from_str(body)?;
                self.looks.insert(run.period, Look { found: Some(false), ..Look::default() });
                let verdict = Verdict { reason_code: Some(super::reasons::WITHDRAWN.to_owned()), ..Verdict::default() };
                self.judged = Some(Judged { state: event.to, by: signature(), verdict });
                self.due = None;
            }
            Move::Prove => {}
            Move::Reopen => self.reopen(serde_json::from_str(body)?),
            Move::Check => {}
            Move::Confirm | Move::ConfirmPartly | Move::Reject | Move::DataError => {
                self.judged = Some(Judged { state: event.to, by: signature(), verdict: serde_json::from_str(body)? });
                self.last_verdict = Some(event.to);
                self.due = None;
            }
            Move::Transfer => {
                let transfer: Transfer = serde_json::from_str(body)?;
                self.due = Some(transfer.reply_by.clone());
                self.transfer = Some(transfer);
            }
            Move::Assign => {
                let assignment: Assignment = serde_json::from_str(body)?;
                self.due = Some(assignment.due.clone());
                self.assignment = Some(assignment);
                self.assigned = Some(signature());
                self.plan = None;
            }
            Move::Extend => {
                let extension: Extension = serde_json::from_str(body)?;
                self.due = Some(extension.due.clone());
                self.extensions.push(extension);
            }
            Move::Plan => {
                let plan: Plan = serde_json::from_str(body)?;
                self.met.clear();
                self.plan = Some(plan);
                self.due = self.next_target();
            }
            Move::RequestClose | Move::CloseAtOnce => self.request(event, serde_json::from_str(body)?, signature()),
            Move::Progress | Move::Note | Move::Accept | Move::Endorse | Move::Close | Move::Return => {
                let addition: Addition = serde_json::from_str(body)?;
                if event.what == Move::Endorse {
                    let Signature { who, day } = signature();
                    let (level, document) = (addition.level.clone().unwrap_or_default(), addition.document.clone());
                    self.endorsed.push(Endorsed { level, who, day, document });
                }
                self.replies.extend(addition.reply.clone().map(|document| (document, event.day.clone())));
                self.add(addition);
                match event.what {
                    Move::Accept => self.accepted = Some(signature()),
                    Move::Close => self.closed = Some(signature()),
                    Move::Return => {
                        self.returned += 1;
                        self.accepted = None;
                        self.endorsed.clear();
                    }
                    _ => {}
                }
            }
            Move::Remind => {
                let reminder: Reminder = serde_json::from_str(body)?;
                self.reminders.push(Reminded { step: reminder.step, day: event.day.clone() });
            }
        }
        Ok(())
    }

    fn open(&mut self, event: &Event, opening: Opening, by: Signature) {
        self.opened = by;
        self.opened_month.clone_from(&event.month);
        self.due.clone_from(&opening.due);
        let seen = opening.seen.clone();
        self.opening = Opening { seen: None, due: None, ..opening };
        if let Some(seen) = seen {
            self.see(seen);
        }
    }

    fn see(&mut self, seen: Observation) {
        self.opening.severity.clone_from(&seen.severity);
        if let Some(words) = seen.fact_zh {
            self.opening.fact_zh = words;
        }
        if let Some(words) = seen.fact_en {
            self.opening.fact_en = words;
        }
        let Observation { period, fingerprint, severity, measure, amount, .. } = seen;
        self.looks.insert(period, Look { found: Some(true), fingerprint, severity, measure, amount });
    }

    fn reopen(&mut self, reopening: Reopening) {
        self.reopened += 1;
        self.due = reopening.due;
        self.judged = None;
        self.assignment = None;
        self.extensions.clear();
        self.plan = None;
        self.request = None;
        self.requested = None;
        self.accepted = None;
        self.endorsed.clear();
        self.closed = None;
        self.reminders.clear();
    }

    fn request(&mut self, event: &Event, request: Request, by: Signature) {
        self.evidence.clone_from(&event.file);
        self.request = Some(request);
        self.accepted = None;
        self.endorsed.clear();
        if event.what == Move::CloseAtOnce {
            self.closed = Some(by.clone());
        }
        self.requested = Some(by);
    }

    fn add(&mut self, addition: Addition) {
        self.recovered += addition.recovered.unwrap_or_default();
        self.sanctions.extend(addition.sanction);
        if let Some(class) = addition.class {
            self.opening.class = class;
        }
        if let (Some(owner), Some(assignment)) = (addition.owner, &mut self.assignment) {
            assignment.owner = owner;
        }
        if let Some(linked) = addition.linked {
            self.link(linked);
        }
        if let Some(met) = addition.met {
            self.met.push(met);
            self.due = self.next_target();
        }
    }

    /// Somebody said what it is about: the proposals of that kind are settled.
    fn link(&mut self, linked: super::body::Proposal) {
        self.opening.proposed.retain(|p| p.kind != linked.kind);
        let known = |text: String| Some(text).filter(|t| !t.is_empty());
        match (linked.kind.as_str(), linked.key.is_empty()) {
            ("unit", false) => {
                self.opening.unit_key = known(linked.key);
                self.opening.unit_name = known(linked.name).or(self.opening.unit_name.take());
            }
            ("person", false) => {
                self.opening.person_key = known(linked.key);
                self.opening.person_name = known(linked.name).or(self.opening.person_name.take());
            }
            _ => {}
        }
    }

    /// The first step of the plan that was not met.
    fn next_target(&self) -> Option<String> {
        let open = |by: &&String| !self.met.contains(by);
        self.plan.as_ref()?.targets.iter().map(|t| &t.by).filter(open).min().cloned()
    }

    /// Whether it was open at the end of a month.
    #[must_use]
    pub fn is_open_at(&self, month: &str) -> bool {
        self.turns.iter().rev().find(|(turned, _)| turned.as_str() <= month).is_some_and(|(_, open)| *open)
    }

    /// The last period in which it was found.
    #[must_use]
    pub fn last_seen(&self) -> Option<(&String, &Look)> {
        self.looks.iter().rev().find(|(_, look)| look.found == Some(true))
    }

    /// Whether the last period that was looked at found it.
    #[must_use]
    pub fn present(&self) -> bool {
        self.looks.values().rev().find_map(|look| look.found).unwrap_or(false)
    }

    /// Periods after the request for closing, and after the last time it was found, in which the rule ran and was silent.
    #[must_use]
    pub fn clean_runs(&self) -> u32 {
        let Some(request) = &self.request else { return 0 };
        let seen = self.last_seen().map_or("", |(period, _)| period.as_str());
        let after = request.after.as_str().max(seen);
        let clean = self.looks.iter().filter(|(period, look)| period.as_str() > after && look.found == Some(false));
        u32::try_from(clean.count()).unwrap_or(u32::MAX)
    }

    /// Whether a run that does not find it has something to say to it.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.opening.rule.is_some() && (self.present() || self.state.awaits_data())
    }

    /// Days past the deadline of a case that somebody has to act on. Waiting for acceptance or for the data is nobody's delay.
    #[must_use]
    pub fn days_overdue(&self, today: i32) -> Option<i32> {
        if !self.state.is_open() || self.state.awaits_data() {
            return None;
        }
        let due = day_of(self.due.as_deref()?)?;
        (today > due).then_some(today - due)
    }

    /// Whether a step of the ladder was taken after the deadline that stands: an extension begins the ladder anew.
    #[must_use]
    pub fn has_reminder(&self, step: &str) -> bool {
        let due = self.due.as_deref().unwrap_or_default();
        self.reminders.iter().any(|r| r.step == step && r.day.as_str() > due)
    }

    /// Whether an exemption excuses it on a day.
    #[must_use]
    pub fn is_exempt(&self, day: i32) -> bool {
        let Some(judged) = self.judged.as_ref().filter(|_| self.state == State::NotConfirmed) else { return false };
        judged.verdict.until.as_deref().and_then(day_of).is_some_and(|until| day <= until)
    }
}
