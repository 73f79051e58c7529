//! All rules of a workspace, held against the schemas, the laws and one another before any extract is read.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use xxhash_rust::xxh3::xxh3_128;

use super::engine::{Cells, Engine, Question, Rows, for_each_rule};
use super::front::{self, Surroundings};
use super::kept::{Forgetful, Trials};
use super::metadata::Reader;
use super::polars_engine::PolarsEngine;
use super::rule::{ColumnType, Label, Rule};
use super::{DetectContext, ParameterValue, evidence, output, past, portability, resolved};
use crate::error::{Fault, Place, Problem, Result, nearest};
use crate::kernel::dates::Month;
use crate::table::Schemas;

/// Rules of a workspace, in the order of their codes, and what they rest on.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    pub rules: Vec<Rule>,
    /// Short code → full title.
    pub laws: IndexMap<String, Label>,
    pub schemas: Schemas,
}

/// A file as it was read: the name that problems show, and its text.
type Text = (String, String);

impl Catalogue {
    /// Reads every *.sql below `directory`, and its laws.toml.
    ///
    /// # Errors
    /// [`Fault::Configuration`] with every mistake of every file.
    pub fn load(directory: &Path, schemas: &Schemas) -> Result<Self> {
        Self::load_trying(directory, schemas, &Forgetful)
    }

