//! office.toml beside the templates: who issues the bulletin, in which words, and its limits.

use std::collections::BTreeMap;

use serde::Serialize;
use toml_edit::Item;

use super::template::Templates;
use crate::error::{Fault, Place, Problem, Result, nearest};

const FILE: &str = "office.toml";

#[derive(Debug, Clone, Default, Serialize)]
pub struct Office {
    /// Whatever words the templates use, by key.
    pub words: BTreeMap<String, String>,
    pub limits: Limits,
    /// The logo as a data URI; empty without one.
    pub logo: String,
    #[serde(skip)]
    pub fonts: Fonts,
}

/// Fonts for formats that carry them: only PDF.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fonts {
    /// Files, or folders to look below; relative ones stand beside the templates.
    pub paths: Vec<String>,
    /// What a font is for → families, the first that is there being used.
    pub families: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Months running from which a problem counts as overdue.
    pub overdue_months: i64,
    /// Units with fewer staff are not ranked.
    pub ranked_from: i64,
    /// Units ranked.
    pub top: i64,
    /// Cases told.
    pub cases: i64,
    /// Early warnings listed; all of them stand in the table early_warning.
    pub warnings: i64,
    /// Numbers of persons below this are not shown.
    pub small_below: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { overdue_months: 3, ranked_from: 10, top: 15, cases: 10, warnings: 500, small_below: 5 }
    }
}

