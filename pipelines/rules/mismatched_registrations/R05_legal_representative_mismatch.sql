/*---
code = "R05"
slug = "legal-representative-mismatch"
category = "mismatched_registrations"
severity = "S2"
since = "0.1.0"
grain = "unit"
inputs = ["registrations", "establishment_staff", "establishment_units"]
absence_claim = false
name = { zh = "法定代表人不一致", en = "legal representative mismatch" }
what = { zh = "登记的法定代表人与现任主要负责人不是同一人,且任职已超过变更登记期限。", en = "The registered legal representative is not the unit's present head, who was appointed longer ago than the time to register the change." }
mistaken_for = { zh = "党政主要负责人分设、章程规定由其中一人任法定代表人(任一正职相符即不判定);任职未满三十个工作日;姓名、证件号或人员主键任一相符的不判定;正职空缺、由副职主持的不判定。", en = "A unit with two chiefs of whom either may represent it; appointments within thirty working days; the same person by key, name or number; a vacant post where a deputy acts." }
verify = { zh = "核对任免文件、单位章程和法人证书,确认法定代表人应由谁担任、是否已申请变更。", en = "Compare the appointment, the unit's charter and the certificate: who must represent it, and has the change been applied for." }
message = { zh = "{unit_name}登记法定代表人为{legal_representative},现任主要负责人为{head}({appointed_on}任职),请办理变更登记。", en = "{unit_name} is registered under {legal_representative}, but its head is {head}, appointed {appointed_on}; register the change." }
legal_basis = [
  { law = "登", article = "§8,10,19(1)", verified = true },
  { law = "细", article = "变更登记期限(三十个工作日)", verified = true },
]
[parameters.grace_days]
type = "integer"
default = 45
minimum = 0
doc = { zh = "任职后的宽限天数(三十个工作日约四十五天)", en = "days of grace after the appointment (thirty working days are about forty-five)" }
[columns.legal_representative]
type = "text"
title = { zh = "登记法定代表人(已脱敏)", en = "registered legal representative, masked" }
[columns.head]
type = "text"
title = { zh = "现任主要负责人(已脱敏)", en = "present head, masked" }
[columns.appointed_on]
type = "date"
title = { zh = "任职时间", en = "appointed on" }
[evidence]
registrations = ["unit_name", "credit_code", "legal_representative", "legal_representative_id", "changed_on"]
establishment_staff = ["name", "resident_id", "position", "leader_scope", "leader_class", "appointed_on", "appointment_document"]
---*/
WITH living AS (
  SELECT unit_key FROM establishment_units WHERE unit_key IS NOT NULL AND unit_status = 'active' GROUP BY unit_key
),
registration AS (
  SELECT r.unit_key, r.row_id, r.person_key, r.legal_representative, r.legal_representative_key, r.legal_representative_id_key
  FROM registrations r JOIN living l ON l.unit_key = r.unit_key
  WHERE r.registration_status = 'active' AND r.legal_representative_key IS NOT NULL
),
chief AS (
  SELECT s.unit_key, s.row_id, s.person_key, s.name, s.name_key, s.resident_id_key, s.appointed_on,
         CASE WHEN s.appointed_on_day_max + p.grace_days < p.as_of_day THEN 1 ELSE 0 END AS is_settled
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.leader_scope = 'leadership' AND s.leader_class = 'chief' AND s.name_key IS NOT NULL
    AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
    AND (s.appointed_on_day_max IS NULL OR s.appointed_on_day_max <= p.as_of_day)
    AND (s.removed_on_day_min IS NULL OR s.removed_on_day_min > p.as_of_day)
),
met AS (
  SELECT r.unit_key, COALESCE(CAST(c.person_key AS VARCHAR), '') AS person, r.row_id AS registration_row, r.legal_representative, c.row_id AS staff_row, c.name AS head, c.appointed_on, c.is_settled,
         CASE WHEN COALESCE(CAST(r.person_key AS VARCHAR), 'none') = CAST(c.person_key AS VARCHAR) THEN 1
              WHEN r.legal_representative_key = c.name_key THEN 1
              WHEN COALESCE(r.legal_representative_id_key, 'none') = c.resident_id_key THEN 1
              ELSE 0 END AS is_same
  FROM registration r JOIN chief c ON c.unit_key = r.unit_key
),
-- Any chief who is the registered one excuses; the longest settled stands for the unit.
unit AS (
  SELECT unit_key, MAX(is_same) AS is_same, MAX(is_settled) AS is_settled FROM met GROUP BY unit_key
),
ranked AS (
  SELECT m.unit_key, m.registration_row, m.legal_representative, m.staff_row, m.head, m.appointed_on,
         CAST(ROW_NUMBER() OVER (PARTITION BY m.unit_key ORDER BY m.appointed_on, m.person, m.staff_row, m.registration_row) AS BIGINT) AS rank_no
  FROM met m JOIN unit u ON u.unit_key = m.unit_key
  WHERE u.is_same = 0 AND m.is_settled = 1
)
SELECT unit_key, legal_representative, head, appointed_on,
       registration_row AS row__registrations, staff_row AS row__establishment_staff
FROM ranked
WHERE rank_no = 1
