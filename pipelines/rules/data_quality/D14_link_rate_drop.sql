/*---
code = "D14"
slug = "link-rate-drop"
category = "data_quality"
severity = "S2"
since = "0.1.0"
grain = "unit"
inputs = ["link_rates"]
past = { link_rates = 3 }
absence_claim = false
name = { zh = "匹配率异常", en = "link rate drops" }
what = { zh = "一张表或其中一个单位的人员匹配率、单位匹配率比前三个月平均低三个百分点以上,或近似匹配占比高三个百分点以上。", en = "In a table, or in one unit's rows of it, the share of rows linked to a person or to a unit lies more than three points under the mean of the last three months, or the share linked by likeness more than three points over it." }
mistaken_for = { zh = "成建制划转、机构合并当月;人数少的单位(见参数);匹配率上升不报告。", en = "The month of a mass transfer or a merger; small units (see the parameter); a rise of the share linked is no finding." }
verify = { zh = "看该表本月证件号、单位名的写法是否变化(换系统、脱敏、截断),必要时退回重报。", en = "See whether IDs or unit names are written otherwise this month (another system, masked, cut short); have the file sent again where needed." }
message = { zh = "{table_name}{scope_name}本月{metric}为{rate}%,前期平均{mean}%,请核对数据后再用本期结果。", en = "{table_name}, {scope_name}: {metric} is {rate}% this month, {mean}% on average before; check the data before using the month's findings." }
legal_basis = [ { law = "486", article = "§21–25", verified = true } ]
measure = "points"
[parameters.max_points]
type = "float"
default = 3.0
minimum = 0.1
doc = { zh = "允许的变动百分点", en = "points of change that are let pass" }
[parameters.min_rows]
type = "integer"
default = 200
minimum = 1
doc = { zh = "从多少行起判断", en = "rows from which a share is judged" }
[columns.table_name]
type = "text"
title = { zh = "数据表", en = "table" }
labels = { absence_reasons = { zh = "合法离岗事由", en = "lawful reasons for absence" }, annual_reports = { zh = "事业单位年度报告", en = "annual reports of institutions" }, appraisals = { zh = "年度考核", en = "yearly appraisals" }, attendance = { zh = "考勤", en = "attendance" }, bank_returns = { zh = "银行代发回盘", en = "bank returns" }, budget_headcounts = { zh = "预算基础信息人数", en = "budget headcounts" }, company_roles = { zh = "企业任职", en = "company roles" }, controlled_units = { zh = "控编名单", en = "units under quota control" }, deaths = { zh = "死亡登记", en = "deaths" }, discipline = { zh = "处分与刑罚", en = "discipline and sentences" }, domains = { zh = "中文域名", en = "Chinese domain names" }, establishment_reports = { zh = "机构编制报告", en = "establishment reports" }, establishment_staff = { zh = "实名制人员", en = "establishment staff" }, establishment_units = { zh = "机构编制台账·机构", en = "establishment units" }, evaluations = { zh = "评估结果", en = "evaluation results" }, hr_staff = { zh = "人事人员", en = "HR staff" }, leader_posts = { zh = "领导职数台账", en = "leader posts" }, off_quota_staff = { zh = "编外人员名册", en = "off-quota staff" }, pay_standards = { zh = "工资标准表", en = "pay standards" }, payroll = { zh = "工资发放", en = "payroll" }, pensions = { zh = "养老待遇", en = "pensions" }, plaques = { zh = "牌子清单", en = "plaques" }, post_plans = { zh = "职数预审", en = "planned appointments" }, quota_approvals = { zh = "用编核准", en = "use-of-quota approvals" }, quota_approvers = { zh = "批准机关名单", en = "approving authorities" }, quota_caps = { zh = "编制总量", en = "ceilings of posts" }, quota_exemptions = { zh = "编制豁免", en = "quota exemptions" }, quota_pools = { zh = "编制周转池", en = "pool accounts" }, quotas = { zh = "编制台账", en = "quota ledger" }, rectifications = { zh = "问题整改台账", en = "rectification ledger" }, registrations = { zh = "事业单位登记", en = "institution registrations" }, retirement_approvals = { zh = "退休审批", en = "retirement approvals" }, social_insurance = { zh = "社会保险缴费", en = "social insurance" }, spot_checks = { zh = "双随机抽查结果", en = "results of spot checks" }, unit_aliases = { zh = "单位别名", en = "unit aliases and former names" }, unit_sections = { zh = "内设机构", en = "internal sections" } }
[columns.scope_name]
type = "text"
title = { zh = "范围", en = "scope" }
labels = { table = { zh = "全表", en = "the whole table" } }
[columns.metric]
type = "text"
title = { zh = "指标", en = "measure" }
labels = { person = { zh = "人员匹配率", en = "the share of rows linked to a person" }, unit = { zh = "单位匹配率", en = "the share of rows linked to a unit" }, fuzzy = { zh = "近似匹配占比", en = "the share linked by likeness" } }
[columns.rate]
type = "float"
unit = "per cent"
title = { zh = "本月", en = "this month" }
[columns.mean]
type = "float"
unit = "per cent"
title = { zh = "前期平均", en = "mean before" }
[columns.points]
type = "float"
unit = "points"
title = { zh = "变动百分点", en = "change in points" }
[evidence]
link_rates = ["table_name", "scope", "unit_name", "row_count", "unit_linked", "person_linked", "person_fuzzy"]
link_rates_past = ["table_name", "scope", "unit_name", "row_count", "unit_linked", "person_linked", "person_fuzzy"]
---*/
WITH now_rate AS (
  SELECT l.unit_key, l.table_name, l.scope, COALESCE(CAST(l.unit_key AS VARCHAR), '') AS unit, COALESCE(l.unit_name, 'table') AS scope_name, l.row_id,
         CAST(l.person_linked AS DOUBLE) * 100.0 / CAST(l.row_count AS DOUBLE) AS person,
         CAST(l.unit_linked AS DOUBLE) * 100.0 / CAST(l.row_count AS DOUBLE) AS located,
         CAST(l.person_fuzzy AS DOUBLE) * 100.0 / CAST(l.row_count AS DOUBLE) AS fuzzy
  FROM link_rates l CROSS JOIN params p
  WHERE l.row_count >= p.min_rows
),
past_rate AS (
  SELECT o.table_name, o.scope, COALESCE(CAST(o.unit_key AS VARCHAR), '') AS unit, o.past_row_id,
         CAST(o.person_linked AS DOUBLE) * 100.0 / CAST(o.row_count AS DOUBLE) AS person,
         CAST(o.unit_linked AS DOUBLE) * 100.0 / CAST(o.row_count AS DOUBLE) AS located,
         CAST(o.person_fuzzy AS DOUBLE) * 100.0 / CAST(o.row_count AS DOUBLE) AS fuzzy
  FROM link_rates_past o CROSS JOIN params p
  WHERE o.row_count >= p.min_rows AND o.period_no >= p.period_no - 3 AND o.period_no < p.period_no
),
before AS (
  SELECT table_name, scope, unit, AVG(person) AS person, AVG(located) AS located, AVG(fuzzy) AS fuzzy, MAX(past_row_id) AS old_row
  FROM past_rate GROUP BY table_name, scope, unit
),
compared AS (
  SELECT n.unit_key, n.table_name, n.scope_name, n.row_id, b.old_row, 'person' AS metric, n.person AS rate, b.person AS mean, b.person - n.person AS points
  FROM now_rate n JOIN before b ON b.table_name = n.table_name AND b.scope = n.scope AND b.unit = n.unit
  UNION ALL
  SELECT n.unit_key, n.table_name, n.scope_name, n.row_id, b.old_row, 'unit' AS metric, n.located AS rate, b.located AS mean, b.located - n.located AS points
  FROM now_rate n JOIN before b ON b.table_name = n.table_name AND b.scope = n.scope AND b.unit = n.unit
  UNION ALL
  SELECT n.unit_key, n.table_name, n.scope_name, n.row_id, b.old_row, 'fuzzy' AS metric, n.fuzzy AS rate, b.fuzzy AS mean, n.fuzzy - b.fuzzy AS points
  FROM now_rate n JOIN before b ON b.table_name = n.table_name AND b.scope = n.scope AND b.unit = n.unit
)
SELECT c.unit_key, c.table_name || ':' || c.metric AS object_key, c.table_name, c.scope_name, c.metric,
       FLOOR(c.rate * 10.0 + 0.5) / 10.0 AS rate, FLOOR(c.mean * 10.0 + 0.5) / 10.0 AS mean, FLOOR(c.points * 10.0 + 0.5) / 10.0 AS points,
       c.row_id AS row__link_rates, c.old_row AS row__link_rates_past
FROM compared c CROSS JOIN params p
WHERE c.points > p.max_points + 0.000001
