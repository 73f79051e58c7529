//! Letters to units: 核查通知书, 整改通知书, 督办函; numbered by the ledger, one a unit.
//!
//! Numbers come from the record `letter:WORD-YEAR`, whose events are the letters: no number is given twice, none is skipped, and a
//! supervision letter stands in the file of every case it names. Nothing is written when another writer was quicker.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::units::refused;
use crate::bulletin::docx;
use crate::bulletin::office::Office;
use crate::bulletin::template::Templates;
use crate::error::{Fault, Result};
use crate::kernel::dates::{Month, civil};
use crate::kernel::secret::hex;
use crate::ledger::event::{day_of, day_text};
use crate::ledger::{By, Case, Expected, Filter, Form, Move, NewEvent, Settings, State, Store, act};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Suspicions to be checked.
    Check,
    /// Problems to be put right.
    Notice,
    /// Problems that are overdue.
    Supervision,
}

impl Kind {
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Check => "机构编制疑点核查通知书",
            Self::Notice => "机构编制问题整改通知书",
            Self::Supervision => "机构编制问题整改督办函",
        }
    }
    fn states(self) -> Vec<State> {
        match self {
            Self::Check => vec![State::Suspicion, State::Checking, State::Reopened],
            Self::Notice => vec![State::Assigned, State::Rectifying, State::Returned],
            Self::Supervision => State::all().filter(|s| s.is_open() && !s.awaits_data()).collect(),
        }
    }
}

/// One line of a letter's table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Item {
    pub id: String,
    pub severity: String,
    pub state: String,
    /// Masked.
    pub person: String,
    pub fact: String,
    pub legal_basis: String,
    pub due: String,
    pub days_overdue: String,
    pub measure: String,
    pub owner: String,
}

/// A letter before it has a number.
#[derive(Debug, Clone)]
pub struct Draft {
    pub unit_key: String,
    pub unit_name: String,
    /// Step of the ladder, for supervision.
    pub step: Option<&'static str>,
    pub cases: Vec<Case>,
}

/// What the letters have in common.
#[derive(Debug, Clone)]
pub struct Terms {
    pub kind: Kind,
    /// The office's word in document numbers, such as 编督.
    pub word: String,
    /// By when the unit answers.
    pub new_due: i32,
    pub contact: String,
    /// Key of a unit → its superior's name.
    pub superiors: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Letter {
    pub document: String,
    pub kind: Kind,
    pub unit_key: String,
    pub unit_name: String,
    pub copy_to: Option<String>,
    pub date: String,
    pub new_due: String,
    pub contact: String,
    pub longest: i32,
    pub items: Vec<Item>,
    #[serde(skip)]
    pub cases: Vec<Case>,
}

/// A letter as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    pub n: u32,
    pub document: String,
    pub kind: Kind,
    pub unit_key: String,
    pub unit_name: String,
    pub cases: Vec<String>,
    pub new_due: String,
    /// SHA-256 of the DOCX.
    pub sha256: String,
}

/// The letter that a case has come to on the ladder and has not had.
fn step_due(case: &Case, settings: &Settings, day: i32) -> Option<&'static str> {
    let days = case.days_overdue(day)?;
    let [_, _, first, second, ..] = settings.ladder;
    if days >= first && !case.has_reminder("letter") {
        return Some("letter");
    }
    (days >= second && !case.has_reminder("second_letter")).then_some("second_letter")
}

