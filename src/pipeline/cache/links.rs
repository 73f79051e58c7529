//! Who is who, as the cache keeps it: what the linker decided for every row, by what it looked at.
//!
//! Linking looks at all tables together, so its decisions stand or fall together: they are taken when no table has another
//! text, date, month, row or place than before. Amounts and counts are never looked at; a corrected payroll links nobody anew.
//! The links themselves, with their evidence, are not kept here but in the published run, whose files are taken over.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;
use rayon::prelude::*;

use super::Cache;
use super::codec::{Reader, Writer};
use crate::kernel::dates::Month;
use crate::kernel::resident_id::MaskedId;
use crate::resolve::{Person, PersonOf, Resolution, Rows, Unit, UnitOf};
use crate::table::digest;
use crate::table::{Table, Texts};

const KIND: &str = "links";

/// Table → digest of what linking looks at in it, and what else linking depends on.
pub type Parts = BTreeMap<String, String>;

/// What linking rests on.
#[must_use]
pub fn parts(tables: &IndexMap<String, Table>, settings: &[(String, String)]) -> Parts {
    let all: Vec<(&String, &Table)> = tables.iter().collect();
    let mut parts: Parts = all.par_iter().map(|(name, table)| ((*name).clone(), digest::of_linking(table))).collect();
    parts.insert("order of tables".to_owned(), tables.keys().cloned().collect::<Vec<_>>().join(" "));
    parts.extend(settings.iter().cloned());
    parts
}

/// Tables whose linking columns differ, and settings.
#[must_use]
pub fn changed(before: &serde_json::Value, now: &Parts) -> Vec<String> {
    let before = before.as_object();
    let same = |(name, digest): &(&String, &String)| {
        before.and_then(|b| b.get(name.as_str())).is_some_and(|b| b == digest.as_str())
    };
    let mut changed: Vec<String> = now.iter().filter(|p| !same(p)).map(|(name, _)| name.clone()).collect();
    let gone = before.into_iter().flatten().filter(|(name, _)| !now.contains_key(*name));
    changed.extend(gone.map(|(name, _)| name.clone()));
    changed
}

/// Keeps a month's decisions.
pub fn keep(cache: &Cache, period: Month, parts: &Parts, resolution: &Resolution, unresolved: u64) {
    if !cache.keeps() {
        return;
    }
    let mut w = Writer::default();
    w.list(parts.iter(), |w, (name, digest)| {
        w.text(name);
        w.text(digest);
    });
    w.number(unresolved);
    w.list(resolution.units.iter(), write_unit);
    w.list(resolution.masked_names.iter(), Writer::text);
    w.list(resolution.person_keys.iter(), Writer::text);
    w.list(resolution.persons.iter(), write_person);
    write_rows(&mut w, &resolution.unit_of, |w, u| {
        let UnitOf { unit, method, probability } = u;
        w.small(*unit);
        w.text(method);
        w.number(probability.to_bits());
    });
    write_rows(&mut w, &resolution.person_of, |w, p| {
        w.small(p.person());
        w.small(Some(u32::from(p.grade)));
        w.number(p.probability.to_bits());
        w.number(p.rival.to_bits());
    });
    cache.put(KIND, &period.to_string(), &w.0);
}

/// The decisions that were kept for these very parts, without links, and how many pairs they left to people.
#[must_use]
pub fn recall(cache: &Cache, period: Month, parts: &Parts) -> Option<(Resolution, u64)> {
    let bytes = cache.get(KIND, &period.to_string())?;
    let mut r = Reader(&bytes);
    let before: Parts = r.list(|r| Some((r.text()?.to_owned(), r.text()?.to_owned())))?.into_iter().collect();
    if before != *parts {
        return None;
    }
    let unresolved = r.number()?;
    let units = r.list(read_unit)?;
    let masked_names = r.list(Reader::text)?.into_iter().collect();
    let person_keys: Texts = r.list(Reader::text)?.into_iter().collect();
    let persons = r.list(read_person)?;
    if persons.len() != person_keys.len() {
        return None;
    }
    let unit_of = read_rows(&mut r, |r| {
        Some(UnitOf { unit: r.small()?, method: word(r.text()?), probability: f64::from_bits(r.number()?) })
    })?;
    let person_of = read_rows(&mut r, |r| {
        let (person, grade) = (r.small()?, char::from_u32(r.small()??)?);
        Some(PersonOf::new(person, grade, f64::from_bits(r.number()?), f64::from_bits(r.number()?)))
    })?;
    let resolution =
        Resolution { units, persons, person_keys, masked_names, unit_of, person_of, ..Resolution::default() };
    Some((resolution, unresolved))
}

