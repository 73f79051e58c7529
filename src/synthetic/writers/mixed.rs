//! The mix of formats that offices really export, one choice a table.

use std::path::Path;

use super::csv::{self, Encoding};
use super::{Written, biff, dbf, html, parquet, xlsx};
use crate::error::Result;
use crate::synthetic::model::World;
use crate::synthetic::tables::View;

/// Writes one table of a month.
///
/// # Errors
/// When a file cannot be written.
pub fn write(folder: &Path, world: &World, view: &View<'_>, to: &mut Written<'_>) -> Result<()> {
    let all: Vec<usize> = (0..view.len).collect();
    let path = |extension: &str| folder.join(format!("{}.{extension}", view.table));
    let title = |what: &str| format!("{}{what}({})", world.region.name, month_words(to.period));
    match view.table {
        "establishment_units" => xlsx::titled(&path("xlsx"), &title("机构编制台账"), view, &all, to),
        "quotas" => xlsx::two_headers(&path("xlsx"), &title("编制核定情况"), view, &all, ("编制变动", 4..9), to),
        "leader_posts" => biff::write(&path("xls"), &title("领导职数管理台账"), view, &all, to),
        "quota_approvals" => csv::write(&path("csv"), view, &all, Encoding::Utf8Bom, ',', to),
        "registrations" => csv::write(&path("txt"), view, &all, Encoding::Utf16Le, '\t', to),
        "payroll" => payroll(folder, world, view, to),
        "hr_staff" => xlsx::titled(&path("xlsx"), &title("工作人员花名册"), view, &all, to),
        "unit_aliases" => xlsx::titled(&path("xlsx"), &title("机构更名及别名"), view, &all, to),
        "deaths" => csv::write(&path("xls"), view, &all, Encoding::Gb18030, '\t', to),
        "appraisals" | "attendance" | "pay_standards" => parquet::write(&path("parquet"), view, &all, to),
        _ => csv::write(&path("csv"), view, &all, Encoding::Gb18030, ',', to),
    }
}

/// `2026年10月` from `2026-10`.
fn month_words(period: &str) -> String {
    let (year, month) = period.split_once('-').unwrap_or((period, "1"));
    format!("{year}年{}月", month.trim_start_matches('0'))
}

/// Each paying office has its own program: the prefecture's CSV, a county's old DBF, workbooks with a sheet a unit, web exports.
fn payroll(folder: &Path, world: &World, view: &View<'_>, to: &mut Written<'_>) -> Result<()> {
    let mut parts: [Vec<usize>; 4] = Default::default();
    for row in 0..view.len {
        let unit = (view.truth)(row).unit.unwrap_or_default();
        // The fourth county hands its pay over in the prefecture's own form.
        parts[world.units[unit as usize].county.map_or(0, |c| (c + 1) % 4)].push(row);
    }
    let [city, old, sheets, web] = &parts;
    csv::write(&folder.join("payroll_市直.csv"), view, city, Encoding::Gb18030, ',', to)?;
    if !old.is_empty() {
        dbf::write(&folder.join("payroll_gz.dbf"), view, old, to)?;
    }
    if !sheets.is_empty() {
        xlsx::sheet_a_unit(&folder.join("payroll_县区.xlsx"), &month_words(to.period), view, sheets, to)?;
    }
    if !web.is_empty() {
        html::write(&folder.join("payroll_web.xls"), view, web, to)?;
    }
    Ok(())
}