/// The letters that are due, one a unit and step, in the order of the units; and cases without a unit, to which none can be written.
///
/// # Errors
/// What reading the ledger may give.
pub fn drafts(
    store: &dyn Store,
    settings: &Settings,
    kind: Kind,
    units: Option<&BTreeSet<String>>,
    day: i32,
    again: bool,
) -> Result<(Vec<Draft>, Vec<String>)> {
    let written = if again { BTreeSet::new() } else { written(store, kind)? };
    let mut found: BTreeMap<(String, Option<&'static str>), Draft> = BTreeMap::new();
    let mut homeless = Vec::new();
    store.cases(&Filter { states: kind.states(), ..Filter::default() }, &mut |case| {
        let step = match kind {
            Kind::Supervision => match step_due(&case, settings, day) {
                Some(step) => Some(step),
                None => return Ok(()),
            },
            _ if written.contains(&(case.id.clone(), case.reopened)) => return Ok(()),
            _ => None,
        };
        let Some(key) = case.opening.unit_key.clone() else {
            homeless.push(case.id);
            return Ok(());
        };
        if units.is_some_and(|u| !u.contains(&key)) {
            return Ok(());
        }
        let draft = found.entry((key.clone(), step)).or_insert_with(|| Draft {
            unit_key: key,
            unit_name: case.opening.unit_name.clone().unwrap_or_default(),
            step,
            cases: Vec::new(),
        });
        draft.cases.push(case);
        Ok(())
    })?;
    Ok((found.into_values().collect(), homeless))
}

/// Cases, with how often they had been reopened, that a letter of the kind has named.
fn written(store: &dyn Store, kind: Kind) -> Result<BTreeSet<(String, u32)>> {
    let mut ids = Vec::new();
    store.records("letter", &mut |record| {
        ids.push(record.id);
        Ok(())
    })?;
    let mut named = BTreeSet::new();
    for id in ids {
        for event in store.events_of(&id)? {
            if let Ok(sent) = serde_json::from_str::<Sent>(&event.body)
                && sent.kind == kind
            {
                for case in sent.cases {
                    let before =
                        store.events_of(&case)?.iter().filter(|e| e.what == Move::Reopen && e.seq < event.seq).count();
                    named.insert((case, u32::try_from(before).unwrap_or(u32::MAX)));
                }
            }
        }
    }
    Ok(named)
}

fn chinese_date(day: i32) -> String {
    let (year, month, day) = civil(day);
    format!("{year}年{month}月{day}日")
}

/// Letters with their numbers, and the events that give them.
///
/// # Errors
/// [`Fault::Refused`] for a word that makes no number or a date that is past; what the ledger or the templates may give.
pub fn letters(
    store: &dyn Store,
    settings: &Settings,
    drafts: Vec<Draft>,
    terms: &Terms,
    by: &By,
    (templates, office): (&Templates, &Office),
) -> Result<Written> {
    let word = terms.word.trim();
    if word.is_empty() || word.chars().any(|c| c.is_whitespace() || c.is_control() || "〔〕[]:/".contains(c)) {
        let (zh, en) = (format!("发文代字“{word}”不可用"), format!("{word:?} makes no document number"));
        return Err(refused("bad-word", &zh, &en, "加 --word 代字,如 编督", "add --word, such as 编督"));
    }
    if terms.new_due <= by.day {
        let day = day_text(terms.new_due);
        let (zh, en) =
            (format!("新期限 {day} 不晚于发文日期"), format!("the new deadline {day} is not after the letter's day"));
        return Err(refused("date-past", &zh, &en, "", ""));
    }
    let month = Month::of_day(by.day);
    let year = month.year();
    let counter = format!("letter:{word}-{year}");
    let before = store.case(&counter)?;
    let last = before.as_ref().and_then(|c| c.record.clone()).map(serde_json::from_value::<Sent>);
    let mut n = match last {
        None => 0,
        Some(Ok(sent)) => sent.n,
        Some(Err(e)) => return Err(Fault::Reconciliation(format!("the ledger's record {counter} is no letter: {e}"))),
    };
    let mut written = Written::default();
    written.expected.push(Expected { case: counter.clone(), events: before.map_or(0, |c| c.events) });
    for draft in drafts {
        n += 1;
        let letter = letter(&draft, terms, format!("{word}〔{year}〕{n}号"), by.day);
        let context = Context { office, title: terms.kind.title(), period: month.to_string(), letter: &letter };
        let bytes = docx::document(templates, "docx/letter.xml", &context, &IndexMap::new())?;
        let sent = Sent {
            n,
            document: letter.document.clone(),
            kind: terms.kind,
            unit_key: letter.unit_key.clone(),
            unit_name: letter.unit_name.clone(),
            cases: draft.cases.iter().map(|c| c.id.clone()).collect(),
            new_due: day_text(terms.new_due),
            sha256: hex(&Sha256::digest(&bytes)),
        };
        written.events.push(by.record(&counter, &letter.document, &sent)?);
        if let Some(step) = draft.step {
            for case in &draft.cases {
                let form = Form {
                    step: Some(step.to_owned()),
                    document: Some(letter.document.clone()),
                    why: letter.document.clone(),
                    ..Form::default()
                };
                written.events.push(act(case, Move::Remind, &form, by, settings)?);
                written.expected.push(Expected { case: case.id.clone(), events: case.events });
            }
        }
        written.letters.push((letter, bytes));
    }
    Ok(written)
}

/// Letters and the events that go with them.
#[derive(Debug, Default)]
pub struct Written {
    /// With the DOCX.
    pub letters: Vec<(Letter, Vec<u8>)>,
    pub events: Vec<NewEvent>,
    pub expected: Vec<Expected>,
}

#[derive(Serialize)]
struct Context<'a> {
    office: &'a Office,
    title: &'static str,
    /// The letter's month, from which the document's own date is taken.
    period: String,
    letter: &'a Letter,
}

