//! All rules over all frames: which run, on what, and what they found.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::Instant;

use super::engine::{Answer, Engine, Failure, Question, for_each_rule};
use super::finding::Builder;
use super::history::History;
use super::kept::{self, Forgetful, Keeper, Parts, Tables};
use super::polars_engine::PolarsEngine;
use super::why_not::{self, WhyNot};
use super::world::World;
use super::{
    Catalogue, DetectContext, Detected, Finding, Rule, RuleRun, output, past, portability, resolved, suppression,
};
use crate::error::{Fault, Place, Problem, Result};
use crate::table::Frame;
use crate::table::digest::FrameDigest;

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

/// Whether a rule is about findings, so that it runs after those that find.
fn looks_at_findings(rule: &Rule) -> bool {
    portability::words(&rule.sql).contains(resolved::FINDINGS)
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
    detect_keeping(catalogue, frames, &[], context, &Forgetful)
}

/// The same, asking the engine only what was not kept.
///
/// # Errors
/// As [`detect`].
pub fn detect_keeping(
    catalogue: &Catalogue,
    frames: &[Frame],
    digests: &[FrameDigest],
    context: &DetectContext,
    keeper: &dyn Keeper,
) -> Result<Detected> {
    let running: Vec<&Rule> = catalogue.rules.iter().filter(|r| idle(r, context).is_none()).collect();
    let mut engine = engine(&running, catalogue, frames, &context.past.frames);
    keeper.expect(running.len());
    let found = OnceLock::new();
    let mut tables: Tables<'_> = frames.iter().map(Frame::name).zip(digests).collect();
    tables.extend(context.past.frames.iter().map(Frame::name).zip(&context.past.digests));
    let world = World::new(frames, &context.past.frames);
    let history = History::new(&context.history, context.period);
    let mut problems = Vec::new();
    let mut detected = Detected::default();
    let (second, first): (Vec<&Rule>, Vec<&Rule>) = catalogue.rules.iter().partition(|r| looks_at_findings(r));
    for mut round in [first, second] {
        round.sort_by_cached_key(|rule| by_largest_tables(rule, &world));
        if round.iter().any(|r| looks_at_findings(r)) && !frames.iter().any(|f| f.name() == resolved::FINDINGS) {
            let findings = output::anomalies(&detected.findings, context);
            if keeper.keeps() {
                tables.insert(resolved::FINDINGS, found.get_or_init(|| FrameDigest::of(&findings)));
            }
            engine.register(Cow::Owned(findings));
        }
        let one = |rule: &&Rule| {
            let builder = Builder { rule, catalogue, world: &world, context, history: &history };
            let outcome = run_rule(&builder, &engine, &tables, keeper);
            if idle(rule, context).is_none() {
                keeper.ran();
            }
            outcome
        };
        let mut results: Vec<(&Rule, Result<Outcome>)> =
            round.iter().copied().zip(for_each_rule(&round, one)).collect();
        results.sort_by(|a, b| a.0.code.cmp(&b.0.code));
        for (_, result) in results {
            match result {
                Ok((run, mut findings, mut quiet)) => {
                    detected.rule_runs.push(run);
                    detected.findings.append(&mut findings);
                    detected.quiet.append(&mut quiet);
                }
                Err(Fault::Configuration(mut found)) => problems.append(&mut found),
                Err(other) => return Err(other),
            }
        }
    }
    if !problems.is_empty() {
        return Err(Fault::Configuration(problems));
    }
    detected.quiet.sort();
    detected.rule_runs.sort_by(|a, b| a.rule.cmp(&b.rule));
    close(&mut detected, &history, catalogue, context)?;
    Ok(detected)
}

/// A rule's tables, the largest first: rules that read the same large tables run one after another, while their columns are at hand.
fn by_largest_tables(rule: &Rule, world: &World<'_>) -> Vec<(Reverse<u64>, String)> {
    let tables = rule.inputs.iter().chain(&rule.optional_inputs);
    let mut sized: Vec<_> = tables.map(|table| (Reverse(world.rows(table)), table.clone())).collect();
    sized.sort();
    sized
}

/// What became of a rule, what it found, and what it found that is quiet.
type Outcome = (RuleRun, Vec<Finding>, Vec<String>);

/// The answer that was kept, or what the engine says, which is kept when it is no more than a rule may return.
fn answer(
    rule: &Rule,
    parts: Option<&Parts>,
    keeper: &dyn Keeper,
    ask: impl FnOnce() -> std::result::Result<Answer, Failure>,
    cap: usize,
) -> std::result::Result<Answer, Failure> {
    if let Some(answer) = parts.and_then(|parts| keeper.recall(&rule.code, parts)) {
        return Ok(answer);
    }
    let answer = ask()?;
    if let Some(parts) = parts.filter(|_| answer.rows.len() <= cap) {
        keeper.keep(&rule.code, parts, &answer);
    }
    Ok(answer)
}

