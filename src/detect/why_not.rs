//! Why a rule did not report a person or a unit: the first condition of its query that did not hold.
//!
//! The rule's named steps are run one after the other over the month. From the last one back, each step is followed to the
//! table or step it selects from; the first that lost the person or unit is taken apart, join by join and condition by
//! condition, until the one that lost it is found.

use super::Rule;
use super::polars_engine::Workbench;
use super::portability::{Token, steps, tokens};

/// One thing looked at on the way, as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The step's name; empty for the query after the named steps.
    pub step: String,
    /// The comment above the step, in the rule's own words.
    pub comment: String,
    /// Rows of the person or unit in it.
    pub rows: u64,
}

/// What is known of the absence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The rule reports it.
    Reported(u64),
    /// A table or step that the query begins with has no row of it.
    NotIn { table: String },
    /// A join found nothing to join.
    NoMatch { step: String, joined: String, sql: String },
    /// A condition did not hold, though every one before it did.
    Failed { step: String, sql: String, comment: String },
    /// Which condition it was could not be told; the step lost it.
    Lost { step: String, sql: String },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhyNot {
    pub looks: Vec<Look>,
    /// One answer for each branch of a UNION on the way.
    pub answers: Vec<Answer>,
}

struct Walk<'a, 'b> {
    named: Vec<(&'a str, &'a str)>,
    bench: &'b mut Workbench,
    key: &'a str,
    sql: &'a str,
    looks: Vec<Look>,
    answers: Vec<Answer>,
}

/// Follows a key (of a person or a unit) through a rule's query.
///
/// # Errors
/// What the engine says of a step.
pub fn why_not(rule: &Rule, bench: &mut Workbench, key: &str) -> Result<WhyNot, String> {
    let (named, last) = steps(&rule.sql).unwrap_or((Vec::new(), rule.sql.as_str()));
    let mut looks = Vec::new();
    for (name, sql) in &named {
        bench.define(name, sql)?;
        let rows = bench.count(&format!("SELECT * FROM {name}"), key)?;
        looks.push(Look { step: (*name).to_owned(), comment: comment_above(&rule.sql, name), rows });
    }
    let rows = bench.count(last, key)?;
    looks.push(Look { step: String::new(), comment: String::new(), rows });
    let mut walk = Walk { named, bench, key, sql: &rule.sql, looks, answers: Vec::new() };
    if rows > 0 {
        walk.answers.push(Answer::Reported(rows));
    } else {
        walk.follow("", last, 0)?;
    }
    Ok(WhyNot { looks: walk.looks, answers: walk.answers })
}

impl<'a> Walk<'a, '_> {
    /// Takes a step apart that has no row of the key.
    fn follow(&mut self, step: &str, sql: &'a str, depth: usize) -> Result<(), String> {
        for branch in branches(sql) {
            self.branch(step, branch, depth)?;
        }
        Ok(())
    }

    fn branch(&mut self, step: &str, sql: &'a str, depth: usize) -> Result<(), String> {
        let parts = Parts::of(sql);
        let Some(table) = parts.tables.first().map(|t| t.name) else {
            self.answers.push(lost(step, sql));
            return Ok(());
        };
        if self.bench.count(&format!("SELECT * FROM {table}"), self.key)? == 0 {
            if let Some((_, inner)) = self.named.iter().copied().find(|(name, _)| *name == table).filter(|_| depth < 64)
            {
                return self.follow(table, inner, depth + 1);
            }
            self.answers.push(Answer::NotIn { table: table.to_owned() });
            return Ok(());
        }
        let answer = self.within(step, sql, &parts)?;
        self.answers.push(answer);
        Ok(())
    }

    /// Which join or condition of a statement loses the key, its first table still having it.
    fn within(&mut self, step: &str, sql: &'a str, parts: &Parts<'a>) -> Result<Answer, String> {
        let first = &parts.tables[0];
        for upto in 1..parts.tables.len() {
            let from = parts.from(sql, upto + 1);
            // Only the first table's columns, so that a name may stand on both sides.
            let try_it = format!("SELECT {}.* FROM {from}", first.alias);
            if self.bench.count(&try_it, self.key).unwrap_or(1) == 0 {
                let joined = parts.tables[upto].name;
                let text = squeeze(&sql[parts.tables[upto].begin..parts.end_of(upto)]);
                return Ok(Answer::NoMatch { step: step.to_owned(), joined: joined.to_owned(), sql: text });
            }
        }
        let from = parts.from(sql, parts.tables.len());
        for upto in 1..=parts.conditions.len() {
            let held = parts.conditions[..upto].join(" AND ");
            let try_it = format!("SELECT {}.* FROM {from} WHERE {held}", first.alias);
            if self.bench.count(&try_it, self.key)? == 0 {
                let condition = squeeze(parts.conditions[upto - 1]);
                let comment = self.comment_of(&condition, parts);
                return Ok(Answer::Failed { step: step.to_owned(), sql: condition, comment });
            }
        }
        if let Some(having) = parts.having {
            return Ok(Answer::Failed { step: step.to_owned(), sql: squeeze(having), comment: String::new() });
        }
        Ok(lost(step, sql))
    }

    /// The words of the step whose alias a condition is about, so that `x.person IS NULL` says what x holds.
    fn comment_of(&self, condition: &str, parts: &Parts<'_>) -> String {
        let tokens = tokens(condition);
        let aliases = tokens.windows(2).filter(|w| w[0].word && w[1].text == ".").map(|w| w[0].text);
        let tables = aliases.filter_map(|a| parts.tables.iter().find(|t| t.alias == a));
        tables.map(|t| comment_above(self.sql, t.name)).find(|c| !c.is_empty()).unwrap_or_default()
    }
}

