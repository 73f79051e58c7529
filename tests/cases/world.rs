//! A case's tables as the frames that rules see: what a case does not say is filled in as a clean run would have it.

use std::collections::{BTreeMap, BTreeSet};

use hedui::detect::past::{self, PAST_ROW_ID, PERIOD, PERIOD_NO, ROWS_A_PERIOD};
use hedui::detect::rule::ParameterType;
use hedui::detect::{DetectContext, ParameterValue, Rule, resolved};
use hedui::kernel::dates::{DateReading, Month, PartialDate, read_date};
use hedui::kernel::money::read_money;
use hedui::kernel::org_name;
use hedui::table::column::TextBuilder;
use hedui::table::{Derived, Frame, Schemas, TableSchema, Values};

use super::document::{Case, Table};

type Row = BTreeMap<String, String>;

/// The frames and the run of a case.
pub fn build(case: &Case, rule: &Rule, schemas: &Schemas) -> Result<(Vec<Frame>, DetectContext), String> {
    let period = Month::parse(&case.period).ok_or_else(|| format!("{} is no month", case.period))?;
    let mut rows: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for frame in resolved::empty_frames(schemas) {
        let name = frame.name().to_owned();
        let Some(table) = case.tables.iter().find(|t| t.name == name) else {
            rows.insert(name, Vec::new());
            continue;
        };
        let mut filled = plain_rows(table, &frame)?;
        if let Some(schema) = schemas.get(&name) {
            for (i, row) in filled.iter_mut().enumerate() {
                complete(row, schema, i + 1, period).map_err(|e| format!("{name} row {}: {e}", i + 1))?;
            }
        }
        rows.insert(name, filled);
    }
    let before = earlier(case, rule, schemas, period)?;
    let known = |name: &String| rows.contains_key(name) || before.frames.iter().any(|f| f.name() == name);
    if let Some(unknown) = case.tables.iter().find(|t| !known(&t.name)) {
        return Err(format!("line {}: there is no table {}", unknown.line, unknown.name));
    }
    entities(&mut rows);
    let mut frames = resolved::empty_frames(schemas);
    for frame in &mut frames {
        let name = frame.name().to_owned();
        fill(frame, &rows[&name]).map_err(|e| format!("{name}: {e}"))?;
    }
    let mut context = DetectContext::empty(period);
    "case".clone_into(&mut context.run_id);
    context.parameters.insert(rule.code.clone(), parameters(case, rule)?);
    context.past = before;
    let named = case.tables.iter().map(|t| &t.name);
    context.feeds = named.chain(&rule.inputs).filter(|t| !case.no_feed.contains(t)).cloned().collect();
    Ok((frames, context))
}

/// What a case says of earlier periods. The month before is published with every table that the rule looks back at, unless
/// the case says otherwise; rows tell of further ones.
fn earlier(case: &Case, rule: &Rule, schemas: &Schemas, period: Month) -> Result<past::Past, String> {
    let mut before = past::Past::default();
    for (name, _) in rule.past.iter().filter(|(name, _)| !case.no_history.contains(name)) {
        before.periods.insert(name.clone(), vec![period.plus(-1)]);
    }
    for mut frame in past::empty_frames(schemas) {
        let Some(table) = case.tables.iter().find(|t| t.name == frame.name()) else { continue };
        let name = past::table_of(&table.name).unwrap_or_default().to_owned();
        let mut rows = plain_rows(table, &frame)?;
        for (i, row) in rows.iter_mut().enumerate() {
            let of = format!("{} row {}", table.name, i + 1);
            let month = row.get(PERIOD).and_then(|p| Month::parse(p)).filter(|m| *m < period);
            let month = month.ok_or_else(|| format!("{of}: no period before the case's own"))?;
            if let Some(schema) = schemas.get(&name) {
                complete(row, schema, i + 1, month).map_err(|e| format!("{of}: {e}"))?;
            }
            row.insert(PERIOD_NO.to_owned(), month.0.to_string());
            if let Some(id) = row.get("row_id").and_then(|id| id.parse::<i64>().ok()) {
                row.insert(PAST_ROW_ID.to_owned(), (i64::from(month.0) * ROWS_A_PERIOD + id).to_string());
            }
            before.periods.entry(name.clone()).or_default().push(month);
        }
        fill(&mut frame, &rows).map_err(|e| format!("{}: {e}", table.name))?;
        before.frames.push(frame);
    }
    for months in before.periods.values_mut() {
        months.sort_unstable();
        months.dedup();
    }
    Ok(before)
}

