/*---
code = "Q16"
slug = "transfer-mismatch"
category = "over_staffing"
severity = "S3"
since = "0.1.0"
grain = "unit"
inputs = ["quotas"]
absence_claim = false
name = { zh = "划转不对称", en = "transfer mismatch" }
what = { zh = "编制台账的划出行在前后三十天内找不到同一文号的划入行,划入行找不到划出行,或同一文号划出合计与划入合计不相等。", en = "A ledger row moves posts out and no row under the same document moves them in within thirty days, or the other way round, or the sums under one document differ." }
mistaken_for = { zh = "跨省、部队、省直等对方不在本库的划转,在用途栏注明的不判定;没有文号的由Q06判定;生效不满三十天的不判定;本月有编制记录被退回的,对方可能就在其中,只作提示(S4)。", en = "Transfers whose other side lies outside this register (another province, the army, the province's own units), if the purpose says so; rows without a document are rule Q06; rows not yet thirty days old; where quota rows were set aside this month the other side may be among them, so it is information (S4) only." }
verify = { zh = "调取划转文件,核对划出、划入单位,编制数和生效日期。", en = "Take the document and compare both units, the numbers and the days in force." }
message = { zh = "{unit_name}{quota_type}编制按{document_no}{direction}{posts}名:{reason}(该文号划出合计{moved_out}名,划入合计{moved_in}名;本月被退回的编制记录{set_aside}行,须先看),请核对台账。", en = "{unit_name}: {posts} {quota_type} posts {direction} under {document_no}, {reason} ({moved_out} out and {moved_in} in under that document; {set_aside} ledger rows were set aside this month, see them first); check the ledger." }
legal_basis = [ { law = "486", article = "§21–25", verified = true } ]
[parameters.pair_days]
type = "integer"
default = 30
minimum = 0
doc = { zh = "两方生效日期最多相差天数", en = "days that the two sides may lie apart" }
[parameters.lookback_months]
type = "integer"
default = 12
minimum = 1
doc = { zh = "回看月数(含本月)", en = "months looked back, this one included" }
[columns.reason]
type = "text"
title = { zh = "问题", en = "what is wrong" }
labels = { unpaired = { zh = "没有对应的一方", en = "the other side is missing" }, amount = { zh = "两方数量不等", en = "the two sides differ" } }
[columns.direction]
type = "text"
title = { zh = "方向", en = "direction" }
labels = { out = { zh = "划出", en = "moved out" }, in = { zh = "划入", en = "moved in" } }
[columns.quota_type]
type = "text"
title = { zh = "编制类型", en = "quota type" }
labels = { administrative = { zh = "行政", en = "administrative" }, police = { zh = "政法专项", en = "police" }, institution = { zh = "事业", en = "institution" }, civil_service_like = { zh = "参公事业", en = "civil-service-like" }, worker = { zh = "工勤", en = "worker" } }
[columns.document_no]
type = "text"
title = { zh = "批准文号", en = "document" }
[columns.posts]
type = "integer"
unit = "posts"
title = { zh = "本行数量", en = "posts of this row" }
[columns.moved_out]
type = "integer"
unit = "posts"
title = { zh = "划出合计", en = "moved out in all" }
[columns.set_aside]
type = "integer"
unit = "rows"
title = { zh = "本月被退回的编制记录", en = "ledger rows set aside this month" }
[columns.moved_in]
type = "integer"
unit = "posts"
title = { zh = "划入合计", en = "moved in in all" }
[evidence]
quotas = ["quota_type", "bucket", "moved_in", "moved_out", "approved", "document_no", "valid_from", "purpose"]
---*/
WITH moved AS (
  SELECT q.unit_key, q.quota_type, q.row_id, q.document_no, q.valid_from_month AS month, q.valid_from_day_min AS day_min, q.valid_from_day_max AS day_max,
         COALESCE(q.moved_in, 0) AS moved_in, COALESCE(q.moved_out, 0) AS moved_out, COALESCE(q.purpose, '') AS purpose,
         COALESCE(UPPER(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(q.document_no, ' ', ''), '[', '〔'), ']', '〕'),
               '(', '〔'), ')', '〕'), '（', '〔'), '）', '〕')), '') AS number_key
  FROM quotas q
  WHERE q.unit_key IS NOT NULL AND q.valid_from_day_max IS NOT NULL AND (q.moved_in > 0 OR q.moved_out > 0)
),
set_aside AS (
  SELECT CAST(COUNT(*) AS BIGINT) AS entries FROM rejected_rows WHERE table_name = 'quotas'
),
outside AS (
  SELECT number_key FROM moved
  WHERE purpose LIKE '%跨省%' OR purpose LIKE '%部队%' OR purpose LIKE '%军队%' OR purpose LIKE '%省直%' OR purpose LIKE '%中央%'
  GROUP BY number_key
),
side AS (
  SELECT unit_key, quota_type, row_id, number_key, day_min, day_max, 'out' AS direction, moved_out AS posts FROM moved WHERE moved_out > 0
  UNION ALL
  SELECT unit_key, quota_type, row_id, number_key, day_min, day_max, 'in' AS direction, moved_in AS posts FROM moved WHERE moved_in > 0
),
total AS (
  SELECT number_key, CAST(SUM(moved_out) AS BIGINT) AS moved_out, CAST(SUM(moved_in) AS BIGINT) AS moved_in
  FROM moved GROUP BY number_key
),
-- Another unit's row of the same type, or the unit's own row of another type.
paired AS (
  SELECT a.row_id, a.direction
  FROM side a JOIN side b ON b.number_key = a.number_key CROSS JOIN params p
  WHERE b.direction <> a.direction AND b.day_min - a.day_max <= p.pair_days AND a.day_min - b.day_max <= p.pair_days
    AND ((b.unit_key <> a.unit_key AND b.quota_type = a.quota_type) OR (b.unit_key = a.unit_key AND b.quota_type <> a.quota_type))
  GROUP BY a.row_id, a.direction
),
judged AS (
  SELECT a.unit_key, a.quota_type, a.row_id, a.number_key, a.direction, a.posts, t.moved_out, t.moved_in,
         CASE WHEN b.row_id IS NULL THEN 'unpaired' WHEN t.moved_out <> t.moved_in AND a.direction = 'out' THEN 'amount' END AS reason,
         m.month, m.day_max, m.document_no
  FROM side a
  JOIN moved m ON m.row_id = a.row_id
  JOIN total t ON t.number_key = a.number_key
  LEFT JOIN paired b ON b.row_id = a.row_id AND b.direction = a.direction
  LEFT JOIN outside o ON o.number_key = a.number_key
  WHERE a.number_key <> '' AND o.number_key IS NULL
)
SELECT j.unit_key, j.direction || ':' || j.quota_type || ':' || j.number_key AS object_key, j.reason, j.direction, j.quota_type, j.document_no,
       -- The other side may be among the rows set aside.
       CASE WHEN x.entries > 0 THEN 'S4' ELSE 'S3' END AS severity, x.entries AS set_aside, CAST(j.posts AS BIGINT) AS posts, j.moved_out, j.moved_in, j.row_id AS row__quotas
FROM judged j CROSS JOIN set_aside x CROSS JOIN params p
WHERE j.reason IS NOT NULL AND j.month > p.period_no - p.lookback_months AND j.day_max + p.pair_days <= p.as_of_day
