/*---
code = "Q12"
slug = "earmark-misuse"
category = "over_staffing"
severity = "S2"
since = "0.1.0"
grain = "person"
inputs = ["quotas", "establishment_staff"]
optional_inputs = ["hr_staff"]
absence_claim = false
name = { zh = "专编挪用", en = "earmark misuse" }
what = { zh = "占用有专门用途的周转池、调借编制的人员,岗位或进入形式与批准用途不符。", en = "A person on pooled or loaned posts that were approved for one purpose has a post or a kind of entry outside that purpose." }
mistaken_for = { zh = "同一单位同类专编有多种用途时不判定;岗位类别、进入形式未登记的不判定;教师跨校轮岗、医务人员下沉仍属原用途;本单位自有编制不判定。", en = "Where one unit has lots of several purposes nothing is judged; nor where the class of post or the kind of entry is not recorded; teachers on rotation stay within the purpose; own posts are not judged." }
verify = { zh = "对照专编批准文件载明的用途,核对人员岗位、所任学科或专业和入编批文。", en = "Compare the purpose in the approving document with the person's post, subject and entry document." }
message = { zh = "{unit_name}的{person_name}占用{bucket}{quota_type}专编,批准用途为{earmark},实际{found_as},请纠正。", en = "{person_name} of {unit_name} holds a {bucket} {quota_type} post approved for {earmark}, but is {found_as}; correct." }
legal_basis = [
  { law = "486", article = "§15", verified = true },
  { law = "486", article = "§26(3)", verified = true },
]
[columns.quota_type]
type = "text"
title = { zh = "编制类型", en = "quota type" }
labels = { administrative = { zh = "行政", en = "administrative" }, police = { zh = "政法专项", en = "police" }, institution = { zh = "事业", en = "institution" }, civil_service_like = { zh = "参公事业", en = "civil-service-like" }, worker = { zh = "工勤", en = "worker" } }
[columns.bucket]
type = "text"
title = { zh = "台账类型", en = "bucket" }
labels = { own = { zh = "本单位", en = "own" }, pooled = { zh = "周转池", en = "pooled" }, loaned = { zh = "调借", en = "loaned" } }
[columns.earmark]
type = "text"
title = { zh = "批准用途", en = "approved for" }
labels = { teaching = { zh = "教师", en = "teaching" }, medical = { zh = "医护", en = "medical work" }, talent = { zh = "人才引进", en = "recruited talent" }, veteran = { zh = "军转安置", en = "veterans" } }
[columns.found_as]
type = "text"
title = { zh = "实际情况", en = "actually" }
labels = { management = { zh = "为管理岗位", en = "on a management post" }, worker = { zh = "为工勤岗位", en = "on a worker post" }, civil_servant = { zh = "为公务员岗位", en = "a civil servant" }, recruitment = { zh = "通过公开招聘进入", en = "recruited openly" }, transfer = { zh = "通过调入进入", en = "transferred in" }, reorganisation = { zh = "通过划转进入", en = "moved in by a reorganisation" }, veteran = { zh = "为军转安置人员", en = "a veteran" }, talent = { zh = "为引进人才", en = "recruited talent" }, appointment = { zh = "通过组织任命进入", en = "appointed" } }
[evidence]
establishment_staff = ["name", "resident_id", "quota_type", "bucket", "entry_channel", "position"]
quotas = ["quota_type", "bucket", "earmark", "purpose", "approved", "document_no", "valid_to"]
hr_staff = ["name", "staff_class", "position", "title"]
---*/
WITH purpose AS (
  SELECT q.unit_key, q.quota_type, q.bucket, MIN(q.earmark) AS earmark, MIN(q.row_id) AS quota_row
  FROM quotas q CROSS JOIN params p
  WHERE q.unit_key IS NOT NULL AND q.bucket IN ('pooled', 'loaned') AND q.approved > 0
    AND (q.valid_from_day_min IS NULL OR q.valid_from_day_min <= p.as_of_day)
    AND (q.valid_to_day_min IS NULL OR q.valid_to_day_min > p.as_of_day)
  GROUP BY q.unit_key, q.quota_type, q.bucket
  HAVING MIN(COALESCE(q.earmark, '')) = MAX(COALESCE(q.earmark, '')) AND MIN(COALESCE(q.earmark, '')) <> ''
),
unsure AS (
  SELECT unit_key FROM rejected_rows WHERE table_name = 'quotas' AND unit_key IS NOT NULL GROUP BY unit_key
),
holder AS (
  SELECT s.unit_key, s.person_key, s.quota_type, s.bucket, MIN(s.entry_channel) AS entry_channel, MIN(s.row_id) AS row_id
  FROM establishment_staff s LEFT JOIN unsure x ON x.unit_key = s.unit_key CROSS JOIN params p
  WHERE x.unit_key IS NULL AND s.unit_key IS NOT NULL AND s.person_key IS NOT NULL AND s.bucket IN ('pooled', 'loaned') AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
  GROUP BY s.unit_key, s.person_key, s.quota_type, s.bucket
),
-- The class of post counts where HR says one only.
post AS (
  SELECT h.person_key, MIN(s.staff_class) AS staff_class, MIN(s.row_id) AS hr_row
  FROM holder h JOIN hr_staff s ON s.person_key = h.person_key
  WHERE s.staff_class IN ('management', 'technical', 'worker', 'civil_servant')
    AND s.hr_status IN ('on_post', 'absent', 'unpaid_leave', 'seconded', 'leave', 'suspended')
  GROUP BY h.person_key
  HAVING MIN(s.staff_class) = MAX(s.staff_class)
),
judged AS (
  SELECT h.unit_key, h.person_key, h.quota_type, h.bucket, m.earmark, h.row_id, m.quota_row, t.hr_row,
         CASE WHEN m.earmark IN ('teaching', 'medical') AND t.staff_class IN ('management', 'worker', 'civil_servant') THEN t.staff_class
              WHEN m.earmark IN ('talent', 'veteran') AND h.entry_channel <> m.earmark AND h.entry_channel <> 'unrecognised' THEN h.entry_channel END AS found_as
  FROM holder h
  JOIN purpose m ON m.unit_key = h.unit_key AND m.quota_type = h.quota_type AND m.bucket = h.bucket
  LEFT JOIN post t ON t.person_key = h.person_key
)
SELECT unit_key, person_key, bucket || ':' || quota_type AS object_key, quota_type, bucket, earmark, found_as,
       row_id AS row__establishment_staff, quota_row AS row__quotas, hr_row AS row__hr_staff
FROM judged
WHERE found_as IS NOT NULL AND earmark <> 'unrecognised'
