/*---
code = "P24"
slug = "back-pay-outlier"
category = "paid_but_absent"
severity = "S3"
since = "0.1.0"
grain = "person"
inputs = ["payroll"]
absence_claim = false
name = { zh = "补发异常", en = "back pay out of the ordinary" }
what = { zh = "本月补发超过本人月工资的六倍,或连续三个月都有补发。", en = "Back pay of more than six times the person's monthly pay, or back pay in three months running." }
mistaken_for = { zh = "统一调标补发(同单位过半人员本月有补发)不判定;重新认定工龄、诉讼判决、离开时结清属正常,须附文件;一次性奖金不计。", en = "A general adjustment (more than half of the payer's staff get back pay this month) is not judged; recognition of earlier service, a judgement, or settlement on leaving need their document; awards are not counted." }
verify = { zh = "核对补发审批表、补发期间和计算依据,查是否用补发变相发放。", en = "Check the approval, the months it is for and how it was reckoned; look for pay in disguise." }
message = { zh = "{unit_name}本月向{person_name}补发{amount}元({ground}),月工资{gross}元,请核对补发审批和期间。", en = "{unit_name} gave {person_name} back pay of {amount} yuan this month ({ground}), monthly pay {gross} yuan; check the approval and the months it is for." }
legal_basis = [ { law = "486", article = "§21–25", verified = true } ]
[parameters.times]
type = "integer"
default = 6
minimum = 1
doc = { zh = "补发超过月工资多少倍才判定", en = "how many times the monthly pay back pay must exceed" }
[columns.ground]
type = "text"
title = { zh = "认定依据", en = "ground" }
labels = { large = { zh = "超过月工资规定倍数", en = "too many times the monthly pay" }, repeated = { zh = "连续三个月补发", en = "three months running" } }
[columns.gross]
type = "money"
unit = "yuan"
title = { zh = "月工资(不含补发)", en = "monthly pay without back pay" }
[evidence]
payroll = ["name", "resident_id", "unit_name", "pay_month", "batch", "back_pay", "gross_pay"]
---*/
-- Payers who give back pay to anybody this month; what others pay has no bearing.
WITH giver AS (
  SELECT w.unit_key
  FROM payroll w CROSS JOIN params p
  WHERE w.unit_key IS NOT NULL AND w.person_key IS NOT NULL AND w.pay_month_no = p.period_no
    AND ((w.batch = 'back_pay' AND COALESCE(w.gross_pay, w.net_pay) > 0) OR (w.batch IN ('regular', 'performance') AND w.back_pay > 0))
  GROUP BY w.unit_key
),
line AS (
  SELECT v.unit_key, w.person_key AS person, w.pay_month_no, w.row_id, p.period_no, p.times,
         -- A batch of its own counts whole, an item by itself.
         CASE WHEN w.batch = 'back_pay' THEN COALESCE(w.gross_pay, w.net_pay) ELSE COALESCE(w.back_pay, 0) END AS back_pay,
         CASE WHEN w.batch = 'regular' THEN COALESCE(w.gross_pay, w.net_pay) - COALESCE(w.back_pay, 0) ELSE 0 END AS monthly
  FROM giver v JOIN payroll w ON w.unit_key = v.unit_key CROSS JOIN params p
  WHERE w.person_key IS NOT NULL AND w.pay_class = 'in_service'
    AND w.batch IN ('regular', 'performance', 'back_pay')
    AND w.pay_month_no > p.period_no - 3 AND w.pay_month_no <= p.period_no
),
month_total AS (
  SELECT unit_key, person, pay_month_no, MIN(period_no) AS period_no, MIN(times) AS times, SUM(back_pay) AS back_pay, SUM(monthly) AS monthly,
         MAX(CASE WHEN back_pay > 0 THEN row_id END) AS back_row
  FROM line GROUP BY unit_key, person, pay_month_no
),
-- A general adjustment gives most of a payer's staff back pay in the same month.
breadth AS (
  SELECT unit_key AS payer, CAST(COUNT(*) AS BIGINT) AS everybody,
         CAST(SUM(CASE WHEN back_pay > 0 THEN 1 ELSE 0 END) AS BIGINT) AS given
  FROM month_total WHERE pay_month_no = period_no AND monthly > 0
  GROUP BY unit_key
),
general AS (
  SELECT payer FROM breadth WHERE given * 2 > everybody AND given > 1
),
months AS (
  SELECT unit_key, person, MIN(times) AS times,
         MAX(CASE WHEN pay_month_no = period_no THEN back_pay END) AS amount,
         MAX(monthly) AS monthly,
         CAST(COUNT(DISTINCT CASE WHEN back_pay > 0 THEN pay_month_no END) AS BIGINT) AS given_months,
         MAX(CASE WHEN pay_month_no = period_no THEN back_row END) AS back_row,
         MIN(CASE WHEN pay_month_no < period_no THEN back_row END) AS earlier_row
  FROM month_total GROUP BY unit_key, person
)
SELECT m.unit_key, m.person AS person_key, m.amount, CASE WHEN m.amount > m.monthly * m.times THEN 'large' ELSE 'repeated' END AS ground,
       m.monthly AS gross, m.back_row AS row__payroll, m.earlier_row AS row__payroll_2
FROM months m
LEFT JOIN general g ON g.payer = m.unit_key
WHERE g.payer IS NULL AND m.amount > 0 AND m.monthly > 0 AND (m.amount > m.monthly * m.times OR m.given_months = 3)
