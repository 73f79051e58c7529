-- title: 工资发放与扣回
-- note: 各月为该月发布时的本月工资；“扣回”为工资表扣回栏合计。
-- columns: period:text=月份; persons:count=领薪人数; gross:yuan=应发合计（元）; recovered:yuan=扣回合计（元）
SELECT period,
       CAST(COUNT(DISTINCT person_key) AS BIGINT) AS persons,
       SUM(CASE WHEN gross_pay IS NULL THEN CAST(0 AS DECIMAL(18,2)) ELSE gross_pay END) AS gross,
       SUM(CASE WHEN recovered IS NULL THEN CAST(0 AS DECIMAL(18,2)) ELSE recovered END) AS recovered
FROM canonical_payroll
WHERE period >= '{since}' AND period <= '{period}' AND pay_month = period
GROUP BY period
ORDER BY period
