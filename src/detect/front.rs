//! A rule file taken apart: the metadata in the comment on top, the query below.

use indexmap::IndexMap;
use toml_edit::Item;

use super::metadata::{Node, Reader};
use super::rule::{
    CATEGORIES, ColumnType, GRAINS, Label, LegalBasis, OwnColumn, Parameter, ParameterType, Rule, SEVERITIES,
};
use super::{ParameterValue, portability};
use crate::detect::{message, output, past, resolved};
use crate::error::{Place, Problem};
use crate::table::Schemas;

const KEYS: [&str; 22] = [
    "code",
    "slug",
    "category",
    "severity",
    "since",
    "grain",
    "inputs",
    "optional_inputs",
    "past",
    "suppressed_by",
    "preview",
    "absence_claim",
    "name",
    "what",
    "mistaken_for",
    "verify",
    "message",
    "legal_basis",
    "measure",
    "parameters",
    "columns",
    "evidence",
];

/// What a rule file is held against.
pub struct Surroundings<'a> {
    pub schemas: &'a Schemas,
    pub laws: &'a indexmap::IndexMap<String, Label>,
}

/// The TOML and the SQL of a rule file, with the line each begins on.
fn split(text: &str) -> Option<(&str, usize, &str, usize)> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let opening = text.find("/*---")?;
    let after = &text[opening + 5..];
    let closing = after.find("---*/")?;
    let lines = |t: &str| t.bytes().filter(|&b| b == b'\n').count();
    let toml_line = 1 + lines(&text[..opening]);
    let sql_line = toml_line + lines(&after[..closing]);
    Some((&after[..closing], toml_line, &after[closing + 5..], sql_line))
}

/// Reads one rule file. Every mistake goes to `problems`; a rule comes back when it is whole enough to be looked at further.
pub fn parse(file: &str, text: &str, around: &Surroundings<'_>, problems: &mut Vec<Problem>) -> Option<Rule> {
    let Some((toml, toml_line, sql, sql_line)) = split(text) else {
        let message = "a rule file begins with its metadata between /*--- and ---*/, the SQL follows";
        problems.push(Problem::new(Place::file(file).row(1), "no-metadata", message));
        return None;
    };
    let mut reader = Reader::new(file, toml, toml_line);
    let document = reader.parse();
    let rule = document.as_ref().map(|document| {
        let root = reader.root(document);
        let mut rule = read(&mut reader, &root);
        rule.file = file.to_owned();
        text.clone_into(&mut rule.text);
        rule.sha256 = Rule::digest(text);
        sql.trim().clone_into(&mut rule.sql);
        rule.sql_line =
            sql_line + sql.len().min(sql.find(|c: char| !c.is_whitespace()).map_or(0, |at| newlines(&sql[..at])));
        hold(&mut reader, &root, &rule, around);
        rule
    });
    problems.append(&mut reader.problems);
    if let Some(rule) = &rule {
        problems.extend(portability::check(rule, around.schemas));
    }
    rule
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|&b| b == b'\n').count()
}

fn read(reader: &mut Reader<'_>, root: &Node<'_>) -> Rule {
    reader.only(root, &KEYS);
    let categories = CATEGORIES.map(|(name, _, _)| name);
    Rule {
        code: reader.text(root, "code", true).unwrap_or_default(),
        slug: reader.text(root, "slug", true).unwrap_or_default(),
        category: reader.word(root, "category", &categories).unwrap_or_default(),
        severity: reader.word(root, "severity", &SEVERITIES).unwrap_or_default(),
        since: reader.text(root, "since", true).unwrap_or_default(),
        grain: reader.word(root, "grain", &GRAINS).unwrap_or_default(),
        inputs: reader.texts(root, "inputs", true),
        optional_inputs: reader.texts(root, "optional_inputs", false),
        past: earlier(reader, root),
        suppressed_by: reader.texts(root, "suppressed_by", false),
        preview: reader.flag(root, "preview"),
        absence_claim: reader.flag(root, "absence_claim"),
        name: reader.label(root, "name"),
        what: reader.label(root, "what"),
        mistaken_for: reader.label(root, "mistaken_for"),
        verify: reader.label(root, "verify"),
        message: reader.label(root, "message"),
        legal_basis: legal_basis(reader, root),
        measure: reader.text(root, "measure", false),
        parameters: parameters(reader, root),
        columns: columns(reader, root),
        evidence: evidence(reader, root),
        sql: String::new(),
        text: String::new(),
        sha256: String::new(),
        file: String::new(),
        sql_line: 1,
    }
}

