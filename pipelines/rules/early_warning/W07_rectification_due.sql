/*---
code = "W07"
slug = "rectification-due"
category = "early_warning"
severity = "S4"
since = "0.2.0"
grain = "unit"
inputs = ["rectifications"]
absence_claim = false
name = { zh = "整改到期预警", en = "rectification due" }
what = { zh = "整改台账中的问题将在预警期内到期,或已经逾期,还没有销号。", en = "An item of the rectification ledger falls due within the horizon, or is overdue, and is not closed." }
mistaken_for = { zh = "已销号、有销号时间的不提示;已申请销号的只提示验收;长期消化的按其自身时限;没有时限的不提示。", en = "Closed items; those waiting for acceptance only for that; long-term items by their own date; items without a date." }
verify = { zh = "电话提醒责任人,逾期的依次书面警示、实地督查、督办函,按期对账销号。", en = "Remind by phone, then in writing, by visit and by letter; close by reconciliation." }
message = { zh = "{unit_name}整改事项{item_no}时限{due_on},{stage}({days_left}天),状态为{rectification_status},请督促按期销号。", en = "{unit_name}: item {item_no} is due on {due_on} ({stage}, {days_left} days), status {rectification_status}; see that it is closed." }
legal_basis = [ { law = "联11", article = "整改与审批联动", verified = true } ]
[parameters.horizon_days]
type = "integer"
default = 31
minimum = 0
doc = { zh = "预警期(天)", en = "horizon in days" }
[columns.item_no]
type = "text"
title = { zh = "编号", en = "item" }
[columns.due_on]
type = "date"
title = { zh = "整改时限", en = "due on" }
[columns.days_left]
type = "integer"
unit = "days"
title = { zh = "剩余天数", en = "days left" }
[columns.stage]
type = "text"
title = { zh = "预警级别", en = "stage" }
labels = { overdue = { zh = "已逾期", en = "overdue" }, week = { zh = "七日内到期", en = "within a week" }, fortnight = { zh = "十五日内到期", en = "within fifteen days" }, ahead = { zh = "将到期", en = "ahead" } }
[columns.rectification_status]
type = "text"
title = { zh = "整改状态", en = "status" }
[evidence]
rectifications = ["item_no", "unit_name", "problem", "rectification_status", "assigned_on", "due_on", "closed_on"]
---*/
WITH item AS (
  SELECT r.unit_key, r.item_no, r.rectification_status, r.due_on, r.row_id, r.due_on_day_max - p.as_of_day AS days_left
  FROM rectifications r CROSS JOIN params p
  WHERE r.unit_key IS NOT NULL AND r.rectification_status <> 'closed' AND r.due_on_day_max IS NOT NULL
    AND (r.closed_on_day_min IS NULL OR r.closed_on_day_min > p.as_of_day)
    AND (r.assigned_on_day_min IS NULL OR r.assigned_on_day_min <= p.as_of_day)
)
SELECT i.unit_key, i.item_no AS object_key, i.item_no, i.due_on, CAST(i.days_left AS BIGINT) AS days_left,
       CASE WHEN i.days_left < 0 THEN 'overdue' WHEN i.days_left <= 7 THEN 'week' WHEN i.days_left <= 15 THEN 'fortnight' ELSE 'ahead' END AS stage,
       i.rectification_status, i.row_id AS row__rectifications
FROM item i CROSS JOIN params p
WHERE i.days_left <= p.horizon_days
