//! `hedui query`: SQL over the published tables, for an analyst without another tool.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Session;
use crate::error::{Fault, Result};
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
  hedui query --format csv \"SELECT * FROM paid_but_absent WHERE severity = 'S1'\" > s1.csv")]
pub struct Arguments {
    sql: String,
    /// Published folder / 发布目录
    #[arg(long, default_value = "out")]
    out: PathBuf,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// # Errors
/// [`Fault::Configuration`] when the SQL or the folder is wrong.
pub fn execute(_: &Session, arguments: &Arguments) -> Result<u8> {
    let mut answer = query::query(&arguments.out, &arguments.sql)?;
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
