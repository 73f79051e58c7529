//! `hedui gate`: the pre-check before posts are filled, of one matter (`check`) or a file of them (`from`), and the suspended ones that
//! would pass now.

mod check;
mod from;
mod lines;
mod suspended;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use self::check::Check;
use self::suspended::Suspended;
use super::Session;
use crate::error::Result;
use crate::ledger::AnyStore;
use crate::pipeline::config::{self, PipelineConfig};

/// Codes of what may be applied for, as the schemas have them.
const QUOTA_TYPES: [&str; 5] = ["administrative", "police", "institution", "civil_service_like", "worker"];
const SCOPES: [&str; 2] = ["leadership", "section"];
const LEVELS: [&str; 6] = ["bureau", "division", "deputy_division", "section", "deputy_section", "staff"];
const CLASSES: [&str; 2] = ["chief", "deputy"];

#[derive(Debug, Args)]
#[command(
    after_help = "Decisions / 预审意见: PASS; PASS WITH STATEMENT (open problems are on plan, or a waiver lifts what suspends); SUSPEND
(S1 or S2 problems of the unit or those below it are overdue or without a plan, no vacancy, data that cannot be relied on).

A file of matters (--from, CSV or workbook), a line each / 批量预审文件的列 (Chinese or English header):
  单位 unit           key, code, credit code or whole name
  事项 matter         进人 entry, 配备领导 leader, 设立机构 new-unit, 调整规格 rank
  人数 people         of 进人 and 配备领导
  编制类型 type       of 进人: 行政, 政法, 事业, 参公, 工勤, or the code
  职务层次 level, 正副职 class, 职数类别 scope (optional)   of 配备领导
  新规格 level        of 调整规格 (the same column as 职务层次)
  新设机构名称 name   of 设立机构
  申请文号 application, 下属层数 depth   (optional)
  豁免情形 waive, 豁免批准人 approver, 豁免有效期至 until, 豁免文号 document, 豁免说明 why   (optional)

Exit codes / 退出码: 0 decisions were made; 8 with --fail-on-suspend, when one is SUSPEND; 2 refused or configuration; 3 a line of
the file is no matter (every such line is told, nothing is logged); 4, 5, 6 as for every verb.

Examples / 示例:
  hedui gate check 某市教育局 --matter entry --type institution --people 2 --by 张三
  hedui gate check 某市教育局 --matter leader --scope leadership --level division --class deputy --by 张三 --format docx --to 预审表.docx
  hedui gate check 某市教育局 --matter new-unit --name 某市教师发展中心 --dry-run
  hedui gate check 某市教育局 --matter entry --type institution --waive policy_placement --approver 王主任 --until 2026-12-31 --by 张三
  hedui gate check --from 本月申请.xlsx --by 张三 --format xlsx --to 预审一览表.xlsx
  hedui gate suspended --passing"
)]
pub struct Arguments {
    /// Pipeline file / 任务配置文件
    #[arg(long, global = true, default_value = "pipelines/monthly.toml")]
    pipeline: PathBuf,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Look at a unit and a matter, or a file of them, decide, print the pre-check sheet, log it / 预审
    Check(Box<Check>),
    /// Suspended matters, looked at again / 复看暂停受理事项
    Suspended(Suspended),
}

/// # Errors
/// Any [`Fault`] of the verb.
pub fn execute(session: &Session, arguments: &Arguments) -> Result<u8> {
    let (config, schemas) = config::load(&arguments.pipeline)?;
    match &arguments.verb {
        Verb::Check(a) => check::execute(session, &config, &schemas, a),
        Verb::Suspended(a) => suspended::execute(session, &config, a),
    }
}

/// The pipeline's ledger: none when it has no section, or when nothing has begun it yet.
fn ledger(config: &PipelineConfig) -> Result<Option<AnyStore>> {
    config.ledger.as_ref().map_or(Ok(None), |ledger| ledger.open_existing())
}
