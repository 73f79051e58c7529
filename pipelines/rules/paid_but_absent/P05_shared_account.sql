/*---
code = "P05"
slug = "shared-account"
category = "paid_but_absent"
severity = "S2"
since = "0.1.0"
grain = "unit"
inputs = ["payroll", "establishment_staff"]
optional_inputs = ["absence_reasons"]
absence_claim = false
name = { zh = "多人共用账号", en = "shared account" }
what = { zh = "同月两人以上的在职工资打入同一银行账号;其中有人不在任何编制名册的为重大疑点。", en = "The in-service pay of two or more persons goes to one bank account in a month: grave when one of them is on no register." }
mistaken_for = { zh = "经登记的集中发放、单位代发过渡户;夫妻、监护代领;全零、掩码等无效账号不比对;同一人证件号写错形成的两条记录(姓名相同)不判定。", en = "Registered collective payment and transit accounts; couples and guardians; accounts all zero or masked are not compared; one person split by a mistyped ID (the same name) is not judged." }
verify = { zh = "向代发银行核对户名和开户证件,查明账号实际所有人及代领手续。", en = "Ask the paying bank for the holder's name and papers, and find out who really draws the money and by what right." }
message = { zh = "{unit_name}等发放的工资中,{persons}人本月共用账号{masked_account},合计{gross}元,其中{unenrolled}人不在编制名册,请向银行核实户主。", en = "{persons} persons paid by {unit_name} or others share the account {masked_account} this month, {gross} yuan in all, {unenrolled} of them on no register; ask the bank who holds it." }
legal_basis = [ { law = "财", article = "§6(1)", verified = true } ]
measure = "persons"
[parameters.max_rival]
type = "float"
default = 0.05
minimum = 0.0
doc = { zh = "次优匹配概率低于此值才认定不在名册", en = "on no register only when the nearest candidate is less probable than this" }
[columns.persons]
type = "integer"
unit = "persons"
title = { zh = "共用人数", en = "persons sharing" }
[columns.unenrolled]
type = "integer"
unit = "persons"
title = { zh = "其中不在编制名册", en = "of them on no register" }
[columns.masked_account]
type = "text"
title = { zh = "账号(已脱敏)", en = "account, masked" }
[columns.gross]
type = "money"
unit = "yuan"
title = { zh = "当月合计应发", en = "gross of all this month" }
[evidence]
payroll = ["name", "resident_id", "unit_name", "pay_month", "gross_pay", "bank", "account"]
---*/
WITH several AS (
  SELECT w.account_key
  FROM payroll w CROSS JOIN params p
  WHERE w.account_key IS NOT NULL AND w.person_key IS NOT NULL AND w.unit_key IS NOT NULL
    AND w.pay_month_no = p.period_no AND w.pay_class = 'in_service'
  GROUP BY w.account_key
  HAVING MIN(w.person_key) <> MAX(w.person_key)
),
payee AS (
  SELECT v.account_key, w.person_key, MIN(w.name_key) AS name_key, MIN(w.account) AS account, MIN(w.unit_key) AS unit_key,
         SUM(COALESCE(w.gross_pay, w.net_pay)) AS gross, MAX(COALESCE(w.person_rival, 0.0)) AS rival, MIN(w.row_id) AS row_id
  FROM several v JOIN payroll w ON w.account_key = v.account_key CROSS JOIN params p
  WHERE w.person_key IS NOT NULL AND w.unit_key IS NOT NULL
    AND w.pay_month_no = p.period_no AND w.pay_class = 'in_service'
  GROUP BY v.account_key, w.person_key
),
shared AS (
  SELECT account_key FROM payee GROUP BY account_key HAVING CAST(COUNT(DISTINCT name_key) AS BIGINT) > 1
),
holder AS (
  SELECT y.account_key, y.person_key, y.unit_key, y.account, y.gross, y.rival, y.row_id
  FROM shared s JOIN payee y ON y.account_key = s.account_key
),
registered AS (
  SELECT h.person_key AS person FROM holder h JOIN establishment_staff s ON s.person_key = h.person_key
  UNION
  SELECT h.person_key AS person FROM holder h JOIN rejected_rows r ON r.person_key = h.person_key
  WHERE r.table_name = 'establishment_staff'
),
collective AS (
  SELECT a.person_key AS person
  FROM absence_reasons a CROSS JOIN params p
  WHERE a.person_key IS NOT NULL AND a.reason = 'collective_payment'
    AND (a.valid_from_day_min IS NULL OR a.valid_from_day_min <= p.as_of_day)
    AND (a.valid_to_day_min IS NULL OR a.valid_to_day_min > p.period_first_day)
  GROUP BY a.person_key
),
excused AS (
  SELECT h.account_key FROM holder h JOIN collective c ON c.person = h.person_key GROUP BY h.account_key
),
judged AS (
  SELECT h.account_key, h.person_key, h.unit_key, h.account, h.gross, h.row_id,
         CASE WHEN r.person IS NULL AND h.rival < p.max_rival THEN 1 ELSE 0 END AS is_unenrolled,
         CASE WHEN r.person IS NULL THEN 0 ELSE 1 END AS is_registered
  FROM holder h
  LEFT JOIN excused x ON x.account_key = h.account_key
  LEFT JOIN registered r ON r.person = h.person_key
  CROSS JOIN params p
  WHERE x.account_key IS NULL
),
-- Those on no register stand first among the evidence.
ranked AS (
  SELECT account_key, person_key, unit_key, account, gross, row_id, is_unenrolled,
         CAST(ROW_NUMBER() OVER (PARTITION BY account_key ORDER BY is_registered, person_key) AS BIGINT) AS rank_no
  FROM judged
)
SELECT MIN(CASE WHEN rank_no = 1 THEN unit_key END) AS unit_key,
       account_key AS object_key,
       CASE WHEN MAX(is_unenrolled) = 1 THEN 'S1' ELSE 'S2' END AS severity,
       CAST(COUNT(*) AS BIGINT) AS persons,
       CAST(SUM(is_unenrolled) AS BIGINT) AS unenrolled,
       MIN(account) AS masked_account, SUM(gross) AS gross,
       MIN(CASE WHEN rank_no = 1 THEN row_id END) AS row__payroll,
       MIN(CASE WHEN rank_no = 2 THEN row_id END) AS row__payroll_2,
       MIN(CASE WHEN rank_no = 3 THEN row_id END) AS row__payroll_3
FROM ranked
GROUP BY account_key
