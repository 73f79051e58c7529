/*---
code = "E16"
slug = "outside-business"
category = "paid_but_absent"
severity = "S2"
since = "0.2.0"
grain = "person"
inputs = ["establishment_staff", "company_roles"]
optional_inputs = ["social_insurance", "absence_reasons"]
absence_claim = false
name = { zh = "在编人员经商兼职", en = "outside business" }
what = { zh = "在编人员任存续企业的法定代表人或高管超过三个月,没有批准、委派等依据;或同时由企业连续缴纳社会保险。", en = "A person on the register has been legal representative or executive of an active company for over three months without a ground, or is insured by a company besides." }
mistaken_for = { zh = "批准的科研人员兼职、组织委派到企业任职、改制企业、正在注销的企业、离岗创业期内不判定;仅为股东不判定;企业信息按证件号码核对,同名不算;任职不满三个月待清理的不判定。", en = "Approved outside work of researchers, posts in companies by appointment, restructured companies, companies being closed and leave to start up; mere shareholders; namesakes, for only IDs count; roles of under three months." }
verify = { zh = "查企业登记档案和本人报告、批准文件,核实是否实际经营、取酬,责令清退或补办批准。", en = "Take the company's file, the person's own report and any approval, see whether the business is run and paid for, and order withdrawal or the missing approval." }
message = { zh = "{unit_name}在编人员{person_name}{ground}({company_name}),未见批准或委派依据,请核实并责令清理。", en = "{person_name}, enrolled by {unit_name}: {ground} ({company_name}), with no approval or appointment on record; check and order withdrawal." }
legal_basis = [
  { law = "公", article = "§59(16)", verified = true },
  { law = "政", article = "§36", verified = true },
]
measure = "companies"
[parameters.min_days]
type = "integer"
default = 90
minimum = 0
doc = { zh = "任职满多少天才判定", en = "days in the role before it counts" }
[parameters.min_months]
type = "integer"
default = 3
minimum = 1
doc = { zh = "企业参保满多少个月才判定", en = "months insured by a company before they count" }
[columns.ground]
type = "text"
title = { zh = "依据", en = "ground" }
labels = { legal_representative = { zh = "担任企业法定代表人", en = "legal representative of a company" }, executive = { zh = "担任企业高管", en = "executive of a company" }, insured = { zh = "由企业缴纳社会保险", en = "insured by a company" } }
[columns.company_name]
type = "text"
title = { zh = "企业", en = "company" }
[columns.companies]
type = "integer"
unit = "companies"
title = { zh = "企业数", en = "companies" }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "quota_type", "staff_status", "position"]
company_roles = ["name", "resident_id", "company_name", "company_role", "company_status", "since", "role_ground"]
social_insurance = ["name", "resident_id", "employer_name", "insured_month"]
---*/
WITH held AS (
  SELECT r.person_key AS person, r.company_name, r.row_id,
         CASE WHEN r.company_role = 'legal_representative' THEN 1 ELSE 2 END AS weight
  FROM company_roles r CROSS JOIN params p
  WHERE r.person_key IS NOT NULL AND r.person_match IN ('A', 'B')
    AND r.company_role IN ('legal_representative', 'executive') AND r.company_status = 'active'
    AND COALESCE(r.role_ground, 'none') NOT IN ('approved', 'appointed', 'restructured', 'closing')
    AND (r.since_day_max IS NULL OR r.since_day_max <= p.as_of_day - p.min_days)
),
-- Only employers that no register knows and that call themselves companies: a unit's own name may be written badly.
insured_month AS (
  SELECT i.person_key AS person, i.employer_name, i.insured_month_no, MIN(i.row_id) AS row_id
  FROM social_insurance i CROSS JOIN params p
  WHERE i.person_key IS NOT NULL AND i.person_match IN ('A', 'B') AND i.unit_key IS NULL
    AND (i.employer_name LIKE '%公司%' OR i.employer_name LIKE '%企业%' OR i.employer_name LIKE '%合作社%' OR i.employer_name LIKE '%厂')
    AND i.insured_month_no > p.period_no - 12 AND i.insured_month_no <= p.period_no
  GROUP BY i.person_key, i.employer_name, i.insured_month_no
),
insured AS (
  SELECT m.person, m.employer_name, MAX(m.row_id) AS row_id, CAST(COUNT(*) AS BIGINT) AS months, MAX(m.insured_month_no) AS last_month
  FROM insured_month m GROUP BY m.person, m.employer_name
),
ground AS (
  SELECT h.person, h.company_name, h.weight, h.row_id AS role_row, CAST(NULL AS BIGINT) AS insurance_row FROM held h
  UNION ALL
  SELECT i.person, i.employer_name AS company_name, 3 AS weight, CAST(NULL AS BIGINT) AS role_row, i.row_id AS insurance_row
  FROM insured i CROSS JOIN params p
  WHERE i.months >= p.min_months AND i.last_month = p.period_no
),
excused AS (
  SELECT a.person_key AS person
  FROM absence_reasons a CROSS JOIN params p
  WHERE a.person_key IS NOT NULL AND a.reason = 'startup_leave' AND a.valid_from_day_min <= p.as_of_day
    AND (a.valid_to_day_min IS NULL OR a.valid_to_day_min > p.as_of_day)
  GROUP BY a.person_key
),
person_ground AS (
  SELECT g.person, MIN(g.weight) AS weight, CAST(COUNT(DISTINCT g.company_name) AS BIGINT) AS companies,
         MIN(g.role_row) AS role_row, MIN(g.insurance_row) AS insurance_row
  FROM ground g LEFT JOIN excused x ON x.person = g.person
  WHERE x.person IS NULL
  GROUP BY g.person
),
-- The company named is one of the strongest ground.
named AS (
  SELECT g.person, MIN(g.company_name) AS company_name
  FROM ground g JOIN person_ground b ON b.person = g.person AND b.weight = g.weight
  GROUP BY g.person
),
enrolled AS (
  SELECT b.person, s.unit_key, MIN(s.row_id) AS staff_row
  FROM person_ground b JOIN establishment_staff s ON s.person_key = b.person CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
  GROUP BY b.person, s.unit_key
)
SELECT e.unit_key, b.person AS person_key,
       CASE WHEN b.weight = 1 THEN 'legal_representative' WHEN b.weight = 2 THEN 'executive' ELSE 'insured' END AS ground,
       n.company_name, b.companies,
       e.staff_row AS row__establishment_staff, b.role_row AS row__company_roles, b.insurance_row AS row__social_insurance
FROM person_ground b
JOIN named n ON n.person = b.person
JOIN enrolled e ON e.person = b.person
