//! The ledger and the run: people's decisions in before linking, findings out after publishing.
//!
//! No room that processes data knows of the ledger: it gets judgements and decisions as values. What a run will tell the
//! ledger is worked out before publishing, so that the manifest and the published tables can show it, and written after
//! publishing, so that the ledger never speaks of a month that was not published.

use std::collections::BTreeSet;

use chrono::{Datelike, Local, SecondsFormat, Utc};

use super::ledger_config::LedgerConfig;
use super::ledger_frames::{self, State as Standing};
use crate::detect::known::Known;
use crate::detect::{Detected, Finding};
use crate::error::{Fault, Result};
use crate::kernel::dates::{Month, PartialDate};
use crate::ledger::balance::{Balance, Precision, balance, precision};
use crate::ledger::feed::{self, BY_RUN, Feed, Observed, RunFacts};
use crate::ledger::{AnyStore, By, Head, Missing, ReadBack, Settings, Store, read_back};
use crate::resolve::Judgements;
use crate::table::Frame;

/// An open ledger and what was read from it.
pub struct ClosedLoop {
    store: AnyStore,
    settings: Settings,
    back: ReadBack,
    /// The last event a person decided: what people have done is an input of the run.
    decided: Option<Head>,
}

/// What a run is going to tell.
pub struct Telling {
    facts: RunFacts,
    feed: Feed,
    balance: Balance,
    precision: Vec<Precision>,
    by: By,
}

impl ClosedLoop {
    /// Opens the ledger, making it on the first run, and reads what people decided.
    ///
    /// # Errors
    /// As [`LedgerConfig::open`] and [`read_back`].
    pub fn open_or_make(config: &LedgerConfig) -> Result<Option<Self>> {
        Self::of(config.open(Missing::Make)?, config).map(Some)
    }

    /// The same for a ledger that something has begun; nothing for one that is not there.
    ///
    /// # Errors
    /// As [`ClosedLoop::open_or_make`].
    pub fn open_existing(config: &LedgerConfig) -> Result<Option<Self>> {
        config.open_existing()?.map(|store| Self::of(store, config)).transpose()
    }

    fn of(store: AnyStore, config: &LedgerConfig) -> Result<Self> {
        let (back, decided) = (read_back(&store)?, store.last_decision()?);
        Ok(Self { store, settings: config.settings.clone(), back, decided })
    }

    /// Differs whenever people have decided anything since.
    #[must_use]
    pub fn digest(&self) -> String {
        self.decided.as_ref().map_or_else(String::new, |head| format!("{} {}", head.hash, self.back.digest()))
    }

    #[must_use]
    pub fn judgements(&self) -> Judgements {
        Judgements { persons: self.back.persons.clone(), units: self.back.units.clone() }
    }

    #[must_use]
    pub fn known(&self) -> Known {
        Known { explained: self.back.explained.clone(), quiet: self.back.quiet.clone() }
    }

    /// Works out what the run has to tell, and holds the balance against the cases.
    ///
    /// # Errors
    /// [`Fault::Reconciliation`] when the ledger does not balance.
    pub fn prepare(&self, period: Month, run: &str, detected: &Detected) -> Result<Telling> {
        let by = clock();
        let facts = facts(period, run, detected);
        let feed = feed::plan(&self.store, &facts, &self.settings, &by)?;
        let balance = balance(&self.store, period, &feed.steps)?;
        let precision = precision(&self.store, &self.settings)?;
        Ok(Telling { facts, feed, balance, precision, by })
    }

    /// The ledger's tables as they will stand after the run.
    ///
    /// # Errors
    /// What reading the ledger may give.
    pub fn frames(&self, telling: &Telling) -> Result<Vec<Frame>> {
        let standing = Standing { store: &self.store, settings: &self.settings, feed: &telling.feed };
        Ok(vec![
            ledger_frames::cases(&standing, telling.facts.period)?,
            ledger_frames::balance(&telling.balance, &self.settings),
            ledger_frames::precision(&telling.precision, telling.facts.period),
        ])
    }

