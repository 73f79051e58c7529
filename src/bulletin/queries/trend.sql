-- title: 近十二个月未消除问题
-- columns: period:text=月份; over_staffing:count=超编制; paid_but_absent:count=吃空饷; mismatched_registrations:count=登记不符; data_quality:count=数据质量; early_warning:count=预警; n:count=合计; s1:count=其中S1; amount:yuan=涉及金额（元）
SELECT period,
       CAST(SUM(CASE WHEN category = 'over_staffing' THEN 1 ELSE 0 END) AS BIGINT) AS over_staffing,
       CAST(SUM(CASE WHEN category = 'paid_but_absent' THEN 1 ELSE 0 END) AS BIGINT) AS paid_but_absent,
       CAST(SUM(CASE WHEN category = 'mismatched_registrations' THEN 1 ELSE 0 END) AS BIGINT) AS mismatched_registrations,
       CAST(SUM(CASE WHEN category = 'data_quality' THEN 1 ELSE 0 END) AS BIGINT) AS data_quality,
       CAST(SUM(CASE WHEN category = 'early_warning' THEN 1 ELSE 0 END) AS BIGINT) AS early_warning,
       CAST(COUNT(*) AS BIGINT) AS n,
       CAST(SUM(CASE WHEN severity = 'S1' THEN 1 ELSE 0 END) AS BIGINT) AS s1,
       SUM(CASE WHEN amount_yuan IS NULL THEN CAST(0 AS DECIMAL(18,2)) ELSE amount_yuan END) AS amount
FROM anomalies
WHERE period >= '{since}' AND period <= '{period}' AND status <> 'closed'
GROUP BY period
ORDER BY period
