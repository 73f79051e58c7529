/*---
code = "T01"
slug = "roll-forward"
category = "early_warning"
severity = "S3"
since = "0.2.0"
grain = "unit"
inputs = ["establishment_staff"]
optional_inputs = ["establishment_units"]
past = { establishment_staff = 3 }
absence_claim = false
name = { zh = "增减人员勾稽不符", en = "headcount does not roll forward" }
what = { zh = "单位本期在编人数不等于上一已发布期人数加本期间入编、减本期间出编(按单位、编制类型,自有编制)。", en = "A unit's staff in post are not those of the last published month plus entries minus exits since (by unit and quota type, own posts)." }
mistaken_for = { zh = "补录、更正以往月份的入编或出编会造成差额,本提示将其单列(补录人数、追溯出编人数),不等于违规;编制类型更正会在两个类型各出现一次差额。", en = "Entries or exits of closed months recorded late explain a difference; they are counted apart here and are no breach by themselves. A corrected quota type shows once under each type." }
verify = { zh = "调取两期在编名单逐人比对,核对补录、更正的审批手续。", en = "Compare the two months' lists person by person, and ask for the approval of whatever was recorded late." }
message = { zh = "{unit_name}({quota_type})上期{before}人,期间入编{entered}人、出编{exited}人,应为{expected}人,实为{actual}人,差{difference}人(其中补录{late_entries}人、追溯或无记录减少{late_exits}人)。", en = "{unit_name} ({quota_type}): {before} before, {entered} in, {exited} out, {expected} expected, {actual} found, difference {difference} ({late_entries} recorded late, {late_exits} gone without an exit in the interval)." }
legal_basis = [ { law = "条例19" } ]
measure = "gap"
[columns.quota_type]
type = "text"
title = { zh = "编制类型", en = "quota type" }
[columns.before]
type = "integer"
unit = "persons"
title = { zh = "上期人数", en = "staff in the earlier month" }
[columns.entered]
type = "integer"
unit = "persons"
title = { zh = "期间入编", en = "entries since" }
[columns.exited]
type = "integer"
unit = "persons"
title = { zh = "期间出编", en = "exits since" }
[columns.expected]
type = "integer"
unit = "persons"
title = { zh = "应有人数", en = "expected staff" }
[columns.actual]
type = "integer"
unit = "persons"
title = { zh = "实有人数", en = "staff found" }
[columns.difference]
type = "integer"
unit = "persons"
title = { zh = "差额", en = "difference" }
[columns.gap]
type = "integer"
unit = "persons"
title = { zh = "差额绝对值", en = "size of the difference" }
[columns.late_entries]
type = "integer"
unit = "persons"
title = { zh = "补录人数", en = "entries of closed months" }
[columns.late_exits]
type = "integer"
unit = "persons"
title = { zh = "追溯或无记录减少", en = "gone without an exit in the interval" }
[evidence]
establishment_units = ["unit_name", "unit_code", "unit_status"]
establishment_staff = ["name", "resident_id", "entry_date", "exit_date", "staff_status"]
establishment_staff_past = ["name", "resident_id", "entry_date", "exit_date", "staff_status"]
---*/
-- The last published month before this one.
WITH last_month AS (
  SELECT MAX(s.period_no) AS period_no
  FROM establishment_staff_past s CROSS JOIN params p
  WHERE s.period_no >= p.period_no - 3 AND s.period_no < p.period_no
),
-- Its last day, by the rows that were in force then: whoever was listed as in post.
before_row AS (
  SELECT s.unit_key, s.quota_type, s.person_key AS person, MIN(s.past_row_id) AS past_row
  FROM establishment_staff_past s JOIN last_month l ON l.period_no = s.period_no
  WHERE s.unit_key IS NOT NULL AND s.person_key IS NOT NULL AND s.bucket = 'own' AND s.quota_type IS NOT NULL
    AND s.staff_status IN ('on_post', 'off_post')
  GROUP BY s.unit_key, s.quota_type, s.person_key
),
now_row AS (
  SELECT s.unit_key, s.quota_type, s.person_key AS person, MIN(s.row_id) AS row_id,
         MAX(CASE WHEN s.entry_date_month IS NULL THEN -1 ELSE s.entry_date_month END) AS entry_month
  FROM establishment_staff s
  WHERE s.unit_key IS NOT NULL AND s.person_key IS NOT NULL AND s.bucket = 'own' AND s.quota_type IS NOT NULL
    AND s.staff_status IN ('on_post', 'off_post')
  GROUP BY s.unit_key, s.quota_type, s.person_key
),
-- Recorded exits after the earlier month.
gone AS (
  SELECT s.unit_key, s.quota_type, s.person_key AS person, MAX(s.exit_date_month) AS exit_month
  FROM establishment_staff s
  WHERE s.exit_date_month IS NOT NULL AND s.staff_status IN ('left', 'retired', 'dead')
  GROUP BY s.unit_key, s.quota_type, s.person_key
),
joined AS (
  SELECT n.unit_key, n.quota_type, n.row_id,
         CASE WHEN n.entry_month > l.period_no THEN 1 ELSE 0 END AS entered
  FROM now_row n CROSS JOIN last_month l
  LEFT JOIN before_row b ON b.unit_key = n.unit_key AND b.quota_type = n.quota_type AND b.person = n.person
  WHERE b.person IS NULL
),
departed AS (
  SELECT b.unit_key, b.quota_type, b.past_row,
         CASE WHEN g.exit_month > l.period_no THEN 1 ELSE 0 END AS exited
  FROM before_row b CROSS JOIN last_month l
  LEFT JOIN now_row n ON n.unit_key = b.unit_key AND n.quota_type = b.quota_type AND n.person = b.person
  LEFT JOIN gone g ON g.unit_key = b.unit_key AND g.quota_type = b.quota_type AND g.person = b.person
  WHERE n.person IS NULL
),
joins AS (
  SELECT unit_key, quota_type, CAST(SUM(entered) AS BIGINT) AS entered, CAST(SUM(1 - entered) AS BIGINT) AS late,
         MIN(CASE WHEN entered = 0 THEN row_id END) AS staff_row
  FROM joined GROUP BY unit_key, quota_type
),
departures AS (
  SELECT unit_key, quota_type, CAST(SUM(exited) AS BIGINT) AS exited, CAST(SUM(1 - exited) AS BIGINT) AS late,
         MIN(CASE WHEN exited = 0 THEN past_row END) AS past_row
  FROM departed GROUP BY unit_key, quota_type
),
before_count AS (
  SELECT unit_key, quota_type, CAST(COUNT(*) AS BIGINT) AS n FROM before_row GROUP BY unit_key, quota_type
),
now_count AS (
  SELECT unit_key, quota_type, CAST(COUNT(*) AS BIGINT) AS n FROM now_row GROUP BY unit_key, quota_type
),
pair AS (
  SELECT unit_key, quota_type FROM before_count
  UNION
  SELECT unit_key, quota_type FROM now_count
),
rolled AS (
  SELECT k.unit_key, k.quota_type, COALESCE(b.n, 0) AS before, COALESCE(n.n, 0) AS actual,
         COALESCE(j.entered, 0) AS entered, COALESCE(d.exited, 0) AS exited,
         COALESCE(j.late, 0) AS late_entries, COALESCE(d.late, 0) AS late_exits, j.staff_row, d.past_row
  FROM pair k
  LEFT JOIN before_count b ON b.unit_key = k.unit_key AND b.quota_type = k.quota_type
  LEFT JOIN now_count n ON n.unit_key = k.unit_key AND n.quota_type = k.quota_type
  LEFT JOIN joins j ON j.unit_key = k.unit_key AND j.quota_type = k.quota_type
  LEFT JOIN departures d ON d.unit_key = k.unit_key AND d.quota_type = k.quota_type
),
listed AS (
  SELECT unit_key, MIN(row_id) AS unit_row FROM establishment_units GROUP BY unit_key
)
SELECT r.unit_key, r.quota_type AS object_key, r.quota_type, r.before, r.entered, r.exited,
       r.before + r.entered - r.exited AS expected, r.actual,
       r.actual - r.before - r.entered + r.exited AS difference,
       CASE WHEN r.actual > r.before + r.entered - r.exited THEN r.actual - r.before - r.entered + r.exited
            ELSE r.before + r.entered - r.exited - r.actual END AS gap,
       r.late_entries, r.late_exits,
       u.unit_row AS row__establishment_units, r.staff_row AS row__establishment_staff,
       r.past_row AS row__establishment_staff_past
FROM rolled r LEFT JOIN listed u ON u.unit_key = r.unit_key
-- In a register that began or ended since there is nothing to roll.
WHERE r.actual <> r.before + r.entered - r.exited
