/*---
code = "P20"
slug = "dead-unit-pays"
category = "paid_but_absent"
severity = "S1"
since = "0.1.0"
grain = "unit"
inputs = ["payroll", "establishment_units"]
optional_inputs = ["registrations"]
absence_claim = false
name = { zh = "注销撤销单位仍发薪", en = "dead unit pays" }
what = { zh = "单位已撤销或注销登记,次月之后仍以其名义发放在职工资。", en = "A unit abolished or deregistered still pays in service later than the month after." }
mistaken_for = { zh = "撤销、注销当月及次月发放属正常;补发不计;换证、更码后另有有效登记的不算注销;机关、群团注销事业单位登记不算;经批准的留守清算人员须提供文件。", en = "Pay in that month and the next is normal; back pay is not counted; a unit with another registration in force is not deregistered, nor is an organ that gave up its registration; an approved liquidation team needs its document." }
verify = { zh = "核对撤销批文、注销登记日期和人员划转文件,查工资发放账户的实际使用单位。", en = "Compare the abolition, the deregistration and the transfer of staff, and find out who really uses the payroll account." }
message = { zh = "{unit_name}已于{ended_on}{ended_by},本月仍向{persons}人发放在职工资{amount}元,请核实人员去向并停发或变更发放单位。", en = "{unit_name} was {ended_by} on {ended_on} and still pays {persons} persons in service, {amount} yuan this month; find where the staff went, stop or move the pay." }
legal_basis = [
  { law = "登", article = "§13", verified = true },
  { law = "486", article = "§6", verified = true },
]
measure = "persons"
[columns.ended_by]
type = "text"
title = { zh = "终止方式", en = "how it ended" }
labels = { abolished = { zh = "撤销", en = "abolished" }, deregistered = { zh = "注销登记", en = "deregistered" } }
[columns.ended_on]
type = "date"
title = { zh = "终止日期", en = "ended on" }
[columns.persons]
type = "integer"
unit = "persons"
title = { zh = "本月发薪人数", en = "persons paid this month" }
[evidence]
establishment_units = ["unit_name", "unit_status", "abolished_on"]
registrations = ["unit_name", "credit_code", "registration_status", "deregistered_on"]
payroll = ["name", "resident_id", "unit_name", "pay_month", "batch", "gross_pay"]
---*/
WITH abolished AS (
  SELECT u.unit_key, MAX(u.abolished_on) AS ended_on, MIN(u.row_id) AS unit_row,
         -- A year alone counts to its end.
         MAX(u.abolished_on_month + CASE WHEN u.abolished_on_precision = 'year' THEN 11 ELSE 0 END) AS month_no
  FROM establishment_units u
  WHERE u.unit_key IS NOT NULL AND u.unit_status = 'abolished' AND u.abolished_on_month IS NOT NULL
  GROUP BY u.unit_key
),
registered AS (
  SELECT r.unit_key, MAX(r.deregistered_on) AS ended_on, MIN(r.row_id) AS registration_row,
         MAX(CASE WHEN r.registration_status = 'deregistered' AND r.deregistered_on_month IS NOT NULL THEN 0 ELSE 1 END) AS is_alive,
         MAX(r.deregistered_on_month + CASE WHEN r.deregistered_on_precision = 'year' THEN 11 ELSE 0 END) AS month_no
  FROM registrations r
  WHERE r.unit_key IS NOT NULL
  GROUP BY r.unit_key
),
-- An organ or mass organisation may lawfully give up its registration as an institution.
unregistrable AS (
  SELECT unit_key FROM establishment_units
  WHERE unit_key IS NOT NULL AND unit_status = 'active' AND nature IN ('organ', 'mass', 'coordination')
  GROUP BY unit_key
),
ending AS (
  SELECT unit_key, ended_on, month_no, 'abolished' AS ended_by, unit_row, CAST(NULL AS BIGINT) AS registration_row FROM abolished
  UNION ALL
  SELECT r.unit_key, r.ended_on, r.month_no, 'deregistered' AS ended_by, CAST(NULL AS BIGINT) AS unit_row, r.registration_row
  FROM registered r LEFT JOIN unregistrable n ON n.unit_key = r.unit_key
  WHERE r.is_alive = 0 AND n.unit_key IS NULL
),
dead AS (
  SELECT e.unit_key, MIN(e.ended_on) AS ended_on, MIN(e.ended_by) AS ended_by,
         MIN(e.unit_row) AS unit_row, MIN(e.registration_row) AS registration_row
  FROM ending e CROSS JOIN params p
  WHERE e.month_no + 1 < p.period_no
  GROUP BY e.unit_key
),
pay AS (
  SELECT d.unit_key, w.person_key, COALESCE(CAST(w.person_key AS VARCHAR), '') AS person, w.batch, w.row_id, COALESCE(w.gross_pay, w.net_pay) AS gross
  FROM dead d JOIN payroll w ON w.unit_key = d.unit_key CROSS JOIN params p
  WHERE w.pay_month_no = p.period_no AND w.pay_class = 'in_service' AND w.batch IN ('regular', 'performance')
),
ranked AS (
  SELECT unit_key, person_key, batch, row_id, gross,
         CAST(ROW_NUMBER() OVER (PARTITION BY unit_key ORDER BY person, row_id) AS BIGINT) AS rank_no
  FROM pay
),
paid AS (
  SELECT unit_key, SUM(gross) AS amount,
         CAST(COUNT(DISTINCT person_key) AS BIGINT) + CAST(SUM(CASE WHEN person_key IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS persons,
         SUM(CASE WHEN batch = 'regular' THEN gross END) AS regular_gross,
         MIN(CASE WHEN rank_no = 1 THEN row_id END) AS first_row, MIN(CASE WHEN rank_no = 2 THEN row_id END) AS second_row
  FROM ranked GROUP BY unit_key
)
SELECT d.unit_key, w.amount, d.ended_by, d.ended_on, w.persons,
       d.unit_row AS row__establishment_units, d.registration_row AS row__registrations,
       w.first_row AS row__payroll, w.second_row AS row__payroll_2
FROM dead d JOIN paid w ON w.unit_key = d.unit_key
WHERE CAST(w.regular_gross AS DOUBLE) > 0
