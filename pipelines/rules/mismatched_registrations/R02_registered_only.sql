/*---
code = "R02"
slug = "registered-only"
category = "mismatched_registrations"
severity = "S2"
since = "0.1.0"
grain = "unit"
inputs = ["registrations", "establishment_units"]
absence_claim = true
name = { zh = "登记有实名制无", en = "registered, not established" }
what = { zh = "登记库中状态正常的事业单位法人,在机构编制库中(含已撤销机构)没有对应机构。", en = "An institution with a live registration is unknown to the establishment register, abolished units included." }
mistaken_for = { zh = "自收自支、企业化管理单位不纳入编制管理的;民办机构(代码不以12开头);编制库机构行被退回,或名称、信用代码与编制库某机构相同而未能匹配的,不判定。", en = "Self-funded bodies outside the establishment; private ones (codes not beginning with 12); a unit whose register row was set aside, or one with the same name or code left unlinked." }
verify = { zh = "以信用代码和名称查机构编制台账,调设立批文;确认是漏录、已撤销未注销,还是无批文登记。", en = "Look the code and name up in the establishment ledger and ask for the document of founding: not entered, abolished but not struck off, or registered without one." }
message = { zh = "{unit_name}登记状态正常({registered_on}登记),机构编制库中查无此机构,请核对设立批文。", en = "{unit_name} is registered (since {registered_on}) but the establishment register does not know it; check the document of founding." }
legal_basis = [ { law = "登", article = "§3", verified = true } ]
[parameters.include_self_funded]
type = "bool"
default = false
doc = { zh = "是否把经费自理的单位也算作应在编制库中", en = "whether self-funded institutions, too, should be in the establishment register" }
[columns.credit_code]
type = "text"
title = { zh = "登记库信用代码", en = "registered credit code" }
[columns.registered_on]
type = "date"
title = { zh = "设立登记日期", en = "registered on" }
[evidence]
registrations = ["unit_name", "credit_code", "funding_source", "sponsor_name", "registration_status", "registered_on"]
---*/
WITH listed AS (
  SELECT unit_key FROM establishment_units WHERE unit_key IS NOT NULL
  UNION
  SELECT unit_key FROM rejected_rows WHERE table_name = 'establishment_units' AND unit_key IS NOT NULL
),
-- A unit of the same name or code may be this one, though it was not linked.
same_name AS (
  SELECT unit_name_folded FROM establishment_units WHERE unit_name_folded IS NOT NULL GROUP BY unit_name_folded
),
same_code AS (
  SELECT credit_code FROM establishment_units WHERE credit_code IS NOT NULL GROUP BY credit_code
),
registration AS (
  SELECT r.unit_key, r.row_id, r.unit_name_folded, r.credit_code, r.registered_on
  FROM registrations r CROSS JOIN params p
  WHERE r.unit_key IS NOT NULL AND r.registration_status = 'active'
    AND (COALESCE(r.credit_code_state, 'missing') <> 'valid' OR SUBSTR(r.credit_code, 1, 2) = '12')
    AND (COALESCE(r.funding_source, 'unrecognised') <> 'self' OR p.include_self_funded)
)
SELECT r.unit_key, MIN(r.credit_code) AS credit_code, MIN(r.registered_on) AS registered_on, MIN(r.row_id) AS row__registrations
FROM registration r
LEFT JOIN listed l ON l.unit_key = r.unit_key
LEFT JOIN same_name n ON n.unit_name_folded = r.unit_name_folded
LEFT JOIN same_code c ON c.credit_code = r.credit_code
WHERE l.unit_key IS NULL AND n.unit_name_folded IS NULL AND c.credit_code IS NULL
GROUP BY r.unit_key
