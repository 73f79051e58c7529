//! From a rule's result rows to findings: one for each problem, with its evidence, its words and how sure it is.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::engine::{Cells, Rows};
use super::evidence::{Source, iso_day, table_of};
use super::fingerprint::anomaly_id;
use super::history::History;
use super::rule::{ColumnType, Label, Rule, SEVERITIES};
use super::world::{Lookup, World};
use super::{Catalogue, DetectContext, Finding, OwnValue};
use super::{known, message};
use crate::error::{Fault, Place, Result};
use crate::kernel::money::format_yuan;
use crate::table::{EvidenceCell, Schemas};

/// Link methods that rest on likeness: under [`SURE_UNIT`] a finding on them is no S1 without a person's word.
const FUZZY_UNIT: [&str; 2] = ["parsed-name", "common-staff"];
const SURE_UNIT: f64 = 0.95;

/// What building findings of one rule needs.
#[derive(Debug)]
pub struct Builder<'a> {
    pub rule: &'a Rule,
    pub catalogue: &'a Catalogue,
    pub world: &'a World<'a>,
    pub context: &'a DetectContext,
    pub history: &'a History<'a>,
}

type Key = (Option<String>, Option<String>, Option<String>);

impl Builder<'_> {
    /// One finding for each unit, person and object of the rows, sorted by those.
    ///
    /// # Errors
    /// [`Fault::Configuration`] when the query's values are none that the rule may return.
    pub fn findings(&self, rows: &Rows) -> Result<Vec<Finding>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let woken = self.world.wake(self.rule, rows, &self.catalogue.schemas)?;
        let lookup = self.world.lookup(&woken);
        let text = |name: &str, row: usize| rows.column(name).and_then(|c| c.text(row)).map(str::to_owned);
        let mut groups: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        for row in 0..rows.len() {
            let key = (text("unit_key", row), text("person_key", row), text("object_key", row));
            groups.entry(key).or_default().push(row);
        }
        groups
            .into_iter()
            .map(|(key, mut members)| {
                members.sort_by(|&a, &b| compare_rows(rows, a, b));
                self.finding(rows, key, &members, &lookup)
            })
            .collect()
    }

    fn finding(&self, rows: &Rows, key: Key, members: &[usize], lookup: &Lookup<'_>) -> Result<Finding> {
        let (unit_key, person_key, object_key) = key;
        let first = members[0];
        let support = self.support(rows, members, lookup)?;
        let own: Vec<(String, OwnValue)> = self
            .rule
            .columns
            .iter()
            .map(|(name, column)| (name.clone(), own_value(column.kind, rows.column(name), first)))
            .collect();
        let amount = rows.column("amount").and_then(|c| c.money(first));
        let id = anomaly_id(&self.rule.code, unit_key.as_deref(), person_key.as_deref(), object_key.as_deref());
        let measure = self.measure(&own, amount);
        let standing = self.history.standing(&id, measure, self.context.period);
        let Lookup { units, persons, .. } = lookup;
        let mut finding = Finding {
            anomaly_id: id,
            rule: self.rule.code.clone(),
            slug: self.rule.slug.clone(),
            category: self.rule.category.clone(),
            severity: self.severity(rows, members, &support)?,
            status: standing.status.to_owned(),
            confidence: self.confidence(rows, members, &support),
            unit_name: units.text(unit_key.as_deref(), "unit_name"),
            person_name: persons.text(person_key.as_deref(), "person_name"),
            resident_id: persons.text(person_key.as_deref(), "resident_id"),
            unit_key,
            person_key,
            object_key,
            message_zh: String::new(),
            message_en: String::new(),
            amount,
            measure,
            evidence: support.cells.into(),
            facts: String::new(),
            legal_basis: legal_basis(self.rule, self.catalogue),
            first_period: standing.first_period,
            periods_open: standing.periods_open,
            own,
        };
        finding.message_zh = message::fill(&self.rule.message.zh, |name| self.words(&finding, name, |l| &l.zh));
        finding.facts = known::facts(self.rule, &finding, &self.catalogue.schemas);
        finding.message_en = message::fill(&self.rule.message.en, |name| self.words(&finding, name, |l| &l.en));
        Ok(finding)
    }

    /// The evidence rows of all members, each once: by table in declared order, then by row.
    fn support(&self, rows: &Rows, members: &[usize], lookup: &Lookup<'_>) -> Result<Support> {
        let mut wanted: BTreeSet<(usize, usize)> = BTreeSet::new();
        for (name, cells) in rows.columns.iter().filter(|(name, _)| name.starts_with("row__")) {
            let table = table_of(name, &self.catalogue.schemas).unwrap_or_default();
            let Some(order) = self.rule.evidence.get_index_of(&table) else { continue };
            let Some(source) = lookup.sources.get(table.as_str()) else { continue };
            for id in members.iter().filter_map(|&row| cells.integer(row)) {
                let index = source
                    .index(id)
                    .ok_or_else(|| self.refuse(&format!("{name} is {id}, which is no row of {table}")))?;
                wanted.insert((order, index));
            }
        }
        let mut support = Support::default();
        for (order, index) in wanted {
            let Some((table, columns)) = self.rule.evidence.get_index(order) else { continue };
            let Some(source) = lookup.sources.get(table.as_str()) else { continue };
            support.add(source, index, columns, lookup);
        }
        Ok(support)
    }

    fn severity(&self, rows: &Rows, members: &[usize], support: &Support) -> Result<String> {
        let overrides = rows.column("severity");
        let mut strongest = SEVERITIES.len();
        for &row in members {
            let severity = overrides.and_then(|c| c.text(row)).unwrap_or(&self.rule.severity);
            let rank = SEVERITIES.iter().position(|s| *s == severity);
            strongest =
                strongest.min(rank.ok_or_else(|| self.refuse(&format!("severity {severity} is none of S1 to S4")))?);
        }
        // A link by likeness never makes an S1 without a person's word.
        let rank = if support.fuzzy { strongest.max(1) } else { strongest };
        Ok(SEVERITIES.get(rank).copied().unwrap_or("S4").to_owned())
    }

    fn confidence(&self, rows: &Rows, members: &[usize], support: &Support) -> f64 {
        let factors = members.iter().filter_map(|&row| rows.column("confidence")?.float(row));
        let factor = factors.fold(1.0_f64, f64::min);
        let absence = if self.rule.absence_claim { 1.0 - support.rival } else { 1.0 };
        let confidence = (support.probability * absence * factor).clamp(0.0, 1.0);
        (confidence * 10_000.0).round() / 10_000.0
    }

    fn measure(&self, own: &[(String, OwnValue)], amount: Option<i64>) -> Option<f64> {
        let name = self.rule.measure.as_deref()?;
        let value = own.iter().find(|(n, _)| n == name).map(|(_, v)| v);
        match value {
            Some(OwnValue::Integer(n)) => n.map(|n| n as f64),
            Some(OwnValue::Float(x)) => *x,
            Some(OwnValue::Money(fen)) => fen.map(yuan),
            _ if name == "amount" => amount.map(yuan),
            _ => None,
        }
    }

    /// What a placeholder reads in a message.
    fn words(&self, finding: &Finding, name: &str, pick: impl Fn(&Label) -> &String) -> Option<String> {
        match name {
            "unit_name" => return finding.unit_name.clone(),
            "person_name" => return finding.person_name.clone(),
            "amount" => return finding.amount.map(format_yuan),
            "period" => return Some(self.context.period.to_string()),
            _ => {}
        }
        let Some((_, value)) = finding.own.iter().find(|(n, _)| n == name) else {
            let overrides = self.context.parameters.get(&self.rule.code).and_then(|o| o.get(name));
            return self.rule.parameter(name, overrides).map(|v| v.to_string());
        };
        match value {
            OwnValue::Text(text) => {
                let text = text.as_deref()?;
                Some(
                    code_label(self.rule, &self.catalogue.schemas, name, text)
                        .map_or_else(|| text.to_owned(), |l| pick(&l).clone()),
                )
            }
            OwnValue::Integer(n) => n.map(|n| n.to_string()),
            OwnValue::Float(x) => x.map(message::number),
            OwnValue::Money(fen) => fen.map(format_yuan),
            OwnValue::Date(day) => day.map(iso_day),
        }
    }

    fn refuse(&self, message: &str) -> Fault {
        let place = Place::file(self.rule.file.clone()).row(u32::try_from(self.rule.sql_line).unwrap_or(u32::MAX));
        Fault::configuration(place, "rule-result", format!("rule {}: {message}", self.rule.code))
    }
}

