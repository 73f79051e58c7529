//! schemas/*.json: one canonical table each, as a Frictionless Table Schema with our own keys under `hedui:`.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::Deserialize;

use crate::error::{Fault, Place, Problem, Result, nearest};

/// What a source field is, and so how its cells are read and compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Text,
    Code,
    OrgName,
    OrgCode,
    PersonName,
    ResidentId,
    CreditCode,
    Account,
    Date,
    Birth,
    Month,
    Money,
    Integer,
}

/// A field that is not in the extract but follows from what is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Derived {
    RowId,
    SourceFile,
    SourceSheet,
    SourceRow,
    Period,
    Key(String),
    State(String),
    Folded(String),
    IdAgreement(String),
    Precision(String),
    DayMin(String),
    DayMax(String),
    MonthNo(String),
    /// Earliest and latest month of birth that the stated birth and the row's own sound ID allow; of the older alone.
    BirthMonthMin(String),
    BirthMonthMax(String),
    /// Least and most whole years of age on a date of the row.
    AgeMin(String),
    AgeMax(String),
    UnitKey,
    UnitMatch,
    UnitProbability,
    PersonKey,
    PersonMatch,
    PersonProbability,
    PersonRival,
}

impl Derived {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "row_id" => Self::RowId,
            "source_file" => Self::SourceFile,
            "source_sheet" => Self::SourceSheet,
            "source_row" => Self::SourceRow,
            "period" => Self::Period,
            "unit.key" => Self::UnitKey,
            "unit.match" => Self::UnitMatch,
            "unit.probability" => Self::UnitProbability,
            "person.key" => Self::PersonKey,
            "person.match" => Self::PersonMatch,
            "person.probability" => Self::PersonProbability,
            "person.rival" => Self::PersonRival,
            _ => {
                let (field, what) = text.split_once('.')?;
                let field = field.to_owned();
                match what {
                    "key" => Self::Key(field),
                    "state" => Self::State(field),
                    "folded" => Self::Folded(field),
                    "id_agreement" => Self::IdAgreement(field),
                    "precision" => Self::Precision(field),
                    "day_min" => Self::DayMin(field),
                    "day_max" => Self::DayMax(field),
                    "month" => Self::MonthNo(field),
                    "birth_month_min" => Self::BirthMonthMin(field),
                    "birth_month_max" => Self::BirthMonthMax(field),
                    "age_min" => Self::AgeMin(field),
                    "age_max" => Self::AgeMax(field),
                    _ => return None,
                }
            }
        })
    }
}

#[derive(Debug, Clone)]
pub struct Field {
    pub name: String,
    pub title: String,
    pub title_en: String,
    /// Set for a source field.
    pub kind: Option<Kind>,
    /// Set for a derived field.
    pub derived: Option<Derived>,
    pub aliases: Vec<String>,
    /// Code to the labels that extracts use for it.
    pub codes: IndexMap<String, Vec<String>>,
    pub required: bool,
    pub minimum: Option<f64>,
    pub unit: Option<String>,
    pub personal: bool,
    /// The value of an empty cell; `period` stands for the file's own period.
    pub default: Option<String>,
    /// Whether a banner cell above the table may carry the value for all rows below it.
    pub banner: bool,
}

/// Which columns say what unit a row belongs to.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UnitRole {
    /// `register` (the spine), `source` (linked on names and numbers), `reference` (names a registered unit),
    /// `alias` (a table of other names), `loose` (may be a unit outside the registers).
    pub role: String,
    pub code: Option<String>,
    pub name: Option<String>,
    pub credit_code: Option<String>,
    pub other_names: Option<String>,
    pub superior: Option<String>,
    pub alias: Option<String>,
}

/// Which columns say what person a row is about.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonRole {
    /// `register` (the spine) or `source`.
    pub role: String,
    pub name: String,
    pub resident_id: String,
    pub birth: Option<String>,
    pub sex: Option<String>,
}

#[derive(Debug, Clone)]
pub struct TableSchema {
    pub name: String,
    pub title: String,
    pub title_en: String,
    pub source: String,
    pub optional: bool,
    pub unit: Option<UnitRole>,
    pub person: Option<PersonRole>,
    pub fields: Vec<Field>,
}

