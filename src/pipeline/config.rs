//! pipelines/*.toml: what is typed there becomes what is meant, in one step, with every mistake reported at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use toml_edit::{Item, TableLike, Value};

use super::ledger_config::{self, LedgerConfig};
use crate::detect::ParameterValue;
use crate::error::{Fault, Place, Problem, Result, nearest};
use crate::extract::SourceSpec;
use crate::resolve::Thresholds;
use crate::table::Schemas;
use crate::table::toml::{Reader, join};

/// Which month a run without `--period` is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultPeriod {
    /// The newest month that every required source has an extract for.
    Latest,
    /// The month before today.
    Previous,
}

/// When a month's run is due: a day of the following month, and a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// 1–28.
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
}

/// A parameter as the pipeline file sets it, with its line for later complaints.
#[derive(Debug, Clone)]
pub struct Setting {
    pub value: ParameterValue,
    pub place: Place,
}

/// Rows that no rule may go beyond, where the pipeline does not say.
pub const ROW_CAP: usize = 5_000_000;

/// Where and how much a run keeps for the next one.
#[derive(Debug, Clone)]
pub struct CacheConfig {
    pub folder: PathBuf,
    /// 0 keeps nothing.
    pub max_bytes: u64,
}

/// Gigabytes that the cache may hold where the pipeline does not say.
const CACHE_GIB: i64 = 20;

/// A pipeline file, read.
#[derive(Debug, Clone)]
pub struct PipelineConfig {
    pub path: PathBuf,
    /// The folder all other paths are relative to: the one above `pipelines/`.
    pub workspace: PathBuf,
    /// The file's own text, for the run's digest.
    pub text: String,
    pub name: String,
    pub title: String,
    pub title_en: String,
    pub schemas: PathBuf,
    pub rules: PathBuf,
    pub out: PathBuf,
    pub default_period: DefaultPeriod,
    pub schedule: Option<Schedule>,
    pub key_file: PathBuf,
    /// Whether names are published unmasked as well, in the zone for those who may see them.
    pub restricted: bool,
    pub thresholds: Thresholds,
    pub sources: Vec<SourceSpec>,
    pub parameters: BTreeMap<String, BTreeMap<String, Setting>>,
    pub disabled: BTreeSet<String>,
    /// Rule codes that the file names, with their lines.
    pub named_rules: BTreeMap<String, Place>,
    pub row_cap: usize,
    pub cache: CacheConfig,
    /// The `[ledger]` section, when there is one.
    pub ledger: Option<LedgerConfig>,
}

const TOP: &[&str] = &[
    "name",
    "title",
    "title_en",
    "schemas",
    "rules",
    "rules_dir",
    "out",
    "region",
    "period",
    "schedule",
    "publish",
    "linking",
    "sources",
    "detection",
    "ledger",
    "cache",
];

/// Reads a pipeline file and the schemas it names.
///
/// # Errors
/// [`Fault::Configuration`] with every problem of the pipeline file and of the schemas.
pub fn load(path: &Path) -> Result<(PipelineConfig, Schemas)> {
    let label = path.display().to_string();
    let text = fs_err::read_to_string(path).map_err(|e| {
        let problem =
            Problem::new(Place::file(&label), "pipeline-unreadable", format!("cannot read the pipeline: {e}"));
        Fault::Configuration(vec![problem.hint("hedui init DIR makes a workspace with one")])
    })?;
    let workspace = workspace_of(path);
    let (mut reader, document) = Reader::parse(&label, &text).map_err(Fault::Configuration)?;
    let root = document.as_table();
    reader.only("", root, TOP);
    let schema_dir = workspace.join(reader.text("", root, "schemas").unwrap_or_else(|| "schemas".to_owned()));
    let schemas = match Schemas::load(&schema_dir) {
        Ok(schemas) => schemas,
        Err(Fault::Configuration(mut problems)) => {
            reader.problems.append(&mut problems);
            Schemas::default()
        }
        Err(Fault::Machine { source, .. }) => {
            let message = format!("schemas: cannot read the folder {}: {source}", schema_dir.display());
            reader.problem(root.get("schemas").and_then(Item::span), "unreadable-folder", message);
            Schemas::default()
        }
        Err(other) => return Err(other),
    };
    let config = read(&mut reader, root, path, &workspace, &schemas, schema_dir, text.clone());
    if reader.problems.is_empty() { Ok((config, schemas)) } else { Err(Fault::Configuration(reader.problems)) }
}

