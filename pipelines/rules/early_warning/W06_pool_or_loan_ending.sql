/*---
code = "W06"
slug = "pool-or-loan-ending"
category = "early_warning"
severity = "S4"
since = "0.2.0"
grain = "unit"
inputs = ["quotas"]
optional_inputs = ["establishment_staff"]
absence_claim = false
name = { zh = "周转、调借编制到期预警", en = "pooled or loaned posts about to end" }
what = { zh = "周转池或调借编制将在预警期内到期,须收回、续批或转为本单位编制。", en = "Pooled or loaned posts of a unit end within the horizon and must be returned, renewed or turned into own posts." }
mistaken_for = { zh = "本单位自有编制没有期限,不在此列;同类编制已有更晚到期的续批行、且自当前到期前生效的不提示;已到期未还由周转、调借规则判定。", en = "Own posts have no term; a renewal of the same type and bucket that takes over by then; what is overdue is a matter of the pool and loan rules." }
verify = { zh = "核对使用人数和本单位空编,空一还一,到期收回或按程序续批。", en = "Compare who stands on the posts with the unit's own vacancies, return as they fall vacant, or renew." }
message = { zh = "{unit_name}{bucket}{quota_type}编制{approved}名将于{ends_on}到期,还有{days_left}天,在用{holders}人,请提前收回或续批。", en = "{unit_name}: {approved} {bucket} posts ({quota_type}) end on {ends_on}, in {days_left} days, {holders} in use; return or renew." }
legal_basis = [ { law = "486", article = "§15", verified = true } ]
[parameters.horizon_days]
type = "integer"
default = 90
minimum = 0
doc = { zh = "预警期(天)", en = "horizon in days" }
[columns.bucket]
type = "text"
title = { zh = "台账类型", en = "bucket" }
labels = { pooled = { zh = "周转池", en = "pooled" }, loaned = { zh = "调借", en = "loaned" } }
[columns.quota_type]
type = "text"
title = { zh = "编制类型", en = "quota type" }
[columns.approved]
type = "integer"
unit = "posts"
title = { zh = "核定编制", en = "approved posts" }
[columns.ends_on]
type = "date"
title = { zh = "到期日", en = "ends on" }
[columns.days_left]
type = "integer"
unit = "days"
title = { zh = "剩余天数", en = "days left" }
[columns.holders]
type = "integer"
unit = "persons"
title = { zh = "在用人数", en = "persons on them" }
[evidence]
quotas = ["quota_type", "bucket", "approved", "document_no", "valid_from", "valid_to", "purpose"]
---*/
WITH lot AS (
  SELECT q.unit_key, q.quota_type, q.bucket, q.approved, q.row_id, q.valid_to, q.valid_to_day_min AS end_day,
         COALESCE(q.valid_from_day_min, -1000000) AS from_day
  FROM quotas q CROSS JOIN params p
  WHERE q.unit_key IS NOT NULL AND q.bucket IN ('pooled', 'loaned') AND q.approved > 0
    AND (q.valid_from_day_min IS NULL OR q.valid_from_day_min <= p.as_of_day)
    AND q.valid_to_day_min > p.as_of_day AND q.valid_to_day_min - p.as_of_day <= p.horizon_days
),
-- A later lot of the same kind that begins by the end of this one.
renewed AS (
  SELECT t.row_id
  FROM lot t JOIN quotas q ON q.unit_key = t.unit_key AND q.quota_type = t.quota_type AND q.bucket = t.bucket
  WHERE q.row_id <> t.row_id AND q.valid_from_day_min > t.from_day AND q.valid_from_day_min <= t.end_day AND (q.valid_to_day_min IS NULL OR q.valid_to_day_min > t.end_day)
  GROUP BY t.row_id
),
due AS (
  SELECT t.unit_key, t.quota_type, t.bucket, CAST(SUM(t.approved) AS BIGINT) AS approved, MIN(t.valid_to) AS ends_on,
         MIN(t.end_day) AS end_day, MIN(t.row_id) AS quota_row
  FROM lot t LEFT JOIN renewed r ON r.row_id = t.row_id
  WHERE r.row_id IS NULL
  GROUP BY t.unit_key, t.quota_type, t.bucket
),
used AS (
  SELECT s.unit_key, s.quota_type, s.bucket, CAST(COUNT(*) AS BIGINT) AS holders
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.bucket IN ('pooled', 'loaned') AND s.staff_status IN ('on_post', 'off_post')
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
  GROUP BY s.unit_key, s.quota_type, s.bucket
)
SELECT d.unit_key, d.bucket || ':' || d.quota_type AS object_key, d.bucket, d.quota_type, d.approved, d.ends_on,
       CAST(d.end_day - p.as_of_day AS BIGINT) AS days_left, COALESCE(u.holders, 0) AS holders, d.quota_row AS row__quotas
FROM due d
LEFT JOIN used u ON u.unit_key = d.unit_key AND u.quota_type = d.quota_type AND u.bucket = d.bucket
CROSS JOIN params p
