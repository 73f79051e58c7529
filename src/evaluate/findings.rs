//! Findings against the truth, rule by rule.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Score;
use super::published::{Found, Published};
use super::truth::{TrueFinding, Truth};

/// Rules whose findings are about a unit; all others are about persons.
const UNIT_RULES: [&str; 12] = ["D01", "L01", "P20", "Q01", "Q13", "Q17", "Q18", "R01", "R02", "R03", "R04", "R05"];
/// The same among the rules on registrations, reports and the data itself.
const MORE_UNIT_RULES: [&str; 15] =
    ["D04", "D06", "D07", "D09", "D10", "R06", "R07", "R08", "R09", "R10", "R11", "R12", "R13", "R14", "R18"];
const LIST_UNIT_RULES: [&str; 4] = ["R15", "R16", "R19", "R20"];
/// Rules that may speak of the same person once a table.
const TABLE_RULES: [&str; 4] = ["D01", "D02", "D03", "D05"];

/// The true entity most rows of a key belong to.
fn majority<'a>(pairs: impl Iterator<Item = (&'a str, u32)>) -> HashMap<&'a str, u32> {
    let mut counts: BTreeMap<(&str, u32), u32> = BTreeMap::new();
    for pair in pairs {
        *counts.entry(pair).or_default() += 1;
    }
    let mut best: HashMap<&str, (u32, u32)> = HashMap::new();
    for ((key, id), n) in counts {
        let entry = best.entry(key).or_insert((n, id));
        if n > entry.0 {
            *entry = (n, id);
        }
    }
    best.into_iter().map(|(k, (_, id))| (k, id)).collect()
}

/// What a finding is truly about.
struct About {
    unit: Option<u32>,
    persons: BTreeSet<u32>,
    table: String,
    object: String,
}

struct Reader<'a> {
    truth: &'a Truth,
    person_of: HashMap<&'a str, u32>,
    unit_of: HashMap<&'a str, u32>,
}

impl<'a> Reader<'a> {
    fn new(published: &'a Published, truth: &'a Truth) -> Self {
        let rows = || published.tables.values().flatten();
        let person_of = majority(rows().filter_map(|r| Some((r.person_key.as_deref()?, r.person?))));
        // A unit is what the register of its kind says; payrolls and staff lists only where those do not know the key.
        let own = ["establishment_units", "registrations"].iter().filter_map(|t| published.tables.get(*t)).flatten();
        let mut unit_of = majority(rows().filter_map(|r| Some((r.unit_key.as_deref()?, r.unit?))));
        unit_of.extend(majority(own.filter_map(|r| Some((r.unit_key.as_deref()?, r.unit?)))));
        Self { truth, person_of, unit_of }
    }

    fn about(&self, found: &Found) -> About {
        let own_person = found.person_key.as_deref().and_then(|k| self.person_of.get(k)).copied();
        let mut persons = BTreeSet::new();
        let mut units = Vec::new();
        for (_, file, row) in &found.evidence {
            let rows = self.truth.at(file, None, *row);
            // Evidence names no sheet: of several rows the ones of the finding's own person count, if there are such.
            let own: Vec<_> = rows.iter().filter(|r| r.person.is_some() && r.person == own_person).copied().collect();
            for r in if rows.len() > 1 && !own.is_empty() { own } else { rows } {
                persons.extend(r.person);
                units.extend(r.unit);
            }
        }
        if persons.is_empty() {
            persons.extend(own_person);
        }
        let unit = found.unit_key.as_deref().and_then(|k| self.unit_of.get(k)).copied().or(units.first().copied());
        let table = found.evidence.first().map(|e| e.0.clone()).unwrap_or_default();
        About { unit, persons, table, object: found.object_key.clone().unwrap_or_default() }
    }
}

/// Whether an object is the one meant; files are named from their month on, wherever the workspace lies.
fn names(object: &str, meant: &str) -> bool {
    object == meant || object.strip_suffix(meant).is_some_and(|rest| rest.ends_with('/'))
}

