/*---
code = "L10"
slug = "appointed-before-post"
category = "over_staffing"
severity = "S3"
since = "0.1.0"
grain = "person"
inputs = ["establishment_staff", "establishment_units"]
optional_inputs = ["leader_posts"]
absence_claim = false
name = { zh = "任职早于设置", en = "appointed before the post existed" }
what = { zh = "领导任职时间早于机构设立时间或该类职数最早核定时间,超过筹备任命的宽限期。", en = "A leader was appointed before the unit was established, or before the first approval of posts of that scope and class, by more than the days of grace for preparing a unit." }
mistaken_for = { zh = "机构筹备期任命在宽限期内的不判定;成建制划转带入的任职不判定;日期只到年月的按最有利计算;设立时间、职数生效时间未登记的不判定;标为兼任的不判定。", en = "Appointments while a unit is prepared, within the days of grace; appointments that came along with a reorganisation; dates known to the month count in the unit's favour; missing days are not judged, nor posts held concurrently." }
verify = { zh = "核对机构设立文件、首次核定职数的文件和任职文件的日期。", en = "Compare the days of the founding document, of the first approval of the posts and of the appointment." }
message = { zh = "{unit_name}{person_name}任职于{appointed_on},早于{reason}({existed_from}),请核对日期或任职依据。", en = "{person_name} of {unit_name} was appointed on {appointed_on}, before {reason} ({existed_from}); check the dates or the ground." }
legal_basis = [ { law = "486", article = "§9", verified = true } ]
[parameters.grace_days]
type = "integer"
default = 90
minimum = 0
doc = { zh = "筹备任命宽限天数", en = "days of grace for appointments while a unit is prepared" }
[columns.reason]
type = "text"
title = { zh = "早于", en = "before what" }
labels = { unit = { zh = "机构设立", en = "the unit was established" }, post = { zh = "职数核定", en = "the posts were approved" } }
[columns.appointed_on]
type = "date"
title = { zh = "任职时间", en = "appointed on" }
[columns.existed_from]
type = "date"
title = { zh = "设立或核定时间", en = "existed from" }
[evidence]
establishment_staff = ["name", "resident_id", "position", "leader_scope", "leader_class", "appointed_on", "appointment_document"]
establishment_units = ["unit_name", "established_on", "approval_document"]
leader_posts = ["scope", "leader_level", "leader_class", "approved", "document_no", "valid_from"]
---*/
WITH incumbent AS (
  SELECT s.unit_key, s.person_key, s.leader_scope, s.leader_class, s.appointed_on, s.appointed_on_day_max AS day, s.row_id
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.person_key IS NOT NULL AND s.leader_class IN ('chief', 'deputy') AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
    AND (s.appointed_on_day_max IS NULL OR s.appointed_on_day_max <= p.as_of_day)
    AND (s.removed_on_day_min IS NULL OR s.removed_on_day_min > p.as_of_day)
    AND s.appointed_on_day_max IS NOT NULL AND COALESCE(s.concurrent, 'no') <> 'yes' AND COALESCE(s.entry_channel, 'unknown') <> 'reorganisation'
),
unit AS (
  SELECT unit_key, MIN(established_on) AS established_on, MIN(established_on_day_min) AS established_day, MIN(row_id) AS unit_row
  FROM establishment_units WHERE unit_key IS NOT NULL AND established_on_day_min IS NOT NULL
  GROUP BY unit_key
),
unsure AS (
  SELECT unit_key FROM rejected_rows WHERE table_name = 'leader_posts' AND unit_key IS NOT NULL GROUP BY unit_key
),
post AS (
  SELECT unit_key, scope, leader_class, MIN(valid_from) AS valid_from, MIN(valid_from_day_min) AS first_day, MIN(row_id) AS post_row
  FROM leader_posts WHERE unit_key IS NOT NULL
  GROUP BY unit_key, scope, leader_class
  HAVING SUM(CASE WHEN valid_from IS NULL THEN 1 ELSE 0 END) = 0
),
judged AS (
  SELECT i.unit_key, i.person_key, i.leader_scope, i.leader_class, i.appointed_on, i.row_id,
         CASE WHEN i.day < u.established_day - p.grace_days THEN 'unit'
              WHEN x.unit_key IS NULL AND i.day < t.first_day - p.grace_days THEN 'post' END AS reason,
         u.established_on, u.unit_row, t.valid_from, t.post_row
  FROM incumbent i
  LEFT JOIN unit u ON u.unit_key = i.unit_key
  LEFT JOIN unsure x ON x.unit_key = i.unit_key
  LEFT JOIN post t ON t.unit_key = i.unit_key AND t.scope = i.leader_scope AND t.leader_class = i.leader_class
  CROSS JOIN params p
)
SELECT unit_key, person_key, reason || ':' || COALESCE(leader_scope, '') || ':' || leader_class AS object_key, reason, appointed_on,
       CASE WHEN reason = 'unit' THEN established_on ELSE valid_from END AS existed_from,
       row_id AS row__establishment_staff, CASE WHEN reason = 'unit' THEN unit_row END AS row__establishment_units,
       CASE WHEN reason = 'post' THEN post_row END AS row__leader_posts
FROM judged
WHERE reason IS NOT NULL
