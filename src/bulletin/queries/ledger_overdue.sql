-- title: 逾期督办
-- note: 截至期间末日各逾期问题应采取的督办措施。
-- columns: ladder_step:code=督办级别; n:count=逾期问题; s1:count=其中S1; longest:count=最长逾期天数; units:count=涉及单位
SELECT ladder_step,
       CAST(COUNT(*) AS BIGINT) AS n,
       CAST(SUM(CASE WHEN severity = 'S1' THEN 1 ELSE 0 END) AS BIGINT) AS s1,
       CAST(MAX(days_overdue) AS BIGINT) AS longest,
       CAST(COUNT(DISTINCT unit_key) AS BIGINT) AS units
FROM ledger_cases
WHERE period = '{period}' AND days_overdue > 0
GROUP BY ladder_step
ORDER BY ladder_step
