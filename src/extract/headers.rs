//! Finding the header among the first rows and binding columns to fields. Nothing is guessed: a field that two columns
//! claim with equal right, or a required field that none claims, stops the file with all such problems at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use unicode_normalization::UnicodeNormalization;

use super::SourceSpec;
use super::rows::{is_signature, is_total};
use crate::error::nearest;
use crate::table::TableSchema;

/// Rows looked at for a header, and how many of them may form one together.
pub(super) const HEAD_ROWS: usize = 40;
const FIRST_ROWS: usize = 20;
const MOST_HEADER_ROWS: usize = 3;

/// A row near the top, as text.
#[derive(Debug, Clone, Default)]
pub(super) struct HeadRow {
    pub number: u32,
    pub cells: Vec<String>,
    /// How far down a merge that begins in this row reaches, in rows.
    pub deep: usize,
    /// Columns that horizontal merges of this row cover: (first, last).
    pub wide: Vec<(usize, usize)>,
}

/// A field's column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bound {
    pub column: usize,
    pub header: String,
    /// What the header says amounts are counted in: 1, 1 000 or 10 000 yuan.
    pub factor: Option<i64>,
}

/// Where the table begins and which column is which field.
#[derive(Debug, Clone, Default)]
pub(super) struct Mapping {
    /// First row of the header and first row of data, as indexes of the head rows.
    pub header_from: usize,
    pub data_from: usize,
    /// One a source field, in schema order.
    pub bound: Vec<Option<Bound>>,
    /// Headers as written, by column; empty where a column has none.
    pub headers: Vec<String>,
    /// Every row of the header, as written, to know it again on later pages.
    pub header_rows: Vec<Vec<String>>,
    pub unmapped: Vec<String>,
    /// Columns between headers that have none.
    pub blank_columns: Vec<usize>,
    /// Fields claimed twice, said in words.
    pub clashes: Vec<String>,
    /// Sum of the rights by which columns were bound: the lower, the surer.
    rights: usize,
}

impl Mapping {
    pub fn width(&self) -> usize {
        self.headers.len()
    }
    pub fn score(&self) -> usize {
        self.bound.iter().flatten().count()
    }
}

/// A text as headers are compared: width, case, spaces and ornaments gone.
pub(super) fn fold(text: &str) -> String {
    let kept = |c: &char| {
        !c.is_whitespace() && !c.is_control() && !matches!(c, '\u{200B}'..='\u{200F}' | '\u{FEFF}' | '*' | '※' | '★')
    };
    let folded: String = text.nfkc().filter(kept).flat_map(char::to_lowercase).collect();
    folded.trim_matches(':').to_owned()
}

/// The folded text without a bracketed unit or remark at its end: 应发工资(元) → 应发工资.
fn without_bracket(folded: &str) -> Option<&str> {
    let body = folded.strip_suffix(')')?;
    body.rfind('(').map(|i| &body[..i])
}

/// What an amount's header counts in, if it says so.
pub(super) fn factor_in(folded: &str) -> Option<i64> {
    let says = |unit: &str| {
        folded.contains(&format!("({unit})"))
            || folded.ends_with(&format!("/{unit}"))
            || folded.contains(&format!("单位:{unit}"))
    };
    if says("万元") {
        Some(10_000)
    } else if says("千元") {
        Some(1_000)
    } else if says("元") || says("人民币元") {
        Some(1)
    } else {
        None
    }
}

/// Every name a field goes by, folded, with its right: 0 given for this source, 1 the field's own, 2 an alias.
pub(super) struct Names {
    claims: HashMap<String, Vec<(usize, u8)>>,
    fields: usize,
}

impl Names {
    pub fn new(schema: &TableSchema, spec: &SourceSpec) -> Self {
        let mut claims: HashMap<String, Vec<(usize, u8)>> = HashMap::new();
        let mut fields = 0;
        let mut claim = |text: &str, field: usize, right: u8| {
            let list = claims.entry(fold(text)).or_default();
            match list.iter_mut().find(|c| c.0 == field) {
                Some(known) => known.1 = known.1.min(right),
                None => list.push((field, right)),
            }
        };
        for (i, field) in schema.source_fields().enumerate() {
            fields = i + 1;
            claim(&field.name, i, 1);
            claim(&field.title, i, 1);
            for alias in &field.aliases {
                claim(alias, i, 2);
            }
            for (header, name) in &spec.headers {
                if *name == field.name {
                    claim(header, i, 0);
                }
            }
        }
        Self { claims, fields }
    }
    fn of(&self, text: &str) -> &[(usize, u8)] {
        let folded = fold(text);
        let exact = self.claims.get(&folded);
        let found = exact.or_else(|| without_bracket(&folded).and_then(|t| self.claims.get(t)));
        found.map_or(&[], Vec::as_slice)
    }
    /// The field that a banner label names, such as 单位名称.
    pub fn field_of(&self, text: &str) -> Option<usize> {
        self.of(text).first().map(|c| c.0)
    }
    /// The known name nearest to a header that no field claims.
    fn nearest_to(&self, field: usize, headers: &[&str]) -> Option<(String, String)> {
        let mut names: Vec<&str> =
            self.claims.iter().filter(|(_, c)| c.iter().any(|c| c.0 == field)).map(|(n, _)| n.as_str()).collect();
        names.sort_unstable();
        headers.iter().find_map(|h| nearest(&fold(h), names.iter().copied()).map(|n| ((*h).to_owned(), n.to_owned())))
    }
}

