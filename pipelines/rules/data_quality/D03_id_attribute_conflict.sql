/*---
code = "D03"
slug = "id-attribute-conflict"
category = "data_quality"
severity = "S3"
since = "0.1.0"
grain = "row"
inputs = ["establishment_staff", "hr_staff"]
absence_claim = false
name = { zh = "证件与出生、性别不符", en = "ID attribute conflict" }
what = { zh = "登记的出生日期或性别与有效身份证号推出的不一致。", en = "The birth date or sex on record is not what the sound resident ID says." }
mistaken_for = { zh = "干部人事档案认定的出生时间(“三龄两历”认定)可与身份证不同,退休以档案认定为准,应另列;无效证件号不比对。", en = "A birth date settled by the personnel file may lawfully differ from the ID and governs retirement; unsound IDs are not compared." }
verify = { zh = "核对身份证原件和档案认定材料,区分录入差错与档案认定。", en = "See the ID card and the file's settlement of the birth date, and tell a typing error from a settled one." }
message = { zh = "{unit_name}{person_name}在{table_name}中的{kind}与身份证号不符,请核对证件和档案后更正。", en = "{person_name} of {unit_name}: the {kind} in the {table_name} contradicts the resident ID; check card and file, then correct." }
legal_basis = [ { law = "身份证", article = "§3", verified = true } ]
[columns.table_name]
type = "text"
title = { zh = "数据表", en = "table" }
labels = { establishment_staff = { zh = "编制实名制信息", en = "establishment register" }, hr_staff = { zh = "人事信息", en = "HR records" } }
[columns.kind]
type = "text"
title = { zh = "不符项", en = "what differs" }
labels = { birth_date = { zh = "出生日期", en = "birth date" }, sex = { zh = "性别", en = "sex" }, both = { zh = "出生日期和性别", en = "birth date and sex" } }
[evidence]
establishment_staff = ["name", "resident_id", "birth_date", "birth_date_agreement", "sex", "sex_agreement"]
hr_staff = ["name", "resident_id", "birth_date", "birth_date_agreement", "sex", "sex_agreement"]
---*/
WITH conflict AS (
  SELECT unit_key, person_key, 'establishment_staff' AS table_name,
         CASE WHEN birth_date_agreement = 'differs' THEN 1 ELSE 0 END AS by_birth,
         CASE WHEN sex_agreement = 'differs' THEN 1 ELSE 0 END AS by_sex,
         row_id AS staff_row, CAST(NULL AS BIGINT) AS hr_row
  FROM establishment_staff
  WHERE unit_key IS NOT NULL AND person_key IS NOT NULL AND (birth_date_agreement = 'differs' OR sex_agreement = 'differs')
  UNION ALL
  SELECT unit_key, person_key, 'hr_staff' AS table_name,
         CASE WHEN birth_date_agreement = 'differs' THEN 1 ELSE 0 END AS by_birth,
         CASE WHEN sex_agreement = 'differs' THEN 1 ELSE 0 END AS by_sex,
         CAST(NULL AS BIGINT) AS staff_row, row_id AS hr_row
  FROM hr_staff
  WHERE unit_key IS NOT NULL AND person_key IS NOT NULL AND (birth_date_agreement = 'differs' OR sex_agreement = 'differs')
)
SELECT unit_key, person_key, table_name AS object_key, table_name,
       CASE WHEN MAX(by_birth) = 1 AND MAX(by_sex) = 1 THEN 'both' WHEN MAX(by_birth) = 1 THEN 'birth_date' ELSE 'sex' END AS kind,
       MIN(staff_row) AS row__establishment_staff, MIN(hr_row) AS row__hr_staff
FROM conflict
GROUP BY unit_key, person_key, table_name
