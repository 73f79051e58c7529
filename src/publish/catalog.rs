//! catalog.sql: views for DuckDB over everything that is published, under English and Chinese names.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::dictionary::{Dictionary, TableEntry};
use super::layout::link_name;
use crate::detect::past::{PAST_ROW_ID, PERIOD_NO, ROWS_A_PERIOD, SUFFIX};
use crate::kernel::dates::Month;

/// Where it is told which extracts each month read.
const SOURCE_FILES: &str = "canonical/source_files";

const HEAD: &str = "\
-- Views over the published tables, for DuckDB. Written by hedui; do not edit, the next run writes it again.
-- 发布表的 DuckDB 视图,由 hedui 生成,每次发布后自动更新。
--
-- In this folder / 在本目录下:      duckdb -init catalog.sql
-- From anywhere / 在其他目录下:     SET file_search_path = '/path/to/out';  then  .read /path/to/out/catalog.sql
--
-- Every view names its files, those that the manifests list: no folder is searched, nothing unpublished can be met. A month
-- published later is seen once this file is read again. The Chinese views stand on the English ones and name their columns.
-- One schema a month (p2026_10) holds that month's tables under the names that rules use, so the text of a rule runs as
-- it stands after  USE p2026_10; payroll_past there is payroll of all months before it, an extract that later months read again once;
-- `params` there holds the month's days only. A script with the parameters that a rule
-- ran with / 带规则参数的可执行脚本:  hedui explain Q01 --script --out . --period 2026-10
";

/// The catalogue of all published periods, given oldest first, and their merged dictionary.
#[must_use]
pub fn sql(merged: &Dictionary, periods: &[(Month, Dictionary)]) -> String {
    let mut out = HEAD.to_owned();
    out.push_str("\n-- All months.\n");
    let mut taken: BTreeSet<String> = merged.tables.iter().map(|t| t.view.to_lowercase()).collect();
    for table in &merged.tables {
        let _ = writeln!(
            out,
            "CREATE OR REPLACE VIEW {} AS SELECT * FROM read_parquet([\n  {}\n], union_by_name = true, hive_partitioning = false);",
            name(&table.view),
            files(table, periods).join(",\n  ")
        );
    }
    out.push_str("\n-- The same with Chinese names. / 中文视图。\n");
    for table in &merged.tables {
        let title = unused(&table.title, &table.view, &mut taken);
        let _ = writeln!(
            out,
            "CREATE OR REPLACE VIEW {} AS SELECT\n  {}\nFROM {};",
            name(&title),
            titles(table),
            name(&table.view)
        );
    }
    for (period, dictionary) in periods {
        out.push_str(&month(*period, dictionary));
    }
    out
}

/// The table's files, oldest month first.
fn files(table: &TableEntry, periods: &[(Month, Dictionary)]) -> Vec<String> {
    let has = |dictionary: &Dictionary| dictionary.tables.iter().any(|t| t.path == table.path);
    periods.iter().filter(|(_, d)| has(d)).map(|(period, _)| text(&link_name(&table.path, *period))).collect()
}

/// A month's own tables, under the names rules use.
fn month(period: Month, dictionary: &Dictionary) -> String {
    let schema = schema(period);
    let mut out = format!("\n-- {period}\nCREATE SCHEMA IF NOT EXISTS {schema};\n");
    for table in &dictionary.tables {
        let file = text(&link_name(&table.path, period));
        let view = name(table.name());
        let _ = writeln!(
            out,
            "CREATE OR REPLACE VIEW {schema}.{view} AS SELECT * FROM read_parquet({file}, hive_partitioning = false);"
        );
    }
    out.push_str(&earlier(period, dictionary));
    let _ = writeln!(
        out,
        "CREATE OR REPLACE VIEW {schema}.params AS SELECT '{period}' AS period, {} AS period_no, {} AS period_first_day, {} AS as_of_day;",
        period.0,
        period.first_day(),
        period.last_day()
    );
    out
}

/// The same tables in all earlier months, as `<table>_past`, with the columns and the rows that rules see there: an extract that a
/// month read again, and the month it is of published already, stands there once.
fn earlier(period: Month, dictionary: &Dictionary) -> String {
    let schema = schema(period);
    let mut out = String::new();
    let files = dictionary.tables.iter().find(|t| t.path == SOURCE_FILES).map(|t| name(&t.view));
    for table in &dictionary.tables {
        let month = "12 * CAST(substr(period, 1, 4) AS INTEGER) + CAST(substr(period, 6, 2) AS INTEGER) - 1";
        let row = if table.columns.iter().any(|c| c.name == "row_id") {
            format!(", CAST({month} AS BIGINT) * {ROWS_A_PERIOD} + row_id AS {PAST_ROW_ID}")
        } else {
            String::new()
        };
        let view = name(&format!("{}{SUFFIX}", table.name()));
        let all = name(&table.view);
        let _ = writeln!(
            out,
            "CREATE OR REPLACE VIEW {schema}.{view} AS SELECT *, {month} AS {PERIOD_NO}{row} FROM main.{all} WHERE period < '{period}'{};",
            not_repeated(table, files.as_deref())
        );
    }
    out
}

/// That the extract a row came from was not published by its own month already. DuckDB pushes the condition on the period into the files, and
/// the list of extracts is short.
fn not_repeated(table: &TableEntry, files: Option<&str>) -> String {
    let Some(files) = files.filter(|_| {
        table.path.starts_with("canonical/")
            && table.path != SOURCE_FILES
            && table.columns.iter().any(|c| c.name == "source_file")
    }) else {
        return String::new();
    };
    let same = ["table_name", "source_file", "sha256", "file_month"].map(|c| format!("o.{c} = a.{c}")).join(" AND ");
    format!(
        "\n  AND NOT EXISTS (SELECT 1 FROM (SELECT a.period, a.source_file FROM main.{files} a JOIN main.{files} o ON {same} AND o.period = a.file_month\n    \
         WHERE a.table_name = {} AND a.file_month < a.period) again WHERE again.period = {all}.period AND again.source_file = {all}.source_file)",
        text(table.name()),
        all = name(&table.view),
    )
}

/// The schema that holds a month's tables.
pub(super) fn schema(period: Month) -> String {
    format!("p{:04}_{:02}", period.year(), period.month())
}

fn titles(table: &TableEntry) -> String {
    let mut taken = BTreeSet::new();
    let column = |c: &super::dictionary::ColumnEntry| {
        format!("{} AS {}", name(&c.name), name(&unused(&c.title, &c.name, &mut taken)))
    };
    table.columns.iter().map(column).collect::<Vec<_>>().join(",\n  ")
}

/// The title, told apart by the English name when it is taken already. DuckDB's names know no case.
fn unused(title: &str, english: &str, taken: &mut BTreeSet<String>) -> String {
    let title = if title.trim().is_empty() { english } else { title };
    let chosen = if taken.contains(&title.to_lowercase()) { format!("{title}({english})") } else { title.to_owned() };
    taken.insert(chosen.to_lowercase());
    chosen
}

/// A quoted name.
pub(super) fn name(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A text literal.
pub(super) fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
