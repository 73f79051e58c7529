//! Reads TOML with every mistake told at once: the file, the line, the key's path and the nearest valid name.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike, Value};

use super::rule::Label;
use crate::error::{Place, Problem, nearest};

/// A TOML text inside a file, and the mistakes found in it so far.
#[derive(Debug)]
pub struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    /// Line of the file on which the text begins, from 1.
    first_line: usize,
    pub problems: Vec<Problem>,
}

/// A table of the text under its path from the root, such as `parameters.s1_from`.
#[derive(Clone)]
pub struct Node<'t> {
    pub path: String,
    pub table: &'t dyn TableLike,
    span: Option<Range<usize>>,
}

impl<'t> Node<'t> {
    /// The table at a key of `parent`.
    #[must_use]
    pub fn within(parent: &Node<'t>, key: &str, table: &'t dyn TableLike) -> Self {
        let span = parent.table.key(key).and_then(toml_edit::Key::span).or_else(|| parent.span.clone());
        Self { path: parent.path_of(key), table, span }
    }
    #[must_use]
    pub fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

impl<'a> Reader<'a> {
    #[must_use]
    pub fn new(file: &'a str, text: &'a str, first_line: usize) -> Self {
        Self { file, text, first_line, problems: Vec::new() }
    }

    /// The parsed text, or one problem when it is no TOML.
    pub fn parse(&mut self) -> Option<Document<&'a str>> {
        match Document::parse(self.text) {
            Ok(document) => Some(document),
            Err(error) => {
                let place = self.place(error.span());
                self.problems.push(Problem::new(place, "toml-error", error.message().to_owned()));
                None
            }
        }
    }

    #[must_use]
    pub fn root<'t>(&self, document: &'t Document<&'a str>) -> Node<'t> {
        Node { path: String::new(), table: document.as_table(), span: Some(0..0) }
    }

    #[must_use]
    pub fn place(&self, span: Option<Range<usize>>) -> Place {
        let start = span.map_or(0, |s| s.start).min(self.text.len());
        let line = self.first_line + self.text.as_bytes()[..start].iter().filter(|&&b| b == b'\n').count();
        Place::file(self.file).row(u32::try_from(line).unwrap_or(u32::MAX))
    }

    fn place_of(&self, node: &Node<'_>, key: &str) -> Place {
        let own = node.table.key(key).and_then(toml_edit::Key::span);
        self.place(own.or_else(|| node.table.get(key).and_then(Item::span)).or_else(|| node.span.clone()))
    }

    /// One mistake at a key.
    pub fn refuse(&mut self, node: &Node<'_>, key: &str, code: &'static str, message: &str) -> &mut Problem {
        let place = self.place_of(node, key);
        self.problems.push(Problem::new(place, code, format!("{}: {message}", node.path_of(key))));
        let last = self.problems.len() - 1;
        &mut self.problems[last]
    }

