/*---
code = "D02"
slug = "invalid-resident-id"
category = "data_quality"
severity = "S3"
since = "0.1.0"
grain = "row"
inputs = ["establishment_staff", "hr_staff", "payroll"]
absence_claim = false
name = { zh = "身份证号无效", en = "invalid resident ID" }
what = { zh = "身份证号的格式、行政区划、出生日期或校验码不合国家标准,或因软件处理丢失了末几位。", en = "A resident ID fails the national standard in form, region, date or check digit, or lost its last digits to software." }
mistaken_for = { zh = "军官证、护照、港澳台居住证等其他证件;15位旧号和可修复的号码不在此列;脱敏号码不校验。", en = "Other documents; 15-digit numbers and numbers that could be repaired are not listed; masked numbers are not checked." }
verify = { zh = "核对身份证原件,在来源系统更正后重新报送;末尾连续为0的多系电子表格按数值保存所致。", en = "See the ID card, correct the source and send it again; a tail of zeros mostly comes from a spreadsheet that kept the number as a value." }
message = { zh = "{unit_name}{person_name}在{table_name}中的身份证号无效({id_state}),请核对原件更正。", en = "{person_name} of {unit_name} has an invalid resident ID in the {table_name} ({id_state}); check the card and correct it." }
legal_basis = [ { law = "GB11643", article = "号码结构与校验码", verified = true } ]
[columns.table_name]
type = "text"
title = { zh = "数据表", en = "table" }
labels = { establishment_staff = { zh = "编制实名制信息", en = "establishment register" }, hr_staff = { zh = "人事信息", en = "HR records" }, payroll = { zh = "工资发放信息", en = "payroll" } }
[columns.id_state]
type = "text"
title = { zh = "证件号问题", en = "what is wrong" }
labels = { bad_check_digit = { zh = "校验码错误", en = "wrong check digit" }, bad_date = { zh = "出生日期不合理", en = "impossible birth date" }, bad_region = { zh = "行政区划不存在", en = "no such region" }, malformed = { zh = "位数或字符错误", en = "wrong length or characters" }, precision_lost = { zh = "末几位丢失", en = "last digits lost" } }
[columns.records]
type = "integer"
unit = "rows"
title = { zh = "涉及行数", en = "rows" }
[evidence]
establishment_staff = ["name", "resident_id", "resident_id_state", "unit_name", "staff_status"]
hr_staff = ["name", "resident_id", "resident_id_state", "unit_name", "hr_status"]
payroll = ["name", "resident_id", "resident_id_state", "unit_name", "pay_month"]
---*/
WITH bad AS (
  SELECT unit_key, person_key, 'establishment_staff' AS table_name, COALESCE(resident_id_key, name_key, '') AS number_key, resident_id_state,
         row_id AS staff_row, CAST(NULL AS BIGINT) AS hr_row, CAST(NULL AS BIGINT) AS pay_row
  FROM establishment_staff
  WHERE unit_key IS NOT NULL AND resident_id_state IN ('bad_check_digit', 'bad_date', 'bad_region', 'malformed', 'precision_lost')
  UNION ALL
  SELECT unit_key, person_key, 'hr_staff' AS table_name, COALESCE(resident_id_key, name_key, '') AS number_key, resident_id_state,
         CAST(NULL AS BIGINT) AS staff_row, row_id AS hr_row, CAST(NULL AS BIGINT) AS pay_row
  FROM hr_staff
  WHERE unit_key IS NOT NULL AND resident_id_state IN ('bad_check_digit', 'bad_date', 'bad_region', 'malformed', 'precision_lost')
  UNION ALL
  SELECT w.unit_key, w.person_key, 'payroll' AS table_name, COALESCE(w.resident_id_key, w.name_key, '') AS number_key, w.resident_id_state,
         CAST(NULL AS BIGINT) AS staff_row, CAST(NULL AS BIGINT) AS hr_row, w.row_id AS pay_row
  FROM payroll w CROSS JOIN params p
  WHERE w.unit_key IS NOT NULL AND w.pay_month_no = p.period_no
    AND w.resident_id_state IN ('bad_check_digit', 'bad_date', 'bad_region', 'malformed', 'precision_lost')
)
SELECT unit_key, person_key, table_name || ':' || number_key AS object_key, table_name,
       MIN(resident_id_state) AS id_state, CAST(COUNT(*) AS BIGINT) AS records,
       MIN(staff_row) AS row__establishment_staff, MIN(hr_row) AS row__hr_staff, MIN(pay_row) AS row__payroll
FROM bad
GROUP BY unit_key, person_key, table_name, number_key
