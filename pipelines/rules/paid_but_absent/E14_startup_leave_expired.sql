/*---
code = "E14"
slug = "startup-leave-expired"
category = "paid_but_absent"
severity = "S2"
since = "0.2.0"
grain = "person"
inputs = ["establishment_staff", "absence_reasons"]
optional_inputs = ["hr_staff"]
absence_claim = false
name = { zh = "离岗创业期满未归", en = "leave to start up has run out" }
what = { zh = "离岗创业期限届满,人员没有返岗,仍在编。", en = "Leave to start a business has run out, the person has not come back and is still enrolled." }
mistaken_for = { zh = "已批准延长且延长期未满的不判定;期满后有其他在效事由的不判定;人事库和名册都记为在岗的视为已返岗;未写期限的按三年计,含延长最长六年。", en = "An extension in force; another lawful reason in force since; HR and register that both say on post mean the person is back; leave without an end counts three years, with its extension six at most." }
verify = { zh = "核对离岗创业协议及延长批复,书面通知返岗,逾期不归的解除聘用并出编。", en = "Compare the agreement and its extension, summon the person in writing, and end the contract of who does not return." }
message = { zh = "{unit_name}{person_name}自{started_on}离岗创业,{state},至本月已逾期{months}个月未返岗,仍在编,请通知返岗或解除聘用。", en = "{person_name} of {unit_name} left on {started_on} to start a business; {state}, {months} months overdue and still enrolled; summon back or end the contract." }
legal_basis = [
  { law = "饷6", article = "长效机制", verified = false },
  { law = "创业", article = "离岗创业期限", verified = false },
]
measure = "months"
[parameters.term_months]
type = "integer"
default = 36
minimum = 1
doc = { zh = "未写期限时的期限(月)", en = "months of leave where no end is written" }
[parameters.longest_months]
type = "integer"
default = 72
minimum = 1
doc = { zh = "含延长的最长期限(月)", en = "most months, extension included" }
[columns.started_on]
type = "date"
title = { zh = "离岗时间", en = "left on" }
[columns.state]
type = "text"
title = { zh = "期限情况", en = "state of the term" }
labels = { ended = { zh = "批准的期限已满", en = "the term granted has ended" }, no_end = { zh = "未写期限且已满规定年限", en = "no end was written and the legal term is over" }, too_long = { zh = "含延长已超过最长年限", en = "with extensions the longest term is over" } }
[columns.months]
type = "integer"
unit = "months"
title = { zh = "逾期月数", en = "months overdue" }
[evidence]
absence_reasons = ["name", "reason", "valid_from", "valid_to", "document_no"]
establishment_staff = ["name", "resident_id", "unit_name", "quota_type", "staff_status"]
hr_staff = ["name", "resident_id", "unit_name", "hr_status"]
---*/
WITH leave_row AS (
  SELECT a.person_key AS person, a.row_id, a.valid_from, a.valid_from_month,
         CASE WHEN a.valid_to_month IS NULL THEN 1 ELSE 0 END AS open_ended,
         -- The last month that the row still covers a day of.
         CASE WHEN a.valid_to_month IS NULL THEN a.valid_from_month + p.term_months
              WHEN a.valid_to_day_max <= p.as_of_day AND a.valid_to_month = p.period_no THEN a.valid_to_month - 1
              ELSE a.valid_to_month END AS end_month
  FROM absence_reasons a CROSS JOIN params p
  WHERE a.person_key IS NOT NULL AND a.reason = 'startup_leave' AND a.valid_from_month <= p.period_no
),
granted AS (
  SELECT person, MIN(valid_from) AS started_on, MIN(valid_from_month) AS start_month, MAX(end_month) AS end_month,
         MAX(open_ended) AS open_ended, MAX(row_id) AS reason_row
  FROM leave_row GROUP BY person
),
other AS (
  SELECT a.person_key AS person
  FROM granted g JOIN absence_reasons a ON a.person_key = g.person CROSS JOIN params p
  WHERE a.reason NOT IN ('startup_leave', 'collective_payment') AND a.valid_from_day_min <= p.as_of_day
    AND (a.valid_to_day_min IS NULL OR a.valid_to_day_min > p.as_of_day)
  GROUP BY a.person_key
),
due AS (
  SELECT g.person, g.started_on, g.reason_row,
         CASE WHEN p.period_no > g.end_month AND g.open_ended = 1 THEN 'no_end'
              WHEN p.period_no > g.end_month THEN 'ended' ELSE 'too_long' END AS state,
         CASE WHEN p.period_no > g.end_month THEN p.period_no - g.end_month
              ELSE p.period_no - g.start_month - p.longest_months END AS months
  FROM granted g LEFT JOIN other x ON x.person = g.person CROSS JOIN params p
  WHERE x.person IS NULL AND (p.period_no > g.end_month OR p.period_no - g.start_month > p.longest_months)
),
hr AS (
  SELECT h.person_key AS person,
         MAX(CASE WHEN h.hr_status IN ('seconded', 'leave', 'unpaid_leave', 'absent') THEN 1 ELSE 0 END) AS away,
         MAX(CASE WHEN h.hr_status = 'on_post' THEN 1 ELSE 0 END) AS on_post,
         -- Gone from one unit and in service at another is in service.
         MIN(CASE WHEN h.hr_status IN ('retired', 'transferred', 'resigned', 'dismissed', 'dead') THEN 1 ELSE 0 END) AS gone,
         MIN(h.row_id) AS hr_row
  FROM hr_staff h JOIN due d ON d.person = h.person_key
  GROUP BY h.person_key
),
enrolled AS (
  SELECT d.person, s.unit_key, MIN(s.row_id) AS staff_row, MAX(CASE WHEN s.staff_status = 'off_post' THEN 1 ELSE 0 END) AS off_post
  FROM due d JOIN establishment_staff s ON s.person_key = d.person CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.staff_status IN ('on_post', 'off_post')
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
  GROUP BY d.person, s.unit_key
)
SELECT e.unit_key, d.person AS person_key, d.started_on, d.state, CAST(d.months AS BIGINT) AS months,
       d.reason_row AS row__absence_reasons, e.staff_row AS row__establishment_staff, h.hr_row AS row__hr_staff
FROM due d
JOIN enrolled e ON e.person = d.person
LEFT JOIN hr h ON h.person = d.person
WHERE COALESCE(h.gone, 0) = 0
  AND (COALESCE(h.away, 0) = 1 OR (e.off_post = 1 AND COALESCE(h.on_post, 0) = 0))