fn lost(step: &str, sql: &str) -> Answer {
    Answer::Lost { step: step.to_owned(), sql: squeeze(sql) }
}

fn squeeze(sql: &str) -> String {
    let code: Vec<&str> = sql.lines().map(|l| l.split("--").next().unwrap_or_default()).collect();
    code.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The comment lines right above a named step.
#[must_use]
pub fn comment_above(sql: &str, name: &str) -> String {
    let lines: Vec<&str> = sql.lines().collect();
    let begins = |line: &str| {
        let line = line.trim_start().trim_start_matches("WITH ");
        line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with("AS ("))
    };
    let Some(at) = lines.iter().position(|l| begins(l)) else { return String::new() };
    let above = lines[..at].iter().rev().take_while(|l| l.trim_start().starts_with("--"));
    let mut words: Vec<&str> = above.map(|l| l.trim_start().trim_start_matches('-').trim()).collect();
    words.reverse();
    words.join(" ")
}

/// A statement's branches at its outermost UNIONs.
fn branches(sql: &str) -> Vec<&str> {
    let tokens = tokens(sql);
    let mut depth = 0_i32;
    let mut from = 0;
    let mut found = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        depth += level(token);
        if depth == 0 && is(token, "UNION") {
            found.push(&sql[from..token.at]);
            let all = tokens.get(i + 1).filter(|t| is(t, "ALL"));
            let end = all.unwrap_or(token);
            from = end.at + end.text.len();
        }
    }
    found.push(&sql[from..]);
    found
}

fn is(token: &Token<'_>, word: &str) -> bool {
    token.word && token.text.eq_ignore_ascii_case(word)
}

fn level(token: &Token<'_>) -> i32 {
    match token.text {
        "(" if !token.word => 1,
        ")" if !token.word => -1,
        _ => 0,
    }
}

struct Joined<'a> {
    name: &'a str,
    alias: &'a str,
    /// Where the word that joins it begins; the name itself for the first.
    begin: usize,
}

/// A SELECT taken apart at its outermost level.
struct Parts<'a> {
    tables: Vec<Joined<'a>>,
    /// Where the FROM clause ends.
    end: usize,
    conditions: Vec<&'a str>,
    having: Option<&'a str>,
}

const JOINING: [&str; 6] = ["JOIN", "LEFT", "INNER", "CROSS", "RIGHT", "FULL"];

impl<'a> Parts<'a> {
    fn of(sql: &'a str) -> Self {
        let tokens = tokens(sql);
        let mut parts = Self { tables: Vec::new(), end: sql.len(), conditions: Vec::new(), having: None };
        let outer = outermost(&tokens);
        let place = |word: &str| outer.iter().copied().find(|&i| is(&tokens[i], word));
        let Some(from) = place("FROM") else { return parts };
        let clauses = ["WHERE", "GROUP", "HAVING", "ORDER", "LIMIT"];
        let after = |i: usize| {
            let next = outer.iter().copied().find(|&j| j > i && clauses.iter().any(|c| is(&tokens[j], c)));
            next.map_or(sql.len(), |j| tokens[j].at)
        };
        parts.end = after(from);
        let mut begin = tokens.get(from + 1).map_or(sql.len(), |t| t.at);
        let mut expects = true;
        for &i in outer.iter().filter(|&&i| i > from && tokens[i].at < parts.end) {
            if expects && tokens[i].word && !JOINING.iter().any(|j| is(&tokens[i], j)) && !is(&tokens[i], "OUTER") {
                let at = if tokens.get(i + 1).is_some_and(|t| is(t, "AS")) { i + 2 } else { i + 1 };
                let alias = tokens.get(at).filter(|t| t.word && t.at < parts.end && !is(t, "ON"));
                let alias = alias.filter(|t| !JOINING.iter().any(|j| is(t, j))).map_or(tokens[i].text, |t| t.text);
                parts.tables.push(Joined { name: tokens[i].text, alias, begin });
                expects = false;
            } else if !expects && JOINING.iter().any(|j| is(&tokens[i], j)) {
                begin = tokens[i].at;
                expects = true;
            }
        }
        if let Some(i) = place("WHERE") {
            parts.conditions = conjuncts(sql, &tokens, i + 1, after(i));
        }
        parts.having = place("HAVING").map(|i| &sql[tokens[i].at..after(i)]);
        parts
    }

