-- title: 台账月度对账
-- note: 期初+新增+回潮-销号-不属实=期末；“销号”含待数据印证的立行立改，“不属实”含重新核对后撤回的问题。
-- columns: class:code=问题类别; opening:count=期初; new_cases:count=新增; reopened:count=回潮; closed:count=销号; unfounded:count=不属实; closing:count=期末; units:count=期末涉及单位
SELECT class,
       CAST(SUM(opening) AS BIGINT) AS opening, CAST(SUM(new_cases) AS BIGINT) AS new_cases,
       CAST(SUM(reopened) AS BIGINT) AS reopened, CAST(SUM(closed) AS BIGINT) AS closed,
       CAST(SUM(unfounded) AS BIGINT) AS unfounded, CAST(SUM(closing) AS BIGINT) AS closing,
       CAST(SUM(CASE WHEN closing > 0 AND unit_key IS NOT NULL THEN 1 ELSE 0 END) AS BIGINT) AS units
FROM ledger_balance
WHERE period = '{period}'
GROUP BY class
ORDER BY class
