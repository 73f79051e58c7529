/*---
code = "D10"
slug = "late-entries"
category = "data_quality"
severity = "S3"
since = "0.1.0"
grain = "unit"
inputs = ["establishment_staff"]
absence_claim = false
name = { zh = "录入不及时", en = "entries recorded late" }
what = { zh = "近十二个月入编的人员,从入编到录入实名制系统的间隔,九成人员位置上的间隔超过三十天。", en = "Of the entries of the last twelve months, the delay from entry to recording exceeds thirty days at the ninth of ten." }
mistaken_for = { zh = "多年前入编的历史数据补录不计;未记录录入时间的不计;人数少时以间隔最长者为准;只填到月的入编时间按月末算。", en = "History entered later; rows without a day of recording; with few entries the longest delay decides; an entry given as a month counts from its end." }
verify = { zh = "核对入编批文、报到日期与系统录入日志。", en = "Compare approval and first day of work with the log of the system." }
message = { zh = "{unit_name}近十二个月入编{entries}人,{late}人录入超过{max_days}天,最长{longest}天,请及时录入。", en = "{unit_name}: of {entries} entries of the last twelve months {late} were recorded after more than {max_days} days, the longest after {longest}; record in time." }
legal_basis = [ { law = "486", article = "§21–25", verified = true } ]
measure = "longest"
[parameters.max_days]
type = "integer"
default = 30
minimum = 1
doc = { zh = "允许的录入间隔天数", en = "days within which to record" }
[columns.entries]
type = "integer"
unit = "persons"
title = { zh = "近十二个月入编人数", en = "entries of the last twelve months" }
[columns.late]
type = "integer"
unit = "persons"
title = { zh = "超期录入人数", en = "recorded late" }
[columns.delay_p90]
type = "integer"
unit = "days"
title = { zh = "间隔九成位数", en = "ninth decile of the delay" }
[columns.longest]
type = "integer"
unit = "days"
title = { zh = "最长间隔", en = "longest delay" }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "entry_date", "recorded_on"]
---*/
WITH entry AS (
  SELECT s.unit_key, s.row_id, COALESCE(CAST(s.person_key AS VARCHAR), '') AS person, s.recorded_on_day_min - s.entry_date_day_max AS delay
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.recorded_on_day_min IS NOT NULL AND s.entry_date_day_max IS NOT NULL
    AND s.entry_date_month > p.period_no - 12 AND s.entry_date_month <= p.period_no
),
ranked AS (
  SELECT e.unit_key, e.row_id, e.delay, CASE WHEN e.delay > p.max_days THEN 1 ELSE 0 END AS is_late,
         CAST(ROW_NUMBER() OVER (PARTITION BY e.unit_key ORDER BY e.delay, e.person, e.row_id) AS BIGINT) AS rank_no
  FROM entry e CROSS JOIN params p
),
counted AS (
  SELECT unit_key, CAST(COUNT(*) AS BIGINT) AS entries, CAST(SUM(is_late) AS BIGINT) AS late, MAX(delay) AS longest, MAX(rank_no) AS last_rank
  FROM ranked GROUP BY unit_key
),
-- Nearest rank: the ninth of ten, of nine the last.
at_rank AS (
  SELECT r.unit_key, MAX(CASE WHEN r.rank_no * 10 >= c.entries * 9 AND (r.rank_no - 1) * 10 < c.entries * 9 THEN r.delay END) AS delay_p90,
         MAX(CASE WHEN r.rank_no = c.last_rank THEN r.row_id END) AS last_row
  FROM ranked r JOIN counted c ON c.unit_key = r.unit_key
  GROUP BY r.unit_key
)
SELECT c.unit_key, c.entries, c.late, CAST(a.delay_p90 AS BIGINT) AS delay_p90, CAST(c.longest AS BIGINT) AS longest,
       a.last_row AS row__establishment_staff
FROM counted c JOIN at_rank a ON a.unit_key = c.unit_key CROSS JOIN params p
WHERE a.delay_p90 > p.max_days
