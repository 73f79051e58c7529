/*---
code = "E17"
slug = "failed-appraisals-kept"
category = "paid_but_absent"
severity = "S2"
since = "0.2.0"
grain = "person"
inputs = ["establishment_staff", "appraisals"]
optional_inputs = ["absence_reasons"]
absence_claim = false
name = { zh = "考核应退未退", en = "failed appraisals, kept" }
what = { zh = "连续两个年度考核不称职或不合格,结果确定满六个月仍在编。公务员应予辞退,事业单位人员可解除聘用。", en = "Two years running the appraisal was failed, and six months after the second result the person is still enrolled. Civil servants must be dismissed; the contract of staff of institutions may be ended." }
mistaken_for = { zh = "两次不称职不相连、其后年度已称职、基本称职、不定等次的不判定;患病医疗期、孕产哺乳期内不得辞退(在效病假、产假不判定);考核结果申诉中的以结论为准;事业单位人员为提示。", en = "Failures in years apart, a later year passed, basically competent or undetermined results; illness and maternity bar dismissal (such leave in force is not judged); appeals follow their outcome; for staff of institutions it is information only." }
verify = { zh = "调取两个年度的考核登记表和申诉结论,核对有无不得辞退的情形,依法办理。", en = "Take both years' appraisal forms and any appeal, see whether dismissal is barred, and act as the law says." }
message = { zh = "{unit_name}{person_name}{first_year}、{second_year}年度考核连续不称职(不合格),结果确定已满{months}个月仍在编,请依法辞退或解除聘用。", en = "{person_name} of {unit_name} failed the appraisals of {first_year} and {second_year} and is still enrolled {months} months after the second result; dismiss or end the contract as the law says." }
legal_basis = [
  { law = "公", article = "§88(1)、§89", verified = true },
  { law = "人", article = "§16", verified = true },
]
measure = "months"
[parameters.grace_months]
type = "integer"
default = 6
minimum = 0
doc = { zh = "第二次结果确定后的办理月数", en = "months after the second result for the papers" }
[columns.first_year]
type = "integer"
title = { zh = "首次年度", en = "first year" }
[columns.second_year]
type = "integer"
title = { zh = "第二次年度", en = "second year" }
[columns.months]
type = "integer"
unit = "months"
title = { zh = "月数", en = "months" }
[evidence]
appraisals = ["name", "resident_id", "unit_name", "appraisal_year", "result", "decided_on"]
establishment_staff = ["name", "resident_id", "unit_name", "quota_type", "staff_status"]
---*/
WITH failed AS (
  SELECT a.person_key AS person, a.appraisal_year, MIN(a.row_id) AS row_id,
         -- Without a date the result counts from the end of the next March.
         MAX(COALESCE(a.decided_on_month, a.appraisal_year * 12 + 14)) AS decided_month
  FROM appraisals a
  WHERE a.person_key IS NOT NULL AND a.result = 'incompetent'
  GROUP BY a.person_key, a.appraisal_year
),
passed AS (
  SELECT a.person_key AS person, MAX(a.appraisal_year) AS last_year
  FROM appraisals a
  WHERE a.person_key IS NOT NULL AND a.result IN ('excellent', 'competent', 'basically_competent', 'undetermined')
  GROUP BY a.person_key
),
pair AS (
  SELECT s.person, MAX(s.appraisal_year) AS second_year
  FROM failed s JOIN failed f ON f.person = s.person
  WHERE f.appraisal_year = s.appraisal_year - 1
  GROUP BY s.person
),
due AS (
  SELECT r.person, r.second_year, s.row_id AS second_row, f.row_id AS first_row, p.period_no - s.decided_month AS months
  FROM pair r
  JOIN failed s ON s.person = r.person AND s.appraisal_year = r.second_year
  JOIN failed f ON f.person = r.person
  LEFT JOIN passed o ON o.person = r.person
  CROSS JOIN params p
  WHERE f.appraisal_year = r.second_year - 1 AND COALESCE(o.last_year, 0) < r.second_year
    AND p.period_no - s.decided_month > p.grace_months
),
barred AS (
  SELECT a.person_key AS person
  FROM absence_reasons a CROSS JOIN params p
  WHERE a.person_key IS NOT NULL AND a.reason IN ('sick_leave', 'maternity_leave') AND a.valid_from_day_min <= p.as_of_day
    AND (a.valid_to_day_min IS NULL OR a.valid_to_day_min > p.as_of_day)
  GROUP BY a.person_key
),
enrolled AS (
  SELECT d.person, s.unit_key, MIN(s.row_id) AS staff_row,
         MAX(CASE WHEN s.quota_type IN ('administrative', 'police', 'civil_service_like') THEN 1 ELSE 0 END) AS civil
  FROM due d
  JOIN establishment_staff s ON s.person_key = d.person
  LEFT JOIN barred b ON b.person = d.person
  CROSS JOIN params p
  WHERE b.person IS NULL AND s.unit_key IS NOT NULL AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
  GROUP BY d.person, s.unit_key
)
SELECT e.unit_key, d.person AS person_key, CASE WHEN e.civil = 1 THEN 'S2' ELSE 'S4' END AS severity,
       CAST(d.second_year - 1 AS BIGINT) AS first_year, CAST(d.second_year AS BIGINT) AS second_year,
       CAST(d.months AS BIGINT) AS months,
       d.second_row AS row__appraisals, d.first_row AS row__appraisals_2, e.staff_row AS row__establishment_staff
FROM due d JOIN enrolled e ON e.person = d.person
