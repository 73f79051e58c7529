//! What `verify` reads, within one reading.

use postgres::Row;

use super::super::row::{Batch, CASE_COLUMNS, CaseRow, EVENT_COLUMNS};
use super::super::verify::{Range, Snapshot};
use super::PostgresStore;
use super::read::{Parameter, push};
use crate::error::Result;

/// The triggers without which a slip of the hand could change an event. They must hold in every session.
const TRIGGERS: [&str; 4] = ["events_no_update", "events_no_delete", "events_no_truncate", "events_in_order"];

pub(super) struct Look<'s>(pub &'s PostgresStore);

/// A condition on a range of cases, and its values.
fn within(of: &Range) -> (String, Vec<Parameter<'_>>) {
    let mut parts = vec!["TRUE".to_owned()];
    let mut values: Vec<Parameter<'_>> = Vec::new();
    for (sign, bound) in [(">=", &of.from), ("<", &of.to)] {
        if let Some(bound) = bound {
            values.push(bound);
            parts.push(format!("case_id {sign} ?{}", values.len()));
        }
    }
    (parts.join(" AND "), values)
}

fn row_of(row: &Row) -> std::result::Result<CaseRow, postgres::Error> {
    Ok(CaseRow {
        id: row.try_get(0)?,
        events: row.try_get(1)?,
        state: row.try_get(2)?,
        source: row.try_get(3)?,
        rule: row.try_get(4)?,
        class: row.try_get(5)?,
        severity: row.try_get(6)?,
        unit_key: row.try_get(7)?,
        unit_name: row.try_get(8)?,
        due: row.try_get(9)?,
        turned: row.try_get(10)?,
        watched: row.try_get(11)?,
        doc: row.try_get(12)?,
    })
}

impl Snapshot for Look<'_> {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn missing_trigger(&self) -> Result<Option<&'static str>> {
        let text = "SELECT tgname::text FROM pg_trigger WHERE tgrelid = 'events'::regclass AND tgenabled = 'A'";
        let rows = self.0.sql(self.0.client.borrow_mut().query(text, &[]))?;
        let found: Vec<String> = rows.iter().map(|r| self.0.sql(r.try_get(0))).collect::<Result<_>>()?;
        Ok(TRIGGERS.into_iter().find(|name| !found.iter().any(|f| f == name)))
    }

    fn every(&self, size: u64) -> Result<Vec<String>> {
        let text = "SELECT case_id FROM cases WHERE case_id >= $1 ORDER BY case_id LIMIT 1 OFFSET $2";
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        let mut bounds: Vec<String> = Vec::new();
        loop {
            let from = bounds.last().cloned().unwrap_or_default();
            match self.0.sql(self.0.client.borrow_mut().query_opt(text, &[&from, &size]))? {
                Some(row) => bounds.push(self.0.sql(row.try_get(0))?),
                None => return Ok(bounds),
            }
        }
    }

    fn events(&self, of: &Range, each: &mut dyn FnMut(Batch) -> Result<()>) -> Result<()> {
        let (condition, values) = within(of);
        let text = format!("SELECT {EVENT_COLUMNS} FROM events WHERE {condition} ORDER BY seq");
        let mut batch = Batch::default();
        self.0.cursor(&text, &values, &mut |rows| {
            for row in rows {
                self.0.sql(push(&mut batch, row))?;
            }
            if batch.is_full() {
                each(std::mem::take(&mut batch))?;
            }
            Ok(())
        })?;
        each(batch)
    }

    fn rows(&self, of: &Range, each: &mut dyn FnMut(Vec<CaseRow>) -> Result<()>) -> Result<()> {
        let (condition, values) = within(of);
        let text = format!("SELECT {CASE_COLUMNS} FROM cases WHERE {condition} ORDER BY case_id");
        self.0.cursor(&text, &values, &mut |rows| {
            let rows = rows.iter().map(|row| self.0.sql(row_of(row))).collect::<Result<_>>()?;
            each(rows)
        })
    }
}
