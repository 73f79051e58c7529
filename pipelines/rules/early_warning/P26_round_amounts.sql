/*---
code = "P26"
slug = "round-amounts"
category = "early_warning"
severity = "S4"
since = "0.1.0"
grain = "unit"
inputs = ["payroll"]
absence_claim = false
name = { zh = "首位数与整数聚集", en = "first digits and round amounts" }
what = { zh = "单位自主分配的绩效、补发、一次性发放中,整百元的比例过半且高于百分之九十五的单位;或金额的首位数分布明显偏离本福特定律。", en = "Of what a unit may apportion itself (performance pay, back pay, awards), more than half are whole hundreds of yuan, and more than at 95 units in a hundred; or the first digits stray from Benford's law." }
mistaken_for = { zh = "只看自主分配的项目,按表发放的岗位、薪级、级别工资不参与;制度规定为整数档次的绩效、行数太少的单位不判定;只是线索,不是问题。", en = "Only items that are apportioned; table-driven post, grade and rank pay take no part; a scheme that pays in round grades, and units with few rows; it is a hint and no problem by itself." }
verify = { zh = "抽查绩效分配方案、考核结果和分配表,看金额是否由考核得出。", en = "Sample the scheme of distribution, the appraisals and the sheets: do the amounts follow from appraisal?" }
message = { zh = "{unit_name}本月自主分配的{rows_examined}笔金额{ground}(整百元{round_rows}笔),建议抽查分配依据。", en = "Of {rows_examined} amounts that {unit_name} apportioned this month, {ground} ({round_rows} whole hundreds); sample how they were reckoned." }
legal_basis = [ { law = "486", article = "§21–25", verified = true } ]
measure = "round_rows"
[parameters.min_rows]
type = "integer"
default = 20
minimum = 2
doc = { zh = "至少多少笔才看整数聚集", en = "least number of amounts for roundness" }
[parameters.round_percent]
type = "integer"
default = 50
minimum = 1
doc = { zh = "整百元比例超过百分之几才判定", en = "per cent of whole hundreds that must be exceeded" }
[parameters.digit_rows]
type = "integer"
default = 1000
minimum = 2
doc = { zh = "至少多少笔才看首位数", en = "least number of amounts for first digits" }
[parameters.digit_gap]
type = "float"
default = 0.015
minimum = 0.0
doc = { zh = "首位数频率平均绝对偏差超过此值才判定", en = "mean absolute deviation of the digits' shares that must be exceeded" }
[columns.ground]
type = "text"
title = { zh = "认定依据", en = "ground" }
labels = { round = { zh = "整百元聚集", en = "round amounts crowd" }, digits = { zh = "首位数偏离本福特定律", en = "the first digits stray from Benford's law" } }
[columns.rows_examined]
type = "integer"
unit = "rows"
title = { zh = "笔数", en = "amounts" }
[columns.round_rows]
type = "integer"
unit = "rows"
title = { zh = "整百元笔数", en = "whole hundreds" }
[evidence]
payroll = ["name", "unit_name", "pay_month", "batch", "performance_pay", "back_pay", "gross_pay"]
---*/
WITH line AS (
  SELECT w.unit_key, w.row_id, CAST(w.performance_pay * 100 AS BIGINT) AS fen
  FROM payroll w CROSS JOIN params p
  WHERE w.unit_key IS NOT NULL AND w.pay_month_no = p.period_no AND w.pay_class = 'in_service'
    AND w.batch IN ('regular', 'performance') AND w.performance_pay > 0
  UNION ALL
  SELECT w.unit_key, w.row_id, CAST(w.back_pay * 100 AS BIGINT) AS fen
  FROM payroll w CROSS JOIN params p
  WHERE w.unit_key IS NOT NULL AND w.pay_month_no = p.period_no AND w.pay_class = 'in_service'
    AND w.batch IN ('regular', 'performance') AND w.back_pay > 0
  UNION ALL
  SELECT w.unit_key, w.row_id, CAST(w.gross_pay * 100 AS BIGINT) AS fen
  FROM payroll w CROSS JOIN params p
  WHERE w.unit_key IS NOT NULL AND w.pay_month_no = p.period_no AND w.pay_class = 'in_service'
    AND w.batch = 'one_off' AND w.gross_pay > 0
),
-- Scaled so that what stands before the point is the first digit.
scaled AS (
  SELECT unit_key, row_id, fen, CASE WHEN fen % 10000 = 0 THEN 1 ELSE 0 END AS is_round,
         CASE WHEN fen >= 1000000000 THEN fen / 1000000000.0 WHEN fen >= 100000000 THEN fen / 100000000.0
              WHEN fen >= 10000000 THEN fen / 10000000.0 WHEN fen >= 1000000 THEN fen / 1000000.0
              WHEN fen >= 100000 THEN fen / 100000.0 WHEN fen >= 10000 THEN fen / 10000.0
              WHEN fen >= 1000 THEN fen / 1000.0 WHEN fen >= 100 THEN fen / 100.0
              WHEN fen >= 10 THEN fen / 10.0 ELSE fen / 1.0 END AS first_digit
  FROM line
),
counted AS (
  SELECT unit_key, CAST(COUNT(*) AS BIGINT) AS everybody, CAST(SUM(is_round) AS BIGINT) AS round_rows,
         MIN(CASE WHEN is_round = 1 THEN row_id END) AS round_row, MIN(row_id) AS any_row,
         CAST(SUM(CASE WHEN first_digit < 2.0 THEN 1 ELSE 0 END) AS BIGINT) AS d1,
         CAST(SUM(CASE WHEN first_digit >= 2.0 AND first_digit < 3.0 THEN 1 ELSE 0 END) AS BIGINT) AS d2,
         CAST(SUM(CASE WHEN first_digit >= 3.0 AND first_digit < 4.0 THEN 1 ELSE 0 END) AS BIGINT) AS d3,
         CAST(SUM(CASE WHEN first_digit >= 4.0 AND first_digit < 5.0 THEN 1 ELSE 0 END) AS BIGINT) AS d4,
         CAST(SUM(CASE WHEN first_digit >= 5.0 AND first_digit < 6.0 THEN 1 ELSE 0 END) AS BIGINT) AS d5,
         CAST(SUM(CASE WHEN first_digit >= 6.0 AND first_digit < 7.0 THEN 1 ELSE 0 END) AS BIGINT) AS d6,
         CAST(SUM(CASE WHEN first_digit >= 7.0 AND first_digit < 8.0 THEN 1 ELSE 0 END) AS BIGINT) AS d7,
         CAST(SUM(CASE WHEN first_digit >= 8.0 AND first_digit < 9.0 THEN 1 ELSE 0 END) AS BIGINT) AS d8,
         CAST(SUM(CASE WHEN first_digit >= 9.0 THEN 1 ELSE 0 END) AS BIGINT) AS d9
  FROM scaled GROUP BY unit_key
),
-- Units by their share of round amounts, the highest first.
ranked AS (
  SELECT c.unit_key, CAST(ROW_NUMBER() OVER (ORDER BY 0.0 - c.round_rows * 1.0 / c.everybody, c.unit_key) AS BIGINT) AS rank_no
  FROM counted c CROSS JOIN params p
  WHERE c.everybody >= p.min_rows
),
size_of AS (
  SELECT CAST(COUNT(*) AS BIGINT) AS units_seen FROM ranked
),
gap_of AS (
  SELECT unit_key, (ABS(d1 * 1.0 / everybody - 0.30103) + ABS(d2 * 1.0 / everybody - 0.17609) + ABS(d3 * 1.0 / everybody - 0.12494)
          + ABS(d4 * 1.0 / everybody - 0.09691) + ABS(d5 * 1.0 / everybody - 0.07918) + ABS(d6 * 1.0 / everybody - 0.06695)
          + ABS(d7 * 1.0 / everybody - 0.05799) + ABS(d8 * 1.0 / everybody - 0.05115) + ABS(d9 * 1.0 / everybody - 0.04576)) / 9.0 AS gap
  FROM counted
),
found AS (
  SELECT c.unit_key, 'round' AS ground, c.everybody, c.round_rows, c.round_row AS shown_row
  FROM counted c JOIN ranked r ON r.unit_key = c.unit_key CROSS JOIN size_of s CROSS JOIN params p
  WHERE c.round_rows * 100 > c.everybody * p.round_percent AND (r.rank_no - 1) * 20 < s.units_seen
  UNION ALL
  SELECT c.unit_key, 'digits' AS ground, c.everybody, c.round_rows, c.any_row AS shown_row
  FROM counted c JOIN gap_of g ON g.unit_key = c.unit_key CROSS JOIN params p
  WHERE c.everybody >= p.digit_rows AND g.gap > p.digit_gap
)
SELECT unit_key, ground AS object_key, ground, everybody AS rows_examined, round_rows, shown_row AS row__payroll
FROM found
