//! From a canonical table to its published frame: names, numbers and accounts leave masked or as keyed hashes.

use std::collections::HashMap;

use crate::kernel::dates::{Month, PartialDate};
use crate::kernel::resident_id::{self, IdReading, Sex};
use crate::kernel::secret::Secret;
use crate::kernel::account::{mask_account, normalise_account};
use crate::kernel::{credit_code, dates, org_name, person_name};
use crate::resolve::Resolution;
use crate::table::column::TextBuilder;
use crate::table::{Column, Derived, Field, Frame, FrameColumn, Kind, Table, TextColumn, Values};

/// The published form of `table`: its taken rows, in order, with `row_id` from 1.
#[must_use]
pub fn publish(table: &Table, resolution: &Resolution, secret: &Secret, period: Month) -> Frame {
    let rows: Vec<usize> = (0..table.len()).filter(|&row| table.taken[row]).collect();
    let builder = Builder { table, resolution, secret, period, rows: &rows };
    let columns = table.schema.fields.iter().map(|field| builder.column(field)).collect();
    Frame {
        path: format!("canonical/{}", table.schema.name),
        title_zh: table.schema.title.clone(),
        title_en: table.schema.title_en.clone(),
        sort_by: vec!["row_id".to_owned()],
        columns,
    }
}

struct Builder<'a> {
    table: &'a Table,
    resolution: &'a Resolution,
    secret: &'a Secret,
    period: Month,
    rows: &'a [usize],
}

