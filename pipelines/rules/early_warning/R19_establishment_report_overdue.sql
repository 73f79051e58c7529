/*---
code = "R19"
slug = "establishment-report-overdue"
category = "early_warning"
severity = "S4"
since = "0.1.0"
grain = "unit"
inputs = ["establishment_units", "establishment_reports"]
absence_claim = true
name = { zh = "机构编制报告逾期", en = "establishment report overdue" }
what = { zh = "在册机构未在次年1月底(机构编制委员会为2月底)前报告上一年度机构编制执行情况,或逾期才报告。", en = "An active unit did not report on its establishment of the year before by the end of January (the establishment commission: February), or reported late." }
mistaken_for = { zh = "各省时限不同,按当地规定调整参数;应报年度结束后才设立的机构;已撤销机构;报告行被退回或名称相同而未匹配的不判定。", en = "Provinces set other terms, see the parameters; units founded after the year; abolished ones; reports set aside or left unlinked under the same name." }
verify = { zh = "查机构编制报告登记簿和收文记录。", en = "Look at the log of reports and the incoming mail." }
message = { zh = "{unit_name}{report_year}年度机构编制报告{kind}(报告:{reported_on}),请督促报送。", en = "{unit_name}: the establishment report of {report_year} was {kind} (reported {reported_on}); have it sent in." }
legal_basis = [ { law = "甘肃", article = "§34", verified = true } ]
[parameters.unit_due_month]
type = "integer"
default = 1
minimum = 1
doc = { zh = "单位报告截止月份(该月月末)", en = "month at whose end a unit's report is due" }
[parameters.commission_due_month]
type = "integer"
default = 2
minimum = 1
doc = { zh = "编委报告截止月份(该月月末)", en = "month at whose end a commission's report is due" }
[columns.report_year]
type = "integer"
title = { zh = "报告年度", en = "year reported on" }
[columns.kind]
type = "text"
title = { zh = "情形", en = "kind" }
labels = { missing = { zh = "未报送", en = "not sent" }, late = { zh = "逾期报送", en = "sent late" } }
[columns.reported_on]
type = "date"
title = { zh = "报告时间", en = "reported on" }
[evidence]
establishment_units = ["unit_name", "unit_code", "unit_status", "established_on"]
establishment_reports = ["unit_name", "report_year", "reported_on"]
---*/
WITH unit AS (
  SELECT u.unit_key, u.row_id, u.unit_name_folded, u.established_on_month, p.period_no,
         CAST(FLOOR(CAST(p.period_no AS DOUBLE) / 12.0) AS BIGINT) AS this_year,
         CASE WHEN SPLIT_PART(u.unit_name, '机构编制委员会', 1) <> u.unit_name THEN p.commission_due_month ELSE p.unit_due_month END AS due_month
  FROM establishment_units u CROSS JOIN params p
  WHERE u.unit_key IS NOT NULL AND u.unit_status = 'active'
),
due AS (
  SELECT unit_key, row_id, unit_name_folded, established_on_month, due_month,
         CASE WHEN period_no - this_year * 12 >= due_month THEN this_year - 1 ELSE this_year - 2 END AS due_year
  FROM unit
),
owing AS (
  SELECT unit_key, due_year, due_month, MIN(row_id) AS unit_row, MIN(unit_name_folded) AS name
  FROM due
  WHERE established_on_month IS NULL OR established_on_month < (due_year + 1) * 12
  GROUP BY unit_key, due_year, due_month
),
sent AS (
  SELECT unit_key, report_year AS sent_year, MIN(reported_on) AS reported_on, MIN(reported_on_month) AS sent_month, MIN(row_id) AS report_row
  FROM establishment_reports
  WHERE unit_key IS NOT NULL
  GROUP BY unit_key, report_year
),
set_aside AS (
  SELECT unit_key FROM rejected_rows WHERE table_name = 'establishment_reports' AND unit_key IS NOT NULL GROUP BY unit_key
),
loose AS (
  SELECT unit_name_folded FROM establishment_reports WHERE unit_key IS NULL AND unit_name_folded IS NOT NULL GROUP BY unit_name_folded
),
judged AS (
  SELECT o.unit_key, o.due_year, o.unit_row, s.reported_on, s.report_row,
         CASE WHEN s.unit_key IS NULL THEN 'missing'
              WHEN s.sent_month >= (o.due_year + 1) * 12 + o.due_month THEN 'late' ELSE 'fine' END AS kind
  FROM owing o
  LEFT JOIN sent s ON s.unit_key = o.unit_key AND s.sent_year = o.due_year
  LEFT JOIN set_aside x ON x.unit_key = o.unit_key
  LEFT JOIN loose n ON n.unit_name_folded = o.name
  WHERE x.unit_key IS NULL AND n.unit_name_folded IS NULL
)
SELECT unit_key, due_year AS report_year, kind, reported_on, unit_row AS row__establishment_units, report_row AS row__establishment_reports
FROM judged
WHERE kind <> 'fine'
