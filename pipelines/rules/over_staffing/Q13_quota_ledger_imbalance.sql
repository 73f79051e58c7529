/*---
code = "Q13"
slug = "quota-ledger-imbalance"
category = "over_staffing"
severity = "S3"
since = "0.1.0"
grain = "unit"
inputs = ["establishment_units", "quotas"]
absence_claim = false
name = { zh = "编制台账不平", en = "quota ledger imbalance" }
what = { zh = "编制台账的期初加核增减核减加划入减划出不等于核定数,或各类编制核定数之和不等于单位登记的编制总数。", en = "Opening plus added, less cut, plus moved in, less moved out is not the approved number; or the types do not add up to the unit's declared total." }
mistaken_for = { zh = "没有期初数的台账行不核算;周转池、调借编制不计入总数;已撤销单位不核对总数;有编制记录被退回的单位不核对总数;机动编制账户须单独说明。", en = "Rows without an opening number are not recomputed; pooled and loaned posts are outside the total; totals of abolished units and of units with a quota row set aside are not compared; a reserve account explains a difference." }
verify = { zh = "按台账行逐项复算,并与最近一次编制批文的核定数、单位编制总数核对。", en = "Recompute the ledger row item by item and compare with the latest document and the unit's declared total." }
message = { zh = "{unit_name}{kind}:应为{expected}名,台账登记{recorded}名,相差{difference}名,请核对批文并更正。", en = "{unit_name}: {kind}; {expected} expected, {recorded} recorded, {difference} apart; check the documents and correct." }
legal_basis = [ { law = "486", article = "§21–25", verified = true } ]
measure = "difference"
[columns.kind]
type = "text"
title = { zh = "不平类型", en = "kind of imbalance" }
labels = { arithmetic = { zh = "编制台账增减勾稽不平", en = "the ledger row does not add up" }, total = { zh = "各类编制之和与编制总数不符", en = "the types do not add up to the total" } }
[columns.expected]
type = "integer"
unit = "posts"
title = { zh = "复算应为", en = "recomputed" }
[columns.recorded]
type = "integer"
unit = "posts"
title = { zh = "台账登记", en = "recorded" }
[columns.difference]
type = "integer"
unit = "posts"
title = { zh = "相差", en = "difference" }
[evidence]
quotas = ["quota_type", "bucket", "opening", "added", "cut", "moved_in", "moved_out", "approved", "document_no", "valid_from"]
establishment_units = ["unit_name", "quota_total"]
---*/
WITH in_force AS (
  SELECT q.unit_key, q.quota_type, q.bucket, q.approved, q.row_id,
         q.opening + COALESCE(q.added, 0) - COALESCE(q.cut, 0) + COALESCE(q.moved_in, 0) - COALESCE(q.moved_out, 0) AS computed
  FROM quotas q CROSS JOIN params p
  WHERE q.unit_key IS NOT NULL AND q.approved IS NOT NULL
    AND (q.valid_from_day_min IS NULL OR q.valid_from_day_min <= p.as_of_day)
    AND (q.valid_to_day_min IS NULL OR q.valid_to_day_min > p.as_of_day)
),
unbalanced AS (
  SELECT unit_key, quota_type, bucket, MIN(row_id) AS row_id
  FROM in_force WHERE computed IS NOT NULL AND computed <> approved
  GROUP BY unit_key, quota_type, bucket
),
arithmetic AS (
  SELECT u.unit_key, 'arithmetic:' || COALESCE(u.quota_type, 'unknown') || ':' || COALESCE(u.bucket, 'own') AS object_key,
         'arithmetic' AS kind, CAST(i.computed AS BIGINT) AS expected, CAST(i.approved AS BIGINT) AS recorded,
         u.row_id AS quota_row, CAST(NULL AS BIGINT) AS unit_row
  FROM unbalanced u JOIN in_force i ON i.row_id = u.row_id
),
unsure AS (
  SELECT unit_key FROM rejected_rows WHERE table_name = 'quotas' AND unit_key IS NOT NULL GROUP BY unit_key
),
declared AS (
  SELECT unit_key, MIN(quota_total) AS quota_total, MIN(row_id) AS unit_row
  FROM establishment_units
  WHERE unit_key IS NOT NULL AND quota_total IS NOT NULL AND unit_status = 'active'
  GROUP BY unit_key
  HAVING MIN(quota_total) = MAX(quota_total)
),
summed AS (
  SELECT unit_key, CAST(SUM(approved) AS BIGINT) AS approved, MIN(row_id) AS quota_row
  FROM in_force WHERE bucket = 'own'
  GROUP BY unit_key
),
total AS (
  SELECT d.unit_key, 'total' AS object_key, 'total' AS kind, s.approved AS expected,
         CAST(d.quota_total AS BIGINT) AS recorded, s.quota_row, d.unit_row
  FROM declared d
  JOIN summed s ON s.unit_key = d.unit_key
  LEFT JOIN unsure x ON x.unit_key = d.unit_key
  WHERE x.unit_key IS NULL AND s.approved <> d.quota_total
),
found AS (
  SELECT unit_key, object_key, kind, expected, recorded, quota_row, unit_row FROM arithmetic
  UNION ALL
  SELECT unit_key, object_key, kind, expected, recorded, quota_row, unit_row FROM total
)
SELECT unit_key, object_key, kind, expected, recorded,
       CASE WHEN expected > recorded THEN expected - recorded ELSE recorded - expected END AS difference,
       quota_row AS row__quotas, unit_row AS row__establishment_units
FROM found
