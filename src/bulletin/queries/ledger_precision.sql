-- title: 各规则属实率
-- note: 属实率为属实（含部分属实）数占已核查数的比例，按迄今全部核查结论计算；已核查数较多而属实率过低的规则须复核。
-- columns: rule:rule=规则; checked:count=已核查; confirmed:count=属实; data_error:count=数据错误; not_confirmed:count=不属实; share:percent=属实率; review:yes=须复核
SELECT rule, checked, confirmed, data_error, not_confirmed, precision AS share, review
FROM ledger_precision
WHERE period = '{period}'
ORDER BY rule
