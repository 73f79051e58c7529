//! `hedui backfill`: a range of months, oldest first.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::progress::teller;
use super::run::{How, parse_period};
use super::{Session, report};
use crate::cli::language::Language;
use crate::error::{Fault, Result};
use crate::pipeline::attempts::first_line;
use crate::pipeline::backfill::{self, Entry, Reprocess, State};
use crate::pipeline::{self, Outcome, config, manifest};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Again {
    None,
    Failed,
    Completed,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Months are run oldest first, for later ones read earlier ones. One that fails stops the rest, unless --keep-going.
Killed at any moment, the same command goes on where it stopped.

Exit codes / 退出码: 0 all months of the range are published, else the code of the first that failed.

Examples / 示例:
  hedui backfill pipelines/monthly.toml --from 2025-01 --to 2026-10
  hedui backfill pipelines/monthly.toml --from 2026-01 --to 2026-10 --reprocess failed
  hedui backfill pipelines/monthly.toml --from 2026-01 --to 2026-10 --reprocess completed --dry-run"
)]
pub struct Arguments {
    /// Pipeline file / 任务配置文件
    pipeline: PathBuf,
    /// First month, YYYY-MM / 起始期间
    #[arg(long)]
    from: String,
    /// Last month, YYYY-MM / 截止期间
    #[arg(long)]
    to: String,
    /// Months run besides those never run: none, those that failed, or those and the published ones / 重做范围
    #[arg(long, value_enum, default_value_t = Again::None)]
    reprocess: Again,
    /// Go on after a month that failed / 某月失败后继续
    #[arg(long)]
    keep_going: bool,
    /// Say what would be run; run nothing / 只列出将执行的月份
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    pub(super) how: How,
    /// Only what went wrong / 只输出失败信息
    #[arg(long, short)]
    quiet: bool,
}

/// # Errors
/// Any [`Fault`] of the first month that failed.
pub fn execute(session: &Session, arguments: &Arguments) -> Result<u8> {
    let (config, schemas) = config::load(&arguments.pipeline)?;
    let months = backfill::range(parse_period(&arguments.from)?, parse_period(&arguments.to)?)?;
    let options = arguments.how.options(false)?;
    let out = options.out.clone().unwrap_or_else(|| config.out.clone());
    let reprocess = match arguments.reprocess {
        Again::None => Reprocess::None,
        Again::Failed => Reprocess::Failed,
        Again::Completed => Reprocess::Completed,
    };
    let order = format!("{} to {}, {}, full {}", arguments.from, arguments.to, reprocess.word(), options.full);
    let say = |text: String| {
        if !arguments.quiet {
            super::put(&text);
        }
    };
    let mut worst = 0;
    let mut stopped = false;
    for entry in backfill::plan(&out, &months, reprocess, &order)? {
        let language = session.language;
        if arguments.dry_run || stopped || !entry.run {
            say(line(entry.period, &state(language, &entry, !stopped)));
            if let State::Failed { exit_code, .. } = entry.state
                && !entry.run
                && !arguments.dry_run
            {
                worst = if worst == 0 { exit_code } else { worst };
                stopped = stopped || !arguments.keep_going;
            }
            continue;
        }
        let teller = teller(session, arguments.quiet);
        let ran = pipeline::run(&config, &schemas, entry.period, &options, teller.as_ref());
        drop(teller);
        match ran {
            Ok(outcome) => {
                backfill::done(&out, &order, entry.period)?;
                say(line(entry.period, &done(language, &outcome)));
            }
            Err(fault) => {
                report(session, &fault);
                super::put(&line(entry.period, &failed(language, fault.exit_code(), &first_line(&fault))));
                worst = if worst == 0 { fault.exit_code() } else { worst };
                // A held tree, a full disk or a wrong rule is the same for the next month.
                stopped =
                    stopped || !arguments.keep_going || !matches!(fault, Fault::Inputs(_) | Fault::Reconciliation(_));
            }
        }
    }
    if worst == 0 && !arguments.dry_run {
        backfill::ended(&out)?;
    }
    Ok(worst)
}

fn line(period: crate::kernel::dates::Month, text: &str) -> String {
    format!("{period}  {text}")
}

fn failed(language: Language, code: u8, reason: &str) -> String {
    language.pick(&format!("失败(退出码 {code}): {reason}"), &format!("failed (exit code {code}): {reason}"))
}

fn done(language: Language, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Stands(standing) => {
            let run = &standing.run_id;
            language.pick(&format!("无变化,{run} 仍然有效"), &format!("nothing has changed, {run} stands"))
        }
        Outcome::Ran(report) => {
            let seconds: f64 = report.timings.iter().map(|(_, s)| s).sum();
            let live = manifest::live(&report.detected);
            let counts: Vec<String> = live.iter().map(|(severity, n)| format!("{severity} {n}")).collect();
            let (run, counts) = (&report.run_id, counts.join(", "));
            language.pick(
                &format!("已发布 {run}({counts}),用时 {seconds:.1} 秒"),
                &format!("published {run} ({counts}), {seconds:.1} s"),
            )
        }
    }
}

/// A month that is not being run now: what became of it, and why it is left or what would be done.
fn state(language: Language, entry: &Entry, would_run: bool) -> String {
    let then = match (entry.run, would_run) {
        (true, true) => language.pick(";将执行", "; would be run"),
        (true, false) => language.pick(";等待中:前面的月份失败", "; waits: a month before it failed"),
        (false, _) => String::new(),
    };
    let now = match &entry.state {
        State::Published(run) if entry.run => language.pick(&format!("已发布 {run}"), &format!("published as {run}")),
        State::Published(run) => {
            language.pick(&format!("已发布 {run},不再执行"), &format!("published as {run}, left alone"))
        }
        State::Failed { exit_code, reason } => {
            let hint = language.pick(";--reprocess failed 可重做", "; --reprocess failed runs it again");
            format!("{}{}", failed(language, *exit_code, reason), if entry.run { String::new() } else { hint })
        }
        State::Interrupted => language.pick("上次执行中断", "its run died"),
        State::Waiting => language.pick("未执行", "not run yet"),
    };
    format!("{now}{then}")
}
