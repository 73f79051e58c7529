//! The run's own account of what it read and linked, as tables that rules look at like any other: `source_files`,
//! `file_totals`, `link_rates`, `purpose_matches`. A workspace whose schemas do not know them goes without.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::detect::resolved;
use crate::extract::{FileReport, FileTotal};
use crate::kernel::dates::Month;
use crate::kernel::similarity::likeness;
use crate::resolve::Resolution;
use crate::table::column::TextBuilder;
use crate::table::{Frame, Schemas, Table, Values};

/// A cell of such a table.
enum Cell {
    Text(Option<String>),
    Number(Option<i64>),
}

fn text(value: impl Into<String>) -> Cell {
    Cell::Text(Some(value.into()))
}

fn number(value: u64) -> Cell {
    Cell::Number(i64::try_from(value).ok())
}

/// A row of such a table: each cell under its column's name.
type Row = BTreeMap<&'static str, Cell>;

/// The cells of one column, of whichever kind it has.
#[derive(Default)]
struct Cells {
    texts: TextBuilder,
    numbers: Vec<Option<i64>>,
}

impl Cells {
    fn push(&mut self, cell: Option<&Cell>, is_text: bool) {
        match (is_text, cell) {
            (true, Some(Cell::Text(text))) => self.texts.push(text.as_deref()),
            (true, _) => self.texts.push(None),
            (false, Some(Cell::Number(number))) => self.numbers.push(*number),
            (false, _) => self.numbers.push(None),
        }
    }

    fn finish(self, kind: &Values) -> Values {
        let rows = self.numbers.len();
        let small = |numbers: Vec<Option<i64>>| numbers.into_iter().map(|n| n.and_then(|n| i32::try_from(n).ok()));
        match kind {
            Values::Text(_) => Values::Text(self.texts.finish()),
            Values::Int64(_) => Values::Int64(self.numbers.into()),
            Values::Decimal(_) => Values::Decimal(self.numbers.into()),
            Values::Int32(_) => Values::Int32(small(self.numbers).collect()),
            Values::Date(_) => Values::Date(small(self.numbers).collect()),
            Values::Float(_) => Values::Float(std::iter::repeat_n(None, rows).collect()),
            Values::Bool(_) => Values::Bool(vec![None; rows]),
            Values::AtRest(_) | Values::Evidence(_) => Values::Evidence(vec![[].into(); rows]),
        }
    }
}

/// The frame of a schema with these rows; columns without a cell are null. Rows are taken apart one by one: there are as many as
/// units and tables.
fn frame(schemas: &Schemas, name: &str, period: Month, rows: impl Iterator<Item = Row>) -> Option<Frame> {
    let mut frame = resolved::canonical_empty(schemas.get(name)?);
    let mut built: Vec<Cells> = frame.columns.iter().map(|_| Cells::default()).collect();
    for (mut row, id) in rows.zip(1..) {
        row.insert("row_id", Cell::Number(Some(id)));
        row.insert("period", text(period.to_string()));
        row.entry("source_row").or_insert(Cell::Number(Some(1)));
        for (column, cells) in frame.columns.iter().zip(&mut built) {
            cells.push(row.get(column.name.as_str()), matches!(column.values, Values::Text(_)));
        }
    }
    for (column, cells) in frame.columns.iter_mut().zip(built) {
        column.values = cells.finish(&column.values);
    }
    Some(frame)
}

fn of_file(file: &FileReport) -> Row {
    let month = Month::parse(&file.period);
    BTreeMap::from([
        ("table_name", text(&file.table)),
        ("file_month", text(&file.period)),
        ("file_month_no", Cell::Number(month.map(|m| i64::from(m.0)))),
        ("source_file", text(&file.file)),
    ])
}

/// One row a file, in the order of reading.
#[must_use]
pub fn source_files(schemas: &Schemas, period: Month, files: &[FileReport]) -> Option<Frame> {
    let row = |file: &FileReport| {
        let mut row = of_file(file);
        row.extend([
            ("sha256", text(&file.sha256)),
            ("file_format", text(&file.format)),
            ("encoding", Cell::Text(file.encoding.clone())),
            ("rows_read", number(file.rows_read)),
            ("rows_taken", number(file.rows_taken)),
            ("rows_rejected", number(file.rows_rejected)),
            ("headers", text(file.headers.join("|"))),
            ("fields", text(file.fields.join("|"))),
            ("fields_count", number(file.fields.len() as u64)),
            ("unmapped_headers", Cell::Text(Some(file.unmapped_headers.join("|")).filter(|t| !t.is_empty()))),
            ("names", number(file.names)),
            ("names_garbled", number(file.names_garbled)),
            ("names_private_use", number(file.names_private_use)),
        ]);
        row
    };
    frame(schemas, "source_files", period, files.iter().map(row))
}

/// One row for every sum that a file's own total rows declare. Counts are shown like money, in hundredths.
#[must_use]
pub fn file_totals(schemas: &Schemas, period: Month, files: &[FileReport]) -> Option<Frame> {
    let row = |file: &FileReport, total: &FileTotal| {
        let scaled = |v: i64| Cell::Number(if total.money { Some(v) } else { v.checked_mul(100) });
        let mut row = of_file(file);
        row.extend([
            ("field_name", text(&total.field)),
            ("field_title", text(&total.title)),
            ("declared", scaled(total.declared)),
            ("counted", scaled(total.counted)),
            ("gap", scaled(total.declared.saturating_sub(total.counted).saturating_abs())),
            ("cells_unread", number(total.unread)),
            ("source_sheet", Cell::Text(total.sheet.clone())),
            ("source_row", number(u64::from(total.row))),
        ]);
        row
    };
    let rows = files.iter().flat_map(|f| f.totals.iter().map(move |t| row(f, t)));
    frame(schemas, "file_totals", period, rows)
}

