/*---
code = "T06"
slug = "gap-person"
category = "early_warning"
severity = "S3"
since = "0.2.0"
grain = "person"
inputs = ["payroll"]
optional_inputs = ["absence_reasons", "establishment_staff", "hr_staff"]
past = { payroll = 8 }
absence_claim = true
name = { zh = "停发后又发", en = "gone from the payroll and back" }
what = { zh = "人员曾按月领取在职工资,中断一至六个月后本月又在同一单位领取,期间没有离岗事由、调动或入编记录。", en = "A person was paid in service, was not for one to six months, and is paid again by the same unit this month, without a reason, a move or an entry in between." }
mistaken_for = { zh = "产假、病假、停薪留职等有登记事由的不计;期间重新入编、离编的不计;当月补发中断月份工资属迟发,不计;中断期间该单位整体未送工资数据的不计。", en = "Maternity, sick and unpaid leave on record, entries and exits in the gap, back pay for it in the month of return, and units without any payroll in the gap are not counted." }
verify = { zh = "核对中断期间的考勤、请假审批和工资停发、恢复审批。", en = "Compare attendance, leave approvals and the documents that stopped and resumed the pay." }
message = { zh = "{unit_name}{person_name}{last_paid}后停发工资{gap_months}个月,{period}恢复发放,期间无登记事由。", en = "{person_name} at {unit_name} was last paid in {last_paid}, missed {gap_months} months and is paid again in {period}, without a reason on record." }
legal_basis = [ { law = "饷6" } ]
[parameters.most_months]
type = "integer"
default = 6
minimum = 1
doc = { zh = "中断超过此月数视为重新入职", en = "a longer gap is a new engagement" }
[columns.last_paid]
type = "text"
title = { zh = "中断前最后发放月", en = "last month paid before the gap" }
[columns.gap_months]
type = "integer"
unit = "months"
title = { zh = "中断月数", en = "months missed" }
[evidence]
payroll = ["name", "resident_id", "unit_name", "pay_month", "pay_class", "batch", "gross_pay"]
payroll_past = ["name", "resident_id", "unit_name", "pay_month", "pay_class", "batch", "gross_pay"]
---*/
-- Months of pay that are known, from this run and from earlier ones.
WITH pay AS (
  SELECT w.person_key AS person, w.unit_key, w.pay_month, w.pay_month_no, w.row_id, CAST(NULL AS BIGINT) AS past_row
  FROM payroll w CROSS JOIN params p
  WHERE w.unit_key IS NOT NULL AND w.person_key IS NOT NULL AND w.pay_class = 'in_service' AND w.batch = 'regular'
    AND COALESCE(w.gross_pay, w.net_pay) > 0 AND w.pay_month_no <= p.period_no
  UNION ALL
  SELECT w.person_key AS person, w.unit_key, w.pay_month, w.pay_month_no, CAST(NULL AS BIGINT) AS row_id, w.past_row_id AS past_row
  FROM payroll_past w CROSS JOIN params p
  WHERE w.unit_key IS NOT NULL AND w.person_key IS NOT NULL AND w.pay_class = 'in_service' AND w.batch = 'regular'
    AND COALESCE(w.gross_pay, w.net_pay) > 0 AND w.period_no >= p.period_no - 8
    AND w.pay_month_no < p.period_no AND w.pay_month_no >= p.period_no - 8
),
now_paid AS (
  SELECT y.person, y.unit_key, MIN(y.row_id) AS row_id, MAX(p.period_no) AS period_no
  FROM pay y CROSS JOIN params p WHERE y.pay_month_no = p.period_no
  GROUP BY y.person, y.unit_key
),
-- Paid anywhere before this month, and when last; by this unit, and when last.
before_any AS (
  SELECT y.person, MAX(y.pay_month_no) AS last_no
  FROM pay y CROSS JOIN params p WHERE y.pay_month_no < p.period_no
  GROUP BY y.person
),
before_here AS (
  SELECT y.person, y.unit_key, MAX(y.pay_month_no) AS last_no
  FROM pay y CROSS JOIN params p WHERE y.pay_month_no < p.period_no
  GROUP BY y.person, y.unit_key
),
gap AS (
  SELECT n.person, n.unit_key, n.row_id, h.last_no, n.period_no - h.last_no - 1 AS gap_months, n.period_no
  FROM now_paid n
  JOIN before_here h ON h.person = n.person AND h.unit_key = n.unit_key
  JOIN before_any a ON a.person = n.person
  CROSS JOIN params p
  WHERE a.last_no = h.last_no AND h.last_no < p.period_no - 1 AND p.period_no - h.last_no - 1 <= p.most_months
),
-- The unit's payroll was there in every month of the gap.
unit_month AS (
  SELECT y.unit_key, y.pay_month_no FROM pay y GROUP BY y.unit_key, y.pay_month_no
),
covered AS (
  SELECT g.person, g.unit_key, CAST(COUNT(*) AS BIGINT) AS months
  FROM gap g JOIN unit_month m ON m.unit_key = g.unit_key
  WHERE m.pay_month_no > g.last_no AND m.pay_month_no < g.period_no
  GROUP BY g.person, g.unit_key
),
-- Late pay is no gap.
made_good AS (
  SELECT w.person_key AS person FROM payroll w CROSS JOIN params p
  WHERE w.person_key IS NOT NULL AND w.batch = 'back_pay' AND w.pay_month_no = p.period_no
  GROUP BY w.person_key
),
-- A lawful reason that touches the gap.
excused AS (
  SELECT g.person
  FROM gap g JOIN absence_reasons r ON r.person_key = g.person
  WHERE (r.valid_from_month IS NULL OR r.valid_from_month < g.period_no)
    AND (r.valid_to_month IS NULL OR r.valid_to_month > g.last_no)
  GROUP BY g.person
),
-- The register or HR has a move, an entry or an exit in the gap, or somebody away now.
moved AS (
  SELECT g.person
  FROM gap g JOIN establishment_staff s ON s.person_key = g.person
  WHERE (s.entry_date_month >= g.last_no AND s.entry_date_month <= g.period_no)
     OR (s.exit_date_month >= g.last_no AND s.exit_date_month <= g.period_no)
  GROUP BY g.person
  UNION
  SELECT g.person
  FROM gap g JOIN hr_staff h ON h.person_key = g.person
  WHERE h.hr_status = 'unpaid_leave'
     OR (h.entered_on_month >= g.last_no AND h.entered_on_month <= g.period_no)
     OR (h.left_on_month >= g.last_no AND h.left_on_month <= g.period_no)
  GROUP BY g.person
),
last_row AS (
  SELECT g.person, MIN(y.pay_month) AS last_paid, MIN(y.row_id) AS row_id, MAX(y.past_row) AS past_row
  FROM gap g JOIN pay y ON y.person = g.person AND y.unit_key = g.unit_key AND y.pay_month_no = g.last_no
  GROUP BY g.person
)
SELECT g.unit_key, g.person AS person_key, l.last_paid, CAST(g.gap_months AS BIGINT) AS gap_months,
       g.row_id AS row__payroll, l.row_id AS row__payroll_2, l.past_row AS row__payroll_past
FROM gap g
JOIN covered c ON c.person = g.person AND c.unit_key = g.unit_key
JOIN last_row l ON l.person = g.person
LEFT JOIN excused x ON x.person = g.person
LEFT JOIN moved v ON v.person = g.person
LEFT JOIN made_good b ON b.person = g.person
WHERE c.months = g.gap_months AND x.person IS NULL AND v.person IS NULL AND b.person IS NULL
