/*---
code = "Q20"
slug = "off-quota-beyond-limit"
category = "over_staffing"
severity = "S3"
since = "0.1.0"
grain = "unit"
inputs = ["off_quota_staff", "establishment_units", "establishment_staff"]
absence_claim = false
name = { zh = "编外超控制数", en = "off-quota staff beyond the limit" }
what = { zh = "编外用工人数超过核定的编外用工控制数;没有核定控制数的,超过在编人数的规定比例。", en = "More staff off the establishment than the unit's limit; where no limit was set, more than a share of the staff on it." }
mistaken_for = { zh = "劳务外包、公益性岗位、报备员额不计入;合同已终止、尚未开始的不计;核定了控制数的单位只与控制数比较;人数过少的单位不按比例判定;在编名册有行被退回的单位不按比例判定。", en = "Outsourced work, public-welfare posts and registered quota-like staff are not counted, nor contracts ended or not begun; a unit with a limit is held against it only; few persons, or a staff row set aside, are not held against the share." }
verify = { zh = "核对编外人员名册、合同和控制数批文。", en = "Check the list of off-quota staff, their contracts and the document that sets the limit." }
message = { zh = "{unit_name}编外用工{actual}人,{reason}(上限{limit_count}人,在编{enrolled}人),请核减。", en = "{unit_name} employs {actual} off quota: {reason} (limit {limit_count}, {enrolled} on the establishment); reduce." }
legal_basis = [ { law = "486", article = "§6", verified = true } ]
measure = "actual"
[parameters.share_percent]
type = "integer"
default = 30
minimum = 1
doc = { zh = "无控制数时编外占在编比例上限(%)", en = "most off-quota staff as a share of staff, where no limit was set, percent" }
[parameters.share_from]
type = "integer"
default = 5
minimum = 1
doc = { zh = "按比例判定的最少编外人数", en = "least off-quota staff that are held against the share" }
[columns.reason]
type = "text"
title = { zh = "问题", en = "what is exceeded" }
labels = { limit = { zh = "超过编外用工控制数", en = "beyond the limit set" }, share = { zh = "超过在编人数的规定比例", en = "beyond the share of staff on the establishment" } }
[columns.actual]
type = "integer"
unit = "persons"
title = { zh = "编外人数", en = "off-quota staff" }
[columns.limit_count]
type = "integer"
unit = "persons"
title = { zh = "上限", en = "limit" }
[columns.enrolled]
type = "integer"
unit = "persons"
title = { zh = "在编人数", en = "staff on the establishment" }
[evidence]
off_quota_staff = ["name", "resident_id", "staff_kind", "valid_from", "valid_to"]
establishment_units = ["unit_name", "off_quota_limit"]
---*/
WITH employed AS (
  SELECT s.unit_key, CAST(COUNT(DISTINCT COALESCE(s.person_key, 'row ' || CAST(s.row_id AS VARCHAR))) AS BIGINT) AS actual, MAX(s.row_id) AS staff_row
  FROM off_quota_staff s CROSS JOIN params p
  WHERE s.unit_key IS NOT NULL AND COALESCE(s.staff_kind, 'contract') IN ('contract', 'dispatch', 'unrecognised')
    AND (s.valid_from_day_max IS NULL OR s.valid_from_day_max <= p.as_of_day)
    AND (s.valid_to_day_min IS NULL OR s.valid_to_day_min > p.as_of_day)
  GROUP BY s.unit_key
),
unit AS (
  SELECT unit_key, MAX(off_quota_limit) AS off_quota_limit, MIN(row_id) AS unit_row
  FROM establishment_units WHERE unit_key IS NOT NULL AND unit_status = 'active'
  GROUP BY unit_key
),
staff AS (
  SELECT o.unit_key, CAST(COUNT(DISTINCT s.person_key) AS BIGINT)
         + CAST(SUM(CASE WHEN s.person_key IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS enrolled
  FROM employed o JOIN establishment_staff s ON s.unit_key = o.unit_key CROSS JOIN params p
  WHERE s.staff_status IN ('on_post', 'off_post')
    AND (s.entry_date_day_max IS NULL OR s.entry_date_day_max <= p.as_of_day)
    AND (s.exit_date_day_min IS NULL OR s.exit_date_day_min > p.as_of_day)
  GROUP BY o.unit_key
),
unsure AS (
  SELECT unit_key FROM rejected_rows WHERE table_name = 'establishment_staff' AND unit_key IS NOT NULL GROUP BY unit_key
),
judged AS (
  SELECT e.unit_key, e.actual, e.staff_row, u.unit_row, COALESCE(n.enrolled, 0) AS enrolled,
         CASE WHEN u.off_quota_limit IS NOT NULL THEN 'limit' ELSE 'share' END AS reason,
         CASE WHEN u.off_quota_limit IS NOT NULL THEN u.off_quota_limit
              ELSE CAST(FLOOR(CAST(COALESCE(n.enrolled, 0) * p.share_percent AS DOUBLE) / 100) AS BIGINT) END AS limit_count,
         x.unit_key AS unsure_key, p.share_from
  FROM employed e
  JOIN unit u ON u.unit_key = e.unit_key
  LEFT JOIN staff n ON n.unit_key = e.unit_key
  LEFT JOIN unsure x ON x.unit_key = e.unit_key
  CROSS JOIN params p
)
SELECT unit_key, reason AS object_key, reason, actual, CAST(limit_count AS BIGINT) AS limit_count, enrolled,
       staff_row AS row__off_quota_staff, unit_row AS row__establishment_units
FROM judged
WHERE actual > limit_count AND (reason = 'limit' OR (actual >= share_from AND unsure_key IS NULL AND enrolled > 0))
