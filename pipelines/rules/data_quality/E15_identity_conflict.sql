/*---
code = "E15"
slug = "identity-conflict"
category = "data_quality"
severity = "S3"
since = "0.1.0"
grain = "person"
inputs = ["establishment_staff", "payroll", "hr_staff"]
absence_claim = false
name = { zh = "同号异名、同人异号", en = "identity conflict" }
what = { zh = "同一有效身份证号对应明显不同的姓名,或同单位同名同出生日期的人有两个不同的有效身份证号。", en = "One sound ID stands with clearly different names, or one name, birth date and unit with two sound IDs." }
mistaken_for = { zh = "改名、生僻字、拼音代字、少数民族间隔号写法不同;15位号升18位是同一人;真正的同名同日生两人。两个来源间仅差一字的视为笔误,不报;同一来源内出现的两名照报。", en = "A change of name, rare characters, spelled-out characters and interpuncts; a 15-digit number and its upgrade are one person; real namesakes born on one day. One character apart between two sources is taken for a slip and not told; two names in one source are." }
verify = { zh = "调取身份证原件和户籍变更证明,确认为一人还是两人,更正错误的来源。", en = "See the ID card and any record of a change of name, settle whether it is one person or two, and correct the source." }
message = { zh = "{unit_name}{person_name}:{kind},当月涉及{paid_identities}个发薪身份,请核对身份证件并更正。", en = "{person_name} of {unit_name}: {kind}; {paid_identities} identities paid this month; check the ID card and correct the source." }
legal_basis = [ { law = "身份证", article = "§3", verified = true } ]
measure = "paid_identities"
[columns.kind]
type = "text"
title = { zh = "冲突类型", en = "kind of conflict" }
labels = { name = { zh = "同一身份证号对应不同姓名", en = "one ID with different names" }, id = { zh = "同名同出生日期有两个有效身份证号", en = "one name and birth date with two sound IDs" } }
[columns.other_person_key]
type = "text"
title = { zh = "另一身份主键", en = "key of the other identity" }
[columns.paid_identities]
type = "integer"
unit = "identities"
title = { zh = "当月发薪身份数", en = "identities paid this month" }
[evidence]
establishment_staff = ["name", "resident_id", "birth_date", "unit_name", "staff_status"]
payroll = ["name", "resident_id", "unit_name", "pay_month", "gross_pay"]
hr_staff = ["name", "resident_id", "birth_date", "unit_name", "hr_status"]
---*/
WITH pair AS (
  SELECT CASE WHEN person_key < id_conflict_person_key THEN person_key ELSE id_conflict_person_key END AS person,
         CASE WHEN person_key < id_conflict_person_key THEN id_conflict_person_key ELSE person_key END AS other
  FROM persons
  WHERE person_key IS NOT NULL AND id_conflict_person_key IS NOT NULL
),
conflict AS (
  SELECT person_key AS person, CASE WHEN name_conflict = 0 THEN person_key END AS other, 'name' AS kind, 'name' AS object_key
  FROM persons WHERE person_key IS NOT NULL AND name_conflict = 1
  UNION ALL
  SELECT person, other, 'id' AS kind, 'id:' || CAST(other AS VARCHAR) AS object_key FROM pair GROUP BY person, other
),
-- Every identity of a conflict: the person, and in a pair the other one.
identity AS (
  SELECT object_key, person, person AS who, 1 AS part FROM conflict
  UNION ALL
  SELECT object_key, person, other AS who, 2 AS part FROM conflict WHERE other IS NOT NULL
),
staff AS (
  SELECT i.object_key, i.person, MIN(s.unit_key) AS unit_key, MIN(CASE WHEN i.part = 1 THEN s.row_id END) AS first_row,
         MAX(CASE WHEN i.part = 2 THEN s.row_id END) AS other_row
  FROM identity i JOIN establishment_staff s ON s.person_key = i.who
  GROUP BY i.object_key, i.person
),
-- Two names under one number, or two numbers: each is an identity that may be paid.
paid_name AS (
  SELECT i.object_key, i.person, i.part, w.name_key, MIN(w.unit_key) AS unit_key, MIN(w.row_id) AS row_id
  FROM identity i JOIN payroll w ON w.person_key = i.who CROSS JOIN params p
  WHERE w.pay_month_no = p.period_no AND COALESCE(w.gross_pay, w.net_pay) > 0
  GROUP BY i.object_key, i.person, i.part, w.name_key
),
pay AS (
  SELECT object_key, person, MIN(unit_key) AS unit_key, MIN(row_id) AS first_row, MAX(row_id) AS last_row,
         CAST(COUNT(DISTINCT part) AS BIGINT) AS parts, CAST(COUNT(DISTINCT name_key) AS BIGINT) AS names
  FROM paid_name GROUP BY object_key, person
),
hr AS (
  SELECT i.object_key, i.person, MIN(h.unit_key) AS unit_key, MIN(CASE WHEN i.part = 1 THEN h.row_id END) AS first_row,
         MAX(CASE WHEN i.part = 2 THEN h.row_id END) AS other_row
  FROM identity i JOIN hr_staff h ON h.person_key = i.who
  GROUP BY i.object_key, i.person
),
joined AS (
  SELECT c.person, c.other, c.kind, c.object_key, o.register_unit_key AS home,
         s.unit_key AS staff_unit, w.unit_key AS pay_unit, h.unit_key AS hr_unit,
         COALESCE(CASE WHEN c.kind = 'name' THEN w.names ELSE w.parts END, 0) AS paid_identities,
         s.first_row AS staff_row, s.other_row AS staff_other, w.first_row AS pay_row, w.last_row AS pay_other,
         h.first_row AS hr_row, h.other_row AS hr_other
  FROM conflict c
  LEFT JOIN persons o ON o.person_key = c.person
  LEFT JOIN staff s ON s.object_key = c.object_key AND s.person = c.person
  LEFT JOIN pay w ON w.object_key = c.object_key AND w.person = c.person
  LEFT JOIN hr h ON h.object_key = c.object_key AND h.person = c.person
)
SELECT COALESCE(home, staff_unit, pay_unit, hr_unit) AS unit_key, person AS person_key, object_key, kind, other AS other_person_key,
       CASE WHEN paid_identities > 1 THEN 'S2' ELSE 'S3' END AS severity,
       paid_identities,
       staff_row AS row__establishment_staff, staff_other AS row__establishment_staff_2,
       pay_row AS row__payroll, CASE WHEN pay_other > pay_row THEN pay_other END AS row__payroll_2,
       hr_row AS row__hr_staff, hr_other AS row__hr_staff_2
FROM joined
WHERE COALESCE(home, staff_unit, pay_unit, hr_unit) IS NOT NULL
