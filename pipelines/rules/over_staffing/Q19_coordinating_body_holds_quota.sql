/*---
code = "Q19"
slug = "coordinating-body-holds-quota"
category = "over_staffing"
severity = "S2"
since = "0.1.0"
grain = "unit"
inputs = ["establishment_units"]
optional_inputs = ["quotas", "establishment_staff", "leader_posts"]
absence_claim = false
name = { zh = "议事协调机构占编", en = "coordinating body with own quota" }
what = { zh = "议事协调机构、临时机构核定了编制、占用了在编人员或单设了领导职数。", en = "A coordinating or temporary body has posts, staff or leader posts of its own." }
mistaken_for = { zh = "办事机构挂靠有关单位、人员计入挂靠单位的不在此列;已撤销的不判定;机构性质无法识别的不判定。", en = "A body whose office hangs on another unit counts there; abolished bodies and unrecognised natures are not judged." }
verify = { zh = "调取机构设立文件,确认机构类型和是否单独核定编制、职数。", en = "Take the founding document and confirm the type of body and whether it was given posts of its own." }
message = { zh = "{unit_name}为议事协调(临时)机构,却有核定编制{approved}名、在编{actual}人、领导职数{leaders}名,请收回编制、职数。", en = "{unit_name} is a coordinating or temporary body and yet has {approved} posts, {actual} staff and {leaders} leader posts; withdraw them." }
legal_basis = [ { law = "486", article = "§11–12,19", verified = true } ]
[columns.approved]
type = "integer"
unit = "posts"
title = { zh = "核定编制", en = "posts" }
[columns.actual]
type = "integer"
unit = "persons"
title = { zh = "在编人数", en = "staff" }
[columns.leaders]
type = "integer"
unit = "posts"
title = { zh = "领导职数", en = "leader posts" }
[evidence]
establishment_units = ["unit_name", "nature", "unit_status", "approval_document", "established_on"]
quotas = ["quota_type", "bucket", "approved", "document_no", "valid_from"]
establishment_staff = ["name", "resident_id", "quota_type", "bucket", "staff_status"]
leader_posts = ["scope", "leader_level", "leader_class", "approved", "document_no"]
---*/
WITH body AS (
  SELECT unit_key, MIN(row_id) AS unit_row FROM establishment_units
  WHERE unit_key IS NOT NULL
  GROUP BY unit_key
  HAVING MIN(nature) = 'coordination' AND MAX(nature) = 'coordination' AND MIN(unit_status) = 'active' AND MAX(unit_status) = 'active'
),
quota AS (
  SELECT q.unit_key, CAST(SUM(q.approved) AS BIGINT) AS approved, MIN(q.row_id) AS quota_row
  FROM quotas q JOIN body b ON b.unit_key = q.unit_key CROSS JOIN params p
  WHERE q.approved > 0
    AND (q.valid_from_day_min IS NULL OR q.valid_from_day_min <= p.as_of_day)
    AND (q.valid_to_day_min IS NULL OR q.valid_to_day_min > p.as_of_day)
  GROUP BY q.unit_key
),
staff AS (
  SELECT s.unit_key, MIN(s.row_id) AS staff_row,
         CAST(COUNT(DISTINCT COALESCE(s.person_key, 'row ' || CAST(s.row_id AS VARCHAR))) AS BIGINT) AS actual
  FROM establishment_staff s JOIN body b ON b.unit_key = s.unit_key CROSS JOIN params p
  WHERE s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
  GROUP BY s.unit_key
),
leader AS (
  SELECT l.unit_key, CAST(SUM(l.approved) AS BIGINT) AS leaders, MIN(l.row_id) AS post_row
  FROM leader_posts l JOIN body b ON b.unit_key = l.unit_key CROSS JOIN params p
  WHERE l.approved > 0
    AND (l.valid_from_day_min IS NULL OR l.valid_from_day_min <= p.as_of_day)
    AND (l.valid_to_day_min IS NULL OR l.valid_to_day_min > p.as_of_day)
  GROUP BY l.unit_key
)
SELECT b.unit_key, COALESCE(q.approved, 0) AS approved, COALESCE(s.actual, 0) AS actual, COALESCE(l.leaders, 0) AS leaders,
       b.unit_row AS row__establishment_units, q.quota_row AS row__quotas, s.staff_row AS row__establishment_staff, l.post_row AS row__leader_posts
FROM body b
LEFT JOIN quota q ON q.unit_key = b.unit_key
LEFT JOIN staff s ON s.unit_key = b.unit_key
LEFT JOIN leader l ON l.unit_key = b.unit_key
WHERE q.unit_key IS NOT NULL OR s.unit_key IS NOT NULL OR l.unit_key IS NOT NULL
