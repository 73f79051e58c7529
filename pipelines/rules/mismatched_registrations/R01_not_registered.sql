/*---
code = "R01"
slug = "not-registered"
category = "mismatched_registrations"
severity = "S2"
since = "0.1.0"
grain = "unit"
inputs = ["establishment_units", "registrations"]
absence_claim = false
name = { zh = "应登未登", en = "not registered" }
what = { zh = "编制库中在册的事业单位(含参公)批准设立已超过六十个工作日,登记库中没有对应登记。", en = "An institution in the establishment register has no registration although more than sixty working days have passed since its approval." }
mistaken_for = { zh = "备案类单位、涉密单位、只挂牌子的内设机构;批准设立尚在宽限期内;登记行被退回或单位匹配不上(名称、信用代码相同)的不判定。", en = "Units that only file, secret units, inner bodies with a plaque; units within the grace period; a registration set aside, or one left unlinked under the same name or code." }
verify = { zh = "以单位名称、曾用名、统一社会信用代码查事业单位登记管理系统,核对是否属于备案或免登范围。", en = "Search the registration system by name, former name and credit code, and check whether the unit need only file." }
message = { zh = "{unit_name}(批准设立:{established_on})未见事业单位法人登记,请核实是否应登记、备案或属于免登范围。", en = "{unit_name} (established {established_on}) has no registration as an institution; check whether it must register, file, or is exempt." }
legal_basis = [
  { law = "登", article = "§3,11,18", verified = true },
  { law = "细", article = "设立登记期限(六十个工作日)", verified = true },
]
[parameters.grace_days]
type = "integer"
default = 84
minimum = 0
doc = { zh = "批准设立后的宽限天数(六十个工作日约八十四天)", en = "days of grace after the approval (sixty working days are about eighty-four)" }
[columns.nature]
type = "text"
title = { zh = "机构性质", en = "nature" }
labels = { institution = { zh = "事业单位", en = "institution" }, civil_service_like = { zh = "参公事业单位", en = "institution run like the civil service" } }
[columns.established_on]
type = "date"
title = { zh = "批准设立日期", en = "established on" }
[columns.credit_code]
type = "text"
title = { zh = "编制库信用代码", en = "credit code in the establishment register" }
[evidence]
establishment_units = ["unit_name", "unit_code", "credit_code", "nature", "established_on", "approval_document"]
---*/
WITH unit AS (
  SELECT u.unit_key, u.row_id, u.unit_name_folded, u.credit_code, u.nature, u.established_on
  FROM establishment_units u CROSS JOIN params p
  WHERE u.unit_key IS NOT NULL AND u.unit_status = 'active' AND u.nature IN ('institution', 'civil_service_like')
    AND (u.established_on_day_max IS NULL OR u.established_on_day_max + p.grace_days < p.as_of_day)
),
registered AS (
  SELECT unit_key FROM registrations WHERE unit_key IS NOT NULL
  UNION
  SELECT unit_key FROM rejected_rows WHERE table_name = 'registrations' AND unit_key IS NOT NULL
),
-- Registrations that were linked to no unit may be this unit's all the same.
loose_name AS (
  SELECT unit_name_folded FROM registrations WHERE unit_key IS NULL AND unit_name_folded IS NOT NULL GROUP BY unit_name_folded
),
loose_code AS (
  SELECT credit_code FROM registrations WHERE unit_key IS NULL AND credit_code IS NOT NULL GROUP BY credit_code
)
SELECT u.unit_key, MIN(u.nature) AS nature, MIN(u.established_on) AS established_on, MIN(u.credit_code) AS credit_code,
       MIN(u.row_id) AS row__establishment_units
FROM unit u
LEFT JOIN registered r ON r.unit_key = u.unit_key
LEFT JOIN loose_name n ON n.unit_name_folded = u.unit_name_folded
LEFT JOIN loose_code c ON c.credit_code = u.credit_code
WHERE r.unit_key IS NULL AND n.unit_name_folded IS NULL AND c.credit_code IS NULL
GROUP BY u.unit_key
