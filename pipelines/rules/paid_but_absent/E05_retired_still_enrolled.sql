/*---
code = "E05"
slug = "retired-still-enrolled"
category = "paid_but_absent"
severity = "S2"
since = "0.2.0"
grain = "person"
inputs = ["establishment_staff", "hr_staff"]
optional_inputs = ["pensions"]
absence_claim = false
name = { zh = "退休未出编", en = "retired, still enrolled" }
what = { zh = "人事库已退休或已起领本人养老待遇的人员,满宽限月数后仍在编制名册上。", en = "The HR system or the pension feed says that a person retired, and the register still holds the person after the months of grace." }
mistaken_for = { zh = "退休手续在途(宽限期内)不判定;人事库另有在职记录的不判定;返聘人员不占编制,不应在册;居民养老、遗属待遇不是退休;证件不确切的养老匹配不采用。", en = "Papers under way within the grace; a person whom HR also has in service; the re-engaged are off quota and should not be enrolled; residents' and survivors' pensions are no retirement; pensions linked on less than an ID are not used." }
verify = { zh = "核对退休审批表和养老待遇起领月份,办理出编并核减在编人数。", en = "Compare the retirement approval with the first month of pension, strike the person off the register and correct the headcount." }
message = { zh = "{unit_name}{person_name}已于{retired_on}退休({ground}),至本月已满{months}个月仍在编,请办理出编。", en = "{person_name} of {unit_name} retired on {retired_on} ({ground}) and is still on the register {months} months later; strike off." }
legal_basis = [
  { law = "公", article = "§92", verified = true },
  { law = "人", article = "§36", verified = true },
]
measure = "months"
[parameters.grace_months]
type = "integer"
default = 2
minimum = 0
doc = { zh = "退休当月之后办理出编的月数(约六十日)", en = "months after the month of retirement for striking off, about sixty days" }
[columns.retired_on]
type = "date"
title = { zh = "退休时间", en = "retired on" }
[columns.ground]
type = "text"
title = { zh = "依据", en = "ground" }
labels = { hr = { zh = "人事库记为退休", en = "by the HR system" }, pension = { zh = "已起领本人养老待遇", en = "an own pension is paid" }, hr_and_pension = { zh = "人事库和养老待遇一致", en = "by HR and pension" } }
[columns.months]
type = "integer"
unit = "months"
title = { zh = "月数", en = "months" }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "quota_type", "staff_status", "entry_date"]
hr_staff = ["name", "resident_id", "unit_name", "hr_status", "retired_on"]
pensions = ["name", "resident_id", "first_month", "pension_kind"]
---*/
-- A pension is paid from the month after the retirement.
WITH pension AS (
  SELECT n.person_key AS person, MIN(n.first_month_no) - 1 AS month_no, MIN(n.row_id) AS pension_row
  FROM pensions n
  WHERE n.person_key IS NOT NULL AND n.pension_kind = 'own' AND n.person_match IN ('A', 'B')
  GROUP BY n.person_key
),
told AS (
  SELECT person FROM pension
  UNION
  SELECT person_key AS person FROM hr_staff WHERE person_key IS NOT NULL AND hr_status = 'retired'
),
hr AS (
  SELECT t.person,
         MAX(CASE WHEN h.hr_status = 'retired' THEN h.retired_on END) AS retired_on,
         -- A year alone counts to its end.
         MAX(CASE WHEN h.hr_status = 'retired'
                  THEN h.retired_on_month + CASE WHEN h.retired_on_precision = 'year' THEN 11 ELSE 0 END END) AS month_no,
         MAX(CASE WHEN h.hr_status = 'retired' THEN h.row_id END) AS hr_row,
         MAX(CASE WHEN h.hr_status IN ('on_post', 'absent', 'unpaid_leave', 'seconded', 'leave', 'suspended') THEN 1 ELSE 0 END) AS in_service
  FROM told t JOIN hr_staff h ON h.person_key = t.person
  GROUP BY t.person
),
known AS (
  SELECT person FROM hr WHERE month_no IS NOT NULL
  UNION
  SELECT person FROM pension
),
-- HR's date counts; the pension's only where HR has none. Who is in service by HR is judged by the pension's rule.
retiree AS (
  SELECT k.person, COALESCE(h.month_no, n.month_no) AS month_no, h.retired_on, h.hr_row, n.pension_row,
         CASE WHEN h.month_no IS NOT NULL AND n.person IS NOT NULL THEN 'hr_and_pension'
              WHEN h.month_no IS NOT NULL THEN 'hr' ELSE 'pension' END AS ground
  FROM known k
  LEFT JOIN hr h ON h.person = k.person
  LEFT JOIN pension n ON n.person = k.person
  WHERE COALESCE(h.in_service, 0) = 0
),
due AS (
  SELECT r.person, r.retired_on, r.ground, r.hr_row, r.pension_row, p.period_no - r.month_no AS months
  FROM retiree r CROSS JOIN params p
  WHERE p.period_no - r.month_no >= p.grace_months
),
-- One finding for each unit that still holds the person; an entry after the retirement is another matter.
enrolled AS (
  SELECT d.person, s.unit_key, MIN(s.row_id) AS staff_row
  FROM due d JOIN establishment_staff s ON s.person_key = d.person CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_month IS NULL OR s.entry_date_month <= p.period_no - d.months)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
  GROUP BY d.person, s.unit_key
)
SELECT e.unit_key, e.person AS person_key, d.retired_on, d.ground, CAST(d.months AS BIGINT) AS months,
       e.staff_row AS row__establishment_staff, d.hr_row AS row__hr_staff, d.pension_row AS row__pensions
FROM enrolled e JOIN due d ON d.person = e.person
