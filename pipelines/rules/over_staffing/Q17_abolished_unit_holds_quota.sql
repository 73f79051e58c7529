/*---
code = "Q17"
slug = "abolished-unit-holds-quota"
category = "over_staffing"
severity = "S2"
since = "0.1.0"
grain = "unit"
inputs = ["establishment_units", "quotas", "establishment_staff"]
absence_claim = false
name = { zh = "撤销机构仍占编", en = "abolished unit holds quota" }
what = { zh = "机构撤销超过宽限期,名下仍有核定编制或在编人员。", en = "A unit was abolished longer ago than the grace period and still holds posts or staff." }
mistaken_for = { zh = "宽限期内的人员划转、清算;批准保留的清算工作组;撤销日期未登记的不判定。", en = "Transfers and liquidation within the grace period; an approved liquidation team; units whose day of abolition is not recorded are not judged." }
verify = { zh = "调取撤销批文,核对编制收回和人员划转文件的日期。", en = "Take the document of abolition and compare with those that withdrew the posts and moved the staff." }
message = { zh = "{unit_name}已于{abolished_on}撤销,超过宽限期仍有核定编制{approved}名、在编{actual}名,请收回编制、办理人员划转。", en = "{unit_name} was abolished on {abolished_on} and still holds {approved} posts and {actual} staff; withdraw the posts and move the staff." }
legal_basis = [ { law = "486", article = "§26(1)", verified = true } ]
measure = "actual"
[parameters.grace_days]
type = "integer"
default = 90
minimum = 0
doc = { zh = "撤销后的宽限天数", en = "days of grace after the abolition" }
[columns.abolished_on]
type = "date"
title = { zh = "撤销日期", en = "abolished on" }
[columns.approved]
type = "integer"
unit = "posts"
title = { zh = "仍在册编制", en = "posts still held" }
[columns.actual]
type = "integer"
unit = "persons"
title = { zh = "仍在编人员", en = "staff still held" }
[evidence]
establishment_units = ["unit_name", "unit_status", "abolished_on", "quota_total"]
quotas = ["quota_type", "bucket", "approved", "document_no", "valid_from", "valid_to"]
establishment_staff = ["name", "resident_id", "quota_type", "staff_status", "entry_date"]
---*/
WITH unit AS (
  SELECT u.unit_key, u.row_id, u.abolished_on, u.abolished_on_day_max, p.as_of_day, p.grace_days
  FROM establishment_units u CROSS JOIN params p
  WHERE u.unit_key IS NOT NULL AND u.unit_status = 'abolished'
),
abolished AS (
  SELECT unit_key, MAX(abolished_on) AS abolished_on, MIN(row_id) AS unit_row
  FROM unit
  WHERE abolished_on_day_max + grace_days < as_of_day
  GROUP BY unit_key
),
quota AS (
  SELECT q.unit_key, CAST(SUM(q.approved) AS BIGINT) AS approved, MIN(q.row_id) AS quota_row
  FROM quotas q CROSS JOIN params p
  WHERE q.unit_key IS NOT NULL AND q.approved > 0
    AND (q.valid_from_day_min IS NULL OR q.valid_from_day_min <= p.as_of_day)
    AND (q.valid_to_day_min IS NULL OR q.valid_to_day_min > p.as_of_day)
  GROUP BY q.unit_key
),
active AS (
  SELECT s.unit_key, s.person_key, COALESCE(CAST(s.person_key AS VARCHAR), '') AS person, s.row_id
  FROM establishment_staff s JOIN abolished a ON a.unit_key = s.unit_key CROSS JOIN params p
  WHERE s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
),
ranked AS (
  SELECT unit_key, person_key, row_id,
         CAST(ROW_NUMBER() OVER (PARTITION BY unit_key ORDER BY person, row_id) AS BIGINT) AS rank_no
  FROM active
),
staff AS (
  SELECT unit_key,
         CAST(COUNT(DISTINCT person_key) AS BIGINT)
           + CAST(SUM(CASE WHEN person_key IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS actual,
         MIN(CASE WHEN rank_no = 1 THEN row_id END) AS first_row, MIN(CASE WHEN rank_no = 2 THEN row_id END) AS second_row
  FROM ranked GROUP BY unit_key
)
SELECT a.unit_key, a.abolished_on, COALESCE(q.approved, 0) AS approved, COALESCE(s.actual, 0) AS actual,
       a.unit_row AS row__establishment_units, q.quota_row AS row__quotas,
       s.first_row AS row__establishment_staff,
       s.second_row AS row__establishment_staff_2
FROM abolished a
LEFT JOIN quota q ON q.unit_key = a.unit_key
LEFT JOIN staff s ON s.unit_key = a.unit_key
WHERE q.unit_key IS NOT NULL OR s.unit_key IS NOT NULL
