-- title: 人员年龄与性别
-- note: 按出生年份计；少于{small}人的格不列示，并隐去可反推的格。
-- columns: unit_key:text=单位主键; age:text=年龄; female:cell=女; male:cell=男; unknown:cell=未填; n:cell=合计
-- small: female male unknown n
WITH staff AS (
  SELECT unit_key, person_key, MIN(COALESCE(sex, 'unknown')) AS sex, MIN(SUBSTR(birth_date, 1, 4)) AS born
  FROM canonical_establishment_staff
  WHERE period = '{period}' AND unit_key IS NOT NULL AND person_key IS NOT NULL {unit} AND staff_status IN ('on_post', 'off_post')
    AND (entry_date_day_max IS NULL OR entry_date_day_max <= {as_of_day})
    AND (exit_date_day_min IS NULL OR exit_date_day_min > {as_of_day})
  GROUP BY unit_key, person_key
),
aged AS (
  SELECT unit_key, sex, CASE WHEN born IS NULL OR born < '1900' OR born > '2100' THEN '未填'
                   WHEN born > '{born_30}' THEN '29岁及以下'
                   WHEN born > '{born_40}' THEN '30-39岁'
                   WHEN born > '{born_50}' THEN '40-49岁'
                   WHEN born > '{born_55}' THEN '50-54岁'
                   WHEN born > '{born_60}' THEN '55-59岁'
                   ELSE '60岁及以上' END AS age
  FROM staff
)
SELECT unit_key, age,
       CAST(SUM(CASE WHEN sex = 'female' THEN 1 ELSE 0 END) AS BIGINT) AS female,
       CAST(SUM(CASE WHEN sex = 'male' THEN 1 ELSE 0 END) AS BIGINT) AS male,
       CAST(SUM(CASE WHEN sex <> 'male' AND sex <> 'female' THEN 1 ELSE 0 END) AS BIGINT) AS unknown,
       CAST(COUNT(*) AS BIGINT) AS n
FROM aged
GROUP BY unit_key, age
ORDER BY unit_key, age