/// Whether a cell looks like data: a long run of digits, or a number with decimals.
fn data_like(text: &str) -> bool {
    let mut run = 0;
    for c in text.chars() {
        run = if c.is_ascii_digit() { run + 1 } else { 0 };
        if run >= 6 {
            return true;
        }
    }
    text.contains('.') && text.parse::<f64>().is_ok()
}

fn is_blank(row: &HeadRow) -> bool {
    row.cells.iter().all(String::is_empty)
}

/// A row that numbers the columns: 1 2 3 …, or 甲 乙 1 2 ….
fn is_column_numbers(row: &HeadRow) -> bool {
    let cells: Vec<&str> = row.cells.iter().map(|c| c.trim()).filter(|c| !c.is_empty()).collect();
    let mut expected = 1;
    let mut numbers = 0;
    for cell in &cells {
        if ["甲", "乙", "丙", "丁", "栏次", "行次"].contains(cell) {
            continue;
        }
        if cell.trim_matches(['(', ')', '（', '）']).parse() != Ok(expected) {
            return false;
        }
        expected += 1;
        numbers += 1;
    }
    numbers >= 3
}

/// The header's text over each column, one part a header row; merged parents stand over all their columns.
fn parts(rows: &[HeadRow]) -> Vec<Vec<String>> {
    let width =
        rows.iter().map(|r| r.cells.iter().rposition(|c| !c.is_empty()).map_or(0, |i| i + 1)).max().unwrap_or(0);
    let mut columns = vec![Vec::new(); width];
    for (depth, row) in rows.iter().enumerate() {
        let below = rows.get(depth + 1);
        let mut parent: Option<(usize, &str)> = None;
        for (column, parts) in columns.iter_mut().enumerate() {
            let own = row.cells.get(column).map_or("", String::as_str);
            if !own.is_empty() {
                parent = Some((column, own));
                parts.push(own.to_owned());
                continue;
            }
            let Some((from, text)) = parent else { continue };
            let merged = row.wide.iter().any(|&(a, b)| a == from && (a..=b).contains(&column));
            let child = |c: usize| below.and_then(|b| b.cells.get(c)).is_some_and(|t| !t.is_empty());
            // Text files lose merges: a parent reaches right as long as there are children under it.
            if merged || (row.wide.is_empty() && child(column) && child(from)) {
                parts.push(text.to_owned());
            } else {
                parent = None;
            }
        }
    }
    columns
}

fn claims<'a>(names: &'a Names, parts: &[String]) -> &'a [(usize, u8)] {
    let Some(child) = parts.last() else { return &[] };
    let mut attempts = Vec::with_capacity(4);
    if parts.len() > 1 {
        attempts.push(parts.join("/"));
        attempts.push(parts.concat());
        attempts.push(parts[parts.len() - 2..].concat());
    }
    attempts.push(child.clone());
    // A parent speaks for a column only when nothing but a unit stands under it.
    if parts.len() > 1 && fold(child).starts_with('(') {
        attempts.push(parts[0].clone());
    }
    attempts.iter().map(|a| names.of(a)).find(|c| !c.is_empty()).unwrap_or(&[])
}

/// Binds columns to fields by falling right; clashes are noted, not resolved.
fn bind(names: &Names, schema: &TableSchema, columns: &[Vec<String>], mapping: &mut Mapping) {
    let title: Vec<&str> = schema.source_fields().map(|f| f.title.as_str()).collect();
    mapping.headers = columns.iter().map(|p| p.join("/")).collect();
    mapping.bound = vec![None; names.fields];
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    let claimed: Vec<&[(usize, u8)]> = columns.iter().map(|parts| claims(names, parts)).collect();
    for right in 0..=2_u8 {
        let mut by_field: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut by_column: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (column, claims) in claimed.iter().enumerate() {
            for &(field, r) in *claims {
                if r == right && mapping.bound[field].is_none() && !taken.contains(&column) {
                    by_field.entry(field).or_default().push(column);
                    by_column.entry(column).or_default().push(field);
                }
            }
        }
        for (field, found) in &by_field {
            let shown = |c: &usize| format!("{} ({})", mapping.headers[*c], crate::error::column_letters(*c));
            if found.len() > 1 {
                let list: Vec<String> = found.iter().map(shown).collect();
                mapping.clashes.push(format!("{} is claimed by {}", title[*field], list.join(" and ")));
                taken.extend(found);
                continue;
            }
            let column = found[0];
            if by_column[&column].len() > 1 {
                let list: Vec<&str> = by_column[&column].iter().map(|f| title[*f]).collect();
                let clash = format!("{} may be {}", shown(&column), list.join(" or "));
                if !mapping.clashes.contains(&clash) {
                    mapping.clashes.push(clash);
                }
                continue;
            }
            let header = mapping.headers[column].clone();
            let factor = factor_in(&fold(&header));
            mapping.bound[*field] = Some(Bound { column, header, factor });
            mapping.rights += usize::from(right);
            taken.insert(column);
        }
    }
    let free = |c: &usize| !taken.contains(c);
    mapping.unmapped =
        (0..columns.len()).filter(free).map(|c| mapping.headers[c].clone()).filter(|h| !h.is_empty()).collect();
    mapping.blank_columns = (0..columns.len()).filter(|&c| mapping.headers[c].is_empty()).collect();
}

