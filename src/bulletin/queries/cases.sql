-- title: 典型问题
-- note: 每条规则取级别最高、金额最大的一例，姓名和证件号已脱敏；属疑点线索，未经核实不作结论。
-- columns: rule:rule=规则; severity:text=级别; unit_name:text=单位; message_zh:text=问题; amount:yuan=金额（元）; periods_open:count=持续月数; confidence:percent=置信度; anomaly_id:text=问题编号
WITH ordered AS (
  SELECT rule, severity, unit_name, message_zh, amount_yuan AS amount, periods_open, confidence, anomaly_id,
         CASE WHEN amount_yuan IS NULL THEN 0.0 ELSE 0.0 - CAST(amount_yuan AS DOUBLE) END AS less
  FROM anomalies
  WHERE period = '{period}' AND status <> 'closed' AND status <> 'explained' AND category <> 'data_quality' AND category <> 'early_warning'
),
ranked AS (
  SELECT rule, severity, unit_name, message_zh, amount, periods_open, confidence, anomaly_id, less,
         CAST(ROW_NUMBER() OVER (PARTITION BY rule ORDER BY severity, less, anomaly_id) AS BIGINT) AS rank_no
  FROM ordered
)
SELECT rule, severity, unit_name, message_zh, amount, CAST(periods_open AS BIGINT) AS periods_open, confidence, anomaly_id
FROM ranked
WHERE rank_no = 1
ORDER BY severity, less, rule
LIMIT {cases}
