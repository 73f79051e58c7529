/*---
code = "Q11"
slug = "loan-not-returned"
category = "over_staffing"
severity = "S2"
since = "0.1.0"
grain = "unit"
inputs = ["quotas", "establishment_staff"]
absence_claim = false
name = { zh = "调借未还", en = "loan not returned" }
what = { zh = "调借编制到期或任务结束后仍有人占用,或借用单位有本单位空编超过期限仍未“空一还一”。", en = "Loaned posts are still held past the term or the end of the task, or although the borrower had a vacancy of its own for longer than the term for returning." }
mistaken_for = { zh = "续借文件登记为新的台账行的,按新期限;空编按有利于单位计算;台账未登记调借编制的单位不判定;有编制记录被退回的单位不判定。", en = "A renewal recorded as a new row counts; vacancies are counted in the unit's favour; units whose ledger shows no loan, or with a quota row set aside, are not judged." }
verify = { zh = "调取调借编制文件及续借文件,核对期限、借用人员和本单位空编。", en = "Take the loan document and any renewal; compare term, persons and the unit's own vacancies." }
message = { zh = "{unit_name}调借{quota_type}编制:{reason},在期{approved}名,仍占用{actual}名(到期日:{due_on},本单位空编{vacant}名),请归还。", en = "{unit_name}, loaned {quota_type} posts: {reason}; {approved} in term, {actual} held (due {due_on}, {vacant} vacant of its own); return them." }
legal_basis = [ { law = "486", article = "§15", verified = true } ]
[parameters.vacant_days]
type = "integer"
default = 60
minimum = 1
doc = { zh = "出现空编后归还期限(天)", en = "days within which a loan is returned once a vacancy arose" }
[columns.reason]
type = "text"
title = { zh = "问题", en = "what is wrong" }
labels = { overdue = { zh = "到期或任务结束未还", en = "held past the term or the task" }, vacancy = { zh = "有空编未归还", en = "not returned although the unit has a vacancy" } }
[columns.quota_type]
type = "text"
title = { zh = "编制类型", en = "quota type" }
labels = { administrative = { zh = "行政", en = "administrative" }, police = { zh = "政法专项", en = "police" }, institution = { zh = "事业", en = "institution" }, civil_service_like = { zh = "参公事业", en = "civil-service-like" }, worker = { zh = "工勤", en = "worker" } }
[columns.approved]
type = "integer"
unit = "posts"
title = { zh = "在期调借数", en = "loaned posts in term" }
[columns.actual]
type = "integer"
unit = "persons"
title = { zh = "占用人数", en = "posts held" }
[columns.vacant]
type = "integer"
unit = "posts"
title = { zh = "本单位空编", en = "own vacancies" }
[columns.due_on]
type = "date"
title = { zh = "到期日", en = "due on" }
[evidence]
quotas = ["quota_type", "bucket", "approved", "document_no", "valid_from", "valid_to", "closed_on", "purpose"]
establishment_staff = ["name", "resident_id", "quota_type", "bucket", "entry_date"]
---*/
WITH unsure AS (
  SELECT unit_key FROM rejected_rows WHERE table_name = 'quotas' AND unit_key IS NOT NULL GROUP BY unit_key
),
used AS (
  SELECT s.unit_key, s.quota_type, MAX(s.row_id) AS staff_row,
         CAST(COUNT(DISTINCT COALESCE(s.person_key, 'row ' || CAST(s.row_id AS VARCHAR))) AS BIGINT) AS actual
  FROM establishment_staff s LEFT JOIN unsure x ON x.unit_key = s.unit_key CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND x.unit_key IS NULL AND s.bucket = 'loaned' AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
  GROUP BY s.unit_key, s.quota_type
),
-- A loan ends with its term or with its task, whichever comes first; a date known to the month on its last day.
loan_row AS (
  SELECT q.unit_key, q.quota_type, q.approved, q.row_id, COALESCE(q.valid_from_day_min, -1000000) AS from_day,
         CASE WHEN COALESCE(q.closed_on_day_max, 1000000) < COALESCE(q.valid_to_day_max, 1000000) THEN q.closed_on_day_max
              ELSE COALESCE(q.valid_to_day_max, 1000000) END AS due_day,
         CASE WHEN COALESCE(q.closed_on_day_max, 1000000) < COALESCE(q.valid_to_day_max, 1000000) THEN q.closed_on ELSE q.valid_to END AS due_on
  FROM quotas q
  WHERE q.unit_key IS NOT NULL AND q.bucket = 'loaned'
),
loan AS (
  SELECT l.unit_key, l.quota_type, MAX(l.row_id) AS loan_row,
         CAST(SUM(CASE WHEN l.from_day <= p.as_of_day AND l.due_day > p.as_of_day THEN l.approved ELSE 0 END) AS BIGINT) AS approved,
         MAX(CASE WHEN l.due_day <= p.as_of_day AND l.approved > 0 THEN l.due_on END) AS due_on,
         MAX(CASE WHEN l.due_day <= p.as_of_day AND l.approved > 0 THEN l.row_id END) AS due_row
  FROM loan_row l CROSS JOIN params p
  GROUP BY l.unit_key, l.quota_type
),
borrower AS (
  SELECT unit_key, quota_type FROM used GROUP BY unit_key, quota_type
),
-- Own posts held, in the unit's favour: from the first possible day of the entry to the last of the exit.
stay AS (
  SELECT s.unit_key, s.quota_type, COALESCE(s.person_key, 'row ' || CAST(s.row_id AS VARCHAR)) AS person,
         COALESCE(s.entry_date_day_min, -1000000) AS entry_day,
         CASE WHEN s.exit_date_day_max IS NOT NULL THEN s.exit_date_day_max ELSE 1000000 END AS exit_day
  FROM establishment_staff s JOIN borrower b ON b.unit_key = s.unit_key AND b.quota_type = s.quota_type
  WHERE s.bucket = 'own' AND (s.exit_date_day_max IS NOT NULL OR s.staff_status IN ('on_post', 'off_post'))
),
lot AS (
  SELECT q.unit_key, q.quota_type, q.approved, q.row_id, COALESCE(q.valid_from_day_max, -1000000) AS from_day,
         COALESCE(q.valid_to_day_min, 1000000) AS to_day
  FROM quotas q JOIN borrower b ON b.unit_key = q.unit_key AND b.quota_type = q.quota_type
  WHERE q.bucket = 'own'
),
-- The days on which a vacancy can end: the first of the window, entries, and ends of quota rows.
probe_row AS (
  SELECT b.unit_key, b.quota_type, p.as_of_day - p.vacant_days AS day FROM borrower b CROSS JOIN params p
  UNION ALL
  SELECT s.unit_key, s.quota_type, s.entry_day AS day FROM stay s CROSS JOIN params p
  WHERE s.entry_day > p.as_of_day - p.vacant_days AND s.entry_day <= p.as_of_day
  UNION ALL
  SELECT l.unit_key, l.quota_type, l.to_day AS day FROM lot l CROSS JOIN params p
  WHERE l.to_day > p.as_of_day - p.vacant_days AND l.to_day <= p.as_of_day
),
probe AS (
  SELECT unit_key, quota_type, day FROM probe_row GROUP BY unit_key, quota_type, day
),
standing AS (
  SELECT b.unit_key, b.quota_type, b.day, CAST(COUNT(DISTINCT s.person) AS BIGINT) AS actual
  FROM probe b JOIN stay s ON s.unit_key = b.unit_key AND s.quota_type = b.quota_type
  WHERE s.entry_day <= b.day AND s.exit_day > b.day
  GROUP BY b.unit_key, b.quota_type, b.day
),
granted AS (
  SELECT b.unit_key, b.quota_type, b.day, CAST(SUM(l.approved) AS BIGINT) AS approved, MIN(l.row_id) AS own_row
  FROM probe b JOIN lot l ON l.unit_key = b.unit_key AND l.quota_type = b.quota_type
  WHERE l.from_day <= b.day AND l.to_day > b.day
  GROUP BY b.unit_key, b.quota_type, b.day
),
vacancy AS (
  SELECT b.unit_key, b.quota_type, COALESCE(g.approved, 0) - COALESCE(s.actual, 0) AS vacant, g.own_row
  FROM probe b
  LEFT JOIN granted g ON g.unit_key = b.unit_key AND g.quota_type = b.quota_type AND g.day = b.day
  LEFT JOIN standing s ON s.unit_key = b.unit_key AND s.quota_type = b.quota_type AND s.day = b.day
),
long_vacant AS (
  SELECT unit_key, quota_type, MIN(vacant) AS vacant, MIN(own_row) AS own_row FROM vacancy
  GROUP BY unit_key, quota_type
  HAVING MIN(vacant) >= 1
),
found AS (
  SELECT u.unit_key, u.quota_type, 'overdue' AS reason, l.approved, u.actual, CAST(NULL AS BIGINT) AS vacant, l.due_on, l.due_row AS quota_row, u.staff_row
  FROM used u JOIN loan l ON l.unit_key = u.unit_key AND l.quota_type = u.quota_type
  WHERE u.actual > l.approved AND l.due_row IS NOT NULL
  UNION ALL
  SELECT u.unit_key, u.quota_type, 'vacancy' AS reason, l.approved, u.actual, v.vacant, l.due_on, v.own_row AS quota_row, u.staff_row
  FROM used u
  JOIN loan l ON l.unit_key = u.unit_key AND l.quota_type = u.quota_type
  JOIN long_vacant v ON v.unit_key = u.unit_key AND v.quota_type = u.quota_type
)
SELECT unit_key, reason || ':' || quota_type AS object_key, reason, quota_type, approved, actual, vacant, due_on,
       quota_row AS row__quotas, staff_row AS row__establishment_staff
FROM found
