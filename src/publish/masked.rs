//! From a canonical table to its published frame: names, numbers and accounts leave masked or as keyed hashes.

use std::sync::Arc;

use rayon::prelude::*;

use super::birth::Births;
use crate::error::Result;
use crate::kernel::account::{mask_account, normalise_account};
use crate::kernel::dates::{self, Month, PartialDate, Precision};
use crate::kernel::resident_id::{self, Sex};
use crate::kernel::secret::Secret;
use crate::kernel::{credit_code, org_name, person_name};
use crate::resolve::{PersonOf, Resolution};
use crate::table::{Column, Derived, Field, Frame, FrameColumn, Kind, Table, TableSchema, TextColumn, Texts, Values};

/// Keys of all units and persons as shared dictionaries: a row's key is its entity's number.
#[derive(Debug)]
pub struct Keys {
    units: Texts,
    persons: Texts,
}

impl Keys {
    #[must_use]
    pub fn of(resolution: &Resolution) -> Self {
        Self { units: resolution.units.iter().map(|u| &u.key).collect(), persons: resolution.person_keys.clone() }
    }
}

/// What masking looks at besides the table.
#[derive(Debug, Clone, Copy)]
pub struct Masking<'a> {
    pub resolution: &'a Resolution,
    pub keys: &'a Keys,
    pub secret: &'a Secret,
    pub period: Month,
}

/// Columns that are masked at once of a table that rests: their raw and their masked forms are what stands in memory.
const AT_ONCE: usize = 2;

/// The published form of `table`: its taken rows, in order, with `row_id` from 1. Of a table that rests, columns are woken a few at a
/// time, and each is put to rest on the shelf before the next ones are.
///
/// # Errors
/// [`crate::error::Fault::Machine`] when the disk refuses.
pub fn publish(
    table: &mut Table,
    masking: Masking<'_>,
    rest: impl Fn(FrameColumn) -> Result<FrameColumn>,
) -> Result<Frame> {
    let rows: Vec<usize> = (0..table.len()).filter(|&row| table.taken[row]).collect();
    let schema = Arc::clone(&table.schema);
    let at_once = if table.rests() { AT_ONCE } else { schema.fields.len().max(1) };
    // Before the columns are shared out: a worker that waits for its part of the births would take up a further column, and
    // wait there for the births that it is itself reading.
    let births = if schema.fields.iter().any(asks_for_births) {
        let of_births: Vec<&str> =
            schema.person.iter().flat_map(|p| std::iter::once(&p.resident_id).chain(&p.birth)).map(|n| &**n).collect();
        Some(table.awake_for(&of_births, |table| Births::read(table, &rows, masking.period))?)
    } else {
        None
    };
    let mut columns = Vec::with_capacity(schema.fields.len());
    for fields in schema.fields.chunks(at_once) {
        let needed: Vec<&str> = fields.iter().flat_map(|field| needs(field, &schema)).collect();
        let made: Vec<FrameColumn> = table.awake_for(&needed, |table| {
            let builder = Builder { table, masking, rows: &rows, births: births.as_ref() };
            fields.par_iter().map(|field| builder.column(field)).collect()
        })?;
        made.into_iter().try_for_each(|column| rest(column).map(|column| columns.push(column)))?;
    }
    Ok(Frame {
        path: format!("canonical/{}", schema.name),
        title_zh: schema.title.clone(),
        title_en: schema.title_en.clone(),
        sort_by: vec!["row_id".to_owned()],
        columns,
    })
}

/// The source columns that a published column is made of, but for births.
fn needs<'a>(field: &'a Field, schema: &'a TableSchema) -> Vec<&'a str> {
    use Derived as D;
    match (&field.kind, &field.derived) {
        (Some(_), _) => vec![&field.name],
        (None, Some(D::IdAgreement(of))) => schema.person.iter().map(|p| &*p.resident_id).chain([&**of]).collect(),
        (
            None,
            Some(
                D::Key(of)
                | D::State(of)
                | D::Folded(of)
                | D::Precision(of)
                | D::DayMin(of)
                | D::DayMax(of)
                | D::MonthNo(of)
                | D::BirthMonthMin(of)
                | D::BirthMonthMax(of)
                | D::AgeMin(of)
                | D::AgeMax(of),
            ),
        ) => vec![of],
        (
            None,
            Some(
                D::RowId
                | D::SourceFile
                | D::SourceSheet
                | D::SourceRow
                | D::Period
                | D::UnitKey
                | D::UnitMatch
                | D::UnitProbability
                | D::PersonKey
                | D::PersonMatch
                | D::PersonProbability
                | D::PersonRival,
            )
            | None,
        ) => Vec::new(),
    }
}

