/*---
code = "E01"
slug = "enrolled-absent"
category = "paid_but_absent"
severity = "S2"
since = "0.1.0"
grain = "person"
inputs = ["establishment_staff", "hr_staff"]
optional_inputs = ["attendance", "absence_reasons", "payroll"]
absence_claim = false
name = { zh = "在编不在岗", en = "enrolled, absent" }
what = { zh = "在编人员被人事库记为长期不在岗,或当月应出勤而无一日出勤,且没有在效的合法离岗事由。", en = "A person on the register is absent by the HR system, or was present on no due day of the month, and no lawful reason is in force." }
mistaken_for = { zh = "借调、挂职、驻村、援派、学习、病假、产假、公派、离岗创业等在效事由不判定;人事库记为借调、休假、停薪、停职或已离开的不判定;外派不打卡的单位不报考勤;在别的单位在岗或当月有出勤的不判定。", en = "Secondment, temporary or village posts, aid, study, leave, posting abroad and the like in force excuse; so does an HR row that says seconded, on leave, suspended or gone; units that keep no attendance are not judged by it; presence that month or on post elsewhere excuses." }
verify = { zh = "到岗核查:查考勤记录、请销假手续和工作安排;对照离岗事由台账的起止时间和批准文号。", en = "Check on site: attendance, leave papers and assignments; compare with the dates and documents of the absence ledger." }
message = { zh = "{unit_name}{person_name}在编但{ground},{reason_state},当月发放{paid}元,请到岗核查并按规定停薪或补办手续。", en = "{person_name} of {unit_name} is on the register but {ground}, {reason_state}; {paid} yuan paid this month; check on site and stop pay or complete the papers." }
legal_basis = [
  { law = "饷65", article = "情形1", verified = true },
  { law = "饷6", article = "长效机制", verified = false },
]
[columns.ground]
type = "text"
title = { zh = "不在岗依据", en = "ground" }
labels = { hr_absent = { zh = "人事库记为长期不在岗", en = "absent by the HR system" }, no_attendance = { zh = "当月应出勤而无出勤", en = "present on no due day" }, both = { zh = "人事库记为长期不在岗且当月无出勤", en = "absent by the HR system and present on no due day" } }
[columns.reason_state]
type = "text"
title = { zh = "离岗事由", en = "lawful reason" }
labels = { none = { zh = "没有离岗事由记录", en = "no lawful reason is on record" }, expired = { zh = "原有离岗事由已经到期", en = "the lawful reason on record has expired" } }
[columns.reason_ended]
type = "date"
title = { zh = "事由到期日", en = "reason ended on" }
[columns.days_due]
type = "integer"
unit = "days"
title = { zh = "应出勤天数", en = "days due" }
[columns.paid]
type = "money"
unit = "yuan"
title = { zh = "当月应发", en = "gross this month" }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "staff_status", "entry_date"]
hr_staff = ["name", "resident_id", "unit_name", "hr_status"]
attendance = ["name", "attendance_month", "days_due", "days_present"]
absence_reasons = ["name", "reason", "valid_from", "valid_to", "document_no"]
payroll = ["name", "pay_month", "unit_name", "gross_pay", "net_pay"]
---*/
WITH days AS (
  SELECT a.person_key AS person, CAST(SUM(COALESCE(a.days_due, 0)) AS BIGINT) AS due,
         CAST(SUM(a.days_present) AS BIGINT) AS present, MIN(a.row_id) AS attendance_row
  FROM attendance a CROSS JOIN params p
  WHERE a.person_key IS NOT NULL AND a.attendance_month_no = p.period_no AND a.days_present IS NOT NULL
  GROUP BY a.person_key
),
suspect AS (
  SELECT person_key AS person FROM hr_staff WHERE person_key IS NOT NULL AND hr_status = 'absent'
  UNION
  SELECT person FROM days WHERE due > 0 AND present = 0
),
hr AS (
  SELECT s.person,
         MAX(CASE WHEN h.hr_status = 'absent' THEN 1 ELSE 0 END) AS is_absent,
         MAX(CASE WHEN h.hr_status = 'on_post' THEN 1 ELSE 0 END) AS is_on_post,
         MAX(CASE WHEN h.hr_status IN ('seconded', 'leave', 'suspended', 'unpaid_leave') THEN 1 ELSE 0 END) AS is_excused,
         MAX(CASE WHEN h.hr_status IN ('retired', 'transferred', 'resigned', 'dismissed', 'dead') THEN 1 ELSE 0 END) AS is_gone,
         MIN(CASE WHEN h.hr_status = 'absent' THEN h.row_id END) AS absent_row,
         MIN(h.row_id) AS any_row
  FROM suspect s JOIN hr_staff h ON h.person_key = s.person
  GROUP BY s.person
),
reason AS (
  SELECT a.person_key AS person, a.row_id, a.valid_to,
         CASE WHEN a.valid_from_day_min <= p.as_of_day AND (a.valid_to_day_min IS NULL OR a.valid_to_day_min > p.period_first_day)
              THEN 1 ELSE 0 END AS in_force,
         CASE WHEN a.valid_to_day_min <= p.period_first_day THEN a.valid_to_day_min END AS ended_day
  FROM absence_reasons a CROSS JOIN params p
  WHERE a.person_key IS NOT NULL AND a.reason <> 'collective_payment'
),
lawful AS (
  SELECT person, MAX(in_force) AS in_force, MAX(ended_day) AS last_ended FROM reason GROUP BY person
),
expired AS (
  SELECT r.person, MIN(r.row_id) AS reason_row, MAX(r.valid_to) AS reason_ended
  FROM reason r JOIN lawful l ON l.person = r.person AND l.last_ended = r.ended_day
  GROUP BY r.person
),
judged AS (
  SELECT s.person,
         CASE WHEN COALESCE(h.is_absent, 0) = 1 AND COALESCE(h.is_on_post, 0) = 0 AND COALESCE(d.present, 0) = 0 THEN 1 ELSE 0 END AS by_hr,
         CASE WHEN d.due > 0 AND d.present = 0 THEN 1 ELSE 0 END AS by_days,
         d.due, h.absent_row, h.any_row, d.attendance_row, e.reason_row, e.reason_ended
  FROM suspect s
  LEFT JOIN hr h ON h.person = s.person
  LEFT JOIN days d ON d.person = s.person
  LEFT JOIN lawful l ON l.person = s.person
  LEFT JOIN expired e ON e.person = s.person
  WHERE COALESCE(h.is_excused, 0) = 0 AND COALESCE(h.is_gone, 0) = 0 AND COALESCE(l.in_force, 0) = 0
),
absent AS (
  SELECT person, by_hr, by_days, due, absent_row, any_row, attendance_row, reason_row, reason_ended
  FROM judged WHERE by_hr = 1 OR by_days = 1
),
-- One finding a person: at the unit entered last.
active AS (
  SELECT a.person, s.unit_key, s.row_id, 0 - COALESCE(s.entry_date_day_min, -1000000) AS recency
  FROM absent a JOIN establishment_staff s ON s.person_key = a.person CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
),
ranked AS (
  SELECT person, unit_key, row_id,
         CAST(ROW_NUMBER() OVER (PARTITION BY person ORDER BY recency, unit_key, row_id) AS BIGINT) AS rank_no
  FROM active
),
pay AS (
  SELECT a.person, SUM(COALESCE(w.gross_pay, w.net_pay)) AS paid, MIN(w.row_id) AS pay_row
  FROM absent a JOIN payroll w ON w.person_key = a.person CROSS JOIN params p
  WHERE w.pay_month_no = p.period_no AND w.pay_class = 'in_service'
  GROUP BY a.person
)
SELECT r.unit_key, a.person AS person_key,
       CASE WHEN w.paid > 0 THEN 'S1' ELSE 'S2' END AS severity,
       w.paid AS amount,
       CASE WHEN a.by_hr = 1 AND a.by_days = 1 THEN 'both' WHEN a.by_hr = 1 THEN 'hr_absent' ELSE 'no_attendance' END AS ground,
       CASE WHEN a.reason_row IS NULL THEN 'none' ELSE 'expired' END AS reason_state,
       a.reason_ended, a.due AS days_due, COALESCE(w.paid, CAST(0 AS DECIMAL(18,2))) AS paid,
       r.row_id AS row__establishment_staff,
       COALESCE(a.absent_row, a.any_row) AS row__hr_staff,
       a.attendance_row AS row__attendance,
       a.reason_row AS row__absence_reasons,
       w.pay_row AS row__payroll
FROM absent a
JOIN ranked r ON r.person = a.person
LEFT JOIN pay w ON w.person = a.person
WHERE r.rank_no = 1
