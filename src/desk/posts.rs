//! Posts of all units of a period at once: by type, and leader posts. Counted as rules Q01 and L01 and the gate count them.

use super::ask::Asking;
use crate::error::Result;

const QUOTA: &str = "WITH both_sides AS (
  SELECT unit_key, quota_type, CAST(SUM(approved) AS BIGINT) AS approved, CAST(0 AS BIGINT) AS actual
  FROM canonical_quotas WHERE period = '{period}' AND unit_key IS NOT NULL AND bucket = 'own'
    AND (valid_from_day_min IS NULL OR valid_from_day_min <= {as_of}) AND (valid_to_day_min IS NULL OR valid_to_day_min > {as_of})
  GROUP BY unit_key, quota_type
  UNION ALL
  SELECT unit_key, quota_type, CAST(0 AS BIGINT) AS approved,
         CAST(COUNT(DISTINCT person_key) AS BIGINT) + CAST(SUM(CASE WHEN person_key IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS actual
  FROM canonical_establishment_staff WHERE period = '{period}' AND unit_key IS NOT NULL AND bucket = 'own'
    AND staff_status IN ('on_post', 'off_post')
    AND (entry_date_day_max IS NULL OR entry_date_day_max <= {as_of}) AND (exit_date_day_min IS NULL OR exit_date_day_min > {as_of})
  GROUP BY unit_key, quota_type
)
SELECT unit_key, COALESCE(quota_type, 'unknown') AS quota_type, CAST(SUM(approved) AS BIGINT) AS approved,
       CAST(SUM(actual) AS BIGINT) AS actual
FROM both_sides GROUP BY unit_key, COALESCE(quota_type, 'unknown') ORDER BY unit_key, quota_type";

const LEADERS: &str = "WITH both_sides AS (
  SELECT unit_key, scope, leader_level, leader_class, CAST(SUM(approved) AS BIGINT) AS approved, CAST(0 AS BIGINT) AS actual,
         MAX(document_no) AS document_no
  FROM canonical_leader_posts WHERE period = '{period}' AND {units}
    AND (valid_from_day_min IS NULL OR valid_from_day_min <= {as_of}) AND (valid_to_day_min IS NULL OR valid_to_day_min > {as_of})
  GROUP BY unit_key, scope, leader_level, leader_class
  UNION ALL
  SELECT unit_key, leader_scope AS scope, leader_level, leader_class, CAST(0 AS BIGINT) AS approved,
         CAST(COUNT(DISTINCT person_key) AS BIGINT) + CAST(SUM(CASE WHEN person_key IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS actual,
         MAX(CAST(NULL AS VARCHAR)) AS document_no
  FROM canonical_establishment_staff WHERE period = '{period}' AND {units} AND leader_class IS NOT NULL
    AND staff_status IN ('on_post', 'off_post') AND COALESCE(concurrent, 'no') <> 'yes'
    AND (entry_date_day_max IS NULL OR entry_date_day_max <= {as_of}) AND (exit_date_day_min IS NULL OR exit_date_day_min > {as_of})
    AND (appointed_on_day_max IS NULL OR appointed_on_day_max <= {as_of}) AND (removed_on_day_min IS NULL OR removed_on_day_min > {as_of})
  GROUP BY unit_key, leader_scope, leader_level, leader_class
)
SELECT unit_key, COALESCE(scope, 'unknown') AS scope, COALESCE(leader_level, 'unknown') AS leader_level,
       COALESCE(leader_class, 'unknown') AS leader_class, CAST(SUM(approved) AS BIGINT) AS approved,
       CAST(SUM(actual) AS BIGINT) AS actual, MAX(document_no) AS document_no
FROM both_sides
GROUP BY unit_key, COALESCE(scope, 'unknown'), COALESCE(leader_level, 'unknown'), COALESCE(leader_class, 'unknown')
ORDER BY unit_key, scope, leader_level, leader_class";

/// Own posts of one type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Posts {
    pub unit_key: String,
    pub quota_type: String,
    pub approved: i64,
    pub actual: i64,
}

/// Leader posts of one scope, level and class.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeaderPosts {
    pub unit_key: String,
    pub scope: String,
    pub level: String,
    pub class: String,
    pub approved: i64,
    /// In office; posts held concurrently are not counted.
    pub actual: i64,
    /// The document that approved them.
    pub document: String,
}

/// Levels of leader posts, the highest first.
pub const LEVELS: [&str; 6] = ["bureau", "division", "deputy_division", "section", "deputy_section", "staff"];

/// Own posts by unit and type.
///
/// # Errors
/// What reading may give.
pub fn posts(asking: &mut Asking) -> Result<Vec<Posts>> {
    let rows = asking.rows(QUOTA)?;
    let posts = |row: &super::ask::Row| Posts {
        unit_key: row.word("unit_key"),
        quota_type: row.word("quota_type"),
        approved: row.number("approved"),
        actual: row.number("actual"),
    };
    Ok(rows.iter().map(posts).collect())
}

/// A condition that every row of a unit fulfils.
pub const ALL_UNITS: &str = "unit_key IS NOT NULL";

/// Leader posts by unit, scope, level and class, of the units that a condition holds for.
///
/// # Errors
/// What reading may give.
pub fn leaders(asking: &mut Asking, units: &str) -> Result<Vec<LeaderPosts>> {
    let rows = asking.rows(&LEADERS.replace("{units}", units))?;
    let posts = |row: &super::ask::Row| LeaderPosts {
        unit_key: row.word("unit_key"),
        scope: row.word("scope"),
        level: row.word("leader_level"),
        class: row.word("leader_class"),
        approved: row.number("approved"),
        actual: row.number("actual"),
        document: row.word("document_no"),
    };
    Ok(rows.iter().map(posts).collect())
}
