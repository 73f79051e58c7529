-- title: 领导职数
-- note: 月末有效的核定职数与月末在任人数；兼任不占职数。
-- columns: unit_key:text=单位主键; scope:code=职数类别; leader_level:code=职务层次; leader_class:code=正副职; approved:count=核定职数; incumbents:count=实配人数; vacant:signed=空缺（负数为超配）
WITH both_sides AS (
  SELECT unit_key, scope, leader_level, leader_class, CAST(SUM(approved) AS BIGINT) AS approved, CAST(0 AS BIGINT) AS incumbents
  FROM canonical_leader_posts
  WHERE period = '{period}' AND unit_key IS NOT NULL {unit}
    AND (valid_from_day_min IS NULL OR valid_from_day_min <= {as_of_day})
    AND (valid_to_day_min IS NULL OR valid_to_day_min > {as_of_day})
  GROUP BY unit_key, scope, leader_level, leader_class
  UNION ALL
  SELECT unit_key, leader_scope AS scope, leader_level, leader_class, CAST(0 AS BIGINT) AS approved,
         CAST(COUNT(DISTINCT person_key) AS BIGINT) AS incumbents
  FROM canonical_establishment_staff
  WHERE period = '{period}' AND unit_key IS NOT NULL {unit} AND leader_scope IS NOT NULL AND staff_status IN ('on_post', 'off_post')
    AND (concurrent IS NULL OR concurrent <> 'yes')
    AND (entry_date_day_max IS NULL OR entry_date_day_max <= {as_of_day})
    AND (exit_date_day_min IS NULL OR exit_date_day_min > {as_of_day})
    AND (appointed_on_day_max IS NULL OR appointed_on_day_max <= {as_of_day})
    AND (removed_on_day_min IS NULL OR removed_on_day_min > {as_of_day})
  GROUP BY unit_key, leader_scope, leader_level, leader_class
)
SELECT unit_key, COALESCE(scope, 'unknown') AS scope, COALESCE(leader_level, 'unknown') AS leader_level,
       COALESCE(leader_class, 'unknown') AS leader_class,
       CAST(SUM(approved) AS BIGINT) AS approved, CAST(SUM(incumbents) AS BIGINT) AS incumbents,
       CAST(SUM(approved) AS BIGINT) - CAST(SUM(incumbents) AS BIGINT) AS vacant
FROM both_sides
GROUP BY unit_key, COALESCE(scope, 'unknown'), COALESCE(leader_level, 'unknown'), COALESCE(leader_class, 'unknown')
ORDER BY unit_key, scope, leader_level, leader_class
