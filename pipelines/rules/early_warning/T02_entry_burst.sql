/*---
code = "T02"
slug = "entry-burst"
category = "early_warning"
severity = "S2"
since = "0.2.0"
grain = "unit"
inputs = ["establishment_staff"]
optional_inputs = []
absence_claim = false
name = { zh = "突击进人", en = "burst of entries" }
what = { zh = "单位主要领导离任前三个月,或机构改革冻结期、换届前等设定窗口内,入编人数明显高于该单位此前三十六个月的常态(超过均值加三倍标准差),且不少于五人。", en = "In the three months before a unit's chief left, or in a window set for a freeze or an election, far more entered than the unit's own 36 months before (over mean plus three standard deviations), and at least five." }
mistaken_for = { zh = "全市统一招考月份的招录、学校八九月份的招聘、军转安置、成建制划转不计入。", en = "Joint recruitment of many units in one month, schools' recruitment in August and September, veterans and reorganisations are not counted." }
verify = { zh = "调取窗口期内全部入编批文、会议纪要和主要领导任免文件,核对是否符合进人程序。", en = "Take all entry documents and minutes of the window and the chief's removal document, and check the procedure of each entry." }
message = { zh = "{unit_name}在{window_kind}窗口三个月内入编{entries}人,此前三年每三个月平均{usual}人,请核查进人程序。", en = "{unit_name} took in {entries} people in three months ({window_kind}), {usual} on average before; check how they entered." }
legal_basis = [ { law = "条例19" } ]
measure = "entries"
[parameters.least]
type = "integer"
default = 5
minimum = 1
doc = { zh = "至少多少人才判定", en = "fewest entries that count" }
[parameters.window_last_month]
type = "integer"
default = 0
minimum = 0
doc = { zh = "设定窗口的最后月份(如换届或冻结前最后一月),YYYYMM;0 表示无", en = "last month of a set window (before a freeze or an election), YYYYMM; 0 for none" }
[parameters.joint_units]
type = "integer"
default = 5
minimum = 2
doc = { zh = "同月公开招聘达到此单位数即视为统一招考", en = "units recruiting in one month from which it is a joint recruitment" }
[columns.window_kind]
type = "text"
title = { zh = "窗口类型", en = "kind of window" }
labels = { chief = { zh = "主要领导离任前", en = "before the chief left" }, set = { zh = "设定的敏感期", en = "a window set by the office" } }
[columns.window_month]
type = "integer"
title = { zh = "窗口末月月序", en = "last month of the window, 12 × year + month − 1" }
[columns.entries]
type = "integer"
unit = "persons"
title = { zh = "窗口内入编", en = "entries in the window" }
[columns.usual]
type = "float"
unit = "persons"
title = { zh = "此前每三个月平均", en = "mean of three months before" }
[evidence]
establishment_staff = ["name", "resident_id", "entry_date", "entry_channel", "entry_document", "approval_no", "removed_on"]
---*/
-- Windows that ended within the last three months: a chief left in the month after, or the office set one.
WITH left_chief AS (
  SELECT s.unit_key, MAX(s.removed_on_month) AS last_month, MAX(s.row_id) AS chief_row
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.leader_scope = 'leadership' AND s.leader_class = 'chief'
    AND s.removed_on_month IS NOT NULL AND s.removed_on_month > p.period_no - 3 AND s.removed_on_month <= p.period_no
  GROUP BY s.unit_key
),
set_month AS (
  SELECT CAST(FLOOR(p.window_last_month / 100.0) AS BIGINT) * 12 + p.window_last_month
           - CAST(FLOOR(p.window_last_month / 100.0) AS BIGINT) * 100 - 1 AS last_month, p.period_no
  FROM params p WHERE p.window_last_month > 0
),
-- An entry once a person, whatever channel that is not excused.
entry_row AS (
  SELECT s.unit_key, s.person_key AS person, s.entry_date_month AS month_no, s.entry_channel, s.row_id,
         COALESCE(u.unit_name, '') AS unit_name
  FROM establishment_staff s JOIN units u ON u.unit_key = s.unit_key CROSS JOIN params p
  WHERE s.person_key IS NOT NULL AND s.entry_date_month IS NOT NULL AND s.entry_date_precision <> 'year'
    AND s.entry_date_month > p.period_no - 45 AND s.entry_date_month <= p.period_no
    AND COALESCE(s.entry_channel, '') NOT IN ('reorganisation', 'veteran')
),
joint_month AS (
  SELECT e.month_no AS joint_no, CAST(COUNT(DISTINCT e.unit_key) AS BIGINT) AS units
  FROM entry_row e WHERE e.entry_channel = 'recruitment' GROUP BY e.month_no
),
joint AS (
  SELECT j.joint_no FROM joint_month j CROSS JOIN params p WHERE j.units >= p.joint_units
),
counted AS (
  SELECT e.unit_key, e.month_no, e.person, MIN(e.row_id) AS row_id
  FROM entry_row e LEFT JOIN joint j ON j.joint_no = e.month_no
  WHERE NOT (e.entry_channel = 'recruitment' AND j.joint_no IS NOT NULL)
    AND NOT ((e.unit_name LIKE '%学校%' OR e.unit_name LIKE '%中学%' OR e.unit_name LIKE '%小学%'
              OR e.unit_name LIKE '%幼儿园%' OR e.unit_name LIKE '%学院%')
             AND (e.month_no % 12 = 7 OR e.month_no % 12 = 8))
  GROUP BY e.unit_key, e.month_no, e.person
),
monthly AS (
  SELECT unit_key, month_no, CAST(COUNT(*) AS BIGINT) AS n, MIN(row_id) AS entry_row, MAX(row_id) AS other_row
  FROM counted GROUP BY unit_key, month_no
),
window_of AS (
  SELECT unit_key, last_month, 'chief' AS kind, chief_row FROM left_chief
  UNION ALL
  SELECT m.unit_key, MAX(s.last_month) AS last_month, 'set' AS kind, CAST(NULL AS BIGINT) AS chief_row
  FROM monthly m CROSS JOIN set_month s
  WHERE s.last_month <= s.period_no AND s.last_month > s.period_no - 3
  GROUP BY m.unit_key
),
inside AS (
  SELECT w.unit_key, w.kind, w.last_month, CAST(SUM(m.n) AS BIGINT) AS entries,
         MIN(m.entry_row) AS entry_row, MAX(m.other_row) AS other_row, MAX(w.chief_row) AS chief_row
  FROM window_of w JOIN monthly m ON m.unit_key = w.unit_key
  WHERE m.month_no <= w.last_month AND m.month_no > w.last_month - 3
  GROUP BY w.unit_key, w.kind, w.last_month
),
outside AS (
  SELECT w.unit_key, w.kind, SUM(m.n) AS total, SUM(m.n * m.n) AS squares
  FROM window_of w JOIN monthly m ON m.unit_key = w.unit_key
  WHERE m.month_no <= w.last_month - 3 AND m.month_no > w.last_month - 39
  GROUP BY w.unit_key, w.kind
),
judged AS (
  SELECT i.unit_key, i.kind, i.last_month, i.entries, i.entry_row, i.other_row, i.chief_row,
         CAST(COALESCE(o.total, 0) AS DOUBLE) / 12.0 AS usual,
         -- Variance of a month times three: what three months vary by.
         3.0 * (CAST(COALESCE(o.squares, 0) AS DOUBLE) / 36.0
                - CAST(COALESCE(o.total, 0) AS DOUBLE) * CAST(COALESCE(o.total, 0) AS DOUBLE) / 1296.0) AS variance
  FROM inside i LEFT JOIN outside o ON o.unit_key = i.unit_key AND o.kind = i.kind
)
SELECT j.unit_key, j.kind AS object_key, j.kind AS window_kind, j.last_month AS window_month, j.entries, j.usual,
       j.entry_row AS row__establishment_staff, j.other_row AS row__establishment_staff_2,
       j.chief_row AS row__establishment_staff_3
FROM judged j CROSS JOIN params p
WHERE j.entries >= p.least AND j.entries > j.usual
  AND (j.entries - j.usual) * (j.entries - j.usual) > 9.0 * j.variance
