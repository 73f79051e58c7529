//! `hedui ledger`: the closed loop, for case officers.
//!
//! `moves` are what people decide, `lists` what they look at, `sums` what they add up to, `links` judgements on links, `import` cases from elsewhere, `upkeep`
//! the log, the verification and the rebuilding.

mod about;
mod bench;
pub(super) mod closings;
mod import;
mod links;
mod lists;
mod moves;
mod sums;
mod upkeep;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Session;
use super::acting::{date, today};
use crate::error::{self, Fault, Place, Problem, Result};
use crate::ledger::{AnyStore, By, Missing, Settings};
use crate::pipeline::config;
use crate::pipeline::ledger_config::LedgerConfig;

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes / 退出码: 0 done, 2 refused or configuration, 3 file to import refused, 4 the ledger does not \
reconcile, 5 another writer, or the case was changed meanwhile, 6 machine fault (run again).

Examples / 示例:
  hedui ledger list --state suspicion --unit 某市某局
  hedui ledger check A-0123456789abcdef --by 张三
  hedui ledger verdict A-0123456789abcdef --is confirmed --why 已核对停发通知 --by 张三
  hedui ledger assign A-0123456789abcdef --document 某编办函〔2026〕12号 --owner 李四 --measure 停发并追回 --by 张三
  hedui ledger request-close A-0123456789abcdef --evidence 停发通知.pdf --by 李四
  hedui ledger overdue
  hedui ledger verify --anchor HASH"
)]
pub struct Arguments {
    /// Pipeline file with the [ledger] section / 任务配置文件
    #[arg(long, global = true, default_value = "pipelines/monthly.toml")]
    pipeline: PathBuf,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Cases, filtered / 问题清单
    List(lists::List),
    /// One case with its whole history / 一件问题的全过程
    Show(lists::Show),
    /// Cases past their deadline, and the step of the ladder due / 逾期清单和应采取的督办措施
    Overdue(lists::Overdue),
    /// Begin checking / 开始核查
    Check(moves::Simple),
    /// What checking found, or a judgement on a link L-… / 核查结论,或对匹配关系的判定
    Verdict(moves::Verdict),
    /// Pass on to another authority / 移送
    Transfer(moves::Transfer),
    /// Give it to somebody to put right, with a deadline / 交办
    Assign(moves::Assign),
    /// Progress, money recovered, sanctions, reminders given, class or owner / 更新进展
    Update(moves::Update),
    /// A later deadline, by an approved document / 延期
    Extend(moves::Extend),
    /// A long-term plan with yearly targets / 列入长期消化
    Plan(moves::Plan),
    /// Ask for closing, with the evidence / 申请销号
    RequestClose(moves::RequestClose),
    /// A level signs on the way to closing / 逐级审核
    Endorse(moves::Endorse),
    /// Accept what was put right / 验收
    Accept(moves::Simple),
    /// Close, when the data shows it too / 销号
    Close(moves::Close),
    /// Send back for more / 退回整改
    Return(moves::Simple),
    /// Open a closed case again by hand / 重新立案
    Reopen(moves::Simple),
    /// Cases from elsewhere: tip-offs, audits, inspections / 导入其他来源的问题
    Import(import::Import),
    /// Which unit or person a case is about, where import could only propose / 确认所指单位、人员
    Link(about::Link),
    /// Cases passed on, out and in, with their reply dates / 移送与回复
    Transfers(about::Transfers),
    /// The event log, or the cases, as a file / 导出
    Export(upkeep::Export),
    /// Opening + new + reopened - closed - unfounded = closing / 月度对账
    Balance(sums::MonthlyBalance),
    /// How often each rule was right / 各规则属实率
    Precision(sums::RulePrecision),
    /// Read everything again and find what was changed / 校验台账
    Verify(upkeep::Verify),
    /// Figures for benches/ledger.py; not for people
    #[command(hide = true)]
    Bench(bench::Bench),
    /// Make the table of cases, or a whole ledger, anew from the events / 重建
    Rebuild(upkeep::Rebuild),
    /// The whole ledger to another place, from SQLite to PostgreSQL or back / 复制到另一处
    Copy(upkeep::Copy),
    #[command(flatten)]
    Desk(super::desk::Verb),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
}

