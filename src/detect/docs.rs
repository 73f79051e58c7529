//! The catalogue for people: listing, one rule explained, docs/rules.md.
use super::{Catalogue, Language, Rule};
pub fn explain(_: &Catalogue, rule: &Rule, _: Language) -> String { rule.text.clone() }
pub fn json(_: &Catalogue) -> String { String::new() }
pub fn markdown(_: &Catalogue) -> String { String::new() }
