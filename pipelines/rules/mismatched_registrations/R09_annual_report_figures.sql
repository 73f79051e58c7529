/*---
code = "R09"
slug = "annual-report-figures"
category = "mismatched_registrations"
severity = "S3"
since = "0.1.0"
grain = "unit"
inputs = ["annual_reports", "establishment_units", "establishment_staff", "quotas"]
absence_claim = false
name = { zh = "年报编制数、人数不符", en = "annual report differs from the register" }
what = { zh = "应报年度的年度报告所填编制数或在编人数,与编制库该年12月31日的核定编制数、在编人数不一致。", en = "The posts or the staff that the annual report states for the year due differ from the establishment register's on 31 December of that year." }
mistaken_for = { zh = "年报按年末时点填报,应与年末而非当前比较;周转池、调借编制不计入编制数、人员计入在编人数;年报未填的项不比对;该单位编制或人员行被退回的不判定。", en = "A report speaks of the end of its year, not of today; pooled and loaned posts are no own posts, their holders are staff; items left blank; units with quota or staff rows set aside." }
verify = { zh = "以年末编制台账和实名制名册核对年报填报数,由填错的一方更正。", en = "Check the figures of the report against the ledger and the roll of the year's end; whoever is wrong corrects." }
message = { zh = "{unit_name}{report_year}年度报告{kind}填报{reported},编制库年末为{registered},请核对更正。", en = "{unit_name}: the annual report of {report_year} gives {kind} as {reported}, the register has {registered} at the year's end; check and correct." }
legal_basis = [ { law = "登", article = "§8", verified = true } ]
measure = "gap"
[parameters.tolerance]
type = "integer"
default = 0
minimum = 0
doc = { zh = "允许的差数", en = "difference that is let pass" }
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
title = { zh = "项目", en = "item" }
labels = { quota = { zh = "编制数", en = "posts" }, staff = { zh = "在编人数", en = "staff" } }
[columns.reported]
type = "integer"
title = { zh = "年报填报数", en = "figure in the report" }
[columns.registered]
type = "integer"
title = { zh = "编制库年末数", en = "figure in the register at the year's end" }
[columns.gap]
type = "integer"
title = { zh = "差数", en = "difference" }
[evidence]
annual_reports = ["unit_name", "credit_code", "report_year", "filed_on", "quota_count", "staff_count"]
establishment_units = ["unit_name", "unit_code", "quota_total"]
---*/
WITH clock AS (
  SELECT period_no, due_month, CAST(FLOOR(CAST(period_no AS DOUBLE) / 12.0) AS BIGINT) AS this_year FROM params
),
-- The report of last year is due at the end of March; until then the one before is the latest due.
due AS (
  SELECT CASE WHEN period_no - this_year * 12 >= due_month THEN this_year - 1 ELSE this_year - 2 END AS due_year FROM clock
),
unit AS (
  SELECT unit_key, MIN(row_id) AS unit_row
  FROM establishment_units WHERE unit_key IS NOT NULL AND unit_status = 'active' GROUP BY unit_key
),
unsure AS (
  SELECT unit_key FROM rejected_rows
  WHERE table_name IN ('quotas', 'establishment_staff', 'annual_reports') AND unit_key IS NOT NULL
  GROUP BY unit_key
),
report AS (
  SELECT r.unit_key, d.due_year, (d.due_year + 1) * 12 - 1 AS december, MIN(r.quota_count) AS quota_count,
         MIN(r.staff_count) AS staff_count, MIN(r.row_id) AS report_row, MAX(r.quota_count) AS quota_most, MAX(r.staff_count) AS staff_most
  FROM annual_reports r CROSS JOIN due d
  WHERE r.unit_key IS NOT NULL AND r.report_year = d.due_year
  GROUP BY r.unit_key, d.due_year
),
-- At the end of December: what began in it or before, and did not end in it or before.
quota AS (
  SELECT q.unit_key, CAST(SUM(q.approved) AS BIGINT) AS approved
  FROM quotas q JOIN report r ON r.unit_key = q.unit_key
  WHERE q.bucket = 'own' AND (q.valid_from_month IS NULL OR q.valid_from_month <= r.december)
    AND (q.valid_to_month IS NULL OR q.valid_to_month > r.december)
  GROUP BY q.unit_key
),
staff AS (
  SELECT s.unit_key,
         CAST(COUNT(DISTINCT s.person_key) AS BIGINT)
           + CAST(SUM(CASE WHEN s.person_key IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS actual
  FROM establishment_staff s JOIN report r ON r.unit_key = s.unit_key
  WHERE s.staff_status IN ('on_post', 'off_post', 'left', 'retired', 'dead')
    AND (s.staff_status IN ('on_post', 'off_post') OR s.exit_date_month IS NOT NULL)
    AND (s.entry_date_month IS NULL OR s.entry_date_month <= r.december)
    AND (s.exit_date_month IS NULL OR s.exit_date_month > r.december)
  GROUP BY s.unit_key
),
compared AS (
  SELECT r.unit_key, r.due_year, 'quota' AS kind, r.quota_count AS reported, COALESCE(q.approved, 0) AS registered, r.report_row
  FROM report r LEFT JOIN quota q ON q.unit_key = r.unit_key
  WHERE r.quota_count IS NOT NULL AND r.quota_count = r.quota_most
  UNION ALL
  SELECT r.unit_key, r.due_year, 'staff' AS kind, r.staff_count AS reported, COALESCE(s.actual, 0) AS registered, r.report_row
  FROM report r LEFT JOIN staff s ON s.unit_key = r.unit_key
  WHERE r.staff_count IS NOT NULL AND r.staff_count = r.staff_most
),
measured AS (
  SELECT unit_key, due_year, kind, reported, registered, report_row,
         CASE WHEN reported > registered THEN reported - registered ELSE registered - reported END AS gap
  FROM compared
)
SELECT m.unit_key, m.kind AS object_key, m.due_year AS report_year, m.kind, m.reported, m.registered, m.gap,
       m.report_row AS row__annual_reports, u.unit_row AS row__establishment_units
FROM measured m
JOIN unit u ON u.unit_key = m.unit_key
LEFT JOIN unsure x ON x.unit_key = m.unit_key
CROSS JOIN params p
WHERE x.unit_key IS NULL AND m.gap > p.tolerance