/// `past = { payroll = 12 }`, or `[12]` for that month alone: table → months looked back.
fn earlier(reader: &mut Reader<'_>, root: &Node<'_>) -> IndexMap<String, past::Months> {
    let Some(node) = reader.table(root, "past", false) else { return IndexMap::new() };
    let tables: Vec<String> = node.table.iter().map(|(name, _)| name.to_owned()).collect();
    let mut months = IndexMap::new();
    for name in tables {
        let number = |n: i64| u32::try_from(n).ok().filter(|n| (1..=past::MOST_MONTHS).contains(n));
        let item = reader.item(&node, &name, true);
        let listed = item.and_then(Item::as_array).filter(|list| !list.is_empty());
        let listed = listed.and_then(|list| list.iter().map(|v| v.as_integer().and_then(number)).collect());
        let within = item.and_then(Item::as_integer).and_then(number);
        match within.map(past::Months::Within).or(listed.map(past::Months::At)) {
            Some(looked_at) => {
                months.insert(name, looked_at);
            }
            None => {
                let message =
                    format!("expected how many months back, from 1 to {}, or a list of such months", past::MOST_MONTHS);
                reader.refuse(&node, &name, "wrong-type", &message);
            }
        }
    }
    months
}

fn legal_basis(reader: &mut Reader<'_>, root: &Node<'_>) -> Vec<LegalBasis> {
    let mut basis = Vec::new();
    for node in reader.list(root, "legal_basis") {
        reader.only(&node, &["law", "article", "verified"]);
        let law = reader.text(&node, "law", true).unwrap_or_default();
        let article = reader.text(&node, "article", false);
        basis.push(LegalBasis { law, article, verified: reader.flag(&node, "verified") });
    }
    basis
}

fn parameters(reader: &mut Reader<'_>, root: &Node<'_>) -> IndexMap<String, Parameter> {
    let mut parameters = IndexMap::new();
    for (name, node) in reader.tables(root, "parameters") {
        reader.only(&node, &["type", "default", "minimum", "doc"]);
        if resolved::PERIOD_PARAMETERS.contains(&name.as_str()) {
            reader.refuse(&node, "type", "reserved-name", &format!("{name} is the run's own parameter"));
        }
        let kind = match reader.word(&node, "type", &["integer", "float", "text", "bool"]).as_deref() {
            Some("integer") => ParameterType::Integer,
            Some("float") => ParameterType::Float,
            Some("text") => ParameterType::Text,
            Some(_) => ParameterType::Bool,
            None => continue,
        };
        let minimum = reader.item(&node, "minimum", false).and_then(number);
        let doc = reader.label(&node, "doc");
        let Some(default) = reader.item(&node, "default", true).and_then(value) else { continue };
        let parameter = Parameter { kind, default, minimum, doc };
        if let Some(why) = parameter.refuse(&parameter.default) {
            reader.refuse(&node, "default", "wrong-type", &why);
        }
        parameters.insert(name, parameter);
    }
    parameters
}

fn number(item: &Item) -> Option<f64> {
    item.as_float().or_else(|| item.as_integer().map(|n| n as f64))
}

