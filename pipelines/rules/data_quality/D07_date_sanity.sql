/*---
code = "D07"
slug = "date-sanity"
category = "data_quality"
severity = "S3"
since = "0.1.0"
grain = "unit"
inputs = ["establishment_staff", "hr_staff", "establishment_units", "registrations"]
absence_claim = false
name = { zh = "日期不合理", en = "dates that cannot be" }
what = { zh = "已发生事项的日期晚于核对时点,人员事项早于合理年份或为电子表格零日期(1899-12-30、1900-01-01),免职早于任职,或行因日期问题被退回。", en = "A date of something past lies after the day checked, a person's date lies before any reasonable year or is a spreadsheet's day nought, a removal precedes the appointment, or a row was set aside for its dates." }
mistaken_for = { zh = "只填到月(如1985.07.00)的日期不算错;到期、失效等将来日期本应在后;年代久远的机构设立日期属实的除外。", en = "Dates given as a month only; ends and expiries lie ahead by nature; units that really are that old." }
verify = { zh = "按证据行号看来源文件中的原值,与档案核对后更正。", en = "See the value at the row in the evidence and correct it from the files." }
message = { zh = "{unit_name}{table_name}有{records}行日期不合理(晚于时点{in_future}、过早{too_early}、先后颠倒{reversed}、被退回{rejected}),请核对更正。", en = "{unit_name}: {records} rows of the {table_name} have dates that cannot be ({in_future} ahead, {too_early} too early, {reversed} reversed, {rejected} set aside); check and correct." }
legal_basis = [ { law = "486", article = "§21–25", verified = true } ]
measure = "records"
[parameters.earliest_year]
type = "integer"
default = 1930
minimum = 1900
doc = { zh = "人员事项最早合理年份", en = "earliest reasonable year of a person's dates" }
[parameters.ahead_days]
type = "integer"
default = 0
minimum = 0
doc = { zh = "允许晚于核对时点的天数", en = "days after the day checked that are let pass" }
[columns.table_name]
type = "text"
title = { zh = "数据表", en = "table" }
labels = { establishment_staff = { zh = "编制实名制信息", en = "establishment register" }, hr_staff = { zh = "人事信息", en = "HR records" }, establishment_units = { zh = "机构信息", en = "register of units" }, registrations = { zh = "事业单位登记信息", en = "registrations" } }
[columns.records]
type = "integer"
unit = "rows"
title = { zh = "涉及行数", en = "rows" }
[columns.in_future]
type = "integer"
unit = "rows"
title = { zh = "晚于核对时点", en = "after the day checked" }
[columns.too_early]
type = "integer"
unit = "rows"
title = { zh = "过早", en = "too early" }
[columns.reversed]
type = "integer"
unit = "rows"
title = { zh = "先后颠倒", en = "in the wrong order" }
[columns.rejected]
type = "integer"
unit = "rows"
title = { zh = "因日期被退回", en = "set aside for dates" }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "entry_date", "work_start_date", "appointed_on", "removed_on"]
hr_staff = ["name", "resident_id", "unit_name", "entered_on", "head_since", "died_on"]
establishment_units = ["unit_name", "unit_code", "established_on"]
registrations = ["unit_name", "credit_code", "registered_on", "changed_on"]
---*/
WITH dated AS (
  SELECT s.unit_key, 'establishment_staff' AS table_name, s.row_id, 1 AS of_person,
         s.entry_date_day_min AS first_day, s.work_start_date_day_min AS second_day, s.appointed_on_day_min AS third_day,
         s.entry_date_month AS first_month, s.work_start_date_month AS second_month, s.appointed_on_month AS third_month,
         CASE WHEN s.removed_on_day_max < s.appointed_on_day_min THEN 1 ELSE 0 END AS is_reversed
  FROM establishment_staff s WHERE s.unit_key IS NOT NULL
  UNION ALL
  SELECT h.unit_key, 'hr_staff' AS table_name, h.row_id, 1 AS of_person,
         h.entered_on_day_min AS first_day, h.head_since_day_min AS second_day, h.died_on_day_min AS third_day,
         h.entered_on_month AS first_month, h.head_since_month AS second_month, h.died_on_month AS third_month,
         0 AS is_reversed
  FROM hr_staff h WHERE h.unit_key IS NOT NULL
  UNION ALL
  SELECT u.unit_key, 'establishment_units' AS table_name, u.row_id, 0 AS of_person,
         u.established_on_day_min AS first_day, CAST(NULL AS INTEGER) AS second_day, CAST(NULL AS INTEGER) AS third_day,
         u.established_on_month AS first_month, CAST(NULL AS INTEGER) AS second_month, CAST(NULL AS INTEGER) AS third_month,
         0 AS is_reversed
  FROM establishment_units u WHERE u.unit_key IS NOT NULL
  UNION ALL
  SELECT r.unit_key, 'registrations' AS table_name, r.row_id, 0 AS of_person,
         r.registered_on_day_min AS first_day, r.changed_on_day_min AS second_day, CAST(NULL AS INTEGER) AS third_day,
         r.registered_on_month AS first_month, r.changed_on_month AS second_month, CAST(NULL AS INTEGER) AS third_month,
         0 AS is_reversed
  FROM registrations r WHERE r.unit_key IS NOT NULL
),
judged AS (
  SELECT d.unit_key, d.table_name, d.row_id, d.is_reversed,
         CASE WHEN d.first_day > p.as_of_day + p.ahead_days OR d.second_day > p.as_of_day + p.ahead_days
                OR d.third_day > p.as_of_day + p.ahead_days THEN 1 ELSE 0 END AS is_ahead,
         CASE WHEN d.first_day BETWEEN -25569 AND -25567 OR d.second_day BETWEEN -25569 AND -25567 OR d.third_day BETWEEN -25569 AND -25567 THEN 1
              WHEN d.of_person = 1 AND (d.first_month < p.earliest_year * 12 OR d.second_month < p.earliest_year * 12
                OR d.third_month < p.earliest_year * 12) THEN 1
              ELSE 0 END AS is_early
  FROM dated d CROSS JOIN params p
),
wrong AS (
  SELECT unit_key, table_name, row_id, is_ahead, is_early, is_reversed, 0 AS is_rejected
  FROM judged WHERE is_ahead + is_early + is_reversed > 0
  UNION ALL
  SELECT unit_key, table_name, CAST(NULL AS BIGINT) AS row_id, 0 AS is_ahead, 0 AS is_early, 0 AS is_reversed, 1 AS is_rejected
  FROM rejected_rows
  WHERE unit_key IS NOT NULL AND table_name IN ('establishment_staff', 'hr_staff', 'establishment_units', 'registrations')
    AND code IN ('date-impossible', 'date-serial', 'date-unreadable', 'date-not-a-date', 'date-invalid', 'date-out-of-range', 'end-before-start', 'birth-in-future')
)
SELECT unit_key, table_name AS object_key, table_name, CAST(COUNT(*) AS BIGINT) AS records,
       CAST(SUM(is_ahead) AS BIGINT) AS in_future, CAST(SUM(is_early) AS BIGINT) AS too_early,
       CAST(SUM(is_reversed) AS BIGINT) AS reversed, CAST(SUM(is_rejected) AS BIGINT) AS rejected,
       MIN(CASE WHEN table_name = 'establishment_staff' THEN row_id END) AS row__establishment_staff,
       MIN(CASE WHEN table_name = 'hr_staff' THEN row_id END) AS row__hr_staff,
       MIN(CASE WHEN table_name = 'establishment_units' THEN row_id END) AS row__establishment_units,
       MIN(CASE WHEN table_name = 'registrations' THEN row_id END) AS row__registrations
FROM wrong
GROUP BY unit_key, table_name
