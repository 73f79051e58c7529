/*---
code = "L01"
slug = "too-many-leaders"
category = "over_staffing"
severity = "S1"
since = "0.1.0"
grain = "unit"
inputs = ["leader_posts", "establishment_staff"]
absence_claim = false
name = { zh = "超职数配备", en = "too many leaders" }
what = { zh = "某单位某类领导职务(班子或内设机构、层次、正副)月末实际任职人数超过核定职数。", en = "More incumbents than approved leader posts of one scope, level and class in a unit at the end of the month." }
mistaken_for = { zh = "职级(调研员、主任科员等)不是领导职务;兼任只占一处职数,标为兼任的不计;已免职、尚未任职、已出编的不计;有职数记录被退回的单位不判定。", en = "Ranks are not leader posts; a post held concurrently is counted where its quota stands; those removed, not yet appointed or gone are not counted; units with a leader-post row set aside are not judged." }
verify = { zh = "对照“三定”规定职数和任免文件,列出任职人员:SELECT name, position, appointed_on, appointment_document FROM establishment_staff WHERE period = '月份' AND unit_key = '单位主键' AND leader_scope = '类别' AND leader_level = '层次' AND leader_class = '正副' AND removed_on IS NULL", en = "Compare with the founding document and the appointments: SELECT name, position, appointed_on, appointment_document FROM establishment_staff WHERE period = 'MONTH' AND unit_key = 'UNIT' AND leader_scope = 'SCOPE' AND leader_level = 'LEVEL' AND leader_class = 'CLASS' AND removed_on IS NULL" }
message = { zh = "{unit_name}{leader_scope}{leader_level}{leader_class}核定职数{approved}名,实配{incumbents}名,超配{excess}名,请核实并消化。", en = "{unit_name}: {incumbents} incumbents on {approved} approved posts ({leader_scope}, {leader_level}, {leader_class}), {excess} over; check and reduce." }
legal_basis = [
  { law = "486", article = "§26(5)", verified = true },
  { law = "公", article = "§43,106(1)", verified = true },
]
measure = "excess"
[columns.leader_scope]
type = "text"
title = { zh = "职数类别", en = "scope" }
labels = { leadership = { zh = "领导班子", en = "leadership" }, section = { zh = "内设机构", en = "section" } }
[columns.leader_level]
type = "text"
title = { zh = "职务层次", en = "level" }
labels = { bureau = { zh = "厅局级", en = "bureau" }, division = { zh = "正处级", en = "division" }, deputy_division = { zh = "副处级", en = "deputy division" }, section = { zh = "正科级", en = "section" }, deputy_section = { zh = "副科级", en = "deputy section" }, staff = { zh = "股级", en = "staff" } }
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
title = { zh = "实配人数", en = "incumbents" }
[columns.excess]
type = "integer"
unit = "persons"
title = { zh = "超配人数", en = "over" }
[evidence]
leader_posts = ["scope", "leader_level", "leader_class", "approved", "document_no", "valid_from", "valid_to"]
establishment_staff = ["name", "resident_id", "position", "leader_scope", "leader_level", "leader_class", "appointed_on", "appointment_document", "concurrent"]
---*/
WITH post AS (
  SELECT l.unit_key, l.scope, l.leader_level, l.leader_class, CAST(SUM(l.approved) AS BIGINT) AS approved, MIN(l.row_id) AS post_row
  FROM leader_posts l CROSS JOIN params p
  WHERE l.unit_key IS NOT NULL AND l.scope <> 'unrecognised' AND l.leader_level <> 'unrecognised' AND l.leader_class <> 'unrecognised'
    AND (l.valid_from_day_min IS NULL OR l.valid_from_day_min <= p.as_of_day)
    AND (l.valid_to_day_min IS NULL OR l.valid_to_day_min > p.as_of_day)
  GROUP BY l.unit_key, l.scope, l.leader_level, l.leader_class
),
unsure AS (
  SELECT unit_key FROM rejected_rows WHERE table_name = 'leader_posts' AND unit_key IS NOT NULL GROUP BY unit_key
),
incumbent AS (
  SELECT s.unit_key, s.leader_scope, s.leader_level, s.leader_class, s.person_key, s.row_id,
         0 - COALESCE(s.appointed_on_day_min, -1000000) AS recency, COALESCE(CAST(s.person_key AS VARCHAR), '') AS person
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.leader_class IS NOT NULL AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
    AND (s.appointed_on_day_max IS NULL OR s.appointed_on_day_max <= p.as_of_day)
    AND (s.removed_on_day_min IS NULL OR s.removed_on_day_min > p.as_of_day)
    AND COALESCE(s.concurrent, 'no') <> 'yes'
),
counted AS (
  SELECT unit_key, leader_scope, leader_level, leader_class,
         CAST(COUNT(DISTINCT person_key) AS BIGINT)
           + CAST(SUM(CASE WHEN person_key IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS incumbents
  FROM incumbent GROUP BY unit_key, leader_scope, leader_level, leader_class
),
exceeded AS (
  SELECT t.unit_key, t.scope, t.leader_level, t.leader_class, t.approved, c.incumbents, t.post_row
  FROM post t
  JOIN counted c ON c.unit_key = t.unit_key AND c.leader_scope = t.scope
                AND c.leader_level = t.leader_level AND c.leader_class = t.leader_class
  LEFT JOIN unsure x ON x.unit_key = t.unit_key
  WHERE x.unit_key IS NULL AND c.incumbents > t.approved
),
-- The latest appointed stand as evidence.
ranked AS (
  SELECT i.unit_key, i.leader_scope, i.leader_level, i.leader_class, i.row_id,
         CAST(ROW_NUMBER() OVER (PARTITION BY i.unit_key, i.leader_scope, i.leader_level, i.leader_class
                                 ORDER BY i.recency, i.person, i.row_id) AS BIGINT) AS rank_no
  FROM incumbent i
  JOIN exceeded e ON e.unit_key = i.unit_key AND e.scope = i.leader_scope
                 AND e.leader_level = i.leader_level AND e.leader_class = i.leader_class
),
shown AS (
  SELECT unit_key, leader_scope, leader_level, leader_class,
         MIN(CASE WHEN rank_no = 1 THEN row_id END) AS first_row,
         MIN(CASE WHEN rank_no = 2 THEN row_id END) AS second_row,
         MIN(CASE WHEN rank_no = 3 THEN row_id END) AS third_row
  FROM ranked GROUP BY unit_key, leader_scope, leader_level, leader_class
)
SELECT e.unit_key, e.scope || ':' || e.leader_level || ':' || e.leader_class AS object_key,
       e.scope AS leader_scope, e.leader_level, e.leader_class,
       e.approved, e.incumbents, e.incumbents - e.approved AS excess,
       e.post_row AS row__leader_posts,
       s.first_row AS row__establishment_staff,
       s.second_row AS row__establishment_staff_2,
       s.third_row AS row__establishment_staff_3
FROM exceeded e
JOIN shown s ON s.unit_key = e.unit_key AND s.leader_scope = e.scope
            AND s.leader_level = e.leader_level AND s.leader_class = e.leader_class
