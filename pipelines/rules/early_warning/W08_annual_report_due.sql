/*---
code = "W08"
slug = "annual-report-due"
category = "early_warning"
severity = "S4"
since = "0.2.0"
grain = "unit"
inputs = ["registrations", "annual_reports"]
optional_inputs = ["establishment_units"]
absence_claim = true
name = { zh = "年报到期预警", en = "annual report due" }
what = { zh = "一月至三月,状态正常的事业单位法人尚未报送上一年度年度报告,3月31日截止。", en = "From January to March a live institution has not filed the report of the year before, which is due on 31 March." }
mistaken_for = { zh = "应报年度结束后才登记的单位;经批准免报、免公示的;已撤销、已注销的;年报行被退回的不提示;逾期由年度报告逾期(R11)判定。", en = "Units registered after the year; those exempt; abolished or struck off; a report set aside; overdue is R11." }
verify = { zh = "电话提醒单位登录登记管理系统报送,三月仍未报的书面警示。", en = "Remind the unit by phone to file; in March in writing." }
message = { zh = "{unit_name}尚未报送{report_year}年度报告,距3月31日截止还有{months_left}个月,请提醒报送。", en = "{unit_name} has not filed the annual report of {report_year}; {months_left} months are left to 31 March; remind." }
legal_basis = [ { law = "登", article = "§17", verified = true } ]
[parameters.horizon_months]
type = "integer"
default = 2
minimum = 0
doc = { zh = "截止前多少个月起提示(两个月即从一月起)", en = "months before the term from which to warn; two means from January" }
[columns.report_year]
type = "integer"
title = { zh = "报告年度", en = "year reported on" }
[columns.months_left]
type = "integer"
unit = "months"
title = { zh = "剩余月数", en = "months left" }
[evidence]
registrations = ["unit_name", "credit_code", "registration_status", "registered_on"]
---*/
WITH clock AS (
  SELECT period_no, horizon_months, CAST(FLOOR(CAST(period_no AS DOUBLE) / 12.0) AS BIGINT) AS this_year FROM params
),
-- March is the month with the number two of its year.
term AS (
  SELECT this_year - 1 AS report_year, this_year * 12 + 2 - period_no AS months_left
  FROM clock
  WHERE this_year * 12 + 2 - period_no >= 0 AND this_year * 12 + 2 - period_no <= horizon_months
),
abolished AS (
  SELECT unit_key FROM establishment_units WHERE unit_key IS NOT NULL AND unit_status = 'abolished' GROUP BY unit_key
),
registered AS (
  SELECT r.unit_key, t.report_year, t.months_left, MIN(r.row_id) AS registration_row, MIN(r.unit_name_folded) AS name, MIN(r.credit_code) AS code
  FROM registrations r CROSS JOIN term t
  WHERE r.unit_key IS NOT NULL AND r.registration_status = 'active'
    AND (r.registered_on_month IS NULL OR r.registered_on_month < (t.report_year + 1) * 12)
  GROUP BY r.unit_key, t.report_year, t.months_left
),
-- Filed, exempt, or set aside: each takes the unit off the list.
filed AS (
  SELECT a.unit_key FROM annual_reports a CROSS JOIN term t
  WHERE a.unit_key IS NOT NULL AND a.report_year = t.report_year
  GROUP BY a.unit_key
),
set_aside AS (
  SELECT unit_key FROM rejected_rows WHERE table_name = 'annual_reports' AND unit_key IS NOT NULL GROUP BY unit_key
),
loose_name AS (
  SELECT unit_name_folded FROM annual_reports WHERE unit_key IS NULL AND unit_name_folded IS NOT NULL GROUP BY unit_name_folded
),
loose_code AS (
  SELECT credit_code FROM annual_reports WHERE unit_key IS NULL AND credit_code IS NOT NULL GROUP BY credit_code
)
SELECT r.unit_key, r.report_year, r.months_left, r.registration_row AS row__registrations
FROM registered r
LEFT JOIN filed f ON f.unit_key = r.unit_key
LEFT JOIN set_aside x ON x.unit_key = r.unit_key
LEFT JOIN abolished b ON b.unit_key = r.unit_key
LEFT JOIN loose_name n ON n.unit_name_folded = r.name
LEFT JOIN loose_code c ON c.credit_code = r.code
WHERE f.unit_key IS NULL AND x.unit_key IS NULL AND b.unit_key IS NULL AND n.unit_name_folded IS NULL AND c.credit_code IS NULL
