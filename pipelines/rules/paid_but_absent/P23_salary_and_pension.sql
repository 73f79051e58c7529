/*---
code = "P23"
slug = "salary-and-pension"
category = "paid_but_absent"
severity = "S1"
since = "0.1.0"
grain = "person"
inputs = ["payroll", "pensions"]
absence_claim = false
name = { zh = "工资与养老金双领", en = "salary and pension" }
what = { zh = "本人已按月领取机关事业或职工养老待遇,同时仍以在职身份领取正常批次工资,重叠两个月以上且本月仍在重叠。", en = "A person draws a pension in his or her own right and in-service pay at once, for two months or more, this one included." }
mistaken_for = { zh = "退休当月发放工资、次月起发养老金属正常;只重叠一个月的是衔接滞后;遗属待遇、城乡居民养老不计;补发、一次性奖金不计;军转、返聘人员须核对待遇性质。", en = "Pay in the month of retirement and a pension from the next are right; one month of overlap is lag; survivors' and residents' pensions, back pay and awards are not counted; for veterans and the re-employed check what kind of payment it is." }
verify = { zh = "向社保经办机构核对养老待遇首发月份、险种和停发情况,向发放单位核对工资停发手续,确认应追回哪一项。", en = "Ask the pension agency for the first month, kind and any stop of the pension, and the payer for its stop of pay; settle which of the two is to be recovered." }
message = { zh = "{person_name}自{pension_from}起领取养老待遇,{unit_name}近三个月仍有{months}个月以在职身份发放工资共{amount}元,请核实身份并停发一项。", en = "{person_name} has drawn a pension since {pension_from}; {unit_name} still paid {months} of three months in service, {amount} yuan; settle the person's status and stop one of the two." }
legal_basis = [ { law = "饷65", article = "情形3", verified = true } ]
measure = "months"
[parameters.min_months]
type = "integer"
default = 2
minimum = 1
doc = { zh = "至少重叠月数(含本月)", en = "least number of months of overlap, this one included" }
[columns.pension_from]
type = "text"
title = { zh = "养老待遇首发月份", en = "first month of the pension" }
[columns.months]
type = "integer"
unit = "months"
title = { zh = "重叠月数", en = "months of overlap" }
[columns.first_paid]
type = "text"
title = { zh = "窗口内首个重叠月", en = "first month of overlap within the window" }
[evidence]
pensions = ["name", "resident_id", "first_month", "pension_amount", "pension_kind"]
payroll = ["name", "resident_id", "unit_name", "pay_month", "pay_class", "batch", "gross_pay", "net_pay"]
---*/
WITH own_pension AS (
  SELECT n.person_key AS person, MIN(n.first_month) AS pension_from, MIN(n.first_month_no) AS month_no, MIN(n.row_id) AS pension_row
  FROM pensions n
  WHERE n.person_key IS NOT NULL AND n.first_month_no IS NOT NULL AND (n.pension_kind IS NULL OR n.pension_kind = 'own')
  GROUP BY n.person_key
),
pay AS (
  SELECT o.person, w.unit_key, w.pay_month, w.pay_month_no, w.batch, w.row_id, COALESCE(w.gross_pay, w.net_pay) AS gross,
         p.period_no, p.min_months
  FROM own_pension o JOIN payroll w ON w.person_key = o.person CROSS JOIN params p
  WHERE w.unit_key IS NOT NULL AND w.pay_class = 'in_service' AND w.batch IN ('regular', 'performance')
    AND w.pay_month_no > p.period_no - 3 AND w.pay_month_no <= p.period_no AND w.pay_month_no >= o.month_no
),
paid AS (
  SELECT person, SUM(gross) AS amount, MIN(pay_month) AS first_paid, MAX(min_months) AS min_months,
         CAST(COUNT(DISTINCT CASE WHEN batch = 'regular' AND gross > 0 THEN pay_month_no END) AS BIGINT) AS months,
         MIN(CASE WHEN pay_month_no = period_no AND batch = 'regular' AND gross > 0 THEN unit_key END) AS unit_key,
         MIN(CASE WHEN pay_month_no = period_no AND batch = 'regular' AND gross > 0 THEN row_id END) AS pay_row,
         MIN(CASE WHEN pay_month_no < period_no THEN row_id END) AS earlier_row
  FROM pay GROUP BY person
)
SELECT w.unit_key, w.person AS person_key, w.amount, o.pension_from, w.months, w.first_paid,
       o.pension_row AS row__pensions, w.pay_row AS row__payroll, w.earlier_row AS row__payroll_2
FROM paid w JOIN own_pension o ON o.person = w.person
WHERE w.unit_key IS NOT NULL AND w.months >= w.min_months
