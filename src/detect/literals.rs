//! The values of `params` written into a statement in place of its cross join.
//!
//! `params` has one row, but the engine does not know that: a cross join with it copies every column of the other side, and
//! `s.day <= p.as_of_day` becomes an inequality join, which sorts the other side first. With the values written in, the same
//! condition is a filter. Only statements in which that cannot change anything are touched; the others run as they are.

use polars::prelude as pl;

use super::portability::{Token, tokens};

/// Functions of many rows: of a literal alone they give something else than of a column that is the same on every row.
const AGGREGATES: [&str; 10] = ["MIN", "MAX", "SUM", "AVG", "COUNT", "MEDIAN", "FIRST", "LAST", "STDDEV", "VARIANCE"];

/// Words that end a FROM clause's table, so that none is taken for its alias.
const AFTER_TABLE: [&str; 11] =
    ["WHERE", "GROUP", "ORDER", "UNION", "JOIN", "LEFT", "INNER", "CROSS", "HAVING", "LIMIT", "ON"];

/// The statement without `CROSS JOIN params p`, each `p.name` a literal of its column's type; `None` when there is no such join or
/// the statement does something with it that a literal may answer otherwise.
#[must_use]
pub fn written_in(sql: &str, params: &pl::DataFrame) -> Option<String> {
    if params.height() != 1 {
        return None;
    }
    let statement = Statement { sql, tokens: tokens(sql), params };
    let joins = statement.joins();
    let alias = joins.first()?.alias;
    let uses = statement.uses(alias);
    let safe = joins.iter().all(|join| join.alias == alias)
        && statement.is_known_by(alias, joins.len(), uses.len())
        && uses.iter().all(|at| statement.is_plain(*at))
        && statement.branches_have_columns(alias);
    safe.then(|| statement.rewritten(&joins, &uses)).flatten()
}

struct Join<'a> {
    alias: &'a str,
    /// Bytes of `CROSS JOIN params p`.
    begin: usize,
    end: usize,
}

struct Statement<'a> {
    sql: &'a str,
    tokens: Vec<Token<'a>>,
    params: &'a pl::DataFrame,
}

impl<'a> Statement<'a> {
    fn word(&self, at: usize, keyword: &str) -> bool {
        self.tokens.get(at).is_some_and(|t| t.word && t.text.eq_ignore_ascii_case(keyword))
    }

