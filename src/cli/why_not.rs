//! `hedui explain --rule CODE --person KEY`: why a rule did not report somebody, in words and SQL.

use std::path::Path;

use super::language::Language;
use super::quiet::{self, Verdicts};
use crate::detect::why_not::{Answer, Look, WhyNot};
use crate::detect::{self, Catalogue, Finding, Rule};
use crate::error::{Fault, Place, Result};
use crate::kernel::dates::Month;
use crate::pipeline::replay::{self, Replay};

/// Whom the question is about.
pub struct Subject<'a> {
    pub rule: &'a Rule,
    /// A person_key or unit_key.
    pub key: &'a str,
}

/// The answer, over a published month.
///
/// # Errors
/// [`Fault::Configuration`] when the month is not published or the rule does not run on it.
pub fn text(
    language: Language,
    catalogue: &Catalogue,
    subject: &Subject<'_>,
    out: &Path,
    period: Month,
    verdicts: &Verdicts,
) -> Result<String> {
    let rule = subject.rule;
    let one = Catalogue { rules: vec![rule.clone()], laws: catalogue.laws.clone(), schemas: catalogue.schemas.clone() };
    let replay = replay::month(out, period, &one, replay::parameters(out, period)?)?;
    if !known(&replay.frames, subject.key) {
        let message = format!("{}: {period} has no such person or unit in what rule {} reads", subject.key, rule.code);
        return Err(Fault::configuration(Place::file(out.display().to_string()), "unknown", message));
    }
    let found = detect::why_not(&one, rule, subject.key, &replay.frames, &replay.context)?;
    let reported = found.answers.iter().any(|a| matches!(a, Answer::Reported(_)));
    let quiet = if reported { quiet(language, &one, subject.key, &replay, verdicts)? } else { Vec::new() };
    Ok(words(language, rule, subject.key, period, &found, &quiet))
}

/// Findings of the person or unit that the rule makes and a verdict in the ledger keeps quiet, in words.
fn quiet(
    language: Language,
    catalogue: &Catalogue,
    key: &str,
    replay: &Replay,
    verdicts: &Verdicts,
) -> Result<Vec<String>> {
    let findings = detect::detect(catalogue, &replay.frames, &replay.context)?.findings;
    let is = |of: &Option<String>| of.as_deref() == Some(key);
    let of_key: Vec<&Finding> = findings.iter().filter(|f| is(&f.person_key) || is(&f.unit_key)).collect();
    let quiet = verdicts.of(&of_key)?;
    Ok(quiet.iter().map(|(id, verdict)| format!("{id}  {}", quiet::words(language, verdict))).collect())
}

/// Whether a key stands in any frame that the rule reads.
fn known(frames: &[crate::table::Frame], key: &str) -> bool {
    frames.iter().flat_map(|f| &f.columns).any(|c| match &c.values {
        crate::table::Values::Text(t) if c.name.ends_with("_key") => t.dictionary.iter().any(|v| v == key),
        _ => false,
    })
}

fn words(language: Language, rule: &Rule, key: &str, period: Month, found: &WhyNot, quiet: &[String]) -> String {
    let name = language.pick(&rule.name.zh, &rule.name.en);
    let mut out = vec![format!("{} {}  {period}  {key}", rule.code, name), String::new()];
    out.push(language.pick("逐步走到哪里(该人或该单位在每一步中的行数):", "How far it came (its rows in each step):"));
    out.extend(found.looks.iter().map(|look| line(language, look)));
    out.push(String::new());
    for answer in &found.answers {
        out.extend(answer_words(language, answer));
    }
    if !quiet.is_empty() {
        let zh = "但下列结果已经台账认定,事实不变则不再发布:";
        out.push(
            language.pick(
                zh,
                "But the ledger has judged these, and no run publishes them while their facts stay the same:",
            ),
        );
        out.extend(quiet.iter().map(|line| format!("    {line}")));
    }
    out.push(String::new());
    let mistaken = language.pick("易混淆情形", "easily mistaken for it");
    out.push(format!("{mistaken}: {}", language.pick(&rule.mistaken_for.zh, &rule.mistaken_for.en)));
    out.join("\n")
}

fn line(language: Language, look: &Look) -> String {
    let step = if look.step.is_empty() { language.pick("结果", "result") } else { look.step.clone() };
    let comment = if look.comment.is_empty() { String::new() } else { format!("  -- {}", look.comment) };
    format!("  {:>6}  {step}{comment}", look.rows)
}

fn answer_words(language: Language, answer: &Answer) -> Vec<String> {
    let in_step = |step: &str| {
        if step.is_empty() {
            language.pick("在最后的查询中", "in the last query")
        } else {
            language.pick(&format!("在步骤 {step} 中"), &format!("in step {step}"))
        }
    };
    match answer {
        Answer::Reported(rows) => {
            vec![
                language.pick(
                    &format!("该规则已报告,共 {rows} 行。"),
                    &format!("The rule does report it, in {rows} row(s)."),
                ),
            ]
        }
        Answer::NotIn { table } => vec![language.pick(
            &format!("未报告:规则从 {table} 开始,其中没有该人或该单位。"),
            &format!("Not reported: the rule begins with {table}, which has no row of it."),
        )],
        Answer::NoMatch { step, joined, sql } => vec![
            language.pick(
                &format!("未报告:{}与 {joined} 关联不上:", in_step(step)),
                &format!("Not reported: {} nothing in {joined} matches:", in_step(step)),
            ),
            format!("    {sql}"),
        ],
        Answer::Failed { step, sql, comment } => {
            let mut lines = vec![
                language.pick(
                    &format!("未报告:{}首个不成立的条件:", in_step(step)),
                    &format!("Not reported: {} the first condition that does not hold:", in_step(step)),
                ),
                format!("    {sql}"),
            ];
            lines.extend((!comment.is_empty()).then(|| format!("    -- {comment}")));
            lines
        }
        Answer::Lost { step, sql } => vec![
            language
                .pick(&format!("未报告:{}不再出现:", in_step(step)), &format!("Not reported: lost {}:", in_step(step))),
            format!("    {sql}"),
        ],
    }
}