/// What is known of the rows of all tables. Tables share their entries as a rule, so each list of them is written once.
fn write_rows<T>(w: &mut Writer, tables: &IndexMap<String, Rows<T>>, mut write: impl FnMut(&mut Writer, &T)) {
    let mut lists: Vec<&Arc<Vec<T>>> = Vec::new();
    let of_table = |(table, rows)| {
        let (entries, entry_of) = Rows::parts(rows);
        let known = lists.iter().position(|list| Arc::ptr_eq(list, entries));
        let list = known.unwrap_or_else(|| {
            lists.push(entries);
            lists.len() - 1
        });
        (table, list, entry_of)
    };
    let tables: Vec<(&String, usize, &[u32])> = tables.iter().map(of_table).collect();
    w.list(lists.iter(), |w, entries| w.list(entries.iter(), &mut write));
    w.list(tables.iter(), |w, (table, list, entry_of)| {
        w.text(table);
        w.number(*list as u64);
        w.number(entry_of.len() as u64);
        w.0.reserve(entry_of.len() * 4);
        entry_of.iter().for_each(|e| w.0.extend_from_slice(&e.to_le_bytes()));
    });
}

fn read_rows<T>(
    r: &mut Reader<'_>,
    mut read: impl FnMut(&mut Reader<'_>) -> Option<T>,
) -> Option<IndexMap<String, Rows<T>>> {
    let lists: Vec<Arc<Vec<T>>> = r.list(|r| Some(Arc::new(r.list(&mut read)?)))?;
    let tables = r.list(|r| {
        let table = r.text()?.to_owned();
        let entries = lists.get(r.length()?)?;
        let n = r.length()?;
        let bytes = r.bytes(n.checked_mul(4)?)?;
        let entry_of: Vec<u32> =
            bytes.chunks_exact(4).filter_map(|b| b.try_into().ok().map(u32::from_le_bytes)).collect();
        let sound = entry_of.iter().all(|e| (*e as usize) < entries.len());
        sound.then(|| (table, Rows::new(Arc::clone(entries), Arc::new(entry_of))))
    })?;
    Some(tables.into_iter().collect())
}

fn write_unit(w: &mut Writer, unit: &Unit) {
    let Unit {
        key,
        name,
        name_folded,
        code,
        credit_code,
        nature,
        funding,
        status,
        in_establishment,
        in_registration,
        in_payroll,
        in_hr,
    } = unit;
    [key, name, name_folded].into_iter().for_each(|t| w.text(t));
    [code, credit_code, nature, funding, status].into_iter().for_each(|t| w.optional(t.as_deref()));
    [in_establishment, in_registration, in_payroll, in_hr].into_iter().for_each(|b| w.byte(u8::from(*b)));
}

fn read_unit(r: &mut Reader<'_>) -> Option<Unit> {
    let owned = |t: Option<&str>| t.map(str::to_owned);
    Some(Unit {
        key: r.text()?.to_owned(),
        name: r.text()?.to_owned(),
        name_folded: r.text()?.to_owned(),
        code: owned(r.optional()?),
        credit_code: owned(r.optional()?),
        nature: owned(r.optional()?),
        funding: owned(r.optional()?),
        status: owned(r.optional()?),
        in_establishment: r.byte()? != 0,
        in_registration: r.byte()? != 0,
        in_payroll: r.byte()? != 0,
        in_hr: r.byte()? != 0,
    })
}

fn write_person(w: &mut Writer, person: &Person) {
    let Person { name, id_masked, register_unit, in_establishment, in_payroll, in_hr, name_conflict, id_conflict } =
        person;
    w.small(*name);
    match id_masked {
        None => w.byte(0),
        Some(MaskedId::Sound(shown)) => {
            w.byte(1);
            w.0.extend_from_slice(shown);
        }
        Some(MaskedId::Other(text)) => {
            w.byte(2);
            w.text(text);
        }
    }
    w.small(*register_unit);
    [in_establishment, in_payroll, in_hr, name_conflict].into_iter().for_each(|b| w.byte(u8::from(*b)));
    w.small(*id_conflict);
}

fn read_person(r: &mut Reader<'_>) -> Option<Person> {
    Some(Person {
        name: r.small()?,
        id_masked: match r.byte()? {
            0 => None,
            1 => Some(MaskedId::Sound(r.bytes(10)?.try_into().ok()?)),
            _ => Some(MaskedId::Other(r.text()?.into())),
        },
        register_unit: r.small()?,
        in_establishment: r.byte()? != 0,
        in_payroll: r.byte()? != 0,
        in_hr: r.byte()? != 0,
        name_conflict: r.byte()? != 0,
        id_conflict: r.small()?,
    })
}

/// One of the linker's fixed words. There are few, so each is kept once for the life of the program.
fn word(text: &str) -> &'static str {
    static KNOWN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(word) = known.get(text) {
        return word;
    }
    let word: &'static str = Box::leak(text.to_owned().into_boxed_str());
    known.insert(word);
    word
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::secret::Secret;

    fn resolution() -> Resolution {
        let unit = Unit { key: "U1".to_owned(), credit_code: Some("9".to_owned()), in_hr: true, ..Unit::default() };
        let sound = Some(MaskedId::Sound(*b"1101015678"));
        let other = Some(MaskedId::Other("1***9".into()));
        let person = |id_masked| Person { name: Some(1), id_masked, ..Person::default() };
        let persons =
            vec![Person { register_unit: Some(0), id_conflict: Some(3), ..person(sound) }, person(other), person(None)];
        let of_unit = Arc::new(vec![
            UnitOf { unit: Some(0), method: "alias", probability: 0.1 },
            UnitOf { unit: None, method: "none", probability: 0.0 },
        ]);
        let of_person = vec![PersonOf::new(Some(0), 'B', 0.9, 0.2), PersonOf::new(None, 'N', 0.0, 0.0)];
        Resolution {
            units: vec![unit],
            persons,
            person_keys: ["P1", "P2", "P3"].iter().collect(),
            masked_names: ["张*", "李**"].iter().collect(),
            unit_of: IndexMap::from([
                ("payroll".to_owned(), Rows::new(Arc::clone(&of_unit), Arc::new(vec![1, 0, 1]))),
                ("hr_staff".to_owned(), Rows::new(of_unit, Arc::new(vec![0]))),
            ]),
            person_of: IndexMap::from([("payroll".to_owned(), Rows::new(Arc::new(of_person), Arc::new(vec![0])))]),
            ..Resolution::default()
        }
    }

    #[test]
    fn decisions_come_back_for_the_same_parts_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::open(folder.path(), &Secret::new(b"one"), 1 << 20);
        let (month, made) = (Month(24_321), resolution());
        let parts = Parts::from([("payroll".to_owned(), "a".to_owned())]);
        keep(&cache, month, &parts, &made, 5);
        let (back, unresolved) = recall(&cache, month, &parts).expect("kept");
        assert_eq!(unresolved, 5);
        assert_eq!(format!("{back:?}"), format!("{made:?}"));
        let entries = |table: &str| back.unit_of[table].parts().0;
        assert!(Arc::ptr_eq(entries("payroll"), entries("hr_staff")), "what tables share they share again");
        assert!(recall(&cache, month, &Parts::from([("payroll".to_owned(), "b".to_owned())])).is_none());
        assert!(recall(&cache, month.plus(1), &parts).is_none());
        let told = serde_json::json!({"payroll": "b", "hr_staff": "c"});
        assert_eq!(changed(&told, &parts), ["payroll", "hr_staff"]);
    }
}