impl TableSchema {
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }
    /// The fields an extract may carry, in schema order.
    pub fn source_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|f| f.kind.is_some())
    }
}

/// All schemas of a workspace, by table name, in name order.
#[derive(Debug, Clone, Default)]
pub struct Schemas {
    pub tables: IndexMap<String, Arc<TableSchema>>,
}

impl Schemas {
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<TableSchema>> {
        self.tables.get(name)
    }

    /// Reads every *.json below `directory`.
    ///
    /// # Errors
    /// [`Fault::Configuration`] with every problem of every file.
    pub fn load(directory: &Path) -> Result<Self> {
        let mut paths: Vec<_> = fs_err::read_dir(directory)?.filter_map(|e| e.ok().map(|e| e.path())).collect();
        paths.retain(|p| p.extension().is_some_and(|e| e == "json"));
        paths.sort();
        let mut problems = Vec::new();
        let mut tables = IndexMap::new();
        for path in &paths {
            let label = path.display().to_string();
            match parse(&label, &fs_err::read_to_string(path)?) {
                Ok(schema) => {
                    tables.insert(schema.name.clone(), Arc::new(schema));
                }
                Err(mut found) => problems.append(&mut found),
            }
        }
        if paths.is_empty() {
            let place = Place::file(directory.display().to_string());
            problems.push(Problem::new(place, "no-schemas", "no schema (*.json) in the folder"));
        }
        if problems.is_empty() { Ok(Self { tables }) } else { Err(Fault::Configuration(problems)) }
    }

    /// The schemas that ship with the program, as (file name, text).
    #[must_use]
    pub fn embedded() -> Vec<(&'static str, &'static str)> {
        static FOLDER: include_dir::Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/schemas");
        let text = |f: &'static include_dir::File<'_>| Some((f.path().to_str()?, f.contents_utf8()?));
        let mut files: Vec<_> = FOLDER.files().filter_map(text).collect();
        files.sort_unstable();
        files
    }

    /// The embedded schemas, parsed.
    ///
    /// # Errors
    /// [`Fault::Configuration`]; a test holds that it does not happen.
    pub fn built_in() -> Result<Self> {
        let mut tables = IndexMap::new();
        for (name, text) in Self::embedded() {
            let schema = parse(name, text).map_err(Fault::Configuration)?;
            tables.insert(schema.name.clone(), Arc::new(schema));
        }
        Ok(Self { tables })
    }
}

#[derive(Deserialize)]
struct RawSchema {
    name: String,
    title: String,
    #[serde(rename = "hedui:titleEn")]
    title_en: String,
    #[serde(rename = "hedui:source")]
    source: String,
    #[serde(rename = "hedui:optional", default)]
    optional: bool,
    #[serde(rename = "hedui:unit")]
    unit: Option<UnitRole>,
    #[serde(rename = "hedui:person")]
    person: Option<PersonRole>,
    fields: Vec<RawField>,
}

#[derive(Deserialize)]
struct RawField {
    name: String,
    title: String,
    #[serde(rename = "hedui:titleEn")]
    title_en: String,
    #[serde(rename = "hedui:kind")]
    kind: Option<Kind>,
    #[serde(rename = "hedui:derived")]
    derived: Option<String>,
    #[serde(rename = "hedui:aliases", default)]
    aliases: Vec<String>,
    #[serde(rename = "hedui:codes", default)]
    codes: IndexMap<String, Vec<String>>,
    #[serde(rename = "hedui:unit")]
    unit: Option<String>,
    #[serde(rename = "hedui:personal", default)]
    personal: bool,
    #[serde(rename = "hedui:default")]
    default: Option<String>,
    #[serde(rename = "hedui:banner", default)]
    banner: bool,
    #[serde(default)]
    constraints: RawConstraints,
}

#[derive(Deserialize, Default)]
struct RawConstraints {
    #[serde(default)]
    required: bool,
    minimum: Option<f64>,
}

