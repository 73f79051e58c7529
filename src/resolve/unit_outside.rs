//! From verdicts to units: the register's own, and those that only other sources know.

use std::sync::Arc;

use super::hash::{DisjointSets, FastMap};
use super::model::LevelId;
use super::unit_names::compare;
use super::unit_places::Places;
use super::unit_records::{Role, UnitRecord, UnitRecords};
use super::unit_spine::{Spine, unit_key};
use super::units::UnitsFound;
use super::values::NONE;
use super::{Rows, Unit, UnitOf};
use crate::kernel::org_name;

type Linked = Option<(u32, &'static str, f64)>;

/// Makes the list of units, sorted by key, and tells each row its own.
pub(super) fn gather(records: &UnitRecords<'_>, spine: &Spine, linked: &[Linked], outside: &[f64]) -> UnitsFound {
    let mut units: Vec<Unit> = spine.units.iter().map(|u| registered(records, u)).collect();
    let mut unit_of_record: Vec<UnitOf> = linked.iter().map(of_spine).collect();
    let open: Vec<u32> = (0..)
        .zip(&records.list)
        .filter(|(i, r)| linked[*i as usize].is_none() && r.role != Role::Loose && r.says_something())
        .map(|(i, _)| i)
        .collect();
    let mut sets = outside_sets(records, &open);
    let mut groups: FastMap<u32, Vec<u32>> = FastMap::default();
    for (i, &number) in (0..).zip(&open) {
        groups.entry(sets.root(i)).or_default().push(number);
    }
    for group in groups.into_values() {
        let unit = u32::try_from(units.len()).unwrap_or(NONE);
        let sure = group.iter().map(|&r| outside[r as usize]).fold(1.0, f64::min);
        for &record in &group {
            unit_of_record[record as usize] = UnitOf { unit: Some(unit), method: "outside", probability: sure };
        }
        units.push(unregistered(records, &group));
    }
    set_keys_apart(&mut units);
    let order = sort_by_key(&mut units);
    for of in &mut unit_of_record {
        of.unit = of.unit.map(|u| order[u as usize]);
    }
    for (record, of) in records.list.iter().zip(&unit_of_record) {
        if let Some(unit) = of.unit {
            enter(&mut units[unit as usize], records, record);
        }
    }
    let unit_of_record = Arc::new(unit_of_record);
    let rows = |of_row: &Arc<Vec<u32>>| Rows::new(unit_of_record.clone(), of_row.clone());
    let tables = records.tables.iter().zip(&records.of_row);
    let unit_of = tables.map(|((name, _), of_row)| ((*name).to_owned(), rows(of_row))).collect();
    let mut spine_of = vec![NONE; units.len()];
    for (old, &new) in (0..).zip(order.iter().take(spine.units.len())) {
        spine_of[new as usize] = old;
    }
    let places = Places::of(&spine_of, &unit_of_record);
    UnitsFound { units, unit_of, links: Vec::new(), spine_of, places }
}

fn of_spine(linked: &Linked) -> UnitOf {
    match *linked {
        Some((unit, method, probability)) => UnitOf { unit: Some(unit), method, probability },
        None => UnitOf { unit: None, method: "none", probability: 0.0 },
    }
}

fn raw_name(records: &UnitRecords<'_>, record: &UnitRecord) -> String {
    let (_, table) = records.tables[record.table as usize];
    let field = table.schema.unit.as_ref().and_then(|u| u.name.as_deref());
    let raw = field.and_then(|f| table.text(f)).and_then(|c| c.get(record.row as usize));
    raw.unwrap_or_default().trim().to_owned()
}

fn registered(records: &UnitRecords<'_>, unit: &super::unit_spine::SpineUnit) -> Unit {
    let record = &records.list[unit.record as usize];
    let (_, table) = records.tables[record.table as usize];
    let text = |field: &str| table.text(field).and_then(|c| c.get(record.row as usize)).map(str::to_owned);
    Unit {
        key: unit.key.clone(),
        name: raw_name(records, record),
        name_folded: records.names.folded(unit.name).to_owned(),
        code: unit.code.clone(),
        credit_code: Some(unit.credit_text.clone()).filter(|t| !t.is_empty()),
        nature: text("nature"),
        funding: text("funding"),
        status: text("unit_status"),
        ..Unit::default()
    }
}

/// A unit that no register row is: named by its most written name.
fn unregistered(records: &UnitRecords<'_>, group: &[u32]) -> Unit {
    let mut members: Vec<&UnitRecord> = group.iter().map(|&r| &records.list[r as usize]).collect();
    members
        .sort_by_key(|r| (r.table, std::cmp::Reverse(r.rows), records.names.folded(r.name), r.code.as_deref(), r.row));
    let mut credits: Vec<&str> = members.iter().filter_map(|r| r.credit.valid()).collect();
    credits.sort_unstable();
    let mut folded: Vec<&str> =
        members.iter().map(|r| records.names.folded(r.name)).filter(|n| !n.is_empty()).collect();
    folded.sort_unstable();
    let mut codes: Vec<&str> = members.iter().filter_map(|r| r.code.as_deref()).collect();
    codes.sort_unstable();
    let named = members.iter().find(|r| r.name != NONE);
    // A source's own code is a last resort: codes of different systems may coincide.
    let last = codes.first().map(|c| format!("code {c}"));
    let name_key = folded.first().map_or_else(|| last.unwrap_or_default(), |n| (*n).to_owned());
    Unit {
        key: unit_key(None, credits.first().copied(), &name_key),
        name: named.map_or_else(String::new, |r| raw_name(records, r)),
        name_folded: named.map_or_else(String::new, |r| records.names.folded(r.name).to_owned()),
        credit_code: credits.first().map(|c| (*c).to_owned()),
        ..Unit::default()
    }
}

/// Units that share a credit code (one of them wears it wrongly) go by their names instead.
fn set_keys_apart(units: &mut [Unit]) {
    let mut holders: FastMap<String, u32> = FastMap::default();
    for unit in units.iter() {
        *holders.entry(unit.key.clone()).or_default() += 1;
    }
    for unit in units.iter_mut().filter(|u| u.code.is_none() && holders[&u.key] > 1) {
        unit.key = unit_key(None, None, &format!("{} {}", unit.name_folded, unit.credit_code.as_deref().unwrap_or("")));
    }
}

/// Sorts units by key; answers the new place of each.
fn sort_by_key(units: &mut Vec<Unit>) -> Vec<u32> {
    let mut numbered: Vec<(usize, Unit)> = std::mem::take(units).into_iter().enumerate().collect();
    numbered.sort_by(|a, b| a.1.key.cmp(&b.1.key).then_with(|| a.1.name.cmp(&b.1.name)));
    let mut order = vec![NONE; numbered.len()];
    for (new, (old, _)) in (0..).zip(&numbered) {
        order[*old] = new;
    }
    *units = numbered.into_iter().map(|(_, u)| u).collect();
    order
}

/// Notes that the record's source knows the unit.
fn enter(unit: &mut Unit, records: &UnitRecords<'_>, record: &UnitRecord) {
    let (_, table) = records.tables[record.table as usize];
    if record.role == Role::Register {
        unit.in_establishment = true;
    }
    match table.schema.name.as_str() {
        "registrations" => unit.in_registration = true,
        "payroll" => unit.in_payroll = true,
        "hr_staff" => unit.in_hr = true,
        _ => {}
    }
}

/// Which records outside the register are one unit: unions over the records of `open`.
fn outside_sets(records: &UnitRecords<'_>, open: &[u32]) -> DisjointSets {
    let mut sets = DisjointSets::new(open.len());
    let mut holders: FastMap<(u8, u16, String), Vec<u32>> = FastMap::default();
    for (i, &number) in (0..).zip(open) {
        let record = &records.list[number as usize];
        let mut enter = |kind, table, key: &str| holders.entry((kind, table, key.to_owned())).or_default().push(i);
        if let Some(credit) = record.credit.valid() {
            enter(0, 0, credit);
        }
        if let Some(code) = record.code.as_deref().filter(|_| record.role == Role::Source) {
            enter(1, record.table, code);
        }
        if let Some(code) = record.code.as_deref().filter(|_| record.role != Role::Source) {
            enter(1, u16::MAX, code);
        }
        if let Some(name) = records.names.get(record.name) {
            enter(2, 0, &name.folded);
            for key in org_name::keys(name) {
                enter(3, 0, &key);
            }
        }
    }
    let name = |i: u32| records.names.get(records.list[open[i as usize] as usize].name);
    let table = |i: u32| records.list[open[i as usize] as usize].table;
    for ((kind, ..), group) in &holders {
        for (&a, &b) in group.iter().flat_map(|a| group.iter().take(64).map(move |b| (a, b))).filter(|(a, b)| a < b) {
            let level = match (name(a), name(b)) {
                (Some(a), Some(b)) => compare(a, b),
                _ => LevelId::OrgUnknown,
            };
            let one = match kind {
                0 => level < LevelId::OrgKindred || table(a) != table(b),
                1 => level < LevelId::OrgVeto,
                2 => true,
                _ => level <= LevelId::OrgBracket,
            };
            if one {
                sets.union(a, b);
            }
        }
    }
    sets
}
