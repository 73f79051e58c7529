-- title: 人员学历
-- note: 取自人事信息；少于{small}人的格不列示，并隐去可反推的格。
-- columns: unit_key:text=单位主键; education:text=学历; female:cell=女; male:cell=男; unknown:cell=未填; n:cell=合计
-- small: female male unknown n
WITH staff AS (
  SELECT unit_key, person_key, MIN(COALESCE(sex, 'unknown')) AS sex, MIN(COALESCE(education, '未填')) AS education
  FROM canonical_hr_staff
  WHERE period = '{period}' AND unit_key IS NOT NULL AND person_key IS NOT NULL {unit}
    AND hr_status IN ('on_post', 'absent', 'unpaid_leave', 'seconded', 'leave', 'suspended')
  GROUP BY unit_key, person_key
)
SELECT unit_key, education,
       CAST(SUM(CASE WHEN sex = 'female' THEN 1 ELSE 0 END) AS BIGINT) AS female,
       CAST(SUM(CASE WHEN sex = 'male' THEN 1 ELSE 0 END) AS BIGINT) AS male,
       CAST(SUM(CASE WHEN sex <> 'male' AND sex <> 'female' THEN 1 ELSE 0 END) AS BIGINT) AS unknown,
       CAST(COUNT(*) AS BIGINT) AS n
FROM staff
GROUP BY unit_key, education
ORDER BY unit_key, education
