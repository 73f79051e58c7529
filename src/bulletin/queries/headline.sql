-- title: 本月问题总数
-- columns: n:count=未消除问题; s1:count=其中S1; s2:count=其中S2; fresh:count=其中新增; worse:count=其中加重; units:count=涉及单位; persons:count=涉及人员; amount:yuan=涉及金额（元）; fresh_amount:yuan=其中新增（元）
SELECT CAST(COUNT(*) AS BIGINT) AS n,
       CAST(COALESCE(SUM(CASE WHEN severity = 'S1' THEN 1 ELSE 0 END), 0) AS BIGINT) AS s1,
       CAST(COALESCE(SUM(CASE WHEN severity = 'S2' THEN 1 ELSE 0 END), 0) AS BIGINT) AS s2,
       CAST(COALESCE(SUM(CASE WHEN status = 'new' THEN 1 ELSE 0 END), 0) AS BIGINT) AS fresh,
       CAST(COALESCE(SUM(CASE WHEN status = 'worsened' THEN 1 ELSE 0 END), 0) AS BIGINT) AS worse,
       CAST(COUNT(DISTINCT unit_key) AS BIGINT) AS units,
       CAST(COUNT(DISTINCT person_key) AS BIGINT) AS persons,
       SUM(CASE WHEN amount_yuan IS NULL THEN CAST(0 AS DECIMAL(18,2)) ELSE amount_yuan END) AS amount,
       SUM(CASE WHEN amount_yuan IS NULL OR status <> 'new' THEN CAST(0 AS DECIMAL(18,2)) ELSE amount_yuan END) AS fresh_amount
FROM anomalies
WHERE period = '{period}' AND status <> 'closed'
