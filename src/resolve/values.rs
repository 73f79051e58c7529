//! What person tables say, read once per distinct value: IDs, names, birth dates, accounts.

use std::borrow::Cow;

use indexmap::IndexMap;
use rayon::prelude::*;

use super::hash::{FastMap, text_hash};
use super::intern;
use crate::kernel::dates::{self, DateReading, Month, PartialDate};
use crate::kernel::person_name::PlainName;
use crate::kernel::resident_id::{self, IdReading, ResidentId};
use crate::kernel::{characters, person_name};
use crate::table::schema::PersonRole;
use crate::table::{Field, Kind, Table, TableSchema, TextColumn};

pub(super) const NONE: u32 = u32::MAX;

/// A span of days, both ends included.
pub(super) type Days = (i32, i32);

/// The first 17 digits of a sound ID as a number; 0 stands for none. Equality of packed IDs is equality of IDs.
pub(super) fn pack(id: &ResidentId) -> u64 {
    id.reveal().bytes().take(17).fold(0, |n, b| n * 10 + u64::from(b.wrapping_sub(b'0')))
}

/// A sound ID from its packed form; `None` for none.
pub(super) fn unpack(packed: u64) -> Option<ResidentId> {
    (packed != 0).then(|| ResidentId::of_sound_number(packed))
}

/// The birth day of a packed ID; `None` for none.
pub(super) fn birth_of(packed: u64) -> Option<i32> {
    let digits = u32::try_from(packed / 1000 % 100_000_000).ok().filter(|_| packed != 0)?;
    let date = PartialDate::day(i32::try_from(digits / 10_000).ok()?, digits / 100 % 100, digits % 100);
    date.map(|d| d.day_min())
}

/// A folded name and what blocking needs of it.
#[derive(Debug, Clone)]
pub(super) struct FoldedName<'a> {
    pub text: Cow<'a, str>,
    /// Hashes of the first character, of the rest, and of the syllables; 0 for an empty name.
    pub first: u64,
    pub rest: u64,
    pub syllables: u64,
}

/// All distinct names of all tables.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    pub raw: Vec<&'a str>,
    /// The plain ones of them as words.
    pub plain: Vec<Option<PlainName>>,
    /// Raw name → folded name.
    pub folded_of: Vec<u32>,
    pub folded: Vec<FoldedName<'a>>,
}

/// One person table with its columns read.
#[derive(Debug)]
pub(super) struct PersonTable<'a> {
    pub name: &'a str,
    pub table: &'a Table,
    pub register: bool,
    pub has_unit: bool,
    id_column: Option<&'a TextColumn>,
    /// Sound IDs by code of the ID column; 0 for none.
    packed: Vec<u64>,
    /// Their numbers, the same in all tables; `NONE` for none.
    id_numbers: Vec<u32>,
    /// What the other codes say, and those of fifteen digits.
    unusual: FastMap<u32, IdReading>,
    name_column: Option<&'a TextColumn>,
    /// Code of the name column → raw name.
    names: Vec<u32>,
    birth_column: Option<&'a TextColumn>,
    births: Vec<Option<Days>>,
    sex_column: Option<&'a TextColumn>,
    account_column: Option<&'a TextColumn>,
    accounts: Vec<u32>,
    /// Days on which rows ended, where the table says so.
    pub ends: Option<&'a [Option<PartialDate>]>,
    pub payroll: bool,
    pub hr: bool,
}

/// Everything known of the values of the person tables.
#[derive(Debug)]
pub(super) struct PersonValues<'a> {
    pub tables: Vec<PersonTable<'a>>,
    pub names: Names<'a>,
    /// How many sound IDs there are, and how many of them, the first ones, the register has.
    pub ids: usize,
    pub register_ids: usize,
}

fn code_at(column: Option<&TextColumn>, row: usize) -> u32 {
    column.map_or(NONE, |c| c.codes[row])
}

