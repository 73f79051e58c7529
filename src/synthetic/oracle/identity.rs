//! E15 and what a written ID number really says.

use super::{Facts, Finding};
use crate::synthetic::codes;
use crate::synthetic::days::{Day, day};
use crate::synthetic::model::{Sex, World};
use crate::synthetic::records::Shown;

/// A number as written, once width, apostrophes and small letters are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Number {
    Missing,
    /// 18 characters that hold, or 15 made 18.
    Sound(String),
    Damaged,
}

/// Reads a number as the rules understand it.
#[must_use]
pub fn read(text: &str) -> Number {
    let plain: String = text
        .chars()
        .map(|c| char::from_u32(u32::from(c).wrapping_sub(0xFEE0)).filter(|_| ('！'..='～').contains(&c)).unwrap_or(c))
        .filter(|c| !c.is_whitespace() && *c != '\'')
        .collect::<String>()
        .to_uppercase();
    if plain.is_empty() {
        return Number::Missing;
    }
    let full = if plain.len() == 15 && plain.bytes().all(|b| b.is_ascii_digit()) {
        let first17 = format!("{}19{}", &plain[..6], &plain[6..]);
        let check = char::from(codes::id_check(first17.as_bytes()));
        format!("{first17}{check}")
    } else {
        plain
    };
    if codes::id_holds(&full) && birth(&full).is_some() { Number::Sound(full) } else { Number::Damaged }
}

/// Birth day of a sound number.
#[must_use]
pub fn birth(id: &str) -> Option<Day> {
    let (y, m, d) = (id.get(6..10)?.parse().ok()?, id.get(10..12)?.parse().ok()?, id.get(12..14)?.parse().ok()?);
    if !(1..=12).contains(&m) || d == 0 {
        return None;
    }
    let day = day(y, m, d);
    (crate::synthetic::days::civil(day) == (y, m, d)).then_some(day)
}

/// Sex of a sound number.
#[must_use]
pub fn sex(id: &str) -> Sex {
    if id.as_bytes().get(16).is_some_and(|b| (b - b'0') % 2 == 1) { Sex::Male } else { Sex::Female }
}

/// The number a row shows.
#[must_use]
pub fn number_of(world: &World, person: u32, shown: Option<&Shown>) -> Number {
    match shown.and_then(|s| s.id.as_deref()) {
        Some(text) => read(text),
        None => Number::Sound(world.persons[person as usize].id_text().to_owned()),
    }
}

/// E15: a sound number of somebody else or under another name; a person with a second number.
pub fn judge(f: &Facts<'_>, out: &mut Vec<Finding>) {
    // Only rows that show something else than the truth can conflict.
    let now = f.s.pay.iter().map(|r| (r.person, r.shown.as_deref()));
    let window = f.month().plus(-2)..f.month();
    let past = f.past.iter().filter(|p| window.contains(&p.month)).flat_map(|p| &p.rows);
    let past = past.map(|r| (r.person, r.shown.as_deref()));
    let hr = f.s.hr.iter().map(|r| (r.person, r.shown.as_deref()));
    let staff = f.s.staff.iter().map(|r| (r.person, r.shown.as_deref()));
    let odd: Vec<(u32, &Shown)> = now.chain(past).chain(hr).chain(staff).filter_map(|(p, s)| Some((p, s?))).collect();
    let mut owners: std::collections::BTreeMap<&str, u32> = std::collections::BTreeMap::new();
    let foreign: Vec<(u32, String)> = odd
        .iter()
        .filter_map(|(p, s)| match read(s.id.as_deref()?) {
            Number::Sound(id) if id != f.world.persons[*p as usize].id_text() => Some((*p, id)),
            _ => None,
        })
        .collect();
    if !foreign.is_empty() {
        for (i, person) in f.world.persons.iter().enumerate() {
            owners.insert(person.id_text(), u32::try_from(i).unwrap_or(u32::MAX));
        }
    }
    for (person, id) in &foreign {
        match owners.get(id.as_str()) {
            // Somebody else's number: the number stands under two names.
            Some(owner) if f.world.persons[*owner as usize].name != f.world.persons[*person as usize].name => {
                out.push(Finding { note: "number of another", ..Finding::of_person("E15", None, *owner) });
            }
            Some(_) => {}
            // A number of nobody: the person's second, if it was given to the same birth date.
            None if birth(id) == Some(f.world.persons[*person as usize].birth) => {
                out.push(Finding { note: "second number", ..Finding::of_person("E15", None, *person) });
            }
            None => {}
        }
    }
    for (person, shown) in odd {
        let planted = shown.name.as_ref().filter(|_| shown.kinds.is_empty() && shown.id.is_none());
        if planted.is_some_and(|name| !name.chars().any(|c| f.world.persons[person as usize].name.contains(c))) {
            out.push(Finding { note: "another name", ..Finding::of_person("E15", None, person) });
        }
    }
}
