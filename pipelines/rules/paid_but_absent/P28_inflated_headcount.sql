/*---
code = "P28"
slug = "inflated-headcount"
category = "paid_but_absent"
severity = "S1"
since = "0.1.0"
grain = "unit"
inputs = ["budget_headcounts", "establishment_staff"]
optional_inputs = ["establishment_units"]
absence_claim = true
name = { zh = "虚报人数套取经费", en = "inflated budget headcount" }
what = { zh = "单位预算基础信息申报的在职人数或公用经费人数,扣除单列的拟增人数后,比同一时点的实名制在编人数多出两人以上。", en = "The staff, or the heads for operating funds, that a unit handed in with its budget exceed those on the register on the same day by two or more, planned hires taken off." }
mistaken_for = { zh = "以申报时点的人数比较,之后的退休调出不算虚报;已列入拟增人数的招录、安置计划不算;被退回的名册行按在编计算;周转池、调借人员按在编计算。", en = "Compared as of the day of the budget, so later exits are no padding; planned hires listed as such are taken off; register rows set aside, pooled and loaned staff count as present." }
verify = { zh = "调取预算基础信息库人员明细,与申报时点的实名制花名册逐人核对,查明多报人员和对应经费去向。", en = "Take the list of persons behind the budget, hold it name by name against the register of that day, and find who was added and where the money went." }
message = { zh = "{unit_name}预算申报在职{claimed}人(时点{counted_on},已扣除拟增人数),当日实名制在编{enrolled}人,多报{excess}人,请核对人员明细和经费使用。", en = "{unit_name} handed in {claimed} staff with its budget (as of {counted_on}, planned hires taken off), {enrolled} stood on the register that day, {excess} too many; check the list of persons and the use of the funds." }
legal_basis = [
  { law = "486", article = "§26(4)", verified = true },
  { law = "财", article = "§6(1)", verified = true },
]
measure = "excess"
[parameters.min_excess]
type = "integer"
default = 2
minimum = 1
doc = { zh = "多报达到此数才判定", en = "least excess that is judged" }
[columns.counted_on]
type = "date"
title = { zh = "人数时点", en = "as of" }
[columns.claimed]
type = "integer"
unit = "persons"
title = { zh = "申报人数(扣除拟增)", en = "handed in, planned hires taken off" }
[columns.enrolled]
type = "integer"
unit = "persons"
title = { zh = "当日在编人数", en = "on the register that day" }
[columns.excess]
type = "integer"
unit = "persons"
title = { zh = "多报人数", en = "too many" }
[evidence]
budget_headcounts = ["unit_name", "budget_year", "as_of", "in_service", "operating", "planned"]
establishment_units = ["unit_name", "unit_status", "quota_total"]
---*/
WITH ranked AS (
  SELECT b.unit_key, b.as_of, b.as_of_day_max AS day_no, b.row_id,
         CASE WHEN b.operating > b.in_service THEN b.operating ELSE b.in_service END - COALESCE(b.planned, 0) AS claimed,
         CAST(ROW_NUMBER() OVER (PARTITION BY b.unit_key ORDER BY 0 - b.as_of_day_max, b.row_id) AS BIGINT) AS rank_no
  FROM budget_headcounts b CROSS JOIN params p
  WHERE b.unit_key IS NOT NULL AND b.in_service IS NOT NULL AND b.as_of_day_max IS NOT NULL AND b.as_of_day_max <= p.as_of_day
),
-- The newest headcount a unit handed in.
budget AS (
  SELECT unit_key, as_of, day_no, row_id, claimed FROM ranked WHERE rank_no = 1
),
-- Whoever may have stood on the register that day counts as present.
counted AS (
  SELECT b.unit_key, CAST(COUNT(DISTINCT s.person_key) AS BIGINT)
         + CAST(SUM(CASE WHEN s.person_key IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS heads
  FROM budget b JOIN establishment_staff s ON s.unit_key = b.unit_key
  WHERE (s.entry_date_day_min IS NULL OR s.entry_date_day_min <= b.day_no)
    AND (s.staff_status IN ('on_post', 'off_post') OR s.exit_date_day_max >= b.day_no)
    AND (s.exit_date_day_max IS NULL OR s.exit_date_day_max >= b.day_no)
  GROUP BY b.unit_key
),
set_aside AS (
  SELECT unit_key, CAST(COUNT(*) AS BIGINT) AS staff_rows FROM rejected_rows
  WHERE unit_key IS NOT NULL AND table_name = 'establishment_staff'
  GROUP BY unit_key
),
unit AS (
  SELECT unit_key, MIN(row_id) AS unit_row FROM establishment_units WHERE unit_key IS NOT NULL GROUP BY unit_key
),
compared AS (
  SELECT b.unit_key, b.as_of, b.claimed, b.row_id, u.unit_row, p.min_excess,
         COALESCE(c.heads, 0) + COALESCE(r.staff_rows, 0) AS enrolled
  FROM budget b
  LEFT JOIN counted c ON c.unit_key = b.unit_key
  LEFT JOIN set_aside r ON r.unit_key = b.unit_key
  LEFT JOIN unit u ON u.unit_key = b.unit_key
  CROSS JOIN params p
)
SELECT unit_key, as_of AS counted_on, claimed, enrolled, claimed - enrolled AS excess,
       row_id AS row__budget_headcounts, unit_row AS row__establishment_units
FROM compared
WHERE claimed - enrolled >= min_excess
