//! SQL over what is published, for whoever has no other tool at hand.

use std::path::Path;

use indexmap::IndexMap;
use polars::prelude as pl;
use polars::sql::SQLContext;

use super::layout::{Store, data_file};
use super::{dictionary, format, history, restricted, root};
use crate::error::{Fault, Place, Problem, Result, nearest};
use crate::kernel::dates::Month;
use crate::table::EvidenceCell;

pub use super::format::{to_csv, to_json, to_parquet, to_table};

/// A row of an answer: column → value as text.
pub type Row = IndexMap<String, Option<String>>;

/// Answers a query over every published table: all months, a table `canonical/payroll` as `canonical_payroll` and as `payroll`.
///
/// Each period's run is looked up once, before anything is read, so an answer never mixes two runs of a period.
///
/// # Errors
/// [`Fault::Configuration`] when nothing is published or the SQL is wrong, [`Fault::Machine`], [`Fault::Reconciliation`].
pub fn query(out: &Path, sql: &str) -> Result<pl::DataFrame> {
    Reading::open(out)?.frame(sql)
}

/// Answers a query that may also name the zone's tables (`restricted_over_staffing` …); says which runs' they are.
///
/// # Errors
/// As [`query`], and [`Fault::Configuration`] when no zone is published or it may not be read.
pub fn query_restricted(out: &Path, sql: &str) -> Result<(pl::DataFrame, Vec<String>)> {
    let mut reading = Reading::open(out)?;
    let runs = reading.open_restricted(&Store::new(out))?;
    Ok((reading.frame(sql)?, runs))
}

/// What is published, opened once for many questions: all of them see the same runs.
pub struct Reading {
    context: SQLContext,
    names: Vec<String>,
    /// The dictionaries of all published months, merged.
    pub dictionary: dictionary::Dictionary,
}

/// An answer: column names and rows.
pub type Answer = (Vec<String>, Vec<Vec<format::Cell>>);

impl Reading {
    /// Opens a published folder.
    ///
    /// # Errors
    /// [`Fault::Configuration`] when nothing is published, [`Fault::Machine`], [`Fault::Reconciliation`].
    pub fn open(out: &Path) -> Result<Self> {
        let (tables, dictionary) = tables(&Store::new(out))?;
        if tables.is_empty() {
            let place = Place::file(out.display().to_string());
            return Err(Fault::Configuration(vec![
                Problem::new(place, "nothing-published", "nothing is published here")
                    .hint("hedui run publishes a period; --out names the folder"),
            ]));
        }
        let context = SQLContext::new();
        for (name, table) in &tables {
            context.register(name, scan(table)?);
        }
        Ok(Self { context, names: tables.into_keys().collect(), dictionary })
    }

    /// Lets queries name the tables of the zone; gives the names of their runs.
    fn open_restricted(&mut self, store: &Store) -> Result<Vec<String>> {
        let mut files: IndexMap<&str, Vec<pl::PlRefPath>> = IndexMap::new();
        let mut runs = Vec::new();
        for (period, run) in store.published_runs()? {
            let manifest = root::manifest(store, period)?.unwrap_or_default();
            if !manifest[restricted::FOLDER].is_array() {
                continue;
            }
            for table in restricted::TABLES {
                let file = data_file(&run, &format!("{}/{table}", restricted::FOLDER));
                // Asked before the engine does, so that the refusal names the file.
                std::fs::File::open(&file).map_err(|e| no_zone(store, &format!("{}: {e}", file.display())))?;
                let path = pl::PlRefPath::try_from_path(&file).map_err(|e| Fault::Internal(e.to_string()))?;
                files.entry(table).or_default().push(path);
            }
            runs.push(manifest["run_id"].as_str().unwrap_or_default().to_owned());
        }
        if files.is_empty() {
            return Err(no_zone(store, "no month is published with [publish] restricted = true"));
        }
        for (table, files) in files {
            let name = format!("{}_{table}", restricted::FOLDER);
            self.context.register(&name, scan(&files)?);
            self.names.push(name);
        }
        Ok(runs)
    }

    /// The answer to a query.
    ///
    /// # Errors
    /// [`Fault::Configuration`] when the SQL is wrong, [`Fault::Reconciliation`] when a table cannot be read.
    pub fn answer(&mut self, sql: &str) -> Result<Answer> {
        let answer = self.frame(sql)?;
        Ok((format::header(&answer), format::cells(&answer)?))
    }

