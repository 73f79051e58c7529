//! Words for the terminal; the only room that prints. One verb a file.
//!
//! Data goes to standard output, everything else to standard error. Nobody here decides anything about the data.

mod acting;
mod allocator;
pub mod backfill;
pub mod bulletin;
pub mod check;
pub mod desk;
pub mod diff;
mod diff_rules;
mod evidence;
pub mod explain;
pub mod explain_link;
mod explain_pair;
pub mod gate;
pub mod generate;
pub mod init;
pub mod internal_read;
pub mod language;
pub mod ledger;
pub mod link;
pub mod pace;
pub mod progress;
pub mod query;
mod quiet;
pub mod rules;
mod rules_new;
pub mod run;
pub mod schedule;
pub mod score;
pub mod shell;
mod sheet;
pub mod summary;
mod table_file;
pub mod text_table;
mod why_not;

use clap::{Parser, Subcommand, ValueEnum};

use crate::error::{Fault, Result};
use language::Language;

/// 核对: check establishment, registration, payroll and HR registers against one another.
#[derive(Debug, Parser)]
#[command(name = "hedui", version, max_term_width = 110, after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Cli {
    /// Language of messages / 信息语言 [default: from the locale]
    #[arg(long, global = true, value_enum)]
    pub lang: Option<Language>,
    /// Bars on a terminal, plain lines, or nothing / 进度显示方式
    #[arg(long, global = true, value_enum, default_value_t = ProgressKind::Auto)]
    pub progress: ProgressKind,
    /// Format of log lines on standard error / 日志格式
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    #[command(subcommand)]
    pub verb: Verb,
}

const EXAMPLES: &str = "\
Examples / 示例:
  hedui run pipelines/monthly.toml                    run the newest month
  hedui run pipelines/monthly.toml --period 2026-09   run one month
  hedui check pipelines/monthly.toml                  look at every extract, publish nothing
  hedui explain Q01                                   what a rule says, and why
  hedui query \"SELECT rule, count(*) AS n FROM anomalies GROUP BY rule\"";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProgressKind {
    Auto,
    Plain,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Load the period's extracts, link, detect, publish / 执行核对并发布结果
    Run(run::Arguments),
    /// Run a range of months, oldest first / 补跑多个期间
    Backfill(backfill::Arguments),
    /// Validate pipeline, schemas, rules and extracts; publish nothing / 只校验,不发布
    Check(check::Arguments),
    /// The rule catalogue / 规则目录
    Rules(rules::Arguments),
    /// Why: a rule, a finding or a link / 说明规则、问题或匹配的依据
    Explain(explain::Arguments),
    /// Link any two tables, or one with itself, as a spec says / 按说明关联任意两表或一表去重
    Link(link::Arguments),
    /// What changed between two months, or what changed rules would have changed / 两期或两套规则的差别
    Diff(diff::Arguments),
    /// SQL over the published tables / 查询已发布的数据表
    Query(query::Arguments),
    /// The month's bulletin, and dossiers of units / 月度通报和单位档案
    Bulletin(bulletin::Arguments),
    /// The closed loop: cases, deadlines, closing / 问题台账
    Ledger(ledger::Arguments),
    /// Before an approval: do posts and open problems allow it? / 机构编制事项预审
    Gate(gate::Arguments),
    /// Synthetic registries with planted problems and their truth / 生成模拟数据
    Generate(generate::Arguments),
    /// Precision and recall against a truth folder / 按真值评分
    Score(score::Arguments),
    /// The crontab line, systemd timer or CronJob of a pipeline / 输出定时任务配置
    Schedule(schedule::Arguments),
    /// A new workspace to edit / 新建工作区
    Init(init::Arguments),
    /// Shell completions / 命令补全脚本
    Completions(shell::CompletionArguments),
    /// Manual pages / 手册页
    Man(shell::ManArguments),
    /// The parser child of `run`; not for people
    #[command(hide = true)]
    InternalRead(internal_read::Arguments),
}

