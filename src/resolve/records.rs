//! Person tables as records: kernels run once per distinct value, rows with the same values become one record.

use std::borrow::Cow;

use indexmap::IndexMap;
use rayon::prelude::*;

use super::UnitOf;
use super::hash::{FastMap, text_hash};
use crate::kernel::account::normalise_account;
use crate::kernel::dates::{self, DateReading, Month, PartialDate};
use crate::kernel::resident_id::{self, IdReading, ResidentId, Sex};
use crate::kernel::{characters, person_name};
use crate::table::{Kind, Table, TextColumn};

pub(super) const NONE: u32 = u32::MAX;

/// A span of days, both ends included.
pub(super) type Days = (i32, i32);

/// The first 17 digits of a sound ID as a number; 0 stands for none. Equality of packed IDs is equality of IDs.
pub(super) fn pack(id: &ResidentId) -> u64 {
    id.reveal().bytes().take(17).fold(0, |n, b| n * 10 + u64::from(b.wrapping_sub(b'0')))
}

/// A sound ID from its packed form.
pub(super) fn unpack(packed: u64) -> Option<ResidentId> {
    let mut digits = [b'0'; 18];
    let mut rest = packed;
    for digit in digits[..17].iter_mut().rev() {
        *digit = b'0' + u8::try_from(rest % 10).ok()?;
        rest /= 10;
    }
    digits[17] = resident_id::check_character(&digits[..17])?;
    ResidentId::parse(std::str::from_utf8(&digits).ok()?)
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
}

/// What makes rows one record: ID, name, unit, account, birth date (codes), the row itself where it stays alone, sex.
type RecordKey = (u32, u32, u32, u32, u32, u32, u8);

/// Table, file, sheet, row.
pub(super) type RowPlace = (u16, u32, u32, u32);

/// Rows of one table that say the same of the same person.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub table: u16,
    /// The first of the rows.
    pub row: u32,
    pub raw_name: u32,
    pub folded: u32,
    /// Code in the table's ID column.
    pub id_code: u32,
    /// The sound ID as written, and as it is used once swaps are undone.
    pub written_id: u64,
    pub id: u64,
    pub unit: u32,
    pub stated_birth: Option<Days>,
    pub id_birth: Option<i32>,
    /// 1 male, 2 female, 0 unknown.
    pub sex: u8,
    pub account: u32,
    /// Where in the source it stands: months and batches of pay, or simply 1.
    pub slots: u64,
}

/// Whichever of two rows stands first in the files.
pub(super) fn earlier(table: &Table, kept: u32, other: usize) -> u32 {
    let origin = &table.origin;
    let place = |row: usize| (origin.file[row], origin.sheet[row], origin.row[row]);
    if place(other) < place(kept as usize) { u32::try_from(other).unwrap_or(kept) } else { kept }
}

/// A number cut by a spreadsheet ends in 000, and one in eleven then passes its check by chance. Where another record
/// has a sound number that agrees up to the cut, and no other table has the number itself, it is taken for cut.
pub(super) fn distrust_cut_numbers(records: &mut Records) {
    let cut = |id: u64| id != 0 && id.is_multiple_of(100) && unpack(id).is_some_and(|n| n.reveal().ends_with("000"));
    let mut suspects: FastMap<u64, (u16, bool, bool)> = FastMap::default();
    for record in records.list.iter().filter(|r| cut(r.written_id)) {
        let entry = suspects.entry(record.written_id).or_insert((record.table, false, false));
        entry.1 |= entry.0 != record.table;
    }
    for record in &records.list {
        let up_to_cut = record.written_id / 100 * 100;
        if record.written_id != 0
            && record.written_id != up_to_cut
            && let Some(entry) = suspects.get_mut(&up_to_cut)
        {
            entry.2 = true;
        }
    }
    for record in &mut records.list {
        if let Some((_, false, true)) = suspects.get(&record.written_id) {
            record.id = 0;
            record.id_birth = None;
        }
    }
}

