//! Tables for tests: hand-made ones, and generated ones read plainly (no rejects, no formats but CSV).

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;

use super::{Judgements, Resolution, ResolveContext, Thresholds};
use crate::kernel::dates::{DateReading, Month, PartialDate, read_date};
use crate::kernel::money::read_money;
use crate::kernel::secret::Secret;
use crate::table::column::TextBuilder;
use crate::table::{Column, Field, Kind, Origin, Schemas, Table};

pub(crate) const PERIOD: Month = Month(2026 * 12 + 9);

pub(crate) fn context() -> ResolveContext {
    ResolveContext {
        period: PERIOD,
        secret: Secret::new(b"test"),
        thresholds: Thresholds::default(),
        judgements: Judgements::default(),
    }
}

fn date(text: &str) -> Option<PartialDate> {
    match read_date(text, PERIOD.year()) {
        Ok(DateReading::Date(date)) => Some(date),
        _ => None,
    }
}

fn column(field: &Field, cells: &[Option<String>]) -> Column {
    let text = |f: &dyn Fn(&str) -> Option<String>| {
        let mut builder = TextBuilder::default();
        for cell in cells {
            builder.push(cell.as_deref().and_then(f).as_deref());
        }
        Column::Text(builder.finish())
    };
    let get = |c: &Option<String>| c.clone().unwrap_or_default();
    match field.kind.unwrap_or(Kind::Text) {
        Kind::Date => Column::Date(cells.iter().map(|c| date(&get(c))).collect()),
        Kind::Month => Column::Month(cells.iter().map(|c| Month::parse(&get(c))).collect()),
        Kind::Money => Column::Money(cells.iter().map(|c| read_money(&get(c), 1).ok().flatten()).collect()),
        Kind::Integer => Column::Integer(cells.iter().map(|c| get(c).parse().ok()).collect()),
        Kind::Code => text(&|v| {
            let known = field.codes.iter().find(|(code, labels)| *code == v || labels.iter().any(|l| l == v));
            Some(known.map_or_else(|| v.to_owned(), |(code, _)| code.clone()))
        }),
        _ => text(&|v| Some(v.to_owned())),
    }
}

/// A table of rows of cells under field names or their aliases; empty cells are nulls; row n stands at source row n + 2.
pub(crate) fn table<S: AsRef<str>>(name: &str, headers: &[S], rows: &[Vec<String>], file: &str) -> Table {
    let schemas = Schemas::built_in().expect("sound schemas");
    let schema = Arc::clone(schemas.get(name).expect("known table"));
    let claims = |f: &Field, h: &str| f.name == h || f.title == h || f.aliases.iter().any(|a| a == h);
    let columns: IndexMap<String, Column> = schema
        .source_fields()
        .map(|f| {
            let place = headers.iter().position(|h| claims(f, h.as_ref()));
            let cell = |r: &Vec<String>| place.and_then(|i| r.get(i)).filter(|c| !c.is_empty()).cloned();
            (f.name.clone(), column(f, &rows.iter().map(cell).collect::<Vec<_>>()))
        })
        .collect();
    let origin = Origin {
        files: vec![file.to_owned()],
        sheets: Vec::new(),
        file: rows.iter().map(|_| 0).collect(),
        sheet: rows.iter().map(|_| u32::MAX).collect(),
        row: (2..).take(rows.len()).collect(),
    };
    Table { schema, columns, origin, taken: vec![true; rows.len()] }
}

/// Rows as text, cells divided by `|`.
fn rows<S: AsRef<str>>(lines: &[S]) -> Vec<Vec<String>> {
    lines.iter().map(|l| l.as_ref().split('|').map(|c| c.trim().to_owned()).collect()).collect()
}

/// Tables by name, from (name, headers, lines).
pub(crate) fn tables<S: AsRef<str>>(parts: &[(&str, &str, &[S])]) -> IndexMap<String, Table> {
    let made = parts.iter().map(|(name, headers, lines)| {
        let headers: Vec<&str> = headers.split('|').map(str::trim).collect();
        ((*name).to_owned(), table(name, &headers, &rows(lines), &format!("{name}.csv")))
    });
    made.collect()
}

/// The generated extracts of one period, payroll with `history` months before.
pub(crate) fn generated(root: &Path, period: Month, history: i32) -> IndexMap<String, Table> {
    let mut all = IndexMap::new();
    for (name, _) in Schemas::built_in().expect("sound schemas").tables {
        let mut headers: Vec<String> = Vec::new();
        let mut rows = Vec::new();
        let (mut files, mut file_of, mut row_of) = (Vec::new(), Vec::new(), Vec::new());
        let back = if name == "payroll" { history } else { 0 };
        for month in (0..=back).rev().map(|n| period.plus(-n)) {
            let file = format!("{month}/{name}.csv");
            let Ok(bytes) = std::fs::read(root.join(&file)) else { continue };
            let text = match std::str::from_utf8(&bytes) {
                Ok(text) => text.to_owned(),
                Err(_) => encoding_rs::GB18030.decode(&bytes).0.into_owned(),
            };
            let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
            headers = reader.headers().expect("a header").iter().map(str::to_owned).collect();
            for (i, record) in (2..).zip(reader.records()) {
                rows.push(record.expect("a row").iter().map(str::to_owned).collect::<Vec<_>>());
                file_of.push(u32::try_from(files.len()).expect("few files"));
                row_of.push(i);
            }
            files.push(file);
        }
        if !files.is_empty() {
            let mut made = table(&name, &headers, &rows, "");
            made.origin = Origin {
                files,
                sheets: Vec::new(),
                sheet: rows.iter().map(|_| u32::MAX).collect(),
                file: file_of.into_iter().collect(),
                row: row_of,
            };
            all.insert(name, made);
        }
    }
    all
}

