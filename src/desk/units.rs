//! Units by whatever name people give them, and the units below them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::ask::Asking;
use crate::error::{self, Fault, Result, nearest};
use crate::kernel::org_name;

/// A unit as it was last published.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unit {
    pub key: String,
    pub name: String,
    pub code: Option<String>,
    #[serde(skip)]
    pub folded: String,
    /// Nature in the register.
    pub nature: String,
    /// Division code of the register.
    pub region: String,
    #[serde(skip)]
    pub superior: String,
    /// Whether the register of units has it, as active.
    pub active: bool,
}

/// All units of a period.
pub struct Units {
    pub list: Vec<Unit>,
    /// Key, code, credit code, folded name → places in the list.
    names: BTreeMap<String, BTreeSet<usize>>,
    /// Folded name of a superior → places in the list of those directly below it.
    below: BTreeMap<String, Vec<usize>>,
}

impl Units {
    /// # Errors
    /// What reading may give.
    pub fn read(asking: &mut Asking) -> Result<Self> {
        let mut details = BTreeMap::new();
        let register = "SELECT unit_key, MIN(region_code) AS region_code, MIN(superior_name_folded) AS superior, \
             MIN(unit_status) AS unit_status FROM canonical_establishment_units \
             WHERE period = '{period}' AND unit_key IS NOT NULL GROUP BY unit_key ORDER BY unit_key";
        for row in asking.rows(register)? {
            details
                .insert(row.word("unit_key"), (row.word("region_code"), row.word("superior"), row.word("unit_status")));
        }
        let mut units = Self { list: Vec::new(), names: BTreeMap::new(), below: BTreeMap::new() };
        let sql = "SELECT unit_key, unit_name, unit_name_folded, unit_code, credit_code, nature FROM units \
             WHERE period = '{period}' ORDER BY unit_key";
        for row in asking.rows(sql)? {
            let key = row.word("unit_key");
            let known = details.get(&key).cloned();
            let active = known.as_ref().is_some_and(|(_, _, status)| status == "active");
            let (region, superior, _): (_, String, _) = known.unwrap_or_default();
            let at = units.list.len();
            if !superior.is_empty() {
                units.below.entry(superior.clone()).or_default().push(at);
            }
            let folded = row.word("unit_name_folded");
            for name in [key.clone(), folded.clone(), row.word("unit_code"), row.word("credit_code")] {
                if !name.is_empty() {
                    units.names.entry(name).or_default().insert(at);
                }
            }
            units.list.push(Unit {
                name: row.word("unit_name"),
                code: row.text("unit_code"),
                folded,
                nature: row.word("nature"),
                region,
                superior,
                active,
                key,
            });
        }
        Ok(units)
    }

    /// The unit that a key, code, credit code or whole name names; never guessed.
    ///
    /// # Errors
    /// [`Fault::Refused`] when none or several have it.
    pub fn find(&self, text: &str) -> Result<&Unit> {
        let text = text.trim();
        let found = self.names.get(text).or_else(|| self.names.get(&org_name::parse(text).folded));
        let places: Vec<&Unit> = found.into_iter().flatten().map(|&at| &self.list[at]).collect();
        match places[..] {
            [unit] => Ok(unit),
            [] => {
                let near = nearest(text, self.list.iter().map(|u| u.name.as_str())).unwrap_or_default();
                let (hint_zh, hint_en) = if near.is_empty() {
                    (
                        "写单位主键、机构编码、统一社会信用代码或全称".to_owned(),
                        "give its key, code, credit code or whole name".to_owned(),
                    )
                } else {
                    (format!("是否为“{near}”?"), format!("did you mean {near}?"))
                };
                Err(refused(
                    "unknown-unit",
                    &format!("没有单位“{text}”"),
                    &format!("no unit is called {text}"),
                    hint_zh,
                    hint_en,
                ))
            }
            _ => {
                let keys: Vec<String> =
                    places.iter().map(|u| format!("{} {}", u.key, u.code.clone().unwrap_or_default())).collect();
                let list = keys.join("; ");
                let (zh, en) = (
                    format!("“{text}”有 {} 个单位", places.len()),
                    format!("{} units are called {text}", places.len()),
                );
                Err(refused(
                    "ambiguous-unit",
                    &zh,
                    &en,
                    format!("用主键或编码指明:{list}"),
                    format!("name one by key or code: {list}"),
                ))
            }
        }
    }

    /// The units whose superior is this one, and theirs, down to a depth. A circle of superiors ends where it began.
    #[must_use]
    pub fn below(&self, unit: &Unit, depth: u32) -> Vec<Unit> {
        let mut found: BTreeSet<&str> = BTreeSet::from([unit.key.as_str()]);
        let mut level = vec![unit];
        let mut all = Vec::new();
        for _ in 0..depth {
            let mut next = Vec::new();
            let places = level.iter().filter_map(|u| self.below.get(&u.folded)).flatten();
            for child in places.map(|&at| &self.list[at]) {
                if found.insert(&child.key) {
                    all.push(child.clone());
                    next.push(child);
                }
            }
            level = next;
        }
        all.sort();
        all
    }
}

/// A refusal with what to do.
#[must_use]
pub fn refused(
    code: &'static str,
    zh: &str,
    en: &str,
    hint_zh: impl Into<String>,
    hint_en: impl Into<String>,
) -> Fault {
    error::refused(code, zh, en).hint(hint_zh, hint_en).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(key: &str, folded: &str, superior: &str) -> Unit {
        Unit {
            key: key.into(),
            name: folded.into(),
            folded: folded.into(),
            superior: superior.into(),
            ..Unit::default()
        }
    }

    fn units(list: Vec<Unit>) -> Units {
        let mut units = Units { list, names: BTreeMap::new(), below: BTreeMap::new() };
        for (at, unit) in units.list.iter().enumerate() {
            units.names.entry(unit.folded.clone()).or_default().insert(at);
            if !unit.superior.is_empty() {
                units.below.entry(unit.superior.clone()).or_default().push(at);
            }
        }
        units
    }

    #[test]
    fn children_go_down_to_the_depth_and_a_circle_ends() {
        let all = units(vec![unit("U1", "甲", "丙"), unit("U2", "乙", "甲"), unit("U3", "丙", "乙")]);
        let keys = |depth| all.below(&all.list[0], depth).into_iter().map(|u| u.key).collect::<Vec<_>>();
        assert_eq!(keys(0), Vec::<String>::new());
        assert_eq!(keys(1), ["U2"]);
        assert_eq!(keys(9), ["U2", "U3"]);
    }

    #[test]
    fn two_units_of_one_name_are_never_guessed_between() {
        let all = units(vec![unit("U1", "甲", ""), unit("U2", "甲", "")]);
        let fault = all.find("甲").expect_err("two").to_string();
        assert!(fault.contains("ambiguous-unit") && fault.contains("U1") && fault.contains("U2"), "{fault}");
        assert!(all.find("乙").expect_err("none").to_string().contains("unknown-unit"));
    }
}
