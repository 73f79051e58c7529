//! The published tables of a period, asked once for all units that are looked at; every unit is then answered from memory.
//!
//! For a few units the questions name them, so that the engine reads no more than it must; for many they name none, and what every
//! unit's rows add up to is kept. Both ways the questions are the same.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Facts, MonthLine, Quality};
use super::found::Found;
use super::numbers;
use super::problems::Problems;
use crate::desk::Words;
use crate::desk::ask::{Asking, list, quoted};
use crate::desk::posts::ALL_UNITS;
use crate::desk::units::Unit;
use crate::error::{Fault, Result};

/// Units that questions are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    Named(BTreeSet<String>),
    All,
}

impl Scope {
    /// The most units that a question names; past it, or past half of them, reading every unit's rows takes less.
    const MOST: usize = 40;

    fn of(keys: BTreeSet<String>, all: usize) -> Self {
        if keys.len() > Self::MOST || keys.len() * 2 > all { Self::All } else { Self::Named(keys) }
    }
    fn condition(&self) -> String {
        match self {
            Self::All => ALL_UNITS.to_owned(),
            Self::Named(keys) => {
                let keys: Vec<String> = keys.iter().cloned().collect();
                match &keys[..] {
                    [key] => format!("unit_key = {}", quoted(key)),
                    several => format!("unit_key IN ({})", list(several)),
                }
            }
        }
    }
    fn has(&self, key: &str) -> bool {
        match self {
            Self::All => true,
            Self::Named(keys) => keys.contains(key),
        }
    }
}

/// A unit and those below it that count.
#[derive(Debug, Clone)]
pub struct Subject {
    pub unit: Unit,
    pub children: Vec<Unit>,
}

/// What a unit's own rows say.
#[derive(Debug, Clone, Default)]
struct Own {
    facts: Facts,
    rank: Option<String>,
}

/// What is published of the units that were asked for.
pub struct Published {
    /// Units with figures of their own, and all of them with those below them.
    units: Scope,
    families: Scope,
    /// What is the same for every unit: period, run.
    blank: Facts,
    own: BTreeMap<String, Own>,
    /// Ranks in words.
    ranks: BTreeMap<String, Words>,
    /// Unit → month → findings not closed, of them S1, of them S2.
    history: BTreeMap<String, BTreeMap<String, [i64; 3]>>,
    found: Option<Found>,
}

impl Published {
    /// Asks all questions about these units, of `all` that there are; about their findings only where no ledger knows better.
    ///
    /// # Errors
    /// What reading may give.
    pub fn read(asking: &mut Asking, all: usize, subjects: &[Subject], findings: bool) -> Result<Self> {
        let units = Scope::of(subjects.iter().map(|s| s.unit.key.clone()).collect(), all);
        let family = subjects.iter().flat_map(|s| std::iter::once(&s.unit).chain(&s.children));
        let families = Scope::of(family.map(|u| u.key.clone()).collect(), all);
        let mut published = Self {
            units,
            families,
            blank: Facts { period: asking.period.to_string(), run_id: asking.run_id.clone(), ..Facts::default() },
            own: BTreeMap::new(),
            ranks: BTreeMap::from([(String::new(), asking.label("rank", ""))]),
            history: BTreeMap::new(),
            found: None,
        };
        if subjects.is_empty() {
            return Ok(published);
        }
        let (units, families) = (published.units.condition(), published.families.condition());
        for (unit, lines) in numbers::quota(asking, &units)? {
            published.own(unit).quota = lines;
        }
        for (unit, lines) in numbers::leader_posts(asking, &units)? {
            published.own(unit).posts = lines;
        }
        published.quality(asking, &units)?;
        published.standing(asking, &units)?;
        published.history(asking, &families)?;
        if findings {
            published.found = Some(Found::read(asking, &families)?);
        }
        Ok(published)
    }

    fn own(&mut self, unit: String) -> &mut Facts {
        &mut self.own.entry(unit).or_default().facts
    }

    /// Tier of the last evaluation in force, and the unit's rank.
    fn standing(&mut self, asking: &mut Asking, units: &str) -> Result<()> {
        let tier = format!(
            "SELECT unit_key, MAX(tier) AS tier FROM canonical_evaluations WHERE period = '{{period}}' AND {units} \
             AND tier <> 'unrecognised' AND (valid_from_day_min IS NULL OR valid_from_day_min <= {{as_of}}) \
             AND (valid_to_day_min IS NULL OR valid_to_day_min > {{as_of}}) GROUP BY unit_key ORDER BY unit_key"
        );
        for row in asking.rows(&tier)? {
            self.own(row.word("unit_key")).tier = row.text("tier");
        }
        let rank = format!(
            "SELECT unit_key, MIN(rank) AS rank FROM canonical_establishment_units WHERE period = '{{period}}' AND {units} \
             GROUP BY unit_key ORDER BY unit_key"
        );
        for row in asking.rows(&rank)? {
            let rank = row.word("rank");
            if !self.ranks.contains_key(&rank) {
                self.ranks.insert(rank.clone(), asking.label("rank", &rank));
            }
            self.own.entry(row.word("unit_key")).or_default().rank = Some(rank);
        }
        Ok(())
    }

