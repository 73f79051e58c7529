/*---
code = "P11"
slug = "payer-differs"
category = "paid_but_absent"
severity = "S3"
since = "0.1.0"
grain = "person"
inputs = ["payroll", "establishment_staff"]
optional_inputs = ["establishment_units", "absence_reasons"]
absence_claim = false
name = { zh = "发放单位与编制单位不一致", en = "paid by another unit" }
what = { zh = "在编人员本月和上月的在职工资由编制所在单位以外的单位发放,本单位没有发放。", en = "In this month and the last, another unit than the one whose register has the person pays in service, and that one does not." }
mistaken_for = { zh = "核算中心、中心校集中发放(该单位过半在编人员由同一单位发放)不判定;主管部门代发不判定;借调、挂职、驻村和登记的集中发放在效期内不判定;调动不满两个月不判定;两处同时发薪由重复领薪(P04)判定。", en = "Collective pay by an accounting centre (it pays more than half of the unit's staff), by the superior department, secondment and the like in force, and a move of less than two months are not judged; pay from both is a case of two payers (P04)." }
verify = { zh = "核对实际工作单位、借调手续和代发协议,确认是否混岗、混编或应当转移工资关系。", en = "Check where the person works, the secondment papers and any agreement of payment; settle whether posts are mixed or the pay is to be moved." }
message = { zh = "{person_name}编制在{unit_name},近三个月有{months}个月由{payer_name}发放工资,本月{amount}元,请核实工作单位和代发依据。", en = "{person_name} is on the register of {unit_name} but was paid by {payer_name} in {months} of three months, {amount} yuan this month; check where the person works and why that unit pays." }
legal_basis = [ { law = "486", article = "§15", verified = true } ]
measure = "months"
[columns.payer_key]
type = "text"
title = { zh = "发放单位主键", en = "key of the payer" }
[columns.payer_name]
type = "text"
title = { zh = "发放单位", en = "payer" }
[columns.months]
type = "integer"
unit = "months"
title = { zh = "由他单位发放月数", en = "months paid by the other unit" }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "staff_status", "entry_date"]
payroll = ["name", "resident_id", "unit_name", "pay_month", "pay_class", "batch", "gross_pay"]
---*/
WITH enrolled AS (
  SELECT s.person_key AS person, MIN(s.unit_key) AS home, MIN(s.row_id) AS staff_row, MAX(COALESCE(s.entry_date_month, 0)) AS since
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.person_key IS NOT NULL AND s.unit_key IS NOT NULL AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
  GROUP BY s.person_key
  HAVING MIN(s.unit_key) = MAX(s.unit_key)
),
pay AS (
  SELECT e.person, e.home, w.unit_key AS payer, w.pay_month_no, w.row_id, COALESCE(w.gross_pay, w.net_pay) AS gross,
         p.period_no, e.since
  FROM enrolled e JOIN payroll w ON w.person_key = e.person CROSS JOIN params p
  WHERE w.unit_key IS NOT NULL AND w.pay_class = 'in_service' AND w.batch = 'regular'
    AND w.pay_month_no > p.period_no - 3 AND w.pay_month_no <= p.period_no
    AND COALESCE(w.gross_pay, w.net_pay) > 0
),
away AS (
  SELECT person, home, payer, CAST(COUNT(DISTINCT pay_month_no) AS BIGINT) AS months,
         SUM(CASE WHEN pay_month_no = period_no THEN gross END) AS amount,
         MIN(CASE WHEN pay_month_no = period_no THEN row_id END) AS pay_row,
         MIN(CASE WHEN pay_month_no = period_no - 1 THEN row_id END) AS earlier_row
  FROM pay
  WHERE payer <> home AND since < period_no - 1
  GROUP BY person, home, payer
),
away_home AS (
  SELECT home FROM away GROUP BY home
),
-- How many of a unit's staff each payer pays this month: the lion's share is an arrangement.
crowd AS (
  SELECT h.home, y.payer, CAST(COUNT(DISTINCT y.person) AS BIGINT) AS paid
  FROM away_home h JOIN pay y ON y.home = h.home WHERE y.pay_month_no = y.period_no GROUP BY h.home, y.payer
),
everybody AS (
  SELECT h.home, CAST(COUNT(DISTINCT y.person) AS BIGINT) AS paid
  FROM away_home h JOIN pay y ON y.home = h.home WHERE y.pay_month_no = y.period_no GROUP BY h.home
),
arrangement AS (
  SELECT c.home, c.payer FROM crowd c JOIN everybody e ON e.home = c.home WHERE c.paid * 2 > e.paid
),
superior AS (
  SELECT u.unit_key AS home, MIN(n.unit_key) AS payer
  FROM establishment_units u JOIN units n ON n.unit_name_folded = u.superior_name_folded
  WHERE u.unit_key IS NOT NULL AND u.superior_name_folded IS NOT NULL
  GROUP BY u.unit_key
),
at_home AS (
  SELECT b.person FROM away b JOIN pay y ON y.person = b.person
  WHERE y.payer = y.home AND y.pay_month_no = y.period_no GROUP BY b.person
),
reason AS (
  SELECT a.person_key AS person
  FROM absence_reasons a CROSS JOIN params p
  WHERE a.person_key IS NOT NULL
    AND a.reason IN ('secondment', 'temporary_post', 'village_post', 'aid', 'task_force', 'collective_payment')
    AND (a.valid_from_day_min IS NULL OR a.valid_from_day_min <= p.as_of_day)
    AND (a.valid_to_day_min IS NULL OR a.valid_to_day_min > p.period_first_day)
  GROUP BY a.person_key
),
named AS (
  SELECT unit_key AS payer, MIN(unit_name) AS payer_name FROM units GROUP BY unit_key
),
rows_of AS (
  SELECT person AS holder, staff_row FROM enrolled
)
SELECT y.home AS unit_key, y.person AS person_key, y.payer AS object_key, y.amount, y.payer AS payer_key, n.payer_name, y.months,
       o.staff_row AS row__establishment_staff, y.pay_row AS row__payroll, y.earlier_row AS row__payroll_2
FROM away y
JOIN rows_of o ON o.holder = y.person
LEFT JOIN named n ON n.payer = y.payer
LEFT JOIN arrangement a ON a.home = y.home AND a.payer = y.payer
LEFT JOIN superior s ON s.home = y.home AND s.payer = y.payer
LEFT JOIN at_home h ON h.person = y.person
LEFT JOIN reason r ON r.person = y.person
WHERE y.pay_row IS NOT NULL AND y.earlier_row IS NOT NULL
  AND a.payer IS NULL AND s.payer IS NULL AND h.person IS NULL AND r.person IS NULL