struct Builder<'a> {
    table: &'a Table,
    masking: Masking<'a>,
    rows: &'a [usize],
    /// Of a table of which a column asks for them: most have none.
    births: Option<&'a Births>,
}

fn asks_for_births(field: &Field) -> bool {
    use Derived::{AgeMax, AgeMin, BirthMonthMax, BirthMonthMin};
    matches!(field.derived, Some(BirthMonthMin(_) | BirthMonthMax(_) | AgeMin(_) | AgeMax(_)))
}

impl Builder<'_> {
    fn column(&self, field: &Field) -> FrameColumn {
        let values = match (&field.kind, &field.derived) {
            (Some(kind), _) => self.source(field, *kind),
            (None, Some(derived)) => self.derived(derived),
            (None, None) => Values::Text(TextColumn::default()),
        };
        let labels =
            |(code, labels): (&String, &Vec<String>)| (code.clone(), labels.first().cloned().unwrap_or_default());
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

    fn source(&self, field: &Field, kind: Kind) -> Values {
        match &self.table.columns[&field.name] {
            Column::Text(column) => {
                let map = |f: &(dyn Fn(&str) -> Option<String> + Sync)| Values::Text(column.map_rows(self.rows, f));
                match kind {
                    Kind::PersonName => map(&|v| Some(person_name::mask(v))),
                    Kind::ResidentId => map(&|v| Some(resident_id::mask(resident_id::read(v).text()))),
                    Kind::Account => map(&|v| Some(mask_account(v))),
                    Kind::Birth => map(&|v| mask_birth(v, self.masking.period)),
                    Kind::CreditCode => map(&|v| Some(credit_code::read(v).text().to_owned())),
                    _ => self.codes(&column.dictionary, |row| column.codes[row]),
                }
            }
            Column::Integer(v) => Values::Int64(self.rows.iter().map(|&r| v.get(r)).collect()),
            Column::Money(v) => Values::Decimal(self.rows.iter().map(|&r| v.get(r)).collect()),
            Column::Date(v) => Values::Date(self.rows.iter().map(|&r| v[r].map(PartialDate::day_min)).collect()),
            Column::Month(v) => self.months(v),
            Column::AtRest(_) => unreachable!("a table is woken before it is masked"),
        }
    }

    /// A text column over a dictionary that is there already.
    fn codes(&self, dictionary: &Texts, code: impl Fn(usize) -> u32 + Sync) -> Values {
        let codes = self.rows.iter().map(|&row| code(row)).collect();
        Values::Text(TextColumn { dictionary: dictionary.clone(), codes })
    }

    /// A text column of a few fixed words; a row past their end is null.
    fn words(&self, words: &[&str], word: impl Fn(usize) -> Option<usize> + Sync) -> Values {
        let code = |row| word(row).and_then(|w| u32::try_from(w).ok()).unwrap_or(TextColumn::NULL);
        self.codes(&words.iter().collect(), code)
    }

    fn months(&self, months: &[Option<Month>]) -> Values {
        let mut seen: Vec<Month> = self.rows.iter().filter_map(|&r| months[r]).collect();
        seen.sort_unstable();
        seen.dedup();
        let dictionary: Texts = seen.iter().map(ToString::to_string).collect();
        let code =
            |row: usize| months[row].and_then(|m| seen.binary_search(&m).ok()).and_then(|i| u32::try_from(i).ok());
        self.codes(&dictionary, |row| code(row).unwrap_or(TextColumn::NULL))
    }

    fn date_part(&self, field: &str, part: impl Fn(PartialDate) -> i32) -> Values {
        let dates = self.table.dates(field).unwrap_or_default();
        Values::Int32(self.rows.iter().map(|&row| dates.get(row).copied().flatten().map(&part)).collect())
    }

    fn months_of_birth(&self, end: impl Fn((i32, i32)) -> i32) -> Values {
        Values::Int32(self.births.map(|b| b.months(end)).unwrap_or_default().into())
    }

    fn ages(&self, on: &str, most: bool) -> Values {
        let ages = self.births.map(|b| b.ages(self.table, self.rows, on, most));
        Values::Int32(ages.unwrap_or_default().into())
    }

    fn derived(&self, derived: &Derived) -> Values {
        let origin = &self.table.origin;
        let name = &self.table.schema.name;
        let units = self.masking.resolution.unit_of.get(name);
        let persons = self.masking.resolution.person_of.get(name);
        let unit = |row: usize| units.and_then(|u| u.get(row));
        let person = |row: usize| persons.and_then(|p| p.get(row));
        match derived {
            Derived::RowId => {
                Values::Int64((1..=i64::try_from(self.rows.len()).unwrap_or(i64::MAX)).map(Some).collect())
            }
            Derived::SourceFile => self.codes(&origin.files.iter().collect(), |row| origin.file[row]),
            Derived::SourceSheet => self.codes(&origin.sheets.iter().collect(), |row| origin.sheet[row]),
            Derived::SourceRow => Values::Int64(self.rows.iter().map(|&r| Some(i64::from(origin.row[r]))).collect()),
            Derived::Period => self.words(&[&self.masking.period.to_string()], |_| Some(0)),
            Derived::Key(field) => self.keys(field),
            Derived::State(field) => self.states(field),
            Derived::Folded(field) => match self.table.text(field) {
                Some(column) => Values::Text(column.map_rows(self.rows, |v| Some(org_name::parse(v).folded))),
                None => self.words(&[], |_| None),
            },
            Derived::IdAgreement(field) => self.agreement(field),
            Derived::Precision(field) => {
                let dates = self.table.dates(field).unwrap_or_default();
                let precision = |row: usize| dates.get(row).copied().flatten().map(|d| d.precision);
                let all = [Precision::Day, Precision::Month, Precision::Year];
                let place = |row| precision(row).and_then(|p| all.iter().position(|a| *a == p));
                self.words(&all.map(Precision::as_str), place)
            }
            Derived::DayMin(field) => self.date_part(field, PartialDate::day_min),
            Derived::DayMax(field) => self.date_part(field, PartialDate::day_max),
            Derived::MonthNo(field) => match self.table.columns.get(field) {
                Some(Column::Month(v)) => Values::Int32(self.rows.iter().map(|&r| v[r].map(|m| m.0)).collect()),
                _ => self.date_part(field, |d| d.month().0),
            },
            Derived::BirthMonthMin(_) => self.months_of_birth(|b| b.0),
            Derived::BirthMonthMax(_) => self.months_of_birth(|b| b.1),
            Derived::AgeMin(field) => self.ages(field, false),
            Derived::AgeMax(field) => self.ages(field, true),
            Derived::UnitKey => {
                self.codes(&self.masking.keys.units, |row| unit(row).and_then(|u| u.unit).unwrap_or(TextColumn::NULL))
            }
            Derived::UnitMatch => {
                let mut methods: Vec<&str> = units.map(|u| u.iter().map(|u| u.method).collect()).unwrap_or_default();
                methods.sort_unstable();
                methods.dedup();
                self.words(&methods, |row| unit(row).and_then(|u| methods.binary_search(&u.method).ok()))
            }
            Derived::UnitProbability => {
                Values::Float(self.rows.iter().map(|&r| unit(r).map(|u| u.probability)).collect())
            }
            Derived::PersonKey => self.codes(&self.masking.keys.persons, |row| {
                person(row).and_then(PersonOf::person).unwrap_or(TextColumn::NULL)
            }),
            Derived::PersonMatch => {
                let grades = ["A", "B", "C", "N"];
                self.words(&grades, |row| person(row).and_then(|p| grades.iter().position(|g| g.starts_with(p.grade))))
            }
            Derived::PersonProbability => {
                Values::Float(self.rows.iter().map(|&r| person(r).map(|p| p.probability)).collect())
            }
            Derived::PersonRival => Values::Float(self.rows.iter().map(|&r| person(r).map(|p| p.rival)).collect()),
        }
    }

    fn kind(&self, field: &str) -> Option<Kind> {
        self.table.schema.field(field).and_then(|f| f.kind)
    }

    fn keys(&self, field: &str) -> Values {
        let (Some(column), Some(kind)) = (self.table.text(field), self.kind(field)) else {
            return self.words(&[], |_| None);
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
        Values::Text(column.map_rows(self.rows, |v| normal(v).map(|n| self.masking.secret.key(domain, &n))))
    }

    fn states(&self, field: &str) -> Values {
        let (Some(column), Some(kind)) = (self.table.text(field), self.kind(field)) else {
            return self.words(&[], |_| None);
        };
        let state = |v: &str| match kind {
            Kind::CreditCode => credit_code::read(v).state(),
            _ => resident_id::read(v).state(),
        };
        let by_code: Vec<&str> = column.dictionary.par_iter().map(state).collect();
        let mut states: Vec<&str> = by_code.clone();
        states.push("missing");
        states.sort_unstable();
        states.dedup();
        let of = |row: usize| by_code.get(column.codes[row] as usize).copied().unwrap_or("missing");
        self.words(&states, |row| states.binary_search(&of(row)).ok())
    }

    /// Whether a stated birth date or sex is what the row's own sound ID says. IDs and dates are read once per distinct text.
    fn agreement(&self, field: &str) -> Values {
        let role = self.table.schema.person.as_ref();
        let (ids, stated) = (role.and_then(|p| self.table.text(&p.resident_id)), self.table.text(field));
        let (Some(ids), Some(stated)) = (ids, stated) else { return self.words(&["unknown"], |_| Some(0)) };
        let readings: Vec<Option<(i32, Sex)>> = ids
            .dictionary
            .par_iter()
            .map(|v| resident_id::read(v).valid().map(|id| (id.birth_day(), id.sex())))
            .collect();
        let year = self.masking.period.year();
        let said: Vec<Stated> = stated.dictionary.par_iter().map(|v| Stated::read(field, v, year)).collect();
        let verdict = |row: usize| {
            let (born, sex) = (*readings.get(ids.codes[row] as usize)?)?;
            match said.get(stated.codes[row] as usize)? {
                Stated::Sex(stated) => Some(*stated == sex),
                Stated::Birth(date) => Some(date.day_min() <= born && born <= date.day_max()),
                Stated::Nothing => None,
            }
        };
        self.words(&["same", "differs", "unknown"], |row| Some(verdict(row).map_or(2, |same| usize::from(!same))))
    }
}

/// What a row states of its person, to be held against the ID.
enum Stated {
    Sex(Sex),
    Birth(PartialDate),
    Nothing,
}

impl Stated {
    fn read(field: &str, text: &str, year: i32) -> Self {
        match (field, text) {
            ("sex", "male") => Self::Sex(Sex::Male),
            ("sex", "female") => Self::Sex(Sex::Female),
            ("sex", _) => Self::Nothing,
            _ => match dates::read_date(text, year) {
                Ok(dates::DateReading::Date(date)) => Self::Birth(date),
                _ => Self::Nothing,
            },
        }
    }
}

fn mask_birth(text: &str, period: Month) -> Option<String> {
    match dates::read_date(text, period.year()) {
        Ok(dates::DateReading::Date(date)) => Some(format!("{:04}-**-**", date.month().year())),
        _ => Some("****-**-**".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::testing;
    use crate::table::Shelf;

    /// A worker that waits for a part of what one column needs takes up another column, and must not wait there for itself.
    #[test]
    fn columns_that_share_what_they_need_are_masked_by_any_number_of_workers() {
        let headers = ["person_name", "resident_id", "birth_date", "entry_date"];
        let row = |i: usize| {
            let (year, month, day) = (1950 + i % 50, 1 + i % 12, 1 + i % 28);
            let id = format!("110101{year:04}{month:02}{day:02}{:04}", i % 10_000);
            vec![format!("张{i}"), id, format!("{year:04}-{month:02}-{day:02}"), "2010-07".to_owned()]
        };
        let rows: Vec<Vec<String>> = (0..3000).map(row).collect();
        let mut table = testing::table("establishment_staff", &headers, &rows, "staff.csv");
        let (resolution, secret) = (Resolution::default(), Secret::new(b"test"));
        let keys = Keys::of(&resolution);
        let masked = move |table: &mut Table| {
            publish(
                table,
                Masking { resolution: &resolution, keys: &keys, secret: &secret, period: testing::PERIOD },
                Ok,
            )
        };
        let awake = masked(&mut table).expect("masked");
        let folder = tempfile::tempdir().expect("a folder");
        let shelf = Shelf::make(folder.path()).expect("made");
        let mut resting = table.clone();
        resting.rest(&shelf, |_| true).expect("put down");
        let from_rest = masked(&mut resting).expect("masked");
        assert!(resting.rests() && from_rest == awake, "masked from rest as from memory");
        let (send, done) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for workers in [3, 8] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(workers).build().expect("a pool");
                for _ in 0..100 {
                    let frame = pool.install(|| masked(&mut table));
                    assert_eq!(frame.expect("masked").len(), 3000);
                }
            }
            send.send(()).expect("somebody waits");
        });
        let waited = done.recv_timeout(std::time::Duration::from_mins(5));
        assert!(waited.is_ok(), "the workers wait for one another");
    }
}
