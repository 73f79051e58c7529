/*---
code = "R10"
slug = "certificate-expired"
category = "mismatched_registrations"
severity = "S2"
since = "0.1.0"
grain = "unit"
inputs = ["registrations"]
optional_inputs = ["establishment_units"]
absence_claim = false
name = { zh = "证书过期或临期", en = "certificate expired or about to" }
what = { zh = "状态正常的事业单位法人证书已过有效期(S2),或在预警天数内到期(S4),且没有在效的换证受理记录。", en = "The certificate of a live registration has expired (S2) or will within the days of warning (S4), and no renewal is being handled." }
mistaken_for = { zh = "换证申请已受理、尚在办理时限内;已注销登记;已撤销机构由注销规则处理;有效期只填到月的按月末算。", en = "A renewal accepted and still within its time; deregistered institutions; abolished units, which the rule on deregistration covers; an end given as a month counts to its last day." }
verify = { zh = "查看证书原件有效期和换证受理单,有效期届满前三十日内应申请换领。", en = "Look at the certificate and the receipt of the application; renewal is due within the last thirty days." }
message = { zh = "{unit_name}法人证书有效期至{certificate_to}({days_left}天),请办理换证。", en = "The certificate of {unit_name} runs to {certificate_to} ({days_left} days left); renew it." }
legal_basis = [
  { law = "登", article = "§8", verified = true },
  { law = "细", article = "证书有效期及换证", verified = false },
]
[parameters.warn_days]
type = "integer"
default = 30
minimum = 0
doc = { zh = "到期前多少天起提示", en = "days before the end from which to warn" }
[parameters.handling_days]
type = "integer"
default = 60
minimum = 0
doc = { zh = "换证受理后多少天内视为办理中", en = "days after acceptance for which a renewal counts as under way" }
[columns.certificate_to]
type = "date"
title = { zh = "证书有效期至", en = "certificate valid to" }
[columns.days_left]
type = "integer"
unit = "days"
title = { zh = "剩余天数(负数为已过期)", en = "days left, negative when expired" }
[columns.renewal_accepted_on]
type = "date"
title = { zh = "换证受理日期", en = "renewal accepted on" }
[evidence]
registrations = ["unit_name", "credit_code", "registration_status", "certificate_from", "certificate_to", "renewal_accepted_on"]
---*/
WITH abolished AS (
  SELECT unit_key FROM establishment_units WHERE unit_key IS NOT NULL AND unit_status = 'abolished' GROUP BY unit_key
),
certificate AS (
  SELECT r.unit_key, r.row_id, r.certificate_to, r.certificate_to_day_max, r.renewal_accepted_on,
         r.certificate_to_day_max - p.as_of_day AS days_left,
         CASE WHEN r.renewal_accepted_on_day_max + p.handling_days >= p.as_of_day THEN 1 ELSE 0 END AS is_handled
  FROM registrations r CROSS JOIN params p
  WHERE r.unit_key IS NOT NULL AND r.registration_status = 'active' AND r.certificate_to_day_max IS NOT NULL
),
-- Of several certificates the one that runs longest counts.
unit AS (
  SELECT unit_key, MAX(days_left) AS days_left, MAX(certificate_to) AS certificate_to, MAX(is_handled) AS is_handled,
         MAX(renewal_accepted_on) AS renewal_accepted_on
  FROM certificate GROUP BY unit_key
),
shown AS (
  SELECT c.unit_key, MIN(c.row_id) AS registration_row
  FROM certificate c JOIN unit u ON u.unit_key = c.unit_key AND u.days_left = c.days_left
  GROUP BY c.unit_key
)
SELECT u.unit_key, CASE WHEN u.days_left < 0 THEN 'S2' ELSE 'S4' END AS severity,
       u.certificate_to, CAST(u.days_left AS BIGINT) AS days_left, u.renewal_accepted_on,
       s.registration_row AS row__registrations
FROM unit u
JOIN shown s ON s.unit_key = u.unit_key
LEFT JOIN abolished a ON a.unit_key = u.unit_key
CROSS JOIN params p
WHERE a.unit_key IS NULL AND u.is_handled = 0 AND u.days_left <= p.warn_days
