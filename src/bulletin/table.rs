//! A table of the bulletin: an answer with each value as it is shown.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::named::{ColumnSpec, Kind, Named};
use crate::error::{Fault, Result};
use crate::publish::format::Cell;

/// A column as templates see it.
#[derive(Debug, Clone, Serialize)]
pub struct Column {
    pub name: String,
    pub title: String,
    /// Stands flush right.
    pub number: bool,
    /// How wide its longest text is, in half-width characters.
    pub width: usize,
    #[serde(skip)]
    pub kind: Kind,
}

/// A value: as the query gave it, and as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    #[serde(skip)]
    pub cell: Cell,
    pub text: String,
    /// Only for input cells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Value>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Table {
    pub id: String,
    pub title: String,
    pub note: String,
    /// The query that this answers, as it was asked.
    pub sql: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Shown>>,
}

/// What codes mean: (column, code) → label, table → title, rule → name.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Labels {
    #[serde(skip)]
    pub codes: BTreeMap<(String, String), String>,
    #[serde(skip)]
    pub tables: BTreeMap<String, String>,
    pub rules: BTreeMap<String, String>,
}

impl Labels {
    fn code(&self, column: &str, code: &str) -> String {
        let known = self.codes.get(&(column.to_owned(), code.to_owned())).cloned();
        known.unwrap_or_else(|| match code {
            "unknown" => "未填".to_owned(),
            "unrecognised" => "无法识别".to_owned(),
            other => other.to_owned(),
        })
    }
    /// A rule's code with its name.
    #[must_use]
    pub fn rule(&self, code: &str) -> String {
        self.rules.get(code).map_or_else(|| code.to_owned(), |name| format!("{code} {name}"))
    }
    fn table(&self, name: &str) -> String {
        self.tables.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }
}

impl Table {
    /// An answer under its question's columns.
    ///
    /// # Errors
    /// [`Fault::Internal`] when the answer's columns are not those of the question.
    pub fn new(named: &Named, header: &[String], rows: Vec<Vec<Cell>>, sql: String, labels: &Labels) -> Result<Self> {
        let wanted: Vec<&String> = named.columns.iter().map(|c| &c.name).collect();
        if !wanted.iter().copied().eq(header.iter()) {
            return Err(Fault::Internal(format!("bulletin query {}: answers {header:?}, not {wanted:?}", named.id)));
        }
        let show = |row: Vec<Cell>| named.columns.iter().zip(row).map(|(c, cell)| shown(c, cell, labels)).collect();
        let rows: Vec<Vec<Shown>> = rows.into_iter().map(show).collect();
        let column = |(at, c): (usize, &ColumnSpec)| Column {
            name: c.name.clone(),
            title: c.title.clone(),
            number: c.kind.is_number(),
            width: rows.iter().take(2_000).map(|row| row[at].text.width()).max().unwrap_or(0).max(c.title.width() / 2),
            kind: c.kind,
        };
        Ok(Self {
            id: named.id.clone(),
            title: named.title.clone(),
            note: named.note.clone(),
            sql,
            columns: named.columns.iter().enumerate().map(column).collect(),
            rows,
        })
    }
    /// An empty table that answers no query. A column is written `title` or `title:number`.
    #[must_use]
    pub fn plain(id: &str, title: &str, columns: &[&str]) -> Self {
        let column = |written: &&str| {
            let (title, number) = written.strip_suffix(":number").map_or((*written, false), |title| (title, true));
            let kind = if number { Kind::Count } else { Kind::Text };
            Column { name: title.to_owned(), title: title.to_owned(), number, width: 24, kind }
        };
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            note: String::new(),
            sql: String::new(),
            columns: columns.iter().map(column).collect(),
            rows: Vec::new(),
        }
    }
    #[must_use]
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == column)
    }
    /// A column's values.
    pub fn column(&self, name: &str) -> impl Iterator<Item = &Shown> {
        let at = self.position(name);
        self.rows.iter().filter_map(move |row| at.and_then(|at| row.get(at)))
    }
    /// The sum of a column in hundredths, so that money adds up exactly.
    #[must_use]
    pub fn hundredths(&self, name: &str) -> i128 {
        self.column(name).filter_map(|v| hundredths(&v.cell)).sum()
    }
    /// The sum of a column of whole numbers.
    #[must_use]
    pub fn sum(&self, name: &str) -> i64 {
        i64::try_from(self.hundredths(name) / 100).unwrap_or(i64::MAX)
    }
    /// The rows of which a column holds this text.
    #[must_use]
    pub fn only(&self, column: &str, text: &str) -> Self {
        let at = self.position(column);
        let fits = |row: &&Vec<Shown>| at.and_then(|at| row[at].cell.text()).as_deref() == Some(text);
        Self { rows: self.rows.iter().filter(fits).cloned().collect(), ..self.clone() }
    }
    /// Without a column.
    #[must_use]
    pub fn without(mut self, column: &str) -> Self {
        if let Some(at) = self.position(column) {
            self.columns.remove(at);
            for row in &mut self.rows {
                row.remove(at);
            }
        }
        self
    }
    /// The first rows only.
    #[must_use]
    pub fn first(mut self, rows: usize) -> Self {
        self.rows.truncate(rows);
        self
    }
    /// With a last row of sums of the named columns.
    #[must_use]
    pub fn with_total(mut self, columns: &[&str]) -> Self {
        if self.rows.len() < 2 {
            return self;
        }
        let total = |(at, column): (usize, &Column)| {
            if at == 0 {
                return text_value("合计".to_owned());
            }
            if !columns.contains(&column.name.as_str()) {
                return text_value(String::new());
            }
            let cell = Cell::Number(if column.kind == Kind::Yuan {
                plain_hundredths(self.hundredths(&column.name))
            } else {
                self.sum(&column.name).to_string()
            });
            Shown { text: number(column.kind, &cell), cell, evidence: None }
        };
        let row = self.columns.iter().enumerate().map(total).collect();
        self.rows.push(row);
        self
    }
}

