/*---
code = "D01"
slug = "incomplete-records"
category = "data_quality"
severity = "S3"
since = "0.1.0"
grain = "unit"
inputs = ["establishment_staff", "hr_staff"]
absence_claim = false
name = { zh = "信息不完整", en = "incomplete records" }
what = { zh = "单位人员信息必填项加权完整率低于标准。", en = "The weighted fill rate of a unit's mandatory fields is below the standard." }
mistaken_for = { zh = "该来源本就不采集的字段;人数很少的单位一条缺项即低于标准。", en = "Fields the source does not collect; in a very small unit one gap is enough." }
verify = { zh = "按证据所列文件和行号查看缺项,向单位索取原件补录。", en = "Look at the rows in the evidence and ask the unit for the missing items." }
message = { zh = "{unit_name}{table_name}共{records}条,必填项完整率{score}分(标准{min_score}分),缺{missing}项,其中缺身份证号{missing_ids}条,请补录。", en = "{unit_name}: {table_name}, {records} records, fill rate {score} (standard {min_score}), {missing} items missing, {missing_ids} of them resident IDs; complete them." }
legal_basis = [ { law = "486", article = "§21–25", verified = true } ]
measure = "missing"
[parameters.min_score]
type = "integer"
default = 95
minimum = 0
doc = { zh = "加权完整率标准(百分制)", en = "least weighted fill rate, out of 100" }
[columns.table_name]
type = "text"
title = { zh = "数据表", en = "table" }
labels = { establishment_staff = { zh = "编制实名制信息", en = "establishment register" }, hr_staff = { zh = "人事信息", en = "HR records" } }
[columns.records]
type = "integer"
unit = "rows"
title = { zh = "记录数", en = "records" }
[columns.score]
type = "integer"
unit = "percent"
title = { zh = "加权完整率(向下取整)", en = "weighted fill rate, rounded down" }
[columns.missing]
type = "integer"
unit = "items"
title = { zh = "缺项数", en = "items missing" }
[columns.missing_ids]
type = "integer"
unit = "rows"
title = { zh = "缺身份证号", en = "resident IDs missing" }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "quota_type", "entry_date", "staff_status"]
hr_staff = ["name", "resident_id", "unit_name", "hr_status"]
---*/
WITH staff AS (
  SELECT unit_key, row_id, person_key,
         CASE WHEN resident_id IS NULL THEN 1 ELSE 0 END AS no_id,
         CASE WHEN resident_id IS NULL THEN 0 ELSE 30 END + CASE WHEN name IS NULL THEN 0 ELSE 10 END
           + CASE WHEN unit_name IS NULL THEN 0 ELSE 15 END + CASE WHEN quota_type IS NULL THEN 0 ELSE 15 END
           + CASE WHEN entry_date_day_min IS NULL THEN 0 ELSE 15 END + CASE WHEN staff_status IS NULL THEN 0 ELSE 15 END AS points,
         CASE WHEN resident_id IS NULL THEN 1 ELSE 0 END + CASE WHEN name IS NULL THEN 1 ELSE 0 END
           + CASE WHEN unit_name IS NULL THEN 1 ELSE 0 END + CASE WHEN quota_type IS NULL THEN 1 ELSE 0 END
           + CASE WHEN entry_date_day_min IS NULL THEN 1 ELSE 0 END + CASE WHEN staff_status IS NULL THEN 1 ELSE 0 END AS gaps
  FROM establishment_staff
  WHERE unit_key IS NOT NULL
),
hr AS (
  SELECT unit_key, row_id, person_key,
         CASE WHEN resident_id IS NULL THEN 1 ELSE 0 END AS no_id,
         CASE WHEN resident_id IS NULL THEN 0 ELSE 40 END + CASE WHEN name IS NULL THEN 0 ELSE 20 END
           + CASE WHEN unit_name IS NULL THEN 0 ELSE 20 END + CASE WHEN hr_status IS NULL THEN 0 ELSE 20 END AS points,
         CASE WHEN resident_id IS NULL THEN 1 ELSE 0 END + CASE WHEN name IS NULL THEN 1 ELSE 0 END
           + CASE WHEN unit_name IS NULL THEN 1 ELSE 0 END + CASE WHEN hr_status IS NULL THEN 1 ELSE 0 END AS gaps
  FROM hr_staff
  WHERE unit_key IS NOT NULL
),
scored AS (
  SELECT unit_key, 'establishment_staff' AS table_name, CAST(COUNT(*) AS BIGINT) AS records,
         CAST(SUM(points) AS BIGINT) AS points, CAST(SUM(gaps) AS BIGINT) AS missing, CAST(SUM(no_id) AS BIGINT) AS missing_ids
  FROM staff GROUP BY unit_key
  UNION ALL
  SELECT unit_key, 'hr_staff' AS table_name, CAST(COUNT(*) AS BIGINT) AS records,
         CAST(SUM(points) AS BIGINT) AS points, CAST(SUM(gaps) AS BIGINT) AS missing, CAST(SUM(no_id) AS BIGINT) AS missing_ids
  FROM hr GROUP BY unit_key
),
-- The emptiest rows stand as evidence.
gap AS (
  SELECT unit_key, 'establishment_staff' AS table_name, points, COALESCE(CAST(person_key AS VARCHAR), '') AS person, row_id FROM staff WHERE gaps > 0
  UNION ALL
  SELECT unit_key, 'hr_staff' AS table_name, points, COALESCE(CAST(person_key AS VARCHAR), '') AS person, row_id FROM hr WHERE gaps > 0
),
ranked AS (
  SELECT unit_key, table_name, row_id,
         CAST(ROW_NUMBER() OVER (PARTITION BY unit_key, table_name ORDER BY points, person, row_id) AS BIGINT) AS rank_no
  FROM gap
),
shown AS (
  SELECT unit_key, table_name,
         MIN(CASE WHEN rank_no = 1 THEN row_id END) AS first_row,
         MIN(CASE WHEN rank_no = 2 THEN row_id END) AS second_row
  FROM ranked GROUP BY unit_key, table_name
)
SELECT s.unit_key, s.table_name AS object_key, s.table_name, s.records,
       CAST(FLOOR(CAST(s.points AS DOUBLE) / CAST(s.records AS DOUBLE)) AS BIGINT) AS score,
       s.missing, s.missing_ids,
       CASE WHEN s.table_name = 'establishment_staff' THEN g.first_row END AS row__establishment_staff,
       CASE WHEN s.table_name = 'establishment_staff' THEN g.second_row END AS row__establishment_staff_2,
       CASE WHEN s.table_name = 'hr_staff' THEN g.first_row END AS row__hr_staff,
       CASE WHEN s.table_name = 'hr_staff' THEN g.second_row END AS row__hr_staff_2
FROM scored s
JOIN shown g ON g.unit_key = s.unit_key AND g.table_name = s.table_name
CROSS JOIN params p
WHERE s.points < s.records * p.min_score
