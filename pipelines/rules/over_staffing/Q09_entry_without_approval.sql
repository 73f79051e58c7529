/*---
code = "Q09"
slug = "entry-without-approval"
category = "over_staffing"
severity = "S2"
since = "0.1.0"
grain = "person"
inputs = ["establishment_staff", "quota_approvals"]
absence_claim = false
name = { zh = "用编无核准", en = "entry without use approval" }
what = { zh = "通过招聘、调入、引才入编,但没有用编核准号、核准单查不到、核准晚于入编、核准已过期,或超出核准名额。", en = "A recruited, transferred or talent entry has no use-of-quota approval, one that does not exist for the unit, one later than the entry, one that had expired, or one used beyond its number." }
mistaken_for = { zh = "组织任命、军转安置、成建制划转不需用编核准单,不判定;登记册整列没有核准号时不判“无核准号”;该单位核准单被退回时不判“查无此单”;括号、空格写法不同视为同一号。", en = "Appointments, veterans and reorganisations need no approval; where the register carries no approval number at all, none is called missing; where an approval row of the unit was set aside, none is called unknown; brackets and spaces do not matter." }
verify = { zh = "按用编核准号调取编制使用通知单,核对单位、名额、核准日期、有效期和已用人员名单。", en = "Take the use-of-quota approval by its number and compare unit, number of posts, date, validity and the persons it was used for." }
message = { zh = "{unit_name}{person_name}于{entry_date}入编,{reason}(核准号:{approval_no}),请补核手续或纠正。", en = "{person_name} entered {unit_name} on {entry_date}: {reason} (approval {approval_no}); check and correct." }
legal_basis = [
  { law = "条例19", article = "第六章", verified = false },
  { law = "公", article = "§43", verified = true },
]
[parameters.lookback_months]
type = "integer"
default = 12
minimum = 1
doc = { zh = "回看月数(含本月)", en = "months looked back, this one included" }
[columns.reason]
type = "text"
title = { zh = "问题", en = "what is wrong" }
labels = { none = { zh = "无用编核准号", en = "no approval number" }, unknown = { zh = "核准号在本单位核准台账中查不到", en = "the unit has no such approval" }, late = { zh = "核准日期晚于入编日期", en = "approved after the entry" }, expired = { zh = "入编时核准已过期", en = "the approval had expired" }, overused = { zh = "超出核准名额使用", en = "used beyond its number" } }
[columns.entry_date]
type = "date"
title = { zh = "入编时间", en = "date of entry" }
[columns.approval_no]
type = "text"
title = { zh = "用编核准号", en = "approval number" }
[columns.approved_on]
type = "date"
title = { zh = "核准日期", en = "approved on" }
[columns.approved_count]
type = "integer"
unit = "posts"
title = { zh = "核准名额", en = "posts approved" }
[columns.used_count]
type = "integer"
unit = "persons"
title = { zh = "至本人已使用", en = "used up to this person" }
[evidence]
establishment_staff = ["name", "resident_id", "entry_date", "entry_channel", "entry_document", "approval_no", "quota_type"]
quota_approvals = ["approval_no", "unit_name", "quota_type", "approved_count", "approved_on", "valid_to"]
---*/
WITH used AS (
  SELECT s.unit_key, s.person_key, s.row_id, s.entry_date, s.entry_date_month, s.entry_date_day_min, s.entry_date_day_max,
         s.staff_status, s.exit_date_day_min, s.approval_no,
         UPPER(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(s.approval_no, ' ', ''), '[', '〔'), ']', '〕'),
               '(', '〔'), ')', '〕'), '（', '〔'), '）', '〕')) AS number_key
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.person_key IS NOT NULL AND s.bucket = 'own'
    AND s.entry_channel IN ('recruitment', 'transfer', 'talent')
    -- Who entered earlier counts as a user of a number only.
    AND (s.approval_no IS NOT NULL OR s.entry_date_month > p.period_no - p.lookback_months)
),
-- A register that carries no approval number anywhere cannot say that one is missing.
numbering AS (
  SELECT CAST(COUNT(approval_no) AS BIGINT) AS numbered FROM establishment_staff
),
entry AS (
  SELECT u.unit_key, u.person_key, MIN(u.row_id) AS row_id
  FROM used u CROSS JOIN params p
  WHERE u.staff_status IN ('on_post', 'off_post')
    AND u.entry_date_month > p.period_no - p.lookback_months AND u.entry_date_month <= p.period_no
    AND u.entry_date_day_max <= p.as_of_day
    AND (u.exit_date_day_min IS NULL OR u.exit_date_day_min > p.as_of_day)
  GROUP BY u.unit_key, u.person_key
),
approval_row AS (
  SELECT a.unit_key, a.row_id, a.approved_count, a.approved_on, a.approved_on_day_min, a.valid_to_day_max,
         UPPER(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(a.approval_no, ' ', ''), '[', '〔'), ']', '〕'),
               '(', '〔'), ')', '〕'), '（', '〔'), '）', '〕')) AS number_key
  FROM quota_approvals a
),
approval AS (
  SELECT unit_key, number_key, CAST(SUM(approved_count) AS BIGINT) AS approved_count, MIN(approved_on) AS approved_on,
         MIN(approved_on_day_min) AS approved_day, MAX(COALESCE(valid_to_day_max, 1000000)) AS end_day, MIN(row_id) AS approval_row
  FROM approval_row
  WHERE unit_key IS NOT NULL AND number_key <> ''
  GROUP BY unit_key, number_key
),
-- Approvals whose unit could not be told, or that were set aside, may be the missing ones.
homeless AS (
  SELECT number_key FROM approval_row WHERE unit_key IS NULL GROUP BY number_key
),
unsure AS (
  SELECT unit_key FROM rejected_rows WHERE table_name = 'quota_approvals' AND unit_key IS NOT NULL GROUP BY unit_key
),
first_use AS (
  SELECT unit_key, number_key, person_key, MIN(COALESCE(entry_date_day_min, 1000000)) AS entry_day
  FROM used WHERE number_key <> ''
  GROUP BY unit_key, number_key, person_key
),
counted AS (
  SELECT unit_key, number_key, person_key,
         CAST(ROW_NUMBER() OVER (PARTITION BY unit_key, number_key ORDER BY entry_day, person_key) AS BIGINT) AS used_count
  FROM first_use
),
judged AS (
  SELECT e.unit_key, e.person_key, e.row_id, u.entry_date, u.approval_no, a.approved_on, a.approved_count, c.used_count, a.approval_row,
         CASE WHEN COALESCE(u.number_key, '') = '' THEN CASE WHEN n.numbered > 0 THEN 'none' END
              WHEN a.unit_key IS NULL THEN CASE WHEN h.number_key IS NULL AND x.unit_key IS NULL THEN 'unknown' END
              WHEN a.approved_day > u.entry_date_day_max THEN 'late'
              WHEN a.end_day <= u.entry_date_day_min THEN 'expired'
              WHEN c.used_count > a.approved_count THEN 'overused' END AS reason
  FROM entry e
  JOIN used u ON u.row_id = e.row_id
  LEFT JOIN approval a ON a.unit_key = u.unit_key AND a.number_key = u.number_key
  LEFT JOIN homeless h ON h.number_key = u.number_key
  LEFT JOIN unsure x ON x.unit_key = u.unit_key
  LEFT JOIN counted c ON c.unit_key = u.unit_key AND c.number_key = u.number_key AND c.person_key = u.person_key
  CROSS JOIN numbering n
)
SELECT unit_key, person_key, reason, entry_date, approval_no, approved_on, approved_count, used_count,
       row_id AS row__establishment_staff, approval_row AS row__quota_approvals
FROM judged
WHERE reason IS NOT NULL
