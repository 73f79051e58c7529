//! The monthly bulletin and the units' dossiers: figures from the published tables only, each the answer to a query that is printed
//! with it, held against one another before anything is written.
//!
//! `named` has the questions, `figures` asks them, `reconcile` checks the answers, `small` hides what may not be circulated,
//! `chart` draws. `template` fills the office's templates into HTML, Markdown and, through `docx`, DOCX; `xlsx` makes the working
//! copy; `pdf` typesets what is printed; `dossier` deals the answers out to the units; `receipts` tells senders what was wrong with their files; `write` puts all files in place at once.

pub mod chart;
pub mod docx;
pub mod dossier;
pub mod figures;
pub mod named;
pub mod office;
#[cfg(feature = "pdf")]
pub mod pdf;
pub mod receipts;
pub mod reconcile;
pub mod small;
pub mod table;
pub mod template;
pub mod write;
pub mod xlsx;

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::Serialize;

use self::dossier::Units;
use self::figures::{Figures, Scope};
use self::office::Office;
use self::template::Templates;
use self::write::Outbox;
use crate::error::{Fault, Place, Problem, Result};
use crate::kernel::dates::Month;
use crate::publish::{self, query::Reading};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    Html,
    Docx,
    Xlsx,
    Markdown,
    /// Only in a program built with the feature `pdf`.
    Pdf,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The published folder.
    pub out: PathBuf,
    /// The month, or the newest published.
    pub period: Option<Month>,
    /// Where the files go, or `<out>/bulletin/<period>`.
    pub to: Option<PathBuf>,
    pub formats: Vec<Format>,
    pub units: Option<Units>,
    /// A receipt for every file that was read.
    pub receipts: bool,
    /// The office's templates, or the built-in ones.
    pub templates: Option<PathBuf>,
}

/// What was made.
#[derive(Debug, Clone)]
pub struct Made {
    pub period: Month,
    /// In the order they were made.
    pub files: Vec<PathBuf>,
    /// Units that got a dossier.
    pub units: usize,
    /// Files that got a receipt.
    pub receipts: usize,
    /// The month in sentences.
    pub summary: Vec<String>,
    /// Checks that hold, all of them.
    pub checks: usize,
    /// Why a format that was asked for is not among the files: what only one format cannot show does not hold up the others.
    pub not_made: Vec<Problem>,
}

#[derive(Serialize)]
struct Context<'a> {
    office: &'a Office,
    title: String,
    #[serde(flatten)]
    figures: &'a Figures,
    chart_numbers: IndexMap<String, usize>,
    summary: &'a [String],
    findings_shown: usize,
}

/// Findings listed in formats that are read from top to bottom; the workbook has all of them.
const FINDINGS_SHOWN: usize = 2_000;

/// Makes the bulletin of a published month, or nothing.
///
/// # Errors
/// [`Fault::Configuration`] when the month is not published, a template is wrong, a unit unknown or the folder not writable;
/// [`Fault::Reconciliation`] when the figures do not balance; [`Fault::Machine`].
pub fn make(request: &Request) -> Result<Made> {
    let (period, previous) = period(&request.out, request.period)?;
    let templates = Templates::load(request.templates.as_deref())?;
    let office = Office::load(&templates)?;
    let manifest = publish::manifest(&request.out, period)?
        .ok_or_else(|| Fault::Reconciliation(format!("{period} has no manifest")))?;
    let mut reading = Reading::open(&request.out)?;
    let scope = Scope { period, previous, manifest: &manifest, limits: office.limits };
    let figures = figures::gather(&mut reading, &scope)?;
    let summary = summary(&templates, &office, &figures)?;

    let folder = request.to.clone().unwrap_or_else(|| request.out.join("bulletin").join(period.to_string()));
    let mut outbox = Outbox::open(&folder)?;
    let not_made = bulletin(&templates, &office, &figures, &summary, &request.formats, &mut outbox)?;
    let units = match &request.units {
        Some(units) => {
            let formats = dossier::Formats {
                html: request.formats.contains(&Format::Html),
                docx: request.formats.contains(&Format::Docx),
            };
            dossier::write(&mut reading, &figures, &office, &templates, units, formats, &mut outbox)?
        }
        None => 0,
    };
    let receipts = if request.receipts { receipts::write(&mut reading, &figures, &office, &mut outbox)? } else { 0 };
    Ok(Made { period, files: outbox.finish()?, units, receipts, summary, checks: figures.balances.len(), not_made })
}

