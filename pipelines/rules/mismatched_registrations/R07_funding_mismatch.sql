/*---
code = "R07"
slug = "funding-mismatch"
category = "mismatched_registrations"
severity = "S3"
since = "0.1.0"
grain = "unit"
inputs = ["establishment_units", "registrations"]
absence_claim = false
name = { zh = "经费来源不一致", en = "funding mismatch" }
what = { zh = "登记的经费来源与编制库经费形式归类后不同(全额/财政补助一类、差额/财政补助二类、自收自支/非财政补助)。", en = "The registered funding is of another class than the funding in the establishment register: full, partial or self-funded." }
mistaken_for = { zh = "两套代码表版本不同、叫法不同(全额即财政补助一类)已归为一类;改革转类批文已下、变更登记在途的需看批文日期。", en = "Other words of another code list are one class already; a unit that changed class lately may have its change under way, see the document." }
verify = { zh = "核对机构编制批文载明的经费形式与法人证书经费来源,查分类改革批文和变更登记申请。", en = "Compare the funding in the document with the certificate; look for the document of reclassification and the application for change." }
message = { zh = "{unit_name}编制库经费形式为{register_funding},登记经费来源为{registered_funding},请核对批文并更正。", en = "{unit_name}: funding is {register_funding} in the establishment register and {registered_funding} in the registration; check the document and correct." }
legal_basis = [ { law = "登", article = "§8", verified = true } ]
[columns.register_funding]
type = "text"
title = { zh = "编制库经费形式", en = "funding in the establishment register" }
labels = { full = { zh = "全额拨款", en = "full" }, partial = { zh = "差额拨款", en = "partial" }, self = { zh = "自收自支", en = "self-funded" } }
[columns.registered_funding]
type = "text"
title = { zh = "登记经费来源", en = "registered funding" }
labels = { full = { zh = "全额拨款", en = "full" }, partial = { zh = "差额拨款", en = "partial" }, self = { zh = "自收自支", en = "self-funded" } }
[evidence]
establishment_units = ["unit_name", "unit_code", "funding", "approval_document"]
registrations = ["unit_name", "credit_code", "funding_source", "changed_on"]
---*/
SELECT u.unit_key, MIN(u.funding) AS register_funding, MIN(r.funding_source) AS registered_funding,
       MIN(u.row_id) AS row__establishment_units, MIN(r.row_id) AS row__registrations
FROM establishment_units u JOIN registrations r ON r.unit_key = u.unit_key
WHERE u.unit_status = 'active' AND r.registration_status = 'active'
  AND u.funding <> 'unrecognised' AND r.funding_source <> 'unrecognised' AND u.funding <> r.funding_source
GROUP BY u.unit_key
