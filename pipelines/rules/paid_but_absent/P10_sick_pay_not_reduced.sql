/*---
code = "P10"
slug = "sick-pay-not-reduced"
category = "paid_but_absent"
severity = "S2"
since = "0.1.0"
grain = "person"
inputs = ["payroll", "absence_reasons", "establishment_staff"]
past = { payroll = 12 }
absence_claim = false
name = { zh = "病假工资未调整", en = "sick pay not reduced" }
what = { zh = "病假第三个月起(工龄不满十年发百分之九十)、第七个月起(不满十年百分之七十,满十年百分之八十),基本工资仍高于规定比例。", en = "From the third month of sick leave (90 per cent with under ten years of work) and the seventh (70 per cent, or 80 with ten years), base pay is above the rate." }
mistaken_for = { zh = "病假两个月以内发全额;满十年的第六个月以前发全额;产假、工伤不是病假;劳模等有特殊待遇的须核对文件;“本人工资”口径各地不同,以基本工资比较并留两个百分点;工龄不明的按满十年计;病假前没有工资数据的不判定。", en = "Two months are paid in full, six with ten years of work; maternity and injury at work are no sick leave; model workers keep their pay; what counts as own pay differs locally, so base pay is compared, with two points of tolerance; unknown service counts as ten years; without pay data from before nothing is judged." }
verify = { zh = "核对病假审批的起止时间、参加工作时间和工资变动审批,按规定比例计算应扣回金额。", en = "Check the dates of the leave, the start of work and the approval of the change of pay; compute what is to be taken back." }
message = { zh = "{unit_name}{person_name}病假已第{nth_month}个月,基本工资应不高于病前的{limit_percent}%,本月仍发{base_now}元(病前{base_before}元),请按规定调整。", en = "{person_name} of {unit_name} is in month {nth_month} of sick leave; base pay may be {limit_percent}% of what it was at most, yet {base_now} yuan was paid ({base_before} before); reduce it as the rules say." }
legal_basis = [ { law = "病52", article = "第1–3条", verified = true } ]
measure = "nth_month"
[parameters.tolerance]
type = "integer"
default = 2
minimum = 0
doc = { zh = "容差百分点", en = "points of tolerance" }
[columns.nth_month]
type = "integer"
unit = "months"
title = { zh = "病假第几个月", en = "month of the sick leave" }
[columns.limit_percent]
type = "integer"
title = { zh = "规定比例(百分比)", en = "rate by the rules, per cent" }
[columns.base_now]
type = "money"
unit = "yuan"
title = { zh = "本月基本工资", en = "base pay this month" }
[columns.base_before]
type = "money"
unit = "yuan"
title = { zh = "病前基本工资", en = "base pay before" }
[evidence]
absence_reasons = ["name", "resident_id", "unit_name", "reason", "valid_from", "valid_to", "document_no"]
establishment_staff = ["name", "resident_id", "unit_name", "work_start_date"]
payroll = ["name", "resident_id", "unit_name", "pay_month", "post_pay", "grade_pay", "position_pay", "rank_pay", "gross_pay"]
---*/
WITH leave AS (
  SELECT a.person_key AS person, MAX(a.valid_from_month) AS since, MAX(a.row_id) AS leave_row
  FROM absence_reasons a CROSS JOIN params p
  WHERE a.person_key IS NOT NULL AND a.reason = 'sick_leave' AND a.valid_from_month IS NOT NULL AND a.valid_from_precision <> 'year'
    AND a.valid_from_day_max <= p.as_of_day
    AND (a.valid_to_day_min IS NULL OR a.valid_to_day_min > p.as_of_day)
  GROUP BY a.person_key
),
-- The earliest start of work that any row has; unknown counts as long ago.
service AS (
  SELECT s.person_key AS person, MIN(s.work_start_date_month) AS started, MIN(s.row_id) AS staff_row
  FROM establishment_staff s WHERE s.person_key IS NOT NULL AND s.work_start_date_month IS NOT NULL
  GROUP BY s.person_key
),
judged AS (
  SELECT l.person, l.since, l.leave_row, s.staff_row, p.period_no, p.tolerance, p.period_no - l.since + 1 AS nth_month,
         CASE WHEN s.started IS NULL OR p.period_no - s.started >= 120 THEN 1 ELSE 0 END AS long_service
  FROM leave l LEFT JOIN service s ON s.person = l.person CROSS JOIN params p
),
bound AS (
  SELECT person, since, leave_row, staff_row, period_no, tolerance, nth_month,
         CASE WHEN nth_month < 3 THEN 100
              WHEN nth_month < 7 AND long_service = 1 THEN 100
              WHEN nth_month < 7 THEN 90
              WHEN long_service = 1 THEN 80
              ELSE 70 END AS limit_percent
  FROM judged
),
suspect AS (
  SELECT person FROM bound WHERE limit_percent < 100 GROUP BY person
),
said AS (
  SELECT w.person_key AS person, w.pay_month_no AS month_no, 0 AS source_no,
         COALESCE(w.post_pay, 0) + COALESCE(w.grade_pay, 0) + COALESCE(w.position_pay, 0) + COALESCE(w.rank_pay, 0) AS base
  FROM suspect x JOIN payroll w ON w.person_key = x.person CROSS JOIN params p
  WHERE w.pay_class = 'in_service' AND w.batch = 'regular'
    AND w.pay_month_no > p.period_no - 3 AND w.pay_month_no <= p.period_no
  UNION ALL
  SELECT w.person_key AS person, w.pay_month_no AS month_no, 1 AS source_no,
         COALESCE(w.post_pay, 0) + COALESCE(w.grade_pay, 0) + COALESCE(w.position_pay, 0) + COALESCE(w.rank_pay, 0) AS base
  FROM suspect x JOIN payroll_past w ON w.person_key = x.person CROSS JOIN params p
  WHERE w.pay_class = 'in_service' AND w.batch = 'regular' AND w.pay_month_no = w.period_no
    AND w.period_no >= p.period_no - 12 AND w.period_no < p.period_no
),
by_source AS (
  SELECT person, month_no, source_no, SUM(base) AS base FROM said GROUP BY person, month_no, source_no
),
month_pay AS (
  SELECT person, month_no, MAX(base) AS base FROM by_source GROUP BY person, month_no
),
-- The second month of the leave is still paid in full.
before AS (
  SELECT b.person, MAX(m.month_no) AS month_before
  FROM bound b JOIN month_pay m ON m.person = b.person
  WHERE m.month_no <= b.since + 1 AND m.base > 0
  GROUP BY b.person
),
paid_now AS (
  SELECT w.person_key AS person, MIN(w.unit_key) AS unit_key, MIN(w.row_id) AS pay_row
  FROM payroll w CROSS JOIN params p
  WHERE w.person_key IS NOT NULL AND w.unit_key IS NOT NULL AND w.pay_class = 'in_service' AND w.batch = 'regular'
    AND w.pay_month_no = p.period_no
  GROUP BY w.person_key
)
SELECT y.unit_key, b.person AS person_key,
       b.nth_month, b.limit_percent, n.base AS base_now, f.base AS base_before,
       b.leave_row AS row__absence_reasons, b.staff_row AS row__establishment_staff, y.pay_row AS row__payroll
FROM bound b
JOIN before v ON v.person = b.person
JOIN month_pay f ON f.person = v.person AND f.month_no = v.month_before
JOIN month_pay n ON n.person = b.person AND n.month_no = b.period_no
JOIN paid_now y ON y.person = b.person
WHERE b.limit_percent < 100 AND n.base * 100 > f.base * (b.limit_percent + b.tolerance)
