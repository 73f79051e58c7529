//! Units and persons that a letter or a tip-off names, found among those last published by the linker's own kernels.
//!
//! A number, a whole name, an alias in force, or a name whose parts agree with one unit only, is certain. Anything else is proposed, and
//! a person decides. Published names of persons are masked, so a name alone never makes anybody certain.

use std::collections::{BTreeMap, BTreeSet};

use super::ask::{Asking, list};
use crate::error::Result;
use crate::kernel::org_name::{self, OrgLevel, OrgName};
use crate::kernel::person_name;
use crate::ledger::body::Proposal;

/// Candidates that are proposed at the most.
const MOST: usize = 5;

/// What was found of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Key, name, and how it was found.
    Certain {
        key: String,
        name: String,
        how: &'static str,
    },
    /// The likeliest first.
    Proposed(Vec<Proposal>),
    Nothing,
}

struct Unit {
    key: String,
    name: String,
    parsed: OrgName,
}

/// The units and persons of the period that it was read at.
pub struct Finder {
    units: Vec<Unit>,
    /// Key, codes, folded name, aliases in force → places in the list, and how.
    exact: BTreeMap<String, BTreeMap<usize, &'static str>>,
    /// Keys of parsed names and aliases → places in the list.
    blocks: BTreeMap<String, BTreeSet<usize>>,
}

impl Finder {
    /// A finder that finds nothing: nothing is published yet.
    #[must_use]
    pub fn empty() -> Self {
        Self { units: Vec::new(), exact: BTreeMap::new(), blocks: BTreeMap::new() }
    }

    /// # Errors
    /// What reading may give.
    pub fn read(asking: &mut Asking) -> Result<Self> {
        let mut finder = Self::empty();
        let sql =
            "SELECT unit_key, unit_name, unit_code, credit_code FROM units WHERE period = '{period}' ORDER BY unit_key";
        for row in asking.rows(sql)? {
            finder.add(row.word("unit_key"), row.word("unit_name"), [row.word("unit_code"), row.word("credit_code")]);
        }
        let places: BTreeMap<String, usize> = (0..).zip(&finder.units).map(|(at, u)| (u.key.clone(), at)).collect();
        let sql = "SELECT unit_key, alias FROM canonical_unit_aliases WHERE period = '{period}' AND unit_key IS NOT NULL \
                   AND alias IS NOT NULL AND (valid_to_day_min IS NULL OR valid_to_day_min > {as_of}) ORDER BY unit_key, alias";
        for row in asking.rows(sql)? {
            if let Some(&at) = places.get(&row.word("unit_key")) {
                let parsed = org_name::parse(&row.word("alias"));
                finder.exact.entry(parsed.folded.clone()).or_default().entry(at).or_insert("alias");
                for key in org_name::keys(&parsed) {
                    finder.blocks.entry(key).or_default().insert(at);
                }
            }
        }
        Ok(finder)
    }

    fn add(&mut self, key: String, name: String, codes: [String; 2]) {
        let (at, parsed) = (self.units.len(), org_name::parse(&name));
        for (text, how) in [(key.clone(), "key"), (parsed.folded.clone(), "name")]
            .into_iter()
            .chain(codes.map(|c| (c, "code")))
            .filter(|(text, _)| !text.is_empty())
        {
            self.exact.entry(text).or_default().insert(at, how);
        }
        for block in org_name::keys(&parsed) {
            self.blocks.entry(block).or_default().insert(at);
        }
        self.units.push(Unit { key, name, parsed });
    }

    fn proposal(&self, at: usize, how: &str) -> Proposal {
        let unit = &self.units[at];
        Proposal { kind: "unit".to_owned(), key: unit.key.clone(), name: unit.name.clone(), how: how.to_owned() }
    }

    /// The unit of a key, code or name.
    #[must_use]
    pub fn unit(&self, text: &str) -> Found {
        let text = text.trim();
        let parsed = org_name::parse(text);
        if let Some(found) = self.exact.get(text).or_else(|| self.exact.get(&parsed.folded)) {
            if let (Some((&at, how)), 1) = (found.first_key_value(), found.len()) {
                let unit = &self.units[at];
                return Found::Certain { key: unit.key.clone(), name: unit.name.clone(), how };
            }
            return Found::Proposed(found.keys().take(MOST).map(|&at| self.proposal(at, "same-name")).collect());
        }
        let blocked: BTreeSet<usize> =
            org_name::keys(&parsed).iter().filter_map(|k| self.blocks.get(k)).flatten().copied().collect();
        // Names that share no key may still be alike: only then is every unit looked at.
        let mut ranked = self.ranked(&parsed, blocked.into_iter());
        if ranked.is_empty() {
            ranked = self.ranked(&parsed, 0..self.units.len());
        }
        let Some(&(best, at)) = ranked.first() else { return Found::Nothing };
        let alone = ranked.get(1).is_none_or(|(next, _)| *next != best);
        // What names no place is in every place.
        if best <= OrgLevel::Bracket && alone && !parsed.regions.is_empty() {
            let unit = &self.units[at];
            return Found::Certain { key: unit.key.clone(), name: unit.name.clone(), how: words(best) };
        }
        Found::Proposed(ranked.iter().take(MOST).map(|(level, at)| self.proposal(*at, words(*level))).collect())
    }

