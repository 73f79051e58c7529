//! DOCX: parts filled from templates and packed, always in the same order and with the same times.

use std::io::{Cursor, Write};

use indexmap::IndexMap;
use minijinja::Value;
use minijinja::value::Serde;
use serde::Serialize;
use zip::write::SimpleFileOptions;

use super::chart::Chart;
use super::template::Templates;
use crate::error::{Fault, Result};

/// Parts that are the same in every document, by template and by their place in the package.
const FIXED: &[(&str, &str)] = &[
    ("docx/styles.xml", "word/styles.xml"),
    ("docx/settings.xml", "word/settings.xml"),
    ("docx/fonts.xml", "word/fontTable.xml"),
    ("docx/footer_odd.xml", "word/footer1.xml"),
    ("docx/footer_even.xml", "word/footer2.xml"),
];

#[derive(Serialize)]
struct ChartContext<'a> {
    chart: &'a Chart,
}

/// A document: `template` gives its text, `charts` are drawn by the reader's own program from their numbers.
///
/// # Errors
/// [`Fault::Configuration`] when a template is wrong.
pub fn document(
    templates: &Templates,
    template: &str,
    context: &impl Serialize,
    charts: &IndexMap<String, Chart>,
) -> Result<Vec<u8>> {
    let mut parts = vec![
        ("[Content_Types].xml".to_owned(), content_types(charts.len())),
        ("_rels/.rels".to_owned(), PACKAGE.to_owned()),
        ("docProps/core.xml".to_owned(), templates.render("docx/core.xml", context)?),
        ("word/document.xml".to_owned(), templates.render(template, context)?),
        ("word/_rels/document.xml.rels".to_owned(), relationships(charts.len())),
    ];
    for (template, place) in FIXED {
        parts.push(((*place).to_owned(), templates.render(template, context)?));
    }
    for (i, chart) in charts.values().enumerate() {
        let text = templates.render("docx/chart.xml", &ChartContext { chart })?;
        parts.push((format!("word/charts/chart{}.xml", i + 1), text));
    }
    pack(&parts)
}

/// The number of a chart's relation in its document, by the chart's name.
#[must_use]
pub fn chart_numbers(charts: &IndexMap<String, Chart>) -> IndexMap<String, usize> {
    charts.keys().enumerate().map(|(i, id)| (id.clone(), i + 1)).collect()
}

fn pack(parts: &[(String, String)]) -> Result<Vec<u8>> {
    let broken = |error: zip::result::ZipError| Fault::Internal(format!("packing a document: {error}"));
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    // The earliest time that a package can hold, whatever the clock says.
    let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
    for (name, text) in parts {
        archive.start_file(name.as_str(), options).map_err(broken)?;
        archive.write_all(text.as_bytes())?;
    }
    Ok(archive.finish().map_err(broken)?.into_inner())
}

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

const PACKAGE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>
<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/><Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/></Relationships>";

fn content_types(charts: usize) -> String {
    let word = "application/vnd.openxmlformats-officedocument.wordprocessingml";
    let mut out = format!(
        "{HEAD}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/>"
    );
    let mut add = |part: &str, kind: &str| {
        out.push_str(&format!("<Override PartName=\"/{part}\" ContentType=\"{kind}\"/>"));
    };
    add("word/document.xml", &format!("{word}.document.main+xml"));
    add("word/styles.xml", &format!("{word}.styles+xml"));
    add("word/settings.xml", &format!("{word}.settings+xml"));
    add("word/fontTable.xml", &format!("{word}.fontTable+xml"));
    add("word/footer1.xml", &format!("{word}.footer+xml"));
    add("word/footer2.xml", &format!("{word}.footer+xml"));
    add("docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml");
    for i in 1..=charts {
        add(&format!("word/charts/chart{i}.xml"), "application/vnd.openxmlformats-officedocument.drawingml.chart+xml");
    }
    out + "</Types>"
}

fn relationships(charts: usize) -> String {
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let mut out =
        format!("{HEAD}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">");
    let mut add = |id: &str, kind: &str, target: &str| {
        out.push_str(&format!("<Relationship Id=\"{id}\" Type=\"{office}/{kind}\" Target=\"{target}\"/>"));
    };
    add("rIdStyles", "styles", "styles.xml");
    add("rIdSettings", "settings", "settings.xml");
    add("rIdFonts", "fontTable", "fontTable.xml");
    add("rIdOdd", "footer", "footer1.xml");
    add("rIdEven", "footer", "footer2.xml");
    for i in 1..=charts {
        add(&format!("rIdChart{i}"), "chart", &format!("charts/chart{i}.xml"));
    }
    out + "</Relationships>"
}

/// A text in runs of common and of rare characters: the latter are in no official font and need one of their own.
#[must_use]
pub fn runs(text: Value) -> Value {
    let text =
        text.as_str().map_or_else(|| if text.is_none() { String::new() } else { text.to_string() }, str::to_owned);
    let mut runs: Vec<(bool, String)> = Vec::new();
    for c in text.chars() {
        let rare = is_rare(c);
        match runs.last_mut().filter(|(r, _)| *r == rare) {
            Some((_, run)) => run.push(c),
            None => runs.push((rare, c.to_string())),
        }
    }
    let run = |(rare, text)| serde_json::json!({"rare": rare, "text": text});
    Value::from(Serde(runs.into_iter().map(run).collect::<Vec<_>>()))
}

/// Widths of a table's columns in twentieths of a point, by what stands in them, together as wide as the page's text.
#[must_use]
pub fn twips(columns: Value) -> Value {
    const PAGE: usize = 8845;
    let width = |c: Value| c.get_attr("width").ok().and_then(|w| w.as_usize()).unwrap_or(10).clamp(5, 44);
    let widths: Vec<usize> = columns.try_iter().map(|all| all.map(width).collect()).unwrap_or_default();
    let total = widths.iter().sum::<usize>().max(1);
    Value::from(Serde(widths.iter().map(|w| w * PAGE / total).collect::<Vec<_>>()))
}

/// Beyond the 20,902 characters that every Chinese font has.
fn is_rare(c: char) -> bool {
    matches!(u32::from(c), 0x3400..=0x4DBF | 0x9FA6..=0x9FFF | 0x2_0000..=0x3_FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_characters_get_runs_of_their_own() {
        let runs = serde_json::to_value(runs(Value::from("张𠮷㛃明"))).expect("json");
        assert_eq!(
            runs,
            serde_json::json!([{"rare": false, "text": "张"}, {"rare": true, "text": "𠮷㛃"}, {"rare": false, "text": "明"}])
        );
    }

    #[test]
    fn the_same_parts_give_the_same_bytes() {
        let parts = [("a.xml".to_owned(), "<a/>".to_owned()), ("b.xml".to_owned(), "<b/>".to_owned())];
        assert_eq!(pack(&parts).expect("packed"), pack(&parts).expect("packed"));
    }
}