/// Parses one schema, reporting every problem it has.
///
/// # Errors
/// The problems, each with the file and, where the parser knows it, the line.
pub fn parse(label: &str, text: &str) -> std::result::Result<TableSchema, Vec<Problem>> {
    let raw: RawSchema = serde_json::from_str(text).map_err(|e| {
        let place = Place::file(label).row(u32::try_from(e.line()).unwrap_or(0));
        vec![Problem::new(place, "schema-error", e.to_string())]
    })?;
    let line_of = |needle: &str| {
        let row = text.lines().position(|l| l.contains(needle)).map_or(1, |i| i + 1);
        Place::file(label).row(u32::try_from(row).unwrap_or(1))
    };
    let mut problems = Vec::new();
    let names: Vec<String> = raw.fields.iter().map(|f| f.name.clone()).collect();
    let mut known = std::collections::HashSet::new();
    let mut fields = Vec::with_capacity(raw.fields.len());
    for f in raw.fields {
        let place = line_of(&format!("\"{}\"", f.name));
        if !known.insert(f.name.clone()) {
            problems.push(Problem::new(place.clone(), "duplicate-field", format!("field {} stands twice", f.name)));
        }
        let derived = f.derived.as_deref().map(|d| (d, Derived::parse(d)));
        if let Some((text, None)) = &derived {
            problems.push(Problem::new(
                place.clone(),
                "unknown-derivation",
                format!("{}: cannot derive {text}", f.name),
            ));
        }
        if f.kind.is_some() == derived.is_some() {
            let message = format!("field {} needs exactly one of hedui:kind and hedui:derived", f.name);
            problems.push(Problem::new(place, "field-kind", message));
        }
        fields.push(Field {
            name: f.name,
            title: f.title,
            title_en: f.title_en,
            kind: f.kind,
            derived: derived.and_then(|(_, d)| d),
            aliases: f.aliases,
            codes: f.codes,
            required: f.constraints.required,
            minimum: f.constraints.minimum,
            unit: f.unit,
            personal: f.personal,
            default: f.default,
            banner: f.banner,
        });
    }
    let mut refer = |key: &str, name: Option<&String>| {
        if let Some(name) = name
            && !names.contains(name)
        {
            let mut problem = Problem::new(line_of(key), "unknown-field", format!("{key}: no field {name}"));
            problem.hint = nearest(name, names.iter().map(String::as_str)).map(|n| format!("did you mean {n}?"));
            problems.push(problem);
        }
    };
    if let Some(unit) = &raw.unit {
        for name in [&unit.code, &unit.name, &unit.credit_code, &unit.other_names, &unit.superior, &unit.alias] {
            refer("hedui:unit", name.as_ref());
        }
    }
    if let Some(person) = &raw.person {
        refer("hedui:person", Some(&person.name));
        refer("hedui:person", Some(&person.resident_id));
        refer("hedui:person", person.birth.as_ref());
        refer("hedui:person", person.sex.as_ref());
    }
    if problems.is_empty() {
        Ok(TableSchema {
            name: raw.name,
            title: raw.title,
            title_en: raw.title_en,
            source: raw.source,
            optional: raw.optional,
            unit: raw.unit,
            person: raw.person,
            fields,
        })
    } else {
        Err(problems)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_schemas_are_sound() {
        let schemas = Schemas::built_in().expect("sound");
        assert_eq!(schemas.tables.len(), Schemas::embedded().len());
        assert!(schemas.get("payroll").is_some_and(|s| s.person.is_some()));
    }

    #[test]
    fn every_problem_of_a_schema_is_reported_with_its_line() {
        let text = r#"{"name":"t","title":"t","hedui:titleEn":"t","hedui:source":"hr",
 "hedui:person":{"role":"source","name":"nme","residentId":"id"},
 "fields":[
 {"name":"name","title":"n","hedui:titleEn":"n","hedui:kind":"person_name"},
 {"name":"id","title":"n","hedui:titleEn":"n"},
 {"name":"k","title":"n","hedui:titleEn":"n","hedui:derived":"name.nonsense"}]}"#;
        let problems = parse("t.json", text).expect_err("three problems");
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems.len(), 3, "{said:?}");
        assert!(said.iter().any(|s| s.contains("row 2") && s.contains("did you mean name?")), "{said:?}");
    }
}
