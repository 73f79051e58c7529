//! People's moves: a form filled in, held against the guards of the table of moves, becomes an event that may be appended.

use serde::Serialize;
use serde_json::Value;

use super::body::{Addition, Assignment, Extension, Plan, Reminder, Reopening, Request, Target, Transfer, Verdict};
use super::case::Case;
use super::event::{FileRef, NewEvent, body, day_of, day_text};
use super::guards;
use super::refusals::forbidden;
use super::settings::{Settings, rung_of};
use super::state::{Move, permitted};
use crate::error::{Fault, Result, refused};
use crate::kernel::dates::Month;

/// Who acts, when it is written down, and the day it counts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    pub who: String,
    /// UTC, `2026-11-05T02:31:07Z`.
    pub at: String,
    /// Days since 1970-01-01.
    pub day: i32,
}

impl By {
    /// What they do on a case or record, as an event without a file.
    #[must_use]
    pub fn event(&self, case: &str, what: Move, why: &str, body: Value) -> NewEvent {
        NewEvent {
            case: case.to_owned(),
            what,
            at: self.at.clone(),
            day: self.day,
            month: Month::of_day(self.day),
            who: self.who.trim().to_owned(),
            why: why.trim().to_owned(),
            file: None,
            body,
        }
    }

    /// Something written down that is no case.
    ///
    /// # Errors
    /// [`Fault::Internal`] when it has no JSON form.
    pub fn record(&self, id: &str, why: &str, content: &impl Serialize) -> Result<NewEvent> {
        Ok(self.event(id, Move::Record, why, body(content)?))
    }
}

/// All that a move may need; each move asks for its own part. Days are days since 1970-01-01.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    pub why: String,
    pub file: Option<FileRef>,
    pub reason_code: Option<String>,
    pub document: Option<String>,
    pub until: Option<i32>,
    pub due: Option<i32>,
    pub complex: bool,
    pub owner: Option<String>,
    pub measure: Option<String>,
    pub to: Option<String>,
    pub reply_by: Option<i32>,
    pub targets: Vec<(i32, String)>,
    pub step: Option<String>,
    /// Fen.
    pub recovered: Option<i64>,
    pub sanction: Option<String>,
    pub class: Option<String>,
    /// The step of the plan that was met.
    pub met: Option<i32>,
    pub level: Option<String>,
    /// The unit or person that it is about.
    pub linked: Option<super::body::Proposal>,
    pub reply: Option<String>,
    /// The newest period that runs told the ledger of, empty when none did.
    pub latest_period: String,
}

/// The event of a person's move on a case, if every guard lets it pass.
///
/// # Errors
/// [`Fault::Refused`] with what is missing or forbidden, and what to do.
pub fn act(case: &Case, what: Move, form: &Form, by: &By, settings: &Settings) -> Result<NewEvent> {
    let Some((_, guards)) = permitted(case.state, what) else { return Err(forbidden(case, what)) };
    if by.who.trim().is_empty() {
        return Err(refused("no-name", "未写明经办人", "nobody is named as acting")
            .hint("加 --by 姓名", "add --by NAME")
            .into());
    }
    if day_of(&case.opened.day).is_some_and(|opened| by.day < opened) {
        let (day, opened) = (day_text(by.day), &case.opened.day);
        return Err(refused(
            "before-opening",
            format!("办理日期 {day} 早于立案日期 {opened}"),
            format!("{day} is before the case was opened on {opened}"),
        )
        .into());
    }
    for guard in guards {
        guards::check(*guard, case, what, form, by, settings)?;
    }
    let event = by.event(&case.id, what, &form.why, body_of(case, what, form, by, settings)?);
    Ok(NewEvent { file: form.file.clone(), ..event })
}

fn words(text: Option<&String>) -> String {
    text.map(|t| t.trim().to_owned()).unwrap_or_default()
}

fn body_of(case: &Case, what: Move, form: &Form, by: &By, settings: &Settings) -> Result<Value> {
    let document = || words(form.document.as_ref());
    let day = |day: Option<i32>| day.map(day_text);
    match what {
        Move::Confirm | Move::ConfirmPartly | Move::Reject | Move::DataError => body(&Verdict {
            reason_code: form.reason_code.clone(),
            document: form.document.clone(),
            until: day(form.until),
            fingerprint: case.last_seen().map(|(_, look)| look.fingerprint.clone()).unwrap_or_default(),
        }),
        Move::Transfer => body(&Transfer {
            to: words(form.to.as_ref()),
            document: document(),
            reply_by: day(form.reply_by).unwrap_or_default(),
        }),
        Move::Assign => {
            let usual = if form.complex { settings.complex_days } else { settings.rectify_days };
            body(&Assignment {
                document: document(),
                due: day_text(form.due.unwrap_or(by.day + usual)),
                owner: words(form.owner.as_ref()),
                measure: words(form.measure.as_ref()),
            })
        }
        Move::RequestClose | Move::CloseAtOnce => {
            body(&Request { after: form.latest_period.clone(), level: form.level.clone() })
        }
        Move::Plan => {
            let mut targets: Vec<Target> =
                form.targets.iter().map(|(by, target)| Target { by: day_text(*by), target: target.clone() }).collect();
            targets.sort_by(|a, b| a.by.cmp(&b.by));
            body(&Plan { document: document(), targets })
        }
        Move::Extend => body(&Extension { document: document(), due: day(form.due).unwrap_or_default() }),
        Move::Reopen => {
            body(&Reopening { cause: "by_hand".to_owned(), due: Some(day_text(settings.check_by(by.day))) })
        }
        Move::Remind => {
            let step = form.step.clone().unwrap_or_default();
            if rung_of(&step).is_none() {
                return Err(unknown_code(
                    "step",
                    &step,
                    super::settings::LADDER.iter().map(|r| (r.step, r.zh)).collect(),
                ));
            }
            body(&Reminder { step, document: form.document.clone() })
        }
        Move::Progress | Move::Note | Move::Accept | Move::Endorse | Move::Close | Move::Return => {
            if let Some(class) = form.class.as_deref().filter(|c| settings.classes.get(c).is_none()) {
                let known = settings.classes.list.iter().map(|c| (c.code.as_str(), c.zh.as_str())).collect();
                return Err(unknown_code("class", class, known));
            }
            body(&Addition {
                recovered: form.recovered,
                sanction: form.sanction.clone(),
                class: form.class.clone(),
                owner: form.owner.clone(),
                document: form.document.clone(),
                met: day(form.met),
                level: form.level.clone(),
                linked: form.linked.clone(),
                reply: form.reply.clone(),
            })
        }
        _ => Ok(Value::Object(serde_json::Map::new())),
    }
}

/// A code that is in no list, with the list.
#[must_use]
pub fn unknown_code(what: &str, given: &str, known: Vec<(&str, &str)>) -> Fault {
    let list = known.iter().map(|(code, zh)| format!("{code} ({zh})")).collect::<Vec<_>>().join(", ");
    refused("unknown-code", format!("{what} 中没有“{given}”"), format!("no {what} is called {given:?}"))
        .hint(format!("可用:{list}"), format!("known: {list}"))
        .into()
}
