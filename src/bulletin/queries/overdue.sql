-- title: 超期未消除的问题
-- note: 整改台账建立前，以连续{overdue}个月及以上仍能核出视为超期。
-- columns: category:code=类别; n:count=超期问题; s1:count=其中S1; longest:count=最长月数; units:count=涉及单位; amount:yuan=涉及金额（元）
SELECT category,
       CAST(COUNT(*) AS BIGINT) AS n,
       CAST(SUM(CASE WHEN severity = 'S1' THEN 1 ELSE 0 END) AS BIGINT) AS s1,
       CAST(MAX(periods_open) AS BIGINT) AS longest,
       CAST(COUNT(DISTINCT unit_key) AS BIGINT) AS units,
       SUM(CASE WHEN amount_yuan IS NULL THEN CAST(0 AS DECIMAL(18,2)) ELSE amount_yuan END) AS amount
FROM anomalies
WHERE period = '{period}' AND status <> 'closed' AND status <> 'explained' AND periods_open >= {overdue}
GROUP BY category
ORDER BY category
