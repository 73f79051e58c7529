/*---
code = "R11"
slug = "annual-report-overdue"
category = "mismatched_registrations"
severity = "S3"
since = "0.1.0"
grain = "unit"
inputs = ["registrations", "annual_reports"]
optional_inputs = ["establishment_units"]
absence_claim = true
name = { zh = "年度报告逾期", en = "annual report overdue" }
what = { zh = "状态正常的事业单位法人,截止期(3月31日)后仍未报送上一年度年度报告(S3),或逾期才报送(S4)。", en = "A live institution has not filed the report of the year before by its term, 31 March (S3), or filed it late (S4)." }
mistaken_for = { zh = "应报年度结束后才登记的单位;涉密等经批准免于公示的;已撤销、已注销的;年报行被退回,或年报名称、代码相同而未匹配的不判定。", en = "Units registered after the end of the year; those exempt by approval, secret ones; abolished or struck off; a report set aside, or one of the same name or code left unlinked." }
verify = { zh = "查登记管理系统年度报告报送记录和公示页面。", en = "Look at the filings in the registration system and at the published page." }
message = { zh = "{unit_name}{report_year}年度报告{kind}(报送:{filed_on}),截止期为次年3月31日,请督促报送、公示。", en = "{unit_name}: the annual report of {report_year} was {kind} (filed {filed_on}); it was due on 31 March; have it filed and published." }
legal_basis = [ { law = "登", article = "§17", verified = true } ]
[parameters.due_month]
type = "integer"
default = 3
minimum = 1
doc = { zh = "年报截止月份(该月月末)", en = "month at whose end the report is due" }
[columns.report_year]
type = "integer"
title = { zh = "报告年度", en = "year reported on" }
[columns.kind]
type = "text"
title = { zh = "情形", en = "kind" }
labels = { missing = { zh = "未报送", en = "not filed" }, late = { zh = "逾期报送", en = "filed late" } }
[columns.filed_on]
type = "date"
title = { zh = "报送日期", en = "filed on" }
[evidence]
registrations = ["unit_name", "credit_code", "registration_status", "registered_on"]
annual_reports = ["unit_name", "report_year", "filed_on", "filing_exempt"]
---*/
WITH clock AS (
  SELECT period_no, due_month, CAST(FLOOR(CAST(period_no AS DOUBLE) / 12.0) AS BIGINT) AS this_year FROM params
),
due AS (
  SELECT CASE WHEN period_no - this_year * 12 >= due_month THEN this_year - 1 ELSE this_year - 2 END AS due_year FROM clock
),
abolished AS (
  SELECT unit_key FROM establishment_units WHERE unit_key IS NOT NULL AND unit_status = 'abolished' GROUP BY unit_key
),
registered AS (
  SELECT r.unit_key, d.due_year, MIN(r.row_id) AS registration_row, MIN(r.unit_name_folded) AS name, MIN(r.credit_code) AS code
  FROM registrations r CROSS JOIN due d
  WHERE r.unit_key IS NOT NULL AND r.registration_status = 'active'
    AND (r.registered_on_month IS NULL OR r.registered_on_month < (d.due_year + 1) * 12)
  GROUP BY r.unit_key, d.due_year
),
filed AS (
  SELECT a.unit_key, MIN(a.filed_on) AS filed_on, MIN(a.filed_on_month) AS filed_month, MIN(a.row_id) AS report_row,
         MAX(CASE WHEN a.filing_exempt = 'yes' THEN 1 ELSE 0 END) AS is_exempt
  FROM annual_reports a CROSS JOIN due d
  WHERE a.unit_key IS NOT NULL AND a.report_year = d.due_year
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
),
judged AS (
  SELECT r.unit_key, r.due_year, r.registration_row, f.filed_on, f.report_row,
         CASE WHEN f.unit_key IS NULL THEN 'missing'
              WHEN f.is_exempt = 1 THEN 'fine'
              WHEN f.filed_month >= (r.due_year + 1) * 12 + p.due_month THEN 'late'
              ELSE 'fine' END AS kind
  FROM registered r
  LEFT JOIN filed f ON f.unit_key = r.unit_key
  LEFT JOIN abolished b ON b.unit_key = r.unit_key
  LEFT JOIN set_aside x ON x.unit_key = r.unit_key
  LEFT JOIN loose_name n ON n.unit_name_folded = r.name
  LEFT JOIN loose_code c ON c.credit_code = r.code
  CROSS JOIN params p
  WHERE b.unit_key IS NULL AND x.unit_key IS NULL AND n.unit_name_folded IS NULL AND c.credit_code IS NULL
)
SELECT unit_key, CASE WHEN kind = 'missing' THEN 'S3' ELSE 'S4' END AS severity,
       due_year AS report_year, kind, filed_on, registration_row AS row__registrations, report_row AS row__annual_reports
FROM judged
WHERE kind <> 'fine'
