//! `hedui query`: SQL over the published tables, for an analyst without another tool.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Session;
use crate::error::{Fault, Result};
use crate::pipeline;
use crate::publish::query;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Csv,
    Json,
    Parquet,
}

#[derive(Debug, Args)]
#[command(after_help = "Tables are named as the folders below --out; canonical/payroll is canonical_payroll.

Examples / 示例:
  hedui query \"SELECT rule, count(*) AS n FROM anomalies GROUP BY rule ORDER BY n DESC\"
  hedui query --restricted --reason \"核实P02\" \"SELECT person_name, resident_id FROM restricted_paid_but_absent WHERE rule = 'P02'\"
  hedui query --format csv \"SELECT * FROM paid_but_absent WHERE severity = 'S1'\" > s1.csv")]
pub struct Arguments {
    sql: String,
    /// Published folder / 发布目录
    #[arg(long, default_value = "out")]
    out: PathBuf,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Let the query name restricted_over_staffing and so on, whose names are not masked; every reading is logged / 查询未脱敏数据并留痕
    #[arg(long, requires = "reason")]
    restricted: bool,
    /// Why names are needed, for the log / 查询事由
    #[arg(long, requires = "restricted")]
    reason: Option<String>,
}

/// # Errors
/// [`Fault::Configuration`] when the SQL or the folder is wrong.
pub fn execute(_: &Session, arguments: &Arguments) -> Result<u8> {
    let mut answer = if arguments.restricted {
        let (answer, runs) = query::query_restricted(&arguments.out, &arguments.sql)?;
        let reason = arguments.reason.as_deref().unwrap_or_default();
        // Written down before a name is seen.
        pipeline::access::read(&arguments.out, &runs, &arguments.sql, answer.height(), reason)?;
        answer
    } else {
        query::query(&arguments.out, &arguments.sql)?
    };
    let bytes = match arguments.format {
        Format::Table => query::to_table(&answer)?.into_bytes(),
        Format::Csv => query::to_csv(&answer)?.into_bytes(),
        Format::Json => query::to_json(&answer)?.into_bytes(),
        Format::Parquet => query::to_parquet(&mut answer)?,
    };
    use std::io::Write;
    match std::io::stdout().lock().write_all(&bytes) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Fault::Machine { context: "standard output".to_owned(), source: error })
        }
        _ => Ok(0),
    }
}
