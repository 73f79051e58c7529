/*---
code = "P04"
slug = "two-payers"
category = "paid_but_absent"
severity = "S1"
since = "0.1.0"
grain = "person"
inputs = ["payroll"]
absence_claim = false
name = { zh = "重复领薪", en = "two payers" }
what = { zh = "同一人同月在两个以上单位领取在职基本工资;上月亦然的为重大疑点,仅一个月的列为待查。", en = "One person draws in-service base pay from two or more units in a month: grave when last month too, else to be looked into." }
mistaken_for = { zh = "调动当月新旧单位交叉;第二份只是津贴、补贴或绩效;公积金补缴行没有基本工资;双胞胎、同名须核对身份证号。", en = "The month of a transfer; a second row of allowances or performance pay only; a housing-fund row without base pay; twins and namesakes, so check the ID." }
verify = { zh = "逐单位核对发放明细、调动手续和起停薪月份,确认应由哪一单位发放。", en = "Compare the payslips of each unit, the transfer papers and the months pay began and stopped." }
message = { zh = "{person_name}本月同时在{payer_count}个单位领取在职基本工资({unit_name}{gross}元、{other_unit_name}{other_gross}元),涉及{amount}元,请核实并停发一处。", en = "{person_name} draws in-service base pay from {payer_count} units this month ({unit_name} {gross}, {other_unit_name} {other_gross} yuan), {amount} yuan at stake; settle which pays." }
legal_basis = [
  { law = "公", article = "§44", verified = true },
  { law = "财", article = "§6(1)", verified = true },
]
measure = "payer_count"
[columns.payer_count]
type = "integer"
unit = "units"
title = { zh = "发薪单位数", en = "payers" }
[columns.months]
type = "integer"
unit = "months"
title = { zh = "重复月数(本月与上月)", en = "months doubled (this and last)" }
[columns.other_unit_key]
type = "text"
title = { zh = "另一发薪单位主键", en = "key of the other payer" }
[columns.other_unit_name]
type = "text"
title = { zh = "另一发薪单位", en = "other payer" }
[columns.gross]
type = "money"
unit = "yuan"
title = { zh = "本单位应发", en = "gross of this unit" }
[columns.other_gross]
type = "money"
unit = "yuan"
title = { zh = "另一单位应发", en = "gross of the other unit" }
[evidence]
payroll = ["name", "resident_id", "unit_name", "pay_month", "pay_class", "batch", "post_pay", "grade_pay", "position_pay", "rank_pay", "gross_pay", "account"]
---*/
WITH base AS (
  SELECT w.person_key, w.unit_key, w.pay_month_no, w.row_id, COALESCE(w.gross_pay, w.net_pay) AS gross, p.period_no
  FROM payroll w CROSS JOIN params p
  WHERE w.person_key IS NOT NULL AND w.unit_key IS NOT NULL
    AND w.pay_month_no >= p.period_no - 1 AND w.pay_month_no <= p.period_no
    AND w.pay_class = 'in_service' AND w.batch = 'regular'
    -- Base pay; where a payroll has no items at all, its gross.
    AND (COALESCE(w.post_pay, 0) + COALESCE(w.grade_pay, 0) + COALESCE(w.position_pay, 0) + COALESCE(w.rank_pay, 0) > 0
      OR (w.post_pay IS NULL AND w.grade_pay IS NULL AND w.position_pay IS NULL AND w.rank_pay IS NULL AND w.performance_pay IS NULL AND w.allowances IS NULL
          AND COALESCE(w.gross_pay, w.net_pay) > 0))
),
candidate AS (
  SELECT person_key FROM base WHERE pay_month_no = period_no
  GROUP BY person_key
  HAVING MIN(unit_key) <> MAX(unit_key)
),
payer_row AS (
  SELECT c.person_key, b.unit_key, b.pay_month_no, b.period_no, b.gross, b.row_id
  FROM candidate c JOIN base b ON b.person_key = c.person_key
),
payer AS (
  SELECT person_key, unit_key, pay_month_no, MIN(period_no) AS period_no, SUM(gross) AS gross, MIN(row_id) AS row_id
  FROM payer_row GROUP BY person_key, unit_key, pay_month_no
),
doubled AS (
  SELECT person_key, pay_month_no, MIN(period_no) AS period_no, CAST(COUNT(*) AS BIGINT) AS payer_count, MIN(gross) AS least
  FROM payer GROUP BY person_key, pay_month_no
  HAVING CAST(COUNT(*) AS BIGINT) > 1
),
suspect AS (
  SELECT person_key, MAX(CASE WHEN pay_month_no = period_no THEN payer_count END) AS payer_count,
         MAX(CASE WHEN pay_month_no = period_no THEN least END) AS least,
         MAX(period_no) AS period_no, CAST(COUNT(*) AS BIGINT) AS months
  FROM doubled GROUP BY person_key
),
-- The unit whose register has the person comes last: the other payer is the one to ask.
placed AS (
  SELECT y.person_key, y.unit_key, y.gross, y.row_id,
         CASE WHEN o.register_unit_key = y.unit_key THEN 1 ELSE 0 END AS at_home
  FROM suspect s
  JOIN payer y ON y.person_key = s.person_key AND y.pay_month_no = s.period_no
  LEFT JOIN persons o ON o.person_key = s.person_key
  WHERE s.payer_count > 1
),
ranked AS (
  SELECT person_key, unit_key, gross, row_id,
         CAST(ROW_NUMBER() OVER (PARTITION BY person_key ORDER BY at_home, unit_key) AS BIGINT) AS rank_no
  FROM placed
),
shown AS (
  SELECT person_key,
         MIN(CASE WHEN rank_no = 1 THEN unit_key END) AS unit_key,
         MIN(CASE WHEN rank_no = 1 THEN gross END) AS gross,
         MIN(CASE WHEN rank_no = 1 THEN row_id END) AS pay_row,
         MIN(CASE WHEN rank_no = 2 THEN unit_key END) AS other_unit_key,
         MIN(CASE WHEN rank_no = 2 THEN gross END) AS other_gross,
         MIN(CASE WHEN rank_no = 2 THEN row_id END) AS other_row,
         MIN(CASE WHEN rank_no = 3 THEN row_id END) AS third_row
  FROM ranked GROUP BY person_key
),
unit AS (
  SELECT unit_key, MIN(unit_name) AS unit_name FROM units GROUP BY unit_key
)
SELECT h.unit_key, h.person_key,
       CASE WHEN s.months > 1 THEN 'S1' ELSE 'S3' END AS severity,
       s.least AS amount, s.payer_count, s.months, h.other_unit_key, u.unit_name AS other_unit_name, h.gross, h.other_gross,
       h.pay_row AS row__payroll, h.other_row AS row__payroll_2, h.third_row AS row__payroll_3
FROM shown h
JOIN suspect s ON s.person_key = h.person_key
LEFT JOIN unit u ON u.unit_key = h.other_unit_key
