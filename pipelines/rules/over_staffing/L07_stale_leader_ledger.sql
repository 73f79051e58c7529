/*---
code = "L07"
slug = "stale-leader-ledger"
category = "over_staffing"
severity = "S3"
since = "0.1.0"
grain = "unit"
inputs = ["leader_posts"]
absence_claim = false
name = { zh = "职数台账逾期未更新", en = "stale ledger of leader posts" }
what = { zh = "职数台账应按季度更新;上一个已结束的季度开始以来没有更新记录。", en = "The ledger of leader posts is due every quarter; a unit's rows were last updated before the last closed quarter began." }
mistaken_for = { zh = "季度末后的更新期限未满的季度不计;本季度更新的算已更新;台账整列没有更新时间的不判定;有职数记录被退回的单位不判定。", en = "A quarter whose days of grace still run does not count; an update in the current quarter counts; a ledger without any update days is not judged, nor units with a row set aside." }
verify = { zh = "与单位核对本季度任免、职数变动,确认后在台账登记更新时间。", en = "Compare the quarter's appointments and changes with the unit and record the update." }
message = { zh = "{unit_name}领导职数台账最近更新于{updated_on},已逾期,请核对更新。", en = "{unit_name}: the ledger of leader posts was last updated on {updated_on} and is overdue; check and update." }
legal_basis = [ { law = "条例19", article = "第六章", verified = false } ]
[parameters.grace_days]
type = "integer"
default = 15
minimum = 0
doc = { zh = "季度结束后的更新期限(天)", en = "days of grace after the end of a quarter" }
[columns.updated_on]
type = "date"
title = { zh = "最近更新", en = "last updated" }
[evidence]
leader_posts = ["scope", "leader_level", "leader_class", "approved", "updated_on"]
---*/
WITH unsure AS (
  SELECT unit_key FROM rejected_rows WHERE table_name = 'leader_posts' AND unit_key IS NOT NULL GROUP BY unit_key
),
-- The first month of the last quarter whose days of grace have run out: months count from January as 0.
due AS (
  SELECT CASE WHEN p.as_of_day - p.grace_days > p.period_first_day - 1 THEN 0 ELSE 1 END AS early, p.period_no % 3 AS place, p.period_no
  FROM params p
),
quarter AS (
  SELECT CASE WHEN place = 2 THEN period_no - 5 WHEN place = 0 AND early = 1 THEN period_no - 6 ELSE period_no - place - 3 END AS first_month
  FROM due
),
dated AS (
  SELECT CAST(COUNT(updated_on) AS BIGINT) AS rows_dated FROM leader_posts
),
updated AS (
  SELECT l.unit_key, MAX(l.updated_on_month) AS month, MAX(l.updated_on) AS updated_on, MIN(l.row_id) AS post_row
  FROM leader_posts l LEFT JOIN unsure x ON x.unit_key = l.unit_key
  WHERE l.unit_key IS NOT NULL AND x.unit_key IS NULL
  GROUP BY l.unit_key
)
SELECT u.unit_key, u.updated_on, u.post_row AS row__leader_posts
FROM updated u CROSS JOIN quarter q CROSS JOIN dated d
WHERE d.rows_dated > 0 AND (u.month IS NULL OR u.month < q.first_month)