fn parameters(case: &Case, rule: &Rule) -> Result<BTreeMap<String, ParameterValue>, String> {
    let mut values = BTreeMap::new();
    for (name, text) in &case.parameters {
        let kind = rule.parameters.get(name).ok_or_else(|| format!("there is no parameter {name}"))?.kind;
        let value = match kind {
            ParameterType::Integer => text.parse().ok().map(ParameterValue::Integer),
            ParameterType::Float => text.parse().ok().map(ParameterValue::Float),
            ParameterType::Bool => text.parse().ok().map(ParameterValue::Bool),
            ParameterType::Text => Some(ParameterValue::Text(text.clone())),
        };
        values.insert(name.clone(), value.ok_or_else(|| format!("parameter {name}: {text} has the wrong type"))?);
    }
    Ok(values)
}

fn plain_rows(table: &Table, frame: &Frame) -> Result<Vec<Row>, String> {
    if let Some(unknown) = table.header.iter().find(|h| frame.column(h).is_none()) {
        return Err(format!("line {}: {} has no column {unknown}", table.line, table.name));
    }
    let row = |cells: &Vec<Option<String>>| {
        table.header.iter().zip(cells).filter_map(|(h, c)| Some((h.clone(), c.clone()?))).collect()
    };
    Ok(table.rows.iter().map(row).collect())
}

fn date(text: &str) -> Result<PartialDate, String> {
    match read_date(text, 2026) {
        Ok(DateReading::Date(date)) => Ok(date),
        _ => Err(format!("{text} is no date")),
    }
}

/// Fills what follows from what a case says, and the links of a clean run.
fn complete(row: &mut Row, schema: &TableSchema, number: usize, period: Month) -> Result<(), String> {
    let defaults = |row: &Row, derived: &Derived| -> Result<Option<String>, String> {
        let source = |field: &String| row.get(field).map(String::as_str);
        let parsed = |field: &String| source(field).map(date).transpose();
        let linked = |key: &str, value: &str| row.contains_key(key).then(|| value.to_owned());
        Ok(match derived {
            Derived::RowId | Derived::SourceRow => Some(number.to_string()),
            Derived::SourceFile => Some("case.md".to_owned()),
            Derived::SourceSheet | Derived::Key(_) | Derived::State(_) | Derived::UnitKey | Derived::PersonKey => None,
            // A case says months of birth and ages itself.
            Derived::BirthMonthMin(_) | Derived::BirthMonthMax(_) | Derived::AgeMin(_) | Derived::AgeMax(_) => None,
            Derived::Period => Some(period.to_string()),
            Derived::IdAgreement(_) => Some("unknown".to_owned()),
            Derived::Folded(field) => source(field).map(|name| org_name::parse(name).folded),
            Derived::Precision(field) => parsed(field)?.map(|d| d.precision.as_str().to_owned()),
            Derived::DayMin(field) => parsed(field)?.map(|d| d.day_min().to_string()),
            Derived::DayMax(field) => parsed(field)?.map(|d| d.day_max().to_string()),
            Derived::MonthNo(field) => match source(field).and_then(Month::parse) {
                Some(month) if source(field).is_some_and(|t| t.len() == 7) => Some(month.0.to_string()),
                _ => parsed(field)?.map(|d| d.month().0.to_string()),
            },
            Derived::UnitMatch => linked("unit_key", "unit-code"),
            Derived::UnitProbability => linked("unit_key", "1"),
            Derived::PersonMatch => linked("person_key", "A"),
            Derived::PersonProbability => linked("person_key", "1"),
            Derived::PersonRival => linked("person_key", "0"),
        })
    };
    for field in &schema.fields {
        if let (Some(derived), false) = (&field.derived, row.contains_key(&field.name))
            && let Some(value) = defaults(row, derived)?
        {
            row.insert(field.name.clone(), value);
        }
    }
    Ok(())
}

