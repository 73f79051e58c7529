/*---
code = "R13"
slug = "late-deregistration"
category = "mismatched_registrations"
severity = "S2"
since = "0.1.0"
grain = "unit"
inputs = ["establishment_units", "registrations"]
absence_claim = false
name = { zh = "注销不及时", en = "late deregistration" }
what = { zh = "机构已撤销而法人登记仍为正常:清算结束超过十五日,或无清算记录而撤销已超过十二个月。", en = "An abolished unit is still registered as live: more than fifteen days after its liquidation ended, or, without one on record, more than twelve months after the abolition." }
mistaken_for = { zh = "债权债务诉讼未了、清算仍在进行(有清算结束日期的以该日期起算);撤销日期未登记的不判定;撤并后同一法人由新机构承继、编制库另有在册机构的不判定。", en = "Lawsuits and a liquidation under way (where its end is recorded, that counts); no recorded day of abolition; a legal person carried on by a unit that is still active in the register." }
verify = { zh = "调取撤销批文、清算报告和注销登记申请;清算结束之日起十五日内应申请注销。", en = "Take the document of abolition, the liquidation report and the application; deregistration is due within fifteen days of the end of liquidation." }
message = { zh = "{unit_name}已于{abolished_on}撤销(清算结束:{liquidated_on}),法人登记仍为正常,请申请注销登记。", en = "{unit_name} was abolished on {abolished_on} (liquidation ended {liquidated_on}) and is still registered as live; apply for deregistration." }
legal_basis = [ { law = "登", article = "§13,19(1)", verified = true } ]
measure = "days_late"
[parameters.days_after_liquidation]
type = "integer"
default = 15
minimum = 0
doc = { zh = "清算结束后应申请注销的天数", en = "days after the end of liquidation within which to apply" }
[parameters.days_after_abolition]
type = "integer"
default = 365
minimum = 0
doc = { zh = "无清算记录时,撤销后的宽限天数", en = "days of grace after the abolition where no liquidation is on record" }
[columns.abolished_on]
type = "date"
title = { zh = "撤销日期", en = "abolished on" }
[columns.liquidated_on]
type = "date"
title = { zh = "清算结束日期", en = "liquidation ended on" }
[columns.days_late]
type = "integer"
unit = "days"
title = { zh = "超期天数", en = "days late" }
[evidence]
establishment_units = ["unit_name", "unit_code", "unit_status", "abolished_on"]
registrations = ["unit_name", "credit_code", "registration_status", "liquidated_on", "deregistered_on"]
---*/
WITH living AS (
  SELECT unit_key FROM establishment_units WHERE unit_key IS NOT NULL AND unit_status = 'active'
  UNION
  SELECT unit_key FROM rejected_rows WHERE table_name IN ('establishment_units', 'registrations') AND unit_key IS NOT NULL
),
abolished AS (
  SELECT unit_key, MAX(abolished_on) AS abolished_on, MAX(abolished_on_day_max) AS abolished_day, MIN(row_id) AS unit_row
  FROM establishment_units
  WHERE unit_key IS NOT NULL AND unit_status = 'abolished' AND abolished_on_day_max IS NOT NULL
  GROUP BY unit_key
),
registered AS (
  SELECT unit_key, MAX(liquidated_on) AS liquidated_on, MAX(liquidated_on_day_max) AS liquidated_day, MIN(row_id) AS registration_row
  FROM registrations
  WHERE unit_key IS NOT NULL AND registration_status = 'active' AND deregistered_on IS NULL
  GROUP BY unit_key
),
due AS (
  SELECT a.unit_key, a.abolished_on, r.liquidated_on, a.unit_row, r.registration_row,
         p.as_of_day - CASE WHEN r.liquidated_day IS NULL THEN a.abolished_day + p.days_after_abolition
                            ELSE r.liquidated_day + p.days_after_liquidation END AS days_late
  FROM abolished a JOIN registered r ON r.unit_key = a.unit_key CROSS JOIN params p
)
SELECT d.unit_key, d.abolished_on, d.liquidated_on, CAST(d.days_late AS BIGINT) AS days_late,
       d.unit_row AS row__establishment_units, d.registration_row AS row__registrations
FROM due d LEFT JOIN living l ON l.unit_key = d.unit_key
WHERE l.unit_key IS NULL AND d.days_late > 0