impl Limits {
    fn named(&mut self) -> [(&'static str, &mut i64); 6] {
        [
            ("overdue_months", &mut self.overdue_months),
            ("ranked_from", &mut self.ranked_from),
            ("top", &mut self.top),
            ("cases", &mut self.cases),
            ("warnings", &mut self.warnings),
            ("small_below", &mut self.small_below),
        ]
    }
}

impl Office {
    /// # Errors
    /// [`Fault::Configuration`] with the line of the mistake.
    pub fn load(templates: &Templates) -> Result<Self> {
        // What the office leaves out stays as it ships.
        let shipped = parse(Templates::built_in(FILE), FILE, Self::default())?;
        let text = templates.text(FILE)?;
        let shown = templates.shown(FILE);
        let mut office = parse(&text, &shown, shipped)?;
        let logo = office.words.get("logo").cloned().unwrap_or_default();
        if !logo.is_empty() {
            office.logo = data_uri(&logo, &templates.bytes(&logo)?, &shown)?;
        }
        Ok(office)
    }
}

fn parse(text: &str, shown: &str, base: Office) -> Result<Office> {
    let line_of = |at: usize| u32::try_from(text[..at.min(text.len())].matches('\n').count() + 1).unwrap_or(u32::MAX);
    let place = |span: Option<std::ops::Range<usize>>| {
        let mut place = Place::file(shown);
        place.row = span.map(|s| line_of(s.start));
        place
    };
    // Spans live on the parsed text only, not on the document made of it to be edited.
    let document = toml_edit::Document::parse(text.to_owned())
        .map_err(|e| Fault::Configuration(vec![Problem::new(place(e.span()), "office", e.message())]))?;
    let Office { mut words, mut limits, mut fonts, .. } = base;
    let mut problems = Vec::new();
    for (section, item) in document.as_table() {
        let Some(table) = item.as_table() else {
            problems.push(Problem::new(place(item.span()), "office", format!("{section} is no section")));
            continue;
        };
        for (key, item) in table {
            match section {
                "words" => match item.as_str() {
                    Some(text) => {
                        words.insert(key.to_owned(), text.to_owned());
                    }
                    None => problems.push(Problem::new(place(item.span()), "office", format!("{key} is no text"))),
                },
                "limits" => {
                    if let Some(problem) = set(&mut limits, key, item) {
                        problems.push(Problem { place: place(item.span()), ..problem });
                    }
                }
                "fonts" => {
                    if let Some(problem) = set_fonts(&mut fonts, key, item) {
                        problems.push(Problem { place: place(item.span()), ..problem });
                    }
                }
                other => {
                    let mut problem =
                        Problem::new(place(item.span()), "office", format!("no section [{other}] is known"));
                    problem.hint = nearest(other, ["words", "limits", "fonts"]).map(|n| format!("did you mean [{n}]?"));
                    problems.push(problem);
                }
            }
        }
    }
    if problems.is_empty() {
        Ok(Office { words, limits, logo: String::new(), fonts })
    } else {
        Err(Fault::Configuration(problems))
    }
}

fn set(limits: &mut Limits, key: &str, item: &Item) -> Option<Problem> {
    let wrong = |message: String| Some(Problem::new(Place::default(), "office", message));
    let mut named = limits.named();
    let names: Vec<&str> = named.iter().map(|(name, _)| *name).collect();
    let Some((_, limit)) = named.iter_mut().find(|(name, _)| *name == key) else {
        let mut problem = Problem::new(Place::default(), "office", format!("no limit {key} is known"));
        problem.hint = nearest(key, names).map(|n| format!("did you mean {n}?"));
        return Some(problem);
    };
    match item.as_integer() {
        Some(n) if (1..=10_000).contains(&n) => {
            **limit = n;
            None
        }
        _ => wrong(format!("{key} is a whole number from 1 to 10000")),
    }
}

/// `paths`, or the families of one use: a mistyped one is told.
fn set_fonts(fonts: &mut Fonts, key: &str, item: &Item) -> Option<Problem> {
    let texts =
        item.as_array().map(|all| all.iter().map(|v| v.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>());
    let Some(texts) = texts.flatten().filter(|all| !all.is_empty()) else {
        return Some(Problem::new(Place::default(), "office", format!("{key} is a list of texts")));
    };
    if key == "paths" {
        fonts.paths = texts;
        return None;
    }
    if !ROLES.contains(&key) {
        let mut problem = Problem::new(Place::default(), "office", format!("no font {key} is known"));
        problem.hint = nearest(key, ROLES.into_iter().chain(["paths"])).map(|n| format!("did you mean {n}?"));
        return Some(problem);
    }
    fonts.families.insert(key.to_owned(), texts);
    None
}

/// What fonts are for.
const ROLES: [&str; 6] = ["title", "body", "heading", "subheading", "number", "rare"];

fn data_uri(name: &str, bytes: &[u8], shown: &str) -> Result<String> {
    let kind = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        "image/png"
    } else if bytes.starts_with(b"\xFF\xD8\xFF") {
        "image/jpeg"
    } else {
        let message = format!("the logo {name} is neither PNG nor JPEG");
        return Err(Fault::configuration(Place::file(shown), "office", message));
    };
    Ok(format!("data:{kind};base64,{}", base64(bytes)))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let [a, b, c] = [0, 1, 2].map(|i| u32::from(chunk.get(i).copied().unwrap_or_default()));
        let bits = a << 16 | b << 8 | c;
        for i in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * i) & 63) as usize];
            out.push(if i > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_told_with_its_line() {
        let fault = parse("[limits]\ntop = 20\noverdue_month = 3\n", "office.toml", Office::default())
            .expect_err("mistyped")
            .to_string();
        assert!(fault.contains("row 3") && fault.contains("overdue_months"), "{fault}");
        let fault = parse("[limits]\ntop = 0\n", "office.toml", Office::default()).expect_err("too small").to_string();
        assert!(fault.contains("row 2"), "{fault}");
        let fault = parse("[words]\nname = \n", "office.toml", Office::default()).expect_err("no TOML").to_string();
        assert!(fault.contains("row 2"), "{fault}");
        assert_eq!(parse("[limits]\ntop = 20\n", "office.toml", Office::default()).expect("sound").limits.top, 20);
    }

    #[test]
    fn a_logo_is_carried_inside() {
        assert_eq!(base64(b"Man"), "TWFu");
        assert_eq!(base64(b"Ma"), "TWE=");
        assert_eq!(base64(b"M"), "TQ==");
        assert!(data_uri("x.svg", b"<svg onload=x>", "office.toml").is_err());
    }
}
