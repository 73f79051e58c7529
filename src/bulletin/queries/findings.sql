-- title: 问题清单
-- note: 未消除的全部问题，姓名和证件号已脱敏；属疑点线索，核实前不作结论。
-- columns: anomaly_id:text=问题编号; rule:rule=规则; category:code=类别; severity:text=级别; status:code=状态; unit_name:text=单位; person_name:text=姓名; resident_id:text=证件号; message_zh:text=问题; amount_yuan:yuan=金额（元）; first_period:text=首次发现; periods_open:count=持续月数; confidence:percent=置信度; legal_basis:text=依据
SELECT anomaly_id, rule, category, severity, status, unit_name, person_name, resident_id, message_zh, amount_yuan, first_period,
       CAST(periods_open AS BIGINT) AS periods_open, confidence, legal_basis
FROM anomalies
WHERE period = '{period}' AND status <> 'closed'
ORDER BY severity, rule, unit_name, anomaly_id
