/*---
code = "D04"
slug = "legacy-resident-ids"
category = "data_quality"
severity = "S4"
since = "0.1.0"
grain = "unit"
inputs = ["establishment_staff", "hr_staff", "payroll"]
absence_claim = false
name = { zh = "旧式或损坏的身份证号", en = "legacy or mangled resident IDs" }
what = { zh = "一个单位的一张表中,有多个15位旧号、可修复的变形号码,或末几位丢失但仍能认出是谁的号码。", en = "A unit's rows in one table carry several 15-digit numbers, numbers that could be repaired, or numbers that lost their tail and are recognised all the same." }
mistaken_for = { zh = "个别旧号不单独报告(见参数);末位小写x、全角、前导撇号等写法差异不算损坏;顺序码恰为000的号码由校验码判断;无法认出的损坏号码由“身份证号无效”报告。", en = "Single old numbers (see the parameter); a small x, full width or an apostrophe is no damage; whether a tail of zeros is genuine the check digit decides; damaged numbers of nobody are reported as invalid IDs." }
verify = { zh = "在来源系统把旧号升为18位;从电子表格导出时把证件号列设为文本。", en = "Upgrade old numbers to 18 digits in the source; export the column as text." }
message = { zh = "{unit_name}{table_name}中有{records}个旧式或变形的身份证号(15位{legacy}个、已修复{repaired}个、末位丢失{lost}个),请在来源系统更正。", en = "{unit_name}: {records} legacy or mangled IDs in the {table_name} ({legacy} of 15 digits, {repaired} repaired, {lost} without their tail); correct them at the source." }
legal_basis = [ { law = "GB11643", article = "号码结构与校验码", verified = true } ]
measure = "records"
[parameters.min_records]
type = "integer"
default = 2
minimum = 1
doc = { zh = "一个单位一张表中从几个起报告", en = "numbers of one unit and table from which to report" }
[columns.table_name]
type = "text"
title = { zh = "数据表", en = "table" }
labels = { establishment_staff = { zh = "编制实名制信息", en = "establishment register" }, hr_staff = { zh = "人事信息", en = "HR records" }, payroll = { zh = "工资发放信息", en = "payroll" } }
[columns.records]
type = "integer"
unit = "rows"
title = { zh = "涉及行数", en = "rows" }
[columns.legacy]
type = "integer"
unit = "rows"
title = { zh = "15位号", en = "numbers of 15 digits" }
[columns.repaired]
type = "integer"
unit = "rows"
title = { zh = "已修复", en = "repaired" }
[columns.lost]
type = "integer"
unit = "rows"
title = { zh = "末位丢失", en = "tail lost" }
[evidence]
establishment_staff = ["name", "resident_id", "resident_id_state", "unit_name"]
hr_staff = ["name", "resident_id", "resident_id_state", "unit_name"]
payroll = ["name", "resident_id", "resident_id_state", "unit_name", "pay_month"]
---*/
WITH odd AS (
  SELECT unit_key, 'establishment_staff' AS table_name, resident_id_state AS state, row_id
  FROM establishment_staff
  WHERE unit_key IS NOT NULL AND (resident_id_state IN ('upgraded_15', 'repaired') OR (resident_id_state = 'precision_lost' AND person_key IS NOT NULL))
  UNION ALL
  SELECT unit_key, 'hr_staff' AS table_name, resident_id_state AS state, row_id
  FROM hr_staff
  WHERE unit_key IS NOT NULL AND (resident_id_state IN ('upgraded_15', 'repaired') OR (resident_id_state = 'precision_lost' AND person_key IS NOT NULL))
  UNION ALL
  SELECT w.unit_key, 'payroll' AS table_name, w.resident_id_state AS state, w.row_id
  FROM payroll w CROSS JOIN params p
  WHERE w.unit_key IS NOT NULL AND w.pay_month_no = p.period_no
    AND (w.resident_id_state IN ('upgraded_15', 'repaired') OR (w.resident_id_state = 'precision_lost' AND w.person_key IS NOT NULL))
),
counted AS (
  SELECT unit_key, table_name, CAST(COUNT(*) AS BIGINT) AS records,
         CAST(SUM(CASE WHEN state = 'upgraded_15' THEN 1 ELSE 0 END) AS BIGINT) AS legacy,
         CAST(SUM(CASE WHEN state = 'repaired' THEN 1 ELSE 0 END) AS BIGINT) AS repaired,
         CAST(SUM(CASE WHEN state = 'precision_lost' THEN 1 ELSE 0 END) AS BIGINT) AS lost,
         MIN(row_id) AS first_row, MAX(row_id) AS last_row
  FROM odd GROUP BY unit_key, table_name
)
SELECT c.unit_key, c.table_name AS object_key, c.table_name, c.records, c.legacy, c.repaired, c.lost,
       CASE WHEN c.table_name = 'establishment_staff' THEN c.first_row END AS row__establishment_staff,
       CASE WHEN c.table_name = 'establishment_staff' THEN c.last_row END AS row__establishment_staff_2,
       CASE WHEN c.table_name = 'hr_staff' THEN c.first_row END AS row__hr_staff,
       CASE WHEN c.table_name = 'hr_staff' THEN c.last_row END AS row__hr_staff_2,
       CASE WHEN c.table_name = 'payroll' THEN c.first_row END AS row__payroll,
       CASE WHEN c.table_name = 'payroll' THEN c.last_row END AS row__payroll_2
FROM counted c CROSS JOIN params p
WHERE c.records >= p.min_records
