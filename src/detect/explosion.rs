//! A query that would explode is stopped before it does: how many rows its joins would make, from the tables as they stand.
//!
//! Cross joins are multiplied out. For a join on an equality, a few keys of the left side, evenly spread, are looked up in the
//! right one: enough to tell a key that is the same on every row from one that names a person or a unit.

use std::collections::{BTreeMap, HashSet};

use polars::prelude as pl;

use super::portability::{Token, tokens};

/// Keys looked up.
const SAMPLE: usize = 64;

/// Rows of the right side that they are looked up in: a key on so few rows that these miss it makes no explosion.
const RIGHT_SAMPLE: usize = 1 << 16;

/// What a name of a FROM clause stands for.
struct Source<'a> {
    alias: &'a str,
    table: &'a str,
    cross: bool,
    /// The first equality of its ON, as (alias, column) on either side.
    on: Option<[(&'a str, &'a str); 2]>,
}

/// Rows that the largest join of a statement would make, when that is more than `most`; tables that are not known count once.
#[must_use]
pub fn too_many(sql: &str, tables: &BTreeMap<String, pl::DataFrame>, most: u64) -> Option<u64> {
    let tokens = tokens(sql);
    let height = |name: &str| tables.get(name).map_or(1, |t| t.height() as u64);
    let mut at = 0;
    while at < tokens.len() {
        if !keyword(&tokens, at, "FROM") {
            at += 1;
            continue;
        }
        let (sources, next) = clause(&tokens, at);
        at = next.max(at + 1);
        let mut rows: u64 = 1;
        for (i, source) in sources.iter().enumerate() {
            if i == 0 || source.cross {
                // A table without rows still multiplies nothing away: the joins after it may be outer ones.
                rows = rows.saturating_mul(height(source.table).max(1));
            } else if let Some(pairs) = pairs(source, &sources[..i], tables, most) {
                rows = rows.max(pairs);
            }
            if rows > most {
                return Some(rows);
            }
        }
    }
    None
}

fn keyword(tokens: &[Token<'_>], at: usize, word: &str) -> bool {
    tokens.get(at).is_some_and(|t| t.word && t.text.eq_ignore_ascii_case(word))
}

fn sign(tokens: &[Token<'_>], at: usize, text: &str) -> bool {
    tokens.get(at).is_some_and(|t| !t.word && t.text == text)
}

/// Words that end the name of a table.
const AFTER_TABLE: [&str; 13] =
    ["ON", "WHERE", "GROUP", "ORDER", "UNION", "JOIN", "LEFT", "RIGHT", "FULL", "INNER", "CROSS", "HAVING", "LIMIT"];

/// The tables of the FROM clause at `from`, and where it ends.
fn clause<'a>(tokens: &[Token<'a>], from: usize) -> (Vec<Source<'a>>, usize) {
    let mut sources = Vec::new();
    let mut at = from + 1;
    let mut cross = false;
    loop {
        let Some(table) = tokens.get(at).filter(|t| t.word) else { return (sources, at) };
        at += 1;
        if keyword(tokens, at, "AS") {
            at += 1;
        }
        let named = tokens.get(at).filter(|t| t.word && !AFTER_TABLE.iter().any(|w| t.text.eq_ignore_ascii_case(w)));
        at += usize::from(named.is_some());
        let alias = named.map_or(table.text, |t| t.text);
        let mut on = None;
        if keyword(tokens, at, "ON") {
            on = equality(tokens, at + 1);
            at = end_of_on(tokens, at + 1);
        }
        sources.push(Source { alias, table: table.text, cross, on });
        cross = sign(tokens, at, ",") || keyword(tokens, at, "CROSS");
        while ["LEFT", "RIGHT", "FULL", "INNER", "CROSS", "OUTER"].iter().any(|w| keyword(tokens, at, w)) {
            at += 1;
        }
        if !keyword(tokens, at, "JOIN") && !sign(tokens, at, ",") {
            return (sources, at);
        }
        at += 1;
    }
}

fn end_of_on(tokens: &[Token<'_>], from: usize) -> usize {
    let mut depth = 0_i32;
    for at in from..tokens.len() {
        match tokens[at].text {
            "(" if !tokens[at].word => depth += 1,
            ")" if !tokens[at].word => depth -= 1,
            _ => {}
        }
        if depth < 0 || (depth == 0 && AFTER_TABLE[1..].iter().any(|w| keyword(tokens, at, w))) {
            return at;
        }
    }
    tokens.len()
}

/// `a.x = b.y` at the beginning of an ON.
fn equality<'a>(tokens: &[Token<'a>], at: usize) -> Option<[(&'a str, &'a str); 2]> {
    let side = |at: usize| {
        let whole = tokens.get(at)?.word && sign(tokens, at + 1, ".") && tokens.get(at + 2)?.word;
        whole.then(|| (tokens[at].text, tokens[at + 2].text))
    };
    sign(tokens, at + 3, "=").then_some(())?;
    Some([side(at)?, side(at + 4)?])
}

