/*---
code = "L08"
slug = "leader-records-differ"
category = "over_staffing"
severity = "S3"
since = "0.1.0"
grain = "person"
inputs = ["establishment_staff", "hr_staff"]
absence_claim = false
name = { zh = "职数两本账不符", en = "leader records differ" }
what = { zh = "主要负责人任职在实名制登记册与组织人事系统中一边有、一边没有,超过宽限期;或两边任职时间、职务层次不一致。", en = "A head stands in the register or in HR only, for longer than the days of grace, or the two differ in the day of appointment or the level." }
mistaken_for = { zh = "公示期、试用期和宽限期内的任免不判定;标为兼任的不要求人事系统登记;人事系统或登记册没有此人该单位记录的不在此列;日期只到年月的按可能范围比较;职级不作比较。", en = "Appointments and removals within the days of grace; posts held concurrently need not stand in HR; persons without a row of that unit on the other side are not meant; dates known to the month are compared as ranges; personal rank is not compared." }
verify = { zh = "调取任免文件,核对两边登记的职务、层次和任职时间,更正有误的一方。", en = "Take the appointment document and correct whichever side differs." }
message = { zh = "{unit_name}{person_name}:{reason}(登记册任职{appointed_on}、{leader_level};人事系统任职{head_since}、{hr_level}),请核对任免文件。", en = "{unit_name}, {person_name}: {reason} (register {appointed_on}, {leader_level}; HR {head_since}, {hr_level}); check the appointment." }
legal_basis = [ { law = "条例19", article = "第六章", verified = false } ]
[parameters.grace_days]
type = "integer"
default = 30
minimum = 0
doc = { zh = "一边先登记的宽限天数", en = "days within which the other side follows" }
[parameters.date_days]
type = "integer"
default = 31
minimum = 0
doc = { zh = "任职时间允许相差天数", en = "days that the two dates may lie apart" }
[columns.reason]
type = "text"
title = { zh = "问题", en = "what differs" }
labels = { not_in_hr = { zh = "登记册为主要负责人,人事系统不是", en = "head in the register, not in HR" }, not_in_register = { zh = "人事系统为主要负责人,登记册不是", en = "head in HR, not in the register" }, date = { zh = "任职时间不一致", en = "different days of appointment" }, level = { zh = "职务层次不一致", en = "different levels" } }
[columns.appointed_on]
type = "date"
title = { zh = "登记册任职时间", en = "appointed on, register" }
[columns.head_since]
type = "date"
title = { zh = "人事系统任职时间", en = "appointed on, HR" }
[columns.leader_level]
type = "text"
title = { zh = "登记册职务层次", en = "level, register" }
labels = { bureau = { zh = "厅局级", en = "bureau" }, division = { zh = "正处级", en = "division" }, deputy_division = { zh = "副处级", en = "deputy division" }, section = { zh = "正科级", en = "section" }, deputy_section = { zh = "副科级", en = "deputy section" }, staff = { zh = "股级", en = "staff" } }
[columns.hr_level]
type = "text"
title = { zh = "人事系统职务层次", en = "level, HR" }
labels = { bureau = { zh = "厅局级", en = "bureau" }, division = { zh = "正处级", en = "division" }, deputy_division = { zh = "副处级", en = "deputy division" }, section = { zh = "正科级", en = "section" }, deputy_section = { zh = "副科级", en = "deputy section" }, staff = { zh = "股级", en = "staff" } }
[evidence]
establishment_staff = ["name", "resident_id", "position", "leader_scope", "leader_level", "leader_class", "appointed_on", "removed_on", "concurrent"]
hr_staff = ["name", "position", "is_head", "head_since", "leader_level", "hr_status"]
---*/
WITH register AS (
  SELECT s.unit_key, s.person_key, s.row_id, s.leader_scope, s.leader_level, s.leader_class, s.appointed_on,
         COALESCE(s.appointed_on_day_min, -1000000) AS day_min, COALESCE(s.appointed_on_day_max, -1000000) AS day_max,
         COALESCE(s.removed_on_day_max, 1000000) AS removed_day, COALESCE(s.concurrent, 'no') AS concurrent
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.person_key IS NOT NULL AND s.staff_status IN ('on_post', 'off_post') AND s.leader_class IS NOT NULL
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
),
chief AS (
  SELECT r.unit_key, r.person_key, MAX(r.row_id) AS staff_row, MAX(r.appointed_on) AS appointed_on, MAX(r.day_min) AS day_min, MAX(r.day_max) AS day_max,
         MAX(r.leader_level) AS leader_level, MAX(CASE WHEN r.concurrent = 'yes' THEN 1 ELSE 0 END) AS is_concurrent,
         MAX(CASE WHEN r.removed_day > p.as_of_day THEN 1 ELSE 0 END) AS in_office
  FROM register r CROSS JOIN params p
  WHERE r.leader_scope = 'leadership' AND r.leader_class = 'chief' AND r.day_min <= p.as_of_day
    AND r.removed_day > p.as_of_day - p.grace_days
  GROUP BY r.unit_key, r.person_key
),
-- Whom either side calls a head.
called AS (
  SELECT unit_key, person_key FROM chief
  UNION
  SELECT unit_key, person_key FROM hr_staff
  WHERE unit_key IS NOT NULL AND person_key IS NOT NULL AND is_head = 'yes'
    AND hr_status IN ('on_post', 'absent', 'unpaid_leave', 'seconded', 'leave', 'suspended')
),
hr AS (
  SELECT k.unit_key, k.person_key, MIN(h.row_id) AS hr_row, MAX(CASE WHEN h.is_head = 'yes' THEN 1 ELSE 0 END) AS is_head,
         MAX(CASE WHEN h.is_head = 'no' THEN 1 ELSE 0 END) AS is_other, MAX(h.head_since) AS head_since,
         MIN(h.head_since_day_min) AS since_min, MAX(h.head_since_day_max) AS since_max
  FROM called k JOIN hr_staff h ON h.person_key = k.person_key AND h.unit_key = k.unit_key
  WHERE h.hr_status IN ('on_post', 'absent', 'unpaid_leave', 'seconded', 'leave', 'suspended')
  GROUP BY k.unit_key, k.person_key
),
person AS (
  SELECT h.unit_key, h.person_key, MIN(s.row_id) AS staff_row
  FROM hr h JOIN establishment_staff s ON s.person_key = h.person_key AND s.unit_key = h.unit_key CROSS JOIN params p
  WHERE h.is_head = 1 AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
  GROUP BY h.unit_key, h.person_key
),
both_heads AS (
  SELECT c.unit_key, c.person_key, c.staff_row, h.hr_row, c.appointed_on, h.head_since, c.leader_level, h.is_head, h.is_other, c.is_concurrent, c.in_office,
         c.day_min, c.day_max, h.since_min, h.since_max
  FROM chief c JOIN hr h ON h.unit_key = c.unit_key AND h.person_key = c.person_key
),
not_in_hr AS (
  SELECT b.unit_key, b.person_key, 'not_in_hr' AS reason, b.appointed_on, b.head_since, b.leader_level, b.staff_row, b.hr_row
  FROM both_heads b CROSS JOIN params p
  WHERE b.is_head = 0 AND b.is_other = 1 AND b.is_concurrent = 0 AND b.in_office = 1 AND b.day_max < p.as_of_day - p.grace_days
),
moved AS (
  SELECT b.unit_key, b.person_key, 'date' AS reason, b.appointed_on, b.head_since, b.leader_level, b.staff_row, b.hr_row
  FROM both_heads b CROSS JOIN params p
  WHERE b.is_head = 1 AND b.is_concurrent = 0 AND b.day_min > -1000000 AND b.since_min IS NOT NULL
    AND (b.day_min - b.since_max > p.date_days OR b.since_min - b.day_max > p.date_days)
),
not_in_register AS (
  SELECT h.unit_key, h.person_key, 'not_in_register' AS reason, CAST(NULL AS DATE) AS appointed_on, h.head_since,
         CAST(NULL AS VARCHAR) AS leader_level, e.staff_row, h.hr_row
  FROM hr h
  JOIN person e ON e.unit_key = h.unit_key AND e.person_key = h.person_key
  LEFT JOIN chief c ON c.unit_key = h.unit_key AND c.person_key = h.person_key
  CROSS JOIN params p
  WHERE h.is_head = 1 AND c.unit_key IS NULL AND COALESCE(h.since_max, -1000000) < p.as_of_day - p.grace_days
),
-- Levels are compared where each side says one only.
post_level AS (
  SELECT r.unit_key, r.person_key, MIN(r.leader_level) AS leader_level, MIN(r.row_id) AS staff_row, MAX(r.appointed_on) AS appointed_on
  FROM register r CROSS JOIN params p
  WHERE r.leader_level IS NOT NULL AND r.day_max <= p.as_of_day AND r.removed_day > p.as_of_day
  GROUP BY r.unit_key, r.person_key
  HAVING MIN(r.leader_level) = MAX(r.leader_level)
),
hr_level AS (
  SELECT unit_key, person_key, MIN(leader_level) AS hr_level, MIN(row_id) AS hr_row, MAX(head_since) AS head_since
  FROM hr_staff
  WHERE unit_key IS NOT NULL AND person_key IS NOT NULL AND leader_level IS NOT NULL AND hr_status IN ('on_post', 'absent', 'unpaid_leave', 'seconded', 'leave', 'suspended')
  GROUP BY unit_key, person_key
  HAVING MIN(leader_level) = MAX(leader_level)
),
found AS (
  SELECT unit_key, person_key, reason, appointed_on, head_since, leader_level, CAST(NULL AS VARCHAR) AS hr_level, staff_row, hr_row FROM not_in_hr
  UNION ALL
  SELECT unit_key, person_key, reason, appointed_on, head_since, leader_level, CAST(NULL AS VARCHAR) AS hr_level, staff_row, hr_row FROM moved
  UNION ALL
  SELECT unit_key, person_key, reason, appointed_on, head_since, leader_level, CAST(NULL AS VARCHAR) AS hr_level, staff_row, hr_row FROM not_in_register
  UNION ALL
  SELECT a.unit_key, a.person_key, 'level' AS reason, a.appointed_on, b.head_since, a.leader_level, b.hr_level, a.staff_row, b.hr_row
  FROM post_level a JOIN hr_level b ON b.unit_key = a.unit_key AND b.person_key = a.person_key
  WHERE a.leader_level <> b.hr_level AND a.leader_level <> 'unrecognised' AND b.hr_level <> 'unrecognised'
)
SELECT unit_key, person_key, reason AS object_key, reason, appointed_on, head_since, leader_level, hr_level,
       staff_row AS row__establishment_staff, hr_row AS row__hr_staff
FROM found