/// (file, row) → (person, unit, noise) of truth/rows.csv.
pub(crate) fn truth(root: &Path) -> BTreeMap<(String, u32), (String, String, String)> {
    let mut reader = csv::Reader::from_path(root.join("truth/rows.csv")).expect("truth");
    let headers = reader.headers().expect("header").clone();
    let place = |name: &str| headers.iter().position(|h| h == name).expect("column");
    let [file, row, person, unit, noise] = ["source_file", "source_row", "person_id", "unit_id", "noise"].map(place);
    let entry = |r: csv::StringRecord| {
        let value = (r[person].to_owned(), r[unit].to_owned(), r[noise].to_owned());
        ((r[file].to_owned(), r[row].parse().expect("a row number")), value)
    };
    reader.records().map(|r| entry(r.expect("a row"))).collect()
}

/// Right, wrong and missed of the links of one table to a register.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quality {
    /// Rows whose true entity the register has.
    pub expected: usize,
    pub linked: usize,
    pub right: usize,
}

impl Quality {
    pub(crate) fn missed_or_wrong(&self) -> usize {
        (self.linked - self.right) + (self.expected - self.right)
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of rows")]
    pub(crate) fn precision_recall(&self) -> (f64, f64) {
        (self.right as f64 / self.linked.max(1) as f64, self.right as f64 / self.expected.max(1) as f64)
    }
}

type Truth = BTreeMap<(String, u32), (String, String, String)>;

/// Compares entity numbers of rows with the truth: an entity of ours stands for the true one of its register rows.
pub(crate) fn judge(
    tables: &IndexMap<String, Table>,
    truth: &Truth,
    register: &str,
    found: impl Fn(&str, usize) -> Option<u32>,
    true_of: impl Fn(&(String, String, String)) -> String,
    mut tell: impl FnMut(&str, usize, &str, &str, &str),
) -> BTreeMap<String, Quality> {
    let entry = |table: &Table, row: usize| {
        let key = (table.origin.files[table.origin.file[row] as usize].clone(), table.origin.row[row]);
        truth.get(&key).cloned().unwrap_or_default()
    };
    let mut stands_for: BTreeMap<u32, String> = BTreeMap::new();
    let mut known = std::collections::BTreeSet::new();
    let spine = &tables[register];
    for row in 0..spine.len() {
        let t = true_of(&entry(spine, row));
        known.insert(t.clone());
        if let Some(e) = found(register, row) {
            stands_for.entry(e).or_insert(t);
        }
    }
    let mut all = BTreeMap::new();
    for (name, table) in tables {
        let mut quality = Quality::default();
        for row in 0..table.len() {
            let e = entry(table, row);
            let truth = true_of(&e);
            if truth.is_empty() {
                continue;
            }
            let linked = found(name, row).and_then(|e| stands_for.get(&e));
            quality.expected += usize::from(known.contains(&truth));
            quality.linked += usize::from(linked.is_some());
            quality.right += usize::from(linked == Some(&truth));
            if linked.map(String::as_str) != Some(truth.as_str()).filter(|t| known.contains(*t)) {
                tell(name, row, &truth, linked.map_or("-", String::as_str), &e.2);
            }
        }
        all.insert(name.clone(), quality);
    }
    all
}

/// Quality of persons and of units by table.
pub(crate) fn quality(
    tables: &IndexMap<String, Table>,
    resolution: &Resolution,
    truth: &Truth,
    tell: impl FnMut(&str, usize, &str, &str, &str),
    tell_unit: impl FnMut(&str, usize, &str, &str, &str),
) -> (BTreeMap<String, Quality>, BTreeMap<String, Quality>) {
    let person = |table: &str, row: usize| resolution.person_of.get(table)?[row].person();
    let unit = |table: &str, row: usize| resolution.unit_of.get(table)?[row].unit;
    let with = |roles: &dyn Fn(&Table) -> bool| -> IndexMap<String, Table> {
        tables.iter().filter(|(_, t)| roles(t)).map(|(n, t)| (n.clone(), t.clone())).collect()
    };
    let persons =
        judge(&with(&|t| t.schema.person.is_some()), truth, "establishment_staff", person, |e| e.0.clone(), tell);
    let units =
        judge(&with(&|t| t.schema.unit.is_some()), truth, "establishment_units", unit, |e| e.1.clone(), tell_unit);
    (persons, units)
}
