/*---
code = "R20"
slug = "spot-check-follow-up"
category = "mismatched_registrations"
severity = "S3"
since = "0.1.0"
grain = "unit"
inputs = ["spot_checks"]
absence_claim = false
name = { zh = "抽查结果未公示、问题未改", en = "spot check not followed up" }
what = { zh = "双随机抽查结束二十个工作日后仍未公示结果,本期内才逾期公示,或发现问题的整改期限已过而未完成。", en = "The result of a spot check is not published twenty working days after it, or was published late this month, or the time to rectify what it found has run out." }
mistaken_for = { zh = "涉密单位结果不公示;尚在公示期限内的;整改期限未到或已完成的;期限未登记的不判定。", en = "Results of secret units are not published; still within the time; rectified, or not due yet; no date on record." }
verify = { zh = "查公示页面截图和整改验收材料。", en = "Look at the published page and at the papers of rectification." }
message = { zh = "{unit_name}{check_no}抽查({checked_on}){kind}(整改期限:{rectify_by}),请公示或督促整改。", en = "{unit_name}: check {check_no} of {checked_on} {kind} (to rectify by {rectify_by}); publish it or press for rectification." }
legal_basis = [ { law = "公示", verified = false } ]
[parameters.publish_days]
type = "integer"
default = 28
minimum = 1
doc = { zh = "公示期限天数(二十个工作日约二十八天)", en = "days within which to publish (twenty working days are about twenty-eight)" }
[columns.kind]
type = "text"
title = { zh = "情形", en = "kind" }
labels = { unpublished = { zh = "结果未公示", en = "is not published" }, late = { zh = "逾期公示", en = "was published late" }, overdue = { zh = "整改逾期", en = "is not rectified in time" } }
[columns.check_no]
type = "text"
title = { zh = "抽查编号", en = "number of the check" }
[columns.checked_on]
type = "date"
title = { zh = "抽查日期", en = "checked on" }
[columns.rectify_by]
type = "date"
title = { zh = "整改期限", en = "to rectify by" }
[evidence]
spot_checks = ["unit_name", "check_no", "checked_on", "result", "published_on", "confidential", "rectify_by", "rectified_on"]
---*/
WITH checked AS (
  SELECT c.unit_key, c.row_id, c.check_no, c.checked_on, c.rectify_by, c.published_on_day_max, c.rectified_on, c.result,
         CASE WHEN c.confidential = 'yes' THEN 1 ELSE 0 END AS is_secret,
         c.checked_on_day_max + p.publish_days AS publish_by, c.rectify_by_day_max, c.rectified_on_day_min, p.as_of_day, p.period_first_day
  FROM spot_checks c CROSS JOIN params p
  WHERE c.unit_key IS NOT NULL AND c.checked_on_day_max <= p.as_of_day
),
found AS (
  SELECT unit_key, row_id, check_no, checked_on, rectify_by,
         CASE WHEN published_on_day_max IS NULL THEN 'unpublished' WHEN published_on_day_max > as_of_day THEN 'unpublished' ELSE 'late' END AS kind
  FROM checked
  WHERE is_secret = 0 AND publish_by < as_of_day
    AND (published_on_day_max IS NULL OR (published_on_day_max > publish_by AND published_on_day_max >= period_first_day))
  UNION ALL
  SELECT unit_key, row_id, check_no, checked_on, rectify_by, 'overdue' AS kind
  FROM checked
  WHERE result = 'problem' AND rectify_by_day_max < as_of_day
    AND (rectified_on_day_min IS NULL OR rectified_on_day_min > as_of_day)
)
SELECT unit_key, kind || ':' || check_no AS object_key, kind, check_no, MIN(checked_on) AS checked_on, MIN(rectify_by) AS rectify_by,
       MIN(row_id) AS row__spot_checks
FROM found
GROUP BY unit_key, kind, check_no
