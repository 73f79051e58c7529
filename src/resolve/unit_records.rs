//! Unit tables as records: one for each distinct (code, credit code, name, other names) of a table; names parsed once.

use std::sync::Arc;

use indexmap::IndexMap;
use rayon::prelude::*;

use super::hash::FastMap;
use super::records::earlier;
use super::values::NONE;
use crate::kernel::credit_code::{self, CreditCodeReading};
use crate::kernel::org_name::{self, OrgName};
use crate::kernel::{characters, dates::Month};
use crate::table::schema::UnitRole;
use crate::table::{Table, TextColumn};

/// What a table's unit columns are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Register,
    Source,
    Reference,
    Alias,
    Loose,
}

/// One way a table writes a unit.
#[derive(Debug, Clone)]
pub(super) struct UnitRecord {
    pub table: u16,
    /// The first row that writes it so.
    pub row: u32,
    pub rows: u32,
    pub role: Role,
    pub code: Option<String>,
    pub credit: CreditCodeReading,
    /// Index of the parsed name.
    pub name: u32,
    pub others: Vec<u32>,
}

impl UnitRecord {
    /// Whether it says anything of a unit at all.
    pub(super) fn says_something(&self) -> bool {
        self.code.is_some() || self.name != NONE || self.credit.valid().is_some()
    }
}

/// Parsed organisation names by number.
#[derive(Debug, Default)]
pub(super) struct OrgNames {
    pub list: Vec<OrgName>,
}

impl OrgNames {
    pub(super) fn get(&self, name: u32) -> Option<&OrgName> {
        self.list.get(name as usize)
    }
    pub(super) fn folded(&self, name: u32) -> &str {
        self.get(name).map_or("", |n| n.folded.as_str())
    }
}

/// An alias row of a table of aliases: the record that names the unit, the alias, whether it is in force.
#[derive(Debug, Clone, Copy)]
pub(super) struct AliasRow {
    pub record: u32,
    pub alias: u32,
    pub in_force: bool,
}

/// Every unit table's records.
#[derive(Debug)]
pub(super) struct UnitRecords<'a> {
    pub tables: Vec<(&'a str, &'a Table)>,
    pub list: Vec<UnitRecord>,
    /// Table → row → record.
    pub of_row: Vec<Arc<Vec<u32>>>,
    pub names: OrgNames,
    pub aliases: Vec<AliasRow>,
}

/// An organisation code as it is compared.
pub(super) fn normal_code(text: &str) -> Option<String> {
    let code: String = characters::fold_width(text).chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    (!code.is_empty()).then(|| code.to_uppercase())
}

/// Several names in one cell, taken apart.
pub(super) fn split_names(text: &str) -> impl Iterator<Item = &str> {
    text.split(['、', ';', '；', ',', '，', '/', '|', '\n']).map(str::trim).filter(|s| !s.is_empty())
}

struct Interner {
    numbers: FastMap<String, u32>,
    raw: Vec<String>,
}

impl Interner {
    fn number(&mut self, text: &str) -> u32 {
        if text.trim().is_empty() {
            return NONE;
        }
        if let Some(&n) = self.numbers.get(text) {
            return n;
        }
        let n = u32::try_from(self.raw.len()).unwrap_or(NONE);
        self.numbers.insert(text.to_owned(), n);
        self.raw.push(text.to_owned());
        n
    }
}

fn role_of(text: &str) -> Role {
    match text {
        "register" => Role::Register,
        "reference" => Role::Reference,
        "alias" => Role::Alias,
        "loose" => Role::Loose,
        _ => Role::Source,
    }
}

