/*---
code = "P27"
slug = "insured-not-employed"
category = "paid_but_absent"
severity = "S2"
since = "0.1.0"
grain = "person"
inputs = ["social_insurance", "establishment_staff", "payroll"]
optional_inputs = ["off_quota_staff"]
absence_claim = true
name = { zh = "挂名参保", en = "insured, not employed" }
what = { zh = "单位连续三个月为某人缴纳社会保险,但三个月里此人既不在任何编制名册在编,也没有任何单位给他发工资。", en = "A unit has paid insurance for three months running for somebody who in those months is on no register and on no payroll." }
mistaken_for = { zh = "编外合同、劳务派遣人员已列入编外名册的不判定;离开单位未满三个月的停保滞后不判定;工资由别的单位发放的不判定;名册、工资表中被退回的行和近似人选可能就是此人;补缴以前月份须核对所属期。", en = "Whoever stands on the off-quota list, left less than three months ago, or is paid by any unit is not judged; a row set aside or a near miss may be the person; for arrears check which months they are for." }
verify = { zh = "核对参保增员申报人、劳动或聘用关系证明和缴费资金来源,到单位核实是否有人在岗。", en = "Check who enrolled the person, the contract, where the contributions come from, and whether anybody is at work." }
message = { zh = "{unit_name}已连续{months}个月为{person_name}缴纳社会保险,编制名册和工资表中均无此人,请核实用工关系。", en = "{unit_name} has insured {person_name} for {months} months running, who is on no register and no payroll; check whether the person is employed at all." }
legal_basis = [ { law = "饷6", article = "挂名参保情形", verified = false } ]
measure = "months"
[parameters.max_rival]
type = "float"
default = 0.05
minimum = 0.0
doc = { zh = "次优匹配概率低于此值才判定", en = "the nearest candidate on the register must be less probable than this" }
[columns.months]
type = "integer"
unit = "months"
title = { zh = "参保月数", en = "months insured" }
[evidence]
social_insurance = ["name", "resident_id", "employer_name", "insured_month", "base"]
establishment_staff = ["name", "resident_id", "unit_name", "staff_status", "exit_date"]
---*/
WITH insured AS (
  SELECT i.person_key AS person, i.unit_key, MAX(COALESCE(i.person_rival, 0.0)) AS rival,
         CAST(COUNT(DISTINCT i.insured_month_no) AS BIGINT) AS months, MAX(i.row_id) AS last_row, MIN(i.row_id) AS first_row
  FROM social_insurance i CROSS JOIN params p
  WHERE i.person_key IS NOT NULL AND i.unit_key IS NOT NULL
    AND i.insured_month_no > p.period_no - 3 AND i.insured_month_no <= p.period_no
  GROUP BY i.person_key, i.unit_key
  HAVING CAST(COUNT(DISTINCT i.insured_month_no) AS BIGINT) = 3
),
-- Units that are on the payroll at all; a self-funded unit may pay outside it.
payer AS (
  SELECT w.unit_key FROM payroll w WHERE w.unit_key IS NOT NULL GROUP BY w.unit_key
),
accounted AS (
  SELECT i.person FROM insured i JOIN payroll w ON w.person_key = i.person
  UNION
  -- Enrolled at some time in the three months.
  SELECT i.person
  FROM insured i JOIN establishment_staff s ON s.person_key = i.person CROSS JOIN params p
  WHERE (s.staff_status IN ('on_post', 'off_post') OR s.exit_date_month IS NULL
         OR s.exit_date_month + CASE WHEN s.exit_date_precision = 'year' THEN 11 ELSE 0 END > p.period_no - 3)
  UNION
  SELECT o.person_key AS person
  FROM off_quota_staff o CROSS JOIN params p
  WHERE o.person_key IS NOT NULL AND (o.valid_to_day_max IS NULL OR o.valid_to_day_max >= p.period_first_day)
  UNION
  SELECT r.person_key AS person FROM rejected_rows r
  WHERE r.person_key IS NOT NULL AND r.table_name IN ('establishment_staff', 'payroll')
),
left_before AS (
  SELECT i.person, MAX(s.row_id) AS staff_row
  FROM insured i JOIN establishment_staff s ON s.person_key = i.person
  GROUP BY i.person
)
SELECT i.unit_key, i.person AS person_key, i.months,
       i.last_row AS row__social_insurance, i.first_row AS row__social_insurance_2, l.staff_row AS row__establishment_staff
FROM insured i
JOIN payer y ON y.unit_key = i.unit_key
LEFT JOIN accounted a ON a.person = i.person
LEFT JOIN left_before l ON l.person = i.person
CROSS JOIN params p
WHERE a.person IS NULL AND i.rival < p.max_rival
