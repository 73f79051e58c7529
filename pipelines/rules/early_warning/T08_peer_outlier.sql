/*---
code = "T08"
slug = "peer-outlier"
category = "early_warning"
severity = "S4"
since = "0.2.0"
grain = "unit"
inputs = ["establishment_units", "quotas", "establishment_staff"]
optional_inputs = []
absence_claim = false
name = { zh = "同类单位离群", en = "outlier among peers" }
what = { zh = "与同性质同级别单位相比,满编率、空编率或每百人问题数明显偏高(稳健z值超过3.5)。", en = "Against units of the same nature and rank, the share of posts over, the share vacant or the findings per hundred staff stand far out (robust z over 3.5)." }
mistaken_for = { zh = "少于十人的单位、同类不足八个的、差额不足三个的不比;新设单位空编属正常。", en = "Units under ten persons, classes under eight units and figures under three are not compared; a new unit has vacancies." }
verify = { zh = "列出同类单位的该项指标排名,结合职责和近期改革核实。", en = "List the peers' figures in order, and weigh them against the unit's duties and recent reforms." }
message = { zh = "{unit_name}的{metric}为{value},同类单位中位数{median_value},偏离程度{z}。", en = "{unit_name}: {metric} is {value}, its peers' median {median_value}, robust z {z}." }
legal_basis = [ { law = "486" } ]
measure = "z"
[parameters.least_z]
type = "float"
default = 3.5
minimum = 1
doc = { zh = "稳健z值阈值", en = "robust z from which it is told" }
[parameters.least_staff]
type = "integer"
default = 10
minimum = 1
doc = { zh = "至少多少编制才比较", en = "fewest posts that are compared" }
[parameters.least_count]
type = "integer"
default = 3
minimum = 1
doc = { zh = "超编、空编人数或问题数至少多少", en = "fewest posts over or vacant, or findings" }
[parameters.least_peers]
type = "integer"
default = 8
minimum = 3
doc = { zh = "同类单位至少多少个", en = "fewest units in a class" }
[columns.metric]
type = "text"
title = { zh = "指标", en = "metric" }
labels = { over = { zh = "超编率(%)", en = "posts over (%)" }, vacant = { zh = "空编率(%)", en = "posts vacant (%)" }, findings = { zh = "每百人问题数", en = "findings per hundred staff" } }
[columns.value]
type = "float"
title = { zh = "数值", en = "value" }
[columns.median_value]
type = "float"
title = { zh = "同类中位数", en = "median of the peers" }
[columns.peers]
type = "integer"
title = { zh = "同类单位数", en = "peers" }
[columns.z]
type = "float"
title = { zh = "稳健z值", en = "robust z" }
[evidence]
establishment_units = ["unit_name", "nature", "rank", "unit_status"]
quotas = ["quota_type", "bucket", "approved"]
---*/
WITH posts AS (
  SELECT q.unit_key, CAST(SUM(q.approved) AS BIGINT) AS approved, MIN(q.row_id) AS quota_row
  FROM quotas q CROSS JOIN params p
  WHERE q.unit_key IS NOT NULL AND q.bucket = 'own'
    AND (q.valid_from_day_min IS NULL OR q.valid_from_day_min <= p.as_of_day)
    AND (q.valid_to_day_min IS NULL OR q.valid_to_day_min > p.as_of_day)
  GROUP BY q.unit_key
),
staff AS (
  SELECT s.unit_key, CAST(COUNT(DISTINCT s.person_key) AS BIGINT) AS heads
  FROM establishment_staff s
  WHERE s.unit_key IS NOT NULL AND s.bucket = 'own' AND s.staff_status IN ('on_post', 'off_post')
  GROUP BY s.unit_key
),
-- Findings about findings, and information, do not count.
found AS (
  SELECT a.unit_key, CAST(COUNT(*) AS BIGINT) AS findings
  FROM anomalies a
  WHERE a.unit_key IS NOT NULL AND a.status NOT IN ('closed', 'explained') AND a.severity <> 'S4' AND a.rule NOT IN ('T04', 'T08')
  GROUP BY a.unit_key
),
unit AS (
  SELECT u.unit_key, u.nature || '/' || COALESCE(u.rank, '') AS class, MIN(u.row_id) AS unit_row
  FROM establishment_units u
  WHERE u.unit_key IS NOT NULL AND u.nature IS NOT NULL AND COALESCE(u.unit_status, 'active') = 'active'
  GROUP BY u.unit_key, u.nature || '/' || COALESCE(u.rank, '')
),
panel AS (
  SELECT u.unit_key, u.class, u.unit_row, q.quota_row, CAST(q.approved AS DOUBLE) AS approved,
         CAST(COALESCE(s.heads, 0) AS DOUBLE) AS heads, CAST(COALESCE(f.findings, 0) AS DOUBLE) AS findings
  FROM unit u JOIN posts q ON q.unit_key = u.unit_key
  LEFT JOIN staff s ON s.unit_key = u.unit_key
  LEFT JOIN found f ON f.unit_key = u.unit_key
  CROSS JOIN params p
  WHERE q.approved >= p.least_staff AND COALESCE(s.heads, 0) >= p.least_staff
),
measured AS (
  SELECT unit_key, class, unit_row, quota_row, 'over' AS metric,
         CASE WHEN heads > approved THEN 100.0 * (heads - approved) / approved ELSE 0.0 END AS x,
         heads - approved AS n FROM panel
  UNION ALL
  SELECT unit_key, class, unit_row, quota_row, 'vacant' AS metric,
         CASE WHEN heads < approved THEN 100.0 * (approved - heads) / approved ELSE 0.0 END AS x,
         approved - heads AS n FROM panel
  UNION ALL
  SELECT unit_key, class, unit_row, quota_row, 'findings' AS metric, 100.0 * findings / heads AS x, findings AS n FROM panel
),
middle AS (
  SELECT class, metric, MEDIAN(x) AS m, CAST(COUNT(*) AS BIGINT) AS peers FROM measured GROUP BY class, metric
),
apart AS (
  SELECT d.unit_key, d.class, d.metric, d.x, d.n, d.unit_row, d.quota_row, c.m, c.peers,
         CASE WHEN d.x >= c.m THEN d.x - c.m ELSE c.m - d.x END AS distance,
         CASE WHEN d.x > c.m THEN 1 ELSE 0 END AS above
  FROM measured d JOIN middle c ON c.class = d.class AND c.metric = d.metric
),
spread AS (
  SELECT class, metric, MEDIAN(distance) AS mad, AVG(distance) AS mean_distance FROM apart GROUP BY class, metric
),
-- Where more than half of a class have the same value the mean distance stands in, as usual.
scored AS (
  SELECT a.unit_key, a.metric, a.x, a.n, a.m, a.peers, a.unit_row, a.quota_row, a.above,
         CASE WHEN s.mad > 0 THEN 0.6745 * a.distance / s.mad
              WHEN s.mean_distance > 0 THEN 0.7979 * a.distance / s.mean_distance ELSE 0.0 END AS z
  FROM apart a JOIN spread s ON s.class = a.class AND s.metric = a.metric
)
SELECT c.unit_key, c.metric AS object_key, c.metric, ROUND(c.x, 2) AS value, ROUND(c.m, 2) AS median_value, c.peers,
       ROUND(c.z, 2) AS z, c.unit_row AS row__establishment_units, c.quota_row AS row__quotas
FROM scored c CROSS JOIN params p
WHERE c.above = 1 AND c.peers >= p.least_peers AND c.z > p.least_z AND c.n >= p.least_count
