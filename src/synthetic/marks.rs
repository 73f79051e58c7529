//! Which finding a mark is about: what was planted, and what only looks so, beside what is true.
//!
//! Marks and findings are many, so both are looked up by what they name and never held against one another one by one.

use std::collections::BTreeMap;

use super::model::Mark;
use super::oracle::Finding;

/// Whether a finding is what a mark is about.
fn fits(mark: &Mark, f: &Finding) -> bool {
    let (rule, unit, persons) = (f.rule, f.unit, f.persons.as_slice());
    if !mark.object.is_empty() {
        return mark.rule == rule && mark.object == f.object;
    }
    let unit_fits = mark.unit.is_none() || unit.is_none() || mark.unit == unit;
    let person_fits = mark.person.is_none_or(|p| persons.contains(&p));
    // A mark of nobody in particular is of a region or an account.
    let of_nobody = unit.is_none() && persons.is_empty();
    mark.rule == rule && unit_fits && person_fits && (mark.unit.is_some() || mark.person.is_some() || of_nobody)
}

/// What marks and findings are looked up by. A finding without a unit may be of any unit's mark, so units have two entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    Object(&'a str),
    Person(u32),
    Unit(u32),
    AnyUnit,
    Nobody,
}

type Places<'a> = BTreeMap<(&'static str, Key<'a>), Vec<usize>>;

/// Marks in the order in which they were made.
pub struct Marks<'a> {
    marks: &'a [Mark],
    places: Places<'a>,
}

impl<'a> Marks<'a> {
    #[must_use]
    pub fn new(marks: &'a [Mark]) -> Self {
        let mut places = Places::new();
        for (n, m) in marks.iter().enumerate() {
            let mut put = |key| places.entry((m.rule, key)).or_default().push(n);
            match (m.object.as_str(), m.person, m.unit) {
                ("", Some(person), _) => put(Key::Person(person)),
                ("", None, Some(unit)) => {
                    put(Key::Unit(unit));
                    put(Key::AnyUnit);
                }
                ("", None, None) => put(Key::Nobody),
                (object, ..) => put(Key::Object(object)),
            }
        }
        Self { marks, places }
    }

    /// The first mark that a finding is what it is about.
    #[must_use]
    pub fn of(&self, f: &'a Finding) -> Option<&'a Mark> {
        let unit = f.unit.map_or(Key::AnyUnit, Key::Unit);
        let keys = [Key::Object(f.object.as_str()), unit, Key::Nobody];
        let keys = keys.into_iter().chain(f.persons.iter().map(|p| Key::Person(*p)));
        let first = |key| {
            let of = self.places.get(&(f.rule, key))?;
            of.iter().copied().find(|n| fits(&self.marks[*n], f))
        };
        keys.filter_map(first).min().map(|n| &self.marks[n])
    }
}

/// Findings that are more than open, by what they name.
pub struct Found<'a> {
    found: &'a [Finding],
    places: Places<'a>,
}

impl<'a> Found<'a> {
    #[must_use]
    pub fn new(found: &'a [Finding]) -> Self {
        let mut places = Places::new();
        for (n, f) in found.iter().enumerate().filter(|(_, f)| !f.open) {
            let mut put = |key| places.entry((f.rule, key)).or_default().push(n);
            if !f.object.is_empty() {
                put(Key::Object(f.object.as_str()));
            }
            f.persons.iter().for_each(|p| put(Key::Person(*p)));
            put(f.unit.map_or(Key::AnyUnit, Key::Unit));
            if f.unit.is_none() && f.persons.is_empty() {
                put(Key::Nobody);
            }
        }
        Self { found, places }
    }

    /// Whether any of them is what a mark is about.
    #[must_use]
    pub fn any(&self, mark: &'a Mark) -> bool {
        let some = |key| {
            let of = self.places.get(&(mark.rule, key));
            of.is_some_and(|of| of.iter().any(|n| fits(mark, &self.found[*n])))
        };
        match (mark.object.as_str(), mark.person, mark.unit) {
            ("", Some(person), _) => some(Key::Person(person)),
            ("", None, Some(unit)) => some(Key::Unit(unit)) || some(Key::AnyUnit),
            ("", None, None) => some(Key::Nobody),
            (object, ..) => some(Key::Object(object)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::Span;
    use super::*;
    use crate::kernel::dates::Month;

    /// Every mark and finding there is of two rules, two units, two persons and two objects.
    fn every() -> (Vec<Mark>, Vec<Finding>) {
        let (mut marks, mut found) = (vec![], vec![]);
        for rule in ["E01", "Q05"] {
            for unit in [None, Some(1), Some(2)] {
                for object in ["", "a", "b"] {
                    for person in [None, Some(1), Some(2)] {
                        let span = Span { from: Month(0), to: None };
                        marks.push(Mark { rule, unit, person, object: object.to_owned(), span, note: "" });
                    }
                    for persons in [vec![], vec![1], vec![2], vec![2, 1]] {
                        for open in [false, true] {
                            let object = object.to_owned();
                            found.push(Finding { rule, unit, persons: persons.clone(), object, note: "", open });
                        }
                    }
                }
            }
        }
        (marks, found)
    }

    #[test]
    fn looking_up_finds_what_comparing_one_by_one_finds() {
        let (marks, found) = every();
        // Every way of leaving marks out, and of beginning elsewhere, so that another one is the first.
        for skip in 0..marks.len() {
            let some: Vec<Mark> = marks[skip..].iter().chain(&marks[..skip]).step_by(1 + skip % 4).cloned().collect();
            let by_key = Marks::new(&some);
            for f in &found {
                let first = some.iter().find(|m| fits(m, f));
                assert!(by_key.of(f).map(std::ptr::from_ref) == first.map(std::ptr::from_ref), "{f:?} among {some:?}");
            }
        }
        for skip in 0..found.len() {
            let some: Vec<Finding> = found.iter().skip(skip).step_by(1 + skip % 7).cloned().collect();
            let by_key = Found::new(&some);
            for m in &marks {
                assert_eq!(by_key.any(m), some.iter().any(|f| !f.open && fits(m, f)), "{m:?} in {some:?}");
            }
        }
    }
}
