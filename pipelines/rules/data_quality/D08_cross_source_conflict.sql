/*---
code = "D08"
slug = "cross-source-conflict"
category = "data_quality"
severity = "S3"
since = "0.1.0"
grain = "person"
inputs = ["establishment_staff", "hr_staff"]
absence_claim = false
name = { zh = "跨源属性冲突", en = "sources contradict each other" }
what = { zh = "同一人在编制库与人事库的性别或出生年份不同,并指出哪一方与身份证号一致。", en = "A person's sex or year of birth differs between the establishment register and HR; which of them agrees with the ID is told." }
mistaken_for = { zh = "靠姓名近似匹配的人员不比对;姓名写法由证件姓名规则处理,单位、状态差异由混岗和退休、离职类规则处理;档案认定的出生日期可依法不同于证件。", en = "Persons linked by likeness only; names are for the rule on IDs and names, units and statuses for those on work places and departures; a birth date settled from the files may lawfully differ." }
verify = { zh = "看身份证原件和干部档案,由填错的一方更正。", en = "See the ID card and the personal file; whoever is wrong corrects." }
message = { zh = "{unit_name}{person_name}的{attribute}:编制库为{register_value},人事库为{hr_value},{likely},请核对更正。", en = "{person_name} of {unit_name}: {attribute} is {register_value} in the establishment register and {hr_value} in HR; {likely}; check and correct." }
legal_basis = [ { law = "486", article = "§21–25", verified = true } ]
[columns.attribute]
type = "text"
title = { zh = "属性", en = "attribute" }
labels = { sex = { zh = "性别", en = "the sex" }, birth_year = { zh = "出生年份", en = "the year of birth" } }
[columns.register_value]
type = "text"
title = { zh = "编制库值", en = "value in the establishment register" }
labels = { male = { zh = "男", en = "male" }, female = { zh = "女", en = "female" } }
[columns.hr_value]
type = "text"
title = { zh = "人事库值", en = "value in HR" }
labels = { male = { zh = "男", en = "male" }, female = { zh = "女", en = "female" } }
[columns.likely]
type = "text"
title = { zh = "与证件一致的一方", en = "who agrees with the ID" }
labels = { register = { zh = "编制库与证件号一致", en = "the register agrees with the ID" }, hr = { zh = "人事库与证件号一致", en = "HR agrees with the ID" }, unknown = { zh = "无法由证件号判断", en = "the ID cannot tell" } }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "sex", "birth_date"]
hr_staff = ["name", "resident_id", "unit_name", "sex", "birth_date"]
---*/
WITH staff AS (
  SELECT person_key, unit_key, sex, SUBSTR(birth_date, 1, 4) AS born, sex_agreement, birth_date_agreement, row_id
  FROM establishment_staff
  WHERE person_key IS NOT NULL AND unit_key IS NOT NULL AND COALESCE(sex, 'male') <> 'unrecognised'
),
person AS (
  SELECT person_key, sex, SUBSTR(birth_date, 1, 4) AS born, sex_agreement, birth_date_agreement, row_id
  FROM hr_staff
  WHERE person_key IS NOT NULL AND person_match IN ('A', 'B') AND COALESCE(sex, 'male') <> 'unrecognised'
),
-- Whoever differs anywhere; only those are looked at whole.
differing AS (
  SELECT s.person_key
  FROM staff s JOIN person h ON h.person_key = s.person_key
  WHERE s.sex <> h.sex OR s.born <> h.born
  GROUP BY s.person_key
),
register AS (
  SELECT s.person_key, MIN(s.unit_key) AS unit_key, MIN(s.sex) AS sex, MAX(s.sex) AS other_sex, MIN(s.born) AS born, MAX(s.born) AS other_born,
         MIN(s.sex_agreement) AS sex_agreement, MIN(s.birth_date_agreement) AS birth_agreement, MIN(s.row_id) AS staff_row
  FROM differing d JOIN staff s ON s.person_key = d.person_key
  GROUP BY s.person_key
),
hr AS (
  SELECT h.person_key, MIN(h.sex) AS sex, MAX(h.sex) AS other_sex, MIN(h.born) AS born, MAX(h.born) AS other_born,
         MIN(h.sex_agreement) AS sex_agreement, MIN(h.birth_date_agreement) AS birth_agreement, MIN(h.row_id) AS hr_row
  FROM differing d JOIN person h ON h.person_key = d.person_key
  GROUP BY h.person_key
),
-- Where a source contradicts itself, that is another rule's business.
conflict AS (
  SELECT r.unit_key, r.person_key, 'sex' AS attribute, r.sex AS register_value, h.sex AS hr_value,
         r.sex_agreement AS register_agrees, h.sex_agreement AS hr_agrees, r.staff_row, h.hr_row
  FROM register r JOIN hr h ON h.person_key = r.person_key
  WHERE r.sex <> h.sex AND r.sex = r.other_sex AND h.sex = h.other_sex
  UNION ALL
  SELECT r.unit_key, r.person_key, 'birth_year' AS attribute, r.born AS register_value, h.born AS hr_value,
         r.birth_agreement AS register_agrees, h.birth_agreement AS hr_agrees, r.staff_row, h.hr_row
  FROM register r JOIN hr h ON h.person_key = r.person_key
  WHERE r.born <> h.born AND r.born = r.other_born AND h.born = h.other_born AND r.born <> '****' AND h.born <> '****'
)
SELECT unit_key, person_key, attribute AS object_key, attribute, register_value, hr_value,
       CASE WHEN register_agrees = 'same' AND hr_agrees <> 'same' THEN 'register'
            WHEN hr_agrees = 'same' AND register_agrees <> 'same' THEN 'hr' ELSE 'unknown' END AS likely,
       staff_row AS row__establishment_staff, hr_row AS row__hr_staff
FROM conflict
