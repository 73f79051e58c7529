//! What every store refuses, in the same words.

use super::case::Case;
use super::state::{Move, State, ways_out};
use super::store::Expected;
use crate::error::{Fault, refused};

/// A move that the table of states does not know, with those that it does.
pub(super) fn forbidden(case: &Case, what: Move) -> Fault {
    if case.state == State::None {
        return unknown_case(&case.id);
    }
    let ways = ways_out(case.state);
    let list = |name: fn(&Move) -> &'static str, comma: &str| ways.iter().map(name).collect::<Vec<_>>().join(comma);
    let (zh, en) = (case.state.words(), what.words());
    refused(
        "forbidden-move",
        format!("{} 现为“{}”,不能“{}”", case.id, zh.0, en.0),
        format!("{} is “{}”: “{}” is not possible from there", case.id, zh.1, what.name()),
    )
    .hint(format!("现在可以:{}", list(|m| m.words().0, "、")), format!("possible now: {}", list(|m| m.name(), ", ")))
    .into()
}

/// A case that nobody opened.
#[must_use]
pub fn unknown_case(id: &str) -> Fault {
    refused("unknown-case", format!("台账中没有 {id}"), format!("the ledger has no case {id}"))
        .hint("用 hedui ledger list 查编号", "hedui ledger list shows the numbers")
        .into()
}

/// A case that was changed since its writer read it. `last` is what was done last, if anything was.
pub(super) fn conflict(claim: &Expected, found: u32, last: Option<&str>) -> Fault {
    let last = last.unwrap_or("no event");
    Fault::Locked(format!(
        "{}: changed meanwhile: you saw {} events, there are {found} (last: {last}); nothing was written. \
         Look at it with `hedui ledger show` and decide again",
        claim.case, claim.events
    ))
}

/// Another writer holds the ledger for longer than one waits.
pub(super) fn busy(name: &str) -> Fault {
    Fault::Locked(format!("{name}: another program is writing to the ledger; nothing was written, try again"))
}

pub(super) fn disk_full(name: &str, said: String) -> Fault {
    Fault::Machine {
        context: format!("{name}: the disk is full; nothing was written to the ledger"),
        source: std::io::Error::new(std::io::ErrorKind::StorageFull, said),
    }
}

pub(super) fn no_ledger(name: &str) -> Fault {
    refused("no-ledger", format!("{name} 还没有台账"), format!("there is no ledger at {name}"))
        .hint(
            "配置了 [ledger] 后执行 hedui run,或用 hedui ledger import 导入问题,即建立台账",
            "hedui run with a [ledger] section, or hedui ledger import, begins one",
        )
        .into()
}

pub(super) fn not_a_ledger(name: &str) -> Fault {
    refused(
        "not-a-ledger",
        format!("{name} 是其他程序的数据库,不是核对台账"),
        format!("{name} is another program's database, no ledger"),
    )
    .hint("检查 [ledger] 的 url", "look at the url of [ledger]")
    .into()
}

pub(super) fn newer_schema(name: &str, version: i32, mine: i32) -> Fault {
    refused(
        "newer-schema",
        format!("{name} 的结构版本为 {version},本程序只认识到 {mine}"),
        format!("{name} has schema version {version}; this program knows up to {mine}"),
    )
    .hint("请用写入它的较新版本程序", "use the newer program that wrote it")
    .into()
}

pub(super) fn ledger_exists(name: &str) -> Fault {
    refused("ledger-exists", format!("{name} 已存在"), format!("{name} exists already"))
        .hint("先将原台账移走,或另取名称", "move the old one away first, or take another name")
        .into()
}

/// Events that are not as they were written.
pub(super) fn tampered(name: &str, what: &str) -> Fault {
    Fault::Reconciliation(format!(
        "the ledger {name} is not as it was written: {what}. Keep it as it is for whoever looks into it, and restore a \
         backup or rebuild from the last good event log"
    ))
}

pub(super) fn missing_trigger(name: &str, trigger: &str) -> Fault {
    tampered(name, &format!("the trigger {trigger} that keeps events from being changed is missing"))
}

/// A case that is not what its events add up to.
pub(super) fn stale(name: &str, id: &str) -> Fault {
    Fault::Reconciliation(format!(
        "{name}: the table of cases does not agree with the events at {id}; hedui ledger rebuild makes it anew from the events"
    ))
}
