//! What the published tables say of a unit: posts by type and bucket, leader posts, data quality, the last twelve months.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::desk::Words;
use crate::desk::ask::{Asking, list, quoted};
use crate::desk::units::Unit;
use crate::error::Result;
use crate::ledger::{Filter, Move, Store};

/// Posts of one type in one bucket; buckets never make up for one another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct QuotaLine {
    pub bucket: String,
    pub quota_type: String,
    pub bucket_words: Words,
    pub type_words: Words,
    pub approved: i64,
    /// Exempt by a document in force; only for own posts.
    pub exempt: i64,
    pub actual: i64,
    /// Approved to be filled and not filled yet; only for own posts.
    pub pending: i64,
    /// approved + exempt - actual - pending.
    pub vacant: i64,
}

/// Leader posts of one scope, level and class.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PostLine {
    pub scope: String,
    pub level: String,
    pub class: String,
    pub words: Words,
    pub approved: i64,
    pub incumbents: i64,
    pub vacant: i64,
}

/// A month of the last twelve.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MonthLine {
    pub period: String,
    /// Findings not closed, of the unit and those below it.
    pub findings: i64,
    pub s1: i64,
    pub s2: i64,
    /// Cases of the ledger opened or reopened, and closed; nothing without a ledger.
    pub opened: Option<i64>,
    pub closed: Option<i64>,
}

/// How sound the unit's rows are in the extracts of the period.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Quality {
    pub taken: i64,
    /// Rows set aside.
    pub aside: i64,
    /// Rows taken whose resident ID is not sound.
    pub unsound: i64,
    /// Findings of data quality, not closed.
    pub findings: i64,
    /// Tenths of a per cent: sound rows of those read; nothing when the unit has no row.
    pub score_tenths: Option<i64>,
    /// Tables with rows of the unit set aside.
    pub tables_aside: Vec<String>,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Facts {
    pub period: String,
    pub run_id: String,
    pub unit: Unit,
    pub unit_rank: Words,
    pub children: Vec<Unit>,
    pub quota: Vec<QuotaLine>,
    pub posts: Vec<PostLine>,
    /// Tier of the last evaluation in force.
    pub tier: Option<String>,
    pub quality: Quality,
    pub history: Vec<MonthLine>,
}

impl Facts {
    /// The keys of the unit and those below it.
    #[must_use]
    pub fn family(&self) -> Vec<String> {
        std::iter::once(&self.unit).chain(&self.children).map(|u| u.key.clone()).collect()
    }
}

/// # Errors
/// What reading may give.
pub fn gather(asking: &mut Asking, unit: Unit, children: Vec<Unit>) -> Result<Facts> {
    let key = quoted(&unit.key);
    let mut facts = Facts {
        period: asking.period.to_string(),
        run_id: asking.run_id.clone(),
        quota: quota(asking, &key)?,
        posts: posts(asking, &key)?,
        quality: quality(asking, &key)?,
        unit,
        children,
        ..Facts::default()
    };
    let tier = format!(
        "SELECT MAX(tier) AS tier FROM canonical_evaluations WHERE period = '{{period}}' AND unit_key = {key} \
         AND tier <> 'unrecognised' AND (valid_from_day_min IS NULL OR valid_from_day_min <= {{as_of}}) \
         AND (valid_to_day_min IS NULL OR valid_to_day_min > {{as_of}})"
    );
    facts.tier = asking.rows(&tier)?.first().and_then(|r| r.text("tier"));
    let rank = format!(
        "SELECT MIN(rank) AS rank FROM canonical_establishment_units WHERE period = '{{period}}' AND unit_key = {key}"
    );
    let rank = asking.rows(&rank)?.first().map(|r| r.word("rank")).unwrap_or_default();
    facts.unit_rank = asking.label("rank", &rank);
    facts.history = history(asking, &facts.family())?;
    Ok(facts)
}