    /// The FROM clause's first `count` tables with their joins.
    fn from(&self, sql: &'a str, count: usize) -> &'a str {
        &sql[self.tables[0].begin..self.end_of(count - 1)]
    }

    fn end_of(&self, table: usize) -> usize {
        self.tables.get(table + 1).map_or(self.end, |t| t.begin)
    }
}

/// The tokens that stand in no bracket.
fn outermost(tokens: &[Token<'_>]) -> Vec<usize> {
    let mut depth = 0_i32;
    let mut found = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        if depth == 0 && level(token) == 0 {
            found.push(i);
        }
        depth += level(token);
    }
    found
}

/// The conditions joined by AND between two places, at the outermost level; BETWEEN's own AND and CASE stay whole.
fn conjuncts<'a>(sql: &'a str, tokens: &[Token<'a>], first: usize, end: usize) -> Vec<&'a str> {
    let mut found = Vec::new();
    let (mut depth, mut cases, mut between, mut either) = (0_i32, 0_i32, false, false);
    let Some(start) = tokens.get(first).map(|t| t.at) else { return found };
    let mut from = start;
    for token in tokens[first..].iter().take_while(|t| t.at < end) {
        depth += level(token);
        if is(token, "CASE") {
            cases += 1;
        } else if is(token, "END") {
            cases -= 1;
        } else if depth == 0 && cases == 0 {
            either |= is(token, "OR");
            if is(token, "BETWEEN") {
                between = true;
            } else if is(token, "AND") && between {
                between = false;
            } else if is(token, "AND") {
                found.push(sql[from..token.at].trim());
                from = token.at + token.text.len();
            }
        }
    }
    // An OR at the outermost level binds all of it together.
    if either {
        return vec![sql[start..end].trim()];
    }
    found.push(sql[from..end].trim());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_taken_apart() {
        let sql = "SELECT a.x, (SELECT 1) FROM t a LEFT JOIN u ON u.k = a.k CROSS JOIN params p -- all\n WHERE a.x > 1 AND (a.y = 2 OR a.z = 3)\n AND a.d BETWEEN 1 AND 2 AND u.k IS NULL GROUP BY a.x HAVING COUNT(*) > 1";
        let parts = Parts::of(sql);
        let tables: Vec<_> = parts.tables.iter().map(|t| (t.name, t.alias)).collect();
        assert_eq!(tables, [("t", "a"), ("u", "u"), ("params", "p")]);
        assert_eq!(parts.from(sql, 1).trim(), "t a");
        assert_eq!(parts.from(sql, 2).trim(), "t a LEFT JOIN u ON u.k = a.k");
        assert_eq!(parts.conditions, ["a.x > 1", "(a.y = 2 OR a.z = 3)", "a.d BETWEEN 1 AND 2", "u.k IS NULL"]);
        assert_eq!(parts.having.map(squeeze).as_deref(), Some("HAVING COUNT(*) > 1"));
        let either = Parts::of("SELECT x FROM t WHERE a = 1 AND b = 2 OR c = 3");
        assert_eq!(either.conditions, ["a = 1 AND b = 2 OR c = 3"]);
    }

    #[test]
    fn unions_split_and_comments_are_found() {
        let all = branches("SELECT 1 FROM a UNION ALL SELECT 2 FROM (SELECT 1 FROM b UNION SELECT 2 FROM c) d");
        assert_eq!(
            all.iter().map(|b| b.trim()).collect::<Vec<_>>(),
            ["SELECT 1 FROM a", "SELECT 2 FROM (SELECT 1 FROM b UNION SELECT 2 FROM c) d"]
        );
        let sql = "-- Who is paid.\nWITH pay AS (\n SELECT 1\n),\n-- A lawful reason\n-- in force.\nreason AS (SELECT 2) SELECT 3";
        assert_eq!(comment_above(sql, "pay"), "Who is paid.");
        assert_eq!(comment_above(sql, "reason"), "A lawful reason in force.");
        assert_eq!(comment_above(sql, "nothing"), "");
    }
}
