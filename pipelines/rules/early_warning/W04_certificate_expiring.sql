/*---
code = "W04"
slug = "certificate-expiring"
category = "early_warning"
severity = "S4"
since = "0.2.0"
grain = "unit"
inputs = ["registrations"]
absence_claim = false
name = { zh = "证书临期预警", en = "certificate about to expire" }
what = { zh = "事业单位法人证书将在预警期内到期。", en = "The certificate of an institution expires within the horizon." }
mistaken_for = { zh = "已注销、暂停的不提示;同一单位另有更晚有效期的登记行的不提示;只有年月或年份的,按最早可能的日期提示;已过期的由登记规则判定。", en = "Deregistered or suspended; another row of the unit with a later end; an end known to the month counts from its first day; an expired certificate is a matter of the registration rules." }
verify = { zh = "通知单位在到期前三十日内申请换领证书。", en = "Tell the unit to renew within the thirty days before the end." }
message = { zh = "{unit_name}事业单位法人证书将于{certificate_to}到期,还有{days_left}天,请及时换领。", en = "The certificate of {unit_name} ends on {certificate_to}, in {days_left} days; renew in time." }
legal_basis = [ { law = "细", article = "证书有效期", verified = false } ]
[parameters.horizon_days]
type = "integer"
default = 90
minimum = 0
doc = { zh = "预警期(天)", en = "horizon in days" }
[columns.certificate_to]
type = "date"
title = { zh = "证书有效期至", en = "certificate valid to" }
[columns.days_left]
type = "integer"
unit = "days"
title = { zh = "剩余天数", en = "days left" }
[evidence]
registrations = ["unit_name", "credit_code", "registration_status", "certificate_from", "certificate_to"]
---*/
WITH latest AS (
  SELECT r.unit_key, MAX(r.certificate_to_day_min) AS last_day
  FROM registrations r
  WHERE r.unit_key IS NOT NULL AND r.registration_status = 'active' AND r.certificate_to_day_min IS NOT NULL
  GROUP BY r.unit_key
),
due AS (
  SELECT r.unit_key, MIN(r.certificate_to) AS certificate_to, MIN(r.row_id) AS row_id, MIN(l.last_day - p.as_of_day) AS days_left
  FROM registrations r JOIN latest l ON l.unit_key = r.unit_key AND l.last_day = r.certificate_to_day_min CROSS JOIN params p
  WHERE r.registration_status = 'active' AND l.last_day >= p.as_of_day AND l.last_day - p.as_of_day <= p.horizon_days
  GROUP BY r.unit_key
)
SELECT unit_key, certificate_to, CAST(days_left AS BIGINT) AS days_left, row_id AS row__registrations
FROM due
