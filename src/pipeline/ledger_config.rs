//! The `[ledger]` section of a pipeline file.

use std::path::PathBuf;

use toml_edit::{Item, TableLike};

use super::config::PipelineConfig;
use crate::error::{Fault, Problem, Result};
use crate::ledger::calendar::Calendar;
use crate::ledger::classes::Classes;
use crate::ledger::settings::LADDER;
use crate::ledger::{AnyStore, Missing, Place as LedgerPlace, Settings};
use crate::table::toml::{Reader, join};

/// Where the ledger is, and its settings.
#[derive(Debug, Clone)]
pub struct LedgerConfig {
    pub place: LedgerPlace,
    /// Whence the password of a server comes, where the section says so.
    pub password_file: Option<PathBuf>,
    pub settings: Settings,
}

impl LedgerConfig {
    /// # Errors
    /// As [`LedgerPlace::open`].
    pub fn open(&self, missing: Missing) -> Result<AnyStore> {
        self.place.open(missing)
    }

    /// Opens it if anything has begun it yet.
    ///
    /// # Errors
    /// As [`LedgerPlace::open_existing`].
    pub fn open_existing(&self) -> Result<Option<AnyStore>> {
        self.place.open_existing()
    }
}

const KEYS: &[&str] = &[
    "url",
    "password_file",
    "calendar",
    "classes",
    "from_severity",
    "check_workdays",
    "rectify_days",
    "complex_days",
    "plan_years",
    "at_once_days",
    "extensions",
    "clean_runs",
    "precision_floor_percent",
    "precision_checked",
    "accept_after",
    "close_after",
    "ladder",
];

/// Reads the section. `config` has the paths read so far.
pub fn read(
    reader: &mut Reader<'_>,
    path: &str,
    table: &dyn TableLike,
    config: &PipelineConfig,
) -> Option<LedgerConfig> {
    reader.only(path, table, KEYS);
    let password_file = reader.text(path, table, "password_file").map(|file| config.workspace.join(file));
    let place = place(reader, path, table, config, password_file.clone());
    let mut settings = Settings {
        calendar: code_list(reader, path, table, config, "calendar", Calendar::load, Calendar::built_in),
        classes: code_list(reader, path, table, config, "classes", Classes::load, Classes::built_in),
        ..Settings::default()
    };
    if let Some(severity) = reader.text(path, table, "from_severity") {
        if ["S1", "S2", "S3", "S4"].contains(&severity.as_str()) {
            settings.from_severity = severity;
        } else {
            let message = format!("{} is {severity}; it may be S1, S2, S3 or S4", join(path, "from_severity"));
            reader.problem(table.get("from_severity").and_then(Item::span), "bad-value", message);
        }
    }
    settings.accept_after = levels(reader, path, table, "accept_after", &[]);
    settings.close_after = levels(reader, path, table, "close_after", &settings.accept_after);
    let mut number = |name: &str, range: std::ops::Range<i64>, default: i64| {
        reader.integer(path, table, name, range).unwrap_or(default)
    };
    let small = |n: i64| i32::try_from(n).unwrap_or(i32::MAX);
    let s = &mut settings;
    s.check_workdays = small(number("check_workdays", 1..261, i64::from(s.check_workdays))).unsigned_abs();
    s.rectify_days = small(number("rectify_days", 1..1096, i64::from(s.rectify_days)));
    s.complex_days = small(number("complex_days", 1..1096, i64::from(s.complex_days)));
    s.plan_years = small(number("plan_years", 1..11, i64::from(s.plan_years)));
    s.at_once_days = small(number("at_once_days", 0..366, i64::from(s.at_once_days)));
    s.extensions = usize::try_from(number("extensions", 0..11, 2)).unwrap_or(2);
    // One silent run may be a late file; none would prove nothing.
    s.clean_runs = small(number("clean_runs", 1..13, i64::from(s.clean_runs))).unsigned_abs();
    s.precision_floor_percent =
        small(number("precision_floor_percent", 0..101, i64::from(s.precision_floor_percent))).unsigned_abs();
    s.precision_checked = number("precision_checked", 1..1_000_001, 30).unsigned_abs();
    reader.within(path, table, "ladder", |r, path, t| ladder(r, path, t, &mut settings));
    Some(LedgerConfig { place: place?, password_file, settings })
}

/// Levels that sign, in their order; none blank, none twice.
fn levels(reader: &mut Reader<'_>, path: &str, table: &dyn TableLike, name: &str, before: &[String]) -> Vec<String> {
    let found = reader.texts(path, table, name);
    for (at, level) in found.iter().enumerate() {
        if level.trim().is_empty() || found[..at].contains(level) || before.contains(level) {
            let message = format!("{}: {level:?} is blank or stands twice", join(path, name));
            reader.problem(table.get(name).and_then(Item::span), "bad-value", message);
        }
    }
    found
}

fn place(
    reader: &mut Reader<'_>,
    path: &str,
    table: &dyn TableLike,
    config: &PipelineConfig,
    password_file: Option<PathBuf>,
) -> Option<LedgerPlace> {
    let url = reader.required_text(path, table, "url", None);
    let span = table.get("url").and_then(Item::span);
    let key = join(path, "url");
    if url.is_empty() {
        return None;
    }
    match LedgerPlace::parse(&url, &config.workspace) {
        // What is published there is swept and replaced.
        Ok(LedgerPlace::Sqlite(file)) if file.starts_with(&config.out) => {
            reader.problem(span, "bad-value", format!("{key}: the ledger may not stand in the published folder"));
            None
        }
        Ok(LedgerPlace::Sqlite(_)) if password_file.is_some() => {
            let span = table.get("password_file").and_then(Item::span);
            let key = join(path, "password_file");
            reader.problem(span, "bad-value", format!("{key}: a file has no password; it belongs to a postgres: url"));
            None
        }
        Ok(place) => Some(place.with_password_file(password_file)),
        Err((message, hint)) => {
            let place = reader.place(span);
            reader.problems.push(Problem::new(place, "bad-value", format!("{key}: {message}")).hint(hint));
            None
        }
    }
}

/// A calendar or a list of classes: the file that the section names, or the built-in one.
fn code_list<T: Default>(
    reader: &mut Reader<'_>,
    path: &str,
    table: &dyn TableLike,
    config: &PipelineConfig,
    name: &str,
    load: impl Fn(&std::path::Path) -> Result<T>,
    built_in: impl Fn() -> Result<T>,
) -> T {
    let read = match reader.text(path, table, name) {
        Some(file) => load(&config.workspace.join(file)),
        None => built_in(),
    };
    match read {
        Ok(read) => read,
        Err(Fault::Configuration(mut problems)) => {
            reader.problems.append(&mut problems);
            T::default()
        }
        Err(other) => {
            reader.problem(table.get(name).and_then(Item::span), "unreadable-file", other.to_string());
            T::default()
        }
    }
}

fn ladder(reader: &mut Reader<'_>, path: &str, table: &dyn TableLike, settings: &mut Settings) {
    reader.only(path, table, &LADDER.map(|r| r.step));
    for (rung, days) in LADDER.iter().zip(&mut settings.ladder) {
        if let Some(n) = reader.integer(path, table, rung.step, 1..1096) {
            *days = i32::try_from(n).unwrap_or(i32::MAX);
        }
    }
    if !settings.ladder.is_sorted() {
        let steps = LADDER.map(|r| r.step).join(", ");
        reader.problem(None, "bad-value", format!("{path}: the days must not fall from step to step: {steps}"));
    }
}