    fn any(&self, at: usize, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.word(at, keyword))
    }

    fn sign(&self, at: usize, sign: &str) -> bool {
        self.tokens.get(at).is_some_and(|t| !t.word && t.text == sign)
    }

    fn joins(&self) -> Vec<Join<'a>> {
        let mut joins = Vec::new();
        for at in 2..self.tokens.len() {
            let token = &self.tokens[at];
            if !token.word || token.text != "params" || !self.word(at - 1, "JOIN") || !self.word(at - 2, "CROSS") {
                continue;
            }
            let named = self.tokens.get(at + 1).filter(|t| t.word && !self.any(at + 1, &AFTER_TABLE));
            let last = named.unwrap_or(token);
            joins.push(Join { alias: last.text, begin: self.tokens[at - 2].at, end: last.at + last.text.len() });
        }
        joins
    }

    /// Where `alias.column` begins.
    fn uses(&self, alias: &str) -> Vec<usize> {
        let tokens = self.tokens.iter().enumerate();
        tokens.filter(|(at, t)| t.word && t.text == alias && self.sign(at + 1, ".")).map(|(at, _)| at).collect()
    }

    /// Whether every mention of `params` and of its alias is one of those found, and no column of it stands without the alias.
    fn is_known_by(&self, alias: &str, joins: usize, uses: usize) -> bool {
        let times = |name: &str| self.tokens.iter().filter(|t| t.word && t.text == name).count();
        let bare = |(at, token): (usize, &Token<'_>)| {
            let qualified = at > 0 && self.sign(at - 1, ".");
            let names = at > 0 && self.word(at - 1, "AS");
            token.word && !qualified && !names && self.params.column(token.text).is_ok()
        };
        let mentions = if alias == "params" { joins + uses } else { joins };
        times("params") == mentions && times(alias) == joins + uses && !self.tokens.iter().enumerate().any(bare)
    }

    /// Whether the use is within a condition or an expression over other columns as well: not what is grouped or sorted by, and not
    /// all that an aggregate is of.
    fn is_plain(&self, at: usize) -> bool {
        let mut depth = 0_i32;
        for before in (0..at).rev() {
            if self.sign(before, ")") {
                depth += 1;
            } else if self.sign(before, "(") {
                depth -= 1;
                let aggregate = before > 0 && depth < 0 && self.any(before - 1, &AGGREGATES);
                if aggregate && !self.has_column(before + 1, self.tokens[at].text) {
                    return false;
                }
            } else if depth <= 0 && self.any(before, &["WHERE", "HAVING", "SELECT", "ON"]) {
                return true;
            } else if depth <= 0 && self.word(before, "BY") {
                return false;
            }
        }
        false
    }

    /// Whether a column of another table stands between here and the bracket that closes.
    fn has_column(&self, from: usize, alias: &str) -> bool {
        let mut depth = 0_i32;
        for at in from..self.tokens.len() {
            if self.sign(at, "(") {
                depth += 1;
            } else if self.sign(at, ")") {
                depth -= 1;
            }
            if depth < 0 {
                return false;
            }
            if self.sign(at, ".") && at > 0 && self.tokens[at - 1].text != alias {
                return true;
            }
        }
        false
    }

    /// Whether every SELECT has a column of another table: of literals alone there would be one row.
    fn branches_have_columns(&self, alias: &str) -> bool {
        let selects = (0..self.tokens.len()).filter(|at| self.word(*at, "SELECT"));
        let list = |from: usize| (from..self.tokens.len()).take_while(|at| !self.word(*at, "FROM"));
        let mut selects = selects.map(|from| {
            list(from).any(|at| self.sign(at, ".") && self.tokens[at - 1].text != alias)
                || !list(from).any(|at| self.tokens[at].word && self.tokens[at].text == alias)
        });
        selects.all(|has| has)
    }

    fn rewritten(&self, joins: &[Join<'_>], uses: &[usize]) -> Option<String> {
        let mut edits: Vec<(usize, usize, String)> = joins.iter().map(|j| (j.begin, j.end, String::new())).collect();
        for &at in uses {
            let column = self.tokens.get(at + 2).filter(|t| t.word)?;
            let literal = literal(self.params.column(column.text).ok()?)?;
            // A column keeps its name where it is selected as it is.
            let selected = (self.word(at - 1, "SELECT") || self.sign(at - 1, ","))
                && (self.sign(at + 3, ",") || self.word(at + 3, "FROM"))
                && !self.within_brackets(at);
            let name = if selected { format!(" AS {}", column.text) } else { String::new() };
            edits.push((self.tokens[at].at, column.at + column.text.len(), literal + &name));
        }
        edits.sort();
        let mut text = String::with_capacity(self.sql.len());
        let mut done = 0;
        for (begin, end, put) in edits {
            text.push_str(self.sql.get(done..begin)?);
            text.push_str(&put);
            done = end;
        }
        text.push_str(self.sql.get(done..)?);
        Some(text)
    }

    fn within_brackets(&self, at: usize) -> bool {
        let open = (0..at).filter(|i| self.sign(*i, "(")).count();
        open != (0..at).filter(|i| self.sign(*i, ")")).count()
    }
}

