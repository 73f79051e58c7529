/*---
code = "E04"
slug = "enrolled-twice"
category = "paid_but_absent"
severity = "S2"
since = "0.1.0"
grain = "person"
inputs = ["establishment_staff"]
optional_inputs = ["payroll"]
absence_claim = false
name = { zh = "重复在编", en = "enrolled twice" }
what = { zh = "同一人在两个以上单位同时在编,重叠超过宽限期。", en = "One person is on the register of two or more units at once, for longer than the grace period." }
mistaken_for = { zh = "调动过渡期的短期重叠;已撤销单位未清理的记录不算;双胞胎、同名同姓只在证件号码一致时才认定为同一人;入编时间不明的不判定。", en = "A short overlap while moving; rows left in abolished units are not counted; twins and namesakes are one person only when the ID says so; rows without a date of entry are not judged." }
verify = { zh = "调取两个单位的入编批文和出编手续,核对身份证原件,确认应保留的一处。", en = "Take the entry documents of both units and any exit, check the ID card, and settle which one stands." }
message = { zh = "{person_name}同时在{unit_count}个单位在编({unit_name}与{other_unit_name}),最近一次入编为{entry_date},当月由{payer_count}个单位发薪,请核实并办理出编。", en = "{person_name} is on the register of {unit_count} units at once ({unit_name} and {other_unit_name}), the latest since {entry_date}, paid by {payer_count} this month; settle which stands." }
legal_basis = [ { law = "486", article = "§26(4)", verified = true } ]
measure = "unit_count"
[parameters.overlap_days]
type = "integer"
default = 60
minimum = 0
doc = { zh = "容许的重叠天数", en = "days of overlap tolerated" }
[columns.unit_count]
type = "integer"
unit = "units"
title = { zh = "在编单位数", en = "units enrolled in" }
[columns.other_unit_key]
type = "text"
title = { zh = "另一单位主键", en = "key of the other unit" }
[columns.other_unit_name]
type = "text"
title = { zh = "另一单位", en = "other unit" }
[columns.entry_date]
type = "date"
title = { zh = "最近入编时间", en = "latest date of entry" }
[columns.payer_count]
type = "integer"
unit = "units"
title = { zh = "当月发薪单位数", en = "payers this month" }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "quota_type", "staff_status", "entry_date", "entry_document"]
payroll = ["name", "pay_month", "unit_name", "gross_pay"]
---*/
WITH living AS (
  SELECT unit_key, MIN(unit_name) AS unit_name FROM units
  WHERE unit_key IS NOT NULL AND COALESCE(unit_status, 'active') <> 'abolished'
  GROUP BY unit_key
),
active AS (
  SELECT s.person_key, s.unit_key, s.row_id, s.entry_date,
         COALESCE(s.entry_date_day_max, s.recorded_on_day_max) AS entry_day, p.as_of_day - p.overlap_days AS latest_day
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.person_key IS NOT NULL AND s.person_match IN ('A', 'B')
    AND s.staff_status IN ('on_post', 'off_post')
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
),
several AS (
  SELECT person_key FROM active WHERE entry_day <= latest_day GROUP BY person_key HAVING CAST(COUNT(*) AS BIGINT) > 1
),
settled AS (
  SELECT v.person_key, a.unit_key, MIN(a.entry_day) AS entry_day, MIN(a.entry_date) AS entry_date, MIN(a.row_id) AS row_id
  FROM several v JOIN active a ON a.person_key = v.person_key
  WHERE a.entry_day <= a.latest_day
  GROUP BY v.person_key, a.unit_key
),
doubled AS (
  SELECT person_key, CAST(COUNT(*) AS BIGINT) AS places FROM settled GROUP BY person_key HAVING CAST(COUNT(*) AS BIGINT) > 1
),
standing AS (
  SELECT s.person_key, s.unit_key, l.unit_name, 0 - s.entry_day AS recency, s.entry_date, s.row_id
  FROM doubled d
  JOIN settled s ON s.person_key = d.person_key
  JOIN living l ON l.unit_key = s.unit_key
),
ranked AS (
  SELECT person_key, unit_key, unit_name, entry_date, row_id,
         CAST(ROW_NUMBER() OVER (PARTITION BY person_key ORDER BY recency, unit_key) AS BIGINT) AS rank_no
  FROM standing
),
twice AS (
  SELECT person_key, CAST(COUNT(*) AS BIGINT) AS unit_count,
         MIN(CASE WHEN rank_no = 1 THEN unit_key END) AS unit_key,
         MIN(CASE WHEN rank_no = 2 THEN unit_key END) AS other_unit_key,
         MIN(CASE WHEN rank_no = 2 THEN unit_name END) AS other_unit_name,
         MIN(CASE WHEN rank_no = 1 THEN entry_date END) AS entry_date,
         MIN(CASE WHEN rank_no = 1 THEN row_id END) AS late_row,
         MIN(CASE WHEN rank_no = 2 THEN row_id END) AS early_row
  FROM ranked
  GROUP BY person_key
  HAVING CAST(COUNT(*) AS BIGINT) > 1
),
pay AS (
  SELECT t.person_key, w.unit_key AS payer_key, w.row_id
  FROM twice t JOIN payroll w ON w.person_key = t.person_key CROSS JOIN params p
  WHERE w.unit_key IS NOT NULL AND w.pay_month_no = p.period_no AND w.pay_class = 'in_service'
    AND COALESCE(w.gross_pay, w.net_pay) > 0
),
payer AS (
  SELECT person_key, payer_key, MIN(row_id) AS pay_row FROM pay GROUP BY person_key, payer_key
),
payers AS (
  SELECT person_key, CAST(COUNT(*) AS BIGINT) AS payer_count, MIN(pay_row) AS first_row, MAX(pay_row) AS last_row
  FROM payer GROUP BY person_key
)
SELECT t.unit_key, t.person_key,
       CASE WHEN w.payer_count > 1 THEN 'S1' ELSE 'S2' END AS severity,
       t.unit_count, t.other_unit_key, t.other_unit_name, t.entry_date, COALESCE(w.payer_count, 0) AS payer_count,
       t.late_row AS row__establishment_staff,
       t.early_row AS row__establishment_staff_2,
       w.first_row AS row__payroll,
       CASE WHEN w.last_row > w.first_row THEN w.last_row END AS row__payroll_2
FROM twice t LEFT JOIN payers w ON w.person_key = t.person_key