    /// The ledger's part of the manifest.
    #[must_use]
    pub fn manifest(&self, telling: &Telling) -> serde_json::Value {
        let mut classes: std::collections::BTreeMap<&str, [i64; 6]> = std::collections::BTreeMap::new();
        for l in &telling.balance.lines {
            let sums = classes.entry(&l.class).or_default();
            for (sum, n) in sums.iter_mut().zip([l.opening, l.new, l.reopened, l.closed, l.unfounded, l.closing]) {
                *sum += n;
            }
        }
        let class = |(class, n): (&str, [i64; 6])| {
            serde_json::json!({"class": class, "opening": n[0], "new": n[1], "reopened": n[2], "closed": n[3],
                "unfounded": n[4], "closing": n[5]})
        };
        let t = &telling.balance.total;
        let review: Vec<&str> = telling.precision.iter().filter(|p| p.review).map(|p| p.rule.as_str()).collect();
        serde_json::json!({
            "identity": self.store.identity(),
            "told": telling.feed.counts,
            "balance": {"opening": t.opening, "new": t.new, "reopened": t.reopened, "closed": t.closed,
                "unfounded": t.unfounded, "closing": t.closing},
            "balance_by_class": classes.into_iter().map(class).collect::<Vec<_>>(),
            "rules_to_review": review,
        })
    }

    /// Writes what the run tells. Whoever changed a case meanwhile comes first: what the run tells is worked out again.
    ///
    /// # Errors
    /// [`Fault::Locked`] when others keep writing; [`Fault::Machine`]. The month is published then, and running it again tells
    /// the ledger.
    pub fn tell(&mut self, telling: Telling) -> Result<Head> {
        const TRIES: usize = 5;
        let Telling { facts, mut feed, by, .. } = telling;
        for _ in 1..TRIES {
            match self.store.append(&feed.events, &feed.expected) {
                Err(Fault::Locked(_)) => feed = feed::plan(&self.store, &facts, &self.settings, &by)?,
                other => return other.map_err(|fault| after_publishing(facts.period, fault)),
            }
        }
        self.store.append(&feed.events, &feed.expected).map_err(|fault| after_publishing(facts.period, fault))
    }
}

fn after_publishing(period: Month, fault: Fault) -> Fault {
    let say = |what: String| format!("{period} is published, but the ledger was not told; run the month again: {what}");
    match fault {
        Fault::Machine { context, source } => Fault::Machine { context: say(context), source },
        Fault::Locked(what) => Fault::Locked(say(what)),
        Fault::Reconciliation(what) => Fault::Reconciliation(say(what)),
        other => other,
    }
}

/// Periods that are published but of which the ledger was not told, since the first that it was told of.
///
/// # Errors
/// What reading the ledger may give.
pub fn untold(config: &LedgerConfig, published: &[Month]) -> Result<Vec<Month>> {
    let Some(store) = config.open_existing()? else { return Ok(Vec::new()) };
    let told = feed::runs(&store)?;
    let Some(first) = told.keys().next() else { return Ok(Vec::new()) };
    let missed = |p: &&Month| p.to_string() > *first && !told.contains_key(&p.to_string());
    Ok(published.iter().filter(missed).copied().collect())
}

/// The moment, and the day it is here.
fn clock() -> By {
    let now = Utc::now();
    let here = now.with_timezone(&Local).date_naive();
    let day = PartialDate::day(here.year(), here.month(), here.day()).map_or(0, PartialDate::day_min);
    By { who: BY_RUN.to_owned(), at: now.to_rfc3339_opts(SecondsFormat::Secs, true), day }
}

fn facts(period: Month, run: &str, detected: &Detected) -> RunFacts {
    let ran = detected.rule_runs.iter().filter(|r| r.ran && r.outcome == "ran");
    let mut observed: Vec<Observed> = detected.findings.iter().filter(|f| f.status != "closed").map(observed).collect();
    observed.sort_by(|a, b| a.id.cmp(&b.id));
    RunFacts {
        period,
        run: run.to_owned(),
        ran: ran.map(|r| r.rule.clone()).collect(),
        observed,
        quiet: detected.quiet.iter().cloned().collect::<BTreeSet<_>>(),
    }
}

fn observed(f: &Finding) -> Observed {
    Observed {
        id: f.anomaly_id.clone(),
        rule: f.rule.clone(),
        slug: f.slug.clone(),
        category: f.category.clone(),
        severity: f.severity.clone(),
        unit_key: f.unit_key.clone(),
        unit_name: f.unit_name.clone(),
        person_key: f.person_key.clone(),
        person_name: f.person_name.clone(),
        fact_zh: f.message_zh.clone(),
        fact_en: f.message_en.clone(),
        legal_basis: f.legal_basis.clone(),
        fingerprint: f.facts.clone(),
        measure: f.measure,
        amount: f.amount,
    }
}
