/*---
code = "L09"
slug = "section-heads-ratio"
category = "over_staffing"
severity = "S3"
since = "0.1.0"
grain = "unit"
inputs = ["unit_sections"]
optional_inputs = ["quotas"]
absence_claim = false
name = { zh = "内设机构职数超配比", en = "too many section heads" }
what = { zh = "内设机构核定的领导职数,超过按其编制数确定的配比。", en = "A section's approved heads exceed the number that goes with its posts." }
mistaken_for = { zh = "公安、法院、检察院另有规定,不判定;配比由各地规定,可调参数;同一内设机构有多行的取最近一行;已失效的不计。", en = "Police, courts and procuratorates have rules of their own; the ratio is a local rule and a parameter; of several rows the latest counts; rows no longer in force do not." }
verify = { zh = "对照“三定”规定核对内设机构编制数和领导职数。", en = "Compare the posts and heads of the section with the founding document." }
message = { zh = "{unit_name}内设机构“{section_name}”编制{quota}名,核定职数{approved}名,超过配比{allowed}名,请核实。", en = "{unit_name}, section “{section_name}”: {approved} heads for {quota} posts where {allowed} are allowed; check." }
legal_basis = [ { law = "486", article = "§26(5)", verified = true } ]
[parameters.two_from]
type = "integer"
default = 4
minimum = 1
doc = { zh = "编制达到此数可配2名", en = "posts from which two heads are allowed" }
[parameters.three_from]
type = "integer"
default = 8
minimum = 1
doc = { zh = "编制达到此数可配3名", en = "posts from which three heads are allowed" }
[columns.section_name]
type = "text"
title = { zh = "内设机构", en = "section" }
[columns.quota]
type = "integer"
unit = "posts"
title = { zh = "编制数", en = "posts of the section" }
[columns.approved]
type = "integer"
unit = "posts"
title = { zh = "核定职数", en = "approved heads" }
[columns.allowed]
type = "integer"
unit = "posts"
title = { zh = "配比职数", en = "heads allowed" }
[evidence]
unit_sections = ["section_name", "quota", "head_posts", "document_no", "valid_from", "valid_to"]
---*/
WITH police AS (
  SELECT unit_key FROM quotas WHERE unit_key IS NOT NULL AND quota_type = 'police' GROUP BY unit_key
),
in_force AS (
  SELECT c.unit_key, c.section_name, c.quota, c.head_posts, c.row_id, 0 - COALESCE(c.valid_from_day_min, -1000000) AS recency
  FROM unit_sections c
  JOIN units u ON u.unit_key = c.unit_key
  LEFT JOIN police x ON x.unit_key = c.unit_key
  CROSS JOIN params p
  WHERE x.unit_key IS NULL AND NOT (COALESCE(u.unit_name, '') LIKE '%法院' OR COALESCE(u.unit_name, '') LIKE '%检察院' OR COALESCE(u.unit_name, '') LIKE '%公安局')
    AND (c.valid_from_day_min IS NULL OR c.valid_from_day_min <= p.as_of_day)
    AND (c.valid_to_day_min IS NULL OR c.valid_to_day_min > p.as_of_day)
),
ranked AS (
  SELECT unit_key, section_name, quota, head_posts, row_id,
         CAST(ROW_NUMBER() OVER (PARTITION BY unit_key, section_name ORDER BY recency, row_id) AS BIGINT) AS rank_no
  FROM in_force
),
judged AS (
  SELECT r.unit_key, r.section_name, r.quota, r.head_posts, r.row_id,
         CASE WHEN r.quota >= p.three_from THEN 3 WHEN r.quota >= p.two_from THEN 2 ELSE 1 END AS allowed
  FROM ranked r CROSS JOIN params p
  WHERE r.rank_no = 1
)
SELECT unit_key, section_name AS object_key, section_name, CAST(quota AS BIGINT) AS quota, CAST(head_posts AS BIGINT) AS approved,
       CAST(allowed AS BIGINT) AS allowed, row_id AS row__unit_sections
FROM judged
WHERE head_posts > allowed
