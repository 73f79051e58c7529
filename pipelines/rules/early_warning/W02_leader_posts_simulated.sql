/*---
code = "W02"
slug = "leader-posts-simulated"
category = "early_warning"
severity = "S4"
since = "0.2.0"
grain = "unit"
inputs = ["leader_posts", "establishment_staff", "post_plans"]
absence_claim = false
name = { zh = "职数预审", en = "leader posts simulated" }
what = { zh = "按“核定数减去现配、加拟免、减拟配”推演,拟任免方案执行后将超出核定职数。", en = "Approved posts less holders, plus those to be removed, less those to be appointed, come out below nothing: the plan would exceed the posts." }
mistaken_for = { zh = "兼任不占职数;现在已经超配的由超职数规则(L01)判定,本规则只看有拟配人员的方案;职数台账行未被采纳的单位不判定。", en = "Concurrent holders take no post; being over already is L01, here only plans that appoint somebody are looked at; units with a posts row set aside are not judged." }
verify = { zh = "退回方案调整,先免后任,或先行核增职数。", en = "Send the plan back: remove first, or have posts approved first." }
message = { zh = "{unit_name}{leader_level}{leader_class}核定{approved}名,现配{holders}名,拟免{leaving}名,拟配{joining}名,执行后将超配{excess}名,请先调整方案。", en = "{unit_name}, {leader_level} {leader_class}: approved {approved}, held {holders}, to leave {leaving}, to join {joining}; the plan would exceed by {excess}; adjust it first." }
legal_basis = [
  { law = "486", article = "§26(5)", verified = true },
  { law = "公", article = "§43", verified = true },
]
measure = "excess"
[columns.leader_scope]
type = "text"
title = { zh = "职数类别", en = "whose posts" }
[columns.leader_level]
type = "text"
title = { zh = "职务层次", en = "level" }
[columns.leader_class]
type = "text"
title = { zh = "正副职", en = "head or deputy" }
[columns.approved]
type = "integer"
unit = "posts"
title = { zh = "核定职数", en = "approved posts" }
[columns.holders]
type = "integer"
unit = "persons"
title = { zh = "现配", en = "held" }
[columns.leaving]
type = "integer"
unit = "persons"
title = { zh = "拟免", en = "to be removed" }
[columns.joining]
type = "integer"
unit = "persons"
title = { zh = "拟配", en = "to be appointed" }
[columns.excess]
type = "integer"
unit = "persons"
title = { zh = "超配人数", en = "over" }
[evidence]
post_plans = ["scope", "leader_level", "leader_class", "leaving", "joining", "planned_on", "document_no"]
leader_posts = ["scope", "leader_level", "leader_class", "approved", "document_no"]
---*/
WITH planned AS (
  SELECT n.unit_key, n.scope, n.leader_level, n.leader_class,
         CAST(SUM(COALESCE(n.leaving, 0)) AS BIGINT) AS leaving, CAST(SUM(n.joining) AS BIGINT) AS joining, MIN(n.row_id) AS plan_row
  FROM post_plans n
  WHERE n.unit_key IS NOT NULL AND n.scope <> 'unrecognised' AND n.leader_level <> 'unrecognised' AND n.leader_class <> 'unrecognised'
  GROUP BY n.unit_key, n.scope, n.leader_level, n.leader_class
),
post AS (
  SELECT l.unit_key, l.scope, l.leader_level, l.leader_class, CAST(SUM(l.approved) AS BIGINT) AS approved, MIN(l.row_id) AS post_row
  FROM leader_posts l CROSS JOIN params p
  WHERE l.unit_key IS NOT NULL
    AND (l.valid_from_day_min IS NULL OR l.valid_from_day_min <= p.as_of_day)
    AND (l.valid_to_day_min IS NULL OR l.valid_to_day_min > p.as_of_day)
  GROUP BY l.unit_key, l.scope, l.leader_level, l.leader_class
),
unsure AS (
  SELECT unit_key FROM rejected_rows WHERE table_name = 'leader_posts' AND unit_key IS NOT NULL GROUP BY unit_key
),
held AS (
  SELECT s.unit_key, s.leader_scope, s.leader_level, s.leader_class,
         CAST(COUNT(DISTINCT s.person_key) AS BIGINT)
           + CAST(SUM(CASE WHEN s.person_key IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS holders
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.leader_class IS NOT NULL AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
    AND (s.appointed_on_day_max IS NULL OR s.appointed_on_day_max <= p.as_of_day)
    AND (s.removed_on_day_min IS NULL OR s.removed_on_day_min > p.as_of_day)
    AND COALESCE(s.concurrent, 'no') <> 'yes'
  GROUP BY s.unit_key, s.leader_scope, s.leader_level, s.leader_class
),
simulated AS (
  SELECT n.unit_key, n.scope, n.leader_level, n.leader_class, COALESCE(t.approved, 0) AS approved, COALESCE(h.holders, 0) AS holders,
         n.leaving, n.joining, COALESCE(h.holders, 0) - n.leaving + n.joining - COALESCE(t.approved, 0) AS excess,
         n.plan_row, t.post_row
  FROM planned n
  LEFT JOIN post t ON t.unit_key = n.unit_key AND t.scope = n.scope
                  AND t.leader_level = n.leader_level AND t.leader_class = n.leader_class
  LEFT JOIN held h ON h.unit_key = n.unit_key AND h.leader_scope = n.scope
                  AND h.leader_level = n.leader_level AND h.leader_class = n.leader_class
  LEFT JOIN unsure u ON u.unit_key = n.unit_key
  WHERE u.unit_key IS NULL AND n.joining > 0
)
SELECT unit_key, scope || ':' || leader_level || ':' || leader_class AS object_key,
       scope AS leader_scope, leader_level, leader_class, approved, holders, leaving, joining, excess,
       plan_row AS row__post_plans, post_row AS row__leader_posts
FROM simulated WHERE excess > 0
