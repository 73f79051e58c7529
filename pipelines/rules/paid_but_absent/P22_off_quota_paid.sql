/*---
code = "P22"
slug = "off-quota-paid"
category = "paid_but_absent"
severity = "S2"
since = "0.1.0"
grain = "person"
inputs = ["payroll", "establishment_staff"]
optional_inputs = ["off_quota_staff"]
absence_claim = false
name = { zh = "编外人员占用统发工资", en = "off-quota staff on the payroll of the establishment" }
what = { zh = "编外名册在册人员以在职在编身份领取正常批次工资,或工资表标为编外的人员由财政统发。", en = "A person on the off-quota list is paid in service, or one coded off-quota is paid through the treasury's unified payroll." }
mistaken_for = { zh = "人员控制数、员额、报备员额不是编外,不判定;编外合同已终止的不判定;已在任一单位在编的不判定;编外人员在单位自有渠道标明编外发放属正常。", en = "Controlled numbers are not casual staff; ended contracts, and whoever is on any register, are not judged; off-quota staff paid as such from the unit's own means are right." }
verify = { zh = "核对用工合同、编外名册和工资发放渠道,查明由谁申报为在职人员、占用的是哪项经费。", en = "Check the contract, the off-quota list and the pay channel; find out who declared the person as in service and whose funds are used." }
message = { zh = "{person_name}{ground},{unit_name}本月发放{amount}元,请核实身份并改由规定渠道发放。", en = "{person_name} {ground}; {unit_name} paid {amount} yuan this month; check the status and pay through the proper channel." }
legal_basis = [ { law = "486", article = "§6", verified = true } ]
[columns.ground]
type = "text"
title = { zh = "认定依据", en = "ground" }
labels = { listed = { zh = "列入编外人员名册却以在职身份领薪", en = "stands on the off-quota list but is paid in service" }, coded = { zh = "工资表标为编外却由财政统发", en = "is coded off-quota but paid by unified payroll" } }
[columns.staff_kind]
type = "text"
title = { zh = "用工类别", en = "kind of employment" }
labels = { contract = { zh = "合同制", en = "contract" }, dispatch = { zh = "劳务派遣", en = "dispatch" }, outsourced = { zh = "劳务外包", en = "outsourced" }, public_welfare = { zh = "公益性岗位", en = "public-welfare post" } }
[evidence]
off_quota_staff = ["name", "resident_id", "unit_name", "staff_kind", "valid_from", "valid_to"]
payroll = ["name", "resident_id", "unit_name", "pay_month", "pay_class", "batch", "unified_pay", "gross_pay"]
---*/
WITH listed AS (
  SELECT o.person_key AS person, MIN(o.staff_kind) AS staff_kind, MIN(o.row_id) AS list_row,
         MAX(CASE WHEN o.staff_kind = 'quota_like' THEN 1 ELSE 0 END) AS quota_like
  FROM off_quota_staff o CROSS JOIN params p
  WHERE o.person_key IS NOT NULL
    AND (o.valid_from_day_min IS NULL OR o.valid_from_day_min <= p.as_of_day)
    AND (o.valid_to_day_max IS NULL OR o.valid_to_day_max >= p.period_first_day)
  GROUP BY o.person_key
),
enrolled AS (
  SELECT s.person_key AS person
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.person_key IS NOT NULL AND s.staff_status IN ('on_post', 'off_post')
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.period_first_day)
  GROUP BY s.person_key
),
pay AS (
  SELECT w.person_key AS person, w.unit_key, w.row_id, COALESCE(w.gross_pay, w.net_pay) AS gross,
         CASE WHEN w.pay_class = 'in_service' THEN 1 ELSE 0 END AS as_in_service
  FROM payroll w CROSS JOIN params p
  WHERE w.person_key IS NOT NULL AND w.unit_key IS NOT NULL AND w.pay_month_no = p.period_no AND w.batch = 'regular'
    AND (w.pay_class = 'in_service' OR (w.pay_class = 'off_quota' AND w.unified_pay = 'yes'))
    AND COALESCE(w.gross_pay, w.net_pay) > 0
),
judged AS (
  SELECT y.person, y.unit_key, y.row_id, y.gross, y.as_in_service, l.staff_kind, l.list_row
  FROM pay y
  LEFT JOIN listed l ON l.person = y.person
  LEFT JOIN enrolled e ON e.person = y.person
  WHERE e.person IS NULL AND COALESCE(l.quota_like, 0) = 0 AND (y.as_in_service = 0 OR l.person IS NOT NULL)
)
SELECT MIN(unit_key) AS unit_key, person AS person_key, SUM(gross) AS amount,
       CASE WHEN MAX(as_in_service) = 1 THEN 'listed' ELSE 'coded' END AS ground,
       MIN(staff_kind) AS staff_kind, MIN(list_row) AS row__off_quota_staff, MIN(row_id) AS row__payroll
FROM judged
GROUP BY person
