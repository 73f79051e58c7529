/*---
code = "R03"
slug = "credit-code-mismatch"
category = "mismatched_registrations"
severity = "S2"
since = "0.1.0"
grain = "unit"
inputs = ["establishment_units", "registrations"]
absence_claim = false
name = { zh = "信用代码不符", en = "credit code mismatch" }
what = { zh = "同一单位在编制库与登记库的统一社会信用代码不一致,或登记代码校验不通过、一码多单位、事业单位(含参公)代码不以12开头。", en = "A unit's credit code differs between the establishment register and the registration, or the registered code fails its check, stands for two units, or is an institution's and does not begin with 12." }
mistaken_for = { zh = "合并、更名后依法更码而编制库未更新;字母O与数字0的录入差错;已注销的登记不比对。", en = "A code lawfully changed after a merger; the letter O typed for zero; deregistered rows are not compared." }
verify = { zh = "查全国组织机构统一社会信用代码公示系统和法人证书原件。", en = "Look the code up in the public system of unified codes and on the certificate." }
message = { zh = "{unit_name}{kind}:编制库为{register_code},登记库为{registration_code},请核对法人证书并更正。", en = "{unit_name}: {kind}; {register_code} in the establishment register, {registration_code} in the registration; check the certificate and correct." }
legal_basis = [ { law = "GB32100", article = "代码构成与校验", verified = true } ]
[columns.kind]
type = "text"
title = { zh = "不符类型", en = "kind of mismatch" }
labels = { differs = { zh = "信用代码不一致", en = "the codes differ" }, invalid = { zh = "登记的信用代码校验不通过", en = "the registered code fails its check" }, duplicate = { zh = "信用代码与其他单位重复", en = "the code stands for another unit too" }, prefix = { zh = "事业单位信用代码不以12开头", en = "an institution's code does not begin with 12" } }
[columns.register_code]
type = "text"
title = { zh = "编制库信用代码", en = "code in the establishment register" }
[columns.registration_code]
type = "text"
title = { zh = "登记库信用代码", en = "code in the registration" }
[evidence]
establishment_units = ["unit_name", "unit_code", "credit_code", "nature"]
registrations = ["unit_name", "unit_code", "credit_code", "registration_status", "registered_on", "changed_on"]
---*/
WITH unit AS (
  SELECT unit_key, row_id, credit_code, nature FROM establishment_units WHERE unit_key IS NOT NULL AND unit_status = 'active'
),
registration AS (
  SELECT unit_key, row_id, credit_code, credit_code_state
  FROM registrations
  WHERE unit_key IS NOT NULL AND credit_code IS NOT NULL AND registration_status = 'active'
),
agreed AS (
  SELECT u.unit_key
  FROM unit u JOIN registration r ON r.unit_key = u.unit_key AND r.credit_code = u.credit_code
  GROUP BY u.unit_key
),
repeated AS (
  SELECT credit_code, MIN(unit_key) AS first_key, MAX(unit_key) AS last_key, MIN(row_id) AS first_row, MAX(row_id) AS last_row
  FROM registration
  GROUP BY credit_code
  HAVING CAST(COUNT(DISTINCT unit_key) AS BIGINT) > 1
),
found AS (
  SELECT u.unit_key, 'differs' AS kind, u.credit_code AS register_code, r.credit_code AS registration_code,
         u.row_id AS unit_row, r.row_id AS registration_row, CAST(NULL AS BIGINT) AS other_row
  FROM unit u
  JOIN registration r ON r.unit_key = u.unit_key
  LEFT JOIN agreed a ON a.unit_key = u.unit_key
  WHERE a.unit_key IS NULL AND u.credit_code <> r.credit_code
  UNION ALL
  SELECT u.unit_key, 'invalid' AS kind, u.credit_code AS register_code, r.credit_code AS registration_code,
         u.row_id AS unit_row, r.row_id AS registration_row, CAST(NULL AS BIGINT) AS other_row
  FROM unit u JOIN registration r ON r.unit_key = u.unit_key
  WHERE r.credit_code_state IN ('bad_check_digit', 'malformed')
  UNION ALL
  SELECT u.unit_key, 'duplicate' AS kind, u.credit_code AS register_code, r.credit_code AS registration_code,
         u.row_id AS unit_row, r.row_id AS registration_row,
         CASE WHEN d.first_row = r.row_id THEN d.last_row ELSE d.first_row END AS other_row
  FROM unit u
  JOIN registration r ON r.unit_key = u.unit_key
  JOIN repeated d ON d.credit_code = r.credit_code
  UNION ALL
  SELECT u.unit_key, 'prefix' AS kind, u.credit_code AS register_code, r.credit_code AS registration_code,
         u.row_id AS unit_row, r.row_id AS registration_row, CAST(NULL AS BIGINT) AS other_row
  FROM unit u JOIN registration r ON r.unit_key = u.unit_key
  WHERE u.nature IN ('institution', 'civil_service_like') AND r.credit_code_state = 'valid' AND SUBSTR(r.credit_code, 1, 2) <> '12'
)
SELECT unit_key, kind AS object_key, kind, MIN(register_code) AS register_code, MIN(registration_code) AS registration_code,
       MIN(unit_row) AS row__establishment_units, MIN(registration_row) AS row__registrations, MIN(other_row) AS row__registrations_2
FROM found
GROUP BY unit_key, kind
