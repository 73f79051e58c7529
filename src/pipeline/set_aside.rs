//! What was not taken, as tables: `rejects` for people, `rejected_rows` for rules that must not accuse whom a rejected row names.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::detect::resolved;
use crate::error::{Place, column_letters};
use crate::extract::{FileReport, Reject};
use crate::kernel::dates::Month;
use crate::resolve::Resolution;
use crate::table::column::TextBuilder;
use crate::table::{Frame, FrameColumn, Numbers, Table, Values};

/// The `rejects` table: one row for every row, footer or cell that was not taken, with its place and reason.
#[must_use]
pub fn rejects(period: Month, rejects: &[(String, Reject)]) -> Frame {
    let mut sorted: Vec<&(String, Reject)> = rejects.iter().collect();
    sorted.sort();
    let text = |value: &dyn Fn(&Reject, &str) -> Option<String>| {
        let mut builder = TextBuilder::default();
        for (table, reject) in &sorted {
            builder.push(value(reject, table).as_deref());
        }
        Values::Text(builder.finish())
    };
    let rows = sorted.iter().map(|(_, r)| r.place.row.map(i64::from)).collect();
    let whole = sorted.iter().map(|(_, r)| Some(r.row_rejected)).collect();
    let column = |r: &Reject, _: &str| r.place.column.as_ref().map(|c| c.header.clone());
    let letters = |r: &Reject, _: &str| r.place.column.as_ref().map(|c| column_letters(c.index));
    Frame {
        path: "rejects".to_owned(),
        title_zh: "未采纳的数据行".to_owned(),
        title_en: "Input rows not taken".to_owned(),
        sort_by: ["table_name", "source_file", "source_sheet", "source_row", "column_letters", "code"]
            .map(str::to_owned)
            .to_vec(),
        columns: vec![
            FrameColumn::new("period", "期间", "the month checked", text(&|_, _| Some(period.to_string()))),
            FrameColumn::new(
                "table_name",
                "表",
                "canonical table the row was meant for",
                text(&|_, t| Some(t.to_owned())),
            ),
            FrameColumn::new("source_file", "来源文件", "file", text(&|r, _| Some(r.place.file.clone()))),
            FrameColumn::new("source_sheet", "来源工作表", "sheet", text(&|r, _| r.place.sheet.clone())),
            FrameColumn::new("source_row", "来源行号", "row as the spreadsheet shows it, from 1", Values::Int64(rows)),
            FrameColumn::new("column_name", "列", "column header", text(&column)),
            FrameColumn::new("column_letters", "列标", "column letters", text(&letters)),
            FrameColumn::new("code", "原因代码", "reason code", text(&|r, _| Some(r.code.to_owned()))),
            FrameColumn::new(
                "value",
                "原值(已脱敏)",
                "offending value, masked where personal",
                text(&|r, _| r.value.clone()),
            ),
            FrameColumn::new("message_zh", "说明", "reason in Chinese", text(&|r, _| Some(r.message_zh.clone()))),
            FrameColumn::new("message_en", "英文说明", "reason in English", text(&|r, _| Some(r.message_en.clone()))),
            FrameColumn::new("row_rejected", "整行未采纳", "whether the whole row was set aside", Values::Bool(whole)),
        ],
    }
}

/// The `rejected_rows` frame that rules see: whose rows were set aside, as keys.
#[must_use]
pub fn rejected_rows(tables: &IndexMap<String, Table>, rejects: &[(String, Reject)], resolution: &Resolution) -> Frame {
    let whole = rejects.iter().filter(|(_, r)| r.row_rejected);
    let reasons: BTreeMap<(&str, Place), &str> =
        whole.map(|(table, r)| ((table.as_str(), Place { column: None, ..r.place.clone() }), r.code)).collect();
    let mut frame = resolved::rejected_rows_empty();
    let mut codes = TextBuilder::default();
    let mut names = TextBuilder::default();
    let mut units = TextBuilder::default();
    let mut persons = TextBuilder::default();
    let mut files = TextBuilder::default();
    let mut rows = Numbers::default();
    for (name, table) in tables {
        let unit_of = resolution.unit_of.get(name);
        let person_of = resolution.person_of.get(name);
        for row in (0..table.len()).filter(|&row| !table.taken[row]) {
            let unit = unit_of.and_then(|u| u.get(row)?.unit).map(|u| resolution.units[u as usize].key.as_str());
            let person = person_of.and_then(|p| p.get(row)?.person()).map(|p| &resolution.person_keys[p as usize]);
            names.push(Some(name));
            units.push(unit);
            persons.push(person);
            let place = table.place(row);
            files.push(Some(&place.file));
            codes.push(reasons.get(&(name.as_str(), place)).copied());
            rows.push(Some(i64::from(table.origin.row[row])));
        }
    }
    let mut values = IndexMap::from([
        ("table_name", Values::Text(names.finish())),
        ("unit_key", Values::Text(units.finish())),
        ("person_key", Values::Text(persons.finish())),
        ("code", Values::Text(codes.finish())),
        ("source_file", Values::Text(files.finish())),
        ("source_row", Values::Int64(rows)),
    ]);
    for column in &mut frame.columns {
        if let Some(found) = values.swap_remove(column.name.as_str()) {
            column.values = found;
        }
    }
    frame
}

/// Rows set aside and notes on rows taken, by reason, for the summary.
#[must_use]
pub fn by_reason(rejects: &[(String, Reject)]) -> Vec<(String, u64)> {
    let mut counts: IndexMap<&str, u64> = IndexMap::new();
    for (_, reject) in rejects.iter().filter(|(_, r)| r.row_rejected) {
        *counts.entry(reject.code).or_default() += 1;
    }
    let mut counts: Vec<(String, u64)> = counts.into_iter().map(|(code, n)| (code.to_owned(), n)).collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts
}

/// Whether every file's rows are accounted for: read = taken + rejected.
#[must_use]
pub fn unaccounted(files: &[FileReport]) -> Vec<String> {
    let balanced = |f: &&FileReport| f.rows_read != f.rows_taken + f.rows_rejected;
    let line = |f: &FileReport| {
        format!("{}: {} read, {} taken, {} rejected", f.file, f.rows_read, f.rows_taken, f.rows_rejected)
    };
    files.iter().filter(balanced).map(line).collect()
}