fn run_rule(
    builder: &Builder<'_>,
    engine: &dyn Engine<'_>,
    tables: &Tables<'_>,
    keeper: &dyn Keeper,
) -> Result<Outcome> {
    let (rule, context) = (builder.rule, builder.context);
    let mut run = RuleRun {
        rule: rule.code.clone(),
        ran: false,
        outcome: String::new(),
        rows_examined: 0,
        findings: 0,
        suppressed: 0,
        suppressed_by: String::new(),
        seconds: 0.0,
    };
    if let Some(why) = idle(rule, context) {
        run.outcome = why;
        return Ok((run, Vec::new(), Vec::new()));
    }
    let started = Instant::now();
    let (cap, params) = (context.row_cap, resolved::params(rule, context));
    let limit = cap.saturating_add(1);
    let without = suppression::excusing(rule, builder.world);
    let parts = keeper.keeps().then(|| kept::parts(rule, tables, &without, context)).flatten();
    let ask = || engine.query(&Question { sql: &rule.sql, params: &params, limit, without: &without });
    let answer = match answer(rule, parts.as_ref(), keeper, ask, cap) {
        Ok(answer) if answer.rows.len() <= cap => answer,
        Ok(_) => return Ok((stopped(run, format!("stopped: more than {cap} rows"), started), Vec::new(), Vec::new())),
        Err(Failure::TooLarge(most)) => {
            let run = stopped(run, format!("stopped: a step of more than {most} rows"), started);
            return Ok((run, Vec::new(), Vec::new()));
        }
        Err(Failure::Wrong(why)) => {
            let place = Place::file(rule.file.clone()).row(u32::try_from(rule.sql_line).unwrap_or(u32::MAX));
            let problem = Problem::new(place, "sql-error", format!("rule {}: {why}", rule.code));
            return Err(Fault::Configuration(vec![problem]));
        }
    };
    let mut findings = builder.findings(&answer.rows)?;
    let quiet = context.known.apply(&mut findings, context.period.last_day());
    let mut suppressed = suppression::count(&without, &answer);
    suppressed.add("ledger", quiet.len() as u64);
    let now = rule.inputs.iter().chain(&rule.optional_inputs).map(|t| builder.world.rows(t));
    run.ran = true;
    run.outcome = if rule.preview { PREVIEW } else { "ran" }.to_owned();
    run.rows_examined = now.chain(rule.past.keys().map(|t| past::rows(&context.past, t))).sum();
    run.findings = findings.len() as u64;
    run.suppressed = suppressed.total;
    run.suppressed_by = suppressed.words();
    run.seconds = started.elapsed().as_secs_f64();
    Ok((run, if rule.preview { Vec::new() } else { findings }, quiet))
}

/// The outcome of a rule that is on trial.
const PREVIEW: &str = "preview";

fn stopped(mut run: RuleRun, why: String, started: Instant) -> RuleRun {
    run.outcome = why;
    run.seconds = started.elapsed().as_secs_f64();
    run
}

/// Follows a person or unit through one rule's query over the frames.
///
/// # Errors
/// [`Fault::Configuration`] when the rule does not run on them, with its reason.
pub fn why_not(
    catalogue: &Catalogue,
    rule: &Rule,
    key: &str,
    frames: &[Frame],
    context: &DetectContext,
) -> Result<WhyNot> {
    let place = || Place::file(rule.file.clone()).row(u32::try_from(rule.sql_line).unwrap_or(u32::MAX));
    if let Some(why) = idle(rule, context) {
        return Err(Fault::configuration(place(), "not-run", format!("rule {}: {why}", rule.code)));
    }
    let engine = engine(&[rule], catalogue, frames, &context.past.frames);
    let params = resolved::params(rule, context);
    let found = engine.on_bench(&rule.sql, &params, |bench| why_not::why_not(rule, bench, key));
    found.map_err(|why| Fault::configuration(place(), "sql-error", format!("rule {}: {why}", rule.code)))
}

/// Adds the closing rows of what vanished, and sorts.
fn close(detected: &mut Detected, history: &History<'_>, catalogue: &Catalogue, context: &DetectContext) -> Result<()> {
    let found: BTreeSet<&str> = detected.findings.iter().map(|f| f.anomaly_id.as_str()).collect();
    let ran: BTreeSet<&str> =
        detected.rule_runs.iter().filter(|r| r.ran && r.outcome != PREVIEW).map(|r| r.rule.as_str()).collect();
    let closed = history.closed(&found, &ran, catalogue, context.published.as_ref())?;
    detected.findings.extend(closed);
    let key = |f: &Finding| (f.rule.clone(), f.unit_key.clone(), f.person_key.clone(), f.anomaly_id.clone());
    detected.findings.sort_by_cached_key(key);
    Ok(())
}
