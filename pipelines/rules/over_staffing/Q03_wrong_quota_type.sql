/*---
code = "Q03"
slug = "wrong-quota-type"
category = "over_staffing"
severity = "S2"
since = "0.1.0"
grain = "person"
inputs = ["establishment_units", "establishment_staff"]
optional_inputs = ["quota_exemptions"]
absence_claim = false
name = { zh = "混编", en = "wrong quota type" }
what = { zh = "在编人员所占编制类型与单位性质不符:机关只能用行政、政法专项、工勤编制,事业单位只能用事业、工勤编制,群团不得用政法专项、参公编制。", en = "A person stands on a quota type that the nature of the unit does not allow: organs use administrative, police and worker posts; institutions use institution and worker posts." }
mistaken_for = { zh = "参公事业单位可用参公、事业、工勤编制;议事协调机构不判定;有批准的豁免(历史遗留机关事业编等)不判定;单位性质或编制类型无法识别的不判定。", en = "Institutions run like the civil service may use three types; coordinating bodies are skipped; an exemption in force excuses; unrecognised natures and types are not judged." }
verify = { zh = "核对单位“三定”规定载明的性质和该人员入编批文载明的编制类型,确认有无经批准的历史遗留混编文件。", en = "Compare the unit's nature in its founding document with the quota type in the person's entry document, and look for an approved legacy exemption." }
message = { zh = "{unit_name}(性质:{nature})的{person_name}占用{quota_type}编制,与单位性质不符,请核实并调整。", en = "{person_name} of {unit_name} ({nature}) stands on a post of type {quota_type}, which the unit's nature does not allow; check and correct." }
legal_basis = [
  { law = "486", article = "§15", verified = true },
  { law = "厅2007", article = "不得混用编制", verified = false },
]
[columns.nature]
type = "text"
title = { zh = "单位性质", en = "nature of the unit" }
labels = { organ = { zh = "机关", en = "organ" }, institution = { zh = "事业单位", en = "institution" }, civil_service_like = { zh = "参公事业单位", en = "institution run like the civil service" }, mass = { zh = "群团", en = "mass organisation" } }
[columns.quota_type]
type = "text"
title = { zh = "编制类型", en = "quota type" }
labels = { administrative = { zh = "行政", en = "administrative" }, police = { zh = "政法专项", en = "police" }, institution = { zh = "事业", en = "institution" }, civil_service_like = { zh = "参公事业", en = "civil-service-like" }, worker = { zh = "工勤", en = "worker" } }
[columns.entry_date]
type = "date"
title = { zh = "入编时间", en = "date of entry" }
[evidence]
establishment_staff = ["name", "resident_id", "quota_type", "bucket", "staff_status", "entry_date", "entry_document"]
establishment_units = ["unit_name", "nature", "approval_document"]
---*/
WITH unit AS (
  SELECT unit_key, MIN(nature) AS nature, MIN(row_id) AS unit_row
  FROM establishment_units
  WHERE unit_key IS NOT NULL
  GROUP BY unit_key
  HAVING MIN(nature) = MAX(nature)
),
mixed AS (
  SELECT s.unit_key, s.person_key, s.quota_type, u.nature, s.entry_date, s.row_id, u.unit_row
  FROM establishment_staff s JOIN unit u ON u.unit_key = s.unit_key CROSS JOIN params p
  WHERE s.person_key IS NOT NULL AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
    AND ((u.nature = 'organ' AND s.quota_type IN ('institution', 'civil_service_like'))
      OR (u.nature = 'institution' AND s.quota_type IN ('administrative', 'police', 'civil_service_like'))
      OR (u.nature = 'civil_service_like' AND s.quota_type IN ('administrative', 'police'))
      OR (u.nature = 'mass' AND s.quota_type IN ('police', 'civil_service_like')))
),
exemption AS (
  SELECT x.unit_key, x.quota_type
  FROM quota_exemptions x CROSS JOIN params p
  WHERE x.unit_key IS NOT NULL AND x.reason NOT IN ('unified_management', 'staged_setup')
    AND (x.valid_from_day_min IS NULL OR x.valid_from_day_min <= p.as_of_day)
    AND (x.valid_to_day_min IS NULL OR x.valid_to_day_min > p.as_of_day)
  GROUP BY x.unit_key, x.quota_type
)
SELECT m.unit_key, m.person_key, m.quota_type AS object_key, m.quota_type,
       MIN(m.nature) AS nature, MIN(m.entry_date) AS entry_date,
       MIN(m.row_id) AS row__establishment_staff, MIN(m.unit_row) AS row__establishment_units
FROM mixed m LEFT JOIN exemption x ON x.unit_key = m.unit_key AND x.quota_type = m.quota_type
WHERE x.unit_key IS NULL
GROUP BY m.unit_key, m.person_key, m.quota_type