    /// The same, trying only queries that `trials` does not know.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn load_trying(directory: &Path, schemas: &Schemas, trials: &dyn Trials) -> Result<Self> {
        if !directory.is_dir() {
            let place = Place::file(directory.display().to_string());
            return Err(Fault::configuration(place, "no-rules", "there is no such folder of rules"));
        }
        let mut paths = Vec::new();
        collect(directory, &mut paths)?;
        paths.sort();
        let mut texts = Vec::with_capacity(paths.len());
        let mut problems = Vec::new();
        for path in &paths {
            let label = path.display().to_string();
            match String::from_utf8(fs_err::read(path)?) {
                Ok(text) => texts.push((label, text)),
                Err(_) => problems.push(Problem::new(Place::file(label), "not-utf-8", "a rule file must be UTF-8")),
            }
        }
        Self::from_texts_trying(&texts, schemas, problems, trials)
    }

    /// The rule files that ship with the program, as (path below `pipelines/rules`, text), sorted by path.
    #[must_use]
    pub fn embedded() -> Vec<(&'static str, &'static str)> {
        static FOLDER: include_dir::Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/pipelines");
        fn walk(folder: &'static include_dir::Dir<'static>, found: &mut Vec<(&'static str, &'static str)>) {
            for file in folder.files() {
                let path = file.path().to_str().and_then(|p| p.strip_prefix("rules/"));
                if let (Some(path), Some(text)) = (path, file.contents_utf8()) {
                    found.push((path, text));
                }
            }
            folder.dirs().for_each(|d| walk(d, found));
        }
        let mut found = Vec::new();
        walk(&FOLDER, &mut found);
        found.retain(|(path, _)| wanted(Path::new(path)));
        found.sort_unstable();
        found
    }

    /// The rules that ship with the program.
    ///
    /// # Errors
    /// [`Fault::Configuration`]; a test holds that it does not happen.
    pub fn built_in(schemas: &Schemas) -> Result<Self> {
        let texts: Vec<Text> = Self::embedded().iter().map(|(p, t)| ((*p).to_owned(), (*t).to_owned())).collect();
        Self::from_texts(&texts, schemas, Vec::new())
    }

    /// A catalogue from files already read; `problems` are mistakes found so far.
    ///
    /// # Errors
    /// [`Fault::Configuration`] with every mistake of every file.
    pub fn from_texts(texts: &[Text], schemas: &Schemas, problems: Vec<Problem>) -> Result<Self> {
        Self::from_texts_trying(texts, schemas, problems, &Forgetful)
    }

    fn from_texts_trying(
        texts: &[Text],
        schemas: &Schemas,
        mut problems: Vec<Problem>,
        trials: &dyn Trials,
    ) -> Result<Self> {
        let laws = laws(texts, &mut problems);
        let around = Surroundings { schemas, laws: &laws };
        let rule_texts = texts.iter().filter(|(file, _)| !file.ends_with(".toml"));
        let mut rules: Vec<Rule> =
            rule_texts.filter_map(|(file, text)| front::parse(file, text, &around, &mut problems)).collect();
        rules.sort_by(|a, b| (&a.code, &a.file).cmp(&(&b.code, &b.file)));
        if rules.is_empty() && problems.is_empty() {
            problems.push(Problem::new(Place::file("rules"), "no-rules", "no rule (*.sql) in the folder"));
        }
        duplicates(&rules, &mut problems);
        one_type(&rules, &mut problems);
        let mut catalogue = Self { rules, laws, schemas: schemas.clone() };
        problems.append(&mut catalogue.dry_run(&problems, trials));
        if problems.is_empty() {
            return Ok(catalogue);
        }
        problems.sort();
        problems.dedup();
        catalogue.rules.clear();
        Err(Fault::Configuration(problems))
    }

    /// The rule of that code or slug.
    #[must_use]
    pub fn rule(&self, name: &str) -> Option<&Rule> {
        self.rules.iter().find(|r| r.code.eq_ignore_ascii_case(name) || r.slug == name)
    }

    /// Settings that name no rule, no parameter, or have the wrong type; places are the caller's to add.
    #[must_use]
    pub fn check_parameters(&self, settings: &BTreeMap<String, BTreeMap<String, ParameterValue>>) -> Vec<Problem> {
        let mut problems = Vec::new();
        let codes: Vec<&str> = self.rules.iter().map(|r| r.code.as_str()).collect();
        for (code, values) in settings {
            let Some(rule) = self.rules.iter().find(|r| &r.code == code) else {
                let mut problem = Problem::new(Place::default(), "unknown-rule", format!("there is no rule {code}"));
                problem.hint = nearest(code, codes.iter().copied()).map(|n| format!("did you mean {n}?"));
                problems.push(problem);
                continue;
            };
            for (name, value) in values {
                if let Some(why) = rule.refuse_parameter(name, value) {
                    problems.push(Problem::new(Place::default(), "rule-parameter", format!("{code}.{name}: {why}")));
                }
            }
        }
        problems
    }

    /// Every name that any rule's SQL mentions.
    #[must_use]
    pub fn words(&self) -> BTreeSet<String> {
        self.rules.iter().flat_map(|r| portability::words(&r.sql)).collect()
    }

    /// Runs every rule over empty frames: bad SQL, unknown columns and missing or ill-typed results show before any extract is read.
    fn dry_run(&self, so_far: &[Problem], trials: &dyn Trials) -> Vec<Problem> {
        let on = format!("{:x}", xxh3_128(format!("{:?}", self.schemas).as_bytes()));
        let trial = |rule: &Rule| format!("{} {on}", rule.sha256);
        let untried: Vec<&Rule> = self.rules.iter().filter(|rule| !trials.passed(&trial(rule))).collect();
        if untried.is_empty() {
            return Vec::new();
        }
        let mut engine = PolarsEngine::default();
        let words = self.words();
        let earlier = past::empty_frames(&self.schemas).into_iter().filter(|f| words.contains(f.name()));
        for frame in resolved::empty_frames(&self.schemas).into_iter().chain(earlier) {
            engine.register(Cow::Owned(frame));
        }
        let context = DetectContext::empty(Month(12 * 2000));
        // A query already refused for its tables says nothing new.
        let refused = |rule: &Rule| {
            so_far.iter().any(|p| p.place.file == rule.file && matches!(p.code, "unknown-table" | "toml-error"))
        };
        let ask = |rule: &Rule| {
            let params = resolved::params(rule, &context);
            engine.query(&Question { sql: &rule.sql, params: &params, limit: 1, without: &[] })
        };
        let one = |rule: &&Rule| match ask(rule) {
            _ if refused(rule) => Vec::new(),
            Ok(answer) => {
                let problems = hold_result(rule, &answer.rows, &self.schemas);
                if problems.is_empty() {
                    trials.note(&trial(rule));
                }
                problems
            }
            Err(why) => vec![sql_problem(rule, &why.to_string(), &self.schemas)],
        };
        for_each_rule(&untried, one).concat()
    }
}

