/*---
code = "L06"
slug = "several-leader-posts"
category = "over_staffing"
severity = "S3"
since = "0.1.0"
grain = "person"
inputs = ["establishment_staff"]
absence_claim = false
name = { zh = "一人多职", en = "one person on several leader posts" }
what = { zh = "同一人同时占用两个以上领导职数(不同单位或同一单位不同类别、层次、正副),均未标为兼任。", en = "One person holds two or more leader posts at once, each counted on its quota and none marked as concurrent." }
mistaken_for = { zh = "经批准的兼任、党政一肩挑标为兼任的只占一处;同一职务重复登记的不算;已免职、尚未任职、已出编的不计;只凭姓名相似合并的人须人工确认。", en = "Posts held concurrently by approval are marked so and count once; one post recorded twice is one; those removed, not yet appointed or gone do not count; a person merged by likeness must be confirmed." }
verify = { zh = "调取各职务任职文件,确认是否批准兼任、是否先免后任。", en = "Take the appointments to each post and look for an approval to hold them together or a removal." }
message = { zh = "{person_name}同时占用{posts}个领导职数({unit_name}及{other_unit}等),请明确兼任或免去其一。", en = "{person_name} holds {posts} leader posts at once ({unit_name}, {other_unit}); mark the concurrent one or remove one." }
legal_basis = [ { law = "公", article = "§44", verified = true } ]
[columns.posts]
type = "integer"
unit = "posts"
title = { zh = "领导职数", en = "leader posts held" }
[columns.other_unit]
type = "text"
title = { zh = "另一单位", en = "the other unit" }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "position", "leader_scope", "leader_level", "leader_class", "appointed_on", "appointment_document", "concurrent"]
---*/
WITH post AS (
  SELECT s.person_key, s.unit_key, COALESCE(s.leader_scope, '') AS leader_scope, COALESCE(s.leader_level, '') AS leader_level, s.leader_class,
         MIN(s.row_id) AS row_id, 0 - MAX(COALESCE(s.appointed_on_day_min, -1000000)) AS recency
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.person_key IS NOT NULL AND s.leader_class IN ('chief', 'deputy') AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
    AND (s.appointed_on_day_max IS NULL OR s.appointed_on_day_max <= p.as_of_day)
    AND (s.removed_on_day_min IS NULL OR s.removed_on_day_min > p.as_of_day)
    AND COALESCE(s.concurrent, 'no') <> 'yes'
  GROUP BY s.person_key, s.unit_key, COALESCE(s.leader_scope, ''), COALESCE(s.leader_level, ''), s.leader_class
),
held AS (
  SELECT person_key FROM post GROUP BY person_key HAVING CAST(COUNT(*) AS BIGINT) > 1
),
ranked AS (
  SELECT t.person_key, t.unit_key, t.row_id,
         CAST(ROW_NUMBER() OVER (PARTITION BY t.person_key ORDER BY t.recency, t.unit_key, t.row_id) AS BIGINT) AS rank_no
  FROM held h JOIN post t ON t.person_key = h.person_key
),
several AS (
  SELECT person_key, MAX(rank_no) AS posts, MIN(CASE WHEN rank_no = 1 THEN row_id END) AS first_row, MIN(CASE WHEN rank_no = 2 THEN row_id END) AS second_row,
         MIN(CASE WHEN rank_no = 1 THEN unit_key END) AS unit_key, MIN(CASE WHEN rank_no = 2 THEN unit_key END) AS other_key
  FROM ranked GROUP BY person_key
)
SELECT v.unit_key, v.person_key, v.posts, u.unit_name AS other_unit, v.first_row AS row__establishment_staff, v.second_row AS row__establishment_staff_2
FROM several v LEFT JOIN units u ON u.unit_key = v.other_key
WHERE v.posts > 1
