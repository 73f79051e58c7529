/*---
code = "Q07"
slug = "chronic-vacancy"
category = "early_warning"
severity = "S4"
since = "0.1.0"
grain = "unit"
inputs = ["quotas", "establishment_staff"]
optional_inputs = ["quota_approvals"]
absence_claim = false
name = { zh = "长期空编", en = "chronic vacancy" }
what = { zh = "某类编制空缺连续多月达到核定数的规定比例和人数,扣除已核准待使用的用编计划后仍然如此。", en = "A share and a number of a unit's posts have stood vacant for many months on end, even after approvals that are still open." }
mistaken_for = { zh = "已核准待招录的用编计划已扣除;空缺中断过的不算连续;登记册没有出编记录的不判定(无法回溯);有编制、人员记录被退回的单位不判定。", en = "Open approvals are deducted; a vacancy once filled begins anew; a register without any leavers cannot be looked back through and is not judged, nor are units with a quota or staff row set aside." }
verify = { zh = "核对近年在编人数变化和用编计划,作为编制调整评估的参考。", en = "Look at the staff of the last years and the plans for using posts, as material for adjusting the quota." }
message = { zh = "{unit_name}{quota_type}编制核定{approved}名、在编{actual}名,空缺{vacant}名,已连续{months}个月以上空缺达到规定比例,请评估调整。", en = "{unit_name}: {approved} {quota_type} posts, {actual} staff, {vacant} vacant, above the share for more than {months} months; consider adjusting." }
legal_basis = [ { law = "486", article = "§24", verified = true } ]
measure = "vacant"
[parameters.months]
type = "integer"
default = 24
minimum = 1
doc = { zh = "连续空缺月数", en = "months on end" }
[parameters.percent]
type = "integer"
default = 20
minimum = 1
doc = { zh = "空缺占核定数比例(%)", en = "share of the approved posts, percent" }
[parameters.least_vacant]
type = "integer"
default = 3
minimum = 1
doc = { zh = "最少空缺数", en = "least vacant posts" }
[columns.quota_type]
type = "text"
title = { zh = "编制类型", en = "quota type" }
labels = { administrative = { zh = "行政", en = "administrative" }, police = { zh = "政法专项", en = "police" }, institution = { zh = "事业", en = "institution" }, civil_service_like = { zh = "参公事业", en = "civil-service-like" }, worker = { zh = "工勤", en = "worker" } }
[columns.approved]
type = "integer"
unit = "posts"
title = { zh = "核定编制", en = "approved posts" }
[columns.actual]
type = "integer"
unit = "persons"
title = { zh = "在编人数", en = "staff" }
[columns.vacant]
type = "integer"
unit = "posts"
title = { zh = "空缺", en = "vacant" }
[columns.months]
type = "integer"
unit = "months"
title = { zh = "连续月数", en = "months on end" }
[evidence]
quotas = ["quota_type", "bucket", "approved", "document_no", "valid_from"]
quota_approvals = ["approval_no", "approved_count", "approved_on", "valid_to"]
---*/
WITH unsure AS (
  SELECT unit_key FROM rejected_rows WHERE table_name IN ('quotas', 'establishment_staff') AND unit_key IS NOT NULL GROUP BY unit_key
),
leavers AS (
  SELECT CAST(COUNT(exit_date) AS BIGINT) AS gone FROM establishment_staff
),
quota AS (
  SELECT q.unit_key, q.quota_type, CAST(SUM(q.approved) AS BIGINT) AS approved, MIN(q.row_id) AS quota_row
  FROM quotas q LEFT JOIN unsure x ON x.unit_key = q.unit_key CROSS JOIN params p
  WHERE x.unit_key IS NULL AND q.unit_key IS NOT NULL AND q.bucket = 'own' AND q.quota_type <> 'unrecognised' AND (q.valid_from_day_min IS NULL OR q.valid_from_day_min <= p.as_of_day)
    AND (q.valid_to_day_min IS NULL OR q.valid_to_day_min > p.as_of_day)
  GROUP BY q.unit_key, q.quota_type
),
staff AS (
  SELECT s.unit_key, s.quota_type, CAST(COUNT(DISTINCT s.person_key) AS BIGINT) + CAST(SUM(CASE WHEN s.person_key IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS actual
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.bucket = 'own' AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
  GROUP BY s.unit_key, s.quota_type
),
-- Approvals still open: approved, not expired, not used up by who entered under their number.
used AS (
  SELECT s.unit_key, UPPER(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(s.approval_no, ' ', ''), '[', '〔'), ']', '〕'),
               '(', '〔'), ')', '〕'), '（', '〔'), '）', '〕')) AS number_key, CAST(COUNT(DISTINCT COALESCE(s.person_key, 'row ' || CAST(s.row_id AS VARCHAR))) AS BIGINT) AS used_count
  FROM establishment_staff s
  WHERE s.unit_key IS NOT NULL AND s.approval_no IS NOT NULL
  GROUP BY s.unit_key, UPPER(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(s.approval_no, ' ', ''), '[', '〔'), ']', '〕'),
               '(', '〔'), ')', '〕'), '（', '〔'), '）', '〕'))
),
approval AS (
  SELECT a.unit_key, a.quota_type, a.approved_count, a.row_id, UPPER(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(a.approval_no, ' ', ''), '[', '〔'), ']', '〕'),
               '(', '〔'), ')', '〕'), '（', '〔'), '）', '〕')) AS number_key
  FROM quota_approvals a CROSS JOIN params p
  WHERE a.unit_key IS NOT NULL AND a.approved_count > 0
    AND (a.approved_on_day_min IS NULL OR a.approved_on_day_min <= p.as_of_day)
    AND (a.valid_to_day_max IS NULL OR a.valid_to_day_max > p.as_of_day)
),
open_approval AS (
  SELECT a.unit_key, a.quota_type, MIN(a.row_id) AS approval_row,
         CAST(SUM(CASE WHEN a.approved_count > COALESCE(u.used_count, 0) THEN a.approved_count - COALESCE(u.used_count, 0) ELSE 0 END) AS BIGINT) AS pending
  FROM approval a LEFT JOIN used u ON u.unit_key = a.unit_key AND u.number_key = a.number_key
  GROUP BY a.unit_key, a.quota_type
),
candidate AS (
  SELECT q.unit_key, q.quota_type, q.approved, COALESCE(s.actual, 0) AS actual, q.quota_row, o.approval_row,
         p.as_of_day - CAST(FLOOR(CAST(p.months * 365 AS DOUBLE) / 12) AS BIGINT) AS start_day
  FROM quota q
  LEFT JOIN staff s ON s.unit_key = q.unit_key AND s.quota_type = q.quota_type
  LEFT JOIN open_approval o ON o.unit_key = q.unit_key AND o.quota_type = q.quota_type
  CROSS JOIN leavers g CROSS JOIN params p
  WHERE g.gone > 0 AND q.approved - COALESCE(s.actual, 0) - COALESCE(o.pending, 0) >= p.least_vacant
    AND (q.approved - COALESCE(s.actual, 0) - COALESCE(o.pending, 0)) * 100 >= q.approved * p.percent
),
-- In the unit's favour: from the first possible day of an entry to the last of an exit.
stay AS (
  SELECT c.unit_key, c.quota_type, COALESCE(s.person_key, 'row ' || CAST(s.row_id AS VARCHAR)) AS person, COALESCE(s.entry_date_day_min, -1000000) AS begin_day,
         COALESCE(s.exit_date_day_max, 1000000) AS end_day
  FROM candidate c JOIN establishment_staff s ON s.unit_key = c.unit_key AND s.quota_type = c.quota_type
  WHERE s.bucket = 'own' AND (s.exit_date_day_max IS NOT NULL OR s.staff_status IN ('on_post', 'off_post'))
),
lot AS (
  SELECT c.unit_key, c.quota_type, q.approved, COALESCE(q.valid_from_day_max, -1000000) AS from_day, COALESCE(q.valid_to_day_min, 1000000) AS to_day
  FROM candidate c JOIN quotas q ON q.unit_key = c.unit_key AND q.quota_type = c.quota_type
  WHERE q.bucket = 'own'
),
-- The days on which a vacancy can end: the first of the window, arrivals, and ends of posts.
probe_row AS (
  SELECT c.unit_key, c.quota_type, c.start_day AS day FROM candidate c
  UNION ALL
  SELECT c.unit_key, c.quota_type, s.begin_day AS day FROM candidate c JOIN stay s ON s.unit_key = c.unit_key AND s.quota_type = c.quota_type CROSS JOIN params p
  WHERE s.begin_day > c.start_day AND s.begin_day <= p.as_of_day
  UNION ALL
  SELECT c.unit_key, c.quota_type, l.to_day AS day FROM candidate c JOIN lot l ON l.unit_key = c.unit_key AND l.quota_type = c.quota_type CROSS JOIN params p
  WHERE l.to_day > c.start_day AND l.to_day <= p.as_of_day
),
probe AS (
  SELECT unit_key, quota_type, day FROM probe_row GROUP BY unit_key, quota_type, day
),
standing AS (
  SELECT b.unit_key, b.quota_type, b.day, CAST(COUNT(DISTINCT s.person) AS BIGINT) AS actual
  FROM probe b JOIN stay s ON s.unit_key = b.unit_key AND s.quota_type = b.quota_type
  WHERE s.begin_day <= b.day AND s.end_day > b.day
  GROUP BY b.unit_key, b.quota_type, b.day
),
granted AS (
  SELECT b.unit_key, b.quota_type, b.day, CAST(SUM(l.approved) AS BIGINT) AS approved
  FROM probe b JOIN lot l ON l.unit_key = b.unit_key AND l.quota_type = b.quota_type
  WHERE l.from_day <= b.day AND l.to_day > b.day
  GROUP BY b.unit_key, b.quota_type, b.day
),
day_of AS (
  SELECT b.unit_key, b.quota_type, b.day, COALESCE(g.approved, 0) AS approved, COALESCE(g.approved, 0) - COALESCE(s.actual, 0) AS vacant
  FROM probe b
  LEFT JOIN granted g ON g.unit_key = b.unit_key AND g.quota_type = b.quota_type AND g.day = b.day
  LEFT JOIN standing s ON s.unit_key = b.unit_key AND s.quota_type = b.quota_type AND s.day = b.day
),
filled AS (
  SELECT d.unit_key, d.quota_type FROM day_of d CROSS JOIN params p
  WHERE d.vacant < p.least_vacant OR d.vacant * 100 < d.approved * p.percent
  GROUP BY d.unit_key, d.quota_type
)
SELECT c.unit_key, c.quota_type AS object_key, c.quota_type, c.approved, c.actual, c.approved - c.actual AS vacant,
       CAST(p.months AS BIGINT) AS months, c.quota_row AS row__quotas, c.approval_row AS row__quota_approvals
FROM candidate c
LEFT JOIN filled f ON f.unit_key = c.unit_key AND f.quota_type = c.quota_type
CROSS JOIN params p
WHERE f.unit_key IS NULL
