//! Open problems of units where there is no ledger: published findings, and the office's own register of rectifications.

use std::collections::BTreeMap;

use super::problems::{Basis, Open, Problems, Standing, sort};
use crate::desk::Words;
use crate::desk::ask::Asking;
use crate::error::Result;
use crate::ledger::event::{day_of, day_text};

/// A row of the register of rectifications that is still open.
struct Item {
    /// Its place among all: rows that are alike in everything keep their order.
    at: usize,
    no: String,
    unit_name: String,
    problem: String,
    due: Option<i32>,
}

/// What is published of the units that were asked for, by unit.
#[derive(Default)]
pub struct Found {
    grave: BTreeMap<String, Vec<Open>>,
    minor: BTreeMap<String, i64>,
    register: BTreeMap<String, Vec<Item>>,
}

impl Found {
    /// Nobody has said which findings are right or by when they are put right: every grave one that is not explained counts as
    /// unplanned, and the office's own register says what is overdue. `units` is a condition.
    ///
    /// # Errors
    /// What reading may give.
    pub fn read(asking: &mut Asking, units: &str) -> Result<Self> {
        let mut found = Self::default();
        let open = format!("period = '{{period}}' AND status NOT IN ('closed', 'explained') AND {units}");
        let grave = format!(
            "SELECT anomaly_id, unit_key, unit_name, rule, severity, message_zh, message_en FROM anomalies \
             WHERE {open} AND severity <= 'S2' ORDER BY anomaly_id"
        );
        for row in asking.rows(&grave)? {
            let unit_key = row.word("unit_key");
            found.grave.entry(unit_key.clone()).or_default().push(Open {
                id: row.word("anomaly_id"),
                unit_key,
                unit_name: row.word("unit_name"),
                rule: row.word("rule"),
                severity: row.word("severity"),
                state: Words::new("已核出,未核实", "found, not checked by anybody"),
                standing: Standing::Unplanned,
                fact: Words::new(row.word("message_zh"), row.word("message_en")),
                due: None,
                days_overdue: None,
            });
        }
        let minor = format!(
            "SELECT unit_key, CAST(COUNT(*) AS BIGINT) AS n FROM anomalies WHERE {open} AND severity > 'S2' \
             GROUP BY unit_key ORDER BY unit_key"
        );
        for row in asking.rows(&minor)? {
            found.minor.insert(row.word("unit_key"), row.number("n"));
        }
        let register = format!(
            "SELECT item_no, unit_key, unit_name, problem, due_on FROM canonical_rectifications WHERE period = '{{period}}' \
             AND {units} AND rectification_status IN ('open', 'requested', 'long_term') ORDER BY item_no, row_id"
        );
        for (at, row) in asking.rows(&register)?.into_iter().enumerate() {
            found.register.entry(row.word("unit_key")).or_default().push(Item {
                at,
                no: row.word("item_no"),
                unit_name: row.word("unit_name"),
                problem: row.word("problem"),
                due: row.text("due_on").and_then(|t| day_of(&t)),
            });
        }
        Ok(found)
    }

    /// The open problems of a unit and those below it.
    #[must_use]
    pub fn problems(&self, family: &[String], day: i32) -> Problems {
        let mut problems = Problems { basis: Basis::PublishedFindings, ..Problems::default() };
        let mut items: Vec<(&String, &Item)> = Vec::new();
        for key in family {
            problems.minor += self.minor.get(key).copied().unwrap_or_default();
            problems.open.extend(self.grave.get(key).into_iter().flatten().cloned());
            items.extend(self.register.get(key).into_iter().flatten().map(|item| (key, item)));
        }
        items.sort_by_key(|(_, item)| item.at);
        problems.open.extend(items.into_iter().map(|(key, item)| item.on(key, day)));
        sort(&mut problems.open);
        problems
    }
}

impl Item {
    fn on(&self, unit_key: &str, day: i32) -> Open {
        let overdue = self.due.filter(|due| day > *due).map(|due| day - due);
        let standing = match (self.due, overdue) {
            (_, Some(_)) => Standing::Overdue,
            (Some(_), None) => Standing::OnPlan,
            (None, _) => Standing::Unplanned,
        };
        Open {
            id: self.no.clone(),
            unit_key: unit_key.to_owned(),
            unit_name: self.unit_name.clone(),
            rule: String::new(),
            severity: "S2".to_owned(),
            state: Words::new("整改台账在册", "in the register of rectifications"),
            standing,
            fact: Words::new(self.problem.clone(), self.problem.clone()),
            due: self.due.map(day_text),
            days_overdue: overdue,
        }
    }
}
