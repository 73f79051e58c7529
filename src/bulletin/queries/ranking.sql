-- title: 单位问题率排序
-- note: 每百名在编人员的S1、S2问题数，只排在编{ranked_from}人及以上的单位，取前{top}名。
-- columns: unit_name:text=单位; staff:count=在编人数; n:count=S1和S2问题; s1:count=其中S1; amount:yuan=涉及金额（元）; rate:rate=每百人问题数
WITH staff AS (
  SELECT unit_key, CAST(COUNT(DISTINCT person_key) AS BIGINT) AS staff
  FROM canonical_establishment_staff
  WHERE period = '{period}' AND unit_key IS NOT NULL AND staff_status IN ('on_post', 'off_post')
    AND (entry_date_day_max IS NULL OR entry_date_day_max <= {as_of_day})
    AND (exit_date_day_min IS NULL OR exit_date_day_min > {as_of_day})
  GROUP BY unit_key
),
found AS (
  SELECT unit_key, MIN(unit_name) AS unit_name, CAST(COUNT(*) AS BIGINT) AS n,
         CAST(SUM(CASE WHEN severity = 'S1' THEN 1 ELSE 0 END) AS BIGINT) AS s1,
         SUM(CASE WHEN amount_yuan IS NULL THEN CAST(0 AS DECIMAL(18,2)) ELSE amount_yuan END) AS amount
  FROM anomalies
  WHERE period = '{period}' AND status <> 'closed' AND status <> 'explained' AND severity IN ('S1', 'S2') AND unit_key IS NOT NULL
  GROUP BY unit_key
)
SELECT f.unit_name, s.staff, f.n, f.s1, f.amount, ROUND(100.0 * f.n / s.staff, 1) AS rate
FROM found f JOIN staff s ON s.unit_key = f.unit_key
WHERE s.staff >= {ranked_from}
ORDER BY rate DESC, f.n DESC, f.unit_name, f.unit_key
LIMIT {top}
