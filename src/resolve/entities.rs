//! From records to persons: stable keys, what is published of each, and the links with their evidence in words.

use std::sync::Arc;

use indexmap::IndexMap;
use rayon::prelude::*;

use super::compare;
use super::conflicts::{ids_with_two_names, same_person_two_ids, taken_records};
use super::hash::FastMap;
use super::model::LevelId;
use super::persons::{Belongs, Found, Linker, PersonsFound};
use super::records::{Record, RowPlace};
use super::register::RegisterPersons;
use super::values::{Days, NONE, PersonValues, unpack};
use super::{EvidenceLine, Link, Person, PersonOf, Rows};
use crate::kernel::account::mask_account;
use crate::kernel::dates::civil;
use crate::kernel::resident_id::{IdReading, MaskedId};
use crate::kernel::secret::hex_into;
use crate::kernel::{person_name, resident_id};
use crate::table::Texts;

/// ID, name, unit, birth date, place.
pub(super) type Content = (String, String, u32, Option<Days>, RowPlace);

/// What a record says, for orders that do not depend on where rows stand.
pub(super) fn content(values: &PersonValues<'_>, record: &Record) -> Content {
    let id = compare::reading(values, record).text().to_owned();
    let name = values.names.raw.get(record.raw_name as usize).map_or_else(String::new, |n| (*n).to_owned());
    (id, name, record.unit, record.stated_birth(), values.place(record))
}

/// The text a person without a sound ID is keyed by.
fn circumstances(linker: &Linker<'_>, record: &Record) -> String {
    let name = linker.values.names.folded.get(record.folded as usize).map_or("", |n| &*n.text);
    let birth = record.stated_birth().map_or(0, |d| d.0);
    let unit = linker.units.at(record.unit).map_or("", |u| u.key.as_str());
    format!("{name}|{birth}|{unit}")
}

fn key_of(linker: &Linker<'_>, value: &str) -> String {
    format!("P{}", linker.context.secret.key("person", value))
}

fn id_text(id: u64) -> Option<String> {
    unpack(id).map(|id| id.reveal().to_owned())
}

/// Keys from the first ten bytes of each number, in order.
fn key_texts(order: &[u128]) -> Texts {
    let mut key = String::with_capacity(21);
    let mut keys = Texts::with_capacity(order.len(), order.len() * 21);
    for ranked in order {
        key.clear();
        key.push('P');
        hex_into(&ranked.to_be_bytes()[..10], &mut key);
        keys.push(&key);
    }
    keys
}

/// Puts each item in its new place, without a second list.
fn put_in_order<T>(list: &mut [T], mut new_place: Vec<u32>) {
    for i in 0..list.len() {
        while new_place[i] as usize != i {
            let place = new_place[i] as usize;
            list.swap(i, place);
            new_place.swap(i, place);
        }
    }
}

/// The key that a record would have alone.
fn alone(linker: &Linker<'_>, record: &Record) -> String {
    let id = id_text(record.id).filter(|_| record.id != 0);
    key_of(linker, &id.unwrap_or_else(|| circumstances(linker, record)))
}

/// The key of a register person, and the key a source record would have alone.
pub(super) fn judged_keys(
    linker: &Linker<'_>,
    register: &RegisterPersons,
    person: u32,
    source: &Record,
) -> (String, String) {
    let members = register.members(person);
    let id = members.iter().map(|&r| linker.records.list[r as usize].id).find(|&id| id != 0);
    let first = &linker.records.list[members[0] as usize];
    let left = id.and_then(id_text).unwrap_or_else(|| circumstances(linker, first));
    (key_of(linker, &left), alone(linker, source))
}

/// Records of each person, register's first, then in order of content.
struct Members {
    starts: Vec<u32>,
    records: Vec<u32>,
}

impl Members {
    fn of(&self, person: usize) -> &[u32] {
        &self.records[self.starts[person] as usize..self.starts[person + 1] as usize]
    }

    fn gather(belongs: &[Belongs], persons: usize) -> Self {
        let mut starts = vec![0_u32; persons + 1];
        for b in belongs.iter().filter(|b| b.person != NONE) {
            starts[b.person as usize + 1] += 1;
        }
        for i in 0..persons {
            starts[i + 1] += starts[i];
        }
        let mut next = starts.clone();
        let mut records = vec![NONE; starts[persons] as usize];
        for (number, b) in (0..).zip(belongs).filter(|(_, b)| b.person != NONE) {
            records[next[b.person as usize] as usize] = number;
            next[b.person as usize] += 1;
        }
        Self { starts, records }
    }
}

