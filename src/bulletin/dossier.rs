//! One unit, one dossier (一单位一档案), and its notice with a form for the reply. The queries answer for all units at once; here the
//! answers are dealt out.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Serialize;

use super::chart::{Chart, Form};
use super::docx;
use super::figures::{Figures, ask};
use super::named;
use super::office::Office;
use super::small;
use super::table::{Shown, Table};
use super::template::Templates;
use super::write::Outbox;
use crate::error::{Fault, Place, Problem, Result, nearest};
use crate::publish::query::Reading;

/// Whose dossiers are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Units {
    All,
    /// Those with findings that are not closed.
    WithFindings,
    /// By unit key, unit code, credit code or name.
    Named(Vec<String>),
}

/// What a dossier's templates are filled from.
#[derive(Serialize)]
struct Context<'a> {
    office: &'a Office,
    month: &'a str,
    period: &'a str,
    run_id: &'a str,
    program: &'a str,
    unit: &'a IndexMap<String, String>,
    tables: IndexMap<String, Table>,
    charts: &'a IndexMap<String, Chart>,
    chart_numbers: IndexMap<String, usize>,
    verdicts: [&'static str; 5],
    /// How each source's rows came to this unit.
    title: String,
}

/// Writes the dossiers and notices of the wanted units into `units/`; gives how many units.
///
/// # Errors
/// [`Fault::Configuration`] when a unit is unknown or a template wrong, and whatever reading may give.
pub fn write(
    reading: &mut Reading,
    figures: &Figures,
    office: &Office,
    templates: &Templates,
    units: &Units,
    formats: Formats,
    outbox: &mut Outbox,
) -> Result<usize> {
    let mut answers: IndexMap<String, Dealt> = IndexMap::new();
    let mut blank: Vec<Table> = Vec::new();
    let mut questions = named::of_unit()?;
    questions.push(links(reading)?);
    for question in questions {
        let table = ask(reading, &question, &figures.blanks, &figures.labels)?;
        blank.push(Table { rows: Vec::new(), ..table.clone() }.without("unit_key"));
        answers.insert(question.id.clone(), Dealt::of(table));
    }
    let known = profiles(&answers);
    let wanted = choose(units, &known, &answers)?;
    let mut list: Vec<IndexMap<String, String>> = Vec::new();
    for key in wanted {
        let Some(unit) = known.get(key) else { continue };
        let mut tables: IndexMap<String, Table> = IndexMap::new();
        for table in &blank {
            let rows = answers.get(&table.id).map(|a| a.rows(key)).unwrap_or_default();
            let mut table = Table { rows, ..table.clone() };
            small::suppress(&mut table, office.limits.small_below);
            tables.insert(table.id.clone(), table);
        }
        let charts = charts(&tables);
        let context = Context {
            office,
            month: &figures.month,
            period: &figures.period,
            run_id: &figures.run_id,
            program: &figures.program,
            unit,
            chart_numbers: docx::chart_numbers(&charts),
            tables,
            charts: &charts,
            verdicts: super::xlsx::VERDICTS,
            title: format!("{} {}", unit["unit_name"], figures.month),
        };
        one(templates, &context, key, formats, outbox)?;
        list.push(unit.clone());
    }
    let count = list.len();
    if formats.html {
        let page = serde_json::json!({"office": office, "month": figures.month, "period": figures.period, "units": list, "docx": formats.docx});
        outbox.put("units/index.html", templates.render("units.html", &page)?.as_bytes())?;
    }
    Ok(count)
}

/// Which formats dossiers are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Formats {
    pub html: bool,
    pub docx: bool,
}

fn one(templates: &Templates, context: &Context<'_>, key: &str, formats: Formats, outbox: &mut Outbox) -> Result<()> {
    let findings = context.tables.get("findings").is_some_and(|t| !t.rows.is_empty());
    if formats.html {
        outbox.put(&format!("units/{key}.html"), templates.render("dossier.html", context)?.as_bytes())?;
    }
    if formats.docx {
        let bytes = docx::document(templates, "docx/dossier.xml", context, context.charts)?;
        outbox.put(&format!("units/{key}.docx"), &bytes)?;
    }
    // A unit without findings is told nothing.
    if findings && formats.html {
        outbox.put(&format!("units/{key}-notice.html"), templates.render("notice.html", context)?.as_bytes())?;
    }
    if findings && formats.docx {
        let bytes = docx::document(templates, "docx/notice.xml", context, &IndexMap::new())?;
        outbox.put(&format!("units/{key}-notice.docx"), &bytes)?;
    }
    Ok(())
}

/// An answer's rows by unit.
struct Dealt {
    rows: BTreeMap<String, Vec<Vec<Shown>>>,
}

impl Dealt {
    fn of(table: Table) -> Self {
        let at = table.position("unit_key");
        let mut rows: BTreeMap<String, Vec<Vec<Shown>>> = BTreeMap::new();
        for mut row in table.rows {
            let Some(at) = at else { continue };
            let key = row.remove(at).text;
            rows.entry(key).or_default().push(row);
        }
        Self { rows }
    }
    fn rows(&self, key: &str) -> Vec<Vec<Shown>> {
        self.rows.get(key).cloned().unwrap_or_default()
    }
}

