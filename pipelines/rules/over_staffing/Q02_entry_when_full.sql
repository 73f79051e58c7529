/*---
code = "Q02"
slug = "entry-when-full"
category = "over_staffing"
severity = "S1"
since = "0.1.0"
grain = "person"
inputs = ["quotas", "establishment_staff"]
optional_inputs = ["quota_exemptions"]
absence_claim = false
name = { zh = "超编进人", en = "entry when full" }
what = { zh = "人员入编之时,该单位该类编制已经满编或超编。按日重放:先增编、再出编、再逐人入编、后减编。", en = "A person entered the establishment when the unit's posts of that type were already full. Days are replayed: posts added, exits, entries one by one, posts cut." }
mistaken_for = { zh = "军转安置、成建制划转不判定;同日先出后进、先增编后进人不算超编;进入周转池、调借编制的不计;入编时间误填为参加工作时间的会被误认,须核对入编文号。", en = "Veterans and reorganisations are exempt; an exit or new posts on the same day come first; pooled and loaned posts are not counted; an entry date typed from the start of work life misleads, so check the entry document." }
verify = { zh = "调取入编批文与当日有效的编制批文,列出入编前一日在编人员:SELECT name, resident_id, entry_date, exit_date FROM establishment_staff WHERE period = '月份' AND unit_key = '单位主键' AND quota_type = '编制类型' AND bucket = 'own' ORDER BY entry_date", en = "Take the entry document and the quota document in force that day, and list who held a post the day before: SELECT name, resident_id, entry_date, exit_date FROM establishment_staff WHERE period = 'MONTH' AND unit_key = 'UNIT' AND quota_type = 'TYPE' AND bucket = 'own' ORDER BY entry_date" }
message = { zh = "{unit_name}{person_name}于{entry_date}入{quota_type}编制,当时核定{approved}名(另有豁免{exempt}名)已有{occupied}名在编,请核查入编依据并停止增资、统发手续。", en = "{person_name} entered {unit_name} on {entry_date} (quota type {quota_type}) when {occupied} already stood on {approved} approved posts (plus {exempt} exempt); check the ground of entry." }
legal_basis = [
  { law = "486", article = "§6", verified = true },
  { law = "486", article = "§26(4)", verified = true },
  { law = "公", article = "§27,43,106(1)", verified = true },
  { law = "厅2007", article = "超编进人不核定工资、不予统发", verified = false },
]
measure = "excess"
[parameters.lookback_months]
type = "integer"
default = 12
minimum = 1
doc = { zh = "回看月数(含本月)", en = "months looked back, this one included" }
[columns.quota_type]
type = "text"
title = { zh = "编制类型", en = "quota type" }
labels = { administrative = { zh = "行政", en = "administrative" }, police = { zh = "政法专项", en = "police" }, institution = { zh = "事业", en = "institution" }, civil_service_like = { zh = "参公事业", en = "civil-service-like" }, worker = { zh = "工勤", en = "worker" } }
[columns.entry_date]
type = "date"
title = { zh = "入编时间", en = "date of entry" }
[columns.approved]
type = "integer"
unit = "posts"
title = { zh = "当日核定编制", en = "posts approved that day" }
[columns.exempt]
type = "integer"
unit = "posts"
title = { zh = "当日豁免名额", en = "exempt posts that day" }
[columns.occupied]
type = "integer"
unit = "persons"
title = { zh = "入编前在编人数", en = "staff just before the entry" }
[columns.excess]
type = "integer"
unit = "persons"
title = { zh = "入编后超出", en = "over after the entry" }
[evidence]
establishment_staff = ["name", "resident_id", "quota_type", "bucket", "entry_date", "entry_channel", "entry_document", "approval_no"]
quotas = ["quota_type", "bucket", "approved", "document_no", "valid_from", "valid_to"]
quota_exemptions = ["quota_type", "exempt_count", "reason", "document_no", "valid_from", "valid_to"]
---*/
WITH entry_row AS (
  SELECT s.unit_key, s.quota_type, s.person_key, CAST(s.person_key AS VARCHAR) AS person, s.row_id, s.entry_date, s.entry_date_day_max AS day
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.person_key IS NOT NULL AND s.bucket = 'own' AND s.quota_type <> 'unrecognised'
    AND s.staff_status IN ('on_post', 'off_post')
    AND s.entry_date_month > p.period_no - p.lookback_months AND s.entry_date_month <= p.period_no
    AND s.entry_date_day_max <= p.as_of_day
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
    AND COALESCE(s.entry_channel, 'unknown') NOT IN ('veteran', 'reorganisation')
),
entry AS (
  SELECT unit_key, quota_type, person_key, MIN(person) AS person, MIN(day) AS day, MIN(entry_date) AS entry_date, MIN(row_id) AS row_id
  FROM entry_row GROUP BY unit_key, quota_type, person_key
),
unsure AS (
  SELECT unit_key FROM rejected_rows WHERE table_name = 'quotas' AND unit_key IS NOT NULL GROUP BY unit_key
),
-- Only groups with such an entry are replayed, from its day on, and only where no quota row was set aside.
post_group AS (
  SELECT e.unit_key, e.quota_type, MIN(e.day) AS first_day
  FROM entry e LEFT JOIN unsure u ON u.unit_key = e.unit_key
  WHERE u.unit_key IS NULL
  GROUP BY e.unit_key, e.quota_type
),
-- A date known to the month counts in the unit's favour: entry on its last day, exit on its first.
stay_row AS (
  SELECT g.unit_key, g.quota_type, g.first_day, s.row_id, s.person_key,
         CASE WHEN s.person_key IS NULL THEN s.row_id ELSE 0 END AS lone_row,
         COALESCE(s.entry_date_day_max, -1000000) AS entry_day,
         COALESCE(s.exit_date_day_min, 1000000) AS exit_day,
         COALESCE(s.entry_document, '') AS document
  FROM post_group g JOIN establishment_staff s ON s.unit_key = g.unit_key
  WHERE s.quota_type = g.quota_type AND s.bucket = 'own' AND (s.exit_date_day_min IS NOT NULL OR s.staff_status IN ('on_post', 'off_post'))
),
-- A person recorded twice fills one post; a row of nobody known fills one by itself.
stay AS (
  SELECT unit_key, quota_type, person_key, lone_row, exit_day, MIN(first_day) AS first_day, MIN(entry_day) AS entry_day,
         MIN(document) AS document, MIN(row_id) AS row_id
  FROM stay_row
  WHERE entry_day < exit_day AND exit_day >= first_day
  GROUP BY unit_key, quota_type, person_key, lone_row, exit_day
),
-- Those who came or went from the first day on.
mover AS (
  SELECT unit_key, quota_type, COALESCE(CAST(person_key AS VARCHAR), 'row ' || CAST(row_id AS VARCHAR)) AS person,
         exit_day, first_day, entry_day, document, row_id
  FROM stay WHERE entry_day >= first_day OR exit_day < 1000000
),
event AS (
  -- Who stood there before the first day replayed.
  SELECT unit_key, quota_type, -1000000 AS day, 0 AS step, '' AS document, '' AS person, CAST(0 AS BIGINT) AS row_id,
         CAST(COUNT(*) AS BIGINT) AS change
  FROM stay WHERE entry_day < first_day
  GROUP BY unit_key, quota_type
  UNION ALL
  SELECT unit_key, quota_type, entry_day AS day, 2 AS step, document, person, row_id, CAST(1 AS BIGINT) AS change
  FROM mover WHERE entry_day >= first_day
  UNION ALL
  SELECT unit_key, quota_type, exit_day AS day, 1 AS step, '' AS document, person, row_id, CAST(-1 AS BIGINT) AS change
  FROM mover WHERE exit_day < 1000000
),
replayed AS (
  SELECT unit_key, quota_type, person, day, step,
         SUM(change) OVER (PARTITION BY unit_key, quota_type ORDER BY day, step, document, person, row_id
                           ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS standing
  FROM event
),
tested AS (
  SELECT e.row_id, e.unit_key, e.quota_type, e.person_key, e.entry_date, e.day,
         CAST(r.standing AS BIGINT) - 1 AS occupied
  FROM entry e
  JOIN replayed r ON r.unit_key = e.unit_key AND r.quota_type = e.quota_type AND r.person = e.person AND r.day = e.day
  WHERE r.step = 2
),
-- Posts added that day count already, posts cut that day count still.
quota_that_day AS (
  SELECT t.row_id,
         CAST(SUM(CASE WHEN (q.valid_from_day_min IS NULL OR q.valid_from_day_min <= t.day)
                        AND (q.valid_to_day_min IS NULL OR q.valid_to_day_min > t.day) THEN q.approved ELSE 0 END) AS BIGINT) AS approved_on,
         CAST(SUM(CASE WHEN (q.valid_from_day_min IS NULL OR q.valid_from_day_min < t.day)
                        AND (q.valid_to_day_min IS NULL OR q.valid_to_day_min >= t.day) THEN q.approved ELSE 0 END) AS BIGINT) AS approved_before,
         MIN(CASE WHEN (q.valid_from_day_min IS NULL OR q.valid_from_day_min <= t.day)
                   AND (q.valid_to_day_min IS NULL OR q.valid_to_day_min > t.day) THEN q.row_id END) AS quota_row
  FROM tested t JOIN quotas q ON q.unit_key = t.unit_key AND q.quota_type = t.quota_type
  WHERE q.bucket = 'own'
  GROUP BY t.row_id
),
exempt_that_day AS (
  SELECT t.row_id, CAST(SUM(x.exempt_count) AS BIGINT) AS exempt, MIN(x.row_id) AS exemption_row
  FROM tested t JOIN quota_exemptions x ON x.unit_key = t.unit_key AND x.quota_type = t.quota_type
  WHERE (x.valid_from_day_min IS NULL OR x.valid_from_day_min <= t.day)
    AND (x.valid_to_day_min IS NULL OR x.valid_to_day_min > t.day)
  GROUP BY t.row_id
),
judged AS (
  SELECT t.row_id, t.unit_key, t.quota_type, t.person_key, t.entry_date, t.occupied,
         CASE WHEN q.approved_before > q.approved_on THEN q.approved_before ELSE q.approved_on END AS approved,
         COALESCE(x.exempt, 0) AS exempt, q.quota_row, x.exemption_row
  FROM tested t
  JOIN quota_that_day q ON q.row_id = t.row_id
  LEFT JOIN exempt_that_day x ON x.row_id = t.row_id
  WHERE q.quota_row IS NOT NULL
)
SELECT unit_key, person_key, quota_type AS object_key, quota_type, entry_date, approved, exempt, occupied,
       occupied + 1 - approved - exempt AS excess,
       row_id AS row__establishment_staff, quota_row AS row__quotas, exemption_row AS row__quota_exemptions
FROM judged
WHERE occupied >= approved + exempt
