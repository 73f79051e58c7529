/*---
code = "R15"
slug = "plaques"
category = "mismatched_registrations"
severity = "S3"
since = "0.1.0"
grain = "unit"
inputs = ["plaques", "establishment_units"]
optional_inputs = ["unit_aliases"]
absence_claim = false
name = { zh = "挂牌不规范", en = "plaques out of order" }
what = { zh = "现场所见牌子不在批准清单上,批准的牌子未悬挂,或加挂的牌子被单独核定编制。", en = "A plaque was seen that nobody approved, an approved one is not up, or a plaque was given posts of its own." }
mistaken_for = { zh = "单位本名、在册其他名称和别名;党建、文明单位、项目基地等牌匾不属机构牌子;批准不久、尚在制作的;一年以前的现场记录不作依据;未去现场核查的单位不判定缺挂。", en = "The unit's own name, other names and aliases; plaques of the party, of honours and of projects; one approved lately; sightings older than a year; units that nobody visited." }
verify = { zh = "对照批准加挂牌子的文件和现场照片;不按规定挂牌的当场纠正。", en = "Hold the document against the photograph; have it put right on the spot." }
message = { zh = "{unit_name}牌子“{plaque_name}”{kind},请按批文规范。", en = "{unit_name}: the plaque \"{plaque_name}\" {kind}; bring it in line with the document." }
legal_basis = [ { law = "486", article = "§26(1)", verified = true } ]
[parameters.hang_days]
type = "integer"
default = 60
minimum = 0
doc = { zh = "批准后应挂出的天数", en = "days after the approval within which to put it up" }
[parameters.visit_days]
type = "integer"
default = 365
minimum = 1
doc = { zh = "现场记录多少天内有效", en = "days for which a sighting counts" }
[columns.kind]
type = "text"
title = { zh = "情形", en = "kind" }
labels = { unapproved = { zh = "未经批准", en = "was not approved" }, missing = { zh = "已批准而未悬挂", en = "was approved and is not up" }, own_quota = { zh = "被单独核定编制", en = "was given posts of its own" } }
[columns.plaque_name]
type = "text"
title = { zh = "牌子名称", en = "text of the plaque" }
[evidence]
plaques = ["unit_name", "plaque_name", "list_source", "plaque_class", "document_no", "approved_on", "seen_on", "own_quota"]
establishment_units = ["unit_name", "other_names", "approval_document"]
---*/
WITH unit AS (
  SELECT unit_key, MIN(row_id) AS unit_row, MIN(unit_name_folded) AS own, MIN(unit_name) AS own_raw, MAX(COALESCE(other_names, '')) AS others
  FROM establishment_units WHERE unit_key IS NOT NULL AND unit_status = 'active' GROUP BY unit_key
),
plaque AS (
  SELECT q.unit_key, q.row_id, q.plaque_name, q.plaque_name_folded AS folded, q.list_source, q.own_quota,
         CASE WHEN q.plaque_class IN ('party', 'honour', 'project') THEN 1 ELSE 0 END AS is_other,
         CASE WHEN q.seen_on_day_max + p.visit_days < p.as_of_day THEN 1 ELSE 0 END AS is_stale,
         CASE WHEN q.approved_on_day_max > p.as_of_day THEN 2
              WHEN q.approved_on_day_max + p.hang_days >= p.as_of_day THEN 1 ELSE 0 END AS is_fresh
  FROM plaques q CROSS JOIN params p
  WHERE q.unit_key IS NOT NULL AND q.plaque_name_folded IS NOT NULL
),
approved AS (
  SELECT unit_key, folded, MIN(row_id) AS approved_row, MIN(plaque_name) AS plaque_name, MIN(is_fresh) AS is_fresh, MAX(is_other) AS is_other
  FROM plaque WHERE list_source = 'approved' AND is_fresh < 2 GROUP BY unit_key, folded
),
seen AS (
  SELECT unit_key, folded, MIN(row_id) AS seen_row, MIN(plaque_name) AS plaque_name, MAX(is_other) AS is_other
  FROM plaque WHERE list_source = 'seen' AND is_stale = 0 GROUP BY unit_key, folded
),
visited AS (
  SELECT unit_key FROM seen GROUP BY unit_key
),
set_aside AS (
  SELECT unit_key FROM rejected_rows WHERE table_name = 'plaques' AND unit_key IS NOT NULL GROUP BY unit_key
),
alias AS (
  SELECT unit_key, alias_folded FROM unit_aliases WHERE unit_key IS NOT NULL AND alias_folded IS NOT NULL GROUP BY unit_key, alias_folded
),
found AS (
  SELECT s.unit_key, 'unapproved' AS kind, s.folded, s.plaque_name, s.seen_row AS plaque_row
  FROM seen s
  JOIN unit u ON u.unit_key = s.unit_key
  LEFT JOIN approved a ON a.unit_key = s.unit_key AND a.folded = s.folded
  LEFT JOIN alias l ON l.unit_key = s.unit_key AND l.alias_folded = s.folded
  WHERE s.is_other = 0 AND a.unit_key IS NULL AND l.unit_key IS NULL AND s.folded <> u.own
    AND CASE WHEN s.folded IS NULL THEN 0 WHEN s.folded = '' THEN 1 WHEN SPLIT_PART(u.others, s.folded, 1) <> u.others THEN 1 ELSE 0 END = 0 AND CASE WHEN s.plaque_name IS NULL THEN 0 WHEN s.plaque_name = '' THEN 1 WHEN SPLIT_PART(u.others, s.plaque_name, 1) <> u.others THEN 1 ELSE 0 END = 0
  UNION ALL
  SELECT a.unit_key, 'missing' AS kind, a.folded, a.plaque_name, a.approved_row AS plaque_row
  FROM approved a
  JOIN visited v ON v.unit_key = a.unit_key
  LEFT JOIN seen s ON s.unit_key = a.unit_key AND s.folded = a.folded
  WHERE a.is_other = 0 AND a.is_fresh = 0 AND s.unit_key IS NULL
  UNION ALL
  SELECT q.unit_key, 'own_quota' AS kind, q.folded, q.plaque_name, q.row_id AS plaque_row
  FROM plaque q WHERE q.own_quota > 0
)
SELECT f.unit_key, f.kind || ':' || f.folded AS object_key, f.kind, MIN(f.plaque_name) AS plaque_name,
       MIN(f.plaque_row) AS row__plaques, MIN(u.unit_row) AS row__establishment_units
FROM found f
JOIN unit u ON u.unit_key = f.unit_key
LEFT JOIN set_aside x ON x.unit_key = f.unit_key
WHERE x.unit_key IS NULL
GROUP BY f.unit_key, f.kind, f.folded
