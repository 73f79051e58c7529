/*---
code = "L04"
slug = "post-not-in-ledger"
category = "over_staffing"
severity = "S2"
since = "0.1.0"
grain = "person"
inputs = ["leader_posts", "establishment_staff"]
optional_inputs = ["hr_staff"]
absence_claim = false
name = { zh = "自设职务", en = "post not in the ledger" }
what = { zh = "任职人员的领导职务在本单位职数台账中没有相应类别的职数;或人事系统登记为主任助理、总工程师、专职副职等职务,台账没有该职务,登记册也没有把本人计入职数。", en = "A leader whose unit has no approved post of that scope and class; or somebody whom HR calls an assistant to the head, chief engineer, full-time deputy and the like, while the ledger has no such post and the register counts the person on none." }
mistaken_for = { zh = "工会主席、团委书记等法定职务不在此列;层次高于核定的属超规格;职称(助理工程师等)不是职务;台账没有本单位任何职数或有记录被退回的不判定;标为兼任的不判定。", en = "Statutory posts such as a union chair are not meant; a level above the approved is another rule; professional titles are no posts; units without any ledger row, or with one set aside, are not judged, nor are posts held concurrently." }
verify = { zh = "对照“三定”规定和职数台账,核对任职文件和工资待遇。", en = "Compare the founding document and the ledger of leader posts with the appointment and the pay." }
message = { zh = "{unit_name}{person_name}所任职务“{position}”({leader_scope}{leader_class}):{reason},请核查并纠正。", en = "{person_name} of {unit_name} is “{position}” ({leader_scope}, {leader_class}): {reason}; check and correct." }
legal_basis = [ { law = "486", article = "§26(5)", verified = true } ]
[columns.reason]
type = "text"
title = { zh = "问题", en = "what is wrong" }
labels = { no_post = { zh = "职数台账没有该类领导职务", en = "the ledger has no leader post of that kind" }, self_styled = { zh = "职数台账没有该职务,登记册未计入职数", en = "the ledger has no such post and the register counts the person on none" } }
[columns.position]
type = "text"
title = { zh = "职务", en = "position" }
[columns.leader_scope]
type = "text"
title = { zh = "职数类别", en = "scope" }
labels = { leadership = { zh = "领导班子", en = "leadership" }, section = { zh = "内设机构", en = "section" } }
[columns.leader_class]
type = "text"
title = { zh = "正副职", en = "chief or deputy" }
labels = { chief = { zh = "正职", en = "chief" }, deputy = { zh = "副职", en = "deputy" } }
[evidence]
establishment_staff = ["name", "resident_id", "position", "leader_scope", "leader_level", "leader_class", "appointed_on", "appointment_document"]
hr_staff = ["name", "position", "hr_status"]
leader_posts = ["scope", "leader_level", "leader_class", "approved", "post_title", "document_no"]
---*/
WITH unsure AS (
  SELECT unit_key FROM rejected_rows WHERE table_name = 'leader_posts' AND unit_key IS NOT NULL GROUP BY unit_key
),
ledger AS (
  SELECT l.unit_key, MIN(l.row_id) AS post_row
  FROM leader_posts l LEFT JOIN unsure x ON x.unit_key = l.unit_key
  WHERE x.unit_key IS NULL AND l.unit_key IS NOT NULL
  GROUP BY l.unit_key
),
post AS (
  SELECT l.unit_key, l.scope, l.leader_class
  FROM leader_posts l CROSS JOIN params p
  WHERE l.unit_key IS NOT NULL AND (l.valid_from_day_min IS NULL OR l.valid_from_day_min <= p.as_of_day)
    AND (l.valid_to_day_min IS NULL OR l.valid_to_day_min > p.as_of_day)
  GROUP BY l.unit_key, l.scope, l.leader_class
),
incumbent AS (
  SELECT s.unit_key, s.person_key, s.leader_scope, s.leader_class, s.position, s.row_id, COALESCE(s.concurrent, 'no') AS concurrent
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.person_key IS NOT NULL AND s.leader_class IN ('chief', 'deputy') AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
    AND (s.appointed_on_day_max IS NULL OR s.appointed_on_day_max <= p.as_of_day)
    AND (s.removed_on_day_min IS NULL OR s.removed_on_day_min > p.as_of_day)
),
no_post AS (
  SELECT i.unit_key, i.person_key, 'no_post' AS reason, i.position, i.leader_scope, i.leader_class, i.row_id AS staff_row,
         CAST(NULL AS BIGINT) AS hr_row, g.post_row
  FROM incumbent i
  JOIN ledger g ON g.unit_key = i.unit_key
  LEFT JOIN post t ON t.unit_key = i.unit_key AND t.scope = i.leader_scope AND t.leader_class = i.leader_class
  WHERE t.unit_key IS NULL AND i.leader_scope IN ('leadership', 'section') AND i.concurrent <> 'yes'
),
-- Posts whose names units like to invent.
styled AS (
  SELECT h.unit_key, h.person_key, MIN(h.position) AS position, MIN(h.row_id) AS hr_row
  FROM hr_staff h
  WHERE h.unit_key IS NOT NULL AND h.person_key IS NOT NULL
    AND h.hr_status IN ('on_post', 'absent', 'unpaid_leave', 'seconded', 'leave', 'suspended')
    AND (h.position LIKE '%长助理' OR h.position LIKE '%主任助理' OR h.position LIKE '%书记助理' OR h.position LIKE '%专职副%'
      OR h.position LIKE '%总工程师' OR h.position LIKE '%总会计师' OR h.position LIKE '%总经济师' OR h.position LIKE '%总规划师')
  GROUP BY h.unit_key, h.person_key
),
titled AS (
  SELECT l.unit_key, l.post_title FROM leader_posts l CROSS JOIN params p
  WHERE l.unit_key IS NOT NULL AND l.post_title IS NOT NULL AND (l.valid_from_day_min IS NULL OR l.valid_from_day_min <= p.as_of_day)
    AND (l.valid_to_day_min IS NULL OR l.valid_to_day_min > p.as_of_day)
  GROUP BY l.unit_key, l.post_title
),
counted AS (
  SELECT unit_key, person_key FROM incumbent GROUP BY unit_key, person_key
),
enrolled AS (
  SELECT t.unit_key, t.person_key, MIN(s.row_id) AS staff_row
  FROM styled t JOIN establishment_staff s ON s.person_key = t.person_key AND s.unit_key = t.unit_key CROSS JOIN params p
  WHERE s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
  GROUP BY t.unit_key, t.person_key
),
self_styled AS (
  SELECT t.unit_key, t.person_key, 'self_styled' AS reason, t.position, CAST(NULL AS VARCHAR) AS leader_scope, CAST(NULL AS VARCHAR) AS leader_class,
         e.staff_row, t.hr_row, g.post_row
  FROM styled t
  JOIN ledger g ON g.unit_key = t.unit_key
  JOIN enrolled e ON e.unit_key = t.unit_key AND e.person_key = t.person_key
  LEFT JOIN titled a ON a.unit_key = t.unit_key AND a.post_title = t.position
  LEFT JOIN counted c ON c.unit_key = t.unit_key AND c.person_key = t.person_key
  WHERE a.unit_key IS NULL AND c.unit_key IS NULL
),
found AS (
  SELECT unit_key, person_key, reason, position, leader_scope, leader_class, staff_row, hr_row, post_row FROM no_post
  UNION ALL
  SELECT unit_key, person_key, reason, position, leader_scope, leader_class, staff_row, hr_row, post_row FROM self_styled
)
SELECT unit_key, person_key, reason || COALESCE(':' || leader_scope || ':' || leader_class, '') AS object_key, reason, position, leader_scope, leader_class,
       staff_row AS row__establishment_staff, hr_row AS row__hr_staff, post_row AS row__leader_posts
FROM found