    /// Units that a name may mean, the likeliest first.
    fn ranked(&self, parsed: &OrgName, among: impl Iterator<Item = usize>) -> Vec<(OrgLevel, usize)> {
        let levels = among.map(|at| (org_name::compare(parsed, &self.units[at].parsed), at));
        let mut ranked: Vec<(OrgLevel, usize)> = levels.filter(|(level, _)| *level <= OrgLevel::Similar).collect();
        ranked.sort_by(|a, b| (a.0, &self.units[a.1].key).cmp(&(b.0, &self.units[b.1].key)));
        ranked
    }
}

fn words(level: OrgLevel) -> &'static str {
    match level {
        OrgLevel::Same | OrgLevel::Folded => "name",
        OrgLevel::Parts => "parts",
        OrgLevel::Bracket => "bracket",
        _ => "similar",
    }
}

/// Which of these keys of persons are published, with their masked names.
///
/// # Errors
/// What reading may give.
pub fn persons_of(asking: &mut Asking, keys: &[String]) -> Result<BTreeMap<String, String>> {
    let sql = format!(
        "SELECT person_key, person_name FROM persons WHERE period = '{{period}}' AND person_key IN ({}) ORDER BY person_key",
        list(keys)
    );
    Ok(asking.rows(&sql)?.iter().map(|r| (r.word("person_key"), r.word("person_name"))).collect())
}

/// Persons of the register at a unit whose masked name is that of a name: proposed, never certain.
///
/// # Errors
/// What reading may give.
pub fn persons_like(asking: &mut Asking, unit: &str, name: &str) -> Result<Vec<Proposal>> {
    let sql = format!(
        "SELECT person_key, person_name FROM persons WHERE period = '{{period}}' AND register_unit_key IN ({}) ORDER BY person_key",
        list(&[unit.to_owned()])
    );
    let masked = person_name::mask(name);
    let same = asking.rows(&sql)?.into_iter().filter(|r| r.word("person_name") == masked);
    let proposal = |row: super::ask::Row| Proposal {
        kind: "person".to_owned(),
        key: row.word("person_key"),
        name: row.word("person_name"),
        how: "masked-name-and-unit".to_owned(),
    };
    Ok(same.map(proposal).take(MOST).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finder() -> Finder {
        let mut finder = Finder::empty();
        for (key, name) in
            [("U1", "濮阳市第一中学"), ("U2", "濮阳市教育局"), ("U3", "清丰县教育局"), ("U4", "濮阳市第二中学")]
        {
            finder.add(key.into(), name.into(), [format!("C{key}"), String::new()]);
        }
        finder
    }

    #[test]
    fn a_number_a_name_and_an_abbreviation_of_one_unit_are_certain_what_fits_several_is_proposed() {
        let finder = finder();
        let certain = |text: &str| match finder.unit(text) {
            Found::Certain { key, how, .. } => (key, how),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(certain("CU2"), ("U2".to_owned(), "code"));
        assert_eq!(certain("濮阳市教育局 "), ("U2".to_owned(), "name"));
        assert_eq!(certain("濮阳一中"), ("U1".to_owned(), "parts"));
        let Found::Proposed(several) = finder.unit("教育局") else { panic!("a place is missing") };
        assert_eq!(several.iter().map(|p| p.key.as_str()).collect::<Vec<_>>(), ["U2", "U3"]);
        assert_eq!(finder.unit("濮阳市第三中学"), Found::Nothing, "another number is another school");
        assert_eq!(finder.unit("濮阳市审计局"), Found::Nothing);
    }

    #[test]
    fn two_units_of_one_name_are_proposed_and_none_is_taken() {
        let mut finder = finder();
        finder.add("U9".into(), "濮阳市教育局".into(), [String::new(), String::new()]);
        let Found::Proposed(both) = finder.unit("濮阳市教育局") else { panic!("two have it") };
        assert_eq!(both.len(), 2);
    }
}