    /// One mistake at a key whose value should have been one of `known`.
    pub fn unknown<'k>(
        &mut self,
        node: &Node<'_>,
        key: &str,
        code: &'static str,
        message: &str,
        name: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) {
        let hint = nearest(name, known).map(|near| format!("did you mean {near}?"));
        self.refuse(node, key, code, message).hint = hint;
    }

    /// Every key that is not in `known`.
    pub fn only(&mut self, node: &Node<'_>, known: &[&str]) {
        let keys: Vec<String> = node.table.iter().map(|(key, _)| key.to_owned()).collect();
        for key in keys.iter().filter(|key| !known.contains(&key.as_str())) {
            self.unknown(node, key, "unknown-key", "unknown key", key, known.iter().copied());
        }
    }

    fn wrong(&mut self, node: &Node<'_>, key: &str, wanted: &str, item: &Item) {
        self.refuse(node, key, "wrong-type", &format!("expected {wanted}, found {}", item.type_name()));
    }

    /// The item at a key; a missing required one is a mistake.
    pub fn item<'t>(&mut self, node: &Node<'t>, key: &str, required: bool) -> Option<&'t Item> {
        let found = node.table.get(key);
        if found.is_none() && required {
            self.refuse(node, key, "missing-key", "is missing");
        }
        found
    }

    /// Text that is not empty.
    pub fn text(&mut self, node: &Node<'_>, key: &str, required: bool) -> Option<String> {
        let item = self.item(node, key, required)?;
        match item.as_str() {
            Some(text) if !text.trim().is_empty() => Some(text.to_owned()),
            Some(_) => {
                self.refuse(node, key, "empty-text", "is empty");
                None
            }
            None => {
                self.wrong(node, key, "text", item);
                None
            }
        }
    }

    /// One of a few words.
    pub fn word(&mut self, node: &Node<'_>, key: &str, legal: &[&str]) -> Option<String> {
        let text = self.text(node, key, true)?;
        if legal.contains(&text.as_str()) {
            return Some(text);
        }
        let message = format!("{text:?} is none of {}", legal.join(", "));
        self.unknown(node, key, "illegal-value", &message, &text, legal.iter().copied());
        None
    }

    pub fn flag(&mut self, node: &Node<'_>, key: &str) -> bool {
        let Some(item) = self.item(node, key, false) else { return false };
        item.as_bool().unwrap_or_else(|| {
            self.wrong(node, key, "true or false", item);
            false
        })
    }

    /// A list of texts.
    pub fn texts(&mut self, node: &Node<'_>, key: &str, required: bool) -> Vec<String> {
        let Some(item) = self.item(node, key, required) else { return Vec::new() };
        let Some(array) = item.as_array() else {
            self.wrong(node, key, "a list of texts", item);
            return Vec::new();
        };
        let texts: Option<Vec<String>> = array.iter().map(|v| v.as_str().map(str::to_owned)).collect();
        texts.unwrap_or_else(|| {
            self.refuse(node, key, "wrong-type", "expected a list of texts");
            Vec::new()
        })
    }

    /// A table or inline table.
    pub fn table<'t>(&mut self, node: &Node<'t>, key: &str, required: bool) -> Option<Node<'t>> {
        let item = self.item(node, key, required)?;
        let Some(table) = item.as_table_like() else {
            self.wrong(node, key, "a table", item);
            return None;
        };
        let span = node.table.key(key).and_then(toml_edit::Key::span).or_else(|| item.span());
        Some(Node { path: node.path_of(key), table, span })
    }

    /// The tables of a table, by name.
    pub fn tables<'t>(&mut self, node: &Node<'t>, key: &str) -> Vec<(String, Node<'t>)> {
        let Some(parent) = self.table(node, key, false) else { return Vec::new() };
        let names: Vec<String> = parent.table.iter().map(|(name, _)| name.to_owned()).collect();
        names.into_iter().filter_map(|name| self.table(&parent, &name, true).map(|t| (name, t))).collect()
    }

    /// The inline tables of a list.
    pub fn list<'t>(&mut self, node: &Node<'t>, key: &str) -> Vec<Node<'t>> {
        let Some(item) = self.item(node, key, false) else { return Vec::new() };
        let path = |i: usize| format!("{}[{i}]", node.path_of(key));
        if let Some(tables) = item.as_array_of_tables() {
            return tables.iter().enumerate().map(|(i, t)| Node { path: path(i), table: t, span: t.span() }).collect();
        }
        let inline = |(i, v): (usize, &'t Value)| {
            let table = v.as_inline_table()?;
            Some(Node { path: path(i), table, span: v.span() })
        };
        let nodes: Option<Vec<Node<'t>>> = item.as_array().and_then(|a| a.iter().enumerate().map(inline).collect());
        nodes.unwrap_or_else(|| {
            self.wrong(node, key, "a list of tables", item);
            Vec::new()
        })
    }

    /// A text in Chinese and English: `{ zh = "…", en = "…" }`.
    pub fn label(&mut self, node: &Node<'_>, key: &str) -> Label {
        let Some(child) = self.table(node, key, true) else { return Label::default() };
        self.bilingual(&child)
    }

    /// The two texts of a table with keys zh and en.
    pub fn bilingual(&mut self, node: &Node<'_>) -> Label {
        self.only(node, &["zh", "en"]);
        let mut text = |key| self.text(node, key, true).unwrap_or_default();
        Label { zh: text("zh"), en: text("en") }
    }
}
