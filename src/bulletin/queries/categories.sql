-- title: 各类问题数
-- note: 只计未消除的问题。
-- columns: category:code=类别; n:count=问题数; s1:count=S1; s2:count=S2; s3:count=S3; s4:count=S4; fresh:count=其中新增; amount:yuan=涉及金额（元）
SELECT category,
       CAST(COUNT(*) AS BIGINT) AS n,
       CAST(SUM(CASE WHEN severity = 'S1' THEN 1 ELSE 0 END) AS BIGINT) AS s1,
       CAST(SUM(CASE WHEN severity = 'S2' THEN 1 ELSE 0 END) AS BIGINT) AS s2,
       CAST(SUM(CASE WHEN severity = 'S3' THEN 1 ELSE 0 END) AS BIGINT) AS s3,
       CAST(SUM(CASE WHEN severity = 'S4' THEN 1 ELSE 0 END) AS BIGINT) AS s4,
       CAST(SUM(CASE WHEN status = 'new' THEN 1 ELSE 0 END) AS BIGINT) AS fresh,
       SUM(CASE WHEN amount_yuan IS NULL THEN CAST(0 AS DECIMAL(18,2)) ELSE amount_yuan END) AS amount
FROM anomalies
WHERE period = '{period}' AND status <> 'closed'
GROUP BY category
ORDER BY category
