//! The bulletin's questions: each table of it is the answer to one query over the published tables.
//!
//! A file of `queries/` holds the query and, in comments, its title, a note and its columns with how each is shown. What stands
//! in braces is filled in: months, days and limits. The filled-in text is printed in the bulletin, so anybody can ask it again
//! with `hedui query` or in DuckDB.

use std::collections::BTreeMap;

use crate::error::{Fault, Result};

/// How a column's values are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// A whole number.
    Count,
    /// A whole number that may be negative.
    Signed,
    Yuan,
    /// A number with one place.
    Rate,
    /// 0 to 1, shown of a hundred.
    Percent,
    /// A code, shown by its label.
    Code,
    /// A rule's code, shown with its name.
    Rule,
    /// A canonical table, shown by its title.
    Source,
    Yes,
    /// What became of a rule.
    Outcome,
    /// A number of persons that is not shown when small.
    Cell,
    /// Input cells a finding rests on.
    Evidence,
}

impl Kind {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "text" => Self::Text,
            "count" => Self::Count,
            "signed" => Self::Signed,
            "yuan" => Self::Yuan,
            "rate" => Self::Rate,
            "percent" => Self::Percent,
            "code" => Self::Code,
            "rule" => Self::Rule,
            "source" => Self::Source,
            "yes" => Self::Yes,
            "outcome" => Self::Outcome,
            "cell" => Self::Cell,
            "evidence" => Self::Evidence,
            _ => return None,
        })
    }
    #[must_use]
    pub fn is_number(self) -> bool {
        matches!(self, Self::Count | Self::Signed | Self::Yuan | Self::Rate | Self::Percent | Self::Cell)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSpec {
    pub name: String,
    pub kind: Kind,
    pub title: String,
}

/// A question with its title, before its blanks are filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub id: String,
    pub title: String,
    pub note: String,
    pub columns: Vec<ColumnSpec>,
    pub sql: String,
}

/// Blank → what stands in it.
pub type Blanks = BTreeMap<&'static str, String>;

const BULLETIN: &[(&str, &str)] = &[
    ("headline", include_str!("queries/headline.sql")),
    ("coverage", include_str!("queries/coverage.sql")),
    ("people", include_str!("queries/people.sql")),
    ("categories", include_str!("queries/categories.sql")),
    ("rules", include_str!("queries/rules.sql")),
    ("flow", include_str!("queries/flow.sql")),
    ("overdue", include_str!("queries/overdue.sql")),
    ("three_numbers", include_str!("queries/three_numbers.sql")),
    ("quota_use", include_str!("queries/quota_use.sql")),
    ("ranking", include_str!("queries/ranking.sql")),
    ("money", include_str!("queries/money.sql")),
    ("pay", include_str!("queries/pay.sql")),
    ("trend", include_str!("queries/trend.sql")),
    ("age", include_str!("queries/age.sql")),
    ("cases", include_str!("queries/cases.sql")),
    ("warnings", include_str!("queries/warnings.sql")),
    ("rule_runs", include_str!("queries/rule_runs.sql")),
    ("findings", include_str!("queries/findings.sql")),
];

/// Asked only where a ledger was published.
const LEDGER: &[(&str, &str)] = &[
    ("ledger_balance", include_str!("queries/ledger_balance.sql")),
    ("ledger_states", include_str!("queries/ledger_states.sql")),
    ("ledger_overdue", include_str!("queries/ledger_overdue.sql")),
    ("ledger_precision", include_str!("queries/ledger_precision.sql")),
];

const UNIT: &[(&str, &str)] = &[
    ("profile", include_str!("queries/unit/profile.sql")),
    ("quota", include_str!("queries/unit/quota.sql")),
    ("posts", include_str!("queries/unit/posts.sql")),
    ("age", include_str!("queries/unit/age.sql")),
    ("education", include_str!("queries/unit/education.sql")),
    ("pay", include_str!("queries/unit/pay.sql")),
    ("registrations", include_str!("queries/unit/registrations.sql")),
    ("history", include_str!("queries/unit/history.sql")),
    ("findings", include_str!("queries/unit/findings.sql")),
];

/// The questions of the bulletin.
///
/// # Errors
/// [`Fault::Internal`] when a file of ours is wrong.
pub fn of_bulletin() -> Result<Vec<Named>> {
    BULLETIN.iter().map(|(id, text)| parse(id, text)).collect()
}

/// The questions about the ledger.
///
/// # Errors
/// [`Fault::Internal`] when a file of ours is wrong.
pub fn of_ledger() -> Result<Vec<Named>> {
    LEDGER.iter().map(|(id, text)| parse(id, text)).collect()
}

/// The questions of a unit's dossier; each answers for all units at once, in the units' order.
///
/// # Errors
/// [`Fault::Internal`] when a file of ours is wrong.
pub fn of_unit() -> Result<Vec<Named>> {
    UNIT.iter().map(|(id, text)| parse(id, text)).collect()
}

/// A question from its file's text.
///
/// # Errors
/// [`Fault::Internal`].
pub fn parse(id: &str, text: &str) -> Result<Named> {
    let wrong = |what: &str| Fault::Internal(format!("bulletin query {id}: {what}"));
    let head = |key: &str| {
        let start = format!("-- {key}: ");
        text.lines().find_map(|line| line.strip_prefix(&start)).map(str::trim)
    };
    let column = |entry: &str| -> Option<ColumnSpec> {
        let (left, title) = entry.split_once('=')?;
        let (name, kind) = left.split_once(':')?;
        Some(ColumnSpec {
            name: name.trim().to_owned(),
            kind: Kind::parse(kind.trim())?,
            title: title.trim().to_owned(),
        })
    };
    let columns = head("columns").ok_or_else(|| wrong("no columns"))?;
    let columns = columns.split(';').map(column).collect::<Option<Vec<_>>>().ok_or_else(|| wrong("columns"))?;
    let sql: Vec<&str> = text.lines().filter(|line| !line.starts_with("--")).collect();
    Ok(Named {
        id: id.to_owned(),
        title: head("title").ok_or_else(|| wrong("no title"))?.to_owned(),
        note: head("note").unwrap_or_default().to_owned(),
        columns,
        sql: sql.join("\n").trim().to_owned(),
    })
}

/// A text with its blanks filled.
#[must_use]
pub fn fill(text: &str, blanks: &Blanks) -> String {
    let mut text = text.to_owned();
    for (name, value) in blanks {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_is_sound_and_its_columns_are_those_it_selects() {
        let all = [of_bulletin(), of_ledger(), of_unit()].into_iter().flat_map(|of| of.expect("sound"));
        for named in all {
            assert!(!named.title.is_empty() && named.sql.starts_with(['S', 'W']), "{}", named.id);
            for column in &named.columns {
                assert!(named.sql.contains(&column.name), "{}: {}", named.id, column.name);
            }
        }
    }

    #[test]
    fn blanks_are_filled_and_nothing_else() {
        let blanks = Blanks::from([("period", "2026-10".to_owned()), ("top", "15".to_owned())]);
        assert_eq!(fill("'{period}' LIMIT {top} {other}", &blanks), "'2026-10' LIMIT 15 {other}");
    }
}