/// The folder above `pipelines/`, or the pipeline file's own folder.
fn workspace_of(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.file_name().is_some_and(|n| n == "pipelines") {
        let above = folder.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        above.to_owned()
    } else {
        folder.to_owned()
    }
}

fn read(
    reader: &mut Reader<'_>,
    root: &dyn TableLike,
    path: &Path,
    workspace: &Path,
    schemas: &Schemas,
    schema_dir: PathBuf,
    text: String,
) -> PipelineConfig {
    let name = reader.required_text("", root, "name", None);
    let region = reader.text("", root, "region").unwrap_or_default();
    if !region.chars().all(|c| c.is_ascii_digit()) || region.len() > 6 {
        reader.problem(root.get("region").and_then(Item::span), "bad-value", "region must be 1 to 6 digits".to_owned());
    }
    let mut config = PipelineConfig {
        path: path.to_owned(),
        workspace: workspace.to_owned(),
        text,
        title: reader.text("", root, "title").unwrap_or_else(|| name.clone()),
        title_en: reader.text("", root, "title_en").unwrap_or_else(|| name.clone()),
        name,
        schemas: schema_dir,
        rules: workspace.join(reader.text("", root, "rules_dir").unwrap_or_else(|| "pipelines/rules".to_owned())),
        out: workspace.join(reader.text("", root, "out").unwrap_or_else(|| "out".to_owned())),
        default_period: DefaultPeriod::Latest,
        schedule: None,
        key_file: workspace.join(".hedui/secret.key"),
        restricted: false,
        thresholds: Thresholds::default(),
        sources: Vec::new(),
        parameters: BTreeMap::new(),
        disabled: BTreeSet::new(),
        named_rules: BTreeMap::new(),
        row_cap: ROW_CAP,
        cache: CacheConfig { folder: workspace.join(".hedui/cache"), max_bytes: CACHE_GIB.cast_unsigned() << 30 },
        ledger: None,
    };
    reader.within("", root, "period", |r, path, t| {
        r.only(path, t, &["default"]);
        match r.text(path, t, "default").as_deref() {
            Some("previous") => config.default_period = DefaultPeriod::Previous,
            Some("latest") | None => {}
            Some(other) => {
                let message = format!("period.default is {other}; it may be latest or previous");
                r.problem(t.get("default").and_then(Item::span), "bad-value", message);
            }
        }
    });
    reader.within("", root, "schedule", |r, path, t| config.schedule = schedule(r, path, t));
    reader.within("", root, "publish", |r, path, t| {
        r.only(path, t, &["key_file", "restricted"]);
        config.restricted = r.boolean(path, t, "restricted").unwrap_or(false);
        if let Some(file) = r.text(path, t, "key_file") {
            config.key_file = workspace.join(file);
        }
    });
    reader.within("", root, "linking", |r, path, t| config.thresholds = thresholds(r, path, t));
    reader.within("", root, "detection", |r, path, t| {
        r.only(path, t, &["row_cap"]);
        if let Some(cap) = r.integer(path, t, "row_cap", 1..1 << 40) {
            config.row_cap = usize::try_from(cap).unwrap_or(usize::MAX);
        }
    });
    reader.within("", root, "cache", |r, path, t| {
        r.only(path, t, &["folder", "max_gib"]);
        if let Some(folder) = r.text(path, t, "folder") {
            config.cache.folder = workspace.join(folder);
        }
        if let Some(gib) = r.integer(path, t, "max_gib", 0..1 << 20) {
            config.cache.max_bytes = gib.cast_unsigned() << 30;
        }
    });
    reader.within("", root, "ledger", |r, path, t| config.ledger = ledger_config::read(r, path, t, &config));
    reader.within("", root, "rules", |r, path, t| rules(r, path, t, &mut config));
    sources(reader, root, schemas, &region, &mut config);
    config
}

