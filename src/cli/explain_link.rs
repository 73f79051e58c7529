//! A link, weight by weight: prior plus evidence makes the total, and the total makes the probability.

use std::path::Path;

use super::language::Language;
use super::text_table::lay_out;
use crate::error::Result;
use crate::publish::query::{self, Row};
use crate::resolve::explain;

/// The newest published state of a link, in words; `None` when neither link table knows it. `id` must be free of quotes.
///
/// # Errors
/// As [`query::rows`].
pub fn text(language: Language, out: &Path, id: &str) -> Result<Option<String>> {
    for table in ["person_links", "unit_links"] {
        let sql = format!("SELECT * FROM {table} WHERE link_id = '{id}' ORDER BY period DESC LIMIT 1");
        if let Some(row) = query::rows(out, &sql)?.first() {
            return Ok(Some(of_row(language, table, row)));
        }
    }
    Ok(None)
}

fn of_row(language: Language, table: &str, row: &Row) -> String {
    let get = |name: &str| row.get(name).cloned().flatten().unwrap_or_else(|| "—".to_owned());
    let number = |name: &str| get(name).parse::<f64>().unwrap_or_default();
    let place = |side: &str| {
        let at = |part: &str| get(&format!("{side}_{part}"));
        format!("{}  {} {} {}", at("table"), at("source_file"), language.pick("行", "row"), at("source_row"))
    };
    let mut lines = vec![
        format!("{}  {}  ({table})", get("link_id"), get("period")),
        format!("  {}: {}", language.pick("左", "left "), place("left")),
        format!("  {}: {}", language.pick("右", "right"), place("right")),
        format!(
            "  {}: {}    {}: {}",
            language.pick("方式", "method"),
            get("method"),
            language.pick("结论", "decision"),
            get("decision")
        ),
        String::new(),
    ];
    let mut cells =
        vec![vec![language.pick("先验", "prior"), String::new(), String::new(), String::new(), bits(number("prior"))]];
    let evidence = get("evidence");
    for (comparison, slug) in evidence.split_whitespace().filter_map(entry) {
        let (zh, en) = explain::words(slug);
        cells.push(vec![
            comparison.to_owned(),
            language.pick(zh, en),
            get(&format!("left_{}", comparison.replace('-', "_"))),
            get(&format!("right_{}", comparison.replace('-', "_"))),
            bits(number(&format!("{}_weight", comparison.replace('-', "_")))),
        ]);
    }
    cells.push(vec![
        language.pick("合计", "total"),
        String::new(),
        String::new(),
        String::new(),
        bits(number("weight")),
    ]);
    let header: Vec<String> =
        [("比较项", "comparison"), ("等级", "level"), ("左值", "left"), ("右值", "right"), ("权重(比特)", "bits")]
            .iter()
            .map(|(zh, en)| language.pick(zh, en))
            .collect();
    lines.push(lay_out(&header, &cells, &[4]));
    lines.push(String::new());
    let weighed: Vec<(&str, &str, f64)> = evidence
        .split_whitespace()
        .filter_map(entry)
        .map(|(comparison, slug)| (comparison, slug, number(&format!("{}_weight", comparison.replace('-', "_")))))
        .collect();
    let chinese = matches!(language, Language::Zh);
    let threshold = number("threshold");
    lines.extend(explain::what_would_change(
        &weighed,
        number("weight"),
        threshold,
        number("rival_probability"),
        chinese,
    ));
    lines.push(String::new());
    lines.push(format!(
        "{} {}",
        language.pick(
            "概率 probability = 1 / (1 + 2^-合计),经竞争候选调整后:",
            "probability = 1 / (1 + 2^-total), after weighing the rivals:"
        ),
        get("probability")
    ));
    lines.join("\n")
}

/// `id:id-typo-one(+21.0)` as comparison and level.
fn entry(text: &str) -> Option<(&str, &str)> {
    let (comparison, rest) = text.split_once(':')?;
    Some((comparison, rest.split('(').next()?))
}

fn bits(value: f64) -> String {
    format!("{value:+.2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_names_its_comparison_and_level() {
        assert_eq!(entry("id:id-typo-one(+21.0)"), Some(("id", "id-typo-one")));
        assert_eq!(entry("nonsense"), None);
    }
}
