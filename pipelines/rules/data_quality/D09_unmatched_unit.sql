/*---
code = "D09"
slug = "unmatched-unit"
category = "data_quality"
severity = "S3"
since = "0.1.0"
grain = "unit"
inputs = ["payroll", "hr_staff", "establishment_units", "registrations"]
optional_inputs = ["unit_aliases", "establishment_staff"]
absence_claim = false
name = { zh = "单位名未匹配", en = "unmatched unit" }
what = { zh = "工资表或人事库中的单位名称,在机构编制库和登记库中都找不到对应机构(S3);其人员过半数在编于同一机构、该机构在此表中又没有别的名称的,多半是别名未登记,只作提示(S4)。", en = "A unit that payroll or HR names is neither in the establishment register nor registered (S3). Where more than half of its people are enrolled at one unit that the table has under no other name, it is most likely that unit under a name not on file: information (S4)." }
mistaken_for = { zh = "核算中心、结算中心等代发单位(名称特征或别名表中登记为代发的);部门、科室名称填在单位栏;企业、编外项目单位;补登别名后即可匹配。", en = "Settlement centres that pay for others (by their names or as payers in the table of aliases); a section's name in the column of units; firms and projects outside the establishment; an alias makes the match." }
verify = { zh = "按证据行看原名称,确认对应哪个机构并在别名表补登,或更正来源数据。", en = "See the name at the row in the evidence; enter it in the table of aliases for its unit, or correct the source." }
message = { zh = "{table_name}中的单位“{written_name}”({records}行)在机构编制库和登记库中均无对应机构,{kind}:{likely_unit},请确认并补登别名。", en = "The unit \"{written_name}\" in the {table_name} ({records} rows) is in neither register, {kind}: {likely_unit}; find out which it is and enter the alias." }
legal_basis = [ { law = "486", article = "§21–25", verified = true } ]
measure = "records"
[columns.table_name]
type = "text"
title = { zh = "数据表", en = "table" }
labels = { hr_staff = { zh = "人事信息", en = "HR records" }, payroll = { zh = "工资发放信息", en = "payroll" } }
[columns.written_name]
type = "text"
title = { zh = "来源单位名称", en = "name as written" }
[columns.kind]
type = "text"
title = { zh = "情形", en = "kind" }
labels = { nowhere = { zh = "无从推断", en = "nothing points to a unit" }, other_name = { zh = "人员多数在编于", en = "most of its people are enrolled at" } }
[columns.likely_unit]
type = "text"
title = { zh = "可能对应的机构", en = "the unit it most likely is" }
[columns.records]
type = "integer"
unit = "rows"
title = { zh = "涉及行数", en = "rows" }
[evidence]
payroll = ["unit_name", "unit_code", "pay_month", "pay_class"]
hr_staff = ["unit_name", "unit_code", "hr_status"]
establishment_staff = ["name", "resident_id", "unit_name", "staff_status"]
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
  SELECT w.unit_key, 'payroll' AS table_name, w.unit_name, w.unit_name_folded AS folded, w.row_id, w.person_key
  FROM payroll w CROSS JOIN params p
  WHERE w.pay_month_no = p.period_no AND w.unit_name_folded IS NOT NULL
  UNION ALL
  SELECT unit_key, 'hr_staff' AS table_name, unit_name, unit_name_folded AS folded, row_id, person_key
  FROM hr_staff WHERE unit_name_folded IS NOT NULL
),
stray AS (
  SELECT w.unit_key, w.table_name, w.folded, w.unit_name, w.row_id, w.person_key
  FROM written w LEFT JOIN known k ON k.unit_key = w.unit_key
  WHERE k.unit_key IS NULL
),
named AS (
  SELECT w.unit_key, w.table_name, w.folded, w.unit_name, w.row_id, w.person_key
  FROM stray w LEFT JOIN payer a ON a.alias_folded = w.folded
  WHERE a.alias_folded IS NULL
    AND NOT (w.table_name = 'payroll' AND (w.folded LIKE '%核算%' OR w.folded LIKE '%结算%' OR w.folded LIKE '%代发%' OR w.folded LIKE '%支付中心%' OR w.folded LIKE '%财务中心%'))
),
-- A row of nobody in particular counts as a person of its own.
loose AS (
  SELECT unit_key, table_name, folded, MIN(unit_name) AS written_name, CAST(COUNT(*) AS BIGINT) AS records,
         CAST(COUNT(DISTINCT person_key) AS BIGINT) + CAST(SUM(CASE WHEN person_key IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS people,
         MIN(row_id) AS first_row
  FROM named GROUP BY unit_key, table_name, folded
),
-- Units that a table lists anyway, under whatever name.
listed AS (
  SELECT w.table_name, w.unit_key FROM written w JOIN known k ON k.unit_key = w.unit_key GROUP BY w.table_name, w.unit_key
),
-- Where its people are enrolled, or were.
someone AS (
  SELECT table_name, folded, person_key FROM named WHERE person_key IS NOT NULL GROUP BY table_name, folded, person_key
),
enrolled AS (
  SELECT n.table_name, n.folded, s.unit_key AS home, CAST(COUNT(DISTINCT n.person_key) AS BIGINT) AS people, MIN(s.row_id) AS staff_row
  FROM someone n JOIN establishment_staff s ON s.person_key = n.person_key
  WHERE s.unit_key IS NOT NULL
  GROUP BY n.table_name, n.folded, s.unit_key
),
likely AS (
  SELECT e.table_name, e.folded, e.home, e.people, e.staff_row,
         CAST(ROW_NUMBER() OVER (PARTITION BY e.table_name, e.folded ORDER BY 0 - e.people, e.home) AS BIGINT) AS rank_no
  FROM enrolled e LEFT JOIN listed l ON l.table_name = e.table_name AND l.unit_key = e.home
  WHERE l.unit_key IS NULL
),
best AS (
  SELECT table_name, folded, home, people, staff_row FROM likely WHERE rank_no = 1
),
judged AS (
  SELECT l.unit_key, l.table_name, l.folded, l.written_name, l.records, l.first_row,
         CASE WHEN y.people * 2 > l.people THEN y.home END AS home, CASE WHEN y.people * 2 > l.people THEN y.staff_row END AS staff_row
  FROM loose l LEFT JOIN best y ON y.table_name = l.table_name AND y.folded = l.folded
)
SELECT j.unit_key, j.table_name || ':' || j.folded AS object_key, CASE WHEN j.home IS NULL THEN 'S3' ELSE 'S4' END AS severity,
       j.table_name, j.written_name, j.records, CASE WHEN j.home IS NULL THEN 'nowhere' ELSE 'other_name' END AS kind, u.unit_name AS likely_unit,
       CASE WHEN j.table_name = 'payroll' THEN j.first_row END AS row__payroll,
       CASE WHEN j.table_name = 'hr_staff' THEN j.first_row END AS row__hr_staff, j.staff_row AS row__establishment_staff
FROM judged j LEFT JOIN units u ON u.unit_key = j.home
