//! 逐级销号: the levels that sign on the way from the request to the closing, in the office's order.

use super::{missing, other_than};
use crate::error::{Result, refused};
use crate::ledger::act::{By, Form};
use crate::ledger::case::Case;
use crate::ledger::settings::Settings;
use crate::ledger::state::State;

/// The level that has to sign now, if any.
fn expected<'a>(case: &Case, settings: &'a Settings) -> Option<&'a String> {
    let chain = if case.state == State::Accepted { &settings.close_after } else { &settings.accept_after };
    chain.iter().find(|level| !case.endorsed.iter().any(|e| e.level == **level))
}

/// Whether the form signs for the level that is next, by somebody who has not signed for this request.
pub(super) fn next(case: &Case, form: &Form, by: &By, settings: &Settings) -> Result<()> {
    let Some(expected) = expected(case, settings) else {
        return Err(refused("no-level-left", "此环节没有尚需审核的层级", "no level has to sign here")
            .hint(
                "可以验收、销号,或在 [ledger] 中设 accept_after、close_after",
                "accept or close it, or set accept_after or close_after in [ledger]",
            )
            .into());
    };
    match form.level.as_deref().map(str::trim) {
        None | Some("") => {
            let option = format!("--level {expected}");
            Err(missing("no-level", "未写明审核层级", "the level that signs is missing", &option, &option))
        }
        Some(level) if level != expected => Err(refused(
            "wrong-level",
            format!("逐级审核:现应由 {expected} 审核,不是 {level}"),
            format!("the next level to sign is {expected}, not {level}"),
        )
        .hint(format!("--level {expected}"), format!("--level {expected}"))
        .into()),
        Some(_) => not_again(case, by),
    }
}

/// Whoever asked or signed does not sign again.
fn not_again(case: &Case, by: &By) -> Result<()> {
    other_than(
        case.requested.as_ref().map(|s| &s.who),
        by,
        ("申请销号", "asked for closing"),
        ("审核", "sign for it"),
    )?;
    case.endorsed
        .iter()
        .try_for_each(|e| other_than(Some(&e.who), by, ("审核", "signed for a level"), ("签署", "sign once more")))
}

/// Whether every level of a chain has signed, and somebody else acts now.
pub(super) fn signed(case: &Case, chain: &[String], by: &By) -> Result<()> {
    let lacking: Vec<&str> =
        chain.iter().filter(|level| !case.endorsed.iter().any(|e| e.level == **level)).map(String::as_str).collect();
    let Some(first) = lacking.first() else {
        return case
            .endorsed
            .iter()
            .filter(|e| chain.contains(&e.level))
            .try_for_each(|e| other_than(Some(&e.who), by, ("审核", "signed for a level"), ("办理", "act on it too")));
    };
    let list = lacking.join(" → ");
    Err(refused("levels-missing", format!("逐级销号尚缺:{list}"), format!("levels that have not signed: {list}"))
        .hint(
            format!("hedui ledger endorse {} --level {first} --by 姓名", case.id),
            format!("hedui ledger endorse {} --level {first} --by NAME", case.id),
        )
        .into())
}
