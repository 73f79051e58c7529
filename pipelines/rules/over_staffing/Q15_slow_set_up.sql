/*---
code = "Q15"
slug = "slow-set-up"
category = "over_staffing"
severity = "S3"
since = "0.1.0"
grain = "unit"
inputs = ["establishment_units", "establishment_staff"]
optional_inputs = ["quotas", "leader_posts", "hr_staff", "quota_exemptions"]
absence_claim = false
name = { zh = "机构组建迟缓", en = "slow set-up" }
what = { zh = "新设单位设立超过期限仍没有主要负责人,在编人数不足核定编制的一半,或没有分配领导职数。", en = "A new unit still has no head, less than half of its posts filled, or no leader posts assigned, long after it was established." }
mistaken_for = { zh = "批文规定分步组建并在豁免表登记的不判定;议事协调机构、已撤销单位不判定;设立日期未登记的不判定;应登未登由R01判定;有相应记录被退回的不判定。", en = "A staged set-up stands in the exemptions; coordinating and abolished bodies are not judged, nor units without a day of establishment; missing registration is rule R01; a row set aside of the kind that would be missing silences the rule." }
verify = { zh = "对照设立批文,核对负责人任职、人员到位和职数分配情况。", en = "Compare the founding document with the head's appointment, the staff in post and the leader posts assigned." }
message = { zh = "{unit_name}于{established_on}设立,至今{reason}(核定{approved}名,在编{actual}名),请督促组建。", en = "{unit_name} was established on {established_on}: {reason} ({approved} posts, {actual} staff); press for its set-up." }
legal_basis = [
  { law = "486", article = "§24", verified = true },
  { law = "条例19", article = "第六章", verified = false },
]
[parameters.new_months]
type = "integer"
default = 24
minimum = 1
doc = { zh = "设立后多少个月内视为新设", en = "months for which a unit counts as new" }
[parameters.head_days]
type = "integer"
default = 90
minimum = 1
doc = { zh = "负责人到任期限(天)", en = "days within which a head is appointed" }
[parameters.staff_days]
type = "integer"
default = 183
minimum = 1
doc = { zh = "人员到位、职数分配期限(天)", en = "days within which posts are filled and assigned" }
[parameters.staff_percent]
type = "integer"
default = 50
minimum = 1
doc = { zh = "到位比例下限(%)", en = "least share of posts filled, percent" }
[columns.reason]
type = "text"
title = { zh = "问题", en = "what is late" }
labels = { head = { zh = "没有主要负责人", en = "no head" }, staffing = { zh = "在编人数不足核定编制的规定比例", en = "too few of its posts filled" }, posts = { zh = "没有分配领导职数", en = "no leader posts assigned" } }
[columns.established_on]
type = "date"
title = { zh = "设立时间", en = "established on" }
[columns.approved]
type = "integer"
unit = "posts"
title = { zh = "核定编制", en = "approved posts" }
[columns.actual]
type = "integer"
unit = "persons"
title = { zh = "在编人数", en = "staff" }
[evidence]
establishment_units = ["unit_name", "established_on", "approval_document", "nature", "quota_total"]
quotas = ["quota_type", "bucket", "approved", "document_no", "valid_from"]
---*/
WITH new_unit AS (
  SELECT u.unit_key, MIN(u.established_on) AS established_on, MAX(u.established_on_day_max) AS established_day, MIN(u.row_id) AS unit_row
  FROM establishment_units u CROSS JOIN params p
  WHERE u.unit_key IS NOT NULL AND u.unit_status = 'active' AND u.nature NOT IN ('coordination', 'unrecognised')
    AND u.established_on_month > p.period_no - p.new_months
  GROUP BY u.unit_key
),
staged AS (
  SELECT x.unit_key FROM quota_exemptions x CROSS JOIN params p
  WHERE x.unit_key IS NOT NULL AND x.reason = 'staged_setup'
    AND (x.valid_from_day_min IS NULL OR x.valid_from_day_min <= p.as_of_day)
    AND (x.valid_to_day_min IS NULL OR x.valid_to_day_min > p.as_of_day)
  GROUP BY x.unit_key
),
unit AS (
  SELECT n.unit_key, n.established_on, n.established_day, n.unit_row
  FROM new_unit n LEFT JOIN staged g ON g.unit_key = n.unit_key
  WHERE g.unit_key IS NULL
),
-- Rows set aside may be the very ones that are missing.
set_aside AS (
  SELECT unit_key, MAX(CASE WHEN table_name IN ('establishment_staff', 'hr_staff') THEN 1 ELSE 0 END) AS people,
         MAX(CASE WHEN table_name = 'leader_posts' THEN 1 ELSE 0 END) AS posts
  FROM rejected_rows WHERE unit_key IS NOT NULL GROUP BY unit_key
),
head_row AS (
  SELECT h.unit_key FROM hr_staff h JOIN unit n ON n.unit_key = h.unit_key
  WHERE h.is_head = 'yes' AND h.hr_status IN ('on_post', 'absent', 'unpaid_leave', 'seconded', 'leave', 'suspended')
  UNION ALL
  SELECT s.unit_key FROM establishment_staff s JOIN unit n ON n.unit_key = s.unit_key CROSS JOIN params p
  WHERE s.leader_scope = 'leadership' AND s.leader_class = 'chief' AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
    AND (s.appointed_on_day_min IS NULL OR s.appointed_on_day_min <= p.as_of_day)
    AND (s.removed_on_day_max IS NULL OR s.removed_on_day_max > p.as_of_day)
),
head AS (
  SELECT unit_key FROM head_row GROUP BY unit_key
),
quota AS (
  SELECT q.unit_key, CAST(SUM(q.approved) AS BIGINT) AS approved, MIN(q.row_id) AS quota_row
  FROM quotas q JOIN unit n ON n.unit_key = q.unit_key CROSS JOIN params p
  WHERE q.bucket = 'own' AND q.approved > 0 AND (q.valid_from_day_min IS NULL OR q.valid_from_day_min <= p.as_of_day)
    AND (q.valid_to_day_min IS NULL OR q.valid_to_day_min > p.as_of_day)
  GROUP BY q.unit_key
),
staff AS (
  SELECT s.unit_key, CAST(COUNT(DISTINCT COALESCE(s.person_key, 'row ' || CAST(s.row_id AS VARCHAR))) AS BIGINT) AS actual
  FROM establishment_staff s JOIN unit n ON n.unit_key = s.unit_key CROSS JOIN params p
  WHERE s.bucket = 'own' AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
  GROUP BY s.unit_key
),
leader AS (
  SELECT l.unit_key FROM leader_posts l JOIN unit n ON n.unit_key = l.unit_key
  WHERE l.approved > 0 GROUP BY l.unit_key
),
ledger AS (
  SELECT CAST(COUNT(*) AS BIGINT) AS entries FROM leader_posts
),
state AS (
  SELECT n.unit_key, n.established_on, n.unit_row, p.as_of_day - n.established_day AS age, q.approved, COALESCE(s.actual, 0) AS actual, q.quota_row,
         h.unit_key AS head_key, l.unit_key AS leader_key, COALESCE(a.people, 0) AS people_aside, COALESCE(a.posts, 0) AS posts_aside,
         b.entries, p.head_days, p.staff_days, p.staff_percent
  FROM unit n
  LEFT JOIN quota q ON q.unit_key = n.unit_key
  LEFT JOIN staff s ON s.unit_key = n.unit_key
  LEFT JOIN head h ON h.unit_key = n.unit_key
  LEFT JOIN leader l ON l.unit_key = n.unit_key
  LEFT JOIN set_aside a ON a.unit_key = n.unit_key
  CROSS JOIN ledger b
  CROSS JOIN params p
),
found AS (
  SELECT unit_key, 'head' AS reason, established_on, approved, actual, unit_row, quota_row FROM state
  WHERE age > head_days AND head_key IS NULL AND people_aside = 0
  UNION ALL
  SELECT unit_key, 'staffing' AS reason, established_on, approved, actual, unit_row, quota_row FROM state
  WHERE age > staff_days AND actual * 100 < approved * staff_percent AND people_aside = 0
  UNION ALL
  SELECT unit_key, 'posts' AS reason, established_on, approved, actual, unit_row, quota_row FROM state
  WHERE age > staff_days AND approved > 0 AND leader_key IS NULL AND posts_aside = 0 AND entries > 0
)
SELECT unit_key, reason AS object_key, reason, established_on, approved, actual,
       unit_row AS row__establishment_units, quota_row AS row__quotas
FROM found