/// Rows that a table joined to an earlier one by its first equality would make, about; nothing when the tables are so small that
/// it does not matter.
fn pairs(
    source: &Source<'_>,
    earlier: &[Source<'_>],
    tables: &BTreeMap<String, pl::DataFrame>,
    most: u64,
) -> Option<u64> {
    let [a, b] = source.on?;
    let (mine, other) = if a.0 == source.alias { (a, b) } else { (b, a) };
    let left = tables.get(earlier.iter().find(|s| s.alias == other.0)?.table)?;
    let right = tables.get(source.table)?;
    if (left.height() as u64).saturating_mul(right.height() as u64) <= most {
        return None;
    }
    let left_keys = left.column(other.1).ok()?.as_materialized_series();
    let right_keys = right.column(mine.1).ok()?.as_materialized_series();
    let every = |keys: &pl::Series, most: usize| keys.gather_every((keys.len() / most).max(1), 0);
    let sampled = every(left_keys, SAMPLE).ok()?;
    let right_keys = &every(right_keys, RIGHT_SAMPLE).ok()?;
    let taken = (sampled.len().max(1) as u64).saturating_mul(right_keys.len().max(1) as u64);
    let matches = match (sampled.str(), right_keys.str()) {
        (Ok(sampled), Ok(keys)) => matching(sampled.iter().flatten(), keys.iter().flatten()),
        _ if sampled.dtype().is_enum() != right_keys.dtype().is_enum() => return None,
        _ => {
            // Keys by their numbers.
            let (sampled, right_keys) = (sampled.to_physical_repr(), right_keys.to_physical_repr());
            let sampled = sampled.cast(&pl::DataType::Int64).ok()?;
            let keys = right_keys.cast(&pl::DataType::Int64).ok()?;
            matching(sampled.i64().ok()?.iter().flatten(), keys.i64().ok()?.iter().flatten())
        }
    };
    let pairs = u128::from(matches) * left.height() as u128 * right.height() as u128 / u128::from(taken);
    Some(u64::try_from(pairs).unwrap_or(u64::MAX))
}

/// How many pairs of equal keys there are.
fn matching<K: Eq + std::hash::Hash>(sampled: impl Iterator<Item = K>, keys: impl Iterator<Item = K>) -> u64 {
    let mut times: BTreeMap<usize, u64> = BTreeMap::new();
    let mut at = std::collections::HashMap::new();
    for key in sampled {
        let next = at.len();
        *times.entry(*at.entry(key).or_insert(next)).or_default() += 1;
    }
    let wanted: HashSet<&K> = at.keys().collect();
    keys.filter(|k| wanted.contains(k)).filter_map(|k| times.get(at.get(&k)?)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pl::NamedFrom;

    fn tables() -> BTreeMap<String, pl::DataFrame> {
        let ids: Vec<i64> = (0..3_000).collect();
        let same: Vec<&str> = vec!["2026-10"; 3_000];
        let units: Vec<String> = (0..3_000).map(|i| format!("U{}", i % 300)).collect();
        let frame = pl::DataFrame::new(
            3_000,
            vec![
                pl::Series::new("row_id".into(), ids).into(),
                pl::Series::new("period".into(), same).into(),
                pl::Series::new("unit_key".into(), units).into(),
            ],
        );
        let frame = frame.expect("sound");
        BTreeMap::from([
            ("a".to_owned(), frame.clone()),
            ("b".to_owned(), frame.clone()),
            ("c".to_owned(), frame.head(Some(1))),
        ])
    }

    fn said(sql: &str) -> Option<u64> {
        too_many(sql, &tables(), 1_000_000)
    }

    #[test]
    fn cross_joins_are_multiplied_out() {
        assert_eq!(said("SELECT a.row_id FROM a CROSS JOIN b"), Some(9_000_000));
        assert_eq!(said("SELECT x.row_id FROM a x, b AS y WHERE x.row_id = y.row_id"), Some(9_000_000));
        assert_eq!(said("SELECT COUNT(*) FROM (SELECT 1 FROM a CROSS JOIN b) z"), Some(9_000_000));
        assert_eq!(said("SELECT a.row_id FROM a CROSS JOIN c WHERE a.row_id > 1"), None, "a table of one row");
        assert_eq!(said("SELECT a.row_id FROM a CROSS JOIN nothing"), None);
    }

    #[test]
    fn a_key_that_is_the_same_everywhere_explodes_and_one_that_names_something_does_not() {
        assert_eq!(said("SELECT a.row_id FROM a LEFT JOIN b ON b.period = a.period"), Some(9_000_000));
        assert_eq!(said("SELECT a.row_id FROM a JOIN b ON a.row_id = b.row_id AND a.period = b.period"), None);
        assert_eq!(said("SELECT a.row_id FROM a JOIN b ON (a.unit_key = b.unit_key) CROSS JOIN c"), None);
        assert_eq!(said("SELECT a.row_id FROM a JOIN b ON a.unit_key = b.unit_key CROSS JOIN c"), None);
    }

    #[test]
    fn a_large_right_side_is_judged_by_a_sample_of_it() {
        let rows = 3 * RIGHT_SAMPLE;
        let ids: Vec<i64> = (0..).take(rows).collect();
        let same = vec!["2026-10"; rows];
        let columns = vec![pl::Series::new("row_id".into(), ids).into(), pl::Series::new("period".into(), same).into()];
        let mut tables = tables();
        tables.insert("d".to_owned(), pl::DataFrame::new(rows, columns).expect("sound"));
        let said = |sql: &str| too_many(sql, &tables, 100_000_000);
        assert_eq!(said("SELECT a.row_id FROM a JOIN d ON d.row_id = a.row_id"), None);
        assert_eq!(said("SELECT a.row_id FROM a JOIN d ON d.period = a.period"), Some(3_000 * rows as u64));
    }
}