fn letter(draft: &Draft, terms: &Terms, document: String, day: i32) -> Letter {
    let items: Vec<Item> = draft.cases.iter().map(|c| item(c, day)).collect();
    let superior = terms.superiors.get(&draft.unit_key).filter(|s| !s.is_empty());
    let second = draft.step == Some("second_letter");
    Letter {
        document,
        kind: terms.kind,
        unit_key: draft.unit_key.clone(),
        unit_name: draft.unit_name.clone(),
        copy_to: second.then(|| superior.cloned().unwrap_or_else(|| "主管部门".to_owned())),
        date: chinese_date(day),
        new_due: chinese_date(terms.new_due),
        contact: terms.contact.clone(),
        longest: draft.cases.iter().filter_map(|c| c.days_overdue(day)).max().unwrap_or(0),
        items,
        cases: draft.cases.clone(),
    }
}

fn item(case: &Case, day: i32) -> Item {
    let o = &case.opening;
    let plan = case.assignment.as_ref();
    Item {
        id: case.id.clone(),
        severity: o.severity.clone(),
        state: case.state.words().0.to_owned(),
        person: o.person_name.clone().unwrap_or_default(),
        fact: o.fact_zh.clone(),
        legal_basis: o.legal_basis.clone(),
        due: case.due.as_deref().and_then(day_of).map(day_text).unwrap_or_default(),
        days_overdue: case.days_overdue(day).map(|d| d.to_string()).unwrap_or_default(),
        measure: plan.map(|a| a.measure.clone()).unwrap_or_default(),
        owner: plan.map(|a| a.owner.clone()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::case::Reminded;

    fn overdue(due: &str, reminders: &[(&str, &str)]) -> Case {
        Case {
            state: State::Rectifying,
            due: Some(due.to_owned()),
            reminders: reminders
                .iter()
                .map(|(step, day)| Reminded { step: (*step).into(), day: (*day).into() })
                .collect(),
            ..Case::default()
        }
    }

    #[test]
    fn each_letter_is_due_once_and_a_later_deadline_begins_anew() {
        let settings = Settings::default();
        let on = |case: &Case, day: &str| step_due(case, &settings, day_of(day).expect("a day"));
        let none = overdue("2026-10-01", &[]);
        assert_eq!(on(&none, "2026-10-15"), None, "fourteen days");
        assert_eq!(on(&none, "2026-10-16"), Some("letter"));
        let first = overdue("2026-10-01", &[("letter", "2026-10-16")]);
        assert_eq!(on(&first, "2026-10-30"), None);
        assert_eq!(on(&first, "2026-10-31"), Some("second_letter"));
        let both = overdue("2026-10-01", &[("letter", "2026-10-16"), ("second_letter", "2026-10-31")]);
        assert_eq!(on(&both, "2026-12-31"), None);
        let extended = overdue("2026-12-01", &[("letter", "2026-10-16")]);
        assert_eq!(on(&extended, "2026-12-16"), Some("letter"), "the old letter was about the old deadline");
        let waiting = Case { state: State::CloseRequested, ..none };
        assert_eq!(on(&waiting, "2026-12-31"), None, "waiting for acceptance is nobody's delay");
    }
}
