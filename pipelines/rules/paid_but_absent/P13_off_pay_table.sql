/*---
code = "P13"
slug = "off-pay-table"
category = "paid_but_absent"
severity = "S3"
since = "0.2.0"
grain = "person"
inputs = ["payroll", "hr_staff", "pay_standards"]
optional_inputs = ["absence_reasons", "discipline", "establishment_staff"]
past = { hr_staff = 2 }
absence_claim = false
name = { zh = "工资标准不符", en = "off the pay table" }
what = { zh = "在职人员本月的岗位(职务)工资、薪级(级别)工资,与人事库所载岗位等级、薪级在工资标准表中的现行标准及其前后一个版本都不相等。", en = "Somebody's post or position pay, or salary-grade or rank pay, is not what the pay table gives for the grade or step in the HR records, neither by the version in force nor by the one before or after it." }
mistaken_for = { zh = "调标前后执行上一版或下一版标准;晋升当月和次月工资滞后(前两个月人事库的等级也认);病假、停薪、留置、离岗创业、脱产学习等有登记事由期间的减发;受降级、留置、判刑等处理的;入编或进入单位未满一年的试用、见习期;一月多行的由重复发放等规则判定;标准表没有该等级的不判定。高原、艰边津贴不在这些项目内;执行不同基本工资标准的地区应提供适用的标准表。", en = "The version before or after a general rise; the lag after a promotion (grades of the last two months count as well); pay cut for sick leave, unpaid leave, detention, leave to start a business or study on record; demotion, detention, sentence; the first year on probation; several rows a month are for other rules; grades that the table does not have. Altitude and hardship allowances are other items; where other basic pay applies, the table that applies must be supplied." }
verify = { zh = "调取工资审批表和最近一次岗位聘用、晋升、晋档文件,对照标准表核对等级、执行时间和金额。", en = "Take the approval of pay and the latest document of the post, promotion or step, and compare grade, date and amount with the table." }
message = { zh = "{unit_name}{person_name}的{pay_item}本月发{paid}元,人事库等级“{grade}”标准为{standard}元,差{difference}元,请核对工资审批表。", en = "{person_name} of {unit_name}: {pay_item} is {paid} yuan this month, the table gives {standard} for \"{grade}\", a difference of {difference}; see the approval of pay." }
legal_basis = [
  { law = "公", article = "§79–84", verified = true },
  { law = "人", article = "§32", verified = true },
]
measure = "gap"
[parameters.probation_months]
type = "integer"
default = 12
minimum = 0
doc = { zh = "入编后多少个月内视为试用、见习期", en = "months after entry that count as probation" }
[columns.pay_item]
type = "text"
title = { zh = "工资项目", en = "item" }
labels = { post_pay = { zh = "岗位工资", en = "post pay" }, grade_pay = { zh = "薪级工资", en = "salary-grade pay" }, position_pay = { zh = "职务工资", en = "position pay" }, rank_pay = { zh = "级别工资", en = "rank pay" } }
[columns.grade]
type = "text"
title = { zh = "人事库等级", en = "grade in the HR records" }
[columns.paid]
type = "money"
unit = "yuan"
title = { zh = "实发标准", en = "paid" }
[columns.standard]
type = "money"
unit = "yuan"
title = { zh = "现行标准", en = "standard in force" }
[columns.difference]
type = "money"
unit = "yuan"
title = { zh = "差额", en = "difference" }
[columns.gap]
type = "money"
unit = "yuan"
title = { zh = "差额绝对值", en = "size of the difference" }
[evidence]
payroll = ["name", "resident_id", "unit_name", "pay_month", "post_pay", "grade_pay", "position_pay", "rank_pay", "gross_pay"]
hr_staff = ["name", "resident_id", "unit_name", "hr_status", "post_grade", "pay_step"]
pay_standards = ["pay_item", "grade", "amount", "valid_from", "document_no"]
---*/
-- 薪级17, 17级 and 17 are one grade; so are 17级3档 and 17-3.
WITH standard AS (
  SELECT s.pay_item, s.amount, s.row_id, COALESCE(s.valid_from_day_min, -1000000) AS from_day,
         REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(s.grade, ' ', ''), '　', ''), '薪级', ''), '级', '-'), '档', '-') || '-', '--', '-') AS grade_key
  FROM pay_standards s
  WHERE s.grade IS NOT NULL AND s.amount > 0 AND s.pay_item <> 'unrecognised'
),
edition_day AS (
  SELECT pay_item, grade_key, from_day FROM standard GROUP BY pay_item, grade_key, from_day
),
edition AS (
  SELECT pay_item, grade_key, from_day,
         CAST(ROW_NUMBER() OVER (PARTITION BY pay_item, grade_key ORDER BY from_day) AS BIGINT) AS edition_no
  FROM edition_day
),
-- The edition in force on the last day of the month; before the first one that one.
current_one AS (
  SELECT e.pay_item, e.grade_key, MAX(CASE WHEN e.from_day <= p.as_of_day THEN e.edition_no ELSE 1 END) AS edition_no
  FROM edition e CROSS JOIN params p GROUP BY e.pay_item, e.grade_key
),
accepted AS (
  SELECT s.pay_item, s.grade_key, s.amount, s.row_id, e.edition_no - c.edition_no AS apart
  FROM standard s
  JOIN edition e ON e.pay_item = s.pay_item AND e.grade_key = s.grade_key AND e.from_day = s.from_day
  JOIN current_one c ON c.pay_item = s.pay_item AND c.grade_key = s.grade_key
  WHERE e.edition_no >= c.edition_no - 1 AND e.edition_no <= c.edition_no + 1
),
-- Whoever a lawful reason or a measure cuts the pay of, and who is on probation.
excused AS (
  SELECT r.person_key AS person FROM absence_reasons r CROSS JOIN params p
  WHERE r.person_key IS NOT NULL
    AND r.reason IN ('sick_leave', 'maternity_leave', 'unpaid_leave', 'detention', 'startup_leave', 'study', 'early_retirement', 'sent_abroad')
    AND (r.valid_from_month IS NULL OR r.valid_from_month <= p.period_no)
    AND (r.valid_to_month IS NULL OR r.valid_to_month >= p.period_no - 1)
  UNION
  SELECT d.person_key AS person FROM discipline d CROSS JOIN params p
  WHERE d.person_key IS NOT NULL AND d.measure IN ('demotion', 'dismissal', 'detention', 'sentence')
    AND (d.effective_on_month IS NULL OR d.effective_on_month <= p.period_no)
    AND (d.ends_on_month IS NULL OR d.ends_on_month >= p.period_no - 1)
  UNION
  SELECT s.person_key AS person FROM establishment_staff s CROSS JOIN params p
  WHERE s.person_key IS NOT NULL AND s.entry_date_month > p.period_no - p.probation_months
  UNION
  SELECT h.person_key AS person FROM hr_staff h CROSS JOIN params p
  WHERE h.person_key IS NOT NULL AND h.entered_on_month > p.period_no - p.probation_months
),
in_service AS (
  SELECT h.person_key AS person, h.row_id, h.post_grade, h.pay_step
  FROM hr_staff h
  WHERE h.person_key IS NOT NULL AND COALESCE(h.hr_status, 'on_post') NOT IN ('retired', 'transferred', 'resigned', 'dismissed', 'dead', 'unpaid_leave', 'suspended')
),
written AS (
  SELECT person, 'post' AS part, post_grade AS grade, row_id FROM in_service WHERE post_grade IS NOT NULL
  UNION ALL
  SELECT person, 'step' AS part, pay_step AS grade, row_id FROM in_service WHERE pay_step IS NOT NULL
),
-- Of few grades each is read once.
wording AS (
  SELECT grade FROM written GROUP BY grade
),
reading AS (
  SELECT grade AS wording, REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(grade, ' ', ''), '　', ''), '薪级', ''), '级', '-'), '档', '-') || '-', '--', '-') AS grade_key
  FROM wording
),
-- One regular row in the month; several are for other rules.
single AS (
  SELECT w.person_key AS person, MIN(w.row_id) AS row_id
  FROM payroll w CROSS JOIN params p
  WHERE w.person_key IS NOT NULL AND w.unit_key IS NOT NULL AND w.pay_month_no = p.period_no AND w.pay_class = 'in_service' AND w.batch = 'regular'
  GROUP BY w.person_key HAVING MIN(w.row_id) = MAX(w.row_id)
),
pay AS (
  SELECT o.person, w.unit_key, w.row_id, w.post_pay, w.grade_pay, w.position_pay, w.rank_pay
  FROM single o JOIN payroll w ON w.row_id = o.row_id
  LEFT JOIN excused x ON x.person = o.person
  WHERE x.person IS NULL
),
item AS (
  SELECT person, unit_key, row_id, 'post' AS part, 'post_pay' AS pay_item, post_pay AS paid FROM pay WHERE post_pay > 0
  UNION ALL
  SELECT person, unit_key, row_id, 'step' AS part, 'grade_pay' AS pay_item, grade_pay AS paid FROM pay WHERE grade_pay > 0
  UNION ALL
  SELECT person, unit_key, row_id, 'post' AS part, 'position_pay' AS pay_item, position_pay AS paid FROM pay WHERE position_pay > 0
  UNION ALL
  SELECT person, unit_key, row_id, 'step' AS part, 'rank_pay' AS pay_item, rank_pay AS paid FROM pay WHERE rank_pay > 0
),
compared AS (
  SELECT i.person, i.unit_key, i.row_id, i.part, i.pay_item, i.paid, w.grade, w.row_id AS hr_row, a.amount, a.row_id AS standard_row, a.apart,
         CASE WHEN i.paid - a.amount < 0.005 AND a.amount - i.paid < 0.005 THEN 1 ELSE 0 END AS same
  FROM item i
  JOIN written w ON w.person = i.person AND w.part = i.part
  JOIN reading g ON g.wording = w.grade
  JOIN accepted a ON a.pay_item = i.pay_item AND a.grade_key = g.grade_key
),
agreed AS (
  SELECT person, pay_item FROM compared WHERE same = 1 GROUP BY person, pay_item
),
-- What the table gives for the grade that HR has now.
due AS (
  SELECT c.person, c.pay_item, MIN(c.part) AS part, MIN(c.unit_key) AS unit_key, MIN(c.row_id) AS row_id, MIN(c.paid) AS paid, MIN(c.grade) AS grade,
         MIN(c.hr_row) AS hr_row, MIN(c.amount) AS standard, MIN(c.standard_row) AS standard_row
  FROM compared c LEFT JOIN agreed a ON a.person = c.person AND a.pay_item = c.pay_item
  WHERE a.person IS NULL AND c.apart = 0
  GROUP BY c.person, c.pay_item
),
-- The grades that HR had in the last months, of whoever is not paid by the one of now.
open_one AS (
  SELECT person FROM due GROUP BY person
),
written_before AS (
  SELECT o.person, 'post' AS part, h.post_grade AS grade
  FROM open_one o JOIN hr_staff_past h ON h.person_key = o.person CROSS JOIN params p
  WHERE h.post_grade IS NOT NULL AND h.period_no >= p.period_no - 2 AND h.period_no < p.period_no
  UNION ALL
  SELECT o.person, 'step' AS part, h.pay_step AS grade
  FROM open_one o JOIN hr_staff_past h ON h.person_key = o.person CROSS JOIN params p
  WHERE h.pay_step IS NOT NULL AND h.period_no >= p.period_no - 2 AND h.period_no < p.period_no
),
graded_before AS (
  SELECT person, part, REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(grade, ' ', ''), '　', ''), '薪级', ''), '级', '-'), '档', '-') || '-', '--', '-') AS grade_key
  FROM written_before
),
agreed_before AS (
  SELECT d.person, d.pay_item
  FROM due d
  JOIN graded_before g ON g.person = d.person AND g.part = d.part
  JOIN accepted a ON a.pay_item = d.pay_item AND a.grade_key = g.grade_key
  WHERE d.paid - a.amount < 0.005 AND a.amount - d.paid < 0.005
  GROUP BY d.person, d.pay_item
)
SELECT d.unit_key, d.person AS person_key, d.pay_item AS object_key, d.pay_item, d.grade, d.paid, d.standard,
       d.paid - d.standard AS difference, CASE WHEN d.paid > d.standard THEN d.paid - d.standard ELSE d.standard - d.paid END AS gap,
       d.row_id AS row__payroll, d.hr_row AS row__hr_staff, d.standard_row AS row__pay_standards
FROM due d LEFT JOIN agreed_before b ON b.person = d.person AND b.pay_item = d.pay_item
WHERE b.person IS NULL
