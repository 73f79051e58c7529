/*---
code = "E08"
slug = "past-retirement-age"
category = "paid_but_absent"
severity = "S3"
since = "0.2.0"
grain = "person"
inputs = ["establishment_staff"]
optional_inputs = ["hr_staff", "retirement_approvals"]
absence_claim = false
name = { zh = "到龄未退", en = "past statutory retirement age" }
what = { zh = "按渐进式延迟退休办法计算,人员已过法定退休月份仍在编在职,没有在效的延迟退休审批。", en = "By the reform of 2025 the person's statutory month of retirement is over, the person is still enrolled and in service, and no approved delay is in force." }
mistaken_for = { zh = "弹性延迟、高级专家延长在批准期内不判定;女性岗位类别不明、处级以上领导或高级职称的按较晚年龄计算;档案与证件出生不一致的按较晚出生计算;没有报送退休审批的,未超过弹性期限的只作提示;已退休未出编另见E05。", en = "Approved delay or extension within its term; a woman whose post is unknown, or of division rank or with a senior title, gets the later age; where file and ID disagree the later birth counts; where no approvals are handed in, all within the flexible term is a hint only; retired and still enrolled is E05." }
verify = { zh = "以干部档案认定的出生年月和岗位类别核对退休月份,查弹性延迟协议或延聘批文,办理退休或补办手续。", en = "Settle birth month and kind of post by the personal file, compute the month, look for the agreement or approval of delay, retire the person or complete the papers." }
message = { zh = "{unit_name}{person_name}按{track}已超过法定退休月份{months}个月({approval_state}),仍在编在职,请办理退休或补办延迟手续。", en = "{person_name} of {unit_name} is {months} months past the statutory month of retirement ({track}; {approval_state}) and still in service; retire or complete the papers." }
legal_basis = [
  { law = "退休", article = "法定退休年龄", verified = true },
  { law = "公", article = "§92", verified = true },
  { law = "人", article = "§36", verified = true },
]
measure = "months"
[parameters.s2_from_months]
type = "integer"
default = 4
minimum = 1
doc = { zh = "超过多少个月起为S2", en = "months past from which it is S2" }
[parameters.flexible_months]
type = "integer"
default = 36
minimum = 0
doc = { zh = "弹性延迟最长月数,超过为S1", en = "longest delay by choice in months; beyond it S1" }
[columns.track]
type = "text"
title = { zh = "退休年龄类别", en = "track" }
labels = { sixty = { zh = "原六十岁", en = "original age 60" }, fifty_five = { zh = "女干部原五十五岁", en = "women, original age 55" }, fifty = { zh = "女工人原五十岁", en = "women workers, original age 50" } }
[columns.months]
type = "integer"
unit = "months"
title = { zh = "超过月数", en = "months past" }
[columns.approval_state]
type = "text"
title = { zh = "延迟审批", en = "approved delay" }
labels = { none = { zh = "没有延迟审批", en = "no approved delay" }, expired = { zh = "延迟审批已到期", en = "the approved delay has run out" }, no_feed = { zh = "未报送退休审批", en = "no approvals were handed in" } }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "sex", "birth_date", "quota_type", "staff_status", "leader_level"]
hr_staff = ["name", "resident_id", "unit_name", "hr_status", "staff_class", "title"]
retirement_approvals = ["name", "approval_kind", "retires_on", "document_no"]
---*/
WITH active AS (
  SELECT s.person_key AS person, s.unit_key, s.row_id, s.birth_month_max, s.quota_type,
         CASE WHEN s.sex = 'female' AND COALESCE(s.sex_agreement, 'unknown') <> 'differs' THEN 1 ELSE 0 END AS woman,
         -- Leading posts of division rank and above, and senior titles, stand on the men's track.
         CASE WHEN s.leader_level IN ('bureau', 'division', 'deputy_division') OR s.grade LIKE '%高级%' OR s.grade LIKE '%正高%' OR s.grade LIKE '%副高%'
              THEN 1 ELSE 0 END AS senior,
         0 - COALESCE(s.entry_date_day_min, -1000000) AS recency
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.person_key IS NOT NULL AND s.unit_key IS NOT NULL AND s.birth_month_max IS NOT NULL
    AND s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
    -- Nobody retires before fifty.
    AND p.period_no - s.birth_month_max > 600
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
-- A woman's class comes from her post; where post and quota disagree, or the post is unknown, the later age counts.
classed AS (
  SELECT o.person, o.birth, h.hr_row,
         CASE WHEN o.woman = 0 OR o.senior = 1 OR COALESCE(h.senior, 0) = 1 THEN 'sixty'
              WHEN COALESCE(h.worker_post, 0) = 1 AND o.worker_quota = 1 THEN 'fifty' ELSE 'fifty_five' END AS track
  FROM one o LEFT JOIN hr h ON h.person = o.person
  WHERE COALESCE(h.gone, 0) = 0
),
-- Months of birth since the first that the reform touches.
counted AS (
  SELECT person, birth, hr_row, track,
         CASE WHEN track = 'sixty' THEN birth - 23580 WHEN track = 'fifty_five' THEN birth - 23640 ELSE birth - 23700 END AS k
  FROM classed
),
delayed AS (
  SELECT person, hr_row, track,
         birth + CASE WHEN track = 'sixty' THEN 720 WHEN track = 'fifty_five' THEN 660 ELSE 600 END AS original_month,
         CASE WHEN k < 0 THEN 0
              WHEN track = 'fifty' AND k >= 118 THEN 60
              WHEN track = 'fifty' THEN CAST(FLOOR(k * 0.5) AS BIGINT) + 1
              WHEN k >= 140 THEN 36
              ELSE CAST(FLOOR(k * 0.25) AS BIGINT) + 1 END AS delay
  FROM counted
),
past AS (
  SELECT d.person, d.hr_row, d.track, p.period_no - d.original_month - d.delay AS months
  FROM delayed d CROSS JOIN params p
  WHERE p.period_no > d.original_month + d.delay
),
approval AS (
  SELECT r.person_key AS person, MAX(r.row_id) AS approval_row,
         MAX(CASE WHEN r.retires_on_day_max > p.as_of_day OR r.retires_on_month >= p.period_no OR r.retires_on_month IS NULL THEN 1 ELSE 0 END) AS in_force
  FROM retirement_approvals r CROSS JOIN params p
  WHERE r.person_key IS NOT NULL AND r.approval_kind IN ('delay', 'expert')
  GROUP BY r.person_key
),
feed AS (
  SELECT CAST(COUNT(*) AS BIGINT) AS approvals FROM retirement_approvals
),
ranked AS (
  SELECT a.person, a.unit_key, a.row_id,
         CAST(ROW_NUMBER() OVER (PARTITION BY a.person ORDER BY a.recency, a.unit_key, a.row_id) AS BIGINT) AS rank_no
  FROM active a JOIN past w ON w.person = a.person
)
SELECT r.unit_key, w.person AS person_key,
       CASE WHEN w.months > p.flexible_months THEN 'S1'
            WHEN w.months >= p.s2_from_months AND f.approvals > 0 THEN 'S2' ELSE 'S3' END AS severity,
       w.track, CAST(w.months AS BIGINT) AS months,
       CASE WHEN x.approval_row IS NOT NULL THEN 'expired' WHEN f.approvals > 0 THEN 'none' ELSE 'no_feed' END AS approval_state,
       r.row_id AS row__establishment_staff, w.hr_row AS row__hr_staff, x.approval_row AS row__retirement_approvals
FROM past w
JOIN ranked r ON r.person = w.person
LEFT JOIN approval x ON x.person = w.person
CROSS JOIN feed f
CROSS JOIN params p
WHERE r.rank_no = 1 AND COALESCE(x.in_force, 0) = 0