fn wanted(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "sql") || path.file_name().is_some_and(|n| n == "laws.toml")
}

fn collect(directory: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs_err::read_dir(directory)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            collect(&path, paths)?;
        } else if wanted(&path) {
            paths.push(path);
        }
    }
    Ok(())
}

/// The laws of every laws.toml: `[486]` with `zh` and `en`.
fn laws(texts: &[Text], problems: &mut Vec<Problem>) -> IndexMap<String, Label> {
    let mut laws = IndexMap::new();
    for (file, text) in texts.iter().filter(|(file, _)| file.ends_with(".toml")) {
        let mut reader = Reader::new(file, text, 1);
        if let Some(document) = reader.parse() {
            let root = reader.root(&document);
            let codes: Vec<String> = root.table.iter().map(|(code, _)| code.to_owned()).collect();
            for code in codes {
                if let Some(node) = reader.table(&root, &code, true) {
                    let label = reader.bilingual(&node);
                    laws.insert(code, label);
                }
            }
        }
        problems.append(&mut reader.problems);
    }
    laws
}

fn duplicates(rules: &[Rule], problems: &mut Vec<Problem>) {
    for (i, rule) in rules.iter().enumerate() {
        for earlier in &rules[..i] {
            let same = [("code", &rule.code, &earlier.code), ("slug", &rule.slug, &earlier.slug)];
            for (key, mine, theirs) in same.into_iter().filter(|(_, a, b)| a == b && !a.is_empty()) {
                let _ = theirs;
                let place = line_of(rule, &format!("{key} ="));
                let message = format!("{key}: {mine} is taken by {}", earlier.file);
                problems.push(Problem::new(place, "duplicate-name", message));
            }
        }
    }
}

/// Rules of a category share its table: the same column name must mean the same type.
fn one_type(rules: &[Rule], problems: &mut Vec<Problem>) {
    let mut known: BTreeMap<(&str, &str), (ColumnType, &str)> = BTreeMap::new();
    for rule in rules {
        for (name, column) in &rule.columns {
            let (kind, first) = *known.entry((&rule.category, name)).or_insert((column.kind, &rule.code));
            if kind != column.kind {
                let place = line_of(rule, &format!("[columns.{name}]"));
                let message =
                    format!("columns.{name}: {:?} here, but {kind:?} in {first} of the same category", column.kind);
                problems.push(Problem::new(place, "column-type", message.to_lowercase()));
            }
        }
    }
}

/// The first line of a rule's file that contains a text.
fn line_of(rule: &Rule, needle: &str) -> Place {
    let line = rule.text.lines().position(|l| l.contains(needle)).map_or(1, |i| i + 1);
    Place::file(rule.file.clone()).row(u32::try_from(line).unwrap_or(1))
}

/// What the engine said of a query, at the line where the name it complains of stands.
fn sql_problem(rule: &Rule, why: &str, schemas: &Schemas) -> Problem {
    let quoted: Vec<&str> = why.split(['"', '\'']).skip(1).step_by(2).collect();
    let offender = quoted.first().copied().unwrap_or_default();
    let line =
        rule.sql.lines().position(|l| !offender.is_empty() && portability::words(l).contains(offender)).unwrap_or(0);
    let place = Place::file(rule.file.clone()).row(u32::try_from(rule.sql_line + line).unwrap_or(u32::MAX));
    let mut problem = Problem::new(place, "sql-error", format!("the query does not run: {why}"));
    let tables = rule.inputs.iter().chain(&rule.optional_inputs).filter_map(|t| schemas.get(t));
    let columns = tables.flat_map(|t| t.fields.iter().map(|f| f.name.as_str()));
    let known = quoted.iter().skip(1).copied().chain(columns).filter(|n| *n != offender);
    problem.hint = nearest(offender, known).map(|n| format!("did you mean {n}?"));
    problem
}

