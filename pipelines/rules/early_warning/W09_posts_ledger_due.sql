/*---
code = "W09"
slug = "posts-ledger-due"
category = "early_warning"
severity = "S4"
since = "0.2.0"
grain = "unit"
inputs = ["leader_posts"]
absence_claim = false
name = { zh = "职数台账更新预警", en = "posts ledger update due" }
what = { zh = "季度末月份,领导职数台账本季度尚未更新,季后十五日内应完成。", en = "In the last month of a quarter the unit's ledger of leader posts has not been updated within the quarter; the update is due fifteen days after its end." }
mistaken_for = { zh = "非季度末月份不提示;本季度任一行已更新的单位不提示;没有填更新时间的不提示;已逾期由台账逾期规则(L07)判定。", en = "Other months; units with any row updated within the quarter; no date of update; overdue is L07." }
verify = { zh = "提醒单位核对任免情况,按季更新领导职数管理台账。", en = "Remind the unit to go through appointments and update the ledger for the quarter." }
message = { zh = "{unit_name}领导职数台账最近更新于{updated_on},本季度尚未更新,请于季后{due_days}日内完成。", en = "The posts ledger of {unit_name} was last updated on {updated_on}, not in this quarter; update within {due_days} days of its end." }
legal_basis = [ { law = "条例19", article = "第六章", verified = false } ]
[parameters.due_days]
type = "integer"
default = 15
minimum = 0
doc = { zh = "季后完成更新的天数", en = "days after the quarter for the update" }
[columns.updated_on]
type = "date"
title = { zh = "最近更新时间", en = "last updated on" }
[evidence]
leader_posts = ["unit_name", "scope", "leader_level", "leader_class", "updated_on"]
---*/
WITH ledger AS (
  SELECT l.unit_key, MAX(l.updated_on_month) AS last_month, MAX(l.updated_on) AS updated_on, MIN(l.row_id) AS row_id
  FROM leader_posts l
  WHERE l.unit_key IS NOT NULL AND l.updated_on_month IS NOT NULL
  GROUP BY l.unit_key
)
SELECT l.unit_key, l.updated_on, l.row_id AS row__leader_posts
FROM ledger l CROSS JOIN params p
-- March, June, September and December leave a remainder of two.
WHERE p.period_no % 3 = 2 AND l.last_month < p.period_no - 2
