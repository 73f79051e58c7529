/*---
code = "P02"
slug = "pay-after-death"
category = "paid_but_absent"
severity = "S1"
since = "0.1.0"
grain = "person"
inputs = ["payroll", "deaths"]
optional_inputs = ["hr_staff"]
absence_claim = false
name = { zh = "死亡后领薪", en = "pay after death" }
what = { zh = "人员死亡次月起仍有在职工资或退休待遇正常批次发放。", en = "In-service or retirement pay goes on from the month after the death." }
mistaken_for = { zh = "死亡当月发放属正常;丧葬费、抚恤金、遗属补助和生前欠发的补发不计;死亡信息可能是同名他人,须以身份证号核实。", en = "Pay in the month of death is right; funeral and survivors' payments and back pay owed are not counted; the death may be a namesake's, so check the ID." }
verify = { zh = "以身份证号向卫健、公安、民政核实死亡日期,查停发手续和次月起的发放记录、领款人。", en = "Confirm the date of death by ID with health, police or civil affairs, and check when pay stopped and who drew it." }
message = { zh = "{unit_name}{person_name}已于{died_on}死亡,近三个月仍有{months}个月发放共{amount}元,请立即停发、核实领取人并追回。", en = "{person_name} died on {died_on}; {unit_name} still paid {months} months, {amount} yuan; stop at once, find who drew it, recover." }
legal_basis = [
  { law = "饷65", article = "情形4", verified = true },
  { law = "十政办发2015-42", article = "死亡次月停发", verified = true },
]
measure = "months"
[columns.died_on]
type = "date"
title = { zh = "死亡日期", en = "died on" }
[columns.months]
type = "integer"
unit = "months"
title = { zh = "违规发放月数", en = "months paid wrongly" }
[columns.first_paid]
type = "text"
title = { zh = "窗口内首个违规月", en = "first wrong month within the window" }
[evidence]
deaths = ["name", "resident_id", "died_on", "informant"]
hr_staff = ["name", "resident_id", "unit_name", "hr_status", "died_on"]
payroll = ["name", "resident_id", "unit_name", "pay_month", "pay_class", "batch", "gross_pay", "net_pay"]
---*/
WITH report AS (
  SELECT d.person_key AS person, d.died_on, d.row_id AS death_row, CAST(NULL AS BIGINT) AS hr_row,
         -- A year alone counts to its end.
         d.died_on_month + CASE WHEN d.died_on_precision = 'year' THEN 11 ELSE 0 END AS month_no
  FROM deaths d
  WHERE d.person_key IS NOT NULL AND d.died_on_month IS NOT NULL
  UNION ALL
  SELECT h.person_key AS person, h.died_on, CAST(NULL AS BIGINT) AS death_row, h.row_id AS hr_row,
         h.died_on_month + CASE WHEN h.died_on_precision = 'year' THEN 11 ELSE 0 END AS month_no
  FROM hr_staff h
  WHERE h.person_key IS NOT NULL AND h.died_on_month IS NOT NULL
),
-- Sources that report earlier count: a later date elsewhere only shows how late it was learned.
deceased AS (
  SELECT person, MIN(month_no) AS month_no, MIN(died_on) AS died_on, MIN(death_row) AS death_row, MIN(hr_row) AS hr_row
  FROM report GROUP BY person
),
pay AS (
  SELECT d.person, w.unit_key, w.pay_month, w.pay_month_no, w.batch, w.row_id, COALESCE(w.gross_pay, w.net_pay) AS gross, p.period_no
  FROM deceased d JOIN payroll w ON w.person_key = d.person CROSS JOIN params p
  WHERE w.unit_key IS NOT NULL AND w.pay_class IN ('in_service', 'retired') AND w.batch IN ('regular', 'performance')
    AND w.pay_month_no > p.period_no - 3 AND w.pay_month_no <= p.period_no AND w.pay_month_no > d.month_no
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
SELECT w.unit_key, w.person AS person_key, w.amount, d.died_on, w.months, w.first_paid,
       d.death_row AS row__deaths, d.hr_row AS row__hr_staff,
       w.pay_row AS row__payroll, w.earlier_row AS row__payroll_2
FROM paid w JOIN deceased d ON d.person = w.person
WHERE w.paid_now > 0
