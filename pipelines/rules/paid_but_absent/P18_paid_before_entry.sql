/*---
code = "P18"
slug = "paid-before-entry"
category = "paid_but_absent"
severity = "S3"
since = "0.1.0"
grain = "person"
inputs = ["payroll", "establishment_staff"]
optional_inputs = ["hr_staff"]
absence_claim = false
name = { zh = "入编前发薪", en = "paid before entry" }
what = { zh = "编制所在单位在入编月份之前就以在职身份发放正常批次工资。", en = "The unit whose register has the person paid in service in a month before the month of entry." }
mistaken_for = { zh = "调入、成建制划转人员和此前在别处在编的不判定;人事库所记报到时间早于发薪的属试用期发薪;补发不计;入编时间只写到年份的不判定。", en = "Moves, reorganisations and whoever was enrolled elsewhere before; pay on probation after the day of reporting that HR has; back pay; entries of which only the year is known." }
verify = { zh = "核对入编通知单、报到时间和起薪审批,确认是入编时间登记错误还是先发薪后入编。", en = "Check the entry notice, the day of reporting and the approval of pay: was the entry misdated, or pay given before it?" }
message = { zh = "{person_name}{entered_on}才入编,{unit_name}此前已发放{months}个月在职工资共{amount}元,请核对入编时间和起薪依据。", en = "{person_name} entered the establishment on {entered_on}; {unit_name} had paid {months} months in service before, {amount} yuan; check the date of entry and why pay began." }
legal_basis = [ { law = "486", article = "§6", verified = true } ]
measure = "months"
[columns.entered_on]
type = "date"
title = { zh = "入编时间", en = "entered on" }
[columns.months]
type = "integer"
unit = "months"
title = { zh = "入编前发薪月数", en = "months paid before entry" }
[columns.first_paid]
type = "text"
title = { zh = "窗口内首个发薪月", en = "first such month within the window" }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "staff_status", "entry_date", "entry_channel"]
payroll = ["name", "resident_id", "unit_name", "pay_month", "pay_class", "batch", "gross_pay"]
---*/
WITH entrant AS (
  SELECT s.person_key AS person, s.unit_key, MIN(s.entry_date) AS entered_on, MIN(s.entry_date_month) AS month_no, MIN(s.row_id) AS staff_row
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.person_key IS NOT NULL AND s.unit_key IS NOT NULL AND s.staff_status IN ('on_post', 'off_post')
    AND s.entry_date_precision <> 'year' AND s.entry_date_month > p.period_no - 3
    AND (s.entry_channel IS NULL OR s.entry_channel NOT IN ('transfer', 'reorganisation'))
  GROUP BY s.person_key, s.unit_key
),
-- On any register before, or with an entry nobody wrote down.
before AS (
  SELECT e.person
  FROM entrant e JOIN establishment_staff s ON s.person_key = e.person
  WHERE s.entry_date_month IS NULL OR s.entry_date_month < e.month_no
  GROUP BY e.person
),
reported AS (
  SELECT e.person, MIN(h.entered_on_month) AS month_no
  FROM entrant e JOIN hr_staff h ON h.person_key = e.person
  WHERE h.entered_on_month IS NOT NULL
  GROUP BY e.person
),
pay AS (
  SELECT e.person, e.unit_key, w.pay_month, w.pay_month_no, w.row_id, COALESCE(w.gross_pay, w.net_pay) AS gross
  FROM entrant e JOIN payroll w ON w.person_key = e.person AND w.unit_key = e.unit_key CROSS JOIN params p
  WHERE w.pay_class = 'in_service' AND w.batch = 'regular' AND COALESCE(w.gross_pay, w.net_pay) > 0
    AND w.pay_month_no > p.period_no - 3 AND w.pay_month_no < e.month_no
),
early AS (
  SELECT y.person, y.unit_key, SUM(y.gross) AS amount, MIN(y.pay_month) AS first_paid,
         CAST(COUNT(DISTINCT y.pay_month_no) AS BIGINT) AS months, MIN(y.row_id) AS pay_row
  FROM pay y
  LEFT JOIN reported r ON r.person = y.person
  WHERE r.month_no IS NULL OR y.pay_month_no < r.month_no
  GROUP BY y.person, y.unit_key
)
SELECT y.unit_key, y.person AS person_key, y.amount, e.entered_on, y.months, y.first_paid,
       e.staff_row AS row__establishment_staff, y.pay_row AS row__payroll
FROM early y
JOIN entrant e ON e.person = y.person AND e.unit_key = y.unit_key
LEFT JOIN before b ON b.person = y.person
WHERE b.person IS NULL
