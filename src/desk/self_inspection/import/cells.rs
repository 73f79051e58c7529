//! Sheets of a filled workbook as rows of named cells, and keys held against what went out.

use std::collections::BTreeMap;

use crate::desk::workbook::{evidence_mac, key_mac};
use crate::error::{Place, Problem};
use crate::extract::plain::PlainSheet;
use crate::kernel::secret::Secret;

/// A row's cells by column title, with where they stand.
pub(super) struct Row<'a> {
    label: &'a str,
    sheet: &'a str,
    row: u32,
    columns: BTreeMap<&'static str, u32>,
    cells: &'a BTreeMap<u32, String>,
}

impl Row<'_> {
    pub(super) fn text(&self, title: &str) -> &str {
        self.columns.get(title).and_then(|at| self.cells.get(at)).map_or("", String::as_str)
    }
    pub(super) fn place(&self, title: &str) -> Place {
        let place = Place::file(self.label).sheet(Some(self.sheet)).row(self.row);
        match self.columns.get(title) {
            Some(&at) => place.column(title, at as usize),
            None => place,
        }
    }
}

pub(super) struct Cells<'p, 's> {
    pub label: &'s str,
    pub problems: &'p mut Vec<Problem>,
}

impl<'s> Cells<'_, 's> {
    /// The rows of a sheet that have any of these columns filled; none, and a problem, when the sheet or a column is not there.
    pub(super) fn rows(self, sheets: &'s [PlainSheet], name: &str, titles: &[&'static str]) -> Vec<Row<'s>> {
        let mut missing = |message: String| {
            self.problems.push(Problem::new(Place::file(self.label).sheet(Some(name)).row(1), "columns", message));
        };
        let Some(sheet) = sheets.iter().find(|s| s.name == name) else {
            missing(format!("没有“{name}”表 / the sheet {name} is missing"));
            return Vec::new();
        };
        let Some((&header, found)) = sheet.rows.first_key_value() else {
            missing(format!("“{name}”表是空的 / the sheet {name} is empty"));
            return Vec::new();
        };
        let mut columns = BTreeMap::new();
        for title in titles {
            let at: Vec<u32> = found.iter().filter(|(_, text)| text == title).map(|(at, _)| *at).collect();
            match at[..] {
                [at] => {
                    columns.insert(*title, at);
                }
                [] => missing(format!("没有“{title}”列 / the column {title} is missing")),
                _ => missing(format!("“{title}”列重复 / the column {title} stands twice")),
            }
        }
        if columns.len() < titles.len() {
            return Vec::new();
        }
        let filled = |cells: &BTreeMap<u32, String>| columns.values().any(|at| cells.contains_key(at));
        let rows = sheet.rows.range(header + 1..).filter(|(_, cells)| filled(cells));
        rows.map(|(&row, cells)| Row { label: self.label, sheet: &sheet.name, row, columns: columns.clone(), cells })
            .collect()
    }
}

/// How a row's key stands to what the row shows.
pub(super) enum Keyed {
    Whole(String),
    /// The key is ours, the locked cells are not as they went out.
    Altered(String),
    Broken,
}

pub(super) fn keyed_by(key: &str, secret: &Secret, ledger: &str, shown: &[String]) -> Keyed {
    let parts: Vec<&str> = key.split('|').collect();
    let [id, "0", mac, row] = parts[..] else { return Keyed::Broken };
    if mac != key_mac(secret, ledger, id, 0) {
        return Keyed::Broken;
    }
    if row == evidence_mac(secret, ledger, id, 0, shown) {
        Keyed::Whole(id.to_owned())
    } else {
        Keyed::Altered(id.to_owned())
    }
}
