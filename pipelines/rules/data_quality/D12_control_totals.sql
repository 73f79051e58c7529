/*---
code = "D12"
slug = "control-totals"
category = "data_quality"
severity = "S2"
since = "0.1.0"
grain = "unit"
inputs = ["file_totals"]
absence_claim = false
name = { zh = "控制总数不符", en = "control totals do not agree" }
what = { zh = "文件自带的合计行与其上各行相加不等:漏行、多行,或合计未更新。流水线中申报的控制总数不符时整批退回,不到这一步。", en = "A total row of a file is not the sum of the rows above it: rows are missing or too many, or the total was not brought up to date. Totals declared in the pipeline refuse the delivery before this." }
mistaken_for = { zh = "小计、本页合计与累计分别按上一个合计以来和全表累加两种口径比对,任一相符即算相符;该栏有无法识别的单元格时不判定;被退回的行计入相加。", en = "Subtotals and running totals are compared both ways, and either agreement will do; columns with cells that could not be read are not judged; rows set aside are counted in." }
verify = { zh = "按证据的文件、工作表和行号看合计行,与原系统的控制总数核对后重新报送。", en = "See the total row by file, sheet and row; compare with the control totals of the system, and have the file sent again." }
message = { zh = "{table_name}文件{file_name}的合计行({items}栏,如{field_title})与逐行相加不等:合计{declared},相加{counted},请核对后重新报送。", en = "{table_name}: the total row of {file_name} ({items} columns, such as {field_title}) is {declared}, the rows add up to {counted}; check and have it sent again." }
legal_basis = [ { law = "486", article = "§21–25", verified = true } ]
[parameters.tolerance_cents]
type = "integer"
default = 1
minimum = 0
doc = { zh = "允许的差额(分)", en = "difference that is let pass, in hundredths" }
[columns.table_name]
type = "text"
title = { zh = "数据表", en = "table" }
labels = { absence_reasons = { zh = "合法离岗事由", en = "lawful reasons for absence" }, annual_reports = { zh = "事业单位年度报告", en = "annual reports of institutions" }, appraisals = { zh = "年度考核", en = "yearly appraisals" }, attendance = { zh = "考勤", en = "attendance" }, bank_returns = { zh = "银行代发回盘", en = "bank returns" }, budget_headcounts = { zh = "预算基础信息人数", en = "budget headcounts" }, company_roles = { zh = "企业任职", en = "company roles" }, controlled_units = { zh = "控编名单", en = "units under quota control" }, deaths = { zh = "死亡登记", en = "deaths" }, discipline = { zh = "处分与刑罚", en = "discipline and sentences" }, domains = { zh = "中文域名", en = "Chinese domain names" }, establishment_reports = { zh = "机构编制报告", en = "establishment reports" }, establishment_staff = { zh = "实名制人员", en = "establishment staff" }, establishment_units = { zh = "机构编制台账·机构", en = "establishment units" }, evaluations = { zh = "评估结果", en = "evaluation results" }, hr_staff = { zh = "人事人员", en = "HR staff" }, leader_posts = { zh = "领导职数台账", en = "leader posts" }, off_quota_staff = { zh = "编外人员名册", en = "off-quota staff" }, pay_standards = { zh = "工资标准表", en = "pay standards" }, payroll = { zh = "工资发放", en = "payroll" }, pensions = { zh = "养老待遇", en = "pensions" }, plaques = { zh = "牌子清单", en = "plaques" }, post_plans = { zh = "职数预审", en = "planned appointments" }, quota_approvals = { zh = "用编核准", en = "use-of-quota approvals" }, quota_approvers = { zh = "批准机关名单", en = "approving authorities" }, quota_caps = { zh = "编制总量", en = "ceilings of posts" }, quota_exemptions = { zh = "编制豁免", en = "quota exemptions" }, quota_pools = { zh = "编制周转池", en = "pool accounts" }, quotas = { zh = "编制台账", en = "quota ledger" }, rectifications = { zh = "问题整改台账", en = "rectification ledger" }, registrations = { zh = "事业单位登记", en = "institution registrations" }, retirement_approvals = { zh = "退休审批", en = "retirement approvals" }, social_insurance = { zh = "社会保险缴费", en = "social insurance" }, spot_checks = { zh = "双随机抽查结果", en = "results of spot checks" }, unit_aliases = { zh = "单位别名", en = "unit aliases and former names" }, unit_sections = { zh = "内设机构", en = "internal sections" } }
[columns.file_name]
type = "text"
title = { zh = "文件", en = "file" }
[columns.field_title]
type = "text"
title = { zh = "栏目", en = "column" }
[columns.items]
type = "integer"
title = { zh = "不符栏目数", en = "columns that disagree" }
[columns.declared]
type = "money"
title = { zh = "合计行数值", en = "what the total row declares" }
[columns.counted]
type = "money"
title = { zh = "逐行相加", en = "what the rows add up to" }
[evidence]
file_totals = ["field_title", "declared", "counted", "gap"]
---*/
WITH wrong AS (
  SELECT t.table_name, t.source_file, COALESCE(t.source_sheet, '') AS sheet, t.source_row AS total_row, t.row_id, t.field_title, t.declared, t.counted
  FROM file_totals t CROSS JOIN params p
  WHERE t.file_month_no = p.period_no AND t.cells_unread = 0
    AND CAST(t.gap AS DOUBLE) * 100.0 > CAST(p.tolerance_cents AS DOUBLE) + 0.5
),
-- The first column that disagrees stands for its total row.
ranked AS (
  SELECT table_name, source_file, sheet, total_row, row_id, field_title, declared, counted,
         CAST(ROW_NUMBER() OVER (PARTITION BY source_file, sheet, total_row ORDER BY row_id) AS BIGINT) AS rank_no
  FROM wrong
),
counts AS (
  SELECT source_file, sheet, total_row, CAST(COUNT(*) AS BIGINT) AS items FROM wrong GROUP BY source_file, sheet, total_row
)
SELECT CAST(NULL AS VARCHAR) AS unit_key, r.source_file || '|' || r.sheet || '|' || CAST(r.total_row AS VARCHAR) AS object_key,
       r.table_name, r.source_file AS file_name, r.field_title, c.items, r.declared, r.counted, r.row_id AS row__file_totals
FROM ranked r JOIN counts c ON c.source_file = r.source_file AND c.sheet = r.sheet AND c.total_row = r.total_row
WHERE r.rank_no = 1