fn at<T: Copy>(values: &[T], code: u32, none: T) -> T {
    values.get(code as usize).copied().unwrap_or(none)
}

fn account_column(table: &Table) -> Option<&TextColumn> {
    let field = table.schema.fields.iter().find(|f| f.kind == Some(Kind::Account))?;
    table.text(&field.name)
}

/// Whether linking looks at a field of a table; what it does not look at may rest on the disk meanwhile.
#[must_use]
pub fn looks_at(schema: &TableSchema, field: &Field) -> bool {
    let of_unit = schema
        .unit
        .iter()
        .flat_map(|u| [&u.code, &u.name, &u.credit_code, &u.other_names, &u.superior, &u.alias].into_iter().flatten());
    let of_person =
        schema.person.iter().flat_map(|p| [&p.name, &p.resident_id].into_iter().chain(&p.birth).chain(&p.sex));
    let besides = ["batch", "exit_date", "valid_from", "valid_to", "nature", "funding", "unit_status"];
    matches!(field.kind, Some(Kind::Account | Kind::Month))
        || besides.contains(&field.name.as_str())
        || of_unit.chain(of_person).any(|name| *name == field.name)
}

/// Reads the values of every table with a person role.
pub(super) fn read_values(tables: &IndexMap<String, Table>, period: Month) -> PersonValues<'_> {
    let sources: Vec<(&String, &Table, &PersonRole)> =
        tables.iter().filter_map(|(name, t)| Some((name, t, t.schema.person.as_ref()?))).collect();
    let register_first = |i: &usize| (sources[*i].2.role != "register", *i);
    // What stands together in the register has numbers that stand together.
    let mut order: Vec<usize> = (0..sources.len()).collect();
    order.sort_by_key(register_first);
    let name_columns: Vec<Option<&TextColumn>> = sources.iter().map(|(_, t, role)| t.text(&role.name)).collect();
    let account_columns: Vec<Option<&TextColumn>> = sources.iter().map(|(_, t, _)| account_column(t)).collect();
    let names_in_order: Vec<Option<&TextColumn>> = order.iter().map(|&i| name_columns[i]).collect();
    let ((mut names, raw), accounts) =
        rayon::join(|| intern::names(&names_in_order), || intern::accounts(&account_columns));
    let mut names_of = vec![Vec::new(); sources.len()];
    order.iter().zip(&mut names).for_each(|(&i, own)| names_of[i] = std::mem::take(own));
    let mut found = Vec::new();
    let numbered = names_of.into_iter().zip(accounts).zip(name_columns.iter().zip(&account_columns));
    for ((name, table, role), ((names, accounts), (&name_column, &account_column))) in sources.into_iter().zip(numbered)
    {
        let id_column = table.text(&role.resident_id);
        let (packed, unusual) = id_column.map(read_ids).unwrap_or_default();
        let birth_column = role.birth.as_deref().and_then(|b| table.text(b));
        let births =
            birth_column.map(|c| c.dictionary.par_iter().map(|v| read_birth(v, period)).collect()).unwrap_or_default();
        found.push(PersonTable {
            name,
            table,
            register: role.role == "register",
            has_unit: table.schema.unit.is_some(),
            id_column,
            packed,
            id_numbers: Vec::new(),
            unusual,
            name_column,
            names,
            birth_column,
            births,
            sex_column: role.sex.as_deref().and_then(|s| table.text(s)),
            account_column,
            accounts,
            ends: table.dates("exit_date"),
            payroll: table.schema.name == "payroll",
            hr: table.schema.name == "hr_staff",
        });
    }
    let (ids, names) = rayon::join(|| number_ids(&mut found), || fold_names(raw));
    let of_register = found.iter().filter(|t| t.register).flat_map(|t| &t.id_numbers).filter(|&&n| n != NONE).max();
    let register_ids = of_register.map_or(0, |&last| last as usize + 1);
    PersonValues { tables: found, names, ids, register_ids }
}

