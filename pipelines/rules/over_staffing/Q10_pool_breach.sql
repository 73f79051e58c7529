/*---
code = "Q10"
slug = "pool-breach"
category = "over_staffing"
severity = "S2"
since = "0.1.0"
grain = "unit"
inputs = ["quotas", "establishment_staff"]
optional_inputs = ["quota_pools"]
absence_claim = false
name = { zh = "周转池违规", en = "pool breach" }
what = { zh = "使用周转池编制超出核给数或已过期,本单位有空编仍用周转编制进人或长期不转为本单位编制,进人对象不在周转池使用范围内,或周转池总账户超规模、超比例、在总编超编时启用。", en = "Pooled posts are used beyond their number or past their term; somebody entered on one while the unit had its own vacancy, or stayed on it long after one fell free; somebody of a kind the pool is not for; or a pool account exceeds its size, its share of vacancies, or is open while posts are exceeded." }
mistaken_for = { zh = "周转池编制单列,不计入本单位超编;规模调整按生效日期;台账未登记周转编制的单位不核对数量;空编按有利于单位计算;有编制记录被退回的单位只核对进人对象。", en = "Pooled posts never count against the unit's own; sizes hold from their day in force; units whose ledger shows no pooled posts are not counted; vacancies are counted in the unit's favour; of units with a quota row set aside only the kind of entrant is judged." }
verify = { zh = "调取周转池编制核给文件、进人审批和本单位同期编制、在编名册。", en = "Take the grant of pooled posts, the approval of the entry, and the unit's posts and staff of that time." }
message = { zh = "{unit_name}{person_name}{quota_type}周转池编制:{reason}(核给{approved}名,使用{actual}名,本单位空编{vacant}名),请按周转池规定收回或转编。", en = "{unit_name} {person_name}, pooled {quota_type} posts: {reason} ({approved} granted, {actual} used, {vacant} vacant of the unit's own); return or convert the posts." }
legal_basis = [ { law = "486", article = "§15", verified = true } ]
[parameters.channels]
type = "text"
default = "talent,veteran"
doc = { zh = "周转池可用的进入形式", en = "kinds of entry that pooled posts are for" }
[parameters.vacant_days]
type = "integer"
default = 60
minimum = 1
doc = { zh = "空编后转编期限(天)", en = "days within which a person is converted to a vacancy" }
[parameters.lookback_months]
type = "integer"
default = 12
minimum = 1
doc = { zh = "进人回看月数(含本月)", en = "months looked back for entries, this one included" }
[parameters.share_percent]
type = "integer"
default = 20
minimum = 1
doc = { zh = "行政周转池占空编比例上限(%)", en = "most of the administrative vacancies a pool may hold, percent" }
[columns.reason]
type = "text"
title = { zh = "问题", en = "what is wrong" }
labels = { capacity = { zh = "超出核给数", en = "more used than granted" }, expired = { zh = "使用期限已满仍在使用", en = "used past the term" }, entry_despite_vacancy = { zh = "本单位有空编时使用周转编制进人", en = "entered on a pooled post while the unit had a vacancy" }, not_converted = { zh = "本单位出现空编后长期未转编", en = "not converted long after a vacancy arose" }, wrong_channel = { zh = "进人方式不在周转池使用范围", en = "a kind of entry the pool is not for" }, account = { zh = "周转池账户超规模", en = "the pool account is over its size" }, account_share = { zh = "行政周转池超过空编比例上限", en = "the administrative pool is over its share of vacancies" }, account_while_over = { zh = "行政总编超编时启用周转池", en = "the pool is open while administrative posts are exceeded" } }
[columns.quota_type]
type = "text"
title = { zh = "编制类型", en = "quota type" }
labels = { administrative = { zh = "行政", en = "administrative" }, police = { zh = "政法专项", en = "police" }, institution = { zh = "事业", en = "institution" }, civil_service_like = { zh = "参公事业", en = "civil-service-like" }, worker = { zh = "工勤", en = "worker" } }
[columns.approved]
type = "integer"
unit = "posts"
title = { zh = "核给数", en = "posts granted" }
[columns.actual]
type = "integer"
unit = "persons"
title = { zh = "使用数", en = "posts used" }
[columns.vacant]
type = "integer"
unit = "posts"
title = { zh = "本单位空编", en = "own vacancies" }
[columns.entry_channel]
type = "text"
title = { zh = "进入形式", en = "kind of entry" }
labels = { recruitment = { zh = "公开招聘", en = "recruitment" }, transfer = { zh = "调入", en = "transfer" }, reorganisation = { zh = "划转", en = "reorganisation" }, veteran = { zh = "军转安置", en = "veteran" }, talent = { zh = "人才引进", en = "talent" }, appointment = { zh = "组织任命", en = "appointment" }, unrecognised = { zh = "无法识别", en = "unrecognised" } }
[evidence]
quotas = ["quota_type", "bucket", "approved", "document_no", "valid_from", "valid_to"]
establishment_staff = ["name", "resident_id", "quota_type", "bucket", "entry_date", "entry_channel"]
quota_pools = ["pool_name", "pool_kind", "capacity", "document_no", "valid_from", "valid_to"]
---*/
WITH holder AS (
  SELECT s.unit_key, s.quota_type, s.person_key, COALESCE(s.person_key, 'row ' || CAST(s.row_id AS VARCHAR)) AS person, s.row_id,
         s.entry_channel, s.entry_date_month, s.entry_date_day_min, s.entry_date_day_max
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.bucket = 'pooled' AND s.quota_type <> 'unrecognised' AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
),
unsure AS (
  SELECT unit_key FROM rejected_rows WHERE table_name = 'quotas' AND unit_key IS NOT NULL GROUP BY unit_key
),
used AS (
  SELECT h.unit_key, h.quota_type, CAST(COUNT(DISTINCT h.person) AS BIGINT) AS actual, MAX(h.row_id) AS staff_row
  FROM holder h LEFT JOIN unsure x ON x.unit_key = h.unit_key
  WHERE x.unit_key IS NULL
  GROUP BY h.unit_key, h.quota_type
),
granted_pool AS (
  SELECT q.unit_key, q.quota_type, MAX(q.row_id) AS pool_row,
         CAST(SUM(CASE WHEN (q.valid_from_day_min IS NULL OR q.valid_from_day_min <= p.as_of_day)
                        AND (q.valid_to_day_min IS NULL OR q.valid_to_day_min > p.as_of_day) THEN q.approved ELSE 0 END) AS BIGINT) AS approved,
         MAX(CASE WHEN q.valid_to_day_min <= p.as_of_day AND q.approved > 0 THEN 1 ELSE 0 END) AS ended
  FROM quotas q CROSS JOIN params p
  WHERE q.unit_key IS NOT NULL AND q.bucket = 'pooled'
  GROUP BY q.unit_key, q.quota_type
),
borrower AS (
  SELECT unit_key, quota_type FROM used GROUP BY unit_key, quota_type
),
-- Own posts held, in the unit's favour: from the first possible day of the entry to the last of the exit.
stay AS (
  SELECT s.unit_key, s.quota_type, COALESCE(s.person_key, 'row ' || CAST(s.row_id AS VARCHAR)) AS person,
         COALESCE(s.entry_date_day_min, -1000000) AS entry_day,
         CASE WHEN s.exit_date_day_max IS NOT NULL THEN s.exit_date_day_max ELSE 1000000 END AS exit_day
  FROM establishment_staff s JOIN borrower b ON b.unit_key = s.unit_key AND b.quota_type = s.quota_type
  WHERE s.bucket = 'own' AND (s.exit_date_day_max IS NOT NULL OR s.staff_status IN ('on_post', 'off_post'))
),
lot AS (
  SELECT q.unit_key, q.quota_type, q.approved, q.row_id, COALESCE(q.valid_from_day_max, -1000000) AS from_day,
         COALESCE(q.valid_to_day_min, 1000000) AS to_day
  FROM quotas q JOIN borrower b ON b.unit_key = q.unit_key AND b.quota_type = q.quota_type
  WHERE q.bucket = 'own'
),
-- The days on which a vacancy can end: the first of the window, entries, and ends of quota rows.
probe_row AS (
  SELECT b.unit_key, b.quota_type, p.as_of_day - p.vacant_days AS day FROM borrower b CROSS JOIN params p
  UNION ALL
  SELECT s.unit_key, s.quota_type, s.entry_day AS day FROM stay s CROSS JOIN params p
  WHERE s.entry_day > p.as_of_day - p.vacant_days AND s.entry_day <= p.as_of_day
  UNION ALL
  SELECT l.unit_key, l.quota_type, l.to_day AS day FROM lot l CROSS JOIN params p
  WHERE l.to_day > p.as_of_day - p.vacant_days AND l.to_day <= p.as_of_day
),
probe AS (
  SELECT unit_key, quota_type, day FROM probe_row GROUP BY unit_key, quota_type, day
),
standing AS (
  SELECT b.unit_key, b.quota_type, b.day, CAST(COUNT(DISTINCT s.person) AS BIGINT) AS actual
  FROM probe b JOIN stay s ON s.unit_key = b.unit_key AND s.quota_type = b.quota_type
  WHERE s.entry_day <= b.day AND s.exit_day > b.day
  GROUP BY b.unit_key, b.quota_type, b.day
),
granted AS (
  SELECT b.unit_key, b.quota_type, b.day, CAST(SUM(l.approved) AS BIGINT) AS approved, MIN(l.row_id) AS own_row
  FROM probe b JOIN lot l ON l.unit_key = b.unit_key AND l.quota_type = b.quota_type
  WHERE l.from_day <= b.day AND l.to_day > b.day
  GROUP BY b.unit_key, b.quota_type, b.day
),
vacancy AS (
  SELECT b.unit_key, b.quota_type, COALESCE(g.approved, 0) - COALESCE(s.actual, 0) AS vacant, g.own_row
  FROM probe b
  LEFT JOIN granted g ON g.unit_key = b.unit_key AND g.quota_type = b.quota_type AND g.day = b.day
  LEFT JOIN standing s ON s.unit_key = b.unit_key AND s.quota_type = b.quota_type AND s.day = b.day
),
long_vacant AS (
  SELECT unit_key, quota_type, MIN(vacant) AS vacant, MIN(own_row) AS own_row FROM vacancy
  GROUP BY unit_key, quota_type
  HAVING MIN(vacant) >= 1
),
counted AS (
  SELECT u.unit_key, CAST(NULL AS VARCHAR) AS person_key, u.quota_type, CASE WHEN g.ended = 1 THEN 'expired' ELSE 'capacity' END AS reason,
         g.approved, u.actual, CAST(NULL AS BIGINT) AS vacant, CAST(NULL AS VARCHAR) AS entry_channel, g.pool_row AS quota_row, u.staff_row
  FROM used u JOIN granted_pool g ON g.unit_key = u.unit_key AND g.quota_type = u.quota_type
  WHERE u.actual > g.approved
),
unconverted AS (
  SELECT u.unit_key, CAST(NULL AS VARCHAR) AS person_key, u.quota_type, 'not_converted' AS reason,
         g.approved, u.actual, v.vacant, CAST(NULL AS VARCHAR) AS entry_channel, v.own_row AS quota_row, u.staff_row
  FROM used u
  JOIN long_vacant v ON v.unit_key = u.unit_key AND v.quota_type = u.quota_type
  LEFT JOIN granted_pool g ON g.unit_key = u.unit_key AND g.quota_type = u.quota_type
),
-- Own posts on the day of a pooled entry; whoever left that day still counts, posts of that day do not yet.
entry AS (
  SELECT h.unit_key, h.quota_type, h.person_key, MIN(h.row_id) AS row_id, MIN(h.entry_date_day_min) AS first_day, MAX(h.entry_date_day_max) AS last_day
  FROM holder h JOIN used u ON u.unit_key = h.unit_key AND u.quota_type = h.quota_type CROSS JOIN params p
  WHERE h.person_key IS NOT NULL AND h.entry_date_month > p.period_no - p.lookback_months
  GROUP BY h.unit_key, h.quota_type, h.person_key
),
there AS (
  SELECT e.row_id, CAST(COUNT(DISTINCT s.person) AS BIGINT) AS actual
  FROM entry e JOIN stay s ON s.unit_key = e.unit_key AND s.quota_type = e.quota_type
  WHERE s.entry_day <= e.last_day AND s.exit_day >= e.first_day
  GROUP BY e.row_id
),
posts AS (
  SELECT e.row_id, CAST(SUM(l.approved) AS BIGINT) AS approved, MIN(l.row_id) AS own_row
  FROM entry e JOIN lot l ON l.unit_key = e.unit_key AND l.quota_type = e.quota_type
  WHERE l.from_day < e.first_day AND l.to_day > e.last_day
  GROUP BY e.row_id
),
despite AS (
  SELECT e.unit_key, e.person_key, e.quota_type, 'entry_despite_vacancy' AS reason, CAST(NULL AS BIGINT) AS approved, CAST(NULL AS BIGINT) AS actual,
         q.approved - COALESCE(t.actual, 0) AS vacant, CAST(NULL AS VARCHAR) AS entry_channel, q.own_row AS quota_row, e.row_id AS staff_row
  FROM entry e JOIN posts q ON q.row_id = e.row_id LEFT JOIN there t ON t.row_id = e.row_id
  WHERE q.approved > COALESCE(t.actual, 0)
),
channel AS (
  SELECT h.unit_key, h.person_key, h.quota_type, 'wrong_channel' AS reason, CAST(NULL AS BIGINT) AS approved, CAST(NULL AS BIGINT) AS actual,
         CAST(NULL AS BIGINT) AS vacant, MIN(h.entry_channel) AS entry_channel, CAST(NULL AS BIGINT) AS quota_row, MIN(h.row_id) AS staff_row
  FROM holder h CROSS JOIN params p
  WHERE h.person_key IS NOT NULL AND h.entry_channel IS NOT NULL AND h.entry_channel <> 'unrecognised'
    AND CASE WHEN h.entry_channel IS NULL THEN 0 WHEN SPLIT_PART(',' || p.channels || ',', ',' || h.entry_channel || ',', 1) <> (',' || p.channels || ',') THEN 1 ELSE 0 END = 0
  GROUP BY h.unit_key, h.person_key, h.quota_type
),
-- The accounts: all pooled staff of a kind against the size in force, administrative ones against the vacancies too.
kind_used AS (
  SELECT CASE WHEN quota_type IN ('administrative', 'police') THEN 'administrative' ELSE 'institution' END AS pool_kind,
         CAST(COUNT(DISTINCT person) AS BIGINT) AS actual
  FROM holder WHERE quota_type IN ('administrative', 'police', 'institution', 'civil_service_like')
  GROUP BY CASE WHEN quota_type IN ('administrative', 'police') THEN 'administrative' ELSE 'institution' END
),
account AS (
  SELECT a.pool_kind, CAST(SUM(a.capacity) AS BIGINT) AS capacity, MIN(a.row_id) AS pool_row
  FROM quota_pools a CROSS JOIN params p
  WHERE (a.valid_from_day_min IS NULL OR a.valid_from_day_min <= p.as_of_day)
    AND (a.valid_to_day_min IS NULL OR a.valid_to_day_min > p.as_of_day)
  GROUP BY a.pool_kind
),
own_posts AS (
  SELECT q.unit_key, CAST(SUM(q.approved) AS BIGINT) AS approved
  FROM quotas q CROSS JOIN params p
  WHERE q.unit_key IS NOT NULL AND q.bucket = 'own' AND q.quota_type = 'administrative'
    AND (q.valid_from_day_min IS NULL OR q.valid_from_day_min <= p.as_of_day)
    AND (q.valid_to_day_min IS NULL OR q.valid_to_day_min > p.as_of_day)
  GROUP BY q.unit_key
),
own_staff AS (
  SELECT s.unit_key, CAST(COUNT(DISTINCT COALESCE(s.person_key, 'row ' || CAST(s.row_id AS VARCHAR))) AS BIGINT) AS actual
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.bucket = 'own' AND s.quota_type = 'administrative' AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
  GROUP BY s.unit_key
),
administrative AS (
  SELECT CAST(SUM(q.approved) AS BIGINT) AS approved, CAST(SUM(COALESCE(s.actual, 0)) AS BIGINT) AS actual,
         CAST(SUM(CASE WHEN q.approved > COALESCE(s.actual, 0) THEN q.approved - COALESCE(s.actual, 0) ELSE 0 END) AS BIGINT) AS vacant
  FROM own_posts q LEFT JOIN own_staff s ON s.unit_key = q.unit_key
),
account_found AS (
  SELECT a.pool_kind, 'account' AS reason, a.capacity AS approved, k.actual, CAST(NULL AS BIGINT) AS vacant, a.pool_row
  FROM account a JOIN kind_used k ON k.pool_kind = a.pool_kind
  WHERE k.actual > a.capacity
  UNION ALL
  SELECT a.pool_kind, 'account_share' AS reason, a.capacity AS approved, CAST(NULL AS BIGINT) AS actual, n.vacant, a.pool_row
  FROM account a CROSS JOIN administrative n CROSS JOIN params p
  WHERE a.pool_kind = 'administrative' AND a.capacity * 100 > n.vacant * p.share_percent
  UNION ALL
  SELECT a.pool_kind, 'account_while_over' AS reason, n.approved, n.actual, CAST(NULL AS BIGINT) AS vacant, a.pool_row
  FROM account a CROSS JOIN administrative n
  WHERE a.pool_kind = 'administrative' AND a.capacity > 0 AND n.actual > n.approved
),
found AS (
  SELECT unit_key, person_key, quota_type, reason, approved, actual, vacant, entry_channel, quota_row, staff_row, CAST(NULL AS BIGINT) AS pool_row FROM counted
  UNION ALL
  SELECT unit_key, person_key, quota_type, reason, approved, actual, vacant, entry_channel, quota_row, staff_row, CAST(NULL AS BIGINT) AS pool_row FROM unconverted
  UNION ALL
  SELECT unit_key, person_key, quota_type, reason, approved, actual, vacant, entry_channel, quota_row, staff_row, CAST(NULL AS BIGINT) AS pool_row FROM despite
  UNION ALL
  SELECT unit_key, person_key, quota_type, reason, approved, actual, vacant, entry_channel, quota_row, staff_row, CAST(NULL AS BIGINT) AS pool_row FROM channel
  UNION ALL
  SELECT CAST(NULL AS VARCHAR) AS unit_key, CAST(NULL AS VARCHAR) AS person_key, pool_kind AS quota_type, reason, approved, actual, vacant,
         CAST(NULL AS VARCHAR) AS entry_channel, CAST(NULL AS BIGINT) AS quota_row, CAST(NULL AS BIGINT) AS staff_row, pool_row FROM account_found
)
SELECT unit_key, person_key, reason || ':' || quota_type AS object_key, reason, quota_type, approved, actual, vacant, entry_channel,
       quota_row AS row__quotas, staff_row AS row__establishment_staff, pool_row AS row__quota_pools
FROM found