/// Who acts, and on which day.
#[derive(Debug, Args)]
struct Acting {
    /// Who acts [default: the environment variable HEDUI_BY] / 经办人
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// The day it counts for, YYYY-MM-DD [default: today] / 办理日期
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
}

/// The pipeline's ledger.
struct Ledger {
    config: LedgerConfig,
    /// The published folder.
    out: PathBuf,
    key_file: PathBuf,
}

impl Ledger {
    fn settings(&self) -> &Settings {
        &self.config.settings
    }
    fn open(&self) -> Result<AnyStore> {
        self.config.open(Missing::Refuse)
    }
    fn open_or_make(&self) -> Result<AnyStore> {
        self.config.open(Missing::Make)
    }
}

/// # Errors
/// Any [`Fault`] of the verb.
pub fn execute(session: &Session, arguments: &Arguments) -> Result<u8> {
    if let Verb::Bench(a) = &arguments.verb {
        return bench::execute(a);
    }
    if let Verb::Desk(a) = &arguments.verb
        && let Some(done) = super::desk::without_workspace(session, a)
    {
        return done;
    }
    let (config, _) = config::load(&arguments.pipeline)?;
    let Some(ledger) = config.ledger else {
        let problem = Problem::new(
            Place::file(arguments.pipeline.display().to_string()),
            "no-ledger-section",
            "the pipeline file has no [ledger] section",
        );
        let hint = "add these two lines to it:\n  [ledger]\n  url = \"sqlite:ledger/hedui.sqlite\"";
        return Err(Fault::Configuration(vec![problem.hint(hint)]));
    };
    let ledger = Ledger { config: ledger, out: config.out, key_file: config.key_file };
    match &arguments.verb {
        Verb::List(a) => lists::list(session, &ledger, a),
        Verb::Show(a) => lists::show(session, &ledger, a),
        Verb::Overdue(a) => lists::overdue(session, &ledger, a),
        Verb::Balance(a) => sums::balance(session, &ledger, a),
        Verb::Precision(a) => sums::precision(session, &ledger, a),
        Verb::Check(a) => moves::simple(session, &ledger, a, crate::ledger::Move::Check),
        Verb::Verdict(a) => moves::verdict(session, &ledger, a),
        Verb::Transfer(a) => moves::transfer(session, &ledger, a),
        Verb::Assign(a) => moves::assign(session, &ledger, a),
        Verb::Update(a) => moves::update(session, &ledger, a),
        Verb::Extend(a) => moves::extend(session, &ledger, a),
        Verb::Plan(a) => moves::plan(session, &ledger, a),
        Verb::RequestClose(a) => moves::request_close(session, &ledger, a),
        Verb::Endorse(a) => moves::endorse(session, &ledger, a),
        Verb::Accept(a) => moves::simple(session, &ledger, a, crate::ledger::Move::Accept),
        Verb::Close(a) => moves::close(session, &ledger, a),
        Verb::Return(a) => moves::simple(session, &ledger, a, crate::ledger::Move::Return),
        Verb::Reopen(a) => moves::simple(session, &ledger, a, crate::ledger::Move::Reopen),
        Verb::Link(a) => about::link(session, &ledger, a),
        Verb::Transfers(a) => about::transfers(session, &ledger, a),
        Verb::Import(a) => import::import(session, &ledger, a),
        Verb::Export(a) => upkeep::export(session, &ledger, a),
        Verb::Verify(a) => upkeep::verify(session, &ledger, a),
        Verb::Rebuild(a) => upkeep::rebuild(session, &ledger, a),
        Verb::Copy(a) => upkeep::copy(session, &ledger, a),
        Verb::Bench(a) => bench::execute(a),
        Verb::Desk(a) => {
            let office = super::desk::Office { ledger: &ledger.config, out: &ledger.out, key_file: &ledger.key_file };
            super::desk::execute(session, a, &office)
        }
    }
}

fn by(acting: &Acting) -> Result<By> {
    super::acting::by(acting.by.as_ref(), acting.on.as_ref())
}

fn refuse(code: &'static str, zh: String, en: String) -> Fault {
    error::refused(code, zh, en).into()
}

fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string_pretty(value).map_err(|e| Fault::Internal(e.to_string()))
}
