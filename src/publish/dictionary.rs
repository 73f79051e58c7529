//! The data dictionary: every table and column in words, as JSON for programs and as Markdown for people.

use std::fmt::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::layout::DICTIONARY;
use super::parquet::unsound;
use super::{SCHEMA_VERSION, layout};
use crate::error::Result;
use crate::kernel::dates::Month;
use crate::table::{Frame, FrameColumn, Values};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dictionary {
    pub schema_version: u32,
    /// In path order.
    pub tables: Vec<TableEntry>,
}

/// Canonical tables that hold the run's own account of what it read and linked: no extract's rows.
pub const RUN_TABLES: [&str; 4] = ["source_files", "file_totals", "link_rates", "purpose_matches"];

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableEntry {
    /// Folder below the published root, such as `canonical/payroll`.
    pub path: String,
    /// Name in catalog.sql and in `hedui query`, such as `canonical_payroll`.
    pub view: String,
    pub title: String,
    pub title_en: String,
    pub sorted_by: Vec<String>,
    pub columns: Vec<ColumnEntry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnEntry {
    pub name: String,
    pub title: String,
    pub title_en: String,
    #[serde(rename = "type")]
    pub data_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Whether the value was personal and is published masked or as a keyed hash.
    pub personal: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<CodeEntry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeEntry {
    pub code: String,
    pub label: String,
}

impl TableEntry {
    /// The name rules know the table by.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// The dictionary of one run's frames.
#[must_use]
pub fn of_frames(frames: &[&Frame]) -> Dictionary {
    let mut tables: Vec<TableEntry> = frames.iter().map(|frame| table_entry(frame)).collect();
    tables.sort_by(|a, b| a.path.cmp(&b.path));
    Dictionary { schema_version: SCHEMA_VERSION, tables }
}

/// One table's entry.
#[must_use]
pub fn table_entry(frame: &Frame) -> TableEntry {
    let mut columns: Vec<ColumnEntry> = frame.columns.iter().map(column_entry).collect();
    if frame.column("period").is_none() {
        columns.push(ColumnEntry {
            name: "period".to_owned(),
            title: "月份".to_owned(),
            title_en: "period, YYYY-MM".to_owned(),
            data_type: "text".to_owned(),
            unit: None,
            personal: false,
            codes: Vec::new(),
        });
    }
    TableEntry {
        path: frame.path.clone(),
        view: frame.path.replace('/', "_"),
        title: frame.title_zh.clone(),
        title_en: frame.title_en.clone(),
        sorted_by: frame.sort_by.clone(),
        columns,
    }
}

fn column_entry(column: &FrameColumn) -> ColumnEntry {
    let code = |(code, label): &(String, String)| CodeEntry { code: code.clone(), label: label.clone() };
    ColumnEntry {
        name: column.name.clone(),
        title: column.title_zh.clone(),
        title_en: column.title_en.clone(),
        data_type: type_name(&column.values).to_owned(),
        unit: column.unit.clone(),
        personal: column.personal,
        codes: column.codes.iter().map(code).collect(),
    }
}

fn type_name(values: &Values) -> &'static str {
    match values {
        Values::Text(_) => "text",
        Values::Int32(_) => "int32",
        Values::Int64(_) => "int64",
        Values::Float(_) => "float64",
        Values::Decimal(_) => "decimal(18,2)",
        Values::Date(_) => "date",
        Values::Bool(_) => "boolean",
        Values::AtRest(v) => type_name(&v.empty()),
        Values::Evidence(_) => "list<struct<table, source_file, source_row, column, value>>",
    }
}

/// A run's own dictionary.
///
/// # Errors
/// [`crate::error::Fault::Machine`] or [`crate::error::Fault::Reconciliation`].
pub fn read(folder: &Path) -> Result<Dictionary> {
    let path = folder.join(DICTIONARY);
    serde_json::from_str(&fs_err::read_to_string(&path)?).map_err(|e| unsound(&path, &e))
}

/// Every table of every published period, as its newest period describes it.
#[must_use]
pub fn merged(oldest_first: &[(Month, Dictionary)]) -> Dictionary {
    let mut tables: Vec<TableEntry> = Vec::new();
    for (_, dictionary) in oldest_first.iter().rev() {
        for table in &dictionary.tables {
            if !tables.iter().any(|t| t.path == table.path) {
                tables.push(table.clone());
            }
        }
    }
    tables.sort_by(|a, b| a.path.cmp(&b.path));
    Dictionary { schema_version: SCHEMA_VERSION, tables }
}

/// The dictionary as a page.
#[must_use]
pub fn markdown(dictionary: &Dictionary) -> String {
    let mut out = String::from(
        "# 数据字典 / Data dictionary\n\n\
         每张表按月分区(`period=YYYY-MM`),`period` 列在文件内重复一次。个人信息一律脱敏或以密钥散列发布。\n\n\
         Every table is partitioned by month (`period=YYYY-MM`) and repeats `period` as a column. Personal values are masked or keyed hashes.\n\n\
         pandas: `pandas.read_parquet(\"anomalies\", partitioning=None)`; DuckDB: `catalog.sql`; Polars: `polars.scan_parquet(\"anomalies\")`.\n",
    );
    for table in &dictionary.tables {
        let _ = write!(out, "\n## {}\n\n{} / {}\n\n", table.path, cell(&table.title), cell(&table.title_en));
        let _ = writeln!(
            out,
            "`{}`; catalog.sql: `{}`; sorted by {}\n",
            layout::link_name(&table.path, EXAMPLE),
            table.view,
            sorted(table)
        );
        out.push_str("| column | 中文名 | meaning | type | unit | personal | codes |\n|---|---|---|---|---|---|---|\n");
        for c in &table.columns {
            let codes: Vec<String> = c.codes.iter().map(|c| format!("{} {}", cell(&c.code), cell(&c.label))).collect();
            let personal = if c.personal { "masked or hashed" } else { "" };
            let unit = c.unit.as_deref().unwrap_or("");
            let _ = writeln!(
                out,
                "| `{}` | {} | {} | {} | {} | {} | {} |",
                c.name,
                cell(&c.title),
                cell(&c.title_en),
                c.data_type,
                unit,
                personal,
                codes.join("; ")
            );
        }
    }
    out
}

const EXAMPLE: Month = Month(2026 * 12 + 9);

fn sorted(table: &TableEntry) -> String {
    if table.sorted_by.is_empty() { "nothing".to_owned() } else { table.sorted_by.join(", ") }
}

/// A text that may stand in a Markdown table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}
