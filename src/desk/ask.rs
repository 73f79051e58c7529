//! Questions to the published tables of one period.

use std::path::Path;
use std::rc::Rc;

use crate::error::{Fault, Place, Problem, Result};
use crate::kernel::dates::Month;
use crate::publish::format::Cell;
use crate::publish::{self, query::Reading};

/// A published folder, open at one period.
pub struct Asking {
    reading: Reading,
    pub period: Month,
    pub run_id: String,
    /// Codes of columns with their Chinese labels: (column, code) → label.
    labels: std::collections::BTreeMap<(String, String), String>,
}

/// A row of an answer.
pub struct Row {
    header: Rc<[String]>,
    cells: Vec<Cell>,
}

impl Row {
    /// A value as text; `None` for null.
    #[must_use]
    pub fn text(&self, column: &str) -> Option<String> {
        let at = self.header.iter().position(|name| name == column)?;
        self.cells.get(at).and_then(Cell::text)
    }
    /// A value as text, empty for null.
    #[must_use]
    pub fn word(&self, column: &str) -> String {
        self.text(column).unwrap_or_default()
    }
    /// A whole number; 0 for null.
    #[must_use]
    pub fn number(&self, column: &str) -> i64 {
        self.text(column).and_then(|t| t.parse().ok()).unwrap_or_default()
    }
}

impl Asking {
    /// Opens the period asked for, or the newest published.
    ///
    /// # Errors
    /// [`Fault::Configuration`] when nothing, or not that period, is published; what reading may give.
    pub fn open(out: &Path, wanted: Option<Month>) -> Result<Self> {
        let published = publish::published_periods(out)?;
        let place = || Place::file(out.display().to_string());
        let Some(newest) = published.last().copied() else {
            let problem = Problem::new(place(), "nothing-published", "nothing is published here")
                .hint("hedui run publishes a period; the pipeline file's `out` names the folder");
            return Err(Fault::Configuration(vec![problem]));
        };
        let period = wanted.unwrap_or(newest);
        if !published.contains(&period) {
            let list: Vec<String> = published.iter().map(ToString::to_string).collect();
            let problem = Problem::new(place(), "not-published", format!("{period} is not published here"))
                .hint(format!("published: {}", list.join(", ")));
            return Err(Fault::Configuration(vec![problem]));
        }
        let manifest = publish::manifest(out, period)?
            .ok_or_else(|| Fault::Reconciliation(format!("{period} has no manifest")))?;
        let reading = Reading::open(out)?;
        let mut labels = std::collections::BTreeMap::new();
        for column in reading.dictionary.tables.iter().flat_map(|t| &t.columns) {
            for code in &column.codes {
                labels.entry((column.name.clone(), code.code.clone())).or_insert_with(|| code.label.clone());
            }
        }
        let run_id = manifest["run_id"].as_str().unwrap_or_default().to_owned();
        Ok(Self { reading, period, run_id, labels })
    }

    /// The answer to a question; `{period}` and `{as_of}` (its last day's number) stand for the period.
    ///
    /// # Errors
    /// What reading may give.
    pub fn rows(&mut self, sql: &str) -> Result<Vec<Row>> {
        let sql = sql
            .replace("{period}", &self.period.to_string())
            .replace("{as_of}", &self.period.last_day().to_string())
            .replace("{since}", &self.period.plus(-11).to_string());
        let (header, rows) = self.reading.answer(&sql)?;
        let header: Rc<[String]> = header.into();
        Ok(rows.into_iter().map(|cells| Row { header: Rc::clone(&header), cells }).collect())
    }

    /// Canonical tables whose rows belong to units, and whether they hold resident IDs.
    #[must_use]
    pub fn tables_of_units(&self) -> Vec<(String, String, bool)> {
        let own = publish::dictionary::RUN_TABLES;
        let tables = self.reading.dictionary.tables.iter();
        tables
            .filter(|t| t.path.starts_with("canonical/") && !own.contains(&t.name()))
            .filter(|t| t.columns.iter().any(|c| c.name == "unit_key"))
            .map(|t| (t.name().to_owned(), t.view.clone(), t.columns.iter().any(|c| c.name == "resident_id_state")))
            .collect()
    }

    /// What a code of a column means, in Chinese and in English.
    #[must_use]
    pub fn label(&self, column: &str, code: &str) -> super::Words {
        let zh = match code {
            "" | "unknown" => "未填".to_owned(),
            "unrecognised" => "无法识别".to_owned(),
            _ => self.labels.get(&(column.to_owned(), code.to_owned())).cloned().unwrap_or_else(|| code.to_owned()),
        };
        super::Words::new(zh, if code.is_empty() { "unknown".to_owned() } else { code.replace('_', " ") })
    }
}

/// A text as an SQL literal.
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Texts as a list of SQL literals; never empty.
#[must_use]
pub fn list(texts: &[String]) -> String {
    if texts.is_empty() { "''".to_owned() } else { texts.iter().map(|t| quoted(t)).collect::<Vec<_>>().join(", ") }
}
