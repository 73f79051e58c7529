/*---
code = "P19"
slug = "added-without-approval"
category = "paid_but_absent"
severity = "S2"
since = "0.1.0"
grain = "person"
inputs = ["payroll", "establishment_staff"]
optional_inputs = ["hr_staff", "absence_reasons", "quota_approvals", "off_quota_staff"]
absence_claim = true
name = { zh = "增人无手续", en = "added without approval" }
what = { zh = "单位本月工资表新增在职领薪人员,近四个月内没有入编、调动、报到、复岗记录,也没有用编核准。", en = "Somebody is new on a unit's payroll in service this month, and in the last four months there is no entry, move, report for duty or return from leave, nor an approval to use a post." }
mistaken_for = { zh = "产假、停薪留职期满回岗不判定;入编、调动、人事报到在本月或前三个月的不判定;名册上没有而单位近期有用编核准的属手续在途;证件号写错造成的同名新行不判定;整单位更换发放单位不判定。", en = "Return from maternity or unpaid leave; an entry, move or report for duty in this month or the three before; one not yet registered where the unit has a recent approval; a namesake's row with a mistyped ID; a whole unit that changed its payer." }
verify = { zh = "核对增资审批表、入编通知单和调动文件,查明由谁批准增加发放。", en = "Check the approval of pay, the entry notice and the transfer papers; find out who allowed the addition." }
message = { zh = "{unit_name}本月新增发放{person_name}工资{amount}元,近四个月没有入编、调动、复岗记录或用编核准,请核对增人手续。", en = "{unit_name} newly pays {person_name} {amount} yuan this month; there is no entry, move, return or approval in the last four months; check the papers." }
legal_basis = [
  { law = "486", article = "§6", verified = true },
  { law = "条例19", article = "第六章", verified = false },
]
[parameters.max_rival]
type = "float"
default = 0.05
minimum = 0.0
doc = { zh = "次优匹配概率低于此值才判定", en = "the nearest candidate on the register must be less probable than this" }
[parameters.months_back]
type = "integer"
default = 3
minimum = 0
doc = { zh = "手续可早于增人的月数", en = "how many months before the addition papers may date" }
[columns.on_register]
type = "text"
title = { zh = "编制名册", en = "register" }
labels = { yes = { zh = "在编", en = "on the register" }, no = { zh = "不在册", en = "on no register" } }
[evidence]
payroll = ["name", "resident_id", "unit_name", "pay_month", "pay_class", "batch", "gross_pay", "net_pay"]
establishment_staff = ["name", "resident_id", "unit_name", "staff_status", "entry_date", "approval_no"]
---*/
WITH now_paid AS (
  SELECT w.unit_key, w.person_key AS person
  FROM payroll w CROSS JOIN params p
  WHERE w.unit_key IS NOT NULL AND w.person_key IS NOT NULL AND w.pay_month_no = p.period_no
    AND w.pay_class = 'in_service' AND w.batch = 'regular' AND COALESCE(w.gross_pay, w.net_pay) > 0
  GROUP BY w.unit_key, w.person_key
),
earlier AS (
  SELECT w.unit_key, w.person_key AS person, w.name_key, w.pay_month_no - p.period_no AS months_ago
  FROM payroll w CROSS JOIN params p
  WHERE w.unit_key IS NOT NULL AND w.pay_month_no < p.period_no
),
seen AS (
  SELECT unit_key, person FROM earlier WHERE person IS NOT NULL GROUP BY unit_key, person
),
payer AS (
  SELECT unit_key FROM earlier WHERE months_ago = -1 GROUP BY unit_key
),
unseen AS (
  SELECT n.unit_key, n.person
  FROM now_paid n
  JOIN payer y ON y.unit_key = n.unit_key
  LEFT JOIN seen s ON s.unit_key = n.unit_key AND s.person = n.person
  WHERE s.person IS NULL
),
unseen_pay AS (
  SELECT n.unit_key, n.person, MIN(w.name_key) AS name_key, MIN(w.row_id) AS row_id,
         SUM(COALESCE(w.gross_pay, w.net_pay)) AS gross, MAX(COALESCE(w.person_rival, 0.0)) AS rival
  FROM unseen n JOIN payroll w ON w.person_key = n.person AND w.unit_key = n.unit_key CROSS JOIN params p
  WHERE w.pay_month_no = p.period_no AND w.pay_class = 'in_service' AND w.batch = 'regular' AND COALESCE(w.gross_pay, w.net_pay) > 0
  GROUP BY n.unit_key, n.person
),
-- Seen under another number.
seen_by_name AS (
  SELECT n.unit_key, n.person
  FROM unseen_pay n JOIN earlier e ON e.unit_key = n.unit_key AND e.name_key = n.name_key
  GROUP BY n.unit_key, n.person
),
added AS (
  SELECT n.unit_key, n.person, n.row_id, n.gross, n.rival
  FROM unseen_pay n
  LEFT JOIN seen_by_name m ON m.unit_key = n.unit_key AND m.person = n.person
  WHERE m.person IS NULL
),
-- More than half of a payroll new at once: the unit changed its payer.
share AS (
  SELECT n.unit_key, CAST(COUNT(*) AS BIGINT) AS everybody FROM now_paid n GROUP BY n.unit_key
),
new_share AS (
  SELECT unit_key, CAST(COUNT(*) AS BIGINT) AS newcomers FROM added GROUP BY unit_key
),
register AS (
  SELECT d.person, MAX(s.row_id) AS staff_row,
         MAX(CASE WHEN s.entry_date_month >= p.period_no - p.months_back AND s.entry_date_month <= p.period_no THEN 1
                  WHEN s.entry_date_precision = 'year' AND s.entry_date_month + 11 >= p.period_no - p.months_back
                       AND s.entry_date_month <= p.period_no THEN 1
                  WHEN s.exit_reason = 'transfer' AND s.exit_date_month >= p.period_no - p.months_back THEN 1
                  WHEN s.entry_date_month IS NULL THEN 1
                  ELSE 0 END) AS has_papers
  FROM added d JOIN establishment_staff s ON s.person_key = d.person CROSS JOIN params p
  GROUP BY d.person
),
hr AS (
  SELECT h.person_key AS person
  FROM hr_staff h CROSS JOIN params p
  WHERE h.person_key IS NOT NULL AND h.entered_on_month >= p.period_no - p.months_back AND h.entered_on_month <= p.period_no
  GROUP BY h.person_key
),
back AS (
  SELECT a.person_key AS person
  FROM absence_reasons a CROSS JOIN params p
  WHERE a.person_key IS NOT NULL
    AND ((a.valid_to_month >= p.period_no - p.months_back AND a.valid_to_month <= p.period_no)
      OR (a.reason = 'collective_payment' AND (a.valid_to_month IS NULL OR a.valid_to_month >= p.period_no)))
  GROUP BY a.person_key
),
approval AS (
  SELECT q.unit_key
  FROM quota_approvals q CROSS JOIN params p
  WHERE q.unit_key IS NOT NULL AND q.approved_on_month >= p.period_no - p.months_back AND q.approved_on_month <= p.period_no
  GROUP BY q.unit_key
),
excused AS (
  SELECT r.person_key AS person FROM rejected_rows r
  WHERE r.person_key IS NOT NULL AND r.table_name IN ('establishment_staff', 'payroll', 'hr_staff')
  UNION
  -- Those on the off-quota list are judged by P22.
  SELECT o.person_key AS person FROM off_quota_staff o WHERE o.person_key IS NOT NULL
)
SELECT d.unit_key, d.person AS person_key, d.gross AS amount, CASE WHEN r.person IS NULL THEN 'no' ELSE 'yes' END AS on_register,
       d.row_id AS row__payroll, r.staff_row AS row__establishment_staff
FROM added d
JOIN share e ON e.unit_key = d.unit_key
JOIN new_share w ON w.unit_key = d.unit_key
LEFT JOIN register r ON r.person = d.person
LEFT JOIN hr h ON h.person = d.person
LEFT JOIN back b ON b.person = d.person
LEFT JOIN approval q ON q.unit_key = d.unit_key
LEFT JOIN excused x ON x.person = d.person
CROSS JOIN params p
WHERE w.newcomers * 2 <= e.everybody
  AND COALESCE(r.has_papers, 0) = 0 AND h.person IS NULL AND b.person IS NULL AND x.person IS NULL
  AND (r.person IS NOT NULL OR q.unit_key IS NULL) AND d.rival < p.max_rival