fn fits(rule: &str, about: &About, truth: &TrueFinding) -> bool {
    // An object that is not a table (a quota type, a kind) tells findings of one unit apart; counting does as well.
    if TABLE_RULES.contains(&rule) && !truth.look_alike && !about.table.is_empty() && truth.object != about.table {
        return false;
    }
    // A true finding without persons is about its unit; without a unit, about what its object names.
    let of_unit = UNIT_RULES.contains(&rule) || MORE_UNIT_RULES.contains(&rule) || LIST_UNIT_RULES.contains(&rule);
    if of_unit || truth.persons.is_empty() {
        return match truth.unit {
            Some(unit) => about.unit == Some(unit),
            None => !truth.object.is_empty() && names(&about.object, &truth.object),
        };
    }
    let shared = truth.persons.iter().filter(|p| about.persons.contains(p)).count();
    shared >= truth.persons.len().clamp(1, 2)
}

/// One row a rule that is expected or found, in the order of their codes. A rule that the workspace does not have, or that
/// had no feed, is not expected to find anything.
pub(super) fn score(published: &Published, truth: &Truth) -> Vec<Score> {
    let reader = Reader::new(published, truth);
    let meant = |rule: &&str| published.rules.as_ref().is_none_or(|rules| rules.contains(*rule));
    let mut rules: BTreeSet<&str> = truth.findings.iter().map(|t| t.rule.as_str()).filter(meant).collect();
    rules.extend(published.findings.iter().map(|f| f.rule.as_str()));
    rules.into_iter().map(|rule| score_rule(rule, published, truth, &reader)).collect()
}

fn score_rule(rule: &str, published: &Published, truth: &Truth, reader: &Reader<'_>) -> Score {
    let mut open: Vec<&TrueFinding> =
        truth.findings.iter().filter(|t| t.rule == rule && !t.look_alike && !t.open).collect();
    let look_alikes: Vec<&TrueFinding> = truth.findings.iter().filter(|t| t.rule == rule && t.look_alike).collect();
    let either: Vec<&TrueFinding> = truth.findings.iter().filter(|t| t.rule == rule && t.open).collect();
    let expected = open.len() as u64;
    let found: Vec<&Found> = published.findings.iter().filter(|f| f.rule == rule).collect();
    let (mut right, mut fired, mut counted) = (0, 0, 0);
    for f in &found {
        let about = reader.about(f);
        counted += 1;
        if let Some(i) = open.iter().position(|t| fits(rule, &about, t)) {
            open.swap_remove(i);
            right += 1;
        } else if f.severity == "S4" && either.iter().any(|t| fits(rule, &about, t)) {
            counted -= 1;
        } else if look_alikes.iter().any(|t| fits(rule, &about, t)) {
            fired += 1;
        }
    }
    let severity = found.iter().map(|f| f.severity.as_str()).min().map(str::to_owned);
    Score { severity, look_alikes_fired: fired, ..Score::new("rule", rule, expected, counted, right) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn true_finding(unit: Option<u32>, persons: &[u32], object: &str) -> TrueFinding {
        TrueFinding {
            rule: String::new(),
            unit,
            persons: persons.to_vec(),
            object: object.to_owned(),
            look_alike: false,
            open: false,
        }
    }

    #[test]
    fn a_unit_rule_is_about_the_unit_and_a_pair_needs_both() {
        let about =
            About { unit: Some(3), persons: [7, 8].into(), table: "payroll".to_owned(), object: "k".to_owned() };
        assert!(fits("Q01", &about, &true_finding(Some(3), &[], "institution")));
        assert!(!fits("Q01", &about, &true_finding(Some(4), &[], "institution")));
        assert!(fits("P05", &about, &true_finding(None, &[8, 7], "account")));
        assert!(!fits("P05", &about, &true_finding(None, &[8, 9], "account")));
        assert!(fits("Q05", &about, &true_finding(None, &[], "k")));
        assert!(!fits("Q05", &about, &true_finding(None, &[], "other")));
        let stale =
            |object: &str| About { unit: None, persons: [].into(), table: String::new(), object: object.to_owned() };
        let total = true_finding(None, &[], "2026-10/a.csv||9");
        assert!(fits("D12", &stale("sample_data/2026-10/a.csv||9"), &total));
        assert!(!fits("D12", &stale("sample_data/2026-10/ba.csv||9"), &total));
        assert!(!fits("D12", &stale("sample_data/12026-10/a.csv||9"), &total));
        assert!(!fits("D02", &about, &true_finding(None, &[7], "hr_staff")));
    }

    #[test]
    fn a_key_is_whose_most_rows_are() {
        let of = majority([("a", 1), ("a", 2), ("a", 2), ("b", 1)].into_iter());
        assert_eq!((of["a"], of["b"]), (2, 1));
    }
}
