/*---
code = "R16"
slug = "chinese-domain"
category = "early_warning"
severity = "S4"
since = "0.1.0"
grain = "unit"
inputs = ["establishment_units", "domains"]
optional_inputs = ["unit_aliases"]
absence_claim = true
name = { zh = "中文域名未注册、过期或名不符", en = "Chinese domain missing, expired or of another name" }
what = { zh = "机关、群团无“.政务”或事业单位无“.公益”中文域名,域名已过期,或域名主体与单位名称不符。", en = "An organ or mass body has no name in .政务, an institution none in .公益, the name has expired, or it is not the unit's." }
mistaken_for = { zh = "并非所有单位都必须注册(以当地要求为准);撤并中、已撤销的机构;规范简称、加挂牌子名称作域名的属相符;域名行被退回或名称相同而未匹配的不判定。", en = "Not every unit must have one (as the office requires); units being merged or abolished; short names and plaques are the unit's names; rows set aside or left unlinked under the same name." }
verify = { zh = "查域名注册管理系统的注册人、到期日和续费情况。", en = "Look up holder, end and renewal at the registry." }
message = { zh = "{unit_name}中文域名{kind}(域名:{domain_name},到期:{expires_on}),请办理注册、续期或变更。", en = "{unit_name}: Chinese domain {kind} ({domain_name}, expires {expires_on}); register, renew or change it." }
legal_basis = [ { law = "域名", verified = false } ]
[parameters.require_all]
type = "bool"
default = true
doc = { zh = "是否要求所有在册机构都注册", en = "whether every active unit must have one" }
[parameters.grace_days]
type = "integer"
default = 180
minimum = 0
doc = { zh = "设立后多少天内不要求", en = "days after a unit's founding for which none is asked" }
[columns.kind]
type = "text"
title = { zh = "情形", en = "kind" }
labels = { missing = { zh = "未注册", en = "not registered" }, expired = { zh = "已过期", en = "expired" }, name = { zh = "与单位名称不符", en = "not the unit's name" } }
[columns.domain_name]
type = "text"
title = { zh = "中文域名", en = "Chinese domain name" }
[columns.expires_on]
type = "date"
title = { zh = "到期日期", en = "expires on" }
[evidence]
establishment_units = ["unit_name", "unit_code", "nature", "other_names"]
domains = ["unit_name", "domain_name", "registered_on", "expires_on"]
---*/
WITH unit AS (
  SELECT u.unit_key, MIN(u.row_id) AS unit_row, MIN(u.unit_name) AS name, MIN(u.unit_name_folded) AS folded, MAX(COALESCE(u.other_names, '')) AS others,
         MAX(CASE WHEN u.nature IN ('organ', 'mass') THEN '.政务' ELSE '.公益' END) AS suffix,
         MAX(CASE WHEN u.established_on_day_max + p.grace_days >= p.as_of_day THEN 1 ELSE 0 END) AS is_new
  FROM establishment_units u CROSS JOIN params p
  WHERE u.unit_key IS NOT NULL AND u.unit_status = 'active' AND u.nature IN ('organ', 'mass', 'institution', 'civil_service_like')
  GROUP BY u.unit_key
),
named AS (
  SELECT d.unit_key, d.row_id, d.domain_name, d.expires_on, u.suffix, u.name, u.folded, u.others,
         REPLACE(REPLACE(d.domain_name, '.政务', ''), '.公益', '') AS stem,
         CASE WHEN d.expires_on_day_max < p.as_of_day THEN 1 ELSE 0 END AS is_expired
  FROM domains d JOIN unit u ON u.unit_key = d.unit_key CROSS JOIN params p
),
fitting AS (
  SELECT unit_key, row_id, domain_name, expires_on, name, folded, others, stem, is_expired
  FROM named WHERE CASE WHEN suffix IS NULL THEN 0 WHEN suffix = '' THEN 1 WHEN SPLIT_PART(domain_name, suffix, 1) <> domain_name THEN 1 ELSE 0 END = 1
),
alias AS (
  SELECT unit_key, alias, alias_folded FROM unit_aliases
  WHERE unit_key IS NOT NULL AND alias_kind IN ('short_name', 'plaque')
),
own AS (
  SELECT f.unit_key, f.row_id, f.domain_name, f.expires_on, f.is_expired,
         CASE WHEN f.stem = f.name THEN 1 WHEN f.stem = f.folded THEN 1
              WHEN CASE WHEN f.stem IS NULL THEN 0 WHEN f.stem = '' THEN 1 WHEN SPLIT_PART(f.others, f.stem, 1) <> f.others THEN 1 ELSE 0 END = 1 THEN 1
              WHEN a.unit_key IS NOT NULL THEN 1 WHEN b.unit_key IS NOT NULL THEN 1 ELSE 0 END AS is_own
  FROM fitting f
  LEFT JOIN alias a ON a.unit_key = f.unit_key AND a.alias = f.stem
  LEFT JOIN alias b ON b.unit_key = f.unit_key AND b.alias_folded = f.stem
),
-- The best of a unit's names counts: its own and in force, its own and expired, another's.
graded AS (
  SELECT unit_key, row_id, domain_name, expires_on,
         CASE WHEN is_own = 1 AND is_expired = 0 THEN 0 WHEN is_own = 1 THEN 1 WHEN is_expired = 0 THEN 2 ELSE 3 END AS grade
  FROM own
),
ranked AS (
  SELECT unit_key, row_id, domain_name, expires_on, grade,
         CAST(ROW_NUMBER() OVER (PARTITION BY unit_key ORDER BY grade, domain_name, row_id) AS BIGINT) AS rank_no
  FROM graded
),
best AS (
  SELECT unit_key, row_id, domain_name, expires_on, grade FROM ranked WHERE rank_no = 1
),
set_aside AS (
  SELECT unit_key FROM rejected_rows WHERE table_name = 'domains' AND unit_key IS NOT NULL GROUP BY unit_key
),
loose AS (
  SELECT unit_name_folded FROM domains WHERE unit_key IS NULL AND unit_name_folded IS NOT NULL GROUP BY unit_name_folded
),
judged AS (
  SELECT u.unit_key, u.unit_row, b.row_id AS domain_row, b.domain_name, b.expires_on,
         CASE WHEN b.grade = 0 THEN 'fine' WHEN b.grade = 1 THEN 'expired' WHEN b.grade > 1 THEN 'name'
              WHEN u.is_new = 1 OR n.unit_name_folded IS NOT NULL OR NOT p.require_all THEN 'fine' ELSE 'missing' END AS kind
  FROM unit u
  LEFT JOIN best b ON b.unit_key = u.unit_key
  LEFT JOIN set_aside x ON x.unit_key = u.unit_key
  LEFT JOIN loose n ON n.unit_name_folded = u.folded
  CROSS JOIN params p
  WHERE x.unit_key IS NULL
)
SELECT unit_key, kind, domain_name, expires_on, unit_row AS row__establishment_units, domain_row AS row__domains
FROM judged
WHERE kind <> 'fine'