/// What the evidence of a finding says and how sure its links are.
#[derive(Debug)]
struct Support {
    cells: Vec<EvidenceCell>,
    /// Least probability of a link that the evidence rests on.
    probability: f64,
    /// Greatest probability of a rival link.
    rival: f64,
    /// Whether a link by likeness is among them.
    fuzzy: bool,
}

impl Default for Support {
    fn default() -> Self {
        Self { cells: Vec::new(), probability: 1.0, rival: 0.0, fuzzy: false }
    }
}

impl Support {
    fn add(&mut self, source: &Source<'_>, row: usize, columns: &[String], lookup: &Lookup<'_>) {
        self.cells.append(&mut source.cells(row, columns, |name| lookup.shared(name)));
        if source.text("person_key", row).is_some() {
            self.probability = self.probability.min(source.float("person_probability", row).unwrap_or(1.0));
            self.rival = self.rival.max(source.float("person_rival", row).unwrap_or(0.0));
            self.fuzzy |= source.text("person_match", row) == Some("C");
        }
        if source.text("unit_key", row).is_some() {
            let probability = source.float("unit_probability", row).unwrap_or(1.0);
            self.probability = self.probability.min(probability);
            let by_likeness = source.text("unit_match", row).is_some_and(|m| FUZZY_UNIT.contains(&m));
            self.fuzzy |= by_likeness && probability < SURE_UNIT;
        }
    }
}

