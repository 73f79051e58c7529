/*---
code = "P15"
slug = "duplicate-payment"
category = "paid_but_absent"
severity = "S1"
since = "0.1.0"
grain = "person"
inputs = ["payroll"]
absence_claim = false
name = { zh = "同月重复发放", en = "duplicate payment" }
what = { zh = "同一人同月在同一单位同一批次,项目和应发金额完全相同的工资发放了两次以上。", en = "One unit pays one person the same items and gross twice or more in one batch of a month." }
mistaken_for = { zh = "基本工资与绩效分批发放;分项不同的两行;逐月补发、一次性奖金按笔列示的不判定;同名同单位的两人须核对身份证号。", en = "Base and performance pay in separate batches; rows with different items; back pay and awards listed line by line are not judged; two namesakes in one unit, so check the ID." }
verify = { zh = "核对该月发放文件和银行回单,确认是否重复入账,办理追回。", en = "Check the month's payment files and bank receipts for a double credit, and recover." }
message = { zh = "{unit_name}本月向{person_name}重复发放同一批次工资{copies}次,多发{amount}元,请核对银行回单并追回。", en = "{unit_name} paid {person_name} the same batch {copies} times this month, {amount} yuan too much; check the bank receipts and recover." }
legal_basis = [ { law = "财", article = "§6(1)", verified = false } ]
measure = "copies"
[columns.batch]
type = "text"
title = { zh = "发放批次", en = "batch" }
labels = { regular = { zh = "正常工资", en = "regular" }, performance = { zh = "绩效", en = "performance" } }
[columns.copies]
type = "integer"
unit = "rows"
title = { zh = "发放次数", en = "times paid" }
[columns.gross]
type = "money"
unit = "yuan"
title = { zh = "单次应发", en = "gross each time" }
[evidence]
payroll = ["name", "resident_id", "unit_name", "department", "pay_month", "batch", "post_pay", "grade_pay", "position_pay", "rank_pay", "performance_pay", "allowances", "gross_pay", "net_pay", "account"]
---*/
WITH pay AS (
  SELECT w.unit_key, w.person_key, w.batch, w.gross_pay AS gross, w.row_id,
         COALESCE(w.post_pay, 0) AS post_pay, COALESCE(w.grade_pay, 0) AS grade_pay,
         COALESCE(w.position_pay, 0) AS position_pay, COALESCE(w.rank_pay, 0) AS rank_pay,
         COALESCE(w.performance_pay, 0) AS performance_pay, COALESCE(w.allowances, 0) AS allowances
  FROM payroll w CROSS JOIN params p
  WHERE w.unit_key IS NOT NULL AND w.person_key IS NOT NULL AND w.pay_month_no = p.period_no
    AND w.pay_class IN ('in_service', 'retired') AND w.batch IN ('regular', 'performance') AND w.gross_pay > 0
),
-- Only who is paid more than once can have been paid the same twice.
several AS (
  SELECT person_key FROM pay GROUP BY person_key HAVING CAST(COUNT(*) AS BIGINT) > 1
),
repeated AS (
  SELECT y.unit_key, v.person_key, y.batch, y.gross, CAST(COUNT(*) AS BIGINT) AS copies, MIN(y.row_id) AS first_row, MAX(y.row_id) AS last_row
  FROM several v JOIN pay y ON y.person_key = v.person_key
  GROUP BY y.unit_key, v.person_key, y.batch, y.gross, y.post_pay, y.grade_pay, y.position_pay, y.rank_pay, y.performance_pay, y.allowances
  HAVING CAST(COUNT(*) AS BIGINT) > 1
)
SELECT unit_key, person_key, batch AS object_key, batch,
       SUM(gross * (copies - 1)) AS amount, MAX(copies) AS copies, MAX(gross) AS gross,
       MIN(first_row) AS row__payroll, MAX(last_row) AS row__payroll_2
FROM repeated
GROUP BY unit_key, person_key, batch
