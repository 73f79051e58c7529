/*---
code = "P03"
slug = "pay-after-leaving"
category = "paid_but_absent"
severity = "S1"
since = "0.1.0"
grain = "person"
inputs = ["payroll", "establishment_staff"]
optional_inputs = ["hr_staff"]
absence_claim = false
name = { zh = "离职后领薪", en = "pay after leaving" }
what = { zh = "人员调出、辞职、辞退之月起第二个月,原单位仍发放在职正常批次工资。", en = "The unit that a person left by transfer, resignation or dismissal still pays in service in the second month after leaving, or later." }
mistaken_for = { zh = "离开当月及次月滞后属正常;工资介绍信载明的停薪月更晚的,以介绍信为准;补发、一次性奖金不计;又回到该单位在编的不判定;新单位发薪不算。", en = "The month of leaving and one of lag are normal; a later stop month in the pay letter prevails; back pay and awards are not counted; who is back on that unit's register is not judged; pay by the new unit is right." }
verify = { zh = "核对调动、辞职、辞退文件和工资介绍信的停薪月,查原单位停发手续,计算应追回金额。", en = "Compare the papers of leaving and the pay letter's stop month with what the unit paid, and compute what is to be recovered." }
message = { zh = "{person_name}已于{left_on}因{exit_reason}离开{unit_name},该单位近三个月仍发放{months}个月在职工资共{amount}元,请停发并追回。", en = "{person_name} left {unit_name} on {left_on} ({exit_reason}), which still paid {months} months in service, {amount} yuan; stop and recover." }
legal_basis = [ { law = "饷65", article = "情形3", verified = true } ]
measure = "months"
[columns.left_on]
type = "date"
title = { zh = "离开时间", en = "left on" }
[columns.exit_reason]
type = "text"
title = { zh = "离开原因", en = "reason of leaving" }
labels = { transfer = { zh = "调出", en = "transfer" }, resignation = { zh = "辞职", en = "resignation" }, dismissal = { zh = "辞退或开除", en = "dismissal" } }
[columns.months]
type = "integer"
unit = "months"
title = { zh = "违规领薪月数", en = "months paid wrongly" }
[columns.first_paid]
type = "text"
title = { zh = "窗口内首个违规月", en = "first wrong month within the window" }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "staff_status", "exit_date", "exit_reason"]
hr_staff = ["name", "resident_id", "unit_name", "hr_status", "left_on"]
payroll = ["name", "resident_id", "unit_name", "pay_month", "pay_class", "batch", "gross_pay", "net_pay"]
---*/
WITH by_register AS (
  SELECT s.unit_key, s.person_key AS person, MAX(s.exit_date) AS left_on, MIN(s.exit_reason) AS exit_reason,
         -- A year alone counts to its end.
         MAX(s.exit_date_month + CASE WHEN s.exit_date_precision = 'year' THEN 11 ELSE 0 END) AS month_no,
         MAX(s.row_id) AS staff_row
  FROM establishment_staff s
  WHERE s.unit_key IS NOT NULL AND s.person_key IS NOT NULL AND s.exit_date_month IS NOT NULL
    AND s.exit_reason IN ('transfer', 'resignation', 'dismissal')
  GROUP BY s.unit_key, s.person_key
),
by_hr AS (
  SELECT h.unit_key, h.person_key AS person, MAX(h.left_on) AS left_on,
         MIN(CASE WHEN h.hr_status = 'transferred' THEN 'transfer'
                  WHEN h.hr_status = 'resigned' THEN 'resignation' ELSE 'dismissal' END) AS exit_reason,
         MAX(h.left_on_month + CASE WHEN h.left_on_precision = 'year' THEN 11 ELSE 0 END) AS month_no,
         MAX(h.row_id) AS hr_row
  FROM hr_staff h
  WHERE h.unit_key IS NOT NULL AND h.person_key IS NOT NULL AND h.left_on_month IS NOT NULL
    AND h.hr_status IN ('transferred', 'resigned', 'dismissed')
  GROUP BY h.unit_key, h.person_key
),
known AS (
  SELECT unit_key, person FROM by_register
  UNION
  SELECT unit_key, person FROM by_hr
),
-- Back on, or never off, the register of that very unit.
active AS (
  SELECT k.unit_key, k.person
  FROM known k JOIN establishment_staff s ON s.person_key = k.person AND s.unit_key = k.unit_key CROSS JOIN params p
  WHERE s.staff_status IN ('on_post', 'off_post')
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
  GROUP BY k.unit_key, k.person
),
leaver AS (
  SELECT k.unit_key, k.person, COALESCE(r.month_no, h.month_no) AS month_no, COALESCE(r.left_on, h.left_on) AS left_on,
         COALESCE(r.exit_reason, h.exit_reason) AS exit_reason, r.staff_row, h.hr_row
  FROM known k
  LEFT JOIN by_register r ON r.person = k.person AND r.unit_key = k.unit_key
  LEFT JOIN by_hr h ON h.person = k.person AND h.unit_key = k.unit_key
  LEFT JOIN active a ON a.person = k.person AND a.unit_key = k.unit_key
  WHERE a.person IS NULL
),
pay AS (
  SELECT l.unit_key, l.person, w.pay_month, w.pay_month_no, w.batch, w.row_id, COALESCE(w.gross_pay, w.net_pay) AS gross, p.period_no
  FROM leaver l JOIN payroll w ON w.person_key = l.person AND w.unit_key = l.unit_key CROSS JOIN params p
  WHERE w.pay_class = 'in_service' AND w.batch IN ('regular', 'performance')
    AND w.pay_month_no > p.period_no - 3 AND w.pay_month_no <= p.period_no AND w.pay_month_no > l.month_no + 1
),
paid AS (
  SELECT unit_key, person, SUM(gross) AS amount, MIN(pay_month) AS first_paid,
         CAST(COUNT(DISTINCT pay_month_no) AS BIGINT) AS months,
         SUM(CASE WHEN pay_month_no = period_no AND batch = 'regular' THEN gross END) AS paid_now,
         MIN(CASE WHEN pay_month_no = period_no AND batch = 'regular' THEN row_id END) AS pay_row,
         MIN(CASE WHEN pay_month_no < period_no THEN row_id END) AS earlier_row
  FROM pay GROUP BY unit_key, person
)
SELECT w.unit_key, w.person AS person_key, w.amount, l.left_on, l.exit_reason, w.months, w.first_paid,
       l.staff_row AS row__establishment_staff, l.hr_row AS row__hr_staff,
       w.pay_row AS row__payroll, w.earlier_row AS row__payroll_2
FROM paid w JOIN leaver l ON l.person = w.person AND l.unit_key = w.unit_key
WHERE w.paid_now > 0
