//! Findings that people's verdicts keep quiet, for verbs that run rules again over what was published.

use std::collections::BTreeMap;
use std::path::Path;

use super::language::Language;
use crate::detect::Finding;
use crate::error::Result;
use crate::ledger::reasons::reason_of;
use crate::ledger::{AnyStore, QuietVerdict, quiet_verdicts};
use crate::pipeline::config;

/// The ledger that says which findings are quiet; none where there is none.
pub struct Verdicts {
    store: Option<AnyStore>,
}

impl Verdicts {
    /// Opens the ledger of the first of these pipelines that publishes into `out`. Files that are no pipelines, or not there, are passed over.
    ///
    /// # Errors
    /// [`crate::error::Fault::Configuration`] for a pipeline that is wrong; what opening its ledger may give.
    pub fn open<'a>(pipelines: impl IntoIterator<Item = &'a Path>, out: &Path) -> Result<Self> {
        let whole = |path: &Path| std::fs::canonicalize(path).ok();
        for path in pipelines.into_iter().filter(|p| p.is_file()) {
            let (config, _) = config::load(path)?;
            if let Some(ledger) = config.ledger.as_ref().filter(|_| whole(&config.out) == whole(out)) {
                return Ok(Self { store: ledger.open_existing()? });
            }
        }
        Ok(Self { store: None })
    }

    /// Those of these findings that are quiet, by anomaly id: judged to be no problem, on the facts that they rest on.
    ///
    /// # Errors
    /// What reading the ledger may give.
    pub fn of(&self, findings: &[&Finding]) -> Result<BTreeMap<String, QuietVerdict>> {
        let Some(store) = self.store.as_ref().filter(|_| !findings.is_empty()) else { return Ok(BTreeMap::new()) };
        let ids: Vec<&str> = findings.iter().map(|f| f.anomaly_id.as_str()).collect();
        let mut verdicts = quiet_verdicts(store, &ids)?;
        verdicts.retain(|id, verdict| findings.iter().any(|f| f.anomaly_id == *id && f.facts == verdict.facts));
        Ok(verdicts)
    }
}

/// Since when, why, and by which event of the ledger.
#[must_use]
pub fn words(language: Language, verdict: &QuietVerdict) -> String {
    let QuietVerdict { since, reason, event, .. } = verdict;
    let why = reason_of(reason).map_or((reason.as_str(), reason.as_str()), |r| (r.zh, r.en));
    language.pick(
        &format!("自 {since} 起静默:台账第 {event} 号事件认定不属实({})", why.0),
        &format!("quiet since {since}: verdict \"not confirmed\" ({}) by event {event} of the ledger", why.1),
    )
}
