/*---
code = "L03"
slug = "appointment-when-full"
category = "over_staffing"
severity = "S1"
since = "0.1.0"
grain = "person"
inputs = ["leader_posts", "establishment_staff"]
absence_claim = false
name = { zh = "超职数任职", en = "appointment when full" }
what = { zh = "任职之时,该单位同类领导职务已经满额。按日重放:同日先免职、出编,再逐人任职,职数核减最后。", en = "A leader was appointed when all posts of that scope, level and class were taken. Within a day, removals and exits free posts first, then appointments are tested one by one, cuts come last." }
mistaken_for = { zh = "同一文件先免后任;兼任不占本处职数;已免职、已出编的任职不再列出;未登记任职时间的视为早已任职;职级晋升不是领导职务。", en = "A predecessor removed by the same document; concurrent posts counted elsewhere; appointments since ended are not listed; an incumbent without a date counts as appointed long ago; ranks are no leader posts." }
verify = { zh = "调取任免文件和职数核定文件,核对任职当日在任人员及前任免职日期。", en = "Take the appointment and the approval of posts, and check who held the posts that day and when the predecessor was removed." }
message = { zh = "{unit_name}于{appointed_on}任命{person_name}为{leader_scope}{leader_level}{leader_class},当时核定职数{approved}名已有{occupied}名在任,请核查任免程序。", en = "{unit_name} appointed {person_name} on {appointed_on} ({leader_scope}, {leader_level}, {leader_class}) when {occupied} already held {approved} approved posts; check the appointment." }
legal_basis = [
  { law = "公", article = "§43", verified = true },
  { law = "486", article = "§26(5)", verified = true },
]
measure = "occupied"
[parameters.lookback_months]
type = "integer"
default = 12
minimum = 1
doc = { zh = "回看月数(含本月)", en = "months looked back, this one included" }
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
[columns.appointed_on]
type = "date"
title = { zh = "任职时间", en = "appointed on" }
[columns.approved]
type = "integer"
unit = "posts"
title = { zh = "当日核定职数", en = "posts approved that day" }
[columns.occupied]
type = "integer"
unit = "persons"
title = { zh = "任职前在任人数", en = "incumbents just before" }
[evidence]
establishment_staff = ["name", "resident_id", "position", "leader_scope", "leader_level", "leader_class", "appointed_on", "removed_on", "appointment_document", "concurrent"]
leader_posts = ["scope", "leader_level", "leader_class", "approved", "document_no", "valid_from", "valid_to"]
---*/
WITH appointment AS (
  SELECT s.unit_key, s.leader_scope, s.leader_level, s.leader_class, s.person_key, s.row_id, s.appointed_on
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.person_key IS NOT NULL AND s.leader_class IN ('chief', 'deputy')
    AND s.leader_scope <> 'unrecognised' AND s.leader_level <> 'unrecognised'
    AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
    AND s.appointed_on_month > p.period_no - p.lookback_months AND s.appointed_on_month <= p.period_no
    AND s.appointed_on_day_max <= p.as_of_day
    AND (s.removed_on_day_min IS NULL OR s.removed_on_day_min > p.as_of_day)
    AND COALESCE(s.concurrent, 'no') <> 'yes'
),
unsure AS (
  SELECT unit_key FROM rejected_rows WHERE table_name = 'leader_posts' AND unit_key IS NOT NULL GROUP BY unit_key
),
post_group AS (
  SELECT a.unit_key, a.leader_scope, a.leader_level, a.leader_class
  FROM appointment a LEFT JOIN unsure x ON x.unit_key = a.unit_key
  WHERE x.unit_key IS NULL
  GROUP BY a.unit_key, a.leader_scope, a.leader_level, a.leader_class
),
-- A date known to the month counts in the unit's favour: appointed on its last day, gone on its first.
tenure AS (
  SELECT s.unit_key, s.leader_scope, s.leader_level, s.leader_class, s.row_id,
         COALESCE(s.person_key, 'row ' || CAST(s.row_id AS VARCHAR)) AS person,
         COALESCE(s.appointed_on_day_max, -1000000) AS begin_day,
         CASE WHEN COALESCE(s.removed_on_day_min, 1000000) < COALESCE(s.exit_date_day_min, 1000000)
              THEN COALESCE(s.removed_on_day_min, 1000000) ELSE COALESCE(s.exit_date_day_min, 1000000) END AS end_day,
         COALESCE(s.appointment_document, '') AS document
  FROM establishment_staff s
  JOIN post_group g ON g.unit_key = s.unit_key AND g.leader_scope = s.leader_scope
                   AND g.leader_level = s.leader_level AND g.leader_class = s.leader_class
  WHERE COALESCE(s.concurrent, 'no') <> 'yes'
    AND (s.exit_date_day_min IS NOT NULL OR s.removed_on_day_min IS NOT NULL OR s.staff_status IN ('on_post', 'off_post'))
),
numbered AS (
  SELECT unit_key, leader_scope, leader_level, leader_class, row_id, person, begin_day, end_day, document,
         CAST(ROW_NUMBER() OVER (PARTITION BY unit_key, leader_scope, leader_level, leader_class, person, end_day
                                 ORDER BY begin_day, document, row_id) AS BIGINT) AS copy_no
  FROM tenure WHERE begin_day < end_day
),
event AS (
  SELECT unit_key, leader_scope, leader_level, leader_class, begin_day AS day, 2 AS step, document, person, row_id, 1 AS change
  FROM numbered WHERE copy_no = 1
  UNION ALL
  SELECT unit_key, leader_scope, leader_level, leader_class, end_day AS day, 1 AS step, '' AS document, person, row_id, -1 AS change
  FROM numbered WHERE copy_no = 1 AND end_day < 1000000
),
replayed AS (
  SELECT row_id, day, step,
         SUM(change) OVER (PARTITION BY unit_key, leader_scope, leader_level, leader_class ORDER BY day, step, document, person, row_id
                           ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS standing
  FROM event
),
tested AS (
  SELECT a.row_id, a.unit_key, a.leader_scope, a.leader_level, a.leader_class, a.person_key, a.appointed_on, r.day,
         CAST(r.standing AS BIGINT) - 1 AS occupied
  FROM appointment a JOIN replayed r ON r.row_id = a.row_id
  WHERE r.step = 2
),
-- Posts added that day count already, posts cut that day count still.
post_that_day AS (
  SELECT t.row_id,
         CAST(SUM(CASE WHEN (l.valid_from_day_min IS NULL OR l.valid_from_day_min <= t.day)
                        AND (l.valid_to_day_min IS NULL OR l.valid_to_day_min > t.day) THEN l.approved ELSE 0 END) AS BIGINT) AS approved_on,
         CAST(SUM(CASE WHEN (l.valid_from_day_min IS NULL OR l.valid_from_day_min < t.day)
                        AND (l.valid_to_day_min IS NULL OR l.valid_to_day_min >= t.day) THEN l.approved ELSE 0 END) AS BIGINT) AS approved_before,
         MIN(CASE WHEN (l.valid_from_day_min IS NULL OR l.valid_from_day_min <= t.day)
                   AND (l.valid_to_day_min IS NULL OR l.valid_to_day_min > t.day) THEN l.row_id END) AS post_row
  FROM tested t
  JOIN leader_posts l ON l.unit_key = t.unit_key AND l.scope = t.leader_scope
                     AND l.leader_level = t.leader_level AND l.leader_class = t.leader_class
  GROUP BY t.row_id
),
judged AS (
  SELECT t.row_id, t.unit_key, t.leader_scope, t.leader_level, t.leader_class, t.person_key, t.appointed_on, t.occupied,
         CASE WHEN d.approved_before > d.approved_on THEN d.approved_before ELSE d.approved_on END AS approved, d.post_row
  FROM tested t JOIN post_that_day d ON d.row_id = t.row_id
  WHERE d.post_row IS NOT NULL
)
SELECT unit_key, person_key, leader_scope || ':' || leader_level || ':' || leader_class AS object_key,
       leader_scope, leader_level, leader_class, appointed_on, approved, occupied,
       row_id AS row__establishment_staff, post_row AS row__leader_posts
FROM judged
WHERE occupied >= approved