/// Rows of `units` and `persons` for every key that stands anywhere; what the case says of one stays.
fn entities(rows: &mut BTreeMap<String, Vec<Row>>) {
    let canonical: Vec<(String, Row)> = rows
        .iter()
        .filter(|(name, _)| !resolved::RESOLVED.contains(&name.as_str()))
        .flat_map(|(name, rows)| rows.iter().map(|r| (name.clone(), r.clone())))
        .collect();
    let unit_flags = [
        ("establishment_units", "in_establishment"),
        ("registrations", "in_registration"),
        ("payroll", "in_payroll"),
        ("hr_staff", "in_hr"),
    ];
    let unit_texts = ["unit_name", "unit_name_folded", "unit_code", "credit_code", "nature", "funding", "unit_status"];
    let of_units = |_: &str| unit_texts.iter().map(|t| (*t, *t)).collect::<Vec<_>>();
    merge(rows, &canonical, "units", "unit_key", &unit_flags, &of_units);
    let person_flags = [("establishment_staff", "in_establishment"), ("payroll", "in_payroll"), ("hr_staff", "in_hr")];
    let of_persons = |table: &str| {
        let mut texts = vec![("name", "person_name"), ("resident_id", "resident_id")];
        if table == "establishment_staff" {
            texts.push(("unit_key", "register_unit_key"));
        }
        texts
    };
    merge(rows, &canonical, "persons", "person_key", &person_flags, &of_persons);
    for person in rows.get_mut("persons").into_iter().flatten() {
        person.entry("name_conflict".to_owned()).or_insert_with(|| "0".to_owned());
    }
}

fn merge(
    rows: &mut BTreeMap<String, Vec<Row>>,
    canonical: &[(String, Row)],
    name: &str,
    key: &str,
    flags: &[(&str, &str)],
    texts: &dyn Fn(&str) -> Vec<(&'static str, &'static str)>,
) {
    let given = rows.remove(name).unwrap_or_default();
    let keys: BTreeSet<String> =
        canonical.iter().map(|(_, r)| r).chain(&given).filter_map(|r| r.get(key).cloned()).collect();
    let mut made = Vec::new();
    for value in keys {
        let mut row = given.iter().find(|r| r.get(key) == Some(&value)).cloned().unwrap_or_default();
        row.insert(key.to_owned(), value.clone());
        // The register's own words come before the other systems'.
        let mut mine: Vec<&(String, Row)> = canonical.iter().filter(|(_, r)| r.get(key) == Some(&value)).collect();
        mine.sort_by_key(|(table, _)| !table.starts_with("establishment_"));
        for (table, source) in &mine {
            for (from, to) in texts(table) {
                if let Some(text) = source.get(from) {
                    row.entry(to.to_owned()).or_insert_with(|| text.clone());
                }
            }
        }
        for (table, flag) in flags {
            let there = mine.iter().any(|(t, _)| t == table);
            row.entry((*flag).to_owned()).or_insert_with(|| u8::from(there).to_string());
        }
        made.push(row);
    }
    rows.insert(name.to_owned(), made);
}

/// Puts rows into an empty frame, each value read by its column's type.
fn fill(frame: &mut Frame, rows: &[Row]) -> Result<(), String> {
    for column in &mut frame.columns {
        let cells = || rows.iter().map(|r| r.get(&column.name).map(String::as_str));
        let bad = |text: &str| format!("{}: {text} is not of the column's type", column.name);
        column.values = match &column.values {
            Values::Text(_) => {
                let mut builder = TextBuilder::default();
                cells().for_each(|c| builder.push(c));
                Values::Text(builder.finish())
            }
            Values::Int32(_) => Values::Int32(each(cells(), |t| t.parse().map_err(|_| bad(t)))?),
            Values::Int64(_) => Values::Int64(each(cells(), |t| t.parse().map_err(|_| bad(t)))?),
            Values::Float(_) => Values::Float(each(cells(), |t| t.parse().map_err(|_| bad(t)))?),
            Values::Bool(_) => Values::Bool(each(cells(), |t| t.parse().map_err(|_| bad(t)))?),
            Values::Decimal(_) => {
                Values::Decimal(each(cells(), |t| read_money(t, 1).ok().flatten().ok_or_else(|| bad(t)))?)
            }
            Values::Date(_) => Values::Date(each(cells(), |t| date(t).map(PartialDate::day_min))?),
            Values::Evidence(_) | Values::AtRest(_) => return Err(bad("evidence or a column at rest")),
        };
    }
    Ok(())
}

fn each<'a, T, C>(
    cells: impl Iterator<Item = Option<&'a str>>,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<C, String>
where
    C: FromIterator<Option<T>>,
{
    cells.map(|c| c.map(&read).transpose()).collect()
}
