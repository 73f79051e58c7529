/*---
code = "P17"
slug = "no-deductions"
category = "paid_but_absent"
severity = "S3"
since = "0.1.0"
grain = "person"
inputs = ["payroll", "establishment_staff"]
absence_claim = false
name = { zh = "无任何扣缴", en = "no deductions" }
what = { zh = "连续三个月发放在职基本工资,却没有扣缴养老保险、职业年金、住房公积金和个人所得税中的任何一项;不在编制名册的更为可疑。", en = "For three months running in-service base pay goes out with nothing kept back: no pension, no annuity, no housing fund, no tax; graver when the person is on no register." }
mistaken_for = { zh = "新进人员首月未参保;工资表本身没有扣缴列(同单位无人扣缴)不判定;收入低于起征点只是没有个税;退休、编外人员不计。", en = "A newcomer's first months; a payroll without any columns of deductions; income below the tax threshold lacks only the tax; retired and off-quota payees are not counted." }
verify = { zh = "向社保、公积金经办机构核实此人是否参保缴存,核实其真实身份和用工关系。", en = "Ask the pension and housing-fund offices whether the person is enrolled there; check identity and employment." }
message = { zh = "{unit_name}{person_name}连续{months}个月发放基本工资共{amount}元,没有扣缴任何社保、公积金和个税,请核实参保和身份。", en = "{unit_name} paid {person_name} base pay for {months} months running, {amount} yuan, with nothing kept back; check insurance and identity." }
legal_basis = [ { law = "486", article = "§21–25", verified = true } ]
measure = "months"
[columns.months]
type = "integer"
unit = "months"
title = { zh = "无扣缴月数", en = "months without deductions" }
[evidence]
payroll = ["name", "resident_id", "unit_name", "pay_month", "gross_pay", "pension_deduction", "housing_fund", "income_tax", "deductions_total"]
---*/
WITH pay AS (
  SELECT w.person_key AS person, w.unit_key, w.pay_month_no, w.row_id, w.source_file, COALESCE(w.gross_pay, w.net_pay) AS gross,
         COALESCE(w.pension_deduction, 0) + COALESCE(w.annuity_deduction, 0) + COALESCE(w.housing_fund, 0) + COALESCE(w.income_tax, 0) AS kept,
         CASE WHEN COALESCE(w.post_pay, 0) + COALESCE(w.grade_pay, 0) + COALESCE(w.position_pay, 0) + COALESCE(w.rank_pay, 0) > 0
              THEN 1 ELSE 0 END AS has_base, p.period_no
  FROM payroll w CROSS JOIN params p
  WHERE w.person_key IS NOT NULL AND w.unit_key IS NOT NULL AND w.pay_class = 'in_service' AND w.batch = 'regular'
    AND w.pay_month_no > p.period_no - 3 AND w.pay_month_no <= p.period_no
),
-- Payers and months in which something is kept back from anybody.
deducting AS (
  SELECT unit_key AS payer, pay_month_no AS month_no FROM pay WHERE kept > 0 GROUP BY unit_key, pay_month_no
),
everywhere AS (
  SELECT payer FROM deducting GROUP BY payer HAVING CAST(COUNT(*) AS BIGINT) = 3
),
-- Who is paid without any of it at least once; only those are looked at whole.
free_once AS (
  SELECT person FROM pay WHERE kept = 0 GROUP BY person
),
free AS (
  SELECT o.person, MIN(CASE WHEN y.pay_month_no = y.period_no THEN y.unit_key END) AS unit_key, SUM(y.gross) AS amount,
         CAST(COUNT(DISTINCT CASE WHEN y.has_base = 1 THEN y.pay_month_no END) AS BIGINT) AS months,
         MIN(CASE WHEN y.pay_month_no = y.period_no THEN y.row_id END) AS pay_row,
         MIN(CASE WHEN y.pay_month_no < y.period_no THEN y.row_id END) AS earlier_row
  FROM free_once o JOIN pay y ON y.person = o.person
  GROUP BY o.person
  HAVING MAX(y.kept) = 0
),
registered AS (
  SELECT f.person FROM free f JOIN establishment_staff s ON s.person_key = f.person
  UNION
  SELECT f.person FROM free f JOIN rejected_rows x ON x.person_key = f.person WHERE x.table_name = 'establishment_staff'
)
SELECT f.unit_key, f.person AS person_key, CASE WHEN r.person IS NULL THEN 'S2' ELSE 'S3' END AS severity, f.amount, f.months,
       f.pay_row AS row__payroll, f.earlier_row AS row__payroll_2
FROM free f
JOIN everywhere e ON e.payer = f.unit_key
LEFT JOIN registered r ON r.person = f.person
WHERE f.months = 3
