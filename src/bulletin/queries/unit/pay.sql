-- title: 工资发放
-- note: 各月为该月发布时的本月工资，含各批次；“扣回”为工资表扣回栏合计。
-- columns: unit_key:text=单位主键; period:text=月份; persons:count=领薪人数; gross:yuan=应发合计（元）; recovered:yuan=扣回合计（元）
SELECT unit_key, period,
       CAST(COUNT(DISTINCT person_key) AS BIGINT) AS persons,
       SUM(CASE WHEN gross_pay IS NULL THEN CAST(0 AS DECIMAL(18,2)) ELSE gross_pay END) AS gross,
       SUM(CASE WHEN recovered IS NULL THEN CAST(0 AS DECIMAL(18,2)) ELSE recovered END) AS recovered
FROM canonical_payroll
WHERE period >= '{since}' AND period <= '{period}' AND pay_month = period AND unit_key IS NOT NULL {unit}
GROUP BY unit_key, period
ORDER BY unit_key, period
