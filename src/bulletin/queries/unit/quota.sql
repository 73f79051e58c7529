-- title: 编制
-- note: 月末有效的核定编制与月末在编人员，各台账类型分列，不相抵。
-- columns: unit_key:text=单位主键; bucket:code=台账类型; quota_type:code=编制类型; quota:count=核定编制; enrolled:count=在编实有; vacant:signed=空编（负数为超编）
WITH both_sides AS (
  SELECT unit_key, bucket, quota_type, CAST(SUM(approved) AS BIGINT) AS quota, CAST(0 AS BIGINT) AS enrolled
  FROM canonical_quotas
  WHERE period = '{period}' AND unit_key IS NOT NULL {unit}
    AND (valid_from_day_min IS NULL OR valid_from_day_min <= {as_of_day})
    AND (valid_to_day_min IS NULL OR valid_to_day_min > {as_of_day})
  GROUP BY unit_key, bucket, quota_type
  UNION ALL
  SELECT unit_key, bucket, quota_type, CAST(0 AS BIGINT) AS quota, CAST(COUNT(DISTINCT person_key) AS BIGINT) AS enrolled
  FROM canonical_establishment_staff
  WHERE period = '{period}' AND unit_key IS NOT NULL {unit} AND staff_status IN ('on_post', 'off_post')
    AND (entry_date_day_max IS NULL OR entry_date_day_max <= {as_of_day})
    AND (exit_date_day_min IS NULL OR exit_date_day_min > {as_of_day})
  GROUP BY unit_key, bucket, quota_type
)
SELECT unit_key, COALESCE(bucket, 'unknown') AS bucket, COALESCE(quota_type, 'unknown') AS quota_type,
       CAST(SUM(quota) AS BIGINT) AS quota, CAST(SUM(enrolled) AS BIGINT) AS enrolled,
       CAST(SUM(quota) AS BIGINT) - CAST(SUM(enrolled) AS BIGINT) AS vacant
FROM both_sides
GROUP BY unit_key, COALESCE(bucket, 'unknown'), COALESCE(quota_type, 'unknown')
ORDER BY unit_key, bucket, quota_type
