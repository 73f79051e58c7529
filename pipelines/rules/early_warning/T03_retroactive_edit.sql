/*---
code = "T03"
slug = "retroactive-edit"
category = "early_warning"
severity = "S2"
since = "0.2.0"
grain = "row"
inputs = ["establishment_staff", "quotas"]
optional_inputs = []
past = { establishment_staff = 3, quotas = 3 }
absence_claim = false
name = { zh = "历史数据被改", en = "closed months edited" }
what = { zh = "与上一已发布期相比,已结账月份的事实被改动:人员入编时间提前,编制批文生效日期提前,或补入早于上期一个月以上的编制批文。", en = "Against the last published month, facts of closed months were changed: an entry date moved earlier, a quota document took effect earlier, or a quota document dated over a month before that month appeared." }
mistaken_for = { zh = "经批准的更正;日期由年、月补全为日不算改动;同一人在单位内另立一条记录的不比对。", en = "Approved corrections; a year or month completed to a day is no change; persons with several rows at the unit are not compared." }
verify = { zh = "调取更正审批记录和原始批文,比对两期提取文件的对应行。", en = "Ask for the approval of the correction and the original document, and compare the two months' rows." }
message = { zh = "{unit_name}{person_name}的{field}由{old_date}改为{new_date},涉及已结账月份,请说明并提供更正审批。", en = "{unit_name} {person_name}: {field} was {old_date} and is {new_date}, in a closed month; explain it and show the approval." }
legal_basis = [ { law = "条例19" } ]
[parameters.late_months]
type = "integer"
default = 1
minimum = 0
doc = { zh = "编制批文生效后几个月内录入仍属正常", en = "months a quota document may be recorded late" }
[columns.field]
type = "text"
title = { zh = "被改字段", en = "what was changed" }
labels = { entry_date = { zh = "入编时间", en = "entry date" }, valid_from = { zh = "编制生效日期", en = "quota date" }, new_document = { zh = "补入的编制批文", en = "quota document added" } }
[columns.old_date]
type = "date"
title = { zh = "原值", en = "was" }
[columns.new_date]
type = "date"
title = { zh = "现值", en = "is" }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "entry_date", "entry_document", "approval_no"]
establishment_staff_past = ["name", "resident_id", "unit_name", "entry_date", "entry_document", "approval_no"]
quotas = ["unit_name", "quota_type", "bucket", "approved", "document_no", "valid_from"]
quotas_past = ["unit_name", "quota_type", "bucket", "approved", "document_no", "valid_from"]
---*/
WITH staff_month AS (
  SELECT MAX(s.period_no) AS period_no FROM establishment_staff_past s CROSS JOIN params p
  WHERE s.period_no >= p.period_no - 3 AND s.period_no < p.period_no
),
staff_before AS (
  SELECT s.unit_key, s.person_key AS person, MIN(s.entry_date) AS entry_date, MIN(s.entry_date_day_min) AS day_min,
         MIN(s.past_row_id) AS past_row, CAST(COUNT(*) AS BIGINT) AS n
  FROM establishment_staff_past s JOIN staff_month m ON m.period_no = s.period_no
  WHERE s.unit_key IS NOT NULL AND s.person_key IS NOT NULL AND s.person_match <> 'C'
  GROUP BY s.unit_key, s.person_key
),
staff_now AS (
  SELECT s.unit_key, s.person_key AS person, MIN(s.entry_date) AS entry_date, MAX(s.entry_date_day_max) AS day_max,
         MIN(s.row_id) AS row_id, CAST(COUNT(*) AS BIGINT) AS n
  FROM establishment_staff s
  WHERE s.unit_key IS NOT NULL AND s.person_key IS NOT NULL AND s.person_match <> 'C'
  GROUP BY s.unit_key, s.person_key
),
quota_month AS (
  SELECT MAX(q.period_no) AS period_no FROM quotas_past q CROSS JOIN params p
  WHERE q.period_no >= p.period_no - 3 AND q.period_no < p.period_no
),
quota_before AS (
  SELECT q.unit_key, q.quota_type, q.bucket, q.document_no, MIN(q.valid_from) AS valid_from,
         MIN(q.valid_from_day_min) AS day_min, MIN(q.past_row_id) AS past_row, CAST(COUNT(*) AS BIGINT) AS n
  FROM quotas_past q JOIN quota_month m ON m.period_no = q.period_no
  WHERE q.unit_key IS NOT NULL AND q.document_no IS NOT NULL
  GROUP BY q.unit_key, q.quota_type, q.bucket, q.document_no
),
-- Units whose ledger was there already: a unit that is new brings its own old documents.
quota_unit AS (
  SELECT b.unit_key AS known_unit, MAX(m.period_no) AS last_month FROM quota_before b CROSS JOIN quota_month m GROUP BY b.unit_key
),
quota_now AS (
  SELECT q.unit_key, q.quota_type, q.bucket, q.document_no, MIN(q.valid_from) AS valid_from,
         MAX(q.valid_from_day_max) AS day_max,
         MAX(q.valid_from_month) AS month_no, MIN(q.row_id) AS row_id, CAST(COUNT(*) AS BIGINT) AS n
  FROM quotas q
  WHERE q.unit_key IS NOT NULL AND q.document_no IS NOT NULL
  GROUP BY q.unit_key, q.quota_type, q.bucket, q.document_no
),
quota_pair AS (
  SELECT n.unit_key, n.quota_type, n.bucket, n.document_no, n.valid_from, n.day_max, n.month_no, n.row_id, n.n,
         b.valid_from AS was, b.day_min AS was_day, b.past_row, b.n AS n_before, u.known_unit, u.last_month
  FROM quota_now n
  LEFT JOIN quota_before b ON b.unit_key = n.unit_key AND b.quota_type = n.quota_type AND b.bucket = n.bucket
    AND b.document_no = n.document_no
  LEFT JOIN quota_unit u ON u.known_unit = n.unit_key
)
SELECT n.unit_key, n.person AS person_key, 'entry_date' AS object_key, 'entry_date' AS field, b.entry_date AS old_date,
       n.entry_date AS new_date, n.row_id AS row__establishment_staff, b.past_row AS row__establishment_staff_past,
       CAST(NULL AS BIGINT) AS row__quotas, CAST(NULL AS BIGINT) AS row__quotas_past
FROM staff_now n JOIN staff_before b ON b.unit_key = n.unit_key AND b.person = n.person
WHERE n.n = 1 AND b.n = 1 AND n.day_max < b.day_min
UNION ALL
SELECT q.unit_key, CAST(NULL AS VARCHAR) AS person_key, q.quota_type || '/' || q.bucket || '/' || q.document_no AS object_key,
       CASE WHEN q.was_day IS NULL THEN 'new_document' ELSE 'valid_from' END AS field, q.was AS old_date, q.valid_from AS new_date,
       CAST(NULL AS BIGINT) AS row__establishment_staff, CAST(NULL AS BIGINT) AS row__establishment_staff_past,
       q.row_id AS row__quotas, q.past_row AS row__quotas_past
FROM quota_pair q CROSS JOIN params p
WHERE (q.n = 1 AND q.n_before = 1 AND q.day_max < q.was_day)
   OR (q.n_before IS NULL AND q.known_unit IS NOT NULL AND q.month_no <= q.last_month - p.late_months)
