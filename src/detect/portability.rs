//! What a rule's SQL may not say: text that engines read differently, or that Polars gets wrong without a word.
//!
//! Each check stands for something tried; the table at the head of `polars_engine` lists them all.

use std::collections::BTreeSet;

use super::past;
use super::resolved::RESOLVED;
use super::rule::Rule;
use crate::error::{Place, Problem};
use crate::table::Schemas;

/// A token of SQL; words keep their case in `text` and are compared without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token<'a> {
    pub text: &'a str,
    /// A bare or quoted name or keyword, not a literal or a sign.
    pub word: bool,
    /// Line of the query, from 0.
    pub line: usize,
    /// Byte of the query at which it begins.
    pub at: usize,
}

impl Token<'_> {
    fn is(&self, keyword: &str) -> bool {
        self.text.eq_ignore_ascii_case(keyword)
    }
}

/// The tokens of a query, without comments. Text literals come as one token beginning with an apostrophe.
#[must_use]
pub fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let bytes = sql.as_bytes();
    let (mut at, mut line) = (0, 0);
    while at < bytes.len() {
        let rest = &sql[at..];
        let length = length_of(rest);
        let text = &rest[..length];
        let first = bytes[at];
        let comment = text.starts_with("--") || text.starts_with("/*");
        if !comment && !first.is_ascii_whitespace() {
            let word = first.is_ascii_alphabetic() || first == b'_' || first == b'"' || !first.is_ascii();
            tokens.push(Token { text: text.trim_matches('"'), word, line, at });
        }
        line += text.bytes().filter(|&b| b == b'\n').count();
        at += length;
    }
    tokens
}

/// Bytes of the token at the beginning of a text that is not empty.
fn length_of(text: &str) -> usize {
    let until = |end: &str, skip: usize| text[skip..].find(end).map_or(text.len(), |i| skip + i + end.len());
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let run = |is: &dyn Fn(char) -> bool| text.find(|c| !is(c)).unwrap_or(text.len());
    match text.chars().next() {
        Some('\'') => until("'", 1),
        Some('"') => until("\"", 1),
        Some('-') if text.starts_with("--") => until("\n", 2),
        Some('/') if text.starts_with("/*") => until("*/", 2),
        Some(c) if c.is_ascii_digit() => run(&|c| c.is_ascii_digit() || c == '.'),
        Some(c) if word(c) => run(&word),
        Some(c) if c.is_whitespace() => run(&char::is_whitespace),
        Some('<' | '>' | '!' | '|') if text[1..].starts_with(['=', '>', '|']) => 2,
        Some(c) => c.len_utf8(),
        None => 0,
    }
}

/// The names a query may refer to: every word of it. Columns that no rule names need not reach the engine.
#[must_use]
pub fn words(sql: &str) -> BTreeSet<String> {
    tokens(sql).into_iter().filter(|t| t.word).map(|t| t.text.to_owned()).collect()
}

/// A query taken apart: its named subqueries in order, as (name, SQL), and the query after them. `None` when it has none, or
/// names their columns.
#[must_use]
pub fn steps(sql: &str) -> Option<(Vec<(&str, &str)>, &str)> {
    let tokens = tokens(sql);
    let sign = |at: usize, sign: &str| tokens.get(at).is_some_and(|t| !t.word && t.text == sign);
    if !tokens.first()?.is("WITH") {
        return None;
    }
    let mut named = Vec::new();
    let mut at = 1;
    loop {
        let name = tokens.get(at).filter(|t| t.word)?;
        if !tokens.get(at + 1)?.is("AS") || !sign(at + 2, "(") {
            return None;
        }
        let close = partner(&tokens, at + 2)?;
        named.push((name.text, &sql[tokens[at + 2].at + 1..tokens[close].at]));
        at = close + 1;
        if !sign(at, ",") {
            return Some((named, &sql[tokens.get(at)?.at..]));
        }
        at += 1;
    }
}

