/*---
code = "E12"
slug = "age-logic"
category = "data_quality"
severity = "S3"
since = "0.2.0"
grain = "person"
inputs = ["establishment_staff"]
absence_claim = false
name = { zh = "年龄逻辑不符", en = "age logic" }
what = { zh = "参加工作时不满十六周岁,或入编早于参加工作,或近两年公开招聘、人才引进入编时超过年龄上限。", en = "Work began before sixteen, or entry came before the first day of work, or a recruit of the last two years was over the age limit on entry." }
mistaken_for = { zh = "文艺体育单位特招不满十六周岁须有批准;老民师、知青等历史情形按档案认定;证件与档案出生不一致的按有利一方计算;调入、任命、军转、划转没有年龄上限;报名到入编的间隔已留余量;引进高层次人才可放宽。", en = "Arts and sports recruits under sixteen need an approval; old village teachers follow their files; where births disagree the kinder one counts; transfers, appointments, veterans and reorganisations have no limit; the time from application to entry is allowed for; limits for talent may be waived." }
verify = { zh = "对照干部档案核对出生、参加工作和入编时间,更正错误一方;超龄的查招聘公告和放宽批文。", en = "Compare birth, first day of work and entry with the personal file and correct what is wrong; for an age over the limit see the call and any waiver." }
message = { zh = "{unit_name}{person_name}{problem}({age}),请对照档案核实更正。", en = "{person_name} of {unit_name}: {problem} ({age}); compare with the personal file." }
legal_basis = [ { law = "人", article = "§8", verified = true } ]
[parameters.least_age]
type = "integer"
default = 16
minimum = 0
doc = { zh = "参加工作最低周岁", en = "least age at the first day of work" }
[parameters.recruit_age]
type = "integer"
default = 35
minimum = 16
doc = { zh = "公开招聘年龄上限(周岁)", en = "age limit of open recruitment" }
[parameters.talent_age]
type = "integer"
default = 40
minimum = 16
doc = { zh = "人才引进年龄上限(周岁)", en = "age limit of talent" }
[parameters.slack_years]
type = "integer"
default = 1
minimum = 0
doc = { zh = "报名到入编间隔的余量(岁)", en = "years allowed between application and entry" }
[parameters.lookback_months]
type = "integer"
default = 24
minimum = 1
doc = { zh = "超龄入编回看月数", en = "months looked back for entries over age" }
[columns.problem]
type = "text"
title = { zh = "问题", en = "problem" }
labels = { too_young = { zh = "参加工作时不满最低年龄", en = "work began too young" }, entry_before_work = { zh = "入编早于参加工作", en = "entry before the first day of work" }, over_age = { zh = "入编时超过招聘年龄上限", en = "over the age limit on entry" } }
[columns.age]
type = "integer"
unit = "years"
title = { zh = "相关年龄(周岁)", en = "age in question" }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "birth_date", "work_start_date", "entry_date", "entry_channel"]
---*/
WITH checked AS (
  SELECT s.unit_key, s.person_key, s.row_id,
         CASE WHEN s.work_start_age_max < p.least_age THEN 1 ELSE 0 END AS too_young,
         CASE WHEN s.entry_date_day_max < s.work_start_date_day_min THEN 1 ELSE 0 END AS entry_before_work,
         CASE WHEN s.entry_date_month > p.period_no - p.lookback_months AND s.entry_date_month <= p.period_no
               AND ((s.entry_channel = 'recruitment' AND s.entry_age_min > p.recruit_age + p.slack_years)
                 OR (s.entry_channel = 'talent' AND s.entry_age_min > p.talent_age + p.slack_years)) THEN 1 ELSE 0 END AS over_age,
         s.work_start_age_max, s.entry_age_min
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND s.person_key IS NOT NULL AND s.staff_status IN ('on_post', 'off_post')
),
said AS (
  SELECT unit_key, person_key, row_id, 'too_young' AS problem, work_start_age_max AS age FROM checked WHERE too_young = 1
  UNION ALL
  SELECT unit_key, person_key, row_id, 'entry_before_work' AS problem, entry_age_min AS age FROM checked WHERE entry_before_work = 1
  UNION ALL
  SELECT unit_key, person_key, row_id, 'over_age' AS problem, entry_age_min AS age FROM checked WHERE over_age = 1
)
SELECT unit_key, person_key, problem AS object_key, problem, CAST(MIN(age) AS BIGINT) AS age, MIN(row_id) AS row__establishment_staff
FROM said
GROUP BY unit_key, person_key, problem