/// As rule Q01 counts: a person recorded twice fills one post, a row without a person one.
const QUOTA: &str = "WITH both_sides AS (
  SELECT bucket, quota_type, CAST(SUM(approved) AS BIGINT) AS approved, CAST(0 AS BIGINT) AS actual, CAST(0 AS BIGINT) AS exempt
  FROM canonical_quotas WHERE period = '{period}' AND unit_key = {unit}
    AND (valid_from_day_min IS NULL OR valid_from_day_min <= {as_of}) AND (valid_to_day_min IS NULL OR valid_to_day_min > {as_of})
  GROUP BY bucket, quota_type
  UNION ALL
  SELECT bucket, quota_type, CAST(0 AS BIGINT) AS approved,
         CAST(COUNT(DISTINCT person_key) AS BIGINT) + CAST(SUM(CASE WHEN person_key IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS actual,
         CAST(0 AS BIGINT) AS exempt
  FROM canonical_establishment_staff WHERE period = '{period}' AND unit_key = {unit} AND staff_status IN ('on_post', 'off_post')
    AND (entry_date_day_max IS NULL OR entry_date_day_max <= {as_of}) AND (exit_date_day_min IS NULL OR exit_date_day_min > {as_of})
  GROUP BY bucket, quota_type
  UNION ALL
  SELECT 'own' AS bucket, quota_type, CAST(0 AS BIGINT) AS approved, CAST(0 AS BIGINT) AS actual, CAST(SUM(exempt_count) AS BIGINT) AS exempt
  FROM canonical_quota_exemptions WHERE period = '{period}' AND unit_key = {unit}
    AND (valid_from_day_min IS NULL OR valid_from_day_min <= {as_of}) AND (valid_to_day_min IS NULL OR valid_to_day_min > {as_of})
  GROUP BY quota_type
)
SELECT COALESCE(bucket, 'unknown') AS bucket, COALESCE(quota_type, 'unknown') AS quota_type, CAST(SUM(approved) AS BIGINT) AS approved,
       CAST(SUM(actual) AS BIGINT) AS actual, CAST(SUM(exempt) AS BIGINT) AS exempt
FROM both_sides GROUP BY COALESCE(bucket, 'unknown'), COALESCE(quota_type, 'unknown') ORDER BY bucket, quota_type";

const APPROVALS: &str = "SELECT approval_no, quota_type, CAST(SUM(approved_count) AS BIGINT) AS n FROM canonical_quota_approvals
WHERE period = '{period}' AND unit_key = {unit} AND approval_no IS NOT NULL
  AND (approved_on_day_min IS NULL OR approved_on_day_min <= {as_of}) AND (valid_to_day_max IS NULL OR valid_to_day_max > {as_of})
GROUP BY approval_no, quota_type ORDER BY approval_no, quota_type";

const USED: &str =
    "SELECT approval_no, CAST(COUNT(DISTINCT person_key) AS BIGINT) AS n FROM canonical_establishment_staff
WHERE period = '{period}' AND unit_key = {unit} AND approval_no IS NOT NULL GROUP BY approval_no ORDER BY approval_no";

fn quota(asking: &mut Asking, key: &str) -> Result<Vec<QuotaLine>> {
    let pending = pending(asking, key)?;
    let rows = asking.rows(&QUOTA.replace("{unit}", key))?;
    let mut lines: Vec<QuotaLine> = Vec::new();
    for row in rows {
        let (bucket, quota_type) = (row.word("bucket"), row.word("quota_type"));
        let (approved, exempt, actual) = (row.number("approved"), row.number("exempt"), row.number("actual"));
        let pending = if bucket == "own" { pending.get(&quota_type).copied().unwrap_or_default() } else { 0 };
        lines.push(QuotaLine {
            bucket_words: asking.label("bucket", &bucket),
            type_words: asking.label("quota_type", &quota_type),
            bucket,
            quota_type,
            approved,
            exempt,
            actual,
            pending,
            vacant: approved + exempt - actual - pending,
        });
    }
    Ok(lines)
}

/// Posts that approvals in force have promised and nobody has taken, by type. A register without approval numbers cannot tell
/// which were taken, so nothing is said of it.
fn pending(asking: &mut Asking, key: &str) -> Result<BTreeMap<String, i64>> {
    let numbered =
        "SELECT CAST(COUNT(approval_no) AS BIGINT) AS n FROM canonical_establishment_staff WHERE period = '{period}'";
    if asking.rows(numbered)?.first().is_none_or(|r| r.number("n") == 0) {
        return Ok(BTreeMap::new());
    }
    let mut used: BTreeMap<String, i64> = BTreeMap::new();
    for row in asking.rows(&USED.replace("{unit}", key))? {
        *used.entry(plain_number(&row.word("approval_no"))).or_default() += row.number("n");
    }
    let mut left: BTreeMap<String, i64> = BTreeMap::new();
    for row in asking.rows(&APPROVALS.replace("{unit}", key))? {
        let taken = used.get(&plain_number(&row.word("approval_no"))).copied().unwrap_or_default();
        *left.entry(row.word("quota_type")).or_default() += (row.number("n") - taken).max(0);
    }
    Ok(left)
}

/// A document number whichever brackets it is written with.
fn plain_number(text: &str) -> String {
    let bracket = |c: char| match c {
        '[' | '(' | '（' | '【' => '〔',
        ']' | ')' | '）' | '】' => '〕',
        c => c,
    };
    text.chars().filter(|c| !c.is_whitespace()).map(bracket).collect::<String>().to_uppercase()
}

/// As rule L01 counts.
const POSTS: &str = "WITH both_sides AS (
  SELECT scope, leader_level, leader_class, CAST(SUM(approved) AS BIGINT) AS approved, CAST(0 AS BIGINT) AS incumbents
  FROM canonical_leader_posts WHERE period = '{period}' AND unit_key = {unit}
    AND (valid_from_day_min IS NULL OR valid_from_day_min <= {as_of}) AND (valid_to_day_min IS NULL OR valid_to_day_min > {as_of})
  GROUP BY scope, leader_level, leader_class
  UNION ALL
  SELECT leader_scope AS scope, leader_level, leader_class, CAST(0 AS BIGINT) AS approved,
         CAST(COUNT(DISTINCT person_key) AS BIGINT) + CAST(SUM(CASE WHEN person_key IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS incumbents
  FROM canonical_establishment_staff WHERE period = '{period}' AND unit_key = {unit} AND leader_class IS NOT NULL
    AND staff_status IN ('on_post', 'off_post') AND COALESCE(concurrent, 'no') <> 'yes'
    AND (entry_date_day_max IS NULL OR entry_date_day_max <= {as_of}) AND (exit_date_day_min IS NULL OR exit_date_day_min > {as_of})
    AND (appointed_on_day_max IS NULL OR appointed_on_day_max <= {as_of}) AND (removed_on_day_min IS NULL OR removed_on_day_min > {as_of})
  GROUP BY leader_scope, leader_level, leader_class
)
SELECT COALESCE(scope, 'unknown') AS scope, COALESCE(leader_level, 'unknown') AS leader_level,
       COALESCE(leader_class, 'unknown') AS leader_class, CAST(SUM(approved) AS BIGINT) AS approved,
       CAST(SUM(incumbents) AS BIGINT) AS incumbents
FROM both_sides GROUP BY COALESCE(scope, 'unknown'), COALESCE(leader_level, 'unknown'), COALESCE(leader_class, 'unknown')
ORDER BY scope, leader_level, leader_class";

fn posts(asking: &mut Asking, key: &str) -> Result<Vec<PostLine>> {
    let rows = asking.rows(&POSTS.replace("{unit}", key))?;
    let line = |row: &crate::desk::ask::Row| {
        let (scope, level, class) = (row.word("scope"), row.word("leader_level"), row.word("leader_class"));
        let words =
            [asking.label("scope", &scope), asking.label("leader_level", &level), asking.label("leader_class", &class)];
        let join = |pick: fn(&Words) -> &String, by: &str| words.iter().map(pick).cloned().collect::<Vec<_>>().join(by);
        let (approved, incumbents) = (row.number("approved"), row.number("incumbents"));
        PostLine {
            words: Words::new(join(|w| &w.zh, ""), join(|w| &w.en, ", ")),
            scope,
            level,
            class,
            approved,
            incumbents,
            vacant: approved - incumbents,
        }
    };
    Ok(rows.iter().map(line).collect())
}

fn quality(asking: &mut Asking, key: &str) -> Result<Quality> {
    let part = |(_, view, has_ids): &(String, String, bool)| {
        let unsound = if *has_ids {
            "COALESCE(SUM(CASE WHEN resident_id_state NOT IN ('valid', 'upgraded_15') THEN 1 ELSE 0 END), 0)"
        } else {
            "0"
        };
        format!(
            "SELECT CAST(COUNT(*) AS BIGINT) AS taken, CAST({unsound} AS BIGINT) AS unsound FROM {view} \
             WHERE period = '{{period}}' AND unit_key = {key}"
        )
    };
    let tables = asking.tables_of_units();
    let mut quality = Quality::default();
    let sql = tables.iter().map(part).collect::<Vec<_>>().join(" UNION ALL ");
    if !sql.is_empty() {
        for row in asking.rows(&sql)? {
            quality.taken += row.number("taken");
            quality.unsound += row.number("unsound");
        }
    }
    let aside = format!(
        "SELECT table_name, CAST(COUNT(*) AS BIGINT) AS n FROM rejected_rows WHERE period = '{{period}}' \
         AND unit_key = {key} GROUP BY table_name ORDER BY table_name"
    );
    for row in asking.rows(&aside)? {
        quality.aside += row.number("n");
        quality.tables_aside.push(row.word("table_name"));
    }
    let found = format!(
        "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM anomalies WHERE period = '{{period}}' AND unit_key = {key} \
         AND category = 'data_quality' AND status <> 'closed'"
    );
    quality.findings = asking.rows(&found)?.first().map_or(0, |r| r.number("n"));
    let read = quality.taken + quality.aside;
    quality.score_tenths = (read > 0).then(|| (quality.taken - quality.unsound) * 1000 / read);
    Ok(quality)
}

fn history(asking: &mut Asking, family: &[String]) -> Result<Vec<MonthLine>> {
    let sql = format!(
        "SELECT period, CAST(COUNT(*) AS BIGINT) AS n, CAST(SUM(CASE WHEN severity = 'S1' THEN 1 ELSE 0 END) AS BIGINT) AS s1, \
         CAST(SUM(CASE WHEN severity = 'S2' THEN 1 ELSE 0 END) AS BIGINT) AS s2 FROM anomalies \
         WHERE period >= '{{since}}' AND period <= '{{period}}' AND status <> 'closed' AND unit_key IN ({}) \
         GROUP BY period ORDER BY period",
        list(family)
    );
    // A published month without findings is a month with none; one that was not published is left out.
    let months = "SELECT period FROM rule_runs WHERE period >= '{since}' AND period <= '{period}' GROUP BY period ORDER BY period";
    let mut lines: BTreeMap<String, MonthLine> = BTreeMap::new();
    for row in asking.rows(months)? {
        let period = row.word("period");
        lines.insert(period.clone(), MonthLine { period, ..MonthLine::default() });
    }
    for row in asking.rows(&sql)? {
        let period = row.word("period");
        let line = lines.entry(period.clone()).or_insert_with(|| MonthLine { period, ..MonthLine::default() });
        (line.findings, line.s1, line.s2) = (row.number("n"), row.number("s1"), row.number("s2"));
    }
    Ok(lines.into_values().collect())
}

/// Cases of the ledger that were opened and closed in each month of the history.
///
/// # Errors
/// What reading the ledger may give.
pub fn add_ledger_history(store: &dyn Store, facts: &mut Facts) -> Result<()> {
    let mut opened: BTreeMap<String, i64> = BTreeMap::new();
    let mut closed: BTreeMap<String, i64> = BTreeMap::new();
    for unit in facts.family() {
        let mut ids = Vec::new();
        store.cases(&Filter { unit: Some(unit), ..Filter::default() }, &mut |case| {
            ids.push(case.id);
            Ok(())
        })?;
        for id in ids {
            for event in store.events_of(&id)? {
                match event.what {
                    Move::Open | Move::Reopen => *opened.entry(event.month).or_default() += 1,
                    Move::Close | Move::CloseAtOnce => *closed.entry(event.month).or_default() += 1,
                    _ => {}
                }
            }
        }
    }
    for line in &mut facts.history {
        line.opened = Some(opened.get(&line.period).copied().unwrap_or_default());
        line.closed = Some(closed.get(&line.period).copied().unwrap_or_default());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_approval_is_the_same_in_whichever_brackets() {
        assert_eq!(plain_number("大用编[2026]4号"), plain_number("大用编 〔2026〕4号"));
        assert_ne!(plain_number("大用编〔2026〕4号"), plain_number("大用编〔2026〕14号"));
    }
}
