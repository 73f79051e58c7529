/*---
code = "Q04"
slug = "works-elsewhere"
category = "over_staffing"
severity = "S2"
since = "0.1.0"
grain = "person"
inputs = ["establishment_staff", "hr_staff"]
optional_inputs = ["absence_reasons", "quota_exemptions", "unit_aliases"]
absence_claim = false
name = { zh = "混岗", en = "quota unit is not the work unit" }
what = { zh = "人员占用一个单位的编制,人事系统登记的实际工作单位却是另一单位,已满一个整月,又没有在有效期内的借调、挂职等事由。", en = "A person holds a post of one unit while HR says that the person has worked at another for a full month, without a lawful reason in force." }
mistaken_for = { zh = "借调、挂职、驻村等在有效期内的不判定,已经到期的仍判定并注明;合署办公、派驻、县管校聘、医共体等统一管理的单位在豁免表登记后不判定;实际工作单位名称对不上或对应多个单位的不判定;在实际工作单位另占编制的属重复在编;到岗时间未登记的按S3列出。", en = "A secondment or posting in force excuses, an expired one does not and is named; units under unified management stand in the exemptions; a work unit whose name fits no unit or several is not judged; who also holds a post at the work unit is enrolled twice instead; without the day of arrival the finding is S3." }
verify = { zh = "核对编制所在单位、实际工作单位的考勤和工作分工,调取借调、挂职文件及其期限。", en = "Check attendance and duties at both units, and take the secondment or posting document with its term." }
message = { zh = "{unit_name}的{person_name}占用{quota_type}编制,实际在{work_unit}工作(自{work_since}起),{reason_state},请退回原单位或办理手续。", en = "{person_name} holds a post of {unit_name} ({quota_type}) but works at {work_unit} (since {work_since}); {reason_state}; return the person or regularise." }
legal_basis = [
  { law = "486", article = "§15", verified = true },
  { law = "公", article = "§72", verified = true },
]
[columns.quota_type]
type = "text"
title = { zh = "编制类型", en = "quota type" }
labels = { administrative = { zh = "行政", en = "administrative" }, police = { zh = "政法专项", en = "police" }, institution = { zh = "事业", en = "institution" }, civil_service_like = { zh = "参公事业", en = "civil-service-like" }, worker = { zh = "工勤", en = "worker" } }
[columns.work_unit]
type = "text"
title = { zh = "实际工作单位", en = "unit worked at" }
[columns.work_since]
type = "date"
title = { zh = "到实际工作单位时间", en = "there since" }
[columns.reason_state]
type = "text"
title = { zh = "离岗事由", en = "lawful reason" }
labels = { none = { zh = "没有借调、挂职等事由记录", en = "no lawful reason is on record" }, expired = { zh = "原有借调、挂职等事由已经到期", en = "the lawful reason on record has expired" } }
[columns.reason_ended]
type = "date"
title = { zh = "事由到期日", en = "reason ended on" }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "quota_type", "bucket", "staff_status", "entry_date"]
hr_staff = ["name", "unit_name", "work_unit_name", "work_unit_since", "hr_status"]
absence_reasons = ["reason", "valid_from", "valid_to", "document_no"]
---*/
WITH known AS (
  SELECT unit_name_folded AS folded, unit_key FROM units WHERE unit_name_folded IS NOT NULL AND unit_key IS NOT NULL
  UNION ALL
  SELECT alias_folded AS folded, unit_key FROM unit_aliases WHERE alias_folded IS NOT NULL AND unit_key IS NOT NULL
),
-- A name that several units bear tells nothing.
named AS (
  SELECT folded, MIN(unit_key) AS work_key FROM known GROUP BY folded HAVING MIN(unit_key) = MAX(unit_key)
),
work AS (
  SELECT h.person_key, n.work_key, h.row_id, h.work_unit_since, h.work_unit_since_day_max AS since_day
  FROM hr_staff h JOIN named n ON n.folded = h.work_unit_name_folded
  WHERE h.person_key IS NOT NULL AND h.hr_status IN ('on_post', 'seconded')
),
held AS (
  SELECT s.person_key, s.unit_key, s.quota_type, s.row_id
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.person_key IS NOT NULL AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
),
-- Who holds a post where the work is done, is at most enrolled twice.
at_home AS (
  SELECT e.person_key FROM held e JOIN work w ON w.person_key = e.person_key AND w.work_key = e.unit_key
  GROUP BY e.person_key
),
apart AS (
  SELECT e.unit_key, e.person_key, w.work_key, MIN(e.quota_type) AS quota_type, MIN(e.row_id) AS staff_row, MIN(w.row_id) AS hr_row,
         MAX(w.work_unit_since) AS work_since, MAX(COALESCE(w.since_day, -1000000)) AS since_day
  FROM held e JOIN work w ON w.person_key = e.person_key
  WHERE w.work_key <> e.unit_key
  GROUP BY e.unit_key, e.person_key, w.work_key
),
-- Absent with leave, posted elsewhere: in force on the last day of the month.
reason AS (
  SELECT a.person_key, MAX(CASE WHEN a.valid_from_day_min > p.as_of_day THEN 0
                                WHEN a.valid_to_day_min IS NULL OR a.valid_to_day_min > p.as_of_day THEN 1 ELSE 0 END) AS in_force,
         MAX(CASE WHEN a.valid_to_day_min <= p.as_of_day THEN a.valid_to END) AS reason_ended,
         MIN(CASE WHEN a.valid_to_day_min <= p.as_of_day THEN a.row_id END) AS reason_row
  FROM absence_reasons a CROSS JOIN params p
  WHERE a.person_key IS NOT NULL AND a.reason <> 'collective_payment'
  GROUP BY a.person_key
),
managed AS (
  SELECT x.unit_key, x.quota_type
  FROM quota_exemptions x CROSS JOIN params p
  WHERE x.unit_key IS NOT NULL AND x.reason = 'unified_management'
    AND (x.valid_from_day_min IS NULL OR x.valid_from_day_min <= p.as_of_day)
    AND (x.valid_to_day_min IS NULL OR x.valid_to_day_min > p.as_of_day)
  GROUP BY x.unit_key, x.quota_type
)
SELECT a.unit_key, a.person_key, a.work_key AS object_key,
       CASE WHEN a.since_day = -1000000 THEN 'S3' ELSE 'S2' END AS severity,
       a.quota_type, u.unit_name AS work_unit, a.work_since,
       CASE WHEN r.reason_row IS NULL THEN 'none' ELSE 'expired' END AS reason_state, r.reason_ended,
       a.staff_row AS row__establishment_staff, a.hr_row AS row__hr_staff, r.reason_row AS row__absence_reasons
FROM apart a
JOIN units u ON u.unit_key = a.work_key
LEFT JOIN at_home h ON h.person_key = a.person_key
LEFT JOIN reason r ON r.person_key = a.person_key
LEFT JOIN managed m ON m.unit_key = a.unit_key AND m.quota_type = a.quota_type
CROSS JOIN params p
WHERE h.person_key IS NULL AND m.unit_key IS NULL AND COALESCE(r.in_force, 0) = 0 AND a.since_day <= p.period_first_day
