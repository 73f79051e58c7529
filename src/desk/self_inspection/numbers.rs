//! What a workbook shows of a unit's numbers.

use std::collections::BTreeMap;

use crate::desk::ask::Asking;
use crate::desk::posts;
use crate::error::Result;

/// Posts and leader posts of a unit, approved over filled: `行政编制 20/18;事业编制 5/6`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    pub posts: String,
    pub leaders: String,
}

/// By unit key.
///
/// # Errors
/// What reading may give.
pub(super) fn read(asking: &mut Asking) -> Result<BTreeMap<String, Numbers>> {
    let mut found: BTreeMap<String, Numbers> = BTreeMap::new();
    for row in posts::posts(asking)? {
        let words = asking.label("quota_type", &row.quota_type).zh;
        let numbers = found.entry(row.unit_key).or_default();
        add(&mut numbers.posts, &words, row.approved, row.actual);
    }
    for row in posts::leaders(asking, posts::ALL_UNITS)? {
        let label = |column: &str, code: &str| asking.label(column, code).zh;
        let words = [label("scope", &row.scope), label("leader_level", &row.level), label("leader_class", &row.class)];
        let numbers = found.entry(row.unit_key).or_default();
        add(&mut numbers.leaders, &words.concat(), row.approved, row.actual);
    }
    Ok(found)
}

fn add(text: &mut String, words: &str, approved: i64, actual: i64) {
    if !text.is_empty() {
        text.push(';');
    }
    *text += &format!("{words} {approved}/{actual}");
}
