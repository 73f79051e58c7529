/*---
code = "R18"
slug = "nature-mismatch"
category = "mismatched_registrations"
severity = "S3"
since = "0.1.0"
grain = "unit"
inputs = ["establishment_units", "quotas", "registrations"]
optional_inputs = ["quota_exemptions", "unit_aliases"]
absence_claim = false
name = { zh = "登记类别与编制性质不符", en = "nature mismatch" }
what = { zh = "信用代码为机关(11)而只有事业编制,代码为事业单位(12)而有行政或政法专项编制,或机关、群团被登记为事业单位法人。", en = "A code of an organ (11) with institution posts only, a code of an institution (12) with administrative or police posts, or an organ or mass body registered as an institution." }
mistaken_for = { zh = "参公事业单位;机关加挂事业单位牌子并以牌子名称登记的;改革过渡期有在效豁免文件的编制类型不计;周转池、调借编制不计。", en = "Institutions run like the civil service; an organ with an institution's plaque, registered under the plaque; types of posts exempt by a document in force; pooled and loaned posts." }
verify = { zh = "核对三定规定载明的机构性质、编制类型与赋码通知、法人证书。", en = "Compare nature and types of posts in the document of duties with the notice of the code and the certificate." }
message = { zh = "{unit_name}{kind}(编制库性质:{nature},信用代码{credit_code}),请核对机构性质、赋码和编制类型。", en = "{unit_name}: {kind} (nature {nature}, code {credit_code}); check nature, code and types of posts." }
legal_basis = [
  { law = "486", article = "§15", verified = true },
  { law = "GB32100", article = "代码构成与校验", verified = true },
]
[columns.kind]
type = "text"
title = { zh = "不符类型", en = "kind of mismatch" }
labels = { organ_code = { zh = "机关代码而只有事业编制", en = "an organ's code with institution posts only" }, institution_code = { zh = "事业单位代码而有行政编制", en = "an institution's code with administrative posts" }, organ_registered = { zh = "机关或群团登记为事业单位法人", en = "an organ or mass body registered as an institution" } }
[columns.nature]
type = "text"
title = { zh = "机构性质", en = "nature" }
labels = { organ = { zh = "机关", en = "organ" }, institution = { zh = "事业单位", en = "institution" }, civil_service_like = { zh = "参公事业单位", en = "institution run like the civil service" }, mass = { zh = "群团", en = "mass body" } }
[columns.credit_code]
type = "text"
title = { zh = "信用代码", en = "credit code" }
[evidence]
establishment_units = ["unit_name", "unit_code", "credit_code", "nature", "other_names"]
quotas = ["quota_type", "bucket", "approved", "document_no"]
registrations = ["unit_name", "credit_code", "registration_status"]
---*/
WITH unit AS (
  SELECT unit_key, row_id, unit_name_folded, credit_code, nature, COALESCE(other_names, '') AS others,
         CASE WHEN credit_code_state = 'valid' THEN SUBSTR(credit_code, 1, 2) ELSE '' END AS prefix
  FROM establishment_units WHERE unit_key IS NOT NULL AND unit_status = 'active'
),
exempt AS (
  SELECT x.unit_key, x.quota_type
  FROM quota_exemptions x CROSS JOIN params p
  WHERE x.unit_key IS NOT NULL
    AND (x.valid_from_day_min IS NULL OR x.valid_from_day_min <= p.as_of_day)
    AND (x.valid_to_day_min IS NULL OR x.valid_to_day_min > p.as_of_day)
  GROUP BY x.unit_key, x.quota_type
),
quota AS (
  SELECT q.unit_key, q.row_id, q.quota_type, q.approved,
         CASE WHEN q.quota_type IN ('administrative', 'police') THEN 1 ELSE 0 END AS is_organ,
         CASE WHEN q.quota_type IN ('institution', 'civil_service_like') THEN 1 ELSE 0 END AS is_institution
  FROM quotas q CROSS JOIN params p
  WHERE q.unit_key IS NOT NULL AND q.bucket = 'own' AND q.approved > 0
    AND (q.valid_from_day_min IS NULL OR q.valid_from_day_min <= p.as_of_day)
    AND (q.valid_to_day_min IS NULL OR q.valid_to_day_min > p.as_of_day)
),
held AS (
  SELECT q.unit_key, MAX(q.is_organ) AS has_organ,
         MAX(CASE WHEN x.unit_key IS NULL THEN q.is_institution ELSE 0 END) AS has_institution,
         MAX(CASE WHEN x.unit_key IS NULL THEN q.is_organ ELSE 0 END) AS has_wrong,
         MIN(CASE WHEN q.is_institution = 1 THEN q.row_id END) AS institution_row,
         MIN(CASE WHEN q.is_organ = 1 AND x.unit_key IS NULL THEN q.row_id END) AS organ_row
  FROM quota q LEFT JOIN exempt x ON x.unit_key = q.unit_key AND x.quota_type = q.quota_type
  GROUP BY q.unit_key
),
alias AS (
  SELECT unit_key, alias_folded FROM unit_aliases WHERE unit_key IS NOT NULL AND alias_folded IS NOT NULL GROUP BY unit_key, alias_folded
),
registered AS (
  SELECT r.unit_key, r.row_id, r.credit_code AS registered_code, r.unit_name, r.unit_name_folded AS registered_name
  FROM registrations r WHERE r.unit_key IS NOT NULL AND r.registration_status = 'active'
),
found AS (
  SELECT u.unit_key, 'organ_code' AS kind, u.nature, u.credit_code, u.row_id AS unit_row, h.institution_row AS quota_row, CAST(NULL AS BIGINT) AS registration_row
  FROM unit u JOIN held h ON h.unit_key = u.unit_key
  WHERE u.prefix = '11' AND h.has_organ = 0 AND h.has_institution = 1
  UNION ALL
  SELECT u.unit_key, 'institution_code' AS kind, u.nature, u.credit_code, u.row_id AS unit_row, h.organ_row AS quota_row, CAST(NULL AS BIGINT) AS registration_row
  FROM unit u JOIN held h ON h.unit_key = u.unit_key
  WHERE u.prefix = '12' AND u.nature <> 'civil_service_like' AND h.has_wrong = 1
  UNION ALL
  SELECT u.unit_key, 'organ_registered' AS kind, u.nature, r.registered_code AS credit_code, u.row_id AS unit_row, CAST(NULL AS BIGINT) AS quota_row, r.row_id AS registration_row
  FROM unit u JOIN registered r ON r.unit_key = u.unit_key
  LEFT JOIN alias a ON a.unit_key = r.unit_key AND a.alias_folded = r.registered_name
  WHERE u.nature IN ('organ', 'mass') AND a.unit_key IS NULL
    AND CASE WHEN r.unit_name IS NULL THEN 0 WHEN r.unit_name = '' THEN 1 WHEN SPLIT_PART(u.others, r.unit_name, 1) <> u.others THEN 1 ELSE 0 END = 0 AND CASE WHEN r.registered_name IS NULL THEN 0 WHEN r.registered_name = '' THEN 1 WHEN SPLIT_PART(u.others, r.registered_name, 1) <> u.others THEN 1 ELSE 0 END = 0
)
SELECT unit_key, kind AS object_key, kind, MIN(nature) AS nature, MIN(credit_code) AS credit_code,
       MIN(unit_row) AS row__establishment_units, MIN(quota_row) AS row__quotas, MIN(registration_row) AS row__registrations
FROM found GROUP BY unit_key, kind
