//! Who acts, now, and the day it counts for.

use chrono::{Datelike, Local, SecondsFormat};

use crate::error::{Result, refused};
use crate::kernel::dates::PartialDate;
use crate::ledger::By;
use crate::ledger::event::{day_of, day_text};

/// Today, here, in days since 1970-01-01.
pub(super) fn today() -> i32 {
    let now = Local::now().date_naive();
    PartialDate::day(now.year(), now.month(), now.day()).map_or(0, PartialDate::day_min)
}

/// # Errors
/// A refusal of a text that is no day.
pub(super) fn date(option: &str, text: &str) -> Result<i32> {
    let bad = || {
        let (zh, en) = (format!("{option}:“{text}”不是日期"), format!("{option}: {text} is no day"));
        refused("bad-date", zh, en).hint("请写成 2026-11-05", "write it as 2026-11-05").into()
    };
    day_of(text).ok_or_else(bad)
}

/// The acting person (`--by`, else `HEDUI_BY`; empty when nobody is named), the moment, and the day (`--on`, else today).
///
/// # Errors
/// A refusal of a day that is none or after today.
pub(super) fn by(who: Option<&String>, on: Option<&String>) -> Result<By> {
    let today = today();
    let day = on.map_or(Ok(today), |text| date("--on", text))?;
    if day > today {
        let day = day_text(day);
        let (zh, en) = (format!("办理日期 {day} 在今天之后"), format!("--on {day} is after today"));
        return Err(refused("date-in-future", zh, en).into());
    }
    let at = Local::now().to_utc().to_rfc3339_opts(SecondsFormat::Secs, true);
    let who = who.cloned().or_else(|| std::env::var("HEDUI_BY").ok()).unwrap_or_default().trim().to_owned();
    Ok(By { who, at, day })
}
