/*---
code = "E06"
slug = "dead-still-enrolled"
category = "paid_but_absent"
severity = "S2"
since = "0.2.0"
grain = "person"
inputs = ["establishment_staff", "deaths"]
optional_inputs = ["hr_staff"]
absence_claim = false
name = { zh = "死亡未出编", en = "dead, still enrolled" }
what = { zh = "人员死亡满宽限期后仍在编制名册上。", en = "A person died and is still on the register after the days of grace." }
mistaken_for = { zh = "宽限期内手续在途不判定;死亡信息只凭姓名匹配的不采用,可能是同名他人;名册已记为死亡、出编的不判定;仍有发薪的由“死亡后领薪”(P02)判定金额。", en = "Papers under way within the grace; a death linked by name alone may be a namesake's and is not used; rows that say dead or left; pay that goes on is judged by P02." }
verify = { zh = "以身份证号向卫健、公安、民政核实死亡日期,办理出编并核减在编人数。", en = "Confirm the date of death by ID with health, police or civil affairs, strike off and correct the headcount." }
message = { zh = "{unit_name}{person_name}已于{died_on}死亡,至核对时点已{days}天仍在编,请核实并办理出编。", en = "{person_name} of {unit_name} died on {died_on} and is still on the register {days} days later; confirm and strike off." }
legal_basis = [ { law = "饷65", article = "情形4", verified = true } ]
measure = "days"
[parameters.grace_days]
type = "integer"
default = 60
minimum = 0
doc = { zh = "死亡后办理出编的天数", en = "days after the death for striking off" }
[columns.died_on]
type = "date"
title = { zh = "死亡日期", en = "died on" }
[columns.days]
type = "integer"
unit = "days"
title = { zh = "天数", en = "days" }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "quota_type", "staff_status", "entry_date"]
deaths = ["name", "resident_id", "died_on", "informant"]
hr_staff = ["name", "resident_id", "unit_name", "hr_status", "died_on"]
---*/
WITH report AS (
  SELECT d.person_key AS person, d.died_on, d.died_on_day_max AS died_day, d.row_id AS death_row, CAST(NULL AS BIGINT) AS hr_row
  FROM deaths d
  WHERE d.person_key IS NOT NULL AND d.died_on_day_max IS NOT NULL AND d.person_match IN ('A', 'B')
  UNION ALL
  SELECT h.person_key AS person, h.died_on, h.died_on_day_max AS died_day, CAST(NULL AS BIGINT) AS death_row, h.row_id AS hr_row
  FROM hr_staff h
  WHERE h.person_key IS NOT NULL AND h.died_on_day_max IS NOT NULL AND h.hr_status = 'dead'
),
-- The earliest report counts, each at the last day it can mean.
deceased AS (
  SELECT r.person, MIN(r.died_on) AS died_on, MIN(p.as_of_day) - MIN(r.died_day) AS days,
         MIN(r.death_row) AS death_row, MIN(r.hr_row) AS hr_row
  FROM report r CROSS JOIN params p
  GROUP BY r.person
),
enrolled AS (
  SELECT d.person, s.unit_key, MIN(s.row_id) AS staff_row
  FROM deceased d JOIN establishment_staff s ON s.person_key = d.person CROSS JOIN params p
  WHERE d.days > p.grace_days AND s.unit_key IS NOT NULL AND s.staff_status IN ('on_post', 'off_post')
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
  GROUP BY d.person, s.unit_key
)
SELECT e.unit_key, e.person AS person_key, d.died_on, CAST(d.days AS BIGINT) AS days,
       e.staff_row AS row__establishment_staff, d.death_row AS row__deaths, d.hr_row AS row__hr_staff
FROM enrolled e JOIN deceased d ON d.person = e.person