/// The index of the bracket that closes the one at `open`.
fn partner(tokens: &[Token<'_>], open: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "(" if !token.word => depth += 1,
            ")" if !token.word => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

struct Check<'a> {
    rule: &'a Rule,
    tokens: Vec<Token<'a>>,
    problems: Vec<Problem>,
}

/// Every place of the rule's SQL that must not stand.
#[must_use]
pub fn check(rule: &Rule, schemas: &Schemas) -> Vec<Problem> {
    let mut check = Check { rule, tokens: tokens(&rule.sql), problems: Vec::new() };
    check.shape();
    check.tables(schemas);
    check.joins();
    check.functions();
    check.keys();
    check.windows();
    check.problems
}

const UNSIGNED: [&str; 5] = ["COUNT", "ROW_NUMBER", "RANK", "DENSE_RANK", "LENGTH"];
/// What is looked for is a pattern in the engine: a name with a bracket in it would stop the rule, one with a dot fit others.
const PATTERNS: [&str; 3] = ["STRPOS", "POSITION", "INSTR"];
const FORBIDDEN: [&str; 14] = [
    "INTERVAL",
    "CURRENT_DATE",
    "CURRENT_TIMESTAMP",
    "NOW",
    "RANDOM",
    "READ_CSV",
    "READ_PARQUET",
    "READ_JSON",
    "READ_NDJSON",
    "READ_IPC",
    "LATERAL",
    "RECURSIVE",
    "QUALIFY",
    "NATURAL",
];

impl Check<'_> {
    fn refuse(&mut self, at: usize, code: &'static str, message: String, hint: &str) {
        let line = self.tokens.get(at).map_or(0, |t| t.line);
        let row = u32::try_from(self.rule.sql_line + line).unwrap_or(u32::MAX);
        let problem = Problem::new(Place::file(self.rule.file.clone()).row(row), code, message);
        self.problems.push(if hint.is_empty() { problem } else { problem.hint(hint) });
    }

    fn word(&self, at: usize, keyword: &str) -> bool {
        self.tokens.get(at).is_some_and(|t| t.word && t.is(keyword))
    }

    fn sign(&self, at: usize, sign: &str) -> bool {
        self.tokens.get(at).is_some_and(|t| !t.word && t.text == sign)
    }

    fn shape(&mut self) {
        if !self.word(0, "WITH") && !self.word(0, "SELECT") {
            self.refuse(0, "not-portable", "the query must begin with WITH or SELECT".to_owned(), "");
        }
        for at in 0..self.tokens.len() {
            if self.sign(at, ";") {
                self.refuse(at, "not-portable", "a rule is one statement, without a semicolon".to_owned(), "");
            }
            let text = self.tokens[at].text;
            if self.tokens[at].word && FORBIDDEN.iter().any(|f| text.eq_ignore_ascii_case(f)) {
                let hint = "rules are portable and see only their tables; days and months are integer columns, dates come in params";
                self.refuse(at, "not-portable", format!("{text} may not stand in a rule"), hint);
            }
            if self.word(at, "DATE") && self.tokens.get(at + 1).is_some_and(|t| t.text.starts_with('\'')) {
                self.refuse(
                    at,
                    "not-portable",
                    "a DATE literal may not stand in a rule".to_owned(),
                    "use a column of params",
                );
            }
        }
    }

    /// Earlier periods come in the longest window that any rule asks for, so each rule says how far it looks.
    fn looks_back(&mut self, at: usize, table: &str) {
        let name = self.tokens[at].text;
        if !self.rule.past.contains_key(table) {
            let hint = format!("past = {{ {table} = 12 }}");
            self.refuse(at, "undeclared-input", format!("{name} is read but past does not name {table}"), &hint);
        } else if !self.tokens.iter().any(|t| t.word && t.is(past::PERIOD_NO)) {
            let message = format!("{name} is read without saying how far back");
            self.refuse(at, "not-portable", message, "compare its period_no with the period_no of params");
        }
    }

    /// Tables read without being declared would be taken for empty when their feed is absent.
    fn tables(&mut self, schemas: &Schemas) {
        let ctes: BTreeSet<&str> = (1..self.tokens.len())
            .filter(|&at| self.word(at, "AS") && self.sign(at + 1, "("))
            .map(|at| self.tokens[at - 1].text)
            .collect();
        let earlier = past::names(schemas);
        for at in 1..self.tokens.len() {
            let name = self.tokens[at].text;
            if !self.tokens[at].word || ctes.contains(name) || RESOLVED.contains(&name) {
                continue;
            }
            if let Some(table) = past::table_of(name).filter(|t| earlier.iter().any(|n| n == t)) {
                self.looks_back(at, table);
                continue;
            }
            let known = schemas.get(name).is_some();
            let declared = self.rule.inputs.iter().chain(&self.rule.optional_inputs).any(|i| i == name);
            if known && !declared {
                let message = format!("{name} is read but stands neither in inputs nor in optional_inputs");
                self.refuse(at, "undeclared-input", message, "");
            } else if !known && (self.word(at - 1, "FROM") || self.word(at - 1, "JOIN")) {
                let names = schemas.tables.keys().map(String::as_str).chain(RESOLVED).chain(ctes.iter().copied());
                let hint = crate::error::nearest(name, names).map(|n| format!("did you mean {n}?")).unwrap_or_default();
                self.refuse(at, "unknown-table", format!("there is no table {name}"), &hint);
            }
        }
    }

    /// Polars turns an outer join with an inequality in its ON into an inner join, without a word.
    fn joins(&mut self) {
        for at in 0..self.tokens.len() {
            if (self.word(at, "ANTI") || self.word(at, "SEMI")) && self.word(at + 1, "JOIN") {
                let hint = "LEFT JOIN … WHERE right.key IS NULL";
                self.refuse(at, "not-portable", "ANTI and SEMI JOIN are not portable".to_owned(), hint);
            }
            let outer = self.word(at, "LEFT") || self.word(at, "RIGHT") || self.word(at, "FULL");
            let join = if self.word(at + 1, "OUTER") { at + 2 } else { at + 1 };
            if !outer || !self.word(join, "JOIN") {
                continue;
            }
            if let Some(wrong) = self.inequality_of_on(join) {
                let sign = self.tokens[wrong].text;
                let message = format!("{sign} in the ON of an outer join: Polars would make it an inner join");
                self.refuse(wrong, "not-portable", message, "filter in a subquery first, and join on equalities only");
            }
        }
    }

    /// The first inequality in the ON that belongs to the JOIN at `join`.
    fn inequality_of_on(&self, join: usize) -> Option<usize> {
        let mut depth = 0_i32;
        let mut inside = false;
        for at in join + 1..self.tokens.len() {
            let token = &self.tokens[at];
            match token.text {
                "(" if !token.word => depth += 1,
                ")" if !token.word => depth -= 1,
                "<" | ">" | "<=" | ">=" | "<>" | "!=" if inside => return Some(at),
                _ => {}
            }
            if depth < 0 {
                return None;
            }
            let ends = [
                "WHERE", "GROUP", "ORDER", "UNION", "JOIN", "LEFT", "RIGHT", "FULL", "INNER", "CROSS", "HAVING",
                "LIMIT",
            ];
            if depth == 0 && token.word {
                if token.is("ON") {
                    inside = true;
                } else if ends.iter().any(|end| token.is(end)) {
                    return None;
                }
            }
        }
        None
    }

    /// Counts are unsigned in Polars: a difference of two wraps round.
    fn functions(&mut self) {
        for at in 0..self.tokens.len() {
            let text = self.tokens[at].text;
            let pattern = PATTERNS.iter().any(|f| text.eq_ignore_ascii_case(f));
            if self.tokens[at].word && pattern && self.sign(at + 1, "(") {
                let message =
                    format!("{text}: what it looks for is a regular expression in one engine and a text in others");
                self.refuse(at, "not-portable", message, "SPLIT_PART(text, part, 1) <> text; NULL and '' apart");
            }
            let unsigned =
                self.tokens[at].word && UNSIGNED.iter().any(|f| text.eq_ignore_ascii_case(f)) && self.sign(at + 1, "(");
            let cast = at >= 2 && self.sign(at - 1, "(") && self.word(at - 2, "CAST");
            if unsigned && !cast {
                let message = format!(
                    "{text} outside CAST(… AS BIGINT): its type differs between engines, and differences wrap round"
                );
                self.refuse(at, "not-portable", message, "CAST(COUNT(*) AS BIGINT)");
            }
        }
    }

    /// Keys are numbers in the engine, and a literal is no key: COALESCE(unit_key, '') gives nothing there, without a word.
    fn keys(&mut self) {
        for at in 0..self.tokens.len() {
            if !self.word(at, "COALESCE") || !self.sign(at + 1, "(") {
                continue;
            }
            let inside = self.group(at + 1);
            // `unit_key`, or `a.unit_key`, and then a text.
            let key = if self.sign(at + 3, ".") { at + 4 } else { at + 2 };
            let is_key = self
                .tokens
                .get(key)
                .is_some_and(|t| t.word && (t.text.ends_with("person_key") || t.text.ends_with("unit_key")));
            let literal = self.sign(key + 1, ",")
                && key + 3 == inside.end
                && self.tokens.get(key + 2).is_some_and(|t| t.text.starts_with('\''));
            if is_key && literal {
                let name = self.tokens[key].text;
                let message = format!("COALESCE({name}, a text): keys are numbers in the engine, and the text is lost");
                self.refuse(at, "not-portable", message, &format!("COALESCE(CAST({name} AS VARCHAR), '')"));
            }
        }
    }

    fn windows(&mut self) {
        for at in 0..self.tokens.len() {
            if !self.word(at, "OVER") || !self.sign(at + 1, "(") {
                continue;
            }
            let inside = self.group(at + 1);
            let (Some(function), Some(arguments)) = self.function_before(at) else { continue };
            let name = self.tokens[function].text.to_ascii_uppercase();
            if !["SUM", "COUNT", "MIN", "MAX", "AVG"].contains(&name.as_str()) {
                continue;
            }
            if inside.clone().any(|i| self.word(i, "ORDER")) && !inside.clone().any(|i| self.word(i, "ROWS")) {
                let message = format!("a running {name} without its frame counts ties differently between engines");
                let hint = "write ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW and end the ORDER BY with row_id";
                self.refuse(function, "not-portable", message, hint);
            }
            if name == "SUM" && arguments.clone().all(|i| !self.tokens[i].word) {
                let message = "SUM of a constant OVER rows: Polars gives the constant".to_owned();
                self.refuse(function, "not-portable", message, "sum a column that holds the constant");
            }
        }
    }

    /// The token indices between a bracket and its partner.
    fn group(&self, open: usize) -> std::ops::Range<usize> {
        open + 1..partner(&self.tokens, open).unwrap_or(self.tokens.len())
    }

    /// The function whose call ends just before `at`, and its arguments.
    fn function_before(&self, at: usize) -> (Option<usize>, Option<std::ops::Range<usize>>) {
        let mut depth = 0_i32;
        for back in (0..at).rev() {
            if self.sign(back, ")") {
                depth += 1;
            } else if self.sign(back, "(") {
                depth -= 1;
                if depth == 0 {
                    return (back.checked_sub(1), Some(back + 1..at.saturating_sub(1)));
                }
            }
        }
        (None, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_leave_out_comments_and_keep_texts_whole() {
        let sql = "SELECT a.\"b\" -- it's\n , 'x -- y' /* z */ <> 12.5";
        let said: Vec<&str> = tokens(sql).iter().map(|t| t.text).collect();
        assert_eq!(said, ["SELECT", "a", ".", "b", ",", "'x -- y'", "<>", "12.5"]);
        assert_eq!(tokens(sql)[4].line, 1);
    }

    #[test]
    fn a_query_is_taken_apart_at_its_named_subqueries() {
        let sql = "WITH a AS (SELECT (1) AS x FROM t),\n b AS (SELECT * FROM a) SELECT * FROM b";
        let (named, last) = steps(sql).expect("two");
        assert_eq!(named, [("a", "SELECT (1) AS x FROM t"), ("b", "SELECT * FROM a")]);
        assert_eq!(last, "SELECT * FROM b");
        assert_eq!(steps("SELECT 1"), None);
        assert_eq!(steps("WITH a(x) AS (SELECT 1) SELECT * FROM a"), None);
    }
}
