-- title: 编制使用情况
-- note: 各台账类型分列，不相抵。在编实有按人计，一人多行只计一次。
-- columns: bucket:code=台账类型; quota_type:code=编制类型; units:count=单位数; quota:count=核定编制; enrolled:count=在编实有; vacant:signed=空编（负数为超编）
WITH quota AS (
  SELECT unit_key, bucket, quota_type, SUM(approved) AS quota, 0 AS enrolled
  FROM canonical_quotas
  WHERE period = '{period}' AND unit_key IS NOT NULL
    AND (valid_from_day_min IS NULL OR valid_from_day_min <= {as_of_day})
    AND (valid_to_day_min IS NULL OR valid_to_day_min > {as_of_day})
  GROUP BY unit_key, bucket, quota_type
),
staff AS (
  SELECT unit_key, bucket, quota_type, 0 AS quota, COUNT(DISTINCT person_key) AS enrolled
  FROM canonical_establishment_staff
  WHERE period = '{period}' AND unit_key IS NOT NULL AND staff_status IN ('on_post', 'off_post')
    AND (entry_date_day_max IS NULL OR entry_date_day_max <= {as_of_day})
    AND (exit_date_day_min IS NULL OR exit_date_day_min > {as_of_day})
  GROUP BY unit_key, bucket, quota_type
),
both_sides AS (
  SELECT unit_key, bucket, quota_type, CAST(quota AS BIGINT) AS quota, CAST(enrolled AS BIGINT) AS enrolled FROM quota
  UNION ALL
  SELECT unit_key, bucket, quota_type, CAST(quota AS BIGINT) AS quota, CAST(enrolled AS BIGINT) AS enrolled FROM staff
)
SELECT COALESCE(bucket, 'unknown') AS bucket, COALESCE(quota_type, 'unknown') AS quota_type,
       CAST(COUNT(DISTINCT unit_key) AS BIGINT) AS units,
       CAST(SUM(quota) AS BIGINT) AS quota, CAST(SUM(enrolled) AS BIGINT) AS enrolled,
       CAST(SUM(quota) AS BIGINT) - CAST(SUM(enrolled) AS BIGINT) AS vacant
FROM both_sides
GROUP BY COALESCE(bucket, 'unknown'), COALESCE(quota_type, 'unknown')
ORDER BY bucket, quota_type
