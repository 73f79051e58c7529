//! PDF, typeset by Typst (cargo feature `pdf`) from a template that an office may change and from fonts of the machine.
//!
//! `world` is all that a template can see: itself, files beside it, the bulletin's data as values (never as source, so no text can
//! be markup) and the fonts that office.toml names. `fonts` finds those. What cannot be shown fails the PDF alone.

mod fonts;
mod world;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;
use typst::diag::SourceDiagnostic;
use typst::foundations::{Dict, Smart};
use typst::layout::{Frame, FrameItem};
use typst::{World as _, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;

use self::fonts::Fonts;
use self::world::World;
use super::figures::Figures;
use super::office::Office;
use super::template::Templates;
use crate::error::{Fault, Place, Problem, Result, printable};

/// The template's name in the folder of templates.
pub(super) const TEMPLATE: &str = "bulletin.typ";

/// Code of a problem that fails the PDF and no other format: a font that is not there, a character that no font has.
pub(super) const NOT_SHOWN: &str = "not-shown";

/// The bulletin as PDF. The same context and fonts give the same bytes: no clock, an identifier from the run's name.
///
/// # Errors
/// [`Fault::Configuration`]: with the code [`NOT_SHOWN`] when a font or a character is missing, else with the template's line.
pub fn document(
    templates: &Templates,
    office: &Office,
    figures: &Figures,
    context: &impl Serialize,
) -> Result<Vec<u8>> {
    let fonts = Fonts::load(&office.fonts, &templates.shown("office.toml"), templates.folder())?;
    let internal = |e: String| Fault::Internal(format!("typesetting: {e}"));
    let mut data = serde_json::to_value(context).map_err(|e| internal(e.to_string()))?;
    shown(&mut data);
    missing_in_charts(&data, &fonts, figures)?;
    let inputs: Dict = serde_json::from_value(serde_json::json!({
        "data": data,
        "fonts": office.fonts.families,
        // Values in JSON are texts: the picture itself is a file beside the template.
        "logo": office.words.get("logo"),
    }))
    .map_err(|e| internal(e.to_string()))?;
    let world = World::new(templates, fonts, inputs)?;
    let warned = typst::compile::<PagedDocument>(&world);
    let document = warned.output.map_err(|errors| faults(&errors, &world, templates))?;
    let mut missing = BTreeMap::new();
    for page in document.pages() {
        missing_in(&page.frame, &mut missing);
    }
    refuse_missing(missing.into_keys(), figures)?;
    let options = PdfOptions {
        ident: Smart::Custom(figures.run_id.clone()),
        creator: Smart::Custom(Some(figures.program.clone())),
        ..PdfOptions::default()
    };
    let bytes = typst_pdf::pdf(&document, &options).map_err(|errors| faults(&errors, &world, templates));
    // Typst remembers what it laid out; another bulletin of this process has nothing in common with it.
    typst::comemo::evict(0);
    bytes
}

/// Characters that show nothing, and for which fonts have nothing.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

/// Every text as it is safe to be shown: no control characters, none that turn the direction of what follows, none that cannot be seen.
fn shown(data: &mut Json) {
    match data {
        Json::String(text) => {
            let lines: Vec<String> = text.split('\n').map(printable).collect();
            *text = lines.join("\n");
            text.retain(|c| !is_invisible(c));
        }
        Json::Array(all) => all.iter_mut().for_each(shown),
        Json::Object(all) => all.values_mut().for_each(shown),
        _ => {}
    }
}

/// Characters that were laid out without a glyph.
fn missing_in(frame: &Frame, found: &mut BTreeMap<char, ()>) {
    for (_, item) in frame.items() {
        match item {
            FrameItem::Group(group) => missing_in(&group.frame, found),
            FrameItem::Text(text) => {
                for glyph in text.glyphs.iter().filter(|g| g.id == 0) {
                    found.extend(text.text[glyph.range()].chars().map(|c| (c, ())));
                }
            }
            _ => {}
        }
    }
}

/// Charts are drawings: their words are looked up before they are drawn.
fn missing_in_charts(data: &Json, fonts: &Fonts, figures: &Figures) -> Result<()> {
    let mut words = String::new();
    for chart in data["charts"].as_object().into_iter().flat_map(|all| all.values()) {
        for text in chart["labels"].as_array().into_iter().flatten() {
            words.push_str(text.as_str().unwrap_or_default());
        }
        for series in chart["series"].as_array().into_iter().flatten() {
            words.push_str(series["name"].as_str().unwrap_or_default());
        }
    }
    let missing: BTreeMap<char, ()> = words.chars().filter(|c| !fonts.have(*c)).map(|c| (c, ())).collect();
    refuse_missing(missing.into_keys(), figures)
}

/// Names each character with the unit, or else the text, that it stands in.
fn refuse_missing(missing: impl Iterator<Item = char>, figures: &Figures) -> Result<()> {
    let problem = |c: char| {
        let what = format!("no font has the character {} (U+{:04X})", printable(&c.to_string()), u32::from(c));
        let place = place_of(c, figures).map(|p| format!(", which stands in {p}")).unwrap_or_default();
        let hint = "name a font that has it under [fonts] in office.toml, or make another format / \
                    在 office.toml 的 [fonts] 中指定含有该字的字体,或改用其他格式";
        Problem::new(Place::file("bulletin.pdf"), NOT_SHOWN, what + &place).hint(hint)
    };
    let problems: Vec<Problem> = missing.map(problem).collect();
    if problems.is_empty() { Ok(()) } else { Err(Fault::Configuration(problems)) }
}

/// The first unit whose row shows the character, or the text itself where the row has no unit.
fn place_of(c: char, figures: &Figures) -> Option<String> {
    let mut elsewhere = None;
    for table in figures.tables.values() {
        let unit = table.position("unit_name");
        for row in &table.rows {
            let Some(value) = row.iter().find(|v| v.text.contains(c)) else { continue };
            if let Some(unit) = unit.and_then(|at| row.get(at)) {
                return Some(format!("{} ({})", printable(&unit.text), table.title));
            }
            elsewhere.get_or_insert_with(|| {
                let text: String = value.text.chars().take(60).collect();
                format!("{} ({})", printable(&text), table.title)
            });
        }
    }
    elsewhere
}

/// Typst's complaints with file and line.
fn faults(errors: &[SourceDiagnostic], world: &World<'_>, templates: &Templates) -> Fault {
    let problem = |error: &SourceDiagnostic| {
        // A mistake inside a function is told where the template called it when it is not in the template itself.
        let file = error.span.id().unwrap_or_else(|| world.main());
        let name = file.get().vpath().get_without_slash().to_owned();
        let mut place = Place::file(templates.shown(&name));
        let source = world.source(file).ok();
        let at = source.as_ref().zip(world.range(error.span));
        let line = at.and_then(|(s, range)| s.lines().byte_to_line(range.start).map(|l| (l, s.text().lines().nth(l))));
        place.row = line.and_then(|(l, _)| u32::try_from(l + 1).ok());
        let mut problem = Problem::new(place, "template", error.message.as_str());
        let text = line.and_then(|(_, text)| text).map(|t| format!("the line reads: {}", printable(t.trim())));
        problem.hint = text.or_else(|| error.hints.first().map(|h| h.v.to_string()));
        problem
    };
    Fault::Configuration(errors.iter().map(problem).collect())
}