fn schedule(reader: &mut Reader<'_>, path: &str, table: &dyn TableLike) -> Option<Schedule> {
    reader.only(path, table, &["day", "at"]);
    let day = reader.integer(path, table, "day", 1..29).unwrap_or(5);
    let at = reader.text(path, table, "at").unwrap_or_else(|| "02:30".to_owned());
    let parts = at.split_once(':').and_then(|(h, m)| Some((h.parse::<u32>().ok()?, m.parse::<u32>().ok()?)));
    let Some((hour, minute)) = parts.filter(|(h, m)| *h < 24 && *m < 60) else {
        let message = format!("{} is {at}, not a time such as 02:30", join(path, "at"));
        reader.problem(table.get("at").and_then(Item::span), "bad-value", message);
        return None;
    };
    Some(Schedule { day: u32::try_from(day).unwrap_or(5), hour, minute })
}

fn thresholds(reader: &mut Reader<'_>, path: &str, table: &dyn TableLike) -> Thresholds {
    reader.only(path, table, &["link", "review", "margin"]);
    let default = Thresholds::default();
    let found = Thresholds {
        link: reader.share(path, table, "link").unwrap_or(default.link),
        review: reader.share(path, table, "review").unwrap_or(default.review),
        margin: reader.share(path, table, "margin").unwrap_or(default.margin),
    };
    if found.review > found.link {
        let message = format!("{path}.review ({}) must not be above {path}.link ({})", found.review, found.link);
        reader.problem(table.get("review").and_then(Item::span), "bad-value", message);
    }
    found
}

fn rules(reader: &mut Reader<'_>, path: &str, table: &dyn TableLike, config: &mut PipelineConfig) {
    for (code, item) in table.iter() {
        let place = reader.place(table.key(code).and_then(toml_edit::Key::span).or_else(|| item.span()));
        let path = join(path, code);
        let Some(settings) = item.as_table_like() else {
            reader.problem(item.span(), "wrong-type", format!("{path} must be a table of parameters"));
            continue;
        };
        config.named_rules.insert(code.to_owned(), place);
        for (name, item) in settings.iter() {
            let value = match item.as_value() {
                Some(Value::Integer(v)) => ParameterValue::Integer(*v.value()),
                Some(Value::Float(v)) => ParameterValue::Float(*v.value()),
                Some(Value::String(v)) => ParameterValue::Text(v.value().clone()),
                Some(Value::Boolean(v)) => ParameterValue::Bool(*v.value()),
                _ => {
                    let message = format!("{} must be a number, a text, true or false", join(&path, name));
                    reader.problem(item.span(), "wrong-type", message);
                    continue;
                }
            };
            if name == "enabled" {
                match value {
                    ParameterValue::Bool(true) => {}
                    ParameterValue::Bool(false) => drop(config.disabled.insert(code.to_owned())),
                    _ => reader.problem(item.span(), "wrong-type", format!("{path}.enabled must be true or false")),
                }
                continue;
            }
            let place = reader.place(item.span());
            config.parameters.entry(code.to_owned()).or_default().insert(name.to_owned(), Setting { value, place });
        }
    }
}

const SOURCE: &[&str] = &[
    "table",
    "path",
    "history_months",
    "encoding",
    "delimiter",
    "sheets",
    "headers",
    "allow_empty",
    "optional",
    "max_fall_percent",
    "control_totals",
];

