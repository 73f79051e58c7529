/*---
code = "T09"
slug = "retirement-wave"
category = "early_warning"
severity = "S4"
since = "0.2.0"
grain = "unit"
inputs = ["establishment_staff"]
optional_inputs = ["hr_staff", "retirement_approvals"]
absence_claim = false
name = { zh = "退休高峰", en = "retirement wave" }
what = { zh = "单位(全部在编人员、其中一类编制,或领导岗位)未来十二个月或三十六个月内到龄退休的人数达到现有人数的两成以上,且不少于三人(有延迟审批的按批准时间)。", en = "At a unit (of all its staff, of one quota type, or among its leaders) a fifth or more, and at least three, reach the month of retirement, or of an approved delay, within the next twelve or thirty-six months." }
mistaken_for = { zh = "可以弹性退休,故同时给出选择提前的最多人数;少于十人的单位、类别不比;已到龄未退的由E08判定,不计入;女性岗位类别不明的按较晚年龄。", en = "Retirement may be chosen early, so the most that may go is told as well; units and groups under ten persons are not judged; whoever is past the month is E08 and not counted; a woman whose post is unknown gets the later age." }
verify = { zh = "按档案核定名单和月份,征询弹性退休意向,提前编制招录、接替和职数安排计划。", en = "Settle names and months by the personal files, ask who will go early or late, and plan recruitment, successors and leader posts." }
message = { zh = "{unit_name}({scope})现有{staff}人,{horizon}内{due}人到龄退休({share}%),选择提前退休的最多达{most}人,请预作安排。", en = "{unit_name} ({scope}): of {staff} staff {due} ({share}%) reach retirement {horizon}, up to {most} with those who may choose to go early; plan ahead." }
legal_basis = [ { law = "退休", article = "法定退休年龄", verified = true } ]
measure = "share"
[parameters.near_months]
type = "integer"
default = 12
minimum = 1
doc = { zh = "近期(月)", en = "near horizon in months" }
[parameters.far_months]
type = "integer"
default = 36
minimum = 1
doc = { zh = "远期(月)", en = "far horizon in months" }
[parameters.least_percent]
type = "integer"
default = 20
minimum = 1
doc = { zh = "占现有人数的百分比", en = "per cent of the staff" }
[parameters.least_due]
type = "integer"
default = 3
minimum = 1
doc = { zh = "至少多少人到龄", en = "fewest retirements" }
[parameters.least_staff]
type = "integer"
default = 10
minimum = 1
doc = { zh = "至少多少人才比较", en = "fewest staff that are judged" }
[columns.scope]
type = "text"
title = { zh = "范围", en = "scope" }
labels = { all = { zh = "全部在编人员", en = "all staff" }, leaders = { zh = "领导岗位", en = "leader posts" }, administrative = { zh = "行政编制", en = "administrative posts" }, police = { zh = "政法专项编制", en = "police posts" }, institution = { zh = "事业编制", en = "institution posts" }, civil_service_like = { zh = "参公事业编制", en = "civil-service-like posts" }, worker = { zh = "工勤编制", en = "worker posts" } }
[columns.horizon]
type = "text"
title = { zh = "期限", en = "horizon" }
labels = { near = { zh = "近期", en = "soon" }, far = { zh = "中期", en = "in the years ahead" } }
[columns.staff]
type = "integer"
unit = "persons"
title = { zh = "现有人数", en = "staff" }
[columns.due]
type = "integer"
unit = "persons"
title = { zh = "到龄人数", en = "retirements due" }
[columns.most]
type = "integer"
unit = "persons"
title = { zh = "含可选择提前的人数", en = "with those who may go early" }
[columns.share]
type = "float"
unit = "percent"
title = { zh = "占比", en = "share" }
[columns.first_months]
type = "integer"
unit = "months"
title = { zh = "最近一人剩余月数", en = "months to the first" }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "sex", "birth_date", "quota_type", "staff_status", "leader_level"]
retirement_approvals = ["name", "approval_kind", "retires_on", "document_no"]
---*/
WITH active AS (
  SELECT s.person_key AS person, s.unit_key, s.row_id, s.birth_month_max, s.quota_type,
         CASE WHEN s.sex = 'female' AND COALESCE(s.sex_agreement, 'unknown') <> 'differs' THEN 1 ELSE 0 END AS woman,
         CASE WHEN s.leader_level IN ('bureau', 'division', 'deputy_division') OR s.grade LIKE '%高级%' OR s.grade LIKE '%正高%' OR s.grade LIKE '%副高%'
              THEN 1 ELSE 0 END AS senior,
         CASE WHEN s.leader_scope IS NOT NULL AND s.removed_on IS NULL THEN 1 ELSE 0 END AS leads,
         -- Months from the further horizon to the fiftieth birthday: nobody retires before it.
         s.birth_month_max + 600 - p.period_no - CASE WHEN p.near_months > p.far_months THEN p.near_months ELSE p.far_months END AS beyond
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.person_key IS NOT NULL AND s.unit_key IS NOT NULL AND s.bucket = 'own'
    AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
),
one AS (
  SELECT a.person, MAX(a.birth_month_max) AS birth, MIN(a.woman) AS woman, MAX(a.senior) AS senior,
         MIN(CASE WHEN a.quota_type = 'worker' THEN 1 ELSE 0 END) AS worker_quota
  FROM active a GROUP BY a.person
  HAVING MAX(a.beyond) <= 0
),
hr AS (
  SELECT o.person,
         MIN(CASE WHEN h.staff_class = 'worker' THEN 1 ELSE 0 END) AS worker_post,
         MAX(CASE WHEN h.title LIKE '%高级%' OR h.title LIKE '%正高%' OR h.title LIKE '%副高%' OR h.title LIKE '%教授%'
                    OR h.title LIKE '%主任医师%' OR h.title LIKE '%研究员%' OR h.title LIKE '%主任护师%' OR h.title LIKE '%主任药师%'
                    OR h.title LIKE '%主任技师%' THEN 1 ELSE 0 END) AS senior,
         MIN(CASE WHEN h.hr_status IN ('retired', 'transferred', 'resigned', 'dismissed', 'dead') THEN 1 ELSE 0 END) AS gone
  FROM one o JOIN hr_staff h ON h.person_key = o.person
  GROUP BY o.person
),
-- The tracks of E08: a woman's class comes from her post, and where it is not sure the later age counts.
classed AS (
  SELECT o.person, o.birth,
         CASE WHEN o.woman = 0 OR o.senior = 1 OR COALESCE(h.senior, 0) = 1 THEN 'sixty'
              WHEN COALESCE(h.worker_post, 0) = 1 AND o.worker_quota = 1 THEN 'fifty' ELSE 'fifty_five' END AS track
  FROM one o LEFT JOIN hr h ON h.person = o.person
  WHERE COALESCE(h.gone, 0) = 0
),
counted AS (
  SELECT person, birth, track, CASE WHEN track = 'sixty' THEN 720 WHEN track = 'fifty_five' THEN 660 ELSE 600 END AS original,
         CASE WHEN track = 'sixty' THEN birth - 23580 WHEN track = 'fifty_five' THEN birth - 23640 ELSE birth - 23700 END AS k
  FROM classed
),
statutory AS (
  SELECT person, birth + original AS original_no,
         birth + original
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
-- Months left; and to the first month that may be chosen, three years earlier but not before the original age.
ahead AS (
  SELECT s.person, CASE WHEN a.month_no > s.month_no THEN a.month_no ELSE s.month_no END - p.period_no AS months_left,
         CASE WHEN a.month_no > s.month_no THEN a.month_no
              WHEN s.month_no - 36 > s.original_no THEN s.month_no - 36 ELSE s.original_no END - p.period_no AS earliest_left,
         CASE WHEN a.month_no > s.month_no THEN a.approval_row END AS approval_row
  FROM statutory s LEFT JOIN approval a ON a.person = s.person CROSS JOIN params p
),
-- Each person once a unit, in every group it belongs to.
member AS (
  SELECT unit_key, 'all' AS scope, person, MIN(row_id) AS row_id FROM active GROUP BY unit_key, person
  UNION ALL
  SELECT unit_key, quota_type AS scope, person, MIN(row_id) AS row_id FROM active WHERE quota_type <> 'unrecognised' GROUP BY unit_key, quota_type, person
  UNION ALL
  SELECT unit_key, 'leaders' AS scope, person, MIN(row_id) AS row_id FROM active WHERE leads = 1 GROUP BY unit_key, person
),
headcount AS (
  SELECT unit_key, scope, CAST(COUNT(*) AS BIGINT) AS staff FROM member GROUP BY unit_key, scope
),
-- Those who may go within either horizon.
panel AS (
  SELECT m.unit_key, m.scope, m.row_id, d.months_left, d.approval_row,
         CASE WHEN d.months_left >= 0 AND d.months_left <= p.near_months THEN 1 ELSE 0 END AS near_due,
         CASE WHEN d.months_left >= 0 AND d.months_left <= p.far_months THEN 1 ELSE 0 END AS far_due,
         CASE WHEN d.months_left >= 0 AND d.earliest_left <= p.near_months THEN 1 ELSE 0 END AS near_most,
         CASE WHEN d.months_left >= 0 AND d.earliest_left <= p.far_months THEN 1 ELSE 0 END AS far_most
  FROM ahead d JOIN member m ON m.person = d.person CROSS JOIN params p
  WHERE d.months_left >= 0 AND (d.earliest_left <= p.near_months OR d.earliest_left <= p.far_months)
),
summed AS (
  SELECT unit_key, scope, CAST(SUM(near_due) AS BIGINT) AS near_due, CAST(SUM(far_due) AS BIGINT) AS far_due,
         CAST(SUM(near_most) AS BIGINT) AS near_most, CAST(SUM(far_most) AS BIGINT) AS far_most,
         MIN(CASE WHEN far_due = 1 THEN months_left END) AS first_months,
         MIN(CASE WHEN far_due = 1 THEN row_id END) AS one_row, MAX(CASE WHEN far_due = 1 THEN row_id END) AS other_row,
         MIN(CASE WHEN far_due = 1 THEN approval_row END) AS approval_row
  FROM panel GROUP BY unit_key, scope
),
wave AS (
  SELECT h.unit_key, h.scope, h.staff, s.near_due, s.far_due, s.near_most, s.far_most, s.first_months, s.one_row, s.other_row, s.approval_row,
         CASE WHEN s.near_due >= p.least_due AND s.near_due * 100 >= h.staff * p.least_percent THEN 'near'
              WHEN s.far_due >= p.least_due AND s.far_due * 100 >= h.staff * p.least_percent THEN 'far' ELSE 'none' END AS horizon
  FROM summed s JOIN headcount h ON h.unit_key = s.unit_key AND h.scope = s.scope CROSS JOIN params p
  WHERE h.staff >= p.least_staff
),
-- A group that is the whole unit is told once.
whole AS (
  SELECT unit_key AS whole_unit, staff AS whole_staff FROM headcount WHERE scope = 'all'
)
SELECT w.unit_key, w.scope AS object_key, w.scope, w.horizon, w.staff, CASE WHEN w.horizon = 'near' THEN w.near_due ELSE w.far_due END AS due,
       CASE WHEN w.horizon = 'near' THEN w.near_most ELSE w.far_most END AS most,
       FLOOR(CAST(CASE WHEN w.horizon = 'near' THEN w.near_due ELSE w.far_due END AS DOUBLE) * 1000.0 / CAST(w.staff AS DOUBLE) + 0.5) / 10.0 AS share,
       CAST(w.first_months AS BIGINT) AS first_months, w.one_row AS row__establishment_staff, w.other_row AS row__establishment_staff_2,
       w.approval_row AS row__retirement_approvals
FROM wave w JOIN whole o ON o.whole_unit = w.unit_key
WHERE w.horizon <> 'none' AND (w.scope = 'all' OR w.staff < o.whole_staff)