    fn frame(&mut self, sql: &str) -> Result<pl::DataFrame> {
        let answer = self.context.execute(sql).and_then(pl::LazyFrame::collect);
        answer.map_err(|error| wrong(&error, sql, self.names.iter().map(String::as_str)))
    }
}

fn no_zone(store: &Store, why: &str) -> Fault {
    let place = Place::file(store.out.join(restricted::FOLDER).display().to_string());
    Fault::configuration(place, "restricted", format!("unmasked names cannot be read: {why}"))
}

/// The rows of an answer as text.
///
/// # Errors
/// As [`query`].
pub fn rows(out: &Path, sql: &str) -> Result<Vec<Row>> {
    let answer = query(out, sql)?;
    let header = format::header(&answer);
    let row = |cells: Vec<format::Cell>| header.iter().cloned().zip(cells.iter().map(format::Cell::text)).collect();
    Ok(format::cells(&answer)?.into_iter().map(row).collect())
}

/// The input cells that a finding rests on, as its newest period shows them.
///
/// # Errors
/// [`Fault::Machine`] or [`Fault::Reconciliation`].
pub fn evidence(out: &Path, anomaly_id: &str) -> Result<Vec<EvidenceCell>> {
    for (_, run) in Store::new(out).published_runs()?.into_iter().rev() {
        if let Some(cells) = history::evidence(&data_file(&run, "anomalies"), anomaly_id)? {
            return Ok(cells);
        }
    }
    Ok(Vec::new())
}

/// Name → the table's files, oldest period first; and all months' dictionaries, merged.
fn tables(store: &Store) -> Result<(IndexMap<String, Vec<pl::PlRefPath>>, dictionary::Dictionary)> {
    let mut tables: IndexMap<String, Vec<pl::PlRefPath>> = IndexMap::new();
    let mut runs: Vec<(Month, std::path::PathBuf)> = store.published_runs()?;
    runs.sort_unstable();
    let mut short: IndexMap<String, Vec<pl::PlRefPath>> = IndexMap::new();
    let mut dictionaries = Vec::new();
    for (period, run) in &runs {
        let own = dictionary::read(run)?;
        for table in &own.tables {
            let file = data_file(run, &table.path);
            let path = pl::PlRefPath::try_from_path(&file).map_err(|e| Fault::Internal(e.to_string()))?;
            if table.name() != table.view {
                short.entry(table.name().to_owned()).or_default().push(path.clone());
            }
            tables.entry(table.view.clone()).or_default().push(path);
        }
        dictionaries.push((*period, own));
    }
    for (name, files) in short {
        tables.entry(name).or_insert(files);
    }
    tables.sort_unstable_keys();
    Ok((tables, dictionary::merged(&dictionaries)))
}

/// A lazy scan under the newest file's schema: columns that an older period lacks are null there.
fn scan(files: &[pl::PlRefPath]) -> Result<pl::LazyFrame> {
    let damaged = |e: pl::PolarsError| Fault::Reconciliation(format!("a published table cannot be read: {e}"));
    let arguments =
        |schema| pl::ScanArgsParquet { schema, glob: false, allow_missing_columns: true, ..Default::default() };
    let newest = files.last().cloned().into_iter().collect();
    let schema = pl::LazyFrame::scan_parquet_files(newest, arguments(None))
        .and_then(|mut f| f.collect_schema())
        .map_err(damaged)?;
    let all = files.iter().cloned().collect();
    pl::LazyFrame::scan_parquet_files(all, arguments(Some(schema))).map_err(damaged)
}

/// An error of the engine, as a mistake in the query, with the name that was probably meant.
fn wrong<'a>(error: &pl::PolarsError, sql: &str, known: impl Iterator<Item = &'a str>) -> Fault {
    let message = error.to_string();
    let message = message.split("\n\n").next().unwrap_or_default().trim().to_owned();
    let mut problem = Problem::new(Place::file("query"), "query", message);
    let known: Vec<&str> = known.collect();
    let words = sql.split(|c: char| !(c.is_alphanumeric() || c == '_')).skip_while(|w| !w.eq_ignore_ascii_case("from"));
    let unknown = words.skip(1).find(|w| !w.is_empty()).filter(|w| !known.contains(w));
    if let Some(near) = unknown.and_then(|w| nearest(w, known.iter().copied())) {
        problem.hint = Some(format!("did you mean the table {near}?"));
    } else {
        problem.hint = Some(format!("tables: {}", known.join(", ")));
    }
    Fault::Configuration(vec![problem])
}
