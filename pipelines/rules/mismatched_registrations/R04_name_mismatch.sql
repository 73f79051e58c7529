/*---
code = "R04"
slug = "name-mismatch"
category = "mismatched_registrations"
severity = "S3"
since = "0.1.0"
grain = "unit"
inputs = ["establishment_units", "registrations"]
optional_inputs = ["unit_aliases"]
absence_claim = false
name = { zh = "名称不一致", en = "name mismatch" }
what = { zh = "同一单位在编制库与登记库的规范化名称不同,且登记名称不是在效的别名、加挂牌子,或更名已超过变更登记期限。", en = "A unit's folded names differ between the establishment register and the registration, and the registered name is no alias in force, no plaque, or a former name past the time to change it." }
mistaken_for = { zh = "加挂牌子、简称、备案的曾用名(变更期限内);只相差行政区划前缀;全半角、繁简、括号写法已统一。", en = "Plaques, short names, and former names within the time to register the change; names that differ by a leading region only; width, script and brackets are folded already." }
verify = { zh = "核对机构设立或更名批文与法人证书所载名称,查变更登记是否在三十个工作日内办理。", en = "Compare the document of founding or renaming with the certificate, and check whether the change was registered within thirty working days." }
message = { zh = "{unit_name}登记库名称为“{registered_name}”,与编制库“{register_name}”不一致,请核对批文并办理变更登记。", en = "{unit_name} is registered as \"{registered_name}\" but stands as \"{register_name}\" in the establishment register; check the document and register the change." }
legal_basis = [
  { law = "登", article = "§8,10,19(1)", verified = true },
  { law = "细", article = "变更登记期限(三十个工作日)", verified = true },
]
[parameters.grace_days]
type = "integer"
default = 45
minimum = 0
doc = { zh = "曾用名失效后的宽限天数(三十个工作日约四十五天)", en = "days a former name may still stand (thirty working days are about forty-five)" }
[columns.register_name]
type = "text"
title = { zh = "编制库名称", en = "name in the establishment register" }
[columns.registered_name]
type = "text"
title = { zh = "登记库名称", en = "registered name" }
[evidence]
establishment_units = ["unit_name", "other_names", "unit_code", "approval_document"]
registrations = ["unit_name", "other_names", "credit_code", "changed_on"]
unit_aliases = ["alias", "alias_kind", "valid_from", "valid_to", "document_no"]
---*/
WITH compared AS (
  SELECT u.unit_key, u.unit_name AS register_name, r.unit_name AS registered_name,
         u.unit_name_folded AS own, r.unit_name_folded AS registered,
         COALESCE(u.other_names, '') AS own_others, COALESCE(r.other_names, '') AS registered_others,
         CAST(LENGTH(u.unit_name_folded) AS BIGINT) AS own_length, CAST(LENGTH(r.unit_name_folded) AS BIGINT) AS registered_length,
         u.row_id AS unit_row, r.row_id AS registration_row
  FROM establishment_units u JOIN registrations r ON r.unit_key = u.unit_key
  WHERE u.unit_status = 'active' AND r.registration_status = 'active' AND u.unit_name_folded <> r.unit_name_folded
),
measured AS (
  SELECT unit_key, register_name, registered_name, own, registered, own_others, registered_others, unit_row, registration_row,
         CASE WHEN own_length > registered_length THEN own ELSE registered END AS longer,
         CASE WHEN own_length > registered_length THEN registered ELSE own END AS shorter,
         CASE WHEN own_length > registered_length THEN own_length - registered_length ELSE registered_length - own_length END AS surplus
  FROM compared
),
-- Names that differ by a leading region only are one name; so is a name listed among the other names.
differing AS (
  SELECT unit_key, register_name, registered_name, registered, unit_row, registration_row
  FROM measured
  WHERE NOT (surplus > 1 AND SUBSTR(longer, surplus + 1, 200) = shorter
             AND SUBSTR(longer, surplus, 1) IN ('省', '市', '县', '区', '旗', '州', '盟'))
    AND CASE WHEN registered_name IS NULL THEN 0 WHEN registered_name = '' THEN 1 WHEN SPLIT_PART(own_others, registered_name, 1) <> own_others THEN 1 ELSE 0 END = 0
    AND CASE WHEN registered IS NULL THEN 0 WHEN registered = '' THEN 1 WHEN SPLIT_PART(own_others, registered, 1) <> own_others THEN 1 ELSE 0 END = 0
    AND CASE WHEN register_name IS NULL THEN 0 WHEN register_name = '' THEN 1 WHEN SPLIT_PART(registered_others, register_name, 1) <> registered_others THEN 1 ELSE 0 END = 0
),
alias_dated AS (
  SELECT a.unit_key, a.alias_folded, a.row_id,
         CASE WHEN (a.valid_from_day_min IS NULL OR a.valid_from_day_min <= p.as_of_day)
               AND (a.valid_to_day_max IS NULL OR a.valid_to_day_max >= p.as_of_day - p.grace_days) THEN 1 ELSE 0 END AS in_force
  FROM unit_aliases a CROSS JOIN params p
  WHERE a.unit_key IS NOT NULL AND a.alias_folded IS NOT NULL
),
alias AS (
  SELECT unit_key, alias_folded, MAX(in_force) AS in_force, MIN(row_id) AS alias_row
  FROM alias_dated GROUP BY unit_key, alias_folded
)
SELECT d.unit_key, MIN(d.register_name) AS register_name, MIN(d.registered_name) AS registered_name,
       MIN(d.unit_row) AS row__establishment_units, MIN(d.registration_row) AS row__registrations,
       MIN(a.alias_row) AS row__unit_aliases
FROM differing d LEFT JOIN alias a ON a.unit_key = d.unit_key AND a.alias_folded = d.registered
WHERE COALESCE(a.in_force, 0) = 0
GROUP BY d.unit_key
