//! Suspended matters, looked at again by hand.

use clap::Args;
use serde_json::json;

use super::ledger;
use crate::cli::acting::{date, today};
use crate::cli::sheet::tongue;
use crate::cli::text_table::lay_out;
use crate::cli::{Session, put};
use crate::desk::ask::Asking;
use crate::desk::gate::recheck::{self, Again};
use crate::desk::gate::{Decision, sheet};
use crate::desk::units::refused;
use crate::error::{Fault, Result, printable};
use crate::pipeline::config::PipelineConfig;

#[derive(Debug, Args)]
pub struct Suspended {
    /// Only those that would not be suspended now / 只列现在可以受理的
    #[arg(long)]
    passing: bool,
    /// As of this day [default: today] / 日期
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    #[arg(long)]
    json: bool,
}

/// # Errors
/// Any [`Fault`] of the verb.
pub fn execute(session: &Session, config: &PipelineConfig, a: &Suspended) -> Result<u8> {
    let Some(store) = ledger(config)? else {
        return Err(refused(
            "no-ledger",
            "没有台账,也就没有预审记录",
            "there is no ledger, so no decision was logged",
            "在任务配置文件中加 [ledger]",
            "add a [ledger] section to the pipeline file",
        ));
    };
    let day = match &a.on {
        Some(text) => date("--on", text)?,
        None => today(),
    };
    let mut asking = Asking::open(&config.out, None)?;
    let passes = |look: &Again| look.now.as_ref().is_some_and(|n| n.decision != Decision::Suspend);
    let mut rows = recheck::again(&mut asking, &store, day, None)?;
    rows.retain(|look| !a.passing || passes(look));
    print_suspended(session, a.json, &rows)
}

fn print_suspended(session: &Session, json: bool, rows: &[Again]) -> Result<u8> {
    if json {
        let list: Vec<serde_json::Value> = rows
            .iter()
            .map(|Again { logged, now, closed }| {
                json!({"suspended": logged, "now": now.as_ref().map(|n| n.decision),
                    "reasons_now": now.as_ref().map(|n| n.reasons.clone()), "closed_since": closed})
            })
            .collect();
        put(&serde_json::to_string_pretty(&list).map_err(|e| Fault::Internal(e.to_string()))?);
        return Ok(0);
    }
    let tongue = tongue(session.language);
    let header = [
        ("编号", "number"),
        ("日期", "day"),
        ("单位", "unit"),
        ("事项", "matter"),
        ("其后销号", "closed since"),
        ("现在", "now"),
    ];
    let header: Vec<String> = header.iter().map(|(zh, en)| tongue.pick(zh, en).to_owned()).collect();
    let row = |Again { logged, now, closed }: &Again| {
        let words = now.as_ref().map_or(("单位已不在库", "the unit is not published"), |n| n.decision.words());
        vec![
            logged.number.clone(),
            logged.day.clone(),
            printable(&logged.unit_name),
            printable(&sheet::matter_words(&logged.matter, now.as_ref(), tongue)),
            closed.len().to_string(),
            tongue.pick(words.0, words.1).to_owned(),
        ]
    };
    let rows: Vec<Vec<String>> = rows.iter().map(row).collect();
    put(&lay_out(&header, &rows, &[4]));
    Ok(0)
}
