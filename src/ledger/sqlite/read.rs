//! Reading: cases, records, events, and the sums of the monthly balance.

use rusqlite::{Row, ToSql};

use super::super::case::Case;
use super::super::event::NewEvent;
use super::super::event::{Event, FileRef};
use super::super::state::{Move, State};
use super::super::store::{Expected, Verified};
use super::super::store::{Filter, Head, Standing, Step, Store};
use super::{SqliteStore, fault, write};
use crate::error::{Fault, Result};
use crate::kernel::secret::hex;

pub(super) const COLUMNS: &str =
    "seq, at, day, month, who, case_id, n, what, from_state, to_state, why, file_name, file_sha256, body, hash";

/// Moves that the monthly balance counts, as the partial index has them.
const STEPS: &str = "what IN ('open', 'reopen', 'close', 'close_at_once', 'reject', 'withdraw')";

/// An event from a row of [`COLUMNS`].
pub(super) fn event_of(row: &Row<'_>) -> rusqlite::Result<std::result::Result<Event, String>> {
    let text = |i: usize| row.get::<_, String>(i);
    let names = (text(7)?, text(8)?, text(9)?);
    let file = match (row.get::<_, Option<String>>(11)?, row.get::<_, Option<String>>(12)?) {
        (Some(name), Some(sha256)) => Some(FileRef { name, sha256 }),
        _ => None,
    };
    let (Some(what), Some(from), Some(to)) = (Move::parse(&names.0), State::parse(&names.1), State::parse(&names.2))
    else {
        return Ok(Err(format!(
            "event {}: {} from {} to {} is no known move",
            row.get::<_, i64>(0)?,
            names.0,
            names.1,
            names.2
        )));
    };
    Ok(Ok(Event {
        seq: row.get(0)?,
        at: text(1)?,
        day: text(2)?,
        month: text(3)?,
        who: text(4)?,
        case: text(5)?,
        n: row.get(6)?,
        what,
        from,
        to,
        why: text(10)?,
        file,
        body: text(13)?,
        hash: hex(row.get_ref(14)?.as_blob().unwrap_or_default()),
    }))
}

/// Conditions and their values.
#[derive(Default)]
struct Where {
    conditions: Vec<String>,
    values: Vec<Box<dyn ToSql>>,
}

impl Where {
    fn add(&mut self, condition: &str, value: impl ToSql + 'static) {
        self.values.push(Box::new(value));
        self.conditions.push(condition.replace('?', &format!("?{}", self.values.len())));
    }
    fn of(filter: &Filter) -> Self {
        let mut all = Self::default();
        all.conditions.push("state <> 'record'".to_owned());
        if !filter.states.is_empty() {
            let names: Vec<String> = filter.states.iter().map(|s| format!("'{}'", s.name())).collect();
            all.conditions.push(format!("state IN ({})", names.join(", ")));
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
                all.add(condition, value.clone());
            }
        }
        if let Some(day) = filter.due_before {
            all.add("due < ?", day);
        }
        if let Some(month) = &filter.open_around {
            let open: Vec<String> = State::all().filter(|s| s.is_open()).map(|s| format!("'{}'", s.name())).collect();
            all.add(&format!("(state IN ({}) OR turned > ?)", open.join(", ")), month.clone());
        }
        if filter.watched {
            all.conditions.push("watched = 1".to_owned());
        }
        all
    }
}

impl SqliteStore {
    fn cases_where(
        &self,
        condition: &str,
        values: &[Box<dyn ToSql>],
        limit: Option<u64>,
        each: &mut dyn FnMut(Case) -> Result<()>,
    ) -> Result<()> {
        let limit = limit.map_or(String::new(), |n| format!(" LIMIT {n}"));
        let text = format!("SELECT case_id, doc FROM cases WHERE {condition} ORDER BY case_id{limit}");
        let mut statement = self.sql(self.connection.prepare(&text))?;
        let values: Vec<&dyn ToSql> = values.iter().map(AsRef::as_ref).collect();
        let mut rows = self.sql(statement.query(&values[..]))?;
        while let Some(row) = self.sql(rows.next())? {
            let id: String = self.sql(row.get(0))?;
            let doc = self.sql(row.get_ref(1))?;
            each(write::parse(&id, doc.as_str().unwrap_or_default())?)?;
        }
        Ok(())
    }

    fn events_where(
        &self,
        condition: &str,
        value: &dyn ToSql,
        each: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<()> {
        let mut statement =
            self.sql(self.connection.prepare(&format!("SELECT {COLUMNS} FROM events WHERE {condition}")))?;
        let mut rows = self.sql(statement.query([value]))?;
        while let Some(row) = self.sql(rows.next())? {
            let event = self.sql(event_of(row))?;
            each(event.map_err(|why| Fault::Reconciliation(format!("{}: {why}", self.path.display())))?)?;
        }
        Ok(())
    }
}

impl Store for SqliteStore {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn head(&self) -> Result<Head> {
        self.sql(write::head_of(&self.connection, &self.identity))
    }

