-- title: 问题增减
-- note: 期初为上一已发布月份月末未消除的问题；“恢复核查”是更早月份发现、上月因规则未执行而未列示的问题；“未核查”是本月相应规则未执行、既未再现也未消除的问题。期初+新增+反弹+恢复核查-消除-未核查=期末。
-- columns: category:code=类别; opening:count=期初; fresh:count=新增; reopened:count=反弹; resumed:count=恢复核查; closed:count=消除; unchecked:count=未核查; closing:count=期末
WITH now AS (
  SELECT anomaly_id, category, status FROM anomalies WHERE period = '{period}'
),
before AS (
  SELECT anomaly_id, category FROM anomalies WHERE period = '{previous}' AND status <> 'closed'
),
step AS (
  SELECT n.category, 0 AS opening,
         CASE WHEN n.status = 'new' THEN 1 ELSE 0 END AS fresh,
         CASE WHEN n.status = 'reopened' THEN 1 ELSE 0 END AS reopened,
         CASE WHEN b.anomaly_id IS NULL AND n.status <> 'new' AND n.status <> 'reopened' THEN 1 ELSE 0 END AS resumed,
         CASE WHEN n.status = 'closed' THEN 1 ELSE 0 END AS closed,
         0 AS unchecked,
         CASE WHEN n.status = 'closed' THEN 0 ELSE 1 END AS closing
  FROM now n LEFT JOIN before b ON b.anomaly_id = n.anomaly_id
  UNION ALL
  SELECT b.category, 1 AS opening, 0 AS fresh, 0 AS reopened, 0 AS resumed, 0 AS closed,
         CASE WHEN n.anomaly_id IS NULL THEN 1 ELSE 0 END AS unchecked, 0 AS closing
  FROM before b LEFT JOIN now n ON n.anomaly_id = b.anomaly_id
)
SELECT category,
       CAST(SUM(opening) AS BIGINT) AS opening, CAST(SUM(fresh) AS BIGINT) AS fresh,
       CAST(SUM(reopened) AS BIGINT) AS reopened, CAST(SUM(resumed) AS BIGINT) AS resumed,
       CAST(SUM(closed) AS BIGINT) AS closed, CAST(SUM(unchecked) AS BIGINT) AS unchecked,
       CAST(SUM(closing) AS BIGINT) AS closing
FROM step
GROUP BY category
ORDER BY category
