/*---
code = "W03"
slug = "retirement-due"
category = "early_warning"
severity = "S4"
since = "0.2.0"
grain = "person"
inputs = ["establishment_staff"]
optional_inputs = ["hr_staff", "retirement_approvals"]
absence_claim = false
name = { zh = "到龄预警", en = "retirement due" }
what = { zh = "人员将在预警期内到达法定退休月份(有延迟审批的按批准时间)。", en = "A person reaches the statutory month of retirement, or the month of an approved delay, within the horizon." }
mistaken_for = { zh = "女性岗位类别不明的按较晚年龄;可以弹性提前,须提前三个月书面告知;已经到龄的由到龄未退(E08)判定。", en = "A woman whose post is unknown gets the later age; retirement by choice may come earlier with three months' notice; who is past the month is E08." }
verify = { zh = "按档案核定退休月份,告知本人弹性选择,安排接替和空编使用。", en = "Settle the month by the personal file, tell the person of the choices, plan the successor and the post." }
message = { zh = "{unit_name}{person_name}还有{months_left}个月到龄退休({track},{stage}),请提前办理告知和接替。", en = "{person_name} of {unit_name} retires in {months_left} months ({track}, {stage}); give notice and plan the successor." }
legal_basis = [ { law = "退休", article = "法定退休年龄", verified = true } ]
[parameters.horizon_months]
type = "integer"
default = 12
minimum = 0
doc = { zh = "预警期(月)", en = "horizon in months" }
[parameters.near_months]
type = "integer"
default = 6
minimum = 0
doc = { zh = "近期预警(月)", en = "months that count as near" }
[columns.track]
type = "text"
title = { zh = "退休年龄类别", en = "track" }
labels = { sixty = { zh = "原六十岁", en = "original age 60" }, fifty_five = { zh = "女干部原五十五岁", en = "women, original age 55" }, fifty = { zh = "女工人原五十岁", en = "women workers, original age 50" } }
[columns.months_left]
type = "integer"
unit = "months"
title = { zh = "剩余月数", en = "months left" }
[columns.stage]
type = "text"
title = { zh = "预警级别", en = "stage" }
labels = { near = { zh = "近期", en = "near" }, ahead = { zh = "远期", en = "ahead" } }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "sex", "birth_date", "quota_type", "staff_status", "leader_level"]
hr_staff = ["name", "resident_id", "unit_name", "hr_status", "staff_class", "title"]
retirement_approvals = ["name", "approval_kind", "retires_on", "document_no"]
---*/
WITH active AS (
  SELECT s.person_key AS person, s.unit_key, s.row_id, s.birth_month_max, s.quota_type,
         CASE WHEN s.sex = 'female' AND COALESCE(s.sex_agreement, 'unknown') <> 'differs' THEN 1 ELSE 0 END AS woman,
         CASE WHEN s.leader_level IN ('bureau', 'division', 'deputy_division') OR s.grade LIKE '%高级%' OR s.grade LIKE '%正高%' OR s.grade LIKE '%副高%'
              THEN 1 ELSE 0 END AS senior,
         0 - COALESCE(s.entry_date_day_min, -1000000) AS recency
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.person_key IS NOT NULL AND s.unit_key IS NOT NULL AND s.birth_month_max IS NOT NULL
    AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
    AND p.period_no - s.birth_month_max >= 600 - p.horizon_months
),
one AS (
  SELECT a.person, MAX(a.birth_month_max) AS birth, MIN(a.woman) AS woman, MAX(a.senior) AS senior,
         MIN(CASE WHEN a.quota_type = 'worker' THEN 1 ELSE 0 END) AS worker_quota
  FROM active a GROUP BY a.person
),
hr AS (
  SELECT o.person,
         MIN(CASE WHEN h.staff_class = 'worker' THEN 1 ELSE 0 END) AS worker_post,
         MAX(CASE WHEN h.title LIKE '%高级%' OR h.title LIKE '%正高%' OR h.title LIKE '%副高%' OR h.title LIKE '%教授%'
                    OR h.title LIKE '%主任医师%' OR h.title LIKE '%研究员%' OR h.title LIKE '%主任护师%' OR h.title LIKE '%主任药师%'
                    OR h.title LIKE '%主任技师%' THEN 1 ELSE 0 END) AS senior,
         -- Gone from one unit and in service at another is in service.
         MIN(CASE WHEN h.hr_status IN ('retired', 'transferred', 'resigned', 'dismissed', 'dead') THEN 1 ELSE 0 END) AS gone,
         MIN(h.row_id) AS hr_row
  FROM one o JOIN hr_staff h ON h.person_key = o.person
  GROUP BY o.person
),
-- The tracks of E08: a woman's class comes from her post, and where it is not sure the later age counts.
classed AS (
  SELECT o.person, o.birth, h.hr_row,
         CASE WHEN o.woman = 0 OR o.senior = 1 OR COALESCE(h.senior, 0) = 1 THEN 'sixty'
              WHEN COALESCE(h.worker_post, 0) = 1 AND o.worker_quota = 1 THEN 'fifty' ELSE 'fifty_five' END AS track
  FROM one o LEFT JOIN hr h ON h.person = o.person
  WHERE COALESCE(h.gone, 0) = 0
),
counted AS (
  SELECT person, birth, hr_row, track,
         CASE WHEN track = 'sixty' THEN birth - 23580 WHEN track = 'fifty_five' THEN birth - 23640 ELSE birth - 23700 END AS k
  FROM classed
),
statutory AS (
  SELECT person, hr_row, track,
         birth + CASE WHEN track = 'sixty' THEN 720 WHEN track = 'fifty_five' THEN 660 ELSE 600 END
           + CASE WHEN k < 0 THEN 0
                  WHEN track = 'fifty' AND k >= 118 THEN 60
                  WHEN track = 'fifty' THEN CAST(FLOOR(k * 0.5) AS BIGINT) + 1
                  WHEN k >= 140 THEN 36
                  ELSE CAST(FLOOR(k * 0.25) AS BIGINT) + 1 END AS month_no
  FROM counted
),
approval AS (
  SELECT r.person_key AS person, MAX(r.row_id) AS approval_row, MAX(r.retires_on_month) AS month_no
  FROM retirement_approvals r
  WHERE r.person_key IS NOT NULL AND r.approval_kind IN ('delay', 'expert') AND r.retires_on_month IS NOT NULL
  GROUP BY r.person_key
),
due AS (
  SELECT s.person, s.hr_row, s.track, CASE WHEN a.month_no > s.month_no THEN a.approval_row END AS approval_row,
         CASE WHEN a.month_no > s.month_no THEN a.month_no ELSE s.month_no END - p.period_no AS months_left
  FROM statutory s LEFT JOIN approval a ON a.person = s.person CROSS JOIN params p
),
upcoming AS (
  SELECT d.person, d.hr_row, d.track, d.approval_row, d.months_left
  FROM due d CROSS JOIN params p
  WHERE d.months_left >= 0 AND d.months_left <= p.horizon_months
),
ranked AS (
  SELECT a.person, a.unit_key, a.row_id,
         CAST(ROW_NUMBER() OVER (PARTITION BY a.person ORDER BY a.recency, a.unit_key, a.row_id) AS BIGINT) AS rank_no
  FROM active a JOIN upcoming w ON w.person = a.person
)
SELECT r.unit_key, w.person AS person_key, w.track, CAST(w.months_left AS BIGINT) AS months_left,
       CASE WHEN w.months_left <= p.near_months THEN 'near' ELSE 'ahead' END AS stage,
       r.row_id AS row__establishment_staff, w.hr_row AS row__hr_staff, w.approval_row AS row__retirement_approvals
FROM upcoming w JOIN ranked r ON r.person = w.person CROSS JOIN params p
WHERE r.rank_no = 1
