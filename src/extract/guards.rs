//! What a source as a whole must satisfy: declared totals, a plausible number of rows, its own region.

use super::assemble::Assembled;
use super::{ReadContext, SourceSpec};
use crate::error::{Place, Problem, nearest};
use crate::kernel::dates::Month;
use crate::kernel::money::format_yuan;
use crate::table::Column;

/// Every guard that does not hold for the asked month's files.
pub(super) fn check(spec: &SourceSpec, context: &ReadContext, months: &[Month], read: &Assembled) -> Vec<Problem> {
    let mut problems = totals(spec, context.period, months, read);
    problems.extend(volume(spec, context, months, read));
    problems.extend(region(spec, read));
    problems
}

fn place(spec: &SourceSpec) -> Place {
    Place::file(spec.path.as_str())
}

/// Rows of the asked month.
fn rows_of<'a>(period: Month, months: &'a [Month], read: &'a Assembled) -> impl Iterator<Item = usize> + 'a {
    let mut from = 0;
    read.runs.iter().flat_map(move |&(file, rows)| {
        let range = if months[file] == period { from..from + rows } else { 0..0 };
        from += rows;
        range
    })
}

fn totals(spec: &SourceSpec, period: Month, months: &[Month], read: &Assembled) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, &declared) in &spec.control_totals {
        let mut money = false;
        let sum: i128 = if name == "rows" {
            rows_of(period, months, read).count() as i128
        } else {
            match read.table.columns.get(name) {
                Some(Column::Money(values) | Column::Integer(values)) => {
                    money = matches!(read.table.columns.get(name), Some(Column::Money(_)));
                    rows_of(period, months, read).filter_map(|r| values.get(r)).map(i128::from).sum()
                }
                _ => {
                    let problem = Problem::new(
                        place(spec),
                        "control-total",
                        format!("{name} is no amount and no number of this table"),
                    );
                    let names = read.table.columns.keys().map(String::as_str);
                    problems.push(match nearest(name, names) {
                        Some(near) => problem.hint(format!("did you mean {near}?")),
                        None => problem,
                    });
                    continue;
                }
            }
        };
        if sum != i128::from(declared) {
            let show = |v: i128| match i64::try_from(v) {
                Ok(fen) if money => format_yuan(fen),
                _ => v.to_string(),
            };
            let message = format!("{name}: {} declared, {} in the files", show(i128::from(declared)), show(sum));
            problems.push(
                Problem::new(place(spec), "control-total", message)
                    .hint("a file is missing, cut short, or not of this delivery"),
            );
        }
    }
    problems
}

fn volume(spec: &SourceSpec, context: &ReadContext, months: &[Month], read: &Assembled) -> Option<Problem> {
    let before = context.previous_rows.filter(|&n| n > 0)?;
    if context.accept_volume.is_some() {
        return None;
    }
    let now = rows_of(context.period, months, read).count() as u64;
    let least = before.saturating_mul(100_u64.saturating_sub(u64::from(spec.max_fall_percent)));
    if now.saturating_mul(100) >= least {
        return None;
    }
    let message = format!("{now} rows, {before} the month before: a fall of more than {} %", spec.max_fall_percent);
    Some(
        Problem::new(place(spec), "volume-fall", message)
            .hint("if it is right, run again with --accept-volume \"reason\""),
    )
}

fn region(spec: &SourceSpec, read: &Assembled) -> Option<Problem> {
    if spec.region_prefix.is_empty() {
        return None;
    }
    let codes = read.table.text("region_code")?;
    let foreign: Vec<bool> = codes.dictionary.iter().map(|c| !c.starts_with(&spec.region_prefix)).collect();
    let mut rows = (0..codes.len()).filter(|&r| foreign.get(codes.codes[r] as usize).copied().unwrap_or(false));
    let first = rows.next()?;
    let count = rows.count() + 1;
    let code = codes.get(first).unwrap_or_default();
    let message = format!("{count} rows of another region: {code} does not begin with {}", spec.region_prefix);
    Some(Problem::new(read.table.place(first), "other-region", message).hint("is this another county's file?"))
}
