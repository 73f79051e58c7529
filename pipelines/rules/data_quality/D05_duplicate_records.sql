/*---
code = "D05"
slug = "duplicate-records"
category = "data_quality"
severity = "S3"
since = "0.1.0"
grain = "row"
inputs = ["establishment_staff", "hr_staff"]
absence_claim = false
name = { zh = "重复记录", en = "duplicate records" }
what = { zh = "同一人在同一单位有两条以上在编记录,或在人事库有两条以上同类记录。", en = "A person stands twice or more as active on one unit's register, or twice or more alike in HR." }
mistaken_for = { zh = "离开后又返回形成的一条离开、一条在岗不算重复;工资表按批次多行属正常,不查。", en = "One row of leaving and one of being back are no duplicate; several payroll rows by batch are normal and not looked at." }
verify = { zh = "按证据所列行号比对两条记录的证件号和入编时间,保留一条。", en = "Compare ID and entry date of the rows in the evidence and keep one." }
message = { zh = "{unit_name}{person_name}在{table_name}中有{records}条重复记录,请核对后保留一条。", en = "{person_name} of {unit_name} stands {records} times in the {table_name}; check and keep one." }
legal_basis = [ { law = "486", article = "§21–25", verified = true } ]
measure = "records"
[columns.table_name]
type = "text"
title = { zh = "数据表", en = "table" }
labels = { establishment_staff = { zh = "编制实名制信息", en = "establishment register" }, hr_staff = { zh = "人事信息", en = "HR records" } }
[columns.records]
type = "integer"
unit = "rows"
title = { zh = "记录条数", en = "records" }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "quota_type", "staff_status", "entry_date"]
hr_staff = ["name", "resident_id", "unit_name", "hr_status", "entered_on"]
---*/
WITH active AS (
  SELECT s.unit_key, s.person_key, s.row_id
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.person_key IS NOT NULL AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
),
-- Whoever has several rows anywhere; only those are looked at unit by unit.
active_often AS (
  SELECT person_key FROM active GROUP BY person_key HAVING CAST(COUNT(*) AS BIGINT) > 1
),
staff AS (
  SELECT a.unit_key, o.person_key, CAST(COUNT(*) AS BIGINT) AS records, MIN(a.row_id) AS first_row, MAX(a.row_id) AS last_row
  FROM active_often o JOIN active a ON a.person_key = o.person_key
  GROUP BY a.unit_key, o.person_key HAVING CAST(COUNT(*) AS BIGINT) > 1
),
-- A row of leaving beside one of being there tells of a return.
present AS (
  SELECT unit_key, person_key, row_id,
         CASE WHEN hr_status IN ('retired', 'transferred', 'resigned', 'dismissed', 'dead') THEN 1 ELSE 0 END AS is_gone
  FROM hr_staff WHERE unit_key IS NOT NULL AND person_key IS NOT NULL
),
present_often AS (
  SELECT person_key FROM present GROUP BY person_key HAVING CAST(COUNT(*) AS BIGINT) > 1
),
alike AS (
  SELECT r.unit_key, o.person_key, r.is_gone, CAST(COUNT(*) AS BIGINT) AS records, MIN(r.row_id) AS first_row, MAX(r.row_id) AS last_row
  FROM present_often o JOIN present r ON r.person_key = o.person_key
  GROUP BY r.unit_key, o.person_key, r.is_gone HAVING CAST(COUNT(*) AS BIGINT) > 1
),
hr AS (
  SELECT unit_key, person_key, CAST(SUM(records) AS BIGINT) AS records, MIN(first_row) AS first_row, MAX(last_row) AS last_row
  FROM alike GROUP BY unit_key, person_key
)
SELECT unit_key, person_key, 'establishment_staff' AS object_key, 'establishment_staff' AS table_name, records,
       first_row AS row__establishment_staff, last_row AS row__establishment_staff_2,
       CAST(NULL AS BIGINT) AS row__hr_staff, CAST(NULL AS BIGINT) AS row__hr_staff_2
FROM staff
UNION ALL
SELECT unit_key, person_key, 'hr_staff' AS object_key, 'hr_staff' AS table_name, records,
       CAST(NULL AS BIGINT) AS row__establishment_staff, CAST(NULL AS BIGINT) AS row__establishment_staff_2,
       first_row AS row__hr_staff, last_row AS row__hr_staff_2
FROM hr
