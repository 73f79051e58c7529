/*---
code = "P08"
slug = "enrolled-unpaid"
category = "paid_but_absent"
severity = "S3"
since = "0.1.0"
grain = "person"
inputs = ["establishment_staff", "payroll", "establishment_units"]
optional_inputs = ["hr_staff", "absence_reasons"]
absence_claim = true
name = { zh = "有编无薪", en = "enrolled, unpaid" }
what = { zh = "在编三个月以上的人员,本月和上月没有任何单位给他发放任何工资,也没有在效的离岗事由。", en = "Nobody has paid a person on the register for three months or more anything at all in this month and the last, and no lawful reason is in force." }
mistaken_for = { zh = "自收自支、不在统发范围的单位不判定;停薪留职、挂职、借调、长期学习等在效事由和人事库所记离开、停薪、休假不判定;新进不足三个月属发薪滞后;工资表中被退回的行、证件号写错而姓名相同的行可能就是此人。", en = "Self-funded units and those outside the payroll are not judged; a reason in force, or an HR row that says gone, unpaid or on leave, excuses; pay of newcomers lags; a payroll row set aside, or one of the same name with a mistyped ID, may be the person." }
verify = { zh = "核实人员是否在岗、由何处发薪;不在岗的查明去向,已离开的办理出编。", en = "Find out whether the person is at work and who pays; if not at work, where the person is; if gone, close the register row." }
message = { zh = "{unit_name}{person_name}在编,但连续{months}个月没有任何单位发放工资,请核实去向、发薪渠道或办理出编。", en = "{person_name} of {unit_name} is on the register, yet nobody has paid anything for {months} months running; find out where the person is and who pays, or close the row." }
legal_basis = [ { law = "饷6", article = "挂名情形", verified = false } ]
measure = "months"
[parameters.months_enrolled]
type = "integer"
default = 3
minimum = 1
doc = { zh = "在编至少多少个月才判定", en = "least number of months on the register" }
[columns.months]
type = "integer"
unit = "months"
title = { zh = "无薪月数(窗口内)", en = "months unpaid within the window" }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "quota_type", "staff_status", "entry_date"]
hr_staff = ["name", "resident_id", "unit_name", "hr_status"]
---*/
WITH unit AS (
  SELECT unit_key
  FROM establishment_units
  WHERE unit_key IS NOT NULL AND unit_status = 'active'
    AND (funding IN ('full', 'partial') OR (funding IS NULL AND nature IN ('organ', 'mass')))
  GROUP BY unit_key
),
active AS (
  SELECT u.unit_key, s.person_key AS person, s.name_key, s.row_id
  FROM unit u JOIN establishment_staff s ON s.unit_key = u.unit_key CROSS JOIN params p
  WHERE s.person_key IS NOT NULL AND s.staff_status IN ('on_post', 'off_post') AND s.exit_date_day_min IS NULL
    AND s.entry_date_month + CASE WHEN s.entry_date_precision = 'year' THEN 11 ELSE 0 END <= p.period_no - p.months_enrolled
),
enrolled AS (
  SELECT unit_key, person, MIN(row_id) AS staff_row FROM active GROUP BY unit_key, person
),
paid AS (
  SELECT w.person_key AS person, MAX(w.pay_month_no) AS last_paid
  FROM payroll w WHERE w.person_key IS NOT NULL
  GROUP BY w.person_key
),
-- A unit some of whose staff were paid in both months, whoever paid them: its pay has been handed over.
covered AS (
  SELECT e.unit_key
  FROM enrolled e JOIN payroll w ON w.person_key = e.person CROSS JOIN params p
  WHERE w.pay_month_no >= p.period_no - 1 AND w.pay_month_no <= p.period_no
  GROUP BY e.unit_key
  HAVING MIN(w.pay_month_no) < MAX(w.pay_month_no)
),
unpaid AS (
  SELECT e.unit_key, e.person, e.staff_row,
         CASE WHEN y.last_paid IS NULL THEN 3 ELSE p.period_no - y.last_paid END AS months
  FROM enrolled e
  JOIN covered c ON c.unit_key = e.unit_key
  LEFT JOIN paid y ON y.person = e.person
  CROSS JOIN params p
  WHERE y.last_paid IS NULL OR y.last_paid < p.period_no - 1
),
called AS (
  SELECT u.unit_key, u.person, MIN(a.name_key) AS name_key
  FROM unpaid u JOIN active a ON a.person = u.person AND a.unit_key = u.unit_key
  GROUP BY u.unit_key, u.person
),
reason AS (
  SELECT a.person_key AS person
  FROM absence_reasons a CROSS JOIN params p
  WHERE a.person_key IS NOT NULL
    AND (a.valid_from_day_min IS NULL OR a.valid_from_day_min <= p.as_of_day)
    AND (a.valid_to_day_min IS NULL OR a.valid_to_day_min > p.period_first_day)
  GROUP BY a.person_key
),
hr AS (
  SELECT u.person, MIN(h.row_id) AS hr_row,
         MAX(CASE WHEN h.hr_status IN ('unpaid_leave', 'seconded', 'leave', 'suspended', 'retired', 'transferred', 'resigned', 'dismissed', 'dead')
             THEN 1 ELSE 0 END) AS is_away
  FROM unpaid u JOIN hr_staff h ON h.person_key = u.person
  GROUP BY u.person
),
-- Payroll rows that could be linked to nobody, or to somebody else as well: of the same name, they may be the person's.
unlinked AS (
  SELECT w.name_key
  FROM payroll w CROSS JOIN params p
  WHERE w.name_key IS NOT NULL AND w.pay_class = 'in_service' AND w.pay_month_no >= p.period_no - 1
    AND (w.person_key IS NULL OR w.person_match = 'N' OR w.person_match = 'C' OR w.person_rival > 0.0)
  GROUP BY w.name_key
),
excused AS (
  SELECT person_key AS person FROM rejected_rows WHERE table_name = 'payroll' AND person_key IS NOT NULL
  UNION
  SELECT person_key AS person FROM persons WHERE person_key IS NOT NULL AND id_conflict_person_key IS NOT NULL
)
SELECT MIN(u.unit_key) AS unit_key, u.person AS person_key, MIN(u.months) AS months,
       MIN(u.staff_row) AS row__establishment_staff, MIN(h.hr_row) AS row__hr_staff
FROM unpaid u
JOIN called c ON c.unit_key = u.unit_key AND c.person = u.person
LEFT JOIN reason r ON r.person = u.person
LEFT JOIN hr h ON h.person = u.person
LEFT JOIN unlinked n ON n.name_key = c.name_key
LEFT JOIN excused x ON x.person = u.person
WHERE r.person IS NULL AND COALESCE(h.is_away, 0) = 0 AND n.name_key IS NULL AND x.person IS NULL
GROUP BY u.person
