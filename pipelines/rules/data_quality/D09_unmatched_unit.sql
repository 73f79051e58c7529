/*---
code = "D09"
slug = "unmatched-unit"
category = "data_quality"
severity = "S3"
since = "0.1.0"
grain = "unit"
inputs = ["payroll", "hr_staff", "establishment_units", "registrations"]
optional_inputs = ["unit_aliases"]
absence_claim = false
name = { zh = "单位名未匹配", en = "unmatched unit" }
what = { zh = "工资表或人事库中的单位名称,在机构编制库和登记库中都找不到对应机构。", en = "A unit that payroll or HR names is neither in the establishment register nor registered." }
mistaken_for = { zh = "核算中心、结算中心等代发单位(名称特征或别名表中登记为代发的);部门、科室名称填在单位栏;企业、编外项目单位;补登别名后即可匹配。", en = "Settlement centres that pay for others (by their names or as payers in the table of aliases); a section's name in the column of units; firms and projects outside the establishment; an alias makes the match." }
verify = { zh = "按证据行看原名称,确认对应哪个机构并在别名表补登,或更正来源数据。", en = "See the name at the row in the evidence; enter it in the table of aliases for its unit, or correct the source." }
message = { zh = "{table_name}中的单位“{written_name}”({records}行)在机构编制库和登记库中均无对应机构,请确认并补登别名。", en = "The unit \"{written_name}\" in the {table_name} ({records} rows) is in neither register; find out which it is and enter the alias." }
legal_basis = [ { law = "486", article = "§21–25", verified = true } ]
measure = "records"
[columns.table_name]
type = "text"
title = { zh = "数据表", en = "table" }
labels = { hr_staff = { zh = "人事信息", en = "HR records" }, payroll = { zh = "工资发放信息", en = "payroll" } }
[columns.written_name]
type = "text"
title = { zh = "来源单位名称", en = "name as written" }
[columns.records]
type = "integer"
unit = "rows"
title = { zh = "涉及行数", en = "rows" }
[evidence]
payroll = ["unit_name", "unit_code", "pay_month", "pay_class"]
hr_staff = ["unit_name", "unit_code", "hr_status"]
---*/
WITH known AS (
  SELECT unit_key FROM establishment_units WHERE unit_key IS NOT NULL
  UNION
  SELECT unit_key FROM registrations WHERE unit_key IS NOT NULL
  UNION
  SELECT unit_key FROM rejected_rows WHERE table_name IN ('establishment_units', 'registrations') AND unit_key IS NOT NULL
),
payer AS (
  SELECT alias_folded FROM unit_aliases WHERE alias_kind = 'payer' AND alias_folded IS NOT NULL GROUP BY alias_folded
),
written AS (
  SELECT w.unit_key, 'payroll' AS table_name, w.unit_name, w.unit_name_folded AS folded, w.row_id
  FROM payroll w CROSS JOIN params p
  WHERE w.pay_month_no = p.period_no AND w.unit_name_folded IS NOT NULL
  UNION ALL
  SELECT unit_key, 'hr_staff' AS table_name, unit_name, unit_name_folded AS folded, row_id
  FROM hr_staff WHERE unit_name_folded IS NOT NULL
),
loose AS (
  SELECT w.unit_key, w.table_name, w.folded, MIN(w.unit_name) AS written_name, CAST(COUNT(*) AS BIGINT) AS records, MIN(w.row_id) AS first_row
  FROM written w LEFT JOIN known k ON k.unit_key = w.unit_key
  WHERE k.unit_key IS NULL
  GROUP BY w.unit_key, w.table_name, w.folded
)
SELECT l.unit_key, l.table_name || ':' || l.folded AS object_key, l.table_name, l.written_name, l.records,
       CASE WHEN l.table_name = 'payroll' THEN l.first_row END AS row__payroll,
       CASE WHEN l.table_name = 'hr_staff' THEN l.first_row END AS row__hr_staff
FROM loose l LEFT JOIN payer a ON a.alias_folded = l.folded
WHERE a.alias_folded IS NULL
  AND NOT (l.table_name = 'payroll' AND (l.folded LIKE '%核算%' OR l.folded LIKE '%结算%' OR l.folded LIKE '%代发%' OR l.folded LIKE '%支付中心%' OR l.folded LIKE '%财务中心%'))