/// A text that no query gave.
#[must_use]
pub fn text_value(text: String) -> Shown {
    Shown { cell: Cell::Text(text.clone()), text, evidence: None }
}

fn shown(column: &ColumnSpec, cell: Cell, labels: &Labels) -> Shown {
    let raw = cell.text().unwrap_or_default();
    let text = match column.kind {
        Kind::Text | Kind::Evidence => raw,
        Kind::Code => labels.code(&column.name, &raw),
        Kind::Rule => labels.rule(&raw),
        Kind::Source => labels.table(&raw),
        Kind::Yes => if raw == "true" { "是" } else { "否" }.to_owned(),
        Kind::Outcome => outcome(&raw, labels),
        kind => number(kind, &cell),
    };
    match (column.kind, cell) {
        (Kind::Evidence, Cell::Nested(cells)) => {
            Shown { cell: Cell::Null, text: String::new(), evidence: Some(worded(cells, labels)) }
        }
        (_, cell) => Shown { cell, text, evidence: None },
    }
}

/// Evidence with the tables' titles in place of their names.
fn worded(mut cells: Value, labels: &Labels) -> Value {
    for cell in cells.as_array_mut().into_iter().flatten() {
        let title = cell["table"].as_str().map(|t| labels.table(t));
        if let (Some(title), Some(object)) = (title, cell.as_object_mut()) {
            object.insert("table".to_owned(), Value::String(title));
        }
    }
    cells
}

