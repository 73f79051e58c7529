//! What changed rules or parameters would have done to published months: both are run over the same tables.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::diff::{Change, sort};
use super::quiet::Verdicts;
use super::rules;
use crate::detect::{self, Catalogue, Finding, Rule, portability, resolved};
use crate::error::Result;
use crate::kernel::dates::Month;
use crate::pipeline::replay::{self, Parameters};
use crate::pipeline::{config, parameters};

/// The kinds of change between rules: as data, in Chinese, in English.
pub const KINDS: [(&str, &str, &str); 3] =
    [("added", "多报", "added"), ("removed", "少报", "removed"), ("other severity", "级别变化", "other severity")];

/// One of the two sides: its rules, and the parameters it sets; `None` for those of the published run.
struct Rules {
    catalogue: Catalogue,
    set: Option<Parameters>,
    disabled: BTreeSet<String>,
}

fn load(path: &Path, schemas: Option<&Path>) -> Result<Rules> {
    if path.is_dir() {
        let catalogue = rules::load(Some(path.to_owned()), schemas.map(PathBuf::from))?;
        return Ok(Rules { catalogue, set: None, disabled: BTreeSet::new() });
    }
    let (config, schemas) = config::load(path)?;
    let catalogue = crate::pipeline::run::load_catalogue(&config, &schemas)?;
    Ok(Rules { catalogue, set: Some(parameters::values(&config)), disabled: config.disabled.clone() })
}

/// Every finding that only one side has, or has at another severity, month by month.
///
/// Only rules that differ are run, in their text or a parameter. Rules about findings are left out: what they find follows from
/// the others.
///
/// # Errors
/// [`crate::error::Fault::Configuration`] with every problem of a side's rules, or when a month is not published.
pub fn changes(
    [old, new]: [&Path; 2],
    out: &Path,
    months: &[Month],
    schemas: Option<&Path>,
    verdicts: &Verdicts,
) -> Result<Vec<Change>> {
    let (old, new) = (load(old, schemas)?, load(new, schemas)?);
    let mut changes = Vec::new();
    for &month in months {
        // What the office had set stays set on both sides, wherever a side does not say itself.
        let recorded = replay::parameters(out, month)?;
        let by_hand = replay::set_by_hand(&recorded, &old.catalogue);
        let settings = |side: &Rules| side.set.clone().unwrap_or_else(|| by_hand.clone());
        let (before, after) = (settings(&old), settings(&new));
        let differing: BTreeSet<String> =
            codes(&old, &new).filter(|c| differs(c, (&old, &before), (&new, &after))).collect();
        let found = |side: &Rules, settings: &Parameters| -> Result<BTreeMap<String, Finding>> {
            let catalogue = only(side, &differing);
            if catalogue.rules.is_empty() {
                return Ok(BTreeMap::new());
            }
            let replay = replay::month(out, month, &catalogue, settings.clone())?;
            let detected = detect::detect(&catalogue, &replay.frames, &replay.context)?;
            Ok(detected.findings.into_iter().map(|f| (f.anomaly_id.clone(), f)).collect())
        };
        let (before, after) = (found(&old, &before)?, found(&new, &after)?);
        let mut differing: Vec<(&'static str, &Finding)> = Vec::new();
        for (id, finding) in &before {
            match after.get(id) {
                None => differing.push(("removed", finding)),
                Some(now) if now.severity != finding.severity => differing.push(("other severity", now)),
                Some(_) => {}
            }
        }
        differing
            .extend(after.iter().filter(|(id, _)| !before.contains_key(*id)).map(|(_, finding)| ("added", finding)));
        // Judged to be no problem on these very facts: a run would keep it to itself.
        let mut quiet = verdicts.of(&differing.iter().map(|(_, finding)| *finding).collect::<Vec<_>>())?;
        changes.extend(
            differing
                .into_iter()
                .map(|(kind, f)| Change { quiet: quiet.remove(&f.anomaly_id), ..change(kind, month, f) }),
        );
    }
    sort(&mut changes);
    Ok(changes)
}

fn codes(old: &Rules, new: &Rules) -> impl Iterator<Item = String> {
    let all: BTreeSet<String> =
        old.catalogue.rules.iter().chain(&new.catalogue.rules).map(|r| r.code.clone()).collect();
    all.into_iter()
}

/// Whether a rule's text, parameters or being switched on differ between the sides.
fn differs(code: &str, old: (&Rules, &Parameters), new: (&Rules, &Parameters)) -> bool {
    let of = |(side, settings): (&Rules, &Parameters)| {
        let rule = side.catalogue.rules.iter().find(|r| r.code == code)?;
        let set = settings.get(code);
        let values: Vec<_> = rule.parameters.keys().map(|n| rule.parameter(n, set.and_then(|s| s.get(n)))).collect();
        Some((rule.sha256.clone(), format!("{values:?}"), side.disabled.contains(code)))
    };
    of(old) != of(new)
}

/// A side's catalogue with the differing rules only.
fn only(side: &Rules, codes: &BTreeSet<String>) -> Catalogue {
    let runs = |r: &&Rule| {
        let about_findings = portability::words(&r.sql).contains(resolved::FINDINGS);
        codes.contains(&r.code) && !side.disabled.contains(&r.code) && !about_findings
    };
    let rules = side.catalogue.rules.iter().filter(runs).cloned().collect();
    Catalogue { rules, laws: side.catalogue.laws.clone(), schemas: side.catalogue.schemas.clone() }
}

fn change(kind: &'static str, month: Month, finding: &Finding) -> Change {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    Change {
        change: kind,
        period: month.to_string(),
        rule: finding.rule.clone(),
        severity: finding.severity.clone(),
        unit_key: text(&finding.unit_key),
        unit_name: text(&finding.unit_name),
        person_key: text(&finding.person_key),
        person_name: text(&finding.person_name),
        anomaly_id: finding.anomaly_id.clone(),
        message_zh: finding.message_zh.clone(),
        message_en: finding.message_en.clone(),
        quiet: None,
    }
}