fn yuan(fen: i64) -> f64 {
    fen as f64 / 100.0
}

fn own_value(kind: ColumnType, cells: Option<&Cells>, row: usize) -> OwnValue {
    match kind {
        ColumnType::Text => OwnValue::Text(cells.and_then(|c| c.text(row)).map(str::to_owned)),
        ColumnType::Integer => OwnValue::Integer(cells.and_then(|c| c.integer(row))),
        ColumnType::Float => OwnValue::Float(cells.and_then(|c| c.float(row))),
        ColumnType::Money => OwnValue::Money(cells.and_then(|c| c.money(row))),
        ColumnType::Date => OwnValue::Date(cells.and_then(|c| c.date(row))),
    }
}

/// How a code reads in a message: the rule's own label, or the first label that the schemas of its inputs give it.
#[must_use]
pub fn code_label(rule: &Rule, schemas: &Schemas, column: &str, code: &str) -> Option<Label> {
    if let Some(label) = rule.columns.get(column).and_then(|c| c.labels.get(code)) {
        return Some(label.clone());
    }
    let fields = rule.inputs.iter().chain(&rule.optional_inputs).filter_map(|t| schemas.get(t)?.field(column));
    let zh = fields.filter_map(|f| f.codes.get(code)?.first()).next()?;
    Some(Label { zh: zh.clone(), en: code.to_owned() })
}

/// The full title of a law, in book-title marks when it has none of its own.
#[must_use]
pub fn law_title(catalogue: &Catalogue, code: &str, pick: impl Fn(&Label) -> &String) -> String {
    let title = catalogue.laws.get(code).map_or_else(|| code.to_owned(), |l| pick(l).clone());
    if title.contains('《') || title.is_ascii() { title } else { format!("《{title}》") }
}

/// The provisions a rule enforces, as published: only a verified article is named.
#[must_use]
pub fn legal_basis(rule: &Rule, catalogue: &Catalogue) -> String {
    let one = |basis: &super::rule::LegalBasis| {
        let title = law_title(catalogue, &basis.law, |l| &l.zh);
        match &basis.article {
            Some(article) if basis.verified => format!("{title}{article}"),
            _ => format!("{title}(条款待核)"),
        }
    };
    rule.legal_basis.iter().map(one).collect::<Vec<_>>().join(";")
}

/// An order of result rows that depends on their values only.
fn compare_rows(rows: &Rows, a: usize, b: usize) -> Ordering {
    rows.columns.iter().map(|(_, cells)| compare(cells, a, b)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
}

fn compare(cells: &Cells, a: usize, b: usize) -> Ordering {
    match cells {
        Cells::Null(_) => Ordering::Equal,
        Cells::Text(v) => v[a].cmp(&v[b]),
        Cells::Integer(v) | Cells::Money(v) => v[a].cmp(&v[b]),
        Cells::Date(v) => v[a].cmp(&v[b]),
        Cells::Bool(v) => v[a].cmp(&v[b]),
        Cells::Float(v) => match (v[a], v[b]) {
            (Some(x), Some(y)) => x.total_cmp(&y),
            (x, y) => x.is_some().cmp(&y.is_some()),
        },
    }
}
