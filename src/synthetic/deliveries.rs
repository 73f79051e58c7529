//! How the extracts of a month are handed over, and what goes wrong with that: a feed left out, a list sent again, totals that
//! were not brought up to date, headers that changed, names garbled on the way, a list without its numbers.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::cells::Cell;
use super::feeds;
use super::model::World;
use super::records::Snapshot;
use super::tables::View;
use crate::error::Result;
use crate::kernel::dates::Month;

/// What goes wrong, all of it in one month.
#[derive(Debug, Clone)]
pub struct Deliveries {
    pub month: Month,
    /// Whether the results of spot checks do not come.
    pub missing: bool,
    /// Units whose attendance comes without numbers.
    pub no_ids: BTreeSet<u32>,
}

/// The table that stays away, and the one rule that then cannot run.
pub const MISSING: (&str, &str) = ("spot_checks", "R20");

/// Tables whose files carry a total row, and the columns it sums.
const TOTALLED: [(&str, &[usize]); 2] = [("budget_headcounts", &[4, 5, 6]), ("unit_sections", &[3, 4])];
/// Of those, the one whose total is wrong.
pub const WRONG_TOTAL: &str = "budget_headcounts";
pub const RIGHT_TOTAL: &str = "unit_sections";

/// Tables whose headers change: a field nobody knows any more, and another word for a known one.
pub const LOST_FIELD: &str = "absence_reasons";
const LOST_FIELD_HEADERS: &[&str] =
    &["机构编码", "单位名称", "姓名", "身份证号", "事由", "起始时间", "截止时间", "经办流水"];
pub const OTHER_HEADER: &str = "retirement_approvals";
const OTHER_HEADER_HEADERS: &[&str] =
    &["机构编码", "单位名称", "姓名", "证件号码", "审批类别", "批准退休时间", "批准时间", "批准文号"];

/// Tables with names garbled on the way, in so many rows: enough to be told, and not enough.
pub const GARBLED: (&str, usize) = ("unit_sections", 4);
pub const HARDLY_GARBLED: (&str, usize) = ("quota_approvals", 2);

/// What is wrong with a month's deliveries.
#[must_use]
pub fn of(world: &World, month: Month) -> Option<&Deliveries> {
    world.deliveries.as_ref().filter(|d| d.month == month)
}

/// Whether a rule lacks its feed in a month.
#[must_use]
pub fn unfed(world: &World, month: Month, rule: &str) -> bool {
    of(world, month).is_some_and(|d| d.missing && rule == MISSING.1)
}

/// The views as they are handed over.
#[must_use]
pub fn hand_over<'a>(world: &'a World, s: &'a Snapshot, mut views: Vec<View<'a>>) -> Vec<View<'a>> {
    let wrong = of(world, s.month);
    for view in &mut views {
        if let Some((_, columns)) = TOTALLED.iter().find(|(t, _)| *t == view.table) {
            let off = if wrong.is_some() && view.table == WRONG_TOTAL { 3 } else { 0 };
            view.total = total(view, columns, off);
        }
        if wrong.is_none() {
            continue;
        }
        match view.table {
            LOST_FIELD => view.headers = LOST_FIELD_HEADERS,
            OTHER_HEADER => view.headers = OTHER_HEADER_HEADERS,
            t if t == GARBLED.0 => garble(view, GARBLED.1),
            t if t == HARDLY_GARBLED.0 => garble(view, HARDLY_GARBLED.1),
            _ => {}
        }
    }
    views.retain(|v| v.table != MISSING.0 || wrong.is_none_or(|d| !d.missing));
    views
}

/// 合计 and the sums, the first of them lower by so much.
fn total(view: &View<'_>, columns: &[usize], off: i64) -> Option<Vec<Cell>> {
    if view.len == 0 {
        return None;
    }
    let mut sums = vec![0; columns.len()];
    for row in 0..view.len {
        let cells = (view.render)(row);
        for (sum, column) in sums.iter_mut().zip(columns) {
            if let Cell::Int(n) = cells[*column] {
                *sum += n;
            }
        }
    }
    sums[0] -= off;
    let mut out: Vec<Cell> = view.headers.iter().map(|_| Cell::Empty).collect();
    out[0] = Cell::Label("合计");
    for (sum, column) in sums.into_iter().zip(columns) {
        out[*column] = Cell::Int(sum);
    }
    Some(out)
}

/// The second character of the unit's name is lost in the first rows.
fn garble(view: &mut View<'_>, rows: usize) {
    const NAME: usize = 1;
    let render = std::mem::replace(&mut view.render, Box::new(|_| vec![]));
    view.render = Box::new(move |i| {
        let mut cells = render(i);
        if i < rows {
            let name = cells[NAME].plain();
            let lost = name.chars().enumerate().map(|(n, c)| if n == 1 { '?' } else { c });
            cells[NAME] = Cell::Text(lost.collect());
        }
        cells
    });
}

/// The month whose off-quota roster a month's file shows: last month's where it was simply sent again.
#[must_use]
pub fn roster_month(world: &World, month: Month) -> Month {
    if of(world, month).is_some() { month.plus(-1) } else { month }
}

/// The line of the wrong total row, from 1.
#[must_use]
pub fn total_line(world: &World, month: Month) -> usize {
    feeds::budgets(world, month).len() + 2
}

/// Tables that the rule holds against last month's files, and rows from which it does.
const COMPARED: [&str; 7] =
    ["establishment_staff", "hr_staff", "payroll", "attendance", "social_insurance", "bank_returns", "off_quota_staff"];
const COMPARED_ROWS: usize = 500;

/// Tables whose file is byte for byte last month's.
///
/// # Errors
/// When a written file cannot be read.
pub fn unchanged(out: &Path, month: Month, tables: &[(&'static str, usize)]) -> Result<Vec<&'static str>> {
    let mut same = Vec::new();
    for (table, _) in tables.iter().filter(|(t, rows)| COMPARED.contains(t) && *rows >= COMPARED_ROWS) {
        for name in files_of(&out.join(month.to_string()), table)? {
            let (now, before) =
                (out.join(month.to_string()).join(&name), out.join(month.plus(-1).to_string()).join(&name));
            if before.is_file()
                && fs_err::metadata(&now)?.len() == fs_err::metadata(&before)?.len()
                && fs_err::read(&now)? == fs_err::read(&before)?
            {
                same.push(*table);
            }
        }
    }
    Ok(same)
}

/// Files of a table that stands in one file.
fn files_of(folder: &Path, table: &str) -> Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        if path.file_stem().is_some_and(|s| s == table) {
            out.extend(path.file_name().map(PathBuf::from));
        }
    }
    out.sort();
    Ok(out)
}
