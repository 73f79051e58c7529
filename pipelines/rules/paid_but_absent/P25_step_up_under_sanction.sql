/*---
code = "P25"
slug = "step-up-under-sanction"
category = "paid_but_absent"
severity = "S2"
since = "0.1.0"
grain = "person"
inputs = ["payroll", "discipline"]
past = { payroll = 12 }
absence_claim = false
name = { zh = "处分期内晋升工资档次", en = "step-up under sanction" }
what = { zh = "记过以上处分期内,级别工资或薪级工资比处分生效后的水平提高,且不是同单位统一调标。", en = "While a demerit or graver sanction is in force, rank pay or salary-grade pay rose above what it was when it took effect, and not by a general adjustment." }
mistaken_for = { zh = "统一调整工资标准(同单位过半人员同期提高)不是晋档;警告处分期内可以晋升档次;处分期满、提前解除后晋档正常;纠正历史错误须附文件。", en = "A general adjustment (more than half of the payer's staff rose in the same time) is no step-up; a warning does not bar one; after the sanction ends it is right; the correction of an old mistake needs its document." }
verify = { zh = "核对处分决定的期间、工资晋级审批表和同单位人员同期变动,确认是否晋档并纠正。", en = "Check the term of the sanction, the approval of the step and what others of the unit got at that time; undo the step if it is one." }
message = { zh = "{person_name}{effective_on}受处分、处分期未满,{unit_name}发放的级别或薪级工资由{grade_before}元提高到{grade_now}元,请核对晋级依据。", en = "{person_name} has been under a sanction since {effective_on}; the rank or grade pay from {unit_name} rose from {grade_before} to {grade_now} yuan; check why." }
legal_basis = [
  { law = "公", article = "§64", verified = true },
  { law = "政", article = "§19", verified = true },
]
[columns.effective_on]
type = "date"
title = { zh = "生效日期", en = "effective on" }
[columns.grade_now]
type = "money"
unit = "yuan"
title = { zh = "本月级别或薪级工资", en = "rank or grade pay this month" }
[columns.grade_before]
type = "money"
unit = "yuan"
title = { zh = "处分生效后级别或薪级工资", en = "rank or grade pay when the sanction took effect" }
[evidence]
discipline = ["name", "resident_id", "unit_name", "measure", "effective_on", "ends_on", "document_no"]
payroll = ["name", "resident_id", "unit_name", "pay_month", "grade_pay", "rank_pay", "gross_pay"]
---*/
WITH sanction AS (
  SELECT d.person_key AS person, MAX(d.effective_on) AS effective_on, MAX(d.effective_on_month) AS since, MAX(d.row_id) AS sanction_row
  FROM discipline d CROSS JOIN params p
  WHERE d.person_key IS NOT NULL AND d.measure IN ('demerit', 'demotion') AND d.effective_on_month IS NOT NULL
    AND d.effective_on_precision <> 'year' AND d.effective_on_day_max <= p.as_of_day
    -- Without an end of its own a demerit runs for twelve months, a demotion for twenty-four.
    AND (d.ends_on_day_max >= p.as_of_day
      OR (d.ends_on_day_max IS NULL AND d.effective_on_month + CASE WHEN d.measure = 'demerit' THEN 12 ELSE 24 END > p.period_no))
  GROUP BY d.person_key
),
said AS (
  SELECT w.person_key AS person, w.unit_key, w.pay_month_no AS month_no, 0 AS source_no,
         COALESCE(w.grade_pay, 0) + COALESCE(w.rank_pay, 0) AS grade
  FROM sanction s JOIN payroll w ON w.person_key = s.person CROSS JOIN params p
  WHERE w.person_key IS NOT NULL AND w.unit_key IS NOT NULL AND w.pay_class = 'in_service' AND w.batch = 'regular'
    AND w.pay_month_no > p.period_no - 3 AND w.pay_month_no <= p.period_no
  UNION ALL
  SELECT w.person_key AS person, w.unit_key, w.pay_month_no AS month_no, 1 AS source_no,
         COALESCE(w.grade_pay, 0) + COALESCE(w.rank_pay, 0) AS grade
  FROM sanction s JOIN payroll_past w ON w.person_key = s.person CROSS JOIN params p
  WHERE w.person_key IS NOT NULL AND w.unit_key IS NOT NULL AND w.pay_class = 'in_service' AND w.batch = 'regular'
    AND w.pay_month_no = w.period_no AND w.period_no >= p.period_no - 12 AND w.period_no < p.period_no
),
by_source AS (
  SELECT person, unit_key, month_no, source_no, SUM(grade) AS grade FROM said GROUP BY person, unit_key, month_no, source_no
),
month_pay AS (
  SELECT person, unit_key, month_no, MAX(grade) AS grade FROM by_source GROUP BY person, unit_key, month_no
),
-- The first month known in which the sanction stood.
start AS (
  SELECT s.person, m.unit_key, MIN(m.month_no) AS start_no
  FROM sanction s JOIN month_pay m ON m.person = s.person
  WHERE m.month_no >= s.since AND m.grade > 0
  GROUP BY s.person, m.unit_key
),
risen AS (
  SELECT t.person, t.unit_key, t.start_no, f.grade AS grade_before, n.grade AS grade_now
  FROM start t
  JOIN month_pay f ON f.person = t.person AND f.unit_key = t.unit_key AND f.month_no = t.start_no
  JOIN month_pay n ON n.person = t.person AND n.unit_key = t.unit_key
  CROSS JOIN params p
  WHERE n.month_no = p.period_no AND n.grade > f.grade
),
-- What the payer's other staff got in the same time.
span AS (
  SELECT unit_key, start_no FROM risen GROUP BY unit_key, start_no
),
span_unit AS (
  SELECT unit_key FROM span GROUP BY unit_key
),
peer_said AS (
  SELECT w.person_key AS person, w.unit_key, w.pay_month_no AS month_no, 0 AS source_no,
         COALESCE(w.grade_pay, 0) + COALESCE(w.rank_pay, 0) AS grade
  FROM span_unit x JOIN payroll w ON w.unit_key = x.unit_key CROSS JOIN params p
  WHERE w.person_key IS NOT NULL AND w.unit_key IS NOT NULL AND w.pay_class = 'in_service' AND w.batch = 'regular'
    AND w.pay_month_no > p.period_no - 3 AND w.pay_month_no <= p.period_no
  UNION ALL
  SELECT w.person_key AS person, w.unit_key, w.pay_month_no AS month_no, 1 AS source_no,
         COALESCE(w.grade_pay, 0) + COALESCE(w.rank_pay, 0) AS grade
  FROM span_unit x JOIN payroll_past w ON w.unit_key = x.unit_key CROSS JOIN params p
  WHERE w.person_key IS NOT NULL AND w.unit_key IS NOT NULL AND w.pay_class = 'in_service' AND w.batch = 'regular'
    AND w.pay_month_no = w.period_no AND w.period_no >= p.period_no - 12 AND w.period_no < p.period_no
),
peer_by_source AS (
  SELECT person, unit_key, month_no, source_no, SUM(grade) AS grade FROM peer_said GROUP BY person, unit_key, month_no, source_no
),
peer_pay AS (
  SELECT person, unit_key, month_no, MAX(grade) AS grade FROM peer_by_source GROUP BY person, unit_key, month_no
),
peer AS (
  SELECT x.unit_key, x.start_no, f.person, CASE WHEN n.grade > f.grade THEN 1 ELSE 0 END AS rose
  FROM span x
  JOIN peer_pay f ON f.unit_key = x.unit_key AND f.month_no = x.start_no
  JOIN peer_pay n ON n.person = f.person AND n.unit_key = f.unit_key
  CROSS JOIN params p
  WHERE n.month_no = p.period_no
),
general AS (
  SELECT unit_key, start_no
  FROM peer GROUP BY unit_key, start_no
  HAVING CAST(SUM(rose) AS BIGINT) * 2 > CAST(COUNT(*) AS BIGINT) AND CAST(COUNT(*) AS BIGINT) > 1
),
paid_now AS (
  SELECT r.person, r.unit_key, MIN(w.row_id) AS pay_row
  FROM risen r JOIN payroll w ON w.person_key = r.person AND w.unit_key = r.unit_key CROSS JOIN params p
  WHERE w.pay_class = 'in_service' AND w.batch = 'regular' AND w.pay_month_no = p.period_no
  GROUP BY r.person, r.unit_key
)
SELECT MIN(r.unit_key) AS unit_key, r.person AS person_key, MAX(r.grade_now - r.grade_before) AS amount,
       MAX(s.effective_on) AS effective_on, MAX(r.grade_now) AS grade_now, MAX(r.grade_before) AS grade_before,
       MIN(s.sanction_row) AS row__discipline, MIN(y.pay_row) AS row__payroll
FROM risen r
JOIN sanction s ON s.person = r.person
JOIN paid_now y ON y.person = r.person AND y.unit_key = r.unit_key
LEFT JOIN general g ON g.unit_key = r.unit_key AND g.start_no = r.start_no
WHERE g.unit_key IS NULL
GROUP BY r.person