/// A plain TOML value as a parameter's value.
#[must_use]
pub fn value(item: &Item) -> Option<ParameterValue> {
    item.as_integer()
        .map(ParameterValue::Integer)
        .or_else(|| item.as_float().map(ParameterValue::Float))
        .or_else(|| item.as_bool().map(ParameterValue::Bool))
        .or_else(|| item.as_str().map(|t| ParameterValue::Text(t.to_owned())))
}

fn columns(reader: &mut Reader<'_>, root: &Node<'_>) -> IndexMap<String, OwnColumn> {
    let mut columns = IndexMap::new();
    for (name, node) in reader.tables(root, "columns") {
        reader.only(&node, &["type", "unit", "title", "labels"]);
        if output::COMMON.contains(&name.as_str()) || output::QUERY_ONLY.contains(&name.as_str()) {
            reader.refuse(&node, "type", "reserved-name", &format!("{name} is a common column"));
        }
        let kind = match reader.word(&node, "type", &["text", "integer", "float", "money", "date"]).as_deref() {
            Some("integer") => ColumnType::Integer,
            Some("float") => ColumnType::Float,
            Some("money") => ColumnType::Money,
            Some("date") => ColumnType::Date,
            _ => ColumnType::Text,
        };
        let unit = reader.text(&node, "unit", false);
        let title = reader.label(&node, "title");
        let labels =
            reader.tables(&node, "labels").iter().map(|(code, n)| (code.clone(), reader.bilingual(n))).collect();
        columns.insert(name, OwnColumn { kind, unit, title, labels });
    }
    columns
}

fn evidence(reader: &mut Reader<'_>, root: &Node<'_>) -> IndexMap<String, Vec<String>> {
    let Some(node) = reader.table(root, "evidence", true) else { return IndexMap::new() };
    let tables: Vec<String> = node.table.iter().map(|(name, _)| name.to_owned()).collect();
    tables.into_iter().map(|name| (name.clone(), reader.texts(&node, &name, true))).collect()
}

/// Holds what the metadata says against the schemas, the laws, the file's name and itself.
fn hold(reader: &mut Reader<'_>, root: &Node<'_>, rule: &Rule, around: &Surroundings<'_>) {
    names(reader, root, rule);
    let tables: Vec<&str> = around.schemas.tables.keys().map(String::as_str).collect();
    for (key, list) in [("inputs", &rule.inputs), ("optional_inputs", &rule.optional_inputs)] {
        for name in list.iter().filter(|name| !tables.contains(&name.as_str())) {
            reader.unknown(
                root,
                key,
                "unknown-table",
                &format!("there is no table {name}"),
                name,
                tables.iter().copied(),
            );
        }
    }
    for name in rule.optional_inputs.iter().filter(|name| rule.inputs.contains(name)) {
        reader.refuse(root, "optional_inputs", "duplicate-input", &format!("{name} stands in inputs as well"));
    }
    let read = |name: &&String| rule.inputs.contains(*name) || rule.optional_inputs.contains(*name);
    for name in rule.suppressed_by.iter().filter(|name| !read(name)) {
        let inputs = rule.inputs.iter().chain(&rule.optional_inputs).map(String::as_str);
        let message = format!("{name} is none of the rule's inputs");
        reader.unknown(root, "suppressed_by", "unknown-table", &message, name, inputs);
    }
    let named = past::names(around.schemas);
    for name in rule.past.keys().filter(|name| !named.contains(name)) {
        let message = format!("there is no table {name}");
        reader.unknown(root, "past", "unknown-table", &message, name, named.iter().map(String::as_str));
    }
    laws(reader, root, rule, around);
    shown(reader, root, rule, around, &tables);
    placeholders(reader, root, rule);
    if let Some(measure) = &rule.measure {
        let numeric = |c: &OwnColumn| !matches!(c.kind, ColumnType::Text | ColumnType::Date);
        if measure != "amount" && !rule.columns.get(measure).is_some_and(numeric) {
            let known = rule.columns.iter().filter(|(_, c)| numeric(c)).map(|(n, _)| n.as_str());
            let message = format!("{measure} is no number among the rule's columns");
            reader.unknown(root, "measure", "unknown-column", &message, measure, known);
        }
    }
}

