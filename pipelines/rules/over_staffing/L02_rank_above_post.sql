/*---
code = "L02"
slug = "rank-above-post"
category = "over_staffing"
severity = "S2"
since = "0.1.0"
grain = "person"
inputs = ["leader_posts", "establishment_staff"]
optional_inputs = ["establishment_units"]
absence_claim = false
name = { zh = "超规格配备", en = "rank above the post" }
what = { zh = "任职人员的领导职务层次,高于本单位该类职数核定的最高层次;没有该类职数的主要负责人与机构规格比较。", en = "An incumbent's level of leader post is above the highest that the unit's approved posts of that scope and class have; a head without such a post is held against the rank of the unit." }
mistaken_for = { zh = "职级高于职务合法(职务与职级并行),不作比较;上级干部兼任、经批准保留原级别的不判定;已免职、已出编的不判定;层次无法识别的不判定;有职数记录被退回的单位不判定。", en = "A higher personal rank is lawful and not compared; heads holding the post besides a higher one, and those who keep a former rank by approval, are left alone; so are those removed or gone, unrecognised levels, and units with a leader-post row set aside." }
verify = { zh = "对照“三定”规定的职数层次、机构规格和任职文件。", en = "Compare the levels in the founding document and the rank of the unit with the appointment." }
message = { zh = "{unit_name}{person_name}任{leader_scope}{leader_class},职务层次为{leader_level},高于核定的{approved_level},请核查任职依据。", en = "{person_name} of {unit_name} ({leader_scope}, {leader_class}) has the level {leader_level}, above the approved {approved_level}; check the ground of the appointment." }
legal_basis = [
  { law = "486", article = "§26(5)", verified = true },
  { law = "公", article = "§18,20", verified = true },
]
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
[columns.approved_level]
type = "text"
title = { zh = "核定层次", en = "approved level" }
labels = { bureau = { zh = "厅局级", en = "bureau" }, division = { zh = "正处级", en = "division" }, deputy_division = { zh = "副处级", en = "deputy division" }, section = { zh = "正科级", en = "section" }, deputy_section = { zh = "副科级", en = "deputy section" }, staff = { zh = "股级", en = "staff" } }
[columns.appointed_on]
type = "date"
title = { zh = "任职时间", en = "appointed on" }
[evidence]
establishment_staff = ["name", "resident_id", "position", "leader_scope", "leader_level", "leader_class", "appointed_on", "appointment_document", "concurrent", "rank_retained"]
leader_posts = ["scope", "leader_level", "leader_class", "approved", "document_no", "valid_from"]
establishment_units = ["unit_name", "rank"]
---*/
WITH incumbent AS (
  SELECT s.unit_key, s.person_key, s.leader_scope, s.leader_level, s.leader_class, s.appointed_on, s.row_id,
         CASE s.leader_level WHEN 'bureau' THEN 6 WHEN 'division' THEN 5 WHEN 'deputy_division' THEN 4 WHEN 'section' THEN 3 WHEN 'deputy_section' THEN 2 WHEN 'staff' THEN 1 END AS own_rank
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.person_key IS NOT NULL AND s.leader_class IN ('chief', 'deputy') AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
    AND (s.appointed_on_day_max IS NULL OR s.appointed_on_day_max <= p.as_of_day)
    AND (s.removed_on_day_min IS NULL OR s.removed_on_day_min > p.as_of_day)
    AND COALESCE(s.concurrent, 'no') <> 'yes' AND COALESCE(s.rank_retained, 'no') <> 'yes'
),
unsure AS (
  SELECT unit_key FROM rejected_rows WHERE table_name = 'leader_posts' AND unit_key IS NOT NULL GROUP BY unit_key
),
post AS (
  SELECT l.unit_key, l.scope, l.leader_class, MIN(l.leader_level) AS any_level, MAX(CASE l.leader_level WHEN 'bureau' THEN 6 WHEN 'division' THEN 5 WHEN 'deputy_division' THEN 4 WHEN 'section' THEN 3 WHEN 'deputy_section' THEN 2 WHEN 'staff' THEN 1 END) AS post_rank,
         MAX(CASE WHEN l.leader_level = 'unrecognised' THEN 1 ELSE 0 END) AS unclear
  FROM leader_posts l CROSS JOIN params p
  WHERE l.unit_key IS NOT NULL AND l.approved > 0 AND (l.valid_from_day_min IS NULL OR l.valid_from_day_min <= p.as_of_day)
    AND (l.valid_to_day_min IS NULL OR l.valid_to_day_min > p.as_of_day)
  GROUP BY l.unit_key, l.scope, l.leader_class
),
post_row AS (
  SELECT t.unit_key, t.scope, t.leader_class, MIN(l.row_id) AS row_id
  FROM post t JOIN leader_posts l ON l.unit_key = t.unit_key AND l.scope = t.scope AND l.leader_class = t.leader_class
  WHERE CASE l.leader_level WHEN 'bureau' THEN 6 WHEN 'division' THEN 5 WHEN 'deputy_division' THEN 4 WHEN 'section' THEN 3 WHEN 'deputy_section' THEN 2 WHEN 'staff' THEN 1 END = t.post_rank
  GROUP BY t.unit_key, t.scope, t.leader_class
),
unit AS (
  SELECT unit_key, MIN(CASE rank WHEN 'bureau' THEN 6 WHEN 'division' THEN 5 WHEN 'deputy_division' THEN 4 WHEN 'section' THEN 3 WHEN 'deputy_section' THEN 2 WHEN 'staff' THEN 1 END) AS unit_rank, MIN(row_id) AS unit_row FROM establishment_units
  WHERE unit_key IS NOT NULL AND rank IS NOT NULL
  GROUP BY unit_key HAVING MIN(rank) = MAX(rank)
),
judged AS (
  SELECT i.unit_key, i.person_key, i.leader_scope, i.leader_level, i.leader_class, i.appointed_on, i.row_id, i.own_rank,
         CASE WHEN t.unit_key IS NOT NULL THEN t.post_rank
              WHEN i.leader_scope = 'leadership' AND i.leader_class = 'chief' THEN u.unit_rank END AS approved_rank,
         r.row_id AS post_row, CASE WHEN t.unit_key IS NULL THEN u.unit_row END AS unit_row
  FROM incumbent i
  LEFT JOIN unsure x ON x.unit_key = i.unit_key
  LEFT JOIN post t ON t.unit_key = i.unit_key AND t.scope = i.leader_scope AND t.leader_class = i.leader_class
  LEFT JOIN post_row r ON r.unit_key = i.unit_key AND r.scope = i.leader_scope AND r.leader_class = i.leader_class
  LEFT JOIN unit u ON u.unit_key = i.unit_key
  WHERE x.unit_key IS NULL AND i.own_rank IS NOT NULL AND COALESCE(t.unclear, 0) = 0
)
SELECT unit_key, person_key, leader_scope || ':' || leader_class AS object_key, leader_scope, leader_level, leader_class,
       CASE approved_rank WHEN 6 THEN 'bureau' WHEN 5 THEN 'division' WHEN 4 THEN 'deputy_division' WHEN 3 THEN 'section'
                          WHEN 2 THEN 'deputy_section' WHEN 1 THEN 'staff' END AS approved_level,
       appointed_on, row_id AS row__establishment_staff, post_row AS row__leader_posts, unit_row AS row__establishment_units
FROM judged
WHERE own_rank > approved_rank
