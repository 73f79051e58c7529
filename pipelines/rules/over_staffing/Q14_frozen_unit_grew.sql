/*---
code = "Q14"
slug = "frozen-unit-grew"
category = "over_staffing"
severity = "S2"
since = "0.1.0"
grain = "unit"
inputs = ["evaluations", "quotas", "establishment_staff"]
absence_claim = false
name = { zh = "只减不增单位增编进人", en = "frozen unit grew" }
what = { zh = "评估结果为“只减不增”的单位,在评估结果生效后核定编制增加,或有人入编。", en = "A unit whose evaluation freezes it got more posts, or took somebody in, after the evaluation took effect." }
mistaken_for = { zh = "允许“出一进一”的,进人不超过出编人数不算;军转安置、成建制划转不算进人;划入编制不算增编;以最近一次评估结果为准。", en = "Where leavers may be replaced, entries up to the exits are lawful; veterans and reorganisations are no entries; posts moved in are no increase; the latest evaluation counts." }
verify = { zh = "对照评估结果文件生效日期,核对其后的编制批文和入编批文。", en = "Compare the day the evaluation took effect with later documents on posts and entries." }
message = { zh = "{unit_name}自{frozen_from}起评估为只减不增,其后{quota_type}编制{kind}(增编{added}名,进人{entries}人,出编{exits}人),请核查。", en = "{unit_name} is frozen since {frozen_from}; since then {quota_type}: {kind} ({added} posts added, {entries} entries, {exits} exits); check." }
legal_basis = [ { law = "486", article = "§24", verified = true } ]
[columns.kind]
type = "text"
title = { zh = "问题", en = "what grew" }
labels = { posts = { zh = "核定编制增加", en = "posts added" }, entries = { zh = "仍有人入编", en = "persons entered" } }
[columns.quota_type]
type = "text"
title = { zh = "编制类型", en = "quota type" }
labels = { administrative = { zh = "行政", en = "administrative" }, police = { zh = "政法专项", en = "police" }, institution = { zh = "事业", en = "institution" }, civil_service_like = { zh = "参公事业", en = "civil-service-like" }, worker = { zh = "工勤", en = "worker" } }
[columns.frozen_from]
type = "date"
title = { zh = "只减不增起始日", en = "frozen from" }
[columns.added]
type = "integer"
unit = "posts"
title = { zh = "增编数", en = "posts added" }
[columns.entries]
type = "integer"
unit = "persons"
title = { zh = "进人数", en = "entries" }
[columns.exits]
type = "integer"
unit = "persons"
title = { zh = "出编数", en = "exits" }
[evidence]
evaluations = ["tier", "replacement", "document_no", "valid_from", "valid_to"]
quotas = ["quota_type", "bucket", "approved", "document_no", "valid_from"]
establishment_staff = ["name", "resident_id", "quota_type", "entry_date", "entry_channel", "entry_document"]
---*/
WITH ranked AS (
  SELECT v.unit_key, v.tier, v.replacement, v.row_id, v.valid_from, v.valid_from_day_max AS frozen_day, COALESCE(v.valid_to_day_min, 1000000) AS to_day,
         CAST(ROW_NUMBER() OVER (PARTITION BY v.unit_key ORDER BY 0 - COALESCE(v.valid_from_day_max, -1000000), v.row_id) AS BIGINT) AS rank_no
  FROM evaluations v CROSS JOIN params p
  WHERE v.unit_key IS NOT NULL AND v.valid_from_day_max <= p.as_of_day
),
unsure AS (
  SELECT unit_key FROM rejected_rows WHERE table_name = 'quotas' AND unit_key IS NOT NULL GROUP BY unit_key
),
frozen AS (
  SELECT r.unit_key, COALESCE(r.replacement, 'no') AS replacement, r.row_id AS evaluation_row, r.valid_from AS frozen_from, r.frozen_day, x.unit_key AS unsure_key
  FROM ranked r LEFT JOIN unsure x ON x.unit_key = r.unit_key CROSS JOIN params p
  WHERE r.rank_no = 1 AND r.tier = 'D' AND r.to_day > p.as_of_day
),
-- Own posts the day the evaluation took effect and now; posts moved in since are no increase.
posts AS (
  SELECT f.unit_key, q.quota_type,
         CAST(SUM(CASE WHEN COALESCE(q.valid_from_day_min, -1000000) <= f.frozen_day AND COALESCE(q.valid_to_day_min, 1000000) > f.frozen_day
                       THEN q.approved ELSE 0 END) AS BIGINT) AS earlier,
         CAST(SUM(CASE WHEN COALESCE(q.valid_from_day_min, -1000000) <= p.as_of_day AND COALESCE(q.valid_to_day_min, 1000000) > p.as_of_day
                       THEN q.approved ELSE 0 END) AS BIGINT) AS present,
         CAST(SUM(CASE WHEN COALESCE(q.valid_from_day_min, -1000000) > f.frozen_day AND COALESCE(q.valid_from_day_min, -1000000) <= p.as_of_day
                       THEN COALESCE(q.moved_in, 0) ELSE 0 END) AS BIGINT) AS moved_in,
         MAX(CASE WHEN COALESCE(q.valid_from_day_min, -1000000) > f.frozen_day AND COALESCE(q.valid_from_day_min, -1000000) <= p.as_of_day
                  THEN q.row_id END) AS quota_row
  FROM frozen f JOIN quotas q ON q.unit_key = f.unit_key CROSS JOIN params p
  WHERE f.unsure_key IS NULL AND q.bucket = 'own' AND q.quota_type <> 'unrecognised'
  GROUP BY f.unit_key, q.quota_type
),
-- A person who left and came back within one type counts once on each side.
moved AS (
  SELECT f.unit_key, s.quota_type, COALESCE(s.person_key, 'row ' || CAST(s.row_id AS VARCHAR)) AS person,
         MAX(CASE WHEN s.entry_date_day_min > f.frozen_day AND s.entry_date_day_max <= p.as_of_day
                   AND COALESCE(s.entry_channel, 'unknown') NOT IN ('veteran', 'reorganisation') THEN 1 ELSE 0 END) AS came,
         MAX(CASE WHEN s.exit_date_day_max > f.frozen_day AND s.exit_date_day_min <= p.as_of_day THEN 1 ELSE 0 END) AS went,
         MAX(CASE WHEN s.entry_date_day_min > f.frozen_day AND s.entry_date_day_max <= p.as_of_day
                   AND COALESCE(s.entry_channel, 'unknown') NOT IN ('veteran', 'reorganisation') THEN s.row_id END) AS staff_row
  FROM frozen f JOIN establishment_staff s ON s.unit_key = f.unit_key CROSS JOIN params p
  WHERE s.bucket = 'own' AND s.quota_type <> 'unrecognised'
  GROUP BY f.unit_key, s.quota_type, COALESCE(s.person_key, 'row ' || CAST(s.row_id AS VARCHAR))
),
flow AS (
  SELECT unit_key, quota_type, CAST(SUM(came) AS BIGINT) AS entries, CAST(SUM(went) AS BIGINT) AS exits, MAX(staff_row) AS staff_row
  FROM moved GROUP BY unit_key, quota_type
),
found AS (
  SELECT q.unit_key, q.quota_type, 'posts' AS kind, q.present - q.earlier - q.moved_in AS added, CAST(NULL AS BIGINT) AS entries,
         CAST(NULL AS BIGINT) AS exits, q.quota_row, CAST(NULL AS BIGINT) AS staff_row
  FROM posts q WHERE q.present - q.earlier - q.moved_in > 0
  UNION ALL
  SELECT w.unit_key, w.quota_type, 'entries' AS kind, CAST(NULL AS BIGINT) AS added, w.entries, w.exits,
         CAST(NULL AS BIGINT) AS quota_row, w.staff_row
  FROM flow w JOIN frozen f ON f.unit_key = w.unit_key
  WHERE w.entries > 0 AND (f.replacement <> 'yes' OR w.entries > w.exits)
)
SELECT o.unit_key, o.kind || ':' || o.quota_type AS object_key, o.kind, o.quota_type, f.frozen_from, o.added, o.entries, o.exits,
       f.evaluation_row AS row__evaluations, o.quota_row AS row__quotas, o.staff_row AS row__establishment_staff
FROM found o JOIN frozen f ON f.unit_key = o.unit_key
