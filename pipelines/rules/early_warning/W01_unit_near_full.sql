/*---
code = "W01"
slug = "unit-near-full"
category = "early_warning"
severity = "S4"
since = "0.2.0"
grain = "unit"
inputs = ["quotas", "establishment_staff"]
optional_inputs = ["quota_approvals"]
absence_claim = false
name = { zh = "满编预警", en = "unit near full" }
what = { zh = "某类编制使用率达到预警线,或已核准未使用的用编计划多于空编。", en = "The posts of a type are taken up to the warning line, or approvals not yet used are more than the vacancies." }
mistaken_for = { zh = "已经超编的由超编规则(Q01)判定;周转池、调借编制单列不计入;有编制台账行未被采纳的单位不判定;两人以下的小类不提示使用率。", en = "Over quota is Q01; pooled and loaned posts stand apart; units with a quota row set aside are not judged; very small types are not warned of by rate." }
verify = { zh = "核对在编人数和用编计划,暂缓新的用编申请,先行消化或调剂。", en = "Compare heads and approvals in hand, hold new applications, free or move posts first." }
message = { zh = "{unit_name}{quota_type}编制{approved}名,在编{actual}名,空编{vacancies}名,已核准未使用{pending}名({ground}),请控制进人。", en = "{unit_name}: {quota_type} posts {approved}, in post {actual}, vacant {vacancies}, approved and unused {pending} ({ground}); hold entries." }
legal_basis = [ { law = "486", article = "§6", verified = true } ]
[parameters.full_percent]
type = "integer"
default = 95
minimum = 1
doc = { zh = "使用率预警线(%)", en = "warning line of use, per cent" }
[parameters.least_posts]
type = "integer"
default = 3
minimum = 1
doc = { zh = "至少多少名编制才按使用率提示", en = "posts a type must have to be warned of by rate" }
[columns.quota_type]
type = "text"
title = { zh = "编制类型", en = "quota type" }
[columns.approved]
type = "integer"
unit = "posts"
title = { zh = "核定编制", en = "approved posts" }
[columns.actual]
type = "integer"
unit = "persons"
title = { zh = "在编实有", en = "staff in post" }
[columns.vacancies]
type = "integer"
unit = "posts"
title = { zh = "空编", en = "vacancies" }
[columns.pending]
type = "integer"
unit = "persons"
title = { zh = "已核准未使用", en = "approved and unused" }
[columns.ground]
type = "text"
title = { zh = "预警原因", en = "ground" }
labels = { full = { zh = "使用率达到预警线", en = "use has reached the line" }, pipeline = { zh = "已核准人数多于空编", en = "more approved than vacant" }, both = { zh = "使用率达线且核准多于空编", en = "use at the line and more approved than vacant" } }
[evidence]
quotas = ["quota_type", "bucket", "approved", "document_no", "valid_from"]
quota_approvals = ["approval_no", "quota_type", "approved_count", "approved_on", "valid_to"]
---*/
WITH quota AS (
  SELECT q.unit_key, q.quota_type, CAST(SUM(q.approved) AS BIGINT) AS approved, MIN(q.row_id) AS quota_row
  FROM quotas q CROSS JOIN params p
  WHERE q.unit_key IS NOT NULL AND q.bucket = 'own' AND q.quota_type <> 'unrecognised'
    AND (q.valid_from_day_min IS NULL OR q.valid_from_day_min <= p.as_of_day)
    AND (q.valid_to_day_min IS NULL OR q.valid_to_day_min > p.as_of_day)
  GROUP BY q.unit_key, q.quota_type
),
unsure AS (
  SELECT unit_key FROM rejected_rows WHERE table_name = 'quotas' AND unit_key IS NOT NULL GROUP BY unit_key
),
abolished AS (
  SELECT unit_key FROM units WHERE unit_status = 'abolished' GROUP BY unit_key
),
staff AS (
  SELECT s.unit_key, s.quota_type, s.person_key
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.bucket = 'own' AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
),
-- A person recorded twice fills one post.
counted AS (
  SELECT unit_key, quota_type,
         CAST(COUNT(DISTINCT person_key) AS BIGINT)
           + CAST(SUM(CASE WHEN person_key IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS actual
  FROM staff GROUP BY unit_key, quota_type
),
-- Approvals in force, each less the entries that name it.
approval AS (
  SELECT a.unit_key, a.quota_type, a.approval_no, MAX(a.approved_count) AS granted, MIN(a.row_id) AS approval_row
  FROM quota_approvals a CROSS JOIN params p
  WHERE a.unit_key IS NOT NULL AND a.quota_type IS NOT NULL AND a.approved_on_day_min <= p.as_of_day
    AND (a.valid_to_day_min IS NULL OR a.valid_to_day_min > p.as_of_day)
  GROUP BY a.unit_key, a.quota_type, a.approval_no
),
spent AS (
  SELECT s.unit_key, s.approval_no, CAST(COUNT(*) AS BIGINT) AS spent_count
  FROM establishment_staff s
  WHERE s.unit_key IS NOT NULL AND s.approval_no IS NOT NULL
  GROUP BY s.unit_key, s.approval_no
),
open_approval AS (
  SELECT a.unit_key, a.quota_type, a.approval_row,
         CASE WHEN a.granted > COALESCE(u.spent_count, 0) THEN a.granted - COALESCE(u.spent_count, 0) ELSE 0 END AS unspent
  FROM approval a LEFT JOIN spent u ON u.unit_key = a.unit_key AND u.approval_no = a.approval_no
),
pipeline AS (
  SELECT unit_key, quota_type, CAST(SUM(unspent) AS BIGINT) AS pending,
         MIN(CASE WHEN unspent > 0 THEN approval_row END) AS approval_row
  FROM open_approval GROUP BY unit_key, quota_type
),
compared AS (
  SELECT q.unit_key, q.quota_type, q.approved, COALESCE(c.actual, 0) AS actual, q.approved - COALESCE(c.actual, 0) AS vacancies,
         COALESCE(l.pending, 0) AS pending, q.quota_row, l.approval_row,
         CASE WHEN q.approved >= p.least_posts AND COALESCE(c.actual, 0) * 100 >= q.approved * p.full_percent THEN 1 ELSE 0 END AS is_full,
         CASE WHEN COALESCE(l.pending, 0) > q.approved - COALESCE(c.actual, 0) THEN 1 ELSE 0 END AS too_many
  FROM quota q
  LEFT JOIN counted c ON c.unit_key = q.unit_key AND c.quota_type = q.quota_type
  LEFT JOIN pipeline l ON l.unit_key = q.unit_key AND l.quota_type = q.quota_type
  LEFT JOIN unsure u ON u.unit_key = q.unit_key
  LEFT JOIN abolished x ON x.unit_key = q.unit_key
  CROSS JOIN params p
  WHERE u.unit_key IS NULL AND x.unit_key IS NULL
)
SELECT unit_key, quota_type AS object_key, quota_type, approved, actual, vacancies, pending,
       CASE WHEN is_full = 1 AND too_many = 1 THEN 'both' WHEN is_full = 1 THEN 'full' ELSE 'pipeline' END AS ground,
       quota_row AS row__quotas, approval_row AS row__quota_approvals
FROM compared
WHERE vacancies >= 0 AND (is_full = 1 OR too_many = 1)
