/*---
code = "D11"
slug = "stale-or-missing-feed"
category = "data_quality"
severity = "S2"
since = "0.1.0"
grain = "unit"
inputs = ["source_files"]
past = { source_files = 1 }
absence_claim = true
name = { zh = "提取过期或缺送", en = "stale or missing feed" }
what = { zh = "上月报送过的数据表本月没有文件,或本月文件与上月某个文件逐字节相同。缺送时相关规则本期不运行,不等于没有问题。", en = "A table that was delivered last month has no file this month, or this month's file is byte for byte one of last month's. Rules that need a missing feed do not run, which is not to say that nothing is wrong." }
mistaken_for = { zh = "规模很小、确无变动的表(见参数);别名、豁免、核准等本来少变的清单不比对;上月是首次报送的无从比较。", en = "Tiny tables without a change (see the parameter); lists that seldom change, such as aliases, exemptions and approvals, are not compared; a first delivery has nothing to be compared with." }
verify = { zh = "向报送单位索取本月提取,核对提取时点;确无变动的,书面确认。", en = "Ask the sender for this month's extract and when it was taken; where nothing changed, have that in writing." }
message = { zh = "{table_name}本月{kind}({file_name}),请补送或更换。", en = "{table_name}: {kind} this month ({file_name}); have it sent or replaced." }
legal_basis = [ { law = "486", article = "§21–25", verified = true } ]
[parameters.min_rows]
type = "integer"
default = 500
minimum = 1
doc = { zh = "从多少行起比对是否与上月相同", en = "rows from which a file is compared with last month's" }
[columns.table_name]
type = "text"
title = { zh = "数据表", en = "table" }
labels = { absence_reasons = { zh = "合法离岗事由", en = "lawful reasons for absence" }, annual_reports = { zh = "事业单位年度报告", en = "annual reports of institutions" }, appraisals = { zh = "年度考核", en = "yearly appraisals" }, attendance = { zh = "考勤", en = "attendance" }, bank_returns = { zh = "银行代发回盘", en = "bank returns" }, budget_headcounts = { zh = "预算基础信息人数", en = "budget headcounts" }, company_roles = { zh = "企业任职", en = "company roles" }, controlled_units = { zh = "控编名单", en = "units under quota control" }, deaths = { zh = "死亡登记", en = "deaths" }, discipline = { zh = "处分与刑罚", en = "discipline and sentences" }, domains = { zh = "中文域名", en = "Chinese domain names" }, establishment_reports = { zh = "机构编制报告", en = "establishment reports" }, establishment_staff = { zh = "实名制人员", en = "establishment staff" }, establishment_units = { zh = "机构编制台账·机构", en = "establishment units" }, evaluations = { zh = "评估结果", en = "evaluation results" }, hr_staff = { zh = "人事人员", en = "HR staff" }, leader_posts = { zh = "领导职数台账", en = "leader posts" }, off_quota_staff = { zh = "编外人员名册", en = "off-quota staff" }, pay_standards = { zh = "工资标准表", en = "pay standards" }, payroll = { zh = "工资发放", en = "payroll" }, pensions = { zh = "养老待遇", en = "pensions" }, plaques = { zh = "牌子清单", en = "plaques" }, post_plans = { zh = "职数预审", en = "planned appointments" }, quota_approvals = { zh = "用编核准", en = "use-of-quota approvals" }, quota_approvers = { zh = "批准机关名单", en = "approving authorities" }, quota_caps = { zh = "编制总量", en = "ceilings of posts" }, quota_exemptions = { zh = "编制豁免", en = "quota exemptions" }, quota_pools = { zh = "编制周转池", en = "pool accounts" }, quotas = { zh = "编制台账", en = "quota ledger" }, rectifications = { zh = "问题整改台账", en = "rectification ledger" }, registrations = { zh = "事业单位登记", en = "institution registrations" }, retirement_approvals = { zh = "退休审批", en = "retirement approvals" }, social_insurance = { zh = "社会保险缴费", en = "social insurance" }, spot_checks = { zh = "双随机抽查结果", en = "results of spot checks" }, unit_aliases = { zh = "单位别名", en = "unit aliases and former names" }, unit_sections = { zh = "内设机构", en = "internal sections" } }
[columns.kind]
type = "text"
title = { zh = "情形", en = "kind" }
labels = { missing = { zh = "缺送", en = "not delivered" }, stale = { zh = "与上月文件相同", en = "the same as last month" } }
[columns.file_name]
type = "text"
title = { zh = "文件", en = "file" }
[evidence]
source_files = ["source_file", "file_month", "sha256", "rows_read"]
source_files_past = ["source_file", "file_month", "sha256", "rows_read"]
---*/
WITH now_file AS (
  SELECT s.table_name, s.sha256, s.rows_taken, s.source_file, s.row_id
  FROM source_files s CROSS JOIN params p
  WHERE s.file_month_no = p.period_no AND s.table_name IS NOT NULL
),
now_table AS (
  SELECT table_name FROM now_file GROUP BY table_name
),
-- Files of the month before, as that month's own run read them.
old_file AS (
  SELECT o.table_name, o.sha256, o.source_file, o.past_row_id
  FROM source_files_past o CROSS JOIN params p
  WHERE o.period_no = p.period_no - 1 AND o.file_month_no = o.period_no AND o.table_name IS NOT NULL
),
old_table AS (
  SELECT table_name, MIN(source_file) AS file_name, MIN(past_row_id) AS old_row FROM old_file GROUP BY table_name
),
stale AS (
  SELECT n.table_name, MIN(n.source_file) AS file_name, MIN(n.row_id) AS new_row, MIN(o.past_row_id) AS old_row
  FROM now_file n JOIN old_file o ON o.table_name = n.table_name AND o.sha256 = n.sha256 CROSS JOIN params p
  WHERE n.rows_taken >= p.min_rows
    AND n.table_name IN ('establishment_staff', 'hr_staff', 'payroll', 'attendance', 'social_insurance', 'bank_returns', 'off_quota_staff')
  GROUP BY n.table_name
)
SELECT CAST(NULL AS VARCHAR) AS unit_key, 'missing:' || o.table_name AS object_key, o.table_name, 'missing' AS kind, o.file_name,
       CAST(NULL AS BIGINT) AS row__source_files, o.old_row AS row__source_files_past
FROM old_table o LEFT JOIN now_table n ON n.table_name = o.table_name
WHERE n.table_name IS NULL
UNION ALL
SELECT CAST(NULL AS VARCHAR) AS unit_key, 'stale:' || table_name AS object_key, table_name, 'stale' AS kind, file_name,
       new_row AS row__source_files, old_row AS row__source_files_past
FROM stale