/// Numbers the sound IDs of all tables in the order in which they first stand, those of the register first: who is who by ID is
/// then a place in a list, and what stands together in a table stays together there. Answers how many there are.
fn number_ids(tables: &mut [PersonTable<'_>]) -> usize {
    let mut order: Vec<usize> = (0..tables.len()).collect();
    order.sort_by_key(|&t| (!tables[t].register, t));
    let all: Vec<&[u64]> = order.iter().map(|&t| &tables[t].packed[..]).collect();
    let (numbers, count) = intern::number(&all);
    for (table, numbers) in order.into_iter().zip(numbers) {
        tables[table].id_numbers = numbers;
    }
    count
}

/// Sequence numbers 996–999 of a 15-digit number mean a birth before 1900. Nobody on a list of staff is that old: the
/// number was cut from an 18-digit one of the twentieth century, and is upgraded to that.
fn this_century(reading: IdReading) -> IdReading {
    const FIRST_DAY_OF_1900: i32 = -25_567;
    let IdReading::Upgraded(id) = &reading else { return reading };
    let text = id.reveal();
    if id.birth_day() >= FIRST_DAY_OF_1900 {
        return reading;
    }
    let digits = format!("{}19{}", &text[..6], &text[8..17]);
    let check = resident_id::check_character(digits.as_bytes());
    let later = check.and_then(|c| ResidentId::parse(&format!("{digits}{}", char::from(c))));
    later.map_or(reading, IdReading::Upgraded)
}

/// Sound IDs by code, and what every code says that is not plainly a sound ID of eighteen digits.
fn read_ids(column: &TextColumn) -> (Vec<u64>, FastMap<u32, IdReading>) {
    let read = |text: &str| this_century(resident_id::read(text));
    // Plain ones first: they are nearly all, and eight bytes each.
    let plain = |text: &str| match read(text) {
        IdReading::Valid(id) => pack(&id),
        _ => 0,
    };
    let mut packed: Vec<u64> = column.dictionary.par_iter().map(plain).collect();
    let unusual = |(code, text): (usize, &str)| (packed[code] == 0).then(|| (code, read(text)));
    let unusual: Vec<(usize, IdReading)> = column.dictionary.par_iter().enumerate().filter_map(unusual).collect();
    unusual.iter().for_each(|(code, reading)| packed[*code] = reading.valid().map_or(0, pack));
    (packed, unusual.into_iter().map(|(code, reading)| (u32::try_from(code).unwrap_or(NONE), reading)).collect())
}

fn read_birth(text: &str, period: Month) -> Option<Days> {
    match dates::read_date(text, period.year()) {
        Ok(DateReading::Date(date)) => Some((date.day_min(), date.day_max())),
        _ => None,
    }
}

/// Folds every name. Nearly all are plain: those stay as they are, and can only be the same as what an odd one folds to.
fn fold_names(raw: Vec<&str>) -> Names<'_> {
    let plain: Vec<Option<PlainName>> = raw.par_iter().map(|name| PlainName::of(name)).collect();
    let numbers = 0..u32::try_from(raw.len()).unwrap_or(NONE);
    let odd: Vec<u32> = numbers.filter(|&i| plain[i as usize].is_none()).collect();
    let odd: Vec<(u32, String)> =
        odd.into_par_iter().map(|i| (i, person_name::normalise(raw[i as usize]).folded)).collect();
    let mut of_word: FastMap<PlainName, u32> = FastMap::default();
    of_word.extend(odd.iter().filter_map(|(_, folded)| Some((PlainName::of(folded)?, NONE))));
    let mut of_text: FastMap<String, u32> = FastMap::default();
    let (mut folded_of, mut texts) = (Vec::with_capacity(raw.len()), Vec::with_capacity(raw.len()));
    let mut odd = odd.into_iter();
    for (&name, plain) in raw.iter().zip(&plain) {
        let next = u32::try_from(texts.len()).unwrap_or(NONE);
        let (text, known) = match plain {
            Some(word) => (Cow::Borrowed(name), of_word.get_mut(word)),
            None => {
                let folded = odd.next().map_or_else(String::new, |(_, folded)| folded);
                let word = PlainName::of(&folded).and_then(|word| of_word.get_mut(&word));
                (Cow::Owned(folded.clone()), Some(word.unwrap_or_else(|| of_text.entry(folded).or_insert(NONE))))
            }
        };
        let number = match known {
            Some(number) if *number != NONE => *number,
            known => {
                known.into_iter().for_each(|number| *number = next);
                texts.push(text);
                next
            }
        };
        folded_of.push(number);
    }
    let folded = texts.into_par_iter().map(describe).collect();
    Names { raw, plain, folded_of, folded }
}

