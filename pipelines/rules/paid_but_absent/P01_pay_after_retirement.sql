/*---
code = "P01"
slug = "pay-after-retirement"
category = "paid_but_absent"
severity = "S1"
since = "0.1.0"
grain = "person"
inputs = ["payroll", "establishment_staff"]
optional_inputs = ["hr_staff"]
absence_claim = false
name = { zh = "退休后领在职工资", en = "in-service pay after retirement" }
what = { zh = "人员退休之月起第二个月仍以在职身份领取正常批次工资。", en = "A retired person is still paid in service in the second month after the month of retirement, or later." }
mistaken_for = { zh = "退休当月全额发放、次月滞后停发属正常;退休前所欠补发、年终一次性奖金不计;转为退休身份发放的不计;已在任一单位重新入编的不判定。", en = "Full pay in the month of retirement and one month of lag are normal; back pay owed and year-end awards are not counted; pay as a retiree is right; who is enrolled anywhere again is not judged." }
verify = { zh = "核对退休审批表的退休时间与工资停发、养老金起发月份,计算应追回金额。", en = "Compare the retirement approval with the month pay stopped and the pension began, and compute what is to be recovered." }
message = { zh = "{unit_name}{person_name}已于{retired_on}退休,近三个月仍有{months}个月领取在职工资共{amount}元,请停发并追回。", en = "{person_name} retired on {retired_on}; {unit_name} still paid {months} months in service, {amount} yuan; stop and recover." }
legal_basis = [ { law = "饷65", article = "情形3", verified = true } ]
measure = "months"
[columns.retired_on]
type = "date"
title = { zh = "退休时间", en = "retired on" }
[columns.months]
type = "integer"
unit = "months"
title = { zh = "违规领薪月数", en = "months paid wrongly" }
[columns.first_paid]
type = "text"
title = { zh = "窗口内首个违规月", en = "first wrong month within the window" }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "staff_status", "exit_date", "exit_reason"]
hr_staff = ["name", "resident_id", "unit_name", "hr_status", "retired_on"]
payroll = ["name", "resident_id", "unit_name", "pay_month", "pay_class", "batch", "gross_pay", "net_pay"]
---*/
WITH exits AS (
  SELECT s.person_key AS person, s.exit_date, s.row_id,
         -- A year alone counts to its end.
         s.exit_date_month + CASE WHEN s.exit_date_precision = 'year' THEN 11 ELSE 0 END AS month_no
  FROM establishment_staff s
  WHERE s.person_key IS NOT NULL AND s.exit_date_month IS NOT NULL
    AND (s.exit_reason = 'retirement' OR s.staff_status = 'retired')
),
by_register AS (
  SELECT person, MAX(month_no) AS month_no, MAX(exit_date) AS retired_on, MAX(row_id) AS staff_row
  FROM exits GROUP BY person
),
by_hr AS (
  SELECT h.person_key AS person, MAX(h.retired_on) AS retired_on, MAX(h.row_id) AS hr_row,
         MAX(h.retired_on_month + CASE WHEN h.retired_on_precision = 'year' THEN 11 ELSE 0 END) AS month_no
  FROM hr_staff h
  WHERE h.person_key IS NOT NULL AND h.hr_status = 'retired' AND h.retired_on_month IS NOT NULL
  GROUP BY h.person_key
),
known AS (
  SELECT person FROM by_register
  UNION
  SELECT person FROM by_hr
),
active AS (
  SELECT s.person_key AS person
  FROM known k JOIN establishment_staff s ON s.person_key = k.person CROSS JOIN params p
  WHERE s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
  GROUP BY s.person_key
),
-- The register's date counts; HR's only where the register has none.
retiree AS (
  SELECT k.person, COALESCE(r.month_no, h.month_no) AS month_no, COALESCE(r.retired_on, h.retired_on) AS retired_on,
         r.staff_row, h.hr_row
  FROM known k
  LEFT JOIN by_register r ON r.person = k.person
  LEFT JOIN by_hr h ON h.person = k.person
  LEFT JOIN active a ON a.person = k.person
  WHERE a.person IS NULL
),
pay AS (
  SELECT r.person, w.unit_key, w.pay_month, w.pay_month_no, w.batch, w.row_id, COALESCE(w.gross_pay, w.net_pay) AS gross, p.period_no
  FROM retiree r JOIN payroll w ON w.person_key = r.person CROSS JOIN params p
  WHERE w.unit_key IS NOT NULL AND w.pay_class = 'in_service' AND w.batch IN ('regular', 'performance')
    AND w.pay_month_no > p.period_no - 3 AND w.pay_month_no <= p.period_no AND w.pay_month_no > r.month_no + 1
),
paid AS (
  SELECT person, SUM(gross) AS amount, MIN(pay_month) AS first_paid,
         CAST(COUNT(DISTINCT pay_month_no) AS BIGINT) AS months,
         MIN(CASE WHEN pay_month_no = period_no AND batch = 'regular' THEN unit_key END) AS unit_key,
         SUM(CASE WHEN pay_month_no = period_no AND batch = 'regular' THEN gross END) AS paid_now,
         MIN(CASE WHEN pay_month_no = period_no AND batch = 'regular' THEN row_id END) AS pay_row,
         MIN(CASE WHEN pay_month_no < period_no THEN row_id END) AS earlier_row
  FROM pay GROUP BY person
)
SELECT w.unit_key, w.person AS person_key, w.amount, r.retired_on, w.months, w.first_paid,
       r.staff_row AS row__establishment_staff, r.hr_row AS row__hr_staff,
       w.pay_row AS row__payroll, w.earlier_row AS row__payroll_2
FROM paid w JOIN retiree r ON r.person = w.person
WHERE w.paid_now > 0
