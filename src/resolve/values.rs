//! What person tables say, read once per distinct value: IDs, names, birth dates, accounts.

use std::borrow::Cow;

use hashbrown::HashTable;
use indexmap::IndexMap;
use rayon::prelude::*;

use super::hash::{FastMap, text_hash};
use super::intern;
use crate::kernel::account::normalise_account;
use crate::kernel::dates::{self, DateReading, Month, PartialDate};
use crate::kernel::person_name::PlainName;
use crate::kernel::resident_id::{self, IdReading, ResidentId};
use crate::kernel::{characters, person_name};
use crate::table::schema::PersonRole;
use crate::table::{Kind, Table, TextColumn};

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
pub(super) struct FoldedName {
    pub text: String,
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
    pub folded: Vec<FoldedName>,
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

/// Numbers of the values of a column, by code of the column; of each table in turn.
type Numbered = Vec<Vec<u32>>;

/// Names are numbered in so many parts side by side, each holding the names whose hash falls to it.
const PARTS: usize = 8;

/// The names of one part: each once, and for every column the number of each of its names within the part.
struct NamePart<'a> {
    names: Vec<&'a str>,
    of_column: Vec<Vec<(u32, u32)>>,
}

/// Gives every distinct name a number; the same name has the same one in all tables.
fn number_names<'a>(columns: &[Option<&'a TextColumn>]) -> (Numbered, Vec<&'a str>) {
    let hashed = |column: Option<&'a TextColumn>| -> Vec<u64> {
        column.map_or(Vec::new(), |c| c.dictionary.par_iter().map(text_hash).collect())
    };
    let hashes: Vec<Vec<u64>> = columns.iter().copied().map(hashed).collect();
    // The table of a part uses the low bits.
    let part_of = |hash: u64| usize::try_from(hash >> 32).unwrap_or_default() % PARTS;
    let number = |part: usize| {
        let (mut found, mut table) = (NamePart { names: Vec::new(), of_column: Vec::new() }, HashTable::<u32>::new());
        for (column, hashes) in columns.iter().zip(&hashes) {
            let mut own = Vec::new();
            for (code, &hash) in (0..).zip(hashes).filter(|(_, hash)| part_of(**hash) == part) {
                let Some(name) = column.and_then(|c| c.dictionary.get(code as usize)) else { continue };
                let names = &mut found.names;
                let rehash = |&at: &u32| text_hash(names[at as usize]);
                let entry = table.entry(hash, |&at| names[at as usize] == name, rehash);
                let next = u32::try_from(names.len()).unwrap_or(NONE);
                let at = *entry.or_insert(next).get();
                if at == next {
                    names.push(name);
                }
                own.push((code, at));
            }
            found.of_column.push(own);
        }
        found
    };
    let parts: Vec<NamePart<'a>> = (0..PARTS).into_par_iter().map(number).collect();
    let mut numbered: Numbered = hashes.iter().map(|h| vec![NONE; h.len()]).collect();
    let mut raw: Vec<&str> = Vec::with_capacity(parts.iter().map(|p| p.names.len()).sum());
    for part in parts {
        let first = u32::try_from(raw.len()).unwrap_or(NONE);
        for (numbers, own) in numbered.iter_mut().zip(part.of_column) {
            own.into_iter().for_each(|(code, at)| numbers[code as usize] = first + at);
        }
        raw.extend(part.names);
    }
    (numbered, raw)
}

fn account_column(table: &Table) -> Option<&TextColumn> {
    let field = table.schema.fields.iter().find(|f| f.kind == Some(Kind::Account))?;
    table.text(&field.name)
}

fn number_accounts(columns: &[Option<&TextColumn>]) -> Numbered {
    let mut numbers = AccountNumbers::default();
    let of = |column: Option<&TextColumn>| {
        column.map_or(Vec::new(), |column| {
            let read: Vec<Account> = column.dictionary.par_iter().map(read_account).collect();
            numbers.reserve(read.len());
            read.into_iter().map(|account| numbers.of(account)).collect()
        })
    };
    columns.iter().copied().map(of).collect()
}

