//! A sheet of paper in one language: lines with labels, paragraphs, tables. Templates make DOCX of it, the command line text.

use indexmap::IndexMap;
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::bulletin::docx;
use crate::bulletin::office::Office;
use crate::bulletin::template::Templates;
use crate::error::Result;

/// A column; numbers stand flush right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    pub title: String,
    pub number: bool,
    pub width: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    pub text: String,
}

/// A table under its title.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Grid {
    pub title: String,
    pub note: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Shown>>,
}

impl Grid {
    /// A column is written `title` or `title:number`.
    #[must_use]
    pub fn new(title: &str, columns: &[&str], rows: Vec<Vec<String>>) -> Self {
        let column = |(at, written): (usize, &&str)| {
            let (title, number) = written.strip_suffix(":number").map_or((*written, false), |t| (t, true));
            let widest = rows.iter().filter_map(|r| r.get(at)).map(|t| t.width()).max().unwrap_or(0);
            Column { title: title.to_owned(), number, width: widest.max(title.width()) }
        };
        let columns = columns.iter().enumerate().map(column).collect();
        let rows = rows.into_iter().map(|row| row.into_iter().map(|text| Shown { text }).collect()).collect();
        Self { title: title.to_owned(), note: String::new(), columns, rows }
    }
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

/// A line with its label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    pub label: String,
    pub text: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Page {
    pub title: String,
    pub number: String,
    pub lines: Vec<Line>,
    pub paragraphs: Vec<String>,
    pub tables: Vec<Grid>,
    /// Places to sign.
    pub signatures: Vec<String>,
    pub foot: String,
    /// What stands in a table without rows.
    pub none: String,
}

impl Page {
    pub fn line(&mut self, label: &str, text: impl Into<String>) {
        self.lines.push(Line { label: label.to_owned(), text: text.into() });
    }
}

#[derive(Serialize)]
struct Context<'a> {
    office: &'a Office,
    title: &'a str,
    /// The month that the document's own date is taken from, `2026-10`.
    period: &'a str,
    page: &'a Page,
}

/// The page as DOCX.
///
/// # Errors
/// [`crate::error::Fault::Configuration`] when a template is wrong.
pub fn docx(page: &Page, period: &str, templates: &Templates, office: &Office) -> Result<Vec<u8>> {
    let context = Context { office, title: &page.title, period, page };
    docx::document(templates, "docx/page.xml", &context, &IndexMap::new())
}
