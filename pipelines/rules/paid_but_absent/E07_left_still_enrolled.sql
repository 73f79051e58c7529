/*---
code = "E07"
slug = "left-still-enrolled"
category = "paid_but_absent"
severity = "S2"
since = "0.2.0"
grain = "person"
inputs = ["establishment_staff", "hr_staff"]
absence_claim = false
name = { zh = "离职调出未出编", en = "left, still enrolled" }
what = { zh = "人事库记明已从本单位调出、辞职、辞退或开除的人员,满宽限期后仍在本单位编制名册上。", en = "The HR system says that a person left the unit by transfer, resignation or dismissal, and the unit's register still holds the person after the days of grace." }
mistaken_for = { zh = "宽限期内移交手续未办结不判定;人事库在本单位另有在职记录、离开后又重新入编的不判定;申诉期内的以文书为准;同时在两个单位在编另见重复在编(E04)。", en = "Hand-over within the grace; a person whom HR also has in service in that unit, or who entered again after leaving; appeals follow their papers; standing in two units at once is E04." }
verify = { zh = "核对调动、辞职、辞退文件和工资介绍信,办理出编,查离开后的发薪。", en = "Compare the papers of leaving and the pay letter, strike off, and look for pay after leaving." }
message = { zh = "{person_name}已于{left_on}因{exit_reason}离开{unit_name},至核对时点已{days}天仍在编,请办理出编。", en = "{person_name} left {unit_name} on {left_on} ({exit_reason}) and is still on its register {days} days later; strike off." }
legal_basis = [
  { law = "人", article = "§19", verified = true },
  { law = "公", article = "§90", verified = false },
]
measure = "days"
[parameters.grace_days]
type = "integer"
default = 60
minimum = 0
doc = { zh = "离开后办理出编的天数", en = "days after leaving for striking off" }
[columns.left_on]
type = "date"
title = { zh = "离开时间", en = "left on" }
[columns.exit_reason]
type = "text"
title = { zh = "离开原因", en = "reason of leaving" }
labels = { transfer = { zh = "调出", en = "transfer" }, resignation = { zh = "辞职", en = "resignation" }, dismissal = { zh = "辞退或开除", en = "dismissal" } }
[columns.days]
type = "integer"
unit = "days"
title = { zh = "天数", en = "days" }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "quota_type", "staff_status", "entry_date"]
hr_staff = ["name", "resident_id", "unit_name", "hr_status", "left_on"]
---*/
WITH gone AS (
  SELECT person_key AS person
  FROM hr_staff WHERE person_key IS NOT NULL AND hr_status IN ('transferred', 'resigned', 'dismissed')
  GROUP BY person_key
),
hr AS (
  SELECT h.unit_key, g.person,
         MAX(CASE WHEN h.hr_status IN ('transferred', 'resigned', 'dismissed') THEN 0 ELSE 1 END) AS stays,
         MAX(CASE WHEN h.hr_status IN ('transferred', 'resigned', 'dismissed') THEN h.left_on_day_max END) AS left_day,
         MAX(CASE WHEN h.hr_status IN ('transferred', 'resigned', 'dismissed') THEN h.left_on END) AS left_on,
         MIN(CASE WHEN h.hr_status = 'transferred' THEN 'transfer'
                  WHEN h.hr_status = 'resigned' THEN 'resignation'
                  WHEN h.hr_status = 'dismissed' THEN 'dismissal' END) AS exit_reason,
         MAX(CASE WHEN h.hr_status IN ('transferred', 'resigned', 'dismissed') THEN h.row_id END) AS hr_row
  FROM gone g JOIN hr_staff h ON h.person_key = g.person
  WHERE h.unit_key IS NOT NULL
  GROUP BY h.unit_key, g.person
),
-- HR may know the unit by a name that no register has: where HR has the person in service nowhere, that leaving counts for
-- the unit of the register.
nowhere AS (
  SELECT g.person, MAX(h.left_on_day_max) AS left_day, MAX(h.left_on) AS left_on, MAX(h.row_id) AS hr_row,
         MIN(CASE WHEN h.hr_status = 'transferred' THEN 'transfer'
                  WHEN h.hr_status = 'resigned' THEN 'resignation' ELSE 'dismissal' END) AS exit_reason
  FROM gone g JOIN hr_staff h ON h.person_key = g.person
  GROUP BY g.person
  HAVING MIN(CASE WHEN h.hr_status IN ('transferred', 'resigned', 'dismissed') AND (h.unit_key IS NULL OR h.unit_match = 'outside')
                  THEN 1 ELSE 0 END) = 1
),
leaver AS (
  SELECT h.unit_key, h.person, h.left_day, h.left_on, h.exit_reason, h.hr_row, p.as_of_day - h.left_day AS days
  FROM hr h CROSS JOIN params p
  WHERE h.stays = 0 AND h.left_day IS NOT NULL AND p.as_of_day - h.left_day > p.grace_days
  UNION ALL
  SELECT s.unit_key, n.person, n.left_day, n.left_on, n.exit_reason, n.hr_row, p.as_of_day - n.left_day AS days
  FROM nowhere n JOIN establishment_staff s ON s.person_key = n.person CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND n.left_day IS NOT NULL AND p.as_of_day - n.left_day > p.grace_days
),
enrolled AS (
  SELECT l.unit_key, l.person, MIN(s.row_id) AS staff_row, MAX(l.left_on) AS left_on, MIN(l.exit_reason) AS exit_reason,
         MAX(l.days) AS days, MAX(l.hr_row) AS hr_row
  FROM leaver l
  JOIN establishment_staff s ON s.unit_key = l.unit_key AND s.person_key = l.person
  CROSS JOIN params p
  WHERE s.staff_status IN ('on_post', 'off_post')
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
    -- Who entered after leaving came back.
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max < l.left_day)
  GROUP BY l.unit_key, l.person
)
SELECT e.unit_key, e.person AS person_key, e.left_on, e.exit_reason, CAST(e.days AS BIGINT) AS days,
       e.staff_row AS row__establishment_staff, e.hr_row AS row__hr_staff
FROM enrolled e
