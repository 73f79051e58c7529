//! Self-inspection (自查自纠): workbooks out, returns in, and the proof of who answered.
//!
//! A round is the record `self_inspection:S-…`: its items, its deadline, the units that were asked. A unit's answer is the record
//! `self_return:S-…/U…`; a nil return is an answer too. Problems become cases from the source `self_inspection`. `numbers` are what the
//! workbook shows of a unit, `export` writes it, `import` reads it, `coverage` counts, and says which nil returns the data contradicts.

pub mod coverage;
pub mod export;
pub mod import;
mod numbers;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::checks::digest;
use super::units::{Unit, Units, refused};
use crate::error::{Fault, Result};
use crate::kernel::dates::{Month, civil};
use crate::ledger::classes::Class;
use crate::ledger::event::day_text;
use crate::ledger::{By, Expected, Settings, Store};

/// A unit that was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub name: String,
    /// The superior's name, where there is one.
    pub department: String,
}

/// A round of self-inspection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// `S-`, the year, and eight hexadecimal characters: the same for a name and a year.
    pub id: String,
    pub name: String,
    /// Codes of the items to be ticked.
    pub items: Vec<String>,
    /// Last day for returns.
    pub due: String,
    /// Period of the numbers shown.
    pub period: String,
    pub units: BTreeMap<String, Asked>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Problems,
    /// 零报告.
    Nil,
}

/// A unit's answer as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    pub round: String,
    pub unit_key: String,
    pub unit_name: String,
    pub answer: Answer,
    /// Items ticked as having a problem.
    pub items: Vec<String>,
    pub cases: Vec<String>,
    /// What the unit says of the numbers shown, where it holds them to be wrong.
    pub disputed: Option<String>,
    /// Who filled it in, and who answers for it.
    pub filled_by: String,
    pub head: String,
    pub filled_on: String,
}

/// The number of a round.
#[must_use]
pub fn number(name: &str, year: i32) -> String {
    format!("S-{year}-{}", &digest(&["self-inspection", name.trim(), &year.to_string()])[..8])
}

/// The items that codes of classes or items name, in the order of the code list.
///
/// # Errors
/// [`Fault::Refused`] for a code that is in no list.
pub fn items<'a>(settings: &'a Settings, codes: &[String]) -> Result<Vec<&'a Class>> {
    let mut wanted = Vec::new();
    for code in codes {
        let found = settings.classes.items_of(code);
        if found.is_empty() {
            let known = settings.classes.list.iter().filter(|c| !c.is_item()).map(|c| (c.code.as_str(), c.zh.as_str()));
            return Err(crate::ledger::unknown_code("class", code, known.collect()));
        }
        wanted.extend(found.into_iter().map(|c| c.code.as_str()));
    }
    let all = settings.classes.list.iter();
    Ok(all.filter(|c| if codes.is_empty() { c.is_item() } else { wanted.contains(&c.code.as_str()) }).collect())
}

/// All rounds, by number.
///
/// # Errors
/// As [`Store::records`].
pub fn rounds(store: &dyn Store) -> Result<Vec<Round>> {
    let mut all = Vec::new();
    store.records("self_inspection", &mut |record| {
        let id = record.id.clone();
        match record.record.map(serde_json::from_value::<Round>) {
            Some(Ok(round)) => all.push(round),
            _ => return Err(Fault::Reconciliation(format!("the ledger's record {id} is no self-inspection"))),
        }
        Ok(())
    })?;
    Ok(all)
}

/// The round of that number or name; without one, the only one or the one whose returns are due last.
///
/// # Errors
/// [`Fault::Refused`] when there is none.
pub fn round_of(store: &dyn Store, wanted: Option<&str>) -> Result<Round> {
    let all = rounds(store)?;
    let known: Vec<String> = all.iter().map(|r| format!("{} {}", r.id, r.name)).collect();
    let found = match wanted {
        Some(text) => all.into_iter().find(|r| r.id == text || r.name == text),
        None => all.into_iter().max_by(|a, b| (&a.due, &a.id).cmp(&(&b.due, &b.id))),
    };
    let known = known.join("; ");
    found.ok_or_else(|| {
        let text = wanted.unwrap_or("—");
        refused(
            "unknown-round",
            &format!("没有自查“{text}”"),
            &format!("there is no self-inspection {text}"),
            format!("现有:{known};用 self-inspection export 发起"),
            format!("known: {known}; self-inspection export begins one"),
        )
    })
}

