//! Reader kits: small scripts beside the tables that read them with pinned columns and types, from the manifest's own list of files.
//!
//! A table's types stand in the script, so a reader breaks neither when a column is added nor when an old month lacks one.

use super::SCHEMA_VERSION;
use super::dictionary::{ColumnEntry, Dictionary, TableEntry};

/// File below `<out>/readers` → what it holds: the scripts, filled in for the merged dictionary of all published months.
#[must_use]
pub fn kits(merged: &Dictionary) -> [(&'static str, String); 3] {
    [
        ("read_polars.py", fill(include_str!("readers/read_polars.py"), merged, polars)),
        ("read_pandas.py", fill(include_str!("readers/read_pandas.py"), merged, pandas)),
        ("power_query.m", fill(include_str!("readers/power_query.m"), merged, power_query)),
    ]
}

/// How one tool writes a table's entry.
type Entry = fn(&TableEntry) -> String;

fn fill(script: &str, merged: &Dictionary, entry: Entry) -> String {
    let mut entries: Vec<String> = merged.tables.iter().map(entry).collect();
    // M wants no comma after the last one; Python does not mind.
    if let Some(last) = entries.last_mut().filter(|e| e.trim_start().starts_with("#\"")) {
        *last = last.trim_end().trim_end_matches(',').to_owned() + "\n";
    }
    script.replace("@SCHEMA@", &entries.concat()).replace("@VERSION@", &SCHEMA_VERSION.to_string())
}

/// The dictionary's types in a tool's words; what is none of them is the list of evidence cells.
fn typed(column: &ColumnEntry, words: [&'static str; 8]) -> &'static str {
    let names = ["text", "int32", "int64", "float64", "decimal(18,2)", "date", "boolean"];
    let [.., evidence] = words;
    names.iter().position(|n| *n == column.data_type).map_or(evidence, |i| words[i])
}

fn polars(table: &TableEntry) -> String {
    let words =
        ["pl.String", "pl.Int32", "pl.Int64", "pl.Float64", "pl.Decimal(18, 2)", "pl.Date", "pl.Boolean", "EVIDENCE"];
    let column = |c: &ColumnEntry| format!("        {}: {},\n", quoted(&c.name), typed(c, words));
    format!("    {}: {{\n{}    }},\n", quoted(&table.path), table.columns.iter().map(column).collect::<String>())
}

fn pandas(table: &TableEntry) -> String {
    let words = [
        "pa.string()",
        "pa.int32()",
        "pa.int64()",
        "pa.float64()",
        "pa.decimal128(18, 2)",
        "pa.date32()",
        "pa.bool_()",
        "EVIDENCE",
    ];
    let column = |c: &ColumnEntry| format!("            ({}, {}),\n", quoted(&c.name), typed(c, words));
    let columns: String = table.columns.iter().map(column).collect();
    format!("    {}: pa.schema(\n        [\n{columns}        ]\n    ),\n", quoted(&table.path))
}

fn power_query(table: &TableEntry) -> String {
    let words = [
        "type text",
        "Int32.Type",
        "Int64.Type",
        "type number",
        "Currency.Type",
        "type date",
        "type logical",
        "type list",
    ];
    let column = |c: &ColumnEntry| format!("{{\"{}\", {}}}", doubled(&c.name), typed(c, words));
    let columns: Vec<String> = table.columns.iter().map(column).collect();
    format!("        #\"{}\" = {{{}}},\n", doubled(&table.path), columns.join(", "))
}

/// A Python text.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Inside an M text.
fn doubled(text: &str) -> String {
    text.replace('"', "\"\"")
}