/// Keys, facts, rows and links.
pub(super) fn finish(mut linker: Linker<'_>, register: &RegisterPersons, persons: usize) -> PersonsFound {
    let members = Members::gather(&linker.belongs, persons);
    let taken = taken_records(&linker);
    let (keys, (conflicting, with_two_ids)) = rayon::join(
        || keys(&linker, register, &members, persons),
        || rayon::join(|| ids_with_two_names(&linker, &taken), || same_person_two_ids(&linker, &taken)),
    );
    // A key and whose it is, as one number.
    let ranked = |(old, key): (usize, &[u8; 10])| {
        let mut bytes = [0; 16];
        bytes[..10].copy_from_slice(key);
        u128::from_be_bytes(bytes) | old as u128
    };
    let mut order: Vec<u128> = keys.par_iter().enumerate().map(ranked).collect();
    drop(keys);
    order.par_sort_unstable();
    let old = |ranked: u128| (ranked & u128::from(u32::MAX)) as usize;
    let mut new_number = vec![NONE; persons];
    for (new, &ranked) in (0..).zip(&order) {
        new_number[old(ranked)] = new;
    }
    let person_keys = key_texts(&order);
    drop(order);
    // Described in the order in which they stand, then put in the order of their keys.
    let each = (0..persons).into_par_iter();
    let mut list: Vec<Person> =
        each.map(|person| describe(&linker, members.of(person), &taken, &conflicting)).collect();
    drop((members, taken, conflicting));
    put_in_order(&mut list, new_number.clone());
    for (a, b) in with_two_ids {
        let (a, b) = (new_number[a as usize], new_number[b as usize]);
        for (this, other) in [(a, b), (b, a)] {
            let conflict = &mut list[this as usize].id_conflict;
            *conflict = Some(conflict.map_or(other, |c| c.min(other)));
        }
    }
    let pair = super::pair::report(&linker, register);
    let person_of = rows(&mut linker, &new_number);
    let links = linker.found.par_iter().map(|f| link_of(&linker, register, f)).collect();
    let masked_names = linker.values.names.raw.iter().map(|name| person_name::mask(name)).collect();
    PersonsFound { persons: list, person_keys, masked_names, person_of, links, pair }
}

/// One key a person: by a sound ID of the register, else of another source, else by name, birth date and unit.
fn keys(linker: &Linker<'_>, register: &RegisterPersons, members: &Members, persons: usize) -> Vec<[u8; 10]> {
    let record = |r: u32| &linker.records.list[r as usize];
    let value = |person: usize| {
        let own = members.of(person);
        let of_register = |r: &&u32| register.of_record[**r as usize] != NONE;
        let first = own.iter().filter(of_register).map(|&r| record(r).id).filter(|&id| id != 0).min();
        let other = || own.iter().map(|&r| record(r).id).filter(|&id| id != 0).min();
        let rank = u8::from(first.is_none()) + u8::from(person >= register.len());
        (first.or_else(other).unwrap_or(0), rank, person)
    };
    let mut values: Vec<(u64, u8, usize)> = (0..persons).into_par_iter().map(value).collect();
    values.par_sort_unstable();
    // Whoever has the better claim to an ID keeps it as key; others of the same ID or the same circumstances are numbered.
    let plain =
        |person: usize| members.of(person).iter().map(|&r| circumstances(linker, record(r))).min().unwrap_or_default();
    let place = |person: usize| members.of(person).iter().map(|&r| linker.values.place(record(r))).min();
    let mut chosen: Vec<(usize, String)> = Vec::new();
    let mut holders: FastMap<String, u32> = FastMap::default();
    for same in values.chunk_by(|a, b| a.0 == b.0).filter(|same| same[0].0 == 0 || same.len() > 1) {
        let mut claims: Vec<_> =
            same.par_iter().map(|&(_, rank, person)| (rank, plain(person), place(person), person)).collect();
        claims.par_sort();
        for (_, plain, _, person) in claims.into_iter().skip(usize::from(same[0].0 != 0)) {
            let times = holders.entry(plain.clone()).and_modify(|n| *n += 1).or_insert(1);
            chosen.push((person, if *times == 1 { plain } else { format!("{plain}|{times}") }));
        }
    }
    chosen.sort_unstable();
    let mut id_of = vec![0; persons];
    values.iter().for_each(|v| id_of[v.2] = v.0);
    let key = |value: &str| linker.context.secret.key_bytes("person", value);
    let of_id = |&id: &u64| unpack(id).map_or([0; 10], |id| key(id.reveal()));
    let mut keys: Vec<[u8; 10]> = id_of.par_iter().map(of_id).collect();
    chosen.iter().for_each(|(person, value)| keys[*person] = key(value));
    keys
}

