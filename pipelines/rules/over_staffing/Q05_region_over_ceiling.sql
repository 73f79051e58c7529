/*---
code = "Q05"
slug = "region-over-ceiling"
category = "over_staffing"
severity = "S1"
since = "0.1.0"
grain = "row"
inputs = ["quota_caps", "establishment_units", "quotas", "establishment_staff"]
absence_claim = false
name = { zh = "突破编制总量", en = "region over its ceiling" }
what = { zh = "某地区某类编制的核定数之和或在编人数之和,超过上级下达的编制总量。", en = "The approved posts, or the staff, of a region and quota type together exceed the ceiling that the higher level set." }
mistaken_for = { zh = "总量年中调整的,按下达文件生效日期取最近一次;周转池、调借编制不计;事业总量包含参公事业,另行下达参公总量的除外;本级口径只计本级单位。", en = "The ceiling set last is taken, from the day it is in force; pooled and loaned posts are not counted; the ceiling of institution posts holds for civil-service-like ones too unless these have their own; a ceiling of the own level counts units of that level only." }
verify = { zh = "调取编制总量下达文件,按单位汇总核定编制:SELECT unit_name, SUM(approved) FROM quotas WHERE period = '月份' AND bucket = 'own' AND quota_type = '编制类型' GROUP BY unit_name", en = "Take the document that sets the ceiling and add up the posts by unit: SELECT unit_name, SUM(approved) FROM quotas WHERE period = 'MONTH' AND bucket = 'own' AND quota_type = 'TYPE' GROUP BY unit_name" }
message = { zh = "{region}{quota_type}编制总量{cap}名,{kind}合计{total}名,突破{excess}名,请立即核查并报上级机构编制部门。", en = "{region}: ceiling of {cap} {quota_type} posts, {kind} {total}, {excess} over; check at once and report." }
legal_basis = [ { law = "486", article = "§16,18", verified = true } ]
measure = "excess"
[columns.region]
type = "text"
title = { zh = "地区", en = "region" }
[columns.quota_type]
type = "text"
title = { zh = "编制类型", en = "quota type" }
labels = { administrative = { zh = "行政", en = "administrative" }, police = { zh = "政法专项", en = "police" }, institution = { zh = "事业", en = "institution" }, civil_service_like = { zh = "参公事业", en = "civil-service-like" }, worker = { zh = "工勤", en = "worker" } }
[columns.kind]
type = "text"
title = { zh = "口径", en = "what exceeds" }
labels = { quota = { zh = "核定编制", en = "approved posts" }, staff = { zh = "在编人员", en = "staff" } }
[columns.cap]
type = "integer"
unit = "posts"
title = { zh = "编制总量", en = "ceiling" }
[columns.total]
type = "integer"
unit = "posts"
title = { zh = "合计", en = "total" }
[columns.excess]
type = "integer"
unit = "posts"
title = { zh = "突破数", en = "over" }
[evidence]
quota_caps = ["region_code", "region_name", "coverage", "quota_type", "cap", "document_no", "valid_from", "valid_to"]
---*/
WITH in_force AS (
  SELECT c.row_id, c.region_code, c.region_name, c.coverage, c.quota_type, c.cap,
         CASE WHEN c.coverage = 'own_level' THEN 'county' WHEN SUBSTR(c.region_code, 3, 4) = '0000' THEN 'province'
              WHEN SUBSTR(c.region_code, 5, 2) = '00' THEN 'city' ELSE 'county' END AS level,
         0 - COALESCE(c.valid_from_day_min, -1000000) AS recency, 0 - c.cap AS smallness
  FROM quota_caps c CROSS JOIN params p
  WHERE c.region_code IS NOT NULL AND c.cap IS NOT NULL AND c.coverage <> 'unrecognised' AND c.quota_type <> 'unrecognised'
    AND (c.valid_from_day_min IS NULL OR c.valid_from_day_min <= p.as_of_day)
    AND (c.valid_to_day_min IS NULL OR c.valid_to_day_min > p.as_of_day)
),
ranked AS (
  SELECT row_id, region_code, region_name, coverage, quota_type, cap, level,
         CAST(ROW_NUMBER() OVER (PARTITION BY region_code, coverage, quota_type ORDER BY recency, smallness, row_id) AS BIGINT) AS rank_no
  FROM in_force
),
-- Of several ceilings in force the one set last holds.
ceiling AS (
  SELECT row_id, region_code, region_name, coverage, quota_type, cap, level FROM ranked WHERE rank_no = 1
),
civil AS (
  SELECT region_code, coverage FROM ceiling WHERE quota_type = 'civil_service_like'
),
typed AS (
  SELECT row_id, region_code, level, quota_type AS counted_type FROM ceiling
  UNION ALL
  SELECT c.row_id, c.region_code, c.level, 'civil_service_like' AS counted_type
  FROM ceiling c LEFT JOIN civil z ON z.region_code = c.region_code AND z.coverage = c.coverage
  WHERE c.quota_type = 'institution' AND z.region_code IS NULL
),
unit AS (
  SELECT unit_key, MIN(region_code) AS region_code FROM establishment_units
  WHERE unit_key IS NOT NULL AND region_code IS NOT NULL
  GROUP BY unit_key HAVING MIN(region_code) = MAX(region_code)
),
quota AS (
  SELECT u.region_code, q.quota_type, CAST(SUM(q.approved) AS BIGINT) AS approved
  FROM quotas q JOIN unit u ON u.unit_key = q.unit_key CROSS JOIN params p
  WHERE q.bucket = 'own'
    AND (q.valid_from_day_min IS NULL OR q.valid_from_day_min <= p.as_of_day)
    AND (q.valid_to_day_min IS NULL OR q.valid_to_day_min > p.as_of_day)
  GROUP BY u.region_code, q.quota_type
),
-- A person recorded twice in a region fills one post of it.
staff AS (
  SELECT u.region_code, s.quota_type, CAST(COUNT(DISTINCT s.person_key) AS BIGINT)
           + CAST(SUM(CASE WHEN s.person_key IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS actual
  FROM establishment_staff s JOIN unit u ON u.unit_key = s.unit_key CROSS JOIN params p
  WHERE s.bucket = 'own' AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
  GROUP BY u.region_code, s.quota_type
),
quota_sum AS (
  SELECT c.row_id, CAST(SUM(u.approved) AS BIGINT) AS total
  FROM typed c JOIN quota u ON u.quota_type = c.counted_type
  WHERE ((c.level = 'county' AND u.region_code = c.region_code)
      OR (c.level = 'city' AND SUBSTR(u.region_code, 1, 4) = SUBSTR(c.region_code, 1, 4))
      OR (c.level = 'province' AND SUBSTR(u.region_code, 1, 2) = SUBSTR(c.region_code, 1, 2)))
  GROUP BY c.row_id
),
staff_sum AS (
  SELECT c.row_id, CAST(SUM(u.actual) AS BIGINT) AS total
  FROM typed c JOIN staff u ON u.quota_type = c.counted_type
  WHERE ((c.level = 'county' AND u.region_code = c.region_code)
      OR (c.level = 'city' AND SUBSTR(u.region_code, 1, 4) = SUBSTR(c.region_code, 1, 4))
      OR (c.level = 'province' AND SUBSTR(u.region_code, 1, 2) = SUBSTR(c.region_code, 1, 2)))
  GROUP BY c.row_id
),
found AS (
  SELECT row_id, 'quota' AS kind, total FROM quota_sum
  UNION ALL
  SELECT row_id, 'staff' AS kind, total FROM staff_sum
)
SELECT CAST(NULL AS VARCHAR) AS unit_key,
       c.region_code || ':' || c.coverage || ':' || c.quota_type || ':' || f.kind AS object_key,
       COALESCE(c.region_name, c.region_code) AS region, c.quota_type, f.kind, CAST(c.cap AS BIGINT) AS cap, f.total,
       f.total - c.cap AS excess, c.row_id AS row__quota_caps
FROM found f JOIN ceiling c ON c.row_id = f.row_id
WHERE f.total > c.cap