fn names(reader: &mut Reader<'_>, root: &Node<'_>, rule: &Rule) {
    let mut letters = rule.code.chars();
    let sound = letters.next().is_some_and(|c| c.is_ascii_uppercase())
        && rule.code.len() >= 3
        && letters.all(|c| c.is_ascii_digit());
    if !sound && !rule.code.is_empty() {
        reader.refuse(
            root,
            "code",
            "illegal-value",
            "a code is one capital letter and at least two digits, such as Q01",
        );
    }
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !rule.slug.is_empty() && !rule.slug.chars().all(legal) {
        reader.refuse(root, "slug", "illegal-value", "a slug is lower-case words joined by hyphens");
    }
    let wanted = format!("{}_{}.sql", rule.code, rule.slug.replace('-', "_"));
    let name = rule.file.rsplit(['/', '\\']).next().unwrap_or_default();
    if name != wanted && !rule.code.is_empty() && !rule.slug.is_empty() {
        reader.refuse(root, "code", "file-name", &format!("by its code and slug the file must be named {wanted}"));
    }
}

fn laws(reader: &mut Reader<'_>, root: &Node<'_>, rule: &Rule, around: &Surroundings<'_>) {
    if rule.legal_basis.is_empty() {
        reader.refuse(root, "legal_basis", "missing-key", "a rule names at least one provision");
    }
    for basis in rule.legal_basis.iter().filter(|b| !b.law.is_empty() && !around.laws.contains_key(&b.law)) {
        let known = around.laws.keys().map(String::as_str);
        reader.unknown(
            root,
            "legal_basis",
            "unknown-law",
            &format!("laws.toml has no {}", basis.law),
            &basis.law,
            known,
        );
    }
    if rule.legal_basis.iter().any(|b| b.verified && b.article.is_none()) {
        reader.refuse(root, "legal_basis", "missing-key", "a verified basis names its article");
    }
}

fn shown(reader: &mut Reader<'_>, root: &Node<'_>, rule: &Rule, around: &Surroundings<'_>, tables: &[&str]) {
    let Some(node) = root.table.get("evidence").and_then(Item::as_table_like) else { return };
    let node = Node::within(root, "evidence", node);
    for (table, columns) in &rule.evidence {
        let earlier = past::table_of(table).filter(|t| rule.past.contains_key(*t));
        let Some(schema) = around.schemas.get(earlier.unwrap_or(table)) else {
            reader.unknown(&node, table, "unknown-table", "there is no such table", table, tables.iter().copied());
            continue;
        };
        for column in columns.iter().filter(|c| schema.field(c).is_none()) {
            let known = schema.fields.iter().map(|f| f.name.as_str());
            reader.unknown(&node, table, "unknown-column", &format!("{table} has no column {column}"), column, known);
        }
    }
}

fn placeholders(reader: &mut Reader<'_>, root: &Node<'_>, rule: &Rule) {
    let known: Vec<&str> = message::COMMON
        .into_iter()
        .chain(rule.columns.keys().map(String::as_str))
        .chain(rule.parameters.keys().map(String::as_str))
        .collect();
    for (language, text) in [("zh", &rule.message.zh), ("en", &rule.message.en)] {
        match message::parts(text) {
            Ok(parts) => {
                for name in parts.iter().filter_map(message::Part::name).filter(|name| !known.contains(name)) {
                    let say = format!("{language}: {{{name}}} is no column, parameter or common value");
                    reader.unknown(root, "message", "unknown-placeholder", &say, name, known.iter().copied());
                }
            }
            Err(why) => {
                reader.refuse(root, "message", "message-error", &format!("{language}: {why}"));
            }
        }
    }
}
