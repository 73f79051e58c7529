/*---
code = "P21"
slug = "pay-funding-mismatch"
category = "paid_but_absent"
severity = "S2"
since = "0.1.0"
grain = "unit"
inputs = ["payroll", "establishment_units"]
optional_inputs = ["quota_exemptions"]
absence_claim = false
name = { zh = "经费形式与发放渠道不符", en = "funding mismatch" }
what = { zh = "自收自支单位的在编人员由财政统发或财政负担工资,或差额单位的工资由财政全额负担。", en = "The treasury pays the staff of a self-funded unit, or bears all the pay of a partly funded one." }
mistaken_for = { zh = "机构改革、分类改革过渡期内经批准的不判定;代其他单位发放的人员不计入;只在工资表注明统发或财政负担时才判定。", en = "An approved transition of reform is not judged; staff paid on behalf of another unit are not counted; judged only where the payroll says who bears the pay." }
verify = { zh = "核对机构编制批文的经费形式、登记证书的经费来源和部门预算,确认经费渠道是否已经批准调整。", en = "Check the form of funding in the establishment document and the registration, and the budget; find out whether a change was approved." }
message = { zh = "{unit_name}{ground},本月涉及{persons}人,财政负担{amount}元,请核对经费形式和预算依据。", en = "{unit_name} {ground}: {persons} persons this month, {amount} yuan borne by the treasury; check the form of funding and the budget." }
legal_basis = [ { law = "486", article = "§6", verified = true } ]
measure = "persons"
[parameters.full_share]
type = "integer"
default = 99
minimum = 1
doc = { zh = "差额单位财政负担达到应发的百分之几视为全额", en = "per cent of the gross from which a partly funded unit counts as paid in full" }
[columns.ground]
type = "text"
title = { zh = "认定依据", en = "ground" }
labels = { self_funded_paid = { zh = "为自收自支单位,工资却由财政发放", en = "is self-funded but paid by the treasury" }, partial_paid_in_full = { zh = "为差额拨款单位,工资却由财政全额负担", en = "is partly funded but the treasury bears all of its pay" } }
[columns.persons]
type = "integer"
unit = "persons"
title = { zh = "涉及人数", en = "persons" }
[columns.gross]
type = "money"
unit = "yuan"
title = { zh = "应发合计", en = "gross of all" }
[evidence]
establishment_units = ["unit_name", "funding", "unit_status"]
payroll = ["name", "resident_id", "unit_name", "pay_month", "unified_pay", "fiscal_amount", "gross_pay"]
---*/
WITH transition AS (
  SELECT x.unit_key
  FROM quota_exemptions x CROSS JOIN params p
  WHERE x.unit_key IS NOT NULL AND x.reason = 'reorganisation'
    AND (x.valid_from_day_min IS NULL OR x.valid_from_day_min <= p.as_of_day)
    AND (x.valid_to_day_max IS NULL OR x.valid_to_day_max > p.period_first_day)
  GROUP BY x.unit_key
),
unit AS (
  SELECT u.unit_key, MIN(u.funding) AS funding, MIN(u.row_id) AS unit_row
  FROM establishment_units u
  WHERE u.unit_key IS NOT NULL AND u.unit_status = 'active' AND u.funding IN ('self', 'partial')
  GROUP BY u.unit_key
  HAVING MIN(u.funding) = MAX(u.funding)
),
-- A unit's own staff on its own payroll.
pay AS (
  SELECT u.unit_key, u.funding, w.person_key, w.row_id, w.gross_pay, w.fiscal_amount,
         CASE WHEN w.unified_pay = 'yes' OR w.fiscal_amount > 0 THEN 1 ELSE 0 END AS by_treasury
  FROM unit u
  JOIN payroll w ON w.unit_key = u.unit_key
  JOIN persons o ON o.person_key = w.person_key AND o.register_unit_key = w.unit_key
  CROSS JOIN params p
  WHERE w.pay_month_no = p.period_no AND w.pay_class = 'in_service' AND w.batch = 'regular' AND w.gross_pay > 0
),
total AS (
  SELECT unit_key, MIN(funding) AS funding, SUM(gross_pay) AS gross, SUM(fiscal_amount) AS borne,
         CAST(SUM(CASE WHEN fiscal_amount IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS unsaid,
         SUM(CASE WHEN by_treasury = 1 THEN COALESCE(fiscal_amount, gross_pay) END) AS treasury,
         CAST(COUNT(DISTINCT person_key) AS BIGINT) AS everybody,
         CAST(COUNT(DISTINCT CASE WHEN by_treasury = 1 THEN person_key END) AS BIGINT) AS persons,
         MIN(CASE WHEN by_treasury = 1 THEN row_id END) AS first_row, MAX(CASE WHEN by_treasury = 1 THEN row_id END) AS last_row
  FROM pay GROUP BY unit_key
),
found AS (
  SELECT t.unit_key, 'self_funded_paid' AS ground, t.persons, t.gross, t.treasury AS amount, t.first_row, t.last_row
  FROM total t WHERE t.funding = 'self' AND t.persons > 0
  UNION ALL
  SELECT t.unit_key, 'partial_paid_in_full' AS ground, t.everybody AS persons, t.gross, t.borne AS amount, t.first_row, t.last_row
  FROM total t CROSS JOIN params p
  WHERE t.funding = 'partial' AND t.unsaid = 0 AND t.borne * 100 >= t.gross * p.full_share
)
SELECT f.unit_key, f.amount, f.ground, f.persons, f.gross, u.unit_row AS row__establishment_units,
       f.first_row AS row__payroll, f.last_row AS row__payroll_2
FROM found f
JOIN unit u ON u.unit_key = f.unit_key
LEFT JOIN transition x ON x.unit_key = f.unit_key
WHERE x.unit_key IS NULL
