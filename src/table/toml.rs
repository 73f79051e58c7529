//! Reading TOML so that every mistake is reported at once, each with its line, its key path and the nearest valid name.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike, Value};

use crate::error::{Place, Problem, nearest};

/// A TOML file being read, and what was found wrong with it.
pub struct Reader<'a> {
    label: &'a str,
    text: &'a str,
    pub problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    /// Parses the text.
    ///
    /// # Errors
    /// One problem with the line at which it stops being TOML.
    pub fn parse(label: &'a str, text: &'a str) -> Result<(Self, Document<String>), Vec<Problem>> {
        let reader = Self { label, text, problems: Vec::new() };
        match Document::parse(text.to_owned()) {
            Ok(document) => Ok((reader, document)),
            Err(error) => {
                Err(vec![Problem::new(reader.place(error.span()), "toml-syntax", error.message().to_owned())])
            }
        }
    }

    /// The place of a span: this file and its line.
    #[must_use]
    pub fn place(&self, span: Option<Range<usize>>) -> Place {
        let place = Place::file(self.label);
        match span {
            Some(span) => {
                let line = self.text.get(..span.start).map_or(1, |before| before.matches('\n').count() + 1);
                place.row(u32::try_from(line).unwrap_or(u32::MAX))
            }
            None => place,
        }
    }

    pub fn problem(&mut self, span: Option<Range<usize>>, code: &'static str, message: String) {
        let place = self.place(span);
        self.problems.push(Problem::new(place, code, message));
    }

    /// Reports every key of `table` that is not among `known`, with the nearest one that is.
    pub fn only(&mut self, path: &str, table: &dyn TableLike, known: &[&str]) {
        for (name, item) in table.iter() {
            if known.contains(&name) {
                continue;
            }
            let span = table.key(name).and_then(toml_edit::Key::span).or_else(|| item.span());
            let mut problem =
                Problem::new(self.place(span), "unknown-key", format!("unknown key {}", join(path, name)));
            problem.hint = match nearest(name, known.iter().copied()) {
                Some(near) => Some(format!("did you mean {near}?")),
                None => Some(format!("known keys here: {}", known.join(", "))),
            };
            self.problems.push(problem);
        }
    }

    fn typed<T>(
        &mut self,
        path: &str,
        table: &dyn TableLike,
        name: &str,
        what: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Option<T> {
        let item = table.get(name)?;
        let value = item.as_value().and_then(read);
        if value.is_none() {
            let message = format!("{} must be {what}, not {}", join(path, name), item.type_name());
            self.problem(item.span(), "wrong-type", message);
        }
        value
    }

    pub fn text(&mut self, path: &str, table: &dyn TableLike, name: &str) -> Option<String> {
        self.typed(path, table, name, "a text", |v| v.as_str().map(str::to_owned))
    }

    /// A text that must be there.
    pub fn required_text(&mut self, path: &str, table: &dyn TableLike, name: &str, at: Option<Range<usize>>) -> String {
        if !table.contains_key(name) {
            self.problem(at, "missing-key", format!("{} is missing", join(path, name)));
        }
        self.text(path, table, name).unwrap_or_default()
    }

    pub fn boolean(&mut self, path: &str, table: &dyn TableLike, name: &str) -> Option<bool> {
        self.typed(path, table, name, "true or false", Value::as_bool)
    }

    /// A whole number within `range`.
    pub fn integer(&mut self, path: &str, table: &dyn TableLike, name: &str, range: Range<i64>) -> Option<i64> {
        let value = self.typed(path, table, name, "a whole number", Value::as_integer)?;
        if range.contains(&value) {
            return Some(value);
        }
        let message = format!("{} is {value}, outside {} to {}", join(path, name), range.start, range.end - 1);
        self.problem(table.get(name).and_then(Item::span), "out-of-range", message);
        None
    }

    /// A number between 0 and 1.
    pub fn share(&mut self, path: &str, table: &dyn TableLike, name: &str) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "0 or 1 written without a point")]
        let value =
            self.typed(path, table, name, "a number", |v| v.as_float().or_else(|| v.as_integer().map(|i| i as f64)))?;
        if (0.0..=1.0).contains(&value) {
            return Some(value);
        }
        let message = format!("{} is {value}, outside 0 to 1", join(path, name));
        self.problem(table.get(name).and_then(Item::span), "out-of-range", message);
        None
    }

    pub fn texts(&mut self, path: &str, table: &dyn TableLike, name: &str) -> Vec<String> {
        let list = |v: &Value| v.as_array()?.iter().map(|v| v.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
        self.typed(path, table, name, "a list of texts", list).unwrap_or_default()
    }

    /// A table below `table`, read by `each` when it is there.
    pub fn within(
        &mut self,
        path: &str,
        table: &dyn TableLike,
        name: &str,
        read: impl FnOnce(&mut Self, &str, &dyn TableLike),
    ) {
        let Some(item) = table.get(name) else { return };
        let path = join(path, name);
        match item.as_table_like() {
            Some(inner) => read(self, &path, inner),
            None => {
                self.problem(item.span(), "wrong-type", format!("{path} must be a table, not {}", item.type_name()))
            }
        }
    }
}

/// `a.b` from `a` and `b`.
#[must_use]
pub fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
