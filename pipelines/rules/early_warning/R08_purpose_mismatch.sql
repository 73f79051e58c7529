/*---
code = "R08"
slug = "purpose-mismatch"
category = "early_warning"
severity = "S4"
since = "0.1.0"
grain = "unit"
inputs = ["establishment_units", "registrations"]
optional_inputs = ["purpose_matches"]
absence_claim = false
name = { zh = "宗旨业务范围与三定不符", en = "purpose is not the duties" }
what = { zh = "登记的宗旨和业务范围与编制库主要职责相似度过低,或三定规定印发超过变更登记期限而登记一直未变更。", en = "The registered purpose is hardly like the duties in the establishment register, or the document of duties is newer than the last change of the registration by more than the time to register one." }
mistaken_for = { zh = "措辞繁简不同而内容一致;任一方未填的不比对;三定印发未满三十个工作日;三定修订不涉及该单位职责的。", en = "The same matter in other words; blanks on either side; a document within thirty working days; a revision that does not touch the unit's duties." }
verify = { zh = "对照三定规定和法人证书逐条看业务范围,确有变化的办理变更登记。", en = "Hold the document of duties against the certificate, item by item; register the change where there is one." }
message = { zh = "{unit_name}{kind}(相似度{alike}%,三定印发:{duties_on},最近登记变更:{changed_on}),请核对业务范围。", en = "{unit_name}: {kind} (likeness {alike}%, document of duties {duties_on}, last change {changed_on}); check the purpose." }
legal_basis = [ { law = "登", article = "§8", verified = true } ]
[parameters.min_percent]
type = "integer"
default = 25
minimum = 0
doc = { zh = "相似度低于多少提示", en = "likeness in per cent under which to report" }
[parameters.grace_days]
type = "integer"
default = 45
minimum = 0
doc = { zh = "三定印发后的宽限天数(三十个工作日约四十五天)", en = "days of grace after the document (thirty working days are about forty-five)" }
[columns.kind]
type = "text"
title = { zh = "情形", en = "kind" }
labels = { differs = { zh = "业务范围与职责相似度低", en = "purpose and duties are hardly alike" }, outdated = { zh = "三定修订后登记未变更", en = "duties are newer than the registration" } }
[columns.alike]
type = "integer"
unit = "per cent"
title = { zh = "相似度", en = "likeness" }
[columns.duties_on]
type = "date"
title = { zh = "三定印发日期", en = "date of the document of duties" }
[columns.changed_on]
type = "date"
title = { zh = "最近登记变更", en = "last change of the registration" }
[evidence]
establishment_units = ["unit_name", "unit_code", "duties", "duties_on"]
registrations = ["unit_name", "credit_code", "purpose", "registered_on", "changed_on"]
---*/
WITH unit AS (
  SELECT unit_key, MIN(row_id) AS unit_row, MAX(duties_on) AS duties_on, MAX(duties_on_day_max) AS duties_day
  FROM establishment_units WHERE unit_key IS NOT NULL AND unit_status = 'active' GROUP BY unit_key
),
registration AS (
  SELECT unit_key, MIN(row_id) AS registration_row, MAX(COALESCE(changed_on, registered_on)) AS changed_on,
         MAX(COALESCE(changed_on_day_max, registered_on_day_max)) AS changed_day
  FROM registrations WHERE unit_key IS NOT NULL AND registration_status = 'active' GROUP BY unit_key
),
matched AS (
  SELECT unit_key, MAX(likeness) AS alike FROM purpose_matches WHERE unit_key IS NOT NULL GROUP BY unit_key
),
judged AS (
  SELECT u.unit_key, u.unit_row, r.registration_row, m.alike, u.duties_on, r.changed_on,
         CASE WHEN m.alike < p.min_percent THEN 'differs'
              WHEN u.duties_day > r.changed_day AND u.duties_day + p.grace_days < p.as_of_day THEN 'outdated'
              ELSE 'fine' END AS kind
  FROM unit u
  JOIN registration r ON r.unit_key = u.unit_key
  LEFT JOIN matched m ON m.unit_key = u.unit_key
  CROSS JOIN params p
)
SELECT unit_key, kind, alike, duties_on, changed_on, unit_row AS row__establishment_units, registration_row AS row__registrations
FROM judged
WHERE kind <> 'fine'
