/*---
code = "Q08"
slug = "beyond-control-rate"
category = "over_staffing"
severity = "S3"
since = "0.1.0"
grain = "unit"
inputs = ["controlled_units", "quotas", "establishment_staff"]
absence_claim = false
name = { zh = "突破控编比例", en = "beyond the control rate" }
what = { zh = "控编名单内的单位,在编人数超过按控编比例扣减后的可用编制,或列入名单后在可用编制已满时仍进人。", en = "A unit on the control list holds more staff than the posts left after the rate withheld, or took somebody in when those were full." }
mistaken_for = { zh = "学校、医院不适用控编;军转安置、成建制划转不算进人;比例空白的按默认比例;列入名单之前的进人不追溯;同日先出后进;各地“控编”口径不同,比例以名单为准。", en = "Schools and hospitals are exempt; veterans and reorganisations are no entries; an empty rate means the default; entries before the listing are not looked at; exits of a day come first; what the rate means differs between places, the list decides." }
verify = { zh = "对照控编名单和比例,按编制类型核对可用编制与在编人数、列入名单后的进人。", en = "Compare list and rate with the posts, the staff and the entries since the listing." }
message = { zh = "{unit_name}列入控编名单({rate}%),{quota_type}编制核定{approved}名、可用{usable}名,在编{actual}名,满额后进人{entries}名,请核实。", en = "{unit_name} is on the control list ({rate}%): {approved} {quota_type} posts, {usable} usable, {actual} staff, {entries} entries when full; check." }
legal_basis = [ { law = "486", article = "§24", verified = true } ]
[parameters.default_rate]
type = "integer"
default = 30
minimum = 0
doc = { zh = "名单未写明时的控编比例(%)", en = "share withheld where the list does not say, percent" }
[parameters.lookback_months]
type = "integer"
default = 12
minimum = 1
doc = { zh = "进人回看月数(含本月)", en = "months looked back for entries, this one included" }
[columns.quota_type]
type = "text"
title = { zh = "编制类型", en = "quota type" }
labels = { administrative = { zh = "行政", en = "administrative" }, police = { zh = "政法专项", en = "police" }, institution = { zh = "事业", en = "institution" }, civil_service_like = { zh = "参公事业", en = "civil-service-like" }, worker = { zh = "工勤", en = "worker" }, all = { zh = "各类", en = "all" } }
[columns.rate]
type = "integer"
unit = "percent"
title = { zh = "控编比例", en = "share withheld" }
[columns.approved]
type = "integer"
unit = "posts"
title = { zh = "核定编制", en = "approved posts" }
[columns.usable]
type = "integer"
unit = "posts"
title = { zh = "可用编制", en = "usable posts" }
[columns.actual]
type = "integer"
unit = "persons"
title = { zh = "在编人数", en = "staff" }
[columns.entries]
type = "integer"
unit = "persons"
title = { zh = "满额后进人", en = "entries when full" }
[evidence]
controlled_units = ["quota_type", "rate", "document_no", "valid_from", "valid_to"]
quotas = ["quota_type", "bucket", "approved", "document_no", "valid_from"]
establishment_staff = ["name", "resident_id", "quota_type", "entry_date", "entry_channel", "entry_document"]
---*/
WITH unsure AS (
  SELECT unit_key FROM rejected_rows WHERE table_name = 'quotas' AND unit_key IS NOT NULL GROUP BY unit_key
),
listed AS (
  SELECT c.unit_key, COALESCE(c.quota_type, 'all') AS scope, MAX(COALESCE(c.rate, p.default_rate)) AS rate,
         MIN(COALESCE(c.valid_from_day_max, -1000000)) AS listed_day, MIN(c.row_id) AS list_row
  FROM controlled_units c
  JOIN units u ON u.unit_key = c.unit_key
  LEFT JOIN unsure x ON x.unit_key = c.unit_key
  CROSS JOIN params p
  WHERE x.unit_key IS NULL AND COALESCE(c.quota_type, 'all') <> 'unrecognised'
    AND (c.valid_from_day_max IS NULL OR c.valid_from_day_max <= p.as_of_day)
    AND (c.valid_to_day_min IS NULL OR c.valid_to_day_min > p.as_of_day)
    AND NOT (COALESCE(u.unit_name, '') LIKE '%学校' OR COALESCE(u.unit_name, '') LIKE '%中学' OR COALESCE(u.unit_name, '') LIKE '%小学' OR COALESCE(u.unit_name, '') LIKE '%幼儿园' OR COALESCE(u.unit_name, '') LIKE '%学院' OR COALESCE(u.unit_name, '') LIKE '%大学' OR COALESCE(u.unit_name, '') LIKE '%医院' OR COALESCE(u.unit_name, '') LIKE '%卫生院' OR COALESCE(u.unit_name, '') LIKE '%保健院')
  GROUP BY c.unit_key, COALESCE(c.quota_type, 'all')
),
posts AS (
  SELECT c.unit_key, c.scope, CAST(SUM(q.approved) AS BIGINT) AS approved, MIN(q.row_id) AS quota_row
  FROM listed c JOIN quotas q ON q.unit_key = c.unit_key CROSS JOIN params p
  WHERE q.bucket = 'own' AND (c.scope = 'all' OR q.quota_type = c.scope) AND (q.valid_from_day_min IS NULL OR q.valid_from_day_min <= p.as_of_day)
    AND (q.valid_to_day_min IS NULL OR q.valid_to_day_min > p.as_of_day)
  GROUP BY c.unit_key, c.scope
),
staff AS (
  SELECT c.unit_key, c.scope, CAST(COUNT(DISTINCT COALESCE(s.person_key, 'row ' || CAST(s.row_id AS VARCHAR))) AS BIGINT) AS actual, MAX(s.row_id) AS staff_row
  FROM listed c JOIN establishment_staff s ON s.unit_key = c.unit_key CROSS JOIN params p
  WHERE s.bucket = 'own' AND (c.scope = 'all' OR s.quota_type = c.scope) AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
  GROUP BY c.unit_key, c.scope
),
entry AS (
  SELECT c.unit_key, c.scope, c.rate, s.row_id, s.entry_date_day_max AS day, COALESCE(s.person_key, 'row ' || CAST(s.row_id AS VARCHAR)) AS person
  FROM listed c JOIN establishment_staff s ON s.unit_key = c.unit_key CROSS JOIN params p
  WHERE s.bucket = 'own' AND (c.scope = 'all' OR s.quota_type = c.scope) AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
    AND s.entry_date_day_min >= c.listed_day AND s.entry_date_month > p.period_no - p.lookback_months
    AND COALESCE(s.entry_channel, 'unknown') NOT IN ('veteran', 'reorganisation')
),
-- Who stood there just before: dates known to the month count in the unit's favour, exits of the day come first.
stay AS (
  SELECT s.unit_key, s.quota_type, s.row_id, COALESCE(s.person_key, 'row ' || CAST(s.row_id AS VARCHAR)) AS person, COALESCE(s.entry_date_day_max, -1000000) AS entry_day,
         COALESCE(s.exit_date_day_min, 1000000) AS exit_day
  FROM establishment_staff s JOIN listed c ON c.unit_key = s.unit_key
  WHERE s.bucket = 'own' AND (s.exit_date_day_min IS NOT NULL OR s.staff_status IN ('on_post', 'off_post'))
),
there AS (
  SELECT e.unit_key, e.scope, e.row_id, CAST(COUNT(DISTINCT s.person) AS BIGINT) AS occupied
  FROM entry e JOIN stay s ON s.unit_key = e.unit_key
  WHERE (e.scope = 'all' OR s.quota_type = e.scope) AND s.person <> e.person AND s.exit_day > e.day
    AND (s.entry_day < e.day OR (s.entry_day = e.day AND s.row_id < e.row_id))
  GROUP BY e.unit_key, e.scope, e.row_id
),
posts_that_day AS (
  SELECT e.unit_key, e.scope, e.row_id, CAST(SUM(q.approved) AS BIGINT) AS approved
  FROM entry e JOIN quotas q ON q.unit_key = e.unit_key
  WHERE q.bucket = 'own' AND (e.scope = 'all' OR q.quota_type = e.scope)
    AND COALESCE(q.valid_from_day_min, -1000000) <= e.day AND COALESCE(q.valid_to_day_min, 1000000) >= e.day
  GROUP BY e.unit_key, e.scope, e.row_id
),
full_entry AS (
  SELECT e.unit_key, e.scope, CAST(COUNT(DISTINCT e.person) AS BIGINT) AS entries, MAX(e.row_id) AS entry_row
  FROM entry e
  JOIN posts_that_day q ON q.unit_key = e.unit_key AND q.scope = e.scope AND q.row_id = e.row_id
  JOIN there t ON t.unit_key = e.unit_key AND t.scope = e.scope AND t.row_id = e.row_id
  WHERE t.occupied * 100 > q.approved * (100 - e.rate) - 100
  GROUP BY e.unit_key, e.scope
)
SELECT c.unit_key, c.scope AS object_key, c.scope AS quota_type, CAST(c.rate AS BIGINT) AS rate, q.approved,
       CAST(FLOOR(CAST(q.approved * (100 - c.rate) AS DOUBLE) / 100) AS BIGINT) AS usable,
       COALESCE(s.actual, 0) AS actual, COALESCE(f.entries, 0) AS entries,
       c.list_row AS row__controlled_units, q.quota_row AS row__quotas, COALESCE(f.entry_row, s.staff_row) AS row__establishment_staff
FROM listed c
JOIN posts q ON q.unit_key = c.unit_key AND q.scope = c.scope
LEFT JOIN staff s ON s.unit_key = c.unit_key AND s.scope = c.scope
LEFT JOIN full_entry f ON f.unit_key = c.unit_key AND f.scope = c.scope
WHERE COALESCE(s.actual, 0) * 100 > q.approved * (100 - c.rate) OR f.unit_key IS NOT NULL
