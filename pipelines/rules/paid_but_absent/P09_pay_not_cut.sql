/*---
code = "P09"
slug = "pay-not-cut"
category = "paid_but_absent"
severity = "S1"
since = "0.1.0"
grain = "person"
inputs = ["payroll", "discipline"]
past = { payroll = 12 }
absence_claim = false
name = { zh = "应停未停、应降未降", en = "pay not stopped or cut" }
what = { zh = "留置、羁押、判刑生效次月之后,应发工资仍达到此前的百分之九十五;降级、撤职生效次月之后,基本工资没有降低。", en = "Later than the month after a detention or sentence took effect, gross pay is still 95 per cent of what it was; or after a demotion base pay is no lower." }
mistaken_for = { zh = "生效当月和次月属处理时间;留置期间工资按当地规定执行,须核对文件;申诉改判、解除留置后恢复发放的不算;补发不计;此前月份没有工资数据的不判定;开除后领薪由离职后领薪(P03)判定。", en = "The month it takes effect and the next are time to act; pay in detention follows local rules, so check them; a successful appeal or release restores pay; back pay is not counted; without pay data from before nothing is judged; pay after dismissal is a case of pay after leaving (P03)." }
verify = { zh = "调取处分或留置决定、工资变动审批表,核对应停发、降低的项目和起始月份,计算应追回金额。", en = "Take the decision and the approval of the change of pay; check what was to be stopped or lowered and from when; compute what is to be recovered." }
message = { zh = "{person_name}自{effective_on}起{measure_kind},{unit_name}本月仍发放{gross}元(此前为{gross_before}元),请按规定停发或降低并追回。", en = "{person_name} is under {measure_kind} since {effective_on}; {unit_name} still paid {gross} yuan this month ({gross_before} before); stop or cut pay as the rules say, and recover." }
legal_basis = [
  { law = "饷65", article = "情形5", verified = true },
  { law = "政", article = "§54", verified = true },
]
[parameters.percent]
type = "integer"
default = 95
minimum = 1
doc = { zh = "应发达到此前百分之几视为未降", en = "per cent of the former gross from which pay counts as not cut" }
[columns.measure_kind]
type = "text"
title = { zh = "处理种类", en = "measure" }
labels = { detention = { zh = "被留置或羁押", en = "detention" }, sentence = { zh = "被判处刑罚", en = "sentence" }, demotion = { zh = "受降级或撤职处分", en = "demotion" } }
[columns.effective_on]
type = "date"
title = { zh = "生效日期", en = "effective on" }
[columns.gross]
type = "money"
unit = "yuan"
title = { zh = "本月应发(降级为基本工资)", en = "gross this month (base pay for a demotion)" }
[columns.gross_before]
type = "money"
unit = "yuan"
title = { zh = "此前应发(降级为基本工资)", en = "gross before (base pay for a demotion)" }
[columns.month_before]
type = "integer"
title = { zh = "此前月份月序", en = "the month before, 12 × year + month − 1" }
[evidence]
discipline = ["name", "resident_id", "unit_name", "measure", "effective_on", "ends_on", "document_no"]
payroll = ["name", "resident_id", "unit_name", "pay_month", "pay_class", "batch", "gross_pay", "back_pay"]
---*/
WITH event AS (
  SELECT d.person_key AS person, d.measure, MAX(d.effective_on) AS effective_on, MAX(d.row_id) AS event_row,
         -- A year alone counts to its end.
         MAX(d.effective_on_month + CASE WHEN d.effective_on_precision = 'year' THEN 11 ELSE 0 END) AS month_no
  FROM discipline d CROSS JOIN params p
  WHERE d.person_key IS NOT NULL AND d.measure IN ('detention', 'sentence', 'demotion') AND d.effective_on_month IS NOT NULL
    AND (d.ends_on_day_max IS NULL OR d.ends_on_day_max > p.as_of_day)
  GROUP BY d.person_key, d.measure
),
judged AS (
  SELECT e.person, e.measure, e.effective_on, e.event_row, e.month_no, p.period_no, p.percent
  FROM event e CROSS JOIN params p
  WHERE e.month_no + 1 < p.period_no
),
suspect AS (
  SELECT person FROM judged GROUP BY person
),
-- Months of pay, from this period's extracts and from those published before.
said AS (
  SELECT w.person_key AS person, w.pay_month_no AS month_no, 0 AS source_no,
         COALESCE(w.gross_pay, w.net_pay) - COALESCE(w.back_pay, 0) AS gross,
         COALESCE(w.post_pay, 0) + COALESCE(w.grade_pay, 0) + COALESCE(w.position_pay, 0) + COALESCE(w.rank_pay, 0) AS base
  FROM suspect x JOIN payroll w ON w.person_key = x.person CROSS JOIN params p
  WHERE w.pay_class = 'in_service' AND w.batch = 'regular'
    AND w.pay_month_no > p.period_no - 3 AND w.pay_month_no <= p.period_no
  UNION ALL
  SELECT w.person_key AS person, w.pay_month_no AS month_no, 1 AS source_no,
         COALESCE(w.gross_pay, w.net_pay) - COALESCE(w.back_pay, 0) AS gross,
         COALESCE(w.post_pay, 0) + COALESCE(w.grade_pay, 0) + COALESCE(w.position_pay, 0) + COALESCE(w.rank_pay, 0) AS base
  FROM suspect x JOIN payroll_past w ON w.person_key = x.person CROSS JOIN params p
  WHERE w.pay_class = 'in_service' AND w.batch = 'regular' AND w.pay_month_no = w.period_no
    AND w.period_no >= p.period_no - 12 AND w.period_no < p.period_no
),
by_source AS (
  SELECT person, month_no, source_no, SUM(gross) AS gross, SUM(base) AS base FROM said GROUP BY person, month_no, source_no
),
month_pay AS (
  SELECT person, month_no, MAX(gross) AS gross, MAX(base) AS base FROM by_source GROUP BY person, month_no
),
-- The last month not yet touched by the measure.
before AS (
  SELECT j.person, j.measure, MAX(m.month_no) AS month_before
  FROM judged j JOIN month_pay m ON m.person = j.person
  WHERE m.month_no <= j.month_no AND m.gross > 0
  GROUP BY j.person, j.measure
),
compared AS (
  SELECT j.person, j.measure, j.effective_on, j.event_row, j.percent, b.month_before, j.period_no,
         f.gross AS gross_then, f.base AS base_then, n.gross AS gross_now, n.base AS base_now
  FROM judged j
  JOIN before b ON b.person = j.person AND b.measure = j.measure
  JOIN month_pay f ON f.person = b.person AND f.month_no = b.month_before
  JOIN month_pay n ON n.person = j.person AND n.month_no = j.period_no
),
paid_now AS (
  SELECT w.person_key AS person, MIN(w.unit_key) AS unit_key, MIN(w.row_id) AS pay_row
  FROM payroll w CROSS JOIN params p
  WHERE w.person_key IS NOT NULL AND w.unit_key IS NOT NULL AND w.pay_class = 'in_service' AND w.batch = 'regular'
    AND w.pay_month_no = p.period_no
  GROUP BY w.person_key
)
SELECT y.unit_key, c.person AS person_key, c.measure AS object_key,
       CASE WHEN c.measure = 'demotion' THEN NULL ELSE c.gross_now END AS amount,
       c.measure AS measure_kind, c.effective_on,
       CASE WHEN c.measure = 'demotion' THEN c.base_now ELSE c.gross_now END AS gross,
       CASE WHEN c.measure = 'demotion' THEN c.base_then ELSE c.gross_then END AS gross_before,
       c.month_before, c.event_row AS row__discipline, y.pay_row AS row__payroll
FROM compared c JOIN paid_now y ON y.person = c.person
WHERE (c.measure <> 'demotion' AND c.gross_now > 0 AND c.gross_now * 100 >= c.gross_then * c.percent)
   OR (c.measure = 'demotion' AND c.base_then > 0 AND c.base_now >= c.base_then)