fn describe(text: Cow<'_, str>) -> FoldedName<'_> {
    let mut characters_ = text.chars();
    let first = characters_.next().map_or(0, |c| text_hash(c.encode_utf8(&mut [0; 4])));
    let rest = if text.is_empty() { 0 } else { text_hash(characters_.as_str()) };
    let syllable = |h: u64, c: char| {
        let reading = characters::readings(c).first().map_or(u32::from(c), |&r| u32::from(r));
        (h ^ u64::from(reading)).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(7)
    };
    let syllables = if text.is_empty() { 0 } else { text.chars().fold(0xcbf2_9ce4_8422_2325, syllable) };
    FoldedName { text, first, rest, syllables }
}

impl PersonTable<'_> {
    pub(super) fn id_code(&self, row: usize) -> u32 {
        code_at(self.id_column, row)
    }
    /// How many codes its ID column has.
    pub(super) fn id_codes(&self) -> usize {
        self.packed.len()
    }
    /// The sound ID of a row, packed; 0 for none.
    pub(super) fn packed_id(&self, row: usize) -> u64 {
        at(&self.packed, self.id_code(row), 0)
    }
    /// The number of the sound ID of a row; `NONE` for none.
    pub(super) fn id_number(&self, row: usize) -> u32 {
        at(&self.id_numbers, self.id_code(row), NONE)
    }
    /// The packed form of a code that is plainly a sound ID of eighteen digits.
    pub(super) fn plain_id(&self, code: u32) -> Option<u64> {
        self.packed.get(code as usize).copied().filter(|&packed| packed != 0 && !self.unusual.contains_key(&code))
    }
    /// What the ID of a code says.
    pub(super) fn reading(&self, code: u32) -> Cow<'_, IdReading> {
        match (self.unusual.get(&code), self.packed.get(code as usize)) {
            (Some(reading), _) => Cow::Borrowed(reading),
            (None, Some(&packed)) => Cow::Owned(unpack(packed).map_or(IdReading::Missing, IdReading::Valid)),
            (None, None) => Cow::Owned(IdReading::Missing),
        }
    }
    /// The birth date a row states, and the code it goes by.
    pub(super) fn stated_birth(&self, row: usize) -> (u32, Option<Days>) {
        let code = code_at(self.birth_column, row);
        (code, at(&self.births, code, None))
    }
    /// The raw name of a row.
    pub(super) fn raw_name(&self, row: usize) -> u32 {
        at(&self.names, code_at(self.name_column, row), NONE)
    }
    pub(super) fn account(&self, row: usize) -> u32 {
        at(&self.accounts, code_at(self.account_column, row), NONE)
    }
    /// The account as written, for masking.
    pub(super) fn account_text(&self, row: usize) -> Option<&str> {
        self.account_column.and_then(|c| c.get(row))
    }

    /// 1 male, 2 female, 0 unknown.
    pub(super) fn sex(&self, row: usize) -> u8 {
        match self.sex_column.and_then(|c| c.get(row)) {
            Some("male") => 1,
            Some("female") => 2,
            _ => 0,
        }
    }
}