fn number(kind: Kind, cell: &Cell) -> String {
    let Some(value) = hundredths(cell) else { return cell.text().unwrap_or_default() };
    match kind {
        Kind::Yuan => grouped_hundredths(value),
        Kind::Rate => {
            let tenths = (value + if value < 0 { -5 } else { 5 }) / 10;
            let sign = if tenths < 0 { "-" } else { "" };
            format!("{sign}{}.{}", grouped(tenths.unsigned_abs() / 10), tenths.unsigned_abs() % 10)
        }
        // Never rounded up to certainty.
        Kind::Percent => {
            let parts = cell.text().and_then(|t| t.parse::<f64>().ok()).unwrap_or_default();
            format!("{:.2}%", (parts * 10_000.0).floor() / 100.0)
        }
        _ => {
            let whole = value / 100;
            let sign = if whole < 0 { "-" } else { "" };
            format!("{sign}{}", grouped(whole.unsigned_abs()))
        }
    }
}

/// What became of a rule, in Chinese.
fn outcome(text: &str, labels: &Labels) -> String {
    if text == "ran" {
        return "已执行".to_owned();
    }
    if text == "switched off" {
        return "已停用".to_owned();
    }
    if let Some(feeds) = text.strip_prefix("not run: no feed (").and_then(|t| t.strip_suffix(')')) {
        let names: Vec<String> = feeds.split(',').map(|f| labels.table(f.trim())).collect();
        return format!("未执行：缺少{}数据", names.join("、"));
    }
    if let Some(rows) = text.strip_prefix("stopped: more than ").and_then(|t| t.strip_suffix(" rows")) {
        return format!("已中止：结果超过{rows}行");
    }
    text.to_owned()
}

/// A number in hundredths; `None` for what is no number. More than two places are rounded.
#[must_use]
pub fn hundredths(cell: &Cell) -> Option<i128> {
    let Cell::Number(text) = cell else { return None };
    let (negative, digits) = text.strip_prefix('-').map_or((false, text.as_str()), |d| (true, d));
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    if !whole.chars().chain(places.chars()).all(|c| c.is_ascii_digit()) {
        #[allow(clippy::cast_possible_truncation)] // Exponents are written for huge and tiny floats only.
        return text.parse::<f64>().ok().map(|x| (x * 100.0).round() as i128);
    }
    let places = format!("{places:0<3}");
    let thousandths: i128 = format!("{whole}{}", &places[..3]).parse().ok()?;
    let value = (thousandths + 5) / 10;
    Some(if negative { -value } else { value })
}

fn plain_hundredths(value: i128) -> String {
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", value.unsigned_abs() / 100, value.unsigned_abs() % 100)
}

/// Money as people write it.
#[must_use]
pub fn grouped_hundredths(value: i128) -> String {
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", grouped(value.unsigned_abs() / 100), value.unsigned_abs() % 100)
}

/// A whole number with a comma after every three digits.
#[must_use]
pub fn grouped(n: u128) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> Cell {
        Cell::Number(text.to_owned())
    }

    #[test]
    fn money_adds_up_to_the_fen_and_is_grouped() {
        assert_eq!(hundredths(&cell("-0.05")), Some(-5));
        assert_eq!(hundredths(&cell("317209.61")), Some(31_720_961));
        assert_eq!(number(Kind::Yuan, &cell("1234567.8")), "1,234,567.80");
        assert_eq!(number(Kind::Signed, &cell("-1500")), "-1,500");
        assert_eq!(number(Kind::Rate, &cell("18.25")), "18.3");
        assert_eq!(hundredths(&Cell::Text("12".to_owned())), None);
    }

    #[test]
    fn no_confidence_is_rounded_up_to_certainty() {
        assert_eq!(number(Kind::Percent, &cell("0.99999")), "99.99%");
        assert_eq!(number(Kind::Percent, &cell("1")), "100.00%");
    }

    #[test]
    fn what_became_of_a_rule_names_the_missing_feed() {
        let mut labels = Labels::default();
        labels.tables.insert("deaths".to_owned(), "死亡登记".to_owned());
        assert_eq!(outcome("not run: no feed (deaths)", &labels), "未执行：缺少死亡登记数据");
        assert_eq!(outcome("ran", &labels), "已执行");
    }
}
