/*---
code = "P14"
slug = "pay-spike"
category = "paid_but_absent"
severity = "S3"
since = "0.1.0"
grain = "person"
inputs = ["payroll"]
past = { payroll = 6 }
absence_claim = false
name = { zh = "工资异常波动", en = "pay spike" }
what = { zh = "本月经常性工资偏离本人此前六个月中位数,超过中位数的百分之三十,也超过离散程度的四倍。", en = "Recurring pay this month lies further from the person's own median of six months than 30 per cent of it, and than four times its usual spread." }
mistaken_for = { zh = "年终一次性奖金、补发不计;统一调标(同单位过半人员同月变动)不判定;不足三个月历史的不判定;晋级、离岗、停薪造成的变动须核对手续。", en = "Awards and back pay are not counted; a general adjustment (more than half of the payer's staff moved in that month) is not judged; nor is anybody with less than three months of history; for a promotion or leave check the papers." }
verify = { zh = "核对本月各工资项目与上月的差异和变动审批表。", en = "Compare this month's items with last month's, and look for the approval of the change." }
message = { zh = "{unit_name}{person_name}本月经常性工资{recurring}元,本人近月中位数{median}元,相差{amount}元,请核对变动依据。", en = "Recurring pay of {person_name} at {unit_name} is {recurring} yuan this month, the person's own median {median}, {amount} yuan apart; check why." }
legal_basis = [ { law = "486", article = "§21–25", verified = true } ]
[parameters.min_months]
type = "integer"
default = 3
minimum = 2
doc = { zh = "至少要有几个月的历史", en = "least number of months of history" }
[parameters.percent]
type = "integer"
default = 30
minimum = 1
doc = { zh = "偏离中位数的百分比下限", en = "least deviation, per cent of the median" }
[parameters.spreads]
type = "float"
default = 5.9304
minimum = 0.0
doc = { zh = "偏离绝对中位差的倍数下限(4×1.4826)", en = "least deviation in median absolute deviations (4 × 1.4826)" }
[columns.recurring]
type = "float"
unit = "yuan"
title = { zh = "本月经常性工资", en = "recurring pay this month" }
[columns.median]
type = "float"
unit = "yuan"
title = { zh = "此前中位数", en = "median before" }
[evidence]
payroll = ["name", "resident_id", "unit_name", "pay_month", "batch", "post_pay", "grade_pay", "position_pay", "rank_pay", "performance_pay", "allowances", "back_pay", "gross_pay"]
---*/
WITH said AS (
  SELECT w.person_key AS person, w.unit_key, w.pay_month_no AS month_no, 0 AS source_no,
         COALESCE(w.gross_pay, w.net_pay) - COALESCE(w.back_pay, 0) AS recurring
  FROM payroll w CROSS JOIN params p
  WHERE w.person_key IS NOT NULL AND w.unit_key IS NOT NULL AND w.pay_class = 'in_service' AND w.batch IN ('regular', 'performance')
    AND w.pay_month_no > p.period_no - 3 AND w.pay_month_no <= p.period_no
  UNION ALL
  SELECT w.person_key AS person, w.unit_key, w.pay_month_no AS month_no, 1 AS source_no,
         COALESCE(w.gross_pay, w.net_pay) - COALESCE(w.back_pay, 0) AS recurring
  FROM payroll_past w CROSS JOIN params p
  WHERE w.person_key IS NOT NULL AND w.unit_key IS NOT NULL AND w.pay_class = 'in_service' AND w.batch IN ('regular', 'performance')
    AND w.pay_month_no = w.period_no AND w.period_no >= p.period_no - 6 AND w.period_no < p.period_no
),
by_source AS (
  SELECT person, unit_key, month_no, source_no, SUM(recurring) AS recurring FROM said GROUP BY person, unit_key, month_no, source_no
),
month_pay AS (
  SELECT person, unit_key, month_no, CAST(MAX(recurring) AS DOUBLE) AS recurring FROM by_source GROUP BY person, unit_key, month_no
),
past_pay AS (
  SELECT m.person, m.unit_key, m.month_no, m.recurring
  FROM month_pay m CROSS JOIN params p WHERE m.month_no < p.period_no AND m.recurring > 0.0
),
this_month AS (
  SELECT m.person, m.unit_key, m.recurring FROM month_pay m CROSS JOIN params p WHERE m.month_no = p.period_no
),
-- The middle lies between the least and the most: whoever is near both is no suspect, and the middle need not be found.
reach AS (
  SELECT h.person, h.unit_key, CAST(COUNT(*) AS BIGINT) AS months, MIN(h.recurring) AS least, MAX(h.recurring) AS most
  FROM past_pay h GROUP BY h.person, h.unit_key
),
suspect AS (
  SELECT t.person, t.unit_key, t.recurring, r.months
  FROM this_month t JOIN reach r ON r.person = t.person AND r.unit_key = t.unit_key CROSS JOIN params p
  WHERE r.months >= p.min_months
    AND (t.recurring * 100.0 > r.least * (100.0 + p.percent) - r.most * 0.001
      OR t.recurring * 100.0 < r.most * (100.0 - p.percent) + r.most * 0.001
      OR t.recurring * 100.0 < r.least * (100.0 - p.percent) + r.most * 0.001)
),
history AS (
  SELECT s.person, s.unit_key, h.month_no, h.recurring, s.months
  FROM suspect s JOIN past_pay h ON h.person = s.person AND h.unit_key = s.unit_key
),
ranked AS (
  SELECT person, unit_key, recurring, month_no, months,
         CAST(ROW_NUMBER() OVER (PARTITION BY person, unit_key ORDER BY recurring, month_no) AS BIGINT) AS rank_no
  FROM history
),
-- The middle one, or the mean of the two in the middle.
middle AS (
  SELECT r.person, r.unit_key, AVG(r.recurring) AS median
  FROM ranked r
  WHERE r.rank_no * 2 >= r.months AND r.rank_no * 2 <= r.months + 2
  GROUP BY r.person, r.unit_key
),
off AS (
  SELECT h.person, h.unit_key, h.month_no, h.months, ABS(h.recurring - m.median) AS deviation
  FROM history h JOIN middle m ON m.person = h.person AND m.unit_key = h.unit_key
),
off_ranked AS (
  SELECT person, unit_key, deviation, months,
         CAST(ROW_NUMBER() OVER (PARTITION BY person, unit_key ORDER BY deviation, month_no) AS BIGINT) AS rank_no
  FROM off
),
spread AS (
  SELECT r.person, r.unit_key, AVG(r.deviation) AS mad
  FROM off_ranked r
  WHERE r.rank_no * 2 >= r.months AND r.rank_no * 2 <= r.months + 2
  GROUP BY r.person, r.unit_key
),
last_month AS (
  SELECT m.person, m.unit_key, m.recurring AS was FROM month_pay m CROSS JOIN params p WHERE m.month_no = p.period_no - 1
),
-- A month in which most of a payer's staff moved by more than a twentieth.
moves AS (
  SELECT t.unit_key AS payer, CAST(COUNT(*) AS BIGINT) AS everybody,
         CAST(SUM(CASE WHEN ABS(t.recurring - l.was) > l.was * 0.05 THEN 1 ELSE 0 END) AS BIGINT) AS moved
  FROM this_month t JOIN last_month l ON l.person = t.person AND l.unit_key = t.unit_key
  GROUP BY t.unit_key
),
general AS (
  SELECT payer FROM moves WHERE moved * 2 > everybody AND moved > 1
),
found AS (
  SELECT t.person, t.unit_key, t.recurring, m.median, ABS(t.recurring - m.median) AS deviation
  FROM suspect t
  JOIN middle m ON m.person = t.person AND m.unit_key = t.unit_key
  JOIN spread s ON s.person = t.person AND s.unit_key = t.unit_key
  LEFT JOIN general g ON g.payer = t.unit_key
  CROSS JOIN params p
  WHERE g.payer IS NULL
    AND ABS(t.recurring - m.median) * 100.0 > m.median * p.percent
    AND ABS(t.recurring - m.median) > s.mad * p.spreads
),
shown AS (
  SELECT f.person AS who, f.unit_key AS payer, MIN(w.row_id) AS pay_row
  FROM found f JOIN payroll w ON w.person_key = f.person AND w.unit_key = f.unit_key CROSS JOIN params p
  WHERE w.pay_month_no = p.period_no AND w.pay_class = 'in_service' AND w.batch IN ('regular', 'performance')
  GROUP BY f.person, f.unit_key
)
SELECT f.unit_key, f.person AS person_key, f.unit_key AS object_key, CAST(f.deviation AS DECIMAL(18, 2)) AS amount, f.recurring, f.median,
       s.pay_row AS row__payroll
FROM found f JOIN shown s ON s.who = f.person AND s.payer = f.unit_key
