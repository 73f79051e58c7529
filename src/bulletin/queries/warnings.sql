-- title: 未来九十天预警
-- note: 按级别和规则列前{warnings}条，全部预警见 early_warning 表。
-- columns: rule:rule=规则; severity:text=级别; unit_name:text=单位; message_zh:text=预警; anomaly_id:text=编号
SELECT rule, severity, unit_name, message_zh, anomaly_id
FROM anomalies
WHERE period = '{period}' AND status <> 'closed' AND category = 'early_warning'
ORDER BY severity, rule, unit_name, anomaly_id
LIMIT {warnings}
