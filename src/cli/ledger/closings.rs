//! What follows when people close a case: suspended matters of its unit are looked at again.

use std::collections::BTreeSet;
use std::path::Path;

use crate::cli::sheet::tongue;
use crate::cli::{Session, put};
use crate::desk::ask::Asking;
use crate::desk::gate::{Decision, recheck, sheet};
use crate::error::{Result, printable};
use crate::ledger::{By, Store};

/// Looks at the suspended matters of these units again, logs that, and says which of them would pass now.
///
/// # Errors
/// What reading the published tables or writing the ledger may give.
pub fn look_again(
    session: &Session,
    out: &Path,
    store: &mut dyn Store,
    units: &BTreeSet<String>,
    by: &By,
) -> Result<()> {
    if units.is_empty() || crate::publish::published_periods(out)?.is_empty() {
        return Ok(());
    }
    let mut asking = Asking::open(out, None)?;
    let looks = recheck::again(&mut asking, store, by.day, Some(units))?;
    recheck::log(store, &looks, by)?;
    let tongue = tongue(session.language);
    for look in &looks {
        let Some(now) = &look.now else { continue };
        let (number, unit) = (&look.logged.number, printable(&look.logged.unit_name));
        let matter = printable(&sheet::matter_words(&look.logged.matter, Some(now), tongue));
        let words = now.decision.words();
        let passes = now.decision != Decision::Suspend;
        let next = if passes { ("可重新预审", "check it anew") } else { ("仍不受理", "still suspended") };
        put(&session.language.pick(
            &format!("暂停事项 {number} {unit} {matter}:复看为“{}”,{}", words.0, next.0),
            &format!("suspended {number} {unit} {matter}: would now be {}, {}", words.1, next.1),
        ));
    }
    Ok(())
}