/// The month asked for and the one published before it.
fn period(out: &Path, wanted: Option<Month>) -> Result<(Month, Option<Month>)> {
    let published = publish::published_periods(out)?;
    let place = Place::file(out.display().to_string());
    let Some(newest) = published.last().copied() else {
        return Err(Fault::Configuration(vec![
            Problem::new(place, "nothing-published", "nothing is published here")
                .hint("hedui run publishes a period; --out names the folder"),
        ]));
    };
    let period = wanted.unwrap_or(newest);
    if !published.contains(&period) {
        let list: Vec<String> = published.iter().map(ToString::to_string).collect();
        return Err(Fault::Configuration(vec![
            Problem::new(place, "not-published", format!("{period} is not published here"))
                .hint(format!("published: {}", list.join(", "))),
        ]));
    }
    Ok((period, published.iter().copied().rfind(|p| *p < period)))
}

/// The month in sentences, one a line of the template.
fn summary(templates: &Templates, office: &Office, figures: &Figures) -> Result<Vec<String>> {
    #[derive(Serialize)]
    struct Plain<'a> {
        office: &'a Office,
        #[serde(flatten)]
        figures: &'a Figures,
    }
    let text = templates.render("summary.txt", &Plain { office, figures })?;
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

fn bulletin(
    templates: &Templates,
    office: &Office,
    figures: &Figures,
    summary: &[String],
    formats: &[Format],
    outbox: &mut Outbox,
) -> Result<Vec<Problem>> {
    let mut not_made = Vec::new();
    let mut short = figures.clone();
    if let Some(findings) = short.tables.get_mut("findings") {
        findings.rows.truncate(FINDINGS_SHOWN);
    }
    let context = Context {
        office,
        title: format!("{}{}", figures.month, office.words.get("title").map(String::as_str).unwrap_or_default()),
        chart_numbers: docx::chart_numbers(&short.charts),
        figures: &short,
        summary,
        findings_shown: FINDINGS_SHOWN,
    };
    for format in formats {
        match format {
            Format::Html => outbox.put("bulletin.html", templates.render("bulletin.html", &context)?.as_bytes())?,
            Format::Markdown => outbox.put("bulletin.md", templates.render("bulletin.md", &context)?.as_bytes())?,
            Format::Docx => {
                outbox
                    .put("bulletin.docx", &docx::document(templates, "docx/bulletin.xml", &context, &short.charts)?)?;
            }
            Format::Xlsx => outbox.put("bulletin.xlsx", &xlsx::workbook(figures, office, summary)?)?,
            Format::Pdf => match typeset(templates, office, &context) {
                Err(Fault::Configuration(problems)) if formats.len() > 1 && is_of_one_format(&problems) => {
                    not_made = problems;
                }
                made => outbox.put("bulletin.pdf", &made?)?,
            },
        }
    }
    Ok(not_made)
}

/// A font or a character that is missing says nothing against the other formats; a wrong template stops everything.
#[cfg(feature = "pdf")]
fn is_of_one_format(problems: &[Problem]) -> bool {
    problems.iter().all(|p| p.code == pdf::NOT_SHOWN)
}

#[cfg(feature = "pdf")]
fn typeset(templates: &Templates, office: &Office, context: &Context<'_>) -> Result<Vec<u8>> {
    pdf::document(templates, office, context.figures, context)
}

#[cfg(not(feature = "pdf"))]
fn is_of_one_format(_: &[Problem]) -> bool {
    false
}

#[cfg(not(feature = "pdf"))]
fn typeset(_: &Templates, _: &Office, _: &Context<'_>) -> Result<Vec<u8>> {
    Err(without_pdf())
}

/// What to do when a PDF is wanted of a program that was built without.
#[must_use]
pub fn without_pdf() -> Fault {
    let message = "this program was built without PDF / 本程序编译时未包含 PDF 功能";
    let hint = "build it with: cargo build --release --features pdf; or make --format docx and convert it: soffice --headless \
                --convert-to pdf bulletin.docx; or print bulletin.html from a browser / 用 --features pdf 重新编译;或先生成 \
                docx,再用 WPS 或 LibreOffice 另存为 PDF,或在浏览器中打印 bulletin.html";
    Fault::Configuration(vec![Problem::new(Place::file("--format pdf"), "no-pdf", message).hint(hint)])
}
