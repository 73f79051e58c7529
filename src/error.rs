//! Faults and places.
//!
//! A *fault* stops the run and carries its exit code; a *reject* sets a row aside (`extract`);
//! a *finding* is the product (`detect`). The three are never mixed.

use std::fmt;

/// Where in an input something was found: file, sheet, row (as the spreadsheet shows it, from 1), column.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub file: String,
    pub sheet: Option<String>,
    pub row: Option<u32>,
    pub column: Option<Column>,
}

/// A column of an input: its header as written and its position from 0.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Column {
    pub header: String,
    pub index: usize,
}

impl Place {
    #[must_use]
    pub fn file(file: impl Into<String>) -> Self {
        Self { file: file.into(), ..Self::default() }
    }
    #[must_use]
    pub fn sheet(mut self, sheet: Option<&str>) -> Self {
        self.sheet = sheet.map(str::to_owned);
        self
    }
    #[must_use]
    pub fn row(mut self, row: u32) -> Self {
        self.row = Some(row);
        self
    }
    #[must_use]
    pub fn column(mut self, header: impl Into<String>, index: usize) -> Self {
        self.column = Some(Column { header: header.into(), index });
        self
    }
}

/// The letters a spreadsheet shows above a column: 0 is A, 25 is Z, 26 is AA.
#[must_use]
pub fn column_letters(index: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = index + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(b'A' + u8::try_from(rest % 26).unwrap_or_default());
        rest /= 26;
    }
    letters.iter().rev().map(|&b| char::from(b)).collect()
}

/// Text from outside made safe for a terminal or a log line: control and bidirectional characters are escaped.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let bidi = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}');
        if c.is_control() || bidi {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", printable(&self.file))?;
        if let Some(sheet) = &self.sheet {
            write!(f, " [{}]", printable(sheet))?;
        }
        if let Some(row) = self.row {
            write!(f, " row {row}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column {} ({})", printable(&column.header), column_letters(column.index))?;
        }
        Ok(())
    }
}

/// One thing wrong with a configuration, a schema, a rule or an extract, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    pub place: Place,
    /// Stable slug, such as `unknown-key` or `missing-column`.
    pub code: &'static str,
    pub message: String,
    pub hint: Option<String>,
}

impl Problem {
    #[must_use]
    pub fn new(place: Place, code: &'static str, message: impl Into<String>) -> Self {
        Self { place, code, message: message.into(), hint: None }
    }
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} [{}]", self.place, self.message, self.code)?;
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// A thing that may not be done, in Chinese and English, and what to do instead. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Stable slug, such as `forbidden-move`.
    pub code: &'static str,
    pub zh: String,
    pub en: String,
    pub hint_zh: String,
    pub hint_en: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.en, self.code)?;
        if !self.hint_en.is_empty() {
            write!(f, "\n  hint: {}", self.hint_en)?;
        }
        Ok(())
    }
}

/// Refuses something, for a reason in both languages.
#[must_use]
pub fn refused(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Refusal {
    Refusal { code, zh: zh.into(), en: en.into(), hint_zh: String::new(), hint_en: String::new() }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl Refusal {
    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.hint_zh = zh.into();
        self.hint_en = en.into();
        self
    }
    /// The same in Chinese.
    #[must_use]
    pub fn in_chinese(&self) -> String {
        let hint = if self.hint_zh.is_empty() { String::new() } else { format!("\n  提示: {}", self.hint_zh) };
        format!("{} [{}]{hint}", self.zh, self.code)
    }
}

/// What stops a run. The exit codes are those of docs/contract.md section 1.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Exit 2: the command line, the pipeline, a schema or a rule is wrong.
    #[error("{}", list(.0))]
    Configuration(Vec<Problem>),
    /// Exit 2: what was asked for may not be done as things stand; nothing was written.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// Exit 3: the extracts are not acceptable; nothing is published.
    #[error("{}", list(.0))]
    Inputs(Vec<Problem>),
    /// Exit 4: a count or a digest does not reconcile; nothing is published.
    #[error("{0}")]
    Reconciliation(String),
    /// Exit 5: another run holds the workspace.
    #[error("{0}")]
    Locked(String),
    /// Exit 6: a passing fault of the machine; safe to run again.
    #[error("{context}: {source}")]
    Machine {
        context: String,
        #[source]
        source: std::io::Error,
    },
    /// Exit 1: a defect of ours.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Fault {
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Internal(_) => 1,
            Self::Configuration(_) | Self::Refused(_) => 2,
            Self::Inputs(_) => 3,
            Self::Reconciliation(_) => 4,
            Self::Locked(_) => 5,
            Self::Machine { .. } => 6,
        }
    }
    /// One configuration problem.
    #[must_use]
    pub fn configuration(place: Place, code: &'static str, message: impl Into<String>) -> Self {
        Self::Configuration(vec![Problem::new(place, code, message)])
    }
}

impl From<std::io::Error> for Fault {
    fn from(source: std::io::Error) -> Self {
        // fs-err already names the path in the error's text.
        Self::Machine { context: "file system".to_owned(), source }
    }
}

pub type Result<T> = std::result::Result<T, Fault>;

/// The known name closest to a mistyped one, if any is near enough to be meant.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|k| (strsim::damerau_levenshtein(name, k), k))
        .filter(|(d, k)| *d <= 1 + k.chars().count() / 3)
        .min()
        .map(|(_, k)| k)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_as_the_spreadsheet_shows_it() {
        let place = Place::file("工资_202610.xlsx").sheet(Some("工资表")).row(1842).column("证件号码", 5);
        assert_eq!(place.to_string(), "工资_202610.xlsx [工资表] row 1842, column 证件号码 (F)");
        assert_eq!(column_letters(26), "AA");
        assert_eq!(column_letters(701), "ZZ");
    }

    #[test]
    fn a_hostile_file_name_cannot_forge_a_line() {
        assert_eq!(Place::file("a\nb\u{202E}c").to_string(), "a\\u{a}b\\u{202e}c");
    }

    #[test]
    fn the_nearest_name_is_offered_only_when_near() {
        assert_eq!(nearest("perod", ["period", "out"]), Some("period"));
        assert_eq!(nearest("zzzzzz", ["period", "out"]), None);
    }
}
