//! Which months a run is for. The clock comes in as a value.

use std::collections::BTreeSet;
use std::path::Path;

use chrono::{Datelike, NaiveDateTime, Timelike};

use super::config::{DefaultPeriod, PipelineConfig, Schedule};
use crate::error::{Fault, Place, Problem, Result};
use crate::extract::SourceSpec;
use crate::kernel::dates::Month;

/// The month of a run without `--period`.
///
/// # Errors
/// [`Fault::Inputs`] when no month has an extract of every required source.
pub fn default_period(config: &PipelineConfig, now: NaiveDateTime) -> Result<Month> {
    match config.default_period {
        DefaultPeriod::Previous => Ok(this_month(now).plus(-1)),
        DefaultPeriod::Latest => available(config).last().copied().ok_or_else(|| no_extracts(config)),
    }
}

fn this_month(now: NaiveDateTime) -> Month {
    Month(now.year() * 12 + i32::try_from(now.month0()).unwrap_or(0))
}

fn no_extracts(config: &PipelineConfig) -> Fault {
    let wanted: Vec<&str> = config.sources.iter().filter(|s| !s.optional).map(|s| s.path.as_str()).collect();
    let problem = Problem::new(
        Place::file(config.path.display().to_string()),
        "no-extracts",
        format!("no month has an extract of every required source below {}", config.workspace.display()),
    );
    Fault::Inputs(vec![problem.hint(format!("looked for {}", wanted.join(", ")))])
}

/// Months for which every required source has at least one file, oldest first.
#[must_use]
pub fn available(config: &PipelineConfig) -> Vec<Month> {
    let mut months: Option<BTreeSet<Month>> = None;
    for source in config.sources.iter().filter(|s| !s.optional) {
        let found = months_of(&config.workspace, source);
        months = Some(match months {
            Some(before) => before.intersection(&found).copied().collect(),
            None => found,
        });
    }
    months.unwrap_or_default().into_iter().collect()
}

/// Months of one source: its path is matched part by part, the part with the period as a pattern.
fn months_of(workspace: &Path, source: &SourceSpec) -> BTreeSet<Month> {
    let mut months = BTreeSet::new();
    let mut open = vec![(workspace.to_owned(), None::<Month>)];
    for part in source.path.split('/') {
        let Ok(pattern) = regex::Regex::new(&pattern_of(part)) else { return months };
        let mut next = Vec::new();
        for (folder, month) in open {
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            for entry in entries.flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let Some(captures) = pattern.captures(&name) else { continue };
                let said = captures.name("month").map(|m| Month::parse(m.as_str()));
                match (month, said) {
                    (_, Some(None)) => {}
                    (Some(one), Some(Some(other))) if one != other => {}
                    (one, said) => next.push((entry.path(), one.or(said.flatten()))),
                }
            }
        }
        open = next;
    }
    months.extend(open.into_iter().filter_map(|(_, month)| month));
    months
}

fn pattern_of(part: &str) -> String {
    let mut pattern = String::from("^");
    let mut rest = part;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("{period}") {
            pattern.push_str("(?P<month>[0-9]{4}-[0-9]{2})");
            rest = after;
        } else if let Some(after) = rest.strip_prefix("{yyyymm}") {
            pattern.push_str("(?P<month>[0-9]{6})");
            rest = after;
        } else {
            let mut chars = rest.chars();
            match chars.next() {
                Some('*') => pattern.push_str(".*"),
                Some('?') => pattern.push('.'),
                Some(c) => pattern.push_str(&regex::escape(&c.to_string())),
                None => {}
            }
            rest = chars.as_str();
        }
    }
    pattern.push('$');
    pattern
}

/// Months whose run is due by `now`: their extracts are there, their day has come, they are not published. Oldest first.
#[must_use]
pub fn due(config: &PipelineConfig, published: &[Month], now: NaiveDateTime) -> Vec<Month> {
    let schedule = config.schedule.clone().unwrap_or(Schedule { day: 1, hour: 0, minute: 0 });
    let clock = (now.day(), now.hour(), now.minute());
    let day_has_come = |month: Month| {
        let run_in = month.plus(1);
        let this = this_month(now);
        run_in < this || (run_in == this && clock >= (schedule.day, schedule.hour, schedule.minute))
    };
    available(config).into_iter().filter(|m| !published.contains(m) && day_has_come(*m)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_part_becomes_an_anchored_pattern() {
        assert_eq!(pattern_of("工资_{yyyymm}*.xls"), "^工资_(?P<month>[0-9]{6}).*\\.xls$");
        assert_eq!(pattern_of("{period}"), "^(?P<month>[0-9]{4}-[0-9]{2})$");
    }
}