/// Reads every table with a unit role.
pub(super) fn read<'a>(tables: &'a IndexMap<String, Table>, period: Month) -> UnitRecords<'a> {
    let mut names = Interner { numbers: FastMap::default(), raw: Vec::new() };
    let mut all = UnitRecords {
        tables: Vec::new(),
        list: Vec::new(),
        of_row: Vec::new(),
        names: OrgNames::default(),
        aliases: Vec::new(),
    };
    let sources: Vec<(&String, &Table, &UnitRole)> =
        tables.iter().filter_map(|(name, table)| Some((name, table, table.schema.unit.as_ref()?))).collect();
    let grouped: Vec<Grouped<'_>> = sources.par_iter().map(|(_, table, role)| Grouped::of(table, role)).collect();
    for ((name, table, role), grouped) in sources.into_iter().zip(grouped) {
        let number = u16::try_from(all.tables.len()).unwrap_or(u16::MAX);
        all.tables.push((name, table));
        let of_row = grouped.enter(&mut all.list, &mut names, number, role_of(&role.role));
        if let Some(alias) = role.alias.as_deref().and_then(|f| table.text(f)) {
            let valid = validity(table, period);
            for (row, &record) in of_row.iter().enumerate() {
                let Some(text) = alias.get(row) else { continue };
                for part in split_names(text) {
                    all.aliases.push(AliasRow { record, alias: names.number(part), in_force: valid[row] });
                }
            }
        }
        all.of_row.push(Arc::new(of_row));
    }
    all.list.shrink_to_fit();
    all.names.list = names.raw.par_iter().map(|n| org_name::parse(n)).collect();
    all
}

/// Whether each alias row is in force on the last day of the period.
fn validity(table: &Table, period: Month) -> Vec<bool> {
    let (from, to) = (table.dates("valid_from"), table.dates("valid_to"));
    let as_of = period.last_day();
    (0..table.len())
        .map(|row| {
            let begun = from.and_then(|d| d[row]).is_none_or(|d| d.day_min() <= as_of);
            let ended = to.and_then(|d| d[row]).is_some_and(|d| d.day_min() <= as_of);
            begun && !ended
        })
        .collect()
}

/// The rows of a table that write a unit the same way.
struct Grouped<'a> {
    columns: [Option<&'a TextColumn>; 4],
    of_row: Vec<u32>,
    /// Of each group the first row, and how many there are.
    groups: Vec<(u32, u32)>,
}

impl<'a> Grouped<'a> {
    fn of(table: &'a Table, role: &UnitRole) -> Self {
        let column = |field: &Option<String>| field.as_deref().and_then(|f| table.text(f));
        let columns = [&role.code, &role.credit_code, &role.name, &role.other_names].map(column);
        let mut grouped = Self { columns, of_row: Vec::with_capacity(table.len()), groups: Vec::new() };
        let mut seen: FastMap<[u32; 4], u32> = FastMap::default();
        let mut last = ([TextColumn::NULL; 4], NONE);
        for row in 0..table.len() {
            let key = columns.map(|c| c.map_or(TextColumn::NULL, |c| c.codes[row]));
            let next = u32::try_from(grouped.groups.len()).unwrap_or(NONE);
            // A unit's rows stand together.
            let index = if last.0 == key && last.1 != NONE { last.1 } else { *seen.entry(key).or_insert(next) };
            last = (key, index);
            if index == next {
                grouped.groups.push((u32::try_from(row).unwrap_or(NONE), 0));
            }
            let group = &mut grouped.groups[index as usize];
            *group = (earlier(table, group.0, row), group.1 + 1);
            grouped.of_row.push(index);
        }
        grouped
    }

    /// Makes a record of each group; answers the record of each row.
    fn enter(mut self, list: &mut Vec<UnitRecord>, names: &mut Interner, table: u16, role: Role) -> Vec<u32> {
        let first = u32::try_from(list.len()).unwrap_or(NONE);
        for &(row, rows) in &self.groups {
            let text = |i: usize| self.columns[i].and_then(|c| c.get(row as usize)).unwrap_or("");
            list.push(UnitRecord {
                table,
                row,
                rows,
                role,
                code: normal_code(text(0)),
                credit: credit_code::read(text(1)),
                name: names.number(text(2)),
                others: split_names(text(3)).map(|n| names.number(n)).filter(|&n| n != NONE).collect(),
            });
        }
        self.of_row.iter_mut().for_each(|index| *index += first);
        self.of_row
    }
}