fn sources(
    reader: &mut Reader<'_>,
    root: &dyn TableLike,
    schemas: &Schemas,
    region: &str,
    config: &mut PipelineConfig,
) {
    let Some(item) = root.get("sources") else {
        reader.problem(None, "missing-key", "no [[sources]] block: there is nothing to read".to_owned());
        return;
    };
    let Some(blocks) = item.as_array_of_tables() else {
        reader.problem(item.span(), "wrong-type", "sources must be [[sources]] blocks".to_owned());
        return;
    };
    let mut seen = BTreeSet::new();
    for (index, block) in blocks.iter().enumerate() {
        let path = format!("sources[{index}]");
        reader.only(&path, block, SOURCE);
        let table = reader.required_text(&path, block, "table", block.span());
        let glob = reader.required_text(&path, block, "path", block.span());
        check_glob(reader, &path, block, &glob);
        let at = block.get("table").and_then(Item::span);
        if !seen.insert(table.clone()) && !table.is_empty() {
            reader.problem(at.clone(), "duplicate-source", format!("{path}.table: {table} has a source already"));
        }
        let Some(schema) = schemas.get(&table) else {
            if !table.is_empty() && !schemas.tables.is_empty() {
                let mut problem =
                    Problem::new(reader.place(at), "unknown-table", format!("{path}.table: no schema {table}"));
                problem.hint =
                    nearest(&table, schemas.tables.keys().map(String::as_str)).map(|n| format!("did you mean {n}?"));
                reader.problems.push(problem);
            }
            continue;
        };
        let fall = reader.integer(&path, block, "max_fall_percent", 1..101).unwrap_or(40);
        let history = reader.integer(&path, block, "history_months", 0..37).unwrap_or(0);
        let mut headers = IndexMap::new();
        reader.within(&path, block, "headers", |r, path, t| {
            for (header, item) in t.iter() {
                match item.as_str().filter(|f| schema.field(f).is_some_and(|f| f.kind.is_some())) {
                    Some(field) => drop(headers.insert(header.to_owned(), field.to_owned())),
                    None => {
                        let message = format!("{}: no such source field of {table}", join(path, header));
                        r.problem(item.span(), "unknown-field", message);
                    }
                }
            }
        });
        let mut control_totals = IndexMap::new();
        reader.within(&path, block, "control_totals", |r, path, t| {
            for (field, item) in t.iter() {
                match item.as_integer() {
                    Some(total) if field == "rows" || schema.field(field).is_some() => {
                        control_totals.insert(field.to_owned(), total);
                    }
                    _ => {
                        let message =
                            format!("{}: needs a field of {table} (or rows) and a whole number", join(path, field));
                        r.problem(item.span(), "unknown-field", message);
                    }
                }
            }
        });
        config.sources.push(SourceSpec {
            schema: schema.clone(),
            path: glob,
            history_months: u32::try_from(history).unwrap_or(0),
            encoding: one_of(reader, &path, block, "encoding", &["auto", "utf-8", "gb18030", "utf-16le"]),
            delimiter: reader.text(&path, block, "delimiter").unwrap_or_else(|| "auto".to_owned()),
            sheets: reader.texts(&path, block, "sheets"),
            headers,
            allow_empty: reader.boolean(&path, block, "allow_empty").unwrap_or(false),
            optional: reader.boolean(&path, block, "optional").unwrap_or(schema.optional),
            max_fall_percent: u32::try_from(fall).unwrap_or(40),
            control_totals,
            region_prefix: region.to_owned(),
        });
    }
}

fn one_of(reader: &mut Reader<'_>, path: &str, table: &dyn TableLike, name: &str, known: &[&str]) -> String {
    let value = reader.text(path, table, name).unwrap_or_else(|| known[0].to_owned());
    if !known.contains(&value.as_str()) {
        let message = format!("{} is {value}; it may be {}", join(path, name), known.join(", "));
        reader.problem(table.get(name).and_then(Item::span), "bad-value", message);
    }
    value
}

/// Paths stay inside the workspace: no absolute path, no `..`, no scheme.
fn check_glob(reader: &mut Reader<'_>, path: &str, block: &dyn TableLike, glob: &str) {
    let outside = Path::new(glob).is_absolute() || glob.contains("://") || glob.split('/').any(|part| part == "..");
    if outside {
        let message = format!("{path}.path: {glob} leaves the workspace");
        reader.problem(block.get("path").and_then(Item::span), "path-outside-workspace", message);
    }
    if !glob.is_empty() && !glob.contains("{period}") && !glob.contains("{yyyymm}") {
        let message = format!("{path}.path: {glob} names no month; put {{period}} or {{yyyymm}} in it");
        reader.problem(block.get("path").and_then(Item::span), "path-without-period", message);
    }
}