    fn quality(&mut self, asking: &mut Asking, units: &str) -> Result<()> {
        let part = |(_, view, has_ids): &(String, String, bool)| {
            let unsound = if *has_ids {
                "COALESCE(SUM(CASE WHEN resident_id_state NOT IN ('valid', 'upgraded_15') THEN 1 ELSE 0 END), 0)"
            } else {
                "0"
            };
            format!(
                "SELECT unit_key, CAST(COUNT(*) AS BIGINT) AS taken, CAST({unsound} AS BIGINT) AS unsound FROM {view} \
                 WHERE period = '{{period}}' AND {units} GROUP BY unit_key"
            )
        };
        let parts = asking.tables_of_units().iter().map(part).collect::<Vec<_>>().join(" UNION ALL ");
        if !parts.is_empty() {
            let sql = format!(
                "WITH parts AS ({parts}) SELECT unit_key, CAST(SUM(taken) AS BIGINT) AS taken, \
                 CAST(SUM(unsound) AS BIGINT) AS unsound FROM parts GROUP BY unit_key ORDER BY unit_key"
            );
            for row in asking.rows(&sql)? {
                let quality = &mut self.own(row.word("unit_key")).quality;
                (quality.taken, quality.unsound) = (row.number("taken"), row.number("unsound"));
            }
        }
        let aside = format!(
            "SELECT unit_key, table_name, CAST(COUNT(*) AS BIGINT) AS n FROM rejected_rows WHERE period = '{{period}}' \
             AND {units} GROUP BY unit_key, table_name ORDER BY unit_key, table_name"
        );
        for row in asking.rows(&aside)? {
            let quality = &mut self.own(row.word("unit_key")).quality;
            quality.aside += row.number("n");
            quality.tables_aside.push(row.word("table_name"));
        }
        let found = format!(
            "SELECT unit_key, CAST(COUNT(*) AS BIGINT) AS n FROM anomalies WHERE period = '{{period}}' AND {units} \
             AND category = 'data_quality' AND status <> 'closed' GROUP BY unit_key ORDER BY unit_key"
        );
        for row in asking.rows(&found)? {
            self.own(row.word("unit_key")).quality.findings = row.number("n");
        }
        for own in self.own.values_mut() {
            let quality: &mut Quality = &mut own.facts.quality;
            let read = quality.taken + quality.aside;
            quality.score_tenths = (read > 0).then(|| (quality.taken - quality.unsound) * 1000 / read);
        }
        Ok(())
    }

    fn history(&mut self, asking: &mut Asking, families: &str) -> Result<()> {
        // A published month without findings is a month with none; one that was not published is left out.
        let months = "SELECT period FROM rule_runs WHERE period >= '{since}' AND period <= '{period}' GROUP BY period ORDER BY period";
        for row in asking.rows(months)? {
            self.blank.history.push(MonthLine { period: row.word("period"), ..MonthLine::default() });
        }
        let counts = format!(
            "SELECT unit_key, period, CAST(COUNT(*) AS BIGINT) AS n, \
             CAST(SUM(CASE WHEN severity = 'S1' THEN 1 ELSE 0 END) AS BIGINT) AS s1, \
             CAST(SUM(CASE WHEN severity = 'S2' THEN 1 ELSE 0 END) AS BIGINT) AS s2 FROM anomalies \
             WHERE period >= '{{since}}' AND period <= '{{period}}' AND status <> 'closed' AND {families} \
             GROUP BY unit_key, period ORDER BY unit_key, period"
        );
        for row in asking.rows(&counts)? {
            let counts = ["n", "s1", "s2"].map(|column| row.number(column));
            self.history.entry(row.word("unit_key")).or_default().insert(row.word("period"), counts);
        }
        Ok(())
    }

    /// The facts of one of the units that were asked for.
    ///
    /// # Errors
    /// [`Fault::Internal`] for another unit.
    pub fn facts(&self, subject: Subject) -> Result<Facts> {
        let Subject { unit, children } = subject;
        if !self.units.has(&unit.key) || children.iter().any(|u| !self.families.has(&u.key)) {
            return Err(Fault::Internal(format!("the gate was not asked about {}", unit.key)));
        }
        let own = self.own.get(&unit.key);
        let rank = own.and_then(|o| o.rank.as_deref()).unwrap_or_default();
        let mut facts = Facts {
            unit_rank: self.ranks.get(rank).cloned().unwrap_or_default(),
            ..own.map(|o| o.facts.clone()).unwrap_or_default()
        };
        facts.period.clone_from(&self.blank.period);
        facts.run_id.clone_from(&self.blank.run_id);
        (facts.unit, facts.children) = (unit, children);
        facts.history = self.months(&facts.family());
        Ok(facts)
    }

    fn months(&self, family: &[String]) -> Vec<MonthLine> {
        let blank = |period: &String| MonthLine { period: period.clone(), ..MonthLine::default() };
        let mut lines: BTreeMap<String, MonthLine> =
            self.blank.history.iter().map(|line| (line.period.clone(), line.clone())).collect();
        for (period, [findings, s1, s2]) in family.iter().filter_map(|key| self.history.get(key)).flatten() {
            let line = lines.entry(period.clone()).or_insert_with(|| blank(period));
            line.findings += findings;
            line.s1 += s1;
            line.s2 += s2;
        }
        lines.into_values().collect()
    }

    /// Open problems of one of the families that were asked for, from the published findings.
    ///
    /// # Errors
    /// [`Fault::Internal`] when they were not asked for.
    pub fn problems(&self, family: &[String], day: i32) -> Result<Problems> {
        let found = self.found.as_ref().filter(|_| family.iter().all(|key| self.families.has(key)));
        let found = found.ok_or_else(|| Fault::Internal("the gate was not asked for findings".to_owned()))?;
        Ok(found.problems(family, day))
    }
}
