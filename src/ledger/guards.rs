//! The guards of the table of moves: what has to hold besides the state, and what is said when it does not.

mod levels;

use super::act::{By, Form};
use super::case::Case;
use super::event::{day_of, day_text};
use super::reasons::{REASONS, reason_of};
use super::refusals::forbidden;
use super::settings::Settings;
use super::state::{Guard, Move};
use crate::error::{Fault, Result, refused};
use crate::kernel::dates::civil;

/// Whether one guard lets a move pass.
///
/// # Errors
/// [`Fault::Refused`] with what is missing.
pub(super) fn check(guard: Guard, case: &Case, what: Move, form: &Form, by: &By, settings: &Settings) -> Result<()> {
    match guard {
        Guard::ByRun => Err(forbidden(case, what)),
        Guard::Reason if form.why.trim().is_empty() => {
            Err(missing("no-reason", "未写明理由", "no reason is given", "--why 理由", "--why TEXT"))
        }
        Guard::Reason => Ok(()),
        Guard::ReasonCode => reason_code(form, by),
        Guard::Transfer => transfer(form, by),
        Guard::Assignment => assignment(form, by),
        // Acceptance and closing rest on the file that came with the request.
        Guard::Evidence if !has_evidence(case, what, form) => Err(missing(
            "evidence-missing",
            "没有整改证据文件,不能销号",
            "there is no evidence file, so the case cannot be closed",
            "--evidence 文件",
            "--evidence FILE",
        )),
        Guard::Evidence => Ok(()),
        Guard::NotTheRequester => other_than(
            case.requested.as_ref().map(|s| &s.who),
            by,
            ("申请销号", "asked for closing"),
            ("验收", "accept it"),
        ),
        Guard::TwoPeople => {
            other_than(case.accepted.as_ref().map(|s| &s.who), by, ("验收", "accepted it"), ("销号", "close it"))
        }
        Guard::NextLevel => levels::next(case, form, by, settings),
        Guard::LevelsBeforeAccept => levels::signed(case, &settings.accept_after, by),
        Guard::LevelsBeforeClose => {
            let all: Vec<String> = settings.accept_after.iter().chain(&settings.close_after).cloned().collect();
            levels::signed(case, &all, by)
        }
        Guard::DataProof => data_proof(case, settings),
        Guard::AtOnce => at_once(case, by, settings),
        Guard::Plan => plan(form, by, settings),
        Guard::ExtensionLeft => extension(case, form, settings),
    }
}

fn has_evidence(case: &Case, what: Move, form: &Form) -> bool {
    let filed = matches!(what, Move::Accept | Move::Close) && case.evidence.is_some();
    filed || form.file.is_some()
}

fn missing(code: &'static str, zh: &str, en: &str, add_zh: &str, add_en: &str) -> Fault {
    refused(code, zh, en).hint(format!("加 {add_zh}"), format!("add {add_en}")).into()
}

fn is_blank(text: Option<&String>) -> bool {
    text.is_none_or(|t| t.trim().is_empty())
}

fn later(day: Option<i32>, by: &By, option: &str) -> Result<()> {
    match day {
        None => Err(missing(
            "no-date",
            "未写明日期",
            "a date is missing",
            &format!("{option} 年-月-日"),
            &format!("{option} YYYY-MM-DD"),
        )),
        Some(day) if day <= by.day => {
            let (day, today) = (day_text(day), day_text(by.day));
            Err(refused(
                "date-past",
                format!("{option} {day} 不晚于办理日期 {today}"),
                format!("{option} {day} is not after {today}"),
            )
            .into())
        }
        Some(_) => Ok(()),
    }
}

fn reason_code(form: &Form, by: &By) -> Result<()> {
    let codes = || REASONS.iter().map(|r| format!("{} ({})", r.code, r.zh)).collect::<Vec<_>>().join(", ");
    let Some(reason) = form.reason_code.as_deref().and_then(reason_of) else {
        let given = form.reason_code.as_deref().unwrap_or("—");
        return Err(refused(
            "reason-code",
            format!("认定不属实须写明理由代码,“{given}”不在代码表中"),
            format!("“not confirmed” needs a reason code; {given} is none"),
        )
        .hint(format!("--reason {}", codes()), format!("--reason {}", codes()))
        .into());
    };
    if reason.exempts {
        if is_blank(form.document.as_ref()) {
            return Err(missing(
                "no-document",
                "以批准事由说明的,须有文号",
                "an exemption needs its document",
                "--document 文号",
                "--document NUMBER",
            ));
        }
        later(form.until, by, "--until")?;
    }
    if reason.code == "other" && form.why.trim().is_empty() {
        return Err(missing("no-reason", "“其他”须写明理由", "“other” needs words", "--why 理由", "--why TEXT"));
    }
    Ok(())
}

fn transfer(form: &Form, by: &By) -> Result<()> {
    if is_blank(form.to.as_ref()) {
        return Err(missing(
            "no-receiver",
            "未写明移送给谁",
            "nobody is named to pass it on to",
            "--to 机关",
            "--to AUTHORITY",
        ));
    }
    if is_blank(form.document.as_ref()) {
        return Err(missing(
            "no-document",
            "移送须有函号",
            "passing it on needs a document",
            "--document 文号",
            "--document NUMBER",
        ));
    }
    later(form.reply_by, by, "--reply-by")
}