/// The returns of a round, by unit key.
///
/// # Errors
/// As [`Store::records`].
pub fn returns(store: &dyn Store, round: &str) -> Result<BTreeMap<String, Return>> {
    let mut all = BTreeMap::new();
    store.records("self_return", &mut |record| {
        let id = record.id.clone();
        match record.record.map(serde_json::from_value::<Return>) {
            Some(Ok(r)) if r.round == round => {
                all.insert(r.unit_key.clone(), r);
            }
            Some(Ok(_)) => {}
            _ => return Err(Fault::Reconciliation(format!("the ledger's record {id} is no return"))),
        }
        Ok(())
    })?;
    Ok(all)
}

/// Writes a round down: it begins, or units are added to it, or its deadline moves. `false` when nothing is new.
///
/// # Errors
/// [`Fault::Refused`] when a round of that name asked for other items; as [`Store::append`].
pub fn log_round(store: &mut dyn Store, round: &mut Round, by: &By) -> Result<bool> {
    let id = format!("self_inspection:{}", round.id);
    let before = store.case(&id)?;
    let old = before.as_ref().and_then(|c| c.record.clone()).and_then(|r| serde_json::from_value::<Round>(r).ok());
    if let Some(old) = &old {
        if old.items != round.items {
            let items = old.items.join(", ");
            return Err(refused(
                "other-items",
                &format!("自查“{}”({})已发出,事项不同:{items}", old.name, old.id),
                &format!("the self-inspection {} ({}) went out with other items: {items}", old.name, old.id),
                "另起名称,或用相同事项",
                "give it another name, or the same items",
            ));
        }
        let added = std::mem::take(&mut round.units);
        round.units.clone_from(&old.units);
        round.units.extend(added);
    }
    if old.as_ref() == Some(round) {
        return Ok(false);
    }
    let events = before.map_or(0, |c| c.events);
    let why = if events == 0 { "发起自查" } else { "调整自查" };
    store.append(&[by.record(&id, why, round)?], &[Expected { case: id, events }])?;
    Ok(true)
}

/// Units in the groups in which they are written to: one each, or a department with what is below it.
#[must_use]
pub fn groups<'a>(units: &'a Units, wanted: &[&'a Unit], by_department: bool) -> Vec<(&'a Unit, Vec<&'a Unit>)> {
    let head = |unit: &'a Unit| -> &'a Unit {
        let has_children = wanted.iter().any(|u| !u.superior.is_empty() && u.superior == unit.folded);
        if !by_department || has_children || unit.superior.is_empty() {
            return unit;
        }
        units.list.iter().find(|u| u.folded == unit.superior).unwrap_or(unit)
    };
    let mut found: BTreeMap<&str, (&Unit, Vec<&Unit>)> = BTreeMap::new();
    for unit in wanted {
        let head = head(unit);
        found.entry(&head.key).or_insert_with(|| (head, Vec::new())).1.push(unit);
    }
    found.into_values().collect()
}

/// Days after the deadline.
#[must_use]
pub fn days_late(due: &str, day: i32) -> Option<i32> {
    crate::ledger::event::day_of(due).filter(|due| day > *due).map(|due| day - due)
}

/// Whom a round asks, and for what.
#[must_use]
pub fn round(name: &str, items: &[&Class], due: i32, period: Month, by: &By, units: &[&Unit], all: &Units) -> Round {
    let department = |unit: &Unit| {
        let superior = all.list.iter().find(|u| !unit.superior.is_empty() && u.folded == unit.superior);
        superior.map_or(unit.superior.clone(), |u| u.name.clone())
    };
    let asked = |u: &&Unit| (u.key.clone(), Asked { name: u.name.clone(), department: department(u) });
    Round {
        id: number(name, civil(by.day).0),
        name: name.trim().to_owned(),
        items: items.iter().map(|c| c.code.clone()).collect(),
        due: day_text(due),
        period: period.to_string(),
        units: units.iter().map(asked).collect(),
    }
}