/// Finds the header: the rows that name most fields, the fewest of them, the highest up.
pub(super) fn detect(head: &[HeadRow], schema: &TableSchema, names: &Names) -> Option<Mapping> {
    let mut best: Option<(usize, usize, Mapping)> = None;
    for from in 0..head.len().min(FIRST_ROWS) {
        for depth in 1..=MOST_HEADER_ROWS {
            let Some(rows) = head.get(from..from + depth) else { break };
            if rows.iter().any(is_blank) || rows[1..].iter().any(|r| r.cells.iter().any(|c| data_like(c))) {
                break;
            }
            if depth < rows[0].deep.min(MOST_HEADER_ROWS) && head.len() >= from + rows[0].deep {
                continue;
            }
            let columns = parts(rows);
            let mut mapping = Mapping { header_from: from, data_from: from + depth, ..Mapping::default() };
            bind(names, schema, &columns, &mut mapping);
            let score = mapping.score() + mapping.clashes.len();
            let merit = |score: usize, m: &Mapping, depth: usize| (score, std::cmp::Reverse((m.rights, depth)));
            let best_yet = best.as_ref().map(|b| merit(b.0, &b.2, b.1));
            if score > 0 && best_yet.is_none_or(|b| merit(score, &mapping, depth) > b) {
                best = Some((score, depth, mapping));
            }
        }
    }
    let (score, depth, mut mapping) = best?;
    let named = schema.source_fields().count();
    if score < 2.min(named) {
        return None;
    }
    extend(head, &mut mapping, depth);
    mapping.header_rows = head[mapping.header_from..mapping.data_from].iter().map(|r| r.cells.clone()).collect();
    Some(mapping)
}

/// Takes in further header rows that name no field of ours: children of columns we do not read, and column numbers.
fn extend(head: &[HeadRow], mapping: &mut Mapping, mut depth: usize) {
    while depth < MOST_HEADER_ROWS
        && let Some(row) = head.get(mapping.data_from)
    {
        let under = |b: &Bound| row.cells.get(b.column).is_some_and(|c| !c.is_empty());
        let strange = row.cells.iter().any(|c| data_like(c) || is_total(c) || is_signature(c));
        if is_blank(row) || strange || mapping.bound.iter().flatten().any(under) {
            break;
        }
        mapping.data_from += 1;
        depth += 1;
    }
    if head.get(mapping.data_from).is_some_and(is_column_numbers) {
        mapping.data_from += 1;
    }
}

/// Required fields without a column, a default or a banner, each with the header that may be meant.
pub(super) fn missing(
    schema: &TableSchema,
    names: &Names,
    mapping: &Mapping,
    filled: &dyn Fn(usize) -> bool,
) -> Vec<(String, Option<String>)> {
    let free: Vec<&str> = mapping.unmapped.iter().map(String::as_str).collect();
    let mut out = Vec::new();
    for (i, field) in schema.source_fields().enumerate() {
        if field.required && field.default.is_none() && mapping.bound[i].is_none() && !filled(i) {
            let near = names.nearest_to(i, &free).map(|(header, name)| {
                format!("is {header} meant (near {name})? add it under headers: \"{header}\" = \"{}\"", field.name)
            });
            out.push((format!("{} ({})", field.title, field.name), near));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_compared_by_what_they_say() {
        assert_eq!(fold(" 身份 证号\n"), "身份证号");
        assert_eq!(fold("＊应发工资（元）："), "应发工资(元)");
        assert_eq!(factor_in(&fold("开办资金（万元）")), Some(10_000));
        assert_eq!(without_bracket("应发工资(元)"), Some("应发工资"));
    }

    #[test]
    fn columns_may_be_numbered() {
        let row =
            |cells: &[&str]| HeadRow { cells: cells.iter().map(|&c| c.to_owned()).collect(), ..HeadRow::default() };
        assert!(is_column_numbers(&row(&["甲", "乙", "1", "2", "3"])));
        assert!(!is_column_numbers(&row(&["1", "张三", "2"])));
    }
}
