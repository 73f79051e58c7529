//! All rules over all frames: which run, on what, and what they found.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Instant;

use super::engine::{Engine, for_each_rule};
use super::finding::{Builder, World};
use super::history::History;
use super::polars_engine::PolarsEngine;
use super::{Catalogue, DetectContext, Detected, Finding, Rule, RuleRun, past, portability, resolved};
use crate::error::{Fault, Place, Problem, Result};
use crate::table::Frame;

/// Why a rule does not run, if it does not.
fn idle(rule: &Rule, context: &DetectContext) -> Option<String> {
    if context.disabled.contains(&rule.code) {
        return Some("switched off".to_owned());
    }
    let absent: Vec<&str> = rule.inputs.iter().map(String::as_str).filter(|t| !context.feeds.contains(*t)).collect();
    if !absent.is_empty() {
        return Some(format!("not run: no feed ({})", absent.join(", ")));
    }
    let lacking = past::lacking(rule, &context.past, context.period);
    (!lacking.is_empty()).then(|| format!("not run: no history ({})", lacking.join(", ")))
}

/// The engine with every frame that a running rule names.
fn engine<'a>(running: &[&Rule], catalogue: &Catalogue, frames: &'a [Frame], before: &'a [Frame]) -> PolarsEngine<'a> {
    let words: BTreeSet<String> = running.iter().flat_map(|r| portability::words(&r.sql)).collect();
    let mut engine = PolarsEngine::default();
    let mut known = BTreeSet::new();
    for frame in frames.iter().chain(before).filter(|f| words.contains(f.name())) {
        engine.register(Cow::Borrowed(frame));
        known.insert(frame.name().to_owned());
    }
    let earlier = past::empty_frames(&catalogue.schemas).into_iter().filter(|f| words.contains(f.name()));
    let empty = resolved::empty_frames(&catalogue.schemas).into_iter().chain(earlier);
    for frame in empty.filter(|f| !known.contains(f.name())) {
        engine.register(Cow::Owned(frame));
    }
    running.iter().for_each(|rule| engine.forecast(&rule.sql));
    engine
}

/// Runs every rule of the catalogue over the frames.
///
/// # Errors
/// [`Fault::Configuration`] listing every rule that the engine refuses.
pub fn detect(catalogue: &Catalogue, frames: &[Frame], context: &DetectContext) -> Result<Detected> {
    let running: Vec<&Rule> = catalogue.rules.iter().filter(|r| idle(r, context).is_none()).collect();
    let engine = engine(&running, catalogue, frames, &context.past.frames);
    let world = World::new(frames, &context.past.frames);
    let history = History::new(&context.history, context.period);
    let one = |rule: &Rule| {
        let builder = Builder { rule, catalogue, world: &world, context, history: &history };
        run_rule(&builder, &engine)
    };
    // Collected in the order of the rules, whichever ends first.
    let results: Vec<Result<(RuleRun, Vec<Finding>)>> = for_each_rule(&catalogue.rules, one);
    let mut problems = Vec::new();
    let mut detected = Detected::default();
    for result in results {
        match result {
            Ok((run, mut findings)) => {
                detected.rule_runs.push(run);
                detected.findings.append(&mut findings);
            }
            Err(Fault::Configuration(mut found)) => problems.append(&mut found),
            Err(other) => return Err(other),
        }
    }
    if !problems.is_empty() {
        return Err(Fault::Configuration(problems));
    }
    close(&mut detected, &history, catalogue);
    Ok(detected)
}

fn run_rule(builder: &Builder<'_>, engine: &dyn Engine<'_>) -> Result<(RuleRun, Vec<Finding>)> {
    let (rule, context) = (builder.rule, builder.context);
    let outcome = |ran: bool, outcome: String, findings: u64, seconds: f64| RuleRun {
        rule: rule.code.clone(),
        ran,
        outcome,
        rows_examined: if ran {
            let now = rule.inputs.iter().chain(&rule.optional_inputs).map(|t| builder.world.rows(t));
            now.chain(rule.past.keys().map(|t| past::rows(&context.past, t))).sum()
        } else {
            0
        },
        findings,
        seconds,
    };
    if let Some(why) = idle(rule, context) {
        return Ok((outcome(false, why, 0, 0.0), Vec::new()));
    }
    let started = Instant::now();
    let cap = context.row_cap;
    let rows = engine.query(&rule.sql, &resolved::params(rule, context), cap.saturating_add(1)).map_err(|why| {
        let place = Place::file(rule.file.clone()).row(u32::try_from(rule.sql_line).unwrap_or(u32::MAX));
        Fault::Configuration(vec![Problem::new(place, "sql-error", format!("rule {}: {why}", rule.code))])
    })?;
    if rows.len() > cap {
        return Ok((
            outcome(false, format!("stopped: more than {cap} rows"), 0, started.elapsed().as_secs_f64()),
            Vec::new(),
        ));
    }
    let findings = builder.findings(&rows)?;
    let count = findings.len() as u64;
    Ok((outcome(true, "ran".to_owned(), count, started.elapsed().as_secs_f64()), findings))
}

/// Adds the closing rows of what vanished, and sorts.
fn close(detected: &mut Detected, history: &History<'_>, catalogue: &Catalogue) {
    let found: BTreeSet<&str> = detected.findings.iter().map(|f| f.anomaly_id.as_str()).collect();
    let ran: BTreeSet<&str> = detected.rule_runs.iter().filter(|r| r.ran).map(|r| r.rule.as_str()).collect();
    let closed = history.closed(&found, &ran, catalogue);
    detected.findings.extend(closed);
    let key = |f: &Finding| (f.rule.clone(), f.unit_key.clone(), f.person_key.clone(), f.anomaly_id.clone());
    detected.findings.sort_by_cached_key(key);
}
