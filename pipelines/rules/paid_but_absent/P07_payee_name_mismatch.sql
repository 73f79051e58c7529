/*---
code = "P07"
slug = "payee-name-mismatch"
category = "paid_but_absent"
severity = "S2"
since = "0.1.0"
grain = "person"
inputs = ["payroll", "bank_returns"]
optional_inputs = ["establishment_staff", "hr_staff", "absence_reasons"]
absence_claim = false
name = { zh = "户名不符", en = "payee name mismatch" }
what = { zh = "银行回盘的户名与工资表上的姓名不是同一人:规整后不同,也不是此人在编制名册、人事库中的姓名。", en = "The bank knows the holder of the account by a name that is neither the payee's, after folding, nor any that the registers have for the payee." }
mistaken_for = { zh = "工资表打错字而户名与名册一致的不判定;繁简、全半角、间隔号写法不同已经规整;银行截断的少数民族长姓名不判定;经登记的集中发放不判定;已退汇的不判定;曾用名开户须核对。", en = "A slip in the payroll where the bank agrees with the register; other scripts, widths and interpuncts are folded; long names the bank cut short, registered collective payment and money the bank sent back are not judged; an account under a former name must be checked." }
verify = { zh = "请代发银行提供开户人身份证件信息,与领薪人身份证号核对,查明实际领款人。", en = "Ask the paying bank for the ID the account was opened with, compare it with the payee's, and find out who really draws the money." }
message = { zh = "{unit_name}发给{person_name}的工资{amount}元进入户名为{holder}的账号{masked_account},请向银行核实户主。", en = "{amount} yuan paid by {unit_name} to {person_name} went to account {masked_account}, held by {holder}; ask the bank who that is." }
legal_basis = [ { law = "财", article = "§6(1)", verified = true } ]
[columns.holder]
type = "text"
title = { zh = "银行户名(已脱敏)", en = "holder by the bank, masked" }
[columns.masked_account]
type = "text"
title = { zh = "账号(已脱敏)", en = "account, masked" }
[evidence]
bank_returns = ["pay_month", "account", "holder_name", "amount", "outcome"]
payroll = ["name", "resident_id", "unit_name", "pay_month", "gross_pay", "net_pay", "bank", "account"]
---*/
WITH answer AS (
  SELECT b.account_key, MIN(b.holder_name_key) AS holder_key, MIN(b.holder_name) AS holder, MIN(b.row_id) AS bank_row
  FROM bank_returns b CROSS JOIN params p
  WHERE b.account_key IS NOT NULL AND b.holder_name_key IS NOT NULL AND b.pay_month_no = p.period_no
    AND (b.outcome IS NULL OR b.outcome = 'paid')
  GROUP BY b.account_key
  -- The bank itself must be of one mind.
  HAVING MIN(b.holder_name_key) = MAX(b.holder_name_key)
),
pay AS (
  SELECT w.person_key AS person, w.unit_key, w.account_key, w.account, w.name, w.name_key, w.row_id,
         COALESCE(w.gross_pay, w.net_pay) AS gross, a.holder_key, a.holder, a.bank_row
  FROM payroll w JOIN answer a ON a.account_key = w.account_key CROSS JOIN params p
  WHERE w.person_key IS NOT NULL AND w.unit_key IS NOT NULL AND w.name_key IS NOT NULL
    AND w.pay_month_no = p.period_no AND w.pay_class IN ('in_service', 'retired')
    AND w.name_key <> a.holder_key
    -- A long name that the bank cut short begins alike; only its first character is left to compare.
    AND NOT (w.name LIKE '%·%' AND SUBSTR(w.name, 1, 1) = SUBSTR(a.holder, 1, 1))
),
-- The holder is the payee after all, by a name that a register has: the payroll is mistyped.
known AS (
  SELECT y.row_id FROM pay y JOIN establishment_staff s ON s.person_key = y.person AND s.name_key = y.holder_key
  UNION
  SELECT y.row_id FROM pay y JOIN hr_staff h ON h.person_key = y.person AND h.name_key = y.holder_key
  UNION
  SELECT y.row_id FROM pay y JOIN payroll w ON w.person_key = y.person AND w.name_key = y.holder_key
),
collective AS (
  SELECT a.person_key AS person
  FROM absence_reasons a CROSS JOIN params p
  WHERE a.person_key IS NOT NULL AND a.reason = 'collective_payment'
    AND (a.valid_from_day_min IS NULL OR a.valid_from_day_min <= p.as_of_day)
    AND (a.valid_to_day_min IS NULL OR a.valid_to_day_min > p.period_first_day)
  GROUP BY a.person_key
)
SELECT MIN(y.unit_key) AS unit_key, y.person AS person_key, y.account_key AS object_key, SUM(y.gross) AS amount,
       MIN(y.holder) AS holder, MIN(y.account) AS masked_account,
       MIN(y.bank_row) AS row__bank_returns, MIN(y.row_id) AS row__payroll
FROM pay y
LEFT JOIN known k ON k.row_id = y.row_id
LEFT JOIN collective c ON c.person = y.person
WHERE k.row_id IS NULL AND c.person IS NULL
GROUP BY y.person, y.account_key
