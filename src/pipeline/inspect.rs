//! What a run would read, looked at without running it.

use indexmap::IndexMap;

use super::config::PipelineConfig;
use super::reading::read;
use super::run::{RunOptions, load_catalogue};
use super::stages::{Progress, Silent};
use super::{ledger, secret_file};
use crate::error::{Fault, Place, Result};
use crate::extract::{FileReport, Reject};
use crate::kernel::dates::Month;
use crate::publish;
use crate::resolve::pair::{PairReport, RowName};
use crate::resolve::{self, Judgements, ResolveContext};
use crate::table::{Schemas, Table};

/// Rejects, each with the table it was meant for.
pub type Rejects = Vec<(String, Reject)>;

/// Everything short of linking: pipeline, schemas, rules and every extract are looked at, and every problem is told.
///
/// # Errors
/// [`Fault::Configuration`] or [`Fault::Inputs`] with all problems.
pub fn check(
    config: &PipelineConfig,
    schemas: &Schemas,
    period: Month,
    options: &RunOptions,
    progress: &dyn Progress,
) -> Result<(Vec<FileReport>, Rejects)> {
    load_catalogue(config, schemas)?;
    let out = options.out.clone().unwrap_or_else(|| config.out.clone());
    let previous = publish::manifest(&out, period.plus(-1))?;
    let inputs = read(config, period, options, previous.as_ref(), None, progress)?;
    Ok((inputs.files, inputs.rejects))
}

/// The tables of one period as they are read, before anything is linked.
///
/// # Errors
/// Any fault of reading.
pub fn tables(config: &PipelineConfig, period: Month, options: &RunOptions) -> Result<IndexMap<String, Table>> {
    Ok(read(config, period, options, None, None, &Silent)?.tables)
}

/// Reads and links one period, publishes nothing, and says what became of two rows of person tables.
///
/// # Errors
/// [`Fault::Configuration`] when a row's name fits no row or several; any fault of reading.
pub fn explain_pair(
    config: &PipelineConfig,
    schemas: &Schemas,
    period: Month,
    options: &RunOptions,
    names: &[RowName; 2],
) -> Result<PairReport> {
    load_catalogue(config, schemas)?;
    let inputs = read(config, period, options, None, None, &Silent)?;
    let wrong = |name: &RowName, message: String| {
        let place = Place::file("hedui explain --not");
        Fault::configuration(place, "row-name", format!("{}:{}:{} {message}", name.table, name.file, name.row))
    };
    let find = |name: &RowName| -> Result<usize> {
        let table = inputs.tables.get(&name.table).filter(|t| t.schema.person.is_some());
        let table = table.ok_or_else(|| wrong(name, "is in no table of persons that was read".to_owned()))?;
        name.find(table).map_err(|n| wrong(name, format!("fits {n} rows; name table, file and row")))
    };
    let rows = [(names[0].table.as_str(), find(&names[0])?), (names[1].table.as_str(), find(&names[1])?)];
    let context = ResolveContext {
        period,
        secret: secret_file::load_or_make(&config.key_file)?,
        thresholds: config.thresholds,
        judgements: match &config.ledger {
            Some(config) => {
                ledger::ClosedLoop::open_existing(config)?.map_or_else(Judgements::default, |l| l.judgements())
            }
            None => Judgements::default(),
        },
    };
    let report = resolve::explain_pair(&inputs.tables, &context, rows);
    report.ok_or_else(|| wrong(&names[0], "could not be weighed".to_owned()))
}