/// Reads the values of every table with a person role.
pub(super) fn read_values(tables: &IndexMap<String, Table>, period: Month) -> PersonValues<'_> {
    let sources: Vec<(&String, &Table, &PersonRole)> =
        tables.iter().filter_map(|(name, t)| Some((name, t, t.schema.person.as_ref()?))).collect();
    let name_columns: Vec<Option<&TextColumn>> = sources.iter().map(|(_, t, role)| t.text(&role.name)).collect();
    let account_columns: Vec<Option<&TextColumn>> = sources.iter().map(|(_, t, _)| account_column(t)).collect();
    let ((names, raw), accounts) = rayon::join(|| number_names(&name_columns), || number_accounts(&account_columns));
    let mut found = Vec::new();
    let numbered = names.into_iter().zip(accounts).zip(name_columns.iter().zip(&account_columns));
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
    let read = |(code, text): (usize, &str)| {
        let reading = this_century(resident_id::read(text));
        let packed = reading.valid().map_or(0, pack);
        let plain = matches!(reading, IdReading::Valid(_));
        (packed, (!plain).then(|| (u32::try_from(code).unwrap_or(NONE), Box::new(reading))))
    };
    let read: Vec<(u64, Option<(u32, Box<IdReading>)>)> = column.dictionary.par_iter().enumerate().map(read).collect();
    let mut unusual = FastMap::default();
    let packed = read.into_iter().map(|(packed, other)| {
        unusual.extend(other.map(|(code, reading)| (code, *reading)));
        packed
    });
    (packed.collect(), unusual)
}

/// An account as it is compared.
enum Account {
    None,
    /// Its digits behind a 1, so that leading zeros count.
    Digits(u128),
    /// More digits than such a number holds.
    Long(String),
}

fn read_account(text: &str) -> Account {
    match normalise_account(text) {
        None => Account::None,
        Some(digits) if digits.len() <= 37 => {
            Account::Digits(digits.bytes().fold(1, |n, b| n * 10 + u128::from(b.wrapping_sub(b'0'))))
        }
        Some(digits) => Account::Long(digits),
    }
}

/// Numbers of accounts, across tables.
#[derive(Default)]
struct AccountNumbers {
    digits: FastMap<u128, u32>,
    long: FastMap<String, u32>,
}

impl AccountNumbers {
    fn reserve(&mut self, more: usize) {
        self.digits.reserve(more);
    }
    fn of(&mut self, account: Account) -> u32 {
        let next = u32::try_from(self.digits.len() + self.long.len()).unwrap_or(NONE);
        match account {
            Account::None => NONE,
            Account::Digits(digits) => *self.digits.entry(digits).or_insert(next),
            Account::Long(digits) => *self.long.entry(digits).or_insert(next),
        }
    }
}

fn read_birth(text: &str, period: Month) -> Option<Days> {
    match dates::read_date(text, period.year()) {
        Ok(DateReading::Date(date)) => Some((date.day_min(), date.day_max())),
        _ => None,
    }
}

fn fold_names(raw: Vec<&str>) -> Names<'_> {
    let folded_texts: Vec<String> = raw.par_iter().map(|v| person_name::normalise(v).folded).collect();
    let mut numbers: FastMap<&str, u32> = FastMap::default();
    numbers.reserve(raw.len());
    let mut first: Vec<bool> = Vec::with_capacity(raw.len());
    let mut folded_of = Vec::with_capacity(raw.len());
    for text in &folded_texts {
        let next = u32::try_from(numbers.len()).unwrap_or(NONE);
        let id = *numbers.entry(text).or_insert(next);
        first.push(id == next);
        folded_of.push(id);
    }
    drop(numbers);
    let texts: Vec<String> =
        folded_texts.into_iter().zip(first).filter(|(_, first)| *first).map(|(text, _)| text).collect();
    let folded = texts.into_par_iter().map(describe).collect();
    let plain = raw.par_iter().map(|name| PlainName::of(name)).collect();
    Names { raw, plain, folded_of, folded }
}

fn describe(text: String) -> FoldedName {
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