    fn last_decision(&self) -> Result<Option<Head>> {
        let text = "SELECT seq, hash FROM events WHERE what NOT IN ('seen', 'gone', 'unchecked', 'withdraw', 'prove') \
             AND case_id NOT LIKE 'run:%' AND who <> ?1 ORDER BY seq DESC LIMIT 1";
        let row = self.connection.query_row(text, [super::super::feed::BY_RUN], |r| {
            Ok(Head { seq: r.get(0)?, hash: hex(r.get_ref(1)?.as_blob().unwrap_or_default()) })
        });
        match row {
            Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
            other => self.sql(other).map(Some),
        }
    }

    fn case(&self, id: &str) -> Result<Option<Case>> {
        self.sql(write::load(&self.connection, id))?
    }

    fn cases(&self, filter: &Filter, each: &mut dyn FnMut(Case) -> Result<()>) -> Result<()> {
        let all = Where::of(filter);
        self.cases_where(&all.conditions.join(" AND "), &all.values, filter.limit, each)
    }

    fn records(&self, kind: &str, each: &mut dyn FnMut(Case) -> Result<()>) -> Result<()> {
        // ';' is the character after ':'.
        let values: Vec<Box<dyn ToSql>> = vec![Box::new(format!("{kind}:")), Box::new(format!("{kind};"))];
        self.cases_where("state = 'record' AND case_id >= ?1 AND case_id < ?2", &values, None, each)
    }

    fn events_of(&self, id: &str) -> Result<Vec<Event>> {
        let mut events = Vec::new();
        self.events_where("case_id = ?1 ORDER BY n", &id, &mut |event| {
            events.push(event);
            Ok(())
        })?;
        Ok(events)
    }

    fn events(&self, after: i64, each: &mut dyn FnMut(Event) -> Result<()>) -> Result<()> {
        self.events_where("seq > ?1 ORDER BY seq", &after, each)
    }

    fn append(&mut self, events: &[NewEvent], expected: &[Expected]) -> Result<Head> {
        self.append_all(events, expected)
    }

    fn steps(&self, month: &str) -> Result<Vec<Step>> {
        let text = format!(
            "SELECT e.month, c.class, c.unit_key, MAX(c.unit_name), SUM(e.what = 'open'), SUM(e.what = 'reopen'), \
             SUM(e.what IN ('close', 'close_at_once')), SUM(e.what IN ('reject', 'withdraw')) \
             FROM events e JOIN cases c ON c.case_id = e.case_id WHERE e.{STEPS} AND e.month <= ?1 \
             GROUP BY e.month, c.class, c.unit_key ORDER BY e.month, c.class, c.unit_key"
        );
        let mut statement = self.sql(self.connection.prepare(&text))?;
        let rows = statement.query_map([month], |r| {
            Ok(Step {
                month: r.get(0)?,
                class: r.get(1)?,
                unit_key: r.get(2)?,
                unit_name: r.get(3)?,
                opened: r.get(4)?,
                reopened: r.get(5)?,
                closed: r.get(6)?,
                unfounded: r.get(7)?,
            })
        });
        let rows: rusqlite::Result<Vec<Step>> = rows.and_then(Iterator::collect);
        rows.map_err(|e| fault(&self.path, &e))
    }

    fn standing(&self, month: &str) -> Result<Vec<Standing>> {
        let text = format!(
            "WITH last AS (SELECT case_id, MAX(n) AS n FROM events WHERE {STEPS} AND month <= ?1 GROUP BY case_id) \
             SELECT c.class, c.unit_key, COUNT(*) FROM last l JOIN events e ON e.case_id = l.case_id AND e.n = l.n \
             JOIN cases c ON c.case_id = l.case_id WHERE e.what IN ('open', 'reopen') GROUP BY c.class, c.unit_key \
             ORDER BY c.class, c.unit_key"
        );
        let mut statement = self.sql(self.connection.prepare(&text))?;
        let rows =
            statement.query_map([month], |r| Ok(Standing { class: r.get(0)?, unit_key: r.get(1)?, open: r.get(2)? }));
        let rows: rusqlite::Result<Vec<Standing>> = rows.and_then(Iterator::collect);
        rows.map_err(|e| fault(&self.path, &e))
    }

    fn verify(&self, anchor: Option<&str>) -> Result<Verified> {
        self.verify_all(anchor)
    }

    fn rebuild_cases(&mut self) -> Result<u64> {
        self.fold_again()
    }
}
