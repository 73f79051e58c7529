/*---
code = "D06"
slug = "code-out-of-list"
category = "data_quality"
severity = "S3"
since = "0.1.0"
grain = "unit"
inputs = ["establishment_staff", "hr_staff", "establishment_units", "registrations"]
absence_claim = false
name = { zh = "代码越界", en = "code out of list" }
what = { zh = "代码项填写的值不在代码表内,也不是已知的同义写法。", en = "A coded item holds a value that is in no list and is no known word for one." }
mistaken_for = { zh = "常见同义写法(如“全额”与“财政补助一类”)已按代码表归并;地方扩展代码可在schemas的别名中登记;空值由完整性规则处理。", en = "Common synonyms are mapped already; local codes can be entered as aliases in schemas; blanks are for the rule on completeness." }
verify = { zh = "按证据行号看来源文件中的原值,在来源系统改为代码表值,或在schemas中补登别名。", en = "See the value at the row in the evidence; correct it at the source, or add it as an alias in schemas." }
message = { zh = "{unit_name}{table_name}“{field_name}”有{records}行的值不在代码表内,请更正。", en = "{unit_name}: {records} rows of the {table_name} hold a {field_name} that is in no list; correct them." }
legal_basis = [ { law = "486", article = "§21–25", verified = true } ]
measure = "records"
[columns.table_name]
type = "text"
title = { zh = "数据表", en = "table" }
labels = { establishment_staff = { zh = "编制实名制信息", en = "establishment register" }, hr_staff = { zh = "人事信息", en = "HR records" }, establishment_units = { zh = "机构信息", en = "register of units" }, registrations = { zh = "事业单位登记信息", en = "registrations" } }
[columns.field_name]
type = "text"
title = { zh = "代码项", en = "item" }
labels = { sex = { zh = "性别", en = "sex" }, quota_type = { zh = "编制类型", en = "type of post" }, bucket = { zh = "编制情况", en = "quota account" }, staff_status = { zh = "人员状态", en = "staff status" }, entry_channel = { zh = "进入形式", en = "way of entry" }, exit_reason = { zh = "出编原因", en = "reason of exit" }, leader_scope = { zh = "职数类别", en = "scope of the leader post" }, leader_level = { zh = "职务层次", en = "level of the leader post" }, leader_class = { zh = "正副职", en = "chief or deputy" }, hr_status = { zh = "人事人员状态", en = "HR status" }, staff_class = { zh = "岗位类别", en = "class of post" }, rank = { zh = "机构规格", en = "rank" }, nature = { zh = "机构性质", en = "nature" }, funding = { zh = "经费形式", en = "funding" }, unit_status = { zh = "机构状态", en = "status of the unit" }, funding_source = { zh = "经费来源", en = "source of funding" }, registration_status = { zh = "登记状态", en = "registration status" } }
[columns.records]
type = "integer"
unit = "rows"
title = { zh = "涉及行数", en = "rows" }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "sex", "quota_type", "bucket", "staff_status", "entry_channel", "exit_reason", "leader_level"]
hr_staff = ["name", "resident_id", "unit_name", "sex", "hr_status", "staff_class"]
establishment_units = ["unit_name", "unit_code", "rank", "nature", "funding", "unit_status"]
registrations = ["unit_name", "credit_code", "funding_source", "registration_status"]
---*/
WITH found AS (
  SELECT unit_key, 'establishment_staff' AS table_name, 'sex' AS field_name, row_id FROM establishment_staff WHERE unit_key IS NOT NULL AND sex = 'unrecognised'
  UNION ALL
  SELECT unit_key, 'establishment_staff' AS table_name, 'quota_type' AS field_name, row_id FROM establishment_staff WHERE unit_key IS NOT NULL AND quota_type = 'unrecognised'
  UNION ALL
  SELECT unit_key, 'establishment_staff' AS table_name, 'bucket' AS field_name, row_id FROM establishment_staff WHERE unit_key IS NOT NULL AND bucket = 'unrecognised'
  UNION ALL
  SELECT unit_key, 'establishment_staff' AS table_name, 'staff_status' AS field_name, row_id FROM establishment_staff WHERE unit_key IS NOT NULL AND staff_status = 'unrecognised'
  UNION ALL
  SELECT unit_key, 'establishment_staff' AS table_name, 'entry_channel' AS field_name, row_id FROM establishment_staff WHERE unit_key IS NOT NULL AND entry_channel = 'unrecognised'
  UNION ALL
  SELECT unit_key, 'establishment_staff' AS table_name, 'exit_reason' AS field_name, row_id FROM establishment_staff WHERE unit_key IS NOT NULL AND exit_reason = 'unrecognised'
  UNION ALL
  SELECT unit_key, 'establishment_staff' AS table_name, 'leader_scope' AS field_name, row_id FROM establishment_staff WHERE unit_key IS NOT NULL AND leader_scope = 'unrecognised'
  UNION ALL
  SELECT unit_key, 'establishment_staff' AS table_name, 'leader_level' AS field_name, row_id FROM establishment_staff WHERE unit_key IS NOT NULL AND leader_level = 'unrecognised'
  UNION ALL
  SELECT unit_key, 'establishment_staff' AS table_name, 'leader_class' AS field_name, row_id FROM establishment_staff WHERE unit_key IS NOT NULL AND leader_class = 'unrecognised'
  UNION ALL
  SELECT unit_key, 'hr_staff' AS table_name, 'sex' AS field_name, row_id FROM hr_staff WHERE unit_key IS NOT NULL AND sex = 'unrecognised'
  UNION ALL
  SELECT unit_key, 'hr_staff' AS table_name, 'hr_status' AS field_name, row_id FROM hr_staff WHERE unit_key IS NOT NULL AND hr_status = 'unrecognised'
  UNION ALL
  SELECT unit_key, 'hr_staff' AS table_name, 'staff_class' AS field_name, row_id FROM hr_staff WHERE unit_key IS NOT NULL AND staff_class = 'unrecognised'
  UNION ALL
  SELECT unit_key, 'establishment_units' AS table_name, 'rank' AS field_name, row_id FROM establishment_units WHERE unit_key IS NOT NULL AND rank = 'unrecognised'
  UNION ALL
  SELECT unit_key, 'establishment_units' AS table_name, 'nature' AS field_name, row_id FROM establishment_units WHERE unit_key IS NOT NULL AND nature = 'unrecognised'
  UNION ALL
  SELECT unit_key, 'establishment_units' AS table_name, 'funding' AS field_name, row_id FROM establishment_units WHERE unit_key IS NOT NULL AND funding = 'unrecognised'
  UNION ALL
  SELECT unit_key, 'establishment_units' AS table_name, 'unit_status' AS field_name, row_id FROM establishment_units WHERE unit_key IS NOT NULL AND unit_status = 'unrecognised'
  UNION ALL
  SELECT unit_key, 'registrations' AS table_name, 'funding_source' AS field_name, row_id FROM registrations WHERE unit_key IS NOT NULL AND funding_source = 'unrecognised'
  UNION ALL
  SELECT unit_key, 'registrations' AS table_name, 'registration_status' AS field_name, row_id FROM registrations WHERE unit_key IS NOT NULL AND registration_status = 'unrecognised'
),
counted AS (
  SELECT unit_key, table_name, field_name, CAST(COUNT(*) AS BIGINT) AS records, MIN(row_id) AS first_row, MAX(row_id) AS last_row
  FROM found GROUP BY unit_key, table_name, field_name
)
SELECT unit_key, table_name || ':' || field_name AS object_key, table_name, field_name, records,
       CASE WHEN table_name = 'establishment_staff' THEN first_row END AS row__establishment_staff,
       CASE WHEN table_name = 'establishment_staff' THEN last_row END AS row__establishment_staff_2,
       CASE WHEN table_name = 'hr_staff' THEN first_row END AS row__hr_staff,
       CASE WHEN table_name = 'hr_staff' THEN last_row END AS row__hr_staff_2,
       CASE WHEN table_name = 'establishment_units' THEN first_row END AS row__establishment_units,
       CASE WHEN table_name = 'registrations' THEN first_row END AS row__registrations
FROM counted
