/*---
code = "R06"
slug = "sponsor-mismatch"
category = "mismatched_registrations"
severity = "S3"
since = "0.1.0"
grain = "unit"
inputs = ["establishment_units", "registrations"]
optional_inputs = ["unit_aliases"]
absence_claim = false
name = { zh = "举办单位不一致", en = "sponsor mismatch" }
what = { zh = "登记的举办单位与编制库主管部门不是同一机构,更名前后的名称、加挂牌子名称已作同一机构看待。", en = "The registered sponsor is not the superior in the establishment register; names before and after a renaming and plaques count as one body." }
mistaken_for = { zh = "机构改革中主管部门更名、只相差行政区划前缀;委托管理、托管单位的举办单位依批文可以不同;任一方未填的不判定。", en = "A superior renamed by a reform; names that differ by a leading region only; a unit managed for another by a document; blanks on either side." }
verify = { zh = "核对三定规定或划转批文载明的主管部门与法人证书举办单位,需要时办理变更登记。", en = "Compare the superior in the document of duties or transfer with the sponsor on the certificate; register the change where due." }
message = { zh = "{unit_name}登记举办单位为“{sponsor_name}”,编制库主管部门为“{superior_name}”,请核对隶属关系并办理变更。", en = "{unit_name} is registered under \"{sponsor_name}\", its superior in the establishment register is \"{superior_name}\"; check and register the change." }
legal_basis = [ { law = "登", article = "§8", verified = true } ]
[columns.superior_name]
type = "text"
title = { zh = "编制库主管部门", en = "superior in the establishment register" }
[columns.sponsor_name]
type = "text"
title = { zh = "登记举办单位", en = "registered sponsor" }
[evidence]
establishment_units = ["unit_name", "unit_code", "superior_name", "approval_document"]
registrations = ["unit_name", "credit_code", "sponsor_name", "changed_on"]
---*/
WITH compared AS (
  SELECT u.unit_key, u.superior_name, r.sponsor_name, u.superior_name_folded AS superior, r.sponsor_name_folded AS sponsor,
         CAST(LENGTH(u.superior_name_folded) AS BIGINT) AS superior_length,
         CAST(LENGTH(r.sponsor_name_folded) AS BIGINT) AS sponsor_length,
         u.row_id AS unit_row, r.row_id AS registration_row
  FROM establishment_units u JOIN registrations r ON r.unit_key = u.unit_key
  WHERE u.unit_status = 'active' AND r.registration_status = 'active' AND u.superior_name_folded <> r.sponsor_name_folded
),
measured AS (
  SELECT unit_key, superior_name, sponsor_name, superior, sponsor, unit_row, registration_row,
         CASE WHEN superior_length > sponsor_length THEN superior ELSE sponsor END AS longer,
         CASE WHEN superior_length > sponsor_length THEN sponsor ELSE superior END AS shorter,
         CASE WHEN superior_length > sponsor_length THEN superior_length - sponsor_length ELSE sponsor_length - superior_length END AS surplus
  FROM compared
),
-- A name with or without its region is one name.
differing AS (
  SELECT unit_key, superior_name, sponsor_name, superior, sponsor, unit_row, registration_row
  FROM measured
  WHERE NOT (surplus > 1 AND SUBSTR(longer, surplus + 1, 200) = shorter
             AND SUBSTR(longer, surplus, 1) IN ('省', '市', '县', '区', '旗', '州', '盟'))
),
body AS (
  SELECT unit_key AS body_key, unit_name_folded AS body_name, COALESCE(other_names, '') AS others
  FROM establishment_units
  WHERE unit_key IS NOT NULL AND unit_name_folded IS NOT NULL
),
-- A body under two of its names: as it is called and as it was or is called too.
renamed AS (
  SELECT b.body_name AS present, a.alias_folded AS other_name
  FROM body b JOIN unit_aliases a ON a.unit_key = b.body_key
  WHERE a.alias_folded IS NOT NULL
),
pair AS (
  SELECT present AS one_name, other_name AS second_name FROM renamed
  UNION
  SELECT other_name AS one_name, present AS second_name FROM renamed
),
plaque AS (
  SELECT body_name, MAX(others) AS others FROM body GROUP BY body_name
)
SELECT d.unit_key, MIN(d.superior_name) AS superior_name, MIN(d.sponsor_name) AS sponsor_name,
       MIN(d.unit_row) AS row__establishment_units, MIN(d.registration_row) AS row__registrations
FROM differing d
LEFT JOIN pair k ON k.one_name = d.superior AND k.second_name = d.sponsor
LEFT JOIN plaque q ON q.body_name = d.superior
WHERE k.one_name IS NULL
  AND CASE WHEN d.sponsor IS NULL THEN 0 WHEN d.sponsor = '' THEN 1 WHEN SPLIT_PART(COALESCE(q.others, ''), d.sponsor, 1) <> COALESCE(q.others, '') THEN 1 ELSE 0 END = 0
  AND CASE WHEN d.sponsor_name IS NULL THEN 0 WHEN d.sponsor_name = '' THEN 1 WHEN SPLIT_PART(COALESCE(q.others, ''), d.sponsor_name, 1) <> COALESCE(q.others, '') THEN 1 ELSE 0 END = 0
GROUP BY d.unit_key