/// What every verb gets to know of how it was called.
#[derive(Debug, Clone, Copy)]
pub struct Session {
    pub language: Language,
    pub progress: ProgressKind,
}

/// Parses, dispatches, prints what went wrong, and gives the exit code of docs/contract.md section 1.
#[must_use]
pub fn main() -> u8 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe must not turn a help text into a failure.
            let _ = error.print();
            return if error.use_stderr() { 2 } else { 0 };
        }
    };
    let session = Session { language: cli.lang.unwrap_or_else(Language::of_locale), progress: cli.progress };
    start_log(cli.log_format);
    match dispatch(&session, cli.verb) {
        Ok(code) => code,
        Err(fault) => {
            report(&session, &fault);
            fault.exit_code()
        }
    }
}

fn dispatch(session: &Session, verb: Verb) -> Result<u8> {
    match verb {
        Verb::Run(arguments) => {
            arguments.how.set_up_allocator();
            run::execute(session, &arguments)
        }
        Verb::Backfill(arguments) => {
            arguments.how.set_up_allocator();
            backfill::execute(session, &arguments)
        }
        Verb::Check(arguments) => check::execute(session, &arguments),
        Verb::Rules(arguments) => rules::execute(session, &arguments),
        Verb::Explain(arguments) => explain::execute(session, &arguments),
        Verb::Link(arguments) => link::execute(session, &arguments),
        Verb::Diff(arguments) => diff::execute(session, &arguments),
        Verb::Query(arguments) => query::execute(session, &arguments),
        Verb::Bulletin(arguments) => bulletin::execute(session, &arguments),
        Verb::Ledger(arguments) => ledger::execute(session, &arguments),
        Verb::Gate(arguments) => gate::execute(session, &arguments),
        Verb::Generate(arguments) => generate::execute(session, &arguments),
        Verb::Score(arguments) => score::execute(session, &arguments),
        Verb::Schedule(arguments) => schedule::execute(session, &arguments),
        Verb::Init(arguments) => init::execute(session, &arguments),
        Verb::Completions(arguments) => shell::completions(&arguments),
        Verb::Man(arguments) => shell::manual(&arguments),
        Verb::InternalRead(arguments) => internal_read::execute(&arguments),
    }
}

fn start_log(format: LogFormat) {
    let builder = tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(tracing::Level::WARN);
    // A second start (in tests) is no matter.
    let _ = match format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}

/// The error chain, and what to do about it.
fn report(session: &Session, fault: &Fault) {
    let head = match fault {
        Fault::Configuration(p) => session.language.pick(
            &format!("配置有误,共 {} 处,未执行:", p.len()),
            &format!("{} mistake(s) in the configuration; nothing was run:", p.len()),
        ),
        Fault::Refused(refusal) => {
            let text = session.language.pick(&refusal.in_chinese(), &refusal.to_string());
            let head = session.language.pick("未办理,未写入任何内容:", "refused; nothing was written:");
            eprintln!("hedui: {head}\n{text}");
            return;
        }
        Fault::Inputs(p) => session.language.pick(
            &format!("读入的文件不可接受,共 {} 处,未写入任何内容,原有数据不变:", p.len()),
            &format!("{} problem(s) with the files read; nothing was written, what stood before stands:", p.len()),
        ),
        Fault::Reconciliation(_) => {
            session.language.pick("数据不平,未发布:", "counts do not reconcile; nothing was published:")
        }
        Fault::Locked(_) => session.language.pick("另一任务正在运行:", "another run is at work:"),
        Fault::Machine { .. } => {
            session.language.pick("机器故障,可重新执行:", "a passing fault of the machine; it is safe to run again:")
        }
        Fault::Internal(_) => session.language.pick("程序内部错误:", "a defect of the program:"),
    };
    eprintln!("hedui: {head}");
    eprintln!("{fault}");
    let mut source = std::error::Error::source(fault);
    while let Some(cause) = source {
        eprintln!("  because: {cause}");
        source = cause.source();
    }
}

/// Prints to standard output; a reader that has gone away is no fault of the run.
pub(crate) fn put(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}