fn code_at(column: Option<&TextColumn>, row: usize) -> u32 {
    column.map_or(NONE, |c| c.codes[row])
}

fn at<T: Copy>(values: &[T], code: u32, none: T) -> T {
    values.get(code as usize).copied().unwrap_or(none)
}

/// Reads the values of every table with a person role.
pub(super) fn read_values(tables: &IndexMap<String, Table>, period: Month) -> PersonValues<'_> {
    let mut interned: FastMap<&str, u32> = FastMap::default();
    let mut raw: Vec<&str> = Vec::new();
    let mut account_numbers = AccountNumbers::default();
    let mut found = Vec::new();
    for (name, table) in tables {
        let Some(role) = &table.schema.person else { continue };
        let id_column = table.text(&role.resident_id);
        let (packed, unusual) = id_column.map(read_ids).unwrap_or_default();
        let name_column = table.text(&role.name);
        let names = name_column.map_or(Vec::new(), |column| {
            let mut codes = Vec::with_capacity(column.dictionary.len());
            for value in column.dictionary.iter() {
                let next = u32::try_from(raw.len()).unwrap_or(NONE);
                let id = *interned.entry(value).or_insert(next);
                if id == next {
                    raw.push(value);
                }
                codes.push(id);
            }
            codes
        });
        let birth_column = role.birth.as_deref().and_then(|b| table.text(b));
        let births =
            birth_column.map(|c| c.dictionary.iter().map(|v| read_birth(v, period)).collect()).unwrap_or_default();
        let account_field = table.schema.fields.iter().find(|f| f.kind == Some(Kind::Account));
        let account_column = account_field.and_then(|f| table.text(&f.name));
        let accounts = account_column.map_or(Vec::new(), |column| {
            let read: Vec<Account> = column.dictionary.par_iter().map(read_account).collect();
            account_numbers.reserve(read.len());
            read.into_iter().map(|account| account_numbers.of(account)).collect()
        });
        found.push(PersonTable {
            name,
            table,
            register: role.role == "register",
            has_unit: table.schema.unit.is_some(),
            id_column,
            packed,
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
    PersonValues { tables: found, names: fold_names(raw) }
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
    Names { raw, folded_of, folded }
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
    /// The sound ID of a row, packed; 0 for none.
    pub(super) fn packed_id(&self, row: usize) -> u64 {
        at(&self.packed, self.id_code(row), 0)
    }
    /// What the ID of a code says.
    pub(super) fn reading(&self, code: u32) -> Cow<'_, IdReading> {
        match (self.unusual.get(&code), self.packed.get(code as usize)) {
            (Some(reading), _) => Cow::Borrowed(reading),
            (None, Some(&packed)) => Cow::Owned(unpack(packed).map_or(IdReading::Missing, IdReading::Valid)),
            (None, None) => Cow::Owned(IdReading::Missing),
        }
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

    fn sex(&self, row: usize) -> u8 {
        match self.sex_column.and_then(|c| c.get(row)) {
            Some("male") => 1,
            Some("female") => 2,
            _ => 0,
        }
    }

    /// A bit for each (month, batch) modulo 16 months and 4 batches; 1 for sources without months.
    fn slot(&self, months: Option<&[Option<Month>]>, batches: Option<&TextColumn>, row: usize) -> u64 {
        let Some(month) = months.and_then(|m| m[row]) else { return 1 };
        let batch = match batches.and_then(|b| b.get(row)) {
            None | Some("regular") => 0,
            Some(other) => 1 + text_hash(other) % 3,
        };
        1 << (u64::from(month.0.rem_euclid(16).unsigned_abs()) * 4 + batch)
    }

    /// The records of this table, and the record of each row.
    fn records(&self, number: u16, names: &Names<'_>, units: Option<&Vec<UnitOf>>) -> (Vec<Record>, Vec<u32>) {
        let months = self
            .table
            .schema
            .fields
            .iter()
            .find(|f| f.kind == Some(Kind::Month))
            .and_then(|f| self.table.months(&f.name));
        let batches = self.table.text("batch");
        let rows = self.table.len();
        let mut seen: FastMap<RecordKey, u32> = FastMap::default();
        seen.reserve(rows);
        let mut records: Vec<Record> = Vec::with_capacity(rows);
        let mut of_row = Vec::with_capacity(rows);
        for row in 0..rows {
            let unit = units.and_then(|u| u[row].unit).unwrap_or(NONE);
            let (id_code, birth_code) = (self.id_code(row), code_at(self.birth_column, row));
            let (raw_name, account) = (self.raw_name(row), self.account(row));
            // Two register rows with neither ID nor birth date may be two people: each stays alone.
            let alone = self.register && id_code == NONE && birth_code == NONE;
            let own = if alone { u32::try_from(row).unwrap_or(NONE) } else { NONE };
            let slot = self.slot(months, batches, row);
            let next = u32::try_from(records.len()).unwrap_or(NONE);
            let index = *seen.entry((id_code, raw_name, unit, account, birth_code, own, self.sex(row))).or_insert(next);
            of_row.push(index);
            if index != next {
                let known = &mut records[index as usize];
                known.slots |= slot;
                known.row = earlier(self.table, known.row, row);
                continue;
            }
            let id = at(&self.packed, id_code, 0);
            let sound = unpack(id).filter(|_| id != 0);
            records.push(Record {
                table: number,
                row: u32::try_from(row).unwrap_or(NONE),
                raw_name,
                folded: at(&names.folded_of, raw_name, NONE),
                id_code,
                written_id: id,
                id,
                unit,
                stated_birth: at(&self.births, birth_code, None),
                id_birth: sound.as_ref().map(ResidentId::birth_day),
                sex: match sound.as_ref().map(ResidentId::sex) {
                    Some(Sex::Male) => 1,
                    Some(Sex::Female) => 2,
                    None => self.sex(row),
                },
                account,
                slots: slot,
            });
        }
        (records, of_row)
    }
}

/// All records, table after table.
#[derive(Debug)]
pub(super) struct Records {
    pub list: Vec<Record>,
    /// Table → row → record.
    pub of_row: Vec<Vec<u32>>,
    /// Table → its records, as a range of `list`.
    pub ranges: Vec<std::ops::Range<usize>>,
}

impl PersonValues<'_> {
    /// Where a record stands: table, file, sheet, row. Ties are broken by it, so that the order of rows in memory is nothing.
    pub(super) fn place(&self, record: &Record) -> RowPlace {
        let origin = &self.tables[record.table as usize].table.origin;
        let row = record.row as usize;
        (record.table, origin.file[row], origin.sheet[row], origin.row[row])
    }
}

/// Collapses rows into records, given the unit of every row.
pub(super) fn collapse(values: &PersonValues<'_>, unit_of: &IndexMap<String, Vec<UnitOf>>) -> Records {
    let numbered: Vec<(u16, &PersonTable<'_>)> = (0..).zip(&values.tables).collect();
    let parts: Vec<(Vec<Record>, Vec<u32>)> =
        numbered.par_iter().map(|(n, t)| t.records(*n, &values.names, unit_of.get(t.name))).collect();
    let count = parts.iter().map(|p| p.0.len()).sum();
    let mut all = Records { list: Vec::with_capacity(count), of_row: Vec::new(), ranges: Vec::new() };
    for (mut records, mut of_row) in parts {
        let start = all.list.len();
        let offset = u32::try_from(start).unwrap_or(NONE);
        of_row.iter_mut().for_each(|r| *r += offset);
        all.list.append(&mut records);
        all.of_row.push(of_row);
        all.ranges.push(start..all.list.len());
    }
    all
}
