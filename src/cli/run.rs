//! `hedui run`: the main job.

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::progress::teller;
use super::{Session, summary};
use crate::error::{Fault, Place, Result};
use crate::extract::Limits;
use crate::kernel::dates::Month;
use crate::pipeline::memory::{self, Limit};
use crate::pipeline::{self, Outcome, RunOptions, config, manifest, period};
use crate::publish;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Severity {
    S4,
    S3,
    S2,
    S1,
}

/// How months are run, one or several.
#[derive(Debug, Args)]
pub struct How {
    /// Take nothing from earlier runs: read, work out and publish everything again / 全部重新执行
    #[arg(long)]
    full: bool,
    /// Publish here instead of the pipeline's own folder / 发布目录
    #[arg(long)]
    out: Option<PathBuf>,
    /// Memory that the run may take: 6GiB, 6144M, 75% [default: 75% of the machine] / 内存上限
    #[arg(long, value_name = "SIZE|PERCENT")]
    memory_limit: Option<Limit>,
    /// Accept an unusual number of rows, for this reason / 确认行数异常的理由
    #[arg(long, value_name = "REASON")]
    accept_volume: Option<String>,
}

impl How {
    /// Free memory that is kept is quicker and takes more: not for whoever limits it.
    pub fn set_up_allocator(&self) {
        super::allocator::set_up(self.memory_limit.is_some());
    }

    /// # Errors
    /// As [`options`].
    pub fn options(&self, dry_run: bool) -> Result<RunOptions> {
        let memory = self.memory_limit.unwrap_or(memory::DEFAULT);
        let options = options(self.out.clone(), self.accept_volume.clone(), dry_run)?;
        Ok(RunOptions { full: self.full, memory, ..options })
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes / 退出码: 0 done, 2 configuration, 3 inputs refused, 4 counts do not reconcile, 5 locked, \
6 machine fault (run again), 8 --fail-on met.

Examples / 示例:
  hedui run pipelines/monthly.toml
  hedui run pipelines/monthly.toml --period 2026-09 --out /srv/hedui
  hedui run pipelines/monthly.toml --due --quiet          for cron: every month that is due and not published
  hedui run pipelines/monthly.toml --dry-run"
)]
pub struct Arguments {
    /// Pipeline file / 任务配置文件
    pipeline: PathBuf,
    /// Month to run, YYYY-MM [default: the pipeline's own] / 期间
    #[arg(long, conflicts_with = "due")]
    period: Option<String>,
    /// Every month that is due and not yet published, oldest first / 补齐所有到期月份
    #[arg(long)]
    due: bool,
    /// Do everything but publish / 试运行,不发布
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    pub(super) how: How,
    /// Exit with 8 when a finding of this severity or worse is new or open / 达到该级别则返回 8
    #[arg(long, value_enum)]
    fail_on: Option<Severity>,
    /// No summary / 不输出摘要
    #[arg(long, short)]
    quiet: bool,
}

/// # Errors
/// Any [`Fault`] of the run.
pub fn execute(session: &Session, arguments: &Arguments) -> Result<u8> {
    let (config, schemas) = config::load(&arguments.pipeline)?;
    let options = arguments.how.options(arguments.dry_run)?;
    let out = options.out.clone().unwrap_or_else(|| config.out.clone());
    let now = chrono::Local::now().naive_local();
    let periods = match (&arguments.period, arguments.due) {
        (Some(text), _) => vec![parse_period(text)?],
        (None, true) => {
            let published = publish::published_periods(&out)?;
            let mut due = period::due(&config, &published, now);
            // A run that died between publishing and telling the ledger is made good by the next one.
            if let Some(ledger) = &config.ledger {
                due.extend(pipeline::ledger::untold(ledger, &published)?);
                due.sort();
            }
            due
        }
        (None, false) => vec![period::default_period(&config, now)?],
    };
    // Cron mails whatever is printed, so a due run that went well says nothing unless somebody is watching.
    let silent = arguments.quiet || (arguments.due && !std::io::stdout().is_terminal());
    if periods.is_empty() && !silent {
        super::put(&session.language.pick("没有到期且未发布的月份。", "no month is due that is not published."));
    }
    let mut code = 0;
    for period in periods {
        let teller = teller(session, silent);
        let outcome = pipeline::run(&config, &schemas, period, &options, teller.as_ref())?;
        drop(teller);
        let (text, live) = match &outcome {
            Outcome::Ran(report) => {
                (summary::of_run(session.language, &config, report), manifest::live(&report.detected))
            }
            Outcome::Stands(standing) => (summary::of_standing(session.language, standing), standing.live.clone()),
        };
        if !silent {
            super::put(&text);
        }
        if arguments.fail_on.is_some_and(|limit| worst(&live).is_some_and(|w| w >= limit)) {
            code = 8;
        }
    }
    Ok(code)
}

/// The worst severity of which there is a finding.
fn worst(live: &std::collections::BTreeMap<String, u64>) -> Option<Severity> {
    live.iter().filter(|(_, n)| **n > 0).filter_map(|(severity, _)| Severity::from_str(severity, true).ok()).max()
}

/// Run options with this very program as the parser child.
///
/// # Errors
/// [`Fault::Machine`] when the program cannot find itself.
pub fn options(out: Option<PathBuf>, accept_volume: Option<String>, dry_run: bool) -> Result<RunOptions> {
    // Only fault tests set it: the publishing step at which the process is to die.
    let failpoint = std::env::var("HEDUI_FAILPOINT").ok().filter(|step| !step.is_empty());
    let program = std::env::current_exe()
        .map_err(|source| Fault::Machine { context: "the program cannot find itself".to_owned(), source })?;
    Ok(RunOptions {
        out,
        dry_run,
        full: false,
        memory: memory::DEFAULT,
        accept_volume,
        program,
        failpoint,
        limits: Limits::default(),
    })
}

/// # Errors
/// [`Fault::Configuration`] for a text that is no month.
pub fn parse_period(text: &str) -> Result<Month> {
    Month::parse(text).ok_or_else(|| {
        Fault::configuration(Place::file("--period"), "bad-period", format!("{text} is no month; write it as 2026-10"))
    })
}

/// The month asked for, or the newest of `published`.
///
/// # Errors
/// As [`parse_period`], or when the published periods cannot be listed.
pub fn period_or_newest(text: Option<&str>, published: impl FnOnce() -> Result<Vec<Month>>) -> Result<Option<Month>> {
    match text {
        Some(text) => parse_period(text).map(Some),
        None => Ok(published()?.last().copied()),
    }
}
