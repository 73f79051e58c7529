-- title: 期末未销号问题办理情况
-- note: 期末未销号的问题按本次运行时的状态列示；逾期按当前环节时限计算，申请销号、已验收的等待印证，不计逾期。
-- columns: state:code=办理状态; n:count=问题数; s1:count=其中S1; overdue:count=逾期; longest:count=最长逾期天数; units:count=涉及单位; reopened:count=曾回潮
SELECT state,
       CAST(COUNT(*) AS BIGINT) AS n,
       CAST(SUM(CASE WHEN severity = 'S1' THEN 1 ELSE 0 END) AS BIGINT) AS s1,
       CAST(SUM(CASE WHEN days_overdue > 0 THEN 1 ELSE 0 END) AS BIGINT) AS overdue,
       CAST(MAX(CASE WHEN days_overdue IS NULL THEN 0 ELSE days_overdue END) AS BIGINT) AS longest,
       CAST(COUNT(DISTINCT unit_key) AS BIGINT) AS units,
       CAST(SUM(CASE WHEN times_reopened > 0 THEN 1 ELSE 0 END) AS BIGINT) AS reopened
FROM ledger_cases
WHERE period = '{period}'
GROUP BY state
ORDER BY state
