/*---
code = "R14"
slug = "ineligible-representative"
category = "mismatched_registrations"
severity = "S2"
since = "0.1.0"
grain = "unit"
inputs = ["registrations", "establishment_units", "establishment_staff"]
optional_inputs = ["hr_staff", "deaths"]
absence_claim = false
name = { zh = "法定代表人已退休、死亡或调离", en = "legal representative retired, dead or gone" }
what = { zh = "登记的法定代表人已死亡、退休,或已离开本单位,超过变更登记期限仍未变更。", en = "The registered legal representative has died, retired or left the unit longer ago than the time to register the change." }
mistaken_for = { zh = "离任未满三十个工作日;离开后又返回本单位、仍在编或仍在岗的;上级领导兼任、本来不在本单位编制内的;退休后仍在其他单位在编(数据矛盾由其他规则处理)的不判定。", en = "A departure within thirty working days; people who came back or are still on the unit's register or at work there; a leader of the superior body who was never on this unit's books; a retired person who is active elsewhere on the register." }
verify = { zh = "核对任免、退休或死亡材料的日期与法人证书,查变更登记申请。", en = "Compare the papers of removal, retirement or death with the certificate, and look for the application to change." }
message = { zh = "{unit_name}登记法定代表人{legal_representative}已{kind}({gone_on}),请办理法定代表人变更登记。", en = "The registered legal representative of {unit_name}, {legal_representative}, {kind} ({gone_on}); register the change." }
legal_basis = [
  { law = "登", article = "§8,10,19(1)", verified = true },
  { law = "细", article = "变更登记期限(三十个工作日)", verified = true },
]
[parameters.grace_days]
type = "integer"
default = 45
minimum = 0
doc = { zh = "离任后的宽限天数(三十个工作日约四十五天)", en = "days of grace after the departure (thirty working days are about forty-five)" }
[columns.legal_representative]
type = "text"
title = { zh = "登记法定代表人(已脱敏)", en = "registered legal representative, masked" }
[columns.kind]
type = "text"
title = { zh = "离任情形", en = "how the representative went" }
labels = { dead = { zh = "死亡", en = "died" }, retired = { zh = "退休", en = "retired" }, left = { zh = "离开本单位", en = "left the unit" } }
[columns.gone_on]
type = "date"
title = { zh = "离任日期", en = "gone on" }
[evidence]
registrations = ["unit_name", "credit_code", "legal_representative", "legal_representative_id", "changed_on"]
establishment_staff = ["name", "resident_id", "unit_name", "staff_status", "exit_date", "exit_reason"]
hr_staff = ["name", "resident_id", "unit_name", "hr_status", "left_on", "retired_on", "died_on"]
deaths = ["name", "resident_id", "died_on", "informant"]
---*/
WITH living AS (
  SELECT unit_key FROM establishment_units WHERE unit_key IS NOT NULL AND unit_status = 'active' GROUP BY unit_key
),
registration AS (
  SELECT r.unit_key, r.row_id, r.person_key AS person, r.legal_representative
  FROM registrations r JOIN living l ON l.unit_key = r.unit_key
  WHERE r.registration_status = 'active' AND r.person_key IS NOT NULL
),
departure AS (
  SELECT person_key AS person, CAST(NULL AS VARCHAR) AS left_key, 'dead' AS kind, 1 AS kind_no, died_on AS gone_on, died_on_day_max AS gone_day,
         row_id AS death_row, CAST(NULL AS BIGINT) AS hr_row, CAST(NULL AS BIGINT) AS staff_row
  FROM deaths WHERE person_key IS NOT NULL AND died_on_day_max IS NOT NULL
  UNION ALL
  SELECT person_key AS person, CAST(NULL AS VARCHAR) AS left_key, 'dead' AS kind, 1 AS kind_no, died_on AS gone_on, died_on_day_max AS gone_day,
         CAST(NULL AS BIGINT) AS death_row, row_id AS hr_row, CAST(NULL AS BIGINT) AS staff_row
  FROM hr_staff WHERE person_key IS NOT NULL AND hr_status = 'dead' AND died_on_day_max IS NOT NULL
  UNION ALL
  SELECT person_key AS person, CAST(NULL AS VARCHAR) AS left_key, 'retired' AS kind, 2 AS kind_no, retired_on AS gone_on, retired_on_day_max AS gone_day,
         CAST(NULL AS BIGINT) AS death_row, row_id AS hr_row, CAST(NULL AS BIGINT) AS staff_row
  FROM hr_staff WHERE person_key IS NOT NULL AND hr_status = 'retired' AND retired_on_day_max IS NOT NULL
  UNION ALL
  SELECT person_key AS person, unit_key AS left_key, 'left' AS kind, 3 AS kind_no, left_on AS gone_on, left_on_day_max AS gone_day,
         CAST(NULL AS BIGINT) AS death_row, row_id AS hr_row, CAST(NULL AS BIGINT) AS staff_row
  FROM hr_staff WHERE person_key IS NOT NULL AND hr_status IN ('transferred', 'resigned', 'dismissed') AND left_on_day_max IS NOT NULL
  UNION ALL
  SELECT person_key AS person, CASE WHEN staff_status = 'left' THEN unit_key END AS left_key,
         CASE WHEN staff_status = 'dead' THEN 'dead' WHEN staff_status = 'retired' THEN 'retired' ELSE 'left' END AS kind,
         CASE WHEN staff_status = 'dead' THEN 1 WHEN staff_status = 'retired' THEN 2 ELSE 3 END AS kind_no,
         exit_date AS gone_on, exit_date_day_max AS gone_day,
         CAST(NULL AS BIGINT) AS death_row, CAST(NULL AS BIGINT) AS hr_row, row_id AS staff_row
  FROM establishment_staff WHERE person_key IS NOT NULL AND staff_status IN ('left', 'retired', 'dead') AND exit_date_day_max IS NOT NULL
),
active AS (
  SELECT s.person_key AS person, s.unit_key
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.person_key IS NOT NULL AND s.unit_key IS NOT NULL AND s.staff_status IN ('on_post', 'off_post')
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
),
gone AS (
  SELECT r.unit_key, r.person, r.row_id AS registration_row, r.legal_representative, d.kind, d.kind_no, d.gone_on, d.gone_day,
         d.death_row, d.hr_row, d.staff_row
  FROM registration r JOIN departure d ON d.person = r.person CROSS JOIN params p
  WHERE d.gone_day + p.grace_days < p.as_of_day AND (d.kind <> 'left' OR d.left_key = r.unit_key)
),
present_here AS (
  SELECT g.person, g.unit_key FROM gone g JOIN active a ON a.person = g.person AND a.unit_key = g.unit_key
  UNION
  SELECT g.person, g.unit_key
  FROM gone g JOIN hr_staff h ON h.person_key = g.person AND h.unit_key = g.unit_key
  WHERE h.hr_status IN ('on_post', 'absent', 'unpaid_leave', 'seconded', 'leave', 'suspended')
),
present_anywhere AS (
  SELECT g.person FROM gone g JOIN active a ON a.person = g.person GROUP BY g.person
),
kept AS (
  SELECT g.unit_key, g.registration_row, g.legal_representative, g.kind, g.kind_no, g.gone_on, g.gone_day, g.death_row, g.hr_row, g.staff_row
  FROM gone g
  LEFT JOIN present_here h ON h.person = g.person AND h.unit_key = g.unit_key
  LEFT JOIN present_anywhere a ON a.person = g.person
  WHERE g.kind = 'dead' OR (h.person IS NULL AND (g.kind = 'left' OR a.person IS NULL))
),
ranked AS (
  SELECT unit_key, registration_row, legal_representative, kind, gone_on, death_row, hr_row, staff_row,
         CAST(ROW_NUMBER() OVER (PARTITION BY unit_key ORDER BY kind_no, gone_day, registration_row, COALESCE(staff_row, 0), COALESCE(hr_row, 0), COALESCE(death_row, 0)) AS BIGINT) AS rank_no
  FROM kept
)
SELECT unit_key, legal_representative, kind, gone_on,
       registration_row AS row__registrations, staff_row AS row__establishment_staff, hr_row AS row__hr_staff, death_row AS row__deaths
FROM ranked
WHERE rank_no = 1
