/*---
code = "D13"
slug = "header-drift"
category = "data_quality"
severity = "S3"
since = "0.1.0"
grain = "unit"
inputs = ["source_files"]
past = { source_files = 1 }
absence_claim = false
name = { zh = "表头漂移、乱码", en = "headers drift, names garbled" }
what = { zh = "本月文件识别出的字段与上月同表任何文件都不同(S3),仅表头写法变化(S4),或姓名、单位名中乱码超过千分之一、自造字超过百分之一。", en = "This month's file has other fields than any file of its table last month (S3), only other headers (S4), or more than one name in a thousand garbled, one in a hundred with private-use characters." }
mistaken_for = { zh = "生僻字用自造字录入的个别姓名;同一张表由几家单位各报各的格式,只要上月有过同样的表头就不算变化;上月首次报送的无从比较。", en = "A few names in rare characters; several offices with a form each, as long as one of last month's was the same; a first delivery has nothing to be compared with." }
verify = { zh = "看未识别表头和缺少的字段,在schemas别名中补登,或请报送单位恢复原格式、换编码重新导出。", en = "Look at the headers not recognised and the fields lost; enter aliases in schemas, or have the old form or another encoding exported." }
message = { zh = "{table_name}文件{file_name}{kind}(识别字段{fields_count}个,未识别表头:{unmapped}),请核对。", en = "{table_name}: {file_name}: {kind} ({fields_count} fields recognised, headers not recognised: {unmapped}); check." }
legal_basis = [ { law = "486", article = "§21–25", verified = true } ]
[parameters.garbled_per_mille]
type = "float"
default = 1.0
minimum = 0.0
doc = { zh = "允许的乱码名称千分比", en = "garbled names let pass, per thousand" }
[parameters.private_use_per_mille]
type = "float"
default = 10.0
minimum = 0.0
doc = { zh = "允许的含自造字名称千分比", en = "names with private-use characters let pass, per thousand" }
[parameters.min_garbled]
type = "integer"
default = 3
minimum = 1
doc = { zh = "乱码或自造字名称至少多少个才报告", en = "least number of such names to be reported" }
[columns.table_name]
type = "text"
title = { zh = "数据表", en = "table" }
labels = { absence_reasons = { zh = "合法离岗事由", en = "lawful reasons for absence" }, annual_reports = { zh = "事业单位年度报告", en = "annual reports of institutions" }, appraisals = { zh = "年度考核", en = "yearly appraisals" }, attendance = { zh = "考勤", en = "attendance" }, bank_returns = { zh = "银行代发回盘", en = "bank returns" }, budget_headcounts = { zh = "预算基础信息人数", en = "budget headcounts" }, company_roles = { zh = "企业任职", en = "company roles" }, controlled_units = { zh = "控编名单", en = "units under quota control" }, deaths = { zh = "死亡登记", en = "deaths" }, discipline = { zh = "处分与刑罚", en = "discipline and sentences" }, domains = { zh = "中文域名", en = "Chinese domain names" }, establishment_reports = { zh = "机构编制报告", en = "establishment reports" }, establishment_staff = { zh = "实名制人员", en = "establishment staff" }, establishment_units = { zh = "机构编制台账·机构", en = "establishment units" }, evaluations = { zh = "评估结果", en = "evaluation results" }, hr_staff = { zh = "人事人员", en = "HR staff" }, leader_posts = { zh = "领导职数台账", en = "leader posts" }, off_quota_staff = { zh = "编外人员名册", en = "off-quota staff" }, pay_standards = { zh = "工资标准表", en = "pay standards" }, payroll = { zh = "工资发放", en = "payroll" }, pensions = { zh = "养老待遇", en = "pensions" }, plaques = { zh = "牌子清单", en = "plaques" }, post_plans = { zh = "职数预审", en = "planned appointments" }, quota_approvals = { zh = "用编核准", en = "use-of-quota approvals" }, quota_approvers = { zh = "批准机关名单", en = "approving authorities" }, quota_caps = { zh = "编制总量", en = "ceilings of posts" }, quota_exemptions = { zh = "编制豁免", en = "quota exemptions" }, quota_pools = { zh = "编制周转池", en = "pool accounts" }, quotas = { zh = "编制台账", en = "quota ledger" }, rectifications = { zh = "问题整改台账", en = "rectification ledger" }, registrations = { zh = "事业单位登记", en = "institution registrations" }, retirement_approvals = { zh = "退休审批", en = "retirement approvals" }, social_insurance = { zh = "社会保险缴费", en = "social insurance" }, spot_checks = { zh = "双随机抽查结果", en = "results of spot checks" }, unit_aliases = { zh = "单位别名", en = "unit aliases and former names" }, unit_sections = { zh = "内设机构", en = "internal sections" } }
[columns.kind]
type = "text"
title = { zh = "情形", en = "kind" }
labels = { fields = { zh = "识别出的字段与上月不同", en = "other fields than last month" }, headers = { zh = "表头写法与上月不同", en = "other headers than last month" }, garbled = { zh = "名称乱码过多", en = "too many garbled names" }, private_use = { zh = "自造字过多", en = "too many private-use characters" } }
[columns.file_name]
type = "text"
title = { zh = "文件", en = "file" }
[columns.fields_count]
type = "integer"
title = { zh = "识别字段数", en = "fields recognised" }
[columns.unmapped]
type = "text"
title = { zh = "未识别表头", en = "headers not recognised" }
[evidence]
source_files = ["source_file", "file_month", "headers", "fields", "unmapped_headers", "names", "names_garbled", "names_private_use"]
source_files_past = ["source_file", "file_month", "headers", "fields"]
---*/
WITH now_file AS (
  SELECT s.table_name, s.source_file, s.row_id, s.headers, s.fields, s.fields_count, s.unmapped_headers, s.names, s.names_garbled, s.names_private_use
  FROM source_files s CROSS JOIN params p
  WHERE s.file_month_no = p.period_no AND s.fields_count > 0
),
old_file AS (
  SELECT o.table_name, o.headers, o.fields, o.past_row_id
  FROM source_files_past o CROSS JOIN params p
  WHERE o.period_no = p.period_no - 1 AND o.file_month_no = o.period_no AND o.fields_count > 0
),
old_table AS (
  SELECT table_name, MIN(past_row_id) AS old_row FROM old_file GROUP BY table_name
),
old_fields AS (
  SELECT table_name, fields FROM old_file GROUP BY table_name, fields
),
old_headers AS (
  SELECT table_name, headers FROM old_file GROUP BY table_name, headers
),
drift AS (
  SELECT n.table_name, n.source_file, n.row_id, n.fields_count, n.unmapped_headers, t.old_row,
         CASE WHEN f.table_name IS NULL THEN 'fields' WHEN h.table_name IS NULL THEN 'headers' ELSE 'same' END AS kind
  FROM now_file n
  JOIN old_table t ON t.table_name = n.table_name
  LEFT JOIN old_fields f ON f.table_name = n.table_name AND f.fields = n.fields
  LEFT JOIN old_headers h ON h.table_name = n.table_name AND h.headers = n.headers
),
found AS (
  SELECT table_name, source_file, row_id, fields_count, unmapped_headers, old_row, kind FROM drift WHERE kind <> 'same'
  UNION ALL
  SELECT n.table_name, n.source_file, n.row_id, n.fields_count, n.unmapped_headers, CAST(NULL AS BIGINT) AS old_row, 'garbled' AS kind
  FROM now_file n CROSS JOIN params p
  WHERE n.names_garbled >= p.min_garbled AND CAST(n.names_garbled AS DOUBLE) * 1000.0 > CAST(n.names AS DOUBLE) * p.garbled_per_mille
  UNION ALL
  SELECT n.table_name, n.source_file, n.row_id, n.fields_count, n.unmapped_headers, CAST(NULL AS BIGINT) AS old_row, 'private_use' AS kind
  FROM now_file n CROSS JOIN params p
  WHERE n.names_private_use >= p.min_garbled AND CAST(n.names_private_use AS DOUBLE) * 1000.0 > CAST(n.names AS DOUBLE) * p.private_use_per_mille
)
SELECT CAST(NULL AS VARCHAR) AS unit_key, kind || ':' || source_file AS object_key, CASE WHEN kind = 'headers' THEN 'S4' ELSE 'S3' END AS severity,
       table_name, kind, source_file AS file_name, fields_count, unmapped_headers AS unmapped,
       row_id AS row__source_files, old_row AS row__source_files_past
FROM found
