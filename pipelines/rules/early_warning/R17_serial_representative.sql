/*---
code = "R17"
slug = "serial-representative"
category = "early_warning"
severity = "S4"
since = "0.1.0"
grain = "person"
inputs = ["registrations"]
absence_claim = false
name = { zh = "一人多家法定代表人", en = "serial legal representative" }
what = { zh = "同一人是三家以上状态正常的事业单位的法定代表人。", en = "One person is the legal representative of three or more live institutions." }
mistaken_for = { zh = "学区化、集团化办学和医共体、医联体一体化管理,由一人统一担任法定代表人的;已注销登记不计;同名不同人以证件号区分。", en = "School districts and medical communities under one management; deregistered institutions do not count; namesakes are told apart by their IDs." }
verify = { zh = "核对各单位任免文件和章程,确认是否一体化管理并有批文。", en = "Compare the appointments and charters of the units: is there a document for one management." }
message = { zh = "{person_name}同时担任{units}家事业单位法定代表人(首家为{unit_name}),请核实是否一体化管理。", en = "{person_name} is the legal representative of {units} institutions ({unit_name} first); check whether they are under one management." }
legal_basis = [ { law = "登", article = "§8", verified = true } ]
measure = "units"
[parameters.min_units]
type = "integer"
default = 3
minimum = 2
doc = { zh = "从几家起提示", en = "number of institutions from which to report" }
[columns.units]
type = "integer"
unit = "units"
title = { zh = "担任法定代表人的单位数", en = "institutions represented" }
[evidence]
registrations = ["unit_name", "credit_code", "legal_representative", "legal_representative_id", "registration_status"]
---*/
WITH represented AS (
  SELECT person_key, unit_key, MIN(row_id) AS registration_row
  FROM registrations
  WHERE person_key IS NOT NULL AND unit_key IS NOT NULL AND registration_status = 'active'
  GROUP BY person_key, unit_key
),
serial AS (
  SELECT person_key, CAST(COUNT(*) AS BIGINT) AS units, MIN(unit_key) AS first_unit,
         MIN(registration_row) AS first_row, MAX(registration_row) AS last_row
  FROM represented GROUP BY person_key
),
own AS (
  SELECT person_key, register_unit_key FROM persons WHERE person_key IS NOT NULL
)
-- The unit on whose books the person stands is the finding's, so that it stays the same from month to month.
SELECT COALESCE(o.register_unit_key, s.first_unit) AS unit_key, s.person_key, s.units,
       s.first_row AS row__registrations, s.last_row AS row__registrations_2
FROM serial s LEFT JOIN own o ON o.person_key = s.person_key CROSS JOIN params p
WHERE s.units >= p.min_units