/// What is published of a person, but for the key.
fn describe(linker: &Linker<'_>, members: &[u32], taken: &[bool], conflicting: &[bool]) -> Person {
    let mut person = Person::default();
    let tables = &linker.values.tables;
    let record = |r: u32| &linker.records.list[r as usize];
    // The register speaks first, rows still in force before rows ended, then sources in their order.
    let rank = |&r: &u32| {
        let record = record(r);
        let table = &tables[record.table as usize];
        let ended = table.ends.is_some_and(|d| d[record.row as usize].is_some());
        (
            !table.register,
            ended,
            record.id == 0,
            record.table,
            record.unit,
            record.raw_name == NONE,
            linker.values.place(record),
        )
    };
    let mut ordered = members.to_vec();
    if ordered.len() > 1 {
        ordered.sort_by_cached_key(rank);
    }
    for &r in &ordered {
        let record = record(r);
        let table = &tables[record.table as usize];
        person.name = person.name.or(Some(record.raw_name).filter(|&n| n != NONE));
        let id = || match unpack(record.id) {
            Some(id) => MaskedId::of(&IdReading::Valid(id)),
            None => MaskedId::of(&compare::reading(linker.values, record)),
        };
        person.id_masked = person.id_masked.or_else(id);
        if table.register {
            person.register_unit = person.register_unit.or_else(|| linker.units.places.unit(record.unit));
        }
        person.in_establishment |= table.register && taken[r as usize];
        person.in_payroll |= table.payroll && taken[r as usize];
        person.in_hr |= table.hr && taken[r as usize];
        let written = linker.values.written_number(record) as usize;
        person.name_conflict |= record.written_id != 0 && conflicting.get(written) == Some(&true);
    }
    person
}

/// Where the rows of each table belong, the persons in their new order. What the records said of it becomes that, in its place.
fn rows(linker: &mut Linker<'_>, new_number: &[u32]) -> IndexMap<String, Rows<PersonOf>> {
    let of_record = |b: Belongs| {
        let person = new_number.get(b.person as usize).copied();
        PersonOf::new(person, b.grade, b.probability, b.rival)
    };
    let entries = Arc::new(std::mem::take(&mut linker.belongs).into_iter().map(of_record).collect::<Vec<_>>());
    let tables = linker.values.tables.iter().zip(&linker.records.of_row);
    tables.map(|(table, of_row)| (table.name.to_owned(), Rows::new(entries.clone(), of_row.clone()))).collect()
}

/// A value of one comparison as it may be shown.
fn shown(linker: &Linker<'_>, record: &Record, comparison: &str) -> Option<String> {
    match comparison {
        "id" => {
            let table = &linker.values.tables[record.table as usize];
            Some(resident_id::mask(table.reading(table.id_code(record.row as usize)).text())).filter(|t| !t.is_empty())
        }
        "name" => linker.values.names.raw.get(record.raw_name as usize).map(|n| person_name::mask(n)),
        "birth" => {
            let day = record.stated_birth().map(|d| d.0).or(record.id_birth())?;
            Some(format!("{:04}-**-**", civil(day).0))
        }
        "sex" => match record.sex {
            1 => Some("male".to_owned()),
            2 => Some("female".to_owned()),
            _ => None,
        },
        "unit" => linker.units.at(record.unit).map(|u| u.name.clone()),
        "account" => linker.values.tables[record.table as usize].account_text(record.row as usize).map(mask_account),
        _ => None,
    }
}

/// A pair as it is published.
pub(super) fn link_of(linker: &Linker<'_>, register: &RegisterPersons, found: &Found) -> Link {
    let &Found { left, right, method, decision, prior, weighed, probability, rival } = found;
    let (a, b) = (&linker.records.list[left as usize], &linker.records.list[right as usize]);
    let end = |r: &Record| {
        let table = &linker.values.tables[r.table as usize];
        super::end(table.name, table.table, r.row)
    };
    let line = |(level, weight): (LevelId, f64)| {
        let comparison = level.level().comparison;
        EvidenceLine {
            comparison,
            left: shown(linker, a, comparison),
            right: shown(linker, b, comparison),
            level: level.level().slug,
            weight,
        }
    };
    let keys = match register.of_record.get(left as usize) {
        Some(&person) if person != NONE => judged_keys(linker, register, person, b),
        _ => (alone(linker, a), alone(linker, b)),
    };
    Link {
        left: end(a),
        right: end(b),
        keys,
        method,
        decision,
        prior,
        evidence: weighed.levels.into_iter().zip(weighed.bits).map(line).collect(),
        weight: prior + weighed.total(),
        probability,
        rival,
        threshold: linker.context.thresholds.link,
    }
}
