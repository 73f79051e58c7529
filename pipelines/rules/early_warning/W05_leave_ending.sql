/*---
code = "W05"
slug = "leave-ending"
category = "early_warning"
severity = "S4"
since = "0.2.0"
grain = "person"
inputs = ["absence_reasons"]
optional_inputs = ["establishment_staff"]
absence_claim = false
name = { zh = "借调等到期预警", en = "secondment or leave about to end" }
what = { zh = "借调、挂职、驻村、援派、抽调、离岗创业的期限将在预警期内届满,没有更晚的批准。", en = "A secondment, temporary or village post, aid, task force or leave to start up ends within the horizon, with no later grant." }
mistaken_for = { zh = "已有续批的不提示;病假、产假、学习到期不在此列;已出编的不提示;已逾期的由借调逾期(E03)、离岗创业期满(E14)判定。", en = "Renewed already; sick, maternity and study leave; who is off the register; overdue is E03 and E14." }
verify = { zh = "提前通知借用单位和本人返岗,确需延长的按程序续批。", en = "Tell the borrowing unit and the person to return, or renew in time." }
message = { zh = "{unit_name}{person_name}{reason}将于{ends_on}到期,还有{days_left}天,请通知返岗或及时续批。", en = "{person_name} of {unit_name}: {reason} ends on {ends_on}, in {days_left} days; summon back or renew." }
legal_basis = [ { law = "饷6", article = "长效机制", verified = false } ]
[parameters.horizon_days]
type = "integer"
default = 30
minimum = 0
doc = { zh = "预警期(天)", en = "horizon in days" }
[columns.reason]
type = "text"
title = { zh = "事由", en = "reason" }
[columns.ends_on]
type = "date"
title = { zh = "到期日", en = "ends on" }
[columns.days_left]
type = "integer"
unit = "days"
title = { zh = "剩余天数", en = "days left" }
[evidence]
absence_reasons = ["name", "unit_name", "reason", "valid_from", "valid_to", "document_no", "destination"]
establishment_staff = ["name", "resident_id", "unit_name", "staff_status"]
---*/
WITH term AS (
  SELECT a.person_key AS person, a.unit_key, a.row_id, a.reason, a.valid_to, a.valid_from_day_min, a.valid_to_day_min AS end_day
  FROM absence_reasons a
  WHERE a.person_key IS NOT NULL AND a.reason IN ('secondment', 'temporary_post', 'village_post', 'aid', 'task_force', 'startup_leave')
),
-- The last end of all grants; a grant without an end has none.
final_end AS (
  SELECT person, MAX(COALESCE(end_day, 1000000)) AS end_day FROM term GROUP BY person
),
due AS (
  SELECT t.person, MIN(t.unit_key) AS reason_unit, MIN(t.reason) AS reason, MIN(t.valid_to) AS ends_on, MIN(t.row_id) AS reason_row,
         MIN(t.end_day - p.as_of_day) AS days_left
  FROM term t JOIN final_end l ON l.person = t.person AND l.end_day = t.end_day CROSS JOIN params p
  WHERE t.valid_from_day_min <= p.as_of_day AND t.end_day > p.as_of_day AND t.end_day - p.as_of_day <= p.horizon_days
  GROUP BY t.person
),
register AS (
  SELECT d.person,
         MIN(CASE WHEN s.staff_status IN ('on_post', 'off_post') AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
                  THEN s.unit_key END) AS unit_key,
         MIN(CASE WHEN s.staff_status IN ('on_post', 'off_post') AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
                  THEN s.row_id END) AS staff_row
  FROM due d JOIN establishment_staff s ON s.person_key = d.person CROSS JOIN params p
  GROUP BY d.person
)
SELECT COALESCE(r.unit_key, d.reason_unit) AS unit_key, d.person AS person_key, d.reason, d.ends_on, CAST(d.days_left AS BIGINT) AS days_left,
       d.reason_row AS row__absence_reasons, r.staff_row AS row__establishment_staff
FROM due d LEFT JOIN register r ON r.person = d.person
-- On the register and off it again: nobody to call back.
WHERE r.person IS NULL OR r.staff_row IS NOT NULL
