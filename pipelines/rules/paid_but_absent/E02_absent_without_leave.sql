/*---
code = "E02"
slug = "absent-without-leave"
category = "paid_but_absent"
severity = "S1"
since = "0.2.0"
grain = "person"
inputs = ["establishment_staff", "attendance"]
optional_inputs = ["absence_reasons", "payroll"]
absence_claim = false
name = { zh = "旷工超期", en = "absent without leave over the limit" }
what = { zh = "在编人员连续旷工超过十五日,或一年内累计旷工超过三十日,仍未辞退或解除聘用。", en = "A person was absent without leave for more than fifteen days running, or more than thirty within a year, and is still on the register." }
mistaken_for = { zh = "当月有借调、病假、产假等在效事由的月份不计(请假手续补录可迟十日,先补台账);公务员和参公人员按日、事业单位人员按工作日计,以考勤报送口径为准;未报旷工天数的单位不判定;已出编的不判定。", en = "Months with a lawful reason in force are not counted (leave may be entered some days late: enter it first); civil servants count days, staff of institutions working days, as the attendance was reported; units that report no such days are not judged; nor are those off the register." }
verify = { zh = "调取考勤原始记录、催告返岗通知和请假手续,核对连续和累计天数,按规定辞退或解除聘用并停薪。", en = "Take the attendance sheets, the summons to return and the leave papers, recount the days, dismiss or end the contract as the law says, and stop pay." }
message = { zh = "{unit_name}{person_name}近一年旷工累计{days_year}{day_kind}、连续最长{longest}{day_kind}({ground}),仍在编,当月发放{paid}元,请依法辞退或解除聘用。", en = "{person_name} of {unit_name} was absent without leave {days_year} {day_kind} in a year, {longest} running ({ground}), is still enrolled and was paid {paid} yuan this month; dismiss as the law says." }
legal_basis = [
  { law = "公", article = "§88", verified = true },
  { law = "人", article = "§15", verified = true },
  { law = "饷65", article = "情形2", verified = true },
]
measure = "days_year"
[parameters.max_run]
type = "integer"
default = 15
minimum = 1
doc = { zh = "连续旷工天数上限", en = "most days running" }
[parameters.max_year]
type = "integer"
default = 30
minimum = 1
doc = { zh = "一年内累计旷工天数上限", en = "most days within a year" }
[columns.days_year]
type = "integer"
unit = "days"
title = { zh = "一年累计旷工天数", en = "days within a year" }
[columns.longest]
type = "integer"
unit = "days"
title = { zh = "最长连续旷工天数", en = "longest run of days" }
[columns.day_kind]
type = "text"
title = { zh = "计日口径", en = "kind of days" }
labels = { days = { zh = "日", en = "days" }, workdays = { zh = "个工作日", en = "working days" } }
[columns.ground]
type = "text"
title = { zh = "依据", en = "ground" }
labels = { run = { zh = "连续超限", en = "too long running" }, year = { zh = "累计超限", en = "too many within a year" }, run_and_year = { zh = "连续和累计均超限", en = "both over the limit" } }
[columns.paid]
type = "money"
unit = "yuan"
title = { zh = "当月应发", en = "gross this month" }
[evidence]
attendance = ["name", "attendance_month", "days_due", "days_present", "days_unexcused", "unexcused_run"]
establishment_staff = ["name", "resident_id", "unit_name", "quota_type", "staff_status", "entry_date"]
payroll = ["name", "pay_month", "unit_name", "gross_pay", "net_pay"]
---*/
WITH reported AS (
  SELECT a.person_key AS person, a.attendance_month_no AS month_no, a.row_id,
         COALESCE(a.days_unexcused, 0) AS days, COALESCE(a.unexcused_run, 0) AS run
  FROM attendance a CROSS JOIN params p
  WHERE a.person_key IS NOT NULL AND a.attendance_month_no > p.period_no - 12 AND a.attendance_month_no <= p.period_no
    AND (a.days_unexcused > 0 OR a.unexcused_run > 0)
),
-- Months touched by a lawful reason are not counted.
excused AS (
  SELECT r.person, r.month_no
  FROM reported r JOIN absence_reasons a ON a.person_key = r.person
  WHERE a.reason <> 'collective_payment' AND a.valid_from_month <= r.month_no
    AND (a.valid_to_month IS NULL OR a.valid_to_month >= r.month_no)
  GROUP BY r.person, r.month_no
),
-- Two units' sheets of one month tell of the same days.
monthly AS (
  SELECT r.person, r.month_no, MAX(r.days) AS days, MAX(r.run) AS run, MIN(r.row_id) AS row_id
  FROM reported r LEFT JOIN excused x ON x.person = r.person AND x.month_no = r.month_no
  WHERE x.person IS NULL
  GROUP BY r.person, r.month_no
),
total AS (
  SELECT m.person, CAST(SUM(m.days) AS BIGINT) AS days_year, CAST(MAX(m.run) AS BIGINT) AS longest, MAX(m.row_id) AS attendance_row
  FROM monthly m GROUP BY m.person
),
beyond AS (
  SELECT t.person, t.days_year, t.longest, t.attendance_row,
         CASE WHEN t.longest > p.max_run AND t.days_year > p.max_year THEN 'run_and_year'
              WHEN t.longest > p.max_run THEN 'run' ELSE 'year' END AS ground
  FROM total t CROSS JOIN params p
  WHERE t.longest > p.max_run OR t.days_year > p.max_year
),
-- One finding a person: at the unit entered last.
active AS (
  SELECT o.person, s.unit_key, s.row_id, s.quota_type, 0 - COALESCE(s.entry_date_day_min, -1000000) AS recency
  FROM beyond o JOIN establishment_staff s ON s.person_key = o.person CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
),
ranked AS (
  SELECT person, unit_key, row_id, quota_type,
         CAST(ROW_NUMBER() OVER (PARTITION BY person ORDER BY recency, unit_key, row_id) AS BIGINT) AS rank_no
  FROM active
),
pay AS (
  SELECT o.person, SUM(COALESCE(w.gross_pay, w.net_pay)) AS paid, MIN(w.row_id) AS pay_row
  FROM beyond o JOIN payroll w ON w.person_key = o.person CROSS JOIN params p
  WHERE w.pay_month_no = p.period_no AND w.pay_class = 'in_service'
  GROUP BY o.person
)
SELECT r.unit_key, o.person AS person_key, w.paid AS amount, o.days_year, o.longest,
       CASE WHEN r.quota_type IN ('administrative', 'police', 'civil_service_like') THEN 'days' ELSE 'workdays' END AS day_kind,
       o.ground, COALESCE(w.paid, CAST(0 AS DECIMAL(18,2))) AS paid,
       o.attendance_row AS row__attendance, r.row_id AS row__establishment_staff, w.pay_row AS row__payroll
FROM beyond o
JOIN ranked r ON r.person = o.person
LEFT JOIN pay w ON w.person = o.person
WHERE r.rank_no = 1
