-- title: 涉及金额
-- note: “上月已消除”为上月仍在、本月已不再核出的问题在上月的涉及金额，不等于已追回金额。
-- columns: rule:rule=规则; n:count=涉款问题; persons:count=涉及人员; amount:yuan=本月涉及金额（元）; fresh:yuan=其中新增（元）; stopped:yuan=上月已消除（元）
WITH now AS (
  SELECT rule, anomaly_id, person_key, status,
         CASE WHEN amount_yuan IS NULL THEN CAST(0 AS DECIMAL(18,2)) ELSE amount_yuan END AS amount
  FROM anomalies WHERE period = '{period}'
),
gone AS (
  SELECT b.rule, SUM(b.amount_yuan) AS stopped
  FROM anomalies b JOIN now n ON n.anomaly_id = b.anomaly_id
  WHERE b.period = '{previous}' AND b.status <> 'closed' AND b.amount_yuan > 0 AND n.status = 'closed'
  GROUP BY b.rule
),
standing AS (
  SELECT rule, CAST(SUM(CASE WHEN amount > 0 THEN 1 ELSE 0 END) AS BIGINT) AS n,
         CAST(COUNT(DISTINCT CASE WHEN amount > 0 THEN person_key END) AS BIGINT) AS persons,
         SUM(amount) AS amount,
         SUM(CASE WHEN status = 'new' THEN amount ELSE CAST(0 AS DECIMAL(18,2)) END) AS fresh
  FROM now WHERE status <> 'closed' GROUP BY rule
),
code AS (
  SELECT rule FROM standing WHERE amount > 0
  UNION
  SELECT rule FROM gone
)
SELECT c.rule, COALESCE(s.n, 0) AS n, COALESCE(s.persons, 0) AS persons,
       CASE WHEN s.amount IS NULL THEN CAST(0 AS DECIMAL(18,2)) ELSE s.amount END AS amount,
       CASE WHEN s.fresh IS NULL THEN CAST(0 AS DECIMAL(18,2)) ELSE s.fresh END AS fresh,
       CASE WHEN g.stopped IS NULL THEN CAST(0 AS DECIMAL(18,2)) ELSE g.stopped END AS stopped
FROM code c
LEFT JOIN standing s ON s.rule = c.rule
LEFT JOIN gone g ON g.rule = c.rule
ORDER BY c.rule
