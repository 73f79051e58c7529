//! Answers of rules, kept from one run to the next: what an answer rests on, and the seam to whoever keeps it.

use std::collections::{BTreeMap, BTreeSet};

use super::engine::Answer;
use super::portability::{self, Token};
use super::{DetectContext, Rule, resolved};
use crate::table::digest::{FrameDigest, of_values};

/// Everything an answer rests on: part → digest. The same parts give the same answer.
pub type Parts = BTreeMap<String, String>;

/// Keeps answers. Whoever keeps them answers for their being what was kept.
pub trait Keeper: Sync {
    /// Whether anything is kept at all.
    fn keeps(&self) -> bool;
    /// So many rules will be asked for.
    fn expect(&self, _rules: usize) {}
    /// One more of them is done.
    fn ran(&self) {}
    /// The answer of a rule, when it was kept with these very parts.
    fn recall(&self, rule: &str, parts: &Parts) -> Option<Answer>;
    fn keep(&self, rule: &str, parts: &Parts, answer: &Answer);
}

/// Remembers which queries ran on empty tables and returned what their rules declare.
pub trait Trials: Sync {
    /// Whether this very rule did on these very schemas.
    fn passed(&self, trial: &str) -> bool;
    fn note(&self, trial: &str);
}

/// Keeps nothing.
pub struct Forgetful;

impl Trials for Forgetful {
    fn passed(&self, _: &str) -> bool {
        false
    }
    fn note(&self, _: &str) {}
}

impl Keeper for Forgetful {
    fn keeps(&self) -> bool {
        false
    }
    fn recall(&self, _: &str, _: &Parts) -> Option<Answer> {
        None
    }
    fn keep(&self, _: &str, _: &Parts, _: &Answer) {}
}

/// Digests of all tables that rules may name, by name.
pub type Tables<'a> = BTreeMap<&'a str, &'a FrameDigest>;

/// What the answer of a rule rests on; `None` when that cannot be told from its text.
#[must_use]
pub fn parts(rule: &Rule, tables: &Tables<'_>, without: &[Vec<&str>], context: &DetectContext) -> Option<Parts> {
    if takes_all_columns(&rule.sql) {
        return None;
    }
    let words: BTreeSet<String> = portability::words(&rule.sql);
    let mut parts = Parts::new();
    parts.insert("rule text".to_owned(), rule.sha256.clone());
    for column in &resolved::params(rule, context).columns {
        parts.insert(format!("parameter {}", column.name), of_values(&column.values));
    }
    parts.insert("row cap".to_owned(), context.row_cap.to_string());
    parts.insert("excusing tables".to_owned(), format!("{without:?}"));
    for (name, table) in tables.iter().filter(|(name, _)| words.contains(**name)) {
        parts.insert((*name).to_owned(), table.rows.to_string());
        for (column, digest) in table.columns.iter().filter(|(column, _)| words.contains(*column)) {
            parts.insert(format!("{name}.{column}"), digest.clone());
        }
    }
    Some(parts)
}

/// Whether the text takes columns that it does not name: a star that counts no rows and multiplies nothing.
fn takes_all_columns(sql: &str) -> bool {
    let tokens = portability::tokens(sql);
    let star = |at: usize| {
        let before: Option<&Token<'_>> = at.checked_sub(1).and_then(|i| tokens.get(i));
        before.is_none_or(|t| {
            t.text == "."
                || t.text == ","
                || t.text.eq_ignore_ascii_case("SELECT")
                || t.text.eq_ignore_ascii_case("DISTINCT")
        })
    };
    (0..tokens.len()).any(|at| tokens[at].text == "*" && !tokens[at].word && star(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_that_stands_for_columns_is_told_from_one_that_counts_or_multiplies() {
        for sql in ["SELECT * FROM a", "SELECT a.* FROM a", "SELECT x, * FROM a", "select distinct * from a"] {
            assert!(takes_all_columns(sql), "{sql}");
        }
        for sql in ["SELECT COUNT(*) FROM a", "SELECT x * 2 FROM a", "SELECT (x) * y, '*' FROM a -- *"] {
            assert!(!takes_all_columns(sql), "{sql}");
        }
    }
}
