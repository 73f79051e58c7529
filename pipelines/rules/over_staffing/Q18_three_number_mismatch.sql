/*---
code = "Q18"
slug = "three-number-mismatch"
category = "over_staffing"
severity = "S2"
since = "0.1.0"
grain = "unit"
inputs = ["establishment_units", "establishment_staff", "payroll"]
optional_inputs = ["absence_reasons"]
absence_claim = false
name = { zh = "三数不符", en = "three-number mismatch" }
what = { zh = "财政供养单位本月统发在职人数与上月末在编人数之差,超过在途增减和容差所能解释的范围。", en = "The persons a publicly funded unit pays in service this month and its staff at the end of last month differ by more than entries and exits in transit and the tolerance explain." }
mistaken_for = { zh = "自收自支单位不统发,不判定;由中心校、核算中心集中发放的,被代发单位不判定,代发的人不算入发放单位;近三个月增减在途、停薪留职、离岗创业已扣除;被退回的行按人放宽。", en = "Self-funded units are skipped; where another unit pays for all of a unit's staff, the unit is not judged and those persons do not burden the payer; entries and exits of three months, unpaid and start-up leave are allowed for, and so are rows set aside." }
verify = { zh = "逐人比对:SELECT DISTINCT person_key, name FROM payroll WHERE pay_month = '月份' AND unit_key = '单位主键' AND pay_class = 'in_service' AND batch = 'regular',与该单位在编名册两边互查,列出有薪无编、有编无薪人员。", en = "Compare person by person: SELECT DISTINCT person_key, name FROM payroll WHERE pay_month = 'MONTH' AND unit_key = 'UNIT' AND pay_class = 'in_service' AND batch = 'regular', against the unit's register, both ways." }
message = { zh = "{unit_name}本月统发在职{paid}人,上月末在编{enrolled}人,相差{difference}人,超出可解释的{explained}人,请逐人核对。", en = "{unit_name} pays {paid} in service against {enrolled} on the register at the end of last month: {difference} apart where {explained} can be explained; compare person by person." }
legal_basis = [
  { law = "486", article = "§6", verified = true },
  { law = "饷65", article = "虚报编制或人数套取财政资金", verified = false },
]
measure = "difference"
[parameters.tolerance]
type = "integer"
default = 2
minimum = 0
doc = { zh = "容差人数", en = "persons tolerated" }
[parameters.s1_from]
type = "integer"
default = 2
minimum = 0
doc = { zh = "发放人数多出且超过可解释范围多于此数为S1", en = "S1 when more than this many are paid beyond what can be explained" }
[columns.paid]
type = "integer"
unit = "persons"
title = { zh = "统发在职人数", en = "paid in service" }
[columns.enrolled]
type = "integer"
unit = "persons"
title = { zh = "上月末在编人数", en = "on the register at the end of last month" }
[columns.difference]
type = "integer"
unit = "persons"
title = { zh = "相差人数", en = "difference" }
[columns.explained]
type = "integer"
unit = "persons"
title = { zh = "可解释人数", en = "can be explained" }
[evidence]
establishment_units = ["unit_name", "funding", "unit_status", "quota_total"]
payroll = ["pay_month", "unit_name", "name", "resident_id", "pay_class", "batch", "gross_pay"]
establishment_staff = ["name", "resident_id", "staff_status", "entry_date", "exit_date"]
---*/
WITH unit AS (
  SELECT unit_key, MIN(row_id) AS unit_row
  FROM establishment_units
  WHERE unit_key IS NOT NULL AND unit_status = 'active'
    AND (funding IN ('full', 'partial') OR (funding IS NULL AND nature IN ('organ', 'mass')))
  GROUP BY unit_key
),
paid_person AS (
  SELECT w.unit_key, w.person_key, MIN(w.row_id) AS row_id
  FROM payroll w CROSS JOIN params p
  WHERE w.unit_key IS NOT NULL AND w.person_key IS NOT NULL
    AND w.pay_month_no = p.period_no AND w.pay_class = 'in_service' AND w.batch = 'regular'
  GROUP BY w.unit_key, w.person_key
),
enrolled_person AS (
  SELECT s.unit_key, s.person_key, MIN(s.row_id) AS row_id
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.person_key IS NOT NULL
    AND (s.staff_status IN ('on_post', 'off_post') OR s.exit_date_day_min >= p.period_first_day)
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max < p.period_first_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min >= p.period_first_day)
  GROUP BY s.unit_key, s.person_key
),
-- The register beside its own unit's pay.
beside AS (
  SELECT e.unit_key, e.person_key, e.row_id, w.row_id AS pay_row
  FROM enrolled_person e LEFT JOIN paid_person w ON w.person_key = e.person_key AND w.unit_key = e.unit_key
),
-- A unit none of whose staff it pays itself is paid for by another.
self_paying AS (
  SELECT unit_key, CAST(COUNT(*) AS BIGINT) AS own FROM beside WHERE pay_row IS NOT NULL GROUP BY unit_key
),
paid_unenrolled AS (
  SELECT w.unit_key, w.person_key, w.row_id
  FROM paid_person w LEFT JOIN beside b ON b.pay_row = w.row_id
  WHERE b.pay_row IS NULL
),
-- Paid for another unit that pays nobody itself.
paid_elsewhere AS (
  SELECT w.row_id
  FROM paid_unenrolled w
  JOIN enrolled_person e ON e.person_key = w.person_key
  LEFT JOIN self_paying f ON f.unit_key = e.unit_key
  WHERE f.unit_key IS NULL
  GROUP BY w.row_id
),
surplus AS (
  SELECT w.unit_key, CAST(COUNT(*) AS BIGINT) AS persons, MIN(w.person_key) AS sample
  FROM paid_unenrolled w LEFT JOIN paid_elsewhere x ON x.row_id = w.row_id
  WHERE x.row_id IS NULL
  GROUP BY w.unit_key
),
on_leave AS (
  SELECT a.person_key
  FROM absence_reasons a CROSS JOIN params p
  WHERE a.person_key IS NOT NULL AND a.reason IN ('unpaid_leave', 'startup_leave', 'collective_payment')
    AND (a.valid_from_day_min IS NULL OR a.valid_from_day_min <= p.as_of_day)
    AND (a.valid_to_day_min IS NULL OR a.valid_to_day_min > p.period_first_day)
  GROUP BY a.person_key
),
enrolled_unpaid AS (
  SELECT unit_key, person_key, row_id FROM beside WHERE pay_row IS NULL
),
shortfall AS (
  SELECT e.unit_key,
         CAST(SUM(CASE WHEN l.person_key IS NULL THEN 0 ELSE 1 END) AS BIGINT) AS on_leave,
         MIN(CASE WHEN l.person_key IS NULL THEN e.person_key END) AS sample
  FROM enrolled_unpaid e LEFT JOIN on_leave l ON l.person_key = e.person_key
  GROUP BY e.unit_key
),
enrolled_count AS (
  SELECT unit_key, CAST(COUNT(*) AS BIGINT) AS persons FROM enrolled_person GROUP BY unit_key
),
-- Pay follows the register by a month or two; who came or went this month stands on one side only.
transit AS (
  SELECT s.unit_key,
         CAST(SUM(CASE WHEN s.exit_date_month > p.period_no - 3 AND s.exit_date_month <= p.period_no THEN 1 ELSE 0 END) AS BIGINT) AS gone,
         CAST(SUM(CASE WHEN s.exit_date_month = p.period_no THEN 1 ELSE 0 END) AS BIGINT) AS gone_now,
         CAST(SUM(CASE WHEN s.entry_date_month > p.period_no - 3 AND s.entry_date_month <= p.period_no THEN 1 ELSE 0 END) AS BIGINT) AS come,
         CAST(SUM(CASE WHEN s.entry_date_month = p.period_no THEN 1 ELSE 0 END) AS BIGINT) AS come_now
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND (s.exit_date_month > p.period_no - 3 OR s.entry_date_month > p.period_no - 3)
  GROUP BY s.unit_key
),
set_aside AS (
  SELECT unit_key,
         CAST(SUM(CASE WHEN table_name = 'payroll' THEN 1 ELSE 0 END) AS BIGINT) AS pay_rows,
         CAST(SUM(CASE WHEN table_name = 'establishment_staff' THEN 1 ELSE 0 END) AS BIGINT) AS staff_rows
  FROM rejected_rows
  WHERE unit_key IS NOT NULL AND table_name IN ('payroll', 'establishment_staff')
  GROUP BY unit_key
),
compared AS (
  SELECT u.unit_key, u.unit_row, n.persons AS enrolled, f.own + COALESCE(a.persons, 0) AS paid,
         p.tolerance + COALESCE(t.gone, 0) + COALESCE(t.come_now, 0) + COALESCE(r.staff_rows, 0) AS surplus_explained,
         p.tolerance + COALESCE(t.come, 0) + COALESCE(t.gone_now, 0) + COALESCE(r.pay_rows, 0) + COALESCE(b.on_leave, 0) AS shortfall_explained,
         a.sample AS pay_sample, b.sample AS staff_sample, p.s1_from
  FROM unit u
  JOIN enrolled_count n ON n.unit_key = u.unit_key
  JOIN self_paying f ON f.unit_key = u.unit_key
  LEFT JOIN surplus a ON a.unit_key = u.unit_key
  LEFT JOIN shortfall b ON b.unit_key = u.unit_key
  LEFT JOIN transit t ON t.unit_key = u.unit_key
  LEFT JOIN set_aside r ON r.unit_key = u.unit_key
  CROSS JOIN params p
),
found AS (
  SELECT unit_key, unit_row, enrolled, paid, surplus_explained, shortfall_explained, s1_from,
         CASE WHEN paid > enrolled THEN pay_sample END AS pay_sample,
         CASE WHEN paid > enrolled THEN NULL ELSE staff_sample END AS staff_sample
  FROM compared
  WHERE paid - enrolled > surplus_explained OR enrolled - paid > shortfall_explained
)
SELECT f.unit_key,
       CASE WHEN f.paid - f.enrolled - f.surplus_explained > f.s1_from THEN 'S1' ELSE 'S2' END AS severity,
       f.paid, f.enrolled,
       CASE WHEN f.paid > f.enrolled THEN f.paid - f.enrolled ELSE f.enrolled - f.paid END AS difference,
       CASE WHEN f.paid > f.enrolled THEN f.surplus_explained ELSE f.shortfall_explained END AS explained,
       f.unit_row AS row__establishment_units,
       w.row_id AS row__payroll, e.row_id AS row__establishment_staff
FROM found f
-- One person of the longer side stands as evidence.
LEFT JOIN paid_person w ON w.unit_key = f.unit_key AND w.person_key = f.pay_sample
LEFT JOIN enrolled_person e ON e.unit_key = f.unit_key AND e.person_key = f.staff_sample
