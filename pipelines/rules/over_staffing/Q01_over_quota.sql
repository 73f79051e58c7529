/*---
code = "Q01"
slug = "over-quota"
category = "over_staffing"
severity = "S2"
since = "0.1.0"
grain = "unit"
inputs = ["quotas", "establishment_staff"]
optional_inputs = ["quota_exemptions"]
absence_claim = false
name = { zh = "超编", en = "over quota" }
what = { zh = "某单位某类编制的在编实有人数,超过核定编制数与经批准的消化、豁免数之和。", en = "A unit holds more staff of one quota type than its approved posts and its approved exemptions together." }
mistaken_for = { zh = "周转池、专户、调借人员不占本单位编制,不计入;同一人重复登记只计一次;经批准的消化计划、军转、引才、机构改革划转豁免数已扣除;有编制记录被退回的单位不判定。", en = "Pooled and loaned posts are not counted; a person recorded twice counts once; approved digestion plans and exemptions are deducted; units with a quota row set aside are not judged." }
verify = { zh = "对照编制批文核实核定数,再列出在编人员逐一核对:SELECT name, resident_id, entry_date, source_file, source_row FROM establishment_staff WHERE period = '月份' AND unit_key = '单位主键' AND quota_type = '编制类型' AND bucket = 'own' AND staff_status IN ('on_post', 'off_post')", en = "Check the approved number against the document, then list the staff: SELECT name, resident_id, entry_date, source_file, source_row FROM establishment_staff WHERE period = 'MONTH' AND unit_key = 'UNIT' AND quota_type = 'TYPE' AND bucket = 'own' AND staff_status IN ('on_post', 'off_post')" }
message = { zh = "{unit_name}{quota_type}编制核定{approved}名(另有豁免{exempt}名),月末实有{actual}名,超出{excess}名,请核实并提出消化计划。", en = "{unit_name}: {actual} staff on {approved} approved {quota_type} posts (plus {exempt} exempt), {excess} over; check and plan their reduction." }
legal_basis = [
  { law = "486", article = "§6", verified = true },
  { law = "486", article = "§26(4)", verified = true },
]
measure = "excess"
[parameters.s1_from]
type = "integer"
default = 3
minimum = 1
doc = { zh = "超出达到此人数为S1", en = "S1 from this many over" }
[parameters.s1_percent]
type = "integer"
default = 10
minimum = 1
doc = { zh = "超出达到核定数的此百分比为S1", en = "S1 from this percentage of the approved posts" }
[columns.quota_type]
type = "text"
title = { zh = "编制类型", en = "quota type" }
labels = { administrative = { zh = "行政", en = "administrative" }, police = { zh = "政法专项", en = "police" }, institution = { zh = "事业", en = "institution" }, civil_service_like = { zh = "参公事业", en = "civil-service-like" }, worker = { zh = "工勤", en = "worker" } }
[columns.approved]
type = "integer"
unit = "posts"
title = { zh = "核定编制", en = "approved posts" }
[columns.exempt]
type = "integer"
unit = "posts"
title = { zh = "豁免名额", en = "exempt posts" }
[columns.actual]
type = "integer"
unit = "persons"
title = { zh = "在编实有", en = "staff in post" }
[columns.excess]
type = "integer"
unit = "persons"
title = { zh = "超编人数", en = "staff over quota" }
[evidence]
quotas = ["quota_type", "bucket", "approved", "document_no", "valid_from", "valid_to"]
quota_exemptions = ["quota_type", "exempt_count", "reason", "document_no", "valid_to"]
establishment_staff = ["name", "resident_id", "quota_type", "entry_date", "entry_channel", "entry_document"]
---*/
WITH quota AS (
  SELECT q.unit_key, q.quota_type, CAST(SUM(q.approved) AS BIGINT) AS approved,
         MIN(q.row_id) AS first_row, MAX(q.row_id) AS last_row
  FROM quotas q CROSS JOIN params p
  WHERE q.unit_key IS NOT NULL AND q.bucket = 'own' AND q.quota_type <> 'unrecognised'
    AND (q.valid_from_day_min IS NULL OR q.valid_from_day_min <= p.as_of_day)
    AND (q.valid_to_day_min IS NULL OR q.valid_to_day_min > p.as_of_day)
  GROUP BY q.unit_key, q.quota_type
),
-- A quota row set aside may be the very one that holds the missing posts.
unsure AS (
  SELECT unit_key FROM rejected_rows WHERE table_name = 'quotas' AND unit_key IS NOT NULL GROUP BY unit_key
),
exemption AS (
  SELECT x.unit_key, x.quota_type, CAST(SUM(x.exempt_count) AS BIGINT) AS exempt, MIN(x.row_id) AS exemption_row
  FROM quota_exemptions x CROSS JOIN params p
  WHERE x.unit_key IS NOT NULL
    AND (x.valid_from_day_min IS NULL OR x.valid_from_day_min <= p.as_of_day)
    AND (x.valid_to_day_min IS NULL OR x.valid_to_day_min > p.as_of_day)
  GROUP BY x.unit_key, x.quota_type
),
staff AS (
  SELECT s.unit_key, s.quota_type, s.person_key, s.row_id, COALESCE(s.entry_date_day_min, -1000000) AS entry_day
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
compared AS (
  SELECT q.unit_key, q.quota_type, q.approved, COALESCE(x.exempt, 0) AS exempt, c.actual,
         c.actual - q.approved - COALESCE(x.exempt, 0) AS excess, q.first_row, q.last_row, x.exemption_row
  FROM quota q
  JOIN counted c ON c.unit_key = q.unit_key AND c.quota_type = q.quota_type
  LEFT JOIN exemption x ON x.unit_key = q.unit_key AND x.quota_type = q.quota_type
  LEFT JOIN unsure u ON u.unit_key = q.unit_key
  WHERE u.unit_key IS NULL
),
exceeded AS (
  SELECT unit_key, quota_type, approved, exempt, actual, excess, first_row, last_row, exemption_row FROM compared WHERE excess > 0
),
-- The latest to enter stand as evidence.
latest AS (
  SELECT s.unit_key, s.quota_type, s.row_id, 0 - s.entry_day AS recency, COALESCE(CAST(s.person_key AS VARCHAR), '') AS person
  FROM staff s JOIN exceeded e ON e.unit_key = s.unit_key AND e.quota_type = s.quota_type
),
ranked AS (
  SELECT unit_key, quota_type, row_id,
         CAST(ROW_NUMBER() OVER (PARTITION BY unit_key, quota_type ORDER BY recency, person, row_id) AS BIGINT) AS rank_no
  FROM latest
),
shown AS (
  SELECT unit_key, quota_type,
         MIN(CASE WHEN rank_no = 1 THEN row_id END) AS latest_row,
         MIN(CASE WHEN rank_no = 2 THEN row_id END) AS second_row
  FROM ranked GROUP BY unit_key, quota_type
)
SELECT e.unit_key, e.quota_type AS object_key, e.quota_type,
       CASE WHEN e.excess >= p.s1_from OR e.excess * 100 >= e.approved * p.s1_percent THEN 'S1' ELSE 'S2' END AS severity,
       e.approved, e.exempt, e.actual, e.excess,
       e.first_row AS row__quotas,
       CASE WHEN e.last_row > e.first_row THEN e.last_row END AS row__quotas_2,
       e.exemption_row AS row__quota_exemptions,
       s.latest_row AS row__establishment_staff,
       s.second_row AS row__establishment_staff_2
FROM exceeded e
JOIN shown s ON s.unit_key = e.unit_key AND s.quota_type = e.quota_type
CROSS JOIN params p
