/*---
code = "E03"
slug = "secondment-overdue"
category = "paid_but_absent"
severity = "S3"
since = "0.2.0"
grain = "person"
inputs = ["establishment_staff", "absence_reasons"]
optional_inputs = ["hr_staff"]
absence_claim = false
name = { zh = "借调逾期", en = "secondment overdue" }
what = { zh = "借调、挂职、驻村等期限已满没有续批,或单次时间超过规定上限,人员仍在外。", en = "A secondment, temporary post or village post has run out without renewal, or is longer at one stretch than the rule allows, and the person is still away." }
mistaken_for = { zh = "续批文件在效的不判定(每次批准单独计算);挂职一至两年、驻村两至三年按各自上限;期满已返岗的不判定;期满后另有在效事由的不判定。", en = "A renewal in force, each with a term of its own; temporary posts of one to two and village posts of two to three years have limits of their own; who is back; who has another lawful reason since." }
verify = { zh = "核对借调函、续借批文和返岗时间,通知返岗或办理续批、调动手续。", en = "Compare the letter, any renewal and the return, and summon back, renew or transfer." }
message = { zh = "{unit_name}{person_name}{reason}{state},{months}个月,仍未返岗,请通知返岗或补办续批。", en = "{person_name} of {unit_name}: {reason} {state} ({months} months) and not back; summon back or renew." }
legal_basis = [
  { law = "饷6", article = "长效机制", verified = false },
  { law = "借调", article = "借调期限", verified = true },
]
measure = "months"
[parameters.secondment_months]
type = "integer"
default = 6
minimum = 1
doc = { zh = "借调、抽调一次最长月数", en = "most months of one secondment or task force" }
[parameters.temporary_post_months]
type = "integer"
default = 24
minimum = 1
doc = { zh = "挂职最长月数", en = "most months of a temporary post" }
[parameters.village_post_months]
type = "integer"
default = 36
minimum = 1
doc = { zh = "驻村、援派最长月数", en = "most months of a village post or aid" }
[columns.reason]
type = "text"
title = { zh = "事由", en = "reason" }
labels = { secondment = { zh = "借调", en = "secondment" }, temporary_post = { zh = "挂职", en = "temporary post" }, village_post = { zh = "驻村", en = "village post" }, aid = { zh = "援派", en = "aid" }, task_force = { zh = "抽调", en = "task force" } }
[columns.state]
type = "text"
title = { zh = "情况", en = "state" }
labels = { ended = { zh = "期满已逾期", en = "has run out" }, too_long = { zh = "一次时间超过上限", en = "is longer than the limit" } }
[columns.months]
type = "integer"
unit = "months"
title = { zh = "月数", en = "months" }
[evidence]
absence_reasons = ["name", "reason", "valid_from", "valid_to", "document_no", "destination"]
establishment_staff = ["name", "resident_id", "unit_name", "staff_status"]
hr_staff = ["name", "resident_id", "unit_name", "hr_status"]
---*/
WITH term AS (
  SELECT a.person_key AS person, a.row_id, a.reason, a.valid_from_month, a.valid_to_month,
         CASE WHEN a.valid_to_day_max IS NULL OR a.valid_to_day_max > p.as_of_day THEN 1 ELSE 0 END AS in_force,
         CASE WHEN a.reason IN ('secondment', 'temporary_post', 'village_post', 'aid', 'task_force') THEN 1 ELSE 0 END AS outside,
         CASE WHEN a.reason IN ('village_post', 'aid') THEN p.village_post_months
              WHEN a.reason = 'temporary_post' THEN p.temporary_post_months ELSE p.secondment_months END AS most,
         p.period_no
  FROM absence_reasons a CROSS JOIN params p
  WHERE a.person_key IS NOT NULL AND a.reason <> 'collective_payment' AND a.valid_from_day_min <= p.as_of_day
),
-- Who has a term in force that is not too long is lawfully away.
person AS (
  SELECT person,
         MAX(CASE WHEN in_force = 1 AND (outside = 0 OR period_no - valid_from_month <= most) THEN 1 ELSE 0 END) AS lawful,
         MAX(in_force) AS any_in_force,
         MAX(CASE WHEN outside = 1 THEN valid_to_month END) AS last_end
  FROM term GROUP BY person
),
overdue AS (
  SELECT t.person, t.reason, t.row_id, 'too_long' AS state, t.period_no - t.valid_from_month AS months
  FROM term t JOIN person n ON n.person = t.person
  WHERE n.lawful = 0 AND t.outside = 1 AND t.in_force = 1
  UNION ALL
  SELECT t.person, t.reason, t.row_id, 'ended' AS state, t.period_no - t.valid_to_month AS months
  FROM term t JOIN person n ON n.person = t.person AND n.last_end = t.valid_to_month
  WHERE n.any_in_force = 0 AND t.outside = 1
),
hr AS (
  SELECT h.person_key AS person,
         MAX(CASE WHEN h.hr_status = 'seconded' THEN 1 ELSE 0 END) AS seconded,
         MAX(CASE WHEN h.hr_status = 'on_post' THEN 1 ELSE 0 END) AS on_post,
         -- Gone from one unit and in service at another is in service.
         MIN(CASE WHEN h.hr_status IN ('retired', 'transferred', 'resigned', 'dismissed', 'dead') THEN 1 ELSE 0 END) AS gone,
         MIN(h.row_id) AS hr_row
  FROM hr_staff h JOIN person n ON n.person = h.person_key
  GROUP BY h.person_key
),
enrolled AS (
  SELECT o.person, s.unit_key, MIN(s.row_id) AS staff_row, MAX(CASE WHEN s.staff_status = 'off_post' THEN 1 ELSE 0 END) AS off_post
  FROM overdue o JOIN establishment_staff s ON s.person_key = o.person CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.staff_status IN ('on_post', 'off_post')
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
  GROUP BY o.person, s.unit_key
)
SELECT e.unit_key, o.person AS person_key, o.reason, o.state, CAST(o.months AS BIGINT) AS months,
       o.row_id AS row__absence_reasons, e.staff_row AS row__establishment_staff, h.hr_row AS row__hr_staff
FROM overdue o
JOIN enrolled e ON e.person = o.person
LEFT JOIN hr h ON h.person = o.person
WHERE COALESCE(h.gone, 0) = 0
  AND (COALESCE(h.seconded, 0) = 1 OR (e.off_post = 1 AND COALESCE(h.on_post, 0) = 0))
