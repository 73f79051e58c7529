/*---
code = "T04"
slug = "recurrence"
category = "early_warning"
severity = "S2"
since = "0.2.0"
grain = "row"
inputs = ["establishment_units"]
optional_inputs = []
past = { anomalies = 12 }
absence_claim = false
name = { zh = "问题回潮", en = "a closed problem is back" }
what = { zh = "十二个月内已消除的问题,在同一单位(或同一人)以同一规则再次出现。只看一、二级问题。", en = "A problem closed within the last twelve months stands again at the same unit (or person) under the same rule. Only S1 and S2 problems." }
mistaken_for = { zh = "提取文件某月漏送一批数据,会使问题先消除后重现,须先看当月未采纳行。", en = "An extract that lacked rows one month makes problems vanish and return; look at that month's rejected rows first." }
verify = { zh = "调取销号材料,核对当时的整改是否真实,再查重现的原因。", en = "Take the closing file, see whether the problem was really put right, then why it is back." }
message = { zh = "{unit_name}{person_name}的{problem}问题于{closed_in}消除,{period}再次出现,请核查整改是否真实。", en = "{unit_name} {person_name}: problem {problem} was closed in {closed_in} and stands again in {period}; check whether it was put right." }
legal_basis = [ { law = "联11" } ]
measure = "times"
[columns.problem]
type = "text"
title = { zh = "问题规则", en = "rule of the problem" }
[columns.closed_in]
type = "text"
title = { zh = "消除月份", en = "month it was closed in" }
[columns.times]
type = "integer"
title = { zh = "十二个月内消除次数", en = "times closed in twelve months" }
[evidence]
establishment_units = ["unit_name", "unit_code", "unit_status"]
---*/
WITH standing AS (
  SELECT a.rule AS problem, a.unit_key, a.person_key AS person, MIN(a.anomaly_id) AS anomaly_id
  FROM anomalies a
  WHERE a.status IN ('new', 'reopened') AND a.severity IN ('S1', 'S2') AND a.unit_key IS NOT NULL
    AND a.rule NOT IN ('T04', 'T08')
  GROUP BY a.rule, a.unit_key, a.person_key
),
closed AS (
  SELECT a.rule AS problem, a.unit_key, COALESCE(CAST(a.person_key AS VARCHAR), '') AS person, MAX(a.period) AS closed_in,
         CAST(COUNT(DISTINCT a.period) AS BIGINT) AS times
  FROM anomalies_past a CROSS JOIN params p
  WHERE a.status = 'closed' AND a.period_no >= p.period_no - 12 AND a.period_no < p.period_no AND a.unit_key IS NOT NULL
  GROUP BY a.rule, a.unit_key, COALESCE(CAST(a.person_key AS VARCHAR), '')
),
listed AS (
  SELECT unit_key, MIN(row_id) AS unit_row FROM establishment_units GROUP BY unit_key
),
known AS (
  SELECT s.problem, s.unit_key, s.person AS person_key, COALESCE(CAST(s.person AS VARCHAR), '') AS person FROM standing s
)
SELECT s.unit_key, s.person_key, s.problem AS object_key, s.problem, c.closed_in, c.times,
       u.unit_row AS row__establishment_units
FROM known s
JOIN closed c ON c.problem = s.problem AND c.unit_key = s.unit_key AND c.person = s.person
LEFT JOIN listed u ON u.unit_key = s.unit_key