impl Builder<'_> {
    fn column(&self, field: &Field) -> FrameColumn {
        let values = match (&field.kind, &field.derived) {
            (Some(kind), _) => self.source(field, *kind),
            (None, Some(derived)) => self.derived(derived),
            (None, None) => Values::Text(TextColumn::default()),
        };
        let labels = |(code, labels): (&String, &Vec<String>)| (code.clone(), labels.first().cloned().unwrap_or_default());
        FrameColumn {
            name: field.name.clone(),
            title_zh: field.title.clone(),
            title_en: field.title_en.clone(),
            unit: field.unit.clone(),
            personal: field.personal || matches!(field.derived, Some(Derived::Key(_) | Derived::PersonKey)),
            codes: field.codes.iter().map(labels).collect(),
            values,
        }
    }

    /// Keeps the taken rows of a text column.
    fn take(&self, column: &TextColumn) -> Values {
        let codes = self.rows.iter().map(|&row| column.codes[row]).collect();
        Values::Text(TextColumn { dictionary: column.dictionary.clone(), codes })
    }

    fn source(&self, field: &Field, kind: Kind) -> Values {
        match &self.table.columns[&field.name] {
            Column::Text(column) => match kind {
                Kind::PersonName => self.take(&column.map(|v| Some(person_name::mask(v)))),
                Kind::ResidentId => self.take(&column.map(|v| Some(resident_id::mask(resident_id::read(v).text())))),
                Kind::Account => self.take(&column.map(|v| Some(mask_account(v)))),
                Kind::Birth => self.take(&column.map(|v| mask_birth(v, self.period))),
                Kind::CreditCode => self.take(&column.map(|v| Some(credit_code::read(v).text().to_owned()))),
                _ => self.take(column),
            },
            Column::Integer(v) => Values::Int64(self.rows.iter().map(|&r| v[r]).collect()),
            Column::Money(v) => Values::Decimal(self.rows.iter().map(|&r| v[r]).collect()),
            Column::Date(v) => Values::Date(self.rows.iter().map(|&r| v[r].map(PartialDate::day_min)).collect()),
            Column::Month(v) => self.text(|row| v[row].map(|m| m.to_string())),
        }
    }

    fn text(&self, mut value: impl FnMut(usize) -> Option<String>) -> Values {
        let mut builder = TextBuilder::default();
        for &row in self.rows {
            builder.push(value(row).as_deref());
        }
        Values::Text(builder.finish())
    }

    fn date_part(&self, field: &str, part: impl Fn(PartialDate) -> i32) -> Values {
        let dates = self.table.dates(field).unwrap_or_default();
        Values::Int32(self.rows.iter().map(|&row| dates.get(row).copied().flatten().map(&part)).collect())
    }

    fn derived(&self, derived: &Derived) -> Values {
        let origin = &self.table.origin;
        let name = &self.table.schema.name;
        let units = self.resolution.unit_of.get(name);
        let persons = self.resolution.person_of.get(name);
        match derived {
            Derived::RowId => Values::Int64((1..=i64::try_from(self.rows.len()).unwrap_or(i64::MAX)).map(Some).collect()),
            Derived::SourceFile => self.labels(&origin.files, &origin.file),
            Derived::SourceSheet => self.labels(&origin.sheets, &origin.sheet),
            Derived::SourceRow => Values::Int64(self.rows.iter().map(|&r| Some(i64::from(origin.row[r]))).collect()),
            Derived::Period => self.text(|_| Some(self.period.to_string())),
            Derived::Key(field) => self.keys(field),
            Derived::State(field) => self.states(field),
            Derived::Folded(field) => match self.table.text(field) {
                Some(column) => self.take(&column.map(|v| Some(org_name::parse(v).folded))),
                None => self.text(|_| None),
            },
            Derived::IdAgreement(field) => self.agreement(field),
            Derived::Precision(field) => {
                let dates = self.table.dates(field).unwrap_or_default();
                self.text(|row| dates.get(row).copied().flatten().map(|d| d.precision.as_str().to_owned()))
            }
            Derived::DayMin(field) => self.date_part(field, PartialDate::day_min),
            Derived::DayMax(field) => self.date_part(field, PartialDate::day_max),
            Derived::MonthNo(field) => match self.table.columns.get(field) {
                Some(Column::Month(v)) => Values::Int32(self.rows.iter().map(|&r| v[r].map(|m| m.0)).collect()),
                _ => self.date_part(field, |d| d.month().0),
            },
            Derived::UnitKey => self.text(|row| {
                let unit = units?.get(row)?.unit?;
                Some(self.resolution.units[unit as usize].key.clone())
            }),
            Derived::UnitMatch => self.text(|row| units?.get(row).map(|u| u.method.to_owned())),
            Derived::UnitProbability => {
                Values::Float(self.rows.iter().map(|&row| units?.get(row).map(|u| u.probability)).collect())
            }
            Derived::PersonKey => self.text(|row| {
                let person = persons?.get(row)?.person?;
                Some(self.resolution.persons[person as usize].key.clone())
            }),
            Derived::PersonMatch => self.text(|row| persons?.get(row).map(|p| p.grade.to_string())),
            Derived::PersonProbability => {
                Values::Float(self.rows.iter().map(|&row| persons?.get(row).map(|p| p.probability)).collect())
            }
            Derived::PersonRival => {
                Values::Float(self.rows.iter().map(|&row| persons?.get(row).map(|p| p.rival)).collect())
            }
        }
    }

    fn labels(&self, labels: &[String], codes: &[u32]) -> Values {
        let dictionary = labels.iter().map(|l| l.as_str().into()).collect();
        Values::Text(TextColumn { dictionary, codes: self.rows.iter().map(|&row| codes[row]).collect() })
    }

    fn keys(&self, field: &str) -> Values {
        let (Some(column), Some(kind)) = (self.table.text(field), self.table.schema.field(field).and_then(|f| f.kind)) else {
            return self.text(|_| None);
        };
        let normal = |v: &str| match kind {
            Kind::ResidentId => Some(resident_id::read(v).text().to_owned()).filter(|t| !t.is_empty()),
            Kind::PersonName => Some(person_name::normalise(v).folded).filter(|t| !t.is_empty()),
            Kind::Account => normalise_account(v),
            _ => Some(v.to_owned()),
        };
        let domain = match kind {
            Kind::ResidentId => "id",
            Kind::PersonName => "name",
            Kind::Account => "account",
            _ => "value",
        };
        self.take(&column.map(|v| normal(v).map(|n| self.secret.key(domain, &n))))
    }

    fn states(&self, field: &str) -> Values {
        let (Some(column), Some(kind)) = (self.table.text(field), self.table.schema.field(field).and_then(|f| f.kind)) else {
            return self.text(|_| None);
        };
        let state = |v: &str| match kind {
            Kind::CreditCode => credit_code::read(v).state(),
            _ => resident_id::read(v).state(),
        };
        let by_code: Vec<&str> = column.dictionary.iter().map(|v| state(v)).collect();
        self.text(|row| Some((*by_code.get(column.codes[row] as usize).unwrap_or(&"missing")).to_owned()))
    }

    /// Whether a stated birth date or sex is what the row's own sound ID says.
    fn agreement(&self, field: &str) -> Values {
        let role = self.table.schema.person.as_ref();
        let ids = role.and_then(|p| self.table.text(&p.resident_id));
        let stated = self.table.text(field);
        let mut readings: HashMap<u32, IdReading> = HashMap::new();
        self.text(|row| {
            let verdict = (|| {
                let ids = ids?;
                let reading = readings.entry(ids.codes[row]).or_insert_with(|| resident_id::read(ids.get(row).unwrap_or("")));
                let id = reading.valid()?;
                let stated = stated?.get(row)?;
                if field == "sex" {
                    let says = match id.sex() {
                        Sex::Male => "male",
                        Sex::Female => "female",
                    };
                    return matches!(stated, "male" | "female").then_some(stated == says);
                }
                let Ok(dates::DateReading::Date(date)) = dates::read_date(stated, self.period.year()) else { return None };
                let born = id.birth_day();
                Some(date.day_min() <= born && born <= date.day_max())
            })();
            Some(verdict.map_or("unknown", |same| if same { "same" } else { "differs" }).to_owned())
        })
    }
}

fn mask_birth(text: &str, period: Month) -> Option<String> {
    match dates::read_date(text, period.year()) {
        Ok(dates::DateReading::Date(date)) => Some(format!("{:04}-**-**", date.month().year())),
        _ => Some("****-**-**".to_owned()),
    }
}
