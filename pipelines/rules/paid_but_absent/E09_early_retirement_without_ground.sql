/*---
code = "E09"
slug = "early-retirement-without-ground"
category = "paid_but_absent"
severity = "S3"
since = "0.2.0"
grain = "person"
inputs = ["establishment_staff", "hr_staff", "retirement_approvals"]
absence_claim = true
name = { zh = "提前退休无据", en = "early retirement without a ground" }
what = { zh = "退休月份早于可以选择的最早月份(弹性提前不超过三年且不低于原法定年龄),没有病退、特殊工种或公务员提前退休审批。", en = "A person retired before the earliest month that may be chosen (at most three years early and not below the original age), with no approval for illness, hazardous work or long service." }
mistaken_for = { zh = "弹性提前退休在三年以内且不低于原年龄的合法;病退、特殊工种、公务员满三十年工龄提前退休有审批的不判定;改革前退休按原年龄;女性岗位类别不明的按原五十岁;出生不一致的按较早出生;内退不是退休。", en = "Retirement by choice up to three years early and not below the original age; approved illness, hazardous work or thirty years of service; before the reform the old ages count; a woman whose post is unknown may have had 50; where births disagree the earlier counts; internal retirement is none." }
verify = { zh = "调取退休审批表,核对出生、岗位、工龄和提前退休依据,没有依据的按规定纠正并追回待遇。", en = "Take the retirement approval, compare birth, post, years of service and ground; without one correct it and recover what was paid." }
message = { zh = "{unit_name}{person_name}于{retired_on}退休,按{track}早于最早可退休月份{months}个月,未见提前退休审批,请核实。", en = "{person_name} of {unit_name} retired on {retired_on}, {months} months before the earliest month allowed ({track}), with no approval on record; check." }
legal_basis = [
  { law = "退休", article = "弹性提前退休", verified = true },
  { law = "公", article = "§93", verified = true },
]
measure = "months"
[parameters.lookback_months]
type = "integer"
default = 24
minimum = 1
doc = { zh = "回看多少个月内的退休", en = "months looked back for retirements" }
[columns.retired_on]
type = "date"
title = { zh = "退休时间", en = "retired on" }
[columns.track]
type = "text"
title = { zh = "退休年龄类别", en = "track" }
labels = { sixty = { zh = "原六十岁", en = "original age 60" }, fifty_five = { zh = "女干部原五十五岁", en = "women, original age 55" }, fifty = { zh = "女工人原五十岁", en = "women workers, original age 50" } }
[columns.months]
type = "integer"
unit = "months"
title = { zh = "提前月数", en = "months too early" }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "sex", "birth_date", "quota_type", "staff_status", "exit_date", "exit_reason"]
hr_staff = ["name", "resident_id", "unit_name", "hr_status", "retired_on", "staff_class"]
---*/
WITH hr AS (
  SELECT h.person_key AS person,
         MAX(CASE WHEN h.hr_status = 'retired' THEN h.retired_on END) AS retired_on,
         -- A year alone counts to its end.
         MAX(CASE WHEN h.hr_status = 'retired'
                  THEN h.retired_on_month + CASE WHEN h.retired_on_precision = 'year' THEN 11 ELSE 0 END END) AS month_no,
         MIN(CASE WHEN h.staff_class IN ('management', 'technical', 'civil_servant') THEN 1 ELSE 0 END) AS cadre_post,
         MAX(CASE WHEN h.hr_status = 'retired' THEN h.row_id END) AS hr_row
  FROM hr_staff h
  WHERE h.person_key IS NOT NULL
  GROUP BY h.person_key
),
enrolment AS (
  SELECT s.person_key AS person, s.unit_key, s.row_id, s.birth_month_min, s.exit_date,
         CASE WHEN s.sex = 'male' AND COALESCE(s.sex_agreement, 'unknown') <> 'differs' THEN 1 ELSE 0 END AS man,
         CASE WHEN s.exit_reason = 'retirement' OR s.staff_status = 'retired'
              THEN s.exit_date_month + CASE WHEN s.exit_date_precision = 'year' THEN 11 ELSE 0 END END AS month_no,
         CASE WHEN s.exit_reason = 'retirement' OR s.staff_status = 'retired' THEN 0 - COALESCE(s.exit_date_month, 0) ELSE 0 END AS recency
  FROM establishment_staff s
  WHERE s.person_key IS NOT NULL AND s.unit_key IS NOT NULL AND s.birth_month_min IS NOT NULL
),
by_register AS (
  SELECT e.person, MIN(e.birth_month_min) AS birth, MIN(e.man) AS man, MAX(e.month_no) AS month_no,
         MAX(CASE WHEN e.month_no IS NOT NULL THEN e.exit_date END) AS retired_on
  FROM enrolment e GROUP BY e.person
),
retiree AS (
  SELECT r.person, r.birth, COALESCE(h.month_no, r.month_no) AS month_no, COALESCE(h.retired_on, r.retired_on) AS retired_on, h.hr_row,
         CASE WHEN r.man = 1 THEN 'sixty' WHEN COALESCE(h.cadre_post, 0) = 1 THEN 'fifty_five' ELSE 'fifty' END AS track
  FROM by_register r LEFT JOIN hr h ON h.person = r.person
  WHERE h.month_no IS NOT NULL OR r.month_no IS NOT NULL
),
counted AS (
  SELECT r.person, r.month_no, r.retired_on, r.hr_row, r.track, r.birth,
         CASE WHEN r.track = 'sixty' THEN r.birth - 23580 WHEN r.track = 'fifty_five' THEN r.birth - 23640 ELSE r.birth - 23700 END AS k
  FROM retiree r CROSS JOIN params p
  WHERE r.month_no <= p.period_no AND r.month_no > p.period_no - p.lookback_months
),
aged AS (
  SELECT person, month_no, retired_on, hr_row, track,
         birth + CASE WHEN track = 'sixty' THEN 720 WHEN track = 'fifty_five' THEN 660 ELSE 600 END AS original_month,
         CASE WHEN k < 0 THEN 0
              WHEN track = 'fifty' AND k >= 118 THEN 60
              WHEN track = 'fifty' THEN CAST(FLOOR(k * 0.5) AS BIGINT) + 1
              WHEN k >= 140 THEN 36
              ELSE CAST(FLOOR(k * 0.25) AS BIGINT) + 1 END AS delay
  FROM counted
),
-- Three years before the statutory month, and never below the original age; before 2025 (month 24300) the original age alone.
earliest AS (
  SELECT person, month_no, retired_on, hr_row, track,
         CASE WHEN month_no >= 24300 AND delay > 36 THEN original_month + delay - 36 ELSE original_month END AS first_month
  FROM aged
),
approved AS (
  SELECT a.person_key AS person
  FROM retirement_approvals a
  WHERE a.person_key IS NOT NULL AND a.approval_kind IN ('early_service', 'illness', 'hazardous')
  UNION
  SELECT x.person_key AS person FROM rejected_rows x WHERE x.table_name = 'retirement_approvals' AND x.person_key IS NOT NULL
),
early AS (
  SELECT e.person, e.retired_on, e.hr_row, e.track, e.first_month - e.month_no AS months
  FROM earliest e LEFT JOIN approved a ON a.person = e.person
  WHERE a.person IS NULL AND e.month_no < e.first_month
),
placed AS (
  SELECT e.person, n.unit_key, n.row_id,
         CAST(ROW_NUMBER() OVER (PARTITION BY e.person ORDER BY n.recency, n.unit_key, n.row_id) AS BIGINT) AS rank_no
  FROM early e JOIN enrolment n ON n.person = e.person
)
SELECT l.unit_key, e.person AS person_key, e.retired_on, e.track, CAST(e.months AS BIGINT) AS months,
       l.row_id AS row__establishment_staff, e.hr_row AS row__hr_staff
FROM early e JOIN placed l ON l.person = e.person
WHERE l.rank_no = 1
