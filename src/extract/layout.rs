//! Where a sheet's table begins and what stands above it: headers and titles checked, everything wrong told at once.

use std::collections::BTreeSet;

use super::chunk::Layout;
use super::file::{FileRead, FileReader};
use super::grid::{Cell, Sheet};
use super::headers::{self, HEAD_ROWS, HeadRow, Mapping, fold};
use super::titles;
use crate::error::{Place, Problem};
use crate::table::Kind;

impl FileReader<'_> {
    pub(super) fn titles(&self, head: &[HeadRow], mapping: &Mapping) -> titles::Titles {
        let unbound: Vec<usize> =
            self.source.banner_fields.iter().copied().filter(|&f| mapping.bound[f].is_none()).collect();
        let rows: Vec<Vec<&str>> = head[..mapping.header_from]
            .iter()
            .map(|r| r.cells.iter().map(String::as_str).filter(|c| !c.is_empty()).collect())
            .collect();
        titles::read(&rows, &self.source.names, &unbound)
    }

    /// Checks the header and fixes how the sheet's rows are read; everything wrong with it is told at once.
    pub(super) fn layout(
        &self,
        sheet: Option<&str>,
        head: &[HeadRow],
        mapping: Mapping,
        date_1904: bool,
        read: &mut FileRead,
    ) -> Result<Layout, Vec<Problem>> {
        let titles = self.titles(head, &mapping);
        let row = head.get(mapping.data_from.saturating_sub(1)).map_or(1, |r| r.number);
        let place = || Place::file(self.label.as_str()).sheet(sheet).row(row);
        let mut problems: Vec<Problem> = mapping
            .clashes
            .iter()
            .map(|clash| {
                let hint = "say which column it is under headers, or rename the other column";
                Problem::new(place(), "duplicate-header", clash.as_str()).hint(hint)
            })
            .collect();
        let filled = |f: usize| titles.banners.iter().any(|b| b.0 == f);
        let missing = headers::missing(self.source.schema, &self.source.names, &mapping, &filled);
        if !missing.is_empty() {
            let list: Vec<&str> = missing.iter().map(|m| m.0.as_str()).collect();
            let hints: Vec<String> = missing.iter().filter_map(|m| m.1.clone()).collect();
            let mut problem = Problem::new(place(), "missing-column", format!("no column for {}", list.join(", ")));
            let seen = format!("headers not used: {}", mapping.unmapped.join(", "));
            problem.hint = Some(if hints.is_empty() { seen } else { hints.join("; ") });
            problems.push(problem);
        }
        let month_field = (0..self.source.fields.len()).find(|&f| {
            self.source.kind(f) == Kind::Month && self.source.fields[f].default.as_deref() == Some("period")
        });
        if let (Some(field), Some(&said)) = (month_field, titles.months.first())
            && mapping.bound[field].is_none()
            && !titles.months.contains(&self.month)
        {
            let message = format!("the title says {said}, the file is read for {}", self.month);
            problems.push(Problem::new(place(), "period-mismatch", message));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let header_rows = (mapping.data_from - mapping.header_from) as u64;
        *read.skipped.entry("header".to_owned()).or_default() += header_rows;
        for row in &head[..mapping.header_from] {
            let kind = if row.cells.iter().all(String::is_empty) { "blank" } else { "title" };
            *read.skipped.entry(kind.to_owned()).or_default() += 1;
        }
        for header in &mapping.unmapped {
            if !read.unmapped.contains(header) {
                read.unmapped.push(header.clone());
            }
        }
        let title_texts: BTreeSet<String> = head[..mapping.header_from]
            .iter()
            .flat_map(|r| &r.cells)
            .filter(|c| !c.is_empty())
            .map(|c| fold(c))
            .collect();
        Ok(Layout {
            mapping,
            titles: title_texts,
            banners: titles.banners,
            factor: titles.factor.unwrap_or(1),
            month: self.month,
            date_1904,
        })
    }

    /// No header: shows what stands there instead, as far as that can hold nothing personal.
    pub(super) fn no_header(&self, sheet: Option<&str>, head: &[HeadRow]) -> Problem {
        let digits = |c: &String| c.chars().filter(char::is_ascii_digit).count() >= 6;
        let rows: Vec<String> = head
            .iter()
            .filter(|r| r.cells.iter().any(|c| !c.is_empty()))
            .take_while(|r| !r.cells.iter().any(digits))
            .take(2)
            .map(|r| {
                let cells: Vec<String> =
                    r.cells.iter().filter(|c| !c.is_empty()).take(8).map(|c| c.chars().take(12).collect()).collect();
                format!("row {}: {}", r.number, cells.join(" | "))
            })
            .collect();
        let shown = if rows.is_empty() { "the first rows look like data".to_owned() } else { rows.join("; ") };
        let message = format!("no header of {} found in the first rows", self.source.schema.name);
        Problem::new(Place::file(self.label.as_str()).sheet(sheet), "header-not-found", message).hint(shown)
    }
}

/// The first rows of a sheet as text, with what merges say of them.
pub(super) fn sheet_head(sheet: &Sheet) -> Vec<HeadRow> {
    let mut head: Vec<HeadRow> = Vec::new();
    for row in 0..sheet.row_count().min(HEAD_ROWS) {
        let number = sheet.row_number(row);
        let mut cells = vec![String::new(); sheet.width(row)];
        for (column, cell) in sheet.row(row) {
            cells[column as usize] = match cell {
                Cell::Text(text) => super::rows::trim(text).to_owned(),
                Cell::Number(v) | Cell::Serial(v) => super::grid::number_text(v),
                Cell::Whole(v) => v.to_string(),
                _ => String::new(),
            };
        }
        let of_row = sheet.merges.iter().filter(|m| m.first_row == number);
        let deep =
            of_row.clone().filter(|m| m.last_row - m.first_row < 4).map(|m| (m.last_row - m.first_row) as usize + 1);
        let wide = of_row
            .filter(|m| m.last_column > m.first_column)
            .map(|m| (m.first_column as usize, m.last_column as usize));
        head.push(HeadRow { number, cells, deep: deep.max().unwrap_or(1), wide: wide.collect() });
    }
    head
}