fn assignment(form: &Form, by: &By) -> Result<()> {
    let parts = [
        (&form.document, "交办须有函号", "an assignment needs a document", "--document"),
        (&form.owner, "交办须有责任人", "an assignment needs somebody in charge", "--owner"),
        (&form.measure, "交办须写明整改措施", "an assignment needs a measure", "--measure"),
    ];
    for (value, zh, en, option) in parts {
        if is_blank(value.as_ref()) {
            return Err(missing("assignment-incomplete", zh, en, option, option));
        }
    }
    form.due.map_or(Ok(()), |_| later(form.due, by, "--due"))
}

fn other_than(signed: Option<&String>, by: &By, did: (&str, &str), now: (&str, &str)) -> Result<()> {
    let fold = |name: &str| name.split_whitespace().collect::<String>().to_lowercase();
    if signed.is_some_and(|who| fold(who) == fold(&by.who)) {
        let who = &by.who;
        return Err(refused(
            "same-person",
            format!("{who} 已{},不能再由本人{}", did.0, now.0),
            format!("{who} {} and may not {} too", did.1, now.1),
        )
        .hint("请另一人办理", "somebody else has to sign")
        .into());
    }
    Ok(())
}

fn data_proof(case: &Case, settings: &Settings) -> Result<()> {
    let Some(rule) = case.opening.rule.as_ref() else { return Ok(()) };
    let (have, need) = (case.clean_runs(), settings.clean_runs);
    if have >= need {
        return Ok(());
    }
    let last = case.last_seen().map_or("—", |(period, _)| period.as_str());
    Err(refused(
        "data-proof",
        format!("规则 {rule} 须在申请销号后的 {need} 次月度核对中不再核出,现为 {have} 次(最近核出:{last})"),
        format!("rule {rule} must be silent in {need} later monthly runs, so far in {have} (last found in {last})"),
    )
    .hint("等待后续月度核对;仍在核出的用 return 退回", "wait for the next runs; if it is still found, return it")
    .into())
}

fn at_once(case: &Case, by: &By, settings: &Settings) -> Result<()> {
    let assigned = case.assigned.as_ref();
    let days = assigned.and_then(|s| day_of(&s.day)).map_or(0, |day| by.day - day);
    if days > settings.at_once_days {
        let limit = settings.at_once_days;
        return Err(refused(
            "not-at-once",
            format!("立行立改限交办后 {limit} 日内,已过 {days} 日"),
            format!("closing at once is possible within {limit} days of the assignment; {days} have passed"),
        )
        .hint("按一般程序整改、申请销号", "report progress and request closing the usual way")
        .into());
    }
    other_than(assigned.map(|s| &s.who), by, ("交办", "assigned it"), ("销号", "close it at once"))
}

fn plan(form: &Form, by: &By, settings: &Settings) -> Result<()> {
    if is_blank(form.document.as_ref()) {
        return Err(missing(
            "no-document",
            "长期消化方案须有文号",
            "a plan needs a document",
            "--document 文号",
            "--document NUMBER",
        ));
    }
    let Some(last) = form.targets.iter().map(|t| t.0).max() else {
        return Err(missing(
            "no-target",
            "长期消化方案须有年度目标",
            "a plan needs yearly targets",
            "--target 年-月-日=目标",
            "--target YYYY-MM-DD=TEXT",
        ));
    };
    later(form.targets.iter().map(|t| t.0).min(), by, "--target")?;
    let (year, month, day) = civil(by.day);
    let (last_year, last_month, last_day) = civil(last);
    let years = settings.plan_years;
    if (last_year - years, last_month, last_day) > (year, month, day) {
        return Err(refused(
            "plan-too-long",
            format!("消化方案最长 {years} 年,末次目标 {} 超过", day_text(last)),
            format!("a plan may reach {years} years; the last target is {}", day_text(last)),
        )
        .into());
    }
    Ok(())
}

fn extension(case: &Case, form: &Form, settings: &Settings) -> Result<()> {
    if case.extensions.len() >= settings.extensions {
        let n = settings.extensions;
        return Err(refused(
            "no-extension-left",
            format!("已延期 {n} 次,不能再延"),
            format!("it was extended {n} times already"),
        )
        .hint("按期整改,或列入长期消化方案", "put it right, or move it to a long-term plan")
        .into());
    }
    if is_blank(form.document.as_ref()) || form.why.trim().is_empty() {
        return Err(missing(
            "no-document",
            "延期须有批准文件和理由",
            "an extension needs an approving document and a reason",
            "--document 文号 --why 理由",
            "--document NUMBER --why TEXT",
        ));
    }
    let now = case.due.as_deref().and_then(day_of);
    match (form.due, now) {
        (Some(due), Some(now)) if due > now => Ok(()),
        (Some(due), None) if due > 0 => Ok(()),
        (None, _) => {
            Err(missing("no-date", "未写明新期限", "the new deadline is missing", "--due 年-月-日", "--due YYYY-MM-DD"))
        }
        (Some(due), _) => {
            let (due, now) = (day_text(due), case.due.as_deref().unwrap_or("—"));
            Err(refused(
                "not-later",
                format!("新期限 {due} 不晚于原期限 {now}"),
                format!("{due} is not after the deadline {now}"),
            )
            .into())
        }
    }
}
