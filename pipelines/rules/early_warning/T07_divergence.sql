/*---
code = "T07"
slug = "divergence"
category = "early_warning"
severity = "S4"
since = "0.2.0"
grain = "unit"
inputs = ["payroll", "quotas", "establishment_staff"]
optional_inputs = []
past = { payroll = [12], quotas = [12], establishment_staff = [12] }
absence_claim = false
name = { zh = "编制、人数、工资背离", en = "posts, staff and pay drift apart" }
what = { zh = "与十二个月前相比,单位在职工资增幅高出发薪人数增幅15个百分点以上;或核定编制减少而在编人数增加。", en = "Against twelve months before, a unit's pay grew over 15 points more than its payees; or its approved posts fell while its staff grew." }
mistaken_for = { zh = "普遍调标会使所有单位工资增幅同时上升,已减去全部单位的总体增幅;少于十人的单位不比。", en = "A general rise lifts all units, so the growth of all units together is taken off first; units under ten persons are not compared." }
verify = { zh = "列出两期工资项目对比和增减人员名单,说明增长来源。", en = "List both months' pay items and who came and went, and explain the growth." }
message = { zh = "{unit_name}与十二个月前相比:工资增长{pay_growth}%,人数增长{staff_growth}%,编制增减{posts_change}名,在编增减{staff_change}人({kind})。", en = "{unit_name} against twelve months before: pay {pay_growth}%, payees {staff_growth}%, posts {posts_change}, staff {staff_change} ({kind})." }
legal_basis = [ { law = "486" } ]
[parameters.points]
type = "float"
default = 15.0
minimum = 1
doc = { zh = "超出多少个百分点", en = "points of difference" }
[parameters.least_staff]
type = "integer"
default = 10
minimum = 1
doc = { zh = "至少多少人才比较", en = "fewest payees that are compared" }
[columns.kind]
type = "text"
title = { zh = "背离类型", en = "kind" }
labels = { pay = { zh = "工资快于人数", en = "pay outgrew staff" }, posts = { zh = "减编增人", en = "fewer posts, more staff" } }
[columns.pay_growth]
type = "float"
unit = "percent"
title = { zh = "工资增幅", en = "growth of pay" }
[columns.staff_growth]
type = "float"
unit = "percent"
title = { zh = "发薪人数增幅", en = "growth of payees" }
[columns.posts_change]
type = "integer"
unit = "posts"
title = { zh = "编制增减", en = "change of posts" }
[columns.staff_change]
type = "integer"
unit = "persons"
title = { zh = "在编人数增减", en = "change of staff" }
[evidence]
quotas = ["unit_name", "quota_type", "bucket", "approved"]
quotas_past = ["unit_name", "quota_type", "bucket", "approved"]
payroll = ["unit_name", "pay_month", "gross_pay"]
payroll_past = ["unit_name", "pay_month", "gross_pay"]
---*/
WITH pay_now AS (
  SELECT w.unit_key, CAST(SUM(COALESCE(w.gross_pay, w.net_pay)) AS DOUBLE) AS pay,
         CAST(COUNT(DISTINCT w.person_key) AS BIGINT) AS heads, MIN(w.row_id) AS row_id
  FROM payroll w CROSS JOIN params p
  WHERE w.unit_key IS NOT NULL AND w.person_key IS NOT NULL AND w.pay_class = 'in_service' AND w.batch = 'regular'
    AND w.pay_month_no = p.period_no
  GROUP BY w.unit_key
),
pay_then AS (
  SELECT w.unit_key, CAST(SUM(COALESCE(w.gross_pay, w.net_pay)) AS DOUBLE) AS pay,
         CAST(COUNT(DISTINCT w.person_key) AS BIGINT) AS heads, MIN(w.past_row_id) AS past_row
  FROM payroll_past w CROSS JOIN params p
  WHERE w.unit_key IS NOT NULL AND w.person_key IS NOT NULL AND w.pay_class = 'in_service' AND w.batch = 'regular'
    AND w.period_no = p.period_no - 12 AND w.pay_month_no = p.period_no - 12
  GROUP BY w.unit_key
),
grown AS (
  SELECT n.unit_key, n.row_id, b.past_row, n.heads, b.heads AS heads_then,
         100.0 * (n.pay / b.pay - 1.0) AS pay_growth,
         100.0 * (CAST(n.heads AS DOUBLE) / CAST(b.heads AS DOUBLE) - 1.0) AS staff_growth,
         n.pay, b.pay AS pay_before
  FROM pay_now n JOIN pay_then b ON b.unit_key = n.unit_key
  WHERE b.pay > 0 AND b.heads > 0
),
-- What all units together grew per head: a general rise of pay.
overall AS (
  SELECT 100.0 * ((SUM(pay) / SUM(CAST(heads AS DOUBLE))) / (SUM(pay_before) / SUM(CAST(heads_then AS DOUBLE))) - 1.0) AS general
  FROM grown
),
posts_now AS (
  SELECT q.unit_key, CAST(SUM(q.approved) AS BIGINT) AS posts, MIN(q.row_id) AS row_id
  FROM quotas q CROSS JOIN params p
  WHERE q.unit_key IS NOT NULL AND q.bucket = 'own'
    AND (q.valid_from_day_min IS NULL OR q.valid_from_day_min <= p.as_of_day)
    AND (q.valid_to_day_min IS NULL OR q.valid_to_day_min > p.as_of_day)
  GROUP BY q.unit_key
),
posts_then AS (
  SELECT q.unit_key, CAST(SUM(q.approved) AS BIGINT) AS posts, MIN(q.past_row_id) AS past_row
  FROM quotas_past q CROSS JOIN params p
  WHERE q.unit_key IS NOT NULL AND q.bucket = 'own' AND q.period_no = p.period_no - 12
    AND (q.valid_from_month IS NULL OR q.valid_from_month <= q.period_no)
    AND (q.valid_to_month IS NULL OR q.valid_to_month > q.period_no)
  GROUP BY q.unit_key
),
staff_now AS (
  SELECT s.unit_key, CAST(COUNT(DISTINCT s.person_key) AS BIGINT) AS staff
  FROM establishment_staff s
  WHERE s.unit_key IS NOT NULL AND s.bucket = 'own' AND s.staff_status IN ('on_post', 'off_post')
  GROUP BY s.unit_key
),
staff_then AS (
  SELECT s.unit_key, CAST(COUNT(DISTINCT s.person_key) AS BIGINT) AS staff
  FROM establishment_staff_past s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.bucket = 'own' AND s.staff_status IN ('on_post', 'off_post')
    AND s.period_no = p.period_no - 12
  GROUP BY s.unit_key
),
posts AS (
  SELECT n.unit_key, n.posts - b.posts AS posts_change, s.staff - t.staff AS staff_change, n.row_id AS quota_row,
         b.past_row AS quota_past_row
  FROM posts_now n JOIN posts_then b ON b.unit_key = n.unit_key
  JOIN staff_now s ON s.unit_key = n.unit_key JOIN staff_then t ON t.unit_key = n.unit_key
)
SELECT g.unit_key, 'pay' AS object_key, 'pay' AS kind, ROUND(g.pay_growth, 2) AS pay_growth, ROUND(g.staff_growth, 2) AS staff_growth,
       o.posts_change, o.staff_change, o.quota_row AS row__quotas, o.quota_past_row AS row__quotas_past,
       g.row_id AS row__payroll, g.past_row AS row__payroll_past
FROM grown g CROSS JOIN overall a CROSS JOIN params p LEFT JOIN posts o ON o.unit_key = g.unit_key
WHERE g.heads >= p.least_staff AND g.heads_then >= p.least_staff
  AND g.pay_growth - ((100.0 + g.staff_growth) * (100.0 + a.general) / 100.0 - 100.0) > p.points
UNION ALL
SELECT o.unit_key, 'posts' AS object_key, 'posts' AS kind, ROUND(g.pay_growth, 2) AS pay_growth, ROUND(g.staff_growth, 2) AS staff_growth,
       o.posts_change, o.staff_change, o.quota_row AS row__quotas, o.quota_past_row AS row__quotas_past,
       g.row_id AS row__payroll, g.past_row AS row__payroll_past
FROM posts o LEFT JOIN grown g ON g.unit_key = o.unit_key
WHERE o.posts_change < 0 AND o.staff_change > 0
