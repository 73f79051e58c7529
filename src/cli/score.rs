//! `hedui score`: published links and findings against the truth.

use std::path::PathBuf;

use clap::Args;

use super::Session;
use super::text_table::lay_out;
use crate::error::{Fault, Place, Result};
use crate::evaluate;
use crate::kernel::dates::Month;
use crate::publish;

#[derive(Debug, Args)]
#[command(after_help = "Example / 示例:
  hedui score --out out --truth sample_data/truth")]
pub struct Arguments {
    /// Published folder / 发布目录
    #[arg(long, default_value = "out")]
    out: PathBuf,
    /// Truth folder written by generate / 真值目录
    #[arg(long)]
    truth: PathBuf,
    /// Month to score [default: the newest published] / 期间
    #[arg(long)]
    period: Option<String>,
    /// Print JSON / 输出 JSON
    #[arg(long)]
    json: bool,
}

/// # Errors
/// [`Fault::Configuration`] when the truth or the period is missing.
pub fn execute(session: &Session, arguments: &Arguments) -> Result<u8> {
    let period =
        super::run::period_or_newest(arguments.period.as_deref(), || publish::published_periods(&arguments.out))?;
    let Some(period): Option<Month> = period else {
        let place = Place::file(arguments.out.display().to_string());
        return Err(Fault::configuration(place, "nothing-published", "no published period here"));
    };
    let scores = evaluate::score(&arguments.out, &arguments.truth, period)?;
    if arguments.json {
        // Bins of the reliability diagram stand behind the scores: expected is what the probabilities promise, right what came.
        let bins = evaluate::calibration(&arguments.out, &arguments.truth, period)?;
        let mut all: Vec<serde_json::Value> = scores.iter().map(|s| serde_json::json!(s)).collect();
        all.extend(bins.iter().map(bin));
        let text = serde_json::to_string_pretty(&all).map_err(|e| Fault::Internal(e.to_string()))?;
        super::put(&text);
        return Ok(0);
    }
    let share = |v: Option<f64>| v.map_or("—".to_owned(), |v| format!("{v:.4}"));
    let rows: Vec<Vec<String>> = scores
        .iter()
        .map(|s| {
            vec![
                s.of.to_owned(),
                s.name.clone(),
                s.severity.clone().unwrap_or_default(),
                s.expected.to_string(),
                s.found.to_string(),
                s.right.to_string(),
                s.look_alikes_fired.to_string(),
                share(s.precision),
                share(s.recall),
            ]
        })
        .collect();
    let zh = ["类别", "名称", "级别", "应有", "发现", "正确", "误报形似", "精确率", "召回率"];
    let en = ["of", "name", "severity", "expected", "found", "right", "look-alikes fired", "precision", "recall"];
    let header: Vec<String> = zh.iter().zip(en).map(|(zh, en)| session.language.pick(zh, en)).collect();
    super::put(&format!("{period}\n{}", lay_out(&header, &rows, &[3, 4, 5, 6, 7, 8])));
    let bins = evaluate::calibration(&arguments.out, &arguments.truth, period)?;
    super::put(&format!("\n{}", reliability(session, &bins)));
    Ok(0)
}

/// A bin of the reliability diagram in the shape of a score.
fn bin(bin: &evaluate::CalibrationBin) -> serde_json::Value {
    #[expect(clippy::cast_precision_loss, reason = "counts of rows, far below 2^53")]
    let rows = |share: f64| (share * bin.rows as f64).round();
    serde_json::json!({
        "of": "calibration",
        "name": format!("{}-{}", bin.from, bin.to),
        "severity": null,
        "expected": rows(bin.mean_probability),
        "found": bin.rows,
        "right": rows(bin.right_share),
        "look_alikes_fired": 0,
        "precision": bin.right_share,
        "recall": null,
        "mean_probability": bin.mean_probability,
        "from": bin.from,
        "to": bin.to,
    })
}

/// How often rows linked with a probability were right: the two columns should agree.
fn reliability(session: &Session, bins: &[evaluate::CalibrationBin]) -> String {
    let rows: Vec<Vec<String>> = bins
        .iter()
        .map(|b| {
            let range = format!("{:.2}–{:.2}", b.from, b.to);
            vec![range, b.rows.to_string(), format!("{:.4}", b.mean_probability), format!("{:.4}", b.right_share)]
        })
        .collect();
    let zh = ["匹配概率区间", "行数", "平均概率", "实际正确率"];
    let en = ["link probability", "rows", "mean probability", "share right"];
    let header: Vec<String> = zh.iter().zip(en).map(|(zh, en)| session.language.pick(zh, en)).collect();
    lay_out(&header, &rows, &[1, 2, 3])
}
