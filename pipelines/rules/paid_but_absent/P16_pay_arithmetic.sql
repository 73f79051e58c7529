/*---
code = "P16"
slug = "pay-arithmetic"
category = "paid_but_absent"
severity = "S3"
since = "0.1.0"
grain = "person"
inputs = ["payroll"]
absence_claim = false
name = { zh = "工资勾稽错误", en = "pay does not add up" }
what = { zh = "应发减扣发不等于实发,或有应发而连续两个月实发为零,或本月应发远超全体的千分之一高位。", en = "Gross less deductions is not net; or net is nothing for two months although there is gross; or the gross lies far above the highest thousandth of all." }
mistaken_for = { zh = "另列扣回的按扣回后计算;扣回冲抵造成实发为零不判定;补发、一次性批次不计;不足一千人的工资表不比高位。", en = "What is recovered in a column of its own is taken off; a net of nothing because of recovery is not judged; back pay and awards are not counted; outliers are sought among a thousand or more." }
verify = { zh = "逐项复算该行应发、扣发、实发,核对银行实际发放金额。", en = "Add the row up again, item by item, and compare with what the bank paid." }
message = { zh = "{unit_name}{person_name}本月工资{ground}:应发{gross}元、实发{net}元、相差{gap}元,请复算并核对银行发放。", en = "Pay of {person_name} at {unit_name} this month {ground}: gross {gross}, net {net}, difference {gap} yuan; add it up again and compare with the bank." }
legal_basis = [ { law = "486", article = "§21–25", verified = true } ]
[parameters.outlier_times]
type = "integer"
default = 2
minimum = 1
doc = { zh = "应发超过千分之一高位的多少倍才判定", en = "how many times the highest thousandth the gross must exceed" }
[parameters.one_in]
type = "integer"
default = 1000
minimum = 2
doc = { zh = "以多少人中最高的一人为高位", en = "the bound is the gross that one in so many reaches" }
[parameters.least_rows]
type = "integer"
default = 1000
minimum = 1
doc = { zh = "至少多少行才比高位", en = "least number of rows among which outliers are sought" }
[columns.ground]
type = "text"
title = { zh = "认定依据", en = "ground" }
labels = { net_differs = { zh = "应发减扣发不等于实发", en = "does not add up" }, zero_net = { zh = "连续两个月实发为零", en = "is nothing net, as last month" }, outlier = { zh = "远超其他人员", en = "lies far above everybody else's" } }
[columns.gross]
type = "money"
unit = "yuan"
title = { zh = "应发", en = "gross" }
[columns.net]
type = "money"
unit = "yuan"
title = { zh = "实发", en = "net" }
[columns.gap]
type = "money"
unit = "yuan"
title = { zh = "相差", en = "difference" }
[evidence]
payroll = ["name", "resident_id", "unit_name", "pay_month", "batch", "back_pay", "recovered", "gross_pay", "deductions_total", "net_pay"]
---*/
WITH line AS (
  SELECT w.unit_key, w.person_key AS person, w.batch, w.pay_class, w.row_id, w.gross_pay AS gross, w.net_pay AS net,
         w.gross_pay - w.deductions_total - w.net_pay AS gap, COALESCE(w.recovered, 0) AS recovered, COALESCE(w.back_pay, 0) AS back_pay,
         w.pay_month_no, p.period_no
  FROM payroll w CROSS JOIN params p
  WHERE w.unit_key IS NOT NULL AND w.person_key IS NOT NULL AND w.gross_pay IS NOT NULL
    AND w.pay_month_no >= p.period_no - 1 AND w.pay_month_no <= p.period_no
),
-- Half a jiao is rounding; what is recovered may stand inside the deductions or beside them.
differs AS (
  SELECT unit_key, person, 'net_differs' AS ground, gross, net, gap, row_id
  FROM line
  WHERE pay_month_no = period_no AND (gap * 100 > 5 OR gap * 100 < -5)
    AND ((gap - recovered) * 100 > 5 OR (gap - recovered) * 100 < -5)
),
-- A month that comes to nothing has a row of nothing or less.
emptied AS (
  SELECT person FROM line WHERE pay_class = 'in_service' AND net <= 0 GROUP BY person
),
month_net AS (
  SELECT e.person, l.pay_month_no, MIN(l.unit_key) AS unit_key, MIN(l.period_no) AS period_no, SUM(l.gross) AS gross, SUM(l.net) AS net,
         SUM(l.recovered) AS recovered, MIN(l.row_id) AS row_id, CAST(SUM(CASE WHEN l.net IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS unsaid
  FROM emptied e JOIN line l ON l.person = e.person
  WHERE l.pay_class = 'in_service'
  GROUP BY e.person, l.pay_month_no
),
nothing AS (
  SELECT person, CAST(COUNT(*) AS BIGINT) AS months, MAX(CASE WHEN pay_month_no = period_no THEN unit_key END) AS unit_key,
         MAX(CASE WHEN pay_month_no = period_no THEN gross END) AS gross, MAX(CASE WHEN pay_month_no = period_no THEN row_id END) AS row_id
  FROM month_net
  WHERE gross > 0 AND net = 0 AND unsaid = 0 AND recovered = 0
  GROUP BY person
  HAVING CAST(COUNT(*) AS BIGINT) = 2
),
ordinary AS (
  SELECT unit_key, person, gross - back_pay AS gross, net, row_id FROM line
  WHERE pay_month_no = period_no AND pay_class = 'in_service' AND batch = 'regular'
),
size_of AS (
  SELECT CAST(COUNT(*) AS BIGINT) AS everybody FROM ordinary
),
-- Counted by whole thousands first, so that only the highest need be put in order.
band AS (
  SELECT CAST(FLOOR(CAST(gross AS DOUBLE) / 1000.0) AS BIGINT) AS band_no, CAST(COUNT(*) AS BIGINT) AS persons
  FROM ordinary GROUP BY CAST(FLOOR(CAST(gross AS DOUBLE) / 1000.0) AS BIGINT)
),
reached AS (
  SELECT band_no, SUM(persons) OVER (ORDER BY 0 - band_no ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS reached_by FROM band
),
floor_of AS (
  SELECT MAX(b.band_no) AS floor_no
  FROM reached b CROSS JOIN size_of s CROSS JOIN params p
  WHERE b.reached_by * p.one_in > s.everybody
),
ranked AS (
  SELECT o.gross, CAST(ROW_NUMBER() OVER (ORDER BY 0 - o.gross, o.row_id) AS BIGINT) AS rank_no
  FROM ordinary o CROSS JOIN floor_of f
  WHERE CAST(FLOOR(CAST(o.gross AS DOUBLE) / 1000.0) AS BIGINT) >= f.floor_no
),
-- The gross that one in so many reaches.
high AS (
  SELECT MAX(r.gross) AS bound
  FROM ranked r CROSS JOIN size_of s CROSS JOIN params p
  WHERE r.rank_no * p.one_in > s.everybody AND s.everybody >= p.least_rows
),
outlier AS (
  SELECT r.unit_key, r.person, r.gross, r.net, r.gross - h.bound AS gap, r.row_id
  FROM ordinary r CROSS JOIN high h CROSS JOIN params p
  WHERE h.bound IS NOT NULL AND r.gross > h.bound * p.outlier_times
),
found AS (
  SELECT unit_key, person, ground, gross, net, gap, row_id FROM differs
  UNION ALL
  SELECT unit_key, person, 'zero_net' AS ground, gross, gross - gross AS net, gross AS gap, row_id FROM nothing
  UNION ALL
  SELECT unit_key, person, 'outlier' AS ground, gross, net, gap, row_id FROM outlier
)
SELECT MIN(unit_key) AS unit_key, person AS person_key, ground AS object_key, ground, MAX(gross) AS gross, MAX(net) AS net, MAX(gap) AS gap,
       MIN(row_id) AS row__payroll
FROM found
GROUP BY person, ground
