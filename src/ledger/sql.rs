//! Questions that every database understands in the same words, with places for values written `?1`, `?2`; PostgreSQL takes `$1`.

use super::state::State;
use super::store::Filter;

/// Moves that the monthly balance counts, as the partial index has them.
const STEPS: &str = "what IN ('open', 'reopen', 'close', 'close_at_once', 'reject', 'withdraw')";

/// A value of a question.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    Number(i32),
}

/// A condition and its values.
#[derive(Debug, Default)]
pub(super) struct Condition {
    parts: Vec<String>,
    pub values: Vec<Value>,
}

impl Condition {
    fn add(&mut self, condition: &str, value: Value) {
        self.values.push(value);
        self.parts.push(condition.replace('?', &format!("?{}", self.values.len())));
    }
    pub fn text(&self) -> String {
        self.parts.join(" AND ")
    }

    /// Cases that a filter asks for.
    pub fn of(filter: &Filter) -> Self {
        let mut all = Self::default();
        all.parts.push("state <> 'record'".to_owned());
        if !filter.states.is_empty() {
            let names: Vec<String> = filter.states.iter().map(|s| format!("'{}'", s.name())).collect();
            all.parts.push(format!("state IN ({})", names.join(", ")));
        }
        let equal = [
            ("unit_key = ?", &filter.unit),
            ("unit_name = ?", &filter.unit_name),
            ("class = ?", &filter.class),
            ("rule = ?", &filter.rule),
            ("source = ?", &filter.source),
        ];
        for (condition, value) in equal {
            if let Some(value) = value {
                all.add(condition, Value::Text(value.clone()));
            }
        }
        if let Some(day) = filter.due_before {
            all.add("due < ?", Value::Number(day));
        }
        if let Some(month) = &filter.open_around {
            let open: Vec<String> = State::all().filter(|s| s.is_open()).map(|s| format!("'{}'", s.name())).collect();
            all.add(&format!("(state IN ({}) OR turned > ?)", open.join(", ")), Value::Text(month.clone()));
        }
        if filter.watched {
            all.parts.push("watched".to_owned());
        }
        all
    }

    /// Records of a kind.
    pub fn of_records(kind: &str) -> Self {
        let mut all = Self::default();
        all.parts.push("state = 'record'".to_owned());
        // ';' is the character after ':'.
        all.add("case_id >= ?", Value::Text(format!("{kind}:")));
        all.add("case_id < ?", Value::Text(format!("{kind};")));
        all
    }
}

/// Cases of a condition, in the order of their ids: id and stored form.
pub(super) fn cases(condition: &Condition, limit: Option<u64>) -> String {
    let limit = limit.map_or(String::new(), |n| format!(" LIMIT {n}"));
    format!("SELECT case_id, doc FROM cases WHERE {} ORDER BY case_id{limit}", condition.text())
}

pub(super) const HEAD: &str = "SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1";

/// `?1`: who a run is.
pub(super) const LAST_DECISION: &str = "SELECT seq, hash FROM events WHERE what NOT IN \
     ('seen', 'gone', 'unchecked', 'withdraw', 'prove') AND case_id NOT LIKE 'run:%' AND who <> ?1 ORDER BY seq DESC LIMIT 1";

/// `?1`: the case.
pub(super) const LAST_OF_CASE: &str = "SELECT who, at, what FROM events WHERE case_id = ?1 ORDER BY n DESC LIMIT 1";

/// `?1`: the month.
pub(super) fn steps() -> String {
    format!(
        "SELECT e.month, c.class, c.unit_key, MAX(c.unit_name), COUNT(*) FILTER (WHERE e.what = 'open'), \
         COUNT(*) FILTER (WHERE e.what = 'reopen'), COUNT(*) FILTER (WHERE e.what IN ('close', 'close_at_once')), \
         COUNT(*) FILTER (WHERE e.what IN ('reject', 'withdraw')) \
         FROM events e JOIN cases c ON c.case_id = e.case_id WHERE e.{STEPS} AND e.month <= ?1 \
         GROUP BY e.month, c.class, c.unit_key ORDER BY e.month, c.class, c.unit_key NULLS FIRST"
    )
}

/// `?1`: the month.
pub(super) fn standing() -> String {
    format!(
        "WITH last AS (SELECT case_id, MAX(n) AS n FROM events WHERE {STEPS} AND month <= ?1 GROUP BY case_id) \
         SELECT c.class, c.unit_key, COUNT(*) FROM last l JOIN events e ON e.case_id = l.case_id AND e.n = l.n \
         JOIN cases c ON c.case_id = l.case_id WHERE e.what IN ('open', 'reopen') GROUP BY c.class, c.unit_key \
         ORDER BY c.class, c.unit_key NULLS FIRST"
    )
}