/// What was linked of one table, or of one unit's rows in it.
#[derive(Default)]
struct Rate {
    rows: u64,
    units: u64,
    persons: u64,
    fuzzy: u64,
}

/// One row a table with persons, and one a table and unit: rows of the month, and how many found their person and unit.
#[must_use]
pub fn link_rates(
    schemas: &Schemas,
    period: Month,
    tables: &IndexMap<String, Table>,
    files: &[FileReport],
    resolution: &Resolution,
) -> Option<Frame> {
    let month = period.to_string();
    let current: std::collections::BTreeSet<&str> =
        files.iter().filter(|f| f.period == month).map(|f| f.file.as_str()).collect();
    let mut rates: Vec<(&String, Option<u32>, Rate)> = Vec::new();
    for (name, table) in tables.iter().filter(|(_, t)| t.schema.person.as_ref().is_some_and(|p| p.role == "source")) {
        let (Some(units), Some(persons)) = (resolution.unit_of.get(name), resolution.person_of.get(name)) else {
            continue;
        };
        let now: Vec<bool> = table.origin.files.iter().map(|f| current.contains(f.as_str())).collect();
        let mut whole = Rate::default();
        let mut by_unit: BTreeMap<u32, Rate> = BTreeMap::new();
        for row in (0..table.len()).filter(|&r| table.taken[r] && now.get(table.origin.file[r] as usize) == Some(&true))
        {
            let known = units[row].unit.filter(|_| units[row].method != "outside");
            let own = known.map(|u| by_unit.entry(u).or_default());
            for rate in std::iter::once(&mut whole).chain(own) {
                rate.rows += 1;
                rate.units += u64::from(known.is_some());
                rate.persons += u64::from(persons[row].grade != 'N');
                rate.fuzzy += u64::from(persons[row].grade == 'C');
            }
        }
        rates.push((name, None, whole));
        rates.extend(by_unit.into_iter().map(|(unit, rate)| (name, Some(unit), rate)));
    }
    let row = |(table, unit, rate): (&String, Option<u32>, Rate)| {
        let scope = if unit.is_some() { "unit" } else { "table" };
        let unit = unit.and_then(|u| resolution.units.get(u as usize)).map(|u| (u.key.as_str(), u.name.as_str()));
        rate_row(table, scope, unit, &rate)
    };
    frame(schemas, "link_rates", period, rates.into_iter().map(row))
}

fn rate_row(table: &str, scope: &str, unit: Option<(&str, &str)>, rate: &Rate) -> Row {
    BTreeMap::from([
        ("table_name", text(table)),
        ("scope", text(scope)),
        ("unit_key", Cell::Text(unit.map(|u| u.0.to_owned()))),
        ("unit_name", Cell::Text(unit.map(|u| u.1.to_owned()))),
        ("row_count", number(rate.rows)),
        ("unit_linked", number(rate.units)),
        ("person_linked", number(rate.persons)),
        ("person_fuzzy", number(rate.fuzzy)),
        ("source_file", text("run")),
    ])
}

/// The first text of a column that each unit's taken rows hold.
fn texts_of<'a>(
    tables: &'a IndexMap<String, Table>,
    resolution: &Resolution,
    name: &str,
    column: &str,
) -> BTreeMap<u32, &'a str> {
    let mut found = BTreeMap::new();
    let Some(table) = tables.get(name) else { return found };
    let (Some(texts), Some(units)) = (table.text(column), resolution.unit_of.get(name)) else { return found };
    for row in (0..table.len()).filter(|&r| table.taken[r]) {
        if let (Some(unit), Some(text)) = (units[row].unit, texts.get(row)) {
            found.entry(unit).or_insert(text);
        }
    }
    found
}

/// What a unit is to do, as either register has it: table and column.
const COMPARED: [(&str, &str); 2] = [("establishment_units", "duties"), ("registrations", "purpose")];

/// Whether the accounts look at a column of the extracts, so that it cannot rest before they are made.
#[must_use]
pub fn looks_at(table: &str, column: &str) -> bool {
    COMPARED.contains(&(table, column))
}

/// One row a unit of which both the duties and the registered purpose are known, with how alike they are.
#[must_use]
pub fn purpose_matches(
    schemas: &Schemas,
    period: Month,
    tables: &IndexMap<String, Table>,
    resolution: &Resolution,
) -> Option<Frame> {
    let [duties, purposes] = COMPARED.map(|(table, column)| texts_of(tables, resolution, table, column));
    let both: Vec<(u32, &str, &str)> = duties.iter().filter_map(|(u, d)| Some((*u, *d, *purposes.get(u)?))).collect();
    let couples: Vec<(&str, &str)> = both.iter().map(|(_, d, p)| (*d, *p)).collect();
    let row = |((unit, duties, purpose), alike): (&(u32, &str, &str), f64)| {
        #[expect(clippy::cast_possible_truncation, reason = "between 0 and 100")]
        let percent = (alike * 100.0).floor() as i64;
        BTreeMap::from([
            ("unit_key", Cell::Text(resolution.units.get(*unit as usize).map(|u| u.key.clone()))),
            ("likeness", Cell::Number(Some(percent))),
            ("duties", text(*duties)),
            ("purpose", text(*purpose)),
            ("source_file", text("run")),
        ])
    };
    frame(schemas, "purpose_matches", period, both.iter().zip(likeness(&couples)).map(row))
}
