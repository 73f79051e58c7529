/*---
code = "P06"
slug = "account-churn"
category = "paid_but_absent"
severity = "S3"
since = "0.1.0"
grain = "person"
inputs = ["payroll", "establishment_staff"]
optional_inputs = ["deaths"]
past = { payroll = 12 }
absence_claim = false
name = { zh = "工资账号频繁变更", en = "account churn" }
what = { zh = "一年内工资账号变更三次以上,或在退休、离开、死亡的当月或上月变更账号。", en = "The account that pay goes to changed three times or more within a year, or in the month of an exit or death or the one before." }
mistaken_for = { zh = "代发银行整体换卡(同单位当月五分之一以上人员变更)不计;换行、挂失补卡一年一两次属正常;账号缺失、无效的月份不计。", en = "A bank that issues new cards (a fifth of the payer's staff in that month) is not counted; a change or two a year is ordinary; months without a sound account are skipped." }
verify = { zh = "核对每次变更的申请表、申请人签字和新账号户名,查明由谁办理。", en = "Check the request, signature and holder of each change, and who handled it." }
message = { zh = "{unit_name}{person_name}的工资账号一年内变更{changes}次({ground}),现为{masked_account},请核对变更手续和户主。", en = "The account of {person_name} at {unit_name} changed {changes} times within a year ({ground}) and is now {masked_account}; check the requests and the holder." }
legal_basis = [ { law = "486", article = "§21–25", verified = true } ]
measure = "changes"
[parameters.min_changes]
type = "integer"
default = 3
minimum = 1
doc = { zh = "一年内变更达到此数才判定", en = "changes within a year from which it is judged" }
[parameters.unit_percent]
type = "integer"
default = 20
minimum = 1
doc = { zh = "同单位当月变更人员超过百分之几视为整体换卡", en = "per cent of a payer's staff beyond which a month's changes are the bank's" }
[columns.ground]
type = "text"
title = { zh = "认定依据", en = "ground" }
labels = { often = { zh = "变更频繁", en = "too often" }, before_exit = { zh = "恰在离开或死亡前后变更", en = "just before an exit or death" } }
[columns.changes]
type = "integer"
unit = "changes"
title = { zh = "变更次数", en = "changes" }
[columns.masked_account]
type = "text"
title = { zh = "账号(已脱敏)", en = "account, masked" }
[evidence]
payroll = ["name", "resident_id", "unit_name", "pay_month", "bank", "account"]
establishment_staff = ["name", "resident_id", "unit_name", "staff_status", "exit_date", "exit_reason"]
---*/
WITH said AS (
  SELECT w.person_key AS person, w.unit_key, w.pay_month_no AS month_no, w.account_key
  FROM payroll w CROSS JOIN params p
  WHERE w.person_key IS NOT NULL AND w.unit_key IS NOT NULL AND w.account_key IS NOT NULL AND w.batch = 'regular'
    AND w.pay_class = 'in_service' AND w.pay_month_no > p.period_no - 3 AND w.pay_month_no <= p.period_no
  UNION ALL
  SELECT w.person_key AS person, w.unit_key, w.pay_month_no AS month_no, w.account_key
  FROM payroll_past w CROSS JOIN params p
  WHERE w.person_key IS NOT NULL AND w.unit_key IS NOT NULL AND w.account_key IS NOT NULL AND w.batch = 'regular'
    AND w.pay_class = 'in_service' AND w.pay_month_no = w.period_no
    AND w.period_no >= p.period_no - 12 AND w.period_no < p.period_no
),
known AS (
  SELECT person, unit_key, MIN(month_no) AS first_no, MIN(account_key) AS least, MAX(account_key) AS most
  FROM said GROUP BY person, unit_key
),
-- Most people have one account all year: only the others' months are put in order.
changer AS (
  SELECT person, unit_key FROM known WHERE least <> most
),
steady AS (
  SELECT person, unit_key, first_no FROM known WHERE least = most
),
-- One account a payer and month; two payers, or a month that was handed over twice and differs, say nothing.
month_account AS (
  SELECT c.person, c.unit_key, s.month_no, MIN(s.account_key) AS account_key
  FROM changer c JOIN said s ON s.person = c.person AND s.unit_key = c.unit_key
  GROUP BY c.person, c.unit_key, s.month_no
  HAVING MIN(s.account_key) = MAX(s.account_key)
),
ranked AS (
  SELECT person, unit_key, month_no, account_key,
         CAST(ROW_NUMBER() OVER (PARTITION BY person, unit_key ORDER BY month_no) AS BIGINT) AS rank_no
  FROM month_account
),
later AS (
  SELECT person AS who, unit_key AS payer, month_no AS changed_no, account_key AS new_account, rank_no - 1 AS before_no FROM ranked
),
step AS (
  SELECT l.who, l.payer, l.changed_no, CASE WHEN l.new_account = r.account_key THEN 0 ELSE 1 END AS changed
  FROM later l JOIN ranked r ON r.person = l.who AND r.unit_key = l.payer AND r.rank_no = l.before_no
),
moved AS (
  SELECT payer, changed_no, CAST(SUM(changed) AS BIGINT) AS changed FROM step GROUP BY payer, changed_no HAVING SUM(changed) > 0
),
-- A payer's staff in a month in which somebody changed, and who of them were new to it: only those known before can have changed.
steady_month AS (
  SELECT m.payer, m.changed_no, s.person
  FROM moved m
  JOIN said s ON s.unit_key = m.payer AND s.month_no = m.changed_no
  JOIN steady k ON k.person = s.person AND k.unit_key = s.unit_key
  GROUP BY m.payer, m.changed_no, s.person
),
present AS (
  SELECT payer, changed_no FROM steady_month
  UNION ALL
  SELECT unit_key AS payer, month_no AS changed_no FROM month_account
),
in_month AS (
  SELECT payer, changed_no, CAST(COUNT(*) AS BIGINT) AS staff FROM present GROUP BY payer, changed_no
),
first_month AS (
  SELECT person, unit_key, first_no FROM steady
  UNION ALL
  SELECT person, unit_key, MIN(month_no) AS first_no FROM month_account GROUP BY person, unit_key
),
first_seen AS (
  SELECT unit_key AS payer, first_no, CAST(COUNT(*) AS BIGINT) AS newcomers FROM first_month GROUP BY unit_key, first_no
),
breadth AS (
  SELECT m.payer, m.changed_no, i.staff - COALESCE(n.newcomers, 0) AS everybody, m.changed
  FROM moved m
  JOIN in_month i ON i.payer = m.payer AND i.changed_no = m.changed_no
  LEFT JOIN first_seen n ON n.payer = m.payer AND n.first_no = m.changed_no
),
new_cards AS (
  SELECT b.payer, b.changed_no FROM breadth b CROSS JOIN params p
  WHERE b.changed * 100 > b.everybody * p.unit_percent AND b.changed > 1
),
change AS (
  SELECT s.who, s.payer, s.changed_no
  FROM step s LEFT JOIN new_cards n ON n.payer = s.payer AND n.changed_no = s.changed_no
  WHERE s.changed = 1 AND n.payer IS NULL
),
often AS (
  SELECT c.who, MIN(c.payer) AS payer, CAST(COUNT(*) AS BIGINT) AS changes, MAX(c.changed_no) AS last_no FROM change c GROUP BY c.who
),
ending AS (
  SELECT s.person_key AS person, s.exit_date_month AS month_no, s.row_id AS staff_row
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.person_key IS NOT NULL AND s.exit_date_month > p.period_no - 3 AND s.exit_date_month <= p.period_no
    AND s.exit_date_precision <> 'year'
  UNION ALL
  SELECT d.person_key AS person, d.died_on_month AS month_no, CAST(NULL AS BIGINT) AS staff_row
  FROM deaths d CROSS JOIN params p
  WHERE d.person_key IS NOT NULL AND d.died_on_month > p.period_no - 3 AND d.died_on_month <= p.period_no
    AND d.died_on_precision <> 'year'
),
before_exit AS (
  SELECT c.who, MIN(c.payer) AS payer, MAX(e.staff_row) AS staff_row
  FROM change c JOIN ending e ON e.person = c.who
  WHERE c.changed_no >= e.month_no - 1 AND c.changed_no <= e.month_no
  GROUP BY c.who
),
shown AS (
  SELECT o.who, MAX(w.row_id) AS pay_row, MIN(w.row_id) AS earlier_row
  FROM often o JOIN payroll w ON w.person_key = o.who
  WHERE w.batch = 'regular' AND w.pay_class = 'in_service'
  GROUP BY o.who
),
found AS (
  SELECT o.who, b.payer, o.changes, 'before_exit' AS ground, b.staff_row
  FROM before_exit b JOIN often o ON o.who = b.who
  UNION ALL
  SELECT o.who, o.payer, o.changes, 'often' AS ground, CAST(NULL AS BIGINT) AS staff_row
  FROM often o LEFT JOIN before_exit b ON b.who = o.who CROSS JOIN params p
  WHERE b.who IS NULL AND o.changes >= p.min_changes AND o.last_no > p.period_no - 12
)
SELECT f.payer AS unit_key, f.who AS person_key, f.changes, f.ground, w.account AS masked_account,
       f.staff_row AS row__establishment_staff, s.pay_row AS row__payroll, s.earlier_row AS row__payroll_2
FROM found f
JOIN shown s ON s.who = f.who
JOIN payroll w ON w.row_id = s.pay_row
