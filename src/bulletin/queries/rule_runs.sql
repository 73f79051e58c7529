-- title: 规则运行情况
-- note: 未执行的规则不等于没有问题。
-- columns: rule:rule=规则; ran:yes=已执行; outcome:outcome=运行结果; rows_examined:count=检查行数; findings:count=发现问题
SELECT rule, ran, outcome, rows_examined, findings
FROM rule_runs
WHERE period = '{period}'
ORDER BY rule
