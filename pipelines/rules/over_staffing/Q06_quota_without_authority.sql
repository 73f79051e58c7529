/*---
code = "Q06"
slug = "quota-without-authority"
category = "over_staffing"
severity = "S2"
since = "0.1.0"
grain = "unit"
inputs = ["quotas"]
optional_inputs = ["establishment_units", "quota_approvers"]
absence_claim = false
name = { zh = "无批文编制", en = "quota without authority" }
what = { zh = "在用的编制台账行没有批准文号,或批准机关不在批准机关名单内,或同一文号登记出不同的编制数。", en = "A ledger row in force has no approving document, an issuer that is not on the list of approving authorities, or a document under which different numbers are recorded." }
mistaken_for = { zh = "文号编制实行之前的历史沿革编制不要求文号;台账整列没有文号时不判定;没有批准机关名单时不核对机关;批准机关为空的不核对;文号编制实行之前的编制由现在名单内的机关承继,不论其起始时间;同一文号分步增编的须核对原文。", en = "Posts from before documents were numbered need none; a ledger without any document numbers is not judged; without a list of authorities, and where the issuer is left empty, authorities are not compared; posts from before documents were numbered may be older than the authority that now answers for them; a document that adds posts in steps must be read." }
verify = { zh = "调取批准文件原件,核对文号、批准机关审批权限和编制数。", en = "Take the document itself and check its number, the authority of the issuer and the number of posts." }
message = { zh = "{unit_name}{quota_type}编制{approved}名:{reason}(文号:{document_no},批准机关:{issuer}),请补齐依据或收回。", en = "{unit_name}: {approved} {quota_type} posts, {reason} (document {document_no}, issuer {issuer}); produce the authority or withdraw the posts." }
legal_basis = [
  { law = "486", article = "§9,13", verified = true },
  { law = "486", article = "§26(3)(7)", verified = true },
  { law = "条例19", article = "第五章", verified = false },
]
[parameters.numbered_from_year]
type = "integer"
default = 1996
minimum = 1949
doc = { zh = "批文编号制度起始年份", en = "first year in which documents were numbered" }
[columns.reason]
type = "text"
title = { zh = "问题", en = "what is wrong" }
labels = { no_document = { zh = "没有批准文号", en = "no approving document" }, unknown_issuer = { zh = "批准机关不在批准机关名单内", en = "the issuer is not on the list of authorities" }, reused = { zh = "同一文号登记了不同的编制数", en = "one document with different numbers of posts" } }
[columns.quota_type]
type = "text"
title = { zh = "编制类型", en = "quota type" }
labels = { administrative = { zh = "行政", en = "administrative" }, police = { zh = "政法专项", en = "police" }, institution = { zh = "事业", en = "institution" }, civil_service_like = { zh = "参公事业", en = "civil-service-like" }, worker = { zh = "工勤", en = "worker" } }
[columns.approved]
type = "integer"
unit = "posts"
title = { zh = "编制数", en = "posts" }
[columns.document_no]
type = "text"
title = { zh = "批准文号", en = "document" }
[columns.issuer]
type = "text"
title = { zh = "批准机关", en = "issuer" }
[evidence]
quotas = ["quota_type", "bucket", "approved", "document_no", "issuer", "valid_from", "valid_to"]
---*/
WITH lot AS (
  SELECT q.unit_key, q.quota_type, COALESCE(q.bucket, 'own') AS bucket, q.approved, q.document_no, q.issuer, q.row_id,
         q.valid_from_month, COALESCE(q.valid_from_day_min, -1000000) AS from_day, COALESCE(q.valid_to_day_min, 1000000) AS to_day,
         COALESCE(UPPER(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(q.document_no, ' ', ''), '[', '〔'), ']', '〕'),
               '(', '〔'), ')', '〕'), '（', '〔'), '）', '〕')), '') AS number_key,
         REPLACE(REPLACE(q.issuer, ' ', ''), '　', '') AS issuer_key
  FROM quotas q
  WHERE q.unit_key IS NOT NULL AND q.quota_type <> 'unrecognised'
),
in_force AS (
  SELECT l.unit_key, l.quota_type, l.bucket, l.row_id, l.number_key, l.issuer_key, l.valid_from_month, l.from_day
  FROM lot l CROSS JOIN params p
  WHERE l.approved > 0 AND l.from_day <= p.as_of_day AND l.to_day > p.as_of_day
),
-- A ledger that carries no document anywhere cannot say that one is missing.
numbering AS (
  SELECT CAST(SUM(CASE WHEN number_key <> '' THEN 1 ELSE 0 END) AS BIGINT) AS numbered FROM lot
),
no_document AS (
  SELECT f.unit_key, 'no_document' AS reason, f.row_id, f.quota_type || ':' || f.bucket AS what
  FROM in_force f CROSS JOIN numbering n CROSS JOIN params p
  WHERE f.number_key = '' AND n.numbered > 0 AND (f.valid_from_month IS NULL OR f.valid_from_month >= p.numbered_from_year * 12)
),
region AS (
  SELECT unit_key, MIN(region_code) AS region_code FROM establishment_units
  WHERE unit_key IS NOT NULL GROUP BY unit_key HAVING MIN(region_code) = MAX(region_code)
),
approver AS (
  SELECT REPLACE(REPLACE(a.issuer, ' ', ''), '　', '') AS issuer_key, a.region_code,
         CASE WHEN a.region_code IS NULL THEN 'any' WHEN SUBSTR(a.region_code, 3, 4) = '0000' THEN 'province'
              WHEN SUBSTR(a.region_code, 5, 2) = '00' THEN 'city' ELSE 'county' END AS level,
         COALESCE(a.valid_from_day_min, -1000000) AS from_day, COALESCE(a.valid_to_day_max, 1000000) AS to_day
  FROM quota_approvers a
),
list AS (
  SELECT CAST(COUNT(*) AS BIGINT) AS entries FROM approver
),
placed AS (
  SELECT f.row_id, f.issuer_key, f.from_day, f.valid_from_month, r.region_code
  FROM in_force f LEFT JOIN region r ON r.unit_key = f.unit_key
),
authorised AS (
  SELECT f.row_id
  FROM placed f JOIN approver a ON a.issuer_key = f.issuer_key CROSS JOIN params p
  -- Posts of the time before documents were numbered may be older than the authority that now answers for them.
  WHERE (f.from_day = -1000000 OR f.valid_from_month < p.numbered_from_year * 12 OR (a.from_day <= f.from_day AND a.to_day > f.from_day))
    AND (a.level = 'any' OR f.region_code IS NULL OR (a.level = 'county' AND f.region_code = a.region_code)
      OR (a.level = 'city' AND SUBSTR(f.region_code, 1, 4) = SUBSTR(a.region_code, 1, 4))
      OR (a.level = 'province' AND SUBSTR(f.region_code, 1, 2) = SUBSTR(a.region_code, 1, 2)))
  GROUP BY f.row_id
),
unknown_issuer AS (
  SELECT f.unit_key, 'unknown_issuer' AS reason, f.row_id, f.quota_type || ':' || f.bucket AS what
  FROM in_force f LEFT JOIN authorised a ON a.row_id = f.row_id CROSS JOIN list n
  WHERE n.entries > 0 AND f.issuer_key <> '' AND a.row_id IS NULL
),
reused_group AS (
  SELECT unit_key, quota_type, bucket, number_key, MAX(row_id) AS row_id
  FROM lot WHERE number_key <> '' AND approved > 0
  GROUP BY unit_key, quota_type, bucket, number_key
  HAVING MIN(approved) < MAX(approved)
),
reused AS (
  SELECT unit_key, 'reused' AS reason, row_id, quota_type || ':' || bucket || ':' || number_key AS what FROM reused_group
),
found AS (
  SELECT unit_key, reason, row_id, what FROM no_document
  UNION ALL
  SELECT unit_key, reason, row_id, what FROM unknown_issuer
  UNION ALL
  SELECT unit_key, reason, row_id, what FROM reused
),
one AS (
  SELECT unit_key, reason, what, MIN(row_id) AS row_id FROM found GROUP BY unit_key, reason, what
)
SELECT o.unit_key, o.reason || ':' || o.what AS object_key, o.reason, l.quota_type, CAST(l.approved AS BIGINT) AS approved,
       l.document_no, l.issuer, o.row_id AS row__quotas
FROM one o JOIN lot l ON l.row_id = o.row_id
