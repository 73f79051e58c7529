/*---
code = "P12"
slug = "wrong-pay-items"
category = "paid_but_absent"
severity = "S2"
since = "0.1.0"
grain = "person"
inputs = ["payroll", "establishment_staff"]
absence_claim = false
name = { zh = "工资项目与身份不符", en = "pay items against status" }
what = { zh = "事业编制或工勤编制人员领取公务员的级别工资,或行政、政法专项、参公人员只领取事业单位的薪级工资。", en = "Somebody on an institution's or worker's post is paid a civil servant's rank pay, or a civil servant only an institution's salary-grade pay." }
mistaken_for = { zh = "参公事业人员按公务员工资制属正常;调任、转任当月和次月新旧项目并存不判定;事业单位工人的技术等级工资不是级别工资;一张表只有一种项目列的老格式不判定。", en = "Institutions run like the civil service rightly pay by rank; the month of a move and the next are not judged; a worker's technical grade is no rank; an old payroll that has only one set of columns is not judged." }
verify = { zh = "核对编制类型、公务员或参公登记、岗位聘用合同和工资审批表,确认应执行的工资制度。", en = "Check the type of quota, the civil-service registration, the contract of the post and the approval of pay; settle which pay system applies." }
message = { zh = "{unit_name}{person_name}占用{quota_type},本月却{ground},涉及{amount}元,请核对身份和工资制度。", en = "{person_name} of {unit_name} stands on {quota_type} but {ground} this month, {amount} yuan; check the status and the pay system." }
legal_basis = [
  { law = "公", article = "§79–84", verified = true },
  { law = "人", article = "§32", verified = true },
]
[columns.quota_type]
type = "text"
title = { zh = "编制类型", en = "type of quota" }
labels = { administrative = { zh = "行政编制", en = "an administrative post" }, police = { zh = "政法专项编制", en = "a police post" }, institution = { zh = "事业编制", en = "an institution's post" }, civil_service_like = { zh = "参公事业编制", en = "a post run like the civil service" }, worker = { zh = "工勤编制", en = "a worker's post" } }
[columns.ground]
type = "text"
title = { zh = "认定依据", en = "ground" }
labels = { rank_pay = { zh = "领取公务员级别工资", en = "is paid a civil servant's rank pay" }, salary_grade = { zh = "只有事业单位薪级工资", en = "is paid by an institution's salary grades only" } }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "quota_type", "staff_status", "entry_date"]
payroll = ["name", "resident_id", "unit_name", "pay_month", "post_pay", "grade_pay", "position_pay", "rank_pay", "gross_pay"]
---*/
WITH active AS (
  SELECT s.person_key AS person, s.quota_type, s.row_id, COALESCE(s.entry_date_month, 0) - p.period_no AS since
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.person_key IS NOT NULL AND s.staff_status IN ('on_post', 'off_post') AND s.quota_type <> 'unrecognised'
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
),
-- Whose items do not go with the type of quota; only those are looked at whole.
suspect AS (
  SELECT a.person
  FROM active a JOIN payroll w ON w.person_key = a.person CROSS JOIN params p
  WHERE w.pay_month_no = p.period_no
    AND ((a.quota_type IN ('institution', 'worker') AND w.rank_pay > 0)
      OR (a.quota_type IN ('administrative', 'police', 'civil_service_like')
          AND w.grade_pay > 0 AND COALESCE(w.rank_pay, 0) = 0 AND COALESCE(w.position_pay, 0) = 0))
  GROUP BY a.person
),
enrolled AS (
  SELECT k.person, MIN(a.quota_type) AS quota_type, MIN(a.row_id) AS staff_row
  FROM suspect k JOIN active a ON a.person = k.person
  GROUP BY k.person
  -- One type alone, and no move in this month or the last.
  HAVING MIN(a.quota_type) = MAX(a.quota_type) AND MAX(a.since) < -1
),
-- Files that tell the two systems apart: somebody in them is paid by rank.
told AS (
  SELECT w.source_file
  FROM payroll w CROSS JOIN params p
  WHERE w.pay_month_no = p.period_no AND w.rank_pay > 0
  GROUP BY w.source_file
),
pay AS (
  SELECT e.person, e.quota_type, e.staff_row, w.unit_key, w.row_id, w.source_file,
         COALESCE(w.grade_pay, 0) AS grade_pay, COALESCE(w.rank_pay, 0) AS rank_pay, COALESCE(w.position_pay, 0) AS position_pay
  FROM enrolled e JOIN payroll w ON w.person_key = e.person CROSS JOIN params p
  WHERE w.unit_key IS NOT NULL AND w.pay_month_no = p.period_no AND w.pay_class = 'in_service' AND w.batch = 'regular'
),
found AS (
  SELECT y.unit_key, y.person, y.quota_type, 'rank_pay' AS ground, y.rank_pay AS amount, y.staff_row, y.row_id
  FROM pay y
  WHERE y.quota_type IN ('institution', 'worker') AND y.rank_pay > 0
  UNION ALL
  SELECT y.unit_key, y.person, y.quota_type, 'salary_grade' AS ground, y.grade_pay AS amount, y.staff_row, y.row_id
  FROM pay y JOIN told t ON t.source_file = y.source_file
  WHERE y.quota_type IN ('administrative', 'police', 'civil_service_like') AND y.grade_pay > 0 AND y.rank_pay = 0 AND y.position_pay = 0
)
SELECT MIN(unit_key) AS unit_key, person AS person_key, SUM(amount) AS amount, MIN(quota_type) AS quota_type, MIN(ground) AS ground,
       MIN(staff_row) AS row__establishment_staff, MIN(row_id) AS row__payroll
FROM found
GROUP BY person
