//! Posts and leader posts of units, counted as rules Q01 and L01 count them. `{units}` in a question stands for the units asked for.

use std::collections::BTreeMap;

use super::facts::{PostLine, QuotaLine};
use crate::desk::Words;
use crate::desk::ask::Asking;
use crate::desk::posts::{LeaderPosts, leaders};
use crate::error::Result;

/// As rule Q01 counts: a person recorded twice fills one post, a row without a person one.
const QUOTA: &str = "WITH both_sides AS (
  SELECT unit_key, bucket, quota_type, CAST(SUM(approved) AS BIGINT) AS approved, CAST(0 AS BIGINT) AS actual, CAST(0 AS BIGINT) AS exempt
  FROM canonical_quotas WHERE period = '{period}' AND {units}
    AND (valid_from_day_min IS NULL OR valid_from_day_min <= {as_of}) AND (valid_to_day_min IS NULL OR valid_to_day_min > {as_of})
  GROUP BY unit_key, bucket, quota_type
  UNION ALL
  SELECT unit_key, bucket, quota_type, CAST(0 AS BIGINT) AS approved,
         CAST(COUNT(DISTINCT person_key) AS BIGINT) + CAST(SUM(CASE WHEN person_key IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS actual,
         CAST(0 AS BIGINT) AS exempt
  FROM canonical_establishment_staff WHERE period = '{period}' AND {units} AND staff_status IN ('on_post', 'off_post')
    AND (entry_date_day_max IS NULL OR entry_date_day_max <= {as_of}) AND (exit_date_day_min IS NULL OR exit_date_day_min > {as_of})
  GROUP BY unit_key, bucket, quota_type
  UNION ALL
  SELECT unit_key, 'own' AS bucket, quota_type, CAST(0 AS BIGINT) AS approved, CAST(0 AS BIGINT) AS actual, CAST(SUM(exempt_count) AS BIGINT) AS exempt
  FROM canonical_quota_exemptions WHERE period = '{period}' AND {units}
    AND (valid_from_day_min IS NULL OR valid_from_day_min <= {as_of}) AND (valid_to_day_min IS NULL OR valid_to_day_min > {as_of})
  GROUP BY unit_key, quota_type
)
SELECT unit_key, COALESCE(bucket, 'unknown') AS bucket, COALESCE(quota_type, 'unknown') AS quota_type, CAST(SUM(approved) AS BIGINT) AS approved,
       CAST(SUM(actual) AS BIGINT) AS actual, CAST(SUM(exempt) AS BIGINT) AS exempt
FROM both_sides
GROUP BY unit_key, COALESCE(bucket, 'unknown'), COALESCE(quota_type, 'unknown') ORDER BY unit_key, bucket, quota_type";

const APPROVALS: &str = "SELECT unit_key, approval_no, quota_type, CAST(SUM(approved_count) AS BIGINT) AS n FROM canonical_quota_approvals
WHERE period = '{period}' AND {units} AND approval_no IS NOT NULL
  AND (approved_on_day_min IS NULL OR approved_on_day_min <= {as_of}) AND (valid_to_day_max IS NULL OR valid_to_day_max > {as_of})
GROUP BY unit_key, approval_no, quota_type ORDER BY unit_key, approval_no, quota_type";

const USED: &str =
    "SELECT unit_key, approval_no, CAST(COUNT(DISTINCT person_key) AS BIGINT) AS n FROM canonical_establishment_staff
WHERE period = '{period}' AND {units} AND approval_no IS NOT NULL GROUP BY unit_key, approval_no ORDER BY unit_key, approval_no";

/// Posts by type and bucket of every unit that a condition holds for.
///
/// # Errors
/// What reading may give.
pub fn quota(asking: &mut Asking, units: &str) -> Result<BTreeMap<String, Vec<QuotaLine>>> {
    let mut pending = pending(asking, units)?;
    let mut found: BTreeMap<String, Vec<QuotaLine>> = BTreeMap::new();
    for row in asking.rows(&QUOTA.replace("{units}", units))? {
        let (unit, bucket, quota_type) = (row.word("unit_key"), row.word("bucket"), row.word("quota_type"));
        let (approved, exempt, actual) = (row.number("approved"), row.number("exempt"), row.number("actual"));
        let promised = if bucket == "own" { pending.remove(&(unit.clone(), quota_type.clone())) } else { None };
        let pending = promised.unwrap_or_default();
        found.entry(unit).or_default().push(QuotaLine {
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
    Ok(found)
}

/// Posts that approvals in force have promised and nobody has taken, by unit and type. A register without approval numbers cannot
/// tell which were taken, so nothing is said of it.
fn pending(asking: &mut Asking, units: &str) -> Result<BTreeMap<(String, String), i64>> {
    let numbered =
        "SELECT CAST(COUNT(approval_no) AS BIGINT) AS n FROM canonical_establishment_staff WHERE period = '{period}'";
    if asking.rows(numbered)?.first().is_none_or(|r| r.number("n") == 0) {
        return Ok(BTreeMap::new());
    }
    let mut used: BTreeMap<(String, String), i64> = BTreeMap::new();
    for row in asking.rows(&USED.replace("{units}", units))? {
        *used.entry((row.word("unit_key"), plain_number(&row.word("approval_no")))).or_default() += row.number("n");
    }
    let mut left: BTreeMap<(String, String), i64> = BTreeMap::new();
    for row in asking.rows(&APPROVALS.replace("{units}", units))? {
        let unit = row.word("unit_key");
        let taken = used.get(&(unit.clone(), plain_number(&row.word("approval_no")))).copied().unwrap_or_default();
        *left.entry((unit, row.word("quota_type"))).or_default() += (row.number("n") - taken).max(0);
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

/// Leader posts by scope, level and class of every unit that a condition holds for.
///
/// # Errors
/// What reading may give.
pub fn leader_posts(asking: &mut Asking, units: &str) -> Result<BTreeMap<String, Vec<PostLine>>> {
    let mut found: BTreeMap<String, Vec<PostLine>> = BTreeMap::new();
    for posts in leaders(asking, units)? {
        let LeaderPosts { unit_key, scope, level, class, approved, actual: incumbents, .. } = posts;
        let words =
            [asking.label("scope", &scope), asking.label("leader_level", &level), asking.label("leader_class", &class)];
        let join = |pick: fn(&Words) -> &String, by: &str| words.iter().map(pick).cloned().collect::<Vec<_>>().join(by);
        found.entry(unit_key).or_default().push(PostLine {
            words: Words::new(join(|w| &w.zh, ""), join(|w| &w.en, ", ")),
            scope,
            level,
            class,
            approved,
            incumbents,
            vacant: approved - incumbents,
        });
    }
    Ok(found)
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
