/*---
code = "{CODE}"
slug = "{SLUG}"
category = "{CATEGORY}"
severity = "S4"
since = "{VERSION}"
# A preview is counted in rule_runs and not published. Take this line out when the rule is trusted.
preview = true
# unit, person or row: what one finding is about.
grain = "person"
# Tables the query reads. It does not run when one of `inputs` has no feed; `optional_inputs` are then empty.
inputs = ["establishment_staff"]
optional_inputs = []
# Earlier months of a table, as establishment_staff_past:  past = { establishment_staff = 12 }
absence_claim = false
name = { zh = "试拟规则", en = "a rule of our own" }
what = { zh = "人员在编已满设定年数。请改写为本规则要查的情形。", en = "A person has held a post for the years set. Say here what the rule finds." }
mistaken_for = { zh = "写明容易误认的情形。", en = "Say what looks like it and is not." }
verify = { zh = "写明怎样人工核实。", en = "Say how to check it by hand." }
message = { zh = "{unit_name}{person_name}在编已满{years}年。", en = "{person_name} at {unit_name} has held a post for {years} years." }
# A code of laws.toml; add your own laws in pipelines/rules/local/laws.toml. verified = true once the article is checked.
legal_basis = [ { law = "{LAW}" } ]
measure = "years"
[parameters.least_years]
type = "integer"
default = 40
minimum = 1
doc = { zh = "在编年数", en = "years on the post" }
[columns.years]
type = "integer"
unit = "years"
title = { zh = "在编年数", en = "years on the post" }
[evidence]
establishment_staff = ["name", "resident_id", "entry_date", "staff_status"]
---*/
-- Who holds a post, and since when. Months are integers: 12 × year + month − 1.
WITH stay AS (
  SELECT s.unit_key, s.person_key, MIN(s.row_id) AS row_id, MAX(p.period_no) AS period_no, MIN(s.entry_date_month) AS entry_month
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.person_key IS NOT NULL AND s.staff_status IN ('on_post', 'off_post')
    AND s.entry_date_month <= p.period_no
  GROUP BY s.unit_key, s.person_key
),
served AS (
  SELECT unit_key, person_key, row_id, CAST(FLOOR((period_no - entry_month) / 12.0) AS BIGINT) AS years FROM stay
)
SELECT s.unit_key, s.person_key, s.years, s.row_id AS row__establishment_staff
FROM served s CROSS JOIN params p
WHERE s.years >= p.least_years
