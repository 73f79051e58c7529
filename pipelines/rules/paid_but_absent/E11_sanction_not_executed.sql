/*---
code = "E11"
slug = "sanction-not-executed"
category = "paid_but_absent"
severity = "S1"
since = "0.2.0"
grain = "person"
inputs = ["establishment_staff", "discipline"]
optional_inputs = ["payroll"]
absence_claim = false
name = { zh = "处分刑罚未执行", en = "sanction not executed" }
what = { zh = "开除处分或刑罚已经生效,次月办理期满后仍在编,或仍以在职身份发薪。", en = "A dismissal or a sentence took effect, and after the month allowed the person is still on the register or still paid in service." }
mistaken_for = { zh = "警告、记过、降级不影响在编;缓刑期间的处理以组织决定为准;已解除、撤销处分的不判定;申诉不停止执行;生效当月和次月为办理期。", en = "Warnings, demerits and demotions leave the enrolment; a suspended sentence follows the decision of the authority; lifted sanctions; an appeal does not suspend; the month of effect and the next are for the papers." }
verify = { zh = "调取处分决定书或判决书,核对生效时间,办理出编停薪,计算应追回金额。", en = "Take the decision or judgment, compare its date of effect, strike off, stop pay, and compute what is to be recovered." }
message = { zh = "{unit_name}{person_name}的{measure_name}已于{effective_on}生效,至本月已{months}个月,{state},本月在职发放{paid}元,请执行处分并追回。", en = "{measure_name} of {person_name} ({unit_name}) took effect on {effective_on}; {months} months later the person is {state}, {paid} yuan paid in service this month; execute and recover." }
legal_basis = [
  { law = "政", article = "§54", verified = true },
  { law = "饷65", article = "情形5", verified = true },
]
measure = "months"
[parameters.grace_months]
type = "integer"
default = 1
minimum = 0
doc = { zh = "生效当月之后的办理月数", en = "months after the month of effect for the papers" }
[columns.measure_name]
type = "text"
title = { zh = "处分或刑罚", en = "sanction" }
labels = { dismissal = { zh = "开除处分", en = "the dismissal" }, sentence = { zh = "刑罚", en = "the sentence" } }
[columns.effective_on]
type = "date"
title = { zh = "生效时间", en = "effective on" }
[columns.months]
type = "integer"
unit = "months"
title = { zh = "月数", en = "months" }
[columns.state]
type = "text"
title = { zh = "现状", en = "state" }
labels = { enrolled = { zh = "仍在编", en = "still on the register" }, enrolled_and_paid = { zh = "仍在编并发薪", en = "still on the register and paid" }, paid = { zh = "已出编但仍发薪", en = "off the register but still paid" } }
[columns.paid]
type = "money"
unit = "yuan"
title = { zh = "当月应发", en = "gross this month" }
[evidence]
discipline = ["name", "resident_id", "unit_name", "measure", "effective_on", "ends_on", "document_no"]
establishment_staff = ["name", "resident_id", "unit_name", "quota_type", "staff_status", "entry_date"]
payroll = ["name", "resident_id", "unit_name", "pay_month", "pay_class", "batch", "gross_pay", "net_pay"]
---*/
WITH decision AS (
  SELECT d.person_key AS person, MIN(d.effective_on_month + CASE WHEN d.effective_on_precision = 'year' THEN 11 ELSE 0 END) AS month_no,
         MIN(d.effective_on) AS effective_on, MIN(d.measure) AS measure_name, MIN(d.row_id) AS decision_row
  FROM discipline d CROSS JOIN params p
  WHERE d.person_key IS NOT NULL AND d.measure IN ('dismissal', 'sentence') AND d.effective_on_month IS NOT NULL
    -- A disciplinary decision with an end by now was lifted; a sentence that was served stays one.
    AND (d.measure = 'sentence' OR d.ends_on_day_min IS NULL OR d.ends_on_day_min > p.as_of_day)
  GROUP BY d.person_key
),
due AS (
  SELECT d.person, d.month_no, d.effective_on, d.measure_name, d.decision_row, p.period_no - d.month_no AS months
  FROM decision d CROSS JOIN params p
  WHERE p.period_no - d.month_no > p.grace_months
),
active AS (
  SELECT d.person, s.unit_key, s.row_id,
         CASE WHEN s.entry_date_month > d.month_no THEN 1 ELSE 0 END AS entered_later
  FROM due d JOIN establishment_staff s ON s.person_key = d.person CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.staff_status IN ('on_post', 'off_post')
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
),
enrolled AS (
  SELECT person, unit_key, MIN(row_id) AS staff_row FROM active WHERE entered_later = 0 GROUP BY person, unit_key
),
anywhere AS (
  SELECT person FROM active GROUP BY person
),
pay AS (
  SELECT d.person, w.unit_key, SUM(COALESCE(w.gross_pay, w.net_pay)) AS paid, MIN(w.row_id) AS pay_row
  FROM due d JOIN payroll w ON w.person_key = d.person CROSS JOIN params p
  WHERE w.unit_key IS NOT NULL AND w.pay_class = 'in_service' AND w.batch IN ('regular', 'performance') AND w.pay_month_no = p.period_no
  GROUP BY d.person, w.unit_key
),
paid AS (
  SELECT person, SUM(paid) AS paid, MIN(unit_key) AS payer_key, MIN(pay_row) AS pay_row FROM pay GROUP BY person
),
-- Enrolled somewhere: said of each such unit. Only paid: said of the payer.
found AS (
  SELECT e.person, e.unit_key, e.staff_row, w.paid, w.pay_row,
         CASE WHEN w.paid > 0 THEN 'enrolled_and_paid' ELSE 'enrolled' END AS state
  FROM enrolled e LEFT JOIN paid w ON w.person = e.person
  UNION ALL
  SELECT w.person, w.payer_key AS unit_key, CAST(NULL AS BIGINT) AS staff_row, w.paid, w.pay_row, 'paid' AS state
  FROM paid w LEFT JOIN anywhere a ON a.person = w.person
  WHERE a.person IS NULL AND w.paid > 0
)
SELECT f.unit_key, f.person AS person_key, f.paid AS amount, d.measure_name, d.effective_on,
       CAST(d.months AS BIGINT) AS months, f.state, COALESCE(f.paid, CAST(0 AS DECIMAL(18,2))) AS paid,
       d.decision_row AS row__discipline, f.staff_row AS row__establishment_staff, f.pay_row AS row__payroll
FROM found f JOIN due d ON d.person = f.person
