//! Sheets of the desk on their way out: templates, files written whole, pages laid out for the terminal.

use std::path::{Path, PathBuf};

use super::language::Language;
use super::text_table::lay_out;
use crate::bulletin::office::Office;
use crate::bulletin::template::{FOLDER, Templates};
use crate::bulletin::write::Outbox;
use crate::desk::Tongue;
use crate::desk::page::{Grid, Page};
use crate::error::{Result, printable};

/// The office's templates: those named, those of the workspace, or the built-in ones.
pub(super) fn templates(folder: Option<&Path>) -> Result<(Templates, Office)> {
    let here = PathBuf::from(FOLDER);
    let folder = folder.map(Path::to_path_buf).or_else(|| here.is_dir().then_some(here));
    let templates = Templates::load(folder.as_deref())?;
    let office = Office::load(&templates)?;
    Ok((templates, office))
}

/// Writes a file whole or not at all.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mut outbox = Outbox::open(folder)?;
    outbox.put(&name, bytes)?;
    outbox.finish().map(|_| ())
}

pub(super) fn tongue(language: Language) -> Tongue {
    match language {
        Language::Zh => Tongue::Zh,
        Language::En => Tongue::En,
    }
}

/// A page for the terminal.
pub(super) fn text_of(page: &Page) -> String {
    let mut out = vec![printable(&page.title), printable(&page.number), String::new()];
    let lines: Vec<Vec<String>> = page.lines.iter().map(|l| vec![printable(&l.label), printable(&l.text)]).collect();
    let widths = lines.iter().map(|l| unicode_width::UnicodeWidthStr::width(l[0].as_str())).max().unwrap_or(0);
    for line in &lines {
        let pad = " ".repeat(widths - unicode_width::UnicodeWidthStr::width(line[0].as_str()));
        out.push(format!("{}{pad}  {}", line[0], line[1]));
    }
    out.extend(page.paragraphs.iter().flat_map(|p| [String::new(), printable(p)]));
    for grid in &page.tables {
        out.push(String::new());
        out.push(grid_text(grid, &page.none));
    }
    if !page.foot.is_empty() {
        out.extend([String::new(), printable(&page.foot)]);
    }
    out.join("\n")
}

fn grid_text(grid: &Grid, none: &str) -> String {
    let mut out = format!("{}\n", printable(&grid.title));
    if grid.rows.is_empty() {
        return out + none;
    }
    let header: Vec<String> = grid.columns.iter().map(|c| c.title.clone()).collect();
    let rows: Vec<Vec<String>> = grid.rows.iter().map(|row| row.iter().map(|c| printable(&c.text)).collect()).collect();
    let right: Vec<usize> = grid.columns.iter().enumerate().filter(|(_, c)| c.number).map(|(i, _)| i).collect();
    out.push_str(&lay_out(&header, &rows, &right));
    if !grid.note.is_empty() {
        out.push('\n');
        out.push_str(&grid.note);
    }
    out
}