/// Unit key → the unit's own row, by column.
fn profiles(answers: &IndexMap<String, Dealt>) -> BTreeMap<String, IndexMap<String, String>> {
    let names = ["unit_name", "unit_code", "credit_code", "nature", "funding", "unit_status"];
    let Some(profile) = answers.get("profile") else { return BTreeMap::new() };
    let unit = |(key, rows): (&String, &Vec<Vec<Shown>>)| {
        let mut unit: IndexMap<String, String> = IndexMap::from([("unit_key".to_owned(), key.clone())]);
        let texts = rows.first().into_iter().flatten().map(|v| v.text.clone());
        unit.extend(names.iter().map(|n| (*n).to_owned()).zip(texts));
        for name in names {
            unit.entry(name.to_owned()).or_default();
        }
        let open = answers.get("findings").map_or(0, |f| f.rows(key).len());
        unit.insert("findings".to_owned(), open.to_string());
        (key.clone(), unit)
    };
    profile.rows.iter().filter(|(key, _)| is_file_name(key)).map(unit).collect()
}

/// A key is what names the files: letters, digits and hyphens only.
fn is_file_name(key: &str) -> bool {
    !key.is_empty() && key.len() <= 100 && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

fn choose<'a>(
    units: &Units,
    known: &'a BTreeMap<String, IndexMap<String, String>>,
    answers: &IndexMap<String, Dealt>,
) -> Result<Vec<&'a str>> {
    let all = known.keys().map(String::as_str);
    let names = match units {
        Units::All => return Ok(all.collect()),
        Units::WithFindings => {
            let found = answers.get("findings");
            return Ok(all.filter(|key| found.is_some_and(|f| f.rows.contains_key(*key))).collect());
        }
        Units::Named(names) => names,
    };
    let mut chosen = Vec::new();
    let mut problems = Vec::new();
    for name in names {
        let is = |unit: &IndexMap<String, String>| {
            ["unit_key", "unit_code", "credit_code", "unit_name"].iter().any(|column| unit[*column] == *name)
        };
        let found: Vec<&str> = known.iter().filter(|(_, unit)| is(unit)).map(|(key, _)| key.as_str()).collect();
        if found.is_empty() {
            let mut problem = Problem::new(Place::file("--unit"), "unknown-unit", format!("{name}: no such unit"));
            let titles = known.values().map(|u| u["unit_name"].as_str());
            problem.hint = nearest(name, titles).map(|n| format!("did you mean {n}?"));
            problems.push(problem);
        }
        chosen.extend(found);
    }
    chosen.sort_unstable();
    chosen.dedup();
    if problems.is_empty() { Ok(chosen) } else { Err(Fault::Configuration(problems)) }
}

fn charts(tables: &IndexMap<String, Table>) -> IndexMap<String, Chart> {
    let wanted: [(&str, Form, &str, &[&str]); 4] = [
        ("quota", Form::Bars, "quota_type", &["quota", "enrolled"]),
        ("age", Form::Bars, "age", &["female", "male"]),
        ("education", Form::Bars, "education", &["female", "male"]),
        ("history", Form::Lines, "period", &["n", "s1"]),
    ];
    let chart = |(id, form, labels, columns): (&str, Form, &str, &[&str])| {
        let table = tables.get(id)?;
        // Quota is drawn for the unit's own posts; the table has the rest.
        let table = if id == "quota" { table.only("bucket", "own") } else { table.clone() };
        Chart::of(&table, form, labels, columns).map(|chart| (id.to_owned(), chart))
    };
    wanted.into_iter().filter_map(chart).collect()
}

/// How many rows of each source were taken for a unit's, and by which evidence.
fn links(reading: &Reading) -> Result<named::Named> {
    let mut parts = Vec::new();
    for table in reading.dictionary.tables.iter().filter(|t| t.path.starts_with("canonical/")) {
        if table.columns.iter().any(|c| c.name == "unit_match") {
            parts.push(format!(
                "SELECT unit_key, '{}' AS source, unit_match, CAST(COUNT(*) AS BIGINT) AS n, MIN(unit_probability) AS probability\nFROM {} WHERE period = '{{period}}' AND unit_key IS NOT NULL {{unit}} GROUP BY unit_key, unit_match",
                table.name(),
                table.view
            ));
        }
    }
    let sql = format!(
        "-- title: 数据来源与匹配\n-- note: 各来源归到本单位的行数、匹配方式和最低匹配概率。\n-- columns: unit_key:text=单位主键; source:source=来源; unit_match:text=匹配方式; n:count=行数; probability:percent=最低概率\nWITH part AS (\n{}\n)\nSELECT unit_key, source, unit_match, n, probability FROM part ORDER BY unit_key, source, unit_match",
        parts.join("\nUNION ALL\n")
    );
    named::parse("links", &sql)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_leads_out_of_the_folder() {
        assert!(is_file_name("U01f8de7e2373"));
        for key in ["", "../x", "a/b", ".x", "a b", "单位"] {
            assert!(!is_file_name(key), "{key}");
        }
    }
}
