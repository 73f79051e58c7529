//! Receipts for senders (数据质量回执): for every file of the month, which rows were not taken, which cells are wrong and why, by the
//! addresses that the sender's own spreadsheet shows; and the source's score over the months.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::figures::{Figures, ask, source_rows};
use super::named::{self, Named};
use super::office::Office;
use super::table::{Shown, Table, text_value};
use super::write::Outbox;
use super::xlsx;
use crate::error::Result;
use crate::publish::query::Reading;

const REJECTS: &str = "-- title: 退回的行和有误的单元格
-- note: 值已脱敏。
-- columns: source:source=来源; source_file:text=文件; source_sheet:text=工作表; source_row:count=行; column_letters:text=列标; column_name:text=列; value:text=原值; message_zh:text=原因; row_rejected:yes=整行退回
SELECT table_name AS source, source_file, source_sheet, source_row, column_letters, column_name, value, message_zh, row_rejected
FROM rejects
WHERE period = '{period}'
ORDER BY source, source_file, source_sheet, source_row, column_letters, code";

const FOUND: &str = "-- title: 由规则核出的数据问题
-- note: 值已脱敏。
-- columns: anomaly_id:text=问题编号; rule:rule=规则; unit_name:text=单位; message_zh:text=问题; evidence:evidence=证据
SELECT anomaly_id, rule, unit_name, message_zh, evidence
FROM anomalies
WHERE period = '{period}' AND status <> 'closed' AND category = 'data_quality'
ORDER BY rule, unit_name, anomaly_id";

/// Writes a workbook a file into `receipts/`; gives how many.
///
/// # Errors
/// Whatever reading or writing may give.
pub fn write(reading: &mut Reading, figures: &Figures, office: &Office, outbox: &mut Outbox) -> Result<usize> {
    let mut answer = |question: &Named| ask(reading, question, &figures.blanks, &figures.labels);
    let rejects = answer(&named::parse("rejects", REJECTS)?)?;
    let found = by_cell(&answer(&named::parse("found", FOUND)?)?);
    let scores = scores(reading)?;
    let scores = ask(reading, &scores, &figures.blanks, &figures.labels)?;
    let Some(files) = figures.tables.get("files") else { return Ok(0) };
    let (Some(source), Some(file)) = (files.position("source"), files.position("source_file")) else { return Ok(0) };
    let mut names = BTreeSet::new();
    for row in &files.rows {
        let (code, path) = (raw(&row[source]), raw(&row[file]));
        let front: Vec<(String, String)> = files
            .columns
            .iter()
            .zip(row)
            .map(|(column, value)| (column.title.clone(), value.text.clone()))
            .chain([("期间".to_owned(), figures.period.clone()), ("运行编号".to_owned(), figures.run_id.clone())])
            .collect();
        let own = |table: &Table| {
            table.only("source", &code).only("source_file", &path).without("source").without("source_file")
        };
        let cells = Table { rows: found.get(&path).cloned().unwrap_or_default(), ..cells_table() };
        let months = scores.only("source", &code).without("source");
        let title = format!("{}数据质量回执", figures.month);
        let bytes = xlsx::receipt(&title, &figures.period, office, &front, &[&own(&rejects), &cells, &months])?;
        outbox.put(&format!("receipts/{}", file_name(&code, &path, &mut names)), &bytes)?;
    }
    Ok(files.rows.len())
}

fn raw(value: &Shown) -> String {
    value.cell.text().unwrap_or_default()
}

/// The table of cells that rules found wrong in one file; it answers no query of its own.
fn cells_table() -> Table {
    let columns = ["行:number", "列", "值", "规则", "单位", "问题", "问题编号"];
    Table::plain("cells", "由规则核出的数据问题", &columns)
}

/// File → its cells that findings of data quality rest on.
fn by_cell(found: &Table) -> BTreeMap<String, Vec<Vec<Shown>>> {
    let mut files: BTreeMap<String, Vec<Vec<Shown>>> = BTreeMap::new();
    let at = |name: &str| found.position(name).unwrap_or_default();
    let [id, rule, unit, message, evidence] = ["anomaly_id", "rule", "unit_name", "message_zh", "evidence"].map(at);
    for row in &found.rows {
        let cells = row[evidence].evidence.as_ref().and_then(Value::as_array);
        for cell in cells.into_iter().flatten() {
            let text = |key: &str| match &cell[key] {
                Value::String(s) => s.clone(),
                Value::Null => String::new(),
                other => other.to_string(),
            };
            let own = ["source_row", "column", "value"].map(|key| text_value(text(key)));
            let common = [rule, unit, message, id].map(|c| text_value(row[c].text.clone()));
            files.entry(text("source_file")).or_default().push(own.into_iter().chain(common).collect());
        }
    }
    let order =
        |row: &Vec<Shown>| (row[0].text.parse::<u64>().unwrap_or(u64::MAX), row[6].text.clone(), row[1].text.clone());
    files.values_mut().for_each(|rows| rows.sort_by_key(order));
    files
}

/// Each source's score of each month.
fn scores(reading: &Reading) -> Result<Named> {
    let with = source_rows(&reading.dictionary, "period >= '{since}' AND period <= '{period}'");
    let text = format!(
        "-- title: 各月得分\n-- columns: source:source=来源; period:text=月份; read:count=读取行; taken:count=采纳行; rejected:count=退回行; unsound:count=证件号有误; score:rate=得分\n{with}SELECT source, period, CAST(SUM(taken + rejected) AS BIGINT) AS read, CAST(SUM(taken) AS BIGINT) AS taken,\n       CAST(SUM(rejected) AS BIGINT) AS rejected, CAST(SUM(unsound) AS BIGINT) AS unsound,\n       ROUND(100.0 * (SUM(taken) - SUM(unsound)) / SUM(taken + rejected), 1) AS score\nFROM file\nGROUP BY source, period\nORDER BY source, period"
    );
    named::parse("scores", &text)
}

/// A name made of the sender's own: letters, digits, hyphens, nothing that leads elsewhere.
fn file_name(source: &str, path: &str, taken: &mut BTreeSet<String>) -> String {
    let last = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let plain = |c: char| if c.is_alphanumeric() || c == '-' { c } else { '_' };
    let folder = path.rsplit(['/', '\\']).nth(1).unwrap_or_default();
    let stem: String = format!("{source}-{folder}-{last}").chars().map(plain).take(60).collect();
    let numbered = (2..).map(|n| format!("{stem}-{n}.xlsx"));
    let mut all = std::iter::once(format!("{stem}.xlsx")).chain(numbered);
    let name = all.find(|name| !taken.contains(name)).unwrap_or_default();
    taken.insert(name.clone());
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipts_name_stays_in_its_folder_and_is_its_own() {
        let mut taken = BTreeSet::new();
        assert_eq!(
            file_name("payroll", "in/2026-10/../../etc/工资 表.xlsx", &mut taken),
            "payroll-etc-工资_表_xlsx.xlsx"
        );
        assert_eq!(
            file_name("payroll", "in/2026-10/../../etc/工资 表.xlsx", &mut taken),
            "payroll-etc-工资_表_xlsx-2.xlsx"
        );
    }
}