/// Holds a query's columns against what the rule declares.
fn hold_result(rule: &Rule, rows: &Rows, schemas: &Schemas) -> Vec<Problem> {
    let mut problems = Vec::new();
    let at_sql = Place::file(rule.file.clone()).row(u32::try_from(rule.sql_line).unwrap_or(u32::MAX));
    let mut refuse = |code: &'static str, message: String, name: &str, known: &mut dyn Iterator<Item = &str>| {
        let mut problem = Problem::new(at_sql.clone(), code, message);
        problem.hint = nearest(name, known).map(|n| format!("did you mean {n}?"));
        problems.push(problem);
    };
    let returned: Vec<&str> = rows.columns.iter().map(|(n, _)| n.as_str()).collect();
    for (name, column) in &rule.columns {
        match rows.column(name) {
            None => {
                let message = format!("the query does not return the declared column {name}");
                refuse("missing-column", message, name, &mut returned.iter().copied());
            }
            Some(cells) if !fits(column.kind, cells) => {
                let message = format!("{name} is declared {:?}, but the query returns {}", column.kind, cells.words());
                refuse("wrong-type", message.to_lowercase(), name, &mut std::iter::empty());
            }
            Some(_) => {}
        }
    }
    let mut shown: BTreeSet<String> = BTreeSet::new();
    for (name, cells) in &rows.columns {
        if let Some(table) = evidence::table_of(name, schemas) {
            if !rule.evidence.contains_key(&table) {
                let known = &mut rule.evidence.keys().map(String::as_str);
                refuse("unknown-table", format!("{name}: [evidence] says nothing of {table}"), &table, known);
            }
            if !matches!(cells, Cells::Integer(_) | Cells::Null(_)) {
                refuse("wrong-type", format!("{name} must be a row_id"), name, &mut std::iter::empty());
            }
            shown.insert(table);
        } else if !rule.columns.contains_key(name) && !output::QUERY.contains(&name.as_str()) {
            let known = &mut output::QUERY.into_iter().chain(rule.columns.keys().map(String::as_str));
            refuse("unknown-column", format!("the query returns {name}, which the rule does not declare"), name, known);
        } else if !rule.columns.contains_key(name) && !output::fits(name, cells) {
            refuse("wrong-type", format!("{name} is {}", cells.words()), name, &mut std::iter::empty());
        }
    }
    let known = |t: &str| schemas.get(past::table_of(t).unwrap_or(t)).is_some();
    for table in rule.evidence.keys().filter(|t| known(t) && !shown.contains(*t)) {
        let message = format!("[evidence] shows {table}, but the query returns no row__{table}");
        refuse("missing-column", message, table, &mut std::iter::empty());
    }
    let key = if rule.grain == "person" { "person_key" } else { "unit_key" };
    if !returned.contains(&key) && rule.grain != "row" && !returned.contains(&"object_key") {
        refuse("missing-column", format!("a {} rule returns {key}", rule.grain), key, &mut returned.iter().copied());
    }
    problems
}

fn fits(kind: ColumnType, cells: &Cells) -> bool {
    matches!(
        (kind, cells),
        (_, Cells::Null(_))
            | (ColumnType::Text, Cells::Text(_))
            | (ColumnType::Integer, Cells::Integer(_))
            | (ColumnType::Float, Cells::Float(_) | Cells::Integer(_))
            | (ColumnType::Money, Cells::Money(_) | Cells::Integer(_))
            | (ColumnType::Date, Cells::Date(_))
    )
}
