-- title: 未消除的问题
-- note: 属疑点线索，核实前不作结论。姓名和证件号已脱敏。
-- columns: unit_key:text=单位主键; anomaly_id:text=问题编号; rule:rule=规则; severity:text=级别; status:code=状态; person_name:text=姓名; resident_id:text=证件号; message_zh:text=问题; amount_yuan:yuan=金额（元）; first_period:text=首次发现; periods_open:count=持续月数; confidence:percent=置信度; legal_basis:text=依据; evidence:evidence=证据
SELECT unit_key, anomaly_id, rule, severity, status, person_name, resident_id, message_zh, amount_yuan, first_period,
       CAST(periods_open AS BIGINT) AS periods_open, confidence, legal_basis, evidence
FROM anomalies
WHERE period = '{period}' AND status <> 'closed' AND unit_key IS NOT NULL {unit}
ORDER BY unit_key, severity, rule, anomaly_id
