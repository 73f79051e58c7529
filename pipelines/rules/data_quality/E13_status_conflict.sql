/*---
code = "E13"
slug = "status-conflict"
category = "data_quality"
severity = "S3"
since = "0.2.0"
grain = "person"
inputs = ["establishment_staff", "hr_staff"]
absence_claim = false
name = { zh = "身份与编制冲突", en = "status conflict" }
what = { zh = "同一单位内,编制类型与人事库岗位类别不符:工勤编在管理、专技岗位,干部编在工勤岗位,或参公与事业身份不一致。", en = "Within one unit the quota type and HR's staff class disagree: a worker's quota on a cadre's post, a cadre's quota on a worker's post, or civil-service-like on one side and institution on the other." }
mistaken_for = { zh = "有聘干或身份认定文号的不判定;人事库同时有相符记录的不判定;编制单位与人事单位不同的由混岗规则判定;岗位类别未填不判定。", en = "A document that settles the class; another HR row that agrees; quota and HR in different units are Q04's matter; an empty class." }
verify = { zh = "核对编制批文、岗位聘任文件和身份认定,按实更正一方,违规使用编制的调整。", en = "Compare quota, appointment and the document of status, and correct the side that is wrong." }
message = { zh = "{unit_name}{person_name}编制类型为{quota_type},人事库岗位类别为{staff_class},{conflict},请核实更正。", en = "{person_name} of {unit_name}: quota type {quota_type}, staff class {staff_class} by HR ({conflict}); check and correct." }
legal_basis = [ { law = "公", article = "§112", verified = true } ]
[columns.quota_type]
type = "text"
title = { zh = "编制类型", en = "quota type" }
[columns.staff_class]
type = "text"
title = { zh = "岗位类别", en = "staff class" }
[columns.conflict]
type = "text"
title = { zh = "冲突", en = "conflict" }
labels = { worker_quota = { zh = "工勤编在管理或专业技术岗位", en = "a worker's quota on a cadre's post" }, worker_post = { zh = "干部编制在工勤岗位", en = "a cadre's quota on a worker's post" }, civil_service_like = { zh = "参公身份与事业岗位不一致", en = "civil-service-like on one side, institution on the other" } }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "quota_type", "staff_status"]
hr_staff = ["name", "resident_id", "unit_name", "hr_status", "staff_class", "class_document"]
---*/
WITH active AS (
  SELECT s.unit_key, s.person_key, s.quota_type, s.row_id
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.person_key IS NOT NULL AND s.staff_status IN ('on_post', 'off_post')
    AND s.quota_type <> 'unrecognised'
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
),
serving AS (
  SELECT unit_key, person_key, staff_class, class_document, row_id
  FROM hr_staff
  WHERE unit_key IS NOT NULL AND person_key IS NOT NULL AND staff_class IN ('management', 'technical', 'worker', 'civil_servant')
    AND hr_status IN ('on_post', 'absent', 'unpaid_leave', 'seconded', 'leave', 'suspended')
),
-- Whose type and class go ill together anywhere; only those are looked at whole.
suspect AS (
  SELECT a.person_key
  FROM active a JOIN serving h ON h.person_key = a.person_key
  WHERE h.class_document IS NULL
    AND ((a.quota_type = 'worker' AND h.staff_class <> 'worker') OR (a.quota_type <> 'worker' AND h.staff_class = 'worker')
      OR (a.quota_type = 'civil_service_like' AND h.staff_class IN ('management', 'technical'))
      OR (a.quota_type = 'institution' AND h.staff_class = 'civil_servant'))
  GROUP BY a.person_key
),
enrolled AS (
  SELECT a.unit_key, k.person_key, a.quota_type, MIN(a.row_id) AS staff_row
  FROM suspect k JOIN active a ON a.person_key = k.person_key
  GROUP BY a.unit_key, k.person_key, a.quota_type
),
compared AS (
  SELECT e.unit_key, e.person_key, e.quota_type, e.staff_row, h.staff_class, h.row_id,
         CASE WHEN h.class_document IS NOT NULL THEN 'settled'
              WHEN e.quota_type = 'worker' AND h.staff_class <> 'worker' THEN 'worker_quota'
              WHEN e.quota_type <> 'worker' AND h.staff_class = 'worker' THEN 'worker_post'
              WHEN e.quota_type = 'civil_service_like' AND h.staff_class IN ('management', 'technical') THEN 'civil_service_like'
              WHEN e.quota_type = 'institution' AND h.staff_class = 'civil_servant' THEN 'civil_service_like'
              ELSE 'agrees' END AS conflict
  FROM enrolled e JOIN serving h ON h.person_key = e.person_key AND h.unit_key = e.unit_key
),
judged AS (
  SELECT unit_key, person_key,
         MAX(CASE WHEN conflict IN ('agrees', 'settled') THEN 1 ELSE 0 END) AS agrees,
         MIN(quota_type) AS quota_type, MIN(staff_class) AS staff_class, MIN(conflict) AS conflict,
         MIN(staff_row) AS staff_row, MIN(row_id) AS hr_row
  FROM compared GROUP BY unit_key, person_key
)
SELECT unit_key, person_key, quota_type, staff_class, conflict, staff_row AS row__establishment_staff, hr_row AS row__hr_staff
FROM judged WHERE agrees = 0
