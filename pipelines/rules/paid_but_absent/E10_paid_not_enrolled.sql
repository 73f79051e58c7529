/*---
code = "E10"
slug = "paid-not-enrolled"
category = "paid_but_absent"
severity = "S1"
since = "0.1.0"
grain = "person"
inputs = ["payroll", "establishment_staff"]
optional_inputs = ["hr_staff", "off_quota_staff"]
absence_claim = true
name = { zh = "有薪无编", en = "paid, not enrolled" }
what = { zh = "以在职身份连续领取财政工资,但全部单位的实名制名册中都没有此人。", en = "A person draws in-service pay in two or more months and is on the register of no unit at all." }
mistaken_for = { zh = "编外、公益岗位应标为编外身份,列入编外名册的由P22判定;新进人员手续在途(入职未满宽限期);名册中被退回的行可能就是此人;证件号码或姓名写错的近似人选(存在次优匹配)不判定;同名同出生日期另有有效证件号的归入身份冲突(E15);已退休、调出等离开人员由其他规则判定。", en = "Off-quota staff should be coded as such, and who is on the off-quota list is judged by P22; a newcomer whose papers are under way; a register row that was set aside; a near miss in linking; one who shares name and birth date with another sound ID is a case of identity (E15); those HR says have left are judged by other rules." }
verify = { zh = "在全部编制名册中按身份证号、姓名、曾用名查找,核对入编批文、工资审批手续和报到时间。", en = "Search all registers by ID, name and former name, and check the entry document, the approval of pay and the day of reporting." }
message = { zh = "{unit_name}{person_name}近三个月有{months}个月以在职身份领薪共{amount}元,编制名册中查无此人,请核实身份和发放依据。", en = "{person_name} drew in-service pay from {unit_name} in {months} of three months, {amount} yuan in all, and is on no register; check who this is and why paid." }
legal_basis = [
  { law = "饷65", article = "虚报编制或人数", verified = false },
  { law = "486", article = "§26(4)", verified = true },
]
measure = "months"
[parameters.min_months]
type = "integer"
default = 2
minimum = 1
doc = { zh = "至少领薪月数(含本月)", en = "least number of months paid, this one included" }
[parameters.max_rival]
type = "float"
default = 0.05
minimum = 0.0
doc = { zh = "次优匹配概率低于此值才判定", en = "the nearest candidate on the register must be less probable than this" }
[parameters.grace_days]
type = "integer"
default = 60
minimum = 0
doc = { zh = "人事库入职后办理入编手续的宽限天数", en = "days after entry by HR in which the papers may be under way" }
[columns.months]
type = "integer"
unit = "months"
title = { zh = "领薪月数", en = "months paid" }
[columns.first_paid]
type = "text"
title = { zh = "窗口内首月", en = "first month within the window" }
[columns.payer_count]
type = "integer"
unit = "units"
title = { zh = "本月发薪单位数", en = "payers this month" }
[evidence]
payroll = ["name", "resident_id", "unit_name", "pay_month", "pay_class", "batch", "gross_pay", "net_pay"]
hr_staff = ["name", "resident_id", "unit_name", "hr_status", "entered_on"]
---*/
WITH registered AS (
  SELECT person_key AS person FROM establishment_staff WHERE person_key IS NOT NULL
  UNION ALL
  -- One who shares name, birth date and unit with another sound number is a case of identity first (E15).
  SELECT person_key AS person FROM persons WHERE person_key IS NOT NULL AND id_conflict_person_key IS NOT NULL
  UNION ALL
  SELECT person_key AS person FROM rejected_rows WHERE table_name = 'establishment_staff' AND person_key IS NOT NULL
  UNION ALL
  SELECT o.person_key AS person FROM off_quota_staff o CROSS JOIN params p
  WHERE o.person_key IS NOT NULL
    AND (o.valid_from_day_min IS NULL OR o.valid_from_day_min <= p.as_of_day)
    AND (o.valid_to_day_max IS NULL OR o.valid_to_day_max >= p.period_first_day)
),
pay AS (
  SELECT w.person_key AS person, w.unit_key, w.pay_month, w.pay_month_no, w.batch, w.row_id, w.person_rival,
         COALESCE(w.gross_pay, w.net_pay) AS gross,
         CASE WHEN w.resident_id_state IN ('valid', 'upgraded_15', 'repaired') THEN 1 ELSE 0 END AS sound_id,
         p.period_no, p.min_months, p.max_rival
  FROM payroll w
  LEFT JOIN registered r ON r.person = w.person_key
  CROSS JOIN params p
  WHERE r.person IS NULL AND w.person_key IS NOT NULL AND w.unit_key IS NOT NULL
    AND w.pay_class = 'in_service' AND w.pay_month_no > p.period_no - 3 AND w.pay_month_no <= p.period_no
),
ghost AS (
  SELECT person, MAX(sound_id) AS sound_id, SUM(gross) AS amount, MIN(pay_month) AS first_paid,
         MIN(CASE WHEN pay_month_no = period_no AND batch = 'regular' AND gross > 0 THEN unit_key END) AS unit_key,
         CAST(COUNT(DISTINCT CASE WHEN pay_month_no = period_no AND batch = 'regular' AND gross > 0 THEN unit_key END) AS BIGINT) AS payer_count,
         CAST(COUNT(DISTINCT CASE WHEN batch = 'regular' AND gross > 0 THEN pay_month_no END) AS BIGINT) AS months,
         MAX(COALESCE(person_rival, 0.0)) AS rival, MAX(max_rival) AS max_rival, MAX(min_months) AS min_months,
         MIN(CASE WHEN pay_month_no = period_no AND batch = 'regular' AND gross > 0 THEN row_id END) AS pay_row,
         MIN(CASE WHEN pay_month_no < period_no AND batch = 'regular' AND gross > 0 THEN row_id END) AS earlier_row
  FROM pay
  GROUP BY person
),
hr AS (
  SELECT g.person,
         MAX(CASE WHEN h.hr_status IN ('retired', 'transferred', 'resigned', 'dismissed', 'dead') THEN 1 ELSE 0 END) AS is_gone,
         MAX(CASE WHEN h.entered_on_day_min > p.as_of_day - p.grace_days THEN 1 ELSE 0 END) AS is_new,
         MIN(h.row_id) AS hr_row
  FROM ghost g JOIN hr_staff h ON h.person_key = g.person CROSS JOIN params p
  GROUP BY g.person
)
SELECT g.unit_key, g.person AS person_key,
       CASE WHEN g.sound_id = 1 THEN 'S1' ELSE 'S2' END AS severity,
       g.amount, g.months, g.first_paid, g.payer_count,
       g.pay_row AS row__payroll, g.earlier_row AS row__payroll_2, h.hr_row AS row__hr_staff
FROM ghost g LEFT JOIN hr h ON h.person = g.person
WHERE g.unit_key IS NOT NULL AND g.months >= g.min_months AND g.rival < g.max_rival
  AND COALESCE(h.is_gone, 0) = 0 AND COALESCE(h.is_new, 0) = 0
