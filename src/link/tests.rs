//! Levels of values, what is learned and what is brought together, on small columns.

use super::block::{Blocks, Outcome, Sides};
use super::levels::slug;
use super::score::{Contained, Kernel, level_of};
use super::spec::Kind;
use super::values::Field;
use crate::resolve::em::SILENT;
use crate::table::TextColumn;

fn field(kind: Kind, values: &[&str]) -> Field {
    let column: TextColumn = values.iter().map(|v| (!v.is_empty()).then_some(*v)).collect();
    Field::new("column", kind, &column, None)
}

/// The slug of the level at which two values stand, both ways round.
fn level(kind: Kind, a: &str, b: &str) -> &'static str {
    let field = field(kind, &[a, b]);
    let (x, y) = (field.codes[0], field.codes[1]);
    assert_eq!(field.compare(x, y), field.compare(y, x), "{a} {b}");
    slug(kind, field.compare(x, y).level)
}

#[test]
fn texts() {
    for (a, b, expected) in [
        ("Stockton-on-Tees", "stockton on tees", "same"),
        ("wandsworth", "wandswroth", "near"),
        ("high street 12", "12 high street leeds", "contained"),
        ("room 101", "room 102", "near-number"),
        ("12 high street", "12 low street", "part"),
        ("ts19 0sh", "ts5 7hb", "head"),
        ("painter", "cricketer", "other"),
        ("", "x", "missing"),
    ] {
        assert_eq!(level(Kind::Text, a, b), expected, "{a} {b}");
    }
}

#[test]
fn names_in_letters_and_in_characters() {
    for (a, b, expected) in [
        ("O'Neill, Seán", "sean oneill", "reordered"),
        ("walter john bryant", "walter bryant", "contained"),
        ("walter bryant", "wolter bryant", "near"),
        ("walter bryant", "bryant", "one-word"),
        ("j. stanning", "joseph stanning", "initials"),
        ("captain curties", "henry curties", "part"),
        ("byrom bramwell", "ernest yardley", "other"),
        ("张偉", "张伟", "same"),
        ("张伟", "章伟", "homophone"),
        ("王建国", "王□国", "wildcard"),
        ("王建国", "王国建", "reordered"),
        ("王建国", "王欣国", "one-character"),
        ("王芳", "李娜", "other"),
        ("王建国", "Wang Jianguo", "homophone"),
        ("王建国", "Jianguo WANG", "homophone"),
        ("王建国", "Li Jianguo", "other"),
    ] {
        assert_eq!(level(Kind::Name, a, b), expected, "{a} {b}");
    }
}

#[test]
fn dates_numbers_and_ids() {
    for (a, b, expected) in [
        ("1855-01-04", "18550104", "same"),
        ("1855-03-04", "1855-04-03", "swapped"),
        ("1855-01-04", "1865-01-04", "slip"),
        ("1855", "1855-07-09", "partial"),
        ("1855-07-09", "1855-07-21", "year-month"),
        ("1855-03-04", "1879-03-04", "day-month"),
        ("1855-03-04", "1855-10-27", "year"),
        ("1855-03-04", "1801-11-27", "other"),
        ("1855-81-04", "1855-01-04", "slip"),
    ] {
        assert_eq!(level(Kind::Date, a, b), expected, "{a} {b}");
    }
    assert_eq!(level(Kind::Number, "1,000", "1000.0"), "same");
    assert_eq!(level(Kind::Number, "1000", "1003"), "close");
    assert_eq!(level(Kind::Number, "7", "70"), "slip");
    assert_eq!(level(Kind::Number, "7", "none at all"), "other");
    for (a, b, expected) in [
        ("11010519491231002X", "11010519491231002x", "same"),
        ("11010519491231002X", "110105194912310021", "slip"),
        ("7364009", "7364090", "slip"),
        ("7364009", "1234567", "differ"),
    ] {
        assert_eq!(level(Kind::Id, a, b), expected, "{a} {b}");
    }
    // Two sound numbers one place apart are two people.
    let other = "11010519491231001";
    let check = crate::kernel::resident_id::check_character(other.as_bytes()).map(char::from).expect("digits");
    assert_eq!(level(Kind::Id, "11010519491231002X", &format!("{other}{check}")), "two-valid");
}

#[test]
fn organisations_are_parsed_and_ordinals_veto() {
    assert_eq!(level(Kind::Organisation, "濮阳市第一中学", "濮阳市第二中学"), "veto");
    assert_eq!(level(Kind::Organisation, "濮阳市第一中学", "濮阳一中"), "parts");
    assert_eq!(level(Kind::Organisation, "Acme Trading Ltd", "ACME trading, ltd."), "same");
    assert_eq!(level(Kind::Organisation, "School 101", "School 102"), "veto");
}

#[test]
fn a_birth_date_that_repeats_the_id_is_silent() {
    let numbers: Vec<String> = (0..40)
        .map(|i| {
            let body = format!("410901{:04}{:02}{:02}{:03}", 1960 + i, 1 + i % 12, 1 + i % 28, i);
            format!(
                "{body}{}",
                char::from(crate::kernel::resident_id::check_character(body.as_bytes()).expect("digits"))
            )
        })
        .collect();
    let born: Vec<&str> = numbers.iter().map(|n| &n[6..14]).collect();
    let ids = field(Kind::Id, &numbers.iter().map(String::as_str).collect::<Vec<_>>());
    let fields = [ids, field(Kind::Date, &born)];
    let contained = Contained::learn(&fields);
    let pattern = Kernel::new(&fields, &contained).pattern(0, 1);
    assert_eq!((slug(Kind::Id, level_of(pattern, 0)), level_of(pattern, 1)), ("two-valid", SILENT));
    // A date of its own keeps its voice.
    let hired: Vec<String> = (0..40).map(|i| format!("20{:02}-03-01", i % 20)).collect();
    let fields = [
        fields.into_iter().next().expect("ids"),
        field(Kind::Date, &hired.iter().map(String::as_str).collect::<Vec<_>>()),
    ];
    let contained = Contained::learn(&fields);
    assert_eq!(level_of(Kernel::new(&fields, &contained).pattern(0, 20), 1), 0);
}

#[test]
fn a_common_key_is_refined_by_a_second_field() {
    let names = vec!["smith"; 300];
    let towns: Vec<String> = (0..300).map(|i| format!("town{}", i / 3)).collect();
    let towns: Vec<&str> = towns.iter().map(String::as_str).collect();
    let fields = [field(Kind::Name, &names), field(Kind::Exact, &towns)];
    let sides = Sides { left: 300, all: 300 };
    let blocks = Blocks::new(&fields, sides, 20, &|_| true);
    assert!(blocks.tallies.iter().any(|((_, outcome), t)| *outcome == Outcome::Refined && t.pairs == 300 * 299 / 2));
    let mut found = Vec::new();
    blocks.candidates(0, sides, &mut found);
    assert!(found.contains(&1) && found.contains(&2) && found.len() < 20, "{found:?}");
    // A single comparison has nothing to refine by: capped, and still some are compared.
    let blocks = Blocks::new(&fields[..1], sides, 20, &|_| true);
    assert!(blocks.tallies.keys().all(|(_, outcome)| *outcome == Outcome::Capped));
    blocks.candidates(0, sides, &mut found);
    assert!(!found.is_empty() && found.len() < 20);
}
