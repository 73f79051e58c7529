/*---
code = "L05"
slug = "leader-post-long-vacant"
category = "early_warning"
severity = "S4"
since = "0.1.0"
grain = "unit"
inputs = ["leader_posts", "establishment_staff"]
optional_inputs = ["establishment_units"]
absence_claim = false
name = { zh = "职数长期空缺", en = "leader post long vacant" }
what = { zh = "核定的领导职数长期空缺:正职超过半年,副职超过一年。", en = "Approved leader posts have stood vacant for long: chiefs for more than half a year, deputies for more than a year." }
mistaken_for = { zh = "兼任视为到任;高职低配(层次低于核定)视为到任;期间曾有人任职或新核定的职数不满期限的不列;已撤销单位不列;有职数、人员记录被退回的单位不列;登记册未保留前任记录的,自职数核定起算。", en = "A post held concurrently, or by somebody of a lower level, counts as filled; so does one filled in between or approved within the time; abolished units and units with a leader-post or staff row set aside are left out; where the register keeps no predecessors the time runs from the approval." }
verify = { zh = "核对职数台账和任免文件,提示配备或收回。", en = "Compare ledger and appointments; fill the post or withdraw it." }
message = { zh = "{unit_name}{leader_scope}{leader_class}核定{approved}名,在任{incumbents}名,空缺{vacant}名已超过{months}个月。", en = "{unit_name}: {incumbents} incumbents on {approved} posts ({leader_scope}, {leader_class}), {vacant} vacant for more than {months} months." }
legal_basis = [ { law = "486", article = "§24", verified = true } ]
measure = "vacant"
[parameters.chief_months]
type = "integer"
default = 6
minimum = 1
doc = { zh = "正职空缺期限(月)", en = "months for chiefs" }
[parameters.deputy_months]
type = "integer"
default = 12
minimum = 1
doc = { zh = "副职空缺期限(月)", en = "months for deputies" }
[columns.leader_scope]
type = "text"
title = { zh = "职数类别", en = "scope" }
labels = { leadership = { zh = "领导班子", en = "leadership" }, section = { zh = "内设机构", en = "section" } }
[columns.leader_class]
type = "text"
title = { zh = "正副职", en = "chief or deputy" }
labels = { chief = { zh = "正职", en = "chief" }, deputy = { zh = "副职", en = "deputy" } }
[columns.approved]
type = "integer"
unit = "posts"
title = { zh = "核定职数", en = "approved posts" }
[columns.incumbents]
type = "integer"
unit = "persons"
title = { zh = "在任人数", en = "incumbents" }
[columns.vacant]
type = "integer"
unit = "posts"
title = { zh = "空缺", en = "vacant" }
[columns.months]
type = "integer"
unit = "months"
title = { zh = "期限(月)", en = "months" }
[evidence]
leader_posts = ["scope", "leader_level", "leader_class", "approved", "document_no", "valid_from"]
---*/
WITH unsure AS (
  SELECT unit_key FROM rejected_rows WHERE table_name IN ('leader_posts', 'establishment_staff') AND unit_key IS NOT NULL GROUP BY unit_key
),
closed AS (
  SELECT unit_key FROM establishment_units WHERE unit_key IS NOT NULL AND unit_status = 'abolished' GROUP BY unit_key
),
post AS (
  SELECT l.unit_key, l.scope, l.leader_class, CAST(SUM(l.approved) AS BIGINT) AS approved, MIN(l.row_id) AS post_row
  FROM leader_posts l
  LEFT JOIN unsure x ON x.unit_key = l.unit_key
  LEFT JOIN closed c ON c.unit_key = l.unit_key
  CROSS JOIN params p
  WHERE x.unit_key IS NULL AND c.unit_key IS NULL AND l.unit_key IS NOT NULL AND l.approved > 0
    AND l.scope <> 'unrecognised' AND l.leader_class IN ('chief', 'deputy') AND (l.valid_from_day_min IS NULL OR l.valid_from_day_min <= p.as_of_day)
    AND (l.valid_to_day_min IS NULL OR l.valid_to_day_min > p.as_of_day)
  GROUP BY l.unit_key, l.scope, l.leader_class
),
-- In the unit's favour: from the first possible day of the appointment to the last of the removal or exit.
tenure AS (
  SELECT t.unit_key, t.scope, t.leader_class, COALESCE(s.person_key, 'row ' || CAST(s.row_id AS VARCHAR)) AS person, COALESCE(s.appointed_on_day_min, -1000000) AS begin_day,
         CASE WHEN COALESCE(s.removed_on_day_max, 1000000) < COALESCE(s.exit_date_day_max, 1000000)
              THEN COALESCE(s.removed_on_day_max, 1000000) ELSE COALESCE(s.exit_date_day_max, 1000000) END AS end_day
  FROM post t JOIN establishment_staff s ON s.unit_key = t.unit_key AND s.leader_scope = t.scope AND s.leader_class = t.leader_class
  WHERE s.exit_date_day_max IS NOT NULL OR s.removed_on_day_max IS NOT NULL OR s.staff_status IN ('on_post', 'off_post')
),
filled_now AS (
  SELECT t.unit_key, t.scope, t.leader_class, CAST(COUNT(DISTINCT t.person) AS BIGINT) AS incumbents
  FROM tenure t CROSS JOIN params p
  WHERE t.begin_day <= p.as_of_day AND t.end_day > p.as_of_day
  GROUP BY t.unit_key, t.scope, t.leader_class
),
candidate AS (
  SELECT t.unit_key, t.scope, t.leader_class, t.approved, COALESCE(n.incumbents, 0) AS incumbents, t.post_row,
         CASE WHEN t.leader_class = 'chief' THEN p.chief_months ELSE p.deputy_months END AS months,
         p.as_of_day - CAST(FLOOR(CAST(CASE WHEN t.leader_class = 'chief' THEN p.chief_months ELSE p.deputy_months END * 365 AS DOUBLE) / 12) AS BIGINT) AS start_day
  FROM post t
  LEFT JOIN filled_now n ON n.unit_key = t.unit_key AND n.scope = t.scope AND n.leader_class = t.leader_class
  CROSS JOIN params p
  WHERE t.approved > COALESCE(n.incumbents, 0)
),
lot AS (
  SELECT c.unit_key, c.scope, c.leader_class, l.approved, COALESCE(l.valid_from_day_max, -1000000) AS from_day, COALESCE(l.valid_to_day_min, 1000000) AS to_day
  FROM candidate c JOIN leader_posts l ON l.unit_key = c.unit_key AND l.scope = c.scope AND l.leader_class = c.leader_class
),
-- The days on which a vacancy can end: the first of the window, arrivals, and ends of posts.
probe_row AS (
  SELECT c.unit_key, c.scope, c.leader_class, c.start_day AS day FROM candidate c
  UNION ALL
  SELECT c.unit_key, c.scope, c.leader_class, s.begin_day AS day FROM candidate c JOIN tenure s ON s.unit_key = c.unit_key AND s.scope = c.scope AND s.leader_class = c.leader_class CROSS JOIN params p
  WHERE s.begin_day > c.start_day AND s.begin_day <= p.as_of_day
  UNION ALL
  SELECT c.unit_key, c.scope, c.leader_class, l.to_day AS day FROM candidate c JOIN lot l ON l.unit_key = c.unit_key AND l.scope = c.scope AND l.leader_class = c.leader_class CROSS JOIN params p
  WHERE l.to_day > c.start_day AND l.to_day <= p.as_of_day
),
probe AS (
  SELECT unit_key, scope, leader_class, day FROM probe_row GROUP BY unit_key, scope, leader_class, day
),
standing AS (
  SELECT b.unit_key, b.scope, b.leader_class, b.day, CAST(COUNT(DISTINCT s.person) AS BIGINT) AS actual
  FROM probe b JOIN tenure s ON s.unit_key = b.unit_key AND s.scope = b.scope AND s.leader_class = b.leader_class
  WHERE s.begin_day <= b.day AND s.end_day > b.day
  GROUP BY b.unit_key, b.scope, b.leader_class, b.day
),
granted AS (
  SELECT b.unit_key, b.scope, b.leader_class, b.day, CAST(SUM(l.approved) AS BIGINT) AS approved
  FROM probe b JOIN lot l ON l.unit_key = b.unit_key AND l.scope = b.scope AND l.leader_class = b.leader_class
  WHERE l.from_day <= b.day AND l.to_day > b.day
  GROUP BY b.unit_key, b.scope, b.leader_class, b.day
),
day_of AS (
  SELECT b.unit_key, b.scope, b.leader_class, b.day, COALESCE(g.approved, 0) AS approved, COALESCE(g.approved, 0) - COALESCE(s.actual, 0) AS vacant
  FROM probe b
  LEFT JOIN granted g ON g.unit_key = b.unit_key AND g.scope = b.scope AND g.leader_class = b.leader_class AND g.day = b.day
  LEFT JOIN standing s ON s.unit_key = b.unit_key AND s.scope = b.scope AND s.leader_class = b.leader_class AND s.day = b.day
),
filled AS (
  SELECT unit_key, scope, leader_class FROM day_of WHERE vacant < 1 GROUP BY unit_key, scope, leader_class
)
SELECT c.unit_key, c.scope || ':' || c.leader_class AS object_key, c.scope AS leader_scope, c.leader_class, c.approved, c.incumbents,
       c.approved - c.incumbents AS vacant, CAST(c.months AS BIGINT) AS months, c.post_row AS row__leader_posts
FROM candidate c
LEFT JOIN filled f ON f.unit_key = c.unit_key AND f.scope = c.scope AND f.leader_class = c.leader_class
WHERE f.unit_key IS NULL