/// A value as SQL, of its column's very type.
fn literal(column: &pl::Column) -> Option<String> {
    use pl::AnyValue as V;
    Some(match column.get(0).ok()? {
        V::Int32(n) => format!("CAST({n} AS INTEGER)"),
        V::Int64(n) => format!("CAST({n} AS BIGINT)"),
        V::Float64(x) if x.is_finite() => format!("CAST({x} AS DOUBLE)"),
        V::Boolean(b) => if b { "TRUE" } else { "FALSE" }.to_owned(),
        V::String(text) => format!("'{}'", text.replace('\'', "''")),
        V::StringOwned(text) => format!("'{}'", text.replace('\'', "''")),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use pl::{IntoLazy, NamedFrom};

    fn params() -> pl::DataFrame {
        let columns = vec![
            pl::Series::new("as_of_day".into(), [20_000_i32]).into(),
            pl::Series::new("least".into(), [3_i64]).into(),
            pl::Series::new("share".into(), [0.5_f64]).into(),
            pl::Series::new("word".into(), ["it's"]).into(),
        ];
        pl::DataFrame::new(1, columns).expect("sound")
    }

    fn written(sql: &str) -> Option<String> {
        written_in(sql, &params())
    }

    #[test]
    fn values_stand_where_the_columns_stood_in_their_own_types() {
        let sql = "SELECT s.a, p.least, s.b * p.share AS c FROM s CROSS JOIN params p WHERE s.day <= p.as_of_day AND s.w <> p.word";
        let want = "SELECT s.a, CAST(3 AS BIGINT) AS least, s.b * CAST(0.5 AS DOUBLE) AS c FROM s  WHERE s.day <= CAST(20000 AS INTEGER) AND s.w <> 'it''s'";
        assert_eq!(written(sql).as_deref(), Some(want));
        let union = "SELECT s.a FROM s CROSS JOIN params p WHERE s.a > p.least UNION ALL SELECT t.a FROM t CROSS JOIN params p WHERE t.a > p.least";
        assert!(written(union).is_some_and(|text| !text.contains("params") && text.matches("CAST(3").count() == 2));
        let summed =
            "SELECT SUM(CASE WHEN s.a > p.least THEN 1 ELSE 0 END) AS n FROM s CROSS JOIN params p GROUP BY s.k";
        assert!(written(summed).is_some());
        let conditions = "SELECT a.x FROM a CROSS JOIN params p GROUP BY a.x HAVING MIN(a.y) < MIN(a.z + p.least)";
        assert!(written(conditions).is_some());
    }

    #[test]
    fn what_a_literal_may_answer_otherwise_stays_as_it_is() {
        for sql in [
            "SELECT p.least FROM params p",
            "SELECT s.a FROM s",
            "SELECT p.least AS n FROM s CROSS JOIN params p",
            "SELECT s.a, MIN(p.least) AS n FROM s CROSS JOIN params p GROUP BY s.a",
            "SELECT s.a, SUM(1 + p.least) AS n FROM s CROSS JOIN params p GROUP BY s.a",
            "SELECT s.a FROM s CROSS JOIN params p GROUP BY s.a, p.least",
            "SELECT s.a, SUM(s.b) OVER (PARTITION BY p.least ORDER BY s.a) AS n FROM s CROSS JOIN params p",
            "SELECT s.a FROM s CROSS JOIN params p WHERE s.day <= as_of_day",
            "SELECT s.a, p.* FROM s CROSS JOIN params p",
            "SELECT s.a FROM s CROSS JOIN params p WHERE s.a > p.nosuch",
            "SELECT s.a FROM s CROSS JOIN params p UNION ALL SELECT p.a FROM t p",
            "SELECT s.a FROM s CROSS JOIN params p UNION ALL SELECT t.a FROM t CROSS JOIN params q WHERE t.a > q.least",
        ] {
            assert_eq!(written(sql), None, "{sql}");
        }
        assert_eq!(written_in("SELECT s.a FROM s CROSS JOIN params p", &params().clear()), None);
    }

    #[test]
    fn both_give_the_same_rows() {
        let columns = vec![
            pl::Series::new("a".into(), [Some(1_i64), Some(5), None, Some(3)]).into(),
            pl::Series::new("day".into(), [Some(19_999_i32), Some(20_001), Some(20_000), None]).into(),
        ];
        let s = pl::DataFrame::new(4, columns).expect("sound");
        let mut context = polars::sql::SQLContext::new();
        context.register("s", s.lazy());
        context.register("params", params().lazy());
        let sql = "SELECT s.a, p.as_of_day - s.day AS days, p.least FROM s CROSS JOIN params p \
                   WHERE (s.day <= p.as_of_day OR s.day IS NULL) AND COALESCE(s.a, p.least) <= p.least";
        let mut rows = |sql: &str| {
            let frame = context.execute(sql).and_then(|f| f.collect()).expect("runs");
            frame.sort(["a"], pl::SortMultipleOptions::default()).expect("sorts")
        };
        let both = (rows(sql), rows(&written(sql).expect("touched")));
        assert!(both.0.equals_missing(&both.1) && both.0.height() == 3, "{both:?}");
        assert_eq!(both.0.schema(), both.1.schema());
    }
}
