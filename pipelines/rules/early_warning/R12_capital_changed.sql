/*---
code = "R12"
slug = "capital-changed"
category = "early_warning"
severity = "S4"
since = "0.1.0"
grain = "unit"
inputs = ["registrations", "annual_reports"]
absence_claim = false
name = { zh = "开办资金变动未变更", en = "capital changed, not registered" }
what = { zh = "最近一期年报的净资产比登记的开办资金增减超过百分之二十,年末以后没有变更登记。仅为线索。", en = "The net assets of the latest annual report differ from the registered opening capital by more than a fifth, and no change was registered since the year's end. A lead only." }
mistaken_for = { zh = "规定针对的是开办资金而非净资产,净资产变动不当然要求变更;年末以后已办变更登记的;任一项未填或为零的不比对。", en = "The provision speaks of opening capital, not of net assets, so a difference alone obliges nobody; a change registered after the year's end; blanks and zeros." }
verify = { zh = "查年末资产负债表和开办资金确认材料,判断是否需要办理开办资金变更登记。", en = "Look at the balance sheet and at how the capital was confirmed; decide whether a change must be registered." }
message = { zh = "{unit_name}登记开办资金{opening_capital}元,{report_year}年末净资产{net_assets}元,相差{percent}%,请核实是否需要变更登记。", en = "{unit_name}: opening capital {opening_capital} yuan, net assets {net_assets} yuan at the end of {report_year}, {percent}% apart; check whether a change must be registered." }
legal_basis = [
  { law = "登", article = "§8", verified = true },
  { law = "细", article = "开办资金变动百分之二十", verified = false },
]
measure = "percent"
[parameters.max_percent]
type = "integer"
default = 20
minimum = 1
doc = { zh = "允许的增减百分比", en = "difference in per cent that is let pass" }
[columns.report_year]
type = "integer"
title = { zh = "报告年度", en = "year reported on" }
[columns.opening_capital]
type = "money"
unit = "yuan"
title = { zh = "登记开办资金", en = "registered opening capital" }
[columns.net_assets]
type = "money"
unit = "yuan"
title = { zh = "年末净资产", en = "net assets at the year's end" }
[columns.percent]
type = "integer"
unit = "per cent"
title = { zh = "相差百分比", en = "difference in per cent of the capital" }
[evidence]
registrations = ["unit_name", "credit_code", "opening_capital", "changed_on"]
annual_reports = ["unit_name", "report_year", "opening_capital", "net_assets"]
---*/
WITH latest AS (
  SELECT a.unit_key, MAX(a.report_year) AS report_year
  FROM annual_reports a CROSS JOIN params p
  WHERE a.unit_key IS NOT NULL AND a.net_assets IS NOT NULL AND a.report_year * 12 + 11 <= p.period_no
  GROUP BY a.unit_key
),
report AS (
  SELECT a.unit_key, l.report_year, MIN(a.net_assets) AS net_assets, MIN(a.row_id) AS report_row
  FROM annual_reports a JOIN latest l ON l.unit_key = a.unit_key AND l.report_year = a.report_year
  WHERE a.net_assets IS NOT NULL
  GROUP BY a.unit_key, l.report_year
),
registered AS (
  SELECT unit_key, MAX(opening_capital) AS opening_capital, MAX(changed_on_month) AS changed_month, MIN(row_id) AS registration_row
  FROM registrations
  WHERE unit_key IS NOT NULL AND registration_status = 'active' AND opening_capital > 0
  GROUP BY unit_key
),
compared AS (
  SELECT r.unit_key, a.report_year, r.opening_capital, a.net_assets, r.registration_row, a.report_row,
         (CAST(a.net_assets AS DOUBLE) / CAST(r.opening_capital AS DOUBLE) - 1.0) * 100.0 AS change
  FROM registered r JOIN report a ON a.unit_key = r.unit_key
  WHERE r.changed_month IS NULL OR r.changed_month <= a.report_year * 12 + 11
),
measured AS (
  SELECT unit_key, report_year, opening_capital, net_assets, registration_row, report_row,
         CASE WHEN change < 0.0 THEN 0.0 - change ELSE change END AS distance
  FROM compared
)
SELECT m.unit_key, m.report_year, m.opening_capital, m.net_assets, CAST(FLOOR(m.distance) AS BIGINT) AS percent,
       m.registration_row AS row__registrations, m.report_row AS row__annual_reports
FROM measured m CROSS JOIN params p
WHERE m.distance > CAST(p.max_percent AS DOUBLE) + 0.0001
